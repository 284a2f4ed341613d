"""vmap: what it takes and gives, nesting, what has no meaning for many samples, all beside ``torch.func.vmap``."""

import copy
import pickle
import threading
import warnings

import numpy as np
import pytest
import torch

import wengert as wg
from wengert import errors
from wengert.arrays.batched import Later
from wengert.nn import functional
from wengert.op import OPERATORS, batching, operator, rule
from wengert.transforms.vmap import vmap

rng = np.random.default_rng(0)
X, Y, W = rng.normal(size=(3, 4)), rng.normal(size=(4, 3)), rng.normal(size=(4, 2))


def both(array):
    return wg.tensor(array), torch.tensor(array)


def assert_same(got, expected):
    """The same nested containers of tensors."""
    if isinstance(expected, torch.Tensor):
        assert got.shape == tuple(expected.shape)
        np.testing.assert_allclose(got.detach().numpy(), expected.detach().numpy())
        return
    assert type(got) is type(expected)
    if isinstance(expected, dict):
        assert list(got) == list(expected)
        got, expected = list(got.values()), list(expected.values())
    for a, b in zip(got, expected, strict=True):
        assert_same(a, b)


# -- arguments and results ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("function", "arguments", "options"),
    [
        (lambda x: x * 2, (X,), {}),
        (lambda x: x.sum(), (X,), {"in_dims": 1}),
        (lambda x: x.sum(), (X,), {"in_dims": -1}),
        (lambda x, y: x + y, (X, Y), {"in_dims": (0, 1)}),
        (lambda x, y: x + y, (X, Y), {"in_dims": (0, -1), "out_dims": 1}),
        (lambda x, y: x * y, (X, 2.0), {"in_dims": (0, None)}),
        (lambda x, y: (x, y), (X, Y[0]), {"in_dims": (0, None)}),
        (lambda x, y: (x * y, y), (X, Y[:, 0]), {"in_dims": (0, None), "out_dims": (0, None)}),
        (lambda d: d["a"] @ d["b"], ({"a": X, "b": W},), {"in_dims": ({"a": 0, "b": None},)}),
        (lambda d: d["a"] + d["b"][0], ({"a": X, "b": [X]},), {}),
        (lambda x: {"twice": x * 2, "parts": [x[0], (x[1],)]}, (X,), {"out_dims": {"twice": 1, "parts": 0}}),
        (lambda x: {"twice": x * 2, "parts": [x[0], x[1]]}, (X,), {"out_dims": -1}),
        (lambda x: [x], (X,), {"out_dims": [1]}),
        (lambda x: x, (X,), {"out_dims": (1,)}),
        (lambda x: x.sum(), (X,), {"chunk_size": 2}),
        (lambda x: (x, x + 1), (X,), {"chunk_size": 1, "out_dims": (1, 0)}),
        (lambda x: x, (X,), {"chunk_size": 100}),
        (lambda x: x.sum(), (X[:0],), {}),
    ],
)
def test_as_in_torch(function, arguments, options):
    def tensors(value, make):
        if isinstance(value, np.ndarray):
            return make(value)
        if isinstance(value, dict):
            return {k: tensors(v, make) for k, v in value.items()}
        return type(value)(tensors(v, make) for v in value) if isinstance(value, list | tuple) else value

    got = vmap(function, **options)(*tensors(arguments, wg.tensor))
    expected = torch.func.vmap(function, **options)(*tensors(arguments, torch.tensor))
    assert_same(got, expected)


def test_what_the_function_sees():
    x, tx = both(X)
    seen = []

    def look(x):
        seen.append((tuple(x.shape), x.ndim, len(x), x.dtype.itemsize, x.is_leaf))
        return x

    vmap(look)(x)
    torch.func.vmap(look)(tx)
    assert seen[0] == seen[1] == ((4,), 1, 4, 8, True)


def test_keywords_are_shared():
    def function(x, k=None):
        assert tuple(k.shape) == (4,)
        return x * k

    (x, tx), (k, tk) = both(X), both(X[0])
    assert_same(vmap(function)(x, k=k), torch.func.vmap(function)(tx, k=tk))


