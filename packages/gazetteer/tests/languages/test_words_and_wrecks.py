"""Words in strings and comments are no symbols; broken, hostile and mutilated texts end in facts with right lines, and never in an error."""

# ruff: noqa: E501 - sources are written as texts

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import gazetteer.lang
from gazetteer.extract import extract, scan
from gazetteer.model import FileRecord

LANG = Path(gazetteer.lang.__file__).parent


def read(text: str | bytes, language: str) -> FileRecord:
    content = text if isinstance(text, bytes) else text.encode()
    found = scan(content)
    assert found.content == "text"
    return extract(content, language, found.counts)


WORDS = {
    "java": 'class A { String s = "class B { int b; }"; /* class C {} import x.y; */ // interface D {}\n String t = """\nclass E { void e() {} }\n"""; }',
    "kotlin": 'class A { val s = "class B { fun b() {} }" /* class C import x.y */ // interface D\n val t = """\nclass E { fun e() {} }\n"""\n}',
    "csharp": 'class A { string s = @"class B { int ""b""; }"; /* class C {} using X; */ // interface D {}\n string t = $"{s} class E {{ }}"; }',
    "php": "<?php class A { public $s = 'class B { function b() {} }'; /* class C {} use X; */ # interface D {}\n public $t = <<<X\nclass E { function e() {} }\nX;\n}",
    "ruby": "class A\n  S = 'class B; def b; end; end'\n  # class C; require 'x'\n  T = <<~X\n    class E\n      def e; end\n  X\n  U = %q(module F end)\nend\n",
    "bash": "s='b() { :; }' # c() { :; }\nt=\"source x; d() { :; }\"\ncat <<'X'\ne() { :; }\nsource x\nX\ncat <<X\nf() { :; }\nX\n",
    "cmake": 'set(S "add_library(b x.cpp)\nfunction(c)")\n# add_library(d x.cpp)\n#[=[ include(x)\nfunction(e) ]=]\nset(T [[add_library(f y.cpp)]])\n',
    "makefile": "s = b: c\n# d: e\nall:\n\techo f: g\n\tinclude x\ndefine t\nh: i\nendef\n",
    "starlark": "S = 'cc_library(name = \"b\")'\n# cc_library(name = \"c\")\nT = \"\"\"\nload('x', 'y')\ndef e(): pass\n\"\"\"\n",
}  # fmt: skip
NAMES = {
    "java": ["A", "s", "t"], "kotlin": ["A", "s", "t"], "csharp": ["A", "s", "t"], "php": ["A", "s", "t"], "ruby": ["A", "S", "T", "U"],
    "bash": ["s", "t"], "cmake": ["S", "T"], "makefile": ["s", "all", "t"], "starlark": ["S", "T"],
}  # fmt: skip


@pytest.mark.parametrize("language", sorted(WORDS))
def test_words_in_strings_and_comments_are_no_symbols(language: str) -> None:  # check 8
    record = read(WORDS[language], language)
    assert [symbol.name for symbol in record.symbols] == NAMES[language]
    assert record.imports == []


def test_words_in_code_of_documents_are_no_links() -> None:  # check 8
    markdown = read("# T\n\n`[a](b)` <!-- [c](d) -->\n\n```\n# no\n[e](f)\n```\n\n~~~~\n[g](h)\n~~~\n~~~~\n\n    [i](j)\n", "markdown")
    assert markdown.document is not None
    assert (markdown.document.links, len(markdown.document.headings)) == ((), 1)
    rst = read("T\n=\n\n``x <y>`_``\n\n.. `a <b>`_\n\n::\n\n  `c <d>`_\n\n  No\n  --\n\n.. code::\n\n   `e <f>`_\n", "rst")
    assert rst.document is not None
    assert (rst.document.links, len(rst.document.headings)) == ((), 1)


BROKEN = {
    "java": ("class A {\n int a;\n void f( {\n}\n class B { int b; }\n", {"A", "a", "B", "b"}),
    "kotlin": ("class A {val x=1}\nclass B {\n fun f( {\n}\nfun good() {}\n", {"A", "x"}),
    "csharp": ("class A {\n int a;\n void f( {\n}\n class B { int b; }\n", {"A", "a"}),
    "php": ("<?php\nclass A {\n public $a;\n function f( {\n}\nfunction g() {}\n", {"A", "a"}),
    "ruby": ("class A\n  def f\n    if x\n  end\nclass B\nend\n", {"A", "B"}),
    "bash": ("f() {\n  if true; then\n}\ng() { :; }\n", {"g"}),
    "starlark": ('cc_library(\n  name = "a",\ncc_library(name = "b")\n', set()),
}  # fmt: skip


