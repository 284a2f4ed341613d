"""Indexing under vmap: keys that all samples share, and keys of their own, in every order that NumPy knows."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import wengert as wg
from wengert.errors import VmapError
from wengert.transforms.vmap import vmap

SHAPE = (4, 3, 5, 2)
SAMPLES = 3
rng = np.random.default_rng(0)
X = rng.normal(size=(SAMPLES, *SHAPE))

slices = st.builds(slice, st.sampled_from([None, 0, 1, -1]), st.sampled_from([None, 1, 2]), st.sampled_from([None, 1, -1]))


@st.composite
def keys(draw):
    """A key, as a list of entries; index arrays by their shape and whether samples have their own."""
    shapes = draw(st.sampled_from([[()], [(2,)], [(2,), ()], [(1, 2), (2,)], [(2, 1), (1, 3)], [(3, 2)]]))
    entries, length, dots = [], draw(st.integers(1, len(SHAPE))), False
    used = 0
    while used < length:
        kind = draw(st.sampled_from(["array", "array", "slice", "int", "none", "dots"]))
        if kind == "none":
            entries.append(None)
            continue
        if kind == "dots":
            if not dots:
                entries.append(Ellipsis)
                dots = True
            continue
        used += 1
        if kind == "slice":
            entries.append(draw(slices))
        elif kind == "int":
            entries.append(draw(st.integers(-2, 1)))
        else:
            entries.append((draw(st.sampled_from(shapes)), draw(st.booleans())))
    return entries


def filled(entries):
    """For each entry that is an array its values: for all the samples, or for each."""
    arrays = []
    for entry in entries:
        if isinstance(entry, tuple):
            shape, own = entry
            arrays.append((rng.integers(-2, 2, (SAMPLES, *shape) if own else shape), own))
    return arrays


@given(keys(), st.booleans())
def test_keys(entries, batched):
    """Values, and gradients with respect to what is indexed, whether samples have it of their own or share it."""
    arrays = filled(entries)

    def key(tensors):
        found = iter(tensors)
        return tuple(next(found) if isinstance(entry, tuple) else entry for entry in entries)

    def function(x, *tensors):
        x = x.detach().requires_grad_()
        y = x[key(tensors)]
        (g,) = wg.autograd.grad((y * y * y).sum(), x)
        return y, g

    x = X if batched else X[0]
    dims = (0 if batched else None, *(0 if own else None for _, own in arrays))
    if all(dim is None for dim in dims):
        return
    with np.errstate(all="ignore"):
        got = vmap(function, in_dims=dims)(wg.tensor(x), *(wg.tensor(a) for a, _ in arrays))
    for number in range(SAMPLES):
        own = [wg.tensor(a[number] if o else a) for a, o in arrays]
        expected = function(wg.tensor(x[number] if batched else x), *own)
        for g, e in zip(got, expected, strict=True):
            np.testing.assert_allclose(g.array[number], e.array)


def test_masks():
    """One for all the samples is a key like any other; of its own each would select another number of elements."""
    x, mask = wg.tensor(X), wg.tensor(rng.random(SHAPE[:2]) < 0.5)
    np.testing.assert_array_equal(vmap(lambda x: x[:, :, 0][mask])(x).array, X[:, :, :, 0][:, mask.array])
    with pytest.raises(VmapError, match="where"):
        vmap(lambda x, m: x[m])(x, wg.tensor(rng.random((SAMPLES, *SHAPE)) < 0.5))


def test_an_index_that_differs_between_the_samples_of_the_outer_one_only():
    """It is a 0-d array then, and no number."""

    def function(x, weight):
        x = x.detach().requires_grad_()
        return wg.autograd.grad(wg.take(x, np.asarray(1), axis=0) * weight, x)[0]

    got = vmap(vmap(function, in_dims=(None, 0)), in_dims=(0, None))(wg.tensor(X[:, 0, 0, 0]), wg.tensor([2.0, 5.0]))
    np.testing.assert_array_equal(got.array, np.broadcast_to([[0.0, 2.0], [0.0, 5.0]], (SAMPLES, 2, 2)))
