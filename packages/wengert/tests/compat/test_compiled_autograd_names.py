"""``torch._dynamo.compiled_autograd``, beside PyTorch: values, order of hooks, what counts as a new kind of backward."""

from __future__ import annotations

import io
import itertools
import logging

import pytest
import torch as pytorch

import wengert.compat.torch as spelled
from wengert.errors import UsageError

from .both import assert_same, check, outcome

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning", "ignore::FutureWarning")


@pytest.fixture(autouse=True)
def clean():
    for library in (pytorch, spelled):
        library._dynamo.reset()
        library._dynamo.utils.counters.clear()
    yield
    for library in (pytorch, spelled):
        library._dynamo.reset()


def captures(lib):
    return lib._dynamo.utils.counters["compiled_autograd"]["captures"]


def kept(module):
    """A compiler that lets the program be."""
    return module


def numbers(lib, *shape, start=0.5):
    count = 1
    for n in shape:
        count *= n
    return (lib.arange(float(count)).reshape(shape) * 0.25 - start).requires_grad_()


# -- what is a new kind ------------------------------------------------------------------------------------------------------
def the_same_again(lib, _):
    for _ in range(3):
        x = numbers(lib, 2, 3)
        (x.sin() * x).sum().backward()
        yield x.grad


def other_sizes(lib, _):
    for n in (2, 3, 5, 7):
        x = numbers(lib, n, 4)
        x.exp().sum(0, keepdim=True).view(2, -1).mean().backward()
        yield x.grad


def sizes_of_a_model(lib, _):
    weight, bias = numbers(lib, 4, 3), numbers(lib, 4)
    for n in (10, 20, 30):
        weight.grad = bias.grad = None
        lib.nn.functional.linear(numbers(lib, n, 3), weight, bias).relu().sum().backward()
        yield from (weight.grad, bias.grad)


def a_gradient_that_is_there(lib, _):
    x = numbers(lib, 3)
    for _ in range(4):
        (x * x).sum().backward()
        yield x.grad.clone()


def a_gradient_that_is_given(lib, _):
    x = numbers(lib, 3)
    for _ in range(3):
        x.grad = given = lib.ones(3)
        (x * x).sum().backward()
        yield x.grad is given, given


def other_functions_as_hooks(lib, _):
    for factor in (2.0, 3.0, 4.0):
        x = numbers(lib, 3)
        y = x.sin()
        y.register_hook(lambda g, factor=factor: g * factor)
        x.register_post_accumulate_grad_hook(lambda t, factor=factor: t.grad.mul_(factor) is None or None)
        y.sum().backward()
        yield x.grad


def other_numbers_of_hooks(lib, _):
    for count in (0, 1, 2, 1):
        x = numbers(lib, 3)
        y = x.sin()
        for _ in range(count):
            y.register_hook(lambda g: g + 1)
        y.sum().backward()
        yield x.grad


def hooks_of_other_kinds(lib, _):
    for kind in range(4):
        x = numbers(lib, 3)
        y = x.sin().sum()
        if kind == 0:
            y.register_hook(lambda g: g * 2)
        elif kind == 1:
            y.grad_fn.register_prehook(lambda grads: (grads[0] * 2,))
        elif kind == 2:
            y.grad_fn.register_hook(lambda gi, go: (gi[0] + go[0],))
        else:
            x.register_hook(lambda g: g * 2)
        y.backward()
        yield x.grad


