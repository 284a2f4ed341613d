"""Creation functions, dtypes, and random tensors."""

import pickle

import numpy as np
import pytest

import wengert as wg
from wengert.arrays.adapter import library
from wengert.arrays.dtypes import dtype_name, native_dtype
from wengert.errors import ArgumentError, DtypeError, OperandError, RequiresGradDtypeError
from wengert.ops import random
from wengert.ops.grids import meshgrid


# -- tensor and asarray ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("data", "dtype"),
    [
        (1, "int64"),
        (1.0, "float64"),
        (1j, "complex128"),
        (True, "bool"),
        ([1, 2.5], "float64"),
        ([], "float64"),
        (np.float32(1), "float32"),
        (np.zeros(2, "int8"), "int8"),
        ([[1, 2], [3, 4]], "int64"),
        (range(3), "int64"),
    ],
)
def test_tensor_takes_the_dtype_of_its_data(data, dtype):
    x = wg.tensor(data)
    assert x.dtype == np.dtype(dtype)
    assert x.shape == np.shape(data)
    assert type(x.array) is np.ndarray
    assert x.is_leaf
    assert not x.requires_grad


def test_tensor_always_copies():
    a = np.zeros(2)
    x = wg.tensor(a, requires_grad=True)
    a[0] = 1.0
    assert x.tolist() == [0.0, 0.0]
    assert x.requires_grad
    assert x.grad_fn is None


def test_tensor_of_a_tensor_warns_and_detaches():
    x = wg.tensor([1.0], requires_grad=True)
    with pytest.warns(UserWarning, match="detach"):
        y = wg.tensor(x * 2)
    assert (y.requires_grad, y.is_leaf, y.tolist()) == (False, True, [2.0])


def test_tensor_of_a_list_with_tensors():
    assert wg.tensor([*[wg.tensor(1.0), [2.0]][0:1], 3.0]).tolist() == [1.0, 3.0]
    assert wg.tensor([wg.ones(2), wg.zeros(2)]).tolist() == [[1.0, 1.0], [0.0, 0.0]]


@pytest.mark.parametrize("make", [wg.tensor, wg.asarray])
@pytest.mark.parametrize(("data", "dtype"), [(1, None), ([True], None), ([1.5], "int32")])
def test_integers_cannot_require_grad(make, data, dtype):
    """G5.3"""
    with pytest.raises(RequiresGradDtypeError, match=f"{make.__name__}: requires_grad=True .* got dtype (int|bool)"):
        make(data, dtype=dtype, requires_grad=True)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "complex64", "complex128"])
def test_every_float_and_complex_dtype_can_require_grad(dtype):
    """G5.3"""
    assert wg.tensor(1, dtype=dtype, requires_grad=True).requires_grad


def test_data_that_is_none():
    with pytest.raises(OperandError, match="tensor: data must be numbers"):
        wg.tensor("text")
    with pytest.raises(OperandError, match="tensor: data must be numbers"):
        wg.tensor(None)
    with pytest.raises(ArgumentError, match="tensor: "):
        wg.tensor([[1.0], [1.0, 2.0]])
    with pytest.raises(ValueError, match="device"):
        wg.tensor(1.0, device="cuda")


def test_asarray_shares_memory_where_it_can():
    a = np.zeros(2)
    assert wg.asarray(a).array is a
    assert wg.asarray(a, copy=True).array is not a
    assert wg.asarray(a, dtype="float32").dtype == np.float32
    with pytest.raises(ArgumentError, match="asarray"):
        wg.asarray(a, dtype="float32", copy=False)


def test_asarray_of_a_tensor_stays_in_the_graph():
    x = wg.tensor([1.0, 2.0], requires_grad=True)
    assert wg.asarray(x) is x
    y = wg.asarray(x, dtype="float32", copy=True)
    y.sum().backward()
    assert x.grad.tolist() == [1.0, 1.0]
    assert wg.asarray(x, copy=True).array is not x.array
    with pytest.raises(ArgumentError, match="asarray: copy=False cannot cast"):
        wg.asarray(x, dtype="float32", copy=False)


def test_asarray_of_a_tensor_with_requires_grad_is_another_leaf():
    x = wg.ones(2)
    y = wg.asarray(x, requires_grad=True)
    assert (x.requires_grad, y.requires_grad, y.is_leaf) == (False, True, True)
    assert y.array is x.array


