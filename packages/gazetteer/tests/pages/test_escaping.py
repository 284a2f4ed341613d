"""Whatever stands in a tree is text on its pages."""

from __future__ import annotations

import html
import re
from pathlib import Path

import cmarkgfm
import pytest
from cmarkgfm.cmark import Options
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from documented import documented, shown
from gazetteer.document import Bullets, Code, CodeBlock, Details, Heading, Link, Page, PageRef, Paragraph, Prose, Strong, Table, Url, spoken
from gazetteer.render.markdown import Links, _all_escaped, code, codes, escape, markdown, slug
from trees import built, write

LINKS = Links({"": "", "a": "a"}, "..", "")

NASTY = [
    "```",
    "~~~",
    "````\n```",
    "a | b",
    "<script>alert(1)</script>",
    "](javascript:x)",
    "![x](y)",
    "{{ site.x }}",
    "{% raw %}",
    "$x^2$ and $$y$$",
    "@user",
    "me@example.org",
    "#123",
    "GH-1 #7",
    ":smile: a::b::c",
    "http://example.org www.example.org ftp://x.y mailto:a@b.c",
    "\u202eevil\u2066",
    "&amp; &lt; &#64;",
    "**bold** __b__ *i* _i_ ~~s~~",
    "[^1]: note",
    "[!NOTE]",
    "- item",
    "1. item",
    "1) item",
    "+ x",
    "> quote",
    "# head",
    "===",
    "---",
    "\\",
    "\\|",
    "`",
    "``a` b",
    "  spaces  ",
    "\ttab",
    "a\0b",
    "|",
    "||",
    "`|`",
    "$`x`$",
    "<!-- x",
    "-->",
    "<a id=x>",
    "[x]: http://y",
    "[ ] task",
    "!",
    "a\\`b",
    "\x1b[0m",
    "é ü 漢字 🎉",
    "http://a.b/<i>",
    "x_y_z",
    "wWw.a.b",
    "HTTP://A.B",
    "a@b.c_d@e.f",
    "\ufeffx",
    "x\u200by",
]


def expected(text: str) -> str:
    """The text, with what cannot be seen as escapes."""
    from gazetteer.names import printable

    return " ".join(printable(text.replace("\r", "")).split())


def rendered(*blocks: object) -> str:
    return markdown(Page(PageRef("file", "a"), "Title", (), tuple(blocks)), LINKS).decode()


def tags(page: str) -> set[str]:
    shown = cmarkgfm.github_flavored_markdown_to_html(page, options=Options.CMARK_OPT_UNSAFE)
    return {m[1] for m in re.finditer(r"<([a-z0-9]+)", re.sub(r"<!--.*?-->", "", shown, flags=re.DOTALL))}


@pytest.mark.parametrize("text", NASTY)
def test_text_stays_text(text: str) -> None:  # check 18
    want = expected(text)
    assert shown(rendered(Paragraph((text,)))) == f"Title {want}".strip()
    assert tags(rendered(Paragraph((text,)))) <= {"h1", "p", "span"}
    assert shown(rendered(Bullets(((text,),)))) == f"Title {want}".strip()
    assert shown(rendered(Table(("H",), (((text,),),)))) == f"Title H {want}".strip()
    assert shown(rendered(Heading(2, ("x ", text)))) == f"Title x {want}".strip()
    assert shown(rendered(Paragraph((Link(text.strip(), PageRef("file", "a")), "!", Link("b", PageRef("file", "a")))))) == f"Title {want}!b"
    assert shown(markdown(Page(PageRef("file", "a"), text, (), ()), LINKS).decode()) == want


@pytest.mark.parametrize("text", NASTY)
def test_code_stays_code(text: str) -> None:  # check 18
    want = expected(text)
    for block in (
        Paragraph((Code(text),)),
        Table(("HEAD",), (((Code(text),),),)),
        Paragraph((Link(text.strip(), PageRef("file", "a"), code=True),)),
    ):
        page = rendered(block)
        assert shown(page).removeprefix("Title").removeprefix(" HEAD").strip() == want
        assert tags(page) <= {"h1", "p", "span", "code", "a", "table", "thead", "tbody", "tr", "th", "td"}
    assert shown(rendered(Paragraph(("x", Code("a"), Code("b"), "y")))) == "Title xaby"


@pytest.mark.parametrize("text", NASTY)
def test_prose_and_blocks_of_code_stay_text(text: str) -> None:  # check 18
    for block in (Prose(text), CodeBlock(text, "python"), Prose(f"{text}\n{text}\n\n{text}")):
        want = expected("".join(spoken(block.text)) if isinstance(block, Prose) else block.text)
        page = rendered(block, Paragraph(("after",)))
        assert shown(page) == " ".join(f"Title {want} after".split())
        assert tags(page) <= {"h1", "p", "pre", "code", "blockquote", "span"}
    folded = rendered(Details((text,), (Prose(text),)), Paragraph(("after",)))
    assert shown(folded) == " ".join(f"Title {expected(text)} {expected(''.join(spoken(text)))} after".split())


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # other work may slow the machine
@given(st.text(max_size=60))
def test_any_text_is_shown_as_it_is(text: str) -> None:  # check 18
    text = text.encode("utf-8", "replace").decode()
    want = expected(text)
    for line in ((text,), (Strong("x"), " ", text), (Code(text),)):
        page = rendered(Table(("H", "I"), ((line, line),)))
        got = shown(page).removeprefix("Title H I").strip()
        one = " ".join(f"{'x ' if len(line) > 1 else ''}{want}".split())
        assert got == " ".join(f"{one} {one}".split()) or (not want and got in ("", "x x"))


