"""``torch._inductor.config``: settings of PyTorch's code generator; they may be read and set, and change nothing."""

from __future__ import annotations

import sys

from ..settings import patch_of

__all__ = ["patch"]

cpp_wrapper = False
enable_auto_functionalized_v2 = True
fallback_random = False
graph_partition = False
pattern_matcher = True
post_grad_custom_post_pass = None


class triton:
    """Settings for kernels on GPUs."""

    cudagraphs = False


patch = patch_of(sys.modules[__name__])
