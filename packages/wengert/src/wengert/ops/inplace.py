"""Writing in place: the in-place forms of operators, and what only writes: copies, fills, ``x[key] = value``.

Every form here follows PyTorch's rules, see `wengert.autograd.views`: a write is recorded where a gradient is involved, counted
always, and seen by every tensor that shares the memory. The result keeps the shape and the dtype of the tensor written to.
"""

from __future__ import annotations

import functools
import math
import warnings
from collections.abc import Callable
from typing import Any

from ..arrays.adapter import NUMBERS, Adapter, adapter_of, is_array
from ..arrays.keys import backwards
from ..arrays.shapes import sums_to
from ..autograd.tensor import TENSORS
from ..errors import InPlaceError, OperandError
from ..op import Operator, batching, operator, operator_of, public_function, rule
from ..op_batching import Batch, deeper
from ..op_inplace import InPlace
from ..op_inplace_source import writing_function
from ..op_source import SYNTAX
from . import comparison, elementwise, random, rounding, transcendental
from .batched_keys import physical_key
from .complex import is_complex
from .creation import zeros_like
from .indexing import getitem, is_basic, raw_key, reordered, scatter
from .manipulation import broadcast_to, reshape
from .nn import activation
from .select import masked, select

__all__: list[str] = []  # nothing here is a public function


# -- what only writes --------------------------------------------------------------------------------------------------
def _replaces(function: Any) -> None:
    """Declare that nothing of `x` is left, so that its gradient is 0."""
    rule(function, "x")(lambda g: zeros_like(g))  # noqa: PLW0108  (rules are told apart by their parameters)


@operator(name="copy_into", label="CopyBackwards", replaces=True)
def _copied(x: Any, source: Any, /) -> Any:
    adapter = adapter_of(x)
    return _assign(adapter, adapter.copy(x), (x, source), ())


@operator(name="fill_with", node="Fill", replaces=True)
def _filled(x: Any, value: Any, /) -> Any:
    return adapter_of(x).assign(adapter_of(x).copy(x), value)


@operator(name="set_to_zero", node="Zero", replaces=True)
def _zeroed(x: Any, /) -> Any:
    return zeros_like(x)


@operator(name="draw_normal", node="Normal", replaces=True)
def _normal(x: Any, drawn: Any, /) -> Any:
    return _assign(adapter_of(x), adapter_of(x).copy(x), (x, drawn), ())


@operator(name="draw_uniform", node="Uniform", replaces=True)
def _uniform(x: Any, drawn: Any, /) -> Any:
    return _assign(adapter_of(x), adapter_of(x).copy(x), (x, drawn), ())


for _function in (_copied, _filled, _zeroed, _normal, _uniform):
    _replaces(_function)


def _written_to(batch: Batch, x: Any, **others: Any) -> Any:
    """The batching rule: what is written broadcasts to the target, of which then every sample has one."""
    x = batch.whole("x", x)
    return batch.call(x=x, **{n: deeper(v, len(x.shape) - 1) if batch.has(n) else v for n, v in others.items()})


for _function in (_copied, _filled, _zeroed, _normal, _uniform):
    batching(_function)(_written_to)


@rule(_copied, "source")
def _(g: Any) -> Any:
    return g  # summed to the shape of the source and cast to its dtype, as every gradient is


@rule(_filled, "value")
def _(g: Any) -> Any:
    return g


def _assign(adapter: Adapter, target: Any, operands: tuple[Any, ...], _: Any) -> Any:
    value = operands[1]
    if value.shape != target.shape and not sums_to(target.shape, tuple(value.shape)):
        raise InPlaceError(f"cannot write values of shape {tuple(value.shape)} into a tensor of shape {tuple(target.shape)}")
    return adapter.assign(target, value)


_COPY = InPlace(operator_of(_copied), "copy_", _assign)
_FILL = InPlace(operator_of(_filled), "fill_", lambda adapter, target, operands, _: adapter.assign(target, operands[1]))
_FILL_ALL = InPlace(
    operator_of(_filled), "fill_", lambda adapter, target, operands, _: adapter.fill(target, operands[1])
)
_ZERO = InPlace(operator_of(_zeroed), "zero_", lambda adapter, target, *_: adapter.fill(target, 0))
_NORMAL = InPlace(operator_of(_normal), "normal_", _assign)
_UNIFORM = InPlace(operator_of(_uniform), "uniform_", _assign)


