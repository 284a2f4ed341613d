"""Docstrings on pages: sections, fields and directives in words, running text apart from code and lists; records keep what is written."""

# ruff: noqa: E501 - documentation is written as texts

from __future__ import annotations

import ast
import json
import time
from pathlib import Path

import pytest

from gazetteer.compose.said import said
from gazetteer.document import Bullets, Prose
from gazetteer.lang.python.comments import words
from trees import built, write

GOOGLE = """Sells.

    Args:
        n (int, optional): How
            many.
        *names: Of whom::

                sell(1)
        weight_[k] (:class:`Till`) : As in
            the till.

    Returns:
        dict[str, int]: What is left: all.

    Raises:
        Empty: If none is left.
        ValueError:
            Else.

    Note:
        Not back.
"""
NUMPY = """Sells.

    Parameters
    ----------
    n, m : {1, 2}, optional
        How many.

        Or none.
    flag
        Whether.

    Returns
    -------
    left : int
        What is left.

    Raises
    ------
    Empty
        If none is left.

    See Also
    --------
    buy : The other way.
    :func:`~shop.keep`

    Examples
    --------
    >>> sell(1)
    0
"""
SPHINX = """Sells to :class:`the till <shop.Till>`.

    :param int n: how
        many
    :param m: more
    :type m: list[int]
    :param flag:
    :returns: what is left
    :rtype: int
    :raises Empty: if none is left
    :meta private:

    .. versionchanged:: 1.2
       Faster.
    .. deprecated:: 2.0

    .. note:: Not back.

    .. code-block:: python
       :linenos:

       sell(1)

    .. math:: a_1

    So::

        sell(2)
"""


def clean(text: str) -> str:
    return ast.get_docstring(ast.parse(f'"""{text}"""')) or ""


@pytest.mark.parametrize(("text", "expected"), [
    (GOOGLE, ("Sells.\n\nArgs:\n\n- `n` (`int, optional`): How many.\n- `*names`: Of whom:\n\n        sell(1)\n\n- `weight_[k]` (:class:`Till`): As in the till."
     "\n\nReturns `dict[str, int]`: What is left: all.\n\nRaises:\n\n- `Empty`: If none is left.\n- `ValueError`: Else.\n\nNote:\n\nNot back.")),
    (NUMPY, ("Sells.\n\nParameters:\n\n- `n`, `m` (`{1, 2}, optional`): How many. Or none.\n- `flag`: Whether.\n\nReturns `left` (`int`): What is left."
     "\n\nRaises:\n\n- `Empty`: If none is left.\n\nSee also:\n\n- `buy`: The other way.\n- :func:`~shop.keep`\n\nExamples:\n\n>>> sell(1)\n0")),
    (SPHINX, ("Sells to `the till`.\n\n- `n` (`int`): how many\n- `m` (`list[int]`): more\n- `flag`\n- Returns `int`: what is left\n- Raises `Empty`: if none is left"
     "\n\nChanged in version 1.2: Faster.\n\nDeprecated since version 2.0.\n\nNote: Not back.\n\n    sell(1)\n\n.. math:: a_1\n\nSo:\n\n    sell(2)")),
    ("Sells.\n\nOf the till\n~~~~~~~~~~~\n\n:copyright: nobody", "Sells.\n\nOf the till\n\n:copyright: nobody"),
    # what only looks like it
    ("Times such as 12:30, or a::b.\n\nArguments are none:\n\n* one", "Times such as 12:30, or a::b.\n\nArguments are none:\n\n* one"),
    ("Sells.\n\nArgs:\n    what is given, and is no list of names.\n", "Sells.\n\nArgs:\n\nwhat is given, and is no list of names."),
    ("Sells.\n\nReturns:\n    True if it is so: else False.", "Sells.\n\nReturns: True if it is so: else False."),
    ("See :param: none.", "See :param: none."),
])  # fmt: skip
def test_words_of_docstrings(text: str, expected: str) -> None:
    assert words(clean(text)) == expected


