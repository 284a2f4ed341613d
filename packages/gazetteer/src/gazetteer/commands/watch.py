"""``gaz watch``: document a tree again whenever it changes."""

from __future__ import annotations

import time
from pathlib import Path

import click

from .options import FormatList, config_option, jobs_options, out_option, path_argument


@click.command("watch")
@path_argument
@out_option()
@click.option("--format", "formats", type=FormatList(), default="md", show_default=True, help="Of md, html, json, llms, scip; with commas.")
@config_option
@jobs_options
def command(path: Path, out: Path, formats: tuple[str, ...], config_path: Path | None, jobs: int | None, executor: str) -> None:
    """Document the tree at PATH in the folder OUT, and again whenever it changes, until it is interrupted."""
    from ..watch import watch

    begun = time.monotonic()
    for built in watch(path, out, formats=formats, config_path=config_path, jobs=jobs, executor=executor):
        took = f"{time.monotonic() - begun:.2f} s: " if begun else ""
        click.echo(f"{took}{built.files:,} files, {built.written:,} pages written, {built.removed:,} removed")
        begun = 0.0  # from now on the time would be that of waiting
