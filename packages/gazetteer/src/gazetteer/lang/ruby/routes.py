"""Routes of Rails: which controllers they lead to, by the names that texts and symbols give."""

from __future__ import annotations

import re

from ...model import Import
from ..base import Walk

__all__ = ["note_routes"]

_DRAWS = b"routes.draw"
#: ``'issues#show'``, ``controller: 'issues'``, ``resources :issues, :news``.
_ACTION = re.compile(r"(?<!\w)['\"]([a-z_][\w/]*)#[a-z_]\w*[?!]?['\"]")
_CONTROLLER = re.compile(r"(?<!\w)(?:controller:\s*|:controller\s*=>\s*)[:'\"]([a-z_][\w/]*)")
_RESOURCES = re.compile(r"\s*resources\s*\(?\s*((?::\w+\s*,\s*)*:\w+)(?!\s*=>|\w)")
_COMMENT = re.compile(r"\s*#")
#: With one of these a name may be that of a controller within a module.
_WITHIN = re.compile(r"^\s*(?:namespace\b|scope\b.*\bmodule\b)", re.MULTILINE)


def note_routes(walk: Walk) -> None:
    """Note each controller that the routes of a file lead to, once."""
    if _DRAWS not in walk.original:
        return
    text, found = walk.decoded, dict[str, int]()
    for number, line in enumerate(text.split("\n"), 1):
        if _COMMENT.match(line):
            continue
        names = _ACTION.findall(line) + _CONTROLLER.findall(line)
        if not names and (several := _RESOURCES.match(line)) is not None and "controller" not in line and "module" not in line:
            names = [name.strip(" :") for name in several[1].split(",")]
        for name in names:
            found.setdefault(name, number)
    kind = "scoped route" if _WITHIN.search(text) else "route"
    walk.imports += [Import("listed", name, number, alias=kind) for name, number in found.items()]
