"""When something goes wrong in a program: where an error says that it happened, and what becomes of a backend that fails."""

from __future__ import annotations

import functools
import inspect
import sys
import traceback
import warnings

import numpy as np
import pytest

import wengert as wg
from wengert.compiled import Compiler, backends, compiled_autograd, compiler, function, function_capture, function_pieces
from wengert.compiled.calling import one_by_one
from wengert.errors import ArgumentError, CompileError, MatrixError, MissingExtraError

EXTRAS = {name: needed for name, needed in backends.NAMES.items() if needed is not None}


@pytest.fixture(params=["python", "numba", "xla"])
def backend(request):
    """Those that take NumPy arrays."""
    needed = backends.NAMES[request.param]
    if needed is not None:
        pytest.importorskip(needed, reason=f"the backend needs {needed}")
    return request.param


def line_of(fn, text):
    """The line of this file on which `text` stands in `fn`."""
    lines, start = inspect.getsourcelines(fn)
    (found,) = [start + i for i, line in enumerate(lines) if text in line]
    return f"{__file__}:{found}"


def computing(error):
    """What its notes say about the equation that raised it."""
    return [note for note in getattr(error, "__notes__", []) if note.startswith("computing")]


# -- where an error comes from -----------------------------------------------------------------------------------------------
def singular(x, y):
    z = wg.exp(y) * 2.0
    return wg.linalg.inv(x) + z  # here


def test_a_function_says_which_operator_and_line(backend):
    compiled = wg.compile(singular, backend=backend)
    good, bad, y = wg.tensor(np.eye(2)), wg.tensor(np.zeros((2, 2))), wg.ones((2, 2))
    expected = singular(good, y).numpy()
    for _ in range(2):  # the long way into the program, and the short one
        np.testing.assert_allclose(compiled(good, y).numpy(), expected)
        with pytest.raises(MatrixError) as eager:
            singular(bad, y)
        with pytest.raises(MatrixError) as info:
            compiled(bad, y)
        assert str(info.value) == str(eager.value)
        assert computing(info.value) == [f"computing inv at {line_of(singular, '# here')}"]
        assert 'File "<wengert compiled ' in "".join(traceback.format_exception(info.value))
    np.testing.assert_allclose(compiled(good, y).numpy(), expected)  # it was no fault of the backend
    assert compiled.captures == 1


def test_the_traceback_shows_the_generated_line():
    compiled = wg.compile(singular)
    compiled(wg.tensor(np.eye(2)), wg.ones((2, 2)))
    with pytest.raises(MatrixError) as info:
        compiled(wg.tensor(np.zeros((2, 2))), wg.ones((2, 2)))
    (frame,) = [f for f in traceback.extract_tb(info.value.__traceback__) if f.filename.startswith("<wengert compiled")]
    assert frame.line == compiled.sources()[0].splitlines()[frame.lineno - 1].strip()
    assert "f_inv(" in frame.line


def log_determinant(w):
    return wg.linalg.slogdet(w)[1] * 2.0  # forward


def gradient(w):
    w.grad = None
    log_determinant(w).backward()
    return w.grad


def leaf(array):
    return wg.tensor(np.array(array), requires_grad=True)


def test_a_backward_in_a_function_names_the_line_of_the_forward(backend):
    """The logarithm of the determinant of a singular matrix is a number; its derivative is an inverse."""
    compiled = wg.compile(gradient, backend=backend)
    with warnings.catch_warnings(action="ignore"):  # of XLA, about operators that it lacks
        compiled(leaf(np.eye(2)))
    with pytest.raises(MatrixError) as eager:
        gradient(leaf(np.zeros((2, 2))))
    with pytest.raises(MatrixError) as info:
        compiled(leaf(np.zeros((2, 2))))
    assert str(info.value) == str(eager.value)
    (note,) = computing(info.value)
    assert note.startswith("computing inv for LinalgSlogdetBackward0, recorded at ")
    assert note.endswith(line_of(log_determinant, "# forward"))