def test_links_have_safe_addresses() -> None:
    page = rendered(Paragraph((Link("x", Url("https://example.org/a (b)<c>")),)))
    assert "](https://example.org/a%20%28b%29%3Cc%3E)" in page or "](https://example.org/a%20(b)%3Cc%3E)" in page
    with pytest.raises(ValueError, match="neither http nor https"):
        rendered(Paragraph((Link("x", Url("javascript:alert(1)")),)))


def test_anchors_follow_the_rule_of_github() -> None:  # check 17
    assert [slug(t) for t in ("Hello, World!", "a_b-c d", "C++ & <x>", "Ünï çödé", "1.2.3")] == [
        "hello-world",
        "a_b-c-d",
        "c--x",
        "ünï-çödé",
        "123",
    ]
    page = rendered(Heading(2, ("Used by",), "used-by"), Heading(2, ("Used by",), "other"), Heading(3, ("x",), "S1"))
    assert "## Used by\n" in page
    assert '## <a id="other"></a>Used by' in page
    assert '### <a id="S1"></a>x' in page


def test_a_title_takes_no_anchor_of_a_section() -> None:  # check 17
    page = markdown(Page(PageRef("file", "a"), "Symbols", (), (Heading(2, ("Symbols",), "symbols"),)), LINKS).decode()
    assert "# Symbols (file)\n" in page
    assert "\n## Symbols\n" in page


def test_source_with_every_trick(tmp_path) -> None:  # check 18
    text = (
        '"""Doc ``` ~~~ | <script>alert(1)</script> ](x) {{ y }} $m$ @you #1 \u202e."""\n\nclass A:\n'
        '    """``` and\n\n    ~~~\n    <img src=x>\n    """\n\n    x = "|"\n'
    )
    tree = documented(tmp_path, {"a.py": text})
    page = tree.page("a.py.md")
    seen = shown(page)
    assert "Doc ``` ~~~ | <script>alert(1)</script> ](x) {{ y }} $m$ @you #1 \\u202e." in seen
    assert "``` and" in seen
    assert "<img src=x>" in seen
    assert 'x = "|"' in seen
    assert tags(page) <= {
        "h1",
        "h2",
        "h3",
        "p",
        "pre",
        "code",
        "blockquote",
        "span",
        "a",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "strong",
    }
    assert not tree.check().faults


def test_helpers_escape_for_their_place() -> None:
    assert escape("a*b") == "a\\*b"
    assert html.unescape(re.sub("<[^>]*>", "", code("a|b`c"))) == "a|b`c"


@given(st.lists(st.text(st.sampled_from("ab_ `|$\n\r\t\u2028"), max_size=3) | st.sampled_from(("x_y", "f(a, b)", "é")), max_size=5))
def test_code_of_many_texts_is_that_of_each(texts: list[str]) -> None:
    assert codes(texts) == [code(text) for text in texts]


@given(st.lists(st.text(st.sampled_from("ab1_\\#:@$.wW \n\t\u2028"), max_size=6) | st.sampled_from(NASTY), max_size=5))
def test_many_texts_are_escaped_as_each(texts: list[str]) -> None:
    assert _all_escaped(texts) == [escape(text) for text in texts]


NAMES = ("new\nline.h", "tab\there.h", "car\rriage.h", "new line.h", "in\nfolder/a.h", "in folder/a.h")


def test_names_of_files_are_told_apart(tmp_path: Path) -> None:  # checks 18 and 19
    files = {name: f"struct S{number} {{}};\n" for number, name in enumerate(NAMES)}
    files["user.c"] = '#include "new line.h"\n#include "in folder/a.h"\n'
    root, out = write(tmp_path / "tree", files), tmp_path / "out"
    built(tmp_path / "cache", root, "-o", out, "--format", "md,html")
    shown = [r"new\x0aline.h", r"tab\x09here.h", r"car\x0driage.h", "new line.h", r"in\x0afolder/", "in folder/"]
    front, site = (out / "README.md").read_text(), (out / "site" / "index.html").read_text()
    for name in shown:
        assert front.count(f"[`{name}`](") == 1, name
        assert f"<code>{name}</code>" in site, name
    titles = {page.read_text().split("\n# ", 1)[1].split("\n")[0] for page in out.glob("*.h.md")}
    assert titles == {r"new\\x0aline.h", r"tab\\x09here.h", r"car\\x0driage.h", "new line.h"}
    inside = next(out.glob("in~*/a.h.md")).read_text()
    assert r"[in\\x0afolder](" in inside
    for page in out.rglob("*.html"):
        text = page.read_text()
        assert "new\nline" not in text, page
        assert "in\nfolder" not in text, page
        assert "tab\there" not in text, page
