"""``gaz check``: verify an output."""

from __future__ import annotations

from pathlib import Path

import click

from .options import config_option, jobs_options, path_argument, progress_bar


@click.command("check")
@path_argument
@config_option
@jobs_options
def command(path: Path, config_path: Path | None, jobs: int | None, executor: str) -> None:
    """Check links, anchors, evidence and sizes of an output."""
    from ..opening import opened

    with progress_bar() as progress, opened(path, config_path=config_path, jobs=jobs, executor=executor, progress=progress) as tree:
        atlas = tree.atlas()
    click.echo(f"{len(atlas.files):,} files")
