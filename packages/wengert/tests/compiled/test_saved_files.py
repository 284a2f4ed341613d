"""Files that are to be compiled programs: cut short, damaged, changed, made up. Nothing in them is run while they are read."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import wengert as wg
from wengert.compiled.program_file import read_file, write_file
from wengert.errors import ArgumentError, CompileError, ProgramFileError


def leaf(*numbers):
    return wg.tensor(list(numbers), requires_grad=True)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "program.wengert"


def whole_file(folder):
    """A file with everything in it."""
    path = Path(folder) / "whole.wengert"
    w, c = leaf(1.0, 2.0), np.asfortranarray(np.arange(4.0).reshape(2, 2))
    w.register_hook(lambda g: g * 2.0)
    optimizer = wg.optim.SGD([w], lr=0.1)

    def step(x, n):
        optimizer.zero_grad()
        y = wg.nn.functional.dropout(x @ w, 0.5) + wg.random.normal(2)
        y.register_hook(lambda g: g)
        (y * c[0] * n).sum().backward()
        optimizer.step()
        return y.detach(), (wg.tanh(c @ x), None)

    compiled = wg.compile(step)
    x = wg.tensor([[1.0, 2.0], [3.0, 4.0]])
    compiled.lower(x, 2.0).save(path)
    return path


def as_stored(arrays):
    """In row-major order of how they lie in memory; the one with two axes lies in the other order."""
    return [np.ascontiguousarray(a.T if a.ndim == 2 else a) for a in arrays]


def bound(path):
    w = leaf(1.0, 2.0)
    told, _ = read_file(path)
    things = {}
    for one in told["objects"].items():
        kind = one["kind"].text()
        things[one["name"].text()] = wg.optim.SGD([w], lr=0.1) if kind == "optimizer" else lambda g: g * 2.0
    return {"w": w, **things}


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return whole_file(tmp_path_factory.mktemp("whole"))


def test_the_whole_file_runs(whole):
    loaded = wg.load_compiled(whole, bound(whole))
    first, (second, nothing) = loaded(wg.tensor([[1.0, 2.0], [3.0, 4.0]]), 2.0)
    assert (first.shape, second.shape, nothing) == ((2,), (2, 2), None)


FUZZ = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@given(data=st.data())
@FUZZ
def test_a_file_that_is_cut_short(whole, path, data):
    content = whole.read_bytes()
    path.write_bytes(content[: data.draw(st.integers(0, len(content) - 1))])
    with pytest.raises(ProgramFileError, match=r"program\.wengert: "):
        wg.load_compiled(path)


@given(data=st.data())
@FUZZ
def test_a_file_with_flipped_bits(whole, path, data):
    """It is refused, or says the same: not every bit of an archive means something."""
    content = bytearray(whole.read_bytes())
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=4, unique=True)):
        content[place] ^= 1 << data.draw(st.integers(0, 7))
    path.write_bytes(content)
    try:
        told, arrays = read_file(path)
    except ProgramFileError:
        return
    expected, known = read_file(whole)
    assert told.content == expected.content
    assert [a.tobytes() for a in arrays] == [a.tobytes() for a in known]


def places(tree, way=()):
    """Every place in a tree of JSON."""
    yield way
    items = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, item in items:
        yield from places(item, (*way, key))


#: What operators raise of arguments that they do not take.
OF_OPERATORS = (TypeError, ValueError, IndexError, AttributeError, KeyError, OverflowError, MemoryError)

ODD = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 40), st.integers(2**40, 2**70), st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=4), st.sampled_from(["os.system", "save", "lib.format.open_memmap", "fromfile", "__class__", "exp", "add"]),
    st.just([]), st.just({}), st.just({"v": 0}), st.just({"array": 0}), st.just({"tuple": [{"v": 1}]}), st.just({"generator": 0}),
    st.just({"dtype": "object"}), st.just([2**62, 2**62]), st.just({"slice": [None, None]}),
)  # fmt: skip


@given(data=st.data())
@FUZZ
def test_a_program_that_says_something_else(whole, path, data):
    """Something is replaced or left out: it is refused, or it is another legal program, which runs or is refused when it runs."""
    told, arrays = read_file(whole)
    document = json.loads(json.dumps(told.content))
    way = data.draw(st.sampled_from([w for w in places(document) if w and w[0] not in ("format", "version")]))
    place = document
    for key in way[:-1]:
        place = place[key]
    if data.draw(st.booleans()):
        place[way[-1]] = data.draw(ODD)
    else:
        del place[way[-1]]
    write_file(path, document, as_stored(arrays))
    try:
        loaded = wg.load_compiled(path, bound(whole))
    except (CompileError, ArgumentError):
        return
    try:
        with np.errstate(all="ignore"):
            loaded(wg.tensor([[1.0, 2.0], [3.0, 4.0]]), 2.0)
    except (wg.errors.WengertError, *OF_OPERATORS) as error:
        assert str(error)  # noqa: PT017


def adam(w):
    """An optimizer with state, some of whose parameters a program does not know."""
    return wg.optim.Adam([{"params": [leaf(1.0)]}, {"params": [w]}], lr=0.1)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A file with a step of an optimizer that was compiled with the rest."""
    w = leaf(1.0, 2.0)
    optimizer = adam(w)

    def step(x):
        optimizer.zero_grad()
        loss = (x @ w).sum()
        loss.backward()
        optimizer.step()
        return loss.detach()

    compiled = wg.compile(step)
    compiled(wg.tensor([[1.0, 2.0]]))
    path = tmp_path_factory.mktemp("trained") / "trained.wengert"
    compiled.save(path)
    return path


