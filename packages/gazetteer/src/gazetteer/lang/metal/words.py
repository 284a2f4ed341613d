"""Metal's shading language: C++ with words for what a function is for, and for where a value lies."""

from __future__ import annotations

import re

from ..replacing import spaces

__all__ = ["without_words"]

#: These words stand before a type; elsewhere they may be names.
_WORD = re.compile(
    rb"(?<![\w.>])(?:kernel|vertex|fragment|mesh|object|intersection|device|constant|threadgroup|threadgroup_imageblock|thread|ray_data"
    rb"|object_data)(?=\s+(?!(?:and|or|xor|not|bitand|bitor|and_eq|or_eq|xor_eq|not_eq)\b)[A-Za-z_:])"
)


def without_words(content: bytes) -> bytes:
    r"""The text without the words that C++ has not.

    Examples
    --------
    >>> without_words(b"kernel void f(device float* x, constant uint& device);")
    b'       void f(       float* x,          uint& device);'
    """
    return _WORD.sub(spaces, content)
