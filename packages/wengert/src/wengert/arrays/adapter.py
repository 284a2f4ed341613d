"""One `Adapter` per array library: what the array API standard leaves out.

The dictionary `ADAPTERS` goes from the exact type of an array to its adapter; that look-up is what operators do on the hot
path. A type that is met for the first time is matched against the libraries that are already imported, so that Wengert
itself imports none of them.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from functools import partial
from typing import Any, NoReturn

from ..errors import InPlaceError, LibraryError, MissingExtraError, UnsupportedError
from .sizes import Ratio, Size

__all__ = [
    "ADAPTERS",
    "DIRECT",
    "NUMBERS",
    "TRACED",
    "Adapter",
    "Functions",
    "Layout",
    "adapter_of",
    "check_overlap",
    "is_array",
    "of_one_library",
    "refuse_overlap",
]

#: Python's own numbers, and those that stand for them while a function is traced for several sizes: operands that adopt the
#: dtype of the arrays that they meet.
NUMBERS: frozenset[type] = frozenset((int, float, complex, bool, Size, Ratio))

#: From the exact type of an array to the adapter of its library.
ADAPTERS: dict[type, Adapter] = {}

#: The exact types of arrays that functions of their library compute with. Batched arrays are not among them.
DIRECT: set[type] = set()

#: Array types by which a program is written down, of whatever library. Rules call kernels over them as over plain arrays.
TRACED: set[type] = set()

#: Sizes, steps and offset, all in elements, and how many elements the memory has.
Layout = tuple[tuple[int, ...], tuple[int, ...], int, int]

_DEFAULTS: dict[type, str] = {
    bool: "bool", int: "int64", Size: "int64", float: "float64", Ratio: "float64", complex: "complex128",
}  # fmt: skip

#: Kinds of dtypes, each of which holds the values of those before it.
_KINDS = "?bifc"

#: The module of this package that holds the adapter of each library, by the library's top-level module.
LIBRARIES = {
    "numpy": "numpy",
    "torch": "torch",
    "jax": "jax",
    "jaxlib": "jax",
    "cupy": "cupy",
    "dask": "dask",
    "array_api_strict": "strict",
}


class Functions:
    """The functions of one library as attributes: what bodies for any library are given as their `xp`."""

    def __init__(self, adapter: Adapter) -> None:
        self._adapter = adapter

    def __getattr__(self, name: str) -> Any:
        found = self.__dict__[name] = self._adapter.function(name)
        return found


class Adapter:
    """What the engine and the operators ask of an array library.

    Subclasses override what their library does differently; the bodies here use the array API alone.

    Attributes
    ----------
    name : str
        The library's name, as used in messages.
    xp : module
        Its array API namespace.
    mutable : bool
        Whether arrays can be written in place.
    views_every_key : bool
        Whether an index of integers and slices, whatever their steps, gives a view that can be written to.
    matrix_errors : tuple of type
        What the library raises about a matrix that it cannot invert or decompose.
    """

    name = "array library"
    xp: Any = None
    array_types: tuple[type, ...] = ()
    mutable = True
    views_every_key = True
    matrix_errors: tuple[type[Exception], ...] = ()

    def __init__(self) -> None:
        self._functions: dict[str, Callable[..., Any]] = {}
        self.functions: Any = Functions(self)

    def function(self, name: str) -> Callable[..., Any]:
        """The library's function of that name, dots allowed (``linalg.inv``)."""
        found = self._functions.get(name)
        if found is None:
            found = self._find(name)
            self._functions[name] = found
        return found

    def _find(self, name: str) -> Callable[..., Any]:
        own = getattr(self, "fn_" + name.replace(".", "_"), None)
        if own is not None:
            return own
        target: Any = self.xp
        for part in name.split("."):
            target = getattr(target, part, None)
            if target is None:
                raise LibraryError(f"{self.name} has no function {name}")
        return target

    def kernel(self, name: str, general: Callable[..., Any]) -> Callable[..., Any]:
        """The body of a kernel for these arrays: one of their own, or `general`, given the library's functions.

        See `wengert.ops.nn.kernels`.
        """
        own: Callable[..., Any] | None = getattr(self, "fn_" + name, None)
        return partial(general, self.functions) if own is None else own

    @property
    def library(self) -> Adapter:
        """The adapter of the library itself: another one for batched arrays, which may meet plain ones of their library."""
        return self

    # -- arrays ----------------------------------------------------------------------------------------------------
    def escaped(self, name: str) -> Exception:
        """The error for an operator, `name`, that meets an array of this kind where nobody takes over its call."""
        return TypeError(f"{name}: an array of {self.name} is met where it has no meaning")

    def normalise(self, value: Any) -> Any:
        """A true array for a result that the library gave as a scalar."""
        return value

    def bare(self, array: Any) -> Any:
        """`array` as the library's own functions would have given it: the inverse of `normalise`."""
        return array

    def asarray(self, data: Any, dtype: Any = None, device: Any = None, copy: bool | None = None) -> Any:
        return self.xp.asarray(data, dtype=dtype, device=device, copy=copy)

    def copy(self, array: Any) -> Any:
        """A new array that shares no memory, in row-major order."""
        return self.xp.asarray(array, copy=True)

    def copy_like(self, array: Any, like: Any) -> Any:
        """A new array with the values of `array` and, where the library has strides, those of `like` (E5.2)."""
        return self.copy(array)

    def own(self, box: list[Any], like: Any = None) -> Any:
        """The array in `box`, taken out, if nobody else can see its memory; else a copy.

        The list is what callers pass on in its stead, so that their variables do not count as somebody else. Immutable
        arrays may be shared freely.
        """
        array = box.pop()
        return array if not self.mutable else self.copy(array)

    def add(self, first: Any, second: Any) -> Any:
        """``first + second``, in place into `first` where nobody but the caller's expression knows it (E4.2).

        None stands for no gradient, and adds nothing.
        """
        if first is None or second is None:
            return second if first is None else first
        return first + second

    def add_into(self, target: Any, value: Any) -> Any:
        """``target += value``, returning what the name should be bound to."""
        target += value
        return target

    # -- shared memory and writing ---------------------------------------------------------------------------------
    def shares(self, result: Any, source: Any) -> bool:
        """Whether `result`, which a function has just made of `source`, lies in the memory of `source`.

        Asked where arrays are mutable only; there it must be right.
        """
        raise NotImplementedError

    def memory(self, array: Any) -> Any:
        """An object that stands for the memory of `array`: the same for all arrays that share it."""
        return array

    def order(self, array: Any) -> tuple[int, ...] | None:
        """The axes in the order in which they lie in memory; None for row-major order."""
        return None

    def same_place(self, first: Any, second: Any) -> bool:
        """Whether the two have every element in common, at the same index."""
        return first is second

    def lies_as(self, array: Any, like: Any) -> bool:
        """Whether `array` lies in its memory as `like`, of its shape and dtype, does in its own.

        True also where the library has no say in it, and where no array could be laid so.
        """
        return True

    def steps(self, array: Any, count: int) -> tuple[int, ...]:
        """How far apart in memory neighbours lie along the last `count` axes that have some; nothing without strides."""
        return ()

    def layout(self, array: Any) -> Layout:
        """Where the elements of `array` lie in its memory."""
        raise UnsupportedError(f"as_strided: arrays of {self.name} have no strides to set")

    def strided(self, array: Any, size: tuple[int, ...], stride: tuple[int, ...], offset: int) -> Any:
        """A view of the memory of `array` that has this layout."""
        raise UnsupportedError(f"as_strided: arrays of {self.name} have no strides to set")

    def zeros_as(self, like: Any) -> Any:
        """Zeros of the shape and dtype of `like`, which lie in their memory as it does in its own."""
        return self.zeros(like.shape, like.dtype, like)

    def writable(self, array: Any) -> Any:
        """`array`, for writing to it.

        Raises
        ------
        InPlaceError
            If several of its elements are one place in memory, or its memory is read-only.
        """
        return array

    def write(self, target: Any, function: Callable[..., Any], args: tuple[Any, ...], what: str) -> Any:
        """Write ``function(*args)`` into `target`; what the name should be bound to, which is `target` where it is mutable.

        Raises
        ------
        InPlaceError
            If the result has another shape, or a dtype of a higher kind.
        """
        return self.assign(target, self.fitting(function(*args), target, what))

    def assign(self, target: Any, value: Any) -> Any:
        """Write `value`, which broadcasts to `target` and may be of any dtype, into it; as `write`."""
        if not self.mutable:
            return self.broadcast_to(self.cast(self.asarray(value), target.dtype), target.shape)
        self.writable(target)[...] = value
        return target

    def fill(self, target: Any, value: Any) -> Any:
        """Write one number to all of `target`, also where several of its elements are one place in memory; as `write`."""
        return self.assign(target, value)

    def fitting(self, value: Any, target: Any, what: str) -> Any:
        """`value` if an in-place operator may write it into `target`."""
        if value.shape != target.shape:
            raise InPlaceError(
                f"{what}: the result has the broadcast shape {tuple(value.shape)}, which doesn't match the shape "
                f"{tuple(target.shape)} of the tensor that it is to be written to"
            )
        if value.dtype != target.dtype and _KINDS.index(self.kind(value.dtype)) > _KINDS.index(self.kind(target.dtype)):
            raise InPlaceError(
                f"{what}: result type {value.dtype} can't be cast to the desired output type {target.dtype}; write out of place, "
                "or cast the tensor before"
            )
        return value

    def getitem(self, array: Any, key: Any) -> Any:
        """``array[key]`` for every key that NumPy takes, as far as the library can."""
        return array[key]

    def overlaps(self, array: Any) -> bool:
        """Whether several elements of `array` are one place in memory that can be written to."""
        return False

    def put(self, target: Any, key: Any, value: Any) -> Any:
        """Write `value` to the places in `target` that `key` names, also where several of them are one in memory; as `write`."""
        if not self.mutable:
            raise NotImplementedError
        self.writable(target)[key] = value
        return target

    def add_at(self, target: Any, key: Any, value: Any) -> Any:
        """Add `value` to the places in the fresh array `target` that `key` names, all that arrives at one; as `write`."""
        raise LibraryError(f"{self.name} has no function that adds at an index")

    def order_of(self, x: Any, axis: int, descending: bool, stable: bool) -> Any:
        """The positions that sort `x` along `axis`."""
        xp = self.functions
        if not descending:
            return xp.argsort(x, axis=axis, stable=stable)
        # Sorting the reversed array and reversing the result leaves equal elements in their order.
        order = xp.flip(xp.argsort(xp.flip(x, axis=axis), axis=axis, stable=stable), axis=axis)
        return x.shape[axis] - 1 - order

    def sorted(self, x: Any, axis: int, descending: bool, stable: bool) -> tuple[Any, Any]:
        """`x` sorted along `axis`, and the positions that do it."""
        order = self.order_of(x, axis, descending, stable)
        return self.function("take_along_axis")(x, order, axis=axis), order

    def zeros(self, shape: tuple[int, ...], dtype: Any, like: Any) -> Any:
        return self.xp.zeros(shape, dtype=dtype, device=None if like is None else self.device(like))

    def ones(self, shape: tuple[int, ...], dtype: Any, like: Any) -> Any:
        return self.xp.ones(shape, dtype=dtype, device=None if like is None else self.device(like))

    def broadcast_to(self, array: Any, shape: tuple[int, ...]) -> Any:
        return self.xp.broadcast_to(array, shape)

    def cast(self, array: Any, dtype: Any) -> Any:
        return self.xp.astype(array, dtype, copy=False)

    def device(self, array: Any) -> Any:
        return array.device

    def to_host(self, array: Any) -> Any:
        """A NumPy array with the same values."""
        raise NotImplementedError

    def from_host(self, array: Any, device: Any) -> Any:
        """The inverse of `to_host`."""
        return self.asarray(array, device=device)

    def has_values(self, array: Any) -> bool:
        """Whether the values of `array` can be looked at: they are not yet to be computed, or traced."""
        return True

    def nbytes(self, array: Any) -> int:
        """How many bytes the elements take."""
        return int(array.nbytes)

    def item(self, array: Any) -> Any:
        return array.item()

    def complex_parts(self, array: Any) -> Any:
        """The real and the imaginary part of a complex array, along a new last axis."""
        return self.xp.stack([self.xp.real(array), self.xp.imag(array)], axis=-1)

    def complex_from(self, parts: Any) -> Any:
        """The inverse of `complex_parts`."""
        return parts[..., 0] + 1j * parts[..., 1]

    # -- dtypes ----------------------------------------------------------------------------------------------------
    def kind(self, dtype: Any) -> str:
        """``'b'`` bool, ``'i'`` integer, ``'f'`` floating, ``'c'`` complex, or another letter."""
        for letter, name in (("f", "real floating"), ("c", "complex floating"), ("b", "bool"), ("i", "integral")):
            if self.xp.isdtype(dtype, name):
                return letter
        return "?"

    def dtype_called(self, name: str) -> Any:
        """The library's dtype of this neutral name, None if it has none."""
        return getattr(self.xp, name, None)

    def default_dtype(self, kind: type) -> Any:
        """The dtype that numbers of one of Python's types get."""
        return self.dtype_called(_DEFAULTS[kind])

    def real_dtype(self, dtype: Any) -> Any:
        """The dtype of the real part."""
        return dtype


