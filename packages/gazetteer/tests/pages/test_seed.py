"""The page names of the seed, with what is true of its sections."""

from __future__ import annotations

import re
from pathlib import Path

from documented import documented, shown
from gazetteer.config import Config, Layout

FILES: dict[str, str | bytes] = {
    "pkg/__init__.py": '"""The package."""\n',
    "pkg/a.py": '"""About a."""\nfrom .b import B\n\n\nclass A(B):\n    @property\n    def x(self): pass\n',
    "pkg/b.py": "class B: pass\n",
    "pkg/sub/c.py": "def c(): pass\n",
    "note.txt": "plain\n",
    "test/test_a.py": "from pkg.a import A\n",
    "bin": b"\0",
}
SEED = Config(layout=Layout(style="seed"))


def test_the_five_names_exist_for_each_file_and_folder(tmp_path: Path) -> None:  # check 22
    tree = documented(tmp_path, FILES, SEED)
    pages = set(tree.pages())
    for path in FILES:
        assert {f"{path}.md", f"{path}_docs.md", f"{path}_kw.md"} <= pages
    for folder in ("", "pkg/", "pkg/sub/", "test/"):
        assert {f"{folder}README.md", f"{folder}index.md", f"{folder}doc.md", f"{folder}sub.md"} <= pages
    report = tree.check()
    assert not report.faults
    assert report.links > 200


def test_sections_are_there_where_they_have_facts(tmp_path: Path) -> None:  # check 22, check 21
    tree = documented(tmp_path, FILES, SEED)
    page = tree.page("pkg/a.py_docs.md")
    headings = re.findall(r"^## (?:<a [^>]*></a>)?(.*)$", page, re.MULTILINE)
    assert headings[:5] == ["File Metadata", "File Purpose", "Original Source", "High-Level Overview", "Symbols"]
    assert {"Depends on", "Code Patterns", "Tests that mention it", "Related Files"} <= set(headings)
    assert "1 class, 1 property." in shown(page)
    plain = re.findall(r"^## (.*)$", tree.page("note.txt_docs.md"), re.MULTILINE)
    assert plain == ["File Metadata", "Original Source"]
    keywords = shown(tree.page("pkg/a.py_kw.md"))
    assert "Classes A, line 5 Properties x, line 7 Imports .b, line 2" in keywords
    assert "pkg/sub" not in shown(tree.page("pkg/sub/index.md"))
    index = shown(tree.page("pkg/index.md"))
    assert "a.py About a. docs keywords" in index
    assert "Purpose The package. From pkg/__init__.py." in shown(tree.page("pkg/doc.md"))
    assert "B class b.py:1" in shown(tree.page("pkg/sub.md"))


def test_the_other_pages_are_the_same(tmp_path: Path) -> None:  # check 22
    (tmp_path / "x").mkdir()
    (tmp_path / "y").mkdir()
    plain, seed = documented(tmp_path / "x", FILES), documented(tmp_path / "y", FILES, SEED)
    assert {p: plain.page(p) for p in plain.pages()} == {p: seed.page(p) for p in plain.pages()}
