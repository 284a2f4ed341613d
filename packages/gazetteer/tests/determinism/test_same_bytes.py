"""The same tree gives the same bytes: whatever the number of workers, the machine, the folder, and what was built before."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time

import pytest

from trees import SMALL, built, committed, contents, environment, gaz, write

FILES = SMALL | {
    "grüße/ü.py": "def ä(): ...\n", "a b.py": "x = 1\n", "Foo.h": "struct A;\n", "foo.h": "struct B {};\n", "z.rs": "pub fn z() {}\n",
    os.fsdecode(b"\xff.py"): "y = 1\n",
    "app/main.ts": "import { a } from './a';\nexport const b = a;\n", "app/a.ts": "export const a = 1;\n",
    "data.json": '{"b": 1, "a": [2]}\n', "latin1.py": "# gr\xfc\xdfe\nz = 1\n".encode("latin-1"),
} | {f"many/m{i}.py": f"from pkg import core\n\n\ndef f{i}(a, b=None):\n    return core.Core(), {i}\n" for i in range(30)}  # fmt: skip
FORMATS = ("--format", "md,html,json,llms")


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    base = tmp_path_factory.mktemp("first")
    write(base / "tree", FILES)
    built(base / "cache", base / "tree", "-o", base / "out", *FORMATS, "--jobs", "1", PYTHONHASHSEED="0")
    found = contents(base / "out")
    assert len(found) > 100
    return found


def differences(found, expected):
    return sorted(p for p in found.keys() | expected.keys() if found.get(p) != expected.get(p))


@pytest.mark.parametrize(("arguments", "variables"), [
    (("--jobs", "2"), {"PYTHONHASHSEED": "1", "LC_ALL": "C", "TZ": "Asia/Tokyo"}),
    (("--jobs", "8"), {"PYTHONHASHSEED": "2", "LC_ALL": "POSIX", "TZ": "America/Lima", "COLUMNS": "40", "HOME": "/nowhere"}),
    ((), {"PYTHONHASHSEED": "random", "LC_ALL": "tr_TR.UTF-8", "LANG": "de_DE", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}),
])  # fmt: skip
def test_jobs_hash_seed_locale_and_time_zone(expected, tmp_path, arguments, variables):  # check 28
    write(tmp_path / "tree", FILES)
    built(tmp_path / "cache", tmp_path / "tree", "-o", tmp_path / "out", *FORMATS, *arguments, **variables)
    assert differences(contents(tmp_path / "out"), expected) == []


def test_checkout_path_and_order_on_disk(expected, tmp_path):  # check 28
    base = tmp_path / "somewhere else" / "ü"
    for path in random.Random(3).sample(sorted(FILES), len(FILES)):
        write(base / "tree", {path: FILES[path]})
    for path in random.Random(4).sample(sorted(FILES), len(FILES)):
        os.utime(base / "tree" / path, (1, random.Random(os.fsencode(path)).randrange(1 << 30)))
    built(base / "cache", "tree", "-o", "out", *FORMATS, cwd=base)
    assert differences(contents(base / "out"), expected) == []


def test_inside_the_tree_and_in_a_repository(tmp_path):  # checks 26 and 28
    """The output of one run is no input of the next, and the folder's own name does not matter."""
    results = []
    for name, repository in (("one", False), ("two", True), ("three", True)):
        tree = write(tmp_path / name, FILES)
        if repository:
            committed(tree)
        for _ in range(3):
            said = built(tmp_path / "cache", tree, "-o", tree / "docs" / "ref", *FORMATS)
            results.append(contents(tree / "docs" / "ref"))
        assert ": 0 written, 0 removed" in said
        if name == "two":
            shutil.rmtree(tree / ".git")
            shutil.rmtree(tmp_path / "cache")
            built(tmp_path / "cache", tree, "-o", tree / "docs" / "ref", *FORMATS)
            results.append(contents(tree / "docs" / "ref"))
    assert [differences(r, results[0]) for r in results] == [[]] * len(results)


