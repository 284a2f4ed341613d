"""Every pass over random programs: what it leaves is legal, and computes the same to the last bit."""

from __future__ import annotations

import warnings
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from choices import Draw, many
from compiled.random_steps import assert_same_bits, programs, run
from wengert.arrays.numpy import adapter
from wengert.compiled.check import check
from wengert.compiled.passes import PASSES, PLAIN, Options, after_each, rematerialisation
from wengert.compiled.passes.lives import peak_bytes


def check_passes(program, options, compare):
    inputs, steps, wanted = program
    names = [v for v, _ in inputs]
    want, before = run(inputs, steps, wanted), steps
    for name, after in after_each(steps, wanted, options):
        check(after, names, wanted, before=before, library=adapter)
        try:
            compare(run(inputs, after, wanted), want)
        except AssertionError as error:
            error.add_note(f"after {name}:\n" + "\n".join(map(str, after)) + "\nof\n" + "\n".join(map(str, before)))
            raise
        before = after


@settings(max_examples=many(250), deadline=None)
@given(programs())
def test_each_pass_keeps_every_bit(program):
    check_passes(program, PLAIN, assert_same_bits)


@settings(max_examples=many(150), deadline=None)
@given(programs(effects=False), st.floats(0.1, 0.9))
def test_with_a_memory_budget_too(program, part):
    _, steps, wanted = program
    with warnings.catch_warnings(action="ignore", category=UserWarning):  # it may not fit
        check_passes(program, Options(memory_budget=int(part * peak_bytes(steps, wanted)) + 1), assert_same_bits)


@settings(max_examples=many(150), deadline=None)
@given(programs(most=40), st.floats(0.1, 0.9))
def test_what_is_computed_again_is_the_same(program, part):
    inputs, steps, wanted = program
    peak = peak_bytes(steps, wanted)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        after = rematerialisation(steps, wanted, Options(memory_budget=int(part * peak) + 1))
    check(after, [v for v, _ in inputs], wanted, before=steps, library=adapter)
    assert_same_bits(run(inputs, after, wanted), run(inputs, steps, wanted))
    left = peak_bytes(after, wanted)
    assert left <= peak
    assert bool(said) is (left > int(part * peak) + 1)


@settings(max_examples=many(150), deadline=None)
@given(programs(tame=True, effects=False))
def test_fast_mathematics_keeps_results_about_the_same(program):
    def compare(got, want):
        for a, b in zip(got, want, strict=True):
            assert (a.dtype, a.shape) == (b.dtype, b.shape)
            np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-4)

    check_passes(program, Options(fastmath=True), compare)


@pytest.mark.parametrize("seed", [193, 1000862, 1001179, 1001331])
def test_memory_of_views_that_others_write_to(seed):
    """An effect that reads a view may write to what it lies in: that is not merged with its like."""
    check_passes(programs.__wrapped__(Draw(Random(seed).randrange)), PLAIN, assert_same_bits)


@pytest.mark.parametrize("seed", [1000178, 1000886, 1003639])
def test_what_was_written_to_is_not_computed_again(seed):
    inputs, steps, wanted = programs.__wrapped__(Draw(Random(seed).randrange), most=40)
    with warnings.catch_warnings(action="ignore", category=UserWarning):  # it may not fit
        after = rematerialisation(steps, wanted, Options(memory_budget=peak_bytes(steps, wanted) // 2 + 1))
    assert_same_bits(run(inputs, after, wanted), run(inputs, steps, wanted))


def test_the_passes_have_names():
    names = [name for name, _ in after_each([], [])]
    assert names == [one.__name__ for one in PASSES]
    assert len(set(names)) == len(names)
    assert all(one.__doc__ for one in PASSES)
    assert list(after_each([], [], PLAIN, PASSES[:1])) == [(names[0], [])]


@given(programs())
def test_passes_do_not_write_to_what_they_are_given(program):
    _, steps, wanted = program
    before = [(step, str(step)) for step in steps]
    with warnings.catch_warnings(action="ignore"):
        list(after_each(steps, wanted, Options(True, 64)))
    assert [(step, str(step)) for step in steps] == before
