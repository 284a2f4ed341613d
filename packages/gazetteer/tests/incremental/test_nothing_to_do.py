"""A build that has nothing to do ends before it imports much; whatever changes, the whole command runs, as if for the first time."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from gazetteer.build import build
from gazetteer.opening import config_of
from gazetteer.quick import Output
from gazetteer.store import Store
from gazetteer.unchanged import lies, listing, relisted

FILES = {
    "README.md": "# Tree\n\nWords.\n",
    "a/one.py": '"""One."""\n\n\ndef f(): ...\n',
    "a/two.h": "struct Two { int x; };\n",
    "b/.gitignore": "*.log\nout/\n",
    "b/three.py": "from a.one import f\n",
    "b/skipped.log": "log\n",
}


def gaz(*arguments: str | Path, cwd: Path) -> tuple[str, bool]:
    """What the command says, and whether it ended without the library of commands."""
    said, imported = _ran(*arguments, cwd=cwd)
    assert "gazetteer.quick" in imported
    return said, " click" not in imported


def _ran(*arguments: str | Path, cwd: Path) -> tuple[str, str]:
    """What the command says, and what it has imported."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "gazetteer", *map(str, arguments)],
        capture_output=True, text=True, check=True, cwd=cwd, env=os.environ | {"GAZETTEER_CACHE_DIR": str(cwd / "cache")},
    )  # fmt: skip
    return done.stdout, done.stderr


def contents(out: Path) -> dict[str, bytes]:
    return {p.relative_to(out).as_posix(): p.read_bytes() for p in sorted(out.rglob("*")) if p.is_file()}


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """A tree whose build is found to be done."""
    return _built(tmp_path, in_git=False)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """The same in a repository."""
    return _built(tmp_path, in_git=True)


def _built(tmp_path: Path, *, in_git: bool) -> Path:
    for path, content in FILES.items():
        place = tmp_path / "tree" / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(content)
    (tmp_path / "tree" / "empty").mkdir()
    if in_git:
        subprocess.run(["git", "init", "-q"], cwd=tmp_path / "tree", check=True)
        subprocess.run(["git", "add", "README.md", "a"], cwd=tmp_path / "tree", check=True)
    time.sleep(0.1)  # files that have just been written may change without their times telling it
    said, is_quick = gaz("build", "tree", "-o", "out", cwd=tmp_path)
    assert not is_quick
    assert gaz("build", "tree", "-o", "out", cwd=tmp_path) == (_unwritten(said), True)
    return tmp_path


def _unwritten(said: str) -> str:
    head, _, _ = said.rpartition(": ")
    return f"{head}: 0 written, 0 removed\n"


def _same_size(base: Path) -> None:
    place = base / "tree/a/one.py"
    before = place.stat()
    place.write_text(FILES["a/one.py"].replace("def f", "def g"))
    os.utime(place, ns=(before.st_atime_ns, before.st_mtime_ns))


def _move_there(base: Path) -> None:
    """As many programs write files."""
    (base / "tree/a/one.py~").write_text("x = 1\n")
    (base / "tree/a/one.py~").replace(base / "tree/a/one.py")


def _other_folder(base: Path) -> None:
    (base / "tree/a/two.h").unlink()
    (base / "tree/a/two.h").mkdir()


def _swap(base: Path) -> None:
    (base / "tree/a/two.h").unlink()
    (base / "tree/a/two.h").symlink_to("one.py")


