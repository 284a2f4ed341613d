"""Checkpoints that keep the results of some operators (rule S7.7): which, a policy decides call by call."""

from __future__ import annotations

import enum
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

import optree

from ..arrays.adapter import ADAPTERS
from ..autograd.saved import Version
from ..autograd.tensor import Tensor, wrap
from ..errors import ArgumentError, CheckpointError, SavedTensorTypeError, VersionError
from ..op_inplace import InPlace
from ..op_modes import call_again, call_with_forward, intercepted

if TYPE_CHECKING:
    from ..op import Operator

__all__ = ["CheckpointPolicy", "SelectiveCheckpointContext", "create_selective_checkpoint_contexts"]


class CheckpointPolicy(enum.Enum):
    """What is to become of the result of an operator in a checkpointed function.

    ``SAVE`` keeps it until the backward, ``CPU_OFFLOAD`` keeps it in host memory, ``RECOMPUTE`` computes it again. ``MUST`` and
    ``PREFER`` are the same here: there is no compiler that would overrule a preference.
    """

    MUST_SAVE = 0
    PREFER_SAVE = 1
    MUST_RECOMPUTE = 2
    PREFER_RECOMPUTE = 3
    MUST_CPU_OFFLOAD = 4
    PREFER_CPU_OFFLOAD = 5


SAVE = (CheckpointPolicy.MUST_SAVE, CheckpointPolicy.PREFER_SAVE)
OFFLOAD = (CheckpointPolicy.MUST_CPU_OFFLOAD, CheckpointPolicy.PREFER_CPU_OFFLOAD)

Policy = Callable[..., CheckpointPolicy | bool]


class SelectiveCheckpointContext:
    """What a policy is told of a call besides the operator and its arguments.

    Attributes
    ----------
    op_output : Tensor or tuple of Tensor
        What the operator returned.
    is_recompute : bool
        Always False: the policy is asked in the forward only.
    """

    def __init__(self, *, is_recompute: bool, op_output: Any = None) -> None:
        self.is_recompute, self.op_output = is_recompute, op_output


def create_selective_checkpoint_contexts(
    policy_fn_or_list: Policy | list[Any], allow_cache_entry_mutation: bool = False
) -> tuple[AbstractContextManager[Any], AbstractContextManager[Any]]:
    """Two contexts for ``checkpoint(context_fn=...)`` with which some operators are not computed again.

    Parameters
    ----------
    policy_fn_or_list : callable or list
        ``policy(ctx, op, *args, **kwargs) -> CheckpointPolicy``, called after each call of an operator in the forward: `ctx` is a
        `SelectiveCheckpointContext`, `op` the operator's public function, then come its operands, and its other arguments by
        keyword. True and False mean ``MUST_SAVE`` and ``PREFER_RECOMPUTE``. Or a list of operators whose results are to be kept.
    allow_cache_entry_mutation : bool
        Do not raise when a result that was kept has been written to in place.

    Notes
    -----
    Only one backward can go through the checkpoint: a result that was kept is handed out once. Inside each other, the innermost
    contexts decide.

    Raises
    ------
    ArgumentError
        If something in the list is no operator, such as a function that calls several.
    SavedTensorTypeError
        If it is neither a function nor a list.

    Examples
    --------
    >>> import functools
    >>> import wengert as wg
    >>> from wengert.utils.checkpoint import create_selective_checkpoint_contexts
    >>> keep_products = functools.partial(create_selective_checkpoint_contexts, [wg.matmul])
    >>> w = wg.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    >>> y = wg.checkpoint(lambda w: wg.exp(w @ w).sum(), w, use_reentrant=False, context_fn=keep_products)
    >>> y.backward()
    """
    if isinstance(policy_fn_or_list, list):
        policy: Policy = _keep_these([_operator(item) for item in policy_fn_or_list])
    elif callable(policy_fn_or_list):
        policy = policy_fn_or_list
    else:
        raise SavedTensorTypeError(
            "create_selective_checkpoint_contexts: policy_fn_or_list must be either a function or a list of ops. "
            f"got {type(policy_fn_or_list).__name__}"
        )
    results: Results = {}
    handing_out = HandingOut(results, not allow_cache_entry_mutation)
    return intercepted(Keeping(policy, results)), intercepted(handing_out, handing_out.taken.clear)


def _keep_these(operators: list[Operator]) -> Policy:
    def policy(ctx: SelectiveCheckpointContext, op: Any, *operands: Any, **others: Any) -> bool:  # noqa: ARG001  (its protocol)
        return op.operator in operators

    return policy


