"""Facts that the lists of samples do not show: values, receivers, modifiers."""

from __future__ import annotations

import pytest

from gazetteer.extract import extract, scan


def symbols(text: str, language: str):
    content = text.encode()
    return extract(content, language, scan(content).counts).symbols


def test_constants_of_go_without_a_value_repeat_their_own():
    found = symbols('package p\n\nconst (\n\ta, b = iota, "s"\n\tc, d\n\t_, e\n)\n', "go")
    assert [(s.name, s.value) for s in found[1:]] == [("a", "iota"), ("b", '"s"'), ("c", "iota"), ("d", '"s"'), ("e", '"s"')]


def test_documentation_of_go():
    text = "package p\n\n// F is.\n//\n//go:noinline\nfunc F() {}\n\n//go:linkname x y\nfunc x()\n\n"
    text += "const (\n\tA = iota // one\n\t// Two.\n\tB // no\n\tC\n)\n\nconst ( // no\n\t// Alone.\n\tD = 1\n)\n\n"
    text += "type S struct { // no\n\tX, Y int `x` /* Both. */\n\tF func() {\n\t} // no\n}\n\n"
    text += "type I interface {\n\tM() //nolint:all\n\tN() // Does n.\n}\n\nvar V = 1 // A value.\n"
    found = {s.name: (s.doc, s.doc_line, s.doc_end) for s in symbols(text, "go") if s.doc}
    assert found == {
        "F": ("F is.", 3, 3), "A": ("one", 12, 12), "B": ("Two.", 13, 13), "D": ("Alone.", 19, 19), "X": ("Both.", 24, 24),
        "Y": ("Both.", 24, 24), "N": ("Does n.", 31, 31), "V": ("A value.", 34, 34),
    }  # fmt: skip


def test_comments_of_both_sorts_document_a_package():
    content = b"// License.\n\n/*\nPackage p is.\n*/\n//\t{{/* so */}}\n/*\nMore.\n*/\npackage p\n"
    record = extract(content, "go", scan(content).counts)
    assert (record.doc, record.doc_line, record.doc_end) == ("Package p is.\n{{/* so */}}\nMore.", 3, 9)


@pytest.mark.parametrize(
    ("language", "text"),
    [("csharp", "/// One.\nclass A {}"), ("java", "/** One. */\nclass A {}"), ("typescript", "/** One. */\nexport class A {}"),
     ("kotlin", "/** One. */\nclass A"), ("cpp", "/// One.\nstruct A { int x; };"), ("c", "/** One. */\nstruct A { int x; };"),
     ("ruby", "# One.\nclass A\nend"), ("go", "// One.\npackage a"), ("bash", "# One.\nf() { :; }")],
)  # fmt: skip
def test_the_mark_that_a_file_begins_with_is_no_code_before_its_comment(language: str, text: str):
    assert next(s.doc for s in symbols(f"\ufeff{text}\n", language)) == "One."


def test_many_parameters_of_one_type():  # the grammar takes the first of them for types
    (_, found) = symbols("package p\nfunc f(a, b, c, d, e, f, g, h, i, j, k int, l ...T) {}\n", "go")
    assert [(p.name, p.type) for p in found.parameters] == [*((n, "int") for n in "abcdefghijk"), ("l", "T")]


def test_a_receiver_of_rust_may_have_a_type():
    found = symbols("impl A { fn a(self: Box<Self>) {} fn b(mut self: Rc<Self>, x: u8) {} fn c(x: u8) {} }\n", "rust")
    assert [(s.name, s.modifiers, [p.kind for p in s.parameters]) for s in found[1:]] == [
        ("a", (), ["receiver"]), ("b", (), ["receiver", ""]), ("c", ("static",), [""]),
    ]  # fmt: skip


def test_members_of_an_enum_may_have_a_type():
    found = symbols("class E(Enum):\n    A = 1\n    B: int = 2\n    c: str\n    _d = 3\n", "python")
    assert [s.kind for s in found] == ["enum", "enum_member", "enum_member", "field", "field"]


def test_fields_that_a_constructor_sets():
    text = "class A {\n  constructor(x) {\n    this.a = this.b = x;\n    if (x) { this.c = 1 } else this.a = 2;\n"
    text += "    this.d.e = 3; this.#f = 4; f(() => { this.g = 5 });\n  }\n"
    text += "  #f; c;\n  other() { this.h = 6 }\n}\n"
    found = [(s.name, s.line, s.modifiers) for s in symbols(text, "javascript") if s.kind == "field"]
    assert found == [("a", 3, ("instance",)), ("b", 3, ("instance",)), ("#f", 7, ()), ("c", 7, ())]
    assert [s.name for s in symbols(text, "typescript") if s.kind == "field"] == ["#f", "c"]


