"""Where names stand as whole words in the text of tests."""

import random
import re

import pytest

from gazetteer import occurrences
from gazetteer.occurrences import mention_lines, place_of_word


@pytest.mark.parametrize("many", [0, 60])
def test_as_a_pattern_finds_them(many, monkeypatch):  # check 14
    monkeypatch.setattr(occurrences, "_MANY", many)
    draw = random.Random(3)
    parts = ["ab", "a", "b", "_", "$", " ", "\n", "+", "é", "a.b", "(", "\r\n"]
    for _ in range(2_000):
        text = "".join(draw.choices(parts, k=draw.randint(0, 40)))
        names = {"a", "ab", "a_b", "$", "é", "a+", "ba", "_"}
        content = text.encode()
        expected = {}
        for name in names:
            found = re.search(rb"(?<![\w$])" + re.escape(name.encode()) + rb"(?![\w$])", content)
            if found:
                expected[name] = content.count(b"\n", 0, found.start()) + 1
        assert mention_lines(content, names) == expected


def test_a_word_that_stands_in_many_longer_ones():
    content = b"xa " * 10_000 + b"\na"
    assert place_of_word(content, b"a") == len(content) - 1
    assert place_of_word(content[:-1], b"a") == -1
