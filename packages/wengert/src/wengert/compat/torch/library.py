"""``torch.library``: operators of one's own, with a name under ``torch.ops``, which modes see go by as they see Wengert's.

Each call is one node: below it the function runs unrecorded, and its derivative is what was registered for it.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import optree

from ...autograd.contexts import no_grad
from ...autograd.modes import current
from ...autograd.node import NO_EDGE
from ...autograd.tensor import Tensor as Base
from ...autograd.tensor import wrap
from ...errors import FunctionError, UnsupportedError, UsageError
from ...op_modes import offer
from . import ops
from .autograd.function import Function
from .library_schema import key_of, parsed
from .tensor import Tensor

__all__ = ["CustomOpDef", "Library", "custom_op", "define", "impl", "register_autograd", "register_fake"]

_defined: dict[str, CustomOpDef] = {}


class _Cases:
    """Where generated operators keep their calls by the types of their operands, this one has the same for all."""

    def __init__(self, record: Callable[..., Any]) -> None:
        self._record = record

    def __getitem__(self, types: tuple[type, ...]) -> Callable[..., Any]:
        return self._record


class CustomOpDef:
    """An operator that `custom_op` has made. Interceptors meet it as they meet Wengert's own.

    Parameters
    ----------
    name : str
        ``namespace::name``.
    fn : callable
        Computes it.
    """

    def __init__(self, name: str, fn: Callable[..., Any]) -> None:
        self.name, self.fn = name, fn
        self.signature = inspect.signature(fn)
        annotations = inspect.get_annotations(fn, eval_str=True)
        self.operands = tuple(p for p in self.signature.parameters if _is_tensor(annotations.get(p)))
        self.statics = tuple(p for p in self.signature.parameters if p not in self.operands)
        self.public = self.operator = self
        self._backward: Callable[..., Any] | None = None
        self._setup: Callable[..., Any] | None = None
        self.__globals__ = {"GIVEN_CASES": _Cases(self._recorded), "MODED": self._offered}
        self.__name__ = name.partition("::")[2]

    def __repr__(self) -> str:
        return f"<CustomOpDef({self.name})>"

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        bound = self.signature.bind(*args, **kwargs)
        bound.apply_defaults()
        return self._offered(*bound.arguments.values())

    def register_autograd(self, backward: Callable[..., Any], /, *, setup_context: Callable[..., Any] | None = None) -> None:
        """Give it a derivative; see `torch.library.register_autograd`."""
        self._backward, self._setup = backward, setup_context

    def register_fake(self, fn: Callable[..., Any], /) -> Callable[..., Any]:
        """Taken note of by compilers, of which there is none here."""
        return fn

    # -- what interceptors call --------------------------------------------------------------------------------------
    def node_class_built(self) -> None:
        """Nothing is generated."""

    def call_batched(self, level: Any, arguments: dict[str, Any]) -> Any:
        """Raise: it has no batched form."""
        raise UnsupportedError(f"{self.name}: torch.vmap of a custom operator is not supported")

    def forward(self, *values: Any) -> Any:
        """Compute on raw arrays, without recording."""
        given = zip(self.signature.parameters, values, strict=True)
        tensors = [wrap(value, NO_EDGE, Tensor) if name in self.operands else value for name, value in given]
        with no_grad():
            return optree.tree_map(lambda v: v._array if isinstance(v, Base) else v, self.fn(*tensors))

    def _offered(self, *values: Any) -> Any:
        modes = current()
        if modes.interceptors:
            arguments = dict(zip(self.signature.parameters, values, strict=True))
            result = offer(modes, self, arguments)  # type: ignore[arg-type]
            if result is not NotImplemented:
                return result
        return self._recorded(*values, self.forward)

    def _recorded(self, *values: Any) -> Any:
        """One node for a call with `values`, of which the last is the function that computes on raw arrays."""
        *arguments, compute = values
        function: Any = self._calls if compute == self.forward else self._class_of_calls(compute)
        return function.apply(*arguments)

    def _class_of_calls(self, compute: Callable[..., Any]) -> type[_Call]:
        return type(self.__name__, (_Call,), {"defined": self, "compute": staticmethod(compute)})

    @functools.cached_property
    def _calls(self) -> type[_Call]:
        """Of one class, as calls of one operator are: programs of backward passes are found again by it."""
        return self._class_of_calls(self.forward)


class _Call(Function):
    """One call of an operator that somebody has defined."""

    defined: CustomOpDef
    compute: Callable[..., Any]

    @classmethod
    def forward(cls, *args: Any) -> Any:
        result = cls.compute(*[a._array if isinstance(a, Base) else a for a in args])
        return optree.tree_map(lambda v: wrap(v, NO_EDGE, Tensor) if hasattr(v, "dtype") else v, result)

    @classmethod
    def setup_context(cls, ctx: Any, inputs: Any, output: Any) -> None:
        if cls.defined._setup is not None:
            cls.defined._setup(ctx=ctx, inputs=inputs, output=output)

    @classmethod
    def backward(cls, ctx: Any, *grads: Any) -> Any:
        if cls.defined._backward is None:
            raise FunctionError(
                f"Trying to backward through {cls.defined.name} but no autograd formula was registered; see "
                "torch.library.register_autograd"
            )
        return cls.defined._backward(ctx, *grads)


def _is_tensor(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, Base)


# -- defining ------------------------------------------------------------------------------------------------------------
def custom_op(
    name: str,
    fn: Callable[..., Any] | None = None,
    /,
    *,
    mutates_args: Sequence[str],
    device_types: Any = None,
    schema: Any = None,
) -> Any:
    """Make a function an operator, called ``namespace::name``. A decorator if `fn` is left out.

    Parameters
    ----------
    name : str
        Its name, which ``torch.ops.namespace.name`` then finds.
    fn : callable
        Computes it. Parameters that are tensors must be annotated so.
    mutates_args : sequence of str
        Must be empty.

    Raises
    ------
    UsageError
        If the name has no namespace.
    UnsupportedError
        If it is to write to its arguments.

    Examples
    --------
    >>> import wengert.compat.torch as torch
    >>> @torch.library.custom_op("examples::double", mutates_args=())
    ... def double(x: torch.Tensor) -> torch.Tensor:
    ...     return x * 2
    >>> double.register_autograd(lambda ctx, grad: grad * 2)
    >>> x = torch.ones(2, requires_grad=True)
    >>> torch.ops.examples.double(x).sum().backward()
    >>> x.grad
    tensor([2., 2.])
    """
    if fn is None:
        return lambda fn: custom_op(name, fn, mutates_args=mutates_args, device_types=device_types, schema=schema)
    namespace, _, own = name.partition("::")
    if not (namespace and own):
        raise UsageError(f"custom_op: name: expected 'namespace::name', got {name!r}")
    if list(mutates_args):
        raise UnsupportedError(f"custom_op: {name}: mutates_args: operators that write to their arguments are not supported")
    _defined[name] = made = CustomOpDef(name, fn)
    ops.put(name, made)
    return made


def _find(op: Any) -> CustomOpDef:
    if isinstance(op, CustomOpDef):
        return op
    name = op if isinstance(op, str) else getattr(getattr(op, "op", None), "name", op)
    if name not in _defined:
        raise UsageError(f"torch.library: no operator {name!r} has been defined by custom_op")
    return _defined[name]


def register_autograd(
    op: Any, backward: Callable[..., Any], /, *, setup_context: Callable[..., Any] | None = None, lib: Any = None
) -> None:
    """Give the operator `op`, or of that name, a derivative.

    Parameters
    ----------
    op : str or CustomOpDef
        Which.
    backward : callable
        ``backward(ctx, *grads)`` gives a gradient for each argument, as that of a custom Function does.
    setup_context : callable, optional
        ``setup_context(ctx, inputs, output)`` saves what it needs.
    lib : object, optional
        Taken for PyTorch's sake.
    """
    _find(op).register_autograd(backward, setup_context=setup_context)


def register_fake(op: Any, func: Any = None, /, *, lib: Any = None) -> Any:
    """Taken note of by compilers, of which there is none here. A decorator if `func` is left out."""
    _find(op)
    return (lambda func: func) if func is None else func


# -- by a schema ---------------------------------------------------------------------------------------------------------
class _Declared(CustomOpDef):
    """An operator that was declared by a schema, whose kernels come later."""

    def __init__(self, name: str, schema: str) -> None:
        own, signature, tensors = parsed(schema)
        if own != name.partition("::")[2]:
            raise UsageError(f"define: schema: expected the name {name.partition('::')[2]!r}, got {own!r}")
        self.kernels: dict[str, Callable[..., Any]] = {}

        def compute(*args: Any, **kwargs: Any) -> Any:
            return self._kernel("CPU", "CompositeExplicitAutograd")(*args, **kwargs)

        compute.__signature__ = signature  # type: ignore[attr-defined]
        compute.__annotations__ = dict.fromkeys(tensors, Tensor)
        super().__init__(name, compute)

    def _kernel(self, *keys: str) -> Callable[..., Any]:
        for key in keys:
            if key in self.kernels:
                return self.kernels[key]
        found = ", ".join(self.kernels) or "none"
        raise UnsupportedError(f"Could not run {self.name!r}: it has no kernel for the CPU, only {found}")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if "CPU" not in self.kernels and "CompositeImplicitAutograd" in self.kernels:
            return self.kernels["CompositeImplicitAutograd"](*args, **kwargs)
        return super().__call__(*args, **kwargs)


def define(qualname: str, schema: str, *, lib: Any = None, tags: Any = ()) -> None:
    """Declare the operator ``namespace::name``, whose kernels `impl` gives.

    Parameters
    ----------
    qualname : str
        ``namespace::name``.
    schema : str
        Its arguments and results, ``"(Tensor x, float by=1.0) -> Tensor"``.
    lib : Library, optional
        When that is destroyed, the operator is gone.
    tags : object, optional
        Taken for PyTorch's sake.

    Raises
    ------
    UsageError
        If the name has no namespace, or the schema cannot be read.
    UnsupportedError
        If an argument is written to, or is a list of tensors.

    Examples
    --------
    >>> import wengert.compat.torch as torch
    >>> torch.library.define("examples::power", "(Tensor x, int by=2) -> Tensor")
    >>> @torch.library.impl("examples::power", "cpu")
    ... def power(x, by=2):
    ...     return x ** by
    >>> torch.ops.examples.power(torch.full((2,), 3.0))
    tensor([9., 9.])
    """
    namespace, _, own = qualname.partition("::")
    if not (namespace and own):
        raise UsageError(f"define: qualname: expected 'namespace::name', got {qualname!r}")
    made = _Declared(qualname, own + schema if schema.lstrip().startswith("(") else schema)
    _defined[qualname] = made
    ops.put(qualname, made)
    if lib is not None:
        lib.names.append(qualname)


def impl(qualname: Any, types: Any, func: Any = None, *, lib: Any = None) -> Any:
    """Let `func` compute an operator that `define` has declared. A decorator if it is left out.

    Parameters
    ----------
    qualname : str or CustomOpDef
        Which.
    types : str or sequence of str
        Devices, or PyTorch's dispatch keys. Those of the CPU compute; a ``"CompositeImplicitAutograd"`` is recorded operator by
        operator; others are taken note of.
    func : callable
        Gets tensors.
    lib : Library, optional
        Taken for PyTorch's sake.
    """
    if func is None:
        return lambda func: impl(qualname, types, func, lib=lib)
    op = _find(qualname)
    if not isinstance(op, _Declared):
        raise UsageError(f"impl: {op.name} was made by custom_op, which has given it what computes it")
    op.kernels.update(dict.fromkeys(key_of(types), func))
    return func


class Library:
    """A namespace of operators that are declared and given their kernels one by one.

    Parameters
    ----------
    ns : str
        Its name.
    kind : str
        ``"DEF"``, ``"FRAGMENT"`` or ``"IMPL"``, which is all one here.

    Examples
    --------
    >>> import wengert.compat.torch as torch
    >>> library = torch.library.Library("examples", "FRAGMENT")
    >>> library.define("halved(Tensor x) -> Tensor")
    'examples::halved'
    >>> library.impl("halved", lambda x: x / 2, "CPU")
    >>> torch.ops.examples.halved(torch.ones(2))
    tensor([0.5000, 0.5000])
    """

    def __init__(self, ns: str, kind: str, dispatch_key: str = "") -> None:
        if kind not in ("DEF", "FRAGMENT", "IMPL"):
            raise UsageError(f"Library: kind: expected 'DEF', 'FRAGMENT' or 'IMPL', got {kind!r}")
        self.ns, self.kind, self.dispatch_key = ns, kind, dispatch_key
        self.names: list[str] = []

    def define(self, schema: str, alias_analysis: str = "", *, tags: Any = ()) -> str:
        """Declare an operator by ``"name(Tensor x) -> Tensor"``; see `torch.library.define`."""
        qualname = f"{self.ns}::{schema.partition('(')[0].strip()}"
        define(qualname, schema, lib=self)
        return qualname

    def impl(self, op_name: Any, fn: Callable[..., Any], dispatch_key: str = "") -> None:
        """Let `fn` compute an operator; see `torch.library.impl`."""
        name = op_name if isinstance(op_name, str) else op_name._name.replace(".", "::", 1).removesuffix(".default")
        impl(name if "::" in name else f"{self.ns}::{name}", dispatch_key or self.dispatch_key or "default", fn)

    def _destroy(self) -> None:
        """The operators that it has declared are gone."""
        for name in self.names:
            if _defined.pop(name, None) is not None:
                ops.take(name)
        self.names.clear()


@contextlib.contextmanager
def _scoped_library(ns: str, kind: str) -> Iterator[Library]:
    """Operators that are defined inside in the namespace `ns` are gone afterwards."""
    before = set(_defined)
    try:
        yield Library(ns, kind)
    finally:
        for name in [n for n in _defined if n not in before and n.startswith(f"{ns}::")]:
            del _defined[name]
            ops.take(name)
