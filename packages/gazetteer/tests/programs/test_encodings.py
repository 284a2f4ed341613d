"""Files in other encodings than UTF-8: lines, mentions, names and pages are those of the text."""

from __future__ import annotations

import pytest

from documented import documented, shown
from gazetteer.answers import Answers
from gazetteer.config import Config, Site
from gazetteer.explaining import explain
from gazetteer.facts import Facts
from programs.grown import atlas_of

KOI8 = "# -*- coding: koi8-r-unix -*-\n# привет\ndef имена(): ...\n".encode("koi8-r")
FILES = {
    "pkg/names.py": "def größe(): ...\n\n\ndef имена(): ...\n\n\ndef plain(): ...\n",
    "tests/test_latin.py": "# -*- coding: latin-1 -*-\n# Größe\nfrom pkg.names import größe\n".encode("latin-1"),
    "tests/test_koi8.py": KOI8,
    "tests/test_wide.py": "# wide\nfrom pkg.names import größe, plain\n".encode("utf-16"),
    "tests/test_wider.py": "# wider\nfrom pkg.names import größe, plain\n".encode("utf-32"),
    "tests/test_widest.py": "\ufeff# widest\nplain()\n".encode("utf-32-be"),
    "tests/test_unnamed.py": "x = 'caf\xe9'\nplain()\n".encode("latin-1"),
}


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    return documented(tmp_path_factory.mktemp("encodings"), FILES, Config(site=Site(source="embed")))


@pytest.fixture(scope="module")
def facts(tree):
    return Facts(atlas_of(tree.root), tree.root)


def test_tests_that_mention_a_name_say_on_which_line(facts):  # check 14
    found = {m.path: (m.line, m.names) for m in facts.tests_of("pkg/names.py").tests}
    assert found == {
        "tests/test_koi8.py": (3, ("имена",)), "tests/test_latin.py": (3, ("größe",)), "tests/test_unnamed.py": (2, ("plain",)),
        "tests/test_wide.py": (2, ("größe", "plain")), "tests/test_wider.py": (2, ("größe", "plain")),
        "tests/test_widest.py": (2, ("plain",)),
    }  # fmt: skip


def test_lines_for_agents_are_text(tree, facts):  # check 41
    answers = Answers(lambda: facts, tree.root, tree.config)

    def lines(path):
        return [item["text"] for item in answers.read_lines(facts, path, 1, 9)[1]]

    assert lines("tests/test_latin.py")[1:] == ["# Größe", "from pkg.names import größe"]
    assert lines("tests/test_koi8.py")[1:] == ["# привет", "def имена(): ..."]
    assert lines("tests/test_wide.py")[1:] == ["from pkg.names import größe, plain"]
    assert lines("tests/test_wider.py")[1:] == ["from pkg.names import größe, plain"]
    assert lines("tests/test_widest.py")[1:] == ["plain()"]
    assert lines("tests/test_unnamed.py") == ["x = 'caf\\xe9'", "plain()"]


def test_explained_bytes_are_those_of_the_file(facts):  # check 43
    assert [e.content for e in explain(facts, "tests/test_koi8.py:2-3")][-1] == b"".join(KOI8.splitlines(keepends=True)[1:])


def test_pages_with_the_text_of_files(tree):
    tree.build("md", "html")
    assert "Größe" in tree.page("site/_source/tests/test_latin.py.html")
    assert "привет" in tree.page("site/_source/tests/test_koi8.py.html")
    assert "имена" in shown(tree.page("tests/test_koi8.py.md"))
    assert (tree.out / "site/tests/test_unnamed.py.html").exists()
    assert not tree.check().faults
