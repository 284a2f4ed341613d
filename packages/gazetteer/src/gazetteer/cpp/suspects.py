"""Words that are probably macros, though no file of the tree defines them: by where they stand and how they are spelled.

Read so only where the text has errors without it, and kept only where it has fewer with it.
"""

from __future__ import annotations

import re

from .blanking import Call, balanced, begins, blank, inside

__all__ = ["blank_suspects"]

#: A word in upper case with an underscore: types are seldom called so. One that begins with two underscores, as macros of compilers and
#: kernels do, unless the grammar knows it.
_KNOWN = (
    rb"attribute|declspec|asm|extension|restrict|typeof|auto_type|int\d|cdecl|stdcall|fastcall|thiscall|vectorcall|clrcall|builtin|"
    rb"thread|inline|forceinline|volatile|const|signed|complex|real|imag|alignof|global__|device__|host__|shared__|constant__|"
    rb"grid_constant|managed|launch_bounds|based|unaligned|func|FUNC|has_|cplusplus|try|except|finally|leave"
)
_WORD = rb"(?:[A-Z][A-Z0-9]*_[A-Z0-9_]+|__(?!" + _KNOWN + rb")[a-z]\w*)"
_CALLED = _WORD + rb"(?:[ \t]*\((?:[^(){};]|\([^(){};]*\))*\))?"
_SUSPECTS = (
    # void f() const FOO_NOEXCEPT;   A::A() FOO_NOTHROW : b() {}
    re.compile(
        rb"\)(?:\s*(?:const|override|final|noexcept|&&?))*\s*((?:\b" + _CALLED + rb"\s*){1,4})(?=[;{:=]|->|override\b|final\b|const\b)"
    ),
    # int field FOO_GUARDED_BY(mu);
    re.compile(rb"[\w>&*]\s+[*&]*[A-Za-z_]\w*\s+(" + _WORD + rb"\s*\((?:[^(){};]|\([^(){};]*\))*\))(?=\s*[;=])"),
    # explicit FOO_CONSTEXPR A(int);
    re.compile(rb"\bexplicit\s+((?:" + _CALLED + rb"\s+){1,4})(?=[A-Za-z_]\w*\s*\()"),
    # int FOO_PRINTF(1, 2) f(const char*, ...);   void FOO_CALL g();
    re.compile(rb"[\w>&*]\s+\b(" + _CALLED + rb")(?=\s+[A-Za-z_]\w*\s*\()"),
    # namespace a FOO_VISIBLE {
    re.compile(rb"\bnamespace\s+[A-Za-z_][\w:]*\s+(" + _CALLED + rb")(?=\s*\{)"),
    # } FOO_ALIGNED(4);
    re.compile(rb"\}\s*(" + _CALLED + rb")(?=\s*;)"),
    # void f(FOO_UNUSED int a);
    re.compile(rb"[(,]\s*(" + _CALLED + rb")(?=\s+(?!const\b)[A-Za-z_][\w:]*(?:<[^;{}()]*>)?[\s*&]+[A-Za-z_]\w*\s*[,)=])"),
    # int (FOO_STDCALL *f)(int);
    re.compile(rb"\(\s*(" + _WORD + rb")(?=\s*\*)"),
)
#: FOO_NODISCARD int f();   FOO_DEPRECATED("x") int g();   static FOO_INLINE int h();
_LEADING = re.compile(
    rb"\b((?:" + _CALLED + rb"\s+){1,4})(?=(?!const\b|volatile\b|operator\b)[A-Za-z_][\w:]*(?:<[^;{}()]*>)?[\s*&]+[*&]*[A-Za-z_])"
)
_BEFORE_LEADING = re.compile(rb"(?:\A|\n|[;{}:>]|\b(?:static|inline|virtual|extern|constexpr|friend|typedef))[ \t]*\Z")
#: ``class my_export A : B``: of two names before a colon, the first is no name of the class.
_BASED = re.compile(rb"\b(?:class|struct)((?:\s+[A-Za-z_]\w*){1,4})\s+(?=(?!final\b)[A-Za-z_]\w*\s*(?:final\s*)?:(?!:))")
_BEFORE_BASED = re.compile(rb"(?:\A|[^(\s])\s*\Z")
#: Comments and literals hold such words too, and brackets.
_HIDDEN = re.compile(rb'//[^\n]*|/\*.*?(?:\*/|\Z)|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)+\'', re.DOTALL)
_CALL = re.compile(rb"^[ \t]*(" + _WORD + rb")[ \t]*\(", re.MULTILINE)


def blank_suspects(text: bytearray, skipped: list[tuple[int, int]]) -> list[Call]:
    """Blank such words outside of directives (`skipped`); gives the calls among them that stand like declarations."""
    shown = bytearray(_HIDDEN.sub(_hidden, bytes(text)))
    source, calls = bytes(shown), list[Call]()
    for match in _CALL.finditer(source):
        end = balanced(source, match.end() - 1)
        if end > 0 and source[end : end + 1] == b";" and not inside(match.start(1), skipped) and begins(source, match.start(1), skipped):
            calls.append(Call(match[1].decode(), match.start(1), end))
            for of in (text, shown):
                blank(of, match.start(1), end + 1)
    for pattern, before in ((_BASED, _BEFORE_BASED), (_LEADING, _BEFORE_LEADING), *((p, None) for p in _SUSPECTS)):
        source = bytes(shown)
        for match in pattern.finditer(source):
            after = before is None or before.search(source, max(match.start() - 40, 0), match.start()) is not None
            if after and not inside(match.start(1), skipped):
                for of in (text, shown):
                    blank(of, *match.span(1))
    return calls


def _hidden(match: re.Match[bytes]) -> bytes:
    """A comment as spaces, a literal as one without words."""
    if match[0].startswith(b"/"):
        return re.sub(rb"[^\n]", b" ", match[0])
    return match[0][:1] + b"0" * (len(match[0]) - 2) + match[0][-1:]
