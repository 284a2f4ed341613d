"""The same few operators and entry points, spelled by each library: PyTorch, Wengert, and (in `oracle.py`) the oracle."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any

import numpy as np


class Library:
    """What `run.py` asks of a library; PyTorch's names are the default."""

    name: str
    module: Any

    def __init__(self, module: Any) -> None:
        self.module = module
        self.Function = module.autograd.Function

    # -- tensors ---------------------------------------------------------------------------------------

    def tensor(self, array: np.ndarray, requires_grad: bool = False) -> Any:
        return self.module.tensor(array, requires_grad=requires_grad)

    def array(self, tensor: Any) -> np.ndarray:
        raise NotImplementedError

    def is_tensor(self, value: object) -> bool:
        return isinstance(value, self.module.Tensor)

    def node(self, tensor: Any) -> Any:
        """The node that gives a tensor its gradient: for a leaf its AccumulateGrad."""
        return self.edge(tensor).node

    def edge(self, tensor: Any) -> Any:
        return self.module.autograd.graph.get_gradient_edge(tensor)

    # -- operators -------------------------------------------------------------------------------------

    def op(self, kind: str, args: Sequence[Any], option: Any = None) -> tuple[Any, ...]:
        """Apply an operator by the name `programs.Op` gives it; always a tuple of outputs."""
        made = getattr(self, "_" + kind)(*args) if option is None else getattr(self, "_" + kind)(*args, option)
        return tuple(made) if isinstance(made, (tuple, list)) else (made,)

    def _add(self, x: Any, y: Any) -> Any:
        return x + y

    def _sub(self, x: Any, y: Any) -> Any:
        return x - y

    def _mul(self, x: Any, y: Any) -> Any:
        return x * y

    def _scale(self, x: Any, factor: float) -> Any:
        return x * factor

    def _matmul(self, x: Any, y: Any) -> Any:
        return x @ y

    def _sin(self, x: Any) -> Any:
        return self.module.sin(x)

    def _exp(self, x: Any) -> Any:
        return self.module.exp(x)

    def _sum(self, x: Any) -> Any:
        return self.module.sum(x)

    def _reshape(self, x: Any, shape: tuple[int, ...]) -> Any:
        return self.module.reshape(x, shape)

    def _where(self, x: Any, y: Any) -> Any:
        mask = np.arange(max(np.prod(x.shape, dtype=int), np.prod(y.shape, dtype=int))) % 2 == 0
        shape = np.broadcast_shapes(tuple(x.shape), tuple(y.shape))
        return self.module.where(self.tensor(np.resize(mask, shape)), x, y)

    def _detach(self, x: Any) -> Any:
        return x.detach()

    def _clone(self, x: Any) -> Any:
        return x.clone()

    def _row(self, x: Any) -> Any:
        return x[0]

    def _part(self, x: Any) -> Any:
        return x[:1]

    def _widened(self, x: Any) -> Any:
        return x[None]

    def write(self, kind: str, target: Any, value: Any) -> None:
        """An operator in place."""
        match kind:
            case "setitem":
                target[0] = value
            case "zero_":
                target.zero_()
            case "copy_" if isinstance(value, float):
                target.fill_(value)
            case _:
                getattr(target, kind)(value)

    # -- entry points ----------------------------------------------------------------------------------

    def backward(self, *args: Any, **kwargs: Any) -> None:
        self.module.autograd.backward(*args, **kwargs)

    def grad(self, *args: Any, **kwargs: Any) -> tuple[Any, ...]:
        return self.module.autograd.grad(*args, **kwargs)

    def saved_tensors_hooks(self, pack: Callable, unpack: Callable) -> AbstractContextManager:
        return self.module.autograd.graph.saved_tensors_hooks(pack, unpack)

    def multi_grad_hook(self, tensors: Sequence[Any], fn: Callable, mode: str) -> Any:
        return self.module.autograd.graph.register_multi_grad_hook(tensors, fn, mode=mode)

    def grad_mode(self, enabled: bool) -> AbstractContextManager:
        return self.module.set_grad_enabled(enabled)

    def queue_callback(self, fn: Callable[[], None], always: bool) -> None:
        """Call `fn` at the end of the task; with `always` also after an error (W18), where the library can."""
        raise NotImplementedError

    def once_differentiable(self, fn: Callable) -> Callable:
        return self.module.autograd.function.once_differentiable(fn)


class Torch(Library):
    """PyTorch, the judge of what is meant by "the same"."""

    name = "torch"

    def __init__(self) -> None:
        import torch

        super().__init__(torch)

    def tensor(self, array: np.ndarray, requires_grad: bool = False) -> Any:
        return self.module.from_numpy(np.array(array)).requires_grad_(requires_grad)

    def write(self, kind: str, target: Any, value: Any) -> None:
        if kind == "copy_" and isinstance(value, float):
            target.fill_(self.module.tensor(value, dtype=target.dtype))  # a number would have no edge (W31)
        else:
            super().write(kind, target, value)

    def array(self, tensor: Any) -> np.ndarray:
        return np.array(tensor.detach().numpy())

    def _sum_axis(self, x: Any, axis: int) -> Any:
        return self.module.sum(x, dim=axis)

    def _unstack(self, x: Any) -> Any:
        return self.module.unbind(x)

    def _stack(self, *tensors: Any) -> Any:
        return self.module.stack(tensors)

    def queue_callback(self, fn: Callable[[], None], always: bool) -> None:
        self.module.autograd.Variable._execution_engine.queue_callback(fn)


class Wengert(Library):
    """The library under test."""

    name = "wengert"

    def __init__(self) -> None:
        import wengert

        super().__init__(wengert)

    def array(self, tensor: Any) -> np.ndarray:
        return np.array(tensor.array)

    def _sum_axis(self, x: Any, axis: int) -> Any:
        return self.module.sum(x, axis=axis)

    def _unstack(self, x: Any) -> Any:
        return self.module.unstack(x)

    def _stack(self, *tensors: Any) -> Any:
        return self.module.stack(tensors)

    def queue_callback(self, fn: Callable[[], None], always: bool) -> None:
        self.module.autograd.queue_callback(fn, always=always)


class WengertOverTorch(Wengert):
    """The library under test, over PyTorch's arrays."""

    def __init__(self) -> None:
        super().__init__()
        import torch

        self.torch = torch

    def tensor(self, array: np.ndarray, requires_grad: bool = False) -> Any:
        return self.module.tensor(self.torch.from_numpy(np.array(array)), requires_grad=requires_grad)

    def array(self, tensor: Any) -> np.ndarray:
        return np.array(tensor.array)
