"""Tensors from outside, while a function is traced.

To the thread that traces they are over traced arrays, and everybody else sees their real ones (`wengert.compiled.shadow`). Before
somebody else's code is called they get the values that have been computed for them (`OutsideRecorder.real_call`); afterwards each
is a new variable of the program, as what was called may have written to it.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from ..arrays.adapter import DIRECT, adapter_of
from ..autograd.modes import current
from ..autograd.node import NO_EDGE, AccumulateGrad, next_sequence
from ..autograd.tensor import Tensor, wrap
from ..errors import CompileError, TraceError
from .function_effects import marked, write
from .function_steps import Accumulate, Again, Read, SetGrad, Stand, Write, WriteGrad
from .hook_kinds import hooks_of
from .ir import LibraryFunction, Variable
from .recorder import Recorder
from .shadow import Shadow, lift_shade, real_array, real_grad, set_real_array, set_real_grad, shade
from .surroundings import Surroundings
from .trace import TracedArray, variable_of

if TYPE_CHECKING:
    from .function_hooks import TraceInterpreter

__all__ = ["Lifted", "OutsideRecorder", "shares_memory"]


#: In the place of a gradient: in other runs it may be another.
UNKNOWN: Any = object()

#: Values of no more bytes need not be let go of.
SMALL = 1024


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
    kinds : tuple of bool
        Of which kinds it had hooks before.
    reads_grad : bool
        Whether it matters to the program what gradient it has at first; not once it has been `assigned`.
    merged : Tensor or None
        What its gradient is while it has been added to one that may have been there at first.
    """

    __slots__ = (
        "argument", "array", "assigned", "first", "grad", "kinds", "last", "last_array", "last_grad", "merged", "node", "number",
        "original", "reads_grad", "tensor",
    )  # fmt: skip

    def __init__(self, tensor: Tensor, number: int, argument: int | None, first: TracedArray) -> None:
        self.tensor, self.number, self.argument = tensor, number, argument
        self.original = self.array = tensor._array
        self.grad: Any = tensor._grad
        self.last_grad = tensor._grad
        self.last_array = None if tensor._grad is None else tensor._grad._array
        self.node = tensor._node, tensor._nr
        self.first = self.last = first
        self.merged: Any = None
        self.kinds = hooks_of(tensor._backward)
        self.reads_grad = self.assigned = False


