"""What op.py and op_source.py make of a declaration: checks, source, what is saved, two equal ways to call."""

import gc
import inspect
import itertools
import linecache
import traceback
import weakref

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import wengert as wg
from wengert.arrays.adapter import ADAPTERS, Adapter, adapter_of
from wengert.arrays.numpy import NumpyAdapter
from wengert.autograd.graph import saved_tensors_hooks
from wengert.autograd.tensor import Tensor, wrap
from wengert.errors import (
    DeclarationError,
    DerivativeCheckError,
    GradientMismatchError,
    LibraryError,
    OperandError,
    SavedTensorError,
    VersionError,
)
from wengert.op import OPERATORS, binary, fit, operator, rule, unary
from wengert.op_source import operator_source
from wengert.testing import gradcheck


@pytest.fixture(autouse=True)
def _forget():
    """Operators that a test declares are gone after it."""
    before = set(OPERATORS)
    yield
    for name in set(OPERATORS) - before:
        del OPERATORS[name]


def leaf(values, requires_grad=True):
    return wg.tensor(np.asarray(values), requires_grad=requires_grad)


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


# -- operands ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("wrong", ["two", [1.0, 2.0], (1.0,), {}, object(), None])
def test_a_wrong_operand_is_named(wrong):
    x, got = leaf([1.0, 2.0]), type(wrong).__name__
    with pytest.raises(OperandError, match=f"multiply: operand 'x2' must be .*, got {got}"):
        wg.multiply(x, wrong)
    with pytest.raises(OperandError, match=f"multiply: operand 'x1' must be .*, got {got}"):
        wg.multiply(wrong, x.array)
    with pytest.raises(OperandError, match=f"exp: operand 'x' must be .*, got {got}"):
        wg.exp(wrong)
    with pytest.raises(OperandError, match=rf"concat: operand \w+\[1\] must be .*, got {got}"):
        wg.concat([x, wrong])


def test_nothing_equals_none():
    assert (leaf([1.0]) == None) is False  # noqa: E711
    assert (leaf([1.0]) != None) is True  # noqa: E711


class OtherArray:
    """An array of a library that is not NumPy."""

    def __init__(self, values):
        self.values = np.asarray(values)
        self.shape, self.dtype = self.values.shape, self.values.dtype


class OtherAdapter(Adapter):
    name = "otherlib"
    array_types = (OtherArray,)

    def function(self, name):
        return lambda *xs: OtherArray(getattr(np, name)(*(x.values if isinstance(x, OtherArray) else x for x in xs)))

    def kind(self, dtype):
        return dtype.kind


@pytest.fixture
def other(monkeypatch):
    monkeypatch.setitem(ADAPTERS, OtherArray, OtherAdapter())
    return OtherArray


def test_arrays_of_two_libraries(other):
    """The message names both, whichever is first, as Tensors or raw."""
    ours, theirs = leaf([1.0]), wrap(other([2.0]))
    for first, second in itertools.product((ours, ours.array), (theirs, theirs.array)):
        with pytest.raises(LibraryError, match=r"multiply: operand 'x2' is an array of otherlib, .* of numpy"):
            wg.multiply(first, second)
        with pytest.raises(LibraryError, match=r"multiply: operand 'x2' is an array of numpy, .* of otherlib"):
            wg.multiply(second, first)
    assert wg.multiply(theirs, theirs).array.values.tolist() == [4.0]
    assert wg.multiply(theirs, 3.0).array.values.tolist() == [6.0]
    assert isinstance(wg.multiply(theirs.array, 3.0), OtherArray)
    with pytest.raises(LibraryError, match=r"concat: operand \w+\[1\] is an array of otherlib"):
        wg.concat([ours, theirs])


def test_unknown_arrays_are_no_operands():
    with pytest.raises(OperandError, match=r"'x2' must be .*, got OtherArray"):
        wg.multiply(leaf([1.0]), OtherArray([1.0]))


