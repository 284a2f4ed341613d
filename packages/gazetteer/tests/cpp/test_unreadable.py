"""What C++ has and its grammar has not: read without an error, and all that stands around it."""

from __future__ import annotations

import time

import pytest
from test_readings import one, read, told

from gazetteer.cpp.unreadable import blank_unreadable

#: What a text declares, as kinds, names and lines.
READ = {
    "guides without parameters of their own": (
        ("template <class T> struct Vec { Vec(T); };\nVec(const char*) -> Vec<std::string>;\nexplicit Vec(char)\n    -> Vec<char>;\n"
         "template <class T> Vec(T*) -> Vec<T>;\nint x;\n"),
        [("struct", "Vec", 1), ("constructor", "Vec", 1), ("function", "Vec", 2), ("function", "Vec", 3), ("function", "Vec", 5),
         ("variable", "x", 6)],
    ),
    "text in a condition": ('#if HAS_WARNING("-Wall")\nint a;\n#endif\n', [("variable", "a", 2)]),
    "words in a condition": ("#if defined(A) and not defined(B)\nint a;\n#endif\n", [("variable", "a", 2)]),
    "text of a macro with the signs of a comment": (
        ('#define TAGS "refs/*:refs/*" /* " */ "a//b"\nextern const struct A *a;\n'
         '#define URL "http://x" \\\n  "/*"\n#include "a/b.h"  // c\nint x;\n'),
        [("macro", "TAGS", 1), ("variable", "a", 2), ("macro", "URL", 3), ("variable", "x", 6)],
    ),
    "elaborated type before the name of a class": (  # OpenCV
        "enum PERF_STRATEGY A::set(enum PERF_STRATEGY s)\n{\n  return s;\n}\nstruct FOO_BAR *ns::get() {}\nint x;\n",
        [("method", "set", 1), ("method", "get", 5), ("variable", "x", 6)],
    ),
    "type that is called as an export": (  # OpenCV
        ("class A {\n  A(FileStorage_API* _fs) : fs(_fs) {}\n  FileStorage_API* fs;\n  const UI_Plugin_API *p() const;\n};\n"
         "void FOO_API *f();\n"),
        [("class", "A", 1), ("constructor", "A", 2), ("field", "fs", 3), ("method", "p", 4), ("function", "f", 6)],
    ),
    "macro around the parameters of pointers to functions": (  # zsh
        ("char *(*get) _((Param));\ntypedef int (*F) _((char **, int));\nstruct s {\n  void (*set) __P((int));\n  int x;\n};\n"
        "int (*g) _((void)) = h, (*k[2]) _((int));\nvoid f _((int (*) _((int)), int a));\nint y;\n"),
        [("variable", "get", 1), ("type_alias", "F", 2), ("struct", "s", 3), ("field", "set", 4), ("field", "x", 5), ("variable", "g", 7),
         ("variable", "k", 7), ("function", "f", 8), ("variable", "y", 9)],
    ),
    "marks of a template within a word": (  # Gnulib
        "#ifndef _@GUARD_PREFIX@_FCNTL_H\n#define _@GUARD_PREFIX@_FCNTL_H\nint f(int a);\n#endif\nint x;\n",
        [("macro", "_@GUARD_PREFIX@_FCNTL_H", 2), ("function", "f", 3), ("variable", "x", 5)],
    ),
    "text of another program": (  # OpenCL
        ('#define CL(...) #__VA_ARGS__\n#define GL(x) "#version 3\\n" \\\n  #x\nconst char* a = CL(\n'
         "\\n\n  kernel void f(__global uint*, int4) { b; }\n);\n"
         "const char* c = GL(void main() { });\nint x;\n"),
        [("macro", "CL", 1), ("macro", "GL", 2), ("variable", "a", 4), ("variable", "c", 8), ("variable", "x", 9)],
    ),
    "directives that are indented": (
        ('#ifdef A\n  #if HAS_WARNING("-Wall") and not B\n  #define TAGS "refs/*:refs/*"\n  #define log(level, rest...) f(rest)\n  #endif\n'
         "#endif\nint x = f(1) + 2;\n"),
        [("macro", "TAGS", 3), ("macro", "log", 4), ("variable", "x", 7)],
    ),
    "comment in a directive": ("#define F(a) f(a) /* b */ + 1\nint x;\n", [("macro", "F", 1), ("variable", "x", 2)]),
    "types given to a call with another chained to it": (
        "BENCHMARK_TEMPLATE(f, int32_t)->Range(1, 8);\nBENCHMARK_TEMPLATE(g, const char*,\n  A<int>)\n  ->Arg(1)->Arg(2);\nint x;\n",
        [("macro_call", "BENCHMARK_TEMPLATE", 1), ("macro_call", "BENCHMARK_TEMPLATE", 2), ("variable", "x", 5)],
    ),
    "types given to a macro of lower case": (
        "define_slab(weight, struct a *);\ndefine_slab(seen, unsigned char);\nstatic int x;\n",
        [("macro_call", "define_slab", 1), ("macro_call", "define_slab", 2), ("variable", "x", 3)],
    ),
    "texts given to a call with another chained to it": (
        'FOO_FLAG(int, a, 200, "").OnUpdate([]() { f(); });\nint x;\n', [("macro_call", "FOO_FLAG", 1), ("variable", "x", 2)],
    ),
    "attribute before a value": (
        "int a __attribute__((unused)) = 0;\nT b __attribute__ ((weak)) = g;\nstatic char c[] __attribute__((used)) = \"d\", e;\nint x;\n",
        [("variable", "a", 1), ("variable", "b", 2), ("variable", "c", 3), ("variable", "e", 3), ("variable", "x", 4)],
    ),
    "attribute before a name": (
        "static const char* __attribute__((used)) a = \"b\";\nT c = {1},\n  __attribute__((deprecated))\n  d = {2};\n",
        [("variable", "a", 1), ("variable", "c", 2), ("variable", "d", 4)],
    ),
    "pointer to a pointer without a name": (
        "template <class T, enable<is<T>>** = nullptr>\nvoid f(T** = nullptr);\n", [("function", "f", 2)],
    ),
    "attribute in a condition": ("#if FOO_HAVE_CPP_ATTRIBUTE(clang::fallthrough)\nint a;\n#endif\n", [("variable", "a", 2)]),
    "many brackets of templates": (
        ("struct A {\n  template <\n      typename U = T,\n      typename enable_if<\n"
         "          all<no<is_same<in_place_t, typename decay<U>::type>>,\n"
         "              no<is_same<optional<T>, typename decay<U>::type>>,\n"
         "              no<can_become<U&&, T>>, can_be<T, U&&>>::value,\n          bool>::type = false>\n"
         "  explicit constexpr A(U&& v)\n      : base(in_place_t(), forward<U>(v)) {}\n  B<C<int>> x;\n};\n"),
        [("struct", "A", 1), ("constructor", "A", 9), ("field", "x", 11)],
    ),
    "function as a default": (
        "template <class A, class F = void()>\nclass B final {\n  int x;\n};\n", [("class", "B", 2), ("field", "x", 3)],
    ),
    "type of an expression as a base": (
        "template <class T>\nstruct A : decltype(f(static_cast<T*>(nullptr))) {\n  int x;\n};\n", [("struct", "A", 2), ("field", "x", 3)],
    ),
    "name of what may follow": (
        "#define log(level, rest...) f(level, ##rest)\n#define all(rest ...) \\\n  f(rest)\nint x;\n",
        [("macro", "log", 1), ("macro", "all", 2), ("variable", "x", 4)],
    ),
    "comment of several lines in a macro": (
        "#define F(_) _(a) /* one \\\n * two */ \\\n  _(b)\nint x;\n", [("macro", "F", 1), ("variable", "x", 4)],
    ),
    "comment among the words of a macro": (
        "#define F(T) \\\n  struct T##_f { \\\n  void f(T* /*p*/) { /* no */ return; } \\\n  };\nint x;\n",
        [("macro", "F", 1), ("variable", "x", 5)],
    ),
    "pointer without a name": (
        "template <class T, std::enable_if_t<a<T>>* = nullptr>\nvoid f(T* = nullptr);\n", [("function", "f", 2)],
    ),
    "using typename": ("struct A : B<int> {\n  using typename B<int>::C;\n  C c;\n};\n", [("struct", "A", 1), ("field", "c", 3)]),
    "typename of a value": ("void f(int a = typename B::C(), int b = 0);\n", [("function", "f", 1)]),
    "at least in a template": (
        ("template <int L, enable_if_t<(L) && L >= 2 && A::n() >= n(), int> = 0>\nvoid f();\n"
         "struct B<C, enable_if<D::k >= 75>::type> {\n  int x;\n};\nbool operator>=(A, A);\n"),
        [("function", "f", 2), ("struct", "B<C, enable_if<D::k >= 75>::type>", 3), ("field", "x", 4), ("function", "operator>=", 6)],
    ),
    "attribute of an alias": (
        ("using A = __attribute__((vector_size(16))) unsigned int;\nusing B __attribute__((vector_size(16))) = C;\n"
         "using D = E __attribute__((ext_vector_type(4)));\n"
         "using F = __attribute__((altivec(vector__))) __attribute__((b)) char;\nint x;\n"),
        [("type_alias", "A", 1), ("type_alias", "B", 2), ("type_alias", "D", 3), ("type_alias", "F", 4), ("variable", "x", 5)],
    ),
    "attribute before a type": ("__declspec(align(64)) struct A {\n  int a;\n};\n", [("struct", "A", 1), ("field", "a", 2)]),
    "block": ("void f(Queue q, void (^block)());\ntypedef int* (^B)();\nint x;\n",
              [("function", "f", 1), ("type_alias", "B", 2), ("variable", "x", 3)]),
    "typedef of C": ('extern "C" typedef struct A {\n  int a;\n} A;\n',
                     [("struct", "A", 1), ("field", "a", 2), ("type_alias", "A", 3)]),
    "long mark of a raw text": (
        'const char* a = R"ABCDEFGHIJKLMNOP(\nclass Hidden {\n)ABCDEFGHIJKLMNO"\n)ABCDEFGHIJKLMNOP";\nint x;\n',
        [("variable", "a", 1), ("variable", "x", 5)],
    ),
    "deleted template": (
        "template <class T>\nint f(T) = delete;\nstruct A {\n  template <class T>\n  int g(T) = delete;\n};\n",
        [("function", "f", 2), ("struct", "A", 3), ("method", "g", 5)],
    ),
    "default before a comment": ("constexpr bool f(A a, B = {} /* c */) {\n  return true;\n}\n", [("function", "f", 1)]),
    "default of several values": ("void f(A a = {-2, -1}, B b = {}, int c = 3);\nint x[] = {1, 2}, y;\n",
                                  [("function", "f", 1), ("variable", "x", 2), ("variable", "y", 2)]),
    "const in a template": ("template <class A = const B, class C = D*>\nvoid f();\n", [("function", "f", 2)]),
    "condition of attributes alone": (
        ("template <class T>\n__global__ void\n#if !defined(A)\nFOO_BOUNDS(1)\n#endif\nf(T* a) {}\nint x;\n"
         "#define FOO_BOUNDS(n) __launch_bounds__((B((n))))\n"),
        [("function", "f", 6), ("variable", "x", 7), ("macro", "FOO_BOUNDS", 8)],
    ),
    "condition of attributes behind parameters": (
        "void f(int a)\n#ifdef A\n__attribute__((b))\n#endif\n{\n}\nint x;\n", [("function", "f", 1), ("variable", "x", 7)],
    ),
    "calls of macros without a semicolon": (
        ('FOO_DEFINE_bool(a, false, "A.")\nFOO_DEFINE_bool(\n    b, true,\n    "B.")\n'
         "_FOO_TEST(A, 1x1,\n  b()\n)\nnamespace a {\nint x;\n}\n"),
        [("macro_call", "FOO_DEFINE_bool", 1), ("macro_call", "FOO_DEFINE_bool", 2), ("macro_call", "_FOO_TEST", 5), ("namespace", "a", 8),
         ("variable", "x", 9)],
    ),
    "static call": ("static FOO_CELL(a, b)\n\n// Next\nusing A = const B&;\nstatic A f(A a) {}\n",
                    [("macro_call", "FOO_CELL", 1), ("type_alias", "A", 4), ("function", "f", 5)]),
    "bits without a name": ("struct A {\n  unsigned : 5;\n  unsigned b : 3;\n};\n", [("struct", "A", 1), ("field", "b", 3)]),
}  # fmt: skip


