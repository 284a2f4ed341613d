"""What a grammar of C++ alone gets wrong: macros, calls without a semicolon, split braces, words in texts, code templates."""

from __future__ import annotations

import re

import pytest

from gazetteer.config import Config
from gazetteer.cpp.conditionals import split_conditionals
from gazetteer.cpp.macros import learn_from
from gazetteer.extract import ExtractOptions, extract, scan
from gazetteer.model import FileRecord, Symbol


def read(text: str, language: str = "cpp", defines: tuple[str, ...] = ()) -> FileRecord:
    content = text.encode()
    looked = scan(content)
    learned = learn_from([*defines, *looked.defines], Config())
    return extract(content, language, looked.counts, ExtractOptions(*learned.in_file(looked)))


def told(record: FileRecord) -> list[tuple[str, str, int]]:
    return [(s.kind, s.name, s.line) for s in record.symbols]


def one(record: FileRecord, name: str, kind: str = "") -> Symbol:
    found = [s for s in record.symbols if s.name == name and (not kind or s.kind == kind)]
    assert len(found) == 1, (name, told(record))
    return found[0]


def test_an_export_macro_of_another_header_is_learned():  # check 3
    text = "class ENGINE_API Node : public Base {\n  ENGINE_API int run() const;\n};\nENGINE_API void go(int a);\n"
    record = read(text, defines=('ENGINE_VISIBLE __attribute__((visibility("default")))', "ENGINE_API ENGINE_VISIBLE"))
    assert told(record) == [("class", "Node", 1), ("method", "run", 2), ("function", "go", 4)]
    assert [(b.name, b.access) for b in record.symbols[0].bases] == [("Base", "public")]
    assert record.symbols[0].signature == "class ENGINE_API Node : public Base"
    assert record.quality.error_bytes == 0


def test_a_macro_around_a_type_is_learned():
    record = read("NOINLINE(std::pair<int, int>) f(int a);\n", defines=("NOINLINE(...) __VA_ARGS__ __attribute__((noinline))",))
    assert told(record) == [("function", "f", 1)]


@pytest.mark.parametrize("macro", ["FOO_EXPORT", "SOMETHING", 'DEPRECATED("since 2")'])
def test_a_macro_that_nobody_defines(macro: str):  # check 4
    record = read(f"class {macro} A : B {{}};\nclass {macro} C final : public D<int> {{\n  int x;\n}};\n")
    assert told(record) == [("class", "A", 1), ("class", "C", 2), ("field", "x", 3)]
    assert [b.name for b in record.symbols[0].bases] == ["B"]
    assert [(b.name, b.access) for b in record.symbols[1].bases] == [("D<int>", "public")]


@pytest.mark.parametrize("call", ["REGISTER(x)", "REGISTER_DISPATCH(a, &b)", "PyObject_HEAD", "STMT_ON_STACK(X)"])
def test_a_call_without_a_semicolon_loses_nothing(call: str):  # check 5
    record = read(f"int before();\n{call}\nint after(int a) {{\n  return a;\n}}\nstruct S {{\n  {call}\n  int field;\n}};\n")
    name = re.match(r"\w+", call)[0]
    assert told(record) == [
        ("function", "before", 1), ("macro_call", name, 2), ("function", "after", 3), ("struct", "S", 6), ("macro_call", name, 7),
        ("field", "field", 8),
    ]  # fmt: skip
    assert record.symbols[4].parent == 3


def test_calls_without_a_semicolon_have_their_conditions():  # check 5
    text = (
        "#ifndef A_H\n#define A_H\nALWAYS(x)\n#ifdef X\nREGISTER(a)\n#elif defined(Y)\n# if Z > 1 // z\nREGISTER(b)\n# endif\n#else\n"
        "REGISTER(c)\n#endif\nREGISTER(d)\n{body}\n#endif\n"
    )
    for body in ("int f();", "int f() { return 1; }", "int x = 'a';"):  # read by their text, and by their nodes
        record = read(text.replace("{body}", body))
        assert [(s.line, s.condition) for s in record.symbols if s.kind == "macro_call"] == [
            (3, ""), (5, "defined(X)"), (8, "!defined(X) && defined(Y) && Z > 1"), (11, "!defined(X) && !defined(Y)"), (13, ""),
        ]  # fmt: skip


