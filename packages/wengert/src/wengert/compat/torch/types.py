"""``torch.types``: names for annotations."""

from __future__ import annotations

from typing import Union

__all__ = ["Number"]

Number = Union[int, float, bool]  # noqa: UP007  (programs compare it with what ``typing`` makes)