def test_the_derivative_of_a_result_names_the_line_of_the_forward():
    compiled, w = wg.compile(log_determinant), leaf(np.zeros((2, 2)))
    compiled(leaf(np.eye(2))).backward()
    with pytest.raises(MatrixError) as info:
        compiled(w).backward()
    assert computing(info.value) == [
        f"computing inv for LinalgSlogdetBackward0, recorded at {line_of(log_determinant, '# forward')}"
    ]
    assert 'File "<wengert compiled derivative ' in "".join(traceback.format_exception(info.value))


def test_a_compiled_backward_names_the_line_of_the_forward_that_was_captured(backend):
    own = Compiler(backend)
    with compiled_autograd(compiler=own), warnings.catch_warnings(action="ignore"):
        log_determinant(leaf(np.eye(2))).backward()
        with pytest.raises(MatrixError) as info:
            log_determinant(leaf(np.zeros((2, 2)))).backward()
    assert own.counts["hits"] == 1
    (note,) = computing(info.value)
    assert note.startswith("computing inv for LinalgSlogdetBackward0 (node 2), recorded at ")
    assert note.endswith(line_of(log_determinant, "# forward"))
    assert any("raised in the backward, at LinalgSlogdetBackward0" in n for n in info.value.__notes__)


def test_a_forward_outside_of_the_context_has_no_line():
    own = Compiler()
    for matrix in (np.eye(2), np.zeros((2, 2))):
        loss = log_determinant(leaf(matrix))
        with compiled_autograd(compiler=own):
            if matrix.any():
                loss.backward()
            else:
                with pytest.raises(MatrixError) as info:
                    loss.backward()
    assert computing(info.value) == ["computing inv for LinalgSlogdetBackward0 (node 2)"]


def test_lines_are_noted_until_a_program_is_used():
    """What notes them is off the way of a hit."""
    from wengert.autograd.modes import ACTIVE

    with compiled_autograd(compiler=Compiler()):
        for expected in (True, True, False, False):
            loss = log_determinant(leaf(np.eye(2)))
            assert (loss.grad_fn.recorded_at() is not None) is expected
            loss.backward()
        assert not ACTIVE
    assert not ACTIVE


def test_where_no_program_is_made_no_lines_are_noted():
    """As in a loop whose backward passes are recorded, and so eager."""
    with compiled_autograd(compiler=Compiler()):
        for expected in (True, False, False):
            w = leaf([1.0, 2.0])
            loss = wg.exp(w).sum()
            assert (loss.grad_fn.recorded_at() is not None) is expected
            wg.autograd.grad(loss, [w], create_graph=True)


def test_an_error_in_a_hook_has_no_note_of_an_equation():
    def refuse(g):
        if armed:
            raise KeyError("mine")

    w, armed = leaf([1.0, 2.0]), False
    w.register_hook(refuse)

    def step():
        w.grad = None
        (w * w).sum().backward()

    compiled = wg.compile(step)
    compiled()
    compiled()
    armed = True
    with pytest.raises(KeyError, match="mine") as info:
        compiled()
    assert computing(info.value) == []
    assert any("in the tensor hook 'refuse'" in note for note in info.value.__notes__)


# -- a backend that fails ----------------------------------------------------------------------------------------------------
class Faulty:
    """A backend that fails where it is told to.

    Parameters
    ----------
    at : str
        ``"compile"``, or ``"run"``.
    calls : int
        After how many calls of each function it fails.
    """

    name = "faulty"

    def __init__(self, at, calls=0):
        self.at, self.calls = at, calls

    def compile(self, equations, inputs, outputs, library):
        if self.at == "compile":
            raise RuntimeError("out of registers\nand more")
        left = [self.calls]

        def run(*arrays):
            known = dict(zip(inputs, arrays, strict=True))
            one_by_one(equations, known)  # it fails when it has done its work, and nothing comes of it
            left[0] -= 1
            if left[0] < 0:
                raise RuntimeError("out of registers\nand more")
            return tuple(known[v] for v in outputs)

        return run


