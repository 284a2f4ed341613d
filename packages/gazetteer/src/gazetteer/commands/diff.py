"""``gaz diff``: symbols that differ between two revisions."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .options import PATH, answer_options, config_option

if TYPE_CHECKING:
    from ..config import Config
    from ..difference import Files
    from ..revisions import Repository


@click.command("diff")
@click.argument("before")
@click.argument("after", required=False)
@click.option("-p", "--path", "path", type=PATH, default=Path(), help="The tree; the current folder by default.")
@answer_options("json: one record with everything.")
@click.option("--exit-code", is_flag=True, help="End with 1 where anything differs.")
@click.option("--breaking", is_flag=True, help="End with 1 where a symbol was removed, moved or changed.")
@config_option
def command(before: str, after: str | None, path: Path, as_json: bool, exit_code: bool, breaking: bool, config_path: Path | None) -> int:
    """Show the symbols that differ between BEFORE and AFTER: revisions of git, or folders; without AFTER, the tree as it is.

    Ends with 0 unless --exit-code or --breaking asks for 1; with 2 or more where a side cannot be read.
    """
    import msgspec

    from ..difference import difference, texts
    from ..discover import root_of
    from ..errors import ExitCode, UsageError
    from ..names import printable
    from ..opening import config_of
    from ..revisions import FolderFiles, repository

    if "" in (before, after):
        raise UsageError("an empty revision; expected a commit, a branch, a tag, or a folder")
    root = root_of(path)
    config = config_of(root, config_path)
    with ExitStack() as stack:
        sides: list[Files]
        if after is not None and Path(before).is_dir() and Path(after).is_dir():
            sides = [FolderFiles(Path(before), config), FolderFiles(Path(after), config)]
        else:
            opened = stack.enter_context(repository(root))
            now = opened.as_it_is(config) if after is None else _side(after, opened, config)
            sides = [_side(before, opened, config), now]
        found = difference(sides[0], sides[1], config)
    if as_json:
        sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(found), indent=1) + b"\n")
    else:
        for line in texts(found):
            click.echo(printable(line).replace("\n", " "))
        counts = (("added", found.added), ("removed", found.removed), ("changed", found.changed), ("moved", found.moved))
        click.echo("symbols: " + ", ".join(f"{len(some):,} {name}" for name, some in counts))
    sys.stdout.flush()
    if (exit_code and not found.is_empty) or (breaking and found.is_breaking):
        return ExitCode.FOUND
    return ExitCode.OK


def _side(name: str, opened: Repository, config: Config) -> Files:
    """A revision; where there is none of that name, a folder."""
    from ..errors import SourceError

    try:
        return opened.revision(name, config.repo.exclude)
    except SourceError:
        if not Path(name).is_dir():
            raise
        return opened.folder(Path(name), config)
