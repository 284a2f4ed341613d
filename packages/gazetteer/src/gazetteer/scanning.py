"""The first look at a file: what its bytes say before the languages and macros of the tree are known.

It is taken of every file of a tree, so each look that goes over the whole text is one call of a library, or is taken only where a
cheaper one says that it may find something.
"""

from __future__ import annotations

import codecs
import re

from .lang.base import MAX_NAME
from .model import Counts, Note, Scan

__all__ = ["decoded", "scan"]

_IDENTIFIER = re.compile(
    rb"[A-Za-z_$][A-Za-z0-9_$]*+(?![\xc2-\xf4])|(?:[A-Za-z_$]|[\xc2-\xf4][\x80-\xbf]+)(?:[A-Za-z0-9_$]|[\xc2-\xf4][\x80-\xbf]+)*"
)
#: Spaces for all bytes that no identifier of ASCII has.
_WORDS = bytes(b if b in b"_$" or (b < 128 and chr(b).isalnum()) else 0x20 for b in range(256))
#: The same for all bytes that no identifier has.
_ANY_WORDS = bytes(b if b >= 128 else _WORDS[b] for b in range(256))
_DIGITS = "0123456789"
_DEFINE = re.compile(rb"[ \t]*#[ \t]*define[ \t]+([^\n\\]*(?:\\(?:\r?\n|.)[^\n\\]*)*)")
_MADE = rb"(?:auto|machine)[- ]?(?:matically[- ])?generated"
_FILE = rb"(?:file|code|module|header|document|source|script)"
#: What a comment at the margin says of its whole file if nobody wrote that by hand. Most that speak of generated code speak of other files.
_GENERATED = re.compile(
    rb" ?(?://+|/?\*+|#+|--|;+|%+|<!--|\.\. |REM\b|\{-|[\"']{3})[ \t!]*(?:@generated\b|<auto-?generated\b"
    rb"|" + _MADE + rb" (?:by|from|with|using)\b"
    rb"|(?:file|code) (?:is )?(?:" + _MADE + rb"|generated) (?:by|from|with|using)\b"
    rb"|[^\n]*?\bthis (?:\w+ )?" + _FILE + rb" (?:is|was|has been) (?:" + _MADE + rb"|generated)\b"
    rb"|[^\n]*?\bthis (?:" + _FILE + rb" )?(?:is|was) an? (?:" + _MADE + rb"|generated) " + _FILE + rb"\b"
    rb"|[^\n]*?(?-i:\bDO NOT (?:EDIT|MODIFY)(?: (?:THIS FILE|THE FILE|IT|BY HAND|MANUALLY|DIRECTLY)\b)*"
    rb"[ \t]*(?:[-.!,;:]|\*/|[\"']{3}|\r?\Z)))",
    re.IGNORECASE,
)  # fmt: skip
#: What a program says of a file in the first lines of it, often with its name before that: Autoconf, Automake, Cython, Django, re2c.
_BY_A_PROGRAM = re.compile(
    rb"[ \t]*(?:\W{0,4}\bdnl\b|\W{1,4})[ \t]*([\w+-]+(?:[./][\w+-]+)+\.?[ \t]+)?"
    rb"generated (?:automatically )?(?:(?:by|with) (?!hand\b)|from \S+ by )", re.IGNORECASE,
)  # fmt: skip
_FIRST_LINES = 5
#: The beginning of a text within a script that ends with a line of its own.
_HERE = re.compile(rb"<<[-~]?([\"'`]?)([A-Za-z_]\w*)\1")
#: Without one of these words around it, who must not modify a file is told so by the person who wrote it.
_BY_A_TOOL = re.compile(
    rb"generat|automatic|machine|overwritten|\b(?:created|produced|written|built|made|compiled|managed) (?:by|from|with|using)\b",
    re.IGNORECASE,
)
_MODELINE = re.compile(
    rb"-\*-[ \t]*(?:[^\n]*?\bmode:[ \t]*)?([\w+#-]+)(?:[ \t]*-\*-|[ \t]*;[^\n]*-\*-)"
    rb"|\b(?:vim?|ex):[^\n]*?\b(?:ft|filetype|syntax)=([\w+#-]+)",
    re.IGNORECASE,
)
#: ``${name}`` before any string and any comment of a line, or as the whole of what a comment says.
_TEMPLATE = re.compile(rb"^(?:[ \t]*//[ \t]*|(?:(?!//)[^\"'\n])*)\$\{\w+\}", re.MULTILINE)
#: What may hold lines that are no code, raw strings and comments of C++, which go on to the end where they do not end; and other strings.
_NO_CODE = re.compile(rb"\"(?<!\\\")(?>(?:[^\"\\\n]++|\\.)*)\"|\bR\"([^()\\\s]{0,16})\(.*?(?:\)\1\"|\Z)|/\*.*?(?:\*/|\Z)", re.DOTALL)
_SHEBANG = re.compile(rb"#![ \t]*(\S+)(?:[ \t]+(.*))?")
_CPP = frozenset((
    "class", "namespace", "template", "public", "private", "protected", "virtual", "constexpr", "nullptr", "noexcept", "decltype",
    "typename",
))  # fmt: skip
_OBJC = re.compile(rb"\n(?:@(?:interface|protocol|implementation|class|property)|#import)\b")
#: The encoding that a text names in a comment on its first two lines (PEP 263, also Emacs and Vim), of those that keep lines.
_CODING = re.compile(rb"\A(?:[ \t\f]*(?:#[^\n]*)?\n)?[ \t\f]*#[^\n]*?coding[:=][ \t]*([-\w.]+)")
_CODECS = re.compile(r"(?:latin|iso[-_]?8859|iso[-_]latin|cp|windows|koi8|euc|shift|sjis|gb|big5|mac)[-_\w]*")
#: What tells that a text is UTF-8: nothing of what it says.
_MARK = b"\xef\xbb\xbf"
#: How files of such languages begin.
_LOOKS = {
    "xml": (b"<?xml",), "php": (b"<?php",), "mathematica": (b"(*",), "prolog": (b":- ",),
    "matlab": (b"%", b"##", b"# Copyright", b"# -*- texinfo", b"function ", b"function[", b"classdef "),
    "librep": (b";", b"#|", b"(define", b"(require '", b"(structure", b"#! /bin/sh\nexec rep"),
    "text": (b"//", b"+incdir+", b"+define+", b"-f ", b"-F "),  # a list of files for tools that read Verilog
}  # fmt: skip
#: Words of which each file of a language has one: others with its suffix, as proofs of Coq and tests of anything, have none.
_WORDS_OF = {
    "perl": ("use", "my", "require", "perl"),
    "verilog": (
        "endmodule", "endprimitive", "endpackage", "endfunction", "endtask", "timescale", "default_nettype", "localparam", "ifdef",
    ),
}  # fmt: skip
#: What texts in other encodings begin with; that of UTF-32 begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"),
)  # fmt: skip
_LFS = b"version https://git-lfs.github.com/spec/v1\n"

