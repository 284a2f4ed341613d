"""Builds with an index: the bytes of a first build after any change, whatever the number of processes; and nothing where there is none."""

from __future__ import annotations

import errno
import os
import shutil
import time

import pytest

from compiler.indexing import BASE, CLASSES, CONFIGURED, FILES, Document, documents, index_of, symbol
from editing import put
from gazetteer.build import build
from gazetteer.compiler.indexes import Index, Indexes
from gazetteer.config import parse
from gazetteer.errors import ConfigError, SourceError
from gazetteer.mcp_server import Current
from gazetteer.opening import config_of, named_indexes, opened
from gazetteer.store import Store
from gazetteer.watch import watch
from trees import built, contents, gaz, write

FORMATS = "md,html,json,llms,scip"


@pytest.fixture
def tree(tmp_path):
    return write(tmp_path / "tree", {**FILES, "gazetteer.toml": CONFIGURED, "index.scip": index_of(*documents())})


def cold(tmp_path, root, *arguments):
    for name in ("fresh", "fresh-cache"):
        shutil.rmtree(tmp_path / name, ignore_errors=True)
    told = built(tmp_path / "fresh-cache", root, "-o", tmp_path / "fresh", "--format", FORMATS, "-j", 1, *arguments)
    return contents(tmp_path / "fresh"), told.splitlines()[1:]


def cold_once(root, out):
    """The same in this process, of Markdown alone."""
    fresh = out.with_name("fresh")
    shutil.rmtree(fresh, ignore_errors=True)
    config = config_of(root)
    with Store(None) as store:
        build(root, fresh, config, store, indexes=named_indexes(root, config))
    return contents(fresh)


def test_after_any_change_as_in_a_first_build(tmp_path, tree):
    out, cache = tmp_path / "out", tmp_path / "cache"
    seen = []

    def build(*arguments):
        told = built(cache, tree, "-o", out, "--format", FORMATS, "-j", 2, *arguments)
        found = contents(out)
        assert (found, told.splitlines()[1:]) == cold(tmp_path, tree, *arguments)
        seen.append(found)
        assert built(cache, tree, "-o", out, "--format", FORMATS, "-j", 2, *arguments).splitlines()[1:] == told.splitlines()[1:]
        assert contents(out) == found
        return told

    build()
    (tree / "shop/far.py").write_text("\n" + FILES["shop/far.py"])  # a source
    assert "; 2 of 17 names" in build()
    (tree / "shop/use.py").write_text(FILES["shop/use.py"] + "\n\ndef more(): ...\n")
    build()
    newer = documents({**FILES, "shop/far.py": "\n" + FILES["shop/far.py"]})
    (tree / "index.scip").write_bytes(index_of(*newer))  # the index
    assert "; 0 of 17 names" in build()
    (tree / "index.scip").write_bytes(index_of(*newer[:2]))
    assert "2 documents" in build()
    (tree / "shop/far.py").unlink()
    build()
    (tree / "gazetteer.toml").write_text("")  # it is not named any more
    assert len(build().splitlines()) == 1
    (tree / "index.scip").unlink()
    build()
    assert len({tuple(found.items()) for found in seen}) == len(seen)


def test_an_index_elsewhere_is_looked_at_again(tmp_path):
    root, index = write(tmp_path / "tree", FILES), tmp_path / "far.scip"
    index.write_bytes(index_of(*documents()))
    arguments = root, "-o", tmp_path / "out", "-j", 1, "--scip", index
    first = built(tmp_path / "cache", *arguments)
    assert built(tmp_path / "cache", *arguments).splitlines()[1:] == first.splitlines()[1:]
    time.sleep(0.06)
    index.write_bytes(index_of(*documents()[:1]))
    assert "1 document," in built(tmp_path / "cache", *arguments)
    assert "no reference in `far.scip`" in (tmp_path / "out/shop/model.py.md").read_text()
    assert "far.scip" not in built(tmp_path / "cache", root, "-o", tmp_path / "out", "-j", 1)
    assert not any(b"far.scip" in content for content in contents(tmp_path / "out").values())