@pytest.mark.parametrize("before", ["#endif // X", "#include <a> /* b */", "int b; // c", "#endif"])
def test_a_call_without_a_semicolon_may_follow_a_directive(before: str):  # check 5
    record = read(
        f"{'#ifdef X' if 'endif' in before else ''}\n{before}\nALSO_FOR(&)\nALSO_FOR(|)\n\ntemplate <class T>\nT f(T a) {{ return a; }}\n"
    )
    assert told(record)[-3:] == [("macro_call", "ALSO_FOR", 3), ("macro_call", "ALSO_FOR", 4), ("function", "f", 7)]


@pytest.mark.parametrize("language", ["c", "cpp"])
def test_parameters_under_a_condition(language):  # check 5
    text = "int f(int a,\n#ifdef IPV6\n      unsigned scope,\n#else\n      long scope,\n#endif\n      char *CONST argv[], int *FOO b)\n"
    text += "{\n  return a;\n}\nint x;\n"
    record = read(text, language=language)
    assert told(record) == [("function", "f", 1), ("variable", "x", 11)]
    assert [(p.name, p.type) for p in record.symbols[0].parameters][:2] == [("a", "int"), ("scope", "unsigned")]
    assert record.quality.errors == ()


def test_words_of_cuda_in_headers_of_cpp():
    text = "struct A {\n  static constexpr __host__ B f() { return 1; }\n  __host__ __device__ A(int x);\n};\n"
    text += "template <class T>\n__global__ void __launch_bounds__(128, 2) k(T* a);\n__device__ __constant__ int table[4] = {1, 2};\n"
    record = read(text)
    assert told(record) == [
        ("struct", "A", 1), ("method", "f", 2), ("constructor", "A", 3), ("function", "k", 6), ("variable", "table", 7),
    ]  # fmt: skip
    assert record.symbols[3].signature == "template <class T> __global__ void __launch_bounds__(128, 2) k(T* a)"
    assert (record.language, record.quality.parser, record.quality.error_bytes) == ("cpp", "cuda", 0)
    assert read("#define BOTH __host__ __device__\nBOTH int f();\n", defines=("BOTH __host__ __device__",)).quality.parser == "cpp"


def test_specializations_of_operators_that_call():
    text = "struct A {\n  template <> void operator()<int, B<C>>(int& e) const { e.template operator()<int>(1); }\n  int x;\n};\n"
    record = read(text)
    assert told(record) == [("struct", "A", 1), ("method", "operator()", 2), ("field", "x", 3)]
    assert record.symbols[1].signature == "template <> void operator()<int, B<C>>(int& e) const"


def test_both_branches_of_split_braces_are_found():  # check 6
    text = (
        "#ifdef _WIN32\nstruct A : B {\n  A() = default;\n#else\nstruct API A : B {\n#endif\n  int x;\n};\n"
        "#if WIDE > 1\nlong f(long a) {\n#else\nint f(int a) {\n#endif\n  return a;\n}\nint g();\n"
    )
    record = read(text, defines=("API __attribute__((visibility))",))
    found = [(s.kind, s.name, s.line, s.condition) for s in record.symbols]
    assert found == [
        ("struct", "A", 2, "defined(_WIN32)"), ("constructor", "A", 3, "defined(_WIN32)"), ("struct", "A", 5, "!defined(_WIN32)"),
        ("field", "x", 7, ""), ("function", "f", 10, "WIDE > 1"), ("function", "f", 12, "!(WIDE > 1)"), ("function", "g", 16, ""),
    ]  # fmt: skip
    assert [b.name for s in record.symbols[:3:2] for b in s.bases] == ["B", "B"]
    assert "branches" in record.quality.repairs


