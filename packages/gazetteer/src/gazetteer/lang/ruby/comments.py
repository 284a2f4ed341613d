"""Comments of Ruby as RDoc and YARD read them, in words."""

from __future__ import annotations

import re

from ..wording import Tag, Wording, block, code, labelled, named, nothing, see

__all__ = ["words"]

_CODE = re.compile(r"(?<![\w+])\+([\w:#.?!=]+)\+(?![\w+])")
_TITLED = re.compile(r"(?:\{([^{}\n]+)\}|(?<![\w\]])([A-Za-z]\w+))\[([^\[\]\s]+)\]")
_LINK = re.compile(r"(?<![\w#\\$`])\{([A-Z#][\w:#.?!=]*|https?://[^\s{}]+)(?:\s+([^{}\n]+))?\}")
_DIRECTIVE = re.compile(
    r"^[ \t]*:(?:nodoc|doc|startdoc|stopdoc|notnew|not_new|enddoc|markup|category|include|title|main):[^\n]*\n?", re.MULTILINE
)
_CALLED = re.compile(r"^[ \t]*:(?:call-seq|args?|yields?):[ \t]*\n?", re.MULTILINE)
_TYPE = re.compile(r"\[([^\[\]]*(?:\[[^\[\]]*\][^\[\]]*)*)\]\s*")


def _typed(text: str) -> tuple[str, str]:
    """The types between brackets with which a text begins, and the rest."""
    match = _TYPE.match(text)
    return (match[1], text[match.end() :]) if match is not None else ("", text)


def _parameter(tag: str, text: str) -> str:
    of, rest = _typed(text)
    name, _, more = rest.partition(" ")
    if not of:
        of, more = _typed(more.strip())
    shown, between, said = named(tag, f"{name} {more}").partition(": ")
    return f"{shown}{f' ({code(of)})' if of else ''}{between}{said}"


def _option(tag: str, text: str) -> str:
    around, _, rest = text.partition(" ")
    of, rest = _typed(rest.strip())
    return f"{code(around)}, {_parameter(tag, f'[{of}] {rest}' if of else rest)}"


def _behind(label: str) -> Tag:
    def said(_: str, text: str) -> str:
        of, rest = _typed(text)
        return f"{label} {code(of)}{f': {rest}' if rest else ''}" if of else labelled(label)("", text)

    return said


def _example(_: str, text: str) -> str:
    title, _, lines = text.partition("\n")
    return f"Example:{f' {title.strip()}' if title.strip() else ''}{block(lines)}".rstrip()


def _attribute(_: str, text: str) -> str:
    of, rest = _typed(text)
    name, _, said = rest.partition("\n")
    return f"Attribute {code(name)}{f' ({of})' if of else ''}{f': {said}' if said else ''}"


def _macro(_: str, text: str) -> str:
    """What a macro says that is written here; of one that is written elsewhere, its name."""
    name, _, said = text.partition("\n")
    return said or f"As of {code(name)}."


_TAGS: dict[str, Tag] = {
    "param": _parameter, "option": _option, "yieldparam": _parameter, "attr": _parameter, "attr_reader": _parameter,
    "attr_writer": _parameter, "return": _behind("Returns"), "yieldreturn": _behind("The block returns"), "yield": _behind("Yields"),
    "raise": _behind("Raises"),
    "overload": lambda _, text: f"Overload: {code(text.split(chr(10))[0])}\n" + "\n".join(text.split("\n")[1:]), "example": _example,
    "see": see, "since": labelled("Since"), "deprecated": labelled("Deprecated"), "note": labelled("Note"), "todo": labelled("To do"),
    "api": labelled("API"), "author": labelled("Author"), "version": labelled("Version"), "abstract": labelled("Abstract"),
    "private": labelled("Private"), "group": labelled("Group"), "endgroup": nothing,
    "!attribute": _attribute, "!method": lambda _, text: f"Method: {code(text)}", "!macro": _macro, "!visibility": labelled("Visibility"),
    "!group": labelled("Group"), "!endgroup": nothing, "!scope": labelled("Scope"), "!parse": nothing,
    "throw": _behind("Throws"),
}  # fmt: skip
_wording = Wording(_TAGS, html=True, markdown=True)


def _linked(match: re.Match[str]) -> str:
    led, shown = match[1], match[2]
    if "://" in led:
        return f"{shown} ({led})" if shown else led
    return code(shown or led)


def _addressed(match: re.Match[str]) -> str:
    """What leads to an address as RDoc has it: ``{the site}[https://example.org]``."""
    return f"{match[1] or match[2]} ({match[3]})" if "://" in match[3] else code(match[1]) if match[1] else match[0]


def words(text: str) -> str:
    r"""The words of a comment.

    Examples
    --------
    >>> words("Sells +n+, see {Till#sell}.\n@param n [Integer, nil] how many\n@return [Boolean]")
    'Sells `n`, see `Till#sell`.\n\n`n` (`Integer, nil`): how many\n\nReturns `Boolean`'
    """
    if ":" in text:
        text = _CALLED.sub("", _DIRECTIVE.sub("", text))
    text = _wording(text)
    if "[" in text:
        text = _TITLED.sub(_addressed, text)
    if "{" in text:
        text = _LINK.sub(_linked, text)
    return _CODE.sub(r"`\1`", text) if "+" in text else text
