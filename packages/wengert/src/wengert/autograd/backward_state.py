"""What of a tensor only the backward looks at."""

from __future__ import annotations

import weakref
from typing import Any

from .hooks import Hooks, NodeHooks, TensorPostAccGradHooks, call_tensor_hooks
from .node import SAME, AccumulateGrad

__all__ = ["BackwardState"]


class BackwardState:
    """What of a tensor only the backward looks at; None on tensors that have none of it.

    Attributes
    ----------
    hooks : Hooks or None
        Those of ``register_hook``.
    post_acc : TensorPostAccGradHooks or None
        Those of ``register_post_accumulate_grad_hook``.
    retains : bool
        Whether ``retain_grad`` was called.
    accumulator : weak reference to AccumulateGrad, or None
        Of a leaf; its graphs keep it alive.
    node_hooks, node_info
        Hooks and metadata of that node, which here outlive the graphs (W13).
    grad_dtype
        The dtype of a leaf's gradient, None for any, `SAME` for that of the leaf (G5.8).
    lock : threading.RLock or None
        Held while ``.grad`` is added to; of a leaf that has had an accumulator.
    """

    __slots__ = ("accumulator", "grad_dtype", "hooks", "lock", "node_hooks", "node_info", "post_acc", "retains")

    def __init__(self) -> None:
        self.hooks: Hooks | None = None
        self.post_acc: TensorPostAccGradHooks | None = None
        self.retains = False
        self.accumulator: weakref.ref[AccumulateGrad] | None = None
        self.node_hooks: NodeHooks | None = None
        self.node_info: dict[str, Any] | None = None
        self.grad_dtype: Any = SAME
        self.lock: Any = None

    def tensor_hooks(self, grads: Any, interpreter: Any) -> Any:
        """Run a leaf's tensor hooks on its one gradient."""
        assert self.hooks is not None
        return (call_tensor_hooks(self.hooks, grads[0], interpreter),)
