"""What pages share: trails, sizes, plurals, the anchors of symbols."""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from ..atlas import SYMBOL_EDGES, Atlas
from ..document import Bullets, Code, Inline, Line, Link, PageRef, SourceRef, spoken
from ..gather import SourceFile
from ..lang.table import BY_NAME, LANGUAGES
from ..lang.wording import untitled
from ..model import KINDS, TYPE_KINDS, FileRecord, Import, Placed, Symbol
from ..names import counted, shown_path

__all__ = [
    "DESCRIBING",
    "SYMBOL_EDGES",
    "anchors_of",
    "bullets",
    "capitalised",
    "file_kind",
    "first_sentence",
    "folder_link",
    "joined",
    "kinds_counted",
    "language_title",
    "link_to",
    "named_and_counted",
    "said_line",
    "says",
    "source_link",
    "stated_imports",
    "trail_to",
    "with_value",
]

_TITLES = frozenset(language.title for language in LANGUAGES)
_ORDER = {kind: number for number, kind in enumerate(KINDS)}
#: Files in which a folder says what it is, the most telling first.
DESCRIBING = (
    "README.md", "README.rst", "README.txt", "README", "Readme.md", "readme.md", "readme.rst", "README.adoc", "README.asciidoc",
    "README.rdoc", "README.org", "README.textile", "README.markdown", "readme.txt", "__init__.py", "mod.rs", "lib.rs",
    "package-info.java", "doc.go", "index.md", "index.rst", "package.json", "Cargo.toml", "pyproject.toml", "composer.json", "pom.xml",
    "package.xml", "Chart.yaml", "pubspec.yaml", "action.yml", "action.yaml",
)  # fmt: skip
#: So many names of what a file declares are written out, of so many letters together; and of which kinds.
_NAMED, _NAMED_LETTERS = 4, 72
_TELLING = TYPE_KINDS | {
    "module", "delegate", "method", "function", "property", "event", "macro", "target", "option", "table", "view", "trigger",
}  # fmt: skip
#: So many characters tell one value from others.
_SHORT = 8


def kinds_counted(symbols: Sequence[Symbol]) -> str:
    """How many symbols of each kind: ``1 class, 9 methods``; forward declarations apart, since they define nothing."""
    return ", ".join([said for _, _, _, said in _by_kind(symbols)])


def named_and_counted(symbols: Sequence[Symbol]) -> tuple[str, ...]:
    """The same with names of some types and functions, public ones before others; every second piece is a name.

    Examples
    --------
    >>> some = [Symbol("class", name, 1, 1) for name in ("Linear", "_Hidden", "Bilinear")] + [Symbol("variable", "x", 1, 1)]
    >>> "".join(named_and_counted(some))
    '3 classes (Linear, Bilinear, _Hidden), 1 variable'
    """
    names: dict[str, dict[str, bool]] = {}
    for symbol in symbols:
        if symbol.kind in _TELLING and symbol.role != "forward" and symbol.name:
            is_public = symbol.visibility in ("", "public") and symbol.name[0] != "_"
            names.setdefault(symbol.kind, {}).setdefault(symbol.name, not is_public)
    found, text, left, room = list[str](), "", _NAMED, _NAMED_LETTERS
    for is_forward, kind, count, said in _by_kind(symbols):
        text += f", {said}" if text or found else said
        some = list[str]()
        own = names.get(kind, {}) if not is_forward else {}
        for name in sorted(own, key=own.__getitem__):
            if left and len(name) <= room:
                some.append(name)
                left, room = left - 1, room - len(name)
        for number, name in enumerate(some):
            found += [", " if number else f"{text} (", name]
        if some:
            text = ", …)" if len(some) < count else ")"
    return (*found, text)


