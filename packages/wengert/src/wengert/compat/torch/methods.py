"""The one table that puts PyTorch's methods on `Tensor`, and the methods that are no function.

A method is the function of the same name, called with the tensor as its first argument, unless it is written out here.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from ...autograd.tensor import Tensor as Base
from ...errors import GradientError, UnsupportedError, UsageError
from ...ops import complex as complexes
from ...ops import indexing as ops
from ...ops import joining
from . import (
    creation,
    dtypes,
    finding,
    indexing,
    inplace,
    kinds,
    math,
    matrices,
    printing,
    products,
    random,
    shapes,
    special,
    triangles,
)
from . import reductions as r
from .calling import as_tensor, cast, one_dim, sizes
from .keys import key_of
from .tensor import Tensor, leaf

__all__ = ["install"]


# -- what it is ----------------------------------------------------------------------------------------------------------
def size(self: Any, dim: int | None = None) -> Any:
    """The shape, or the length of one axis."""
    return self.shape if dim is None else self._shape[one_dim(dim, self.ndim)]


def dim(self: Any) -> int:
    """The number of axes."""
    return len(self._shape)


def stride(self: Any, dim: int | None = None) -> Any:
    """How many elements lie between neighbours along each axis, or along one."""
    item = self._array.itemsize
    steps = tuple(step // item for step in self._array.strides)
    if not self._array.size or 1 in self._shape:  # NumPy leaves such strides as they come
        steps = tuple(
            s if n > 1 and self._array.size else w for s, n, w in zip(steps, self._shape, _rows(self._shape), strict=True)
        )
    return steps if dim is None else steps[one_dim(dim, self.ndim)]


def _rows(shape: tuple[int, ...]) -> tuple[int, ...]:
    """The strides of a row-major array."""
    steps, step = [], 1
    for n in reversed(shape):
        steps.append(step)
        step *= max(n, 1)
    return tuple(reversed(steps))


def is_contiguous(self: Any, memory_format: Any = kinds.contiguous_format) -> bool:
    """Whether the elements lie row by row without gaps, or in the order of another memory format."""
    if memory_format is kinds.channels_last:
        return self.ndim == 4 and self._array.transpose(0, 2, 3, 1).flags.c_contiguous
    return bool(self._array.flags.c_contiguous)


def element_size(self: Any) -> int:
    """Bytes for each element."""
    return int(self._array.itemsize)


def _root(array: Any) -> Any:
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


def _address(array: Any) -> int:
    return int(array.__array_interface__["data"][0])


def data_ptr(self: Any) -> int:
    """The address of the first element."""
    return _address(self._array)


def storage_offset(self: Any) -> int:
    """How many elements of the memory lie before the first."""
    return int((_address(self._array) - _address(_root(self._array))) // self._array.itemsize)


class Storage:
    """The memory of a tensor, which its views share."""

    __slots__ = ("_array",)

    def __init__(self, array: Any) -> None:
        self._array = _root(array)

    def __len__(self) -> int:
        return int(self._array.size)

    def data_ptr(self) -> int:
        """Its address."""
        return _address(self._array)

    def nbytes(self) -> int:
        """Its length in bytes."""
        return int(self._array.nbytes)

    size = nbytes


class UntypedStorage(Storage):
    """The same, counted in bytes."""

    __slots__ = ()

    def __len__(self) -> int:
        return self.nbytes()


def storage(self: Any) -> Storage:
    """The memory, counted in elements."""
    return Storage(self._array)


def untyped_storage(self: Any) -> UntypedStorage:
    """The memory."""
    return UntypedStorage(self._array)


def get_device(self: Any) -> int:
    """-1: the CPU has no number."""
    return -1


# -- to another dtype or place -------------------------------------------------------------------------------------------
def to(self: Any, *args: Any, **options: Any) -> Any:
    """In another dtype, on another device, or as another tensor is; itself where it is so already.

    Examples
    --------
    >>> import wengert.compat.torch as torch
    >>> torch.ones(2).to(torch.float64).dtype
    torch.float64
    """
    wanted, copy = options.pop("dtype", None), options.pop("copy", False)
    memory_format = options.pop("memory_format", None)
    kinds.checked_device(options.pop("device", None))
    options.pop("non_blocking", None)
    if options:
        raise TypeError(f"to() got an unexpected keyword argument {next(iter(options))!r}")
    for argument in args:
        if isinstance(argument, dtypes.dtype):
            wanted = argument
        elif isinstance(argument, Base):
            wanted = dtypes.spelled(argument._dtype)
        elif not isinstance(argument, bool):
            kinds.checked_device(argument)
    new = self if wanted is None else cast(self, wanted)
    if memory_format is kinds.channels_last:
        return _channels_last(new)
    return shapes.clone(new) if copy and new is self else new


def _channels_last(x: Any) -> Any:
    """The same elements, in memory with the channels of each place side by side."""
    if x.ndim != 4:
        raise UsageError(f"required rank 4 tensor to use channels_last format, got {x.ndim} axes")
    return shapes.permute(shapes.clone(shapes.permute(x, 0, 2, 3, 1)).contiguous(), 0, 3, 1, 2)


def contiguous(self: Any, memory_format: Any = kinds.contiguous_format) -> Any:
    """Itself if its elements lie row by row, else a copy whose do."""
    if is_contiguous(self, memory_format):
        return self
    return _channels_last(self) if memory_format is kinds.channels_last else shapes.clone(self)


def type_(self: Any, dtype: Any = None, non_blocking: bool = False) -> Any:
    """The name of its type, or the tensor in another."""
    if dtype is None:
        return f"torch.{TYPE_NAMES[self.dtype]}"
    if isinstance(dtype, str):
        names = {name: d for d, name in TYPE_NAMES.items()}
        dtype = names[dtype.rpartition(".")[2]]
    return cast(self, getattr(dtype, "dtype", dtype) if not isinstance(dtype, dtypes.dtype) else dtype)


def type_as(self: Any, other: Any) -> Any:
    """In the dtype of `other`."""
    return cast(self, dtypes.spelled(other._dtype))


def _cast_to(dtype: Any) -> Callable[..., Any]:
    def method(self: Any, memory_format: Any = None) -> Any:
        return cast(self, dtype)

    method.__doc__ = f"In {dtype}."
    return method


def itself(self: Any, *args: Any, **options: Any) -> Any:
    """The tensor itself: it is on the CPU already."""
    return self


def elsewhere(self: Any, *args: Any, **options: Any) -> Any:
    """There is no other device: raises UnsupportedError."""
    raise UnsupportedError("compat.torch has no other device than the CPU")


#: The old name of the type of tensors of each dtype.
TYPE_NAMES = {
    dtypes.float32: "FloatTensor",
    dtypes.float64: "DoubleTensor",
    dtypes.float16: "HalfTensor",
    dtypes.uint8: "ByteTensor",
    dtypes.int8: "CharTensor",
    dtypes.int16: "ShortTensor",
    dtypes.int32: "IntTensor",
    dtypes.int64: "LongTensor",
    dtypes.bool: "BoolTensor",
    dtypes.complex64: "ComplexFloatTensor",
    dtypes.complex128: "ComplexDoubleTensor",
}


# -- new tensors of its kind ---------------------------------------------------------------------------------------------
def _new(make: Callable[..., Any]) -> Callable[..., Any]:
    def method(self: Any, *size: Any, dtype: Any = None, **options: Any) -> Any:
        return make(*size, dtype=dtype or self.dtype, **options)

    method.__doc__ = f"As `torch.{make.__name__}`, by default in the dtype of this tensor."
    return method


def new(self: Any, *args: Any) -> Any:
    """A tensor of the same dtype from data or of a shape, as of old."""
    if len(args) == 1 and isinstance(args[0], (list, tuple)) and not isinstance(args[0], kinds.Size):
        return creation.tensor(args[0], dtype=self.dtype)
    return creation.empty(*args, dtype=self.dtype)


# -- out of the graph ----------------------------------------------------------------------------------------------------
def numpy(self: Any, *, force: bool = False) -> Any:
    """The values as an array, on the same memory.

    Raises
    ------
    GradientError
        If the tensor requires grad, unless `force` is set or nothing is being recorded.
    """
    if self.requires_grad and not force and creation_recorded():
        raise GradientError("Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead.")
    return self._array


def creation_recorded() -> bool:
    """Whether operators are recorded now."""
    from ...autograd.modes import is_grad_enabled  # noqa: PLC0415

    return is_grad_enabled()


def item(self: Any) -> Any:
    """The one element as a number of Python."""
    if self._array.size != 1:
        raise UsageError(f"a Tensor with {self._array.size} elements cannot be converted to Scalar")
    return self._array.item()


def truth(self: Any) -> bool:
    """Whether the one element is not zero."""
    if self._array.size != 1:
        raise UsageError(
            "Boolean value of Tensor with no values is ambiguous"
            if not self._array.size
            else "Boolean value of Tensor with more than one value is ambiguous"
        )
    return bool(self._array.item())


def length(self: Any) -> int:
    """The length of the first axis."""
    if not self._shape:
        raise TypeError("len() of a 0-d tensor")
    return self._shape[0]


def index(self: Any) -> int:
    """The one integer."""
    if self._dtype.kind not in "iub" or self._array.size != 1:
        raise TypeError("only integer tensors of a single element can be converted to an index")
    return operator.index(self._array.item())


# -- elements ------------------------------------------------------------------------------------------------------------
def getitem(self: Any, key: Any) -> Any:
    """The elements that `key` selects."""
    return ops.getitem(self, key_of(key))


def iterate(self: Any) -> Any:
    """The slices along the first axis."""
    if not self._shape:
        raise TypeError("iteration over a 0-d tensor")
    return iter(joining.unstack(self))


# -- Python's syntax -----------------------------------------------------------------------------------------------------
def _dunder(function: Callable[..., Any], reflected: bool = False) -> Callable[..., Any]:
    """Syntax with a second operand that may be none of ours."""

    def method(self: Any, other: Any) -> Any:
        if not isinstance(other, (Base, int, float, complex, np.ndarray, np.generic)):
            return NotImplemented
        if isinstance(other, np.generic):
            other = other.item()
        elif isinstance(other, np.ndarray):
            other = leaf(other)
        return function(other, self) if reflected else function(self, other)

    return method


def _matmul(left: Any, right: Any) -> Any:
    return products.matmul(as_tensor(left), as_tensor(right))


BINARY: dict[str, Any] = {
    "add": math.add, "sub": math.sub, "mul": math.mul, "truediv": math.div, "floordiv": math.floor_divide,
    "mod": math.remainder, "pow": math.pow, "and": math.bitwise_and, "or": math.bitwise_or, "xor": math.bitwise_xor,
    "lshift": math.bitwise_left_shift, "rshift": math.bitwise_right_shift, "matmul": _matmul,
}  # fmt: skip

COMPARISONS: dict[str, Any] = {
    "eq": math.eq, "ne": math.ne, "lt": math.lt, "le": math.le, "gt": math.gt, "ge": math.ge,
}  # fmt: skip

SYNTAX: dict[str, Any] = {
    "__neg__": math.neg,
    "__pos__": math.positive,
    "__abs__": math.abs,
    "__invert__": math.bitwise_not,
    "__getitem__": getitem,
    "__iter__": iterate,
    "__bool__": truth,
    "__len__": length,
    "__index__": index,
    "__float__": lambda self: float(item(self)),
    "__int__": lambda self: int(item(self)),
    "__complex__": lambda self: complex(item(self)),
    "__repr__": printing.show,
}


def reversed_axes(self: Any) -> Any:
    """The axes in reverse order."""
    return shapes.permute(self, *range(self.ndim - 1, -1, -1))


def imaginary(self: Any) -> Any:
    """The imaginary part; real tensors have none."""
    return math.imag(self)


def volatile(self: Any) -> bool:
    """Gone since version 0.4; warns."""
    import warnings  # noqa: PLC0415

    warnings.warn("volatile was removed (Variable.volatile is always False)", UserWarning, stacklevel=2)
    return False


#: What programs may not delete.
KEPT = ("requires_grad", "data", "_backward_hooks", "_grad_fn", "grad_fn", "is_leaf", "_base", "_version", "shape", "dtype")


def _undeletable(name: str) -> property:
    """The attribute of that name, with PyTorch's error where it is deleted."""
    found = getattr(Tensor, "grad_fn" if name == "_grad_fn" else name)

    def delete(self: Any) -> None:
        raise UsageError(f"cannot delete attribute {name!r} of a tensor")

    return property(found.fget, found.fset, delete, found.__doc__)


