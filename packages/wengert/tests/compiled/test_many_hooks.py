"""Functions with hooks on many leaves: what hooks have written is read again, and only where it is asked for."""

from __future__ import annotations

import numpy as np
import pytest

import wengert as wg
from wengert.compiled.function_steps import OpaqueStep


def run(compiled, count, *, clear, hook):
    """Values, gradients and events of three training steps over so many leaves, each with a post-accumulate-grad hook."""
    leaves = [wg.tensor(np.linspace(0.5, 1.0, 3) + i, requires_grad=True) for i in range(count)]
    events = []
    for number, leaf in enumerate(leaves):
        leaf.register_post_accumulate_grad_hook(lambda leaf, number=number: hook(events, leaves, number, leaf))

    def step(x):
        if clear:
            for leaf in leaves:
                leaf.grad = None
        loss = sum((leaf * x for leaf in leaves), wg.asarray(np.zeros(3))).sum()
        loss.backward()
        with wg.no_grad():
            for leaf in leaves[::2]:
                leaf.sub_(leaf.grad * 0.01)
        return loss.detach(), (leaves[-1] * 2.0).detach()

    function = wg.compile(step, backend="python") if compiled else step
    results = [[t.tolist() for t in function(wg.asarray(np.full(3, 1.0 + i)))] for i in range(3)]
    state = [(leaf.tolist(), None if leaf.grad is None else leaf.grad.tolist()) for leaf in leaves]
    return results, state, events, function


def looks(events, leaves, number, leaf):
    events.append((number, leaf.grad.tolist()))


def writes_to_others(events, leaves, number, leaf):
    events.append((number, leaf.grad.tolist()))
    other = leaves[(number + 1) % len(leaves)]
    with wg.no_grad():
        other.add_(0.125)
        if other.grad is not None:
            other.grad.mul_(0.5)


def replaces_gradients(events, leaves, number, leaf):
    other = leaves[-1 - number]
    events.append((number, None if other.grad is None else other.grad.tolist()))
    leaf.grad = wg.asarray(np.full(3, float(number)))


@pytest.mark.parametrize(
    ("clear", "hook"),
    [
        (True, looks),
        (True, writes_to_others),
        (True, replaces_gradients),
        (False, looks),
        (False, writes_to_others),
        (False, replaces_gradients),
    ],
)
def test_what_hooks_do_to_other_leaves(clear, hook):
    expected = run(False, 5, clear=clear, hook=hook)
    found = run(True, 5, clear=clear, hook=hook)
    assert found[:3] == expected[:3]
    assert found[3].captures <= 2


@pytest.mark.parametrize("clear", [True, False])
def test_the_program_grows_with_the_number_of_leaves(clear):
    sizes = {}
    for count in (10, 40):
        function = run(True, count, clear=clear, hook=looks)[3]
        (_, program), *_ = function._known()
        steps = [step for step in program.traced if isinstance(step, OpaqueStep)]
        assert len(steps) >= count
        sizes[count] = sum(len(step.again) for step in steps)
    assert sizes[40] <= 4 * sizes[10] + 8
