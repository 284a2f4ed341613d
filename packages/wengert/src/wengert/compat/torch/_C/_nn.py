"""``torch._C._nn``: what PyTorch's own tests ask of it."""

from ..for_tests import _test_warn_in_autograd

__all__ = ["_test_warn_in_autograd"]
