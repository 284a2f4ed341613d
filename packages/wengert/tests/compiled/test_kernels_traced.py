"""Kernels, by which rules compute over plain arrays, in programs: as one equation, and as what they are made of."""

from __future__ import annotations

import numpy as np
import pytest

import wengert as wg
from wengert.arrays.adapter import adapter_of, library
from wengert.compiled.calling import called, put_results
from wengert.compiled.decomposing import decomposed
from wengert.compiled.ir import Equation, LibraryFunction, Variable
from wengert.compiled.recorder import Recorder
from wengert.compiled.segments import Segment
from wengert.errors import ArgumentError

nnf = wg.nn.functional


def leaf(*shape):
    return wg.tensor(np.random.default_rng([7, *shape]).normal(size=shape), requires_grad=True)


#: By name: the function, and kernels that its derivative calls.
FUNCTIONS = {
    "relu": (lambda x, w, b: nnf.relu(x), {"relu_backward"}),
    "silu": (lambda x, w, b: nnf.silu(x), {"silu_backward"}),
    "gelu": (lambda x, w, b: nnf.gelu(x), {"gelu_backward"}),
    "softmax": (lambda x, w, b: nnf.softmax(x, axis=-1), {"softmax_backward"}),
    "log_softmax": (lambda x, w, b: nnf.log_softmax(x, axis=1), {"log_softmax_backward"}),
    "layer_norm": (lambda x, w, b: nnf.layer_norm(x, (6,), w, b), {"layer_norm_backward", "layer_norm_weight", "sum_front"}),
    "rms_norm": (lambda x, w, b: nnf.rms_norm(x, (6,), w), {"rms_norm_backward"}),
    "linear": (lambda x, w, b: nnf.linear(x, w[None] * b[:, None], b), {"sum_front"}),
    "max_pool2d": (lambda x, w, b: nnf.max_pool2d(x, 2), {"max_pool_backward"}),
    "cross_entropy": (lambda x, w, b: nnf.cross_entropy(x[0], np.array([0, 2, 5, 1])), set()),
}


def differentiated(function, x, w, b, seed):
    x.grad = w.grad = b.grad = None
    out = function(x, w, b)
    out.backward(seed)
    return out.detach()


def run(function, x, w, b, seed):
    out = differentiated(function, x, w, b, seed)
    return [out.numpy(), *(None if t.grad is None else t.grad.numpy() for t in (x, w, b))]


def equations(function):
    program = next(iter(function._programs.values()))[0]
    for step in program.steps:
        yield from step.equations if isinstance(step, Segment) else [step] if isinstance(step, Equation) else []


@pytest.mark.parametrize("seeded", [False, True])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_derivatives_call_kernels(name, seeded):
    """Values and gradients are those of an eager run; the first gradient may be a constant."""
    function, kernels = FUNCTIONS[name]
    x, w, b = leaf(3, 4, 6), leaf(6), leaf(6)
    like = np.asarray(function(x, w, b).detach().numpy())
    seed = wg.tensor(np.random.default_rng(1).normal(size=like.shape))
    ones = wg.tensor(np.ones(like.shape))
    expected = run(function, x, w, b, seed if seeded else ones)
    compiled = wg.compile(lambda x, w, b, seed: differentiated(function, x, w, b, seed if seeded else ones))
    for _ in range(2):
        out = compiled(x, w, b, seed)
        np.testing.assert_allclose(out.numpy(), expected[0], rtol=1e-12, atol=1e-14)
        for tensor, gradient in zip((x, w, b), expected[1:], strict=True):
            assert (tensor.grad is None) is (gradient is None)
            if gradient is not None:
                np.testing.assert_allclose(tensor.grad.numpy(), gradient, rtol=1e-10, atol=1e-12)
    called_by_name = {e.op.name for e in equations(compiled) if isinstance(e.op, LibraryFunction)}
    assert not seeded or kernels <= called_by_name  # of a constant gradient, some are computed when the program is made


# -- taken apart ---------------------------------------------------------------------------------------------------------
def traced_equations(function):
    """The equations of forward and backward of `function`, with values for what they read."""
    recorder, values = Recorder(), {}

    def known(array):
        traced = recorder.variable(array)
        values[traced.variable] = array
        return traced

    rng = np.random.default_rng(3)
    x, w, b = (wg.autograd.tensor.wrap(known(rng.normal(size=s))).requires_grad_() for s in ((3, 4, 6), (6,), (6,)))
    with recorder.recording():
        out = function(x, w, b)
        out.backward(wg.autograd.tensor.wrap(known(rng.normal(size=out.shape))))
    return recorder.steps, values