def test_who_may_set_a_property_of_php():
    text = "<?php\nclass A {\n  public private(set) int $b;\n  protected(set) readonly int $c;\n  private int $d;\n}\n"
    found = [(s.name, s.visibility, s.modifiers) for s in symbols(text, "php")[1:]]
    assert found == [("b", "public", ("private(set)",)), ("c", "public", ("protected(set)", "readonly")), ("d", "private", ())]


def test_comments_and_attributes_of_rust_in_any_order():
    text = '#[path = "b.rs"] // why\nmod a;\n/// One.\n#[c]\n// no\n/// Two.\nstruct D;\n'
    module, struct = symbols(text, "rust")
    assert (module.decorators, module.doc) == (('path = "b.rs"',), "")
    assert (struct.decorators, struct.doc, struct.doc_line, struct.doc_end, struct.first_line) == (("c",), "One.\nTwo.", 3, 6, 4)
    assert [i.target for i in extract(text.encode(), "rust", scan(text.encode()).counts).imports] == ["b.rs"]


def test_documentation_of_rust_in_attributes():
    text = '#![doc = "A crate."]\n//! More.\n#![doc(test(x))]\n\n/// One.\n#[doc = "Two \\"q\\".\\n   Three \\\n   of them."]\n#[b]\n'
    text += '#[doc = r#" Raw "r". "#]\n#[doc = include_str!("c.md")]\n#[doc(hidden)]\nstruct D;\n'
    content = text.encode()
    record = extract(content, "rust", scan(content).counts)
    (struct,) = record.symbols
    assert (record.doc, record.doc_line, record.doc_end) == ("A crate.\nMore.", 1, 2)
    assert (struct.doc, struct.doc_line, struct.doc_end) == ('One.\nTwo "q".\nThree of them.\nRaw "r".', 5, 9)
    assert (struct.decorators, struct.first_line) == (("b", 'doc = include_str!("c.md")', "doc(hidden)"), 8)


def test_bounds_of_traits():
    found = {
        s.name: [b.name for b in s.bases]
        for s in symbols("trait A: ?Sized + B /* no */ + 'static {}\ntrait C = D + for<'a> Fn(&'a E) -> F + 'static;\n", "rust")
    }
    assert found == {"A": ["B"], "C": ["D", "for<'a> Fn(&'a E) -> F"]}


def test_what_may_be_done_with_a_property_of_csharp():  # check 42: a setter that goes is a change
    text = "class A {\n  [B] public int C { get; private set; } = 1;\n  int D { get { return 1; } set => x = value; }\n  int E => 1;\n"
    text += "  public int this[int i] { get; }\n  event F G { add {} remove {} }\n  public required string H { get; init; }\n}\n"
    assert [s.signature for s in symbols(text, "csharp")[1:]] == [
        "public int C { get; private set; }", "int D { get; set; }", "int E { get; }", "public int this[int i] { get; }", "event F G",
        "public required string H { get; init; }",
    ]  # fmt: skip


def test_a_row_of_badges_is_no_summary_of_rst():
    content = b"T\n=\n\n|build status|  |docs|_\n|licence|\n\nWhat |it| is for.\n\n.. |it| replace:: this\n"
    document = extract(content, "rst", scan(content).counts).document
    assert (document.summary, document.summary_line) == ("What it is for.", 7)


@pytest.mark.parametrize(("text", "title"), [
    ("Makes flour for all.\n\n## Use\n", ""), ("## Mill\n\nMakes flour for all.\n", "Mill"), ("Makes flour for all.\n\n# Mill\n", "Mill"),
    ("![Logo](a.png)\n\n---\n\nMakes flour for all.\n\n## Use\n", ""), ("## Only\n", "Only"),
])  # fmt: skip
def test_what_begins_a_section_further_down_is_no_title(text: str, title: str) -> None:
    assert extract(text.encode(), "markdown", scan(text.encode()).counts).document.title == title


