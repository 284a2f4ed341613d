"""Nothing of the tree runs, nothing outside is read or written, no socket is opened."""

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from trees import SMALL, committed, contents, environment, write

#: Watches a build from inside its process; workers and git are watched by strace.
AUDIT = """
import os, sys
seen = []
def hook(event, args):
    if event in ("open", "os.listdir", "os.scandir", "subprocess.Popen", "os.exec", "os.posix_spawn", "os.system", "os.fork",
                 "os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.link", "os.symlink") or event.startswith(("socket.", "ctypes.")):
        seen.append((event, repr(args)[:400], args[0] if args else ""))
sys.addaudithook(hook)
from gazetteer.cli import run
code = run(sys.argv[2:])
with os.fdopen(os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT, 0o666), "w", errors="surrogateescape") as log:
    for event, text, first in seen:
        name = os.fsdecode(first) if isinstance(first, (str, bytes)) else ""
        log.write(f"{event}\\t{name}\\t{text}\\n".replace("\\0", ""))
sys.exit(code)
"""


@pytest.fixture
def trapped(tmp_path):
    """A repository in which everything that could run leaves a file behind, and the folder where it would."""
    sprung = tmp_path / "sprung"
    sprung.mkdir()
    trap = f"#!/bin/sh\ntouch {sprung}/$(basename $0)-$$\ncat 2>/dev/null\nexit 0\n"
    python = f"import os, pathlib\npathlib.Path({str(sprung)!r}, __name__).touch()\n"
    tree = write(tmp_path / "tree", SMALL | {
        "conftest.py": python, "setup.py": python, "sitecustomize.py": python, "usercustomize.py": python, "click.py": python,
        "gazetteer/__init__.py": python, "msgspec.py": python, "pyproject.toml": '[build-system]\nbuild-backend = "setup"\n',
        ".gazetteer": "#!/bin/sh\n",
        ".gitmodules": f'[submodule "x"]\n\tpath = x\n\turl = ext::{tmp_path}/trap\n\tupdate = !{tmp_path}/trap\n', ".envrc": "touch x\n",
        "Makefile": f"$(shell touch {sprung}/make)\n", ".lfsconfig": "[lfs]\n\turl = http://localhost:1/\n", "bin/git": trap,
    })  # fmt: skip
    (tree / "bin" / "git").chmod(0o755)
    committed(tree)
    write(tree, {".gitattributes": "* filter=evil diff=evil merge=evil text=auto\n*.h working-tree-encoding=evil\n"})
    program = tmp_path / "trap"
    program.write_text(trap)
    program.chmod(0o755)
    hooks = tree / ".git" / "hooks"
    shutil.rmtree(hooks, ignore_errors=True)
    hooks.mkdir()
    for name in ("post-index-change", "pre-commit", "post-checkout", "fsmonitor-watchman", "reference-transaction", "pre-auto-gc"):
        shutil.copy(program, hooks / name)
    with (tree / ".git" / "config").open("a") as config:
        config.write(f"""
[core]
    fsmonitor = {program}
    hooksPath = {hooks}
    sshCommand = {program}
    pager = {program}
    editor = {program}
    askPass = {program}
    gitProxy = {program}
    attributesFile = {tmp_path}/outside/attributes
    excludesFile = {tmp_path}/outside/excludes
    worktree = {tmp_path}/outside
[include]
    path = {tmp_path}/outside/included
[includeIf "gitdir:**"]
    path = {tmp_path}/outside/included
[filter "evil"]
    clean = {program}
    smudge = {program}
    process = {program}
    required = true
[diff]
    external = {program}
[diff "evil"]
    textconv = {program}
    command = {program}
[merge "evil"]
    driver = {program}
[alias]
    ls-files = !{program}
[credential]
    helper = !{program}
[uploadpack]
    packObjectsHook = {program}
[trace2]
    eventTarget = {tmp_path}/sprung/trace
""")
    write(tmp_path / "outside", {"included": f"[core]\n\tfsmonitor = {program}\n", "excludes": "*.py\n", "attributes": "* filter=evil\n"})
    os.utime(tree / "pkg" / "core.py")  # the index is stale: git looks closer
    return tree


