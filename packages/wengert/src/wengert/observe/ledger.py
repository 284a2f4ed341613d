"""The hook ledger: every live hook, who registered it, and what it did (design, section 4).

`hooks` lists what is registered now. `ledger` also watches, from its beginning to its end, each call: how often a hook fired,
the time it took, whether what it returned differed from what it got.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from ..arrays.adapter import adapter_of
from ..arrays.batched import anywhere
from ..autograd.hook_calls import HookCall
from ..autograd.hooks import Hooks, live_hooks
from ..autograd.interpreter import Interpreter, installed
from ..autograd.origins import Origin, short_name
from ..autograd.tensor import Tensor
from .text import columns, describe, line_of

__all__ = ["HookLedger", "HookRecord", "by_line", "hooks", "ledger", "table"]


@dataclass
class HookRecord:
    """What is known of one hook.

    Attributes
    ----------
    kind : str
        ``"tensor hook"``, ``"node pre-hook"``, ``"node post-hook"``, ``"post-accumulate-grad hook"``, ``"pack hook"``,
        ``"unpack hook"``, ``"retain_grad"``.
    name : str
        The function's name.
    target : str
        What it is on.
    origin : Origin or None
        The line that registered it.
    order : int
        Its place among all hooks, by registration.
    count : int
        How many hooks this record stands for; more than one after `by_line`.
    fired : int
        How often it was called while a ledger was watching.
    seconds : float
        The time spent in it, in seconds.
    changed : bool
        Whether it ever returned other values than it was given.
    """

    kind: str
    name: str
    target: str
    origin: Origin | None
    order: int
    count: int = 1
    fired: int = 0
    seconds: float = 0.0
    changed: bool = False


class HookLedger(Interpreter):
    """Watches every hook that is called while it is installed; made by `ledger`."""

    def __init__(self) -> None:
        super().__init__()
        self._records: dict[Any, HookRecord] = {}

    @property
    def records(self) -> list[HookRecord]:
        """All hooks that fired or are registered, in the order of registration, those without an order last."""
        known = dict(self._records)
        for hooks_dict in live_hooks():
            for key, fn in hooks_dict.copy().items():
                known.setdefault((key, hooks_dict.kind), _record(hooks_dict, key, fn))
        return sorted(known.values(), key=lambda r: r.order)

    def hook(self, call: HookCall, args: tuple[Any, ...]) -> Any:
        key = (call.key, call.kind)
        record = self._records.get(key)
        if record is None:
            record = self._records[key] = _record(call.hooks, call.key, call.fn)
        of_leaf = call.kind == "post-accumulate-grad hook"
        before = _snapshot(args[0]._grad if of_leaf else args[0])
        result = self._timed(record, lambda: super(HookLedger, self).hook(call, args))
        # A hook changes the gradient by returning another, or by writing into the one it was given (a leaf's: its .grad).
        # One that takes a leaf's .grad away after using it has not changed it.
        after = args[0]._grad if of_leaf else args[0] if result is None else result
        if not (of_leaf and after is None) and _differs(before, _snapshot(after)):
            record.changed = True
        return result

    def saved_hook(self, kind: str, fn: Any, origin: Origin, value: Any) -> Any:
        key = (kind, origin, getattr(fn, "__code__", fn))
        record = self._records.get(key)
        if record is None:
            order = len(self._records) + 10**9
            record = self._records[key] = HookRecord(kind, short_name(fn), "saved tensors", origin, order)
        return self._timed(record, lambda: super(HookLedger, self).saved_hook(kind, fn, origin, value))

    def retain(self, tensor: Tensor, grad: Tensor) -> None:
        key = ("retain_grad", id(tensor))
        record = self._records.get(key)
        if record is None:
            target = describe(tensor)
            record = self._records[key] = HookRecord("retain_grad", "retain_grad", target, None, len(self._records) + 10**9)
        self._timed(record, lambda: super(HookLedger, self).retain(tensor, grad))

    @staticmethod
    def _timed(record: HookRecord, call: Any) -> Any:
        record.fired += 1
        start = time.perf_counter()
        try:
            return call()
        finally:
            record.seconds += time.perf_counter() - start

    def __str__(self) -> str:
        return table(self.records)


@contextmanager
def ledger() -> Iterator[HookLedger]:
    """Watch the hooks of every backward that this thread runs inside the context.

    Examples
    --------
    >>> import wengert as wg
    >>> from wengert.observe import ledger
    >>> x = wg.tensor([1.0, 2.0], requires_grad=True)
    >>> handle = x.register_hook(lambda g: g * 2)
    >>> with ledger() as book:
    ...     (x * x).sum().backward()
    >>> record = next(r for r in book.records if r.fired)
    >>> record.kind, record.fired, record.changed
    ('tensor hook', 1, True)
    """
    with installed(HookLedger()) as book:
        assert isinstance(book, HookLedger)
        yield book


def hooks() -> list[HookRecord]:
    """Every hook that is registered now on a living tensor or node, in the order of registration.

    Examples
    --------
    >>> import wengert as wg
    >>> x = wg.tensor([1.0], requires_grad=True)
    >>> handle = x.register_hook(lambda g: g)
    >>> wg.observe.hooks()[-1].kind
    'tensor hook'
    """
    found = [_record(d, key, fn) for d in live_hooks() for key, fn in d.copy().items()]
    return sorted(found, key=lambda r: r.order)


def by_line(records: list[HookRecord]) -> list[HookRecord]:
    """One record for each kind, function and line of registration: a loop over parameters registers many hooks in one line.

    Examples
    --------
    >>> import wengert as wg
    >>> leaves = [wg.tensor(1.0, requires_grad=True) for _ in range(3)]
    >>> handles = [leaf.register_hook(lambda g: g) for leaf in leaves]
    >>> wg.observe.by_line(wg.observe.hooks())[-1].count
    3
    """
    groups: dict[Any, HookRecord] = {}
    for record in records:
        key = (record.kind, record.name, record.origin)
        group = groups.get(key)
        if group is None:
            groups[key] = replace(record)
            continue
        group.count += 1
        group.fired += record.fired
        group.seconds += record.seconds
        group.changed |= record.changed
        group.target = f"{group.count} targets"
    return list(groups.values())


def table(records: list[HookRecord]) -> str:
    """The records as text, one line each."""
    rows = [("kind", "hook", "on", "registered at", "fired", "ms", "changed")]
    for r in records:
        times = (str(r.fired), f"{r.seconds * 1e3:.2f}")
        rows.append((r.kind, r.name, r.target, line_of(r.origin), *times, "yes" if r.changed else "no"))
    return columns(rows)


def _record(hooks_dict: Hooks, key: int, fn: Any) -> HookRecord:
    target = None if hooks_dict.target is None else hooks_dict.target()
    return HookRecord(hooks_dict.kind, short_name(fn), describe(target), hooks_dict.origin(key), key)


def _snapshot(value: Any) -> list[Any]:
    """Copies of the arrays in `value`, to compare with later."""
    values = value if isinstance(value, tuple) else (value,)
    return [adapter_of(v._array).copy(v._array) if isinstance(v, Tensor) else v for v in values]


def _differs(before: list[Any], after: list[Any]) -> bool:
    if len(before) != len(after):
        return True
    for a, b in zip(before, after, strict=True):
        if a is None or not hasattr(b, "shape"):  # nothing to compare, or no gradient at all: the engine will complain
            if a is not b:
                return True
            continue
        if a.shape != b.shape:
            return True
        array = b._array if isinstance(b, Tensor) else b
        same = (a == array) | ((a != a) & (array != array))  # noqa: PLR0124  (NaN equals NaN here)
        if anywhere(adapter_of(a).xp, ~same):
            return True
    return False
