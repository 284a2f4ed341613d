"""``torch.profiler``: PyTorch's profiler, of which only the question whether it is there is answered."""

from __future__ import annotations

from ...observe.profiler import record_function
from .elsewhere import absent

__all__ = ["itt", "profile", "record_function"]


class itt:
    """Marks for Intel's tools."""

    @staticmethod
    def is_available() -> bool:
        """False."""
        return False


profile = absent("torch.profiler.profile")
