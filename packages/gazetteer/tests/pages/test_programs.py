"""What manifests declare: on their own pages, with lines, and as entry points on the page of the root."""

from __future__ import annotations

import json

from documented import documented, shown

PYPROJECT = """[project]
name = "tool"

[project.scripts]
tool = "tool.cli:main"
"tool.dev" = "tool.other:gone [extra]"

[project.gui-scripts]
window = "tool.window"

[tool.poetry.scripts]
verse = "tool:main"
odd = { reference = "bin/odd.sh", type = "file" }
"""
SETUP = """[metadata]
name = old

[options]
packages = find:

[options.entry_points]
console_scripts =
    old = old.main:run
    # a comment = no:call
    older=old.main
gui_scripts = oldw = old.win:Main.run
pytest11 =
    plug = old.plug
"""
CARGO = """[package]
name = "crab"

[[bin]]
name = "crab"

[[bin]]
name = "claw"
path = "claws/one.rs"

[[bin]]
name = "tail"
"""
FILES = {
    "py/pyproject.toml": PYPROJECT,
    "py/src/tool/__init__.py": "from .cli import main\n",
    "py/src/tool/cli.py": "import sys\n\n\ndef main():\n    pass\n",
    "old/setup.cfg": SETUP,
    "old/old/main.py": "def run(): pass\n",
    "crab/Cargo.toml": CARGO,
    "crab/src/main.rs": "fn main() {}\n",
    "crab/claws/one.rs": "fn main() {}\n",
    "crab/src/bin/tail.rs": "fn main() {}\n",
    "js/package.json": '{\n  "name": "@scope/knife",\n  "bin": "./cut.js"\n}\n',
    "js/cut.js": "export function cut() {}\n",
    "js/many/package.json": '{\n  "name": "many",\n  "bin": {\n    "a.b": "../cut.js",\n    "gone": "dist/gone.js"\n  }\n}\n',
    "tests/pyproject.toml": '[project.scripts]\nx = "tool.cli:main"\n',
}


def entry_points(page: str) -> list[str]:
    section = page.split("## Entry points")[1].split("\n## ")[0]
    return [shown(line) for line in section.splitlines() if line.startswith("- ")]


def test_programs_that_manifests_declare(tmp_path):
    found = documented(tmp_path, FILES)
    page = found.page("README.md")
    lines = entry_points(page)
    said = [line for line in lines if "declared in" in line]
    assert said == [
        "crab: src/main.rs, declared in crab/Cargo.toml, line 5",
        "claw: claws/one.rs, declared in crab/Cargo.toml, line 8",
        "tail: src/bin/tail.rs, declared in crab/Cargo.toml, line 12",
        "knife: ./cut.js, declared in js/package.json, line 3",
        "old: old.main:run, declared in old/setup.cfg, line 9",
        "older: old.main, declared in old/setup.cfg, line 11",
        "oldw: old.win:Main.run, declared in old/setup.cfg, line 12",
        "tool: tool.cli:main, declared in py/pyproject.toml, line 5",
        "tool.dev: tool.other:gone [extra], declared in py/pyproject.toml, line 6",
        "window: tool.window, declared in py/pyproject.toml, line 9",
        "verse: tool:main, declared in py/pyproject.toml, line 12",
        "a.b: ../cut.js, declared in js/many/package.json, line 4",
        "gone: dist/gone.js, declared in js/many/package.json, line 5",
    ]
    assert "[`tool.cli:main`](py/src/tool/cli.py.md#S4)" in page
    assert "[`tool:main`](py/src/tool/__init__.py.md)" in page
    assert "[`old.main:run`](old/old/main.py.md#S1)" in page
    assert "[`./cut.js`](js/cut.js.md)" in page
    assert "`dist/gone.js`" in page
    assert any("main" in line and "crab/src/bin/tail.rs, line 1" in line for line in lines)  # Cargo makes a program of it
    assert not found.check().faults


