"""Compiled programs in files: written, read in another process, bound by name; and what is refused."""

from __future__ import annotations

import functools
import json
import os
import re
import subprocess
import sys

import numpy as np
import pytest

import wengert as wg
from wengert.autograd.engine import queue_callback
from wengert.compiled.program_file import read_file
from wengert.errors import ArgumentError, CompileError


def leaf(*numbers):
    return wg.tensor(list(numbers), requires_grad=True)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "program.wengert"


def kept(path, f, *args, bind=None, names=None, **options):
    """`f`, lowered for `args`, by way of a file."""
    wg.compile(f).lower(*args).save(path, names)
    return wg.load_compiled(path, bind, **options)


# -- another process -----------------------------------------------------------------------------------------------------
STEP = """
import numpy as np
import wengert as wg

def made(seed):
    rng = np.random.default_rng(seed)
    w = wg.tensor(rng.standard_normal((6, 4)), requires_grad=True)
    b = wg.tensor(rng.standard_normal(4), requires_grad=True)
    return w, b

def hook(g):
    events.append(("hook", float(g.sum())))
    return g * 0.5

def after(t):
    events.append(("after", float(t.grad.sum())))

def inside(g):
    events.append(("inside", float(g.sum())))

events = []
x = wg.tensor(np.random.default_rng(9).standard_normal((5, 6)))
y = wg.tensor(np.array([0, 1, 2, 3, 1]))
"""

SAVES = """
w, b = made(0)
w.register_hook(hook)
b.register_post_accumulate_grad_hook(after)
optimizer = wg.optim.Adam([w, b], lr=0.05)

def step(x, y):
    optimizer.zero_grad()
    h = wg.tanh(x @ w + b) + 0.1 * wg.random.normal((5, 4))
    h.register_hook(inside)
    loss = wg.nn.functional.cross_entropy(wg.nn.functional.dropout(h, 0.3), y)
    loss.backward()
    optimizer.step()
    return {"loss": loss, "norm": (w * w).sum().detach()}

wg.compile(step).lower(x, y).save(PATH)
run = step
"""

LOADS = """
w, b = made(0)
w.register_hook(hook)
optimizer = wg.optim.Adam([w, b], lr=0.05)
run = wg.load_compiled(
    PATH, {"w": w, "b": b, "optimizer": optimizer, "inside": inside, "b.post_accumulate_grad_hook": after}
)
"""

RUNS = """
wg.random.seed(3)
found = [run(x, y) for _ in range(4)]
import json
losses = [[f["loss"].item().hex(), f["norm"].item().hex()] for f in found]
print(json.dumps([losses, [[n, v.hex()] for n, v in events], w.array.tobytes().hex(), b.grad.array.tobytes().hex()]))
"""


def in_process(*parts, **constants):
    """What a program prints that runs in another process."""
    code = "".join(f"{name} = {value!r}\n" for name, value in constants.items()) + "".join(parts)
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, env=os.environ)
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


def test_a_training_step_in_another_process(path):
    """With optimizer, hooks of three kinds and random numbers, to the last bit as the eager one; its function is not there."""
    eager = in_process(STEP, SAVES, RUNS, PATH=str(path))
    loaded = in_process(STEP, LOADS, RUNS, PATH=str(path))
    assert loaded == eager
    assert len(eager[1]) == 12
    assert len({loss for loss, _ in eager[0]}) == 4


# -- what comes back -----------------------------------------------------------------------------------------------------
def test_arguments_and_results_of_every_shape(path):
    def f(tree, array, number, *, name, flag=True):
        y = tree["x"][0] * tree["y"] + array
        return {"a": [y * number, (name, None)], "b": array * 2.0, "c": tree["y"], "flag": flag, "inf": float("inf"), "z": 1 + 2j}

    args = ({"x": (wg.tensor([1.0, 2.0]),), "y": wg.tensor([3.0, 4.0])}, np.array([0.5, 0.5]), 2.5)
    compiled = wg.compile(f)
    compiled.lower(*args, name="n").save(path)
    loaded = wg.load_compiled(path)
    want, got = f(*args, name="n"), loaded(*args, name="n")
    assert got["a"][0].tolist() == want["a"][0].tolist()
    assert got["a"][1] == ("n", None)
    assert type(got["b"]) is np.ndarray
    assert got["b"].tolist() == want["b"].tolist()
    assert got["c"] is args[0]["y"]
    assert (got["flag"], got["inf"], got["z"]) == (True, float("inf"), 1 + 2j)
    with pytest.raises(CompileError, match="argument 'name' is the constant 'm', expected the constant 'n'"):
        loaded(*args, name="m")


