"""``gaz export``: facts in the formats of other tools."""

from __future__ import annotations

from pathlib import Path

import click

from .options import config_option, jobs_options, path_argument, progress_bar


@click.command("export")
@path_argument
@config_option
@jobs_options
def command(path: Path, config_path: Path | None, jobs: int | None, executor: str) -> None:
    """Write the facts of the tree at PATH in another format."""
    from ..opening import opened

    with progress_bar() as progress, opened(path, config_path=config_path, jobs=jobs, executor=executor, progress=progress) as tree:
        atlas = tree.atlas()
    click.echo(f"{len(atlas.files):,} files")
