"""How long builds take after typical edits of a tree, and what of it each format takes: ``python -m benchmarks.edits --help``.

Each edit is made in a copy of the tree (`benchmarks.trees.headers_and_library`) and built by a process of its own. At the end a cold build
tells whether all of them together have left what it gives.
"""

from __future__ import annotations

import filecmp
import os
import shutil
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click

import gazetteer.build
import gazetteer.output
import gazetteer.writing
from gazetteer.opening import opened

Edit = Callable[[Path], None]

_HEADER, _MODULE = "torch/torch/csrc/autograd/python_hook.h", "python/json/decoder.py"


def _replaced(path: str, old: str, new: str) -> Edit:
    """Another text in the place of the first of its kind."""

    def edit(root: Path) -> None:
        text = (root / path).read_text()
        if old not in text:
            raise click.ClickException(f"{path} has no {old!r}: this tree is not one of headers_and_library")
        (root / path).write_text(text.replace(old, new, 1))

    return edit


def _appended(path: str, text: str) -> Edit:
    """A text at the end of a file."""

    def edit(root: Path) -> None:
        place = root / path
        place.write_text(place.read_text() + text if place.exists() else text)

    return edit


def _moved(path: str, to: str) -> Edit:
    return lambda root: shutil.move(root / path, root / to)


def _both(*edits: Edit) -> Edit:
    def edit(root: Path) -> None:
        for one in edits:
            one(root)

    return edit


EDITS: dict[str, Edit] = {
    "include outside": _appended(_HEADER, "#include <atomic>\n"),
    "include of the tree": _replaced(_HEADER, "#pragma once\n", "#pragma once\n#include <ATen/core/Tensor.h>\n"),
    "import": _replaced(_MODULE, "import re\n", "import re\nimport bisect\n"),
    "common method": _replaced(_MODULE, "    def decode(self", "    def get(self): ...\n\n    def decode(self"),
    "class with a base": _appended(_MODULE, "\n\nclass QuickDecoder(JSONDecoder):\n    def decode(self, s): ...\n"),
    "define": _replaced(_HEADER, "#pragma once\n", "#pragma once\n#define GAZETTEER_EDITED 1\n"),
    "file added": _appended("python/json/quick.py", '"""Quick."""\nfrom .decoder import JSONDecoder\n\n\ndef quick(s): ...\n'),
    "test added": _appended("python/test/test_quick.py", "from json.quick import quick\n\n\ndef test_quick(): quick(1)\n"),
    "file removed": lambda root: (root / "python/colorsys.py").unlink(),
    "file renamed": _moved("python/sched.py", "python/scheduling.py"),
    "folder moved": _moved("python/wsgiref", "python/http/wsgi"),
    "two files": _both(_appended("python/ast.py", "import json\n"), _appended("torch/c10/util/Optional.h", "struct Two {};\n")),
}


class Clock:
    """How long what is made takes, by format, in the process that makes it."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)

    def of(self, path: str, begun: float) -> None:
        """Count what has passed for the format of a file."""
        top = path.partition("/")[0]
        sort = (
            "search"
            if path.startswith("site/search")
            else {"site": "html", "data": "json", "llms.txt": "llms", "llms": "llms"}.get(top, "md")
        )
        self.seconds[sort] += time.perf_counter() - begun

    def files_of(self, made: Iterator[tuple[str, Any]]) -> Iterator[tuple[str, Any]]:
        """The same files."""
        begun = time.perf_counter()
        for path, content in made:
            self.of(path, begun)
            yield path, content
            begun = time.perf_counter()


def _watch(clock: Clock) -> None:
    """Have a clock told of all that is made and written."""
    files_of, write, finish, whole = (
        gazetteer.writing.files_of, gazetteer.output.Writer.write, gazetteer.output.Writer.finish, gazetteer.writing.write_all,
    )  # fmt: skip

    def timed_write(writer: Any, path: str, content: Any) -> bool:
        begun = time.perf_counter()
        done = write(writer, path, content)
        clock.of(path, begun)
        return done

    def timed(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **more: Any) -> Any:
            begun = time.perf_counter()
            done = function(*args, **more)
            clock.seconds[name] += time.perf_counter() - begun
            return done

        return call

    gazetteer.writing.files_of = lambda output: clock.files_of(files_of(output))
    gazetteer.output.Writer.write = timed_write  # type: ignore[method-assign]
    gazetteer.output.Writer.finish = timed("finish", finish)  # type: ignore[method-assign]
    gazetteer.writing.write_all = timed("write in all", whole)


def _build(root: Path, out: Path, jobs: int, formats: tuple[str, ...]) -> None:
    """A build in a process of its own, which says what it took."""
    sys.stdout.flush()
    pid = os.fork()
    if pid:
        if os.waitpid(pid, 0)[1]:
            raise click.ClickException("a build has failed")
        return
    code = 1
    try:
        clock, begun = Clock(), time.perf_counter()
        _watch(clock)
        with opened(root, out=out, jobs=jobs, writes=True) as tree:
            assert tree.out is not None
            done = gazetteer.build.build(tree.root, tree.out, tree.config, tree.store, formats=formats, executor=tree.executor, jobs=jobs)
        seconds = time.perf_counter() - begun
        parts = ", ".join(f"{name} {took:.2f}" for name, took in sorted(clock.seconds.items()))
        print(f"{seconds:6.2f} s  {done.written:6,} written {done.removed:5,} removed  {parts or 'amended'}")
        sys.stdout.flush()
        code = 0
    finally:
        os._exit(code)


@click.command()
@click.argument("tree", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--work", type=click.Path(path_type=Path), required=True, help="A folder that does not exist yet: for the copy and outputs.")
@click.option("--jobs", "-j", default=1, show_default=True, help="Processes; times of formats are those of the first.")
@click.option("--format", "formats", default="md,html,json,llms", show_default=True)
@click.option("--only", multiple=True, help="Names of edits: only these.")
def command(tree: Path, work: Path, jobs: int, formats: str, only: tuple[str, ...]) -> None:
    """Play typical edits over a copy of TREE."""
    root, out, fresh = work / "tree", work / "out", work / "fresh"
    shutil.copytree(tree, root, symlinks=True)
    os.environ["GAZETTEER_CACHE_DIR"] = str(work / "cache")
    some = tuple(formats.split(","))
    print(f"{'cold':20}", end="")
    _build(root, out, jobs, some)
    for name, edit in EDITS.items():
        if only and name not in only:
            continue
        time.sleep(0.1)  # so that times of files tell
        edit(root)
        print(f"{name:20}", end="")
        _build(root, out, jobs, some)
    os.environ["GAZETTEER_CACHE_DIR"] = str(work / "other-cache")
    print(f"{'cold':20}", end="")
    _build(root, fresh, jobs, some)
    other = sorted(_different(filecmp.dircmp(out, fresh, ignore=[])))
    if other:
        raise click.ClickException(f"{len(other)} files are not those of a cold build: {', '.join(other[:20])}")
    print("all files are those of a cold build")


def _different(compared: filecmp.dircmp[str], above: str = "") -> Iterator[str]:
    """Paths that are not the same in both folders, by their content."""
    for name in (*compared.left_only, *compared.right_only):
        yield above + name
    _, other, odd = filecmp.cmpfiles(compared.left, compared.right, compared.common_files, shallow=False)
    yield from (above + name for name in (*other, *odd))
    for name, inner in compared.subdirs.items():
        yield from _different(inner, f"{above}{name}/")


if __name__ == "__main__":
    command()