#: Longer lines are noted.
LONG_LINE = 20_000

OWN_MARK = b"<!-- gazetteer:page"
_HEADING = re.compile(rb"\s*#+\s")
_SEED_HEADINGS = (
    (b"\n## File Metadata", b"\n## File Purpose", b"\n## Original Source"),
    (b"_docs.md", b"Keyword \xe2\x86\x92 Section Map"),
)
_SEED_MARK = b"Generated by PyTorch Repository Documentation System"


def scan(content: bytes, most_bytes: int = 2_000_000, size: int = 0) -> Scan:
    """The first look at a file.

    Parameters
    ----------
    content : bytes
        The file; of one that is larger than `most_bytes`, its beginning is enough.
    most_bytes : int
        Larger files are not read further: their `content` is ``too-large``.
    size : int
        The size of the whole file, where `content` is its beginning.
    """
    size = max(size, len(content))
    if not size:
        return Scan("empty", Counts())
    if content.startswith(_LFS):
        return Scan("lfs-pointer", Counts(bytes=size), notes=[Note("lfs-pointer", "a pointer of Git LFS; the content is not here")])
    content, encoding, notes = decoded(content)
    if encoding == "binary":
        return Scan("binary", Counts(bytes=size))
    if size > most_bytes:
        note = Note("too-large", f"{size:,} bytes; files of more than {most_bytes:,} bytes are not read")
        return Scan("too-large", Counts(bytes=size), encoding=encoding, notes=[note])
    head = content[:4_096]
    generated = _generated_line(head)
    lines = content.split(b"\n")
    if not lines[-1]:
        lines.pop()
    counts = Counts(size, len(lines), lines.count(b"") + sum(map(bytes.isspace, lines)), 0, max(map(len, lines), default=0))
    names = _identifiers(content, counts.longest_line)
    if (nul := content.find(b"\0")) >= 0:
        notes.append(Note("nul-bytes", "has NUL bytes: they are shown as escapes", content.count(b"\n", 0, nul) + 1))
    if counts.longest_line > LONG_LINE:
        longest = next(i for i, line in enumerate(lines, 1) if len(line) == counts.longest_line)
        notes.append(Note("long-line", f"a line of {counts.longest_line:,} bytes", longest))
    return Scan(
        "text", counts, encoding=encoding, shebang=_interpreter(content), identifiers=" ".join(names), defines=_defines(content),
        cpp_words=len(_CPP & names.keys()) + (b"::" in content), objc_words=_objc_words(content, "import" in names),
        generated_line=generated, is_generated_template=generated > 0 and _is_generated_template(head, generated),
        own_page=head.startswith(OWN_MARK), seed_page=_is_seed(content), notes=notes,
        modeline=_modeline(content), template_line=_template_line(content) if b"$" in content and b"${" in content else 0,
        looks=_looks(head), tells=tuple([language for language, words in _WORDS_OF.items() if any(word in names for word in words)]),
    )  # fmt: skip


