"""What stands beside the tree that was read: branches of split conditions, calls of macros, and what such calls declare."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from operator import attrgetter

from msgspec import Struct

from ...cpp.blanking import Call, balanced, blank_attributes, next_sign
from ...cpp.conditionals import Branch, all_conditionals
from ...cpp.expansion import Macro, arguments_of, expand
from ...cpp.parsed import Parsed, Pass
from ...cpp.unknown import blank_unknown
from ...cpp.unreadable import write_names
from ...model import Block, Import, Symbol
from ...parses import parse
from ..base import Walk, in_order_of_text
from .quick import signature_of

__all__ = ["add_calls", "add_readings", "blanked_calls", "declared_by_calls", "module_lines", "other_branches", "say_conditions"]

_AROUND = frozenset(("namespace", "class", "struct", "union"))
#: Where a call is no declaration.
_INSIDE = frozenset(("compound_statement", "argument_list", "initializer_list", "parameter_list"))
#: What follows a guard against being included twice.
_DEFINED = re.compile(rb"\s*#[ \t]*define[ \t]+(\w+)[ \t]*\r?(?:\n|\Z)")


def other_branches(walk: Walk, parsed: Parsed, read: Callable[[Walk], None]) -> None:
    """Add what the other branches of split conditions declare, at their place, and say of all under which condition they stand.

    The same of conditions in enumerations, whose branches are all in the tree.
    """
    say_conditions(walk, parsed.branches)
    _under(walk.symbols, [], _rows(parsed.within.branches, walk))
    add_readings(walk, parsed.branches, parsed.others, read)
    in_order_of_text(walk)


def say_conditions(walk: Walk, branches: list[Branch]) -> None:
    """Say of all that was found in `branches` under which condition it stands."""
    _under(walk.symbols, walk.imports, _rows(branches, walk))


def add_readings(walk: Walk, branches: list[Branch], others: Iterable[Pass], read: Callable[[Walk], None]) -> None:
    """Add what other readings of a text find in branches that are none of those in `branches`."""
    seen = {(b.start, b.end) for b in branches}
    for reading in others:
        fresh = [b for b in reading.branches if (b.start, b.end) not in seen]
        seen.update((b.start, b.end) for b in fresh)
        rows = _rows(fresh, walk)
        apart = Walk(walk.original, reading.tree, read=reading.text, language=walk.language, most_symbols=walk.most_symbols)
        read(apart)
        known = {(s.kind, s.name, s.line): i for i, s in enumerate(walk.symbols)}
        place: dict[int, int] = {-1: -1}
        new = list[Symbol]()
        for number, symbol in enumerate(apart.symbols):
            if rows.holds(symbol.line):
                symbol.parent = place.get(symbol.parent, -1)
                new.append(symbol)
                place[number] = len(walk.symbols) + len(new) - 1
            else:
                place[number] = known.get((symbol.kind, symbol.name, symbol.line), -1)
        imports = [i for i in apart.imports if rows.holds(i.line)]
        _under(new, imports, rows)
        walk.symbols += new
        walk.imports += imports


def module_lines(walk: Walk, parsed: Parsed) -> None:
    """Add the module that a file is of, and those that it imports; a partition is one of that module."""
    own = next((m.name.partition(":")[0] for m in parsed.modules if m.word == "module"), "")
    for found in parsed.modules:
        line = walk.line_of(found.start)
        if found.word == "module":
            modifiers = ("export",) if found.exported else ()
            signature = signature_of(walk.slice(found.start, walk.original.find(b";", found.start)))
            if not found.name.startswith(":"):  # module :private;
                walk.add("module", found.name, Block(line, line), modifiers=modifiers, signature=signature)
            continue
        header = {"<": "include_system", '"': "include"}.get(found.name[0], "")
        target = found.name.strip('<>"') if header else own + found.name if found.name.startswith(":") else found.name
        walk.imports.append(Import(header or ("export" if found.exported else "import"), target, line, line))
    in_order_of_text(walk)


class _Rows:
    """Ranges of lines under conditions, each of which lies in another or apart from it."""

    def __init__(self, ranges: list[tuple[int, int, str]]) -> None:
        self.conditions = [condition for _, _, condition in ranges]
        #: Lines from which on another range is the innermost, and which (-1 for none); and which range each range lies in.
        self.lines, self.innermost, self.around = [0], [-1], [-1] * len(ranges)
        stack = [-1]
        for first, _, number in sorted((first, -last, number) for number, (first, last, _) in enumerate(ranges) if first <= last):
            while stack[-1] >= 0 and ranges[stack[-1]][1] < first:
                self._from(ranges[stack.pop()][1] + 1, stack[-1])
            self.around[number] = stack[-1]
            stack.append(number)
            self._from(first, number)
        while stack[-1] >= 0:
            self._from(ranges[stack.pop()][1] + 1, stack[-1])

    def _from(self, line: int, number: int) -> None:
        self.lines.append(line)
        self.innermost.append(number)

    def holds(self, line: int) -> bool:
        """Whether a line lies in any of the ranges."""
        return self._at(line) >= 0

    def of(self, line: int) -> list[str]:
        """The conditions of all ranges that a line lies in, in the order in which they were given."""
        found, number = list[int](), self._at(line)
        while number >= 0:
            found.append(number)
            number = self.around[number]
        return [self.conditions[number] for number in sorted(found)]

    def _at(self, line: int) -> int:
        return self.innermost[bisect_right(self.lines, line) - 1]


def _rows(branches: list[Branch], walk: Walk) -> _Rows:
    """The lines of branches with their conditions; the directives' own lines are no part of them."""
    return _Rows([(walk.line_of(b.start) + 1, walk.line_of(b.end) - 1, b.condition) for b in branches if b.condition])


