"""Donation: arguments of a compiled function whose memory it may use for its results.

A tensor that was given away is *spent*: it keeps its shape, dtype and gradient, and whatever else would need its array raises an
error that names the call. Its memory is written over only where nobody else can see it: neither a view nor another tensor, and
no node that has saved it. In CPython the number of references to the array tells.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

import numpy as np

from .. import pytree
from ..arrays.adapter import adapter_of
from ..autograd.origins import caller_origin, short_name
from ..autograd.tensor import Tensor, wrap
from ..errors import ArgumentError, CompileError, DonatedError
from .function_steps import OpaqueStep, Outside, Read, Write
from .ir import Equation, Variable

if TYPE_CHECKING:
    from .function_program import Program
    from .function_trace import FunctionRecorder
    from .ir import Variable

__all__ = ["Donated", "check_donated", "donated_leaves", "given_arrays", "positions", "record_of", "spare", "spend"]


class Donated(NamedTuple):
    """One donated tensor of a program.

    Attributes
    ----------
    leaf, argument, number : int
        Which leaf of the arguments it is, in which argument, and which tensor from outside.
    touched : bool
        Whether the program has effects, such as hooks, which may look for it or give it a gradient: it is a tensor until the end.
    """

    leaf: int
    argument: int
    number: int
    touched: bool


# -- tensors that were given away ----------------------------------------------------------------------------------------
class _Record(NamedTuple):
    """To whom a tensor was given."""

    function: str
    argument: int
    origin: Any

    def described(self) -> str:
        return f"donated to {self.function}(), as argument {self.argument}, in the call at {self.origin}"


_SLOT: Any = Tensor.__dict__["_array"]


def _raise(tensor: Tensor) -> NoReturn:
    record: _Record = _SLOT.__get__(tensor)
    raise DonatedError(
        f"this tensor of shape {tensor._shape} was {record.described()}, and its memory may be that of a result now; use the "
        "result, pass a clone(), or leave the argument out of donate_argnums"
    )


class _Spent:
    """What a spent tensor is, beside a tensor of its class."""

    __slots__ = ()

    def __repr__(self: Any) -> str:
        return f"<tensor of shape {self._shape}, {_SLOT.__get__(self).described()}>"

    __str__ = __repr__

    def _refuse(self: Any, *_: Any) -> NoReturn:
        _raise(self)

    _array = property(_refuse, _refuse)


_CLASSES: dict[type[Tensor], type[Tensor]] = {}


def spend(tensor: Tensor, record: Any) -> None:
    """Let whoever asks for the array of `tensor` know to whom it was given."""
    cls = type(tensor)
    spent = _CLASSES.get(cls)
    if spent is None:
        body = {"__slots__": (), "__module__": cls.__module__, "__doc__": cls.__doc__}
        spent = _CLASSES[cls] = type(cls.__name__, (_Spent, cls), body)
    _SLOT.__set__(tensor, record)
    tensor.__class__ = spent


# -- what may be given away ----------------------------------------------------------------------------------------------
def positions(donate: int | Sequence[int], static: tuple[int, ...]) -> tuple[int, ...]:
    """`donate_argnums` as a tuple.

    Raises
    ------
    ArgumentError
        If they are no positions, or those of static arguments.
    """
    found = (donate,) if not isinstance(donate, list | tuple) else tuple(donate)
    if any(isinstance(i, bool) or not isinstance(i, int) or i < 0 for i in found):
        raise ArgumentError(f"donate_argnums: expected the positions of arguments, counted from 0, got {donate!r}")
    both = set(found) & set(static)
    if both:
        raise ArgumentError(f"donate_argnums: argument {min(both)} is static, and so no tensor that could be given away")
    return found


def donated_leaves(
    fn: Callable[..., Any], args: tuple[Any, ...], leaves: Sequence[Any], static: tuple[int, ...], donate: tuple[int, ...]
) -> dict[int, int]:
    """From the leaves of the arguments that are donated to the position of their argument.

    Raises
    ------
    ArgumentError
        If one is no tensor, a view of another one, or among the arguments twice.
    """
    name = f"{short_name(fn)}: donate_argnums"
    found: dict[int, int] = {}
    count = 0
    for position, arg in enumerate(args):
        if position in static:
            continue
        size = len(pytree.leaves(arg))
        if position in donate:
            found.update(dict.fromkeys(range(count, count + size), position))
        count += size
    missing = [i for i in donate if i >= len(args)]
    if missing:
        raise ArgumentError(f"{name}: argument {missing[0]} was not passed by position, as {len(args)} arguments were")
    times: dict[int, int] = {}
    for leaf in leaves:
        times[id(leaf)] = times.get(id(leaf), 0) + 1
    for number, position in found.items():
        leaf = leaves[number]
        if not isinstance(leaf, Tensor):
            raise ArgumentError(
                f"{name}: expected tensors in argument {position}, got {type(leaf).__name__}: nothing else can tell that it was "
                "given away"
            )
        if leaf._is_view():
            raise ArgumentError(f"{name}: argument {position} is a view, and its memory that of another tensor; pass a clone()")
        if times[id(leaf)] > 1:
            raise ArgumentError(f"{name}: argument {position} is passed twice; pass a clone() in one of the places")
    return found


def check_donated(
    fn: Callable[..., Any], found: dict[int, int], recorder: FunctionRecorder, returned: set[int], grad: bool
) -> tuple[Donated, ...]:
    """The donated tensors of a program.

    Parameters
    ----------
    fn : callable
    found : dict
        See `donated_leaves`.
    recorder : FunctionRecorder
        That has traced the function.
    returned : set of int
        The numbers of tensors from outside that are results.
    grad : bool
        Whether results require grad.

    Raises
    ------
    CompileError
        If somebody needs a donated tensor after the call.
    """
    name = f"{short_name(fn)}: donate_argnums"
    if found and grad:
        raise CompileError(
            f"{name}: a result requires grad, and its backward would read what was given away; run the backward inside of the "
            "function, detach() the result, or donate nothing"
        )
    steps = recorder.steps
    written = {s.tensor for s in steps if isinstance(s, Write)}
    written |= {i for s in steps if isinstance(s, Outside) for i in (*s.tensors, *(() if s.argument is None else (s.argument,)))}
    held = {what for s in steps if isinstance(s, OpaqueStep) for _, what, *_ in s.stands if isinstance(what, int | Variable)}
    known = {one.argument: one for one in recorder.known.values() if one.argument is not None}
    donated = []
    for leaf, argument in found.items():
        mine = known[leaf]
        what = "returns it as it is" if mine.number in returned else "writes to it in place" if mine.number in written else None
        memory = adapter_of(mine.array).memory
        if any(one is not mine and memory(one.array) is memory(mine.array) for one in recorder.known.values()):
            what = "uses another tensor on the same memory"
        if mine.number in held or mine.first.variable in held:
            what = "gives a hook of its own that holds it"
        if what is not None:
            raise CompileError(f"{name}: the function {what}, argument {argument}; give a clone(), or leave it out")
        donated.append(Donated(leaf, argument, mine.number, not all(isinstance(s, Equation) for s in steps)))
    return tuple(donated)


def spare(program: Program) -> frozenset[Variable]:
    """The inputs of a program that it may write over: no array of a tensor that it reads once more later on."""
    numbers = {one.number for one in program.donated}
    for step in program.steps:
        if isinstance(step, Read):
            numbers.discard(step.tensor)
        elif isinstance(step, OpaqueStep):
            numbers.difference_update(number for number, _, _ in step.again)
    return frozenset(v for i, v in zip(program.needed, program.inputs[len(program.arrays) :], strict=True) if i in numbers)


# -- in each call --------------------------------------------------------------------------------------------------------
def record_of(fn: Callable[..., Any]) -> Callable[[int], _Record]:
    """What says of an argument that it was given to `fn`, in the call that goes on."""
    name, origin = short_name(fn), caller_origin()
    return lambda argument: _Record(name, argument, origin)


class Given(NamedTuple):
    """The array of a donated tensor, and whether nobody else can see its memory."""

    array: Any
    alone: bool


def given_arrays(donated: Sequence[Donated], tensors: Sequence[Tensor], record: Callable[[int], Any]) -> dict[int, Given]:
    """The arrays of donated tensors, by number. The tensors are spent, but for those that are touched.

    What somebody else can see is read-only in NumPy, so that nothing writes over it, and a copy where arrays are immutable.
    """
    return {d.number: _given(tensors[d.number], d.touched, record(d.argument)) for d in donated}


def _given(tensor: Tensor, touched: bool, record: Any) -> Given:
    array = tensor._array
    if not touched:
        spend(tensor, record)
    alone = sys.getrefcount(array) <= _ALONE + touched
    if type(array) is np.ndarray:
        alone = alone and array.base is None and array.flags.owndata
        if not alone:
            array = array.view()
            array.flags.writeable = False
    elif not alone and not adapter_of(array).mutable:
        array = adapter_of(array).copy(array)
    return Given(array, alone)


def _measured() -> int:
    """How many references an array has in `_given` whose spent tensor alone knew it: it depends on the version of Python."""
    global _ALONE
    for _ALONE in range(1, 10):
        if _given(wrap(np.empty(1)), False, None).alone:
            return _ALONE
    return 0


_ALONE = 0
_ALONE = _measured()
