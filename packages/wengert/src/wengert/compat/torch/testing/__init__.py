"""``torch.testing``: comparing tensors, and making some to compare."""

from .comparing import assert_close
from .making import make_tensor

__all__ = ["assert_close", "make_tensor"]