def copy_(self: Any, src: Any, non_blocking: bool = False) -> Any:  # noqa: ARG001  (PyTorch's signature)
    """Write the values of `src`, broadcast and cast, into this tensor. The gradient goes to `src`; to what was there, 0.

    Examples
    --------
    >>> import wengert as wg
    >>> x = wg.tensor([1.0, 2.0], requires_grad=True)
    >>> wg.zeros((2, 2)).copy_(x).sum().backward()
    >>> x.grad.tolist()
    [2.0, 2.0]
    """
    if type(src) not in TENSORS and not is_array(src):
        raise OperandError(f"copy_: src must be a tensor or an array, got {type(src).__name__}")
    return _COPY.function(self, src)


def copied(source: Any) -> Any:
    """A copy of a tensor as PyTorch records that of a gradient: as written over something else."""
    return _copied(source._adapter.zeros(source._shape, source._dtype, source._array), source)


def fill_(self: Any, value: Any) -> Any:
    """Write one number, or the one of a 0-d tensor, to every element."""
    if len(getattr(value, "shape", ())):
        raise InPlaceError(f"fill_: value must be a number or a 0-d tensor, got one of shape {tuple(value.shape)}")
    # As in PyTorch: a number may also fill a tensor several of whose elements are one place in memory.
    return (_FILL_ALL if type(value) in NUMBERS else _FILL).function(self, value)


def zero_(self: Any) -> Any:
    """Write zeros."""
    return _ZERO.function(self)


def normal_(self: Any, mean: float = 0.0, std: float = 1.0, *, generator: Any = None) -> Any:
    """Write draws from a normal distribution."""
    drawn = random.normal(self._shape, generator=generator)._array
    return _NORMAL(self, mean + std * drawn)


def uniform_(self: Any, low: float = 0.0, high: float = 1.0, *, generator: Any = None) -> Any:
    """Write draws from a uniform distribution between two bounds."""
    drawn = random.uniform(self._shape, generator=generator)._array
    return _UNIFORM(self, low + (high - low) * drawn)


def drawn(self: Any, values: Any) -> Any:
    """Write `values`, an array that depends on nothing."""
    return _UNIFORM(self, values)


# -- by mask -----------------------------------------------------------------------------------------------------------
@operator(name="fill_masked", node="MaskedFill")
def _masked_filled(x: Any, mask: Any, value: Any, /) -> Any:
    return select(mask, value, x)


@rule(_masked_filled, "x")
def _(g: Any, mask: Any) -> Any:
    return select(mask, 0, g)


@rule(_masked_filled, "value")
def _(g: Any, mask: Any) -> Any:
    return masked(mask, g)


batching(_masked_filled)(_written_to)


def _fill_masked(adapter: Adapter, target: Any, operands: tuple[Any, ...], _: Any) -> Any:
    x, mask, value = operands
    if adapter.overlaps(target):
        _warn_of_overlap("masked_fill_", 5)
        return adapter.put(target, adapter.broadcast_to(mask, target.shape), value)
    return adapter.assign(target, adapter.fitting(adapter.normalise(select(mask, value, x)), target, "masked_fill_"))


def _warn_of_overlap(what: str, depth: int) -> None:
    warnings.warn(
        f"Use of {what} on expanded tensors is deprecated: several of their elements are one place in memory, and no gradient "
        "can be computed through the write. clone() the tensor before",
        UserWarning,
        stacklevel=depth,
    )


_MASKED_FILL = InPlace(operator_of(_masked_filled), "masked_fill_", _fill_masked)


def masked_fill_(self: Any, mask: Any, value: Any) -> Any:
    """Write one number, or the one of a 0-d tensor, where `mask` is true.

    Examples
    --------
    >>> import wengert as wg
    >>> x = wg.tensor([1.0, 2.0, 3.0])
    >>> x.masked_fill_(x > 1.5, 0.0)
    tensor([1., 0., 0.])
    """
    if self._adapter.kind(raw_key(mask).dtype) != "b":
        raise InPlaceError(f"masked_fill_: mask must be of dtype bool, got {mask.dtype}")
    if len(getattr(value, "shape", ())):
        raise InPlaceError(f"masked_fill_: value must be a number or a 0-d tensor, got one of shape {tuple(value.shape)}")
    return _MASKED_FILL.function(self, mask, value)