@pytest.mark.parametrize("name", READ)
def test_it_is_read_without_an_error(name):
    text, expected = READ[name]
    record = read(text)
    assert told(record) == expected
    assert (record.quality.error_bytes, record.quality.missing, record.quality.errors) == (0, 0, ())


@pytest.mark.parametrize("behind", ["int x;", "int x = f(1) + 2;\nint y[2] = {1, 2};"])  # read by its text, and by nodes
def test_macros_are_shown_as_they_are_written(behind):
    record = read(f"#define log(level, rest...) f(level, ##rest)\n{behind}\n")
    assert one(record, "log").signature == "#define log(level, rest...)"


@pytest.mark.parametrize("behind", [" ", "    ", "\t", " \r", "  \r", " \\\n", "\\\n ", " /* c */ ", "(x) ", "(a, ...)\t "])
@pytest.mark.parametrize("language", ["c", "cpp", "cuda"])
def test_white_space_behind_a_macro_that_stands_for_nothing(language, behind):  # OpenCL: the next line was taken for its value
    text = f"#ifdef A\n  #define B{behind}\n#endif\n#define C{behind}\nint x(int a) {{ return f(a)[0]; }}\n"
    text += f"struct S {{\n#define D{behind}\n  int s;\n}};\n"
    more = 1 + behind.count("\n")
    record = read(text, language)
    found = [("macro", "B", 2), ("macro", "C", 3 + more), ("function", "x", 3 + 2 * more), ("struct", "S", 4 + 2 * more)]
    assert sorted(told(record)) == sorted([*found, ("macro", "D", 5 + 2 * more), ("field", "s", 5 + 3 * more)])
    assert {s.value for s in record.symbols} == {""}
    assert one(record, "B").signature in ("#define B", "#define B(x)", "#define B(a, ...)")
    assert record.quality.error_bytes == 0


