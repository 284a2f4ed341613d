# ruff: noqa: E501 - files of a tree, one a line
"""Symbols that differ between two states of a tree."""

import json
import os
import signal
import subprocess

import pytest

from gazetteer.config import Config
from gazetteer.difference import defines, difference
from gazetteer.errors import SourceError
from gazetteer.extract import extract
from gazetteer.git import list_files
from gazetteer.revisions import FolderFiles, repository
from programs.grown import gaz, write
from trees import git

BEFORE = {
    "a.h": "#define LIMIT 10\nclass Forward;\nstruct Base {};\nstruct Gone {};\nstruct Kid : Base { int f(int); int f(double); };\nint run(int a);\n",
    "same.py": "def same(): ...\n",
    "pkg/old.py": "def one(): return 1\n\ndef two(): return 2\n\ndef three(): return 3\n",
    "pkg/whole.py": "X = 1\n\n\ndef whole(): ...\n",
    "pkg/from_here.py": "def wanderer(a, b): ...\nSTAY = 1\n",
    "pkg/to_there.py": "HERE = 1\n",
    "shop.go": "package shop\n\nfunc Sell(n int) int { return n }\n",
}
AFTER = {
    "a.h": "#define LIMIT 20\nclass Forward { int x; };\nstruct Base {};\nstruct Other {};\nstruct Kid : Other { int f(int); int f(float, int); };\nint run( int a );\n",
    "same.py": "def same(): ...\n",
    "pkg/new.py": "def one(): return 1\n\ndef two(): return 2\n\ndef three(x): return 3\n",
    "pkg/moved/whole.py": "X = 1\n\n\ndef whole(): ...\n",
    "pkg/from_here.py": "STAY = 1\n",
    "pkg/to_there.py": "HERE = 1\ndef wanderer(a, b): ...\n",
    "shop.go": "package shop\n\nfunc Sell(n int, to string) int { return n }\n",
}


@pytest.fixture(scope="module")
def repo(tmp_path_factory):
    root = write(tmp_path_factory.mktemp("diff") / "repo", BEFORE)
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "one")
    git(root, "tag", "one")
    for path in BEFORE:
        (root / path).unlink()
    write(root, AFTER)
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "two")
    return root


def compared(root, before, after):
    with repository(root) as opened:
        return difference(opened.revision(before), opened.revision(after), Config())


def test_two_commits(repo):  # check 42
    found = compared(repo, "one", "HEAD")
    assert [(p.path, p.name) for p in found.added] == [("a.h", "Forward::x"), ("a.h", "Other")]
    assert [(p.path, p.name) for p in found.removed] == [("a.h", "Gone")]
    changed = {(c.after.path, c.after.name): {name: (old, new) for name, old, new in c.fields} for c in found.changed}
    assert changed["a.h", "LIMIT"]["value"] == ("10", "20")
    assert changed["a.h", "Forward"]["role"] == ("forward", "definition")
    assert changed["a.h", "Kid"]["bases"] == ("public Base", "public Other") or changed["a.h", "Kid"]["bases"] == ("Base", "Other")
    assert "double" in changed["a.h", "Kid::f"]["signature"][0]
    assert "float" in changed["a.h", "Kid::f"]["signature"][1]
    assert changed["pkg/new.py", "three"]["signature"] == ("def three()", "def three(x)")
    assert set(changed["shop.go", "Sell"]) == {"signature"}
    assert set(changed) == {
        ("a.h", "LIMIT"),
        ("a.h", "Forward"),
        ("a.h", "Kid"),
        ("a.h", "Kid::f"),
        ("pkg/new.py", "three"),
        ("shop.go", "Sell"),
    }
    assert [defines(c) for c in found.changed if c.after.name == "Forward"] == [True]
    assert [(m.before.path, m.after.path, m.after.name) for m in found.moved] == [("pkg/from_here.py", "pkg/to_there.py", "wanderer")]
    assert [(m.before, m.after, m.alike) for m in found.files_moved] == [
        ("pkg/old.py", "pkg/new.py", 66 + 1),
        ("pkg/whole.py", "pkg/moved/whole.py", 100),
    ]
    assert (found.files_added, found.files_removed) == ((), ())
    assert found.is_breaking