@pytest.mark.parametrize(("text", "values"), [
    ("# all\n- func: abs(Tensor self) -> Tensor\n  variants: [function]\n- func: add(\n    x)\n  tags:\n    - func: no\n",
     [("func", "abs(Tensor self) -> Tensor", 2), ("func", "add( x)", 4)]),
    ("- name: a\n- other: b\n", []), ("- a\n- b\n", []), ("- only: a\n", []), ("- x: {a: 1}\n- x: {a: 2}\n", []),
    ("all:\n- name: a\n- name: b\n", []),
])  # fmt: skip
def test_entries_of_a_list_in_yaml_are_named_by_their_first_key(text: str, values: list[tuple[str, str, int]]) -> None:
    assert extract(text.encode(), "yaml", scan(text.encode()).counts).values == values


LISTED = "Flour has two uses:\n\n- bread, with\n  `yeast`\n\n  And more.\n- cake\n\nText.\n"


@pytest.mark.parametrize(("language", "text", "summary"), [
    ("markdown", LISTED, "Flour has two uses: bread, with yeast; cake"), ("rst", LISTED, "Flour has two uses: bread, with yeast; cake"),
    ("markdown", "It is of use:\n1. here\n2. [there](a.md)\n\n- [x] else\n", "It is of use: here; there"),
    ("rst", "It is of use:\n\n1. here\n2. `there <a.html>`_\n", "It is of use: here; there"),
    ("markdown", "Makes flour, e.g. of wheat. Run it:\n\n```\nmill\n```\n", "Makes flour, e.g. of wheat."),
    ("rst", "Makes flour. Run it::\n\n    mill\n", "Makes flour."),
    ("markdown", "Makes e.g. Bread of this:\n\n    flour\n", "Makes e.g. Bread of this:"),
    ("rst", "Run it like this::\n\n    - mill\n", "Run it like this:"),
])  # fmt: skip
def test_a_summary_has_what_it_announces(language: str, text: str, summary: str) -> None:
    content = text.encode()
    assert extract(content, language, scan(content).counts).document.summary == summary


def members(text: str, language: str) -> list[str]:
    found = symbols(text, language)
    return [f"{s.line} {s.kind} {found[s.parent].name + '.' if s.parent >= 0 else ''}{s.name}" for s in found]


def test_members_of_types_that_an_alias_names():
    text = "type T = { a: number;\n  b?(): string }\ntype U = T & { new (): T } & ({\n  f: () => void });\ntype V = { g: 1 } | { h: 2 };\n"
    expected = ["1 type_alias T", "1 field T.a", "2 method T.b", "3 type_alias U", "3 constructor U.new", "4 field U.f", "5 type_alias V"]
    assert members(text, "typescript") == expected


def test_functions_and_classes_that_objects_of_a_module_hold():
    text = "const a = { b() { function c() {} },\n  d: 1, e: x => 1,\n  'f': class { g() {} }, [h]: () => 1,"
    text += " get i() { return { j() {} } } };\n"
    text += "function k() { const l = { m() {} } }\nexport default { n() {} };\nmodule.exports = { o: { p() {} } };\n"
    expected = ["1 constant a", "1 method a.b", "1 function b.c", "2 method a.e", "3 class a.f", "3 method f.g", "3 property a.i",
                "4 function k", "5 constant default", "5 method default.n", "6 variable o", "6 method o.p"]  # fmt: skip
    assert members(text, "javascript") == expected


def test_instance_variables_of_ruby_are_fields_unless_attributes_give_them():
    text = "class A\n  attr_reader :b\n  def initialize(b)\n    # How many.\n    @a = b\n    @b, @c = b, 2\n    @d ||= 3 if b\n    @a = 5\n"
    text += "    e = 1\n  end\n  def f; @g = 1; end\nend\ndef initialize; @h = 1; end\n"
    found = [s for s in symbols(text, "ruby") if s.kind == "field"]
    assert [(s.name, s.line, s.value, s.doc) for s in found] == [("@a", 5, "b", "How many."), ("@c", 6, "", ""), ("@d", 7, "3", "")]


def test_signatures_are_as_if_written_on_one_line():
    text = "def f(\n    a,\n    b=(\n        1,\n    ),\n):\n    pass\n\n\nclass A(\n    B,\n):\n    c = (\n        1,\n    )\n"
    assert [s.signature for s in symbols(text, "python")] == ["def f(a, b=(1, ))", "class A(B)", "c = ( 1, )"]
    text = "template <\n    class T, // One.\n    class U>\nstd::pair<\n    T, U> f(\n    T /*t*/, // Two.\n"
    text += '    const char* a = "( //");\nbool operator< (A a);\n#define G() \\\n  void g( \\\n    int a)\n'
    assert [s.signature for s in symbols(text, "cpp")][:2] == [
        'template <class T, class U> std::pair<T, U> f(T /*t*/, const char* a = "( //")', "bool operator< (A a)",
    ]  # fmt: skip
    text = "export function f<\n  A,\n  B,\n>(\n  a: A,\n): Map<\n  A, B> {}\n"
    assert [s.signature for s in symbols(text, "typescript")] == ["export function f<A, B>(a: A): Map<A, B>"]


