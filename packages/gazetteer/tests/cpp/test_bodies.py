"""Texts in which the grammar loses its way: bodies, conditions within declarations, macros as types; each as libclang reads it.

The forms are those of widely used libraries (formatters, parsers of JSON, mocks), written anew.
"""

from __future__ import annotations

import pytest

from gazetteer.config import Config
from gazetteer.cpp.bodies import blank_bodies
from gazetteer.cpp.macros import learn_from
from gazetteer.extract import ExtractOptions, extract, scan


def facts(text: str, language: str = "cpp"):
    content = text.encode()
    return extract(content, language, scan(content).counts)


def names(text: str, language: str = "cpp") -> list[str]:
    return [f"{s.kind} {s.name} {s.line}" for s in facts(text, language).symbols]


def test_statements_of_a_body_are_no_declarations():
    text = """struct Writer {
  void dump(const text& s, bool ascii) {
    std::uint8_t state = 0;
    IF_LIKELY(state == 1) { switch (decode(state)) { default: UNLIKELY { break; } } }
    for (OPEN(x) : y) BODY { if CASE (state) { return; }
  }
  unsigned count(number_t x) noexcept { int n_digits = 1; return n_digits; }
  int last;
};
int after();
"""
    assert names(text.replace("BODY { if", "{ if").replace("{ return; }", "{ return; } }")) == [
        "struct Writer 1", "method dump 2", "method count 7", "field last 8", "function after 10",
    ]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), [
    # a condition between the head of a class and its body, and one among the values of members
    ("""template <class C> class store
#if OLD
  : public base<C>
#endif
{
  template <class... T> store(T&&... a)
    :
#if OLD
    base<C>(*this),
#endif
    data_{make<
        C>(a)...} {
    init(a...);
  }
  int data_;
};
int after();""",
     ["class store 1", "constructor store 6", "field data_ 15", "function after 17"]),
    ("typedef struct _GC\n#ifdef ILLEGAL\n{\n  int a;\n}\n#endif\n*GC;\nint after;", ["type_alias GC 7", "struct _GC 1", "field a 4",
                                                                                        "variable after 8"]),
    # the value of an alias in two branches
    ("template <class T> using has =\n#ifdef A\n  is<T>;\n#else\n  not_<T>;\n#endif\nint after();",
     ["type_alias has 1", "function after 7"]),
    # calls of macros as parameters of templates, also where a template has an attribute in a condition
    ("""template <typename T, FOO_ENABLE_IF(sizeof(T) > 1 && !is<T>::value)>
#if CLANG
__attribute__((x))
#endif
inline T* g(T v) { return v; }
int after();""", ["function g 5", "function after 6"]),
    ("template <typename T, FOO_IF(!is<T>::value) = 0, class U> struct Q {};", ["struct Q 1"]),
    # comparisons among the arguments of a specialization
    ("template <class T> struct fmt<T, if_t<kind<T>::value != kind::other && (a<T>() == 1)>> {\n  int x; void f() { BAD( }\n};",
     ["struct fmt<T, if_t<kind<T>::value != kind::other && (a<T>() == 1)>> 1", "field x 2", "method f 2"]),
    ("extern template API auto sep<char>(ref)\n    -> result<char>;\ntemplate void f<int>(int);\nint after();", ["function after 4"]),
    ("struct A { using B::operator=; int x; };\ntemplate <class T, class P = const T*> void f(P p) {}",
     ["struct A 1", "field x 1", "function f 2"]),
    ("class A {\n  void f();\nFOO_PRIVATE_UNLESS_TESTED:\n  /** doc */\n  T m = (std::limits<int>::min)();\npublic slots:\n void go();\n};",
     ["class A 1", "method f 2", "field m 5", "method go 7"]),
    ("""struct A {
  int c() const FOO_LOCKS_(mu) { return 1; }
  void d(const void* p)
      FOO_LOCKS_(a::mu);
  ~A() override FOO_LOCKS_(mu) {}
};
int after();""", ["struct A 1", "method c 2", "method d 3", "destructor ~A 5", "function after 7"]),
    ("namespace s { enum type FOO_UNDERLYING_TYPE(unsigned char){none, minus}; }",
     ["namespace s 1", "enum type 1", "enum_member none 1", "enum_member minus 1"]),
    ("struct D {\n  template <typename T>\n  FOO_IF((is<a<T>, b<T> >), (V&))\n  add(T v) {\n    return 1;\n  }\n  int x;\n};",
     ["struct D 1", "method add 4", "field x 7"]),
    ("int table[] = {\n#ifdef A\n  { 1, 2 },\n#else\n  { 3 },\n#endif\n  { 4 } };\nint after();", ["variable table 1", "function after 8"]),
    ("OP(\"a\").Input(\"x: T\")\n    .Done([](C* c) { return 1; });\nint after();", ["macro_call OP 1", "function after 3"]),
    ("typedef FOO_REMOVE_CONST_(Container) Raw;", ["type_alias Raw 1"]),
    ("#if FOO_HAS_INCLUDE(<string_view>) && \\\n  A > 1\n#  include <string_view>\n#endif\nint x;", ["variable x 5"]),
])  # fmt: skip
def test_forms_of_libraries(text, expected):
    assert names(text) == expected  # check 3
    assert facts(text).quality.error_bytes <= 1


