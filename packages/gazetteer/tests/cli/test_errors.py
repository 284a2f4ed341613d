"""What a user gets wrong is one clear line, an exit code, and nothing written."""

import os
import shlex
import shutil
import subprocess
import sys

import pytest

from trees import SMALL, contents, environment, gaz, write


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A tree, someone's files, links; all errors together must leave it as it is."""
    base = tmp_path_factory.mktemp("errors")
    write(base / "tree", SMALL)
    write(base / "theirs", {"thesis.txt": "years of work"})
    write(base / "marked", {".gazetteer": "mine, not yours", "notes.txt": "a"})
    (base / "link").symlink_to("theirs")
    (base / "tree" / "docs").symlink_to(base / "theirs")
    write(
        base,
        {
            "file.txt": "",
            "bad.toml": "[limits]\nfile_byte = 1\n",
            "table.toml": "[limit]\n",
            "no.toml": "= 1",
            "links.toml": '[links]\nsource = "https://x/{path}/{path.__init__.__globals__}"\n',
            "whole.toml": "[llms]\ntokens = 1.5\n",
            "few.toml": "[llms]\ntokens = 99\n",
            "small.toml": "[llms]\nfolder_tokens = 1\n",
            "macros.toml": '[cpp]\nattribute_macros = ["FOO_EXPORT", "A B"]\n',
            "roots.toml": '[python]\nroots = ["src", "../lib"]\n',
            "url.toml": '[links]\nsource = "javascript:x"\n',
        },
    )
    write(base, {f"{name}.toml": f"[limits]\nparse_seconds = {name}\n" for name in ("nan", "inf", "1e10", "0")})
    write(base, {"vast.toml": "[limits]\nfile_bytes = 99999999999999999999\n"})
    write(base, {"digits.toml": f"[limits]\nfile_bytes = {'9' * 5_000}\n", "deep.toml": f"repo = {'[' * 50_000}\n"})
    write(base, {"type.toml": '[limits]\nfile_bytes = "many"\n', "layout.toml": '[layout]\nstyle = "githab"\n'})
    return base


