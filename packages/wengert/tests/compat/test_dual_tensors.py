"""Dual tensors as PyTorch's programs see them: how tangents lie in memory, what refuses them, how they print."""

import importlib

import numpy as np
import pytest
import torch

import wengert.compat.torch as spelled

from .both import check


def forward_ad(library):
    return importlib.import_module(f"{library.__name__}.autograd.forward_ad")


# -- where a tangent lies ------------------------------------------------------------------------------------------------
LAYOUTS = {
    "alike": lambda t: (t.zeros(2, 3), t.ones(2, 3)),
    "other strides": lambda t: (t.zeros(3, 2).T, t.ones(2, 3)),
    "part of more memory": lambda t: (t.zeros(5)[:4].detach(), t.ones(4)),
    "another offset": lambda t: (t.zeros(5)[1:].detach(), t.ones(5)[:4].detach()),
    "the same offset": lambda t: (t.zeros(5)[1:].detach(), t.ones(5)[1:].detach()),
    "strides that nobody walks": lambda t: (t.ones(1).as_strided((1,), (2,), 0), t.ones(1)),
    "no elements": lambda t: (t.ones(1).as_strided((0,), (1,), 1), t.ones(1).as_strided((0,), (1,), 2)),
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_tangent_is_copied_only_where_it_lies_otherwise(name):
    def program(library):
        fw = forward_ad(library)
        primal, tangent = LAYOUTS[name](library)
        with fw.dual_level():
            kept = fw.unpack_dual(fw.make_dual(primal, tangent)).tangent
            return kept is tangent, kept, kept.stride() == primal.stride() or kept.numel() < 2

    check(program)


def test_what_reaches_beyond_the_tensor_is_cut_of_the_tangent_too():
    def program(library):
        fw = forward_ad(library)
        with fw.dual_level():
            dual = fw.make_dual(library.zeros(5)[:4].detach(), library.ones(4))
            return fw.unpack_dual(dual.as_strided((5,), (1,), 0)).tangent

    check(program)


def test_the_gradient_of_a_copied_tangent_reaches_it():
    def program(library):
        fw = forward_ad(library)
        tangent = library.ones(2, 3, requires_grad=True)
        with fw.dual_level():
            kept = fw.unpack_dual(fw.make_dual(library.zeros(3, 2).T, tangent) * 2).tangent
            return library.autograd.grad(kept.sum(), tangent)

    check(program)


def test_zeros_that_lie_as_another_tensor():
    def program(library):
        make = library.ops.aten._new_zeros_with_same_feature_meta
        part = library.zeros(2, 6)[:, 1:3]
        new = make(library.ones(4, 5, 7), part, self_num_batch_dims=2)
        return new, new.stride(), new.storage_offset(), len(new.storage())

    with pytest.warns(UserWarning, match="TypedStorage"):  # PyTorch's
        check(program)


# -- samples of vmap as tangents -----------------------------------------------------------------------------------------
CUTS = {"all": lambda x: x.view_as(x), "T": lambda x: x.transpose(0, 1), "part": lambda x: x[:, :1]}


@pytest.mark.parametrize("name", CUTS)
def test_a_view_that_takes_samples_of_a_tangent(name):
    def program(library):
        fw = forward_ad(library)
        base, tangents = library.zeros(2, 2), library.arange(8.0).reshape(2, 2, 2)
        view = CUTS[name](base)

        def along(tangent):
            with fw.dual_level():
                dual = fw.make_dual(library.ones(2, 2), tangent)
                view.copy_(dual[:, : view.shape[1]])
                return fw.unpack_dual(view).tangent, fw.unpack_dual(base).tangent

        of_view, of_base = library._vmap_internals._vmap(along, 0, 0)(tangents)
        return of_view, of_base, of_view is of_base, of_view._base is of_base

    check(program)


def test_what_vmap_gives_back_is_what_it_was():
    def program(library):
        x = library.ones(3, 2, requires_grad=True)

        def of_one(row):
            twice = row * 2
            return row, twice, twice, twice.detach().view(2, 1)

        same, one, other, _ = library.vmap(of_one)(x)
        moved = library.vmap(lambda row: row, out_dims=1)(x)
        y = library.vmap(lambda row: (row * 2).view(2, 1))(x.detach())
        return same is x, one is other, moved is x, y._is_view()

    check(program)


def test_a_sample_that_was_given_other_data_is_not_what_it_was():
    def program(row):
        row.data = row.detach() * 3
        return row

    assert spelled.vmap(program)(spelled.ones(2, 2)).tolist() == [[3, 3], [3, 3]]


def test_tangents_of_samples_have_no_memory_beyond_their_elements():
    def program(library, size):
        fw = forward_ad(library)
        primal = library.zeros(5)[:4].detach()

        def along(tangent):
            with fw.dual_level():
                return fw.unpack_dual(fw.make_dual(primal, tangent).as_strided((size, 2), (1, 1), 0)).tangent

        return library._vmap_internals._vmap(along, 0, 0)(library.arange(8.0).reshape(2, 4))

    check(lambda library: program(library, 3))
    for library in (torch, spelled):
        with pytest.raises(RuntimeError, match="can access memory outside of `tensor`"):
            program(library, 4)


# -- what is refused, and what is said -----------------------------------------------------------------------------------
REFUSED = {
    "integers as tangent": (lambda t, fw, d: fw.make_dual(t.ones(2), t.ones(2).long()), "Expected tangent to be floating"),
    "integers": (lambda t, fw, d: fw.make_dual(t.ones(2).long(), t.ones(2)), "Expected primal to be floating"),
    "a dual tangent": (lambda t, fw, d: fw.make_dual(t.ones(2), d), "has a forward gradient at the same level"),
    "another level": (lambda t, fw, d: fw.enter_dual_level(), "Nested forward mode AD is not supported at the moment"),
    "out= of a dual": (lambda t, fw, d: t.add(d, 1, out=t.ones(2)), "out= function"),
    "out= into a dual": (lambda t, fw, d: t.add(t.ones(2), 1, out=d), "out= function"),
}


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("library", [torch, spelled], ids=["torch", "spelled"])
def test_refused(name, library):
    call, words = REFUSED[name]
    fw = forward_ad(library)
    with fw.dual_level():
        dual = fw.make_dual(library.ones(2), library.ones(2))
        with pytest.raises((RuntimeError, ValueError), match=words):
            call(library, fw, dual)


def test_a_jvp_sees_no_zeros_of_integers():
    def program(library):
        fw, seen = forward_ad(library), []

        def jvp(ctx, *tangents):
            seen.extend(t is None for t in tangents)
            return tangents[0], None

        body = {"forward": staticmethod(lambda ctx, x, n: (x.clone(), n.clone())), "jvp": staticmethod(jvp)}
        mine = type("Mine", (library.autograd.Function,), body)
        with fw.dual_level():
            first, second = mine.apply(fw.make_dual(library.ones(()), library.ones(())), library.tensor(3))
            return seen, fw.unpack_dual(first).tangent, fw.unpack_dual(second).tangent

    check(program)


def test_a_dual_tensor_shows_its_tangent():
    def program(library):
        fw = forward_ad(library)
        with fw.dual_level():
            dual = fw.make_dual(library.ones(2), library.tensor([3.0, 4.0]))
            return str(dual), str(fw.unpack_dual(dual).primal)

    check(program)


def test_gradients_of_a_convolution_on_demand():
    def program(library):
        fw, back = forward_ad(library), library.ops.aten.convolution_backward
        x = library.tensor(np.arange(32.0).reshape(2, 2, 8, 1).tolist())
        weight = library.tensor(np.arange(12.0).reshape(4, 1, 3, 1).tolist())
        with fw.dual_level():
            dual = fw.make_dual(weight, library.ones_like(weight))
            rest = (4,), (2, 1), (0, 0), (1, 1), False, (0, 0), 2
            found = back(library.ones(2, 4, 3, 1), x, dual, *rest, (True, True, True))
            not_wanted, *_ = back(library.ones(2, 4, 3, 1), x, dual, *rest, (False, True, True))
            return tuple(found), fw.unpack_dual(found[0]).tangent, not_wanted

    check(program)
