"""What terms find, from the command and from the function."""

import json

import pytest

from gazetteer.errors import UsageError
from gazetteer.lookup import named, near
from gazetteer.query import find
from programs.grown import facts_of, gaz, write


def found(facts, *terms):
    return [(h.path, facts.symbols_of(h.path)[h.index].name if h.index >= 0 else "") for h in find(facts.atlas, terms).hits]


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        (["kind:struct", "base:FunctionPreHook"], [("src/tensor_hook.h", "TensorPreHook")]),
        (["kind:struct base:FunctionPreHook"], [("src/tensor_hook.h", "TensorPreHook")]),
        (["compiled_args path:core"], [("pkg/core.py", "compiled_args")]),
        (["TensorPreHook::run"], [("src/tensor_hook.cpp", "run"), ("src/tensor_hook.h", "run")]),
        (["compiled_args", "path:core"], [("pkg/core.py", "compiled_args")]),
        (["Core*"], [("pkg/core.py", "Core")]),
        (["uses:src/hook.h"], [("README.md", ""), ("src/tensor_hook.h", "")]),
        (["uses:hook.h", "lang:cpp"], [("src/tensor_hook.h", "")]),
        (["used-by:src/tensor_hook.h"], [("src/hook.h", "")]),
        (["tests:compiled_args"], [("tests/test_core.py", "")]),
        (["tests:pkg/core.py"], [("tests/test_core.py", "")]),
        (["uses:pkg/"], [("tests/test_core.py", "")]),
        (["uses:src"], [("README.md", "")]),
        (["used-by:tests"], [("pkg/core.py", "")]),
        (["used-by:./pkg/"], []),
        (["tests:pkg/"], [("tests/test_core.py", "")]),
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


def test_terms_may_be_quoted_as_one(facts, capfdbinary):
    answers = []
    for terms in (["kind:struct", "base:FunctionPreHook"], ["kind:struct base:FunctionPreHook"], [" kind:struct  base:FunctionPreHook "]):
        assert gaz("query", *terms, "-p", facts.root) == 0
        answers.append(capfdbinary.readouterr().out)
    assert answers[0] == answers[1] == answers[2] != b""


def test_a_folder_is_said_to_be_one(tmp_path, capfd):
    root = write(tmp_path / "tree", {"a/sub/x.txt": "x\n", "b/sub/x.txt": "x\n"})
    assert gaz("query", "a/sub", "-p", root) == 1
    assert "a/sub, which is a folder of 1 file: path:a/sub finds them, uses:a/sub" in capfd.readouterr().err
    assert gaz("query", "uses:sub/", "-p", root) == 2
    assert "'sub/' means 2 folders: a/sub/, b/sub/; expected one path" in capfd.readouterr().err
    assert gaz("explain", "a/sub", "-p", root) == 2
    assert "'a/sub' is a folder of 1 file, such as a/sub/x.txt; expected one file" in capfd.readouterr().err


def test_names_of_files_with_ends_of_lines_are_shown_with_escapes(tmp_path, capfd):  # check 19
    root = write(tmp_path / "tree", {"a\nb.py": "def shown(): ...\n", "c\td.py": "import os\n", "e\rf.py": "def other(): ...\n"})
    assert gaz("query", "shown", "-p", str(root)) == 0
    assert capfd.readouterr().out == "a\\x0ab.py:1  function  shown  def shown()\n"
    assert gaz("query", "path:*d.py", "-p", str(root)) == 0
    assert capfd.readouterr().out.startswith("c\\x09d.py  Python")
    assert gaz("explain", "e\rf.py:1", "-p", str(root)) == 0
    assert "e\\x0df.py" in capfd.readouterr().out.split("\n")[0]


def test_tests_that_there_are_not_say_what_was_searched(facts, capfd):
    assert sum("test" in f.labels and f.scan.content == "text" for f in facts.atlas.files.values()) == 1
    assert gaz("query", "tests:FunctionPreHook_", "-p", facts.root) == 1
    said = "no test names 'FunctionPreHook_'; 1 file searched\nnothing found for tests:FunctionPreHook_"
    assert capfd.readouterr().err == f"{said}; near are FunctionPreHook, ~FunctionPreHook, TensorPreHook\n"


