"""``torch._dynamo.testing``: what tests of compiled programs use."""

from __future__ import annotations

import re
from typing import Any

from ....autograd.tensor import Tensor as Base

__all__ = ["empty_line_normalizer", "normalize_gm", "reduce_to_scalar_loss"]


def normalize_gm(gm_str: str) -> str:
    """The text of a graph without comments, spaces at the ends of lines, and repeated empty lines.

    Examples
    --------
    >>> from wengert.compat.torch._dynamo.testing import normalize_gm
    >>> normalize_gm("x = 1  # one")
    'x = 1'
    """
    without = re.sub(r"#.*$", "", gm_str, flags=re.MULTILINE)
    return re.sub(r"\n{3,}", "\n\n", re.sub(r"[ \t]+$", "", without, flags=re.MULTILINE))


def empty_line_normalizer(code: str) -> str:
    """A text without empty lines."""
    return re.sub(r"[\r\n]+", "\n", code)


def reduce_to_scalar_loss(out: Any) -> Any:
    """One number of all that a model returned: the mean of a tensor, and of what is in a container the mean of that.

    Raises
    ------
    TypeError
        If something else is among it.
    """
    if isinstance(out, Base):
        return out.sum() / out.numel()
    if isinstance(out, dict):
        out = tuple(out.values())
    if isinstance(out, (list, tuple)):
        return sum(map(reduce_to_scalar_loss, out)) / len(out)
    raise TypeError(f"reduce_to_scalar_loss: out: expected tensors in lists, tuples and dicts, got {type(out).__name__}")