class OutsideRecorder(Recorder):
    """A recorder that lifts tensors from outside to inputs of the program.

    Attributes
    ----------
    known : dict
        From the id of a tensor from outside to what is known of it.
    shadows : dict
        From the id of a tensor to what it is in this thread: of those from outside, and of gradients that others have seen.
    numbers : list of Tensor
        The tensors from outside.
    values : dict
        Of all variables in this run.
    writes : bool
        Whether somebody else's code is called, and what it is to see written before.
    active : bool
        Whether operators on traced arrays are written down.
    closed : bool
        Whether the function has been traced.
    """

    writes = True
    interpreter: TraceInterpreter
    conditions: list[Callable[[], bool]]

    def __init__(self) -> None:
        super().__init__()
        self.known: dict[int, Lifted] = {}
        self.shadows: dict[int, Shadow] = {}
        self.touched: dict[int, Lifted] = {}  # those of them that have been asked for since others were called the last time
        self.written: dict[int, Shadow] = {}  # and those that have another array since the last `flush`
        self.again: list[Again] = []  # what others may have changed then, as far as it was asked for
        self.numbers: list[Tensor] = []
        self.values: dict[Variable, Any] = {}
        self.undo: list[Callable[[], None]] = []  # what to do if the function raises
        self.first_node = next_sequence()  # older nodes are from outside
        self.has_graph = False  # whether results of the function require grad
        self.made: list[weakref.ref[Tensor]] = []  # the tensors that the function makes
        self.outlived: list[weakref.ref[Tensor]] = []  # those of them that were there when it had ended
        self.failure: BaseException | None = None  # what has left a hook
        self.traced: list[weakref.ref[TracedArray]] = []  # all traced arrays
        self.others_called = 0  # how often others have been
        self.surroundings: Surroundings | None = None  # what the function found around it before
        self.strangers: list[weakref.ref[Tensor]] = []  # tensors that were met after others had been called, and not found before
        self.kept: list[tuple[str, Tensor]] = []  # what the function has computed and left around it
        self.active, self.closed = True, False

    def _named(self, value: Any) -> TracedArray:
        """As of every recorder; the value is kept until the function has been traced."""
        traced = super()._named(value)
        self.values[traced.variable] = value
        self.traced.append(weakref.ref(traced))
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

    # -- meeting them
    def adopt(self, tensor: Tensor, argument: int | None = None) -> Tensor:
        """Let `tensor` be over a traced array for the time being."""
        if id(tensor) in self.known or type(tensor._array) not in DIRECT:  # traced, or batched over what is
            return tensor
        if self.closed:
            raise TraceError("a derivative reads a tensor that the function did not meet when it was traced")
        first = self.variable(tensor._array)
        known = Lifted(tensor, len(self.numbers), argument, first)
        for shadow in self.written.values():
            other = shadow.owner
            if shadow.tensor is other.tensor and shadow.array is not other.last and shares_memory(known, other):
                raise self._shared(tensor)
        self.known[id(tensor)] = known
        if self.others_called and argument is None:
            self.steps.append(Read(known.number, first.variable))
            self.meet_stranger(tensor)
        self.numbers.append(tensor)
        self._shaded(tensor, first, known)
        self.touched[id(tensor)] = known
        return tensor

    def meet_stranger(self, tensor: Tensor) -> None:
        """Note that a tensor which is not the function's own may have been made by a hook."""
        around = self.surroundings
        if around is None or not self.others_called or around.knows(tensor):
            return
        if not any(self._grad_now(known) is tensor for known in self.known.values()):
            self.strangers.append(weakref.ref(tensor))

    def _grad_now(self, known: Lifted) -> Any:
        """The gradient that a tensor from outside has, which others may have given it; it is not read by the program for that."""
        shadow = self.shadows.get(id(known.tensor))
        return real_grad(known.tensor) if shadow is None or shadow.others_called != self.others_called else shadow.grad

    def expect(self, tensors: list[Tensor]) -> None:
        """Know that `tensors`, which are from outside and may have been made just now, will be there in later calls."""
        if self.surroundings is not None:
            self.surroundings.expected += tensors

    def look_around(self) -> None:
        """Note what the function has left around it, and let the program be for the tensors that it has found there."""
        around = self.surroundings
        if around is None:
            return
        made = {id(reference()) for reference in self.made}
        for place in around.kept():
            tensor = place.value
            if not isinstance(tensor._array, TracedArray) or id(tensor) in self.known:
                continue
            self.kept.append((str(place), tensor))
            if id(tensor) in made and tensor.requires_grad and tensor.is_leaf:
                self._take_in(tensor)
        grads = {id(known.tensor._grad) for known in self.known.values()} | {id(known.grad) for known in self.known.values()}
        closed_over = [known.tensor for known in self.known.values() if known.argument is None and id(known.tensor) not in grads]
        guard = around.guard(closed_over)
        if guard:
            self.conditions.append(guard.fits())

    def _take_in(self, leaf: Tensor) -> None:
        """Let a leaf that the function has made, and keeps, have the gradient of this call's result, as if it had been there."""
        traced = leaf._array
        leaf._array = adapter_of(traced.value).normalise(traced.value)
        known = self.known[id(leaf)] = Lifted(leaf, len(self.numbers), None, traced)
        self.numbers.append(leaf)
        self._shaded(leaf, traced, known)
        self.touched[id(leaf)] = known
        known.last_grad, known.last_array = leaf._grad, None

    def _shaded(self, tensor: Tensor, array: Any, owner: Lifted) -> Shadow:
        """Let `tensor` be over `array` in this thread, and for others over what it is over now."""
        shadow = self.shadows.get(id(tensor))
        if shadow is None:
            shadow = self.shadows[id(tensor)] = Shadow(tensor, array, tensor._grad, owner, self.others_called)
            shade(tensor)
            self._size(tensor, shadow)
        else:
            shadow.array, shadow.owner, shadow.others_called = array, owner, self.others_called
        return shadow

    def _size(self, tensor: Tensor, shadow: Shadow) -> None:
        """Let the node of a leaf, too, have symbols among its sizes for the time being."""
        accumulator = None if self.sizes is None else tensor._accumulator()
        if accumulator is not None:
            accumulator._shape = shadow.array.shape

    @staticmethod
    def _shared(target: Tensor) -> CompileError:
        return CompileError(
            f"a write in place to a tensor of shape {target.shape}, on whose memory there is another tensor, a view "
            "or what detach() or .data gave: in a compiled function they share none; write to the tensor itself, in "
            "no_grad(), and take what else is needed of it with clone()"
        )

    def adopt_grad(self, tensor: Tensor) -> None:
        """Let the gradient that `tensor` has from outside, if any, be one of the program's inputs."""
        known = self.known.get(id(self.adopt(tensor)))
        if known is None or known.assigned or tensor._grad is not known.grad:
            return  # made, or taken away, by the function itself
        known.reads_grad = True
        if tensor._grad is not None:
            self.adopt(tensor._grad)

    def assign_grad(self, tensor: Tensor) -> None:
        """Note that the function is about to say what gradient `tensor` has, whatever it was."""
        known = self.known.get(id(self.adopt(tensor)))
        if known is not None and not known.assigned:
            known.assigned, known.last_grad = True, UNKNOWN

    # -- what is run as it is
    def flush(self) -> None:
        """Write to the tensors from outside, in the program, what has been computed for them so far."""
        self.written.clear()
        for known in list(self.touched.values()):  # nobody has changed the others
            tensor, grad = known.tensor, known.tensor._grad
            if tensor._array is not known.last:
                self._check_data(known, tensor._array)
                known.last = tensor._array
                self.steps.append(Write(known.number, variable_of(known.last)))
            array = None if grad is None else grad._array
            if known.last_grad is UNKNOWN and grad is not None and grad is known.grad:
                known.last_grad = grad  # it has been given the one that it had
            if grad is known.last_grad and (array is known.last_array or id(grad) in self.known):
                continue
            kind = WriteGrad if grad is not None and grad is known.last_grad else SetGrad
            self.steps.append(kind(known.number, variable_of(array)))
            known.last_grad, known.last_array = grad, array

    @staticmethod
    def _check_data(known: Lifted, array: Any) -> None:
        """Refuse data of another kind than a tensor from outside has had."""
        first = known.first
        if (tuple(array.shape), array.dtype) != (first.shape, first.dtype):
            raise CompileError(
                f"the compiled function gives a {first.dtype} tensor of shape {first.shape} from outside other data, of "
                f"{array.dtype} and shape {tuple(array.shape)}; what it is in a program keeps its shape and dtype"
            )

    def real_call(self, function: Callable[[], Any], held: Iterable[Tensor] = ()) -> tuple[Any, list[Again], tuple[Stand, ...]]:
        """Call `function` with real arrays; what it returns, and what others than the program know of it.

        `held` are tensors that it holds: those of the function have real arrays meanwhile too.
        """
        self.flush()
        stands, before = self._lend(held)
        self.others_called += 1
        self.touched = {}
        try:
            result = self.untraced(lambda: self.run(function))
        except BaseException as error:
            self.failure = error
            raise
        finally:
            again: list[Again] = []
            self.again = again  # it grows with what is asked for
            for tensor, array in before:
                shadow = self.shadows.get(id(tensor))
                if shadow is None:
                    tensor._array = array
                else:
                    shadow.array = array
            for known in [] if self.writes else list(self.known.values()):
                self._take_back(known)
        return result, again, stands

    def renew(self, shadow: Shadow) -> None:
        """Let a tensor that is asked for be a new variable, since others have been called."""
        known = shadow.owner
        if self.shadows[id(known.tensor)].others_called != self.others_called:
            self._take_back(known)
        shadow.others_called = self.others_called

    def untraced(self, function: Callable[[], Any]) -> Any:
        """Call `function` as if nothing were traced: tensors from outside are what they are to others."""
        modes = current()
        interceptors, tracer, interpreter = modes.interceptors, modes.tracer, modes.interpreter
        modes.interceptors = tuple(i for i in interceptors if i is not self)
        modes.tracer, modes.interpreter = None, self.interpreter.inner
        modes.refresh()
        self.active = False
        try:
            return function()
        finally:
            self.active = True
            modes.interceptors, modes.tracer, modes.interpreter = interceptors, tracer, interpreter
            modes.refresh()

    def run(self, function: Callable[[], Any]) -> Any:
        """Call somebody else's code, which has real arrays for now."""
        return function()

    def _stands(self, held: Iterable[Tensor]) -> tuple[Stand, ...]:
        """Those of `held` that others than the function cannot know: its own, and its arguments."""
        stands: list[Stand] = []
        for tensor in held:
            known = self.known.get(id(tensor))
            if known is None and isinstance(tensor._array, TracedArray):
                stands.append((tensor, variable_of(tensor._array), tensor._grad))
            elif known is not None and known.argument is not None:
                stands.append((tensor, known.number))
        return tuple(stands)

    def _lend(self, held: Iterable[Tensor]) -> tuple[tuple[Stand, ...], list[tuple[Tensor, Any]]]:
        """Give tensors real arrays: those from outside and their gradients, and of others those that are held."""
        own = {id(t): t for t in held}
        for tensor in list(own.values()):
            grad = tensor._grad
            if grad is not None and id(tensor) not in self.known and id(grad) not in self.shadows:
                own[id(grad)] = grad
        held = own.values()
        stands, before = self._stands(held), list[tuple[Tensor, Any]]()
        for tensor, what, *_ in stands:
            if not isinstance(what, int):
                before.append((tensor, tensor._array))
                tensor._array = adapter_of(tensor._array.value).normalise(tensor._array.value)
        touched = list(self.touched.values()) if self.writes else ()  # what has not been, everybody sees as it is
        for known in touched:
            known.array = _put_back(known.array, self.shadows[id(known.tensor)].array)
            set_real_array(known.tensor, known.array)
        for known in touched:
            self._show_grad(known)
        return stands, before

    def _show_grad(self, known: Lifted) -> None:
        """Let others see the gradient that a tensor from outside has by now, over a real array."""
        shadow = self.shadows[id(known.tensor)]
        grad: Any = shadow.grad
        old = known.grad
        if grad is not None and grad is known.merged and old is not None:
            old._array = _put_back(old._array, grad._array)
            if id(grad) not in self.shadows:
                self._shaded(grad, grad._array, known)
            set_real_array(grad, old._array)
            grad = old
        elif grad is not None and isinstance(grad._array, TracedArray) and id(grad) not in self.known:  # the function's own
            mine = self.shadows.get(id(grad))
            if mine is None:
                mine = self._shaded(grad, grad._array, known)
                adapter = adapter_of(known.array)
                set_real_array(grad, adapter.copy_like(adapter.normalise(mine.array.value), known.array))
            else:
                set_real_array(grad, _put_back(real_array(grad), mine.array))
        set_real_grad(known.tensor, grad)
        shadow.shown = shadow.grad

    def _take_back(self, known: Lifted) -> None:
        """Let a tensor from outside be a new variable, after others may have written to it, and its gradient too."""
        tensor, shadow, variable = known.tensor, self.shadows[id(known.tensor)], None
        shadow.others_called, self.touched[id(tensor)] = self.others_called, known
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
                variable = self._shaded(grad, self.variable(known.grad._array), known).array.variable
            elif grad is not None and grad is not known.grad and id(grad) not in self.known:
                array = real_array(grad)
                if not isinstance(array, TracedArray):
                    variable = self._shaded(grad, self.variable(array), known).array.variable
            shadow.grad = shadow.shown = grad
        known.last_grad, known.last_array = grad, None if grad is None else grad._array
        self.again.append((known.number, known.last.variable, variable))

    # -- gradients
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
            known.merged = leaf._grad = marked(wrap(total, cls=type(leaf)._family))
        else:
            grad._overwrite(total)
        known.last_grad, known.last_array = leaf._grad, total
        return True

    # -- the end
    def empty(self) -> None:
        """Let what was traced, which stays, hold no memory: in the place of the values of this run arrays that repeat a one."""
        for reference in self.traced:
            traced = reference()
            if traced is not None:
                adapter, value = adapter_of(traced.value), traced.value
                if adapter.nbytes(value) > SMALL:
                    one = adapter.ones((), value.dtype, value)
                    traced.value = adapter.broadcast_to(one, tuple(value.shape))
        self.traced.clear()

    def check(self) -> None:
        """Refuse what cannot be written back, and what only this run knows."""
        if isinstance(self.failure, CompileError):
            raise self.failure
        if self.failure is not None:
            raise CompileError(
                f"{type(self.failure).__name__} left a hook, or what called it, in the compiled function, and the "
                "function caught it: a program does not know what to do then; catch it in the hook, or around the function"
            ) from self.failure
        for known in self.known.values():
            node = known.tensor._node
            if node is not known.node[0] and node is not None and node._sequence >= self.first_node:
                raise CompileError(
                    f"the compiled function writes in place to a tensor of shape {known.tensor.shape} from outside, which "
                    "thereby becomes a result of it; write in no_grad(), or return the new values"
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
                tensor._shape, tensor._dtype = known.original.shape, known.original.dtype
                set_real_grad(tensor, known.grad)
                tensor._node, tensor._nr = known.node
        for shadow in self.shadows.values():
            lift_shade(shadow.tensor)
            accumulator = None if self.sizes is None else shadow.tensor._accumulator()
            if accumulator is not None:  # it may have been made while there were symbols
                accumulator._shape = shadow.tensor._shape
        self.shadows.clear()
        for _, tensor in self.kept:
            if isinstance(tensor._array, TracedArray):
                tensor._array = adapter_of(tensor._array.value).normalise(tensor._array.value)
        for reference in self.made:  # if somebody else keeps it, it is a tensor as any other from now on
            made = reference()
            if made is None or not isinstance(made._array, TracedArray) or (keep and self.has_graph and made.requires_grad):
                continue  # or it is a leaf in the graph of a result
            if not self.has_graph:  # which keeps some, and none that a later call asks for
                self.outlived.append(reference)
            made._array = adapter_of(made._array.value).normalise(made._array.value)

    def _settle(self, known: Lifted, shadow: Shadow) -> None:
        """Let a tensor from outside have its new values, and its new gradient."""
        if shadow.others_called != self.others_called:
            return  # it is as those have left it
        tensor, traced, grad = known.tensor, shadow.array, shadow.grad
        # What the function has not written to is left as it is: other threads may have.
        if isinstance(traced, TracedArray) and traced is not known.first and traced.value is not known.array:
            set_real_array(tensor, known.array)
            write(tensor, traced.value)
        old: Any = known.grad
        if grad is not None and grad is known.merged and old is not None:
            mine = self.shadows.get(id(grad))
            total = real_array(grad) if mine is None else mine.array
            if total.value is not old._array:
                write(old, total.value)
            set_real_grad(tensor, old)
            return
        if grad is not shadow.shown:
            set_real_grad(tensor, grad)
        if grad is None or id(grad) in self.known:
            return
        if grad.requires_grad and not grad.is_leaf:
            grad._node, grad._nr = NO_EDGE  # as in the runs to come: its graph is that of the run that was traced
        mine = self.shadows.get(id(grad))
        if mine is not None:
            set_real_array(grad, _put_back(real_array(grad), mine.array))
        elif isinstance(real_array(grad), TracedArray):
            adapter = adapter_of(known.array)
            set_real_array(grad, adapter.copy_like(adapter.normalise(real_array(grad).value), known.array))


def _put_back(memory: Any, traced: Any) -> Any:
    """The real array `memory` with the values of a traced one."""
    if not isinstance(traced, TracedArray):
        return traced
    if traced.value is memory:
        return memory
    adapter = adapter_of(memory)
    return adapter.assign(memory, traced.value) if adapter.mutable else adapter.normalise(traced.value)


def shares_memory(known: Lifted, other: Lifted) -> bool:
    """Whether two tensors from outside lie in the same memory."""
    if known is other or type(known.array) is not type(other.array):
        return False
    adapter = adapter_of(known.array)
    one, two = known.array, other.array
    return one is two or (adapter.mutable and (adapter.shares(one, two) or adapter.shares(two, one)))
