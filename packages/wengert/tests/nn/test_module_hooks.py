"""Hooks on modules: the same program in PyTorch and in Wengert (rule H10)."""

from __future__ import annotations

import copy
import gc
import pickle
import warnings
import weakref

import pytest

import wengert as wg
from parity.facade import parity
from wengert import nn
from wengert.autograd.hooks import live_hooks


def leaf(lib, *values):
    return lib.tensor(list(values), requires_grad=True)


def scale(lib, factor=3.0):
    """A module with a parameter, in either library."""

    class Scale(lib.nn.Module):
        def __init__(self):
            super().__init__()
            self.factor = lib.nn.Parameter(lib.tensor([factor, factor]))

        def forward(self, x, *, shift=0.0):
            return x * self.factor + shift

    return Scale()


def two(lib):
    """A module with two inputs and two outputs, of which the second input and output may be anything."""

    class Two(lib.nn.Module):
        def forward(self, a, b=None):
            return a * 2.0, (b if b is None or isinstance(b, str) else b * 3.0)

    return Two()


def watched(lib, log, module, name):
    """A hook of every kind on `module`."""
    module.register_full_backward_hook(lambda m, i, o: log(f"backward {name}", i, o))
    module.register_full_backward_pre_hook(lambda m, o: log(f"backward pre {name}", o))
    module.register_forward_hook(lambda m, i, o: log(f"forward {name}", i, o))
    module.register_forward_pre_hook(lambda m, i: log(f"forward pre {name}", i))
    return module


# -- order -----------------------------------------------------------------------------------------------------------------
@parity
def test_order_of_kinds(lib, log):
    """H10: pre, forward, backward pre, backward; whatever the order of registration."""
    x = leaf(lib, 1.0, -2.0)
    x.register_hook(lambda g: log("x", g))
    module = watched(lib, log, scale(lib), "scale")
    module.factor.register_hook(lambda g: log("factor", g))
    module.factor.register_post_accumulate_grad_hook(lambda p: log("stored", p.grad))
    y = module(x)
    y.register_hook(lambda g: log("y", g))
    y.sum().backward()
    log("grad", x.grad)


@parity
def test_order_in_a_chain(lib, log):
    """H10: the backward of the last module comes first, and each is whole before the next."""
    x = leaf(lib, 1.0, -2.0)
    model = lib.nn.Sequential(watched(lib, log, scale(lib), "first"), watched(lib, log, scale(lib, 5.0), "second"))
    watched(lib, log, model, "model")
    model(x).sum().backward()
    log("grad", x.grad)


@pytest.mark.parametrize("kind", ["forward_pre", "forward", "full_backward_pre", "full_backward"])
@parity
def test_order_of_registration_and_prepend(lib, log, kind):
    x = leaf(lib, 1.0, 2.0)
    module = scale(lib)
    register = getattr(module, f"register_{kind}_hook")
    for name in ("first", "second"):
        register(lambda *arguments, name=name: log(name))
    for name in ("prepended", "prepended later"):
        register(lambda *arguments, name=name: log(name), prepend=True)
    register(lambda *arguments: log("last"))
    module(x).sum().backward()


@parity
def test_each_sees_what_the_one_before_returned(lib, log):
    x = leaf(lib, 1.0, 2.0)
    module = scale(lib)
    for factor in (2.0, 10.0):
        module.register_forward_pre_hook(lambda m, i, f=factor: (log("pre", i), (i[0] * f,))[1])
        module.register_forward_hook(lambda m, i, o, f=factor: (log("forward", i, o), o * f)[1])
        module.register_full_backward_pre_hook(lambda m, o, f=factor: (log("backward pre", o), (o[0] * f,))[1])
        module.register_full_backward_hook(lambda m, i, o, f=factor: (log("backward", i, o), (i[0] * f,))[1])
    module(x).sum().backward()
    log("grads", x.grad, module.factor.grad)