@pytest.mark.parametrize("name", [name for name in FUNCTIONS if name != "cross_entropy"])
def test_what_an_equation_is_made_of(name):
    """It computes what the equation does, to rounding, and is none of it."""
    steps, values = traced_equations(FUNCTIONS[name][0])
    apart = 0
    for step in steps:
        before = dict(values)
        result = called(step, values.__getitem__)
        put_results(step, result, values)
        parts = decomposed(step, library("numpy"))
        if parts is None:
            continue
        apart += 1
        assert all(part.op is not step.op for part in parts)
        for part in parts:
            found = called(part, lambda v, known=before: known[v])
            found = adapter_of(found).normalise(found) if part.single else found
            put_results(part, found, before)
        for v in step.makes():
            np.testing.assert_allclose(before[v], values[v], rtol=1e-9, atol=1e-12)
            assert (before[v].shape, before[v].dtype) == (v.shape, v.dtype)
    assert apart


def test_what_cannot_be_taken_apart():
    """Elementwise operators are what they are; of random numbers and of Python's numbers nothing is known."""
    recorder = Recorder()
    x = recorder.variable(np.ones(3))
    with recorder.recording():
        wg.exp(x)
    (equation,) = recorder.steps
    assert decomposed(equation, library("numpy")) is None
    number = Equation(equation.op, {"x": Variable((), float)}, equation.outputs, True)
    assert decomposed(number, library("numpy")) is None


# -- compiled calls of what others have given -----------------------------------------------------------------------------
def test_a_chain_of_compiled_calls():
    """Gradients flow through all of them, and through what lies between and before."""
    step = wg.compile(lambda x, v: (x * v, wg.sin(x) + v))

    def run(function):
        x, seen = wg.tensor([1.0, 2.0], requires_grad=True), []
        a = x * 3.0
        a.register_hook(lambda g: seen.append(g.tolist()))
        p, q = a, x
        for _ in range(4):
            p, q = function(p, q)
        (p.sum() + q.sum()).backward()
        return x.grad.numpy(), seen

    expected, events = run(lambda x, v: (x * v, wg.sin(x) + v))
    for _ in range(2):
        found, seen = run(step)
        np.testing.assert_allclose(found, expected, rtol=1e-12)
        np.testing.assert_allclose(seen, events, rtol=1e-12)
    assert step.captures == 2


def test_an_error_in_machine_code_is_told_as_ever():
    """The short way in has the loops written out; what they raise comes from the long way."""
    pytest.importorskip("numba")
    x = wg.tensor(np.zeros((2, 3)))
    compiled = wg.compile(lambda x, target: nnf.cross_entropy(x, target), backend="numba")
    for _ in range(3):
        np.testing.assert_allclose(compiled(x, wg.tensor([0, 2])).item(), np.log(3.0))
    with pytest.raises(ArgumentError, match="expected classes from 0 to 2"):
        compiled(x, wg.tensor([0, 3]))
    np.testing.assert_allclose(compiled(x, wg.tensor([0, 1])).item(), np.log(3.0))


def test_what_follows_a_convolution_is_no_group_by_itself():
    """Blocks would copy it into row-major order; with others, there is something to win."""
    from wengert.compiled.backends.blocked.groups import Group, grouped
    from wengert.compiled.function import CompiledFunction

    x, w = wg.tensor(np.ones((64, 4, 16, 16))), wg.tensor(np.ones((4, 4, 3, 3)))

    def groups(function):
        compiled: CompiledFunction = wg.compile(function)
        compiled(x, w)
        program = next(iter(compiled._programs.values()))[0]
        found = [step for step in program.traced if isinstance(step, Equation)]
        return [len(step.equations) for step in grouped(found, program.results) if isinstance(step, Group)]

    assert groups(lambda x, w: nnf.relu(nnf.conv2d(x, w, padding=1))) == []
    assert groups(lambda x, w: nnf.relu(x)) == [1]
    assert groups(lambda x, w: wg.exp(nnf.relu(nnf.conv2d(x, w, padding=1))) * 2.0) == [3]
