"""``gaz mcp``: answer agents over stdio."""

from __future__ import annotations

from pathlib import Path

import click

from .options import config_option, jobs_options, path_argument


@click.command("mcp")
@path_argument
@config_option
@jobs_options
def command(path: Path, config_path: Path | None, jobs: int | None, executor: str) -> None:
    """Answer the questions of agents about the tree at PATH over stdio.

    Tools: search_symbols, get_file_facts, get_symbol, dependents, dependencies, tests_for, read_lines, changed_since. Nothing is written.
    Nothing outside of the tree is read but the objects of its repository, where those of a worktree or a borrowing clone lie elsewhere.
    """
    from ..mcp_server import serve
    from ..opening import opened

    with opened(path, config_path=config_path, jobs=jobs, executor=executor) as tree:
        serve(tree)