def test_all_programs_of_a_function(path):
    f = wg.compile(lambda x, n: x**n, static_argnums=1)
    with pytest.raises(CompileError, match="has no program yet"):
        f.save(path)
    for shape in ((2,), (3,)):
        for n in (2, 3):
            f(wg.tensor(np.full(shape, 2.0)), n)
    f.save(path)
    loaded = wg.load_compiled(path)
    assert loaded(wg.tensor([3.0, 1.0, 2.0]), 3).tolist() == [27.0, 1.0, 8.0]
    assert loaded(wg.tensor([3.0, 1.0]), 2).tolist() == [9.0, 1.0]
    assert (loaded.captures, loaded.hits) == (0, 2)
    with pytest.raises(CompileError, match=r"the static arguments are \(4,\), expected \(2,\).*for 4 kinds"):
        loaded(wg.tensor([3.0, 1.0]), 4)
    assert loaded.explain().count("it was loaded from a file") == 4


def test_numbers_that_are_inputs(path):
    """Once they have changed they are; integers are constants."""

    def f(x, rate, n):
        return x * (rate * 2.0 + 1.0) ** n - rate / 3

    compiled, x = wg.compile(f), wg.tensor([1.0, 2.0])
    for rate in (0.1, 0.2, 0.3):
        compiled(x, rate, 2)
    compiled.save(path)
    loaded = wg.load_compiled(path)
    for rate in (0.7, 0.1, 1e300):
        with np.errstate(over="ignore"):
            assert loaded(x, rate, 2).tolist() == f(x, rate, 2).tolist() if rate < 1 else True
    with pytest.raises(CompileError, match="argument 2 is the constant 3, expected the constant 2"):
        loaded(x, 0.7, 3)


def test_a_derivative(path):
    """Of a result that requires grad, with hooks on leaves, which the backward from outside calls."""
    w, events = leaf(1.0, 2.0), []

    def f(x):
        return (wg.tanh(w * x) * wg.exp(x)).sum(), w.detach() * 2.0

    loaded = kept(path, f, leaf(0.5, 0.5))
    v = loaded.tensors["w"]
    assert v.requires_grad
    assert v is not w
    results = []
    for function, t in ((f, w), (loaded, v)):
        for _ in range(2):
            x = leaf(0.25, -0.5)
            x.register_hook(lambda g: events.append(g.tolist()))
            t.grad = None
            loss, other = function(x)
            (loss * 3.0).backward()
            results.append((loss.item(), other.tolist(), x.grad.tolist(), t.grad.tolist()))
    assert results[0] == results[1] == results[2] == results[3]
    assert len(events) == 4
    assert events[0] == events[2]


@pytest.mark.parametrize("used", [(0,), (1,), (2,), (0, 1), (1, 2), (0, 1, 2)])
def test_the_derivative_of_several_results(path, used):
    """A backward may come to some without the others; what it does not reach gets no gradient."""
    w, v = leaf(1.0, 2.0), leaf(0.5, -0.5)

    def f(x):
        h = wg.tanh(w * x)
        return h.sum(), {"both": h * wg.exp(v), "other": (v * v).sum(), "none": x.detach()}

    loaded = kept(path, f, wg.tensor([0.5, 0.25]))
    results = []
    for function, leaves in ((f, (w, v)), (loaded, (loaded.tensors["w"], loaded.tensors["v"]))):
        for t in leaves:
            t.grad = None
        for _ in range(2):
            first, others = function(wg.tensor([0.5, 0.25]))
            outs = [first, others["both"], others["other"]]
            sum((outs[i] * 2.0).sum() for i in used).backward()
        results.append([None if t.grad is None else t.grad.tolist() for t in leaves])
        assert not others["none"].requires_grad
    assert results[0] == results[1]
    assert (results[0][1] is None) == (used == (0,))


def test_a_derivative_with_hooks_inside_stands_in_no_file(path):
    w = leaf(1.0, 2.0)

    def f(x):
        h = w * x
        h.register_hook(lambda g: g * 2.0)
        return h.sum()

    with pytest.raises(CompileError, match="no file can hold what a call of it records, for there are hooks inside of it"):
        kept(path, f, wg.tensor([1.0, 1.0]))


def test_what_it_writes_to(path):
    """Values and gradients of tensors that the function closes over are read and written where they are bound."""
    count, w = wg.tensor([0.0]), leaf(2.0)

    def f(x):
        with wg.no_grad():
            count.add_(x.sum())
        w.grad = None
        (w * x).sum().backward()

    mine, other = wg.tensor([10.0]), leaf(5.0)
    loaded = kept(path, f, wg.tensor([1.0, 2.0]), bind={"count": mine, "w": other})
    memory = mine.array
    loaded(wg.tensor([1.0, 2.0]))
    loaded(wg.tensor([1.0, 3.0]))
    assert (mine.tolist(), other.grad.tolist(), count.tolist(), w.grad) == ([17.0], [4.0], [0.0], None)
    assert mine.array is memory