def test_the_other_way_round_is_the_inverse(repo):  # check 42
    there, back = compared(repo, "one", "HEAD"), compared(repo, "HEAD", "one")
    assert there.added == back.removed
    assert there.removed == back.added
    assert {(c.before, c.after) for c in there.changed} == {(c.after, c.before) for c in back.changed}


def test_folders_and_commits_give_the_same(repo, tmp_path):
    old = write(tmp_path / "old", BEFORE)
    found = difference(FolderFiles(old, Config()), FolderFiles(repo, Config()), Config())
    assert found == type(found)(
        **{**{f: getattr(compared(repo, "one", "HEAD"), f) for f in found.__struct_fields__}, "before": found.before, "after": found.after}
    )


def test_exit_codes(repo, capfd):  # check 42
    tree = ("-p", repo)
    assert gaz("diff", "one", "HEAD", *tree) == 0
    text = capfd.readouterr().out
    assert "  ~ a.h:2  class Forward\n      forward declaration -> definition\n" in text
    assert "pkg/whole.py -> pkg/moved/whole.py\n" in text
    assert gaz("diff", "one", "HEAD", "--exit-code", *tree) == 1
    assert gaz("diff", "one", "one", "--exit-code", *tree) == 0
    assert gaz("diff", "HEAD", "--exit-code", *tree) == 0  # the tree as it is
    assert gaz("diff", "one", "HEAD", "--breaking", *tree) == 1
    assert gaz("diff", "nowhere", "HEAD", *tree) == 3
    assert "no revision 'nowhere'" in capfd.readouterr().err
    assert gaz("diff", "--json", "one", "HEAD", *tree) == 0
    assert json.loads(capfd.readouterr().out)["removed"][0]["name"] == "Gone"


def test_what_is_only_defined_or_added_breaks_nothing(tmp_path):
    a, b = write(tmp_path / "a", {"x.h": "class X;\n"}), write(tmp_path / "b", {"x.h": "class X {};\nint more;\n"})
    found = difference(FolderFiles(a, Config()), FolderFiles(b, Config()), Config())
    assert not found.is_breaking
    assert not found.is_empty


def test_nothing_of_the_repository_runs(tmp_path):  # check 35
    root = write(tmp_path / "evil", {"a.py": "x = 1\n", ".gitattributes": "*.py filter=evil diff=evil\n"})
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "one")
    trap = tmp_path / "trap.sh"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\ncat\n")
    trap.chmod(0o755)
    for key in ("core.fsmonitor", "filter.evil.smudge", "filter.evil.clean", "diff.evil.textconv", "core.sshCommand", "core.pager"):
        git(root, "config", key, str(trap))
    for hook in ("post-checkout", "pre-commit", "post-index-change", "reference-transaction"):
        (root / ".git/hooks" / hook).write_text(trap.read_text())
        (root / ".git/hooks" / hook).chmod(0o755)
    found = compared(root, "HEAD", "main")
    assert found.is_empty
    assert gaz("diff", "HEAD", "-p", root) == 0
    assert not (tmp_path / "ran").exists()
    subprocess.run([trap], stdin=subprocess.DEVNULL, check=True)
    assert (tmp_path / "ran").exists()  # the trap works


def test_where_there_is_no_repository(tmp_path):
    with pytest.raises(SourceError, match="in no repository"), repository(tmp_path):
        pass


