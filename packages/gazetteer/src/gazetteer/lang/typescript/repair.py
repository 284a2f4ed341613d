"""Repairs of TypeScript: what the language allows and the grammar does not know, blanked or written as it does, at equal length."""

from __future__ import annotations

import re

from ..base import blanked
from ..javascript.imports import IMPORTED_TYPE

__all__ = ["with_known_syntax"]

#: ``in`` and ``out`` before a type parameter.
_VARIANCE = re.compile(rb"(?<=[<,])((?:\s|//[^\n]*\n|/\*(?:[^*]|\*(?!/))*\*/){0,200})((?:const\s+)?(?:in\s+out|in|out))(?=\s+[A-Za-z_$])")
#: ``export type * from``; a field whose name is a word of types; a quoted backtick in a template.
_TYPES = re.compile(rb"(\bexport\s+)type(?=\s*\*)")
_WORD = re.compile(rb"(^[ \t]*(?:readonly[ \t]+)?)(abstract|in|instanceof|as|is|extends|satisfies)(?=\??:)", re.MULTILINE)
_STATIC = re.compile(rb"(\bstatic\s+)accessor(?=[ \t]+[\w$#\"'\[])")
_BACKTICK = re.compile(rb"\\`")
#: What a tagged template is given as types.
_TAGGED = re.compile(rb"(?<=\w)<[^<>`;()]*(?:<[^<>`;()]*>[^<>`;()]*)*>(?=`)")
_COMMENT = rb"[ \t]*(?://[^\n]*|/\*(?:[^*]|\*(?!/))*\*/[ \t]*)?\r?\n"
#: The end of a line, and the first space of a later one, before a signature without a name.
_UNSEPARATED = re.compile(rb"(?:(?<=[\w\])}\"'])|(?<=[^=]>))((?:" + _COMMENT + rb"){1,40})[ \t](?=[ \t]*(?:<\s*[A-Za-z_$]|\())")


def with_known_syntax(text: bytes) -> bytes:
    r"""`text` with blanks for what the grammar does not know, and with semicolons where it wants them and the language does not.

    Examples
    --------
    >>> with_known_syntax(b"interface A<in B, out C, in out D> {}")
    b'interface A<   B,     C,        D> {}'
    >>> with_known_syntax(b"let a: import('b').C<D>")
    b'let a:             C<D>'
    >>> with_known_syntax(b"export type * from 'a'; b<C>`d`;")
    b"export      * from 'a'; b   `d`;"
    >>> with_known_syntax(b"let a: {\n  (b): C\n  <D>(e: D): C\n}")
    b'let a: {\n  (b): C\n; <D>(e: D): C\n}'
    """
    text = _VARIANCE.sub(lambda match: match[1] + blanked(match[2]), text)
    text = IMPORTED_TYPE.sub(lambda match: blanked(match[0]), text)
    text = _STATIC.sub(rb"\1        ", text)
    text = _TYPES.sub(rb"\1    ", _WORD.sub(lambda match: match[1] + match[2].capitalize(), text))
    text = _TAGGED.sub(lambda match: blanked(match[0]), _BACKTICK.sub(b"  ", text))
    return _UNSEPARATED.sub(rb"\1;", text)
