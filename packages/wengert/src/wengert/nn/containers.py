"""Modules made of modules: `Sequential`, `ModuleList`, `ModuleDict`, `ParameterList`."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Self, overload

from ..errors import ArgumentError
from .module import Module
from .parameter import Parameter

__all__ = ["ModuleDict", "ModuleList", "ParameterList", "Sequential"]


class _Numbered(Module):
    """Modules in a row, named by their numbers."""

    def _position(self, index: int) -> int:
        count, number = len(self._modules), operator.index(index)
        if not -count <= number < count:
            raise IndexError(f"{type(self).__name__}: index {number} is out of range for {count} modules")
        return number % count

    def _renumber(self, modules: Iterable[Any]) -> None:
        modules = list(modules)
        self._modules.clear()
        for module in modules:
            self.append(module)

    def _row(self) -> list[Any]:
        return list(self._modules.values())

    def _cut(self, part: slice) -> Any:
        raise NotImplementedError

    @overload
    def __getitem__(self, index: int) -> Module: ...
    @overload
    def __getitem__(self, index: slice) -> Self: ...
    def __getitem__(self, index: Any) -> Any:
        return self._cut(index) if isinstance(index, slice) else self._row()[self._position(index)]

    def __setitem__(self, index: int, module: Module) -> None:
        setattr(self, list(self._modules)[self._position(index)], module)

    def __delitem__(self, index: int | slice) -> None:
        row = self._row()
        del row[index if isinstance(index, slice) else self._position(index)]
        self._renumber(row)

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._row())

    def append(self, module: Module) -> Self:
        """Add a module at the end."""
        self.add_module(str(len(self._modules)), module)
        return self

    def insert(self, index: int, module: Module) -> Self:
        """Put a module before the one at `index`."""
        row = self._row()
        row.insert(index, module)
        self._renumber(row)
        return self

    def extend(self, modules: Iterable[Module]) -> Self:
        """Add modules at the end."""
        for module in list(modules):
            self.append(module)
        return self


class Sequential(_Numbered):
    """Modules that are called one after the other, each on the output of the one before.

    Parameters
    ----------
    *modules : Module, or one mapping from name to Module
        In order.

    Examples
    --------
    >>> import wengert as wg
    >>> from wengert import nn
    >>> model = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1))
    >>> model(wg.zeros((5, 2), dtype=wg.float32)).shape
    (5, 1)
    >>> model
    Sequential(
      (0): Linear(in_features=2, out_features=3, bias=True)
      (1): ReLU()
      (2): Linear(in_features=3, out_features=1, bias=True)
    )
    """

    def __init__(self, *modules: Any) -> None:
        super().__init__()
        if len(modules) == 1 and isinstance(modules[0], Mapping):
            for name, module in modules[0].items():
                self.add_module(name, module)
        else:
            self.extend(modules)

    def _cut(self, part: slice) -> Sequential:
        return type(self)(dict(list(self._modules.items())[part]))

    def forward(self, x: Any) -> Any:
        """Call every module in turn."""
        for module in self._modules.values():
            x = module(x)  # type: ignore[misc]  # a container holds no None
        return x


class ModuleList(_Numbered):
    """A list of modules, which are found by `parameters` and the like. It has no forward.

    Parameters
    ----------
    modules : iterable of Module, optional
        What is in it at first.

    Examples
    --------
    >>> from wengert import nn
    >>> layers = nn.ModuleList(nn.Linear(2, 2) for _ in range(3))
    >>> len(layers), len(list(layers.parameters()))
    (3, 6)
    """

    def __init__(self, modules: Iterable[Module] | None = None) -> None:
        super().__init__()
        self.extend(() if modules is None else modules)

    def _cut(self, part: slice) -> ModuleList:
        return type(self)(self._row()[part])

    def __repr__(self) -> str:
        """Equal neighbours on one line."""
        if not self._modules:
            return f"{type(self).__name__}()"
        runs: list[tuple[int, int, str]] = []
        for number, module in enumerate(self):
            text = repr(module)
            if runs and runs[-1][2] == text:
                runs[-1] = (runs[-1][0], number, text)
            else:
                runs.append((number, number, text))
        lines = [
            f"({first}): {text}" if first == last else f"({first}-{last}): {last - first + 1} x {text}"
            for first, last, text in runs
        ]
        return f"{type(self).__name__}(\n" + "".join(f"  {line}\n".replace("\n", "\n  ")[:-2] for line in lines) + ")"


class ModuleDict(Module):
    """A dictionary of modules, which are found by `parameters` and the like. It has no forward.

    Parameters
    ----------
    modules : mapping from str to Module, or pairs of them, optional
        What is in it at first.

    Examples
    --------
    >>> from wengert import nn
    >>> heads = nn.ModuleDict({"age": nn.Linear(4, 1), "kind": nn.Linear(4, 3)})
    >>> list(heads), heads["kind"].out_features
    (['age', 'kind'], 3)
    """

    def __init__(self, modules: Mapping[str, Module] | Iterable[tuple[str, Module]] | None = None) -> None:
        super().__init__()
        if modules is not None:
            self.update(modules)

    def __getitem__(self, key: str) -> Module:
        return self._modules[key]  # type: ignore[return-value]  # a container holds no None

    def __setitem__(self, key: str, module: Module) -> None:
        self.add_module(key, module)

    def __delitem__(self, key: str) -> None:
        del self._modules[key]

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[str]:
        return iter(self._modules)

    def __contains__(self, key: object) -> bool:
        return key in self._modules

    def keys(self) -> Any:
        """The names."""
        return self._modules.keys()

    def values(self) -> Any:
        """The modules."""
        return self._modules.values()

    def items(self) -> Any:
        """Names and modules."""
        return self._modules.items()

    def pop(self, key: str) -> Module:
        """Remove a module and return it."""
        return self._modules.pop(key)  # type: ignore[return-value]

    def clear(self) -> None:
        """Remove every module."""
        self._modules.clear()

    def update(self, modules: Mapping[str, Module] | Iterable[tuple[str, Module]]) -> None:
        """Add modules, in the place of those of the same names."""
        for key, module in modules.items() if isinstance(modules, Mapping) else modules:
            self[key] = module


class ParameterList(Module):
    """A list of parameters.

    Parameters
    ----------
    parameters : iterable of Parameter, optional
        What is in it at first.

    Examples
    --------
    >>> from wengert import nn
    >>> scales = nn.ParameterList([nn.Parameter([1.0]), nn.Parameter([2.0])])
    >>> [name for name, _ in scales.named_parameters()]
    ['0', '1']
    """

    def __init__(self, parameters: Iterable[Parameter] | None = None) -> None:
        super().__init__()
        for parameter in () if parameters is None else parameters:
            self.append(parameter)

    def append(self, parameter: Parameter) -> ParameterList:
        """Add a parameter at the end."""
        self.register_parameter(str(len(self._parameters)), parameter)
        return self

    def __getitem__(self, index: int) -> Parameter:
        values = list(self._parameters.values())
        if not -len(values) <= index < len(values):
            raise ArgumentError(f"ParameterList: index {index} is out of range for {len(values)} parameters")
        return values[index]  # type: ignore[return-value]

    def __len__(self) -> int:
        return len(self._parameters)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._parameters.values())

    def extra_repr(self) -> str:
        return ", ".join(f"{name}: {p.dtype} of shape {p.shape}" for name, p in self.named_parameters())
