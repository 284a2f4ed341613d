"""The arguments of a function that stands at a border, and its results: which of them cross, and what messages call them."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import optree

from .. import pytree
from ..arrays.adapter import Adapter, adapter_of, is_array
from ..arrays.batched import BatchedArray
from ..autograd.origins import short_name, type_name
from ..autograd.tensor import Tensor
from ..errors import FunctionTypeError, LibraryError, OperandError, VmapError

__all__ = ["Arguments", "Name", "Results", "checked_function", "named_after"]


class Name:
    """What messages call an argument or a result; found out when a message is written, which it rarely is."""

    __slots__ = ("_border", "_place_of", "_position")

    def __init__(self, border: str, place_of: Callable[[int], str], position: int) -> None:
        self._border, self._place_of, self._position = border, place_of, position

    def __str__(self) -> str:
        return f"{self._border}: {self._place_of(self._position)}"


class Arguments:
    """The arguments of one call, flat.

    Parameters
    ----------
    what : str
        The name of the border, for messages.
    function : callable
        The function that is called across it.
    args, kwargs
        Its arguments: any nesting of arrays with other things.
    crosses : callable
        ``crosses(leaf)`` says whether a leaf is an array that is to be taken across.

    Attributes
    ----------
    crossing : list
        The leaves that cross.
    """

    __slots__ = ("_function", "_leaves", "_positions", "_structure", "_what", "crossing")

    def __init__(
        self,
        what: str,
        function: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any],
        crosses: Callable[[Any], bool],
    ) -> None:
        self._what, self._function = what, function
        self._leaves, self._structure = pytree.flatten((args, dict(kwargs)))
        self._positions = [i for i, leaf in enumerate(self._leaves) if crosses(leaf)]
        self.crossing = [self._leaves[i] for i in self._positions]

    @property
    def border(self) -> str:
        """The border and the function at it, for messages: ``from_torch(gelu)``."""
        return f"{self._what}({short_name(self._function)})"

    def name(self, number: int) -> Name:
        """What messages call the crossing leaf of that number: the border, the argument's name, and the way into it."""
        return Name(self.border, self.place_of, self._positions[number])

    def place(self, number: int) -> str:
        """The same without the border."""
        return self.place_of(self._positions[number])

    def place_of(self, position: int) -> str:
        """The name of the leaf at a position, and the way into it."""
        room, *path = optree.treespec_paths(self._structure)[position]
        key, *inside = path
        argument = f"argument {key!r}" if room else _positional(self._function, key)
        return f"{argument}{''.join(f'[{step!r}]' for step in inside)}"

    def refuse(self, unwanted: Callable[[Any], bool], expected: str) -> None:
        """Raise if a leaf that does not cross is an array after all.

        Raises
        ------
        LibraryError
            With its name, what it is, and `expected`.
        """
        crossing = set(self._positions)
        for position, leaf in enumerate(self._leaves):
            if position not in crossing and unwanted(leaf):
                raise LibraryError(
                    f"{self.border}: {self.place_of(position)}: expected {expected}, got {type_name(leaf)}"
                )

    def with_(self, crossed: Sequence[Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """The arguments with `crossed` in the place of the leaves that cross."""
        leaves = list(self._leaves)
        for position, leaf in zip(self._positions, crossed, strict=True):
            leaves[position] = leaf
        args, kwargs = pytree.unflatten(self._structure, leaves)
        return args, kwargs

    def call(self, crossed: Sequence[Any]) -> Any:
        """What the function returns of them."""
        args, kwargs = self.with_(crossed)
        return self._function(*args, **kwargs)

    def library(self) -> Adapter | None:
        """The library of the Tensors that cross; None if there is no Tensor.

        Raises
        ------
        LibraryError
            If they are of two.
        VmapError
            If one is batched.
        """
        found: Adapter | None = None
        for number, leaf in enumerate(self.crossing):
            if not isinstance(leaf, Tensor):
                continue
            if isinstance(leaf._array, BatchedArray):
                raise VmapError(
                    f"{self.name(number)} is a sample under vmap; functions of other libraries are not mapped: call it in a "
                    "loop, or map inside of it"
                )
            own = adapter_of(leaf._array)
            if found is not None and own is not found:
                raise LibraryError(
                    f"{self.name(number)} is an array of {own.name}, the ones before it of {found.name}; convert one of them"
                )
            found = own
        return found


def _positional(function: Callable[..., Any], number: int) -> str:
    """The argument at a position, with its name where the signature tells."""
    plain = f"argument {number}"
    try:
        # Of a module the one that users write.
        parameters = list(inspect.signature(getattr(function, "forward", function)).parameters.values())
    except (TypeError, ValueError):  # a builtin without a signature
        return plain
    if number >= len(parameters) or parameters[number].kind not in (
        inspect.Parameter.POSITIONAL_ONLY,
        inspect.Parameter.POSITIONAL_OR_KEYWORD,
    ):
        return plain
    return f"{plain} ({parameters[number].name!r})"


class Results:
    """What a function at a border returned, flat.

    Parameters
    ----------
    border : str
        The border and the function at it, for messages.
    value : object
        What the function returned: any nesting of arrays with other things.
    crosses : callable
        ``crosses(leaf)`` says whether a leaf is an array that is to be taken across.
    expected : str
        What these are, for messages.

    Raises
    ------
    FunctionTypeError
        If a leaf is an array of another kind: what depends on it would have no gradient.
    """

    __slots__ = ("_border", "_leaves", "_positions", "_structure", "crossing")

    def __init__(self, border: str, value: Any, crosses: Callable[[Any], bool], expected: str) -> None:
        self._border = border
        self._leaves, self._structure = pytree.flatten(value)
        self._positions = [i for i, leaf in enumerate(self._leaves) if crosses(leaf)]
        self.crossing = [self._leaves[i] for i in self._positions]
        for position, leaf in enumerate(self._leaves):
            if not crosses(leaf) and (isinstance(leaf, Tensor) or is_array(leaf)):
                raise FunctionTypeError(
                    f"{self._border}: {self.place_of(position)}: expected {expected}, got {type_name(leaf)}, through which no "
                    "gradient could flow"
                )

    def name(self, number: int) -> Name:
        """What messages call the crossing leaf of that number."""
        return Name(self._border, self.place_of, self._positions[number])

    def place_of(self, position: int) -> str:
        """The way to the leaf at a position."""
        path = optree.treespec_paths(self._structure)[position]
        return f"output{''.join(f'[{step!r}]' for step in path)}"

    def with_(self, crossed: Sequence[Any]) -> Any:
        """The value with `crossed` in the place of the leaves that cross."""
        leaves = list(self._leaves)
        for position, leaf in zip(self._positions, crossed, strict=True):
            leaves[position] = leaf
        return pytree.unflatten(self._structure, leaves)


def checked_function(what: str, function: Any) -> Any:
    """`function`, or an error that says that it is none.

    Raises
    ------
    OperandError
        If it cannot be called.
    """
    if not callable(function):
        raise OperandError(f"{what}: expected a function or a module, got {type_name(function)}")
    return function


def named_after(function: Any, call: Callable[..., Any]) -> Callable[..., Any]:
    """`call` with the name, signature and documentation of `function`, as far as it has them."""
    if isinstance(function, type) or not hasattr(function, "__name__"):
        call.__name__ = call.__qualname__ = short_name(function)
        call.__doc__ = type(function).__doc__
        return call
    return functools.update_wrapper(call, function)
