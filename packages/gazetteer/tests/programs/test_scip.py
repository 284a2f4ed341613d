"""The index of SCIP, read by a decoder of its wire format that is written here, by the field numbers of the public protocol."""

import time

import pytest

from gazetteer.model import Symbol
from gazetteer.render.scip import _Lines, descriptor, scip_index
from programs.grown import facts_of, gaz, write
from programs.wire import fields


def packed(data):
    return [v for _, _, v in fields(b"".join(b"\x08" + bytes(part) for part in _varints(data)))]


def _varints(data):
    part = bytearray()
    for byte in data:
        part.append(byte)
        if byte < 128:
            yield part
            part = bytearray()


def many(message, number):
    return [value for n, _, value in fields(message) if n == number]


def text(message, number):
    return many(message, number)[0].decode()


@pytest.fixture(scope="module")
def index(facts):
    return b"".join(scip_index(facts))


@pytest.fixture(scope="module")
def documents(index):
    return {text(d, 1): d for d in many(index, 2)}


def test_metadata(index):
    (metadata,) = many(index, 1)
    assert text(many(metadata, 2)[0], 1) == "gazetteer"
    assert many(metadata, 4) == [1]  # UTF-8
    assert next(fields(index))[0] == 1  # first, as the protocol asks


def test_definitions_are_where_names_stand(facts, documents):
    assert set(documents) == {
        p for p, f in facts.atlas.files.items() if f.record is not None and f.scan.encoding == "utf-8" and p.isascii()
    }
    seen = 0
    for path, document in documents.items():
        content = (facts.root / path).read_bytes().split(b"\n")
        names = {text(s, 1): text(s, 6) for s in many(document, 3) if many(s, 6)}
        defined = [o for o in many(document, 2) if many(o, 3) and many(o, 3)[0] & (1 | 64)]
        assert len(defined) == len(facts.symbols_of(path)) + 1  # the file itself
        for found, symbol in zip(defined[1:], facts.symbols_of(path), strict=True):
            line, start, end = packed(many(found, 1)[0])
            assert content[line][start:end].decode() == symbol.name == names[text(found, 2)]
            assert line == symbol.line - 1
            assert many(found, 3)[0] & 1 == (symbol.role == "definition")
            seen += 1
    assert seen > 12


def test_bases_and_documentation(documents):
    (hook,) = [s for s in many(documents["src/tensor_hook.h"], 3) if text(s, 6) == "TensorPreHook"]
    assert text(hook, 1).endswith(" `src/tensor_hook.h`/TensorPreHook#")
    assert many(hook, 5) == [49]  # Struct
    assert text(hook, 3) == "Runs on tensors | `all` of them."
    relation = many(hook, 4)[0]
    assert text(relation, 1).endswith(" `src/hook.h`/FunctionPreHook#")
    assert many(relation, 3) == [1]  # is_implementation


def test_references(documents):
    found = {(text(o, 2).rsplit(" ", 1)[-1], *packed(many(o, 1)[0])) for o in many(documents["src/tensor_hook.h"], 2)}
    assert ("`src/hook.h`/", 1, 10, 16) in found  # #include "hook.h"
    assert ("`src/hook.h`/FunctionPreHook#", 4, 30, 45) in found


def test_descriptors_tell_symbols_apart():
    made = [descriptor(Symbol(kind, "x", 1, 1), n) for kind in ("class", "method", "field", "namespace", "macro") for n in (0, 1)]
    assert len(set(made)) == len(made)


def test_places_on_long_lines_are_those_on_short_ones():
    words = ["f", "gf", "f$", "f", "operator+", "ä", "äf", "_f", "g", "h9", "f"]
    line = " ".join(words)
    long = _Lines(f"\n{line} {'x ' * 4_000}\r\n".encode())
    short = _Lines(f"\n{line}\r\n".encode())
    for word in [*words, "x"]:
        assert long.place(2, word)[1:] == (short.place(2, word)[1:] if word != "x" else [len(line.encode()) + 1, len(line.encode()) + 2])
    assert short.place(2, "nowhere") == [1, 0, len(line.encode())]
    assert long.place(2, "nowhere")[2] > 8_000


def test_names_of_a_file_that_declares_one_a_thousand_times(tmp_path):
    files = {"same.h": "int f(int);\n" * 8_000, "line.js": ";".join(f"function f{i}(){{}}" for i in range(8_000))}
    facts = facts_of(write(tmp_path / "tree", files))
    start = time.process_time()
    index = b"".join(scip_index(facts))
    assert time.process_time() - start < 8  # thirty where each is compared with all before it
    (same,) = [d for d in many(index, 2) if text(d, 1) == "same.h"]
    assert [text(s, 1).rpartition("/")[2] for s in many(same, 3)][1:] == ["f().", *(f"f(+{n})." for n in range(1, 8_000))]


def test_command(facts, tmp_path, index):
    assert gaz("export", "scip", facts.root, "-o", tmp_path / "x.scip", "-j", 1) == 0
    assert (tmp_path / "x.scip").read_bytes() == index
    target = tmp_path / "mine"
    target.write_text("mine")
    (tmp_path / "link.scip").symlink_to(target)
    assert gaz("export", "scip", facts.root, "-o", tmp_path / "link.scip", "-j", 1) == 4
    assert target.read_text() == "mine"
    assert gaz("export", "json", facts.root, "-o", tmp_path / "out", "-j", 1) == 0
    assert (tmp_path / "out/data/symbols.jsonl").stat().st_size
