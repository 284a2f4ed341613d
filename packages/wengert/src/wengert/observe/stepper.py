"""The backward stepper: a backward that stops before and after each node and each hook (design, section 1).

The engine is a loop in a function, and Python can suspend a function in its middle only by suspending its thread. So the run
has a thread of its own, and an interpreter in it that hands each `Step` to the thread of the caller and waits until that asks
for the next one. One of the two always waits for the other: nothing happens at the same time.
"""

from __future__ import annotations

import contextvars
import sys
import threading
from collections.abc import Callable, Iterator
from queue import SimpleQueue
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from ..autograd.hook_calls import HookCall, checked, checked_tuple
from ..autograd.interpreter import Interpreter, installed
from ..autograd.modes import current
from ..autograd.node import AccumulateGrad, Node
from ..autograd.origins import Origin
from ..autograd.requests import backward
from ..autograd.tensor import Tensor, wrap
from ..autograd.threads import inherited
from ..errors import HookError, HookTypeError, ModeError
from .steps import Step

if TYPE_CHECKING:
    from ..autograd.engine import GraphTask

__all__ = ["Stepper", "step"]


#: How many seconds the garbage collector waits for the end of a run that nothing refers to any more.
PATIENCE = 5.0


class _Conductor(Interpreter):
    """Makes the steps of a run, on the thread of the run."""

    def __init__(self, nested: bool) -> None:
        super().__init__()
        self.nested = nested
        self.free = False  # the run goes on without stopping
        self.abandoned = False  # the run is to end where it stands
        self.steps: SimpleQueue[Step | None] = SimpleQueue()  # to the caller; None after the last
        self.orders: SimpleQueue[None] = SimpleQueue()  # from the caller: go on
        self.result: Any = None
        self.error: BaseException | None = None
        self.variables: contextvars.Context | None = None  # as the run left them
        self._running: list[GraphTask] = []  # the backward passes that are running, each inside a hook of the one before

    def perform(self, run: Callable[[], Any]) -> None:
        """Call `run` on this thread, and keep what comes of it."""
        try:
            with installed(self):
                self.result = run()
        except BaseException as error:  # noqa: BLE001  (handed to the caller's thread, whole)
            self.error = error
        finally:
            self._running.clear()
            self.variables = contextvars.copy_context()
            self.steps.put(None)

    def _stop(self, kind: str, phase: str, node: Node | None = None, **about: Any) -> Step:
        """Hand a step to the caller and wait; the step as the caller has left it."""
        task = current().task
        step = Step(kind, phase, node or (None if task is None else task.node), self._depth_of(task), **about)
        if self.free or (step.depth and not self.nested):
            return step
        if not self.abandoned:
            self.steps.put(step)
            self.orders.get()
        if self.abandoned:
            raise GeneratorExit("the stepped backward was left here")
        return step

    def _depth_of(self, task: GraphTask | None) -> int:
        if task is None:
            self._running.clear()
            return 0
        if task in self._running:
            del self._running[self._running.index(task) + 1 :]
        else:
            self._running.append(task)
        return len(self._running) - 1

    # -- as an interpreter -------------------------------------------------------------------------------------------
    def visit(self, node: Node, grad: Any, wanted: Any, recorded: bool) -> Any:
        def hidden(grads: tuple[Tensor | None, ...]) -> list[Any]:
            return [g if g is None or recorded else g._array for g in grads]

        single = node._outputs == 1
        before = self._stop("node", "before", node, grads=_shown((grad,) if single else grad))
        if before.replaced:
            grad = hidden(before.grads)[0] if single else hidden(before.grads)
        if before.skipped:
            results: Any = tuple(hidden(before.given))
        else:
            results = super().visit(node, grad, wanted, recorded)
        after = self._stop(
            "node", "after", node, grads=_shown(results), grad_outputs=before.grads, skipped=before.skipped
        )
        return tuple(hidden(after.grads)) if after.replaced else results

    def hook(self, call: HookCall, args: tuple[Any, ...]) -> Any:
        about: dict[str, Any] = {"hook": call.fn, "origin": call.origin}
        if call.kind == "post-accumulate-grad hook":
            return self._post_accumulate(call, args, about)
        lone = call.kind == "tensor hook"
        if lone:
            about["tensor"] = None if call.hooks.target is None else call.hooks.target()
        if len(args) > 1:
            about["grad_outputs"] = args[1]
        before = self._stop(call.kind, "before", grads=args if lone else args[0], **about)
        if before.replaced:
            args = (before.grads[0] if lone else before.grads, *args[1:])
        result = None if before.skipped else super().hook(call, args)
        leaving = args[0] if result is None else result
        if not _acceptable(args[0], leaving):
            return result  # the engine says what is wrong with it
        grads = (leaving,) if lone else leaving
        after = self._stop(call.kind, "after", grads=grads, skipped=before.skipped, **about)
        if after.replaced:
            return after.grads[0] if lone else after.grads
        return leaving if before.replaced else result

    def _post_accumulate(self, call: HookCall, args: tuple[Any, ...], about: dict[str, Any]) -> Any:
        (leaf,) = args
        before = self._stop(call.kind, "before", grads=(leaf._grad,), tensor=leaf, **about)
        result = None if before.skipped else super().hook(call, args)
        self._stop(call.kind, "after", grads=(leaf._grad,), tensor=leaf, skipped=before.skipped, **about)
        return result

    def retain(self, tensor: Tensor, grad: Tensor) -> None:
        before = self._stop("retain_grad", "before", grads=(grad,), tensor=tensor)
        if not before.skipped:
            assert before.grads[0] is not None, "it cannot be set to None"
            super().retain(tensor, before.grads[0])
        self._stop("retain_grad", "after", grads=(tensor._grad,), tensor=tensor, skipped=before.skipped)

    def accumulate(self, node: AccumulateGrad, box: list[Any]) -> None:
        leaf = node.variable
        before = self._stop("accumulate", "before", node, grads=_shown(box), tensor=leaf)
        if before.replaced:
            (grad,) = before.grads
            box[0] = grad if isinstance(box[0], Tensor) or grad is None else grad._array
        if before.skipped:
            box.clear()
        else:
            super().accumulate(node, box)
        self._stop("accumulate", "after", node, grads=(leaf._grad,), tensor=leaf, skipped=before.skipped)

    def saved_hook(self, kind: str, fn: Callable[[Any], Any], origin: Origin, value: Any) -> Any:
        tensor = value if kind == "pack hook" else None
        self._stop(kind, "before", hook=fn, origin=origin, value=value, tensor=tensor)
        result = super().saved_hook(kind, fn, origin, value)
        self._stop(kind, "after", hook=fn, origin=origin, value=result, tensor=tensor)
        return result

    def multi_grad_hook(self, fn: Callable[[Any], Any], origin: Origin, grads: Any) -> None:
        shown = tuple(grads) if isinstance(grads, list) else (grads,)
        before = self._stop("multi-grad hook", "before", hook=fn, origin=origin, grads=shown)
        if not before.skipped:
            super().multi_grad_hook(fn, origin, grads)
        self._stop("multi-grad hook", "after", hook=fn, origin=origin, grads=shown, skipped=before.skipped)

    def callback(self, fn: Callable[[], Any], origin: Origin) -> None:
        if self.abandoned:  # it was queued to run whatever happens, and nobody watches any more
            self.free = True
        before = self._stop("callback", "before", hook=fn, origin=origin)
        if not before.skipped:
            super().callback(fn, origin)
        self._stop("callback", "after", hook=fn, origin=origin, skipped=before.skipped)

    def failed(self, node: Node | None, error: BaseException) -> None:
        if not self.abandoned:  # leaving is no failure to report
            super().failed(node, error)


