"""Languages whose grammars an extra brings: broken, cut off, deep, full of words that look like declarations, and without a grammar."""

# ruff: noqa: E501 - sources are written as texts

from __future__ import annotations

import time
from pathlib import Path

import pytest

import gazetteer.lang
from gazetteer.extract import ExtractOptions, extract, scan
from gazetteer.grammars import OPTIONAL
from gazetteer.lang import table
from gazetteer.lang.table import BY_SUFFIX, LANGUAGES
from gazetteer.model import FileRecord
from installed import need
from records import well_formed

LANG = Path(gazetteer.lang.__file__).parent
EXTRA = sorted(language.name for language in LANGUAGES if language.grammar.partition(":")[0] in OPTIONAL)
SAMPLES = [p for name in EXTRA for p in sorted((LANG / name / "samples").glob("*")) if p.suffix not in (".facts", ".details")]


def read(content: bytes, language: str, **options: int) -> FileRecord:
    need(language)
    return extract(content, language, scan(content).counts, ExtractOptions(**options))


#: Of each language: a text in which words of declarations stand in comments and strings alone, and what it declares nevertheless.
WORDS = {
    "dart": (
        '// class A {}\n/* void b() {} /* c() {} */ */\nfinal x = \'class D {}\' "${e(() { return \'F\'; })}" r"""\nimport \'g.dart\';\n""";\n',
        ["x"],
    ),
    "elixir": ('# def a, do: 1\nx = "defmodule B do end" <> ~s(def c, do: 1)\n"""\ndefmodule D do\nend\n"""\n', []),
    "fortran": ("! module a\nmodule m\n  character(9) :: x = 'subroutine b' // \"use c\"\nend module\n", ["m", "x"]),
    "hcl": ('# resource "a" "b" {}\n/* variable "c" {} */\nx = "module \\"d\\" {}"\ny = <<EOT\noutput "e" {}\nEOT\n', ["x", "y"]),
    "ocaml": ('(* let a = 1 (* open B *) *)\nlet x = "module C = D" ^ {|type e = f|}\n', ["x"]),
    "ocaml_interface": ("(* val a : int *)\nval x : int\n", ["x"]),
    "perl": ("# sub a { }\nour $x = 'package B; sub c { }' . <<E;\nuse D;\nE\n=pod\n\nsub e { }\n\n=cut\n", ["x"]),
    "solidity": (
        '// contract A {}\n/* function b() {} /* */\nstring constant x = "contract C {}" \'struct D {}\';\nfunction y() { /// import "e.sol";\n}\n',
        ["x", "y"],
    ),
    "julia": ('# function a() end\n#= struct B end #= =# =#\nx = "module C end" * """\nfunction d() end\n""" * raw"import Q"\n', ["x"]),
    "zig": ('// fn a() void {}\nconst x = "pub fn b() void {}";\nconst y =\n    \\\\const c = @import("d.zig");\n;\n', ["x", "y"]),
    "haskell": ('-- data A = B\n{- f :: Int {- newtype C = C Int -} -}\nx = "class D where" ++ "import Q"\n', ["x"]),
    "lua": ("-- function a() end\n--[[ local b = 1 ]]\nlocal x = 'function c() end' .. [[\nfunction d() end\n]]\n", ["x"]),
    "scala": ('// class A\n/* def b /* object C */ */\nval x = "trait D" + """\nclass E\n""" + s"${1} import q.z"\n', ["x"]),
    "swift": (
        '// class A {}\n/* func b() {} /* enum C {} */ */\nlet x = "struct D {}", y = """\n  import q\n  class E {}\n  """\n',
        ["x", "y"],
    ),
}


@pytest.mark.parametrize("language", EXTRA)
def test_words_in_texts_are_no_declarations(language: str) -> None:  # check 8
    text, names = WORDS[language]
    record = read(text.encode(), language)
    assert [s.name for s in record.symbols] == names
    assert record.imports == []


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda p: p.name)
@pytest.mark.parametrize("share", [0.15, 0.5, 0.8])
def test_half_a_file(sample: Path, share: float) -> None:  # check 34
    content, language = sample.read_bytes(), BY_SUFFIX[sample.suffix].name
    whole = {(s.kind, s.name, s.line) for s in read(content, language).symbols}
    cut = content[: int(len(content) * share)]
    record = read(cut, language)
    well_formed(record, cut)
    found = {(s.kind, s.name, s.line) for s in record.symbols}
    before = {w for w in whole if w[2] < cut.count(b"\n") - 25}
    assert len(found & before) >= 0.5 * len(before)


