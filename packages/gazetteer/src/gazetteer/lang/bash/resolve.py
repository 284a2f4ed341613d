"""Files that scripts source: by their paths, and below the script's own folder where a variable stands for it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...atlas import Edge, Missing
from ...config import Config
from ...gather import SourceFile
from ...resolve.paths import Paths

__all__ = ["resolve"]

#: A variable or a substitution for a folder, and what follows it.
_BELOW = re.compile(r"(?:\$\{[^{}]*\}|\$\w+|\$\(.*\)|`[^`]*`)/([\w./+@-]+)$")
_PLAIN = re.compile(r"[\w./+@-]+$")


def resolve(files: list[SourceFile], paths: Paths, _config: Config) -> Iterator[Edge | Missing]:
    """An edge for each file that is sourced; of paths that only a run knows, nothing is said."""
    for file in files:
        assert file.record is not None
        folder = file.path.rpartition("/")[0]
        for statement in file.record.imports:
            text = f"source {statement.target}"
            below = _BELOW.match(statement.target)
            if below is not None:
                found = paths.beside(folder, below[1])
                if found is not None and found != file.path:
                    yield Edge.stated(file.path, statement, found, "import", text, method="text-match", weak=statement.local)
            elif _PLAIN.match(statement.target):
                target = statement.target
                found = paths.beside(folder, target) if not target.startswith("/") else None
                if found is None:
                    yield Missing(file.path, statement.line, "import", text)
                elif found != file.path:
                    yield Edge.stated(file.path, statement, found, "import", text, weak=statement.local)
