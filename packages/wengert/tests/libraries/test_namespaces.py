"""One namespace module for each array library: stable, complete, and light to import."""

import math
import subprocess
import sys

import array_api_strict as strict
import pytest

import wengert as wg
from libraries.shelf import MODULES, shelf

INF, NAN = math.inf, math.nan
NAMES = ("numpy", "torch", "jax", "dask")

pytestmark = pytest.mark.filterwarnings("ignore:'mkldnn' is no longer used:UserWarning")  # while PyTorch lists its devices


@pytest.fixture(params=NAMES)
def xp(request):
    if request.param in MODULES:
        shelf(request.param)
    return getattr(wg, request.param)


def test_a_module_of_its_own(xp):
    assert xp is sys.modules[xp.__name__]
    assert xp.fft is sys.modules[xp.fft.__name__]
    x = xp.asarray([1.0, 2.0])
    assert x.__array_namespace__() is (wg if xp is wg.numpy else xp)
    assert set(strict.linalg.__all__) <= set(vars(xp.linalg))
    assert set(strict.fft.__all__) <= set(vars(xp.fft))


def test_what_is_made_is_of_the_library(xp):
    kind = type(xp.ones(1).array)
    made = [
        *(xp.zeros(2), xp.empty(2), xp.full(2, 1.5), xp.arange(3), xp.linspace(0, 1, 3), xp.eye(2), xp.asarray([1, 2])),
        *(xp.tensor([1.0]), xp.fft.fftfreq(4), xp.fft.rfftfreq(4), xp.zeros_like(xp.ones(2))),
        xp.asarray(wg.numpy.ones(2).array),
    ]
    assert {type(x.array) for x in made} == {kind}
    x = xp.ones(2, requires_grad=True)
    (x * xp.asarray([1.0, 2.0])).sum().backward()
    assert x.grad.tolist() == [1.0, 2.0]


def test_data_types_are_the_librarys(xp):
    assert xp.zeros(1, dtype=xp.float32).dtype == xp.float32
    assert xp.result_type(xp.float32, xp.complex64) == xp.complex64
    assert xp.isdtype(xp.int8, "signed integer")
    assert not xp.isdtype(xp.int8, ("bool", "real floating"))
    assert xp.can_cast(xp.int8, xp.int16)
    assert xp.finfo(xp.float32).bits == xp.finfo(xp.ones(1, dtype=xp.complex64)).bits == 32
    assert xp.iinfo(xp.int16).min == -(2**15)
    assert xp.astype(xp.ones(1), xp.int32).dtype == xp.int32
    assert xp.isin(xp.asarray([1, 2]), xp.asarray([2])).tolist() == [False, True]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # Dask divides by the absolute value
@pytest.mark.parametrize("dtype", ["complex64", "complex128"])
def test_the_sign_of_a_complex_number_with_a_nan(xp, dtype):
    """NaN whichever part is NaN, however large the other."""
    x = xp.asarray([complex(INF, NAN), complex(NAN, -INF), complex(0.0, NAN), 3 + 4j, 0j], dtype=getattr(xp, dtype))
    out = xp.sign(x)
    assert out.dtype == x.dtype
    assert [[math.isnan(z.real), math.isnan(z.imag)] for z in out.tolist()] == [[True, True]] * 3 + [[False, False]] * 2
    assert out.tolist()[3:] == [pytest.approx(0.6 + 0.8j), 0j]
    assert type(xp.sign(x[0]).array) is type(x[0].array)


def test_inspection(xp):
    info = xp.__array_namespace_info__()
    assert set(info.capabilities()) >= {"boolean indexing", "data-dependent shapes", "max dimensions"}
    assert info.default_device() in info.devices()
    assert info.default_dtypes()["real floating"] == xp.asarray(1.0).dtype
    assert info.default_dtypes()["integral"] == xp.asarray(1).dtype
    assert set(info.dtypes(kind="real floating")) == {"float32", "float64"}
    assert info.dtypes(kind=("bool", "complex floating"))["bool"] == xp.bool
    with pytest.raises(ValueError, match="kind: expected one of"):
        info.dtypes(kind="imaginary")


def test_importing_wengert_imports_no_other_library():
    heavy = "{'torch', 'jax', 'dask', 'cupy', 'scipy', 'array_api_compat'} & set(sys.modules)"
    program = f"import sys, wengert, wengert.numpy; assert not {heavy}, {heavy}"
    subprocess.run([sys.executable, "-c", program], check=True)


def test_a_library_that_is_absent_names_the_extra():
    absent = "sys.modules['jax'] = None"  # as if it were not installed
    program = f"import sys, wengert; {absent}\ntry: wengert.jax\nexcept wengert.errors.MissingExtraError as error: print(error)"
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert done.stdout == "jax is not installed: pip install 'wengert[jax]'\n"


def test_an_array_of_a_third_library_says_so():
    with pytest.raises(wg.errors.LibraryError, match="no namespace for arrays of array_api_strict"):
        shelf("array_api_strict").tensor([1.0]).__array_namespace__()
