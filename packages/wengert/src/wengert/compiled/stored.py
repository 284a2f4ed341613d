"""How the parts of a program are told in JSON: values, trees, arrays, and the names of functions and types.

What stands in a file is data. A value is one of a few kinds; a function or a type is named, and looked up among those that are
there. Arrays are files in NumPy's ``.npy`` format beside the JSON.
"""

from __future__ import annotations

import math
import operator
import sys
from collections import OrderedDict
from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np

from .. import pytree
from ..arrays.adapter import Adapter, adapter_of, is_array
from ..arrays.dtypes import DTYPES, dtype_name, native_dtype
from ..autograd.tensor import Tensor
from ..errors import CompileError, LibraryError, ProgramFileError
from ..op import OPERATORS, Operator
from ..ops.nn.kernels import KERNELS
from ..ops.sparse.pattern import Pattern
from .reading import Told

__all__ = [
    "NUMBERS",
    "NUMBER_FUNCTIONS",
    "Decoder",
    "Encoder",
    "class_called",
    "class_name",
    "library_function",
    "operator_called",
]

#: Where operators and classes of tensors are declared that are not there yet: what Wengert itself imports when it is asked for.
ROOMS = ("linalg", "fft", "special", "sparse", "nn", "compat.torch")

#: Functions of the adapters that programs call where no operator is.
METHODS = ("add_at", "broadcast_to", "cast", "complex_from", "complex_parts", "put")

#: Functions of array libraries that programs may call by name: those of the array API standard that compute with arrays. A
#: library has others, which read and write files.
_STANDARD = """
    abs acos acosh add all any arange argmax argmin argsort asin asinh astype atan atan2 atanh bitwise_and bitwise_invert
    bitwise_left_shift bitwise_or bitwise_right_shift bitwise_xor broadcast_arrays broadcast_to ceil clip concat conj convolve
    copysign cos cosh count_nonzero cumulative_prod cumulative_sum diagonal diff divide einsum equal exp expand_dims expm1 eye
    flip floor floor_divide full_like getitem greater greater_equal hypot imag isfinite isin isinf isnan less less_equal
    linspace log log10 log1p log2 logaddexp logical_and logical_not logical_or logical_xor matmul matrix_transpose max maximum
    mean meshgrid min minimum moveaxis multiply nan_to_num negative nextafter nonzero not_equal ones_like pad permute_dims
    positive pow prod real reciprocal remainder repeat reshape roll round searchsorted sign signbit sin sinh sort sqrt square
    squeeze stack std subtract sum take take_along_axis tan tanh tensordot tile tril triu trunc unstack var vecdot where
    zeros_like fft.fft fft.fftfreq fft.fftn fft.fftshift fft.hfft fft.ifft fft.ifftn fft.ifftshift fft.ihfft fft.irfft
    fft.irfftn fft.rfft fft.rfftfreq fft.rfftn linalg.cholesky linalg.cross linalg.det linalg.diagonal linalg.eigh
    linalg.eigvalsh linalg.inv linalg.lu linalg.matmul linalg.matrix_exp linalg.matrix_norm linalg.matrix_power
    linalg.matrix_rank linalg.matrix_transpose linalg.outer linalg.pinv linalg.qr linalg.slogdet linalg.solve linalg.svd
    linalg.svdvals linalg.tensordot linalg.trace linalg.vecdot linalg.vector_norm
"""
STANDARD = frozenset(_STANDARD.split())

#: What programs compute of Python's numbers alone.
NUMBER_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "add": operator.add, "divide": operator.truediv, "multiply": operator.mul, "negative": operator.neg, "pow": operator.pow,
    "subtract": operator.sub,
}  # fmt: skip

#: The types of numbers that can be inputs.
NUMBERS: dict[str, type] = {"float": float, "complex": complex}

_TYPES: dict[str, type] = {"bool": bool, "int": int, "float": float, "complex": complex}


# -- by name -------------------------------------------------------------------------------------------------------------
def operator_called(name: str, where: str) -> Operator:
    """The operator of that name, declared by Wengert or by the user's program."""
    for room in (None, *ROOMS):
        if room is not None:
            import_module(f"{__name__.partition('.')[0]}.{room}")
        if name in OPERATORS:
            return OPERATORS[name]
    raise ProgramFileError(f"{where}: there is no operator {name!r}; if a module of yours declares it, import that first")


def library_function(name: str, adapter: Adapter) -> Callable[..., Any] | None:
    """The function of a library that programs may call by that name; None if there is none."""
    if name in METHODS:
        found: Callable[..., Any] = getattr(adapter, name)
        return found
    if name in KERNELS:
        return adapter.kernel(name, KERNELS[name].general)
    own = getattr(adapter, "fn_" + name.replace(".", "_"), None)
    if own is None and name not in STANDARD:
        return None
    try:
        return adapter.function(name)
    except LibraryError:
        return None