@pytest.mark.parametrize(("text", "expected"), [
    ("One.\n\n    two()\n\n    three()\n\nFour\nfive.", ["One.", "    two()\n\n    three()", "Four\nfive."]),
    ("Such as:\n- one\n  more\n- two\n\n* three", ["Such as:", ("one more", "two", "three")]),
    ("- one\n  - two", ["- one\n  - two"]),
    ("- one\n\n      code()", [("one",), "      code()"]),
    ("Title\n=====\n\nText.", ["Title\n=====", "Text."]),
    ("One\n~~~\nTwo", ["One\n~~~\nTwo"]),
    ("a | b\n--|--\n1 | 2", ["a | b\n--|--\n1 | 2"]),
    ("One.\n\n```\na\n\n- b\n```\n\nTwo.\n\n~~~\n\n", ["One.", "```\na\n\n- b\n```", "Two.", "~~~\n\n"]),
    ("1. one\n2. two", ["1. one\n2. two"]),
    ("One\n\n\n\ntwo.", ["One\n\n\n\ntwo."]),
])  # fmt: skip
def test_what_is_laid_out_by_hand_is_shown_so_and_nothing_else(text: str, expected: list[object]) -> None:
    shown = [block.text if isinstance(block, Prose) else tuple("".join(map(str, line)) for line in block.lines) for block in said(text)]  # type: ignore[union-attr]
    assert shown == expected
    assert all(isinstance(block, (Prose, Bullets)) for block in said(text))


def test_pages_show_words_and_records_what_is_written(tmp_path: Path) -> None:
    source = f'def sell(n):\n    """{SPHINX}"""\n'
    tree = write(tmp_path / "tree", {"shop.py": source})
    built(tmp_path / "cache", tree, "-o", tmp_path / "out", "--format", "md,html,json")
    page = (tmp_path / "out" / "shop.py.md").read_text()
    assert "- `n` (`int`): how many\n- `m` (`list[int]`): more\n- `flag`\n- Returns `int`: what is left\n" in page
    assert "|Sells to `the till`. |" in page
    assert "> Changed in version 1.2: Faster.\n" in page
    assert "```text\n    sell(1)\n" in page
    html = (tmp_path / "out" / "site" / "shop.py.html").read_text()
    assert "<li><code>n</code> (<code>int</code>): how many\n" in html
    rows = [json.loads(line) for line in (tmp_path / "out" / "data" / "symbols.jsonl").read_text().splitlines()]
    assert [row["doc"] for row in rows] == [clean(SPHINX)]


def test_many_pieces_keep_pages_below_their_size(tmp_path: Path) -> None:  # check 20
    doc = "a\n\n    b\n\n- c\n\n" * 300
    tree = write(tmp_path / "tree", {"shop.py": "".join(f'def f{n}():\n    """A.\n\n{doc}"""\n' for n in range(60))})
    built(tmp_path / "cache", tree, "-o", tmp_path / "out", "--format", "md,html")
    sizes = [path.stat().st_size for path in (tmp_path / "out").rglob("*") if path.suffix in (".md", ".html")]
    assert sum(sizes) > 2_000_000
    assert max(sizes) <= 400_000


@pytest.mark.parametrize("mark", [":param a: b\n", ".. note::\n", "a::\n\n", "Args:\n  a: b\n", "A\n---\n", "`a <b> ", ":a:`b <", "Args:\n", ":param a\n", ".. a:: \n\n", "\n \n", "- a\n  ", "```\n", "~~~\n", "A\n~~~~\n", ":a b:", ":param a:\n\n", "    a\n"])  # fmt: skip
def test_marks_without_end_take_no_time(mark: str) -> None:  # check 34
    begun = time.process_time()
    list(said(words("Sells.\n\n" + mark * (8_000 // len(mark)))))
    assert time.process_time() - begun < 1
