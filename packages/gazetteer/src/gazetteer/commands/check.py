"""``gaz check``: verify an output."""

from __future__ import annotations

from pathlib import Path

import click

from .options import Whole, config_option, links_option, out_option, path_argument


@click.command("check")
@path_argument
@out_option(required=False)
@links_option("Where pages link to sources, if gaz build was told so.")
@config_option
@click.option("--most", type=Whole(1), default=200, show_default=True, help="How many faults are listed.")
def command(path: Path, out: Path | None, links: str | None, config_path: Path | None, most: int) -> int:
    """Check links, anchors, evidence, sizes and hashes of an output.

    PATH is the tree when the output is named by -o, else the output itself. The exit code is 1 when there is a fault.
    """
    from msgspec import structs

    from ..check import check
    from ..config import Config, load
    from ..discover import root_of
    from ..errors import ExitCode
    from ..names import counted
    from ..opening import config_of

    root = root_of(path) if out is not None else None
    config = config_of(root, config_path) if root is not None else load(config_path) if config_path else Config()
    if links is not None:
        config = structs.replace(config, links=structs.replace(config.links, source=links))
    report = check(out if out is not None else path, root=root, config=config)
    for fault in report.faults[:most]:
        click.echo(f"{fault.page}: {fault.kind}: {fault.text}")
    if report.faults[most:]:
        click.echo(f"… and {len(report.faults) - most:,} more (--most)")
    read = counted(report.pages, "page"), counted(report.links, "link"), counted(report.evidence, "line of source", "lines of source")
    click.echo(f"{', '.join(read)}: {counted(len(report.faults), 'fault')}")
    return ExitCode.FOUND if report.faults else ExitCode.OK
