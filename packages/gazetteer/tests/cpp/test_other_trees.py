"""What trees of C++ have that those which this was made for have not: held against libclang, it was read wrong once."""

from __future__ import annotations

import pytest
from test_readings import one, read, told

from gazetteer.config import Config
from gazetteer.cpp.macros import learn_from
from gazetteer.cpp.unreadable import write_brackets


def test_an_operator_whose_sign_ends_with_an_equals_is_no_variable():  # OpenCV
    record = read("class Q {\n  const Q<_Tp> operator*(const Q<_Tp>&) const;\n  Q<_Tp>& operator*=(const _Tp s);\n};\n")
    assert told(record) == [("class", "Q", 1), ("method", "operator*", 2), ("method", "operator*=", 3)]
    assert [(p.name, p.type) for p in one(record, "operator*=").parameters] == [("s", "const _Tp")]


def test_the_type_of_a_specialized_function_that_gives_a_pointer():  # Qt
    record = read("template <> inline QWidget *qobject_cast<QWidget*>(QObject *o)\n{\n  return nullptr;\n}\n")
    assert one(record, "qobject_cast").type == "QWidget*"


def test_a_name_right_behind_the_arguments_of_a_type():  # nlohmann's JSON
    record = read("void parser(callback<basic_json>cb = nullptr, const bool b = true);\n")
    assert [(p.name, p.type, p.default) for p in one(record, "parser").parameters] == [
        ("cb", "callback<basic_json>", "nullptr"), ("b", "const bool", "true"),
    ]  # fmt: skip


def test_macros_that_stand_for_a_word():  # OpenCV, JSON, Boost
    defines = (
        "CV_OVERRIDE override",
        "CV_OVERRIDE",
        "CV_FINAL final",
        "NO_COPY = delete",
        "NO_COPY",
        "SHOWN_IN_TESTS private",
        "SHOWN_IN_TESTS public",
        "COMMA ,",
    )
    text = "struct A CV_FINAL : B {\n  void f() CV_OVERRIDE;\n  void g() const CV_FINAL { a(); }\n"
    text += "  SHOWN_IN_TESTS:\n  P<int COMMA int> h;\n  A(const A&) NO_COPY;\n};\n"
    record = read(text, "cpp", defines)
    assert told(record) == [("struct", "A", 1), ("method", "f", 2), ("method", "g", 3), ("field", "h", 5), ("constructor", "A", 6)]
    assert [s.modifiers for s in record.symbols] == [("final",), ("override",), ("const", "final"), (), ("delete",)]
    assert [s.visibility for s in record.symbols] == ["", "public", "public", "private", "private"]
    assert one(record, "f").signature == "void f() CV_OVERRIDE"
    assert record.quality.error_bytes == 0


def test_a_macro_that_stands_for_concept():  # Boost.Asio
    record = read("template <class T> A_CONCEPT op = is<T>::value;\n", "cpp", ("A_CONCEPT concept", "A_CONCEPT concept bool"))
    assert told(record) == [("concept", "op", 1)]


def test_macros_that_refer_to_what_they_are_given():  # Boost
    defines = ("FWD(T) T&&", "FWD(U) const U &", "RV_REF(T) T &&", "RV_REF(T) ::boost::rv< T >&", "MOVE2(a, b) a, b&&")
    record = read("class X {\n  void f(FWD(A) a, RV_REF(B) b = 3, FWD(C)... c, MOVE2(D<int, E>) d);\n};\n", "cpp", defines)
    assert told(record) == [("class", "X", 1), ("method", "f", 2)]
    assert [(p.name, p.type) for p in one(record, "f").parameters] == [
        ("a", "FWD(A)"), ("b", "RV_REF(B)"), ("c", "FWD(C)..."), ("d", "MOVE2(D<int, E>)"),
    ]  # fmt: skip


def test_macros_that_stand_for_types_and_values():  # Boost.Asio
    defines = (
        "RESULT(t, s) auto", "RESULT(t, s) typename r<t, s>::type", "SUFFIX(e)", "SUFFIX(e) -> decltype e", "TOKEN(s) typename",
        "TOKEN(s) is<s>", "DEFAULT_OF(e)", "DEFAULT_OF(e) = typename x<e>::type", "VALUE_OF(e) = d<e>()", "VALUE_OF(e)",
    )  # fmt: skip
    text = """class A {
  template <typename B,
      TOKEN(void (e::c,
        std::size_t)) C
          DEFAULT_OF(executor_type)>
  RESULT(C, void (error, std::size_t))
  send(const B& b,
      C token VALUE_OF(executor_type))
    SUFFIX((
      initiate<C,
        void (e, std::size_t)>(declval<D>(), token, b)))
  {
    return initiate<C, void (e, std::size_t)>();
  }
  RESULT(A, B) g();
};
"""
    record = read(text, "cpp", defines)
    assert told(record) == [("class", "A", 1), ("method", "send", 7), ("method", "g", 15)]
    assert [(p.name, p.type) for p in one(record, "send").parameters] == [("b", "const B&"), ("token", "C")]
    assert one(record, "send").type == "RESULT(C, void (error, std::size_t))"
    assert record.quality.error_bytes == 0


