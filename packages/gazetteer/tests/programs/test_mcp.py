"""`gaz mcp`, asked by the SDK's own client over stdio."""

import json
import sys
from pathlib import Path

import anyio
import pytest
from mcp import Client, StdioServerParameters, stdio_client

import gazetteer
from gazetteer.answers import TOOLS, Answers
from gazetteer.config import Config
from gazetteer.mcp_server import Current, answered
from gazetteer.opening import opened
from gazetteer.render.json import json_outputs
from programs.grown import FILES, facts_of, gaz, write
from trees import git


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    """One session with every question of this file; the answers by name."""
    root = write(tmp_path_factory.mktemp("mcp") / "grown", FILES)
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "one")
    (root / "pkg/late.py").write_text("def late(): ...\n")
    (root / "outside").symlink_to("/etc")
    (root / "passwd").symlink_to("/etc/passwd")
    answers = {}
    parameters = StdioServerParameters(
        command=sys.executable, args=["-m", "gazetteer", "mcp", str(root), "-j", "1"],
        env={"PYTHONPATH": str(Path(gazetteer.__file__).parents[1]), "GAZETTEER_CACHE_DIR": str(tmp_path_factory.mktemp("cache"))},
    )  # fmt: skip

    async def ask(client, key, tool, **arguments):
        result = await client.call_tool(tool, arguments)
        answers[key] = result.is_error, json.loads(result.content[0].text)

    async def talk():
        async with Client(stdio_client(parameters)) as client:
            answers["tools"] = (await client.list_tools()).tools
            await ask(client, "search", "search_symbols", query="kind:struct base:FunctionPreHook")
            await ask(client, "nothing", "search_symbols", query="TensorPreHok")
            await ask(client, "file", "get_file_facts", path="tensor_hook.h")
            await ask(client, "symbol", "get_symbol", name="TensorPreHook")
            await ask(client, "unknown", "get_symbol", name="TensorPreHok")
            await ask(client, "dependents", "dependents", of="src/hook.h")
            await ask(client, "derived", "dependents", of="FunctionPreHook")
            await ask(client, "dependencies", "dependencies", of="src/hook.h")
            await ask(client, "tests", "tests_for", of="Core")
            await ask(client, "no tests", "tests_for", of="TensorPreHook")
            await ask(client, "lines", "read_lines", path="src/tensor_hook.h", first=5, last=6)
            await ask(client, "secret", "read_lines", path="pkg/keys.py", first=1, last=3)
            await ask(client, "secret symbols", "get_file_facts", path="pkg/keys.py")
            for number, path in enumerate(["/etc/passwd", "../../etc/passwd", "outside/passwd", "passwd"]):
                await ask(client, f"outside {number}", "read_lines", path=path, first=1)
            await ask(client, "changed", "changed_since", revision="HEAD")
            await ask(client, "no revision", "changed_since", revision="nowhere")
            await ask(client, "wrong", "search_symbols", query="a", limit=0)
            await ask(client, "missing", "get_symbol")
            await ask(client, "long", "get_symbol", name="a" * 9_000, max_tokens=200)
            for offset in range(40):
                await ask(client, f"page {offset}", "search_symbols", query="*", offset=offset, limit=1)
            await ask(client, "all", "search_symbols", query="*", limit=200, max_tokens=50_000)
            await ask(client, "small", "search_symbols", query="*", limit=200, max_tokens=600)
            await ask(client, "least", "get_file_facts", path="pkg/core.py", max_tokens=200)
            (root / "pkg/fresh.py").write_text("def fresh(): ...\n")
            await ask(client, "fresh", "get_symbol", name="fresh")

    anyio.run(talk)
    answers["root"] = root
    return answers


def test_tools(asked):  # check 41
    assert [t.name for t in asked["tools"]] == list(TOOLS)
    assert all(t.input_schema["required"] and t.description for t in asked["tools"])