@parity
def test_global_hooks_come_first(lib, log):
    modules = lib.nn.modules.module if lib.name == "torch" else lib.nn
    handles = [
        modules.register_module_forward_pre_hook(lambda m, i: log("global pre", type(m))),
        modules.register_module_forward_hook(lambda m, i, o: log("global forward", type(m))),
        modules.register_module_full_backward_pre_hook(lambda m, o: log("global backward pre", type(m), o)),
        modules.register_module_full_backward_hook(lambda m, i, o: log("global backward", type(m), i, o)),
    ]
    try:
        x = leaf(lib, 1.0, 2.0)
        model = lib.nn.Sequential(watched(lib, log, scale(lib), "scale"), lib.nn.ReLU())
        model(x).sum().backward()
    finally:
        for handle in handles:
            handle.remove()
    model(x)
    log("removed")


@parity
def test_global_forward_hook_options(lib, log):
    modules = lib.nn.modules.module if lib.name == "torch" else lib.nn
    with modules.register_module_forward_hook(lambda m, i, k, o: (log("global", i, k, o), o * 2.0)[1], with_kwargs=True):
        log("result", scale(lib)(leaf(lib, 1.0, 2.0), shift=1.0))

    class Broken(lib.nn.Module):
        def forward(self, x):
            raise ArithmeticError

    with modules.register_module_forward_hook(lambda m, i, o: log("always", i, o), always_call=True):
        log.attempt("broken", lambda: Broken()(leaf(lib, 1.0)))


# -- forward hooks ---------------------------------------------------------------------------------------------------------
@parity
def test_what_a_forward_pre_hook_may_return(lib, log):
    x = leaf(lib, 1.0, 2.0)
    module = two(lib)
    for returned in (None, lib.tensor([5.0]), (lib.tensor([6.0]),), (lib.tensor([7.0]), "b"), ()):
        with module.register_forward_pre_hook(lambda m, i, r=returned: r):
            log.attempt("call", lambda: module(x))


@parity
def test_forward_pre_hook_with_kwargs(lib, log):
    x = leaf(lib, 1.0, 2.0)
    module = scale(lib)
    with module.register_forward_pre_hook(lambda m, i, k: (i, {"shift": k["shift"] * 2.0}), with_kwargs=True):
        module.register_forward_pre_hook(lambda m, i: log("without", i))
        log("doubled", module(x, shift=1.0))
    with module.register_forward_pre_hook(lambda m, i, k: log("seen", i, k), with_kwargs=True):
        log("same", module(x, shift=1.0))
    for returned in (i_only := (x,), x, (x, {}, {}), 5):
        with module.register_forward_pre_hook(lambda m, i, k, r=returned: r, with_kwargs=True):
            log.attempt("bad", lambda: module(x))
    del i_only


@parity
def test_forward_hook_with_kwargs(lib, log):
    x = leaf(lib, 1.0, 2.0)
    module = scale(lib)
    module.register_forward_hook(lambda m, i, k, o: log("with", i, k, o), with_kwargs=True)
    module.register_forward_hook(lambda m, i, o: o + 1.0)
    module.register_forward_hook(lambda m, i, k, o: (i, k, o), with_kwargs=True, prepend=True)
    log.attempt("call", lambda: module(x, shift=1.0))


@pytest.mark.parametrize("raises", ["forward", "pre", "hook before", "hook itself", "hook after", "nothing"])
@parity
def test_always_call(lib, log, raises):
    """A hook that is always called is called once, also where the forward or another hook raised."""

    class Module(lib.nn.Module):
        def forward(self, x):
            if raises == "forward":
                raise ArithmeticError
            return x * 2.0

    def hook(name):
        def call(module, args, output):
            log(name, output)
            if raises == name:
                raise LookupError

        return call

    module = Module()
    if raises == "pre":
        module.register_forward_pre_hook(lambda m, i: {}["missing"])
    module.register_forward_hook(hook("hook before"))
    module.register_forward_hook(hook("hook itself"), always_call=True)
    module.register_forward_hook(hook("hook after"))
    module.register_forward_hook(lambda m, i, k, o: log("with kwargs", i, k, o), always_call=True, with_kwargs=True)
    log.attempt("call", lambda: module(leaf(lib, 1.0)))


@parity
def test_an_error_in_an_always_called_hook_is_silenced_by_the_first(lib, log):
    class Module(lib.nn.Module):
        def forward(self, x):
            raise ArithmeticError

    module = Module()
    module.register_forward_hook(lambda m, i, o: {}["missing"], always_call=True)
    module.register_forward_hook(lambda m, i, o: log("second", o), always_call=True)
    with log.warnings("warnings"):
        log.attempt("call", lambda: module(leaf(lib, 1.0)))


