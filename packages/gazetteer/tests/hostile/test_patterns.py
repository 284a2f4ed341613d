"""Patterns that a tree brings with it: read as git reads them, and what is no pattern matches nothing and ends no build."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pathspec import GitIgnoreSpec

from gazetteer.config import Config, Repo, Tests, parse
from gazetteer.errors import ConfigError
from gazetteer.labels import Labels
from gazetteer.model import Counts, Scan
from gazetteer.patterns import PathPattern, PathPatterns, is_pattern, specified
from trees import SMALL, built, committed, contents, write

#: What pathspec cannot read, and git takes for patterns that match nothing.
BROKEN = ("[z-a]", "src\\", "!")


@pytest.mark.parametrize("repository", [True, False])
def test_broken_patterns_match_nothing(tmp_path, repository):  # check 35
    lines = [*BROKEN, "src/hook.h"]
    tree = write(tmp_path / "tree", SMALL | {
        ".gitattributes": "".join(f"{line} linguist-generated\n" for line in lines),
        "CODEOWNERS": "".join(f"{line} @owner\n" for line in (*reversed(lines),)),
        ".gitignore": "\n".join((*BROKEN, "pkg/tools.py", "[[ab]x")),
    })  # fmt: skip
    if repository:
        committed(tree)
    built(tmp_path / "cache", tree, "-o", tmp_path / "out")
    pages = contents(tmp_path / "out")
    assert ("pkg/tools.py.md" in pages) == repository  # git has what was added by force
    assert b"@owner" in pages["src/hook.h.md"]
    assert b"generated (.gitattributes:4)" in pages["src/hook.h.md"]
    assert b"@owner" not in pages["src/hook.cpp.md"]


@pytest.mark.parametrize("key", ["[repo]\nexclude", "[repo]\nvendored", "[repo]\ngenerated", "[tests]\npaths", "[site]\nguides"])
def test_broken_patterns_of_a_configuration_are_said(key):
    with pytest.raises(ConfigError, match=r"'\[z-a\]' is no pattern"):
        parse(f'{key} = ["a/**", "[z-a]"]')


PARTS = st.sampled_from(
    ["a", "b", "ab", "*", "**", "?", "a*", "*b", "*.a", "[ab]", "[!a]b", "\\*", "a.b", "", "a ", "*a*b", "a*b*a*", "**a", "?*[ab]*a"]
)
PATTERNS = st.builds(
    lambda negated, parts: negated + "/".join(parts), st.sampled_from(["", "", "!"]), st.lists(PARTS, min_size=1, max_size=6)
)
PATHS = st.lists(st.sampled_from(["a", "b", "ab", "ba", "x.a", "a.b", "*", "a b", "aab", "abba"]), min_size=1, max_size=5).map("/".join)


@given(PATTERNS.filter(is_pattern), st.lists(PATHS, min_size=1, max_size=8))
def test_one_pattern_is_as_git_reads_it(text, paths):
    pattern, whole = PathPattern(text), GitIgnoreSpec.from_lines([text])
    assert [pattern.matches(p) for p in paths] == [whole.match_file(p) for p in paths]
    assert all(pattern.literal in p for p in paths if whole.match_file(p))


@given(st.lists(PATTERNS.filter(is_pattern), min_size=1, max_size=4), st.lists(PATHS, min_size=1, max_size=8))
def test_several_patterns_are_as_git_reads_them(texts, paths):
    patterns, whole = PathPatterns(texts), GitIgnoreSpec.from_lines(texts)
    for path in paths:
        which = patterns.which(path)
        assert (which is not None) == whole.match_file(path)
        assert which is None or GitIgnoreSpec.from_lines([which]).match_file(path)


@pytest.mark.parametrize(
    "text",
    [
        "*a" * 13 + "*b", "**/a/" * 8 + "b", "**/a*a*/" * 20 + "b", "?*" * 40 + "b", "[ab]*" * 30 + "c", "a/**/" * 100 + "*a*a*a*c",
        "**/*a*/**/*a*/**/*a*a*a*a*a/**/b", "!" + "*a" * 13 + "*b",
    ],
)  # fmt: skip
def test_a_pattern_of_many_stars_takes_little_time(text):  # check 34
    begun = time.process_time()
    for path in ("/".join(["a" * 250] * 3), "a/" * 480 + "a"):
        assert not PathPattern(text).matches(path)
        assert not specified([text]).match_file(path)
    assert time.process_time() - begun < 3


def test_a_class_has_no_slash_in_it():
    """As with git."""
    assert not PathPattern("/x[!a]b*c*d*").matches("x/bcd")
    assert PathPattern("/x[!a]b*c*d*").matches("xcb_cd")


def test_a_pattern_can_be_taken_back():
    labels = Labels(Config(repo=Repo(vendored=("lib/**", "!lib/own/**")), tests=Tests(paths=())))
    scan = Scan("text", Counts())
    assert labels.of("lib/a.c", scan) == ("vendored",)
    assert labels.of("lib/own/a.c", scan) == ()
