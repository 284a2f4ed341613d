"""A program that compiles one function, run eagerly and compiled: the eager run is the oracle, for every event and number."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest

import wengert as wg

BACKENDS = [
    "python",
    pytest.param("numba", marks=pytest.mark.skipif(not importlib.util.find_spec("numba"), reason="needs numba")),
]

MORE = [*BACKENDS, pytest.param("xla", marks=pytest.mark.skipif(not importlib.util.find_spec("jax"), reason="needs jax"))]


def leaf(*numbers):
    return wg.tensor(list(numbers), requires_grad=True)


def plain(tree):
    """Tensors as lists."""
    if isinstance(tree, (list, tuple)):
        return [plain(item) for item in tree]
    return tree.tolist() if isinstance(tree, wg.Tensor) else tree


def equal(found, expected, exactly):
    if isinstance(expected, list):
        assert isinstance(found, list), (found, expected)
        assert len(found) == len(expected), (found, expected)
        for a, b in zip(found, expected, strict=True):
            equal(a, b, exactly)
    elif isinstance(expected, float) and not exactly:
        np.testing.assert_allclose(found, expected, rtol=1e-12)
    else:
        assert found == expected


def both(program, backend="python", captures=1, exactly=True):
    """Run `program` eagerly and compiled: ``program(compiled, note)`` makes its leaves, and compiles one function."""
    logs, functions = [], []
    for compiling in (False, True):
        log = []

        def wrap(function, compiling=compiling, **options):
            functions.append(wg.compile(function, backend=backend, **options) if compiling else function)
            return functions[-1]

        program(wrap, lambda *event, log=log: log.append(plain(list(event))))
        logs.append(log)
    eager, compiled = logs
    assert eager
    assert [e[0] for e in compiled] == [e[0] for e in eager]
    equal(compiled, eager, exactly and backend == "python")
    assert functions[-1].captures == captures
    return functions[-1]


def in_turn(function, leaves, note, *, scales=(1.0, 0.5, 0.2), others=(0.2,), twice=False):
    """Call `function` with several vectors, each time without gradients; note what it gives, and the gradients of `leaves`.

    A result that requires grad is differentiated, `twice` if wanted.
    """
    for scale in scales:
        for tensor in leaves:
            tensor.grad = None
        result = function(wg.tensor([scale, *others]))
        note("result", result)
        if isinstance(result, wg.Tensor) and result.requires_grad:
            if twice:
                result.backward(retain_graph=True)
            result.backward()
        note("grads", [tensor.grad for tensor in leaves])
