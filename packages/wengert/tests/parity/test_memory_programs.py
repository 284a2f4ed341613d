"""Random programs of views, writes and uses do the same in both libraries (rules V, S1, H4)."""

from __future__ import annotations

import functools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from choices import many

from . import memory_programs
from .facade import both

picks = st.integers(0, 11)
steps = st.lists(st.tuples(st.sampled_from(memory_programs.STEPS), picks, picks, st.booleans()), min_size=1, max_size=12)


@pytest.mark.slow
@settings(max_examples=many(150), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps)
def test_random_programs(steps):
    """Values, versions, requires_grad, kinds of errors, events of hooks, gradients of first and second order."""
    both(functools.partial(memory_programs.run, steps=[(*step, *rest) for step, *rest in steps]))


def test_every_step_can_be_done():
    """The programs are about something: each step succeeds in some program."""
    done = set()

    def program(lib, log):
        for step in memory_programs.STEPS:
            memory_programs.run(lib, log, [("use", "clone", 2, 2, False), (*step, 3, 1, True)])
            if not any(event[1] in ("raised", "failed") for event in log if event[0] == step[1]):
                done.add(step)
            log.clear()
        log("done", sorted(done))

    both(program)
    assert done == {step for step in memory_programs.STEPS if step[0] != "listen"}
