"""The statements of SQL, of any dialect: their tokens, and where each ends.

A statement ends with ``;``, and in clients with a line of their own: ``GO``, ``/``, what ``DELIMITER`` says. The body of a routine that
is no text goes to the ``END`` of its ``BEGIN``. Data and statements that declare nothing are passed over as wholes, since dumps are long.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..base import Walk
from ..tokens import Token, TokenReader

__all__ = ["Statements", "unquoted"]

_COMMENT = r"(?P<comment>--[^\n]*+|/\*(?!!).*?(?:\*/|\Z)|^[ \t]*+\#[^\n]*+)"
_DOLLARS = r"(?P<dollars>\$(?P<tag>[A-Za-z_]\w*+)?\$.*?\$(?(tag)(?P=tag))\$)"
_STANDARD = r"(?P<string>[EeNnBbXxUu]?&?'(?:(?<=[Ee]')(?>(?:[^'\\]++|\\.|'')*)|(?>(?:[^']++|'')*))(?:'|\Z))"
#: MySQL's, in which a backslash says that what follows it is no end.
_ESCAPED = r"(?P<string>[NnBbXx]?'(?>(?:[^'\\]++|\\.|'')*)(?:'|\Z))"
_NAMES = r"(?P<name>\"(?>(?:[^\"]++|\"\")*)(?:\"|\Z)|`(?>(?:[^`]++|``)*)(?:`|\Z)|(?<![\w\])])\[[^\W\d][^\]\n]*+\])"
_CLIENT = r"(?P<client>^[ \t]*+(?:(?:GO(?:[ \t]+\d+)?|/|DELIMITER[ \t][^\n]*+)[ \t]*+\r?$|(?:[\\.:][A-Za-z]|@@?(?=[\w./]))[^\n]*+))"
#: Most of what there is: a word in letters that is no line for the client, nor stands before a text.
_PLAIN = r"(?P<plain>(?!(?:GO|DELIMITER)\b)[A-Za-z_][\w$#@]*+(?!&?'))"
_WORD, _SIGN = r"(?P<word>[@#]{0,2}[^\W\d][\w$#@]*+|\d[\w.]*+)", r"(?P<sign>\S)"
#: With what a statement may end.
_ENDING = r"(?P<sign>[;/$|])"
_FLAGS = re.MULTILINE | re.DOTALL | re.IGNORECASE


def _pattern(*parts: str) -> re.Pattern[str]:
    first = parts[0].startswith("(?P<plain>")
    return re.compile("|".join((*parts[:first], _COMMENT, _CLIENT, *parts[first:])), _FLAGS)


#: What finds tokens, and what finds those of statements that nothing is read of: of MySQL, which has no texts between dollars, or not.
_TOKENS = {
    True: (_pattern(_PLAIN.replace("$", ""), _ESCAPED, _NAMES, _WORD.replace("$", ""), _SIGN), _pattern(_ESCAPED, _NAMES, _ENDING)),
    False: (_pattern(_PLAIN, _DOLLARS, _STANDARD, _NAMES, _WORD, _SIGN), _pattern(_DOLLARS, _STANDARD, _NAMES, _ENDING)),
}
_MYSQL = re.compile(r"`\w+`|\bENGINE\s*=|\bAUTO_INCREMENT\b|^DELIMITER\b", re.IGNORECASE | re.MULTILINE)
_BATCHES = re.compile(r"^[ \t]*(?:GO|/)[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)
#: What a line for the client begins with within a statement: a variable, or a sign.
_WITHIN = re.compile(r"[ \t]*+(@\w+|[@.:\\])")
#: Words with which a statement begins that something is read of.
_READ = frozenset(("CREATE", "ALTER", "COMMENT", "SOURCE", "COPY"))
#: What has a body with statements, and words that begin and end a block in such.
_ROUTINES = frozenset(("FUNCTION", "PROCEDURE", "PROC", "TRIGGER", "PACKAGE", "EVENT"))
_NOT_ENDS = frozenset(("IF", "LOOP", "WHILE", "REPEAT", "FOR"))
#: Among so many tokens it says what a statement creates.
_HEAD = 12
#: So many tokens of a statement are kept: a table has a thousand columns at most.
_MOST = 40_000


def unquoted(name: str) -> str:
    """A name without what is around it.

    Examples
    --------
    >>> unquoted('"a""b"'), unquoted("`a`"), unquoted("[a b]"), unquoted("a")
    ('a"b', 'a', 'a b', 'a')
    """
    if name[:1] in ('"', "`") and len(name) > 1:
        return name[1:-1].replace(name[0] * 2, name[0])
    return name[1:-1] if name.startswith("[") else name


class Statements(TokenReader):
    """Reads a file of SQL into statements."""

    behind_statement = re.compile(r"[ \t]*+[,)]*+;?[ \t]*+(--[^\n]*)")

    def __init__(self, walk: Walk) -> None:
        super().__init__(walk)
        self.tokens, self.endings = _TOKENS[_MYSQL.search(self.source) is not None]
        #: Whether the statement that is read may have others in it.
        self.is_routine = False
        self.has_batches = _BATCHES.search(self.source) is not None

    def statements(self) -> Iterator[list[Token]]:
        """Statements that declare something, and lines for the client, each without what ends it."""
        found, depth, delimiter, at = list[Token](), 0, ";", 0
        while (match := self.tokens.search(self.source, at)) is not None:
            at = match.end()
            sort, text = match.lastgroup, match[0]
            if sort == "comment":
                self.comment(match)
                continue
            if sort == "client" and found and (inner := _WITHIN.match(text)) is not None:  # it is no line for the client there
                at = match.start() + inner.end()
                found.append(Token(inner[1], at - len(inner[1]), at, is_word=len(inner[1]) > 1))
                continue
            if sort == "client":
                if found:
                    yield found
                found, depth, self.is_routine = [], 0, False
                delimiter = text.split()[1] if text.lstrip()[:9].upper() == "DELIMITER" else delimiter
                yield [Token(text.strip(), match.start() + len(text) - len(text.lstrip()), at, is_word=False)]
                continue
            is_word = sort in ("word", "plain")
            if is_word and self.is_routine:
                depth = _depth(found, text.upper(), depth)
            if not is_word and self._is_end(match, delimiter, depth):
                at = max(at, match.start() + len(delimiter))
                if found:
                    if found[0].text.upper() == "COPY" and found[-1].text.upper() == "STDIN":
                        at = self._behind_data(at)
                    yield found
                found, depth, self.is_routine = [], 0, False
            elif found or (is_word and text.upper() in _READ):
                if len(found) < _MOST:
                    found.append(Token(text, match.start(), at, is_word=is_word or sort == "name"))
                if is_word and 1 < len(found) < _HEAD and text.upper() in _ROUTINES:
                    self.is_routine = True
            elif sort != "sign":
                at = self._behind(at, delimiter)
        if found:
            yield found

    def _is_end(self, match: re.Match[str], delimiter: str, depth: int) -> bool:
        if not self.source.startswith(delimiter, match.start()) or match.lastgroup not in ("sign", "dollars"):
            return False
        return delimiter != ";" or (depth <= 0 and not (self.has_batches and self.is_routine))

    def _behind(self, at: int, delimiter: str) -> int:
        """Where a statement ends that nothing is read of."""
        while (match := self.endings.search(self.source, at)) is not None:
            if match.lastgroup == "client":
                return match.start()
            if match.lastgroup == "comment":
                self.comment(match)
            elif match[0] == ";" or (match.lastgroup in ("sign", "dollars") and self.source.startswith(delimiter, match.start())):
                return match.end()
            at = match.end()
        return len(self.source)

    def _behind_data(self, at: int) -> int:
        """Where the lines of data end that follow ``COPY … FROM stdin``."""
        end = self.source.find("\n\\.", at)
        return end + 3 if end >= 0 else len(self.source)


def _depth(found: list[Token], word: str, depth: int) -> int:
    """How deep in blocks the statement is behind a word."""
    before = found[-1].text.upper()
    if before == "BEGIN" and word in ("TRAN", "TRANSACTION"):
        return depth - 1
    if word == "BEGIN" or (word == "CASE" and before != "END"):
        return depth + 1
    if before == "END" and word in _NOT_ENDS:  # of what has no word that is counted
        return depth + 1
    return depth - (word == "END")
