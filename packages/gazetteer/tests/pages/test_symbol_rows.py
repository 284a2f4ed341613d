"""The table of a file's symbols: each once, followed by its members; and what is made once for many pages is what each would make."""

from __future__ import annotations

import re
from pathlib import Path

from documented import documented
from gazetteer.atlas import Atlas, all_qualified, qualified
from gazetteer.build import build
from gazetteer.compose import Book
from gazetteer.compose.contents import Contents
from gazetteer.compose.symbols import symbols_section
from gazetteer.config import Config
from gazetteer.discover import Entry
from gazetteer.document import CodeBlock, Heading, Symbols
from gazetteer.gather import SourceFile
from gazetteer.model import Counts, FileRecord, Symbol
from gazetteer.store import Store

HEADER = """#pragma once
namespace a {
struct B {
  int x;
  /// Adds one.
  ///
  /// Twice if asked.
  int add(int y = 1);
};
int after();
}
int outside();
"""


def test_members_follow_their_scope(tmp_path: Path) -> None:  # check 9
    tree = documented(tmp_path, {"b.h": HEADER})
    assert not tree.check().faults
    page = tree.page("b.h.md")
    rows = re.findall(r"^\|(?:<a id=\"[^\"]*\"></a>)?\[([\d–]+)\]\([^)]*\)( ·*)?\|[^|]*\|(.*?)\|", page, re.MULTILINE)
    assert [(line, len(marks.strip()), shown) for line, marks, shown in rows] == [
        ("2–11", 0, "`namespace a`"),
        ("3–9", 1, "`struct B`"),
        ("4", 2, "`int x`"),
        ("8", 2, "[`add`](#S8)"),
        ("10", 1, "`int after()`"),
        ("12", 0, "`int outside()`"),
    ]
    assert page.count("| Line | Kind | Declaration | About |") == 1
    assert '### <a id="S8"></a>method `a::B::add`\n\n```cpp\nint add(int y = 1)\n```\n\nLine [8](' in page
    assert "Twice if asked." in page


def _section(symbols: list[Symbol]) -> list:
    file = SourceFile(Entry("x.cpp", "file"))
    file.language, file.record = "cpp", FileRecord("cpp", Counts(), symbols=symbols)
    return list(symbols_section(Contents(Atlas("t", {"x.cpp": file}, {})), file))


def test_members_that_stand_elsewhere_follow_their_scope_too() -> None:
    symbols = [
        Symbol("struct", "A", 1, 2),
        Symbol("struct", "B", 3, 4),
        Symbol("field", "of_a", 5, 5, parent=0),
        Symbol("field", "of_b", 6, 6, parent=1),
    ]
    (table,) = (block for block in _section(symbols) if isinstance(block, Symbols))
    assert [(row.declared, row.depth) for row in table.rows] == [("A", 0), ("of_a", 1), ("B", 0), ("of_b", 1)]


def test_deep_scopes_have_so_many_marks_and_no_more() -> None:
    symbols = [Symbol("namespace", f"n{i}", 1, 9, parent=i - 1) for i in range(3_000)]
    (table,) = (block for block in _section(symbols) if isinstance(block, Symbols))
    assert [row.depth for row in table.rows[:3]] == [0, 1, 2]
    assert max(row.depth for row in table.rows) == 20


def test_a_value_is_shown_where_the_declaration_is() -> None:
    more = "Says.\n\nMore than a row holds."
    blocks = _section([Symbol("constant", "C", 1, 1, signature="int C", value="5", doc=more), Symbol("constant", "D", 2, 2, value="6")])
    (table,) = (block for block in blocks if isinstance(block, Symbols))
    assert [row.declared for row in table.rows] == ["C", "D = 6"]
    assert [block.text for block in blocks if isinstance(block, CodeBlock)] == ["int C = 5"]
    assert [block.anchor for block in blocks if isinstance(block, Heading)] == ["symbols", "S1"]


def test_full_names_of_all_symbols_are_those_of_each() -> None:
    symbols = [
        Symbol("namespace", "", 1, 9), Symbol("struct", "A", 2, 8, parent=0), Symbol("method", "f", 3, 3, parent=1, scope="X::Y"),
        Symbol("struct", "", 4, 5, parent=2), Symbol("field", "z", 5, 5, parent=3),
    ]  # fmt: skip
    assert all_qualified(symbols, "::") == [qualified(symbols, i, "::") for i in range(len(symbols))]
    assert all_qualified(symbols, "::")[-1] == "A::X::Y::f::z"