# -- from nothing ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (lambda **k: wg.zeros((2, 3), **k), lambda: np.zeros((2, 3))),
        (lambda **k: wg.zeros(3, **k), lambda: np.zeros(3)),
        (lambda **k: wg.ones([2, 0], **k), lambda: np.ones((2, 0))),
        (lambda **k: wg.full((2,), 1.5, **k), lambda: np.full(2, 1.5)),
        (lambda **k: wg.arange(2.5, **k), lambda: np.arange(2.5)),
        (lambda **k: wg.arange(1.0, 2.0, 0.25, **k), lambda: np.arange(1.0, 2.0, 0.25)),
        (lambda **k: wg.linspace(0, 1, 5, **k), lambda: np.linspace(0, 1, 5)),
        (lambda **k: wg.linspace(0, 1, 5, endpoint=False, **k), lambda: np.linspace(0, 1, 5, endpoint=False)),
        (lambda **k: wg.eye(2, **k), lambda: np.eye(2)),
        (lambda **k: wg.eye(2, 3, k=-1, **k), lambda: np.eye(2, 3, -1)),
        (lambda **k: wg.zeros_like(wg.ones((2, 1)), **k), lambda: np.zeros((2, 1))),
        (lambda **k: wg.ones_like(wg.zeros((2, 1)), **k), lambda: np.ones((2, 1))),
        (lambda **k: wg.full_like(wg.zeros(2), 3, **k), lambda: np.full(2, 3.0)),
        (lambda **k: wg.from_dlpack(np.ones(2), **k), lambda: np.ones(2)),
    ],
)
def test_values_and_requires_grad(ours, theirs):
    for asked in (False, True):
        got = ours(requires_grad=asked)
        assert got.requires_grad is asked
        assert got.is_leaf
        assert got.dtype == theirs().dtype
        np.testing.assert_array_equal(got.array, theirs())


@pytest.mark.parametrize("name", ["zeros", "ones", "empty"])
def test_dtype_argument(name):
    make = getattr(wg, name)
    assert make(2).dtype == np.float64
    for dtype in (wg.float32, "float32", np.float32):
        assert make(2, dtype=dtype).dtype == np.float32
        assert getattr(wg, name + "_like")(wg.ones(2), dtype=dtype).dtype == np.float32
    with pytest.raises(RequiresGradDtypeError, match=name):
        make(2, dtype=wg.int32, requires_grad=True)


def test_like_functions_of_raw_arrays():
    a = np.ones(2, "float32")
    assert type(wg.zeros_like(a)) is np.ndarray
    assert type(wg.zeros_like(a, requires_grad=True)) is wg.Tensor
    assert wg.empty_like(wg.asarray(a)).dtype == np.float32


def test_values_that_wait_for_a_gradient_are_refused():
    x = wg.tensor(2.0, requires_grad=True)
    for make in (
        lambda: wg.full(2, x),
        lambda: wg.full_like(wg.ones(2), x),
        lambda: wg.linspace(0.0, x, 3),
        lambda: wg.arange(x),
    ):
        with pytest.raises(ArgumentError, match="requires grad"):
            make()
    assert wg.full(2, x.detach()).tolist() == [2.0, 2.0]


def test_meshgrid_arguments():
    with pytest.raises(ArgumentError, match="indexing"):
        meshgrid(wg.ones(2), indexing="yx")
    with pytest.raises(ArgumentError, match=r"arrays\[1\]"):
        meshgrid(wg.ones(2), wg.ones((2, 2)))
    assert meshgrid() == ()
    assert meshgrid(wg.tensor(1.0), wg.ones(2))[0].shape == (2, 1)


def test_inference_mode_makes_inference_tensors():
    with wg.inference_mode():
        made = [wg.tensor(1.0), wg.zeros(2), wg.ones_like(wg.zeros(2)), random.normal(2)]
    assert all(x.is_inference() for x in made)
    assert not wg.zeros(2).is_inference()


