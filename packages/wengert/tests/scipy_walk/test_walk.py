"""Functions of SciPy and its kin on Tensors are in the state that ``docs/scipy.md`` tells of each.

``python -m pages`` in ``tests/`` walks through them and writes the page anew.
"""


import pytest

pytest.importorskip("scipy")
pytest.importorskip("array_api_strict")

from . import page
from .rows import OPERANDS, Row
from .walk import CONSTANT, DETACHED, DIFFERENTIABLE, MUTATING, NEEDS, NO_CALL, NUMBER, STATES, WRONG

CALLS = [(table, row.text) for table, table_rows in page.all_rows().items() for row in table_rows]


@pytest.mark.parametrize(("table", "call"), CALLS, ids=[call for _, call in CALLS])
def test_state(table, call):
    for module in NEEDS.get(table, ()):
        pytest.importorskip(module)
    found, said = page.walked(table)[call], page.on_page()[call]
    if page.same_release(table):
        assert found.state == said.state, found.reason
    elif said.state in (DIFFERENTIABLE, MUTATING, CONSTANT):  # of another release: what worked goes on working
        assert found.state in (DIFFERENTIABLE, MUTATING, CONSTANT, NO_CALL), found.reason
    else:
        assert found.state not in (DETACHED, WRONG), found.reason


def test_the_page_tells_of_every_call_and_of_no_other():
    assert sorted(page.on_page()) == sorted(call for _, call in CALLS)
    assert {each.state for each in page.on_page().values()} <= set(STATES)
    text = page.PAGE.read_text(encoding="utf-8")
    total = sum(each.state in (DIFFERENTIABLE, MUTATING) for each in page.on_page().values())
    assert total >= 250
    assert f"| **all** | **{len(CALLS)}** |" in text


def test_no_call_stands_twice():
    assert len({call for _, call in CALLS}) == len(CALLS)


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
