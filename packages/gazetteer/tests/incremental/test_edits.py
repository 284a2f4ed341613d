"""Whatever happened to a tree since the last build, the next one gives what a first one would."""

import os
import shutil
import tempfile
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from editing import FILES, build_once, cold, contents, make_tree, put

_PATHS = [*FILES, "src/new.py", "src/deep/er.h", "include", "src/model.py/inner.py", ".gitattributes", "tests/test_node.cpp"]
_TEXTS = [
    *FILES.values(),
    "def added(): pass\n",
    '#include "node.h"\nint x;\n',
    "#define SHOP_API\n",
    "#define SHOP_API struct\n",
    "from src.use import checkout\n# Basket Node checkout\n",
    "src/*.cpp linguist-vendored\n*.md linguist-generated\n",
    "",
]
_CONFIGS = [
    "",
    '[repo]\nname = "Other"\n',
    '[repo]\nexclude = ["src/use.py"]\n',
    "[limits]\nfile_bytes = 60\n",
    '[tests]\npaths = ["src/**"]\n',
    '[cpp]\nattribute_macros = ["EXTRA"]\n',
]

_path, _text = st.sampled_from(_PATHS), st.sampled_from(_TEXTS)
_edit = st.one_of(
    st.tuples(st.just("write"), _path, _text),
    st.tuples(st.just("append"), _path, st.sampled_from(["\n# more\n", "\nint more();\n", "x"])),
    st.tuples(st.just("rename"), _path, _path),
    st.tuples(st.just("delete"), _path, st.just("")),
    st.tuples(st.just("configure"), st.just("gazetteer.toml"), st.sampled_from(_CONFIGS)),
    st.tuples(st.just("same-size"), _path, st.just("")),
    st.tuples(st.just("spoil"), st.sampled_from(["README.md", "src/model.py.md", "src/README.md", "manifest.json"]), _text),
)


def _apply(root: Path, out: Path, kind: str, path: str, text: str) -> None:
    place = root / path
    if kind in ("write", "configure"):
        put(place, text)
    elif kind == "append" and place.is_file():
        place.write_bytes(place.read_bytes() + text.encode())
    elif kind == "rename" and place.exists() and not (root / text).is_relative_to(place) and not place.is_relative_to(root / text):
        put(root / text, "")
        (root / text).unlink()
        place.replace(root / text)
    elif kind == "delete":
        shutil.rmtree(place) if place.is_dir() else os.path.lexists(place) and place.unlink()
    elif kind == "same-size" and place.is_file():  # as programs do that put times back
        before = place.stat()
        place.write_bytes(place.read_bytes().replace(b"a", b"o"))
        os.utime(place, ns=(before.st_atime_ns, before.st_mtime_ns))
    elif kind == "spoil" and (out / path).is_file():
        (out / path).write_text(text) if text else (out / path).unlink()


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(st.lists(st.lists(_edit, min_size=1, max_size=3), min_size=1, max_size=4))
def test_incremental_is_cold(scripts):  # check 29
    _same(scripts, ("md",))


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(st.lists(st.lists(_edit, min_size=1, max_size=2), min_size=1, max_size=3))
def test_incremental_is_cold_in_all_formats(scripts):  # check 29
    _same(scripts, ("md", "html", "json", "llms", "scip"))


def _same(scripts, formats):
    with tempfile.TemporaryDirectory() as folder:
        root, out, store = Path(folder, "tree"), Path(folder, "out"), Path(folder, "store.sqlite")
        make_tree(root)
        build_once(root, out, store, formats)
        for script in scripts:
            for edit in script:
                _apply(root, out, *edit)
            build_once(root, out, store, formats)
            assert contents(out) == cold(root, out, formats)
        assert build_once(root, out, store, formats).written == 0