@pytest.mark.parametrize("language", sorted(BROKEN))
def test_broken_sources_give_what_is_whole(language: str) -> None:
    text, expected = BROKEN[language]
    record = read(text, language)
    assert expected <= {symbol.name for symbol in record.symbols}
    assert record.quality.error_bytes or record.quality.missing


@pytest.mark.parametrize(("language", "text", "line"), [
    ("json", '{"a": 1,\n "b": }', 2), ("json", "", 0), ("json", '{"a": 1}\n{"b": 2}', 2), ("json", '{"a": [1, 2}', 1), ("json", "{a: 1}", 1),
    ("toml", "a = 1\na = 2\n", 2), ("yaml", "a: [1,\nb: 2\n", 2), ("yaml", "a: \x01\n", 0), ("yaml", "a: 1\n\tb: 2\n", 2),
    ("cmake", "set(A 1)\nset(B", 2), ("notebook", "{}", 0), ("notebook", "{", 1), ("notebook", "[]", 0),
])  # fmt: skip
def test_what_does_not_parse_is_said(language: str, text: str, line: int) -> None:
    record = extract(text.encode(), language, scan(b"x").counts)
    assert [(note.code, note.line) for note in record.notes if note.line == line or not line] != []
    assert record.notes[0].code == "parse-error"
    assert record.keys == []


DEEP = 20_000
HOSTILE = {
    "java": ["class A {" * 2_000, "class A { int a = " + "(" * DEEP, "/*" * DEEP, "@A(" * 5_000 + "class B {}"],
    "kotlin": ["class A {\n" * 2_000, "val a = " + "(" * 5_000, '"' * 999, "fun f() {" * 1_000 + "}" * 1_000],
    "csharp": ["namespace A {" * 2_000, "class A { int a = " + "(" * DEEP, "#if A\n" * 2_000, "class A<" * 2_000],
    "php": ["<?php " + "class A {" * 2_000, "<?php " + "if (1) {" * 5_000, "<?php " + "/*" * DEEP, "<?php namespace A;" * 2_000],
    "ruby": ["class A\n" * 2_000, "(" * DEEP, "<<A\n" * 2_000, "private\n" * 5_000, "def f; " * 2_000],
    "bash": ["f() {" * 2_000, "$(" * 5_000, "if true; then\n" * 5_000, "cat <<A\n" * 2_000, "a=1;" * 20_000],
    "javascript": ["function f() {" * DEEP + "}" * DEEP, "/* a */ function f() {} " * DEEP, "x = [" * DEEP, "a(function () {" * 5_000],
    "cmake": ["(" * DEEP, "if(" * DEEP, "[=[" * DEEP, '"' * 9_999, "if(A)\n" * DEEP, "\\" * DEEP, "a(" + "[" * DEEP],
    "makefile": ["define a\n" * DEEP, "a:" * DEEP, "$(" * DEEP, "a \\\n" * DEEP, "ifeq a\n" * DEEP, "a " * DEEP, "$(a" * DEEP + ":"],
    "starlark": ["(" * DEEP, "f(name = [" * 5_000, "def f():\n " * 2_000],
    "markdown": ["[" * DEEP, "> " * DEEP, "*a **" * 5_000, "`" * DEEP, "<a href=" * 5_000, "![](" * 5_000, "- " * DEEP, "|a" * DEEP, "<!--" * 5_000, "<h1>" * 5_000],
    "rst": ["`" * DEEP, "====\n" * 5_000, ".. a::\n" * 5_000, "*" * DEEP, ":a:`" * 5_000, "`a <" * 5_000, "|" * DEEP, "``" * DEEP],
    "json": ["[" * DEEP, '{"a":' * DEEP, '"' * 999, "/*" * DEEP, "//" * DEEP, '{"a": ' + "[" * 3_000 + "]" * 3_000 + "}", "," * DEEP],
    "yaml": ["[" * DEEP, "{" * DEEP, "- " * DEEP, "a: &a [*a,*a]\n", "? " * DEEP, "a:\n" + " b:\n" * 999, "!!python/object/apply:os.system [x]\n"],
    "toml": ["a = " + "[" * DEEP, "[a." + "b." * 3_000 + "c]\n", '"' * 999, "a = '''" * 999],
    "ini": ["[" * DEEP, "[a]\n" * DEEP],
    "notebook": ['{"cells": ' + "[" * DEEP, '{"cells": [{"cell_type": "markdown", "source": [1, null, {"a": 2}]}, 3, null]}'],
    "codeowners": ["* " * DEEP, "#" * DEEP], "gitattributes": ["* a" * DEEP], "license": ["MIT " * DEEP], "dockerfile": ["FROM a AS b\n" * 5_000],
}  # fmt: skip


