"""The one seam through which a backward can be watched or steered (design, section 1).

The engine calls a node, a hook and the accumulation into a leaf directly when nobody watches. With an interpreter installed
it asks the interpreter to do each of these, so that anomaly mode, the profiler, the hook ledger, the backward stepper and the
compiler all see the same run, in the same order, without a line in the engine of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from .hook_calls import HookCall
from .hooks import store_retained
from .modes import ACTIVE, current

if TYPE_CHECKING:
    from .engine import GraphTask
    from .node import AccumulateGrad, Node
    from .origins import Origin
    from .tensor import Tensor

__all__ = ["Interpreter", "installed"]

#: The key in `ACTIVE` under which a process-wide interpreter stands (anomaly mode is one).
PROCESS_WIDE = "interpreter"


class Interpreter:
    """Does what the engine would have done. Subclass it, and call the inherited method to go on.

    Parameters
    ----------
    inner : Interpreter, optional
        The interpreter that was in force; observers nest.
    """

    def __init__(self, inner: Interpreter | None = None) -> None:
        self.inner = inner

    def initial(self, like: Tensor | None, grad: Tensor) -> Tensor:
        """The gradient 1, `grad`, with which a backward starts at the tensor `like` if it was given none."""
        return grad if self.inner is None else self.inner.initial(like, grad)

    def visit(self, node: Node, grad: Any, wanted: Any, recorded: bool) -> Any:
        """Run the derivative of `node`; raw arrays in and out, Tensors when the backward is recorded."""
        if self.inner is not None:
            return self.inner.visit(node, grad, wanted, recorded)
        return node.apply_recorded(grad, wanted) if recorded else node.apply(grad, wanted)

    def visited(self, node: Node, results: Any) -> None:
        """`node` and its post-hooks are done; `results` go along its edges."""
        if self.inner is not None:
            self.inner.visited(node, results)

    def hook(self, call: HookCall, args: tuple[Any, ...]) -> Any:
        """Call a Python hook."""
        if self.inner is not None:
            return self.inner.hook(call, args)
        return call.fn(*args)

    def saved_hook(self, kind: str, fn: Callable[[Any], Any], origin: Origin, value: Any) -> Any:
        """Call a pack or unpack hook."""
        if self.inner is not None:
            return self.inner.saved_hook(kind, fn, origin, value)
        return fn(value)

    def packed(self, packed: Any) -> Any:
        """What a pack hook has returned, of what `saved_hook` has given for it."""
        return packed if self.inner is None else self.inner.packed(packed)

    def multi_grad_hook(self, fn: Callable[[Any], Any], origin: Origin, grads: Any) -> None:
        """Call the function of a multi-grad hook, whose last tensor hook is running (of ``mode="any"``: whose first)."""
        if self.inner is not None:
            self.inner.multi_grad_hook(fn, origin, grads)
        else:
            fn(grads)

    def finished(self, task: GraphTask) -> None:
        """All nodes of a run are done; what was queued for its end comes now."""
        if self.inner is not None:
            self.inner.finished(task)

    def callback(self, fn: Callable[[], Any], origin: Origin) -> None:
        """Call a callback that was queued for the end of the run."""
        if self.inner is not None:
            self.inner.callback(fn, origin)
        else:
            fn()

    def retain(self, tensor: Tensor, grad: Tensor) -> None:
        """Store a retained gradient."""
        if self.inner is not None:
            self.inner.retain(tensor, grad)
        else:
            store_retained(tensor, grad)

    def accumulate(self, node: AccumulateGrad, box: list[Any]) -> None:
        """Add the gradient in `box` to the leaf's ``.grad``; the box is emptied."""
        if self.inner is not None:
            self.inner.accumulate(node, box)
        else:
            node.accumulate(box)

    def failed(self, node: Node | None, error: BaseException) -> None:
        """An exception is about to leave the backward that was running `node`."""
        if self.inner is not None:
            self.inner.failed(node, error)


def interpreter_in_force() -> Interpreter | None:
    """The thread's interpreter, around the process-wide one where both are installed."""
    own = current().interpreter
    return own if own is not None else ACTIVE.get(PROCESS_WIDE)


@contextmanager
def installed(interpreter: Interpreter) -> Iterator[Interpreter]:
    """Let `interpreter` run the backward passes of this thread, around whichever was in force."""
    modes = current()
    previous = modes.interpreter
    if interpreter.inner is None:
        interpreter.inner = interpreter_in_force()
    modes.interpreter = interpreter
    try:
        yield interpreter
    finally:
        modes.interpreter = previous
