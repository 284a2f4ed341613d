"""Time and memory of a command with all its processes."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

__all__ = ["Measured", "calibration", "measured", "memory_of"]

_EVERY = 0.05


class Measured(Struct):
    """What a command took. Memory is the proportional set size (PSS) of all its processes at its peak, where the system tells it."""

    seconds: float
    peak_mb: float
    exit_code: int


def measured(command: Sequence[str], cwd: Path, env: dict[str, str]) -> Measured:
    """Run a command to its end."""
    begun = time.perf_counter()
    process = subprocess.Popen(command, cwd=cwd, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    peak, ended = [0.0], threading.Event()

    def watch() -> None:
        while not ended.wait(_EVERY):
            peak[0] = max(peak[0], memory_of(process.pid))

    watcher = threading.Thread(target=watch)
    watcher.start()
    code = process.wait()
    seconds = time.perf_counter() - begun
    ended.set()
    watcher.join()
    return Measured(seconds, peak[0], code)


def memory_of(pid: int) -> float:
    """The proportional set size of a process and all below it, in megabytes."""
    return sum(_pss(each) for each in _family(pid)) / 1024


def _family(pid: int) -> list[int]:
    """A process and all below it."""
    found, stack = [], [pid]
    while stack:
        found.append(stack.pop())
        for task in Path(f"/proc/{found[-1]}/task").glob("*/children"):
            try:
                stack += map(int, task.read_text().split())
            except OSError:  # it has ended meanwhile
                continue
    return found


def _pss(pid: int) -> int:
    """Kilobytes; none of a process that has ended."""
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    except (OSError, ValueError):
        pass
    return 0


def calibration() -> float:
    """Seconds that a fixed loop takes here and now: times are compared between machines as multiples of it."""
    begun = time.perf_counter()
    words: dict[str, int] = {}
    for number in range(1_000_000):
        key = f"w{number % 5_003}"
        words[key] = words.get(key, 0) + number
    return time.perf_counter() - begun