@pytest.fixture
def faulty(monkeypatch):
    """Puts a faulty backend in the place of ``"numba"``."""

    def put(*args):
        made = Faulty(*args)
        for module in (function, compiler):
            monkeypatch.setattr(module, "backend_called", lambda name: made if name == "numba" else None)

    return put


def training(steps, change):
    """Some steps with hooks of all sorts: what happened, in order, and the parameters in the end."""
    w, v, events = leaf([[1.0, 2.0], [3.0, 4.0]]), leaf([1.0, -1.0]), []
    w.register_hook(lambda g: events.append(("hook of w", g.tolist())))
    v.register_hook(lambda g: g * 0.5)
    v.register_post_accumulate_grad_hook(lambda t: events.append(("after v", t.grad.tolist())))

    def step(x):
        h = wg.tanh(x @ w)
        loss = (wg.exp(h * 0.1) @ v).sum()
        loss.backward()
        with wg.no_grad():
            w.sub_(w.grad * 0.1)
        return loss.detach()

    made = change(step)
    x = wg.tensor([[0.5, 1.0], [1.5, -1.0]])
    losses = [made(x).item() for _ in range(steps)]
    return losses, events, w.tolist(), v.tolist(), w.grad.tolist(), v.grad.tolist()


def assert_same(got, expected):
    assert [name for name, _ in got[1]] == [name for name, _ in expected[1]]
    for one, other in zip(got, expected, strict=True):
        if one is got[1]:
            one, other = [e[1] for e in one], [e[1] for e in other]
        for a, b in zip(one, other, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-12)


def under(own):
    """Steps whose backward passes are compiled."""

    def change(step):
        def run(x):
            with compiled_autograd(compiler=own):
                return step(x)

        return run

    return change


FAULTS = {"compiling": ("compile",), "the first run": ("run", 0), "a later run": ("run", 2)}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_function_goes_on_and_says_so_once_for_each_program(faulty, fault):
    faulty(*FAULTS[fault])
    expected = training(6, lambda step: step)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        made = []
        got = training(6, lambda step: made.append(wg.compile(step, backend="numba")) or made[0])
    assert_same(got, expected)
    (compiled,) = made
    assert compiled.captures == 1
    texts = [str(w.message) for w in told]
    assert len(texts) == 1, texts
    assert "backend 'faulty': " in texts[0]
    assert "called one by one from now on: RuntimeError: out of registers" in texts[0]
    assert "and more" not in texts[0]
    assert f"(the first at {line_of(training, 'h = wg.tanh')})" in texts[0]
    assert all(w.filename == __file__ for w in told)
    if fault != "compiling":
        assert "# not compiled: faulty failed on them: RuntimeError: out of registers" in compiled.explain()


@pytest.mark.parametrize("fault", FAULTS)
def test_a_compiled_backward_goes_on_and_names_the_node(faulty, fault):
    faulty(*FAULTS[fault])
    expected = training(6, lambda step: step)
    own = Compiler("numba")
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        got = training(6, under(own))
    assert_same(got, expected)
    assert own.counts == {"captures": 1, "hits": 5, "left": 0}
    (text,) = [str(w.message) for w in told]
    assert "spread (SumBackward0, node 1), " in text
    assert "RuntimeError: out of registers" in text


def test_it_is_not_tried_again(faulty):
    """After a failure in a run the function is called no more."""
    faulty("run", 0)
    compiled = wg.compile(lambda x: wg.exp(x) * 2.0, backend="numba")
    x = wg.tensor([1.0])
    compiled(x)
    with pytest.warns(UserWarning, match="exp, multiply are called one by one"):
        compiled(x)
    for _ in range(3):
        assert compiled(x).item() == pytest.approx(2 * np.e)


