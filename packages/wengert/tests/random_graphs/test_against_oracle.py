"""Random programs over the oracle and over Wengert, also those that PyTorch cannot say (section 0 of the semantics)."""

from __future__ import annotations

from hypothesis import HealthCheck, given, note, settings

from .libraries import Wengert
from .oracle_ops import Oracle
from .programs import Program, programs
from .run import difference, run


def compare(program: Program) -> None:
    note(f"run: {program}")
    found = difference(run(Oracle(), program), run(Wengert(), program))
    assert found is None, f"oracle (one) and Wengert (other): {found}"


@settings(max_examples=1000, deadline=None, suppress_health_check=list(HealthCheck))
@given(programs())
def test_the_same_program_in_the_oracle_and_in_wengert(program: Program) -> None:
    """E, F, G4, H and S with the differences of section 0: W1, W3, W11, W14, W16, W17, W18, W22, W24, W26, W30."""
    compare(program)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(programs(max_ops=40, max_hooks=25, max_calls=8))
def test_larger_programs(program: Program) -> None:
    """The same with many nodes and hooks at once."""
    compare(program)
