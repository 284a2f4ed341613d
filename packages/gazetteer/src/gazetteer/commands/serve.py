"""``gaz serve``: show the site on this machine alone."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click

from .options import PATH, Whole, config_option, jobs_options, path_argument, progress_bar


@click.command("serve")
@path_argument
@click.option("-o", "--out", type=PATH, default=None, help="Folder of the output; a temporary one by default.")
@click.option("--port", type=Whole(0, 65_535), default=8_000, show_default=True, help="0 takes a free one.")
@click.option("--source", type=click.Choice(["link", "embed"]), default="embed", show_default=True, help="As for gaz build.")
@click.option("--rebuild", is_flag=True, help="Look for changes before each page is shown.")
@click.option("--verbose", is_flag=True, help="Show requests.")
@config_option
@jobs_options
def command(
    path: Path, out: Path | None, port: int, source: Literal["link", "embed"], rebuild: bool, verbose: bool, config_path: Path | None,
    jobs: int | None, executor: str,
) -> None:  # fmt: skip
    """Build the site of the tree at PATH and show it on the loopback address until it is interrupted."""
    import tempfile
    from contextlib import ExitStack

    from msgspec import structs

    from ..build import build
    from ..claims import place_of
    from ..discover import root_of
    from ..errors import OutputError
    from ..opening import config_of, opened
    from ..render.site import FOLDER
    from ..serve import LOOPBACK, Rebuild, server

    config_of(root_of(path), config_path)
    with ExitStack() as stack:
        place = place_of(out) if out is not None else Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="gazetteer-"))) / "out"

        def bring_up_to_date() -> None:
            # The store is opened anew each time: a request has its own thread, and a connection belongs to one.
            with opened(path, out=place, config_path=config_path, jobs=1) as tree:
                config = structs.replace(tree.config, site=structs.replace(tree.config.site, source=source))
                build(tree.root, place, config, tree.store, formats=("html",), executor=tree.executor)

        with (
            progress_bar() as progress,
            opened(path, out=place, config_path=config_path, jobs=jobs, executor=executor, progress=progress) as tree,
        ):
            config = structs.replace(tree.config, site=structs.replace(tree.config.site, source=source))
            build(tree.root, place, config, tree.store, formats=("html",), executor=tree.executor, progress=progress)
        try:
            made = server(
                place / FOLDER, port, rebuild=Rebuild(bring_up_to_date) if rebuild else None,
                log=(lambda line: click.echo(line, err=True)) if verbose else None,
            )  # fmt: skip
        except OSError as error:
            raise OutputError(f"port {port} of {LOOPBACK} cannot be used: {error.strerror}; name another (--port)") from error
        stack.enter_context(made)
        click.echo(f"http://{LOOPBACK}:{made.server_address[1]}/index.html  (Ctrl-C ends it)")
        made.serve_forever()