def class_name(cls: type) -> str:
    """What a class is called in files."""
    return f"{cls.__module__}:{cls.__qualname__}"


def class_called(name: str, where: str) -> type[Tensor]:
    """The class of tensors of that name: of Wengert, or of a module that is imported already."""
    module, _, path = name.partition(":")
    top = __name__.partition(".")[0]
    room = next((r for r in ROOMS if f"{module}.".startswith(f"{top}.{r}.")), None)
    if room is not None:
        import_module(f"{top}.{room}")
    found = _looked_up(module, path)
    if not (isinstance(found, type) and issubclass(found, Tensor)):
        raise ProgramFileError(f"{where}: there is no class of tensors {name!r}; if a module of yours has it, import that first")
    return found


def named_tuple_called(name: str, fields: int, where: str) -> type[tuple[Any, ...]]:
    """The class of named tuples of that name, of a module that is imported already."""
    module, _, path = name.partition(":")
    found = _looked_up(module, path)
    named = isinstance(found, type) and issubclass(found, tuple) and found is not tuple
    if not named or len(getattr(found, "_fields", ())) != fields:
        raise ProgramFileError(
            f"{where}: there is no class of named tuples {name!r} with {fields} fields; if a module of yours has it, import that "
            "first"
        )
    return found


def _looked_up(module: str, path: str) -> Any:
    """What a module that is imported has at `path`: nothing that is made, or imported, when it is asked for."""
    found: Any = sys.modules.get(module)
    for part in path.split("."):
        found = getattr(found, "__dict__", {}).get(part)
    return found


# -- writing -------------------------------------------------------------------------------------------------------------
class Encoder:
    """Tells values in JSON, and keeps the arrays among them.

    Attributes
    ----------
    arrays : list of NumPy array
        In the order of the files that they go to.
    shapes : list of dict
        How each is to be laid out when it is read.
    """

    def __init__(self) -> None:
        self.arrays: list[Any] = []
        self.shapes: list[dict[str, Any]] = []
        self._known: dict[int, tuple[Any, int]] = {}
        self.special: Callable[[Any, str], Any] | None = None  # tells variables and generators

    def value(self, value: Any, where: str) -> Any:
        """`value` in terms of JSON; `where` it is, for messages.

        Raises
        ------
        CompileError
            If it is of a kind that no file can hold.
        """
        kind = type(value)
        if value is None or kind in (bool, int, str):
            return value
        if kind is float:
            return value if math.isfinite(value) else {"float": repr(value)}
        if kind is complex:
            return {"complex": [self.value(value.real, where), self.value(value.imag, where)]}
        if kind in (tuple, list):
            return {kind.__name__: [self.value(item, f"{where}[{i}]") for i, item in enumerate(value)]}
        if kind is slice:
            return {"slice": [self.value(part, where) for part in (value.start, value.stop, value.step)]}
        if value is Ellipsis:
            return {"ellipsis": True}
        if kind is dict:
            return {"dict": [[self.value(k, where), self.value(v, f"{where}[{k!r}]")] for k, v in value.items()]}
        return self._other(value, where)

    def _other(self, value: Any, where: str) -> Any:
        told = None if self.special is None else self.special(value, where)
        if told is not None:
            return told
        if isinstance(value, type) and value in _TYPES.values():
            return {"type": value.__name__}
        if _is_dtype(value):
            return {"dtype": dtype_name(value)}
        if _is_named(value):
            return {"named": [class_name(type(value)), [self.value(item, f"{where}[{i}]") for i, item in enumerate(value)]]}
        if isinstance(value, Pattern):
            parts = [self.array(part, where) for part in (value.indices, value.indptr)]
            return {"sparse": [*parts, list(value.shape)]}
        if isinstance(value, np.generic):
            return {"scalar": self.array(np.asarray(value), where)}
        if is_array(value):
            return {"array": self.array(value, where)}
        raise CompileError(
            f"{where} is a {type(value).__name__}, which cannot be saved: a file holds numbers, strings, dtypes, arrays, and "
            "tuples, lists, dictionaries and slices of them"
        )

    def array(self, array: Any, where: str, *, repeated: bool = True) -> int:
        """The number of the file that an array goes to; if not `repeated`, with all its elements there."""
        known = self._known.get(id(array))
        if known is not None:
            return known[1]
        adapter = adapter_of(array)
        if not adapter.has_values(array):
            raise CompileError(f"{where} is an array that has no values yet; compute it before")
        host = np.asarray(adapter.to_host(array))
        if host.dtype.name not in DTYPES:
            raise CompileError(f"{where} is an array of {host.dtype}, which cannot be saved; expected one of {', '.join(DTYPES)}")
        number = len(self.arrays)
        self._known[id(array)] = (array, number)  # the array too, so that its id stays its own
        dense, told = _laid_out(host if repeated or 0 not in host.strides else np.array(host))
        self.arrays.append(dense.astype(dense.dtype.newbyteorder("<"), copy=False))
        self.shapes.append(told)
        return number

    def tree(self, structure: pytree.Structure, where: str) -> Any:
        """How leaves are nested."""
        return self._tree(pytree.unflatten(structure, range(structure.num_leaves)), where)

    def _tree(self, tree: Any, where: str) -> Any:
        kind = type(tree)
        if tree is None:
            return None
        if kind is int:
            return tree
        if kind in (tuple, list):
            return {kind.__name__: [self._tree(item, f"{where}[{i}]") for i, item in enumerate(tree)]}
        if kind in (dict, OrderedDict):
            items = [[self.value(k, where), self._tree(item, f"{where}[{k!r}]")] for k, item in tree.items()]
            return {"ordered" if kind is OrderedDict else "dict": items}
        if _is_named(tree):
            return {"named": [class_name(kind), [self._tree(item, f"{where}[{i}]") for i, item in enumerate(tree)]]}
        raise CompileError(f"{where} has a {kind.__name__}, which cannot be saved; nest with tuples, lists and dictionaries")