@parity
def test_hooks_removed_and_added_while_running(lib, log):
    x = leaf(lib, 1.0, 2.0)
    module = scale(lib)
    handles = {}

    def first(*arguments):
        log("first")
        handles["second"].remove()
        module.register_full_backward_hook(lambda *arguments: log("too late"))

    handles["first"] = module.register_full_backward_hook(first)
    handles["second"] = module.register_full_backward_hook(lambda *arguments: log("second"))
    module(x).sum().backward()
    log("again")
    handles["first"].remove()
    module(x).sum().backward()


# -- backward hooks --------------------------------------------------------------------------------------------------------
@parity
def test_inputs_without_gradient(lib, log):
    """H10.1: None stands for an input that is no tensor or requires no gradient."""
    module = watched(lib, log, two(lib), "two")
    x = leaf(lib, 1.0, 2.0)
    for second in (None, "text", lib.tensor([1.0]), leaf(lib, 4.0)):
        a, b = module(x, second)
        loss = a.sum() + (b.sum() if isinstance(b, lib.Tensor) else 0.0)
        loss.backward()
        log("done")


@parity
def test_outputs_that_are_not_used(lib, log):
    """H10.1: their gradient is None for the hook, and an unused input gets zeros."""
    module = watched(lib, log, two(lib), "two")
    x, y = leaf(lib, 1.0, 2.0), leaf(lib, 3.0)
    a, b = module(x, y)
    a.sum().backward(retain_graph=True)
    log("grads", x.grad, y.grad)
    b.sum().backward()
    log("grads", x.grad, y.grad)


@parity
def test_no_input_requires_gradient(lib, log):
    """H10.1: the hooks fire when the gradients of the outputs are there, with None for every input."""
    module = scale(lib)
    watched(lib, log, module, "scale")
    module.factor.register_hook(lambda g: log("factor", g))
    x = lib.tensor([1.0, 2.0])
    module(x).sum().backward()
    log("factor", module.factor.grad)
    for returned in ((None,), (), (lib.tensor([1.0, 1.0]),), [None], lib.tensor([1.0, 1.0])):
        with module.register_full_backward_hook(lambda m, i, o, r=returned: r):
            log.attempt("return", lambda: module(x).sum().backward())


@parity
def test_replacements_are_checked(lib, log):
    """H10.1: the right number; a bare tensor is measured with len()."""
    x = leaf(lib, 1.0, 2.0)
    module = scale(lib)
    good = lib.tensor([7.0, 8.0])
    for returned in (
        (good,),
        [good],
        (None,),
        (),
        (good, good),
        good,
        lib.tensor([[7.0, 8.0]]),
        lib.tensor(1.0),
        (lib.tensor([1.0]),),
        ("text",),
        5,
    ):
        for register in (module.register_full_backward_hook, module.register_full_backward_pre_hook):
            x.grad = None
            with register(lambda *arguments, r=returned: r):
                log.attempt("backward", lambda: module(x).sum().backward())
            log("grad", x.grad)


@parity
def test_grad_of_the_output_itself_does_not_fire(lib, log):
    """H10.1: `grad(y.sum(), y)` ends before the node of the hooks."""
    x = leaf(lib, 1.0, 2.0)
    module = watched(lib, log, scale(lib), "scale")
    y = module(x)
    log("grad", lib.grad(y.sum(), y))
    log("x", lib.grad(module(x).sum(), x))
    log("factor", lib.grad(module(x).sum(), module.factor))


@parity
def test_twice_through_one_module(lib, log):
    x = leaf(lib, 1.0, 2.0)
    module = watched(lib, log, scale(lib), "scale")
    module(module(x)).sum().backward()
    log("grads", x.grad, module.factor.grad)


@parity
def test_second_backward_through_the_same_call(lib, log):
    x = leaf(lib, 1.0, 2.0)
    module = watched(lib, log, scale(lib), "scale")
    y = module(x).sum()
    y.backward(retain_graph=True)
    log("between")
    y.backward()
    log("grads", x.grad, module.factor.grad)


