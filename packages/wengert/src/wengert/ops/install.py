"""The one table that puts operators, methods and Python's own syntax on `Tensor`.

Type checkers cannot see what is put on at run time, so every name here has its signature in
`wengert.autograd.tensor_methods`.
"""

from __future__ import annotations

from typing import Any

from ..autograd.tensor import Tensor
from ..op_source import dunder
from . import comparison as c
from . import complex as z
from . import cumulative, indexing, joining, methods, printing, products, reductions, searching, sorting, statistics
from . import elementwise as e
from . import manipulation as m
from . import rounding as r
from . import transcendental as t
from .inplace import in_place_methods
from .inplace_shapes import turning_methods
from .nn import activation, softmaxes

__all__ = ["install"]

#: Binary syntax with a reflected form: ``x + y`` is ``x.__add__(y)`` or ``y.__radd__(x)``.
BINARY = {
    "add": e.add,
    "sub": e.subtract,
    "mul": e.multiply,
    "truediv": e.divide,
    "floordiv": r.floor_divide,
    "mod": r.remainder,
    "pow": e.pow,
    "and": c.bitwise_and,
    "or": c.bitwise_or,
    "xor": c.bitwise_xor,
    "lshift": c.bitwise_left_shift,
    "rshift": c.bitwise_right_shift,
}

#: Comparisons: Python itself finds the reflected one.
COMPARISONS = {
    "eq": c.equal,
    "ne": c.not_equal,
    "lt": c.less,
    "le": c.less_equal,
    "gt": c.greater,
    "ge": c.greater_equal,
}

#: All other syntax and protocols.
SYNTAX: dict[str, Any] = {
    "__neg__": e.negative,
    "__pos__": e.positive,
    "__abs__": e.abs,
    "__invert__": c.bitwise_invert,
    "__matmul__": methods.matmul,
    "__imatmul__": methods.matmul,  # as in PyTorch, the name is bound to the product: its shape may be another
    "__rmatmul__": methods.rmatmul,
    "__divmod__": methods.divmod_,
    "__rdivmod__": methods.rdivmod,
    "__round__": methods.rounded,
    "__getitem__": methods.getitem,
    "__iter__": methods.iterate,
    "__contains__": methods.contains,
    "__float__": methods.to_float,
    "__int__": methods.to_int,
    "__complex__": methods.to_complex,
    "__index__": methods.to_index,
    "__repr__": printing.show,
    "__format__": printing.format_one,
    "__array__": methods.to_numpy,
    "__array_namespace__": methods.namespace,
    "__dlpack__": methods.dlpack,
    "__dlpack_device__": methods.dlpack_device,
}

#: Functions of one array that are methods under their own name.
UNARY = (
    *(e.abs, e.negative, e.positive, e.reciprocal, e.sign, e.square),
    *(t.sqrt, t.rsqrt, t.exp, t.exp2, t.expm1, t.log, t.log1p, t.log2, t.log10),
    *(t.sin, t.cos, t.tan, t.asin, t.acos, t.atan, t.sinh, t.cosh, t.tanh, t.asinh, t.acosh, t.atanh, t.sinc),
    *(r.ceil, r.floor, r.trunc, z.conj, c.isfinite, c.isinf, c.isnan, c.logical_not, c.signbit),
    *(activation.relu, activation.sigmoid, searching.nonzero),
    *(m.clone, m.flatten, m.matrix_transpose, m.ravel),
)

#: Functions of several arguments that are methods as they are.
DIRECT: dict[str, Any] = {
    "add": e.add,
    "atan2": t.atan2,
    "clip": r.clip,
    "div": e.divide,
    "eq": c.equal,
    "ge": c.greater_equal,
    "gt": c.greater,
    "le": c.less_equal,
    "logical_and": c.logical_and,
    "logical_or": c.logical_or,
    "logical_xor": c.logical_xor,
    "lt": c.less,
    "matmul": products.matmul,
    "maximum": e.maximum,
    "minimum": e.minimum,
    "moveaxis": m.moveaxis,
    "mul": e.multiply,
    "ne": c.not_equal,
    "pad": joining.pad,
    "pow": e.pow,
    "roll": m.roll,
    "squeeze": m.squeeze,
    "sub": e.subtract,
    "swapaxes": m.swapaxes,
    "tile": joining.tile,
}

#: Functions of an array and an axis, which their methods also take by position.
WITH_AXIS: tuple[Any, ...] = (
    *(reductions.all, reductions.any, reductions.max, reductions.min, reductions.sum, cumulative.prod),
    *(statistics.logsumexp, statistics.mean, statistics.std, statistics.var),
    *(searching.argmax, searching.argmin, searching.count_nonzero, m.flip),
)
WITH_LAST_AXIS = (sorting.argsort, sorting.sort, softmaxes.log_softmax, softmaxes.softmax)
WITH_FIRST_AXIS = (joining.unstack, m.expand_dims)

#: Methods that are written out in `wengert.ops.methods`.
WRITTEN: dict[str, Any] = {
    "astype": methods.astype,
    "conjugate": z.conj,
    "copy": m.clone,
    "cumprod": methods.cumprod,
    "cumsum": methods.cumsum,
    "diagonal": methods.diagonal,
    "dim": methods.dim,
    "dot": methods.dot,
    "item": methods.item,
    "numel": methods.numel,
    "numpy": methods.numpy,
    "repeat": methods.repeat,
    "reshape": methods.reshape,
    "round": methods.rounded,
    "t": methods.t,
    "take": methods.take,
    "take_along_axis": indexing.take_along_axis,
    "to_device": methods.to_device,
    "tolist": methods.tolist,
    "trace": methods.trace,
    "transpose": methods.transpose,
}

#: PyTorch's casts, by the dtype they cast to.
CASTS = {"bool": "bool", "int": "int32", "long": "int64", "half": "float16", "float": "float32", "double": "float64"}

PROPERTIES = {
    "T": property(methods.transpose, doc="The axes in reverse order."),
    "mT": property(m.matrix_transpose, doc="Every matrix of a stack, transposed."),
    "real": property(z.real, doc="The real part."),
    "imag": property(z.imag, doc="The imaginary part."),
    "size": property(methods.numel, doc="The number of elements."),
}


def install() -> None:
    """Put everything on `Tensor`. Called once, when `wengert` is imported."""
    for name, function in BINARY.items():
        setattr(Tensor, f"__{name}__", dunder(function.operator, f"__{name}__"))
        setattr(Tensor, f"__r{name}__", dunder(function.operator, f"__r{name}__", reflected=True))
    for name, function in COMPARISONS.items():
        setattr(Tensor, f"__{name}__", dunder(function.operator, f"__{name}__"))
    for name, attribute in named().items():
        setattr(Tensor, name, attribute)


def named() -> dict[str, Any]:
    """Everything but the binary syntax, by the name that it gets."""
    return {
        **SYNTAX,
        **{function.__name__: function for function in UNARY},
        **DIRECT,
        **{function.__name__: methods.axis_first(function) for function in WITH_AXIS},
        **{function.__name__: methods.axis_first(function, -1) for function in WITH_LAST_AXIS},
        **{function.__name__: methods.axis_first(function, 0) for function in WITH_FIRST_AXIS},
        **WRITTEN,
        **{name: methods.cast(dtype) for name, dtype in CASTS.items()},
        **PROPERTIES,
        **in_place_methods(),
        **turning_methods(),
    }
