"""Forward mode and vmap, each inside of the other."""

import numpy as np
import pytest

import wengert as wg
from ops.rows import on_each
from ops.test_table import cases, differentiated, leaves, sample
from wengert.autograd import forward_ad, grad
from wengert.testing import gradcheck
from wengert.transforms import vmap

ALL = {"check_batched_grad": True, "check_forward_ad": True, "check_batched_forward_grad": True}

#: But where each sample of a batch has random numbers, or no strides, of its own.
CASES = [(row, dtype) for row, dtype in cases(differentiated(1)) if "dropout" not in row.name and not row.unmapped]


def pushed(function, x, v):
    """The derivative of a function at `x` in direction `v`."""
    with forward_ad.dual_level():
        return forward_ad.unpack_dual(function(forward_ad.make_dual(x, v))).tangent


def cube(x):
    return (x * x * x).sum()


@on_each(CASES)
def test_every_operator(row, dtype):
    """A4.5: tangents and gradients of a batch are those of its samples."""
    arguments, _ = leaves(sample(row, dtype))
    assert gradcheck(row.fn, arguments, fast_mode=True, **ALL, **row.tolerance)


@on_each(CASES)
@pytest.mark.filterwarnings("ignore:vmap. .* has no batching rule")
def test_every_operator_on_samples(row, dtype):
    """The same where samples differ in the primal, too."""
    arguments, made = leaves(sample(row, dtype))
    numbers = {id(leaf): number for number, leaf in enumerate(made)}
    values = [np.stack([leaf.array, leaf.array * (1 + 1e-3)]) for leaf in made]
    directions = [np.cos(np.arange(v.size)).reshape(v.shape).astype(v.dtype) for v in values]

    def of_sample(*pairs):
        tensors, tangents = pairs[: len(made)], pairs[len(made) :]

        def dual(item):
            if isinstance(item, list | tuple):
                return type(item)(map(dual, item))
            number = numbers.get(id(item))
            return item if number is None else forward_ad.make_dual(tensors[number], tangents[number])

        with forward_ad.dual_level():
            results = row.fn(*dual(arguments))
            results = results if isinstance(results, list | tuple) else (results,)
            tangents = [forward_ad.unpack_dual(o).tangent for o in results]
            return tuple(t for t in tangents if t is not None)

    together = vmap(of_sample)(*map(wg.asarray, (*values, *directions)))
    for i in range(2):
        alone = of_sample(*(wg.asarray(np.asarray(a[i])) for a in (*values, *directions)))
        assert len(alone) == len(together)
        for whole, part in zip(together, alone, strict=True):
            np.testing.assert_allclose(whole.array[i], part.array, rtol=1e-10, atol=1e-12)


def test_every_way_round():
    """Samples may differ in the primal, in the tangent, in both, or in something else."""
    x = wg.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    v = wg.tensor([[1.0, 0.0], [0.0, 1.0], [2.0, 1.0]])
    expected = (3 * x * x * v).sum(axis=1).tolist()
    assert vmap(lambda x, v: pushed(cube, x, v))(x, v).tolist() == expected
    assert pushed(lambda x: vmap(cube)(x).sum(), x, v).item() == sum(expected)
    first = x[0]
    assert vmap(lambda v: pushed(cube, first, v))(v).tolist() == (3 * first * first * v).sum(axis=1).tolist()
    assert vmap(lambda x: pushed(cube, x, v[2]))(x).tolist() == (3 * x * x * v[2]).sum(axis=1).tolist()
    assert vmap(lambda w: pushed(lambda x: cube(x) * w, first, v[2]))(wg.tensor([1.0, 10.0])).tolist() == [18.0, 180.0]


def test_a_dual_tensor_from_outside():
    """What all samples share keeps its tangent when it meets them."""
    with forward_ad.dual_level():
        x = forward_ad.make_dual(wg.tensor([1.0, 2.0]), wg.tensor([10.0, 100.0]))
        out = vmap(lambda w: (w * x * x).sum())(wg.tensor([[1.0, 0.0], [0.0, 1.0]]))
        assert forward_ad.unpack_dual(out).tangent.tolist() == [20.0, 400.0]


def test_jacobians_and_hessians():
    """All tangents at once: the Jacobian by columns; of a gradient, the Hessian."""
    a = wg.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    x = wg.tensor([1.0, 2.0], requires_grad=True)
    units = wg.tensor(np.eye(2))
    assert vmap(lambda v: pushed(lambda x: a @ x, x, v), out_dims=1)(units).tolist() == a.tolist()
    assert vmap(lambda v: pushed(lambda x: grad(cube(x), x)[0], x, v))(units).tolist() == [[6.0, 0.0], [0.0, 12.0]]


def test_recorded():
    """Reverse over forward through a vmap, with respect to what samples differ in and to what they share."""
    x = wg.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    w = wg.tensor([2.0, 3.0], requires_grad=True)
    out = vmap(lambda x: pushed(lambda y: (w * y * y).sum(), x, w))(x)
    assert out.tolist() == (2 * w * x * w).sum(axis=1).tolist()
    over_x, over_w = grad(out.sum(), [x, w])
    assert over_x.tolist() == (2 * w * w * wg.ones((2, 2))).tolist()
    assert over_w.tolist() == (4 * w * x).sum(axis=0).tolist()
