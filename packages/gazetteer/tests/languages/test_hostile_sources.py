"""Python, JavaScript, TypeScript, Go and Rust that is broken, cut off, deep, or full of words that look like declarations."""

# ruff: noqa: E501 - sources are written as texts

from __future__ import annotations

import time
from pathlib import Path

import pytest

import gazetteer.lang
from gazetteer.atlas import all_qualified, separator
from gazetteer.config import Config
from gazetteer.discover import discover
from gazetteer.extract import ExtractOptions, extract, scan
from gazetteer.gather import gather
from gazetteer.manifests import manifest_of
from gazetteer.model import FileRecord
from gazetteer.naming import tree_name
from gazetteer.packing import packed, unpacked
from gazetteer.store import Store
from records import well_formed

LANG = Path(gazetteer.lang.__file__).parent
SAMPLES = [
    p
    for n in ("python", "javascript", "typescript", "go", "rust")
    for p in sorted((LANG / n / "samples").iterdir())
    if p.suffix != ".facts"
]
LANGUAGES = {".pyi": "python", ".js": "javascript", ".cjs": "javascript", ".ts": "typescript", ".tsx": "tsx", ".go": "go", ".rs": "rust"}


def read(content: bytes, language: str, **options: int) -> FileRecord:
    return extract(content, language, scan(content).counts, ExtractOptions(**options))


def names(record: FileRecord) -> list[str]:
    return [s.name for s in record.symbols]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("python", '# class A: def b():\nx = "class A:\\n  def b(): pass"\ny = """\nclass A:\n    import q\n"""\nf"{x} def b(): pass"\n'),
        (
            "javascript",
            "// class A {}\n/* function b() {} */\nlet x = 'class A {}', y = `function b() { ${1} import q }`, z = /class A {}/;\n",
        ),
        ("typescript", "// interface A {}\nlet x = 'enum A { B }', y = `type B = 1; import q from 'z'`, z: 'class A' = 'class A';\n"),
        ("tsx", "let x = <div>class A function b() import q from 'z'</div>, y = 1, z = <A b='enum C {}' />;\n"),
        ("go", 'package p\n// func b() {}\nvar x = "type A struct{}"\nvar y = `\nfunc b() {}\nimport "q"\n`\nvar z = \'f\'\n'),
        (
            "rust",
            '// struct A;\n/* fn b() {} */\nstatic x: &str = "enum A { B }"; static y: &str = r#"mod m; use q;"#; static z: u8 = b\'f\';\n',
        ),
    ],
)
def test_words_in_texts_are_no_declarations(language: str, text: str) -> None:  # check 8
    record = read(text.encode(), language)
    assert [s.name for s in record.symbols if s.kind != "package"] == (["x", "y", "z"] if language != "python" else ["x", "y"])
    assert record.imports == []


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda p: p.name)
@pytest.mark.parametrize("share", [0.15, 0.5, 0.8])
def test_half_a_file(sample: Path, share: float) -> None:  # check 34
    content = sample.read_bytes()
    whole = {(s.kind, s.name, s.line) for s in read(content, LANGUAGES[sample.suffix]).symbols}
    cut = content[: int(len(content) * share)]
    record = read(cut, LANGUAGES[sample.suffix])
    well_formed(record, cut)
    found = {(s.kind, s.name, s.line) for s in record.symbols}
    until = cut.count(b"\n")
    # What is broken costs what is around it, and the page says where; most of what stood before is still found.
    before = {w for w in whole if w[2] < until - 25}
    assert len(found & before) >= 0.5 * len(before)


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("python", "class A:\n    def f(self):\n        return (1,\n\n\nclass B:\n    def g(self): pass\n", {"A", "f"}),
        ("python", "def ok(): pass\nprint 'old'\nexec 'x'\nif x = 1:\n    pass\ndef after(): pass\n", {"ok", "after"}),
        ("javascript", "function ok() {}\nlet = = 3;\nclass After { m() {} }\n", {"ok", "After", "m"}),
        ("typescript", "interface Ok { a: number }\nconst x: = ;\nclass After { m(): void {} }\n", {"Ok", "a", "After", "m"}),
        ("go", "package p\nfunc ok() {}\nvar = = 3\nfunc after() {}\n", {"p", "ok", "after"}),
        ("rust", "fn ok() {}\nlet = = 3;\nstruct After { a: i32 }\n", {"ok", "After", "a"}),
    ],
)
def test_broken_syntax_is_shown_and_the_rest_is_read(language: str, text: str, expected: set[str]) -> None:  # check 34
    record = read(text.encode(), language)
    assert expected <= set(names(record))
    assert record.quality.errors or record.quality.missing
    well_formed(record, text.encode())


