"""Files that are large, deep, or no text: the build ends in bounded time and memory, and their pages say what was not read."""

import os
import random
import re
import subprocess
import sys
import time
import tracemalloc

import pytest

from gazetteer.config import Config
from gazetteer.discover import discover
from gazetteer.extract import ExtractOptions, extract, parse, scan
from gazetteer.gather import gather
from gazetteer.model import Counts
from gazetteer.resolve import resolve
from gazetteer.stopping import TookTooLongError, stopped_after
from gazetteer.store import Store
from trees import contents, environment, write

FILES = {
    "one_line.c": b"int a;" * 3_500_000,  # 21 MB
    "one_line_below_the_limit.c": b"int a;" * 300_000,
    "nul_byte.py": b"x = 1\nd\0f f(): ...\n",
    "nul_late.py": b"# " + b"x" * 9_000 + b"\n# \0\ndef f(): ...\n",
    "utf16.py": b"\xff\xfe" + "def f():\n    return 'ä'\n".encode("utf-16-le"),
    "utf16be.py": b"\xfe\xff" + "def g(): ...\n".encode("utf-16-be"),
    "utf16_broken.py": b"\xff\xfe" + b"\x00\xd8x\0\x00\xd8",
    "latin1.py": "# gr\xfc\xdfe\ndef h(): ...\n".encode("latin-1"),
    "surrogates.py": b"# \xed\xa0\x80 alone\ndef s(): ...\n",
    "bom.py": b"\xef\xbb\xbfdef b(): ...\n",
    "nested.c": b"int x = " + b"(" * 100_000 + b"1" + b")" * 100_000 + b";\nint after;\n",
    "nested.py": b"x = " + b"[" * 100_000 + b"]" * 100_000 + b"\n",
    "nested.json": b"[" * 100_000 + b"]" * 100_000,
    "nested_scopes.cpp": b"namespace a {\n" * 20_000 + b"int x;\n" + b"}\n" * 20_000,
    "nested_classes.py": b"".join(b" " * i + b"class C:\n" for i in range(1_000)) + b" " * 1_000 + b"x = 1\n",
    "templates.cpp": b"".join(b"template <class T> struct S%d;\n" % i for i in range(50_000)),
    "nested_templates.cpp": b"A" + b"<A" * 50_000 + b">" * 50_000 + b" x;\n",
    "long_name.py": b"def " + b"n" * 500_000 + b"(): ...\n",
    "random.cpp": random.Random(1).randbytes(300_000).replace(b"\0", b"x"),
    "heredocs.sh": b"<<A\n" * 40_000,
    "carriage.py": b"def a(): ...\rdef b(): ...\r\ndef c(): ...\n",
    "defines.h": b"".join(b"#define M%d M%d\n" % (i, i + 1) for i in range(20_000)),
    "define_loop.h": b"#define A B\n#define B A\n#define C C\nclass A X {};\n",
}

#: Runs `gaz` and tells the peak of its own memory, and that of the largest process that it waited for. Its own is that since it began:
#: `ru_maxrss` begins with what the process had that started it, which is a test process with all that it has imported.
MEASURE = """
import re, resource, sys
from pathlib import Path
from gazetteer.cli import run
code = run(sys.argv[1:])
own = re.search(r"VmHWM:\\s*(\\d+) kB", Path("/proc/self/status").read_text())[1]
print("peak", own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(code)
"""


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """Pages of all of these files at once, and the peaks in MB."""
    base = tmp_path_factory.mktemp("sizes")
    tree = write(base / "tree", FILES)
    with (tree / "huge.py").open("wb") as sparse:
        sparse.truncate(200 << 20)
    with (tree / "huge_text.py").open("wb") as sparse:
        sparse.write(b"x = 1\n" * 10_000)
        sparse.truncate(200 << 20)
    write(base, {"limits.toml": "[limits]\nparse_seconds = 1\n"})
    start = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-P", "-c", MEASURE, "build", str(tree), "-o", str(base / "out"), "--jobs", "2",
         "--config", str(base / "limits.toml")],
        capture_output=True, text=True, env=environment(base / "cache"), check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    peaks = [int(word) / 1024 for word in done.stdout.split("peak ")[1].split()]
    return {path: content.decode() for path, content in contents(base / "out").items()}, peaks, time.monotonic() - start


def test_every_file_has_a_page_and_memory_is_bounded(pages):  # check 34
    found, (own, children), _ = pages
    assert {f"{name}.md" for name in (*FILES, "huge.py")} <= found.keys()
    # The processes that make pages share the memory of the one that forked them, so a sum would count that thrice.
    assert own < 500
    assert children < 500