@parity
def test_gradients_of_gradients(lib, log):
    """The identities are recorded; the hooks of a recorded backward see tensors with a history."""
    x = leaf(lib, 1.0, 2.0)

    class Square(lib.nn.Module):
        def forward(self, x):
            return x * x

    module = Square()
    module.register_full_backward_hook(lambda m, i, o: log("backward", i, o, i[0].requires_grad))
    module.register_full_backward_pre_hook(lambda m, o: log("pre", o, o[0].requires_grad))
    (gradient,) = lib.grad((module(x) * x).sum(), x, create_graph=True)
    log("first", gradient)
    gradient.sum().backward()
    log("second", x.grad)


@pytest.mark.parametrize("mode", ["no_grad", "inference_mode"])
@parity
def test_without_recording(lib, log, mode):
    module = watched(lib, log, scale(lib), "scale")
    with getattr(lib, mode)():
        y = module(leaf(lib, 1.0, 2.0))
    log("y", y, y.requires_grad)


@parity
def test_backward_hooks_and_odd_outputs(lib, log):
    """Something that is neither a tensor nor a tuple: a warning, and no backward hooks."""
    x = leaf(lib, 1.0, 2.0)

    class Odd(lib.nn.Module):
        def forward(self, x, kind):
            return {"dict": {"y": x * 2.0}, "list": [x * 2.0], "none": None, "nested": ((x * 2.0,),), "empty": ()}[kind]

    module = Odd()
    module.register_full_backward_hook(lambda m, i, o: log("backward", i, o))
    for kind in ("dict", "list", "none", "nested", "empty"):
        with log.warnings(kind):
            y = module(x, kind)
        log("type", type(y))
        while not isinstance(y, lib.Tensor) and y:
            y = y["y"] if isinstance(y, dict) else y[0]
        if isinstance(y, lib.Tensor):
            y.sum().backward()


@parity
def test_no_tensor_among_the_inputs(lib, log):
    class Source(lib.nn.Module):
        def __init__(self):
            super().__init__()
            self.value = lib.nn.Parameter(lib.tensor([1.0]))

        def forward(self, *, factor=1.0):
            return self.value * factor

    module = watched(lib, log, Source(), "source")
    module(factor=2.0).sum().backward()
    log("grad", module.value.grad)


@parity
def test_identity_module(lib, log):
    """The input itself as the output: both identities are there."""
    x = leaf(lib, 1.0, 2.0)
    module = watched(lib, log, lib.nn.Identity(), "identity")
    y = module(x)
    log("is", y is x, y.is_leaf)
    names = []
    node = y.grad_fn
    while node is not None:
        names.append(node.name().rsplit("::", 1)[-1])
        node = node.next_functions[0][0] if node.next_functions else None
    log("nodes", names)
    y.sum().backward()


@parity
def test_a_hook_that_raises(lib, log):
    x = leaf(lib, 1.0, 2.0)
    module = scale(lib)

    def hook(*arguments):
        log("called")
        raise LookupError

    for register in (module.register_full_backward_hook, module.register_full_backward_pre_hook):
        with register(hook):
            log.attempt("backward", lambda: module(x).sum().backward())
        log("x", x.grad)
    module(x).sum().backward()
    log("x", x.grad)


@parity
def test_registered_in_a_forward_pre_hook(lib, log):
    """Backward hooks are those that the module had when the call began."""
    x = leaf(lib, 1.0, 2.0)
    module = scale(lib)
    register = module.register_full_backward_hook
    module.register_forward_pre_hook(lambda m, i: (register(lambda *arguments: log("backward")), None)[1])
    module(x).sum().backward()
    log("again")
    module(x).sum().backward()


@parity
def test_copies_keep_their_hooks(lib, log):
    """A deep copy has the hooks; removing from the original leaves the copy's alone."""
    module = scale(lib)
    handle = module.register_forward_hook(lambda m, i, o: log("forward", o))
    module.register_forward_hook(lambda m, i, k, o: log("with kwargs", k), with_kwargs=True)
    twin = copy.deepcopy(module)
    handle.remove()
    twin(leaf(lib, 1.0, 1.0), shift=1.0)
    log("original")
    module(leaf(lib, 1.0, 1.0), shift=1.0)


