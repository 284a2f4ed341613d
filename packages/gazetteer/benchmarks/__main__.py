"""Cold build, build with nothing changed, build with one file changed; other programs beside it; a tree ten times as large."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import click
import msgspec
from rich.console import Console
from rich.table import Table

from .measure import Measured, calibration, measured, memory_of
from .trees import copy_of, enlarge, headers_and_library


def gaz(tree: Path, work: Path, jobs: int, executor: str, formats: str) -> list[tuple[str, Measured]]:
    """Three builds of a tree."""
    env = {**os.environ, "GAZETTEER_CACHE_DIR": str(work / "cache")}
    command = [sys.executable, "-m", "gazetteer", "build", str(tree), "-o", str(work / "out"), "-j", str(jobs), "--format", formats]
    command += ["--executor", executor]
    found = [("cold", measured(command, work, env))]
    time.sleep(0.1)
    found.append(("nothing changed", measured(command, work, env)))
    changed = typical(tree)
    before = changed.read_bytes()  # a name that is there already would not be a small change
    changed.write_bytes(before + b"\n\ndef added_by_the_benchmark_%d(): pass\n" % len(before))
    found.append(("one file changed", measured(command, work, env)))
    end = f" ({formats})" if executor == "local" else f" ({formats}; {executor})"
    return [(f"gaz, {what}{end}", m) for what, m in found]


def typical(tree: Path) -> Path:
    """The largest module of Python below 50,000 bytes."""
    modules = (p for p in tree.rglob("*.py") if p.is_file() and not p.is_symlink())
    return max(modules, key=lambda p: (p.stat().st_size < 50_000, p.stat().st_size, p))


def watched(tree: Path, work: Path, formats: str) -> tuple[str, Measured]:
    """From the moment in which a file is saved to that in which its page is written, by ``gaz watch``; the median of five."""
    env = {**os.environ, "GAZETTEER_CACHE_DIR": str(work / "cache")}
    command = [sys.executable, "-m", "gazetteer", "watch", str(tree), "-o", str(work / "out"), "--format", formats]
    changed = typical(tree)
    page = work / "out" / f"{changed.relative_to(tree)}.md"
    process = subprocess.Popen(command, cwd=work, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout is not None
    process.stdout.readline()  # of the first build
    time.sleep(1.0)
    times = []
    for number in range(5):
        before = page.stat().st_mtime_ns
        begun = time.perf_counter()
        changed.write_bytes(changed.read_bytes() + b"\n\ndef added_while_watching_%d(): pass\n" % number)
        while page.stat().st_mtime_ns == before and time.perf_counter() < begun + 600:
            time.sleep(0.001)
        times.append(time.perf_counter() - begun)
        time.sleep(1.0)
    peak = memory_of(process.pid)
    process.terminate()
    process.wait()
    return f"gaz watch, from saving to page ({formats})", Measured(statistics.median(times), peak, 0)


def others(tree: Path, work: Path) -> list[tuple[str, Measured]]:
    """Programs that also read whole trees, as far as they are installed."""
    doxyfile = work / "Doxyfile"
    doxyfile.write_text(
        f"INPUT={tree}\nRECURSIVE=YES\nGENERATE_HTML=NO\nGENERATE_LATEX=NO\nGENERATE_XML=YES\nOUTPUT_DIRECTORY={work}\nQUIET=YES\nEXTRACT_ALL=YES\n"
    )
    commands = {
        "ctags, all fields": ["ctags", "-R", "--output-format=json", "--fields=*", "--extras=+q", "-f", str(work / "tags"), str(tree)],
        "doxygen, XML": ["doxygen", str(doxyfile)],
        "repomix": ["repomix", str(tree), "-o", str(work / "repomix.xml"), "--quiet"],
    }
    return [(name, measured(command, work, dict(os.environ))) for name, command in commands.items() if shutil.which(command[0])]


@click.command()
@click.option(
    "--tree",
    type=click.Path(path_type=Path, exists=True),
    default=None,
    help="Measured on a copy; the standard library with the headers of PyTorch by default.",
)
@click.option("--jobs", default=2, show_default=True)
@click.option("--format", "formats", default="md,html,json,llms", show_default=True)
@click.option("--times", default=1, show_default=True, help="Also measure a tree of so many copies (10 for the goal of 11 times the time).")
@click.option("--dask", is_flag=True, help="Also measure with Dask's executor on a local cluster.")
@click.option("--json", "json_path", type=click.Path(path_type=Path), default=None, help="Write the numbers to this file.")
def main(tree: Path | None, jobs: int, formats: str, times: int, dask: bool, json_path: Path | None) -> None:
    """Measure Gazetteer."""
    rows: list[tuple[str, int, Measured]] = []
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        base = headers_and_library(work / "tree") if tree is None else copy_of(tree, work / "tree")
        unit = calibration()
        count = sum(p.is_file() for p in base.rglob("*"))
        runs = [(work / "local", base, count, "local")] + [(work / "dask", base, count, "dask")] * dask
        if times > 1:
            runs.append((work / "large", enlarge(base, work / "large-tree", times), count * times, "local"))
        for place, source, files, executor in runs:
            place.mkdir()
            rows += [(name, files, m) for name, m in gaz(source, place, jobs, executor, formats)]
        if formats != "md":
            (work / "md").mkdir()
            rows += [(name, count, m) for name, m in gaz(base, work / "md", jobs, "local", "md")]
            name, latency = watched(base, work / "md", "md")
            rows.append((name, count, latency))
        rows += [(name, count, m) for name, m in others(base, work)]
    show(rows, unit)
    if json_path is not None:
        found = [{"name": n, "files": f, "units": m.seconds / unit, **msgspec.to_builtins(m)} for n, f, m in rows]
        json_path.write_bytes(msgspec.json.format(msgspec.json.encode({"unit_seconds": unit, "runs": found}), indent=1))
    if any(m.exit_code for name, _, m in rows if name.startswith("gaz")):
        sys.exit(1)


def show(rows: list[tuple[str, int, Measured]], unit: float) -> None:
    """A table on the terminal."""
    table = Table("What", "Files", "Seconds", "Files/s", "Peak MB (PSS)", "Times the calibration loop", "Exit code")
    for name, files, m in rows:
        table.add_row(
            name,
            f"{files:,}",
            f"{m.seconds:.2f}",
            f"{files / m.seconds:,.0f}",
            f"{m.peak_mb:,.0f}",
            f"{m.seconds / unit:.1f}",
            str(m.exit_code),
        )
    Console().print(table)


if __name__ == "__main__":
    main()