def masked_scatter_(self: Any, mask: Any, source: Any) -> Any:
    """Write the elements of `source`, in row-major order, to the places where `mask` is true."""
    raw = raw_key(mask)
    self._adapter.writable(self._array)
    places = self._adapter.broadcast_to(raw, self._shape)
    count = int(places.sum())
    size = math.prod(source.shape)
    if count > size:
        raise InPlaceError(f"masked_scatter_: mask is true {count} times, and source has only {size} element(s)")
    return _put(self, places, reshape(source, (-1,))[:count])


# -- x[key] = value ----------------------------------------------------------------------------------------------------
@operator(name="index_put", operands=("x", "value"), releases=True)
def index_put(x: Any, value: Any, /, key: Any) -> Any:
    """`x` with `value` at the places that `key` names, in new memory.

    Where `key` names a place several times, one of the values is there afterwards, and all of them get its gradient.
    """
    adapter = adapter_of(x)
    return adapter.put(adapter.copy(x), key, value)


@rule(index_put, "x")
def _(g: Any, key: Any) -> Any:
    return index_put(g, 0, key)


@rule(index_put, "value")
def _(g: Any, key: Any) -> Any:
    return getitem(g, key)


@batching(index_put)
def _(batch: Batch, x: Any, value: Any, key: Any) -> Any:
    x = batch.whole("x", x)
    places, order = physical_key(batch, key, len(x.shape) - 1, True)
    if is_array(value):
        selected = getitem(x, places)
        shape = tuple(selected.shape) if order is None else tuple(selected.shape[axis] for axis in order)
        value = broadcast_to(deeper(value, len(shape) - 1) if batch.has("value") else value, shape)
        value = reordered(value, order)
    return batch.call(x=x, value=value, key=places)


def _put_into(adapter: Adapter, target: Any, operands: tuple[Any, ...], statics: tuple[Any, ...]) -> Any:
    if adapter.overlaps(target):
        _warn_of_overlap("index_put_", 6)
    return adapter.put(target, statics[0], operands[1])


_PUT = InPlace(operator_of(index_put), "index_put_", _put_into)


def _put(target: Any, key: Any, value: Any) -> Any:
    return _PUT.function(target, value, key)


def setitem(self: Any, key: Any, value: Any, /) -> None:
    """``x[key] = value`` for every key that NumPy takes, and Tensors of integers or booleans in it."""
    if type(key) is not slice and type(key) is not int:
        key = raw_key(key, self)
    kind: Any = type(value)
    if kind not in TENSORS and kind not in NUMBERS and not is_array(value):
        value, kind = self._adapter.asarray(value), None
    if not is_basic(key) or not (self._adapter.views_every_key or (self._adapter.mutable and not backwards(key))):
        _put(self, key, value)
        return
    target = self if key is Ellipsis or key == slice(None) else getitem(self, key)
    shape = () if kind in NUMBERS else value.shape
    if not shape:
        _FILL.function(target, value)
        return
    surplus = len(shape) - len(target._shape)
    if surplus > 0 and all(n == 1 for n in shape[:surplus]):
        value = reshape(value, tuple(shape[surplus:]))
    _COPY.function(target, value)


def index_put_(self: Any, indices: Any, values: Any, accumulate: bool = False) -> Any:
    """Write `values` at `indices`, a tuple of index tensors, one for each leading axis; or add them there.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.zeros(3).index_put_((wg.tensor([0, 2]),), wg.tensor([1.0, 2.0]))
    tensor([1., 0., 2.])
    """
    key = raw_key(tuple(indices), self)
    if accumulate:
        return self.add_(scatter(values, self._shape, key))
    return _put(self, key, values)


#: What methods call their operands.
_PARAMETERS = ("self", "other")