def test_modules_that_run_and_functions_called_main(tmp_path):
    found = documented(tmp_path, {
        "src/top/__init__.py": "", "src/top/inner/__init__.py": "", "src/top/inner/__main__.py": "print(1)\n", "src/top/__main__.py": "",
        "{{ name }}/tool/__main__.py": "x = 1\n", "tool/__main__.py": "x = 1\n",
        "cmd/a.go": "package main\n\nfunc main() {}\n", "lib/b.go": "package lib\n\nfunc main() {}\n",
        "kt/m.kt": "package x\n\nfun main() {}\nclass A { fun main() {} }\n",
    })  # fmt: skip
    assert entry_points(found.page("README.md")) == [
        "tool/__main__.py: what python -m tool runs", "src/top/__main__.py: what python -m top runs",
        "src/top/inner/__main__.py: what python -m top.inner runs", "func main() in cmd/a.go, line 3", "fun main() in kt/m.kt, line 3",
    ]  # fmt: skip


def test_values_are_on_the_page_of_the_manifest(tmp_path):
    found = documented(tmp_path, FILES | {"CODEOWNERS": "*.py @a @b\n*.rs\n", ".gitattributes": "*.h linguist-vendored\n"})
    page = found.page("old/setup.cfg.md")
    section = page.split("## Declared")[1].split("\n## ")[0]
    rows = [shown(row) for row in section.splitlines() if "](" in row]
    assert len(rows) == 6
    assert "options.entry_points.console_scripts" in rows[2]
    assert "old = old.main:run" in rows[2]
    assert "setup.cfg#L9)" in section
    for path, text in FILES.items():  # check 21: the line has what is said of it
        if path.rpartition("/")[2] not in ("setup.cfg", "pyproject.toml", "Cargo.toml", "package.json"):
            continue
        assert "## Declared" in found.page(f"{path}.md")
        lines = text.splitlines()
        found.build("json")
        facts = [json.loads(line) for line in (found.out / "data/files.jsonl").read_text().splitlines()]
        (record,) = [f for f in facts if f["path"] == path]
        assert record["values"]
        for value in record["values"]:
            assert value["value"] in lines[value["line"] - 1]
        found.build("md")
    assert "| Line | Pattern | Owners |" in found.page("CODEOWNERS.md")
    assert "| Line | Pattern | Attributes |" in found.page(".gitattributes.md")
    assert not found.check().faults


def test_many_values_say_that_they_are_cut(tmp_path):
    text = "[project]\nx = [\n" + "".join(f'  "v{n}",\n' for n in range(2_500)) + "]\n"
    page = documented(tmp_path, {"pyproject.toml": text}).page("pyproject.toml.md")
    assert "only the first 2,000 of the values that it declares are listed" in page
    assert "2,000 values:" in page


def test_comments_with_a_colon_of_sphinx(tmp_path):
    text = "#: Of the module.\n#: Two lines.\nM = 0\n\n\nclass A:\n    #: How many.\n    n = 1\n\n    #:Close.\n    m = 2\n"
    text += "    k = 3  #: Behind.\n    j = 4  # no\n"
    found = documented(tmp_path, {"a.py": text})
    found.build("json")
    facts = {f["name"]: f for f in map(json.loads, (found.out / "data/symbols.jsonl").read_text().splitlines())}
    said = {name: (f.get("doc"), f.get("doc_line"), f.get("doc_end")) for name, f in facts.items() if f["name"] != "A"}
    assert said == {
        "M": ("Of the module.\nTwo lines.", 1, 2), "n": ("How many.", 7, 7), "m": ("Close.", 10, 10), "k": ("Behind.", 12, 12),
        "j": (None, None, None),
    }  # fmt: skip


def test_tests_are_the_last_of_what_others_depend_on(tmp_path) -> None:
    fixtures = {f"tests/data/{name}.py": f"from . import {other}\n" for name, other in ("ab", "bc", "ca")}
    sources = {"a/__init__.py": "", "a/one.py": "", "a/two.py": "from . import one\n", "a/three.py": "from . import two\n"}
    out = documented(tmp_path, {**sources, **fixtures, "tests/data/__init__.py": ""})
    table = out.page("README.md").split("## Most depended on")[1].split("\n## ")[0]
    order = [line.split("`")[1] for line in table.split("\n") if line.startswith("| [`")]
    assert order[:2] == ["a/one.py", "a/two.py"]
    assert set(order[-3:]) == set(fixtures)