def test_accumulating_gradients(path):
    w = leaf(2.0)
    f = wg.compile(lambda x: (w * x).sum().backward())
    f(wg.tensor([1.0]))
    f(wg.tensor([1.0]))
    f.save(path)
    loaded = wg.load_compiled(path)
    v = loaded.tensors["w"]
    for n in range(1, 4):
        loaded(wg.tensor([1.0]))
        assert v.grad.tolist() == [float(n)]


@pytest.mark.parametrize(
    "array",
    [
        np.asfortranarray(np.random.default_rng(0).standard_normal((40, 50))),
        np.random.default_rng(0).standard_normal((7, 5, 60)).transpose(1, 2, 0),
        np.broadcast_to(np.random.default_rng(0).standard_normal((50, 1)), (50, 40)),
        np.broadcast_to(np.float64(0.1), (3, 2)),
        np.random.default_rng(0).standard_normal((60, 40))[::3, ::-1],
        np.array(0.1, np.float32),
        np.zeros((3, 0)),
        np.array([np.nan, -0.0, np.inf]),
        np.array([1 + 2j, -0.5j], np.complex64),
        np.array([True, False]),
        np.array([200, 3], np.uint8),
        np.arange(6.0, dtype=">f8"),
    ],
    ids=lambda a: f"{a.dtype.str}{list(a.shape)}",
)
def test_constants_come_back_as_they_lay(path, array):
    """Sums depend on the order in memory."""
    f = kept(path, lambda x: x * array, wg.tensor(np.ones((), array.dtype.newbyteorder("="))))
    ((program,),) = f._programs.values()
    (equation,) = program.traced
    found = next(v for v in equation.arguments.values() if isinstance(v, np.ndarray))
    assert (found.shape, found.dtype) == (array.shape, array.dtype.newbyteorder("="))
    np.testing.assert_array_equal(found, array)
    assert found.tobytes() == array.astype(found.dtype).tobytes()  # the signs of zeros too
    if array.size > 1:
        assert np.argsort(np.abs(found.strides)).tolist() == np.argsort(np.abs(array.strides)).tolist()
        assert [n == 0 for n in found.strides] == [n == 0 for n in array.strides]


def test_the_same_program_is_the_same_file(tmp_path):
    w = wg.tensor([1.0, 2.0])
    files = [tmp_path / name for name in "ab"]
    for file in files:
        wg.compile(lambda x: wg.exp(x * w)).lower(wg.tensor([1.0, 2.0])).save(file)
    assert files[0].read_bytes() == files[1].read_bytes()


def test_a_loaded_program_can_be_saved(tmp_path):
    w = wg.tensor([1.0, 2.0])
    first, second = tmp_path / "a", tmp_path / "b"
    kept(first, lambda x: wg.exp(x * w), wg.tensor([1.0, 2.0])).save(second)
    loaded = wg.load_compiled(second)
    assert loaded(wg.tensor([0.0, 1.0])).tolist() == wg.exp(wg.tensor([0.0, 2.0])).tolist()
    assert list(loaded.tensors) == list(wg.load_compiled(first).tensors) == ["w"]


# -- names ---------------------------------------------------------------------------------------------------------------
GLOBAL = wg.tensor([3.0])


class Holder:
    def __init__(self):
        self.inner = {"weights": [wg.tensor([1.0]), wg.tensor([2.0])]}
        self.layer = wg.nn.Linear(1, 1)

    def method(self, x):
        first, second = self.inner["weights"]
        return (x * first + second + self.layer(x) + GLOBAL).detach()


def test_names_are_those_of_variables(path):
    held = Holder()
    loaded = kept(path, held.method, wg.tensor([1.0]))
    names = {"self.inner.weights[0]", "self.inner.weights[1]", "self.layer.weight", "self.layer.bias", "GLOBAL"}
    assert set(loaded.tensors) == names
    loaded = kept(path, held.method, wg.tensor([1.0]), names={"first": held.inner["weights"][0], "layer": held.layer})
    assert set(loaded.tensors) == {"first", "self.inner.weights[1]", "layer.weight", "layer.bias", "GLOBAL"}
    loaded = kept(path, functools.partial(wg.compile(Holder.method), held), wg.tensor([1.0]))
    assert set(loaded.tensors) == names
    with pytest.raises(ArgumentError, match="names: expected objects by name"):
        kept(path, held.method, wg.tensor([1.0]), names={3: held})