def test_macros_that_make_the_name_of_an_attribute():  # Qt
    defines = ("OLD_5_15 OLD", "OLD __attribute__((__deprecated__))", "OLD_SINCE(major, minor) OLD_ ## major ## _ ## minor")
    record = read("class X {\n  OLD_SINCE(5, 15) X();\n  X(const X&) = delete;\n};\n", "cpp", defines)
    assert told(record) == [("class", "X", 1), ("constructor", "X", 2), ("constructor", "X", 3)]
    assert "OLD_SINCE" not in learn_from(["OLD_SINCE(major) NEW_ ## major"], Config()).attributes


@pytest.mark.parametrize("value", ["B<0 || C==D ? E : F", "(B<0) ? C : D", "B < 1 && C"])
def test_comparisons_in_values_of_members(value: str):  # Eigen
    record = read(f"enum {{\n  A = {value},\n  G = H > 1 ? 2 : I<3>::j,\n  K\n}};\n")
    assert told(record) == [("enum", "", 1), ("enum_member", "A", 2), ("enum_member", "G", 3), ("enum_member", "K", 4)]
    assert [s.value for s in record.symbols] == ["", value, "H > 1 ? 2 : I<3>::j", ""]


def test_conditions_in_values_of_members():  # Eigen
    text = """enum {
  A =
#ifndef X
    true,
#else
    B<C, D>::e & f::g<H, I>::j,
#endif
  K = (A
#ifdef X
      ? (2 * B::c)
#else
      ? (3 * B::c)
#endif
      : 1),
  L = 2
#ifdef Y
  , M
#endif
};
int after;
"""
    record = read(text)
    names = [("enum_member", "A", 2), ("enum_member", "K", 8), ("enum_member", "L", 15), ("enum_member", "M", 17)]
    assert told(record) == [("enum", "", 1), *names, ("variable", "after", 20)]
    assert record.quality.error_bytes == 0


def test_lines_and_parameters_of_functions_with_types_on_lines_of_their_own():  # RocksDB, gRPC
    text = """struct s {
#if A
  int a
#else
  int b
#endif
  ;
};
extern unsigned char
set_it(
    options_t* options);
define_slab(
    name, struct a *);
int after(options_t* options);
"""
    record = read(text)
    assert ("function", "after", 14) in told(record)
    function = one(record, "set_it")
    assert (function.line, [p.name for p in function.parameters]) == (10, ["options"])


@pytest.mark.parametrize("text", ["f(int a,\n   struct b *);\nint after;\n", "BENCHMARK(\n  f, int)->Range(1, 8);\nint after;\n"])
def test_what_is_written_instead_of_arguments_is_on_as_many_lines(text: str):
    shown = bytearray(text.replace("f(int", "define_slab(int").encode())
    assert write_brackets(shown)
    assert shown.count(b"\n") == text.count("\n") == 3


def test_an_attribute_that_is_all_that_a_condition_holds():  # Boost.Asio
    text = """class A {
public:
  A(const B& b)
    : b_(b)
  {
  }
#if defined(_MSC_VER) && (_MSC_VER >= 1400) \\
  && (!defined(WINNT) || WINNT < 0x0603)
  __declspec(deprecated("This function always fails with "
        "operation_not_supported."))
#endif
  int release()
  {
  }
  B b_;
};
"""
    record = read(text)
    assert told(record) == [("class", "A", 1), ("constructor", "A", 3), ("method", "release", 12), ("field", "b_", 15)]
    assert record.quality.error_bytes == 0


@pytest.mark.parametrize("body", ["{}", "{ }", "{\n}"])
def test_semicolons_behind_empty_bodies(body: str):  # Godot and everyone
    text = (
        f"class A {{\n  void f() {body};\n  A(int a) : b(a) {body};\n}};\nString A::g() const {body};\nauto h = [](int a) {body};\nint i;\n"
    )
    record = read(text)
    kinds = [(s.kind, s.name, s.role) for s in record.symbols]
    assert kinds[1:4] == [("method", "f", "definition"), ("constructor", "A", "definition"), ("method", "g", "definition")]
    assert [(kind, name) for kind, name, _ in kinds[4:]] == [("variable", "h"), ("variable", "i")]
    assert [s.signature for s in record.symbols[1:4]] == ["void f()", "A(int a)", "String A::g() const"]
    assert record.quality.error_bytes == 0


