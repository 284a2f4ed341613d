"""Where the program begins: a build that has nothing to do ends here, before anything large is imported."""

from __future__ import annotations

import os
import sys

from .quick import nothing_to_do

__all__ = ["main"]


def main() -> None:
    """Run `gaz` and end the process with its exit code."""
    _open_streams()
    arguments = sys.argv[1:]
    # Names of files mean other bytes with another encoding; `gazetteer.cli` sees to that.
    said = nothing_to_do(arguments) if sys.getfilesystemencoding() == "utf-8" else None
    if not isinstance(said, str):
        from .cli import main as run

        run(seen=said)
    try:
        print(said, flush=True)  # noqa: T201 - what the command says
    except OSError as error:
        from .errors import unwritten

        sys.exit(unwritten(error))


def _open_streams() -> None:
    """Put something in the place of streams that a shell has closed: a file of ours would be opened there, and printed to."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            nothing = os.open(os.devnull, os.O_RDWR)
            if nothing != number:
                os.dup2(nothing, number)
                os.close(nothing)
            setattr(sys, name, os.fdopen(number, "w" if number else "r"))
