"""The caches of compilers on disk: the next process loads what this one has compiled, and a broken cache costs a warning."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import threading
import warnings
from pathlib import Path

import numpy as np
import pytest

import wengert as wg
from wengert.compiled import cache_dir, disk_cache

pytestmark = pytest.mark.compiler


@pytest.fixture
def folder(tmp_path):
    """A cache in a folder of the test's own."""
    before = cache_dir()
    cache_dir(tmp_path / "cache")
    yield tmp_path / "cache"
    cache_dir(False if before is None else before)


# -- the setting -------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("value", "expected"),
    [(None, None), ("", None), ("0", None), ("1", disk_cache.platform_folder()), ("~/there", Path("~/there").expanduser())],
)
def test_the_environment_says_where_it_is(monkeypatch, value, expected):
    monkeypatch.delenv(disk_cache.VARIABLE, raising=False)
    if value is not None:
        monkeypatch.setenv(disk_cache.VARIABLE, value)
    assert disk_cache._Setting().folder == expected


@pytest.mark.parametrize(
    ("platform", "variables", "end"),
    [
        ("linux", {"XDG_CACHE_HOME": "/var/mine"}, Path("/var/mine/wengert")),
        ("linux", {}, Path.home() / ".cache/wengert"),
        ("darwin", {}, Path.home() / "Library/Caches/wengert"),
        ("win32", {"LOCALAPPDATA": "/local"}, Path("/local/wengert/Cache")),
    ],
)
def test_each_platform_has_its_folder(monkeypatch, platform, variables, end):
    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "platform", platform)
    assert disk_cache.platform_folder() == end


def test_the_function_sets_and_tells(folder, tmp_path):
    assert cache_dir() == folder
    assert cache_dir(str(tmp_path / "other")) == tmp_path / "other"
    assert cache_dir(True) == disk_cache.platform_folder()
    assert cache_dir(False) is None
    assert cache_dir() is None
    assert not (tmp_path / "other").exists()  # not before something is to be written


def test_the_folder_is_nobody_elses(folder):
    made = disk_cache.folder_for("numba")
    assert made == folder / "numba"
    assert made.stat().st_mode & 0o077 == 0
    assert folder.stat().st_mode & 0o022 == 0


@pytest.mark.skipif(os.name != "posix", reason="permissions of files are POSIX's")
def test_a_folder_to_which_others_may_write_is_not_used(folder):
    folder.mkdir()
    folder.chmod(0o777)
    with pytest.warns(UserWarning, match="cannot be used, and they are compiled anew: others may write to"):
        assert disk_cache.folder_for("numba") is None
    assert disk_cache.folder_for("numba") is None  # and no second warning


