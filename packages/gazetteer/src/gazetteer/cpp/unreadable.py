"""Texts of equal length for what C and C++ have and the grammars have not."""

from __future__ import annotations

import re

from .blanking import TEXT_OR_COMMENT, balanced, begins, blank, directives, is_word

__all__ = [
    "blank_empty_conditions",
    "blank_old",
    "blank_unreadable",
    "write_arguments",
    "write_brackets",
    "write_directives",
    "write_guides",
    "write_names",
    "write_texts",
]

_GNU = rb"__attribute__\s*\(\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)\)"
_DECLSPEC = rb"__declspec\s*\((?:[^()]|\([^()]*\))*\)"
_ATTRIBUTE = rb"(?:" + _GNU + rb"|\[\[[^\[\]]*\]\]|" + _DECLSPEC + rb"|alignas\s*\([^()]*\))"
#: What the grammar does not know: attributes of enumerations and of their members, members that point to members,
#: and explicit instantiations of classes.
_ENUM_ATTRIBUTE = re.compile(rb"enum(?:\s+(?:class|struct))?\s+((?:" + _ATTRIBUTE + rb"\s*)+)")
_MEMBER_ATTRIBUTE = re.compile(rb"(" + _ATTRIBUTE + rb")(?=\s*[=,}])")
#: What stands around the declarations of a header of C for those who include it from C++, in conditions of its own.
_IF_CPP = rb"#[ \t]*if(?:def[ \t]+|[ \t]+defined[ \t]*\(?[ \t]*)__cplusplus\b[^\n]*\n\s*"
_END_CPP = rb"[ \t]*(?:/\*[^*\n]*\*/|//[^\n]*)?\s*\n[ \t]*#[ \t]*endif\b"
_OPENS_C = re.compile(_IF_CPP + rb'(extern\s*"C"\s*\{)' + _END_CPP)
_CLOSES_C = re.compile(_IF_CPP + rb"(\}[ \t]*;?)" + _END_CPP)
_MEMBER_POINTER = re.compile(rb"((?:\b[A-Za-z_]\w*(?:<[^<>;{}]*>)?\s*::\s*)+)(?=\*)")
#: ``typedef void (A::*f)() const;``
_MEMBER_QUALIFIERS = re.compile(
    rb"typedef(?<!\wtypedef)\s[^;{}]{1,200}?\*\s*\w+\s*\)\s*\((?:[^(){};]|\([^(){};]*\))*\)(\s*(?:const|volatile|noexcept|&&?)[\s\w&]*)(?=[;,])"
)
_INSTANTIATION = re.compile(rb"(template)(?=\s+(?:class|struct|union)\b)")
#: ``class [[nodiscard]] alignas(8) A``
_BEFORE_ALIGNAS = re.compile(rb"(\[\[[^\[\]]*\]\]\s*)(?=alignas\b)")
#: What the grammars do not know of the C of 2011 and 2023: attributes of types, atomic types, integers of any width, a storage class.
_TYPE_ATTRIBUTE = re.compile(rb"(?:struct(?<!\wstruct)|union(?<!\wunion))\s+((?:\[\[[^\[\]]*\]\]\s*)+)")
_ATOMIC = re.compile(rb"\b(_Atomic\s*\()[^()]*(\))")
_BIT_INT = re.compile(rb"\b_BitInt(\()\s*\w+\s*(\))")
_ENUM_BASE = re.compile(rb"(?<![@\\\w])enum\s*(:(?!:)[\w\s()]*)\{")
#: ``void operator()<int>(int a)``, a specialization.
_CALL_OPERATOR = re.compile(rb"operator(?<![\w.>]operator)(?<!template operator)\s*\(\)\s*(<[^;{}()]*>)(?=\s*\()")
#: Conditions; what ``__has_include`` and its like ask for, which is no expression; texts, and words for signs.
_CONDITION = re.compile(rb"#[ \t]*(?:el)?if\b")
_HAS = re.compile(
    rb"(?:\b__has_|HA(?:S|VE)_)"
    rb"(?:include|include_next|embed|cpp_attribute|c_attribute|INCLUDE|INCLUDE_NEXT|CPP_ATTRIBUTE)[ \t]*\(([^()\n]+)\)"
)
_TEXT_OR_WORD = re.compile(rb'"[^"\n]*"|\b(?:and|or|not)\b')
_SIGNS = {b"and": b"&& ", b"or": b"||", b"not": b"!  "}
#: A condition of which no branch holds anything.
_EMPTY_CONDITION = re.compile(
    rb"\n[ \t]*#[ \t]*if(?:def|ndef)?\b[^\n]*+\s*(?:\n[ \t]*#[ \t]*(?:else|elif)\b[^\n]*+\s*)*\n[ \t]*#[ \t]*endif\b[^\n]*"
)
_DEFINES = re.compile(rb"#[ \t]*define\b")
#: An attribute that is all that a branch of a condition holds.
_ALONE = re.compile(rb"\n[ \t]*#[ \t]*(?:if|else|elif)(?>(?:[^\n\\]++|\\\r?\n)*)\n\s*((?:__declspec|__attribute__)\s*(\())")
#: ``#define log(level, rest...)``, as GNU's compilers have it.
_NAMED_REST = re.compile(rb"#[ \t]*define[ \t]+\w+\([\w, \t]*?(?<!\w)(\w+)[ \t]*\.\.\.[ \t]*\)")
#: Comments with more of their directive behind them (the grammar ends the directive there); others, to the last of them.
_RUN_OF_COMMENTS = rb"(?>(?:/\*[^*]*+(?>(?:\*(?!/)[^*]*+)*)\*/\s*+)+)"
_INNER_COMMENT = re.compile(rb"(" + _RUN_OF_COMMENTS + rb")(?=[^\s/])|" + _RUN_OF_COMMENTS + rb"|/\*.*", re.DOTALL)
#: ``#define KERNEL(...) #__VA_ARGS__``: what it is given is the text of another program.
_TEXT_OF = re.compile(
    rb'#[ \t]*define[ \t]+(\w+)\([ \t]*(\.\.\.|\w+)[ \t]*\)(?:[ \t]|\\\r?\n|"(?:[^"\\\n]|\\.)*")*#[ \t]*(?:__VA_ARGS__|\2)(?=[\s"])'
)
#: The longest such text.
_LONGEST_TEXT = 400_000
#: A directive that says nothing, or a macro that stands for nothing.
_SAYS_NOTHING = re.compile(
    rb"#[ \t]*(?:define(?:[ \t]|\\\r?\n)+\w+(?:\([^()]*\))?|error|pragma|warning)(?>(?:\s*+/\*[^*]*+(?>(?:\*(?!/)[^*]*+)*)\*/)*)"
)
#: Signs but for ends of lines, and backslashes before those.
_OF_LINE = re.compile(rb"\\(?!\r?\n)|[^\\\r\n]")
#: ``typedef unsigned int(name)[5];``
_TYPEDEF_ARRAY = re.compile(
    rb"typedef(?<!\wtypedef)\s[^;(){}]{0,200}?\b(?:bool|char|double|float|int|long|short|unsigned)(\()\s*\w+\s*(\))(?=\s*\[)"
)
_WHITE = frozenset(b" \t\r\n")
_THREAD_LOCAL = re.compile(rb"\b(_Thread_local)\b")
_EXTERN = re.compile(rb"extern\s+\Z")
#: ``template <class T, enable<T>* = nullptr>``: a parameter that points and has no name, which is given one.
_NO_NAME = re.compile(rb"\*[\r\n]*([ \t])\s*=\s*(?:nullptr|NULL|0)\b")
#: ``using typename Base<T>::Name;``, ``void f(int a = typename Base<T>::Name())``
_USING_TYPENAME = re.compile(rb"using(?<!\wusing)\s+(typename)(?=\s)")
_VALUE_TYPENAME = re.compile(rb"=\s*(typename)(?=\s+[\w:]+\()")
#: ``inline friend void f();``: `friend` is put first.
_FRIEND = re.compile(rb"((?<![\w\]])(?:(?:inline|constexpr|static|__device__|__host__|__forceinline__|\[\[\w+\]\])\s+)+)friend(?=\s)")
#: ``template <class A = const B, class C = B*>``; an expression that begins with one fixed word is searched for much faster.
_DEFAULTS = [
    (word, re.compile(word + rb"\s+\w+\s*=\s*" + default))
    for word in (b"class", b"typename")
    for default in (rb"(const)\s+\w", rb"\w[\w:]*\s*(\*+)\s*[,>]")
]
#: ``enable<(N) >= 2>``
_AT_LEAST = re.compile(rb">=(?<![<>-]>=)(?<!operator>=)(?<!operator >=)(?!=)")
_INNER = re.compile(rb"<[\w:*& ,]*>(?=>)")
#: ``template <class F = void()>``, ``struct A : decltype(f()) {``
_FUNCTION_DEFAULT = re.compile(rb"=\s*(?:void|bool|char|int|long|float|double)\s*(\(\s*\))(?=\s*[,>])")
_BASE_OF = re.compile(rb"(?:struct|class)\s+\w+(?:<[^;{}()]*>)?\s*(?:final\s*)?:\s*(?:public\s+|private\s+|protected\s+)?(decltype)\s*\(")
#: A call of a macro with something chained to it, at the beginning of a line, or one that is given a type and ends there.
_CHAINED = re.compile(
    rb"^(?:[A-Z][A-Z0-9_]{3,}\(((?:[^();{}\"'/]|\"[^\"\n]*\")+)\)\s*(?:->|\.\s*\w)"
    rb"|[a-z]\w*_\w+\((?=[^();{}]*(?:\b(?:struct|union|enum|unsigned|int|char|long)\b|\*\s*[,)]))([^();{}\"'/]+)\);[ \t]*\r?$)",
    re.MULTILINE,
)
#: ``__cluster_dims__(2, 1, 1)``, ``struct __align__(16) {``, of CUDA.
_CUDA_CALLS = [
    (word, re.compile(rb"(" + word + rb"\s*\((?:[^()]|\([^()]*\))*\))")) for word in (b"__cluster_dims__", b"__align__", b"__maxnreg__")
]
#: ``using Type = __attribute__((vector_size(16))) int;``
_ALIAS_ATTRIBUTE = re.compile(rb"using(?<!\wusing)\s+\w+\s*(?:=[^;{}()=]*?)?((?:" + _GNU + rb"\s*)+)")
#: ``int a __attribute__((unused)) = 0;``, ``char* __attribute__((used)) b;``, ``A c = 1, __attribute__((used)) d = 2;``
_BEFORE_VALUE = re.compile(rb"(" + _GNU.replace(rb"\s*", rb"(?<=[\w\]\s]__attribute__)\s*", 1) + rb")(?=\s*=(?!=))")
_BEHIND_POINTER = re.compile(rb"\*\s*(" + _GNU + rb")(?=\s*[A-Za-z_]\w*\s*[=;,\[])")
_BEHIND_COMMA = re.compile(rb",\s*(" + _GNU + rb")(?=\s*[A-Za-z_]\w*\s*=(?!=))")
_TYPE_DECLSPEC = re.compile(rb"(" + _DECLSPEC + rb")(?=\s*(?:struct|class|union)\b)")
#: ``void f(void (^block)(int))``, as Apple's compilers have it.
_BLOCK = re.compile(rb"\((\^)(?=\s*\w*\s*\)\s*\()")
_EXTERN_TYPEDEF = re.compile(rb'(extern\s*"C"\s+)typedef\b')
#: A raw text whose mark has 16 signs, as many as it may have; the grammar's have fewer.
_RAW = re.compile(rb'R"([^()\\\s"]{16})\(')
#: ``T (name)(int);``: a name in parentheses behind a type alone, which is read as calls; what follows both.
_ENCLOSED, _CALLS = (
    re.compile(rb"\)[ \t]*\("),
    re.compile(
        rb"[ \t]*(?:([a-z]\w*|[A-Z]\w*[a-z]\w*)[ \t]+[* \t]*+|(?:void|bool|char|int|long|float|double)[ \t]*)(\()[ \t]*[A-Za-z_]\w*[ \t]*"
    ),
)
#: ``Vec(const char*) -> Vec<std::string>;``: what is behind its parameters, and what is before those.
_GUIDED = re.compile(rb"\)\s*+->\s*+([A-Za-z_]\w*+)\s*+(<[^;{}]*;)")
_GUIDE, _STATEMENT_END = re.compile(rb"\s*(?:explicit\s+)?([A-Za-z_]\w*)\s*\("), re.compile(rb"[;{}]|//[^\n]*|\*/|\n[ \t]*#[^\n]*")
#: ``auto a = 1;`` of the C of 2023.
_INFERRED = re.compile(rb"auto(?<!\wauto)(?=\s+(?:const\s+)?[A-Za-z_]\w*\s*=(?!=))")
_STATEMENT = re.compile(rb"(?:return|if|while|for|switch|else|case|do|sizeof|goto|defined|typeof|alignas|alignof)\b")
#: Functions as C was written before 1989, whose parameters are declared between head and body: such as give a pointer, or no type at all.
_COMMENTS = rb"\s*+(?>(?:/\*[^*]*+(?>(?:\*(?!/)[^*]*+)*)\*/\s*+)*)"
_OLD = (
    rb"\w+[ \t]*\(\s*+\w+\s*+(?>(?:,\s*+\w+\s*+)*)\)"
    rb"(" + _COMMENTS + rb"(?>(?:[A-Za-z_]\w*+[\s*](?>(?:[^;{}=/]++|/\*[^*]*+\*/)*);" + _COMMENTS + rb"){1,30}))\{"
)
_OLD_POINTER, _OLD_INT = re.compile(rb"(\*[*\s]*+)(?=" + _OLD + rb")"), re.compile(rb"^(?:static[ \t]+)?" + _OLD, re.MULTILINE)
#: ``void f(this A& self)``, and no expression.
_OBJECT = re.compile(
    rb"(?<=[^\s(])\((this)(?=\s+(?!(?:and|or|xor|bitand|bitor|not_eq)\b)(?:const\s+)?[A-Za-z_][\w:]*(?:<[^<>;{}()]*>)?[\s&]*\w*\s*[,)])"
)
#: ``int f(int a) const pre(a > 0) post(r: r > a);`` of C++26.
_CONTRACTS = re.compile(
    rb"(?<=\))(?:\s*\b(?:const|noexcept|override|final)\b)*((?:\s*\b(?:pre|post)\s*\((?:[^();{}]|\((?:[^();{}]|\([^();{}]*\))*\))*\))+)(?=\s*[;{])"
)
#: ``signals:`` of a class of Qt.
_SIGNALS = re.compile(rb"^[ \t]*(signals|Q_SIGNALS)(?=[ \t]*:(?!:))", re.MULTILINE)
#: What is blanked wherever a pattern finds it, if the text has a word.
_BLANKED = (
    (b"using typename", _USING_TYPENAME), (b"typename", _VALUE_TYPENAME), (b"__attribute__", _ALIAS_ATTRIBUTE),
    (b"__attribute__", _BEFORE_VALUE), (b"__attribute__", _BEHIND_POINTER), (b"__attribute__", _BEHIND_COMMA),
    (b"__attribute__", _MEMBER_ATTRIBUTE), (b"alignas", _BEFORE_ALIGNAS), (b"__declspec", _TYPE_DECLSPEC),
    (b'extern "C" typedef', _EXTERN_TYPEDEF),
    (b"(this ", _OBJECT), (b" pre(", _CONTRACTS), (b" post(", _CONTRACTS),
    (b"::*", _MEMBER_QUALIFIERS), (b"::*", _MEMBER_POINTER), (b"[[", _TYPE_ATTRIBUTE),
    *_DEFAULTS, *_CUDA_CALLS,
)  # fmt: skip


