"""``torch._custom_ops`` and schemas from annotations, beside PyTorch."""

from __future__ import annotations

import importlib
import typing
from collections.abc import Sequence

import pytest
import torch as pytorch

import wengert.compat.torch as spelled

from .both import Raised, check

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning", "ignore::FutureWarning", "ignore::DeprecationWarning")

NAME = "tests_custom::f"


def modules(lib):
    """``torch._custom_ops`` and ``torch._custom_op.impl`` of a library."""
    return [importlib.import_module(f"{lib.__name__}.{name}") for name in ("_custom_ops", "_custom_op.impl")]


def annotated(lib, result=None, **arguments):
    """A function called f with these annotations."""

    text = ", ".join(arguments)
    space = {}
    exec(f"def f({text}): raise NotImplementedError", space)
    f = space["f"]
    f.__module__ = __name__
    f.__annotations__ = {**arguments, "return": lib.Tensor if result is None else result}
    return f


def declared(lib, **arguments):
    """The operator `NAME`, which is to be forgotten by `forget`."""
    custom_ops, implementation = modules(lib)
    custom_ops.custom_op(NAME)(annotated(lib, **(arguments or {"x": lib.Tensor})))
    return custom_ops, implementation.get_op(NAME)


@pytest.fixture(autouse=True)
def forgotten():
    yield
    for lib in (pytorch, spelled):
        custom_ops, implementation = modules(lib)
        if lib is spelled or f"{NAME}" in implementation.global_registry:
            custom_ops._destroy(NAME)


def said(call, *words):
    """The error, and which of the words are in it."""
    try:
        call()
    except (RuntimeError, ValueError, AssertionError) as error:
        return Raised(error), [word in str(error) for word in words]
    return "nothing"


# -- derivatives -------------------------------------------------------------------------------------------------------------
def test_a_derivative_by_names():
    def program(lib):
        custom_ops, op = declared(lib, x=lib.Tensor, factor=float)
        seen = []

        @custom_ops.impl(NAME)
        def _(x, factor):
            return x * factor

        @custom_ops.impl_save_for_backward(NAME)
        def _(inputs, output):
            seen.append((list(inputs._asdict()), output.requires_grad))
            return inputs.x, inputs.factor

        @custom_ops.impl_backward(NAME)
        def _(ctx, saved, grad):
            return {"x": grad * saved[1] * saved[0]}

        x = lib.tensor([2.0, 3.0], requires_grad=True)
        op(x, 3.0).sum().backward()
        gradient, before = x.grad, list(seen)
        with lib.no_grad():
            y = op(x, 2.0)
        return gradient, before, y, y.requires_grad

    check(program)


def test_lists_of_tensors_and_two_results():
    def program(lib):
        custom_ops, implementation = modules(lib)
        custom_ops.custom_op(NAME)(annotated(lib, tuple[lib.Tensor, lib.Tensor], xs=Sequence[lib.Tensor]))
        op = implementation.get_op(NAME)

        @custom_ops.impl(NAME)
        def _(xs):
            assert isinstance(xs, list)
            return xs[0] * 2, xs[1] * 3

        @custom_ops.impl_save_for_backward(NAME)
        def _(inputs, output):
            return None

        @custom_ops.impl_backward(NAME, output_differentiability=[True, False])
        def _(ctx, saved, first, second):
            return {"xs": [first * 2, None]}

        xs = tuple(lib.ones(2, requires_grad=True) for _ in range(2))
        first, second = op(xs)
        first.sum().backward()
        return xs[0].grad, xs[1].grad, second.requires_grad

    check(program)


@pytest.mark.parametrize("missing", ["both", "save", "backward"])
def test_a_derivative_that_is_not_whole(missing):
    def program(lib):
        custom_ops, op = declared(lib)
        custom_ops.impl(NAME)(lambda x: x.sin())
        if missing == "save":
            custom_ops.impl_backward(NAME)(lambda ctx, saved, grad: {"x": grad})
        if missing == "backward":
            custom_ops.impl_save_for_backward(NAME)(lambda inputs, output: None)
        x = lib.ones(2, requires_grad=True)
        return said(lambda: op(x), "not been implemented", "unable to find a 'save_for_backward'", "unable to find a 'backward'")

    check(program)


RETURNED = {
    "no dictionary": lambda grad: grad,
    "another key": lambda grad: {"x": grad, "n": None},
    "no key": lambda grad: {},
    "a tuple": lambda grad: {"x": (grad,)},
}


