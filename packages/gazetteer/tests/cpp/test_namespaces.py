"""Namespaces that macros open and close."""

from __future__ import annotations

from gazetteer.atlas import qualified
from gazetteer.config import Config
from gazetteer.cpp.macros import learn_from
from gazetteer.extract import ExtractOptions, extract, scan

BEGIN = "FOO_NAMESPACE_BEGIN(name) namespace name { FOO_PUSH"
END = "FOO_NAMESPACE_END(name) FOO_POP }"


def names(text: str, *defines: str) -> list[str]:
    """Each symbol but calls of macros, as ``line-end kind name``."""
    content = text.encode()
    looked = scan(content)
    record = extract(content, "cpp", looked.counts, ExtractOptions(*learn_from(defines, Config()).in_file(looked)))
    assert all(s.parent < i for i, s in enumerate(record.symbols))
    symbols = [(s, qualified(record.symbols, i, "::")) for i, s in enumerate(record.symbols)]
    return [f"{s.line}-{s.end_line} {s.kind} {name}" for s, name in symbols if s.kind != "macro_call"]


def test_what_stands_between_two_calls_is_in_the_namespace():
    text = "int before();\nFOO_NAMESPACE_BEGIN(foo)\nFOO_NAMESPACE_BEGIN(detail)\nstruct A {\n  int x;\n};\nFOO_NAMESPACE_END(detail)\n"
    text += "void f();\nFOO_NAMESPACE_END(foo)\nint after();\n"
    assert names(text, BEGIN, END) == [
        "1-1 function before", "2-9 namespace foo", "3-7 namespace foo::detail", "4-6 struct foo::detail::A", "5-5 field foo::detail::A::x",
        "8-8 function foo::f", "10-10 function after",
    ]  # fmt: skip


def test_names_that_are_put_together():
    text = "HIDDEN_BEGIN(a, b)\nvoid f();\nHIDDEN_END(a, b)\n"
    assert names(text, "HIDDEN_BEGIN(...) namespace JOINED(__VA_ARGS__)(__VA_ARGS__) {", "HIDDEN_END(...) }") == [
        "1-3 namespace a", "1-3 namespace a::b", "2-2 function a::b::f",
    ]  # fmt: skip


def test_names_that_do_not_stand_there():  # check 21
    text = "FOO_NAMESPACE_BEGIN(FOO_NAMESPACE)\nFOO_NAMESPACE_BEGIN(a)\nvoid f();\nFOO_NAMESPACE_END(a)\nFOO_NAMESPACE_END(FOO_NAMESPACE)\n"
    assert names(text, BEGIN, END, "FOO_NAMESPACE foo") == ["2-4 namespace a", "3-3 function a::f"]
    text = "FOO_BEGIN_NAMESPACE\nvoid f();\nFOO_END_NAMESPACE\n"
    assert names(text, "FOO_BEGIN_NAMESPACE namespace foo {", "FOO_END_NAMESPACE }") == ["2-2 function f"]


def test_a_call_that_nothing_closes_opens_nothing():
    assert names("FOO_NAMESPACE_BEGIN(foo)\nvoid f();\n", BEGIN, END) == ["2-2 function f"]
    text = "namespace a {\nFOO_NAMESPACE_BEGIN(foo)\nvoid f();\n}\nFOO_NAMESPACE_END(foo)\n"
    assert names(text, BEGIN, END) == ["1-4 namespace a", "3-3 function a::f"]