@pytest.mark.parametrize(
    ("language", "text", "signature"),
    [
        ("java", "class A { void f(int a, // one\n  int b) {} }\n", "void f(int a, int b)"),
        ("kotlin", "fun f(a: Int, // one\n  /* two */\n  b: Int) {}\n", "fun f(a: Int, b: Int)"),
        ("csharp", "class A { void f(int a, // one\n  int b = 1 /* two */) {} }\n", "void f(int a, int b = 1)"),
        ("php", "<?php\nfunction f($a, # one\n  $b) {}\n", "function f($a, $b)"),
        ("ruby", "def f(a, # one\n  b)\nend\n", "def f(a, b)"),
        ("go", "package p\nfunc f(a int, // one\n  // two\n  b int) {}\n", "func f(a int, b int)"),
        ("rust", "fn f(a: u8, // one\n  b: u8) {}\n", "fn f(a: u8, b: u8)"),
        ("typescript", "function f(a: A, // one\n  b = ' // ') {}\n", "function f(a: A, b = ' // ')"),
        ("python", "def f(a,  # one\n  b): pass\n", "def f(a, b)"),
        ("c", "int f(int a, // one\n  int b);\n", "int f(int a, int b)"),
    ],
)
def test_signatures_have_no_comments_that_would_swallow_the_rest(language, text, signature):
    assert next(s.signature for s in symbols(text, language) if s.name == "f") == signature


def test_several_variables_of_a_script_on_one_line():
    text = "A=1 B=2\nexport C=3 D\nE=1 F=2\nreadonly G=4\nH=5 \\\nI=6 make\nJ=1 make K=2\n"
    found = [(s.name, s.kind, s.value, s.visibility, s.line, s.end_line) for s in symbols(text, "bash")]
    assert found == [
        ("A", "variable", "1", "", 1, 1), ("B", "variable", "2", "", 1, 1), ("C", "variable", "3", "exported", 2, 2),
        ("D", "variable", "", "exported", 2, 2), ("E", "variable", "1", "", 3, 3), ("F", "variable", "2", "", 3, 3),
        ("G", "constant", "4", "", 4, 4),
    ]  # fmt: skip
    assert [s.name for s in symbols("A=1 B=2\nexport C=3\n", "bash")] == ["A", "B", "C"]
    assert [s.name for s in symbols("A=1 B=2\nset -e\nf() { C=1 D=2\nls; }\n", "bash")] == ["A", "B", "f"]


def test_conditions_of_cases_of_kotlin():
    text = 'fun f(x: Any) = when (x) {\n  is A if x.b > 0 -> 1\n  "c if (d) -> e", 2 if (x) -> 2\n  else if x.c() -> 3\n'
    text += "  else -> if (a) 1 else 2\n}\nclass Z\n"
    assert [s.name for s in symbols(text, "kotlin")] == ["f", "Z"]


def test_declarations_of_kotlin_on_one_line():
    text = "class A { inner class B { } data class C(val d: Int) { } private fun e() { } var f = 1 }\nfun g() { if (a) { b } else { c } }\n"
    found = [(s.kind, s.name) for s in symbols(text, "kotlin")]
    assert found == [
        ("class", "A"),
        ("class", "B"),
        ("class", "C"),
        ("property", "d"),
        ("method", "e"),
        ("property", "f"),
        ("function", "g"),
    ]