def _identifiers(content: bytes, longest_line: int) -> dict[str, None]:
    """The distinct identifiers of a text but for those that are too long, in the order in which they first stand there."""
    others = list[bytes]()
    if content.isascii():
        names = dict.fromkeys(content.translate(_WORDS).decode("ascii").split())
    else:
        words = dict.fromkeys(content.translate(_ANY_WORDS).split())
        others = [word for word in words if not word.isascii()]
        names = dict.fromkeys([word.decode("ascii") for word in words if word.isascii()])
    for number in [name for name in names if name[0] in _DIGITS]:  # in `0x1F` and `1e5`, what follows the digits counts
        del names[number]
        if rest := number.lstrip(_DIGITS):
            names[rest] = None
    if others:
        names.update(dict.fromkeys([name.decode("utf-8", "replace") for name in _IDENTIFIER.findall(b" ".join(others))]))
    return names if longest_line <= MAX_NAME else dict.fromkeys([name for name in names if len(name) <= MAX_NAME])


def _defines(content: bytes) -> list[str]:
    """The ``#define`` lines, each with its continuation lines."""
    found, at, end = list[str](), content.find(b"define"), 0
    while at >= 0:
        match = _DEFINE.match(content, content.rfind(b"\n", 0, at) + 1)
        if match is not None and match.start() >= end:
            found.append(_joined(match[1]))
            end = match.end()
        at = content.find(b"define", max(at + 6, end))
    return found


def _objc_words(content: bytes, imports: bool) -> int:
    is_marked = b"@" in content and (b"\n@" in content or content.startswith(b"@"))  # the longer, the faster
    if is_marked or (imports and b"#import" in content):
        return len(_OBJC.findall(content)) + (_OBJC.match(b"\n" + content[:20]) is not None)
    return 0


def _generated_line(head: bytes) -> int:
    """The first line that says that the file is generated, else 0."""
    lower, found = head.lower(), list[int]()
    for words in (b"generated", b"do not "):
        at, line = lower.find(words), -1
        while at >= 0:  # the lines that have them are looked at alone, each once
            start = lower.rfind(b"\n", 0, at) + 1
            end = lower.find(b"\n", at)
            match = _generated(head, start, end if end >= 0 else len(head)) if start != line else None
            if match is not None and not _is_in_a_value(head, start) and (b"DO NOT MODIFY" not in match[0] or _BY_A_TOOL.search(head)):
                found.append(_line_of(match))
                break
            at, line = lower.find(words, at + 1), start
    return min(found, default=0)


def _generated(head: bytes, start: int, end: int) -> re.Match[bytes] | None:
    """What a line says of the whole file if nobody wrote that by hand."""
    match = _GENERATED.match(head, start, end)
    if match is None and head.count(b"\n", 0, start) < _FIRST_LINES:
        match = _BY_A_PROGRAM.match(head, start, end)
    return match


def _is_generated_template(head: bytes, line: int) -> bool:
    """Whether a line that says that something is generated speaks of a template by its name, and not of what is made from it."""
    match = _BY_A_PROGRAM.match(head.split(b"\n", line)[line - 1])
    return match is not None and (match[1] or b"").rstrip(b". \t").endswith(b".in")