def test_numbers_and_raw_arrays_just_compute():
    assert wg.multiply(2.0, 3.0) == 6.0
    assert not isinstance(wg.multiply(2.0, 3.0), Tensor)
    raw = np.array([1.0, 2.0])
    assert type(wg.multiply(raw, raw)) is np.ndarray
    assert type(wg.multiply(raw, 2)) is np.ndarray
    assert type(wg.multiply(raw, leaf([1.0, 1.0]))) is Tensor
    assert type(wg.exp(raw)) is np.ndarray
    assert type(wg.concat([raw, raw])) is np.ndarray
    assert type(wg.concat([raw, leaf([1.0])])) is Tensor


BINARY_DUNDERS = ["add", "sub", "mul", "truediv", "pow", "matmul"]


@pytest.mark.parametrize("name", [f"__{side}{name}__" for name in BINARY_DUNDERS for side in ("", "r")])
def test_operators_leave_foreign_operands_to_their_own_methods(name):
    x = leaf([1.0, 2.0])
    for foreign in ("two", [1.0, 2.0], object(), OtherArray([1.0])):
        for _ in range(2):  # the first call generates the method
            assert getattr(x, name)(foreign) is NotImplemented


def test_a_foreign_operand_may_take_over():
    class Foreign:
        def __radd__(self, other):
            return "mine"

        def __add__(self, other):
            return "mine too"

    x = leaf([1.0])
    assert x + Foreign() == "mine"
    assert Foreign() + x == "mine too"
    with pytest.raises(TypeError, match="unsupported operand"):
        x + "two"


def test_numpy_arrays_step_back():
    """``array * tensor`` is a Tensor with a graph, not an array of objects."""
    x = leaf([1.0, 2.0])
    for result in (np.array([3.0, 4.0]) * x, np.float64(3.0) * x, np.array([3.0, 4.0]) - x, x / np.array([3.0, 4.0])):
        assert type(result) is Tensor
        assert result.requires_grad
    assert (np.array([3.0, 4.0]) - x).tolist() == [2.0, 2.0]


# -- every case does what that of plain Tensors does -------------------------------------------------------------------
class Marked(Tensor):
    """A subclass: operators on it have cases of their own."""

    __slots__ = ()


def marked(tensor):
    new = wrap(tensor.array, cls=Marked)
    new.requires_grad = tensor.requires_grad
    return new


FLOATS = ["float32", "float64", "complex64", "complex128"]


@st.composite
def elementwise_operands(draw):
    """Two operands that broadcast: Tensors (of which one at least), raw arrays, NumPy's scalars, Python's numbers."""
    shapes = draw(hnp.mutually_broadcastable_shapes(num_shapes=2, max_dims=3, max_side=3)).input_shapes
    kinds = draw(st.lists(st.sampled_from(["grad", "constant", "raw", "number", "scalar"]), min_size=2, max_size=2))
    if not {"grad", "constant"} & set(kinds):
        kinds[draw(st.integers(0, 1))] = "grad"
    operands = []
    rng = np.random.default_rng(draw(st.integers(0, 5)))
    for shape, kind in zip(shapes, kinds, strict=True):
        dtype = draw(st.sampled_from([*FLOATS, "int64"] if kind != "grad" else FLOATS))
        values = rng.uniform(1, 3, shape)
        if dtype.startswith("complex"):
            values = values + 1j * rng.uniform(-1, 1, shape)
        array = np.asarray(values, dtype=dtype)
        if kind == "number":
            operands.append(draw(st.sampled_from([2, 2.5, True, 1 + 2j])))
        elif kind == "scalar":
            operands.append(np.dtype(dtype).type(2))
        elif kind == "raw":
            operands.append(array)
        else:
            operands.append(wg.tensor(array, requires_grad=kind == "grad"))
    return operands


def describe(out, operands):
    """All that can be seen of a result: value, dtype, node, edges, what was saved, gradients."""
    seen = [type(out), out.shape, out.dtype, out.requires_grad, out.array]
    if out.requires_grad:
        node = out.grad_fn
        names = [type(below).__name__ for below, _ in node.next_functions]
        saved = [getattr(node, f"_saved_{name}") for name in type(node).saved_names]
        seen += [node.name(), names, node._input_metadata]
        seen += [s.array if isinstance(s, Tensor) else s for s in saved]
        wanted = [o for o in operands if isinstance(o, Tensor) and o.requires_grad]
        weight = wrap(np.asarray(np.arange(out.array.size).reshape(out.shape) + 1, dtype=out.dtype))
        for create_graph in (False, True):
            found = wg.autograd.grad(out, wanted, weight, retain_graph=True, create_graph=create_graph)
            seen += [(g.shape, g.dtype) for g in found] + [g.array for g in found]
    return seen