@pytest.mark.parametrize("what", RETURNED)
def test_what_a_backward_may_not_return(what):
    def program(lib):
        custom_ops, op = declared(lib, x=lib.Tensor, n=int)
        custom_ops.impl(NAME)(lambda x, n: x.sin())
        custom_ops.impl_save_for_backward(NAME)(lambda inputs, output: None)
        custom_ops.impl_backward(NAME)(lambda ctx, saved, grad: RETURNED[what](grad))
        y = op(lib.ones(2, requires_grad=True), 3)
        return said(y.sum().backward, "to be a dict", "to have keys {'x'}", "non-Tensor-like types", "either None or a Tensor")

    check(program)


LISTS = {"none": lambda grad: None, "too few": lambda grad: [grad], "no tensors": lambda grad: [grad, (None,)]}


@pytest.mark.parametrize("what", LISTS)
def test_what_may_not_be_for_a_list(what):
    def program(lib):
        custom_ops, op = declared(lib, xs=Sequence[lib.Tensor])
        custom_ops.impl(NAME)(lambda xs: xs[0].sin())
        custom_ops.impl_save_for_backward(NAME)(lambda inputs, output: None)
        custom_ops.impl_backward(NAME)(lambda ctx, saved, grad: {"xs": LISTS[what](grad)})
        y = op([lib.ones(2, requires_grad=True) for _ in range(2)])
        return said(y.sum().backward, "list of gradients", "2 gradients but got 1", "None or Tensor")

    check(program)


@pytest.mark.parametrize("told", [True, [True]])
def test_differentiability_that_does_not_fit(told):
    def program(lib):
        custom_ops, _ = modules(lib)
        custom_ops.custom_op(NAME)(annotated(lib, tuple[lib.Tensor, lib.Tensor], x=lib.Tensor))
        made = custom_ops.impl_backward(NAME, output_differentiability=told)
        return said(lambda: made(lambda ctx, saved, a, b: {"x": a}), "output_differentiability")

    check(program)


# -- declaring ---------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "schema"),
    [
        ("f", "(Tensor x) -> Tensor"),
        ("tests_custom::f.Tensor", "() -> ()"),
        ("aten::f", "(Tensor x) -> Tensor"),
        (NAME, "("),
        (NAME, "(Tensor(a!) x) -> Tensor"),
        (NAME, "(Tensor(a) x) -> Tensor(a)"),
        (NAME, "(Tensor x) -> ()"),
        (NAME, "(Tensor self) -> Tensor"),
    ],
)
def test_operators_that_cannot_be(name, schema):
    def program(lib):
        custom_ops, _ = modules(lib)
        words = ("namespace", "overload", "reserved", "Invalid function schema: f", "only supports functional", "'self'")
        return said(lambda: custom_ops.custom_op(name, schema), *words)

    check(program)


def test_names_of_functions_and_of_operators():
    def program(lib):
        custom_ops, implementation = modules(lib)
        first = said(lambda: custom_ops.custom_op("tests_custom::g")(annotated(lib, x=lib.Tensor)), "to have name")
        custom_ops.custom_op(NAME)(annotated(lib, x=lib.Tensor))
        second = said(lambda: custom_ops.custom_op(NAME)(annotated(lib, x=lib.Tensor)), "multiple times")
        third = said(lambda: implementation.CustomOp(None, None, None, None, None), "constructor is private")
        return first, second, third

    check(program)


@pytest.mark.parametrize(
    ("schema", "function"),
    [
        ("(Tensor y) -> Tensor", "def f(x): ..."),
        ("(Tensor x, *, Tensor y) -> Tensor", "def f(x, y): ..."),
        ("(Tensor x) -> Tensor", "def f(*args): ..."),
        ("(Tensor x, *, Tensor y) -> Tensor", "def f(x=1, *, y): ..."),
        ("(Tensor x, *, Tensor y) -> Tensor", "def f(x, *, y): ..."),
    ],
)
def test_a_schema_beside_a_function(schema, function):
    def program(lib):
        _, implementation = modules(lib)
        space = {}
        exec(function, space)
        made = implementation.custom_op(NAME, schema)
        return said(lambda: made(space["f"]), "signature to match", "not supported", "default arguments")

    check(program)


def test_devices():
    def program(lib):
        custom_ops, op = declared(lib)
        refused = said(lambda: custom_ops.impl(NAME, device_types="hip")(lambda x: x), "we only support device_type")
        custom_ops.impl(NAME, device_types="cpu")(lambda x: x.sin())
        return refused, op(lib.ones(2))

    check(program)


