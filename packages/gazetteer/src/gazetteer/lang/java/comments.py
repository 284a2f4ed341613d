"""Comments of Java as Javadoc reads them, in words."""

from __future__ import annotations

from ..tags import BLOCK_TAGS, INLINE_TAGS
from ..wording import Wording

__all__ = ["words"]

words = Wording(BLOCK_TAGS, INLINE_TAGS, html=True)
