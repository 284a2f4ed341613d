"""Where a declaration stands: in what, with which access, under which conditions."""

from __future__ import annotations

from msgspec import Struct

from ..base import MAX_DOC

__all__ = ["Scope"]


class Scope(Struct, frozen=True):
    """The place of a declaration."""

    parent: int = -1
    #: Name of the class around it; empty in a namespace.
    of: str = ""
    access: str = ""
    #: All conditions around it, joined.
    condition: str = ""

    def under(self, condition: str) -> Scope:
        """The same place under one more condition; of very many around that, the inner ones are said.

        Examples
        --------
        >>> Scope(3, "A", "public", "defined(B)").under("C > 1")
        Scope(parent=3, of='A', access='public', condition='defined(B) && C > 1')
        """
        around = self.condition if len(self.condition) <= MAX_DOC else ""
        return Scope(self.parent, self.of, self.access, " && ".join(filter(None, (around, condition))))
