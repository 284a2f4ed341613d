"""Every kind of operand, in every mode: one result, one node, one gradient."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import wengert as wg
from op_helpers import FLOATS, forget, leaf  # noqa: F401
from wengert.arrays.adapter import ADAPTERS, Adapter
from wengert.autograd.graph import saved_tensors_hooks
from wengert.autograd.modes import ACTIVE
from wengert.autograd.tensor import Tensor, wrap
from wengert.errors import (
    LibraryError,
    OperandError,
    SavedTensorError,
    VersionError,
)
from wengert.op import operator, rule
from wengert.op_modes import intercepted
from wengert.testing import gradcheck


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
            # Equal but for the last bits: NumPy rounds powers of complex numbers by where in memory they lie.
            np.testing.assert_allclose(a, b, rtol=8 * np.finfo(b.dtype).eps if b.dtype.kind in "fc" else 0)
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


def test_a_sequence_and_another_argument_by_position():
    @operator(sequence=True, operands=("xs",))
    def op28(xs, times, /, more=0.0):
        return sum(xs) * times + more

    rule(op28, "xs")(lambda g, times, xs_shape: [g * times] * len(xs_shape))
    x, y = leaf([1.0, 2.0]), leaf([3.0, 4.0])
    for mixed in ([x, y], [x, y.array], [x.array, y.array]):
        assert op28(mixed, 2.0, 1.0).tolist() == [9.0, 13.0]
    assert gradcheck(lambda x, y: op28([x, y], 3.0), (x, y))


def test_gradients_of_a_sequence_have_the_operands_dtypes():
    x, y, z = wg.tensor(np.float32([1.0]), requires_grad=True), leaf([2.0]), leaf([1j])
    gx, gy, gz = wg.autograd.grad(wg.concat([x, y, z]), [x, y, z], wg.tensor([1 + 1j, 2 + 2j, 3 + 3j]))
    assert [(g.dtype, g.tolist()) for g in (gx, gy)] == [(np.float32, [1.0]), (np.float64, [2.0])]
    assert (gz.dtype, gz.tolist()) == (np.complex128, [3 + 3j])
    assert not wg.concat([wg.tensor([1]), wg.tensor([2])]).requires_grad


@pytest.mark.parametrize("mixed", [lambda t: t, marked, lambda t: t.array])
def test_modes_reach_every_case(mixed):
    """What is made without recording has no node, and in inference mode it is marked, but for views (G8.1, G8.2)."""
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
        lambda: x.detach() * 2,
        lambda: wg.unstack(x.detach())[0],
    ]
    recorded = [call().requires_grad for call in calls]
    assert recorded == [True] * 8 + [False] * 3
    with wg.no_grad():
        assert not any(out.requires_grad or out.is_inference() for out in (call() for call in calls))
    with wg.inference_mode():
        outs = [call() for call in calls]
    assert [out.requires_grad for out in outs] == [False] * 7 + [True] + [False] * 3  # a view of a tensor that requires grad
    assert [out.is_inference() for out in outs] == [True] * 7 + [False] + [True] * 2 + [False]
    assert [call().requires_grad for call in calls] == recorded


def test_an_inference_tensor_is_not_saved():
    with wg.inference_mode():
        constant = wg.tensor([2.0])
    x = leaf([1.0])
    for record in (lambda: x * constant, lambda: wg.einsum("i,i->", x, constant), lambda: wg.matmul(x, constant)):
        with pytest.raises(SavedTensorError, match="Inference tensors cannot be saved for backward"):
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


class Recorder:
    """Notes the calls, and takes over those of one operator."""

    def __init__(self, takes=None):
        self.takes, self.calls = takes, []

    def call(self, op, arguments):
        self.calls.append((op.name, list(arguments)))
        if op.name == self.takes:
            return wg.negative(op.public(*arguments.values()))  # which it does not see: it is not in force now
        return NotImplemented


def test_an_interceptor_sees_every_call_and_may_take_it_over():
    x, inner, outer = wg.tensor([1.0, 2.0], requires_grad=True), Recorder("exp"), Recorder()
    with intercepted(outer), intercepted(inner):
        y = wg.exp(x) * 2
        z = wg.concat([y, y], axis=0)
        1 + x
    assert inner.calls == [
        ("exp", ["x"]),
        ("multiply", ["x1", "x2"]),
        ("concat", ["arrays", "axis"]),
        ("add", ["x1", "x2"]),
    ]
    assert [name for name, _ in outer.calls] == ["exp", "negative", "multiply", "concat", "add"]
    assert z.tolist() == (-2 * np.exp([1.0, 2.0, 1.0, 2.0])).tolist()
    wg.sum(z).backward()
    assert x.grad.tolist() == pytest.approx((-4 * np.exp([1.0, 2.0])).tolist())
    assert not ACTIVE


def test_an_interceptor_that_raises_leaves_the_stack_as_it_was():
    class Refuses:
        def call(self, op, arguments):
            raise ZeroDivisionError

    x, seen = wg.tensor([1.0]), Recorder()
    with intercepted(Refuses()), intercepted(seen):
        with pytest.raises(ZeroDivisionError):
            wg.exp(x)
        with pytest.raises(ZeroDivisionError):
            wg.exp(x)
        assert len(seen.calls) == 2
    assert wg.exp(x).item() == np.exp(1.0)
