"""No answer to an agent has a text with the shape of a secret, wherever in a record it stands."""

from __future__ import annotations

import json

import pytest

from gazetteer.answers import Answers
from gazetteer.config import Config
from gazetteer.facts import Facts
from programs.grown import atlas_of, write
from trees import committed

SECRET = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
FILES = {
    "package.json": f'{{"scripts": {{"x": "y"}},\n "config": {{"token": "{SECRET}"}}}}\n',
    "a.py": f'class A:\n    def f(self, token="{SECRET}"): ...\n\n    key = "{SECRET}"\n',
}


@pytest.mark.parametrize(("tool", "arguments"), [
    ("get_file_facts", {"path": "package.json"}), ("get_file_facts", {"path": "a.py"}), ("get_symbol", {"name": "A"}),
    ("get_symbol", {"name": "f"}), ("search_symbols", {"query": "kind:field"}), ("read_lines", {"path": "a.py", "first": 1, "last": 4}),
    ("changed_since", {"revision": "HEAD"}),
])  # fmt: skip
def test_nothing_has_the_shape_of_a_secret(tmp_path, tool, arguments):
    root = committed(write(tmp_path / "tree", FILES))
    write(root, {"a.py": FILES["a.py"].replace("self, ", "self, other, ").replace("key", "named")})
    facts = Facts(atlas_of(root), root)
    answer = json.dumps(Answers(lambda: facts, root, Config()).call(tool, arguments))
    assert SECRET not in answer
    assert "shape of" in answer
