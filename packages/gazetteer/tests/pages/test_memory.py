"""What a large tree is made of takes little memory, where that rests on how it is held."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from gazetteer.config import Config
from gazetteer.discover import discover
from gazetteer.gather import SourceFile, gather
from gazetteer.lang.cpp.resolve import resolve as resolve_cpp
from gazetteer.lang.python.resolve import _Resolver
from gazetteer.model import Counts, FileRecord, Quality, Symbol
from gazetteer.resolve.paths import Paths
from gazetteer.scanning import scan
from gazetteer.sharing import Sharing
from gazetteer.spool import Spool
from gazetteer.store import Store


def _peak(made: Callable[[], object]) -> int:
    """The most bytes that were in memory at once while something was made."""
    tracemalloc.start()
    try:
        made()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def _gathered(root: Path) -> list[SourceFile]:
    with Store(None) as store:
        return gather(root, discover(root, Config()), Config(), store).files


def test_what_a_first_look_says_is_not_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gazetteer.gather._KEPT_AT_ONCE", 20)
    words = [" ".join(f"word{number}_{i}" for i in range(2_000)) for number in range(400)]
    for number, text in enumerate(words):
        (tmp_path / f"{number}.txt").write_text(text)
    (tmp_path / "0.h").write_text("#define API\n")
    _gathered(tmp_path)  # what is imported and cached for it is there now
    found = list[SourceFile]()
    assert _peak(lambda: found.extend(_gathered(tmp_path))) < sum(map(len, words)) / 2
    by_path = {file.path: file for file in found}
    assert by_path["7.txt"].identifiers == words[7]
    assert by_path["7.txt"].scan.counts.bytes == len(words[7])
    assert (by_path["7.txt"].defines, by_path["0.h"].defines) == ([], ["API"])


def test_a_scan_is_put_aside_in_two_steps(tmp_path: Path) -> None:
    (tmp_path / "a.h").write_text("#define API\nint word;\n")
    (entry,) = discover(tmp_path, Config())
    file, content, spool = SourceFile(entry), (tmp_path / "a.h").read_bytes(), Spool().own()
    file.scan = whole = scan(content, 1_000_000, len(content))
    seen = [(file.identifiers, file.defines, file.scan.counts)]
    for put_aside in (file.put_words_aside, file.put_words_aside, file.put_scan_aside):
        put_aside(spool)
        seen.append((file.identifiers, file.defines, file.scan.counts))
    assert seen == [("define API int word", ["API"], whole.counts)] * 4
    assert (file.scan.identifiers, file.scan.defines) == ("", [])


def test_resolvers_share_what_is_equal() -> None:
    sharing = Sharing()

    def record() -> FileRecord:
        symbol = Symbol("function", "f", int("70000"), int("80000"), doc="Adds.")
        return FileRecord("c", Counts(int("90000")), "A text of some length.", quality=Quality("c"), symbols=[symbol])

    one, other = sharing.linked(record()), sharing.linked(record())
    assert one.symbols[0].line == 70_000
    assert one.symbols[0].line is other.symbols[0].line
    assert one.symbols[0].end_line is other.symbols[0].end_line
    assert one.doc
    assert one.counts is other.counts
    assert one.quality is other.quality


def test_includes_are_not_held_while_others_are_looked_for(tmp_path: Path) -> None:
    for number in range(40):
        (tmp_path / f"{number}.h").write_text(f"int f{number}();\n")
    (tmp_path / "a.c").write_text("".join(f'#include "{number % 40}.h"\n' for number in range(8_000)))
    files = _gathered(tmp_path)
    paths, held = Paths([file.path for file in files]), [file for file in files if file.record is not None]

    def made() -> int:
        return sum(1 for _ in resolve_cpp(held, paths, Config()))

    assert made() == 8_000
    assert _peak(made) < 8_000 * 50


def test_what_names_no_module_is_not_noted(tmp_path: Path) -> None:
    (tmp_path / "pkg").mkdir()
    (tmp_path / "pkg" / "__init__.py").write_text("")
    (tmp_path / "pkg" / "inner.py").write_text("x = 1\n")
    (tmp_path / "pkg" / "mod.py").write_text("".join(f"name{number} = 1\n" for number in range(500)))
    names = ", ".join(f"name{number}" for number in range(500))
    (tmp_path / "user.py").write_text(f"from pkg.mod import {names}\nfrom pkg import inner, other\n")
    files = _gathered(tmp_path)
    resolver = _Resolver(files, Paths([file.path for file in files]), Config())
    assert [edge.target for edge in resolver.statements("user.py")] == ["pkg/mod.py", "pkg/__init__.py", "pkg/inner.py"]  # type: ignore[union-attr]
    assert len(resolver.known) < 20