def test_pure_hooks_stand_in_the_program(path):
    w = leaf(1.0, 2.0)
    w.register_hook(lambda g: g * 2.0, pure=True)

    def f(x):
        w.grad = None
        (w * x).sum().backward()
        return w.grad.clone()

    loaded = kept(path, f, wg.tensor([1.0, 1.0]))
    assert loaded(wg.tensor([3.0, 4.0])).tolist() == [6.0, 8.0]
    mine = leaf(5.0, 5.0)
    wg.load_compiled(path, {"w": mine})(wg.tensor([1.0, 2.0]))
    assert mine.grad.tolist() == [2.0, 4.0]


def test_pure_hooks_of_arguments_cannot_stand_in_a_file(path):
    x = leaf(1.0)
    x.register_hook(lambda g: g * 2.0, pure=True)
    with pytest.raises(CompileError, match="pure hooks of an argument stand in the program"):
        kept(path, lambda x: (x * x).sum().backward(), x)
    assert not path.exists()


OPTIMIZERS = {
    "SGD": lambda p: wg.optim.SGD(p, lr=0.1),
    "momentum": lambda p: wg.optim.SGD(p, lr=0.1, momentum=0.9, dampening=0.5, weight_decay=0.1),
    "Adam": lambda p: wg.optim.Adam(p, lr=0.1, amsgrad=True),
    "AdamW": lambda p: wg.optim.AdamW(p, lr=1),
}


def trained(optimizer, w, b):
    """A step, which counts on the state of `optimizer`."""

    def step(x):
        optimizer.zero_grad()
        loss = ((x @ w + b) ** 2).mean()
        loss.backward()
        optimizer.step()
        return loss.detach()

    return step


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("steps_before", [0, 3])
def test_an_optimizer_that_was_compiled_with_the_rest(path, name, steps_before):
    """The state is that of the optimizer which is bound, and a new one begins with its first step."""
    batches = [wg.tensor(np.random.default_rng(i).standard_normal((4, 2))) for i in range(6)]
    w, b = leaf(1.0, -2.0), leaf(0.5)
    optimizer = OPTIMIZERS[name]([w, b])
    step = wg.compile(trained(optimizer, w, b))
    step(batches[0])
    step.save(path)
    told, _ = read_file(path)
    assert "call" not in json.dumps(told.content["programs"])

    kept_w, kept_b, other_w, other_b = leaf(3.0, 1.0), leaf(0.0), leaf(3.0, 1.0), leaf(0.0)
    kept_optimizer, other_optimizer = OPTIMIZERS[name]([kept_w, kept_b]), OPTIMIZERS[name]([other_w, other_b])
    eager = trained(other_optimizer, other_w, other_b)
    for one in (trained(kept_optimizer, kept_w, kept_b), eager):
        for x in batches[:steps_before]:
            one(x)
    loaded = wg.load_compiled(path, {"w": kept_w, "b": kept_b, "optimizer": kept_optimizer})
    for x in batches:
        assert loaded(x).item() == pytest.approx(eager(x).item(), rel=1e-12)
        np.testing.assert_allclose(kept_w.detach().numpy(), other_w.detach().numpy(), rtol=1e-12)
    for mine, other in ((kept_w, other_w), (kept_b, other_b)):
        assert kept_optimizer.state[mine].keys() == other_optimizer.state[other].keys()
        for key, value in other_optimizer.state[other].items():
            found = kept_optimizer.state[mine][key]
            assert found == value if isinstance(value, int) else np.allclose(found.numpy(), value.numpy(), rtol=1e-12)
    kept_optimizer.param_groups[0]["lr"] = other_optimizer.param_groups[0]["lr"] = 0.01  # it is asked for in each run
    loaded(batches[0]), eager(batches[0])
    np.testing.assert_allclose(kept_w.detach().numpy(), other_w.detach().numpy(), rtol=1e-12)


def test_a_loaded_step_of_an_optimizer_can_be_saved(path):
    w, b = leaf(1.0, -2.0), leaf(0.5)
    step = wg.compile(trained(wg.optim.Adam([w, b]), w, b))
    x = wg.tensor([[1.0, 2.0], [3.0, 4.0]])
    step(x)
    step.save(path)
    for _ in range(2):
        v, c = leaf(1.0, -2.0), leaf(0.5)
        loaded = wg.load_compiled(path, {"w": v, "b": c, "optimizer": wg.optim.Adam([v, c])})
        loaded(x)
        loaded.save(path)
    assert v.tolist() == w.tolist()


def test_programs_for_several_sizes_share_an_optimizer(path):
    w, b = leaf(1.0, -2.0), leaf(0.5)
    step = wg.compile(trained(wg.optim.Adam([w, b]), w, b))
    batches = [wg.tensor(np.random.default_rng(n).standard_normal((n, 2))) for n in (4, 5, 6)]
    for x in batches:
        step(x)
    step.save(path)
    v, c, other_v, other_c = leaf(1.0, -2.0), leaf(0.5), leaf(1.0, -2.0), leaf(0.5)
    loaded = wg.load_compiled(path, {"w": v, "b": c, "optimizer": wg.optim.Adam([v, c])})
    eager = trained(wg.optim.Adam([other_v, other_c]), other_v, other_c)
    for x in (*batches, *batches):
        loaded(x), eager(x)
    np.testing.assert_allclose(v.detach().numpy(), other_v.detach().numpy(), rtol=1e-12)
    assert v.tolist() != w.tolist()


