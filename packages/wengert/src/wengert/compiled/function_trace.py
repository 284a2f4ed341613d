"""Tracing of a whole function: forward, backward, hooks, updates.

The function runs once, over traced arrays. Tensors from outside, arguments and those that it closes over alike, have a traced
array for theirs while it runs, so that they are the same objects with the same hooks and gradients; afterwards they get their
arrays back, with the values that the function has computed for them. Other threads see their real arrays all the time
(`wengert.compiled.shadow`).

Hooks are called with real arrays, unless they are pure. Before that, and before anything else that is run as it is, every tensor
from outside gets its real array for as long as that takes (`FunctionRecorder.real_call`); afterwards it is a new variable, as what
was called may have written to it.
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
from ..autograd.node import AccumulateGrad, next_sequence
from ..autograd.origins import caller_origin
from ..autograd.tensor import Tensor, wrap
from ..errors import CompileError, TraceError
from ..op import OPERATORS, Operator
from ..ops.random import Draw
from .entry import KINDS, Kinds, hooks_of
from .function_effects import RunTemplate, reached, write
from .function_hooks import TraceInterpreter
from .function_steps import (
    Accumulate,
    AddHook,
    Again,
    BeginTask,
    NewGroups,
    Numbers,
    OpaqueStep,
    Outside,
    QueueCallback,
    Read,
    RemoveHook,
    RunHooks,
    SetGrad,
    Stand,
    Write,
    WriteGrad,
)
from .ir import Equation, LibraryFunction, Place, Variable, draws_numbers, mapped
from .module_calls import call_module_hooks, module_kinds
from .packed import ObjectVariable
from .shadow import Shadow, lift_shade, real_array, real_grad, set_real_array, set_real_grad, shade
from .sizes import SizeLog
from .trace import LIBRARIES, Recorder, TracedArray, escaped, has_sizes, has_traced, variable_of

__all__ = ["FunctionRecorder", "Lifted"]

#: Operators the shape of whose results depends on values.
VALUE_SHAPED = frozenset(("nonzero", "unique_all", "unique_counts", "unique_inverse", "unique_values"))


def masked(key: Any) -> bool:
    """Whether an index holds a traced array of booleans."""
    if isinstance(key, TracedArray):
        return adapter_of(key).kind(key.dtype) == "b"
    return type(key) in (tuple, list) and any(map(masked, key))


class Lifted:
    """A tensor from outside.

    Attributes
    ----------
    tensor : Tensor
    number : int
    argument : int or None
        Which leaf of the arguments it is; None for one that the function closes over.
    original, grad, node
        What it had of them before.
    array : array
        Its real one.
    first, last : TracedArray
        What it is in the program at first, and since it was written to in memory.
    last_grad, last_array : Tensor, TracedArray or None
        The same of its gradient.
    reads_grad : bool
        Whether it matters to the program what gradient it has at first; not once it has been `assigned`.
    merged : Tensor or None
        What its gradient is while it has been added to one that may have been there at first.
    """

    __slots__ = (
        "argument", "array", "assigned", "first", "grad", "last", "last_array", "last_grad", "merged", "node", "number", "original",
        "reads_grad", "tensor",
    )  # fmt: skip

    def __init__(self, tensor: Tensor, number: int, argument: int | None, first: TracedArray) -> None:
        self.tensor, self.number, self.argument = tensor, number, argument
        self.original = self.array = tensor._array
        self.grad = self.last_grad = tensor._grad
        self.last_array = None if tensor._grad is None else tensor._grad._array
        self.node = tensor._node, tensor._nr
        self.first = self.last = first
        self.merged: Tensor | None = None
        self.reads_grad = self.assigned = False


class FunctionRecorder(Recorder):
    """Writes down a function.

    Attributes
    ----------
    known : dict
        From the id of a tensor from outside to what is known of it.
    writes : bool
        Whether somebody else's code is called, and what it is to see written before.
    shadows : dict
        From the id of a tensor to what it is in this thread: of those from outside, and of gradients that others have seen.
    takes_optimizers : bool
        Whether an optimizer's update is traced; else it is called as it is.
    """

    writes = takes_optimizers = folds = True

    def __init__(self, before: Sequence[tuple[int, ...]] | None = None) -> None:
        super().__init__()
        if before is not None:
            self.sizes = SizeLog(self, before)
        self.tapes: Any = None  # what has been written down, with symbols for sizes and without
        self.known: dict[int, Lifted] = {}
        self.shadows: dict[int, Shadow] = {}
        self.numbers: list[Tensor] = []  # the tensors from outside by number
        self.pure: dict[int, tuple[Hooks, dict[int, Any]]] = {}  # the hooks that stand in the program as they are
        self.conditions: list[Callable[[], bool]] = []  # of which all must hold for the program to be right
        self.undo: list[Callable[[], None]] = []  # what to do if the function raises
        self.aliases: list[tuple[weakref.ref[Tensor], weakref.ref[Tensor]]] = []
        self.views: list[tuple[weakref.ref[Tensor], weakref.ref[Tensor]]] = []  # and what they are of
        self.expanded: list[weakref.ref[Tensor]] = []  # several elements of which are one place in memory
        self.values: dict[Variable, Any] = {}  # of all variables in this run
        self.first_node = next_sequence()  # older nodes are from outside
        self.interpreter = TraceInterpreter(self)
        self.noted: dict[int, tuple[Any, Tensor]] = {}  # what hooks of this package have packed, and of what
        self.lines: dict[int, Any] = {}  # from the number of a node to the line of the function that made it
        self.handles: dict[int, tuple[RemovableHandle, ObjectVariable]] = {}  # of hooks that the function registers on others
        self.has_graph = False  # whether results of the function require grad
        self.outlived: list[weakref.ref[Tensor]] = []  # those of them that were there when it had ended
        self.made: list[weakref.ref[Tensor]] = []  # the tensors that the function makes
        self.failure: BaseException | None = None  # what has left a hook
        self.thread = threading.get_ident()
        self.tasks: dict[int, tuple[GraphTask, int, RunTemplate]] = {}  # the backward passes in which others are called
        self.groups: ObjectVariable | None = None  # the multi-grad hooks that the function registers
        self.modules: dict[int, tuple[Any, tuple[bool, ...]]] = {}  # those that are called, and of which kinds they have hooks
        self.passed: set[int] = set()  # the numbers of those that backward passes have come to
        self.others_called = 0  # how often others have been
        self.outer = current().saved_hooks[-1] if current().saved_hooks else None
        self.active = True  # whether operators on traced arrays are written down
        self.closed = False  # once the function has been traced

    def _named(self, value: Any) -> TracedArray:
        """As of every recorder; the value is kept until the function has been traced."""
        traced = super()._named(value)
        self.values[traced.variable] = value
        return traced

    def number(self, value: complex, like: TracedArray) -> TracedArray:
        """As of every recorder; the value is kept as those of arrays are."""
        traced = super().number(value, like)
        self.values[traced.variable] = value
        return traced

    def number_of(self, function: LibraryFunction, args: tuple[Any, ...]) -> TracedArray:
        """The same."""
        traced = super().number_of(function, args)
        self.values[traced.variable] = traced.value
        return traced

    # -- tensors from outside
    def adopt(self, tensor: Tensor, argument: int | None = None) -> Tensor:
        """Let `tensor` be over a traced array for the time being."""
        if id(tensor) in self.known or type(tensor._array) not in DIRECT:  # traced, or batched over what is
            return tensor
        if self.closed:
            raise TraceError("a derivative reads a tensor that the function did not meet when it was traced")
        first = self.variable(tensor._array)
        known = self.known[id(tensor)] = Lifted(tensor, len(self.numbers), argument, first)
        for other in self.known.values():
            if other is not known and self.shadows[id(other.tensor)].array is not other.first and _shares(known, other):
                if not self.others_called:  # else all of them are read again
                    raise self._shared(tensor)
        if self.others_called and argument is None:
            self.steps.append(Read(known.number, first.variable))
        self.numbers.append(tensor)
        self._shaded(tensor, first)
        return tensor

    def _shaded(self, tensor: Tensor, array: Any) -> Shadow:
        """Let `tensor` be over `array` in this thread, and for others over what it is over now."""
        shadow = self.shadows.get(id(tensor))
        if shadow is None:
            shadow = self.shadows[id(tensor)] = Shadow(tensor, array, tensor._grad)
            shade(tensor)
            self._size(tensor, shadow)
        else:
            shadow.array = array
        return shadow

    def _size(self, tensor: Tensor, shadow: Shadow) -> None:
        """Let the node of a leaf, too, have symbols among its sizes for the time being."""
        accumulator = None if self.sizes is None else tensor._accumulator()
        if accumulator is not None:
            accumulator._shape = shadow.array.shape

    def create(self, name: str, function: Callable[..., Any], args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        """What a creation function makes: a traced array, if sizes have a part in it."""
        if not has_sizes([args, options]):
            return function(*args, **options)
        return self.created(LibraryFunction(name, function), args, options)

    def fresh(self, traced: TracedArray) -> TracedArray:
        """`traced`, or a copy that each run makes where it is a constant: for results, which are the caller's to write to."""
        created = self.sizes is not None and traced.variable in self.sizes.created
        if isinstance(traced.variable, Variable) and not created:
            return traced
        adapter = adapter_of(traced.value)
        copy = self.variable(adapter.copy(traced.value))
        arguments = {"args": (traced.variable,), "kwargs": {}}
        self.steps.append(Equation(LibraryFunction("copy", adapter.copy), arguments, (copy.variable,), True))
        return copy

    def adopt_grad(self, tensor: Tensor) -> None:
        """Let the gradient that `tensor` has from outside, if any, be one of the program's inputs."""
        known = self.known.get(id(self.adopt(tensor)))
        if known is None or known.assigned or tensor._grad is not known.grad:
            return  # made, or taken away, by the function itself
        known.reads_grad = True
        if tensor._grad is not None:
            self.adopt(tensor._grad)

    def call(self, op: Any, arguments: dict[str, Any]) -> Any:
        """As of every recorder, but every tensor that operators meet is an input."""
        for value in arguments.values():
            self._meet(value)
        if not isinstance(op, Operator):
            self._check_write(next(v for v in arguments.values() if isinstance(v, Tensor)))
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
        if self.active and type(tensor._array) in DIRECT and threading.get_ident() == self.thread:
            tensor._array = self.record(OPERATORS["clone"], {"x": self.constant(tensor._array)})
            self.made.append(weakref.ref(tensor))

    def note_alias(self, alias: Tensor, source: Tensor) -> None:
        """Note that `alias` is on the memory of `source`, which traced arrays have not."""
        self.aliases.append((weakref.ref(alias), weakref.ref(source)))

    def _check_write(self, target: Tensor) -> None:
        """Refuse a write that others on the same memory would have to see, or other elements of the target itself."""
        if any(expanded() is target for expanded in self.expanded):
            raise CompileError(
                f"a write in place to a tensor of shape {target.shape}, more than one element of which refers to a single memory "
                "location, in a compiled function; write to a clone() of it"
            )
        if self._is_shared(target):
            raise self._shared(target)

    def _is_shared(self, target: Tensor) -> bool:
        """Whether others are on the memory of `target`. Who writes to a view is told so, or served, by the operator."""
        others = [pair for one, two in self.aliases for pair in ((one, two), (two, one))]
        if any(written() is target and other() is not None for other, written in (*others, *self.views)):
            return True
        known = self.known.get(id(target))
        return known is not None and any(other is not known and _shares(known, other) for other in self.known.values())

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

    @staticmethod
    def _shared(target: Tensor) -> CompileError:
        return CompileError(
            f"a write in place to a tensor of shape {target.shape}, on whose memory there is another tensor, a view "
            "or what detach() or .data gave: in a compiled function they share none; write to the tensor itself, in "
            "no_grad(), and take what else is needed of it with clone()"
        )

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

    def assign_grad(self, tensor: Tensor) -> None:
        """Note that the function is about to say what gradient `tensor` has, whatever it was."""
        known = self.known.get(id(self.adopt(tensor)))
        if known is not None:
            known.assigned = True

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
            raise CompileError(
                f"{op.name} in a thread that a compiled function has started (at {caller_origin(LIBRARIES)}): a program runs in one; compute in the function "
                "itself, or start threads in a hook"
            )
        node = self.interpreter.node
        origin = None if node is None else self.lines.get(node._sequence)
        self.place = Place.at(caller_origin() if origin is None else origin, "" if node is None else node.name())
        return super()._write(op, arguments, result)

    # -- what is run as it is
    def flush(self) -> None:
        """Write to the tensors from outside, in the program, what has been computed for them so far."""
        for known in self.known.values():
            tensor, grad = known.tensor, known.tensor._grad
            if tensor._array is not known.last:
                known.last = tensor._array
                self.steps.append(Write(known.number, variable_of(known.last)))
            array = None if grad is None else grad._array
            if grad is known.last_grad and (array is known.last_array or id(grad) in self.known):
                continue
            kind = WriteGrad if grad is not None and grad is known.last_grad else SetGrad
            self.steps.append(kind(known.number, variable_of(array)))
            known.last_grad, known.last_array = grad, array

    def real_call(self, function: Callable[[], Any], held: Iterable[Tensor] = ()) -> tuple[Any, list[Again], tuple[Stand, ...]]:
        """Call `function` with real arrays; what it returns, and what others than the program know of it.

        `held` are tensors that it holds: those of the function have real arrays meanwhile too.
        """
        self.flush()
        stands, before = self._lend(held)
        modes = current()
        interceptors, tracer, interpreter = modes.interceptors, modes.tracer, modes.interpreter
        modes.interceptors = tuple(i for i in interceptors if i is not self)
        modes.tracer, modes.interpreter = None, self.interpreter.inner
        modes.refresh()
        self.active = False
        self.others_called += 1
        try:
            result = self.run(function)
        except BaseException as error:
            self.failure = error
            raise
        finally:
            self.active = True
            modes.interceptors, modes.tracer, modes.interpreter = interceptors, tracer, interpreter
            modes.refresh()
            for tensor, array in before:
                tensor._array = array
            again = [self._take_back(known) for known in list(self.known.values())]
        return result, again, stands

    def run(self, function: Callable[[], Any]) -> Any:
        """Call somebody else's code, which has real arrays for now."""
        return function()

    def _lend(self, held: Iterable[Tensor]) -> tuple[tuple[Stand, ...], list[tuple[Tensor, Any]]]:
        """Give tensors real arrays: those from outside and their gradients, and of others those that are held."""
        own = {id(t): t for t in held}
        for tensor in list(own.values()):
            grad = tensor._grad
            if grad is not None and id(tensor) not in self.known and id(grad) not in self.shadows:
                own[id(grad)] = grad
        held = own.values()
        stands, before = self._stands(held), list[tuple[Tensor, Any]]()
        for tensor, what in stands:
            if not isinstance(what, int):
                before.append((tensor, tensor._array))
                tensor._array = adapter_of(tensor._array.value).normalise(tensor._array.value)
        for known in list(self.known.values()) if self.writes else ():
            known.array = _put_back(known.array, self.shadows[id(known.tensor)].array)
            set_real_array(known.tensor, known.array)
        for known in list(self.known.values()) if self.writes else ():
            self._show_grad(known)
        return stands, before

    def _show_grad(self, known: Lifted) -> None:
        """Let others see the gradient that a tensor from outside has by now, over a real array."""
        shadow = self.shadows[id(known.tensor)]
        grad = shadow.grad
        if grad is not None and grad is known.merged and known.grad is not None:
            known.grad._array = _put_back(known.grad._array, grad._array)
            grad = known.grad
        elif grad is not None and isinstance(grad._array, TracedArray) and id(grad) not in self.known:  # the function's own
            mine = self.shadows.get(id(grad))
            if mine is None:
                mine = self._shaded(grad, grad._array)
                adapter = adapter_of(known.array)
                set_real_array(grad, adapter.copy_like(adapter.normalise(mine.array.value), known.array))
            else:
                set_real_array(grad, _put_back(real_array(grad), mine.array))
        set_real_grad(known.tensor, grad)
        shadow.shown = shadow.grad

    def _take_back(self, known: Lifted) -> Again:
        """Let a tensor from outside be a new variable, after others may have written to it, and its gradient too."""
        tensor, shadow, variable = known.tensor, self.shadows[id(known.tensor)], None
        if not self.writes:
            known.last = shadow.array = self.variable(shadow.array.value)
            grad = shadow.grad
            if grad is not None and isinstance(grad._array, TracedArray) and id(grad) not in self.known:
                grad._array = self.variable(grad._array.value)
                variable = grad._array.variable
        else:
            known.array = real_array(tensor)
            known.last = shadow.array = self.variable(known.array)
            grad = real_grad(tensor)
            if grad is not None and grad is known.grad and known.merged is not None:
                grad = known.merged
                grad._array = self.variable(known.grad._array)  # type: ignore[union-attr]
                variable = grad._array.variable
            elif grad is not None and grad is not known.grad and id(grad) not in self.known:
                array = real_array(grad)
                if not isinstance(array, TracedArray):
                    variable = self._shaded(grad, self.variable(array)).array.variable
            shadow.grad = shadow.shown = grad
        known.last_grad, known.last_array = grad, None if grad is None else grad._array
        return known.number, known.last.variable, variable

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
            step = AddHook(number, hooks, handle.id, fn, ObjectVariable("handle"))
            step.stands = self._stands(reached(fn))
            step.groups = None if member is None else self.groups
            self.steps.append(step)
            self.handles[id(handle)] = handle, step.handle
        elif hooks.kind.startswith("module"):
            raise CompileError(
                f"a {hooks.kind} is registered inside of the compiled function (at {caller_origin()}), and would be so in its first "
                "run only; register it before"
            )

    def note_pure(self, hooks: Hooks) -> None:
        """Note that `hooks` stand in the program as they are, besides those that the function registers itself."""
        if id(hooks) not in self.pure:
            own = {handle.id for handle, _ in self.handles.values()}
            self.pure[id(hooks)] = hooks, {key: fn for key, fn in hooks.items() if key not in own}

    # -- modules
    def module_called(self, module: Any, others: Any) -> None:
        """Note that a module is called: the program is for hooks of the kinds that it has, and that all modules (`others`) have."""
        for owner in (others, module):
            kinds = others if owner is others else module._hooks
            self.modules.setdefault(id(owner), (owner, module_kinds(kinds)))

    def module_hooks(self, group: Hooks, call: Any) -> None:
        """Call the forward hooks of a module with real arrays."""
        call_module_hooks(self, group, call)

    def kinds(self, known: Lifted) -> Kinds:
        """Of which kinds the hooks of a tensor may be in other runs: where a backward comes to it, of those that it calls."""
        if known.number not in self.passed:
            return True, True, True, True
        called = {step.hooks.kind for step in self.steps if isinstance(step, RunHooks) and step.owner == known.number}
        if any(isinstance(step, Outside) and step.function is None and step.argument == known.number for step in self.steps):
            called.add(KINDS[1])
        has = hooks_of(known.tensor._backward)
        return tuple([one or kind in called for one, kind in zip(has, KINDS, strict=True)])  # type: ignore[return-value]

    def _note_group(self, group: Any) -> None:
        """Note that the function registers a multi-grad hook: each run has its own."""
        if self.groups is None:
            self.groups = ObjectVariable("groups")
            self.values[self.groups] = {}
            self.steps.append(NewGroups(self.groups))
        self.values[self.groups][group] = group

    def _stands(self, held: Iterable[Tensor]) -> tuple[Stand, ...]:
        """Those of `held` that others than the function cannot know: its own, and its arguments."""
        stands: list[Stand] = []
        for tensor in held:
            known = self.known.get(id(tensor))
            if known is None and isinstance(tensor._array, TracedArray):
                stands.append((tensor, variable_of(tensor._array)))
            elif known is not None and known.argument is not None:
                stands.append((tensor, known.number))
        return tuple(stands)

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
        """Note to which tensors from outside a backward has come."""
        for known in self.known.values():
            if known.number not in self.passed and known.tensor.requires_grad:
                node = known.tensor._place()[0]
                if node is not None and task.will_run(node):
                    self.passed.add(known.number)

    def queued(self, task: GraphTask, callback: Callable[[], Any], always: bool) -> None:
        """The function queues a callback in each run."""
        self.steps.append(QueueCallback(self.begin(task)[0], callback, always))

    def accumulate(self, node: AccumulateGrad, box: list[Any]) -> bool:
        """Add to the gradient of a leaf from outside, whether it has one or not; False where that makes a difference."""
        leaf = node.variable
        known = self.known.get(id(self.adopt(leaf)))
        if known is None or known.assigned or known.reads_grad or isinstance(box[0], Tensor):
            return False
        grad = leaf._grad
        if grad is not known.merged and (grad is not known.grad or (grad is not None and grad.requires_grad)):
            return False
        value = box.pop()
        array, adapter = value.value if isinstance(value, TracedArray) else value, adapter_of(known.array)
        if grad is None:
            total = self.variable(adapter.copy(adapter.normalise(array)))
        else:
            old = grad._array.value if isinstance(grad._array, TracedArray) else grad._array
            summed = adapter.add(old, array)
            total = self.variable(summed if summed.dtype == old.dtype else adapter.cast(summed, old.dtype))
        self.steps.append(Accumulate(known.number, variable_of(value), total.variable))
        if grad is None or grad is known.grad:
            known.merged = leaf._grad = wrap(total, cls=type(leaf)._family)
        else:
            grad._overwrite(total)
        known.last_grad, known.last_array = leaf._grad, total
        return True

    # -- the end
    def check(self) -> None:
        """Refuse what cannot be written back, and what only this run knows."""
        if self.failure is not None:
            raise CompileError(
                f"{type(self.failure).__name__} left a hook, or what called it, inside of the compiled function, and the function "
                "caught it: a program does not know what to do then; catch it in the hook, or around the compiled function"
            ) from self.failure
        for known in self.known.values():
            shape = tuple(known.tensor._array.shape)
            if shape != known.first.shape:
                raise CompileError(
                    f"the compiled function gives a tensor of shape {known.first.shape} from outside other data, of shape {shape}; "
                    "what it is in a program keeps its shape"
                )
            node = known.tensor._node
            if node is not known.node[0] and node is not None and node._sequence >= self.first_node:
                raise CompileError(
                    f"the compiled function writes in place to a tensor of shape {known.tensor.shape} from outside, which thereby "
                    "becomes a result of it; write in no_grad(), or return the new values"
                )

    def restore(self, *, keep: bool) -> None:
        """Make an end. With `keep` the tensors from outside get their new values, else they are what they were."""
        if not keep:
            for function in self.undo:
                function()
        for known in self.known.values():
            tensor, shadow = known.tensor, self.shadows[id(known.tensor)]
            if keep:
                self._settle(known, shadow)
            else:
                set_real_array(tensor, known.original)
                set_real_grad(tensor, known.grad)
                tensor._node, tensor._nr = known.node
        for shadow in self.shadows.values():
            lift_shade(shadow.tensor)
            accumulator = None if self.sizes is None else shadow.tensor._accumulator()
            if accumulator is not None:  # it may have been made while there were symbols
                accumulator._shape = shadow.tensor._shape
        self.shadows.clear()
        for made in self.made:  # if somebody else keeps it, it is a tensor as any other from now on
            tensor = made()
            if tensor is None or not isinstance(tensor._array, TracedArray) or (keep and self.has_graph and tensor.requires_grad):
                continue  # or it is a leaf in the graph of a result
            self.outlived.append(made)
            tensor._array = adapter_of(tensor._array.value).normalise(tensor._array.value)

    def _settle(self, known: Lifted, shadow: Shadow) -> None:
        """Let a tensor from outside have its new values, and its new gradient."""
        tensor, traced, grad = known.tensor, shadow.array, shadow.grad
        # What the function has not written to is left as it is: other threads may have.
        if isinstance(traced, TracedArray) and traced is not known.first and traced.value is not known.array:
            set_real_array(tensor, known.array)
            write(tensor, traced.value)
        if grad is not None and grad is known.merged and known.grad is not None:
            if grad._array.value is not known.grad._array:
                write(known.grad, grad._array.value)
            set_real_grad(tensor, known.grad)
            return
        if grad is not shadow.shown:
            set_real_grad(tensor, grad)
        if grad is None or id(grad) in self.known:
            return
        mine = self.shadows.get(id(grad))
        if mine is not None:
            set_real_array(grad, _put_back(real_array(grad), mine.array))
        elif isinstance(real_array(grad), TracedArray):
            adapter = adapter_of(known.array)
            set_real_array(grad, adapter.copy_like(adapter.normalise(real_array(grad).value), known.array))

    def close(self) -> None:
        """Let go of what is not needed once the function has been traced."""
        self.closed, self.active = True, False
        self.handles, self.tasks, self.values = {}, {}, {}

    def forget(self) -> None:
        """Let go of the arrays of this run, to which what was traced refers in cycles."""
        self.values.clear()
        self.known.clear()
        self.numbers.clear()
        self.steps.clear()


def _put_back(memory: Any, traced: Any) -> Any:
    """The real array `memory` with the values of a traced one."""
    if not isinstance(traced, TracedArray):
        return traced
    if traced.value is memory:
        return memory
    adapter = adapter_of(memory)
    return adapter.assign(memory, traced.value) if adapter.mutable else adapter.normalise(traced.value)


def _shares(known: Lifted, other: Lifted) -> bool:
    """Whether two tensors from outside lie in the same memory."""
    if known is other or type(known.array) is not type(other.array):
        return False
    adapter = adapter_of(known.array)
    return known.array is other.array or (adapter.mutable and adapter.shares(known.array, other.array))
