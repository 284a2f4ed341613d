"""Documents without a reader of their own: what plain READMEs, RDoc, AsciiDoc, Org and Textile call themselves, and say first."""

from __future__ import annotations

import json

import pytest

from gazetteer.extract import extract, scan
from trees import built, write


def said(text: str, language: str = "readme") -> tuple[str, int, str, int]:
    content = text.encode()
    document = extract(content, language, scan(content).counts).document
    assert document is not None
    return document.title, document.title_line, document.summary, document.summary_line


@pytest.mark.parametrize(("text", "language", "expected"), [
    ("\nThe Mill\n\nGrinds what it is\ngiven. Mostly.\n", "readme", ("The Mill", 2, "Grinds what it is given. Mostly.", 4)),
    ("=========\n The Mill\n=========\nGrinds what it is given.\n", "readme", ("The Mill", 1, "Grinds what it is given.", 4)),
    ("Mill\n----\n\nCopyright (C) 2000 A. Author, all his rights.\n\nGrinds what it is given.\n", "readme",
     ("Mill", 1, "Grinds what it is given.", 6)),
    ("This is the mill of the town. It grinds what it is given.\n", "readme",
     ("", 0, "This is the mill of the town. It grinds what it is given.", 1)),
    ("Files:\n\n  a.c  does one thing or two\n\n* b.c does the other thing\n", "readme", ("", 0, "", 0)),
    ("= Mill\n\nGrinds what it is given.\n", "rdoc", ("Mill", 1, "Grinds what it is given.", 3)),
    ("= Mill\nA. Author <a@b.c>\n:toc: left\n:x: y\n\nimage::a.png[]\n\n// no\nGrinds what https://b.c[corn] gives it.\n", "asciidoc",
     ("Mill", 1, "Grinds what corn gives it.", 9)),
    ("#+TITLE: Mill\n\n* First\nGrinds what it is given.\n", "org", ("Mill", 1, "Grinds what it is given.", 4)),
    ("Log\n===\n\n[3.9.0] - 2024\n^^^^^^^^^^^^^^\nChanged\n~~~~~~~\n* grinds what it is given\n", "rst", ("Log", 1, "", 0)),
    ("The Mill\n\n1. What it is for\n\n1.1 Grinding of all sorts of corn\n\nIt grinds what it is given.\n", "readme",
     ("The Mill", 1, "It grinds what it is given.", 7)),
    ("# Mill\n\n**Note**: The main branch may be broken.\n\n![logo](a.png)\n\nGrinds what it is given.\n", "markdown",
     ("Mill", 1, "Grinds what it is given.", 7)),
    ("# Mill\n\nWARNING! It grinds by night.\n\n## Use\n\nTurn it by hand.\n", "markdown", ("Mill", 1, "WARNING! It grinds by night.", 3)),
    ("# Changes\n\n## v1.2\n\n_2023-08-11_\n\n### Mended\n\n- The wheel turns.\n", "markdown", ("Changes", 1, "", 0)),
    ("# Mill\n\nNote that it grinds by night.\n\nIt grinds.\n", "markdown", ("Mill", 1, "Note that it grinds by night.", 3)),
    ("h1. Mill\n\nGrinds what it is given.\n", "textile", ("Mill", 1, "Grinds what it is given.", 3)),
    ("", "readme", ("", 0, "", 0)),
    ("\ufeff= \n=\n\n", "asciidoc", ("", 0, "", 0)),
])  # fmt: skip
def test_titles_and_first_paragraphs(text: str, language: str, expected: tuple[str, int, str, int]) -> None:
    assert said(text, language) == expected


@pytest.mark.parametrize("language", ["readme", "markdown"])
def test_bytes_of_an_unknown_encoding_say_nothing(language: str) -> None:
    text = "# \u041c\u043e\u0434\n\n\u042d\u0442\u043e\u0442 \u043c\u043e\u0434 \u0434\u043b\u044f \u0438\u0433\u0440\u044b.\n"
    content = text.encode("koi8-r") + b"\nAdds levels to the whole of it.\n"
    document = extract(content, language, scan(content).counts).document
    assert document is not None
    assert (document.summary, document.summary_line) == ("Adds levels to the whole of it.", 5)