def test_items_that_macros_of_rust_pass_on():
    text = (
        "cfg_if::cfg_if! {\n  if #[cfg(unix)] {\n    mod unix;\n    pub use unix::*;\n  } else {\n    /// Other.\n    pub fn other() {}\n"
    )
    text += "  }\n}\n"
    text += "thread_local! {\n  static A: Cell<u8> = const { Cell::new(1) };\n  pub static B: u8 = 2;\n}\n"
    text += "mod inner {\n  cfg_rt! { pub mod task; struct C { d: u8 } }\n  pin_project! {\n    /// E.\n"
    text += "    pub struct E<T> where T: F { #[pin] f: T }\n  }\n}\n"
    text += "mine! { fn made() {} }\ncfg_wrong! { fn not ( }\nfn last() { thread_local! { static G: u8 = 1; } }\n"
    text += "thread_local! { static H: u8 = 1 }\n"
    content = text.encode()
    record = extract(content, "rust", scan(content).counts)
    found = [(s.line, s.kind, s.name, s.parent, s.doc) for s in record.symbols]
    assert found == [
        (3, "module", "unix", -1, ""), (7, "function", "other", -1, "Other."), (11, "variable", "A", -1, ""), (12, "variable", "B", -1, ""),
        (14, "module", "inner", -1, ""), (15, "module", "task", 4, ""), (15, "struct", "C", 4, ""), (15, "field", "d", 6, ""),
        (18, "struct", "E", 4, "E."), (18, "field", "f", 8, ""), (23, "function", "last", -1, ""),
        (24, "variable", "H", -1, ""),
    ]  # fmt: skip
    assert [(i.kind, i.target, i.line) for i in record.imports] == [("mod", "unix", 3), ("export", "unix", 4), ("mod", "task", 15)]


def test_functions_of_modules_before_there_were_modules():
    text = "define(['a'], function (a) {\n  function b() {}\n  class C { d() {} }\n  return b;\n});\n$(() => { function e() {} });\n"
    text += "(function (root, factory) { root.x = factory(); }(this, function () {\n  function f() {}\n}));\n"
    text += "describe('g', () => { function h() {} });\n"
    found = [(s.kind, s.name, s.line, s.parent) for s in symbols(text, "javascript")]
    assert found == [
        ("function", "b", 2, -1),
        ("class", "C", 3, -1),
        ("method", "d", 3, 1),
        ("function", "e", 6, -1),
        ("function", "f", 8, -1),
    ]


def test_types_of_other_modules_among_others():
    text = "declare const a: (b: {\n  c: D | null;\n}) =>"
    text += " (import('../e.js').F | undefined)[];\ndeclare const g: H;\ntype I = (import('j').K & L)[];\n"
    record = extract(text.encode(), "typescript", scan(text.encode()).counts)
    assert [(s.kind, s.name, s.line) for s in record.symbols] == [("constant", "a", 1), ("constant", "g", 4), ("type_alias", "I", 5)]
    assert [(i.target, i.line, i.type_only) for i in record.imports] == [("../e.js", 3, True), ("j", 5, True)]


OLDER_CLASSES = {
    "util.inherits(A, B.C);": ("B.C", 0),
    "require('util').inherits(A, B);": ("B", 0),
    "inherits(A, B);": ("B", 0),
    "A.prototype = Object.create(B.prototype, {\n  constructor: { value: A },\n});": ("B", 0),
    "A.prototype = Object.create(\n  B.prototype);": ("B", 1),
    "A.prototype = new B(1);": ("B", 0),
    "A.prototype = Object.assign(Object.create(B.prototype), { d() {} });": ("B", 0),
    "Object.setPrototypeOf(A.prototype, B.prototype);": ("B", 0),
    "A.prototype.__proto__ = B.prototype;": ("B", 0),
    "A.prototype = Object.create(Object.prototype);": (None, 0),
    "A.prototype = Object.create(null);": (None, 0),
    "A.prototype = f();": (None, 0),
    "util.inherits(A, f());": (None, 0),
    "util.inherits(D, B);": (None, 0),
}


@pytest.mark.parametrize("statement", OLDER_CLASSES)
@pytest.mark.parametrize("before", [False, True])
def test_bases_of_classes_that_are_functions(statement: str, before: bool) -> None:  # check 21
    name, further = OLDER_CLASSES[statement]
    declared = "function A() {\n  B.call(this);\n}\n"
    text = f"{statement}\n{declared}" if before else f"{declared}{statement}\n"
    found = next(s for s in symbols(text, "javascript") if s.name == "A")
    lines = [(b.name, b.how, found.line + b.below) for b in found.bases]
    assert lines == ([(name, "extends", (1 if before else 4) + further)] if name else [])