def told_of_optimizers(document):
    """The places that tell of the optimizer and its state."""
    ways = [way for way in places(document) if way and way[0] in ("optimizers", "objects", "tensors")]
    program = document["programs"][0]
    ways += [("programs", 0, "optimizers", *way) for way in places(program["optimizers"])]
    for number, step in enumerate(program["steps"]):
        if "numbers" in step:
            ways += [("programs", 0, "steps", number, *way) for way in places(step)]
    return ways


@given(data=st.data())
@FUZZ
def test_an_optimizer_that_says_something_else(trained, path, data):
    """As of every other part of a program."""
    told, arrays = read_file(trained)
    document = json.loads(json.dumps(told.content))
    way = data.draw(st.sampled_from(told_of_optimizers(document)))
    place = document
    for key in way[:-1]:
        place = place[key]
    place[way[-1]] = data.draw(ODD)
    write_file(path, document, as_stored(arrays))
    w = leaf(1.0, 2.0)
    try:
        loaded = wg.load_compiled(path, {"w": w, "optimizer": adam(w)})
    except (CompileError, ArgumentError):
        return
    try:
        loaded(wg.tensor([[1.0, 2.0]]))
    except (wg.errors.WengertError, *OF_OPERATORS) as error:
        assert str(error)  # noqa: PT017


def test_the_file_of_an_optimizer_runs(trained):
    w = leaf(1.0, 2.0)
    loaded = wg.load_compiled(trained, {"w": w, "optimizer": adam(w)})
    assert loaded(wg.tensor([[1.0, 2.0]])).item() == 5.0
    np.testing.assert_allclose(w.detach().numpy(), [0.9, 1.9])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d.update(version=2), "the format has version 2, and this Wengert reads version 1"),
        (lambda d: d.update(format="another"), "its format is not"),
        (lambda d: d.update(library="pandas"), "library: expected the name of an array library, got 'pandas'"),
        (lambda d: d["programs"][0]["variables"][0].__setitem__(0, [2**40, 2**40]), "expected a shape of at most 64 axes"),
        (lambda d: d["programs"][0]["steps"].reverse(), "the program is not legal"),
        (lambda d: d["programs"][0]["steps"][0].update(operator="system"), "there is no operator 'system'"),
        (lambda d: d["arrays"].append(d["arrays"][0]), "arrays: expected .* arrays, which lie beside the program"),
        (lambda d: d["arrays"][0].update(shape=[2**30]), "expected an array of that shape and dtype"),
        (lambda d: d["arrays"][0].update(dtype="object"), "an array of a known dtype"),
        (lambda d: d["tensors"][0].update({"class": "os:PathLike"}), "there is no class of tensors 'os:PathLike'"),
        (lambda d: d["objects"][1].update(name=d["objects"][0]["name"]), "objects of different names"),
    ],
)
def test_what_is_wrong_is_said(whole, path, change, message):
    told, arrays = read_file(whole)
    document = json.loads(json.dumps(told.content))
    change(document)
    with pytest.MonkeyPatch.context() as patch:
        for name in ("FORMAT", "VERSION"):
            if document[name.lower()] != told.content[name.lower()]:
                patch.setattr(f"wengert.compiled.program_file.{name}", document[name.lower()])
        write_file(path, document, as_stored(arrays))
    with pytest.raises(ProgramFileError, match=message):
        wg.load_compiled(path, bound(whole))


def test_functions_of_a_library_that_programs_may_not_call(whole, path):
    """NumPy has functions that read and write files, and one that unpickles what it reads."""
    told, arrays = read_file(whole)
    for name in ("load", "save", "fromfile", "lib.format.open_memmap", "testing.rundocs", "f2py.compile", "ndarray"):
        document = json.loads(json.dumps(told.content))
        step = {"function": name, "args": {"tuple": ["/tmp/nothing"]}, "kwargs": {"dict": []}, "outputs": [0], "single": True}
        document["programs"][0]["steps"].insert(0, step)
        write_file(path, document, as_stored(arrays))
        with pytest.raises(CompileError, match=f"has no function '{name}' that programs may call"):
            wg.load_compiled(path, bound(whole))


def test_what_a_program_says_of_shapes_is_looked_at_before_a_backend_trusts_it(path):
    """Machine code for shapes that are wrong would read and write where nothing is."""
    wg.compile(lambda x: wg.exp(x) * 2.0).lower(wg.tensor([1.0, 2.0])).save(path)
    told, arrays = read_file(path)
    document = json.loads(json.dumps(told.content))
    document["programs"][0]["variables"][1][0] = [2000000]
    document["programs"][0]["variables"][2][0] = [2000000]
    write_file(path, document, arrays)
    loaded = wg.load_compiled(path)
    with pytest.raises(ProgramFileError, match=r"a result of exp has shape \(2,\) and dtype float64, and the file says"):
        loaded(wg.tensor([1.0, 2.0]))


def test_files_that_are_something_else(path, tmp_path):
    with pytest.raises(FileNotFoundError):
        wg.load_compiled(tmp_path / "none")
    for content in (b"", b"PK", b"not a program at all" * 20):
        path.write_bytes(content)
        with pytest.raises(ProgramFileError, match="no compiled program, or a damaged one"):
            wg.load_compiled(path)
    np.savez(tmp_path / "arrays.npz", a=np.ones(3))
    with pytest.raises(ProgramFileError, match=r"it has not exactly one program\.json"):
        wg.load_compiled(tmp_path / "arrays.npz")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("program.json", " " * 10_000_000)
    with pytest.raises(ProgramFileError, match=r"program.json is compressed or encrypted"):
        wg.load_compiled(path)
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("program.json", "[" * 100_000)
    with pytest.raises(ProgramFileError, match=r"RecursionError|damaged"):
        wg.load_compiled(path)