def test_bodies_with_semicolons_behind_in_files_with_errors():  # Godot
    record = read("String A::get() const {\n\n  return b;\n};\nBROKEN x y z;\nint after;\n")
    assert told(record)[0] == ("method", "get", 1)


def test_calls_behind_empty_bodies_in_files_with_errors():  # googletest
    define = "MOCK(m, ...) virtual int m(__VA_ARGS__);"
    record = read("class A {\n  A() {}\n\n  MOCK(f, int a);\n};\nBROKEN x y z;\n", "cpp", (define,))
    assert told(record)[:4] == [("class", "A", 1), ("constructor", "A", 2), ("macro_call", "MOCK", 4), ("method", "f", 4)]
    assert one(record, "A", "constructor").end_line == 2


def test_an_unknown_macro_of_exports_that_begins_with_the_name_of_a_library():  # ITK
    record = read("class ITKCommon_EXPORT Index\n{\npublic:\n  static Self *\n  Get();\n};\nItkIO_EXPORT void f();\n")
    assert told(record) == [("class", "Index", 1), ("method", "Get", 5), ("function", "f", 7)]
    assert record.quality.error_bytes == 0


def test_pointers_to_functions_that_give_a_type_of_the_language():  # SFML
    record = read("void (*a)(GLenum) = NULL;\nvoid (*b)();\nint (*c)(int);\n")
    assert told(record) == [("variable", "a", 1), ("variable", "b", 2), ("variable", "c", 3)]
    assert [s.type for s in record.symbols] == ["void(*)(GLenum)", "void(*)()", "int(*)(int)"]


def test_words_in_the_body_behind_a_call_are_declared_by_no_macro():  # googletest
    define = "TYPED_TEST(c, t) template <class T_> class c##t : c<T_> { typedef T_ TypeParam; void Body(); }; void c##t::Body()"
    record = read("TYPED_TEST(Some, Test) {\n  TypeParam a;\n}\n", "cpp", (define,))
    assert told(record) == [("macro_call", "TYPED_TEST", 1)]


def test_a_destructor_that_a_call_declares():  # Poco, OpenEXR
    define = "EXCEPTION(C) class C : public B { public: C(); ~C() noexcept; };"
    assert told(read("EXCEPTION(Io)\n", "cpp", (define,))) == [
        ("macro_call", "EXCEPTION", 1), ("class", "Io", 1), ("constructor", "Io", 1), ("destructor", "~Io", 1),
    ]  # fmt: skip


def test_the_access_of_calls_and_of_what_they_declare():  # Qt, protobuf
    define = "NO_COPY(C) C(const C&) = delete;"
    text = "class A {\n  NO_COPY(A)\npublic:\n  A();\nprotected:\n  NO_COPY(A)\n};\nclass B {\npublic:\n  B();\n  NO_COPY(B)\n};\n"
    record = read(text, "cpp", (define,))
    assert [s.visibility for s in record.symbols if s.decorators] == ["private", "protected", "public"]
    assert [s.visibility for s in record.symbols if s.kind == "macro_call"] == ["private", "protected", "public"]


def test_another_name_of_a_macro_takes_the_same_arguments():
    defines = (
        "OLD_API(t) __attribute__((deprecated(t)))",
        "A_OLD OLD_API",
        "NO_COPY(T) T(const T&) = delete",
        "A_NO_COPY NO_COPY  // both",
    )
    found = read('struct A {\n  A_OLD("a, b")\n  explicit A(int b);\n  A_NO_COPY(A);\n  int c;\n};\n', defines=defines)
    assert told(found) == [
        ("struct", "A", 1), ("constructor", "A", 3), ("macro_call", "A_NO_COPY", 4), ("constructor", "A", 4), ("field", "c", 5),
    ]  # fmt: skip
    assert not found.quality.error_bytes


def test_constructors_of_a_class_of_capitals_stand_alone_on_a_line():
    text = (
        "class XMLURL\n{\n  XMLURL\n  (\n    const char* a\n    , B* const b = C::d\n  );\n  XMLURL\n  (\n    int e\n  );\n  int f;\n};\n"
    )
    found = read(text)
    assert told(found) == [("class", "XMLURL", 1), ("constructor", "XMLURL", 3), ("constructor", "XMLURL", 8), ("field", "f", 12)]


def test_a_macro_of_any_spelling_that_declares_needs_no_semicolon():
    define = "MakeError(type, api) class api type : public Error { public: type(int a = 0) : Error(a) {} virtual ~type() {} };"
    found = read("MakeError(IOError, A_API)\nint x;\n", defines=(define, "A_API"))
    assert told(found) == [
        ("macro_call", "MakeError", 1), ("class", "IOError", 1), ("constructor", "IOError", 1), ("destructor", "~IOError", 1),
        ("variable", "x", 2),
    ]  # fmt: skip