def test_a_file_is_written_whole_or_not_at_all(tmp_path):
    path, text = tmp_path / "made.py", "x = 1\n" * 10_000
    threads = [threading.Thread(target=disk_cache.write_once, args=(path, text)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert path.read_text() == text
    assert [p.name for p in tmp_path.iterdir()] == ["made.py"]


# -- Numba -------------------------------------------------------------------------------------------------------------------
PROGRAM = """
import sys
import numpy as np
import wengert as wg
from wengert.compiled.segments import Segment

scale = np.array([1.0, 2.0, 3.0]) * float(sys.argv[1])  # a constant of the program, read where it lies
compiled = wg.compile(lambda x: (wg.tanh(x) * scale).sum(), backend="numba")
x = wg.tensor([0.1, 0.2, 0.3])
compiled(x)
for factor in (1.0, 10.0):
    value = compiled(x).item()
    scale *= 10.0
    assert abs(value - factor * (np.tanh([0.1, 0.2, 0.3]) * [1.0, 2.0, 3.0]).sum() * float(sys.argv[1])) < 1e-9 * factor
(program,) = [p for programs in compiled._programs.values() for p in programs]
(segment,) = [step for step in program.steps if isinstance(step, Segment)]
loops = [v for v in segment.function.__globals__.values() if hasattr(v, "stats") and hasattr(v, "signatures")]
print(sum(sum(one.stats.cache_hits.values()) for one in loops), sum(sum(one.stats.cache_misses.values()) for one in loops))
"""


def started(folder, argument="1"):
    """A process that compiles and runs a program."""
    source = str(Path(wg.__file__).parent.parent)
    environment = {**os.environ, "WENGERT_CACHE_DIR": str(folder), "PYTHONPATH": source}
    command = [sys.executable, "-W", "error", "-c", textwrap.dedent(PROGRAM), argument]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finished(process):
    """How often it has found machine code on disk, and how often not."""
    out, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors
    return tuple(map(int, out.split()))


@pytest.mark.slow
def test_the_next_process_loads_what_this_one_has_compiled(tmp_path):
    """With constants of its own, which lie elsewhere; and though two have written at the same time."""
    pytest.importorskip("numba", reason="the numba backend needs Numba")
    first, second = started(tmp_path), started(tmp_path)
    found = [finished(first), finished(second)]
    assert all(hits + misses == 1 for hits, misses in found)
    assert (0, 1) in found
    assert finished(started(tmp_path, "7")) == (1, 0)
    assert len(list((tmp_path / "numba").glob("loops_*.py"))) == 1
    assert not list((tmp_path / "numba").glob("*.tmp"))


def compiled_now():
    """A program of machine code, made anew; its value, and whether that was on disk."""
    compiled = wg.compile(lambda x: (wg.exp(x) * 2.0).sum(), backend="numba")
    x = wg.tensor([0.5, 1.5])
    compiled(x)
    value = compiled(x).item()
    (program,) = [p for programs in compiled._programs.values() for p in programs]
    (segment,) = [step for step in program.steps if hasattr(step, "rescue")]
    (loops,) = [v for v in segment.function.__globals__.values() if hasattr(v, "stats") and hasattr(v, "signatures")]
    assert value == pytest.approx(2 * np.exp([0.5, 1.5]).sum(), rel=1e-14)
    return sum(loops.stats.cache_hits.values()) == 1


def test_machine_code_is_found_again(folder):
    pytest.importorskip("numba", reason="the numba backend needs Numba")
    assert not compiled_now()
    assert compiled_now()
    cache_dir(False)
    assert not compiled_now()


def test_without_a_cache_nothing_is_written(tmp_path, monkeypatch):
    pytest.importorskip("numba", reason="the numba backend needs Numba")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    before = cache_dir()
    cache_dir(False)
    try:
        assert not compiled_now()
    finally:
        cache_dir(False if before is None else before)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("broken", ["machine code", "index", "place"])
def test_a_broken_cache_costs_one_warning(folder, broken):
    pytest.importorskip("numba", reason="the numba backend needs Numba")
    if broken == "place":
        folder.write_text("no folder")
    else:
        compiled_now()
        (path,) = (folder / "numba" / "__pycache__").glob("*.nbc" if broken == "machine code" else "*.nbi")
        path.write_bytes(b"garbage")
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        assert not compiled_now()
        compiled_now()
    (text,) = [str(w.message) for w in told]
    assert "the cache of compiled programs in" in text
    assert str(folder) in text


# -- XLA and Inductor --------------------------------------------------------------------------------------------------------
def test_xla_keeps_executables(folder):
    jax = pytest.importorskip("jax", reason="the xla backend needs JAX")
    if jax.config.jax_compilation_cache_dir is not None:
        pytest.skip("somebody has set JAX's own cache")

    def run():
        compiled = wg.compile(lambda x: (wg.exp(x) * 2.25).sum(), backend="xla")
        x = wg.tensor([0.5, 1.5])
        compiled(x)
        assert compiled(x).item() == pytest.approx(2.25 * np.exp([0.5, 1.5]).sum(), rel=1e-14)

    run()
    kept = sorted(path.name for path in (folder / "xla").iterdir())
    assert any(name.endswith("-cache") for name in kept)
    cache_dir(False)
    run()
    assert jax.config.jax_compilation_cache_dir is None  # as it was


def test_a_cache_that_a_program_has_set_for_jax_is_left_alone(folder, tmp_path):
    jax = pytest.importorskip("jax", reason="the xla backend needs JAX")
    before = jax.config.jax_compilation_cache_dir
    jax.config.update("jax_compilation_cache_dir", str(tmp_path / "own"))
    try:
        wg.compile(lambda x: wg.exp(x), backend="xla")(wg.tensor([1.0]))
        assert jax.config.jax_compilation_cache_dir == str(tmp_path / "own")
    finally:
        jax.config.update("jax_compilation_cache_dir", before)


def test_inductor_is_told_for_the_time_of_a_compilation(folder, monkeypatch):
    pytest.importorskip("torch", reason="the inductor backend needs PyTorch")
    from wengert.compiled.backends import inductor

    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", "elsewhere")
    with inductor._kept():
        assert os.environ["TORCHINDUCTOR_CACHE_DIR"] == str(folder / "inductor")
    assert os.environ["TORCHINDUCTOR_CACHE_DIR"] == "elsewhere"
    monkeypatch.delenv("TORCHINDUCTOR_CACHE_DIR")
    with inductor._kept():
        assert os.environ["TORCHINDUCTOR_CACHE_DIR"] == str(folder / "inductor")
    assert "TORCHINDUCTOR_CACHE_DIR" not in os.environ
    cache_dir(False)
    with inductor._kept():
        assert "TORCHINDUCTOR_CACHE_DIR" not in os.environ
