"""Random programs whose backward passes are compiled, by each backend, beside the oracle (rule C4)."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from choices import many
from compiled.backends import BACKENDS, examples, in_earnest, needed
from wengert.compiled import Compiler, compiled_autograd

from .libraries import Wengert, WengertOverTorch
from .programs import Program, programs
from .test_against_oracle import compare

#: Under which backends, and how many programs of each.
EXAMPLES = examples({"python": 200, "blocks": 40, "xla": 8, "numba": 2}, many=200)


class _Compiled:
    """A library with every run compiled: those of the first program are captured, those of the same one after it are hits."""

    compiler: Compiler
    module: Any

    def watching(self) -> AbstractContextManager[Any]:
        return compiled_autograd(compiler=self.compiler)

    def backward(self, *args: Any, **kwargs: Any) -> None:
        with self.watching():
            super().backward(*args, **kwargs)  # type: ignore[misc]

    def grad(self, *args: Any, **kwargs: Any) -> tuple[Any, ...]:
        with self.watching():
            return super().grad(*args, **kwargs)  # type: ignore[misc]


class Compiled(_Compiled, Wengert):
    """Wengert over NumPy's arrays."""


class CompiledOverTorch(_Compiled, WengertOverTorch):
    """Wengert over PyTorch's."""


@pytest.mark.divided
@pytest.mark.parametrize("backend", EXAMPLES)
def test_a_compiled_backward(backend: str) -> None:
    """The same events, gradients and errors when runs are captured, and when their programs run."""
    needed(backend)
    library = (CompiledOverTorch if backend == "inductor" else Compiled)()
    library.compiler = Compiler(BACKENDS[backend])

    @settings(max_examples=many(EXAMPLES[backend]), deadline=None, suppress_health_check=list(HealthCheck))
    @given(programs())
    def run(program: Program) -> None:
        compare(program, library)
        compare(program, library)

    with in_earnest(backend):
        run()
    assert library.compiler.counts["hits"]
