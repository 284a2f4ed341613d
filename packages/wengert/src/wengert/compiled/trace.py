"""Tracing is one more array library: an array that knows its value, and writes down what is done to it.

A `TracedArray` is a variable of the program that is being written, with the value that it has in this first run. Functions of
the library compute with the values, and a `Recorder` notes one `Equation` for each operator. So what is traced runs exactly once
more than it is compiled, sees true shapes and dtypes, and functions that nobody can trace are called with real arrays at their
place. What a traced array does not give away is its value: a program in which a branch depends on it would be wrong in the next
run.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NoReturn

from ..arrays.adapter import ADAPTERS, NUMBERS, TRACED, Adapter, adapter_of
from ..arrays.sizes import plain, sizes_in
from ..arrays.syntax import ArrayFromOperators, binary
from ..autograd.origins import caller_origin
from ..errors import InPlaceError, TraceError, UnsupportedError, WengertError
from ..op import OPERATORS, Operator
from ..op_batching import bound_arguments
from .ir import LibraryFunction, Variable, mapped

if TYPE_CHECKING:
    from .recorder import Recorder

__all__ = [
    "LIBRARIES", "TracedAdapter", "TracedArray", "TracedNumber", "at_line", "escaped", "has_numbers", "has_sizes", "has_traced",
    "number_type", "own_value_of", "type_for", "unknown", "value_of", "variable_of",
]  # fmt: skip


#: Methods of arrays that give their values away.
_OF_VALUES = frozenset(("dump", "dumps", "item", "numpy", "tobytes", "tofile", "tolist"))

#: Whose frames are between the line of the user's that hands an array to a function, and the function that looks at it.
LIBRARIES = frozenset(("array_api_compat", "copy", "cupy", "dask", "jax", "numpy", "scipy", "torch"))


class TracedArray(ArrayFromOperators):
    """A variable of a program that is being written, and its value in this run. Made by a `Recorder`.

    Attributes
    ----------
    value : array
        What it is in this run; for effects, which happen in it too.
    variable : Variable or array
        What it is in the program; an array for a constant.
    recorder : Recorder
        Who writes.
    """

    __slots__ = ("__weakref__", "recorder", "value", "variable")

    def __init__(self, value: Any, variable: Any, recorder: Recorder) -> None:
        self.value, self.variable, self.recorder = value, variable, recorder

    def take_over(self, op: Operator, arguments: dict[str, Any]) -> Any:
        return self.recorder.record(op, arguments)

    @property
    def shape(self) -> tuple[int, ...]:
        sizes = self.recorder.sizes
        return tuple(self.value.shape) if sizes is None else sizes.shape(self.variable, self.value)

    @property
    def dtype(self) -> Any:
        return self.value.dtype

    @property
    def nbytes(self) -> int:
        return adapter_of(self.value).nbytes(self.value)

    def __setitem__(self, key: Any, value: Any) -> NoReturn:
        raise TraceError(f"a traced array cannot be written to{at_line()}; compute a new one, with where() or concat()")

    def _check_rebound(self) -> None:
        """Refuse ``x += y`` where it would write to an array of the caller's."""
        if self.variable in self.recorder.given:
            raise TraceError(
                f"an array that the compiled function was given is written to in place{at_line()}, and arrays of a program are "
                "bound anew; write x = x + y and return it, or pass a Tensor, which can be written to"
            )

    def __bool__(self) -> bool:
        raise unknown("bool()", "use where() instead of `if` and `while`")

    def __float__(self) -> float:
        raise unknown("a conversion to a number", "stay with tensors")

    __int__ = __complex__ = __index__ = __float__

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        raise unknown("the values as one array", "compute with operators of wengert")

    def __dlpack__(self, **options: Any) -> NoReturn:
        raise unknown("the memory", "compute with operators of wengert")

    def __dlpack_device__(self) -> NoReturn:
        raise unknown("the memory", "compute with operators of wengert")

    def __getattr__(self, name: str) -> NoReturn:
        if name in TracedArray.__slots__:  # one that is being made
            raise AttributeError(name)
        if name in _OF_VALUES:
            raise unknown(f"{name}()", "stay with arrays")
        known = " Arrays of the library have it: call the function of wengert, or pass a Tensor." * hasattr(self.value, name)
        raise AttributeError(f"a traced array has no attribute {name!r}{at_line()}.{known}", name=name, obj=self)

    def as_result(self) -> None:
        """Asked where a compiled function returns it."""

    def __reduce__(self) -> NoReturn:
        raise unknown("a pickle", "return it from the compiled function, and pickle what that returns")

    def __format__(self, how: str) -> str:
        if how:
            raise unknown(f"the format {how!r}", "print it in a hook")
        return repr(self)

    def __repr__(self) -> str:
        return f"<traced {self.variable.described() if isinstance(self.variable, Variable) else self.variable!r}>"


