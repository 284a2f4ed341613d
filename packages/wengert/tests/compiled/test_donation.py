"""`donate_argnums`: memory that is used again, tensors that say to whom they were given, and what is left alone."""

from __future__ import annotations

import copy
import gc
import pickle
import threading
import tracemalloc
import weakref

import numpy as np
import pytest
from hypothesis import given, settings

import wengert as wg
from choices import many
from compiled.random_steps import assert_same_bits
from compiled.test_blocked import blocks, programs, same
from compiled.test_blocked import run as run_function
from wengert.arrays.numpy import adapter
from wengert.compiled.backends import backend_called
from wengert.errors import ArgumentError, CompileError, DonatedError

RNG = np.random.default_rng(0)
LARGE = (300, 300)


def tensor(shape=LARGE, **options):
    return wg.tensor(RNG.standard_normal(shape), **options)


def place(x):
    return x.array.ctypes.data


def update(w, g):
    return w - 0.1 * g


def warm(fn=update, **options):
    """A compiled function whose program has been made."""
    step = wg.compile(fn, **{"donate_argnums": 0, **options})
    step(tensor(), tensor())
    return step


# -- memory --------------------------------------------------------------------------------------------------------------
def test_the_result_lies_where_the_argument_did():
    step, g, w = warm(), tensor(), tensor()
    for _ in range(3):
        want, where = w.numpy() - 0.1 * g.numpy(), place(w)
        w = step(w, g)
        assert place(w) == where
        np.testing.assert_array_equal(w.numpy(), want)
    assert step.captures == 1


def test_no_new_array_is_made():
    step, g, w = warm(), tensor(), tensor()
    gc.collect()
    tracemalloc.start()
    w = step(w, g)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < w.numpy().nbytes / 4


def test_one_equation_alone_is_written_over_its_operand():
    step = warm(lambda x, y: wg.sin(x @ y) @ wg.cos(x))
    x, y = tensor(), tensor()
    want = np.sin(x.numpy() @ y.numpy()) @ np.cos(x.numpy())
    np.testing.assert_allclose(step(x, y).numpy(), want, rtol=1e-12)


def training(parameters, x, y):
    for p in parameters:
        p.grad = None
    loss = ((wg.tanh(x @ parameters[0]) @ parameters[1] - y) ** 2).mean()
    loss.backward()
    return loss.detach(), [p.detach() - 0.1 * p.grad for p in parameters]


def test_a_training_step_updates_its_parameters_in_their_memory():
    step = wg.compile(training, donate_argnums=0)
    parameters, x, y = [tensor(requires_grad=True) for _ in range(2)], tensor(), tensor()
    for number in range(3):
        loss, want = training([p.detach().clone().requires_grad_() for p in parameters], x, y)
        where = [place(p) for p in parameters]
        got, new = step(parameters, x, y)
        np.testing.assert_allclose(got.item(), loss.item(), rtol=1e-12)
        for a, b in zip(new, want, strict=True):
            np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-10, atol=1e-14)
        if number:
            assert [place(p) for p in new] == where
        assert all("donated" in repr(p) and p.grad is not None for p in parameters)
        parameters = [p.requires_grad_() for p in new]
    assert step.captures == 1


def test_small_arrays_and_other_libraries_are_spent_all_the_same():
    step = wg.compile(update, donate_argnums=0)
    for _ in range(2):
        w = wg.tensor([1.0, 2.0])
        assert step(w, wg.tensor([1.0, 1.0])).tolist() == pytest.approx([0.9, 1.9])
        with pytest.raises(DonatedError):
            w.tolist()
    torch = pytest.importorskip("torch")
    for _ in range(2):
        w, g = wg.tensor(torch.ones(3)), wg.tensor(torch.ones(3))
        kept = w.array
        assert step(w, g).tolist() == pytest.approx([0.9] * 3)
        assert kept.tolist() == [1.0] * 3
        with pytest.raises(DonatedError):
            w.tolist()


