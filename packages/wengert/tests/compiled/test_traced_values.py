"""Whoever looks at the value of a traced array is told at which line of theirs, and what to do instead."""

from __future__ import annotations

import importlib.util
import itertools

import numpy as np
import pytest

import wengert as wg
from op_helpers import forget
from wengert.errors import TraceError
from wengert.op import operator, rule

__all__ = ["forget"]  # a fixture

#: What looks at values: of a vector `x`, of a number `s` and of an integer `i`, tensors all.
LOOKS = {
    "if": "if s > 0: pass",
    "while": "while s > 100: pass",
    "not": "not s",
    "and": "s and 1",
    "assert": "assert s < 1000",
    "bool": "bool(s)",
    "int": "int(s)",
    "float": "float(s)",
    "complex": "complex(s)",
    "math.sqrt": "math.sqrt(s)",
    "math.floor": "math.floor(s)",
    "index": "operator.index(i)",
    "an item of a list": "[1, 2, 3][i]",
    "range": "range(i)",
    "divmod of numbers": "divmod(7, int(i))",
    "len of nonzero": "len(wg.nonzero(x)[0])",
    "len of unique values": "len(wg.unique_values(x))",
    "a mask": "x[x > 0]",
    "a chain of comparisons": "0 < s < 1",
    "max of two": "max(s, 0.5)",
    "sorted": "sorted([x[0], x[1]])",
    "in a list": "s in [1.0, 2.0]",
    "in a tensor": "1.0 in x",
    "any": "any(x > 0)",
    "elements": "[v for v in x if v > 0]",
    "item": "s.item()",
    "item of an element": "x[0].item()",
    "tolist": "x.tolist()",
    "numpy": "x.numpy()",
    "np.asarray": "np.asarray(x)",
    "np.array": "np.array([s, s])",
    "np.save": "np.save(io.BytesIO(), x)",
    "np.testing": "np.testing.assert_allclose(x, 1.0)",
    "dlpack": "x.__dlpack__()",
    "from_dlpack": "np.from_dlpack(x)",
    "pickle": "pickle.dumps(x)",
    "format": "f'{s:.3f}'",
    "percent": "'%f' % s",
    "a shape": "wg.zeros((i, 2))",
    "a reshape": "wg.reshape(x, (i, 1))",
    "the end of a slice": "[1, 2, 3][:i]",
    "arange": "wg.arange(i)",
    "a size": "x.sum(axis=i)",
    "np.array2string": "np.array2string(x)",
    "np.savetxt": "np.savetxt(io.StringIO(), x)",
    "deep copy": "copy.deepcopy(x.array)",
    "a raw array as a list": "list(map(float, x.array))",
}

HEAD = """\
import copy
import io
import math
import operator
import pickle

import numpy as np

import wengert as wg


def look(x, s, i):
    """
LINE = HEAD.count("\n") + 1

#: The same of arrays that are no tensors: NumPy's have these methods.
LOOKS_AT_ARRAYS = {
    name: LOOKS[name]
    for name in (
        "if", "bool", "int", "float", "index", "math.sqrt", "range", "a mask", "len of nonzero", "max of two", "in a tensor",
        "elements", "item", "tolist", "np.asarray", "np.save", "np.testing", "dlpack", "from_dlpack", "pickle", "format",
        "a shape",
    )
} | {"tobytes": "x.tobytes()"}  # fmt: skip

_names = itertools.count()


@pytest.fixture
def module(tmp_path):
    """Makes a module of the user's, in a file, with a function `look` that has one statement, on line `LINE`."""

    def make(statement):
        path = tmp_path / f"theirs_{next(_names)}.py"
        path.write_text(HEAD + statement + "\n    return x\n")
        spec = importlib.util.spec_from_file_location(path.stem, path)
        made = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(made)
        return made.look, f"{path}:{LINE}"

    return make


