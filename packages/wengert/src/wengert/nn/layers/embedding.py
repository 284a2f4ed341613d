"""`Embedding`."""

from __future__ import annotations

from typing import Any

from ...errors import ArgumentError
from ...ops.random import Generator
from ..functional import embedding
from ..init import normal_
from ..module import Module
from .common import parameter

__all__ = ["Embedding"]


class Embedding(Module):
    """A table of vectors, looked up by number.

    Parameters
    ----------
    num_embeddings, embedding_dim : int
        How many vectors of how many numbers.
    padding_idx : int, optional
        The number of a vector that begins at zero and gets no gradient.
    dtype : dtype, optional
        Of the table. Default: float32.
    generator : Generator, optional
        Where the initial values come from: the standard normal distribution.

    Attributes
    ----------
    weight : Parameter
        Of shape ``(num_embeddings, embedding_dim)``.

    Examples
    --------
    >>> import wengert as wg
    >>> from wengert import nn
    >>> nn.Embedding(10, 4)(wg.tensor([[1, 2, 3]])).shape
    (1, 3, 4)
    """

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None = None,
        *,
        dtype: Any = None,
        generator: Generator | None = None,
    ) -> None:
        super().__init__()
        if padding_idx is not None and not -num_embeddings <= padding_idx < num_embeddings:
            raise ArgumentError(f"Embedding: padding_idx must be within num_embeddings={num_embeddings}, got {padding_idx}")
        self.num_embeddings, self.embedding_dim = num_embeddings, embedding_dim
        self.padding_idx = None if padding_idx is None else padding_idx % num_embeddings
        self.weight = parameter((num_embeddings, embedding_dim), dtype)
        self.reset_parameters(generator)

    def reset_parameters(self, generator: Generator | None = None) -> None:
        """Draw new initial values."""
        normal_(self.weight, generator=generator)
        if self.padding_idx is not None:
            self.weight._array[self.padding_idx] = 0

    def forward(self, indices: Any) -> Any:
        """Look up the vectors of `indices`, an integer tensor of any shape."""
        return embedding(indices, self.weight, self.padding_idx)

    def extra_repr(self) -> str:
        padding = "" if self.padding_idx is None else f", padding_idx={self.padding_idx}"
        return f"{self.num_embeddings}, {self.embedding_dim}{padding}"
