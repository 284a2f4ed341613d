"""``python -m benchmarks.auto``: measure what ``backend="auto"`` chooses by, and with ``--write`` put it into the source.

For each backend and library: what a call of a function takes in itself, for each equation in it, and for each element, of cheap
functions, of transcendental ones, and of products; and what it takes to compile. Times of calls are the least of many on the
wall, one thread for BLAS; times of compilation are the processor's, which a busy machine leaves as they are, but for Inductor,
which compiles in other processes.
"""

from __future__ import annotations

import argparse
import platform
import re
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import wengert as wg
from wengert.compiled import backends
from wengert.compiled.backends import measured
from wengert.compiled.segments import Segment

from .peers import load
from .timing import ONE_THREAD

SMALL, MIDDLE, LARGE = 8, 20_000, 1_000_000
FEW, MANY = 2, 22


def cheap(x: Any, count: int) -> Any:
    start = x
    for _ in range(count // 2):
        x = (x + start) * start  # each result is used once: Inductor would write it out for each use
    return x


def functions(x: Any, count: int) -> Any:
    for k in range(count):
        x = wg.tanh(x) if k % 2 else wg.exp(-x) if k % 4 else wg.sin(x)
    return x


def products(x: Any, count: int) -> Any:
    for _ in range(count):
        x = x @ x
    return x


def mixed(x: Any, count: int) -> Any:
    """Something of everything, for compilers."""
    for k in range(count):
        x = wg.tanh(x @ x) * (1.0 + k) - wg.sum(x, axis=0)
    return x


class Case:
    """One program under one backend.

    Attributes
    ----------
    seconds, first : float
        A call, and the first one, in which it is compiled.
    equations : int
    """

    def __init__(self, backend: str, program: Callable[[Any, int], Any], count: int, array: Any, patience: float) -> None:
        compiled = wg.compile(lambda x: program(x, count), backend=backend)
        with np.errstate(all="ignore"):
            clock = time.perf_counter if backend == "inductor" else time.process_time
            start = clock()
            compiled(array)
            compiled(array)
            self.first = clock() - start
            self.seconds = _least(lambda: _ready(compiled(array)), patience)
        (found,) = [p for _, p in compiled._known()]
        steps = [e for step in found.steps for e in (step.equations if isinstance(step, Segment) else [step])]
        self.equations = len(steps)


def _least(work: Callable[[], Any], patience: float) -> float:
    """The least time of a call, in batches that are long enough for the clock."""
    once = min(_timed(work, 1) for _ in range(3))
    calls = max(1, round(2e-4 / max(once, 1e-9)))
    best, end = once, time.perf_counter() + patience
    while time.perf_counter() < end:
        best = min(best, _timed(work, calls))
    return best


def _timed(work: Callable[[], Any], calls: int) -> float:
    start = time.perf_counter()
    for _ in range(calls):
        work()
    return (time.perf_counter() - start) / calls


def _ready(result: Any) -> Any:
    wait = getattr(result, "block_until_ready", None)
    return wait() if wait is not None else result


def costs(backend: str, asarray: Callable[[Any], Any], patience: float) -> measured.Costs:
    """The coefficients of one backend."""

    Case(backend, mixed, 1, asarray(np.full((3, 3), 0.1)), 0.0)  # what the first program pays for all
    short, long = (Case(backend, mixed, n, asarray(np.full((4, 4), 0.1)), 0.0) for n in (1, 8))
    compile_equation = max((long.first - short.first) / (long.equations - short.equations), 0.0)

    def line(size: int) -> Any:
        return asarray(np.linspace(0.1, 0.5, size))

    few, many = (Case(backend, cheap, n, line(SMALL), patience) for n in (FEW, MANY))
    extra = many.equations - few.equations
    equation = max((many.seconds - few.seconds) / extra, 0.0)
    call = max(few.seconds - few.equations * equation, 0.0)

    def each(program: Callable[[Any, int], Any], size: int) -> float:
        """Of one element of one equation."""
        case = Case(backend, program, 10, line(size), patience)
        return max((case.seconds - call - case.equations * equation) / (case.equations * size), 0.0)

    n = 192
    product = Case(backend, products, 4, asarray(np.full((n, n), 1e-3)), patience)
    flop = max((product.seconds - call - product.equations * equation) / (product.equations * 2 * n**3), 0.0)
    return measured.Costs(
        call=call,
        equation=equation,
        element=each(cheap, MIDDLE),
        element_large=each(cheap, LARGE),
        function=each(functions, MIDDLE),
        function_large=each(functions, LARGE),
        flop=flop,
        compile_call=max(short.first - short.equations * compile_equation, 0.0),
        compile_equation=compile_equation,
    )


def rows(wanted: Sequence[str], patience: float) -> dict[tuple[str, str], measured.Costs]:
    """What can be measured here of ``library backend``."""
    found: dict[tuple[str, str], measured.Costs] = {}
    arrays: dict[str, Callable[[Any], Any]] = {"numpy": lambda a: a}
    if (torch := load("torch")) is not None:
        arrays["torch"] = torch.tensor
    for library, backend in measured.MEASURED:
        needed = backends.NAMES[backend]
        there = library in arrays and (needed is None or load(needed) is not None)
        if there and (not wanted or f"{library} {backend}" in wanted):
            found[library, backend] = costs(backend, arrays[library], patience)
            print(f"{library} {backend}: {found[library, backend]}", flush=True)
    return found


def written(found: dict[tuple[str, str], measured.Costs]) -> None:
    """Put what was measured into the source."""
    path = Path(measured.__file__)
    text = path.read_text()
    table = "".join(f"    {key!r}: {_shown(cost)},\n".replace("'", '"') for key, cost in {**measured.MEASURED, **found}.items())
    text = re.sub(r"(?s)(MEASURED: [^\n]*= \{\n).*?\n\}", lambda match: f"{match[1]}{table}}}", text)
    where = f"{_processor()}, Python {platform.python_version()}, NumPy {np.__version__}, {time.strftime('%Y-%m-%d')}"
    text = re.sub(r'WHERE = ".*"', f'WHERE = "{where}"', text)
    path.write_text(text)


def _shown(cost: measured.Costs) -> str:
    return "Costs(" + ", ".join(f"{value:.2g}" for value in cost) + ")"


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    names = re.findall(r"model name\s*: (.*)", info.read_text()) if info.exists() else []
    return names[0] if names else platform.processor()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", nargs="*", help="such as 'numpy numba'; default: all that can be measured")
    parser.add_argument("--write", action="store_true", help=f"rewrite the table in {Path(measured.__file__).name}")
    parser.add_argument("--patience", type=float, default=0.5, help="seconds for each case")
    options = parser.parse_args()
    print(f"with {ONE_THREAD} in the environment")
    found = rows(options.rows, options.patience)
    if options.write:
        written(found)


if __name__ == "__main__":
    main()
