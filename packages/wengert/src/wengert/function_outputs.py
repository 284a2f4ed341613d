"""What comes out of the forward of a custom Function, and its place in the graph (rules F2, F3, F4, F7)."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .arrays.adapter import adapter_of
from .autograd.modes import ACTIVE, current
from .autograd.saved import SavedTensor, keep, keep_output
from .autograd.tensor import Tensor
from .autograd.views import check_write, cut_alias, hand_out, is_involved, later_place, place_in_function, rebase
from .errors import FunctionError, FunctionTypeError
from .function_forward import carry_through

if TYPE_CHECKING:
    from .function import FunctionCtx

__all__ = ["place_outputs"]


def place_outputs(
    ctx: FunctionCtx, args: tuple[Any, ...], outputs: tuple[Any, ...], recorded: bool, separate: bool
) -> tuple[Any, ...]:
    """Make the tensors among `outputs` the results of `ctx`, and save what it asked for.

    `separate` says that the Function has a ``setup_context``.
    """
    inputs = {id(a) for a in args if isinstance(a, Tensor)}
    dirty = _dirty(ctx, inputs, outputs, recorded)
    constant = {id(t) for t in ctx.non_differentiable}
    pure = getattr(ctx, "_is_pure_view", False)
    alone = sum(isinstance(out, Tensor) for out in outputs) == 1
    if pure and not (alone and len(ctx._tensor_positions) == 1):
        raise FunctionError(
            f"{ctx._function.__name__}: Pure view custom Function can only have one input Tensor and one output Tensor. Open an "
            "issue if you need to support more."
        )
    placed: list[Any] = []
    numbers: set[int] = set()  # of outputs without a gradient
    seen: set[int] = set()
    for number, out in enumerate(outputs):
        new = out
        if not isinstance(out, Tensor):
            numbers.add(number)
        elif not recorded or not _differentiable(out, constant):
            numbers.add(number)
            new = _constant(out, id(out) in inputs and id(out) not in dirty)
            if not pure:
                hand_out(new, alone)
        elif id(out) in inputs and id(out) not in dirty:
            if separate and any(out is t for t in ctx.to_save):
                raise FunctionError(
                    f"{ctx._function.__name__}: setup_context saves for the backward an input that forward returns as it is; "
                    "return a copy of it"
                )
            new = _alias(out)  # a view of it with this node's history (F7.1)
        elif id(out) in seen:
            new = _alias(out)  # one tensor returned twice: each slot has its own gradient (W25)
        elif out.requires_grad and out.is_leaf:
            raise FunctionError(
                f"{ctx._function.__name__}.forward returned a leaf of shape {out.shape} that requires grad and is not among its "
                "arguments; pass it to apply(), or return a copy (W25)"
            )
        seen.add(id(out))
        placed.append(new)
    if recorded:
        _rebase(ctx, args, placed, numbers, dirty, pure)
    if ACTIVE:
        without = numbers if recorded else {n for n, out in enumerate(outputs) if not _differentiable(out, constant)}
        carry_through(ctx, args, placed, without)
    ctx.saved_for_forward = ctx.dirty_tensors = ctx.non_differentiable = ()  # they may lead back to the node
    if recorded:
        _save(ctx, placed, dirty)
    else:
        ctx._saved = (ctx._saved[0], *((t, -1) for t in ctx.to_save))
    return tuple(placed)


def _differentiable(out: Any, constant: set[int]) -> bool:
    """Whether an output has a derivative. `constant` are the ids of those that forward says have none."""
    return isinstance(out, Tensor) and id(out) not in constant and adapter_of(out._array).kind(out._dtype) in "fc"


def _constant(out: Tensor, returned_as_is: bool) -> Tensor:
    """An output without a gradient. The tensor that was returned keeps its own history, if it has one."""
    if out.requires_grad:
        return out.detach()
    return _alias(out) if returned_as_is else out


def _alias(tensor: Tensor) -> Tensor:
    new = tensor._alias()
    cut_alias(new, tensor)
    return new


def _dirty(ctx: FunctionCtx, inputs: set[int], outputs: tuple[Any, ...], recorded: bool) -> set[int]:
    """The ids of the tensors that forward says it has modified, each of them one version on (F3.1)."""
    name = ctx._function.__name__
    for tensor in ctx.dirty_tensors:
        if not isinstance(tensor, Tensor):
            raise FunctionError(f"{name}: mark_dirty takes input tensors, got {type(tensor).__name__}")
        tensor._counter().value += 1  # before any complaint: forward has written to it
    for tensor in ctx.dirty_tensors:
        if not any(tensor is o for o in outputs):
            raise FunctionError(f"{name}: Some elements marked as dirty during the forward method were not returned as output.")
        if id(tensor) not in inputs and tensor._is_view():
            raise FunctionError(f"{name}: mark_dirty received a tensor that was not an input. It is a view of something else")
        if id(tensor) not in inputs:
            warnings.warn(
                f"{name}: mark_dirty received a tensor that was not an input. It must be an argument of forward",
                UserWarning,
                stacklevel=5,
            )
        else:
            check_write(tensor, recorded or (current().grad and is_involved(tensor)), f"{name} (mark_dirty)")
            if recorded and tensor._is_view() and len(outputs) > 1:
                raise FunctionError(
                    f"{name}: if your Function modifies inplace an input that is a view of another Tensor, it must have exactly "
                    f"one output, got {len(outputs)}"
                )
    return {id(t) for t in ctx.dirty_tensors}


def _rebase(
    ctx: FunctionCtx, args: tuple[Any, ...], placed: Sequence[Any], constant: set[int], dirty: set[int], pure: bool
) -> None:
    """Point each differentiable output at its slot of the node."""
    tensors = [t for t in placed if isinstance(t, Tensor)]
    ctx._outputs = len(placed)
    shapes = tuple(t._shape if isinstance(t, Tensor) else () for t in placed)
    dtypes = tuple(t._dtype if isinstance(t, Tensor) else None for t in placed)
    ctx._shape, ctx._dtype = (shapes[0], dtypes[0]) if len(placed) == 1 else (shapes, dtypes)
    ctx._like = adapter_of(tensors[0]._array) if tensors else None
    ctx._non_differentiable_numbers = constant
    alone = len(placed) - len(constant) == 1
    for number, out in enumerate(placed):
        if number in constant:
            continue
        if id(out) in dirty:
            out._grad = None
            rebase(out, ctx, number, _operand(ctx, args, out))
        else:
            place_in_function(out, ctx, number, alone, pure)
    anomaly = ACTIVE.get("anomaly")
    if anomaly is not None:
        anomaly.note(ctx)


def _operand(ctx: FunctionCtx, args: tuple[Any, ...], tensor: Tensor) -> int:
    """Which of the edges of `ctx` leads to `tensor`."""
    return next((i for i, position in enumerate(ctx._tensor_positions) if args[position] is tensor), 0)


def _save(ctx: FunctionCtx, placed: Sequence[Any], dirty: set[int]) -> None:
    """Turn ``ctx.to_save`` into entries: outputs without a cycle, inputs as they are (F2)."""
    entries: list[tuple[Any, int]] = []
    wanted, ctx.to_save = ctx.to_save, ()  # a pack hook may raise, and the outputs among them lead back to `ctx`
    for position, tensor in enumerate(wanted):
        if tensor is None:
            entries.append((None, -1))
            continue
        if not isinstance(tensor, Tensor):
            raise FunctionTypeError(
                f"{ctx._function.__name__}: save_for_backward can only save tensors, but argument {position} is of type "
                f"{type(tensor).__name__}; put other things on ctx as attributes"
            )
        written = id(tensor) in dirty and tensor._is_view()
        number = next(
            (i for i, out in enumerate(placed) if out is tensor and (written or tensor.grad_fn is ctx)), -1
        )
        entry = keep(tensor) if number < 0 else keep_output(tensor, number)
        if written and isinstance(entry, SavedTensor):
            entry.edge = later_place(tensor)
        entries.append((entry, number))
    ctx._saved = (ctx._saved[0], *entries)
