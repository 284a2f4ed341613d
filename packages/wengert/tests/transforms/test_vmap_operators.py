"""Every row of the operator table under vmap: what it gives for all samples at once is what it gives for one after the other."""

import warnings

import numpy as np
import pytest

from ops.rows import on_each
from ops.test_table import ROWS, as_tuple, each, weights_for
from wengert.autograd.requests import grad
from wengert.autograd.tensor import wrap
from wengert.errors import UnsupportedError, VmapError
from wengert.op import OPERATORS
from wengert.transforms.vmap import vmap

SAMPLES = 3

#: Rows of functions whose results have a shape that depends on the values.
WITHOUT_A_SHAPE = ("nonzero", "one_hot", "unique_all", "unique_counts", "unique_inverse", "unique_values")

#: Operators that may be called sample by sample.
ONE_BY_ONE: set[str] = set()

#: Operators without a batching rule that never meet a batched operand.
NEVER_BATCHED = {"lift", "collect", "enter", "leave"}  # they are the way in and out

TOLERANCES = {"float32": 2e-5, "complex64": 2e-5}


def is_about(row, names):
    return row.name.partition("[")[0] in names


def with_shapes(row):
    return not is_about(row, WITHOUT_A_SHAPE)


class Case:
    """A row with arguments for several samples, some of which share what is not batched."""

    def __init__(self, row, dtype):
        self.row, self.dtype = row, dtype
        self.samples = [row.args(np.random.default_rng(seed), dtype) for seed in range(SAMPLES)]
        if row.name == "repeat[array]":  # the lengths of the results are values
            self.samples = [(sample[0], self.samples[0][1]) for sample in self.samples]
        self.columns = list(zip(*[self.arrays(sample) for sample in self.samples], strict=True))

    @staticmethod
    def arrays(arguments):
        found = []
        each(arguments, lambda a: found.append(a) or a)
        return found

    def patterns(self):
        """Which arguments are batched: all of them, and each alone."""
        count = len(self.columns)
        alone = [tuple(i == j for i in range(count)) for j in range(count)] if count > 1 else []
        every = (True,) * count
        if self.row.name == "repeat[array]":
            return [(True, False)]
        return list(dict.fromkeys([every, *alone]))

    def call(self, *tensors):
        given = iter(tensors)
        return self.row.fn(*each(self.samples[0], lambda a: next(given)))

    def of_sample(self, pattern, number):
        return [wrap(column[number if batched else 0]) for column, batched in zip(self.columns, pattern, strict=True)]

    def of_all(self, pattern, last=False):
        """The arguments for vmap, and its in_dims: the samples along the first axis, or along the last."""
        arguments, dims = [], []
        for column, batched in zip(self.columns, pattern, strict=True):
            dim = (-1 if last else 0) if batched else None
            arguments.append(wrap(column[0] if dim is None else np.stack(column, axis=dim)))
            dims.append(dim)
        return arguments, tuple(dims)

    def check(self, function, pattern, last=False):
        expected = [as_tuple(function(*self.of_sample(pattern, number))) for number in range(SAMPLES)]
        arguments, dims = self.of_all(pattern, last)
        got = as_tuple(vmap(function, in_dims=dims, randomness="same")(*arguments))
        assert len(got) == len(expected[0])
        tolerance = TOLERANCES.get(self.dtype, 1e-9)
        for number, found in enumerate(got):
            wanted = np.stack([results[number].array for results in expected])
            assert (found.shape, found.dtype) == (wanted.shape, wanted.dtype)
            np.testing.assert_allclose(found.array, wanted, rtol=tolerance, atol=tolerance)


def cases(rows, dtypes):
    return [(row, dtype) for row in rows for dtype in dtypes(row)]


def differentiated(order):
    return lambda row: [d for d in ("float64", "complex128") if d in row.dtypes] if row.order >= order else []


