"""``torch._dynamo.testing``: what tests of compiled programs use."""

from __future__ import annotations

import re
from typing import Any

from ....autograd.tensor import Tensor as Base
from . import config

__all__ = [
    "CompileCounter",
    "CompileCounterWithBackend",
    "EagerAndRecordGraphs",
    "check_dynamic_shape_capture",
    "empty_line_normalizer",
    "normalize_gm",
    "reduce_to_scalar_loss",
]


class CompileCounter:
    """A backend that runs programs as they are, and counts them and the calls in them."""

    def __init__(self) -> None:
        self.graphs: list[Any] = []
        self.clear()

    def __call__(self, gm: Any, example_inputs: Any) -> Any:
        self.frame_count += 1
        self.op_count += sum("call" in node.op for node in gm.graph.nodes)
        self.graphs.append(gm)
        return self._run(gm, example_inputs)

    def _run(self, gm: Any, example_inputs: Any) -> Any:
        return gm

    def clear(self) -> None:
        """Begin anew."""
        self.frame_count = self.op_count = 0
        self.graphs.clear()


class CompileCounterWithBackend(CompileCounter):
    """The same in front of another backend."""

    def __init__(self, backend: Any) -> None:
        super().__init__()
        self.backend = backend

    def _run(self, gm: Any, example_inputs: Any) -> Any:
        return gm if isinstance(self.backend, str) else self.backend(gm, example_inputs)


class EagerAndRecordGraphs:
    """A backend that runs programs as they are, and keeps them."""

    def __init__(self) -> None:
        self.graphs: list[Any] = []

    def __call__(self, gm: Any, example_inputs: Any) -> Any:
        self.graphs.append(gm)
        return gm


def check_dynamic_shape_capture() -> bool:
    """Whether sizes are taken to be constant."""
    return not config.assume_static_by_default


def normalize_gm(gm_str: str) -> str:
    """The text of a graph without comments, spaces at the ends of lines, and repeated empty lines.

    Examples
    --------
    >>> from wengert.compat.torch._dynamo.testing import normalize_gm
    >>> normalize_gm("x = 1  # one")
    'x = 1'
    """
    without = re.sub(r"#.*$", "", gm_str, flags=re.MULTILINE)
    return re.sub(r"\n{3,}", "\n\n", re.sub(r"[ \t]+$", "", without, flags=re.MULTILINE))


def empty_line_normalizer(code: str) -> str:
    """A text without empty lines."""
    return re.sub(r"[\r\n]+", "\n", code)


def reduce_to_scalar_loss(out: Any) -> Any:
    """One number of all that a model returned: the mean of a tensor, and of what is in a container the mean of that.

    Raises
    ------
    TypeError
        If something else is among it.
    """
    if isinstance(out, Base):
        return out.sum() / out.numel()
    if isinstance(out, dict):
        out = tuple(out.values())
    if isinstance(out, (list, tuple)):
        return sum(map(reduce_to_scalar_loss, out)) / len(out)
    raise TypeError(f"reduce_to_scalar_loss: out: expected tensors in lists, tuples and dicts, got {type(out).__name__}")
