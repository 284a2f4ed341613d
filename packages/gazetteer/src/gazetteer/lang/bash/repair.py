"""Repairs of shell scripts: what shells allow and the grammar does not know, written as it does, at equal length."""

from __future__ import annotations

import re

from ..replacing import name, name_behind, spaces_behind

__all__ = ["HEAD", "with_known_syntax"]

#: The head of a function, and one whose body is a loop or a choice, of which the grammar knows nothing.
HEAD = re.compile(rb"(?:function[ \t]+([\w.:@+-]+)[ \t]*(?:\([ \t]*\))?|([\w.:@+-]+)[ \t]*\([ \t]*\))\s*")
_HEADED = re.compile(
    rb"^([ \t]*)((?:" + HEAD.pattern.replace(rb"([\w", rb"(?:[\w") + rb"))(?=(?:for|while|until|case|select)\b[ \t(])", re.MULTILINE
)

#: ``for name do``: the space before ``do``.
_FOR = re.compile(rb"(\bfor[ \t]+\w+[ \t]*)[ \t](?=do\b)")
#: The pattern of a case, in which texts stand among other signs: the space and the quotes of those.
_PATTERN = re.compile(
    rb"^([ \t]*\(?)((?:[^\s()'\"`$#;&<>\\]*(?:'[^'\n()]*'|\"[^\"\n()`]*\"))+[^\s()'\"`$#;&<>\\]*)(?=[ \t]*\))", re.MULTILINE
)
#: A dollar that begins no variable: before a sign, at the end of what stands in backquotes.
_DOLLAR = re.compile(rb"(?<![\\$])\$(?=[/,.:`|])")
#: A pattern of the extended sort, without spaces: ``@(a|b)``.
_EXTENDED = re.compile(rb"[@!?*+]\((?:[^\s()'\"`;&]|\([^\s()'\"`;&]*\))+\)")
#: A test whose operator is a variable: the quotes and the spaces between that and what it is of.
_OPERATOR = re.compile(rb"(\[[ \t]+\"\$\w+)(\"[ \t]+\")(?=[^\"\n]*\"[ \t]+\])")
#: The end of a block right behind that of another.
_CLOSED = re.compile(rb"(\b(?:done|fi|esac))[ \t](?=[ \t]*\})")


def with_known_syntax(text: bytes) -> bytes:
    r"""`text` with what the grammar knows for what it does not; names are read from the original.

    Examples
    --------
    >>> with_known_syntax(b"for a do x=`sed s/:$//`; done\ncase b in\n  ?*' '?*) c;;\nesac\n")
    b'for a;do x=`sed s/:a//`; done\ncase b in\n  aaaaaaa) c;;\nesac\n'
    >>> with_known_syntax(b'[ "$a" "$b" ] || c')
    b'[ "$aaaa$b" ] || c'
    >>> with_known_syntax(b"a() while b; do c; done")
    b'    while b; do c; done'
    """
    text = _FOR.sub(rb"\1;", _HEADED.sub(spaces_behind, text))
    text = _EXTENDED.sub(name, text)
    text = _OPERATOR.sub(name_behind, _PATTERN.sub(name_behind, text))
    text = _CLOSED.sub(rb"\1;", text)
    return _DOLLAR.sub(b"a", text)
