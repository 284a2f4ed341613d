"""Every pass over every program of these tests must leave a legal program."""

from __future__ import annotations

import functools

import numpy as np
import pytest

from wengert.arrays.numpy import adapter
from wengert.compiled import function_capture, function_derivative, passes
from wengert.compiled.check import check


def inputs_of(steps):
    """What a program reads and does not make."""
    made = {v for step in steps for v in step.makes()}
    return {v for step in steps for v in step.reads()} - made


def checked(one):
    """A pass whose results are checked."""

    @functools.wraps(one)
    def run(steps, wanted, options=passes.PLAIN):
        result = one(steps, wanted, options)
        known = inputs_of(steps) | {v for v in wanted if hasattr(v, "described")} - {v for s in steps for v in s.makes()}
        made = {v for step in steps for v in step.makes()}
        of_numpy = all(isinstance(v.dtype, np.dtype | type) for v in {*known, *made})
        check(result, known, wanted, before=steps, library=adapter if of_numpy else None)
        return result

    return run


@pytest.fixture(scope="session", autouse=True)
def _passes_are_checked():
    with pytest.MonkeyPatch.context() as patch:
        for module in (function_capture, function_derivative):
            patch.setattr(module, "PASSES", tuple(map(checked, passes.PASSES)))
        yield
