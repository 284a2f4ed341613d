"""``gaz doctor``: what this installation can read, and how well it read a tree."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from .options import PATH, answer_options, config_option, jobs_options, progress_bar


@click.command("doctor")
@click.argument("path", type=PATH, required=False)
@answer_options("json: one record with everything.")
@config_option
@jobs_options
def command(path: Path | None, as_json: bool, config_path: Path | None, jobs: int | None, executor: str) -> int:
    """Show versions, grammars and extras; with PATH, the parse quality of that tree by language. Ends with 1 where a grammar is broken."""
    import msgspec

    from ..doctor import examine, report
    from ..errors import ExitCode
    from ..names import printable
    from ..opening import opened

    atlas = root = None
    if path is not None:
        with progress_bar() as progress, opened(path, config_path=config_path, jobs=jobs, executor=executor, progress=progress) as tree:
            atlas, root = tree.atlas(), tree.root
    health = examine(atlas, root)
    if as_json:
        sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(health), indent=1) + b"\n")
        sys.stdout.flush()
    else:
        for line in report(health):
            click.echo(printable(line))
    return ExitCode.OK if health.is_well else ExitCode.FOUND