CHANGES: dict[str, Callable[[Path], object]] = {
    "edit": lambda b: (b / "tree/a/one.py").write_text("x = 1\n"),
    "edit of the same size with the time set back": _same_size,
    "moved to its place": _move_there,
    "file to folder": _other_folder,
    "another repository": lambda b: (b / "tree/a/.git").mkdir(),
    "ignored file": lambda b: _move_there(b) or (b / "tree/b/more.log").write_text("x"),
    "new file": lambda b: (b / "tree/a/new.py").write_text("n = 1\n"),
    "new file in an empty folder": lambda b: (b / "tree/empty/new.py").write_text("n = 1\n"),
    "new folder": lambda b: (b / "tree/a/b/c").mkdir(parents=True) or (b / "tree/a/b/c/new.py").write_text("n = 1\n"),
    "removed file": lambda b: (b / "tree/b/three.py").unlink(),
    "renamed folder": lambda b: (b / "tree/a").rename(b / "tree/c"),
    "file to link": _swap,
    "what is ignored": lambda b: (b / "tree/b/.gitignore").write_text("*.py\n"),
    "what is ignored, elsewhere": lambda b: (b / "tree/.gitignore").write_text("a/\n"),
    "configuration": lambda b: (b / "tree/gazetteer.toml").write_text('[repo]\nexclude = ["b/"]\n'),
    "page edited": lambda b: (b / "out/a/one.py.md").write_text("other\n"),
    "page removed": lambda b: (b / "out/a/one.py.md").unlink(),
    "killed build": lambda b: (b / "out/.gazetteer.journal").write_text("a/one.py.md\0"),
    "lost store": lambda b: [p.unlink() for p in (b / "cache").iterdir()],
}


def _check(base: Path) -> None:
    _, is_quick = gaz("build", "tree", "-o", "out", cwd=base)
    assert not is_quick
    with Store(None) as store:
        build(base / "tree", base / "cold", config_of(base / "tree"), store)
    assert contents(base / "out") == contents(base / "cold")


@pytest.mark.parametrize("change", CHANGES)
def test_changes_are_seen(base: Path, change: str) -> None:  # check 29, check 38
    CHANGES[change](base)
    _check(base)


@pytest.mark.parametrize("change", [
    "edit", "moved to its place", "file to folder", "another repository", "new file in an empty folder", "what is ignored",
    "what is ignored, elsewhere", "removed file",
])  # fmt: skip
def test_changes_of_a_repository_are_seen(repository: Path, change: str) -> None:
    CHANGES[change](repository)
    _check(repository)


def test_a_file_that_is_moved_to_its_place_has_nobody_look_through_the_tree(base: Path) -> None:  # check 38
    _move_there(base)
    time.sleep(0.1)
    said, imported = _ran("build", "tree", "-o", "out", cwd=base)
    assert " 0 written" not in said
    assert "gazetteer.amend.small" in imported
    assert "gazetteer.patterns" not in imported  # with which the .gitignore is read
    assert gaz("build", "tree", "-o", "out", cwd=base) == (_unwritten(said), True)
    (base / "tree/a/two.h").unlink()  # a file of git's index may be gone
    assert "gazetteer.patterns" in _ran("build", "tree", "-o", "out", cwd=base)[1]


def test_an_empty_folder_where_a_file_of_the_index_is_gone(repository: Path) -> None:  # check 29
    (repository / "tree/a/two.h").unlink()
    _check(repository)
    (repository / "tree/a/two.h").mkdir()
    _check(repository)


def test_edits_one_after_the_other(base: Path) -> None:  # check 29
    for number in range(3):
        for path, text in {
            "a/one.py": f"def f(): ...\ndef name_{number}(): ...\n",
            "a/two.h": f"struct Two {{ int x{number}; }};\n",
        }.items():
            (base / "tree" / path).write_text(text)
            time.sleep(0.1)
            _check(base)
    assert gaz("build", "tree", "-o", "out", cwd=base)[1]


def test_what_git_is_told_is_seen(repository: Path) -> None:
    tree = repository / "tree"
    subprocess.run(["git", "status"], cwd=tree, check=True, capture_output=True)
    subprocess.run(["git", "add", "-f", "b/skipped.log"], cwd=tree, check=True)
    _check(repository)
    assert (repository / "out/b/skipped.log.md").is_file()
    (tree / ".git/info/exclude").write_text("three.py\n")
    _check(repository)
    assert not (repository / "out/b/three.py.md").exists()
    shutil.rmtree(tree / ".git")
    _check(repository)
    (repository / ".git").mkdir()
    assert not gaz("build", "tree", "-o", "out", cwd=repository)[1]


