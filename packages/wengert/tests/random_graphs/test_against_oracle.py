"""Random programs over the oracle and over Wengert, also those that PyTorch cannot say (section 0 of the semantics)."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from choices import many
from wengert.observe import Stepper, ledger

from .examples import EXAMPLES
from .libraries import Wengert
from .oracle_ops import Oracle
from .programs import Program, programs
from .run import difference, run


def compare(program: Program, library: Wengert | None = None) -> None:
    found = difference(run(Oracle(), program), run(library or Wengert(), program))
    assert found is None, f"oracle (one) and {type(library or Wengert()).__name__} (other): {found}\n{program}"


@pytest.mark.parametrize("wart", sorted(EXAMPLES))
def test_what_pytorch_does_differently(wart: str) -> None:
    """One program for each difference of section 0 (and for those found since) that the oracle knows."""
    compare(EXAMPLES[wart])


@settings(max_examples=many(1000), deadline=None, suppress_health_check=list(HealthCheck))
@given(programs())
def test_the_same_program_in_the_oracle_and_in_wengert(program: Program) -> None:
    """E, F, G4, H and S with the differences of section 0: W1, W3, W9, W11, W14, W16, W17, W18, W22, W24, W26, W30."""
    compare(program)


@settings(max_examples=many(60), deadline=None, suppress_health_check=list(HealthCheck))
@given(programs(max_ops=40, max_hooks=25, max_calls=8))
def test_larger_programs(program: Program) -> None:
    """The same with many nodes and hooks at once."""
    compare(program)


class Anomalous(Wengert):
    """Wengert with anomaly mode on."""

    def watching(self) -> AbstractContextManager[Any]:
        return self.module.autograd.detect_anomaly()

    def backward(self, *args: Any, **kwargs: Any) -> None:
        with self.watching():
            super().backward(*args, **kwargs)

    def grad(self, *args: Any, **kwargs: Any) -> tuple[Any, ...]:
        with self.watching():
            return super().grad(*args, **kwargs)


class Ledgered(Anomalous):
    """Wengert with the hook ledger watching."""

    def watching(self) -> AbstractContextManager[Any]:
        return ledger()


class Stepped(Wengert):
    """Wengert with every run gone through step by step."""

    def backward(self, *args: Any, **kwargs: Any) -> None:
        for _ in Stepper(lambda: super(Stepped, self).backward(*args, **kwargs)):
            pass

    def grad(self, *args: Any, **kwargs: Any) -> tuple[Any, ...]:
        steps = Stepper(lambda: super(Stepped, self).grad(*args, **kwargs))
        for _ in steps:
            pass
        return steps.result


@settings(max_examples=many(150), deadline=None, suppress_health_check=list(HealthCheck))
@given(programs())
def test_an_observer_changes_nothing(program: Program) -> None:
    """A1: the same events, gradients and errors when every run goes through the engine's seam for observers."""
    for observed in (Anomalous, Ledgered, Stepped):
        compare(program, observed())
