"""What terms find, from the command and from the function."""

import json

import pytest

from gazetteer.errors import UsageError
from gazetteer.query import find, near
from programs.grown import gaz


def found(facts, *terms):
    return [(h.path, facts.symbols_of(h.path)[h.index].name if h.index >= 0 else "") for h in find(facts.atlas, terms).hits]


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        (["kind:struct", "base:FunctionPreHook"], [("src/tensor_hook.h", "TensorPreHook")]),
        (["TensorPreHook::run"], [("src/tensor_hook.cpp", "run"), ("src/tensor_hook.h", "run")]),
        (["compiled_args", "path:core"], [("pkg/core.py", "compiled_args")]),
        (["Core*"], [("pkg/core.py", "Core")]),
        (["uses:src/hook.h"], [("README.md", ""), ("src/tensor_hook.h", "")]),
        (["uses:hook.h", "lang:cpp"], [("src/tensor_hook.h", "")]),
        (["used-by:src/tensor_hook.h"], [("src/hook.h", "")]),
        (["tests:compiled_args"], [("tests/test_core.py", "")]),
        (["tests:pkg/core.py"], [("tests/test_core.py", "")]),
        (["doc:runs on TENSORS"], [("src/tensor_hook.h", "TensorPreHook")]),
        (["doc:the core:"], [("pkg/core.py", "")]),
        (["lang:python", "path:tests/*"], [("tests/test_core.py", "")]),
        (["kind:function", "uses:nothing.h"], None),
    ],
)
def test_terms(facts, terms, expected):
    if expected is None:
        with pytest.raises(UsageError, match="no file 'nothing"):
            find(facts.atlas, terms)
    else:
        assert sorted(found(facts, *terms)) == expected


def test_a_name_in_others_is_said_to_be_one(facts):
    answer = find(facts.atlas, ["prehook"])
    assert {facts.symbols_of(h.path)[h.index].name for h in answer.hits} == {
        "FunctionPreHook", "TensorPreHook", "~FunctionPreHook",
    }  # fmt: skip
    assert answer.notes == ("no symbol is called 'prehook'; these names have it in them",)
    assert near(facts.atlas, "TensorPreHok") == ["TensorPreHook"]


@pytest.mark.parametrize(
    ("term", "said"), [("kind:clas", "did you mean 'class'"), ("bases:X", "did you mean 'base'"), ("lang:pyton", "python")]
)
def test_terms_that_are_wrong(facts, term, said):
    with pytest.raises(UsageError, match=said):
        find(facts.atlas, [term])


def test_command(facts, capfd):
    assert gaz("query", "base:FunctionPreHook", "-p", facts.root, "-j", 1) == 0
    assert capfd.readouterr().out.startswith("src/tensor_hook.h:5  struct  TensorPreHook")
    assert gaz("query", "kind:enum", "-p", facts.root, "-j", 1) == 1  # nothing
    assert "nothing found" in capfd.readouterr().err
    assert gaz("query", "uses:src/hook.h", "--json", "-p", facts.root, "-j", 1) == 0
    records = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    assert {(r["is"], r["path"], r["edges"][0]["line"], r["edges"][0]["method"]) for r in records} == {
        ("file", "README.md", 3, "resolved"), ("file", "src/tensor_hook.h", 2, "resolved"),
    }  # fmt: skip
    assert gaz("query", "kinds:enum", "-p", facts.root, "-j", 1) == 2


@pytest.mark.parametrize("arguments", [["query", "Base"], ["explain", "Base"], ["doctor"], ["diff", ".", "."]])
def test_json_by_either_name(facts, monkeypatch, capfdbinary, arguments):
    monkeypatch.chdir(facts.root)
    answers = []
    for more in ([], ["--format", "text"], ["--json"], ["--format", "json"]):
        gaz(*arguments, *more)
        answers.append(capfdbinary.readouterr().out)
    assert answers[0] == answers[1] != answers[2] == answers[3]
    assert answers[2].startswith(b"{")


def test_tests_that_there_are_not_say_what_was_searched(facts, capfd):
    searched = sum("test" in f.labels and f.scan.content == "text" for f in facts.atlas.files.values())
    assert searched
    assert gaz("query", "tests:FunctionPreHook_", "-p", facts.root) == 1
    said = f"no test names 'FunctionPreHook_'; {searched} files searched\nnothing found for tests:FunctionPreHook_\n"
    assert capfd.readouterr().err == said


def test_a_name_that_there_is_not_gives_the_nearest(facts, capfd):
    assert gaz("query", "TensorPreHok", "-p", facts.root) == 1
    assert capfd.readouterr().err == "nothing found for TensorPreHok; near are TensorPreHook\n"
    assert gaz("query", "kind:macro", "-p", facts.root) == 1
    assert capfd.readouterr().err == "nothing found for kind:macro\n"
