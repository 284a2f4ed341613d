"""Functions of SciPy and its kin on Tensors are in the state that ``docs/scipy.md`` tells of each.

``python -m pages`` in ``tests/`` walks through them and writes the page anew.
"""


import os
import re
import subprocess
import sys

import pytest

pytest.importorskip("scipy")
pytest.importorskip("array_api_strict")

from . import page
from .rows import OPERANDS, Row
from .walk import CONSTANT, DETACHED, DIFFERENTIABLE, MUTATING, NAMES, NEEDS, NO_CALL, NUMBER, STATES, WRONG

CALLS = [(table, row.text) for table, table_rows in page.all_rows().items() for row in table_rows]


@pytest.mark.parametrize("table", sorted({table for table, _ in CALLS}))
def test_states(table):
    """One test for a table: it is walked through in a process of its own, and once is enough."""
    for module in NEEDS.get(table, ()):
        pytest.importorskip(module)
    walked, told, same = page.walked(table), page.on_page(), page.same_release(table)
    changed = [f"{call}: {fault}" for t, call in CALLS if t == table and (fault := fault_of(walked[call], told[call], same))]
    assert not changed, "\n".join(changed)


def fault_of(found, said, same_release):
    """What is wrong with the state of a call; None if nothing is."""
    if same_release:
        fine = found.state == said.state
    elif said.state in (DIFFERENTIABLE, MUTATING, CONSTANT):  # of another release: what worked goes on working
        fine = found.state in (DIFFERENTIABLE, MUTATING, CONSTANT, NO_CALL)
    else:
        fine = found.state not in (DETACHED, WRONG)
    return None if fine else f"it is {found.state}, was {said.state}: {found.reason}"


def test_the_page_tells_of_every_call_and_of_no_other():
    assert sorted(page.on_page()) == sorted(call for _, call in CALLS)
    assert {each.state for each in page.on_page().values()} <= set(STATES)
    text = page.PAGE.read_text(encoding="utf-8")
    total = sum(each.state in (DIFFERENTIABLE, MUTATING) for each in page.on_page().values())
    assert total >= 250
    assert f"| **all** | **{len(CALLS)}** |" in text


def test_no_call_stands_twice():
    assert len({call for _, call in CALLS}) == len(CALLS)


#: What SciPy lists that is no function of arrays, or that calls reach by Python's syntax.
LEFT_OUT = {
    *("Rotation.__getitem__", "Rotation.__iter__", "Rotation.__mul__", "Rotation.__pow__", "Rotation.__repr__"),
    *("RigidTransform.__getitem__", "RigidTransform.__iter__", "RigidTransform.__mul__", "RigidTransform.__pow__"),
    *("Rotation.__setitem__", "RigidTransform.__setitem__"),  # they write into a rotation that was given
    *("Slerp.__call__", "Slerp.__init__", "RigidTransform.identity"),
    *("_promote", "_xp_searchsorted", "normalize_dual_quaternion"),  # not public
}

#: Prints the functions of which SciPy says that they take arrays of other libraries.
LISTING = """
import importlib, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
from scipy._lib._array_api import xp_capabilities_table
print(*(f.__qualname__ for f, said in xp_capabilities_table.items() if not said["np_only"]))
"""


def test_every_function_that_scipy_lists_is_tried():
    modules = [name for name in (*NAMES.values(), "scipy.spatial.transform") if name.startswith("scipy.")]
    done = subprocess.run(
        [sys.executable, "-c", LISTING, *modules],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"SCIPY_ARRAY_API": "1"},
    )
    listed = set(done.stdout.split())
    assert len(listed) > 400
    text = "\n".join(call for _, call in CALLS)
    missing = {name for name in listed - LEFT_OUT if not re.search(rf"\b{name.rpartition('.')[2]}\(", text)}
    if page.same_release("special"):  # a later SciPy may have more
        assert not missing


# -- the walk itself ---------------------------------------------------------------------------------------------------
def test_letters_of_a_call():
    row = Row("f(lambda s, a: s * x, [p for p in (q, r)], b)")
    assert row.letters == ["x", "q", "r", "b"]
    assert set(OPERANDS) >= set(row.letters)


@pytest.mark.parametrize(
    ("call", "state"),
    [
        ("np.sin(x)", DIFFERENTIABLE),
        ("np.argsort(x)", CONSTANT),
        ("xp.asarray(np.sin(getattr(x, 'array', x)))", DETACHED),
        ("np.sin(x) * (1.0 if isinstance(x, np.ndarray) else 1.001)", WRONG),
        ("x + 0.001 * (x - (x.detach() if hasattr(x, 'detach') else x))", WRONG),
        ("np.asarray(float(s))", NUMBER),
        ("np.sin(x, x, x, x)", NO_CALL),
    ],
)
def test_the_walk_sees_what_is_wrong(call, state):
    """A state that the walk could never find would mean nothing."""
    assert page.walked_calls([call])[call].state == state
