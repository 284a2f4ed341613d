"""``gaz query``: find symbols and files."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .options import PATH, Whole, answer_options, config_option, jobs_options, progress_bar

if TYPE_CHECKING:
    from ..facts import Facts
    from ..query import Hit


@click.command("query")
@click.argument("terms", nargs=-1, required=True)
@click.option("-p", "--path", "path", type=PATH, default=Path(), help="The tree; the current folder by default.")
@answer_options("json: one record a line.")
@click.option("-n", "--most", type=Whole(1), default=None, help="Print no more than so many; what is left out is said.")
@config_option
@jobs_options
def command(
    terms: tuple[str, ...], path: Path, as_json: bool, most: int | None, config_path: Path | None, jobs: int | None, executor: str
) -> int:
    """Find symbols and files for which all TERMS hold; ends with 1 where there are none.

    A term is a name (NAME, a::NAME, NA*), kind:struct, base:NAME, doc:TEXT, uses:PATH (what depends on a file, or from outside on a
    folder), used-by:PATH (what it depends on), tests:NAME or tests:PATH, refs:NAME (what refers to it, by an index of a compiler),
    path:TEXT or path:PATTERN, lang:NAME.
    """
    from ..errors import ExitCode
    from ..facts import Facts
    from ..lookup import below, is_file
    from ..names import counted, printable
    from ..opening import opened
    from ..query import apart, find, guesses

    asked = apart(terms)
    with progress_bar() as progress, opened(path, config_path=config_path, jobs=jobs, executor=executor, progress=progress) as tree:
        facts = Facts(tree.atlas(), tree.root)
    answer = find(facts.atlas, asked)
    for note in answer.notes:
        click.echo(note, err=True)
    shown = answer.hits[:most]
    for hit in shown:
        if as_json:
            sys.stdout.buffer.write(record_of(facts, hit) + b"\n")
        else:
            click.echo("\n".join(lines_of_hit(facts, hit)))
    sys.stdout.flush()
    if len(shown) < len(answer.hits):
        click.echo(f"{len(answer.hits) - len(shown):,} more of {len(answer.hits):,} are not shown", err=True)
    if not answer.hits:
        guess = guesses(facts.atlas, asked)
        also = f"; near are {', '.join(map(printable, guess))}" if guess else ""
        if len(asked) == 1 and is_file(facts.atlas, asked[0]):
            also = f", which is a file: path:{asked[0]} finds it, uses:{asked[0]} what depends on it"
        elif len(asked) == 1 and "/" in asked[0] and (inside := below(facts.atlas, asked[0])):
            also = (
                f", which is a folder of {counted(len(inside), 'file')}: path:{asked[0]} finds them, uses:{asked[0]} what depends on them"
            )
        click.echo(f"nothing found for {' '.join(asked)}{also}", err=True)
    return ExitCode.OK if answer.hits else ExitCode.FOUND


def record_of(facts: Facts, hit: Hit) -> bytes:
    """A hit as JSON: what it is, and the edges or mentions that it was found by."""
    import msgspec

    from ..atlas import SymbolRef

    found = facts.symbol(SymbolRef(hit.path, hit.index)) if hit.index >= 0 else facts.file(hit.path)
    record = {"is": "symbol" if hit.index >= 0 else "file", **msgspec.to_builtins(found)}
    if hit.edges:
        record["edges"] = [facts.edge(e) for e in hit.edges]
    if hit.mentions:
        record["mentions"] = facts.mention(hit.path, hit.mentions)
    return msgspec.json.encode(record)


def lines_of_hit(facts: Facts, hit: Hit) -> list[str]:
    """A hit as text: ``path:line``, what it is, and the lines that it was found by."""
    from ..atlas import SymbolRef
    from ..compose.common import file_kind
    from ..facts import path_text
    from ..names import counted, shown_path

    if hit.index >= 0:
        fact = facts.symbol(SymbolRef(hit.path, hit.index))
        role = "" if fact.role == "definition" else f", {fact.role}"
        parts = [f"{fact.path}:{fact.line}", f"{fact.kind.replace('_', ' ')}{role}", fact.qualified or "(anonymous)"]
        if fact.signature and fact.signature != f"{fact.kind} {fact.name}":
            parts.append(fact.signature)
        return [shown_path("  ".join(parts))]
    file = facts.atlas.files[hit.path]
    lines = [f"{path_text(hit.path)}  {file_kind(file)}, {counted(file.scan.counts.lines, 'line')}"]
    lines += [f"    {path_text(e.source)}:{e.line}  {e.kind} {path_text(e.text)} ({e.method})" for e in hit.edges]
    if hit.mentions:
        found = facts.mention(hit.path, hit.mentions)
        lines.append(f"    {found.path}:{found.line}  names {', '.join(found.names)} (text-match)")
    return [*map(shown_path, lines)]
