"""The words of comments, without the marks of any language."""

from __future__ import annotations

import re

__all__ = ["clean_comment", "indented"]

#: Beginnings of comments of several lines that do not begin with a slash, and such a comment with its marks.
_BLOCKS = ("--[", "{-", "(*", "#=", "<#")
_AROUND = re.compile(r"(?s:--\[(=*)\[-*+(.*?)(?:\]\1\])?|\{-\s*[|^]?(.*?)(?:-*\})?|\(\*+(.*?)(?:\*+\))?|#=(.*?)(?:=#)?|<#(.*?)(?:#>)?)\Z")


def clean_comment(text: str) -> str:
    r"""The words of a comment, without the marks around it and the rule of ``*`` down its side.

    Examples
    --------
    >>> clean_comment("/** Adds.\n *  Twice.\n */")
    'Adds.\nTwice.'
    >>> clean_comment("/// One.\n/// Two.")
    'One.\nTwo.'
    >>> clean_comment("/**< Of a field. */"), clean_comment("/** <b>Bold</b> */"), clean_comment("//<b>")
    ('Of a field.', '<b>Bold</b>', '<b>')
    >>> clean_comment("=begin\nOne.\n=end")
    'One.'
    >>> clean_comment("--[[ One.\n  Two. ]]"), clean_comment("{-| One. -}"), clean_comment("(** One. *)")
    ('One.\nTwo.', 'One.', 'One.')
    >>> clean_comment("#: How many.\n#: Always.")
    'How many.\nAlways.'
    """
    if text.startswith("//") and "\n" not in text:  # most are so
        text = (text[3:].removeprefix("<") if text[2:3] in ("/", "!") else text[2:]).rstrip()
        text = text[1:] if text[:1].isspace() else text
        return text.strip() if text.strip("*-=/#_ ") else ""
    if text.startswith("=begin"):  # of Ruby
        lines = [line.rstrip() for line in text.split("\n")[1:] if not line.startswith("=end")]
    elif text.startswith(_BLOCKS) and (around := _AROUND.match(text)) is not None:
        lines = [line.rstrip() for line in next(filter(None, around.groups()[1:]), "").strip("\n").split("\n")]
    elif text.startswith("/*"):
        body = text[2:-2] if text.endswith("*/") else text[2:]
        first, *rest = body.split("\n")
        lines = [re.sub(r"^(?:\*+!?<?|!<?)?[ \t]*", "", first).rstrip()]
        lines += [re.sub(r"^\s*\*+(?!\*) ?|^\s*\*+$", "", line).rstrip() for line in rest]
    else:
        lines = [re.sub(r"^\s*(?://(?:[/!]<?)?|#+(?::(?!:))?|--+|;+)\s?", "", line).rstrip() for line in text.split("\n")]
    lines = [line.strip() if not line.strip("*-=/#_ ") else line for line in lines]
    while lines and not lines[0].strip("*-=/#_ "):
        lines.pop(0)
    while lines and not lines[-1].strip("*-=/#_ "):
        lines.pop()
    margin = min((len(line) - len(line.lstrip()) for line in lines[1:] if line.strip()), default=0)
    return "\n".join([line.strip() if i == 0 else line[margin:] for i, line in enumerate(lines)])


def indented(said: list[str], texts: list[str]) -> list[str]:
    """The words of comments, those of single lines as far to the right as they stand below the first: code and lists are laid out so.

    Examples
    --------
    >>> indented(["Such as:", "a();", "Done."], ["# Such as:", "#   a();", "# Done."])
    ['Such as:', '  a();', 'Done.']
    """
    places = [text.find(words) if words and "\n" not in text else -1 for words, text in zip(said, texts, strict=True)]
    least = min([place for place in places[1:] if place >= 0], default=0)
    if max(places[1:]) <= least:
        return said
    found = [said[0]]
    for place, words, text in zip(places[1:], said[1:], texts[1:], strict=True):
        found.append(" " * (place - least) + words if place > least and text[least:place].isspace() else words)
    return found
