"""What an equation is made of: the forward of its operator, or the general body of a kernel, traced once more.

A backend that has no way of its own to compute an operator may have one for each of the operators that its forward calls.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from ..arrays.adapter import Adapter, adapter_of
from .ir import Equation, LibraryFunction, Variable, draws_numbers, mapped
from .recorder import Recorder
from .trace import TracedArray

__all__ = ["decomposed"]


class _Decomposer(Recorder):
    """Writes down what is called, kernels by their general bodies."""

    takes_kernels = False


def decomposed(equation: Equation, library: Adapter) -> list[Equation] | None:
    """The equations that `equation` is made of, all of arrays of `library`; None where it cannot be taken apart.

    They are traced with zeros, so nothing that depends on values can be.
    """
    op = equation.op
    if draws_numbers(op) or (op.general is None if isinstance(op, LibraryFunction) else op.table is not None):
        return None
    if any(isinstance(v.dtype, type) for v in equation.reads()):  # Python's numbers meet arrays as they like
        return None
    recorder = _Decomposer()
    known: dict[Variable, TracedArray] = {}

    def traced(leaf: Any) -> Any:
        if not isinstance(leaf, Variable):
            return leaf
        if leaf not in known:
            known[leaf] = recorder.standing_for(leaf, library.asarray(np.zeros(leaf.shape, leaf.dtype)))
        return known[leaf]

    arguments = mapped(equation.arguments, traced)
    if not known:
        return None
    functions = adapter_of(next(iter(known.values()))).functions
    try:
        with warnings.catch_warnings(action="ignore"), np.errstate(all="ignore"):
            if isinstance(op, LibraryFunction):
                assert op.general is not None
                found = op.general(functions, *arguments["args"], **arguments["kwargs"])
            else:
                found = op.forward(*[arguments[n] for n in op.positional], **{n: arguments[n] for n in op.by_keyword})
    except Exception:  # noqa: BLE001  (whatever refuses zeros, or traced arrays: it stays as it is)
        return None
    return _renamed(recorder, equation, (found,) if equation.single else found)


def _renamed(recorder: Recorder, equation: Equation, found: Any) -> list[Equation] | None:
    """What has been traced, with the results of `equation` as its own; None where it is no more than that again."""
    steps = [step for step in recorder.steps if isinstance(step, Equation)]
    if any(step.op is equation.op for step in steps):
        return None
    names: dict[Variable, Variable] = {}
    made = {v for step in steps for v in step.makes()}
    for variable, result in zip(equation.outputs, found, strict=True):
        if variable is None:
            continue
        own = result.variable if isinstance(result, TracedArray) else None
        if own not in made or own in names or (own.shape, own.dtype) != (variable.shape, variable.dtype):
            return None
        names[own] = variable

    def renamed(leaf: Any) -> Any:
        return names.get(leaf, leaf) if isinstance(leaf, Variable) else leaf

    return [
        Equation(step.op, mapped(step.arguments, renamed), tuple(map(renamed, step.outputs)), step.single, equation.place)
        for step in steps
    ]
