"""The grammars that the extra ``all`` brings: which there are, and which of them are installed, without importing any.

A language of which the grammar is not installed is one without a reader: its files have pages all the same, which say what to install.
What is installed is no part of the program (`gazetteer.quick.code_text`), but of the keys of the records of its languages: a grammar that
comes or goes reads these files again, and no others.
"""

from __future__ import annotations

import functools

from .plugins import metadata_folders

__all__ = ["EXTRA", "OPTIONAL", "installed", "installed_text"]

#: The extra.
EXTRA = "all"
#: Modules of the grammars that it brings.
OPTIONAL = frozenset((
    "tree_sitter_dart", "tree_sitter_elixir", "tree_sitter_fortran", "tree_sitter_haskell", "tree_sitter_hcl", "tree_sitter_julia",
    "tree_sitter_lua", "tree_sitter_ocaml", "tree_sitter_perl", "tree_sitter_scala", "tree_sitter_solidity", "tree_sitter_swift",
    "tree_sitter_zig",
))  # fmt: skip


@functools.cache
def installed() -> dict[str, str]:
    """The versions of those of the grammars that are installed, by their modules; of one that is found twice, that which Python imports."""
    found: dict[str, str] = {}
    for _, name in metadata_folders():
        project, _, version = name.rpartition(".")[0].partition("-")
        if project in OPTIONAL:
            found.setdefault(project, version)
    return found


def installed_text() -> str:
    """The same, as a part of what a build is made of."""
    return " ".join(f"{module} {version}" for module, version in sorted(installed().items()))