def test_full_names_of_php() -> None:
    symbols = [
        Symbol("namespace", "App\\Shop", 1, 9), Symbol("class", "Till", 2, 8, parent=0), Symbol("method", "sell", 3, 3, parent=1),
        Symbol("function", "f", 4, 4, parent=0), Symbol("class", "", 5, 6, parent=0), Symbol("method", "g", 6, 6, parent=4),
        Symbol("class", "Other", 7, 7), Symbol("constant", "C", 7, 7, parent=6),
    ]  # fmt: skip
    assert all_qualified(symbols, "\\") == [qualified(symbols, i, "\\") for i in range(len(symbols))]
    assert all_qualified(symbols, "\\") == [
        "App\\Shop", "App\\Shop\\Till", "App\\Shop\\Till::sell", "App\\Shop\\f", "App\\Shop", "App\\Shop::g", "Other", "Other::C",
    ]  # fmt: skip


def test_a_page_is_composed_once_for_all_formats(tmp_path: Path, monkeypatch) -> None:
    made = []
    whole = Book._whole

    def counted(self, kind, path):
        made.append((kind, path))
        return whole(self, kind, path)

    monkeypatch.setattr(Book, "_whole", counted)
    root = tmp_path / "tree"
    root.mkdir()
    (root / "a.py").write_text("x = 1\n")
    (root / "b.py").write_text("import a\n")
    with Store(tmp_path / "facts.sqlite") as store:
        build(root, tmp_path / "out", Config(), store, formats=("md", "html"))
    assert made.count(("file", "a.py")) == 1
    assert made.count(("file", "b.py")) == 1


def test_a_row_has_the_name_of_its_symbol(tmp_path):
    body = " ".join(f"int member_{n};" for n in range(200))
    tree = documented(tmp_path, {"a.h": f"typedef struct {{\n  int x;\n}} box;\nstruct S {{\n  union {{ {body} }} member;\n}};\n"})
    tree.build("md")
    page = tree.page("a.h.md")
    assert "`typedef struct … box`" in page
    assert re.search(r"\|field\|`union \{ int member_0;.* … member`\|", page)


def test_macros_are_shown_as_they_are_defined(tmp_path: Path) -> None:  # check 18
    """With their bodies, also where those stand in their names; comments that are no documentation keep what looks like marks."""
    defined = '#define M1 1  ///< <i>One</i>\n#define M2(x) "= x"\n/** <b>Bold</b>. */\nint k1 = 1; /**< *After* it. */\n'
    defined += 'int k2; //<no mark>\n#define M3 "//" /* two */ \\\n + 2 // more\n'
    tree = documented(tmp_path, {"a.h": defined, "b.js": "/*<i>No</i> mark.*/\nexport function f() {}\n"})
    assert not tree.check().faults
    rows = re.findall(r"^\|<a [^|]*</a>.*?\|(?:macro|variable)\|(.*?)\|(.*?) ?\|", tree.page("a.h.md"), re.MULTILINE)
    assert rows == [
        ("`#define M1 1`", "One"),
        ('`#define M2(x) "= x"`', ""),
        ("`int k1 = 1`", "Bold."),
        ("`int k2`", ""),
        ('`#define M3 "//" + 2`', ""),
    ]
    assert "|`export function f()`|\\<i\\>No\\</i\\> mark. |" in tree.page("b.js.md")


SPOKEN = '''"""Sells ``bread``, never :class:`~mill.Flour`.

See `the manual <https://example.org>`_; ``a|b`` and ``<i>`` are code.
"""


def sell(bread):
    """Sells `bread` if ``bread is not None``; a lone ` and GNU's `x' stay."""
'''


def test_code_in_documentation_is_shown_as_code(tmp_path: Path) -> None:  # check 18
    tree = documented(tmp_path, {"shop/__init__.py": SPOKEN})
    page, folder = tree.page("shop/__init__.py.md"), tree.page("shop/README.md")
    assert "> Sells `bread`, never `mill.Flour`." in page
    assert "<code>a&#124;b</code> and `<i>` are code." in page
    assert "Sells `bread` if `bread is not None`; a lone \\` and GNU's \\`x' stay." in page
    assert "| Sells `bread`, never `mill.Flour`. |" in folder
    build(tree.root, tmp_path / "site", Config(), Store(tmp_path / "store"), formats=("html",))
    made = (tmp_path / "site" / "site" / "shop" / "__init__.py.html").read_text()
    assert "Sells <code>bread</code>, never <code>mill.Flour</code>." in made
    assert "<code>a|b</code> and <code>&lt;i&gt;</code> are code." in made
    assert "Sells <code>bread</code> if <code>bread is not None</code>; a lone ` and GNU&#39;s `x&#39; stay." in made