PROPERTIES: dict[str, Any] = {
    "T": reversed_axes,
    "H": shapes.adjoint,
    "mT": lambda self: shapes.transpose(self, -2, -1),
    "mH": shapes.adjoint,
    "real": complexes.real,
    "imag": imaginary,
    "volatile": volatile,
    "ndim": dim,
    "nbytes": lambda self: int(self._array.nbytes),
    "itemsize": element_size,
    "names": lambda self: (None,) * self.ndim,
}

#: Methods that are written out above.
WRITTEN: dict[str, Any] = {
    "size": size, "dim": dim, "ndimension": dim, "stride": stride, "is_contiguous": is_contiguous,
    "element_size": element_size, "data_ptr": data_ptr, "storage_offset": storage_offset, "storage": storage,
    "untyped_storage": untyped_storage, "_typed_storage": storage, "get_device": get_device, "nelement": shapes.numel,
    "to": to, "contiguous": contiguous, "type": type_, "type_as": type_as, "cpu": itself, "pin_memory": itself,
    "cuda": elsewhere, "xpu": elsewhere, "to_sparse": elsewhere, "to_dense": itself, "new": new,
    "new_tensor": _new(creation.tensor), "new_zeros": _new(creation.zeros), "new_ones": _new(creation.ones),
    "new_empty": _new(creation.empty), "new_full": _new(creation.full), "numpy": numpy, "item": item,
    "float": _cast_to(dtypes.float32), "double": _cast_to(dtypes.float64), "half": _cast_to(dtypes.float16),
    "bfloat16": _cast_to(dtypes.bfloat16), "int": _cast_to(dtypes.int32), "long": _cast_to(dtypes.int64),
    "short": _cast_to(dtypes.int16), "char": _cast_to(dtypes.int8), "byte": _cast_to(dtypes.uint8),
    "bool": _cast_to(dtypes.bool), "cfloat": _cast_to(dtypes.complex64), "cdouble": _cast_to(dtypes.complex128),
    "sum_to_size": lambda self, *shape: _summed(self, sizes(shape)),
    "resolve_conj": itself, "resolve_neg": itself, "is_shared": lambda self: False, "is_pinned": lambda self: False,
    "is_conj": lambda self: False, "is_neg": lambda self: False, "has_names": lambda self: False,
    "is_signed": lambda self: self.dtype.is_signed, "is_same_size": lambda self, other: self._shape == other._shape,
    "view": shapes.view, "view_as": shapes.view_as, "reshape": shapes.reshape, "reshape_as": shapes.reshape_as,
    "expand": shapes.expand, "expand_as": shapes.expand_as, "repeat": shapes.repeat, "permute": shapes.permute,
    "lu": triangles.lu_of_old, "lu_solve": triangles.lu_solve_of_old,
    "isclose": math.isclose, "equal": finding.equal, "allclose": finding.allclose,
}  # fmt: skip