def _by_kind(symbols: Sequence[Symbol]) -> Iterator[tuple[bool, str, int, str]]:
    """Of each kind, forward declarations apart: whether it is that of these, the kind, how many symbols there are, and that in words."""
    counts = Counter([(symbol.role == "forward", symbol.kind) for symbol in symbols])
    for is_forward, kind in sorted(counts, key=lambda k: (k[0], _ORDER[k[1]])):
        many = KINDS[kind] if not is_forward else f"forward declarations of {KINDS[kind]}"
        one = kind.replace("_", " ") if not is_forward else f"forward declaration of {'an' if kind[0] in 'aeiou' else 'a'} {kind}"
        yield is_forward, kind, counts[is_forward, kind], counted(counts[is_forward, kind], one, many)


def anchors_of(symbols: Sequence[Placed]) -> list[str]:
    """The anchor of each symbol of a file, by the line it is on; no two are equal.

    They have an upper case letter, so that no heading has one by the rule of GitHub, which gives lower case alone. A page has its
    anchors twice, and indices and pages of others have them too, so they are as short as can be.

    Examples
    --------
    >>> anchors_of([Symbol("struct", "X", 1, 1), Symbol("type_alias", "X", 1, 1), Symbol("operator", "operator+", 2, 2)])
    ['S1', 'S1.2', 'S2']
    """
    lines = [symbol.line for symbol in symbols]
    if len(set(lines)) == len(lines):  # as in most files
        return list(map(_anchor_of, lines))
    seen: dict[int, int] = {}
    found = []
    for line in lines:
        seen[line] = number = seen.get(line, 0) + 1
        found.append(_anchor_of(line) if number == 1 else f"S{line}.{number}")
    return found


@functools.lru_cache(16_384)
def _anchor_of(line: int) -> str:
    """The anchor of a line: one text for all files that have a symbol there."""
    return f"S{line}"


def language_title(name: str) -> str:
    """How a language is called."""
    return BY_NAME[name].title if name in BY_NAME else name or "Text"


_END = re.compile(r"[.!?](?=\s+[^a-z0-9\s])(?<!\be\.g.)(?<!\bi\.e.)")


#: Less than such a part of a paragraph's signs are letters and digits where it is drawn with them; shorter ones are none.
_SPOKEN, _LEAST_DRAWN = 0.4, 20


def _is_drawn(paragraph: str) -> bool:
    """Whether a paragraph is a picture made of signs, such as a name in large letters."""
    signs = "".join(paragraph.split())
    return len(signs) >= _LEAST_DRAWN and sum(map(str.isalnum, signs)) < _SPOKEN * len(signs)


def first_sentence(text: str, most: int = 200) -> str:
    r"""The first sentence of a documentation, on one line; ``…`` where it is cut.

    Examples
    --------
    >>> first_sentence("Adds two numbers, e.g. 1 and 2.\nTwice. More.")
    'Adds two numbers, e.g. 1 and 2.'
    >>> first_sentence(".. testsetup::\n\n    import flour\n\nMakes bread.")
    'Makes bread.'
    >>> first_sentence("|_|_  ___ |_|_ | |_ | __/|_| |_|__ |_|\n\nMakes bread.")
    'Makes bread.'
    """
    if _is_drawn(text.split("\n\n", maxsplit=1)[0]):
        text = next((p for p in text.split("\n\n") if p.strip() and not _is_drawn(p)), "")
    if text.startswith(".. "):  # a directive of reStructuredText, with what is indented below it, says nothing to a reader
        text = next((p for p in text.split("\n\n") if p.strip() and not p.startswith((" ", "\t", ".. "))), text)
    paragraph = untitled(" ".join(text.split("\n\n", maxsplit=1)[0][:4_000].split()))
    end = _END.search(paragraph)
    sentence = paragraph[: end.end()] if end else paragraph
    return sentence if len(sentence) <= most else sentence[: most - 1].rstrip() + "…"


def said_line(text: str) -> Line:
    """A line of running text of the tree, with the code in it as code."""
    return tuple([Code(piece) if number % 2 else piece for number, piece in enumerate(spoken(text)) if piece])