def test_every_item_has_evidence_and_every_answer_its_size(asked):  # check 41
    items = 0
    for key, value in asked.items():
        if key in ("tools", "root") or value[0]:
            continue
        answer = value[1]
        assert "data" in answer["notice"]
        assert answer["returned"] == len(answer["items"]) <= answer["total"]
        assert abs(answer["tokens"] - len(json.dumps(answer, separators=(",", ":"), ensure_ascii=False).encode()) / 3) <= 2
        for item in answer["items"]:
            assert item["path"]
            assert item["method"] in ("parsed", "resolved", "text-match")
            assert 1 <= item["line"] <= item["end_line"], key
            items += 1
    assert items > 60


def test_facts(asked):  # check 41
    assert [i["name"] for i in asked["search"][1]["items"]] == ["TensorPreHook"]
    assert asked["file"][1]["file"]["path"] == "src/tensor_hook.h"
    assert asked["file"][1]["total"] == asked["file"][1]["file"]["symbols"] == 3
    (symbol,) = asked["symbol"][1]["items"]
    assert [m["name"] for m in symbol["members"]] == ["run", "value_idx_"]
    assert {(i["path"], i["line"]) for i in asked["dependents"][1]["items"] if i["kind"] == "include"} == {("src/tensor_hook.h", 2)}
    assert ("src/tensor_hook.h", 5) in {(i["path"], i["line"]) for i in asked["derived"][1]["items"]}
    assert [i["text"] for i in asked["dependencies"][1]["items"] if i.get("why")] != []
    assert [(i["path"], i["line"]) for i in asked["tests"][1]["items"]] == [("tests/test_core.py", 1)]
    assert (asked["no tests"][1]["total"], asked["no tests"][1]["searched"]) == (0, 1)
    assert [i["text"] for i in asked["lines"][1]["items"]] == [
        "struct TensorPreHook : public FunctionPreHook {",
        "  int run(int x) override;",
    ]
    assert [(i["change"], i["path"], i["name"]) for i in asked["changed"][1]["items"]] == [("added", "pkg/late.py", "late")]
    assert asked["fresh"][1]["total"] == 1  # the tree as it is now


def test_dependencies_of_a_symbol_that_are_not_in_the_tree(tmp_path):  # check 41
    files = {
        "a.py": "import enum\nfrom b import Base\n\n\nclass Mine(Base, enum.Enum, Elsewhere[int]):\n"
        "    def f(self):\n        import numpy\n        from b import tool\n",
        "b.py": "class Base: ...\ndef tool(): ...\n", "c.py": "class Elsewhere: ...\n",
        "k.h": "struct K : Known, std::vector<int> {};\nstruct Known {};\n",
    }  # fmt: skip
    facts = facts_of(write(tmp_path / "tree", files))
    answers = Answers(lambda: facts, facts.root, Config())

    def told(of):
        items = answers.call("dependencies", {"of": of})["items"]
        return [(i["kind"], i["line"], i["text"], i.get("target") or (i["why"], *i.get("candidates", ()))) for i in items]

    assert told("Mine") == [
        ("base", 5, "Base", "b.py"),
        ("import", 8, "from b import tool", "b.py"),
        ("import", 7, "import numpy", ("outside",)),
        ("base", 5, "enum.Enum", ("outside",)),
        ("base", 5, "Elsewhere[int]", ("unresolved", "c.py")),
    ]
    assert told("K") == [("base", 1, "Known", "k.h"), ("base", 1, "std::vector<int>", ("outside",))]
    assert [(k, line, text) for k, line, text, _ in told("Mine.f")] == [("import", 8, "from b import tool"), ("import", 7, "import numpy")]


def test_unknown_names_give_the_nearest(asked):  # check 41
    failed, answer = asked["unknown"]
    assert failed
    assert answer["nearest"] == ["TensorPreHook"]
    assert asked["nothing"][1]["nearest"] == ["TensorPreHook"]


