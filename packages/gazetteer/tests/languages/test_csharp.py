"""C# against what Roslyn reads: documentation, attributes under conditions, pointers, directives, what C# 11 to 14 added."""

# ruff: noqa: E501 - sources are written as texts

from __future__ import annotations

import pytest

from gazetteer.extract import extract, scan
from gazetteer.lang.csharp import walker
from gazetteer.lang.csharp.branches import split_conditions
from gazetteer.model import FileRecord


def read(text: str) -> FileRecord:
    content = text.encode()
    return extract(content, "csharp", scan(content).counts)


def found(text: str) -> list[str]:
    symbols = read(text).symbols
    return [f"{s.line} {s.kind} {symbols[s.parent].name + '.' if s.parent >= 0 else ''}{s.name}" for s in symbols]


@pytest.mark.parametrize(("text", "docs"), [
    ("/// <summary>A.</summary>\n\nclass A {\n  ////////////\n  ////////////\n  void B() {}\n  /// C.\n  // why\n  int C; /// D.\n  int D;\n}\n",
     {"A": "A.", "C": "C."}),
    ("class A {\n  /** <summary>B.</summary> */ int B;\n  /// One.\n\n  /// C.\n#if X\n  [Y]\n#endif\n  void C() {}\n}\n", {"B": "B.", "C": "C."}),
    ("enum A {\n  /// <summary>One</summary>\n  B,\n  // no\n  C }\n", {"B": "One"}),
])  # fmt: skip
def test_documentation_is_the_last_such_comment(text: str, docs: dict[str, str]) -> None:
    assert {s.name: s.doc for s in read(text).symbols if s.doc} == docs


def test_attributes_under_conditions() -> None:
    text = "/// <summary>A.</summary>\n#if X\n[B]\n#else\n[C(1), D]\n#endif\n[E]\npublic class A {}\n"
    (symbol,) = read(text).symbols
    assert (symbol.decorators, symbol.signature, symbol.doc) == (("B", "C(1)", "D", "E"), "public class A", "A.")


def test_a_value_behind_a_comment() -> None:
    assert [s.value for s in read("class A { const int B = /* b */ 1 | /* c */ 2; }\n").symbols] == ["", "1 | 2"]


def test_what_pointers_point_to() -> None:
    text = "unsafe class A {\n  int B() { return *(int*)C(); }\n  void D() { var a = *(p + 0);\n    c = d[*(b++)]; e = *(IntPtr*)&f; }\n"
    record = read(text + "  int G;\n}\n")
    assert ([s.name for s in record.symbols], record.quality.error_bytes) == (["A", "B", "D", "G"], 0)


def test_directives_of_any_words() -> None:
    text = 'class A {\n  int B() {\n    if (x)\n#pragma warning suppress 56500 // it\'s so\n      return 1;\n#line 3 "..\\..\\C.cshtml"\n'
    text += "    return 2;\n#error don't\n  }\n  int C;\n}\n"
    record = read(text)
    assert ([s.name for s in record.symbols], record.quality.error_bytes) == (["A", "B", "C"], 0)


def test_branches_that_go_on_with_what_was_begun() -> None:
    text = "class A {\n  static A B() =>  // why\n    // it is\n#if X\n    new A() { a = C() };\n#else\n    default;\n#endif\n\n  int D {\n#if X\n    get { return 1; }\n"
    text += "#else\n    get { return 2; }\n#endif\n  }\n  int E;\n}\n"
    record = read(text)
    assert found(text) == ["1 class A", "2 method A.B", "10 property A.D", "17 field A.E"]
    assert record.quality.error_bytes == 0


SPLIT = {
    "choices": "int b = (c ? 1 :\n#if X\n  d ? 2 :\n#endif\n  3);",
    "labels": "switch (b) {\n#if X\n  case 1:\n#else\n  case 2: default:\n#endif\n    break;\n}",
    "braces and quotes around values": 'a = $"{{{b}}} **{{{C(", ", d)}}}**";\ne = f ? $@"""{g}""" : @$"""{h}""" + $@"a ""{i}"" j";',
    "another word as a name": "a(b + async.ToString()); if (c && !async) return; d = async;",
    "a word as a name": 'bool required = false;\nrequired = true; if (a && required) b(required, required.c);\nd = $"""{e}""" + f((1)) ;',
    "calls that refer": "A.B(ref c, d(1)) = (byte)(e >> 1);\n*(f++) = g[*(h++)];",
}


