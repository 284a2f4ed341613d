"""What nodes have saved, under the names that it has in PyTorch: ``grad_fn._saved_dim`` and its like.

Operands and results have PyTorch's names in Wengert already. Other arguments of an operator have those of the array API there,
and where one function of PyTorch is several operators here, its arguments are noted for the node that stands for it.
"""

from __future__ import annotations

import functools
import weakref
from collections.abc import Callable
from typing import Any

from ...autograd.node import NO_EDGE, Node
from ...autograd.saved import SavedHandle, raise_released
from ...autograd.tensor import Tensor as Base
from ...errors import SavedTensorError

__all__ = ["IndexHandle", "noted", "of_node"]

#: What functions were called with, for the nodes of their results. Tensors among it are given up when the node is.
_NOTED: weakref.WeakKeyDictionary[Node, dict[str, Any]] = weakref.WeakKeyDictionary()

#: Hooks on the tensors of an index: for each position what they packed, and the hook that unpacks it.
_PACKED: weakref.WeakKeyDictionary[Node, dict[int, tuple[Any, Callable[[Any], Any]]]] = weakref.WeakKeyDictionary()


def noted(result: Any, **arguments: Any) -> Any:
    """`result`, whose node shows the arguments as what it has saved.

    Examples
    --------
    >>> import wengert.compat.torch as torch
    >>> from wengert.compat.torch.saved_names import noted
    >>> noted(torch.ones(1, requires_grad=True) * 2, p=3.0).grad_fn._saved_p
    3.0
    """
    node = result.grad_fn if isinstance(result, Base) and result.requires_grad else None
    if node is not None:
        _NOTED[node] = arguments
    return result


def _shape_of_operand(node: Any) -> Any:
    return node._saved_x_shape


def _bias_sizes(node: Any) -> tuple[int, ...]:
    """The shape of the bias; one that requires no grad is not told from none."""
    return (node._saved_weight_shape[0],) if node._edges[2] is not None else (0,)


def _indices(node: Any) -> tuple[Any, ...]:
    """The tensors of an index, None for an axis that has another."""
    key = node._saved_key
    return tuple(
        node.rebuild(_unpacked(node, i, part), NO_EDGE) if _is_index(node, i, part) else None for i, part in enumerate(_row(key))
    )


def _raw_indices(node: Any) -> tuple[Any, ...]:
    return tuple(IndexHandle(node, i) for i in range(len(_row(node._saved_key))))


def _row(key: Any) -> tuple[Any, ...]:
    return key if isinstance(key, tuple) else (key,)


def _is_index(node: Any, position: int, part: Any) -> bool:
    return hasattr(part, "shape") or position in _PACKED.get(node, ())


#: By the class of a node.
SPELLED: dict[str, dict[str, Callable[[Any], Any]]] = {
    "ConvolutionBackward0": {"_saved_bias_sym_sizes_opt": _bias_sizes},
    "DivBackward0": {"_saved_rounding_mode": lambda node: None},
    "IndexBackward0": {
        "_saved_indices": _indices,
        "_raw_saved_indices": _raw_indices,
        "_saved_self_sym_sizes": _shape_of_operand,
    },
    "MeanBackward0": {"_saved_self_sym_sizes": _shape_of_operand},
    "StackBackward0": {"_saved_dim": lambda node: node._saved_axis},
    "SumBackward0": {"_saved_self_sym_sizes": _shape_of_operand},
}


def of_node(self: Any, name: str) -> Any:
    """``__getattr__`` of nodes: what was noted, what has another name, what Wengert's node gives."""
    if name.startswith("_saved_"):
        arguments = _NOTED.get(self)
        if arguments is not None and name[7:] in arguments:
            found = arguments[name[7:]]
            return raise_released(self) if isinstance(found, Base) and self._saved is None else found
    spelled = SPELLED.get(type(self).__name__)
    return Node.__getattr__(self, name) if spelled is None or name not in spelled else spelled[name](self)


# -- hooks on an index ---------------------------------------------------------------------------------------------------
class IndexHandle(SavedHandle):
    """A handle of one of the tensors that an index was made of; Wengert's node keeps them in its key."""

    __slots__ = ()

    def __init__(self, node: Node, index: int) -> None:
        super().__init__(node, index, -1)

    def _entry(self) -> Any:
        return _indices(self.node)[self.index]

    def _replace(self, entry: Any) -> None:
        node: Any = self.node
        if node not in _PACKED:
            kind: Any = type(node)
            node.__class__ = _with_packed_key(kind)
        _PACKED.setdefault(node, {})[self.index] = (entry.packed, entry.pair.unpack_hook)
        node._static = _with_key(node, lambda position, part: None if position == self.index else part)

    @property
    def unpack_hook(self) -> Any:
        """The hook that gives the tensor back, or None."""
        found = _PACKED.get(self.node, {}).get(self.index)
        return None if found is None else found[1]

    def register_hooks(self, pack: Callable[[Any], Any], unpack: Callable[[Any], Any] | None = None) -> None:
        """Pack the tensor now; each backward unpacks it."""
        if self.unpack_hook is not None:
            raise SavedTensorError(f"{self.node.name()}: the hooks of this saved tensor have already been set")
        super().register_hooks(pack, unpack)


def _unpacked(node: Any, position: int, part: Any) -> Any:
    found = _PACKED.get(node, {}).get(position)
    return part if found is None else found[1](found[0])._array


def _with_key(node: Any, change: Callable[[int, Any], Any]) -> tuple[Any, ...]:
    """What the node keeps with a key that is changed part by part."""
    place = type(node).static_names["key"]
    key = node._static[place]
    parts = tuple(change(i, part) for i, part in enumerate(_row(key)))
    return (*node._static[:place], parts if isinstance(key, tuple) else parts[0], *node._static[place + 1 :])


@functools.cache
def _with_packed_key(base: type[Node]) -> type[Node]:
    """The class of nodes whose key has been packed: their derivative sees it as it was."""

    def around(method: Any) -> Any:
        def run(self: Any, grad: Any, wanted: Any = None) -> Any:
            before, self._static = self._static, _with_key(self, lambda i, part: _unpacked(self, i, part))
            try:
                return method(self, grad, wanted)
            finally:
                self._static = before

        return run

    body = {
        "__slots__": (),
        "_generated": False,  # the program's unpack hook runs in it
        "apply": around(base.apply),
        "apply_recorded": around(base.apply_recorded),
    }
    return type(base.__name__, (base,), body)