@settings(max_examples=many(100), deadline=None)
@given(programs(exact=True))
def test_random_programs_over_donated_arrays(program):
    inputs, equations, outputs, _ = program
    variables, wanted = [v for v, _ in inputs], [v for v, _ in outputs]
    with blocks(1):
        backend = backend_called("python")
        plain = backend.compile(equations, variables, wanted, adapter)
        function = backend.compile(equations, variables, wanted, adapter, donated=frozenset(variables))
        if plain is None:
            assert function is None
            return
        want = run_function(plain, inputs)
        got = run_function(function, [(v, a.copy()) for v, a in inputs])
        fixed = [(v, a.copy()) for v, a in inputs]
        for _, array in fixed:
            array.flags.writeable = False  # as what somebody else can see
        again = run_function(function, fixed)
    assert_same_bits([np.asarray(a) for a in got], [np.asarray(a) for a in want])
    for a, b in zip(again, want, strict=True):
        same(a, b)


# -- afterwards ----------------------------------------------------------------------------------------------------------
USES = {
    "an operator": lambda w: w + 1,
    "a function": wg.exp,
    "beside another": lambda w: tensor() * w,
    "a method": lambda w: w.sum(),
    "an index": lambda w: w[0],
    "its values": lambda w: w.tolist(),
    "its array": lambda w: w.array,
    "NumPy": np.exp,
    "as an array": np.asarray,
    "a copy": lambda w: w.clone(),
    "deepcopy": copy.deepcopy,
    "a pickle": pickle.dumps,
    "detach": lambda w: w.detach(),
    "a write": lambda w: w.add_(1),
    "its data": lambda w: setattr(w, "data", tensor()),
    "a truth value": bool,
    "another call": lambda w: wg.compile(update)(w, tensor()),
    "the same call": lambda w: warm()(w, tensor()),
    "a stack": lambda w: wg.stack([w, w]),
}


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("first", [True, False])
def test_what_was_given_away_says_to_whom(use, first):
    step = wg.compile(update, donate_argnums=0)
    if not first:
        step(tensor(), tensor())
    w = tensor()
    step(w, tensor())
    pattern = r"shape \(300, 300\) was donated to update\(\), as argument 0, in the call at .*test_donation\.py:\d+"
    with pytest.raises(DonatedError, match=pattern):
        USES[use](w)
    assert (w.shape, w.dtype, w.requires_grad, w.grad) == (LARGE, np.float64, False, None)
    assert repr(w).startswith("<tensor of shape (300, 300), donated to update(), as argument 0")
    assert isinstance(w, wg.Tensor)


def test_a_backward_that_needs_it_says_so_too():
    w, x = tensor(requires_grad=True), tensor(requires_grad=True)
    y = (w * x).sum()
    wg.compile(lambda w: w.detach() * 2.0, donate_argnums=0)(w)
    with pytest.raises(DonatedError, match="was donated to"):
        y.backward()


def test_a_call_that_fails_has_taken_it():
    with np.errstate(invalid="ignore"):
        step = warm(lambda w, g: wg.log(w) + g)
    w = wg.tensor(-np.ones(LARGE))
    with np.errstate(invalid="raise"), pytest.raises(FloatingPointError):
        step(w, tensor())
    with pytest.raises(DonatedError):
        w.tolist()


def test_a_first_call_that_fails_has_not():
    def fails(w):
        raise RuntimeError("in the function")

    w = tensor()
    with pytest.raises(RuntimeError, match="in the function"):
        wg.compile(fails, donate_argnums=0)(w)
    assert w.shape == w.numpy().shape


# -- what somebody else can see ------------------------------------------------------------------------------------------
OTHERS = {
    "the array": lambda w: w.array,
    "a view of the array": lambda w: w.numpy()[1:],
    "another tensor": lambda w: w.detach(),
    "a view": lambda w: w[2:],
    "a buffer": lambda w: memoryview(w.array),
    "DLPack": lambda w: np.from_dlpack(w.array),
}


