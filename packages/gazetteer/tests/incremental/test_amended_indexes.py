"""Of a long index, only the parts are written again on which something has moved, and they are what a first build writes."""

from unittest import mock

import pytest

import gazetteer.amend.pages
from editing import build_once, cold, contents, make_tree, put

_FORMATS = ("md", "html")
_PATH, _OTHER = "src/m07.py", "src/m08.py"


def _files():
    found = {"gazetteer.toml": "[limits]\npage_bytes = 40_000\n"}
    for number in range(30):
        lines = ["import os", ""]
        for n in range(20):
            lines += [f"def {chr(97 + n)}_item_{number}(value): ...", ""]
        lines += ["def able(value): ...", "", "class Able:", "    def able(self): ...", "", f"def ab_of_{number}(value): ...", ""]
        found[f"src/m{number:02}.py"] = "\n".join(lines)
    for number in range(600):
        found[f"far/ab{number // 20}.py"] = found.get(f"far/ab{number // 20}.py", "") + f"def ab_name_{number}(): ...\n"
    return found


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    folder = tmp_path_factory.mktemp("indexes")
    root, out, store = folder / "tree", folder / "out", folder / "store.sqlite"
    make_tree(root, _files())
    build_once(root, out, store, _FORMATS)
    assert len(list((out / "_symbols/_parts/ab").iterdir())) > 3
    assert len(list((out / "src/_parts/_symbols").iterdir())) > 3
    return root, out, store


def _top(path, text):
    return path, "import os\n", text


@pytest.mark.parametrize(
    ("edits", "is_steady"),
    [
        ([_top(_PATH, "import os\n# one line more\n")], True),
        ([_top(_PATH, "import os\n" + "\n" * 2_000)], True),  # lines with more digits take no more room
        ([_top(_PATH, "import os\n\n\n"), _top(_OTHER, "import os\n\n")], True),
        ([("far/ab3.py", "def ab_name_65(): ...\n", "\n\ndef ab_name_65(): ...\n")], True),
        ([("far/ab3.py", "def ab_name_65(): ...\n", "ab_name_65 = 1\n")], True),
        ([_top(_PATH, "import os\n\n"), _top(_OTHER, "import os\nabove_all = 1\n")], False),
        ([_top(_PATH, "import os\n" + "a = 1\n" * 400)], False),  # letters come to stand on other parts
        ([(_PATH, "class Able:\n    def able", "class Able:\n    def unable")], False),  # one place less of those that are counted
        ([_top(_PATH, "import os\nabove_all = 1\n"), _top(_OTHER, "import os\n\n")], False),
    ],
)
def test_parts_of_an_index(built, edits, is_steady):  # check 29
    root, out, store = built
    before = {path: (root / path).read_text() for path, _, _ in edits}
    for path, old, new in edits:
        put(root / path, before[path].replace(old, new, 1))
    with mock.patch.object(gazetteer.amend.pages, "markdown", side_effect=gazetteer.amend.pages.markdown) as written:
        build_once(root, out, store, _FORMATS)
    parts = {page.ref.part for (page, _), _ in written.call_args_list if (page.ref.kind, page.ref.path) == ("shard", "ab")}
    assert parts
    assert not is_steady or len(parts) <= len(edits) + 1
    assert contents(out) == cold(root, out, _FORMATS)
    for path, text in before.items():
        put(root / path, text)
    build_once(root, out, store, _FORMATS)
    assert contents(out) == cold(root, out, _FORMATS)