def test_pages_are_the_whole(asked):  # checks 23 and 41
    whole = [i["id"] for i in asked["all"][1]["items"]]
    assert len(whole) == asked["all"][1]["total"]
    assert [i["id"] for n in range(len(whole)) for i in asked[f"page {n}"][1]["items"]] == whole[:40]
    last = asked[f"page {len(whole) - 1}"][1]
    assert "next_offset" not in last
    assert asked["page 0"][1]["next_offset"] == 1
    (asked["root"] / "pkg/fresh.py").unlink()  # it came after these questions
    written = b"".join(dict(json_outputs(facts_of(asked["root"])))["data/symbols.jsonl"]()).splitlines()
    assert sorted(json.loads(line)["id"] for line in written) == sorted(whole)


def test_budgets(asked):  # check 41
    small = asked["small"][1]
    assert small["tokens"] <= 600
    assert 0 < small["returned"] < small["total"]
    assert small["next_offset"] == small["returned"]
    assert asked["least"][1]["tokens"] <= 200


def test_nothing_outside_of_the_tree(asked):  # check 32
    for number in range(4):
        failed, answer = asked[f"outside {number}"]
        assert failed
        assert "root:" not in json.dumps(answer)


def test_secrets_are_left_out(asked):
    assert "AKIA" not in json.dumps(asked["secret"])
    assert "ghp_" not in json.dumps(asked["secret symbols"])
    assert asked["secret"][1]["items"][0]["left_out"] == "it has the shape of an AWS access key"
    assert asked["secret"][1]["items"][2]["text"] == 'harmless = "hello"'


def test_wrong_questions(asked):
    assert asked["wrong"] == (True, {"error": "search_symbols: limit must be from 1 to 200; got 0"})
    assert asked["missing"] == (True, {"error": "get_symbol: the argument 'name' is missing"})
    assert len(json.dumps(asked["long"][1])) < 3 * 200
    assert "no revision 'nowhere'" in asked["no revision"][1]["error"]


@pytest.mark.parametrize(
    ("extra", "module", "command"),
    [
        ("mcp", "mcp.server.lowlevel", ["mcp"]),
        ("scip", "google.protobuf", ["export", "scip", "-o", "x.scip"]),
        ("scip", "google.protobuf", ["build", "--format", "md,scip", "-o", "out"]),
        ("watch", "watchfiles", ["watch", "-o", "out"]),
        ("dask", "distributed", ["build", "--executor", "dask", "-o", "out"]),
    ],
)
def test_without_the_extra(extra, module, command, tmp_path, monkeypatch, capfd):
    monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.chdir(write(tmp_path / "t", {"a.py": "x = 1\n"}))
    assert gaz(*command, "-j", 1) == 2
    assert f"which is not installed; expected: pip install 'gazetteer[{extra}]'" in capfd.readouterr().err
    assert [path.name for path in (tmp_path / "t").iterdir()] == ["a.py"]


def test_lines_that_are_asked_for_come_at_once(tmp_path):
    facts = facts_of(write(tmp_path / "tree", {"a.py": "x = 1\n" * 300}))
    answers = Answers(lambda: facts, tmp_path / "tree", Config())
    asked = {"path": "a.py", "first": 11, "max_tokens": 20_000}
    assert answers.call("read_lines", {**asked, "last": 160})["returned"] == 150
    assert answers.call("read_lines", {**asked, "last": 300})["next_offset"] == 200
    assert answers.call("read_lines", {**asked, "last": 160, "limit": 3})["returned"] == 3


def test_dependents_say_how_many_files_they_are_in(tmp_path):
    tree = {"a.py": "class A:\n    def f(self): ...\n", "b.py": "import a\nclass B(a.A):\n    def f(self): ...\n", "c.py": "import a\n"}
    facts = facts_of(write(tmp_path / "tree", tree))
    answer = Answers(lambda: facts, tmp_path / "tree", Config()).call("dependents", {"of": "a.py", "limit": 1})
    assert (answer["files"], answer["total"], answer["returned"]) == (2, 4, 1)


