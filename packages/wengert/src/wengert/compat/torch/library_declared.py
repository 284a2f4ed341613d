"""Operators that are declared by a schema, and get their kernels and derivative one by one."""

from __future__ import annotations

import contextlib
from collections import namedtuple
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from ...autograd.modes import is_grad_enabled
from ...autograd.origins import caller_origin
from ...autograd.tensor import Tensor as Base
from ...errors import FunctionError, UnsupportedError, UsageError
from . import ops
from .autograd.function import Function
from .library_ops import DEFINED, CustomOpDef, find
from .library_schema import Argument, Schema, key_of, parsed
from .tensor import Tensor
from .utils._pytree import tree_flatten, tree_leaves, tree_map, tree_unflatten

__all__ = ["Declared", "Formula", "Library", "define", "impl", "note_fake"]

#: What kernels may be given for. Those of the CPU are called, others taken note of.
KEYS = (
    *("CPU", "CUDA", "XPU", "MPS", "Meta", "NestedTensorCPU", "NestedTensorCUDA", "NestedTensor"),
    *("CompositeImplicitAutograd", "CompositeExplicitAutograd"),
    *("Autograd", "AutogradCPU", "AutogradCUDA", "AutogradXPU"),
)

#: Those that compute on the CPU.
OF_CPU = ("CPU", "CompositeExplicitAutograd")


class Declared(CustomOpDef):
    """An operator that was declared by a schema, whose kernels come later.

    Attributes
    ----------
    schema : Schema
    kernels : dict
        By dispatch key.
    formula : Formula or None
        Its derivative, if that was given as `torch._custom_ops` wants it.
    """

    def __init__(self, name: str, schema: Schema, tags: Any = ()) -> None:
        self.schema = schema
        self.tags = list(tags) if isinstance(tags, (tuple, list, set)) else [tags]
        self.kernels: dict[str, Callable[..., Any]] = {}
        self.formula: Formula | None = None
        self.fake: str | None = None  # where that was registered

        def compute(*args: Any, **kwargs: Any) -> Any:
            return self.kernel()(*args, **kwargs)

        compute.__signature__ = schema.signature  # type: ignore[attr-defined]
        compute.__annotations__ = {a.name: Tensor for a in schema.arguments if a.holds_tensors and not a.several}
        super().__init__(name, compute)

    def kernel(self) -> Callable[..., Any]:
        """What computes it on the CPU."""
        for key in OF_CPU:
            if key in self.kernels:
                return self.kernels[key]
        found = ", ".join(self.kernels) or "none"
        raise UnsupportedError(f"Could not run {self.name!r}: it has no cpu impl registered, no kernel for the CPU, only {found}")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self.schema.obstacle is not None:
            raise UnsupportedError(f"{self.name}: {self.schema.obstacle}: it cannot be called here")
        if "CPU" not in self.kernels and "CompositeImplicitAutograd" in self.kernels:
            return self.kernels["CompositeImplicitAutograd"](*args, **kwargs)
        if self.formula is not None:
            return self.formula(*args, **kwargs)
        if any(a.several and a.holds_tensors for a in self.schema.arguments):
            raise UnsupportedError(f"{self.name}: lists of tensors are not supported, but by torch._custom_ops")
        return super().__call__(*args, **kwargs)


