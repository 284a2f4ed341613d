"""Pictures of graphs: every node, edge, hook and saved array is there, in a place of its own."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import wengert as wg
from wengert.errors import ArgumentError, GradientTypeError, NoGraphError
from wengert.observe import draw
from wengert.observe.layout import layered

SVG = "{http://www.w3.org/2000/svg}"


def leaf(*values):
    return wg.tensor(list(values), requires_grad=True)


def example():
    x, w = leaf(1.0, 2.0), leaf(3.0)
    y = wg.exp(x) * w

    def watch(grad):
        return None

    y.register_hook(watch)
    w.register_post_accumulate_grad_hook(lambda t: None)
    w.grad = wg.ones((1,))
    return (y + x).sum()


def test_boxes_and_arrows():
    """Each node once, after what leads to it; each edge with the shape of its gradient."""
    drawing = draw(example())
    titles = [box.title for box in drawing.boxes]
    assert titles == ["output", "SumBackward0", "AddBackward0", "MulBackward0", "ExpBackward0", "leaf", "leaf"]
    arrows = {(titles[a.start], titles[a.end], a.label) for a in drawing.arrows}
    assert arrows == {
        ("output", "SumBackward0", "[]"), ("SumBackward0", "AddBackward0", "[2]"), ("AddBackward0", "MulBackward0", "[2]"),
        ("AddBackward0", "leaf", "[2]"), ("MulBackward0", "ExpBackward0", "[2]"), ("MulBackward0", "leaf", "[1]"),
        ("ExpBackward0", "leaf", "[2]"),
    }  # fmt: skip
    assert all(a.start < a.end for a in drawing.arrows)
    multiply = drawing.boxes[3]
    assert multiply.hooked
    assert multiply.lines[0].startswith("tensor hook watch (test_drawing.py:")
    assert [line.partition(" ")[0] for line in multiply.lines[1:]] == ["saved", "saved"]
    kinds = {box.lines[0]: box for box in drawing.boxes if box.kind == "leaf"}
    assert kinds["float64 [1]"].lines[1] == "has a .grad"
    assert kinds["float64 [1]"].hooked
    assert not kinds["float64 [2]"].hooked
    assert drawing.saved_bytes == 24
    assert drawing.summary == "4 nodes, 2 leaves, 24 B saved"
    assert repr(drawing) == "<drawing of 4 nodes, 2 leaves, 24 B saved>"


def test_several_outputs_one_below_the_other():
    x = leaf(1.0)
    y = wg.exp(x)
    z = wg.sin(y)
    drawing = draw([y, z, x, wg.autograd.graph.get_gradient_edge(z)])
    assert [box.kind for box in drawing.boxes].count("output") == 4
    assert [box.title for box in drawing.boxes if box.kind == "node"] == ["SinBackward0", "ExpBackward0"]


def test_languages(tmp_path):
    """Each can be read by what reads its kind, and holds every text."""
    drawing = draw(example())
    texts = {line for box in drawing.boxes for line in (box.title, *box.lines)}
    root = ET.fromstring(drawing.svg)
    shown = {element.text for element in root.iter(f"{SVG}text")}
    assert texts <= shown
    assert len(root.findall(f"{SVG}g/{SVG}rect")) == len(drawing.boxes)
    assert len(root.findall(f"{SVG}path")) == len(drawing.arrows)
    assert all(line.replace('"', '\\"') in drawing.dot for line in texts)
    assert drawing.dot.count(" -> ") == len(drawing.arrows)
    assert str(drawing) == drawing.dot
    assert drawing._repr_svg_() == drawing.svg

    class Cells(HTMLParser):
        def __init__(self):
            super().__init__()
            self.rows, self.open = 0, []

        def handle_starttag(self, tag, attrs):
            self.rows += tag == "tr"
            if tag not in ("meta", "br"):
                self.open.append(tag)

        def handle_endtag(self, tag):
            assert self.open.pop() == tag

    cells = Cells()
    cells.feed(drawing.html)
    assert not cells.open
    assert cells.rows == 1 + len(drawing.boxes)
    for suffix, text in ((".svg", drawing.svg), (".html", drawing.html), (".dot", drawing.dot), (".gv", drawing.dot)):
        path = tmp_path / f"graph{suffix}"
        assert drawing.save(path) == path
        assert path.read_text(encoding="utf-8") == text
    draw(example(), tmp_path / "other.SVG")
    assert (tmp_path / "other.SVG").exists()


def test_names_are_escaped():
    x = leaf(1.0)

    def named(grad):
        return None

    named.__name__ = '<b> & "q" \\ '
    x.register_hook(named)
    drawing = draw(x * 2.0)
    assert any('<b> & "q"' in (e.text or "") for e in ET.fromstring(drawing.svg).iter())
    assert '<b> & \\"q\\" \\\\' in drawing.dot
    assert "<b>" not in drawing.html


def test_errors():
    with pytest.raises(NoGraphError, match="element 0 of tensors does not require grad"):
        draw(wg.tensor(1.0))
    with pytest.raises(GradientTypeError, match="element 1 of tensors"):
        draw([leaf(1.0), 2.0])
    with pytest.raises(ArgumentError, match=r"got 'graph.png'"):
        draw(leaf(1.0), "graph.png")


def test_deep_and_wide_graphs():
    """Nothing recurses, and a leaf that every step uses does not fill the picture with points."""
    w = leaf(1.0)
    y = w
    for _ in range(3000):
        y = y * w
    assert draw(y).svg.count("<rect") == 3002
    assert draw([leaf(1.0) for _ in range(500)]).svg.count("<rect") == 1000


@st.composite
def graphs(draw_from):
    count = draw_from(st.integers(1, 12))
    pairs = st.tuples(st.integers(0, count - 1), st.integers(0, count - 1)).filter(lambda p: p[0] < p[1])
    edges = draw_from(st.lists(pairs, max_size=20)) if count > 1 else []
    sizes = draw_from(st.lists(st.tuples(st.integers(1, 200), st.integers(1, 80)), min_size=count, max_size=count))
    return sizes, edges


@settings(max_examples=200)
@given(graphs())
def test_no_two_boxes_meet_and_no_line_runs_through_one(graph):
    sizes, edges = graph
    layout = layered(sizes, edges)
    boxes = [(x - w / 2, x + w / 2, y - h / 2, y + h / 2) for (x, y), (w, h) in zip(layout.centres, sizes, strict=True)]
    for i, (left, right, top, bottom) in enumerate(boxes):
        assert left >= 0
        assert top >= 0
        assert right <= layout.width
        assert bottom <= layout.height
        for other_left, other_right, other_top, other_bottom in boxes[:i]:
            assert right < other_left or other_right < left or bottom < other_top or other_bottom < top
    for (a, b), route in zip(edges, layout.routes, strict=True):
        assert boxes[a][3] < boxes[b][2], "gradients flow downward"
        assert route[0] == pytest.approx((layout.centres[a][0], boxes[a][3]))
        assert route[-1] == pytest.approx((layout.centres[b][0], boxes[b][2]))
        for x, y in route[1:-1]:
            assert not any(left < x < right and top < y < bottom for left, right, top, bottom in boxes)