def refuse_overlap() -> NoReturn:
    """Say that several elements of what is to be written to are one place in memory."""
    raise InPlaceError(
        "unsupported operation: more than one element of the written-to tensor refers to a single memory location; write to a "
        "clone() of it"
    )


def check_overlap(shape: tuple[int, ...], strides: tuple[int, ...]) -> None:
    """Raise if an array of that layout has several elements in one place, as one that was broadcast has."""
    if any(stride == 0 and n > 1 for stride, n in zip(strides, shape, strict=True)):
        refuse_overlap()


def adapter_of(array: Any) -> Adapter:
    """The adapter of the library of `array`.

    Raises
    ------
    LibraryError
        If no known library made `array`.
    """
    found = ADAPTERS.get(type(array))
    return _discover(type(array)) if found is None else found


def is_array(value: Any) -> bool:
    """Whether `value` is an array of a library that Wengert knows."""
    kind = type(value)
    if kind in ADAPTERS:
        return True
    if kind in NUMBERS or kind in (str, tuple, list, dict, type(None), slice):
        return False
    try:
        _discover(kind)
    except LibraryError:
        return False
    return True


def of_one_library(first: Any, second: Any) -> bool:
    """Whether two arrays are of one type, or at least of one library."""
    return type(first) is type(second) or adapter_of(first).library is adapter_of(second).library


def library(name: str) -> Adapter:
    """The adapter of the library called `name`, imported if need be.

    Raises
    ------
    MissingExtraError
        If the library is not installed.
    """
    try:
        module = importlib.import_module(f"{__package__}.{LIBRARIES[name]}")
    except ModuleNotFoundError as error:
        if error.name not in LIBRARIES:
            raise
        raise MissingExtraError(f"{name} is not installed: pip install 'wengert[{name}]'") from error
    return module.adapter


def _discover(kind: type) -> Adapter:
    """Find the adapter for a type met for the first time, among libraries that are imported already."""
    for base in kind.__mro__:
        top = base.__module__.partition(".")[0]
        if top in LIBRARIES and top in sys.modules:
            adapter = library(top)
            if issubclass(kind, adapter.array_types):
                ADAPTERS[kind] = adapter
                DIRECT.add(kind)
                return adapter
    raise LibraryError(
        f"{kind.__module__}.{kind.__qualname__} is no array of a library that Wengert knows ({', '.join(LIBRARIES)})"
    )
