"""``torch.testing._internal.hop_db``: PyTorch's database of operators that take functions; none is here."""

from typing import Any

__all__ = ["hop_db"]

hop_db: list[Any] = []