def test_split_braces_inside_a_condition_around_the_file():
    text = "#if !defined(ONLY)\n#ifdef W\nstruct A {\n#else\nstruct API A {\n#endif\n  int x;\n};\n#else\n#error no\n#endif\n"
    record = read(text)
    assert [(s.name, s.line, s.condition) for s in record.symbols] == [
        ("A", 3, "!defined(ONLY) && defined(W)"), ("A", 5, "!defined(ONLY) && !defined(W)"), ("x", 7, "!defined(ONLY)"),
    ]  # fmt: skip


def test_hundreds_of_split_braces_one_after_the_other():
    one_of = (
        "#ifdef _WIN32\nstruct A{0} : B {{\n  TORCH_API A{0}() = default;\n#else\nstruct TORCH_API A{0} : B {{\n#endif\n  int x;\n}};\n"
    )
    record = read("".join(one_of.format(i) for i in range(300)))
    structs = [s for s in record.symbols if s.kind == "struct"]
    assert len(structs) == 600
    assert sum(s.kind == "field" for s in record.symbols) == 300
    assert not record.quality.error_bytes


def test_conditions_of_whole_declarations_are_not_split():
    assert split_conditionals(b"#ifdef A\nint a;\n#elif B\nint b() {}\n#else\n#endif\nenum E {\n#if C\n  c,\n#endif\n  d };\n") == []


def test_branches_know_their_conditions():
    text = b"#ifdef A\nvoid f(int a) {\n#elif B > 1\nvoid f(long a) {\n#elifndef C\nvoid f() {\n#else\nvoid g() {\n#endif\n}\n"
    (found,) = split_conditionals(text)
    assert [b.condition for b in found.branches] == [
        "defined(A)", "!defined(A) && B > 1", "!defined(A) && !(B > 1) && !defined(C)", "!defined(A) && !(B > 1) && defined(C)",
    ]  # fmt: skip


@pytest.mark.parametrize("language", ["c", "cpp", "cuda"])
def test_words_in_texts_and_comments_are_no_symbols(language: str):  # check 8
    text = (
        "// class is a word: struct ghost { int x; };\n/* def foo(): pass\n int ghost(void);\n#define GHOST 1 in a comment\n*/\n"
        'const char* a = "class is struct ghost { int f(); };";\nconst char* b = "\\"// int ghost();\\n#define GHOST";\n'
    )
    assert [s.name for s in read(text, language).symbols] == ["a", "b"]


def test_raw_strings_hold_no_symbols():  # check 8
    record = read('const char* a = R"x(\nclass InText {};\n#if 0\nint f() {\n)" )x";\nint g();\n')
    assert [s.name for s in record.symbols] == ["a", "g"]


@pytest.mark.parametrize("guard", ["#ifndef X_H\n#define X_H\n{}#endif\n", "#if !defined(X_H)\n#define X_H\n{}#endif\n"])
def test_an_include_guard_is_no_condition(guard: str):
    record = read(guard.format("#include <a/b.h>\nint f();\n#ifdef Y\nint g();\n#endif\n"))
    assert {s.name: s.condition for s in record.symbols} == {"X_H": "", "f": "", "g": "defined(Y)"}
    assert record.imports[0].condition == ""


def test_a_condition_with_a_define_of_another_name_is_one():
    record = read("#ifndef HAVE_F\n#define NEED_F\nint f();\n#endif\n")
    assert {s.condition for s in record.symbols} == {"!defined(HAVE_F)"}


@pytest.mark.parametrize("default", ["= {}", "={ }", "= \n {}"])
def test_empty_braces_as_a_default(default: str):
    record = read(f"void f(Names names {default}, int b = 2) noexcept;\nint g();\n")
    assert [(p.name, p.default) for p in record.symbols[0].parameters] == [("names", "{}"), ("b", "2")]
    assert told(record)[1][1] == "g"


