"""Indexes as bytes: what ranges mean, how symbols are named, and what happens where the bytes are no index."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compiler.indexing import UTF8, UTF16, UTF32, documents, index_of, symbol, units
from gazetteer.compiler.scip import Named, Text, messages_in, named
from gazetteer.errors import SourceError

ENCODINGS = (UTF8, UTF16, UTF32)
TEXTS = st.text(st.sampled_from("ab_ é漢𝔸\u2028\r\n"), max_size=40)


@given(TEXTS, st.data())
def test_a_range_means_what_it_was_made_of(text, data):
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    encoding = data.draw(st.sampled_from(ENCODINGS))

    def place(at):
        line = text.count("\n", 0, at)
        return line, units(text[text.rfind("\n", 0, at) + 1 : at], encoding)

    (first, a), (last, b) = place(start), place(end)
    wanted = [text[start:end]]
    assert list(Text(text, encoding).at([first, a, last, b])) == wanted
    if first == last:
        assert list(Text(text, encoding).at([first, a, b])) == wanted
        assert text[start:end] in list(Text(text, 0).at([first, a, b]))  # an indexer that does not say how it counts


@given(TEXTS, st.lists(st.integers(-3, 60), max_size=5), st.sampled_from((0, *ENCODINGS)))
def test_no_range_reaches_beyond_the_text(text, place, encoding):
    for found in Text(text, encoding).at(place):
        assert found in text


@pytest.mark.parametrize(("encoding", "offset"), [(UTF8, 1), (UTF8, 2), (UTF8, 3), (UTF16, 1)])
def test_an_offset_within_a_character_means_nothing(encoding, offset):
    assert list(Text("𝔸b", encoding).at([0, 0, offset])) == []
    assert list(Text("𝔸b", encoding).at([0, offset, 4])) == []


def escaped(name):
    return name if name.isidentifier() and name.isascii() else "`" + name.replace("`", "``") + "`"


@given(st.text(min_size=1), st.sampled_from([("/", "/"), ("#", "#"), (".", "."), ("!", "!"), (":", ":"), ("().", "()"), ("(+1).", "()")]))
def test_the_last_part_names_a_symbol(name, marks):
    written, mark = marks
    known = named(f"scheme manager pack  age 1 {escaped('a`/#b')}/Around#{escaped(name)}{written}")
    assert known is not None
    assert (known.mark, known.names[0]) == (mark, name)


@given(st.text())
def test_any_text_may_stand_for_a_symbol(text):
    found = named(text)
    assert found is None or isinstance(found, Named)
    assert named(f"local {text}") is None


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("a/Cart#`<init>`(+2).", ("<init>", "Cart", "constructor")),
        ("`a.ts`/Cart#`<constructor>`().", ("<constructor>", "Cart", "constructor")),
        ("a/Cart#__init__().", ("__init__", "Cart", "constructor")),
        ("a/Cart#`<get>total`().", ("<get>total", "total")),
        ("a/Cart#`operator==`(1f).", ("operator==", "==")),
    ],
)
def test_names_that_texts_have_otherwise(text, names):
    assert named(symbol(text)).names == names


@pytest.mark.parametrize("text", ["", "a/b.", "x . . . ", "x . . . a", "x . . . [T]", "x . . . f().(a)", "x . . . `a"])
def test_what_is_no_name_of_a_declaration(text):
    assert named(text) is None


def read(content):
    return list(messages_in(io.BytesIO(content), "index.scip"))


def test_documents_come_one_after_the_other():
    kinds = [kind for kind, _ in read(index_of(*documents()))]
    assert kinds == ["Metadata", "Document", "Document", "Document", "Document"]


def test_fields_that_are_not_known_are_left_out():
    more = b"\x78\x05" + b"\x7a\x03abc" + b"\x81\x01" + bytes(8) + b"\x85\x01" + bytes(4)  # a number, bytes, 8 bytes, 4 bytes
    assert [kind for kind, _ in read(more + index_of() + more)] == ["Metadata"]


def why(content):
    """Why bytes are no index; nothing where they are one."""
    try:
        assert read(content)
    except SourceError as error:
        return str(error)
    return ""


def test_an_index_that_ends_too_early():
    content = index_of(*documents())
    said = [why(content[:size]) for size in range(len(content))]
    assert said.count("") == 4  # between two messages
    assert all(one.startswith("the index index.scip is no SCIP") for one in said if one)


@given(st.binary(max_size=200))
def test_any_bytes_are_an_index_or_an_error(content):
    said = why(content)
    assert not said or said.startswith("the index index.scip is no SCIP")


@pytest.mark.parametrize("field", [b"\x0a", b"\x12", b"\x1a"])  # what an index says of itself, a document, what is of no use here
@pytest.mark.parametrize("size", [2**31, 2**42 - 1, 2**62, 2**63 - 1, 2**63, 2**64 - 1])
def test_a_length_that_nobody_has(field, size):
    length = bytes(size >> shift & 127 | (128 if size >> shift + 7 else 0) for shift in range(0, max(size.bit_length(), 1), 7))
    with pytest.raises(SourceError, match=r"ends within a field \(the message at byte 0\)"):
        read(field + length + b"abc")
