"""Operators, methods and protocols of Tensor: that they are there, mean what their function means, and are recorded."""

import ast
import copy
import inspect
import operator
import textwrap

import numpy as np
import pytest

import wengert as wg
from wengert.autograd.node import LEAF_EDGE
from wengert.autograd.tensor import Tensor
from wengert.autograd.tensor_methods import TensorMethods
from wengert.errors import ArgumentError, GradientError, OperandError
from wengert.ops import install


def leaf(data, **options):
    return wg.tensor(data, requires_grad=True, **options)


# -- the table ---------------------------------------------------------------------------------------------------------
def test_every_installed_name_has_a_signature_for_type_checkers():
    source = textwrap.dedent(inspect.getsource(TensorMethods))
    declared = {node.name for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)}
    binary = {f"__{r}{name}__" for name in install.BINARY for r in ("", "r")}
    installed = {*install.named(), *binary, *(f"__{name}__" for name in install.COMPARISONS)}
    assert declared - {"__hash__"} == installed - {"__repr__", "__format__"}  # these three every object has


def test_no_table_entry_hides_another():
    entries = [
        *install.SYNTAX,
        *(f.__name__ for f in (*install.UNARY, *install.WITH_AXIS, *install.WITH_LAST_AXIS, *install.WITH_FIRST_AXIS)),
        *install.DIRECT,
        *install.WRITTEN,
        *install.CASTS,
        *install.PROPERTIES,
        *install.in_place_methods(),
        *install.turning_methods(),
    ]
    assert len(entries) == len(set(entries)) == len(install.named())


def test_slots_stay_effective():
    with pytest.raises(AttributeError):
        wg.tensor(1.0).anything = 1


# -- operators ---------------------------------------------------------------------------------------------------------
BINARY = [
    operator.add,
    operator.sub,
    operator.mul,
    operator.truediv,
    operator.floordiv,
    operator.mod,
    operator.pow,
    operator.eq,
    operator.ne,
    operator.lt,
    operator.le,
    operator.gt,
    operator.ge,
]


@pytest.mark.parametrize("op", BINARY, ids=lambda op: op.__name__)
@pytest.mark.parametrize("other", [2, 1.5, [2.0, 1.0, 3.0]], ids=["int", "float", "array"])
def test_binary_operators_agree_with_numpy_on_both_sides(op, other):
    a = np.asarray([1.0, 2.0, 3.0])
    b = np.asarray(other) if isinstance(other, list) else other
    x = wg.tensor(a)
    pairs = [(op(x, b), op(a, b)), (op(b, x), op(b, a))]
    if isinstance(b, np.ndarray):
        pairs.append((op(x, wg.tensor(b)), op(a, b)))
    for ours, theirs in pairs:
        assert type(ours) is Tensor
        assert ours.dtype == theirs.dtype
        np.testing.assert_array_equal(ours.array, theirs)


@pytest.mark.parametrize("op", [operator.and_, operator.or_, operator.xor, operator.lshift, operator.rshift])
def test_bitwise_operators(op):
    a, b = np.asarray([1, 6, 7]), np.asarray([3, 1, 2])
    np.testing.assert_array_equal(op(wg.tensor(a), wg.tensor(b)).array, op(a, b))
    np.testing.assert_array_equal(op(wg.tensor(a), 2).array, op(a, 2))
    np.testing.assert_array_equal(op(2, wg.tensor(a)).array, op(2, a))
    np.testing.assert_array_equal((~wg.tensor(a)).array, ~a)


def test_matrix_products_on_both_sides():
    a, b = np.ones((2, 3)), np.ones((3, 2))
    for product in (wg.tensor(a) @ wg.tensor(b), wg.tensor(a) @ b, a @ wg.tensor(b)):
        assert type(product) is Tensor
        assert product.shape == (2, 2)


def test_unary_operators():
    x = wg.tensor([-1.0, 2.0])
    assert (-x).tolist() == [1.0, -2.0]
    assert (+x).tolist() == [-1.0, 2.0]
    assert abs(x).tolist() == [1.0, 2.0]
    assert round(wg.tensor(2.567), 1).item() == pytest.approx(2.6)
    assert [part.tolist() for part in divmod(wg.tensor([7.0, -7.0]), 2)] == [[3.0, -4.0], [1.0, 1.0]]
    assert [part.item() for part in divmod(7, wg.tensor(2))] == [3, 1]


