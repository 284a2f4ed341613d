"""The parse of a C, C++ or CUDA file with the fewest errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, structs

from ..model import Quality
from ..parses import ExtractOptions, edited, parse, quality_of
from .blanking import (
    Call,
    blank_attributes,
    blank_calls,
    blank_defaults,
    blank_marks,
    directives,
    inside,
    starts,
)
from .bodies import blank_bodies, fill_bodies
from .conditionals import blank_dead, blank_endless, chosen, split_conditionals
from .enumerations import Within, blank_directives, blank_members, enumerations, restore_members, write_less
from .expansion import blank_around_declared
from .modules import ModuleLine, blank_modules
from .parsed import Parsed, Pass
from .standing import write_types, write_words
from .suspects import blank_suspects
from .unknown import blank_unknown
from .unreadable import blank_empty_conditions, blank_old, blank_unreadable, write_arguments, write_brackets, write_directives, write_texts

if TYPE_CHECKING:
    from tree_sitter import Tree

__all__ = ["Prepared", "parse_c_family", "prepare_c_family"]

#: So many branches of one condition are read, each by a parse of its own.
_MOST_PASSES = 4
#: Words of CUDA that stand in headers of C++, for most programs that use them have them beside all others. The grammar of C++ knows none.
_OF_CUDA = (b"__device__", b"__global__", b"__host__")


class Prepared(Struct):
    """A text as it is parsed first, and what was blanked for that."""

    text: bytes
    directives: list[tuple[int, int]]
    calls: list[Call]
    modules: list[ModuleLine]
    repairs: list[str]
    blanked: int
    #: Marks of code templates.
    marks: int
    within: Within
    #: Whether words of CUDA stand in a header of C++, which is read with the grammar of that.
    of_cuda: bool


def prepare_c_family(content: bytes, language: str, options: ExtractOptions) -> Prepared:
    """Blank what the grammar does not know."""
    text = bytearray(content)
    blank_endless(text)
    modules: list[ModuleLine] = blank_modules(text) if language == "cpp" else []
    marks = blank_marks(text)
    skipped = directives(bytes(text))
    write_directives(text, skipped)
    blanked = write_words(text, skipped, options.word_macros) if options.word_macros else 0
    blanked += blank_attributes(text, skipped, options.attribute_macros, options.wrapper_macros, options.plain_macros)
    blanked += write_types(text, skipped, options.type_macros) if options.type_macros else 0
    blanked += blank_unknown(text, skipped) + blank_around_declared(text, skipped, options.declaring_macros)
    blank_unreadable(text)
    repairs = ["template marks"] if marks else []
    if blanked:
        repairs.append("macros")
    if b"{" in text:
        blank_defaults(text)
        fill_bodies(text)
    within_braces = enumerations(bytes(text)) if b"enum" in text else []
    if blanked:
        restore_members(text, content, within_braces)
    write_less(text, within_braces)
    calls = blank_members(text, within_braces, dict(options.member_macros))
    declaring = {m.name for m in options.declaring_macros if m.name.isupper() or m.name.islower()}
    calls += blank_calls(text, skipped, options.call_macros, declaring, within_braces)
    calls.sort(key=lambda call: call.start)
    if calls:
        repairs.append("macro calls")
    if language == "c":
        blank_old(text)
    within = blank_directives(text)  # last: calls of macros begin behind directives
    of_cuda = language == "cpp" and _is_of_cuda(content, skipped)
    return Prepared(bytes(text), skipped, calls, modules, repairs, blanked, marks, within, of_cuda)


def parse_c_family(prepared: Prepared, language: str, options: ExtractOptions) -> Parsed | None:
    """The parse with the fewest errors; None if it takes too long."""
    grammar = "cuda" if prepared.of_cuda else language
    parsed = _best(prepared, grammar, options)
    if parsed is None:
        return None
    dead = bytearray(prepared.text)
    if parsed.quality.errors and blank_dead(dead, parsed.quality.errors):
        other = _best(structs.replace(prepared, text=bytes(dead), repairs=[*prepared.repairs, "what #if 0 leaves out"]), grammar, options)
        parsed = other if other is not None and _badness(other.quality) < _badness(parsed.quality) else parsed
    parsed.within = prepared.within
    parsed.modules = prepared.modules
    return parsed


def _is_of_cuda(content: bytes, skipped: list[tuple[int, int]]) -> bool:
    """Whether words of CUDA stand outside of directives."""
    return any(not inside(at, skipped) for word in _OF_CUDA for at in starts(content, word))


def _best(prepared: Prepared, language: str, options: ExtractOptions) -> Parsed | None:
    read, repairs, calls, blanked = prepared.text, prepared.repairs, prepared.calls, prepared.blanked
    tree = parse(read, language, options.parse_seconds)
    if tree is None:
        return None
    best = Parsed(tree, quality_of(tree, language, repairs, blanked), calls, read)
    if not best.quality.errors:
        return best
    shorter = bytearray(read)
    has_bodies = blank_bodies(shorter)
    fill_bodies(shorter)
    is_other = write_texts(shorter) | blank_empty_conditions(shorter) | write_brackets(shorter) | has_bodies
    is_other |= language == "cuda" and write_arguments(shorter)
    if is_other and (tree := _again(bytes(shorter), best, options.parse_seconds)) is not None:
        said = [*repairs, "bodies"] if has_bodies else repairs
        other = Parsed(tree, quality_of(tree, language, said, blanked), calls, bytes(shorter))
        if _badness(other.quality) <= _badness(best.quality):
            best, repairs, read = other, said, bytes(shorter)
        if not best.quality.errors:
            return best
    simpler = bytearray(read)
    if language == "cpp" and write_arguments(simpler) and (tree := _again(bytes(simpler), best, options.parse_seconds)) is not None:
        other = Parsed(tree, quality_of(tree, language, repairs, blanked), calls, bytes(simpler))
        if _badness(other.quality) < _badness(best.quality):
            best, read = other, bytes(simpler)
        if not best.quality.errors:
            return best
    guess, second = bytearray(read), None
    more = blank_suspects(guess, prepared.directives)
    if declaring := {m.name for m in options.declaring_macros if not m.name.isupper() and not m.name.islower()}:  # others were before
        more += blank_calls(guess, prepared.directives, (), declaring)
    guessed = bytes(guess)
    if guessed != read and (tree := _again(guessed, best, options.parse_seconds)) is not None:
        said = [*repairs, "probable macros"]
        every = sorted([*calls, *more], key=lambda call: call.start)
        other = Parsed(tree, quality_of(tree, language, said, blanked), every, guessed)
        if _badness(other.quality) < _badness(best.quality):
            best, repairs, calls = other, said, every
        else:
            second = other
    whole = best
    if b"#" in read and _badness(best.quality):
        best = _of_branches(whole, language, options, repairs, blanked)
        if second is not None and _badness(best.quality):  # both together may be what it takes
            both = _of_branches(second, language, options, list(second.quality.repairs), blanked)
            best = min(best, both, key=lambda parsed: _badness(parsed.quality))
    if language == "c" and _badness(best.quality):
        tree = parse(whole.text, "cpp", options.parse_seconds)
        if tree is not None:
            other = Parsed(tree, quality_of(tree, "cpp", [*repairs, "as c++"], blanked), calls, whole.text)
            best = min(best, other, key=lambda parsed: _badness(parsed.quality))
    return best


def _again(text: bytes, before: Parsed, seconds: float) -> Tree | None:
    """The tree of a text that differs in blanks from one that was parsed: only what may be another is parsed."""
    return parse(text, before.quality.parser, seconds, edited(before.tree, before.text, text))


def _badness(quality: Quality) -> int:
    return quality.error_bytes + quality.missing


def _of_branches(whole: Parsed, language: str, options: ExtractOptions, repairs: list[str], blanked: int) -> Parsed:
    """The reading of one branch of each split condition, with those of the others, if it has fewer errors than that of all at once."""
    conditionals = split_conditionals(whole.text)
    best, passes = whole, list[Pass]()
    for number in range(min(max((len(c.branches) for c in conditionals), default=0), _MOST_PASSES)):
        chosen_text = bytearray(whole.text)
        branches = chosen(chosen_text, conditionals, number)
        reading = bytes(chosen_text)
        tree = _again(reading, whole, options.parse_seconds)
        if tree is None:
            continue
        if best is not whole:
            passes.append(Pass(tree, branches, reading))
            continue
        found = Parsed(tree, quality_of(tree, language, [*repairs, "branches"], blanked), whole.calls, reading)
        if _badness(found.quality) >= _badness(whole.quality):
            break
        best, found.branches, found.others = found, branches, passes
    return best
