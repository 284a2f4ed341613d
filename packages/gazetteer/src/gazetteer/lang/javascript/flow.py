"""JavaScript with the types of Flow: read with the grammar of TypeScript, which has most of them, and blanks for what it has otherwise."""

from __future__ import annotations

import re

from ..replacing import spaces

__all__ = ["as_typescript"]

#: What the first comment of such a file says; others may have the mark in a text further down.
_MARK, _HEAD = b"@flow", 2_000
_ARGUMENTS = rb"(?:<(?>(?:[^<>]++|<(?>(?:[^<>]++|<[^<>]*>)*)>)*)>)"
_PARENTHESES = rb"\((?>(?:[^()]++|\((?>(?:[^()]++|\([^()]*+\))*)\))*)\)"
#: ``{| a: B |}``; ``{a: B, ...}``; ``{...A, b: C}``, of types, which have capitals; ``A<>``.
_EXACT = re.compile(rb"(?<=\{)\||\|(?=\})")
_INEXACT = re.compile(rb"\.\.\.(?=\s*[,}])")
_SPREAD = re.compile(rb"\.\.\.(?:\$?[A-Z][\w$]*\.)*\$?[A-Z][\w$]*" + _ARGUMENTS + rb"?+\s*(?:,|(?=\}))")
_NO_ARGUMENTS = re.compile(rb"(?<=\w)<>")
#: ``?A``, which may be missing.
_MAYBE = re.compile(rb"([:<,|(&=]\s*|=>\s*)\?(?=[\w({\[$'\"?])")
#: ``+a: B`` and ``-a: B``, for which way a field may be used.
_VARIANCE = re.compile(rb"(^[ \t]*(?:static[ \t]+)?|[{,<][ \t]*)[+-](?=[\w$]+\??\s*[:<(,>=]|\[|[\w$]+[ \t]+extends\b)", re.MULTILINE)
#: ``opaque type``, ``declare export``, ``import typeof``, ``interface {…}`` as a type, ``@@iterator``.
_OPAQUE = re.compile(rb"\bopaque(?=\s+type\b)|\bdeclare(?=\s+export\b)|\binterface(?=\s*\{)|@@(?=iterator\b|asyncIterator\b)")
_TYPEOF = re.compile(rb"(\bimport\s+type)of(?=\s)")
#: ``component A(b: C) {``, and the same as a type.
_COMPONENT = re.compile(rb"\bcomponent(?=\s+[A-Z]\w*\s*[(<])")
_COMPONENT_TYPE = re.compile(rb"\bcomponent" + _ARGUMENTS + rb"?\s*" + _PARENTHESES)
#: ``(a: B)``, which takes something for another type.
_CAST = re.compile(
    rb"(?<![\w$\])>])(\(\s*(?:[\w$.]+|" + _PARENTHESES + rb"|[\w$.]+" + _PARENTHESES + rb")\s*)(:[^()=;?]*)\)(?!\s*(?:=>|[{:]))"
)


def as_typescript(content: bytes) -> tuple[bytes, str] | None:
    r"""A file with types of Flow as one of TypeScript with JSX, at equal length, and the name of that; None for what is not marked as such.

    Examples
    --------
    >>> as_typescript(b"// @flow\ntype A = {| +b: ?C, ...D<E>, ... |};")
    (b'// @flow\ntype A = {   b:  C,               };', 'tsx')
    >>> as_typescript(b"/* @flow */ component A(b: C) {} opaque type D = (e: F);")
    (b'/* @flow */ function  A(b: C) {}        type D = (e   );', 'tsx')
    >>> as_typescript(b"let a;") is None
    True
    """
    if _MARK not in content[:_HEAD]:
        return None
    text = _INEXACT.sub(b"   ", _EXACT.sub(b" ", content))
    text = _NO_ARGUMENTS.sub(b"  ", _SPREAD.sub(spaces, text))
    text = _TYPEOF.sub(rb"\1  ", _OPAQUE.sub(spaces, text))
    text = _COMPONENT_TYPE.sub(_any, _COMPONENT.sub(b"function ", text))
    text = _VARIANCE.sub(rb"\1 ", _MAYBE.sub(rb"\1 ", text))
    return _CAST.sub(_uncast, _CAST.sub(_uncast, text)), "tsx"


def _any(match: re.Match[bytes]) -> bytes:
    return b"any" + spaces(match)[3:]


def _uncast(match: re.Match[bytes]) -> bytes:
    return match[1] + re.sub(rb"[^\n]", b" ", match[2]) + b")"