def test_what_an_eager_run_raises_is_no_failure_of_the_backend(faulty):
    faulty("run", 1)
    compiled = wg.compile(lambda x: wg.linalg.inv(x) + 1.0, backend="numba")
    compiled(wg.tensor(np.eye(2)))
    compiled(wg.tensor(np.eye(2)))
    with pytest.raises(MatrixError):  # and not the RuntimeError; nor a warning
        compiled(wg.tensor(np.zeros((2, 2))))
    with pytest.warns(UserWarning, match="inv, add are called one by one"):
        compiled(wg.tensor(np.eye(2)))


def test_what_was_given_to_be_written_over_is_lost(faulty):
    """There is nothing left to begin with: the failure is raised, and says so."""
    faulty("run", 1)
    made = function.backend_called("numba")
    compile_plain = made.compile
    made.donates, made.compile = True, lambda *args, donated=frozenset(): compile_plain(*args)
    compiled = wg.compile(lambda x: wg.exp(x) * 2.0, backend="numba", donate_argnums=0)
    for _ in range(2):
        compiled(wg.tensor([1.0]))
    with pytest.raises(RuntimeError, match="out of registers") as info:
        compiled(wg.tensor([1.0]))
    assert any("had been given to write over is lost" in note for note in info.value.__notes__)


def test_the_derivative_of_a_result_goes_on(faulty):
    faulty("run", 0)
    w = leaf([1.0, 2.0])
    compiled = wg.compile(lambda x: (wg.exp(w) * x).sum(), backend="numba")
    compiled(wg.tensor([1.0, 2.0]))
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        for _ in range(3):
            compiled(wg.tensor([1.0, 2.0])).backward()
    np.testing.assert_allclose(w.grad.numpy(), 3 * np.exp([1.0, 2.0]) * [1.0, 2.0])
    assert len(told) == 2  # the program and that of the derivative


@pytest.mark.parametrize("where", ["compiling", "running"])
def test_numba_that_fails(monkeypatch, where):
    numba = pytest.importorskip("numba", reason="the numba backend needs Numba")

    def njit(fn=None, **options):
        if where == "compiling":
            raise numba.errors.LoweringError("no machine")

        def run(*arrays):
            raise numba.errors.TypingError("no types")

        return run

    monkeypatch.setattr(numba, "njit", njit)
    check_failure("numba")


@pytest.mark.parametrize("where", ["compiling", "running"])
def test_xla_that_fails(monkeypatch, where):
    jax = pytest.importorskip("jax", reason="the xla backend needs JAX")
    backends.backend_called("xla")

    def jit(fn):
        if where == "compiling":
            raise jax.errors.JaxRuntimeError("no device")

        def run(*arrays):
            raise jax.errors.JaxRuntimeError("no room")

        return run

    monkeypatch.setattr(jax, "jit", jit)
    check_failure("xla")


def check_failure(name):
    """Right results and effects in both uses, and one warning for each program, of which each makes one."""
    expected = training(3, lambda step: step)
    for change in (functools.partial(wg.compile, backend=name), under(Compiler(name))):
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            got = training(3, change)
        assert_same(got, expected)
        (text,) = [str(w.message) for w in told if "one by one" in str(w.message)]
        assert f"backend '{name}'" in text


def test_inductor_that_fails(monkeypatch):
    torch = pytest.importorskip("torch", reason="the inductor backend needs PyTorch")
    try:
        made = backends.backend_called("inductor")
    except MissingExtraError:
        pytest.skip("the inductor backend needs PyTorch")
    module = sys.modules[type(made).__module__]
    monkeypatch.setattr(module, "get_cpp_compiler", lambda: "g++")
    monkeypatch.setattr(module, "compile_fx", lambda *args: (_ for _ in ()).throw(RuntimeError("no room")))
    compiled = wg.compile(lambda x: wg.exp(x) * 2.0, backend="inductor")
    compiled(torch.ones(3))
    with pytest.warns(UserWarning, match="backend 'inductor': exp, multiply are called one by one from now on: RuntimeError"):
        got = compiled(torch.ones(3))
    torch.testing.assert_close(got, torch.exp(torch.ones(3)) * 2.0)
    torch.testing.assert_close(compiled(torch.ones(3)), got)


