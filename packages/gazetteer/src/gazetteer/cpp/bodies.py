"""Bodies of functions and long expressions, which declare nothing that is read: blanked where a text has errors.

The grammars lose their way in a body (macros that open braces, operators behind template arguments) and then take what stands in it
for declarations, and those behind it for statements. A body without its statements cannot do that.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator

from .blanking import balanced, directives, ending_after, is_word
from .conditionals import BLANKS, bare, conditional_directives

__all__ = ["blank_bodies", "fill_bodies"]

_TURN = re.compile(rb"[(){};]")
_BRACE = re.compile(rb"[{}]")
_PAREN = re.compile(rb"[()]")
#: The content of these is an expression. (A fixed text is found much faster than what may be one of some.)
_EXPRESSIONS = (b"decltype", b"noexcept", b"static_assert", b"_Static_assert", b"explicit")
_OPENING = re.compile(rb"\s*\(")
#: What the grammar does not know, and what is not read: explicit instantiations of functions, operators that a class takes from another,
#: ``const`` of a default of a template's parameter, values of bits.
_INSTANTIATION = re.compile(rb"template[ \t]+(?!class\b|struct\b|union\b)[A-Za-z_][^;{}]{0,2000};")
_GIVEN_CODE, _MOST_GIVEN = re.compile(rb"(?<=\w)\((?=(?>(?:\s++|//[^\n]*+|/\*.*?\*/)*)template\s*<)", re.DOTALL), 100_000
_BEFORE_INSTANTIATION = re.compile(rb"[ \t]*((?:extern[ \t]+)?)")
_TAKEN = re.compile(rb"(?<!\w)(using\s+[^;{}=()#]{0,500}::\s*operator\b[^;{}]{0,200};)")
_CONST = re.compile(rb"=\s*(const)\s+[A-Za-z_][\w:]*(?:<[^<>;]{0,200}>)?\s*[*&]")
_BITS = re.compile(rb":\s*\d+\s*(=\s*\w+|\{\s*\w*\s*\})(?=\s*[,;])")
#: A head that opens a scope of declarations, when no parameters follow.
_SCOPE = re.compile(rb"(?<![\w.])(?:(namespace)|class|struct|union|enum|__interface)(?!\w)")
#: The words of these, and the one that may stand before an expression in parentheses.
_WORDS = (b"namespace", b"class", b"struct", b"union", b"enum", b"__interface", b"requires")
_NAMED_LIST = re.compile(rb">\s*(?:const\s+)?[A-Za-z_]\w*\s*\Z")
_TEMPLATE = re.compile(rb"(?<!\w)template\s*<")
_CALLED = re.compile(rb"(?:__attribute__|__declspec|alignas|_Alignas|(?<!\w)[A-Z_][A-Z0-9_]*)\s*\(\)")
_ARGUMENTS = re.compile(rb"<[^<>]*>")
_REQUIRES = re.compile(rb"(?<!\w)requires\s*(?:\(\)\s*)?\Z")
_MEMBER = re.compile(rb"\s*[A-Za-z_][\w:]*\s*(?:<[^;{}]*>)?\s*")
_ATTRIBUTE = re.compile(rb"\[\[[^\[\]]*\]\]")
_BASES = re.compile(rb"(?<!:):(?!:)")
_INITIALIZERS = re.compile(rb"\)(?:\s*(?:noexcept|try)\b(?:\s*\([^()]*\))?)*\s*:(?!:)\s*(?=[A-Za-z_#])")
#: Where ``x()`` can be written.
_ROOM = re.compile(rb"   ")
#: Heads that are longer are no heads: something was not understood.
_LONGEST, _LONGEST_HEAD = 6_000, 600
#: More levels than anyone writes.
_DEEPEST = 50


def blank_bodies(text: bytearray) -> bool:
    r"""Blank what stands in bodies of functions, in braces of initializers, and in ``decltype(…)``; whether anything was.

    Braces are left, and so are directives but those among values, where the grammar knows none.

    Examples
    --------
    >>> text = bytearray(b"struct A {\n  int f() const { return 1; }\n} a = { 2 };")
    >>> blank_bodies(text), bytes(text)
    (True, b'struct A {\n  int f() const {           }\n} a = {   };')
    """
    source = bytes(text)
    code = bare(source)
    scan = _Scan(code, conditional_directives(source))
    lines = directives(source)
    for start, end in scan.bodies():
        for first, last in _outside(lines, start, end) if start not in scan.values else ((start, end),):
            text[first:last] = source[first:last].translate(BLANKS)
    for start, end in scan.initializers:
        text[start:end] = source[start:end].translate(BLANKS)
        some = _ROOM.search(text, start, end)
        if some is not None:
            text[some.start() : some.end()] = b"x()"
    for find in (_given_code, _instantiations, _taken_operators, _constants, _bits):
        for start, end in find(bytes(text)):
            text[start:end] = text[start:end].translate(BLANKS)
    last, lost = 0, 0
    for start, opening in _expressions(code):
        if start < last or lost > _DEEPEST or not text[start : start + 1].strip():
            continue
        end = _closing(code, opening - 1)
        last, lost = max(end, last), lost + (end < 0)
        if end - opening > 1:
            inner = source[opening:end].translate(BLANKS)
            at = len(inner) - len(inner.lstrip(b"\n"))
            text[opening:end] = inner[:at] + b"0" + inner[at + 1 :]
    return text != source


#: A body without a statement and a semicolon right behind it (one farther off may be that of a call which was blanked); the end of a
#: head before it; a type whose head ends so.
_EMPTY = re.compile(rb"\{\s*(\}) ?;")
_HEAD_END = re.compile(rb"(\))(?:\s*(?:const|volatile|noexcept|override|final|&&?)(?!\w))*\s*\Z")
_OF_TYPE = re.compile(rb"(?<!\w)(?:struct|class|union|enum|namespace)\s[^;{}]*\Z")


def fill_bodies(text: bytearray) -> None:
    """Write a semicolon in empty bodies of functions that have one behind, and none there: the grammar takes such a body for a value.

    Examples
    --------
    >>> text = bytearray(b"void A::f() const {}; int g() { }; auto h = [](int) {}; int i[] = {}; struct S {};")
    >>> fill_bodies(text); text.decode()
    'void A::f() const {;} int g() { ;} auto h = [](int) {}; int i[] = {}; struct S {};'
    """
    source = bytes(text)
    for match in _EMPTY.finditer(source):
        before = source[max(match.start() - _LONGEST_HEAD, 0) : match.start()]
        head = _HEAD_END.search(before) if b")" in before[-100:] else None
        if head is not None and _is_called(before[: head.end(1)]):
            text[match.start(1)], text[match.end() - 1] = 0x3B, 0x7D


def _is_called(head: bytes) -> bool:
    """Whether a name stands before the parentheses that end a text, in no head of a type: no brackets of a lambda, no other parentheses."""
    depth = 0
    for turn in reversed(list(_PAREN.finditer(head))):
        depth += 1 if turn[0] == b")" else -1
        if not depth:
            before = head[: turn.start()].rstrip()
            return is_word(before[-1:]) and _OF_TYPE.search(before) is None
    return False


def _given_code(source: bytes) -> Iterator[tuple[int, int]]:
    """Templates that a macro is given, as one is that makes a text of them: ``auto code = STRINGIFY(template <class T> T f() {});``."""
    for match in _GIVEN_CODE.finditer(source) if b"template" in source else ():
        end = balanced(source, match.start(), _MOST_GIVEN)
        if end < 0:
            return  # no more of what does not end is looked through
        yield match.end(), end - 1


def _instantiations(source: bytes) -> Iterator[tuple[int, int]]:
    """Explicit instantiations of functions, which begin a line."""
    at, end = source.find(b"template"), 0
    while at >= 0:
        line = source.rfind(b"\n", 0, at) + 1
        before = _BEFORE_INSTANTIATION.fullmatch(source, line, at) if line >= end else None
        match = _INSTANTIATION.match(source, at) if before is not None else None
        if match is not None and before is not None:
            end = match.end()
            yield before.start(1), end
        at = source.find(b"template", max(at + 8, end))


def _taken_operators(source: bytes) -> Iterator[tuple[int, int]]:
    at = source.find(b"using") if b"operator" in source else -1
    while at >= 0:
        match = _TAKEN.match(source, at)
        if match is not None:
            yield match.span(1)
        at = source.find(b"using", match.end() if match is not None else at + 5)


def _constants(source: bytes) -> Iterator[tuple[int, int]]:
    for match in _CONST.finditer(source):
        yield match.span(1)


def _bits(source: bytes) -> Iterator[tuple[int, int]]:
    for match in _BITS.finditer(source):
        at = match.start()
        while at and source[at - 1 : at].isspace():
            at -= 1
        if source[at - 1 : at].isalnum() or source[at - 1 : at] == b"_":
            yield match.span(1)


def _expressions(code: bytes) -> list[tuple[int, int]]:
    """Where words before expressions begin, and what stands in the parentheses behind them, in the order of the text."""
    found = list[tuple[int, int]]()
    for word in _EXPRESSIONS:
        at = code.find(word)
        while at >= 0:
            opening = _OPENING.match(code, at + len(word))
            if opening is not None and not (code[at - 1 : at].isalnum() or code[at - 1 : at] == b"_"):
                found.append((at, opening.end()))
            at = code.find(word, at + len(word))
    return sorted(found)


def _outside(lines: list[tuple[int, int]], start: int, end: int) -> Iterator[tuple[int, int]]:
    """The parts of a range that are no lines of directives."""
    for first, last in lines[ending_after(start, lines) :]:
        if first >= end:
            break
        if start < first:
            yield start, first
        start = last
    if start < end:
        yield start, end


def _closing(code: bytes, opening: int) -> int:
    """The offset of the parenthesis that closes the one at `opening`; -1 where none does nearby."""
    depth = 0
    for match in _PAREN.finditer(code, opening, opening + _LONGEST):
        depth += 1 if match[0] == b"(" else -1
        if not depth:
            return match.start()
    return -1


class _Scan:
    """Goes through the braces of a text, in each branch of a condition as if the others were not there."""

    def __init__(self, code: bytes, conditions: list[tuple[int, int, str]]) -> None:
        self.code = code
        self.conditions = conditions
        self.starts = [start for start, _, _ in conditions]
        #: Where the head of the next declaration begins, and what of it stands before the condition that it goes on in.
        self.head, self.before = 0, b""
        #: The heads at the conditions that are open.
        self.saved: list[bytes] = []
        #: Where lists of values of members are, between the colon and the body, with whole conditions in them or none.
        self.initializers: list[tuple[int, int]] = []
        #: Where bodies begin that are lists of values.
        self.values: set[int] = set()

    def bodies(self) -> Iterator[tuple[int, int]]:
        """Where bodies are, without their braces."""
        code, at, number, lost = self.code, 0, 0, 0
        while True:
            match = _TURN.search(code, at)
            until = len(code) if match is None else match.start()
            while number < len(self.conditions) and self.conditions[number][0] < until:
                if self.conditions[number][0] >= at:
                    self.turn(*self.conditions[number])
                number += 1
            if match is None:
                return
            at = match.end()
            sign = match[0]
            if sign == b"(":
                closing = _closing(code, match.start()) if lost < _DEEPEST else -1
                at, lost = (closing + 1, lost) if closing > 0 else (at, lost + 1)
            elif sign != b"{":
                self.head, self.before = at, b""
            else:
                head = self.before + code[self.head : match.start()]
                if not _is_body(head):
                    self.head, self.before = at, b""
                    continue
                end = self.end_of_body(at)
                if end < 0:
                    return
                self.note_initializers(match.start())
                closed = code[end : end + 1] == b"}"
                if closed and (head.rstrip().endswith(b"=") or _is_named_list(head)):
                    self.values.add(at)
                yield at, end
                at = end + 1 if closed else end
                if not (closed and _initializes(head)):
                    self.head, self.before = at, b""

    def note_initializers(self, brace: int) -> None:
        """Note the list of values of members before the brace of a body."""
        match = _INITIALIZERS.search(self.code, self.head, brace)
        if match is None or _initializes(self.code[self.head : brace]):
            return
        start, open_ = self.code.rfind(b":", match.start(), match.end()) + 1, 0
        for begin, _, word in self.conditions[bisect_right(self.starts, start) : bisect_right(self.starts, brace)]:
            open_ += 1 if word in ("if", "ifdef", "ifndef") else -1 if word == "endif" else 0
            if open_ < 0 or begin < start:
                return
        if not open_:
            self.initializers.append((start, brace))

    def turn(self, start: int, end: int, word: str) -> None:
        """Pass a directive: each branch begins as the first did, and what follows goes on as behind the last."""
        if word in ("if", "ifdef", "ifndef"):
            head = (self.before + self.code[max(self.head, start - _LONGEST) : start]).strip()
            self.saved.append(head[-_LONGEST:] + b" " if len(self.saved) < _DEEPEST else b"")
        elif self.saved and word == "endif":
            self.saved.pop()
        elif self.saved:
            self.head, self.before = end, self.saved[-1]

    def end_of_body(self, start: int) -> int:
        """The offset of the brace that closes a body, or of the directive that begins another branch than the body began in."""
        depth, saved = 1, list[int]()
        number = bisect_right(self.starts, start)
        for match in _BRACE.finditer(self.code, start):
            while number < len(self.conditions) and self.conditions[number][0] < match.start():
                begin, _, word = self.conditions[number]
                number += 1
                if word in ("if", "ifdef", "ifndef"):
                    saved.append(depth)
                elif not saved:
                    if word != "endif":
                        return begin
                elif word == "endif":
                    saved.pop()
                else:
                    depth = saved[-1]
            depth += 1 if match[0] == b"{" else -1
            if not depth:
                return match.start()
        return -1


def _is_body(head: bytes) -> bool:
    """Whether a brace behind such a head opens a body or an initializer, and no scope of declarations."""
    if len(head) > _LONGEST:
        return False
    if b"(" not in head and b"=" not in head:
        return _is_named_list(head)
    if head.rstrip().endswith(b")") and head.count(b"(") == head.count(b")") and not any(map(head.__contains__, _WORDS)):
        return True  # int f(int a) {
    head = _ATTRIBUTE.sub(b" ", _without_parentheses(head))
    if _REQUIRES.search(head) is not None:
        return False
    head = _without_templates(_CALLED.sub(_kept_of_call, head))
    match = _SCOPE.search(head)
    if match is None:
        return b"(" in head or b"=" in head
    if match[1] is not None:
        return False
    rest = head[match.end() :]
    for _ in range(_DEEPEST):
        rest, count = _ARGUMENTS.subn(b"", rest)
        if not count:
            break
    base = _BASES.search(rest)
    own = rest[: base.start()] if base is not None else rest
    return b"(" in own or b"=" in own


def _is_named_list(head: bytes) -> bool:
    """Whether a brace behind such a head opens the values of a variable: ``const std::vector<int> names{1, 2};``."""
    return _NAMED_LIST.search(head) is not None and _SCOPE.search(head) is None and _NAMED_LIST.search(_without_templates(head)) is not None


def _initializes(head: bytes) -> bool:
    """Whether a brace behind such a head holds the value of a member: ``A() : a{1} {}``."""
    if b":" not in head or b")" not in head:
        return False
    head = _without_parentheses(head)
    colon = _BASES.search(head, head.find(b")") + 1)
    return colon is not None and _MEMBER.fullmatch(head, max(head.rfind(b",") + 1, colon.end())) is not None


def _kept_of_call(match: re.Match[bytes]) -> bytes:
    """Of a call of a macro before a type nothing is left; one that ends a head stands for a whole function."""
    return match[0] if not match.string[match.end() :].strip() and _SCOPE.search(match.string) is None else b" "


def _without_parentheses(head: bytes) -> bytes:
    """The head with nothing between its outer parentheses."""
    if b"(" not in head:
        return head
    kept, depth, at = list[bytes](), 0, 0
    for match in _PAREN.finditer(head):
        if match[0] == b"(":
            if not depth:
                kept.append(head[at : match.end()])
            depth += 1
        elif depth:
            depth -= 1
            if not depth:
                kept.append(b")")
                at = match.end()
    return b"".join([*kept, head[at:] if not depth else b""])


def _without_templates(head: bytes) -> bytes:
    """The head without ``template <…>``."""
    while (match := _TEMPLATE.search(head)) is not None:
        depth, end = 0, -1
        for i in range(match.end() - 1, len(head)):
            sign = head[i : i + 1]
            if sign == b"<":
                depth += 1
            elif sign == b">" and head[i - 1 : i] != b"-":
                depth -= 1
                if not depth:
                    end = i + 1
                    break
        if end < 0:
            break
        head = head[: match.start()] + b" " + head[end:]
    return head
