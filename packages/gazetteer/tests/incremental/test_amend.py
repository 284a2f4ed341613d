"""A small change is built from what the last build kept, and gives what a first build would; other changes are built as a whole."""

import tempfile
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

import gazetteer.build
from editing import build_once, cold, contents, make_tree, put

FILES = {
    "README.md": "# Shop\n\nSells things.\n\n- [the model](src/model.py)\n- [more](docs/more.md#prices)\n",
    "docs/more.md": "# More\n\n## Prices\n\nSee [the shop](../README.md) and [nothing](gone.md).\n",
    "include/api.h": '#pragma once\n#define SHOP_API __attribute__((visibility("default")))\n#define TWICE(x) x x\n',
    "include/node.h": (
        '#pragma once\n#include "api.h"\n#include <vector>\n\nnamespace shop {\n\n/// What all are.\nstruct Base {\n'
        "  virtual void release();\n  int count = 0;\n};\n\nclass SHOP_API Node : public Base {\n public:\n"
        "  void release() override;\n  static int total;\n};\n\nint sum(int a, int b);\n\n}  // namespace shop\n"
    ),
    "include/leaf.h": (
        '#ifdef SHOP\n#include "node.h"\nnamespace shop {\nclass Leaf final : public Node {\n  void release() override;\n};\n}\n#endif\n'
    ),
    "src/node.cpp": (
        '#include "../include/node.h"\n\nnamespace shop {\nvoid Node::release() {}\nint Node::total = 1;\n'
        "int sum(int a, int b) { return a + b; }\n}\n"
    ),
    "src/__init__.py": "from .model import *\n",
    "src/model.py": (
        '"""What is sold."""\n\nimport os\n\n\nclass Basket:\n    """Things."""\n\n    def total(self) -> int:\n'
        "        return 0\n\n    def empty(self):\n        pass\n\n\nclass Large(Basket):\n"
        "    def total(self) -> int:\n        return 9\n"
    ),
    "src/use.py": (
        "from .model import Basket as B, Large\nfrom . import model\n\n\nclass Cart(B):\n    def empty(self):\n"
        "        return os\n\n\ndef checkout(basket: B) -> int:\n    return basket.total()\n"
    ),
    "web/list.js": 'import Row, { paint } from "./row.js";\n\nexport class List extends Row {\n  draw() { paint(); }\n}\n',
    "web/row.js": "export default class Row {\n  draw() {}\n}\n\nexport function paint() {}\n",
    "jvm/Pot.java": "package kitchen;\n\npublic class Pot extends Vessel {\n    int size;\n    public void boil() {}\n}\n",
    "jvm/Vessel.java": "package kitchen;\n\npublic class Vessel {\n    public void boil() {}\n}\n",
    "go/shop.go": "package shop\n\n// Price is one.\ntype Price struct{ Base }\n\nfunc (p Price) Pay() {}\n",
    "go/base.go": "package shop\n\ntype Base struct{}\n",
    "tests/test_model.py": "from src.model import Basket\n\n\ndef test_total():\n    assert Basket().total() == 0\n    checkout(None)\n",
    "Makefile": "all: build\n\nbuild:\n\tcc src/node.cpp\n",
    "CMakeLists.txt": "project(shop)\nadd_library(shop src/node.cpp)\ninclude(cmake/more.cmake)\n",
    "cmake/more.cmake": "function(more)\nendfunction()\n",
    "BUILD.bazel": 'cc_library(name = "shop", srcs = ["src/node.cpp"])\n\ncc_library(name = "other", deps = [":shop"])\n',
    "go/BUILD.bazel": 'cc_library(name = "more", deps = ["//:shop"])\n',
    "WORKSPACE": "",
    "notes.txt": "Nothing.\n",
    "data.json": '{"name": "x"}\n',
}
_LINES = [
    "",
    "// a comment\n",
    "# a comment\n",
    "int fresh_thing(int);\n",
    "int sum(int a);\n",
    "class Other : public Node {};\n",
    "struct Lonely { int a; };\n",
    "#include <map>\n",
    '#include "node.h"\n',
    "#define SHOP_API\n",
    "def brand_new(): pass\n",
    "    def total(self): pass\n",
    "class Fresh:\n    x = 1\n",
    "class Basket: pass\n",
    "from .use import checkout\n",
    "import json\n",
    '"""Says."""\n',
    "export function other() {}\n",
    "export default class Second {}\n",
    "[a link](src/use.py)\n",
    "## A heading\n",
    "brand_new Fresh checkout\n",
    "\tvoid more() {}\n",
    "func Fresh() {}\n",
    "include(cmake/more.cmake)\n",
    'cc_library(name = "fresh", srcs = ["src/use.py"], deps = ["//:shop"])\n',
    "}\n",
    "#if 0\n",
    "#endif\n",
]

