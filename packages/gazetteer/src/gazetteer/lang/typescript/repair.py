"""Repairs of TypeScript: what the language allows and the grammar does not know, blanked or written as it does, at equal length."""

from __future__ import annotations

import re

from ..base import blanked
from ..javascript.imports import IMPORTED_TYPE
from ..javascript.repair import with_known_syntax as with_syntax_of_javascript
from ..replacing import capital, capital_behind, spaces, spaces_behind

__all__ = ["DEFAULT", "with_known_syntax"]

#: ``in`` and ``out`` before a type parameter.
_VARIANCE = re.compile(
    rb"(?<=[<,])((?:\s|//[^\n]*\n|/\*(?>(?:[^*]|\*(?!/)){0,2000})\*/){0,200})((?:const\s+)?(?:in\s+out|in|out))(?=\s+[A-Za-z_$])"
)
#: ``export type * from``; a field whose name is a word of types; a quoted backtick in a template.
_TYPES = re.compile(rb"(\bexport\s+)type(?=\s*\*)")
_WORD = re.compile(rb"(^[ \t]*(?:readonly[ \t]+)?)(abstract|in|instanceof|as|is|extends|satisfies)(?=\??:)", re.MULTILINE)
#: The same of members and of what is called, wherever they stand.
_NAME = re.compile(rb"\b(?:(?:abstract|accessor)(?=\??[ \t]*[:(;=])|type(?=\s*[,}]))")
#: Names of elements of tuples and of parameters that are words of types.
_LABEL = re.compile(
    rb"(?<=[\[(,])(\s{0,200}(?:\.\.\.)?)(any|await|bigint|boolean|false|infer|keyof|never|null|number|object|string|symbol|this|true"
    rb"|undefined|unique|unknown|void|yield)(?=\??\s{0,200}:)"
)
#: ``override`` of a field that is abstract; the type of ``undefined``; that of a module as an argument.
_OVERRIDE = re.compile(rb"(\babstract\s+)override(?=\s+[\w$#]+\s*[?!]?\s*[:;=])")
_UNDEFINED = re.compile(rb"(\btypeof\s+)undefined\b")
_MODULE = re.compile(rb"(<\s*)(typeof)(\s+import\(\s*(?:\"[^\"\n]*\"|'[^'\n]*')\s*\))(?=\s*>)")
#: What a class extends, and types of other modules in that, which may be arguments there.
_HERITAGE = re.compile(rb"\bclass\b[^{};()]{0,400}\bextends\b[^{};]{0,2000}\{")
_OF_MODULE = re.compile(rb"\bimport\(\s*(?:\"[^\"\n]*\"|'[^'\n]*')\s*\)\s*\.")
#: How the module of a type is found: ``import("a", { with: { "resolution-mode": "import" } })``.
_FOUND = re.compile(
    rb"(\bimport\(\s*(?:\"[^\"\n]*\"|'[^'\n]*')\s*)(,\s*\{\s*(?:with|assert)\s*:\s*\{[^{}]*\}\s*(?:,\s*)?\}\s*(?:,\s*)?)(?=\))"
)
#: ``static`` before an index signature.
_INDEXED = re.compile(rb"\bstatic(?=\s+(?:readonly\s+)?\[\s*[\w$]+\s*:)")
#: ``export`` before an import; a class without a name.
_EXPORTED = re.compile(rb"\bexport(?=\s+import\s+(?:type\s+)?[\w$]+\s*=\s*require\s*\()")
_NAMELESS = re.compile(rb"(\bexport\s+default\s+)abstract(?=\s+class\s*(?:[{<]|extends\b|implements\b))")
#: ``for (using a of b)``, in which the grammar knows ``const``.
_HELD = re.compile(rb"(\bfor\s*(?:await\s*)?\(\s*)(await\s+)?using(?=\s+\w+\s+of\b)")
#: A function without a name, which has no body: its name is `DEFAULT` then, which is as long as the word.
_DEFAULT = re.compile(rb"(\bexport[ \t]+)default([ \t]+)function([ \t]*)(?=[(<])")
DEFAULT = b"Default"
_STATIC = re.compile(rb"(\b(?:static|override)\s+)accessor(?=[ \t]+[\w$#\"'\[])")
_BACKTICK = re.compile(rb"\\`")
#: What a tagged template is given as types.
_TAGGED = re.compile(rb"(?<=\w)<[^<>`;()]*(?:<[^<>`;()]*>[^<>`;()]*)*>(?=`)")
_COMMENT = rb"[ \t]*(?://[^\n]*|/\*(?>(?:[^*]|\*(?!/)){0,2000})\*/[ \t]*)?\r?\n"
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
    >>> with_known_syntax(b"class A extends B<import('b').C, D> implements E {}")
    b'class A extends B<            C, D> implements E {}'
    >>> with_known_syntax(b"export type * from 'a'; b<C>`d`;")
    b"export      * from 'a'; b   `d`;"
    >>> with_known_syntax(b"export default function (): A; type B = [string: C]; class D { abstract() {} static [e: F]: G }")
    b'export function Default (): A; type B = [String: C]; class D { Abstract() {}        [e: F]: G }'
    >>> with_known_syntax(b"a<typeof import('b')>(); class C { abstract override d: typeof undefined }")
    b'a<any               >(); class C { abstract          d: typeof Undefined }'
    >>> with_known_syntax(b"for await (await using a of b) {}")
    b'for await (      const a of b) {}'
    >>> with_known_syntax(b"let a: {\n  (b): C\n  <D>(e: D): C\n}")
    b'let a: {\n  (b): C\n; <D>(e: D): C\n}'
    """
    text = _VARIANCE.sub(spaces_behind, text)
    text = _HERITAGE.sub(lambda match: _OF_MODULE.sub(spaces, match[0]), IMPORTED_TYPE.sub(spaces, _FOUND.sub(spaces_behind, text)))
    text = _STATIC.sub(rb"\1        ", with_syntax_of_javascript(text))
    text = _NAME.sub(capital, _LABEL.sub(capital_behind, text))
    text = _EXPORTED.sub(b"      ", _NAMELESS.sub(rb"\1        ", _INDEXED.sub(b"      ", text)))
    text = _OVERRIDE.sub(rb"\1        ", text)
    text = _MODULE.sub(lambda match: match[1] + b"any   " + blanked(match[3]), _UNDEFINED.sub(rb"\1Undefined", text))
    text = _HELD.sub(lambda match: match[1] + blanked(match[2] or b"") + b"const", text)
    text = _DEFAULT.sub(rb"\1function\2" + DEFAULT + rb"\3", text)
    text = _TYPES.sub(rb"\1    ", _WORD.sub(capital_behind, text))
    text = _TAGGED.sub(spaces, _BACKTICK.sub(b"  ", text))
    return _UNSEPARATED.sub(rb"\1;", text)
