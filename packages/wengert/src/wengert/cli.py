"""The command ``wengert``: ``demo`` shows it at work, ``doctor`` says what is usable here, ``view`` draws a graph."""

from __future__ import annotations

import runpy
import sys
import time
from pathlib import Path
from typing import Annotated

try:
    import typer
    from rich.box import SIMPLE
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
    from rich.table import Table
except ImportError as _error:  # the terminal is an extra
    sys.exit(f"the command `wengert` needs Typer and Rich ({_error}): pip install 'wengert[demo]'")

from .autograd.tensor import Tensor
from .demos.digits import Config, Report, load_digits, peak_memory, train
from .demos.picture import draw_norms
from .doctor import findings
from .errors import WengertError
from .observe import by_line, draw

__all__ = ["app", "main"]

app = typer.Typer(add_completion=False, no_args_is_help=True, help="PyTorch's autograd, in Python, over any array library.")

#: What the demo promises.
GOAL = 0.97


@app.command()
def demo(
    epochs: Annotated[int, typer.Option(help="Passes over the training images.", min=1)] = 8,
    batch: Annotated[int, typer.Option(help="Images in a step.", min=1)] = 64,
    seed: Annotated[int, typer.Option(help="Of the split, the weights and the order.")] = 0,
    picture: Annotated[Path, typer.Option(help="Where to write the picture of gradient norms.")] = Path("wengert-demo.png"),
) -> None:
    """Train a small convolutional network on handwritten digits, with every kind of hook at work."""
    console = Console()
    if not picture.parent.is_dir():
        raise typer.BadParameter(f"{picture.parent} is not a directory", param_hint="--picture")
    config = Config(epochs=epochs, batch=batch, seed=seed)
    data = load_digits(seed)
    console.print(f"{len(data.train_labels)} digits of 8 by 8 pixels to learn from, {len(data.test_labels)} to be tested on")
    report = _train(console, data, config)
    _print_hooks(console, report)
    usual, in_backward = peak_memory(data, config, False), peak_memory(data, config, True)
    draw_norms(report, picture)
    console.print(f"trained in {report.seconds:.1f} s, {report.backwards} backward passes, final loss {report.loss[-1]:.4f}")
    console.print(
        f"peak memory of a step: {usual / 1e6:.2f} MB with the optimizer after the backward, {in_backward / 1e6:.2f} MB with it "
        f"in the backward ({in_backward / usual:.0%})"
    )
    console.print(f"gradient norms by layer: {picture}")
    console.print(f"[bold]test accuracy {report.accuracy:.2%}[/bold]")
    if report.accuracy < GOAL:
        console.print(f"[red]this is below the {GOAL:.0%} that the demo is to reach[/red] (more --epochs help)")
        raise typer.Exit(1)


def _train(console: Console, data: object, config: Config) -> Report:
    loss_column = TextColumn("loss {task.fields[loss]}")
    columns = (TextColumn("training"), BarColumn(), MofNCompleteColumn(), loss_column, TimeElapsedColumn())
    steps = config.epochs * -(-len(data.train_labels) // config.batch)  # type: ignore[attr-defined]
    start = time.perf_counter()
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("", total=steps, loss="-")
        _, report = train(data, config, lambda _, loss: progress.update(task, advance=1, loss=f"{loss:.4f}"))  # type: ignore[arg-type]
    report.seconds = time.perf_counter() - start
    return report


def _print_hooks(console: Console, report: Report) -> None:
    """One line for each kind, function and line of registration; narrow enough for 80 columns."""
    caption = "hooks: how many were registered there; changed: whether one ever changed the gradient"
    table = Table(title="the hooks of this run", box=None, padding=(0, 1, 0, 0), caption=caption)
    for heading in ("kind of hook", "function", "registered at"):
        table.add_column(heading, no_wrap=True)
    for heading in ("hooks", "fired", "ms", "changed"):
        table.add_column(heading, justify="right", no_wrap=True)
    for record in by_line(report.hooks):
        where = "" if record.origin is None else f"{Path(record.origin.filename).name}:{record.origin.line}"
        numbers = (str(record.count), str(record.fired), f"{record.seconds * 1e3:.0f}", "yes" if record.changed else "no")
        table.add_row(record.kind.removesuffix(" hook"), record.name, where, *numbers)
    console.print(table)


@app.command()
def doctor() -> None:
    """Say which array libraries, compilers and devices are usable here, and which command adds a missing one."""
    console = Console()
    table = Table(title=f"Python {sys.version.split()[0]}", box=SIMPLE)
    for heading in ("", "name", "version", "usable"):
        table.add_column(heading, no_wrap=True)
    table.add_column("note")
    for finding in findings():
        usable = "[green]yes[/green]" if finding.usable else "[yellow]no[/yellow]"
        # Brackets in the note are an extra's, not markup.
        table.add_row(finding.part, finding.name, finding.version or "-", usable, finding.note.replace("[", r"\["))
    console.print(table)


@app.command()
def view(
    program: Annotated[Path, typer.Argument(help="A Python file. It is run.", exists=True, dir_okay=False)],
    name: Annotated[str, typer.Option(help="The variable of the program behind which the graph is.")] = "loss",
    picture: Annotated[Path, typer.Option(help="Where to draw it: .html, .svg, or .dot for Graphviz.")] = Path("graph.html"),
) -> None:
    """Run a program and draw the graph behind one of its tensors: nodes, edges, hooks, saved memory."""
    if not picture.parent.is_dir():
        raise typer.BadParameter(f"{picture.parent} is not a directory", param_hint="--picture")
    variables = runpy.run_path(str(program), run_name="__main__")
    if not isinstance(variables.get(name), Tensor):
        tensors = [key for key, value in variables.items() if isinstance(value, Tensor) and value.requires_grad]
        has = ", ".join(tensors) or "none with a graph"
        raise typer.BadParameter(f"{program} has no tensor {name!r}; it has {has}", param_hint="--name")
    Console().print(f"{draw(variables[name], picture).summary}: {picture}", highlight=False)


def main() -> None:
    """The entry point of the command ``wengert``: errors of our own end with their message, not with a traceback."""
    try:
        app()
    except WengertError as error:
        Console(stderr=True).print(f"[red]error:[/red] {error}", highlight=False)
        sys.exit(2)


if __name__ == "__main__":
    main()
