"""The commands of `gaz`: each module has one, under the name ``command``, and is imported when it is asked for.

Importing a module here must be quick: what a command needs it imports when it runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from ..quick import Seen

__all__ = ["Session"]


class Session(NamedTuple):
    """What commands are called with besides their options (`click.Context.obj`)."""

    arguments: list[str]
    #: What they leave here is freed when the process ends, all at once: one by one, the objects of a large tree take a while.
    held: list[object]
    #: What is known already of the tree and of the output.
    seen: Seen | None
