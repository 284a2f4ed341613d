"""How a forward of this family finds the best body for the library of its arrays.

Most functions of neural networks are several passes over their operand, and how few passes (and fresh arrays) suffice depends
on what a library can: write into given memory, overwrite its own temporaries, view memory with other strides. So a `Kernel`
has one body in terms of the array API alone, which is right for every library, and an adapter may have a method
``fn_<name>`` that replaces it.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from ...arrays.adapter import ADAPTERS, DIRECT, NUMBERS, TRACED, adapter_of, library
from ...errors import ArgumentError, LibraryError
from ...op import FunctionTable, Operator, Rule, public_function
from ..reductions import sum as total
from ..select import raw
from ..statistics import mean

__all__ = ["KERNELS", "Kernel", "check_library", "check_reduction", "elementwise", "is_recorded", "raw", "reduced", "sum_front"]


def _one_operand(x: Any, /) -> Any:
    return x


_ONE_OPERAND = inspect.signature(_one_operand)


#: All kernels by name: programs in files name them.
KERNELS: dict[str, Kernel] = {}


class Kernel(FunctionTable):
    """A function over raw arrays: from the exact type of the first of them to the body that serves it.

    Parameters
    ----------
    general : callable
        ``general(xp, x, ...)``, written in the array API. An adapter's ``fn_<name>(x, ...)`` is used in its stead; the name
        is that of `general` without leading underscores.

    Examples
    --------
    >>> import numpy as np
    >>> @Kernel
    ... def doubled(xp, x):
    ...     return xp.add(x, x)
    >>> doubled(np.asarray([1.0, 2.0])).tolist()
    [2.0, 4.0]
    """

    def __init__(self, general: Callable[..., Any]) -> None:
        super().__init__(general.__name__.lstrip("_"))
        self.general = general
        KERNELS[self.name] = self

    def __missing__(self, kind: type) -> Callable[..., Any]:
        adapter = library("numpy") if kind in NUMBERS else ADAPTERS.get(kind)
        if adapter is None:
            raise LibraryError(f"{self.name}: no adapter for {kind.__qualname__}")
        self[kind] = body = adapter.kernel(self.name, self.general)
        return body

    def __call__(self, x: Any, *args: Any, **kwargs: Any) -> Any:
        kind = type(x)
        if TRACED and kind not in TRACED:  # a constant, perhaps, such as the gradient that a backward starts with
            kind = next((type(a) for a in args if type(a) in TRACED), kind)
        return self[kind](x, *args, **kwargs)


def elementwise(kernel: Kernel, x: Rule, *, doc: str, node: str | None = None) -> Any:
    """Declare an elementwise operator of one operand whose forward is `kernel`; `x` is its rule."""
    op = Operator(
        kernel.name,
        kernel.general,
        node=node,
        operands=("x",),
        signature=_ONE_OPERAND,
        elementwise=True,
        table=kernel,
    )
    op.add_rule("x", x)
    function = public_function(op, None, doc)
    function.__module__ = kernel.general.__module__
    return function


@Kernel
def sum_front(xp: Any, x: Any, front: tuple[int, ...]) -> Any:
    """The sum over `front`, the axes in front: over all positions, for parameters that every position shares."""
    return xp.sum(x, axis=front)


def is_recorded(g: Any) -> bool:
    """Whether a rule is running over Tensors, that is, recording itself, or over batched arrays.

    A rule that has a kernel of its own asks this: the kernel serves plain arrays, and those by which they are traced; operators
    say the same over the others.
    """
    return type(g) not in DIRECT and type(g) not in TRACED


def check_reduction(reduction: str) -> None:
    """Raise unless `reduction` is one of PyTorch's three."""
    if reduction not in ("none", "mean", "sum"):
        raise ArgumentError(f"reduction: got {reduction!r}; expected 'none', 'mean' or 'sum'")


def check_library(name: str, argument: str, value: Any, like: Any) -> None:
    """Raise if an argument that is no operand, and may be None, is an array of another library than `like`."""
    if value is None:
        return
    own, expected = adapter_of(raw(value)).library, adapter_of(raw(like)).library
    if own is not expected:
        raise LibraryError(f"{name}: {argument} is an array of {own.name}, the input of {expected.name}; convert one of them")


def reduced(losses: Any, reduction: str) -> Any:
    """The losses as `reduction` says."""
    check_reduction(reduction)
    return losses if reduction == "none" else mean(losses) if reduction == "mean" else total(losses)
