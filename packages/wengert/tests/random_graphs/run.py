"""Run a program over a library and write down what happens: events, gradients, errors.

The record is a list of tuples that start with a word and hold names, numbers and `Value`s. Two records are compared by
`difference`, exactly but for floating-point rounding.
"""

from __future__ import annotations

import contextlib
import math
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from compiled.backends import strictly

from .functions import BoomError, make_function
from .libraries import Library
from .programs import Behaviour, Call, Delete, Freeze, Hook, Leaf, Op, Program, Remove, SavedHooks, Step, Write, slots_made

Event = tuple[Any, ...]


@dataclass(frozen=True)
class Value:
    """A tensor as it is written down: shape and numbers."""

    shape: tuple[int, ...]
    numbers: tuple[float, ...]

    def __repr__(self) -> str:
        return f"{self.shape}:" + ",".join(f"{number:.6g}" for number in self.numbers)


FAMILIES = (BoomError, TypeError, ValueError, IndexError, AssertionError, RuntimeError)


def family(error: BaseException) -> str:
    """The kind of an error as users would catch it."""
    for kind in FAMILIES:
        if isinstance(error, kind):
            return kind.__name__
    return f"unexpected {type(error).__name__}: {error}"


class Run:
    """One program on its way through one library."""

    def __init__(self, library: Library, program: Program, *, task_needs: bool) -> None:
        self.library = library
        self.program = program
        self.task_needs = task_needs
        self.events: list[Event] = []
        self.slots: list[Any] = []
        # Nodes are kept so that hooks on a leaf's AccumulateGrad outlive the graph in PyTorch, too (W13).
        self.nodes: list[Any] = []
        self.handles: dict[str, Any] = {}
        self.calls: dict[str, int] = {}
        self.depth = 0
        self.hooks = 0

    def __call__(self) -> list[Event]:
        for step in self.program.steps:
            self.do(step)
        return self.events

    def do(self, step: Step) -> None:
        """Do one step, and write down what comes of it."""
        made: tuple[Any, ...] = (None,) * slots_made(step)
        with warnings.catch_warnings():
            # `.grad` of a non-leaf and create_graph=True warn in both libraries; tested elsewhere.
            warnings.simplefilter("ignore")
            strictly()
            try:
                match step:
                    case Leaf():
                        made = (self.leaf(step),)
                    case Op():
                        made = self.op(step)
                    case Hook():
                        self.hooks += 1
                        self.register(step, f"h{self.hooks - 1}")
                    case Remove():
                        self.remove(f"h{step.hook}")
                    case Freeze():
                        self.slots[step.leaf].requires_grad_(False)
                    case Write():
                        self.write_into(step)
                    case Delete():
                        self.slots[step.slot] = None
                    case Call():
                        made = self.call(step) or made
            except Exception as error:
                self.events.append(("error", family(error)))
            self.slots += made
            if isinstance(step, Call):
                self.write_gradients()

    # -- steps -----------------------------------------------------------------------------------------

    def leaf(self, step: Leaf) -> Any:
        size = math.prod(step.shape)
        numbers = [((len(self.slots) * 7 + k * 3) % 11 - 5) / 4 + 0.125 for k in range(size)]
        return self.library.tensor(np.array(numbers).reshape(step.shape), step.requires_grad)

    def op(self, step: Op) -> tuple[Any, ...]:
        args = [self.slots[k] for k in step.args]
        if any(arg is None for arg in args):
            return (None,) * step.outputs
        if step.kind == "reshape" and math.prod(step.option) != math.prod(args[0].shape):
            return (None,) * step.outputs  # a restriction has put another gradient into the slot than was drawn
        with contextlib.ExitStack() as stack:
            if step.no_grad:
                stack.enter_context(self.library.grad_mode(False))
            if step.saved is not None:
                stack.enter_context(self.library.saved_tensors_hooks(*self.saved_hooks(step.saved, step.kind)))
            if step.kind == "function":
                apply = make_function(self.library, step.option, self.write, self.nested_small, self.task_needs)
                made = apply(*args)
            else:
                made = self.library.op(step.kind, args, step.option)
        self.events.append(("op", *(bool(t.requires_grad) for t in made)))
        self.keep([t for t in (*made, *args) if t.requires_grad])
        return made

    def write_into(self, step: Write) -> None:
        target, value = self.slots[step.slot], 0.5 if step.value is None else self.slots[step.value]
        if target is None or value is None:
            return
        with self.library.grad_mode(not step.no_grad):
            self.library.write(step.kind, target, value)

    def keep(self, tensors: list[Any]) -> None:
        """Keep the nodes of tensors alive."""
        self.nodes += [self.library.node(t) for t in tensors]

    def saved_hooks(self, hooks: SavedHooks, kind: str) -> tuple[Callable, Callable]:
        name = f"s{len(self.slots)}"
        # No rule says which operand of a product is saved first (PyTorch goes by their names), so none is told here.
        told = kind not in ("mul", "matmul")

        def pack(tensor: Any) -> np.ndarray:
            self.write("pack", name, *([tensor] if told else []))
            if hooks.pack == "raise":
                raise BoomError(name)
            return self.library.array(tensor)

        def unpack(array: np.ndarray) -> Any:
            self.write("unpack", name, *([self.library.tensor(array)] if told else []))
            match hooks.unpack:
                case "raise":
                    raise BoomError(name)
                case "scale" if array.dtype.kind == "f":  # not the condition of a where
                    return self.library.tensor(array * 2)
                case "number":
                    return 3.0
            return self.library.tensor(array)

        return pack, unpack

    def remove(self, name: str) -> None:
        handle = self.handles.get(name)
        if handle is not None:
            handle.remove()

    def call(self, step: Call) -> tuple[Any, ...] | None:
        roots = [self.slots[k] for k in step.roots]
        inputs = None if step.inputs is None else [self.slots[k] for k in step.inputs]
        if any(t is None for t in (*roots, *(inputs or ()))):
            return None
        gradients = None
        if step.gradients is not None:
            # Of two errors in one call no rule says which comes first: a number is not given where a root is refused.
            fine = all(t.requires_grad for t in roots)
            shapes = [tuple(t.shape) for t in roots] + [tuple(roots[-1].shape)]
            gradients = [
                self.gradient(kind if fine or kind != "number" else "given", shape, k)
                for k, (kind, shape) in enumerate(zip(step.gradients, shapes, strict=False))
            ]
        if step.edges and inputs is not None:
            inputs = [self.library.edge(t) for t in inputs]
        options: dict[str, Any] = {"retain_graph": step.retain_graph, "create_graph": step.create_graph}
        self.events.append(("call", step.name))
        with self.library.grad_mode(not step.no_grad):
            if step.name == "backward":
                self.library.backward(roots, gradients, inputs=inputs, **options)
                return None
            options |= {"allow_unused": step.allow_unused, "materialize_grads": step.materialize}
            results = self.library.grad(roots, inputs, gradients, **options)
        self.write("result", *results)
        self.events.append(("differentiable", *(t is not None and bool(t.requires_grad) for t in results)))
        return tuple(results) if step.create_graph else None

    def gradient(self, kind: str, shape: tuple[int, ...], number: int) -> Any:
        match kind:
            case "implicit":
                return None
            case "number":
                return 1.0
            case "wrong_shape":
                shape = (*shape, 3)
        numbers = [1.0 + number - 0.5 * k for k in range(math.prod(shape))]
        return self.library.tensor(np.array(numbers).reshape(shape))

    def write_gradients(self) -> None:
        self.write("grads", *(None if t is None else t.grad for t in self.slots))

    # -- hooks -----------------------------------------------------------------------------------------

    def register(self, hook: Hook, name: str) -> None:
        targets = [self.slots[k] for k in hook.targets]
        if any(t is None for t in targets):
            return
        target, act = targets[0], hook.behaviour
        match hook.kind:
            case "T":
                self.handles[name] = target.register_hook(lambda grad: self.fire("T", name, act, grad))
            case "R":
                target.retain_grad()
            case "A":
                handle = target.register_post_accumulate_grad_hook(lambda leaf: self.fire_post(name, act, leaf))
                self.handles[name] = handle
            case "P" | "N" if target.requires_grad:
                node = self.library.node(target)
                self.nodes.append(node)
                put = node.register_prehook if hook.kind == "P" else node.register_hook
                self.handles[name] = put(lambda *grads: self.fire(hook.kind, name, act, *grads))
            case "M_all" | "M_any" if all(t.requires_grad for t in targets):
                mode = hook.kind[2:]
                fn = self.fire_all(name, act) if mode == "all" else self.fire_any(name, act)
                self.handles[name] = self.library.multi_grad_hook(targets, fn, mode)

    def fire_all(self, name: str, act: Behaviour) -> Callable:
        return lambda grads: self.fire("M_all", name, act, tuple(grads))

    def fire_any(self, name: str, act: Behaviour) -> Callable:
        return lambda grad: self.fire("M_any", name, act, grad)

    def fire(self, kind: str, name: str, act: Behaviour, *grads: Any) -> Any:
        """A call of any hook but a post-accumulate one: write it down, act, say what it returns."""
        self.write(kind, name, *grads)
        acted = self.act(name, act)
        current = grads[0]
        match act.kind:
            case "same":
                return current
            case "scale" if kind == "T":
                return None if current is None else self.scaled(current, act.number)
            case "scale":
                return tuple(None if grad is None else self.scaled(grad, act.number) for grad in current)
            case "drop" if current:
                dropped = int(act.number) % len(current)
                return tuple(None if k == dropped else grad for k, grad in enumerate(current))
        if act.kind.startswith("wrong_") and acted == act.number:
            return self.wrong(act.kind[len("wrong_") :], kind, current)
        return None

    def fire_post(self, name: str, act: Behaviour, leaf: Any) -> Any:
        self.write("A", name, leaf, leaf.grad)
        acted = self.act(name, act)
        if act.kind == "clear":
            leaf.grad = None
        if act.kind.startswith("wrong_") and acted == act.number:
            return {"wrong_itself": leaf, "wrong_tensor": leaf.detach(), "wrong_number": 3.0}[act.kind]
        return None

    def act(self, name: str, act: Behaviour) -> int:
        """Do what is the same for hooks of all kinds; say how often this hook has fired."""
        count = self.calls[name] = self.calls.get(name, 0) + 1
        match act.kind:
            case "remove_self":
                self.remove(name)
            case "remove_other":
                self.remove(f"h{int(act.number)}")
            case "register" if count == 1 and act.hook is not None:
                self.register(act.hook, name + "+")
            case "retain":
                if self.slots[int(act.number)] is not None:
                    self.slots[int(act.number)].retain_grad()
            case "raise" if count == act.number:
                raise BoomError(name)
            case "callback":
                self.library.queue_callback(lambda: self.callback(name, act.number == 1), act.number == 2)
            case "nested_small":
                self.nested_small(name)
            case "nested_main" if self.depth == 0:
                self.nested_main(name, int(act.number))
        return count

    def callback(self, name: str, fails: bool) -> None:
        self.write("callback", name, *(t.grad for t in self.slots[:1] if t is not None))
        if fails:
            raise BoomError(name)

    def scaled(self, grad: Any, factor: float) -> Any:
        return self.library.op("scale", (grad,), factor)[0]

    def wrong(self, what: str, kind: str, current: Any) -> Any:
        """A value that no hook may return (where the hook has nothing to spoil: one that it may)."""
        if kind.startswith("M"):
            return self.library.tensor(np.ones(5))  # ignored, whatever it is
        lone = kind == "T"
        first = current if lone else next((grad for grad in current or () if grad is not None), None)
        spoiled = self.library.tensor(np.ones(() if first is None else tuple(first.shape)))
        match what:
            case "shape" if first is not None:
                spoiled = self.library.tensor(np.ones((*first.shape, 3)))
            case "dtype" if first is not None:
                spoiled = self.library.tensor(np.ones(tuple(first.shape), np.float32))
            case "number":
                return 3.0
            case "list":
                return list(current)
            case "tensor":
                return spoiled
            case "tuple":
                return (current,)
            case "short":
                return current[:-1]
            case "long":
                return (*current, None)
            case "fill" if lone:
                return spoiled
            case "fill":
                return tuple(spoiled if grad is None else grad for grad in current)
        if first is None:
            return None
        return spoiled if lone else tuple(spoiled if grad is first else grad for grad in current)

    @contextlib.contextmanager
    def deeper(self) -> Iterator[None]:
        self.depth += 1
        try:
            yield
        finally:
            self.depth -= 1

    def nested_small(self, name: str) -> None:
        """A backward and a second-order gradient over a graph of its own, from inside a hook (E8)."""
        if self.depth:
            return
        with self.deeper(), self.library.grad_mode(True):
            x = self.library.tensor(np.array([0.5, -1.5]), requires_grad=True)
            y = self.library.op("mul", (x, x))[0]
            y.register_hook(lambda grad: self.write("T", name + " inner y", grad))
            x.register_hook(lambda grad: self.write("T", name + " inner x", grad))
            z = self.library.op("sum", (y,))[0]
            (first,) = self.library.grad([z], [x], create_graph=True)
            self.library.backward([self.library.op("sum", (first,))[0]])
            self.write("nested", name, first, x.grad)

    def nested_main(self, name: str, slot: int) -> None:
        """A `grad` over the very graph that is being run backward."""
        target = self.slots[slot]
        leaf = next((t for t in self.slots if t is not None and t.is_leaf and t.requires_grad), None)
        if target is None or leaf is None:
            return
        with self.deeper():
            gradient = self.library.tensor(np.full(tuple(target.shape), 0.5))
            results = self.library.grad([target], [leaf], [gradient], retain_graph=True, allow_unused=True)
        self.write("nested", name, *results)

    # -- the record ------------------------------------------------------------------------------------

    def write(self, *event: Any) -> None:
        self.events.append(tuple(self.plain(part) for part in event))

    def plain(self, part: Any) -> Any:
        if isinstance(part, tuple):
            return tuple(self.plain(element) for element in part)
        if not self.library.is_tensor(part):
            return part
        array = self.library.array(part)
        return Value(tuple(array.shape), tuple(float(number) for number in array.reshape(-1)))


