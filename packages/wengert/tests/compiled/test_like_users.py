"""Programs as people write them around a compiled function: each has the values and events of its eager run.

What they share: something around the function changes, or is left there, from call to call.
"""

from __future__ import annotations

import copy
import functools
import pickle

import numpy as np
import pytest

import wengert as wg
from compiled.side_by_side import BACKENDS, both, leaf
from wengert import nn
from wengert.arrays.adapter import adapter_of
from wengert.errors import ModeError


def vector(*numbers):
    return wg.tensor(list(numbers))


# -- tensors that are others in a later call -----------------------------------------------------------------------------
@pytest.mark.parametrize("backend", BACKENDS)
def test_a_parameter_that_is_replaced(backend):
    """The program is for the tensors that the function finds; where others are found it is made anew."""

    class Model:
        def __init__(self):
            self.layers = [{"w": leaf(1.0, 2.0)}, {"w": leaf(3.0, 4.0)}]

        def __call__(self, x):
            for layer in self.layers:
                x = wg.tanh(x * layer["w"])
            return x.sum()

    def program(compiled, note):
        model = Model()
        f = compiled(model)
        for run in range(6):
            if run == 2:
                model.layers[1]["w"] = leaf(0.5, 0.5)
            if run == 4:
                model.layers = [{"w": layer["w"]} for layer in model.layers]  # other lists of the same tensors
            for layer in model.layers:
                layer["w"].grad = None
            loss = f(vector(0.1 * run, 0.3))
            loss.backward()
            note("loss", loss, [layer["w"].grad for layer in model.layers])

    both(program, backend, captures=2)


