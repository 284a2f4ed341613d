"""Makes every call of the walk on NumPy arrays and on Tensors, and says what became of it.

``python -m scipy_walk.walk`` reads a list of calls and prints their states, as JSON. SciPy looks at ``SCIPY_ARRAY_API`` when
it is imported, so this runs in an interpreter of its own.
"""

from __future__ import annotations

import importlib
import json
import re
import sys
import traceback
import warnings
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import wengert as wg

from .rows import OPERANDS, Row

#: The tables, and what the page calls them.
TABLES = {
    "special": "Special functions",
    "stats": "Statistics",
    "signal": "Signals",
    "fft": "Fourier transforms, with the backend",
    "integrate": "Integrals, derivatives, roots and optimization",
    "spatial": "Space",
    "images": "Images, clusters, interpolation, matrices",
    "learning": "scikit-learn",
    "labels": "xarray",
    "einsums": "einops and opt_einsum",
}
#: What must be installed for a table beside SciPy: modules, and the distributions that bring them.
NEEDS = {
    "learning": {"sklearn": "scikit-learn"},
    "labels": {"xarray": "xarray"},
    "einsums": {"einops": "einops", "opt_einsum": "opt_einsum"},
}


#: What the calls name besides operands: the name, and where it is found.
NAMES = {
    **{n: f"scipy.{n}" for n in ("special", "stats", "signal", "fft", "integrate", "differentiate", "optimize", "ndimage")},
    **{n: f"scipy.{n}" for n in ("constants", "interpolate", "linalg", "spatial")},
    "contingency": "scipy.stats.contingency",
    "elementwise": "scipy.optimize.elementwise",
    "windows": "scipy.signal.windows",
    "distance": "scipy.spatial.distance",
    "vq": "scipy.cluster.vq",
    "hierarchy": "scipy.cluster.hierarchy",
    **{n: f"sklearn.{n}" for n in ("metrics", "preprocessing", "decomposition", "linear_model", "naive_bayes", "mixture")},
    "kernel_approximation": "sklearn.kernel_approximation",
    **{n: n for n in ("einops", "opt_einsum")},
    "array_api": "einops.array_api",
    "xr": "xarray",
    "pairwise": "sklearn.metrics.pairwise",
    "discriminant": "sklearn.discriminant_analysis",
}
MEMBERS = dict.fromkeys(("Rotation", "RigidTransform", "Slerp"), "scipy.spatial.transform")

#: Files of the libraries that are walked through; what SciPy carries of others is not its own.
LIBRARIES = re.compile(r"/(scipy|sklearn)/(?!_lib/array_api|_external|externals)")

#: What differs from run to run and from machine to machine in messages.
ADDRESS = re.compile(r" from '[^']*'|0x[0-9a-f]+|(?<=: )\{.*\}$")

STEP = 1e-6
#: Relative to the size of the derivative: central differences are good to about this.
TOLERANCE = 2e-5


#: The states of calls, and what the page says of them.
DIFFERENTIABLE = "differentiable"
MUTATING = "differentiable, mutating"
CONSTANT = "locally constant"
NAN = "gradient of NaN"
NUMBER = "made a number"
VALUES = "values only"
REFUSED = "refused"
NOT_IN_SCIPY = "not in the library"
STATES = {
    DIFFERENTIABLE: "the values are NumPy's, and the gradients agree with finite differences",
    MUTATING: "the same inside `wengert.autograd.graph.allow_mutation_on_saved_tensors()`: the function writes in place to what\n"
    "  a derivative has saved, which is an error outside of it",
    CONSTANT: "the values are NumPy's, and no small change of the arguments changes them: orders, places, comparisons,\n"
    "  counts, windows",
    NAN: "the values are NumPy's, but the gradient is NaN: the function computes with NaN or infinity where its result does\n"
    "  not look",
    NUMBER: "the function makes a Python number of a tensor, by which the gradient ends; `float()` of a tensor that requires\n"
    "  grad warns of it",
    VALUES: "an error for arguments that require grad: the function hands them to compiled code as NumPy arrays, or a\n"
    "  derivative is missing; NumPy's values for those that require none",
    REFUSED: "an error, also for arguments that require no grad, while array-api-strict's arrays can be passed",
    NOT_IN_SCIPY: "an error with the arrays of array-api-strict, too",
}

#: And those that no call may be in.
DETACHED = "DETACHED"
WRONG = "WRONG"
NO_CALL = "NOT A CALL"


