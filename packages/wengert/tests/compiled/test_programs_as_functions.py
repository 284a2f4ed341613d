"""Every program of the parity suite as one compiled function: the log and the gradients are those of an eager run.

The leaves of a program are arguments of the function. What only Python does happens when the function is traced; in a later run
the hooks have to log what they did, and the tensors of which the program told are results that have to have the same values.
A program that does what no compiled function can is refused.
"""

from __future__ import annotations

import functools
import importlib
import itertools
import warnings
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import wengert as wg
from compiled.backends import BACKENDS, Chosen, backends_for, in_earnest, strictly
from wengert.autograd.modes import current
from wengert.compiled.hook_kinds import hooks_on
from wengert.compiled.trace import TracedArray, value_of
from wengert.errors import CompileError, ImmutableError, TraceError

facade = pytest.importorskip("parity.facade", reason="the parity programs are PyTorch's, too")

FOLDER = Path(facade.__file__).parent

#: One program in so many, in a session that asks for a sample.
ONE_IN = 5

Program = Callable[[Any, Any], None]


# -- the programs ----------------------------------------------------------------------------------------------------------
def programs() -> Iterator[tuple[str, Program]]:
    """The programs of the suite, each with a name."""
    for path in sorted(FOLDER.glob("test_*.py")):
        module = importlib.import_module(f"parity.{path.stem}")
        for name, test in sorted(vars(module).items()):
            program = getattr(test, "__wrapped__", None)
            if name.startswith("test_") and getattr(program, "__module__", "") == module.__name__:
                for label, parameters in bound(test):
                    yield f"{path.stem}::{name}{label}", functools.partial(program, **parameters)


