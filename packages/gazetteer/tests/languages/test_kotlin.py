"""Kotlin against what its compiler reads: words of declarations as names, blocks on lines of their own, documentation, types in values."""

# ruff: noqa: E501 - sources are written as texts

from __future__ import annotations

import pytest

from gazetteer.extract import extract, scan
from gazetteer.model import FileRecord


def read(text: str) -> FileRecord:
    content = text.encode()
    return extract(content, "kotlin", scan(content).counts)


def found(text: str) -> list[str]:
    symbols = read(text).symbols
    return [f"{s.line} {s.kind} {symbols[s.parent].name + '.' if s.parent >= 0 else ''}{s.name}" for s in symbols]


AFTER = "class After { val a = 1 }\n"
STATEMENTS = {
    "blocks that catch on their lines": "try {\n  a()\n}\n// why\ncatch (e: A) { }\n  catch (e: B) { }\n  finally { }",
    "a function without types": "a(fun(b) { })\na(fun(b, c: Int): Int { return 1 })",
    "words as names of functions": "(handler)(external, { data })\ninline()\nopen(1)\na { data(b) }",
    "words as names of values": "val constructor = a(\n)\nconstructor ?: return\nsealed = 1\nopen += 2\ndata?.a; value[1]; inner != b",
    "words as names of parameters": "a(internal = 1)\nval b = { override: A, open: B -> c }",
    "a function that waits": "val a = suspend { b() }\n a(suspend { })",
    "longer signs for values": 'val a = $$"$b $$c"\nval d = $$$"""{ "e": $f }"""',
    "calls below properties": "val a = when (b) {\n  else -> c\n}\nset(d, E(f, g))\nval h = i\nset(j).k()\nval l = m\nget(n)\nval o = p\nset += q\nval r = s\nget.t()\nval u = v\nset3 -= w\nval dynamic = x\ny(dynamic.z())",
    "what is written once too often": "val a = b<C,>(d,);;\nf(suspend fun(g: H) { })",
    "a block of a comment": "a { b(C.D) { /* nothing, yet */ } }\nval e = f {} g {\n  inline()\n}",
}


@pytest.mark.parametrize("text", STATEMENTS.values(), ids=STATEMENTS)
def test_statements_that_hide_nothing(text: str) -> None:
    record = read(f"fun f() {{\n{text}\n}}\n{AFTER}")
    assert [s.name for s in record.symbols if s.parent < 0 or s.name == "a"] == ["f", "After", "a"]
    assert (record.quality.error_bytes, record.quality.missing) == (0, 0)


@pytest.mark.parametrize(("text", "docs"), [
    ("/** A. */\n\n\nclass A {\n  /** B. */ val b = 1\n  /** C. */\n  // why\n  fun c() {} /** D. */\n  fun d() {}\n}\n", {"A": "A.", "b": "B.", "c": "C."}),
    ("/** A. */\n\n@S(\"1\")\n//@T\npublic /*inline*/ fun <T> a() {}\n", {"a": "A."}),
    ("val a = { null }\n\n/** B. */\n\n@S(\"1\")\nfun <T> b() {}\n", {"b": "B."}),
])  # fmt: skip
def test_documentation_is_the_last_such_comment(text: str, docs: dict[str, str]) -> None:
    record = read(text)
    assert ({s.name: s.doc for s in record.symbols if s.doc}, record.doc) == (docs, "")


def test_annotations_that_seemed_to_be_of_expressions() -> None:
    text = 'val a = { null }\n\n@S("1")\nfun <T, R : Any> b() {}\n@T\nval <T> List<T>.c get() = 1\n'
    assert [(s.name, s.decorators, s.start_line) for s in read(text).symbols] == [("a", (), 1), ("b", ('@S("1")',), 3), ("c", ("@T",), 5)]


def test_annotations_of_contexts_are_not_of_functions() -> None:
    text = "@A\ncontext(b: @B C)\nfun d() {}\n"
    assert read(text).symbols[0].decorators == ("@A",)


def test_what_a_constructor_below_the_name_of_its_class_may_be() -> None:
    constructor = read("public actual class A\n/** Makes one. */\n@B\npublic actual constructor(c: Int) { }\n").symbols[1]
    assert (constructor.modifiers, constructor.decorators, constructor.doc) == (("actual",), ("@B",), "Makes one.")