def _in_place(name: str) -> Callable[..., Any]:
    """The method of an operator such as ``+=``."""
    method, _ = binary(name)

    def bound_anew(self: Any, other: Any) -> Any:
        self._check_rebound()
        return method(self, other)

    return bound_anew


for _symbol, _operator in (
    ("add", "add"), ("sub", "subtract"), ("mul", "multiply"), ("truediv", "divide"), ("floordiv", "floor_divide"),
    ("mod", "remainder"), ("pow", "pow"), ("matmul", "matmul"), ("and", "bitwise_and"), ("or", "bitwise_or"),
    ("xor", "bitwise_xor"), ("lshift", "bitwise_left_shift"), ("rshift", "bitwise_right_shift"),
):  # fmt: skip
    setattr(TracedArray, f"__i{_symbol}__", _in_place(_operator))


def _of_numbers(name: str, function: Callable[[Any, Any], Any]) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """The method of a traced number that computes with another number, or with an array as every traced array does; reflected."""
    method, reflected = binary(name)
    called = LibraryFunction(name, function)

    def numbers(self: Any, other: Any) -> Any:
        plain = type(other) in NUMBERS or isinstance(other, TracedNumber)
        return self.recorder.number_of(called, (self, other)) if plain else method(self, other)

    def numbers_reflected(self: Any, other: Any) -> Any:
        return self.recorder.number_of(called, (other, self)) if type(other) in NUMBERS else reflected(self, other)

    return numbers, numbers_reflected


class TracedNumber(TracedArray):
    """A Python number that is an input of the program: arrays may be computed with it, nothing else.

    It is no array, and weak in its dtype: what meets it keeps its own. A rule that looks at it (as that of a power does at the
    exponent) is traced once more, with the number for a constant.
    """

    __slots__ = ()

    @property
    def shape(self) -> tuple[int, ...]:
        return ()

    @property
    def dtype(self) -> Any:
        return ADAPTERS[type(self)].default_dtype(type(self.value))

    def as_result(self) -> NoReturn:
        raise unknown("a result that is a number", "return an array")

    def _compared(self, other: object) -> NoReturn:
        raise unknown("a comparison", "use where()")

    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = _compared
    __hash__ = object.__hash__
    __add__, __radd__ = _of_numbers("add", operator.add)
    __sub__, __rsub__ = _of_numbers("subtract", operator.sub)
    __mul__, __rmul__ = _of_numbers("multiply", operator.mul)
    __truediv__, __rtruediv__ = _of_numbers("divide", operator.truediv)
    __pow__, __rpow__ = _of_numbers("pow", operator.pow)

    def __neg__(self) -> Any:
        return self.recorder.number_of(LibraryFunction("negative", operator.neg), (self,))


def at_line() -> str:
    """The line of the user's that is running, for messages."""
    return f" (at {caller_origin(LIBRARIES)})"


def escaped(name: str) -> TraceError:
    """The error for an operator, `name`, that meets a traced array while nobody writes down what it does."""
    return TraceError(
        f"{name}: a tensor of a compiled function is met{at_line()} by a hook, or other code that is run as it is, and it is not "
        "known what the tensor is in this run; let the code hold the tensor itself, in a variable around it, or register the "
        "hook with pure=True"
    )


def unknown(what: str, remedy: str) -> TraceError:
    """The error where somebody wants to know what differs from run to run."""
    return TraceError(
        f"{what} of a traced array{at_line()}: its value differs from run to run of the program that is being written down; "
        f"{remedy}, pass what decides as a static argument (static_argnums), or do it in a hook, which is called with real "
        "arrays"
    )


# -- what is looked at ---------------------------------------------------------------------------------------------------
def variable_of(leaf: Any) -> Any:
    """What a traced array is in the program; anything else is itself."""
    return leaf.variable if isinstance(leaf, TracedArray) else leaf


def value_of(leaf: Any) -> Any:
    """The value of a traced array, or of a size, in this run; anything else is itself."""
    return leaf.value if isinstance(leaf, TracedArray) else plain(leaf)


def own_value_of(leaf: Any) -> Any:
    """The same for somebody who may write to it: what is the same in every run has to stay so."""
    if isinstance(leaf, TracedArray) and not isinstance(leaf.variable, Variable):
        return adapter_of(leaf.value).copy(leaf.value)
    return value_of(leaf)


def has_traced(tree: Any) -> bool:
    """Whether a traced array is anywhere in tuples, lists, slices."""
    if isinstance(tree, TracedArray):
        return True
    if type(tree) in (tuple, list):
        return any(map(has_traced, tree))
    return type(tree) is slice and has_traced((tree.start, tree.stop, tree.step))


def has_sizes(tree: Any) -> bool:
    """Whether a size is anywhere in tuples, lists, dicts, slices."""
    return next(sizes_in(tree), None) is not None


