"""Macros of well-known headers: in enumerations, behind names, around types and parameters, and such that put declarations together."""

from __future__ import annotations

import pytest
from test_readings import one, read

from gazetteer.config import Config
from gazetteer.cpp.macros import learn_from
from gazetteer.extract import ExtractOptions, extract, scan


def told(text: str, *defines: str, language: str = "cpp") -> list[str]:
    content = text.encode()
    looked = scan(content)
    learned = learn_from([*defines, *looked.defines], Config())
    record = extract(content, language, looked.counts, ExtractOptions(*learned.in_file(looked)))
    return [f"{s.line} {s.kind} {s.name}" + (f": {s.type}" if s.type else "") for s in record.symbols if s.kind != "macro"]


def test_members_of_enumerations_may_be_called_as_exports_are():
    text = (
        "enum E {\n  A_DECL = 1, B_IMPORT, /* c */\n  C_PUBLIC /* d */,\n  D_EXPORT\n};\nA_API int f();\nconst int g = A_DECL | B_IMPORT;\n"
    )
    assert told(text) == [
        "1 enum E", "2 enum_member A_DECL", "2 enum_member B_IMPORT", "3 enum_member C_PUBLIC", "4 enum_member D_EXPORT",
        "6 function f: int", "7 constant g: const int",
    ]  # fmt: skip


def test_a_member_alone_on_its_line():
    text = "typedef enum {\n  ONLY_ONE\n} Only;\nstruct S {\n  PyObject_HEAD\n  int x;\n};\n"
    assert told(text, language="c") == [
        "3 enum Only", "2 enum_member ONLY_ONE", "4 struct S", "5 macro_call PyObject_HEAD", "6 field x: int",
    ]  # fmt: skip


def test_members_that_a_macro_lists():
    text = "enum A { LIST(X) COUNT_OF };\nenum B {\n  FIRST,\n  LIST(Y)\n  LAST_ONE\n};\nenum C { LIST(Z), D };\nint after;\n"
    assert told(text) == [
        "1 enum A", "1 enum_member COUNT_OF", "1 macro_call LIST", "2 enum B", "3 enum_member FIRST", "4 macro_call LIST",
        "5 enum_member LAST_ONE", "7 enum C", "7 enum_member D", "7 macro_call LIST", "8 variable after: int",
    ]  # fmt: skip


def test_members_that_a_macro_makes():
    defines = ("OPT(na, t, nu) na = t + nu", "OLD(na, t, nu, v, m) na GONE(v, m) = t + nu", "GONE(v, m) __attribute__((deprecated(m)))")
    text = 'enum E {\n  /* One. */\n  OPT(ONE, LONG, 1),\n  OLD(TWO, LONG, 2,\n      7.1, "use (3)"),\n  THREE = OPT_(4, OPT(5))\n};\n'
    text += "int after;\n"
    assert told(text, *defines) == [
        "1 enum E", "3 enum_member ONE", "4 enum_member TWO", "6 enum_member THREE", "8 variable after: int",
    ]  # fmt: skip


def test_attributes_of_other_attributes():
    defines = (
        'G_GONE(a, b) __attribute__((deprecated("since " #a "." #b)))', "G_GONE(a, b)", "GONE_IN(a, b) G_GONE(a, b)",
        "GONE_IN_2 GONE_IN(2, 4)",
        "LIB_EXTERN __declspec(dllexport)", "LIB_EXTERN LIB_SYMBOL", "pg_pure __attribute__((pure))", "pg_pure",
        "GONE_IN(x) GONE_IN(x)", "THREAD_MARK(x) __attribute__((x))", "GUARDED(x) THREAD_MARK(guarded_by(x))",
    )  # fmt: skip
    text = "enum E { A GONE_IN_2 = 1, B GONE_IN(2, 6) };\nLIB_EXTERN struct S *f();\nstatic pg_pure int g(void) {\n  return 1;\n}\n"
    text += "struct T { int h pg_pure; int i GUARDED(mu); };\n"
    assert told(text, *defines) == [
        "1 enum E", "1 enum_member A", "1 enum_member B", "2 function f: struct S*", "3 function g: int", "6 struct T", "6 field h: int",
        "6 field i: int",
    ]  # fmt: skip


