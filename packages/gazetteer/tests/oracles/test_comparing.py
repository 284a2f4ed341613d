"""The comparison itself: whatever is planted wrong in an answer is found. No foreign parser is needed."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from gazetteer.extract import extract, scan
from oracles.comparing import Answer, Details, Fact, Oracle, Tally, ask, compare, corpus, read_answers, recorded, without_comments

SOURCE = b"""import os

class Shop(Base):
    rent = 3

    def sell(self, ware):
        return ware
"""


def theirs() -> list[tuple[Fact, Details]]:
    return [
        (Fact("class", "Shop", 3, 7), {"bases": ["Base"], "first": 3}),
        (Fact("field", "Shop.rent", 4, 4), {"value": "3"}),
        (Fact("method", "Shop.sell", 6, 7), {"parameters": ["self", "ware"]}),
        (Fact("import:import", "os", 1), {}),
    ]


def ours() -> Answer:
    return recorded(extract(SOURCE, "python", scan(SOURCE).counts))


def test_nothing_differs_where_nothing_does() -> None:
    found = compare(Answer(theirs()), ours())
    assert found.in_words() == []
    assert found.both.total() == 4


@pytest.mark.parametrize(
    ("planted", "words"),
    [
        ((0, Fact("class", "Shop", 2, 7)), ["missed class Shop, line 2 to 7", "extra class Shop, line 3 to 7"]),
        ((0, Fact("class", "Shop", 3, 6)), ["extra class Shop, line 3 to 7", "missed class Shop, line 3 to 6"]),
        ((0, Fact("struct", "Shop", 3, 7)), ["extra class Shop, line 3 to 7", "missed struct Shop, line 3 to 7"]),
        ((2, Fact("method", "sell", 6, 7)), ["extra method Shop.sell, line 6 to 7", "missed method sell, line 6 to 7"]),
        ((3, Fact("import:import", "sys", 1)), ["extra import:import os, line 1", "missed import:import sys, line 1"]),
    ],
    ids=["a line", "an end", "a kind", "a name", "an import"],
)
def test_what_is_planted_wrong_is_found(planted: tuple[int, Fact], words: list[str]) -> None:
    answer = Answer(theirs())
    index, fact = planted
    answer.found[index] = (fact, {})
    assert compare(answer, ours()).in_words() == words


def test_what_is_missing_and_what_is_too_much_is_found() -> None:
    assert compare(Answer([*theirs(), (Fact("method", "Shop.buy", 8, 9), {})]), ours()).in_words() == [
        "missed method Shop.buy, line 8 to 9"
    ]
    assert compare(Answer(theirs()[1:]), ours()).in_words() == ["extra class Shop, line 3 to 7"]
    twice = [*theirs(), theirs()[0]]
    assert compare(Answer(twice), ours()).in_words() == ["missed class Shop, line 3 to 7"]


def test_details_that_differ_are_found() -> None:
    answer = Answer([(fact, {**details, "first": 2}) if fact.kind == "class" else (fact, details) for fact, details in theirs()])
    assert compare(answer, ours()).in_words() == ["first of class Shop, line 3 to 7: 2, found 3"]


def test_a_detail_that_gazetteer_does_not_know_is_a_mistake_of_the_dumper() -> None:
    with pytest.raises(KeyError, match="colour"):
        compare(Answer([(theirs()[0][0], {"colour": "red"})]), ours())


def test_nothing_counts_where_the_parser_did_not_read() -> None:
    answer = Answer(theirs()[:1] + theirs()[3:], unread=[(4, 7)])
    found = compare(answer, ours())
    assert found.in_words() == []
    assert found.both.total() == 2


def test_recall_and_precision() -> None:
    tally = Tally()
    tally.add(Path("a.py"), compare(Answer([*theirs(), (Fact("class", "A", 9, 9), {})]), ours()))
    tally.add(Path("b.py"), compare(Answer(theirs()[:3]), ours()))
    assert (tally.files, list(tally.differences)) == (2, [Path("a.py"), Path("b.py")])
    assert tally.recall == pytest.approx(100 * 7 / 8)
    assert tally.precision == pytest.approx(100 * 7 / 8)
    assert "class                both       2  missed     1  extra     0" in tally.report()
    assert "    missed class A, line 9 to 9" in tally.report()


def test_what_must_be_exact_or_good_enough_fails_if_it_is_not() -> None:
    tally = Tally()
    with pytest.raises(AssertionError):
        tally.must_be_exact({})  # nothing was compared
    tally.add(Path("a.py"), compare(Answer([*theirs(), (Fact("class", "A", 9, 9), {})]), ours()))
    tally.must_be_exact({"a.py": ["missed class A, line 9 to 9"]})
    for known in ({}, {"a.py": []}, {"a.py": ["missed class A, line 9 to 9"], "b.py": ["extra class B, line 1 to 1"]}):
        with pytest.raises(AssertionError):
            tally.must_be_exact(known)
    tally.must_reach(80, 100, 4)
    for recall, precision, facts in ((81, 100, 4), (80, 100, 5)):
        with pytest.raises(AssertionError, match=r"recall 80\.000 %"):
            tally.must_reach(recall, precision, facts)
    tally.refused[Path("c.py")] = "odd"
    with pytest.raises(AssertionError, match="odd"):
        tally.must_be_exact({"a.py": ["missed class A, line 9 to 9"]})


def test_whole_corpora_wait_for_their_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.py").write_text("")
    (tmp_path / "b.txt").write_text("")
    monkeypatch.delenv("GAZETTEER_ORACLES", raising=False)
    monkeypatch.delenv("GAZETTEER_ORACLE_CORPUS", raising=False)
    with pytest.raises(pytest.skip.Exception, match="make oracles"):
        corpus(".py", own=[tmp_path])
    monkeypatch.setenv("GAZETTEER_ORACLES", str(tmp_path))
    assert corpus(".py", own=[tmp_path, tmp_path / "not there"]) == [tmp_path / "a.py"]
    with pytest.raises(pytest.skip.Exception, match="GAZETTEER_ORACLE_CORPUS"):
        corpus(".py")
    monkeypatch.setenv("GAZETTEER_ORACLE_CORPUS", str(tmp_path))
    assert corpus(".py") == [tmp_path / "a.py"]


DUMPER = """
import json, sys
for name in sys.stdin.read().split():
    print(json.dumps({"file": name, "problem": "odd" if name.endswith("b.py") else ""}))
    print(json.dumps({"kind": "class", "name": "A", "line": 1, "end": 1, "bases": []}))
    print(json.dumps({"kind": "unread", "line": 5, "end": 6}))
