"""The command `gaz`. Each command imports what it needs when it runs, so that the quick ones start quickly."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from . import __version__
from .errors import GazetteerError, UsageError

__all__ = ["main"]


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="gaz")
def commands() -> None:
    """Reference documentation of any source tree, in which every statement carries its evidence."""


@commands.command()
@click.argument("path", type=click.Path(path_type=Path), default=Path())
@click.option("-o", "--out", type=click.Path(path_type=Path), required=True, help="Folder of the output.")
@click.option("--format", "formats", default="md", show_default=True, help="Of md, html, json, llms, scip; with commas.")
@click.option("--jobs", type=click.IntRange(1), default=None, help="Processes; as many as there are cores by default.")
@click.option("--config", "config_path", type=click.Path(path_type=Path), default=None, help="Instead of PATH/gazetteer.toml.")
def build(path: Path, out: Path, formats: str, jobs: int | None, config_path: Path | None) -> None:
    """Document the tree at PATH."""
    from .build import build as run
    from .config import FILE_NAME, Config, load
    from .discover import root_of
    from .store import Store, store_path

    root = root_of(path)
    config = load(config_path) if config_path else load(root / FILE_NAME) if (root / FILE_NAME).is_file() else Config()
    out = out.absolute()
    chosen = tuple(formats.split(","))
    if unknown := [f for f in chosen if f not in ("md", "html", "json", "llms", "scip")]:
        raise UsageError(f"unknown format {unknown[0]!r}; expected md, html, json, llms or scip")
    with Store(store_path(root, out)) as store:
        done = run(root, out, config, store, formats=chosen)
    click.echo(f"{done.files:,} files, {done.pages:,} pages: {done.written:,} written, {done.removed:,} removed")


def main(arguments: list[str] | None = None) -> Any:
    """Run `gaz`; errors of the user's end it with one line and an exit code."""
    try:
        return commands.main(arguments, standalone_mode=True)
    except GazetteerError as error:
        click.echo(f"gaz: {error}", err=True)
        sys.exit(error.exit_code)