# -- no program at all -------------------------------------------------------------------------------------------------------
def no_memory(*args, **kwargs):
    raise MemoryError("for the program")


@pytest.mark.parametrize("module", [function_capture, function_pieces], ids=["function", "derivative"])
def test_a_function_of_which_no_program_can_be_made_is_run_eagerly(monkeypatch, module):
    """It has run when that shows: its result is there, and its effects happen once."""
    monkeypatch.setattr(module, "make_function", no_memory)
    w, calls = leaf([1.0, 2.0]), []

    @wg.compile
    def loss(x):
        calls.append(1)
        with wg.no_grad():
            count.add_(1.0)
        return (wg.exp(w) * x).sum()

    count, x = wg.tensor([0.0]), wg.tensor([1.0, 2.0])
    with pytest.warns(UserWarning, match=r"no program could be made of loss, .* eagerly .*: MemoryError: for the program"):
        first = loss(x)
    second = loss(x)
    for found in (first, second):
        assert found.item() == pytest.approx(np.e + 2 * np.e**2)
        w.grad = None
        found.backward()
        np.testing.assert_allclose(w.grad.numpy(), np.exp([1.0, 2.0]) * [1.0, 2.0])
    assert (len(calls), count.tolist(), loss.captures) == (2, [2.0], 0)


def test_a_graph_of_which_no_program_can_be_made_is_run_eagerly(monkeypatch):
    monkeypatch.setattr(compiler, "make_runner", no_memory)
    own, w, seen = Compiler(), leaf([1.0, 2.0]), []
    w.register_hook(lambda g: seen.append(g.tolist()))
    with compiled_autograd(compiler=own):
        with pytest.warns(UserWarning, match=r"graph of 3 nodes that begins at SumBackward0; .*: MemoryError: for the program"):
            (w * 2.0).sum().backward()
        (w * 2.0).sum().backward()
    assert (w.grad.tolist(), seen) == ([4.0, 4.0], [[2.0, 2.0]] * 2)
    assert own.counts["hits"] == 0


# -- what is no failure ------------------------------------------------------------------------------------------------------
def test_what_a_backend_cannot_be_used_for_is_an_error():
    pytest.importorskip("jax", reason="the xla backend needs JAX")
    strict = pytest.importorskip("array_api_strict", reason="arrays that no compiler takes")
    with pytest.raises(CompileError, match="backend 'xla' takes arrays of NumPy and of JAX, got arrays of"):
        wg.compile(lambda x: wg.exp(x), backend="xla")(strict.ones(3))


@pytest.mark.parametrize("name", EXTRAS)
def test_an_absent_package_is_an_error_that_names_the_extra(monkeypatch, name):
    needed = EXTRAS[name]
    for module in [m for m in sys.modules if m.startswith(f"wengert.compiled.backends.{name}")]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.delattr(backends, name, raising=False)
    for module in [m for m in sys.modules if m == needed or m.startswith(f"{needed}.")]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, needed, None)
    for use in (lambda: wg.compile(lambda x: x, backend=name), lambda: Compiler(name)):
        with pytest.raises(MissingExtraError, match=rf"backend '{name}' needs {needed}: pip install 'wengert\[{needed}\]'"):
            use()


def test_an_unknown_backend_is_an_error_that_names_them_all():
    with pytest.raises(ArgumentError, match=r"backend: expected one of .*'python'.*'numba'.*, got 'fast'"):
        wg.compile(lambda x: x, backend="fast")