def test_attributes_that_are_given_what_is_pointed_at():
    text = "struct S {\n  void f(int a) const LOCKED(*guard()) {\n  }\n  int* b LOCKED(&c);\n  int LOCKED (*d)(int);\n"
    text += "  const Device BY_REF e;\n};\n"
    defines = ("LOCKED(...) __attribute__((locked(__VA_ARGS__)))", "BY_REF &", "BY_REF", "AND &")
    assert told(text, *defines) == [
        "1 struct S", "2 method f: void", "4 field b: int*", "5 field d: int(*)(int)", "6 field e: const Device",
    ]  # fmt: skip


def test_attributes_of_lower_case():
    defines = (
        "ngx_cdecl", "ngx_inline inline", "my_inline static __inline__", "db_restrict __restrict", "my_noinline", "sharedAtomic",
        "sharedAtomic _Atomic", "internal_function __attribute ((regparm (3)))", "some_name", "some_const const", "has_inline 1",
    )  # fmt: skip
    text = "static ngx_inline u_char * f(u_char *p);\nvoid ngx_cdecl\ng(int *db_restrict a) internal_function;\nmy_inline int h(void);\n"
    text += "static sharedAtomic size_t used = 0;\nint some_name;\n"
    assert told(text, *defines, language="c") == [
        "1 function f: u_char*", "3 function g: void", "4 function h: int", "5 variable used: size_t", "6 variable some_name: int",
    ]  # fmt: skip
    assert learn_from(defines, Config()).attributes == {
        "ngx_cdecl", "ngx_inline", "my_inline", "db_restrict", "my_noinline", "sharedAtomic", "internal_function", "some_const",
    }  # fmt: skip


def test_a_function_that_a_program_may_be_built_without_is_no_attribute():
    defines = (
        "assertCell(x)", "db_Enter()", "set_up_api()", "MARK(x)", "Py_GONE(x)", "Py_GONE(x) __attribute__((x))", "yynoreturn",
        "yynoreturn __attribute__((noreturn))",
    )  # fmt: skip
    text = "static void assertCell(int *p){\n  p++;\n}\nvoid db_Enter(void) {\n}\nstatic void set_up_api(void) {\n}\n"
    text += "static void yynoreturn f(Py_GONE(3) int a MARK(2));\n"
    assert told(text, *defines, language="c") == [
        "1 function assertCell: void", "4 function db_Enter: void", "6 function set_up_api: void", "8 function f: void",
    ]  # fmt: skip


def test_fields_that_a_macro_gives_a_type():
    text = "struct S {\n  BIT(done);\n  BIT(dead); /* c */\n  NAME(name);\n  int a;\n};\n"
    defines = ("BIT(x) unsigned int x:1", "BIT(x) bit x:1", "NAME(n) const char *n[2]", "CAST(x) (int) x")
    assert [line for line in told(text, *defines, language="c") if "macro_call" not in line] == [
        "1 struct S", "2 field done: bit :1", "3 field dead: bit :1", "4 field name: const char*[2]", "5 field a: int",
    ]  # fmt: skip


def test_arrays_that_a_macro_aligns():
    define = "ALIGNED(n, t, v) t __attribute__((aligned(n))) v"
    text = "struct S {\n  ALIGNED(16, uint8_t, weight)[3][4 * 4];\n  int a;\n};\n"
    text += "static const ALIGNED(16, float, vector)[2] = {\n  1.0, 2.0,\n};\nint after;\n"
    assert told(text, define, language="c") == [
        "1 struct S", "2 field weight: uint8_t[3][4 * 4]", "3 field a: int", "5 constant vector: const float[2]", "8 variable after: int",
    ]  # fmt: skip


@pytest.mark.parametrize("value", ["pg_pure 3", "pg_pure(x) x->y", "pg_pure x"])
def test_what_is_something_else_is_no_attribute(value: str):
    assert "pg_pure" not in learn_from([value, "pg_pure __attribute__((pure))"], Config()).attributes


