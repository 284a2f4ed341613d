"""Pages from an atlas: a `Book` knows which there are and makes each; no sentence is without a fact behind it."""

from .book import Book, Layout

__all__ = ["Book", "Layout"]