def assert_alike(got, expected):
    assert len(got) == len(expected)
    for a, b in zip(got, expected, strict=True):
        if isinstance(b, np.ndarray | np.generic):
            assert np.asarray(a).dtype == np.asarray(b).dtype
            np.testing.assert_array_equal(a, b)
        else:
            assert a == b


def as_marked(operands):
    return [marked(o) if isinstance(o, Tensor) else o for o in operands]


@pytest.mark.parametrize("name", ["add", "subtract", "multiply", "divide", "pow"])
@given(operands=elementwise_operands())
def test_binary_operators(name, operands):
    op = getattr(wg, name)
    with np.errstate(all="ignore"):
        fast = describe(op(*operands), operands)
        with saved_tensors_hooks(lambda t: t, lambda t: t):
            assert_alike(describe(op(*operands), operands), fast)
        subclassed = as_marked(operands)
        assert_alike(describe(op(*subclassed), subclassed), fast)
        with wg.no_grad():
            assert_alike([op(*operands).array, op(*operands).requires_grad], [fast[4], False])
    # By NumPy's rules, whatever the operands are.
    raw = [o.array if isinstance(o, Tensor) else o for o in operands]
    with np.errstate(all="ignore"):
        assert_alike([fast[4]], [np.asarray(getattr(np, {"pow": "power"}.get(name, name))(*raw))])


@pytest.mark.parametrize("name", ["negative", "exp", "sqrt", "sin", "abs", "square"])
@given(
    array=hnp.arrays(
        st.sampled_from(["float32", "float64", "complex128"]),
        hnp.array_shapes(min_dims=0, min_side=0, max_dims=3, max_side=3),
        elements=st.integers(1, 4),
    ),
    grad=st.booleans(),
)
def test_unary_operators(name, array, grad):
    op = getattr(wg, name)
    x = wg.tensor(array, requires_grad=grad)
    fast = describe(op(x), [x])
    with saved_tensors_hooks(lambda t: t, lambda t: t):
        assert_alike(describe(op(x), [x]), fast)
    y = marked(x)
    assert_alike(describe(op(y), [y]), fast)


OTHERS = {
    "sum": (lambda a, b: wg.sum(a, axis=0), "sum"),
    "sum to a number": (lambda a, b: wg.sum(a), "sum"),
    "mean, keeping axes": (lambda a, b: wg.mean(a, axis=(0, 1), keepdims=True), "mean"),
    "matmul": (lambda a, b: wg.matmul(a, b), "matmul"),
    "matmul of a vector": (lambda a, b: a @ b[:, 0], "matmul"),
    "concat": (lambda a, b: wg.concat([a, b.T]), "concat"),
    "where": (lambda a, b: wg.where(np.array([True, False, True]), a, b[:, :1].T), "where"),
    "reshape": (lambda a, b: wg.reshape(a, (6,)), "reshape"),
    "permute": (lambda a, b: wg.permute_dims(b, (1, 0)), "permute_dims"),
    "max": (lambda a, b: wg.max(a, axis=1), "max"),
}


