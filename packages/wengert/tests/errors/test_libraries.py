"""What array libraries cannot do, or not yet: which argument it is, and what to do."""

import numpy as np
import pytest

import wengert as wg
from wengert import errors

from .checking import leaf, raised


def library(name):
    pytest.importorskip(name)
    return getattr(wg, name)


# -- two libraries -------------------------------------------------------------------------------------------------------
MIXED = {
    "operator": (lambda x, y: x * y, ["multiply", "'x2'", "{other}", "{own}"]),
    "reflected": (lambda x, y: y.array * x, ["multiply", "'x2'", "{own}", "{other}"]),
    "raw": (lambda x, y: x * y.array, ["multiply", "'x2'", "{other}", "{own}"]),
    "sequence": (lambda x, y: wg.concat([x, x, y]), ["concat", r"arrays\[2\]", "{other}", "{own}"]),
    "where": (lambda x, y: wg.where(x > 0, x, y), ["where", "'x2'", "{other}", "{own}"]),
    "einsum": (lambda x, y: wg.einsum("i,i->", x, y), ["einsum", r"operands\[1\]", "{other}", "{own}"]),
    "index": (lambda x, y: x[y > 0], ["getitem", "index", "{other}", "{own}"]),
    "index in a tuple": (lambda x, y: x[None, y > 0], ["getitem", "index", "{other}", "{own}"]),
    "written index": (lambda x, y: (x * 1).__setitem__(y > 0, 0.0), ["getitem", "index", "{other}", "{own}"]),
    "written value": (lambda x, y: (x * 1).__setitem__(0, y[0]), ["'value'", "{other}", "{own}"]),
    "layer": (lambda x, y: wg.nn.functional.linear(x, y[None]), ["linear", "'weight'", "{other}", "{own}"]),
}


@pytest.mark.parametrize("other", ["torch", "jax", "dask"])
@pytest.mark.parametrize("case", MIXED)
def test_two_libraries_in_one_operator(case, other):
    run, named = MIXED[case]
    x, y = leaf(1.0, 2.0), library(other).asarray([1.0, 2.0])
    named = [pattern.format(own="numpy", other=other) for pattern in named]
    raised(errors.LibraryError, TypeError, lambda: run(x, y), *named)


def test_an_index_of_the_same_library_and_raw_arrays_are_fine():
    torch = library("torch")
    x = torch.asarray([1.0, 2.0, 3.0])
    for key in (torch.asarray([2]), np.asarray([2]), x > 2.0, (slice(None),), (x > 2.0).array):
        assert x[key].tolist()[-1] == 3.0
    assert wg.vmap(lambda i: x[i])(torch.asarray([2, 0])).tolist() == [3.0, 1.0]


# -- devices, dtypes, shapes ---------------------------------------------------------------------------------------------
def noted(expected, run, *named):
    """The library's own exception, with a note of ours."""
    with pytest.raises(expected) as caught:
        run()
    (note,) = [n for n in caught.value.__notes__ if n.startswith("operator ")]
    for text in named:
        assert text in note
    return note


def test_two_devices():
    torch = pytest.importorskip("torch")
    x = library("torch").asarray([1.0, 2.0], requires_grad=True)
    y = wg.torch.asarray(torch.ones(2, device="meta"))
    for run, name, operand in (
        (lambda: x * y, "operator multiply:", "'x2'"),
        (lambda: wg.concat([x, y]), "operator concat:", "arrays[1]"),
        (lambda: wg.matmul(x, y), "operator matmul:", "'x2'"),
    ):
        noted(RuntimeError, run, name, "on cpu", f"{operand} is torch.float32 [2] on meta", "to_device()")


def test_dtypes_that_do_not_promote():
    torch = pytest.importorskip("torch")
    x = library("torch").asarray(torch.ones(2, dtype=torch.uint32))
    noted(RuntimeError, lambda: x + wg.torch.asarray([1]), "'x1' is torch.uint32 [2]", "'x2' is torch.int64 [1]", "astype()")


def test_dtypes_that_a_function_does_not_take():
    half = wg.asarray(np.eye(2, dtype=np.float16))
    noted(TypeError, lambda: wg.linalg.inv(half), "operator inv:", "'x' is float16 [2, 2]", "astype()")
    noted(TypeError, lambda: wg.bitwise_and(leaf(1.0), 3), "operator bitwise_and:", "'x1' is float64 [1]", "astype()")
    noted(TypeError, lambda: wg.asarray([True]) - wg.asarray([True]), "operator subtract:", "'x1' is bool [1]", "'x2' is bool")


