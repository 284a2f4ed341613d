"""Calls of NumPy that are made with arrays and with Tensors, by name: a function and the operands to make it with.

Operands are drawn for a shape: ``A(2, 3)`` of any sign, ``P(2, 3)`` between a half and one and a half.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from wengert.numpy_protocols.ufuncs import CALLS
from wengert.ops.quantiles import PLACES

_rng = np.random.default_rng(20)


def A(*shape: int) -> Any:
    return _rng.normal(size=shape)


def P(*shape: int) -> Any:
    return _rng.uniform(0.5, 1.5, size=shape)


class Call(NamedTuple):
    """One call and its operands."""

    name: str
    function: Callable[..., Any]
    operands: tuple[Any, ...]


#: Operands of ufuncs that cannot take any.
_UFUNC_OPERANDS: dict[str, Callable[[], tuple[Any, ...]]] = {
    "matmul": lambda: (A(2, 3), A(3, 2)),
    "vecdot": lambda: (A(2, 3), A(2, 3)),
    "matvec": lambda: (A(2, 3), A(3)),
    "vecmat": lambda: (A(2), A(2, 3)),
    "arccosh": lambda: (P(3) + 1,),
    "arcsin": lambda: (P(3) / 2,),
    "arccos": lambda: (P(3) / 2,),
    "arctanh": lambda: (P(3) / 2,),
}


def _ufuncs() -> list[Call]:
    found = []
    for ufunc in CALLS:
        name = ufunc.__name__
        if name not in ("ldexp", "frexp", "nextafter"):  # below, or without a derivative
            default = (P(3),) if ufunc.nin == 1 else (P(3), P(3) + 1)
            found.append(Call(name, ufunc, _UFUNC_OPERANDS[name]() if name in _UFUNC_OPERANDS else default))
    return found


def _of(names: str, *operands: Any, **options: Any) -> list[Call]:
    """The same call of several functions of NumPy."""
    text = ", ".join(f"{k}={v}" for k, v in options.items())

    def bound(function: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *args: function(*args, **options)

    return [Call(f"{n}({text})" if text else n, bound(_named(n)), operands) for n in names.split()]


def _named(name: str) -> Callable[..., Any]:
    module: Any = np
    for part in name.split("."):
        module = getattr(module, part)
    return module


def _joined(function: Callable[..., Any], *operands: Any) -> Call:
    return Call(f"{function.__name__}-{operands[0].ndim}d", lambda *args: function(list(args)), operands)


def _calls(**functions: tuple[Any, ...]) -> list[Call]:
    return [Call(name, function, operands) for name, (function, *operands) in functions.items()]


METHODS = _calls(
    ldexp=(lambda x: np.ldexp(x, 3), P(3)),
    frexp=(lambda x: np.frexp(x)[0], P(3)),
    add_reduce=(np.add.reduce, A(4, 3)),
    multiply_reduce=(lambda x: np.multiply.reduce(x, axis=1, keepdims=True), A(4, 3)),
    subtract_reduce=(np.subtract.reduce, A(4, 3)),
    logaddexp_reduce=(lambda x: np.logaddexp.reduce(x, axis=1), A(4, 3)),
    add_accumulate=(np.add.accumulate, A(4, 3)),
    maximum_accumulate=(lambda x: np.maximum.accumulate(x, axis=1), A(4, 3)),
    multiply_outer=(np.multiply.outer, A(3), A(2, 2)),
    add_reduceat=(lambda x: np.add.reduceat(x, [0, 2, 1]), A(4, 3)),
    where_and_out=(lambda x: np.add(x, 1, where=x > 0, out=np.zeros_like(x) + 0 * x), A(4, 3)),
    sum_where=(lambda x: np.sum(x, axis=0, where=np.array([True, False, True]), initial=2.0), A(4, 3)),
    dtype=(lambda x: np.add(x, 1, dtype="float64"), A(3)),
)

REDUCTIONS = [
    *_of(
        "sum prod mean var std ptp max min amax median nansum nanprod nanmax nanmin nanmean nanvar nanstd nanmedian cumsum "
        "cumprod nancumsum nancumprod diff cov corrcoef sort average ediff1d",
        A(4, 3),
    ),
    *_of(
        "sum prod mean var std ptp max min median nansum nanmax nanmean nanvar nanstd nanmedian cumsum cumprod diff",
        A(4, 3),
        axis=1,
    ),
    *_of("sum mean var std max median nanmean nanmedian average", A(4, 3), axis=0, keepdims=True),
    *_of("var std", A(4, 3), axis=0, ddof=1),
    *_of("var std mean sum", A(4, 3) + 1j * A(4, 3), axis=0),
    *(Call(f"quantile-{m}", lambda x, m=m: np.quantile(x, [0.1, 0.5, 0.93], axis=0, method=m), (A(7, 2),)) for m in PLACES),
    *_calls(
        percentile=(lambda x: np.percentile(x, 30), A(4, 3)),
        quantile_keepdims=(lambda x: np.quantile(x, [0.2, 0.3], axis=1, keepdims=True), A(4, 3)),
        nanquantile=(lambda x: np.nanquantile(x, 0.3, axis=1), A(4, 3)),
        nanpercentile=(lambda x: np.nanpercentile(x, [20, 30], axis=0), A(4, 3)),
        average_weights=(lambda x, w: np.average(x, axis=0, weights=w), A(4, 3), P(4)),
        average_returned=(lambda x, w: np.average(x, weights=w, returned=True)[1], A(4, 3), P(4, 3)),
        cov_aweights=(lambda x, w: np.cov(x, rowvar=False, aweights=w), A(4, 3), P(4)),
        cov_fweights=(lambda x: np.cov(x.T, fweights=[1, 2, 1, 3]), A(4, 3)),
        cov_two=(lambda x, y: np.cov(x, y, bias=True), A(2, 5), A(5)),
        nan_with_nans=(lambda x: np.nansum(np.where([True, False, True], x, np.nan), axis=1), A(4, 3)),
        nanvar_with_nans=(lambda x: np.nanvar(np.where([True, False, True], x, np.nan), axis=1, ddof=1), A(4, 3)),
    ),
]

SHAPES = [
    *_of("ravel transpose atleast_1d atleast_2d atleast_3d flip fliplr flipud rot90 copy unwrap diag diagonal trace", A(4, 3)),
    *_of("tril triu diagflat squeeze matrix_transpose", A(4, 3)),
    *(Call(f"rot90-{k}", lambda x, k=k: np.rot90(x, k), (A(4, 3),)) for k in range(4)),
    *(
        Call(f"pad-{m}", lambda x, m=m: np.pad(x, ((1, 1), (0, 2)), mode=m), (A(4, 3),))
        for m in ("constant", "edge", "reflect", "wrap")
    ),
    Call("pad-constants", lambda x: np.pad(x, ((1, 1), (0, 2)), constant_values=((1.0, 2.0), (3.0, 4.0))), (A(4, 3),)),
    *(_joined(f, A(4, 3), A(4, 3)) for f in (np.concatenate, np.stack, np.hstack, np.vstack)),
    *(_joined(f, A(3), A(3)) for f in (np.hstack, np.vstack, np.dstack, np.column_stack)),
    *_calls(
        reshape_fortran=(lambda x: np.reshape(x, (2, -1), order="F"), A(4, 3)),
        ravel_fortran=(lambda x: np.ravel(x, "F"), A(4, 3)),
        transpose_axes=(lambda x: np.transpose(x, (2, 0, 1)), A(2, 3, 4)),
        rollaxis=(lambda x: np.rollaxis(x, 2), A(2, 3, 4)),
        rollaxis_to_the_end=(lambda x: np.rollaxis(x, 0, 3), A(2, 3, 4)),
        moveaxis=(lambda x: np.moveaxis(x, 0, -1), A(2, 3, 4)),
        swapaxes=(lambda x: np.swapaxes(x, 0, 2), A(2, 3, 4)),
        expand_dims=(lambda x: np.expand_dims(x, 1), A(4, 3)),
        broadcast_to=(lambda x: np.broadcast_to(x, (2, 4, 3)), A(4, 3)),
        broadcast_arrays=(lambda x, y: np.broadcast_arrays(x, y)[1], A(4, 3), A(3)),
        meshgrid=(lambda a, b: np.meshgrid(a, b)[0], A(3), A(2)),
        meshgrid_sparse=(lambda a, b: np.meshgrid(a, b, sparse=True)[1], A(3), A(2)),
        roll=(lambda x: np.roll(x, 2, axis=1), A(4, 3)),
        roll_flat=(lambda x: np.roll(x, 2), A(4, 3)),
        resize=(lambda x: np.resize(x, (5, 4)), A(4, 3)),
        repeat=(lambda x: np.repeat(x, 2, axis=1), A(4, 3)),
        tile=(lambda x: np.tile(x, (2, 1)), A(4, 3)),
        concatenate_flat=(lambda a, b: np.concatenate([a, b], axis=None), A(4, 3), A(2)),
        append=(np.append, A(4, 3), A(2)),
        block=(lambda a, b: np.block([[a, b], [b, a]]), A(2, 2), A(2, 2)),
        block_row=(lambda a, b: np.block([a, b]), A(2), A(3)),
        split=(lambda x: np.split(x, 2)[1], A(4, 3)),
        array_split=(lambda x: np.array_split(x, 3)[0], A(4, 3)),
        hsplit=(lambda x: np.hsplit(x, [1])[1], A(4, 3)),
        vsplit=(lambda x: np.vsplit(x, 2)[0], A(4, 3)),
        dsplit=(lambda x: np.dsplit(x, 2)[0], A(2, 2, 4)),
        apply_along_axis=(lambda x: np.apply_along_axis(np.sum, 0, x), A(4, 3)),
        apply_along_axis_rows=(lambda x: np.apply_along_axis(np.cumsum, 1, x), A(4, 3)),
        apply_over_axes=(lambda x: np.apply_over_axes(np.sum, x, [0]), A(4, 3)),
    ),
]

PARTS = _calls(
    take=(lambda x: np.take(x, [1, 1, 2], axis=0), A(4, 3)),
    take_flat=(lambda x: np.take(x, [[1, 1], [2, 0]]), A(4, 3)),
    take_wrap=(lambda x: np.take(x, [7, -9], mode="wrap"), A(4, 3)),
    take_along_axis=(lambda x: np.take_along_axis(x, np.argsort(x, axis=1), axis=1), A(4, 3)),
    diag_of_vector=(np.diag, A(3)),
    diag_below=(lambda x: np.diag(x, -1), A(3)),
    diagonal_above=(lambda x: np.diagonal(x, 1), A(4, 3)),
    compress=(lambda x: np.compress([True, False, True], x, axis=0), A(4, 3)),
    extract=(lambda x: np.extract(x > 0, x), A(4, 3)),
    choose=(lambda a, b: np.choose([0, 1, 0], [a, b]), A(3), A(3)),
    select=(lambda x: np.select([x > 1, x > 0], [x * 2, x**2], -1), A(4, 3)),
    piecewise=(lambda x: np.piecewise(x, [x < 0, x >= 0], [lambda v: -v * v, 3.0]), A(4, 3)),
    where=(lambda a, b: np.where(a > 0, a, b), A(4, 3), A(3)),
    delete=(lambda x: np.delete(x, 1, axis=0), A(4, 3)),
    insert_row=(lambda x, v: np.insert(x, 1, v, axis=0), A(4, 3), A(3)),
    insert_number=(lambda x: np.insert(x, [1, 2], 5.0, axis=1), A(4, 3)),
    insert_several=(lambda x, v: np.insert(x, 2, v), A(4), A(3)),
    insert_rows=(lambda x, v: np.insert(x, [0, 2], v, axis=0), A(4, 3), A(2, 3)),
    unique=(np.unique, A(4)),
)

NUMBERS = [
    *(
        Call(f"{f.__name__}-{m}-{a}-{b}", lambda x, y, f=f, m=m: f(x, y, m), (A(a), A(b)))
        for f in (np.convolve, np.correlate)
        for m in ("full", "same", "valid")
        for a, b in ((5, 3), (3, 5), (5, 1), (6, 2))
    ),
    *_of("polyadd polysub polymul", A(3), A(4)),
    *_of("polyder polyint poly vander angle real sinc nan_to_num", A(4)),
    *_of("vdot", A(4, 3), A(4, 3)),
    *_of("kron", A(2, 3), A(2, 2)),
    *_of("cross", A(2, 3), A(2, 3)),
    *_calls(
        dot=(np.dot, A(4, 3), A(3, 2)),
        dot_vectors=(np.dot, A(3), A(3)),
        dot_stacks=(np.dot, A(2, 3, 4), A(2, 4, 3)),
        dot_stack_vector=(np.dot, A(2, 3, 4), A(4)),
        inner=(np.inner, A(4, 3), A(2, 3)),
        outer=(np.outer, A(3), A(2)),
        tensordot=(lambda a, b: np.tensordot(a, b, axes=(1, 1)), A(4, 3), A(2, 3)),
        einsum=(lambda a, b: np.einsum("ij,kj->ik", a, b), A(4, 3), A(2, 3)),
        polyval=(np.polyval, A(3), A(4)),
        interp=(lambda x, fp: np.interp(x, [0.0, 1, 2, 3], fp), np.array([-1.0, 0.2, 0.5, 1.7, 9]), A(4)),
        interp_ends=(lambda x, fp: np.interp(x, [0.0, 1, 2, 3], fp, left=-1, right=2), np.array([-1.0, 0.2, 9]), A(4)),
        interp_period=(lambda x, fp: np.interp(x, [0.5, 1, 2, 3], fp, period=4), np.array([-1.3, 0.2, 9.1]), A(4)),
        trapezoid=(np.trapezoid, A(4, 3)),
        trapezoid_places=(lambda y, x: np.trapezoid(y, x, axis=0), A(4, 3), np.sort(A(4))),
        gradient=(lambda x: np.gradient(x)[0], A(4, 3)),
        gradient_second_order=(lambda x: np.gradient(x, 2.0, axis=0, edge_order=2), A(4, 3)),
        gradient_places=(lambda x, h: np.gradient(x, h, axis=0, edge_order=2), A(4, 3), np.sort(A(4))),
        linspace=(lambda a, b: np.linspace(a, b, 5), A(2), A(2)),
        linspace_open=(lambda a, b: np.linspace(a, b, 5, endpoint=False, axis=-1), A(2), A(2)),
        logspace=(lambda a, b: np.logspace(a, b, 4), A(), A()),
        geomspace=(lambda a, b: np.geomspace(a, b, 4), P(), P()),
        clip=(lambda x: np.clip(x, -0.5, 0.5), A(4, 3)),
        clip_below=(lambda x: np.clip(x, min=0), A(4, 3)),
        rfft2=(lambda x: np.abs(np.fft.rfft2(x)), A(4, 3)),
        irfft=(lambda x: np.fft.irfft(x, n=4), A(4, 3)),
        fftshift=(np.fft.fftshift, A(4, 3)),
    ),
]

S = A(3, 3) @ np.diag([3.0, 2.0, 1.0]) + 4 * np.eye(3)

LINALG = [
    *_of("linalg.det linalg.inv linalg.svdvals linalg.norm linalg.cond linalg.pinv linalg.matrix_norm linalg.vector_norm", S),
    *_of("linalg.norm", S, ord=1, axis=(0, 1), keepdims=True),
    *_of("linalg.norm", S, axis=1),
    *_of("linalg.norm", A(2, 2, 2)),
    *_of("linalg.solve", S, A(3)),
    *_of("linalg.lstsq", A(4, 3), A(4)),
    *_of("linalg.tensorinv", A(4, 2, 2) + np.eye(4).reshape(4, 2, 2) * 3, ind=1),
    *_of("linalg.tensorsolve", A(4, 2, 2) + np.eye(4).reshape(4, 2, 2) * 3, A(4)),
    *_of("linalg.outer", A(3), A(2)),
    *_of("linalg.vecdot linalg.cross", A(2, 3), A(2, 3)),
    *_of("linalg.trace linalg.diagonal linalg.matrix_transpose", A(2, 3, 3)),
    *_calls(
        cholesky=(lambda x: np.linalg.cholesky(x @ np.swapaxes(x, -1, -2)), S),
        eigh=(lambda x: np.linalg.eigh(x + np.transpose(x))[0], S),
        eigvalsh=(lambda x: np.linalg.eigvalsh(x + np.transpose(x)), S),
        qr=(lambda x: np.linalg.qr(x)[1], A(4, 3)),
        qr_r=(lambda x: np.linalg.qr(x, mode="r"), A(4, 3)),
        slogdet=(lambda x: np.linalg.slogdet(x)[1], S),
        svd=(lambda x: np.linalg.svd(x, compute_uv=False), S),
        matrix_power=(lambda x: np.linalg.matrix_power(x, 3), S),
        multi_dot=(lambda a, b, c: np.linalg.multi_dot([a, b, c]), A(2, 3), A(3, 4), A(4)),
    ),
]

CALLS_OF_NUMPY: list[Call] = [*_ufuncs(), *LINALG, *METHODS, *REDUCTIONS, *SHAPES, *PARTS, *NUMBERS]
