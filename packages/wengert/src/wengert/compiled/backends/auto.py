"""The ``auto`` backend: for each run of equations the backend that is likely to be the fastest, once that is worth compiling for.

What the backends cost is known from measurements (`wengert.compiled.backends.measured`): so much a call, an equation, an element,
and so much to compile. A run of equations begins as the ``python`` backend has it. If another backend would be faster, it takes
over as soon as the calls that it would have spared make up for its compilation, in the call that completes that number. So
programs that run a few times never wait for a compiler, and no program takes much more than twice the time of the better choice.

JAX's arrays are XLA's at once: JAX compiles for them anyway. Arrays of libraries without a compiler stay with their library, and
so do all whose compiler is not installed.
"""

from __future__ import annotations

import importlib.util
import math
import sys
import threading
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, NamedTuple

from ...arrays.adapter import Adapter
from ...errors import CompileError, MissingExtraError
from ...op_source import execute
from ..ir import Equation, Variable
from ..segments import Backend, Function, Segment
from ..source import Writer
from .measured import LARGE, MEASURED, Costs

__all__ = ["AutoBackend", "Choice", "Deferred", "Work", "chosen", "work_of"]

#: A faster backend must spare at least this share of a call: what is measured is not that precise.
LEAST_GAIN = 0.2

#: What would be worth it only after more calls than these is not counted.
MOST_CALLS = 10**8

#: Functions that take many times as long as an addition.
FUNCTIONS = frozenset((
    "acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "cos", "cosh", "cross_entropy", "erf", "exp", "exp2",
    "expm1", "gelu", "hypot", "log", "log10", "log1p", "log2", "logaddexp", "logsumexp", "log_softmax", "pow",
    "sigmoid", "silu", "sin", "sinh", "softmax", "softplus", "tan", "tanh",
))  # fmt: skip


class Work(NamedTuple):
    """What a run of equations computes.

    Attributes
    ----------
    equations : int
    elements, large : float
        Of results of cheap functions, and how many of them are in large arrays.
    functions, large_functions : float
        The same of functions that take longer.
    flops : float
        Additions and multiplications in matrix products.
    """

    equations: int
    elements: float
    large: float
    functions: float
    large_functions: float
    flops: float

    def seconds(self, costs: Costs) -> float:
        """How long it takes."""
        return (
            costs.call
            + self.equations * costs.equation
            + (self.elements - self.large) * costs.element
            + self.large * costs.element_large
            + (self.functions - self.large_functions) * costs.function
            + self.large_functions * costs.function_large
            + self.flops * costs.flop
        )


def work_of(equations: Sequence[Equation]) -> Work:
    """The work of `equations`."""
    elements, large, flops = [0.0, 0.0], [0.0, 0.0], 0.0
    for equation in equations:
        read, made = _sizes(equation.reads()), _sizes(equation.makes())
        if equation.op.name == "matmul":
            first = next(equation.reads(), None)
            flops += 2 * max(made, default=1) * (first.shape[-1] if first is not None and first.shape else 1)
            continue
        size, slow = max([*read, *made], default=1), equation.op.name in FUNCTIONS
        elements[slow] += size
        large[slow] += size if size >= LARGE else 0
    return Work(len(equations), elements[0], large[0], elements[1], large[1], flops)


def _sizes(variables: Iterable[Variable]) -> list[int]:
    return [math.prod(v.shape) for v in variables]


# -- choosing ------------------------------------------------------------------------------------------------------------
class Choice(NamedTuple):
    """What was chosen, and why.

    Attributes
    ----------
    backend : str
    after : int
        From which call on.
    why : str
    """

    backend: str
    after: int
    why: str


def chosen(work: Work, library: str, candidates: Collection[str]) -> Choice:
    """The backend for `work` on arrays of `library`; `candidates` are those that are installed and allowed."""
    if library == "jax" and "xla" in candidates:
        return Choice("xla", 0, "JAX compiles for its arrays anyway")
    candidates = [name for name in candidates if (library, name) in MEASURED]
    plain = MEASURED.get((library, "python"))
    if plain is None or not candidates:
        return Choice("python", 0, f"no compiler for arrays of {library} is installed")
    now = work.seconds(plain)
    times = {name: work.seconds(MEASURED[library, name]) for name in candidates}
    best = min(times, key=lambda name: times[name])
    gain = now - times[best]
    if gain < LEAST_GAIN * now:
        return Choice("python", 0, f"about {_time(now)} a call; {best} would take about {_time(times[best])}")
    costs = MEASURED[library, best]
    price = costs.compile_call + work.equations * costs.compile_equation
    after = math.ceil(price / gain)
    why = f"about {_time(now)} a call, with {best} {_time(times[best])}; to compile takes about {_time(price)}"
    return Choice(best if after <= MOST_CALLS else "python", after, why)


def _time(seconds: float) -> str:
    unit, factor = next((u for u in (("s", 1), ("ms", 1e3), ("µs", 1e6)) if seconds * u[1] >= 1), ("µs", 1e6))
    return f"{float(f'{seconds * factor:.2g}'):g} {unit}"


