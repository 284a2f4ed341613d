"""`Step`: one moment of a stepped backward, with what can be seen and changed there."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..autograd.hook_calls import checked, checked_tuple
from ..autograd.node import AccumulateGrad, Node
from ..autograd.origins import Origin, caller_origin, short_name
from ..errors import HookError, ModeError
from .text import clipped, columns, describe, line_of

if TYPE_CHECKING:
    from ..autograd.tensor import Tensor

__all__ = ["Step"]

Grads = tuple["Tensor | None", ...]

#: Kinds of steps that can be left out: without what a pack or unpack hook returns, the run could not go on.
SKIPPABLE = (
    "tensor hook",
    "retain_grad",
    "node pre-hook",
    "node",
    "node post-hook",
    "accumulate",
    "post-accumulate-grad hook",
    "multi-grad hook",
    "module backward pre-hook",
    "module backward hook",
    "callback",
)

#: Kinds of which `Step.grads` may be set, and whether a gradient may be set to None.
SETTABLE = {
    "tensor hook": False,
    "retain_grad": False,
    "node pre-hook": True,
    "node": True,
    "node post-hook": True,
    "accumulate": False,
    "module backward pre-hook": True,
    "module backward hook": True,
}


class Step:
    """What is about to happen, or has just happened, in a backward that is gone through step by step.

    Made by `wengert.observe.step`. The run waits while the step is looked at. Once the next one was asked for, it can still be
    read, and no longer be changed.

    Attributes
    ----------
    kind : str
        ``"tensor hook"``, ``"retain_grad"``, ``"node pre-hook"``, ``"node"``, ``"node post-hook"``, ``"accumulate"``,
        ``"post-accumulate-grad hook"``, ``"multi-grad hook"``, ``"module backward pre-hook"``, ``"module backward hook"``,
        ``"pack hook"``, ``"unpack hook"`` or ``"callback"``.
    phase : str
        ``"before"`` or ``"after"``.
    node : Node or None
        The node at which the run stands; None in callbacks.
    tensor : Tensor or None
        What a tensor hook, a retained gradient, an accumulation, a post-accumulate-grad hook or a pack hook is about, if it is
        still alive.
    hook : callable or None
        The user's function.
    origin : Origin or None
        The line that registered the hook, or queued the callback.
    recorded_at : str or None
        The line of the forward that recorded the node, if anomaly mode has noted it.
    grad_outputs : tuple of Tensor or None
        At a node post-hook and after a node, the gradients that entered the node; at a module's backward hook, those of the
        module's outputs.
    value : object
        At a pack or unpack hook: what it is given, or what it has returned.
    depth : int
        0 in the backward that is stepped, more in those that its hooks run.
    skipped : bool
        Whether `skip` was called.
    """

    def __init__(
        self,
        kind: str,
        phase: str,
        node: Node | None,
        depth: int,
        *,
        grads: Grads = (),
        grad_outputs: Grads = (),
        tensor: Tensor | None = None,
        hook: Callable[..., Any] | None = None,
        origin: Origin | None = None,
        value: Any = None,
        skipped: bool = False,
    ) -> None:
        self.kind, self.phase, self.node, self.depth = kind, phase, node, depth
        self.tensor, self.hook, self.origin = tensor, hook, origin
        self.grad_outputs, self.value, self.skipped = grad_outputs, value, skipped
        self.recorded_at: str | None = None if node is None else (node._info or {}).get("origin")
        self.passed = False
        self.replaced = False
        self.given: Grads = ()  # the gradients that a skipped node is said to have made
        self._grads = self._came = grads

    # -- gradients -----------------------------------------------------------------------------------------------------
    @property
    def grads(self) -> Grads:
        """The gradients that this is about; they may be set to others, which go through the checks for hooks (H3).

        At a tensor hook, a retained gradient and an accumulation there is one. At a node pre-hook and before a node they are
        those of the node's outputs, at a node post-hook and after a node those of its inputs (and likewise at the backward
        hooks of modules). Before something, they are what it will be given; after it, what it has made of them.
        """
        return self._grads

    @grads.setter
    def grads(self, value: Grads) -> None:
        self._must_be_current("grads")
        who = f"the assignment to grads at {caller_origin()} ({self})"
        if self.kind not in SETTABLE or (self.phase == "after" and self.kind in ("accumulate", "retain_grad")):
            raise ModeError(f"{self}: nothing is done with its gradients any more, so they cannot be set here")
        found = checked_tuple(who, self._came, value)
        if not SETTABLE[self.kind] and any(new is None and old is not None for new, old in zip(found, self._came, strict=True)):
            raise HookError(f"{who} has replaced a gradient by None; give zeros, or skip() the step")
        self._grads, self.replaced = found, True

    @property
    def grad(self) -> Tensor | None:
        """The gradient, where there is exactly one; may be set like `grads`."""
        if len(self._grads) != 1:
            raise ModeError(f"{self} has {len(self._grads)} gradients, not one; use grads")
        return self._grads[0]

    @grad.setter
    def grad(self, value: Tensor | None) -> None:
        if len(self._grads) != 1:
            raise ModeError(f"{self} has {len(self._grads)} gradients, not one; use grads")
        self.grads = (value,)

    # -- leaving something out -----------------------------------------------------------------------------------------
    def skip(self, grads: Grads | None = None) -> None:
        """Do not do what this step is before.

        A hook that is skipped changes nothing, and `.grad` of a leaf or a tensor whose step is skipped stays as it is. A node
        that is skipped gives no gradients, or those that are passed here.

        Parameters
        ----------
        grads : tuple of Tensor or None, optional
            Of a node: one gradient for each of its ``next_functions``, of the shape and dtype that is expected there.

        Raises
        ------
        ModeError
            After something; and at pack and unpack hooks, without which the run cannot go on.
        HookError
            If `grads` do not fit.
        """
        self._must_be_current("skip")
        if self.phase != "before" or self.kind not in SKIPPABLE:
            raise ModeError(f"{self}: cannot be skipped; only a step before something that the run can do without")
        if grads is not None and self.kind != "node":
            raise ModeError(f"{self}: skip() takes gradients only at a node; elsewhere set grads")
        if self.kind == "node":
            self.given = self._checked_places(grads)
        self.skipped = True

    def _checked_places(self, grads: Any) -> Grads:
        """`grads` if they may go along the edges of the node; without, so many times None."""
        assert self.node is not None
        places = self.node.next_functions
        if grads is None:
            return (None,) * len(places)
        who = f"the call of skip() at {caller_origin()} ({self})"
        checked_tuple(who, (None,) * len(places), (None,) * len(grads) if isinstance(grads, tuple) else grads)
        for index, (grad, (below, number)) in enumerate(zip(grads, places, strict=True)):
            if grad is None:
                continue
            if below is None:
                raise HookError(f"{who} has replaced a gradient of None: next_functions[{index}] leads nowhere")
            shape, dtype = below._input_metadata[number]
            checked(who, _Expected(shape, dtype, grad), grad)  # type: ignore[arg-type]
        return grads

    def _must_be_current(self, what: str) -> None:
        if self.passed:
            raise ModeError(f"{what}: the run has gone on since {self}; change a step before the next one is asked for")

    # -- for people ----------------------------------------------------------------------------------------------------
    @property
    def name(self) -> str:
        """What it is called: the name of the hook, of the node, or what the accumulation goes to."""
        if self.hook is not None:
            return short_name(self.hook)
        if self.kind == "node" and self.node is not None:
            return self.node.name()
        return describe(self.tensor)

    def __str__(self) -> str:
        where = f" ({line_of(self.origin)})" if self.origin is not None else ""
        at = self.node
        if at is not None and self.kind not in ("node", "accumulate", "retain_grad"):
            # An accumulator's name says nothing of which leaf it is.
            where += f" at {describe(at.variable)}" if isinstance(at, AccumulateGrad) else f" at {at.name()}"
        return f"{self.phase} {self.kind} {self.name}{where}{', skipped' if self.skipped else ''}"

    def __repr__(self) -> str:
        rows = [("step", f"{self.phase} {self.kind}{', skipped' if self.skipped else ''}")]
        if self.hook is not None:
            registered = f", {'queued' if self.kind == 'callback' else 'registered'} at {self.origin}" if self.origin else ""
            rows.append(("hook", f"{short_name(self.hook)}{registered}"))
        if self.node is not None:
            rows.append(("node", f"{self.node.name()}{self.node.origin()}"))
        if self.tensor is not None:
            rows.append(("tensor", describe(self.tensor)))
        if self.depth:
            rows.append(("depth", str(self.depth)))
        rows += [(f"grads[{index}]", clipped(grad)) for index, grad in enumerate(self._grads)]
        rows += [(f"grad_outputs[{index}]", clipped(grad)) for index, grad in enumerate(self.grad_outputs)]
        if self.value is not None:
            rows.append(("value", clipped(self.value)))
        return columns(rows)


class _Expected:
    """What is known of a gradient that was not computed, for the checks of one that is given instead."""

    def __init__(self, shape: tuple[int, ...], dtype: Any, given: Any) -> None:
        self._shape, self._array = tuple(shape), getattr(given, "_array", None)
        self._dtype = getattr(given, "_dtype", None) if dtype is None else dtype  # None: of any dtype (G5.8)