def test_a_learning_rate_that_is_a_new_tensor():
    def program(compiled, note):
        w, rate = leaf(1.0, 2.0), vector(0.1)

        def step(x):
            w.grad = None
            (w * x).sum().backward()
            with wg.no_grad():
                w.sub_(rate * w.grad)

        step = compiled(step)
        for run in range(4):
            rate = vector(0.1 / (1 + run // 2))
            step(vector(1.0, 0.5))
            note("w", w)

    both(program, captures=4)


RATE = 1.0


def test_numbers_that_the_code_reads_by_name():
    """Each value makes a program, and finds it again; what the function counts itself, or others do, is left out."""

    class Config:
        power = 2

    def program(compiled, note):
        global RATE
        shift, config, table, calls = 0.5, Config(), {"scale": 1.0, "calls": 0}, 0

        def f(x):
            nonlocal calls
            calls += 1
            table["calls"] += 1
            return (x * RATE * table["scale"] + shift) ** config.power

        f = compiled(f)
        for run in range(7):
            RATE = 3.0 if run in (1, 2) else 1.0
            shift = 0.25 if run == 3 else 0.5
            config.power = 3 if run == 4 else 2
            table["scale"] = -0.0 if run == 5 else 1.0
            note("run", f(vector(1.0, 0.1 * run)))

    both(program, captures=5)


def test_attributes_that_a_method_reads():
    def program(compiled, note):
        class Scale:
            def __init__(self, factor):
                self.factor = factor

            def apply(self, x):
                return x * self.factor

        Scale.apply = compiled(Scale.apply)
        one, two = Scale(2.0), Scale(3.0)
        for run in range(4):
            one.factor = 4.0 if run > 1 else 2.0
            note("apply", one.apply(vector(1.0, 0.1 * run)), two.apply(vector(1.0, 0.1 * run)))

    both(program, captures=3)


def test_modules_in_training_and_not():
    def program(compiled, note):
        wg.random.seed(5)
        model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Dropout(0.5), nn.Linear(4, 1))
        with wg.no_grad():
            for number, p in enumerate(model.parameters()):
                p.copy_(wg.tensor(np.random.default_rng(number).normal(size=p.shape), dtype=p.dtype))
        step = compiled(lambda x: model(x).sum())
        for training in (True, True, False, False, True, False):
            model.train(training)
            model.zero_grad()
            loss = step(wg.tensor(np.random.default_rng(3).normal(size=(5, 3)), dtype=wg.float32))
            loss.backward()
            note("loss", loss, [b * 1.0 for b in model.buffers()], model[0].weight.grad)

    both(program, captures=2, exactly=False)


# -- tensors that are left for others ------------------------------------------------------------------------------------
WARNED = pytest.mark.filterwarnings("ignore:compile. no program could be made")


@WARNED
@pytest.mark.parametrize("place", ["dict", "list", "attribute", "variable"])
def test_a_state_that_is_carried_from_call_to_call(place):
    """No program can bind a name anew: after two calls the function is run as it is, with a warning that says where."""

    class Cell:
        hidden = vector(0.0, 0.0)

    def program(compiled, note):
        w, states, cell, variable = leaf(1.0, 2.0), {"hidden": vector(0.0, 0.0)}, Cell(), vector(0.0, 0.0)
        history = []

        def step(x):
            nonlocal variable
            if place == "dict":
                states["hidden"] = new = wg.tanh(x + states["hidden"] * w).detach()
            elif place == "list":
                new = wg.tanh(x * w + (history[-1] if history else 0.0)).detach()
                history.append(new)
            elif place == "attribute":
                cell.hidden = new = wg.tanh(x + cell.hidden * w).detach()
            else:
                variable = new = wg.tanh(x + variable * w).detach()
            return new * 2.0

        step = compiled(step)
        for run in range(5):
            note("state", step(vector(1.0, 0.1 * run)), states["hidden"], cell.hidden, variable, history)

    assert both(program).hits == 0


def test_what_is_said_of_a_kept_tensor():
    state = {"average": vector(0.0)}

    @wg.compile
    def step(x):
        state["average"] = state["average"] * 0.9 + x * 0.1

    step(vector(1.0))
    with pytest.warns(UserWarning, match=r"it keeps a tensor of shape \(1,\) that it has made, in state\['average'\]"):
        step(vector(1.0))
    step(vector(1.0))
    assert round(state["average"].item(), 6) == 0.271


def test_an_average_that_is_written_to_is_compiled():
    def program(compiled, note):
        w, average = leaf(1.0, 2.0), vector(0.0, 0.0)

        def step(x):
            w.grad = None
            (w * w * x).sum().backward()
            with wg.no_grad():
                w.sub_(0.1 * w.grad)
                average.mul_(0.9).add_(0.1 * w)

        step = compiled(step)
        for run in range(4):
            step(vector(1.0, 0.1 * run))
            note("step", w, average)

    both(program)


def test_a_layer_that_makes_its_weight_in_the_first_call():
    """Its gradient is there after the first call as after later ones."""

    def program(compiled, note):
        class Lazy:
            w = None

            def __call__(self, x):
                if self.w is None:
                    self.w = wg.ones(x.shape[-1], requires_grad=True)
                return (self.w * x).sum()

        layer = Lazy()
        f = compiled(layer)
        for run in range(4):
            f(vector(1.0, 0.1 * run)).backward()
            note("grad", layer.w.grad)

    both(program, captures=2)


# -- what hooks leave ----------------------------------------------------------------------------------------------------
@WARNED
@pytest.mark.parametrize("what", ["the gradient", "computed", "returned"])
def test_tensors_that_hooks_leave_for_the_function(what):
    def program(compiled, note):
        w, found = leaf(1.0, 2.0), []
        w.register_hook(lambda g: found.append(g * g if what == "computed" else g))

        def step(x):
            w.grad = None
            found.clear()
            (w * w * x).sum().backward()
            return found[0] if what == "returned" else found[0].sum() * 2.0

        step = compiled(step)
        for run in range(5):
            note("found", step(vector(1.0, 0.1 * run)), w.grad)

    assert both(program).hits == 0


def test_a_hook_that_makes_something_once():
    """A tensor that is still there in the next call is from outside."""

    def program(compiled, note):
        w, masks = leaf(1.0, 2.0), []
        w.register_hook(lambda g: None if masks else masks.append(g * 0.0 + 0.5))

        def step(x):
            w.grad = None
            (w * x).sum().backward()
            return w.grad * masks[0]

        step = compiled(step)
        for run in range(4):
            note("masked", step(vector(1.0, 0.1 * run)))

    both(program, captures=2)


def test_hooks_see_that_gradients_were_taken_away():
    def program(compiled, note):
        w = leaf(1.0, 2.0)
        w.register_hook(lambda g: note("before", w.grad))

        def step(x):
            w.grad = None
            (w * x).sum().backward()

        step = compiled(step)
        for run in range(3):
            step(vector(1.0, 0.1 * run))
            note("after", w.grad)

    both(program)


def test_hooks_see_the_gradients_of_tensors_of_the_function():
    def program(compiled, note):
        w = leaf(1.0, 2.0)

        def step(x):
            y = w * x
            y.retain_grad()
            z = y * y
            z.register_hook(lambda g: note("z", y.grad))
            y.grad_fn.register_hook(lambda gi, go: note("y", y.grad, x.grad))
            z.sum().backward()

        step = compiled(step)
        for run in range(3):
            step(leaf(1.0, 0.1 * run))

    both(program)


def test_hooks_know_their_node():
    def program(compiled, note):
        w = leaf(1.0, 2.0)
        w.register_hook(lambda g: note("w", wg.autograd.graph.current_node().name()))
        w.register_post_accumulate_grad_hook(lambda t: note("acc", wg.autograd.graph.current_node().variable is t))

        def step(x):
            y = wg.exp(w * x)
            y.register_hook(lambda g: note("y", wg.autograd.graph.current_node().name()))
            y.sum().backward()

        step = compiled(step)
        for run in range(3):
            step(vector(1.0, 0.1 * run))

    both(program)


# -- data, views, modes --------------------------------------------------------------------------------------------------
def test_data_that_is_set_before_the_function_has_met_the_tensor():
    def program(compiled, note):
        w, v = leaf(1.0, 2.0), vector(5.0, 6.0)

        def step(x):
            w.data = v * x
            return x * 1.0

        step = compiled(step)
        for run in range(3):
            step(vector(1.0, 0.1 * run))
            note("w", w, v)

    both(program)


def test_arguments_that_are_views():
    def program(compiled, note):
        step = compiled(lambda x: x.mul_(2.0).sum())
        table = wg.ones((3, 2))
        for row in (0, 1, 1, 2):
            note("row", step(table[row]), table)

    both(program)


@pytest.mark.parametrize("part", ["real", "imag"])
def test_parts_of_complex_numbers_are_written_to(part):
    def program(compiled, note):
        def f(x):
            z = x * 1.0
            getattr(z, part)[1:].mul_(10.0)
            return (z * z.conj()).real.sum() + z.imag.sum(), z.detach()

        f = compiled(f)
        for run in range(3):
            x = wg.tensor([1.0 + 2.0j, run + 1.0j, 3.0 - 1.0j], requires_grad=True)
            loss, z = f(x)
            loss.backward()
            note("parts", z.real, z.imag, x.grad.real, x.grad.imag)

    both(program, exactly=False)


def test_results_of_inference_mode():
    def program(compiled, note):
        w = leaf(1.0, 2.0)
        f = compiled(lambda x: w * x)
        for mode in (True, True, False, False):
            with wg.inference_mode(mode):
                y = f(vector(1.0, 2.0))
            note("mode", y.is_inference(), y.requires_grad)
            if mode:
                with pytest.raises(ModeError):
                    y.requires_grad_()

    both(program, captures=2)


def test_a_vmap_inside_and_a_backward_outside():
    def program(compiled, note):
        w = leaf(0.5, 2.0)
        f = compiled(lambda x: wg.vmap(lambda row: wg.tanh(row * w).sum())(x).sum())
        for run in range(3):
            w.grad = None
            x = wg.tensor([[1.0, 0.1 * run], [0.3, 0.2]], requires_grad=True)
            f(x).backward()
            note("grads", w.grad, x.grad)
            (first,) = wg.autograd.grad(f(x), x, create_graph=True)
            note("second", wg.autograd.grad(first.sum(), (x, w)))

    both(program, exactly=False)


# -- copies --------------------------------------------------------------------------------------------------------------
class Model:
    """One that compiles a method of its own."""

    def __init__(self):
        self.w = leaf(1.0, 2.0)
        self.step = wg.compile(self.forward)

    def forward(self, x):
        return (self.w * x).sum()


def doubled(x):
    """Twice."""
    return x * 2.0


compiled_by_name = wg.compile(doubled)


def test_copies_have_programs_of_their_own():
    model = Model()
    for _ in range(2):
        model.step(vector(1.0, 1.0))
    other = copy.deepcopy(model)
    with wg.no_grad():
        other.w.mul_(10.0)
    assert (model.step(vector(1.0, 1.0)).item(), other.step(vector(1.0, 1.0)).item()) == (3.0, 30.0)
    assert (other.step.captures, model.step.captures, other.step.__wrapped__.__self__ is other) == (1, 1, True)
    for same in (copy.copy(compiled_by_name), copy.deepcopy(compiled_by_name), pickle.loads(pickle.dumps(compiled_by_name))):
        assert (same(vector(3.0)).tolist(), same.__name__, same.__doc__) == ([6.0], "doubled", "Twice.")
    partial = wg.compile(functools.partial(doubled), backend="python", most_programs=3)
    partial(vector(1.0))
    again = pickle.loads(pickle.dumps(partial))
    assert (again(vector(3.0)).tolist(), again.captures, again._most) == ([6.0], 1, 3)


def test_a_function_that_holds_the_functions_of_a_library():
    """They are looked at without being asked for names, which they would look for in their library."""
    numpy = pytest.importorskip("jax.numpy", reason="needs JAX")
    xp = adapter_of(numpy.ones(2)).functions

    @wg.compile
    def function(x):
        return x * 2.0 if xp is not None else x

    assert function(wg.tensor([1.0, 2.0])).tolist() == [2.0, 4.0]
