"""``autograd.numpy.numpy_boxes``: an array that is being differentiated through is a Tensor."""

from __future__ import annotations

from ....autograd.tensor import Tensor

__all__ = ["ArrayBox"]

ArrayBox = Tensor