def test_a_name_that_there_is_not_gives_the_nearest(facts, capfd):
    assert gaz("query", "TensorPreHok", "-p", facts.root) == 1
    assert capfd.readouterr().err == "nothing found for TensorPreHok; near are TensorPreHook\n"
    assert gaz("query", "kind:macro", "-p", facts.root) == 1
    assert capfd.readouterr().err == "nothing found for kind:macro\n"


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("pkg.core.Core.compiled_args", "pkg/core.py#S8"),  # as Python imports it
        ("core.Core", "pkg/core.py#S5"),
        ("pkg/core.py#Core.compiled_args", "pkg/core.py#S8"),
        ("core.py:Core", "pkg/core.py#S5"),
        ("tests/test_core.py::test_core", "tests/test_core.py#S4"),  # as pytest writes it
        ("pkg/core.py#S5", "pkg/core.py#S5"),  # as our own records and pages do
        ("Core()", "pkg/core.py#S5"),
        ("Core.comp*", "pkg/core.py#S8"),
        ("TensorPreHook::r*", "src/tensor_hook.cpp#S3 src/tensor_hook.h#S6"),
        ("src::hook::FunctionPreHook", "src/hook.h#S5"),
    ],
)
def test_a_name_with_where_it_stands(facts, name, place):
    refs, note = named(facts.atlas, name)
    assert (" ".join(facts.id_of(ref.path, ref.index) for ref in refs), note) == (place, "")


def test_names_of_packages_and_receivers(tmp_path):
    tree = {"gin.go": "package gin\n\ntype Engine struct{}\n\nfunc (e *Engine) Run() {}\n", "sub/a.go": "package sub\n\nfunc Run() {}\n"}
    facts = facts_of(write(tmp_path / "tree", {**tree, "ops.h": "struct A { int operator*(); int operator==(A); int operator()(); };\n"}))
    for name, line in (("gin.Engine.Run", 5), ("example.org/me/gin.Engine", 3), ("(*Engine).Run", 5), ("sub.Run", 3)):
        refs, note = named(facts.atlas, name)
        assert ([facts.atlas.symbol(ref).line for ref in refs], note) == ([line], ""), name
    for name in ("operator*", "A::operator*", "operator==", "operator()"):
        refs, note = named(facts.atlas, name)
        assert ([facts.atlas.symbol(ref).name for ref in refs], note) == ([name.removeprefix("A::")], "")


def test_a_name_with_something_else_before_it_is_said_to_be_one(facts):
    answer = find(facts.atlas, ["elsewhere.Core"])
    assert [(h.path, facts.symbols_of(h.path)[h.index].name) for h in answer.hits] == [("pkg/core.py", "Core")]
    assert answer.notes == ("no symbol is called 'elsewhere.Core'; these are called 'Core'",)


@pytest.mark.parametrize(
    ("terms", "said"),
    [
        (["hook.h"], "nothing found for hook.h, which is a file: path:hook.h finds it, uses:hook.h what depends on it\n"),
        (["Base", "helper"], "nothing found for Base helper\n"),
        (["Base", "helpr"], "nothing found for Base helpr; near are helper\n"),
        (
            ["kind:struct", "base:FunctionPreHok"],
            "nothing found for kind:struct base:FunctionPreHok; near are FunctionPreHook, ~FunctionPreHook\n",
        ),
        (["kind:enum", "FunctionPreHook"], "nothing found for kind:enum FunctionPreHook\n"),
        (["class:Core"], "gaz: unknown term 'class:'; expected kind:class Core\n"),
        (["lang:pyhton"], "gaz: unknown language 'pyhton'; those of the tree are cpp, markdown, python, did you mean 'python'?\n"),
    ],
)
def test_what_may_have_been_meant(facts, capfd, terms, said):
    assert gaz("query", *terms, "-p", facts.root, "-j", 1)
    assert capfd.readouterr().err == said


def test_case_of_terms_does_not_matter(facts):
    assert found(facts, "Kind:Struct", "lang:C++") == found(facts, "kind:struct", "lang:cpp") != []
