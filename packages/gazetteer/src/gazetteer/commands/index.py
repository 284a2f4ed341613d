"""``gaz index``: what a compiler knows of C and C++, as an index that ``gaz build --scip`` takes."""

from __future__ import annotations

import os
from pathlib import Path

import click

from .alone import write_file
from .options import PATH, Whole, config_option, path_argument, progress_bar

#: So many units that were not read whole are named.
_NAMED = 10


@click.command("index")
@path_argument
@click.option("-o", "--out", type=PATH, required=True, metavar="FILE", help="The index to write, for example index.scip.")
@click.option(
    "--commands", type=PATH, default=None, metavar="FILE", help="A compile_commands.json; else the one in PATH or in a folder there."
)
@config_option
@click.option("-j", "--jobs", type=Whole(1), default=None, help="Worker processes; as many as there are cores by default.")
def command(path: Path, out: Path, commands: Path | None, config_path: Path | None, jobs: int | None) -> None:
    """Write what libclang finds in the C and C++ of the tree at PATH, as its build compiles it, as an index of SCIP.

    Nothing is built or run, but headers outside of the tree are read. gaz build --scip FILE lays the index over pages. Needs the extra
    'clang'.
    """
    from ..compiler.indexing import Indexing
    from ..compiler.units import commands_of, units_of
    from ..discover import root_of
    from ..errors import SourceError
    from ..names import counted
    from ..opening import config_of
    from ..parallel import cores

    root = Path(os.path.realpath(root_of(path)))
    place = commands or commands_of(root)
    units = units_of(place, root, config_of(root, config_path).limits.index_bytes)
    if not units:
        raise SourceError(f"{place} compiles nothing that lies in {root}")
    with progress_bar() as progress:
        indexing = Indexing(root, units, jobs or cores(), lambda done, of: progress("index", done, of))
    written = write_file(out, indexing.pieces())
    files, compiled = counted(indexing.files, "file"), counted(len(units), "unit")
    click.echo(f"{counted(indexing.names, 'name')} in {files} of {compiled}: {counted(written, 'byte')} in {out}")
    if faults := indexing.faults:
        click.echo(f"{counted(len(faults), 'unit')} with errors, whose names may be missing or wrong:")
        for fault in faults[:_NAMED]:
            click.echo(f"  {fault}")
        if len(faults) > _NAMED:
            click.echo(f"  and {len(faults) - _NAMED:,} more")