def test_the_state_comes_with_the_optimizer(path):
    w, b = leaf(1.0, -2.0), leaf(0.5)
    make = OPTIMIZERS["momentum"]
    optimizer = make([w, b])
    step = wg.compile(trained(optimizer, w, b))
    x = wg.tensor([[1.0, 2.0], [3.0, 4.0]])
    step(x)
    step.save(path)
    v, c = leaf(*w.tolist()), leaf(*b.tolist())
    other = make([v, c])
    name = "optimizer.state[w].momentum_buffer"
    with pytest.raises(ArgumentError, match=r"nothing called 'optimizer.state\[w\].momentum_buffer'; it has '.*', '.*', '.*'$"):
        wg.load_compiled(path, {"w": v, "b": c, "optimizer": other, name: optimizer.state[w]["momentum_buffer"]})
    other.load_state_dict(optimizer.state_dict())
    loaded = wg.load_compiled(path, {"w": v, "b": c, "optimizer": other})
    assert loaded.tensors[name] is other.state[v]["momentum_buffer"]
    loaded(x), step(x)
    assert v.tolist() == w.tolist()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda v, c: None, r"bind: step needs 'optimizer' \(Adam of 'w', 'b'\)"),
        (lambda v, c: wg.optim.SGD([v, c]), "bind: 'optimizer' is Adam.step.*; expected an optimizer, Adam, got SGD"),
        (lambda v, c: wg.optim.Adam([c, v]), "parameter 0 of group 0 of 'optimizer' is another tensor than 'w'"),
        (lambda v, c: wg.optim.Adam([v]), "group 0 of 'optimizer' has 1 parameters, expected 2"),
        (lambda v, c: wg.optim.Adam([{"params": [v]}, {"params": [c]}]), "'optimizer' has 2 groups of parameters, expected 1"),
        (lambda v, c: wg.optim.Adam([v, c], amsgrad=True), "group 0 of 'optimizer' has other options"),
    ],
)
def test_another_optimizer_than_was_compiled_is_refused(path, make, message):
    w, b = leaf(1.0, -2.0), leaf(0.5)
    step = wg.compile(trained(wg.optim.Adam([w, b]), w, b))
    step(wg.tensor([[1.0, 2.0]]))
    step.save(path)
    v, c = leaf(1.0, -2.0), leaf(0.5)
    other = make(v, c)
    with pytest.raises(ArgumentError, match=message):
        wg.load_compiled(path, {"w": v, "b": c, **({} if other is None else {"optimizer": other})})


def test_an_optimizer_that_changes_after_it_was_bound(path):
    w, b = leaf(1.0, -2.0), leaf(0.5)
    optimizer = wg.optim.Adam([w, b])
    step = wg.compile(trained(optimizer, w, b))
    x = wg.tensor([[1.0, 2.0]])
    step(x)
    step.save(path)
    v, c = leaf(1.0, -2.0), leaf(0.5)
    other = wg.optim.Adam([v, c])
    handle = other.register_step_post_hook(lambda *_: None)
    with pytest.raises(ArgumentError, match="bind: 'optimizer' has step hooks"):
        wg.load_compiled(path, {"w": v, "b": c, "optimizer": other})
    handle.remove()
    loaded = wg.load_compiled(path, {"w": v, "b": c, "optimizer": other})
    loaded(x)
    other.load_state_dict(optimizer.state_dict())
    with pytest.raises(CompileError, match="an optimizer has another state"):
        loaded(x)
    wg.load_compiled(path, {"w": v, "b": c, "optimizer": other})(x)


def test_an_optimizer_of_arguments(path):
    """Its parameters come with each call, and no file can name them."""
    w = leaf(1.0, 2.0)
    optimizer = wg.optim.SGD([w], lr=0.1)

    @wg.compile
    def step(p):
        (p * p).sum().backward()
        optimizer.step()

    step(w)
    with pytest.raises(CompileError, match=r"compiled into step, and one of its parameters is an argument"):
        step.save(path)