def test_shapes_that_do_not_broadcast():
    note = noted(ValueError, lambda: leaf(1.0, 2.0) + wg.ones(3), "operator add:", "'x1' is float64 [2]", "'x2' is float64 [3]")
    assert "astype" not in note


def test_the_note_is_that_of_the_innermost_operator_and_says_where_in_a_backward():
    class Mine(wg.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 1

        @staticmethod
        def backward(ctx, grad):
            return grad * wg.ones(3)

    with pytest.raises(ValueError, match="broadcast") as caught:
        Mine.apply(leaf(1.0, 2.0)).sum().backward()
    first, second = caught.value.__notes__
    assert first.startswith("operator multiply:")
    assert second.startswith("raised in the backward, at MineBackward")


def test_a_hook_that_fails_in_an_operator_is_named():
    x = leaf(1.0, 2.0)
    x.register_hook(lambda grad: grad + wg.ones(3))
    with pytest.raises(ValueError, match="broadcast") as caught:
        (x * 2).sum().backward()
    first, second = caught.value.__notes__
    assert first.startswith("operator add:")
    assert second.startswith("raised in the tensor hook")


def test_dtypes_that_are_none():
    raised(errors.OperandError, TypeError, lambda: wg.asarray(np.array(["a"])), "asarray", "<U1")
    raised(errors.DtypeError, TypeError, lambda: wg.zeros(2, dtype="float13"), "dtype", "numpy", "float13", "float64")
    longest = np.ones(2, np.longdouble)
    raised(errors.DtypeError, TypeError, lambda: library("jax").asarray(longest), "asarray", "jax", str(longest.dtype), "cast")


# -- no rule, no function ------------------------------------------------------------------------------------------------
def test_functions_without_a_rule():
    special = pytest.importorskip("scipy.special")
    x = leaf(1.0, 2.0)
    raised(errors.UnsupportedError, NotImplementedError, lambda: np.histogram(x), r"np\.histogram", "nearest", "detach")
    named = [r"scipy\.special\.mathieu_a", "detach", "Function"]
    raised(errors.UnsupportedError, NotImplementedError, lambda: special.mathieu_a(1, x), *named)
    raised(errors.LibraryError, TypeError, lambda: library("jax").special.j0(wg.jax.ones(2)), "jax", r"special\.j0")


# -- values that are not there yet ---------------------------------------------------------------------------------------
def test_lengths_that_dask_does_not_know():
    x = library("dask").asarray([1.0, 2.0, 3.0], requires_grad=True)
    masked = x[x > 1.5]
    for run, what in ((lambda: len(masked), "len"), (lambda: list(masked), "unstack")):
        raised(errors.LibraryError, TypeError, run, what, "dask", "axis 0", "compute_chunk_sizes", "where")
    raised(errors.LibraryError, TypeError, masked.sum().backward, "dask", "compute_chunk_sizes", "where", "SumBackward0")
    masked.array.compute_chunk_sizes()
    masked = x[x > 1.5]  # what the advice leads to: a mask that keeps the shape
    wg.where(x > 1.5, x, 0.0).sum().backward()
    assert np.asarray(x.grad.array).tolist() == [0.0, 1.0, 1.0]


def test_printing_computes_nothing():
    dask = pytest.importorskip("dask.array")
    computed = []
    lazy = dask.ones(3, chunks=3).map_blocks(lambda block: computed.append(block.shape) or block, dtype=float)
    computed.clear()  # Dask tries the function on an empty block
    x = wg.dask.asarray(lazy, requires_grad=True)
    assert repr(x) == "tensor(<no values yet: dask, shape (3,)>, requires_grad=True)"
    assert not computed


def test_values_that_jax_traces():
    jax = pytest.importorskip("jax")
    ones = jax.numpy.ones(2)

    def traced(function):
        return lambda: jax.jit(lambda a: function(wg.jax.asarray(a)))(ones)

    shown = []
    jax.jit(lambda a: shown.append(str(wg.jax.asarray(a))) or a)(ones)
    assert shown == ["tensor(<no values yet: jax, shape (2,)>, dtype=float32)"]
    for function, name in ((lambda x: x[x > 0].array, "getitem"), (lambda x: wg.nonzero(x)[0].array, "nonzero")):
        noted(Exception, traced(function), f"operator {name}:", "'x' is float32 [2]", "where()")
    for function in (lambda x: bool(x[0]), lambda x: x[0].item(), lambda x: x.tolist()):
        with pytest.raises(TypeError, match="argument a"):
            traced(function)()
