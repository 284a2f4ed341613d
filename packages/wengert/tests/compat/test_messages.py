"""Words of PyTorch's errors that programs look for: a handler that reads them finds them in Wengert's errors too."""

import re
import warnings

import pytest
import torch

import wengert.compat.torch as spelled

PROGRAMS = {}


def says(fragment, kind=RuntimeError):
    """The decorated program raises an error of `kind` whose text matches `fragment`, in both libraries."""

    def register(program):
        PROGRAMS[program.__name__] = (program, fragment, kind)
        return program

    return register


def function_of(torch, forward=None, backward=None):
    """A custom Function with these methods."""
    body = {"forward": staticmethod(forward or (lambda ctx, x: x.clone()))}
    if backward is not None:
        body["backward"] = staticmethod(backward)
    return type("Given", (torch.autograd.Function,), body)


def leaf(torch, *shape):
    return torch.ones(shape or (2,), requires_grad=True)


# -- what is asked of the engine -----------------------------------------------------------------------------------------
@says("does not require grad")
def no_graph(torch):
    torch.ones(1).backward()


@says("does not require grad")
def no_graph_of_an_input(torch):
    torch.autograd.grad(leaf(torch).sum(), torch.ones(1))


@says("grad can be implicitly created only for scalar output")
def no_scalar(torch):
    (leaf(torch) * 2).backward()


@says("grad can be implicitly created only for real scalar outputs")
def no_real_scalar(torch):
    (leaf(torch, 1) * 0.5j).backward()


@says("Mismatch in shape")
def gradient_of_another_shape_for_backward(torch):
    (leaf(torch) * 2).backward(torch.ones(3))


@says("required to have the same dtype")
def complex_gradient(torch):
    x = leaf(torch)
    torch.autograd.grad(x * 2, x, torch.ones(2, dtype=torch.complex64))


@says("cannot be empty")
def backward_to_nothing(torch):
    torch.autograd.backward(leaf(torch).sum(), inputs=[])


@says("non-empty inputs|cannot be empty")
def grad_to_nothing(torch):
    torch.autograd.grad(leaf(torch).sum(), [])


@says("Set allow_unused=True")
def unused(torch):
    torch.autograd.grad(leaf(torch).sum(), leaf(torch))


@says("to not have been used in the graph")
def unused_again(torch):
    torch.autograd.grad(leaf(torch).sum(), leaf(torch))


@says("Expected allow_unused to be True or not passed when", ValueError)
def materialized_but_not_allowed(torch):
    x = leaf(torch)
    torch.autograd.grad(x.sum(), x, allow_unused=False, materialize_grads=True)


@says("materialize_grads cannot be used when the given input is a GradientEdge")
def materialized_edge(torch):
    edge = torch.autograd.graph.get_gradient_edge(leaf(torch))
    torch.autograd.grad(leaf(torch).sum(), edge, allow_unused=True, materialize_grads=True)


@says("Specify retain_graph=True")
def twice(torch):
    y = leaf(torch).exp().sum()
    y.backward()
    y.backward()


@says("after they have already been freed")
def saved_value_after_release(torch):
    y = leaf(torch).exp()
    y.sum().backward()
    y.grad_fn._saved_result


@says("expected .* arguments, got .* instead", TypeError)
def node_with_too_many(torch):
    (leaf(torch) * 2).grad_fn(torch.ones(2), torch.ones(2))


@says("are currently running autograd.grad")
def leaf_will_run(torch):
    x = leaf(torch)
    y = x * 2
    accumulator = y.grad_fn.next_functions[0][0]
    y.register_hook(lambda g: torch._C._will_engine_execute_node(accumulator) and None)
    torch.autograd.grad(y.sum(), x)


@says("during the backward pass")
def will_run_outside(torch):
    torch._C._will_engine_execute_node((leaf(torch) * 2).grad_fn)


@says("expects an grad_fn")
def will_run_of_no_node(torch):
    torch._C._will_engine_execute_node(leaf(torch))


@says("should only be called during the backward pass")
def order_outside(torch):
    torch._C._current_graph_task_execution_order()


@says("expects the current backward to be executed with multithreading disabled")
def order_with_threads(torch):
    y = leaf(torch) * 2
    y.register_hook(lambda g: torch._C._current_graph_task_execution_order() and None)
    y.sum().backward()


# -- hooks ---------------------------------------------------------------------------------------------------------------
@says("post accumulate grad hooks cannot be registered on non-leaf tensors")
def post_accumulate_of_no_leaf(torch):
    (leaf(torch) * 2).register_post_accumulate_grad_hook(print)


@says("hooks should return None.")
def post_accumulate_returns(torch):
    x = leaf(torch)
    x.register_post_accumulate_grad_hook(lambda t: t.grad)
    x.sum().backward()