"""


def test_a_dumper_is_asked(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("class A: pass\ndef f(): pass\n")
    (tmp_path / "b.py").write_text("class (:\n")
    oracle = Oracle("a script", lambda: [sys.executable, "-c", DUMPER], lambda path: "python")
    tally = oracle.compare([tmp_path / "a.py", tmp_path / "b.py"])
    assert tally.refused == {tmp_path / "b.py": "odd"}
    assert tally.differences == {tmp_path / "a.py": ["extra function f, line 2 to 2"]}
    assert dict(read_answers(['{"file": "x", "problem": ""}', '{"kind": "unread", "line": 5, "end": 6}']))[Path("x")].unread == [(5, 6)]


def test_a_dumper_that_fails_or_forgets_a_file_is_no_success(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="ended with 3"):
        ask([sys.executable, "-c", "import sys; sys.exit(3)"], [tmp_path])
    with pytest.raises(RuntimeError, match="answered for 0 files of 1"):
        ask([sys.executable, "-c", ""], [tmp_path])


def test_what_is_cut_is_compared_as_far_as_it_goes() -> None:
    answer = Answer([(fact, {"value": "3" * 5}) if fact.kind == "field" else (fact, {}) for fact, _ in theirs()])
    cut = ours()
    cut.found = [(fact, {**details, "value": "33…", "decorators": ["@A(1…"]}) for fact, details in cut.found]
    assert compare(answer, cut).in_words() == []
    answer.found[1] = (answer.found[1][0], {"value": "34333", "decorators": ["@A(123)"]})
    assert compare(answer, cut).in_words() == ["value of field Shop.rent, line 4 to 4: '34333', found '33…'"]
    answer.found[1] = (answer.found[1][0], {"decorators": ["@A(123)", "@B"]})
    assert [words.split()[0] for words in compare(answer, cut).in_words()] == ["decorators"]


def test_what_has_comments_may_be_left_out() -> None:
    answer = Answer(
        [(theirs()[1][0], {"value": "1 /* one */", "decorators": ["@A", "@B(// b\n)"], "first": 4}), (theirs()[0][0], {"value": "1"})]
    )
    without_comments(answer, ours())
    assert [details for _, details in answer.found] == [{"first": 4}, {"value": "1"}]