@pytest.mark.parametrize("text", SPLIT.values(), ids=SPLIT)
def test_statements_that_hide_nothing(text: str) -> None:
    text = f"class A {{\n  void f() {{\n{text}\n}}\n  int After;\n}}\n"
    assert ([s.name for s in read(text).symbols], read(text).quality.error_bytes) == (["A", "f", "After"], 0)


def test_the_first_branch_with_code_is_kept() -> None:
    text = "class A {\n#if X\n#else\n  int B() {\n#endif\n    return 1;\n  }\n  int C { \n#if Y\n    [D]\n    [E]\n#endif\n    get; }\n}\n"
    assert (found(text), read(text).quality.error_bytes) == (["1 class A", "4 method A.B", "8 property A.C"], 0)


def test_newer_syntax() -> None:
    text = "public ref partial struct A<T> where T : allows ref struct {\n  public void operator +=(int b) {}\n"
    text += "  public void operator checked -=(int b) {}\n  int C;\n}\n"
    record = read(text)
    assert found(text) == ["1 struct A", "2 operator A.operator +=", "3 operator A.operator checked -=", "4 field A.C"]
    assert (record.symbols[0].modifiers, record.quality.error_bytes) == (("partial", "ref"), 0)


def test_components_of_a_record() -> None:
    text = 'record A([property: B] int C, string D = "x", params int[] E);\n'
    assert [(s.name, s.type, s.signature) for s in read(text).symbols[1:]] == [
        ("C", "int", "int C"), ("D", "string", 'string D = "x"'), ("E", "int[]", "params int[] E"),
    ]  # fmt: skip


def test_functions_in_accessors() -> None:
    text = "class A {\n  int B { get { int C() => 1; return C(); } set { } }\n  event D E { add { void F() {} } remove { } }\n}\n"
    assert found(text) == ["1 class A", "2 property A.B", "2 function B.C", "3 event A.E", "3 function E.F"]


def test_what_has_no_name_is_not_listed() -> None:
    assert found("class A {\n  partial b;\n  public C { }\n  int D;\n}\n") == ["1 class A", "4 field A.D"]


def test_names_of_usings_have_no_spaces() -> None:
    record = read("using A /* b */ . B\n  . C ;\nusing D = (int E, string F);\n")
    assert [(i.target, i.alias) for i in record.imports] == [("A.B.C", ""), ("(int E, string F)", "D")]


def test_functions_without_a_name_may_be_static() -> None:
    record = read("class A {\n  B c = static delegate (int d) { return d; };\n  B e = static async delegate { };\n  int f;\n}\n")
    assert ([s.name for s in record.symbols], record.quality.errors) == (["A", "c", "e", "f"], ())


SPLIT = """\
#if OLD
namespace Old {
#elif !NEW && (OLDER || true)
namespace Now {
#else
namespace New {
#endif
#if CORE
    public
#else
    internal
#endif
    class Plain {
        int a;
    }

#if CORE
    // why
    public class Head<T> : Base
#else
    class Head
#endif
    {
#if CORE
        public override int Two(int a)
#else
        int Two()
#endif
        { return 2; }
    }
}
"""


def test_of_a_split_condition_every_branch_is_read() -> None:
    record = read(SPLIT)
    where = [
        (s.line, s.end_line, s.kind, s.name, s.condition, record.symbols[s.parent].line if s.parent >= 0 else 0) for s in record.symbols
    ]
    assert where == [
        (2, 31, "namespace", "Old", "OLD", 0),
        (4, 31, "namespace", "Now", "!(OLD) && !NEW && (OLDER || true)", 0),
        (6, 31, "namespace", "New", "!(OLD) && !(!NEW && (OLDER || true))", 0),
        (13, 15, "class", "Plain", "", 4),
        (14, 14, "field", "a", "", 13),
        (19, 30, "class", "Head", "CORE", 2),
        (21, 30, "class", "Head", "!(CORE)", 4),
        (25, 29, "method", "Two", "CORE", 19),
        (27, 29, "method", "Two", "!(CORE)", 21),
    ]
    assert record.symbols[3].visibility == "internal"
    assert not record.quality.errors


def test_what_a_file_defines_decides_which_branch_is_read_first() -> None:
    text = "#if A\nclass B : C\n#else\nclass B\n#endif\n{ int d; }\n"
    for define, line in (("", 4), ("#define A\n", 2), ("#define AB\n", 4)):
        symbols = read(define + text).symbols
        assert [(s.kind, s.name) for s in symbols] == [("class", "B"), ("class", "B"), ("field", "d")]
        assert symbols[symbols[2].parent].line == line + bool(define)
        assert [s.condition for s in symbols] == ["A", "!(A)", ""]


