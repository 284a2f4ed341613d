"""What people write into the search: names as their languages write them, paths, words, names with signs, and mistakes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sitetools import build_site, make_tree
from test_search import ask, names, needs_node

from gazetteer import search

FILES: dict[str, str | bytes] = {
    "rich/console.py": (
        "class Console:\n    def print(self): ...\n    def render_lines(self): ...\n\nclass Capture:\n    console = 1\n\n"
        "def get_console(): ...\ndef set_console_title_elsewhere(): ...\n"
    ),
    "rich/markup.py": "import rich.console\n\ndef rich_console(): ...\ndef printed(): ...\n",
    "rich/print/table.py": "def rows(): ...\n",
    "lib/DBI/Gofer/Base.pm": "package DBI::Gofer::Base;\nsub connect { 1 }\n",
    "src/shape.h": (
        "struct Foo {\n  Foo(); ~Foo(); Foo* operator->(); Foo* operator->*(int); bool operator==(int) const; Foo operator/(int);\n"
        "  operator bool() const;\n};\n"
    ),
    "src/engine.py": "import binding\n\nclass Engine:\n    def Run(self): ...\n",
    "binding.py": "class Maker:\n    def Engine(self): ...\n",
    **{f"user{n}.py": "import binding\n" for n in range(9)},
    "tests/test_table.py": "class Row: ...\n",
    "tests/helper.py": "class Row: ...\n",
    **{f"tests/test_{n}.py": "import helper\n" for n in range(9)},
    "rich/row.py": "class Row: ...\n",
    "a.rb": "class A\n  def save!; end\n  def a?; end\n  def []=(k, v); end\nend\n",
    "e.js": "export function $el(a) {}\n",
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.mktemp("asking")
    build_site(make_tree(base / "tree", FILES), base / "out")
    return base / "out" / "site"


def first(answer: dict[str, Any]) -> tuple[str, str]:
    """The name that is found first, and the file of its first place."""
    assert answer["results"], answer["query"]
    best = answer["results"][0]
    return best["name"], best["places"][0]["path"]


@needs_node
@pytest.mark.parametrize(
    ("query", "name", "path"),
    [
        ("rich.console.Console", "Console", "rich/console.py"),
        ("rich.console.Console.print", "print", "rich/console.py"),
        ("rich::console::Console", "Console", "rich/console.py"),
        ("DBI::Gofer::Base", "DBI::Gofer::Base", "lib/DBI/Gofer/Base.pm"),
        ("DBI::Gofer::Base::connect", "connect", "lib/DBI/Gofer/Base.pm"),
        ("Foo::operator->*", "operator->*", "src/shape.h"),
        ("operator->*", "operator->*", "src/shape.h"),
        ("operator->", "operator->", "src/shape.h"),
        ("operator==", "operator==", "src/shape.h"),
        ("operator/", "operator/", "src/shape.h"),
        ("Foo::operator bool", "operator bool", "src/shape.h"),
        ("~Foo", "~Foo", "src/shape.h"),
        ("save!", "save!", "a.rb"),
        ("A#a?", "a?", "a.rb"),
        ("[]=", "[]=", "a.rb"),
        ("$el", "$el", "e.js"),
    ],
)
def test_full_names_as_languages_write_them(site: Path, query: str, name: str, path: str) -> None:  # check 25
    (answer,) = ask(site, query)
    assert first(answer) == (name, path)
    assert not answer["elsewhere"]


@needs_node
def test_a_name_whose_surroundings_are_others_is_found_and_that_is_said(site: Path) -> None:  # check 25
    package, version, nothing = ask(site, "acme.rich.console.Console", "rich::v9::Console", "rich.console.Nothing")
    assert first(package) == first(version) == ("Console", "rich/console.py")
    assert package["elsewhere"] == "acme.rich.console"
    assert version["elsewhere"] == "rich::v9"
    assert names(nothing) == []


@needs_node
@pytest.mark.parametrize(
    ("query", "path", "kind"),
    [
        ("rich/console.py", "rich/console.py", "file"),
        ("rich/console", "rich/console.py", "file"),
        ("ich/cons", "rich/console.py", "file"),
        ("./rich/console.py", "rich/console.py", "file"),
        ("rich/print", "rich/print", "folder"),
        ("rich/print/", "rich/print", "folder"),
        ("lib/DBI/Gofer/Base.pm", "lib/DBI/Gofer/Base.pm", "file"),
    ],
)
def test_paths(site: Path, query: str, path: str, kind: str) -> None:  # check 25
    (answer,) = ask(site, query)
    best = answer["results"][0]["places"][0]
    assert (best["path"], best["kind"]) == (path, kind)


@needs_node
def test_words_may_stand_around_a_name(site: Path) -> None:  # check 25
    inside, before, lines = ask(site, "Console print", "print console", "render lines console")
    assert first(inside) == first(before) == ("print", "rich/console.py")
    assert first(lines) == ("render_lines", "rich/console.py")


@needs_node
@pytest.mark.parametrize("query", ["cosnole", "consolle", "comsole", "consle", "conosle", "Consloe"])
def test_a_letter_that_is_wrong(site: Path, query: str) -> None:
    (answer,) = ask(site, query)
    assert search.fold(names(answer)[0]) == "console"
    assert answer["compressed"] <= 60_000


@needs_node
def test_mistakes_lead_to_no_other_word(site: Path) -> None:
    short, other = ask(site, "ruw", "qonzoli")
    assert names(short) == names(other) == []


@needs_node
def test_types_come_before_members_and_tests_after_what_they_test(site: Path) -> None:  # check 25
    """However many files lean on those that have the others."""
    engine, row = ask(site, "Engine", "Row")
    assert [(p["path"], p["kind"]) for p in engine["results"][0]["places"]] == [("src/engine.py", "class"), ("binding.py", "method")]
    assert [p["path"] for p in row["results"][0]["places"]] == ["rich/row.py", "tests/helper.py", "tests/test_table.py"]