def run(library: Library, program: Program, *, task_needs: bool = True) -> list[Event]:
    """The record of a program over a library. Without `task_needs`, Functions do not write `needs_input_grad` (W16)."""
    return Run(library, program, task_needs=task_needs)()


def difference(one: list[Event], other: list[Event]) -> str | None:
    """Say where two records part, or None if they are the same but for rounding."""
    tolerance = cache(lambda: 1e-10 * max([1.0, *(abs(number) for number in _numbers([one, other]) if math.isfinite(number))]))
    for k in range(max(len(one), len(other))):
        a, b = (record[k] if k < len(record) else "(nothing)" for record in (one, other))
        if not _same(a, b, tolerance):
            before = "".join(f"\n        {event}" for event in one[max(0, k - 6) : k])
            return f"event {k} differs; before it, in both:{before}\n    one:   {a}\n    other: {b}"
    return None


def _numbers(part: Any) -> Iterator[float]:
    if isinstance(part, Value):
        yield from part.numbers
    elif isinstance(part, (tuple, list)):
        for element in part:
            yield from _numbers(element)


def _same(a: Any, b: Any, tolerance: Callable[[], float]) -> bool:
    if isinstance(a, Value) and isinstance(b, Value):
        if a.shape != b.shape:
            return False
        # Mostly they are equal to the last bit, and this is known at once.
        return a.numbers == b.numbers or np.allclose(a.numbers, b.numbers, rtol=1e-9, atol=tolerance(), equal_nan=True)
    if isinstance(a, tuple) and isinstance(b, tuple):
        return len(a) == len(b) and all(_same(x, y, tolerance) for x, y in zip(a, b, strict=True))
    return type(a) is type(b) and a == b