def _is_named(value: Any) -> bool:
    """Whether it is a named tuple."""
    return isinstance(value, tuple) and hasattr(type(value), "_fields")


def _is_dtype(value: Any) -> bool:
    """Whether it is a dtype of some library, one that all have."""
    if isinstance(value, np.dtype) or (isinstance(value, type) and issubclass(value, np.generic)):
        return dtype_name(value) in DTYPES
    return type(value).__name__ == "dtype" and dtype_name(value) in DTYPES


def _laid_out(host: Any) -> tuple[Any, dict[str, Any]]:
    """An array in row-major order of what `host` keeps in memory, and how to make it of that.

    Functions may add in another order where an array lies otherwise, and round differently. So one that was transposed, or
    repeats a part of itself, is so again.
    """
    repeated = [a for a, (n, stride) in enumerate(zip(host.shape, host.strides, strict=True)) if n > 1 and stride == 0]
    small = host[tuple([slice(0, 1) if a in repeated else slice(None) for a in range(host.ndim)])]
    order = sorted(range(host.ndim), key=lambda a: (-abs(small.strides[a]), a))
    if small.flags.c_contiguous or 0 in small.shape:
        order = list(range(host.ndim))
    told: dict[str, Any] = {"shape": list(host.shape), "dtype": host.dtype.name}
    if order != list(range(host.ndim)):
        told["order"] = order
    if repeated:
        told["repeated"] = repeated
    return np.ascontiguousarray(small.transpose(order)).reshape([small.shape[a] for a in order]), told