def installed(name: str) -> bool:
    """Whether a package is there; it is not imported."""
    if name in sys.modules:
        return sys.modules[name] is not None
    return importlib.util.find_spec(name) is not None


# -- the backend ---------------------------------------------------------------------------------------------------------
class AutoBackend:
    """Chooses for each run of equations.

    Parameters
    ----------
    named : callable
        Gives the backend of a name.
    needs : dict
        From the names of backends to the packages that they need.
    """

    name = "auto"
    donates = True

    def __init__(self, named: Callable[[str], Backend], needs: dict[str, str | None]) -> None:
        self.named, self.needs = named, needs

    def without(self, *names: str) -> AutoBackend:
        """One that never chooses the backends of these names."""
        return AutoBackend(self.named, {name: needed for name, needed in self.needs.items() if name not in names})

    def compile(
        self,
        equations: Sequence[Equation],
        inputs: Sequence[Variable],
        outputs: Sequence[Variable],
        library: Adapter,
        donated: frozenset[Variable] = frozenset(),
    ) -> Function | None:
        """The function of a run of equations; see `wengert.compiled.segments.Backend`."""
        candidates = [name for name, needed in self.needs.items() if needed is not None and installed(needed)]
        choice = chosen(work_of(equations), library.name, candidates)
        parts = equations, inputs, outputs, library
        if choice.backend != "python" and choice.after == 0:
            try:
                backend: Any = self.named(choice.backend)
                function: Any = backend.compile(*parts, **({"donated": donated} if getattr(backend, "donates", False) else {}))
            except (MissingExtraError, CompileError) as error:  # it is broken, or lacks what it needs itself
                choice = Choice("python", 0, f"{choice.backend} cannot be used: {error}")
            else:
                return _told(function, choice, equations)
        python: Any = self.named("python")
        plain: Any = python.compile(*parts, donated=donated)
        if choice.backend == "python":
            return _told(plain, choice, equations)
        if plain is None:
            plain = _straight(equations, inputs, outputs, library)
        return Deferred(plain, choice, lambda: self.named(choice.backend).compile(*parts))


def _told(function: Any, choice: Choice, equations: Sequence[Equation]) -> Function | None:
    """`function`, which tells what was chosen; if there is none, the first equation does."""
    text = f"auto: {choice.backend}, {choice.why}"
    if function is None:
        equations[0].remark = f"{text} (here and in the {len(equations) - 1} next)" if len(equations) > 1 else text
    else:
        function.choice = text
    return function


def _straight(
    equations: Sequence[Equation], inputs: Sequence[Variable], outputs: Sequence[Variable], library: Adapter
) -> Function:
    """Calls of the library, one after the other, as one function."""
    writer = Writer(equations, library.array_types[0], outputs)
    writer.line(f"def segment({', '.join(map(writer.variable, inputs))}):")
    for index, equation in enumerate(equations):
        writer.equation(equation)
        writer.let_go(index, equation)
    writer.line(f"    return {', '.join(map(writer.variable, outputs))},")
    source = "\n".join(writer.lines)
    made: Any = execute(source, f"<wengert segment {id(writer)}>", writer.constants)["segment"]
    made.source = source
    return made


class Deferred:
    """A function that another one replaces after so many calls.

    Parameters
    ----------
    plain : callable
        The function at first.
    choice : Choice
        When to replace it, and by what.
    make : callable
        Makes the other one.
    """

    def __init__(self, plain: Function, choice: Choice, make: Callable[[], Function | None]) -> None:
        self.plain, self.left, self._choice, self._make = plain, choice.after, choice, make
        self._lock = threading.Lock()
        self.segment: Segment | None = None
        self.source: str | None = getattr(plain, "source", None)
        self._made: Function | None = None

    def __call__(self, *arrays: Any) -> tuple[Any, ...]:
        self.left -= 1  # that other threads count at the same time does no harm
        return self.plain(*arrays) if self.left >= 0 else self.replaced()(*arrays)

    @property
    def choice(self) -> str:
        """What `explain` says."""
        return f"auto: python, and {self._choice.backend} after {max(self.left, 0)} more calls; {self._choice.why}"

    def stands_in(self, segment: Segment) -> None:
        """From now on it is the function of `segment`."""
        self.segment = segment

    def replaced(self) -> Function:
        """The function that takes its place."""
        with self._lock:
            if self._made is None:
                backend, after, why = self._choice
                try:
                    self._made, text = self._make(), f"auto: {backend}, since call {after + 1}; {why}"
                except (MissingExtraError, CompileError) as error:
                    text = f"auto: python, for {backend} cannot be used: {error}"
                if self._made is None:
                    self._made = self.plain
                    text = text if "cannot" in text else f"auto: python, for {backend} knows none of these functions"
                if self.segment is not None:
                    self.segment.replace(self._made, text)
            return self._made

