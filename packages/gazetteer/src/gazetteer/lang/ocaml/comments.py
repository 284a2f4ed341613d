"""Comments of OCaml as odoc reads them, in words."""

from __future__ import annotations

import re

from ..wording import Wording, block, code, labelled, named, nothing

__all__ = ["words"]

_BLOCK = re.compile(r"\{(?:\w*)?\[((?:(?!\{\[).)*?)\]\}|\{v\s((?:(?!\{v\s).)*?)\sv\}", re.DOTALL)
_CODE = re.compile(r"(?<![\w`\\{\[])\[([^\[\]\n`]+(?:\[[^\[\]\n]*\][^\[\]\n`]*)*)\](?![(\[])")
_LINK = re.compile(r"\{\{!([^{}\n]+)\}\s*([^{}]+)\}|\{!(?:\w+:)?([^{}\n]+)\}|\{\{:([^{}\n]+)\}\s*([^{}]+)\}")
_LOUD = re.compile(r"\{(?:b|i|e|[0-5](?::\w+)?)\s+([^{}]+)\}")
_TAGS = {
    "param": named, "return": labelled("Returns"), "returns": labelled("Returns"), "raise": lambda tag, text: f"Raises {named(tag, text)}",
    "raises": lambda tag, text: f"Raises {named(tag, text)}", "since": labelled("Since"), "deprecated": labelled("Deprecated"),
    "see": labelled("See"), "author": labelled("Author"), "version": labelled("Version"), "before": named, "inline": nothing,
}  # fmt: skip
_wording = Wording(_TAGS)


def _linked(match: re.Match[str]) -> str:
    return f"{match[5]} ({match[4]})" if match[4] else code(match[2] or match[3])


def words(text: str) -> str:
    r"""The words of a comment.

    Examples
    --------
    >>> words("Sells [n] to {!Shop.till}, {b now}.\n@param n how many\n@raise Shut if it is")
    'Sells `n` to `Shop.till`, now.\n\n`n`: how many\n\nRaises `Shut`: if it is'
    """
    if "{" in text:
        text = _BLOCK.sub(lambda m: block(m[1] or m[2] or ""), text)
        text = _LOUD.sub(r"\1", _LINK.sub(_linked, text))
    text = (
        "\n".join([_CODE.sub(r"`\1`", line) if not line.startswith("    ") else line for line in text.split("\n")]) if "[" in text else text
    )
    return _wording(text)