@pytest.mark.parametrize(("text", "expected"), [
    ("struct S { int a NO_USE; Foo* b NO_USE = 0; unsigned long LONG_NAME; struct T T_NAME; };",
     ["struct S", "field a: int", "field b: Foo*", "field LONG_NAME: unsigned long", "field T_NAME: struct T"]),
    ("enum E { A NO_USE, B NO_USE = 2, C OLD_IN(\"x\") = 3, D };",
     ["enum E", "enum_member A", "enum_member B", "enum_member C", "enum_member D"]),
    ("enum class E : uint8 { A UMETA(Name=\"x\"), B };", ["enum E: uint8", "enum_member A", "enum_member B"]),
    ("typedef BOOL (WINAPI *PFN)(void);\nstruct S { HRESULT (CALLBACK *run)(int a); };",
     ["type_alias PFN: BOOL(WINAPI*)(void)", "struct S", "field run: HRESULT(CALLBACK*)(int a)"]),
    ("GLAPI void APIENTRY f (GLenum a);\nstruct S { HRESULT STDMETHODCALLTYPE g(__in int a, _Out_ int* b) override; static BOOL h(); };",
     ["function f: void", "struct S", "method g: HRESULT", "method h: BOOL"]),
    ("_Check_return_ _Success_(return != 0) int f(_Inout_updates_all_(4) int *a);\nint g;", ["function f: int", "variable g: int"]),
    ("struct GTY((tag(\"A\"), next (\"%h.n\"))) node { int y; };\nextern GTY(()) tree g;",
     ["struct node", "field y: int", "variable g: tree"]),
    ("static FOO_HANDLER(on_change)\n{\n}\nint g;", ["macro_call FOO_HANDLER", "variable g: int"]),
    ("class Widget MY_FINAL : public Base { int k; };", ["class Widget", "field k: int"]),
    ("class Widget MY_FINAL { int k; };", ["class Widget", "field k: int"]),
    ("NO_DECL(int) f(int a, int b);\nNO_DECL(const char *)\ng(void);", ["function f: int", "function g: const char*"]),
    ("OPERATORS(double)\nOPERATORS(const char *)\nint f();", ["macro_call OPERATORS", "macro_call OPERATORS", "function f: int"]),
    ("my_attr int a;\nstatic my_attr unsigned b(void);\nstruct S { FIELDS int own; };",
     ["variable a: int", "function b: unsigned", "struct S", "field own: int"]),
    ("int f OF((int a, char* b));\nZ_EXTERN int Z_EXPORT g OF((void));\nstatic void h P_((int));",
     ["function f: int", "function g: int", "function h: void"]),
])  # fmt: skip
def test_macros_of_other_trees(text: str, expected: list[str]):  # check 4
    assert [found.split(" ", 1)[1] for found in told(text)] == expected


@pytest.mark.parametrize("language", ["c", "cpp"])
def test_prose_that_is_left_out(language: str):  # check 8
    text = "int a;\n#if 0\nThis doesn't work { at (all\n#endif\nint b(int c) { return c; }\n#if 0\nint d;\n#else\nint e;\n#endif\n"
    text += "#if 0\n}}} it's \"\n#elif F\nint f;\n#else\nint g;\n#endif\nint h;\n"
    assert told(text, language=language) == [
        "1 variable a: int", "5 function b: int", "7 variable d: int", "9 variable e: int", "14 variable f: int", "16 variable g: int",
        "18 variable h: int",
    ]  # fmt: skip


def test_calls_that_stand_for_a_type():
    text = "struct entry {\n  LIST_ENTRY(entry) link;\n  TAIL_HEAD(, entry) all, *more;\n  int data;\n};\n"
    assert [line.split(":")[0] for line in told(text, "LIST_ENTRY(type) struct { struct type *next; struct type **prev; }")] == [
        "1 struct entry", "2 field link", "3 field all", "3 field more", "4 field data",
    ]  # fmt: skip


