"""What many programs begin with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .facade import Library, Log, node_name


def leaf(lib: Library, *values: Any, dtype: str | None = None) -> Any:
    """A leaf that requires grad: a scalar of one value, a vector of several."""
    return lib.tensor(list(values) if len(values) != 1 else values[0], requires_grad=True, dtype=dtype)


def function(lib: Library, forward: Callable[..., Any], backward: Callable[..., Any], name: str = "Mine", **more: Any) -> Any:
    """A Function class of these two, and of whatever else it is to have."""
    members = {key: staticmethod(value) if callable(value) else value for key, value in more.items()}
    return type(name, (lib.Function,), {"forward": staticmethod(forward), "backward": staticmethod(backward), **members})


def no_gradient(lib: Library) -> Any:
    """A Function whose backward gives None."""
    return function(lib, lambda ctx, a: a * 1.0, lambda ctx, g: None, name="NoGradient")


def watch(lib: Library, log: Log, name: str, tensor: Any) -> Any:
    """Put hooks of every kind on a tensor and its node, which is returned; of a leaf, also a post-accumulate hook."""
    node = lib.accumulator(tensor) if tensor.is_leaf else tensor.grad_fn
    tensor.register_hook(log.hook(f"tensor {name}"))
    node.register_prehook(log.hook(f"pre {name}"))
    node.register_hook(log.hook(f"post {name}"))
    if tensor.is_leaf:
        tensor.register_post_accumulate_grad_hook(lambda t: log(f"stored {name}", t.grad))
    return node


def edges(lib: Library, node: Any) -> list[tuple[str | None, int]]:
    """The edges of a node as (name or None, input_nr)."""
    return [(None if target is None else node_name(target), nr) for target, nr in node.next_functions]