_edit = st.tuples(st.sampled_from(sorted(FILES)), st.integers(0, 30), st.integers(0, 2), st.sampled_from(_LINES))


def _apply(root: Path, path: str, at: int, cut: int, text: str) -> None:
    """Put a text in the place of some lines."""
    lines = (root / path).read_text().splitlines(keepends=True)
    at = min(at, len(lines))
    put(root / path, "".join([*lines[:at], text, *lines[at + cut :]]))


def _amended(root: Path, out: Path, store: Path, formats: tuple[str, ...] = ("md",)) -> bool:
    """Build; whether that was done from what was kept."""
    with mock.patch("gazetteer.build._build", wraps=gazetteer.build._build) as whole:
        build_once(root, out, store, formats)
    return not whole.called


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(st.lists(st.lists(_edit, min_size=1, max_size=2), min_size=1, max_size=5))
def test_a_changed_file_gives_what_a_first_build_gives(scripts):  # checks 28, 29
    with tempfile.TemporaryDirectory() as folder:
        root, out, store = Path(folder, "tree"), Path(folder, "out"), Path(folder, "store.sqlite")
        make_tree(root, FILES)
        build_once(root, out, store)
        for script in scripts:
            for edit in script:
                _apply(root, *edit)
            event("amended" if _amended(root, out, store) else "whole")
            assert contents(out) == cold(root, out)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(st.lists(_edit, min_size=1, max_size=4))
def test_so_does_a_changed_file_in_all_formats(edits):  # checks 28, 29
    formats = ("md", "html", "json", "llms")
    with tempfile.TemporaryDirectory() as folder:
        root, out, store = Path(folder, "tree"), Path(folder, "out"), Path(folder, "store.sqlite")
        make_tree(root, FILES)
        build_once(root, out, store, formats)
        for edit in edits:
            _apply(root, *edit)
            event("amended" if _amended(root, out, store, formats) else "whole")
            assert contents(out) == cold(root, out, formats)


@pytest.mark.parametrize("formats", [("md", "html"), ("md", "html", "json", "llms"), ("json",), ("llms",), ("html", "llms")])
def test_other_formats_are_amended_too(tmp_path, formats):  # check 29
    root, out, store = tmp_path / "tree", tmp_path / "out", tmp_path / "store.sqlite"
    make_tree(root, FILES)
    build_once(root, out, store, formats)
    for old, new in (("class Large", "\n\nclass Large"), ("    def empty", "    def shown_by_nobody_else(self): ...\n\n    def empty")):
        put(root / "src/model.py", (root / "src/model.py").read_text().replace(old, new))
        assert _amended(root, out, store, formats)
        assert contents(out) == cold(root, out, formats)


