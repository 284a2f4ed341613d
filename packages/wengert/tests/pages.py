"""The programs in the Markdown pages, and what they really print.

A fenced ``python`` block is a whole program; the ``text`` block after it is its output, where ``...`` stands for what varies.
A comment ``<!-- example NAME.py -->`` before a block says that it shows that file of ``examples/``.

``python -m pages`` in ``tests/`` writes the examples and the true outputs into the pages, and makes ``docs/differences.md``
and the tables of ``docs/errors.md``, ``docs/numpy.md``, ``docs/scipy.md`` and ``docs/special.md``.
"""

from __future__ import annotations

import doctest
import importlib
import inspect
import json
import re
import subprocess
import sys
import textwrap
from functools import cache
from pathlib import Path
from typing import NamedTuple

PACKAGE = Path(__file__).parent.parent
REPOSITORY = PACKAGE.parent.parent
EXAMPLES = PACKAGE / "examples"
GENERATED = PACKAGE / "docs" / "differences.md"

#: The root's page is absent from a source distribution of the package alone.
PAGES = [p for p in (REPOSITORY / "README.md", PACKAGE / "README.md", *sorted(PACKAGE.glob("docs/*.md"))) if p.exists()]

BLOCK = re.compile(
    r"(?:<!-- example (?P<example>\w+\.py) -->\n)?```python\n(?P<code>.*?)^```\n(?:\n*```text\n(?P<output>.*?)^```\n)?",
    re.DOTALL | re.MULTILINE,
)

#: The last line of a program that did not run to its end.
FAILED = "THE PROGRAM FAILED"

#: Runs programs one after the other, each in a namespace of its own, and prints their outputs as JSON.
RUNNER = """
import contextlib, gc, io, json, linecache, sys, traceback, warnings
outputs = []
for name, code in json.load(sys.stdin):
    printed = io.StringIO()
    # A traceback shows the lines, and a message names them as if the program stood in a file.
    linecache.cache[name] = (len(code), None, code.splitlines(True), name)
    with contextlib.redirect_stdout(printed), warnings.catch_warnings():
        try:
            exec(compile(code, name, "exec"), {"__name__": "__main__"})
        except BaseException:
            traceback.print_exc(file=printed)
            print("@FAILED@", file=printed)
    gc.collect()  # no hook lives on into the next program
    outputs.append(printed.getvalue())
json.dump(outputs, sys.stdout)
""".replace("@FAILED@", FAILED)


class Block(NamedTuple):
    """One program of a page."""

    page: Path
    line: int
    example: str | None
    code: str
    output: str
    start: int
    end: int

    @property
    def filename(self) -> str:
        """What the program's file is called in its own messages."""
        return self.example or "example.py"

    @property
    def title(self) -> str:
        """The name of its test."""
        return f"{self.page.parent.name}/{self.page.name}:{self.line}"


def blocks(page: Path) -> list[Block]:
    """The programs of a page, in order."""
    text = page.read_text(encoding="utf-8")
    return [
        Block(
            page,
            text.count("\n", 0, found.start()) + 1,
            found["example"],
            found["code"],
            found["output"] or "",
            found.start(),
            found.end(),
        )
        for found in BLOCK.finditer(text)
    ]


