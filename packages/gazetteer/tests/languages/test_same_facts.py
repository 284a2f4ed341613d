"""A mark of UTF-8 before a text, another encoding, and carriage returns at the ends of its lines change nothing of what it says."""

from __future__ import annotations

from pathlib import Path

import pytest

import gazetteer.lang
from gazetteer.extract import extract, scan
from gazetteer.lang.table import BY_NAME, BY_SUFFIX, LANGUAGES, lacks
from gazetteer.model import FileRecord

BY_FILE_NAME = {name: language for language in LANGUAGES for name in language.names}
SAMPLES = sorted(
    path
    for path in Path(gazetteer.lang.__file__).parent.glob("*/samples/*")
    if path.suffix not in (".facts", ".details") and (path.name in BY_FILE_NAME or path.suffix in BY_SUFFIX)
)
#: Texts of languages that have no sample, and of which the first line says something.
FIRST_LINES = {
    "gomod": "module example.com/a\n", "gitattributes": "*.c linguist-vendored\n", "codeowners": "*.c @a\n", "dockerfile": "FROM a AS b\n",
    "ini": "[a]\nb = c\n", "toml": '[package]\nname = "a"\n', "license": "MIT License\n", "readme": "Title\n=====\n\nWhat it is.\n",
}  # fmt: skip


def read(content: bytes, language: str) -> FileRecord:
    record = extract(content, language, scan(content).counts)
    record.counts = scan(b"").counts
    return record


def texts() -> list[tuple[str, str]]:
    read_as = [(p.read_text(), (BY_FILE_NAME.get(p.name) or BY_SUFFIX[p.suffix]).name) for p in SAMPLES]
    return [(text, language) for text, language in read_as if "\r" not in text and not lacks(language)]


TEXTS = [*texts(), *((text, language) for language, text in FIRST_LINES.items())]
IDS = [f"{language}{number}" for number, (_, language) in enumerate(TEXTS)]


@pytest.mark.parametrize(("text", "language"), TEXTS, ids=IDS)
def test_a_mark_before_a_text_says_nothing(text: str, language: str) -> None:
    assert BY_NAME[language].walker
    plain = read(text.encode(), language)
    assert read(b"\xef\xbb\xbf" + text.encode(), language) == plain
    if "coding" not in text[:200]:
        assert read(b"\xff\xfe" + text.encode("utf-16-le"), language) == plain


@pytest.mark.parametrize(("text", "language"), TEXTS, ids=IDS)
def test_carriage_returns_at_the_ends_of_lines_say_nothing(text: str, language: str) -> None:
    plain, record = read(text.encode(), language), read(text.replace("\n", "\r\n").encode(), language)
    assert [(s.kind, s.name, s.line, s.end_line, s.signature, s.doc) for s in record.symbols] == [
        (s.kind, s.name, s.line, s.end_line, s.signature, s.doc) for s in plain.symbols
    ]
    assert [(i.kind, i.target, i.line) for i in record.imports] == [(i.kind, i.target, i.line) for i in plain.imports]
    assert (record.doc, record.doc_line, record.document) == (plain.doc, plain.doc_line, plain.document)


def test_fixed_form_goes_on_over_lines_with_carriage_returns() -> None:
    text = "C One.\r\n      SUBROUTINE A(B,\r\n     $  C)\r\n      END\r\n"
    record = read(text.encode(), "fortran")
    assert [(s.name, s.signature) for s in record.symbols] == [("A", "SUBROUTINE A(B, C)")]
    assert not record.quality.errors


@pytest.mark.parametrize(
    ("language", "text", "doc"),
    [
        ("elixir", 'defmodule A do\n  @moduledoc """\n  One.\n\n  Two.\n  """\nend\n', "One.\n\nTwo."),
        ("cmake", "#[[\nOne.\n\nTwo.\n]]\nfunction(a)\nendfunction()\n", "One.\n\nTwo."),
    ],
)
def test_documentation_of_several_lines(language: str, text: str, doc: str) -> None:
    record = read(text.replace("\n", "\r\n").encode(), language)
    assert record.symbols[0].doc == doc