def _is_in_a_value(head: bytes, at: int) -> bool:
    """Whether a place is in a text in three quotes that is no docstring, or in a here-document.

    A generator has the words of what it writes.
    """
    for here in _HERE.finditer(head, 0, at):
        ends = re.compile(rb"^[ \t]*" + here[2] + rb"\r?$", re.MULTILINE).search(head, here.end())
        if ends is not None and ends.start() > at:
            return True
    for quotes in (b'"""', b"'''"):
        opening = head.rfind(quotes, 0, at)
        if opening > 0 and head[opening - 1] != 0x0A and head.count(quotes, 0, at) % 2:
            return True
    return False


def _template_line(content: bytes) -> int:
    """First line with ``${name}`` where C-like languages have none; else 0."""
    return _line_of(_TEMPLATE.search(_NO_CODE.sub(_but_strings, content)))


def _but_strings(match: re.Match[bytes]) -> bytes:
    return match[0] if match[0].startswith(b'"') else b"\n" * match[0].count(b"\n")


def _line_of(match: re.Match[bytes] | None) -> int:
    return match.string.count(b"\n", 0, match.end()) + 1 if match is not None else 0


def _looks(head: bytes) -> str:
    """Which of the languages that share a suffix with another one the first lines look like; empty for all else."""
    begin = head.lstrip()
    for language, marks in _LOOKS.items():
        if begin.startswith(marks):
            return language
    if b"\n:- " in head:
        return "prolog"
    return "matlab" if b"\n%" in head or b"\nfunction " in head else ""


def _modeline(content: bytes) -> str:
    """What one of the first or last lines tells an editor that the language is."""
    first, last = content[:1_000], content[-500:]
    lower = (first + last).lower()
    if not (b"-*-" in lower or b"vi:" in lower or b"vim:" in lower or b"ex:" in lower):
        return ""
    for lines in (first.split(b"\n")[:5], last.split(b"\n")[-5:]):
        for line in lines:
            match = _MODELINE.search(line) if b"-*-" in line or b"vi" in line or b"ex:" in line else None
            name = (match[1] or match[2]).decode().lower() if match is not None else ""
            if name and name not in ("coding", "encoding"):
                return name
    return ""


def _is_seed(content: bytes) -> bool:
    """Whether a document is a page of the seed: it ends with its mark, or has its headings."""
    if not _HEADING.match(content) or content.startswith(b"#!"):
        return False
    if _SEED_MARK in content[-500:]:
        return True
    return any(all(heading in content for heading in headings) for headings in _SEED_HEADINGS)


def decoded(content: bytes) -> tuple[bytes, str, list[Note]]:
    """The content as UTF-8 where that keeps its lines, without the mark that it may begin with; its encoding, and what is to be said."""
    for mark, name in _MARKS:
        if content.startswith(mark):
            try:
                return content[len(mark) :].decode(name).encode(), name, [Note("not-utf8", f"read as {name}")]
            except UnicodeDecodeError:
                return content, "binary", []
    if b"\0" in content[:8_192]:
        return content, "binary", []
    content = content.removeprefix(_MARK)
    named = _named_encoding(content)
    if named is not None:
        return named
    try:
        content.decode()
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        return content, "unknown-8bit", [Note("not-utf8", "no UTF-8: such bytes are shown as escapes", line)]
    return content, "utf-8", []


def _named_encoding(content: bytes) -> tuple[bytes, str, list[Note]] | None:
    """The content as UTF-8, if its first lines name another encoding, and it is in that."""
    if content.isascii():
        return None
    found = _CODING.match(content)
    name = re.sub(r"-(?:unix|dos|mac)$", "", found[1].decode().lower()) if found else ""
    if not _CODECS.fullmatch(name):
        return None
    try:
        text = content.decode(name)
    except (UnicodeDecodeError, LookupError):
        return None
    return text.encode(), name, [Note("not-utf8", f"read as {name}, as its first lines say")]


def _interpreter(content: bytes) -> str:
    """The program that a ``#!`` line names, without folder and version."""
    match = _SHEBANG.match(content)
    if match is None:
        return ""
    program, arguments = match[1].decode("utf-8", "replace"), (match[2] or b"").decode("utf-8", "replace").split()
    name = program.rsplit("/", 1)[-1]
    if name == "env":
        name = next((a for a in arguments if not a.startswith("-") and "=" not in a), "")
    return re.sub(r"[\d.]+$", "", name.rsplit("/", 1)[-1])


def _joined(define: bytes) -> str:
    return re.sub(r"\\\r?\n", " ", define.decode("utf-8", "backslashreplace")).strip()[:4_000]