def looking(look, context):
    """A function to be compiled, in which `look` is called somewhere with traced tensors."""

    def seen(x):
        return look(x, wg.sum(x), wg.astype(wg.sum(x * 0.0), wg.int64) + 1)

    def outer(x):
        def inner(y):
            return [seen(y * 2.0)]

        return [inner(x)]

    class Thing:
        def method(self, x):
            return seen(x)

    class Forward(wg.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return seen(x) * 2.0

        @staticmethod
        def backward(ctx, grad):
            return grad

    class Backward(wg.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2.0

        @staticmethod
        def backward(ctx, grad):
            seen(grad)
            return grad * 2.0

    def backward_of(make):
        def run(x):
            leaf = x.detach().requires_grad_()
            wg.sum(make(leaf)).backward()
            return leaf.grad

        return run

    def hooked(x):
        y = x * 2.0
        y.register_hook(lambda g: seen(g) * 1.0, pure=True)
        return y

    return {
        "called": seen,
        "nested": outer,
        "method": Thing().method,
        "function forward": Forward.apply,
        "function backward": backward_of(Backward.apply),
        "pure hook": backward_of(hooked),
        "generator": lambda x: next(seen(y) for y in [x]),
    }[context]


def refused(function, *arguments):
    """The message of the error that compiling `function` gives, after which the arguments are what they were."""
    before = [a.tolist() for a in arguments]
    with pytest.raises(TraceError) as caught:
        wg.compile(function)(*arguments)
    assert [a.tolist() for a in arguments] == before
    assert all(type(a.array if isinstance(a, wg.Tensor) else a) is np.ndarray for a in arguments)
    return str(caught.value)


@pytest.mark.parametrize("name", LOOKS)
def test_looking_at_a_value(name, module):
    """The line of the function that looks, and what to do."""
    look, line = module(LOOKS[name])
    message = refused(looking(look, "called"), wg.tensor([1.0, 2.0]))
    assert f"{line})" in message
    assert any(advice in message for advice in ("where()", "static_argnums", "outside of the compiled function")), message


@pytest.mark.parametrize("name", LOOKS_AT_ARRAYS)
def test_looking_at_a_value_of_an_array(name, module):
    look, line = module(LOOKS_AT_ARRAYS[name])
    assert f"{line})" in refused(looking(look, "called"), np.array([1.0, 2.0]))


def test_an_attribute_of_numpys_arrays(module):
    """It is not there, and who knows it from NumPy is told where and what instead."""
    look, line = module("x.ptp")
    with pytest.raises(AttributeError, match="'ptp'"):
        wg.compile(looking(look, "called"))(np.array([1.0, 2.0]))
    look, line = module("x.cumsum()")
    with pytest.raises(AttributeError, match=r"no attribute 'cumsum'.* pass a Tensor") as caught:
        wg.compile(looking(look, "called"))(np.array([1.0, 2.0]))
    assert line in str(caught.value)


@pytest.mark.parametrize("context", ["nested", "method", "function forward", "function backward", "pure hook", "generator"])
@pytest.mark.parametrize("name", ["if", "float", "item", "np.asarray", "a mask", "in a tensor", "format"])
def test_wherever_it_is(name, context, module):
    """The innermost line of the user's, not one between."""
    look, line = module(LOOKS[name])
    message = refused(looking(look, context), wg.tensor([1.0, 2.0]))
    assert f"{line})" in message


@pytest.fixture
def looking_rule(module, forget):
    """An operator of the user's whose rule looks at the gradient, and the line at which it does."""
    look, line = module("if s > 100: x = x * 0.0")

    @operator
    def twice(x, /):
        return 2 * x

    @rule(twice, "x")
    def _(g):
        return look(2 * g, wg.sum(g), None)

    return twice, line


def test_a_rule_that_looks_at_the_gradient(looking_rule):
    """In a function it is refused; in a compiled backward the engine runs it, with real arrays."""
    twice, line = looking_rule

    def backward(x):
        leaf = x.detach().requires_grad_()
        wg.sum(twice(leaf) * x).backward()
        return leaf.grad

    x = wg.tensor([1.0, 2.0])
    assert f"{line})" in refused(backward, x)
    with wg.compiled_autograd(compiler=wg.Compiler()) as compiler:
        assert [backward(x * factor).tolist() for factor in (1.0, 2.0, 60.0)] == [[2.0, 4.0], [4.0, 8.0], [0.0, 0.0]]
    assert compiler.counts == {"captures": 1, "hits": 2, "left": 0}


def test_what_the_forward_of_an_operator_looks_at(forget):
    """It is called with real arrays, in each run."""

    @operator
    def positive_part(x, /):
        return x if (x > 0).all() else np.maximum(x, 0.0)

    made = wg.compile(lambda x: positive_part(x) * 2.0)
    for numbers in ([1.0, 2.0], [-1.0, 2.0], [3.0, -4.0]):
        assert made(wg.tensor(numbers)).tolist() == [2.0 * max(n, 0.0) for n in numbers]
    assert (made.captures, made.hits) == (1, 2)
