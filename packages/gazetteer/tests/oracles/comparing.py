"""What a language's own parser says of files, beside what Gazetteer says of them.

A *dumper* is a small program in (or beside) the language's own parser. It reads names of files from its input, one a line, and for each
of them writes JSON objects, one a line: first ``{"file": NAME, "problem": ""}``, where a problem is what its parser does not accept (then
nothing is compared), and below that one for each declaration and each import:

    {"kind": "class", "name": "Shop.Till", "line": 3, "end": 9, "first": 2, "bases": ["extends Box"]}
    {"kind": "import:require", "name": "./till", "line": 1}

``kind``, the full name, the line of the name and the last line make up the `Fact`; they have to be the same, each as often. Whatever else
the dumper gives (see `details_of` for what Gazetteer can answer) is compared for the declarations that both have. Lines of which the
parser says nothing, as of branches of ``#if`` that are not taken, are given as ``{"kind": "unread", "line": 5, "end": 8}``: nothing that
Gazetteer finds there counts.

``make oracles`` installs the parsers that npm and PyPI have, and runs the comparisons, over real corpora too; its last lines are a table.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import gazetteer.lang
from gazetteer.atlas import all_qualified, separator
from gazetteer.extract import extract, scan
from gazetteer.model import FileRecord, Import, Symbol

HERE = Path(__file__).parent
SAMPLES = Path(gazetteer.lang.__file__).parent
#: Hand-made files, a folder for each language: what its reference has, oddly written.
CORPORA = HERE / "corpora"
#: Where ``make oracles`` installs the parsers that npm and PyPI have.
INSTALLED = Path(os.environ.get("GAZETTEER_ORACLES") or HERE.parents[3] / "build/oracles")
#: A file that is larger is left out of real corpora: it is generated, and some parsers take minutes over it.
LARGEST = 1_000_000


class Fact(NamedTuple):
    """A declaration, or an import (its kind begins with ``import``, and it has no end)."""

    kind: str
    name: str
    line: int
    end: int = 0

    def __str__(self) -> str:
        return f"{self.kind} {self.name}, line {self.line}" + f" to {self.end}" * (self.end > 0)


#: What is known of a declaration beside the fact itself, by what it is called in the dumper's output.
Details = dict[str, Any]


@dataclass
class Answer:
    """What one parser says of one file."""

    found: list[tuple[Fact, Details]] = field(default_factory=list)
    #: Why the parser does not accept the file.
    problem: str = ""
    #: Ranges of lines of which the parser says nothing.
    unread: list[tuple[int, int]] = field(default_factory=list)

    def facts(self) -> Counter[Fact]:
        """How often each fact was found."""
        return Counter(fact for fact, _ in self.found)


# --- What Gazetteer says


def details_of(symbol: Symbol) -> Details:
    """Everything that a dumper may ask for.

    ``first`` is the line where the declaration begins, ``bases`` are written as ``extends A`` (or ``A`` alone, where the language has one
    sort), ``role`` is ``declaration`` or empty.
    """
    return {
        "first": symbol.start_line,
        "bases": [f"{base.how} {base.name}".strip() for base in symbol.bases],
        "parameters": [parameter.name for parameter in symbol.parameters],
        "parameter_types": [parameter.type for parameter in symbol.parameters],
        "defaults": [parameter.default for parameter in symbol.parameters],
        "variadic": [parameter.kind == "variadic" for parameter in symbol.parameters],
        "visibility": symbol.visibility,
        "modifiers": sorted(symbol.modifiers),
        "type": symbol.type,
        "value": symbol.value,
        "decorators": list(symbol.decorators),
        "type_parameters": symbol.type_parameters,
        "documented": symbol.doc_line > 0,
        "doc_line": symbol.doc_line,
        "doc_words": words_of(symbol.doc),
        "role": "declaration" if symbol.role == "declaration" else "",
    }


def words_of(text: str) -> str:
    """What documentation says: its letters and numbers, whatever the marks around them and between; the beginning of that."""
    return "".join(filter(str.isalnum, text))[:2_000]


def whole_imports(statement: Import) -> Iterator[tuple[Fact, Details]]:
    """An import as one fact: its kind, what it names, its line; the names that it takes are a detail."""
    names = [f"{n.name} as {n.alias}" if n.alias else n.name for n in statement.names]
    yield Fact(f"import:{statement.kind}", plain(statement.target), statement.line), {"names": names, "alias": statement.alias}


def recorded(record: FileRecord, imports: Callable[[Import], Iterable[tuple[Fact, Details]]] = whole_imports) -> Answer:
    """What Gazetteer says of a file."""
    names = all_qualified(record.symbols, separator(record.language))
    found = [
        (Fact(symbol.kind, plain(name), symbol.line, symbol.end_line), details_of(symbol))
        for symbol, name in zip(record.symbols, names, strict=True)
    ]
    return Answer(found + [each for statement in record.imports for each in imports(statement)])


def plain(text: str) -> str:
    """A name without white space: how it is laid out is not compared."""
    return "".join(text.split())


# --- What differs


@dataclass
class Comparison:
    """What two answers about one file share, and what they do not."""

    both: Counter[Fact]
    missed: Counter[Fact]
    extra: Counter[Fact]
    #: Of facts that both have, details that differ.
    details: list[str]

    def in_words(self) -> list[str]:
        """Every difference, one line each, from the top of the file to its end."""
        lines = [(fact.line, f"missed {fact}") for fact in self.missed.elements()]
        lines += [(fact.line, f"extra {fact}") for fact in self.extra.elements()]
        return [text for _, text in sorted(lines)] + self.details


def compare(theirs: Answer, ours: Answer) -> Comparison:
    """Hold Gazetteer's answer against that of a parser which accepts the file."""
    wanted, got = theirs.facts(), ours.facts()
    extra = got - wanted
    for fact in list(extra):
        if any(first <= fact.line <= last for first, last in theirs.unread):
            del extra[fact]
    return Comparison(wanted & got, wanted - got, extra, list(_differing(theirs, ours)))