def test_marks_of_a_code_template():
    text = "${includes}\nnamespace at {\n${declarations}\nstruct A {\n  ${type} first(${args}) const;\n  int kept;\n};\n}\n"
    record = read(text)
    assert told(record) == [("namespace", "at", 2), ("struct", "A", 4), ("method", "first", 5), ("field", "kept", 6)]
    assert record.symbols[2].type == "${type}"
    assert "template marks" in record.quality.repairs


@pytest.mark.parametrize("mark", ["///<", "//!<", "/**<", "/*!<"])
def test_comments_behind_members(mark: str):
    end = " */" if mark.startswith("/*") else ""
    text = (
        f"struct A {{\n  int a; {mark} The a.{end}\n  int b;\n}};\nenum E {{\n  kOne = 1, {mark} One.{end}\n  kTwo {mark} Two.{end}\n}};\n"
    )
    record = read(text)
    assert {s.name: (s.doc, s.doc_line) for s in record.symbols if s.doc} == {"a": ("The a.", 2), "kOne": ("One.", 6), "kTwo": ("Two.", 7)}


def test_doxygen_blocks_and_lines():
    record = read(
        "/** Adds.\n *\n * @param a one\n */\nint add(int a);\n/// Once,\n/// twice.\nint twice();\n\n// far away\n\nint bare();\n"
    )
    assert {s.name: (s.doc, s.doc_line, s.doc_end) for s in record.symbols} == {
        "add": ("Adds.\n\n`a`: one", 1, 4), "twice": ("Once,\ntwice.", 6, 7), "bare": ("", 0, 0),
    }  # fmt: skip


def test_a_notice_of_copyright_documents_no_file():
    text = "/* Copyright 2020 Someone. All rights reserved. */\n\n// What this file is for.\n\n#include <a.h>\nint f();\n"
    assert read(text).doc == "What this file is for."
    assert not read("// Copyright 2020 Someone.\n\n#include <a.h>\n").doc
    assert not read("/*\nshop - till.c\n(C) 2015 Someone\nReleased under the GNU GPLv2+.\n*/\n\n#include <a.h>\n").doc
    assert read("/*\nPuts (c) and 2015 coins away.\n*/\n\n#include <a.h>\n").doc


@pytest.mark.parametrize("before", ["#pragma once\n\n", "#ifndef A_H\n#define A_H\n\n"])
def test_a_comment_on_a_directive_is_not_about_the_file(before: str):
    after = "\n#endif\n" if "if" in before else "\n"
    for line in ("#include <cmath>", "#define B 1", "#ifdef C\nint c;\n#endif"):
        assert read(f"{before}// Must come first.\n{line}\nint x;{after}").doc == ""
        assert read(f"{before}// What this file is for.\n{line}\nint x;{after}").doc == "What this file is for."
        assert read(f"{before}// What is here.\n\n{line}\nint x;{after}").doc == "What is here."
    assert read(f"// What is here.\n{before}int x;{after}").doc == "What is here."
    assert read("// What is here.\n#include <a.h>\nint x;\n").doc == "What is here."


def test_comments_inside_a_define_end_nothing():
    record = read("#define TWO(T) \\\n  namespace d { \\\n  int a; \\\n  } /* namespace d */ \\\n  int f() {}\nint g();\n")
    assert told(record) == [("macro", "TWO", 1), ("function", "g", 6)]


def test_attributes_of_enumerations():
    text = "enum class [[nodiscard]] E : int { kA [[maybe_unused]] = 1, kB __attribute__((x)), kC };\n"
    assert [s.name for s in read(text).symbols] == ["E", "kA", "kB", "kC"]


def test_types_of_pointers_to_functions_and_members():
    record = read("struct A {\n  void (*call)(int a);\n  int (A::*member)(long);\n  int cells[2][3];\n  unsigned bits : 3;\n};\n")
    assert {s.name: (s.kind, s.type) for s in record.symbols[1:]} == {
        "call": ("field", "void(*)(int a)"), "member": ("field", "int(A::*)(long)"), "cells": ("field", "int[2][3]"),
        "bits": ("field", "unsigned : 3"),
    }  # fmt: skip


