"""Tracing of a whole function: forward, backward, hooks, updates.

The function runs once, over traced arrays. Tensors from outside, arguments and those that it closes over alike, have a traced
array for theirs while it runs, so that they are the same objects with the same hooks and gradients; afterwards they get their
arrays back, with the values that the function has computed for them. Other threads see their real arrays all the time
(`wengert.compiled.shadow`).

Hooks are called with real arrays, unless they are pure. Before that, and before anything else that is run as it is, every tensor
from outside gets its real array for as long as that takes (`wengert.compiled.function_outside`); afterwards it is a new variable,
as what was called may have written to it.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from ..arrays.adapter import DIRECT, adapter_of
from ..arrays.sizes import plain
from ..autograd.engine import GraphTask
from ..autograd.handles import RemovableHandle
from ..autograd.hooks import Hooks
from ..autograd.modes import current
from ..autograd.node import AccumulateGrad
from ..autograd.origins import caller_origin
from ..autograd.tensor import Tensor
from ..autograd.views import View
from ..errors import CompileError, TraceError
from ..op import Operator
from ..ops.random import Draw
from .function_effects import RunTemplate
from .function_hooks import TraceInterpreter
from .function_outside import Lifted, OutsideRecorder, shares_memory
from .function_steps import (
    AddHook,
    BeginTask,
    NewGroups,
    Numbers,
    OpaqueStep,
    Outside,
    QueueCallback,
    RemoveHook,
    RunHooks,
)
from .hook_kinds import KINDS, Kinds, hooks_on
from .ir import Equation, LibraryFunction, Place, Variable, draws_numbers, mapped
from .module_calls import call_module_hooks, module_kinds
from .node_hooks import PureHooks
from .packed import ObjectVariable
from .sizes import SizeLog
from .standing import reached
from .trace import LIBRARIES, TracedArray, escaped, has_sizes, has_traced

__all__ = ["FunctionRecorder", "Lifted"]

#: Operators the shape of whose results depends on values.
VALUE_SHAPED = frozenset(("nonzero", "unique_all", "unique_counts", "unique_inverse", "unique_values"))


def any_requires_grad(values: Iterable[Any]) -> bool:
    """Whether a write with these operands is recorded."""
    return current().grad and any(isinstance(value, Tensor) and value.requires_grad for value in values)


def masked(key: Any) -> bool:
    """Whether an index holds a traced array of booleans."""
    if isinstance(key, TracedArray):
        return adapter_of(key).kind(key.dtype) == "b"
    return type(key) in (tuple, list) and any(map(masked, key))


class FunctionRecorder(OutsideRecorder):
    """Writes down a function.

    Attributes
    ----------
    takes_optimizers : bool
        Whether an optimizer's update is traced; else it is called as it is.
    """

    takes_optimizers = folds = True

    def __init__(self, before: Sequence[tuple[int, ...]] | None = None) -> None:
        super().__init__()
        if before is not None:
            self.sizes = SizeLog(self, before)
        self.tapes: Any = None  # what has been written down, with symbols for sizes and without
        self.pure: dict[int, PureHooks] = {}  # the hooks that stand in the program as they are
        self.conditions: list[Callable[[], bool]] = []  # of which all must hold for the program to be right
        self.aliases: list[tuple[weakref.ref[Tensor], weakref.ref[Tensor]]] = []
        self.views: list[tuple[weakref.ref[Tensor], weakref.ref[Tensor]]] = []  # and what they are of
        self.expanded: list[weakref.ref[Tensor]] = []  # several elements of which are one place in memory
        self.interpreter = TraceInterpreter(self)
        self.noted: dict[int, tuple[Any, Tensor]] = {}  # what hooks of this package have packed, and of what
        self.lines: dict[int, Any] = {}  # from the number of a node to the line of the function that made it
        self.handles: dict[int, tuple[RemovableHandle, ObjectVariable]] = {}  # of hooks that the function registers on others
        self.thread = threading.get_ident()
        self.tasks: dict[int, tuple[GraphTask, int, RunTemplate]] = {}  # the backward passes in which others are called
        self.groups: ObjectVariable | None = None  # the multi-grad hooks that the function registers
        self.modules: dict[int, tuple[Any, tuple[bool, ...], Any]] = {}  # those called, their hooks and mode
        self.lacking: set[tuple[int, str]] = set()  # tensors from outside, and kinds of hooks that some backward did not call
        self.passed: set[int] = set()  # the numbers of those that backward passes have come to
        self.outer = current().saved_hooks[-1] if current().saved_hooks else None

    # -- tensors from outside
    def create(self, name: str, function: Callable[..., Any], args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        """What a creation function makes: a traced array, if sizes have a part in it."""
        if not has_sizes([args, options]):
            return function(*args, **options)
        return self.created(LibraryFunction(name, function), args, options)

    def fresh(self, traced: TracedArray) -> TracedArray:
        """`traced`, or a copy that each run makes where it is a constant: for results, which are the caller's to write to."""
        variable = traced.variable
        if isinstance(variable, Variable) and not (self.sizes is not None and variable in self.sizes.created):
            return traced
        adapter = adapter_of(traced.value)
        copy = self.variable(adapter.copy(traced.value))
        arguments = {"args": (traced.variable,), "kwargs": {}}
        self.steps.append(Equation(LibraryFunction("copy", adapter.copy), arguments, (copy.variable,), True))
        return copy


    def call(self, op: Any, arguments: dict[str, Any]) -> Any:
        """As of every recorder, but every tensor that operators meet is an input."""
        for value in arguments.values():
            self._meet(value)
        if not isinstance(op, Operator):
            self._check_write(next(v for v in arguments.values() if isinstance(v, Tensor)), arguments)
        elif draws_numbers(op) and not any(isinstance(v, Tensor) for v in arguments.values()):  # of raw arrays, traced or not
            result = self.record(op, arguments)
            return result[0] if op.aux else result
        result = super().call(op, arguments)
        if result is NotImplemented:
            return result
        self._note_line(result)
        if not isinstance(op, Operator) or not op.view:
            return result
        if isinstance(result, Tensor) and isinstance(result._array, TracedArray):
            value = result._array.value
            if adapter_of(value).overlaps(value):
                self.expanded.append(weakref.ref(result))
        if op.is_cut(tuple([arguments[s] for s in op.statics])):
            source = arguments[op.operands[0]]
            for view in result if isinstance(result, tuple) else (result,):
                if isinstance(view, Tensor) and isinstance(source, Tensor):
                    self.views.append((weakref.ref(view), weakref.ref(source)))
        return result

    def _note_line(self, result: Any) -> None:
        """Note at which line the node was made that `result` is of."""
        first = result[0] if isinstance(result, tuple) and result else result
        node = first._node if isinstance(first, Tensor) else None
        if node is not None and not node._is_leaf:
            self.lines[node._sequence] = caller_origin()

    def make(self, tensor: Tensor) -> None:
        """Let a tensor that the function has just made be made in each run: the function may write to it."""
        if not self.active or threading.get_ident() != self.thread:
            return
        if type(tensor._array) in DIRECT:
            tensor._array = self.constant(tensor._array)
        if isinstance(tensor._array, TracedArray):
            if tensor.requires_grad:  # a leaf of a graph: it has a name in the program
                tensor._array = self.fresh(tensor._array)
            self.made.append(weakref.ref(tensor))

    def note_alias(self, alias: Tensor, source: Tensor) -> None:
        """Note that `alias` is on the memory of `source`, which traced arrays have not."""
        self.aliases.append((weakref.ref(alias), weakref.ref(source)))

    def _check_write(self, target: Tensor, arguments: dict[str, Any]) -> None:
        """Refuse a write that others on the same memory would have to see, or other elements of the target itself."""
        if any(expanded() is target for expanded in self.expanded):
            raise CompileError(
                f"a write in place to a tensor of shape {target.shape}, more than one element of which refers to a single memory "
                "location, in a compiled function; write to a clone() of it"
            )
        if self._is_shared(target) or (self._is_outer_view(target) and any_requires_grad(arguments.values())):
            raise self._shared(target)

    def _is_outer_view(self, target: Tensor) -> bool:
        """Whether it is a view, from outside, of a tensor that the function has not met."""
        extra = target._extra
        return isinstance(extra, View) and type(extra.base._array) in DIRECT

    def _is_shared(self, target: Tensor) -> bool:
        """Whether others are on the memory of `target`. Who writes to a view is told so, or served, by the operator."""
        others = [pair for one, two in self.aliases for pair in ((one, two), (two, one))]
        if any(written() is target and other() is not None for other, written in (*others, *self.views)):
            return True
        known = self.known.get(id(target))
        return known is not None and any(other is not known and shares_memory(known, other) for other in self.known.values())

    def alone(self, tensors: list[Tensor]) -> bool:
        """Whether `tensors`, which are from outside, can be written to without anybody else having to see it."""
        for tensor in tensors:
            self.adopt(tensor)
        return not any(map(self._is_shared, tensors))

    def ask(self, name: str, function: Callable[[], Sequence[float]], like: Tensor) -> list[TracedArray]:
        """The numbers that ``function()`` gives, here and in each run, to compute with arrays such as that of `like`.

        It is called after the last effect so far: an earlier one may have changed what it tells.
        """
        array = self.adopt(like)._array
        made = [self.number(value, array) for value in function()]
        place = len(self.steps)
        while place and isinstance(self.steps[place - 1], Equation):
            place -= 1
        self.steps.insert(place, Numbers(name, function, tuple([traced.variable for traced in made])))
        return made


    def _meet(self, value: Any) -> None:
        if type(value) in (list, tuple):
            for item in value:
                self._meet(item)
        elif isinstance(value, Tensor) and not isinstance(value._array, TracedArray):
            self.adopt(value)

    def draw(self, draw: Draw) -> Any:
        """The traced array of random numbers that are drawn in each run."""
        value = draw.renewed(lambda tree: mapped(tree, plain))()
        return self._write(LibraryFunction(f"random.{draw.name}", draw), {"args": (), "kwargs": {}}, value)


    def record(self, op: Operator, arguments: dict[str, Any]) -> Any:
        """As of every recorder, where the shape of the result is known before the values are."""
        if op.name in VALUE_SHAPED or (op.name == "repeat" and has_traced(arguments["repeats"])) or masked(arguments.get("key")):
            raise TraceError(
                f"{op.name}: the shape of its result depends on the values of a traced array (at {caller_origin(LIBRARIES)}), "
                "and differs from run to run; use where() instead of a mask, or do it outside of the compiled function"
            )
        return super().record(op, arguments)

    def _write(self, op: Any, arguments: dict[str, Any], result: Any) -> Any:
        """As of every recorder, with the line that called the operator, or the one whose derivative this is."""
        if not self.active:
            raise escaped(op.name)
        if threading.get_ident() != self.thread:
            self.failure = CompileError(
                f"{op.name} in a thread that a compiled function has started (at {caller_origin(LIBRARIES)}): a program runs in "
                "one; compute in the function itself, or start threads in a hook"
            )
            raise self.failure
        node = self.interpreter.node
        origin = None if node is None else self.lines.get(node._sequence)
        self.place = Place.at(caller_origin() if origin is None else origin, "" if node is None else node.name())
        return super()._write(op, arguments, result)

    # -- what is run as it is


    def outside(self, name: str, function: Callable[..., Any], changed: list[Tensor], argument: Tensor | None = None) -> Any:
        """Call `function` with real arrays, here and in every run; it may change the tensors `changed` and their gradients."""
        for tensor in changed:
            self.adopt(tensor)
        number = None if argument is None else self.known[id(argument)].number
        step = Outside(name, function, number, None)
        step.tensors = tuple(self.known[id(tensor)].number for tensor in changed)
        return self.called(step, function if argument is None else lambda: function(argument), reached(function))

    def called(self, step: OpaqueStep, function: Callable[[], Any], held: Iterable[Tensor] = ()) -> Any:
        """Do what `step` will do in each run."""
        self.flush()
        result, step.again, step.stands = self.real_call(function, held)
        self.steps.append(step)
        return result

    # -- what hooks are registered on
    def added(self, hooks: Hooks, handle: RemovableHandle, fn: Callable[..., Any]) -> None:
        """The function registers a hook: on what comes from outside it does so in each run."""
        owner: Any = None if hooks.target is None else hooks.target()
        member = getattr(fn, "member", None)
        if member is not None:
            self._note_group(member[0])
        if isinstance(owner, Tensor):
            if id(owner) not in self.known and type(owner._array) not in DIRECT:
                return
            number = self.known[id(self.adopt(owner))].number
            step = AddHook(number, hooks, handle, fn, ObjectVariable("handle"))
            step.stands = tuple([stand[:2] for stand in self._stands(reached(fn))])  # the gradient is another by then
            step.groups = None if member is None else self.groups
            self.steps.append(step)
            self.handles[id(handle)] = handle, step.handle
        elif hooks.kind.startswith("module"):
            raise CompileError(
                f"a {hooks.kind} is registered inside of the compiled function (at {caller_origin()}), and would be so in its "
                "first run only; register it before"
            )

    def note_pure(self, hooks: Hooks) -> None:
        """Note that `hooks` stand in the program as they are, besides those that the function registers itself."""
        if id(hooks) not in self.pure:
            own = {handle.id for handle, _ in self.handles.values()}
            owners = [known.number for known in self.known.values() if hooks_on(known.tensor, hooks.kind) is hooks]
            self.pure[id(hooks)] = PureHooks(hooks, own, owners[0] if owners else None)

    # -- modules
    def module_called(self, module: Any, others: Any) -> None:
        """Note that a module is called: the program is for its mode, and the kinds of hooks that it and all (`others`) have."""
        for owner in (others, module):
            kinds, training = (others, None) if owner is others else (module._hooks, module.training)
            self.modules.setdefault(id(owner), (owner, module_kinds(kinds), training))

    def module_hooks(self, group: Hooks, call: Any) -> None:
        """Call the forward hooks of a module with real arrays."""
        call_module_hooks(self, group, call)

    def kinds(self, known: Lifted) -> Kinds:
        """Of which kinds the hooks of a tensor may be in other runs: where a backward comes to it, of those that it calls."""
        allowed = [known.number not in self.passed or (known.number, kind) not in self.lacking for kind in KINDS]
        return tuple(allowed)  # type: ignore[return-value]

    def _note_group(self, group: Any) -> None:
        """Note that the function registers a multi-grad hook: each run has its own."""
        if self.groups is None:
            self.groups = ObjectVariable("groups")
            self.values[self.groups] = {}
            self.steps.append(NewGroups(self.groups))
        self.values[self.groups][group] = group


    def removed(self, handle: RemovableHandle) -> None:
        """The function removes a hook, which it has registered, in each run."""
        known = self.handles.get(id(handle))
        if known is not None:
            self.steps.append(RemoveHook(known[1]))

    # -- backward passes
    def begin(self, task: GraphTask) -> tuple[int, RunTemplate]:
        """The number of a backward in which somebody else's code is called."""
        known = self.tasks.get(id(task))
        if known is not None:
            return known[1:]
        template = RunTemplate(task.grad_mode)
        for node in task.reached if task.active is None else task.active:
            if not isinstance(node, AccumulateGrad):
                template.nodes.add(node)
            elif id(node.variable) in self.known:
                template.leaves.add(self.known[id(node.variable)].number)
        self.tasks[id(task)] = task, len(self.tasks), template
        number = len(self.tasks) - 1
        self.steps.append(BeginTask(number, template, self.groups))
        return number, template

    def passed_through(self, task: GraphTask) -> None:
        """Note to which tensors from outside a backward has come, and of which kinds of hooks it has called none."""
        called = self._called(self.tasks[id(task)][1] if id(task) in self.tasks else None)
        for known in self.known.values():
            if known.tensor.requires_grad:
                node = known.tensor._place()[0]
                if node is not None and task.will_run(node):
                    self.passed.add(known.number)
                    pairs = zip(known.kinds, KINDS, strict=True)
                    self.lacking.update(
                        (known.number, kind) for had, kind in pairs if not had and (known.number, kind) not in called
                    )

    def _called(self, task: int | None) -> set[tuple[int, str]]:
        """The numbers of tensors from outside, and the kinds of their hooks, that a backward has called."""
        called: set[tuple[int, str]] = set()
        for one in self.pure.values():
            target = None if one.hooks.target is None else self.known.get(id(one.hooks.target()))
            if target is not None:
                called.add((target.number, one.hooks.kind))
        for step in self.steps:
            if isinstance(step, RunHooks) and type(step.owner) is int and step.task == task:
                called.add((step.owner, step.hooks.kind))
            elif isinstance(step, Outside) and step.function is None and step.argument is not None and step.task == task:
                called.add((step.argument, KINDS[1]))
        return called

    def queued(self, task: GraphTask, callback: Callable[[], Any], always: bool) -> None:
        """The function queues a callback in each run."""
        self.steps.append(QueueCallback(self.begin(task)[0], callback, always))


    # -- the end

    def close(self) -> None:
        """Let go of what is not needed once the function has been traced."""
        self.closed, self.active = True, False
        self.empty()
        self.handles, self.tasks, self.values = {}, {}, {}

    def forget(self) -> None:
        """Let go of the arrays of this run, to which what was traced refers in cycles."""
        self.surroundings = None
        self.values.clear()
        self.known.clear()
        self.numbers.clear()
        self.steps.clear()


