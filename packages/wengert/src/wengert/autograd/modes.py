"""The state of each thread: may it record, with which saved-tensor hooks, and what is running.

Recording an operator must not pay for modes that nobody uses. So there is one module-level dictionary, ``ACTIVE``: it is
empty exactly when every thread is in the default state, and its truth value is all that the fast path of an operator looks
at. Whoever leaves the default state enters a key; only then do operators look at the state of their own thread.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .engine import GraphTask
    from .node import Node
    from .saved import HookPair

__all__ = [
    "ACTIVE",
    "CREATING",
    "FORWARD",
    "Modes",
    "current",
    "dual_level_in_force",
    "is_grad_enabled",
    "is_inference_mode_enabled",
    "is_recording",
    "met",
]

#: Empty when every thread is in the default state. Keys are ids of `Modes` objects, or names of process-wide modes.
ACTIVE: dict[Any, Any] = {}

#: The key in `ACTIVE` under which the level of forward mode stands, which is one for all threads (A2.1).
FORWARD = "forward"

#: Held while something is made, on demand, that there must be only one of: another thread may want it at the same moment.
CREATING = threading.RLock()


class Modes:
    """What operators and the engine want to know about the thread that they run on."""

    __slots__ = (
        "carrier",
        "compiler",
        "depth",
        "disabled_saved_hooks",
        "forward",
        "grad",
        "held",
        "inference",
        "interceptors",
        "interpreter",
        "lines",
        "mutation",
        "offered",
        "saved_hooks",
        "task",
        "tracer",
        "view_replay",
        "wanted",
    )

    def __init__(self) -> None:
        self.grad = True  # do operators record?
        self.inference = False
        self.forward = True  # do tangents follow operators, while there is a level?
        self.saved_hooks: list[HookPair] = []  # innermost last
        self.disabled_saved_hooks: list[str] = []  # messages, innermost last
        self.interceptors: tuple[Any, ...] = ()  # who may take over calls of operators, innermost last
        self.offered: tuple[Any, ...] = ()  # to whom the call of an operator is being offered
        self.view_replay = False  # does a view take its new place by its own operators, after its base was written to?
        self.lines = False  # do nodes note the line of the user's program that records them?
        self.mutation: Any = None  # who copies saved tensors before they are written to
        self.carrier: Any = None  # the interceptor in which the tangents of the call that it is serving are computed
        self.interpreter: Any = None  # who watches the backward passes of this thread
        self.tracer: Any = None  # who writes down the function that this thread is running, to compile it
        self.compiler: Any = None  # what makes the tasks of this thread, in place of the class of the engine
        self.task: GraphTask | None = None  # the backward that is running
        self.held = 0  # of how many compiled functions this thread has the turn
        self.depth = 0  # how many backward passes are nested on this thread's stack
        # The node whose user-written derivative is running, and which of its gradients are wanted (None: all).
        self.wanted: tuple[Node | None, Any] = (None, None)

    def refresh(self) -> None:
        """Enter or leave `ACTIVE`, after a field has changed."""
        default = self.grad and not (
            self.inference or self.saved_hooks or self.interceptors or self.view_replay or self.lines
        )
        if default:
            ACTIVE.pop(id(self), None)
        else:
            ACTIVE[id(self)] = self.__class__

    def set_grad(self, enabled: bool) -> None:
        self.grad = enabled
        self.refresh()

    def set_lines(self, noted: bool) -> None:
        self.lines = noted
        self.refresh()

    def set_view_replay(self, enabled: bool) -> None:
        self.view_replay = enabled
        self.refresh()

    def __del__(self) -> None:
        # A thread may end inside no_grad; its key must not slow the others for ever.
        ACTIVE.pop(id(self), None)


class _PerThread(threading.local):
    def __init__(self) -> None:
        self.modes = Modes()


_threads = _PerThread()


def current() -> Modes:
    """The modes of the calling thread."""
    return _threads.modes


def met(tensor: Any) -> None:
    """Tell whoever writes down what this thread does that it looks at `tensor`. Called only while `ACTIVE` holds something."""
    tracer = _threads.modes.tracer
    if tracer is not None:
        tracer.adopt(tensor)


def is_grad_enabled() -> bool:
    """Whether operators on this thread record themselves.

    Examples
    --------
    >>> import wengert as wg
    >>> with wg.no_grad():
    ...     wg.is_grad_enabled()
    False
    """
    return _threads.modes.grad


def is_recording() -> bool:
    """Whether gradients are recorded on this thread: `is_grad_enabled`, and outside of inference mode."""
    modes = _threads.modes
    return modes.grad and not modes.inference


def is_inference_mode_enabled() -> bool:
    """Whether this thread is inside ``inference_mode``."""
    return _threads.modes.inference


def dual_level_in_force() -> Any:
    """The level of forward mode, if there is one and this thread lets tangents follow operators; else None."""
    level = ACTIVE.get(FORWARD)
    if level is None:
        return None
    modes = _threads.modes
    return level if modes.forward and not modes.inference else None


def current_node() -> Node | None:
    """The node that the running backward of this thread is evaluating, or None outside one."""
    task = _threads.modes.task
    return None if task is None else task.node
