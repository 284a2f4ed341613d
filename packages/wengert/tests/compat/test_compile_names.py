"""``torch.compile``, settings, graphs, operators declared by a schema, function modes: beside PyTorch where it has an answer."""

from __future__ import annotations

import importlib
import operator
import subprocess
import sys

import pytest
import torch as pytorch

import wengert.compat.torch as spelled
from wengert.errors import UnsupportedError, UsageError

from .both import check

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning", "ignore::FutureWarning")

compiled_autograd = spelled._dynamo.compiled_autograd


@pytest.fixture(autouse=True)
def clean():
    spelled._dynamo.reset()
    spelled._dynamo.utils.counters.clear()
    yield
    spelled._dynamo.reset()


def captures():
    return spelled._dynamo.utils.counters["compiled_autograd"]["captures"]


def step(x):
    y = (x * x).sum()
    y.backward()
    return y


# -- compile -----------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("how", ["call", "decorator", "optimize", "optimize_assert", "compiler"])
def test_a_function_runs(how):
    def program(lib):
        function = lambda x, y=2.0: x * y
        made = {
            "call": lambda: lib.compile(function, backend="eager"),
            "decorator": lambda: lib.compile(backend="eager", dynamic=True)(function),
            "optimize": lambda: lib._dynamo.optimize("eager")(function),
            "optimize_assert": lambda: lib._dynamo.optimize_assert("eager")(function),
            "compiler": lambda: lib.compiler.disable(function),
        }[how]()
        x = lib.ones(2, requires_grad=True)
        made(x, y=3.0).sum().backward()
        return made(x), x.grad

    check(program)


def test_a_module_keeps_its_attributes():
    def program(lib):
        module = lib.nn.Sequential(lib.nn.Linear(2, 3), lib.nn.ReLU())
        with lib.no_grad():
            for p in module.parameters():
                p.fill_(0.5)
        made = lib.compile(module, backend="eager")
        made(lib.ones(1, 2)).sum().backward()
        made.label = "own"
        names = [name for name, _ in made.named_parameters()]
        return module[0].weight.grad, names, made._orig_mod is module, module.label, isinstance(made, lib.nn.Module)

    check(program)


@pytest.mark.parametrize("options", [{"backend": "nowhere"}, {"mode": "nowhere", "backend": "inductor"}])
def test_what_there_is_not(options):
    def program(lib):
        lib.compile(lambda x: x, **options)(lib.ones(1))

    check(program)


def test_names_of_backends():
    assert {"eager", "aot_eager", "inductor"} <= set(spelled.compiler.list_backends())
    with pytest.raises(UsageError, match="model: expected a callable, got int"):
        spelled.compile(3)


def test_a_backend_of_one_s_own_is_given_no_function():
    made = spelled.compile(lambda x: x * 2, backend=lambda module, inputs: module)
    with pytest.raises(UnsupportedError, match="there is no graph of a function"):
        made(spelled.ones(1))
    yielding = spelled.compile(lambda x: (yield x * 2), backend=lambda module, inputs: module)
    assert list(yielding(spelled.ones(1))) == [spelled.tensor([2.0])]  # PyTorch hands these to nobody either
    assert spelled.compile(step, disable=True) is step


@pytest.mark.parametrize("dynamic", [None, True])
def test_backward_passes_are_compiled_where_that_was_set(dynamic):
    plain = spelled.compile(step, dynamic=dynamic)
    with spelled._dynamo.config.patch(compiled_autograd=True):
        made = spelled.compile(step, dynamic=dynamic)
    for n in (1, 2, 3, 4):
        x, y = spelled.ones(n, requires_grad=True), spelled.ones(n, requires_grad=True)
        made(x)
        plain(y)
        assert x.grad.tolist() == y.grad.tolist() == [2.0] * n
    assert captures() == (1 if dynamic else 2)
    spelled._dynamo.utils.counters.clear()
    spelled._dynamo.reset()
    with compiled_autograd._disable():
        made(spelled.ones(2, requires_grad=True))
    assert "compiled_autograd" not in spelled._dynamo.utils.counters


