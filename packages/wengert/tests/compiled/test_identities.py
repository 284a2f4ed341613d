"""What passes know of operators: identities that are exact, those of fast mathematics, and how products are rearranged."""

from __future__ import annotations

import numpy as np
import pytest

import wengert as wg
from compiled.random_steps import Effect, run
from compiled.test_passes import F8, Program
from wengert.arrays.numpy import adapter
from wengert.compiled.check import check
from wengert.compiled.ir import Equation, Recomputed, Variable
from wengert.compiled.passes import (
    PLAIN,
    Options,
    common_subexpressions,
    dead_code,
    fast_math,
    products,
    rematerialisation,
    simplification,
)
from wengert.compiled.passes.lives import live_bytes, lives_of
from wengert.op import OPERATORS

FAST = Options(fastmath=True)


def left(program, one, *wanted, options=PLAIN):
    """The equations that a pass and then `dead_code` leave, as text without the numbers of variables."""
    steps = one(program.steps, wanted, options)
    check(steps, [program.x], wanted, before=program.steps, library=adapter)
    names = {program.x: "x"}
    texts = []
    for step in dead_code(steps, wanted):
        arguments = step.arguments.get("args") or step.arguments.values()
        shown = [names.get(a, a) if isinstance(a, Variable) else a for a in arguments]
        names[step.outputs[0]] = f"{step.op.name}({', '.join(map(str, shown))})"
        texts.append(names[step.outputs[0]])
    return texts[-1]


# -- exact ---------------------------------------------------------------------------------------------------------------
EXACT = {
    "x + -y": (lambda p, x, y: p.do("add", x, p.do("negative", y)), "subtract(x, sin(x))"),
    "-y + x": (lambda p, x, y: p.do("add", p.do("negative", y), x), "subtract(x, sin(x))"),
    "x - -y": (lambda p, x, y: p.do("subtract", x, p.do("negative", y)), "add(x, sin(x))"),
    "-x * -y": (lambda p, x, y: p.do("multiply", p.do("negative", x), p.do("negative", y)), "multiply(x, sin(x))"),
    "-x / -y": (lambda p, x, y: p.do("divide", p.do("negative", x), p.do("negative", y)), "divide(x, sin(x))"),
    "-x * y": (lambda p, x, y: p.do("multiply", p.do("negative", x), y), "multiply(negative(x), sin(x))"),
    "x.T.T": (lambda p, x, y: p.do("matrix_transpose", p.do("matrix_transpose", x)), "x"),
    "permuted and transposed": (
        lambda p, x, y: p.do("matrix_transpose", p.do("permute_dims", x, (1, 0))),
        "x",
    ),
}


@pytest.mark.parametrize("case", EXACT)
def test_signs_and_transposes(case):
    make, want = EXACT[case]
    program = Program(3, 3)
    out = program.do("exp", make(program, program.x, program.do("sin", program.x)))
    assert left(program, simplification, out) == f"exp({want})"


def test_transposes_of_three_axes_become_one():
    program = Program(2, 3, 4)
    turned = program.do("permute_dims", program.x, (1, 2, 0), shape=(3, 4, 2))
    there = program.do("matrix_transpose", turned, shape=(3, 2, 4))
    assert left(program, simplification, program.do("exp", there)) == "exp(permute_dims(x, (1, 0, 2)))"


# -- fast mathematics ----------------------------------------------------------------------------------------------------
ZEROS = np.broadcast_to(np.zeros(1), (3, 3))
QUICK = {
    "x + 0": (lambda p, x: p.do("add", x, 0), "x"),
    "0 + x": (lambda p, x: p.do("add", -0.0, x), "x"),
    "x + zeros": (lambda p, x: p.do("add", x, ZEROS), "x"),
    "0 - x": (lambda p, x: p.do("subtract", 0, x), "negative(x)"),
    "x - x": (lambda p, x: p.do("subtract", x, x), "zeros_like(x)"),
    "x * 0": (lambda p, x: p.do("multiply", x, 0.0), "zeros_like(x)"),
    "0 / x": (lambda p, x: p.do("divide", 0.0, x), "zeros_like(x)"),
    "x / x": (lambda p, x: p.do("divide", x, x), "ones_like(x)"),
    "x * (x / x)": (lambda p, x: p.do("multiply", x, p.do("divide", x, x)), "x"),
    "x + x * 0": (lambda p, x: p.do("add", x, p.do("multiply", x, 0)), "x"),
    "-(x - y)": (lambda p, x: p.do("negative", p.do("subtract", x, p.do("sin", x))), "subtract(sin(x), x)"),
    "x + 1 + 2": (lambda p, x: p.do("add", p.do("add", x, 1), 2), "add(x, 3.0)"),
    "1 + x - 2": (lambda p, x: p.do("subtract", p.do("add", 1, x), 2), "add(x, -1.0)"),
    "x - 1 + 2": (lambda p, x: p.do("add", 2, p.do("subtract", x, 1)), "add(x, 1.0)"),
    "x * 2 * 3": (lambda p, x: p.do("multiply", 3, p.do("multiply", x, 2)), "multiply(x, 6.0)"),
    "x * 3 / 2": (lambda p, x: p.do("divide", p.do("multiply", x, 3), 2), "multiply(x, 1.5)"),
    "x / 2 * 3": (lambda p, x: p.do("multiply", p.do("divide", x, 2), 3), "multiply(x, 1.5)"),
    "x / 4": (lambda p, x: p.do("divide", x, 4), "multiply(x, 0.25)"),
    "exp(log(x))": (lambda p, x: p.do("exp", p.do("log", x)), "x"),
    "log(exp(x))": (lambda p, x: p.do("log", p.do("exp", x)), "x"),
    "sqrt(square(x))": (lambda p, x: p.do("sqrt", p.do("square", x)), "abs(x)"),
    "square(sqrt(x))": (lambda p, x: p.do("square", p.do("sqrt", x)), "x"),
    "x ** 0.5": (lambda p, x: p.do("pow", x, 0.5), "sqrt(x)"),
}


