"""Edits that have to do with other files are small changes too: imports, names that others have, classes with bases, macros, tests."""

import tempfile
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

import gazetteer.build
from editing import build_once, cold, contents, make_tree, put

_FORMATS = ("md", "html", "json", "llms")
_USE = "from pkg.base import Base\nimport pkg.tool{}\n\n\nclass Use{}(Base):\n    def run(self): ...\n"
FILES = {
    "README.md": "# Shop\n\nSells [things](pkg/base.py).\n",
    "docs/guide.md": "# Guide\n\nSee [the shop](../README.md) and [nothing](gone.md).\n",
    "pkg/__init__.py": "from .base import *\nfrom .shapes import Round as Circle\n",
    "pkg/base.py": (
        '"""What all are."""\n\nimport os\n\n\nclass Base:\n    def run(self): ...\n\n    def stop(self): ...\n\n\n'
        "class Other:\n    def run(self): ...\n\n\ndef helper(): ...\n"
    ),
    "pkg/shapes.py": "from .base import Base\nfrom . import tool0\n\n\nclass Round(Base):\n    def stop(self): ...\n",
    "pkg/more.py": (
        "import pkg\nfrom pkg import Circle, Base as B\n\n\nclass Oval(Circle):\n    def stop(self): ...\n\n\n"
        "class Square(pkg.Other): ...\n"
    ),
    **{f"pkg/tool{n}.py": f"def tool_{n}(): ...\n\n\ndef helper(): ...\n" for n in range(3)},
    **{f"user/use{n}.py": _USE.format(n % 3, n) for n in range(6)},
    "tests/test_base.py": (
        "from pkg.base import Base\n\n\ndef test_run():\n    assert Base().run() is None\n    tool_1()\n    # helper quite_new\n"
    ),
    "tests/test_more.py": "from pkg.more import Oval\n\n\ndef test_stop():\n    Oval().stop()\n",
    "inc/include/a/base.h": (
        "#pragma once\n#include <vector>\n#define A_LIMIT 3\n\nnamespace a {\n\nstruct Base {\n  virtual void run();\n  int size() const;\n"
        "  int size_ = 0;\n};\n\nint sum(int x);\n\n}  // namespace a\n"
    ),
    "inc/include/a/far.h": "#pragma once\n\nnamespace a {\n\nstruct Far {\n  void run();\n};\n\nint sum(long x);\n\n}  // namespace a\n",
    "inc/include/b/base.h": "#pragma once\nnamespace a {\nint twice(int x);\n}\nnamespace b {\nstruct Base { int size() const; };\n}\n",
    "inc/src/base.cpp": (
        '#include <a/base.h>\n#include "near.h"\n\nnamespace a {\n\nvoid Base::run() {}\n\nint Base::size() const { return size_; }\n\n'
        "int sum(int x) { return x; }\n\nint twice(int x) { return 2 * x; }\n\nstruct Leaf : Base {\n  void run() override;\n};\n\n}\n"
    ),
    "inc/src/near.h": "#pragma once\n#include <b/base.h>\nnamespace a {\nint twice(int x);\n}\n",
    "web/list.js": (
        'import Row, { paint } from "./row.js";\nimport * as all from "./cell.js";\n\n'
        'export class List extends Row {\n  draw() { paint(); }\n}\n'
    ),
    "web/row.js": (
        'import { Cell } from "./cell.js";\n\n'
        'export default class Row extends Cell {\n  draw() {}\n}\n\nexport function paint() {}\n'
    ),
    "web/cell.js": "export class Cell {\n  draw() {}\n  clear() {}\n}\n",
    "web/Cart.vue": (
        "<template><p/></template>\n<script>\nimport { Cell } from './cell.js'\n\n"
        "export class Cart extends Cell {\n  draw() {}\n}\n</script>\n"
        '<script setup lang="ts">\nconst props = defineProps<{ size: number }>()\n</script>\n'
    ),
    "web/package.json": '{"name": "term", "types": "term.d.ts"}',
    "web/term.d.ts": "declare module 'term' {\n  export interface Addon {}\n}\n",
    "web/uses.ts": "import { Addon, Late } from 'term';\n\nclass Uses implements Addon {}\nclass More implements Late {}\n",
    "web/older.cjs": "class Old {\n  draw() {}\n}\n\nclass Older extends Old {\n  draw() {}\n}\n\nmodule.exports = Older\n",
    "web/uses.cjs": 'const Base = require("./older.cjs")\n\nclass Uses extends Base {\n  draw() {}\n}\n',
    "web/wide.js": 'import { Cell as Small } from "./cell.js";\n\nexport class Wide extends Small {\n  clear() {}\n}\n',
}  # fmt: skip


