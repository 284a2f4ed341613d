"""The effects in the program of a backward: what it reads from the graph, and what the engine does for it.

Nodes are known by number, in the order in which the run met them; 0 is the root. A node without hooks whose rule is an
operator's stands in the program as equations. All others are left to the engine, which visits them as in any run: hooks of
every kind, custom Functions, unpack hooks. So they see real arrays, at their exact place.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .ir import Step, Variable, variables_in

__all__ = ["Fetch", "FetchStatic", "LeafVisit", "Pending", "Release", "Visit"]

#: What had arrived where, beside the results of the effect itself, when it was over: the number of a node, of its output, and
#: the gradient.
Pending = tuple[tuple[int, int, "Variable | None"], ...]


class Fetch(Step):
    """Read entry `slot` of what node `place` has saved."""

    __slots__ = ("place", "slot", "variable")

    def __init__(self, place: int, slot: int, variable: Variable) -> None:
        self.place, self.slot, self.variable = place, slot, variable

    def reads(self) -> Iterator[Variable]:
        return iter(())

    def makes(self) -> Iterator[Variable]:
        yield self.variable

    def __str__(self) -> str:
        return f"{self.variable.described()} = n{self.place}.saved[{self.slot}]"


class FetchStatic(Step):
    """Read the arrays among the static arguments of node `place`."""

    __slots__ = ("place", "template", "variables")

    def __init__(self, place: int, template: Any, variables: tuple[Variable, ...]) -> None:
        self.place, self.template, self.variables = place, template, variables

    def reads(self) -> Iterator[Variable]:
        return iter(())

    def makes(self) -> Iterator[Variable]:
        return iter(self.variables)

    def __str__(self) -> str:
        return f"{', '.join(v.described() for v in self.variables)} = arrays of n{self.place}.static"


class Release(Step):
    """Node `place` gives up what it has saved, unless the graph is kept."""

    __slots__ = ("place",)

    def __init__(self, place: int) -> None:
        self.place = place

    def reads(self) -> Iterator[Variable]:
        return iter(())

    def makes(self) -> Iterator[Variable]:
        return iter(())

    def __str__(self) -> str:
        return f"release n{self.place}"


class Effect(Step):
    """Something that the engine does, after which the run may have to go on without the program.

    Attributes
    ----------
    done : int
        How many nodes have been run when it is over.
    pending : tuple
        What has arrived by then at others.
    """

    __slots__ = ("done", "pending", "place")

    def __init__(self, place: int, done: int) -> None:
        self.place, self.done = place, done
        self.pending: Pending = ()


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

    def __init__(self, place: int, done: int, grads: tuple[Variable | None, ...], results: Any) -> None:
        super().__init__(place, done)
        self.grads, self.results = grads, results

    def reads(self) -> Iterator[Variable]:
        yield from variables_in(self.grads)
        yield from variables_in([v for _, _, v in self.pending])

    def makes(self) -> Iterator[Variable]:
        return (v for v in self.results or () if v is not None)

    def __str__(self) -> str:
        outs = ", ".join("_" if v is None else v.described() for v in self.results or ())
        return f"{outs or '_'} = visit n{self.place}({', '.join(map(str, self.grads))})"


class LeafVisit(Effect):
    """The engine visits the leaf of accumulator `place` with gradient `grad`: hooks, accumulation, hooks."""

    __slots__ = ("grad",)

    def __init__(self, place: int, done: int, grad: Variable | None) -> None:
        super().__init__(place, done)
        self.grad = grad

    def reads(self) -> Iterator[Variable]:
        yield from variables_in((self.grad, *[v for _, _, v in self.pending]))

    def makes(self) -> Iterator[Variable]:
        return iter(())

    def __str__(self) -> str:
        return f"accumulate n{self.place}({self.grad})"
