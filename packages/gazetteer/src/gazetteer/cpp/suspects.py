"""Words that are probably macros, though no file of the tree defines them: by where they stand and how they are spelled.

Read so only where the text has errors without it, and kept only where it has fewer with it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from .blanking import TEXT_OR_COMMENT, Call, balanced, begins, blank, directives, inside, is_type, starts
from .conditionals import BLANKS
from .enumerations import enumerations

__all__ = ["blank_suspects"]

_Spans = Iterator[tuple[int, int]]

#: A word in upper case with an underscore: types are seldom called so. One that begins with two underscores, as macros of compilers and
#: kernels do, unless the grammar knows it. ``_In_``, as Windows says what parameters are for.
_KNOWN = (
    rb"attribute(?:__)?\b|declspec|asm|extension|restrict|typeof|auto_type|int\d|cdecl|stdcall|fastcall|thiscall|vectorcall|clrcall|builtin|"
    rb"thread|inline|forceinline|volatile|const|signed|complex|real|imag|alignof|global__|device__|host__|shared__|constant__|"
    rb"grid_constant|managed|launch_bounds|based|unaligned|func|FUNC|has_|cplusplus|try|except|finally|leave"
)
_WORD = rb"(?:[A-Z][A-Z0-9]*_[A-Z0-9_]+|__?[A-Z][A-Z0-9_]{2,}\b|_[A-Z][a-z]\w*+(?<=_)|_*+(?<=__)(?!" + _KNOWN + rb")[a-z]\w*)"
_CALLED = _WORD + rb"(?:[ \t]*\((?:[^(){};]|\([^(){};]*\))*\))?"
#: Where such a word begins. That no word goes on there is asked behind the first sign: signs that fit are found faster so.
_BEGINS = re.compile(
    rb"[A-Z_](?<!\w.)(?:(?<=[A-Z])[A-Z0-9]*_[A-Z0-9_]|(?<=_)_?[A-Z][A-Z0-9_]{2,}\b|(?<=_)[A-Z][a-z]\w*_\b|(?<=_)_++(?!"
    + _KNOWN
    + rb")[a-z])"
)
_ARGUMENTS = rb"\((?:[^(){};]|\([^(){};]*\))*\)"
_TYPE = rb"[A-Za-z_][\w:]*(?:<[^;{}()]*>)?[\s*&]+"
# void f() const FOO_NOEXCEPT;   A::A() FOO_NOTHROW : b() {}   void g() REQUIRES(mutex) OVERRIDE;
_BEHIND = re.compile(
    rb"\)(?>(?:\s*+(?:const|override|final|noexcept|&&?))*)\s*+((?:\b(?:"
    + _CALLED
    + rb"|[A-Z]{4,}\b(?:[ \t]*"
    + _ARGUMENTS
    + rb")?)\s*){1,4})(?=[;{:=]|->|override\b|final\b|const\b)"
)
# int field[] FOO_SECTION(a);   const char a[] PROGMEM = "a";
_ARRAY = re.compile(rb"(?<!delete\[)(?<!delete \[)\]\s*+((?:" + _CALLED + rb"|[A-Z]{4,}\b))(?=\s*[;=])")
# int field FOO_GUARDED_BY(mu);   void f(int a FOO_DEFAULT(0));
_FIELD = re.compile(rb"(" + _WORD + rb"\s*" + _ARGUMENTS + rb")(?=\s*[;=,)])")
# int field FOO_UNUSED;   void f(int a FOO_UNUSED, int b UNUSED)
_MARKED = re.compile(rb"(" + _WORD + rb")(?=\s*[;=,)])")
_CAPITALS = re.compile(rb"\b([A-Z]{4,})(?=\s*[;=,)])")
# enum { MEMBER FOO_DEPRECATED("x") = 1 }: whatever it is called, no other word stands there.
_MEMBER = re.compile(rb"[{,]\s*[A-Za-z_]\w*\s+([A-Za-z_]\w*(?:\s*" + _ARGUMENTS + rb")?)(?=\s*[=,}])")
# FOO_RETURNS(int) f(char);
_WRAPPED = re.compile(rb"(" + _WORD + rb"[ \t]*\()([^(){};]*)(\))(?=\s*[*&]*(?![A-Z][A-Z0-9_]*\s*\()[A-Za-z_][\w:]*\s*\()")
# FOO_LIST(A) field;
_TYPED = re.compile(_WORD + rb"[ \t]*(\([^(){};]*\))(?=\s*+[*&]*+\s*+[A-Za-z_]\w*\s*[;,=\[])")
# foo_attribute int f();
_PRIMITIVES = re.compile(rb"(?<=\s)(?:void|bool|char|int|long|short|float|double|signed|unsigned|static|extern|struct|union|enum)\b")
# const uint8_t PROGMEM a[] = {
_BEFORE_NAME = re.compile(
    rb"(?:\b(?:bool|char|int|long|short|float|double|unsigned|\w++(?<=\w_t)|[A-Z](?=\w*[a-z])\w*+)|[*>])\s++([A-Z]{4,})(?=\s+[A-Za-z_]\w*\s*[\[=;])"
)
# PROGMEM const uint8_t a[] = {
_CONSTANT = re.compile(rb"\b([A-Z]{4,})\s+(?=const\s+[A-Za-z_]\w*[\s*]+[A-Za-z_]\w*\s*[\[=;])")
_NAME = re.compile(rb"[A-Za-z_]\w*")
_KEYWORD = re.compile(
    rb"(?:void|bool|char|int|long|short|float|double|signed|unsigned|auto|const|volatile|static|inline|extern|register|typedef|constexpr|"
    rb"consteval|constinit|virtual|explicit|friend|mutable|thread_local|struct|class|union|enum|typename|template|namespace|using|export|"
    rb"operator|new|delete|return|throw|case|goto|else|do|sizeof|typeof|alignas|decltype|public|private|protected|co_return|co_await|"
    rb"co_yield|final|override|noexcept|restrict|requires|concept|_[A-Z_]\w*)\Z"
)
# explicit FOO_CONSTEXPR A(int);
_EXPLICIT = re.compile(rb"explicit(?<!\wexplicit)\s+((?:" + _CALLED + rb"\s+){1,4})(?=[A-Za-z_]\w*\s*\()")
# int FOO_PRINTF(1, 2) f(const char*, ...);   void FOO_CALL g();
_BETWEEN = re.compile(rb"(" + _CALLED + rb")(?=\s+[A-Za-z_]\w*\s*\()")
# FOO_EXPLICIT operator int() const;
_CONVERSION = re.compile(rb"(" + _CALLED + rb")(?=\s+operator\s+(?!new\b|delete\b|co_await\b)[A-Za-z_])")
# FOO_BOOL FOO_CALL f(int);   FOO_STATUS FOOAPI g();
_CALLING = re.compile(rb"\b[A-Z][A-Z0-9_]*(?:CALL|CALLCONV|CALLTYPE|CALLBACK|CDECL|STDCALL|APIENTRY|API)\b(?=\s+[A-Za-z_]\w*\s*\()")
# BOOL WINAPI f(int);
_CONVENTION, _TYPE_BEFORE = re.compile(rb"\b[A-Z]{4,}(?=\s+[A-Za-z_]\w*\s*\()"), re.compile(rb"(\w+)[\s*]+\Z")
# JNIEXPORT jint f(int);   WINBASEAPI BOOL f(int);
_EXPORTED = re.compile(rb"\b(?:[A-Z]{4,}(?=\s+\w*[a-z])|[A-Z]+API(?=\s))(?=\s+(\w+)[\s*&]+(?:[A-Z]{4,}\s+)?[A-Za-z_]\w*\s*\()")
# namespace a FOO_VISIBLE {
_NAMESPACE = re.compile(rb"namespace(?<!\wnamespace)\s+[A-Za-z_][\w:]*\s+(" + _CALLED + rb")(?=\s*\{)")
# } FOO_ALIGNED(4);   } __packed name;
_CLOSED = re.compile(rb"\}\s*((?:" + _CALLED + rb"\s*+)+)(?=[*\s]*(?:[A-Za-z_]\w*\s*(?:\[[^\];{}]*\]\s*)?)?[;,=])")
# void f(FOO_UNUSED int a);
_PARAMETER = re.compile(rb"(" + _CALLED + rb")(?=\s+(?!const\b)" + _TYPE + rb"[A-Za-z_]\w*\s*[,)=])")
# typedef int (FOO_STDCALL f)(int);
_OF_FUNCTION = re.compile(rb"typedef\s[^;(){}]{1,200}\(\s*([A-Z][A-Z0-9_]{2,})(?=\s+[A-Za-z_]\w*\s*\)\s*\()")
# int (FOO_STDCALL *f)(int);
_POINTER = re.compile(rb"\(\s*(" + _WORD + rb"(?=\s*\*)|[A-Z]{3,}(?=\s*\*\s*\w*\s*\)\s*\())")
# void f(Object *CONST a[], int b);
_QUALIFIER = re.compile(rb"\*[ \t]*([A-Z][A-Z0-9_]{2,})(?=[ \t]+[A-Za-z_]\w*[ \t]*[\[,)])")
# FOO_NODISCARD int f();   FOO_DEPRECATED("x") int g();   static FOO_INLINE int h();
_LEADING = re.compile(rb"((?:" + _CALLED + rb"\s+){1,4})(?=(?!const\b|volatile\b|operator\b)" + _TYPE + rb"[*&]*[A-Za-z_])")
_TEMPLATE_END = re.compile(rb"(?:\A|[\s;{}:>])template\s*<[^;{}()]*>\Z")
_BEFORE_LEADING = re.compile(rb"(?:\A|\n|[;{}:>]|\b(?:static|inline|virtual|extern|constexpr|friend|typedef))[ \t]*\Z")
# local z_size_t f(int);   local const A b = {1};
_SPECIFIER = re.compile(
    rb"^(?>(?:(?:static|extern|inline)[ \t]+)*)([a-z][a-z0-9_]*)[ \t]+"
    rb"(?=(?:(?:const|volatile|unsigned|struct|union|enum)[ \t]+)*(?:[a-z]\w*|[A-Z]\w*[a-z]\w*|[A-Z]+_\w+)"
    rb"(?:(?:[ \t]+|[ \t]*\*[* \t]*)[A-Za-z_]\w*\s*(?:[=;,\[(]|[A-Z]+[ \t]*\()|[ \t]*\*?[ \t]*\r?\n[a-z]\w*[ \t]*\())",
    re.MULTILINE,
)
# void notrace f(int);
_BEHIND_PRIMITIVE = re.compile(rb"\b(?:void|bool|char|int|long|float|double)[\s*]+([a-z]\w*)(?=\s+[A-Za-z_]\w*\s*\()")
# void f(foo_private A *a, foo_private const B *b);
_OF_PARAMETER = re.compile(
    rb"[(,]\s*(?:const\s+)?([a-z]\w*_\w+)\s+(?=(?:const\s+)?(?!const\b|volatile\b|restrict\b)[A-Za-z_][\w:]*(?:<[^;{}()]*>)?[\s*&]+[A-Za-z_]\w*\s*[,)=\[])"
)
#: ``class my_export A : B``: of two names before a colon, the first is no name of the class.
_BASED = re.compile(rb"(?:class|struct)((?:\s+[A-Za-z_]\w*){1,4})\s+(?=(?!final\b)[A-Za-z_]\w*\s*(?:final\s*)?:(?!:))")
#: ``class Name FOO_FINAL :``, ``class Name FOO_FINAL {``: of two names, the one in upper case is none, if the other is spelled like one or
#: has a constructor.
_SEALED = re.compile(rb"(?:class|struct)\s+(?:[A-Za-z_]\w*\s+){0,3}?([A-Za-z_]\w*)\s+(" + _WORD + rb"\b)(?=\s*(?::(?!:)|\{))")
_BEFORE_BASED = re.compile(rb"(?:\A|[^(\s])\s*\Z")
#: ``FOO_PRIVATE:`` on a line of its own, and the ``slots`` of ``public slots:``; the text has an end of a line put before it.
_LABEL = re.compile(
    rb"\n[ \t]*+(?:([A-Z][A-Z0-9_]{3,}[ \t]*:|signals[ \t]*:)|(?:public|protected|private)[ \t]+(slots|Q_SLOTS)[ \t]*(?=:))"
    rb":?[ \t]*\r?(?=\n|\Z)"
)
#: ``__BEGIN_DECLS`` on a line of its own.
_ALONE = re.compile(rb"\n[ \t]*+(__?[A-Z][A-Z0-9_]{3,})[ \t]*\r?(?=\n|\Z)")
#: ``template <class T, FOO_REQUIRES(is<T>)>``: a call where a parameter of a template stands.
_OF_TEMPLATE = re.compile(rb"[<,]\s*([A-Z][A-Z0-9_]{3,}\s*)\(")
_CALL = re.compile(_WORD + rb"[ \t]*\(")
#: ``template <class T> FOO_IF((A), (B)) f(T) {``
_RETURNED = re.compile(rb">\s*([A-Z][A-Z0-9]*_[A-Z0-9_]+[ \t]*)\((?=\()")
_AFTER_TYPE = re.compile(rb"\s*(?:operator\b|[A-Za-z_]\w*\s*\()")
#: So many parentheses that do not close are looked through.
_MOST_LOST = 50
_AFTER_PARAMETER = re.compile(rb"\s*(?:,|>|=\s*\w+\s*[,>])")
_LAST_WORD, _PRIMITIVE = re.compile(rb"\w+\Z"), (b"bool", b"char", b"int", b"long", b"short", b"float", b"double", b"unsigned")
_WITHIN_WORD = re.compile(rb"\w\w")
#: What may stand before a macro behind a type.
_ENDS_TYPE = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_>&*")


def blank_suspects(text: bytearray, skipped: list[tuple[int, int]]) -> list[Call]:
    """Blank such words outside of directives (`skipped`); gives the calls among them that stand like declarations."""
    shown = bytearray(TEXT_OR_COMMENT.sub(_hidden, bytes(text)))  # which hold such words too, and brackets
    source, calls = bytes(shown), list[Call]()
    words, splits, lost = _words(source), False, 0
    for start, end in _calls_of_templates(source):
        if not inside(start, skipped):
            for of in (text, shown):
                blank(of, start, end)
                of[start : start + 3] = b"int"
    source = bytes(shown)
    for start in words:
        match = _CALL.match(source, start) if not source[source.rfind(b"\n", 0, start) + 1 : start].strip(b" \t") else None
        end = balanced(source, match.end() - 1) if match is not None and lost < _MOST_LOST else -1
        lost += match is not None and end < 0
        if end > 0 and source[end : end + 1] == b";" and not inside(start, skipped) and begins(source, start, skipped):
            if source[_shown_end(source, start) - 1 : _shown_end(source, start)] == b")":  # void f(int)\n  FOO_GUARDED(mu);
                for of in (text, shown):
                    blank(of, start, end)
                continue
            calls.append(Call(source[start : match.end() - 1].rstrip().decode(), start, end))  # type: ignore[union-attr]
            for of in (text, shown):
                blank(of, start, end + 1)
    for found in _FORMS:
        now = bytes(shown)
        if now != source:
            source, words = now, _words(now) if splits else [word for word in words if now[word] != 0x20]
        splits = False
        for start, end in found(source, words):
            if not inside(start, skipped):
                splits = splits or _WITHIN_WORD.match(source, end - 1) is not None  # what is left of one may be another
                for of in (text, shown):
                    blank(of, start, end)
    return calls


def _calls_of_templates(source: bytes) -> _Spans:
    """Calls of macros that stand for a parameter of a template, or for the type of a function behind its parameters."""
    lost = 0
    for match in _RETURNED.finditer(source):
        end = balanced(source, match.end() - 1, 2_000) if lost < _MOST_LOST else -1
        lost += end < 0
        if end > 0 and _AFTER_TYPE.match(source, end) is not None:
            yield match.start(1), end
    for match in _OF_TEMPLATE.finditer(source):
        end = balanced(source, match.end() - 1, 2_000) if lost < _MOST_LOST else -1
        lost += end < 0
        if end > 0 and _AFTER_PARAMETER.match(source, end) is not None:
            yield match.start(1), end


def _words(source: bytes) -> list[int]:
    """Where words that may be macros begin."""
    return [match.start() for match in _BEGINS.finditer(source)]


def _anywhere(pattern: re.Pattern[bytes], literal: bytes = b"", *, of_words: bool = True) -> Callable[[bytes, list[int]], _Spans]:
    """Finds what a pattern with a word in it, or with one of capitals alone, finds, if the text has a literal."""

    def found(source: bytes, words: list[int]) -> _Spans:
        if (words or not of_words) and literal in source:
            for match in pattern.finditer(source):
                yield match.span(1)

    return found


def _at_words(pattern: re.Pattern[bytes], before: Callable[[bytes, int], int]) -> Callable[[bytes, list[int]], _Spans]:
    """Finds where a word begins what a pattern says, and `before` gives where what must stand before it begins (-1 for none)."""

    def found(source: bytes, words: list[int]) -> _Spans:
        end = 0
        for word in words:
            if word >= end and before(source, word) >= end and (match := pattern.match(source, word)) is not None:
                yield match.span(1)
                end = match.end()

    return found


def _before_field(source: bytes, word: int) -> int:
    """A type and a name, with ``*`` and ``&``."""
    end = start = _shown_end(source, word)
    while start and source[start - 1] in _ENDS_TYPE and source[start - 1] not in b">&*":
        start -= 1
    if end in (word, start) or source[start] in b"0123456789":
        return -1
    while start and source[start - 1] in b"*&":
        start -= 1
    return _before_between(source, start)


def _before_between(source: bytes, word: int) -> int:
    """The end of a type, and white space: not that of a directive or of parameters of a template, behind which the word is the type."""
    end = _shown_end(source, word)
    if source[end - 1 : end] == b">" and _TEMPLATE_END.search(source, max(end - 500, 0), end) is not None:
        return -1
    if source[source.rfind(b"\n", 0, end) + 1 : end].lstrip().startswith(b"#"):
        return -1
    apart = end < word or source[end - 1 : end] in (b"*", b"&")
    return end - 1 if end and apart and source[end - 1] in _ENDS_TYPE else -1


def _before_marked(source: bytes, word: int) -> int:
    """A type and a name on one line, neither of which is a keyword that stands before types."""
    start = _before_field(source, word)
    if start < 0 or b"\n" in source[start:word]:
        return -1
    name = source[start + 1 : word].strip(b" \t\r\n*&")
    kind = _LAST_WORD.search(source, max(start - 100, 0), start + 1)
    if _KEYWORD.match(name) or (kind is not None and _KEYWORD.match(kind[0]) and kind[0] not in _PRIMITIVE):
        return -1
    return start


def _before_parameter(source: bytes, word: int) -> int:
    end = _shown_end(source, word)
    return end - 1 if end and source[end - 1] in b"(," else -1


def _shown_end(source: bytes, at: int) -> int:
    """The offset behind what stands before an offset and is no white space; 0 for nothing."""
    size = 64
    while True:
        start = max(at - size, 0)
        kept = source[start:at].rstrip()
        if kept or not start:
            return start + len(kept)
        size *= 8


def _leading(source: bytes, words: list[int]) -> _Spans:
    for start, end in _at_words(_LEADING, lambda _source, word: word)(source, words):
        if _BEFORE_LEADING.search(source, max(start - 40, 0), start) is not None:
            yield start, end


def _sealed(source: bytes, words: list[int]) -> _Spans:
    for start in _heads(source) if words else ():
        match = _SEALED.match(source, start)
        if match is None:
            continue
        name = match[1]
        if (name[:1].isupper() and not name.isupper()) or re.search(rb"(?<!\w)" + name + rb"\s*\(", source) is not None:
            yield match.span(2)


def _of_members(source: bytes, _words: list[int]) -> _Spans:
    """Macros behind the names of members of enumerations."""
    for first, last in enumerations(source) if b"enum" in source else ():
        for match in _MEMBER.finditer(source, first - 1, last + 1):
            yield match.span(1)


def _wrapped(source: bytes, words: list[int]) -> _Spans:
    """Calls around the type that a function gives: the name and parentheses."""
    for word in words:
        match = _WRAPPED.match(source, word)
        if match is not None and is_type(match[2]) and _BEFORE_LEADING.search(source, max(word - 40, 0), word) is not None:
            yield match.span(1)
            yield match.span(3)


def _typed(source: bytes, words: list[int]) -> _Spans:
    """What is given to calls that stand for the type of a field or a variable."""
    for word in words:
        match = _TYPED.match(source, word)
        if match is not None and _BEFORE_LEADING.search(source, max(word - 40, 0), word) is not None:
            yield match.span(1)


def _behind(source: bytes, _words: list[int]) -> _Spans:
    """Words behind the parameters of functions."""
    for match in _BEHIND.finditer(source):
        yield match.span(1)


def _is_behind_type(source: bytes, at: int) -> bool:
    """Whether what may be a type stands before an offset."""
    before = _TYPE_BEFORE.search(source, max(at - 100, 0), at)
    return before is not None and (_KEYWORD.match(before[1]) is None or before[1] in _PRIMITIVE or before[1] == b"void")


def _calling(source: bytes, _words: list[int]) -> _Spans:
    """Words between the type and the name of a function that end as conventions of calling do."""
    for match in _CALLING.finditer(source):
        if _is_behind_type(source, match.start()):
            yield match.span()


def _constants(source: bytes, _words: list[int]) -> _Spans:
    """Words before a constant that has a type of its own."""
    for match in _CONSTANT.finditer(source):
        if _BEFORE_LEADING.search(source, max(match.start() - 40, 0), match.start()) is not None:
            yield match.span(1)


def _capitals(source: bytes, _words: list[int]) -> _Spans:
    """Words without an underscore behind the type and the name of a field, a parameter or a variable."""
    for match in _CAPITALS.finditer(source):
        start = _before_marked(source, match.start())
        kind = _LAST_WORD.search(source, max(start - 100, 0), start + 1) if start >= 0 else None
        if start >= 0 and (kind is None or not kind[0].isupper()):  # FOO T NAME;
            yield match.span(1)


def _conventions(source: bytes, _words: list[int]) -> _Spans:
    """Words without an underscore between the type and the name of a function, and before the type."""
    for match in _CONVENTION.finditer(source):
        if _is_behind_type(source, match.start()):
            yield match.span()
    for match in _EXPORTED.finditer(source):
        if _KEYWORD.match(match[1]) is None and _BEFORE_LEADING.search(source, max(match.start() - 40, 0), match.start()) is not None:
            yield match.span()


def _pointers(source: bytes, _words: list[int]) -> _Spans:
    """What stands before the ``*`` of pointers to functions."""
    for match in _POINTER.finditer(source):
        yield match.span(1)


def _qualifiers(source: bytes, _words: list[int]) -> _Spans:
    """Words between a ``*`` and the name of a parameter."""
    for match in _QUALIFIER.finditer(source):
        yield match.span(1)


def _before_primitive(source: bytes, _words: list[int]) -> _Spans:
    """Words before a type that no other type can stand before."""
    for primitive in _PRIMITIVES.finditer(source):
        end = _shown_end(source, primitive.start())
        before = source[max(end - 100, 0) : end]
        word = before[max(before.rfind(b" "), before.rfind(b"\n"), before.rfind(b"\t")) + 1 :]
        start = end - len(word)
        if _NAME.fullmatch(word) is None or _KEYWORD.match(word) is not None:
            continue
        if _BEFORE_LEADING.search(source, max(start - 40, 0), start) is not None:
            yield start, end


def _specifiers(source: bytes, _words: list[int]) -> _Spans:
    """Words of lower case at the beginning of a line, before a type and a name."""
    for match in _SPECIFIER.finditer(source):
        if _KEYWORD.match(match[1]) is None:
            yield match.span(1)


def _behind_primitive(source: bytes, _words: list[int]) -> _Spans:
    """Words of lower case between a type of the language and the name of a function."""
    for match in _BEHIND_PRIMITIVE.finditer(source):
        if _KEYWORD.match(match[1]) is None:
            yield match.span(1)


def _based(source: bytes, _words: list[int]) -> _Spans:
    end = 0
    for start in _heads(source):
        match = _BASED.match(source, start) if start >= end else None
        if match is None:
            continue
        end = match.end()
        if _BEFORE_BASED.search(source, max(start - 40, 0), start) is not None:
            yield match.span(1)


def _heads(source: bytes) -> list[int]:
    """Where the keywords of classes stand."""
    found = sorted([start for word in (b"class", b"struct") for start in starts(source, word)])
    return [start for start in found if not start or _WITHIN_WORD.match(source, start - 1) is None]


def _labels(source: bytes, _words: list[int]) -> _Spans:
    """Macros that stand for access specifiers, what Qt has behind and for such, and macros that begin and end something."""
    skipped: list[tuple[int, int]] | None = None
    before = b"\n" + source  # offsets of what is found in it are one too high
    for match in _ALONE.finditer(before):
        skipped = directives(source) if skipped is None else skipped
        if begins(source, match.start(1) - 1, skipped):
            yield match.start(1) - 1, match.end(1) - 1
    for match in _LABEL.finditer(before) if b":" in source else ():
        start, end = match.span(1 if match[1] is not None else 2)
        if match[1] is None or begins(source, start - 1, skipped or []):
            yield start - 1, end - 1


_FORMS = (
    _labels,
    _sealed,
    _based,
    _wrapped,
    _typed,
    _calling,
    _leading,
    _constants,
    _anywhere(_BEFORE_NAME, of_words=False),
    _before_primitive,
    _of_members,
    _behind,
    _anywhere(_ARRAY, b"]", of_words=False),
    _at_words(_FIELD, _before_field),
    _at_words(_MARKED, _before_marked),
    _capitals,
    _anywhere(_EXPLICIT, b"explicit"),
    _at_words(_BETWEEN, _before_between),
    _conventions,
    _anywhere(_CONVERSION, b"operator"),
    _anywhere(_NAMESPACE, b"namespace"),
    _anywhere(_CLOSED),
    _at_words(_PARAMETER, _before_parameter),
    _anywhere(_OF_FUNCTION, b"typedef", of_words=False),
    _pointers,
    _qualifiers,
    _specifiers,
    _behind_primitive,
    _anywhere(_OF_PARAMETER, of_words=False),
)


def _hidden(match: re.Match[bytes]) -> bytes:
    """A comment as spaces, a literal as one without words."""
    if match[0].startswith(b"/"):
        return match[0].translate(BLANKS)
    return match[0][:1] + b"0" * (len(match[0]) - 2) + match[0][-1:]