def test_result_that_is_the_same_in_every_sample():
    x, tx = both(X)
    got = vmap(lambda x: wg.ones(2), out_dims=1)(x)
    assert got.shape == (2, 3)
    assert vmap(lambda x: wg.ones(2), out_dims=None)(x).shape == (2,)
    assert_same(vmap(lambda x: wg.zeros_like(x))(x), torch.func.vmap(lambda x: torch.zeros_like(x))(tx))


def test_raw_arrays():
    """Where no Tensor comes in, arrays come out."""
    got = vmap(lambda x: wg.exp(x).sum())(X)
    assert type(got) is np.ndarray
    np.testing.assert_allclose(got, np.exp(X).sum(1))
    w = wg.tensor(X[0], requires_grad=True)
    assert vmap(lambda x: (x * w).sum())(X).requires_grad


@pytest.mark.parametrize(
    ("call", "kind", "says"),
    [
        (lambda v, x: v(lambda: 1)(), ValueError, "no positional arguments"),
        (lambda v, x: v(lambda x: x, in_dims=(0, 0))(x), ValueError, "in_dims"),
        (lambda v, x: v(lambda x: x, in_dims=2)(x), ValueError, r"got 2 for argument\[0\] of 2 dimension"),
        (lambda v, x: v(lambda x: x, in_dims=0.5)(x), ValueError, "got float"),
        (lambda v, x: v(lambda x: x, in_dims=[0])(x), ValueError, "got list"),
        (lambda v, x: v(lambda x, y: x)(x, x[:2]), ValueError, r"lengths \[2, 3\]"),
        (lambda v, x: v(lambda x, y: x)(x, 3), ValueError, r"argument\[1\], which is no tensor but int"),
        (lambda v, x: v(lambda x: x, in_dims=(None,))(x), ValueError, "at least one tensor"),
        (lambda v, x: v(lambda x: x)(x[0, 0]), ValueError, "no dimension to map over"),
        (lambda v, x: v(lambda d: d["a"], in_dims=({"a": 0},))({"a": x, "b": x}), ValueError, "not nested"),
        (lambda v, x: v(lambda x: 3)(x), ValueError, "must return tensors, got int"),
        (lambda v, x: v(lambda x: (x, None))(x), ValueError, "got NoneType"),
        (lambda v, x: v(lambda x: x, out_dims=None)(x), ValueError, "differs between samples"),
        (lambda v, x: v(lambda x: x, out_dims=5)(x), IndexError, "got 5 for a result of 2"),
        (lambda v, x: v(lambda x: x, out_dims=(0, 0))(x), ValueError, "out_dims"),
        (lambda v, x: v(lambda x: (x, x), out_dims=(0,))(x), ValueError, "out_dims"),
        (lambda v, x: v(lambda x: x, out_dims="a")(x), ValueError, "got str"),
        (lambda v, x: v(lambda x: x, randomness="no")(x), RuntimeError, "'no'"),
        (lambda v, x: v(lambda x: x, chunk_size=0)(x), ValueError, "chunk_size"),
        (lambda v, x: v(lambda x: x if x.sum() > 0 else -x)(x), RuntimeError, r"use where\(\).*test_vmap.py:\d+"),
        (lambda v, x: v(lambda x: x.sum().item())(x), RuntimeError, r"stay with tensors.*test_vmap.py:\d+"),
        (lambda v, x: v(lambda x: x[x > 0])(x), RuntimeError, r"where\(\).*test_vmap.py:\d+"),
    ],
)
def test_errors(call, kind, says):
    """The same kind of error as in PyTorch; and ours says more."""
    x, tx = both(X)
    with pytest.raises(kind):
        call(torch.func.vmap, tx)
    with pytest.raises(kind, match=f"(?s){says}") as caught:
        call(vmap, x)
    assert isinstance(caught.value, errors.WengertError)


@pytest.mark.parametrize(
    "function",
    [
        lambda x: float(x.sum()),
        lambda x: int(x.sum()),
        lambda x: [1, 2][x.argmax()],
        lambda x: x.tolist(),
        lambda x: x.numpy(),
        lambda x: np.asarray(x),
        lambda x: np.exp(x.array),
        lambda x: 1.0 in x,
        lambda x: pickle.dumps(x),
    ],
)
def test_values_that_differ_between_samples(function):
    with pytest.raises((errors.VmapError, TypeError)):
        vmap(function)(wg.tensor(X))
    assert wg.exp(wg.tensor(X)).shape == X.shape  # and nothing is left in force