def test_the_second_build_ends_before_anything_is_imported(tmp_path, tree):
    for path in tree.rglob("*"):
        os.utime(path, ns=(10**18, 10**18))
    time.sleep(0.1)
    first = built(tmp_path / "cache", tree, "-o", tmp_path / "out", "-j", 1)
    assert list((tmp_path / "cache").glob("*.stamp"))
    done = gaz(tmp_path / "cache", "build", tree, "-o", tmp_path / "out", "-j", 1, PYTHONPROFILEIMPORTTIME="1")
    assert "google.protobuf" not in done.stderr
    assert "msgspec" not in done.stderr
    assert done.stdout.splitlines()[1:] == first.splitlines()[1:]


def test_watching(tmp_path, tree, monkeypatch):
    monkeypatch.setenv("GAZETTEER_CACHE_DIR", str(tmp_path / "cache"))
    out = tmp_path / "out"
    put(tree / ".gitignore", "index.scip\n")

    def edits(root, _event):
        for path, content in (
            ("shop/far.py", b"\n" + FILES["shop/far.py"].encode()),
            ("index.scip", index_of(*documents()[:1])),
            ("index.scip", index_of(*documents())),
            ("gazetteer.toml", b""),
        ):
            (root / path).write_bytes(content)
            yield {(2, str(root / path))}

    seen = []
    for _ in watch(tree, out, jobs=1, changes=edits):
        seen.append(contents(out))
        assert seen[-1] == cold_once(tree, out)
    assert len(seen) == 5
    assert "no reference in `index.scip`" in seen[2]["shop/model.py.md"].decode()
    assert not any(b"index.scip" in content for path, content in seen[4].items() if path != ".gitignore.md")


def test_answers_are_about_the_index_as_it_is(tree):
    put(tree / ".gitignore", "index.scip\n")
    with opened(tree, jobs=1) as held:
        current = Current(held)
        assert current().atlas.indexed[0].documents == 4
        (tree / "index.scip").write_bytes(index_of())
        assert current().atlas.indexed[0].documents == 0


def test_as_many_processes_as_one_likes(tmp_path, tree):
    found = []
    for jobs in (1, 2, 8):
        built(tmp_path / f"cache{jobs}", tree, "-o", tmp_path / "out", "--format", FORMATS, "-j", jobs, PYTHONHASHSEED=str(jobs))
        found.append(contents(tmp_path / "out"))
        shutil.rmtree(tmp_path / "out")
    assert found[0] == found[1] == found[2]


def test_where_no_index_is_named_all_is_as_it_was(tmp_path):
    config = tmp_path / "config.toml"
    root = write(tmp_path / "tree", {**FILES, "index.scip": index_of(*documents())})
    found = []
    for text in ("", "[compiler]\nscip = []\n", CONFIGURED):
        config.write_text(text)
        built(tmp_path / "cache", root, "-o", tmp_path / "out", "--format", FORMATS, "-j", 1, "--config", config)
        found.append(contents(tmp_path / "out"))
    assert found[0] == found[1] != found[2]
    assert not any(b"compiler" in content for path, content in found[0].items() if path.startswith("shop/"))


def refused(tmp_path, root, code, *arguments, **variables):
    done = gaz(tmp_path / "cache", "build", root, "-o", tmp_path / "out", "-j", 1, *arguments, **variables)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr


@pytest.mark.parametrize("what", ["missing", "link", "folder link", "pipe", "folder"])
def test_an_index_that_is_no_file_of_the_tree(tmp_path, what):
    root = write(tmp_path / "tree", {**FILES, "gazetteer.toml": CONFIGURED.replace("index.scip", "build/index.scip"), "build/a": ""})
    outside = write(tmp_path / "outside", {"index.scip": index_of(*documents())})
    place = root / "build/index.scip"
    if what == "link":
        place.symlink_to(outside / "index.scip")
    elif what == "folder link":
        shutil.rmtree(root / "build")
        (root / "build").symlink_to(outside)
    elif what == "pipe":
        os.mkfifo(place)
    elif what == "folder":
        place.mkdir()
    said = refused(tmp_path, root, 3)
    assert said.startswith("gaz: the index build/index.scip ([compiler] scip in gazetteer.toml; links are not followed) cannot be read: ")
    assert said.rstrip().endswith("expected an index of SCIP")
    assert not (tmp_path / "out/README.md").exists()