@pytest.mark.parametrize(("text", "kind", "name", "of_type"), [
    ("struct A { static constexpr result_type(min)() { return 0; } };", "method", "min", "result_type"),
    ("struct A { T(max)() const; };", "method", "max", "T"),
    ("template <class T> constexpr T (lowest)() noexcept;", "function", "lowest", "T"),
    ("void FOO_C_SYMBOL(report)(const char* a, int b);", "function", "report", "void"),
    ("static PyObject *PREFIX(bar)(PyObject *self) { return 0; }", "function", "bar", "PyObject*"),
    ("TEST(Suite)(int x) { }", "macro_call", "TEST", ""),
])  # fmt: skip
def test_names_in_parentheses(text, kind, name, of_type):
    found = facts(text).symbols[-1]
    assert (found.kind, found.name, found.type) == (kind, name, of_type)


@pytest.mark.parametrize(("text", "expected"), [
    ("Operators reg(make(args));", "variable reg: Operators = (make(args))"),
    ("static const std::atomic<P> h(a::get());", "constant h: const std::atomic<P> = (a::get())"),
    ("A b(c, std::move(d));", "variable b: A = (c, std::move(d))"),
    ("A b(c);", "function b: A = "),
    ("void b(T(x));", "function b: void = "),
    ("A b(int(x));", "function b: A = "),
    ("A* b(c(d));", "function b: A* = "),
    ("template <class R> A b(R(x));", "function b: A = "),
    ("A b(c x(d));", "function b: A = "),
])  # fmt: skip
def test_a_variable_that_a_call_gives_a_value_is_no_function(text, expected):  # check 3
    symbol = facts(text).symbols[0]
    assert f"{symbol.kind} {symbol.name}: {symbol.type} = {symbol.value}" == expected
    inside = facts(f"struct S {{ A b(c(d)); }};\nnamespace n {{ {text} }}").symbols
    assert [inside[1].kind, inside[3].kind] == ["method", symbol.kind]


@pytest.mark.parametrize(("text", "expected"), [
    ("time_type (*get_time)(void) = NULL;", "variable get_time: time_type(*)(void) = NULL"),
    ("T (*f)(int, char *b);", "variable f: T(*)(int, char *b) = "),
    ("T (*f[3])(U *b);", "variable f: T(*[3])(U *b) = "),
    ("FOO(*x);", "macro_call FOO:  = "),
    ("FOO(x)(*y);", "macro_call FOO:  = "),
])  # fmt: skip
@pytest.mark.parametrize("language", ["c", "cpp"])
def test_pointers_to_functions_that_give_a_type_of_the_tree(text, expected, language):  # check 3
    symbol = facts(f"{text}\nint after;", language).symbols[0]
    assert f"{symbol.kind} {symbol.name}: {symbol.type} = {symbol.value}" == expected
    assert symbol.signature == text.rstrip(";")


def test_tags_that_template_arguments_declare():
    text = "using A = Strong<int, struct Tag>;\ntypedef Id<class Of> B;\nusing C = Strong<Tag, struct Tag>;\nusing D = List<struct tm*>;\n"
    text += "int x;"
    found = facts(text).symbols
    assert [f"{s.kind} {s.name} {s.line} {s.role}" for s in found] == [
        "struct Tag 1 forward", "type_alias A 1 definition", "class Of 2 forward", "type_alias B 2 definition",
        "type_alias C 3 definition", "type_alias D 4 definition", "variable x 5 definition",
    ]  # fmt: skip


def test_conversions_have_their_whole_type_in_their_name():
    text = "struct A { operator T*() const; operator const char* const&() noexcept; operator bool(); };\nA::operator T*() const {}"
    found = facts(text).symbols[1:]
    assert [s.name for s in found] == ["operator T*", "operator const char* const&", "operator bool", "operator T*"]
    assert [s.modifiers for s in found] == [("const",), ("noexcept",), (), ("const",)]
    apart = facts("template <class T> inline GpuMat::operator Step<T>() const {}").symbols[0]
    assert (apart.kind, apart.name, apart.scope, apart.type) == ("method", "operator Step<T>", "GpuMat", "")