def test_c_as_it_was_before_1989():
    record = read("int old(a, b)\n  int a;\n  char *b;\n{\n  return a;\n}\n", "c")
    assert [(p.name, p.type) for p in one(record, "old", "function").parameters] == [("a", "int"), ("b", "char*")]
    assert len(record.symbols) == 1


def test_explicit_instantiations_are_declarations():
    record = read("template <class T> struct A {};\ntemplate struct A<int>;\nextern template class B<long>;\ntemplate void f<int>(int);\n")
    assert [(s.name, s.role, s.modifiers) for s in record.symbols] == [
        ("A", "definition", ()), ("A<int>", "declaration", ("instantiation",)), ("B<long>", "declaration", ("instantiation",)),
    ]  # fmt: skip


def test_friends_are_functions_where_they_are_defined():
    record = read(
        "class A {\n  friend void f(A) {}\n  friend void g(A);\n"
        "  [[nodiscard]] friend constexpr bool operator==(A, A) { return true; }\n};\n"
    )
    assert [(s.kind, s.name, "friend" in s.modifiers) for s in record.symbols[1:]] == [
        ("function", "f", True), ("function", "operator==", True),
    ]  # fmt: skip


def test_parents_come_before_their_members():
    record = read("typedef struct {\n  int a;\n  struct { int b; } c;\n} T;\n", "c")
    assert all(s.parent < i for i, s in enumerate(record.symbols))
    assert one(record, "T").line == 4


def test_what_a_call_of_a_macro_declares_is_found_where_its_name_stands():
    defines = (
        "NO_COPY(T) T(const T&) = delete; T& operator=(const T&) = delete", "DECLARE_REGISTRY(N, ...) DECLARE_TYPED(N, int, __VA_ARGS__)",
        "DECLARE_TYPED(N, K, ...) Registry<K, __VA_ARGS__>* N(); typedef Registerer<K> Registerer##N",
        "NOT_SUPPORTED(name) int name(int a) override { return 0; }", "CHECK(x) do { abort(); } while (0)",
    )  # fmt: skip
    text = (
        "DECLARE_REGISTRY(\n    Engines,\n    Engine&);\nclass Node : Base {\n  NO_COPY(Node);\n  NOT_SUPPORTED(add)\n  int x;\n};\n"
        "CHECK(y);\nint last();\n"
    )
    record = read(text, defines=defines)
    assert [(s.kind, s.name, s.line, s.decorators) for s in record.symbols if s.kind not in ("macro_call", "class")] == [
        ("function", "Engines", 2, ("DECLARE_REGISTRY( Engines, Engine&)",)), ("constructor", "Node", 5, ("NO_COPY(Node)",)),
        ("method", "add", 6, ("NOT_SUPPORTED(add)",)), ("field", "x", 7, ()), ("function", "last", 10, ()),
    ]  # fmt: skip
    node = record.symbols.index(one(record, "Node", "class"))
    assert {s.parent for s in record.symbols if s.line in (5, 6, 7)} == {node}
    assert {s.name for s in record.symbols if s.kind == "macro_call"} == {"DECLARE_REGISTRY", "NO_COPY", "NOT_SUPPORTED", "CHECK"}


def test_a_call_that_is_given_a_type_alone_declares_nothing():
    record = read("FOO_EXPORT( void )\nf(int a);\n", "c", defines=("FOO_EXPORT(x) FOO_ATTRIBUTE extern x",))
    assert "void" not in {s.name for s in record.symbols}


def test_a_macro_that_calls_itself_ends():
    assert told(read("LOOP(a);\nint f();\n", defines=("LOOP(x) struct x; LOOP(x)", "A(x) B(x) struct x", "B(x) A(x)"))) == [
        ("macro_call", "LOOP", 1), ("struct", "a", 1), ("function", "f", 2),
    ]  # fmt: skip