# -- dtypes ------------------------------------------------------------------------------------------------------------
def test_dtype_functions():
    x = wg.ones(2, dtype=wg.float32)
    assert wg.can_cast(x, wg.float64)
    assert not wg.can_cast(wg.float64, "float32")
    assert wg.result_type(x, 2) == wg.float32
    assert wg.result_type(x, wg.float64, 1j) == wg.complex128
    assert wg.isdtype(x.dtype, "real floating")
    assert wg.isdtype(x.dtype, (wg.float32, wg.int8))
    assert wg.finfo(x).eps == wg.finfo("float32").eps == wg.finfo(wg.complex64).eps
    assert wg.iinfo(wg.uint8).max == wg.iinfo(np.uint8).max == 255
    assert x.dtype is wg.float32


def test_neutral_names():
    class Foreign:
        """A dtype of another library, which shows itself as PyTorch's do."""

        def __repr__(self):
            return "torch.float32"

    assert dtype_name(Foreign()) == "float32"
    assert dtype_name(np.bool_) == dtype_name(bool) == "bool"
    assert native_dtype(Foreign(), library("numpy")) is wg.float32
    assert native_dtype(None, library("numpy")) is None
    with pytest.raises(DtypeError, match="expected one of bool"):
        native_dtype("bfloat17", library("numpy"))


# -- random ------------------------------------------------------------------------------------------------------------
@pytest.fixture(autouse=True)
def _own_stream():
    state = random.get_state()
    random.seed(7)
    yield
    random.set_state(state)


def test_seed_and_state():
    random.seed(3)
    first = random.normal(4).tolist()
    state = pickle.loads(pickle.dumps(random.get_state()))
    second = random.normal(4).tolist()
    assert first != second
    random.set_state(state)
    assert random.normal(4).tolist() == second
    random.seed(3)
    assert random.normal(4).tolist() == first


def test_a_generator_of_ones_own_leaves_the_default_alone():
    state = random.get_state()
    a = random.normal(3, generator=random.Generator(0))
    b = random.normal(3, generator=random.Generator().seed(0))
    assert a.tolist() == b.tolist()
    assert random.get_state() == state


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_distributions(dtype):
    x = random.normal((2000,), mean=3.0, std=0.5, dtype=dtype, requires_grad=True)
    assert (x.dtype, x.requires_grad, x.is_leaf) == (np.dtype(dtype), True, True)
    assert abs(float(x.array.astype("float64").mean()) - 3.0) < 0.06
    y = random.uniform((2000,), low=-1.0, high=3.0, dtype=dtype)
    assert -1.0 <= y.array.min() < -0.9
    assert 2.9 < y.array.max() <= 3.0


def test_whole_numbers_and_masks():
    assert sorted(random.permutation(5).tolist()) == list(range(5))
    assert set(random.integers(2, 4, (50,)).tolist()) == {2, 3}
    assert random.integers(9).shape == ()
    mask = random.bernoulli(0.25, (4000,))
    assert mask.dtype == np.bool_
    assert 0.2 < mask.array.mean() < 0.3
    assert random.bernoulli(0.5, 3, dtype="float32").dtype == np.float32
    with pytest.raises(ArgumentError, match=r"bernoulli: p must lie between 0 and 1, got 1\.5"):
        random.bernoulli(1.5)
    with pytest.raises(ArgumentError, match="normal: dtype must be floating"):
        random.normal(2, dtype="int32")


# -- sequences of tensors ----------------------------------------------------------------------------------------------
def test_asarray_of_a_sequence_of_tensors_stays_in_the_graph():
    x = wg.tensor(3.0, requires_grad=True)
    row = wg.tensor([1.0, 2.0], requires_grad=True)
    y = wg.asarray([[x, 0.5], row])
    assert y.tolist() == [[3.0, 0.5], [1.0, 2.0]]
    (y * wg.asarray([[10.0, 20.0], [30.0, 40.0]])).sum().backward()
    assert x.grad.item() == 10.0
    assert row.grad.tolist() == [30.0, 40.0]
    narrow = wg.asarray((x, x), dtype=wg.float32)
    assert narrow.dtype == wg.float32
    assert narrow.requires_grad
    with pytest.raises(wg.errors.ArgumentError, match="copy=False"):
        wg.asarray([x, x], copy=False)


def test_tensor_of_a_sequence_of_tensors_says_what_it_drops():
    x = wg.tensor(3.0, requires_grad=True)
    with pytest.warns(UserWarning, match="drops its history"):
        y = wg.tensor([x, x])
    assert not y.requires_grad
    assert wg.tensor([x.detach(), 1.0]).tolist() == [3.0, 1.0]