@pytest.mark.parametrize(("name", "text"), [
    ("huge.py", "209,715,200"), ("huge_text.py", "209,715,200"), ("one_line.c", "21,000,000"),
    ("one_line_below_the_limit.c", "a line of 1,800,000 bytes"),
    ("nul_late.py", "NUL"), ("utf16.py", "utf-16-le"), ("utf16be.py", "utf-16-be"), ("latin1.py", "no UTF-8"),
    ("surrogates.py", "no UTF-8"),
    ("templates.cpp", "50,000"), ("long_name.py", "a name of 500,000 characters"), ("heredocs.sh", "parsing took more than 1 s"),
])  # fmt: skip
def test_the_page_says_what_was_not_read(pages, name, text):  # check 34
    assert text in pages[0][f"{name}.md"]


@pytest.mark.parametrize(("name", "symbol"), [
    ("utf16.py", "f"), ("utf16be.py", "g"), ("latin1.py", "h"), ("surrogates.py", "s"), ("bom.py", "b"), ("nul_late.py", "f"),
    ("nested.c", "after"),
])  # fmt: skip
def test_what_can_be_read_is_read(pages, name, symbol):  # check 34
    rows = re.findall(r'^\|<a id="S\d+"></a>.*$', pages[0][f"{name}.md"], re.MULTILINE)
    assert any(re.search(rf"\b{symbol}\b", re.sub(r"<[^>]*>", "", row)) for row in rows)


def test_pages_are_text_without_control_characters(pages):  # checks 18 and 34
    for path, text in pages[0].items():
        if path.endswith(".md"):
            assert not {c for c in text if (ord(c) < 32 and c not in "\n\t") or 0xD800 <= ord(c) < 0xE000}, path


def test_sizes_are_those_of_the_whole_file():
    assert scan(b"x" * 11, 10, 500).counts.bytes == 500
    assert "500 bytes" in scan(b"x" * 11, 10, 500).notes[0].text


def test_a_parse_is_stopped():
    start = time.thread_time()
    assert parse(b"<<A\n" * 40_000, "bash", 0.2) is None
    assert time.thread_time() - start < 2
    record = extract(b"<<A\n" * 40_000, "bash", Counts(), ExtractOptions(parse_seconds=0.2))
    assert [n.code for n in record.notes] == ["timeout"]


def test_code_that_takes_too_long_is_stopped():
    def work():
        with stopped_after(0.2):
            while True:
                sum(range(1_000))

    with pytest.raises(TookTooLongError):
        work()
    with stopped_after(0.2):
        pass
    time.sleep(0.3)
    assert sum(range(3_000_000)) > 0  # no alarm is left


def test_a_reader_that_fails_costs_one_file(tmp_path, monkeypatch):
    from gazetteer import gather
    from gazetteer.build import build
    from gazetteer.config import Config
    from gazetteer.store import Store

    def broken(content, language, counts, options):
        if b"trip" in content:
            raise IndexError("list index out of range")
        if b"grow" in content:
            raise MemoryError
        record = extract(content, language, counts, options)
        if b"half" in content:
            record.doc = "\ud800"
        return record

    monkeypatch.setattr(gather, "extract", broken)
    tree = write(tmp_path / "tree", {"trip.py": "trip = 1\n", "grow.py": "grow = 1\n", "half.py": "half = 1\n", "fine.py": "fine = 1\n"})
    with Store(None) as store:
        build(tree, tmp_path / "out", Config(), store)
    found = contents(tmp_path / "out")
    assert b"its reader failed (IndexError)" in found["trip.py.md"]
    assert b"more memory than a worker may have" in found["grow.py.md"]
    assert b"its reader failed (UnicodeEncodeError)" in found["half.py.md"]
    assert b"fine" in found["fine.py.md"]


def test_limits_of_the_tree_are_an_error(tmp_path):
    from trees import gaz

    tree = write(tmp_path / "tree", {f"{i}.txt": "x" for i in range(5)})
    for limit in ("files = 4", "total_bytes = 4"):
        write(tmp_path, {"limits.toml": f"[limits]\n{limit}\n"})
        done = gaz(tmp_path / "cache", "build", tree, "-o", tmp_path / "out", "--config", tmp_path / "limits.toml")
        assert done.returncode == 6
        assert "[limits] files, total_bytes" in done.stderr


def test_deep_folders_and_long_names(tmp_path, monkeypatch):
    tree = tmp_path / "tree"
    tree.mkdir()
    above, depth = os.open(tree, os.O_RDONLY), 0
    for depth in range(60):
        os.mkdir("d" * 100, dir_fd=above)
        below = os.open("d" * 100, os.O_RDONLY, dir_fd=above)
        os.close(above)
        above = below
        if depth in (3, 59):
            os.close(os.open("deep.py", os.O_WRONLY | os.O_CREAT, dir_fd=above))
    os.close(above)
    try:
        from trees import built

        built(tmp_path / "cache", tree, "-o", tmp_path / "out")
        assert any(path.endswith("deep.py.md") for path in contents(tmp_path / "out"))
        kinds = [e.kind for e in discover(tree, Config())]
        assert sorted(kinds) == ["file", "unreadable"]  # a folder whose path is too long is named
        monkeypatch.setattr("gazetteer.discover.list_files", lambda root: (["d/" * 900 + "x.py", "d/" * 900 + "y.py", "a.py"], []))
        assert [(e.kind, len(e.path), e.why) for e in discover(tree, Config())] == [("unreadable", 999, "its path is too long")]
    finally:
        subprocess.run(["rm", "-rf", "tree"], cwd=tmp_path, check=True)


