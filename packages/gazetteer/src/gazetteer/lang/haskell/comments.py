"""Comments of Haskell as Haddock reads them, in words."""

from __future__ import annotations

import re

__all__ = ["words"]

_CODE = re.compile(r"(?<![\w@`])@([^@`\n]+)@(?!\w)")
_NAME = re.compile(r"(?<![\w'`])'([A-Za-z_][\w.]*'*|\([^\s()\w]+\))'(?![\w'`])")


def words(text: str) -> str:
    """The words of a comment, in which code and names that lead somewhere are code.

    Examples
    --------
    >>> words("Sells @n@ to 'Shop.Till', don't 'buy''.")
    "Sells `n` to `Shop.Till`, don't `buy'`."
    """
    text = _CODE.sub(r"`\1`", text) if "@" in text else text
    return _NAME.sub(r"`\1`", text) if "'" in text else text