# -- a derivative by names -----------------------------------------------------------------------------------------------
class Formula:
    """The derivative of an operator in two functions, as `torch._custom_ops` wants it: gradients go by the names of arguments.

    Attributes
    ----------
    save : callable or None
        ``save(inputs, output)`` gives what the other needs; `inputs` is a named tuple.
    backward : callable or None
        ``backward(ctx, saved, *grads)`` gives a dictionary with a gradient for each argument that is a tensor, or a list of them.
    differentiable : sequence of bool or None
        Of each result, whether it has a gradient.
    """

    def __init__(self, op: Declared) -> None:
        self.op = op
        self.save: Callable[..., Any] | None = None
        self.backward: Callable[..., Any] | None = None
        self.differentiable: Sequence[bool] | None = None
        name = op.name.partition("::")[2]
        names: Any = namedtuple(f"{name}_args", [a.name for a in op.schema.arguments])  # type: ignore[misc]  # noqa: PYI024
        self.names: Callable[..., Any] = names
        self.function: Any = type(f"{name}_customop", (_FormulaCall,), {"formula": self})

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        bound = self.op.signature.bind(*args, **kwargs)
        bound.apply_defaults()
        given = [_given(argument, bound.arguments[argument.name]) for argument in self.op.schema.arguments]
        tensors = [leaf for leaf in tree_leaves(given) if isinstance(leaf, Base)]
        if not (is_grad_enabled() and any(t.requires_grad for t in tensors)):
            return self.compute(given)
        missing = [name for name, found in (("save_for_backward", self.save), ("backward", self.backward)) if found is None]
        if len(missing) == 2:
            raise FunctionError(f"Autograd has not been implemented for operator {self.op.name}")
        if missing:
            raise FunctionError(
                f"{self.op.name}: half of its derivative is registered, but torch._custom_ops was unable to find a "
                f"{missing[0]!r} registration; see impl_{missing[0]}"
            )
        flat, spec = tree_flatten(given)
        call = _Call(spec)
        results = self.function.apply(call, *flat)
        return tree_unflatten(list(results), call.results)

    def compute(self, given: list[Any]) -> Any:
        """The operator, unrecorded."""
        names = [a.name for a in self.op.schema.arguments if a.keyword]
        count = len(given) - len(names)
        return self.op.kernel()(*given[:count], **dict(zip(names, given[count:], strict=True)))

    def not_differentiable(self, output: Any) -> list[Any]:
        """The tensors among the results that have no gradient."""
        found: list[Any] = []
        results = output if isinstance(output, tuple) else (output,)
        for place, (differentiable, result) in enumerate(zip(self.differentiable or (), results, strict=False)):
            if not isinstance(result, (Base, list)):
                if differentiable:
                    raise FunctionError(
                        f"{self.op.name}: output_differentiability: result {place} is not a Tensor but {type(result).__name__}, "
                        "and has no gradient"
                    )
            elif not differentiable:
                found += [result] if isinstance(result, Base) else result
        return found

    # -- what came back
    def flat_gradients(self, grads: Any, kinds: Any) -> tuple[Any, ...]:
        """The gradients of all leaves of the arguments, from the dictionary that `backward` returned."""
        if not isinstance(grads, dict):
            self._fail(f"expected what it returns to be a dict, got {type(grads).__name__}")
        wanted = {a.name for a in self.op.schema.arguments if a.holds_tensors}
        if set(grads) != wanted:
            self._fail(
                f"expected the dict to have keys {wanted}, got {set(grads)}: one for each argument that is a tensor or a list of "
                "them, and none for those of non-Tensor-like types"
            )
        flat: list[Any] = []
        for argument, kind in zip(self.op.schema.arguments, kinds, strict=True):
            if argument.name not in grads:
                flat += [None] * len(tree_leaves(kind))
            elif isinstance(kind, list):
                flat += self._of_list(argument.name, grads[argument.name], kind)
            else:
                flat.append(self._of_one(argument.name, grads[argument.name], kind))
        return tuple(flat)

    def _of_one(self, name: str, grad: Any, kind: Any) -> Any:
        if grad is not None and not isinstance(grad, Base):
            self._fail(f"expected the gradient of {name!r} to be either None or a Tensor, got {type(grad).__name__}")
        if grad is not None and not issubclass(kind, Base):
            self._fail(f"expected None as the gradient of {name!r}, which was no Tensor, got one")
        return grad

    def _of_list(self, name: str, grads: Any, kinds: list[Any]) -> list[Any]:
        if not isinstance(grads, (list, tuple)):
            self._fail(f"expected a list of gradients for {name!r}, got {type(grads).__name__}")
        if len(grads) != len(kinds):
            self._fail(f"expected for {name!r} a list of {len(kinds)} gradients but got {len(grads)}")
        for place, grad in enumerate(grads):
            if grad is not None and not isinstance(grad, Base):
                self._fail(f"expected for {name!r} a list of None or Tensor gradients, got {type(grad).__name__} at {place}")
        return list(grads)

    def _fail(self, what: str) -> None:
        raise FunctionError(f"{self.op.name}: the backward that was registered for it: {what}")


def _given(argument: Argument, value: Any) -> Any:
    """A value as kernels get it: sequences as lists."""
    return list(value) if argument.several and value is not None else value


class _Call:
    """How the arguments and results of one call are nested."""

    def __init__(self, arguments: Any) -> None:
        self.arguments, self.results = arguments, None


class _FormulaCall(Function):
    """A call of an operator whose derivative is a `Formula`."""

    formula: Formula

    @classmethod
    def forward(cls, ctx: Any, call: _Call, *flat: Any) -> Any:
        formula = cls.formula
        given = tree_unflatten(list(flat), call.arguments)
        output = formula.compute(given)
        ctx.kinds = tree_map(type, given)
        assert formula.save is not None
        saved, ctx.spec = tree_flatten(formula.save(formula.names(*given), output))
        ctx.places = [i for i, leaf in enumerate(saved) if isinstance(leaf, Base)]
        ctx.others = [None if isinstance(leaf, Base) else leaf for leaf in saved]
        ctx.save_for_backward(*[saved[i] for i in ctx.places])
        ctx.mark_non_differentiable(*formula.not_differentiable(output))
        results, call.results = tree_flatten(output)
        ctx.results = call.results
        return tuple(results)

    @classmethod
    def backward(cls, ctx: Any, *grads: Any) -> Any:
        formula = cls.formula
        saved = list(ctx.others)
        for place, tensor in zip(ctx.places, ctx.saved_tensors, strict=True):
            saved[place] = tensor
        nested = tree_unflatten(list(grads), ctx.results)
        assert formula.backward is not None
        found = formula.backward(object(), tree_unflatten(saved, ctx.spec), *(nested if isinstance(nested, tuple) else (nested,)))
        return (None, *formula.flat_gradients(found, ctx.kinds))