def test_fields_of_classes_that_are_functions() -> None:
    text = (
        "function A(b) {\n  if (!(this instanceof A)) return new A(b);\n  // Of b.\n  this.b = b;\n  this.c = this.d = 1;\n  this.b = 2;\n"
        "  var self = this;\n  function e() { this.f = 1; }\n}\nA.prototype.g = function () { this.h = 1; };\n"
        "const I = module.exports = function () { this.j = 1; };\nI.prototype = { k: 1 };\n"
        "function l() { this.m = 1; }\nvar N = () => { this.o = 1; };\n"
    )
    found = [(s.name, s.kind, s.line, s.modifiers, s.doc) for s in symbols(text, "javascript") if s.kind == "field"]
    assert found == [
        ("b", "field", 4, ("instance",), "Of b."), ("c", "field", 5, ("instance",), ""), ("d", "field", 5, ("instance",), ""),
        ("j", "field", 11, ("instance",), ""),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "comment",
    [
        "// eslint-disable-next-line no-a", "/* eslint complexity: [2, 3] */", "/* istanbul ignore next */", "// @ts-expect-error b",
        "// prettier-ignore", "/* c8 ignore start */", "// biome-ignore lint: c", "// tslint:disable-next-line", "//#region d",
        "/* @__PURE__ */", "// jshint ignore: line",
    ],
)  # fmt: skip
@pytest.mark.parametrize("language", ["javascript", "typescript"])
def test_what_comments_tell_tools_is_no_documentation(comment: str, language: str) -> None:
    text = f"let a;\n\n/** Of b. */\n{comment}\nfunction b() {{}}\n\n{comment}\nlet c;\n// Of d.\n{comment}\nlet d;\n"
    text += f"class E {{\n  /** Of f. */\n  {comment}\n  f() {{}}\n}}\n"
    found = {s.name: (s.doc, s.doc_line) for s in symbols(text, language)}
    assert found == {"a": ("", 0), "b": ("Of b.", 3), "c": ("", 0), "d": ("Of d.", 9), "E": ("", 0), "f": ("Of f.", 13)}


def test_words_that_begin_like_those_for_tools_are_documentation() -> None:
    text = "let a;\n// eslinters like this.\nlet b;\n// prettier-ignored\nlet c;\n// The eslint way.\nlet d;\n"
    assert [s.doc for s in symbols(text, "javascript")] == ["", "eslinters like this.", "prettier-ignored", "The eslint way."]


def test_go_makes_pointers_to_values_since_1_26() -> None:
    text = (
        b"package a\n\nvar b = new(1 + 2)\nvar c = new(struct{ D int }{1})\nvar e = new(f(3))\nvar g = new([]int)\n\n"
        b"func h() { i := new(j.K{L: 1}); _ = i }\n"
    )
    record = extract(text, "go", scan(text).counts)
    assert not record.quality.errors
    assert [(s.kind, s.name, s.line) for s in record.symbols] == [
        ("package", "a", 1), ("variable", "b", 3), ("variable", "c", 4), ("variable", "e", 5), ("variable", "g", 6), ("function", "h", 8),
    ]  # fmt: skip


def test_documentation_further_up_than_remarks_and_empty_lines() -> None:
    text = "/**\n * An action.\n */\n// a type, for\n// reasons\nexport type A = {}\n"
    record = extract(text.encode(), "typescript", scan(text.encode()).counts)
    assert (record.doc, [(s.name, s.doc_line) for s in record.symbols]) == ("", [("A", 1)])
    (*_, field) = symbols(
        "class A {\n  constructor() {\n    let b;\n    /**\n     * A c.\n     */\n\n    this.c = b;\n  }\n}\n", "javascript"
    )
    assert (field.name, field.doc, field.doc_line) == ("c", "A c.", 4)


def test_types_of_other_modules_as_arguments_of_a_base() -> None:
    text = b'class A extends B<import("c").D, import("e").F> {\n  constructor(g: {});\n}\n'
    record = extract(text, "typescript", scan(text).counts)
    assert [(s.kind, s.name, [b.name for b in s.bases]) for s in record.symbols] == [
        ("class", "A", ['B<import("c").D, import("e").F>']), ("constructor", "constructor", []),
    ]  # fmt: skip
    assert (record.quality.errors, [i.target for i in record.imports]) == ((), ["c", "e"])


