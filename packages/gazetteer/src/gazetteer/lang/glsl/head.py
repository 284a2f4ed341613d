"""What a statement of GLSL or HLSL begins with: attributes, qualifiers, a type, a name, and what is behind that."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..tokens import Token
from .statements import is_macro

__all__ = ["STORED", "Head", "named", "parts", "sizes", "value", "within"]

#: Words that say where a variable comes from or goes to.
STORED = frozenset(("uniform", "buffer", "in", "out", "attribute", "varying"))
#: Words before a type that say how it is stored, passed, interpolated, or what else may be done with it.
_QUALIFIERS = STORED | frozenset((
    "const", "static", "extern", "inline", "inout", "shared", "groupshared", "globallycoherent", "coherent", "volatile", "restrict",
    "readonly", "writeonly",
    "flat", "smooth", "noperspective", "nointerpolation", "linear", "centroid", "sample", "patch", "invariant", "precise",
    "highp", "mediump", "lowp", "row_major", "column_major", "unorm", "snorm", "export", "subroutine", "nonuniformEXT", "pervertexEXT",
    "pervertexNV", "perprimitiveEXT", "perprimitiveNV", "taskPayloadSharedEXT", "rayPayloadEXT", "rayPayloadInEXT", "hitAttributeEXT",
    "callableDataEXT", "callableDataInEXT", "shaderRecordEXT", "point", "line", "triangle", "lineadj", "triangleadj",
))  # fmt: skip
#: With what a statement begins that declares nothing.
_OTHERS = frozenset((
    "precision", "return", "if", "else", "for", "while", "do", "switch", "case", "default", "discard", "break", "continue", "using", "pass",
    "ignoreIntersectionEXT", "terminateRayEXT", "compile",
))  # fmt: skip
_CLOSING = {"(": ")", "[": "]", "<": ">"}
#: So many tokens the arguments of a type have at most.
_ARGUMENTS = 60


class Head:
    """The parts of a head.

    Parameters
    ----------
    tokens : sequence of Token
        All of it.
    """

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.tokens = tokens
        self.attributes = list[Sequence[Token]]()
        self.type_parameters: Sequence[Token] = ()
        #: Where attributes end, and where qualifiers do.
        self.start = at = self._behind_attributes()
        if tokens[at : at + 1] and tokens[at].text == "template" and (end := _closing(tokens, at + 1)):
            self.type_parameters, at = tokens[at + 1 : end], end
        self.rest = tokens[self._behind_qualifiers(at) :]
        self.qualifiers = tokens[at : len(tokens) - len(self.rest)]
        self.words = {token.text for token in self.qualifiers}
        self.modifiers = tuple(sorted(self.words & _QUALIFIERS))
        place = self._place_of_name()
        #: The type; the name, where there is a type before it; all that follows.
        self.of = self.rest[:place]
        self.name = self.rest[place] if self.of else None
        self.behind = self.rest[place + 1 :] if self.of else ()

    def _behind_attributes(self) -> int:
        """Note what stands in brackets before all else; gives where it ends."""
        at = 0
        while self.tokens[at : at + 1] and self.tokens[at].text == "[" and (end := _closing(self.tokens, at)):
            self.attributes.append(self.tokens[at:end])
            at = end
        return at

    def _behind_qualifiers(self, at: int) -> int:
        """Where qualifiers end: those of the language, ``layout(…)`` and other calls of macros, and words that are macros by their look."""
        tokens, most = self.tokens, len(self.tokens)
        while at < most and tokens[at].is_word and tokens[at].text not in _OTHERS:
            following = tokens[at + 1].text if at + 1 < most else ""
            if tokens[at].text in _QUALIFIERS and following != "(":
                at += 1
            elif following == "(" and (end := _closing(tokens, at + 1)) and end < most and tokens[end].is_word:
                at = end
            elif is_macro(tokens[at].text) and all(token.is_word for token in tokens[at + 1 : at + 3]) and at + 2 < most:
                at += 1
            else:
                break
        return at

    def _place_of_name(self) -> int:
        """Where in the rest the name stands, which is the last word of those that it begins with; 0 without a type before it."""
        rest, last, at = self.rest, 0, 0
        if rest and rest[0].text in _OTHERS:
            return 0
        while at < len(rest) and rest[at].is_word and (rest[at].text[0] != "{" or at == 1):
            last, at = at, at + 1
            if at < len(rest) and rest[at].text in ("[", "<"):
                end = _closing(rest, at)
                if not end or end >= len(rest) or not rest[end].is_word:  # sizes of what is named, or no arguments
                    break
                at = end
        return last if named(rest[last : last + 1]) else 0


def named(tokens: Sequence[Token]) -> bool:
    """Whether tokens begin with what can be a name; one of another scope has that before it."""
    return bool(tokens) and tokens[0].is_word and tokens[0].text.replace("::", "").isidentifier()


def _closing(tokens: Sequence[Token], at: int) -> int:
    """Where what the token at a place opens has ended; 0 if it does not, or opens nothing."""
    opening = tokens[at].text if at < len(tokens) else ""
    closing, depth = _CLOSING.get(opening, ""), 0
    most = at + _ARGUMENTS if opening == "<" else len(tokens)
    for place in range(at, min(most, len(tokens)) if closing else 0):
        text = tokens[place].text
        depth += (text == opening) - (text == closing)
        if not depth:
            return place + 1
        if opening == "<" and not tokens[place].is_word and text not in "<>,[]" and not text[0].isdigit():
            return 0
    return 0


def parts(tokens: Sequence[Token], opening: str = "([") -> Iterator[Sequence[Token]]:
    """What commas part, but for those in parentheses and the like."""
    start = depth = 0
    for place, token in enumerate(tokens):
        depth += (token.text in opening) - (token.text in tuple(_CLOSING[sign] for sign in opening))
        if token.text == "," and not depth:
            yield tokens[start:place]
            start = place + 1
    if start < len(tokens):
        yield tokens[start:]


def within(tokens: Sequence[Token]) -> tuple[Sequence[Token], Sequence[Token]]:
    """What stands in the parentheses that tokens begin with, and behind them."""
    end = _closing(tokens, 0)
    return (tokens[1 : end - 1], tokens[end:]) if end else (tokens[1:], ())


def sizes(tokens: Sequence[Token]) -> Sequence[Token]:
    """The sizes of an array, with which tokens begin."""
    end = 0
    while end < len(tokens) and tokens[end].text == "[" and (closed := _closing(tokens, end)):
        end = closed
    return tokens[:end]


def value(tokens: Sequence[Token]) -> Sequence[Token]:
    """What follows ``=``; nothing where annotations come before it."""
    depth = 0
    for place, token in enumerate(tokens):
        depth += (token.text in "([") - (token.text in ")]")
        if depth <= 0 and token.text in ("=", "<"):
            return tokens[place + 1 :] if token.text == "=" else ()
    return ()