def test_worktrees_have_a_head_of_their_own(repo, tmp_path):  # check 42
    other = tmp_path / "other"
    git(repo, "worktree", "add", "-q", "--detach", str(other), "one")
    try:
        found = compared(other, "HEAD", git(repo, "rev-parse", "HEAD").strip())
        assert [(p.path, p.name) for p in found.added] == [("a.h", "Forward::x"), ("a.h", "Other")]
        assert not compared(other, "HEAD", "one").added
        write(other, {"fresh.py": "def fresh(): ...\n"})
        with repository(other) as opened:
            now = FolderFiles(other, Config(), algorithm=opened.algorithm)
            (added,) = difference(opened.revision("HEAD"), now, Config()).added
        assert added.name == "fresh"
    finally:
        git(repo, "worktree", "remove", "--force", str(other))


def test_where_a_branch_was_before(tmp_path, capfd):  # check 42
    root = write(tmp_path / "repo", {"a.h": "struct Node;\n"})
    git(root, "init", "-q", "-b", "trunk")
    for content in ("struct Node;\n", "struct Node { int x; };\n"):
        write(root, {"a.h": content})
        git(root, "add", "-A")
        git(root, "commit", "-q", "-m", "one")
    assert [p.name for p in compared(root, "HEAD@{1}", "HEAD").added] == ["Node::x"]
    assert [p.name for p in compared(root, "trunk@{1}", "trunk@{0}").added] == ["Node::x"]
    git(root, "checkout", "-q", "--detach", "HEAD~1")
    assert [p.name for p in compared(root, "HEAD", "@{-1}").added] == ["Node::x"]
    assert gaz("diff", "trunk", "trunk@{1}", "-p", root) == 0  # the other way round
    assert "~ a.h:1  struct, forward Node\n      definition -> forward declaration\n" in capfd.readouterr().out
    assert gaz("diff", "trunk@{99}", "-p", root) == 3


def test_references_in_tables(tmp_path):
    root = write(tmp_path / "repo", {"a.py": "def a(): ...\n"})
    try:
        git(root, "init", "-q", "--ref-format=reftable")
    except subprocess.CalledProcessError:  # a git from before 2.45
        git(root, "init", "-q")
        git(root, "add", "-A")
        git(root, "commit", "-q", "-m", "one")
        write(root, {".git/reftable/tables.list": "0x1-0x2-abc.ref\n", ".git/reftable/0x1-0x2-abc.ref": b"REFT"})
        with (
            repository(root) as opened,
            pytest.raises(SourceError, match=r"git cannot read .*: fatal: unknown repository extension found: refstorage"),
        ):
            opened.revision("HEAD")
        return
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "one")
    with repository(root) as opened:
        assert list(opened.revision("HEAD").files) == ["a.py"]


def test_an_index_in_parts(tmp_path):
    root = write(tmp_path / "repo", {"a.py": "", "b.log": "", ".gitignore": "*.log\n"})
    git(root, "init", "-q")
    git(root, "add", "-A", "-f")
    git(root, "update-index", "--split-index")
    assert any(n.name.startswith("sharedindex.") for n in (root / ".git").iterdir())
    assert list_files(root) == ([".gitignore", "a.py", "b.log"], [])


def test_a_revision_and_a_folder(repo, tmp_path, capfd):  # check 42
    expected = "symbols: 0 added, 0 removed, 0 changed, 0 moved\n"
    assert gaz("diff", "HEAD", repo, "-p", repo, "--exit-code") == 0
    assert gaz("diff", write(tmp_path / "old", BEFORE), "one", "-p", repo, "--exit-code") == 0
    assert capfd.readouterr().out == 2 * expected
    assert gaz("diff", "one", repo, "-p", repo, "--exit-code") == 1
    assert "forward declaration -> definition" in capfd.readouterr().out
    assert gaz("diff", "one", tmp_path / "none", "-p", repo) == 3
    assert "no revision" in capfd.readouterr().err


