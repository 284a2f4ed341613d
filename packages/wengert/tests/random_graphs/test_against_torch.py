"""Random programs over PyTorch and over Wengert: the same events in the same order, gradients and kinds of error.

What the two do differently on purpose is taken out of the programs, wart by wart, in `restrict.py`; it is left in where
Wengert is compared with the oracle (`test_against_oracle.py`).
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings

from choices import many

from .libraries import Torch, Wengert
from .programs import Program, programs
from .restrict import RESTRICTIONS, restricted
from .run import difference, run

pytest.importorskip("torch")


@settings(max_examples=many(1000), deadline=None, suppress_health_check=list(HealthCheck))
@given(programs())
def test_the_same_program_in_pytorch_and_in_wengert(program: Program) -> None:
    """E, F, G4, H and S over whatever the two libraries share."""
    program = restricted(program, RESTRICTIONS)
    found = difference(run(Torch(), program, task_needs=False), run(Wengert(), program, task_needs=False))
    assert found is None, f"PyTorch (one) and Wengert (other): {found}\n{program}"
