"""Help in comments of PowerShell, in words: what is said of a command, of its parameters and examples."""

from __future__ import annotations

import re
import textwrap

from ..wording import block, labelled, named, tidy

__all__ = ["words"]

_SECTION = re.compile(r"^[ \t]*\.([A-Za-z]+)(?:[ \t]+(\S[^\n]*?))?[ \t]*$", re.MULTILINE)
_SAID = frozenset(("synopsis", "description"))
_LABELS = {
    "notes": "Notes", "link": "See", "inputs": "Takes", "outputs": "Returns", "component": "Component", "role": "Role",
    "functionality": "Functionality", "externalhelp": "Help",
}  # fmt: skip
_KNOWN = frozenset((*_SAID, *_LABELS, "parameter", "example"))


def words(text: str) -> str:
    r"""The words of a comment, which is help if it has a section of such.

    Examples
    --------
    >>> words(".SYNOPSIS\n    Sells.\n.PARAMETER Name\n    Whose.\n.EXAMPLE\n    Sell -Name a\n\n    Sells it.\n.LINK\nhttps://example.org")
    'Sells.\n\n`Name`: Whose.\n\nExample:\n\n    Sell -Name a\n\nSells it.\n\nSee: https://example.org'
    """
    sections = [m for m in _SECTION.finditer(text) if m[1].lower() in _KNOWN]
    if not sections:
        return text
    said = [text[: sections[0].start()]]
    for number, section in enumerate(sections):
        end = sections[number + 1].start() if number + 1 < len(sections) else len(text)
        said.append(_section(section[1].lower(), section[2] or "", textwrap.dedent(text[section.end() : end].lstrip("\n")).strip("\n")))
    return tidy("\n\n".join(piece.strip("\n") for piece in said if piece.strip()))


def _section(word: str, name: str, text: str) -> str:
    if word in _SAID:
        return text
    if word == "parameter":
        return named("", f"{name} {text.strip()}")
    if word == "example":
        command, _, rest = text.partition("\n\n")
        return f"Example:{block(command)}{textwrap.dedent(rest)}" if command.strip() else ""
    said = f"{name} {text}".strip()
    return labelled(_LABELS[word])("", said) if said else ""