@says(r"Expects mode to be one of \('all', 'any'\) but got some", ValueError)
def multi_grad_mode(torch):
    torch.autograd.graph.register_multi_grad_hook((leaf(torch),), print, mode="some")


# -- saved tensors -------------------------------------------------------------------------------------------------------
@says("incompatible function arguments", TypeError)
def one_hook_only(torch):
    leaf(torch).exp().grad_fn._raw_saved_result.register_hooks(lambda x: x)


@says("incompatible function arguments", TypeError)
def hooks_that_are_none(torch):
    leaf(torch).exp().grad_fn._raw_saved_result.register_hooks(1, 1)


@says("already been set")
def hooks_twice(torch):
    y = leaf(torch).exp()  # kept: PyTorch 2.13 dies, sooner or later, when hooks are set on what a dead node had saved
    handle = y.grad_fn._raw_saved_result
    handle.register_hooks(lambda x: x, lambda x: x)
    handle.register_hooks(lambda x: x, lambda x: x)


@says("after it has been freed")
def hooks_after_release(torch):
    x = leaf(torch)
    y = x * x
    y.sum().backward()
    y.grad_fn._raw_saved_self.register_hooks(lambda x: x, lambda x: x)


@says("Output of saved tensor unpack_hook expected to be a Tensor", TypeError)
def unpack_to_a_number(torch):
    x = leaf(torch)
    y = x * x
    y.grad_fn._raw_saved_self.register_hooks(lambda x: x, lambda x: 1)
    y.grad_fn._saved_self


@says("missing 1 required positional argument", TypeError)
def pack_of_two(torch):
    x = leaf(torch)
    y = x * x
    y.grad_fn._raw_saved_self.register_hooks(lambda x, y: x, lambda x: x)


@says("Trying to create a SavedTensor object from Python is forbidden")
def saved_tensor_made(torch):
    torch.autograd.SavedTensor()


@says("can only be accessed once")
def saved_tensors_read_twice(torch):
    given = function_of(
        torch, lambda ctx, x: ctx.save_for_backward(x) or x.clone(), lambda ctx, g: (ctx.saved_tensors, ctx.saved_tensors) and g
    )
    given.clear_saved_tensors_on_access = True
    given.apply(leaf(torch)).sum().backward()


@says("said so")
def disabled(torch):
    with torch.autograd.graph.disable_saved_tensors_hooks("said so"), torch.autograd.graph.save_on_cpu():
        pass


# -- custom Functions ----------------------------------------------------------------------------------------------------
@says("expected shape")
def gradient_of_wrong_shape(torch):
    function_of(torch, backward=lambda ctx, g: torch.ones(7)).apply(leaf(torch)).sum().backward()


@says("must implement the forward", NotImplementedError)
def no_forward(torch):
    type("Given", (torch.autograd.Function,), {}).apply(leaf(torch))


@says("must implement either the backward")
def no_backward(torch):
    function_of(torch).apply(leaf(torch)).sum().backward()


@says("Implementing both 'backward' and 'vjp'")
def both(torch):
    given = function_of(torch, backward=lambda ctx, g: g)
    given.vjp = staticmethod(lambda ctx, g: g)
    given.apply(leaf(torch)).sum().backward()


@says("Legacy autograd function with non-static forward method is deprecated")
def called(torch):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        function_of(torch)()(leaf(torch))


@says("Some elements marked as dirty during the forward method were not returned as output")
def dirty_not_returned(torch):
    def forward(ctx, x):
        ctx.mark_dirty(x)
        return x.clone()

    function_of(torch, forward).apply(leaf(torch) * 1)


@says("boom")
def delayed(torch):
    torch._C._functions.DelayedError("boom", 1)(leaf(torch)).sum().backward()


@says("differentiate twice")
def once(torch):
    backward = torch.autograd.function.once_differentiable(lambda ctx, g: g * 2)
    x, weight = leaf(torch), leaf(torch)
    (g,) = torch.autograd.grad(function_of(torch, backward=backward).apply(x), x, weight * 1, create_graph=True)
    g.sum().backward()


# -- tensors -------------------------------------------------------------------------------------------------------------
@says("grad_dtype can only be accessed on leaf tensors")
def grad_dtype_of_no_leaf(torch):
    (leaf(torch) * 2).grad_dtype


@says("grad_dtype can only be set on leaf tensors")
def grad_dtype_set_on_no_leaf(torch):
    (leaf(torch) * 2).grad_dtype = torch.float16


@says("attempting to assign a gradient with dtype.*to a tensor with grad_dtype")
def gradient_of_wrong_dtype(torch):
    x = leaf(torch)
    x.grad_dtype = torch.float16
    x.grad = torch.ones(2)


@says("Cannot set grad_dtype.*because there is already a gradient")
def grad_dtype_too_late(torch):
    x = leaf(torch)
    x.grad = torch.ones(2)
    x.grad_dtype = torch.float16


