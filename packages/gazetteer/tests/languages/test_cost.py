"""A language that is added costs files of others nothing: what reads it is not imported for them, and their records are the same."""

from __future__ import annotations

import subprocess
import sys
import tracemalloc
from pathlib import Path

import pytest

from gazetteer.extract import extract, scan
from gazetteer.lang.table import BY_NAME
from gazetteer.parses import parse

_ROOT = Path(__file__).parents[2]
_READ = """
import sys
from gazetteer.classify import language_of
from gazetteer.extract import extract, scan
python, cpp = b"class A:\\n    def f(self): pass\\n", b"namespace a { template<class T> struct B : C<T> { int d; }; }\\n"
for path, content in (("a.py", python), ("a.cpp", cpp)):
    scanned = scan(content)
    assert extract(content, language_of(path, scanned), scanned.counts).symbols
print(*sorted(m for m in sys.modules if m.startswith(("tree_sitter_", "gazetteer.lang."))))
"""


def test_other_languages_are_not_imported() -> None:  # check 40
    done = subprocess.run([sys.executable, "-c", _READ], capture_output=True, text=True, check=True)
    grammars = {m for m in done.stdout.split() if m.startswith("tree_sitter_") and "." not in m}
    assert grammars <= {"tree_sitter_python", "tree_sitter_cpp"}
    folders = {m.split(".")[2] for m in done.stdout.split() if m.startswith("gazetteer.lang.")}
    assert folders <= {
        "base",
        "commented",
        "heads",
        "language",
        "plugged",
        "siblings",
        "table",
        "tags",
        "unread",
        "wording",
        "python",
        "cpp",
        "c",
    }


def test_records_are_the_same_without_other_languages(monkeypatch: pytest.MonkeyPatch) -> None:  # check 40
    files = [("python", b"import b\nclass A: pass\n"), ("cpp", b"#include <b>\nclass A { int c; };\n")]
    read = [extract(content, language, scan(content).counts) for language, content in files]
    for name in sorted(set(BY_NAME) - {"python", "cpp"}):
        monkeypatch.delitem(BY_NAME, name)
    assert [extract(content, language, scan(content).counts) for language, content in files] == read


@pytest.mark.skipif(not (_ROOT / "benchmarks" / "languages.py").is_file(), reason="the benchmarks are not beside the tests")
def test_the_benchmark_says_what_a_language_costs(tmp_path: Path) -> None:  # check 40
    (tmp_path / "a.py").write_text("def f(): pass\n" * 50)
    (tmp_path / "b.h").write_text("int f(void);\n" * 50)
    command = [sys.executable, "-m", "benchmarks.languages", "--tree", str(tmp_path), "--rounds", "1", "--language", "go"]
    done = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, check=True)
    assert "2 files, 1,350 bytes" in done.stdout
    assert "go" in done.stdout


def test_a_text_is_not_held_once_it_is_parsed() -> None:
    parse(b"x = 1\n", "python", 5.0)
    tracemalloc.start()
    try:
        for number in range(10):
            parse(b"x = %d\n" % number * 20_000, "python", 5.0)
        assert tracemalloc.get_traced_memory()[0] < 300_000  # each has 120,000 bytes
    finally:
        tracemalloc.stop()