def twice(lib, factor):
    class Times(lib.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * factor

        @staticmethod
        def backward(ctx, g):
            (x,) = ctx.saved_tensors
            return g * factor * lib.ones_like(x)

    return Times


def other_classes_of_functions(lib, _):
    first, second = twice(lib, 2.0), twice(lib, 2.0)
    for function in (first, second, first, second):
        x = numbers(lib, 3)
        function.apply(x).sum().backward()
        yield x.grad


def classes_made_anew(lib, _):
    for factor in (1.0, 2.0, 3.0):
        x = numbers(lib, 3)
        twice(lib, factor).apply(x).sum().backward()
        yield x.grad


def other_exponents(lib, _):
    for exponent in (2, 3, 2, 3):
        x = numbers(lib, 3)
        (x**exponent).sum().backward()
        yield x.grad


def other_factors(lib, _):
    for factor in (2.0, 3.0, 4.0):
        x = numbers(lib, 3)
        (x * factor).sum().backward()
        yield x.grad


def other_inputs(lib, _):
    x, y = numbers(lib, 3), numbers(lib, 3)
    for asked in (x, y, x):
        (x * y).sum().backward(inputs=[asked])
        yield x.grad, y.grad
        x.grad = y.grad = None


def captured_gradients(lib, _):
    for _ in range(3):
        x, y = numbers(lib, 3), numbers(lib, 3)
        yield lib.autograd.grad((x.sin() * y).sum(), [x, y])
        yield x.grad is None


def one_more_use(lib, _):
    for uses in (1, 2, 1):
        x = numbers(lib, 3)
        sum((x.sin() for _ in range(uses)), x * 2).sum().backward()
        yield x.grad


def packed_values(lib, _):
    with lib.autograd.graph.saved_tensors_hooks(lambda t: t * 1, lambda t: t * 1):
        for _ in range(2):
            x = numbers(lib, 3)
            (x.sin() * x.cos()).sum().backward()
            yield x.grad


def a_graph_that_is_kept(lib, _):
    x = numbers(lib, 3)
    y = (x**2).sum()
    for _ in range(3):
        x.grad = lib.zeros(3)
        y.backward(retain_graph=True)
        yield x.grad


def dtypes(lib, _):
    for dtype in (lib.float32, lib.float64, lib.float32):
        x = lib.ones(3, dtype=dtype, requires_grad=True)
        x.sin().sum().backward()
        yield x.grad


SCENES = (
    the_same_again,
    other_sizes,
    sizes_of_a_model,
    a_gradient_that_is_there,
    a_gradient_that_is_given,
    other_functions_as_hooks,
    other_numbers_of_hooks,
    hooks_of_other_kinds,
    other_classes_of_functions,
    classes_made_anew,
    other_exponents,
    other_factors,
    other_inputs,
    captured_gradients,
    one_more_use,
    packed_values,
    a_graph_that_is_kept,
    dtypes,
)


@pytest.mark.parametrize("dynamic", [True, False])
@pytest.mark.parametrize("scene", SCENES)
def test_what_is_captured_anew(scene, dynamic):
    def program(lib):
        plain = list(scene(lib, None))
        with lib._dynamo.compiled_autograd._enable(kept, dynamic=dynamic):
            compiled = list(scene(lib, None))
        return plain, compiled, captures(lib)

    check(program)
    plain, compiled, _ = outcome(program, spelled)
    assert_same(compiled, plain)


def test_a_second_pass_captures_nothing():
    def program(lib):
        for _ in range(2):
            with lib._dynamo.compiled_autograd._enable(lambda gm: gm):
                list(the_same_again(lib, None))
        first = captures(lib)
        lib._dynamo.reset()
        with lib._dynamo.compiled_autograd._enable(lambda gm: gm):
            list(the_same_again(lib, None))
        return first, captures(lib)

    check(program)


def test_derivatives_of_derivatives():
    def program(lib):
        with lib._dynamo.compiled_autograd._enable(kept):
            x = numbers(lib, 3)
            (first,) = lib.autograd.grad((x**3).sum(), x, create_graph=True)
            (second,) = lib.autograd.grad(first.sum(), x)
        return first, second, captures(lib)

    check(program)


# -- hooks -------------------------------------------------------------------------------------------------------------------
def test_hooks_fire_in_the_order_of_an_eager_backward():
    """The nodes of a chain, with hooks before and after each; a leaf with hooks of its own."""

    def program(lib):
        def run():
            order, names = [], itertools.count()
            x = numbers(lib, 3)
            y = (x.sin() * 2).exp().sum()

            def put_hooks(node):
                if node is None:
                    return
                name = f"{node.name()} {next(names)}"
                node.register_prehook(lambda _: order.append(f"before {name}"))
                node.register_hook(lambda _, __: order.append(f"after {name}"))
                for below, _ in node.next_functions:
                    put_hooks(below)

            put_hooks(y.grad_fn)
            x.register_hook(lambda _: order.append("gradient of x"))
            x.register_post_accumulate_grad_hook(lambda _: order.append("accumulated"))
            y.backward()
            return order

        plain = run()
        with lib._dynamo.compiled_autograd._enable(kept):
            return plain, run(), run()

    check(program)
    plain, first, second = program(spelled)
    assert plain == first == second


def test_an_unpack_hook_runs_once_and_after_the_hook_of_the_loss():
    def program(lib):
        said = []

        def pack(x):
            said.append("pack")
            return x

        def unpack(x):
            said.append("unpack")
            return x

        x = lib.ones(4, requires_grad=True)
        hooks = lib.autograd.graph.saved_tensors_hooks(pack, unpack)
        with hooks, lib._dynamo.compiled_autograd._enable(kept):
            loss = (x * lib.ones(4)).sum()
            loss.register_hook(lambda _: said.append("hook"))
            loss.backward()
        return said

    check(program)


def test_a_backward_inside_is_not_captured():
    def program(lib):
        inside = []

        class Nested(lib.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                return x.clone()

            @staticmethod
            def backward(ctx, g):
                with lib.enable_grad():
                    y = numbers(lib, 2)
                    (y * y).sum().backward()
                inside.append(lib._dynamo.compiled_autograd.in_compiled_autograd_region)
                return g

        x = numbers(lib, 3)
        with lib._dynamo.compiled_autograd._enable(kept):
            Nested.apply(x).sum().backward()
        region = lib._dynamo.compiled_autograd.in_compiled_autograd_region
        return x.grad, inside, captures(lib), region

    check(program)


def test_after_an_error_the_next_backward_is_compiled():
    def program(lib):
        x = numbers(lib, 3)
        y = x.sin()

        def hook(g):
            raise ValueError("no")

        handle = y.register_hook(hook)
        with lib._dynamo.compiled_autograd._enable(kept):
            try:
                y.sum().backward(retain_graph=True)
            except ValueError as error:
                said = str(error)
            handle.remove()
            (x * x).sum().backward()
        return said, x.grad, captures(lib), lib._dynamo.compiled_autograd.in_compiled_autograd_region

    check(program)


# -- contexts ----------------------------------------------------------------------------------------------------------------
def test_contexts_must_end_in_order():
    def program(lib):
        made = [lib._dynamo.compiled_autograd._enable(kept) for _ in range(4)]
        made[0].__enter__()
        made[1].__enter__()
        made[1].__exit__(None, None, None)
        made[0].__exit__(None, None, None)
        made[2].__enter__()
        made[3].__enter__()
        try:
            made[2].__exit__(None, None, None)
        except AssertionError as error:
            return "must return before their parent context" in str(error)

    check(program)


def test_what_is_in_force():
    def program(lib):
        said = []
        module = lib._dynamo.compiled_autograd
        say = lambda: said.append(module.compiled_autograd_enabled)
        say()
        with module._enable(kept):
            say()
            with module._disable():
                say()
                list(the_same_again(lib, None))
                with module._enable(kept, ignore_active_disable_ctx=False):
                    list(the_same_again(lib, None))
                said.append(captures(lib))
                with module._enable(kept):
                    list(the_same_again(lib, None))
                said.append(captures(lib))
            say()
        say()
        return said

    check(program)


def test_reset():
    def program(lib):
        module = lib._dynamo.compiled_autograd
        module.compiled_autograd_enabled = True
        lib._C._dynamo.compiled_autograd.set_autograd_compiler(lambda: None, True)
        module.COMPILE_COUNTER = None
        module.reset()
        found = lib._C._dynamo.compiled_autograd.set_autograd_compiler(None, False)
        return module.compiled_autograd_enabled, found, next(module.COMPILE_COUNTER)

    check(program)


def test_the_older_name_captures_for_the_sizes_of_the_first_run():
    with spelled._dynamo.compiled_autograd.enable(kept):
        list(other_sizes(spelled, None))
    assert captures(spelled) == 2


# -- compilers ---------------------------------------------------------------------------------------------------------------
def test_a_backend_gets_the_program_once():
    def program(lib):
        made = []

        def backend(module, inputs):
            made.append(isinstance(inputs, (list, tuple)))
            return module

        def compiler(module):
            return lib.compile(module, backend=backend, fullgraph=True, dynamic=True)

        with lib._dynamo.compiled_autograd._enable(compiler):
            grads = [*the_same_again(lib, None), *other_sizes(lib, None)]
        return grads, made, captures(lib)

    check(program)


def test_what_a_backend_sees_of_the_program():
    seen = []

    def backend(module, inputs):
        (box,) = [node for node in module.graph.nodes if node.op == "placeholder"]
        called = [getattr(node.target, "__name__", "") for node in module.graph.nodes if node.op == "call_function"]
        seen.append((isinstance(box.meta["example_value"], list), [name for name in called if name.startswith("ops.")]))
        return module

    x = numbers(spelled, 3)
    y = x.sin()
    y.register_hook(lambda g: g * 2)
    with spelled._dynamo.compiled_autograd._enable(lambda gm: spelled.compile(gm, backend=backend)):
        y.sum().backward()
    names = "GraphRoot SumBackward0 call_hook SinBackward0 call_accumulate_grad exec_final_callbacks"
    assert seen == [(True, [f"ops.{name}" for name in names.split()])]


def test_a_program_runs_nowhere_else():
    found = []
    with spelled._dynamo.compiled_autograd._enable(lambda gm: found.append(gm) or gm):
        list(the_same_again(spelled, None))
    with pytest.raises(UsageError, match="inside of the backward"):
        found[0]([], [], [], [], [])
    assert "code: SinBackward0 (NodeCall" in found[0].print_readable(print_output=False)


def test_programs_are_compiled_for_the_shapes_beneath():
    """One program for PyTorch's eyes; of Wengert's two are captured, and those for further sizes are made of the second."""
    from wengert.compat.torch._dynamo.capturing import CAPTURED

    with spelled._dynamo.compiled_autograd._enable(kept):
        list(other_sizes(spelled, None))
        list(other_sizes(spelled, None))
    assert captures(spelled) == 1
    assert CAPTURED.compiler.counts["captures"] == 2
    assert CAPTURED.compiler.specialisations == 2
    assert CAPTURED.compiler.counts["hits"] == 4


# -- anomalies ---------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("how", ["backward", "grad", "already"])
def test_nan(how):
    def program(lib):
        class Broken(lib.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                return x.clone()

            @staticmethod
            def backward(ctx, g):
                return lib.full(g.shape, float("nan"))

        with lib.autograd.detect_anomaly():
            x = numbers(lib, 3)
            if how == "already":
                x.grad = lib.full((3,), float("nan"))
            loss = (x.sin() if how == "already" else Broken.apply(x)).sum()
            try:
                with lib._dynamo.compiled_autograd._enable(kept):
                    lib.autograd.grad(loss, x) if how == "grad" else loss.backward()
            except (RuntimeError, AssertionError) as error:
                words = ("gradients for parameters", "gradients for output nodes", "already having NaN gradient")
                return isinstance(error, AssertionError), [word in str(error) for word in words]

    check(program)


# -- logs --------------------------------------------------------------------------------------------------------------------
def logged(lib, artifact, run):
    """What is logged under a name of ``torch._logging`` while `run` runs."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    lib._logging.set_logs(**{artifact: True})
    logger = lib._logging.getArtifactLogger(lib._dynamo.compiled_autograd.__name__, artifact)
    logger.addHandler(handler)
    try:
        with lib._dynamo.compiled_autograd._enable(kept):
            run(lib)
    finally:
        logger.removeHandler(handler)
        lib._logging.set_logs()
    return stream.getvalue()


def nodes_in(text):
    """The nodes that a program names, in the order in which it first does."""
    return list(dict.fromkeys(line.partition("code: ")[2].partition(",")[0] for line in text.splitlines() if "code: " in line))


def model(lib):
    first, second = numbers(lib, 4, 4), numbers(lib, 4, 4)
    biases = numbers(lib, 4), numbers(lib, 4)
    x = numbers(lib, 2, 4).detach()
    hidden = lib.nn.functional.linear(x, first, biases[0]).relu()
    lib.nn.functional.linear(hidden, second, biases[1]).relu().sum().backward()


def test_the_nodes_of_a_program_are_pytorch_s_in_its_order():
    assert nodes_in(logged(spelled, "compiled_autograd", model)) == nodes_in(logged(pytorch, "compiled_autograd", model))


def test_why_a_program_was_made():
    text = logged(spelled, "compiled_autograd_verbose", lambda lib: (list(the_same_again(lib, None)), list(dtypes(lib, None))))
    lines = [line.partition(" with key size")[0] for line in text.splitlines() if line.startswith("Cache miss")]
    start = "Cache miss due to new autograd node: "
    assert lines == [
        f"{start}torch::autograd::GraphRoot (NodeCall 0)",
        f"{start}SumBackward0 (NodeCall 1)",  # of a matrix before, of a vector now
        f"{start}torch::autograd::GraphRoot (NodeCall 0)",
    ]


def test_which_sizes_change():
    stream = []
    spelled._logging.set_logs(compiled_autograd_verbose=True)
    try:
        assert spelled._logging.enabled("compiled_autograd_verbose")
        assert not spelled._logging.enabled("compiled_autograd")
    finally:
        spelled._logging.set_logs()
    assert not spelled._logging.enabled("compiled_autograd_verbose")
    from wengert.compat.torch.testing._internal.logging_utils import logs_to_string

    text, context = logs_to_string(spelled._dynamo.compiled_autograd.__name__, "compiled_autograd_verbose")
    with context(), spelled._dynamo.compiled_autograd.enable(kept):
        for n in (2, 3, 4):
            x = numbers(spelled, n)
            x.sin().sum().backward()
            stream.append(captures(spelled))
    assert stream == [1, 2, 2]
    changed = [line for line in text.getvalue().splitlines() if "changed shapes" in line]
    assert changed
    assert all("marking size idx" in line and "as dynamic" in line for line in changed)
