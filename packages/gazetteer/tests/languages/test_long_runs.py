"""Runs of comments, of branches and of names without end: they take time by their length, and what is said of them is right."""

# ruff: noqa: E501 - sources are written as texts

from __future__ import annotations

import time

import pytest

from gazetteer.extract import extract, scan
from gazetteer.lang.siblings import nodes_before, nodes_behind
from gazetteer.model import FileRecord
from gazetteer.parallel import apart
from gazetteer.parses import parse
from installed import need


def read(text: str, language: str) -> FileRecord:
    need(language)
    return extract(text.encode(), language, scan(text.encode()).counts)


@pytest.mark.parametrize("many", [3, 199, 200, 201, 5_000])
@pytest.mark.parametrize(("language", "text"), [("c", "/* a */ "), ("rust", "/// a\n"), ("ruby", "# a\n"), ("php", "a();\n")])
def test_siblings_are_those_that_nodes_name(language: str, text: str, many: int) -> None:
    begin = "<?php\n" if language == "php" else ""
    tree = parse(
        (begin + text * many + {"c": "int b;", "rust": "fn b() {}", "ruby": "b = 1", "php": "b();"}[language]).encode(), language, 60
    )
    assert tree is not None
    nodes = tree.root_node.children
    for at in {0, 1, len(nodes) // 2, len(nodes) - 1}:
        assert list(nodes_behind(nodes[at])) == nodes[at + 1 :]
        assert list(nodes_before(nodes[at])) == nodes[:at][::-1]
    assert list(nodes_before(tree.root_node)) == []


@pytest.mark.parametrize(
    ("language", "comment", "declared", "name"),
    [
        ("c", "/// a\n", "int b;\n", "b"), ("cpp", "/* a */ ", "\nint b();\n", "b"), ("rust", "/// a\n", "fn b() {}\n", "b"),
        ("ruby", "# a\n", "def b; end\n", "b"), ("go", "// a\n", "func b() {}\n", "b"), ("ocaml", "(** a *)\n", "let b = 1\n", "b"),
        ("lua", "--- a\n", "function b() end\n", "b"), ("csharp", "/// a\n", "class b {}\n", "b"), ("php", "// a\n", "function b() {}\n", "b"),
        ("haskell", "-- a\n", "b :: Int\n", "b"), ("bash", "# a\n", "b() { :; }\n", "b"),
    ],
)  # fmt: skip
def test_a_declaration_below_comments_without_end(language: str, comment: str, declared: str, name: str) -> None:  # check 34
    """Of C, comments in the head of the file were followed by asking each for the next one, which took the square of their number."""
    begin = {"php": "<?php\n", "go": "package p\n"}.get(language, "")
    begun = time.process_time()
    record = read(begin + comment * 60_000 + declared, language)
    assert time.process_time() - begun < 12
    assert name in [symbol.name for symbol in record.symbols]


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("python", "if a0:\n    x0 = 1\n" + "".join(f"elif a{n}:\n    x{n} = 1\n" for n in range(1, 10_000)), "not (a9959) and "),
        ("c", "#if A0\nint x0;\n" + "".join(f"#elif A{n}\nint x{n};\n" for n in range(1, 10_000)) + "#endif\n", "!A9959 && "),
        ("cpp", "#if A0\nint x0;\n" + "".join(f"#elif A{n}\nint x{n};\n" for n in range(1, 10_000)) + "#endif\n", "!A9959 && "),
        ("csharp", "#if A0\nclass x0 {}\n" + "".join(f"#elif A{n}\nclass x{n} {{}}\n" for n in range(1, 2_000)) + "#endif\n", "!(A1959) && "),
        ("cmake", "if(A0)\nset(x0 1)\n" + "".join(f"elseif(A{n})\nset(x{n} 1)\n" for n in range(1, 10_000)) + "endif()\n", "NOT (A9959) AND "),
        ("makefile", "ifdef A0\nx0 = 1\n" + "".join(f"else ifdef A{n}\nx{n} = 1\n" for n in range(1, 10_000)) + "endif\n", "else ifdef A"),
    ],
)  # fmt: skip
def test_branches_without_end(language: str, text: str, expected: str) -> None:  # check 34
    """Each says what those before it ask for; of so many, the nearest."""
    begun = time.process_time()
    record = read(text, language)
    assert time.process_time() - begun < 12
    last = next(symbol for symbol in reversed(record.symbols) if symbol.name.startswith("x"))
    assert last.condition.startswith(expected)
    assert max(len(symbol.condition) for symbol in record.symbols) < 10_000


@pytest.mark.parametrize(
    ("language", "begin", "end"),
    [
        ("python", "if a{0}:\n", "x = 1\n"), ("c", "#if A{0}\nint x{0};\n", "#endif\n"), ("cpp", "#if A{0}\nint x{0};\n", "#endif\n"),
        ("csharp", "#if A{0}\nclass x{0} {{}}\n", "#endif\n"), ("cmake", "if(A{0})\nset(x{0} 1)\n", "endif()\n"),
        ("makefile", "ifdef A{0}\nx{0} = 1\n", "endif\n"),
    ],
)  # fmt: skip
def test_conditions_within_conditions(language: str, begin: str, end: str) -> None:  # check 34
    deep = 1_500
    if language == "python":
        text = "".join(" " * n + begin.format(n) for n in range(deep)) + " " * deep + end
    else:
        text = "".join(begin.format(n) for n in range(deep)) + end * deep
    begun = time.process_time()
    record = read(text, language)
    assert time.process_time() - begun < 12
    assert max((len(symbol.condition) for symbol in record.symbols), default=0) < 10_000


