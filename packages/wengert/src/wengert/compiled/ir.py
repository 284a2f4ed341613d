"""A program: what a run computed, written down (design, section 6).

It is a flat list of steps. An `Equation` calls one operator, and every variable is the result of exactly one of them, or an
input. The other steps are effects: they happen in the order of the list, whatever passes do to the equations between them.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from ..arrays.sizes import SizedShape

if TYPE_CHECKING:
    from ..op import Operator

__all__ = [
    "Equation",
    "LibraryFunction",
    "Place",
    "Recomputed",
    "Step",
    "Variable",
    "draws_numbers",
    "mapped",
    "renumbered",
    "variables_in",
]

_numbers = itertools.count().__next__


class Variable:
    """One array of a program, known by shape and dtype.

    Attributes
    ----------
    number : int
        Names it; numbers rise in the order of making.
    shape : tuple of int
    dtype : dtype of the array library
    """

    __slots__ = ("dtype", "number", "shape")

    def __init__(self, shape: tuple[int, ...], dtype: Any) -> None:
        self.number = _numbers()
        self.shape, self.dtype = shape, dtype

    def __repr__(self) -> str:
        return f"v{self.number}"

    def described(self) -> str:
        """With dtype and shape, as programs are printed."""
        name = getattr(self.dtype, "name", None) or str(self.dtype).rpartition(".")[2]
        return f"v{self.number}: {name}[{','.join(map(str, self.shape))}]"


class LibraryFunction:
    """A function of the array library, in the place of an operator, that no operator wraps.

    Attributes
    ----------
    name : str
    forward : callable
    general : callable or None
        Of a kernel (`wengert.ops.nn.kernels`) its body in terms of the array API, which takes the functions of a library first.
    """

    __slots__ = ("forward", "general", "name")

    table = None

    def __init__(self, name: str, forward: Callable[..., Any], general: Callable[..., Any] | None = None) -> None:
        self.name, self.forward, self.general = name, forward, general

    def __repr__(self) -> str:
        return f"<library function {self.name}>"


def draws_numbers(op: Operator | LibraryFunction) -> bool:
    """Whether a function draws random numbers, so that it gives something else each time."""
    return op.name.startswith(("draw_", "random"))


class Place(int):
    """The number of the node to which a step belongs, with what messages say of it.

    In a function nodes have no numbers, and it is -1.

    Attributes
    ----------
    label : str
        The name of the node; empty where the step is of no node.
    origin : Origin, str or None
        The line of the user's program that called the operator or, for a node, the forward that it is the derivative of.
    """

    label = ""
    origin: Any = None

    @classmethod
    def at(cls, origin: Any, label: str = "", number: int = -1) -> Place:
        """The place with this line, of the node that is called `label`."""
        place = cls(number)
        place.label, place.origin = label, origin
        return place


class Step:
    """What a program does at one point, equation or effect.

    Attributes
    ----------
    place : int
        The number of the node to which it belongs, for messages; -1 outside of all. See `Place`.
    quiet : bool
        Of an effect: whether it runs nobody's code and writes to no memory in which variables lie.
    """

    __slots__ = ()

    place: int
    quiet = False

    def reads(self) -> Iterator[Variable]:
        """The variables that it needs."""
        raise NotImplementedError

    def makes(self) -> Iterator[Variable]:
        """The variables that it defines."""
        raise NotImplementedError


class Equation(Step):
    """``outputs = op(**arguments)``.

    Attributes
    ----------
    op : Operator or LibraryFunction
    arguments : dict
        By parameter (by position, for a library function: ``args`` and ``kwargs``): variables, constants, and tuples, lists
        and slices of them.
    outputs : tuple of Variable or None
        None where a result is no array.
    single : bool
        Whether the result is one array, and no tuple of them.
    remark : str
        What printed programs say about it.
    """

    __slots__ = ("arguments", "op", "outputs", "place", "remark", "single")

    def __init__(
        self,
        op: Operator | LibraryFunction,
        arguments: dict[str, Any],
        outputs: tuple[Variable | None, ...],
        single: bool,
        place: int = -1,
    ) -> None:
        self.op, self.arguments, self.outputs, self.single, self.place = op, arguments, outputs, single, place
        self.remark = ""

    def reads(self) -> Iterator[Variable]:
        return variables_in(self.arguments)

    def makes(self) -> Iterator[Variable]:
        return (v for v in self.outputs if v is not None)

    def of(self, arguments: dict[str, Any]) -> Equation:
        """The same equation of other arguments."""
        return Equation(self.op, arguments, self.outputs, self.single, self.place)

    def __str__(self) -> str:
        outs = ", ".join("_" if v is None else v.described() for v in self.outputs)
        remark = f"    # {self.remark}" if self.remark else ""
        return f"{outs} = {self.op.name}({', '.join(f'{n}={_shown(v)}' for n, v in self.arguments.items())}){remark}"


class Recomputed(Equation):
    """An equation that is computed again so that its result need not be kept: not before `after` is known.

    Passes and backends may move other equations to where their operands are known, and compute what is the same once; not these.

    Attributes
    ----------
    first : tuple of Variable or None
        What the outputs are the same as.
    after : Variable
    """

    __slots__ = ("after", "first")

    def __init__(
        self, equation: Equation, arguments: dict[str, Any], first: tuple[Variable | None, ...], after: Variable
    ) -> None:
        super().__init__(equation.op, arguments, equation.outputs, equation.single, equation.place)
        self.first, self.after = first, after

    def reads(self) -> Iterator[Variable]:
        yield from super().reads()
        yield self.after

    def of(self, arguments: dict[str, Any]) -> Equation:
        return Recomputed(self, arguments, self.first, self.after)

    def __str__(self) -> str:
        return f"{super().__str__()}    # again, after {self.after}"


def _shown(value: Any) -> str:
    """A constant as programs are printed: an array by its shape."""
    if type(value) in (tuple, list):
        inner = ", ".join(map(_shown, value))
        return f"({inner}{',' if len(value) == 1 else ''})" if type(value) is tuple else f"[{inner}]"
    shape = getattr(value, "shape", None)
    if shape is None or isinstance(value, Variable) or not hasattr(value, "dtype"):  # a dtype has a shape too
        return repr(value)
    if shape == () and hasattr(value, "item"):
        return repr(value.item())
    return f"<constant {value.dtype}[{','.join(map(str, shape))}]>"


def variables_in(tree: Any) -> Iterator[Variable]:
    """The variables in an argument, one by one."""
    found: list[Variable] = []
    _collect(tree, found)
    return iter(found)


def _collect(tree: Any, found: list[Variable]) -> None:
    """Append the variables in an argument: no generator, for long programs are gone through many times."""
    kind = type(tree)
    if kind is Variable:
        found.append(tree)
    elif kind is dict:
        for item in tree.values():
            if type(item) is Variable:
                found.append(item)
            elif type(item) not in _LEAVES:
                _collect(item, found)
    elif kind is tuple or kind is list:
        for item in tree:
            if type(item) not in _LEAVES:
                _collect(item, found)
    elif kind is slice:
        _collect((tree.start, tree.stop, tree.step), found)
    elif isinstance(tree, Variable):
        found.append(tree)


#: Types of arguments in which there is no variable.
_LEAVES = frozenset((int, float, bool, str, complex, type(None)))


def renumbered(text: str) -> str:
    """A printed program, with its variables numbered in the order in which they appear."""
    names: dict[str, str] = {}
    return re.sub(r"\bv\d+\b", lambda match: names.setdefault(match[0], f"v{len(names)}"), text)


def mapped(tree: Any, function: Callable[[Any], Any]) -> Any:
    """`tree` with every leaf of its tuples, lists, dicts and slices replaced by ``function(leaf)``."""
    kind = type(tree)
    if kind in (tuple, list):
        return kind([mapped(item, function) for item in tree])
    if kind is SizedShape:
        return tuple([mapped(item, function) for item in tree])
    if kind is dict:
        return {key: mapped(item, function) for key, item in tree.items()}
    if kind is slice:
        parts = (tree.start, tree.stop, tree.step)
        return tree if all(part is None or type(part) is int for part in parts) else slice(*[function(part) for part in parts])
    return function(tree)