@pytest.mark.parametrize("language", sorted(HOSTILE))
def test_hostile_texts_end(language: str) -> None:  # check 34
    for text in HOSTILE[language]:
        before = time.process_time()
        record = read(text, language)
        assert time.process_time() - before < 8, text[:40]
        check_lines(record, text.encode())


def check_lines(record: FileRecord, content: bytes) -> None:
    """Every line that is named is one of the file, parents come first and around their children."""
    last = content.count(b"\n") + 1
    for number, symbol in enumerate(record.symbols):
        assert 1 <= symbol.start_line <= symbol.line <= symbol.end_line <= last
        assert -1 <= symbol.parent < number
    document = record.document
    where = [i.line for i in record.imports] + [line for _, line in record.keys] + [line for _, _, line in record.values]
    if document is not None:
        where += [h.line for h in document.headings] + [link.line for link in document.links]
    assert all(1 <= line <= last for line in where)
    assert all(0 <= note.line <= last for note in record.notes)


SAMPLES = sorted(p for p in LANG.glob("*/samples/*") if p.suffix != ".facts")
MINE = {"java", "ruby", "csharp", "php", "kotlin", "bash", "cmake", "makefile", "starlark", "markdown", "rst", "data"}
DATA = {".json": "json", ".yaml": "yaml", ".toml": "toml", ".cfg": "ini", ".ipynb": "notebook"}
TEXTS = [(DATA.get(p.suffix, p.parent.parent.name), p.read_bytes()) for p in SAMPLES if p.parent.parent.name in MINE]


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 2**32))
def test_mutilated_samples_never_fail(seed: int) -> None:
    """Parts of samples cut out, doubled, exchanged, with bytes of any kind put in."""
    chance = random.Random(seed)
    language, content = chance.choice(TEXTS)
    parts = bytearray(content)
    for _ in range(chance.randrange(1, 6)):
        a, b = sorted(chance.randrange(len(parts) + 1) for _ in range(2))
        how = chance.randrange(4)
        if how == 0:
            del parts[a : min(b, a + 200)]
        elif how == 1:
            parts[a:a] = parts[a : min(b, a + 200)]
        elif how == 2:
            parts[a:a] = chance.choice(
                [b"{", b"}", b"(", b'"', b"'", b"\n", b"\r\n", b"/*", b"*/", b"\xff\xfe", b"\xe2\x80\xae", b"`", b"<", b"[["]
            )
        else:
            parts[a : a + 1] = chance.randbytes(1).replace(b"\0", b" ")
    text = bytes(parts) or b" "
    found = scan(text)
    if found.content == "text":
        check_lines(extract(text, language, found.counts), text)


@pytest.mark.parametrize("path", [p for p in SAMPLES if p.parent.parent.name in MINE], ids=lambda p: p.name)
def test_line_ends_of_other_systems_change_no_names(path: Path) -> None:
    language = DATA.get(path.suffix, path.parent.parent.name)
    if language in ("bash", "ruby"):
        pytest.skip("a carriage return is part of a word there")
    content = path.read_bytes()
    other = content.replace(b"\n", b"\r\n")
    one, two = (extract(c, language, scan(c).counts) for c in (content, other))
    assert [(s.kind, s.name, s.line) for s in one.symbols] == [(s.kind, s.name, s.line) for s in two.symbols]
    assert [(i.target, i.line) for i in one.imports] == [(i.target, i.line) for i in two.imports]
    assert one.keys == two.keys
    if one.document is not None and two.document is not None:
        assert [(h.text, h.line) for h in one.document.headings] == [(h.text, h.line) for h in two.document.headings]
        assert (one.document.summary, one.document.links) == (two.document.summary, two.document.links)