def test_a_repository_has_nothing_to_do(repository: Path) -> None:
    (repository / "tree/b/skipped.log").write_text("longer than before\n")
    assert gaz("build", "tree", "-o", "out", cwd=repository)[1]


def test_other_commands_are_other_builds(base: Path) -> None:
    said, is_quick = gaz("build", "tree", "-o", "out", "--format", "json", cwd=base)
    assert not is_quick
    assert "removed" in said
    assert not gaz("build", "tree", "-o", "out", cwd=base)[1]
    assert not gaz("build", "-o", "out", "tree", cwd=base)[1]
    assert not gaz("build", "--out=out", "tree", cwd=base)[1]


def test_what_is_not_of_the_tree_changes_nothing(base: Path) -> None:
    (base / "beside.py").write_text("x = 1\n")
    (base / "tree/b/skipped.log").write_text("longer than before\n")
    assert gaz("build", "tree", "-o", "out", cwd=base)[1]


def test_output_inside_the_tree(base: Path) -> None:  # check 26
    shutil.rmtree(base / "out")
    said = [gaz("build", "tree", "-o", "tree/docs", cwd=base) for _ in range(3)]
    assert (said[0][1], said[2][1]) == (False, True)
    assert said[1][0] == said[2][0] == _unwritten(said[0][0])


def test_stamps_that_are_broken_are_none(base: Path) -> None:
    (stamp,) = (base / "cache").glob("*.stamp")
    whole = stamp.read_bytes()
    for broken in (
        b"",
        whole[:40],
        whole[:-1],
        whole.replace(b" 2 ", b" 3 ", 1),
        whole + b"x",
        b"gazetteer stamp 2 a b c\n",
        os.urandom(999),
    ):
        stamp.write_bytes(broken)
        said, is_quick = gaz("build", "tree", "-o", "out", cwd=base)
        assert not is_quick
        assert said == _unwritten(said)


def test_stores_of_a_path_through_a_link(base: Path) -> None:
    (base / "other").mkdir()
    (base / "link").symlink_to("tree")
    for _ in range(2):
        assert not gaz("build", "link", "-o", "linked", cwd=base)[1]
    (base / "link").unlink()
    (base / "link").symlink_to("other")
    assert gaz("build", "link", "-o", "linked", cwd=base)[0].startswith("0 files")


@pytest.mark.parametrize("is_forked", [False, True])
def test_what_lies_in_an_output_is_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_forked: bool) -> None:
    monkeypatch.setattr("gazetteer.quick._WORTH", 10 if is_forked else 1_000)
    for n in range(70):
        (tmp_path / f"{n}.md").write_text(f"{n}")
    lying = listing(tmp_path)
    assert Output(os.fsencode(tmp_path), lying).is_as_left()
    (tmp_path / "9.md").write_text("other")
    assert not Output(os.fsencode(tmp_path), lying).is_as_left()
    assert Output(os.fsencode(tmp_path), listing(tmp_path)).is_as_left()
    (tmp_path / "69.md").unlink()
    assert not Output(os.fsencode(tmp_path), listing(tmp_path) + b"/69.md\x001 2 3 4 5\0").is_as_left()


def test_a_listing_is_brought_up_to_date(tmp_path: Path) -> None:
    names = ["a", "a b", "a.b", "b/c", "b/d/e", "b-", "bc", "z\n", "größe", "名", os.fsdecode(b"z\xff"), "1 2 3 4 5"]
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name, errors="surrogateescape")
    for some in (names, names[:1], names[-1:], names[3:6], []):
        before = listing(tmp_path)
        gone, come = some[::2], [f"{name}.new" for name in some[1::2]]
        for name in gone:
            (tmp_path / name).unlink()
        for name in (*come, *some[1::2]):
            (tmp_path / name).write_text("other", errors="surrogateescape")
        touched = {name: lies(f"{tmp_path}/{name}") for name in (*some, *come, "never")}
        assert relisted(before, touched) == listing(tmp_path)
        for name in gone:
            (tmp_path / name).write_text("again")
