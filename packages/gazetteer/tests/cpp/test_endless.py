"""Comments, texts and brackets that do not end: each is looked for once, so a text twice as long takes twice the time."""

from __future__ import annotations

import time

import pytest
from test_readings import read, told

from gazetteer.scanning import scan

#: What is repeated, none of which ends.
OPEN = (
    "/*\n", "/** ${a}\n", 'R"(', 'R"(${a}\n', 'R"abc(x\n', '\\"', "\\'", "#define A /*\n", "#define A /*", '#define A "/*" /*',
    "#if A /*\n", 'import a; R"(', "FOO_A(x\n", "template <FOO_A(", "FOO_A, ", "a,", "&", "FOO_A FOO_B\n", "FOO_A(b)\n",
    "a: ", ":a:`b",
)  # fmt: skip


@pytest.mark.parametrize("text", OPEN)
def test_what_does_not_end_takes_no_square_of_its_length(text):  # check 34
    content = f"int before;\n{text * (40_000 // len(text))}\n"
    begun = time.process_time()
    scan(content.encode())
    read(content)
    assert time.process_time() - begun < 4  # a tenth of a second each


def test_a_comment_that_does_not_end_is_one():
    found = read("/* One. */\nint a;\nclass B { int c; };\n/* int d;\nclass E { };\n")
    assert told(found) == [("variable", "a", 2), ("class", "B", 3), ("field", "c", 3)]
    assert not found.quality.error_bytes


def test_a_text_begins_no_comment():
    text = '#define ALL "a/*"\nstruct A {\n  void f() {\n    g("b/*");\n  }\n  int c;\n};\n#endif // d/*\nint e;\n'
    assert told(read(text)) == [("macro", "ALL", 1), ("struct", "A", 2), ("method", "f", 3), ("field", "c", 6), ("variable", "e", 9)]


def test_a_text_hides_no_mark_of_a_template():
    assert scan(b'char *a = "b/*";\n${c}\n').template_line == 2
    assert scan(b'char *a = "b ${c}";\n/* ${d} */\n').template_line == 0