DEEP = 3_000
NESTED = {
    "dart": (
        "class A { " * DEEP + "}" * DEEP,
        "void a() { " * DEEP + "}" * DEEP,
        "var x = " + "[" * DEEP + "]" * DEEP + ";",
        "var x = " + "(" * DEEP,
    ),
    "elixir": (
        "defmodule A do " * 900 + "end " * 900,
        "def a, do: " + "(" * DEEP,
        "x = " + "[" * DEEP + "]" * DEEP + "\ndefmodule A do\nend\n",
    ),
    "fortran": (
        "subroutine a\ncontains\n" * 900,
        "module m\nx = " + "(" * DEEP + "\nend module\n",
        "if (a) then\n" * DEEP + "subroutine b\nend\n",
    ),
    "hcl": ('a "b" {\n' * DEEP + "}\n" * DEEP, "x = " + "[" * DEEP + "]" * DEEP, "x = " + '"${' * 900),
    "ocaml": (
        "module A = struct " * DEEP + "end " * DEEP,
        "let x = " + "(" * DEEP + ")" * DEEP,
        "let a = let b x = " * DEEP,
        "let a = " + "(*" * DEEP,
    ),
    "ocaml_interface": ("module A : sig " * DEEP + "end " * DEEP, "val x : " + "(" * DEEP + "int" + ")" * DEEP),
    "perl": ("sub a { " * DEEP + "} " * DEEP, "our $x = " + "(" * DEEP + ")" * DEEP + ";", "package A { " * DEEP + "}" * DEEP),
    "solidity": (
        "contract A { " * DEEP + "}" * DEEP,
        "uint constant x = " + "(" * DEEP + "1" + ")" * DEEP + ";",
        "function a() { " * DEEP,
        "struct A { mapping(a => " * DEEP,
    ),
    "julia": (
        "module A\n" * DEEP + "end\n" * DEEP,
        "function a()\n" * DEEP + "end\n" * DEEP,
        "x = " + "(" * DEEP + ")" * DEEP,
        "if a\n" * DEEP + "b(x) = 1\n",
        "a(x) = " * DEEP + "1",
    ),
    "zig": ("const a = struct { " * DEEP + "};" * DEEP, "const x = " + "(" * DEEP + "1" + ")" * DEEP + ";", "fn a() void { " * DEEP),
    "haskell": (
        "x = " + "(" * DEEP + "1" + ")" * DEEP,
        "f = do { " * DEEP,
        "x :: " + "[" * DEEP + "Int" + "]" * DEEP,
        "#if A\n" * DEEP + "#else\nf :: Int\n",
    ),
    "lua": ("function a() " * DEEP + "end " * DEEP, "x = " + "{" * DEEP + "}" * DEEP, "x = " + "(" * DEEP, "a = function() " * DEEP),
    "scala": ("class A { " * DEEP + "}" * DEEP, "def a = { " * DEEP + "}" * DEEP, "package a {" * DEEP, "val x = " + "(" * DEEP),
    "swift": (
        "class A { " * DEEP + "}" * DEEP,
        "func a() { " * DEEP + "}" * DEEP,
        "let x = " + "[" * DEEP,
        "#if a\n" * DEEP + "func b() {}\n",
    ),
}
#: A declaration, of which many stand in one place; ``#`` is the number of each, where those of one name are one.
MANY = {
    "dart": "void a() {}\n",
    "elixir": "def a#(), do: 1\n",
    "fortran": "subroutine a\nend subroutine\n",
    "hcl": "a = 1\n",
    "ocaml": "let a = 1\n",
    "ocaml_interface": "val a : int\n",
    "perl": "sub a { }\n",
    "solidity": "function a() {}\n",
    "julia": "a() = 1\n",
    "zig": "fn a() void {}\n",
    "haskell": "f :: Int -> Int\n",
    "lua": "function a() end\n",
    "scala": "class A\n",
    "swift": "func a() {}\n",
}


@pytest.mark.parametrize(("language", "text"), [(language, text) for language in EXTRA for text in NESTED[language]])
def test_deep_nesting(language: str, text: str) -> None:  # check 34
    begun = time.process_time()
    record = read(text.encode(), language)
    well_formed(record, text.encode())
    assert len(record.symbols) >= 1 or record.quality.errors or "too-deep" in {n.code for n in record.notes}
    assert time.process_time() - begun < 20


@pytest.mark.parametrize("language", EXTRA)
def test_many_in_one_place(language: str) -> None:  # check 34
    text = "".join(MANY[language].replace("#", str(number)) for number in range(DEEP))
    assert len(read(text.encode(), language).symbols) == DEEP
    record = read(text.encode(), language, most_symbols=10)
    assert len(record.symbols) == 10
    assert [n.code for n in record.notes] == ["too-many-symbols"]