def _build(root: Path, out: Path, store: Path, formats: tuple[str, ...] = _FORMATS) -> bool:
    """Build; whether that was done from what was kept."""
    with mock.patch("gazetteer.build._build", wraps=gazetteer.build._build) as whole:
        build_once(root, out, store, formats)
    return not whole.called


EDITS = [
    ("web/term.d.ts", "Addon {}", "Addon {}\n  export interface Late {}"),
    ("web/term.d.ts", "'term'", "'other'"),
    # Imports come and go: of files, of names, of modules, of all names; of nothing that is there.
    ("pkg/base.py", "import os\n", "import os\nfrom . import tool1\n"),
    ("pkg/base.py", "import os\n", "import os\nimport json, pkg.tool2 as tool\n"),
    ("pkg/base.py", "import os\n", ""),
    ("pkg/shapes.py", "from . import tool0\n", ""),
    ("pkg/shapes.py", "from .base import Base\n", "from .base import Other as Base\n"),
    ("pkg/shapes.py", "from .base import Base\n", "from .gone import Base\n"),
    ("user/use1.py", "import pkg.tool1\n", ""),
    ("user/use1.py", "import pkg.tool1\n", "import pkg.tool1, user.use2, user.use3, pkg.more\n"),
    ("user/use1.py", "from pkg.base import Base\n", "from pkg.shapes import Round as Base\n"),
    ("tests/test_base.py", "from pkg.base", "import pkg.tool2\nfrom pkg.base"),
    ("inc/src/base.cpp", '#include "near.h"\n', ""),
    ("inc/src/base.cpp", '#include "near.h"\n', '#include "near.h"\n#include <a/far.h>\n#include <map>\n#include "gone.h"\n'),
    ("inc/src/near.h", "#include <b/base.h>\n", "#ifdef DEEP\n#include <b/base.h>\n#endif\n"),
    ("inc/include/a/far.h", "#pragma once\n", '#pragma once\n#include "base.h"\n'),
    ("web/row.js", 'import { Cell } from "./cell.js";\n', 'import { Cell } from "./wide.js";\n'),
    ("web/cell.js", "export class", 'import { paint } from "./row.js";\n\nexport class'),
    # Names that other files have too: members, functions, fields, overloads.
    ("pkg/base.py", "    def stop(self): ...\n", "    def stop(self): ...\n\n    def close(self): ...\n"),
    ("pkg/base.py", "    def stop(self): ...\n", ""),
    ("pkg/base.py", "    def stop(self): ...\n", "    def halt(self): ...\n"),
    ("pkg/base.py", "    def run(self): ...\n\n    def stop", "    def run(self, more): ...\n\n    def stop"),
    ("pkg/shapes.py", "    def stop(self): ...\n", "    def run(self): ...\n    def stop(self): ...\n"),
    ("pkg/more.py", "class Square(pkg.Other): ...\n", "class Square(pkg.Other):\n    def run(self): ...\n"),
    ("pkg/tool0.py", "def helper(): ...\n", ""),
    ("pkg/tool1.py", "def tool_1(): ...\n", "def tool_one(): ...\n"),
    ("pkg/tool1.py", "def tool_1(): ...\n", "def tool_1(): ...\n\n\ndef quite_new(): ...\n"),
    ("pkg/tool2.py", "def tool_2(): ...\n", "def tool_2(): ...\n\n\ndef tool_1(): ...\n"),
    ("inc/include/a/base.h", "  int size_ = 0;\n", "  int size_ = 0;\n  static int total_;\n  bool is_empty_ = true;\n"),
    ("inc/include/a/base.h", "  int size() const;\n", "  int size() const;\n  int size(int x) const;\n"),
    ("inc/include/a/base.h", "  int size() const;\n", "  int size(int x) const;\n"),
    ("inc/include/a/base.h", "int sum(int x);\n", ""),
    ("inc/include/a/far.h", "int sum(long x);\n", "int sum(int x);\n"),
    ("inc/include/a/far.h", "  void run();\n", "  void run();\n  int size() const { return 1; }\n"),
    ("inc/src/near.h", "int twice(int x);\n", ""),
    ("inc/src/base.cpp", "void Base::run() {}\n", ""),
    ("inc/src/base.cpp", "void Base::run() {}\n", "void Base::run() {}\nvoid Far::run() {}\n"),
    ("web/cell.js", "  clear() {}\n", "  clear() {}\n  paint() {}\n"),
    ("web/cell.js", "  draw() {}\n", ""),
    ("web/Cart.vue", "<p/>", "<p>two\nlines</p>"),
    ("web/Cart.vue", "{ Cell }", "{ Row as Cell }"),
    ("web/Cart.vue", "  draw() {}\n", "  draw() {}\n  clear() {}\n"),
    ("web/Cart.vue", "size: number", "size: number; wide: boolean"),
    ("web/row.js", "export function paint", 'import { Cart } from "./Cart.vue"\n\nexport function paint'),
    # Classes, also with bases.
    ("pkg/base.py", "def helper(): ...\n", "class Last(Base):\n    def run(self): ...\n\n\ndef helper(): ...\n"),
    ("pkg/base.py", "class Other:\n", "class Other(Base):\n"),
    ("pkg/base.py", "class Base:\n", "class Base:\n    class Inner: ...\n\n"),
    ("pkg/shapes.py", "class Round(Base):\n", "class Round:\n"),
    ("pkg/shapes.py", "class Round(Base):\n", "class Rounder(Base):\n"),
    ("pkg/tool0.py", "def helper(): ...\n", "class Base:\n    def run(self): ...\n"),
    ("inc/src/base.cpp", "struct Leaf : Base {\n", "struct Leaf : Far {\n"),
    ("inc/src/base.cpp", "struct Leaf : Base {\n", "struct Bud : Base {};\n\nstruct Leaf : Bud {\n"),
    ("inc/include/a/far.h", "struct Far {\n", "struct Farther {};\n\nstruct Far : b::Base {\n"),
    ("web/cell.js", "export class Cell {\n", "export class More {}\n\nexport class Cell extends More {\n"),
    ("web/row.js", "default class Row", "default class Line"),
    ("web/wide.js", "extends Small", "extends Object"),
    ("web/older.cjs", "module.exports = Older", "module.exports = Old"),
    ("web/older.cjs", "module.exports = Older", "exports.Older = Older"),
    # Macros that no other file is read with, words of tests, links.
    ("inc/include/a/base.h", "#define A_LIMIT 3\n", "#define A_LIMIT 4\n#define A_OTHER(x) ((x) + 1)\n"),
    ("inc/include/a/base.h", "#define A_LIMIT 3\n", ""),
    ("tests/test_base.py", "tool_1()", "tool_2(Square)"),
    ("tests/test_base.py", "# helper", "#"),
    ("tests/test_base.py", "def test_run", "def helper(): ...\n\n\ndef test_run"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "old", "new"), EDITS, ids=lambda value: value[:40])
