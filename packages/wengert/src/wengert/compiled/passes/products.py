"""Products of matrices: how their operands lie, and in which order a chain of them is computed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from ...op import OPERATORS, Operator
from ..ir import Equation, Step, Variable, mapped, variables_in
from .cleaning import fixed_in
from .options import PLAIN, Options
from .simplifying import PERMUTATIONS, permutation_of

__all__ = ["products"]

#: Operators that read an operand whose axes are permuted where it lies: BLAS is told so.
_PRODUCTS = frozenset(("linear", "matmul"))


def products(steps: Sequence[Step], wanted: Sequence[Any], options: Options = PLAIN) -> list[Step]:
    """Let products of matrices read transposed operands where they lie, and compute chains of products in the cheapest order.

    - ``f(permute_dims(x))`` is ``permute_dims(f(x))`` for elementwise f, with numbers as its other operands, if only products and
      permutations read it: f then runs over x as it lies, and the product reads the permutation, which is a view. NumPy itself
      runs f over the elements in the order in which they lie, so not a bit changes.
    - With ``options.fastmath``: ``matrix_transpose(A @ B)`` is ``matrix_transpose(B) @ matrix_transpose(A)``, of which the two
      transposes are views; and ``(A @ B) @ v`` is ``A @ (B @ v)`` where that takes fewer multiplications, for chains of any
      length, of matrices and of a vector at either end. Both round differently.

    Nothing is moved over an effect.
    """
    found = _sunk(list(steps), wanted)
    return _chained(_turned(found, wanted), wanted) if options.fastmath else found


class _Uses:
    """What makes and what reads the variables of a program.

    Attributes
    ----------
    maker : dict
        From a variable to the index of the equation that makes it.
    readers : dict
        From a variable to the indices of the equations that read it.
    fixed : set of Variable
        Those that are wanted, or read by effects.
    """

    def __init__(self, steps: Sequence[Step], wanted: Sequence[Any]) -> None:
        self.steps = steps
        self.fixed = fixed_in(steps, wanted, under_results=False)
        self.maker: dict[Variable, int] = {}
        self.readers: dict[Variable, list[int]] = {}
        self.effects: list[int] = []
        for index, step in enumerate(steps):
            if not isinstance(step, Equation):
                self.effects.append(index)
                continue
            self.maker.update(dict.fromkeys(step.makes(), index))
            for v in dict.fromkeys(step.reads()):
                self.readers.setdefault(v, []).append(index)

    def made_by(self, v: Any, until: int) -> Equation | None:
        """The equation that makes `v`, if no effect lies between it and step `until`."""
        index = self.maker.get(v) if isinstance(v, Variable) else None
        if index is None or any(index < e < until for e in self.effects):
            return None
        step = self.steps[index]
        assert isinstance(step, Equation)
        return step

    def only_reader(self, v: Variable) -> int | None:
        """The one equation that reads `v`; None if there are others, or somebody else does."""
        readers = self.readers.get(v, [])
        return readers[0] if len(readers) == 1 and v not in self.fixed else None


# -- permutations sink below elementwise functions -----------------------------------------------------------------------
def _sunk(steps: list[Step], wanted: Sequence[Any]) -> list[Step]:
    uses = _Uses(steps, wanted)
    ready = _absorbed(uses)
    made: dict[Variable, Equation] = {}
    result: list[Step] = []
    for index, step in enumerate(steps):
        if isinstance(step, Equation):
            if step.single and step.outputs[0] in ready and _is_map(step):
                (x,) = set(variables_in(step.arguments))
                found = None if uses.made_by(x, index) is None else permutation_of(made[x])
                if found is not None:
                    step = _exchanged(step, x, *found, result)  # noqa: PLW2901
            for v in step.makes():
                made[v] = step
        result.append(step)
    return result


def _absorbed(uses: _Uses) -> set[Variable]:
    """The variables of which products and permutations read all that there is."""
    found: set[Variable] = set()
    for step in reversed(uses.steps):
        for v in step.makes() if isinstance(step, Equation) else ():
            readers = [uses.steps[i] for i in uses.readers.get(v, ())]
            if v not in uses.fixed and readers and all(_absorbs(reader, found) for reader in readers):
                found.add(v)
    return found


def _absorbs(reader: Step, found: set[Variable]) -> bool:
    assert isinstance(reader, Equation)
    if reader.op.name in _PRODUCTS or reader.op.name in PERMUTATIONS:
        return True
    return _is_map(reader) and reader.outputs[0] in found


def _is_map(step: Equation) -> bool:
    """Whether it is an elementwise function of one variable, and of numbers."""
    op = step.op
    if not isinstance(op, Operator) or not op.elementwise or not step.single or op.aux:
        return False
    others = [a for a in step.arguments.values() if not isinstance(a, Variable)]
    return len(set(step.reads())) == 1 and all(type(a) in (bool, int, float, complex) for a in others)


def _exchanged(step: Equation, x: Variable, source: Variable, axes: tuple[int, ...], result: list[Step]) -> Equation:
    """Put the function of `source` into the program; what permutes that afterwards."""
    out = step.outputs[0]
    assert out is not None
    inner = Variable(source.shape, out.dtype)
    arguments = mapped(step.arguments, lambda leaf: source if leaf is x else leaf)
    result.append(Equation(step.op, arguments, (inner,), True, step.place))
    return Equation(OPERATORS["permute_dims"], {"x": inner, "axes": axes}, (out,), True, step.place)


# -- transposes of products ----------------------------------------------------------------------------------------------
def _turned(steps: list[Step], wanted: Sequence[Any]) -> list[Step]:
    uses = _Uses(steps, wanted)
    result: list[Step] = []
    for index, step in enumerate(steps):
        if isinstance(step, Equation):
            found = permutation_of(step)
            inner = None if found is None else uses.made_by(found[0], index)
            if found is not None and inner is not None and uses.only_reader(found[0]) == index and _is_product(inner):
                n = len(found[1])
                if found[1] == (*range(n - 2), n - 1, n - 2):
                    left, right = inner.arguments.values()
                    first, second = (_transposed(m, step.place, result) for m in (right, left))
                    step = Equation(inner.op, {"x1": first, "x2": second}, step.outputs, True, step.place)  # noqa: PLW2901
        result.append(step)
    return result


def _is_product(step: Equation) -> bool:
    """Whether it is a product of two variables that are matrices, or stacks of them."""
    if step.op is not OPERATORS["matmul"] or not step.single:
        return False
    return all(isinstance(a, Variable) and len(a.shape) > 1 for a in step.arguments.values())


def _transposed(x: Variable, place: int, result: list[Step]) -> Variable:
    out = Variable((*x.shape[:-2], x.shape[-1], x.shape[-2]), x.dtype)
    result.append(Equation(OPERATORS["matrix_transpose"], {"x": x}, (out,), True, place))
    return out


# -- chains --------------------------------------------------------------------------------------------------------------
def _chained(steps: list[Step], wanted: Sequence[Any]) -> list[Step]:
    uses = _Uses(steps, wanted)
    inside: set[int] = set()
    chains: dict[int, list[Variable]] = {}
    for index in range(len(steps) - 1, -1, -1):
        step = steps[index]
        if index not in inside and isinstance(step, Equation) and _links(step):
            used: set[int] = set()
            operands = _operands(uses, index, used)
            if len(operands) > 2 and _cost(_dimensions(operands)) < _cost_now(uses, index, used):
                inside |= used
                chains[index] = operands
    result: list[Step] = []
    for index, step in enumerate(steps):
        if index in chains:
            assert isinstance(step, Equation)
            _build(chains[index], step, result)
        elif index not in inside:
            result.append(step)
    return result


def _links(step: Step) -> bool:
    """Whether it is a product of two matrices, or of one and a vector."""
    if not isinstance(step, Equation) or step.op is not OPERATORS["matmul"] or not step.single:
        return False
    operands = list(step.arguments.values())
    if not all(isinstance(a, Variable) and len(a.shape) in (1, 2) for a in operands):
        return False
    return len({str(a.dtype) for a in operands}) == 1 and any(len(a.shape) == 2 for a in operands)


def _operands(uses: _Uses, index: int, used: set[int]) -> list[Variable]:
    """What a chain that ends with step `index` multiplies, from left to right; the steps inside of it are added to `used`."""
    found: list[Variable] = []
    step = uses.steps[index]
    for operand in list(step.arguments.values()) if isinstance(step, Equation) else ():
        inner = uses.made_by(operand, index)
        if inner is not None and _links(inner) and len(operand.shape) == 2 and uses.only_reader(operand) == index:
            used.add(uses.maker[operand])
            found += _operands(uses, uses.maker[operand], used)
        else:
            found.append(operand)
    return found


def _dimensions(operands: Sequence[Variable]) -> tuple[int, ...]:
    """The rows of each matrix of a chain, and the columns of the last one; a vector is one row in front, one column behind."""
    first, last = operands[0].shape, operands[-1].shape
    inner = [v.shape[0] for v in operands[1:]]
    return (first[0] if len(first) == 2 else 1, *inner, last[1] if len(last) == 2 else 1)


def _table(dims: tuple[int, ...]) -> Mapping[tuple[int, int], tuple[int, int]]:
    """For each part of a chain, from its first to its last operand, the fewest multiplications, and before which it is split."""
    n = len(dims) - 1
    best: dict[tuple[int, int], tuple[int, int]] = {(i, i): (0, i) for i in range(n)}
    for length in range(2, n + 1):
        for i in range(n - length + 1):
            j = i + length - 1
            best[i, j] = min(
                (best[i, k - 1][0] + best[k, j][0] + dims[i] * dims[k] * dims[j + 1], k) for k in range(i + 1, j + 1)
            )
    return best


def _cost(dims: tuple[int, ...]) -> int:
    return _table(dims)[0, len(dims) - 2][0]


def _cost_now(uses: _Uses, index: int, used: set[int]) -> int:
    """The multiplications of the chain as it is."""
    total = 0
    for i in (index, *used):
        step = uses.steps[i]
        assert isinstance(step, Equation)
        x1, x2 = step.arguments.values()
        total += math.prod(x1.shape) * (x2.shape[1] if len(x2.shape) == 2 else 1)
    return total


def _build(operands: list[Variable], step: Equation, result: list[Step]) -> None:
    """Put the products of a chain into the program, in the cheapest order."""
    dims = _dimensions(operands)
    best, end = _table(dims), len(operands) - 1

    def part(i: int, j: int) -> Variable:
        if i == j:
            return operands[i]
        k = best[i, j][1]
        left, right = part(i, k - 1), part(k, j)
        rows = () if i == 0 and len(operands[0].shape) == 1 else (dims[i],)
        columns = () if j == end and len(operands[end].shape) == 1 else (dims[j + 1],)
        out = step.outputs[0] if (i, j) == (0, end) else Variable((*rows, *columns), operands[i].dtype)
        assert out is not None
        result.append(Equation(step.op, {"x1": left, "x2": right}, (out,), True, step.place))
        return out

    part(0, end)
