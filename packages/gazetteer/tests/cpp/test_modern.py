"""What C++20 and C23 have that the grammars do not know."""

from __future__ import annotations

from documented import documented, shown
from gazetteer.cpp.modules import blank_modules
from gazetteer.extract import extract, scan


def facts(text: str, language: str = "cpp"):
    content = text.encode()
    return extract(content, language, scan(content).counts)


def test_words_in_comments_and_texts_are_no_modules():
    text = bytearray(b'/*\nimport a;\nexport module b;\n*/\nconst char* s = R"(\nimport c;\n)";\nint import;\nint module;\n// x\n')
    assert blank_modules(text) == []
    assert b"import a;" in text
    record = facts(text.decode())
    assert [s.name for s in record.symbols] == ["s", "import", "module"]
    assert not record.imports


def test_exported_blocks_and_parts():
    record = facts('module;\n#include "x.h"\nmodule a.b:part;\nexport {\n  struct S {};\n  int f() { return "}"[0]; }\n}\n'
                   "export import a.c;\nimport :other;\nmodule :private;\nint last;\n")  # fmt: skip
    assert [(s.kind, s.name, s.line) for s in record.symbols] == [
        ("module", "a.b:part", 3), ("struct", "S", 5), ("function", "f", 6), ("variable", "last", 11),
    ]  # fmt: skip
    assert [(i.kind, i.target, i.line) for i in record.imports] == [("include", "x.h", 2), ("export", "a.c", 8), ("import", "a.b:other", 9)]
    assert not record.quality.error_bytes


def test_a_function_that_returns_a_pointer_to_a_function():
    (f, g) = facts("int (*f(int a))(double);\nint (g)(int);\n", "c").symbols
    assert (f.type, [p.name for p in f.parameters]) == ("int(*)(double)", ["a"])
    assert g.type == "int"


def test_imports_lead_to_the_file_that_exports_a_module(tmp_path):  # check 13
    found = documented(tmp_path, {
        "a.cppm": "export module shop;\nexport import :part;\nimport std;\nimport other;\n",
        "part.cppm": "export module shop:part;\nexport int n;\n",
        "impl.cpp": "module shop;\nint n = 1;\n",
        "main.cpp": 'import shop;\nimport <vector>;\nimport "local.h";\nint main() {}\n',
        "local.h": "int x;\n",
    })  # fmt: skip
    page = shown(found.page("a.cppm.md"))
    assert "2 export import shop:part part.cppm" in page
    assert "3 import std standard library" in page
    assert "4 import other not in this tree" in page
    assert "Used by 2 files: impl.cpp, line 1 main.cpp, line 1" in page
    assert "local.h" in shown(found.page("main.cpp.md"))
    assert not found.check().faults


def test_each_field_has_its_own_value():
    record = facts("struct Q { int a = 1, *b = nullptr, c[2] = {1, 2}, d; static const int e = 3, f = 4; };\n")
    assert {s.name: s.value for s in record.symbols[1:]} == {"a": "1", "b": "nullptr", "c": "{1, 2}", "d": "", "e": "3", "f": "4"}


def test_names_for_functions_have_their_parameters():
    record = facts("typedef void fn_t(int);\ntypedef int (*fp)(int), arr[3];\n", "c")
    assert [(s.name, s.type) for s in record.symbols] == [("fn_t", "void(int)"), ("fp", "int(*)(int)"), ("arr", "int[3]")]


def test_names_for_members_that_are_const_say_so():
    record = facts(
        "struct A {\n  typedef void (A::*one)(int) const;\n  typedef int* (A::*two)() const noexcept, (A::*three)();\n  int b;\n};\n"
    )
    assert record.quality.error_bytes == 0
    assert [(s.name, s.type) for s in record.symbols[1:]] == [
        ("one", "void(A::*)(int) const"), ("two", "int*(A::*)() const noexcept"), ("three", "int(A::*)()"), ("b", "int"),
    ]  # fmt: skip


def test_templates_that_are_deleted_or_defaulted_say_so():
    record = facts("template <class T> void f(T) = delete;\nstruct A {\n  template <class U> A(U) = default;\n"
                   "  template <class U> int g(U u) const = delete;\n  int h = 0;\n};\n")  # fmt: skip
    assert [(s.name, s.modifiers) for s in record.symbols] == [
        ("f", ("delete",)), ("A", ()), ("A", ("default",)), ("g", ("const", "delete")), ("h", ()),
    ]  # fmt: skip


def test_names_of_specialisations_are_without_comments():
    record = facts("template <class T>\nstruct shop<\n  A<T>,\n  on<  // a comment\n    B<T>\n  >\n> {\n  int till;\n};\n")
    assert [(s.name, s.scope) for s in record.symbols] == [("shop<A<T>, on<B<T> > >", ""), ("till", "")]


def test_an_attribute_may_stand_before_alignas():
    record = facts('template <class T>\nclass [[nodiscard("x")]] alignas(16) V final : public B<T> {\n  int a;\n};\n')
    assert [(s.kind, s.name, s.modifiers) for s in record.symbols] == [("class", "V", ("final",)), ("field", "a", ())]
    assert record.quality.error_bytes == 0


