"""``wengert.numpy`` beside the standard's reference library, function by function: names, signatures, dtypes, shapes, values."""

import inspect
import itertools
import operator

import array_api_strict as strict
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import wengert.numpy as xp

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")  # values outside of a function's domain, on purpose

KINDS = {
    "bool": ("bool",),
    "integral": ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
    "real floating": ("float32", "float64"),
    "complex floating": ("complex64", "complex128"),
}
ALL = sum(KINDS.values(), ())
SOME = ("bool", "int8", "int64", "uint8", "float32", "float64", "complex64")
VALUES = {"bool": [True, False, True], "integral": [1, 3, 5], "real floating": [0.5, 0.25, 0.75]}
SCALARS = (True, 2, 0.5, 1j)

#: Of the reference library only.
OWN = {"Device", "ArrayAPIStrictFlags", *(f"{verb}_array_api_strict_flags" for verb in ("get", "set", "reset"))}

NAMES = [name for name in strict.__all__ if name not in OWN]
FUNCTIONS = [name for name in NAMES if inspect.isfunction(getattr(strict, name)) and not name.startswith("__")]

SYNTAX = {
    **{n: getattr(operator, n) for n in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul")},
    **{n: getattr(operator, n) for n in ("and_", "or_", "xor", "lshift", "rshift", "eq", "ne", "lt", "le", "gt", "ge")},
    **{n: getattr(operator, n) for n in ("iadd", "isub", "imul", "itruediv", "ifloordiv", "imod", "ipow", "imatmul")},
    **{n: getattr(operator, n) for n in ("iand", "ior", "ixor", "ilshift", "irshift")},
}


def parameters(function):
    return inspect.signature(function).parameters


def named(module, *names):
    """The functions whose only required parameters are `names`."""
    return [
        name
        for name in FUNCTIONS
        if tuple(p.name for p in parameters(getattr(module, name)).values() if p.default is p.empty) == names
    ]


ONE, TWO = named(strict, "x"), named(strict, "x1", "x2")


def array(module, dtype):
    kind = next(kind for kind, names in KINDS.items() if dtype in names)
    return module.asarray(np.asarray(VALUES.get(kind, [0.5 + 0.1j, 0.25, 0.75j]), dtype=dtype))


def host(x):
    return np.asarray(x._array)


def outcome(call):
    try:
        return call()
    except Exception as error:
        return error


def difference(expected, got):
    """What is wrong with `got`; None if nothing is. Where the reference refuses, anything goes: the standard says nothing."""
    if isinstance(expected, Exception):
        return None
    if isinstance(got, Exception):
        return repr(got)
    several = isinstance(expected, tuple | list)
    for a, b in zip(expected if several else (expected,), got if several else (got,), strict=True):
        if not hasattr(a, "dtype"):
            if a != b:
                return f"{b!r} instead of {a!r}"
            continue
        if not isinstance(b, xp.Tensor):
            return f"a {type(b).__name__}"
        a, b = host(a), host(b)
        if (a.shape, a.dtype) != (b.shape, b.dtype):
            return f"{b.shape} {b.dtype} instead of {a.shape} {a.dtype}"
        if not np.allclose(a, b, rtol=1e-5, equal_nan=True):
            return f"{b} instead of {a}"
    return None


def compare(cases):
    """`cases` are names and calls given a module's ``array``; all that differ are shown."""
    wrong = []
    for name, call in cases:
        found = difference(outcome(lambda: call(strict)), outcome(lambda: call(xp)))  # noqa: B023
        if found is not None:
            wrong.append(f"{name}: {found}")
    assert not wrong, "\n".join(wrong)


# -- names and signatures ----------------------------------------------------------------------------------------------
def test_every_name_is_there():
    assert [name for name in NAMES if not hasattr(xp, name)] == []
    for part in ("linalg", "fft"):
        assert [name for name in getattr(strict, part).__all__ if not hasattr(getattr(xp, part), name)] == []
    assert xp.__array_api_version__ >= "2024.12"


@pytest.mark.parametrize("part", ["", "linalg", "fft"])
def test_signatures(part):
    """Every parameter under its name and in its place; by position where the standard says so; more by keyword is allowed."""
    theirs, ours = (getattr(module, part) if part else module for module in (strict, xp))
    for name in FUNCTIONS if not part else theirs.__all__:
        if not inspect.isfunction(getattr(theirs, name)):
            continue
        expected, got = list(parameters(getattr(theirs, name)).values()), list(parameters(getattr(ours, name)).values())
        by_position = [p for p in expected if p.kind is not p.KEYWORD_ONLY]
        for p, q in zip(by_position, got, strict=False):
            assert p.name == q.name, (name, p, q)
            assert q.kind in (p.kind, q.POSITIONAL_OR_KEYWORD), (name, p, q)
        for p in expected:
            if p.kind is p.KEYWORD_ONLY:
                (q,) = [q for q in got if q.name == p.name]
                assert q.kind in (q.KEYWORD_ONLY, q.POSITIONAL_OR_KEYWORD), (name, q)
        for q in got[len(expected) :]:
            assert q.default is not q.empty, (name, q)


def test_methods_and_their_signatures():
    theirs = type(strict.ones(1))
    for name in dir(theirs):
        if name in dir(object) or name == "__buffer__" or (name.startswith("_") and not name.startswith("__")):
            continue
        assert hasattr(xp.Tensor, name), name
        function = getattr(theirs, name)
        if inspect.isfunction(function) and name != "to_device":
            kinds = [(p.name, p.kind) for p in list(parameters(function).values())[1:]]
            assert [(p.name, p.kind) for p in list(parameters(getattr(xp.Tensor, name)).values())[1:]] == kinds, name


# -- dtypes and values -------------------------------------------------------------------------------------------------
def unary_cases(dtypes):
    for name, dtype in itertools.product(ONE, dtypes):
        if name not in ("empty", "empty_like", "from_dlpack", "unique_values"):  # arbitrary values, and an arbitrary order
            yield f"{name}({dtype})", lambda m, name=name, dtype=dtype: getattr(m, name)(array(m, dtype))


def binary_cases(functions, dtypes):
    """`functions` are pairs of a name and what gives the function of a module."""
    for (name, of), dtype in itertools.product(functions, dtypes):
        for other in dtypes:
            yield f"{name}({dtype}, {other})", lambda m, of=of, a=dtype, b=other: of(m)(array(m, a), array(m, b))
        for number in SCALARS:
            yield f"{name}({dtype}, {number})", lambda m, of=of, a=dtype, b=number: of(m)(array(m, a), b)
            yield f"{name}({number}, {dtype})", lambda m, of=of, a=number, b=dtype: of(m)(a, array(m, b))


BINARY = [(name, operator.attrgetter(name)) for name in TWO]
SYNTACTIC = [(name, lambda module, function=function: function) for name, function in SYNTAX.items()]


def test_functions_of_one_array():
    compare(unary_cases(ALL))


def test_functions_of_two_arrays():
    compare(binary_cases(BINARY, SOME))


def test_syntax():
    compare(binary_cases(SYNTACTIC, SOME[::2]))


@pytest.mark.slow
def test_every_pair_of_dtypes():
    compare(binary_cases([*BINARY, *SYNTACTIC], ALL))


def test_numbers_of_python():
    for convert in (bool, int, float, complex, operator.index):
        compare((f"{convert.__name__}({d})", lambda m, c=convert, d=d: c(array(m, d)[0])) for d in ALL)


def test_data_types():
    pairs = list(itertools.product(ALL, ALL))
    compare(
        (f"result_type({a}, {b})", lambda m, a=a, b=b: m.zeros(1, dtype=m.result_type(getattr(m, a), getattr(m, b))))
        for a, b in pairs
    )
    for a, b in pairs:  # NumPy casts between kinds too, where the reference says no and the standard nothing
        if strict.can_cast(getattr(strict, a), getattr(strict, b)):
            assert xp.can_cast(getattr(xp, a), getattr(xp, b))
    for kind, dtype in itertools.product((*KINDS, "numeric", "signed integer", "unsigned integer"), ALL):
        assert xp.isdtype(getattr(xp, dtype), kind) == strict.isdtype(getattr(strict, dtype), kind)
    for dtype in KINDS["real floating"]:
        limits = xp.finfo(getattr(xp, dtype))
        assert all(type(getattr(limits, n)) is float for n in ("eps", "max", "min", "smallest_normal"))
        assert limits.dtype == getattr(xp, dtype)
    for dtype in KINDS["integral"]:
        assert xp.iinfo(getattr(xp, dtype)).max == strict.iinfo(getattr(strict, dtype)).max


SPECIAL = st.lists(
    st.sampled_from([0.0, -0.0, 1.0, -1.0, 0.5, -1.5, 3.0, 1e300, -1e-300, float("inf"), -float("inf"), float("nan")]),
    min_size=1,
    max_size=8,
)
ELEMENTWISE = [n for n in ONE if outcome(lambda n=n: getattr(strict, n)(strict.ones((2, 2))).shape) == (2, 2)]


@given(SPECIAL, SPECIAL)
def test_special_values(first, second):
    """Infinities, NaNs and the signs of zeros, for elementwise functions of one array and of two."""
    n = min(len(first), len(second))

    def same(name, *lists):
        expected = outcome(lambda: getattr(strict, name)(*[strict.asarray(x, dtype=strict.float64) for x in lists]))
        if not isinstance(expected, Exception):
            got = host(getattr(xp, name)(*[xp.asarray(x, dtype=xp.float64) for x in lists]))
            np.testing.assert_array_equal(got, host(expected), err_msg=name)
            if got.dtype.kind == "f":
                np.testing.assert_array_equal(np.signbit(got), np.signbit(host(expected)), err_msg=name)

    for name in ELEMENTWISE:
        if name not in ("empty_like", "unique_values"):
            same(name, first)
    for name in TWO:
        if name not in ("matmul", "tensordot", "vecdot", "searchsorted", "isin"):
            same(name, first[:n], second[:n])


# -- arrays ------------------------------------------------------------------------------------------------------------
def test_attributes():
    x = xp.asarray([[1.0, 2.0, 3.0]])
    assert (x.shape, x.ndim, x.size, x.dtype, x.device) == ((1, 3), 2, 3, xp.float64, "cpu")
    assert x.mT.shape == x.T.shape == (3, 1)
    assert x.to_device(x.device) is x
    assert x.__array_namespace__(api_version="2024.12").sum(x).item() == 6.0
    np.testing.assert_array_equal(np.from_dlpack(x), x.array)
    assert type(x[0, 0]) is type(xp.sum(x)) is type(xp.all(x)) is xp.Tensor


def test_masks_and_writes():
    x = xp.asarray([1, 2, 3, 4])
    assert x[x > 2].tolist() == [3, 4]
    x[x > 2] = 0
    x[0] = 7
    x[1:2] = xp.asarray([9])
    assert x.tolist() == [7, 9, 0, 0]
    for key in (4, "a", 1.5):
        with pytest.raises(IndexError):
            x[key]
    with pytest.raises(IndexError):
        xp.expand_dims(x, axis=3)
    with pytest.raises(ValueError):
        xp.squeeze(x, axis=0)


def test_in_place_syntax_keeps_the_dtype():
    x = xp.asarray([1, 2], dtype=xp.int8)
    x += xp.asarray([1, 1], dtype=xp.int32)
    assert x.dtype == xp.int8
    with pytest.raises(RuntimeError):
        x += xp.asarray([0.5, 0.5])
    y = xp.ones((2, 2))
    y @= xp.ones((2, 2))
    assert y.tolist() == [[2.0, 2.0], [2.0, 2.0]]
    y @= xp.ones((2, 3))  # the name is bound to the product
    assert y.shape == (2, 3)


def test_each_nan_is_unique():
    x = xp.asarray([float("nan"), 1.0, float("nan"), 1.0])
    found = xp.unique_all(x)
    assert [int(n) for n in found.counts] == [2, 1, 1]
    assert xp.unique_values(x).shape == (3,)
    assert xp.take(found.values, xp.reshape(found.inverse_indices, (-1,)))[1].item() == 1.0


def test_what_creation_makes():
    assert xp.asarray([1, 2.5]).dtype == xp.float64
    assert xp.full((), True).dtype == xp.bool
    assert xp.arange(3).dtype == xp.int64
    assert xp.linspace(0, 1, 3, dtype=xp.float32).dtype == xp.float32
    assert xp.astype(xp.ones(2), xp.float64, copy=False).dtype == xp.float64
    with pytest.raises(ValueError):
        xp.asarray([1, 2], copy=False)