@pytest.mark.parametrize("key", ["CPU", "CUDA", "CompositeImplicitAutograd", "CompositeExplicitAutograd"])
def test_a_kernel_that_is_there(key):
    def program(lib):
        custom_ops, _ = modules(lib)
        with lib.library._scoped_library(f"tests_{key}", "FRAGMENT") as library:
            library.define("g(Tensor x) -> Tensor")
            library.impl("g", lambda x: x.sin(), key)
            return said(lambda: custom_ops.impl(f"tests_{key}::g", func=lambda x: x), "already has an implementation")

    check(program)


@pytest.mark.parametrize(
    ("schema", "key"),
    [
        ("g(Tensor(a) x) -> Tensor(a)", None),
        ("g(Tensor(a!) x) -> Tensor", None),
        ("g(Tensor x) -> ()", None),
        ("g(Tensor x) -> Tensor", "CompositeImplicitAutograd"),
        ("g(Tensor x) -> Tensor", "Autograd"),
        ("g(Tensor x) -> Tensor", "AutogradCPU"),
    ],
)
def test_operators_without_such_a_derivative(schema, key):
    def program(lib):
        custom_ops, _ = modules(lib)
        place = f"tests_{key}_{len(schema)}"  # PyTorch knows operators that are gone
        with lib.library._scoped_library(place, "FRAGMENT") as library:
            library.define(schema)
            if key is not None:
                library.impl("g", lambda x: x.sin(), key)
            words = ("operator that returns views", "non-functional", "no returns", "CompositeImplicitAutograd", key or "?")
            return said(lambda: custom_ops.impl_save_for_backward(f"{place}::g")(lambda *args: None), *words)

    check(program)


# -- schemas of functions ----------------------------------------------------------------------------------------------------
def annotations(lib):
    number = lib.types.Number if hasattr(lib, "types") else None
    return {
        "one": (lib.Tensor, {"x": lib.Tensor}),
        "all": (
            tuple[lib.Tensor, int, float, bool],
            {"x": lib.Tensor, "y": int, "z": bool, "a": float, "b": lib.dtype, "c": lib.device, "d": number},
        ),
        "lists": (
            list[lib.Tensor],
            {"x": Sequence[lib.Tensor], "y": typing.Optional[lib.Tensor], "z": Sequence[typing.Optional[lib.Tensor]]},  # noqa: UP045
        ),
        "nothing": (type(None), {"x": lib.Tensor, "y": list[lib.Tensor]}),
        "of text": ("list[int]", {"x": "int"}),
        "a tuple": (lib.Tensor, {"x": tuple[int, int]}),
        "a mixed tuple": (lib.Tensor, {"x": tuple[int, float]}),
        "a list of optionals": (lib.Tensor, {"x": list[typing.Optional[int]]}),  # noqa: UP045
        "tuple of any length": (tuple[lib.Tensor, ...], {"x": lib.Tensor}),
        "unknown text": ("list[Nobody]", {"x": lib.Tensor}),
    }


@pytest.mark.parametrize("which", annotations(spelled))
@pytest.mark.parametrize("mutates", [(), ("x",), "unknown", "x"])
def test_schemas_from_annotations(which, mutates):
    def program(lib):
        result, arguments = annotations(lib)[which]
        function = annotated(lib, result, **arguments)
        if result is type(None):
            function.__annotations__["return"] = None
        found = []
        words = ("unsupported type", "For example, list[int]", "can be mutated", "is not a type", "the string 'unknown'")
        failed = said(lambda: found.append(lib.library.infer_schema(function, mutates_args=mutates, op_name="f")), *words)
        return found, failed

    check(program)


def test_defaults_in_schemas():
    def program(lib):
        cpu = lib.device("cpu:0")

        def f(x, *, a=None, b=3.14, c=True, d="foo", e=lib.float32, g=cpu):
            raise NotImplementedError

        kinds = (lib.Tensor, typing.Optional[int], float, bool, str, lib.dtype, lib.device)  # noqa: UP045
        f.__annotations__ = {**dict(zip("xabcdeg", kinds, strict=True)), "return": lib.Tensor}
        return lib.library.infer_schema(f, mutates_args=())

    check(program)


@pytest.mark.parametrize("kind", [typing.Tuple, tuple[int, int], tuple[int, ...], tuple[int, float], tuple[float]])  # noqa: UP006
def test_lists_in_the_place_of_tuples(kind):
    def program(lib):
        return str(importlib.import_module(f"{lib.__name__}._library.infer_schema").tuple_to_list(kind))

    check(program)
