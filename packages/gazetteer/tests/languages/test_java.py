"""Java against what javac reads: documentation apart from what it documents, annotations in odd places, types within values."""

# ruff: noqa: E501 - sources are written as texts

from __future__ import annotations

import pytest

from gazetteer.extract import extract, scan
from gazetteer.model import FileRecord


def read(text: str, language: str = "java") -> FileRecord:
    content = text.encode()
    return extract(content, language, scan(content).counts)


def docs(text: str) -> dict[str, str]:
    return {symbol.name: symbol.doc for symbol in read(text).symbols if symbol.doc}


@pytest.mark.parametrize(("text", "expected"), [
    ("package p;\n/** A class. */\n\n\nclass A {\n/** Field. */\n\n  int a;\n}\n", {"A": "A class.", "a": "Field."}),
    ("class A {\n  /** First. */ int a;\n  /** Kept. */ /* package */ void b() {}\n  /** Kept too. */\n  // why\n  void c() {}\n}\n",
     {"a": "First.", "b": "Kept.", "c": "Kept too."}),
    ("enum A { /** One. */ B, /** Two. */ C; /** Three. */\n  int d; }\n", {"B": "One.", "C": "Two."}),
    ("class A { /** Inside. */\n  int a; /** Of a. */\n  int b; // no\n  int c;\n  /**/ int d; /** */ int e;\n}\n", {"a": "Inside."}),
    ("class A {\n  /// One,\n  /// two.\n  void b() {}\n  //// A rule.\n  void c() {}\n  // no\n  void d() {}\n}\n", {"b": "One,\ntwo."}),
    ("class A {\n  /** Of b. */\n  @B({1, 2})\n  // no\n  public int b;\n  /** Nobody's. */\n  /** Of c. */\n  int c;\n}\n",
     {"b": "Of b.", "c": "Of c."}),
])  # fmt: skip
def test_documentation_is_the_last_such_comment(text: str, expected: dict[str, str]) -> None:
    assert docs(text) == expected


def test_a_comment_documents_a_file_or_a_type() -> None:
    assert read("/** Of A. */\n\nclass A {}\n").doc == ""
    assert docs("/** Copyright of all. */\n\nclass A {}\n") == {}
    assert (record := read("/** Of the file. */\n\n/** Of A. */\nclass A {}\n")).doc == "Of the file."
    assert record.symbols[0].doc == "Of A."
    assert read("/** Of all. */\npackage a;\n").doc == "Of all."


def test_annotations_of_arrays_and_caught_types() -> None:
    text = "class A {\n  void f(@B String @C(1) ... d) {}\n  void g(int @B [] @C [] @D... e) {}\n"
    text += "  void h() { try { } catch (@B X | @C Y e) { } finally { class K {} } }\n  void i() {}\n}\n"
    record = read(text)
    assert [s.name for s in record.symbols] == ["A", "f", "g", "h", "K", "i"]
    assert [p.kind for s in record.symbols for p in s.parameters] == ["variadic", "variadic"]
    assert record.quality.error_bytes == 0


def test_cases_of_several_patterns_without_names() -> None:
    text = "class A {\n  int f(Object o) { return switch (o) { case B _, C<D, E<F>>(G _, var _) -> 1; case G _, H _ when i -> 2; default -> 0; }; }\n"
    text += "  int g;\n}\n"
    record = read(text)
    assert ([s.name for s in record.symbols], record.quality.error_bytes) == (["A", "f", "g"], 0)

    assert [s.name for s in read("class A { void f() { switch (a) { case " + "B _, " * 60 + "} } }\n").symbols][:2] == ["A", "f"]  # at once


def test_annotations_behind_parameters_of_types() -> None:
    assert read("class A { @B public <T> @C(1) T f() {} }\n").symbols[1].decorators == ("@B", "@C(1)")
    assert read("@interface A { @B C d() default @C(1); }\n").symbols[1].decorators == ("@B",)


def test_a_receiver_is_no_parameter() -> None:
    text = "class A<T> { void f(A<T> this) {} void g(@B A<T> this, int c) {} class D { D(@B A<T> A.this) {} } }\n"
    assert [[p.name for p in s.parameters] for s in read(text).symbols[1:]] == [[], ["c"], [], []]


def test_the_rest_of_the_components_of_a_record_is_an_array() -> None:
    assert [(s.name, s.type) for s in read("record A(int a, String... b) {}\n").symbols[1:]] == [("a", "int"), ("b", "String...")]


def test_types_within_the_values_of_fields() -> None:
    text = "class A {\n  Supplier<B> b = () -> { class C { int d; } return null; };\n  Runnable e = new Runnable() { class F {} };\n}\n"
    symbols = read(text).symbols
    assert [(s.kind, s.name, s.parent) for s in symbols] == [
        ("class", "A", -1), ("field", "b", 0), ("class", "C", 1), ("field", "d", 2), ("field", "e", 0),
    ]  # fmt: skip


def test_fields_of_compact_source_files() -> None:
    text = 'import java.util.List;\n/** What it says. */\nString greeting = "x";\nstatic final int K = 1, L = 2;\nvoid main() { int no; }\n'
    text += "record R(int a) {}\n"
    found = [(s.kind, s.name, s.line, s.doc) for s in read(text).symbols]
    assert found == [
        ("field", "greeting", 3, "What it says."), ("constant", "K", 4, ""), ("constant", "L", 4, ""), ("method", "main", 5, ""),
        ("record", "R", 6, ""), ("field", "a", 6, ""),
    ]  # fmt: skip
    assert [s.name for s in read("class A { void f() { } }\n  int left = 1;\n}\n").symbols] == ["A", "f"]


def test_constructors_of_an_enum_are_private() -> None:
    assert [(s.name, s.visibility) for s in read("enum A { B; A() {} int c; }\n").symbols[2:]] == [("A", "private"), ("c", "package")]


def test_what_a_compact_file_of_java_25_holds() -> None:
    text = 'import module java.base;\n\nint counted;\nString text = """\n  class No {}\n  """;\n\nvoid main() { counted++; }\n'
    text += "class A {\n  A(int b) {\n    int c = b; // first\n    this();\n  }\n  A() { if (true) { } super(); }\n  int after;\n}\n"
    record = read(text)
    assert [(s.kind, s.name, s.line, s.end_line) for s in record.symbols] == [
        ("field", "counted", 3, 3), ("field", "text", 4, 6), ("method", "main", 8, 8), ("class", "A", 9, 16), ("constructor", "A", 10, 13),
        ("constructor", "A", 14, 14), ("field", "after", 15, 15),
    ]  # fmt: skip
    assert [(i.kind, i.target, i.line) for i in record.imports] == [("module", "java.base", 1)]
    assert not record.quality.errors


def test_a_package_may_be_called_module() -> None:
    (statement,) = read("import module.a.B;\nclass A {}\n").imports
    assert (statement.kind, statement.target) == ("import", "module.a.B")


def test_imports_of_modules_behind_others_on_their_line() -> None:
    record = read("import a.B; import module java.base;\nclass C {}\n")
    assert [(i.kind, i.target) for i in record.imports] == [("import", "a.B"), ("module", "java.base")]
    assert not record.quality.errors