def test_macros_that_put_a_function_together():
    defines = (
        "EXPORT(n, type, name, args) FUNCTION(TYPE_OF(type), (LIBAPI name), ARGS(args), extern)",
        "FUNCTION(type, name, args, at) at type name args", "TYPE_OF(t) VISIBLE t", "LIBAPI _stdcall", "LIBAPI",
        'VISIBLE __attribute__((visibility("default")))', "CALLBACK(type, name, args) type (LIBAPI name) args",
        "METHOD(type, name, args) type (*name) ARGS(args)", "ARGS(a) a", "ACCESSOR(C, F, T) inline T C::F() const { return F##_; }",
    )  # fmt: skip
    text = "EXPORT(1, unsigned, version, (void));\nEXPORT(2, void, f,\n       (int a, char *b));\n"
    text += "typedef CALLBACK(void, *error_ptr, (int, char));\nstruct S {\n  METHOD(void, run, (int a));\n  int x;\n};\n"
    text += "ACCESSOR(S, field_count, int)\nint after;\n"
    assert [line for line in told(text, *defines) if "macro_call" not in line] == [
        "1 function version: unsigned", "2 function f: void", "4 type_alias error_ptr: void(*) (int, char)", "5 struct S",
        "6 field run: void(*) (int a)", "7 field x: int", "9 method field_count: int", "10 variable after: int",
    ]  # fmt: skip


def test_the_part_of_a_namespace_that_a_call_names():
    text = "OPEN_IN(inner)\nstruct B { int b; };\nCLOSE_IN(inner)\n"
    found = told(text, "OPEN_IN(n) namespace lib { namespace n {", "CLOSE_IN(n) }}")
    assert [line for line in found if "macro_call" not in line] == ["1 namespace inner", "2 struct B", "2 field b: int"]


def test_conversions_behind_specifiers():
    text = "struct A {\n  [[nodiscard]] constexpr inline operator T() const { return t; }\n"
    text += "  MY_IMPLICIT operator int() const noexcept { return 1; }\n  MY_INLINE T operator+(T) const;\n};\n"
    assert told(text) == ["1 struct A", "2 method operator T", "3 method operator int", "4 method operator+: T"]


def test_a_macro_before_parameters_and_a_body():
    text = 'DEFUN ("foo", Ffoo,\n  doc: /* D. */)\n  (Lisp_Object a, Lisp_Object b)\n{\n  return Qnil;\n}\nint z;\n'
    assert told(text, language="c") == ["1 macro_call DEFUN", "7 variable z: int"]


@pytest.mark.parametrize("language", ["c", "cpp"])
def test_what_is_included_in_bodies(language: str):  # check 11
    text = '/*\n#include "no"\n*/\n#include <a.h>\nenum E {\n#define X(s) s,\n#include "e.def"\n#undef X\n  LAST\n};\n'
    text += 'static int b[] = {\n#include "b.inc"\n};\nint f(void) {\n  # include <c.inc>\n  return 1;\n}\n'
    text += 'struct S {\n#include "s.inc"\n  int t;\n};\n'
    record = extract(text.encode(), language, scan(text.encode()).counts)
    assert [(i.kind, i.target, i.line) for i in record.imports] == [
        ("include_system", "a.h", 4), ("include", "e.def", 7), ("include", "b.inc", 12), ("include_system", "c.inc", 15),
        ("include", "s.inc", 19),
    ]  # fmt: skip
    assert [(s.kind, s.name, s.line) for s in record.symbols] == [
        ("enum", "E", 5), ("macro", "X", 6), ("enum_member", "LAST", 9), ("variable", "b", 11), ("function", "f", 14), ("struct", "S", 18),
        ("field", "t", 20),
    ]  # fmt: skip


def test_macros_that_are_defined_in_bodies():
    text = '/*\n#define NO\n*/\n#define A 1\nint f() {\n  # define B(x) \\\n  (x)\n  const char* s = R"(\n#define NO\n)";\n#undef B\n'
    text += "  return B(1);\n}\nstruct S { void g() {\n#define C\n  } };\n#define D\n"
    record = extract(text.encode(), "cpp", scan(text.encode()).counts)
    assert [(s.name, s.line, s.end_line, s.value, s.signature, s.parent) for s in record.symbols if s.kind == "macro"] == [
        ("A", 4, 4, "1", "#define A", -1), ("B", 6, 7, "(x)", "#define B(x)", -1), ("C", 15, 15, "", "#define C", -1),
        ("D", 17, 17, "", "#define D", -1),
    ]  # fmt: skip


