"""What is made of a declaration: checks, the public function and its source, what is saved."""

import gc
import inspect
import linecache
import traceback
import weakref

import numpy as np
import pytest

import wengert as wg
from op_helpers import forget, leaf  # noqa: F401
from wengert.autograd.graph import saved_tensors_hooks
from wengert.errors import (
    DeclarationError,
)
from wengert.op import OPERATORS, binary, operator, rule, unary
from wengert.op_source import operator_source
from wengert.testing import gradcheck


# -- declarations that contradict themselves ---------------------------------------------------------------------------
def test_a_rule_may_ask_only_for_what_there_is():
    @operator
    def op1(x, y, /, *, axis=None):
        return x + y

    with pytest.raises(DeclarationError, match=r"rule of op1 for 'x' asks for 'z'.*'axis'.*'out'.*'x_shape'.*'y'"):
        rule(op1, "x")(lambda g, z: g)
    with pytest.raises(DeclarationError, match=r"'axis' is not among its operands \('x', 'y'\)"):
        rule(op1, "axis")(lambda g: g)
    with pytest.raises(DeclarationError, match="'x' has one already"):
        for _ in range(2):
            rule(op1, "x")(lambda g: g)
    rule(op1, "y")(lambda g, x, y, axis, out, x_shape, y_dtype: g)


def test_outputs_have_the_names_that_their_number_gives():
    @operator(outputs=2)
    def op2(x, /):
        return x + 1, x + 2

    with pytest.raises(DeclarationError, match="asks for 'out';"):
        rule(op2, "x")(lambda g, out: g)
    rule(op2, "x")(lambda g, out0, out1: g[0] + g[1])

    @operator(aux=("mask",))
    def op3(x, /):
        return x, x > 0

    rule(op3, "x")(lambda g, mask: g * mask)


def test_an_operator_is_declared_once():
    with pytest.raises(DeclarationError, match="operator 'multiply' is declared twice"):
        binary("multiply")
    with pytest.raises(DeclarationError, match="operator 'exp' is declared twice"):
        unary("exp")

    def op4(x, /):
        return x

    operator(op4)
    with pytest.raises(DeclarationError, match="operator 'op4' is declared twice"):
        operator(op4)


@pytest.mark.parametrize("name", ["out", "out0", "out12"])
def test_a_parameter_is_not_called_as_an_output(name):
    namespace = {"operator": operator}
    exec(f"def op18(x, /, *, {name}=1): return x\ndef op19({name}, /): return {name}", namespace)
    for forward in (namespace["op18"], namespace["op19"]):
        with pytest.raises(DeclarationError, match=f"{forward.__name__}: no parameter may be called '{name}'"):
            operator(forward)
    with pytest.raises(DeclarationError, match="no parameter may be called"):
        operator(aux=(name,))(lambda x, /: (x, x))


def test_operands_are_parameters():
    with pytest.raises(DeclarationError, match=r"op20: its operands \('z',\) must be parameters"):
        operator(lambda x, /: x, name="op20", operands=("z",))
    with pytest.raises(DeclarationError, match=r"op20: its operands \(\) must be parameters, and at least one"):
        operator(lambda x: x, name="op20")


@pytest.mark.parametrize("options", [{"outputs": 2}, {"outputs": None}, {"aux": ("more",)}, {"operands": ("xs", "y")}])
def test_what_operators_on_sequences_cannot_do(options):
    with pytest.raises(DeclarationError, match="op21: an operator on a sequence has one operand"):
        operator(lambda xs, y, /: xs, name="op21", sequence=True, **{"operands": ("xs",), **options})
    op = operator(lambda xs, /: xs[0] * 1, name="op22", sequence=True)
    with pytest.raises(DeclarationError, match="rule of op22 for 'xs' asks for 'out'"):
        rule(op, "xs")(lambda g, out: [g])


