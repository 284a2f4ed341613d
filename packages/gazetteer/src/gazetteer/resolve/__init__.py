"""From records to an atlas: what each import, include, base and link means in this tree."""

from .resolver import resolve, resolve_into, unresolved

__all__ = ["resolve", "resolve_into", "unresolved"]
