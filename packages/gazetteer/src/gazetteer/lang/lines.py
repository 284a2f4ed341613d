"""Lines as everyone counts them who follows a link: a line feed ends one. Some readers take more for the end of a line."""

from __future__ import annotations

import re

__all__ = ["OLD_END", "file_lines"]

#: The end of a line without a line feed, as Macintoshes had it before 2001.
OLD_END = re.compile(r"\r(?!\n)")


def file_lines(text: str, others: re.Pattern[str]) -> list[int]:
    r"""The line of a file for each line that a reader counts, from 1 on; 0, which stands for no line, stays.

    Parameters
    ----------
    text : str
        The text of the file.
    others : re.Pattern
        What the reader takes for the end of a line besides a line feed.

    Returns
    -------
    list of int
        Empty where both count the same.

    Examples
    --------
    >>> file_lines("a\rb\nc", OLD_END)
    [0, 1, 1, 2]
    >>> file_lines("a\r\nb\nc", OLD_END)
    []
    """
    if others.search(text) is None:
        return []
    numbers = [0, 1]
    for end in re.finditer(f"{others.pattern}|\n", text):
        numbers.append(numbers[-1] + (end[0] == "\n"))
    return numbers
