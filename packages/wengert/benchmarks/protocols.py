"""What a call costs before any arithmetic: through NumPy's protocols, and through the adapter of each array library."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import wengert as wg

from .peers import load, same_values
from .table import Row
from .timing import Settings, Timing, Work, compare, threads

__all__ = ["adapters", "borders", "numpy_calls"]

X, Y = np.linspace(0.1, 1.0, 8), np.linspace(2.0, 3.0, 8)

#: Title, NumPy's call, the same of another library by its module.
CALLS: tuple[tuple[str, Callable[[Any, Any], Any], Callable[[Any, Any, Any], Any]], ...] = (
    ("sin(x)", lambda x, _: np.sin(x), lambda xp, x, _: xp.sin(x)),
    ("add.reduce(x)", lambda x, _: np.add.reduce(x), lambda xp, x, _: xp.sum(x)),
    ("concatenate([x, y])", lambda x, y: np.concatenate([x, y]), lambda xp, x, y: xp.concat([x, y])),
)


def numpy_calls(settings: Settings) -> list[Row]:
    """Plain NumPy calls on Tensors that require grad, beside Wengert's own functions and the calls on arrays."""
    x, y = wg.tensor(X, requires_grad=True), wg.tensor(Y, requires_grad=True)
    rows = []
    for title, of_numpy, of_library in CALLS:
        works: dict[str, Work] = {
            "through": _on(of_numpy, x, y),
            "wengert": _on(of_library, wg, x, y),
            "raw": _on(of_numpy, X, Y),
        }
        if (torch := load("torch")) is not None:
            works["torch"] = _on(of_library, torch, *(torch.tensor(a, requires_grad=True) for a in (X, Y)))
        if (mg := load("mygrad")) is not None and title != "add.reduce(x)":  # which it has not
            works["mygrad"] = _on(of_numpy, mg.tensor(X), mg.tensor(Y))
        same_values({name: work() for name, work in works.items()})
        with threads(1):
            found = compare(works, settings)
        through, others = found.pop("through"), {name: found[name] for name in ("torch", "raw") if name in found}
        mine = title.replace("add.reduce", "sum").replace("concatenate", "concat")
        rows += [
            Row(f"np.{title} of 8 float64 that require grad", "µs", {**found, "wengert": through}, against="raw"),
            Row(f"wengert.{mine} of the same", "µs", {"wengert": found["wengert"], **others}, against="raw"),
            Row(f"np.{title} ÷ wengert.{mine}", "times", {"wengert": Timing([through.best / found["wengert"].best])}),
        ]
    return rows


def adapters(settings: Settings) -> list[Row]:
    """``x * y`` over the arrays of each library, beside the same on these arrays."""
    rows = []
    for name, title in (("numpy", "NumPy"), ("torch", "PyTorch"), ("jax", "JAX"), ("dask", "Dask")):
        if load(name) is None:
            continue
        xp = getattr(wg, name)
        x, y, leaf = xp.asarray(X), xp.asarray(Y), xp.asarray(X, requires_grad=True)
        first, second = x.array, y.array
        works: dict[str, Work] = {
            "plain": lambda x=x, y=y: x * y,
            "recorded": lambda x=leaf, y=y: x * y,
            "raw": lambda x=first, y=second: x * y,
        }
        same_values({("wengert" if kind == "plain" else kind): _values(work()) for kind, work in works.items()})
        with threads(1):
            found = compare(works, settings, seldom=())
        rows += [
            Row(f"x * y over 8 float64 of {title}, {how}", "µs", {"wengert": found[kind], "raw": found["raw"]}, against="raw")
            for kind, how in (("plain", "not recorded"), ("recorded", "recorded"))
        ]
    return rows


def borders(settings: Settings) -> list[Row]:
    """A border to PyTorch crossed forward and backward, around one multiplication, beside that multiplication alone."""
    if (torch := load("torch")) is None:
        return []
    from wengert.interop.torch import from_torch, to_torch

    x, one = wg.tensor(X, requires_grad=True), wg.tensor(Y)
    tx, t_one = torch.tensor(X, requires_grad=True), torch.tensor(Y)
    inner, outer = from_torch(lambda x: x * 2.0), to_torch(lambda x: x * 2.0)

    def there_and_back(function: Callable[[Any], Any], leaf: Any, seed: Any) -> Any:
        leaf.grad = None
        function(leaf).backward(seed)
        return leaf.grad

    works: dict[str, Work] = {
        "wengert": _on(there_and_back, lambda x: x * 2.0, x, one),
        "from": _on(there_and_back, inner, x, one),
        "to": _on(there_and_back, outer, tx, t_one),
        "torch": _on(there_and_back, lambda x: x * 2.0, tx, t_one),
    }
    same_values({name: work() for name, work in works.items()})
    with threads(1):
        found = compare(works, settings)
    title = "x * 2 on 8 float64, forward + backward"
    return [
        Row(f"{title}, in PyTorch by from_torch", "µs", {"wengert": found["from"], "torch": found["torch"]}),
        Row(f"{title}, in Wengert by to_torch", "µs", {"wengert": found["to"], "torch": found["torch"]}),
        Row(f"{title}, without a border", "µs", {"wengert": found["wengert"], "torch": found["torch"]}),
    ]


def _on(function: Callable[..., Any], *args: Any) -> Work:
    return lambda: function(*args)


def _values(result: Any) -> Any:
    return np.asarray(result.detach() if hasattr(result, "detach") else result)