def test_hooks_on_nodes_of_leaves(path):
    w, events = leaf(1.0), []
    node = wg.autograd.graph.get_gradient_edge(w).node

    def before(grads):
        events.append(("before", grads[0].tolist()))
        return (grads[0] * 2.0,)

    def behind(inputs, outputs):
        events.append(("behind", outputs[0].tolist()))

    node.register_prehook(before)
    node.register_hook(behind)

    def f(x):
        w.grad = None
        (w * x).sum().backward()

    wg.compile(f).lower(wg.tensor([3.0])).save(path)
    with pytest.raises(ArgumentError, match=r"f needs 'w.pre_hook' \(node pre-hooks of 'w', or .*\), 'w.post_hook'"):
        wg.load_compiled(path)
    loaded = wg.load_compiled(path, {"w.pre_hook": before, "w.post_hook": [behind]})
    events.clear()
    loaded(wg.tensor([3.0]))
    assert events == [("before", [3.0]), ("behind", [6.0])]
    assert loaded.tensors["w"].grad.tolist() == [6.0]


def test_hooks_on_arguments_come_with_them(path):
    events = []

    def f(x):
        (x * x).sum().backward()

    def argument(name):
        x = leaf(1.0, 2.0)
        x.register_hook(lambda g: events.append((name, g.tolist())))
        x.register_post_accumulate_grad_hook(lambda t: events.append((name, "after")))
        return x

    loaded = kept(path, f, argument("first"))
    assert events == []
    for name in ("second", "third"):
        x = argument(name)
        loaded(x)
        assert x.grad.tolist() == [2.0, 4.0]
    assert events == [(n, e) for n in ("second", "third") for e in ([2.0, 4.0], "after")]


def test_generators_by_name(path):
    stream = wg.random.Generator(1)

    def f(x):
        return wg.nn.functional.dropout(x, 0.5, generator=stream) + wg.random.uniform(4, generator=stream)

    wg.compile(f).lower(wg.tensor(np.ones(4))).save(path)
    with pytest.raises(ArgumentError, match=r"f needs 'stream' \(a generator of random numbers\)"):
        wg.load_compiled(path)
    loaded = wg.load_compiled(path, {"stream": wg.random.Generator(1)})
    assert [loaded(wg.tensor(np.ones(4))).tolist() for _ in range(2)] == [f(wg.tensor(np.ones(4))).tolist() for _ in range(2)]


