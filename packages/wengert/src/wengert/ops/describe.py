"""Docstrings of elementwise functions, which differ in little but a formula, an example and what it prints."""

from __future__ import annotations

_UNARY = """\
{text}

Parameters
----------
x : Tensor, array or number

Returns
-------
Tensor or array
    Of the shape of `x`.{notes}

Examples
--------
>>> import wengert as wg
>>> {example}
{printed}
"""

_BINARY = _UNARY.replace("x : Tensor", "x1, x2 : Tensor").replace(
    "the shape of `x`", "the broadcast shape and the promoted dtype of the operands"
)


def _notes(gradient: str | None, dtype: str | None) -> str:
    said = "" if dtype is None else f" Its dtype is {dtype}."
    return said + ("" if gradient is None else f"\n\nNotes\n-----\nGradient: {gradient}")


def unary_doc(text: str, gradient: str | None, example: str, printed: str, dtype: str | None = None) -> str:
    """The docstring of a function of `x`; without `gradient` it says nothing of one."""
    return _UNARY.format(text=text, notes=_notes(gradient, dtype), example=example, printed=printed)


def binary_doc(text: str, gradient: str | None, example: str, printed: str, dtype: str | None = None) -> str:
    """The docstring of a function of `x1` and `x2`."""
    if dtype is not None:  # of comparisons: nothing is promoted
        return (
            _BINARY.replace(" and the promoted dtype", "")
            .format(text=text, notes=_notes(gradient, dtype), example=example, printed=printed)
        )  # fmt: skip
    return _BINARY.format(text=text, notes=_notes(gradient, dtype), example=example, printed=printed)