def test_what_stands_in_many_files_does_not_move(tmp_path):  # check 42
    gone = "namespace n {\nint first(int a) { return a; }\nint second(int a) { return a; }\nMARK(one);\n}\n"
    come = "namespace n {\nvoid third() {}\nMARK(one);\nvoid fourth() {}\nvoid fifth() {}\nint first(int a) { return a; }\n}\n"
    mark = "#define MARK(x) void mark_##x(){}\n"
    sides = [write(tmp_path / "old", {"m.h": mark, "a.cpp": gone}), write(tmp_path / "new", {"m.h": mark, "b.cpp": come})]
    found = difference(*(FolderFiles(side, Config()) for side in sides), Config())
    assert [m.before.name for m in found.moved] == ["n::first"]
    assert ("a.cpp", "n") in [(p.path, p.name) for p in found.removed]
    assert ("b.cpp", "n") in [(p.path, p.name) for p in found.added]


def test_a_revision_has_what_a_build_of_it_reads(tmp_path, capfd):  # check 42
    root = write(tmp_path / "repo", {"a.py": "X = 1\n", "ex/b.py": "Y = 1\n", "gazetteer.toml": '[repo]\nexclude = ["ex/"]\n'})
    assert gaz("build", root, "-o", root / "atlas") == 0
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "one, with the pages that were made")
    capfd.readouterr()
    assert gaz("diff", "HEAD", "-p", root, "--exit-code", "--breaking") == 0
    assert capfd.readouterr().out == "symbols: 0 added, 0 removed, 0 changed, 0 moved\n"


PARAMETERS = ", ".join(f"parameter_{i}: int = {i}" for i in range(40))
ENTRIES = ",\n    ".join(f'"entry {i}"' for i in range(40))
LONG = f'def f({PARAMETERS}, last=1): ...\nX = [\n    {ENTRIES},\n    "last"]\n'


@pytest.mark.parametrize(
    ("edit", "changed"),
    [
        (("last=1", "last=2"), [("f", "signature", "last = 1", "last = 2")]),
        (('"last"', '"new"'), [("X", "signature", '"last"]', '"new"]'), ("X", "value", '"last"]', '"new"]')]),
        (("    # \n", ""), []),
        (('"entry 7",\n    ', '# a word\n    "entry 7", '), []),
        (("(parameter_0: int = 0, ", "(\n        parameter_0:int = 0,\n        "), []),
    ],
)
def test_what_is_too_long_to_be_shown_is_compared(tmp_path, edit, changed):  # check 42
    sides = [write(tmp_path / side, {"a.py": text}) for side, text in (("old", LONG), ("new", LONG.replace(*edit)))]
    found = difference(*(FolderFiles(side, Config()) for side in sides), Config())
    assert not found.added + found.removed + found.moved
    fields = [(change.after.name, *field) for change in found.changed for field in change.fields]
    assert [
        (name, field, old[-len(a) :], new[-len(b) :]) for (name, field, old, new), (_, _, a, b) in zip(fields, changed, strict=True)
    ] == changed
    assert all(len(text) < 500 for field in fields for text in field)


def test_lines_are_those_that_line_feeds_end(tmp_path):  # check 42
    """What else ends a line to Python, and to no record, moves nothing that is compared."""
    sides = [
        write(tmp_path / side, {"a.py": "\f\n" * 60 + text}) for side, text in (("old", LONG), ("new", LONG.replace('"last"', '"new"')))
    ]
    found = difference(*(FolderFiles(side, Config()) for side in sides), Config())
    assert [(change.after.name, field) for change in found.changed for field, _, _ in change.fields] == [("X", "signature"), ("X", "value")]


def test_names_of_minified_files_are_not_compared(tmp_path, capfd):
    old, new = {"a.min.js": "function a(){}", "b.js": "function a(){}"}, {"a.min.js": "function b(){}", "b.js": "function a(){ return 1 }"}
    sides = [write(tmp_path / side, files) for side, files in (("old", old), ("new", new))]
    assert gaz("diff", *sides, "--breaking") == 0
    assert capfd.readouterr().out.splitlines() == [
        "symbols of minified files are not compared; 1 of these differ: a.min.js",
        "files: 0 added, 0 removed, 0 moved, 2 edited",
        "symbols: 0 added, 0 removed, 0 changed, 0 moved",
    ]


