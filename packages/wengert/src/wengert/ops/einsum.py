"""Einstein's summation, whose derivative is another one."""

from __future__ import annotations

import functools
import math
import string
from collections.abc import Sequence
from functools import partial
from typing import Any

from ..arrays.adapter import adapter_of, is_array
from ..autograd.tensor import TENSORS
from ..errors import ArgumentError, OperandError
from ..op import batching, jvp, operator, rule
from ..op_batching import Batch
from .complex import conj
from .manipulation import broadcast_to, reshape

__all__ = ["einsum"]

Shape = tuple[int, ...]

#: At most so many products of one element of each operand are formed in one nested loop.
_FEW = 4096


def einsum(subscripts: str, /, *operands: Any) -> Any:
    """Sums of products of elements, written in Einstein's notation.

    Each operand gets a letter for each of its axes. The result has the axes that the letters after ``->`` name; all
    other letters are summed over.

    Parameters
    ----------
    subscripts : str
        The letters of each operand, separated by commas, then ``->`` and those of the result. ``...`` stands for axes
        that broadcast. Without ``->`` the result has the axes of ``...`` and then, in alphabetical order, the letters
        that occur once. A letter that occurs twice in an operand takes its diagonal.
    *operands : Tensor or array
        As many as there are groups of letters. Axes of one letter have the same length, or length 1.

    Returns
    -------
    Tensor or array
        Nothing is conjugated.

    Raises
    ------
    ArgumentError
        If `subscripts` cannot be read or does not fit the operands.

    Notes
    -----
    The gradient of an operand is the sum in which the gradient of the result takes its place, and its letters those
    of the result. Products are taken in the order that costs least, two at a time.

    Examples
    --------
    >>> import wengert as wg
    >>> a = wg.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    >>> y = wg.einsum("ij,j->i", a, wg.tensor([1.0, 10.0]))
    >>> y.tolist()
    [21.0, 43.0]
    >>> y.sum().backward()
    >>> a.grad.tolist()
    [[1.0, 10.0], [1.0, 10.0]]
    >>> wg.einsum("ii", a).item()
    5.0
    """
    if not isinstance(subscripts, str):
        raise ArgumentError(
            f"einsum: subscripts: expected a string such as 'ij,jk->ik', got {type(subscripts).__name__}"
        )
    for position, operand in enumerate(operands):
        if type(operand) not in TENSORS and not is_array(operand):
            raise OperandError(f"einsum: operand {position} must be a tensor or an array, got {type(operand).__name__}")
    return _einsum(operands, subscripts=explicit(subscripts, tuple([len(operand.shape) for operand in operands])))


@operator(name="einsum", sequence=True)
def _einsum(operands: Sequence[Any], /, *, subscripts: str) -> Any:
    """The sum that `subscripts` describe, which are in the form of `explicit`."""
    # To look for the best order of products takes longer than to go once over few elements.
    steps = math.prod(n for operand in operands for n in operand.shape) if len(operands) > 1 else 0
    adapter = adapter_of(operands[0])
    found = adapter.function("einsum")(subscripts, *operands, optimize=steps > _FEW)
    # Without a sum NumPy gives a view of the operand.
    return adapter.copy(found) if adapter.mutable and adapter.shares(adapter.normalise(found), operands[0]) else found


einsum.operator = _einsum.operator  # type: ignore[attr-defined]


# -- reading subscripts ------------------------------------------------------------------------------------------------
@functools.lru_cache(maxsize=512)
def explicit(subscripts: str, ndims: tuple[int, ...]) -> str:
    """`subscripts` for operands with so many axes, with the result spelled out and letters in the place of ``...``.

    Examples
    --------
    >>> explicit("i...,...j", (2, 3))
    'iB,ABj->ABij'
    """
    given, arrow, result = subscripts.replace(" ", "").partition("->")
    groups = given.split(",")
    if len(groups) != len(ndims):
        raise ArgumentError(f"einsum: {subscripts!r} has letters for {len(groups)} operand(s), got {len(ndims)}")
    free = [letter for letter in string.ascii_uppercase + string.ascii_lowercase if letter not in subscripts]
    widths = [_width(group, ndim, subscripts) for group, ndim in zip(groups, ndims, strict=True)]
    widest = max(widths)
    if widest > len(free):
        raise ArgumentError(f"einsum: {subscripts!r} needs more letters than there are")
    # Axes of `...` are lined up at the end, as in broadcasting, so the letters of a narrower one are the last of them.
    dots = "".join(free[:widest])
    filled = [g.replace("...", dots[widest - w :]) for g, w in zip(groups, widths, strict=True)]
    letters = "".join(g.replace("...", "") for g in groups)
    if not arrow:
        once = sorted(letter for letter in set(letters) if letters.count(letter) == 1)
        return f"{','.join(filled)}->{dots}{''.join(once)}"
    kept = result.replace("...", "", 1)
    if not set(kept) <= set(letters) or len(set(kept)) != len(kept):
        raise ArgumentError(
            f"einsum: {subscripts!r}: the letters of the result must be different ones of the operands, got {result!r}"
        )
    return f"{','.join(filled)}->{result.replace('...', dots)}"