@pytest.mark.parametrize("case", QUICK)
def test_fast_mathematics(case):
    make, want = QUICK[case]
    program = Program(3, 3)
    out = program.do("cos", make(program, program.x))
    assert left(program, fast_math, out, options=FAST) == f"cos({want})"
    assert fast_math(program.steps, [out], PLAIN) == program.steps


SLOW = {
    "x / 0": lambda p, x: p.do("divide", x, 0),
    "x * 1e300 * 1e300": lambda p, x: p.do("multiply", p.do("multiply", x, 1e300), 1e300),
    "x ** 2": lambda p, x: p.do("pow", x, 2),
    "1 / x": lambda p, x: p.do("divide", 1, x),
}


@pytest.mark.parametrize("case", SLOW)
def test_what_would_leave_the_range_of_numbers_stays(case):
    program = Program(3, 3)
    out = program.do("cos", SLOW[case](program, program.x))
    assert fast_math(program.steps, [out], FAST) == program.steps


def test_integers_stay_exact():
    program = Program(3, dtype=np.int64)
    out = program.do("abs", program.do("subtract", program.do("add", program.x, 1), 2))
    assert fast_math(program.steps, [out], FAST) == program.steps


@pytest.mark.parametrize("fastmath", [True, False])
def test_a_compiled_function_may_be_told(fastmath):
    compiled = wg.compile(lambda x: wg.sin(x - x + 1.0), fastmath=fastmath)
    x = wg.tensor([1.0, np.inf])
    with np.errstate(invalid="ignore"):
        compiled(x)
        assert np.isnan(compiled(x).numpy()[1]) == (not fastmath)


# -- products ------------------------------------------------------------------------------------------------------------
def matrices(*shapes):
    return [Variable(shape, F8) for shape in shapes]


def product(a, b):
    shape = (*a.shape[:-1], *(b.shape[1:] if len(b.shape) == 2 else ()))
    out = Variable(shape, F8)
    return Equation(OPERATORS["matmul"], {"x1": a, "x2": b}, (out,), True), out


def multiplications(steps):
    found = 0
    for step in steps:
        if step.op.name == "matmul":
            a, b = step.arguments.values()
            found += int(np.prod(a.shape)) * (b.shape[1] if len(b.shape) == 2 else 1)
    return found


def values(inputs, steps, out):
    random = np.random.default_rng(0)
    return run([(v, random.standard_normal(v.shape)) for v in inputs], steps, [out])[0]


CHAINS = [
    [(30, 40), (40, 20), (20,)],
    [(10,), (10, 40), (40, 5), (5, 60)],
    [(10, 30), (30, 5), (5, 60), (60, 2)],
    [(2, 50), (50, 3), (3, 50), (50, 2)],
]


@pytest.mark.parametrize("shapes", CHAINS, ids=str)
@pytest.mark.parametrize("from_left", [True, False])
def test_chains_are_computed_in_the_cheapest_order(shapes, from_left):
    operands, steps = matrices(*shapes), []
    rest = list(operands) if from_left else operands[::-1]
    out = rest.pop(0)
    for other in rest:
        if not from_left and len(out.shape) == 1 and len(other.shape) == 1:
            return
        step, out = product(out, other) if from_left else product(other, out)
        steps.append(step)
    assert products(steps, [out], PLAIN) == steps
    found = products(steps, [out], FAST)
    check(found, operands, [out], before=steps, library=adapter)
    np.testing.assert_allclose(values(operands, found, out), values(operands, steps, out), rtol=1e-9, atol=1e-9)
    dims = [1, *shapes[0]] if len(shapes[0]) == 1 else list(shapes[0])
    dims += [s[1] if len(s) == 2 else 1 for s in shapes[1:]]
    assert multiplications(found) == best(tuple(dims)) <= multiplications(steps)