def test_files_that_are_too_large_are_named(tmp_path, capfd):
    (tmp_path / "gazetteer.toml").write_text("[limits]\nfile_bytes = 20\n")
    sides = [write(tmp_path / side, {"a.py": f"def {side}_name(): pass\n", "b.txt": 9 * side}) for side in ("old", "new")]
    assert gaz("diff", *sides, "-p", tmp_path) == 0
    assert "more than 20 bytes ([limits] file_bytes) are not compared; 1 of these differ: a.py\n" in capfd.readouterr().out


def test_what_a_side_does_not_show_was_not_removed(tmp_path, capfd):  # checks 33 and 42
    root = write(
        tmp_path / "repo",
        {"a/x.py": "def x(): ...\n", "b/c/y.py": "def y(): ...\n", "b/z.py": "def z(): ...\n", "top.py": "def t(): ...\n"},
    )
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "one")
    git(root, "sparse-checkout", "set", "a")
    assert not (root / "b").exists()
    for index in ("--no-sparse-index", "--sparse-index"):
        git(root, "sparse-checkout", "reapply", index)
        for sides in (["HEAD"], ["HEAD", str(root)]):
            assert gaz("diff", *sides, "--exit-code", "-p", root) == 0
            assert capfd.readouterr().out.splitlines() == [
                "files that are not checked out are not compared; 2 of these are on the other side: b/c/y.py, b/z.py",
                "symbols: 0 added, 0 removed, 0 changed, 0 moved",
            ]
    (root / "top.py").unlink()
    with repository(root / "a") as opened:
        assert difference(opened.revision("HEAD"), opened.as_it_is(Config()), Config()).notes == ()
    with repository(root) as opened:
        found = difference(opened.revision("HEAD"), opened.as_it_is(Config()), Config())
    assert (found.files_removed, [p.name for p in found.removed]) == (("top.py",), ["t"])


def test_what_cannot_be_read_was_not_removed(tmp_path, monkeypatch):  # checks 33 and 42
    files = {"a.py": "def a(): ...\n", "shut/b.py": "def b(): ...\n", "shut/c.py": "def c(): ...\n"}
    sides = [FolderFiles(write(tmp_path / side, files), Config()) for side in ("one", "two")]
    for path in ("a.py", "shut"):
        sides[1].hidden[path] = "cannot be read"
    sides[1].files.clear()
    sides[1].files["new.py"] = sides[0].files["a.py"]
    found = difference(sides[0], sides[1], Config())
    assert found.notes == ("files that cannot be read are not compared; 3 of these are on the other side: a.py, shut/b.py, shut/c.py",)
    assert (found.files_added, found.files_removed, found.files_moved, found.removed) == (("new.py",), (), (), ())


def test_what_a_head_shows_is_not_shown_again(tmp_path, capfd):
    names = "[" + ", ".join(f"'name {i}'" for i in range(20))
    old = {"a.py": f"class A(B): ...\nX = {names}, 'old']\n"}
    sides = [write(tmp_path / "old", old), write(tmp_path / "new", {"a.py": f"class A(C): ...\nX = {names}, 'new']\n"})]
    assert gaz("diff", *sides) == 0
    assert capfd.readouterr().out.splitlines()[:-2] == [
        "changed:",
        "  ~ a.py:1  class A",
        "      signature: class A(B) -> class A(C)",
        "  ~ a.py:2  constant X",
        "      signature: … 16', 'name 17', 'name 18', 'name 19', 'old'] -> … 16', 'name 17', 'name 18', 'name 19', 'new']",
    ]


