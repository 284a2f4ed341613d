"""Which branches of conditions a line or a branch lies in is found without looking at each."""

from __future__ import annotations

import time

from hypothesis import given, settings
from hypothesis import strategies as st

from gazetteer.cpp.conditionals import chosen, split_conditionals
from gazetteer.extract import extract, scan
from gazetteer.lang.cpp.branches import _Rows


@st.composite
def nested(draw: st.DrawFn, first: int = 1, last: int = 60, depth: int = 3) -> list[tuple[int, int]]:
    """Ranges of lines, each in another or apart from it, in any order."""
    found = list[tuple[int, int]]()
    while first <= last and draw(st.booleans()):
        begin = draw(st.integers(first, last))
        end = draw(st.integers(begin - 1, last))  # some are empty
        found.append((begin, end))
        if depth and end > begin + 1:
            found += draw(nested(begin + 1, end, depth - 1))
        first = end + 1 if end >= begin else begin + 1
    return draw(st.permutations(found))


@settings(max_examples=300, deadline=None, database=None, derandomize=True)
@given(nested())
def test_the_ranges_of_a_line_are_those_that_hold_it(ranges: list[tuple[int, int]]) -> None:
    rows = _Rows([(first, last, f"{first}-{last}") for first, last in ranges])
    for line in range(62):
        expected = [f"{first}-{last}" for first, last in ranges if first <= line <= last]
        assert rows.of(line) == expected
        assert rows.holds(line) == bool(expected)


def test_of_conditions_in_conditions_the_branches_that_are_left_are_chosen() -> None:
    text = b"#if A\nf(\n#if B\na\n#else\nb\n#endif\n#else\ng(\n#if C\nc\n#else\nd\n#endif\n#endif\n);\n"
    conditionals = split_conditionals(text)
    for number, expected in ((0, ["A", "B"]), (1, ["!A", "!C"])):
        read = bytearray(text)
        assert sorted(b.condition for b in chosen(read, conditionals, number)) == sorted(expected)
        assert b"#" not in read


def test_many_branches_take_no_long_time() -> None:
    part = b"#ifdef A%d\nstruct B%d {\n#else\nstruct C%d {\n#endif\n  int x;\n};\n"
    times = []
    for count in (500, 2_000):
        text = b"".join(part % (i, i, i) for i in range(count))
        begun = time.process_time()
        record = extract(text, "cpp", scan(text).counts)
        times.append(time.process_time() - begun)
        assert len(record.symbols) == 3 * count
        assert {s.condition for s in record.symbols[-3:]} == {f"!defined(A{count - 1})", f"defined(A{count - 1})", ""}
    assert times[1] < 12 * times[0]
