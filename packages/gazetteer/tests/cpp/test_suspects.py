"""Macros that no file of the tree defines, found where nothing else can stand."""

from __future__ import annotations

import time

import pytest

from gazetteer.cpp.suspects import blank_suspects
from gazetteer.extract import extract, scan


def facts(text: str):
    content = text.encode()
    return extract(content, "cpp", scan(content).counts)


def names(text: str) -> list[tuple[str, str, int]]:
    return [(s.kind, s.name, s.line) for s in facts(text).symbols]


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
    "part", ["A_B ", "class a ", "A_B(", "A_B(x) ", "explicit A_B ", ") A_B ", "x y A_B(z) ", "'", '"', "/*", "namespace a A_B "]
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