def test_a_rule_comes_before_the_first_call():
    op = operator(lambda x, /: x * 1, name="op23")
    op(leaf(1.0))
    with pytest.raises(DeclarationError, match="rule for op23: it was called already"):
        rule(op, "x")(lambda g: g)


def test_bad_rules_are_not_kept():
    @operator
    def op5(x, /):
        return x * 2

    with pytest.raises(DeclarationError):
        rule(op5, "x")(lambda g, nonsense: g)
    rule(op5, "x")(lambda g: g * 2)
    x = leaf(1.0)
    op5(x).backward()
    assert x.grad.item() == 2.0


# -- the public function -----------------------------------------------------------------------------------------------
def test_the_first_call_keeps_the_function():
    """Whoever imported it before it was generated holds the generated one."""

    def op6(x, /, *, times=3):
        """A docstring."""
        return x * times

    public = operator(op6)
    before, kept = public, {"op6": public}
    rule(public, "x")(lambda g, times: g * times)
    assert str(inspect.signature(public)) == "(x, /, *, times=3)"
    assert (public.__name__, public.__qualname__, public.__doc__) == ("op6", "op6", "A docstring.")
    assert public.__module__ == __name__
    x = leaf([1.0, 2.0])
    assert kept["op6"](x).tolist() == [3.0, 6.0]
    assert before(x, times=2).tolist() == [2.0, 4.0]
    assert str(inspect.signature(public)) == "(x, /, *, times=3)"
    assert public.operator is OPERATORS["op6"]
    with pytest.raises(TypeError, match="op6"):
        public(x=x)
    with pytest.raises(TypeError, match="op6"):
        public(x, 2)


def test_the_source_is_there_to_read():
    wg.multiply(leaf(1.0), 2.0)
    source = operator_source(wg.multiply)
    assert source.startswith("def multiply(x1, x2, /):")
    assert "def apply(self, grad, wanted=None):" in source
    assert "def apply_recorded(self, grad, wanted=None):" in source
    assert linecache.getline("<wengert operator multiply>", 1) == "def multiply(x1, x2, /):\n"
    assert "MulBackward0" in type(wg.multiply(leaf(1.0), 2.0).grad_fn).__name__


def test_the_source_is_shown_in_tracebacks():
    @operator
    def op7(x, /):
        if x.ndim == 2:
            raise ZeroDivisionError("in the forward")
        return x * 2

    @rule(op7, "x")
    def _(g):
        raise ZeroDivisionError("in the rule")

    try:
        op7(leaf([1.0])).backward(leaf([1.0], False))
    except ZeroDivisionError:
        shown = traceback.format_exc()
    assert 'File "<wengert operator op7>"' in shown
    assert "r_x = RULE_x(grad)" in shown
    try:
        op7(leaf([[1.0]]))
    except ZeroDivisionError:
        shown = traceback.format_exc()
    assert "array = FORWARD(a_x)" in shown


# -- what is saved -----------------------------------------------------------------------------------------------------
def test_an_operand_is_saved_only_for_a_gradient_that_is_wanted():
    """The rule for x1 needs x2, and the other way round."""
    x, y, c = leaf(2.0), leaf(3.0), leaf(4.0, False)
    both, first, second = x * y, x * c, c * y
    assert (both.grad_fn._saved_x1, both.grad_fn._saved_x2) == (x, y)
    assert (first.grad_fn._saved_x1, first.grad_fn._saved_x2) == (None, c)
    assert (second.grad_fn._saved_x1, second.grad_fn._saved_x2) == (c, None)
    assert both.grad_fn._saved_self is x, "PyTorch's spelling"
    assert both.grad_fn._saved_other is y
    number = x * 5.0
    assert (number.grad_fn._saved_x1, number.grad_fn._saved_x2) == (None, 5.0)
    number = 5.0 * x
    assert (number.grad_fn._saved_x1, number.grad_fn._saved_x2) == (5.0, None)