def blank_linkage(text: bytearray) -> None:
    """Blank ``extern "C" {`` and what closes it, each in a condition of its own: what is between then stands at the top.

    The grammars know no brace that one condition opens and another closes.
    """
    source = bytes(text)
    if b"__cplusplus" not in source or b"extern" not in source:
        return
    opened, closed = list(_OPENS_C.finditer(source)), list(_CLOSES_C.finditer(source))
    if len(opened) == len(closed) and all(a.end() < b.start() for a, b in zip(opened, closed, strict=True)):
        for match in (*opened, *closed):
            blank(text, *match.span(1))


def blank_unreadable(text: bytearray) -> None:
    """Blank what C and C++ have and the grammars have not."""
    blank_linkage(text)
    source = bytes(text)
    for word, pattern in _BLANKED:
        for match in pattern.finditer(source) if word in source else ():
            blank(text, *match.span(1))
    write_names(text)
    if b"->" in source:
        write_guides(text)
    for match in _ENUM_BASE.finditer(source) if b"enum" in source else ():
        blank(text, *match.span(1))
    for match in _CALL_OPERATOR.finditer(source) if b"operator" in source and b"<>" in source else ():
        blank(text, *match.span(1))
    if b"enum" in source:
        for match in _ENUM_ATTRIBUTE.finditer(source):
            blank(text, *match.span(1))
        for match in _MEMBER_ATTRIBUTE.finditer(source) if b"]]" in source else ():
            blank(text, *match.span(1))
    for match in _ATOMIC.finditer(source) if b"_Atomic" in source else ():
        blank(text, *match.span(1))
        blank(text, *match.span(2))
    for match in _BIT_INT.finditer(source) if b"_BitInt" in source else ():
        text[match.start(1) : match.end(2)] = b"_" * (match.end(2) - match.start(1))
    for match in _TYPEDEF_ARRAY.finditer(source) if b"typedef" in source else ():
        blank(text, *match.span(1))
        blank(text, *match.span(2))
    for match in _THREAD_LOCAL.finditer(source) if b"_Thread_local" in source else ():
        text[slice(*match.span(1))] = b"thread_local "
    for match in _INSTANTIATION.finditer(source) if b"template" in source else ():
        extern = _EXTERN.search(source, max(match.start() - 40, 0), match.start())
        blank(text, extern.start() if extern else match.start(), match.end())
    _write_otherwise(text, source)