def _shown(grads: Any) -> tuple[Tensor | None, ...]:
    """Raw gradients as Tensors; in a recorded run they are Tensors already."""
    return tuple(g if g is None or isinstance(g, Tensor) else wrap(g) for g in grads)


def _acceptable(given: Any, returned: Any) -> bool:
    """Whether the engine will take what a hook returned."""
    try:
        if returned is not given:
            (checked_tuple if isinstance(given, tuple) else checked)("", given, returned)
    except (HookError, HookTypeError):
        return False
    return True


class Stepper(Iterator[Step]):
    """Runs a function, and stops before and after each node and each hook of every backward in it.

    `step` makes one for a call of ``backward``. It is an iterator over the steps, and a context that ends the run when it is
    left.

    Parameters
    ----------
    run : callable
        Called without arguments, on a thread of its own, when the first step is asked for.
    nested : bool
        Whether to stop also in the backward passes that hooks run.

    Attributes
    ----------
    result : object
        What `run` has returned.
    finished : bool
        Whether the run is over: it has come to its end, has failed, or was left.

    Examples
    --------
    >>> import wengert as wg
    >>> x = wg.tensor(3.0, requires_grad=True)
    >>> steps = wg.observe.Stepper(lambda: wg.autograd.grad(x * x, x))
    >>> [str(step) for step in steps]
    ['before node MulBackward0', 'after node MulBackward0']
    >>> steps.result
    (tensor(6.),)
    """

    def __init__(self, run: Callable[[], Any], *, nested: bool = True) -> None:
        self._conductor = _Conductor(nested)
        self._run = run
        self._thread: threading.Thread | None = None
        self._variables: contextvars.Context | None = None
        self._step: Step | None = None  # at which the run waits
        self.finished = False

    @property
    def result(self) -> Any:
        return self._conductor.result

    # -- going on ----------------------------------------------------------------------------------------------------
    def __next__(self) -> Step:
        if self.finished:
            raise StopIteration
        self._go()
        step = self._conductor.steps.get()
        if step is None:
            self._end()
            raise StopIteration
        self._step = step
        return step

    def until(
        self,
        predicate: Callable[[Step], bool] | None = None,
        *,
        kind: str | None = None,
        phase: str | None = None,
        node: Node | Tensor | str | None = None,
    ) -> Step | None:
        """Go on to the next step that is all of what is asked for; None if the run ends before there is one.

        Parameters
        ----------
        predicate : callable, optional
            ``predicate(step) -> bool``.
        kind, phase : str, optional
            Those of the step.
        node : Node, Tensor or str, optional
            Where it is: a node, the node that made a tensor or accumulates into it, or any node of that name.

        Examples
        --------
        >>> import wengert as wg
        >>> x = wg.tensor([1.0, 2.0], requires_grad=True)
        >>> with wg.observe.step(wg.exp(x).sum()) as steps:
        ...     print(steps.until(kind="accumulate").grad)
        tensor([2.71828183, 7.3890561 ])
        """
        place = node._place()[0] if isinstance(node, Tensor) else node
        for step in self:
            if kind not in (None, step.kind) or phase not in (None, step.phase):
                continue
            if place is not None and step.node is not place and (step.node is None or step.node.name() != place):
                continue
            if predicate is None or predicate(step):
                return step
        return None

    def go_on(self) -> Any:
        """Run to the end without stopping any more; what the run returns."""
        self._conductor.free = True
        for _ in self:  # nothing comes but the end
            pass
        return self.result

    def _go(self) -> None:
        """Let the run go on from where it waits, or begin."""
        if self._thread is None:
            conductor, run = self._conductor, self._run
            self._variables = contextvars.copy_context()
            body = inherited(lambda: conductor.perform(run))  # must not know us: it would keep us from being collected
            # A daemon, because a run that waits must not keep the program from ending.
            self._thread = threading.Thread(target=body, name="wengert-stepped-backward", daemon=True)
            self._thread.start()
        elif threading.current_thread() is self._thread:
            raise ModeError("a stepper was asked to go on by a hook of its own run, which cannot go on before the hook returns")
        elif self._step is not None:
            self._step.passed, self._step = True, None
            self._conductor.orders.put(None)

    def _end(self) -> None:
        """Take over what the run has left: context variables, and the exception that ended it."""
        assert self._thread is not None
        self._thread.join()
        self.finished = True
        conductor, before = self._conductor, self._variables
        for variable, value in (conductor.variables or {}).items():
            if before is None or variable not in before or before[variable] is not value:
                variable.set(value)
        error, conductor.error, self._variables = conductor.error, None, None
        if error is None or (conductor.abandoned and isinstance(error, GeneratorExit)):
            return
        if isinstance(error, StopIteration):  # would look like the end of the steps (as in generators: PEP 479)
            raise HookError("a hook or node of the stepped backward raised StopIteration") from error
        try:
            raise error
        finally:
            del error  # else it and this frame would keep each other

    # -- leaving -----------------------------------------------------------------------------------------------------
    def close(self) -> None:
        """End the run where it stands, as an exception would; once it is over this does nothing."""
        if self._leave():
            self._end()
        self.finished = True

    def _leave(self) -> bool:
        """Tell the run to end; whether it has to be waited for."""
        if self.finished or self._thread is None:
            return False
        self._conductor.abandoned = True
        self._conductor.orders.put(None)
        return threading.current_thread() is not self._thread

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def __del__(self) -> None:
        # At the end of the program threads no longer run. The thread that collects may be any, so it takes over nothing; and
        # it may hold a lock that a hook wants on its way out, so it does not wait for ever.
        if not sys.is_finalizing() and self._leave() and self._thread is not None:
            self._thread.join(PATIENCE)


