"""Which parts of a component are scripts, and in which language: all else is blanked at equal length, so that lines and bytes stay true.

A component of Vue is a row of blocks, and its scripts are those that are called so. One of Svelte is HTML with scripts outside of all
else; one of Astro is HTML below lines of TypeScript between two lines of dashes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from ..base import blanked

__all__ = ["Script", "of_astro", "of_svelte", "of_vue", "scripts_of_svelte", "scripts_of_vue"]

_ATTRIBUTES = (
    rb"(?P<attributes>(?>(?:[^<>\"'{}]++|\"[^\"]*+\"|'[^']*+'|\{(?>(?:[^{}\"'`]++|\"[^\"]*+\"|'[^']*+'|`[^`]*+`|\{[^{}]*+\})*)\})*))"
)
_COMMENT = rb"<!--.*?(?:-->|\Z)"
#: What begins a block of a component of Vue, or is a comment between two.
_BLOCK = re.compile(_COMMENT + rb"|<(?P<name>[A-Za-z][\w:-]*+)" + _ATTRIBUTES + rb"(?P<end>/?>)", re.DOTALL)
_TEMPLATES = re.compile(_COMMENT + rb"|<(?P<close>/?)template(?=[\s/>])" + _ATTRIBUTES + rb"(?P<end>/?)>", re.DOTALL | re.IGNORECASE)
_RAW = re.compile(_COMMENT + rb"|<(?P<name>script|style|svelte:head)(?=[\s/>])" + _ATTRIBUTES + rb"(?P<end>/?>)", re.DOTALL)
_FRONT = re.compile(rb"(?>(?:\s++|<!--.*?-->)*)---[ \t]*\r?\n(?P<inside>.*?)^[ \t]*---[ \t]*\r?$", re.DOTALL | re.MULTILINE)
_ATTRIBUTE = re.compile(rb"([\w:.@-]+)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'=<>`]+)))?")
#: Values of ``type`` with which a script is one; others hold data, or a template.
_TYPES = frozenset((b"", b"module", b"text/javascript", b"application/javascript", b"text/typescript", b"text/babel", b"ts"))
#: By what ``lang`` says: the language of a script. What is joined in a file is read in the one that has the most.
_LANGUAGES = {b"ts": "typescript", b"typescript": "typescript", b"tsx": "tsx", b"jsx": "javascript", b"js": "javascript"}


class Script(Struct, frozen=True):
    """A script of a component: between which bytes it stands, in which language it is, and of which file it says that it is there."""

    start: int
    end: int
    language: str
    source: str = ""
    #: Where the tag begins.
    tag: int = 0


def of_vue(text: bytes) -> tuple[bytes, str]:
    r"""The scripts of a component of Vue with blanks for all else, and their language.

    Examples
    --------
    >>> of_vue(b"<template><a/></template>\n<script lang='ts'>let a: b</script>")
    (b'                         \n                  let a: b         ', 'typescript')
    """
    return _only(text, [*scripts_of_vue(text)])


def of_svelte(text: bytes) -> tuple[bytes, str]:
    r"""The same of a component of Svelte.

    Examples
    --------
    >>> of_svelte(b"<script>let a</script>\n<p>{a}</p>")
    (b'        let a         \n          ', 'javascript')
    """
    return _only(text, [*scripts_of_svelte(text)])


def of_astro(text: bytes) -> tuple[bytes, str]:
    r"""The same of a component of Astro, all of whose scripts are TypeScript.

    Examples
    --------
    >>> of_astro(b"---\nlet a: b\n---\n<p>{a}</p>")
    (b'   \nlet a: b\n   \n          ', 'typescript')
    """
    front, scripts, start = _FRONT.match(text), list[Script](), 0
    if front is not None:
        scripts.append(Script(front.start("inside"), front.end("inside"), "typescript"))
        start = front.end()
    return _only(text, [*scripts, *scripts_of_svelte(text, start)], "typescript")


def scripts_of_vue(text: bytes) -> Iterator[Script]:
    """The scripts among the blocks of a component of Vue; a block ends where its name does, but for templates that hold others."""
    at = 0
    while (block := _BLOCK.search(text, at)) is not None:
        at = block.end()
        name = (block["name"] or b"").lower()
        if not name or block["end"] == b"/>":
            if name == b"script":
                yield from _script(block, at, at)
            continue
        end, at = _end_of_templates(text, at) if name == b"template" and not _attributes(block).get(b"lang") else _end(text, name, at)
        if name == b"script":
            yield from _script(block, block.end(), end)


def scripts_of_svelte(text: bytes, at: int = 0) -> Iterator[Script]:
    """The scripts of HTML, from an offset on: not those in the head of a page, nor what stands in a text of another one."""
    while (tag := _RAW.search(text, at)) is not None:
        at = tag.end()
        if not tag["name"] or tag["end"] == b"/>":
            continue
        end, at = _end(text, tag["name"], at)
        before = text[: tag.start()].rstrip()[-1:]
        if tag["name"] == b"script" and before in (b"", b">", b"}", b"-"):
            yield from _script(tag, tag.end(), end)


def _end(text: bytes, name: bytes, at: int) -> tuple[int, int]:
    """Where what a block holds ends, and where the block does."""
    close = re.compile(rb"</" + re.escape(name) + rb"\s*>", re.IGNORECASE).search(text, at)
    return (close.start(), close.end()) if close is not None else (len(text), len(text))


def _end_of_templates(text: bytes, at: int) -> tuple[int, int]:
    depth = 1
    for tag in _TEMPLATES.finditer(text, at):
        if tag["close"] is not None and not tag["end"]:
            depth += -1 if tag["close"] else 1
        if not depth:
            return tag.start(), tag.end()
    return len(text), len(text)


def _attributes(tag: re.Match[bytes]) -> dict[bytes, bytes]:
    return {m[1].lower(): m[2] or m[3] or m[4] or b"" for m in _ATTRIBUTE.finditer(tag["attributes"])}


def _script(tag: re.Match[bytes], start: int, end: int) -> Iterator[Script]:
    said = _attributes(tag)
    if said.get(b"type", b"") in _TYPES:
        named = said.get(b"lang") or (b"ts" if said.get(b"type") in (b"text/typescript", b"ts") else b"js")
        if named in _LANGUAGES:
            yield Script(start, end, _LANGUAGES[named], said.get(b"src", b"").decode("utf-8", "backslashreplace"), tag.start())


def _only(text: bytes, scripts: list[Script], language: str = "") -> tuple[bytes, str]:
    pieces, at = list[bytes](), 0
    for script in scripts:
        pieces += [blanked(text[at : script.start]), text[script.start : script.end]]
        at = script.end
    found = {script.language for script in scripts}
    named = language or next((each for each in ("tsx", "typescript") if each in found), "javascript")
    return b"".join([*pieces, blanked(text[at:])]), named