@pytest.mark.parametrize(("text", "summary"), [
    ("# Mill\n\n> Grinds what it is given.\n\n## Install\n\nRun the mill twice.\n", ("Grinds what it is given.", 3)),
    ("# Mill\n\n> Grinds what it is given.\n\nSee our website for more of it.\n", ("Grinds what it is given.", 3)),
    ("# Mill\n\n> **Note**: this has moved.\n\nGrinds what it is given.\n", ("Grinds what it is given.", 5)),
    ("# Mill\n\n> [!WARNING]\n> Old.\n\nGrinds what it is given.\n", ("Grinds what it is given.", 6)),
    ("# Mill\n\n## Contents\n\n- [a](#a)\n\n## About\n\nGrinds what it is given.\n", ("Grinds what it is given.", 9)),
    ("# Log\n\n## 2.0\n\n- a\n\n### Mended\n\n- b\n\n## 1.0\n\nNothing that a user would see.\n", ("", 0)),
    ("> x\n\n# Mill\n\nGrinds what it is given.\n", ("Grinds what it is given.", 5)),
])  # fmt: skip
def test_what_one_section_says_is_no_summary_of_a_document(text: str, summary: tuple[str, int]) -> None:
    content = text.encode()
    document = extract(content, "markdown", scan(content).counts).document
    assert document is not None
    assert (document.summary, document.summary_line) == summary


@pytest.mark.parametrize(("text", "title"), [
    ("Grinds what it is given.\n\n# Install\n\nx\n\n# Use\n\ny\n", ("", 0)),
    ("Grinds what it is given.\n\n# Mill\n\nx\n\n## Use\n", ("Mill", 3)),
    ("# Mill\n\nGrinds what it is given.\n\n# Use\n", ("Mill", 1)),
])  # fmt: skip
def test_one_of_several_sections_is_no_title(text: str, title: tuple[str, int]) -> None:
    content = text.encode()
    document = extract(content, "markdown", scan(content).counts).document
    assert document is not None
    assert (document.title, document.title_line) == title


@pytest.mark.parametrize("target", ["a", "(a)", "((a))", "(a): int", "( a )"])
def test_a_name_in_parentheses_has_the_value(target: str):
    (symbol,) = symbols(f"{target} = 1\n", "python")
    assert (symbol.name, symbol.value) == ("a", "1")


def test_several_names_have_no_value_of_their_own():
    assert [(symbol.name, symbol.value) for symbol in symbols("(a, b) = [c] = f()\n(d,) = 1,\n", "python")] == [
        ("a", ""), ("b", ""), ("c", ""), ("d", ""),
    ]  # fmt: skip


def test_defaults_of_parameters_of_swift():
    pytest.importorskip("tree_sitter_swift")
    text = 'func a(_ b: String = "c", d e: Int = 1, f: Int...) {}\nclass G { init(h: (Int) -> Void = { _ in }, i: J) {} }\n'
    assert [[(p.name, p.type, p.default) for p in s.parameters] for s in symbols(text, "swift") if s.parameters] == [
        [("_ b", "String", '"c"'), ("d e", "Int", "1"), ("f", "Int", "")], [("h", "(Int) -> Void", "{ _ in }"), ("i", "J", "")],
    ]  # fmt: skip


def test_documentation_of_swift_on_the_line_of_what_it_is_of():
    pytest.importorskip("tree_sitter_swift")
    text = "let a = 1\n/** Of b. */ let b: Int = 2\nprotocol C {\n  func d()\n  /** Of e. */ func e() -> Int\n"
    text += (
        "  /* why */ associatedtype F\n}\nenum G {\n  case h\n  /** Of i. */ case i\n}\ntypealias J = Int\n/** Of k. */ @L func k() {}\n"
    )
    record = extract(text.encode(), "swift", scan(text.encode()).counts)
    assert [(s.name, s.doc, s.doc_line) for s in record.symbols] == [
        ("a", "", 0), ("b", "Of b.", 2), ("C", "", 0), ("d", "", 0), ("e", "Of e.", 5), ("F", "", 0), ("G", "", 0), ("h", "", 0),
        ("i", "Of i.", 10), ("J", "", 0), ("k", "Of k.", 13),
    ]  # fmt: skip
    assert record.symbols[-1].decorators == ("@L",)
    assert not record.quality.error_bytes