def _summed(x: Any, shape: tuple[int, ...]) -> Any:
    front = x.ndim - len(shape)
    axes = [*range(front), *(front + i for i, n in enumerate(shape) if n == 1 and x._shape[front + i] != 1)]
    return shapes.reshape(r.sum(x, axes) if axes else x, shape)


#: Functions that are methods as they are, by module.
AS_THEY_ARE: dict[Any, str] = {
    math: (
        "abs absolute acos acosh add addcdiv addcmul angle arccos arcsin arctan arctan2 asin asinh atan atan2 atanh bitwise_and "
        "bitwise_left_shift bitwise_not bitwise_or bitwise_right_shift bitwise_xor ceil clamp clamp_max clamp_min clip conj "
        "conj_physical copysign cos cosh deg2rad div divide eq erf exp exp2 expm1 float_power floor floor_divide fmod frac "
        "ge greater greater_equal gt hypot is_complex is_floating_point isfinite isinf isnan isreal ldexp le lerp less "
        "less_equal log log10 log1p log2 logaddexp logical_and logical_not logical_or logical_xor logit lt maximum minimum mul "
        "multiply nan_to_num ne neg negative nextafter not_equal positive pow rad2deg reciprocal relu remainder round rsqrt "
        "sigmoid sgn sign signbit sin sinc sinh sqrt square sub subtract tan tanh true_divide trunc"
    ),
    shapes: (
        "adjoint as_strided broadcast_to chunk clone diag diag_embed diagonal flatten flip movedim moveaxis narrow numel ravel "
        "repeat_interleave roll rot90 select split split_with_sizes squeeze swapaxes swapdims t tensor_split tile transpose "
        "fliplr flipud unbind unflatten unsafe_chunk unsafe_split unsafe_split_with_sizes unsqueeze"
    ),
    r: (
        "all amax amin aminmax any argmax argmin argsort count_nonzero cummax cummin cumprod cumsum diff dist "
        "kthvalue log_softmax logcumsumexp logsumexp max mean median min mode msort nanmean nanmedian nansum norm prod "
        "renorm softmax sort std sum topk var"
    ),
    products: "addbmm addmm addmv addr baddbmm bmm cross dot ger inner kron matmul mm mv outer trace vdot",
    special: "digamma erfc erfinv i0 igamma igammac lgamma mvlgamma polygamma xlogy",
    matrices: (
        "cholesky cholesky_inverse cholesky_solve det inverse logdet matrix_exp matrix_power pinverse qr slogdet svd "
        "triangular_solve"
    ),
    indexing: (
        "argwhere gather index_add index_copy index_fill index_put index_reduce index_select masked_fill masked_scatter "
        "masked_select put scatter scatter_add scatter_reduce select_scatter slice_scatter take take_along_dim unfold"
    ),
    finding: "bincount histc nonzero unique unique_consecutive",
    creation: "tril triu",
    random: "bernoulli multinomial",
}


def where(self: Any, condition: Any, other: Any) -> Any:
    """Itself where the condition holds, else `other`."""
    return math.where(condition, self, other)


def install() -> None:
    """Put everything on `Tensor`."""
    table: dict[str, Any] = dict(SYNTAX)
    for name, function in BINARY.items():
        table[f"__{name}__"], table[f"__r{name}__"] = _dunder(function), _dunder(function, reflected=True)
    for name, function in COMPARISONS.items():
        table[f"__{name}__"] = _dunder(function)
    for module, names in AS_THEY_ARE.items():
        table.update((name, getattr(module, name)) for name in names.split())
    table.update(WRITTEN, where=where)
    table.update(inplace.METHODS)
    table.update((name, _undeletable(name)) for name in KEPT)
    table.update((name, property(getter, doc=getter.__doc__)) for name, getter in PROPERTIES.items())
    for name, value in table.items():
        if value is not None:
            setattr(Tensor, name, value)
    Tensor.__hash__ = Base.__hash__  # type: ignore[method-assign]