def test_nothing_is_saved_that_no_rule_asks_for():
    x, y = leaf([1.0]), leaf([2.0])
    for node in ((x + y).grad_fn, (x - y).grad_fn, (-x).grad_fn, wg.sum(x).grad_fn):
        assert node._saved == ()
        with pytest.raises(AttributeError, match="_saved_x1"):
            node._saved_x1
    assert wg.exp(x).grad_fn._saved != ()


def test_names_that_are_not_saved_are_attribute_errors():
    node = (leaf(1.0) * 2.0).grad_fn
    with pytest.raises(AttributeError, match="'MulBackward0' node has no attribute '_saved_nonsense'"):
        node._saved_nonsense
    with pytest.raises(AttributeError, match="nonsense"):
        node.nonsense


def test_an_output_is_saved_without_its_tensor():
    """`node -> output -> node` would be a cycle: tensor and graph die with the last name, without the collector."""
    gc.collect()
    gc.disable()
    try:
        x = leaf([1.0, 2.0])
        y = wg.exp(x)
        tensor, node = weakref.ref(y), weakref.ref(y.grad_fn)
        saved = y.grad_fn._saved_result
        np.testing.assert_array_equal(saved.array, y.array)
        assert saved.grad_fn is y.grad_fn
        del y, saved
        assert tensor() is None
        assert node() is None
    finally:
        gc.enable()


def test_static_arguments_and_shapes_are_kept_for_rules():
    @operator
    def op8(x, y, /, power, *, scale=1.0):
        return x**power * scale + 0 * y

    seen = []

    @rule(op8, "x")
    def _(g, x, x_shape, y_dtype, power, scale):
        seen.append((x_shape, y_dtype, power, scale))
        return g * power * x ** (power - 1) * scale

    x, y = leaf([1.0, 2.0]), wg.tensor(np.float32([1.0]))
    out = op8(x, y, 3, scale=2.0)
    wg.sum(out).backward()
    assert seen == [((2,), np.float32, 3, 2.0)]
    assert x.grad.tolist() == [6.0, 24.0]
    assert out.grad_fn._saved_power == 3
    assert op8(x, y, power=2).tolist() == [1.0, 4.0]
    assert gradcheck(lambda x: op8(x, y, 2, scale=0.5), x)


def test_auxiliary_results_are_for_rules_only():
    @operator(aux=("mask", "count"))
    def op9(x, /):
        mask = x > 0
        return x * mask, mask, mask.sum()

    @rule(op9, "x")
    def _(g, mask, count):
        assert isinstance(mask, np.ndarray)
        return g * mask + 0 * float(count)

    x = leaf([1.0, -1.0])
    assert op9(x).tolist() == [1.0, 0.0]
    assert op9(x.array).tolist() == [1.0, 0.0]
    assert gradcheck(op9, x)
    with saved_tensors_hooks(lambda t: t, lambda t: t):
        assert gradcheck(op9, x)


@pytest.mark.parametrize("general", [False, True])
def test_several_outputs(general):
    """Unused ones have gradients of zeros; an output of integers has none and no node."""

    @operator(outputs=3)
    def op10(x, /):
        return x * 2, x * x, (x > 0).astype(np.int64)

    @rule(op10, "x")
    def _(g, x, out1):
        assert out1.shape == x.shape
        return g[0] * 2 + g[1] * 2 * x

    x = leaf([1.0, -2.0])
    with saved_tensors_hooks(lambda t: t, lambda t: t) if general else wg.enable_grad():
        a, b, c = op10(x)
    assert (a.output_nr, b.output_nr, c.requires_grad) == (0, 1, False)
    assert a.grad_fn is b.grad_fn
    (g,) = wg.autograd.grad(wg.sum(b), x, retain_graph=True)
    assert g.tolist() == [2.0, -4.0]
    assert gradcheck(op10, x)