@pytest.mark.parametrize("directive", ["#error ", "#pragma \t", "#warning  \r"])
def test_white_space_behind_a_directive_that_says_nothing(directive):
    record = read(f"{directive}\nint x(int a) {{ return f(a)[0]; }}\n", "c")
    assert told(record) == [("function", "x", 2)]


def test_a_variable_with_an_attribute_has_its_value():
    record = read("static int a[2] __attribute__((aligned(8))) = {1, 2};\n")
    found = one(record, "a")
    assert (found.type, found.value, found.signature) == ("int[2]", "{1, 2}", "static int a[2] __attribute__((aligned(8))) = {1, 2}")


def test_types_are_said_as_they_are_written():
    text, _ = READ["many brackets of templates"]
    assert one(read(text), "x").type == "B<C<int>>"
    text, _ = READ["type of an expression as a base"]
    assert [base.name for base in one(read(text), "A").bases] == ["decltype(f(static_cast<T*>(nullptr)))"]


def test_conditions_are_said_as_they_are_written():
    record = read('#if HAS_WARNING("-Wall") and not B\nint a;\n#endif\n')
    assert one(record, "a").condition == 'HAS_WARNING("-Wall") and not B'


@pytest.mark.parametrize("before", ["inline ", "__device__ ", "static constexpr ", "[[nodiscard]]\n  "])
def test_words_before_friend(before):
    record = read(
        f"struct A {{\n  {before}friend bool operator==(const A& a, const A& b) {{\n    return a.x == b.x;\n  }}\n  int x;\n}};\n"
    )
    assert [(s.kind, s.name) for s in record.symbols] == [("struct", "A"), ("function", "operator=="), ("field", "x")]
    assert one(record, "operator==").signature.startswith(" ".join(before.split()) + " friend bool operator==")
    assert record.symbols[2].line == 5 + before.count("\n")
    assert record.quality.errors == ()


