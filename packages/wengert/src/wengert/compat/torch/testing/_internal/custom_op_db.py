"""``torch.testing._internal.custom_op_db``: PyTorch's database of operators of one's own; none is here."""

from typing import Any

from ...elsewhere import absent

__all__ = ["custom_op_db", "numpy_nonzero"]

custom_op_db: list[Any] = []
numpy_nonzero = absent("torch.testing._internal.custom_op_db.numpy_nonzero")
