"""``torch._functorch.aot_autograd``: no forward is compiled here, and none has a number."""

from __future__ import annotations

import itertools

__all__ = ["AOT_COUNTER"]

#: Numbers PyTorch's compiled forward passes.
AOT_COUNTER = itertools.count()
