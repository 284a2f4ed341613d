"""PyTorch's names over Wengert: a program written for ``torch.autograd`` runs with ``import wengert.compat.torch as torch``.

Its tensors are `Tensor`, a spelling of `wengert.Tensor` with PyTorch's methods and dtypes; its functions are thin names of
Wengert's operators. What PyTorch has and this package does not is an error that says so. See ``docs/torch.md``.
"""

from __future__ import annotations

from math import e, inf, nan, pi

from ...autograd.contexts import enable_grad, inference_mode, no_grad, set_grad_enabled
from ...autograd.modes import is_grad_enabled, is_inference_mode_enabled
from . import (
    _C, _dynamo, accelerator, autograd, backends, cuda, mps, nn, ops, optim, overrides, profiler, testing, utils, xpu,
)
from .calling import (
    result_type,
)
from .creation import (
    arange, as_tensor, asarray, empty, empty_like, empty_strided, eye, from_numpy, full, full_like, linspace, logspace, meshgrid, ones, ones_like, range, scalar_tensor, tensor, tril, tril_indices, triu, triu_indices, zeros, zeros_like,
)
from .dtypes import (
    bfloat16, bool, can_cast, cdouble, cfloat, complex128, complex64, double, dtype, finfo, float, float16, float32, float64, get_default_dtype, half, iinfo, int, int16, int32, int64, int8, long, promote_types, set_default_dtype, short, uint16, uint32, uint64, uint8,
)
from .indexing import (
    argwhere, gather, index_add, index_copy, index_fill, index_put, index_reduce, index_select, masked_fill, masked_scatter, masked_select, put, scatter, scatter_add, scatter_reduce, select_scatter, slice_scatter, take, take_along_dim, unfold,
)
from .kinds import (
    Size, channels_last, channels_last_3d, contiguous_format, device, get_default_device, jagged, layout, memory_format, preserve_format, set_default_device, sparse_bsc, sparse_bsr, sparse_coo, sparse_csc, sparse_csr, strided,
)
from .legacy import (
    BoolTensor, ByteTensor, CharTensor, DoubleTensor, FloatTensor, HalfTensor, IntTensor, LongTensor, ShortTensor, is_tensor, load, save, set_default_tensor_type,
)
from .math import (
    abs, absolute, acos, acosh, add, addcdiv, addcmul, angle, arccos, arcsin, arctan, arctan2, asin, asinh, atan, atan2, atanh, bitwise_and, bitwise_left_shift, bitwise_not, bitwise_or, bitwise_right_shift, bitwise_xor, ceil, clamp, clamp_max, clamp_min, clip, complex, conj, conj_physical, copysign, cos, cosh, deg2rad, div, divide, eq, erf, erfc, exp, exp2, expm1, float_power, floor, floor_divide, fmod, frac, ge, greater, greater_equal, gt, hypot, imag, is_complex, is_floating_point, isclose, isfinite, isinf, isnan, isreal, ldexp, le, lerp, less, less_equal, log, log10, log1p, log2, logaddexp, logical_and, logical_not, logical_or, logical_xor, logit, lt, maximum, minimum, mul, multiply, nan_to_num, ne, neg, negative, nextafter, not_equal, polar, positive, pow, rad2deg, real, reciprocal, relu, remainder, resolve_conj, resolve_neg, round, rsqrt, rsub, sgn, sigmoid, sign, signbit, sin, sinc, sinh, sqrt, square, sub, subtract, tan, tanh, true_divide, trunc, where, xlogy,
)
from .products import (
    addbmm, addmm, addmv, addr, baddbmm, bmm, cdist, chain_matmul, cosine_similarity, cross, dot, einsum, ger, inner, kron, matmul, mm, mv, outer, pairwise_distance, pdist, tensordot, trace, vdot, vecdot,
)
from .random import (
    Generator, bernoulli, default_generator, get_rng_state, initial_seed, manual_seed, multinomial, normal, poisson, rand, rand_like, randint, randint_like, randn, randn_like, randperm, seed, set_rng_state,
)
from .reductions import (
    all, allclose, amax, amin, aminmax, any, argmax, argmin, argsort, bincount, bucketize, count_nonzero, cummax, cummin, cumprod, cumsum, diff, dist, equal, histc, isin, kthvalue, log_softmax, logcumsumexp, logsumexp, max, mean, median, min, mode, msort, nanmean, nanmedian, nansum, nonzero, norm, prod, renorm, searchsorted, softmax, sort, std, std_mean, sum, topk, unique, unique_consecutive, unravel_index, var, var_mean,
)
from .shapes import (
    adjoint, atleast_1d, atleast_2d, broadcast_shapes, broadcast_tensors, broadcast_to, cat, chunk, clone, concat, concatenate, diag, diag_embed, diagonal, dstack, expand, expand_as, flatten, flip, hstack, moveaxis, movedim, narrow, numel, permute, ravel, repeat, repeat_interleave, reshape, reshape_as, roll, select, split, split_with_sizes, squeeze, stack, swapaxes, swapdims, t, tensor_split, tile, transpose, unbind, unflatten, unsafe_chunk, unsafe_split, unsafe_split_with_sizes, unsqueeze, view, view_as, vstack,
)
from .installing import install, run_script
from .methods import install as _put_methods
from .tensor import Tensor