def test_operators_that_are_defaulted_outside_of_their_class_are_methods():
    record = facts("A& A::operator=(const A&) = default;\nbool b::C::operator==(const C& c) const = default;\nD D::e(1);\n")
    assert [(s.kind, s.role, s.scope, s.name, s.type) for s in record.symbols] == [
        ("method", "definition", "A", "operator=", "A&"), ("method", "definition", "b::C", "operator==", "bool"),
        ("variable", "definition", "D", "e", "D"),
    ]  # fmt: skip
    assert [p.type for p in record.symbols[0].parameters] == ["const A&"]


def test_names_for_parts_of_a_value_that_is_referred_to():
    record = facts("const auto& [a, b] = c;\nauto&& [d] = e();\nauto [f, g] = h;\n")
    assert [(s.name, s.type) for s in record.symbols] == [
        ("a", "const auto&"), ("b", "const auto&"), ("d", "auto&&"), ("f", "auto"), ("g", "auto"),
    ]  # fmt: skip


def test_what_is_announced_to_be_of_c_alone_is_a_declaration():
    record = facts('extern "C" int a;\nextern "C" int b = 1;\nextern "C" { int c; }\nextern "C" const char *d, *const e;\n')
    assert [(s.name, s.role) for s in record.symbols] == [
        ("a", "declaration"), ("b", "definition"), ("c", "definition"), ("d", "declaration"), ("e", "declaration"),
    ]  # fmt: skip


def test_friends_that_are_defaulted_are_declared():
    for more in ("", "  int c[2] = {f(1), 2};\n"):  # read by its text, and parsed
        record = facts(f"struct A {{\n  friend bool operator==(const A&, const A&) = default;\n  friend void b(A);\n{more}}};\n")
        assert [(s.kind, s.name, s.role, s.modifiers) for s in record.symbols[1:2]] == [
            ("function", "operator==", "declaration", ("default", "friend")),
        ]  # fmt: skip
        assert record.symbols[1].signature == "friend bool operator==(const A&, const A&) = default"
        assert len(record.symbols) == (3 if more else 2)


def test_the_object_as_a_parameter_has_a_type():
    record = facts("struct A {\n  void b(this A& self);\n  template <class S> auto c(this S&& s, int d) { return (this and d); }\n"
                   "  int operator()(this auto) { return 1; }\n};\n// f(this is it)\n")  # fmt: skip
    assert [[(p.name, p.type) for p in s.parameters] for s in record.symbols[1:]] == [
        [("self", "A&")], [("s", "S&&"), ("d", "int")], [("", "auto")],
    ]  # fmt: skip
    assert record.symbols[1].signature == "void b(this A& self)"
    assert not record.quality.error_bytes


def test_attributes_behind_parameters_are_not_of_their_types():
    (found,) = facts("void f(int a [[maybe_unused]], [[x]] int b, int c[3] [[y]], int = 1);\n").symbols
    assert [(p.name, p.type) for p in found.parameters] == [("a", "int"), ("b", "int"), ("c", "int[3]"), ("", "int")]


def test_signals_of_qt_are_public():
    head = "class A : public B {\n  Q_OBJECT\nprivate:\n  int a;\n"
    record = facts(
        head + "signals:\n  void b();\nprivate Q_SLOTS:\n  void c();\nQ_SIGNALS:\n  void d();\n};\nvoid e() {\nsignals:\n  f();\n}\n"
    )
    assert [(s.name, s.visibility) for s in record.symbols if s.kind in ("field", "method")] == [
        ("a", "private"), ("b", "public"), ("c", "private"), ("d", "public"),
    ]  # fmt: skip
    assert not record.quality.error_bytes


def test_comments_are_no_part_of_types():
    found = facts(
        "void f(A /*b*/ c, int* /* d */ e[3], void (*/*g*/)(int), const H& /* i */ = j(), int /*k*/ = 3);\nint * /* l */ m;\n"
    ).symbols
    assert [(p.name, p.type) for p in found[0].parameters] == [
        ("c", "A"), ("e", "int*[3]"), ("", "void (*)(int)"), ("", "const H&"), ("", "int"),
    ]  # fmt: skip
    assert found[1].type == "int*"


def test_contracts_of_functions_are_no_calls():
    text = "int f(int a) pre(a > g(1)) post(r: r > a);\nstruct B {\n  int c() const noexcept\n    pre(d) { return 1; }\n  int d;\n};\n"
    record = facts(text + "void e() {\n  if (f(1)) post(2);\n}\n")
    assert [(s.kind, s.name, s.role) for s in record.symbols] == [
        ("function", "f", "declaration"), ("struct", "B", "definition"), ("method", "c", "definition"), ("field", "d", "definition"),
        ("function", "e", "definition"),
    ]  # fmt: skip
    assert record.symbols[0].signature == "int f(int a) pre(a > g(1)) post(r: r > a)"
    assert record.quality.error_bytes == 0