@pytest.mark.parametrize(("language", "text"), [
    ("c", "/** Of a. */ int a;\nstruct S { /** Of b. */ int b; /** Of c. */ int c; int d; /**< Of d. */ };\n/* no */ int e;\n"),
    ("cpp", "/*! Of a. */ int a;\nclass B { /** Of b. */ void b(); /** Of c. */ void c(); /* no */ B(); };\nenum { /** Of x. */ x };\n"),
    ("cpp", "/** Of a. */ int a = f(1)[2];\nclass B {\n  /** Of b. */ void b(); /** Of c. */ void c();\n  /* implicit */ B(int d);\n};\n"),
    ("php", "<?php\n/** Of a. */ function a() {}\nenum E { /** Of b. */ case b; /** Of c. */ #[D] case c; }\n/* no */ function d() {}\n"),
    ("typescript", "/** Of a. */ const a = 1; /** Of b. */ let b;\nclass C { /** Of c. */ c = 1; /** Of d. */ d() {} }\nf(/** no */ 1);\n"),
    ("javascript", "/** Of a. */ function a() {}\nconst o = { /** Of b. */ b() {}, c() {} /** no */ };\n"),
])  # fmt: skip
def test_documentation_on_the_line_of_what_it_is_of(language: str, text: str):
    found = symbols(text, language)
    assert [s.doc for s in found if s.doc] == [f"Of {s.name}." for s in found if s.doc]
    assert {s.name for s in found if s.doc} == {word[:-1] for word in text.split() if word[1:] == "." and word[0].islower()}


def test_documentation_before_directives_of_csharp():
    text = "class A {\n  /// <summary>Of b.</summary>\n#pragma warning disable CS1591\n#nullable enable\n  [C]\n  int b;\n"
    text += "  /// Of d.\n  #region e\n  int d;\n  #endregion\n  int f;\n}\n"
    assert {s.name: (s.doc, s.doc_line) for s in symbols(text, "csharp") if s.doc} == {"b": ("Of b.", 2), "d": ("Of d.", 7)}


def test_block_comments_of_lua_and_scala():
    pytest.importorskip("tree_sitter_lua")
    text = "--[[\nOf a.\n]]\nfunction a() end\n--[==[\nOf b.\n]==]\nb = {}\n--[[\nOf c.\n]]\nb.c = function() end\n"
    assert [(s.name, s.doc) for s in symbols(text, "lua")] == [("a", "Of a."), ("b", "Of b."), ("c", "Of c.")]
    pytest.importorskip("tree_sitter_scala")
    assert [s.doc for s in symbols("class A {\n  /** Of b. */ def b = 1\n  /** Of c.\n */ def c = 1\n}\n", "scala")] == [
        "",
        "Of b.",
        "Of c.",
    ]


def test_documentation_of_several_variables_is_of_the_first():
    for text in (
        "/** Of a. */\nexport const a = 1, b = () => 2;\n",
        "/** Of a. */\nlet a,\n  /** Of c. */\n  c = 1;\n",
        "/** Of a. */\ndeclare var a: b, c: d;\n",
    ):
        found = symbols(text, "typescript")
        assert [s.doc for s in found] == ["Of a.", "Of c." if "Of c" in text else ""]


def test_comments_between_words():
    (found,) = symbols("class A < # why\n  B::C\nend\n", "ruby")
    assert (found.signature, [b.name for b in found.bases]) == ("class A < B::C", ["B::C"])
    (found,) = symbols("function a(b, ... /* why */ c) {}\n", "javascript")
    assert [(p.name, p.kind) for p in found.parameters] == [("b", ""), ("c", "variadic")]
    (found,) = symbols("package /* why */ a\n", "go")
    assert (found.name, found.signature) == ("a", "package a")
    (found,) = symbols("pub async /* why */ unsafe fn a() {}\n", "rust")
    assert found.modifiers == ("async", "unsafe")


def test_functions_of_the_shell_whose_body_is_a_loop_or_a_choice():
    text = "# Of a.\na() for i in 1; do b() { :; }; done\nfunction c() while read d; do :; done < e\nfunction f\n  case $1 in g) ;;\n"
    text += "  esac\nh ()\nuntil i; do :; done\nj() select k in l; do :; done\nm() if n; then :; fi\nfor o in p; do q() { :; }; done\n"
    record = extract(text.encode(), "bash", scan(text.encode()).counts)
    assert [(s.name, s.line, s.end_line, s.parent, s.doc) for s in record.symbols] == [
        ("a", 2, 2, -1, "Of a."), ("b", 2, 2, 0, ""), ("c", 3, 3, -1, ""), ("f", 4, 6, -1, ""), ("h", 7, 8, -1, ""), ("j", 9, 9, -1, ""),
        ("m", 10, 10, -1, ""), ("q", 11, 11, -1, ""),
    ]  # fmt: skip
    assert record.quality.error_bytes == 0
