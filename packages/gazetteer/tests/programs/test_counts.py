"""How many files depend on a file is one number, whoever says it; so is what they are."""

import json
import re

from gazetteer.answers import Answers
from gazetteer.config import Config
from programs.grown import facts_of
from trees import built, contents, write

#: `use.py` derives from a class of `base.py`, which it imports from the package; `README.md` links to that file.
TREE = {
    "README.md": "# Tree\n\nSee [the base](pkg/base.py).\n",
    "pkg/__init__.py": "from .base import Base\nfrom .other import Other\n",
    "pkg/base.py": "class Base:\n    def run(self): ...\n",
    "pkg/other.py": "class Other:\n    def run(self): ...\n",
    "pkg/use.py": "from . import Base, Other\n\n\nclass A(Base):\n    def run(self): ...\n\n\nclass B(A, Other):\n    pass\n",
    "pkg/more.py": "from . import Base\n\n\nclass C(Base): ...\n",
    "x.h": "struct X { void f(); void g(); };\n",
    "y.h": '#include "x.h"\n',
    "x.cc": '#include "y.h"\nvoid X::f() {}\nvoid X::g() {}\n',
}
FORMATS = ("--format", "md,html,json,llms", "-j", 1)


def rows(out, page, heading):
    """How many files a section of a page says there are, and those that it lists."""
    section = (out / page).read_text().partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    files = re.search(r"(\d+) files?( of this tree)?:", section)
    return int(files[1]) if files else 0, set(re.findall(r"\[`([\w/.]+)`\]", section))


def check(out, root):
    facts = [json.loads(line) for line in (out / "data/files.jsonl").read_text().splitlines()]
    edges = [json.loads(line) for line in (out / "data/edges.jsonl").read_text().splitlines()]
    pairs = {(e["path"], e["target"]) for e in edges if e["kind"] != "link"}
    users = {f["path"]: {a for a, b in pairs if b == f["path"] != a} for f in facts}
    index, front = (out / "llms.txt").read_text(), (out / "README.md").read_text()
    known = facts_of(root)
    answers = Answers(lambda: known, root, Config())
    for fact in facts:
        path = fact["path"]
        assert (fact["used_by"], users[path]) == rows(out, f"{path}.md", "Used by"), path
        assert fact["used_by"] == len(users[path]) == answers.call("dependents", {"of": path})["files"], path
        assert fact["depends_on"] == rows(out, f"{path}.md", "Depends on")[0] == sum(path in some for some in users.values()), path
        for said in re.findall(rf"^- \[{re.escape(path)}\]\(.*?\): used by (\d+) file", index, re.MULTILINE):
            assert int(said) == fact["used_by"]
        for said in re.findall(rf"^\| \[`{re.escape(path)}`\]\(.*?\) \| \[(\d+) files?\]", front, re.MULTILINE):
            assert int(said) == fact["used_by"]
    assert "[x.h](x.h.md): used by 2 files" in index
    assert "[`x.h`](x.h.md) | [2 files](x.h.md#used-by)" in front
    return users


def test_one_number_everywhere_and_after_edits(tmp_path):  # checks 9, 13, 23
    root, out, cache = write(tmp_path / "tree", TREE), tmp_path / "out", tmp_path / "cache"
    built(cache, root, "-o", out, *FORMATS)
    users = check(out, root)
    assert users["pkg/base.py"] == {"pkg/__init__.py", "pkg/use.py", "pkg/more.py"}
    assert users["x.h"] == {"y.h", "x.cc"}
    assert "lines 4, 5 (base, override)" in (out / "pkg/base.py.md").read_text()
    assert "|2|`f`|[`x.h`](x.h.md) (definition) and 1 line more|" in (out / "x.cc.md").read_text()
    edits = (
        ("pkg/use.py", TREE["pkg/use.py"].replace("class A(Base)", "class A(Other)")),
        ("pkg/use.py", "from .base import Base\n" + TREE["pkg/use.py"]),
        ("pkg/more.py", "# Moved down.\n" + TREE["pkg/more.py"]),
        ("x.cc", '#include "y.h"\nvoid X::g() {}\n'),
        ("x.cc", '#include "x.h"\nvoid X::g() {}\n'),
        ("pkg/more.py", "from . import Base\n"),
    )
    for number, (path, text) in enumerate(edits):
        write(root, {path: text})
        built(cache, root, "-o", out, *FORMATS)
        check(out, root)
        cold = tmp_path / f"cold{number}"
        built(tmp_path / "no-cache", root, "-o", cold, *FORMATS)
        assert contents(out) == contents(cold)
