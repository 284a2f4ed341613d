"""`gaz watch`: after each change, what a first build would give."""

import shutil
import subprocess
import sys
import time
from threading import Event, Timer

import pytest

from editing import cold, contents, make_tree, put
from gazetteer.build import build
from gazetteer.discover import discover
from gazetteer.errors import ConfigError, SourceError, UsageError
from gazetteer.opening import config_of
from gazetteer.store import Store
from gazetteer.unchanged import listing
from gazetteer.watch import watch
from trees import committed, git


def test_each_change_is_a_cold_build(tmp_path, monkeypatch):
    monkeypatch.setenv("GAZETTEER_CACHE_DIR", str(tmp_path / "cache"))
    tree, out = tmp_path / "tree", tmp_path / "out"
    make_tree(tree)
    stop = Event()

    def edits(root, event):
        assert (root, event) == (tree, stop)
        for path, text in (
            ("src/model.py", "class Other: pass\n"),
            ("gazetteer.toml", '[repo]\nname = "Shop"\n'),
            ("include/api.h", "#define SHOP_API 3\n"),
        ):
            put(tree / path, text)
            yield path
        yield "nothing"

    seen = []
    for built in watch(tree, out, jobs=1, stop=stop, changes=edits):
        seen.append(built.extracted)
        assert contents(out) == cold(tree, out)
    assert len(seen) == 4  # three edits after the first build; nothing is said where nothing was done


def test_what_is_told_is_not_looked_for(tmp_path, monkeypatch):  # check 29
    monkeypatch.setenv("GAZETTEER_CACHE_DIR", str(tmp_path / "cache"))
    tree, out = tmp_path / "tree", tmp_path / "tree/docs"
    make_tree(tree)
    time.sleep(0.1)
    looks, listings = [], []
    monkeypatch.setattr(
        "gazetteer.build.discover", lambda root, config, outputs, *more: looks.append(outputs[0]) or discover(root, config, outputs, *more)
    )
    monkeypatch.setattr("gazetteer.build.listing", lambda out: listings.append(out) or listing(out))
    page = "src/model.py.md"

    def beside():
        put(tree / "src/model.py~", "class B: pass\n")
        (tree / "src/model.py~").replace(tree / "src/model.py")

    def moved():
        (tree / "src").rename(tree / "moved")
        (tree / "moved/model.py").rename(tree / "moved/other.py")

    steps = [
        # What is done, the paths that are told, whether the tree and the output have to be looked at, whether something is built.
        (lambda: put(tree / "src/model.py", "class Other: pass\n"), ["src/model.py"], False, False, True),
        (lambda: put(tree / "src/model.py", "class A: pass\n"), ["src/model.py", "docs", f"docs/{page}"], False, False, True),
        (beside, ["src/model.py~", "src/model.py"], False, False, True),
        (lambda: put(tree / "src/model.py", "class A: pass\n"), ["src/model.py", "src/gone~"], False, False, True),
        (lambda: None, [f"docs/{page}", "docs/src", "docs/.gazetteer.new", "docs/.gazetteer.journal"], False, False, False),
        (lambda: put(tree / "docs" / page, "spoiled\n"), [f"docs/{page}"], False, True, True),
        ((tree / "docs" / page).unlink, [f"docs/{page}"], False, True, True),
        (lambda: put(tree / "src/new.py", "from model import A\n"), ["src/new.py"], True, False, True),
        (lambda: put(tree / "src/new.py", "from model import A as B\n"), ["src/new.py"], False, False, True),
        ((tree / "src/new.py").unlink, ["src/new.py"], True, False, True),
        (lambda: put(tree / ".gitignore", "include/\n"), [".gitignore"], True, False, True),
        (lambda: put(tree / ".gitignore", "other/\n"), [".gitignore"], True, False, True),
        (lambda: put(tree / "gazetteer.toml", '[repo]\nname = "Shop"\n'), ["gazetteer.toml"], True, False, True),
        (moved, ["src", "moved", "moved/model.py", "moved/other.py"], True, False, True),
    ]  # fmt: skip
    done = []

    def edits(_root, _event):
        for do, paths, *_ in steps:
            looks.clear()
            listings.clear()
            do()
            yield {(1, str(tree / path)) for path in paths}
            done.append((out in looks, out in listings))

    builds = watch(tree, out, jobs=1, changes=edits)
    next(builds)
    for _ in [step for step in steps if step[4]]:
        next(builds)
        assert contents(out) == cold(tree, out)
    assert list(builds) == []
    assert done == [(looked, listed) for _, _, looked, listed, _ in steps]


def test_the_system_tells_of_changes(tmp_path, monkeypatch):
    monkeypatch.setenv("GAZETTEER_CACHE_DIR", str(tmp_path / "cache"))
    tree, out = tmp_path / "tree", tmp_path / "tree/docs"
    make_tree(tree)
    time.sleep(0.2)  # what is read in the moment in which it was written is read once more
    stop = Event()
    builds = watch(tree, out, jobs=1, stop=stop)
    next(builds)
    import threading

    timer = threading.Timer(1.0, put, (tree / "src/model.py", "class Other: pass\n"))
    timer.start()
    assert next(builds).scanned == 1
    assert "Other" in (out / "src/model.py.md").read_text()
    stop.set()
    assert list(builds) == []


