"""``gaz explain``: the evidence of a fact."""

from __future__ import annotations

import base64
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .options import PATH, answer_options, config_option, jobs_options, progress_bar

if TYPE_CHECKING:
    from ..explaining import Explained

#: Of a fact, what its first line says already.
_SAID = frozenset(("path", "path_base64", "target_base64", "line", "end_line", "method", "id", "kind", "name", "qualified", "language"))


@click.command("explain")
@click.argument("fact")
@click.option("-p", "--path", "path", type=PATH, default=Path(), help="The tree; the current folder by default.")
@answer_options("json: one record a line; lines that are no UTF-8 are in base64.")
@click.option("--lines", "only_lines", is_flag=True, help="Print the bytes of the lines alone.")
@config_option
@jobs_options
def command(fact: str, path: Path, as_json: bool, only_lines: bool, config_path: Path | None, jobs: int | None, executor: str) -> None:
    """Show FACT with the lines that it rests on, byte by byte as they stand in the file.

    FACT is a name, PATH:LINE, PATH:FIRST-LAST, a path, or "A -> B" of paths or names. On a terminal, what would move the cursor or
    reorder text is shown as escapes.
    """
    from ..explaining import explain
    from ..facts import Facts
    from ..opening import opened

    with progress_bar() as progress, opened(path, config_path=config_path, jobs=jobs, executor=executor, progress=progress) as tree:
        found = explain(Facts(tree.atlas(), tree.root), fact)
    if only_lines:  # asked for lines: these, and not also those of each fact on them
        found = [one for one in found if one.fact is None] or found
    out = sys.stdout.buffer
    for number, one in enumerate(found):
        if as_json:
            out.write(record_of(one) + b"\n")
            continue
        if not only_lines:
            out.write(b"\n" * bool(number) + head_of(one).encode("utf-8", "backslashreplace"))
        out.write(_safe(one.content) if sys.stdout.isatty() else one.content)
        if not only_lines and one.content and not one.content.endswith(b"\n"):
            out.write(b"\n")
    out.flush()


def record_of(one: Explained) -> bytes:
    """A fact and its lines as JSON."""
    import msgspec

    from ..facts import path_text

    record: dict[str, Any] = {"fact": one.fact, "path": path_text(one.path), "line": one.line, "end_line": one.end_line}
    try:
        record["text"] = one.content.decode()
    except UnicodeDecodeError:
        record["base64"] = base64.b64encode(one.content).decode()
    return msgspec.json.encode(record)


def head_of(one: Explained) -> str:
    """What stands before the lines: what the fact is, where it stands, how it was found, and what it says."""
    import msgspec

    from ..facts import EdgeFact, FileFact, MissingFact, SymbolFact, path_text
    from ..names import counted, printable, shown_path

    fact, place = one.fact, path_text(one.path)
    if one.line:
        place += f":{one.line}" + (f"-{one.end_line}" if one.end_line > one.line else "")
    if isinstance(fact, SymbolFact):
        title = f"{fact.kind.replace('_', ' ')} {fact.qualified or '(anonymous)'}"
    elif isinstance(fact, EdgeFact):
        ends = fact.symbol or fact.path, fact.target_symbol or fact.target
        title = f"{fact.kind}: {ends[0]} -> {ends[1]}"
    elif isinstance(fact, MissingFact):
        title = f"{fact.kind} {fact.text}: {fact.why}"
    elif isinstance(fact, FileFact):
        title = f"file of {counted(fact.lines, 'line')}" + (f" in {fact.language}" if fact.language else "")
    else:
        title = "lines"
    method = f" ({fact.method})" if fact is not None else ""
    lines = [shown_path(f"== {title} == {place}{method}")]
    for key, value in msgspec.to_builtins(fact).items() if fact is not None else ():
        if key not in _SAID and value not in ("", [], 0, False):
            lines.append(
                f"   {key}: {printable(value if isinstance(value, str) else msgspec.json.encode(value).decode())}".replace("\n", "\n     ")
            )
    return "\n".join(lines) + "\n"


def _safe(content: bytes) -> bytes:
    from ..names import printable

    return printable(content.decode("utf-8", "backslashreplace")).encode()