def test_receivers_in_parentheses() -> None:
    text = "fun (A<B>).c() { d(fun(e) { }) }\nfun (() -> F)?.g() { }\n"
    assert [(s.scope, s.name) for s in read(text).symbols] == [("(A<B>)", "c"), ("(() -> F)?", "g")]


def test_the_dynamic_type() -> None:
    symbols = read("fun dynamic.a(b: dynamic, c: Int): dynamic = 1\nval d: dynamic = 1\n").symbols
    assert [(s.scope, s.name, s.type, [p.type for p in s.parameters]) for s in symbols] == [
        ("dynamic", "a", "dynamic", ["dynamic", "Int"]), ("", "d", "dynamic", []),
    ]  # fmt: skip


def test_declarations_within_properties() -> None:
    text = "val a = b {\n  fun c() {}\n  class D { val e = 1 }\n}\nval f: Int\n  get() { fun g() {}\n return 1 }\nval h by lazy { fun i() {} }\n"
    assert found(text) == [
        "1 property a", "2 function a.c", "3 class a.D", "3 property D.e", "5 property f", "6 function f.g", "8 property h", "8 function h.i",
    ]  # fmt: skip


def test_declarations_on_one_line() -> None:
    text = (
        "class A {\n  init { } constructor() : this(1) { } constructor(b: Int) { }\n  var c = true; private set\n  var d = /* why */ 2\n}\n"
    )
    record = read(text)
    assert found(text) == ["1 class A", "2 constructor A.constructor", "2 constructor A.constructor", "3 property A.c", "4 property A.d"]
    assert (record.symbols[4].value, record.quality.error_bytes) == ("2", 0)


def test_fields_of_other_types_than_their_properties() -> None:
    text = "class A {\n  val b: List<C>\n    field = mutableListOf<C>()\n  val d: E\n    field: F = g()\n  var h: Int = 1\n    set(value) {\n      field = value\n    }\n}\n"
    assert (found(text), read(text).quality.error_bytes) == (["1 class A", "2 property A.b", "4 property A.d", "6 property A.h"], 0)


def test_names_in_backticks() -> None:
    assert found("package a.`in`.b\nclass `C d` { fun `is`() {} }\n") == ["1 package a.in.b", "2 class a.in.b.C d", "2 method C d.is"]


def test_accessors_stay_what_they_are() -> None:
    text = "class A {\n  var b: C\n    get() = d\n    set(value) {\n      e(fun(f) { })\n    }\n  var g = 1\n    set(h) = i(h)\n  val j = 1\n}\n"
    assert (found(text), read(text).quality.error_bytes) == (["1 class A", "2 property A.b", "7 property A.g", "9 property A.j"], 0)


def test_functions_in_blocks_of_scripts_and_in_functions_without_a_name() -> None:
    assert found('tasks.register<A>("b") {\n  fun c() {}\n}\nval d = 1\nif (d > 1) { class E }\n') == [
        "2 function c",
        "4 property d",
        "5 class E",
    ]
    assert found("fun a() {\n  b(fun(c) { class D })\n}\n") == ["1 function a", "2 class a.D"]


def test_a_string_that_says_how_many_dollars_it_takes() -> None:
    text = 'val a = $$"$b $${c}"\nval d = $$$"""$$e"""\nconst val f = "g"\n'
    assert [s.value for s in read(text).symbols] == ['$$"$b $${c}"', '$$$"""$$e"""', '"g"']


def test_parameters_below_the_name_of_what_they_are_of() -> None:
    text = "class A<B : C<D>>\n(\n  val e: B,\n) {\n  val f = 1\n}\nclass G\n  (@H private val i: Int)\nfun j\n(\n  k: Int\n) {}\n"
    record = read(text)
    assert not record.quality.errors
    assert [(s.name, s.line, s.start_line, s.end_line, s.visibility) for s in record.symbols] == [
        ("A", 1, 1, 6, "public"), ("e", 3, 3, 3, "public"), ("f", 5, 5, 5, "public"), ("G", 7, 7, 8, "public"), ("i", 8, 8, 8, "private"),
        ("j", 9, 9, 12, "public"),
    ]  # fmt: skip
    assert record.symbols[4].decorators == ("@H",)