@pytest.mark.parametrize("general", [False, True])
def test_an_operand_that_may_be_left_out(general):
    @operator
    def op11(x, w, b=None, /):
        return x * w if b is None else x * w + b

    rule(op11, "x")(lambda g, w: g * w)
    rule(op11, "w")(lambda g, x: g * x)
    rule(op11, "b")(lambda g: g)
    x, w, b = leaf([1.0, 2.0]), leaf(3.0), leaf([[1.0], [2.0]])
    with saved_tensors_hooks(lambda t: t, lambda t: t) if general else wg.enable_grad():
        assert gradcheck(op11, (x, w, b))
        assert gradcheck(op11, (x, w))
        assert gradcheck(lambda x: op11(x, w, None), x)
        assert gradcheck(lambda b: op11(x.detach(), w.detach(), b), b)
        assert op11(x, w).grad_fn.next_functions[2] == (None, 0)


@pytest.mark.parametrize("name", ["array", "dtype", "edges", "grad", "kind", "node", "saved", "self", "shape", "static"])
def test_parameters_may_be_called_anything(name):
    """Also what the generated code calls its own variables: static argument and operand, in either place."""
    seen = []
    namespace = {"operator": operator, "rule": rule, "seen": seen}
    exec(
        f"""
@operator
def op16(x, /, *, {name}=1):
    seen.append({name})
    return x * {name}

@rule(op16, "x")
def _(g, {name}):
    seen.append({name})
    return g * {name}

@operator
def op17({name}, y, /):
    return {name} * y

rule(op17, "{name}")(lambda g, y: g * y)
rule(op17, "y")(lambda g, {name}: g * {name})
""",
        namespace,
    )
    x, y = leaf([3.0]), leaf([5.0])
    (g,) = wg.autograd.grad(namespace["op16"](x, **{name: 7}), x)
    assert (g.tolist(), seen) == ([7.0], [7, 7])
    gx, gy = wg.autograd.grad(namespace["op17"](x, y), [x, y])
    assert (gx.tolist(), gy.tolist()) == ([5.0], [3.0])


def test_an_elementwise_rule_may_ask_for_shapes_and_dtypes():
    seen = []

    def one(g, x_shape, x_dtype):
        seen.append((x_shape, x_dtype))
        return g

    def first(g, x2_shape, x2_dtype):
        seen.append((x2_shape, x2_dtype))
        return g

    plus = unary("op24", one, function="positive")
    both = binary("op25", first, lambda g: g, function="add")
    x, y = leaf([1.0, 2.0]), wg.tensor(np.float32([[1.0], [2.0]]), requires_grad=True)
    for general in (False, True):
        with saved_tensors_hooks(lambda t: t, lambda t: t) if general else wg.enable_grad():
            wg.sum(plus(x)).backward()
            wg.sum(both(x, y)).backward()
            wg.sum(both(x, np.ones(1))).backward()
            wg.sum(both(x, 2.0)).backward()
            wg.sum(both(x, 2j)).real.backward()
        expected = [((2,), np.float64), ((2, 1), np.float32), ((1,), np.float64), ((), float), ((), complex)]
        assert seen == expected
        seen.clear()
    assert (x.grad.tolist(), x.grad.dtype) == ([12.0, 12.0], np.float64)
    assert (y.grad.tolist(), y.grad.dtype) == ([[4.0], [4.0]], np.float32)
    assert gradcheck(both, (x, leaf([[3.0]])))


def test_a_kernel_takes_the_place_of_the_librarys_function():
    twice = unary("op26", lambda g: g * 2, kernel=lambda x: x + x)
    less = binary("op27", lambda g: g, lambda g: -g, kernel=lambda x1, x2: x1 - x2)
    x, y = leaf([1.0, 2.0]), leaf([3.0])
    assert twice(x).tolist() == [2.0, 4.0]
    assert twice(x.array).tolist() == [2.0, 4.0]
    assert twice(3.0) == 6.0
    assert less(x, y).tolist() == [-2.0, -1.0]
    assert less(1.0, y).tolist() == [-2.0]
    assert less(x.array, 1).tolist() == [0.0, 1.0]
    assert gradcheck(twice, x)
    assert gradcheck(less, (x, y))