def test_macros_may_make_pointers():
    text = "struct S {\n  void (FOO_APIENTRYP First)(GLuint mask);\n};\ntypedef void (APIENTRYP PFN)(int);\nint g(FOO_TYPEP p);"
    assert names(text) == ["struct S 1", "field First 2", "type_alias PFN 4", "function g 5"]


def test_each_field_has_its_own_width_and_value():
    found = facts("struct A { unsigned flags : 3 = 1, : 0, mode : 2 {4}, *p; int last; };").symbols[1:]
    assert [(s.name, s.type, s.value) for s in found] == [
        ("flags", "unsigned : 3", "1"), ("mode", "unsigned : 2", "{4}"), ("p", "unsigned*", ""), ("last", "int", ""),
    ]  # fmt: skip


def test_specializations_and_instantiations_are_told_apart():
    text = (
        "template <class T> constexpr bool is_b<B<T>> = true;\ntemplate struct B<double>;\n"
        "extern template class B<float>;\nconstinit int c = 0;"
    )
    found = facts(text).symbols
    assert [(s.kind, s.type) for s in found] == [("constant", "bool"), ("struct", ""), ("class", ""), ("variable", "int")]
    assert [s.signature for s in found[1:3]] == ["template struct B<double>", "extern template class B<float>"]


def test_a_variable_of_a_class_may_be_given_its_value_in_parentheses():
    assert names("constexpr weak weak::eq(other::eq);\nA A::one(1, 2);\ntemplate <> void A<int>::go(int);") == [
        "constant eq 1", "variable one 2", "method go 3",
    ]  # fmt: skip


def test_a_typedef_may_be_the_first_mention_of_a_struct():
    record = facts("typedef struct node node_t, *node_p;\ntypedef struct node again;\nstruct node { int x; };", "c")
    assert [(s.kind, s.name, s.role) for s in record.symbols] == [
        ("struct", "node", "forward"), ("type_alias", "node_t", "definition"), ("type_alias", "node_p", "definition"),
        ("type_alias", "again", "definition"), ("struct", "node", "definition"), ("field", "x", "definition"),
    ]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), [
    ("int a[] = { 1, 2 }; struct B { int c{3}; };", "int a[] = {      }; struct B { int c{3}; };"),
    ("struct S f(void) { return g(); }", "struct S f(void) {             }"),
    ("enum E { A, B }; class X : public Y<decltype(f())> { int z; };", "enum E { A, B }; class X : public Y<decltype(0  )> { int z; };"),
    ("#if A\nvoid f() { g();\n#else\nvoid h() { i();\n#endif\n}\nint j() { return 1; }",
     "#if A\nvoid f() {     \n#else\nvoid h() {     \n#endif\n}\nint j() {           }"),
    ("A::A(int x) : a(x), b{1} { c(); }", "A::A(int x) :x()         {      }"),
    ("template <class T> requires C<T> && (sizeof(T) > 1) void f() { g(); }",
     "template <class T> requires C<T> && (sizeof(T) > 1) void f() {      }"),
    ("template <class T> concept C = requires(T a) { a + a; };", None),
    ("extern \"C\" { void f() { g(); } }", "extern \"C\" { void f() {      } }"),
])  # fmt: skip
def test_what_is_blanked(text, expected):
    changed = bytearray(text.encode())
    assert blank_bodies(changed) == (expected is not None)
    assert changed.decode() == (text if expected is None else expected)


def test_parameters_that_point_to_functions_are_no_values():
    record = facts("void set(void (*f)(), int (*)());\nvector<int> v(f(*x), 3);\nA a(*p);")
    assert [(s.kind, s.name, [(p.name, p.type) for p in s.parameters]) for s in record.symbols] == [
        ("function", "set", [("f", "void(*)()"), ("", "int (*)()")]), ("variable", "v", []), ("variable", "a", []),
    ]  # fmt: skip


def test_a_split_condition_and_an_unknown_macro_may_stand_in_one_file():
    text = """namespace a {
template <class T>
class buffer
#if defined(OLD)
  : public base
#else
  : noncopyable
#endif
{
  std::size_t size() const FOO_NOEXCEPT
  {
    return 1;
  }
};
}
int after();
"""
    assert names(text) == ["namespace a 1", "class buffer 3", "method size 10", "function after 16"]


def test_rarer_directives_bring_files_in_too():
    text = '#pragma once\n#include_next <limits.h>\n#import "b.h"\n#include <c>\n#error x\n# include_next "d.h" // e\nclass A;\n'
    assert [(i.kind, i.target, i.line) for i in facts(text).imports] == [
        ("include_system", "limits.h", 2), ("include", "b.h", 3), ("include_system", "c", 4), ("include", "d.h", 6),
    ]  # fmt: skip