CASES = {
    "missing": (["build", "nowhere", "-o", "new"], 3, "source nowhere cannot be read: No such file or directory"),
    "file": (["build", "file.txt", "-o", "new"], 3, "source file.txt is a file; expected the folder of a source tree"),
    "no output": (["build", "tree"], 2, "Missing option '-o' / '--out'"),
    "most": (["query", "A", "--most", "x"], 2, "Invalid value for '-n' / '--most': 'x'; expected a whole number, 1 or more"),
    "port": (["serve", "tree", "--port", "70000"], 2, "'--port': '70000'; expected a whole number, 0 to 65,535"),
    "source itself": (["build", "tree", "-o", "tree"], 4, "is the source"),
    "source by another name": (["build", "tree", "-o", "theirs/../tree/."], 4, "is the source"),
    "around the source": (["build", "tree", "-o", "."], 4, "contains the source"),
    "theirs": (["build", "tree", "-o", "theirs"], 4, "holds files that are not Gazetteer's"),
    "a marker of their own": (["build", "tree", "-o", "marked"], 4, "holds files that are not Gazetteer's"),
    "link": (["build", "tree", "-o", "link"], 4, "is a symbolic link"),
    "behind a link of the tree": (["build", "tree", "-o", "tree/docs/ref"], 4, "a symbolic link of the tree"),
    "output is a file": (["build", "tree", "-o", "file.txt"], 4, "is a file; name a folder"),
    "below a file": (["build", "tree", "-o", "file.txt/out"], 4, "cannot be made"),
    "key": (["build", "tree", "-o", "new", "--config", "bad.toml"], 5, "unknown key 'file_byte' in [limits], did you mean 'file_bytes'?"),
    "table": (["build", "tree", "-o", "new", "--config", "table.toml"], 5, "unknown table [limit], did you mean 'limits'?"),
    "no toml": (["build", "tree", "-o", "new", "--config", "no.toml"], 5, "no.toml: "),
    "type": (["build", "tree", "-o", "new", "--config", "type.toml"], 5, "file_bytes in [limits] must be a whole number, not 'many'"),
    "choice": (["build", "tree", "-o", "new", "--config", "layout.toml"], 5, "did you mean 'github'?"),
    "scheme": (["build", "tree", "-o", "new", "--config", "url.toml"], 5, "must begin with https:// or http://"),
    "links": (["build", "tree", "-o", "new", "--links", "ftp://x/{path}"], 2, "--links must begin with https:// or http://"),
    "no links": (["build", "tree", "-o", "new", "--links", ""], 2, "--links must be a URL or 'relative', not ''"),
    "links nowhere": (["build", "tree", "-o", "new", "--links", "https://x/{pth}#L{a}"], 2, "must have {path} in it"),
    "links with code": (["build", "tree", "-o", "new", "--links", "https://x/{path.__class__}"], 2, "each as it is, not 'https"),
    "links with a width": (["build", "tree", "-o", "new", "--links", "https://x/{path}#{a:>1000000000}"], 2, "each as it is"),
    "half a brace": (["build", "tree", "-o", "new", "--links", "https://x/{path}{"], 2, "each as it is"),
    "links with markup": (["build", "tree", "-o", "new", "--links", "https://x/)<b>{path}"], 2, "what URLs may have"),
    "links of the tree": (["build", "tree", "-o", "new", "--config", "links.toml"], 5, "source in [links] must have {path} in it"),
    "whole": (["build", "tree", "-o", "new", "--config", "whole.toml"], 5, "tokens in [llms] must be a whole number, not 1.5"),
    "few tokens": (["build", "tree", "-o", "new", "--config", "few.toml"], 5, "tokens in [llms] must be 100 or more, not 99"),
    "a pack of few": (["build", "tree", "-o", "new", "--config", "small.toml"], 5, "folder_tokens in [llms] must be 200 or more, not 1"),
    "no macro": (["build", "tree", "-o", "new", "--config", "macros.toml"], 5, "attribute_macros in [cpp] must be names, not 'A B'"),
    **{
        f"{value} seconds": (["build", "tree", "-o", "new", "--config", f"{value}.toml"], 5, "must be positive, and at most 86,400, not")
        for value in ("nan", "inf", "1e10", "0")
    },
    "a number that nothing can hold": (
        ["build", "tree", "-o", "new", "--config", "vast.toml"], 5, "must be positive, and at most 1,000,000,000,000, not 999"
    ),
    "a number of too many digits": (["build", "tree", "-o", "new", "--config", "digits.toml"], 5, "digits.toml: Exceeds the limit"),
    "lists without end": (["build", "tree", "-o", "new", "--config", "deep.toml"], 5, "deep.toml: nested too deeply"),
    "a path that is empty": (["build", "", "-o", "new"], 2, "PATH is empty; expected a path"),
    "an output without a name": (["build", "tree", "-o", ""], 2, "--out is empty; expected a path"),
    "an empty tree": (["query", "x", "-p", ""], 2, "--path is empty; expected a path"),
    "an empty configuration": (["doctor", "tree", "--config", ""], 2, "--config is empty; expected a path"),
    "roots": (["build", "tree", "-o", "new", "--config", "roots.toml"], 5, "roots in [python] must be folders of the tree, not '../lib'"),
    "no configuration": (["build", "tree", "-o", "new", "--config", "none.toml"], 5, "configuration none.toml cannot be read"),
    "format": (["build", "tree", "-o", "new", "--format", "md,jsn"], 2, "expected md, html, json, llms, scip, did you mean 'json'?"),
    "executor": (["build", "tree", "-o", "new", "--executor", "slurm"], 2, "unknown executor 'slurm'; expected local, dask"),
    "no address": (["build", "tree", "-o", "new", "--executor", "dask:"], 2, "unknown executor 'dask:'"),
    "no revision": (["diff", "-p", "tree", ""], 2, "an empty revision"),
    "jobs": (["build", "tree", "-o", "new", "--jobs", "0"], 2, "'-j' / '--jobs': '0'; expected a whole number, 1 or more"),
    "command": (["biuld", "tree"], 2, "unknown command 'biuld'; expected build, watch"),
    "option": (["build", "tree", "-o", "new", "--job", "2", "--formt", "md"], 2, "No such option"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_an_error_says_what_was_got_and_expected(place, case):
    arguments, code, text = CASES[case]
    before = contents(place)
    done = gaz(place / "cache", *arguments, cwd=place)
    assert done.returncode == code, done.stderr
    assert text in done.stderr
    assert "Traceback" not in done.stderr
    assert not done.stdout
    assert contents(place) == before
    assert not (place / "new").exists()


#: Root reads everything, unless it has laid its privileges down.
SETPRIV = shutil.which("setpriv")
HUMBLE = [SETPRIV, "--inh-caps=-all", "--bounding-set=-all"] if os.geteuid() == 0 and SETPRIV else []


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["build", "tree", "-o", "new/below", "--scip", "nowhere.scip"], 3),
        (["build", "tree", "-o", "new", "--config", "index.toml"], 3),
        (["build", "tree", "-o", "new/below", "--config", "few.toml"], 6),
        (["export", "json", "tree", "-o", "new", "--config", "few.toml"], 6),
        (["watch", "tree", "-o", "new", "--config", "index.toml"], 3),
    ],
)
def test_an_error_that_is_found_late_leaves_no_folder(tmp_path, arguments, code):
    write(tmp_path / "tree", SMALL)
    write(tmp_path, {"index.toml": '[compiler]\nscip = ["nowhere.scip"]\n', "few.toml": "[limits]\nfiles = 1\n"})
    before = contents(tmp_path)
    done = gaz(tmp_path.parent / f"{tmp_path.name}-cache", *arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (code, ""), done.stderr
    assert contents(tmp_path) == before
    assert not (tmp_path / "new").exists()
    (tmp_path / "new").mkdir()  # a folder that was there stays
    gaz(tmp_path.parent / f"{tmp_path.name}-cache", *arguments, cwd=tmp_path)
    assert (tmp_path / "new").is_dir()


@pytest.mark.skipif(os.geteuid() == 0 and not SETPRIV, reason="root reads everything")
@pytest.mark.parametrize(
    "arguments", [["build", "shut", "-o", "new"], ["doctor", "shut"], ["query", "x", "-p", "shut"], ["diff", "shut", "tree"]]
)
def test_an_unreadable_source(tmp_path, arguments):
    write(tmp_path / "tree", SMALL)
    (tmp_path / "shut").mkdir(mode=0)
    done = subprocess.run(
        [*HUMBLE, sys.executable, "-m", "gazetteer", *arguments], capture_output=True, text=True, check=False, cwd=tmp_path,
        env=environment(tmp_path / "cache"),
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (3, "gaz: source shut cannot be read: permission denied\n")
    assert not (tmp_path / "new").exists()


def test_the_trees_configuration_is_not_read_through_a_link(tmp_path):  # check 32
    write(tmp_path / "tree", {"a.py": "x = 1\n"})
    write(tmp_path, {"secret.toml": "[password]\nhunter2 = 1\n"})
    (tmp_path / "tree" / "gazetteer.toml").symlink_to("../secret.toml")
    done = gaz(tmp_path / "cache", "build", "tree", "-o", "out", cwd=tmp_path)
    assert done.returncode == 5
    assert "links are not followed" in done.stderr
    assert "hunter2" not in done.stderr + done.stdout
    assert not (tmp_path / "out").exists()


def test_a_configuration_that_nobody_can_have_written_is_an_error(tmp_path):
    """It is not read up to somewhere: what would stand behind that is not known."""
    write(tmp_path / "tree", {"gazetteer.toml": "# x\n" * 250_001 + '[repo]\nname = "Z"\n'})
    done = gaz(tmp_path / "cache", "build", "tree", "-o", "out", cwd=tmp_path)
    assert done.returncode == 5
    assert done.stderr.endswith("gazetteer.toml has more than 1,000,000 bytes\n")


def test_help_names_every_command_and_imports_none():
    from gazetteer.cli import COMMANDS

    code = (
        "import sys; from gazetteer.cli import run; run(['--help']); print([m for m in sys.modules if m.startswith('gazetteer.commands.')])"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert all(f"  {name} " in shown for name in COMMANDS)
    assert shown.rstrip().endswith("[]")


def test_every_command_has_help():
    from click.testing import CliRunner

    from gazetteer.cli import COMMANDS, commands

    for name in COMMANDS:
        shown = CliRunner().invoke(commands, [name, "--help"])
        assert shown.exit_code == 0, name
        assert shown.output.startswith("Usage: "), name


def test_no_module_comes_from_the_current_folder(tmp_path):  # check 35
    """``python -m`` looks there first; a tree could hold a `click.py`."""
    trap = "import os, pathlib; pathlib.Path(os.environ['TRAP']).touch()\n"
    write(
        tmp_path / "tree", {f"{name}.py": trap for name in ("click", "msgspec", "pickle", "blake3", "tree_sitter", "sqlite3", "subprocess")}
    )
    done = gaz(tmp_path / "cache", "build", ".", "-o", tmp_path / "out", cwd=tmp_path / "tree", TRAP=str(tmp_path / "trap"))
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "trap").exists()


@pytest.mark.parametrize(("end", "code"), [(">&-", 0), ("<&- >&- 2>&-", 0), ("2>&-", 0), (">/dev/full", 4)])
def test_a_build_whose_words_nobody_reads(tmp_path, end, code):
    write(tmp_path / "tree", SMALL)
    command = f"{shlex.quote(sys.executable)} -m gazetteer build tree -o out -j 1 {end}"
    for _ in range(2):  # the second has nothing to do
        env = environment(tmp_path / "cache")
        made = subprocess.run(["sh", "-c", command], cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
        assert (made.returncode, "Traceback" in made.stderr) == (code, False), made.stderr
        assert contents(tmp_path / "out")


@pytest.mark.parametrize(
    "command",
    ["query kind:function -p tree -j 1", "query kind:function --json -p tree -j 1", "explain Base -p tree", "build --help", "--help"],
)
def test_a_reader_that_has_seen_enough(tmp_path, command):
    """As of other tools: no words, no error."""
    write(tmp_path / "tree", {**SMALL, "many.py": "def function(): ...\n" * 5_000})
    script = f"{{ {shlex.quote(sys.executable)} -m gazetteer {command}; echo $? >&2; }} | true"
    done = subprocess.run(
        ["sh", "-c", script], cwd=tmp_path, env=environment(tmp_path / "cache"), capture_output=True, text=True, check=False
    )
    assert done.stderr == "0\n"