def test_pragmas_before_what_a_macro_declares():
    defines = ('BEGIN_QUIET _Pragma ("push") _Pragma ("ignore (a) \\"b\\"")', "BEGIN_QUIET __pragma (warning (push))")
    define = "DECLARE(T, f) int f(void); BEGIN_QUIET typedef struct _##T T; static inline T *f##_cast(void *p) { return p; }"
    assert told("DECLARE(ListModel, list_model)\nint after;\n", *defines, define) == [
        "1 macro_call DECLARE", "1 function list_model: int", "1 type_alias ListModel: struct _ListModel", "2 variable after: int",
    ]  # fmt: skip


def test_nothing_is_called_as_a_keyword_is():
    text = "typedef unsigned int(digest)[5];\nFOO(x y) int;\nstruct S { Weird int; };\nint a;\n"
    assert told(text) == ["1 type_alias digest: unsigned int[5]", "3 struct S", "4 variable a: int"]


def test_branches_that_go_on_with_a_declaration():
    text = "struct A {\n  A& operator=(const A& b) noexcept\n#ifdef C\n      = default;\n#else\n  { d = b.d;\n  }\n#endif\n"
    text += "  A(int e)\n#ifdef C\n      : d(e)\n#endif\n  {}\n  int d;\n};\n"
    assert told(text) == ["1 struct A", "2 method operator=: A&", "9 constructor A", "14 field d: int"]


def test_of_several_definitions_that_counts_which_uses_what_it_is_given():
    defines = ("CONSTANT(type, assigned) enum { assigned }", "CONSTANT(type, assigned) static const type assigned")
    found = told("struct A {\n  CONSTANT(bool, value = false);\n};\n", *defines)
    assert [line for line in found if "macro_call" not in line] == ["1 struct A", "2 field value: const bool"]


def test_a_macro_without_parameters_leaves_those_of_a_function():
    text = "struct A {\n  int max NO_MACRO () const;\n  int min NO_MACRO(int a);\n  int b GUARDED(mu);\n};\n"
    assert told(text, "NO_MACRO", "GUARDED(x) __attribute__((guarded(x)))") == [
        "1 struct A", "2 method max: int", "3 method min: int", "4 field b: int",
    ]  # fmt: skip


def test_members_that_stand_for_themselves():
    text = "enum {\n  RTM_BASE = 16,\n#define RTM_BASE RTM_BASE\n  RTM_NEW,\n#define RTM_NEW RTM_NEW\n};\nint f(void);\n"
    assert [line for line in told(text, language="c") if "enum_member" in line] == ["2 enum_member RTM_BASE", "4 enum_member RTM_NEW"]


@pytest.mark.parametrize("body", [";", " { return g(a)[0]; }"])  # read by its text, and by nodes
@pytest.mark.parametrize("language", ["c", "cpp"])
@pytest.mark.parametrize("between", ["FOO_API\n", "BAR_EXPORT\n", "FOO_API\n  FOO_API\n", "/* static */ ", "FOO_API\n/* out */ ", ""])
def test_documentation_above_macros_on_lines_of_their_own(between, language, body):  # SQLite, PyTorch
    text = f"/// Other.\nint b;\n\n/** Doc. */\n{between}int f(int a){body}\nFOO_API\nint h(int a){body}\n"
    record = read(text, language, ("FOO_API __attribute__((x))",))
    assert [(s.name, s.doc, s.doc_line) for s in record.symbols] == [("b", "Other.", 1), ("f", "Doc.", 4), ("h", "", 0)]


def test_documentation_above_a_call_is_of_no_declaration_below_it():
    record = read("struct A {\n  /** Of the property. */\n  FOO_PROPERTY(int a)\n  int f(int a) { return g(a)[0]; }\n};\n")
    assert one(record, "f").doc == ""


@pytest.mark.parametrize("behind", ["", " ", "   ", "\t"])
@pytest.mark.parametrize("body", [";", " { return g(a)[0]; }"])
def test_white_space_behind_a_guard(body, behind):
    record = read(f"#ifndef A_H{behind}\n#define A_H{behind}\n/** Doc. */\nint f(int a){body}\n#endif\n")
    assert (one(record, "f").condition, one(record, "f").doc) == ("", "Doc.")
