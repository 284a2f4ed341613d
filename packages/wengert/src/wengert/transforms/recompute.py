"""Saved tensors that are computed again instead of being kept (rules S7).

While a checkpointed function runs, each tensor that an operator wants to save is replaced by a `Placeholder`, and the `Frame`
of the call notes in which order that happened. The first placeholder that a backward unpacks makes the frame run the function
again: the n-th tensor that is saved in this `Run` is the one that the n-th placeholder stands for. A backward has one run of
each frame, in which every placeholder can be unpacked once; the next backward has another.

Who owns what decides when memory is free again. A node owns its placeholders, a run holds values only for placeholders that are
alive, and runs belong to the backward, which knows frames only weakly: what the frame of a released node held goes at once.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, MutableMapping
from contextvars import ContextVar
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import optree

from ..arrays.adapter import DIRECT, NUMBERS
from ..autograd.contexts import enable_grad, inference_mode
from ..autograd.modes import current
from ..autograd.node import Node
from ..autograd.saved import Version, keep, restore
from ..autograd.saved_hooks import saved_tensors_hooks
from ..autograd.tensor import Tensor, wrap
from ..errors import CheckpointError, ModeError, StopRecomputation, VersionError
from ..op import Operator
from ..op_modes import intercepted

if TYPE_CHECKING:
    from ..errors import WengertError
    from ..op_inplace import InPlace

__all__ = ["Frame", "GraphExecGroup", "Run", "SavedArguments", "placeholders"]

ADVICE = "Pass debug=True to checkpoint() to see which operators ran in the forward and which in the recomputation."


class Placeholder:
    """What a node keeps in the place of a tensor that will be computed again."""

    __slots__ = ("__weakref__",)


class Noted(NamedTuple):
    """What the forward leaves behind of one saved tensor.

    Attributes
    ----------
    placeholder : weak reference to Placeholder
        Dead when the node that saved the tensor has been released.
    facts : object
        What the recomputed tensor must have in common with it.
    counter, version
        Its version counter and where that stood. The recomputed tensor has another, unless it is a tensor from outside of the
        function, which then must not have been written to in between.
    """

    placeholder: weakref.ref[Placeholder]
    facts: Any
    counter: Version
    version: int


class SavedArguments(Node):
    """The arguments of a checkpointed call, with the tensors among them saved as an operator saves its operands.

    So they are version-checked, and packed by the hooks in force around the checkpoint. A node that stands in no graph.
    """

    __slots__ = ("leaves", "structure")
    _label = "checkpoint"

    def __init__(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self._hooks = self._info = None
        leaves: list[Any]
        leaves, self.structure = optree.tree_flatten((args, kwargs))  # type: ignore[arg-type]
        self._saved = tuple(keep(leaf) if isinstance(leaf, Tensor) else None for leaf in leaves)
        self.leaves = [None if isinstance(leaf, Tensor) else leaf for leaf in leaves]

    def unpack(self) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """The arguments, with every tensor in its place in the graph."""
        assert self._saved is not None
        restored = [
            leaf if entry is None else restore(entry, self) for entry, leaf in zip(self._saved, self.leaves, strict=True)
        ]
        return optree.tree_unflatten(self.structure, restored)  # type: ignore[return-value]


class Run:
    """One recomputation.

    Attributes
    ----------
    count : int
        How many tensors have been saved in it.
    values : weak dictionary
        From placeholder to the tensor and its version when it was saved, until it is unpacked.
    overlong : bool
        Whether it saved more than the forward had when it began, because that had not ended yet.
    """

    __slots__ = ("count", "overlong", "values")

    def __init__(self) -> None:
        self.count = 0
        self.values: MutableMapping[Placeholder, tuple[Tensor, int]] = weakref.WeakKeyDictionary()
        self.overlong = False

    def take(self, placeholder: Placeholder) -> Tensor:
        """The value of a placeholder, which this run then forgets."""
        tensor, version = self.values.pop(placeholder, (None, 0))
        if tensor is None:
            if _GROUP.get() is not None:
                raise CheckpointError(
                    "Performing two backward calls that overlap, which need the same saved tensor of a checkpointed function, is "
                    "not allowed inside one GraphExecGroup: each is recomputed for one use"
                )
            raise CheckpointError(
                "Unpack is being triggered for a tensor that was already unpacked once in this backward: a saved tensor of a "
                "checkpointed function is recomputed for one use. Read ctx.saved_tensors once"
            )
        if tensor._version != version:
            raise VersionError(
                f"a {tensor.dtype} tensor of shape {tensor.shape} that a checkpointed function needs for its gradient has been "
                f"modified by an inplace operation while it was recomputed: it is at version {tensor._version}, expected version "
                f"{version}. Write to a clone() of it"
            )
        return tensor


class Frame:
    """One call of a checkpointed function.

    Parameters
    ----------
    rerun : callable
        Runs the function again with the arguments, of which it is given the tuple and the dictionary.
    arguments : SavedArguments
        Those of the call.
    early_stop : bool
        Whether a run ends as soon as the last tensor was saved.
    facts : callable
        ``facts(tensor)`` is what a tensor and its recomputed value must have in common.
    explain : callable, optional
        ``explain(error)`` is the error to be raised instead of a `CheckpointError`.
    """

    def __init__(
        self,
        rerun: Callable[[tuple[Any, ...], dict[str, Any]], None],
        arguments: SavedArguments,
        early_stop: bool,
        facts: Callable[[Tensor], Any],
        explain: Callable[[CheckpointError], WengertError] | None = None,
    ) -> None:
        self.rerun, self.arguments, self.early_stop, self.facts, self.explain = rerun, arguments, early_stop, facts, explain
        self.noted: list[Noted] = []
        self.forward_is_over = False

    # -- forward -----------------------------------------------------------------------------------------------------
    def note(self, tensor: Tensor) -> Placeholder:
        """Take note of a tensor that the forward saves, and give what stands for it."""
        placeholder, counter = Placeholder(), tensor._counter()
        self.noted.append(Noted(weakref.ref(placeholder), self.facts(tensor), counter, counter.value))
        return placeholder

    # -- backward ----------------------------------------------------------------------------------------------------
    def recomputed(self, placeholder: Placeholder) -> Tensor:
        """The value of a placeholder, from the run of this frame that belongs to the present backward."""
        try:
            runs = _runs_in_force()
            run = runs.get(self)
            if run is None:
                run = runs[self] = self._recompute()
            return run.take(placeholder)
        except CheckpointError as error:
            if self.explain is None:
                raise
            raise self.explain(error) from error

    def _recompute(self) -> Run:
        run = Run()
        args, kwargs = self.arguments.unpack()
        hooks = saved_tensors_hooks(partial(self._catch, run), _same)
        try:
            with hooks, inference_mode(False), enable_grad(), intercepted(Foresight(self, run, hooks)):
                self.rerun(args, kwargs)
        except StopRecomputation as stop:
            if stop.args[0] is not run:  # that of a function around this one
                raise
        self._check(run)
        return run

    def _catch(self, run: Run, tensor: Tensor) -> Tensor:
        """The pack hook of a recomputation: what is saved now is what the forward saved at this place."""
        number, expected = run.count, len(self.noted)
        if tensor.requires_grad:
            tensor = tensor.detach()  # it belongs where the original is in the graph, not where it was recomputed
        if number == expected:
            if self.early_stop:  # the function has caught the signal that it got, and goes on
                raise StopRecomputation(run)
            if self.forward_is_over:
                raise self._error(
                    f"trying to save more tensors during recomputation of a checkpointed function than the {expected} of "
                    "its forward."
                )
            run.overlong = True  # a backward inside of the function, which now comes to run that backward again
            return tensor
        noted, counter = self.noted[number], tensor._counter()
        run.count += 1
        if noted.counter is counter and noted.version != counter.value:
            raise VersionError(
                f"a {tensor.dtype} tensor of shape {tensor.shape} that a checkpointed function uses but was not given as an "
                f"argument has been modified by an inplace operation since its forward: it is at version {counter.value}, "
                f"expected version {noted.version}. Write to a clone() of it, or after the backward"
            )
        placeholder = noted.placeholder()
        if placeholder is not None:
            run.values[placeholder] = tensor, counter.value
        if self.early_stop and run.count == expected:
            raise StopRecomputation(run)
        return tensor

    def _check(self, run: Run) -> None:
        """Raise if the recomputation saved fewer tensors than the forward, or others."""
        if run.overlong:
            return
        if run.count != len(self.noted):
            raise self._error(
                "A different number of tensors was saved in the recomputation of a checkpointed function than in its forward: "
                f"{run.count}, not {len(self.noted)}."
            )
        different = [
            f"number {number}: {noted.facts}, recomputed {facts}"
            for number, noted in enumerate(self.noted)
            if (placeholder := noted.placeholder()) is not None
            and (facts := self.facts(run.values[placeholder][0])) != noted.facts
        ]
        if different:
            raise self._error(
                "Recomputed values for the following tensors have different metadata than those that the forward of a "
                "checkpointed function saved:\n"
                + "\n".join(different)
                + "\n"
            )

    def _error(self, text: str) -> CheckpointError:
        return CheckpointError(text if self.explain is not None else f"{text} {ADVICE}")


class Foresight:
    """Ends a recomputation before an operator that saves what it is called with, if nothing else is wanted any more.

    Its result would be of no use: a function that ends in a product of matrices is recomputed without it. An interceptor.
    """

    def __init__(self, frame: Frame, run: Run, hooks: saved_tensors_hooks) -> None:
        self.frame, self.run, self.hooks = frame, run, hooks

    def call(self, op: Operator | InPlace, arguments: dict[str, Any]) -> Any:
        """Save the operands now, if these are the last that are wanted."""
        wanted = len(self.frame.noted) - self.run.count
        if self.frame.early_stop and wanted > 0 and type(op) is Operator and wanted <= len(op.saves):
            modes = current()
            if modes.grad and modes.saved_hooks[-1] is self.hooks:  # else somebody inside of the function saves
                saved = saved_operands(op, arguments)
                if saved is not None and len(saved) >= wanted:
                    for tensor in saved:
                        keep(tensor)
        return NotImplemented


def saved_operands(op: Operator, arguments: dict[str, Any]) -> list[Tensor] | None:
    """What a call that is recorded saves, in this order; None where more than the operands would have to be known for that."""
    if op.sequence or op.outputs != 1 or "dtype" in op.statics or any(name not in op.operands for name in op.saves):
        return None
    operands = [arguments[name] for name in op.operands]
    if not all(type(o) in DIRECT or type(o) in NUMBERS or (isinstance(o, Tensor) and type(o._array) in DIRECT) for o in operands):
        return None
    traced = [o for o in op.rules if isinstance(arguments[o], Tensor) and arguments[o].requires_grad]
    family = next((o._family for o in operands if isinstance(o, Tensor)), Tensor)
    saved = []
    for name in op.saves:
        value = arguments[name]
        if any(name in op.needs[o] for o in traced):
            if isinstance(value, Tensor):
                saved.append(value)
            elif type(value) in DIRECT and value.ndim:
                saved.append(wrap(value, cls=family))
    return saved


class placeholders(saved_tensors_hooks):
    """Within this context saved tensors are replaced by placeholders of a frame."""

    watched = False  # a write to the original cannot harm the value that is computed anew

    def __init__(self, frame: Frame) -> None:
        super().__init__(frame.note, frame.recomputed)


def _same(tensor: Tensor) -> Tensor:
    return tensor


# -- whose runs ----------------------------------------------------------------------------------------------------------
_GROUP: ContextVar[GraphExecGroup | None] = ContextVar("wengert.checkpoint.group", default=None)


class GraphExecGroup:
    """Let several backward passes share one recomputation of each checkpointed call.

    Notes
    -----
    The backward passes must not need the same saved tensor, even with ``retain_graph=True``: each is recomputed for one use.
    A reentrant checkpoint takes no notice of the group.

    Raises
    ------
    ModeError
        When entered inside another.

    Examples
    --------
    >>> import wengert as wg
    >>> from wengert.utils.checkpoint import GraphExecGroup
    >>> def both(x):
    ...     print("running")
    ...     return wg.sin(x), wg.cos(x)
    >>> x = wg.tensor(0.0, requires_grad=True)
    >>> s, c = wg.checkpoint(both, x, use_reentrant=False)
    running
    >>> with GraphExecGroup():
    ...     s.backward()
    ...     c.backward()
    running
    """

    def __init__(self) -> None:
        self.runs: MutableMapping[Frame, Run] = weakref.WeakKeyDictionary()

    def __enter__(self) -> Self:
        if _GROUP.get() is not None:
            raise ModeError("GraphExecGroup: contexts of this kind cannot be nested; leave the one in force first")
        _GROUP.set(self)
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        _GROUP.set(None)


def _runs_in_force() -> MutableMapping[Frame, Run]:
    """The runs of the group or of the backward that is being executed; outside of both, of this one access."""
    group = _GROUP.get()
    if group is not None:
        return group.runs
    task = current().task
    if task is None:
        return {}
    runs: MutableMapping[Frame, Run] | None = task.multi.get(Run)  # where multi-grad hooks too keep what is of one run only
    if runs is None:
        runs = task.multi[Run] = weakref.WeakKeyDictionary()
    return runs
