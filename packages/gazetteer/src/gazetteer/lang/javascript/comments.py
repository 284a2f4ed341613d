"""Comments of JavaScript and TypeScript as JSDoc and TSDoc read them, in words."""

from __future__ import annotations

from ..tags import BLOCK_TAGS as JAVA_BLOCK_TAGS
from ..tags import INLINE_TAGS as JAVA_INLINE_TAGS
from ..wording import Tag, Wording, as_said, code, example, labelled, named, nothing, target

__all__ = ["words"]

#: Tags of which only the word is said, and what stands behind it.
_SAID = (
    "abstract", "access", "alpha", "async", "beta", "constant", "default", "defaultValue", "enum", "event", "eventProperty", "experimental",
    "export", "external", "fires", "final", "generator", "global", "hideconstructor", "implements", "instance", "internal", "kind",
    "listens", "memberof", "memberOf", "mixes", "mixin", "module", "name", "namespace", "override", "private",
    "privateRemarks", "protected", "public", "readonly", "sealed", "static", "todo", "variation", "virtual", "yields",
)  # fmt: skip
_TITLES = {"defaultValue": "Default", "default": "Default", "memberof": "Member of", "memberOf": "Member of", "todo": "To do"}


def typed(text: str) -> tuple[str, str]:
    """The type between braces with which a text begins, and the rest.

    Examples
    --------
    >>> typed("{Map<string, {a: number}>} till Where."), typed("till Where.")
    (('Map<string, {a: number}>', 'till Where.'), ('', 'till Where.'))
    """
    if not text.startswith("{"):
        return "", text
    depth = 0
    for at, character in enumerate(text):
        depth += (character == "{") - (character == "}")
        if not depth:
            return text[1:at].strip(), text[at + 1 :].strip()
    return "", text


def _parameter(tag: str, text: str) -> str:
    of, text = typed(text)
    if text.startswith("[") and "]" in text:  # may be left out: its name may have a default with spaces
        name, _, rest = text.partition("]")
        shown, rest = code(f"{name}]"), rest.strip().removeprefix("- ")
    else:
        shown, _, rest = named(tag, text).partition(": ")
    return f"{shown}{f' ({code(of)})' if of else ''}{f': {rest}' if rest else ''}"


def _behind(label: str) -> Tag:
    """A tag with a type that says something of what is documented: ``Returns `string`: text``."""

    def said(_: str, text: str) -> str:
        of, text = typed(text)
        if not of:
            return labelled(label)("", text)
        return f"{label} {code(of)}{f': {text}' if text else ''}"

    return said


def _thrown(tag: str, text: str) -> str:
    of, rest = typed(text)
    if not of:
        return labelled("Throws")(tag, text)
    return f"Throws {code(of)}{f': {rest}' if rest else ''}"


_TAGS: dict[str, Tag] = {
    **JAVA_BLOCK_TAGS,
    **{name: labelled(_TITLES.get(name, name.capitalize())) for name in _SAID},
    **dict.fromkeys(("param", "arg", "argument", "property", "prop", "template", "typeParam", "typeparam"), _parameter),
    **dict.fromkeys(("return", "returns"), _behind("Returns")),
    **dict.fromkeys(("throws", "exception"), _thrown),
    "type": _behind("Type"), "typedef": _behind("Type"), "callback": _behind("Callback"), "yield": _behind("Yields"),
    "yields": _behind("Yields"), "this": _behind("This"), "extends": _behind("Extends"), "augments": _behind("Extends"),
    "example": example, "class": labelled("Class"), "classdesc": as_said, "constructor": lambda *_: "Constructor.",
    "function": labelled("Function"), "method": labelled("Method"), "description": as_said, "desc": as_said,
    "remarks": as_said, "file": as_said, "fileoverview": as_said, "overview": as_said,
    "packageDocumentation": as_said, "summary": as_said, "category": labelled("Category"),
    "ignore": nothing, "license": nothing, "copyright": nothing, "preserve": as_said, "hidden": nothing,
}  # fmt: skip

words = Wording(_TAGS, {**JAVA_INLINE_TAGS, "see": target, "tutorial": target}, html=True, markdown=True)
