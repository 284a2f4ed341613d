"""What is made when it is first needed is made once, whichever threads need it (rules E11, V2.1)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from .facade import parity
from .programs import leaf
from .together import THREADS, often_switched, together


@often_switched
@parity
def test_a_view_is_placed_anew_once(lib, log):
    """V2.1, H4.6: whoever asks first after a write to the base; hooks of all threads go to that place."""
    wrong = []
    for _ in range(30):
        x = leaf(lib, 1.0, 2.0, 3.0)
        y = x * 2.0
        v = y[:2]
        y.mul_(3.0)
        nodes, calls = [], []

        def work(number, v=v, nodes=nodes, calls=calls):
            nodes.append(v.grad_fn)
            v.register_hook(lambda g: calls.append(number))

        errors = together(work)
        lib.sum(v).backward()
        if errors or len(set(nodes)) != 1 or sorted(calls) != list(range(THREADS)) or lib.array(x.grad).tolist() != [6, 6, 0]:
            wrong.append((errors, len(set(nodes)), calls, x.grad))
    log("wrong", wrong)


FIRST_CALLS = """
import random, sys, threading, warnings
sys.path.insert(0, sys.argv[1])
sys.setswitchinterval(1e-6)
import numpy as np
import wengert as wg
from ops import test_table

barrier = threading.Barrier(8)
found = [{} for _ in range(8)]

def work(number):
    rows = list(test_table.ROWS)
    random.Random(number // 2).shuffle(rows)  # two threads each meet the operators in the same order
    barrier.wait()
    for row in rows:
        dtype = row.dtypes[0]
        arguments, leaves = test_table.leaves(test_table.sample(row, dtype))
        with np.errstate(all="ignore"):
            result = row.fn(*arguments)
            outs = result if isinstance(result, (tuple, list)) else (result,)
            outs = [out for out in outs if isinstance(out, wg.Tensor) and out.requires_grad]
            if outs:
                wg.autograd.backward(outs, [wg.ones(out.shape, dtype=out.dtype) for out in outs])
        found[number][row.name] = [None if x.grad is None else x.grad.numpy() for x in leaves]

errors = []

def body(number):
    try:
        work(number)
    except BaseException as error:
        errors.append(error)

threads = [threading.Thread(target=body, args=(number,), daemon=True) for number in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join(300)
assert not any(thread.is_alive() for thread in threads), "a deadlock"
if errors: raise errors[0]
for other in found[1:]:
    for name, grads in found[0].items():
        for one, another in zip(grads, other[name], strict=True):
            if "random" not in name and "dropout" not in name:
                np.testing.assert_allclose(one, another) if one is not None else None
print(len(found[0]))
"""


@pytest.mark.slow
def test_the_first_calls_of_all_operators():
    """Every operator is called for the first time by eight threads; code, rules and nodes are made once and are whole."""
    tests = str(Path(__file__).parent.parent)
    command = [sys.executable, "-c", FIRST_CALLS, tests]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 300