def test_what_escapes_cannot_be_used():
    escaped = []
    vmap(lambda x: escaped.append(x) or x)(wg.tensor(X))
    for use in (lambda x: x + 1, lambda x: x.sum(), lambda x: x[0], lambda x: wg.concat([x, x]), lambda x: x * wg.tensor(X[0])):
        with pytest.raises(errors.VmapError, match="vmap that has returned"):
            use(escaped[0])


def test_writing_to_raw_arrays():
    """In-place operators on Tensors are in `test_vmap_in_place`."""
    with pytest.raises(errors.VmapError, match="cannot be written to"):
        vmap(lambda x: x.array.__setitem__(0, 1.0))(wg.tensor(X))


def test_operands_of_other_types():
    """They have their own methods; without one they are no operands."""

    class Other:
        def __rmul__(self, other):
            return other + 1

    assert vmap(lambda x: x * Other())(wg.tensor(X)).tolist() == (X + 1).tolist()
    with pytest.raises(TypeError):
        vmap(lambda x: x * "no")(wg.tensor(X))
    with pytest.raises(errors.OperandError):
        vmap(lambda x: wg.multiply(x, "no"))(wg.tensor(X))


def test_repr_and_copies():
    texts = []

    def function(x):
        texts.extend([repr(x), f"{x.sum()}"])
        return copy.deepcopy(x) + 1

    got = vmap(function)(wg.tensor([[1.0, 2.0], [3.0, 4.0]]))
    assert texts == ["tensor([[1., 2.],\n        [3., 4.]], samples=2)", "tensor([3., 7.], samples=2)"]
    assert got.tolist() == [[2.0, 3.0], [4.0, 5.0]]


# -- nesting -----------------------------------------------------------------------------------------------------------
def test_nested():
    def function(v):
        return v(lambda a, b: v(lambda p, q: (p * q).sum() + (p[0] - b).sum())(a, b), in_dims=(0, 1))

    (x, tx), (y, ty) = both(rng.normal(size=(3, 4, 2))), both(rng.normal(size=(4, 3)))
    got = vmap(lambda a, b: vmap(lambda p, q: (p * q).sum() + (p[0] - b).sum())(a, b), in_dims=(0, 1))(x, y)
    want = torch.func.vmap(lambda a, b: torch.func.vmap(lambda p, q: (p * q).sum() + (p[0] - b).sum())(a, b), in_dims=(0, 1))
    assert_same(got, want(tx, ty))


def test_nested_over_different_arguments():
    """Every pair of rows: what the inner vmap shares, the outer one maps over."""
    (x, tx), (y, ty) = both(X), both(X[:2] + 1)
    got = vmap(vmap(lambda a, b: (a * b).sum(), in_dims=(None, 0)), in_dims=(0, None))(x, y)
    expected = torch.func.vmap(torch.func.vmap(lambda a, b: (a * b).sum(), in_dims=(None, 0)), in_dims=(0, None))(tx, ty)
    assert_same(got, expected)


def test_nested_gradients():
    """Gradients of every pair, in both orders of differentiating and mapping, and of the sum of them all."""

    def loss(w, x):
        return wg.tanh(w @ x).sum() ** 2

    def tloss(w, x):
        return torch.tanh(w @ x).sum() ** 2

    def gradient(w, x):
        w = w.detach().requires_grad_()
        return wg.autograd.grad(loss(w, x), w)[0]

    (w, tw), (x, tx) = both(rng.normal(size=(2, 5, 4))), both(X)
    got = vmap(vmap(gradient, in_dims=(None, 0)), in_dims=(0, None))(w, x)
    expected = torch.func.vmap(torch.func.vmap(torch.func.grad(tloss), in_dims=(None, 0)), in_dims=(0, None))(tw, tx)
    assert_same(got, expected)
    w.requires_grad_()
    vmap(vmap(loss, in_dims=(None, 0)), in_dims=(0, None))(w, x).sum().backward()
    np.testing.assert_allclose(w.grad.array, expected.sum(1).numpy())


# -- differentiating ---------------------------------------------------------------------------------------------------
def mse(w, x, t):
    return functional.mse_loss(wg.tanh(x @ w), t)


