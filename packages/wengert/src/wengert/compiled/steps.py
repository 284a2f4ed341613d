"""The effects in the program of a backward: what it reads from the graph, what it stores, and whose code it calls.

Nodes are known by number, in the order in which the run met them; 0 is the root. A node whose rule is an operator's stands in
the program as equations. Its hooks are called before and after these, with real arrays, each at its exact place. All other nodes,
those of custom Functions above all, are left to the engine, which visits them as in any run.

Two kinds of effects differ in who may look. At an `Effect` the user's code runs: equations must not be moved over it, and
afterwards the run may have to go on without the program. A `Store` puts something where nobody looks before the next effect, so
that equations may be moved over it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .ir import Step, Variable, variables_in
from .node_args import Slot

__all__ = [
    "Accumulate",
    "After",
    "Before",
    "Effect",
    "Fetch",
    "FetchStatic",
    "FetchTensor",
    "Keep",
    "LeafVisit",
    "Pending",
    "Read",
    "Release",
    "Retain",
    "Store",
    "Unpack",
    "Visit",
]

#: What had arrived where, beside the results of the effect itself, when it was over: the number of a node, of its output, and
#: the gradient.
Pending = tuple[tuple[int, int, "Variable | None"], ...]

#: Gradients: variables, None for no gradient, and arrays for what is the same in every run.
Gradients = tuple[Any, ...]


def _shown(gradients: Gradients) -> str:
    return ", ".join("<constant>" if g is not None and not isinstance(g, Variable) else str(g) for g in gradients)


def _made(gradients: Gradients) -> str:
    return ", ".join("_" if v is None else v.described() for v in gradients) or "_"


# -- what is read --------------------------------------------------------------------------------------------------------
class Read(Step):
    """Something from outside becomes variables."""

    __slots__ = ("place",)

    def __init__(self, place: int) -> None:
        self.place = place

    def reads(self) -> Iterator[Variable]:
        return iter(())


class Fetch(Read):
    """Read entry `slot` of what node `place` has saved."""

    __slots__ = ("slot", "variable")

    def __init__(self, place: int, slot: int, variable: Variable) -> None:
        super().__init__(place)
        self.slot, self.variable = slot, variable

    def makes(self) -> Iterator[Variable]:
        yield self.variable

    def __str__(self) -> str:
        return f"{self.variable.described()} = n{self.place}.saved[{self.slot}]"


class FetchStatic(Read):
    """Read the arrays among the static arguments of node `place`."""

    __slots__ = ("template", "variables")

    def __init__(self, place: int, template: Any, variables: tuple[Variable, ...]) -> None:
        super().__init__(place)
        self.template, self.variables = template, variables

    def makes(self) -> Iterator[Variable]:
        return iter(self.variables)

    def __str__(self) -> str:
        return f"{', '.join(v.described() for v in self.variables)} = arrays of n{self.place}.static"


class FetchTensor(Read):
    """Read the array of a tensor that a pure hook at node `place` knows."""

    __slots__ = ("tensor", "variable")

    def __init__(self, place: int, tensor: Any, variable: Variable) -> None:
        super().__init__(place)
        self.tensor, self.variable = tensor, variable

    def makes(self) -> Iterator[Variable]:
        yield self.variable

    def __str__(self) -> str:
        return f"{self.variable.described()} = a tensor that a hook at n{self.place} knows"


# -- what is stored ------------------------------------------------------------------------------------------------------
class Store(Step):
    """Something is put where nobody looks before the next `Effect`."""

    __slots__ = ("place",)

    def __init__(self, place: int) -> None:
        self.place = place

    def reads(self) -> Iterator[Variable]:
        return iter(())

    def makes(self) -> Iterator[Variable]:
        return iter(())


class Release(Store):
    """Node `place` gives up what it has saved, unless the graph is kept."""

    __slots__ = ()

    def __str__(self) -> str:
        return f"release n{self.place}"


class Retain(Store):
    """The tensor that asked for it, output `number` of node `place`, adds `variable` to its ``.grad``.

    `asked` says that the call of ``backward`` asked for it, and not the tensor.
    """

    __slots__ = ("asked", "number", "variable")

    def __init__(self, place: int, number: int, variable: Any, asked: bool) -> None:
        super().__init__(place)
        self.number, self.variable, self.asked = number, variable, asked

    def reads(self) -> Iterator[Variable]:
        return variables_in(self.variable)

    def __str__(self) -> str:
        return f"retain the gradient of output {self.number} of n{self.place}: {_shown((self.variable,))}"


class Keep(Store):
    """`variable` is the gradient that was asked for in these `positions`."""

    __slots__ = ("positions", "variable")

    def __init__(self, place: int, positions: tuple[int, ...], variable: Any) -> None:
        super().__init__(place)
        self.positions, self.variable = positions, variable

    def reads(self) -> Iterator[Variable]:
        return variables_in(self.variable)

    def __str__(self) -> str:
        return f"result {', '.join(map(str, self.positions))} is {_shown((self.variable,))}"


class Accumulate(Store):
    """The leaf of accumulator `place`, which has no hooks, adds `grad` to its ``.grad``.

    Attributes
    ----------
    grad : Variable or None
    positions : tuple of int
        Those of the results that it also is.
    stored : bool
        Whether it is added, or asked for only.
    """

    __slots__ = ("grad", "positions", "stored")

    def __init__(self, place: int, grad: Any, positions: tuple[int, ...], stored: bool) -> None:
        super().__init__(place)
        self.grad, self.positions, self.stored = grad, positions, stored

    def reads(self) -> Iterator[Variable]:
        return variables_in(self.grad)

    def __str__(self) -> str:
        results = f"result {', '.join(map(str, self.positions))} is {_shown((self.grad,))}" if self.positions else ""
        added = f"accumulate n{self.place}({_shown((self.grad,))})" if self.stored else ""
        return "; ".join(filter(None, (results, added)))


# -- whose code is called ------------------------------------------------------------------------------------------------
class Effect(Step):
    """The user's code runs, after which the run may have to go on without the program.

    Attributes
    ----------
    done : int
        How many nodes and leaves the run has come to by then.
    pending : tuple
        What has arrived by then at others.
    """

    __slots__ = ("done", "pending", "place")

    #: Whether it is in the middle of a node, the rest of which is to be done if the run leaves the program there.
    within = False

    def __init__(self, place: int, done: int) -> None:
        self.place, self.done = place, done
        self.pending: Pending = ()

    def operands(self) -> Gradients:
        """What it is given."""
        raise NotImplementedError

    def reads(self) -> Iterator[Variable]:
        yield from variables_in(self.operands())
        yield from variables_in([v for _, _, v in self.pending])

    def makes(self) -> Iterator[Variable]:
        return iter(())


class Before(Effect):
    """Call what hangs at node `place` before its derivative: tensor hooks, retained gradients, node pre-hooks.

    Attributes
    ----------
    grads, results : tuple of Variable or None
        The gradients of its outputs before and after that.
    """

    __slots__ = ("grads", "results")

    within = True

    def __init__(self, place: int, done: int, grads: Gradients, results: Gradients) -> None:
        super().__init__(place, done)
        self.grads, self.results = grads, results

    def operands(self) -> Gradients:
        return self.grads

    def makes(self) -> Iterator[Variable]:
        return variables_in(self.results)

    def __str__(self) -> str:
        return f"{_made(self.results)} = call hooks before n{self.place}({_shown(self.grads)})"


class Unpack(Effect):
    """Let hooks unpack what node `place` has saved.

    Attributes
    ----------
    variables : tuple of Variable or None
        By entry; None for one that is no array.
    slots : tuple of Slot or None
        The form of each that is one.
    grads : tuple of Variable or None
        The gradients with which the derivative is about to run.
    """

    __slots__ = ("grads", "slots", "variables")

    within = True

    def __init__(
        self, place: int, done: int, variables: Gradients, slots: tuple[Slot | None, ...], grads: Gradients
    ) -> None:
        super().__init__(place, done)
        self.variables, self.slots, self.grads = variables, slots, grads

    def operands(self) -> Gradients:
        return self.grads

    def makes(self) -> Iterator[Variable]:
        return variables_in(self.variables)

    def __str__(self) -> str:
        return f"{_made(self.variables)} = unpack n{self.place}.saved"


class After(Effect):
    """Call the post-hooks of node `place`.

    Attributes
    ----------
    grads : tuple of Variable or None
        The gradients of its outputs, as its derivative got them; none where hooks before it have seen them.
    given, results : tuple of Variable or None
        The gradients along its edges before and after that.
    """

    __slots__ = ("given", "grads", "results")

    def __init__(self, place: int, done: int, grads: Gradients, given: Gradients, results: Gradients) -> None:
        super().__init__(place, done)
        self.grads, self.given, self.results = grads, given, results

    def operands(self) -> Gradients:
        return (*self.given, *self.grads)

    def makes(self) -> Iterator[Variable]:
        return variables_in(self.results)

    def __str__(self) -> str:
        return f"{_made(self.results)} = call hooks after n{self.place}({_shown(self.given)})"


class Visit(Effect):
    """The engine visits node `place`.

    Attributes
    ----------
    grads : tuple of Variable or None
        The gradients of its outputs.
    results : tuple of Variable or None, or None
        The gradients along its edges; None where one was only captured.
    """

    __slots__ = ("grads", "results")

    def __init__(self, place: int, done: int, grads: Gradients, results: Any) -> None:
        super().__init__(place, done)
        self.grads, self.results = grads, results

    def operands(self) -> Gradients:
        return self.grads

    def makes(self) -> Iterator[Variable]:
        return variables_in(self.results or ())

    def __str__(self) -> str:
        return f"{_made(self.results or ())} = visit n{self.place}({_shown(self.grads)})"


class LeafVisit(Effect):
    """The engine visits the leaf of accumulator `place` with gradient `grad`: hooks, accumulation, hooks."""

    __slots__ = ("grad",)

    def __init__(self, place: int, done: int, grad: Any) -> None:
        super().__init__(place, done)
        self.grad = grad

    def operands(self) -> Gradients:
        return (self.grad,)

    def __str__(self) -> str:
        return f"visit leaf n{self.place}({_shown((self.grad,))})"
