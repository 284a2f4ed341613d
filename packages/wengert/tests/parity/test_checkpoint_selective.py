"""Checkpoints that keep the results of some operators (S7.7)."""

from __future__ import annotations

import functools

import pytest

from .checkpoints import checkpoint, logged, tools
from .facade import parity
from .programs import leaf


def operators(lib):
    """Operators of the library, by the names that programs use."""
    if lib.name == "torch":
        aten = lib.module.ops.aten
        return {"matmul": aten.mm.default, "exp": aten.exp.default, "sin": aten.sin.default, "mul": aten.mul.Tensor}
    return {"matmul": lib.matmul, "exp": lib.exp, "sin": lib.sin, "mul": lib.mul}


def selective(lib, policy, **options):
    """The context_fn of a policy, or of a list of operators by name."""
    if isinstance(policy, list):
        policy = [operators(lib)[name] for name in policy]
    return functools.partial(tools(lib).create_selective_checkpoint_contexts, policy, **options)


def naming(lib, log, decide):
    """A policy that logs what it is asked about, and decides by name."""
    names = {op: name for name, op in operators(lib).items()}

    def policy(ctx, op, *args, **kwargs):
        decision = decide(names.get(op, "other"))
        log("policy", names.get(op, "other"), ctx.op_output, ctx.is_recompute, args[0], getattr(decision, "name", decision))
        return decision

    return policy


def square(lib):
    return lib.tensor([[0.5, 0.25], [-0.5, 1.0]], requires_grad=True)


def network(lib, x):
    """Products and elementwise operators that all save something."""
    y = lib.exp(lib.matmul(x, x))
    return lib.sin(lib.matmul(y, x)) * y


@pytest.mark.parametrize("kept", [[], ["matmul"], ["exp", "sin"], ["matmul", "exp", "sin", "mul"]])
@pytest.mark.parametrize("early_stop", [False, True])
@parity
def test_a_list_of_operators(lib, log, kept, early_stop):
    """S7.7: gradients are the same whatever is kept; the function runs again all the same."""
    x = square(lib)
    run = logged(log, "network", lambda x: network(lib, x))
    y = checkpoint(lib, run, x, context_fn=selective(lib, kept), early_stop=early_stop)
    log("forward", y)
    lib.sum(y).backward()
    log("grad", x.grad)


@pytest.mark.parametrize("kind", ["SAVE", "RECOMPUTE", "CPU_OFFLOAD"])
@pytest.mark.parametrize("strength", ["MUST", "PREFER"])
@parity
def test_a_policy(lib, log, kind, strength):
    """S7.7: is asked after each operator of the forward, with its result and its arguments."""
    chosen = tools(lib).CheckpointPolicy[f"{strength}_{kind}"]
    other = tools(lib).CheckpointPolicy.PREFER_RECOMPUTE
    policy = naming(lib, log, lambda name: chosen if name in {"matmul", "sin"} else other)
    x = square(lib)
    y = checkpoint(lib, lambda x: network(lib, x), x, context_fn=selective(lib, policy))
    log("forward is over")
    lib.sum(y).backward()
    log("grad", x.grad)


@parity
def test_a_policy_of_true_and_false(lib, log):
    """S7.7: save, recompute."""
    x = square(lib)
    policy = naming(lib, log, lambda name: name == "matmul")
    lib.sum(checkpoint(lib, lambda x: network(lib, x), x, context_fn=selective(lib, policy))).backward()
    log("grad", x.grad)


@pytest.mark.parametrize("kept", [[], ["exp"]])
@parity
def test_a_second_backward(lib, log, kept):
    """S7.7: an error once something was kept and used."""
    x = leaf(lib, 0.5)
    y = checkpoint(lib, lambda x: lib.sin(lib.exp(x)), x, context_fn=selective(lib, kept))
    y.backward(retain_graph=True)
    log.attempt("again", y.backward)
    log("grad", x.grad)


@pytest.mark.parametrize("allowed", [False, True])
@pytest.mark.parametrize("which", ["exp", "mul"])
@parity
def test_a_kept_result_modified(lib, log, which, allowed):
    """S7.7: results that were kept are version-checked, unless that is switched off."""
    x = leaf(lib, 0.5)
    inside = {}

    def run(x):
        y = lib.exp(x)
        z = y * y
        inside.update(exp=y, mul=z)
        return lib.sin(z)

    y = checkpoint(lib, run, x, context_fn=selective(lib, ["exp"], allow_cache_entry_mutation=allowed))
    lib.graph.increment_version(inside[which])
    log.attempt("backward", y.backward)


@parity
def test_derivatives_of_derivatives(lib, log):
    """S7.7: what was kept stands where it was in the graph."""
    x = leaf(lib, 0.5)
    y = checkpoint(lib, lambda x: lib.sin(lib.exp(x)), x, context_fn=selective(lib, ["exp", "sin"]))
    log("first", *lib.grad(y, [x]))
    y = checkpoint(lib, lambda x: x * lib.exp(x), x, context_fn=selective(lib, ["exp"]))
    (first,) = lib.grad(y, [x], create_graph=True)
    log("first", first, first.requires_grad)


@parity
def test_operators_in_another_number(lib, log):
    """S7.7: more calls in the recomputation than in the forward."""
    x = leaf(lib, 0.5)
    calls = []

    def run(x):
        calls.append(None)
        for _ in calls:
            x = lib.exp(x)
        return lib.sin(x)

    y = checkpoint(lib, run, x, context_fn=selective(lib, ["exp"]), early_stop=False)
    log.attempt("backward", y.backward)


@pytest.mark.parametrize("policy", ["number", "function in a list", "None"])
@parity
def test_a_policy_that_is_none(lib, log, policy):
    """S7.7: neither a function nor a list of operators."""
    given = {"number": 3, "function in a list": [lambda x: x], "None": None}[policy]
    log.attempt("contexts", lambda: tools(lib).create_selective_checkpoint_contexts(given))


@parity
def test_a_policy_that_raises(lib, log):
    """S7.7: at the operator; the contexts are left."""

    def policy(ctx, op, *args, **kwargs):
        raise KeyError("policy")

    x = leaf(lib, 0.5)
    log.attempt("forward", lambda: checkpoint(lib, lib.exp, x, context_fn=selective(lib, policy)))
    y = lib.exp(x)
    log("afterwards", y.grad_fn._saved_result)


@parity
def test_under_no_grad(lib, log):
    """S7.6: the policy is not asked."""
    x = leaf(lib, 0.5)
    policy = naming(lib, log, lambda name: True)
    with lib.no_grad():
        log("result", checkpoint(lib, lib.exp, x, context_fn=selective(lib, policy)))


@parity
def test_selective_checkpoints_inside_each_other(lib, log):
    """S7.7, S7.4: gradients are those of the plain function."""
    x = square(lib)

    def inner(x):
        return lib.sin(lib.matmul(lib.exp(x), x))

    def outer(x):
        y = checkpoint(lib, inner, lib.exp(x), context_fn=selective(lib, ["sin"]))
        return lib.matmul(lib.exp(y), y)

    lib.sum(checkpoint(lib, outer, x, context_fn=selective(lib, ["exp", "matmul"]))).backward()
    log("grad", x.grad)
