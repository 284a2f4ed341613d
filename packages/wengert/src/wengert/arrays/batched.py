"""Batching is one more array library: an array with a hidden axis in front, one sample of a `vmap` behind the other.

A `BatchedArray` shows the shape, dtype and number of axes of *one sample*. Under them lies an array of its library (or, where
`vmap` is nested, another `BatchedArray`) with one axis more, at position 0. Its length is the number of samples; or 1, for what
is the same in every sample and was never copied.

Which samples they are says its `Level`, one for each running `vmap`. What functions do to batched arrays says the operator of
the same name, by its batching rule: the layer above lends its functions to `BatchedAdapter` (see `wengert.op_batching`), and
Python's syntax on a `BatchedArray` goes to them. So rules of derivatives, kernels in terms of the array API and the engine run
over batched arrays as over any other.
"""

from __future__ import annotations

import copy
import sys
from collections.abc import Callable
from typing import Any, NamedTuple, NoReturn

from ..errors import LibraryError, VmapError
from .adapter import ADAPTERS, Adapter, adapter_of
from .syntax import ArrayFromOperators

__all__ = [
    "BatchedAdapter",
    "BatchedArray",
    "Later",
    "Level",
    "anywhere",
    "batched",
    "beneath",
    "deepest",
    "each_array",
    "escaped",
    "seen_anywhere",
]