def test_gradients_flow_through_operators():
    x = leaf([1.0, 2.0, 3.0])
    y = (2 - x) * x / 2 + x**2 - 1
    y.backward(wg.ones(3))
    np.testing.assert_allclose(x.grad.array, (2 - 2 * x.array) / 2 + 2 * x.array)


def test_unknown_operands_are_left_to_their_own_methods():
    class Other:
        def __radd__(self, x):
            return "theirs"

        def __rmatmul__(self, x):
            return "theirs"

    x = wg.tensor([1.0])
    assert x + Other() == "theirs"
    assert x @ Other() == "theirs"
    for wrong in ("a", [1.0], None):
        with pytest.raises(TypeError):
            x + wrong
        with pytest.raises(TypeError):
            wrong @ x
    with pytest.raises(OperandError):
        wg.add(x, [1.0])


def test_equality_is_elementwise_and_hash_is_identity():
    x = wg.tensor([1.0, 2.0])
    assert (x == wg.tensor([1.0, 3.0])).tolist() == [True, False]
    assert (x == "something") is False
    assert (x != "something") is True
    assert hash(x) == id(x)
    assert len({x, wg.tensor([1.0, 2.0])}) == 2
    assert 2.0 in x
    assert 5.0 not in x


# -- numbers -----------------------------------------------------------------------------------------------------------
def test_conversions_to_python_numbers():
    with pytest.warns(UserWarning, match="no gradient flows"):  # allowed on what requires grad, but said, as in PyTorch
        assert float(leaf(2.5)) == 2.5
    with wg.no_grad():
        assert float(leaf(2.5)) == 2.5
    assert leaf(2.5).item() == 2.5
    assert float(leaf(2.5).detach()) == 2.5
    assert int(wg.tensor([2.5])) == 2
    assert complex(wg.tensor(2.0)) == 2 + 0j
    assert bool(wg.tensor([0.0])) is False
    assert [10, 20, 30][wg.tensor(1)] == 20
    assert wg.tensor([[3]]).item() == 3
    assert wg.tensor([[1, 2]]).tolist() == [[1, 2]]
    assert list(range(wg.tensor(2))) == [0, 1]


def test_conversions_refuse_what_is_no_number():
    for convert in (float, int, complex, Tensor.item):
        with pytest.raises(ArgumentError, match="shape"):
            convert(wg.tensor([1.0, 2.0]))
    with pytest.raises(TypeError):
        operator.index(wg.tensor(1.0))
    with pytest.raises(TypeError, match="0-d"):
        operator.index(wg.tensor([1]))
    with pytest.raises(TypeError, match="0-d"):
        iter(wg.tensor(1.0))
    with pytest.raises(TypeError, match="0-d"):
        len(wg.tensor(1.0))


# -- shown -------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("tensor", "shown"),
    [
        (lambda: wg.tensor([2.0, 4.0, 6.0]), "tensor([2., 4., 6.])"),
        (lambda: wg.tensor(1.5), "tensor(1.5)"),
        (lambda: wg.tensor([[1, 2], [3, 4]]), "tensor([[1, 2],\n        [3, 4]])"),
        (lambda: wg.tensor([True]), "tensor([ True])"),
        (lambda: wg.tensor([1 + 2j]), "tensor([1.+2.j])"),
        (lambda: wg.tensor([1.0], dtype=wg.float32), "tensor([1.], dtype=float32)"),
        (lambda: wg.tensor([1], dtype=wg.uint8), "tensor([1], dtype=uint8)"),
        (lambda: leaf([1.0]), "tensor([1.], requires_grad=True)"),
        (lambda: leaf([1.0], dtype=wg.float32), "tensor([1.], dtype=float32, requires_grad=True)"),
        (lambda: leaf([1.0]) * 2, "tensor([2.], grad_fn=<MulBackward0>)"),
        (lambda: wg.zeros((0,)), "tensor([])"),
        (lambda: wg.zeros((0, 3)), "tensor([], size=(0, 3))"),
    ],
)
def test_repr(tensor, shown):
    assert repr(tensor()) == str(tensor()) == shown


def test_format():
    assert f"{wg.tensor(1.25):.1f} {leaf(2.0)}" == "1.2 2.0"
    assert f"{wg.tensor([1.0])}" == "tensor([1.])"
    with pytest.raises(TypeError, match="0-d"):
        f"{wg.tensor([1.0]):.2f}"