def trail_to(atlas: Atlas, path: str) -> tuple[tuple[str, PageRef], ...]:
    """The pages above a path, from the root."""
    found = [(atlas.name, PageRef("folder", ""))]
    parts = path.split("/")[:-1]
    for i, part in enumerate(parts):
        found.append((shown_path(part), PageRef("folder", "/".join(parts[: i + 1]))))
    return tuple(found) if path else ()


def stated_imports(record: FileRecord | None) -> list[Import]:
    """What a file says that it needs. Strings of its lists are no such statements: they matter where they lead to files."""
    return [i for i in record.imports if i.kind != "listed"] if record is not None else []


def link_to(path: str, anchor: str = "") -> Link:
    """A link to the page of a file."""
    return Link(shown_path(path), PageRef("file", path, anchor), code=True)


def source_link(path: str, line: int, end: int = 0) -> Link:
    """A link to lines of the source."""
    return Link(f"{line}" if end <= line else f"{line}–{end}", SourceRef(path, line, max(end, line)))


def folder_link(path: str, text: str = "") -> Link:
    """A link to the page of a folder."""
    return Link(shown_path(text or f"{path}/"), PageRef("folder", path), code=True)


def bullets(lines: Iterable[Line]) -> Bullets:
    """A list of lines."""
    return Bullets(tuple(tuple(line) for line in lines))


def joined(lines: Iterable[Line], between: str = ", ") -> list[Inline]:
    """The parts of all lines, with a text between each two lines."""
    found: list[Inline] = []
    for line in lines:
        if found:
            found.append(between)
        found += line
    return found


def file_kind(file: SourceFile) -> str:
    """What a file is, in a word or two: its language, else why it has none."""
    if file.entry.kind != "file":
        return {"symlink": "symbolic link", "special": "special file", "output": "own output"}.get(file.entry.kind, file.entry.kind)
    content = file.scan.content
    if content == "text":
        return language_title(file.language)
    return {"lfs-pointer": "Git LFS pointer", "too-large": "too large to be read"}.get(content, content)


def capitalised(kind: str) -> str:
    """A kind of file as it begins a line; names of languages stay as they are written.

    Examples
    --------
    >>> capitalised("binary"), capitalised("reStructuredText")
    ('Binary', 'reStructuredText')
    """
    return kind if kind in _TITLES else kind[:1].upper() + kind[1:]


def says(file: SourceFile | None) -> str:
    """What a file says of itself: its leading comment or docstring, or the first paragraph of a document."""
    head = file.head if file is not None else None
    if head is None:
        return ""
    document = head.document
    return head.doc or (document.summary or document.title if document is not None else "")


def with_value(declared: str, value: str, kind: str) -> str:
    """A declaration with the value that does not stand in it; the body of a macro, which never does, as its language writes it.

    Examples
    --------
    >>> with_value("#define M1", "1", "macro"), with_value("int n = 3", "3", "field"), with_value("n", "3", "field")
    ('#define M1 1', 'int n = 3', 'n = 3')
    >>> with_value("n = [1, 2, 3…", "[1, 2, 3, 4]", "field")
    'n = [1, 2, 3…'
    >>> with_value("int primes[] = { 2, 3, 5, 7 }", "{ 2, 3, 5, // and so on 7 }", "variable")
    'int primes[] = { 2, 3, 5, 7 }'
    """
    if kind == "macro":
        return f"{declared} {value}"
    shown = value.rstrip("…")
    if shown in declared:
        return declared
    if declared[-1:] == "…" and (at := declared.find(shown[:_SHORT])) >= 0 and shown.startswith(declared[at:-1]):
        return declared  # it was cut within the value
    if len(shown) > _SHORT and f" = {shown[:_SHORT]}" in declared:
        return declared  # the value has comments, which no declaration has
    return f"{declared} = {value}"
