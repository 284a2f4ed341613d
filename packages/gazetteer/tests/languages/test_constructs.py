"""Constructs that parsers of the languages themselves showed to be missed or taken for others: small texts, by hand."""

# ruff: noqa: ISC004 - sources are written as texts

from __future__ import annotations

import pytest

from gazetteer.atlas import qualified, separator
from gazetteer.extract import extract, scan
from gazetteer.model import FileRecord


def read(text: str, language: str) -> FileRecord:
    content = text.encode()
    return extract(content, language, scan(content).counts)


def found(text: str, language: str) -> list[str]:
    """Each symbol as ``line kind name``, each import as ``line import target``."""
    record = read(text, language)
    names = [f"{symbol.line} {symbol.kind} {qualified(record.symbols, i, separator(language))}" for i, symbol in enumerate(record.symbols)]
    return names + [f"{statement.line} import {statement.target}" for statement in record.imports]


KOTLIN = {
    "annotations before a word that may be a name": (
        '@JsName("D")\n@Used\ninternal object D {\n  const val M = 1\n}\n@RequiresOptIn\nannotation class C\n'
        '@S("1") public actual typealias B = java.B\n',
        ["3 object D", "4 constant D.M", "7 annotation C", "8 type_alias B"],
    ),
    "a constructor below the name of its class": (
        "class A<T>\n@B(1)\nprivate constructor(val x: Int) : I {\n  fun f() {}\n}\nclass C\n/** Doc. */\ninternal constructor()\n",
        ["1 class A", "3 constructor A.constructor", "3 property A.x", "4 method A.f", "6 class C", "8 constructor C.constructor"],
    ),
    "parts of a value by their names": (
        "class A {\n  fun f() {\n    val [a, b] = c\n    for ([d, e] in f) { g { [h, i] -> h } }\n    (val j = k, val l = m) = n\n"
        "    fun inner() {}\n  }\n  fun g() {}\n}\n",
        ["1 class A", "2 method A.f", "6 function A.f.inner", "8 method A.g"],
    ),
    "contexts": (
        "context(a: A, b: (C) -> D)\nfun f() {}\nclass E {\n  context(x: X)\n  val y: Int get() = 1\n}\n",
        ["2 function f", "3 class E", "5 property E.y"],
    ),
    "negative cases, members of nullable types, empty lists": (
        "fun f(x: Int) = when (x) {\n  a -> // no\n    1\n  -b -> 2\n  else -> g(A?::h, B::i)\n}\nfun g(l: List<A> = []) {}\n",
        ["1 function f", "7 function g"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), KOTLIN.values(), ids=KOTLIN)
def test_kotlin(text: str, expected: list[str]) -> None:  # check 7
    assert found(text, "kotlin") == expected
    assert read(text, "kotlin").quality.error_bytes == 0


def test_what_is_blanked_in_kotlin_is_still_said() -> None:
    record = read('/** Doc. */\n@P\n// no\n@S("1(")\ninternal fun t() { throw A() }\nclass A\n@B\nprivate constructor()\n', "kotlin")
    function, _, constructor = record.symbols
    assert (function.decorators, function.doc, function.first_line, function.visibility) == (("@P", '@S("1(")'), "Doc.", 2, "internal")
    assert (constructor.decorators, constructor.first_line, constructor.visibility) == (("@B",), 7, "private")