@pytest.fixture
def shop(tmp_path):
    root, out, store = tmp_path / "tree", tmp_path / "out", tmp_path / "store.sqlite"
    make_tree(root, FILES)
    build_once(root, out, store)
    return root, out, store


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("src/model.py", "return 9", "return 10  # more"),
        ("src/model.py", "class Large", "def brand_new():\n    '''Says.'''\n\n\nclass Large"),
        ("src/model.py", '    """Things."""\n', ""),
        ("src/use.py", "class Cart", "\n\n\nclass Cart"),
        ("include/node.h", "  int count = 0;\n", "  int count = 0;\n  bool is_fresh_thing() const;\n"),
        ("include/node.h", "/// What all are.\n", "/// What all are,\n/// and more.\n"),
        ("src/node.cpp", "return a + b;", "return b +\n a;"),
        ("web/row.js", "export function", "// to the screen\nexport function"),
        ("jvm/Pot.java", "    int size;\n", "    /** How large. */\n    int size;\n"),
        ("go/shop.go", "Pay() {}", "Pay() {\n}"),
        ("docs/more.md", "## Prices", "It is more.\n\n## Prices"),
        ("README.md", "Sells things.", "Sells many things."),
        ("tests/test_model.py", "assert", "# see below\n    assert"),
        ("tests/test_model.py", "from src.model", "# sees\nfrom src.model"),
        ("notes.txt", "Nothing.", "Something.\nMore."),
        ("include/node.h", "struct Base {", "struct Base;\nstruct Base {"),
        ("src/use.py", "from . import model\n", "from . import model\nimport src\n"),
        ("web/row.js", "export function", "export default class Column {}\n\nexport function"),
        ("tests/test_model.py", "    checkout(None)", "    checkout(Large)"),
        ("src/model.py", "class Large", "class One:\n    def fresh(self): ...\nclass Two(One):\n    def fresh(self): ...\n\n\nclass Large"),
        ("src/use.py", "def checkout", "class Fresh:\n    def empty(self): ...\n\n\ndef checkout"),
        ("CMakeLists.txt", "src/node.cpp", "include/api.h src/node.cpp gone.cpp"),
        ("CMakeLists.txt", "include", "function(less)\nendfunction()\n# more\ninclude"),
        ("BUILD.bazel", 'srcs = ["src/node.cpp"]', '\n srcs = ["src/use.py"], deps = ["//go:more", ":none"]'),
        ("Makefile", "build:", "install: build\n\tcp src/use.py /\n\nbuild:"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("formats", [("md",), ("json", "llms")])
def test_small_changes_are_amended(tmp_path, formats, path, old, new):  # checks 29, 38
    root, out, store = tmp_path / "tree", tmp_path / "out", tmp_path / "store.sqlite"
    make_tree(root, FILES)
    build_once(root, out, store, formats)
    before = contents(out)
    put(root / path, (root / path).read_text().replace(old, new))
    assert _amended(root, out, store, formats)
    after = contents(out)
    assert after == cold(root, out, formats)
    assert after != before
    put(root / path, FILES[path])
    assert _amended(root, out, store, formats)
    assert contents(out) == before


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("include/api.h", "#define SHOP_API struct\n"), ("src/new.py", "x = 1\n"), ("go/base.go", "func Pay() {}\n"),
        ("jvm/Vessel.java", "class Lid {}\n"), ("BUILD.bazel", 'cc_library(name = "fresh")\n'),
    ],
)  # fmt: skip
def test_what_reaches_further_is_built_as_a_whole(shop, path, text):  # check 29
    root, out, store = shop
    put(root / path, ((root / path).read_text() if (root / path).exists() else "") + text)
    assert not _amended(root, out, store)
    assert contents(out) == cold(root, out)


def test_another_name_of_the_tree_is_on_all_pages(shop):  # check 29
    root, out, store = shop
    put(root / "CMakeLists.txt", FILES["CMakeLists.txt"].replace("project(shop)", "project(market)"))
    assert not _amended(root, out, store)
    assert "market" in (out / "notes.txt.md").read_text()
    assert contents(out) == cold(root, out)


def test_a_large_file_is_amended_too(shop):  # checks 29, 38
    root, out, store = shop
    put(root / "notes.txt", "Nothing.\n" * 100_000)
    assert _amended(root, out, store)
    assert contents(out) == cold(root, out)


def test_a_test_may_name_what_the_same_change_declares(tmp_path):  # checks 14, 29
    root, out, store = tmp_path / "tree", tmp_path / "out", tmp_path / "store.sqlite"
    make_tree(root, FILES | {"docs/test_prices.py": "assert 1\n"})  # comes before what it names
    build_once(root, out, store, ("md", "json"))
    put(root / "docs/test_prices.py", "assert brand_new\n")
    put(root / "src/model.py", f"{FILES['src/model.py']}\n\ndef brand_new(): ...\n")
    _amended(root, out, store, ("md", "json"))
    assert "test_prices" in (out / "src/model.py.md").read_text()
    assert contents(out) == cold(root, out, ("md", "json"))


def test_an_output_that_someone_has_touched_is_built_as_a_whole(shop):
    root, out, store = shop
    put(root / "notes.txt", "Other.\n")
    (out / "notes.txt.md").write_text("spoiled")
    assert not _amended(root, out, store)
    assert contents(out) == cold(root, out)


def test_a_file_that_kills_its_reader_costs_itself_alone(shop, monkeypatch):  # check 34
    import os

    root, out, store = shop
    put(root / "src/use.py", "x = 1\n" + FILES["src/use.py"])
    monkeypatch.setattr("gazetteer.amend.tree.extract_batch", lambda *_: os._exit(9))
    assert not _amended(root, out, store)  # the pool of a whole build knows what to do with such a file
    assert contents(out) == cold(root, out)