def test_a_revision_that_was_not_fetched_is_said_to_be_none(repo, tmp_path, capfd):  # check 42
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{repo}", "shallow")
    assert gaz("diff", "HEAD~1", "HEAD", "-p", tmp_path / "shallow") == 3
    assert "shallow and may lack it; expected a revision that was fetched (git fetch --unshallow fetches all)\n" in capfd.readouterr().err
    assert gaz("diff", "HEAD", "-p", tmp_path / "shallow", "--exit-code") == 0
    for written in ("one..HEAD", "one...HEAD"):
        assert gaz("diff", written, "-p", repo) == 3
        assert "expected two revisions: one HEAD\n" in capfd.readouterr().err


TERMS = "".join(f"// Line {n} of the terms, which stand in each file of this tree, whatever else it has.\n" for n in range(25))


def committed(root, tag):
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", tag)
    git(root, "tag", tag)


def test_terms_that_all_files_have_make_no_move(tmp_path):
    root = write(tmp_path / "tree", {
        "apple.h": f"{TERMS}#pragma once\nint one(int a);\nstruct Apple {{ int seed; }};\n", "small.go": f"/*\n{TERMS}*/\npackage a\n\nfunc alpha() {{}}\n",
        "Foo.m": f"{TERMS}@implementation Foo\n- (int)bar {{ return 1; }}\n- (int)baz {{ return 2; }}\n@end\n", "terms.c": TERMS,
        "a.js": "export function a() {}\nexport function b() {}\nexport const c = 1;\n",
    })  # fmt: skip
    git(root, "init", "-q")
    committed(root, "one")
    for path in ("apple.h", "small.go", "Foo.m", "a.js", "terms.c"):
        (root / path).unlink()
    write(root, {
        "motor.h": f"{TERMS}#pragma once\nvoid two(char *b);\nstruct Motor {{ double speed; }};\n", "other.go": f"/*\n{TERMS}*/\npackage x\n\nfunc beta() {{}}\n",
        "Foo.mm": f"{TERMS}@implementation Foo\n- (int)bar {{ return 1; }}\n- (int)baz {{ std::string s; return 2; }}\n@end\n", "more.c": TERMS + "\n",
        "a.ts": "export function a() {}\nexport function b(): void {}\nexport const c = 1;\n",
    })  # fmt: skip
    committed(root, "two")
    found = compared(root, "one", "two")
    assert [(m.before, m.after, m.alike) for m in found.files_moved] == [
        ("Foo.m", "Foo.mm", 75),
        ("a.js", "a.ts", 67),
        ("terms.c", "more.c", 99),
    ]
    assert {p.name for p in found.removed} >= {"one", "Apple", "alpha"}
    assert [c.after.name for c in found.changed] == ["b"]


def test_files_whose_reader_dies_are_named(tmp_path, capfd, monkeypatch):  # check 34
    """A grammar may crash, or take all memory there is: nothing is said of what was to be read, and all else is compared."""
    from gazetteer import gather

    def read(content, language, counts, options):
        if b"crash" in content:
            os.kill(os.getpid(), signal.SIGKILL)
        if b"raise" in content:
            raise IndexError
        return extract(content, language, counts, options)

    monkeypatch.setattr(gather, "extract", read)
    write(tmp_path / "one", {"a.py": "def a(): ...\n", "b.py": "def b(): ...\n", "c.py": "def c(): ...\n", "d.py": "def d(): ...\n"})
    write(tmp_path / "two", {"a.py": "crash\n", "b.py": "def bb(): ...\n", "c.py": "raise\n", "d.py": "def d(): 1\n", "e.py": "crash\n"})
    assert gaz("diff", tmp_path / "one", tmp_path / "two") == 0
    said = capfd.readouterr().out
    assert "failed, are not compared; 3 of these differ: a.py, c.py, e.py" in said
    assert [line.split()[-1] for line in said.split("\n") if line.startswith("  ")] == ["e.py", "b", "bb"]
