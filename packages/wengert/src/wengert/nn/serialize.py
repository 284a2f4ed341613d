"""`save` and `load`: state dictionaries in NumPy's ``.npz`` format, without pickle.

Each tensor is an array of the file under its path, so that ``numpy.load`` reads a model's file too. What is no array (the
options of an optimizer, numbers, names) and how it all nests is told in JSON, in one more array of bytes.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ..autograd.tensor import Tensor, wrap
from ..errors import ArgumentError

__all__ = ["load", "save"]

STRUCTURE = "__structure__"
_PLAIN = (bool, int, float, str, type(None))


def save(state: Any, path: str | Path) -> None:
    """Write a state dictionary, of a module or of an optimizer, to a file.

    Parameters
    ----------
    state : nested dictionaries, lists and tuples of Tensors, numbers and strings
        What ``state_dict()`` returns.
    path : str or Path
        Of the file; by custom it ends in ``.npz``. An existing file is replaced.

    Raises
    ------
    ArgumentError
        If something in `state` is none of these; the message names its path.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from wengert import nn
    >>> layer, path = nn.Linear(2, 1), Path(tempfile.mkdtemp()) / "layer.npz"
    >>> nn.save(layer.state_dict(), path)
    >>> other = nn.Linear(2, 1)
    >>> other.load_state_dict(nn.load(path))
    IncompatibleKeys(missing_keys=[], unexpected_keys=[])
    >>> other.weight.tolist() == layer.weight.tolist()
    True
    """
    arrays: dict[str, Any] = {}
    structure = json.dumps(_pack(state, "", arrays))
    arrays[STRUCTURE] = np.frombuffer(structure.encode(), np.uint8)
    with Path(path).open("wb") as file:  # given a name, savez would append a suffix to it
        np.savez(file, allow_pickle=False, **arrays)


def load(path: str | Path) -> Any:
    """What `save` wrote to a file; the tensors are fresh ones that require no gradient.

    A ``.npz`` file that was written by other means is a dictionary of its arrays.
    """
    with np.load(path, allow_pickle=False) as file:
        if STRUCTURE not in file.files:
            return {name: wrap(file[name]) for name in file.files}
        return _unpack(json.loads(bytes(file[STRUCTURE])), file)


def _pack(value: Any, path: str, arrays: dict[str, Any]) -> Any:
    """`value` in terms of JSON; arrays are put into `arrays`."""
    if isinstance(value, Tensor):
        name = path or "value"
        while name in arrays or name == STRUCTURE:  # "a.b" may be a key, and the key "b" of "a"
            name += "'"
        arrays[name] = value._adapter.to_host(value._array)
        return {"tensor": name}
    if isinstance(value, Mapping):
        entries = [[_key(k, path), _pack(v, f"{path}.{k}" if path else str(k), arrays)] for k, v in value.items()]
        return {"dict": entries}
    if isinstance(value, (list, tuple)):
        items = [_pack(v, f"{path}.{i}" if path else str(i), arrays) for i, v in enumerate(value)]
        return {"tuple" if isinstance(value, tuple) else "list": items}
    if type(value) in _PLAIN:
        return {"value": value}
    raise ArgumentError(f"save: {path or 'state'} is a {type(value).__name__}; expected a Tensor, a number or a string")


def _key(key: Any, path: str) -> Any:
    if type(key) not in (int, str):
        raise ArgumentError(f"save: a key of {path or 'state'} is a {type(key).__name__}; expected a string or an integer")
    return key


def _unpack(packed: dict[str, Any], file: Any) -> Any:
    ((kind, content),) = packed.items()
    if kind == "tensor":
        return wrap(file[content])
    if kind == "dict":
        return OrderedDict((key, _unpack(value, file)) for key, value in content)
    if kind in ("list", "tuple"):
        items = [_unpack(value, file) for value in content]
        return tuple(items) if kind == "tuple" else items
    return content
