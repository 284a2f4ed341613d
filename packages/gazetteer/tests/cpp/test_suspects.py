"""Macros that no file of the tree defines, found where nothing else can stand."""

from __future__ import annotations

import time

import pytest

from gazetteer.config import Config
from gazetteer.cpp.macros import learn_from
from gazetteer.cpp.suspects import blank_suspects
from gazetteer.extract import extract, scan


def facts(text: str):
    content = text.encode()
    return extract(content, "cpp", scan(content).counts)


def names(text: str) -> list[tuple[str, str, int]]:
    return [(s.kind, s.name, s.line) for s in facts(text).symbols]


def test_types_and_names_beside_probable_macros():
    text = (
        "static gboolean f (GtkWidget *w G_GNUC_UNUSED, const A::B<int>& b UNUSED, int c __unused) { return 0; }\n"
        "FOOAPI BAR BAZAPI g(int a);\ntypedef int (WINAPI h)(int);\ntypedef int (WINAPI *i)(int);\nconst T *const j[3] UNUSED = {0};\n"
    )
    assert [(s.name, s.type, [(p.name, p.type) for p in s.parameters]) for s in facts(text).symbols] == [
        ("f", "gboolean", [("w", "GtkWidget*"), ("b", "const A::B<int>&"), ("c", "int")]), ("g", "BAR", [("a", "int")]),
        ("h", "int(int)", []), ("i", "int(WINAPI*)(int)", []), ("j", "const T*const[3]", []),
    ]  # fmt: skip


@pytest.mark.parametrize("text", [
    "struct s { unsigned BYTE; const foo BAR; struct foo BAZ; DWORD UNUSED; };", "typedef unsigned char BYTE;\ntypedef struct foo FOO;",
    "static foo BAR = 1;\nextern foo BAZ;\nfoo QUUX;", "void f(struct foo FOO_T, const foo_t FOO_U, enum x ABCD);",
    "FOO const *const NAME = 0;\nFOO const OTHER = 0;", "foo_t static XXXX;\nunsigned static YYYY;",
])  # fmt: skip
def test_names_in_capitals_are_no_macros_beside_an_error(text: str):
    wrong = "\nint w x y z;\n"
    told = [(s.kind, s.name, s.type, s.parameters) for s in extract(text.encode(), "cpp", scan(text.encode()).counts).symbols]
    assert [(s.kind, s.name, s.type, s.parameters) for s in facts(text + wrong).symbols[: len(told)]] == told


@pytest.mark.parametrize(("text", "expected"), [
    ("class my_export A : public B { int x; };", ["class A", "field x"]),  # check 4
    ("class FOO_EXPORT A : B {};", ["class A"]),
    ("int f() FOO_NOEXCEPT;\nvoid g(int a) const FOO_IF(a > 1, \"x\");", ["function f", "function g"]),
    ("struct S {\n  virtual void m() FOO_OVERRIDE;\n  FOO_NODISCARD int n() const;\n  int x FOO_GUARDED_BY(mu);\n};",
     ["struct S", "method m", "method n", "field x"]),
    ("struct S { explicit FOO_CONSTEXPR S(int); };\nFOO_THREAD_LOCAL int v;", ["struct S", "constructor S", "variable v"]),
    ("int FOO_PRINTF(1, 2) f(const char*, ...);\nFOO_DEPRECATED(\"a(b\") int g();", ["function f", "function g"]),
    ("namespace a FOO_VISIBLE { void f(); }\nstruct P { int q; } FOO_ALIGNED(4);", ["namespace a", "function f", "struct P", "field q"]),
    ("int (FOO_STDCALL *fp)(int);\nvoid f(FOO_UNUSED int a) {}", ["variable fp", "function f"]),
    ("DEFINE_FLAG(bool, verbose, false, \"help; text\");\nint f(int a);", ["macro_call DEFINE_FLAG", "function f"]),  # check 5
    (("struct S {\n  void a() override REQUIRES(!mu);\n  int b(int c) const REQUIRES_SHARED(L::mu) OVERRIDE;\n"
      "  T* d(int e)\n      override REQUIRES(!mu) { return 0; }\n  S() ACQUIRE() : x(1) {}\n};\nvoid g(int) REQUIRES(m) { }\nint x;"),
     ["struct S", "method a", "method b", "method d", "constructor S", "function g", "variable x"]),
    ("int __init f(void) { return 0; }\nstruct pk { u8 a; } __aligned(4);\nextern int g(const char *fmt, ...) __printf(1, 2);",
     ["function f", "struct pk", "field a", "function g"]),
    ("""__BEGIN_DECLS

struct entry
{
  char *name;
};
extern void set (void) __THROW;
extern int get (int a, char *__restrict b)
     __THROW __nonnull ((2));
void end(int) _X_NORETURN;
__END_DECLS
""",
     ["struct entry", "field name", "function set", "function get", "function end"]),
    ("FOO_API int *FOO_CALL f(FOO_IN int a, FOO_OUT int *b) FOO_NOTHROW;", ["function f"]),
    ("class A FOO_FINAL : public B { A(); };\nclass FOO_EXPORT C FOO_FINAL { public: C(int x); };",
     ["class A", "constructor A", "class C", "constructor C"]),
    ("struct S { static const P entries[]\n    FOO_SECTION(cold);\n  int x; };\nstatic int y[2] FOO_SECTION(hot) = {1, 2};",
     ["struct S", "field entries", "field x", "variable y"]),
    ("inline A::A(int x) FOO_NOTHROW : B(x) {}\nint after;", ["constructor A", "variable after"]),
    (("const uint8_t a[] PROGMEM = {1, 2};\nPROGMEM const uint8_t b[] = {1};\nvoid f(int* p) { delete[] PTR; }\n"
     "extern const Page _c PROGMEM;\nconst char* PROGMEM d[] = {\"d\"};"),
     ["constant a", "constant b", "function f", "constant _c", "variable d"]),
    ("struct s { int a __attribute__((aligned(8))), b; const char *c UNUSED; int d FOO_UNUSED, e; lock_t f ____cacheline_aligned; };",
     ["struct s", "field a", "field b", "field c", "field d", "field e", "field f"]),
    ("FOOAPI BAR BAZAPI f(int a);\nFOO_X BAR_BOOL FOO_CALLCONV g(B *p);\nEXPORT struct foo *h(void);\nFOOAPI extern int i(void);",
     ["function f", "function g", "function h", "function i"]),
    ("int k(const char *a) __THROW __attribute_pure__ __nonnull ((1));\nint x;", ["function k", "variable x"]),
])  # fmt: skip
def test_probable_macros(text, expected):
    assert [f"{kind} {name}" for kind, name, _ in names(text)] == expected
    assert not facts(text).quality.error_bytes


