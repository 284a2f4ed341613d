"""``torch._inductor``: PyTorch's code generator is not here; what it would compile runs as it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .. import _dynamo
from . import config, cpp_builder, test_case

__all__ = ["compile", "config", "cpp_builder", "test_case"]


def compile(gm: Callable[..., Any], example_inputs: Any, options: dict[str, Any] | None = None) -> Callable[..., Any]:
    """The program itself, which Wengert has compiled for NumPy already.

    With ``config.triton.cudagraphs`` it is counted that no graph of CUDA's was made of it.
    """
    if config.triton.cudagraphs:
        _dynamo.utils.counters["inductor"]["cudagraph_skips"] += 1
    return gm
