"""``torch._dynamo.config``: settings of PyTorch's compiler, of which `compiled_autograd` has a meaning here.

Others may be read and set, for programs that do, and change nothing.
"""

from __future__ import annotations

import sys

from ..settings import patch_of

__all__ = ["patch"]

#: Whether what `torch.compile` makes of a function compiles the backward passes that the function runs.
compiled_autograd = False

assume_static_by_default = True
automatic_dynamic_shapes = True
capture_dynamic_output_shape_ops = False
capture_scalar_outputs = False
inline_inbuilt_nn_modules = True
optimize_ddp = False
record_runtime_overhead = False
suppress_errors = False
verbose = False

patch = patch_of(sys.modules[__name__])
