"""Passes leave legal programs that compute the same; `check` finds what is not legal."""

from __future__ import annotations

import numpy as np
import pytest

import wengert as wg
from compiled.random_steps import Effect
from wengert.arrays.numpy import adapter
from wengert.compiled import function_capture
from wengert.compiled.check import check, problems
from wengert.compiled.ir import Equation, LibraryFunction, Variable
from wengert.compiled.passes import PASSES, common_subexpressions, constant_folding, dead_code, simplification
from wengert.errors import CompileError
from wengert.op import OPERATORS

F8 = np.dtype(np.float64)


class Program:
    """A program that is written down by hand."""

    def __init__(self, *shape, dtype=F8):
        self.x, self.steps = Variable(shape, np.dtype(dtype)), []

    def do(self, name, *args, shape=None, dtype=None, **statics):
        op = OPERATORS[name]
        arguments = {**dict(zip(op.signature.parameters, args, strict=False)), **statics}
        for parameter in op.signature.parameters.values():
            if parameter.default is not parameter.empty:
                arguments.setdefault(parameter.name, parameter.default)
        first = next(a for a in args if isinstance(a, Variable))
        out = Variable(first.shape if shape is None else shape, first.dtype if dtype is None else np.dtype(dtype))
        self.steps.append(Equation(op, arguments, (out,), True))
        return out

    def after(self, one, *wanted):
        """The names of the operators that a pass and then `dead_code` leave, and what the last one reads."""
        check(self.steps, [self.x], wanted, library=adapter)
        steps = one(self.steps, wanted)
        check(steps, [self.x], wanted, before=self.steps, library=adapter)
        kept = dead_code(steps, wanted)
        return [step.op.name for step in kept], list(kept[-1].reads()) if kept else []


# -- simplification ------------------------------------------------------------------------------------------------------
ONES = np.broadcast_to(np.ones(1), (3, 4))
NEUTRAL = {
    "x * 1": ("multiply", lambda x: (x, 1)),
    "1.0 * x": ("multiply", lambda x: (1.0, x)),
    "x * ones": ("multiply", lambda x: (x, ONES)),
    "x / 1": ("divide", lambda x: (x, 1)),
    "x ** 1": ("pow", lambda x: (x, 1)),
    "x - 0": ("subtract", lambda x: (x, 0.0)),
    "+x": ("positive", lambda x: (x,)),
    "copy": ("clone", lambda x: (x,)),
    "conj": ("conj", lambda x: (x,)),
    "real": ("real", lambda x: (x,)),
    "cast": ("astype", lambda x: (x, F8)),
    "reshape": ("reshape", lambda x: (x, (3, 4))),
    "broadcast": ("broadcast_to", lambda x: (x, (3, 4))),
    "permute": ("permute_dims", lambda x: (x, (0, 1))),
}


@pytest.mark.parametrize("case", NEUTRAL)
def test_what_changes_nothing_is_left_out(case):
    name, arguments = NEUTRAL[case]
    program = Program(3, 4)
    out = program.do("exp", program.do(name, *arguments(program.x)))
    assert program.after(simplification, out) == (["exp"], [program.x])


@pytest.mark.parametrize("name", ["negative", "conj", "bitwise_invert", "logical_not"])
def test_what_undoes_itself(name):
    dtype = {"bitwise_invert": np.int64, "logical_not": np.bool_, "conj": np.complex128}.get(name, F8)
    program = Program(3, dtype=dtype)
    out = program.do("equal", program.do(name, program.do(name, program.x)), 1, dtype=np.bool_)
    assert program.after(simplification, out) == (["equal"], [program.x])


KEPT = {
    "x + 0 makes 0 of -0": ("add", lambda x: (x, 0), F8),
    "x - -0 too": ("subtract", lambda x: (x, -0.0), F8),
    "x * 0 keeps NaN": ("multiply", lambda x: (x, 0), F8),
    "1 / x": ("divide", lambda x: (1, x), F8),
    "1 ** x": ("pow", lambda x: (1, x), F8),
    "0 - x": ("subtract", lambda x: (0, x), F8),
    "complex x * 1": ("multiply", lambda x: (x, 1), np.complex128),
    "complex x / 1": ("divide", lambda x: (x, 1), np.complex128),
    "conj of complex": ("conj", lambda x: (x,), np.complex128),
    "another permutation": ("permute_dims", lambda x: (x, (1, 0)), F8),
}


