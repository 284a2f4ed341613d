"""Custom Functions of two inputs and two outputs, in every variety that the random programs use."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .libraries import Library


class BoomError(Exception):
    """Raised by hooks and Functions of random programs; not a kind that any library raises by itself."""


def make_function(
    library: Library, kind: str, write: Callable[..., None], nested: Callable[[str], None], task_needs: bool
) -> Callable[[Any, Any], tuple[Any, ...]]:
    """A Function for `a = x * y, b = x + 2 * y`, with the peculiarity that `kind` names.

    plain: none. setup: forward without ctx, and setup_context. nondiff: b is not differentiable. no_materialize:
    set_materialize_grads(False). none_second: no gradient for y. needs: honours needs_input_grad. raise: backward
    raises. short, long, long_none: too few gradients, one too many, one too many that is None. wrong_shape: a gradient
    that cannot be summed to the input's shape. broadcast: one that can. number: a float for a gradient. once:
    once_differentiable. nothing_saved: `a = x - y` and nothing saved.
    nested: backward runs another backward.
    """
    apply = library.op

    def combine(x: Any, y: Any) -> tuple[Any, Any]:
        product = apply("sub" if kind == "nothing_saved" else "mul", (x, y))[0]
        return product, apply("add", (x, apply("scale", (y,), 2.0)[0]))[0]

    def prepare(ctx: Any, x: Any, y: Any, b: Any) -> None:
        if kind != "nothing_saved":
            ctx.save_for_backward(x, y)
        if kind == "no_materialize":
            ctx.set_materialize_grads(False)
        if kind == "nondiff":
            ctx.mark_non_differentiable(b)

    def plus(one: Any, other: Any) -> Any:
        return one if other is None else other if one is None else apply("add", (one, other))[0]

    def times(grad: Any, other: Any) -> Any:
        if grad is None:
            return None
        return apply("scale", (grad,), other)[0] if isinstance(other, float) else apply("mul", (grad, other))[0]

    def backward(ctx: Any, ga: Any, gb: Any) -> Any:
        needs = tuple(ctx.needs_input_grad) if task_needs else ()
        write("F", kind, ga, gb, needs)
        if kind == "raise":
            raise BoomError(kind)
        if kind == "nested":
            nested("function")
        x, y = (-1.0, 1.0) if kind == "nothing_saved" else ctx.saved_tensors
        gx, gy = plus(times(ga, y), gb), plus(times(ga, x), times(gb, 2.0))
        match kind:
            case "none_second":
                return gx, None
            case "needs":
                return gx if ctx.needs_input_grad[0] else None, gy if ctx.needs_input_grad[1] else None
            case "short":
                return gx
            case "long":
                return gx, gy, gx
            case "long_none":
                return gx, gy, None
            case "wrong_shape":
                return gx, library.tensor(np.ones((*gy.shape, 3)))
            case "broadcast":
                return apply("stack", (gx, gx))[0], gy
            case "number":
                return 1.0, gy
        return gx, gy

    if kind == "once":
        backward = library.once_differentiable(backward)

    if kind == "setup":

        class Pair(library.Function):  # type: ignore[name-defined, misc]
            @staticmethod
            def forward(x: Any, y: Any) -> tuple[Any, Any]:
                return combine(x, y)

            @staticmethod
            def setup_context(ctx: Any, inputs: tuple[Any, Any], output: tuple[Any, Any]) -> None:
                prepare(ctx, *inputs, output[1])

    else:

        class Pair(library.Function):  # type: ignore[name-defined, misc, no-redef]
            @staticmethod
            def forward(ctx: Any, x: Any, y: Any) -> tuple[Any, Any]:
                a, b = combine(x, y)
                prepare(ctx, x, y, b)
                return a, b

    Pair.backward = staticmethod(backward)
    return Pair.apply
