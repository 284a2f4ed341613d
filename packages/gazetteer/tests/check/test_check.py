"""`gaz check` finds what is wrong, and nothing where nothing is."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from blake3 import blake3
from click.testing import CliRunner

from documented import Documented, documented
from gazetteer.check import check
from gazetteer.check.reading import github_anchor, read_html, read_markdown
from gazetteer.cli import commands, run
from gazetteer.config import Config, Limits, Links
from gazetteer.errors import UsageError

FILES: dict[str, str | bytes] = {"a/one.py": '"""One."""\n\nclass Node:\n    def run(self): pass\n', "a/two.py": "from .one import Node\n"}
URL = Config(links=Links(source="https://example.org/blob/{rev}/{path}#L{a}-L{b}", rev="main"))


def rewrite(tree: Documented, page: str, old: str, new: str, *, honest: bool = True) -> None:
    """Change a page; an honest writer would have noted the new hash."""
    file = tree.out / page
    content = file.read_text()
    assert old in content
    file.write_text(content.replace(old, new, 1))
    if honest:
        manifest = tree.out / "manifest.json"
        told = msgspec.json.decode(manifest.read_bytes())
        told["pages"][page] = blake3(file.read_bytes()).hexdigest(16)
        manifest.write_bytes(msgspec.json.encode(told))


@pytest.fixture
def tree(tmp_path: Path) -> Documented:
    found = documented(tmp_path, FILES)
    assert not found.check().faults
    return found


@pytest.mark.parametrize(("page", "old", "new", "kind"), [
    ("a/README.md", "](one.py.md)", "](gone.py.md)", "link"),
    ("a/README.md", "](one.py.md)", "](javascript:x)", "link"),
    ("a/_symbols.md", "#S3)", "#S30)", "anchor"),
    ("a/one.py.md", "## Symbols", '<a id="x"></a><a id="x"></a>\n\n## Symbols', "anchor"),
    ("a/one.py.md", "one.py#L3-L4", "one.py#L3-L400", "evidence"),
    ("a/one.py.md", "one.py#L3-L4", "one.py#x", "anchor"),
    ("a/_symbols.md", "one.py#L3", "one.py#L1", "evidence"),
    ("a/one.py.md", "## Symbols", "<script>x</script>\n\n## Symbols", "script"),
])  # fmt: skip
def test_each_fault_is_found(tree: Documented, page: str, old: str, new: str, kind: str) -> None:  # check 16
    rewrite(tree, page, old, new)
    assert {(f.page, f.kind) for f in tree.check().faults} == {(page, kind)}


def test_a_wrong_line_of_a_symbol_is_found(tree: Documented) -> None:  # check 21
    text = (tree.root / "a/one.py").read_text()
    (tree.root / "a/one.py").write_text("\n" + text)
    assert any(f.kind == "evidence" and "Node" in f.text for f in tree.check().faults)


def test_what_is_missing_changed_or_unlisted_is_found(tree: Documented) -> None:  # check 16
    rewrite(tree, "a/two.py.md", "two", "tow", honest=False)
    (tree.out / "stray.md").write_text("hello\n")
    (tree.out / "a/one.py.md").unlink()
    (tree.out / "a/README.md").unlink()
    (tree.out / "a/README.md").symlink_to("/etc/hostname")
    kinds = {(f.page, f.kind) for f in tree.check().faults}
    assert {("a/two.py.md", "changed"), ("stray.md", "unlisted"), ("a/one.py.md", "missing"), ("a/README.md", "special")} <= kinds


@pytest.mark.parametrize("instead", [None, "", "mine\n"])
def test_an_output_without_its_mark_is_found(tree: Documented, instead: str | None) -> None:
    """Nothing else tells a build of any tree around it that its pages are no sources."""
    (tree.out / ".gazetteer").unlink()
    if instead is not None:
        (tree.out / ".gazetteer").write_text(instead)
    assert [(f.page, f.kind) for f in tree.check().faults] == [(".gazetteer", "changed" if instead is not None else "missing")]


def test_a_file_that_is_a_folder_now_is_no_source(tree: Documented) -> None:  # check 16
    (tree.out / "a/one.py.md").unlink()
    (tree.out / "a/one.py.md").mkdir()
    faults = tree.check().faults
    assert ("a/one.py.md", "missing") in {(f.page, f.kind) for f in faults}
    assert not [f for f in faults if "names no line" in f.text]


def test_orphans_and_limits_are_found(tree: Documented) -> None:  # check 16, check 20
    rewrite(tree, "README.md", "](_symbols/README.md)", "](a/README.md)")
    assert {f.page for f in tree.check().faults if f.kind == "orphan"} == {p for p in tree.pages() if p.startswith("_symbols/")}
    small = check(tree.out, config=Config(limits=Limits(page_bytes=300, folder_entries=2)))
    assert {"too long", "too many"} <= {f.kind for f in small.faults}


def test_links_by_address_are_checked_in_the_tree(tmp_path: Path) -> None:  # check 16
    found = documented(tmp_path, FILES, URL)
    assert "https://example.org/blob/main/a/one.py#L3-L4" in found.page("a/one.py.md")
    report = found.check()
    assert not report.faults
    assert report.evidence > 5
    assert check(found.out, config=URL).evidence == 0
    (found.root / "a/one.py").unlink()
    assert any(f.kind == "link" for f in found.check().faults) or any(f.kind == "evidence" for f in found.check().faults)


def test_the_command_says_what_it_found(tree: Documented) -> None:  # check 16
    good = CliRunner().invoke(commands, ["check", str(tree.out)], standalone_mode=False)
    assert good.return_value == 0
    assert good.output.endswith(": 0 faults\n")
    rewrite(tree, "a/README.md", "](one.py.md)", "](gone.py.md)")
    bad = CliRunner().invoke(commands, ["check", str(tree.root), "-o", str(tree.out)], standalone_mode=False)
    assert bad.return_value == 1
    assert "a/README.md: link: gone.py.md leads nowhere\n" in bad.output
    assert bad.output.endswith(" lines of source: 1 fault\n")
    assert run(["check", str(tree.root)]) == 2


def test_links_that_the_build_was_told_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The configuration says nothing of them, so the command is told too."""  # check 21
    monkeypatch.setenv("GAZETTEER_CACHE_DIR", str(tmp_path / "cache"))
    tree, out, links = tmp_path / "tree", str(tmp_path / "out"), ["--links", "https://example.org/{path}?at={rev}&from={a}#L{a}-L{b}"]
    tree.mkdir()
    (tree / "a.py").write_text("def f(): ...\n")
    assert run(["build", str(tree), "-o", out, *links]) == 0
    assert run(["check", str(tree), "-o", out]) == 0
    assert " 0 lines of source: 0 faults" in capsys.readouterr().out
    assert run(["check", str(tree), "-o", out, *links]) == 0
    assert " 2 lines of source: 0 faults" in capsys.readouterr().out
    (tree / "a.py").write_text("")
    assert run(["check", str(tree), "-o", out, *links]) == 1
    assert run(["check", str(tree), "-o", out, "--links", "https://example.org/"]) == 2
    assert "must have {path} in it" in capsys.readouterr().err


