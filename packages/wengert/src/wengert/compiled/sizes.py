"""Programs that hold for other sizes than those that they were written down with.

When the arguments of a second run differ from those of the first in the lengths of axes only, that run is traced with a
`wengert.arrays.sizes.Size` for each of these, a *symbol*. So the program says of every number in it how it follows from the
symbols, and a `SizeLog` which comparisons Python has made with them. For a third size the program is *instantiated*: numbers are
computed, conditions tested, and the operators, called with zeros, say what shapes come out. Neither the user's code nor a rule
runs, and nothing has effects.

What does not follow from the symbols, such as a loop that Python has unrolled, shows when the program is instantiated for the
sizes of the first run: it has to be the program of that run, to the last constant.
"""

from __future__ import annotations

import functools
import math
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from ..arrays.adapter import Adapter, adapter_of
from ..arrays.sizes import Expression, Ratio, Size, SizedShape, evaluated, plain, text
from ..autograd.origins import Origin, caller_origin
from ..errors import MatrixError, WengertError
from ..ops.random import Draw
from .calling import called
from .ir import Equation, LibraryFunction, Step, Variable, draws_numbers, mapped

__all__ = ["SPECIAL", "Instance", "Refused", "SizeLog", "Symbol", "ThisRun", "renewable", "renewed", "sized", "standing_in"]

Shape = tuple[int, ...]

#: Lengths that mean something of their own: an axis of length 1 is stretched, one of length 0 holds nothing.
SPECIAL = (0, 1)


class Refused(WengertError):  # noqa: N818  (nobody sees it: the run is captured instead)
    """A program does not hold for the sizes at hand; says why."""


class Symbol:
    """A length that differs from run to run; the same one wherever two runs had the same two lengths.

    Attributes
    ----------
    number : int
        Names it.
    was, now : int
        Its value in the earlier run and in the one that was traced.
    """

    __slots__ = ("now", "number", "was")

    def __init__(self, number: int, was: int, now: int) -> None:
        self.number, self.was, self.now = number, was, now

    def __repr__(self) -> str:
        return f"s{self.number}"


def _before(symbol: Symbol) -> int:
    return symbol.was