@says("expected to be a Tensor or None", TypeError)
def gradient_that_is_a_number(torch):
    torch.ones(2).grad = 0


@says("must be floating point or complex dtype")
def data_of_integers(torch):
    torch.ones(2, requires_grad=True).data = torch.ones(2, dtype=torch.int64)


@says("floating point")
def integers_that_require_grad(torch):
    torch.ones(1, dtype=torch.int64, requires_grad=True)


@says("floating point")
def integers_set_to_require_grad(torch):
    torch.ones(1, dtype=torch.int64).requires_grad_()


@says(r"Can't call numpy\(\) on Tensor that requires grad. Use tensor.detach\(\).numpy\(\) instead.")
def numpy_of_a_leaf(torch):
    leaf(torch).numpy()


@says("Inference tensors do not track version counter")
def version_of_inference(torch):
    with torch.inference_mode():
        x = torch.ones(2)
    x._version


@says("Inference tensors cannot be saved for backward")
def inference_saved(torch):
    with torch.inference_mode():
        x = torch.ones(2)
    x * leaf(torch)


@says("out=")
def out_and_grad(torch):
    torch.mul(leaf(torch), 2, out=torch.zeros(2))


@says("Cannot set")
def version_below_zero(torch):
    torch._C._autograd._unsafe_set_version_counter((torch.ones(1),), (-1,))


@says("returned nan values in its 0th output")
def anomaly(torch):
    given = function_of(torch, backward=lambda ctx, g: g * float("nan"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with torch.autograd.set_detect_anomaly(True):
            given.apply(leaf(torch) * 1).sum().backward()


# -- gradcheck -----------------------------------------------------------------------------------------------------------
@says("at least one input tensor to require gradient", ValueError)
def gradcheck_of_constants(torch):
    torch.autograd.gradcheck(lambda x: x, (torch.ones(2, dtype=torch.float64),))


@says("The 0th input has a dimension with stride 0")
def gradcheck_of_expanded(torch):
    x = torch.ones(1, dtype=torch.float64, requires_grad=True)
    torch.autograd.gradcheck(lambda x: x, (x.expand(2, 2),))


@says("Numerical gradient for function expected to be zero")
def gradcheck_without_graph(torch):
    x = torch.ones(1, dtype=torch.float64, requires_grad=True)
    torch.autograd.gradcheck(lambda x: torch.tensor([x.item()], dtype=torch.float64), x)


def hooked(x):
    y = x.clone()
    y.register_hook(lambda g: g + 1e-2)
    return y


@says("backward not multiplied by grad_output")
def gradcheck_of_what_is_added(torch):
    torch.autograd.gradcheck(hooked, torch.ones(1, dtype=torch.float64, requires_grad=True), atol=1e-1)


@says("Jacobian mismatch for output 0 with respect to input 0")
def gradcheck_wrong(torch):
    torch.autograd.gradcheck(hooked, torch.ones(2, 2, dtype=torch.float64, requires_grad=True))


@says("While considering the imaginary part of complex outputs only")
def gradcheck_wrong_and_complex(torch):
    torch.autograd.gradcheck(hooked, torch.ones(2, 2, dtype=torch.complex128, requires_grad=True))


@says("Expected backward function to handle undefined output grads")
def gradcheck_undefined(torch):
    def hook(g):
        if g is None:
            raise RuntimeError("undefined")

    def fn(x):
        y = x.clone()
        y.register_hook(hook)
        return y

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.autograd.gradcheck(fn, torch.ones(1, dtype=torch.float64, requires_grad=True))


@says("return outputs with the same shape when inputs are perturbed", AssertionError)
def gradcheck_of_changing_shape(torch):
    x = torch.ones(1, dtype=torch.float64, requires_grad=True)
    torch.autograd.gradcheck(lambda x: torch.cat([x, x]) if bool((x >= 1).all()) else x, x)


@says("return outputs with the same dtype when inputs are perturbed", AssertionError)
def gradcheck_of_changing_dtype(torch):
    x = torch.ones(1, dtype=torch.float64, requires_grad=True)
    torch.autograd.gradcheck(lambda x: x.float() if bool((x >= 1).all()) else x, x)


@says("Backward is not reentrant")
def gradcheck_random(torch):
    given = function_of(torch, backward=lambda ctx, g: g * (1 + torch.rand_like(g) * 1e-3))
    x = torch.ones(2, dtype=torch.float64, requires_grad=True)
    torch.autograd.gradcheck(given.apply, x)


@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.parametrize("library", [torch, spelled], ids=["torch", "spelled"])
def test_what_an_error_says(name, library):
    program, fragment, kind = PROGRAMS[name]
    with pytest.raises(kind) as raised:
        program(library)
    assert re.search(fragment, str(raised.value)), str(raised.value)