@pytest.fixture
def no_loop():
    """Falling back to one sample after the other is a warning, and here an error, but where it is allowed."""
    with warnings.catch_warnings():
        for name in ONE_BY_ONE:
            warnings.filterwarnings("ignore", message=f"vmap: {name} has no batching rule")
        yield


RANDOM = [row for row in ROWS if "dropout" in row.name]
SURE = [row for row in ROWS if with_shapes(row) and row not in RANDOM and not row.unmapped]


# -- values ------------------------------------------------------------------------------------------------------------
@on_each(cases(SURE, lambda row: row.dtypes))
def test_value(row, dtype, no_loop):
    case = Case(row, dtype)
    with np.errstate(all="ignore"):
        for pattern in case.patterns():
            case.check(case.call, pattern)
        case.check(case.call, case.patterns()[0], last=True)


# -- gradients ---------------------------------------------------------------------------------------------------------
def gradients(call, create_graph=False):
    """The function that gives the gradients of `call` with respect to its floating arguments; and these, if recorded."""

    def function(*tensors):
        given = [t.detach().requires_grad_() if t.dtype.kind in "fc" else t for t in tensors]
        leaves = [t for t in given if t.requires_grad]
        outputs = [o for o in as_tuple(call(*given)) if o.requires_grad]
        if not outputs:
            return ((), leaves) if create_graph else ()
        options = {"create_graph": create_graph, "materialize_grads": True}
        found = grad(outputs, leaves, weights_for(outputs), **options)
        return (found, leaves) if create_graph else found

    return function


def second_gradients(call):
    first = gradients(call, create_graph=True)

    def function(*tensors):
        found, leaves = first(*tensors)
        found = [g for g in found if g.requires_grad]
        return grad(found, leaves, weights_for(found), materialize_grads=True) if found else ()

    return function


@on_each(cases(SURE, differentiated(1)))
def test_vmap_of_gradient(row, dtype, no_loop):
    """One gradient for each sample, also of what all samples share."""
    case = Case(row, dtype)
    for pattern in case.patterns():
        case.check(gradients(case.call), pattern)


@on_each(cases(SURE, differentiated(2)))
def test_vmap_of_second_gradient(row, dtype, no_loop):
    case = Case(row, dtype)
    for pattern in case.patterns():
        case.check(second_gradients(case.call), pattern)


@on_each(cases(SURE, differentiated(1)))
def test_nested_vmap_of_gradient(row, dtype, no_loop):
    """Every pair of samples: the inner vmap goes over the first operand, the outer over the others, or over the same."""
    case = Case(row, dtype)
    function = gradients(case.call)
    arguments, dims = case.of_all(case.patterns()[0])
    first = next(i for i, dim in enumerate(dims) if dim is not None)
    inner = tuple(0 if i == first else None for i in range(len(dims)))
    outer = tuple(None if i == first or dim is None else 0 for i, dim in enumerate(dims))
    if all(dim is None for dim in outer):
        twice = wrap(np.stack([arguments[first].array, arguments[first].array[::-1]]))
        arguments[first], outer = twice, inner
    got = as_tuple(vmap(vmap(function, in_dims=inner), in_dims=outer)(*arguments))
    for i in range(SAMPLES if outer != inner else 2):
        for j in range(SAMPLES):
            sample = case.of_sample((True,) * len(dims), i)
            sample[first] = wrap(case.columns[first][j if outer != inner or not i else SAMPLES - 1 - j])
            if row.name == "repeat[array]":
                sample[1] = wrap(case.columns[1][0])
            for found, expected in zip(got, as_tuple(function(*sample)), strict=True):
                np.testing.assert_allclose(found.array[i, j], expected.array, rtol=1e-9, atol=1e-9)