@pytest.mark.parametrize("first", FLOATS[:3])
@pytest.mark.parametrize("second", FLOATS[:3])
@pytest.mark.parametrize("grads", [(True, True), (True, False), (False, True)])
@pytest.mark.parametrize("name", OTHERS)
def test_other_operators(name, first, second, grads):
    call, _ = OTHERS[name]
    if name == "max" and "complex" in first:
        return
    rng = np.random.default_rng(0)

    def operand(shape, dtype, grad):
        return wg.tensor(rng.standard_normal(shape).astype(dtype), requires_grad=grad)

    operands = [operand((2, 3), first, grads[0]), operand((3, 2), second, grads[1])]
    out = call(*operands)
    used = operands if out.requires_grad else []
    if out.requires_grad:
        found = wg.autograd.grad(wg.sum(wg.real(out)), [o for o in used if o.requires_grad], allow_unused=True)
        for o, g in zip([o for o in used if o.requires_grad], found, strict=True):
            assert g is None or (g.shape, g.dtype) == (o.shape, o.dtype)
        reached = [o for o, g in zip([o for o in used if o.requires_grad], found, strict=True) if g is not None]
        for alternative in (as_marked(operands), operands):
            with saved_tensors_hooks(lambda t: t, lambda t: t):
                other = call(*alternative)
            assert other.grad_fn.name() == call(*operands).grad_fn.name()
            np.testing.assert_array_equal(other.array, out.array)
            wanted = [a for a, o in zip(alternative, operands, strict=True) if any(o is r for r in reached)]
            again = wg.autograd.grad(wg.sum(wg.real(other)), wanted)
            for g, h in zip((g for g in found if g is not None), again, strict=True):
                assert_alike([h.array], [g.array])


def joined(*operands):
    """A sequence operator whose derivative needs all operands."""
    return wg.einsum("i,i,i->i", *operands)


SEQUENCES = {"concat": lambda *xs: wg.concat(xs), "stack": lambda *xs: wg.stack(list(xs), axis=-1), "einsum": joined}


@pytest.mark.parametrize("name", SEQUENCES)
def test_sequences_of_anything(name):
    """Tensors, subclasses, raw arrays and NumPy's scalars, in all orders; a generator is a sequence too."""
    call = SEQUENCES[name]
    plain = [leaf([1.0, 2.0]), leaf([3.0, 4.0]), leaf([5.0, 6.0], False)]
    fast = describe(call(*plain), plain)
    for order in itertools.permutations(range(3)):
        for change in (marked, lambda t: t.detach(), lambda t: t.array):
            mixed = [change(t) if not t.requires_grad or change is marked else t for t in plain]
            out = call(*(mixed[i] for i in order))
            used = [t for t in mixed if isinstance(t, Tensor) and t.requires_grad]
            found = wg.autograd.grad(out, used, wg.ones(out.shape), create_graph=True)
            again = call(*(plain[i] for i in order))
            expected = wg.autograd.grad(again, plain[:2], wg.ones(out.shape), create_graph=True)
            assert_alike([out.array, *(g.array for g in found)], [again.array, *(g.array for g in expected)])
            assert out.grad_fn.name() == again.grad_fn.name()
    with saved_tensors_hooks(lambda t: t, lambda t: t):
        assert_alike(describe(call(*plain), plain), fast)
    raw = [t.array for t in plain]
    assert type(call(*raw)) is np.ndarray
    assert type(wg.concat(t for t in plain)) is Tensor
    assert wg.concat([leaf(np.float32([1.0])), np.float64([2.0])]).dtype == np.float64


def test_gradients_of_a_sequence_have_the_operands_dtypes():
    x, y, z = wg.tensor(np.float32([1.0]), requires_grad=True), leaf([2.0]), leaf([1j])
    gx, gy, gz = wg.autograd.grad(wg.concat([x, y, z]), [x, y, z], wg.tensor([1 + 1j, 2 + 2j, 3 + 3j]))
    assert [(g.dtype, g.tolist()) for g in (gx, gy)] == [(np.float32, [1.0]), (np.float64, [2.0])]
    assert (gz.dtype, gz.tolist()) == (np.complex128, [3 + 3j])
    assert not wg.concat([wg.tensor([1]), wg.tensor([2])]).requires_grad


@pytest.mark.parametrize("mixed", [lambda t: t, marked, lambda t: t.array])
def test_modes_reach_every_case(mixed):
    """What is made without recording has no node, and in inference mode it is marked (G8.4)."""
    x = leaf([[1.0, 2.0]])
    y = mixed(leaf([[3.0, 4.0]]))
    calls = [
        lambda: x * y,
        lambda: x * 2.0,
        lambda: 2j * x,
        lambda: wg.exp(x),
        lambda: wg.matmul(x, wg.tensor([[1.0], [1.0]])),
        lambda: wg.sum(x),
        lambda: wg.concat([x, y]),
        lambda: wg.unstack(x, axis=1)[1],
        lambda: x > y,
        lambda: wg.unstack(x.detach())[0],
        lambda: x.detach() * 2,
    ]
    recorded = [call().requires_grad for call in calls]
    assert recorded == [True] * 8 + [False] * 3
    with wg.no_grad():
        assert not any(out.requires_grad or out.is_inference() for out in (call() for call in calls))
    with wg.inference_mode():
        assert all(out.is_inference() and not out.requires_grad for out in (call() for call in calls))
    assert [call().requires_grad for call in calls] == recorded


