"""Documents that nest without end: what shows them looks through all elements that are open, again and again (check 34)."""

import time
from html.parser import HTMLParser

import pytest

from gazetteer.render.documents import rendered
from gazetteer.render.html import PageWriter
from gazetteer.render.links import Links

#: A browser nests no deeper.
_BROWSERS = 512


class _Deepest(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.now = self.most = self.elements = 0
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.now += 1
        self.elements += 1
        self.most = max(self.most, self.now)

    def handle_endtag(self, tag: str) -> None:
        self.now -= 1


def shown(markdown: str) -> str:
    return rendered(markdown, PageWriter(Links({}, "", ""), "page.html"), lambda _: None, lambda _: None)


@pytest.mark.parametrize(
    "markdown",
    [">" * 3_000 + " inner", "<div>" * 3_000 + "inner", "<ul><li>" * 3_000 + "inner", "*a " * 3_000 + "inner" + "*" * 3_000],
    ids=["quotes", "blocks", "lists", "emphasis"],
)
def test_what_nests_without_end_is_flat_from_some_depth_on(markdown: str) -> None:
    """# check 34: the text is all there."""
    page = shown(markdown)
    assert "inner" in page
    assert _Deepest(page).most < _BROWSERS


def test_formats_that_are_not_closed_are_not_opened_again_in_each_of_many_paragraphs() -> None:
    """# check 34: a page's size is in proportion to the document's."""
    page = shown("<p>" + "".join(f"<b id={n}>" for n in range(100)) + "<p>a" * 1_000)
    assert page.count("<p>") == 1_001
    assert _Deepest(page).elements < 20_000


def test_what_is_nested_as_people_do_it_stays() -> None:
    """The limits are beyond what anybody writes."""
    nested = "<div>" * 50 + "<ul><li><b><i><code>x</code></i></b></li></ul>" + "</div>" * 50
    assert shown(nested).count("<div>") == 50
    assert "<b><i><code>x</code></i></b>" in shown(nested)
    assert shown("<p>a" * 2_000).count("<p>") == 2_000


@pytest.mark.parametrize("text", ["<!--", "<p><!--", "<div ", "</div <!-- ", '<div a="', "<!-- --> <!--"])
def test_what_does_not_end_takes_no_square_of_its_length(text: str) -> None:  # check 34
    begun = time.process_time()
    shown(text * 20_000)
    assert time.process_time() - begun < 5
