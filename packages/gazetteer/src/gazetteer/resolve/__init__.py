"""From records to an atlas: what each import, include, base and link means in this tree."""

from .resolver import resolve

__all__ = ["resolve"]