def test_an_inference_tensor_is_not_saved():
    with wg.inference_mode():
        constant = wg.tensor([2.0])
    x = leaf([1.0])
    for record in (lambda: x * constant, lambda: wg.einsum("i,i->", x, constant), lambda: wg.matmul(x, constant)):
        with pytest.raises(SavedTensorError, match="made in inference_mode cannot be saved"):
            record()
        with saved_tensors_hooks(lambda t: t, lambda t: t), pytest.raises(SavedTensorError, match="inference_mode"):
            record()
    assert (x + constant).requires_grad, "a sum saves nothing"


@pytest.mark.parametrize("hooks", [False, True])
@pytest.mark.parametrize("cls", [Tensor, Marked])
def test_an_operand_that_was_written_to_before(hooks, cls):
    """It is saved with its version: later writes are noticed, earlier ones are not (S1.1, S1.2)."""
    x = wrap(np.array([1.0, 2.0]), cls=cls)
    wg.autograd.graph.increment_version(x)
    x.requires_grad = True
    packed = []
    calls = [lambda: wg.exp(x) + x * x, lambda: wg.einsum("i,i->i", x, x) + wg.exp(x), lambda: x * x + 1.0 * wg.exp(x)]
    for call in calls:
        with saved_tensors_hooks(lambda t: packed.append(t) or t, lambda t: t) if hooks else wg.enable_grad():
            out = call()
        (g,) = wg.autograd.grad(wg.sum(out), x, retain_graph=True)
        np.testing.assert_allclose(g.array, 2 * x.array + np.exp(x.array))
        wg.autograd.graph.increment_version(x)
        with pytest.raises(VersionError, match=r"is at version \d, expected version \d"):
            wg.sum(out).backward()
    assert bool(packed) is hooks


# -- from the gradient of the result to that of the operand ------------------------------------------------------------
SHAPES = [shape for ndim in range(4) for shape in itertools.product((1, 2, 3), repeat=ndim)]


def stretched_shapes(shape):
    """Shapes of at most three axes that `shape` broadcasts to."""
    for target in SHAPES:
        try:
            if np.broadcast_shapes(shape, target) == target:
                yield target
        except ValueError:
            continue


