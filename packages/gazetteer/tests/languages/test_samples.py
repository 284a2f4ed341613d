"""The samples of each language: exactly the symbols and imports that stand in their lists are found."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import gazetteer.lang
from gazetteer.atlas import qualified, separator
from gazetteer.extract import extract, scan
from gazetteer.grammars import OPTIONAL
from gazetteer.lang.table import BY_NAME, LANGUAGES
from gazetteer.model import Symbol
from installed import need

LANG = Path(gazetteer.lang.__file__).parent
#: Languages whose folder has another name.
FOLDERS = {"json": "data", "yaml": "data", "toml": "data", "ini": "data", "notebook": "data"}
BY_SUFFIX = {suffix: language.name for language in LANGUAGES for suffix in language.suffixes}
SAMPLES = sorted(LANG.glob("*/samples/*.facts"))
#: Of some samples, all that is known of each declaration.
DETAILED = sorted(LANG.glob("*/samples/*.details"))


def facts(path: Path, language: str) -> list[str]:
    """Everything that is found in a file, one fact a line."""
    content = path.read_bytes()
    record = extract(content, language, scan(content).counts)
    found = []
    for i, symbol in enumerate(record.symbols):
        bases = "".join(f" <{base.how or 'base'} {base.name}>" for base in symbol.bases)
        role = "" if symbol.role == "definition" else f" ({symbol.role})"
        found.append(f"{symbol.line} {symbol.kind} {qualified(record.symbols, i, separator(language))}{role}{bases}")
    for statement in record.imports:
        names = "".join(f" {name.name}" + (f" as {name.alias}" if name.alias else "") for name in statement.names)
        alias = f" as {statement.alias}" if statement.alias else ""
        found.append(f"{statement.line} import[{statement.kind}] {statement.target}{alias}{names}" + " (local)" * statement.local)
    document = record.document
    if document is not None and document.title:
        found.append(f"{document.title_line} title {document.title}")
    if document is not None:
        found.append(f"{document.summary_line} summary {document.summary}")
        found += [f"{heading.line} heading {heading.level} {heading.text}" for heading in document.headings]
        found += [f"{link.line} link {link.target} | {link.text}" for link in document.links]
    found += [f"{line} key {key}" for key, line in record.keys]
    found += [f"{line} value {key} = {value}" for key, value, line in record.values]
    found += [f"{note.line} note {note.code}: {note.text}" for note in record.notes]
    if record.doc:
        found.append(f"{record.doc_line} doc {record.doc.splitlines()[0]}")
    return found


def details(path: Path, language: str) -> list[str]:
    """All that is known of each declaration of a file, each on one line: lines, kind, name, then what it has of the rest."""
    content = path.read_bytes()
    record = extract(content, language, scan(content).counts)
    return [
        " | ".join(filter(None, (f"{s.start_line}-{s.end_line} {s.kind} {qualified(record.symbols, i, separator(language))}", *_parts(s))))
        for i, s in enumerate(record.symbols)
    ]


def _parts(symbol: Symbol) -> Iterator[str]:
    yield symbol.signature
    yield " ".join(filter(None, (symbol.visibility, *symbol.modifiers)))
    yield from symbol.decorators
    for parameter in symbol.parameters:
        default = f" = {parameter.default}" if parameter.default else ""
        yield f"({parameter.kind}{' ' * bool(parameter.kind)}{parameter.name}: {parameter.type}{default})".replace(": )", ")")
    yield symbol.type_parameters
    yield f"type {symbol.type}" if symbol.type else ""
    yield f"value {symbol.value}" if symbol.value else ""
    yield f"if {symbol.condition}" if symbol.condition else ""
    yield f"doc {symbol.doc_line}-{symbol.doc_end}: {' / '.join(symbol.doc.splitlines())}" if symbol.doc else ""


def language_of(path: Path) -> str:
    folder = path.parent.parent.name
    return folder if folder in BY_NAME and path.suffix not in (".tsx", ".mli") else BY_SUFFIX.get(path.suffix, "")


@pytest.mark.parametrize("listed", SAMPLES, ids=lambda path: f"{path.parent.parent.name}/{path.name}")
def test_exactly_what_is_listed_is_found(listed: Path) -> None:  # check 7
    sample = listed.with_suffix("")
    need(language_of(sample))
    assert facts(sample, language_of(sample)) == listed.read_text().splitlines()


@pytest.mark.parametrize("listed", SAMPLES, ids=lambda path: f"{path.parent.parent.name}/{path.name}")
def test_each_line_has_the_name(listed: Path) -> None:  # check 21
    sample = listed.with_suffix("")
    need(language_of(sample))
    content = sample.read_bytes()
    record = extract(content, language_of(sample), scan(content).counts)
    lines = content.decode().split("\n")
    for symbol in record.symbols:
        assert symbol.name.lstrip("~") in lines[symbol.line - 1], symbol
        assert symbol.start_line <= symbol.line <= symbol.end_line <= len(lines)
        assert symbol.parent < 0 or record.symbols[symbol.parent].start_line <= symbol.line


@pytest.mark.parametrize("listed", DETAILED, ids=lambda path: f"{path.parent.parent.name}/{path.name}")
def test_all_that_is_known_of_a_declaration_is_as_listed(listed: Path) -> None:  # check 7
    sample = listed.with_suffix("")
    need(language_of(sample))
    assert details(sample, language_of(sample)) == listed.read_text().splitlines()


def test_every_language_of_the_extra_has_samples_in_detail() -> None:
    with_walkers = {language.name for language in LANGUAGES if language.grammar.partition(":")[0] in OPTIONAL}
    assert {language_of(path.with_suffix("")) for path in DETAILED} >= with_walkers


def test_every_language_with_a_walker_has_a_sample() -> None:
    folders = {path.parent.parent.name for path in SAMPLES}
    mine = {"java", "ruby", "csharp", "php", "kotlin", "bash", "cmake", "makefile", "starlark", "markdown", "rst", "data"}
    mine |= {"python", "javascript", "typescript", "go", "rust"}
    assert mine <= folders
