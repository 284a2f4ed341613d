"""Operators on batched arrays: how a `Level` takes over their calls, and what its batching rules are written with.

A call with batched operands among raw arrays computes: the *batching rule* of the operator is called with the arrays beneath,
whose axis 0 has the samples, and returns such arrays. Beneath may lie the batched arrays of an outer `vmap`; the rule calls
operators, so they are met in turn.

A call with Tensors records as well. First every operand is made batched: a Tensor that is not is *lifted*, by an operator that
copies nothing and whose transpose sums over the samples. Then the call that is generated from the operator's declaration runs
as always, but for its forward, which is the batching rule. So there is one node, its rule is the operator's own, and what it
saves are batched Tensors.

The operators between the worlds are each other's transposes: `lift` and `collect`, `enter` and `leave`.
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable, Sequence
from typing import Any

from .arrays.adapter import NUMBERS, Adapter, adapter_of, is_array
from .arrays.batched import BatchedAdapter, BatchedArray, Later, Level, batched, deepest, escaped
from .arrays.syntax import ArrayFromOperators
from .autograd.forward import tangent_of
from .autograd.levels import resume
from .autograd.modes import current
from .autograd.origins import caller_origin
from .autograd.tensor import Tensor, wrap
from .errors import VmapError
from .op import OPERATORS, Operator, operator, rule
from .op_batch_quick import quick_call
from .op_inplace import InPlace
from .op_modes import call_with_forward

__all__ = [
    "BETWEEN",
    "Batch",
    "bound_arguments",
    "collect",
    "compute",
    "deeper",
    "elementwise",
    "enter",
    "leave",
    "lift",
    "one_by_one",
    "write_batched",
]


# -- between the worlds --------------------------------------------------------------------------------------------------
@operator(operands=("x",), linear=True)
def lift(x: Any, /, level: Level) -> Any:
    """`x` as the same array in every sample of `level`."""
    resume(level)
    return batched(x[None], level)


@operator(operands=("x",), linear=True)
def collect(x: Any, /, level: Level) -> Any:
    """The sum of `x` over the samples of `level`: the transpose of `lift`."""
    return x.total() if _is_of(level, x) else x * level.size


@operator(operands=("x",), linear=True)
def enter(x: Any, /, level: Level, axis: int) -> Any:
    """The samples of `level` that lie along `axis` of `x`."""
    resume(level)
    return batched(_moved(x, axis, 0), level)


@operator(operands=("x",), linear=True)
def leave(x: Any, /, level: Level, axis: int) -> Any:
    """An array with the samples of `x` along `axis`: the inverse, and the transpose, of `enter`."""
    array = x.array if _is_of(level, x) else x[None]
    return _moved(_repeated(array, level.size), 0, axis)


@rule(lift, "x")
def _(g: Any, level: Level) -> Any:
    # While the function is being mapped its gradients are those of one sample, of what all samples share too.
    return g if level.running else collect(g, level)


@rule(collect, "x")
def _(g: Any, level: Level) -> Any:
    return lift(g, level)


@rule(enter, "x")
def _(g: Any, level: Level, axis: int) -> Any:
    if level.running:
        raise VmapError(
            "vmap: inside the function that is mapped, a gradient was asked for with respect to a tensor outside of it of which "
            "each sample sees a part; ask for the gradient with respect to the function's argument"
        )
    return leave(g, level, axis)


@rule(leave, "x")
def _(g: Any, level: Level, axis: int) -> Any:
    return enter(g, level, axis)


BETWEEN = tuple(OPERATORS[name] for name in ("lift", "collect", "enter", "leave"))


def _is_of(level: Level, x: Any) -> bool:
    return isinstance(x, BatchedArray) and x.level is level


def _moved(x: Any, source: int, destination: int) -> Any:
    order = [axis for axis in range(len(x.shape)) if axis != source]
    order.insert(destination, source)
    return x if source == destination else adapter_of(x).function("permute_dims")(x, tuple(order))


def _repeated(array: Any, size: int) -> Any:
    """`array` with axis 0 of length `size`, which it has already, or 1."""
    if array.shape[0] == size:
        return array
    return adapter_of(array).broadcast_to(array, (size, *array.shape[1:]))


# -- what rules are called with ------------------------------------------------------------------------------------------
class Batch:
    """One call of an operator on batched operands, as its batching rule sees it.

    Attributes
    ----------
    op : Operator
    size : int
        How many samples.
    batched : frozenset of str
        The operands that have the samples along axis 0; the others are the same in every sample.
    flags : tuple of bool
        Of an operator on a sequence: which of the arrays have them.
    """

    __slots__ = ("batched", "flags", "level", "op", "size")

    def __init__(self, op: Operator, level: Level, names: frozenset[str], flags: tuple[bool, ...]) -> None:
        self.op, self.level, self.batched, self.flags = op, level, names, flags
        self.size = level.size

    def call(self, **arguments: Any) -> Any:
        """The forward of the operator itself, with all its arguments by name; auxiliary results too."""
        level = deepest(arguments.values())
        return _forward(self.op, arguments) if level is None else _compute(self.op, level, arguments)

    def do(self, function: Any, **arguments: Any) -> Any:
        """Another operator, on what one sample has: batched arrays and others. Arguments left out have their defaults."""
        bound = function.operator.signature.parameters
        return compute(function.operator, {n: arguments.get(n, p.default) for n, p in bound.items()})

    def has(self, name: str) -> bool:
        """Whether the operand `name` is batched."""
        return name in self.batched

    def shape(self, name: str, array: Any) -> tuple[int, ...]:
        """The shape that the operand has in one sample."""
        return tuple(array.shape[name in self.batched :])

    def ndim(self, name: str, array: Any) -> int:
        """The number of axes that the operand has in one sample."""
        return len(array.shape) - (name in self.batched)

    def whole(self, name: str, array: Any) -> Any:
        """The operand with the samples along axis 0, repeated without a copy if it has none."""
        return array if name in self.batched else _repeated(adapter_of(array).normalise(array)[None], self.size)

    def all_whole(self, arrays: Sequence[Any]) -> list[Any]:
        """The operands of an operator on a sequence, each with the samples along axis 0."""
        found = []
        for array, has in zip(arrays, self.flags, strict=True):
            found.append(array if has else _repeated(adapter_of(array).normalise(array)[None], self.size))
        return found

    def split(self, value: Any) -> tuple[Any, bool]:
        """The array beneath an argument that is no operand, and whether the samples lie along its axis 0."""
        return _split(self.level, value)

    def later(self, like: Any, shape: tuple[int, ...], make: Callable[[], Any], total: Callable[[], Any]) -> BatchedArray:
        """A result of that shape in one sample and the dtype of `like`, which ``make()`` computes when it is asked for.

        ``total()`` computes its sum over the samples, which takes less time and memory.
        """
        return batched(like, self.level, Later(shape, like.dtype, make, total))

    def seal(self, array: Any) -> BatchedArray:
        """An array with the samples along axis 0 as one sample of them: what to call operators on as if there were one."""
        return batched(array, self.level)

    def opened(self, name: str, array: Any) -> Any:
        """The operand as one sample has it: a batched array, whether samples differ in it or not."""
        if name in self.batched:
            return batched(array, self.level)
        return _sealed(self.level, array, shared=True) if name in self.op.operands else array

    def result(self, value: Any) -> Any:
        """The array beneath what operators on batched arrays gave, with all the samples."""
        array, has = _split(self.level, value)
        return array if has else _repeated(array[None], self.size)


def _split(level: Level, value: Any) -> tuple[Any, bool]:
    if not _is_of(level, value):
        return value, False
    if value.array.shape[0] == level.size:
        return value.array, True
    return value.array[0, ...], False


# -- computing -----------------------------------------------------------------------------------------------------------
def compute(op: Operator, arguments: dict[str, Any]) -> Any:
    """The forward of `op` on raw arrays, of which some may be batched; auxiliary results included."""
    level = deepest(arguments.values())
    return _forward(op, arguments) if level is None else _compute(op, level, arguments)


def _compute(op: Operator, level: Level, arguments: dict[str, Any]) -> Any:
    """`compute`, where the innermost batched arguments are of `level`."""
    if not level.order:
        raise escaped(op.name)
    names, flags = [], []
    beneath = dict(arguments)
    for name in op.operands:
        if op.sequence:
            pairs = [_split(level, item) for item in arguments[name]]
            beneath[name] = [array for array, _ in pairs]
            flags = [has for _, has in pairs]
            continue
        beneath[name], has = _split(level, arguments[name])
        if has:
            names.append(name)
    if not names and not any(flags) and deepest(beneath.values()) is not level:
        return _sealed(level, compute(op, beneath), shared=True)
    batch = Batch(op, level, frozenset(names), tuple(flags))
    body = op.batching or (elementwise if op.elementwise else one_by_one)
    return _sealed(level, body(batch, **beneath))


def _forward(op: Operator, arguments: dict[str, Any]) -> Any:
    for operand in arguments[op.operands[0]] if op.sequence else [arguments[o] for o in op.operands]:
        if isinstance(operand, ArrayFromOperators):
            result = operand.take_over(op, arguments)
            if result is not NotImplemented:
                return result
    if op.table is not None:
        return op.table.compute(*(arguments[o] for o in op.operands))
    return op.forward(*[arguments[n] for n in op.positional], **{n: arguments[n] for n in op.by_keyword})


def _sealed(level: Level, result: Any, shared: bool = False) -> Any:
    """The arrays of a result as batched ones; `shared` says that all samples have the same."""
    if type(result) in (tuple, list):
        return tuple([_sealed(level, item, shared) for item in result])
    if isinstance(result, BatchedArray):
        if result.level is level:
            return result
    elif not is_array(result):
        return result
    return batched(adapter_of(result).normalise(result)[None] if shared else result, level)


def elementwise(batch: Batch, **arguments: Any) -> Any:
    """The batching rule of functions whose operands broadcast: their axes are lined up behind that of the samples."""
    op = batch.op
    shapes = {o: arguments[o].shape for o in op.operands if hasattr(arguments[o], "shape")}
    most = max(len(shape) - (o in batch.batched) for o, shape in shapes.items())
    for o in batch.batched:
        arguments[o] = deeper(arguments[o], most)
    return compute(op, arguments)


def deeper(array: Any, ndim: int) -> Any:
    """An array with the samples along axis 0 and axes of length 1 behind it, so that one sample has at least `ndim` axes."""
    missing = ndim + 1 - len(array.shape)
    return array[(slice(None), *(None,) * missing, ...)] if missing > 0 else array


def one_by_one(batch: Batch, **arguments: Any) -> Any:
    """What is done where no batching rule is: the operator is called for one sample after the other, with a warning."""
    op, level = batch.op, batch.level
    if op.name not in level.looped:
        level.looped.add(op.name)
        warnings.warn(
            f"vmap: {op.name} has no batching rule and is called for each of {batch.size} samples in turn; declare one with "
            "wengert.op.batching",
            UserWarning,
            stacklevel=2,
        )
    if not batch.size:
        raise VmapError(f"vmap: {op.name} has no batching rule, and there is no sample to call it with")
    sealed = {name: _resealed(batch, name, value) for name, value in arguments.items()}
    results = [compute(op, {name: _sample(level, value, i) for name, value in sealed.items()}) for i in range(batch.size)]
    if type(results[0]) in (tuple, list):
        return tuple([_stacked(parts) for parts in zip(*results, strict=True)])
    return _stacked(results)


def _resealed(batch: Batch, name: str, value: Any) -> Any:
    if batch.op.sequence and name in batch.op.operands:
        return [batch.seal(x) if has else x for x, has in zip(value, batch.flags, strict=True)]
    return batch.opened(name, value)


def _sample(level: Level, value: Any, number: int) -> Any:
    """Sample `number` of an argument, in which batched arrays may lie inside tuples and lists."""
    if type(value) in (tuple, list):
        return type(value)(_sample(level, item, number) for item in value)
    return value.array[number if value.array.shape[0] == level.size else 0, ...] if _is_of(level, value) else value


def _stacked(parts: Sequence[Any]) -> Any:
    if not is_array(parts[0]):
        return parts[0]
    shapes = {tuple(part.shape) for part in parts}
    if len(shapes) > 1:
        raise VmapError(f"vmap: the results of the samples differ in shape: {sorted(shapes)}")
    adapter = adapter_of(parts[0])
    return adapter.function("stack")([adapter.normalise(part) for part in parts], axis=0)


# -- taking over calls ---------------------------------------------------------------------------------------------------
def call_batched(op: Operator, level: Level, arguments: dict[str, Any]) -> Any:
    """The call of `op` with `arguments`, raw arrays or Tensors, if the innermost batched ones are of `level`."""
    if op in BETWEEN:
        return NotImplemented
    raw = {name: value if type(value) in _PLAIN else _raw(value) for name, value in arguments.items()}
    if deepest(raw.values()) is not level:
        return NotImplemented
    operands = list(arguments[op.operands[0]]) if op.sequence else [arguments[o] for o in op.operands]
    if not all(map(_is_operand, operands)):
        return NotImplemented  # whoever comes next knows what to say, or whom to leave it to
    if not any(isinstance(o, Tensor) for o in operands):
        result = _compute(op, level, raw)
        return result[0] if op.aux else result
    lifted = [_lifted(level, o, op.sequence) for o in operands]
    given = {op.operands[0]: lifted} if op.sequence else dict(zip(op.operands, lifted, strict=True))
    return call_with_forward(op, {**arguments, **given}, _batched_forward(op), level)


#: What is no Tensor and no batched array, and holds none.
_PLAIN = frozenset((int, bool, float, str, type(None), type(Ellipsis)))


def call_on_samples(op: Operator, level: Level, operand: BatchedArray, arguments: dict[str, Any]) -> Any:
    """The call of `op`, which has one operand, where that is an array of `level` and all else plain; or NotImplemented."""
    if op in BETWEEN or not level.order:
        return NotImplemented
    array = operand.array
    if isinstance(array, BatchedArray) or len(array) != level.size:
        return NotImplemented
    name = op.operands[0]
    for static in op.statics:
        if not _is_plain(arguments[static]):
            return NotImplemented
    arguments[name] = array
    batch = Batch(op, level, _only(name), ())
    body = op.batching or (elementwise if op.elementwise else one_by_one)
    result = _sealed(level, body(batch, **arguments))
    return result[0] if op.aux else result


_only = functools.cache(lambda name: frozenset((name,)))


def _is_plain(value: Any) -> bool:
    kind = type(value)
    if kind is tuple or kind is list:
        return all(map(_is_plain, value))
    if kind is slice:
        return type(value.start) in _PLAIN and type(value.stop) in _PLAIN and type(value.step) in _PLAIN
    return kind in _PLAIN


def _is_operand(value: Any) -> bool:
    return isinstance(value, Tensor) or is_array(value) or value is None or type(value) in NUMBERS


def _raw(value: Any) -> Any:
    """An argument with the arrays of Tensors in their stead."""
    if isinstance(value, Tensor):
        return value._array
    if type(value) in (tuple, list):
        return type(value)(_raw(item) for item in value)
    return value


def _lifted(level: Level, operand: Any, as_tensor: bool) -> Any:
    """`operand` as a batched one of `level`: a Tensor where it was one; numbers and None as they are."""
    if isinstance(operand, Tensor):
        if _is_of(level, operand._array):
            return operand
        if operand.requires_grad or tangent_of(operand) is not None:
            return lift(operand, level)
        return wrap(batched(operand._array[None], level), cls=operand._family)
    if operand is None or type(operand) in NUMBERS:
        return operand
    if is_array(operand) and not _is_of(level, operand):
        operand = batched(adapter_of(operand).normalise(operand)[None], level)
    return wrap(operand) if as_tensor else operand


def write_batched(form: InPlace, level: Level, arguments: dict[str, Any]) -> Any:
    """The call of an in-place form with `arguments` by name, if the innermost batched ones are of `level`.

    Batched arrays are immutable, for what samples share is not copied: the tensor, its base and its views take new ones. What is
    an argument of the function that is mapped, or a view of one, is written to outside of it as well.
    """
    op = form.op
    if deepest([_raw(value) for value in arguments.values()]) is not level:
        return NotImplemented
    target, *others = [arguments[o] for o in op.operands]
    if not _is_of(level, target._array):
        raise VmapError(
            f"vmap: inplace arithmetic ({form.name}) is not possible because another operand has more elements than the tensor "
            f"of shape {target._shape} that is written to: it has one value for each sample, and the tensor the same in all of "
            f"them; write out of place, or make the tensor in another way, such as with zeros_like (at {caller_origin()})"
        )

    def into(adapter: Any, array: Any, raw: Sequence[Any], statics: Sequence[Any]) -> Any:
        result = compute(op, dict(zip((*op.operands, *op.statics), (*raw, *statics), strict=True)))
        return adapter.assign(array, adapter.fitting(result[0] if op.aux else result, array, form.name))

    modes = current()
    outside = modes.interceptors
    modes.interceptors = (*outside, level)
    try:
        operands = (target, *[_lifted(level, o, as_tensor=False) for o in others])
        form.perform(operands, tuple(arguments[s] for s in op.statics), into)
    finally:
        modes.interceptors = outside
    extra = target._extra
    root = extra.base if extra is not None and extra.is_view else target
    if id(root) in level.entered:
        _, argument, axis = level.entered[id(root)]
        argument.copy_(leave(root, level, axis))
    return target


@functools.cache
def _batched_forward(op: Operator) -> Callable[..., Any]:
    """The batching rule of `op` as a forward, for its generated call."""

    def forward(*args: Any, **kwargs: Any) -> Any:
        return compute(op, bound_arguments(op, args, kwargs))

    return forward


def _operation(name: str) -> Callable[..., Any] | None:
    """The operator `name` as a function of raw arrays, some of them batched."""
    op = OPERATORS.get(name)
    if op is None:
        return None

    def function(*args: Any, **kwargs: Any) -> Any:
        result = compute(op, bound_arguments(op, args, kwargs))
        return result[0] if op.aux else result

    return function


def _quick(name: str, kind: type[BatchedArray], base: Adapter, function: Callable[..., Any]) -> Callable[..., Any]:
    """The function `name` of arrays of `kind`, where it is an elementwise operator; else `function`, which does the same."""
    op = OPERATORS.get(name)
    return function if op is None or op.table is None else quick_call(op, kind, base, function)


def bound_arguments(op: Operator, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    """The arguments of a call by name, with the defaults; keyword arguments that `op` does not have are for other libraries."""
    names, defaults = _parameters(op)
    arguments = {**defaults, **dict(zip(names, args, strict=False)), **{n: v for n, v in kwargs.items() if n in names}}
    if len(args) > len(names) or len(arguments) < len(names):
        op.signature.bind(*args, **kwargs)  # it says what is wrong
    return arguments


@functools.cache
def _parameters(op: Operator) -> tuple[tuple[str, ...], dict[str, Any]]:
    parameters = op.signature.parameters.values()
    return tuple(p.name for p in parameters), {p.name: p.default for p in parameters if p.default is not p.empty}


# Levels and the library of batched arrays stand below operators and yet call them; this is the one thread back up.
Level.lift = lambda self, tensor: _lifted(self, tensor, as_tensor=True)  # type: ignore[method-assign]
Level.enter = lambda self, tensor: enter(tensor, self, 0)  # type: ignore[method-assign]
Level.leave = lambda self, tensor: leave(tensor, self, 0)  # type: ignore[method-assign]
Operator.call_batched = call_batched  # type: ignore[method-assign, assignment]
Operator.call_on_samples = call_on_samples  # type: ignore[method-assign, assignment]
InPlace.call_batched = write_batched  # type: ignore[method-assign, assignment]
BatchedAdapter.operation = staticmethod(_operation)
BatchedAdapter.quick = staticmethod(_quick)
BatchedAdapter.caller = staticmethod(caller_origin)