def test_a_macro_that_declares_a_member_with_a_value():
    define = "ARG(T, name) public: auto name(const T& v) -> decltype(*this) { return *this; } private: T name##_ /* NOLINT */"
    text = "struct Options {\n  /// How much.\n  ARG(double, p) = 0.5;\n  ARG(Size<2>, size) = {1, f(2)};\n  int last;\n};\n"
    record = read(text, defines=(define,))
    assert [(s.kind, s.name, s.line) for s in record.symbols if s.kind != "macro_call"] == [
        ("struct", "Options", 1), ("method", "p", 3), ("method", "size", 4), ("field", "last", 5),
    ]  # fmt: skip
    assert record.quality.error_bytes == 0


def test_names_of_specialisations_are_as_they_are_written():
    record = read("template <>\nstruct Box<int, typename A::B> : Base<int, 3> {};\nvoid Box<int, 3>::put() {}\n")
    assert [(s.name, s.scope, [b.name for b in s.bases]) for s in record.symbols] == [
        ("Box<int, typename A::B>", "", ["Base<int, 3>"]), ("put", "Box<int, 3>", []),
    ]  # fmt: skip


@pytest.mark.parametrize("language", ["cpp", "cuda"])
def test_a_comment_up_to_the_end_of_its_line_is_of_no_signature(language):
    text = 'template <class F>\n// NOLINTNEXTLINE(x)\nvoid each(F f);\nint f(int a, // http://b\n      int c = g("//"));\n'
    assert [s.signature for s in read(text, language).symbols] == ["template <class F> void each(F f)", 'int f(int a, int c = g("//"))']


def test_types_and_values_have_no_comments_up_to_ends_of_lines():
    text = (
        "using T = A<B, // one\n  C /* two */>;\nauto f(D<E, // three\n  G> h) -> decltype(0, // four\n  g(1));\n"
        "constexpr int v = 1 + // five\n  2;\nenum I { J = 1 | // six\n  2 };\n#if K && \\\n  L\nint m;\n#endif\n"
    )
    found = read(text)
    assert one(found, "T").type == "A<B, C /* two */>"
    assert one(found, "f").type == "decltype(0, g(1))"
    assert one(found, "f").parameters[0].type == "D<E, G>"
    assert (one(found, "v").value, one(found, "J").value, one(found, "m").condition) == ("1 + 2", "1 | 2", "K && L")


def test_what_stands_before_friend_is_a_word():
    found = read("struct A {\n  constexpr friend bool operator<(A, A) { return 1; }\n  inline friend int f(A) { return 2; }\n};\n")
    assert (one(found, "operator<").type, one(found, "operator<").modifiers) == ("bool", ("constexpr", "friend"))
    assert (one(found, "f").type, one(found, "f").modifiers) == ("int", ("friend", "inline"))


@pytest.mark.parametrize("language", ["c", "cpp"])
def test_unused_parameters_have_names(language):
    found = read("void f(T *UNUSED(a), int UNUSED(b), const U *__restrict UNUSED(c), P *Py_UNUSED(d))\n{\n  UNUSED(a);\n}\n", language)
    assert [(p.type, p.name) for p in one(found, "f").parameters] == [
        ("T*", "a"), ("int", "b"), ("const U*__restrict", "c"), ("P*", "d"),
    ]  # fmt: skip


def test_what_documents_what_stands_before_it_documents_nothing_below():
    record = read(
        "struct A {\n  int x, ///< Across.\n      y = 1, ///< Up.\n      z;\n  int f() { return 1; }\n    ///< One.\n    ///< And one.\n"
        "  int g();\n};\n"
        "int tail; ///< Of the tail,\n          ///< more of it.\n"
        "int bare;\n/*!< Of bare. */\n\n\nint last, then; /**< Both. */\n"
    )
    assert {s.name: (s.doc, s.doc_line, s.doc_end) for s in record.symbols if s.doc} == {
        "x": ("Across.", 2, 2), "y": ("Up.", 3, 3), "f": ("One.\nAnd one.", 6, 7),
        "tail": ("Of the tail,\nmore of it.", 10, 11), "bare": ("Of bare.", 13, 13), "last": ("Both.", 16, 16), "then": ("Both.", 16, 16),
    }  # fmt: skip


