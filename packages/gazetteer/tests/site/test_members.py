"""A member by the name of its type: also one whose name stands in so many places that the index has only the best of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browsing import browser, needs, page_of
from sitetools import build_site, make_tree
from test_asking import first
from test_search import ask, names, needs_node

from gazetteer.search_entries import MOST_PLACES

_MANY = range(MOST_PLACES + 4)
FILES: dict[str, str | bytes] = {
    **{f"lib/m{n}.py": f"class M{n}:\n    def forward(self): ...\n    def flow(self): ...\n" for n in _MANY},
    **{f"use{n}.py": "".join(f"import lib.m{m}\n" for m in _MANY) for n in range(4)},
    # Nobody imports it, so that its members come last.
    "lib/nn/linear.py": (
        'class Before:\n    def forward(self): ...\n\nclass Linear:\n    """A layer."""\n    forward_mode = 1\n'
        "    def extra(self, forward): ...\n    def forward(self, x): ...\n"
        "    def flow(self):\n        '''Goes.\n\n        On.\n        '''\n"
        "class Linearized:\n    def forward_ad(self): ...\n    def step(self): ...\n\nclass After:\n    def missing(self): ...\n"
    ),
    "lib/adam.py": "class Adam:\n    def step(self): ...\n    def step_size(self): ...\n",
    "lib/engine.h": "namespace a::b {\nstruct Engine { void forward(int n); int run(); };\n" + "}\n",
    "skips/Tests.test_radians": "",
    "tests/test_all.py": "class Tests:\n    def test_radians(self): ...\n",
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.mktemp("members")
    build_site(make_tree(base / "tree", FILES), base / "out")
    return base / "out" / "site"


@pytest.fixture(scope="module")
def page() -> Iterator[Any]:
    if needs():
        pytest.skip(needs())
    with browser() as made:
        yield page_of(made)


@needs_node
@pytest.mark.parametrize(
    "query", ["Linear.forward", "linear.forward", "nn.Linear.forward", "lib.nn.linear.Linear.forward", "Linear#forward", "Linear::forward"]
)
def test_of_a_name_in_many_places_the_type_is_found(site: Path, query: str) -> None:  # check 25
    (answer,) = ask(site, query)
    assert first(answer) == ("Linear", "lib/nn/linear.py")
    best = answer["results"][0]["places"]
    assert [place["member"] for place in best] == ["forward"]
    assert best[0]["address"].endswith("lib/nn/linear.py.html#S4:forward")
    assert answer["compressed"] <= 60_000


@needs_node
def test_a_module_or_a_namespace_has_members_too(site: Path) -> None:
    module, space = ask(site, "linear.flow", "b::Engine::forward")
    assert ("linear.py", "lib/nn/linear.py") in [(r["name"], p["path"]) for r in module["results"] for p in r["places"] if p.get("member")]
    assert first(space) == ("Engine", "lib/engine.h")


@needs_node
def test_a_name_in_few_places_is_found_in_its_type(site: Path) -> None:  # check 25
    step, both = ask(site, "Adam.step", "Linearized.step")
    assert first(step) == ("step", "lib/adam.py")
    assert first(both) == ("step", "lib/nn/linear.py")
    assert not step["results"][0]["places"][0].get("member")


@needs_node
def test_a_file_may_be_called_as_a_member(site: Path) -> None:
    (answer,) = ask(site, "Tests.test_radians")
    assert [(r["name"], r["places"][0]["path"]) for r in answer["results"][:2]] == [
        ("Tests.test_radians", "skips/Tests.test_radians"),
        ("test_radians", "tests/test_all.py"),
    ]


@needs_node
def test_what_is_in_no_type_of_that_name_is_not_said_to_be(site: Path) -> None:
    (answer,) = ask(site, "Nowhere.forward")
    assert answer["elsewhere"] == "Nowhere"
    assert names(answer)[0] == "forward"


@pytest.mark.browser
@pytest.mark.parametrize(
    ("query", "anchor"),
    [("Linear.forward", "S8"), ("Linear.flow", "S9"), ("linear.flow", "S9"), ("nn.After.forward", "S18"), ("Engine::forward", "S2.2")],
)
def test_a_result_leads_to_the_member(page: Any, site: Path, query: str, anchor: str) -> None:
    page.goto((site / "index.html").as_uri())
    page.fill("#gz-field", query)
    page.wait_for_selector("#gz-results a[role=option]")
    page.press("#gz-field", "Enter")
    page.wait_for_function(f"() => location.hash === '#{anchor}'")
    assert page.evaluate("document.getElementById(location.hash.slice(1)) !== null")
    assert page.wrong == []