def _under(symbols: list[Symbol], imports: list[Import], rows: _Rows) -> None:
    facts: list[Symbol | Import] = [*symbols, *imports]
    for fact in facts:
        conditions = rows.of(fact.line)
        if conditions:
            fact.condition = " && ".join([*([fact.condition] if fact.condition else []), *conditions])


def blanked_calls(walk: Walk, parsed: Parsed) -> None:
    """Add the calls of macros that were blanked, unless they stand in the body of a function."""
    assert walk.tree is not None
    root, kept = walk.tree.root_node, list[Call]()
    for call in parsed.calls:
        node = root.descendant_for_byte_range(call.start, call.start)
        while node is not None and node.type not in _INSIDE:
            node = node.parent
        if node is None:
            kept.append(call)
    add_calls(walk, kept)


def add_calls(walk: Walk, calls: Sequence[Call]) -> None:
    """Add calls of macros that stand like declarations."""
    if not calls:
        return
    around = [(i, s) for i, s in enumerate(walk.symbols) if s.kind in _AROUND and s.end_line > s.line]
    rows = _rows(sorted(_conditions(walk.original), key=attrgetter("start")), walk)
    members = dict[int, list[tuple[int, int, str]]]()
    for symbol in walk.symbols:
        if symbol.visibility:
            members.setdefault(symbol.parent, []).append((symbol.line, symbol.end_line, symbol.visibility))
    for call in calls:
        line, end = walk.line_of(call.start), walk.line_of(call.end)
        parent = next((i for i, s in reversed(around) if s.start_line <= line <= s.end_line), -1)
        signature, condition = signature_of(walk.slice(call.start, call.end)), " && ".join(rows.of(line))
        holder = walk.symbols[parent] if parent >= 0 else None
        access = _access(walk, holder, members.get(parent, []), call) if holder is not None and holder.kind in _CLASSES else ""
        walk.add("macro_call", call.name, Block(line, end), parent, signature=signature, condition=condition, visibility=access)
    in_order_of_text(walk)


def _access(walk: Walk, holder: Symbol, members: list[tuple[int, int, str]], call: Call) -> str:
    """The access that holds where a call stands in a class, by what the member before it has and the labels since."""
    at = bisect_left(members, (walk.line_of(call.start),)) - 1
    _, end, access = members[at] if at >= 0 else (0, holder.line, "private" if holder.kind == "class" else "public")
    lines = walk.lines()
    found = _LABEL.findall(walk.read, lines[end - 1] if end - 1 < len(lines) else call.start, call.start)
    return found[-1].decode() if found else access


