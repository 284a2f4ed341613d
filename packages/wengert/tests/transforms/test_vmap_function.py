"""F8.2: custom Functions under vmap, the same programs in Wengert and in PyTorch."""

import numpy as np
import pytest
import torch

import wengert as wg
from wengert import errors
from wengert.transforms.vmap import vmap

X = np.random.default_rng(1).normal(size=(3, 4))
W = np.array([1.0, 10.0, 100.0, 1000.0])


class Library:
    """What the programs need of either library."""

    def __init__(self, own):
        self.own = own
        self.Function = wg.autograd.Function if own else torch.autograd.Function
        self.vmap = vmap if own else torch.func.vmap
        self.tensor = wg.tensor if own else torch.tensor
        self.grad = wg.autograd.grad if own else torch.autograd.grad

    def host(self, tensor):
        return tensor.detach().numpy()

    def to_front(self, tensor, dim):
        return wg.moveaxis(tensor, dim, 0) if self.own else tensor.movedim(dim, 0)

    def repeat(self, tensor, count):
        shape = (count, *tensor.shape)
        return wg.broadcast_to(tensor[None], shape) if self.own else tensor.expand(shape)


OURS, THEIRS = Library(True), Library(False)
both = pytest.mark.parametrize("lib", [OURS, THEIRS], ids=["wengert", "torch"])


def sorting(lib, log):
    """A Function on NumPy's arrays with a ``vmap`` of its own, and the one that its backward calls."""

    class Take(lib.Function):
        @staticmethod
        def forward(x, places, back):
            return lib.tensor(np.take_along_axis(lib.host(x), lib.host(places), -1))

        @staticmethod
        def setup_context(ctx, inputs, output):
            _, places, back = inputs
            ctx.save_for_backward(places, back)

        @staticmethod
        def backward(ctx, grad):
            places, back = ctx.saved_tensors
            return Take.apply(grad, back, places), None, None

        @staticmethod
        def vmap(info, in_dims, *args):
            log.append(("take", info.batch_size, info.randomness))
            whole = [
                lib.repeat(a, info.batch_size) if d is None else lib.to_front(a, d) for a, d in zip(args, in_dims, strict=True)
            ]
            return Take.apply(*whole), 0

    class Sort(lib.Function):
        @staticmethod
        def forward(x):
            places = np.argsort(lib.host(x), -1)
            back = np.argsort(places, -1)
            return tuple(map(lib.tensor, (np.take_along_axis(lib.host(x), places, -1), places, back)))

        @staticmethod
        def setup_context(ctx, inputs, output):
            _, places, back = output
            ctx.mark_non_differentiable(places, back)
            ctx.save_for_backward(places, back)

        @staticmethod
        def backward(ctx, grad, *_):
            places, back = ctx.saved_tensors
            return Take.apply(grad, back, places)

        @staticmethod
        def vmap(info, in_dims, x):
            log.append(("sort", tuple(x.shape), in_dims))
            return Sort.apply(lib.to_front(x, in_dims[0])), (0, 0, 0)

    return Sort


def test_rule_of_its_own():
    """The forward is the rule, with all the samples; the backward sees one sample, and meets the rules of what it calls."""
    found = {}
    for lib in (OURS, THEIRS):
        log = []
        sort = sorting(lib, log)
        w, x = lib.tensor(W), lib.tensor(X)
        value = lib.vmap(lambda x, sort=sort: sort.apply(x)[0])(x)
        assert log == [("sort", (3, 4), (0,))]
        x.requires_grad_()
        total = lib.vmap(lambda x, sort=sort, w=w: (sort.apply(x)[0] * w).sum())(x).sum()
        (grad,) = lib.grad(total, x)
        found[lib] = lib.host(value), lib.host(grad)
    for ours, theirs in zip(found[OURS], found[THEIRS], strict=True):
        np.testing.assert_allclose(ours, theirs)


def test_gradient_of_each_sample():
    log = []
    sort = sorting(OURS, log)

    def gradient(x):
        x = x.detach().requires_grad_()
        return wg.autograd.grad((sort.apply(x)[0] * wg.tensor(W)).sum(), x)[0]

    got = vmap(gradient)(wg.tensor(X))
    assert log == [("sort", (3, 4), (0,)), ("take", 3, "error")]
    np.testing.assert_allclose(got.array, W[np.argsort(np.argsort(X, -1), -1)])


def test_nested_rules():
    """Each vmap calls the rule of the one inside of it."""
    log = []
    sort = sorting(OURS, log)
    x = np.stack([X, X + 1])
    got = vmap(vmap(lambda x: sort.apply(x)[0]))(wg.tensor(x))
    assert log == [("sort", (3, 4), (0,)), ("sort", (2, 3, 4), (0,))]
    np.testing.assert_allclose(got.array, np.sort(x, -1))


def cube(lib, generate):
    class Cube(lib.Function):
        generate_vmap_rule = generate

        @staticmethod
        def forward(x):
            return x * x * x

        @staticmethod
        def setup_context(ctx, inputs, output):
            ctx.save_for_backward(inputs[0])

        @staticmethod
        def backward(ctx, grad):
            (x,) = ctx.saved_tensors
            return grad * 3 * x * x

    return Cube


@both
def test_generated_rule(lib):
    function = cube(lib, True)
    x = lib.tensor(X).requires_grad_()
    y = lib.vmap(function.apply)(x)
    np.testing.assert_allclose(lib.host(y), X**3)
    (grad,) = lib.grad(y.sum(), x)
    np.testing.assert_allclose(lib.host(grad), 3 * X**2)


def test_batched_gradients_through_a_function():
    """E1.9: its backward runs over one gradient that stands for all; no rule is needed, since the forward was not mapped."""
    x = wg.tensor(X, requires_grad=True)
    grads = np.arange(24.0).reshape(2, 3, 4)
    (got,) = wg.autograd.grad(cube(OURS, False).apply(x), x, wg.tensor(grads), is_grads_batched=True)
    np.testing.assert_allclose(got.array, grads * 3 * X**2)


# -- errors ------------------------------------------------------------------------------------------------------------
@both
def test_neither(lib):
    with pytest.raises(RuntimeError, match="generate_vmap_rule"):
        lib.vmap(cube(lib, False).apply)(lib.tensor(X))


@both
def test_both(lib):
    function = cube(lib, True)
    function.vmap = staticmethod(lambda info, in_dims, x: (x, 0))
    with pytest.raises(RuntimeError, match="generate_vmap_rule"):
        lib.vmap(function.apply)(lib.tensor(X))


@both
def test_without_setup_context(lib):
    class Old(lib.Function):
        generate_vmap_rule = True

        @staticmethod
        def forward(ctx, x):
            return x * 2

    with pytest.raises(RuntimeError, match="setup_context"):
        lib.vmap(Old.apply)(lib.tensor(X))


@pytest.mark.parametrize(
    ("returned", "says"),
    [
        (lambda x: x, r"must return \(output, out_dims\)"),
        (lambda x: (x, 7), "got 7"),
        (lambda x: ((x, x), (0,)), "2 outputs with 1"),
    ],
)
def test_rules_that_return_something_else(returned, says):
    function = cube(OURS, False)
    function.vmap = staticmethod(lambda info, in_dims, x: returned(x))
    with pytest.raises(errors.FunctionError, match=says):
        vmap(function.apply)(wg.tensor(X))
