"""Comments of Lua as LDoc and Lua's language server read them, in words."""

from __future__ import annotations

import re

from ..wording import Tag, Wording, as_said, code, example, labelled, named, nothing, see

__all__ = ["words"]

#: Modifiers of a tag of LDoc: ``@tparam[opt] string a``.
_MODIFIERS = re.compile(r"\A(?:\[[^\]\n]*\]\s*)+")
_REFERENCE = re.compile(r"(?<![\w@`])@\{([^{}|\n]+)(?:\|([^{}\n]+))?\}")


def _typed_before(tag: str, text: str) -> str:
    of, _, rest = _MODIFIERS.sub("", text).partition(" ")
    shown, between, said = named(tag, rest).partition(": ")
    return f"{shown} ({code(of)}){between}{said}"


def _of_type(tag: str, text: str) -> str:
    return _typed_before(tag, f"{tag} {_MODIFIERS.sub('', text)}")


def _behind(label: str) -> Tag:
    def said(_: str, text: str) -> str:
        of, _, rest = _MODIFIERS.sub("", text).partition(" ")
        return f"{label} {code(of)}{f': {rest.strip()}' if rest.strip() else ''}"

    return said


_TAGS: dict[str, Tag] = {
    "param": lambda tag, text: named(tag, _MODIFIERS.sub("", text)), "tparam": _typed_before, "return": labelled("Returns"),
    "treturn": _behind("Returns"), "raise": labelled("Raises"), "see": see, "usage": example, "field": named, "tfield": _typed_before,
    **dict.fromkeys(("string", "number", "int", "bool", "func", "tab", "thread"), _of_type), "module": nothing,
    "function": nothing, "class": labelled("Class"), "classmod": nothing, "type": labelled("Type"),
    "author": labelled("Author"), "since": labelled("Since"), "copyright": nothing, "license": nothing,
    "release": labelled("Release"), "todo": labelled("To do"), "local": labelled("Local"), "deprecated": labelled("Deprecated"),
    "section": as_said, "alias": labelled("Alias"), "generic": named, "overload": labelled("Overload"), "async": labelled("Async"),
    "nodiscard": labelled("Its result is to be used"), "within": labelled("Within"), "script": nothing,
}  # fmt: skip
_wording = Wording(_TAGS, markdown=True)


def words(text: str) -> str:
    r"""The words of a comment.

    Examples
    --------
    >>> words("Sells to @{till|the till}.\n@tparam[opt] int n how many\n@string name whose\n@treturn bool whether")
    'Sells to `the till`.\n\n`n` (`int`): how many\n\n`name` (`string`): whose\n\nReturns `bool`: whether'
    """
    text = _wording(text)
    return _REFERENCE.sub(lambda m: code(m[2] or m[1]), text) if "@{" in text else text
