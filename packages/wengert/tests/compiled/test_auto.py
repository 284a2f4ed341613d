"""``backend="auto"``: what is chosen, from when on, what is said about it; and nothing fails for a package that is absent."""

from __future__ import annotations

import subprocess
import sys
import threading
import warnings

import numpy as np
import pytest

import wengert as wg
from wengert.compiled import Compiler, backends, compiled_autograd
from wengert.compiled.backends import auto, measured
from wengert.compiled.backends.auto import AutoBackend, Work, chosen, work_of
from wengert.compiled.backends.measured import MEASURED, Costs
from wengert.compiled.segments import Segment
from wengert.errors import CompileError, MissingExtraError

ALL = ("numba", "xla", "inductor")


def work(equations=20, elements=0.0, functions=0.0, flops=0.0):
    """Of equations on small arrays, or large ones where there are many elements."""
    large = [n if n > 1e6 else 0.0 for n in (elements, functions)]
    return Work(equations, elements, large[0], functions, large[1], flops)


# -- what is chosen ----------------------------------------------------------------------------------------------------------
def test_the_table_is_of_backends_and_was_measured():
    assert measured.WHERE
    for (library, backend), costs in MEASURED.items():
        assert backend in backends.NAMES
        assert (library, "python") in MEASURED
        assert costs.call > 0
        assert costs.compile_call + costs.compile_equation > 0
        assert all(value >= 0 for value in costs)


def test_small_work_on_numpy_goes_to_numba_when_its_compilation_is_made_up_for():
    choice = chosen(work(equations=20, elements=160), "numpy", ALL)
    assert choice.backend == "numba"
    costs, plain = MEASURED["numpy", "numba"], MEASURED["numpy", "python"]
    spared = work(20, 160).seconds(plain) - work(20, 160).seconds(costs)
    assert (choice.after - 1) * spared < costs.compile_call + 20 * costs.compile_equation <= choice.after * spared


def test_larger_work_is_worth_a_compiler_earlier():
    few, many = (chosen(work(functions=n), "numpy", ["xla"]).after for n in (1e4, 1e5))
    assert 0 < many < few


def test_work_that_no_compiler_does_much_faster_stays_with_the_library():
    """A product of large matrices is BLAS's, whoever calls it."""
    choice = chosen(work(equations=1, flops=1e9), "numpy", ["numba"])
    assert (choice.backend, choice.after) == ("python", 0)
    assert "numba would take about" in choice.why


def test_the_arrays_of_jax_are_xlas_at_once():
    assert chosen(work(), "jax", ALL)[:2] == ("xla", 0)
    assert chosen(work(), "jax", ["numba"])[:2] == ("python", 0)


@pytest.mark.parametrize("library", ["dask", "array_api_strict", "numpy", "torch", "jax"])
def test_without_a_compiler_everything_stays_with_the_library(library):
    choice = chosen(work(), library, [])
    assert choice[:2] == ("python", 0)
    assert "no compiler for arrays of" in choice.why


def test_what_is_never_worth_it_is_not_counted(monkeypatch):
    slow = MEASURED["numpy", "numba"]._replace(compile_call=1e9)
    monkeypatch.setitem(MEASURED, ("numpy", "numba"), slow)
    assert chosen(work(), "numpy", ["numba"]).backend == "python"


def test_the_work_of_a_program():
    compiled = wg.compile(lambda x, a: wg.sum(wg.exp(a @ a) * x))
    compiled(wg.ones((4, 4)), wg.ones((4, 4)))
    compiled(wg.ones((300, 300)), wg.ones((300, 300)))
    small, large = (work_of(equations_of(p)) for _, p in reversed(compiled._known()))
    small, large = sorted((small, large), key=lambda w: w.elements)
    assert small == Work(4, 32, 0, 16, 0, 2 * 4**3)
    assert large == Work(4, 2 * 300**2, 2 * 300**2, 300**2, 300**2, 2 * 300**3)


def equations_of(program):
    return [e for step in program.steps for e in (step.equations if isinstance(step, Segment) else [step])]


