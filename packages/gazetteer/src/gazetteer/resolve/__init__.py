"""From records to an atlas: what each import, include, base and link means in this tree."""

from .resolver import edges_of, groups_of, readers_of, resolve, resolve_into, unresolved

__all__ = ["edges_of", "groups_of", "readers_of", "resolve", "resolve_into", "unresolved"]
