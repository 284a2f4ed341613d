"""What is put into a file instead of being held in memory is read from there by all processes."""

from __future__ import annotations

import errno
import os
import re
from pathlib import Path

import pytest

from gazetteer.errors import is_full
from gazetteer.packing import Packed
from gazetteer.parallel import Meanwhile
from gazetteer.spool import Places, Spool


def test_values_of_all_lengths_come_back() -> None:
    spool, values = Spool().own(), [b"", b"a", b"b" * 4_095, b"c" * 4_096, b"d" * 4_097, b"e" * 1_000_000, b""]
    places = [spool.put(value) for value in values]
    assert [spool.get(place) for place in reversed(places)] == values[::-1]


def test_values_that_no_place_can_name() -> None:
    spool = Spool().own()
    with pytest.raises(ValueError, match="268,435,456 bytes behind 0 others; expected at most 268,435,455"):
        spool.put(bytes(1 << 28))
    spool._end = 1 << 36
    with pytest.raises(ValueError, match="1 bytes behind 68,719,476,736 others"):
        spool.put(b"a")


def test_places_of_files() -> None:
    numbers = {"a": 0, "b": 1, "c": 2}
    places = Places(numbers)
    places["c"], places["a"] = (1 << 64) - 2, 0
    assert (dict(places), len(places)) == ({"a": 0, "c": (1 << 64) - 2}, 2)
    assert ("b" in places, "d" in places, places.get("b"), places.get("d")) == (False, False, None, None)
    assert dict(Places(numbers, places.to_send())) == dict(places)
    with pytest.raises(KeyError):
        places["d"] = 1
    with pytest.raises(ValueError, match="places of 3 files; expected 2, as many as have a number"):
        Places({"a": 0, "b": 1}, places.to_send())


def test_what_is_read_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    spool, really = Spool().own(), os.pread
    place = spool.put(b"some words")
    monkeypatch.setattr(os, "pread", lambda file, length, at: really(file, min(length, 3), at))
    assert spool.get(place) == b"some words"
    monkeypatch.setattr(os, "pread", lambda _file, _length, _at: b"")
    with pytest.raises(EOFError, match="has been cut"):
        spool.get(place)


def test_another_process_puts_values_there() -> None:
    spool = Spool()
    assert not spool.is_own

    def made() -> bytes:
        places = [spool.own().put(value) for value in (b"one", b"two")]
        return " ".join(map(str, places)).encode()

    with Meanwhile(made, is_worth=True) as other:
        value = other.get()
    assert value is not None
    assert [spool.get(int(place)) for place in value.split()] == [b"one", b"two"]
    assert not spool.is_own


def test_a_process_that_may_not_put_values_there_holds_them() -> None:
    packed = Packed(list[int], Spool().own())
    packed["a"] = [1]

    def made() -> bytes:
        packed["b"] = [2, 3]
        packed["a"] = [4]
        return bytes([*packed["a"], *packed["b"]])

    with Meanwhile(made, is_worth=True) as other:
        assert other.get() == bytes([4, 2, 3])
    assert dict(packed) == {"a": [1]}


def test_a_place_that_is_no_folder_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "cache").write_text("")
    monkeypatch.setenv("GAZETTEER_CACHE_DIR", str(tmp_path / "cache"))
    spool = Spool().own()
    assert spool.get(spool.put(b"one")) == b"one"
    monkeypatch.setenv("GAZETTEER_CACHE_DIR", str(tmp_path / "other"))
    assert spool.get(Spool().own().put(b"two")) == b"one"
    assert not list((tmp_path / "other").iterdir())


def test_a_full_disk_is_said_with_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def pwrite(_file: int, _value: object, _place: int) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setenv("GAZETTEER_CACHE_DIR", str(tmp_path))
    spool = Spool().own()
    monkeypatch.setattr(os, "pwrite", pwrite)
    with pytest.raises(OSError, match=re.escape(str(tmp_path))) as raised:
        spool.put(b"one")
    assert is_full(raised.value)