def _operator(item: Any) -> Operator:
    found: Operator | None = getattr(item, "operator", None)
    if found is None:
        raise ArgumentError(
            f"create_selective_checkpoint_contexts: {getattr(item, '__name__', item)!r} in the list is no operator; name the "
            "operators that it calls"
        )
    return found


class Kept:
    """What the forward of an operator returned, until that is used, and the versions of the Tensors that were made of it."""

    __slots__ = ("result", "shown", "versions")

    def __init__(self, result: Any, tensors: Any, offload: bool) -> None:
        self.result = optree.tree_map(_to_host, result) if offload else result
        self.shown: Any = None
        leaves = optree.tree_leaves(tensors)
        self.versions: list[tuple[Version, int]] = [(t._counter(), t._version) for t in leaves if isinstance(t, Tensor)]

    def show(self, family: type[Tensor]) -> Any:
        """Tensors of what is kept, outside of the graph, for looking at it; they too go when it is used."""
        if self.shown is None:
            self.shown = optree.tree_map(lambda a: wrap(a, cls=family) if type(a) in ADAPTERS else a, self.result)
        return self.shown

    def take(self) -> Any:
        """Hand out what was kept."""
        result, self.result, self.shown = optree.tree_map(_from_host, self.result), None, None
        return result

    def check(self, op: Operator) -> None:
        """Raise if a result was written to (S7.7)."""
        for version, expected in self.versions:
            if version.value != expected:
                raise VersionError(
                    f"a result of {op.name} that a selective checkpoint has kept has been mutated by an inplace operation: it "
                    f"is at version {version.value}, expected version {expected}. Write to a clone() of it, or pass "
                    "allow_cache_entry_mutation=True"
                )


class _OnHost:
    """An array of some device in host memory."""

    __slots__ = ("adapter", "array", "device")

    def __init__(self, array: Any) -> None:
        self.adapter = ADAPTERS[type(array)]
        self.device, self.array = self.adapter.device(array), self.adapter.to_host(array)


def _to_host(value: Any) -> Any:
    return _OnHost(value) if type(value) in ADAPTERS else value


def _from_host(value: Any) -> Any:
    return value.adapter.from_host(value.array, value.device) if isinstance(value, _OnHost) else value


#: What was kept of the calls of each operator, in their order; None for a call that is to be computed again.
Results = dict["Operator", list[Kept | None]]


class Keeping:
    """For the forward: calls operators, asks the policy, and keeps results."""

    def __init__(self, policy: Policy, results: Results) -> None:
        self.policy, self.results = policy, results

    def call(self, op: Operator | InPlace, arguments: dict[str, Any]) -> Any:
        """Compute, and keep the raw result with what only the rules see of it. What is written in place is not kept."""
        if isinstance(op, InPlace):
            return NotImplemented
        computed: list[Any] = []

        def forward(*args: Any, **kwargs: Any) -> Any:
            computed.append(op.forward(*args, **kwargs))
            return computed[0]

        tensors = call_with_forward(op, arguments, forward)
        operands = [arguments[name] for name in op.operands]
        others = {name: arguments[name] for name in op.statics}
        told = SelectiveCheckpointContext(is_recompute=False, op_output=tensors)
        policy = self.policy(told, op.public, *operands, **others)
        keep = policy is True or policy in SAVE or policy in OFFLOAD
        # Nothing was computed here if the operator turned its operands into Tensors first and called itself.
        entry = Kept(computed[0], tensors, policy in OFFLOAD) if keep and computed else None
        self.results.setdefault(op, []).append(entry)
        return tensors


class HandingOut:
    """For recomputations: returns what was kept, recorded as if it had been computed."""

    def __init__(self, results: Results, checked: bool) -> None:
        self.results, self.checked = results, checked
        self.taken: dict[Operator, int] = {}

    def call(self, op: Operator | InPlace, arguments: dict[str, Any]) -> Any:
        """The result of the same call in the forward, computed again if it was not kept."""
        if isinstance(op, InPlace):
            return NotImplemented
        number = self.taken.get(op, 0)
        self.taken[op] = number + 1
        results = self.results.get(op, [])
        if number >= len(results):
            raise CheckpointError(
                f"the recomputation of a selective checkpoint calls {op.name} more often than its forward, {len(results)} times; "
                "the function must do the same each time"
            )
        kept = results[number]
        if kept is None:
            return call_again(op, arguments)
        if kept.result is None:
            raise CheckpointError(
                f"Trying to backward an extra time through a selective checkpoint: the result of {op.name} that was kept has "
                "been used. Only one backward can go through it"
            )
        if self.checked:
            kept.check(op)
        result = kept.take()
        return call_with_forward(op, arguments, lambda *_, **__: result)