@pytest.mark.parametrize("spoil", ["delete", "edit", "folder", "link"])
def test_spoiled_pages_are_restored(tmp_path, spoil):
    make_tree(tmp_path / "tree")
    build_once(tmp_path / "tree", tmp_path / "out", tmp_path / "store")
    page = tmp_path / "out/src/model.py.md"
    before = contents(tmp_path / "out")
    size = len(page.read_bytes())
    page.unlink()
    if spoil == "edit":
        page.write_bytes(b"x" * size)
    elif spoil == "folder":
        page.mkdir()
    elif spoil == "link":
        page.symlink_to("README.md")
    assert build_once(tmp_path / "tree", tmp_path / "out", tmp_path / "store").written == 1
    assert contents(tmp_path / "out") == before
    assert not page.is_symlink()


def test_output_inside_the_tree_does_not_grow(tmp_path):  # check 26
    make_tree(tmp_path)
    first = build_once(tmp_path, tmp_path / "docs/api", tmp_path.with_name("store-inside"))
    again = [build_once(tmp_path, tmp_path / "docs/api", tmp_path.with_name("store-inside")) for _ in range(2)]
    assert [b.written for b in again] == [0, 0]
    assert {b.pages for b in again} == {first.pages}
    assert {b.files for b in again} == {first.files}


def test_a_changed_macro_reads_again_the_files_that_name_it_alone(tmp_path):
    make_tree(tmp_path / "tree")
    time.sleep(0.2)  # what is read in the moment in which it was written is read once more
    build_once(tmp_path / "tree", tmp_path / "out", tmp_path / "store")
    put(tmp_path / "tree/include/api.h", "#pragma once\n#define SHOP_API 3\n")
    done = build_once(tmp_path / "tree", tmp_path / "out", tmp_path / "store")
    assert (done.scanned, done.extracted) == (1, 2)  # api.h itself, and node.h


@pytest.mark.parametrize("body", ["value = name", "name", "OTHER(name)"])
def test_a_changed_macro_that_makes_members_is_seen_where_it_is_called(tmp_path, body):
    put(tmp_path / "tree/make.h", "#define MAKE(name, value) name = value\n")
    put(tmp_path / "tree/colour.h", '#include "make.h"\nenum Colour {\n  MAKE(RED, GREEN),\n  LAST\n};\n')
    build_once(tmp_path / "tree", tmp_path / "out", tmp_path / "store")
    put(tmp_path / "tree/make.h", f"#define MAKE(name, value) {body}\n")
    build_once(tmp_path / "tree", tmp_path / "out", tmp_path / "store")
    assert contents(tmp_path / "out") == cold(tmp_path / "tree", tmp_path / "out")


def test_another_program_starts_with_an_empty_store(tmp_path, monkeypatch):
    make_tree(tmp_path / "tree")
    first = build_once(tmp_path / "tree", tmp_path / "out", tmp_path / "store")
    monkeypatch.setattr("gazetteer.store.code_version", lambda: b"another")
    again = build_once(tmp_path / "tree", tmp_path / "out", tmp_path / "store")
    assert (again.extracted, again.written) == (first.extracted, 0)


def test_nothing_changed_imports_no_parser_and_no_writer(tmp_path):
    import subprocess
    import sys

    make_tree(tmp_path / "tree")
    code = (
        "import sys; from gazetteer.cli import run\n"
        "for _ in range(2): run(['build', 'tree', '-o', 'out'])\n"
        "print(sorted(set(sys.modules) & {'tree_sitter', 'jinja2', 'rich', 'cmarkgfm', 'gazetteer.gather', 'gazetteer.compose'}))"
    )
    environment = {**os.environ, "GAZETTEER_CACHE_DIR": str(tmp_path / "cache"), "PYTHONPATH": os.pathsep.join(sys.path)}
    for text in make_old(tmp_path / "tree"), "":
        done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
        if not text:
            assert done.stdout.splitlines()[-1] == "[]"


def make_old(root: Path) -> str:
    """Give all files a time in the past, so that none may have changed within the clock's tick."""
    for path in root.rglob("*"):
        os.utime(path, (1_000_000_000, 1_000_000_000))
    return str(root)
