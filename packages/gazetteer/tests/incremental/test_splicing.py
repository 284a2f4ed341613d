"""Rows of a path are found among sorted ones, whatever the paths are; files are written anew from pieces of what they were."""

import json
import os

import pytest
from blake3 import blake3
from hypothesis import given
from hypothesis import strategies as st

from gazetteer.claims import claimed
from gazetteer.output import Writer
from gazetteer.splicing import Rows

_path = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), min_size=1, max_size=6)


def _rows(paths):
    """Rows as files have them: sorted by the bytes of paths, some paths with more than one."""
    return [
        json.dumps({"id": n, "path": path, "x": path * 2}, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        for n, path in enumerate(paths)
    ]


@given(st.lists(_path, max_size=20), _path)
def test_rows_are_found_by_path(paths, asked):
    paths = sorted(paths, key=os.fsencode)
    rows = _rows(paths)
    found = Rows(b"".join(rows))
    for path in {*paths, asked}:
        start, end = found.of(path)
        before = [row for row, p in zip(rows, paths, strict=True) if os.fsencode(p) < os.fsencode(path)]
        assert start == sum(map(len, before))
        assert found.content[start:end] == b"".join(row for row, p in zip(rows, paths, strict=True) if p == path)


def test_rows_are_found_by_what_stands_in_them():
    rows = Rows(b"".join(_rows(["a", "b", "b", "cb"])))
    assert list(rows.naming(b'"bb"')) == ["b", "b"]


@pytest.mark.parametrize("size", [10, 3 << 20])  # the larger one is hashed while it is copied
def test_a_file_is_written_anew_from_pieces(tmp_path, size):
    old = os.urandom(size)
    with claimed(tmp_path, tmp_path / "out"):
        with Writer(tmp_path / "out") as writer:
            writer.write("data/x", old)
            writer.finish()
        with Writer(tmp_path / "out", sure={"data/x"}) as writer:
            writer.write("data/x", [(0, 3), b"new", b"", (3, 3), (5, size)])
            writer.finish()
        expected = old[:3] + b"new" + old[5:]
        assert (tmp_path / "out/data/x").read_bytes() == expected
        assert writer.now == {"data/x": blake3(expected).hexdigest(16)}
        assert not (tmp_path / "out/.gazetteer.journal").exists()