# -- how it is used ----------------------------------------------------------------------------------------------------------
class Fast:
    """A backend that says that it was used, and how often it made something."""

    name = "numba"

    def __init__(self, error=None, nothing=False):
        self.error, self.nothing, self.made, self.calls = error, nothing, 0, 0

    def compile(self, equations, inputs, outputs, library):
        if self.error is not None:
            raise self.error
        self.made += 1
        if self.nothing:
            return None
        plain = auto._straight(equations, inputs, outputs, library)

        def run(*arrays):
            self.calls += 1
            return plain(*arrays)

        return run


@pytest.fixture
def soon(monkeypatch):
    """A compiler that is made up for after three calls, whatever is computed."""
    monkeypatch.setitem(MEASURED, ("numpy", "python"), Costs(1.0, 0, 0, 0, 0, 0, 0, 0, 1e-9))
    monkeypatch.setitem(MEASURED, ("numpy", "numba"), Costs(0.5, 0, 0, 0, 0, 0, 0, 1.5, 0))
    monkeypatch.setattr(auto, "installed", lambda name: name == "numba")


@pytest.fixture
def fast(soon, monkeypatch):
    """Puts `Fast` in the place of Numba."""

    def put(**options):
        made = Fast(**options)
        made_by = backends.backend_called
        backend = AutoBackend(lambda name: made if name == "numba" else made_by(name), {"python": None, "numba": "numba"})
        from wengert.compiled import compiler, function

        for module in (function, compiler):
            monkeypatch.setattr(module, "backend_called", lambda name: backend if name == "auto" else made_by(name))
        return made

    return put


def value(x):
    return (wg.tanh(x) * x).sum()


def test_another_backend_takes_over_after_so_many_calls(fast):
    made = fast()
    compiled, x = wg.compile(value, backend="auto"), wg.tensor([0.5, 1.5])
    expected = value(x).item()
    compiled(x)
    assert "auto: python, and numba after 3 more calls; about 1 s a call, with numba 500 ms; to compile takes about 1.5 s" in (
        compiled.explain()
    )
    for k in range(8):
        assert compiled(x).item() == expected
        assert (made.made, made.calls) == ((0, 0) if k < 3 else (1, k - 2))
    assert "auto: numba, since call 4" in compiled.explain()
    assert (compiled.captures, compiled.hits) == (1, 8)


def test_in_a_compiled_backward_too(fast):
    made = fast()
    own = Compiler("auto")
    with compiled_autograd(compiler=own):
        for k in range(8):
            x = wg.tensor([0.5, 1.5], requires_grad=True)
            value(x).backward()
            np.testing.assert_allclose(x.grad.numpy(), np.tanh([0.5, 1.5]) + [0.5, 1.5] / np.cosh([0.5, 1.5]) ** 2)
            assert made.calls == max(k - 3, 0)
    assert "auto: numba, since call 4" in own.explain()


def test_the_derivative_of_a_result_too(fast):
    made = fast()
    compiled = wg.compile(value, backend="auto")
    for _ in range(8):
        x = wg.tensor([0.5, 1.5], requires_grad=True)
        compiled(x).backward()
        np.testing.assert_allclose(x.grad.numpy(), np.tanh([0.5, 1.5]) + [0.5, 1.5] / np.cosh([0.5, 1.5]) ** 2)
    assert made.made == 2


@pytest.mark.parametrize("error", [MissingExtraError("broken"), CompileError("no C++ compiler")], ids=["absent", "useless"])
def test_a_compiler_that_turns_out_to_be_useless_is_no_failure(fast, error):
    fast(error=error)
    compiled, x = wg.compile(value, backend="auto"), wg.tensor([0.5, 1.5])
    for _ in range(8):
        assert compiled(x).item() == value(x).item()  # and no warning, which would be an error here
    assert f"auto: python, for numba cannot be used: {error}" in compiled.explain()


def test_a_backend_that_knows_none_of_the_functions(fast):
    made = fast(nothing=True)
    compiled, x = wg.compile(value, backend="auto"), wg.tensor([0.5, 1.5])
    for _ in range(8):
        compiled(x)
    assert made.made == 1
    assert "auto: python, for numba knows none of these functions" in compiled.explain()


