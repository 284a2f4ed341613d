"""Where the boxes of a picture of a graph go: in layers, each below all that leads to it (after Sugiyama, Tagawa and Toda, 1981).

An edge that passes a layer gets a point in it, which keeps its place among the boxes there, so that lines do not run through
boxes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

__all__ = ["Layout", "layered"]

#: Between neighbours in a layer, and between layers.
GAP, LAYER_GAP = 24.0, 44.0
#: How often each layer is sorted by, and then moved towards, the places of what it is connected to.
SWEEPS = 6
#: With more points than this, edges take the straight way.
MOST_POINTS = 20_000


@dataclass
class Layout:
    """The picture: its size, the centre of each box, and the way of each edge."""

    width: float
    height: float
    centres: list[tuple[float, float]]
    routes: list[list[tuple[float, float]]]


@dataclass(eq=False)
class _Item:
    """A box, or a point of an edge."""

    width: float
    height: float
    layer: int
    above: list[_Item] = field(default_factory=list)
    below: list[_Item] = field(default_factory=list)
    place: int = 0  # in its layer
    x: float = 0.0
    y: float = 0.0


def layered(sizes: Sequence[tuple[float, float]], edges: Sequence[tuple[int, int]]) -> Layout:
    """Lay out boxes of these sizes, connected from the first of each pair to the second; without cycles.

    Examples
    --------
    >>> layout = layered([(40.0, 20.0), (40.0, 20.0)], [(0, 1)])
    >>> layout.centres
    [(44.0, 34.0), (44.0, 98.0)]
    """
    boxes = [_Item(w, h, layer) for (w, h), layer in zip(sizes, _layers(len(sizes), edges), strict=True)]
    long = sum(boxes[b].layer - boxes[a].layer for a, b in edges)
    ways = [_connect(boxes[a], boxes[b], long <= MOST_POINTS) for a, b in edges]
    layers: list[list[_Item]] = [[] for _ in range(1 + max((box.layer for box in boxes), default=-1))]
    for item in _depth_first(boxes):
        layers[item.layer].append(item)
    _sort(layers)
    _spread(layers)
    bands: list[tuple[float, float]] = []  # of each layer, from where to where
    top = GAP
    for layer in layers:
        height = max(item.height for item in layer)
        for item in layer:
            item.y = top + height / 2
        bands.append((top, top + height))
        top += height + LAYER_GAP
    left = min((item.x - item.width / 2 for layer in layers for item in layer), default=0.0) - GAP
    right = max((item.x + item.width / 2 for layer in layers for item in layer), default=0.0) + GAP
    for layer in layers:
        for item in layer:
            item.x -= left
    routes = [_route(boxes[a], way, boxes[b], bands) for (a, b), way in zip(edges, ways, strict=True)]
    return Layout(right - left, top - LAYER_GAP + GAP, [(box.x, box.y) for box in boxes], routes)


def _route(start: _Item, way: list[_Item], end: _Item, bands: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """The points of an edge: straight down through each layer, sideways only between layers."""
    route = [(start.x, start.y + start.height / 2), (start.x, bands[start.layer][1])]
    for point in way:
        top, bottom = bands[point.layer]
        route += [(point.x, top), (point.x, bottom)]
    route += [(end.x, bands[end.layer][0]), (end.x, end.y - end.height / 2)]
    return list(dict.fromkeys(route))


def _layers(count: int, edges: Sequence[tuple[int, int]]) -> list[int]:
    """The layer of each box: the length of the longest way that leads to it."""
    below: list[list[int]] = [[] for _ in range(count)]
    waits = [0] * count
    for a, b in edges:
        below[a].append(b)
        waits[b] += 1
    layers, ready = [0] * count, [i for i in range(count) if not waits[i]]
    while ready:
        a = ready.pop()
        for b in below[a]:
            layers[b] = max(layers[b], layers[a] + 1)
            waits[b] -= 1
            if not waits[b]:
                ready.append(b)
    return layers


def _connect(start: _Item, end: _Item, with_points: bool) -> list[_Item]:
    """The points of an edge, each connected with the one before it."""
    points = [_Item(0.0, 0.0, layer) for layer in range(start.layer + 1, end.layer)] if with_points else []
    for one, other in zip([start, *points], [*points, end], strict=True):
        one.below.append(other)
        other.above.append(one)
    return points


def _depth_first(boxes: list[_Item]) -> list[_Item]:
    """Boxes and points in the order in which a walk meets them: neighbours of neighbours come to stand together."""
    order: dict[_Item, None] = {}
    stack = [box for box in reversed(boxes) if not box.above]
    while stack:
        item = stack.pop()
        if item not in order:
            order[item] = None
            stack.extend(reversed(item.below))
    return list(order)


def _sort(layers: list[list[_Item]]) -> None:
    """Sort each layer by the mean place of what its items are connected to, downward and upward in turn."""

    def by(layer: list[_Item], neighbours: str) -> None:
        def wish(item: _Item) -> float:
            places = [other.place for other in getattr(item, neighbours)]
            return sum(places) / len(places) if places else item.place

        layer.sort(key=wish)
        _number(layer)

    for layer in layers:
        _number(layer)
    for _ in range(SWEEPS):
        for layer in layers[1:]:
            by(layer, "above")
        for layer in reversed(layers[:-1]):
            by(layer, "below")


def _number(layer: list[_Item]) -> None:
    for place, item in enumerate(layer):
        item.place = place


def _spread(layers: list[list[_Item]]) -> None:
    """Give each item its place from left to right: as near as can be to what it is connected to, in the order of its layer."""
    for layer in layers:
        x = 0.0
        for item in layer:
            item.x = x + item.width / 2
            x += item.width + GAP
        for item in layer:
            item.x -= (x - GAP) / 2
    for sweep in range(2 * SWEEPS):
        for layer in layers if sweep % 2 == 0 else reversed(layers):
            _move(layer)


def _move(layer: list[_Item]) -> None:
    """Move the items of a layer towards the mean of their neighbours: the middle between pushing right and pushing left."""
    wishes = []
    for item in layer:
        others = item.above + item.below
        wishes.append(sum(other.x for other in others) / len(others) if others else item.x)
    right, left = list(wishes), list(wishes)
    for i in range(1, len(layer)):
        right[i] = max(right[i], right[i - 1] + (layer[i - 1].width + layer[i].width) / 2 + GAP)
    for i in range(len(layer) - 2, -1, -1):
        left[i] = min(left[i], left[i + 1] - (layer[i + 1].width + layer[i].width) / 2 - GAP)
    for item, one, other in zip(layer, right, left, strict=True):
        item.x = (one + other) / 2
