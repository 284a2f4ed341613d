"""Facts of single declarations: types, values, parameters and kinds as they are written."""  # check 7

from __future__ import annotations

import pytest

from gazetteer.extract import extract, scan
from installed import need


def read(text: str, language: str):
    content = text.encode()
    return extract(content, language, scan(content).counts)


def found(text: str, language: str, *fields: str) -> list[tuple[str, ...]]:
    return [(s.kind, s.name, *(getattr(s, field) for field in fields)) for s in read(text, language).symbols]


def test_c_storage_and_alignment_are_no_types():
    text = "_Thread_local int a;\nstatic _Thread_local int b;\n_Alignas(16) int c;\n"
    assert found(text, "c", "type", "signature") == [
        ("variable", "a", "int", "_Thread_local int a"), ("variable", "b", "int", "static _Thread_local int b"),
        ("variable", "c", "int", "_Alignas(16) int c"),
    ]  # fmt: skip


def test_cuda_memory_spaces_are_no_types():
    text = "__constant__ float a[64];\n__device__ __managed__ int b;\nextern __shared__ float c[];\n__device__ int d;\n"
    assert [of for _, _, of in found(text, "cuda", "type")] == ["float[64]", "int", "float[]", "int"]


def test_python_type_statements_have_parameters():
    text = "type Pair[T: int, *Ts] = tuple[T, *Ts]\ntype Plain = int\n"
    assert found(text, "python", "type_parameters", "type") == [
        ("type_alias", "Pair", "[T: int, *Ts]", "tuple[T, *Ts]"), ("type_alias", "Plain", "", "int"),
    ]  # fmt: skip


def test_python_protocols_are_those_of_typing():
    text = """import typing as t
from typing import Protocol
from twisted.internet import protocol
class A(Protocol): ...
class B(t.Protocol[int]): ...
class C(protocol.Protocol): ...
"""
    assert found(text, "python") == [("protocol", "A"), ("protocol", "B"), ("class", "C")]
    assert found("from x import Protocol, Flag\nclass A(Protocol): ...\nclass B(Flag):\n    X = 1\n", "python")[:2] == [
        ("class", "A"),
        ("class", "B"),
    ]
    assert found("class Protocol: ...\nclass A(Protocol): ...\n", "python") == [("class", "Protocol"), ("class", "A")]
    assert [k for k, _ in found("class A(Protocol): ...\nclass B(enum.Flag):\n    X = 1\nclass C(Flag): ...\n", "python")] == [
        "protocol", "enum", "enum_member", "enum",
    ]  # fmt: skip


def test_typescript_parameters_that_are_properties_have_values():
    text = "class A { constructor(private readonly x: number, public y = 2) {} }"
    assert found(text, "typescript", "value")[2:] == [("field", "x", ""), ("field", "y", "2")]


def test_java_arrays_may_stand_behind_parameters():
    assert found("class A { int f()[] { return null; } }", "java", "type")[1] == ("method", "f", "int[]")


def test_php_lists_of_constants_are_all_constants():
    text = "<?php\nuse const Lib\\A, Lib\\B;\nuse function Lib\\f, Lib\\g;\nuse X\\{Y, const Z};\n"
    assert [(i.kind, i.target) for i in read(text, "php").imports] == [
        ("use const", "Lib\\A"), ("use const", "Lib\\B"), ("use function", "Lib\\f"), ("use function", "Lib\\g"), ("use", "X\\Y"),
        ("use const", "X\\Z"),
    ]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), [
    ("<?php\nnamespace N;\n$a = 1;\n$a = 2;\nif (true) { $b = [1]; }\nfunction f() { $c = 3; }\n$o->p = 4;\n$d[] = 5;\n",
     [("namespace", "N", ""), ("variable", "a", "1"), ("variable", "b", "[1]"), ("function", "f", "")]),
    ("<?php class A { public function f() { $x = 1; } }", [("class", "A", ""), ("method", "f", "")]),
])  # fmt: skip
def test_php_variables_of_the_file(text, expected):
    assert sorted(found(text, "php", "value")) == sorted(expected)


@pytest.mark.parametrize(("language", "text"), [
    ("java", 'class A { static final String K = "a  b"; }'), ("csharp", 'class A { const string K = "a  b"; }'),
    ("kotlin", 'class A { val K = "a  b"; val L = """a  b""" }'),
    ("csharp", 'class A { string K = @"a  b"; string L = $"a  {x}"; }'),
    ("javascript", "let x; const K = `a  b`"), ("typescript", "let x; const K = `a  ${x}`"),
    ("php", '<?php class A { public $K = "a  b"; const L = "c  d"; }'),
])  # fmt: skip
def test_strings_in_signatures_keep_their_spaces(language, text):
    for symbol in read(text, language).symbols[1:]:
        assert symbol.signature.endswith(symbol.value)
        assert "  " in symbol.value
        assert symbol.signature.count("=") <= 1


def test_hip_is_read_as_cuda_is():
    record = read("#include <hip/hip_runtime.h>\nnamespace ops {\n__global__ void scale(float* x) { x[threadIdx.x] *= 2; }\n}\n", "hip")
    assert [(s.kind, s.name, s.line) for s in record.symbols] == [("namespace", "ops", 2), ("function", "scale", 3)]
    assert [i.target for i in record.imports] == ["hip/hip_runtime.h"]
    assert (record.language, record.quality.parser, record.quality.error_bytes) == ("hip", "cuda", 0)


def test_lines_of_cmake_go_on_where_their_ends_are_escaped():
    record = read('stray\\\nwords\nset(A 1)\noption(B "Of it.")\n', "cmake")
    assert [(s.name, s.line) for s in record.symbols] == [("A", 3), ("B", 4)]


def test_bodies_of_scala_without_braces_end_with_their_last_line():
    need("scala")
    text = "object A {\n  def a =\n    f(1)\n\n  // of b\n  def b: B =\n    g match {\n      case c => c\n    }\n\n"
    text += "  val d =\n    1 // one\n\n}\n"
    text += "class E:\n  def f =\n    1\n\nclass G\n"
    assert [(s.name, s.line, s.end_line) for s in read(text, "scala").symbols] == [
        ("A", 1, 14), ("a", 2, 3), ("b", 6, 9), ("d", 11, 12), ("E", 15, 17), ("f", 16, 17), ("G", 19, 19),
    ]  # fmt: skip


@pytest.mark.parametrize("language", ["bash", "c", "cmake", "makefile", "meson", "sql"])
def test_lines_for_tools_say_nothing_of_a_file(language):
    mark = {"c": "//", "sql": "--"}.get(language, "#")
    lines = ["vim: set ts=4 et:", "$Id: a,v 1.2 2006-07-19 mill Exp $", "-*- mode: x -*-", "shellcheck shell=bash", "", "Grinds."]
    text = "".join(f"{mark} {line}\n" if line else "\n" for line in lines)
    assert read(text + "\n", language).doc == "Grinds."
    assert read("".join(f"{mark} {line}\n" for line in lines if line) + "\n", language).doc == "Grinds."