# -- methods -----------------------------------------------------------------------------------------------------------
X = np.random.default_rng(0).standard_normal((3, 4))

SAME_AS_NUMPY = {
    "sum": lambda x: x.sum(),
    "sum(0)": lambda x: x.sum(0),
    "sum(axis, keepdims)": lambda x: x.sum(axis=(0, 1), keepdims=True),
    "mean": lambda x: x.mean(1),
    "prod": lambda x: x.prod(0),
    "max": lambda x: x.max(1),
    "min": lambda x: x.min(),
    "std": lambda x: x.std(0),
    "var": lambda x: x.var(0),
    "any": lambda x: (x > 1).any(0),
    "all": lambda x: (x > -9).all(),
    "argmax": lambda x: x.argmax(1),
    "argmin": lambda x: x.argmin(),
    "cumsum": lambda x: x.cumsum(),
    "cumsum(1)": lambda x: x.cumsum(1),
    "cumprod": lambda x: x.cumprod(0),
    "reshape": lambda x: x.reshape(2, 6),
    "reshape(tuple)": lambda x: x.reshape((2, -1)),
    "reshape(-1)": lambda x: x.reshape(-1),
    "transpose": lambda x: x.transpose(),
    "transpose(0, 1)": lambda x: x.transpose(0, 1),
    "transpose(tuple)": lambda x: x.transpose((1, 0)),
    "T": lambda x: x.T,
    "mT": lambda x: x.mT,
    "ravel": lambda x: x.ravel(),
    "flatten": lambda x: x.flatten(),
    "squeeze": lambda x: x.reshape(1, 3, 4, 1).squeeze(),
    "squeeze(0)": lambda x: x.reshape(1, 3, 4, 1).squeeze(0),
    "swapaxes": lambda x: x.swapaxes(0, 1),
    "astype": lambda x: x.astype(np.float32),
    "copy": lambda x: x.copy(),
    "round": lambda x: x.round(),
    "round(2)": lambda x: x.round(2),
    "clip": lambda x: x.clip(-1, 1),
    "conj": lambda x: x.conj(),
    "conjugate": lambda x: x.conjugate(),
    "real": lambda x: x.real,
    "imag": lambda x: x.imag,
    "dot": lambda x: x.dot(x.T),
    "dot vector": lambda x: x.dot(x[0]),
    "dot number": lambda x: x.dot(2.0),
    "take": lambda x: x.take(np.asarray([0, 5])),
    "take(axis)": lambda x: x.take(np.asarray([0, 2]), 1),
    "repeat": lambda x: x.repeat(2),
    "repeat(axis)": lambda x: x.repeat(2, 0),
    "diagonal": lambda x: x.diagonal(1),
    "trace": lambda x: x.trace(),
    "size": lambda x: np.asarray(x.size),
    "ndim": lambda x: np.asarray(x.ndim),
    "nonzero": lambda x: x.nonzero()[0],
}


@pytest.mark.parametrize("name", SAME_AS_NUMPY)
def test_methods_that_numpy_has(name):
    ours, theirs = SAME_AS_NUMPY[name](wg.tensor(X)), SAME_AS_NUMPY[name](X)
    array = ours.array if isinstance(ours, Tensor) else ours
    assert array.dtype == theirs.dtype
    np.testing.assert_allclose(array, theirs)


def test_dot_of_many_axes():
    a, b = np.ones((2, 3)), np.arange(24.0).reshape(2, 3, 4)
    np.testing.assert_allclose(wg.tensor(a).dot(wg.tensor(b)).array, a.dot(b))


@pytest.mark.parametrize("function", install.UNARY, ids=lambda f: f.__name__)
def test_unary_methods_are_their_function(function):
    x = wg.tensor([[0.25, 0.75]]) + (1 if function is wg.acosh else 0)
    ours, wanted = getattr(x, function.__name__)(), function(x)
    for one, other in zip(ours, wanted, strict=True) if isinstance(ours, tuple) else [(ours, wanted)]:
        np.testing.assert_array_equal(one.array, other.array)