def torch_mse(w, x, t):
    return torch.nn.functional.mse_loss(torch.tanh(x @ w), t)


T = rng.normal(size=(3, 2))


def per_sample():
    """What PyTorch says is the gradient of each sample with respect to the shared weights."""
    tw, tx, tt = torch.tensor(W), torch.tensor(X), torch.tensor(T)
    return torch.func.vmap(torch.func.grad(torch_mse), in_dims=(None, 0, 0))(tw, tx, tt)


@pytest.mark.parametrize("how", ["argument", "closure", "leaf outside"])
def test_gradient_of_each_sample(how):
    """Inside the function a gradient is that of one sample, also with respect to what is shared, wherever that was made."""
    w = wg.tensor(W, requires_grad=True)

    def fresh(w, x, t):
        w = w.detach().requires_grad_()
        return wg.autograd.grad(mse(w, x, t), w)[0]

    x, t = wg.tensor(X), wg.tensor(T)
    if how == "argument":
        got = vmap(fresh, in_dims=(None, 0, 0))(w, x, t)
    elif how == "closure":
        got = vmap(lambda x, t: fresh(w, x, t))(x, t)
    else:
        got = vmap(lambda x, t: wg.autograd.grad(mse(w, x, t), w)[0])(x, t)
    assert_same(got, per_sample())


def test_gradient_of_the_sum():
    """Outside of it a gradient is that of what came out: summed over the samples where they share."""
    w, x = wg.tensor(W, requires_grad=True), wg.tensor(X, requires_grad=True)
    losses = vmap(lambda x, t: mse(w, x, t))(x, wg.tensor(T))
    losses.sum().backward()
    assert_same(w.grad, per_sample().sum(0))
    assert x.grad.shape == X.shape


@pytest.mark.parametrize(
    ("function", "shared", "samples"),
    [
        (lambda w, x: x @ w, W, X),
        (lambda w, x: x @ w, W, rng.normal(size=(3, 5, 4))),
        (lambda w, x: functional.linear(x, w), W.T, X),
        (lambda w, x: wg.einsum("ij,i->j", w, x), W, X),
        (lambda w, x: functional.conv2d(x, w), rng.normal(size=(2, 3, 2, 2)), rng.normal(size=(4, 3, 5, 5))),
        (lambda w, x: functional.embedding(x, w), W, np.array([[0, 1], [1, 3], [0, 0]])),
        (lambda w, x: w[x], W, np.array([[0, 1], [1, 3], [0, 0]])),
        (lambda w, x: wg.take(w, x, axis=1), W, np.array([[0, 1], [1, 1], [0, 0]])),
        (lambda w, x: w[1] * x, W, rng.normal(size=(3, 2))),
    ],
)
def test_no_gradient_of_each_sample_is_made_for_the_sum(function, shared, samples, monkeypatch):
    """What is as large as a weight for each sample is never computed where only the sum is wanted."""
    made = []

    def later(shape, dtype, make, total):
        return Later(shape, dtype, lambda: made.append(shape) or make(), total)

    monkeypatch.setattr("wengert.op_batching.Later", later)
    w = wg.tensor(shared, requires_grad=True)
    x = wg.tensor(samples)
    (got,) = wg.autograd.grad((vmap(lambda x: function(w, x))(x) ** 2).sum(), w)
    assert shared.shape not in made
    each = vmap(lambda x: wg.autograd.grad((function(w, x) ** 2).sum(), w)[0])(x)
    assert shared.shape in made
    np.testing.assert_allclose(got.array, each.array.sum(0))


def test_gradient_through_an_inner_gradient():
    def ours(w, x):
        def one(x, t):
            (g,) = wg.autograd.grad(mse(w, x, t), w, create_graph=True)
            return (g * g).sum()

        return vmap(one)(x, wg.tensor(T)).sum()

    def theirs(w, x):
        def one(x, t):
            return (torch.func.grad(torch_mse)(w, x, t) ** 2).sum()

        return torch.func.vmap(one)(x, torch.tensor(T)).sum()

    w, x = wg.tensor(W, requires_grad=True), wg.tensor(X, requires_grad=True)
    tw, tx = torch.tensor(W, requires_grad=True), torch.tensor(X, requires_grad=True)
    assert_same(wg.autograd.grad(ours(w, x), [w, x]), torch.autograd.grad(theirs(tw, tx), [tw, tx]))