def _start(tmp_path, *arguments, out="out"):
    return subprocess.Popen(
        [sys.executable, "-m", "gazetteer", "build", str(tmp_path / "tree"), "-o", str(tmp_path / out), *FORMATS, *arguments],
        env=environment(tmp_path / "cache"), cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        start_new_session=True,
    )  # fmt: skip


def _changed(tree, step):
    """An edit of each sort, so that pages come, change and go."""
    write(
        tree,
        {f"many/m{step}.py": f"def changed{step}(): ...\n", f"new{step}.py": f"n = {step}\n", "src/export.h": f"#define SMALL_API{step}\n"},
    )
    (tree / f"many/m{step + 10}.py").unlink(missing_ok=True)
    shutil.rmtree(tree / f"new{step - 1}.py", ignore_errors=True)
    if (tree / f"new{step - 1}.py").exists():
        (tree / f"new{step - 1}.py").unlink()
        write(tree, {f"new{step - 1}.py/inside.py": "i = 1\n"})


def test_killed_builds_leave_nothing_behind(tmp_path):  # check 30
    """Killed at random times, over a tree that goes on changing; then one build gives what a first one gives."""
    write(tmp_path / "tree", FILES)
    start = time.monotonic()
    built(tmp_path / "cache", tmp_path / "tree", "-o", tmp_path / "out", *FORMATS)
    length, rng, killed, step = time.monotonic() - start, random.Random(30), 0, 0
    while killed < 4:
        _changed(tmp_path / "tree", step)
        process = _start(tmp_path)
        time.sleep(length * rng.uniform(0.2, 1))
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        step += 1
        if process.returncode == -signal.SIGKILL:
            killed += 1
        else:  # it had ended: builds are faster now than the first was
            length *= 0.7
    _changed(tmp_path / "tree", step)
    built(tmp_path / "cache", tmp_path / "tree", "-o", tmp_path / "out", *FORMATS)
    built(tmp_path / "fresh", tmp_path / "tree", "-o", tmp_path / "cold", *FORMATS)
    assert differences(contents(tmp_path / "out"), contents(tmp_path / "cold")) == []


@pytest.mark.parametrize("at", [0, 1, 2, 5, 20])
def test_a_build_that_ends_between_two_files(tmp_path, at):  # check 30
    """Cut off after so many files of the output; then the tree goes back to what it was, so that the manifest seems right."""
    from gazetteer.build import build
    from gazetteer.config import Config
    from gazetteer.output import Writer
    from gazetteer.store import Store

    tree, out = write(tmp_path / "tree", FILES), tmp_path / "out"
    with Store(None) as store:
        build(tree, out, Config(), store)
    before = contents(out)

    class Killed(BaseException):
        pass

    def kill(self, path, content, put=Writer._put):
        if self.written >= at:
            raise Killed
        put(self, path, content)

    for step in range(3):
        _changed(tree, step)
    with pytest.MonkeyPatch.context() as patch, Store(None) as store:
        patch.setattr(Writer, "_put", kill)
        with pytest.raises(Killed):
            build(tree, out, Config(), store)
    shutil.rmtree(tree)
    write(tree, FILES)
    with Store(None) as store:
        build(tree, out, Config(), store)
    assert differences(contents(out), before) == []


@pytest.mark.parametrize("most", [48, 32, 16])
def test_a_process_that_may_open_few_files(tmp_path, most):
    """The same bytes, or an error: no page says of a file that it cannot be read."""
    tree = write(tmp_path / "tree", {**FILES, **{f"{'a/' * n}b{n}/c.py": f"class C{n}: ...\n" for n in range(70)}})
    limited = ["sh", "-c", f'ulimit -n {most}; exec "$@"', "sh", sys.executable, "-m", "gazetteer", "build", tree, *FORMATS]
    done = subprocess.run(
        [*limited, "-o", tmp_path / "out", "-j", "2"], capture_output=True, text=True, env=environment(tmp_path / "cache"), check=False
    )
    if most < 20:
        assert (done.returncode != 0, done.stderr.count("\n")) == (True, 1), done.stderr
        assert "Too many open files" in done.stderr
    else:
        assert done.returncode == 0, done.stderr
        built(tmp_path / "fresh", tree, "-o", tmp_path / "cold", *FORMATS)
        assert differences(contents(tmp_path / "out"), contents(tmp_path / "cold")) == []