def _differing(theirs: Answer, ours: Answer) -> Iterator[str]:
    have: dict[Fact, list[Details]] = {}
    for fact, details in ours.found:
        have.setdefault(fact, []).append(details)
    for fact, details in theirs.found:
        alike = have.get(fact)
        mine = alike.pop(0) if alike else None
        for what in details if mine is not None else ():
            if not _alike(_loose(details[what]), _loose(mine[what])):
                yield f"{what} of {fact}: {details[what]!r}, found {mine[what]!r}"


def _alike(said: Any, found: Any) -> bool:
    """Whether both are the same; what Gazetteer cuts ends with a sign for that."""
    if isinstance(said, list) and isinstance(found, list):
        return len(said) == len(found) and all(map(_alike, said, found))
    return said == found or (isinstance(found, str) and found.endswith("…") and isinstance(said, str) and said.startswith(found[:-1]))


def _loose(value: Any) -> Any:
    if isinstance(value, str):
        return plain(value)
    return [_loose(each) for each in value] if isinstance(value, list) else value


@dataclass
class Tally:
    """Comparisons of many files."""

    #: The parser that they were held against.
    parser: str = ""
    both: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)
    extra: Counter[str] = field(default_factory=Counter)
    #: How often each detail differs.
    details: Counter[str] = field(default_factory=Counter)
    files: int = 0
    #: Files that the parser does not accept, with what it says.
    refused: dict[Path, str] = field(default_factory=dict)
    differences: dict[Path, list[str]] = field(default_factory=dict)

    def add(self, path: Path, comparison: Comparison) -> None:
        """Count one more file."""
        self.files += 1
        for mine, theirs in ((self.both, comparison.both), (self.missed, comparison.missed), (self.extra, comparison.extra)):
            for fact, count in theirs.items():
                mine[fact.kind] += count
        self.details.update(text.split()[0] for text in comparison.details)
        if words := comparison.in_words():
            self.differences[path] = words

    @property
    def recall(self) -> float:
        """How much of what the parser finds Gazetteer finds too, in per cent."""
        return 100 * self.both.total() / max(self.both.total() + self.missed.total(), 1)

    @property
    def precision(self) -> float:
        """How much of what Gazetteer finds the parser finds too, in per cent."""
        return 100 * self.both.total() / max(self.both.total() + self.extra.total(), 1)

    def report(self, limit: int = 40, each: int = 4) -> str:
        """Recall and precision, by kind too, and the first differences of the first files."""
        lines = [
            f"{self.files} files, {len(self.refused)} that the parser does not accept, {len(self.differences)} with differences",
            f"{self.both.total()} facts in both: recall {self.recall:.3f} %, precision {self.precision:.3f} %",
        ]
        lines += [
            f"  {kind:20} both {self.both[kind]:7}  missed {self.missed[kind]:5}  extra {self.extra[kind]:5}"
            for kind in sorted(self.both | self.missed | self.extra)
        ]
        lines += [f"  {count} times another {what}" for what, count in self.details.most_common()]
        for path, words in list(self.differences.items())[:limit]:
            lines += [str(path), *[f"    {text}" for text in words[:each]]]
        return "\n".join(lines)

    def must_be_exact(self, known: Mapping[str, Sequence[str]]) -> None:
        """Fail unless all that differs is known, by the name of the file; a difference that is known and gone is a failure too."""
        assert self.files, self.report()
        assert not self.refused, self.refused
        found = {path.name: words for path, words in self.differences.items()}
        assert found == {name: list(words) for name, words in known.items()}, self.report(each=40)

    def must_reach(self, recall: float, precision: float, facts: int) -> None:
        """Fail below so much recall and precision (in per cent), or when fewer facts were found by both."""
        assert self.both.total() >= facts, self.report()
        assert self.recall >= recall, self.report()
        assert self.precision >= precision, self.report()


