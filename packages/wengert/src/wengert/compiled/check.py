"""Whether a program is legal: what every pass must leave it."""

from __future__ import annotations

import functools
import itertools
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from ..arrays.adapter import Adapter
from ..errors import CompileError, MatrixError
from .calling import called
from .ir import Equation, Step, Variable, mapped, variables_in
from .looping import Loop
from .passes import draws
from .segments import Segment

__all__ = ["check", "problems"]


def problems(
    steps: Sequence[Step],
    inputs: Iterable[Variable],
    wanted: Sequence[Any],
    *,
    before: Sequence[Step] | None = None,
    library: Adapter | None = None,
) -> list[str]:
    """What is wrong with a program; nothing if it is legal.

    Parameters
    ----------
    steps : sequence of Step
    inputs : iterable of Variable
        What is known when it begins.
    wanted : sequence
        Its results: variables, and constants.
    before : sequence of Step, optional
        What a pass has made the program of: its effects must be the same, in the same order.
    library : Adapter, optional
        Of which the arrays are. With it every equation is run on zeros, to see whether its results have the shapes and dtypes of
        its variables; those that refuse zeros, as inverses do, are passed over, and those that draw random numbers.

    Returns
    -------
    list of str
        A sentence for each problem.
    """
    found: list[str] = []
    known = set(inputs)
    for index, step in enumerate(steps):
        found += [f"step {index} reads {v} before it is known: {step}" for v in step.reads() if v not in known]
        if isinstance(step, Loop):
            found += [f"step {index}: {text}" for text in _unlike_body(step)]
        for v in step.makes():
            if v in known:
                found.append(f"step {index} defines {v} again: {step}")
            known.add(v)
        if library is not None:
            found += [f"step {index}: {text}" for text in _unlike(step, library)]
    found += [f"the result {v} is not known in the end" for v in variables_in(list(wanted)) if v not in known]
    if before is not None and _effects(steps) != _effects(before):
        found.append(f"the effects are {_named(steps)}, and were {_named(before)}")
    return found


def check(
    steps: Sequence[Step],
    inputs: Iterable[Variable],
    wanted: Sequence[Any],
    *,
    before: Sequence[Step] | None = None,
    library: Adapter | None = None,
) -> None:
    """Raise if a program is not legal; for the parameters see `problems`.

    Raises
    ------
    CompileError
        With all that is wrong.
    """
    found = problems(steps, inputs, wanted, before=before, library=library)
    if found:
        raise CompileError("the program is not legal:\n" + "\n".join(f"- {text}" for text in found))


def _effects(steps: Sequence[Step]) -> list[int]:
    """The effects, each one known by its identity."""
    return [id(step) for step in steps if not isinstance(step, Equation | Loop | Segment)]


def _named(steps: Sequence[Step]) -> list[str]:
    return [str(step) for step in steps if not isinstance(step, Equation | Loop | Segment)]


def _unlike(step: Step, library: Adapter) -> Iterator[str]:
    """In what the results of a step, computed of zeros, differ from its variables."""
    if isinstance(step, Segment):
        yield from problems(step.equations, step.inputs, step.outputs, library=library)
        outs: Sequence[Variable | None] = step.outputs
        run: Callable[[], Any] = lambda: step.function(*(_zeros(v, library) for v in step.inputs))  # noqa: E731
    elif isinstance(step, Loop):
        yield from itertools.chain.from_iterable(_unlike(equation, library) for equation in step.body)
        return
    elif isinstance(step, Equation) and not draws(step):
        outs, run = step.outputs, lambda: called(step, lambda v: _zeros(v, library))
    else:
        return
    refusals: tuple[type[Exception], ...] = (MatrixError, ZeroDivisionError, *library.matrix_errors)
    try:
        with warnings.catch_warnings(action="ignore"):  # zeros are divided by zeros
            results = run()
    except refusals:  # zeros are singular, and numbers are not divided by them
        return
    if isinstance(step, Equation) and step.single:
        results = (results,)
    if len(results) != len(outs):
        yield f"{len(results)} results for {len(outs)} variables: {step}"
        return
    for v, result in zip(outs, results, strict=True):
        if v is not None and not isinstance(v.dtype, type) and (tuple(result.shape) != v.shape or result.dtype != v.dtype):
            yield f"{v.described()} is {result.dtype}{list(result.shape)}: {step}"


def _unlike_body(loop: Loop) -> Iterator[str]:
    """In what the repetitions of a loop are not what its body says."""
    for repetition in range(loop.count):
        own = loop.equations[repetition * len(loop.body) : (repetition + 1) * len(loop.body)]
        values = loop.values(repetition)
        looked_up = functools.partial(_looked_up, values)
        for said, equation in zip(loop.body, own, strict=True):
            arguments = mapped(said.arguments, looked_up)
            outputs = tuple(map(looked_up, said.outputs))
            if (said.op, repr(arguments), outputs) != (equation.op, repr(equation.arguments), equation.outputs):
                yield f"repetition {repetition} of a loop is {equation}, and its body says {said.of(arguments)}"


def _looked_up(values: dict[Variable, Variable], leaf: Any) -> Any:
    return values.get(leaf, leaf) if isinstance(leaf, Variable) else leaf


def _zeros(v: Variable, library: Adapter) -> Any:
    """Zeros in the place of a variable; a number, where it stands for one."""
    return v.dtype(0) if isinstance(v.dtype, type) else library.xp.zeros(v.shape, dtype=v.dtype)
