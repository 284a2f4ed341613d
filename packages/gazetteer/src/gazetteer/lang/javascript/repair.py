"""Repairs of JavaScript: what the language allows and the grammar does not know, blanked or written as it does, at equal length."""

from __future__ import annotations

import re

from ..replacing import capital, spaces_behind

__all__ = ["with_known_syntax"]

#: What stands between the quotes of ``export … from "x"``, and the attributes behind it, which the grammar knows of imports alone.
_ATTRIBUTES = re.compile(rb"(\bfrom\s*(?:\"[^\"\n]*\"|'[^'\n]*')\s*)((?:with|assert)\s*\{[^{}]*\})")
#: A word that begins a declaration, as the name of a parameter or of what is called: a capital makes a name of it.
_USING = re.compile(rb"\busing(?=\??[ \t]*[:(,);])")
#: ``import defer * as a``, ``import source a from``.
_PHASE = re.compile(rb"(\bimport\s+)(defer(?=\s*\*)|source(?=\s+[\w$]+\s+from\b))")
#: What stands in braces behind ``import`` and ``export``, and words there that are no names elsewhere.
_CLAUSE = re.compile(rb"\b(?:import|export)\s*(?:[\w$]+\s*,\s*)?\{[^{}]*\}")
_RESERVED = re.compile(
    rb"\b(?:break|case|catch|class|const|continue|debugger|delete|do|else|enum|export|extends|false|finally|for|function|if|import|in|instanceof"
    rb"|new|null|return|super|switch|this|throw|true|try|typeof|var|void|while|with)(?=\s*(?:[,}]|as\s))"
)

#: The ``&`` of an address in an attribute of JSX, which the grammar takes for the beginning of a character's name.
_QUERY = re.compile(rb"(?<=[\w/%.-])&(?=[\w-]+=)")


def with_known_syntax(text: bytes) -> bytes:
    """`text` with blanks for what the grammar does not know, and with capitals where it takes names for words.

    Examples
    --------
    >>> with_known_syntax(b'export * from "./a.json" with { type: "json" };')
    b'export * from "./a.json"                      ;'
    >>> with_known_syntax(b'<a href="/b?c=d&e=f" />')
    b'<a href="/b?c=d_e=f" />'
    >>> with_known_syntax(b'import defer * as a from "a";')
    b'import       * as a from "a";'
    >>> with_known_syntax(b"using(a); export { b as delete, in as c };")
    b'Using(a); export { b as Delete, In as c };'
    """
    text = _PHASE.sub(spaces_behind, _QUERY.sub(b"_", _ATTRIBUTES.sub(spaces_behind, text)))
    return _USING.sub(b"Using", _CLAUSE.sub(lambda match: _RESERVED.sub(capital, match[0]), text))
