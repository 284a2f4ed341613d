"""Which kinds of hooks a tensor from outside has, and which a program calls."""

from __future__ import annotations

from typing import Any

from ..autograd.hooks import Hooks

__all__ = ["ANY_HOOKS", "HOOK_NAMES", "KINDS", "Kinds", "has_others", "hooks_of", "hooks_on"]

#: Of which kinds a tensor has hooks, or may have: on the gradient, after accumulation, before its node, after it.
Kinds = tuple[bool, bool, bool, bool]

#: What hooks of these kinds are called.
KINDS = ("tensor hook", "post-accumulate-grad hook", "node pre-hook", "node post-hook")

#: What they are called in files, behind the name of the tensor.
HOOK_NAMES = {
    "tensor hook": "tensor_hook",
    "node pre-hook": "pre_hook",
    "node post-hook": "post_hook",
    "post-accumulate-grad hook": "post_accumulate_grad_hook",
}

#: What a program demands of the hooks of tensors that none of its backward passes comes to.
ANY_HOOKS: Kinds = (True, True, True, True)


def hooks_of(backward: Any) -> Kinds:
    """Of which kinds a tensor has hooks."""
    if backward is None:
        return False, False, False, False
    of_node = backward.node_hooks
    pre = of_node is not None and of_node.pre is not None and bool(of_node.pre.hooks)
    post = of_node is not None and of_node.post is not None and bool(of_node.post.hooks)
    return bool(backward.hooks), bool(backward.post_acc and backward.post_acc.hooks), pre, post


def has_others(backward: Any, kinds: Kinds) -> bool:
    """Whether a tensor has hooks of other kinds than `kinds`. A program asks for each of its tensors, in every run."""
    if backward is None:
        return False
    if (backward.hooks and not kinds[0]) or (backward.post_acc is not None and backward.post_acc.hooks and not kinds[1]):
        return True
    of_node = backward.node_hooks
    if of_node is None or (kinds[2] and kinds[3]):
        return False
    pre, post = of_node.pre, of_node.post
    return bool((pre is not None and pre.hooks and not kinds[2]) or (post is not None and post.hooks and not kinds[3]))


def hooks_on(tensor: Any, kind: str) -> Hooks | None:
    """The hooks of one kind that a leaf has now."""
    state = tensor._backward
    if state is None:
        return None
    if kind == "tensor hook":
        return state.hooks
    if kind == "post-accumulate-grad hook":
        return None if state.post_acc is None else state.post_acc.hooks
    of_node = state.node_hooks
    found: Any = None if of_node is None else of_node.pre if kind == "node pre-hook" else of_node.post
    return None if found is None else found.hooks
