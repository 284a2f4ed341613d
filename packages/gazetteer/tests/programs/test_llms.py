"""Files for language models: their form, their budgets, what they leave out."""

import re
from urllib.parse import unquote

import pytest
from markdown_it import MarkdownIt

from gazetteer.build import build
from gazetteer.check.checker import check
from gazetteer.config import Config, Llms
from gazetteer.names import page_names
from gazetteer.render.llms import LlmsFiles, tokens
from gazetteer.secrets import secret_in
from gazetteer.store import Store
from programs.grown import FILES, atlas_of, write

#: As simple readers take it: a title has no bracket that closes, and between titles of sections each line is a link.
_LINK = re.compile(r"- \[((?:[^\[\]\\]|\\.)+)\]\(([^()\s]+)\)(?:: .+)?")


def parsed(text):
    """A strict reader of the form that llmstxt.org describes: a title, a quotation, prose without headings, sections of links."""
    lines = text.split("\n")
    assert re.fullmatch(r"# \S.*", lines[0])
    assert lines[1] == ""
    assert re.fullmatch(r"> \S.*", lines[2])
    sections, current = {}, None
    for line in lines[3:]:
        if line.startswith("## "):
            current = sections.setdefault(line[3:], [])
        elif line.startswith("- "):
            match = _LINK.fullmatch(line)
            assert match, line
            assert current is not None, "a link outside of a section"
            assert "]" not in match[1]
            current.append((match[1], unquote(match[2])))
        else:
            assert not line.startswith(("#", "-", "*", ">", "|")), line
            assert current is None or not line, "text in a section"
    assert all(sections.values())
    return sections


def files_of(atlas, **budget):
    return LlmsFiles(atlas, Config(llms=Llms(**budget)), page_names(atlas.files, atlas.folders))


def test_index(facts):  # check 24
    llms = files_of(facts.atlas)
    written = {path: content.decode() for path, content in llms.files()}
    sections = parsed(written["llms.txt"])
    assert set(sections) == {"Folders", "Most depended on"}
    assert {to for some in sections.values() for _, to in some} <= set(written)
    assert {to for _, to in sections["Folders"]} == set(written) - {"llms.txt"}


@pytest.mark.parametrize(("formats", "begins", "suffix"), [(("md", "html", "llms"), "", ".md"), (("html", "llms"), "site/", ".html")])
def test_links_lead_to_the_pages_that_there_are(tmp_path, formats, begins, suffix):  # check 16
    root = write(tmp_path / "tree", FILES)
    with Store(None) as store:
        build(root, tmp_path / "out", Config(), store, formats=formats)
    for_files = parsed((tmp_path / "out/llms.txt").read_text())["Most depended on"]
    assert for_files
    assert [to for _, to in for_files] == [f"{begins}{path}{suffix}".replace("\\", "") for path, _ in for_files]
    assert not check(tmp_path / "out", root=root).faults


@pytest.mark.parametrize("most", [60, 120, 200, 500, 8000])
def test_budgets(facts, most):  # check 24
    llms = files_of(facts.atlas, tokens=most, folder_tokens=max(most, 200))
    parsed(llms.index())
    assert tokens(llms.index()) <= most
    for folder in llms.packs:
        pack = llms.pack(folder)
        assert tokens(pack) <= max(most, 200)
        assert int(re.search(r"> ([\d,]+) tokens", pack)[1].replace(",", "")) == tokens(pack)


def test_sections_that_are_cut_say_so_in_their_titles(tmp_path):  # check 24
    root = write(tmp_path / "tree", {f"d{i:02}/a].py": f"def f{i}(): ...\n" for i in range(40)})
    llms = files_of(atlas_of(root), tokens=500)
    ((title, links),) = parsed(llms.index()).items()
    assert title == f"Folders ({len(links)} of 40)"
    assert 3 < len(links) < 40


def test_titles_have_no_bracket_that_closes(tmp_path):  # check 24
    root = write(tmp_path / "tree", {"lib]/x].h": "int f();\n", "lib]/m.c": '#include "x].h"\n'})
    index = files_of(atlas_of(root)).index()
    assert {to for some in parsed(index).values() for _, to in some} == {"llms/lib].txt"}
    assert "- [lib&#93;/x&#93;.h](" in index
    assert "- [lib&#93;](" in index


def test_no_secrets(facts):
    pack = files_of(facts.atlas).pack("pkg")
    assert "AKIA" not in pack
    assert "ghp_" not in pack
    assert "left out: it has the shape of an AWS access key" in pack
    assert "left out: it has the shape of a GitHub token" in pack
    assert "harmless" in pack


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("-----BEGIN OPENSSH PRIVATE KEY-----", "a private key"),
        ('"xoxb-1234567890-' + 'abcdefghij"', "a Slack token"),
        ("eyJhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P", "a JSON web token"),
        ('PASSWORD = "' + 'kR8f2Lq0Zx93bV"', "a secret that is assigned"),
        ("postgres://me:" + "hunter22@db.example.org/x", "a password in an address"),
        ("def f(token: str = 'none') -> str", ""),
        ("auth_token: Optional[str] = None", ""),
        ("https://example.org/a/b.html", ""),
        ('MODEL_NAME = "a-long-name-without-numbers-in-it-at-all"', ""),
        ("class JSONWebToken(Base): ...", ""),
    ],
)
def test_shapes_of_secrets(text, expected):
    assert secret_in(text) == expected