def best(dims):
    """The fewest multiplications, by trying all orders."""
    if len(dims) == 2:
        return 0
    return min(best(dims[: k + 1]) + best(dims[k:]) + dims[0] * dims[k] * dims[-1] for k in range(1, len(dims) - 1))


def test_products_that_others_read_stay():
    a, b, v = matrices((30, 40), (40, 20), (20,))
    first, inner = product(a, b)
    second, out = product(inner, v)
    steps = [first, second]
    assert products(steps, [out, inner], FAST) == steps
    effect = Effect(a)
    assert products([first, effect, second], [out], FAST) == [first, effect, second]


def test_transposed_products_are_products_of_transposes():
    a, b = matrices((3, 4), (4, 5))
    first, inner = product(a, b)
    out = Variable((5, 3), F8)
    steps = [first, Equation(OPERATORS["matrix_transpose"], {"x": inner}, (out,), True)]
    assert products(steps, [out], PLAIN) == steps
    found = products(steps, [out], FAST)
    check(found, [a, b], [out], before=steps, library=adapter)
    assert [step.op.name for step in found if out in step.makes()] == ["matmul"]
    np.testing.assert_allclose(values([a, b], found, out), values([a, b], steps, out), rtol=1e-13)


def test_functions_of_transposes_run_over_what_is_there():
    program = Program(3, 4)
    turned = program.do("matrix_transpose", program.x, shape=(4, 3))
    scaled = program.do("multiply", program.do("exp", turned), 2.0)
    out = program.do("matmul", program.x, scaled, shape=(3, 3))
    assert left(program, products, out) == "matmul(x, permute_dims(multiply(exp(x), 2.0), (1, 0)))"


def test_functions_of_transposes_that_others_read_stay():
    program = Program(3, 3)
    turned = program.do("matrix_transpose", program.x)
    shifted = program.do("add", program.do("exp", turned), program.x)
    out = program.do("matmul", program.x, shifted)
    assert products(program.steps, [out], PLAIN) == program.steps


def test_no_copy_is_made_of_a_transposed_operand():
    """Blocks run over arrays in row-major order: over the array itself, and the product reads its transpose."""
    compiled = wg.compile(lambda x: x @ (wg.exp(wg.matrix_transpose(x)) * 2.0))
    x = wg.tensor(np.random.default_rng(0).standard_normal((300, 300)))
    want = x.numpy() @ (np.exp(x.numpy().T) * 2.0)
    for _ in range(2):
        np.testing.assert_allclose(compiled(x).numpy(), want, rtol=1e-12)
    ((program,),) = compiled._programs.values()
    names = [e.op.name for step in program.steps for e in step.equations]
    assert names == ["exp", "multiply", "permute_dims", "matmul"]


# -- over effects --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("exposed", [True, False])
def test_what_an_effect_may_have_written_to_is_not_the_same(exposed):
    program = Program(3)
    source = program.x if exposed else program.do("cos", program.x)
    first = program.do("sin", source)
    program.steps.append(Effect())
    out = program.do("add", first, program.do("sin", source))
    names = [step.op.name for step in common_subexpressions(program.steps, [out]) if isinstance(step, Equation)]
    assert names.count("sin") == (2 if exposed else 1)


@pytest.mark.parametrize("exposed", [True, False])
def test_what_an_effect_may_have_written_to_is_not_computed_again(exposed):
    program = Program(1000)
    kept = program.do("sin", program.x if exposed else program.do("cos", program.x))
    long = program.do("exp", kept)
    for _ in range(3):
        long = program.do("exp", long)
    program.steps.append(Effect())
    base = program.steps[0].outputs[0]
    total = program.do("sum", long, axis=None, dtype=None, keepdims=False, shape=())
    out = program.do("add", program.do("multiply", kept, total), base)
    peak = max(live_bytes(program.steps, [out]))
    budget = Options(memory_budget=peak - 1)
    if exposed:
        with pytest.warns(UserWarning, match="memory_budget"):
            found = rematerialisation(program.steps, [out], budget)
    else:
        found = rematerialisation(program.steps, [out], budget)
    assert any(isinstance(step, Recomputed) for step in found) is not exposed


def test_views_keep_memory_alive():
    program = Program(10, 10)
    made = program.do("sin", program.x)
    view = program.do("matrix_transpose", made)
    other = program.do("exp", program.x)
    out = program.do("matmul", other, view)
    lives = lives_of(program.steps, [out])
    assert lives.memory[view] == {made}
    assert (lives.born[made], lives.last[made]) == (0, 3)
    assert live_bytes(program.steps, [out]) == [800, 800, 1600, 2400]
