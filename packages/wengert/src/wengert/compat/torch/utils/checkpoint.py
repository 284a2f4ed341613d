"""``torch.utils.checkpoint``: Wengert's checkpoints, and policies that know operators by PyTorch's names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ....errors import UsageError
from ....op_modes import intercepted
from ....transforms import selective
from ....utils.checkpoint import (
    CheckpointError,
    CheckpointFunction,
    CheckpointPolicy,
    GraphExecGroup,
    SelectiveCheckpointContext,
    checkpoint,
    checkpoint_sequential,
    noop_context_fn,
    set_checkpoint_debug_enabled,
    set_checkpoint_early_stop,
)
from .. import aten
from ..tensor import Tensor
from ._python_dispatch import _modes

__all__ = [
    "CheckpointError",
    "CheckpointFunction",
    "CheckpointPolicy",
    "GraphExecGroup",
    "SelectiveCheckpointContext",
    "_CachedTorchDispatchMode",
    "_CachingTorchDispatchMode",
    "checkpoint",
    "checkpoint_sequential",
    "create_selective_checkpoint_contexts",
    "noop_context_fn",
    "set_checkpoint_debug_enabled",
    "set_checkpoint_early_stop",
]


def create_selective_checkpoint_contexts(policy_fn_or_list: Any, allow_cache_entry_mutation: bool = False) -> tuple[Any, Any]:
    """As `wengert.utils.checkpoint.create_selective_checkpoint_contexts`, with operators such as ``torch.ops.aten.mm.default``.

    A policy is asked in the recomputation too, as in PyTorch, though its answer then changes nothing.

    Examples
    --------
    >>> import functools
    >>> import wengert.compat.torch as torch
    >>> from wengert.compat.torch.utils import checkpoint as c
    >>> keep = functools.partial(c.create_selective_checkpoint_contexts, [torch.ops.aten.mm.default])
    >>> w = torch.ones(2, 2, requires_grad=True)
    >>> c.checkpoint(lambda w: torch.mm(w, w).exp().sum(), w, use_reentrant=False, context_fn=keep).backward()
    """
    if isinstance(policy_fn_or_list, list):
        kept = [_checked(op) for op in policy_fn_or_list]

        def policy(ctx: Any, op: Any, *args: Any, **kwargs: Any) -> bool:
            return op in kept

    elif callable(policy_fn_or_list):
        policy = policy_fn_or_list
    else:
        raise TypeError("policy_fn_or_list must be either a function or a list of ops.")

    def in_forward(ctx: Any, op: Any, *args: Any, **kwargs: Any) -> Any:
        return policy(ctx, aten.overload_of(op.operator), *args, **kwargs)

    forward, recompute = selective.create_selective_checkpoint_contexts(in_forward, allow_cache_entry_mutation)
    caching = _CachingTorchDispatchMode(forward)
    return caching, _CachedTorchDispatchMode(recompute, intercepted(_Asking(policy)))


def _checked(op: Any) -> Any:
    if isinstance(op, aten.Packet):
        raise UsageError(f"{op} in op_list: update the OpOverloadPacket to a specific OpOverload, such as {op}.default")
    if not isinstance(op, aten.Overload):
        raise UsageError(f"Expected op in `op_list` to be an OpOverload, got {type(op).__name__}")
    return op


class _Mode:
    """Contexts that are entered together, and stand among the modes of the thread; may be entered again."""

    def __init__(self, *contexts: Any) -> None:
        self.contexts = contexts

    def __enter__(self) -> None:
        for context in self.contexts:
            context.__enter__()
        _modes.append(self)

    def __exit__(self, *error: object) -> None:
        _modes.pop()
        for context in reversed(self.contexts):
            context.__exit__(*error)


class _CachingTorchDispatchMode(_Mode):
    """The context of the forward."""

    @property
    def storage(self) -> _Storage:
        """What has been kept so far."""
        return _Storage(self.contexts[0].interceptor.results)


class _CachedTorchDispatchMode(_Mode):
    """The context of recomputations, in which the policy is asked too."""


class _Storage(Mapping[Any, Any]):
    """What was kept, by operator under PyTorch's name."""

    def __init__(self, results: Any) -> None:
        self.results = results

    def __getitem__(self, overload: Any) -> list[_Entry]:
        return [_Entry(kept) for kept in self.results[overload.op]]

    def __iter__(self) -> Iterator[Any]:
        return map(aten.overload_of, self.results)

    def __len__(self) -> int:
        return len(self.results)


class _Entry:
    """One result, or what stands for one that was not kept."""

    def __init__(self, kept: Any) -> None:
        self._kept = kept

    @property
    def val(self) -> Any:
        """Tensors outside of the graph, which last as long as the result is kept; None where it is not."""
        return None if self._kept is None else self._kept.show(Tensor)


class _Asking:
    """Calls operators, and then asks the policy."""

    def __init__(self, policy: Callable[..., Any]) -> None:
        self.policy = policy

    def call(self, op: Any, arguments: dict[str, Any]) -> Any:
        overload = aten.overload_of(op)
        result = overload(**arguments)
        self.policy(SelectiveCheckpointContext(is_recompute=True, op_output=result), overload, *arguments.values())
        return result
