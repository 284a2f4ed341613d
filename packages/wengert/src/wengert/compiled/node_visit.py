"""One node on its way into the program of a backward: hooks before its derivative, what it has saved, its rule, hooks after it.

All of it happens in this first run as the engine does it, in the same order. Hooks are called with real arrays, pure ones with
traced arrays, and so is the rule.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NoReturn

from ..arrays.adapter import DIRECT, is_array
from ..autograd.hook_calls import HookCall, checked, checked_tuple, say_which
from ..autograd.hooks import FunctionTensorPreHook, Hooks, NodeHooks, store_retained
from ..autograd.modes import current
from ..autograd.node import AccumulateGrad, Node, converted
from ..autograd.saved import SavedTensor, raise_released, unpack
from ..autograd.tensor import Tensor, wrap
from ..errors import TraceError
from .effects import stand_in
from .ir import Place, Variable, mapped
from .node_args import HOLE, LIFTED, CompiledNodeArgs, NodeRecord, Slot
from .node_hooks import Expected, Functions, PureHook, kind_of, pure_after, pure_before, pure_on_leaf, remembered
from .steps import After, Before, Fetch, FetchStatic, FetchTensor, Keep, Release, Retain, Unpack
from .trace import TracedArray, has_sizes, has_traced, own_value_of, value_of, variable_of

if TYPE_CHECKING:
    from .capture import Capture

__all__ = ["NodeVisit", "SwapSavedVariables"]

Grads = tuple["Tensor | None", ...]


class SwapSavedVariables:
    """Stands traced arrays in for what a node has saved (rule C3).

    They stand in a node of its own, which has everything else of the first one, so that nothing has to be put back and other
    threads may run the first one meanwhile.

    Parameters
    ----------
    node : Node
    entries : tuple
        What it has saved, read once: another thread may release it; what hooks have unpacked stands there as a traced array.
    recorder : Capture
    place : int
        The number of the node.
    like : TracedArray, optional
        Of the library with whose arrays numbers are computed; without it they are constants.
    """

    def __init__(
        self, node: Node, entries: tuple[Any, ...], recorder: Capture, place: int, like: TracedArray | None = None
    ) -> None:
        self.recorder, self.place = recorder, place
        self.node, self.entries, self.like = node, entries, like

    def read(self, slot: int) -> bool:
        """Whether rules read a number at `slot`, and not the array that stands for it behind all others."""
        return not slot < (len(self.node.saved_numbers) or len(self.entries)) < len(self.entries)

    def stand_in(self) -> Node:
        """The node over traced arrays."""
        entries = tuple([self._entry(slot, entry) for slot, entry in enumerate(self.entries)])
        static, shape = self.recorder.sized(self.place, (self._static(self.node._static), self.node._shape))
        other = stand_in(self.node, entries, static)
        other._shape = shape
        return other

    def _entry(self, slot: int, entry: Any) -> Any:
        if isinstance(entry, TracedArray):
            return entry
        value = unpack(entry, self.node)  # it says what is wrong with it, as it would to the rule
        if self.like is not None and type(value) in LIFTED and self.read(slot):
            traced = self.recorder.number(value, self.like)
        elif value is None or not is_array(value):
            return value
        else:
            traced = self.recorder.variable(value)
        self.recorder.steps.append(Fetch(self.place, slot, traced.variable))
        return traced

    def _static(self, static: Any) -> Any:
        variables: list[Variable] = []

        def lifted(leaf: Any) -> Any:
            if not is_array(leaf):
                return leaf
            variables.append((traced := self.recorder.variable(leaf)).variable)
            return traced

        result = mapped(static, lifted)
        if variables:
            template = mapped(result, lambda leaf: HOLE if isinstance(leaf, TracedArray) else leaf)
            self.recorder.steps.append(FetchStatic(self.place, template, tuple(variables)))
        return result


class NodeVisit:
    """Runs a node whose rule can be traced, and writes it down.

    Parameters
    ----------
    capture : Capture
    node : Node
    place : int
        Its number.
    grads : sequence of TracedArray or None
        The gradients of its outputs.

    Attributes
    ----------
    record : NodeRecord
        What the program knows of the node.
    needed : bool
        Whether its derivative runs.
    reason : str
        Why its rule could not be traced.
    """

    def __init__(self, capture: Capture, node: Node, place: int, grads: Any) -> None:
        self.capture, self.task, self.steps = capture, capture.task, capture.steps
        self.node, self.place = node, place
        self.grads: tuple[Any, ...] = tuple(grads)
        self.seen: Grads | None = None  # the Tensors that hooks before the derivative have seen and left
        self.entries: tuple[Any, ...] = ()  # what it has saved, unpacked where hooks have packed it
        self.packed = False
        self.aliases: list[tuple[Tensor, Tensor]] = []  # what pure hooks have detached, and of what
        self.needed = self.task.needed is None or node in self.task.needed
        self.record = NodeRecord(node, "equations")
        self.expected = self.record.expected = Expected()
        self.reason = ""

    # -- before the derivative -------------------------------------------------------------------------------------------
    def before(self) -> None:
        """Call or trace the hooks; hand out the gradient to whoever asked for it."""
        hooks = self.node._hooks
        CompiledNodeArgs(self.record).collect_hooks(self.node)
        if hooks is not None:
            found: list[tuple[Any, ...]] = []
            self.expected.before = self._known(pure_before(hooks))
            if self.expected.before and self._traced(lambda: found.extend(self._pure_before(hooks))):
                self.grads, final = found
                self._hand_out(hooks)
                self.grads = final
                return
            if self.expected.before != ():
                self.expected.before = None
                self._call_before()
                return
        self._hand_out(hooks)

    def _call_before(self) -> None:
        given = tuple(map(variable_of, self.grads))
        with self.capture.suspended():
            self.seen = self.task.before_now(self.node, self.needed, self._real())
        self.grads = tuple([None if t is None else self.capture.variable(t._array) for t in self.seen])
        self.steps.append(Before(self.place, self.capture.done(), given, tuple(map(variable_of, self.grads))))

    def _hand_out(self, hooks: NodeHooks | None) -> None:
        """Store retained gradients, and keep those that were asked for, in the order of the engine."""
        task = self.task
        for number in sorted(hooks.retain) if hooks is not None else ():
            self.expected.retains = True
            self._retain(number, hooks.retain[number].tensor(), False)  # type: ignore[union-attr]
        asked: dict[int, list[int]] = {}
        for number, position in task.captures.get(self.node, ()):
            asked.setdefault(number, []).append(position)
        for number, positions in asked.items():
            grad = self.grads[number]
            if grad is not None:
                self.steps.append(Keep(self.place, tuple(positions), variable_of(grad)))
                kept = task.root.rebuild(value_of(grad), (None, 0))
                for position in positions:
                    task.captured[position] = kept
        for number in range(len(self.grads)) if task.retained else ():
            tensor = task.retained.get((self.node, number))
            if tensor is not None:
                self._retain(number, None if tensor.retains_grad else tensor, True)

    def _retain(self, number: int, tensor: Tensor | None, asked: bool) -> None:
        grad = self.grads[number]
        if grad is None:
            return
        self.steps.append(Retain(self.place, number, variable_of(grad), asked))
        if tensor is not None:
            with self.capture.suspended():
                store_retained(tensor, self.task.root.rebuild(value_of(grad), (None, 0)))

    def leaf(self) -> bool:
        """Trace the hooks of a leaf; whether the rest is accumulation, so that it need not be left to the engine."""
        node = self.node
        assert isinstance(node, AccumulateGrad)
        CompiledNodeArgs(self.record).collect_hooks(node)
        functions = self._known(pure_on_leaf(node))
        hooks = None if node.variable._backward is None else node.variable._backward.hooks
        found = list(self.grads)
        if functions and hooks is not None:
            grad = self._wrap(found[0])
            if self._traced(lambda: found.append(_array_of(self._call_all(hooks, grad)))):
                self.grads = (found[-1],)
            else:
                functions = None
        self.record.role = "leaf" if functions is None else "bare leaf"
        self.record.expected = self.expected = Expected(functions or ())
        return functions is not None

    # -- pure hooks ------------------------------------------------------------------------------------------------------
    def _known(self, functions: Functions | None) -> tuple[PureHook, ...] | None:
        """Pure hooks as the program knows them; None if they are called like others."""
        compiler = self.task.compiler
        if functions is not None and any(compiler.varies(kind_of(fn)) for _, fn in functions):
            return None
        return remembered(functions)

    def _traced(self, trace: Callable[[], None]) -> bool:
        """Whether hooks could be traced; else nothing is left of it."""
        start, grads, tensors = len(self.steps), self.grads, self.record.tensors
        try:
            trace()
        except TraceError:
            del self.steps[start:]
            self.grads, self.record.tensors = grads, tensors
            return False
        return True

    def _pure_before(self, hooks: NodeHooks) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        """The gradients after the tensor hooks, and those after the node's own hooks, too."""
        tensors = list(map(self._wrap, self.grads))
        for hook in hooks.tensor:
            assert isinstance(hook, FunctionTensorPreHook)
            tensors[hook.value_idx] = self._call_all(hook.hooks, tensors[hook.value_idx])
        grads = tuple(tensors)
        middle = tuple(map(_array_of, grads))
        if hooks.pre is not None and self.needed:
            for key, fn in hooks.pre.hooks.copy().items():
                result = self._call_pure((hooks.pre.hooks, key, fn), grads)
                if result is not None:
                    grads = checked_tuple((hooks.pre.hooks, key, fn), grads, result)
        return middle, tuple(map(_array_of, grads))

    def _call_all(self, hooks: Hooks, grad: Tensor | None) -> Tensor | None:
        """Pass a gradient through tensor hooks in turn."""
        for key, fn in hooks.copy().items():
            result = self._call_pure((hooks, key, fn), grad)
            if result is not None and result is not grad:
                grad = checked((hooks, key, fn), grad, result)
        return grad

    def _call_pure(self, call: tuple[Hooks, int, Callable[..., Any]], *args: Any) -> Any:
        """Call one hook over traced arrays; what it returns is traced, too."""
        self.capture.place = Place.at(self.node.recorded_at(), self.node.name(), self.place)
        try:
            with self.capture.recording(), self._looking():
                result = call[2](*args)
        except TraceError:
            raise
        except BaseException as error:
            say_which(error, HookCall(*call))
            raise
        finally:
            self.capture.place = -1
        for one in result if isinstance(result, tuple) else (result,):
            if is_array(getattr(one, "_array", None)) and not isinstance(one._array, TracedArray):
                raise TraceError("a pure hook returned what it has not computed with the gradient")
        return result

    def known(self, value: Any) -> Any:
        """An operand of an operator in a pure hook: a tensor that it knows is read in each run."""
        if type(value) in (list, tuple):
            return type(value)(map(self.known, value))
        if not isinstance(value, Tensor) or type(value._array) not in DIRECT:
            return value
        value = next((source for alias, source in self.aliases if alias is value), value)
        traced = self.capture.variable(value._array)
        self.steps.append(FetchTensor(self.place, value, traced.variable))
        slot = Slot(type(value._array), value._dtype, tuple(value._shape))
        self.record.tensors = (*self.record.tensors, (value, slot))
        return wrap(traced, cls=type(value)._family)

    @contextmanager
    def _looking(self) -> Iterator[None]:
        """Let the tensors that a hook knows be read in each run."""
        modes = current()
        before, modes.tracer, self.capture.reader = modes.tracer, _Refusing(self.aliases), self
        try:
            yield
        finally:
            modes.tracer, self.capture.reader = before, None

    def _wrap(self, grad: Any) -> Any:
        return None if grad is None else self.task.root.rebuild(grad, (None, 0))

    # -- the derivative --------------------------------------------------------------------------------------------------
    def unpack(self) -> None:
        """Read what the node has saved; hooks unpack what they have packed."""
        entries = self.node._saved
        if entries is None:
            raise_released(self.node)
        self.entries = entries
        self.packed = any(type(entry) is SavedTensor and entry.pair is not None for entry in entries)
        if not self.packed:
            return
        with self.capture.suspended():
            values = [unpack(entry, self.node) for entry in entries]
        self.entries = tuple([self.capture.variable(v) if v is not None and is_array(v) else v for v in values])
        traced = [v if isinstance(v, TracedArray) else None for v in self.entries]
        variables = tuple([None if v is None else v.variable for v in traced])
        slots = tuple([None if v is None else Slot(type(v.value), v.dtype, v.shape) for v in traced])
        self.steps.append(Unpack(self.place, self.capture.done(), variables, slots, tuple(map(variable_of, self.grads))))

    def derivative(self) -> Any:
        """The results of the rule, traced; None if it cannot be, and `reason` says why."""
        if any(isinstance(e, TracedArray) and type(e.value) not in DIRECT for e in self.entries):
            self.reason = "what hooks unpacked are arrays of a library that asks others to compute"
            return None
        like = next((g for g in self.grads if isinstance(g, TracedArray)), None)
        numbers = like is not None and any(type(entry) in LIFTED for entry in self.entries)
        start = len(self.steps)
        for lift in (True, False) if numbers else (False,):
            CompiledNodeArgs(self.record).collect(self.node, self.entries, lift, self.packed)
            self.capture.place = Place.at(self.node.recorded_at(), self.node.name(), self.place)
            try:
                swap = SwapSavedVariables(self.node, self.entries, self.capture, self.place, like if lift else None)
                node = swap.stand_in()
                with self.capture.recording():
                    results = node.apply(self._grad(self.grads), self._wanted())
            except Exception as error:
                del self.steps[start:]
                if lift:
                    continue  # the rule looks at a number
                if not isinstance(error, TraceError):
                    raise
                self.reason = str(error)
                return None
            finally:
                self.capture.place = -1
            return tuple([r if r is None or isinstance(r, TracedArray) else self.capture.constant(r) for r in results])
        raise AssertionError("the loop always returns")

    def now(self) -> Any:
        """The rest of the visit as the engine does it, where the rule cannot be traced; its results are real."""
        node = self.node if not self.packed else stand_in(self.node, tuple(map(value_of, self.entries)), self.node._static)
        with self.capture.suspended():
            return self.task.derive_now(node, self._seen(), self._grad(self._real()))

    def _grad(self, grads: tuple[Any, ...]) -> Any:
        return grads[0] if self.node._outputs == 1 else list(grads)

    def _real(self) -> tuple[Any, ...]:
        return tuple(map(own_value_of, self.grads))

    def _seen(self) -> Grads:
        """The gradients of the outputs, as post-hooks see them."""
        if self.seen is None and self.node._hooks is not None:
            self.seen = tuple(map(self._wrap, self._real()))
        return self.seen or ()

    def _wanted(self) -> Any:
        active = self.task.active
        return None if active is None else tuple(below is not None and below in active for below in self.node._edges)

    # -- after the derivative --------------------------------------------------------------------------------------------
    def after(self, results: tuple[Any, ...]) -> tuple[Any, ...]:
        """Call or trace the post-hooks; what becomes of the `results` of the rule."""
        hooks = self.node._hooks
        if hooks is not None and hooks.post is not None:
            self.expected.after = self._known(pure_after(hooks))
            if self.expected.after:
                box = [results]
                if self._traced(lambda: box.append(self._pure_after(hooks, results))):
                    results = box[-1]
                else:
                    self.expected.after = None
            if self.expected.after is None:
                results = self._call_after(results)
        if self.entries:  # as read: another thread may have released the node meanwhile, but later runs are to do so
            self.steps.append(Release(self.place))
        return results

    def _call_after(self, results: tuple[Any, ...]) -> tuple[Any, ...]:
        given = tuple(map(variable_of, results))
        with self.capture.suspended():
            found = self.task.after_now(self.node, tuple(map(own_value_of, results)), self._seen())
        results = tuple([None if r is None else self.capture.variable(r) for r in found])
        grads = () if self.expected.before is None else tuple(map(variable_of, self.grads))
        self.steps.append(After(self.place, self.capture.done(), grads, given, tuple(map(variable_of, results))))
        return results

    def _pure_after(self, hooks: NodeHooks, results: tuple[Any, ...]) -> tuple[Any, ...]:
        assert hooks.post is not None
        outer = tuple(map(self._wrap, self.grads))
        with self.capture.recording():
            inner = tuple(map(self._wrap, converted(self.node._edges, results)))
        for key, fn in hooks.post.hooks.copy().items():
            result = self._call_pure((hooks.post.hooks, key, fn), inner, outer)
            if result is not None:
                inner = checked_tuple((hooks.post.hooks, key, fn), inner, result)
        return tuple(map(_array_of, inner))