def blank_old(text: bytearray) -> None:
    r"""Blank what the grammar of C does not know of functions whose parameters are declared between head and body.

    For an ``auto`` that is all that tells a type, one is written.

    Examples
    --------
    >>> text = bytearray(b"char *f(a)\n T a;\n{\n}\ng(b)\n T b;\n{\n}\n")
    >>> blank_old(text); bytes(text)
    b'char  f(a)\n T a;\n{\n}\ng(b)\n     \n{\n}\n'
    >>> text = bytearray(b"static auto a = 1; auto int b = 2;")
    >>> blank_old(text); text.decode()
    'static char a = 1; auto int b = 2;'
    """
    source = bytes(text)
    for match in _INFERRED.finditer(source) if b"auto" in source else ():
        text[match.start() : match.start() + 4] = b"char"
    if b";\n{" not in text and b";\r\n{" not in text:
        return
    for match in _OLD_POINTER.finditer(source):
        blank(text, *match.span(1))
    lines = directives(source)
    for match in _OLD_INT.finditer(source):
        if begins(source, match.start(), lines):
            blank(text, *match.span(1))


def write_names(text: bytearray) -> None:
    """Blank the parentheses around names that stand behind a type alone.

    Examples
    --------
    >>> text = bytearray(b"lua_Number (lua_version) (lua_State *L);")
    >>> write_names(text); text.decode()
    'lua_Number  lua_version  (lua_State *L);'
    """
    source = bytes(text)
    for match in _ENCLOSED.finditer(source):
        start = source.rfind(b"\n", 0, match.start()) + 1
        called = _CALLS.fullmatch(source, start, match.start())
        if called is not None and _STATEMENT.match(called[1] or b"") is None:
            blank(text, *called.span(2))
            blank(text, match.start(), match.start() + 1)