def test_callbacks_by_name(path):
    calls = []

    def finished():
        calls.append(len(calls))

    w = leaf(1.0)

    class Queues(wg.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 1.0

        @staticmethod
        def backward(ctx, g):
            queue_callback(finished)
            return g

    def f(x):
        w.grad = None
        Queues.apply(w * x).sum().backward()

    wg.compile(f).lower(wg.tensor([1.0])).save(path)
    assert calls == []
    with pytest.raises(ArgumentError, match=r"'finished' \(a callback\)"):
        wg.load_compiled(path)
    wg.load_compiled(path, {"finished": finished})(wg.tensor([1.0]))
    assert calls == [0]


# -- binding -------------------------------------------------------------------------------------------------------------
def saved_step(path, values=True):
    """A step of training with a hook and an optimizer, saved; the function."""
    w, b = leaf(1.0, 2.0), leaf(0.5)
    w.register_hook(lambda g: g * 2.0)
    optimizer = wg.optim.SGD([w, b], lr=0.1)

    def step(x):
        optimizer.zero_grad()
        (x @ w + b).sum().backward()
        optimizer.step()

    wg.compile(step).lower(wg.tensor([[1.0, 2.0]])).save(path, values=values)


def given_for_step(**changed):
    w, b = leaf(1.0, 2.0), leaf(0.5)
    things = {"w": w, "b": b, "w.tensor_hook": lambda g: g}
    things.update({name: value(w, b) if callable(value) and name == "optimizer" else value for name, value in changed.items()})
    if "optimizer" not in changed:
        things["optimizer"] = wg.optim.SGD([w, b], lr=0.1)
    return {name: thing for name, thing in things.items() if thing is not None}


@pytest.mark.parametrize(
    ("bind", "message"),
    [
        (lambda: None, r"step needs 'w.tensor_hook' \(tensor hooks of 'w'.*\), 'optimizer' \(SGD of 'w', 'b'\)"),
        (lambda: given_for_step(v=leaf(1.0)), "step has nothing called 'v'; it has 'w', 'b'"),
        (lambda: given_for_step(w=np.ones(2)), "'w' must be a Tensor, got numpy.ndarray"),
        (lambda: given_for_step(w=leaf(1.0)), r"'w' has shape \(1,\), expected \(2,\)"),
        (lambda: given_for_step(w=wg.tensor([1.0, 2.0])), "'w' has requires_grad False, expected True"),
        (lambda: given_for_step(w=wg.tensor([1.0, 2.0], dtype="float32", requires_grad=True)), "'w' has dtype float32"),
        (lambda: given_for_step(w=leaf(1.0, 2.0)), "'optimizer' has 2 parameters.*'w' is not among them"),
        (lambda: given_for_step(optimizer=lambda w, b: wg.optim.SGD([w], lr=0.1)), "'optimizer' has 1 parameters"),
        (lambda: given_for_step(optimizer=lambda w, b: wg.optim.Adam([w, b])), "expected an optimizer, SGD, got optim.*Adam|SGD"),
        (lambda: given_for_step(**{"w.tensor_hook": 3}), "'w.tensor_hook' is tensor hooks of 'w'; expected functions, got int"),
    ],
)
def test_what_does_not_fit_is_named(path, bind, message):
    saved_step(path)
    with pytest.raises(ArgumentError, match=message):
        wg.load_compiled(path, bind())


def test_an_error_while_binding_registers_no_hook(path):
    saved_step(path)
    w, b = leaf(1.0, 2.0), leaf(0.5)
    with pytest.raises(ArgumentError):
        wg.load_compiled(path, {"w": w, "b": b, "w.tensor_hook": lambda g: g, "optimizer": wg.optim.SGD([b], lr=0.1)})
    assert not w._backward.hooks if w._backward is not None else True


def test_hooks_that_the_program_does_not_call(path):
    saved_step(path)
    things = given_for_step()
    things["b"].register_hook(lambda g: g)
    with pytest.raises(ArgumentError, match="'b' has tensor hooks, and had none when the program was made"):
        wg.load_compiled(path, things)


def test_one_tensor_for_two(path):
    v, w = wg.tensor([1.0]), wg.tensor([2.0])
    wg.compile(lambda x: x * v + w).lower(wg.tensor([1.0])).save(path)
    with pytest.raises(ArgumentError, match="'v' and 'w' are one tensor"):
        wg.load_compiled(path, {"v": v, "w": v})


def test_without_values(path):
    saved_step(path, values=False)
    told, _ = read_file(path)
    assert [one["value"].content for one in told["tensors"].items()] == [None, None]
    with pytest.raises(ArgumentError, match="step needs the tensors 'w', 'b', of which the file has no values"):
        wg.load_compiled(path)
    things = given_for_step()
    wg.load_compiled(path, things)(wg.tensor([[1.0, 2.0]]))
    assert things["w"].tolist() == [0.9, 1.8]


# -- what cannot be saved ------------------------------------------------------------------------------------------------
def test_what_no_file_can_hold(path):
    class Odd:
        pass

    odd = Odd()
    with pytest.raises(CompileError, match=r"an argument of .* is a Odd, which cannot be saved"):
        kept(path, lambda x, o: x * 2.0, wg.tensor([1.0]), odd)
    with pytest.raises(CompileError, match=r"a result of .* is a Odd, which cannot be saved"):
        kept(path, lambda x: (x * 2.0, odd), wg.tensor([1.0]))

    assert not path.exists()


# -- another library, other backends -------------------------------------------------------------------------------------
def test_arrays_of_another_library(path):
    torch = pytest.importorskip("torch")
    c = np.array([1.0, 2.0])

    def f(x):
        return wg.astype(wg.tanh(x * c), "float32").sum()

    wg.compile(f).lower(wg.tensor([0.5, 0.5])).save(path)
    loaded = wg.load_compiled(path, arrays="torch")
    found = loaded(wg.torch.asarray(torch.tensor([0.5, 0.25], dtype=torch.float64)))
    assert isinstance(found.array, torch.Tensor)
    assert found.item() == pytest.approx(f(wg.tensor([0.5, 0.25])).item(), rel=1e-6)
    with pytest.raises(ArgumentError, match="arrays: there is no array library 'pandas'"):
        wg.load_compiled(path, arrays="pandas")


def test_a_program_of_another_library(path):
    torch = pytest.importorskip("torch")
    w = wg.torch.asarray(torch.tensor([1.0, 2.0], dtype=torch.float64))
    x = wg.torch.asarray(torch.tensor([3.0, 4.0], dtype=torch.float64))
    loaded = kept(path, lambda x: wg.exp(x * w), x)
    assert loaded(x).tolist() == wg.exp(x * w).tolist()
    assert isinstance(loaded.tensors["w"].array, torch.Tensor)


@pytest.mark.compiler
@pytest.mark.parametrize("backend", ["numba", "xla"])
def test_loaded_with_a_backend(path, backend):
    pytest.importorskip({"numba": "numba", "xla": "jax"}[backend])
    w = leaf(1.0, 2.0)

    def f(x):
        w.grad = None
        loss = (wg.tanh(w * x) ** 2).sum()
        loss.backward()
        return loss

    loaded = kept(path, f, wg.tensor([0.5, -0.5]), backend=backend)
    for _ in range(3):
        got, want = loaded(wg.tensor([0.25, 0.5])), f(wg.tensor([0.25, 0.5]))
        assert got.item() == pytest.approx(want.item(), rel=1e-12)
        np.testing.assert_allclose(loaded.tensors["w"].grad.numpy(), w.grad.numpy(), rtol=1e-12)


# -- what was said of all programs ---------------------------------------------------------------------------------------
@pytest.mark.parametrize("way", ["lowered", "called"])
def test_donated_arguments_are_given_away_by_a_loaded_function(path, way):
    f = wg.compile(lambda x, y: wg.exp(x) + y, donate_argnums=0)
    y = wg.tensor([1.0, 2.0])
    if way == "lowered":
        f.lower(wg.tensor([0.0, 1.0]), y).save(path)
    else:
        f(wg.tensor([0.0, 1.0]), y)
        f.save(path)
    loaded = wg.load_compiled(path)
    loaded.save(path)
    for function in (f, loaded, wg.load_compiled(path)):
        x = wg.tensor([0.0, 1.0])
        np.testing.assert_allclose(function(x, y).numpy(), [2.0, np.e + 2.0])
        with pytest.raises(wg.errors.DonatedError):
            x.numpy()
        assert y.tolist() == [1.0, 2.0]
        with pytest.raises(ArgumentError, match="donate"):
            function(np.zeros(2), y)


def wide(x):
    """Something that is kept for long, unless it is computed again."""
    kept = [wg.exp(x * float(i)) for i in range(6)]
    y = x
    for one in kept:
        y = wg.tanh(y * one) + wg.sum(one)
    for one in reversed(kept):
        y = y * one
    return y


def test_what_a_memory_budget_has_computed_again_is_in_the_file(path):
    """A file holds the program as it was fitted."""
    x = wg.tensor(np.linspace(-1.0, 1.0, 1000))
    f = wg.compile(wide, memory_budget=41_000)
    plan = f.lower(x).plan
    assert plan.peak_bytes <= 41_000 < wg.compile(wide).lower(x).plan.peak_bytes
    f(x)
    f.save(path)
    loaded = wg.load_compiled(path)
    assert "again, after" in loaded.explain()
    assert loaded.explain().rpartition("memory:")[2] == f.explain().rpartition("memory:")[2]
    assert loaded(x).tolist() == f(x).tolist()


def test_what_fastmath_has_made_is_in_the_file(path):
    def f(x):
        return (x * 3.0) / 3.0 + wg.log(wg.exp(x))

    x = wg.tensor([1.0, 2.0])
    fast = wg.compile(f, fastmath=True)
    assert fast.lower(x).text() != wg.compile(f).lower(x).text()
    fast(x)
    fast.save(path)
    loaded = wg.load_compiled(path)
    mine, other = (re.sub(" *#.*", "", one.explain().partition("inputs")[2]) for one in (loaded, fast))
    assert mine == other
    assert loaded(x).tolist() == fast(x).tolist()


def test_static_arguments_are_kept(path):
    def f(x, kind, *, power):
        return (wg.exp(x) if kind == "exp" else x) ** power

    compiled = wg.compile(f, static_argnums=1)
    x = wg.tensor([1.0, 2.0])
    for kind in ("exp", "none", ("a", 1, None, 2.5)):
        compiled(x, kind, power=2)
    compiled.save(path)
    loaded = wg.load_compiled(path)
    for kind in ("exp", "none", ("a", 1, None, 2.5)):
        assert loaded(x, kind, power=2).tolist() == compiled(x, kind, power=2).tolist()
    with pytest.raises(CompileError, match=r"the static arguments are \('other',\), expected"):
        loaded(x, "other", power=2)
    with pytest.raises(CompileError, match=r"is the constant 3, expected the constant 2"):
        loaded(x, "exp", power=3)


def test_static_arguments_that_no_file_can_hold(path):
    class Odd:
        pass

    compiled = wg.compile(lambda x, _: x * 2.0, static_argnums=1)
    compiled(wg.tensor([1.0]), Odd())
    with pytest.raises(CompileError, match=r"a static argument of .* is a Odd, which cannot be saved"):
        compiled.save(path)
    assert not path.exists()


def test_derivatives_for_several_sizes(path):
    """Those of programs that were made for a further size are saved like those of the ones that were captured."""
    w = leaf(1.0, -2.0)
    f = wg.compile(lambda x: wg.tanh(x @ w) * x.shape[0])
    batches = [wg.tensor(np.random.default_rng(n).standard_normal((n, 2))) for n in (4, 5, 6)]
    for x in batches:
        f(x)
    assert f.specialisations == 1
    f.save(path)
    v = leaf(1.0, -2.0)
    loaded = wg.load_compiled(path, {"w": v})
    for x in batches:
        (got,), (expected,) = (wg.autograd.grad(g(x).sum(), one) for g, one in ((loaded, v), (f, w)))
        np.testing.assert_allclose(got.numpy(), expected.numpy(), rtol=1e-12)