@pytest.mark.parametrize("other", OTHERS)
def test_memory_that_somebody_sees_is_left_alone(other):
    step, w, g = warm(), tensor(), tensor()
    want, where = w.numpy() - 0.1 * g.numpy(), place(w)
    kept = OTHERS[other](w)
    before = np.array(kept if not isinstance(kept, wg.Tensor) else kept.numpy())
    result = step(w, g)
    np.testing.assert_array_equal(result.numpy(), want)
    assert place(result) != where
    np.testing.assert_array_equal(np.asarray(kept if not isinstance(kept, wg.Tensor) else kept.numpy()), before)
    assert result.array.flags.writeable


def test_what_a_graph_has_saved_is_left_alone():
    step, x = warm(), tensor(requires_grad=True)
    y = wg.exp(x)  # its node has saved the array
    want, where, w = y.detach().numpy().copy(), place(y), y.detach()
    loss = y.sum()
    del y
    assert place(step(w, tensor())) != where
    loss.backward()
    np.testing.assert_array_equal(x.grad.numpy(), want)


def test_results_that_are_views_lie_in_it():
    step = warm(lambda w, g: (w[:100], w + g))
    w, g = tensor(), tensor()
    part, whole = w.numpy()[:100].copy(), w.numpy() + g.numpy()
    got, total = step(w, g)
    np.testing.assert_array_equal(total.numpy(), whole)
    np.testing.assert_array_equal(got.numpy(), part)
    kept, w = w, tensor()
    other = w.array
    got, _ = step(w, g)  # somebody sees it
    assert not np.shares_memory(got.numpy(), other)
    assert "donated" in repr(kept)


def test_read_only_memory_is_left_alone():
    array = RNG.standard_normal(LARGE)
    array.flags.writeable = False
    step, w = warm(), wg.asarray(array)
    want = array - 0.1
    del array
    np.testing.assert_array_equal(step(w, wg.tensor(np.ones(LARGE))).numpy(), want)


def test_threads_give_away_their_own():
    step, failures = warm(), []

    def work(seed):
        random = np.random.default_rng(seed)
        w, g = wg.tensor(random.standard_normal(LARGE)), wg.tensor(random.standard_normal(LARGE))
        want = w.numpy().copy()
        for _ in range(20):
            w = step(w, g)
            want = want - 0.1 * g.numpy()
            if not np.array_equal(w.numpy(), want):
                failures.append(seed)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures


def test_hooks_that_look_at_it_see_what_it_was():
    seen, current = [], []

    def program(w, x):
        x.grad = None
        doubled = w * 2.0  # nothing reads it any more
        (wg.exp(x) * doubled).sum().backward()
        return doubled - x.grad

    x = tensor(requires_grad=True)
    x.register_hook(lambda g: seen.append(np.array(current[-1]().numpy())))
    step = wg.compile(program, donate_argnums=0)
    for _ in range(3):
        w = tensor()
        current.append(weakref.ref(w))
        want, grad = w.numpy().copy(), 2.0 * w.numpy() * np.exp(x.detach().numpy())
        np.testing.assert_allclose(step(w, x).numpy(), 2.0 * want - grad, rtol=1e-12, atol=1e-12)
        np.testing.assert_array_equal(seen[-1], want)
        with pytest.raises(DonatedError):
            w.tolist()
    assert (step.captures, len(seen)) == (1, 3)


def test_a_hook_of_the_function_may_not_hold_it():
    def program(w, x):
        y = x * 2.0
        y.register_hook(lambda g: print(w.shape))
        x.grad = None
        (y * w).sum().backward()
        return w * 2.0

    with pytest.raises(CompileError, match="the function gives a hook of its own that holds it, argument 0"):
        wg.compile(program, donate_argnums=0)(tensor(), tensor(requires_grad=True))


