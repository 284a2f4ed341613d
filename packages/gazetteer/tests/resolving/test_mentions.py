"""Which tests mention the names of a file: a word that any text may have is none of another language."""  # check 14

from __future__ import annotations

from pathlib import Path

import pytest

from editing import build_once, cold, contents, make_tree, put
from gazetteer.config import Config
from gazetteer.discover import discover
from gazetteer.gather import gather
from gazetteer.resolve import resolve
from gazetteer.store import Store

TREE = {
    "src/box.h": "struct Box { void release() {} void give_back() {} };\n",
    "src/box.py": "def loads(text): ...\n\n\ndef giveBack(): ...\n",
    "tests/test_box.py": "from src.box import loads\n\n\ndef test_it(release, give_back):\n    loads(Box)\n",
    "tests/test_box.cu": "// loads giveBack\nint main() { box.release(); }\n",
}


def _mentions(root: Path) -> dict[str, tuple[tuple[str, tuple[str, ...]], ...]]:
    config = Config()
    with Store(None) as store:
        tests = resolve("tree", gather(root, discover(root, config), config, store).files, config).tests
    return {path: search.found for path, search in tests.items()}


def test_a_plain_word_is_looked_for_in_its_own_language(tmp_path: Path) -> None:
    make_tree(tmp_path, TREE)
    assert _mentions(tmp_path) == {
        "src/box.h": (("tests/test_box.cu", ("release",)), ("tests/test_box.py", ("give_back",))),
        "src/box.py": (("tests/test_box.cu", ("giveBack",)), ("tests/test_box.py", ("loads",))),
    }


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("tests/test_box.cu", "box.release()", "box"),
        ("tests/test_box.cu", "main()", "main(loads give_back)"),
        ("tests/test_box.py", "loads(Box)", "pass"),
        ("tests/test_box.py", "release, ", "giveBack, "),
        ("src/box.h", "release", "loads"),
        ("src/box.py", "def loads", "def release"),
        ("tests/run", "#!/usr/bin/env python3", "#!/bin/bash"),  # another language
        ("tests/run", "#!/bin/bash", "#!/usr/bin/env python3"),
    ],
)
def test_mentions_are_brought_up_to_date(tmp_path: Path, path: str, old: str, new: str) -> None:  # check 29
    root, out, store = tmp_path / "tree", tmp_path / "out", tmp_path / "store"
    make_tree(root, {**TREE, "tests/run": f"{old if path == 'tests/run' else '#!/bin/sh'}\nloads release\n"})
    build_once(root, out, store)
    put(root / path, (root / path).read_text().replace(old, new))
    build_once(root, out, store)
    assert contents(out) == cold(root, out)
