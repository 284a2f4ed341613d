"""The page of deliberate differences, made from the marked tests.

Run ``python -m pytest tests/parity/test_differences.py`` to check what the page says, and
``python -m parity.differences`` in ``tests/`` to print it.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import textwrap
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

HEADER = """\
# Where Wengert differs from PyTorch on purpose

Made from the tests marked `deliberate_difference` by `python -m pages` in `tests/`: each runs in both libraries and checks what
is shown here. `lib` is the library, `leaf(lib, 2.0)` a tensor of it that requires grad, and `log` records what happens, one
line each. W1, E7.5 and the like are the numbers of warts and rules that the tests cite.
"""


class Difference(NamedTuple):
    """One marked test."""

    wart: str
    name: str
    reason: str
    summary: str
    program: str
    torch: list[Any] | None
    wengert: list[Any]


def marked_tests(modules: Iterable[Any]) -> list[Callable[..., None]]:
    """The tests of these modules that carry the marker, in their order."""
    return [
        value
        for module in modules
        for name, value in vars(module).items()
        if name.startswith("test_") and mark_of(value) is not None
    ]


def mark_of(test: Any) -> Any:
    """The ``deliberate_difference`` mark of a test function, or None."""
    return next((mark for mark in getattr(test, "pytestmark", []) if mark.name == "deliberate_difference"), None)


def difference_of(test: Callable[..., None]) -> Difference:
    """What the marker, the docstring and the source of a test say."""
    said = mark_of(test).kwargs
    program = inspect.unwrap(test)
    return Difference(
        wart=said["wart"],
        name=test.__name__,
        reason=said["reason"],
        summary=inspect.getdoc(program) or "",
        program=body_of(program),
        torch=said["torch"],
        wengert=said["wengert"],
    )


def body_of(program: Callable[..., None]) -> str:
    """The source of a program without decorators, signature and docstring."""
    lines = inspect.getsource(program).splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("def ")) + 1
    body = textwrap.dedent("\n".join(lines[start:]))
    if body.startswith('"""'):
        body = body[body.index('"""', 3) + 3 :]
    return body.strip("\n")


def events(log: list[Any] | None) -> str:
    """A log as one short line an event."""
    if log is None:
        return "(not run: takes the process down)"
    lines = (f"{event[0]}: {', '.join(map(repr, event[1:]))}" for event in log)
    return "\n".join(line.removesuffix(": ") for line in lines)


def render(tests: Iterable[Callable[..., None]]) -> str:
    """The page, in Markdown, ordered by the number of the wart."""
    differences = sorted(map(difference_of, tests), key=place)
    return "\n".join([HEADER, *map(section, differences)])


def place(difference: Difference) -> tuple[str, float]:
    """Warts first, by number; then rules that Wengert changes for a reason of its own."""
    key = difference.wart.split()[0]
    return ("" if key[0] == "W" else key[0], float(key[1:]))


def section(difference: Difference) -> str:
    """One difference: why, the program, both logs."""
    title = difference.name.removeprefix("test_").replace("_", " ")
    return "\n".join(
        [
            f"## {difference.wart}: {title}",
            "",
            difference.reason,
            "",
            f"*{difference.summary}*",
            "",
            "```python",
            difference.program,
            "```",
            "",
            "PyTorch:",
            "```",
            events(difference.torch),
            "```",
            "Wengert:",
            "```",
            events(difference.wengert),
            "```",
            "",
        ]
    )


def collect() -> list[Callable[..., None]]:
    """The marked tests of every test module of this package."""
    package = importlib.import_module(__package__)
    names = sorted(module.name for module in pkgutil.iter_modules(package.__path__) if module.name.startswith("test_"))
    return marked_tests(importlib.import_module(f"{__package__}.{name}") for name in names)


if __name__ == "__main__":
    print(render(collect()))