def test_hooks_see_one_sample():
    """E1.9: hooks inside see the shape of one sample, also in a backward that runs later."""
    seen = []
    w = wg.tensor(W, requires_grad=True)

    def function(x):
        y = x @ w
        y.register_hook(lambda g: seen.append(g.shape) or g * 2)
        return y.sum()

    vmap(function)(wg.tensor(X)).sum().backward()
    assert seen == [(2,)]
    np.testing.assert_allclose(w.grad.array, 2 * np.repeat(X.sum(0)[:, None], 2, 1))


def test_observers_of_a_batched_backward():
    """The ledger says what hooks changed, and anomaly mode looks at every sample."""
    w = wg.tensor(W, requires_grad=True)

    def hooked(x):
        y = x @ w
        y.register_hook(lambda g: g * 2)
        y.register_hook(lambda g: g * 1)
        return (y * y).sum()

    total = vmap(hooked)(wg.tensor(X)).sum()
    with wg.observe.ledger() as book:
        total.backward()
    assert [r.changed for r in book.records if r.kind == "tensor hook" and r.fired] == [True, False]
    total = vmap(lambda x: (wg.sqrt((x @ w) * 0) * 0).sum())(wg.tensor(X)).sum()
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # anomaly mode says that it is slow, and where the error was
        with wg.autograd.detect_anomaly(), pytest.raises(errors.AnomalyError, match="SqrtBackward0"):
            total.backward()