class Level:
    """The samples of one `vmap`, or of one batched backward.

    Attributes
    ----------
    size : int
        How many samples.
    randomness : str
        What random functions do: ``"error"``, ``"different"`` numbers for each sample, the ``"same"`` for all.
    order : int
        Its place among the levels in force, innermost highest; 0 while it is not in force.
    running : bool
        Whether the function that is mapped is being called, as opposed to a backward through what it recorded.
    looped : set of str
        The operators that had to be called for one sample after the other.
    threads : dict
        On which threads it is in force, and how often.
    entered : dict
        The arguments of the function that is mapped, by id: each as its samples see it and as it is outside, and its axis.
    """

    __slots__ = ("entered", "looped", "order", "randomness", "running", "size", "threads")

    def __init__(self, size: int, randomness: str = "error") -> None:
        self.size, self.randomness = size, randomness
        self.order = 0
        self.running = False
        self.looped: set[str] = set()
        self.threads: dict[int, int] = {}
        self.entered: dict[int, tuple[Any, Any, int]] = {}

    def call(self, op: Any, arguments: dict[str, Any]) -> Any:
        """Take over the call of an operator, if its innermost batched operands are of this level."""
        return op.call_batched(self, arguments)

    # Given by `wengert.op_batching`, whose operators they are.
    def lift(self, tensor: Any) -> Any:
        """A Tensor that is the same in every sample, as one of theirs."""
        raise NotImplementedError

    def enter(self, tensor: Any) -> Any:
        """The samples that lie along the first axis of a Tensor, as one of them."""
        raise NotImplementedError

    def leave(self, tensor: Any) -> Any:
        """The inverse of `enter`."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return f"<vmap over {self.size} samples>"


class Later(NamedTuple):
    """A result that is computed when it is asked for, because its sum over the samples may be all that is ever wanted.

    So it is with gradients of what samples share: that of a weight is as large as the weight, for each sample, and one product
    of matrices makes the sum of them all.
    """

    shape: tuple[int, ...]  # of one sample
    dtype: Any
    make: Callable[[], Any]
    total: Callable[[], Any]


class BatchedArray(ArrayFromOperators):
    """An array of which every sample of a `Level` has one. Made by `batched`.

    Parameters
    ----------
    array : array
        The samples along axis 0; of length 1 there for what all samples share.
    level : Level
        Whose samples they are.
    """

    __slots__ = ("__weakref__", "_array", "_later", "level")

    def __init__(self, array: Any, level: Level, later: Later | None = None) -> None:
        self._array, self.level, self._later = array, level, later

    @property
    def array(self) -> Any:
        """The array beneath."""
        if self._later is not None:
            self._array, self._later = self._later.make(), None
        return self._array

    def given_up(self) -> Any:
        """The array beneath, which this one knows no longer: it is of no use any more."""
        array, self._array = self._array, None
        return array

    def total(self) -> Any:
        """The sum over the samples."""
        if self._later is not None:
            return self._later.total()
        total = adapter_of(self._array).function("sum")(self._array, axis=0)
        return total if len(self._array) == self.level.size else total * self.level.size

    # -- what one sample looks like ----------------------------------------------------------------------------------
    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(self._array.shape[1:]) if self._later is None else self._later.shape

    @property
    def dtype(self) -> Any:
        return self._array.dtype if self._later is None else self._later.dtype

    @property
    def nbytes(self) -> int:
        return self.array.nbytes

    # -- syntax ------------------------------------------------------------------------------------------------------
    def __setitem__(self, key: Any, value: Any) -> NoReturn:
        raise _refusal("a batched array cannot be written to: compute a new one, with where() or concat()")

    # -- what would need one value for all samples -------------------------------------------------------------------
    def __bool__(self) -> bool:
        raise _refusal("bool() of a value that differs between samples: use where() instead of `if` and `while`")

    def __float__(self) -> float:
        raise _no_number()

    __int__ = __complex__ = __index__ = __float__

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        raise _refusal(
            "the values of a batched tensor were asked for as one array, but every sample has its own: compute with operators of "
            "wengert, and look at what vmap returns"
        )

    def __deepcopy__(self, memo: dict[int, Any]) -> BatchedArray:
        return type(self)(copy.deepcopy(self.array, memo), self.level)  # of the same samples

    def __reduce__(self) -> NoReturn:
        raise _refusal("a batched tensor cannot be pickled: return it from the function, and pickle what vmap returns")

    def __repr__(self) -> str:
        return f"<{self.level.size} samples of shape {self.shape}, {self.dtype}>"


def _refusal(text: str) -> VmapError:
    return VmapError(f"vmap: {text} (at {BatchedAdapter.caller()})")


def escaped(name: str) -> VmapError:
    """The error for a tensor of a level that is not in force; `name` is the operator that met it."""
    return VmapError(f"{name}: a tensor of a vmap that has returned is used; only what vmap returns may leave it")


def _no_number() -> VmapError:
    return _refusal("item() or a conversion to a number, of a value that differs between samples: stay with tensors")


# -- making and looking at them ------------------------------------------------------------------------------------------
_TYPES: dict[Adapter, type[BatchedArray]] = {}


def batched(array: Any, level: Level, later: Later | None = None) -> BatchedArray:
    """`array`, whose axis 0 has the samples of `level` or the length 1, as an array of one axis less.

    With `later`, which makes such an array, `array` only says of which library it is.
    """
    if isinstance(array, BatchedArray):
        return type(array)(array, level, later)
    adapter = adapter_of(array)
    kind = _TYPES.get(adapter)
    if kind is None:  # one type for each library, so that its adapter knows which one it is
        kind = _TYPES[adapter] = type("BatchedArray", (BatchedArray,), {"__slots__": (), "__module__": __name__})
        ADAPTERS[kind] = BatchedAdapter(adapter, kind)
    return kind(adapter.normalise(array), level, later)


def beneath(array: Any) -> tuple[Any, tuple[int, ...]]:
    """The plain array beneath a batched one, and how many samples lie along each of its first axes; for looking at it."""
    sizes: tuple[int, ...] = ()
    while isinstance(array, BatchedArray):
        sizes = (array.level.size, *sizes)
        array = array.array
    return array, sizes


def anywhere(xp: Any, mask: Any) -> bool:
    """Whether some element of `mask` is true, in any sample: for checks of values."""
    return bool(xp.any(beneath(mask)[0]))


def seen_anywhere(mask: Any) -> bool:
    """As `anywhere`, of which the engine and the operators ask only what is there: False where the values are yet to come."""
    array, _ = beneath(mask)
    adapter = adapter_of(array)
    return adapter.has_values(array) and bool(adapter.function("any")(array))


def each_array(value: Any) -> Any:
    """The batched arrays in an argument: itself, or inside tuples, lists and slices."""
    if isinstance(value, BatchedArray):
        yield value
    elif type(value) in (tuple, list):
        for item in value:
            yield from each_array(item)


def deepest(arguments: Any) -> Level | None:
    """The innermost level of the batched arrays among `arguments`, or None without any."""
    found: Level | None = None
    for value in arguments:
        if isinstance(value, BatchedArray):
            if found is None or value.level.order > found.order:
                found = value.level
        elif type(value) in (tuple, list):
            inner = deepest(value)
            if inner is not None and (found is None or inner.order > found.order):
                found = inner
    return found


# -- the library ---------------------------------------------------------------------------------------------------------
class BatchedNamespace:
    """The array API over batched arrays: functions by operators, everything else that of the library beneath."""

    def __init__(self, adapter: BatchedAdapter) -> None:
        self._adapter = adapter

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._adapter.base.xp, name, None)
        if found is None or isinstance(found, type) or not callable(found):
            return found if found is not None else self._adapter.function(name)
        return self._adapter.function(name)


class BatchedAdapter(Adapter):
    """The adapter of batched arrays over one library.

    Its functions take plain arrays too, and numbers: what is not batched is the same in every sample.
    """

    mutable = False  # what samples share is not copied, so nothing may be written to

    #: ``operation(name)`` is the function of raw arrays, some of them batched; given by `wengert.op_batching`.
    operation: Callable[[str], Callable[..., Any] | None]
    #: ``quick(name, kind, base, function)`` is a function that does the same as `function` sooner, or `function`; given likewise.
    quick: Callable[[str, type[BatchedArray], Adapter, Callable[..., Any]], Callable[..., Any]]
    #: The line of the user's program that is running; given likewise.
    caller: Callable[[], Any]

    def __init__(self, base: Adapter, array_type: type[BatchedArray]) -> None:
        super().__init__()
        self.base, self.name, self.array_type = base, base.name, array_type
        self.xp = self.functions = BatchedNamespace(self)

    @property
    def library(self) -> Adapter:
        return self.base.library

    def escaped(self, name: str) -> VmapError:
        return escaped(name)

    def _find(self, name: str) -> Callable[..., Any]:
        own = getattr(self, "fn_" + name.replace(".", "_"), None)
        operation = own or type(self).operation(name.rpartition(".")[2])

        def function(*args: Any, **kwargs: Any) -> Any:
            if deepest((*args, *kwargs.values())) is None:
                return self.base.function(name)(*args, **kwargs)
            if operation is None:
                raise LibraryError(f"vmap: no operator is called {name!r}, so it has no batched form")
            return operation(*args, **kwargs)

        return function if own is not None else type(self).quick(name, self.array_type, self.base, function)

    # -- arrays ------------------------------------------------------------------------------------------------------
    def normalise(self, value: Any) -> Any:
        return value if isinstance(value, BatchedArray) else self.base.normalise(value)

    def asarray(self, data: Any, dtype: Any = None, device: Any = None, copy: bool | None = None) -> Any:
        if not isinstance(data, BatchedArray):
            return self.base.asarray(data, dtype=dtype, device=device, copy=copy)
        data = data if dtype is None else self.cast(data, dtype)
        return self.copy(data) if copy else data

    def copy(self, array: Any) -> Any:
        if not isinstance(array, BatchedArray):
            return self.base.copy(array)
        return batched(adapter_of(array.array).copy(array.array), array.level)

    def own(self, box: list[Any], like: Any = None) -> Any:
        return box.pop()  # nobody writes to it

    # How many references `first` has inside `add` when nobody but the caller knows it; as in the adapter of NumPy.
    _add_alone = 0

    def add(self, first: Any, second: Any) -> Any:
        """As of every library. The array beneath a gradient that nobody else knows is left to its own library to add into."""
        if first is None or second is None:
            return second if first is None else first
        kind = self.array_type
        if type(first) is kind and type(second) is kind and sys.getrefcount(first) <= self._add_alone:
            level, other = first.level, second.array
            if second.level is level and level.order and type(other) is not kind and first.array.shape == other.shape:
                return kind(self.base.add(first.given_up(), other), level)
        return first + second

    def lies_as(self, array: Any, like: Any) -> bool:
        """Whether its axes have the steps of those of `like`: what else samples could have in common is theirs alone."""
        return self.base.steps(beneath(array)[0], array.ndim) == self.base.steps(beneath(like)[0], array.ndim)

    def zeros(self, shape: tuple[int, ...], dtype: Any, like: Any) -> Any:
        return self._filled("zeros", shape, dtype, like)

    def ones(self, shape: tuple[int, ...], dtype: Any, like: Any) -> Any:
        return self._filled("ones", shape, dtype, like)

    def _filled(self, name: str, shape: tuple[int, ...], dtype: Any, like: Any) -> Any:
        """A constant, the same in every sample; batched as `like` is."""
        if not isinstance(like, BatchedArray):
            return getattr(self.base, name)(shape, dtype, like)
        return batched(getattr(adapter_of(like.array), name)((1, *shape), dtype, like.array), like.level)

    def fn_zeros_like(self, x: Any, /, **options: Any) -> Any:
        return self._like("zeros_like", x, **options)

    def fn_ones_like(self, x: Any, /, **options: Any) -> Any:
        return self._like("ones_like", x, **options)

    def fn_empty_like(self, x: Any, /, **options: Any) -> Any:
        return self._like("empty_like", x, **options)

    def fn_full_like(self, x: Any, /, fill_value: Any, **options: Any) -> Any:
        if isinstance(fill_value, BatchedArray):
            return self.function("broadcast_to")(fill_value, tuple(x.shape))
        return self._like("full_like", x, fill_value, **options)

    def _like(self, name: str, x: Any, *value: Any, **options: Any) -> Any:
        under = x.array[:1] if x.array.shape[0] else x.array
        return batched(adapter_of(under).function(name)(under, *value, **options), x.level)

    def broadcast_to(self, array: Any, shape: tuple[int, ...]) -> Any:
        return self.function("broadcast_to")(array, shape)

    def cast(self, array: Any, dtype: Any) -> Any:
        if not isinstance(array, BatchedArray):
            return self.base.cast(array, dtype)
        return batched(adapter_of(array.array).cast(array.array, dtype), array.level)

    def device(self, array: Any) -> Any:
        return self.base.device(beneath(array)[0])

    def to_host(self, array: Any) -> Any:
        return array.__array__() if isinstance(array, BatchedArray) else self.base.to_host(array)

    def from_host(self, array: Any, device: Any) -> Any:
        return self.base.from_host(array, device)

    def item(self, array: Any) -> Any:
        if isinstance(array, BatchedArray):
            raise _no_number()
        return self.base.item(array)

    # -- dtypes ------------------------------------------------------------------------------------------------------
    def kind(self, dtype: Any) -> str:
        return self.base.kind(dtype)

    def real_dtype(self, dtype: Any) -> Any:
        return self.base.real_dtype(dtype)


def _measure() -> None:
    """Count the references of an array that only the caller's expression holds."""

    class Probe(BatchedAdapter):
        def add(self, first: Any, second: Any) -> Any:
            return sys.getrefcount(first)

    BatchedAdapter._add_alone = Probe.__new__(Probe).add(object(), None)


_measure()