def test_an_annotation_in_a_comment_is_none() -> None:
    record = read('// later @B\nclass C\n\n// not @D("e")\n@F // nor @G\ninternal fun h() = $$"$i"\n')
    assert [(s.name, s.start_line, s.decorators) for s in record.symbols] == [("C", 2, ()), ("h", 5, ("@F",))]


def test_annotations_of_the_file_on_one_line() -> None:
    text = '@file:A("b") @file:C("d", "e")\npackage f\n\nimport g.*\nimport h.I as J; import k.l\n\nclass M(val n: Int) : O<M> { fun p(): Int = 1 }\nsealed interface Q<out T> where T : O<T> {\n  val r: Int get() = 0\n}\n'
    record = read(text)
    assert [s.name for s in record.symbols] == ["f", "M", "n", "p", "Q", "r"]
    assert ([i.target for i in record.imports], record.quality.error_bytes) == (["g", "h.I", "k.l"], 0)


def test_contexts_of_functions_and_properties() -> None:
    text = "class A { context(b: B) fun c() {}\n  context(_: D, e: F<G>) private val h: Int get() = 1\n  fun i() {}; context(j: J) fun k() {} }\n@L\ncontext(m: M)\nfun n() {}\n"
    record = read(text)
    assert [(s.name, s.signature, s.visibility) for s in record.symbols[1:]] == [
        ("c", "context(b: B) fun c()", "public"), ("h", "context(_: D, e: F<G>) private val h: Int", "private"), ("i", "fun i()", "public"),
        ("k", "context(j: J) fun k()", "public"), ("n", "context(m: M) fun n()", "public"),
    ]  # fmt: skip
    assert (record.symbols[-1].decorators, record.symbols[-1].start_line, record.quality.error_bytes) == (("@L",), 4, 0)


def test_conditions_of_cases_on_one_line() -> None:
    text = "fun a(b: Any) = when (b) { is C if b.d > 1 -> 2; else if e -> 3; else -> f { if (it) 1 else 2 } }\nfun g() {}\n"
    assert (found(text), read(text).quality.error_bytes) == (["1 function a", "2 function g"], 0)


def test_who_sets_a_property_on_its_line() -> None:
    text = "val a: Int = 1; private set\nvar b: Int = 1; private set;\nfun c() {}\n"
    assert (found(text), read(text).quality.error_bytes) == (["1 property a", "2 property b", "3 function c"], 0)


@pytest.mark.parametrize("indent", ["", "  "])
def test_documentation_on_the_line_of_what_it_is_of(indent: str) -> None:
    lines = ["val a: Int", "/** Of b. */ val b: C", "/** Of d. */ @D fun d(): Int", "/* why */ fun e() {", "  g(1)", "  /* no */ g(2)", "}",
             "/** Of h. */ context(i: I) fun h() {}", "/** Old. */ /** Of j. */ enum class j {", "  A,", "  /** Of B. */ B;", "  /** Of k. */ val k = 1", "}"]  # fmt: skip
    record = read("class X {\n" * bool(indent) + "".join(f"{indent}{line}\n" for line in lines) + "}\n" * bool(indent))
    symbols = record.symbols[bool(indent) :]
    assert [(s.name, s.doc, s.doc_line - len(indent) // 2) for s in symbols if s.doc] == [
        ("b", "Of b.", 2), ("d", "Of d.", 3), ("h", "Of h.", 8), ("j", "Of j.", 9), ("B", "Of B.", 11), ("k", "Of k.", 12),
    ]  # fmt: skip
    assert [s.name for s in symbols] == ["a", "b", "d", "e", "h", "j", "A", "B", "k"]
    assert not any(s.first_line for s in symbols)
    assert symbols[2].decorators == ("@D",)
    assert record.quality.error_bytes == 0


def test_comments_in_parameters_of_constructors() -> None:
    symbols = read("class A(val b /* c */ : /* d */ Int = /* e */ 1, // f\n  g: H)\n").symbols
    assert [(p.name, p.type, p.default) for p in symbols[0].parameters] == [("b", "Int", "1"), ("g", "H", "")]


def test_a_comment_in_a_comment() -> None:
    """Comments nest: what is behind the end of the inner one is still none of the text."""
    record = read("/** Documents. /* nested */ class NotOne */\n@A class B\n/* a /* b */ */ class C\n")
    assert [(s.name, s.doc) for s in record.symbols] == [("B", "Documents. /* nested */ class NotOne"), ("C", "")]