def test_a_repository_with_deeper_folders_than_python_calls(tmp_path):  # check 34
    """Git lists paths of up to four thousand bytes: two thousand folders, one in the other."""
    from trees import git

    tree = tmp_path / "tree"
    tree.mkdir()
    git(tree, "init", "-q")
    (tree / "a.py").write_text("a = 1\n")
    above = os.open(tree, os.O_RDONLY)
    for _ in range(1_500):
        os.mkdir("d", dir_fd=above)
        below = os.open("d", os.O_RDONLY, dir_fd=above)
        os.close(above)
        above = below
    os.close(os.open("deep.py", os.O_WRONLY | os.O_CREAT, dir_fd=above))
    os.close(above)
    try:
        git(tree, "add", "-A")
        found = [(e.kind, len(e.path)) for e in discover(tree, Config())]
        assert found == [("file", 4), ("unreadable", 999)]
    finally:
        subprocess.run(["rm", "-rf", "tree"], cwd=tmp_path, check=True)


def test_an_index_of_git_that_claims_to_be_huge_is_none(tmp_path):  # check 34
    """An archive may have a file of no blocks that has gigabytes; without its index, a repository is a folder like others."""
    from trees import committed

    tree = committed(write(tmp_path / "tree", {"a.py": "a = 1\n", "b.log": "b\n", ".gitignore": "*.log\n"}))
    os.truncate(tree / ".git/index", 1 << 30)
    tracemalloc.start()
    try:
        assert [e.path for e in discover(tree, Config())] == [".gitignore", "a.py"]
        assert tracemalloc.get_traced_memory()[1] < 50_000_000
    finally:
        tracemalloc.stop()


def test_git_takes_no_memory_for_an_ignore_file_that_claims_to_be_huge(tmp_path):  # check 34
    from trees import committed

    tree = committed(write(tmp_path / "tree", {"a.py": "a = 1\n"}))
    with (tree / ".gitignore").open("wb") as sparse:
        sparse.write(b"*.log\n")
        sparse.truncate(2 << 30)
    (tree / "b.log").touch()
    done = subprocess.run(
        [sys.executable, "-P", "-c", MEASURE, "build", str(tree), "-o", str(tmp_path / "out"), "--jobs", "1"],
        capture_output=True, text=True, env=environment(tmp_path / "cache"), check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert max(int(word) / 1024 for word in done.stdout.split("peak ")[1].split()) < 500
    assert contents(tmp_path / "out").keys() >= {"a.py.md"}
    assert "b.log.md" not in contents(tmp_path / "out")


#: Trees in which as many things have to do with as many others: 4,000 of them took minutes where each was compared with each.
CROWDS = {
    "a chain of classes": {
        "a.py": "class C0:\n def m(self): ...\n"
        + "".join(f"class C{i}(C{i - 1}):\n def m(self): ...\n def only{i}(self): ...\n" for i in range(1, 4_000))
    },
    "a function defined as often as declared": {"a.cpp": "void f(int a);\nvoid f(int a) {}\n" * 4_000},
    "classes of a name": {"a.cpp": "class B {};\nclass A : B {};\n" * 4_000},
    "definitions whose namespace is used": {
        "a.cpp": "".join(f"namespace n{i} {{ struct A {{ void f(); }}; }}\nvoid A::f() {{}}\n" for i in range(4_000))
    },
}  # fmt: skip


@pytest.mark.parametrize("crowd", CROWDS)
def test_resolving_a_crowd_takes_no_square_of_its_size(tmp_path, crowd):  # check 34
    write(tmp_path, CROWDS[crowd])
    config = Config()
    with Store(None) as store:
        files = gather(tmp_path, discover(tmp_path, config), config, store).files
    start = time.process_time()
    atlas = resolve("crowd", files, config)
    assert time.process_time() - start < 4
    if crowd == "a chain of classes":
        symbols = atlas.files["a.py"].record.symbols
        over = [
            (symbols[e.source_symbol], symbols[symbols[e.target_symbol].parent]) for e in atlas.edges_from["a.py"] if e.kind == "override"
        ]
        assert {symbol.name for symbol, _ in over} == {"m"}
        assert [base.name for _, base in over] == [f"C{i}" for i in range(3_999)]