def write_guides(text: bytearray) -> None:
    r"""Write a body for the arguments of what guides without parameters of their own lead to: the grammar knows none without a type.

    Examples
    --------
    >>> text = bytearray(b"Vec(char*) -> Vec<std::string>; auto f() -> A<int>; template <class T> Vec(T)\n -> Vec<T>;")
    >>> write_guides(text); text.decode()
    'Vec(char*) -> Vec{            } auto f() -> A<int>; template <class T> Vec(T)\n -> Vec<T>;'
    """
    source = bytes(text)
    for match in _GUIDED.finditer(source):
        before = source[max(match.start() - 1_000, 0) : match.start()]
        head = _STATEMENT_END.split(before)[-1]
        guide = _GUIDE.match(head)
        if guide is not None and guide[1] == match[1]:
            blank(text, *match.span(2))
            text[match.start(2)], text[match.end(2) - 1] = b"{}"


def _write_otherwise(text: bytearray, source: bytes) -> None:
    """Write what the grammars do not know as something that they know."""
    for match in _NO_NAME.finditer(source) if b"= " in source else ():
        before = source[max(match.start() - 100, 0) : match.start()].rstrip(b" \t\r\n*")
        if is_word(before[-1:]) or before.endswith(b">"):
            text[match.start(1)] = 0x5F
    for match in _FRIEND.finditer(source) if b"friend" in source else ():
        words = match[1].rstrip()
        text[slice(*match.span())] = b"friend" + match[1][len(words) :] + words
    for match in _SIGNALS.finditer(source) if b"Q_OBJECT" in source else ():
        text[slice(*match.span(1))] = b"public".ljust(len(match[1]))
    for match in _BLOCK.finditer(source) if b"(^" in source else ():
        text[match.start(1)] = 0x2A
    for match in _RAW.finditer(source) if b'R"' in source else ():
        end = source.find(b")" + match[1] + b'"', match.end())
        if end >= 0:
            text[match.end() - 2] = 0x28
            blank(text, match.end() - 1, end)
            text[end : end + 18] = b" )" + match[1][:-1] + b'"'


