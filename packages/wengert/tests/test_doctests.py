"""The examples in docstrings say what they print."""

import doctest
import importlib
import inspect
import pkgutil
from types import ModuleType
from typing import Any

import pytest

import wengert
from wengert.op import OPERATORS

FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE

MODULES = ["wengert", *(m.name for m in pkgutil.walk_packages(wengert.__path__, "wengert.") if not m.name.endswith("__main__"))]


class Finder(doctest.DocTestFinder):
    """Also finds the functions of operators: they are made from declarations and have globals of their own."""

    def _from_module(self, module: ModuleType | None, obj: Any) -> bool:
        if module is not None and inspect.isfunction(obj):
            return obj.__module__ == module.__name__
        return super()._from_module(module, obj)  # type: ignore[misc]


def examples(name: str) -> list[doctest.DocTest]:
    """The docstrings of the module that hold examples."""
    module = importlib.import_module(name)
    return [test for test in Finder(exclude_empty=True).find(module, name) if test.examples]


@pytest.mark.parametrize("name", MODULES)
def test_examples_of(name):
    if name.endswith(".cupy"):
        pytest.importorskip("cupy", reason="needs a GPU and CuPy, the extra 'cupy'")
    if name.endswith(".einops"):
        pytest.importorskip("einops", reason="needs einops, the extra 'einops'")
    if ".backends.numba" in name:
        pytest.importorskip("numba", reason="needs Numba, the extra 'numba'")
    runner = doctest.DocTestRunner(optionflags=FLAGS)
    report: list[str] = []
    declared = set(OPERATORS)
    for test in examples(name):
        runner.run(test, out=report.append)
    for operator in set(OPERATORS) - declared:  # by an example: other tests look at all there are
        del OPERATORS[operator]
    assert not runner.failures, "".join(report)


def test_the_finder_sees_operators():
    """They have no globals in common with the module that declares them, so doctest alone would pass them by."""
    names = {test.name for test in examples("wengert.ops.elementwise")}
    assert {"wengert.ops.elementwise.add", "wengert.ops.elementwise.maximum"} <= names