def test_a_pointer_without_a_name_keeps_its_type():
    record = read("void f(int a, char* = nullptr);\n")
    assert [(p.name, p.type, p.default) for p in one(record, "f").parameters] == [("a", "int", ""), ("", "char*", "nullptr")]


def test_a_member_of_an_enumeration_that_is_called_as_a_macro_of_another_file():
    text = "enum A : int {\n  B = 1,  // one\n  UNUSED = 2,\n  C UNUSED = 3\n};\nint a UNUSED = 4;\n"
    record = read(text, defines=("UNUSED __attribute__((unused))",))
    assert told(record) == [
        ("enum", "A", 1),
        ("enum_member", "B", 2),
        ("enum_member", "UNUSED", 3),
        ("enum_member", "C", 4),
        ("variable", "a", 6),
    ]


def test_exports_of_other_projects():
    text = "JNIEXPORT jint JNI_OnLoad(JavaVM* vm, void*) {\n  return 1;\n}\nJNIEXPORT jint JNICALL count(int);\n"
    record = read(f"{text}PyAPI_FUNC(void) clear(PyObject* self);\nBOOL WINAPI g(int);\n")
    assert [(s.kind, s.name, s.type) for s in record.symbols] == [
        ("function", "JNI_OnLoad", "jint"), ("function", "count", "jint"), ("function", "clear", "void"), ("function", "g", "BOOL"),
    ]  # fmt: skip
    assert record.quality.errors == ()


def test_a_macro_for_a_struct_of_generated_code():
    members = " private:\n  int a_;\n public:\n  Int() : a_(0) {\n  }\n"
    record = read(f"FLAT_ALIGNED_STRUCT(8) Int FLAT_FINAL_CLASS {{\n{members}}};\nFLAT_STRUCT_END(Int, 8);\n")
    assert [(s.kind, s.name) for s in record.symbols] == [
        ("struct", "Int"), ("field", "a_"), ("constructor", "Int"), ("macro_call", "FLAT_STRUCT_END"),
    ]  # fmt: skip