@pytest.mark.parametrize("case", KEPT)
def test_what_changes_something_stays(case):
    name, arguments, dtype = KEPT[case]
    program = Program(3, 3, dtype=dtype)
    out = program.do("square", program.do(name, *arguments(program.x)))
    assert program.after(simplification, out)[0] == [name, "square"]


def test_a_product_that_changes_shape_or_dtype_stays():
    program = Program(1, 4)
    out = program.do("exp", program.do("multiply", program.x, ONES, shape=(3, 4)))
    assert program.after(simplification, out)[0] == ["multiply", "exp"]
    program = Program(4, dtype=np.int64)
    out = program.do("exp", program.do("divide", program.x, 1, dtype=F8))
    assert program.after(simplification, out)[0] == ["divide", "exp"]


def test_shapes_of_shapes():
    program = Program(2, 6)
    shaped = program.do("reshape", program.do("reshape", program.x, (12,), shape=(12,)), (3, 4), shape=(3, 4))
    assert program.after(simplification, program.do("exp", shaped)) == (["reshape", "exp"], [shaped])
    program = Program(2, 6)
    back = program.do("reshape", program.do("reshape", program.x, (12,), shape=(12,)), (2, 6), shape=(2, 6))
    assert program.after(simplification, program.do("exp", back)) == (["exp"], [program.x])
    program = Program(2, 3, 4)
    turned = program.do("permute_dims", program.x, (1, 2, 0), shape=(3, 4, 2))
    there = program.do("permute_dims", turned, (2, 0, 1), shape=(2, 3, 4))
    assert program.after(simplification, program.do("exp", there)) == (["exp"], [program.x])
    program = Program(2, 3, 4)
    turned = program.do("permute_dims", program.x, (1, 2, 0), shape=(3, 4, 2))
    there = program.do("permute_dims", turned, (1, 0, -1), shape=(4, 3, 2))
    out = program.do("exp", there)
    assert program.after(simplification, out)[0] == ["permute_dims", "exp"]
    x = np.arange(24.0).reshape(2, 3, 4)
    steps = dead_code(simplification(program.steps, [out]), [out])
    np.testing.assert_array_equal(x.transpose(steps[0].arguments["axes"]), x.transpose(1, 2, 0).transpose(1, 0, -1))
    program = Program(3)
    wide = program.do("broadcast_to", program.do("broadcast_to", program.x, (2, 3), shape=(2, 3)), (4, 2, 3), shape=(4, 2, 3))
    assert program.after(simplification, program.do("exp", wide))[0] == ["broadcast_to", "exp"]


def test_results_and_what_effects_read_stay():
    program = Program(3)
    out = program.do("multiply", program.x, 1)
    assert program.after(simplification, out)[0] == ["multiply"]
    steps = [*program.steps, Effect(out)]
    assert simplification(steps, []) == steps


@pytest.mark.parametrize("between", [True, False])
def test_an_effect_may_write_to_memory(between):
    program = Program(3)
    same = program.do("multiply", program.x, 1)
    effect = Effect(program.x)
    if between:
        program.steps.append(effect)
    out = program.do("exp", same)
    if not between:
        program.steps.append(effect)
    left = [s.op.name for s in simplification(program.steps, [out]) if isinstance(s, Equation)]
    assert left == (["multiply", "exp"] if between else ["exp"])


# -- constants -----------------------------------------------------------------------------------------------------------
def test_what_depends_on_constants_alone_is_computed_once():
    program = Program(3)
    two = Variable((3,), F8)
    program.steps.append(Equation(OPERATORS["add"], {"x1": np.ones(3), "x2": 1}, (two,), True))
    four = program.do("multiply", two, 2)
    out = program.do("multiply", program.x, four)
    steps = constant_folding(program.steps, [out])
    check(steps, [program.x], [out], before=program.steps, library=adapter)
    (step,) = steps
    np.testing.assert_array_equal(step.arguments["x2"], np.full(3, 4.0))


def test_large_constants_are_not_kept():
    small, large = np.ones((1, 200)), np.ones((200, 1))
    out = Variable((200, 200), F8)
    steps = [Equation(OPERATORS["add"], {"x1": small, "x2": large}, (out,), True)]
    x = Variable((200, 200), F8)
    end = Variable((200, 200), F8)
    steps.append(Equation(OPERATORS["add"], {"x1": x, "x2": out}, (end,), True))
    assert len(constant_folding(steps, [end])) == 2
    steps[0] = Equation(OPERATORS["add"], {"x1": np.broadcast_to(1.0, (200, 200)), "x2": 1}, (out,), True)
    (step,) = constant_folding(steps, [end])
    assert step.arguments["x2"].strides == (0, 0)
    assert step.arguments["x2"][7, 9] == 2


