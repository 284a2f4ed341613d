"""An operator that does not say that it makes views makes new arrays: what life ranges and planned memory rely on."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import wengert as wg
from ops.test_table import ROWS, leaves, sample
from wengert import pytree
from wengert.autograd.requests import grad
from wengert.autograd.tensor import Tensor
from wengert.compiled import function_capture
from wengert.compiled.ir import Equation
from wengert.compiled.passes.lives import makes_new
from wengert.errors import OperandError, TraceError


class _Enough(BaseException):
    """The program is written down."""


def equations_of(row, dtype):
    """What a row and its derivative compute: equations, each with the arrays that it makes and reads."""
    arguments, made = leaves(sample(row, dtype))
    found = []

    def run():
        results = [t for t in pytree.leaves(row.fn(*arguments)) if isinstance(t, Tensor) and t.requires_grad]
        if row.order and results:
            grad(results, made, [wg.ones_like(t) for t in results], allow_unused=True)
        return 0

    def spy(program, recorder, *_):
        steps = [step for step in recorder.steps if isinstance(step, Equation)]
        found.extend((s, [recorder.values[v] for v in s.makes()], [recorder.values[v] for v in s.reads()]) for s in steps)
        raise _Enough

    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings(action="ignore"), np.errstate(all="ignore"):
        patch.setattr(function_capture, "_finish", spy)
        with pytest.raises(_Enough):
            wg.compile(run)()
    return found


@pytest.mark.parametrize("start", range(20))
def test_results_share_memory_only_where_the_declaration_says_so(start):
    seen = 0
    for row in ROWS[start::20]:
        try:
            found = equations_of(row, row.dtypes[-1])
        except (OperandError, TraceError):  # of numbers alone; of a shape that depends on values
            continue
        for step, made, read in found:
            for a in made if makes_new(step) else ():
                for b in read:
                    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
                        seen += 1
                        assert not np.may_share_memory(a, b) or not a.size, f"{row.name}: {step}"
    assert seen > 20