def test_bare_marks_of_a_code_template():
    record = read("// ${generated}\n$headers\nnamespace a {\n$functions\nint x;\n}\nint $y;\n")
    assert [(s.kind, s.name) for s in record.symbols] == [("namespace", "a"), ("variable", "x"), ("variable", "$y")]
    assert record.quality.errors == ()


def test_a_long_list_of_values_behind_the_name_of_a_variable():
    values = '  Args(S("a"), [](Stack& s) { push(s, a < b ? 1 : 2); }),\n#define OP(a, b) \\\n  Args(#a, b)\n  OP(x, y),\n#undef OP\n'
    record = read(f"namespace a {{\nstatic const std::vector<Args> names{{\n{values}  LIST(x, a < b ? a : b), }};\nint after;\n}}\n")
    assert [(s.kind, s.name, s.line, s.end_line) for s in record.symbols] == [
        ("namespace", "a", 1, 10), ("constant", "names", 2, 8), ("macro", "OP", 4, 5), ("variable", "after", 9, 9),
    ]  # fmt: skip


def test_templates_within_templates_in_cuda():
    record = read("A::A(std::vector<b::P<C>> x, int y)\n    : x_(std::move(x)), y_(y) {\n  f<<<1, 2>>>(y);\n}\nvoid g() {}\n", "cuda")
    assert [(s.kind, s.name, s.line) for s in record.symbols] == [("constructor", "A", 1), ("function", "g", 5)]
    assert [(p.name, p.type) for p in record.symbols[0].parameters] == [("x", "std::vector<b::P<C>>"), ("y", "int")]
    assert record.quality.errors == ()


def test_templates_that_are_given_to_a_macro_are_its_text():
    code = "  // One\n  template <typename T>\n  T f(T x, const T A[]) {\n    T r = x < 0 ? A[0] : x;\n"
    code += "    for (int i = 0; i < 2; ++i) { r = r * x; }\n"
    record = read(f"namespace a {{\nconst auto text = stringify(\n{code}    return r;\n  }}\n  T zero{{0}};\n); // text\nint after;\n}}\n")
    assert [(s.kind, s.name, s.line, s.end_line) for s in record.symbols] == [
        ("namespace", "a", 1, 13), ("constant", "text", 2, 11), ("variable", "after", 12, 12),
    ]  # fmt: skip
    assert record.quality.errors == ()


def test_a_guide_leads_to_what_is_written():
    (guide,) = [s for s in read("template <class T> struct V;\nV(const char* a) -> V<std::string>;\n").symbols if s.kind == "function"]
    assert (guide.type, guide.role, guide.signature) == ("V<std::string>", "declaration", "V(const char* a) -> V<std::string>")
    assert [(p.type, p.name) for p in guide.parameters] == [("const char*", "a")]


@pytest.mark.parametrize("part", ["typedef a::*b)(", "typedef ::*a)(b) const ", "[[a]] alignas"])
def test_names_for_members_that_do_not_end_take_time_in_proportion(part: str):
    times = []
    for number in (1_000, 4_000):
        text, start = bytearray((part * number).encode()), time.process_time()
        blank_unreadable(text)
        times.append(time.process_time() - start)
    assert times[1] < 12 * max(times[0], 0.01)


@pytest.mark.parametrize("language", ["c", "cpp"])
@pytest.mark.parametrize(
    ("test", "close"), [("ifdef __cplusplus", "}"), ("if defined(__cplusplus)", "} /* of C */"), ("if defined __cplusplus", "};")]
)
def test_what_opens_and_closes_linkage_for_cpp_is_not_read(language: str, test: str, close: str):
    record = read(
        f'#ifndef A_H\n#define A_H\n#if !defined(NO_A)\n#{test}\nextern "C" {{\n#endif\n#ifdef B\nint f(void);\n#endif\n'
        f"struct s {{ int a; }};\n#{test}\n{close}\n#endif\n#endif\n#endif\n",
        language,
    )
    assert [(s.name, s.condition, s.line) for s in record.symbols[1:]] == [
        ("f", "!defined(NO_A) && defined(B)", 8), ("s", "!defined(NO_A)", 10), ("a", "!defined(NO_A)", 10),
    ]  # fmt: skip
    assert record.quality.repairs == ()


def test_linkage_for_cpp_that_is_not_closed_alone_is_read_as_it_stands():
    text = '#ifdef __cplusplus\nextern "C" {\n#endif\nint f(void);\n#ifdef __cplusplus\nint only;\n}\n#endif\n'
    assert [(s.name, s.line) for s in read(text).symbols] == [("f", 4), ("only", 6)]