def test_a_declaration_of_very_many_names() -> None:  # check 34
    """What is said of all of them is found once, not once for each."""
    begun = time.process_time()
    record = read(
        "module m\n  integer, public, parameter :: " + ", &\n".join(f"a{n} = {n}" for n in range(5_000)) + "\nend module\n", "fortran"
    )
    assert time.process_time() - begun < 10
    last = record.symbols[-1]
    assert (last.kind, last.name, last.type, last.visibility, last.value) == ("constant", "a4999", "integer", "public", "4999")


def test_a_scanner_that_goes_back_and_forth_is_stopped() -> None:  # check 34
    """It takes no step of the parser meanwhile, which is what is asked for the time otherwise."""
    need("swift")
    begun = time.thread_time()
    assert parse(b'class A { "' + b"#" * 60_000, "swift", 1.0) is None
    assert time.thread_time() - begun < 8


#: Texts at whose end scanners went round for ever, asking for no time: where no line feed ends them.
ENDLESS = [
    ("kotlin", "val a = 2\n@"), ("kotlin", "val a = 2\n@B(c)"), ("kotlin", "val a = 2\n@B(c\n@D"), ("perl", "our $a = <<\"E\";\n$b->["),
    ("perl", "our $a = <<E;\nb\\"), ("perl", "our $a = <<~E;\n  @{b}->@*"),
]  # fmt: skip


@pytest.mark.parametrize(("language", "text"), ENDLESS)
def test_a_scanner_that_goes_on_behind_the_end(language: str, text: str) -> None:  # check 34
    need(language)
    read = apart(lambda: b"%d" % len(extract(text.encode(), language, scan(text.encode()).counts).symbols), 512, 10)
    assert read == b"1"


@pytest.mark.parametrize(
    "text", ["- (void)f {\n", "- (void)f\n", "@interface A\n- (void)f;\n@property int a;\n", "@implementation A {\n- (void)f {\n"]
)
def test_types_and_methods_of_objective_c_that_do_not_end(text: str) -> None:  # check 34
    begun = time.process_time()
    read("@implementation A\n" + text * 4_000 + "@end\n", "objc")
    read("@implementation A\n" + text * 4_000, "objc")
    assert time.process_time() - begun < 12


@pytest.mark.parametrize(
    ("language", "text"), [("kotlin", ")\n" + "/*(listOf(a}" * 20_000), ("kotlin", ")\n" + "{ a }" * 20_000), ("c", "void f() {\n#if A\nif (a) {\n#else\nif (b) {\n#endif\n}\n}\n" * 8_000)]
)  # fmt: skip
def test_repairs_of_very_much(language: str, text: str) -> None:  # check 34
    begun = time.process_time()
    read(text, language)
    assert time.process_time() - begun < 8


@pytest.mark.parametrize(
    ("language", "head", "run"),
    [
        ("c", "", "Aa"), ("cpp", "", "Itprice_"), ("ruby", "", "Other"), ("typescript", "", "\\ secret/* Words"), ("kotlin", "\x0c", "{->class A\n/**"),
        ("protobuf", "", '"Inner \\'), ("xml", "<<", "morepytest"), ("gradle", "compileOnly", "//\n "), ("gradle", "val a:", " "), ("gradle", "id", "\n"),
        ("powershell", "", "=>.@(${"),
    ],
)  # fmt: skip
def test_runs_of_a_word_or_two(language: str, head: str, run: str) -> None:  # check 34
    """Each of these looked through the rest of the text from each of its signs: 80 kB of them took all the time there is for a file."""
    begun = time.process_time()
    read(head + run * (80_000 // len(run)), language)
    assert time.process_time() - begun < 12


@pytest.mark.parametrize(("language", "run"), [("godot-scene", '[a b="c"]\n'), ("r-help", "\\title{a}\n"), ("hcl", 'a = file("b")\n')])
def test_lines_of_very_many_places(language: str, run: str) -> None:  # check 34
    """The line of each place was found by counting all that are above it: 1.9 MB took a minute."""
    begun = time.process_time()
    record = read(run * (1_200_000 // len(run)), language)
    assert time.process_time() - begun < 12
    assert record.counts.lines == 1_200_000 // len(run)


def test_very_many_imports_deep_in_one_another() -> None:  # check 34
    """Where each is, was found by asking each node above it for the next one, which goes down from the top every time."""
    begun = time.process_time()
    record = read("(() => {\n" + "x = [import('./a'),\n" * 3_000 + "]" * 3_000 + "})()\n", "javascript")
    assert time.process_time() - begun < 12
    assert len(record.imports) == 3_000
    assert all(brought.local for brought in record.imports)