def test_threads():
    """A graph that a vmap recorded can be run backward on several threads at once."""
    w = wg.tensor(W, requires_grad=True)
    total = vmap(lambda x: wg.tanh(x @ w).sum())(wg.tensor(X)).sum()
    expected = wg.autograd.grad(total, w, retain_graph=True)[0].array
    found, start = [], threading.Barrier(4)

    def run():
        start.wait()
        for _ in range(20):
            found.append(wg.autograd.grad(total, w, retain_graph=True)[0].array)

    workers = [threading.Thread(target=run) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(found) == 80
    assert all(np.array_equal(one, expected) for one in found)


def test_backward_inside():
    """A leaf of one sample gets a gradient of its own; one outside cannot have many."""

    def function(x):
        x = x.detach().requires_grad_()
        (x * x).sum().backward()
        return x.grad

    np.testing.assert_allclose(vmap(function)(wg.tensor(X)).array, 2 * X)
    w = wg.tensor(W, requires_grad=True)
    for _ in range(2):
        with pytest.raises(errors.VmapError):
            vmap(lambda x: (x @ w).sum().backward() or x)(wg.tensor(X))
        w.grad = wg.zeros((4, 2))


def test_gradient_with_respect_to_all_samples_from_inside():
    x = wg.tensor(X, requires_grad=True)
    with pytest.raises(errors.VmapError, match="with respect to the function's argument"):
        vmap(lambda row: wg.autograd.grad(row.sum(), x)[0])(x)


def test_an_exception_leaves_nothing_in_force():
    w = wg.tensor(W, requires_grad=True)
    out = vmap(lambda x: x @ w)(wg.tensor(X))
    out.sum().register_hook(print)
    w.register_hook(lambda g: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        out.sum().backward()
    assert not wg.autograd.modes.ACTIVE


# -- batched gradients -------------------------------------------------------------------------------------------------
def test_batched_gradients_beside_torch():
    """E1.9, and derivatives of the result."""
    grads = rng.normal(size=(5, 3, 2))
    x, w = wg.tensor(X, requires_grad=True), wg.tensor(W, requires_grad=True)
    tx, tw = torch.tensor(X, requires_grad=True), torch.tensor(W, requires_grad=True)
    shapes = []
    y, ty = wg.sin(x @ w) ** 2, torch.sin(tx @ tw) ** 2
    y.register_hook(lambda g: shapes.append(g.shape))
    options = {"is_grads_batched": True, "create_graph": True}
    got = wg.autograd.grad(y, {"x": x, "w": w}, wg.tensor(grads), **options)
    expected = torch.autograd.grad(ty, [tx, tw], torch.tensor(grads), **options)
    assert shapes == [(3, 2)]
    assert_same(got["x"], expected[0])
    assert_same(got["w"], expected[1])
    second = wg.autograd.grad([got["x"].sum(), (got["w"] ** 2).sum()], [x, w])
    assert_same(second, torch.autograd.grad([expected[0].sum(), (expected[1] ** 2).sum()], [tx, tw]))


def test_batched_gradients_share_no_memory():
    """W9."""
    x = wg.tensor([1.0, 2.0], requires_grad=True)
    grads = wg.tensor(X[:, :2])
    (got,) = wg.autograd.grad(x + 0, x, grads, is_grads_batched=True)
    assert not np.shares_memory(got.array, grads.array)


def test_batched_gradients_through_writes_and_views():
    """Nodes of writes in place and of views run over batched gradients, too."""

    def program(x, v):
        y = x * 2
        y[1] = v * v
        y[:, 0] *= 3
        z = y.T
        z += v.sum()
        return (y * y * x).sum(1)

    x, v = wg.tensor(X, requires_grad=True), wg.tensor(X[0], requires_grad=True)
    tx, tv = torch.tensor(X, requires_grad=True), torch.tensor(X[0], requires_grad=True)
    grads = rng.normal(size=(5, 3))
    for create in (False, True):
        options = {"is_grads_batched": True, "create_graph": create}
        got = wg.autograd.grad(program(x, v), [x, v], wg.tensor(grads), **options)
        expected = torch.autograd.grad(program(tx, tv), [tx, tv], torch.tensor(grads), **options)
        assert_same(got, expected)


def test_batched_gradients_that_do_not_fit():
    x = wg.tensor(X, requires_grad=True)
    for grads, says in ((None, "got None"), (wg.tensor(1.0), "without axes"), (wg.tensor(X[0]), "shape")):
        with pytest.raises(RuntimeError, match=says):
            wg.autograd.grad(x * 2, x, grads, is_grads_batched=True)
    with pytest.raises(RuntimeError, match=r"\[2, 3\]"):
        wg.autograd.grad([x.sum(), x.sum()], x, [wg.ones(2), wg.ones(3)], is_grads_batched=True)


def test_jacobian_by_batched_gradients():
    x, tx = wg.tensor(X[0], requires_grad=True), torch.tensor(X[0])
    y = wg.exp(x) * x.sum()
    (got,) = wg.autograd.grad(y, x, wg.eye(4), is_grads_batched=True)
    assert_same(got, torch.func.jacrev(lambda x: torch.exp(x) * x.sum())(tx))


# -- randomness --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "draw",
    [lambda x: wg.random.normal(5), lambda x: functional.dropout(x + 100), lambda x: wg.random.permutation(9)],
)
def test_randomness(draw):
    x = wg.zeros((3, 50))
    with pytest.raises(errors.VmapError, match=r"(?s)randomness='different'.*|.*test_vmap.py"):
        vmap(draw)(x)
    same = vmap(draw, randomness="same")(x).array
    assert (same == same[0]).all()
    different = vmap(draw, randomness="different")(x).array
    assert not (different == different[0]).all()


def test_same_numbers_in_every_chunk():
    x = wg.zeros((4, 2))
    got = vmap(lambda x: wg.random.normal(3), randomness="same", chunk_size=2)(x).array
    assert (got == got[0]).all()


def test_randomness_of_nested_maps():
    x = wg.zeros((2, 3, 1))

    def draw(outer, inner):
        return vmap(vmap(lambda x: wg.random.uniform(20), randomness=inner), randomness=outer)(x).array

    got = draw("different", "same")
    assert (got == got[:, :1]).all()
    assert not (got == got[:1]).all()
    got = draw("same", "different")
    assert (got == got[:1]).all()
    assert not (got == got[:, :1]).all()


def test_checkpoint():
    """What is computed again in a backward draws for each sample the numbers that it drew before."""
    w = wg.tensor(W, requires_grad=True)

    def layer(x):
        return functional.dropout(wg.tanh(x @ w), 0.5)

    def gradient(function):
        wg.random.seed(0)
        total = (vmap(function, randomness="different")(wg.tensor(X)) ** 2).sum()
        return wg.autograd.grad(total, w)[0].array

    again = gradient(lambda x: wg.utils.checkpoint.checkpoint(layer, x, use_reentrant=False))
    np.testing.assert_array_equal(again, gradient(layer))


# -- operators without a rule ------------------------------------------------------------------------------------------
@pytest.fixture
def cube():
    """An operator of a user's own, without a batching rule."""

    @operator(name="test_vmap_cube", aux=("square",))
    def op(x, /):
        return x**3, x**2

    rule(op, "x")(lambda g, square: g * 3 * square)
    yield op
    del OPERATORS["test_vmap_cube"]


def test_one_sample_after_the_other(cube):
    """One warning, which names the operator; the derivative is right all the same."""
    x = wg.tensor(X, requires_grad=True)
    with pytest.warns(UserWarning, match="test_vmap_cube has no batching rule") as caught:
        y = vmap(lambda x: cube(x) + cube(x))(x)
    assert len(caught) == 1
    y.sum().backward()
    np.testing.assert_allclose(y.array, 2 * X**3)
    np.testing.assert_allclose(x.grad.array, 6 * X**2)


def test_a_batching_rule(cube):
    calls = []

    @batching(cube)
    def _(batch, x):
        calls.append((batch.size, batch.batched, x.shape))
        return batch.call(x=x)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        np.testing.assert_allclose(vmap(cube)(wg.tensor(X)).array, X**3)
    assert calls == [(3, {"x"}, (3, 4))]
    with pytest.raises(errors.DeclarationError, match="has one already"):
        batching(cube)(lambda batch, x: x)


# -- modules -----------------------------------------------------------------------------------------------------------
def test_batch_norm_with_running_statistics():
    norm = wg.nn.BatchNorm1d(4)
    with pytest.raises(errors.VmapError, match="running_mean"):
        vmap(norm)(wg.tensor(rng.normal(size=(2, 3, 4)), dtype=wg.float32))


def test_gradients_of_a_module_for_each_sample():
    layer, other = wg.nn.Linear(4, 2), torch.nn.Linear(4, 2)
    with torch.no_grad():
        other.weight.copy_(torch.tensor(layer.weight.numpy() if not layer.weight.requires_grad else layer.weight.array))
        other.bias.copy_(torch.tensor(layer.bias.array))
    x = X.astype("float32")
    got = vmap(lambda x: wg.autograd.grad((layer(x) ** 2).sum(), list(layer.parameters())))(wg.tensor(x))
    params = dict(other.named_parameters())

    def loss(params, x):
        return (torch.func.functional_call(other, params, (x,)) ** 2).sum()

    expected = torch.func.vmap(torch.func.grad(loss), in_dims=(None, 0))(params, torch.tensor(x))
    for a, b in zip(got, (expected["weight"], expected["bias"]), strict=True):
        np.testing.assert_allclose(a.array, b.detach().numpy(), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("side", ["left", "right"])
def test_searching_in_an_array_of_each_sample(side):
    """All samples in one search, whatever their values: ties, NaN, infinities, other dtypes."""
    rng = np.random.default_rng(0)
    lines = np.sort(rng.integers(-3, 4, (5, 7)).astype(float), axis=1)
    lines[0, -2:] = np.inf, np.nan
    values = rng.integers(-4, 5, (5, 2, 3)).astype(float)
    values[0, 0] = -np.inf, np.inf, np.nan
    found = vmap(lambda x, v: wg.searchsorted(x, v, side=side))(wg.tensor(lines), wg.tensor(values))
    assert np.array_equal(found.array, [np.searchsorted(x, v, side) for x, v in zip(lines, values, strict=True)])
    shared = vmap(lambda x: wg.searchsorted(x, wg.tensor([0, 2]), side=side))(wg.tensor(lines))
    assert np.array_equal(shared.array, [np.searchsorted(x, [0, 2], side) for x in lines])
    order = rng.permuted(np.tile(np.arange(7), (5, 1)), axis=1)
    mixed = np.stack([x[np.argsort(o)] for x, o in zip(lines, order, strict=True)])
    sorted_by = vmap(lambda x, o: wg.searchsorted(x, 1.0, side=side, sorter=o))(wg.tensor(mixed), wg.tensor(order))
    assert np.array_equal(sorted_by.array, [np.searchsorted(x, 1.0, side) for x in lines])