def summed(grad, shape):
    """The transpose of broadcasting, element by element: where each element of the result came from."""
    size = int(np.prod(shape, dtype=int))
    source = np.broadcast_to(np.arange(size).reshape(shape), grad.shape).reshape(-1)
    total = np.zeros(size, grad.dtype)
    np.add.at(total, source, grad.reshape(-1))
    return total.reshape(shape)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_fit_sums_what_broadcasting_stretched(shape):
    rng = np.random.default_rng(0)
    for got in stretched_shapes(shape):
        grad = rng.standard_normal(got)
        expected = summed(grad, shape)
        result = fit(grad, shape, grad.dtype)
        assert type(result) is np.ndarray or not shape
        np.testing.assert_allclose(result, expected, rtol=1e-12, atol=1e-12)
        recorded = fit(wg.tensor(grad, requires_grad=True), shape, grad.dtype)
        assert recorded.requires_grad
        np.testing.assert_allclose(recorded.array, expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("tensor", [False, True])
@pytest.mark.parametrize("operand", FLOATS)
@pytest.mark.parametrize("gradient", FLOATS)
def test_fit_casts_to_the_operands_dtype(gradient, operand, tensor):
    """A real operand takes the real part of a complex gradient."""
    values = np.array([[1.0, 2.0], [3.0, 4.0]]) + (1j if "complex" in gradient else 0)
    grad = values.astype(gradient)
    result = fit(wg.tensor(grad) if tensor else grad, (2,), np.dtype(operand))
    assert result.dtype == operand
    expected = values.sum(0)
    got = result.array if tensor else result
    np.testing.assert_allclose(got, expected if "complex" in operand else expected.real)


def test_fit_leaves_alone_what_fits():
    grad = np.ones((2, 3))
    assert fit(grad, (2, 3), np.dtype("float64")) is grad


def test_fit_says_what_does_not_fit():
    with pytest.raises(GradientMismatchError, match=r"a gradient of shape \(2, 3\) for an operand of shape \(2,\)"):
        fit(np.ones((2, 3)), (2,), np.dtype("float64"))


def test_a_real_operand_of_a_complex_result():
    """x real, z complex: the gradient of x is real (and summed), to second order too."""
    x, z = leaf([[1.0], [2.0]]), leaf([1 + 2j, 3 - 1j])
    out = x * z
    assert out.dtype == np.complex128
    gx, gz = wg.autograd.grad(out, [x, z], wrap(np.full((2, 2), 1 + 1j)), create_graph=True)
    assert (gx.dtype, gx.shape) == (np.float64, (2, 1))
    assert (gz.dtype, gz.shape) == (np.complex128, (2,))
    assert gx.requires_grad
    assert gradcheck(lambda x, z: x * z, (x, z))


def test_none_from_a_rule_is_no_gradient():
    """Also where the gradient would have had to be summed."""

    @operator
    def op12(x, y, /):
        return x + 0 * y

    rule(op12, "x")(lambda g: g)
    rule(op12, "y")(lambda g: None)
    x, y = leaf([[1.0, 2.0]]), leaf([[1.0], [2.0]])
    gx, gy = wg.autograd.grad(op12(x, y), [x, y], wg.ones((2, 2)), allow_unused=True)
    assert (gx.shape, gy) == ((1, 2), None)
    nothing = binary("op13", lambda g: g, lambda g: None, function="add")
    gx, gy = wg.autograd.grad(nothing(x, y), [x, y], wg.ones((2, 2)), allow_unused=True)
    assert (gx.shape, gy) == ((1, 2), None)


def test_a_rule_of_the_wrong_shape():
    @operator
    def op14(x, /):
        return x * 2

    rule(op14, "x")(lambda g: wg.reshape(g, (3, 2)))
    x = leaf(np.ones((2, 3)))
    with pytest.raises(GradientMismatchError, match=r"a gradient of shape \(3, 2\) for an operand of shape \(2, 3\)"):
        op14(x).backward(wg.ones((2, 3)))


def test_an_elementwise_rule_of_the_wrong_dtype_fails_its_check():
    """Elementwise operators trust their rules where operands and result have one dtype; the check does not."""
    wrong = unary("op15", lambda g: wg.astype(g, wg.float32), function="positive")
    with pytest.raises(DerivativeCheckError, match="has dtype float32, the input has dtype float64"):
        gradcheck(wrong, leaf([1.0]))


def test_results_that_no_gradient_can_have():
    """Comparisons and integers are constants, whatever the operands require."""
    x = leaf([1.0, 2.0])
    assert not (x > 1.0).requires_grad
    assert not wg.astype(x, wg.int64).requires_grad
    assert wg.astype(x, wg.float32).requires_grad


def test_numpy_scalars_do_not_leak():
    """NumPy returns scalars for arrays without axes; a Tensor holds an array."""
    x = leaf(2.0)
    for y in (x * x, x * 2.0, 2.0 * x, wg.exp(x), wg.sum(leaf([1.0, 2.0])), wg.matmul(leaf([1.0]), leaf([2.0]))):
        assert type(y.array) is np.ndarray
        (g,) = wg.autograd.grad(y, x, allow_unused=True)
        assert g is None or type(g.array) is np.ndarray


def test_the_numpy_adapter_is_there():
    assert isinstance(ADAPTERS[np.ndarray], NumpyAdapter)


def test_the_bodies_for_numpy_are_found():
    """The general bodies are right as well, only slower, so nothing else would notice that NumPy's own are not wired in."""
    adapter = adapter_of(np.ones(1))
    for name in ("linear", "layer_norm", "log_softmax_backward", "sum"):
        assert callable(getattr(adapter, f"fn_{name}")), name
