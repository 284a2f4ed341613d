"""``torch._dynamo.utils``: what compilations are counted in."""

from __future__ import annotations

from collections import Counter, defaultdict

__all__ = ["counters"]

#: By what is counted: ``counters["compiled_autograd"]`` has ``captures``, the programs that were made of backward passes.
counters: defaultdict[str, Counter[str]] = defaultdict(Counter)
