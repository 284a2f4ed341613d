"""Declarations that are read from their text say what their nodes say."""

from __future__ import annotations

import itertools
import random
from pathlib import Path

import pytest

from gazetteer.config import Config
from gazetteer.cpp.macros import learn_from
from gazetteer.extract import ExtractOptions, extract, scan
from gazetteer.lang.cpp import walker
from gazetteer.model import FileRecord
from gazetteer.parses import parse
from gazetteer.stopping import TookTooLongError, stopped_after

SAMPLES = Path(walker.__file__).parents[1]
DEFINES = ('API __attribute__((visibility("default")))', "HOST_DEVICE __host__ __device__")

SPECIFIERS = ("", "static ", "inline static\n", "virtual ", "constexpr ", "extern ", "API ", "static API ", "explicit ", "friend ")
TYPES = (
    "int", "const Foo<int, B*>", "Foo const", "unsigned long long", "std::vector<std::pair<A, B>>", "typename T::type", "auto", "struct S",
    "::a::b", "unsigned", "API int", "const char", "Foo <int>", "decltype(x)", "Foo<(1 > 2)>", "void",
)  # fmt: skip
MARKS = (" ", "& ", " *", "&& ", "* const ", " API ", "* API ", "**", "\n")
NAMES = ("f", "A::f", "A<T>::f", "~A", "operator==", "operator ()", "operator bool", "A", "operator new", "a::operator+", "_x1", "B<int>")
PARAMETERS = (
    "", "void", "int a", "const Foo<A, B>& x, int", "int a = 3, const char *s = \"x\"", "T&&... args", "...", "int (*g)(int)", "int a[3]",
    "const A &, B*", "unsigned n, long m = -1", "struct S* s", "A x = {}", "std::function<void(int)> f", "bool /*unused*/", "int a = f()",
    "API int a", "Args... args", "A b = A::c", "const A", "int a, // first\n int b", "A * const p", "x",
)  # fmt: skip
BEHIND = (
    "",
    " const",
    " const noexcept override",
    " noexcept(true)",
    " &&",
    " -> int",
    " = 0",
    " = default",
    " = delete",
    " final",
    " API",
)
VALUES = ("", " = 3", "{1}", " = {1, 2}", "[3]", "[2] = {1}", "(3)", " = a < b", " = f(1) /* c */", " : 3", " = {}", " = \\\n 4", ", y = 2")
PLACES = ("%s\n", "namespace n {\n%s\n}\n", "class A {\n public:\n%s\n};\n", "template <class T>\nstruct A {\n  template <int N>\n%s\n};\n")


def read(text: bytes, language: str) -> FileRecord:
    looked = scan(text)
    learned = learn_from([*DEFINES, *looked.defines], Config())
    return extract(text, language, looked.counts, ExtractOptions(*learned.in_file(looked)))


def declarations() -> list[str]:
    """One of each part with some of each other."""
    chosen = random.Random(7)
    parts = (SPECIFIERS, TYPES, MARKS, NAMES, PARAMETERS, BEHIND)
    found = list[str]()
    for number, part in enumerate(parts):
        for one, _ in itertools.product(part, range(8)):
            picked = [chosen.choice(other) if chosen.random() < 0.6 else other[0] for other in parts]
            picked[number] = one
            before, of, marks, name, parameters, behind = picked
            found.append(f"{before}{of}{marks}{name}({parameters}){behind}" + chosen.choice((";", ";", " { return x; }", " ;")))
    for before, of, marks, name, value in itertools.product(SPECIFIERS, TYPES, MARKS[:4], ("f", "A::x"), VALUES):
        if chosen.random() < 0.06:
            found.append(f"{before}{of}{marks}{name}{value};")
    found += [
        f"{name}({parameters}){behind} {{}}" for name in ("A", "~A", "A::A", "M") for parameters in PARAMETERS[:5] for behind in BEHIND
    ]
    return found


def by_nodes(text: bytes, language: str, patch: pytest.MonkeyPatch) -> FileRecord:
    with patch.context() as patched:
        patched.setattr(walker._Reader, "quick", lambda *_: False)
        return read(text, language)


@pytest.mark.parametrize("language", ["cpp", "c", "cuda"])
def test_texts_say_what_nodes_say(language: str, monkeypatch: pytest.MonkeyPatch) -> None:  # checks 1 and 3
    quick = 0
    for declaration, place in zip(declarations(), itertools.cycle(PLACES), strict=False):
        text = (place % declaration).encode()
        found, expected = read(text, language), by_nodes(text, language, monkeypatch)
        assert found.symbols == expected.symbols, text.decode()
        assert found.imports == expected.imports
        quick += bool(found.symbols)
    assert quick > 500


def test_samples_are_read_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    samples = [p for language in ("c", "cpp", "cuda") for p in sorted((SAMPLES / language / "samples").iterdir()) if p.suffix != ".facts"]
    assert len(samples) > 3
    for path in samples:
        text, language = path.read_bytes(), path.parts[-3]
        assert read(text, language) == by_nodes(text, language, monkeypatch), path


def test_most_declarations_are_read_from_their_text(monkeypatch: pytest.MonkeyPatch) -> None:
    kept, whole = [], walker._Reader.quick
    monkeypatch.setattr(walker._Reader, "quick", lambda *given: kept.append(whole(*given)) or kept[-1])
    read(b"class A {\n  static const int n = 3;\n  A(int x);\n  API int* f(const B& b, C* c = nullptr) const;\n};\nint (*g)(int);\n", "cpp")
    assert kept == [True, True, True, False]


def test_a_macro_before_a_name_is_no_part_of_its_type() -> None:
    record = read(b"const char* API name(void);\nconst char* API other(int (*f)(int));\n", "cpp")
    assert [(s.name, s.type) for s in record.symbols] == [("name", "const char*"), ("other", "const char*")]


def test_a_parser_forgets_a_text_that_it_was_stopped_in() -> None:  # check 34
    long = b"int a;\n" * 300_000
    assert parse(long, "cpp", 0.01) is None
    tree = parse(b"int b;", "cpp", 5.0)
    assert tree is not None
    assert tree.root_node.end_byte == 6
    with pytest.raises(TookTooLongError), stopped_after(0.05):
        parse(long, "cpp", 60.0)
    tree = parse(b"int b;", "cpp", 5.0)
    assert tree is not None
    assert (tree.root_node.end_byte, tree.root_node.child_count) == (6, 1)