# -- of operators ------------------------------------------------------------------------------------------------------
def _in_place(function: Any, name: str, node: str) -> Callable[..., Any]:
    """The method `name`: the in-place form of an elementwise operator. Without a rule, what was there has gradient 0."""
    op: Operator = function.operator
    form = functools.cache(lambda: InPlace(op if op.rules else _with_zeros(op, node), name))
    if op.rules:
        form()  # of the many operators without rules few are ever written in place, so their forms can wait
    method: Any = writing_function(name, form, _PARAMETERS)
    method.__doc__ = f"The result of `wengert.{op.name}`, written into this tensor."
    method.form = form
    return method


@functools.cache
def _with_zeros(plain: Operator, node: str) -> Operator:
    """The same operator with a derivative of 0, which a comparison has only where a tensor of floats is to hold the result."""
    options: dict[str, Any] = {"signature": plain.signature, "elementwise": True, "table": plain.table}
    op = Operator(f"{plain.name}_in_place", plain.forward, node=node, **options)
    op.add_rule(op.operands[0], lambda g: zeros_like(g))  # noqa: PLW0108
    public_function(op, None, None)
    return op


def _syntax(method: Any, name: str) -> Callable[..., Any]:
    """The method for ``x += y`` and its like, which leaves unknown operands to the operator that is not in place."""
    syntax: Any = writing_function(name, method.form, _PARAMETERS, leaves_unknown=True)
    syntax.__doc__ = method.__doc__
    return syntax


_CLIP_TO_NUMBERS = InPlace(operator_of(rounding.clip), "clip_")
_CLIP_TO_ARRAYS = InPlace(operator_of(rounding.clip_to_arrays), "clip_")
_NAN_TO_NUM = InPlace(operator_of(rounding.nan_to_num), "nan_to_num_")


def clip_(self: Any, min: Any = None, max: Any = None) -> Any:
    """Raise what is below `min` to it, lower what is above `max` to it."""
    if min is None and max is None:
        raise InPlaceError("clip_: at least one of min and max must be given")
    if all(bound is None or type(bound) in NUMBERS for bound in (min, max)):
        return _CLIP_TO_NUMBERS.function(self, min, max)
    return _CLIP_TO_ARRAYS.function(self, min, max)


def nan_to_num_(self: Any, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None) -> Any:
    """Replace NaN and infinities by numbers."""
    return _NAN_TO_NUM.function(self, nan, posinf, neginf)


_abs = _in_place(elementwise.abs, "abs_", "Abs")


def abs_(self: Any) -> Any:
    """The result of `wengert.abs`, written into this tensor, which must be real."""
    if is_complex(self):
        raise InPlaceError("abs_: the absolute values of a complex tensor are real; write out of place")
    return _abs(self)


# -- the table ---------------------------------------------------------------------------------------------------------
e, t, r, c, a = elementwise, transcendental, rounding, comparison, activation

