"""To which files the scripts and modules that PowerShell loads lead: by paths from the folder of the script, modules also by name."""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Iterator

from ...atlas import Edge, Missing, SymbolRef
from ...config import Config
from ...gather import SourceFile
from ...model import Import
from ...resolve.led import led
from ...resolve.paths import Paths

__all__ = ["resolve"]

#: Modules that come with PowerShell.
_STANDARD = frozenset(
    ("cimcmdlets", "packagemanagement", "powershellget", "psdesiredstateconfiguration", "psdiagnostics", "psreadline", "threadjob")
)
_PREFIX = "microsoft."
_ENDS = (".psm1", ".psd1", ".ps1")


def resolve(files: list[SourceFile], paths: Paths, _config: Config) -> Iterator[Edge | Missing]:
    """An edge for each script and module that lies in the tree, and for each base of a class that its file or an imported one declares."""
    by_case = _by_case(paths)
    classes = defaultdict[str, list[SymbolRef]](list)
    for file in files:
        assert file.record is not None
        for index, symbol in enumerate(file.record.symbols):
            if symbol.kind == "class":
                classes[symbol.name.lower()].append(SymbolRef(file.path, index))
    for file in files:
        assert file.record is not None
        seen = {file.path}
        for statement in file.record.imports:
            text, name = f"{statement.kind} {statement.target}", statement.target.lower()
            found = _found(file.path, statement, paths, by_case)
            seen.update(found)
            is_standard = name in _STANDARD or name.startswith(_PREFIX) or statement.kind == "using namespace"
            yield from led(file, statement, text, found, is_standard, weak=statement.local)
        for index, symbol in enumerate(file.record.symbols):
            for base in symbol.bases:
                refs = [ref for ref in classes.get(base.name.lower(), ()) if ref.path in seen and ref != SymbolRef(file.path, index)]
                if len(refs) == 1:
                    yield Edge(
                        file.path, symbol.line, refs[0].path, "base", base.name, source_symbol=index, target_symbol=refs[0].index,
                    )  # fmt: skip


def _by_case(paths: Paths) -> dict[str, str]:
    """The scripts and modules of a tree by their paths in lower case: names of files have no case where most of them run."""
    return {path.lower(): path for path in sorted(paths.files, reverse=True) if path.lower().endswith(_ENDS)}


def _found(path: str, statement: Import, paths: Paths, by_case: dict[str, str]) -> list[str]:
    """The files that a statement may mean."""
    target, folder = statement.target, path.rpartition("/")[0]
    if statement.kind in ("using namespace", "using assembly"):
        return []
    ends = ("",) if target.lower().endswith(_ENDS) else ("/" + target.rpartition("/")[2] + ".psm1", ".psm1", ".psd1")
    if "/" in target or target.lower().endswith(_ENDS):
        for end in ends:
            found = paths.relative(folder, target + end) or _in_any_case(folder, target + end, by_case)
            if found is not None:
                return [found]
        return []
    return paths.meant(path, (f"{target}/{target}.psm1", f"{target}.psm1", f"{target}/{target}.psd1", f"{target}.psd1"))


def _in_any_case(folder: str, target: str, by_case: dict[str, str]) -> str | None:
    return by_case.get(posixpath.normpath(posixpath.join(folder, target)).lower())
