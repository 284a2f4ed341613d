"""What is said of a statement for which some files of the tree may be meant."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..atlas import Edge, Missing
from ..gather import SourceFile
from ..model import Import

__all__ = ["led"]


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