def _conditions(text: bytes) -> Iterator[Branch]:
    """The branches of all conditions but guards against being included twice."""
    for conditional in all_conditionals(text) if b"#" in text else ():
        for branch in conditional.branches:
            defined = _DEFINED.match(text, branch.start)
            if defined is None or branch.condition != f"!defined({defined[1].decode()})":
                yield branch


_LABEL = re.compile(rb"\b(public|private|protected)\b[^:;{}()]{0,100}:(?!:)")
_CLASSES = frozenset(("class", "struct", "union"))
_NO_DECLARATION = frozenset(("macro", "macro_call", "namespace"))
#: Macros of which a call was read, and whether none had an error.
_CLEAN = dict[Macro, bool]()
#: So many calls of macros are read together.
_MANY = 2
_NO_BRACKETS = bytes(b for b in range(256) if b not in b"(){}[]")
#: Behind a call: one more, of which the parser made one declaration with it.
_ANOTHER_CALL = re.compile(r"\s*[A-Z_][A-Z0-9_]*\s*\(")
_PAIRS = re.compile(rb"\(\)|\{\}|\[\]")


def declared_by_calls(walk: Walk, read: Callable[[Walk], None]) -> None:
    """Add what calls of macros declare under a name that stands in the call, with the call as its decorator."""
    calls, lines = list[_MacroCall](), list[bytes]()
    for symbol in walk.symbols:
        macro = walk.macros.get(symbol.name) if symbol.kind == "macro_call" else None
        if macro is not None:
            around = walk.symbols[symbol.parent] if symbol.parent >= 0 else None
            holder = around.name.split("<")[0] if around is not None and around.kind in _CLASSES else ""
            lines = lines or walk.original.split(b"\n")
            call = _MacroCall(macro, symbol, holder, _expanded(macro, symbol.signature, holder, walk.attributes), _lines_of(symbol, lines))
            if _may_declare(call):
                calls.append(call)
    new = list[Symbol]()
    for call, found in zip(calls, _read_calls(calls, walk.language, read), strict=True):
        new += _seen_in_call(call.lines, found, call.symbol, call.holder)
    if new:
        walk.symbols += new
        in_order_of_text(walk)


class _MacroCall(Struct):
    """A call of a macro that declares, in a class or not, and what it stands for."""

    macro: Macro
    symbol: Symbol
    holder: str
    text: bytes
    #: Those of the file on which it stands.
    lines: list[bytes]


#: What a call can be given that is no name of anything.
_TYPES = frozenset((b"bool", b"char", b"const", b"double", b"float", b"int", b"long", b"short", b"signed", b"unsigned", b"void"))
_WORD = re.compile(rb"[A-Za-z_]\w*")


def _may_declare(call: _MacroCall) -> bool:
    """Whether a name can stand both in the call and in what it stands for: such that are made of parts of names cannot be seen."""
    written = b"\n".join(call.lines)
    if not written.isascii():
        return True
    words = set(_WORD.findall(written)) - _TYPES
    return not words.isdisjoint(_WORD.findall(call.text))


def _lines_of(call: Symbol, lines: list[bytes]) -> list[bytes]:
    """The lines of a call, but for the body behind it: ``TYPED_TEST(Case, name) { TypeParam a; }``."""
    text = b"\n".join(lines[call.line - 1 : call.end_line])
    opening = text.find(b"(", text.find(call.name.encode()))
    end = balanced(text, opening) if opening >= 0 and b"{" in text else -1
    return text[: end if end > 0 and next_sign(text, end) == b"{" else len(text)].split(b"\n")


