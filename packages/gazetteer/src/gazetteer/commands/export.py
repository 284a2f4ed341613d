"""``gaz export``: facts in the formats of other tools."""

from __future__ import annotations

from pathlib import Path

import click

from .alone import write_file
from .options import PATH, config_option, jobs_options, path_argument, progress_bar

#: How the paths of a format begin.
_BEGINNINGS = {"json": ("data/",), "llms": ("llms.txt", "llms/"), "scip": ("index.scip",)}


@click.command("export")
@click.argument("format_name", metavar="json|llms|scip", type=click.Choice(["json", "llms", "scip"]))
@path_argument
@click.option("-o", "--out", type=PATH, required=True, help="Folder of the output; index.scip may also be a file.")
@config_option
@jobs_options
def command(format_name: str, path: Path, out: Path, config_path: Path | None, jobs: int | None, executor: str) -> None:
    """Write the facts of the tree at PATH in another format: data/*.jsonl, llms.txt and its packs, or index.scip.

    OUT is a folder of its own: gaz build writes these formats beside pages (--format md,json).
    """
    from ..build import build
    from ..errors import OutputError
    from ..facts import Facts
    from ..names import counted
    from ..opening import named_indexes, opened

    is_file = format_name == "scip" and out.suffix == ".scip"
    with (
        progress_bar() as progress,
        opened(
            path,
            out=None if is_file else out,
            config_path=config_path,
            jobs=jobs,
            executor=executor,
            progress=progress,
            writes=not is_file,
        ) as tree,
    ):
        if tree.out is not None:
            if others := _others(tree.out, format_name):
                raise OutputError(
                    f"output {out} has {len(others):,} other pages ({others[0]}, …), which an export of {format_name} alone would remove; "
                    f"name another folder (-o), or ask gaz build for all formats (--format md,{format_name})"
                )
            done = build(
                tree.root, tree.out, tree.config, tree.store, formats=(format_name,), executor=tree.executor, progress=progress,
                indexes=named_indexes(tree.root, tree.config),
            )  # fmt: skip
            click.echo(
                f"{counted(done.files, 'file')}, {counted(done.pages, 'written file')}: {done.written:,} new, {done.removed:,} removed"
            )
            return
        from ..render.scip import scip_index

        pieces = scip_index(Facts(tree.atlas(), tree.root))
    click.echo(f"{write_file(out, pieces):,} bytes in {out}")


def _others(out: Path, format_name: str) -> list[str]:
    """What an output has, by its manifest, that is not of a format."""
    from ..output import pages_of

    return [page for page in pages_of(out) if not page.startswith(_BEGINNINGS[format_name])]
