"""Languages that are read without a grammar: broken, cut off, deep, full of words that look like declarations; where their imports lead."""

# ruff: noqa: E501 - sources are written as texts

from __future__ import annotations

import time
from pathlib import Path

import pytest
from test_resolvers import edges, inverse, missing, tree

import gazetteer.lang
from gazetteer.extract import extract, scan
from gazetteer.lang.table import BY_SUFFIX
from gazetteer.model import FileRecord
from records import well_formed

LANG = Path(gazetteer.lang.__file__).parent
LANGUAGES = ("r", "sql")
SAMPLES = [p for name in LANGUAGES for p in sorted((LANG / name / "samples").glob("*")) if p.suffix not in (".facts", ".details")]


def read(content: bytes, language: str) -> FileRecord:
    return extract(content, language, scan(content).counts)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda p: p.name)
def test_a_file_that_is_cut_off_anywhere(sample: Path) -> None:  # check 34
    content, language = sample.read_bytes(), BY_SUFFIX[sample.suffix].name
    whole = {(s.kind, s.name, s.line) for s in read(content, language).symbols}
    for end in range(0, len(content), 97):
        record = read(content[:end], language)
        well_formed(record, content[:end])
        before = {w for w in whole if w[2] < content[:end].count(b"\n") - 25}
        assert len({(s.kind, s.name, s.line) for s in record.symbols} & before) >= 0.5 * len(before)


#: Words of declarations in comments and texts alone.
WORDS = {
    "r": '# a <- function() 1\nx <- "b <- function() 1"; y <- \'library(z)\'\nz <- r"--(c <- function() "d" )-" ])--"\n',
    "sql": "-- CREATE TABLE a (b int);\n/* CREATE VIEW c; */\nSELECT 'CREATE TABLE d (e int);', \"CREATE VIEW f\";\nDO $$ CREATE TABLE g (h int); $$;\nCREATE TABLE x (y int, z int);\n",
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_in_texts_are_no_declarations(language: str) -> None:  # check 8
    record = read(WORDS[language].encode(), language)
    assert [symbol.name for symbol in record.symbols] == ["x", "y", "z"]
    assert record.imports == []


HOSTILE = {
    "r": ["f <- function() ", "f <- function(a = ", "x <- (", "{", "f <- function() {", "'", "R6Class('A', list(", "x <- 1 +\n", "a <- ", "setClass('A')\n", "r\"(", "`", "f(", "function(", "if (a) ", "A <- R6Class(public = list(b = function() {", "# a\n", "x <- function() 1\n"],
    "sql": ["CREATE TABLE a (", "'", "$a$", "/*", "(", "CREATE FUNCTION f() BEGIN ", "`", "[a", "\n\\i a", "CREATE ", "COPY a FROM stdin;\n", "-- a\n", "INSERT INTO a VALUES ('b', 1);\n", "CREATE TABLE a (b int);\n"],
}  # fmt: skip


@pytest.mark.parametrize(("language", "text"), [(language, text) for language, texts in HOSTILE.items() for text in texts])
def test_much_of_one_thing(language: str, text: str) -> None:  # check 34
    content, begun = (text * (200_000 // len(text))).encode(), time.process_time()
    record = read(content, language)
    well_formed(record, content)
    assert time.process_time() - begun < 10


def test_scripts_of_sql(tmp_path: Path) -> None:  # checks 12, 13
    atlas = tree(tmp_path, {
        "db/all.sql": "\\i tables.sql\n\\ir views/cheap.sql\n\\i gone.sql\nCREATE EXTENSION shop;\nCREATE EXTENSION hstore;\n",
        "db/tables.sql": "SOURCE db/views/cheap.sql;\n", "db/views/cheap.sql": "CREATE VIEW v AS SELECT 1;\n", "ext/shop.control": "comment = 'x'\n",
    })  # fmt: skip
    assert edges(atlas, "db/all.sql") == [(1, "db/tables.sql"), (2, "db/views/cheap.sql"), (4, "ext/shop.control")]
    assert missing(atlas, "db/all.sql") == [(3, "outside"), (5, "outside")]
    assert edges(atlas, "db/tables.sql") == [(1, "db/views/cheap.sql")]
    inverse(atlas)


def test_r(tmp_path: Path) -> None:  # checks 12, 13
    atlas = tree(tmp_path, {
        "shop/R/main.R": "library(till)\nlibrary(stats)\nlibrary(dplyr)\nsource('helpers.R')\nsource('shop/R/far.R')\n",
        "shop/R/helpers.R": "f <- function() requireNamespace('shop')\n", "shop/R/far.R": "", "till/DESCRIPTION": "Package: till\n",
        "shop/DESCRIPTION": "Package: shop\n",
    })  # fmt: skip
    assert edges(atlas, "shop/R/main.R") == [(1, "till/DESCRIPTION"), (4, "shop/R/helpers.R"), (5, "shop/R/far.R")]
    assert missing(atlas, "shop/R/main.R") == [(2, "standard library"), (3, "outside")]
    assert [e.weak for e in atlas.edges_from["shop/R/helpers.R"]] == [True]
    inverse(atlas)
