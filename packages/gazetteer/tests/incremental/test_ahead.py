"""Pages of changed files are written before it is certain that the change is small."""

import pytest

from editing import build_once, cold, contents, make_tree, put
from gazetteer import kept
from gazetteer.amend import small
from gazetteer.amend.not_small import NotSmallError
from gazetteer.output import Writer
from gazetteer.watch import watch

LONG = "".join(f"def name_{n}(): ...\n" for n in range(40))
FILES = {"pkg/use.py": "from .long import name_3\n", "pkg/long.py": LONG, "gazetteer.toml": "[limits]\npage_bytes = 20000\n"}


def _refuse(*_, **__):
    raise NotSmallError


@pytest.mark.parametrize("broken", [(small, "_measure", _refuse), (Writer, "keep_all_but", lambda *_: False)])
@pytest.mark.parametrize("grown", [LONG + "def more(): ...\n", LONG + "".join(f"def more_{n}(): ...\n" for n in range(200)), LONG[:200]])
def test_what_was_written_ahead_is_not_believed(tmp_path, monkeypatch, broken, grown):  # checks 29, 30
    root, out, formats = tmp_path / "tree", tmp_path / "out", ("md", "json")
    make_tree(root, FILES)
    monkeypatch.setattr(*broken)

    def changes(*_):
        put(root / "pkg/long.py", grown)
        yield {(2, str(root / "pkg/long.py"))}
        put(root / "pkg/long.py", LONG)  # as it was: pages are those that an earlier build has written
        yield {(2, str(root / "pkg/long.py"))}

    for built in watch(root, out, formats=formats, jobs=1, changes=changes):
        assert built.files == 3
        assert contents(out) == cold(root, out, formats)


def test_what_small_changes_leave_is_put_together(tmp_path, monkeypatch):  # check 29
    root, out, store = tmp_path / "tree", tmp_path / "out", tmp_path / "store.sqlite"
    make_tree(root, FILES)
    build_once(root, out, store)
    monkeypatch.setattr(kept, "_MOST_PATCHES", 2)
    for number in range(5):
        put(root / "pkg/long.py", "".join(f"def name_{n}(): ...\n" for n in range(40 - 5 * number)) + f"def new_{number}(): ...\n")
        put(root / "pkg/use.py", "\n" * number + FILES["pkg/use.py"])
        build_once(root, out, store)
        assert contents(out) == cold(root, out)


def test_pages_grow_where_all_are_made_anew(tmp_path):  # check 29
    root, out, store = tmp_path / "tree", tmp_path / "out", tmp_path / "store.sqlite"
    make_tree(root, {**FILES, "README.md": "# One\n"})
    build_once(root, out, store)
    put(root / "README.md", "# Another\n")  # all pages show the name of the tree
    put(root / "pkg/long.py", LONG + "".join(f"def more_{n}(): ...\n" for n in range(200)))
    build_once(root, out, store)
    assert contents(out) == cold(root, out)