# -- declaring -----------------------------------------------------------------------------------------------------------
def define(qualname: Any, schema: str, *, lib: Any = None, tags: Any = ()) -> Any:
    """Declare the operator ``namespace::name``, whose kernels `impl` gives.

    Parameters
    ----------
    qualname : str
        ``namespace::name``. Programs of old give a `Library` and then a schema with a name, and decorate the kernel.
    schema : str
        Its arguments and results, ``"(Tensor x, float by=1.0) -> Tensor"``.
    lib : Library, optional
        When that is destroyed, the operator is gone.
    tags : object, optional
        What PyTorch's compiler is to know; kept as ``op.tags``.

    Raises
    ------
    UsageError
        If the name has no namespace, or the schema cannot be read.

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
    if isinstance(qualname, Library):
        name = qualname.define(schema)
        return lambda kernel: impl(name, "default", kernel)
    namespace, _, own = qualname.partition("::")
    if not (namespace and own):
        raise UsageError(f"define: qualname: expected 'namespace::name', got {qualname!r}")
    if not schema.lstrip().startswith("("):
        raise UsageError(f"define: {qualname}: expected schema to look like '(Tensor x) -> Tensor', got {schema!r}")
    put(Declared(qualname, parsed(own + schema), tags), lib)
    return None


def put(made: Declared, lib: Library | None) -> None:
    """Let a declared operator be found."""
    DEFINED[made.name] = made
    ops.put(made.name, made)
    if lib is not None:
        lib.names.append(made.name)


def impl(qualname: Any, types: Any, func: Any = None, *, lib: Any = None) -> Any:
    """Let `func` compute an operator that `define` has declared. A decorator if it is left out.

    Parameters
    ----------
    qualname : str or CustomOpDef
        Which. Programs of old give a `Library`, and then its name and the key.
    types : str or sequence of str
        Devices, or PyTorch's dispatch keys. Those of the CPU compute; a ``"CompositeImplicitAutograd"`` is recorded operator by
        operator; others are taken note of.
    func : callable
        Gets tensors.
    lib : Library, optional
        Taken for PyTorch's sake.

    Raises
    ------
    UsageError
        If there is no such operator, or no such device or key.
    """
    if isinstance(qualname, Library):
        qualname, types, func = f"{qualname.ns}::{types}", "CPU" if func is None else func, None
    keys = key_of(types)
    unknown = [key for key in keys if key not in KEYS]
    if unknown:
        raise UsageError(f"impl: types: Expected one of cpu, cuda, default or a dispatch key, got {unknown[0]!r}")
    if func is None:
        return lambda func: impl(qualname, types, func, lib=lib)
    op = find(qualname)
    if not isinstance(op, Declared):
        raise UsageError(f"impl: {op.name} was made by custom_op, which has given it what computes it")
    op.kernels.update(dict.fromkeys(keys, func))
    return func


def note_fake(op: CustomOpDef, override: bool) -> None:
    """Note that the shapes of its results are known to compilers, of which there is none here."""
    if not isinstance(op, Declared):
        return
    if "Meta" in op.kernels:
        raise UsageError(f"register_fake: {op.name} already has a kernel, its Meta implementation")
    if "CompositeImplicitAutograd" in op.kernels:
        raise UsageError(f"register_fake: {op.name} is made of other operators, by a CompositeImplicitAutograd kernel")
    if op.fake is not None and not override:
        raise UsageError(f"register_fake: {op.name} already has an fake impl, registered at {op.fake}")
    op.fake = str(caller_origin())


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
        found = parsed(schema)
        put(Declared(f"{self.ns}::{found.name}", found, tags), self)
        return f"{self.ns}::{found.name}"

    def impl(
        self,
        op_name: Any,
        fn: Callable[..., Any],
        dispatch_key: str = "",
        *,
        with_keyset: bool = False,
        allow_override: bool = False,
    ) -> None:
        """Let `fn` compute an operator; see `torch.library.impl`.

        Raises
        ------
        UsageError
            If it has a kernel for that key, and `allow_override` is not set.
        """
        name = op_name if isinstance(op_name, str) else op_name._name.replace(".", "::", 1).removesuffix(".default")
        name = name if "::" in name else f"{self.ns}::{name}"
        key = dispatch_key or self.dispatch_key or "default"
        op = find(name)
        if isinstance(op, Declared) and not allow_override and set(key_of(key)) & set(op.kernels):
            raise UsageError(f"impl: {name}: there is already a kernel registered for {key}; see allow_override=")
        impl(name, key, fn)

    def _destroy(self) -> None:
        """The operators that it has declared are gone."""
        for name in self.names:
            if DEFINED.pop(name, None) is not None:
                ops.take(name)
        self.names.clear()


@contextlib.contextmanager
def _scoped_library(ns: str, kind: str) -> Iterator[Library]:
    """Operators that are defined inside in the namespace `ns` are gone afterwards."""
    before = set(DEFINED)
    try:
        yield Library(ns, kind)
    finally:
        for name in [n for n in DEFINED if n not in before and n.startswith(f"{ns}::")]:
            del DEFINED[name]
            ops.take(name)