def test_what_documents_what_stands_before_it_may_be_meant_for_what_is_below():
    record = read(
        "struct A {\n public:\n  ///< Base class\n  using B = int;\n  ///< Shape\n  using S = int;\n\n  ///< The last\n  int last;\n};\n"
    )
    assert {s.name: (s.doc, s.doc_line) for s in record.symbols if s.doc} == {
        "B": ("Base class", 3),
        "S": ("Shape", 5),
        "last": ("The last", 8),
    }


@pytest.mark.parametrize("start", ["", "#define X 1 ///< One.\n"])  # which is read by its nodes, and without which it is not
def test_marks_and_words_of_groups_document_no_declaration(start: str):
    record = read(
        start + "/// @file\n/// @addtogroup sizes\n/// @{\n\n#include <a.h>\n/** @name Sizes\n @{ */\nint a;\n"
        "/// @}\n/// @{\n/// The b.\nint b;\n/** @} end of sizes */\nint c;\n/** \\{ */\nint d;\n/// @endcond\nint f;\n"
        "/// {x} of @} and @cond\n/// \\f$ \\{ \\f$\nint e;\n//-----\n// Of g.\n//-----\nint g;\n"
    )
    assert {s.name: s.doc for s in record.symbols if s.doc and s.name != "X"} == {
        "b": "The b.", "e": "{x} of @} and @cond\n`\\{`", "g": "Of g.",
    }  # fmt: skip
    assert not record.doc


def test_a_pure_destructor_is_declared_alone():
    record = read("struct A { virtual ~A() = 0; virtual ~A() noexcept = 0; };\n")
    assert [(s.kind, s.role, s.modifiers[-2:]) for s in record.symbols[1:]] == [("destructor", "declaration", ("pure", "virtual"))] * 2


def test_parameters_without_names_that_are_arrays_and_those_with_attributes():
    record = read("void f(const A<int>[kMost], int[N], int (&)[3], B b[N], [[maybe_unused]] const C& c, [[a]] [[b::d(1)]] D, E* [2]);\n")
    assert [(p.name, p.type) for p in record.symbols[0].parameters] == [
        ("", "const A<int>[kMost]"), ("", "int[N]"), ("", "int (&)[3]"), ("b", "B[N]"), ("c", "const C&"), ("", "D"), ("", "E* [2]"),
    ]  # fmt: skip


@pytest.mark.parametrize("language", ["c", "cpp", "cuda"])
def test_functions_within_braces_that_take_functions_alone(language: str):
    text = (
        '#ifdef __cplusplus\nextern "C" {\n#endif\n/** The f. */\nA *f(int (*of)(B *b));\nint g();\nC *h(\n  D (*of)());\n'
        "#ifdef __cplusplus\n}\n#endif\n"
    )
    symbols = read(text, language).symbols
    assert [(s.name, s.type, s.line, s.end_line, s.doc, [(p.name, p.type) for p in s.parameters]) for s in symbols] == [
        ("f", "A*", 5, 5, "The f.", [("of", "int(*)(B *b)")]), ("g", "int", 6, 6, "", []), ("h", "C*", 7, 8, "", [("of", "D(*)()")]),
    ]  # fmt: skip


def test_a_type_in_capitals_alone_on_its_line_is_no_call():
    record = read("int a(void);\nASN1_STRING\n*b(const A *c);\nFOO_BEGIN\nint d(void);\n", "c")
    assert [(s.kind, s.name, s.type) for s in record.symbols] == [
        ("function", "a", "int"), ("function", "b", "ASN1_STRING*"), ("macro_call", "FOO_BEGIN", ""), ("function", "d", "int"),
    ]  # fmt: skip