class Found(NamedTuple):
    """What became of a call."""

    state: str
    reason: str = ""


class WrongError(Exception):
    """A value or a gradient that is not NumPy's."""


def names(row: Row, xp: Any) -> dict[str, Any]:
    """What the text of the call may name, operands apart."""
    found: dict[str, Any] = {"np": np, "xp": xp, "rng": np.random.default_rng(1)}
    for name in row.words:
        if NAMES.get(name, "").startswith("sklearn"):
            importlib.import_module("sklearn").set_config(array_api_dispatch=True)
        if name == "grid":
            found["grid"] = grid
        if name == "einops":
            importlib.import_module("wengert.compat.einops")
        if name == "fft":
            importlib.import_module("wengert.compat.scipy_fft").install()
        if name in NAMES:
            found[name] = importlib.import_module(NAMES[name])
        elif name in MEMBERS:
            found[name] = getattr(importlib.import_module(MEMBERS[name]), name)
    return found


def grid(x: Any) -> Any:
    """A DataArray over a matrix, with coordinates."""
    import xarray

    rows, columns = x.shape
    kinds = ("row", ["a", "b"] * (rows // 2))
    coordinates = {"row": np.arange(float(rows)), "column": 10 * np.arange(1, columns + 1), "kind": kinds}
    return xarray.DataArray(x, dims=("row", "column"), coords=coordinates)


def made(row: Row, xp: Any, operands: dict[str, Any]) -> Any:
    """What the call returns."""
    return eval(row.code, names(row, xp) | operands)


def leaves(value: Any) -> list[Any]:
    """The arrays and numbers in a result, in order."""
    if isinstance(value, (tuple, list)):
        return [leaf for item in value for leaf in leaves(item)]
    if isinstance(value, dict):  # SciPy's result objects
        return [leaf for item in value.values() for leaf in leaves(item)]
    if hasattr(value, "dims") and hasattr(value, "data"):  # xarray's
        return [value.data]
    if hasattr(value, "__dataclass_fields__"):
        return [leaf for name in value.__dataclass_fields__ for leaf in leaves(getattr(value, name))]
    return [value]


def numbers(value: Any) -> list[Any]:
    """The leaves as NumPy arrays."""
    return [np.asarray(leaf.array if isinstance(leaf, wg.Tensor) else leaf) for leaf in leaves(value)]


def projected(value: Any, weights: list[Any]) -> list[float]:
    """Each leaf of floats or complex numbers, multiplied by its weights and summed to one real number."""
    return [float(np.sum(w * leaf).real) if w is not None else 0.0 for w, leaf in zip(weights, numbers(value), strict=True)]


def is_inexact(x: Any) -> bool:
    return x.dtype.kind in "fc"


def differences(row: Row, weights: list[Any], directions: dict[str, Any]) -> dict[str, list[float]]:
    """For each operand, the derivative in its direction of each leaf, by central differences."""
    found = {}
    arrays = {letter: OPERANDS[letter][1] for letter in row.letters}
    for letter, direction in directions.items():
        moved = [arrays | {letter: arrays[letter] + step * direction} for step in (STEP, -STEP)]
        ends = [projected(made(row, np, operands), weights) for operands in moved]
        found[letter] = [(up - down) / (2 * STEP) for up, down in zip(*ends, strict=True)]
    return found


def state_of(row: Row) -> Found:
    """What becomes of the call when it is made with Tensors."""
    arrays = {letter: OPERANDS[letter][1] for letter in row.letters}
    expected = numbers(made(row, np, {letter: array.copy() for letter, array in arrays.items()}))
    try:
        try:
            return tried(row, arrays, expected)
        except wg.errors.VersionError:
            with wg.autograd.graph.allow_mutation_on_saved_tensors():
                found = tried(row, arrays, expected)
            return Found(MUTATING, found.reason) if found.state == DIFFERENTIABLE else found
    except WrongError as error:
        return Found(WRONG, str(error))
    except Exception as error:
        return without_gradient(row, arrays, expected, error)


def tried(row: Row, arrays: dict[str, Any], expected: list[Any]) -> Found:
    """The same for Tensors that require grad; whatever the call raises goes on."""
    tensors = {letter: wg.tensor(array.copy(), requires_grad=is_inexact(array)) for letter, array in arrays.items()}
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        result = made(row, wg, tensors)
    checked_values(result, expected)
    found = checked_gradients(row, tensors, result, expected)
    if found.state == DETACHED and any("no gradient flows" in str(warning.message) for warning in warned):
        return Found(NUMBER, found.reason)
    return found


def without_gradient(row: Row, arrays: dict[str, Any], expected: list[Any], error: Exception) -> Found:
    """The call failed with `error`: what becomes of it with Tensors that require no gradient."""
    try:
        result = made(row, wg, {letter: wg.tensor(array.copy()) for letter, array in arrays.items()})
        checked_values(result, expected)
        return Found(VALUES, said(error))
    except WrongError as wrong:
        return Found(WRONG, str(wrong))
    except Exception as other:
        return Found(REFUSED if strict_works(row, arrays) else NOT_IN_SCIPY, said(other))


def strict_works(row: Row, arrays: dict[str, Any]) -> bool:
    """Whether the call can be made with arrays of array-api-strict."""
    import array_api_strict

    try:
        made(row, array_api_strict, {letter: array_api_strict.asarray(array) for letter, array in arrays.items()})
    except Exception:
        return False
    return True


def checked_values(result: Any, expected: list[Any]) -> None:
    got = numbers(result)
    if len(got) != len(expected):
        raise WrongError(f"{len(got)} results, NumPy's are {len(expected)}")
    for mine, theirs in zip(got, expected, strict=True):
        if theirs.dtype.kind in "OUS":
            continue
        if mine.shape != theirs.shape:
            raise WrongError(f"a result of shape {mine.shape}, NumPy's is {theirs.shape}")
        if not np.allclose(mine, theirs, rtol=1e-6, atol=1e-8, equal_nan=True):
            raise WrongError(f"the value {mine}, NumPy's is {theirs}")


def checked_gradients(row: Row, tensors: dict[str, Any], result: Any, expected: list[Any]) -> Found:
    """The derivative in a random direction of a random projection of each result, and what it says of the call."""
    rng = np.random.default_rng(0)
    weights = [rng.normal(size=e.shape) * np.where(np.isfinite(e), 1, 0) if is_inexact(e) else None for e in expected]
    wanted = [letter for letter in tensors if tensors[letter].requires_grad]
    directions = {letter: rng.normal(size=tensors[letter].shape) for letter in wanted}
    slopes = differences(row, weights, directions)
    moved = False
    for i, (leaf, w) in enumerate(zip(leaves(result), weights, strict=True)):
        scale = max((abs(slopes[letter][i]) for letter in wanted), default=0.0)
        if w is None:
            continue
        moves = scale > TOLERANCE
        moved = moved or moves
        if not (isinstance(leaf, wg.Tensor) and leaf.requires_grad):
            if moves:
                return Found(DETACHED, f"result {i}, {type(leaf).__name__}")
            continue
        finite = wg.where(wg.asarray(np.isfinite(expected[i])), leaf, 0.0)
        loss = (finite * w).sum().real if expected[i].dtype.kind == "c" else (finite * w).sum()
        grads = wg.autograd.grad(loss, [tensors[letter] for letter in wanted], retain_graph=True, allow_unused=True)
        for letter, grad in zip(wanted, grads, strict=True):
            if grad is not None and np.isnan(grad.array).any():
                return Found(NAN, f"by {letter}")
            by_rule = 0.0 if grad is None else float(np.sum(grad.array * directions[letter]).real)
            if not abs(by_rule - slopes[letter][i]) <= TOLERANCE * max(1.0, scale):
                raise WrongError(f"the derivative of result {i} by {letter} is {by_rule}, by differences {slopes[letter][i]}")
    return Found(DIFFERENTIABLE if moved else CONSTANT)


def said(error: BaseException) -> str:
    """The error in short, and where in the library it was met."""
    frames = traceback.extract_tb(error.__traceback__)
    places = [f"{Path(frame.filename).stem}.{frame.name}" for frame in frames if LIBRARIES.search(frame.filename)]
    place = f"in `{places[-1]}`" if places and "<" not in places[-1] else ""
    text = next(iter(str(error).splitlines()), "")
    if text.startswith("numpy.asarray()"):
        return f"made a NumPy array {place}".rstrip()
    return f"{type(error).__name__} {place}".rstrip() + f": {ADDRESS.sub('…', text)[:160]}"


def walk(calls: list[str]) -> dict[str, Found]:
    """The state of each call."""
    found = {}
    for call in calls:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                found[call] = state_of(Row(call))
            except Exception as error:
                found[call] = Found(NO_CALL, said(error))
    return found


if __name__ == "__main__":
    np.seterr(all="ignore")
    json.dump(walk(json.load(sys.stdin)), sys.stdout)
