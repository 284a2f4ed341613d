"""The source of a program as one Python function that calls the array library: the ``python`` backend.

Each equation is a line. A line belongs to a node, which is what an error in it names. Large arrays are let go of as soon as
nothing reads them any more. What effects are in source, is for subclasses to say.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from .calling import Marks
from .ir import Equation, LibraryFunction, Step, Variable
from .segments import Segment

__all__ = ["Writer"]

#: Of smaller arrays the memory is not worth a line that lets go of them.
SMALL = 4096

#: Python's own syntax for functions of two arrays, quicker than the functions.
INFIX = {"add": "+", "subtract": "-", "multiply": "*", "divide": "/", "matmul": "@"}


def _is_of_stack(equation: Equation) -> bool:
    """Whether it is a product of a stack of matrices and one matrix, of which the operator makes one product of matrices."""
    x1, x2 = [len(getattr(x, "shape", ())) for x in equation.arguments.values()][:2]
    return equation.op.name == "matmul" and x1 > 2 and x2 == 2


class Writer:
    """Writes the source of one program.

    Parameters
    ----------
    steps : sequence of Step
    array_type : type
        The type of the arrays, by which operators know the function of their library.
    kept : sequence of Variable
        Those that are wanted when all steps are done.
    """

    def __init__(self, steps: Sequence[Step], array_type: type, kept: Sequence[Variable] = ()) -> None:
        self.steps, self.array_type = steps, array_type
        self.constants: dict[str, Any] = {}
        self.names: dict[Variable, str] = {}
        self.lines: list[str] = []
        self.places: list[int] = []
        self.marks: Marks = {}
        self.last_use = {v: i for i, step in enumerate(steps) for v in (*step.reads(), *step.makes())}
        self.last_use.update(dict.fromkeys(kept, len(steps)))

    # -- expressions
    def constant(self, value: Any, name: str = "K") -> str:
        name = f"{name}{len(self.constants)}"
        self.constants[name] = value
        return name

    def variable(self, variable: Variable) -> str:
        name = self.names.get(variable)
        if name is None:
            name = self.names[variable] = f"v{len(self.names)}"
        return name

    def expression(self, value: Any) -> str:
        """The source of an argument."""
        kind = type(value)
        if isinstance(value, Variable):
            return self.variable(value)
        if kind is tuple:
            return f"({', '.join(map(self.expression, value))}{',' if len(value) == 1 else ''})"
        if kind is list:
            return f"[{', '.join(map(self.expression, value))}]"
        if kind is slice:
            return f"slice({', '.join(map(self.expression, (value.start, value.stop, value.step)))})"
        return repr(value) if value is None or kind in (int, bool, str) else self.constant(value)

    def call(self, equation: Equation) -> str:
        op, arguments = equation.op, equation.arguments
        if isinstance(op, LibraryFunction):
            args = [*map(self.expression, arguments["args"])]
            args += [f"{n}={self.expression(v)}" for n, v in arguments["kwargs"].items()]
            return f"{self.function(op.name, op.forward)}({', '.join(args)})"
        if op.name in INFIX and not _is_of_stack(equation):
            first, second = map(self.expression, arguments.values())
            return f"{first} {INFIX[op.name]} {second}"
        if op.table is not None:
            function = op.table[self.array_type]
            return f"{self.function(op.name, function)}({', '.join(map(self.expression, arguments.values()))})"
        args = [self.expression(arguments[n]) for n in op.positional]
        args += [f"{n}={self.expression(arguments[n])}" for n in op.by_keyword]
        return f"{self.function(op.name, op.forward)}({', '.join(args)})"

    def function(self, name: str, function: Callable[..., Any]) -> str:
        name = f"f_{name.replace('.', '_')}"
        while self.constants.setdefault(name, function) is not function:
            name += "_"
        return name

    # -- lines
    def line(self, text: str, place: int = -1) -> None:
        self.lines.append(text)
        self.places.append(place)

    def let_go(self, index: int, step: Step) -> None:
        """Forget the large arrays that were read for the last time."""
        here = dict.fromkeys((*step.reads(), *step.makes()))
        dead = [self.variable(v) for v in here if self.last_use[v] <= index and _large(v)]
        if dead:
            self.line(f"    {' = '.join(dead)} = None")

    def segment(self, step: Segment) -> None:
        """The line that calls what a backend has made."""
        outs = ", ".join(map(self.variable, step.outputs))
        ins = ", ".join(map(self.variable, step.inputs))
        name, rescue = self.constant(step.function, "segment"), self.constant(step.rescue, "rescue")
        step.rescue.stands_by(self.constants, name)
        self.line("    try:")
        self.line(f"        {outs}, = {name}({ins})", step.place)
        self.line("    except Exception as error:")
        self.line(f"        {outs}, = {rescue}(error, {ins})", step.place)

    def equation(self, step: Equation) -> None:
        """The line that computes."""
        outs = ["_" if v is None else self.variable(v) for v in step.outputs]
        self.marks[len(self.lines)] = (step.op.name, step.place)
        target = outs[0] if step.single else f"{', '.join(outs)}{',' if len(outs) == 1 else ''}"
        self.line(f"    {target} = {self.call(step)}", step.place)


def _large(variable: Variable) -> bool:
    return math.prod(variable.shape) * getattr(variable.dtype, "itemsize", 8) >= SMALL
