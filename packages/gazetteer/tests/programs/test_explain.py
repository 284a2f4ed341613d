"""Facts with the lines that they rest on."""

import base64
import json

import pytest

from gazetteer.errors import UsageError
from gazetteer.explaining import explain
from gazetteer.facts import EdgeFact, SymbolFact
from programs.grown import FILES, gaz


def lines_of_file(content, first, last):
    """The lines of a file, found without the code under test."""
    return b"".join(part + b"\n" for part in content.split(b"\n"))[:-1] if not last else b"".join(
        content.split(b"\n")[i] + (b"\n" if i < content.count(b"\n") else b"") for i in range(first - 1, last)
    )  # fmt: skip


def test_every_symbol_and_edge_has_the_bytes_of_its_lines(facts):  # check 43
    checked = 0
    for ref in facts.refs():
        if facts.atlas.files[ref.path].scan.encoding.startswith("utf-16"):
            continue
        symbol = facts.atlas.symbol(ref)
        for one in explain(facts, f"{ref.path}:{symbol.line}"):
            content = FILES[one.path]
            raw = content if isinstance(content, bytes) else content.encode()
            assert one.content == lines_of_file(raw, one.line, one.end_line), one
            if isinstance(one.fact, SymbolFact):
                assert one.fact.name.encode() in one.content
            checked += 1
    assert checked > 30


def test_bytes_of_wide_text(facts):  # check 43
    (one,) = [e for e in explain(facts, "wide") if isinstance(e.fact, SymbolFact)]
    assert one.content == "def wide(): ...\n".encode("utf-16-le")


def test_edges(facts):
    (one,) = explain(facts, "src/tensor_hook.h -> src/hook.h")[:1]
    assert isinstance(one.fact, EdgeFact)
    assert (one.path, one.line, one.content, one.fact.method) == ("src/tensor_hook.h", 2, b'#include "hook.h"\n', "resolved")
    bases = [e for e in explain(facts, "TensorPreHook -> FunctionPreHook") if e.fact.kind == "base"]
    assert [(e.line, e.content) for e in bases] == [(5, b"struct TensorPreHook : public FunctionPreHook {\n")]


def test_what_there_is_not(facts):
    with pytest.raises(UsageError, match="near are TensorPreHook"):
        explain(facts, "TensorPreHok")
    with pytest.raises(UsageError, match="has lines 1 to 3"):
        explain(facts, "src/tensor_hook.cpp:9")
    with pytest.raises(UsageError, match="no edge from"):
        explain(facts, "src/hook.h -> pkg/core.py")


def test_command(facts, capfdbinary):  # check 43
    assert gaz("explain", "src/odd.h:1-2", "--lines", "-p", facts.root, "-j", 1) == 0
    assert capfdbinary.readouterr().out == b"struct Odd {};\r\nint b;  // caf\xe9"
    assert gaz("explain", "TensorPreHook", "-p", facts.root, "-j", 1) == 0
    out = capfdbinary.readouterr().out
    assert out.startswith(b"== struct TensorPreHook == src/tensor_hook.h:5-8 (parsed)\n")
    assert FILES["src/tensor_hook.h"].split("\n\n")[1].split("\n", 1)[1].encode() in out
    assert gaz("explain", "src/odd.h:2", "--json", "-p", facts.root, "-j", 1) == 0
    last = json.loads(capfdbinary.readouterr().out.splitlines()[-1])
    assert base64.b64decode(last["base64"]) == b"int b;  // caf\xe9"
