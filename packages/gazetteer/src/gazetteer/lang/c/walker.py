"""Read as C++ is: the grammar is another, the nodes have the same names."""

from ..cpp.walker import walk

__all__ = ["walk"]
