"""``torch.autograd.gradcheck``: finite differences against what a backward returns."""

from ....errors import DerivativeCheckError as GradcheckError
from ....testing import gradcheck, gradgradcheck

__all__ = ["GradcheckError", "gradcheck", "gradgradcheck"]
