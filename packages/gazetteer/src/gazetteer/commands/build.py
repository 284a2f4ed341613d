"""``gaz build``: document a tree."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from .options import PATH, FormatList, config_option, jobs_options, out_option, page_options, path_argument, progress_bar, with_pages

if TYPE_CHECKING:
    from ..build import Built
    from ..discover import Looked
    from . import Session


@click.command("build")
@path_argument
@out_option()
@click.option("--format", "formats", type=FormatList(), default="md", show_default=True, help="Of md, html, json, llms, scip; with commas.")
@click.option("--wait/--no-wait", default=True, help="Wait for another build that writes to the same output, or end with an error.")
@click.option(
    "--scip",
    "others",
    type=PATH,
    multiple=True,
    metavar="FILE",
    help="An index of SCIP, besides those of [compiler] scip; may lie anywhere.",
)
@page_options
@config_option
@jobs_options
def command(
    path: Path, out: Path, formats: tuple[str, ...], wait: bool, others: tuple[Path, ...], source: Literal["link", "embed"] | None,
    links: str | None, layout: Literal["github", "seed"] | None, config_path: Path | None,
    jobs: int | None, executor: str,
) -> None:  # fmt: skip
    """Document the tree at PATH in the folder OUT."""
    from ..build import build
    from ..opening import named_indexes, opened
    from ..parallel import cores

    def waiting() -> None:
        click.echo(f"waiting for another build that writes to {out}", err=True)

    session: Session = click.get_current_context().find_root().obj
    with (
        progress_bar() as progress,
        opened(
            path, out=out, config_path=config_path, jobs=jobs, executor=executor, progress=progress, writes=True, wait=wait, waiting=waiting
        ) as tree,
    ):
        assert tree.out is not None
        if tree.store.fault:
            click.echo(f"gaz: the cache cannot be used, so nothing is kept for the next build: {tree.store.fault}", err=True)
        config = with_pages(tree.config, source, links, layout)
        root, place = tree.root, tree.out

        def settled(looked: Looked, seen_ns: int, lying: bytes, done: Built) -> None:
            leave_stamp(session.arguments, (path, out, config_path, *others), root, place, looked, seen_ns, lying, done)

        done = build(
            root, place, config, tree.store, formats=formats, executor=tree.executor, progress=progress, jobs=jobs or cores(),
            settled=settled, held=session.held, seen=session.seen, indexes=named_indexes(root, config, others),
        )  # fmt: skip
    click.echo(said(done))


def said(done: Built) -> str:
    """What the command says of a build."""
    from ..names import counted, printable

    lines = f"{counted(done.files, 'file')}, {counted(done.pages, 'page')}: {done.written:,} written, {done.removed:,} removed", *done.said
    return "\n".join(map(printable, lines))


def leave_stamp(
    arguments: list[str], given: tuple[Path | None, ...], root: Path, out: Path, looked: Looked, seen_ns: int, lying: bytes,
    done: Built,
) -> None:  # fmt: skip
    """Leave what `gazetteer.quick` needs to find that there is nothing to do, where that can be found out."""
    from msgspec import structs

    from ..config import FILE_NAME
    from ..quick import leave
    from ..unchanged import are_racy

    config = given[2]
    # A path that leads through a link may lead elsewhere the next time.
    straight = all(os.path.realpath(p) == os.path.abspath(p) for p in given if p is not None)  # noqa: PTH100 - texts
    looked.at(f"{root}/{FILE_NAME}")
    if config is not None:
        looked.at(os.path.abspath(config))  # noqa: PTH100
    if straight and looked.is_whole and not are_racy(looked.paths.values(), seen_ns):
        leave(arguments, str(out), said(structs.replace(done, written=0, removed=0)), looked.paths, lying)
