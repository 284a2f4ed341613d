"""Fourier transforms of one axis and of several, all of them linear, each with its transpose.

A transform of n points is a matrix F with the entries exp(-2πi jk/n), times a factor that `norm` chooses. F is symmetric, so
the transpose of what the gradients of PyTorch's convention go through, the conjugate transpose of F, has the entries of the
inverse transform; and its factor is the one that `norm` does *not* put on it: 1 for the transform that divides by n, 1/n for the
one that does not. So the rule of each transform is another one, under the other norm. Where n is not the length of the axis the
operand is cropped or filled up with zeros first, whose transpose fills up with zeros, or crops.

Of real operands only half of the spectrum is kept, the other half being its conjugate; above `_half` stands what that means for
gradients.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..arrays.adapter import adapter_of
from ..arrays.shapes import normalize_axes, normalize_axis
from ..autograd.tensor import TENSORS
from ..errors import ArgumentError, DtypeError
from ..op import batching, operator, rule
from ..op_batch_rules import along_axis, moved_axes
from ..op_batching import Batch
from .complex import conj, is_complex
from .joining import constant_pad
from .manipulation import roll

__all__ = [
    "fft",
    "fft2",
    "fftn",
    "fftshift",
    "hfft",
    "ifft",
    "ifft2",
    "ifftn",
    "ifftshift",
    "ihfft",
    "irfft",
    "irfft2",
    "irfftn",
    "rfft",
    "rfft2",
    "rfftn",
]

Shape = tuple[int, ...]
Lengths = Sequence[int] | None

#: The norm that puts on a transform the factor that its inverse has.
OTHER = {"backward": "forward", "forward": "backward", "ortho": "ortho"}


def _checked(name: str, x: Any, n: int | None, axis: int, norm: str) -> int:
    """The axis counted from the front, after a look at the arguments."""
    if norm not in OTHER:
        raise ArgumentError(f"{name}: norm: expected 'backward', 'ortho' or 'forward', got {norm!r}")
    if n is not None and n < 1:
        raise ArgumentError(f"{name}: n: expected at least one point, got {n}")
    axis = normalize_axis(axis, len(x.shape))
    if n is None and not x.shape[axis]:
        raise ArgumentError(f"{name}: axis {axis} of x has no elements; its shape is {tuple(x.shape)}")
    return axis


def _resized(x: Any, length: int, axis: int) -> Any:
    """The first `length` elements along `axis`, with zeros in place of those that are not there."""
    have = x.shape[axis]
    if have == length:
        return x
    if have > length:
        return x[(*(slice(None),) * axis, slice(length), ...)]
    return constant_pad(x, tuple((0, length - have if a == axis else 0) for a in range(len(x.shape))), 0)


# -- one axis ----------------------------------------------------------------------------------------------------------
@operator(operands=("x",), node="FftC2C", linear=True)
def fft(x: Any, /, *, n: int | None = None, axis: int = -1, norm: str = "backward") -> Any:
    """The discrete Fourier transform along `axis`: ``Σ x[j] exp(-2πi jk/n)``.

    Parameters
    ----------
    x : Tensor or array
        Of floating or complex dtype.
    n : int, optional
        The number of points: `x` is cropped or filled up with zeros. Default: as many as there are.
    axis : int
        Default: the last.
    norm : {"backward", "ortho", "forward"}
        Which of the transform and its inverse divides by n: the inverse, both by √n, or the transform.

    Returns
    -------
    Tensor or array
        Of complex dtype, with `n` elements along `axis`.

    Notes
    -----
    The gradient is the inverse transform of g under the other norm, cropped or filled up to the length of `x`; its real part
    if `x` is real.

    Examples
    --------
    >>> import wengert as wg
    >>> x = wg.tensor([1.0, 0.0, 0.0, 0.0], requires_grad=True)
    >>> y = wg.fft.fft(x)
    >>> y.tolist()
    [(1+0j), (1+0j), (1+0j), (1+0j)]
    >>> wg.abs(y).sum().backward()
    >>> x.grad.tolist()
    [4.0, 0.0, 0.0, 0.0]
    """
    axis = _checked("fft", x, n, axis, norm)
    return adapter_of(x).function("fft.fft")(x, n=n, axis=axis, norm=norm)


@operator(operands=("x",), node="FftC2C", linear=True)
def ifft(x: Any, /, *, n: int | None = None, axis: int = -1, norm: str = "backward") -> Any:
    """The inverse of `fft`: ``1/n Σ x[k] exp(2πi jk/n)``. Parameters and result as there.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.fft.ifft(wg.fft.fft(wg.tensor([1.0, 2.0]))).real.tolist()
    [1.0, 2.0]
    """
    axis = _checked("ifft", x, n, axis, norm)
    return adapter_of(x).function("fft.ifft")(x, n=n, axis=axis, norm=norm)


@rule(fft, "x")
def _(g: Any, x_shape: Shape, axis: int, norm: str) -> Any:
    axis = normalize_axis(axis, len(x_shape))
    return _resized(ifft(g, axis=axis, norm=OTHER[norm]), x_shape[axis], axis)


@rule(ifft, "x")
def _(g: Any, x_shape: Shape, axis: int, norm: str) -> Any:
    axis = normalize_axis(axis, len(x_shape))
    return _resized(fft(g, axis=axis, norm=OTHER[norm]), x_shape[axis], axis)


@operator(operands=("x",), node="FftR2C", linear=True)
def rfft(x: Any, /, *, n: int | None = None, axis: int = -1, norm: str = "backward") -> Any:
    """The transform of a real operand, without the half of it that is the conjugate of the other.

    Parameters
    ----------
    x : Tensor or array
        Of real floating dtype.
    n, axis, norm
        As in `fft`.

    Returns
    -------
    Tensor or array
        Of complex dtype, with ``n // 2 + 1`` elements along `axis`.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.fft.rfft(wg.tensor([1.0, 0.0, 0.0, 0.0])).tolist()
    [(1+0j), (1+0j), (1+0j)]
    """
    axis = _checked("rfft", x, n, axis, norm)
    if is_complex(x):
        raise DtypeError(f"rfft: x: expected a real floating dtype, got {x.dtype}; use fft")
    return adapter_of(x).function("fft.rfft")(x, n=n, axis=axis, norm=norm)


@operator(operands=("x",), node="FftC2R", linear=True)
def irfft(x: Any, /, *, n: int | None = None, axis: int = -1, norm: str = "backward") -> Any:
    """The inverse of `rfft`: the real signal of half a spectrum.

    Parameters
    ----------
    x : Tensor or array
        Of floating or complex dtype. The imaginary parts of its first element and, for an even number of points, of the last
        are taken for zero, which they are in the spectrum of something real.
    n : int, optional
        The number of points of the *result*. Default: ``2 (m - 1)``, for m elements along `axis`.
    axis, norm
        As in `fft`.

    Returns
    -------
    Tensor or array
        Of real dtype, with `n` elements along `axis`.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.fft.irfft(wg.fft.rfft(wg.tensor([1.0, 2.0, 3.0])), n=3).tolist()
    [1.0, 2.0, 3.0]
    """
    axis = _checked("irfft", x, n, axis, norm)
    if n is None and x.shape[axis] < 2:
        raise ArgumentError(f"irfft: n: 1 element along axis {axis} leaves it open whether there are 0 points or 1; give n")
    return adapter_of(x).function("fft.irfft")(x, n=n, axis=axis, norm=norm)


# Of the half spectrum y of a real x, let w be 1 at its first element, at its last one if n is even, and 2 at all others, which
# stand for two. The gradient of x is Re Σ g[k] exp(2πi jk/n) over the half. What irfft computes of h is Re Σ w[k] h[k] exp(…), so
# it is irfft of g / w. The other way round, the gradient of h is w[k] Σ g[j] exp(-2πi jk/n), which is w times rfft of g.
def _half(g: Any, n: int, axis: int, doubled: float) -> Any:
    """`g`, half a spectrum along `axis`, with what stands for two of n elements multiplied by `doubled`."""
    array = g._array if type(g) in TENSORS else g
    adapter = adapter_of(array)
    count = n // 2 + 1
    weights = [1.0] + [doubled] * (count - 1)
    if n % 2 == 0:
        weights[-1] = 1.0
    shape = (1,) * axis + (count,) + (1,) * (len(g.shape) - axis - 1)
    made = adapter.asarray(weights, dtype=adapter.real_dtype(g.dtype), device=adapter.device(array))
    return g * adapter.function("reshape")(made, shape)


@rule(rfft, "x")
def _(g: Any, x_shape: Shape, n: int | None, axis: int, norm: str) -> Any:
    axis = normalize_axis(axis, len(x_shape))
    points = x_shape[axis] if n is None else n
    g = irfft(_half(g, points, axis, 0.5), n=points, axis=axis, norm=OTHER[norm])
    return _resized(g, x_shape[axis], axis)


@rule(irfft, "x")
def _(g: Any, x_shape: Shape, axis: int, norm: str) -> Any:
    axis = normalize_axis(axis, len(x_shape))
    g = _half(rfft(g, axis=axis, norm=OTHER[norm]), g.shape[axis], axis, 2.0)
    return _resized(g, x_shape[axis], axis)


batching(fft)(along_axis)
batching(ifft)(along_axis)
batching(rfft)(along_axis)
batching(irfft)(along_axis)


def hfft(x: Any, /, *, n: int | None = None, axis: int = -1, norm: str = "backward") -> Any:
    """The real transform of a signal of which one half is given and the other is its conjugate; parameters as in `irfft`.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.fft.hfft(wg.tensor([1.0, 1.0])).tolist()
    [2.0, 0.0]
    """
    return irfft(conj(x), n=n, axis=axis, norm=_other("hfft", norm))


def ihfft(x: Any, /, *, n: int | None = None, axis: int = -1, norm: str = "backward") -> Any:
    """The inverse of `hfft`; parameters as in `rfft`.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.fft.ihfft(wg.tensor([2.0, 0.0])).real.tolist()
    [1.0, 1.0]
    """
    return conj(rfft(x, n=n, axis=axis, norm=_other("ihfft", norm)))


def _other(name: str, norm: str) -> str:
    if norm not in OTHER:
        raise ArgumentError(f"{name}: norm: expected 'backward', 'ortho' or 'forward', got {norm!r}")
    return OTHER[norm]


# -- several axes ------------------------------------------------------------------------------------------------------
def _extents(name: str, shape: Shape, s: Lengths, axes: Lengths) -> tuple[Shape, Shape]:
    """The axes counted from the front, by default as many of the last as `s` has, and the number of points of each."""
    if axes is None:
        count = len(shape) if s is None else len(s)
        axes = tuple(range(len(shape) - count, len(shape)))
        if s is not None and count > len(shape):
            raise ArgumentError(f"{name}: s: expected at most {len(shape)} numbers for x of shape {tuple(shape)}, got {s}")
    axes = normalize_axes(tuple(axes), len(shape), "axes")
    if s is None:
        return axes, tuple(shape[a] for a in axes)
    if len(s) != len(axes):
        raise ArgumentError(f"{name}: s: expected a number for each of the axes {axes}, got {tuple(s)}")
    return axes, tuple(shape[a] if n == -1 else n for n, a in zip(s, axes, strict=True))


@operator(operands=("x",), node="FftC2C", linear=True)
def fftn(x: Any, /, *, s: Lengths = None, axes: Lengths = None, norm: str = "backward") -> Any:
    """The discrete Fourier transform along several axes.

    Parameters
    ----------
    x : Tensor or array
        Of floating or complex dtype.
    s : sequence of int, optional
        The number of points along each axis; -1 for as many as there are, which is the default.
    axes : sequence of int, optional
        Default: all, or the last ``len(s)``.
    norm : {"backward", "ortho", "forward"}
        As in `fft`, with the product of the numbers of points for n.

    Returns
    -------
    Tensor or array
        Of complex dtype.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.fft.fftn(wg.ones((2, 2))).real.tolist()
    [[4.0, 0.0], [0.0, 0.0]]
    """
    return _transformed("fftn", x, s, axes, norm)


@operator(operands=("x",), node="FftC2C", linear=True)
def ifftn(x: Any, /, *, s: Lengths = None, axes: Lengths = None, norm: str = "backward") -> Any:
    """The inverse of `fftn`; parameters as there.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.fft.ifftn(wg.tensor([[4.0, 0.0], [0.0, 0.0]])).real.tolist()
    [[1.0, 1.0], [1.0, 1.0]]
    """
    return _transformed("ifftn", x, s, axes, norm)


def _transformed(name: str, x: Any, s: Lengths, axes: Lengths, norm: str) -> Any:
    found, points = _extents(name, x.shape, s, axes)
    for axis, n in zip(found, points, strict=True):
        _checked(name, x, n, axis, norm)
    _other(name, norm)
    return adapter_of(x).function(f"fft.{name}")(x, s=points, axes=found, norm=norm)


def _back(inverse: Any, g: Any, shape: Shape, axes: Lengths, s: Lengths, norm: str) -> Any:
    found, points = _extents("fftn", shape, s, axes)
    g = inverse(g, s=points, axes=found, norm=OTHER[norm])
    for axis in found:
        g = _resized(g, shape[axis], axis)
    return g


@rule(fftn, "x")
def _(g: Any, x_shape: Shape, s: Lengths, axes: Lengths, norm: str) -> Any:
    return _back(ifftn, g, x_shape, axes, s, norm)


@rule(ifftn, "x")
def _(g: Any, x_shape: Shape, s: Lengths, axes: Lengths, norm: str) -> Any:
    return _back(fftn, g, x_shape, axes, s, norm)


def _over_several(batch: Batch, x: Any, s: Lengths, axes: Lengths, norm: str) -> Any:
    found, points = _extents(batch.op.name, batch.shape("x", x), s, axes)
    return batch.call(x=x, s=points, axes=moved_axes(found, len(x.shape) - 1), norm=norm)


batching(fftn)(_over_several)
batching(ifftn)(_over_several)


def rfftn(x: Any, /, *, s: Lengths = None, axes: Lengths = None, norm: str = "backward") -> Any:
    """The transform of a real operand along several axes, of which the last keeps half of its spectrum.

    Parameters as in `fftn`; `x` is of real floating dtype.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.fft.rfftn(wg.ones((2, 4))).shape
    (2, 3)
    """
    found, points = _extents("rfftn", tuple(x.shape), s, axes)
    if not found:
        raise ArgumentError("rfftn: axes: expected at least one")
    half = rfft(x, n=points[-1], axis=found[-1], norm=norm)
    return fftn(half, s=points[:-1], axes=found[:-1], norm=norm) if len(found) > 1 else half


def irfftn(x: Any, /, *, s: Lengths = None, axes: Lengths = None, norm: str = "backward") -> Any:
    """The inverse of `rfftn`.

    Parameters as in `fftn`; along the last axis the result has ``s[-1]`` points, by default ``2 (m - 1)``, for m elements of `x`.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.fft.irfftn(wg.fft.rfftn(wg.ones((2, 4)))).shape
    (2, 4)
    """
    found, points = _extents("irfftn", tuple(x.shape), s, axes)
    if not found:
        raise ArgumentError("irfftn: axes: expected at least one")
    last = None if s is None or s[-1] == -1 else points[-1]
    whole = ifftn(x, s=points[:-1], axes=found[:-1], norm=norm) if len(found) > 1 else x
    return irfft(whole, n=last, axis=found[-1], norm=norm)


def fft2(x: Any, /, *, s: Lengths = None, axes: Sequence[int] = (-2, -1), norm: str = "backward") -> Any:
    """`fftn` along the last two axes.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.fft.fft2(wg.ones((1, 2))).real.tolist()
    [[2.0, 0.0]]
    """
    return fftn(x, s=s, axes=axes, norm=norm)


def ifft2(x: Any, /, *, s: Lengths = None, axes: Sequence[int] = (-2, -1), norm: str = "backward") -> Any:
    """`ifftn` along the last two axes.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.fft.ifft2(wg.tensor([[2.0, 0.0]])).real.tolist()
    [[1.0, 1.0]]
    """
    return ifftn(x, s=s, axes=axes, norm=norm)


def rfft2(x: Any, /, *, s: Lengths = None, axes: Sequence[int] = (-2, -1), norm: str = "backward") -> Any:
    """`rfftn` along the last two axes.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.fft.rfft2(wg.ones((2, 2))).real.tolist()
    [[4.0, 0.0], [0.0, 0.0]]
    """
    return rfftn(x, s=s, axes=axes, norm=norm)


def irfft2(x: Any, /, *, s: Lengths = None, axes: Sequence[int] = (-2, -1), norm: str = "backward") -> Any:
    """`irfftn` along the last two axes.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.fft.irfft2(wg.tensor([[4.0, 0.0], [0.0, 0.0]])).tolist()
    [[1.0, 1.0], [1.0, 1.0]]
    """
    return irfftn(x, s=s, axes=axes, norm=norm)


# -- the zero frequency in the middle ----------------------------------------------------------------------------------
def fftshift(x: Any, /, *, axes: int | Sequence[int] | None = None) -> Any:
    """`x` with the zero frequency moved from the front to the middle of each axis, or of `axes`.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.fft.fftshift(wg.fft.fftfreq(4)).tolist()
    [-0.5, -0.25, 0.0, 0.25]
    """
    found = _shifted_axes(x, axes)
    return roll(x, tuple(x.shape[a] // 2 for a in found), axis=found)


def ifftshift(x: Any, /, *, axes: int | Sequence[int] | None = None) -> Any:
    """The inverse of `fftshift`.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.fft.ifftshift(wg.tensor([-1.0, 0.0, 1.0])).tolist()
    [0.0, 1.0, -1.0]
    """
    found = _shifted_axes(x, axes)
    return roll(x, tuple(-(x.shape[a] // 2) for a in found), axis=found)


def _shifted_axes(x: Any, axes: int | Sequence[int] | None) -> Shape:
    return normalize_axes(axes if axes is None or isinstance(axes, int) else tuple(axes), len(x.shape), "axes")
