"""Comments of Solidity as its compiler reads them (NatSpec), in words."""

from __future__ import annotations

from ..tags import BLOCK_TAGS
from ..wording import Wording, as_said

__all__ = ["words"]

_TAGS = {**BLOCK_TAGS, "title": as_said, "notice": as_said, "dev": as_said, "inheritdoc": lambda _, text: f"As in `{text.strip()}`."}
_wording = Wording(_TAGS, {}, markdown=True)


def words(text: str) -> str:
    r"""The words of a comment.

    Examples
    --------
    >>> words("@notice Sells.\n@dev See {Till}.\n@param a How many\n@return What is left")
    'Sells.\n\nSee {Till}.\n\n`a`: How many\n\nReturns: What is left'
    """
    return _wording(text)
