"""PyTorch's names over Wengert: a program written for ``torch.autograd`` runs with ``import wengert.compat.torch as torch``.

Its tensors are `Tensor`, a spelling of `wengert.Tensor` with PyTorch's methods and dtypes; its functions are thin names of
Wengert's operators. What PyTorch has and this package does not is an error that says so. See ``docs/torch.md``.
"""

from __future__ import annotations

import builtins
from math import e, inf, nan, pi

from ...autograd.anomaly import is_anomaly_check_nan_enabled, is_anomaly_enabled
from ...autograd.anomaly import set_detect_anomaly as set_anomaly_enabled
from ...autograd.contexts import enable_grad, inference_mode, no_grad, set_grad_enabled
from ...autograd.modes import is_grad_enabled, is_inference_mode_enabled
from ...transforms.vmap import vmap
from . import (
    _C,
    _VF,
    _custom_op,
    _custom_ops,
    _dynamo,
    _functorch,
    _higher_order_ops,
    _inductor,
    _library,
    _logging,
    _utils_internal,
    _vmap_internals,
    accelerator,
    autograd,
    backends,
    compiler,
    cuda,
    distributed,
    fft,
    for_tests,
    foreach,
    func,
    fx,
    jit,
    library,
    linalg,
    mps,
    nn,
    ops,
    optim,
    overrides,
    profiler,
    special,
    testing,
    types,
    utils,
    xpu,
)
from ._dynamo.compiling import compile
from ._higher_order_ops.cond import cond
from .calling import result_type
from .creation import *
from .dtypes import (
    bfloat16,
    bool,
    can_cast,
    cdouble,
    cfloat,
    complex64,
    complex128,
    double,
    dtype,
    finfo,
    float,
    float16,
    float32,
    float64,
    get_default_dtype,
    half,
    iinfo,
    int,
    int8,
    int16,
    int32,
    int64,
    long,
    promote_types,
    set_default_dtype,
    short,
    uint8,
    uint16,
    uint32,
    uint64,
)
from .finding import (
    _unique,
    _unique2,
    allclose,
    bincount,
    bucketize,
    equal,
    histc,
    isin,
    nonzero,
    searchsorted,
    unique,
    unique_consecutive,
    unravel_index,
)
from .gone import *
from .indexing import *
from .inplace import (
    abs_,
    cos_,
    exp_,
    fill_,
    neg_,
    relu_,
    resize_as_,
    sigmoid_,
    sin_,
    sqrt_,
    tanh_,
    zero_,
)
from .installing import *
from .kinds import *
from .legacy import *
from .math import *
from .matrices import *
from .methods import install as _put_methods
from .nn.functional import threshold
from .products import *
from .random import *
from .reductions import *
from .shapes import *
from .special import (
    digamma,
    erfc,
    erfinv,
    i0,
    igamma,
    igammac,
    lgamma,
    mvlgamma,
    polygamma,
    xlogy,
)
from .tags import Tag
from .tensor import Tensor
from .triangles import lu_of_old as lu
from .triangles import lu_solve_of_old as lu_solve
from .triangles import lu_unpack
from .wrappers import make_wrapper_subclass as _make_wrapper_subclass

_put_methods()
Tensor._make_wrapper_subclass = staticmethod(_make_wrapper_subclass)  # type: ignore[attr-defined]
del _put_methods, _make_wrapper_subclass

newaxis = None
__version__ = "2.13.0+wengert"


def is_inference(input: Tensor) -> bool:  # type: ignore[valid-type]
    """Whether a tensor was made in ``inference_mode``."""
    return input.is_inference()


def is_conj(input: Tensor) -> builtins.bool:
    """False: a conjugate is computed at once."""
    return False


is_neg = is_conj


def is_nonzero(input: Tensor) -> builtins.bool:
    """Whether the one element is not zero."""
    return builtins.bool(input)


def is_storage(obj: object) -> builtins.bool:
    """Whether it is the memory of a tensor."""
    return type(obj).__name__ == "Storage"


globals().update(foreach.functions())
globals().update({name: getattr(for_tests, name) for name in for_tests.__all__})

#: Everything above by a public name.
__all__ = sorted({name for name in globals() if not name.startswith("_")} - {"annotations", "builtins"})
