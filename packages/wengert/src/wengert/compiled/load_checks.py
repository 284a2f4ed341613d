"""Whether the parts of a program that a file tells of fit together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import pytree
from ..arrays.adapter import is_array
from .ir import Variable
from .reading import Told
from .stored import NUMBERS

if TYPE_CHECKING:
    from .function_program import Program

__all__ = ["check_program", "is_call", "number_type", "pairs", "returned_arrays"]


def pairs(told: Told) -> list[list[Told]]:
    """The items of a list of pairs."""
    return [one.items(2) for one in told.items()]


def number_type(told: Told) -> type:
    """A type of numbers."""
    if told.text() not in NUMBERS:
        raise told.wrong(f"one of {', '.join(NUMBERS)}")
    return NUMBERS[told.text()]


def is_call(structure: Any) -> bool:
    """Whether it is how the arguments of a call are nested: a list, and a dictionary by name."""
    tree = pytree.unflatten(structure, range(structure.num_leaves))
    if type(tree) is not tuple or len(tree) != 2 or type(tree[0]) is not list or type(tree[1]) is not dict:
        return False
    return all(type(name) is str for name in tree[1])


def returned_arrays(program: Program) -> list[int]:
    """Which of the arrays that the program returns are those of the results that require grad."""
    made = [number for number, (kind, _) in enumerate(program.make.makers) if kind in ("tensor", "array")]
    return [made.index(position) for position in program.alive if position in made]


def _as_variable(leaf: Any) -> Any:
    """Shape and dtype of a leaf of the arguments that can be an input."""
    return ((), leaf[0]) if len(leaf) == 1 else leaf[-2:] if len(leaf) == 3 else None


def check_program(told: Told, program: Program, leaves: list[Any]) -> None:
    """Raise if the parts of a program do not fit together."""
    derivative = program.derivative
    saved = 0 if derivative is None else len(derivative.saved)
    made = sum(kind in ("tensor", "array") for kind, _ in program.make.makers)
    makers = program.make.makers
    if made + saved != len(program.results) or any(makers[i][0] != "tensor" for i in program.alive):
        raise told["makers"].wrong(f"{len(program.results) - saved} results that are arrays")
    arrays = all(isinstance(v, Variable) or is_array(v) for v in program.results)
    if not arrays or bool(program.alive) != (derivative is not None):
        raise told["results"].wrong("arrays, and a derivative if some require grad")
    given: list[Any] = [_as_variable(leaves[i]) for i in program.arrays]
    for number in program.needed:
        state = program.outside[number][2]
        given.append("a gradient" if type(state) is int else state[0][1:3])
    if len(given) != len(program.inputs):
        raise told["inputs"].wrong(f"{len(given)} inputs")
    for like, variable in zip(given, program.inputs, strict=True):
        if like not in ("a gradient", (variable.shape, variable.dtype)):
            raise told["inputs"].wrong("variables of the shapes and dtypes of what is given")
