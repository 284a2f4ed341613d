"""Tracing of a whole function: forward, backward, hooks, updates.

The function runs once, over traced arrays. Tensors from outside, arguments and those that it closes over alike, have a traced
array for theirs while it runs, so that they are the same objects with the same hooks and gradients; afterwards they have the
values that the function has computed for them. Other threads see their real arrays all the time (`wengert.compiled.shadow`).

Hooks are called with real arrays, unless they are pure. Before that, and before anything else that is run as it is, what has
been computed for tensors from outside is written to their real arrays, which they have for as long as that takes
(`FunctionRecorder.outside`).
"""

from __future__ import annotations

import functools
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from ..arrays.adapter import DIRECT, adapter_of
from ..arrays.sizes import plain
from ..autograd.hook_calls import HookCall
from ..autograd.hooks import Hooks
from ..autograd.interpreter import Interpreter
from ..autograd.modes import current
from ..autograd.node import AccumulateGrad, Node, next_sequence
from ..autograd.origins import caller_origin
from ..autograd.tensor import Tensor, wrap
from ..errors import CompileError, TraceError
from ..op import Operator
from ..ops.random import Draw
from .function_steps import Outside, RunHooks, SetGrad, Write, post_accumulate, write
from .ir import Equation, LibraryFunction, Place, Variable, draws_numbers, mapped
from .shadow import Shadow, lift_shade, real_array, set_real_array, set_real_grad, shade
from .sizes import SizeLog
from .trace import LIBRARIES, Recorder, TracedArray, has_traced, value_of, variable_of

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
    array, grad
        What it had of them before.
    first, last : TracedArray
        What it is in the program at first, and since it was written to in memory.
    last_grad : Tensor or None
        The same of its gradient.
    reads_grad : bool
        Whether it matters to the program what gradient it has at first; not once it has been `assigned`.
    """

    __slots__ = ("argument", "array", "assigned", "first", "grad", "last", "last_grad", "number", "reads_grad", "tensor")

    def __init__(self, tensor: Tensor, number: int, argument: int | None, first: TracedArray) -> None:
        self.tensor, self.number, self.argument = tensor, number, argument
        self.array, self.grad = tensor._array, tensor._grad
        self.first = self.last = first
        self.last_grad = tensor._grad
        self.reads_grad = self.assigned = False


class FunctionRecorder(Recorder):
    """Writes down a function.

    Attributes
    ----------
    known : dict
        From the id of a tensor from outside to what is known of it.
    writes : bool
        Whether tensors from outside are written to before somebody else's code is called.
    shadows : dict
        From the id of a tensor to what it is in this thread: of those from outside, and of gradients that others have seen.
    """

    folds = True
    writes = True

    def __init__(self, before: Sequence[tuple[int, ...]] | None = None) -> None:
        super().__init__()
        if before is not None:
            self.sizes = SizeLog(self, before)
        self.tapes: Any = None  # what has been written down, with symbols for sizes and without
        self.known: dict[int, Lifted] = {}
        self.shadows: dict[int, Shadow] = {}
        self.numbers: list[Tensor] = []  # the tensors from outside by number
        self.pure: dict[int, tuple[Hooks, dict[int, Any]]] = {}  # the hooks that stand in the program as they are
        self.aliases: list[tuple[weakref.ref[Tensor], weakref.ref[Tensor]]] = []
        self.views: list[tuple[weakref.ref[Tensor], weakref.ref[Tensor]]] = []  # and what they are of
        self.expanded: list[weakref.ref[Tensor]] = []  # several elements of which are one place in memory
        self.values: dict[Variable, Any] = {}  # of all variables in this run
        self.first_node = next_sequence()  # older nodes are from outside
        self.lines: dict[int, Any] = {}  # from the number of a node to the line of the function that made it
        self.interpreter = TraceInterpreter(self)

    def variable(self, value: Any) -> TracedArray:
        """As of every recorder; the value is kept until the function has been traced."""
        traced = super().variable(value)
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
        array = tensor._array
        same = next((known for known in self.known.values() if known.array is array), None)
        first = self.variable(array) if same is None else same.first
        self.known[id(tensor)] = Lifted(tensor, len(self.numbers), argument, first)
        self.numbers.append(tensor)
        self._shaded(tensor, first if same is None else self.shadows[id(same.tensor)].array)
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
            accumulator._shape = tuple(shadow.array.shape)

    def create(self, name: str, function: Callable[..., Any], args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        """The traced array that a creation function makes: a constant, unless sizes or arrays have a part in it."""
        made = LibraryFunction(name, function)
        return (self.record_function if has_traced([*args, *options.values()]) else self.created)(made, args, options)

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

    def _write(self, op: Operator | LibraryFunction, arguments: dict[str, Any], result: Any) -> Any:
        """As of every recorder, with the line that called the operator, or the one whose derivative this is."""
        node = self.interpreter.node
        origin = None if node is None else self.lines.get(node._sequence)
        self.place = Place.at(caller_origin() if origin is None else origin, "" if node is None else node.name())
        return super()._write(op, arguments, result)

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
        others = [pair for one, two in self.aliases for pair in ((one, two), (two, one))]
        for other, written in (*others, *self.views):  # who writes to a view is told so, or served, by the operator
            if written() is target and other() is not None:
                raise CompileError(
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

    def run(self, function: Callable[..., Any], *args: Any) -> Any:
        """Call somebody else's code, which has real arrays for now."""
        return function(*args)

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

    # -- what is run as it is
    def flush(self) -> None:
        """Write to the tensors from outside, in the program, what has been computed for them so far."""
        for known in self.known.values():
            shadow = self.shadows[id(known.tensor)]
            if shadow.array is not known.last:
                known.last = shadow.array
                self.steps.append(Write(known.number, variable_of(known.last)))
            if shadow.grad is not known.last_grad:
                known.last_grad = shadow.grad
                grad = None if shadow.grad is None else variable_of(shadow.grad._array)
                self.steps.append(SetGrad(known.number, grad))

    @contextmanager
    def real(self) -> Iterator[None]:
        """Let the tensors from outside, and their gradients, be what they are to others, and operators compute."""
        modes = current()
        interceptors, tracer, interpreter = modes.interceptors, modes.tracer, modes.interpreter
        for known in self.known.values():
            shadow = self.shadows[id(known.tensor)]
            if isinstance(shadow.array, TracedArray):
                adapter = adapter_of(known.array)
                if not (adapter.mutable and self.writes):
                    set_real_array(known.tensor, adapter.normalise(shadow.array.value))
                elif shadow.array is not known.first:
                    adapter.assign(known.array, shadow.array.value)
        for known in list(self.known.values()):
            self._show_grad(self.shadows[id(known.tensor)])
        modes.interceptors = tuple(i for i in interceptors if i is not self)
        modes.tracer, modes.interpreter = None, self.interpreter.inner
        modes.refresh()
        try:
            yield
        finally:
            modes.interceptors, modes.tracer, modes.interpreter = interceptors, tracer, interpreter
            modes.refresh()

    def _show_grad(self, shadow: Shadow) -> None:
        """Let others see the gradient that a tensor from outside has by now, over a real array."""
        grad = shadow.grad
        if grad is not None and id(grad) not in self.known and isinstance(grad._array, TracedArray):  # the function's own
            self._shaded(grad, grad._array)
            value = grad._array.value
            set_real_array(grad, adapter_of(value).normalise(value))
        if grad is not shadow.shown:
            set_real_grad(shadow.tensor, grad)
            shadow.shown = grad

    def outside(self, name: str, function: Callable[..., Any], changed: list[Tensor], argument: Tensor | None = None) -> Any:
        """Call `function` with real arrays, here and in every run; it may change the tensors `changed` and their gradients."""
        for tensor in changed:
            self.adopt(tensor)
        self.flush()
        with self.real():
            result = self.run(function) if argument is None else self.run(function, argument)
            arrays = [tensor._array for tensor in changed]
            grads = [tensor._grad for tensor in changed]
        variables: list[Any] = []
        made: list[Any] = []
        for tensor, grad in zip(changed, grads, strict=True):
            known = self.known[id(tensor)]
            known.reads_grad |= not known.assigned and grad is known.grad
        for tensor, array, grad in zip(changed, arrays, grads, strict=True):
            known, shadow = self.known[id(tensor)], self.shadows[id(tensor)]
            shadow.array = known.last = self.variable(array)
            variables.append(variable_of(known.last))
            made.append(None)
            shadow.grad = shadow.shown = known.last_grad = grad
            if grad is not None:
                traced = self.variable(real_array(grad))
                made[-1] = traced.variable
                if id(grad) in self.known:
                    self.known[id(grad)].last = traced
                self._shaded(grad, traced)
        numbers = tuple(self.known[id(tensor)].number for tensor in changed)
        number = None if argument is None else self.known[id(argument)].number
        self.steps.append(Outside(name, function, number, numbers, tuple(variables), tuple(made)))
        return result

    # -- the end
    def restore(self, *, keep: bool) -> None:
        """Make an end. With `keep` the tensors from outside get their new values, else they are what they were."""
        for known in self.known.values():
            tensor, shadow = known.tensor, self.shadows[id(known.tensor)]
            if not keep:
                set_real_array(tensor, known.array)
                set_real_grad(tensor, known.grad)
                continue
            if isinstance(shadow.array, TracedArray) and shadow.array is not known.first:
                write(tensor, shadow.array.value)
            if shadow.grad is not shadow.shown:
                set_real_grad(tensor, shadow.grad)
            self._settle_grad(shadow)
        for shadow in self.shadows.values():
            lift_shade(shadow.tensor)
            accumulator = None if self.sizes is None else shadow.tensor._accumulator()
            if accumulator is not None:  # it may have been made while there were symbols
                accumulator._shape = shadow.tensor._shape
        self.shadows.clear()

    def _settle_grad(self, shadow: Shadow) -> None:
        """Give a gradient that the function has made an array of its own."""
        grad = shadow.grad
        if grad is None or id(grad) in self.known:
            return
        mine = self.shadows.get(id(grad))
        traced = real_array(grad) if mine is None else mine.array
        if isinstance(traced, TracedArray):
            like = real_array(shadow.tensor)
            set_real_array(grad, adapter_of(like).copy_like(adapter_of(like).normalise(traced.value), like))