class SizeLog:
    """What one trace takes for granted about sizes.

    Parameters
    ----------
    recorder : Recorder
        Who writes down the program.
    before : sequence of tuple
        The shapes that the variables had in an earlier run, in the order of making.

    Attributes
    ----------
    symbols : dict
        From two lengths to the symbol.
    shapes : dict
        From a variable to its shape, in which the lengths that differ are `Size`.
    conditions : dict
        From each comparison to its outcome, and the line that made it.
    created : dict
        From the variables of arrays that were made of sizes alone, which are constants of the program of one run, to these
        arrays: now, and as they were before.
    failure : str or None
        Why the program holds for no other sizes.
    special, was_special : bool
        Whether that is for an axis of length 0 or 1 in the run that was traced, or in the earlier one.
    """

    def __init__(self, recorder: Any, before: Sequence[Shape]) -> None:
        self.recorder, self.before = recorder, before
        self.symbols: dict[tuple[int, int], Symbol] = {}
        self.shapes: dict[Variable, tuple[Any, ...]] = {}
        self.conditions: dict[Expression, tuple[bool, Origin]] = {}
        self.pins: dict[Expression, Origin] = {}
        self.created: dict[Variable, tuple[Any, Any]] = {}
        self.failure: str | None = None
        self.special = self.was_special = False

    # -- what the recorder tells
    def meet(self, variable: Variable, position: int) -> None:
        """Compare a new variable, the one at `position`, with the one of the earlier run."""
        if self.failure is not None:
            return
        old = self.before[position] if position < len(self.before) else None
        if old is None or len(old) != len(variable.shape):
            self.fail("what is computed for other sizes are not the same operators, as where Python's loop runs over an axis")
        else:
            self._describe(variable, old)

    def create(self, step: Equation, results: Sequence[Any]) -> None:
        """Note arrays that an equation has made of sizes alone, and what it would have made before."""

        def was(leaf: Any) -> Any:
            if isinstance(leaf, Variable):
                return self.created[leaf][1]
            return evaluated(leaf.expression, _before) if type(leaf) in (Size, Ratio) else leaf

        try:
            old = called(Equation(step.op, mapped(step.arguments, was), step.outputs, step.single), lambda v: v)
        except Exception as error:  # noqa: BLE001  (whatever a library raises)
            self.fail(f"{step.op.name} raises for the sizes that there were before: {error}")
            old = results[0] if step.single else results
        for variable, now, before in zip(step.outputs, results, (old,) if step.single else old, strict=True):
            if variable is not None:
                self.created[variable] = now, before
                self._describe(variable, tuple(before.shape))

    def _describe(self, variable: Variable, old: Shape) -> None:
        if old != variable.shape:
            self.shapes[variable] = SizedShape(
                [self._length(axis, *pair) for axis, pair in enumerate(zip(old, variable.shape, strict=True))]
            )

    def _length(self, axis: int, was: int, now: int) -> Any:
        if was == now:
            return now
        if was in SPECIAL or now in SPECIAL:
            self.meet_special(was, now, f"axis {axis} of an array has length")
            return now
        return self.size(was, now)

    def size(self, was: int, now: int) -> Size:
        """The size that has had these two values."""
        symbol = self.symbols.get((was, now))
        if symbol is None:
            symbol = self.symbols[was, now] = Symbol(len(self.symbols), was, now)
        return Size(now, symbol, self)

    def shape(self, variable: Any, value: Any) -> tuple[Any, ...]:
        """The shape of a traced array, with a `Size` for each length that differs."""
        found = self.shapes.get(variable) if isinstance(variable, Variable) else None
        return tuple(value.shape) if found is None else found

    def meet_special(self, was: int, now: int, what: str) -> None:
        """Note a number that stands for itself, now or before."""
        self.special |= self.failure is None and now in SPECIAL
        self.was_special |= self.failure is None and was in SPECIAL
        self.fail(f"{what} {now}, had {was}: 0 and 1 stand for themselves")

    def fail(self, reason: str) -> None:
        """Note why the program will hold for no other sizes."""
        if self.failure is None:
            self.failure = reason

    def close(self) -> None:
        """The trace is over: what is still done with its sizes has no part in the program."""
        self.recorder = None

    # -- as a watcher of sizes
    def condition(self, expression: Expression, outcome: bool) -> None:
        if self.recorder is not None and expression not in self.conditions:
            self.conditions[expression] = outcome, caller_origin()

    def pin(self, number: Size | Ratio) -> None:
        if self.recorder is not None:
            self.pins.setdefault(number.expression, caller_origin())
            self.condition(("equal", number.expression, number.value), True)

    # -- what is said of it
    def described(self) -> list[str]:
        """The conditions, in words."""
        said = []
        for expression, (outcome, origin) in self.conditions.items():
            if expression[0] == "equal" and expression[1] in self.pins:
                said.append(f"{text(expression)}: it is taken for a plain number at {origin}")
            else:
                said.append(f"{text(expression)} is {outcome} (at {origin})")
        return said


def sized(log: SizeLog, now: Any, was: Any) -> Any:
    """A static argument of a node, with a `Size` for each number in it that differs from what it was."""
    kind = type(now)
    if kind is not type(was) or log.failure is not None:
        return now
    if kind in (tuple, list):
        found = [sized(log, *pair) for pair in zip(now, was, strict=True)] if len(now) == len(was) else now
        return SizedShape(found) if any(type(item) is Size for item in found) and kind is tuple else kind(found)
    if kind is slice:
        parts = zip((now.start, now.stop, now.step), (was.start, was.stop, was.step), strict=True)
        return slice(*[sized(log, *pair) for pair in parts])
    if kind is not int or now == was:
        return now
    if now in SPECIAL or was in SPECIAL:
        log.meet_special(was, now, "a node has among its static arguments")
        return now
    return log.size(was, now)


