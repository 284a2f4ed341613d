"""PHP as its own parser reads it: what hand-made texts and the programs of Debian showed to be missed, or taken for others."""

# ruff: noqa: E501, ISC004 - sources are written as texts

from __future__ import annotations

import pytest

from gazetteer.atlas import qualified
from gazetteer.extract import extract, scan
from gazetteer.model import FileRecord


def read(text: str) -> FileRecord:
    content = f"<?php\n{text}".encode()
    return extract(content, "php", scan(content).counts)


def found(text: str) -> list[str]:
    record = read(text)
    names = [f"{symbol.line} {symbol.kind} {qualified(record.symbols, i, '::')}" for i, symbol in enumerate(record.symbols)]
    return names + [f"{statement.line} {statement.kind} {statement.target}" for statement in record.imports]


CASES = {
    "in loops and branches": (
        "foreach ($a as $b) { function f() {} $c = 1; }\nwhile (1) { class W {} }\nfor (;;): include 'i.php'; endfor;\n"
        "switch ($x) { case 1: class S {} break; default: function d() {} }\ntry {} catch (E $e) { class C {} } finally { function y() {} }\n"
        "do { $l = 1; } while (0);\n",
        ["2 function f", "2 variable c", "3 class W", "5 class S", "5 function d", "6 class C", "6 function y", "7 variable l",
         "4 include i.php"],
    ),
    "what is included within conditions, closures and calls": (
        "if ((@include 'a.php') === false) {}\nreturn_it(include 'b.php');\n$f = function () { require 'c.php'; class D {} };\n"
        "$g = fn() => require 'e.php';\necho include 'f.php';\nreturn require 'g.php';\n",
        ["4 variable f", "4 class D", "5 variable g", "2 include a.php", "3 include b.php", "4 require c.php", "5 require e.php",
         "6 include f.php", "7 require g.php"],
    ),
    "constants that are defined": (
        "defined('A') || define('A', 1);\n@define('B', 2);\nfunction f() {\n  \\define('C', 3);\n}\n$o->define('no', 1);\nX::define('no', 1);\ndefine($n, 1);\n",
        ["2 constant A", "3 constant B", "4 function f", "5 constant C"],
    ),
    "types and functions with names that are words": (
        "class Enum extends Object {}\ninterface Mixed {}\nclass String implements Iterable {}\nfunction readonly() {}\n$x = enum(1);\nfunction z() {}\n",
        ["2 class Enum", "3 interface Mixed", "4 class String", "5 function readonly", "6 variable x", "7 function z"],
    ),
    "a comma behind the last of a group": ("use A\\{B, C as D,};\nclass E {}\n", ["3 class E", "2 use A\\B", "2 use A\\C"]),
    "of PHP 8.5": (
        "class A {\n  function __construct(final public string $b) { (void) f(); }\n  function c() {}\n}\n",
        ["2 class A", "3 constructor A::__construct", "3 property A::b", "4 method A::c"],
    ),
    "a word as a key within a text": (
        'class A {\n  function b() { return "<c>$d[extends]</c>" . "$d[class]"; }\n  function e() {}\n}\n',
        ["2 class A", "3 method A::b", "4 method A::e"],
    ),
    "data behind the code": ("class A {}\n__halt_compiler(); class B {} function c(){", ["2 class A"]),
    "members of classes without a name": (
        "$a = new class { public $b; function c() { require 'd.php'; } };\nfunction e() { return new class { function f() {} }; }\n",
        ["2 variable a", "3 function e"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_found_as_the_parser_of_php_finds_them(case: str) -> None:
    text, expected = CASES[case]
    assert found(text) == expected
    assert read(text).quality.error_bytes == 0


def test_words_in_capitals() -> None:
    record = read("FINAL CLASS A { PRIVATE STATIC FUNCTION b() {} VAR $c; Public Function __CONSTRUCT() {} }\n")
    assert [(s.kind, s.visibility, s.modifiers) for s in record.symbols] == [
        ("class", "", ("final",)), ("method", "private", ("static",)), ("property", "public", ("var",)), ("constructor", "public", ()),
    ]  # fmt: skip


def test_the_comment_behind_a_declaration_of_strict_types_is_of_the_file() -> None:
    record = read("declare(strict_types=1);\n\n/**\n * Of the file.\n */\nnamespace A;\n\n/** Of the class. */\nclass B {}\n")
    assert (record.doc, record.doc_line, record.doc_end) == ("Of the file.", 4, 6)
    assert record.symbols[1].doc == "Of the class."


def test_constants_of_a_namespace_that_are_defined_by_their_full_names() -> None:
    (found,) = read('\\define("A\\\\B", 3);\ndefine("A\\n", 4);\ndefine("$c\\\\D", 5);\n').symbols
    assert (found.kind, found.name, found.value) == ("constant", "A\\B", "3")


def test_heads_of_properties_that_a_constructor_declares_have_no_hooks() -> None:
    text = "class A { public function __construct(public int $b = 3 { set => max(0, $value); }, private string $c = '') {} }\n"
    assert [s.signature for s in read(text).symbols if s.kind == "property"] == ["public int $b = 3", "private string $c = ''"]
