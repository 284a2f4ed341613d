"""The inductor backend: training steps, hooks, what cannot be traced, errors. Each program takes seconds to compile."""

from __future__ import annotations

import numpy as np
import pytest

import wengert as wg
from compiled.backends import installed, lacking
from compiled.training import assert_trains_as_eager, host, numbers, segments
from wengert.compiled import Compiler, compiled_autograd
from wengert.errors import CompileError, WengertError
from wengert.nn import functional as nnf

torch = pytest.importorskip("torch", reason="the inductor backend needs PyTorch")


needs_compiler = pytest.mark.skipif(not installed("inductor"), reason=str(lacking("inductor")))
pytestmark = pytest.mark.compiler


def programs_of(function):
    return [program for kept in function._programs.values() for program in kept]


def reasons_of(function):
    return {
        equation.op.name: reason
        for program in programs_of(function)
        for segment in segments(program)
        for equation, reason in segment.reasons.items()
    }


def from_numpy(array):
    return torch.from_numpy(np.array(array))


# -- training ------------------------------------------------------------------------------------------------------------
@needs_compiler
@pytest.mark.slow
@pytest.mark.parametrize("name", ["MLP, SGD"])  # Inductor takes half a minute over others
def test_a_training_step(name):
    made = assert_trains_as_eager(name, from_numpy, lambda step: wg.compile(step, backend="inductor"))
    assert (made.captures, made.hits) == (1, 3)
    (program,) = programs_of(made)
    assert len(segments(program)) == 1
    assert reasons_of(made) == {}


@needs_compiler
@pytest.mark.slow
def test_a_compiled_backward_with_a_hook_in_the_middle():
    compiler, seen = Compiler("inductor"), []
    x = wg.tensor(from_numpy(numbers(4)), requires_grad=True)

    def backward(factor):
        x.grad = None
        y = wg.tanh(x * factor)
        y.register_hook(lambda g: seen.append(host(g)))
        (y * y * factor).sum().backward()
        return host(x.grad)

    expected = [backward(f) for f in (0.5, 1.5, -2.5)]
    wanted, seen[:] = list(seen), []
    with compiled_autograd(compiler=compiler):
        got = [backward(f) for f in (0.5, 1.5, -2.5)]
    assert compiler.counts == {"captures": 1, "hits": 2, "left": 0}
    for a, b in zip([*got, *seen], [*expected, *wanted], strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12)


@needs_compiler
@pytest.mark.slow
def test_numbers_are_weak():
    """A Python number that differs from run to run leaves float32 what it is."""
    compiler = Compiler("inductor")
    x = wg.tensor(torch.ones(3), requires_grad=True)
    with compiled_autograd(compiler=compiler):
        for factor in (2.0, 3.0, 4.0):
            x.grad = None
            (x * factor).sum().backward()
            assert x.grad.dtype == torch.float32
            np.testing.assert_array_equal(host(x.grad), np.full(3, factor))
    assert compiler.counts["hits"] == 2


# -- layouts and values ----------------------------------------------------------------------------------------------------
@needs_compiler
@pytest.mark.slow
def test_other_strides_are_compiled_anew():
    function = wg.compile(lambda x: wg.exp(x) + 1.0, backend="inductor")
    x = from_numpy(numbers(4, 6))
    strided = torch.stack([x, x], dim=-1)[..., 0]
    function(x)
    (segment,) = segments(programs_of(function)[0])
    (part,) = segment.function.parts
    for array in (x, strided, x, strided):
        np.testing.assert_allclose(function(array).numpy(), np.exp(x.numpy()) + 1.0, rtol=1e-12)
    assert len(part.run.compiled) == 2
    assert function.captures == 1


@needs_compiler
@needs_compiler
@pytest.mark.slow
def test_a_class_out_of_bounds():
    function = wg.compile(nnf.cross_entropy, backend="inductor")
    x = from_numpy(numbers(2, 3))
    function(x, torch.tensor([0, 2]))
    again = torch.tensor([1, -100])
    np.testing.assert_allclose(function(x, again).numpy(), nnf.cross_entropy(x, again).numpy(), rtol=1e-12)
    with pytest.raises(WengertError, match="expected classes from 0 to 2"):
        function(x, torch.tensor([0, 3]))


# -- failures ------------------------------------------------------------------------------------------------------------
@needs_compiler
def test_a_failure_is_told_once_and_computed_otherwise():
    function = wg.compile(lambda x: wg.exp(x) * 2.0, backend="inductor")
    function(torch.ones(3))
    (segment,) = segments(programs_of(function)[0])
    (part,) = segment.function.parts

    def fails(*arrays):
        raise RuntimeError("g++: no room")

    part.run = fails
    told = r"backend 'inductor': exp, multiply are called one by one from now on: RuntimeError: g\+\+"
    with pytest.warns(UserWarning, match=told):
        np.testing.assert_array_equal(function(torch.zeros(3)).numpy(), np.full(3, 2.0))
    np.testing.assert_array_equal(function(torch.zeros(3)).numpy(), np.full(3, 2.0))  # a warning would be an error


def test_no_cpp_compiler(monkeypatch):
    from torch._inductor.exc import InvalidCxxCompiler

    from wengert.compiled.backends import inductor

    def missing():
        raise InvalidCxxCompiler

    monkeypatch.setattr(inductor, "get_cpp_compiler", missing)
    function = wg.compile(lambda x: x * 2.0, backend="inductor")
    with pytest.raises(CompileError, match=r"needs a C\+\+ compiler"):
        function(torch.ones(3))


def test_arrays_of_another_library():
    function = wg.compile(lambda x: x * 2.0, backend="inductor")
    with pytest.raises(CompileError, match="'inductor' takes arrays of PyTorch, got arrays of numpy"):
        function(np.ones(3))