def test_results_and_draws_are_not_folded():
    out = Variable((3,), F8)
    steps = [Equation(OPERATORS["add"], {"x1": np.ones(3), "x2": 1}, (out,), True)]
    assert constant_folding(steps, [out]) == steps
    assert constant_folding([*steps, Effect(out)], [])[0] is steps[0]


# -- all of them, on programs that are traced ----------------------------------------------------------------------------
def test_the_passes_shorten_a_program(monkeypatch):
    def program(x):
        x.grad = None
        y = (x * 1.0).reshape((6,)).reshape((2, 3))
        loss = (wg.tanh(y) / 1 - 0.0).sum()
        loss.backward()
        return x.grad

    x = wg.tensor(np.linspace(-1, 1, 6).reshape(2, 3), requires_grad=True)
    want = np.array(program(x).numpy())
    lengths = []
    for passes in (PASSES, (common_subexpressions, dead_code)):
        monkeypatch.setattr(function_capture, "PASSES", passes)
        compiled = wg.compile(program)
        compiled(x)
        np.testing.assert_array_equal(compiled(x).numpy(), want)
        lengths.append(len(next(iter(compiled._programs.values()))[0].steps))
    assert lengths[0] < lengths[1] - 4


# -- check ---------------------------------------------------------------------------------------------------------------
def test_check_finds_what_is_not_legal():
    program = Program(3)
    y = program.do("exp", program.x)
    z = program.do("sin", y)
    exp, sin = program.steps
    effects = [Effect(y), Effect(z)]
    check([exp, sin, *effects], [program.x], [z], before=[exp, *effects[:1], sin, effects[1]], library=adapter)
    assert "before it is known" in problems([sin, exp], [program.x], [z])[0]
    assert "again" in problems([exp, exp, sin], [program.x], [z])[0]
    assert "not known in the end" in problems([exp], [program.x], [z])[0]
    assert "the effects are" in problems([exp, sin], [program.x], [z], before=[exp, sin, *effects])[0]
    assert "the effects are" in problems([exp, sin, *effects[::-1]], [program.x], [z], before=[exp, sin, *effects])[0]
    with pytest.raises(CompileError, match="before it is known"):
        check([sin, exp], [program.x], [z])


@pytest.mark.parametrize(("shape", "dtype"), [((4,), np.float64), ((3,), np.float32)])
def test_check_runs_on_zeros(shape, dtype):
    program = Program(3)
    out = program.do("exp", program.x, shape=shape, dtype=dtype)
    assert problems(program.steps, [program.x], [out]) == []
    (text,) = problems(program.steps, [program.x], [out], library=adapter)
    assert "is float64[3]" in text


def test_check_passes_over_what_refuses_zeros():
    x, out = Variable((2, 2), F8), Variable((2, 2), F8)
    step = Equation(LibraryFunction("inv", np.linalg.inv), {"args": (x,), "kwargs": {}}, (out,), True)
    assert problems([step], [x], [out], library=adapter) == []


def test_check_looks_into_segments():
    compiled = wg.compile(lambda x: wg.exp(x) * 2, backend="python")
    compiled(wg.tensor(np.zeros(100_000)))
    (program,) = next(iter(compiled._programs.values()))
    (segment,) = program.steps
    check(program.steps, program.inputs, program.results, library=adapter)
    segment.equations = segment.equations[::-1]
    assert "before it is known" in problems(program.steps, program.inputs, program.results, library=adapter)[0]


@pytest.mark.parametrize("written", [False, True])
def test_a_copy_stays_one_if_a_view_of_it_outlives_a_write(written):
    """Nobody reads the copy itself after the effect, but what lies in its memory is read."""
    program = Program(2, 3)
    copy = program.do("positive", program.x)
    view = program.do("reshape", copy, (3, 2), shape=(3, 2))
    if written:
        program.steps.append(Effect(program.x))
    out = program.do("negative", view)
    left = [step.op.name for step in simplification(program.steps, [out]) if isinstance(step, Equation)]
    assert left == (["positive", "reshape", "negative"] if written else ["reshape", "negative"])
