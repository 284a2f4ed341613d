"""Times a chain without hooks whenever a line arrives: ``python -m benchmarks.no_hooks_child clean|hooked``."""

from __future__ import annotations

import sys
import time

import numpy as np

import wengert as wg

from .chain import program

CALLS = 20


def main(kind: str) -> None:
    """Answer every line with the seconds of one forward and backward."""
    others = []
    if kind == "hooked":
        import wengert.observe  # the hook ledger

        assert wengert.observe.hooks() == []
        y = wg.tensor(np.ones(8), requires_grad=True)
        others.append(y)
        y.register_post_accumulate_grad_hook(lambda _: None)
        for _ in range(200):
            y = y * 1.01
            y.register_hook(lambda _: None)
            others.append(y)
        y.sum().backward(retain_graph=True)
    leaf, seed = wg.tensor(np.linspace(0.1, 1.0, 8), requires_grad=True), wg.tensor(np.ones(8))

    def work() -> None:
        leaf.grad = None
        program(leaf, wg).backward(seed)

    for _ in range(100):
        work()
    for _ in sys.stdin:
        start = time.perf_counter()
        for _ in range(CALLS):
            work()
        print((time.perf_counter() - start) / CALLS, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
