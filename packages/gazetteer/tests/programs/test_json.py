"""Facts as JSON: valid by the schema, as many as pages have rows."""

import base64
import inspect
import json
import os
import subprocess
import sys

import jsonschema
import msgspec
import pytest

from gazetteer import facts as facts_module
from gazetteer.compose import Book
from gazetteer.document import Details, Symbols
from gazetteer.render.fields import _EVERYWHERE, _OWN
from gazetteer.render.json import RECORDS, TOGETHER, json_outputs, schema, symbols_and_files
from programs.grown import facts_of, gaz, write


@pytest.fixture(scope="module")
def written(facts):
    return {path: bytes_of(content()) for path, content in json_outputs(facts)}


def bytes_of(content):
    return content if isinstance(content, bytes) else b"".join(content)


def records(written, name):
    return [json.loads(line) for line in written[f"data/{name}.jsonl"].splitlines()]


@pytest.mark.parametrize("name", RECORDS)
def test_lines_are_valid(written, name):  # check 23
    whole = json.loads(written["data/schema.json"])
    jsonschema.Draft202012Validator.check_schema(whole)
    found = records(written, name)
    assert found
    validator = jsonschema.Draft202012Validator({"$ref": f"#/$defs/{name}", "$defs": whole["$defs"]})
    for record in found:
        validator.validate(record)
    broken = dict(found[0], line="one")
    assert not validator.is_valid(broken)
    del broken["line"]
    assert not validator.is_valid(broken)


def test_schema_does_not_change_where_python_forgets_docstrings():
    program = "import json, sys; from gazetteer.render.json import schema; sys.stdout.write(json.dumps(schema()))"
    plain, stripped = (
        subprocess.run([sys.executable, *flags, "-c", program], capture_output=True, text=True, check=True).stdout
        for flags in ([], ["-OO"])
    )
    assert plain == stripped
    for name, part in schema()["$defs"].items():
        if "title" in part:
            assert part["description"] == inspect.cleandoc(getattr(facts_module, name).__doc__).partition("\n\n")[0], name


def test_every_field_is_described_and_nothing_else():
    fields = {
        (n, f): said["description"]
        for n, part in schema(is_compiled=True)["$defs"].items()
        for f, said in part.get("properties", {}).items()
    }
    assert all(text.endswith(".") for text in fields.values())
    assert {key.partition(".")[0::2] for key in _OWN} <= set(fields)
    assert set(_EVERYWHERE) <= {f for n, f in fields if f"{n}.{f}" not in _OWN}


def test_the_schema_means_the_same_to_validators_of_earlier_drafts(tmp_path):
    """What has a place where it could not be parsed has pairs of lines, which older drafts describe in other words."""
    facts = facts_of(write(tmp_path / "tree", {"a.py": "def f(:\n    x = (\n\nclass A: pass\n"}))
    (record,) = [json.loads(msgspec.json.encode(facts.file("a.py")))]
    assert record["quality"]["errors"]
    for validator in (jsonschema.Draft202012Validator, jsonschema.Draft7Validator, jsonschema.Draft6Validator):
        validator({"$ref": "#/$defs/files", "$defs": schema()["$defs"]}).validate(record)
        record["quality"]["errors"][0].append(1)
        assert not validator({"$ref": "#/$defs/files", "$defs": schema()["$defs"]}).is_valid(record)
        record["quality"]["errors"][0].pop()


def test_schema_is_what_is_written(written):
    assert json.loads(written["data/schema.json"]) == json.loads(msgspec.json.encode(schema()))


def rows(blocks):
    for block in blocks:
        if isinstance(block, Symbols):
            yield from block.rows
        elif isinstance(block, Details):
            yield from rows(block.blocks)


def test_as_many_symbols_as_pages_have_rows(facts, written):  # checks 9 and 23
    book = Book(facts.atlas)
    shown = sum(sum(1 for _ in rows(book.page(ref).blocks)) for ref in book.refs() if ref.kind == "file")
    symbols = records(written, "symbols")
    assert len(symbols) == shown == sum(f["symbols"] for f in records(written, "files")) > 15
    assert len({s["id"] for s in symbols}) == len(symbols)


def test_records_are_those_that_answers_have(facts, written):
    encode = msgspec.json.encode
    assert written["data/symbols.jsonl"].splitlines() == [encode(facts.symbol(ref)) for ref in facts.refs()]
    edges = [edge for path in facts.atlas.files for edge in facts.atlas.edges_from.get(path, ())]
    assert written["data/edges.jsonl"].splitlines() == [encode(facts.edge(edge)) for edge in edges]


def test_large_files_are_made_in_pieces(tmp_path):
    facts = facts_of(write(tmp_path / "t", {"many.py": "".join(f"def f{n}(): ...\n" for n in range(2_500))}))
    pieces = list(dict(json_outputs(facts))["data/symbols.jsonl"]())
    assert [piece.count(b"\n") for piece in pieces] == [1_000, 1_000, 500]


def test_files_that_are_made_together_are_those_that_are_made_alone(facts, written):
    assert {path: bytes_of(pieces) for path, pieces in symbols_and_files(facts)} == {path: written[path] for path in TOGETHER}


def test_every_record_has_evidence(facts, written):
    for name in ("symbols", "edges", "missing"):
        for record in records(written, name):
            assert record["method"]
            assert 1 <= record["line"] <= record["end_line"]
    ids = {s["id"] for s in records(written, "symbols")}
    for edge in records(written, "edges"):
        assert {edge.get("symbol", ""), edge.get("target_symbol", "")} <= ids | {""}
    (tests,) = [t for t in records(written, "tests") if t["path"] == "pkg/core.py"]
    assert tests["tests"][0] == {
        "path": "tests/test_core.py",
        "line": 1,
        "end_line": 1,
        "method": "text-match",
        "names": tests["tests"][0]["names"],
    }
    assert tests["searched"] == 1


def test_paths_that_are_no_utf8(written):
    (odd,) = [f for f in records(written, "files") if "path_base64" in f]
    assert odd["path"] == "caf\\xe9.py"
    assert os.fsdecode(base64.b64decode(odd["path_base64"])) == "caf\udce9.py"
    assert [s["path"] for s in records(written, "symbols") if "path_base64" in s] == ["caf\\xe9.py"]


def test_an_export_removes_no_pages(tmp_path, capfd):
    root, out = write(tmp_path / "tree", {"a.py": "x = 1\n"}), tmp_path / "out"
    assert gaz("build", root, "-o", out, "-j", 1) == 0
    before = sorted(out.rglob("*"))
    assert gaz("export", "json", root, "-o", out, "-j", 1) == 4
    assert "would remove; name another folder (-o), or ask gaz build for all formats (--format md,json)" in capfd.readouterr().err
    assert sorted(out.rglob("*")) == before
    for name in ("json", "json"):
        assert gaz("export", name, root, "-o", tmp_path / "own", "-j", 1) == 0
    assert gaz("build", root, "-o", out, "-j", 1, "--format", "md,json") == 0
    assert {p.name for p in out.iterdir()} >= {"README.md", "data"}
