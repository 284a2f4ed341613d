"""``gaz serve``: show the site on this machine alone."""

from __future__ import annotations

from pathlib import Path

import click

from .options import config_option, jobs_options, path_argument, progress_bar


@click.command("serve")
@path_argument
@config_option
@jobs_options
def command(path: Path, config_path: Path | None, jobs: int | None, executor: str) -> None:
    """Show the site of the tree at PATH on the loopback address."""
    from ..opening import opened

    with progress_bar() as progress, opened(path, config_path=config_path, jobs=jobs, executor=executor, progress=progress) as tree:
        atlas = tree.atlas()
    click.echo(f"{len(atlas.files):,} files")
