"""Templates and settings that PHP names by texts, as Laravel and Symfony have them: where they lie is for the resolver to say."""

from __future__ import annotations

import re

from ...model import Import
from ..base import Walk

__all__ = ["note_views"]

#: Without one of these a file names no view.
_WORDS = (b"view", b"View", b"render", b"config(")
_TEXT = r"\s*(?:'([\w./@:-]+)'|\"([\w./@:-]+)\")"
_NAMED = re.compile(
    rf"(?<![\w$>:])(view)\({_TEXT}|\bView::(make)\({_TEXT}|\bRoute::(view)\(\s*['\"][^'\"\n]*['\"]\s*,{_TEXT}"
    rf"|->(render|renderView|renderForm|renderBlock)\({_TEXT}|(?<![\w$>:])(config)\({_TEXT}"
)
_COMMENT = re.compile(r"\s*(?:\*|//|#(?!\[)|/\*)")


def note_views(walk: Walk) -> None:
    """Note each template that a call names, and each file of settings, once."""
    if not any(word in walk.original for word in _WORDS):
        return
    text, known, line, at = walk.decoded, set[tuple[str, str]](), 1, 0
    for match in _NAMED.finditer(text):
        word, name = [group for group in match.groups() if group]
        line, at = line + text.count("\n", at, match.start()), match.start()
        kind = word if word == "config" else "render" if word.startswith("render") else "view"
        target = name.partition(".")[0] if kind == "config" else name
        is_comment = _COMMENT.match(text, text.rfind("\n", 0, at) + 1, at + 1) is not None
        if not is_comment and (kind, target) not in known:
            known.add((kind, target))
            walk.imports.append(Import("listed", target, line, alias=kind))
