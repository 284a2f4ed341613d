"""Repairs of Kotlin: what the language allows and the grammar does not know, written as it does, at equal length."""

from __future__ import annotations

import re

from ..base import blanked
from ..replacing import capital, spaces, spaces_behind, without_comments_before

__all__ = ["ANNOTATION", "BEFORE_DECLARATION", "with_known_syntax"]

#: Comments and texts, of which one that does not end has all the rest: each would be looked through to the end otherwise.
_TOKEN = re.compile(rb'"""(?:.*?)(?:"""+|\Z)|"(?:[^"\\\n]|\\.)*"|//[^\n]*|/\*.*?(?:\*/|\Z)|\'(?:[^\'\\\n]|\\.)\'|[ \t]\}', re.DOTALL)
_TEXT = rb'(?:"""(?:[^"]|"(?!""))*"""|"(?:[^"\\\n]|\\.)*")'
#: An annotation with what it is given, where parentheses nest two deep at most.
ANNOTATION = re.compile(
    rb"@(?:[a-z]+:)?[A-Za-z_][\w.]*(?:<[^<>()]*>)?"
    rb"(?:\((?:[^()\"]|" + _TEXT + rb"|\((?:[^()\"]|" + _TEXT + rb"|\((?:[^()\"]|" + _TEXT + rb")*\))*\))*\))?"
)
_WORDS = (
    rb"public|private|protected|internal|expect|actual|annotation|data|enum|sealed|open|inner|value|abstract|final|const|lateinit|"
    rb"override|suspend|inline|operator|infix|tailrec|external|companion|fun|class|interface|object|typealias|va[lr]"
)
#: Annotations right before a declaration.
BEFORE_DECLARATION = re.compile(
    rb"(?:" + ANNOTATION.pattern + rb"\s+(?://[^\n]*\n\s*)*)+(?=(?:" + _WORDS + rb")(?:\s+[\w`]|\s*/\*)|(?:fun|va[lr])\s*<)"
)
#: An annotation of the file behind another on its line.
_OF_FILE = re.compile(rb"(?<=[\w)])[ \t]+(?=@file:)" + ANNOTATION.pattern)
#: ``val [a, b] = …``, ``for ([a, b] in …)``, ``{ [a, b] -> … }``: parts of a value by their names.
_DESTRUCTURED = re.compile(
    rb"(\b(?:va[lr]|for)[ \t]*\(?[ \t]*)\[([^\[\]{}\"]*)\](?=\s*(?:=|in\b))|"
    rb"(\{\s*|,\s*)\[([^\[\]{}\"]*)\](?=[^\n{}=]{0,200}->)"
)
#: ``context(a: A)`` before a declaration; between its parentheses there may be others, one deep.
_CONTEXT = re.compile(rb"(^[ \t]*|[;{}][ \t]*)(context[ \t]*\((?:[^()\n]|\([^()\n]*\))*\))(?=\s*(?:@|[a-z]))", re.MULTILINE)
#: ``context(A)`` before the type of a function; a function that is called as the words before functions are.
_CONTEXT_TYPE = re.compile(rb"(:\s*)(context[ \t]*\([^()\n]*\))(?=[ \t]*[(\w])")
_SUSPEND = re.compile(rb"(\bfun\s+(?:<[^<>\n]*>\s*)?)suspend(?=\s*\()")
#: The primary constructor of a class on a line below its name, after annotations and its visibility.
_CONSTRUCTOR = re.compile(
    rb"(\b(?:class|interface)[ \t]+\w+[ \t]*(?:<[^<>{}()]*>)?[ \t]*(?:\s*(?://[^\n]*|/\*(?>(?:[^*]|\*(?!/)){0,2000})\*/)){0,20}\n)"
    rb"((?:\s*(?:" + ANNOTATION.pattern + rb"|(?:public|private|protected|internal|actual|expect)\b))+)(?=\s*constructor\b)",
    re.DOTALL,
)
#: What a parenthesis on a line below belongs to: the name of a class or a function, the word for its constructor.
_OPENED = re.compile(
    rb"(\bclass[ \t]+[\w`]+(?:[ \t]*<[^<>{}()]*(?:<[^<>]*>[^<>{}()]*)*>)?|\bconstructor|\bfun[ \t][^\n(){}=;\"]{0,200}[\w`])"
    rb"([ \t]*\r?\n\s*)\("
)
#: ``(val a = b, val c = d) = …``: parts of a value by other names.
_RENAMED = re.compile(rb"^([ \t]*)\(va[lr][ \t]+(\w+[^()\n]*)\)(?=[ \t]*=(?!=))", re.MULTILINE)
_SOURCE = re.compile(rb"(?:=|:)[^,]*|\bva[lr]\b")
#: A negative case of ``when`` behind another case, from which it seems to be subtracted; a member of a nullable type.
_NEGATIVE, _NULLABLE = re.compile(rb"^([ \t]+)-(?=\w[^\n]{0,200}->)", re.MULTILINE), re.compile(rb"(?<=\w)\?(?=::\w)")
#: A word that says something of a declaration, as the name of something; what is made by a constructor, and what is so called.
_NAMED = re.compile(
    rb"\b(?:abstract|annotation|companion|const|data|enum|expect|external|final|infix|inline|inner|internal|lateinit|open|operator|out|"
    rb"override|private|protected|public|reified|sealed|suspend|tailrec|value|vararg)\b"
    rb"(?=\s*(?:->|[.,)\]}])|[ \t]*(?:[?!=+*%-]|/(?![/*])|\[|:(?!:)))|"
    rb"\b(?:annotation|data|enum|external|infix|inline|inner|internal|open|operator|sealed|value)\b(?=\()|"
    rb"\bsuspend\b(?=\s*\{)|(?<!fun )\bdynamic(?=\.\w)|(?<=\bva[lr] )dynamic\b|"
    rb"\bconstructor\b(?!(?:\s|//[^\n]*\n|/\*(?>(?:[^*]|\*(?!/)){0,2000})\*/)*\()"
)
#: The end of a block on a line before what is done with what it throws; a function without a name and without types; a long ``$``.
_CAUGHT = re.compile(rb"\}((?:\s|//[^\n]*\n){0,20}\n[ \t]*)[ \t](?=(?:catch\s*\(|finally\s*\{))")
_UNTYPED, _DOLLARS = re.compile(rb"(\bfun\s*\()([^():]+(?:,[^()]*)?)(?=\)(?!\s*\??\.))"), re.compile(rb"\$\$+(?=\")")
#: A case of ``when`` with a condition, ``is A if b ->`` or ``else if c ->``, in a line without what stands in quotes.
_GUARDED = re.compile(rb"[ \t]*[^ \t].*?([ \t]if\b.*)")
_PART = re.compile(rb"[^;{}]+")
_QUOTED = re.compile(rb'"(?:[^"\\]|\\.)*"')
#: A declaration behind the end of another on its line.
_BESIDE = re.compile(rb"\}[ \t](?=[ \t]*(?:@\w+[ \t]+)*(?:(?:" + _WORDS + rb")[ \t]+[\w`]|constructor\())")
#: Who may set a property, on its line: for a comment, since what is blanked before a declaration is taken to be of it.
_SETTER = re.compile(rb"(?<=;)[ \t]*(?:private|protected|internal|public)[ \t]+set\b(?![ \t]*[\w(]);?")
#: A comment on one line, of which there are many before the end of a block in none but lines without end.
_COMMENT, _NEAR = re.compile(rb"/\*.*?\*/"), 2_000
#: What stands below a property and is no accessor of it: a name of which something is done, a call of more than a name or without a body.
_CALLED = re.compile(
    rb"^([ \t]*)([gs])(?=et\w*[ \t]*[-+*/%]?=(?!=)|et[ \t]*[.?\[]|(?<=g)et\([^)]|"
    rb"(?<=s)et\((?:[^(),]|\((?:[^()]|\([^()]*\))*\))*(?:,|\)[ \t]*(?:[.;}]|$)))",
    re.MULTILINE,
)
#: A field of another type than its property, written as what reads it is; what is said once too often; before a function without a name.
_FIELD = re.compile(rb"(\bva[lr][ \t][^\n={}]*:[^\n={}]*\n[ \t]+)field(?=[ \t]*(?::|=(?!=)))")
#: A name in parentheses that is called, which seems to be what the line above is called with.
_PARENTHESES = re.compile(rb"^([ \t]*)\((\w+)\)(?=\()", re.MULTILINE)
_TOO_MUCH = re.compile(rb",(?=\s*>)|;(?=\s*;)|\bsuspend(?=\s+fun\s*\()")
_EMPTY_LIST = re.compile(rb"(=\s*)\[\](?=\s*[,)\n])")