# -- reading -------------------------------------------------------------------------------------------------------------
class Decoder:
    """Makes values of what was told of them.

    Parameters
    ----------
    adapter : Adapter
        Of the library whose arrays are made.
    arrays : list of NumPy array
        By number.
    """

    def __init__(self, adapter: Adapter, arrays: list[Any]) -> None:
        self.adapter, self._host = adapter, arrays
        self._made: dict[int, Any] = {}
        self._patterns: dict[Any, Pattern] = {}
        self.special: Callable[[str, Told], Any] | None = None  # what else there is, by its kind; None where there is none

    def value(self, told: Told) -> Any:
        """The value."""
        content = told.content
        if content is None or type(content) in (bool, int, float, str):
            return content
        kind, inner = told.one_entry()
        if kind in _KINDS:
            return getattr(self, f"_{kind}")(inner)
        found = None if self.special is None else self.special(kind, inner)
        if found is None:
            raise told.wrong("a value")
        return found

    def _tuple(self, told: Told) -> Any:
        return tuple([self.value(item) for item in told.items()])

    def _list(self, told: Told) -> Any:
        return [self.value(item) for item in told.items()]

    def _named(self, told: Told) -> Any:
        name, items = told.items(2)
        values = [self.value(item) for item in items.items()]
        return tuple.__new__(named_tuple_called(name.text(), len(values), told.where), values)  # which runs nobody's code

    def _sparse(self, told: Told) -> Pattern:
        """Where the values of a sparse matrix stand; one and the same for the same numbers, since identity tells them apart."""
        first, second, size = told.items(3)
        key = first.integer(len(self._host)), second.integer(len(self._host)), size.shape()
        if key not in self._patterns:
            indices, starts = self._host[key[0]], self._host[key[1]]
            if not _is_pattern(indices, starts, key[2]):
                raise told.wrong("indices of columns, the starts of rows and a shape that fit together")
            self._patterns[key] = Pattern(indices, starts, key[2])  # type: ignore[arg-type]
        return self._patterns[key]

    def _slice(self, told: Told) -> Any:
        return slice(*[self.value(part) for part in told.items(3)])

    def _dict(self, told: Told) -> Any:
        return dict(self._pair(pair) for pair in told.items())

    def _pair(self, told: Told) -> tuple[Any, Any]:
        key, value = told.items(2)
        return _as_key(self.value(key), key), self.value(value)

    def _ellipsis(self, told: Told) -> Any:
        if told.content is not True:
            raise told.wrong("true")
        return Ellipsis

    def _float(self, told: Told) -> float:
        if told.content not in ("nan", "inf", "-inf"):
            raise told.wrong("'nan', 'inf' or '-inf'")
        return float(told.content)

    def _complex(self, told: Told) -> complex:
        parts = [self.value(part) for part in told.items(2)]
        if not all(type(part) is float for part in parts):
            raise told.wrong("two numbers")
        return complex(*parts)

    def _type(self, told: Told) -> type:
        if told.text() not in _TYPES:
            raise told.wrong(f"one of {', '.join(_TYPES)}")
        return _TYPES[told.text()]

    def _dtype(self, told: Told) -> Any:
        return self.dtype(told)

    def _array(self, told: Told) -> Any:
        return self.array(told)

    def _scalar(self, told: Told) -> Any:
        array = self._host[told.integer(len(self._host))]
        if array.ndim:
            raise told.wrong("the number of an array without axes")
        return array[()]

    def dtype(self, told: Told) -> Any:
        """A dtype of the library."""
        if told.text() not in DTYPES:
            raise told.wrong(f"one of {', '.join(DTYPES)}")
        return native_dtype(told.text(), self.adapter)

    def array(self, told: Told) -> Any:
        """An array of the library; the same for the same number, so that nobody may write to it."""
        number = told.integer(len(self._host))
        if number not in self._made:
            self._made[number] = self.adapter.normalise(self.adapter.from_host(self._host[number], None))
        return self._made[number]

    def own_array(self, told: Told) -> Any:
        """An array of the library that can be written to, none of whose elements are one place in memory."""
        host = self._host[told.integer(len(self._host))]
        if any(n > 1 and stride == 0 for n, stride in zip(host.shape, host.strides, strict=True)):
            raise told.wrong("the number of an array that does not repeat a part of itself")
        array = self.array(told)
        return self.adapter.copy_like(array, array)

    def tree(self, told: Told) -> tuple[pytree.Structure, int]:
        """A structure, and how many leaves it has."""
        numbers: list[int] = []
        tree = self._subtree(told, numbers)
        leaves, structure = pytree.flatten(tree)
        if sorted(numbers) != list(range(len(numbers))) or leaves != list(range(len(numbers))):
            raise told.wrong("leaves numbered from left to right")
        return structure, len(numbers)

    def _subtree(self, told: Told, numbers: list[int]) -> Any:
        if told.content is None:
            return None
        if type(told.content) is int:
            numbers.append(told.content)
            return told.content
        kind, inner = told.one_entry()
        if kind in ("tuple", "list"):
            items = [self._subtree(item, numbers) for item in inner.items()]
            return items if kind == "list" else tuple(items)
        if kind in ("dict", "ordered"):
            pairs = [item.items(2) for item in inner.items()]
            made = {_as_key(self.value(key), key): self._subtree(value, numbers) for key, value in pairs}
            return OrderedDict(made) if kind == "ordered" else made
        if kind == "named":
            name, rest = inner.items(2)
            items = [self._subtree(item, numbers) for item in rest.items()]
            return tuple.__new__(named_tuple_called(name.text(), len(items), told.where), items)
        raise told.wrong("a tuple, a list or a dictionary")


_KINDS = frozenset(
    ("tuple", "list", "named", "sparse", "slice", "dict", "ellipsis", "float", "complex", "type", "dtype", "array", "scalar")
)


def _is_pattern(indices: Any, starts: Any, shape: tuple[int, ...]) -> bool:
    """Whether SciPy may be given it, which reads where it is told to."""
    if not (indices.ndim == starts.ndim == 1 and indices.dtype.kind == starts.dtype.kind == "i" and len(shape) == 2):
        return False
    if len(starts) != shape[0] + 1 or starts[0] != 0 or starts[-1] != len(indices) or (np.diff(starts) < 0).any():
        return False
    return not len(indices) or bool(indices.min() >= 0 and indices.max() < shape[1])


def _as_key(key: Any, told: Told) -> Any:
    try:
        hash(key)
    except TypeError as error:
        raise told.wrong("something that can be a key") from error
    return key
