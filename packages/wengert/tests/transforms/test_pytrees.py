"""Nested arguments and results: what holds for a flat function holds for a nested one."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import wengert as wg
from wengert import pytree


class Pair(NamedTuple):
    first: Any
    second: Any



shapes = st.sampled_from([(), (1,), (2,), (2, 1), (0,)])


@st.composite
def arrays(draw):
    shape = draw(shapes)
    values = draw(st.lists(st.floats(-1.0, 1.0), min_size=int(np.prod(shape)), max_size=int(np.prod(shape))))
    return np.array(values).reshape(shape)


def containers(children):
    return st.one_of(
        st.lists(children, max_size=3),
        st.lists(children, max_size=3).map(tuple),
        st.dictionaries(st.sampled_from("abc"), children, max_size=3),
        st.dictionaries(st.sampled_from("abc"), children, max_size=2).map(OrderedDict),
        st.tuples(children, children).map(lambda pair: Pair(*pair)),
    )


trees = st.recursive(st.one_of(arrays(), st.none()), containers, max_leaves=5)


def mixed(tree):
    """One number that depends on every element of a tree in another way."""
    total = wg.tensor(0.0)
    for index, leaf in enumerate(pytree.flatten(tree)[0]):
        total = total + (index + 1.0) * (leaf**3).sum() + total * (leaf * leaf).sum()
    return total


def nested(tree):
    """A tree of the same structure, each leaf of which depends on all."""
    return pytree.map_leaves(lambda leaf: leaf * leaf + mixed(tree), tree)


def flat(tree):
    """The elements in one array, and the way back."""
    leaves, structure = pytree.flatten(tree)
    sizes = [np.size(leaf) for leaf in leaves]
    shapes = [np.shape(leaf) for leaf in leaves]

    def back(x):
        parts, start = [], 0
        for size, shape in zip(sizes, shapes, strict=True):
            parts.append(x[start : start + size].reshape(shape))
            start += size
        return pytree.unflatten(structure, parts)

    return np.concatenate([np.zeros(0), *map(np.ravel, leaves)]), back


def concatenated(tree):
    return np.concatenate([np.zeros(0), *map(np.ravel, pytree.flatten(tree)[0])])


@given(trees)
def test_gradients_are_nested_as_the_argument(tree):
    gradient = wg.grad(mixed)(tree)
    assert pytree.flatten(gradient)[1] == pytree.flatten(tree)[1]
    x, back = flat(tree)
    np.testing.assert_allclose(concatenated(gradient), wg.grad(lambda x: mixed(back(x)))(x), rtol=1e-9, atol=1e-12)


@given(trees)
def test_products_of_nested_functions(tree):
    x, back = flat(tree)
    if not x.size:
        return
    together = lambda x: wg.concat([leaf.reshape(-1) for leaf in pytree.flatten(nested(back(x)))[0]])
    jacobian = wg.jacrev(together)(x)
    direction = pytree.map_leaves(lambda leaf: np.cos(np.arange(np.size(leaf)) + 1.0).reshape(np.shape(leaf)), tree)
    output, pull = wg.vjp(nested, tree)
    (pulled,) = pull(direction)
    assert pytree.flatten(output)[1] == pytree.flatten(pulled)[1] == pytree.flatten(tree)[1]
    np.testing.assert_allclose(concatenated(pulled), concatenated(direction) @ jacobian, rtol=1e-9, atol=1e-10)
    _, pushed = wg.jvp(nested, (tree,), (direction,))
    assert pytree.flatten(pushed)[1] == pytree.flatten(tree)[1]
    np.testing.assert_allclose(concatenated(pushed), jacobian @ concatenated(direction), rtol=1e-9, atol=1e-10)
    product = wg.hvp(mixed, (tree,), (direction,))[0]
    hessian = wg.hessian(lambda x: mixed(back(x)))(x)
    np.testing.assert_allclose(concatenated(product), hessian @ concatenated(direction), rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("transform", ["jacrev", "jacfwd"])
@given(tree=trees)
def test_blocks_of_jacobians(transform, tree):
    """For each output, for each input, one block; together they are the Jacobian of the flat function."""
    x, back = flat(tree)
    blocks = getattr(wg, transform)(nested)(tree) if pytree.flatten(tree)[0] else None
    if blocks is None:
        return
    leaves, structure = pytree.flatten(tree)
    rows = []
    for out, of_output in zip(leaves, structure.flatten_up_to(blocks), strict=True):
        row = []
        for x_leaf, block in zip(leaves, structure.flatten_up_to(of_output), strict=True):
            assert np.shape(block) == (*np.shape(out), *np.shape(x_leaf))
            row.append(np.reshape(block, (np.size(out), np.size(x_leaf))))
        rows.append(np.concatenate([np.zeros((np.size(out), 0)), *row], axis=1))
    together = lambda x: wg.concat([leaf.reshape(-1) for leaf in pytree.flatten(nested(back(x)))[0]])
    np.testing.assert_allclose(np.concatenate(rows), wg.jacrev(together)(x), rtol=1e-9, atol=1e-10)


def test_nothing_to_differentiate_by():
    """A tree without leaves has the gradient without leaves."""
    assert wg.grad(lambda tree: wg.tensor(1.0))({"a": None, "b": []}) == {"a": None, "b": []}


def test_a_named_tuple_stays_one():
    gradient = wg.grad(lambda p: p.first * p.second)(Pair(2.0, 3.0))
    assert isinstance(gradient, Pair)
    assert gradient == Pair(3.0, 2.0)


def test_several_arguments_of_which_one_is_nested():
    f = lambda x, p, flag: (x * p["w"]).sum() if flag else x.sum()
    x = np.array([1.0, 2.0])
    gradient = wg.grad(f, (1, 0))(x, {"w": x * 3}, True)
    assert gradient[0]["w"].tolist() == [1.0, 2.0]
    assert gradient[1].tolist() == [3.0, 6.0]
