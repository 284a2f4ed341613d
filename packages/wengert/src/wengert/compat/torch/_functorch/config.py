"""``torch._functorch.config``: settings of PyTorch's compiler of forward passes; they may be read and set, and change nothing."""

from __future__ import annotations

import sys

from ..settings import patch_of

__all__ = ["patch"]

check_custom_op_aliasing = True
functionalize_rng_ops = False

patch = patch_of(sys.modules[__name__])
