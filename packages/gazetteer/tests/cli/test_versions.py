"""What all Pythons from 3.11 on have to do alike."""

from __future__ import annotations

import re
import tokenize

from trees import SOURCE

#: A group, and behind it a quantifier that gives nothing back.
_POSSESSIVE_GROUP = re.compile(r"\)(?:[*+?]|\{\{?[0-9,]+\}?\})\+")


def test_no_pattern_repeats_a_group_possessively():
    """Before 3.11.5, ``(?:ab)*+`` loses its place where the last round fails within the group; ``(?>(?:ab)*)`` does not."""
    found = []
    for path in sorted(SOURCE.rglob("*.py")):
        with tokenize.open(path) as file:
            tokens = [token for token in tokenize.generate_tokens(file.readline) if token.type in (tokenize.STRING, _MIDDLE)]
        found += [f"{path.relative_to(SOURCE)}:{token.start[0]}" for token in tokens if _POSSESSIVE_GROUP.search(token.string)]
    assert found == []


#: What stands between the parts of an f-string, which later Pythons tell apart.
_MIDDLE = getattr(tokenize, "FSTRING_MIDDLE", tokenize.STRING)