def test_an_error_ends_the_context():
    with spelled._dynamo.config.patch(compiled_autograd=True):
        made = spelled.compile(lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        made()
    assert not compiled_autograd.compiled_autograd_enabled
    step(spelled.ones(2, requires_grad=True))
    assert captures() == 0


# -- leaving a program -------------------------------------------------------------------------------------------------------
def breaking(queued):
    class Breaking(spelled.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x.clone()

        @staticmethod
        def backward(ctx, g):
            if queued is not None:
                spelled.autograd.Variable._execution_engine.queue_callback(lambda: queued.append("called"))
            spelled._dynamo.graph_break()
            return g

    return Breaking


def backward_of(function, fullgraph):
    x = spelled.ones(2, requires_grad=True)
    with compiled_autograd._enable(spelled.compile(backend="eager", fullgraph=fullgraph)):
        function.apply(x).sum().backward()
    return x.grad


def test_a_graph_break():
    assert backward_of(breaking(None), fullgraph=False).tolist() == [1.0, 1.0]
    assert spelled._dynamo.utils.counters["graph_break"]["graph_break"] == 1
    with pytest.raises(spelled._dynamo.exc.Unsupported, match="fullgraph=True"):
        backward_of(breaking(None), fullgraph=True)
    with pytest.raises(spelled._dynamo.exc.Unsupported, match="fullgraph=True: why"):
        spelled.compile(lambda: spelled._dynamo.graph_break("why"), fullgraph=True)()
    spelled._dynamo.graph_break()  # outside of all programs nothing is left


def test_a_callback_and_a_graph_break():
    called = []
    with pytest.raises(AssertionError, match="only supported when Compiled Autograd is enabled with fullgraph=True"):
        backward_of(breaking(called), fullgraph=False)
    assert called == []


# -- settings ----------------------------------------------------------------------------------------------------------------
def test_settings():
    config = spelled._dynamo.config
    with config.patch("compiled_autograd", True):
        assert config.compiled_autograd
        with config.patch({"compiled_autograd": False, "of_somebody": 3}):
            assert (config.compiled_autograd, config.of_somebody) == (False, 3)
        assert not hasattr(config, "of_somebody")
    assert not config.compiled_autograd

    @config.patch(compiled_autograd=True)
    def inside():
        return config.compiled_autograd

    assert inside()
    assert not config.compiled_autograd
    inductor = spelled._inductor.config
    with inductor.patch("triton.cudagraphs", True):
        spelled._inductor.compile(step, [])
    assert not inductor.triton.cudagraphs
    assert spelled._dynamo.utils.counters["inductor"]["cudagraph_skips"] == 1
    with pytest.raises(UsageError, match="value: the setting 'verbose' was given none"):
        config.patch("verbose")


# -- operators that take functions -----------------------------------------------------------------------------------------
def test_operators_that_take_functions():
    def program(lib):
        wrap = importlib.import_module(f"{lib.__name__}._higher_order_ops.wrap").wrap
        hints = importlib.import_module(f"{lib.__name__}._higher_order_ops.hints_wrap").hints_wrapper
        x = lib.arange(6.0).reshape(2, 3).requires_grad_()
        y = wrap(lambda a, b: a * b, x, x)
        y.sum().backward()
        return hints(lambda a: a.sin(), (x.detach(),), {}, hints={"so": True}), x.grad

    check(program)


@pytest.mark.parametrize("pred", [True, False, "tensor"])
def test_cond(pred):
    def program(lib):
        x = lib.ones(2, requires_grad=True)
        which = (x.sum() > 3) if pred == "tensor" else pred
        y = lib.cond(which, lambda a: a * 2, lambda a: a * 3, (x,))
        y.sum().backward()
        return y, x.grad

    check(program)
    with pytest.raises(UsageError, match="pred: expected a bool"):
        spelled.cond("so", None, None)
    with pytest.raises(UsageError, match="Expect operands to be a tuple"):
        spelled.cond(True, lambda x: x, lambda x: x, ("text",))


def test_map_over_the_first_axis():
    mapped = importlib.import_module("wengert.compat.torch._higher_order_ops.map").map
    x = spelled.arange(6.0).reshape(2, 3).requires_grad_()
    both = mapped(lambda row, by: {"sum": row["x"].sum() * by, "row": row["x"]}, {"x": x}, 2.0)
    assert both["sum"].tolist() == [6.0, 24.0]
    assert both["row"].tolist() == x.tolist()
    both["sum"].sum().backward()
    assert x.grad.tolist() == [[2.0] * 3] * 2


# -- graphs ------------------------------------------------------------------------------------------------------------------
def test_a_graph_as_text():
    def program(lib):
        graph = lib.fx.Graph()
        x, y = graph.placeholder("x"), graph.placeholder("y")
        first = graph.call_function(operator.getitem, (x, 0))
        total = graph.call_function(operator.add, (first, y))
        graph.output([total])
        found = graph.find_nodes(op="call_function", target=operator.add)
        return (
            [(n.op, n.name) for n in graph.nodes],
            found == [total],
            [n.name for n in total.all_input_nodes],
            list(total.args) == [first, y],
        )

    check(program)
    graph = spelled.fx.Graph()
    x = graph.placeholder("x")
    again = graph.call_function(operator.neg, (x,))
    graph.output([graph.call_function(operator.neg, (again,))])
    text = graph.python_code("forward")
    assert text == "def forward(self, x):\n    neg = neg(x);  x = None\n    neg_1 = neg(neg);  neg = None\n    return [neg_1]"
    assert "%neg_1 : [num_users=1] = call_function" in str(graph)


# -- operators by a schema ---------------------------------------------------------------------------------------------------
def test_an_operator_by_its_schema():
    def program(lib):
        with lib.library._scoped_library("tests_schema", "FRAGMENT") as library:
            library.define("scaled(Tensor x, float by=2.0, int[] dims=[1, 2]) -> Tensor")
            seen = []

            @lib.library.impl("tests_schema::scaled", "CPU")
            def scaled(x, by=2.0, dims=(1, 2)):
                seen.append((by, list(dims)))
                return x * by

            def backward(ctx, grad):
                return grad * ctx.by, None, None

            def setup_context(ctx, inputs, output):
                ctx.by = inputs[1]

            lib.library.register_autograd("tests_schema::scaled", backward, setup_context=setup_context, lib=library)
            x = lib.ones(2, requires_grad=True)
            lib.ops.tests_schema.scaled(x).sum().backward()
            first = x.grad.clone()
            lib.ops.tests_schema.scaled.default(x, 3.0, [4]).sum().backward()
            return first, x.grad, seen
        return None

    check(program)


def test_an_operator_made_of_others():
    def program(lib):
        with lib.library._scoped_library("tests_schema", "FRAGMENT") as library:
            library.define("doubled(Tensor x) -> Tensor")
            library.impl("doubled", lambda x: x + x, "CompositeImplicitAutograd")
            x = lib.ones(2, requires_grad=True)
            y = lib.ops.tests_schema.doubled(x)
            return y, y.grad_fn.name()

    check(program)


@pytest.mark.parametrize(
    ("schema", "error", "says"),
    [
        ("nothing", UsageError, "expected 'name"),
        ("f(Tensor) -> Tensor", UsageError, "cannot read the parameter 'Tensor'"),
        ("f(int x=y+1) -> Tensor", UsageError, r"cannot read the default 'y\+1'"),
        ("f(what x) -> Tensor", UsageError, "unknown type specifier 'what' in 'what x'"),
        ("f(double x) -> Tensor", UsageError, "Use `float`"),
        ("f(Tensor x) -> int64_t", UsageError, "Use `SymInt` or `int`"),
    ],
)
def test_schemas_that_there_are_not(schema, error, says):
    with spelled.library._scoped_library("tests_schema", "FRAGMENT") as library, pytest.raises(error, match=says):
        library.define(schema)


def test_what_libraries_refuse():
    with pytest.raises(UsageError, match="kind: expected 'DEF', 'FRAGMENT' or 'IMPL', got 'other'"):
        spelled.library.Library("tests_schema", "other")
    with pytest.raises(UsageError, match="qualname: expected 'namespace::name', got 'f'"):
        spelled.library.define("f", "(Tensor x) -> Tensor")
    with pytest.raises(UsageError, match="expected schema to look like"):
        spelled.library.define("tests_schema::f", "f(Tensor x) -> Tensor")
    with spelled.library._scoped_library("tests_schema", "FRAGMENT") as library:
        library.define("f(Tensor x) -> Tensor")
        with pytest.raises(UnsupportedError, match="no kernel for the CPU, only none"):
            spelled.ops.tests_schema.f(spelled.ones(1))
        library.impl("f", lambda x: x, "CUDA")
        with pytest.raises(UsageError, match="already a kernel registered for CUDA"):
            library.impl("f", lambda x: x, "CUDA")
        library.impl("f", lambda x: x, "CUDA", allow_override=True)
        with pytest.raises(UsageError, match="Expected one of cpu, cuda"):
            spelled.library.impl("tests_schema::f", "elsewhere", lambda x: x)
        library.define("writes(Tensor(a!) x) -> Tensor")
        library.define("views(Tensor(a) x) -> Tensor(a)")
        library.define("several(Tensor[] x) -> Tensor")
        for name, says in (("writes", "writes to its arguments"), ("views", "returns views"), ("several", "lists of tensors")):
            with pytest.raises(UnsupportedError, match=says):
                getattr(spelled.ops.tests_schema, name)(spelled.ones(1))
        with pytest.raises(UnsupportedError, match="no kernel for the CPU, only CUDA"):
            spelled.ops.tests_schema.f(spelled.ones(1))
        made = spelled.library.custom_op("tests_schema::g", lambda x: x, mutates_args=(), schema="(Tensor x) -> Tensor")
        with pytest.raises(UsageError, match="made by custom_op"):
            spelled.library.impl(made, "cpu", lambda x: x)
    assert not hasattr(spelled.ops.tests_schema, "f")


def test_calls_of_an_operator_are_of_one_kind():
    with spelled.library._scoped_library("tests_schema", "FRAGMENT"):

        def sine(x):
            return x.sin()

        sine.__annotations__.update({"x": spelled.Tensor, "return": spelled.Tensor})
        made = spelled.library.custom_op("tests_schema::sine", sine, mutates_args=())
        made.register_autograd(lambda ctx, g: g * 2)
        with compiled_autograd._enable(lambda gm: gm):
            for _ in range(3):
                x = spelled.ones(2, requires_grad=True)
                made(x).sum().backward()
                assert x.grad.tolist() == [2.0, 2.0]
    assert captures() == 1


# -- function modes ----------------------------------------------------------------------------------------------------------
def test_a_function_mode_sees_what_the_program_calls():
    def program(lib):
        called = []

        class Mode(lib.overrides.BaseTorchFunctionMode):
            def __torch_function__(self, func, types, args=(), kwargs=None):
                called.append(func.__name__)
                return super().__torch_function__(func, types, args, kwargs)

        x = lib.ones(2, requires_grad=True)
        with Mode():
            y = (x * 2).exp().sum()
            with Mode():
                (x * 3).sum()
            y.backward(retain_graph=True)
            lib.autograd.grad(y, x)
        (x * 4).sum()
        x.sum().backward()
        return called, x.grad

    check(program)


def test_a_function_mode_sees_nothing_of_a_compiled_backward():
    called = []

    class Mode(spelled.overrides.TorchFunctionMode):
        def __torch_function__(self, func, types, args=(), kwargs=None):
            called.append(func.__name__)
            return func(*args, **(kwargs or {}))

    class Own(spelled.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x.clone()

        @staticmethod
        def backward(ctx, g):
            return g * 2

    for contexts in (0, 1):
        x = spelled.ones(2, requires_grad=True)
        y = Own.apply(x).sum()
        with Mode():
            if contexts:
                with compiled_autograd._enable(lambda gm: gm):
                    y.backward()
            else:
                y.backward()
        called.append("")
    switch = "_set_multithreading_enabled"
    assert called == ["backward", "mul", "", switch, "backward", switch, ""]


# -- modules that are not here -----------------------------------------------------------------------------------------------
ABSENT = """
import functorch.experimental.control_flow as control_flow
import torch
from torch.testing._internal.two_tensor import TwoTensor
from torch.fx.experimental.proxy_tensor import make_fx
from torch.testing._internal import optests

for name in (TwoTensor, make_fx, torch.distributed.is_available):
    try:
        print(name())
    except NotImplementedError as error:
        print(error)

print(control_flow.map(lambda x: x * 2, torch.arange(2.0)))

class Tests:
    @optests.dontGenerateOpCheckTests("so it is")
    def test_a(self): ...
    def test_b(self): ...

optests.generate_opcheck_tests(Tests, ["aten"], test_utils=["test_schema"])
print(sorted(n for n in vars(Tests) if n.startswith("test")), Tests.test_schema__test_b.__unittest_skip__)
"""


def test_modules_that_are_not_here_can_be_imported(tmp_path):
    path = tmp_path / "program.py"
    path.write_text(ABSENT)
    done = subprocess.run([sys.executable, "-m", "wengert.compat.torch", str(path)], capture_output=True, text=True, check=False)
    absent = "torch.testing._internal.two_tensor.TwoTensor torch.fx.experimental.proxy_tensor.make_fx"
    lines = [f"{name} is not supported by wengert.compat.torch" for name in absent.split()]
    assert done.stdout.splitlines() == [
        *lines,
        "False",
        "tensor([0., 2.])",
        "['test_a', 'test_b', 'test_schema__test_b'] True",
    ], done.stderr


# -- processes ---------------------------------------------------------------------------------------------------------------
CHILD = """
import subprocess, sys
import torch
print(torch.__version__)
inner = "import torch, torch.utils.cpp_extension; print(torch.__version__)"
print(subprocess.run([sys.executable, "-c", inner], capture_output=True, text=True, check=True).stdout.strip())
"""


def test_processes_that_a_program_starts_find_the_same(tmp_path):
    path = tmp_path / "program.py"
    path.write_text(CHILD)
    done = subprocess.run([sys.executable, "-m", "wengert.compat.torch", str(path)], capture_output=True, text=True, check=False)
    assert done.stdout.split() == [spelled.__version__] * 2, done.stderr
    assert pytorch.__version__ != spelled.__version__