def write_directives(text: bytearray, lines: list[tuple[int, int]]) -> None:
    r"""Write the conditions of directives as expressions, and blank comments before their ends and names of what may follow.

    The texts of definitions lose their slashes: the grammar takes ``"a/*b"`` in them for the beginning of a comment.

    Examples
    --------
    >>> text = bytearray(b'#if HAS("-Wall") and not A /* b */ && C')
    >>> write_directives(text, [(0, len(text))])
    >>> text.decode()
    '#if HAS(_______) &&  !   A         && C'
    >>> text = bytearray(b"#define log(level, rest...) f(rest)")
    >>> write_directives(text, [(0, len(text))])
    >>> text.decode()
    '#define log(level,     ...) f(rest)'
    >>> text = bytearray(b"#define API  ")
    >>> write_directives(text, [(0, len(text))])
    >>> text.decode()
    '#define API ;'
    """
    source = bytes(text)
    lines = [(source.index(b"#", start, end), end) for start, end in lines]
    for start, end in lines:
        part = source[start:end]
        if b'"' in part and (b"/*" in part or b"//" in part) and _DEFINES.match(part) is not None:
            text[start:end] = TEXT_OR_COMMENT.sub(_without_slashes, part)
    source = bytes(text)
    for start, end in lines:
        part = source[start:end]
        if part[-1] in _WHITE:
            _write_value(text, start, part)
        if b"/*" in part:
            for comment in _INNER_COMMENT.finditer(source, start, end):
                if comment[1]:
                    text[slice(*comment.span())] = _OF_LINE.sub(b" ", comment[0])
        if b"..." in part and (named := _NAMED_REST.match(part)) is not None:
            blank(text, start + named.start(1), start + named.end(1))
        if _CONDITION.match(part) is not None:
            for match in _HAS.finditer(source, start, end):
                text[slice(*match.span(1))] = re.sub(rb"\W", b"_", match[1])
            for match in _TEXT_OR_WORD.finditer(source, start, end):
                text[slice(*match.span())] = _SIGNS.get(match[0]) or b"_" * len(match[0])


