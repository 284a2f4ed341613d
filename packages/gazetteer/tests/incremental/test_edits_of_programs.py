"""Entry points that manifests declare, and imports of modules, after edits: the same as of a first build."""

from __future__ import annotations

import pytest

from gazetteer.build import build
from gazetteer.config import Config
from gazetteer.store import Store
from trees import contents, write

FILES = {
    "pyproject.toml": '[project]\nname = "tool"\n\n[project.scripts]\ntool = "tool.cli:main"\n',
    "src/tool/__init__.py": "",
    "src/tool/cli.py": "import sys\n\n\ndef main():\n    pass\n",
    "src/tool/__main__.py": "from .cli import main\n",
    "js/package.json": '{"name": "knife", "bin": "./cut.js"}\n',
    "js/cut.js": "export function cut() {}\n",
    "cpp/shop.cppm": "export module shop;\nexport int n;\n",
    "cpp/main.cpp": "import shop;\nint main() { return n; }\n",
    "go/main.go": "package main\n\nfunc main() {}\n",
}
EDITS = [
    {"src/tool/cli.py": "import sys\n\n\n\n\ndef main():\n    pass\n"},
    {"src/tool/cli.py": "import sys\n\n\ndef other():\n    pass\n"},
    {"pyproject.toml": FILES["pyproject.toml"] + 'more = "tool:gone"\n'},
    {"pyproject.toml": '[project]\nname = "tool"\n'},
    {"js/package.json": '{"name": "spoon",\n "bin": "./cut.js"}\n'},
    {"js/cut.js": "// moved\nexport function cut() {}\n"},
    {"cpp/shop.cppm": "export module market;\nexport int n;\n"},
    {"cpp/main.cpp": "int main() { return 0; }\n"},
    {"go/main.go": "package lib\n\nfunc main() {}\n"},
    {"go/main.go": "package main\n\n// Later.\n\nfunc main() {}\n"},
]


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: next(iter(edit)))
def test_an_edit_gives_what_a_first_build_gives(tmp_path, edit):  # check 29
    root = write(tmp_path / "tree", FILES)
    formats = ("md", "html", "json", "llms")
    with Store(tmp_path / "store") as store:
        build(root, tmp_path / "out", Config(), store, formats=formats)
        write(root, edit)
        build(root, tmp_path / "out", Config(), store, formats=formats)
    with Store(None) as store:
        build(root, tmp_path / "cold", Config(), store, formats=formats)
    found, cold = contents(tmp_path / "out"), contents(tmp_path / "cold")
    assert sorted(p for p in found.keys() | cold.keys() if found.get(p) != cold.get(p)) == []