def test_an_edit_is_amended(tmp_path, path, old, new):  # checks 29, 38
    root, out, store = tmp_path / "tree", tmp_path / "out", tmp_path / "store.sqlite"
    make_tree(root, FILES)
    build_once(root, out, store, _FORMATS)
    before, text = contents(out), FILES[path]
    assert old in text
    put(root / path, text.replace(old, new, 1))
    assert _build(root, out, store)
    after = contents(out)
    assert _different(after, cold(root, out, _FORMATS)) == []
    assert after != before
    put(root / path, text)
    assert _build(root, out, store)
    assert _different(contents(out), before) == []


def _different(found: dict[str, bytes], expected: dict[str, bytes]) -> list[str]:
    return sorted(path for path in found.keys() | expected.keys() if found.get(path) != expected.get(path))


@pytest.mark.parametrize(
    ("path", "text"), [("docs/guide.md", "See [it](../pkg/base.py) and "), ("README.md", "Sells [more](docs/guide.md) ")]
)
def test_links_come_and_go(tmp_path, path, text):  # check 29
    root, out, store, formats = tmp_path / "tree", tmp_path / "out", tmp_path / "store.sqlite", ("md", "json", "llms")
    make_tree(root, FILES)
    build_once(root, out, store, formats)
    for now in (FILES[path].replace("[", text + "[", 1), FILES[path]):
        put(root / path, now)
        assert _build(root, out, store, formats)
        assert _different(contents(out), cold(root, out, formats)) == []


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("pkg/base.py", "import os\n", "import os\nfrom .tool1 import *\n"),  # all names of a file that all names are imported of
        ("inc/include/a/base.h", "#define A_LIMIT 3\n", '#define A_LIMIT __attribute__((visibility("default")))\n'),
        ("pkg/more.py", "import pkg\n", "import pkg\nfrom pkg.tool1 import *\n"),
        ("pkg/base.py", "class Other:\n    def run(self): ...\n", ""),  # a base is ``pkg.Other``
        ("inc/include/a/far.h", "struct Far {\n", "struct Base {};\n\nstruct Far {\n"),  # another file derives from one of that name
        ("pkg/more.py", "import pkg\n", 'import pkg, tool0\n\nif __name__ == "__main__":\n    import tool1\n'),  # a script now
        ("inc/src/near.h", "#include <b/base.h>\n", "#include <b/base.h>\n#include <x/two.h>\n"),  # teaches that ``deep`` is a root
        ("inc/src/near.h", "#include <b/base.h>\n", "#include <b/base.h>\n#include <third.h>\n"),  # and this, that ``kit`` is
    ],
)  # fmt: skip
def test_others_are_built_as_a_whole(tmp_path, path, old, new):  # check 29
    root, out, store = tmp_path / "tree", tmp_path / "out", tmp_path / "store.sqlite"
    others = {"deep/x/one.h": "", "deep/x/two.h": "", "kit/first.h": "", "kit/second.h": "", "kit/third.h": ""}
    make_tree(root, FILES | others | {"deep/one.cpp": "#include <x/one.h>\n#include <first.h>\n#include <second.h>\n"})
    build_once(root, out, store)
    assert old in FILES[path]
    put(root / path, FILES[path].replace(old, new, 1))
    assert not _build(root, out, store, ("md",))
    assert contents(out) == cold(root, out)


@st.composite
def _scripts(draw):
    """Edits of one or two files at a time, on top of each other, where they still fit."""
    edit = st.sampled_from(EDITS)
    return draw(st.lists(st.lists(edit, min_size=1, max_size=3), min_size=1, max_size=4))


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(_scripts())
def test_edits_upon_edits_give_what_a_first_build_gives(scripts):  # checks 28, 29
    with tempfile.TemporaryDirectory() as folder:
        root, out, store = Path(folder, "tree"), Path(folder, "out"), Path(folder, "store.sqlite")
        make_tree(root, FILES)
        build_once(root, out, store, _FORMATS)
        for script in scripts:
            for path, old, new in script:
                put(root / path, (root / path).read_text().replace(old, new, 1))
            event("amended" if _build(root, out, store) else "whole")
            assert _different(contents(out), cold(root, out, _FORMATS)) == []