def test_an_index_that_is_named_and_cannot_be_read(tmp_path):
    root = write(tmp_path / "tree", FILES)
    assert f"--scip) cannot be read: {os.strerror(errno.ENOENT)}" in refused(tmp_path, root, 3, "--scip", tmp_path / "none")
    os.mkfifo(tmp_path / "pipe")
    assert "cannot be read: no regular file" in refused(tmp_path, root, 3, "--scip", tmp_path / "pipe")
    (tmp_path / "text").write_text("This is no index.\n")
    assert "the index text is no SCIP, or damaged" in refused(tmp_path, root, 3, "--scip", tmp_path / "text")
    (tmp_path / "empty").write_bytes(b"")
    assert "the index empty is no SCIP: it has no documents" in refused(tmp_path, root, 3, "--scip", tmp_path / "empty")


def test_an_index_that_is_too_large(tmp_path, tree):
    size = (tree / "index.scip").stat().st_size
    (tree / "gazetteer.toml").write_text(CONFIGURED + "[limits]\nindex_bytes = 100\n")
    said = refused(tmp_path, tree, 6)
    assert f"the index index.scip has {size:,} bytes, more than 100 ([limits] index_bytes in gazetteer.toml)" in said


def test_without_protobuf(tmp_path, tree):
    write(tmp_path / "hidden", {"google/protobuf/__init__.py": "raise ModuleNotFoundError('protobuf')\n", "google/__init__.py": ""})
    source = os.pathsep.join((str(tmp_path / "hidden"), os.fspath(gaz.__globals__["SOURCE"])))
    said = refused(tmp_path, tree, 2, PYTHONPATH=source)
    assert said == "gaz: the index index.scip needs protobuf, which is not installed; expected: pip install 'gazetteer[scip]'\n"


@pytest.mark.parametrize("path", ["/etc/index.scip", "../index.scip", "a/../../index.scip"])
def test_configured_paths_are_paths_of_the_tree(path):
    with pytest.raises(ConfigError, match=r"scip in \[compiler\] must be files of the tree"):
        parse(f'[compiler]\nscip = ["{path}"]\n')


def test_a_path_with_a_link_in_it_is_not_followed(tmp_path):
    write(tmp_path / "outside", {"index.scip": index_of()})
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree/sub").symlink_to(tmp_path / "outside")
    with pytest.raises(SourceError, match="links are not followed"):
        Indexes(tmp_path / "tree", [Index("sub/index.scip", "sub/index.scip", is_inside=True)], 10**6).key()


def test_a_million_occurrences(tmp_path):
    text = "def f(): ...\n" + "f()\n" * 100_000
    f = symbol("f().")
    document = Document("a.py", text).defines(f, "f")
    each = [CLASSES["Occurrence"](range=[line, 0, 1], symbol=f) for line in range(1, 100_001)]
    for _ in range(10):
        document.message.occurrences.extend(each)
    index = tmp_path / "large.scip"
    index.write_bytes(index_of(document, Document("b.py", "f()\n").says(f, "f").says(BASE, "f")))
    root = write(tmp_path / "tree", {"a.py": text, "b.py": "f()\n"})
    begun = time.monotonic()
    told = built(tmp_path / "cache", root, "-o", tmp_path / "out", "--format", "md,json", "-j", 1, "--scip", index)
    assert time.monotonic() - begun < 60
    assert "1 of 1,000,003 names does not" in told
    page = (tmp_path / "out/a.py.md").read_text()
    assert "referred to in [`a.py`](a.py.md) lines 2, 3, 4 and 99,997 more, [`b.py`](b.py.md) line 1 (compiler)" in page
    assert (tmp_path / "out/data/edges.jsonl").read_text().count("\n") == 100_001
