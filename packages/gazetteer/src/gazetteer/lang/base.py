"""What all walkers share: the text of nodes, the list of symbols, comments before declarations.

A walker goes once over a parse tree, descends only where declarations can stand, and calls `Walk.add` for each. Offsets are those
of the original text, also where the text that was parsed had macros blanked: blanks have the length of what they replace.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from itertools import accumulate, dropwhile, takewhile
from typing import TYPE_CHECKING, Any

from ..model import Block, Document, Import, Note, Symbol
from .commented import clean_comment, indented
from .siblings import nodes_before

if TYPE_CHECKING:
    from tree_sitter import Node, Tree

    from ..cpp.expansion import Macro
    from ..cpp.parsed import Parsed

__all__ = [
    "DOCUMENTS",
    "MAX_CONDITIONS",
    "MAX_DOC",
    "MAX_NAME",
    "MAX_SIGNATURE",
    "MAX_VALUE",
    "Limit",
    "Walk",
    "announced",
    "blanked",
    "cut",
    "in_order_of_text",
    "last_line",
    "named",
    "one_line",
    "unwrapped",
]

#: Longer names are cut, and the page says so.
MAX_NAME = 1_000
MAX_SIGNATURE = 600
MAX_VALUE = 200
MAX_DOC = 8_000
#: So many conditions around a line are said, the inner ones: no one reads more, and to say them all at each line takes long.
MAX_CONDITIONS = 40

#: A byte that is in no encoding that is known.
_ESCAPE = re.compile(r"\\x[89a-f][0-9a-f]")
#: The last sentence of a paragraph, where it is not the only one, and ends with a colon.
_ANNOUNCING = re.compile(r"(?<!\be\.g\.)(?<!\bi\.e\.)(?<=[.!?])\s+[A-Z](?:(?!(?<!\be\.g)(?<!\bi\.e)[.!?]\s+[A-Z]).)*:\Z")
_SPACES = re.compile(r"\s+")
_LINE_END = re.compile(r"\r?\n")
#: Ends of lines that a string does not have, in languages in which it goes on with all that the next line has.
_CONTINUED, _CONTINUING = re.compile(r"(\\\\)|\\\r?\n"), frozenset(("python", "starlark"))
#: Parentheses and brackets of types with what may be left out inside of them, and strings, in which it may not.
_LOOSE = re.compile(
    r"""\( ?|,? ?\)|, ?>|(?<=template )< |(?<!operator)(?<=\w)< (?=[\w:'&*])|"(?>(?:[^"\\]++|\\.)*)"|'(?>(?:[^'\\]++|\\.)*)'"""
)

#: Nodes whose text is kept as it is, in the grammars of all languages.
_STRINGS = frozenset(
    ("string", "string_literal", "raw_string_literal", "interpreted_string_literal", "char_literal", "regex", "encapsed_string",
     "template_string", "verbatim_string_literal", "interpolated_string_expression", "multiline_string_literal")
)  # fmt: skip

#: What is no code before a comment: spaces, and the mark of UTF-8 that a file may begin with.
_NO_CODE = b" \t\r\f\v\xef\xbb\xbf"
#: So much of what is before a node is looked at to see whether that may be a comment.
_NEAR = 400
#: What comments up to the end of a line, or their last lines, have; and what ends a comment before something on its line.
_COMMENT_MARKS, _COMMENT_ENDS = (b"//", b"#", b"*/", b"--", b"=end", b"*)", b"-}"), (b"*/", b"-->", b"*)", b"-}")

#: A comment that is documentation wherever such may stand, and not of what is before it.
DOCUMENTS = re.compile(rb"/\*[*!](?![*/<])")


class Limit(Exception):  # noqa: N818 - it ends a walk, it is no error
    """The walk has found as many symbols as the limits allow."""


def is_readable(text: str) -> bool:
    r"""Whether a text says something to a reader: no more than a few of its letters are bytes that are shown as escapes.

    Examples
    --------
    >>> is_readable(r"The caf\xe9 of the town"), is_readable(r"\xfc\xd4\xcf\xd4 \xcd\xcf\xc4")
    (True, False)
    """
    return 8 * len(_ESCAPE.findall(text)) <= len(text)


def announced(text: str, follows: Iterable[str]) -> str:
    """A paragraph with what its last words announce; without those, where that is no list and something else is left.

    Examples
    --------
    >>> announced("It has two parts:", ["A shop", "a mill"])
    'It has two parts: A shop; a mill'
    >>> announced("Makes flour. Run it so:", [])
    'Makes flour.'
    """
    if not text.endswith(":"):
        return text
    items = "; ".join(follows)
    return f"{text} {items}" if items else _ANNOUNCING.sub("", text)


def one_line(text: str, most: int = MAX_SIGNATURE) -> str:
    r"""`text` with every run of white space as one space, cut after `most` characters with ``…``.

    Examples
    --------
    >>> one_line("int f(int a,\n      int b)")
    'int f(int a, int b)'
    """
    if "  " in text or not text.isprintable():  # the only space that is printable is the one that is wanted
        if len(text) > 8 * most and len(beginning := " ".join(text[: 8 * most].split())) > most:
            return cut(beginning, most)
        text = " ".join(text.split())
    text = text.strip(" ")
    return text if len(text) <= most else cut(text, most)


def cut(text: str, most: int) -> str:
    """`text`, ended by ``…`` after so many characters.

    Examples
    --------
    >>> cut("abcdef", 4), cut("abcd", 4)
    ('abc…', 'abcd')
    """
    return text if len(text) <= most else text[: most - 1] + "…"


def unwrapped(signature: str) -> str:
    r"""A signature on one line as if it had been written on one: without what its writer put in to break lines.

    That is a space inside of parentheses and behind a bracket of types, and a comma behind the last of what the outermost parentheses
    hold, or such brackets: there it means nothing in any language, and further in it may make a tuple.

    Examples
    --------
    >>> unwrapped("def f( a: int = (1, ), b=g( ')' ), ) -> str"), unwrapped("void f< A, >( A< B> a )")
    ("def f(a: int = (1, ), b=g(')')) -> str", 'void f<A>(A<B> a)')
    """
    pieces, at, depth = list[str](), 0, 0
    for match in _LOOSE.finditer(signature):
        found = match[0]
        if found[0] in "\"'":
            continue
        depth += (found[0] == "(") - (found[-1] == ")")
        if found[0] == "," and found[-1] == ")" and depth:
            continue
        pieces += [signature[at : match.start()], found.strip(" ,")]
        at = match.end()
    return "".join([*pieces, signature[at:]])


def blanked(text: bytes) -> bytes:
    r"""As many spaces, on as many lines: what repairs put in the place of what a grammar does not know.

    Examples
    --------
    >>> blanked(b"in\n out")
    b'  \n    '
    """
    return re.sub(rb"[^\n\r]", b" ", text)


class Walk:
    """One file that is being read.

    Attributes
    ----------
    original : bytes
        The file; of one with parts in another language, those parts, with blanks for all else.
    whole : bytes
        The file.
    tree : Tree or None
        The parse tree that was kept; None for walkers over text.
    read : bytes
        What was parsed: the file, with blanks of equal length in the place of what the grammar does not know.
    symbols, imports, notes
        What has been found.
    doc, doc_line, doc_end
        The documentation of the file itself.
    """

    #: Node types that are comments.
    comments: frozenset[str] = frozenset(("comment", "line_comment", "block_comment"))

    #: What a line has that is a comment, and what a comment before something on its line may end with.
    comment_marks: tuple[bytes, ...] = _COMMENT_MARKS
    comment_ends: tuple[bytes, ...] = _COMMENT_ENDS
    #: What gives the words of a comment.
    clean: Callable[[str], str] = staticmethod(clean_comment)
    #: Beginnings of comments that are words to a tool, and document nothing: set by walkers whose language has such.
    directives: re.Pattern[str] | None = None
    #: Whether a block comment is one with the comments right above it; else it is a whole.
    joined_comments: bool = False
    #: Whether documentation may stand on the line of what it is of.
    inline_comments: bool = False

    def __init__(
        self, original: bytes, tree: Tree | None, *, read: bytes | None = None, language: str = "", most_symbols: int = 50_000
    ) -> None:
        self.original, self.tree, self.language = original, tree, language
        self.whole = original
        self.read = original if read is None else read
        #: Where lines but the first begin.
        self._lines = list[int]()
        #: The text where every character is one byte, so that offsets are the same.
        self._plain = original.decode("ascii") if original.isascii() else None
        self.most_symbols = most_symbols
        self.symbols: list[Symbol] = []
        self.imports: list[Import] = []
        self.notes: list[Note] = []
        self.keys: list[tuple[str, int]] = []
        self.values: list[tuple[str, str, int]] = []
        self.document: Document | None = None
        #: Of C and its kin: what was blanked before parsing.
        self.parsed: Parsed | None = None
        #: Of C and its kin: macros of the tree that declare something, by name.
        self.macros: dict[str, Macro] = {}
        #: Of the same: those that are attributes.
        self.attributes: tuple[str, ...] = ()
        self.doc, self.doc_line, self.doc_end = "", 0, 0
        #: SPDX identifier, where the text is a licence.
        self.license, self.license_line = "", 0
        #: Line of what says that the file is run as a script, else 0.
        self.script_line = 0

    def text(self, node: Node | None) -> str:
        """The text of a node as it stands in the file; an empty text for None. What is no UTF-8 shows as escapes."""
        if node is None:
            return ""
        if self._plain is not None:
            return self._plain[node.start_byte : node.end_byte]
        return self.slice(node.start_byte, node.end_byte)

    def as_read(self, node: Node) -> str:
        """The text of a node as it was parsed: a word of the language, where a macro may stand for it in the file."""
        return self.read[node.start_byte : node.end_byte].decode("utf-8", "backslashreplace")

    def line_of(self, offset: int) -> int:
        """The line on which an offset is: what nodes say too, but for a tenth of the time."""
        return bisect_right(self._lines or self.lines(), offset) + 1

    def lines(self) -> list[int]:
        """Where lines begin but for the first, and where one behind the last would."""
        if not self._lines:
            self._lines = list(accumulate(map((1).__add__, map(len, self.read.split(b"\n")))))
        return self._lines

    def slice(self, start: int, end: int) -> str:
        """The text between two offsets."""
        if self._plain is not None:
            return self._plain[start:end]
        return self.original[start:end].decode("utf-8", "backslashreplace")

    def name(self, node: Node) -> str:
        """A name as it is written; one over several lines, as specialisations of C++ have, as if it had been written on one."""
        if node.start_point.row == node.end_point.row:
            return one_line(self.text(node))
        return unwrapped(self.code(node))

    def code(self, node: Node | None, end: int = 0, most: int = MAX_SIGNATURE, *, start: int = 0) -> str:
        """The text of a node on one line, without comments; strings keep their spaces. An empty text for None.

        Offsets `start` and `end`, where they are given, say where it begins and ends instead.
        """
        if node is None:
            return ""
        start, end = start or node.start_byte, end or node.end_byte
        long = end - start > 16 * most  # of what is so long, the beginning is enough
        end = min(end, start + 16 * most)
        text = self.slice(start, end).strip()
        if text.isprintable() and "  " not in text and "/*" not in text:  # nothing to do for most
            return cut(text, most)
        shown, at, stack = "", start, [node]
        while stack and len(shown) <= most:
            inner = stack.pop()
            if inner.start_byte >= end or inner.end_byte <= at:
                continue
            comment = inner.type in self.comments
            string = self._string(inner) if inner.type in _STRINGS else ""
            if comment or string:
                shown = self._with_code(shown, at, inner.start_byte)
                if not comment:
                    shown += string
                elif not shown.endswith(" "):
                    shown += " "
                at = inner.end_byte
            elif inner.named_child_count:
                stack += reversed(inner.named_children)
        return cut(self._with_code(shown, at, max(end, at)).strip() + "…" * long, most)

    def _string(self, node: Node) -> str:
        r"""A string as it is written, if that is one line, or can be: of Python, with ``\n`` for line ends; an empty text otherwise.

        In raw strings that would be two characters: there a space stands for what breaks lines.
        """
        text = self.slice(node.start_byte, node.end_byte)
        if node.start_point.row == node.end_point.row:
            return text
        if self.language in _CONTINUING:
            if text.lstrip("bBuUfF")[:1] in ("r", "R"):
                return _SPACES.sub(" ", text)
            text = _LINE_END.sub(r"\\n", _CONTINUED.sub(r"\1", text))
        return text if "\n" not in text else ""

    def _with_code(self, before: str, start: int, end: int) -> str:
        """A text with the code between two offsets behind it, with single spaces in that, and to that."""
        text = self.slice(start, end)
        if "\\" in text and self.language in _CONTINUING:  # not in strings: these are between what is given here
            text = _CONTINUED.sub(" ", text)
        text = _SPACES.sub(" ", text)
        return before + (text.lstrip() if before.endswith(" ") else text)

    @property
    def decoded(self) -> str:
        """The whole text."""
        return self.original.decode("utf-8", "backslashreplace")

    @cached_property
    def breaks(self) -> list[int]:
        """Where lines of the decoded text end, for walkers that have no nodes."""
        return [match.start() for match in re.finditer("\n", self.decoded)]

    def line_at(self, offset: int) -> int:
        """The line on which an offset of the decoded text is; `line_of` has those of bytes."""
        return bisect_left(self.breaks, offset) + 1

    def add(self, kind: str, name: str, node: Node | Block, parent: int = -1, at: Node | None = None, **facts: Any) -> int:
        """Note a symbol at the lines of `node`, whose name stands at `at`; gives its index, which its members have as `parent`."""
        if len(self.symbols) >= self.most_symbols:
            raise Limit
        if isinstance(node, Block):
            first, end = node.line, node.end_line
        else:
            lines = self._lines or self.lines()
            first = bisect_right(lines, node.start_byte) + 1
            end = max(bisect_right(lines, node.end_byte - 1) + 1, first)
        line = self.line_of(at.start_byte) if at is not None else first
        if len(name) > MAX_NAME:
            self.notes.append(Note("long-name", f"a name of {len(name):,} characters is cut after {MAX_NAME:,}", line))
            name = name[:MAX_NAME]
        first_line, end_line = facts.pop("first_line", None), facts.pop("end_line", None)
        if first_line is None:
            first_line = first if first < line else 0
        self.symbols.append(Symbol(kind, name, line, end if end_line is None else end_line, parent, first_line, **facts))
        return len(self.symbols) - 1

    def note(self, symbol: Symbol) -> int:
        """Note a symbol that is whole, whose name is not too long; gives its index."""
        if len(self.symbols) >= self.most_symbols:
            raise Limit
        self.symbols.append(symbol)
        return len(self.symbols) - 1

    def doc_before(self, node: Node, marks: tuple[str, ...] = ()) -> dict[str, Any]:
        """The comment that ends on the line before `node`, as facts for `add`; with `marks`, only one that begins with any."""
        if not self.may_follow_comment(node.start_byte):
            return {}
        comments = list(takewhile(lambda c: c.type in self.comments, nodes_before(node)))[::-1]
        beside = self.beside(comments, node) if self.inline_comments else []
        return self.doc_of(beside or self.adjacent(comments, node), marks)

    def beside(self, comments: list[Node], node: Node) -> list[Node]:
        """The last of the comments before `node`, if it is on its line and documentation: ``/** A. */ int a;``."""
        near = comments and comments[-1].end_point.row == node.start_point.row
        return comments[-1:] if near and DOCUMENTS.match(self.original, comments[-1].start_byte) is not None else []

    def may_follow_comment(self, offset: int) -> bool:
        """Whether what stands before an offset can be the end of a comment.

        Nodes know nothing of what is before them: the parser's library looks for that from the root, which takes long in a deep tree.
        """
        near = self.original[max(offset - _NEAR, 0) : offset]
        text = near.rstrip()
        line = text.rpartition(b"\n")[2]
        if len(line) == len(text) and offset > _NEAR:  # its line begins further up, or there is nothing near at all
            if text and not near[len(text) :].strip(b" \t"):
                return text.endswith(self.comment_ends)
            return True
        if near[len(text) :].strip(b" \t"):  # ends of lines
            return any(mark in line for mark in self.comment_marks) or line.endswith(self.comment_ends)
        return text.endswith(self.comment_ends)

    def adjacent(self, comments: list[Node], node: Node, row: int = -1) -> list[Node]:
        """Those of the comments before `node`, or before a `row`, that lie right above it or each other, and not behind code."""
        row, first = row if row >= 0 else node.start_point.row, len(comments)
        for comment in reversed(comments):
            end = comment.end_point.row
            if end < row - 1 or end == row or self.trails(comment):
                break
            row, first = comment.start_point.row, first - 1
        return comments[first:]

    def doc_of(self, comments: list[Node], marks: tuple[str, ...] = ()) -> dict[str, Any]:
        """Comments in the order of the text, as facts for `add`."""
        if marks:
            comments = list(dropwhile(lambda c: not self.text(c).startswith(marks), comments))
        if self.directives is not None:
            comments = [c for c in comments if not self.directives.match(self.text(c))]
            while comments and self.text(comments[-1]).strip() == "//":  # what parts the words from directives
                comments.pop()
        if comments and not comments[0].start_point.row and self.text(comments[0]).startswith("#!"):  # what runs the file
            comments = comments[1:]
        if not comments:
            return {}
        if len(comments) > 1 and not self.joined_comments and self.text(comments[-1]).startswith("/*"):
            comments = comments[-1:]
        texts = [self.text(c).rstrip() for c in comments]
        said = [self.clean(text) for text in texts]
        text = cut("\n".join(indented(said, texts) if len(texts) > 1 else said).strip("\n"), MAX_DOC)
        if not text:
            return {}
        return {"doc": text, "doc_line": comments[0].start_point.row + 1, "doc_end": last_line(comments[-1])}

    def doc_behind(self, node: Node) -> dict[str, Any]:
        """The comment behind `node` on its one line, as facts for `add`."""
        end = self.original.find(b"\n", node.end_byte)
        if self.original.find(b"/", node.end_byte, end if end >= 0 else len(self.original)) < 0:
            return {}  # nodes know nothing of what is around them: to ask takes long
        row, after = node.start_point.row, node.next_sibling
        while after is not None and not after.is_named:  # signs behind it
            after = after.next_sibling
        if after is None or after.type not in self.comments or (row, row) != (node.end_point.row, after.start_point.row):
            return {}
        return self.doc_of([after])

    def trails(self, comment: Node) -> bool:
        """Whether there is code before `comment` on its line."""
        start = self.original.rfind(b"\n", 0, comment.start_byte) + 1
        return bool(self.original[start : comment.start_byte].strip(_NO_CODE))


def last_line(node: Node) -> int:
    """The last line of a node; one that ends at the start of a line ends on the line before."""
    end = node.end_point
    return max(end.row + (1 if end.column else 0), node.start_point.row + 1)


def named(nodes: Iterable[Node], *types: str) -> Iterator[Node]:
    """Those of `nodes` that have one of the types."""
    for node in nodes:
        if node.type in types:
            yield node


def in_order_of_text(walk: Walk) -> None:
    """Put the symbols in the order in which they begin, so that parents come first; walkers may read scope after scope."""
    symbols = walk.symbols
    keys = [(s.first_line or s.line, -s.end_line) for s in symbols]
    order = sorted(range(len(symbols)), key=keys.__getitem__)  # which leaves in their order those that are equal
    place = [0] * len(order) + [-1]  # that of -1 is the last one's
    for new, old in enumerate(order):
        place[old] = new
    walk.symbols = [symbols[i] for i in order]
    for symbol in symbols:
        symbol.parent = place[symbol.parent]
    walk.imports.sort(key=lambda i: i.line)