@pytest.mark.parametrize("name", ["add", "sub", "mul", "div", "pow", "maximum", "minimum", "atan2", "eq", "lt", "matmul"])
def test_binary_methods(name):
    x, y = wg.tensor([1.0, 2.0]), wg.tensor([3.0, 0.5])
    names = {"sub": "subtract", "mul": "multiply", "div": "divide", "eq": "equal", "lt": "less"}
    np.testing.assert_array_equal(getattr(x, name)(y).array, getattr(wg, names.get(name, name))(x, y).array)


def test_methods_along_the_last_axis():
    x = wg.tensor([[3.0, 1.0, 2.0]])
    assert x.sort().tolist() == [[1.0, 2.0, 3.0]]
    assert x.argsort(descending=True).tolist() == [[0, 2, 1]]
    assert x.softmax().sum().item() == pytest.approx(1.0)
    assert x.log_softmax(1).exp().sum().item() == pytest.approx(1.0)
    assert [part.item() for part in x.unstack(1)] == [3.0, 1.0, 2.0]


def test_casts():
    x = wg.tensor([1.5])
    names = {"half": "float16", "float": "float32", "double": "float64", "int": "int32", "long": "int64", "bool": "bool"}
    for method, dtype in names.items():
        assert getattr(x, method)().dtype == np.dtype(dtype)
    assert x.double() is x


def test_sizes():
    x = wg.zeros((2, 3))
    assert (x.dim(), x.numel(), x.size, len(x)) == (2, 6, 6, 2)
    assert x.t().shape == (3, 2)
    assert x[0].t().shape == (3,)
    with pytest.raises(ArgumentError, match="two axes"):
        wg.zeros((1, 2, 3)).t()


def test_clone_copies_and_is_recorded():
    x = leaf([1.0, 2.0])
    y = x.clone()
    assert y.grad_fn.name() == "CloneBackward0"
    assert not np.shares_memory(x.array, y.array)
    y.backward(wg.tensor([3.0, 4.0]))
    assert x.grad.tolist() == [3.0, 4.0]


def test_deepcopy_of_a_leaf():
    x = copy.deepcopy(leaf([1.0]))
    assert x.requires_grad
    assert x.tolist() == [1.0]


# -- out of the graph --------------------------------------------------------------------------------------------------
def test_numpy_refuses_what_requires_grad():
    x = leaf([1.0])
    for hand_out in (Tensor.numpy, Tensor.__dlpack__):
        with pytest.raises(GradientError, match=r"detach\(\)"):
            hand_out(x)
    assert x.detach().numpy() is x.array


def test_array_protocols():
    x = wg.tensor([1.0, 2.0])
    assert np.asarray(x) is x.array
    with pytest.raises(wg.errors.GradientError, match="call detach"):
        np.asarray(leaf([1.0, 2.0]))
    with pytest.raises(wg.errors.GradientError, match="call detach"):
        np.asarray([leaf([1.0, 2.0]), leaf([1.0, 2.0])])  # a list of them is converted one by one
    with wg.no_grad():
        assert np.asarray(leaf([1.0, 2.0])).tolist() == [1.0, 2.0]
    assert np.array(x) is not x.array
    assert np.asarray(x, dtype=np.float32).dtype == np.float32
    assert np.from_dlpack(x).tolist() == [1.0, 2.0]
    assert x.__dlpack_device__() == x.array.__dlpack_device__()
    assert x.to_device("cpu") is x
    with pytest.raises(ValueError, match="device"):
        x.to_device("moon")
    with pytest.raises(ArgumentError, match="stream"):
        x.to_device("cpu", stream=1)


def test_namespace():
    x = wg.tensor(1.0)
    assert x.__array_namespace__() is wg
    assert x.__array_namespace__(api_version="2024.12") is wg
    with pytest.raises(ArgumentError, match="api_version"):
        x.__array_namespace__(api_version="1999.01")


def test_iteration_and_unpacking():
    x = leaf([[1.0, 2.0], [3.0, 4.0]])
    first, second = x
    assert second.tolist() == [3.0, 4.0]
    (first * 2 + second).sum().backward()
    assert x.grad.tolist() == [[2.0, 2.0], [1.0, 1.0]]


def test_subclasses_inherit_operators():
    class Mine(Tensor):
        pass

    x = wg.autograd.tensor.wrap(np.asarray([1.0, 2.0]), LEAF_EDGE, Mine)
    assert (x + 1).tolist() == [2.0, 3.0]
    (x[0] * x.sum()).backward()
    assert x.grad.tolist() == [4.0, 1.0]