def _write_value(text: bytearray, start: int, directive: bytes) -> None:
    """Write a value, or the end of a line, for the white space behind a macro without a value: the grammar takes the next line for it."""
    bare = directive.rstrip(b" \t\r\n\\")
    behind, at = directive[len(bare) :], start + len(bare)
    if behind == b"\r" or _SAYS_NOTHING.fullmatch(bare) is None:
        return
    if behind[1:2] in (b"", b"\n"):
        text[at] = 0x0D
    else:
        text[at : at + 2] = b" ;"  # which no one writes, so that a guard is still told


def write_texts(text: bytearray) -> bool:
    r"""Write a number for what is given to macros of the file that make a text of it; whether there was something.

    Examples
    --------
    >>> text = bytearray(b"#define CL(...) #__VA_ARGS__\nconst char* a = CL(\n  kernel void f(){ };\n);")
    >>> write_texts(text), text.decode().split("\n")[1:]
    (True, ['const char* a = CL(', '  0                  ', ');'])
    """
    source, written = bytes(text), False
    for name in sorted({match[1] for match in _TEXT_OF.finditer(source)}) if b"#" in source else ():
        for match in re.finditer(rb"\b" + name + rb"[ \t]*\(\s*", source):
            end = balanced(source, source.index(b"(", match.start()), _LONGEST_TEXT)
            if end - 1 > match.end() and not source.rfind(b"#", source.rfind(b"\n", 0, match.start()) + 1, match.start()) >= 0:
                blank(text, match.end(), end - 1)
                text[match.end()] = 0x30
                written = True
    return written