# -- what is refused -----------------------------------------------------------------------------------------------------
def test_what_is_no_tensor_of_its_own_is_refused():
    step = wg.compile(update, donate_argnums=0)
    w, g = tensor(), tensor()
    with pytest.raises(ArgumentError, match="update: donate_argnums: expected tensors in argument 0, got ndarray"):
        step(w.numpy(), g)
    with pytest.raises(ArgumentError, match="update: donate_argnums: argument 0 is a view"):
        step(w[:], g)
    with pytest.raises(ArgumentError, match="update: donate_argnums: argument 0 is passed twice"):
        step(w, w)
    with pytest.raises(ArgumentError, match="update: donate_argnums: argument 0 was not passed by position"):
        step(w=w, g=g)
    assert step(w, g).shape == LARGE


def test_who_needs_it_afterwards_is_refused():
    w = tensor(requires_grad=True)
    with pytest.raises(CompileError, match="donate_argnums: a result requires grad"):
        wg.compile(lambda w: (w * w).sum(), donate_argnums=0)(w)
    with pytest.raises(CompileError, match="the function returns it as it is, argument 1"):
        wg.compile(lambda x, w: (x * 2.0, w), donate_argnums=1)(tensor(), tensor())

    def writes(w):
        w += 1.0
        return w * 2.0

    with pytest.raises(CompileError, match="the function writes to it in place, argument 0"):
        wg.compile(writes, donate_argnums=0)(tensor())
    v = tensor()
    alias = v.detach()
    with pytest.raises(CompileError, match="uses another tensor on the same memory, argument 0"):
        wg.compile(lambda v: v * alias, donate_argnums=0)(v)


@pytest.mark.parametrize("wrong", [-1, "0", 1.0, (0, -2), [True]])
def test_positions_that_are_none(wrong):
    with pytest.raises(ArgumentError, match="donate_argnums: expected the positions of arguments"):
        wg.compile(update, donate_argnums=wrong)


def test_static_arguments_are_not_donated():
    with pytest.raises(ArgumentError, match="donate_argnums: argument 1 is static"):
        wg.compile(update, donate_argnums=(0, 1), static_argnums=1)


def test_lowering_takes_nothing_and_files_keep_it(tmp_path):
    step, w, g = wg.compile(update, donate_argnums=0), tensor(), tensor()
    lowered = step.lower(w, g)
    want = w.numpy() - 0.1 * g.numpy()  # it is still there
    path = tmp_path / "step.wengert"
    lowered.save(path)
    for function in (lowered.compile(), wg.load_compiled(path)):
        for _ in range(2):
            x = wg.tensor(w.numpy().copy())
            np.testing.assert_array_equal(function(x, g).numpy(), want)
            with pytest.raises(DonatedError):
                x.tolist()


@pytest.mark.compiler
def test_xla_is_handed_the_memory():
    jax = pytest.importorskip("jax")

    def made(seed):
        return wg.tensor(jax.random.normal(jax.random.PRNGKey(seed), LARGE))

    step, g = wg.compile(update, donate_argnums=0, backend="xla"), made(0)
    step(made(1), g)
    w = made(2)
    array = w.array
    want = np.asarray(array) - np.float32(0.1) * np.asarray(g.array)
    result = step(w, g)  # somebody sees it: a copy is given
    np.testing.assert_allclose(np.asarray(result.array), want, rtol=1e-5, atol=1e-6)
    assert not array.is_deleted()
    reference = result.array.unsafe_buffer_pointer()
    result = step(result, g)
    assert result.array.unsafe_buffer_pointer() == reference
    numpy = wg.compile(update, donate_argnums=0, backend="xla")
    for _ in range(2):
        w, g = tensor(), tensor()
        want = w.numpy() - 0.1 * g.numpy()
        np.testing.assert_allclose(numpy(w, g).numpy(), want, rtol=1e-12)
        with pytest.raises(DonatedError):
            w.tolist()
