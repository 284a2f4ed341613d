"""Random programs over the oracle and over Wengert, also those that PyTorch cannot say (section 0 of the semantics)."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings

from .examples import EXAMPLES
from .libraries import Wengert
from .oracle_ops import Oracle
from .programs import Program, programs
from .run import difference, run


def compare(program: Program) -> None:
    found = difference(run(Oracle(), program), run(Wengert(), program))
    assert found is None, f"oracle (one) and Wengert (other): {found}\n{program}"


@pytest.mark.parametrize("wart", sorted(EXAMPLES))
def test_what_pytorch_does_differently(wart: str) -> None:
    """One program for each difference of section 0 (and for those found since) that the oracle knows."""
    compare(EXAMPLES[wart])


@settings(max_examples=1000, deadline=None, suppress_health_check=list(HealthCheck))
@given(programs())
def test_the_same_program_in_the_oracle_and_in_wengert(program: Program) -> None:
    """E, F, G4, H and S with the differences of section 0: W1, W3, W9, W11, W14, W16, W17, W22, W24, W26, W30."""
    compare(program)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(programs(max_ops=40, max_hooks=25, max_calls=8))
def test_larger_programs(program: Program) -> None:
    """The same with many nodes and hooks at once."""
    compare(program)
