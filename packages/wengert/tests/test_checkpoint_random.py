"""Random functions with checkpoints in them, inside each other, compute what they compute without (S7)."""

from __future__ import annotations

import contextlib
import functools
import importlib
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import wengert as wg
from wengert.utils.checkpoint import create_selective_checkpoint_contexts

UNARY = ("sin", "exp", "tanh", "cos")
BINARY = ("add", "multiply", "subtract")
SMALL = 0.3  # after each step values are scaled down, so that nothing overflows


class Step(NamedTuple):
    """One step: the name of an operator and which of the values so far it takes."""

    name: str
    operands: tuple[int, ...]


class Block(NamedTuple):
    """Steps that are checkpointed together; its result is the last value."""

    body: tuple[Any, ...]
    inputs: tuple[int, ...]
    options: dict[str, Any]


def blocks(depth: int) -> Any:
    index = st.integers(0, 30)
    step = st.one_of(
        st.builds(Step, st.sampled_from(UNARY), st.tuples(index)),
        st.builds(Step, st.sampled_from(BINARY), st.tuples(index, index)),
    )
    if not depth:
        return st.lists(step, min_size=1, max_size=4).map(tuple)
    options = st.fixed_dictionaries(
        {
            "early_stop": st.booleans(),
            "reentrant": st.booleans(),
            "kept": st.one_of(st.none(), st.lists(st.sampled_from((*UNARY, *BINARY)), unique=True)),
            "packed": st.booleans(),
        }
    )
    block = st.builds(Block, blocks(depth - 1), st.lists(index, min_size=1, max_size=3).map(tuple), options)
    return st.lists(st.one_of(step, block), min_size=1, max_size=4).map(tuple)


def run(lib: Any, body: tuple[Any, ...], values: list[Any], checkpointed: bool, reentrant: bool = False) -> Any:
    """Run the steps; of the blocks, those that are reentrant only where that is `reentrant`."""
    values = list(values)
    for item in body:
        if isinstance(item, Step):
            function = getattr(lib, item.name)
            values.append(function(*(values[i % len(values)] for i in item.operands)) * SMALL)
            continue
        inputs = [values[i % len(values)] for i in item.inputs]
        inner = functools.partial(run_block, lib, item.body, checkpointed, reentrant)
        values.append(called(lib, inner, inputs, item.options, reentrant) if checkpointed else inner(*inputs))
    return values[-1]


def run_block(lib: Any, body: tuple[Any, ...], checkpointed: bool, reentrant: bool, *inputs: Any) -> Any:
    """The result depends on all inputs, as a reentrant checkpoint must."""
    value = run(lib, body, list(inputs), checkpointed, reentrant)
    for x in inputs:
        value = value + x * 0.1
    return value


def called(lib: Any, function: Any, inputs: list[Any], options: dict[str, Any], reentrant: bool) -> Any:
    tools = importlib.import_module(f"{lib.__name__}.utils.checkpoint")
    if reentrant and options["reentrant"] and any(x.requires_grad for x in inputs):
        return tools.checkpoint(function, *inputs, use_reentrant=True)
    more = {}
    if options["kept"] is not None and lib is wg:
        kept = [getattr(wg, name) for name in options["kept"]]
        more["context_fn"] = functools.partial(create_selective_checkpoint_contexts, kept)
    packing = lib.autograd.graph.saved_tensors_hooks(lambda t: t.detach().tolist(), lambda values: asarray(lib, values))
    with packing if options["packed"] else contextlib.nullcontext():
        return tools.checkpoint(function, *inputs, use_reentrant=False, early_stop=options["early_stop"], **more)


def asarray(lib: Any, values: Any) -> Any:
    return lib.tensor(values, dtype=lib.float64)


def leaves(lib: Any) -> list[Any]:
    made = [asarray(lib, values) for values in ([0.5, -0.25], [1.0, 0.75], [-0.5, 0.125])]
    for x in made[:2]:
        x.requires_grad_()
    return made


def gradients(lib: Any, body: tuple[Any, ...], checkpointed: bool, reentrant: bool = False) -> list[Any]:
    """The value and the gradients of a backward over its sum and that of the leaves."""
    x, y, c = leaves(lib)
    value = run(lib, body, [x, y, c], checkpointed, reentrant)
    (value.sum() + (x + y).sum()).backward()
    return [a.detach().tolist() for a in (value, x.grad, y.grad)]


@given(blocks(3))
def test_gradients(body):
    """S7, S8: bit for bit, whatever kind of checkpoint, and whatever is kept."""
    plain = gradients(wg, body, checkpointed=False)
    assert gradients(wg, body, checkpointed=True) == plain
    np.testing.assert_allclose(gradients(wg, body, checkpointed=True, reentrant=True), plain, rtol=1e-13)


@given(blocks(2))
def test_derivatives_of_derivatives(body):
    """S7.4: a recorded backward through recomputed values; nothing can be kept then, as a second backward follows."""
    found = []
    for checkpointed in (False, True):
        x, y, c = leaves(wg)
        value = run(wg, unkept(body), [x, y, c], checkpointed)
        first = wg.autograd.grad(value.sum() + (x * y).sum(), (x, y), create_graph=True)
        second = wg.autograd.grad(sum((g * g).sum() for g in first), (x, y))
        found.append([g.tolist() for g in (*first, *second)])
    np.testing.assert_allclose(found[1], found[0], rtol=1e-13)


def unkept(body: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(
        item._replace(body=unkept(item.body), options={**item.options, "kept": None}) if isinstance(item, Block) else item
        for item in body
    )


@given(blocks(2))
def test_beside_pytorch(body):
    """S7, S8: the same functions there."""
    torch = pytest.importorskip("torch")
    for checkpointed, reentrant in ((False, False), (True, False), (True, True)):
        theirs = gradients(torch, body, checkpointed, reentrant)
        np.testing.assert_allclose(gradients(wg, body, checkpointed, reentrant), theirs, rtol=1e-10, atol=1e-14)
