"""The C function by which calls enter small programs of Numba: it must see everything that the long way sees."""

from __future__ import annotations

import gc
import importlib
import sys
import threading
import weakref

import numpy as np
import pytest

import wengert as wg

pytest.importorskip("numba", reason="the numba backend needs Numba")
pytestmark = pytest.mark.compiler

importlib.import_module("wengert.compiled.backends.numba")
native = sys.modules["wengert.compiled.backends.numba.native_entry"]


def value_and_gradient(x):
    value = wg.sum(wg.sin(x) * x)
    return value.detach(), wg.autograd.grad(value, [x])[0]


def entered(function, *args):
    """`function`, which has been called so often that calls go the short way, and a list of what the C function answers."""
    for _ in range(3):
        function(*args)
    names = [name for name in function._entry.__globals__ if name.startswith("native")]
    assert len(names) == 1, "there is no C function"
    inner, answers = function._entry.__globals__[names[0]], []

    def counted(*arguments):
        found = inner(*arguments)
        answers.append(type(found))
        return found

    function._entry.__globals__[names[0]] = counted
    return answers


def hit(answers):
    return answers.pop() is not object


def leaf(*numbers, dtype=np.float64):
    return wg.tensor(np.array(numbers, dtype), requires_grad=True)


def test_the_structures_are_those_that_are_known():
    assert native.layout() is not None, "this CPython or NumPy lays out its objects in another way: look at native_entry"


def test_results_are_new_tensors():
    function, x = wg.compile(value_and_gradient, backend="numba"), leaf(0.3, 0.7)
    answers = entered(function, x)
    first, second = function(x), function(x)
    assert hit(answers)
    expected = value_and_gradient(x)
    for results in (first, second):
        assert type(results) is tuple
        for found, wanted in zip(results, expected, strict=True):
            np.testing.assert_allclose(found.numpy(), wanted.numpy(), rtol=1e-14)
            assert (type(found), found.shape, found.dtype) == (type(wanted), wanted.shape, wanted.dtype)
            assert found.is_leaf
            assert not found.requires_grad
            assert found.grad is None
            assert found.grad_fn is None
            assert found._version == 0
            assert weakref.ref(found)() is found
    assert not np.shares_memory(first[1].numpy(), second[1].numpy())
    first[1].requires_grad_(True)
    (first[1] * 2).sum().backward()
    assert first[1].grad.tolist() == [2.0, 2.0]


def test_nothing_is_kept():
    function, x = wg.compile(value_and_gradient, backend="numba"), leaf(0.3, 0.7)
    entered(function, x)
    known = (None, x, x._array, x._shape, x._dtype, wg.Tensor, np.ndarray)

    def counts():
        return [sys.getrefcount(item) for item in known]

    function(x)
    gc.collect()
    before, blocks = counts(), sys.getallocatedblocks()
    for _ in range(2_000):
        function(x)
    gc.collect()
    assert all(abs(now - then) < 100 for now, then in zip(counts(), before, strict=True)), (before, counts())
    assert sys.getallocatedblocks() - blocks < 1_000


def test_it_goes_with_its_function():
    function, x = wg.compile(value_and_gradient, backend="numba"), leaf(0.3, 0.7)
    entered(function, x)
    held = weakref.ref(function._entry)
    del function
    gc.collect()
    assert held() is None


@pytest.mark.parametrize(
    "other",
    [
        lambda: leaf(0.3, 0.7, 0.9),
        lambda: leaf(0.3, 0.7, dtype=np.float32),
        lambda: wg.tensor(np.array([[0.3, 0.7]]), requires_grad=True),
        lambda: wg.tensor(np.array([0.3, 0.7]).astype(">f8"), requires_grad=True),
    ],
    ids=["length", "dtype", "rank", "byte order"],
)
def test_other_arrays(other):
    function = wg.compile(value_and_gradient, backend="numba")
    x = leaf(0.3, 0.7)
    answers, y = entered(function, x), other()
    expected = value_and_gradient(y)
    for _ in range(3):
        for found, wanted in zip(function(y), expected, strict=True):
            np.testing.assert_allclose(found.numpy(), wanted.numpy(), rtol=1e-6)
            assert found.shape == wanted.shape
    assert object in answers


def test_strided_arrays_in_the_place_of_others_are_read_as_they_lie():
    function, x = wg.compile(lambda x: x * 2.0, backend="numba"), wg.asarray(np.arange(4.0))
    answers = entered(function, x)
    x.data = wg.asarray(np.arange(8.0)[::2])
    assert not x._array.flags.c_contiguous
    assert function(x).tolist() == [0.0, 4.0, 8.0, 12.0]
    assert not hit(answers)
    assert function(wg.asarray(np.arange(4.0))).tolist() == [0.0, 2.0, 4.0, 6.0]
    assert hit(answers)