def with_known_syntax(text: bytes) -> bytes:
    r"""`text` with older syntax for newer, and with separators where the grammar wants them and the language does not.

    Examples
    --------
    >>> with_known_syntax(b'class A { val x = " }" }')
    b'class A { val x = " }";}'
    >>> with_known_syntax(b"class A {\n  val x = 1\n }")
    b'class A {\n  val x = 1\n }'
    >>> with_known_syntax(b"for ([a, b] in c) { d { [e, f] -> g[e] } }")
    b'for ((a, b) in c) { d { (e, f) -> g[e];};}'
    >>> with_known_syntax(b"context(a: A)\nfun f(b: List<B> = [])")
    b'             \nfun f(b: List<B> = "")'
    >>> with_known_syntax(b"class A\n@B\nprivate constructor()")
    b'class A\n  \n        constructor()'
    >>> with_known_syntax(b"class A<B>\n  (val c: B)")
    b'class A<B>(\n  val c: B)'
    >>> with_known_syntax(b'try { a(fun(b) {}, $$"$c") }\n catch (d: E) { inline(constructor) }')
    b'try { a(fun( ) {},   "$c")  \n}catch (d: E) { Inline(Constructor);}'
    >>> with_known_syntax(b"(val a = b, val c = d) = e")
    b'val (a    ,     c    ) = e'
    >>> with_known_syntax(b'@A(")") internal object B')
    b'        internal object B'
    >>> with_known_syntax(b"when (a) {\n  is B if a.c -> 1\n  else -> if (d) 2 else 3\n}")
    b'when (a) {\n  is B        -> 1\n  else -> if (d) 2 else 3\n}'
    """
    text = _DESTRUCTURED.sub(_in_parentheses, _OF_FILE.sub(spaces, without_comments_before(text)))
    text = _CONTEXT.sub(spaces_behind, text)
    text = _CONTEXT_TYPE.sub(spaces_behind, _SUSPEND.sub(rb"\1Suspend", text))
    text = _OPENED.sub(rb"\1(\2", _CONSTRUCTOR.sub(spaces_behind, text))
    text = BEFORE_DECLARATION.sub(spaces, text)
    text = _EMPTY_LIST.sub(rb'\1""', text)
    text = _RENAMED.sub(lambda match: match[1] + b"val (" + _SOURCE.sub(spaces, match[2]) + b")", text)
    text = _NAMED.sub(capital, text)
    text = _CAUGHT.sub(rb" \1}", _DOLLARS.sub(spaces, text))
    text = _FIELD.sub(rb"\1get()", _UNTYPED.sub(spaces_behind, text))
    text = _CALLED.sub(lambda match: match[0].upper(), text)
    text = _PARENTHESES.sub(rb"\1  \2", _TOO_MUCH.sub(spaces, text))
    text = _SETTER.sub(lambda match: b"/*" + blanked(match[0])[4:] + b"*/", _BESIDE.sub(b"};", _without_guards(text)))
    text = _NULLABLE.sub(b" ", _NEGATIVE.sub(rb"\1 ", text))

    def separated(match: re.Match[bytes]) -> bytes:
        found = match[0]
        if len(found) != 2 or found[1:] != b"}":
            return found
        nearest = max(match.start() - _NEAR, 0)
        before = _COMMENT.sub(b"", text[text.rfind(b"\n", nearest, match.start()) + 1 or nearest : match.start()]).rstrip()
        return found if not before or before.endswith((b"{", b";", b"->", b",")) else b";}"

    return _TOKEN.sub(separated, text)


def _without_guards(text: bytes) -> bytes:
    """The text without the conditions of cases of ``when``."""
    lines = text.split(b"\n") if b" if" in text and b"->" in text else []
    for number, line in enumerate(lines):
        shown = _QUOTED.sub(lambda match: b"0" * len(match[0]), line) if b" if" in line and b"->" in line else b""
        for part in _PART.finditer(shown) if shown else ():
            guarded = _GUARDED.match(part[0].partition(b"->")[0]) if b"->" in part[0] else None
            if guarded is not None:
                start, end = part.start() + guarded.start(1), part.start() + guarded.end(1)
                lines[number] = lines[number][:start] + b" " * (end - start) + lines[number][end:]
    return b"\n".join(lines) if lines else text


def _in_parentheses(match: re.Match[bytes]) -> bytes:
    before, names = (match[1], match[2]) if match[1] is not None else (match[3], match[4])
    return before + b"(" + names + b")"
