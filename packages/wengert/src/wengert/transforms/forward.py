"""Forward mode for transforms: directions of the arguments go through the function with their values.

There is one level of forward mode at a time, for all threads (rule A2.1). Whoever finds it taken, by an outer `jvp` say,
transposes twice instead: see `wengert.transforms.transposed`. The results are the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from ..autograd.contexts import inference_mode, no_grad
from ..autograd.forward import enter_dual_level, exit_dual_level, make_dual, set_fwd_grad_enabled, unpack_dual
from ..autograd.modes import current
from ..autograd.tensor import Tensor
from ..errors import ModeError

__all__ = ["duals", "forward_level", "moved"]


@contextmanager
def forward_level() -> Iterator[bool]:
    """Take the level of forward mode for the block, and say whether it was free."""
    try:
        number = enter_dual_level()
    except ModeError:
        yield False
        return
    try:
        with _outside_inference(), set_fwd_grad_enabled(True):
            yield True
    finally:
        exit_dual_level(level=number)


@contextmanager
def _outside_inference() -> Iterator[None]:
    """Nothing carries a tangent in inference mode, so the block is in ``no_grad`` in its place."""
    if not current().inference:
        yield
        return
    with inference_mode(False), no_grad():
        yield


def duals(primals: Sequence[Tensor], directions: Sequence[Tensor]) -> list[Tensor]:
    """`primals`, each moving in its direction; a copy of that, since what is written to a dual in place is written to both."""
    return [make_dual(primal, direction.clone()) for primal, direction in zip(primals, directions, strict=True)]


def moved(outputs: Sequence[Tensor]) -> tuple[list[Tensor], list[Tensor | None]]:
    """The values of the outputs, and how each moves; None for one that does not."""
    pairs = [unpack_dual(output) for output in outputs]
    return [pair.primal for pair in pairs], [pair.tangent for pair in pairs]
