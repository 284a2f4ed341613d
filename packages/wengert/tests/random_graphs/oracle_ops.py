"""The oracle's operators, its custom Function, and the façade over it: `Oracle`."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import numpy as np

from .libraries import Library
from .oracle import Engine, multi_grad_hook
from .oracle_graph import Edge, Grad, Node, Saved, State, Tensor

AGAIN = "a second time through a graph whose saved values were released"


class Ops:
    """Operators over Tensors. Their rules are made of the same operators, so they are differentiable themselves."""

    def __init__(self, state: State) -> None:
        self.state = state

    def record(
        self, inputs: Sequence[Tensor | None], outputs: Sequence[np.ndarray], save: Sequence[Tensor | int], rule: Callable,
        plain: bool = False,
    ) -> tuple[Tensor, ...]:  # fmt: skip
        """Put a node behind `outputs` if one is wanted.

        `rule(saved, grads, wanted)` gives a gradient for each input; `save` lists what it needs (a number means that
        output); `plain` says that it keeps something that is released but never seen by saved-tensor hooks.
        """
        made = tuple(Tensor(self.state, array) for array in outputs)
        if not (self.state.grad_mode and any(t is not None and t.requires_grad for t in inputs)):
            return made

        def run(node: Node, grads: list[Grad], wanted: list[bool]) -> list[Grad]:
            if node.released and (node.saved or plain):
                raise RuntimeError(AGAIN)
            saved = [one.unpack() for one in node.saved]
            if all(grad is None for grad in grads):
                return [None] * len(inputs)
            results = rule(saved, grads, wanted)
            if rule == self._pieces and any(wanted) and "list" in self.state.dialect:
                return results
            return [grad if want else None for grad, want in zip(results, wanted, strict=True)]

        edges = [t.gradient_edge() if t is not None else None for t in inputs]
        node = Node(run, edges, outputs)
        node.input_shapes = [None if t is None else t.shape for t in inputs]
        for k, tensor in enumerate(made):
            tensor.edge = (node, k)
        node.saved = [Saved(self.state, made[one] if isinstance(one, int) else one) for one in save]
        return made

    # -- elementwise -----------------------------------------------------------------------------------

    def add(self, x: Tensor, y: Tensor) -> Tensor:
        return self.record([x, y], [x.array + y.array], [], lambda s, g, w: [g[0], g[0]])[0]

    def sub(self, x: Tensor, y: Tensor) -> Tensor:
        return self.record([x, y], [x.array - y.array], [], lambda s, g, w: [g[0], w[1] and self.neg(g[0])])[0]

    def mul(self, x: Tensor, y: Tensor) -> Tensor:
        return self._product(x, y, x.array * y.array, lambda g, y: self.mul(g, y), lambda g, x: self.mul(g, x))

    def _product(
        self, x: Tensor, y: Tensor, array: np.ndarray, for_x: Callable, for_y: Callable, backwards: bool = True
    ) -> Tensor:
        """Save what the other's gradient needs. PyTorch goes by the names of arguments: `backwards` is y before x."""
        order = -1 if backwards else 1
        save = [t for t, other in ((x, y), (y, x))[::order] if other.requires_grad]

        keys = [k for k, other in ((0, y), (1, x))[::order] if other.requires_grad]

        def rule(saved: list[Tensor], g: list[Grad], wanted: list[bool]) -> list[Grad]:
            values = dict(zip(keys, saved, strict=True))
            results: list[Grad] = [None, None]
            for k, rule in ((0, for_x), (1, for_y))[::order]:
                if wanted[k]:
                    results[k] = rule(g[0], values[1 - k])
            return results

        return self.record([x, y], [array], save, rule)[0]

    def scale(self, x: Tensor, factor: float) -> Tensor:
        # The number has a place among the edges (G1.1), and is kept until release (G4.1).
        rule = lambda s, g, w: [self.scale(g[0], factor), None]
        return self.record([x, None], [x.array * factor], [], rule, plain=True)[0]

    def neg(self, x: Tensor) -> Tensor:
        return self.record([x], [-x.array], [], lambda s, g, w: [self.neg(g[0])])[0]

    def sin(self, x: Tensor) -> Tensor:
        return self.record([x], [np.sin(x.array)], [x], lambda s, g, w: [self.mul(g[0], self.cos(s[0]))])[0]

    def cos(self, x: Tensor) -> Tensor:
        rule = lambda s, g, w: [self.mul(g[0], self.neg(self.sin(s[0])))]
        return self.record([x], [np.cos(x.array)], [x], rule)[0]

    def exp(self, x: Tensor) -> Tensor:
        return self.record([x], [np.exp(x.array)], [0], lambda s, g, w: [self.mul(g[0], s[0])])[0]

    def clone(self, x: Tensor) -> Tensor:
        return self.record([x], [x.array.copy()], [], lambda s, g, w: [g[0]])[0]

    def masked(self, x: Tensor, mask: np.ndarray) -> Tensor:
        return self.record([x], [np.where(mask, x.array, 0.0)], [], lambda s, g, w: [self.masked(g[0], mask)])[0]

    def where(self, condition: Tensor, x: Tensor, y: Tensor) -> Tensor:
        # The condition is saved like a tensor, and takes no gradient, hence no edge.
        mask = condition.array

        def rule(saved: list[Tensor], g: list[Grad], wanted: list[bool]) -> list[Grad]:
            return [self.masked(g[0], saved[0].array), self.masked(g[0], ~saved[0].array.astype(bool))]

        return self.record([x, y], [np.where(mask, x.array, y.array)], [condition], rule)[0]

    # -- shapes ----------------------------------------------------------------------------------------

    def broadcast(self, x: Tensor, shape: tuple[int, ...]) -> Tensor:
        rule = lambda s, g, w: [g[0]]
        return self.record([x], [np.broadcast_to(x.array, shape).copy()], [], rule)[0]

    def sum_to(self, x: Tensor, shape: tuple[int, ...]) -> Tensor:
        lead = len(x.shape) - len(shape)
        if lead < 0 or any(b not in (a, 1) for a, b in zip(x.shape[lead:], shape, strict=True)):
            raise RuntimeError("a gradient has a shape that cannot be summed to its input's")
        axes = tuple(range(lead)) + tuple(lead + k for k, size in enumerate(shape) if size == 1)
        array = x.array.sum(axis=axes).reshape(shape)
        return self.record([x], [array], [], lambda s, g, w: [self.broadcast(g[0], x.shape)])[0]

    def sum(self, x: Tensor) -> Tensor:
        return self.record([x], [x.array.sum()], [], lambda s, g, w: [self.broadcast(g[0], x.shape)])[0]

    def reshape(self, x: Tensor, shape: tuple[int, ...]) -> Tensor:
        return self.record([x], [x.array.reshape(shape)], [], lambda s, g, w: [self.reshape(g[0], x.shape)])[0]

    def sum_axis(self, x: Tensor, axis: int) -> Tensor:
        kept = (*x.shape[:axis], 1, *x.shape[axis + 1 :])
        rule = lambda s, g, w: [self.broadcast(self.reshape(g[0], kept), x.shape)]
        return self.record([x], [x.array.sum(axis=axis)], [], rule)[0]

    def stack(self, *tensors: Tensor) -> Tensor:
        return self.record(tensors, [np.stack([t.array for t in tensors])], [], self._pieces)[0]

    def _pieces(self, saved: list[Tensor], g: list[Grad], wanted: list[bool]) -> list[Grad]:
        return list(self.unstack(g[0]))

    def unstack(self, x: Tensor) -> tuple[Tensor, ...]:
        def rule(saved: list[Tensor], g: list[Grad], wanted: list[bool]) -> list[Grad]:
            return [self.stack(*(Tensor(self.state, np.zeros(x.shape[1:])) if one is None else one for one in g))]

        return self.record([x], list(x.array), [], rule)

    def matmul(self, x: Tensor, y: Tensor) -> Tensor:
        spec = {(2, 2): "ab,bc->ac", (2, 1): "ab,b->a", (1, 1): "a,a->"}[len(x.shape), len(y.shape)]
        return self.einsum(x, y, spec)

    def einsum(self, x: Tensor, y: Tensor, spec: str) -> Tensor:
        terms, out = spec.split("->")
        a, b = terms.split(",")
        return self._product(
            x, y, np.einsum(spec, x.array, y.array),
            lambda g, y: self.einsum(g, y, f"{out},{b}->{a}"),
            lambda g, x: self.einsum(g, x, f"{out},{a}->{b}"),
            backwards=len(y.shape) == 2,
        )  # fmt: skip


