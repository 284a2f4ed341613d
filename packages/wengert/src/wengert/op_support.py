"""What generated code calls where the plain case ends: modes and observers, mixed operands, gradients that do not fit yet."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from itertools import chain, repeat
from typing import TYPE_CHECKING, Any

from .arrays.adapter import ADAPTERS, DIRECT, NUMBERS, Adapter, adapter_of, is_array
from .arrays.shapes import sum_axes, sums_to
from .autograd.modes import ACTIVE, current
from .autograd.node import NO_EDGE, Node
from .autograd.origins import caller_origin
from .autograd.saved import Extra, SavedTensor, keep, keep_output
from .autograd.tensor import TENSORS, Tensor, wrap
from .errors import GradientMismatchError, LibraryError, OperandError, WengertError

if TYPE_CHECKING:
    from .op import Operator

__all__ = [
    "alike",
    "check_libraries",
    "check_raw",
    "constants",
    "explain",
    "fit",
    "form",
    "materialize",
    "unrecorded",
    "versioned",
    "watch",
]

#: What an operand can be, as far as the source of a call is concerned.
TENSOR, ARRAY, NUMBER, COMPLEX, NOTHING = "tensor", "array", "number", "complex number", "nothing"


# -- operands ------------------------------------------------------------------------------------------------------------
def form(op: Operator, position: int, operand: Any) -> str:
    """Which of the forms the operand at `position` has.

    Raises
    ------
    OperandError
        If it is nothing that an operator takes.
    """
    if isinstance(operand, Tensor):
        return TENSOR
    if type(operand) in NUMBERS:
        return COMPLEX if type(operand) is complex else NUMBER
    if operand is None and not op.sequence and op.signature.parameters[op.operands[position]].default is None:
        return NOTHING
    if is_array(operand):
        return ARRAY
    raise OperandError(
        f"{op.name}: operand {_name(op, position)} must be a tensor, an array or a number, got {type(operand).__name__}"
    )


def check_libraries(op: Operator, operands: Sequence[Any]) -> None:
    """Raise unless all arrays are of one library. Their types differ: one may be a scalar or a subclass."""
    adapter: Adapter | None = None
    for position, operand in enumerate(operands):
        kind = form(op, position, operand)
        if kind not in (TENSOR, ARRAY):
            continue
        own = adapter_of(operand._array if kind is TENSOR else operand)
        if adapter is None:
            adapter = own
        elif own is not adapter:
            if own.library is adapter.library:  # one is batched or traced, and nobody has taken over the call
                raise (own if adapter is adapter.library else adapter).escaped(op.name)
            raise LibraryError(
                f"{op.name}: operand {_name(op, position)} is an array of {own.name}, the one before it of "
                f"{adapter.name}; convert one of them explicitly"
            )


def alike(operands: Sequence[Any]) -> bool:
    """Whether a sequence consists of arrays of one type that the forward takes as they are."""
    if not operands:
        return True  # the forward says what is wrong
    kind = type(operands[0])
    if kind not in DIRECT:
        return False
    return all(type(operand) is kind for operand in operands)


def check_raw(op: Operator, operands: Sequence[Any]) -> None:
    """Raise unless a sequence without Tensors consists of arrays of one library, and numbers."""
    for position, operand in enumerate(operands):
        form(op, position, operand)
    check_libraries(op, operands)


def constants(op: Operator, operands: Sequence[Any]) -> list[Tensor]:
    """A sequence in which some are Tensors, with the others made Tensors outside of the graph."""
    forms = [form(op, position, operand) for position, operand in enumerate(operands)]
    check_libraries(op, operands)
    like = next(operand for operand in operands if isinstance(operand, Tensor))._adapter
    return [
        o if f is TENSOR else wrap(o) if f is ARRAY else wrap(like.asarray(o)) for o, f in zip(operands, forms, strict=True)
    ]


def _name(op: Operator, position: int) -> str:
    return f"{op.operands[0]}[{position}]" if op.sequence else repr(op.operands[position])


def explain(op: Operator, error: Exception, operands: Any) -> None:
    """Add to an error of an array library which operator and operands it is about: their dtypes, shapes and devices.

    The library knows neither; errors of Wengert say it themselves, and of nested operators the innermost.
    """
    start = "operator "
    if isinstance(error, WengertError) or any(note.startswith(start) for note in getattr(error, "__notes__", ())):
        return
    given = operands if isinstance(operands, list | tuple) else ()
    arrays = [(_name(op, i), o._array if isinstance(o, Tensor) else o) for i, o in enumerate(given)]
    known = [(name, array, adapter_of(array)) for name, array in arrays if is_array(array)]
    parts = [f"{name} {_described(array, adapter)}" for name, array, adapter in known]
    devices = {str(adapter.device(array)) for _, array, adapter in known if adapter.device(array) is not None}
    advice = ""
    if "Concret" in type(error).__name__ or "Tracer" in type(error).__name__:  # JAX's words for a value that was asked for
        advice = "; values that are not there yet cannot decide about shapes: use where() for masks, or do it before tracing"
    elif len(devices) > 1:
        advice = "; they are on different devices: move one with to_device()"
    elif isinstance(error, TypeError | NotImplementedError) or "dtype" in str(error) or "romot" in str(error):
        advice = "; if it does not take these dtypes, cast with astype()"
    if parts:
        error.add_note(f"{start}{op.name}: {', '.join(parts)}{advice}")


def _described(array: Any, adapter: Adapter) -> str:
    device = adapter.device(array)
    return f"is {array.dtype} {list(array.shape)}" + ("" if device is None else f" on {device}")


# -- modes: called only while `ACTIVE` holds something -------------------------------------------------------------------
def unrecorded(*outs: Tensor) -> bool:
    """Whether the mode of this thread keeps `outs` from being recorded; in inference mode they are marked."""
    modes = current()
    if not modes.inference:
        return not modes.grad
    for out in outs:
        out._extra = Extra()
        out._extra.inference = True
    return True


def watch(node: Node, operands: Sequence[Any], outs: Sequence[Tensor]) -> None:
    """Let anomaly mode note a new node, note its line where that is wanted, pack what it has saved with the hooks in force."""
    anomaly = ACTIVE.get("anomaly")
    if anomaly is not None:
        anomaly.note(node)
        anomaly.note_forward(node, operands, outs)
    modes = current()
    if modes.lines and anomaly is None:
        node.note_line(str(caller_origin()))
    if not modes.saved_hooks:
        return
    entries = node._saved
    if not entries:
        return
    node._saved = ()  # a pack hook may look at the node of the output that it is given
    packed = []
    for entry, number in zip(entries, chain(node.saved_numbers, repeat(-1))):  # noqa: B905  (as many as there are)
        kind = type(entry)
        if number >= 0 and entry is not None:
            packed.append(keep_output(outs[number], number, modes))
        elif kind in TENSORS:
            packed.append(keep(entry, modes))
        elif kind is SavedTensor and entry.tensor is not None:  # made by `versioned`
            packed.append(keep(entry.tensor, modes))
        elif kind in ADAPTERS and entry.ndim:  # a raw operand, or a result that only rules see
            packed.append(keep(wrap(entry, cls=outs[0]._family), modes))
        else:
            packed.append(entry)
    node._saved = tuple(packed)


def versioned(tensor: Tensor) -> Any:
    """The saved form of an operand whose memory is written to, such as a parameter after an optimizer's step."""
    extra = tensor._extra
    if extra is None or extra.inference:
        return keep(tensor)
    if not extra.written() and not extra.detached:
        return tensor
    return SavedTensor(tensor, None, tensor._place(), -1, extra.version)


