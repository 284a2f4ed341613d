"""Tags of Javadoc, which the tools of many languages have taken over."""

from __future__ import annotations

import re

from .wording import block, code, labelled, named, see, target, thrown

__all__ = ["BLOCK_TAGS", "INLINE_TAGS"]

_SNIPPET_HEAD = re.compile(r"[^:\n]*:?[ \t]*\n")


def _snippet(text: str) -> str:
    return block(_SNIPPET_HEAD.sub("", text, count=1)) if "\n" in text else text


#: What stands at the beginning of a line.
BLOCK_TAGS = {
    "param": named, "return": labelled("Returns"), "returns": labelled("Returns"), "throws": thrown, "exception": thrown,
    "since": labelled("Since"), "deprecated": labelled("Deprecated"), "author": labelled("Author"), "version": labelled("Version"),
    "see": see,
    "apiNote": labelled("Note"), "implNote": labelled("Note on the implementation"), "implSpec": labelled("Of the implementation"),
    "serial": labelled("Serial"), "serialData": labelled("Serial data"), "serialField": named, "hidden": labelled("Hidden"),
    "category": labelled("Category"), "provides": named, "uses": named,
}  # fmt: skip
#: What stands between braces.
INLINE_TAGS = {
    "link": target, "linkplain": lambda text: target(text).strip("`"), "linkcode": target, "code": code, "value": target,
    "literal": lambda text: " ".join(text.split()), "inheritDoc": lambda _: "As inherited.", "inheritdoc": lambda _: "As inherited.",
    "docRoot": lambda _: "", "summary": str.strip, "index": str.strip, "systemProperty": code, "snippet": _snippet,
    "return": lambda text: f"Returns {text.strip()}.",
}  # fmt: skip