def write_brackets(text: bytearray) -> bool:
    """Write otherwise what a grammar takes for the end of brackets, or for none; whether there was something.

    That is ``==`` for ``>=``, a name for what is given to ``BENCHMARK(f, int)->Range(1, 8);`` and ``define_slab(name, struct a *);``, which
    are no values, and one for ``decltype(…)`` as a base.
    """
    source = bytes(text)
    for match in _AT_LEAST.finditer(source) if b">=" in source else ():
        text[match.start()] = 0x3D
    lines: list[tuple[int, int]] | None = None
    for match in _CHAINED.finditer(source):
        lines = directives(source) if lines is None else lines
        if begins(source, match.start(), lines):  # not behind a type on a line of its own
            start, end = match.span(1 if match[1] is not None else 2)
            blank(text, start, end)
            text[end - len(source[start:end].lstrip())] = 0x5F
    for match in _FUNCTION_DEFAULT.finditer(source):
        blank(text, *match.span(1))
    for match in _BASE_OF.finditer(source) if b"decltype" in source else ():
        end = balanced(source, match.end() - 1)
        if end > 0 and b"\n" not in source[match.start(1) : end]:
            text[match.start(1) : end] = b"_" * (end - match.start(1))
    return text != source


def _without_slashes(match: re.Match[bytes]) -> bytes:
    """A text without what the grammar takes for the beginning of a comment in it."""
    return match[0].replace(b"/", b"_") if match[0].startswith(b'"') else match[0]


def write_arguments(text: bytearray) -> bool:
    """Write a name for the inner one of ``A<B<int>>``; whether there was one.

    The grammar of CUDA takes its end for that of a launch, and that of C++ has many ways to read such brackets and gives up.
    """
    source = bytes(text)
    for match in _INNER.finditer(source) if b">" in source else ():
        text[slice(*match.span())] = b"_" * len(match[0])
    return text != source


def blank_empty_conditions(text: bytearray) -> bool:
    """Blank conditions without content within declarations, as attributes that were blanked leave them; whether there was one."""
    source, lines = bytes(text), list[tuple[int, int]]()
    for match in _ALONE.finditer(source) if b"__declspec" in source or b"__attribute__" in source else ():
        end = balanced(source, match.start(2))
        if end > 0 and source[end : end + 200].lstrip().startswith(b"#"):
            blank(text, match.start(1), end)
    shown = bytes(text)
    for match in _EMPTY_CONDITION.finditer(shown) if b"endif" in shown else ():
        lines = lines or directives(shown)
        if not begins(shown, match.start(), lines) or shown[: match.start()].endswith(b")"):
            blank(text, *match.span())
    return text != source
