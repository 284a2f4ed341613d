"""``parametrize``: one test method for each of several values, made when the class is complete."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from ...dtypes import dtype
from ...kinds import device

__all__ = ["expanded", "instantiate_parametrized_tests", "parametrize", "subtest"]


class subtest:
    """One row of `parametrize`, with a name and decorators of its own."""

    def __init__(self, arg_values: Any, name: str | None = None, decorators: Sequence[Any] | None = None) -> None:
        self.arg_values, self.name, self.decorators = arg_values, name, list(decorators or ())


def parametrize(arg_str: str, arg_values: Any, name_fn: Callable[..., str] | None = None) -> Callable[..., Any]:
    """Let the decorated test run for each of `arg_values`, given to the arguments named in `arg_str`."""
    names = [name.strip() for name in arg_str.split(",") if name.strip()]

    def decorate(test: Any) -> Any:
        rows = []
        for place, value in enumerate(arg_values):
            row = value if isinstance(value, subtest) else subtest(value)
            given = row.arg_values if len(names) > 1 else (row.arg_values,)
            label = row.name or (
                name_fn(*given) if name_fn else "_".join(_text(n, v, place) for n, v in zip(names, given, strict=True))
            )
            rows.append((label, dict(zip(names, given, strict=True)), row.decorators))
        test.parametrized = [*getattr(test, "parametrized", ()), rows]
        return test

    return decorate


def _text(name: str, value: Any, place: int) -> str:
    """What the name of a test says of one argument: its value if that is short, else which one it is."""
    if isinstance(value, (int, float, str)):
        return f"{name}_{str(value).replace('.', '_')}"
    return str(value).rpartition(".")[2] if isinstance(value, (dtype, device)) else f"{name}{place}"


def expanded(name: str, test: Any) -> Iterator[tuple[str, Any]]:
    """The names and functions that a parametrized test stands for; itself if it is none."""
    tables = getattr(test, "parametrized", None)
    if not tables:
        yield name, test
        return
    combinations: list[tuple[str, dict[str, Any], list[Any]]] = [("", {}, [])]
    for rows in reversed(tables):  # the outermost decorator came last
        combinations = [
            (f"{label}_{row_label}" if label else row_label, {**given, **row_given}, [*decorators, *row_decorators])
            for row_label, row_given, row_decorators in rows
            for label, given, decorators in combinations
        ]
    for label, given, decorators in combinations:

        @functools.wraps(test)
        def one(self: Any, *args: Any, _given: dict[str, Any] = given, **options: Any) -> Any:
            return test(self, *args, **_given, **options)

        one.parametrized = None  # type: ignore[attr-defined]
        del one.__wrapped__
        for decorator in decorators:
            one = decorator(one)
        yield f"{name}_{label}", one


def instantiate_parametrized_tests(generic_cls: type) -> type:
    """Replace each parametrized test of the class by those it stands for."""
    for name, test in list(vars(generic_cls).items()):
        if name.startswith("test") and getattr(test, "parametrized", None):
            delattr(generic_cls, name)
            for own_name, own in expanded(name, test):
                setattr(generic_cls, own_name, own)
    return generic_cls