@pytest.mark.parametrize(
    ("language", "text", "lines"),
    [
        ("python", "call(a, b, \\\\\\\n\ndef bar():\n  pass\n", (1, 4)),
        ("go", "package p\nfunc f() {\n\treturn\n", (3, 3)),
        ("rust", "fn f() {\n    g();\n", (1, 2)),
        ("javascript", "function f() {\n  g();\n\n\n", (2, 2)),
        ("java", "class A {\n  void f() {\n", (2, 2)),
        ("cpp", "struct A {\n  int f() {\n", (1, 2)),
    ],
)
def test_no_error_stands_behind_the_last_line(language: str, text: str, lines: tuple[int, int]) -> None:  # check 21
    errors = read(text.encode(), language).quality.errors
    assert (errors[0].line, errors[-1].end_line) == lines


DEEP = 3_000


@pytest.mark.parametrize(
    ("language", "text", "at_least"),
    [
        ("python", "".join(f"{' ' * i}class A{i}:\n" for i in range(300)) + " " * 300 + "pass\n", 90),
        ("python", "x = " + "(" * DEEP + ")" * DEEP + "\ndef f(): pass\n", 1),
        ("python", "a = " * DEEP + "1\n", 1),
        ("javascript", "class A { m() { " * DEEP + "} }" * DEEP, DEEP),
        ("javascript", "function f() { " * DEEP + "}" * DEEP, DEEP),
        ("javascript", "x = " + "[" * DEEP + "]" * DEEP + ";\nfunction f() {}\n", 1),
        ("typescript", "namespace A { " * DEEP + "}" * DEEP, DEEP),
        ("typescript", "type A = " + "[" * DEEP + "]" * DEEP + ";\n", 1),
        ("go", "package p\ntype A " + "struct { B " * DEEP + "int" + " }" * DEEP + "\nfunc f() {}\n", 2),
        ("rust", "mod a { " * DEEP + "}" * DEEP, DEEP),
        ("rust", "use " + "a::{" * DEEP + "b" + "}" * DEEP + ";\nfn f() {}\n", 1),
        ("rust", "fn f() { " * DEEP + "}" * DEEP, DEEP),
    ],
)
def test_deep_nesting(language: str, text: str, at_least: int) -> None:  # check 34
    record = read(text.encode(), language)
    assert len(record.symbols) >= at_least or record.quality.errors or "too-deep" in {n.code for n in record.notes}
    well_formed(record, text.encode())


def test_no_more_symbols_than_the_limit() -> None:  # check 34
    record = read(b"".join(b"def f%d(): pass\n" % i for i in range(100)), "python", most_symbols=10)
    assert len(record.symbols) == 10
    assert [n.code for n in record.notes] == ["too-many-symbols"]


@pytest.mark.parametrize("language", sorted(set(LANGUAGES.values())))
@pytest.mark.parametrize(
    "content", [b"", b"\n", b"\xff\xfe\xff(", b"}}}}}}))))", b"'" * 999, b"\\\n" * 50, "\u202eclass A\u200b {}".encode()]
)
def test_what_is_no_source_at_all(language: str, content: bytes) -> None:  # check 34
    well_formed(read(content, language), content)


MANY = 3_000


@pytest.mark.parametrize(
    ("language", "text", "symbols"),
    [
        ("python", "def f(): pass\n" * MANY, MANY),
        ("javascript", "var " + "a=1," * MANY + "b", MANY + 1),
        ("javascript", "class A { " + "m(){} " * MANY + "}", MANY + 1),
        ("typescript", "enum E { " + "A," * MANY + "}", MANY + 1),
        ("go", "package p\nvar (\n" + "a = 1\n" * MANY + ")\n", MANY + 1),
        ("go", "package p\ntype (\n" + "A struct{}\n" * MANY + ")\n", MANY + 1),
        ("rust", "pub struct S { " + "a: i32, " * MANY + "}", MANY + 1),
    ],
)
def test_many_in_one_place(language: str, text: str, symbols: int) -> None:  # check 34
    assert len(read(text.encode(), language).symbols) == symbols


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("typescript", "let a: (b <" + " \n" * 400 + "c d"), ("typescript", "a>\n" + "// b\n" * 5_000 + "( c d"), ("typescript", "<" + "/**/" * 5_000 + "in ("),
        ("kotlin", "class A ( )) \n -b" + ".c" * 20_000 + " {"), ("kotlin", "@A(" * 5_000 + "class B"), ("kotlin", "class A" + "\n" * 5_000 + "@B )"),
        ("csharp", "#if A\n{\n#else\n}\n#endif\n" * 1_000 + ") b"), ("rust", "/// a\n" * 2_000 + "fn b() {}"),
        ("php", "<?php )\n" + "use a {," * 5_000), ("php", "<?php )\n" + "use " * 20_000), ("php", "<?php )" + "((," * 20_000 + " final"),
        ("ruby", ")\n" + "def A=" * 20_000), ("ruby", "a" + ".b(c)" * 5_000 + " { def d; end }"), ("ruby", "a(" * 5_000 + "def b; end"),
        ("ruby", "A = " * 5_000 + "1"), ("bash", ")\n" + "a''" * 20_000), ("bash", ")\n" + "@(a" * 1_000), ("bash", ")\n" + "for a " * 20_000),
        ("rst", ":a" * 50_000), ("python", "(lambda a=[" * 12_000), ("python", "class A[\n" * 20_000), ("python", ")\n" + "class A[T = int]: ...\n" * 10_000),
    ],
)  # fmt: skip
def test_repairs_and_looks_around_take_little_time(language: str, text: str) -> None:  # check 34
    begun = time.process_time()
    read(text.encode(), language)
    assert time.process_time() - begun < 10


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("json", '{"name": "a", ' + "/**/" * 5_000 + ' "b": 1}'), ("json", '{"name": "a"' + ", /*" * 20_000), ("json", '{"name": "a", ' + '"\\' * 20_000),
        ("gomod", "module (\n" * 20_000), ("gomod", "module a\n" + "replace (" + "a => ./b\n" * 20_000),
    ],
)  # fmt: skip
def test_manifests_take_little_time(language: str, text: str) -> None:  # check 34
    begun = time.process_time()
    manifest_of(text.encode(), language)
    read(text.encode(), language)
    assert time.process_time() - begun < 5