class _Refusing:
    """Stands where a compiled function has its recorder: what pure hooks do beyond computing, nobody writes down."""

    shadows: Mapping[int, Any] = MappingProxyType({})  # tensors are to it what they are to everybody
    sizes = None

    def __init__(self, aliases: list[tuple[Tensor, Tensor]]) -> None:
        self.aliases = aliases

    def adopt(self, tensor: Any) -> None:
        """Looking at a tensor is what pure hooks do."""

    def make(self, tensor: Any) -> None:
        """So is making one, which is the same in each run."""

    def create(self, name: str, function: Callable[..., Any], args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        """The same, of what is no gradient."""
        if has_traced([*args, *options.values()]) or has_sizes([args, options]):
            raise TraceError(f"a pure hook calls {name}() with the gradient, or its sizes")
        return function(*args, **options)

    def note_alias(self, alias: Tensor, source: Tensor) -> None:
        """Note that `alias` has the values of `source`."""
        self.aliases.append((alias, source))

    def __getattr__(self, name: str) -> Callable[..., NoReturn]:
        return _refuse


def _refuse(*_: Any, **__: Any) -> NoReturn:
    raise TraceError("a pure hook does more than compute with the gradient: it is called with real arrays")


def _array_of(tensor: Any) -> Any:
    return None if tensor is None else tensor._array
