"""The graph and its engine: nodes, hooks, saved tensors, modes, ``backward`` and ``grad``."""
