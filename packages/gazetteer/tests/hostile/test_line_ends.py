"""What ends a line: a line feed, with or without a carriage return before it. What else a reader takes for an end moves no evidence."""

import re

import pytest

from trees import built, gaz, git, write

#: Files that say something behind what some readers take for the end of a line, and the line on which it stands.
ODD = {
    "old/README.md": ("# Title\r\rWhat it is about, in words.\r\r## Part\r\r[a](../a.py)\r", 1),
    "mixed/README.md": ("# Title\r\r\nWhat it is about, in words.\n", 2),
    "doc/README.adoc": ("= Title\r\rWhat it is about, in words.\r", 1),
    "feed/README": ("Title\x0c\x0bof\u2028it\n\nWhat it is about, in words.\n", 3),
    "conf/services.yml": ("services:\r  a: 1\u2028\r\nbuild:\r\n  b: 2\x85\nstages: c\n", 4),
}


@pytest.mark.parametrize("path", ODD)
def test_evidence_is_on_lines_that_the_file_has(tmp_path, path):  # check 21
    """As `gaz check` and everyone who follows a link counts them."""
    text, line = ODD[path]
    tree = write(tmp_path / "tree", {path: text, "a.py": "x = 1\n"})
    built(tmp_path / "cache", tree, "-o", tree / "docs", "--format", "md,html")
    checked = gaz(tmp_path / "cache", "check", tree / "docs")
    assert checked.returncode == 0, checked.stdout
    said = (tree / "docs" / f"{path}.md") if not path.endswith("README") else next((tree / "docs" / "feed").glob("README~*.md"))
    lines = [int(number) for number in re.findall(r"#L(\d+)", said.read_text())]
    assert max(lines) == line


def test_attributes_stand_on_lines_of_git(tmp_path):  # check 10
    """What git takes for a blank within a name is one; another blank is a part of the name."""
    attributes = "a.py\x0blinguist-vendored\u2028linguist-generated\r\nb\u3000c.py linguist-generated\n# \x85c\nd.py\tlinguist-vendored\n"
    tree = write(tmp_path / "tree", {".gitattributes": attributes, "a.py": "", "b\u3000c.py": "", "d.py": ""})
    built(tmp_path / "cache", tree, "-o", tree / "docs")
    pages = {name: (tree / "docs" / f"{name}.md").read_text() for name in ("a.py", "d.py")}
    pages["b c.py"] = next((tree / "docs").glob("b*c.py.md")).read_text()
    assert "generated" not in pages["a.py"]
    assert "vendored" not in pages["a.py"]
    assert ".gitattributes#L2" in pages["b c.py"]
    assert ".gitattributes#L4" in pages["d.py"]


def test_what_is_ignored_is_what_git_ignores(tmp_path):
    """A tree in no repository: patterns end at line feeds, and a mark of the order of bytes before them is none of them."""
    files = {
        ".gitignore": "\ufeffa.py\nb\u2028.py\nc.py\r\n# \x0cd.py\n",
        "a.py": "",
        "b\u2028.py": "",
        ".py": "",
        "b": "",
        "c.py": "",
        "d.py": "",
    }
    bare = write(tmp_path / "bare", files)
    built(tmp_path / "cache", bare, "-o", tmp_path / "out", "--format", "json")
    found = set(re.findall(r'^\{"path":"([^"]+)"', (tmp_path / "out/data/files.jsonl").read_text(), re.MULTILINE))
    repository = write(tmp_path / "repository", files)
    git(repository, "init", "-q")
    assert found == set(git(repository, "-c", "core.quotePath=false", "ls-files", "-oz", "--exclude-standard").split("\0")) - {""}


def test_a_name_that_is_shown_with_escapes_is_found(tmp_path):  # check 21
    """`gaz check` looks for the name itself, not for what a page shows instead of it."""
    tree = write(tmp_path / "tree", {"a.ts": "export enum E {\n  '\u2028PWN()' = 1,\n  'c\u202ed' = 2,\n}\n"})
    built(tmp_path / "cache", tree, "-o", tree / "docs", "--format", "md,html")
    checked = gaz(tmp_path / "cache", "check", tree / "docs")
    assert checked.returncode == 0, checked.stdout