def _width(group: str, ndim: int, subscripts: str) -> int:
    """How many axes ``...`` stands for in `group`."""
    letters = group.replace("...", "", 1)
    if letters and not (letters.isascii() and letters.isalpha()):
        raise ArgumentError(f"einsum: {subscripts!r}: expected letters, and '...' at most once, got {group!r}")
    width = ndim - len(letters)
    if width < 0 or (width > 0 and "..." not in group):
        raise ArgumentError(f"einsum: {subscripts!r}: {group!r} does not fit an operand of {ndim} dimension(s)")
    return width


# -- the derivative ----------------------------------------------------------------------------------------------------
@rule(_einsum, "operands")
def _einsum_operands(
    g: Any, operands: Sequence[Any], operands_shape: Sequence[Shape], subscripts: str, wanted: Sequence[bool]
) -> list[Any]:
    grads: list[Any] = [None] * len(operands)
    for i, shape in enumerate(operands_shape):
        if wanted[i]:
            product, between, lengths, letters, group = _plan(subscripts, tuple(operands_shape), i)
            got = g
            if product:
                got = _einsum([g, *[conj(o) for j, o in enumerate(operands) if j != i]], subscripts=product)
            if got.shape != between:
                got = reshape(got, between)
            if between != lengths:
                got = broadcast_to(got, lengths)
            grads[i] = got if lengths == shape else _on_diagonal(got, letters, group)
    return grads


@batching(_einsum)
def _(batch: Batch, operands: Sequence[Any], subscripts: str) -> Any:
    given, _, result = subscripts.partition("->")
    letter = next((one for one in string.ascii_letters if one not in subscripts), None)
    if letter is None:
        raise ArgumentError(f"einsum: {subscripts!r} leaves no letter for the samples")
    groups = [letter + group if has else group for group, has in zip(given.split(","), batch.flags, strict=True)]
    given = ",".join(groups)
    one = partial(batch.call, operands=operands, subscripts=f"{given}->{letter}{result}")
    if len({x.dtype for x in operands}) > 1:
        return one()
    lengths = _lengths(groups, [tuple(x.shape) for x in operands])
    shape = tuple(lengths[axis] for axis in result)
    # The sum over the samples, if only that is wanted, is another sum of the same products.
    return batch.later(operands[0], shape, one, partial(batch.call, operands=operands, subscripts=f"{given}->{result}"))


@jvp(_einsum, "operands")
def _einsum_jvp(tangents: Sequence[Any], operands: Sequence[Any], subscripts: str) -> Any:
    """The sum over all operands of the product in which a tangent takes the place of the operand."""
    terms = []
    for i, tangent in enumerate(tangents):
        if tangent is not None:
            terms.append(_einsum([*operands[:i], tangent, *operands[i + 1 :]], subscripts=subscripts))
    return functools.reduce(lambda a, b: a + b, terms)


@functools.lru_cache(maxsize=512)
def _plan(subscripts: str, shapes: tuple[Shape, ...], i: int) -> tuple[str, Shape, Shape, str, str]:
    """How the gradient of operand `i` comes from that of the result and the conjugates of the other operands.

    The subscripts of their product, empty where that is the gradient as it came; the shape that it is given, the shape to
    which that is broadcast, and the letters of its axes, each once; then those of the operand, in which a letter may
    occur twice.
    """
    given, _, result = subscripts.partition("->")
    groups = given.split(",")
    lengths = _lengths(groups, shapes)
    others = [j for j in range(len(groups)) if j != i]
    names = [result, *(groups[j] for j in others)]
    elsewhere = _lengths(names, (tuple(lengths[letter] for letter in result), *(shapes[j] for j in others)))
    own = dict(zip(groups[i], shapes[i], strict=True))
    # What broadcast along a letter is summed over it; a letter that occurs nowhere else was summed in the forward, and
    # every element along it gets the same.
    target = "".join(letter for letter, n in own.items() if n == lengths[letter] and letter in elsewhere)
    between = tuple(elsewhere[letter] if letter in target else 1 for letter in own)
    product = "" if names == [target] else f"{','.join(names)}->{target}"
    return product, between, tuple(own.values()), "".join(own), groups[i]


def _lengths(groups: Sequence[str], shapes: Sequence[Shape]) -> dict[str, int]:
    """The length along each letter, to which axes of length 1 broadcast."""
    lengths: dict[str, int] = {}
    for group, shape in zip(groups, shapes, strict=True):
        for letter, n in zip(group, shape, strict=True):
            lengths[letter] = n if lengths.get(letter, 1) == 1 else lengths[letter]
    return lengths


def _on_diagonal(g: Any, letters: str, group: str) -> Any:
    """`g` with axes `letters`, put on the diagonal of an array of zeros with axes `group`, where letters repeat."""
    array = g.array if type(g) in TENSORS else g
    adapter = adapter_of(array)
    fresh = iter(letter for letter in string.ascii_letters if letter not in letters)
    factors, names, seen, target = [g], [letters], set(), ""
    for letter in group:
        if letter not in seen:
            seen.add(letter)
            target += letter
            continue
        second = next(fresh)
        n = array.shape[letters.index(letter)]
        factors.append(adapter.functions.eye(n, dtype=array.dtype, device=adapter.device(array)))
        names.append(letter + second)
        target += second
    return _einsum(factors, subscripts=f"{','.join(names)}->{target}")