def test_macros_may_put_attributes_around_what_they_are_given():
    text = "extern EXPORT(int) add (const chtype);\nextern EXPORT(char *) name (int a);\n"
    content = text.encode()
    looked = scan(content)
    defines = ["IMPEXP /* nothing */", "API __cdecl", "EXPORT(type) IMPEXP type API", "OTHER(a, b) a b"]
    record = extract(content, "c", looked.counts, ExtractOptions(*learn_from([*defines, *looked.defines], Config()).in_file(looked)))
    assert [(s.kind, s.name, s.line) for s in record.symbols] == [("function", "add", 1), ("function", "name", 2)]


@pytest.mark.parametrize("language", ["c", "cpp"])
def test_macros_may_be_defined_among_enumerators(language):
    text = "enum e\n{\n  A = 1,\n#define A A\n  B,\n#define B B\n  C = A | B, D,\n#define C C\n  E\n#define E E\n};\nint after;\n"
    assert [n for n in names(text, language) if not n.startswith("macro")] == [
        "enum e 1", "enum_member A 3", "enum_member B 5", "enum_member C 7", "enum_member D 7", "enum_member E 9", "variable after 12",
    ]  # fmt: skip
    assert [n for n in names(text, language) if n.startswith("macro")] == ["macro A 4", "macro B 6", "macro C 8", "macro E 10"]


@pytest.mark.parametrize("language", ["c", "cpp"])
def test_macros_in_conditions_among_enumerators_end_nothing(language):
    text = "#ifdef Z\nenum\n{\n  A = N(1, 0), /* one; (two) */\n#define A A\n  B,\n"
    text += "#ifdef Q\n# define C(x) B \\\n  + (x) /* so */\n#endif\n"
    text += "#undef A\n  D,  /* { */\n  E\n};\n#endif\nint after;\n"
    assert names(text, language) == [
        "enum  2", "enum_member A 4", "macro A 5", "enum_member B 6", "macro C 8", "enum_member D 12", "enum_member E 13",
        "variable after 16",
    ]  # fmt: skip
    (called,) = (s for s in facts(text, language).symbols if s.name == "C")
    assert (called.signature, called.value, called.end_line, called.condition) == ("#define C(x)", "B + (x)", 9, "defined(Z) && defined(Q)")


@pytest.mark.parametrize("language", ["c", "cpp"])
def test_members_of_enumerations_stand_under_conditions(language):  # check 6
    text = "enum E {\n  A = 1,\n#ifdef X\n  B,\n#elif Y > 2\n  B2, /* { */\n#else\n  B3,\n#  if Z\n  B4,\n#  endif\n#endif\n  C\n};\n"
    text += "#if V\nenum F { G\n#if defined(W)\n , H\n#endif\n};\n#endif\n"
    assert [(s.name, s.line, s.condition) for s in facts(text, language).symbols if s.kind == "enum_member"] == [
        ("A", 2, ""), ("B", 4, "defined(X)"), ("B2", 6, "!defined(X) && Y > 2"), ("B3", 8, "!defined(X) && !(Y > 2)"),
        ("B4", 10, "!defined(X) && !(Y > 2) && Z"), ("C", 13, ""), ("G", 16, "V"), ("H", 18, "V && defined(W)"),
    ]  # fmt: skip


def test_conditions_that_an_enumeration_splits_are_left():
    text = "enum A {\n  B,\n#ifdef X\n  C\n};\nenum D {\n#endif\n  E\n};\nint after;\n"
    record = facts(text)
    assert {s.name for s in record.symbols} == {"A", "B", "C", "D", "E", "after"}


@pytest.mark.parametrize("language", ["c", "cpp"])
def test_members_of_branches_may_end_without_a_comma(language):
    text = (
        "enum L {\n  A,\n#ifdef N\n  D = A\n#else\n  D = B(1)\n#endif\n};\nenum M {\n  E =\n#ifdef N\n  1,\n#else\n  2,\n#endif\n  F\n};\n"
    )
    found = [(s.name, s.line, s.condition) for s in facts(text, language).symbols if s.kind == "enum_member"]
    assert found[:3] == [("A", 2, ""), ("D", 4, "defined(N)"), ("D", 6, "!defined(N)")]
    assert {name for name, _, _ in found} == {"A", "D", "E", "F"}


def test_calls_of_macros_behind_definitions_are_calls():
    text = "enum class K : int {\n  A,\n#define KEY(n, ...) n,\n  FOR_ALL_KEYS(KEY)\n#undef KEY\n\n"
    text += "#define TWO(n) \\\n  n##One, n##Two,\n  FOR_ALL_KEYS(TWO)\n#undef TWO\n  B,\n};\n"
    record = facts(text)
    assert [s.name for s in record.symbols if s.kind == "enum_member"] == ["A", "B"]
    assert [s.name for s in record.symbols if s.kind == "macro"] == ["KEY", "TWO"]
