"""``gaz watch``: document a tree again whenever it changes."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path
from typing import Literal

import click

from .options import FormatList, config_option, jobs_options, out_option, page_options, path_argument, with_pages


@click.command("watch")
@path_argument
@out_option()
@click.option("--format", "formats", type=FormatList(), default="md", show_default=True, help="Of md, html, json, llms, scip; with commas.")
@page_options
@config_option
@jobs_options
def command(
    path: Path, out: Path, formats: tuple[str, ...], source: Literal["link", "embed"] | None, links: str | None,
    layout: Literal["github", "seed"] | None, config_path: Path | None, jobs: int | None, executor: str,
) -> None:  # fmt: skip
    """Document the tree at PATH in the folder OUT, and again whenever it changes, until it is interrupted."""
    from ..names import counted
    from ..watch import watch

    begun = time.monotonic()
    adjust = partial(with_pages, source=source, links=links, layout=layout)
    builds = watch(
        path, out, formats=formats, config_path=config_path, adjust=adjust, jobs=jobs, executor=executor,
        failed=lambda error: click.echo(f"gaz: {error}", err=True),
    )  # fmt: skip
    for built in builds:
        took = f"{time.monotonic() - begun:.2f} s: " if begun else ""
        click.echo(f"{took}{counted(built.files, 'file')}, {counted(built.written, 'page')} written, {built.removed:,} removed")
        begun = 0.0  # from now on the time would be that of waiting