def test_two_builds_at_once(tmp_path):  # check 31
    """One waits for the other, also with a cache of its own; the result is that of one."""
    write(tmp_path / "tree", FILES)
    running = [_start(tmp_path) for _ in range(3)]
    said = [p.communicate(timeout=120) for p in running]
    assert [p.returncode for p in running] == [0, 0, 0], said
    built(tmp_path / "fresh", tmp_path / "tree", "-o", tmp_path / "cold", *FORMATS)
    assert differences(contents(tmp_path / "out"), contents(tmp_path / "cold")) == []


def test_another_build_begins_while_we_look_whose_files_these_are(tmp_path, monkeypatch):  # check 31
    from gazetteer import claims
    from gazetteer.discover import MARK, MARKER

    out, listing = tmp_path / "out", claims.listing
    write(tmp_path / "tree", SMALL)
    out.mkdir()

    def begun_meanwhile(folder):
        (out / MARKER).write_bytes(MARK)
        (out / "README.md").write_text("of another build")
        return listing(folder)

    monkeypatch.setattr(claims, "listing", begun_meanwhile)
    claims.check_output(tmp_path / "tree", out)


def test_whose_files_these_are_is_asked_of_a_store_that_stays_as_it_is(tmp_path, monkeypatch):  # check 31
    """Another program, or another build, may be at work on it."""
    import sqlite3

    from gazetteer.claims import check_output
    from gazetteer.errors import OutputError
    from gazetteer.store import store_path

    monkeypatch.setenv("GAZETTEER_CACHE_DIR", str(tmp_path / "cache"))
    write(tmp_path / "tree", SMALL)
    write(tmp_path / "out", {"a.txt": "mine"})
    place = store_path(tmp_path / "tree", tmp_path / "out")
    place.parent.mkdir()
    other = sqlite3.connect(place, isolation_level=None)
    other.executescript("CREATE TABLE meta (key TEXT PRIMARY KEY, value BLOB); INSERT INTO meta VALUES ('version', x'30')")
    other.execute("BEGIN EXCLUSIVE")
    for _ in ("while it is locked", "when it is not"):
        with pytest.raises(OutputError, match=r"a\.txt"):
            check_output(tmp_path / "tree", tmp_path / "out")
        other.commit()
    assert other.execute("SELECT * FROM meta").fetchall() == [("version", b"0")]
    other.close()


def test_a_second_build_waits_or_refuses(tmp_path):  # check 31
    from gazetteer.claims import claimed

    write(tmp_path / "tree", SMALL)
    with claimed(tmp_path / "tree", tmp_path / "out"):
        done = gaz(tmp_path / "cache", "build", tmp_path / "tree", "-o", tmp_path / "out", "--no-wait")
        assert done.returncode == 4
        assert "is being written by another build" in done.stderr
        waiting = _start(tmp_path)
        assert waiting.stderr.readline().startswith("waiting for another build")
        assert waiting.poll() is None
        assert sorted(os.listdir(tmp_path / "out")) == [".gazetteer"]
    waiting.communicate(timeout=60)
    assert waiting.returncode == 0


def test_two_outputs_of_one_tree_at_once(tmp_path):  # check 31
    write(tmp_path / "tree", FILES)
    running = [_start(tmp_path, out=name) for name in ("one", "two")]
    assert [p.communicate(timeout=120) and p.returncode for p in running] == [0, 0]
    assert differences(contents(tmp_path / "one"), contents(tmp_path / "two")) == []
