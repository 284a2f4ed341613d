"""Where a command runs, where it writes and what it may write there, as users have it."""

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from gazetteer.watch import _is_told_of
from trees import SMALL, built, contents, environment, gaz, git, write


def as_user(cache: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run `gaz` so that permissions hold, also for who runs the tests as root."""
    drop = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search", "--inh-caps", "-dac_override,-dac_read_search"]
    command = [*(drop if os.geteuid() == 0 else []), sys.executable, "-m", "gazetteer", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=cache.parent, env=environment(cache), check=False)


@pytest.mark.parametrize("arguments", [["build", "-o", "x"], ["build", "{tree}", "-o", "{out}"], ["query", "f"], ["check", "x"]])
def test_a_current_folder_that_is_gone_is_one_line(tmp_path, arguments):
    """It was removed by someone else, as folders of a CI are."""
    tree = write(tmp_path / "tree", SMALL)
    command = [sys.executable, "-m", "gazetteer", *(a.format(tree=tree, out=tmp_path / "out") for a in arguments)]
    (tmp_path / "gone").mkdir()
    script = "import os, sys; os.chdir(sys.argv[1]); os.rmdir(sys.argv[1]); os.execv(sys.argv[2], sys.argv[2:])"
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "gone"), *command], capture_output=True, text=True, cwd="/",
        env=environment(tmp_path / "cache"), check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (3, "gaz: the current folder cannot be read: No such file or directory\n")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("place", ["pkg", "site/pkg"])
@pytest.mark.parametrize("mode", [0o555, 0o000])
def test_a_folder_of_the_output_that_may_not_be_written(tmp_path, place, mode):  # check 33
    """One line, and the next build goes on; a page that cannot be removed is no page that nobody sees."""
    tree, out, cache = write(tmp_path / "tree", SMALL), tmp_path / "out", tmp_path / "cache"
    built(cache, tree, "-o", out, "--format", "md,html")
    edits = [("pkg/core.py", "class Another: ...\n"), ("pkg/new.py", "x = 1\n"), ("pkg/tools.py", None)]
    for path, text in edits:
        (out / place).chmod(mode)
        (tree / path).write_text(text) if text is not None else (tree / path).unlink()
        done = as_user(cache, "build", tree, "-o", out, "--format", "md,html")
        (out / place).chmod(0o755)
        assert done.returncode == 4, path
        assert done.stderr.startswith(f"gaz: {out}/{place}"), done.stderr
        assert done.stderr.endswith("cannot be written: permission denied\n"), done.stderr
        assert done.stderr.count("\n") == 1
        built(cache, tree, "-o", out, "--format", "md,html")
        built(tmp_path / "other", tree, "-o", tmp_path / "cold", "--format", "md,html")
        assert contents(out) == contents(tmp_path / "cold")


@pytest.mark.parametrize("files", [*range(8, 14), 20])
def test_few_files_may_be_open(tmp_path, files):
    """The command says so, and ends."""
    tree = write(tmp_path / "tree", SMALL)
    command = [sys.executable, "-m", "gazetteer", "build", str(tree), "-o", str(tmp_path / "out"), "-j", "2"]
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=tmp_path, env=environment(tmp_path / "cache"), check=False, timeout=60,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (files, files)),
    )  # fmt: skip
    assert done.returncode
    assert done.stderr.startswith("gaz: "), done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("is_repository", [False, True])
@pytest.mark.parametrize("name", ["{tree}/.cache/gazetteer", "keep"])
def test_a_cache_in_the_tree_is_no_part_of_it(tmp_path, is_repository, name):  # check 26
    """As a CI has it, which keeps what lies below the checkout alone."""
    tree = write(tmp_path / "tree", SMALL)
    if is_repository:
        git(tree, "init", "-q")
    cache = Path(name.format(tree=tree))
    said = [gaz(cache, "build", ".", "-o", "docs", cwd=tree).stdout for _ in range(3)]
    assert said[0].startswith(f"{len(SMALL)} files")
    assert [text.partition(": ")[2] for text in said[1:]] == ["0 written, 0 removed\n"] * 2
    assert any((tree / cache).glob("*.sqlite"))
    assert any((tree / cache).glob("*.stamp"))


def test_watch_is_not_told_of_its_cache(tmp_path):
    """It would build for ever."""
    tree = tmp_path / "tree"
    assert not _is_told_of(f"{tree}/.cache/a.sqlite", tree, tree / ".cache")
    assert _is_told_of(f"{tree}/.cached/a.py", tree, tree / ".cache")


@pytest.mark.parametrize("formats", ["md", "md,html,json,llms"])
def test_an_output_that_git_takes_away(tmp_path, formats):  # checks 26, 29
    """`git reset --hard` and `git checkout` take what is committed, marker and all, and leave pages that are not: they are still ours."""
    tree, out, cache = write(tmp_path / "tree", SMALL), tmp_path / "tree/docs", tmp_path / "cache"
    git(tree, "init", "-q")
    git(tree, "add", "-A")
    git(tree, "commit", "-qm", "without")
    built(cache, tree, "-o", out, "--format", formats)
    git(tree, "add", "-A")
    git(tree, "commit", "-qm", "with")
    write(tree, {"pkg/more.py": "def another(): ...\n"})
    built(cache, tree, "-o", out, "--format", formats)
    git(tree, "reset", "-q", "--hard", "HEAD~1")
    assert not (out / ".gazetteer").exists()
    assert (out / "pkg/more.py.md").exists()
    (tree / "pkg/more.py").unlink()
    built(cache, tree, "-o", out, "--format", formats)
    cold = write(tmp_path / "cold", SMALL)
    git(cold, "init", "-q")
    built(tmp_path / "other", cold, "-o", cold / "docs", "--format", formats)
    assert contents(out) == contents(cold / "docs")


@pytest.mark.parametrize("more", ["theirs.md", "pkg/more.py.md", ".gazetteer"])
def test_what_somebody_has_changed_is_not_ours(tmp_path, more):
    """Without marker and manifest a folder is ours where all in it lies as the last build left it, and not else; what is not, is named."""
    tree, out, cache = write(tmp_path / "tree", {**SMALL, "pkg/more.py": ""}), tmp_path / "out", tmp_path / "cache"
    built(cache, tree, "-o", out)
    for name in (".gazetteer", "manifest.json"):
        (out / name).unlink()
    write(out, {more: "mine"})
    done = gaz(cache, "build", tree, "-o", out)
    assert done.returncode == 4
    assert f"holds files that are not Gazetteer's ({more})" in done.stderr
    assert (out / more).read_text() == "mine"