def _read_calls(calls: list[_MacroCall], language: str, read: Callable[[Walk], None]) -> list[list[Symbol]]:
    """What each call declares. Many are read at once, each on a line of its own, if all are whole and the parser finds no error.

    The first call of a macro is read alone, and so are all of one that has had an error: with others, it would be read twice.
    """
    found, together = dict[int, list[Symbol]](), list[_MacroCall]()
    for call in calls:
        if _CLEAN.get(call.macro) and _is_whole(call.text) and (language != "c" or not call.holder):
            together.append(call)
        else:
            found[id(call)] = _read_call(call, language, read)
    text = b"\n".join([call.text for call in together])
    tree = parse(text, language, 1.0) if len(together) >= _MANY else None
    if tree is None or tree.root_node.has_error:
        found |= {id(call): _read_call(call, language, read) for call in together}
    else:
        found |= {id(call): [] for call in together}
        every = Walk(text, tree, language=language, most_symbols=1_000 * len(together))
        read(every)
        for symbol in every.symbols:
            found[id(together[symbol.line - 1])].append(symbol)
    return [found[id(call)] for call in calls]


def _read_call(call: _MacroCall, language: str, read: Callable[[Walk], None]) -> list[Symbol]:
    tree = parse(call.text, language if language != "c" or not call.holder else "cpp", 1.0)
    if tree is None:
        return []
    _CLEAN[call.macro] = _CLEAN.get(call.macro, True) and not tree.root_node.has_error
    apart = Walk(call.text, tree, language=language, most_symbols=1_000)
    read(apart)
    return apart.symbols


def _is_whole(text: bytes) -> bool:
    """Whether a text closes what it opens and hides no end of a line, so that lines before and after it change nothing."""
    if any(sign in text for sign in (b"\n", b"/*", b"//", b"#", b"\\", b'R"')) or text.count(b'"') % 2 or text.count(b"'") % 2:
        return False
    brackets, count = text.translate(None, _NO_BRACKETS), 1
    while count:
        brackets, count = _PAIRS.subn(b"", brackets)
    return not brackets


def _expanded(macro: Macro, call: str, holder: str, attributes: Collection[str]) -> bytes:
    """What a call stands for, in a class of the same name if it stands in one; without macros that are attributes."""
    opening, raw = call.find("("), call.encode("ascii", "replace")
    end = balanced(raw, opening) if opening >= 0 else -1
    inner, after = (call[opening + 1 : end - 1], call[end:]) if end > 0 else ("", "")
    after = "" if _ANOTHER_CALL.match(after) is not None else after
    before = call[: call.index(macro.name)] if macro.name in call else ""  # typedef FOO(a);
    text = f"{before}{expand(macro, arguments_of(inner)).rstrip(' ;')}{after.rstrip(' ;')};"
    expanded = bytearray((f"struct {holder} {{ {text} }};" if holder else text).encode())
    blank_unknown(expanded, [])
    blank_attributes(expanded, [], attributes)
    write_names(expanded)
    return bytes(expanded)


def _seen_in_call(lines: list[bytes], found: list[Symbol], call: Symbol, holder: str) -> list[Symbol]:
    """Those of the symbols of an expansion whose names stand in the call, at the lines where they do."""
    made, known = list[Symbol](), set[tuple[str, str]]()
    for i, symbol in enumerate(found):
        if (holder and i == 0) or symbol.kind in _NO_DECLARATION or (symbol.kind, symbol.name) in known:
            continue
        name = symbol.name.removeprefix("~").encode()
        at = next((n for n, line in enumerate(lines) if name in line and _has_word(line, name)), -1) if name else -1
        if at < 0:
            continue
        known.add((symbol.kind, symbol.name))
        symbol.line, symbol.end_line, symbol.first_line = call.line + at, call.end_line, call.line if at else 0
        symbol.parent, symbol.condition, symbol.decorators = call.parent, call.condition, (call.signature,)
        symbol.visibility = call.visibility
        made.append(symbol)
    return made


def _has_word(line: bytes, name: bytes) -> bool:
    """Whether a name stands somewhere as a whole word, and not behind ``~``."""
    at = line.find(name)
    while at >= 0:
        before, after = line[at - 1 : at], line[at + len(name) : at + len(name) + 1]
        if not (before.isalnum() or before in (b"_", b"~") or after.isalnum() or after == b"_"):
            return True
        at = line.find(name, at + 1)
    return False