def test_what_opens_under_a_condition_that_does_not_hold_holds_nothing() -> None:
    record = read("#if A\nstatic class B\n{\n#endif\nclass C { int d; }\n#if A\n}\n#endif\n")
    where = [(s.line, s.name, s.condition, s.parent) for s in record.symbols]
    assert where == [(2, "B", "A", -1), (5, "C", "", -1), (5, "d", "", 1)]


def test_what_csharp_14_assigns_to_if_there_is_something_and_lambdas_with_words_before_names() -> None:
    text = "class A {\n  void B() { c?.D = 1; e?[0].F += 2; g = h?.I == 1 ? j : k; }\n  L M = (n, out o, scoped ref p) => n;\n  int? Q = 1;\n  int?[] r = [1];\n}\n"
    record = read(text)
    assert not record.quality.errors
    assert [(s.kind, s.name, s.type, s.value) for s in record.symbols] == [
        ("class", "A", "", ""), ("method", "B", "void", ""), ("field", "M", "L", "(n, out o, scoped ref p) => n"), ("field", "Q", "int?", "1"),
        ("field", "r", "int?[]", "[1]"),
    ]  # fmt: skip


@pytest.mark.parametrize("condition", ["(" * 5_000 + "A" + ")" * 5_000, "A" + " == A != B" * 5_000, "&& == )( !", ""])
def test_conditions_that_nobody_would_write(condition: str) -> None:
    symbols = read(f"#if {condition}\nclass A {{\n#else\nclass B {{\n#endif\n  int c;\n}}\n").symbols
    assert [s.name for s in symbols] == ["A", "B", "c"]


def test_what_stands_above_a_condition_documents_what_each_branch_begins_with() -> None:
    text = "class A {\n  /// <summary>B.</summary>\n#if X\n  [C] string b;\n  int d;\n#elif Y\n  /// Own.\n  int b;\n#else\n  byte[] b;\n  int e;\n#endif\n"
    text += "#if X\n  /// Of f.\n  int f;\n#else\n  int g;\n#endif\n}\n"
    assert [(s.name, s.line, s.doc, s.doc_line) for s in read(text).symbols] == [
        ("A", 1, "", 0), ("b", 4, "B.", 2), ("d", 5, "", 0), ("b", 8, "Own.", 7), ("b", 10, "B.", 2), ("e", 11, "", 0), ("f", 15, "Of f.", 14),
        ("g", 17, "", 0),
    ]  # fmt: skip


def test_conditions_within_very_many_others_are_left_to_the_grammar() -> None:  # check 34
    deep = b"class A\n" + b"#if X\n: B\n" * 3_000 + b"#endif\n" * 3_000 + b"{}\nclass C {}\n"
    assert len(split_conditions(deep)) == 20
    assert len(split_conditions(b"class A\n" + b"#if X\n: B\n#else\n: C\n#endif\n" * 3_000 + b"{}\n")) == 3_000


def test_branches_whose_parse_takes_too_long_are_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walker, "parse", lambda *_: None)
    content = b"class A\n#if X\n: B\n#else\n: C\n#endif\n{}\n"
    record = extract(content, "csharp", scan(content).counts)
    assert [note.code for note in record.notes] == ["timeout"]
    assert "what they declare was not read" in record.notes[0].text


def test_elements_of_comments_that_programs_have_for_themselves() -> None:
    text = "/// <devdoc>\n/// Sets <paramref name='n'></paramref>, a List<int> or <see cref='T:A.B'/>.\n/// <internalonly/>\n/// </devdoc>\nclass C {}\n"
    record = extract(text.encode(), "csharp", scan(text.encode()).counts)
    assert [s.doc for s in record.symbols] == ["Sets `n`, a List<int> or `A.B`."]


def test_parts_of_members_that_announce_what_another_part_defines() -> None:
    text = "partial class A {\n  partial int B { get; set; }\n  partial int B { get => 1; set { } }\n  partial int C => 1;\n  partial event D E;\n  partial event D E { add { } remove { } }\n  partial int this[int f] { get; }\n  int G { get; set; }\n  partial A();\n}\n"
    assert [(s.name, s.line, s.role) for s in read(text).symbols[1:]] == [
        ("B", 2, "declaration"), ("B", 3, "definition"), ("C", 4, "definition"), ("E", 5, "declaration"), ("E", 6, "definition"),
        ("this", 7, "declaration"), ("G", 8, "definition"), ("A", 9, "declaration"),
    ]  # fmt: skip