@pytest.fixture
def told(tmp_path, monkeypatch):
    """Builds of a tree of which the system tells, and what ends them; they end by themselves after a while."""
    monkeypatch.setenv("GAZETTEER_CACHE_DIR", str(tmp_path / "cache"))
    tree, out = tmp_path / "tree", tmp_path / "out"
    make_tree(tree)
    committed(tree)
    stop, failures = Event(), []
    timer = Timer(60, stop.set)
    timer.start()
    builds = watch(tree, out, jobs=1, stop=stop, config_path=tmp_path / "settings.toml", failed=failures.append)

    def after(change):
        change()
        next(builds)
        fresh = tmp_path / "fresh"
        with Store(None) as store:
            build(tree, fresh, config_of(tree, tmp_path / "settings.toml"), store)
        assert contents(out) == contents(fresh)
        shutil.rmtree(fresh)

    put(tmp_path / "settings.toml", "")
    next(builds)
    yield tree, after, failures
    stop.set()
    timer.cancel()
    assert list(builds) == []


def test_what_changes_before_the_system_tells_of_it(told):  # check 29
    tree, after, _ = told
    after(lambda: put(tree / "src/model.py", "class AtOnce: pass\n"))


def test_files_that_editors_and_tools_keep_for_themselves(told):  # check 29
    tree, after, _ = told
    for path in ("src/image.swf", "src/old.py~", ".idea/tasks.py", "node_modules/a/index.js", ".venv/b.py"):
        after(lambda path=path: put(tree / path, "class A {}\n"))


def test_what_decides_which_files_there_are(tmp_path, told):  # check 29
    tree, after, _ = told
    after(lambda: put(tree / ".gitignore", "include/\n"))
    after(lambda: git(tree, "rm", "-q", "--cached", "include/api.h"))
    after(lambda: git(tree, "add", "-f", "include/api.h"))
    after(lambda: put(tree / "notes.txt", "a\n"))
    after(lambda: put(tree / ".git/info/exclude", "notes.txt\n"))
    after(lambda: put(tmp_path / "settings.toml", '[repo]\nname = "Elsewhere"\n'))


def test_a_tree_in_the_place_of_another(tmp_path, told):  # check 29
    tree, after, failures = told
    make_tree(tmp_path / "next")
    put(tmp_path / "next/new.py", "class New: ...\n")

    def exchanged():
        tree.rename(tmp_path / "last")
        (tmp_path / "next").rename(tree)

    def made_again():  # the system may give the new folder the number of the old one
        shutil.rmtree(tree)
        put(tree / "other.py", "class Other: ...\n")

    after(exchanged)
    after(lambda: put(tree / "newer.py", "class Newer: ...\n"))
    after(made_again)
    after(lambda: put(tree / "more.py", "class More: ...\n"))
    assert failures == []


def test_an_output_that_is_gone(tmp_path, told):  # check 29
    tree, after, _ = told
    after(lambda: shutil.rmtree(tmp_path / "out"))
    after(lambda: put(tree / "more.py", "class More: ...\n"))
    after((tmp_path / "out/more.py.md").unlink)


def test_a_tree_that_is_gone_ends_it(tmp_path, monkeypatch):
    monkeypatch.setenv("GAZETTEER_CACHE_DIR", str(tmp_path / "cache"))
    tree, out, failures = tmp_path / "tree", tmp_path / "out", []
    make_tree(tree)
    builds = watch(tree, out, formats=("md", "html"), jobs=1, failed=failures.append)
    next(builds)
    before = contents(out)
    tree.rename(tmp_path / "elsewhere")
    with pytest.raises(SourceError, match="tree cannot be read: No such file"):
        next(builds)
    assert contents(out) == before
    assert failures == []


def test_a_configuration_that_is_half_written(tmp_path, told):
    _, after, failures = told

    def mended():
        put(tmp_path / "settings.toml", "[repo\n")
        Timer(2, put, (tmp_path / "settings.toml", '[repo]\nname = "Whole"\n')).start()

    after(mended)
    assert [type(error) for error in failures] == [ConfigError]


def test_without_watchfiles(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "watchfiles", None)
    with pytest.raises(UsageError, match=r"gazetteer\[watch\]"):
        next(watch(tmp_path, tmp_path / "out"))


def test_the_command_says_of_pages_what_a_build_may_say(tmp_path, monkeypatch):
    tree, out, other = tmp_path / "tree", tmp_path / "out", tmp_path / "built"
    make_tree(tree)
    monkeypatch.setenv("GAZETTEER_CACHE_DIR", str(tmp_path / "cache"))
    options = ["--format", "md,html", "--layout", "seed", "--source", "embed", "--links", "https://example.org/{path}#L{a}-L{b}"]
    command = [sys.executable, "-m", "gazetteer", "watch", str(tree), "-o", str(out), "-j", "1", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert "pages written" in process.stdout.readline()
        process.terminate()
    subprocess.run([sys.executable, "-m", "gazetteer", "build", str(tree), "-o", str(other), *options], check=True)
    assert contents(out) == contents(other)
    assert "https://example.org/src/model.py#L3" in (out / "src/model.py.md").read_text()
    assert (out / "src/model.py_docs.md").is_file()