@pytest.mark.parametrize(
    ("language", "text", "shown"),
    [
        ("json", r'{"\ud800": 1, "\ud83d\ude00": 2}', ["\\ud800", "😀"]),
        ("json", r'{"main": "\udc00", "a": ["\ud800"]}', ["main", "\\udc00"]),
        ("notebook", r'{"cells": [{"cell_type": "markdown", "source": ["# \ud800\n"]}], "metadata": {"kernelspec": {"language": "\ud800"}}}', ["\\ud800"]),
    ],
)  # fmt: skip
def test_half_of_a_pair_in_json_is_an_escape(language: str, text: str, shown: list[str]) -> None:
    """No encoding has it, so it can be in no page, and not in the store."""
    record = read(text.encode(), language)
    assert unpacked(packed(record)) == record
    told = [*(key for key, _ in record.keys), *(value for _, value, _ in record.values), record.document.title if record.document else ""]
    assert set(shown) <= set(told)


def test_a_name_of_half_a_pair(tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text(r'{"name": "a\ud800"}')
    with Store(None) as store:
        files = gather(tmp_path, discover(tmp_path, Config()), Config(), store).files
    assert tree_name(tmp_path, files, Config()) == "a\\ud800"


def test_what_yaml_lacks_behind_the_last_line() -> None:
    (note,) = read(b"\r ", "yaml").notes or read(b"a: b\r  c\rd", "yaml").notes
    assert (note.code, note.line) == ("parse-error", 1)


def test_a_number_of_too_many_digits_is_no_toml() -> None:
    (note,) = read(f"a = {'9' * 5_000}\n".encode(), "toml").notes
    assert note.code == "parse-error"
    assert note.text.startswith("no TOML: Exceeds the limit")


@pytest.mark.parametrize(
    ("language", "times", "begin", "end", "after"),
    [
        ("javascript", 5_000, "class A { f() {", "}}", "class Z {}"),
        ("javascript", 20, f"function {'n' * 900}() {{ function f() {{}}", "}", "class Z {}"),
        ("rust", 5_000, "mod a { fn f() {", "}}", "struct Z;"),
    ],
)
def test_what_lies_too_deep_is_left_out(language: str, times: int, begin: str, end: str, after: str) -> None:  # check 34
    """Each symbol's full name has those of all around it: of so many they would fill disks. What follows is read."""
    content = f"{begin * times}\n{end * times}\n{after}\n".encode()
    record = read(content, language)
    well_formed(record, content)
    between = separator(language)
    assert sum(map(len, all_qualified(record.symbols, between))) < 1_500_000
    assert names(record)[-1] == "Z"
    assert record.symbols[-1].parent == -1
    assert [note.code for note in record.notes] == ["too-deep"]


@pytest.mark.parametrize(
    ("language", "begin"),
    [
        ("java", "class A { void f() {"),
        ("kotlin", "class A { fun f() {"),
        ("csharp", "class A { void F() {"),
        ("ruby", "module A\n"),
        ("php", "class A { "),
    ],
)
def test_heads_that_nothing_closes(language: str, begin: str) -> None:  # check 34
    """Twice as many take twice as long, or thereabouts."""
    begun, texts = time.process_time(), ("<?php " if language == "php" else "") + begin * 15_000
    read(texts.encode(), language)
    assert time.process_time() - begun < 15


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("java", "class A { int a; \x01 int b; }"),
        ("kotlin", "class A { val a = 1; val b = 2 }\n\x01"),
        ("csharp", "class A { int a; \x01 int b; }"),
        ("ruby", "class A\n\x01\n attr_reader :a, :b\nend"),
        ("php", "<?php class A { public $a; \x01 public $b; }"),
    ],
)
def test_a_sign_that_no_token_begins_with(language: str, text: str) -> None:
    """It is an error without parts, and costs nothing that is beside it."""
    assert names(read(text.encode(), language)) == ["A", "a", "b"]
