"""A header with hooks: the exact JSON of its record; and the header of PyTorch that has this shape, where its wheel is there."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import msgspec
import pytest
from clang_oracle import torch_include

from gazetteer.extract import extract, scan
from gazetteer.model import FileRecord, Symbol

FIXTURES = Path(__file__).parent / "fixtures"
FIELDS = [f.name for f in msgspec.structs.fields(Symbol)]


def record_of(path: Path) -> FileRecord:
    content = path.read_bytes()
    return extract(content, "cpp", scan(content).counts)


def plain(record: FileRecord) -> dict:
    """The record as JSON with names, without what is empty."""

    def named(value):
        if isinstance(value, msgspec.Struct):
            found = {f: named(getattr(value, f)) for f in value.__struct_fields__}
            return {k: v for k, v in found.items() if k == "parent" or v not in ("", [], 0, {}, False)}
        if isinstance(value, list | tuple):
            return [named(v) for v in value]
        return value

    return named(record)


def test_the_exact_json_of_a_header_with_hooks():  # check 1
    expected = json.loads((FIXTURES / "hook.json").read_text())
    assert plain(record_of(FIXTURES / "hook.h")) == expected


def test_the_header_of_pytorch_is_read_exactly():  # check 1
    header = torch_include("torch/csrc/autograd/python_hook.h")
    record = record_of(header)
    condition = "!defined(TORCH_STABLE_ONLY) && !defined(TORCH_TARGET_VERSION)"
    forward = [s for s in record.symbols if s.role == "forward"]
    assert [(s.kind, s.name) for s in forward] == [("class", "SwapSavedVariables")]
    counts = Counter(s.kind for s in record.symbols if s.role != "forward")
    assert counts == {"namespace": 2, "struct": 4, "constructor": 4, "destructor": 4, "method": 9, "field": 5}
    assert [s.name for s in record.symbols if s.kind == "namespace"] == ["torch::dynamo::autograd", "torch::autograd"]
    assert {(b.name, b.access) for s in record.symbols for b in s.bases} == {
        ("FunctionPreHook", "public"), ("FunctionPostHook", "public"), ("PostAccumulateGradHook", "public"),
    }  # fmt: skip
    assert [i.target for i in record.imports] == [
        "torch/csrc/autograd/function_hook.h", "torch/csrc/python_headers.h", "torch/csrc/utils/object_ptr.h",
    ]  # fmt: skip
    documented = [s for s in record.symbols if s.doc]
    assert [s.name for s in documented] == ["PyFunctionTensorPostAccGradHooks"]
    assert {s.type for s in record.symbols if s.kind == "field"} == {"PyObject*", "size_t"}
    for symbol in record.symbols:
        assert symbol.condition == condition
        assert ("override" in symbol.modifiers) == (symbol.kind in ("destructor", "method"))
    assert record.quality.error_bytes == 0


@pytest.mark.parametrize("name", ["hook.h"])
def test_every_line_has_the_name(name):  # check 21
    lines = (FIXTURES / name).read_text().split("\n")
    for symbol in record_of(FIXTURES / name).symbols:
        assert symbol.name.split("::")[-1].removeprefix("~") in lines[symbol.line - 1]