def test_arrays_that_cannot_be_written_to():
    memory = np.arange(3.0)
    memory.flags.writeable = False
    function, x = wg.compile(lambda x: x + 1.0, backend="numba"), wg.asarray(memory)
    answers = entered(function, x)
    assert function(x).tolist() == [1.0, 2.0, 3.0]
    assert hit(answers)


def test_a_tensor_in_two_places():
    function = wg.compile(lambda x, y: x * y, backend="numba")
    x, y = wg.asarray(np.arange(3.0)), wg.asarray(np.ones(3))
    answers = entered(function, x, y)
    assert function(x, x).tolist() == [0.0, 1.0, 4.0]
    assert not hit(answers)


def test_raw_arrays_are_no_tensors():
    function, x = wg.compile(lambda x: x * 2.0, backend="numba"), np.arange(3.0)
    answers = entered(function, x)
    assert type(function(x)) is type(x * 2.0)
    assert hit(answers)
    assert isinstance(function(wg.asarray(x)), wg.Tensor)
    assert not isinstance(function(x), wg.Tensor)


def test_whether_they_require_grad():
    function, x = wg.compile(lambda x: wg.exp(x).sum(), backend="numba"), wg.asarray(np.zeros(2))
    answers = entered(function, x)
    y = wg.asarray(np.zeros(2)).requires_grad_(True)
    function(y).backward()
    assert not hit(answers)
    assert y.grad.tolist() == [1.0, 1.0]
    z = leaf(0.0, 0.0) * 1.0
    assert function(z).requires_grad
    assert not function(x).requires_grad


def test_results_that_require_grad():
    function, x = wg.compile(lambda x: wg.exp(x).sum(), backend="numba"), leaf(0.0, 1.0)
    answers = entered(function, x)
    x.grad = None
    function(x).backward()
    assert hit(answers)
    np.testing.assert_allclose(x.grad.numpy(), np.exp([0.0, 1.0]))


@pytest.mark.parametrize("mode", [wg.no_grad, wg.inference_mode])
def test_modes(mode):
    function, x = wg.compile(lambda x: wg.exp(x).sum(), backend="numba"), leaf(0.0, 1.0)
    entered(function, x)
    with mode():
        for _ in range(3):
            assert not function(x).requires_grad
    for _ in range(2):
        assert function(x).requires_grad


def test_hooks_that_are_added():
    function, x = wg.compile(value_and_gradient, backend="numba"), leaf(0.3, 0.7)
    answers = entered(function, x)
    handle = x.register_hook(lambda grad: grad * 10.0)
    plain = value_and_gradient(x)[1].tolist()
    for _ in range(3):
        np.testing.assert_allclose(function(x)[1].numpy(), plain, rtol=1e-14)
    assert object in answers
    handle.remove()
    np.testing.assert_allclose(function(x)[1].numpy(), value_and_gradient(x)[1].numpy(), rtol=1e-14)


def test_tensors_that_it_closes_over():
    w = wg.asarray(np.ones(3))
    function, x = wg.compile(lambda x: x * w, backend="numba"), wg.asarray(np.arange(3.0))
    answers = entered(function, x)
    w.mul_(3.0)
    assert function(x).tolist() == [0.0, 3.0, 6.0]
    assert hit(answers)
    w.data = wg.asarray(np.full(3, 2.0))
    assert function(x).tolist() == [0.0, 2.0, 4.0]
    assert hit(answers)
    w.requires_grad_(True)
    assert function(x).requires_grad
    assert not hit(answers)


def test_constants_and_trees():
    def fn(scale, tree):
        return {"twice": tree["x"] * scale, "name": "n", "again": [tree["x"] + 1.0]}

    function, x = wg.compile(fn, backend="numba"), wg.asarray(np.arange(3.0))
    answers = entered(function, 2, {"x": x})
    found = function(2, {"x": x})
    assert hit(answers)
    assert found["name"] == "n"
    assert found["twice"].tolist() == [0.0, 2.0, 4.0]
    assert found["again"][0].tolist() == [1.0, 2.0, 3.0]
    assert function(3, {"x": x})["twice"].tolist() == [0.0, 3.0, 6.0]


def test_without_it_all_is_the_same(monkeypatch):
    monkeypatch.setattr(native, "layout", lambda: None)
    function, x = wg.compile(value_and_gradient, backend="numba"), leaf(0.3, 0.7)
    for _ in range(4):
        for found, wanted in zip(function(x), value_and_gradient(x), strict=True):
            np.testing.assert_allclose(found.numpy(), wanted.numpy(), rtol=1e-14)
    assert not [name for name in function._entry.__globals__ if name.startswith("native")]


def test_several_threads():
    function = wg.compile(value_and_gradient, backend="numba")
    entered(function, leaf(0.3, 0.7))
    wrong = []

    def work(seed):
        x = leaf(*np.random.default_rng(seed).standard_normal(2))
        expected = [t.numpy() for t in value_and_gradient(x)]
        for _ in range(300):
            if not all(np.allclose(f.numpy(), e, rtol=1e-13) for f, e in zip(function(x), expected, strict=True)):
                wrong.append(seed)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