def test_a_readme_of_any_sort_says_what_its_folder_is(tmp_path) -> None:
    root = write(tmp_path / "tree", {
        "README.rdoc": "= Redmine\n\nManages projects of all sorts.\n", "a/b.c": "int a;\n",
        "a/README": "The mill\n\nGrinds what it is given.\n",
    })  # fmt: skip
    out = tmp_path / "out"
    built(tmp_path / "cache", root, "-o", out, "--format", "md,json,llms")
    page = (out / "README.md").read_text()
    assert "# Redmine\n" in page
    assert "> Manages projects of all sorts.\n" in page
    assert "README.rdoc:3" in page
    assert "| [`a/`](a/README.md) | 2 | 4 | Text, C | Grinds what it is given. |" in page
    assert "> Manages projects of all sorts. (from README.rdoc)" in (out / "llms.txt").read_text()
    rows = [json.loads(row) for row in (out / "data/files.jsonl").read_text().splitlines()]
    assert [(r["path"], r["title"], r["summary"]) for r in rows if "title" in r] == [
        ("README.rdoc", "Redmine", "Manages projects of all sorts."), ("a/README", "The mill", "Grinds what it is given."),
    ]  # fmt: skip


def test_a_manifest_says_what_its_folder_is_where_no_readme_does(tmp_path) -> None:
    root = write(tmp_path / "tree", {
        "a/package.json": '{\n  "name": "@x/a",\n  "description": "Grinds what it is given.",\n  "main": "a.js"\n}\n',
        "b/Cargo.toml": '[package]\nname = "b"\ndescription = "Bakes what is ground."\n', "b/src/lib.rs": "pub fn bake() {}\n",
        "c/package.json": '{"description": "Not that one.", "main": "c.js"}\n', "c/README.md": "# C\n\nSells what is baked.\n",
        "d/data.json": '{"description": "Of something else."}\n',
    })  # fmt: skip
    out = tmp_path / "out"
    built(tmp_path / "cache", root, "-o", out)
    rows = {row[1]: row[5].strip() for line in (out / "README.md").read_text().splitlines() if len(row := line.split("|")) == 7}
    assert {about for name, about in rows.items() if "](" in name} == {
        "Grinds what it is given.", "Bakes what is ground.", "Sells what is baked.", "",
    }  # fmt: skip
    assert "> Grinds what it is given.\n\nDocumented at package.json:3." in (out / "a/README.md").read_text()
    assert "> Grinds what it is given.\n\nFrom line 3." in (out / "a/package.json.md").read_text()


def test_names_of_languages_stay_as_they_are_written(tmp_path) -> None:
    root = write(tmp_path / "tree", {"README.rst": "Mill\n====\n\nGrinds what it is given.\n", "empty.c": ""})
    out = tmp_path / "out"
    built(tmp_path / "cache", root, "-o", out)
    assert "| reStructuredText | 1 | 4 |" in (out / "README.md").read_text()
    assert "| Empty | 1 |" in (out / "README.md").read_text()
    assert "**reStructuredText** · 4 lines" in (out / "README.rst.md").read_text()


def test_a_name_that_is_drawn_with_signs_says_nothing_in_a_row(tmp_path) -> None:
    drawn = "______ _____ _____\n| ___ |  ___/  ___|_\n| |_/ / |__ | `--.|\n"
    tree = {"a/__init__.py": f'r"""\n{drawn}"""\n', "b.py": f'r"""\n{drawn}\nBakes bread.\n"""\nimport a\n', "c.py": "import a\n"}
    out = tmp_path / "out"
    built(tmp_path / "cache", write(tmp_path / "tree", tree), "-o", out, "--format", "md,llms")
    page = (out / "README.md").read_text()
    assert "| [`a/`](a/README.md) | 1 | 5 | Python |  |\n" in page
    assert "| [`b.py`](b.py.md) | Python | 8 | Bakes bread. |" in page
    assert drawn in (out / "a/__init__.py.md").read_text()
    assert "used by 2 files\n" in (out / "llms.txt").read_text()