__all__ = [
    "BoolTensor", "ByteTensor", "CharTensor", "DoubleTensor", "FloatTensor", "Generator", "HalfTensor", "IntTensor", "LongTensor", "ShortTensor", "Size", "Tensor", "_C", "_dynamo", "abs", "absolute", "accelerator", "acos", "acosh", "add", "addbmm", "addcdiv", "addcmul", "addmm", "addmv", "addr", "adjoint", "all", "allclose", "amax", "amin", "aminmax", "angle", "any", "arange", "arccos", "arcsin", "arctan", "arctan2", "argmax", "argmin", "argsort", "argwhere", "as_tensor", "asarray", "asin", "asinh", "atan", "atan2", "atanh", "atleast_1d", "atleast_2d", "autograd", "backends", "baddbmm", "bernoulli", "bfloat16", "bincount", "bitwise_and", "bitwise_left_shift", "bitwise_not", "bitwise_or", "bitwise_right_shift", "bitwise_xor", "bmm", "bool", "broadcast_shapes", "broadcast_tensors", "broadcast_to", "bucketize", "can_cast", "cat", "cdist", "cdouble", "ceil", "cfloat", "chain_matmul", "channels_last", "channels_last_3d", "chunk", "clamp", "clamp_max", "clamp_min", "clip", "clone", "complex", "complex128", "complex64", "concat", "concatenate", "conj", "conj_physical", "contiguous_format", "copysign", "cos", "cosh", "cosine_similarity", "count_nonzero", "cross", "cuda", "cummax", "cummin", "cumprod", "cumsum", "default_generator", "deg2rad", "device", "diag", "diag_embed", "diagonal", "diff", "dist", "div", "divide", "dot", "double", "dstack", "dtype", "e", "einsum", "empty", "empty_like", "empty_strided", "enable_grad", "eq", "equal", "erf", "erfc", "exp", "exp2", "expand", "expand_as", "expm1", "eye", "finfo", "flatten", "flip", "float", "float16", "float32", "float64", "float_power", "floor", "floor_divide", "fmod", "frac", "from_numpy", "full", "full_like", "gather", "ge", "ger", "get_default_device", "get_default_dtype", "get_rng_state", "greater", "greater_equal", "gt", "half", "histc", "hstack", "hypot", "iinfo", "imag", "index_add", "index_copy", "index_fill", "index_put", "index_reduce", "index_select", "inf", "inference_mode", "initial_seed", "inner", "install", "int", "int16", "int32", "int64", "int8", "is_complex", "is_floating_point", "is_grad_enabled", "is_inference", "is_inference_mode_enabled", "is_tensor", "isclose", "isfinite", "isin", "isinf", "isnan", "isreal", "jagged", "kron", "kthvalue", "layout", "ldexp", "le", "lerp", "less", "less_equal", "linspace", "load", "log", "log10", "log1p", "log2", "log_softmax", "logaddexp", "logcumsumexp", "logical_and", "logical_not", "logical_or", "logical_xor", "logit", "logspace", "logsumexp", "long", "lt", "manual_seed", "masked_fill", "masked_scatter", "masked_select", "matmul", "max", "maximum", "mean", "median", "memory_format", "meshgrid", "min", "minimum", "mm", "mode", "moveaxis", "movedim", "mps", "msort", "mul", "multinomial", "multiply", "mv", "nan", "nan_to_num", "nanmean", "nanmedian", "nansum", "narrow", "ne", "neg", "negative", "nextafter", "nn", "no_grad", "nonzero", "norm", "normal", "not_equal", "numel", "ones", "ones_like", "ops", "optim", "outer", "overrides", "pairwise_distance", "pdist", "permute", "pi", "poisson", "polar", "positive", "pow", "preserve_format", "prod", "profiler", "promote_types", "put", "rad2deg", "rand", "rand_like", "randint", "randint_like", "randn", "randn_like", "randperm", "range", "ravel", "real", "reciprocal", "relu", "remainder", "renorm", "repeat", "repeat_interleave", "reshape", "reshape_as", "resolve_conj", "resolve_neg", "result_type", "roll", "round", "rsqrt", "rsub", "run_script", "save", "scalar_tensor", "scatter", "scatter_add", "scatter_reduce", "searchsorted", "seed", "select", "select_scatter", "set_default_device", "set_default_dtype", "set_default_tensor_type", "set_grad_enabled", "set_rng_state", "sgn", "short", "sigmoid", "sign", "signbit", "sin", "sinc", "sinh", "slice_scatter", "softmax", "sort", "sparse_bsc", "sparse_bsr", "sparse_coo", "sparse_csc", "sparse_csr", "split", "split_with_sizes", "sqrt", "square", "squeeze", "stack", "std", "std_mean", "strided", "sub", "subtract", "sum", "swapaxes", "swapdims", "t", "take", "take_along_dim", "tan", "tanh", "tensor", "tensor_split", "tensordot", "testing", "tile", "topk", "trace", "transpose", "tril", "tril_indices", "triu", "triu_indices", "true_divide", "trunc", "uint16", "uint32", "uint64", "uint8", "unbind", "unflatten", "unfold", "unique", "unique_consecutive", "unravel_index", "unsafe_chunk", "unsafe_split", "unsafe_split_with_sizes", "unsqueeze", "utils", "var", "var_mean", "vdot", "vecdot", "view", "view_as", "vstack", "where", "xlogy", "xpu", "zeros", "zeros_like",
]  # fmt: skip

_put_methods()
del _put_methods

newaxis = None
__version__ = "2.13.0+wengert"


def is_inference(input: Tensor) -> bool:  # type: ignore[valid-type]
    """Whether a tensor was made in ``inference_mode``."""
    return input.is_inference()
