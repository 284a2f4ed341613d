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
