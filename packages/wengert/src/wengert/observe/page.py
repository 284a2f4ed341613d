"""A drawing as an SVG element, and as a page around it."""

from __future__ import annotations

from html import escape
from itertools import pairwise
from typing import TYPE_CHECKING

from .layout import LAYER_GAP, layered

if TYPE_CHECKING:
    from .drawing import Box, Drawing

__all__ = ["html_page", "svg_picture"]

#: Of the letters, in pixels: no font is measured, so boxes are a little wider than need be.
LETTER, LINE, PADDING = 6.4, 15.0, 8.0
#: Between layers there is more room than this.
NARROW = LAYER_GAP - 1

STYLE = """
svg.wengert { font: 11px sans-serif; }
svg.wengert rect { fill: #f4f6fb; stroke: #5b6b8c; }
svg.wengert .leaf rect { fill: #eef7ee; stroke: #4f8a55; }
svg.wengert .output rect { fill: #fdf5e6; stroke: #a9803a; }
svg.wengert .hooked rect { stroke-width: 2.5; }
svg.wengert path { fill: none; stroke: #7d8799; }
svg.wengert text { fill: #1d2430; text-anchor: middle; }
svg.wengert .title { font-weight: bold; }
svg.wengert .label { fill: #7d8799; font-size: 9px; text-anchor: start; }
"""

#: The point of an arrow.
TIP = """<defs><marker id="wengert-tip" markerWidth="8" markerHeight="8" refX="7" refY="4" orient="auto">
<path d="M1,1 L7,4 L1,7" /></marker></defs>"""

PAGE_STYLE = """
body { font: 14px sans-serif; margin: 2em; color: #1d2430; }
table { border-collapse: collapse; margin-top: 2em; }
td, th { text-align: left; vertical-align: top; padding: 2px 14px 2px 0; border-bottom: 1px solid #dde2ec; }
"""


def svg_picture(drawing: Drawing) -> str:
    """The boxes in layers, gradients flowing downward."""
    sizes = [_size(box) for box in drawing.boxes]
    layout = layered(sizes, [(arrow.start, arrow.end) for arrow in drawing.arrows])
    width, height = f"{layout.width:.0f}", f"{layout.height:.0f}"
    size = f'width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="wengert" {size}>',
        f"<title>{escape(drawing.summary)}</title>",
        f"<style>{STYLE}</style>",
        TIP,
    ]
    for arrow, route in zip(drawing.arrows, layout.routes, strict=True):
        parts.append(f'<path d="{_curve(route)}" marker-end="url(#wengert-tip)" />')
        # Near the beginning: further down, arrows to one box come together.
        (x, y), (below_x, below_y) = next(pair for pair in pairwise(route) if pair[1][1] - pair[0][1] >= NARROW)
        x, y = x + (below_x - x) * 0.35 + 4, y + (below_y - y) * 0.35 + 3
        parts.append(f'<text class="label" x="{x:.1f}" y="{y:.1f}">{escape(arrow.label)}</text>')
    for box, (box_width, box_height), centre in zip(drawing.boxes, sizes, layout.centres, strict=True):
        parts += _box(box, box_width, box_height, centre)
    return "\n".join([*parts, "</svg>", ""])


def _size(box: Box) -> tuple[float, float]:
    letters = max(len(line) for line in (box.title, *box.lines))
    return letters * LETTER + 2 * PADDING, (1 + len(box.lines)) * LINE + 2 * PADDING


def _curve(route: list[tuple[float, float]]) -> str:
    """A path through the points that leaves and enters each of them vertically."""
    parts = [f"M{route[0][0]:.1f},{route[0][1]:.1f}"]
    for (x, y), (below_x, below_y) in pairwise(route):
        middle = (y + below_y) / 2
        bend = f"C{x:.1f},{middle:.1f} {below_x:.1f},{middle:.1f} {below_x:.1f},{below_y:.1f}"
        parts.append(bend if x != below_x else f"V{below_y:.1f}")
    return " ".join(parts)


def _box(box: Box, width: float, height: float, centre: tuple[float, float]) -> list[str]:
    x, y = centre
    corner = {"output": height / 2, "node": 3.0, "leaf": 12.0}[box.kind]
    baseline = y - height / 2 + PADDING + LINE * 0.75
    texts = [
        f'<text class="{"line" if i else "title"}" x="{x:.1f}" y="{baseline + i * LINE:.1f}">{escape(line)}</text>'
        for i, line in enumerate((box.title, *box.lines))
    ]
    return [
        f'<g class="{box.kind}{" hooked" if box.hooked else ""}">',
        f'<rect x="{x - width / 2:.1f}" y="{y - height / 2:.1f}" width="{width:.1f}" height="{height:.1f}" rx="{corner:.1f}" />',
        *texts,
        "</g>",
    ]


def html_page(drawing: Drawing) -> str:
    """The picture, and the same as a table, which can be searched."""
    rows = [
        f"<tr><td>{number}</td><td>{escape(box.title)}</td><td>{'<br>'.join(map(escape, box.lines))}</td><td>{below}</td></tr>"
        for number, (box, below) in enumerate(zip(drawing.boxes, _successors(drawing), strict=True))
    ]
    return "\n".join(
        [
            "<!DOCTYPE html>",
            f'<html lang="en"><head><meta charset="utf-8"><title>{escape(drawing.summary)}</title>',
            f"<style>{PAGE_STYLE}</style></head><body>",
            f"<p>The graph of a backward: {escape(drawing.summary)}. Gradients flow downward.</p>",
            drawing.svg,
            "<table><tr><th></th><th>node</th><th>hooks and saved values</th><th>gradients go to</th></tr>",
            *rows,
            "</table></body></html>",
            "",
        ]
    )


def _successors(drawing: Drawing) -> list[str]:
    """For each box the numbers of those that arrows lead to."""
    found: list[list[str]] = [[] for _ in drawing.boxes]
    for arrow in drawing.arrows:
        found[arrow.start].append(str(arrow.end))
    return [", ".join(numbers) for numbers in found]
