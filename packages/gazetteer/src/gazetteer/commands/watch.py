"""``gaz watch``: document a tree again whenever it changes."""

from __future__ import annotations

from pathlib import Path

import click

from .options import config_option, jobs_options, path_argument, progress_bar


@click.command("watch")
@path_argument
@config_option
@jobs_options
def command(path: Path, config_path: Path | None, jobs: int | None, executor: str) -> None:
    """Document the tree at PATH whenever it changes."""
    from ..opening import opened

    with progress_bar() as progress, opened(path, config_path=config_path, jobs=jobs, executor=executor, progress=progress) as tree:
        atlas = tree.atlas()
    click.echo(f"{len(atlas.files):,} files")
