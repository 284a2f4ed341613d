"""Why no program fits a call, where none can be made: of functions that were lowered or loaded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .. import pytree
from ..arrays.dtypes import dtype_name

__all__ = ["misfit", "unlike"]

#: What is told of a tensor, in the order of the state that programs keep of it.
_STATE = ("an array of type", "shape", "dtype", "requires_grad", "being a leaf")
_AROUND = (("gradients are", "recorded"), ("tensors are", "inference tensors"), ("saved-tensor hooks are", "around the call"))
_HOOKS = ("tensor hooks", "post-accumulate-grad hooks", "pre-hooks on its node", "post-hooks on its node")


def misfit(name: str, key: Any, known: Mapping[Any, Sequence[Any]]) -> str:
    """What to say of a call of `name` whose arguments are of kind `key`: in what they differ from the kinds that are known.

    A kind is the structure of the arguments, the static ones, whether gradients are recorded, and what each leaf is like.
    """
    if key in known:
        return (
            f"{name}: the arguments are of the kind that it was made for, but a tensor from outside, or the gradient or the "
            "hooks of one, are not as they were then, one tensor stands where there were two, or an optimizer has another state, "
            "or other options, than when it was bound"
        )
    closest = min([list(_differences(key, other)) for other in known], key=len)
    others = f"; there are programs for {len(known)} kinds, and this is the closest" if len(known) > 1 else ""
    return f"{name}: no program for these arguments: {'; '.join(closest)}{others}"


def _differences(key: Any, other: Any) -> Iterator[str]:
    (structure, static, grad, *leaves), (old_structure, old_static, old_grad, *old_leaves) = key, other
    if structure != old_structure:
        yield f"they are nested as {_nested(structure)}, expected {_nested(old_structure)}"
    if static != old_static:
        yield f"the static arguments are {static!r}, expected {old_static!r}"
    for path, leaf, old in zip(_paths(structure), leaves, old_leaves, strict=False):
        if leaf != old and leaf[:1] != old:
            yield f"{path} is {_told(leaf)}, expected {_told(old)}"
    for is_so, was_so, what in zip(grad, old_grad, _AROUND, strict=True):
        if is_so != was_so:
            yield f"{what[0]} {'' if is_so else 'not '}{what[1]}, and were {'' if was_so else 'not '}when it was made"


def _nested(structure: Any) -> str:
    """The arguments of a call, with ``*`` for each leaf."""
    args, kwargs = pytree.unflatten(structure, [_STAR] * structure.num_leaves)
    return f"({', '.join([*map(repr, args), *(f'{name}={value!r}' for name, value in kwargs.items())])})"


class _Star:
    """A leaf, in a picture of how arguments are nested."""

    def __repr__(self) -> str:
        return "*"


_STAR = _Star()


def _paths(structure: Any) -> list[str]:
    """What to call each leaf."""
    args, kwargs = pytree.unflatten(structure, range(structure.num_leaves))
    named = [(f"argument {i}", a) for i, a in enumerate(args)] + [(f"argument {n!r}", kwargs[n]) for n in sorted(kwargs)]
    return [f"{name}{path}" for name, tree in named for path in pytree.leaf_paths(tree)]


def _told(leaf: Any) -> str:
    """What is known of a leaf of the arguments."""
    if len(leaf) == 1:
        return f"a {leaf[0].__name__}"
    if len(leaf) == 2:
        return f"the constant {leaf[1]!r}"
    kind, *_ = leaf
    shape, dtype = leaf[-3:-1] if len(leaf) == 5 else leaf[-2:]
    grad = " that requires grad" if len(leaf) == 5 and leaf[-1] else ""
    library = f" over {leaf[1].__module__.partition('.')[0]}" if len(leaf) == 5 else ""
    return f"a {kind.__name__}{library} of shape {shape} and {dtype_name(dtype)}{grad}"


def unlike(state: Sequence[Any], expected: Sequence[Any]) -> str | None:
    """In what the state of a tensor from outside differs from what a program expects of it; None if in nothing."""
    for what, got, wanted in zip(_STATE, state, expected, strict=False):
        if got != wanted:
            shown = [v.__name__ if isinstance(v, type) else v for v in (got, wanted)]
            return f"has {what} {shown[0]}, expected {shown[1]}"
    hooks, expected_hooks = state[len(_STATE)], expected[len(_STATE)]
    for what, has, had in zip(_HOOKS, hooks, expected_hooks, strict=True):
        if has and not had:
            return f"has {what}, and had none when the program was made"
    return None