def test_specifiers_of_cuda_are_attributes():
    text = (
        "struct A {\n  using T = int;\n  A_FORCED explicit A(T b) : b{b} {}\n"
        "  [[nodiscard]] A_FORCED static constexpr T min() noexcept { return 0; }\n};\n"
    )
    found = read(text, "cuda", ("A_FORCED A_HD __forceinline__", "A_HD __host__ __device__"))
    assert told(found) == [("struct", "A", 1), ("type_alias", "T", 2), ("constructor", "A", 3), ("method", "min", 4)]
    assert one(found, "min").type == "T"


def test_texts_that_other_macros_are_given_are_no_values():
    defines = ('A_PUSH A_IGNORE("-Wdeprecated") A_NEXT(4996)', "A_IGNORE(x) _Pragma(#x)", "A_NEXT(x)", 'A_TEXT "b"')
    found = read("struct S {\n  A_PUSH\n  enum\n  {\n    B = 1\n  };\n};\nconst char* c = A_TEXT;\n", defines=defines)
    assert told(found) == [("struct", "S", 1), ("enum", "", 3), ("enum_member", "B", 5), ("variable", "c", 8)]


@pytest.mark.parametrize(
    ("text", "kind", "name"),
    [
        ("struct __packed a {\n  int b;\n} __aligned(4);\n", "struct", "a"),
        ("union __packed a {\n  int b;\n};\n", "union", "a"),
        ("typedef struct {\n  int b;\n} __packed a;\n", "struct", "a"),
        ("typedef struct c {\n  int b;\n} __packed __aligned(2) a;\n", "type_alias", "a"),
        ("static struct __aligned(8) c {\n  int b;\n} a;\n", "variable", "a"),
    ],
)
def test_attributes_of_structures_that_nobody_defines(text, kind, name):
    found = read(text, "c")
    assert (kind, name) in [(s.kind, s.name) for s in found.symbols]
    assert [s.name for s in found.symbols if s.kind == "field"] == ["b"]
    assert not found.quality.error_bytes


def test_what_begins_or_ends_something_is_no_type():
    text = "FOO_BEGIN_NS\nFOO_MARK(a::b);\nFOO_MARK(c);\nFOO_ADD(rv)\n{\n} FOO_END_ADD\nFOO_ADD(m * f(n))\n{\n} FOO_END_ADD\nint x;\n"
    kinds = {(s.kind, s.name) for s in read(text).symbols}
    assert kinds - {("macro_call", "FOO_BEGIN_NS"), ("macro_call", "FOO_END_ADD")} == {
        ("macro_call", "FOO_MARK"), ("macro_call", "FOO_ADD"), ("variable", "x"),
    }  # fmt: skip


def test_a_parameter_that_points_to_a_function_of_a_pack():
    found = read("template <class R, class... Args>\nV<R (*)(Args...), R> make(R (*f)(Args...));\n")
    assert told(found) == [("function", "make", 2)]
    assert [(p.type, p.name) for p in found.symbols[0].parameters] == [("R(*)(Args...)", "f")]


def test_c_infers_types():
    found = read("auto a = 4;\nstatic auto b = 5;\nauto const c = &a;\n", "c")
    assert [(s.kind, s.name, s.type) for s in found.symbols] == [
        ("variable", "a", "auto"), ("variable", "b", "auto"), ("constant", "c", "auto const"),
    ]  # fmt: skip
    assert found.quality.parser == "c"


def test_clusters_and_alignments_of_cuda():
    text = (
        "typedef struct __align__(128) { int a[16]; } Map;\n"
        "__global__ __launch_bounds__(512, N) __cluster_dims__(2,1,1) void\nf(int b) { }\n"
        'extern "C" __global__ void __launch_bounds__(256) __maxnreg__(64) g(float* __restrict__ c);\nint x;\n'
    )
    found = read(text, "cuda")
    assert told(found) == [
        ("struct", "Map", 1), ("field", "a", 1), ("function", "f", 3), ("function", "g", 4), ("variable", "x", 5),
    ]  # fmt: skip
    assert one(found, "f").type == "void"
    assert not found.quality.error_bytes


def test_of_several_definitions_one_that_declares_what_it_is_given_counts():
    defines = ("OPCODE(name) void Op##name(Entry *e)", "OPCODE(x) void x(int a, const B &b)")
    found = read("class A {\n  OPCODE(o_run);\n  OPCODE(o_stop);\n};\n", defines=defines)
    assert [t for t in told(found) if t[0] != "macro_call"] == [("class", "A", 1), ("method", "o_run", 2), ("method", "o_stop", 3)]
