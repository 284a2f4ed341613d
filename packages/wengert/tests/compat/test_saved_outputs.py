"""Outputs that nodes have saved, handed out; and small functions that PyTorch's programs reach for beneath its surface."""

import itertools

import pytest

import wengert.compat.torch as spelled
from wengert.compat.torch.testing._internal.common_utils import set_warn_always_context

from .both import check


@pytest.mark.parametrize("written", ["before", "after", "between"])
def test_a_saved_output_has_the_version_of_the_output(written):
    def program(library):
        x = library.ones(2, requires_grad=True)
        y = x.exp()
        if written == "before":
            with library.no_grad():
                y.mul_(1)
            return y._version
        first = y.grad_fn._saved_result
        if written == "between":
            y.detach()
        second = y.grad_fn._saved_result
        with library.no_grad():
            y.add_(1)
        return first._version, second._version, first, y._version

    check(program)


def test_writing_to_a_saved_output_that_was_handed_out_is_noticed():
    def program(library):
        y = library.ones(2, requires_grad=True).exp()
        with library.no_grad():
            y.grad_fn._saved_result.add_(1)
        y.sum().backward()

    check(program)


@pytest.mark.parametrize("rule", ["scatter_reduce", "index_reduce"])
@pytest.mark.parametrize("include_self", [True, False])
@pytest.mark.filterwarnings("ignore:index_reduce")
def test_products_of_what_arrives(rule, include_self):
    def program(library):
        x = library.tensor([[1.0, 2.0, 0.0], [4.0, 5.0, 6.0]], requires_grad=True)
        source = library.tensor([[2.0, 0.0, 7.0], [3.0, 4.0, 0.0], [0.0, 2.0, 2.0]], requires_grad=True)
        index = library.tensor([[0, 1, 0], [1, 1, 0], [0, 1, 1]]) if rule == "scatter_reduce" else library.tensor([1, 0, 1])
        y = getattr(library, rule)(x, 0, index, source, "prod", include_self=include_self)
        return y, library.autograd.grad((y * library.arange(6.0).reshape(2, 3)).sum(), (x, source))

    check(program)


def test_unique_in_all_its_forms():
    def program(library):
        x = library.tensor([3.0, 1.0, 3.0, 2.0], requires_grad=True)
        found = [library._unique(x, return_inverse=True)]
        for inverse, counts in itertools.product((True, False), repeat=2):
            found.append(library._unique2(x, return_inverse=inverse, return_counts=counts))
            found.append(library._VF.unique_dim(x, 0, return_inverse=inverse, return_counts=counts))
        return [tuple(t.detach() for t in each) for each in found]

    check(program)


def test_a_tensor_that_shrinks_keeps_its_memory():
    def program(library):
        x = library.arange(6.0)
        other = x.detach()
        x.resize_(2, 2).mul_(10)
        return x, other, len(x.untyped_storage()) >= 24, x.resize_(6)

    check(program)


def test_a_recorded_backward_warns_of_the_cycle_in_words_that_filters_know():
    x = spelled.ones((), requires_grad=True)
    words = r"^Using backward\(\) with create_graph=True will create a reference cycle"
    with set_warn_always_context(True), pytest.warns(UserWarning, match=words):
        (x * x).backward(create_graph=True)
    x.grad = None