#: In-place forms of elementwise operators, by PyTorch's names for them.
_FORMS: dict[str, tuple[Any, str]] = {
    "add_": (e.add, "Add"),
    "sub_": (e.subtract, "Sub"),
    "mul_": (e.multiply, "Mul"),
    "div_": (e.divide, "Div"),
    "pow_": (e.pow, "Pow"),
    "floor_divide_": (r.floor_divide, "FloorDivide"),
    "remainder_": (r.remainder, "Remainder"),
    "atan2_": (t.atan2, "Atan2"),
    "hypot_": (t.hypot, "Hypot"),
    "copysign_": (r.copysign, "Copysign"),
    "nextafter_": (r.nextafter, "Nextafter"),
    "eq_": (c.equal, "Eq"),
    "ne_": (c.not_equal, "Ne"),
    "lt_": (c.less, "Lt"),
    "le_": (c.less_equal, "Le"),
    "gt_": (c.greater, "Gt"),
    "ge_": (c.greater_equal, "Ge"),
    "logical_and_": (c.logical_and, "LogicalAnd"),
    "logical_or_": (c.logical_or, "LogicalOr"),
    "logical_xor_": (c.logical_xor, "LogicalXor"),
    "logical_not_": (c.logical_not, "LogicalNot"),
    "bitwise_and_": (c.bitwise_and, "BitwiseAnd"),
    "bitwise_or_": (c.bitwise_or, "BitwiseOr"),
    "bitwise_xor_": (c.bitwise_xor, "BitwiseXor"),
    "bitwise_not_": (c.bitwise_invert, "BitwiseNot"),
    "bitwise_left_shift_": (c.bitwise_left_shift, "BitwiseLeftShift"),
    "bitwise_right_shift_": (c.bitwise_right_shift, "BitwiseRightShift"),
    "neg_": (e.negative, "Neg"),
    "reciprocal_": (e.reciprocal, "Reciprocal"),
    "sign_": (e.sign, "Sign"),
    "square_": (e.square, "Pow"),
    "sqrt_": (t.sqrt, "Sqrt"),
    "rsqrt_": (t.rsqrt, "Rsqrt"),
    "exp_": (t.exp, "Exp"),
    "exp2_": (t.exp2, "Exp2"),
    "expm1_": (t.expm1, "Expm1"),
    "log_": (t.log, "Log"),
    "log1p_": (t.log1p, "Log1p"),
    "log2_": (t.log2, "Log2"),
    "log10_": (t.log10, "Log10"),
    "sin_": (t.sin, "Sin"),
    "cos_": (t.cos, "Cos"),
    "tan_": (t.tan, "Tan"),
    "asin_": (t.asin, "Asin"),
    "acos_": (t.acos, "Acos"),
    "atan_": (t.atan, "Atan"),
    "sinh_": (t.sinh, "Sinh"),
    "cosh_": (t.cosh, "Cosh"),
    "tanh_": (t.tanh, "Tanh"),
    "asinh_": (t.asinh, "Asinh"),
    "acosh_": (t.acosh, "Acosh"),
    "atanh_": (t.atanh, "Atanh"),
    "sinc_": (t.sinc, "Sinc"),
    "ceil_": (r.ceil, "Ceil"),
    "floor_": (r.floor, "Floor"),
    "trunc_": (r.trunc, "Trunc"),
    "round_": (r.round, "Round"),
    "relu_": (a.relu, "Relu"),
    "sigmoid_": (a.sigmoid, "Sigmoid"),
}

#: Other names that PyTorch has for the same.
_ALIASES = {
    "absolute_": "abs_",
    "arccos_": "acos_",
    "arccosh_": "acosh_",
    "arcsin_": "asin_",
    "arcsinh_": "asinh_",
    "arctan_": "atan_",
    "arctan2_": "atan2_",
    "arctanh_": "atanh_",
    "clamp_": "clip_",
    "divide_": "div_",
    "greater_": "gt_",
    "greater_equal_": "ge_",
    "less_": "lt_",
    "less_equal_": "le_",
    "multiply_": "mul_",
    "negative_": "neg_",
    "not_equal_": "ne_",
    "subtract_": "sub_",
    "true_divide_": "div_",
}

#: The syntax of each binary form.
_SYNTAX = {
    "__iadd__": "add_",
    "__isub__": "sub_",
    "__imul__": "mul_",
    "__itruediv__": "div_",
    "__ifloordiv__": "floor_divide_",
    "__imod__": "remainder_",
    "__ipow__": "pow_",
    "__iand__": "bitwise_and_",
    "__ior__": "bitwise_or_",
    "__ixor__": "bitwise_xor_",
    "__ilshift__": "bitwise_left_shift_",
    "__irshift__": "bitwise_right_shift_",
}

_WRITTEN = (
    *(abs_, clip_, copy_, fill_, index_put_, masked_fill_, masked_scatter_, nan_to_num_, normal_, uniform_, zero_),
)


@functools.cache
def in_place_methods() -> dict[str, Any]:
    """Every in-place method of `Tensor` by name."""
    methods: dict[str, Any] = {name: _in_place(function, name, node) for name, (function, node) in _FORMS.items()}
    methods |= {function.__name__: function for function in _WRITTEN}
    methods |= {alias: methods[name] for alias, name in _ALIASES.items()}
    methods |= {syntax: _syntax(methods[name], syntax) for syntax, name in _SYNTAX.items()}
    for syntax in _SYNTAX:
        methods[syntax].__signature__ = SYNTAX
    return {**methods, "__setitem__": setitem}