# -- gradients -----------------------------------------------------------------------------------------------------------
def fit(grad: Any, shape: tuple[int, ...], dtype: Any) -> Any:
    """A gradient summed to the shape of its operand and cast to its dtype: the transpose of broadcasting and promotion.

    Raw arrays go to their library directly; Tensors to operators, which record.
    """
    tensor = type(grad) in TENSORS
    adapter = adapter_of(grad._array if tensor else grad)
    got = grad.shape  # compared as it is: what knows of sizes does not look at these where there are other axes
    if got != shape:
        got = tuple(got)
        axes = _summed_axes(got, shape)
        if axes is None and any(map(math.isnan, (*got, *shape))):  # as in Dask after a mask
            raise LibraryError(
                f"a gradient of shape {got} is to fit an operand of shape {shape}: {adapter.name} does not know the length of an "
                "axis before it computes; call x.array.compute_chunk_sizes() in the forward, or mask with where()"
            )
        if axes is None:
            raise GradientMismatchError(f"a rule returned a gradient of shape {got} for an operand of shape {shape}")
        grad = grad.sum(axis=axes) if tensor else adapter.function("sum")(grad, axis=axes)
        if len(axes) != len(got) - len(shape):  # axes of length 1 were stretched, and are there again
            grad = grad.reshape(shape) if tensor else adapter.function("reshape")(grad, shape)
    if grad.dtype != dtype and adapter.kind(grad.dtype) == "c" and adapter.kind(dtype) != "c":
        grad = grad.real if tensor else adapter.function("real")(grad)
    if grad.dtype != dtype:
        grad = grad.astype(dtype) if tensor else adapter.cast(grad, dtype)
    return grad


@functools.lru_cache(maxsize=4096)
def _summed_axes(got: tuple[int, ...], shape: tuple[int, ...]) -> tuple[int, ...] | None:
    """The axes of `got` to sum over for `shape` to remain, or None if it did not broadcast to `got`."""
    if not sums_to(got, shape):
        return None
    front, stretched = sum_axes(got, shape)
    return front + stretched


def materialize(grads: list[Any], node: Node) -> list[Any]:
    """The gradients of a node with several outputs, with zeros for those that nobody used (E6.1)."""
    like = next(g for g in grads if g is not None)
    tensors = isinstance(like, Tensor)
    adapter = adapter_of(like._array if tensors else like)
    filled = []
    for g, shape, dtype in zip(grads, node._shape, node._dtype, strict=True):
        if g is not None:
            filled.append(g)
            continue
        zeros = adapter.zeros(shape, dtype, like._array if tensors else like)
        filled.append(wrap(zeros, NO_EDGE, like._family) if tensors else zeros)
    return filled
