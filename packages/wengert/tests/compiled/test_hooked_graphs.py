"""Random graphs full of hooks, one of which disturbs the run: compiled or not, the same happens in the same order."""

from __future__ import annotations

import numpy as np
import pytest

import wengert as wg
from wengert.autograd.graph import get_gradient_edge, saved_tensors_hooks
from wengert.compiled import compiled_autograd

from .hooked import compiler_for, plain

UNARY = (wg.exp, wg.tanh, wg.sin, wg.negative, wg.flip, lambda t: t * 1.5, lambda t: t + 2.0, lambda t: wg.sqrt(t * t + 1.0))
BINARY = (wg.multiply, wg.add, wg.subtract, lambda a, b: a / (b * b + 1.0), wg.maximum)
KINDS = ("tensor", "pre", "post", "retain", "pure", "pure pre", "pure post")
REGISTERED = ("register tensor", "register pre", "register post", "register leaf")
DISTURBANCES = ("None", *REGISTERED, "retain", "remove", "nested", "nothing")


class Graph:
    """One random graph; `run` makes it anew, with hooks that log."""

    def __init__(self, seed):
        draw = np.random.default_rng(seed)
        self.steps = []
        for number in range(12):
            count = 3 + number  # three leaves, and what there is by then
            if draw.random() < 0.5:
                self.steps.append((UNARY[draw.integers(len(UNARY))], [int(draw.integers(count))], draw.random() < 0.2))
            elif draw.random() < 0.25:
                self.steps.append((None, [int(draw.integers(count))], False))  # two outputs, of which one is dropped
            else:
                pair = [int(draw.integers(count)), int(draw.integers(max(0, count - 3), count))]
                self.steps.append((BINARY[draw.integers(len(BINARY))], pair, draw.random() < 0.2))
        self.hooks = [(int(draw.integers(15)), KINDS[draw.integers(len(KINDS))]) for _ in range(7)]
        opaque = [number for number, (_, kind) in enumerate(self.hooks) if kind in KINDS[:3]]
        self.disturber, self.target = max(opaque, key=lambda number: self.hooks[number], default=-1), int(draw.integers(10))
        self.disturbance = DISTURBANCES[draw.integers(len(DISTURBANCES))]
        self.asked = draw.random() < 0.3

    def run(self, log, disturbed, size=2):
        """Build, hook, run backward."""
        tensors = [wg.tensor(np.linspace(0.5, 1.0, size) * (i + 1), requires_grad=True) for i in range(3)]
        for op, places, packed in self.steps:
            args = [tensors[place] for place in places]
            if op is None:
                first, _ = wg.unstack(wg.stack([args[0], args[0] * 2.0]))
                tensors.append(first)
            elif packed:
                with saved_tensors_hooks(lambda t: t.detach(), lambda t: log("unpack") or t):
                    tensors.append(op(*args))
            else:
                tensors.append(op(*args))
        handles = []
        for number, (place, kind) in enumerate(self.hooks):
            self.hook(log, tensors, handles, number, place, kind, disturbed and number == self.disturber)
        total = sum((t * t).sum() for t in tensors[-2:])
        if self.asked:
            results = wg.autograd.grad(total, [tensors[0], tensors[5], tensors[1]], allow_unused=True)
            log("results", *results)
        else:
            total.backward()
        log("grads", *[t.grad for t in tensors[:3]], *[t.grad for t in tensors[3:] if t.retains_grad])

    def hook(self, log, tensors, handles, number, place, kind, disturbs):
        tensor = tensors[place]
        node = get_gradient_edge(tensor).node
        what = f"{kind} {number}"

        def disturb():
            if disturbs:
                self.disturb(log, tensors, handles)
            return disturbs and self.disturbance == "None"

        def on_tensor(g):
            log(what, g)
            disturb()
            return None if number % 2 else None if g is None else g * 1.25

        def on_pre(gs):
            log(what, gs)
            gone = disturb()
            return tuple(None if gone or g is None else g * 0.5 for g in gs)

        def on_post(gi, go):
            log(what, gi, go)
            gone = disturb()
            return tuple(None if gone or g is None else g * 0.75 for g in gi)

        if kind == "tensor":
            handles.append(tensor.register_hook(on_tensor))
        elif kind == "retain":
            tensor.retain_grad()
        elif kind == "pre":
            handles.append(node.register_prehook(on_pre))
        elif kind == "post":
            handles.append(node.register_hook(on_post))
        elif kind == "pure":
            handles.append(tensor.register_hook(lambda g: None if g is None else g * 1.1, pure=True))
        elif kind == "pure pre":
            handles.append(node.register_prehook(lambda gs: tuple(None if g is None else g + 0.1 for g in gs), pure=True))
        else:
            handles.append(node.register_hook(lambda gi, go: tuple(None if g is None else g * 0.9 for g in gi), pure=True))

    def disturb(self, log, tensors, handles):
        target = tensors[self.target]
        log("disturbed", self.disturbance)
        match self.disturbance:
            case "register tensor":
                target.register_hook(lambda g: log("late", g))
            case "register pre":
                get_gradient_edge(target).node.register_prehook(lambda gs: log("late", gs))
            case "register post":
                get_gradient_edge(target).node.register_hook(lambda gi, go: log("late", gi, go))
            case "register leaf":
                tensors[0].register_hook(lambda g: log("late", g))
                tensors[1].register_post_accumulate_grad_hook(lambda t: log("late", t.grad))
            case "retain":
                target.retain_grad()
            case "remove":
                for handle in handles:
                    handle.remove()
            case "nested":
                with wg.enable_grad():
                    inner = wg.tensor([1.0], requires_grad=True)
                    y = inner * 2.0
                    y.register_hook(lambda g: log("inner", g))
                    y.sum().backward()


@pytest.mark.parametrize("backend", ["python", "segments"])
@pytest.mark.parametrize("seed", range(60))
@pytest.mark.filterwarnings("ignore")
def test_a_random_graph(seed, backend):
    graph, times = Graph(seed), 4
    eager, compiled, compiler = [], [], compiler_for(backend)
    for i in range(times):
        graph.run(lambda *event: eager.append(plain(event)), i == 2)
    with compiled_autograd(compiler=compiler):
        for i in range(times):
            graph.run(lambda *event: compiled.append(plain(event)), i == 2)
    assert compiled == eager
    assert compiler.counts["captures"] + compiler.counts["hits"] >= times
    assert compiler.counts["hits"] >= 1


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.filterwarnings("ignore")
def test_a_random_graph_of_several_sizes(seed):
    """A program for several sizes has the hooks, and the places where it is left, of one for each."""
    graph, sizes = Graph(seed), (2, 2, 3, 5, 4, 2, 6)
    eager, compiled, compiler = [], [], compiler_for("python")
    for i, size in enumerate(sizes):
        graph.run(lambda *event: eager.append(plain(event)), i == 4, size)
    with compiled_autograd(compiler=compiler):
        for i, size in enumerate(sizes):
            graph.run(lambda *event: compiled.append(plain(event)), i == 4, size)
    assert compiled == eager
    assert compiler.specialisations >= 1