def has_numbers(tree: Any) -> bool:
    """Whether a traced number is anywhere in tuples and lists."""
    return isinstance(tree, TracedNumber) or (type(tree) in (tuple, list) and any(map(has_numbers, tree)))


# -- the library ---------------------------------------------------------------------------------------------------------
_TYPES: dict[Adapter, type[TracedArray]] = {}
_NUMBER_TYPES: dict[type[TracedArray], type[TracedArray]] = {}


def type_for(adapter: Adapter) -> type[TracedArray]:
    """The type of traced arrays of one library."""
    kind = _TYPES.get(adapter)
    if kind is None:
        kind = _TYPES[adapter] = type("TracedArray", (TracedArray,), {"__slots__": (), "__module__": __name__})
        ADAPTERS[kind] = TracedAdapter(adapter, kind)
        TRACED.add(kind)
    return kind


def number_type(kind: type[TracedArray]) -> type[TracedArray]:
    """The type of numbers that meet arrays of type `kind`."""
    found = _NUMBER_TYPES.get(kind)
    if found is None:
        found = _NUMBER_TYPES[kind] = type("TracedNumber", (TracedNumber,), {"__slots__": (), "__module__": __name__})
        ADAPTERS[found] = ADAPTERS[kind]
    return found


def _put(adapter: Adapter, target: Any, key: Any, value: Any) -> Any:
    """A copy of `target` with `value` at `key`."""
    return adapter.put(adapter.copy(target), key, value)


def _add_at(adapter: Adapter, target: Any, key: Any, value: Any) -> Any:
    """A copy of `target` with `value` added at `key`."""
    return adapter.add_at(adapter.copy(target), key, value)


