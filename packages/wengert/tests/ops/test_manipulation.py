"""What the table of manipulation functions does not say: names of nodes, errors, mixed dtypes, memory."""

import numpy as np
import pytest

import wengert as wg
from wengert.autograd.requests import grad
from wengert.autograd.tensor import Tensor, wrap
from wengert.errors import ArgumentError, LibraryError, OperandError
from wengert.ops import joining as j
from wengert.ops import manipulation as m
from wengert.ops.strides import as_strided
from wengert.transforms import vmap


def leaf(data, dtype="float64"):
    x = wrap(np.asarray(data, dtype=dtype))
    x.requires_grad = True
    return x


def gradient(output, x, g=None, **options):
    (found,) = grad(output, x, g, **options)
    return found


NODES = {
    "Clone": m.clone,
    "View": lambda x: m.reshape(x, (4,)),
    "Unsqueeze": m.expand_dims,
    "Squeeze": m.squeeze,
    "Expand": lambda x: m.broadcast_to(x, (3, 2, 2)),
    "Permute": lambda x: m.permute_dims(x, (1, 0)),
    "Transpose": m.matrix_transpose,
    "Flip": m.flip,
    "Roll": lambda x: m.roll(x, 1),
    "Cat": lambda x: j.concat([x, x]),
    "Stack": lambda x: j.stack([x, x]),
    "Unbind": lambda x: j.unstack(x)[1],
    "Split": lambda x: j.split(x, 2)[1],
    "Repeat": lambda x: j.tile(x, 2),
    "RepeatInterleave": lambda x: j.repeat(x, 2),
    "ConstantPadNd": lambda x: j.pad(x, 1),
}


@pytest.mark.parametrize("name", NODES)
def test_nodes_have_pytorchs_names(name):
    assert NODES[name](leaf(np.ones((2, 2)))).grad_fn.name() == f"{name}Backward0"


# -- errors ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda x: m.reshape(x, (5,)), ValueError, "reshape"),
        (lambda x: m.reshape(x, (5,)), RuntimeError, r"\(5,\) is invalid"),  # PyTorch's kind
        (lambda x: m.reshape(x.T, (6,), copy=False), ValueError, "copy"),
        (lambda x: m.squeeze(x, 0), ValueError, "squeeze"),
        (lambda x: m.broadcast_to(x, (2, 4)), ValueError, "broadcast"),
        (lambda x: m.permute_dims(x, (0,)), ValueError, "axes"),
        (lambda x: m.moveaxis(x, 0, (0, 1)), ArgumentError, "number of axes"),
        (lambda x: m.moveaxis(x, (0, 0), (0, 1)), ArgumentError, "source: .* twice"),
        (lambda x: m.moveaxis(x, 2, 0), ArgumentError, "source: got 2"),
        (lambda x: m.swapaxes(x, 0, 2), ArgumentError, "axis2: got 2"),
        (lambda x: m.matrix_transpose(x[0]), ValueError, "2-dimensional"),
        (lambda x: m.broadcast_arrays(x, x.T), ArgumentError, r"\(2, 3\), \(3, 2\) do not broadcast"),
        (lambda x: j.concat([]), ArgumentError, "must not be empty"),
        (lambda x: j.stack([]), ArgumentError, "must not be empty"),
        (lambda x: j.concat([x, x[0]]), ValueError, "dimensions"),
        (lambda x: j.stack([x, x.T]), ValueError, "same shape"),
        (lambda x: j.concat([x, [1.0]]), OperandError, r"arrays\[1\]"),
        (lambda x: j.unstack(x[0, 0]), ArgumentError, "0-d"),
        (lambda x: j.split(x, 4, axis=1), ArgumentError, "length 3 has no 4"),
        (lambda x: j.split(x, 0), ArgumentError, "no 0 equal"),
        (lambda x: j.pad(x, 1, mode="median"), ArgumentError, "mode must be one of"),
        (lambda x: j.pad(x, ((1, 1), (1, 1), (1, 1))), ArgumentError, "3 pairs for an array of 2 axes"),
    ],
)
def test_errors_say_what_is_wrong(call, error, message):
    with pytest.raises(error, match=message):
        call(wrap(np.ones((2, 3))))


def test_overlapping_pieces_have_no_derivative():
    x = leaf([1.0, 2.0, 3.0])
    pieces = j.split(x, [2, 1])
    with pytest.raises(ArgumentError, match="ascending"):
        gradient(pieces[0].sum(), x)


def test_sequences_are_no_arrays():
    with pytest.raises((OperandError, LibraryError)):
        m.reshape([1.0, 2.0], (2, 1))