def step(
    loss: Any,
    gradient: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    inputs: Any = None,
    *,
    nested: bool = True,
) -> Stepper:
    """Run ``loss.backward(...)`` step by step: an iterator that stops before and after each node and each hook.

    Nothing runs before the first step is asked for. The steps come in the order of an ordinary backward, and if they are left
    alone its gradients are those of one. `Step` says what can be seen and changed at each.

    Parameters
    ----------
    loss : Tensor, GradientEdge or sequence of them
        What to differentiate.
    gradient, retain_graph, create_graph, inputs
        As for `wengert.autograd.backward`.
    nested : bool
        Whether to stop also in the backward passes that hooks run (``step.depth`` counts them); else these run whole.

    Returns
    -------
    Stepper
        Iterate over it; or ask it for the next step of some kind with ``until``, and to run to the end with ``go_on``.

    Notes
    -----
    An exception that a hook or a node raises comes out of the iterator when the step after the one before it is asked for,
    as it is and with its notes. Then, and when the run is left early (by the end of a ``with`` block, by ``close``, or because
    nothing refers to the stepper any more), all is as after an error in a backward: gradients already accumulated stay, nodes
    that have run are released unless the graph is retained, the others are intact, hooks stay registered, and modes are what
    they were. Callbacks that were queued with ``always=True`` run.

    The run has a thread of its own, so ``threading.get_ident()`` in a hook is not the caller's. It takes over the caller's
    modes and context variables, and what hooks set these to is handed back at the end. While it waits, the caller may do
    anything, another backward included; what the caller switches on meanwhile (``no_grad``, say) is not in force in the run.

    Examples
    --------
    >>> import wengert as wg
    >>> x = wg.tensor([1.0, 2.0], requires_grad=True)
    >>> y = (x * x).sum()
    >>> for step in wg.observe.step(y):
    ...     print(step)
    ...     if step.kind == "accumulate" and step.phase == "before":
    ...         step.grad = step.grad * 10
    before node SumBackward0
    after node SumBackward0
    before node MulBackward0
    after node MulBackward0
    before accumulate leaf [2]
    after accumulate leaf [2]
    >>> x.grad
    tensor([20., 40.])
    """
    return Stepper(lambda: backward(loss, gradient, retain_graph, create_graph, inputs), nested=nested)
