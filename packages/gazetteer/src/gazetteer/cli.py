"""The command `gaz`. Each command is a module of `gazetteer.commands`, which is imported when it is asked for."""

from __future__ import annotations

import gc
import importlib
import os
import select
import sys
from typing import Any, NoReturn

import click

from . import __version__
from .commands import Session
from .errors import ExitCode, GazetteerError, SourceError, UsageError, is_full, nearest, unwritten
from .quick import Seen

__all__ = ["COMMANDS", "main"]

#: Every command, with the sentence that ``gaz --help`` shows.
COMMANDS = {
    "build": "Document a tree.",
    "watch": "Document a tree again whenever it changes.",
    "serve": "Show the site of a tree on this machine alone.",
    "query": "Find symbols and files.",
    "mcp": "Answer agents over stdio.",
    "diff": "Show the symbols that differ between two revisions.",
    "explain": "Show the lines that a fact rests on.",
    "check": "Check links, anchors, evidence and sizes of an output.",
    "doctor": "Show grammars, and parse quality by language.",
    "export": "Write the facts in the formats of other tools.",
    "index": "Write what a compiler knows of C and C++, for gaz build --scip.",
}

#: What a shell reports of a program that an interrupt (Ctrl-C) ended.
_INTERRUPTED = 130


class Commands(click.Group):
    """The commands, by name. A reader of what they print that has seen enough is no error; for click alone it is one."""

    def make_context(self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any) -> click.Context:
        """What the command line says; ``--help`` is printed here."""
        try:
            return super().make_context(info_name, args, parent, **extra)
        except BrokenPipeError as error:
            if not _has_no_reader():
                raise
            raise click.exceptions.Exit(unwritten(error)) from None

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; what it ends with."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:
            if not _has_no_reader():  # it is another pipe
                raise
            return unwritten(error)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a name; None where there is none."""
        if cmd_name not in COMMANDS:
            return None
        found: click.Command = importlib.import_module(f"gazetteer.commands.{cmd_name}").command
        return found

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the arguments ask for."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            raise UsageError(f"unknown command {args[0]!r}; expected {', '.join(COMMANDS)}{nearest(args[0], COMMANDS)}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list in ``gaz --help``, without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


def _has_no_reader() -> bool:
    """Whether standard output is a pipe that nobody reads any more."""
    looked = select.poll()
    looked.register(sys.stdout.fileno(), 0)  # such an end is told of unasked
    return bool(looked.poll(0))


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="gaz")
def commands() -> None:
    """Reference documentation of any source tree, in which every statement carries its evidence."""
    try:
        os.getcwd()  # noqa: PTH109 - every command needs one to say what a path means
    except OSError as error:
        raise SourceError(f"the current folder cannot be read: {error.strerror}") from error


def run(arguments: list[str] | None = None, held: list[object] | None = None, seen: Seen | None = None) -> int:
    """Run `gaz` and give its exit code; errors that are the user's to mend are one line on standard error."""
    session = Session(sys.argv[1:] if arguments is None else arguments, [] if held is None else held, seen)
    while True:
        try:
            return _run(session)
        except Exception as error:  # a store that was damaged
            from .store import mended

            if not mended(error):
                raise
            session = session._replace(seen=None)


def _run(session: Session) -> int:
    try:
        found = commands.main(session.arguments, prog_name="gaz", standalone_mode=False, obj=session)
    except GazetteerError as error:
        click.echo(f"gaz: {error}", err=True)
        return error.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("gaz: interrupted", err=True)
        return _INTERRUPTED
    except OSError as error:
        if not isinstance(error, BrokenPipeError) and not is_full(error):
            raise
        return unwritten(error)
    return found if isinstance(found, int) else 0


def main(arguments: list[str] | None = None, seen: Seen | None = None) -> NoReturn:
    """Run `gaz` and end the process with its exit code; `seen` is what is known already of a build."""
    if sys.getfilesystemencoding() != "utf-8" and arguments is None:  # names of files mean the same wherever we run
        os.execv(sys.executable, [sys.executable, "-X", "utf8", *sys.orig_argv[1:]])  # noqa: S606 - ourselves
    if sys.argv[1:2] == ["build"]:
        gc.disable()  # the process ends with the build: looking for what is no longer needed would take longer than it is worth
    held = list[object]()
    _end(run(arguments, held, seen))


def _end(code: int) -> NoReturn:
    """End at once: to free what a build has made, one object after the other, takes long."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BrokenPipeError:  # its reader has seen enough
            pass
        except OSError:
            code = code or ExitCode.OUTPUT
    os._exit(code)
