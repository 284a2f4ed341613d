r"""Comments of R as roxygen reads them, in words."""

from __future__ import annotations

import re

from ..wording import Tag, Wording, as_said, block, code, labelled, named, nothing

__all__ = ["words"]

_CODE = re.compile(r"\\code\{((?:[^{}]|\\link(?:\[[^\]]*\])?\{[^{}]*\}|\{[^{}]*\})*)\}")
_LINK = re.compile(r"\\link(?:S4class)?(?:\[[^\]\n]*\])?\{([^{}]*)\}")
_PLAIN = re.compile(r"\\(?:emph|strong|bold|dQuote|sQuote|pkg|file|email|var|env|option|command|dfn|acronym|eqn)\{([^{}]*)\}")
_ADDRESS = re.compile(r"\\(?:url\{([^{}]*)\}|href\{([^{}]*)\}\{([^{}]*)\})")
_MARKDOWN = re.compile(r"(?<![\w\]\\`])\[(?:`([^`\n]+)`|([\w.:]+\(\)))\](?![\[(:])")


def _examples(_: str, text: str) -> str:
    return f"Examples:{block(text)}".rstrip()


_TAGS: dict[str, Tag] = {
    "title": as_said, "description": as_said, "details": as_said, "param": named,
    "return": labelled("Returns"), "returns": labelled("Returns"),
    "value": labelled("Returns"), "examples": _examples, "example": _examples, "examplesIf": _examples, "seealso": labelled("See"),
    "note": labelled("Note"), "author": labelled("Author"), "references": labelled("References"), "section": as_said, "field": named,
    "slot": named, "source": labelled("Source"), "format": labelled("Format"), "inheritParams": labelled("Parameters as of"),
    "inherit": labelled("As"), "rdname": labelled("With"), "describeIn": labelled("With"), "family": labelled("Family"),
    **dict.fromkeys(("export", "exportMethod", "exportClass", "importFrom", "import", "noRd", "md", "noMd"), nothing),
    **dict.fromkeys(("useDynLib", "rawNamespace"), nothing),
    **dict.fromkeys(("name", "aliases", "keywords", "docType", "usage", "include", "encoding", "method", "order"), nothing),
}  # fmt: skip
_wording = Wording(_TAGS, markdown=True)


def words(text: str) -> str:
    r"""The words of a comment.

    Examples
    --------
    >>> words("Sells \\emph{n}, see \\code{\\link{till}}, [buy()].\n@param n How many.\n@return What is left.\n@export")
    'Sells n, see `till`, `buy()`.\n\n`n`: How many.\n\nReturns: What is left.'
    """
    if "\\" in text:
        text = _CODE.sub(lambda m: code(_LINK.sub(r"\1", m[1])), text)
        text = _PLAIN.sub(r"\1", _LINK.sub(lambda m: code(m[1]), text))
        text = _ADDRESS.sub(lambda m: m[1] or f"{m[3]} ({m[2]})", text)
    text = _wording(text)
    return _MARKDOWN.sub(lambda m: f"`{m[1] or m[2]}`", text) if "[" in text else text
