"""``backward()`` and ``grad()``: checking what was asked for, and handing it to the engine (rules E1, E7)."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..arrays.adapter import adapter_of
from ..arrays.batched import BatchedArray, Level
from ..errors import (
    ArgumentEmptyError,
    ArgumentError,
    GradientMismatchError,
    GradientTypeError,
    NoGraphError,
    NonScalarError,
    PlaceTypeError,
    UnusedInputError,
)
from .contexts import enable_grad, no_grad
from .engine import GraphTask, task_for
from .forward import out_of_graph
from .interpreter import interpreter_in_force
from .levels import in_force
from .modes import dual_level_in_force
from .node import NO_EDGE, AccumulateGrad, GradientEdge, Node, checked_edge
from .origins import type_name
from .saved import is_tensor

if TYPE_CHECKING:
    from .tensor import Tensor

__all__ = ["backward", "backward_task", "grad", "owned", "roots_of"]

Place = tuple[Node, int]


def backward(
    tensors: Any,
    grad_tensors: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    inputs: Any = None,
) -> None:
    """Add the gradients of `tensors` to the ``.grad`` of the leaves that they depend on.

    Parameters
    ----------
    tensors : Tensor, GradientEdge or sequence of them
        What to differentiate.
    grad_tensors : Tensor, None or sequence of them, optional
        The gradient of each of `tensors`, of its shape; None for real numbers means 1.
    retain_graph : bool, optional
        Keep the saved values, so that the graph can be run again. Default: `create_graph`.
    create_graph : bool
        Record the backward, so that the gradients can be differentiated.
    inputs : Tensor, GradientEdge or sequence of them, optional
        Accumulate only into these, which may be interior tensors. Default: into all leaves.

    Raises
    ------
    NoGraphError, NonScalarError, GradientMismatchError, GradientTypeError
        Before anything is run.

    Examples
    --------
    >>> import wengert as wg
    >>> x = wg.tensor([1.0, 2.0], requires_grad=True)
    >>> wg.autograd.backward([x * x], [wg.tensor([1.0, 10.0])])
    >>> x.grad.tolist()
    [2.0, 40.0]
    """
    task = backward_task(tensors, grad_tensors, retain_graph, create_graph, inputs)
    if create_graph:
        _warn_of_cycle()
    task.run()


def backward_task(
    tensors: Any, grad_tensors: Any, retain_graph: bool | None, create_graph: bool, inputs: Any
) -> GraphTask:
    """What `backward` runs, planned and not run yet."""
    outputs = _sequence(tensors)
    given = _gradients(grad_tensors, len(outputs), "grad_tensors")
    recorded = create_graph or dual_level_in_force() is not None
    roots, grads = roots_of(outputs, given, create_graph, recorded, "tensors")
    stores: list[Place] = []
    retained: dict[Place, Tensor] = {}
    if inputs is not None:
        wanted = _sequence(inputs)
        if not wanted:
            raise ArgumentEmptyError("inputs: an empty sequence; it cannot be empty for backward(), pass None for all leaves")
        for index, item in enumerate(wanted):
            place = _input_place(item, index)
            stores.append(place)
            if is_tensor(item) and not item.is_leaf:
                retained[place] = item
    keep = create_graph if retain_graph is None else bool(retain_graph)
    return task_for(roots, grads, keep, recorded, stores=stores, retained=retained, grad_mode=create_graph)


def grad(
    outputs: Any,
    inputs: Any,
    grad_outputs: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    allow_unused: bool | None = None,
    is_grads_batched: bool = False,
    materialize_grads: bool = False,
) -> Any:
    """The gradients of `outputs` with respect to `inputs`, returned; no ``.grad`` of a leaf is touched.

    Parameters
    ----------
    outputs : Tensor, GradientEdge or sequence of them
        What to differentiate; several are summed, each weighted by its gradient.
    inputs : Tensor, GradientEdge, sequence or dict of them
        With respect to what; leaves or interior tensors.
    grad_outputs : Tensor, None or sequence of them, optional
        The gradient of each output, of its shape; None for real numbers means 1.
    retain_graph, create_graph : bool
        As for `backward`.
    allow_unused : bool, optional
        Give None for an input that no output depends on, instead of raising. Default: `materialize_grads`.
    is_grads_batched : bool
        Each of `grad_outputs` holds many gradients of its output, along a first axis that all have; the results hold as many.
        The graph is run once, and hooks see tensors of the shape of one gradient (see `wengert.transforms.vmap`).
    materialize_grads : bool
        Give zeros for such an input.

    Returns
    -------
    tuple of Tensor or None
        One for each input, in order; a dict with the same keys if `inputs` is one. They share memory with nothing.

    Raises
    ------
    UnusedInputError
        If an input is not used and that was not allowed.
    NoGraphError, NonScalarError, GradientMismatchError, GradientTypeError
        Before anything is run.

    Examples
    --------
    >>> import wengert as wg
    >>> x = wg.tensor(3.0, requires_grad=True)
    >>> (first,) = wg.autograd.grad(x**3, x, create_graph=True)
    >>> (second,) = wg.autograd.grad(first, x)
    >>> first.item(), second.item()
    (27.0, 18.0)
    """
    if is_grads_batched:
        rest = (retain_graph, create_graph, allow_unused, False, materialize_grads)
        return _grad_of_each(outputs, inputs, grad_outputs, *rest)
    if materialize_grads and allow_unused is False:
        raise ArgumentError("Expected allow_unused to be True or not passed when materialize_grads=True, got False")
    names: list[Any] | None = None
    if isinstance(inputs, Mapping):
        if type(inputs) is not dict:
            raise GradientTypeError(f"inputs: a mapping must be a plain dict, got {type(inputs).__name__}")
        names, inputs = list(inputs), list(inputs.values())
    wanted = _sequence(inputs)
    given = _sequence(outputs)
    recorded = create_graph or dual_level_in_force() is not None
    roots, grads = roots_of(given, _gradients(grad_outputs, len(given), "grad_outputs"), create_graph, recorded, "outputs")
    if not wanted:
        raise ArgumentEmptyError("inputs: an empty sequence; grad requires non-empty inputs.")
    captures = [_input_place(item, index) for index, item in enumerate(wanted)]
    keep = create_graph if retain_graph is None else bool(retain_graph)
    task = task_for(roots, grads, keep, recorded, captures=captures, grad_mode=create_graph)
    captured = task.run()
    allow = materialize_grads if allow_unused is None else allow_unused
    for index, item in enumerate(wanted):
        if captured[index] is None:
            captured[index] = _unused(item, index, allow, materialize_grads, create_graph)
    results = tuple(owned(captured, task.root, grads, create_graph, recorded))
    return results if names is None else dict(zip(names, results, strict=True))


def _grad_of_each(outputs: Any, inputs: Any, grad_outputs: Any, *rest: Any) -> Any:
    """`grad` for gradients that are batched: it runs over one sample of them, which stands for all (E1.9)."""
    given = _gradients(grad_outputs, len(_sequence(outputs)), "grad_outputs")
    for index, (output, item) in enumerate(zip(_sequence(outputs), given, strict=True)):
        if item is None or not item._shape:
            got = "None" if item is None else "a tensor without axes"
            raise GradientMismatchError(
                f"element {index} of grad_outputs: expected gradients along a first axis, for is_grads_batched=True, got {got}"
            )
        if isinstance(output, GradientEdge):
            shape = _at(checked_edge(output, f"element {index} of outputs"))[1]
        else:
            shape = getattr(output, "_shape", item._shape[1:])
        if item._shape[1:] != tuple(shape):
            raise GradientMismatchError(
                "If `is_grads_batched=True`, we interpret the first axis of each grad_output as the number of gradients, and "
                f"the others must be those of the output: {_mismatch(item, shape, index)}"
            )
    sizes = {item._shape[0] for item in given}
    if len(sizes) != 1:
        raise GradientMismatchError(f"grad_outputs: expected the same number of gradients in each, got {sorted(sizes)}")
    level = Level(sizes.pop(), "different")  # what hooks draw is for each gradient
    with in_force(level):
        results = grad(outputs, inputs, [level.enter(item) for item in given], *rest)
        left = [None if one is None else _of_own(level.leave(one)) for one in _sequence_of(results)]
    return dict(zip(results, left, strict=True)) if isinstance(results, dict) else tuple(left)


def _sequence_of(results: Any) -> Any:
    return results.values() if isinstance(results, dict) else results


def _of_own(tensor: Tensor) -> Tensor:
    """The tensor, on memory that nobody else knows, unless it carries a graph."""
    if not tensor.requires_grad:
        tensor._array = adapter_of(tensor._array).copy(tensor._array)
    return tensor


# -- arguments -----------------------------------------------------------------------------------------------------------
def _sequence(items: Any) -> tuple[Any, ...]:
    if is_tensor(items) or isinstance(items, GradientEdge):
        return (items,)
    if isinstance(items, Sequence) or hasattr(items, "__iter__"):
        return tuple(items)
    return (items,)


def _gradients(grads: Any, count: int, name: str) -> tuple[Any, ...]:
    """One gradient per output; a number that does not fit is an error in both directions (E1.4, W22)."""
    if grads is None:
        return (None,) * count
    if count == 1 and is_tensor(grads):
        return (grads,)
    # An array of another library iterates too, and is one gradient of the wrong type.
    several = hasattr(grads, "__iter__") and not hasattr(grads, "shape")
    found = tuple(grads) if several else (grads,)
    for index, item in enumerate(found):
        if item is not None and not is_tensor(item):
            what = f"{name}[{index}]" if several else name
            raise GradientTypeError(f"{what}: the gradient of an output must be a Tensor or None, got {type_name(item)}")
    if len(found) != count:
        raise GradientMismatchError(f"{name}: got {len(found)} gradient(s) for {count} output(s); give one each, or None")
    return found


def roots_of(
    outputs: Any, gradients: Any, create_graph: bool, recorded: bool, name: str
) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """Where the backward starts, and with what: the places of the outputs, and a valid gradient for each.

    The gradients are Tensors if the run is `recorded`, which carry no graph into one without `create_graph`.
    """
    plain = recorded is create_graph and len(outputs) == 1 and is_tensor(outputs[0])
    if plain and outputs[0].grad_fn is not None:
        # One interior tensor and a gradient that fits as it is, or is 1: nothing to say about them.
        (output,), (gradient,) = outputs, gradients
        if gradient is None:
            adapter, place = adapter_of(output._array), output._place()
            if not output._shape and adapter.kind(output._dtype) != "c" and interpreter_in_force() is None:
                one = adapter.ones((), output._dtype, output._array)
                return (place,), (place[0].rebuild(one, NO_EDGE) if recorded else one,)
        elif is_tensor(gradient):
            same = type(gradient._array) is type(output._array) and gradient._dtype is output._dtype
            if same and gradient._shape == output._shape:
                return (output._place(),), (gradient if recorded else gradient._array,)
    edges, grads = [], []
    for index, (output, gradient) in enumerate(zip(outputs, gradients, strict=True)):
        what = f"element {index} of {name}"
        if isinstance(output, GradientEdge):
            place = checked_edge(output, what)
            like, shape, dtype = _at(place)
        elif is_tensor(output):
            if not output.requires_grad:
                raise NoGraphError(
                    f"{what} does not require grad and does not have a grad_fn, so it has no gradient to give: set "
                    "requires_grad=True on a leaf that it is computed from, and compute it outside of no_grad()"
                )
            place, shape, dtype, like = output._place(), output._shape, output._dtype, output
        else:
            raise GradientTypeError(f"{what}: expected a Tensor or a GradientEdge, got {type_name(output)}")
        if gradient is None:
            grad = _implied(like, place[0], shape, dtype, what)
        else:
            grad = _given(gradient, shape, dtype, like, what, index)
        edges.append(place)
        grads.append(grad._array if not recorded else grad if create_graph else out_of_graph(grad))
    return tuple(edges), tuple(grads)


def _at(place: Place) -> tuple[Tensor | None, Any, Any]:
    """What is known of a place in the graph: its leaf if it is that of one, shape and dtype."""
    node, number = place
    if isinstance(node, AccumulateGrad):
        return node.variable, node.variable._shape, node.variable._dtype
    return (None, node._shape, node._dtype) if node._outputs == 1 else (None, node._shape[number], node._dtype[number])


def _implied(like: Tensor | None, node: Node, shape: Any, dtype: Any, what: str) -> Tensor:
    """The gradient 1 of a real number (E1.2)."""
    if math.prod(shape) != 1:
        raise NonScalarError(
            f"grad can be implicitly created only for scalar outputs: {what} has shape {tuple(shape)}; "
            "pass its gradient, or reduce it with sum() or mean()"
        )
    adapter = adapter_of(like._array) if like is not None else node.array_library()
    if adapter.kind(dtype) == "c":
        raise NonScalarError(f"grad can be implicitly created only for real scalar outputs, but {what} is {dtype}")
    one = node.rebuild(adapter.ones(shape, dtype, None if like is None else like._array), NO_EDGE)
    interpreter = interpreter_in_force()
    return one if interpreter is None else interpreter.initial(like, one)


def _mismatch(gradient: Any, shape: Any, index: int) -> str:
    """The words of PyTorch, in which programs look for the shapes."""
    expected = type(gradient.shape)(shape)  # PyTorch's spelling has a class of its own for shapes
    return f"grad_output[{index}] has a shape of {gradient.shape} and output[{index}] has a shape of {expected}."


def _given(gradient: Any, shape: Any, dtype: Any, like: Tensor | None, what: str, index: int) -> Tensor:
    """The caller's gradient, of the right shape, and cast to the output's dtype (E1.3)."""
    if gradient._shape != tuple(shape):
        raise GradientMismatchError(f"Mismatch in shape: {_mismatch(gradient, shape, index)}")
    adapter = adapter_of(gradient._array)
    if like is not None and adapter.library is not adapter_of(like._array).library:
        raise GradientMismatchError(
            f"the gradient of {what} is an array of {adapter.name}, the output one of {adapter_of(like._array).name}"
        )
    if like is not None and isinstance(like._array, BatchedArray) and not isinstance(gradient._array, BatchedArray):
        gradient = like._array.level.lift(gradient)  # the same in every sample
    if gradient._dtype == dtype:
        return gradient
    complex_grad, complex_out = adapter.kind(gradient._dtype) == "c", adapter.kind(dtype) == "c"
    if complex_grad and not complex_out:
        raise GradientMismatchError(
            f"the gradient of {what} is complex ({gradient._dtype}), the output is real ({dtype}); they are required to have "
            "the same dtype, up to precision"
        )
    if complex_out and not complex_grad:
        raise GradientMismatchError(f"the gradient of {what} is real ({gradient._dtype}), the output is complex ({dtype})")
    if like is not None and like.is_leaf and like.grad_dtype is None:  # it takes gradients as they are (G5.8)
        return gradient
    return gradient.astype(dtype)


def _input_place(item: Any, index: int) -> Place:
    what = f"element {index} of inputs"
    if isinstance(item, GradientEdge):
        return checked_edge(item, what)
    if not is_tensor(item):
        raise PlaceTypeError(f"{what}: expected a Tensor or a GradientEdge, got {type_name(item)}")
    if not item.requires_grad:
        raise NoGraphError(f"{what} does not require grad: one of the differentiated Tensors does not require grad")
    return item._place()


# -- results -------------------------------------------------------------------------------------------------------------
def _unused(item: Any, index: int, allow: bool, zeros: bool, recorded: bool) -> Any:
    if not allow:
        raise UnusedInputError(
            f"one of the differentiated Tensors appears to not have been used in the graph: element {index} of inputs. "
            "Set allow_unused=True if this is the desired behavior; its gradient is then None"
        )
    if not zeros:
        return None
    if not is_tensor(item):
        raise UnusedInputError(
            f"element {index} of inputs got no gradient, and materialize_grads cannot be used when the given input is a "
            "GradientEdge: it has no shape to make zeros of"
        )
    adapter = adapter_of(item._array)
    new = item._place()[0].rebuild(adapter.zeros(item._shape, item._dtype, item._array), NO_EDGE)
    new.requires_grad = recorded
    return new


def owned(captured: list[Any], root: Node, grads: tuple[Any, ...], create_graph: bool, recorded: bool) -> Any:
    """Give each result memory of its own (W9). Works through the list in place, so that it holds on to nothing."""
    if recorded and not create_graph:  # they may carry tangents, which a copy carries too
        with no_grad():
            yield from [None if tensor is None else tensor.clone() for tensor in captured]
        return
    if create_graph:
        seen = {id(g) for g in grads}
        for tensor in captured:
            yield _differentiable_copy(tensor) if tensor is not None and id(tensor) in seen else tensor
            seen.add(id(tensor))
        return
    root.release_grads()
    for index, tensor in enumerate(captured):
        if tensor is None or tensor.requires_grad:
            yield tensor
            continue
        box, adapter = [tensor._array], adapter_of(tensor._array)
        captured[index] = tensor = None  # noqa: PLW2901  (drop our references)
        yield root.rebuild(adapter.own(box), NO_EDGE)


def _differentiable_copy(tensor: Tensor) -> Tensor:
    with enable_grad():  # recorded whatever the caller's mode, as the backward itself was (E1.10)
        return tensor.clone()


_warned: set[str] = set()


def _warn_of_cycle() -> None:
    """Say once that gradients with a graph make a reference cycle with their leaf (G9.4)."""
    if "cycle" not in _warned:
        _warned.add("cycle")
        warnings.warn(
            "Using backward() with create_graph=True will create a reference cycle between each leaf and its .grad, which "
            "carries a graph back to the leaf; prefer autograd.grad(), or reset .grad to None afterwards",
            UserWarning,
            stacklevel=4,
        )