# -- another size --------------------------------------------------------------------------------------------------------
class Instance:
    """A program for other sizes.

    Parameters
    ----------
    log : SizeLog
        Of the trace.
    like : array
        One of the library whose arrays the program is for.
    tensors : sequence of tuple
        The shapes of the tensors from outside, by number.

    Attributes
    ----------
    known : dict
        From a variable of the trace to that of this program, or to the constant that it is.
    symbols : dict
        From each symbol to its value.
    """

    def __init__(self, log: SizeLog, like: Any, tensors: Sequence[Shape] = ()) -> None:
        self.log, self.like, self.tensors = log, like, tensors
        self.library: Adapter = adapter_of(like)
        self._refusals: tuple[type[Exception], ...] = (MatrixError, *self.library.matrix_errors)
        self.known: dict[Variable, Any] = {}
        self.symbols: dict[Symbol, int] = {}

    def define(self, variable: Variable, shape: Shape, of: str = "an array") -> Variable:
        """The variable that stands for `variable`, which turns out to have this shape."""
        expected = self.log.shapes.get(variable, variable.shape)
        if len(expected) != len(shape):
            raise Refused(f"{of} has {len(shape)} axes, not {len(expected)}")
        for axis, (length, now) in enumerate(zip(expected, shape, strict=True)):
            if type(length) is not Size:
                if length != now:
                    raise Refused(f"axis {axis} of {of} has length {now}, not {length}")
                continue
            if now in SPECIAL:
                raise Refused(f"axis {axis} of {of} has length {now}, which stands for itself")
            if self.symbols.setdefault(length.expression, now) != now:
                symbol = length.expression
                raise Refused(f"axis {axis} of {of} has length {now}, not {self.symbols[symbol]} ({symbol})")
        made = self.known[variable] = Variable(shape, variable.dtype)
        return made

    def shape_of(self, number: int, variable: Variable) -> Shape:
        """The shape of a tensor from outside, which `variable` is the array of, or of its gradient."""
        return self.tensors[number]

    def of(self, tree: Any) -> Any:
        """What an argument is in this program."""
        return mapped(tree, self._leaf)

    def _leaf(self, leaf: Any) -> Any:
        if isinstance(leaf, Variable):
            return self.known[leaf]
        if type(leaf) is Size or type(leaf) is Ratio:
            return evaluated(leaf.expression, self.symbols.__getitem__)
        return leaf

    def check(self) -> None:
        """Test the conditions, as far as the symbols in them are known."""
        for expression, (outcome, origin) in self.log.conditions.items():
            try:
                found = evaluated(expression, self.symbols.__getitem__)
            except KeyError:
                continue
            except ArithmeticError as error:
                raise Refused(f"{text(expression)}: {error}") from error
            if found is not outcome and expression[0] == "equal" and expression[1] in self.log.pins:
                raise Refused(f"{text(expression[1])} is taken for a plain number at {self.log.pins[expression[1]]}")
            if found is not outcome:
                raise Refused(f"{text(expression)} is {found}, was {outcome} (at {origin})")

    def steps(self, steps: Sequence[Step]) -> list[Step]:
        """The steps of this program; those that make constants are left out."""
        with standing_in():
            found = [renewed(step, self) for step in steps]
        self.check()
        return [step for step in found if step is not None]

    # -- equations
    def operator(self, op: Any) -> Any:
        """What an equation calls in this program: random numbers are drawn in other shapes."""
        draws = isinstance(op, LibraryFunction) and isinstance(op.forward, Draw)
        return LibraryFunction(op.name, op.forward.renewed(self.of)) if draws else op

    def equation(self, step: Equation) -> Equation | None:
        """`step` for these sizes; None where its result is a constant."""
        new = Equation(self.operator(step.op), self.of(step.arguments), step.outputs, step.single, step.place)
        if step.outputs[:1] and step.outputs[0] in self.log.created:
            made = self._called(new, lambda v: v)
            for out, array in zip(step.outputs, (made,) if step.single else made, strict=True):
                if out is not None:
                    self.define(out, tuple(array.shape), step.op.name)
                    self.known[out] = array
            return None
        shapes = self._shapes(new)
        if len(shapes) != len(step.outputs):
            raise Refused(f"{step.op.name} has {len(shapes)} results, not {len(step.outputs)}")
        pairs = zip(step.outputs, shapes, strict=True)
        new.outputs = tuple([None if v is None else self.define(v, shape, f"the result of {step.op.name}") for v, shape in pairs])
        return new

    def _shapes(self, new: Equation) -> list[Shape]:
        """The shapes of the results, whose variables are still those of the trace."""
        op = new.op
        if isinstance(op, LibraryFunction):
            if isinstance(op.forward, Draw):
                return [tuple(op.forward.shape)]
        elif op.elementwise and new.single and not op.aux:
            operands = [new.arguments[name] for name in op.operands]
            try:
                return [np.broadcast_shapes(*[tuple(getattr(o, "shape", ())) for o in operands])]
            except ValueError as error:
                raise Refused(f"{op.name}: {error}") from error
        elif draws_numbers(op):
            return [tuple(new.arguments[op.operands[0]].shape)] * len(new.outputs)
        try:
            result = self._called(new, self._zeros)
        except self._refusals:
            result = self._called(new, self.example)
        results = (result,) if new.single else result
        return [tuple(getattr(r, "shape", ())) for r in results]

    def _called(self, new: Equation, value: Callable[[Variable], Any]) -> Any:
        try:
            return called(new, value)
        except self._refusals:
            raise
        except Exception as error:
            raise Refused(f"{new.op.name} raises: {error}") from error

    def _zeros(self, v: Variable) -> Any:
        if isinstance(v.dtype, type) and v.dtype in (int, float, complex):  # a number
            return v.dtype(1)
        return self.library.zeros(v.shape, v.dtype, self.like)

    def example(self, v: Variable) -> Any:
        """What a variable may be; matrices can be inverted."""
        zeros = self._zeros(v)
        if len(v.shape) < 2 or v.shape[-1] != v.shape[-2] or math.prod(v.shape) == 0:
            return zeros
        return zeros + self.library.cast(self.library.from_host(np.eye(v.shape[-1]), self.library.device(self.like)), v.dtype)