def bound(test: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """The parameters of each run of a test, as its marks have them."""
    marks = [mark for mark in getattr(test, "pytestmark", []) if mark.name == "parametrize"]
    choices = []
    for mark in marks:
        names, values = mark.args[:2]
        names = [n.strip() for n in names.split(",")] if isinstance(names, str) else list(names)
        rows = [getattr(value, "values", value if len(names) > 1 else (value,)) for value in values]
        choices.append([dict(zip(names, row, strict=True)) for row in rows])
    for number, chosen in enumerate(itertools.product(*choices)):
        merged = {name: value for part in chosen for name, value in part.items()}
        yield (f"[{number}]" if marks else ""), merged


# -- what a program meets in a function --------------------------------------------------------------------------------------
class Leaves(facade.Wengert):
    """The library, with leaves that it is given in the place of those that the program makes.

    Attributes
    ----------
    made : list
        The arrays of the leaves that a program has made when none were given.
    given : iterator or None
    traced : bool
        Whether they are given to what is traced, and not to hooks.
    """

    def __init__(self) -> None:
        super().__init__()
        self.made: list[np.ndarray] = []
        self.given: Iterator[tuple[np.ndarray, Any]] | None = None
        self.traced = False

    def tensor(self, data: Any, *, requires_grad: bool = False, dtype: str | None = None) -> Any:
        leaf = super().tensor(data, requires_grad=requires_grad, dtype=dtype)
        if not requires_grad:
            return leaf
        made = np.asarray(value_of(leaf._array))
        if self.given is None:
            self.made.append(np.array(made))
            return leaf
        if self.traced and current().tracer is None:  # of a hook
            return leaf
        for array, given in self.given:  # those of hooks are passed over
            if (array.dtype, array.shape) == (made.dtype, made.shape) and np.array_equal(array, made, equal_nan=True):
                return given
        raise ImpureError("it makes other leaves in each run")

    def fresh(self) -> list[Any]:
        """Leaves like those that the program has made."""
        return [wg.tensor(np.array(array), requires_grad=True) for array in self.made]

    def as_they_were(self, leaves: list[Any]) -> list[Any]:
        """The same leaves, if they still are some, with their values, without gradients and hooks; else others."""
        pairs = zip(leaves, self.made, strict=True)
        if not all(leaf.is_leaf and leaf.requires_grad and leaf.shape == array.shape for leaf, array in pairs):
            return self.fresh()
        for leaf, array in zip(leaves, self.made, strict=True):
            leaf._grad = None
            leaf._array[...] = array
            for kind in ("tensor hook", "post-accumulate-grad hook", "node pre-hook", "node post-hook"):
                hooks = hooks_on(leaf, kind)
                if hooks:
                    hooks.clear()
        return leaves

    def give(self, leaves: Any, *, traced: bool) -> None:
        self.given, self.traced = iter(list(zip(self.made, leaves, strict=True))), traced


class ImpureError(BaseException):
    """The program is no function of its leaves."""


class FunctionLog(facade.Log):
    """The log of a program in a function: which events are those of hooks, and the traced tensors that others tell of."""

    def __init__(self, lib: Any) -> None:
        super().__init__(lib)
        self.of_hooks: list[Any] = []
        self.told: list[Any] = []

    def __call__(self, event: str, *details: Any) -> None:
        super().__call__(event, *details)
        if current().tracer is None:
            self.of_hooks.append(self[-1])

    def plain(self, value: Any) -> Any:
        if isinstance(value, wg.Tensor) and isinstance(value._array, TracedArray):
            self.told.append(value.detach().clone())
            return facade.rounded(value._array.value)
        return super().plain(value)


@contextmanager
def refusals() -> Iterator[list[str]]:
    """Collects what is refused meanwhile, also where a program catches the error."""
    found: list[str] = []

    def noting(self: Exception, *arguments: Any) -> None:
        found.append(str(arguments[0]))
        Exception.__init__(self, *arguments)

    missing = TracedArray.__getattr__

    def noting_missing(self: TracedArray, name: str) -> Any:
        try:
            return missing(self, name)
        except AttributeError as error:
            if not name.startswith("_") and "Arrays of the library have it" in str(error):  # a program for NumPy's arrays
                found.append(str(error))
            raise

    with pytest.MonkeyPatch.context() as patch:
        for kind in (CompileError, ImmutableError, TraceError):
            patch.setattr(kind, "__init__", noting, raising=False)
        patch.setattr(TracedArray, "__getattr__", noting_missing)
        yield found


def gradients(leaves: list[Any]) -> list[Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a program may make inner nodes of its leaves
        found = [leaf.grad for leaf in leaves]
    return [None if grad is None else np.array(grad.array) for grad in found]


def assert_close(found: list[Any], wanted: list[Any]) -> None:
    """To the rounding of the shortest dtype in the programs: compilers may round otherwise than the array library."""
    assert len(found) == len(wanted)
    for a, b in zip(found, wanted, strict=True):
        assert (a is None) is (b is None)
        if a is not None:
            assert (a.shape, a.dtype) == (b.shape, b.dtype)
            np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-6)


def as_function(program: Program, backend: str) -> tuple[str, str]:
    """Compare three calls of a compiled function with an eager run.

    Returns
    -------
    str
        ``"again"`` if a program ran again, ``"traced"`` if each call was traced (it puts hooks on leaves, which are new ones in
        each call), ``"refused"``, or ``"impure"`` if it is no function of its leaves.
    str
        What it was refused for.
    """
    lib = Leaves()
    expected = facade.run(program, lib)
    leaves = lib.fresh()
    lib.give(leaves, traced=False)
    try:
        if repr(facade.run(program, lib)) != repr(expected):
            return "impure", "it does something else with leaves that it is given"
    except ImpureError as error:
        return "impure", str(error)
    wanted = gradients(leaves)
    log = FunctionLog(lib)

    def function(*given: Any) -> list[Any]:
        lib.give(given, traced=True)
        log.told.clear()
        facade.run(program, lib, log)
        return list(log.told)

    compiled = wg.compile(function, backend=BACKENDS[backend])
    of_hooks: list[Any] = []
    values: list[Any] = []
    leaves = lib.fresh()
    for number in range(3):
        leaves, hits = lib.as_they_were(leaves), compiled.hits
        log.clear()
        log.of_hooks.clear()
        with refusals() as refused, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # as in an eager run: programs compute with infinities, too
            strictly()
            try:
                told = compiled(*leaves)
            except (CompileError, TraceError, ImpureError) as error:
                refused.append(str(error))
            except pytest.fail.Exception:  # the program demands something of what is refused
                assert refused
        if refused:
            assert all(type(leaf._array) is np.ndarray for leaf in leaves)
            return "refused", refused[0]
        told = [facade.rounded(t.array) for t in told]
        if compiled.hits == hits:
            facade.assert_same(expected, log, ("eager", f"traced by {backend}"), getattr(log, "escaped", None))
            of_hooks, values = list(log.of_hooks), told
        else:
            facade.assert_same(of_hooks, log, ("events of hooks", f"those of run {number} by {backend}"))
            assert repr(told) == repr(values)
        assert_close(gradients(leaves), wanted)
    return ("again" if compiled.hits else "traced"), ""


# -- the tests -------------------------------------------------------------------------------------------------------------
PROGRAMS = {name: program for name, program in programs() if "threads" not in name}  # in a program there is one

THREADS = "threads that the function starts run in its first call only, and see real arrays"
ALIVE = "a program keeps alive what it was traced with"

#: Programs, by the beginning of their names, that do otherwise in a compiled function, and why: they are not run.
#: `docs/compiled.md` tells of it under "What is otherwise inside a compiled function", and `test_otherwise_inside.py` shows it.
KNOWN = {
    "test_checkpoint_around::test_backward_of_the_same_graph_in_a_hook[": "the list of a hook is that of the first run",
    "test_checkpoint_errors::test_metadata_of_released_nodes": ALIVE,
    "test_differences_tasks::test_identity_pack_of_an_output": ALIVE,
    "test_hooks_lifetime::test_hooks_die_with_the_node": ALIVE,
    "test_rules_lifetime::test_removed_hooks_are_free": ALIVE,
    "test_differences::test_nodes_of_two_threads": THREADS,
    "test_engine::test_backward_in_another_thread": THREADS,
    "test_engine::test_concurrent_backward_into_one_leaf": THREADS,
    "test_modes::test_modes_are_per_thread": THREADS,
    "test_rules_packing::test_packed_here_unpacked_there": THREADS,
}


def asked() -> list[str]:
    """The programs of this session."""
    many = ONE_IN if Chosen.backend == "sample" else 1
    return [name for name in PROGRAMS if zlib.crc32(name.encode()) % many == 0]


@pytest.fixture(scope="module")
def outcomes() -> Iterator[list[str]]:
    """What became of the programs; most are to run again, or the tests would say little."""
    found: list[str] = []
    yield found
    if len(found) >= 50:
        assert found.count("again") > len(found) / 2


@pytest.mark.parametrize("name", asked())
def test_a_program_as_a_function(name: str, outcomes: list[str]) -> None:
    for backend in backends_for(name):
        if backend == "inductor":  # these are over NumPy's arrays
            continue
        with in_earnest(backend):
            if not any(name.startswith(known) for known in KNOWN):
                outcomes.append(as_function(PROGRAMS[name], backend)[0])