class TraceInterpreter(Interpreter):
    """Calls the hooks of a backward that is traced, with real arrays."""

    def __init__(self, recorder: FunctionRecorder) -> None:
        super().__init__()
        self.recorder = recorder
        self.used = False  # whether there was a backward
        self.node: Node | None = None  # whose derivative is running
        self.skipped: frozenset[int] = frozenset()  # the ids of dictionaries of hooks that are not to be called

    def visit(self, node: Node, grad: Any, wanted: Any, recorded: bool) -> Any:
        """Run a derivative, if its node was made by the function."""
        self.used = True
        if node._sequence < self.recorder.first_node:
            raise CompileError(
                f"a backward inside the compiled function runs into {node.name()}, which was recorded outside of it and will not "
                "be there in another call; compute it inside, or detach() it"
            )
        before, self.node = self.node, node
        try:
            return super().visit(node, grad, wanted, recorded)
        finally:
            self.node = before

    def hook(self, call: HookCall, args: tuple[Any, ...]) -> Any:
        """Call one hook; all that are in its dictionary are one step of the program."""
        self.used = True
        recorder = self.recorder
        if id(call.hooks) in self.skipped:
            return None
        if call.hooks.pure.issuperset(call.hooks):
            recorder.pure.setdefault(id(call.hooks), (call.hooks, dict(call.hooks)))
            return call.fn(*args)
        if call.kind == "post-accumulate-grad hook":
            if call.key == next(iter(call.hooks)):  # the first of them stands for all
                (leaf,) = args
                recorder.outside(f"{call.kind}s", post_accumulate(call.hooks), [leaf], leaf)
            return None
        first = args[0] if call.kind != "tensor hook" else args
        if any(t is not None and t.requires_grad for t in first):
            raise CompileError(
                f"{call} met, inside a compiled function, a gradient that is recorded itself (create_graph=True), and nothing is "
                "known of the derivative of what a hook does: register it with pure=True, or run the function eagerly"
            )
        arguments = mapped(args, lambda t: None if t is None else variable_of(t._array))
        recorder.flush()
        with recorder.real():
            result = recorder.run(call.fn, *mapped(args, _real))
        if result is None:
            result = first if call.kind != "tensor hook" else first[0]
        several = result if isinstance(result, tuple) else (result,)
        if any(t is not None and not isinstance(t, Tensor) for t in several) or len(several) != len(first):
            return result  # the caller says what is wrong
        fresh = tuple([None if t is None else wrap(recorder.variable(value_of(t._array)), cls=type(t)._family) for t in several])
        step = recorder.steps[-1] if recorder.steps else None
        outputs = tuple([None if t is None else variable_of(t._array) for t in fresh])
        if isinstance(step, RunHooks) and step.hooks is call.hooks and call.key != next(iter(call.hooks)):
            step.results = outputs  # one dictionary is one step
        else:
            seen = (*several, *(args[1] if len(args) > 1 else ()))  # post-hooks of a leaf get gradients in the second place only
            family = next((type(t)._family for t in seen if t is not None), Tensor)
            recorder.steps.append(RunHooks(call.hooks, arguments, outputs, family))
        return fresh[0] if call.kind == "tensor hook" else fresh

    def accumulate(self, node: AccumulateGrad, box: list[Any]) -> None:
        """Add to the gradient that is there, which may be from outside."""
        self.used = True
        self.recorder.adopt_grad(node.variable)
        super().accumulate(node, box)

    def multi_grad_hook(self, fn: Callable[[Any], Any], origin: Any, grads: Any) -> None:
        """Refused: its state is that of a run of the engine, which a compiled function has not."""
        raise CompileError(
            f"a multi-grad hook registered at {origin} fired inside a compiled function; run the function eagerly, with its "
            "backward in compiled_autograd()"
        )

    def saved_hook(self, kind: str, fn: Callable[[Any], Any], origin: Any, value: Any) -> Any:
        """Call a hook of this package, such as those of a checkpoint, over traced arrays; others have no place in a program."""
        plain = fn.func if isinstance(fn, functools.partial) else fn
        if getattr(plain, "__module__", "").startswith(f"{__name__.partition('.')[0]}."):
            return fn(value)
        raise CompileError(
            f"a {kind} registered at {origin} was called inside a compiled function; run the function eagerly, with its backward "
            "in compiled_autograd()"
        )

    def callback(self, fn: Callable[[], Any], origin: Any) -> None:
        """Call what was queued for the end of a backward."""
        self.recorder.outside(f"callback queued at {origin}", fn, [])


def _real(tensor: Any) -> Any:
    """A Tensor that hooks may see, over a real array."""
    if tensor is None or not isinstance(tensor._array, TracedArray):
        return tensor
    value = tensor._array.value
    return wrap(adapter_of(value).normalise(value), cls=type(tensor)._family)


