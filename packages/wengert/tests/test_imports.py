"""What `import wengert` brings: no other library, public names that are all there and documented, the error tree."""

import builtins
import importlib
import inspect
import pkgutil
import re
import subprocess
import sys
import types

import pytest

import wengert as wg
from wengert import errors

#: Libraries that Wengert works with but does not import by itself.
OPTIONAL = {
    *("torch", "jax", "jaxlib", "cupy", "dask", "numba", "mpi4py", "array_api_strict", "autograd", "mygrad"),
    *("blosc2", "scipy", "sklearn", "matplotlib", "rich", "typer", "pytest"),
}

#: What `import wengert` may bring along, beyond the standard library.
ALLOWED = {"wengert", "numpy", "optree", "array_api_compat", "typing_extensions"}


def in_subprocess(program):
    """What `program` prints, in a fresh interpreter in which nothing was imported and warnings are errors."""
    done = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def modules_after(program):
    """The top-level modules, outside of the standard library, that `program` imports."""
    tops = "{name.partition('.')[0] for name in sys.modules}"
    watched = f"import sys; before = {tops}\n{program}\nprint(*({tops} - before - set(sys.stdlib_module_names)))"
    # NumPy's random numbers bring two modules that Cython makes up.
    return {name for name in in_subprocess(watched) if not name.startswith(("cython_runtime", "_cython_"))}


def test_importing_brings_no_other_library():
    imported = modules_after("import wengert")
    assert not imported & OPTIONAL
    assert imported <= ALLOWED


def test_using_brings_no_other_library():
    """A forward and a backward over NumPy arrays need nothing else, not even where it is installed."""
    program = (
        "import wengert as wg; x = wg.tensor([1.0, 2.0], requires_grad=True); (wg.exp(x) @ x).backward(); "
        "wg.autograd.gradcheck(lambda x: x * x, x)"
    )
    assert modules_after(program) <= ALLOWED


def test_importing_everything_but_the_command_line():
    """Every module can be imported by itself, first; only `cli` and what wraps other libraries need extras."""
    found = [module.name for module in pkgutil.walk_packages(wg.__path__, "wengert.")]
    extra = re.compile(r"\bcli\b|backends|demo|autograd\.scipy|arrays\.special|compat\.einops")
    names = [name for name in found if not extra.search(name)]
    libraries = re.compile(r"wengert\.(arrays\.|interop\.)?(torch|jax|cupy|dask|strict)(_\w+)?")
    names = [name for name in names if not libraries.fullmatch(name)]
    assert "wengert.autograd.engine" in names
    for name in names:
        importlib.import_module(name)
    programs = "; ".join(f"import {name}" for name in names)
    assert not modules_after(programs) & OPTIONAL


@pytest.mark.parametrize("name", ["autograd", "op", "op_source", "testing", "arrays", "errors", "function"])
def test_importing_a_part_first(name):
    """No module relies on another having been imported before it."""
    in_subprocess(f"import wengert.{name}")


# -- public names ------------------------------------------------------------------------------------------------------
def public_modules():
    """`wengert` and the modules that it shows, with those that they show."""
    found, todo = {}, [wg]
    while todo:
        module = todo.pop()
        if module.__name__ in found or not module.__name__.startswith("wengert"):
            continue
        found[module.__name__] = module
        for name in getattr(module, "__all__", ()):
            value = getattr(module, name, None)
            if isinstance(value, types.ModuleType):
                todo.append(value)
    return found


MODULES = public_modules()


def test_public_modules_are_found():
    assert {"wengert", "wengert.autograd", "wengert.autograd.graph", "wengert.errors"} <= set(MODULES)


@pytest.mark.parametrize("module", MODULES)
def test_public_names_exist(module):
    names = MODULES[module].__all__
    assert sorted(set(names)) == sorted(names), "a name is listed twice"
    missing = [name for name in names if not hasattr(MODULES[module], name)]
    assert not missing
    assert not [name for name in names if name.startswith("_")]


@pytest.mark.parametrize("module", MODULES)
def test_public_names_are_documented(module):
    """Functions, classes and modules; numbers and dtypes are explained where they are listed."""
    without = [
        name
        for name in MODULES[module].__all__
        if callable(value := getattr(MODULES[module], name)) or isinstance(value, types.ModuleType)
        if not (inspect.getdoc(value) or "").strip()
    ]
    assert not without
    assert (MODULES[module].__doc__ or "").strip()


def test_nothing_public_is_left_out():
    """What a user finds at the top without an underscore is listed, or is a module of the package."""
    extra = [
        name
        for name, value in vars(wg).items()
        if not name.startswith("_") and name not in wg.__all__ and not isinstance(value, types.ModuleType)
        if getattr(value, "__module__", "wengert") not in ("typing", "__future__")
    ]
    assert not extra


def test_star_import_brings_what_is_listed():
    """And says so where it hides names of Python: `sum`, `max`, `abs` … have the array API's names."""
    namespace = {}
    exec("from wengert import *", namespace)
    assert set(namespace) - {"__builtins__"} == set(wg.__all__)
    assert namespace["sum"] is wg.sum
    assert builtins.sum([1, 2]) == 3


def test_version():
    from importlib.metadata import version

    assert wg.__version__ == version("wengert")


# -- the error tree ----------------------------------------------------------------------------------------------------
def drawn_tree():
    """From the drawing in the docstring of errors.py: class -> (parent, built-in bases)."""
    found, path = {"WengertError": (None, ())}, ["WengertError"]
    for line in errors.__doc__.splitlines():
        drawn = re.match(r"^    ((?:│   )*)[├└]── (\w+)(?: \(([\w, ]+)\))?", line)
        if drawn:
            depth = len(drawn[1]) // 4 + 1
            path[depth:] = [drawn[2]]
            found[drawn[2]] = (path[depth - 1], tuple((drawn[3] or "").replace(",", " ").split()))
    return found


TREE = drawn_tree()


def test_every_error_is_drawn():
    classes = {name for name, value in vars(errors).items() if inspect.isclass(value) and issubclass(value, Exception)}
    assert classes == set(TREE) == set(errors.__all__)


@pytest.mark.parametrize("name", TREE)
def test_errors_derive_from_what_is_drawn(name):
    parent, bases = TREE[name]
    cls = getattr(errors, name)
    assert issubclass(cls, Exception)
    assert inspect.getdoc(cls)
    if parent is not None:
        assert getattr(errors, parent) in cls.__bases__
    for base in bases:
        assert issubclass(cls, getattr(builtins, base))


@pytest.mark.parametrize("name", [n for n in TREE if n != "WengertError"])
def test_errors_can_be_caught_as_something_built_in(name):
    """Who wrote `except RuntimeError` for PyTorch need not change it."""
    cls = getattr(errors, name)
    general = (Exception, BaseException, object)
    own = [base for base in cls.__mro__ if base.__module__ == "builtins" and base not in general]
    assert own
    with pytest.raises(own[0], match="what happened"):
        raise cls("what happened")


def test_no_error_hides_outside_of_the_tree():
    """Every exception that the package defines anywhere derives from the root."""
    for module in list(sys.modules.values()):
        if not getattr(module, "__name__", "").startswith("wengert"):
            continue
        for value in vars(module).values():
            if inspect.isclass(value) and issubclass(value, BaseException) and value.__module__.startswith("wengert"):
                assert issubclass(value, errors.WengertError), value