def test_it_is_said_that_macros_are_only_probable():
    record = facts("class my_export A : public B {};")
    assert "probable macros" in record.quality.repairs
    assert "probable macros" not in facts("class A : public B {};").quality.repairs


def test_what_parses_is_left_alone():
    for text in (
        "struct point p {1, 2};", "FOO_TYPE f(int a);", "typedef FOO_T BAR_T;", "FOO_T* p = FOO_VALUE;", "int x = (int) FOO_MAX;",
        "enum E { FOO_A, FOO_B = FOO_A };", "FOO_T operator+(FOO_T, FOO_T);", "void f() { for (struct point p : ps) { } }",
    ):  # fmt: skip
        record = facts(text)
        assert not record.quality.repairs or record.quality.repairs == ("macros",), text
        assert not record.quality.error_bytes, text


def test_words_of_comments_and_literals_are_left_alone():
    text = bytearray(b'// see (x) FOO_BAR;\n/* ) FOO_BAZ { */\nconst char* s = ") FOO_QUX;";\n')
    before = bytes(text)
    assert blank_suspects(text, []) == []
    assert text == before


@pytest.mark.parametrize(
    "part",
    [
        "A_B ",
        "class a ",
        "A_B(",
        "A_B(x) ",
        "explicit A_B ",
        ") A_B ",
        "x y A_B(z) ",
        "a b ABCD, ",
        "a] ABCD;",
        "'",
        '"',
        "/*",
        "namespace a A_B ",
    ],
)
def test_long_texts_take_time_in_proportion(part):
    times = []
    for number in (4_000, 16_000):
        text = bytearray((part * number).encode())
        start = time.process_time()
        blank_suspects(text, [])
        times.append(time.process_time() - start)
    assert times[1] < 12 * max(times[0], 0.01)


@pytest.mark.parametrize("before", ["#define A b\n", "template <typename T>\n", "template <class T, int = f<1>>\n  "])
def test_what_stands_behind_a_directive_or_a_head_is_a_type(before):  # check 4
    text = bytearray(f"{before}FOO_KERNEL f(int a)\n{{\n}}\n".encode())
    assert blank_suspects(text, []) == []
    assert b"FOO_KERNEL f" in text


@pytest.mark.parametrize("value", ['(".stub")', '".stub"', "0x1", "((-1))", "'a'", "~0U"])
def test_a_macro_that_stands_for_a_value_somewhere_is_no_attribute(value):  # binutils
    learned = learn_from([f"FOO_NAME {value}", "FOO_NAME", "FOO_API", "BAR FOO_NAME"], Config())
    assert learned.attributes == {"FOO_API"}


def test_words_of_lower_case_before_types_on_lines_of_their_own():  # zsh
    record = facts(
        "mod_export List\nmake(void)\n{\n}\nmod_export volatile int a, b;\nmod_export FOO_T c;\nmod_export Match *\nfind(int d)\n{\n}\n"
    )
    assert [(s.kind, s.name, s.line) for s in record.symbols] == [
        ("function", "make", 2), ("variable", "a", 5), ("variable", "b", 5), ("variable", "c", 6), ("function", "find", 8),
    ]  # fmt: skip
    assert record.quality.error_bytes == 0


def test_words_of_lower_case_before_parameters():  # Blender
    record = facts("foo_device void f(foo_private Data *a,\n    const foo_private B *b, foo_global float *c)\n{\n}\nint x;\n")
    assert [(s.kind, s.name, s.line) for s in record.symbols] == [("function", "f", 1), ("variable", "x", 5)]
    assert [(p.name, p.type) for p in record.symbols[0].parameters] == [("a", "Data*"), ("b", "const foo_private B*"), ("c", "float*")]
    assert record.quality.error_bytes == 0


def test_words_of_lower_case_in_heads_of_functions():  # Linux
    text = "void notrace f(int a)\n{\n}\nstatic noinline_for_stack u64 g(struct b *c,\n    int d)\n{\n}\n"
    record = facts(f"{text}unsigned long h(void);\nint *int_t(int e);\n")
    assert [(s.kind, s.name, s.line, [p.name for p in s.parameters]) for s in record.symbols] == [
        ("function", "f", 1, ["a"]), ("function", "g", 4, ["c", "d"]), ("function", "h", 8, []), ("function", "int_t", 9, ["e"]),
    ]  # fmt: skip
    assert record.quality.error_bytes == 0
