"""Forward mode of every row of the operator table: against reverse mode, against finite differences, and to second order."""

import zlib

import numpy as np
import pytest

from ops.rows import on_each
from ops.test_table import cases, differentiated, each, leaves, outputs_of, sample, weights_for
from wengert.autograd import forward_ad
from wengert.autograd.requests import grad
from wengert.autograd.tensor import wrap
from wengert.op import OPERATORS

EPS = 1e-6


def direction(row, array):
    """A direction for an input: the same on every run."""
    rng = np.random.default_rng(zlib.crc32(f"{row.name} {array.shape}".encode()))
    numbers = rng.uniform(0.3, 1.0, array.shape) * rng.choice([-1.0, 1.0], array.shape)
    if array.dtype.kind == "c":
        numbers = numbers + 1j * rng.uniform(-1.0, 1.0, array.shape)
    return np.asarray(numbers, dtype=array.dtype)


def duals(arguments, made, directions):
    """The arguments with each leaf replaced by a dual tensor on it."""
    numbers = {id(leaf): number for number, leaf in enumerate(made)}

    def walk(item):
        if isinstance(item, list | tuple):
            return type(item)(map(walk, item))
        if id(item) in numbers:
            return forward_ad.make_dual(item, wrap(directions[numbers[id(item)]]))
        return item

    return walk(arguments)


def inner(a, b):
    """The inner product over the real numbers: of real parts plus of imaginary parts."""
    return float(np.sum(np.real(np.conj(a) * b)))


def close(a, b, row, rtol=1e-8, atol=1e-9):
    np.testing.assert_allclose(a, b, rtol=rtol, atol=atol, err_msg=row.name)


def forward_agrees(row, dtype):
    """A2.3: ⟨v, Ju⟩ = ⟨Jᵀv, u⟩, and Ju is what finite differences say; of the shape and dtype of the result."""
    arguments, made = leaves(sample(row, dtype))
    directions = [direction(row, leaf.array) for leaf in made]
    weights = weights_for(outputs_of(row, arguments))
    with forward_ad.dual_level():
        found = [forward_ad.unpack_dual(o) for o in outputs_of(row, duals(arguments, made, directions))]
    outputs = outputs_of(row, arguments)
    back = grad(outputs, made, weights, allow_unused=True)
    tangents = []
    for (primal, tangent), output in zip(found, outputs, strict=True):
        np.testing.assert_array_equal(primal.array, output.array)
        if tangent is not None:
            assert (tangent.shape, tangent.dtype) == (output.shape, output.dtype)
        tangents.append(np.zeros(output.shape, output.dtype) if tangent is None else tangent.array)
    forward = sum(inner(w.array, t) for w, t in zip(weights, tangents, strict=True))
    close(forward, sum(inner(g.array, u) for g, u in zip(back, directions, strict=True) if g is not None), row)

    values = iter(directions * 2)

    def moved(sign):
        shifted = each(sample(row, dtype), lambda a: a if a.dtype.kind not in "fc" else np.asarray(a + sign * EPS * next(values)))
        return [o.array for o in outputs_of(row, leaves(shifted)[0])]

    for tangent, high, low in zip(tangents, moved(1), moved(-1), strict=True):
        close(tangent, (high - low) / (2 * EPS), row, rtol=1e-5, atol=1e-6)


@on_each(cases(differentiated(1)))
def test_jvp(row, dtype):
    forward_agrees(row, dtype)


@on_each(cases(differentiated(1)))
def test_without_recording_and_one_by_one(row, dtype):
    """A2.3: tangents are the same under no_grad and for constants; an operand without a tangent counts as zero."""
    arguments, made = leaves(sample(row, dtype))
    directions = [direction(row, leaf.array) for leaf in made]
    for leaf in made:
        leaf.requires_grad = False

    def tangents(chosen):
        with forward_ad.dual_level():
            pairs = [(leaf, u) for leaf, u, yes in zip(made, directions, chosen, strict=True) if yes]
            results = row.fn(*duals(arguments, *zip(*pairs, strict=True)))
            results = results if isinstance(results, list | tuple) else (results,)
            return [None if t is None else t.array for t in (forward_ad.unpack_dual(r).tangent for r in results)]

    together = tangents([True] * len(made))
    alone = [tangents([n == number for n in range(len(made))]) for number in range(len(made))]
    for place, whole in enumerate(together):
        parts = [found[place] for found in alone if found[place] is not None]
        assert (whole is None) == (not parts)
        if parts:
            assert all(part.shape == whole.shape for part in parts)
            close(sum(parts), whole, row)


@pytest.fixture
def only_transposition(monkeypatch):
    """Nothing but rules is known of any operator."""
    for op in OPERATORS.values():
        for name, value in (("jvps", {}), ("linear", False), ("diagonal", False)):
            monkeypatch.setattr(op, name, value)


@on_each(cases(differentiated(1)))
def test_the_transpose_of_the_rules(row, dtype, only_transposition):
    """What is derived from the rules alone is the derivative too, for every operator."""
    forward_agrees(row, dtype)


def second_orders_agree(row, dtype):
    """Hessian-vector products: forward over reverse, reverse over forward and reverse over reverse are one."""
    arguments, made = leaves(sample(row, dtype))
    directions = [direction(row, leaf.array) for leaf in made]
    weights = weights_for(outputs_of(row, arguments))

    def array(tensor, leaf):
        return np.zeros(leaf.shape, leaf.dtype) if tensor is None else tensor.array

    first = grad(outputs_of(row, arguments), made, weights, create_graph=True, allow_unused=True)
    smooth = [(g, wrap(u)) for g, u in zip(first, directions, strict=True) if g is not None and g.requires_grad]
    expected = [None] * len(made)
    if smooth:
        expected = grad([g for g, _ in smooth], made, [u for _, u in smooth], allow_unused=True)
    with forward_ad.dual_level():
        outputs = outputs_of(row, duals(arguments, made, directions))
        gradients = grad(outputs, made, weights, retain_graph=True, allow_unused=True)
        tangents = [None if g is None else forward_ad.unpack_dual(g).tangent for g in gradients]
        over_reverse = [array(t, leaf) for t, leaf in zip(tangents, made, strict=True)]
        recorded = [forward_ad.unpack_dual(o).tangent for o in outputs]
        pairs = [(t, w) for t, w in zip(recorded, weights, strict=True) if t is not None and t.requires_grad]
        back = grad([t for t, _ in pairs], made, [w for _, w in pairs], allow_unused=True) if pairs else [None] * len(made)
        over_forward = [array(g, leaf) for g, leaf in zip(back, made, strict=True)]
    for leaf, e, a, b in zip(made, expected, over_reverse, over_forward, strict=True):
        close(a, array(e, leaf), row, rtol=1e-7, atol=1e-8)
        close(b, array(e, leaf), row, rtol=1e-7, atol=1e-8)


@on_each(cases(differentiated(2)))
def test_second_order(row, dtype):
    second_orders_agree(row, dtype)


@on_each(cases(differentiated(2)))
def test_second_order_by_transposition(row, dtype, only_transposition):
    """The transpose of a rule is recorded as well as what a declaration says."""
    second_orders_agree(row, dtype)