def test_no_output_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"is no output of gaz build: manifest\.json cannot be read"):
        check(tmp_path)
    (tmp_path / "manifest.json").write_text("{}")
    with pytest.raises(UsageError, match="is no manifest"):
        check(tmp_path)


def test_markdown_is_read_as_github_reads_it() -> None:  # check 17
    page = b'# A, b\n\n# A, b\n\n[x](y.md#z) `[no](link)`\n\n```\n[no](link)\n# no\n```\n\n<a id="S1"></a>[p](<q r.md>)\n'
    found = read_markdown(page)
    assert found.links == ["y.md#z", "q%20r.md"]
    assert found.anchors == {"a-b", "a-b-1", "S1"}
    seen: dict[str, int] = {}
    assert [github_anchor(t, seen) for t in ("Ünï (x)", "Ünï (x)", "a_b - c")] == ["ünï-x", "ünï-x-1", "a_b---c"]
    html = read_html('<p id="a&amp;b"><!-- <a href="no"> --><a href="x?a=1&amp;b=2">t</a><img src="i.png"></p>')
    assert html.links == ["x?a=1&b=2", "i.png"]
    assert html.anchors == {"a&b"}


def test_what_rows_and_items_say_of_lines_is_known() -> None:  # check 21
    page = (
        "| Line | Kind | Declaration | About |\n| --- | --- | --- | --- |\n"
        '| <a id="S4"></a>[4](t/a.h#L4) | function | `int add(int x)` | of [`b::Base`](b.h.md#S9) ([b.h:9](t/b.h#L9)) |\n'
        "| [7–8](t/a.h#L7-L8) | method | [`run`](#S7) |  |\n"
        '| <a id="S9"></a>[9](t/a.h#L9) | struct | `(anonymous)` |  |\n\n'
        "- `Node` class [a.h](a.h.md#S3):[3](t/a.h#L3)\n"
    )
    assert [(claim.names, claim.address) for claim in read_markdown(page.encode()).claims] == [
        (("add", "int", "x"), "t/a.h#L4"),
        (("run",), "t/a.h#L7-L8"),
        (("Node",), "t/a.h#L3"),
    ]


def test_rows_and_items_without_end_tags_say_the_same() -> None:  # check 21
    page = (
        '<table>\n<tr><td id="S4"><a href="t/a.h#L4">4</a><td>function<td>int add(int x)<td>of <a href="b.h.html#S9">Base</a>\n'
        '<tr><td><a href="t/a.h#L7-L8">7–8</a><td>method<td><a href="#S7">run</a><td>\n</table>\n'
        '<ul>\n<li><b>Node</b> class <a href="a.h.html#S3">a.h</a>:<a href="t/a.h#L3">3</a>\n<li>none\n</ul>'
    )
    assert [(claim.names, claim.address) for claim in read_html(page).claims] == [
        (("add", "int", "x"), "t/a.h#L4"),
        (("run",), "t/a.h#L7-L8"),
        (("Node",), "t/a.h#L3"),
    ]