@pytest.mark.parametrize("language", EXTRA)
@pytest.mark.parametrize(
    "content",
    [b"", b"\n", b"\xff\xfe\xff(", b"}}}}}}))))", b"'" * 999, b'"' * 999, b"\\\n" * 50, b"\xef\xbb\xbf" + "\u202eclass A\u200b {}".encode(),
     b"(" * 5_000, b"#if " * 2_000, b"--[[" * 2_000, b"/*" * 2_000],
)  # fmt: skip
def test_what_is_no_source_at_all(language: str, content: bytes) -> None:  # check 34
    begun = time.process_time()
    well_formed(read(content, language), content)
    assert time.process_time() - begun < 20


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("swift", ")\n" + "@_a(" * 20_000), ("swift", ")\n" + "#if a\n@b\n" * 5_000), ("swift", ")\n" + "#if " + "_a(" * 20_000),
        ("swift", "#if A\nimport B\n" * 8_000), ("swift", "#if A\n" + "#elseif B\nimport C\n" * 8_000), ("swift", "// a\n" * 20_000 + "func b() {}"), ("lua", "--" * 20_000 + "\n" + "-- a\n" * 20_000 + "function b() end"),
        ("lua", "require" * 1_000 + " require" * 20_000), ("lua", "a.b." * 20_000 + "c = 1"), ("lua", "local a = require'b' " * 5_000),
        ("haskell", "f 1 = 2\n" * 5_000), ("haskell", "-- a\n" * 20_000 + "f = 1"), ("haskell", "#if a\n#else\n" * 2_000),
        ("haskell", "import A (" + "b, " * 20_000 + "c)"), ("protobuf", "// a\n" * 20_000 + "message A {}"),
        ("protobuf", "message A { " * 20_000),
        ("protobuf", "option a = {" * 20_000), ("protobuf", "message A { " + "int32 a = 1; " * 20_000), ("protobuf", '"' + "a;" * 20_000),
        ("elixir", "def a(x), do: 1\n" * 10_000), ("elixir", "@doc 'a'\n" * 10_000), ("elixir", "alias A.{" + "B, " * 10_000 + "C}"),
        ("fortran", ")\n" + "      call a(1,\n     $ 2\n" * 5_000), ("fortran", ")\ncontains\n" + "! a\n" * 20_000), ("fortran", ")\n" + "contains\n\n" * 10_000),
        ("fortran", "C\n" * 20_000 + "      x = '" + "a" * 20_000), ("perl", "=head1 a\n\nb\n\n" * 10_000 + "=cut\nsub a { }\n"), ("perl", "=item " * 20_000),
        ("perl", "use constant { " + "A => 1, " * 10_000 + "};"), ("perl", "require A; " * 10_000), ("zig", '_ = @import("a");' * 10_000),
        ("dart", "import 'a.dart';\n" * 10_000),
        ("dart", "class A { " + "int b; " * 10_000 + "}"), ("dart", "@a " * 10_000 + "class B {}"), ("dart", "int " + "a, " * 10_000 + "b;"), ("dart", "class A implements " + "B, " * 10_000 + "C {}"),
        ("dart", "enum A { " + "b, " * 10_000 + "c }"), ("dart", "void f(" + "int a, " * 10_000 + "int b) {}"), ("dart", "void f() { " + "g(x) { }" * 5_000 + "}"), ("dart", "// a\n" * 20_000 + "void b() {}"),
        ("julia", 'include("a")\n' * 10_000),
        ("julia", ")\n" + "const a::B\n" * 100), ("julia", "@enum A " + "b " * 10_000), ("julia", "@a " * 5_000 + "f() = 1"), ("julia", "# a\n" * 20_000 + "f() = 1"),
        ("julia", "export " + "a, " * 10_000 + "b"), ("julia", '"a"\nb\n' * 5_000), ("julia", ")\n" + "[begin" * 10_000),
        ("hcl", "locals {\n" + "a = 1\n" * 10_000 + "}\n"), ("ocaml", "let a = 1 and b = 2\n" * 10_000), ("ocaml", "type t = " + "A | " * 10_000 + "B"),
        ("solidity", "import {" + "a, " * 20_000 + '} from "b";'), ("solidity", "contract A { " + "uint a; // b\n" * 10_000 + "}"),
        ("solidity", "contract A { " + "/// a\n" * 10_000 + "uint b; }"), ("solidity", "contract A is " + "B, " * 20_000 + "C {}"),
        ("solidity", "contract A { enum B { " + "c, " * 20_000 + "} }"), ("solidity", "function a(" + "uint b, " * 10_000 + "uint c) {}"),
        ("scala", "import a." + "b." * 20_000 + "c"), ("scala", "import a.{" + "b, " * 20_000 + "c}"), ("scala", "@a " * 5_000 + "class B"),
    ],
)  # fmt: skip
def test_repairs_and_looks_around_take_little_time(language: str, text: str) -> None:  # check 34
    begun = time.process_time()
    read(text.encode(), language)
    assert time.process_time() - begun < 10


def test_without_its_grammar_a_file_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "installed", dict)
    table.walker.cache_clear()
    try:
        content = b"-- A comment.\nfunction a() end\n"
        record = extract(content, "lua", scan(content).counts)
        assert [(n.code, n.text) for n in record.notes] == [
            ("no-grammar", "Lua is read with a grammar that is not installed: pip install 'gazetteer[all]'")
        ]
        assert (record.symbols, record.counts.comment, record.quality.parser) == ([], 1, "")
    finally:
        table.walker.cache_clear()