class TracedAdapter(Adapter):
    """The adapter of traced arrays over one library.

    Arrays are immutable: a program has no writes, so what is written to is bound to a new variable.
    """

    mutable = False

    def __init__(self, base: Adapter, array_type: type[TracedArray]) -> None:
        super().__init__()
        self.base, self.name, self.array_type = base, base.name, array_type
        self.xp = self.functions
        self.matrix_errors = base.matrix_errors

    @property
    def library(self) -> Adapter:
        return self.base.library

    def escaped(self, name: str) -> TraceError:
        return escaped(name)

    def _find(self, name: str) -> Callable[..., Any]:
        own = getattr(self, "fn_" + name.replace(".", "_"), None)
        if own is not None:
            return own
        op = OPERATORS.get(name.rpartition(".")[2])
        if op is not None:
            return self._operator(name, op)
        own = self.base.function(name)
        if isinstance(own, type) or not callable(own):  # a dtype, a constant
            return own
        library_function = LibraryFunction(name, own)

        def function(*args: Any, **kwargs: Any) -> Any:
            recorder = _recorder_of((*args, *kwargs.values()))
            if recorder is None:
                return self._without_arrays(library_function, args, kwargs)
            return recorder.record_function(library_function, args, kwargs)

        return function

    def _operator(self, name: str, op: Operator) -> Callable[..., Any]:
        """The function `name` where an operator is called so too."""

        def function(*args: Any, **kwargs: Any) -> Any:
            recorder = _recorder_of((*args, *kwargs.values()))
            if recorder is None:
                return self._without_arrays(LibraryFunction(name, self.base.function(name)), args, kwargs)
            result = recorder.record(op, bound_arguments(op, args, kwargs))
            return result[0] if op.aux else result

        return function

    def _without_arrays(self, function: LibraryFunction, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """What a function makes of numbers: the same in every run, unless there are sizes among them."""
        watcher: Any = next((size.watcher for size in sizes_in([args, kwargs])), None)
        if watcher is None or watcher.recorder is None:
            return function.forward(*mapped(args, plain), **mapped(kwargs, plain))
        return watcher.recorder.created(function, args, kwargs)

    def _recorded(self, name: str, forward: Callable[..., Any], *args: Any) -> Any:
        recorder = _recorder_of(args)
        return forward(*args) if recorder is None else recorder.record_function(LibraryFunction(name, forward), args, {})

    def kernel(self, name: str, general: Callable[..., Any]) -> Callable[..., Any]:
        plain = self.base.kernel(name, general)
        whole = LibraryFunction(name, plain, general)

        def body(*args: Any, **kwargs: Any) -> Any:
            recorder = _recorder_of((*args, *kwargs.values()))
            if recorder is None:
                return plain(*args, **kwargs)
            if recorder.takes_kernels:
                return recorder.record_function(whole, args, kwargs)
            return general(self.functions, *args, **kwargs)

        return body

    # -- arrays
    def normalise(self, value: Any) -> Any:
        return value if isinstance(value, TracedArray) else self.base.normalise(value)

    def asarray(self, data: Any, dtype: Any = None, device: Any = None, copy: bool | None = None) -> Any:
        if not isinstance(data, TracedArray):
            return self.base.asarray(data, dtype=dtype, device=device, copy=copy)
        return data if dtype is None else self.cast(data, dtype)

    def copy(self, array: Any) -> Any:
        return array if isinstance(array, TracedArray) else self.base.copy(array)

    def own(self, box: list[Any], like: Any = None) -> Any:
        return box.pop()

    def write(self, target: Any, function: Callable[..., Any], args: tuple[Any, ...], what: str) -> Any:
        try:
            return super().write(target, function, args, what)
        except ValueError as error:  # shapes that do not broadcast
            if isinstance(error, WengertError):
                raise
            raise InPlaceError(f"{what}: {error}") from error

    def assign(self, target: Any, value: Any) -> Any:
        written = super().assign(target, value)
        if isinstance(written, TracedArray) or not isinstance(target, TracedArray):
            return written
        return target.recorder.constant(written)  # of a number, say

    def add_into(self, target: Any, value: Any) -> Any:
        total = target + value
        return total if total.dtype == target.dtype else self.cast(total, target.dtype)

    def zeros(self, shape: tuple[int, ...], dtype: Any, like: Any) -> Any:
        return self._filled(self.base.zeros, shape, dtype, like)

    def ones(self, shape: tuple[int, ...], dtype: Any, like: Any) -> Any:
        made, recorder = self._filled(self.base.ones, shape, dtype, like), _recorder_of(like)
        if isinstance(made, TracedArray) or recorder is None or not recorder.folds:
            return made
        return recorder.constant(made)  # a backward begins with it: what is computed of it and of sizes is written down

    def _filled(self, function: Callable[..., Any], shape: tuple[int, ...], dtype: Any, like: Any) -> Any:
        if not has_sizes(shape):
            return function(shape, dtype, value_of(like))
        like = function((), dtype, value_of(like))  # of which only the device matters
        name = function.__name__
        return self._without_arrays(LibraryFunction(name, lambda shape: function(shape, dtype, like)), (shape,), {})

    def getitem(self, array: Any, key: Any) -> Any:
        return self.function("getitem")(array, key)

    def put(self, target: Any, key: Any, value: Any) -> Any:
        return self._recorded("put", lambda *args: _put(self.base, *args), target, key, value)

    def add_at(self, target: Any, key: Any, value: Any) -> Any:
        return self._recorded("add_at", lambda *args: _add_at(self.base, *args), target, key, value)

    def layout(self, array: Any) -> NoReturn:
        where = at_line()
        raise UnsupportedError(f"as_strided: traced arrays have no strides{where}; index them, or do it outside of the function")

    def strided(self, array: Any, size: tuple[int, ...], stride: tuple[int, ...], offset: int) -> NoReturn:
        self.layout(array)

    def broadcast_to(self, array: Any, shape: tuple[int, ...]) -> Any:
        if isinstance(array, TracedArray) and array.shape == tuple(shape):
            return array  # which is not read-only, as what is broadcast
        return self._recorded("broadcast_to", self.base.broadcast_to, array, shape)

    def cast(self, array: Any, dtype: Any) -> Any:
        return self._recorded("cast", self.base.cast, array, dtype)

    def device(self, array: Any) -> Any:
        return self.base.device(value_of(array))

    def complex_parts(self, array: Any) -> Any:
        return self._recorded("complex_parts", self.base.complex_parts, array)

    def complex_from(self, parts: Any) -> Any:
        return self._recorded("complex_from", self.base.complex_from, parts)

    # -- values, which are nobody's to see
    def has_values(self, array: Any) -> bool:
        return array.recorder.has_values() if isinstance(array, TracedArray) else True

    def item(self, array: Any) -> Any:
        return array.__float__() if isinstance(array, TracedArray) else self.base.item(array)

    def to_host(self, array: Any) -> Any:
        return array.__array__() if isinstance(array, TracedArray) else self.base.to_host(array)

    def from_host(self, array: Any, device: Any) -> Any:
        return self.base.from_host(array, device)

    # -- dtypes
    def kind(self, dtype: Any) -> str:
        return self.base.kind(dtype)

    def dtype_called(self, name: str) -> Any:
        return self.base.dtype_called(name)

    def default_dtype(self, kind: type) -> Any:
        return self.base.default_dtype(kind)

    def real_dtype(self, dtype: Any) -> Any:
        return self.base.real_dtype(dtype)


def _recorder_of(tree: Any) -> Recorder | None:
    """The recorder of the first traced array in an argument."""
    if isinstance(tree, TracedArray):
        return tree.recorder
    if type(tree) in (tuple, list):
        for item in tree:
            found = _recorder_of(item)
            if found is not None:
                return found
    return None