# -- ours alone ------------------------------------------------------------------------------------------------------------
def announce(module, args, output):
    print("called")


def test_hooks_of_a_copy_of_a_bound_method():
    class Counting(nn.Module):
        def __init__(self):
            super().__init__()
            self.count = 0
            self.register_forward_hook(self.note)

        def note(self, *arguments):
            self.count += 1

        def forward(self, x):
            return x

    module = Counting()
    twin = copy.deepcopy(module)
    twin(1)
    twin(1)
    assert (module.count, twin.count) == (0, 2)


def test_pickling_keeps_hooks(capsys):
    layer = nn.ReLU()
    layer.register_forward_hook(announce)
    pickle.loads(pickle.dumps(layer))(wg.tensor([1.0]))
    assert capsys.readouterr().out == "called\n"


def test_hooks_are_in_the_ledger():
    """Every live hook, its kind, its module and the line that registered it."""
    layer = nn.ReLU()
    handle = layer.register_full_backward_hook(lambda *arguments: None)
    found = [hooks for hooks in live_hooks() if hooks.target is not None and hooks.target() is layer]
    assert [hooks.kind for hooks in found] == ["module backward hook"]
    assert found[0].origin(handle.id).filename == __file__
    twin = copy.deepcopy(layer)
    assert [h.kind for h in live_hooks() if h.target is not None and h.target() is twin] == ["module backward hook"]


def test_handles_keep_nothing_alive():
    layer = nn.ReLU()
    handle = layer.register_forward_hook(lambda *arguments: None)
    reference = weakref.ref(layer)
    del layer
    gc.collect()
    assert reference() is None
    handle.remove()


def test_no_warning_for_the_first_layer():
    """PyTorch warns whenever no input requires a gradient, which is so for the first layer of every model."""
    layer = nn.Linear(2, 1)
    seen = []
    layer.register_full_backward_hook(lambda module, grad_input, grad_output: seen.append(grad_input))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        layer(wg.zeros((3, 2), dtype=wg.float32)).sum().backward()
    assert seen == [(None,)]


def test_the_ledger_counts_backward_hooks():
    """How often, how long, and whether the gradient was changed; the identities themselves do not show."""
    layer, x = nn.ReLU(), wg.tensor([1.0, -1.0], requires_grad=True)

    def double(module, grad_input, grad_output):
        return (grad_input[0] * 2,)

    layer.register_full_backward_pre_hook(lambda module, grad_output: None)
    layer.register_full_backward_hook(double)
    with wg.observe.ledger() as book:
        for _ in range(3):
            layer(x).sum().backward()
    found = {record.kind: (record.name, record.fired, record.changed) for record in book.records if record.fired}
    assert found == {
        "module backward pre-hook": ("<lambda>", 3, False),
        "module backward hook": ("double", 3, True),
    }


def test_anomaly_mode_names_the_module_hook_that_made_a_nan():
    layer, x = nn.ReLU(), wg.tensor([1.0], requires_grad=True)

    def spoil(module, grad_input, grad_output):
        return (grad_input[0] * float("nan"),)

    layer.register_full_backward_hook(spoil)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with wg.autograd.detect_anomaly(), pytest.raises(wg.errors.AnomalyError, match="backward hook 'spoil'"):
            layer(x).sum().backward()


def test_errors_in_backward_hooks_name_the_hook():
    layer, x = nn.ReLU(), wg.tensor([1.0], requires_grad=True)

    def short(module, grad_input, grad_output):
        return ()

    layer.register_full_backward_hook(short)
    with pytest.raises(wg.errors.HookError, match=r"backward hook 'short'.*expected 1, got 0"):
        layer(x).sum().backward()


def test_hooks_of_users_on_the_identity_run_after_the_modules():
    layer, x = nn.ReLU(), wg.tensor([1.0], requires_grad=True)
    events = []
    layer.register_full_backward_pre_hook(lambda module, grad_output: events.append("module"))
    y = layer(x)
    y.grad_fn.register_prehook(lambda grads: events.append("before"))
    y.grad_fn.register_hook(lambda inputs, outputs: events.append("after"))
    y.sum().backward()
    assert events == ["before", "module", "after"]