def test_a_compiler_that_fails_costs_a_warning(fast):
    fast(error=RuntimeError("out of registers"))
    compiled, x = wg.compile(value, backend="auto"), wg.tensor([0.5, 1.5])
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        for _ in range(8):
            assert compiled(x).item() == value(x).item()
    (text,) = [str(w.message) for w in told]
    assert "backend 'auto': tanh, multiply, sum are called one by one from now on: RuntimeError: out of registers" in text


def test_threads_that_come_to_the_number_together_compile_once(fast):
    made = fast()
    compiled, x = wg.compile(value, backend="auto"), wg.tensor([0.5, 1.5])
    compiled(x)
    expected, barrier, wrong = value(x).item(), threading.Barrier(8), []

    def body():
        barrier.wait(30)
        wrong.extend(got for _ in range(20) if (got := compiled(x).item()) != expected)

    threads = [threading.Thread(target=body) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not wrong
    assert made.made == 1


@pytest.mark.compiler
def test_numba_takes_over(soon):
    pytest.importorskip("numba", reason="the numba backend needs Numba")
    compiled, x = wg.compile(value, backend="auto"), wg.tensor([0.5, 1.5])
    for _ in range(6):
        assert compiled(x).item() == pytest.approx(value(x).item(), rel=1e-14)
    assert "auto: numba, since call 4" in compiled.explain()


@pytest.mark.compiler
def test_jax_arrays_are_compiled_at_once():
    jax = pytest.importorskip("jax", reason="the xla backend needs JAX")
    compiled, x = wg.compile(value, backend="auto"), wg.tensor(jax.numpy.asarray([0.5, 1.5]))
    for _ in range(3):
        assert compiled(x).item() == pytest.approx(value(x).item(), rel=1e-6)
    assert "auto: xla, JAX compiles for its arrays anyway" in compiled.explain()


def test_a_short_program_says_why_it_stays_with_the_library(monkeypatch):
    monkeypatch.setattr(auto, "installed", lambda name: False)
    compiled = wg.compile(value, backend="auto")
    compiled(wg.tensor([1.0]))
    assert "# auto: python, no compiler for arrays of numpy is installed (here and in the 2 next)" in compiled.explain()


def test_large_work_runs_over_blocks(monkeypatch):
    monkeypatch.setattr(auto, "installed", lambda name: False)
    compiled, x = wg.compile(value, backend="auto"), wg.tensor(np.linspace(0.0, 1.0, 200_000))
    for _ in range(2):
        assert compiled(x).item() == pytest.approx(value(x).item(), rel=1e-12)
    assert "auto: python, no compiler" in compiled.explain()
    assert any("POOL" in source for source in compiled.sources())


def test_an_absent_package_is_never_chosen(monkeypatch):
    for needed in ("numba", "jax", "torch"):
        monkeypatch.setitem(sys.modules, needed, None)
        assert not auto.installed(needed)
    assert not auto.installed("there_is_no_such_package")
    compiled, x = wg.compile(value, backend="auto"), wg.tensor([0.5, 1.5])
    for _ in range(5):
        assert compiled(x).item() == value(x).item()
    assert "no compiler for arrays of numpy is installed" in compiled.explain()


def test_with_a_memory_budget_those_that_plan_their_memory_are_not_chosen():
    compiled = wg.compile(value, backend="auto", memory_budget=10**9)
    assert set(compiled._backend.needs) == {"python", "numba"}


def test_choosing_imports_no_compiler():
    """They are looked for, not loaded: that would take seconds."""
    source = """
import sys
import wengert as wg
compiled = wg.compile(lambda x: (wg.tanh(x) * x).sum(), backend="auto")
for _ in range(3):
    compiled(wg.tensor([0.5, 1.5]))
print(*[name for name in ("numba", "jax", "torch") if name in sys.modules])
"""
    found = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True, timeout=120)
    assert found.stdout.strip() == ""
