"""Checks that the derivatives that were written are the derivatives of what is computed.

`gradcheck` and `gradgradcheck` compare what a backward returns with finite differences, as PyTorch's functions of the
same names do. On top of PyTorch's checks they notice a derivative that writes into the gradient it was given.
"""

from __future__ import annotations

from ..errors import DerivativeCheckError
from .gradients import gradcheck, gradgradcheck

__all__ = ["DerivativeCheckError", "GradcheckError", "gradcheck", "gradgradcheck"]

#: PyTorch's name of the error.
GradcheckError = DerivativeCheckError