class Context:
    """What a custom Function's forward and backward share."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.to_save: tuple[Tensor, ...] = ()
        self.materialize = True
        self.constant: tuple[Tensor, ...] = ()
        self.needs_input_grad: tuple[bool, ...] = ()
        self.node: Node | None = None

    def save_for_backward(self, *tensors: Tensor) -> None:
        self.to_save = tensors

    def set_materialize_grads(self, value: bool) -> None:
        self.materialize = value

    def mark_non_differentiable(self, *tensors: Tensor) -> None:
        self.constant = tensors

    @property
    def saved_tensors(self) -> tuple[Tensor, ...]:
        assert self.node is not None
        if self.node.released:
            raise RuntimeError(AGAIN)
        return tuple(one.unpack() for one in self.node.saved)


class Function:
    """A custom Function: subclasses are made by `functions.make_function`. `state` and `ops` are set by `Oracle`."""

    state: State
    ops: Ops

    @classmethod
    def apply(cls, *inputs: Tensor) -> tuple[Tensor, ...]:
        ctx = Context(cls.state)
        recorded = cls.state.grad_mode and any(t.requires_grad for t in inputs)
        ctx.needs_input_grad = tuple(t.requires_grad for t in inputs)
        with cls.state.mode(False):
            if hasattr(cls, "setup_context"):
                outputs = cls.forward(*inputs)
                cls.setup_context(ctx, inputs, outputs)
            else:
                outputs = cls.forward(ctx, *inputs)
        if not recorded:
            return outputs
        node = Node(cls.rule(ctx), [t.gradient_edge() for t in inputs], [t.array for t in outputs])
        node.input_shapes = [t.shape for t in inputs]
        ctx.node = node
        for k, tensor in enumerate(outputs):
            if not any(tensor is one for one in ctx.constant):
                tensor.edge = (node, k)
        node.saved = [Saved(cls.state, one) for one in ctx.to_save]
        return outputs

    @classmethod
    def rule(cls, ctx: Context) -> Callable:
        def run(node: Node, grads: list[Grad], wanted: list[bool]) -> list[Grad]:
            if "W16" not in cls.state.dialect:
                ctx.needs_input_grad = tuple(wanted)
            if ctx.materialize:
                zeros = [Tensor(cls.state, np.zeros(shape)) for shape in node.shapes]
                grads = [zero if grad is None else grad for grad, zero in zip(grads, zeros, strict=True)]
            results = cls.backward(ctx, *grads)
            results = list(results) if isinstance(results, tuple) else [results]
            while len(results) > len(node.edges) and results[-1] is None:
                results.pop()
            if len(results) != len(node.edges):
                raise RuntimeError("a Function returned a wrong number of gradients")
            if not all(grad is None or isinstance(grad, Tensor) for grad in results):
                raise RuntimeError("a Function returned something that is no Tensor")
            return results

        return run

    forward: Any
    backward: Any


class Oracle(Library):
    """The oracle in a library's clothes. A test may give it a wrong engine."""

    name = "oracle"

    def __init__(self, dialect: frozenset[str] = frozenset(), engine: type[Engine] = Engine) -> None:
        self.state = State(dialect)
        self.ops = Ops(self.state)
        self.engine = engine(self.state, self.ops)
        self.Function = type("Function", (Function,), {"state": self.state, "ops": self.ops})
        self.module = SimpleNamespace(Tensor=Tensor)

    def tensor(self, array: np.ndarray, requires_grad: bool = False) -> Tensor:
        return Tensor(self.state, np.array(array), requires_grad)

    def array(self, tensor: Tensor) -> np.ndarray:
        return np.array(tensor.array)

    def edge(self, tensor: Tensor) -> Edge:
        edge = tensor.gradient_edge()
        if edge is None or not tensor.requires_grad:
            raise RuntimeError("a tensor that does not require grad has no gradient edge")
        return Edge(*edge)

    def op(self, kind: str, args: Sequence[Tensor], option: Any = None) -> tuple[Tensor, ...]:
        if kind == "detach":
            return (args[0].detach(),)
        if kind == "where":
            shape = np.broadcast_shapes(args[0].shape, args[1].shape)
            size = max(math.prod(arg.shape) for arg in args)
            args = [self.tensor(np.resize(np.arange(size) % 2 == 0, shape)), *args]
        made = getattr(self.ops, kind)(*args, *(() if option is None else (option,)))
        return made if isinstance(made, tuple) else (made,)

    def backward(self, *args: Any, **kwargs: Any) -> None:
        self.engine.backward(*args, **kwargs)

    def grad(self, *args: Any, **kwargs: Any) -> tuple[Any, ...]:
        return self.engine.grad(*args, **kwargs)

    @contextmanager
    def saved_tensors_hooks(self, pack: Callable, unpack: Callable) -> Iterator[None]:
        self.state.saved_hooks.append((pack, unpack))
        try:
            yield
        finally:
            self.state.saved_hooks.pop()

    def multi_grad_hook(self, tensors: Sequence[Tensor], fn: Callable, mode: str) -> Any:
        return multi_grad_hook(self.state, tensors, fn, mode)

    def grad_mode(self, enabled: bool) -> Any:
        return self.state.mode(enabled)

    def queue_callback(self, fn: Callable[[], None], always: bool) -> None:
        if not self.state.tasks:
            raise RuntimeError("no backward is running")
        self.state.tasks[-1].callbacks.append((fn, always))

    def once_differentiable(self, fn: Callable) -> Callable:
        """Results that raise when a gradient reaches them; in PyTorch's dialect nothing leads through them (W26)."""

        def backward(ctx: Context, *grads: Grad) -> Any:
            with self.state.mode(False):
                results = fn(ctx, *grads)
            if not self.state.grad_mode:
                return results
            assert ctx.node is not None
            sources = [grad for grad in grads if grad is not None]
            for edge in ctx.node.edges:
                stand_in = self.tensor(np.zeros(()))
                stand_in.edge, stand_in.leaf_requires_grad = edge, edge is not None
                sources.append(stand_in)
            if "W26" in self.state.dialect:
                if not any(grad is not None and grad.requires_grad for grad in grads):
                    return results
                sources = [self.tensor(one.array, True) for one in results if one is not None]

            def refuse(*_: Any) -> list[Grad]:
                raise RuntimeError("a once-differentiable Function was differentiated twice")

            arrays = [np.zeros(()) if one is None else one.array for one in results]
            made = self.ops.record(sources, arrays, [], refuse)
            return tuple(None if old is None else new for old, new in zip(results, made, strict=True))

        return backward