def _watched(tmp_path, tree, out, *, strace=None):
    """Run a build under the audit hook, and under strace if that is asked for; the events."""
    log = tmp_path / "audit.log"
    command = [sys.executable, "-P", "-c", AUDIT, str(log), "build", ".", "-o", str(out), "--jobs", "2"]
    if strace is not None:
        what = "trace=%network,execve,execveat,openat,open,creat,unlink,unlinkat,rename,renameat,renameat2,mkdir,mkdirat,symlink,symlinkat"
        command = ["strace", "-f", "-qq", "-o", str(strace), "-s", "300", "-e", what, *command]
    where = environment(
        tmp_path / "cache", PATH=f"{tree}/bin:.:{os.environ['PATH']}", HOME=str(tmp_path / "home"), TMPDIR=str(tmp_path / "tmp")
    )
    (tmp_path / "tmp").mkdir(exist_ok=True)
    done = subprocess.run(command, cwd=tree, env=where, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return [tuple(line.split("\t", 2)) for line in log.read_text(errors="surrogateescape").splitlines() if line.count("\t") >= 2]


def test_nothing_of_a_malicious_repository_runs(tmp_path, trapped):  # checks 35 and 37
    before = contents(trapped)
    events = _watched(tmp_path, trapped, tmp_path / "out")
    assert os.listdir(tmp_path / "sprung") == []
    assert contents(trapped) == before
    assert not [e for e in events if e[0].startswith(("socket.", "ctypes.", "os.exec", "os.system", "os.fork"))]
    programs = {e[1] for e in events if e[0] == "subprocess.Popen"}
    assert programs == {sys.executable, shutil.which("git")}
    written = {e[1] for e in events if e[0] in ("os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.link", "os.symlink")}
    assert not [p for p in written if p.startswith("/") and not p.startswith(str(tmp_path))]
    assert not [e for e in events if str(tmp_path / "outside") in e[1]]
    pages = contents(tmp_path / "out")
    assert {"conftest.py.md", "setup.py.md", "pkg/core.py.md", ".gitattributes.md"} <= pages.keys()  # all is documented all the same


def test_the_trap_can_spring(tmp_path, trapped):
    """The two tests here would mean nothing if git did not run such programs by itself."""
    config = trapped / ".git" / "config"
    config.write_text("".join(line + "\n" for line in config.read_text().splitlines() if "worktree" not in line and "ls-files" not in line))
    subprocess.run(["git", "status"], cwd=trapped, capture_output=True, check=False)
    assert os.listdir(tmp_path / "sprung") != []


def _can_trace():
    if shutil.which("strace") is None:
        return False
    return subprocess.run(["strace", "-f", "-o", "/dev/null", "true"], capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(not _can_trace(), reason="no strace, or it is not allowed here")
def test_what_the_operating_system_saw(tmp_path, trapped):  # checks 32, 35 and 37
    """Git and the workers too: no socket, no program but Python and git, no file but those of the tree and of the system."""
    (trapped / "passwd").symlink_to("/etc/passwd")
    (trapped / "away").symlink_to(tmp_path / "outside")
    _watched(tmp_path, trapped, tmp_path / "out", strace=tmp_path / "trace")
    lines = [line.split(" ", 1)[1].strip() for line in (tmp_path / "trace").read_text(errors="replace").splitlines()]
    assert len(lines) > 200
    assert not [line for line in lines if line.startswith(("socket(", "connect(", "bind(", "socketpair(", "sendto(", "listen("))]
    ran = {line.split('"')[1] for line in lines if line.startswith(("execve(", "execveat(")) and line.endswith("= 0")}
    assert {Path(p).resolve() for p in ran} == {Path(sys.executable).resolve(), Path(shutil.which("git")).resolve()}
    opened = [line for line in lines if line.startswith(("openat(", "open(", "creat("))]
    assert not [line for line in opened if f'"{tmp_path}/outside' in line or '"away/' in line]
    assert not [line for line in opened if '"passwd"' in line and "= -1" not in line]
    changing = [
        line
        for line in lines
        if "O_WRONLY" in line or "O_RDWR" in line or "O_CREAT" in line or line.startswith(("unlink", "rename", "mkdir"))
    ]
    places = {line.split('"')[1] for line in changing if '"' in line}
    assert not [p for p in places if p.startswith("/") and not p.startswith((f"{tmp_path}/", "/dev/null", "/dev/tty"))]
    assert not [p for p in places if p.startswith(str(trapped))]
    assert os.listdir(tmp_path / "sprung") == []


def test_the_cache_and_temporary_files_are_private(tmp_path):
    tree = write(tmp_path / "tree", SMALL)
    _watched(tmp_path, tree, tmp_path / "out")
    assert os.listdir(tmp_path / "tmp") == []
    for path in (tmp_path / "cache").iterdir():
        assert stat.S_ISREG(path.lstat().st_mode)