@on_each(cases(SURE, differentiated(1)))
def test_gradient_of_vmap(row, dtype, no_loop):
    """The gradient of what all samples share is the sum of theirs."""
    case = Case(row, dtype)
    for pattern in case.patterns():
        arguments, dims = case.of_all(pattern)
        leaves = [t.requires_grad_() for t in arguments if t.dtype.kind in "fc"]
        outputs = [o for o in as_tuple(vmap(case.call, in_dims=dims)(*arguments)) if o.requires_grad]
        if not outputs:
            continue
        weights = weights_for(outputs)
        got = grad(outputs, leaves, weights, materialize_grads=True)
        expected = [np.zeros(leaf.shape, leaf.dtype) for leaf in leaves]
        differentiable = [i for i, t in enumerate(arguments) if t.dtype.kind in "fc"]
        for number in range(SAMPLES):
            sample = case.of_sample(pattern, number)
            own = [sample[i].requires_grad_() for i in differentiable]
            results = [o for o in as_tuple(case.call(*sample)) if o.requires_grad]
            found = grad(results, own, [wrap(w.array[number]) for w in weights], materialize_grads=True)
            for place, (i, g) in enumerate(zip(differentiable, found, strict=True)):
                target = expected[place][number, ...] if pattern[i] else expected[place]
                target += g.array
        for a, b in zip(got, expected, strict=True):
            np.testing.assert_allclose(a.array, b, rtol=1e-9, atol=1e-9)


@on_each(cases(SURE, differentiated(1)))
def test_batched_gradients(row, dtype, no_loop):
    """E1.9: ``grad(is_grads_batched=True)`` gives for each gradient what `grad` gives for it alone."""
    case = Case(row, dtype)
    arguments = case.of_sample((True,) * len(case.columns), 0)
    leaves = [t.requires_grad_() for t in arguments if t.dtype.kind in "fc"]
    outputs = [o for o in as_tuple(case.call(*arguments)) if o.requires_grad]
    if not outputs:
        return
    alone = [[w.array * (k + 1) for w in weights_for(outputs)] for k in range(SAMPLES)]
    together = [wrap(np.stack(arrays)) for arrays in zip(*alone, strict=True)]
    options = {"retain_graph": True, "materialize_grads": True}
    got = grad(outputs, leaves, together, is_grads_batched=True, **options)
    for k in range(SAMPLES):
        expected = grad(outputs, leaves, [wrap(np.asarray(a)) for a in alone[k]], **options)
        for a, b in zip(got, expected, strict=True):
            np.testing.assert_allclose(a.array[k], b.array, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("row", [row for row in RANDOM if row.order], ids=lambda row: row.name)
def test_random_rows(row):
    """With the same numbers for all samples they are as one sample after the other, each drawing from the start."""
    case = Case(row, "float64")
    case.check(case.call, (True,) * len(case.columns))
    case.check(gradients(case.call), (True,) * len(case.columns))


# -- what cannot be batched --------------------------------------------------------------------------------------------
@pytest.mark.parametrize("row", [row for row in ROWS if not with_shapes(row)], ids=lambda row: row.name)
def test_shapes_that_depend_on_values(row):
    case = Case(row, row.dtypes[0])
    arguments, dims = case.of_all((True,) * len(case.columns))
    with pytest.raises(VmapError, match=r"values|number"):
        vmap(case.call, in_dims=dims)(*arguments)


@pytest.mark.parametrize("row", [row for row in ROWS if row.unmapped], ids=lambda row: row.name)
def test_what_means_nothing_for_many_samples(row):
    case = Case(row, row.dtypes[0])
    arguments, dims = case.of_all((True,) * len(case.columns))
    with pytest.raises(UnsupportedError):
        vmap(case.call, in_dims=dims)(*arguments)


def test_every_operator_has_a_rule():
    """Elementwise ones derive it; the others declare one, but for those that are listed here."""
    without = {name for name, op in OPERATORS.items() if op.batching is None and not op.elementwise}
    ours = {name for name in without if op_module(name).startswith("wengert.")}
    assert ours == NEVER_BATCHED


def op_module(name):
    return OPERATORS[name].public.__module__
