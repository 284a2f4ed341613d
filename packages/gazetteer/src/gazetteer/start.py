"""Where the program begins: a build that has nothing to do ends here, before anything large is imported."""

from __future__ import annotations

import sys

from .quick import nothing_to_do

__all__ = ["main"]


def main() -> None:
    """Run `gaz` and end the process with its exit code."""
    arguments = sys.argv[1:]
    # Names of files mean other bytes with another encoding; `gazetteer.cli` sees to that.
    said = nothing_to_do(arguments) if sys.getfilesystemencoding() == "utf-8" else None
    if not isinstance(said, str):
        from .cli import main as run

        run(seen=said)
    print(said)  # noqa: T201 - what the command says
