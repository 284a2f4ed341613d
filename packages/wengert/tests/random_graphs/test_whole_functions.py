"""Random programs as whole functions: `compile` gives the values, the gradients and the events of hooks of an eager run."""

from __future__ import annotations

import re
import warnings
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import wengert as wg
from choices import many
from compiled.backends import BACKENDS, Chosen, examples, in_earnest, needed, strictly
from wengert.errors import CompileError, ReleasedError, TraceError

from .libraries import Wengert, WengertOverTorch
from .programs import Program, programs
from .run import difference, family
from .whole import Outward, Whole, taken_apart

#: Under which backends, and how many programs of each.
EXAMPLES = examples({"python": 100, "blocks": 15, "xla": 4}, many=200)

OUTWARD = examples({"python": 60, "numba": 2}, many=100)

#: Whether the examples are the same in every run.
FIXED = Chosen.backend == "sample"

QUICK = {"deadline": None, "suppress_health_check": list(HealthCheck)}

#: What a function may be refused for; anything else that an eager run does, a compiled one does.
REFUSALS = (
    r"dropped a gradient that it kept when the function was compiled, or the other way round",
    r"the values as one array of a traced array",  # by the backward of a custom Function, which runs when the function is traced
    r"a callback queued at .* follows one that computes with tensors of the compiled function",
    r"replaced, inside a compiled function, a gradient that is recorded itself \(create_graph=True\)",
)


def check(program: Program, backend: str, tame: bool, told: Counter[str], kind: type[Whole] = Whole) -> None:
    """Run a program eagerly and compiled, three times each; `told` counts what became of it."""
    library = WengertOverTorch() if backend == "inductor" else Wengert()
    parts = taken_apart(program, tame=tame)
    eager = kind(library, program, parts)
    compiled = kind(library, program, parts, lambda fn: wg.compile(fn, backend=BACKENDS[backend]))
    for call in range(3):
        start, objects = compiled.state(), compiled.identity()
        expected, error = eager.run()
        got, failure = compiled.run()
        context = f"call {call}\n{program}"
        if isinstance(failure, CompileError | TraceError):
            assert any(re.search(refusal, str(failure)) for refusal in REFUSALS), f"{failure}\n{context}"
            assert compiled.state() == start, f"refused, and the leaves are others: {failure}\n{context}"
            assert compiled.identity() == objects, context
            told["refused"] += 1
            return
        if error is None and isinstance(failure, ReleasedError):  # one node saves for operators that have saved nothing
            told["released"] += 1
            return
        if (error is None) is not (failure is None):
            raise AssertionError(f"eager: {error!r}, compiled: {failure!r}\n{context}") from (error or failure)
        found = difference(expected, got)
        assert found is None, f"eager (one) and compiled (other): {found}\n{context}"
        if error is not None and failure is not None:
            assert family(failure) == family(error), context
            # Tracing undoes what it did; a program has done what an eager run has.
            undone, done = difference(start, compiled.state()), difference(eager.state(), compiled.state())
            assert undone is None or done is None, f"after an error: {undone}; {done}\n{context}"
            told["raised"] += 1
            return
        if call == 0:
            eager.between()
            compiled.between()
        else:
            eager.change()
            compiled.change()
    told["compiled"] += 1
    told["hits"] += compiled.function.hits


@pytest.mark.divided
@pytest.mark.parametrize("backend", EXAMPLES)
def test_a_program_as_a_function(backend: str) -> None:
    """On the first call, which traces it, and on later ones; what is refused leaves everything as it was."""
    needed(backend)
    told: Counter[str] = Counter()

    @settings(max_examples=many(EXAMPLES[backend]), derandomize=FIXED, **QUICK)
    @given(programs(), st.sampled_from([True, True, True, False]))
    def run(program: Program, tame: bool) -> None:
        check(program, backend, tame, told)

    with in_earnest(backend), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        strictly()
        run()
    if told.total() - told["hits"] >= 10:
        assert told["compiled"] >= told["refused"], told
        assert told["hits"]


@pytest.mark.divided
@pytest.mark.parametrize("backend", OUTWARD)
def test_backward_passes_from_outside(backend: str) -> None:
    """To what a function has given, with hooks on what it has computed, and derivatives of derivatives."""
    needed(backend)
    told: Counter[str] = Counter()

    @settings(max_examples=many(OUTWARD[backend]), derandomize=FIXED, **QUICK)
    @given(programs(), st.sampled_from([True, True, True, False]))
    def run(program: Program, tame: bool) -> None:
        check(program, backend, tame, told, Outward)

    with in_earnest(backend), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        strictly()
        run()
    if told.total() - told["hits"] >= 10:
        assert told["compiled"] >= told["refused"], told
        assert told["hits"]


def test_a_hook_that_a_hook_has_registered_in_the_first_call() -> None:
    """It came when its turn was over, so it has no step in the program; later calls have to call it."""
    x, seen = wg.tensor([1.0], requires_grad=True), []

    def before(grads):
        seen.append("node")
        if seen.count("node") == 1:
            x.register_hook(lambda grad: seen.append("tensor"))

    node = wg.autograd.graph.get_gradient_edge(x).node
    node.register_prehook(before)
    function = wg.compile(lambda x: (x * 2.0).sum().backward())
    for _ in range(2):
        function(x)
    assert seen == ["node", "tensor", "node"]
