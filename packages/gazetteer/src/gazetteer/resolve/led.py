"""What is said of a statement for which some files of the tree may be meant."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from ..atlas import Edge, Missing
from ..gather import SourceFile
from ..model import Import

__all__ = ["apart_from_tests", "led"]


def led(
    file: SourceFile, statement: Import, text: str, found: Sequence[str], is_standard: bool, *, weak: bool = False
) -> Iterator[Edge | Missing]:  # fmt: skip
    """An edge to the one file that was found; what is missing where there is none, or are several; nothing of the file itself."""
    if len(found) > 1:
        yield Missing.ambiguous(file.path, statement.line, "import", text, found)
    elif not found:
        yield Missing(file.path, statement.line, "import", text, "standard library" if is_standard else "outside")
    elif found[0] != file.path:
        yield Edge.stated(file.path, statement, found[0], "import", text, weak=weak)


def apart_from_tests(file: SourceFile, found: list[str], tests: Collection[str]) -> list[str]:
    """Of several files that may be meant, those that are no tests, if that leaves any: nothing but a test asks for what is in tests."""
    return found if len(found) < 2 or "test" in file.labels else [path for path in found if path not in tests] or found
