"""Arguments and options that commands share, and what is made of them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from ..errors import UsageError, nearest

if TYPE_CHECKING:
    from ..config import Config

__all__ = [
    "FORMATS",
    "PATH",
    "FormatList",
    "Progress",
    "Whole",
    "answer_options",
    "config_option",
    "jobs_options",
    "links_option",
    "out_option",
    "page_options",
    "path_argument",
    "progress_bar",
    "with_pages",
]

FORMATS = ("md", "html", "json", "llms", "scip")

Progress = Callable[[str, int, int], None]


class _Path(click.Path):
    """A path. What is wrong with one is said by what reads or writes there, with an exit code of its own."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The path, unless it is empty: to pathlib that is the current folder, which nobody means who gives a variable that is not set."""
        if value == "":
            names = param.opts if isinstance(param, click.Option) else [param.human_readable_name] if param is not None else ["path"]
            raise UsageError(f"{max(names, key=len)} is empty; expected a path")
        return super().convert(value, param, ctx)


class Whole(click.IntRange):
    """A whole number of a range."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The number; where there is none, the error says which ones there may be."""
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter:
            most = "or more" if self.max is None else f"to {self.max:,}"
            self.fail(f"{value!r}; expected a whole number, {self.min} {most}", param, ctx)


PATH = _Path(path_type=Path, readable=False)

path_argument = click.argument("path", type=PATH, default=Path())
config_option = click.option("--config", "config_path", type=PATH, default=None, help="Configuration, instead of PATH/gazetteer.toml.")


def out_option(*, required: bool = True) -> Callable[..., Any]:
    """``-o``: the folder of the output."""
    return click.option("-o", "--out", type=PATH, required=required, help="Folder of the output.")


def links_option(help_text: str) -> Callable[..., Any]:
    """``--links``: where pages link to sources, as `gazetteer.config.link_fault` wants it."""

    def checked(_context: click.Context, _option: click.Parameter, value: str | None) -> str | None:
        from ..config import link_fault

        if value is not None and (fault := link_fault(value) if value else "must be a URL or 'relative'"):
            raise UsageError(f"--links {fault}, not {value!r}")
        return value

    return click.option("--links", metavar="URL|relative", default=None, callback=checked, help=help_text)


def page_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """``--source``, ``--links`` and ``--layout``: what `with_pages` takes."""
    for option in (
        click.option("--layout", type=click.Choice(["github", "seed"]), default=None, help="'seed': the page names of the seed too."),
        links_option("Where pages link to sources; 'relative': from OUT to PATH."),
        click.option(
            "--source", type=click.Choice(["link", "embed"]), default=None, help="Whether the site links to sources or has their text."
        ),
    ):
        command = option(command)
    return command


def with_pages(
    config: Config, source: Literal["link", "embed"] | None, links: str | None, layout: Literal["github", "seed"] | None
) -> Config:  # fmt: skip
    """A configuration with what `page_options` say instead of it."""
    from msgspec import structs

    if source is not None:
        config = structs.replace(config, site=structs.replace(config.site, source=source))
    if links is not None:
        config = structs.replace(config, links=structs.replace(config.links, source=links))
    if layout is not None:
        config = structs.replace(config, layout=structs.replace(config.layout, style=layout))
    return config


def jobs_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """``--jobs`` and ``--executor``."""
    command = click.option(
        "--executor", default="local", show_default=True, metavar="local|dask[:ADDRESS]",
        help="Where files are read: processes here, or a Dask cluster that sees the same folders (extra 'dask').",
    )(command)  # fmt: skip
    return click.option("-j", "--jobs", type=Whole(1), default=None, help="Worker processes; as many as there are cores by default.")(
        command
    )


def answer_options(json_help: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """``--format text|json``, and ``--json`` for short: the parameter `as_json` of a command that prints an answer."""

    def decorated(command: Callable[..., Any]) -> Callable[..., Any]:
        @click.option("--format", "answer", type=click.Choice(["text", "json"]), default="text", show_default=True, help=json_help)
        @click.option("--json", "short", is_flag=True, help="The same as --format json.")
        @wraps(command)
        def made(*args: Any, answer: str, short: bool, **options: Any) -> Any:
            return command(*args, as_json=short or answer == "json", **options)

        return made

    return decorated


class FormatList(click.ParamType[tuple[str, ...]]):
    """Names of formats with commas between them; sorted, each once."""

    name = "formats"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        """The formats of a text.

        Examples
        --------
        >>> FormatList().convert("md,json", None, None)
        ('json', 'md')
        """
        if isinstance(value, tuple):
            return value
        names = [name.strip() for name in value.split(",")]
        for name in names:
            if name not in FORMATS:
                raise UsageError(f"unknown format {name!r} in --format; expected {', '.join(FORMATS)}{nearest(name, FORMATS)}")
        return tuple(sorted(set(names)))


@contextmanager
def progress_bar() -> Iterator[Progress]:
    """What to call with a stage and how far it is: a bar where a person watches, else nothing."""
    if not sys.stderr.isatty():
        yield lambda _stage, _done, _of: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description:10}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        tasks: dict[str, TaskID] = {}

        def show(stage: str, done: int, of: int) -> None:
            if of and stage not in tasks:
                tasks[stage] = bar.add_task(stage, total=of)
            if stage in tasks:
                bar.update(tasks[stage], completed=done, total=of)

        yield show