def test_folders(tmp_path):  # check 41
    tree = {
        "lib/a.py": "class Apple:\n    def slice(self): ...\n", "lib/in/b.py": "import os\nfrom lib.a import Apple\n",
        "app/main.py": "from lib.a import Apple\n\n\nclass Pie(Apple): ...\n", "tests/test_a.py": "from lib.a import Apple\nApple\n",
        "x/twice/a.txt": "", "y/twice/a.txt": "", "apple/Apple.txt": "",
    }  # fmt: skip
    facts = facts_of(write(tmp_path / "tree", tree))
    answers = Answers(lambda: facts, tmp_path / "tree", Config())
    for folder in ("lib", "lib/", "./lib/"):
        answer = answers.call("dependents", {"of": folder})
        assert (answer["of"], answer["files_of_folder"], answer["files"]) == ([folder], 2, 2)
        assert {(i["path"], i["kind"]) for i in answer["items"]} == {
            ("app/main.py", "import"),
            ("app/main.py", "base"),
            ("tests/test_a.py", "import"),
        }
        assert [i["text"] for i in answers.call("dependencies", {"of": folder})["items"]] == ["import os"]
        assert [(i["path"], i["names"]) for i in answers.call("tests_for", {"of": folder})["items"]] == [("tests/test_a.py", ["Apple"])]
    assert [i["target"] for i in answers.call("dependencies", {"of": "in/"})["items"] if "why" not in i] == ["lib/a.py"]
    assert answers.call("dependents", {"of": "app/"})["items"] == []
    assert answers.call("dependents", {"of": "Apple"})["of"] == ["lib/a.py#S1"]  # a symbol, not a folder
    for tool, of, said in [
        ("dependents", "twice/", "'twice/' means 2 folders: x/twice/, y/twice/; expected one path"),
        ("dependents", "nowhere/", "no folder 'nowhere/' in the tree"),
        ("get_file_facts", "lib", "'lib' is a folder of 2 files, such as lib/a.py; expected one file"),
    ]:
        assert answered(answers.call, tool, {"path" if tool == "get_file_facts" else "of": of}) == ({"error": said}, True)


def test_arguments_that_are_written_otherwise(tmp_path):  # check 41
    facts = facts_of(write(tmp_path / "tree", {"a/b.py": "x = 1\n" * 3}))
    answers = Answers(lambda: facts, tmp_path / "tree", Config())
    whole = {"path": f"{tmp_path}/tree/a/b.py", "first": 1.0, "last": 3, "limit": 2.0}  # a whole number by JSON Schema
    assert [i["path"] for i in answers.call("read_lines", whole)["items"]] == ["a/b.py", "a/b.py"]
    assert answers.call("dependents", {"of": f"{tmp_path}/tree/a/"})["of"] == ["a/"]
    for tool, arguments, said in [
        ("read_lines", {"path": "a/b.py", "first": 1.5}, "read_lines: first must be a whole number; got 1.5"),
        ("get_symbol", {"name": ""}, "get_symbol: name is ''; expected a name, plain or qualified"),
        (
            "dependents",
            {"of": "."},
            "dependents: of is '.'; expected a path of a file, or of a folder with / at its end; or the name of a symbol",
        ),
    ]:
        assert answered(answers.call, tool, arguments) == ({"error": said}, True)


def test_a_tree_that_is_gone_is_no_empty_tree(tmp_path):
    root = write(tmp_path / "tree", {"a.py": "class A: ...\n"})
    with opened(root, jobs=1) as tree:
        answers = Answers(Current(tree), root, Config())
        assert answered(answers.call, "get_symbol", {"name": "A"})[0]["total"] == 1
        root.rename(tmp_path / "elsewhere")
        answer, failed = answered(answers.call, "get_symbol", {"name": "A"})
        assert failed
        assert answer["error"] == f"source {root} cannot be read: No such file or directory"
        (tmp_path / "elsewhere").rename(root)
        assert answered(answers.call, "get_symbol", {"name": "A"})[0]["total"] == 1