@contextmanager
def standing_in() -> Iterator[None]:
    """Let functions be called with examples: zeros, which are divided by zeros."""
    with warnings.catch_warnings(action="ignore"), np.errstate(all="ignore"):
        yield


class ThisRun(Instance):
    """The program for the sizes of the run that was traced: numbers in the place of sizes, all variables their own.

    Parameters
    ----------
    log : SizeLog
    keep : bool
        Whether what is made of sizes alone stays to be computed in each run, and is no constant: steps that nobody says how to
        renew may read it.
    """

    def __init__(self, log: SizeLog, keep: bool = False) -> None:
        self.log = log
        self.known, self.tensors = {}, ()
        self.constants = {} if keep else {v: now for v, (now, _) in log.created.items()}

    def define(self, variable: Variable, shape: Shape, of: str = "an array") -> Variable:
        return variable

    def shape_of(self, number: int, variable: Variable) -> Shape:
        return variable.shape

    def _leaf(self, leaf: Any) -> Any:
        return self.constants.get(leaf, leaf) if isinstance(leaf, Variable) else plain(leaf)

    def check(self) -> None:
        """Nothing is to be tested."""

    def equation(self, step: Equation) -> Equation | None:
        if step.outputs[:1] and step.outputs[0] in self.constants:
            return None
        return Equation(self.operator(step.op), self.of(step.arguments), step.outputs, step.single, step.place)


@functools.singledispatch
def renewed(step: Step, instance: Instance) -> Step | None:
    """`step` in the program `instance`; None if nothing is to be done there. Each kind of step says its own."""
    if isinstance(instance, ThisRun):  # of the variables that it knows nothing else has been made
        return step
    raise Refused(f"a step of a kind that is made for one size: {step}")


@renewed.register
def _(step: Equation, instance: Instance) -> Step | None:
    return instance.equation(step)


def renewable(steps: Sequence[Step]) -> bool:
    """Whether all kinds of these steps say how they are renewed."""
    unknown = renewed.dispatch(object)
    return not any(renewed.dispatch(type(step)) is unknown or getattr(step, "stands", ()) for step in steps)
