"""The README and the pages in ``docs/`` do not lie: every program on them runs and prints what stands below it.

``python -m pages`` in ``tests/`` brings the pages up to date.
"""

import importlib.util
import re

import pytest

import pages

WRITTEN = [page for page in pages.PAGES if page != pages.GENERATED]
PROGRAMS = [block for page in WRITTEN for block in pages.blocks(page)]
#: What stands in for PyTorch does so for the whole interpreter, and SciPy reads its switch once.
ALONE = [
    page for page in WRITTEN if re.search(r"compat\.torch\.install\(\)|os\.environ", page.read_text(encoding="utf-8"))
]
README = pages.REPOSITORY / "README.md"

in_repository = pytest.mark.skipif(not README.exists(), reason="the root's page is not part of the package")


@pytest.mark.parametrize("block", PROGRAMS, ids=lambda block: block.title)
def test_output(block):
    if 'backend="numba"' in block.code and importlib.util.find_spec("numba") is None:
        pytest.skip("the program needs Numba")
    together = [block.page] if block.page in ALONE else [page for page in WRITTEN if page not in ALONE]
    printed = pages.outputs(*together)[block.title]
    assert pages.agrees(block.output, printed), f"the page says\n{block.output}\nthe program prints\n{printed}"


@pytest.mark.parametrize("block", [b for b in PROGRAMS if b.example], ids=lambda block: block.example)
def test_examples_are_shown_as_they_are(block):
    assert block.code == (pages.EXAMPLES / block.example).read_text(encoding="utf-8")


@in_repository
def test_every_example_is_shown():
    assert {block.example for block in PROGRAMS if block.example} == {file.name for file in pages.EXAMPLES.glob("*.py")}


@pytest.mark.parametrize("page", pages.PAGES, ids=lambda page: page.name)
def test_every_python_block_is_found(page):
    """A fence that is written in another way would escape the tests above."""
    if page != pages.GENERATED:
        assert len(re.findall(r"^\s*```py", page.read_text(encoding="utf-8"), re.MULTILINE)) == len(pages.blocks(page))


@pytest.mark.parametrize("page", pages.PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\((?!https?:)([^)]*)\)", text):
        file, _, anchor = target.partition("#")
        assert not file or (page.parent / file).exists(), target
        if anchor and not file:
            headings = [re.sub(r"[^\w -]", "", line).strip().lower() for line in re.findall(r"^#+ (.*)", text, re.MULTILINE)]
            assert anchor in [heading.replace(" ", "-") for heading in headings], target


@in_repository
def test_commands_of_the_readme_exist():
    """What the README tells to type is a target of the Makefile."""
    makefile = (pages.REPOSITORY / "Makefile").read_text(encoding="utf-8")
    told = set(re.findall(r"\bmake ([a-z]+)\b", README.read_text(encoding="utf-8"))) - {"and"}
    assert {"demo", "test", "bench", "help"} <= told
    for target in told:
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


@in_repository
def test_the_place_for_measurements_is_marked():
    assert README.read_text(encoding="utf-8").count("<!-- speed -->") == 1


def test_the_tree_of_errors_is_the_one_in_the_code():
    page = (pages.PACKAGE / "docs" / "errors.md").read_text(encoding="utf-8")
    assert pages.tree_of_errors() in page
    assert pages.with_tree(page) == page


def test_the_table_of_numpys_functions_is_the_one_in_the_code():
    page = (pages.PACKAGE / "docs" / "numpy.md").read_text(encoding="utf-8")
    assert pages.with_states(page) == page, "run `python -m pages` in tests/"


def test_special_functions():
    """The page lists them all, and says which operands have no derivative."""
    page = (pages.PACKAGE / "docs" / "special.md").read_text(encoding="utf-8")
    assert pages.with_functions(page) == page, "run `python -m pages` in tests/"


def test_the_check_would_notice_a_lie(tmp_path):
    page = tmp_path / "page.md"
    true = "```python\nprint(1 + 1)\n```\n```text\n2\n```\n"
    page.write_text(true.replace("2\n", "3\n"), encoding="utf-8")
    (block,) = pages.blocks(page)
    assert list(pages.outputs(page).values()) == ["2\n"]
    assert not pages.agrees(block.output, "2\n")
    assert pages.refreshed(page) == true


def test_a_program_that_fails_is_not_written_into_a_page(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("```python\nraise KeyError\n```\n", encoding="utf-8")
    (printed,) = pages.outputs(page).values()
    assert "KeyError" in printed
    assert not pages.agrees("", printed)
    with pytest.raises(RuntimeError, match="left as it was"):
        pages.refreshed(page)
