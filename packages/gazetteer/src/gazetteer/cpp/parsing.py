"""The parse of a C, C++ or CUDA file with the fewest errors."""

from __future__ import annotations

from collections.abc import Iterator

from ..model import Quality
from ..parses import ExtractOptions, parse, quality_of
from .blanking import (
    Call,
    blank_attributes,
    blank_calls,
    blank_comments_in_directives,
    blank_defaults,
    blank_marks,
    blank_unknown,
    blank_unreadable,
    directives,
)
from .conditionals import chosen, split_conditionals
from .modules import ModuleLine, blank_modules
from .parsed import Parsed, Pass
from .suspects import blank_suspects

__all__ = ["parse_c_family"]

#: So many branches of one condition are read, each by a parse of its own.
_MOST_PASSES = 4


def parse_c_family(content: bytes, language: str, options: ExtractOptions) -> Parsed | None:
    """The parse with the fewest errors; None if it takes too long."""
    text = bytearray(content)
    modules: list[ModuleLine] = blank_modules(text) if language == "cpp" else []
    parsed = _best(text, language, options)
    if parsed is not None:
        parsed.modules = modules
        parsed.macros = {m.name: m for m in options.declaring_macros}
    return parsed


def _best(text: bytearray, language: str, options: ExtractOptions) -> Parsed | None:
    marks = blank_marks(text)
    blank_comments_in_directives(text)
    inside = directives(bytes(text))
    blanked = blank_attributes(text, inside, options.attribute_macros, options.wrapper_macros)
    blanked += blank_unknown(text, inside)
    blank_unreadable(text, language)
    repairs = ["template marks"] if marks else []
    if blanked:
        repairs.append("macros")
    if b"{" in text:
        blank_defaults(text)
    calls = blank_calls(text, inside, options.call_macros, {m.name for m in options.declaring_macros})
    if calls:
        repairs.append("macro calls")
    read = bytes(text)
    tree = parse(read, language, options.parse_seconds)
    if tree is None:
        return None
    best = Parsed(tree, quality_of(tree, language, repairs, blanked), calls, read)
    if not tree.root_node.has_error:
        return best
    guess = bytearray(text)
    more = blank_suspects(guess, inside)
    guessed = bytes(guess)
    if guessed != read and (tree := parse(guessed, language, options.parse_seconds)) is not None:
        said = [*repairs, "probable macros"]
        every = sorted([*calls, *more], key=lambda call: call.start)
        other = Parsed(tree, quality_of(tree, language, said, blanked), every, guessed)
        if _badness(other.quality) < _badness(best.quality):
            best, read, repairs, calls = other, guessed, said, every
    for other in _attempts(read, language, options, repairs, blanked, calls):
        if _badness(other.quality) < _badness(best.quality):
            best = other
        if not _badness(best.quality):
            break
    return best


def _badness(quality: Quality) -> int:
    return quality.error_bytes + quality.missing


def _attempts(text: bytes, language: str, options: ExtractOptions, repairs: list[str], blanked: int, calls: list[Call]) -> Iterator[Parsed]:
    """Other readings of a text with errors."""
    if b"#" in text:
        conditionals = split_conditionals(text)
        passes = list[Pass]()
        for number in range(min(max((len(c.branches) for c in conditionals), default=0), _MOST_PASSES)):
            chosen_text = bytearray(text)
            branches = chosen(chosen_text, conditionals, number)
            reading = bytes(chosen_text)
            tree = parse(reading, language, options.parse_seconds)
            if tree is not None:
                passes.append(Pass(tree, branches, reading))
        if passes:
            first = passes[0]
            found = Parsed(first.tree, quality_of(first.tree, language, [*repairs, "branches"], blanked), calls, first.text)
            found.branches, found.others = first.branches, passes[1:]
            yield found
    if language == "c":
        tree = parse(text, "cpp", options.parse_seconds)
        if tree is not None:
            yield Parsed(tree, quality_of(tree, "cpp", [*repairs, "as c++"], blanked), calls, text)