def run(programs: list[tuple[str, str]]) -> list[str]:
    """What each program, a name and its source, prints; in one fresh interpreter."""
    command = [sys.executable, "-W", "error", "-c", RUNNER]
    done = subprocess.run(command, input=json.dumps(programs), capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return json.loads(done.stdout)


@cache
def outputs(*some: Path) -> dict[str, str]:
    """From the titles of the programs of these pages to what they print; in one interpreter, as imports take longest."""
    found = [block for page in some for block in blocks(page)]
    printed = run([(block.filename, block.code) for block in found])
    return {block.title: output for block, output in zip(found, printed, strict=True)}


def agrees(said: str, printed: str) -> bool:
    """Whether the output on the page is the true one; widths of columns and what ``...`` covers may vary."""
    return doctest.OutputChecker().check_output(said, printed, doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)


def refreshed(page: Path) -> str:
    """The page with the code of the examples and with the true outputs."""
    text = page.read_text(encoding="utf-8")
    found = blocks(page)
    codes = [block.code if block.example is None else (EXAMPLES / block.example).read_text("utf-8") for block in found]
    printed = run([(block.filename, code) for block, code in zip(found, codes, strict=True)])
    for block, code, output in reversed(list(zip(found, codes, printed, strict=True))):
        if FAILED in output:
            raise RuntimeError(f"{block.title}: the page is left as it was\n{output}")
        mark = "" if block.example is None else f"<!-- example {block.example} -->\n"
        shown = block.output if agrees(block.output, output) and block.output else output
        result = f"```text\n{shown}```\n" if shown else ""
        text = f"{text[: block.start]}{mark}```python\n{code}```\n{result}{text[block.end :]}"
    return text


def tree_of_errors() -> str:
    """The tree that the code draws of its exceptions."""
    from wengert import errors

    return inspect.cleandoc(inspect.cleandoc(errors.__doc__ or "").partition("::\n\n")[2].partition("\n\n")[0])


def with_tree(text: str) -> str:
    """The page about errors, with that tree."""
    start = text.index("```text\nWengertError\n")
    return f"{text[:start]}```text\n{tree_of_errors()}\n{text[text.index('```', start + 3) :]}"


def with_states(text: str) -> str:
    """The page about NumPy, with the table of its functions."""
    from wengert import numpy_protocols

    kinds: dict[str, list[str]] = {"differentiable": [], "constant": [], "error": []}
    for name, state in numpy_protocols.state():
        kinds[state].append(f"`{name.removeprefix('np.')}`")
    titles = {
        "differentiable": "Differentiable",
        "constant": "Without a derivative: computed by NumPy",
        "error": "An error that says so",
    }
    parts = [f"### {titles[kind]} ({len(names)})\n\n{textwrap.fill(', '.join(names), 128)}\n" for kind, names in kinds.items()]
    return text[: text.index("<!-- states -->")] + "<!-- states -->\n\n" + "\n".join(parts)


def with_functions(text: str) -> str:
    """The page about special functions, with the list of them: each with its operands, and those that have no derivative."""
    from wengert import special
    from wengert.ops.special.declare import lacks_derivative

    families: dict[str, list[str]] = {}
    for name in special.__all__:
        function = getattr(special, name)
        module = importlib.import_module(function.__module__)
        if module.__name__.startswith("wengert.ops.special."):
            parameters = inspect.signature(function).parameters
            lacking = [p for p, q in parameters.items() if lacks_derivative(function, p) or q.annotation in (int, "int")]
            note = f" (not {' and '.join(lacking)})" if lacking else ""
            title = (module.__doc__ or "").splitlines()[0].partition(":")[0].rstrip(".")
            families.setdefault(title, []).append(f"`{name}({', '.join(parameters)})`{note}")
    parts = []
    for title in sorted(families):
        names = textwrap.fill(", ".join(families[title]).replace(" ", "\0").replace(",\0`", ", `"), 128, break_on_hyphens=False)
        parts.append(f"### {title}\n\n{names}\n".replace("\0", " "))
    return text[: text.index("<!-- functions -->")] + "<!-- functions -->\n\n" + "\n".join(parts)


def differences() -> str:
    """The page of deliberate differences, from the tests that carry the mark."""
    from parity.differences import collect, render

    return render(collect()).rstrip("\n") + "\n"


if __name__ == "__main__":
    GENERATED.write_text(differences(), encoding="utf-8")
    for each in PAGES:
        if each.name == "errors.md":
            each.write_text(with_tree(each.read_text(encoding="utf-8")), encoding="utf-8")
        if each.name == "special.md":
            each.write_text(with_functions(each.read_text(encoding="utf-8")), encoding="utf-8")
        if each.name == "numpy.md":
            each.write_text(with_states(each.read_text(encoding="utf-8")), encoding="utf-8")
        if each.name == "scipy.md":
            from scipy_walk.page import with_walk

            each.write_text(with_walk(each.read_text(encoding="utf-8")), encoding="utf-8")
        if each != GENERATED:
            each.write_text(refreshed(each), encoding="utf-8")