# -- dtypes ------------------------------------------------------------------------------------------------------------
def test_concat_promotes_and_gives_each_its_own_dtype_back():
    x, y, z = leaf([1.0], "float32"), leaf([2.0], "float64"), leaf([3.0], "complex128")
    whole = j.concat([x, y, z])
    assert whole.dtype == np.complex128
    grads = grad(whole, (x, y, z), wrap(np.asarray([1 + 2j, 3 + 4j, 5 + 6j])))
    assert [g.dtype for g in grads] == [np.float32, np.float64, np.complex128]
    assert [g.item() for g in grads] == [1, 3, 5 + 6j]


def test_concat_of_tensors_and_raw_arrays():
    x = leaf([1.0, 2.0])
    whole = j.concat([np.asarray([5.0]), x, np.asarray([1], dtype="int8")])
    assert type(whole) is Tensor
    assert gradient(whole, x, wrap(np.asarray([1.0, 2.0, 3.0, 4.0]))).tolist() == [2.0, 3.0]


def test_integers_pass_through_without_a_graph():
    x = wrap(np.arange(4))
    for function in (m.clone, m.flip, lambda x: j.stack([x, x]), lambda x: j.repeat(x, 2)):
        assert not function(x).requires_grad
        assert function(x).dtype == np.int64


# -- memory and structure ----------------------------------------------------------------------------------------------
def test_rules_leave_the_gradient_alone():
    g = np.arange(6.0).reshape(2, 3)
    before = g.copy()
    x = leaf(np.ones((2, 3)))
    for y in (m.clone(x), m.reshape(x, (2, 3)), m.flip(x), j.concat([x]), j.pad(x, 0)):
        found = gradient(y, x, wrap(g))
        found.array[...] = -1.0
        np.testing.assert_array_equal(g, before)


def test_only_the_outputs_that_are_used_need_a_gradient():
    x = leaf([[1.0, 2.0], [3.0, 4.0]])
    assert gradient(j.unstack(x)[1].sum(), x).tolist() == [[0.0, 0.0], [1.0, 1.0]]
    assert gradient(j.split(x, 2, axis=1)[0].sum(), x).tolist() == [[1.0, 0.0], [1.0, 0.0]]


def test_outputs_of_one_node_are_numbered():
    first, second = j.unstack(leaf([1.0, 2.0]))
    assert first.grad_fn is second.grad_fn
    assert (first.output_nr, second.output_nr) == (0, 1)


def test_concat_gives_a_gradient_only_to_what_requires_it():
    x, y = leaf([1.0]), wrap(np.asarray([2.0]))
    whole = j.concat([x, y, x])
    whole.backward(wrap(np.asarray([1.0, 10.0, 100.0])))
    assert x.grad.tolist() == [101.0]
    assert y.grad is None


def test_broadcast_shapes():
    assert m.broadcast_shapes() == ()
    assert m.broadcast_shapes((2, 1), 3, ()) == (2, 3)
    assert m.broadcast_shapes((0, 1), (1, 4)) == (0, 4)
    with pytest.raises(ArgumentError, match=r"axis -2 has lengths \[2, 3\]"):
        m.broadcast_shapes((2, 1), (3, 1))


def test_squeeze_keeps_longer_axes():
    x = wrap(np.ones((1, 2)))
    assert m.squeeze(x).shape == (2,)
    assert m.squeeze(x, -2).shape == (2,)


def test_views_share_memory_and_copies_do_not():
    x = wrap(np.arange(6.0).reshape(2, 3))
    for view in (m.reshape(x, (6,)), m.permute_dims(x, (1, 0)), m.expand_dims(x), m.broadcast_to(x, (2, 2, 3))):
        assert np.shares_memory(view.array, x.array)
    for copy in (m.clone(x), m.reshape(x, (6,), copy=True), j.concat([x])):
        assert not np.shares_memory(copy.array, x.array)


def test_as_strided_of_memory_with_its_axes_in_another_order():
    """Also of results of `vmap`: a view among them is made again of its base, by its place in memory."""
    x = wg.tensor(np.arange(24.0).reshape(2, 3, 4)) * 1
    y = wg.permute_dims(x, (2, 0, 1)) * 1  # its own memory, which NumPy lays out as that of x
    assert y.array.base is None
    assert not y.array.flags.c_contiguous
    view = as_strided(y, (3,), (1,), 2)
    assert view.tolist() == [2.0, 3.0, 4.0]
    view.zero_()
    assert wg.permute_dims(y, (1, 2, 0)).reshape(-1).tolist() == [0.0, 1.0, 0.0, 0.0, 0.0, *range(5, 24)]
    samples = wg.tensor(np.arange(8.0).reshape(4, 2).T)
    assert vmap(lambda t: wg.reshape(t, (2, 2)))(samples).tolist() == samples.array.reshape(2, 2, 2).tolist()
