"""Pictures of a graph: Graphviz's language, and pages of our own that need no other program. See `draw`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from ..autograd.node import AccumulateGrad, GradientEdge, InputMetadata, Node, checked_edge
from ..autograd.tensor import Tensor
from ..errors import ArgumentError, GradientTypeError, NoGraphError
from .holdings import PlannedHook, SavedValue, hooks_on, saved_by
from .page import html_page, svg_picture
from .text import counted, size_of

__all__ = ["Box", "Drawing", "draw"]


@dataclass(frozen=True)
class Box:
    """What the picture shows of an output, a node or a leaf.

    Attributes
    ----------
    kind : str
        ``"output"``, ``"node"`` or ``"leaf"``.
    title : str
        The node's name; of outputs and leaves, what they are.
    lines : tuple of str
        Shape and dtype, hooks, what is saved.
    hooked : bool
        Whether there are hooks on it.
    """

    kind: str
    title: str
    lines: tuple[str, ...]
    hooked: bool = False


@dataclass(frozen=True)
class Arrow:
    """The way of a gradient, from the box with one number to that with another; its shape."""

    start: int
    end: int
    label: str


class Drawing:
    """A picture of the graph behind some tensors; made by `draw`.

    Attributes
    ----------
    boxes : tuple of Box
        First the outputs, then the nodes, each after what leads to it.
    arrows : tuple of Arrow
        Where gradients go.
    saved_bytes : int
        The memory of the arrays that the nodes have saved, each counted once.
    """

    def __init__(self, boxes: tuple[Box, ...], arrows: tuple[Arrow, ...], saved_bytes: int) -> None:
        self.boxes, self.arrows, self.saved_bytes = boxes, arrows, saved_bytes

    @property
    def summary(self) -> str:
        """The graph in one line."""
        nodes = sum(box.kind == "node" for box in self.boxes)
        leaves = sum(box.kind == "leaf" for box in self.boxes)
        return f"{counted(nodes, 'node')}, {counted(leaves, 'leaf', 'leaves')}, {size_of(self.saved_bytes)} saved"

    @cached_property
    def dot(self) -> str:
        """The graph in the language of Graphviz."""
        shapes = {"output": "ellipse", "node": "box", "leaf": "box, style=rounded"}
        lines = ["digraph backward {", "  node [fontname=Helvetica, fontsize=10]", "  edge [fontname=Helvetica, fontsize=9]"]
        for number, box in enumerate(self.boxes):
            label = "\\n".join(_escaped(line) for line in (box.title, *box.lines))
            marked = ", penwidth=2" if box.hooked else ""
            lines.append(f'  b{number} [label="{label}", shape={shapes[box.kind]}{marked}]')
        lines += [f'  b{arrow.start} -> b{arrow.end} [label="{_escaped(arrow.label)}"]' for arrow in self.arrows]
        return "\n".join([*lines, "}", ""])

    @cached_property
    def svg(self) -> str:
        """The picture as an SVG element."""
        return svg_picture(self)

    @cached_property
    def html(self) -> str:
        """A page with the picture and a table of the boxes."""
        return html_page(self)

    def save(self, path: str | Path) -> Path:
        """Write the picture to a file: ``.svg``, ``.html``, or ``.dot`` (``.gv``) for Graphviz, by its suffix."""
        path = Path(path)
        texts = {".dot": "dot", ".gv": "dot", ".svg": "svg", ".html": "html"}
        if path.suffix.lower() not in texts:
            raise ArgumentError(f"path: expected a name that ends in .svg, .html, .dot or .gv, got {path.name!r}")
        path.write_text(getattr(self, texts[path.suffix.lower()]), encoding="utf-8")
        return path

    def _repr_svg_(self) -> str:
        """What notebooks show."""
        return self.svg

    def __str__(self) -> str:
        return self.dot

    def __repr__(self) -> str:
        return f"<drawing of {self.summary}>"


def draw(tensors: Any, path: str | Path | None = None) -> Drawing:
    r"""A picture of the graph behind some tensors: nodes, edges, hooks, saved memory. No other program is needed.

    Parameters
    ----------
    tensors : Tensor, GradientEdge or sequence of them
        Where the graph begins.
    path : path, optional
        A file to write the picture to: ``.svg``, ``.html``, or ``.dot`` for Graphviz.

    Returns
    -------
    Drawing
        With ``dot``, ``svg`` and ``html``, each a text; notebooks show it.

    Raises
    ------
    NoGraphError
        If a tensor requires no gradient.
    ArgumentError
        If the name of the file ends in something else.

    Examples
    --------
    >>> import wengert as wg
    >>> x = wg.tensor([1.0, 2.0], requires_grad=True)
    >>> drawing = wg.observe.draw(wg.exp(x).sum())
    >>> drawing.summary
    '2 nodes, 1 leaf, 16 B saved'
    >>> print(drawing.dot)
    digraph backward {
      node [fontname=Helvetica, fontsize=10]
      edge [fontname=Helvetica, fontsize=9]
      b0 [label="output\nfloat64 []", shape=ellipse]
      b1 [label="SumBackward0", shape=box]
      b2 [label="ExpBackward0\nsaved out float64 [2] 16 B", shape=box]
      b3 [label="leaf\nfloat64 [2]", shape=box, style=rounded]
      b0 -> b1 [label="[]"]
      b1 -> b2 [label="[2]"]
      b2 -> b3 [label="[2]"]
    }
    """
    outputs = [tensors] if isinstance(tensors, (Tensor, GradientEdge)) else list(tensors)
    places = [_place(output, f"element {index} of tensors") for index, output in enumerate(outputs)]
    nodes = _topological([node for node, _ in places])
    numbers = {node: number for number, node in enumerate(nodes, len(places))}
    saved: dict[int, SavedValue] = {}
    boxes = [_output_box(output, node._input_metadata[nr]) for output, (node, nr) in zip(outputs, places, strict=True)]
    arrows = [_arrow(number, node, nr, numbers) for number, (node, nr) in enumerate(places)]
    for node, number in numbers.items():
        values = list(saved_by(node))
        saved.update((value.identity, value) for value in values)
        boxes.append(_node_box(node, list(hooks_on(node)), values))
        arrows += [_arrow(number, below, nr, numbers) for below, nr in node.next_functions if below is not None]
    drawing = Drawing(tuple(boxes), tuple(arrows), sum(value.nbytes for value in saved.values()))
    if path is not None:
        drawing.save(path)
    return drawing


def _place(output: Any, what: str) -> tuple[Node, int]:
    """Where the gradient of an output would arrive."""
    if isinstance(output, GradientEdge):
        return checked_edge(output, what)
    if not isinstance(output, Tensor):
        raise GradientTypeError(f"{what}: expected a Tensor or a GradientEdge, got {type(output).__name__}")
    if not output.requires_grad:
        raise NoGraphError(f"{what} does not require grad, so there is no graph behind it")
    node, number = output._place()
    assert node is not None
    return node, number


def _topological(roots: list[Node]) -> list[Node]:
    """All nodes that can be reached, each after all that lead to it."""
    waits: dict[Node, int] = dict.fromkeys(roots, 0)
    stack = list(waits)
    while stack:
        for below, _ in stack.pop().next_functions:
            if below is not None:
                if below not in waits:
                    waits[below] = 0
                    stack.append(below)
                waits[below] += 1
    order = [node for node in waits if not waits[node]]
    for node in order:  # which grows meanwhile
        for below, _ in node.next_functions:
            if below is not None:
                waits[below] -= 1
                if not waits[below]:
                    order.append(below)
    return order


def _arrow(start: int, node: Node, number: int, numbers: dict[Node, int]) -> Arrow:
    return Arrow(start, numbers[node], str(list(node._input_metadata[number].shape)))


def _output_box(output: Any, metadata: InputMetadata) -> Box:
    named = isinstance(output, Tensor) and output._extra is not None and output._extra.name
    return Box("output", named or "output", (f"{metadata.dtype} {list(metadata.shape)}",))


def _node_box(node: Node, hooks: list[PlannedHook], values: list[SavedValue]) -> Box:
    lines = [f"{hook}" for hook in hooks] + [f"saved {value}" for value in values]
    if not isinstance(node, AccumulateGrad):
        return Box("node", node.name(), tuple(lines), bool(hooks))
    leaf = node.variable
    name = leaf._extra.name if leaf._extra is not None else None
    has = [] if leaf._grad is None else ["has a .grad"]
    return Box("leaf", name or "leaf", (f"{leaf.dtype} {list(leaf.shape)}", *has, *lines), bool(hooks))


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