def _texts(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def without_comments(theirs: Answer, _: Answer) -> None:
    """Leave out values and annotations with comments in them, of which Gazetteer shows none (for `Oracle.settle`; by the signs of C's)."""
    for _, details in theirs.found:
        for what in ("value", "decorators"):
            if any(sign in text for text in _texts(details.get(what, "")) for sign in ("/*", "//")):
                del details[what]


# --- Running a parser


@dataclass(frozen=True)
class Oracle:
    """A language's own parser."""

    #: What it is called in the table: ``Prism``.
    parser: str
    #: The dumper with all that it is run with; skips the test where something is missing (see `program` and `package`).
    command: Callable[[], list[str]]
    #: The language of a file, as Gazetteer calls it.
    language: Callable[[Path], str]
    #: How the imports of a record are compared.
    imports: Callable[[Import], Iterable[tuple[Fact, Details]]] = whole_imports
    #: What does not count: the answers of parser and Gazetteer about one file may be changed in place.
    settle: Callable[[Answer, Answer], None] = lambda theirs, ours: None

    def compare(self, files: Sequence[Path]) -> Tally:
        """Hold Gazetteer against the parser over some files."""
        tally = Tally(self.parser)
        for path, theirs in ask(self.command(), files):
            if theirs.problem:
                tally.refused[path] = theirs.problem
                continue
            content = path.read_bytes()
            ours = recorded(extract(content, self.language(path), scan(content).counts), self.imports)
            self.settle(theirs, ours)
            tally.add(path, compare(theirs, ours))
        return tally


def ask(command: Sequence[str], files: Sequence[Path]) -> list[tuple[Path, Answer]]:
    """Run a dumper over files; what it says of each, in its order.

    Raises
    ------
    RuntimeError
        When the dumper fails, or leaves out a file.
    """
    with tempfile.TemporaryFile("w+") as names, tempfile.TemporaryFile("w+", encoding="utf-8", errors="surrogateescape") as said:
        names.write("".join(f"{path}\n" for path in files))
        names.seek(0)
        done = subprocess.run(command, stdin=names, stdout=said, stderr=subprocess.PIPE, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{command} ended with {done.returncode}: {done.stderr[-2000:]}")
        said.seek(0)
        answers = list(read_answers(said))
    if [path for path, _ in answers] != list(files):
        raise RuntimeError(f"{command} answered for {len(answers)} files of {len(files)}: {done.stderr[-2000:]}")
    return answers


def read_answers(lines: Iterable[str]) -> Iterator[tuple[Path, Answer]]:
    """What a dumper's output says, file by file."""
    path, answer = None, Answer()
    for line in lines:
        row = json.loads(line)
        if "file" in row:
            if path is not None:
                yield path, answer
            path, answer = Path(row["file"]), Answer(problem=row["problem"])
        elif row["kind"] == "unread":
            answer.unread.append((row["line"], row["end"]))
        else:
            fact = Fact(row.pop("kind"), plain(row.pop("name")), row.pop("line"), row.pop("end", 0))
            answer.found.append((fact, row))
    if path is not None:
        yield path, answer


# --- What tests ask for


def program(name: str, install: str) -> str:
    """Where a program is; the test is skipped without it, and says what to install."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed ({install})")
    return found


def package(where: str) -> Path:
    """What ``make oracles`` has installed: ``node_modules/typescript``; the test is skipped without it."""
    found = INSTALLED / where
    if not found.exists():
        pytest.skip(f"{where} is not in {INSTALLED} (`make oracles` installs it)")
    return found


def hand_made(language: str, *suffixes: str) -> list[Path]:
    """The samples of a language, and its tricky files."""
    folders = (SAMPLES / language / "samples", CORPORA / language)
    return [path for folder in folders for path in sorted(folder.rglob("*")) if path.name.endswith(suffixes)]


def corpus(*suffixes: str, own: Iterable[Path] = ()) -> list[Path]:
    """Files of the folder that ``GAZETTEER_ORACLE_CORPUS`` names, else of those of `own` that are here; skips where there are none.

    It takes minutes, so it is skipped as well unless that folder is named or ``make oracles`` runs (which sets ``GAZETTEER_ORACLES``).
    """
    named = os.environ.get("GAZETTEER_ORACLE_CORPUS")
    if not named and "GAZETTEER_ORACLES" not in os.environ:
        pytest.skip("`make oracles` compares whole corpora")
    folders = [Path(named)] if named else [folder for folder in own if folder.is_dir()]
    found = [path for folder in folders for path in sorted(folder.rglob("*")) if path.name.endswith(suffixes) and path.is_file()]
    found = [path for path in found if path.stat().st_size <= LARGEST]
    if not found:
        pytest.skip(f"no files {', '.join(suffixes)} to compare: name a folder in GAZETTEER_ORACLE_CORPUS")
    return found
