"""A build that is killed leaves nothing that the next one would not put right."""

import os
import signal
import subprocess
import sys
import time

import pytest

from editing import FILES, build_once, cold, contents, make_tree, put

_MORE = {f"src/part{i}/module{j}.py": f'"""Part {i}."""\n\n\ndef function_{i}_{j}(): pass\n' for i in range(6) for j in range(6)}


def _environment(folder):
    return {**os.environ, "GAZETTEER_CACHE_DIR": str(folder / "cache"), "PYTHONPATH": os.pathsep.join(sys.path)}


def _start(folder):
    program = "import sys; from gazetteer.cli import run; sys.exit(run(['build', 'tree', '-o', 'out', '-j', '1']))"
    return subprocess.Popen([sys.executable, "-c", program], cwd=folder, env=_environment(folder), stdout=subprocess.DEVNULL)


# The process kills itself at the n-th of these: a page is moved to its place, or removed; the journal goes.
_KILL = """
import os, signal
left = {left}
def counted(function):
    def call(*args, **kwargs):
        global left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*args, **kwargs)
    return call
os.replace, os.unlink = counted(os.replace), counted(os.unlink)
from pathlib import Path
from editing import build_once
here = Path.cwd()
build_once(here / "tree", here / "out", here / "store")
"""


@pytest.mark.parametrize("left", [0, 1, 2, 5, 12, 20, 30, 40, 44])
def test_killed_at_a_step(tmp_path, left):  # check 30
    make_tree(tmp_path / "tree", {**FILES, **_MORE})
    build_once(tmp_path / "tree", tmp_path / "out", tmp_path / "store")
    put(tmp_path / "tree/src/model.py", "class Other: pass\n")
    for path in list(_MORE)[::2]:
        (tmp_path / "tree" / path).unlink()
    put(tmp_path / "tree/src/part1", "now a file")
    killed = subprocess.run([sys.executable, "-c", _KILL.format(left=left)], cwd=tmp_path, env=_environment(tmp_path), check=False)
    assert killed.returncode == -signal.SIGKILL
    build_once(tmp_path / "tree", tmp_path / "out", tmp_path / "store")
    assert contents(tmp_path / "out") == cold(tmp_path / "tree", tmp_path / "out")


@pytest.mark.parametrize("left", [0, 1, 7, 25])
def test_a_first_build_that_is_killed(tmp_path, left):  # check 30
    make_tree(tmp_path / "tree", FILES)
    killed = subprocess.run([sys.executable, "-c", _KILL.format(left=left)], cwd=tmp_path, env=_environment(tmp_path), check=False)
    assert killed.returncode == -signal.SIGKILL
    assert len(list((tmp_path / "out").rglob("*.md"))) <= left
    page = tmp_path / "out/src/model.py.md"  # someone else's file where a page was to be
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text("not this")
    build_once(tmp_path / "tree", tmp_path / "out", tmp_path / "store")
    assert contents(tmp_path / "out") == cold(tmp_path / "tree", tmp_path / "out")


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_killed_at_a_time(tmp_path, share):  # check 30
    make_tree(tmp_path / "tree", {**FILES, **_MORE})
    begun = time.monotonic()
    assert _start(tmp_path).wait() == 0
    whole = time.monotonic() - begun
    (tmp_path / "cache").rename(tmp_path / "cache-before")
    (tmp_path / "out").rename(tmp_path / "out-before")
    process = _start(tmp_path)
    time.sleep(share * whole)
    process.kill()
    process.wait()
    assert _start(tmp_path).wait() == 0
    assert contents(tmp_path / "out") == contents(tmp_path / "out-before")
