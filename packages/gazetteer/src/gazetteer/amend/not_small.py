"""The answer of a build after a small change, where the change is not small."""

from __future__ import annotations

__all__ = ["NotSmallError", "need"]


class NotSmallError(Exception):
    """The change reaches further than can be told without looking at the whole tree; the message says what it is."""


def need(is_so: bool, what: str) -> None:
    """Go on if something is so; where it is not, the change is `what`.

    Raises
    ------
    NotSmallError
        If it is not so.
    """
    if not is_so:
        raise NotSmallError(what)