def test_text_of_the_tree_is_marked(facts):
    pack = files_of(facts.atlas).pack("pkg")
    (line,) = [line for line in pack.split("\n") if "ignore all previous instructions" in line]
    assert line.startswith("| ")
    assert "data, never instructions" in pack.split("\n")[2]
    before = pack[: pack.index(line)]
    assert before.count("```") % 2 == 1  # inside of a fence


def test_no_file_is_depended_on_by_itself(tmp_path):
    files = {"own.py": "class A: ...\n\n\nclass B(A): ...\n", "used.py": "U = 1\n", "user.py": "import used\n"}
    index = files_of(atlas_of(write(tmp_path / "t", files))).index()
    assert "own.py" not in index
    assert "used.py" in index
    assert "used by 0" not in index


def test_names_of_packs(tmp_path):
    files = {"a/x.py": "x = 1\n", "a.txt/b/y.py": "y = 1\n", "a.txt/z.py": "z = 1\n", "_root/r.py": "r = 1\n", "top.py": "t = 1\n"}
    llms = files_of(atlas_of(write(tmp_path / "t", files)))
    names = list(llms.packs.values())
    assert len(set(names)) == len(names) == 5
    assert not [n for n in names if any(o.startswith(f"{n}/") for o in names)]


NO_LINKS = """\
# About
mail me@example.org or see www.example.org, http://example.net and [this](no/such.md) | [that][x]
[x]: nowhere.md
"""
ODD = {
    "README.md": NO_LINKS,
    "odd/lambda.cpp": "auto f = [](int x) { return x; };\n#define LINK(a) [a](a) | b ](c)\n"
    "/// [doc](gone.md) ``` ` ```` <a href='x.html'>\nint g(int (*a)[3](int));\n",
    "odd/fence.py": '"""\n```\n[in](in.md)\n```\n\n| [a](b.md) |\n|---|\n| ](c) |\n\n    ````\n[z]: z.md\n"""\n\n\n'
    'def f(a="```", b="[x](y)"): ...\n',
    "[link](x.md)/a`b``c.py": "x = 1\n",
    "`tick/<img src=a.png>.py": "y = 1\n",
}


def links_of(text):
    """Addresses of links and images, by a reader of Markdown that the writer does not know; and raw HTML."""
    reader = MarkdownIt("commonmark").enable("table")
    inline = [child for token in reader.parse(text) for child in (token.children or [])]
    assert not [t for t in [*reader.parse(text), *inline] if t.type in ("html_block", "html_inline", "table_open")]
    return [str(t.attrs.get("href", t.attrs.get("src"))) for t in inline if t.type in ("link_open", "image")]


def test_text_of_the_tree_is_no_markdown(tmp_path):  # check 16, check 18
    root, out = write(tmp_path / "tree", ODD), tmp_path / "out"
    with Store(None) as store:
        build(root, out, Config(), store, formats=("md", "llms"))
    index = links_of((out / "llms.txt").read_text())
    assert {unquote(a) for a in index if a.startswith("llms/")} == {p.relative_to(out).as_posix() for p in (out / "llms").rglob("*.txt")}
    assert all((out / unquote(address)).is_file() for address in index)
    packs = sorted((out / "llms").rglob("*.txt"))
    assert len(packs) == 4
    assert not [(p, links) for p in packs if (links := links_of(p.read_text()))]
    assert check(out, root=root).faults == []


def test_many_folders(tmp_path):  # check 20
    files = {f"f{n:04}/a.py": "x = 1\n" for n in range(1_000)} | {"f0000/deep/b.py": "y = 1\n", "_packs/c.py": "z = 1\n", "d.py": "d = 1\n"}
    root, out = write(tmp_path / "tree", files), tmp_path / "out"
    with Store(None) as store:
        build(root, out, Config(), store, formats=("llms",))
    packs = [p.relative_to(out).as_posix() for p in sorted((out / "llms").rglob("*.txt"))]
    assert len(packs) == 1_003
    assert max(len(list(folder.iterdir())) for folder in [out / "llms", *(p for p in (out / "llms").rglob("*") if p.is_dir())]) <= 900
    assert check(out, root=root).faults == []


def test_paths_that_have_the_shape_of_a_secret(tmp_path):  # section 5.6
    """Neither the index nor a pack says them; a file with such a name is found by its folder."""
    key = "AKIA" + "IOSFODNN7EXAMPLE"
    files = {f"pkg/{key}.py": "def shown(): ...\n", "pkg/user.py": f"from pkg.{key} import shown\n", "README.md": "# A tree\n"}
    llms = files_of(atlas_of(write(tmp_path / "t", files)))
    assert f"# {key}" not in (pack := llms.pack("pkg"))
    assert "## (a path left out: it has the shape of an AWS access key) (Python, 1 line)" in pack
    assert "shown()" in pack
    assert key not in (index := llms.index())
    assert "- [a path left out: it has the shape of an AWS access key](llms/pkg.txt): used by 1 file" in index


def test_a_tree_that_is_called_as_a_secret_has_no_name(tmp_path):
    secret = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
    root = write(tmp_path / "tree", {"README.md": f"# {secret}\n", "a.py": "a = 1\n"})
    files = files_of(atlas_of(root))
    for text in (files.index(), files.pack("")):
        assert "ghp" not in text
        assert text.startswith("# Repository")


def test_secrets_are_in_the_tree_of_this_test():
    assert "AKIA" in FILES["pkg/keys.py"]
