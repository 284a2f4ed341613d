"""What crosses a border lies in one memory wherever both sides can look at it; what does not fit says which argument it is."""

import numpy as np
import pytest

import wengert as wg
from wengert import errors


def aligned(values, dtype=np.float32):
    """An array that begins at a multiple of 64 bytes, as JAX wants its memory."""
    values = np.asarray(values, dtype)
    raw = np.empty(values.nbytes + 64, np.uint8)
    start = -raw.ctypes.data % 64
    array = raw[start : start + values.nbytes].view(dtype).reshape(values.shape)
    array[...] = values
    return array


# -- PyTorch -------------------------------------------------------------------------------------------------------------
@pytest.fixture
def torch():
    return pytest.importorskip("torch")


@pytest.mark.parametrize("layout", ["rows", "columns", "every other", "0-d", "empty"])
def test_pytorch_reads_and_returns_the_same_memory(torch, layout):
    from wengert.interop.torch import from_torch

    array = {
        "rows": np.ones((2, 3)),
        "columns": np.ones((3, 2)).T,
        "every other": np.ones(6)[::2],
        "0-d": np.ones(()),
        "empty": np.ones((0, 3)),
    }[layout]
    seen = []

    def function(x):
        y = x + 1
        seen.extend((x.data_ptr(), y.data_ptr(), x.stride()))
        return y

    result = from_torch(function)(wg.asarray(array))
    if array.size:
        assert seen[0] == array.ctypes.data
        assert seen[1] == result.array.ctypes.data
        assert seen[2] == tuple(step // 8 for step in array.strides)
    np.testing.assert_array_equal(result.array, array + 1)


def test_wengert_reads_and_returns_the_memory_of_pytorch(torch):
    from wengert.interop.torch import to_torch

    seen = []

    def function(x):
        y = x + 1
        seen.extend((x.array.ctypes.data, y.array.ctypes.data, x.array.strides))
        return y

    x = torch.ones(3, 2, requires_grad=True).T
    y = to_torch(function)(x)
    assert seen == [x.data_ptr(), y.data_ptr(), (4, 8)]


def test_gradients_cross_without_a_copy(torch):
    from wengert.interop.torch import to_torch

    seen = []

    def function(x):
        y = x * 2
        y.register_hook(lambda grad: seen.append(grad.array.ctypes.data))
        return y

    x = torch.ones(3, requires_grad=True)
    y = to_torch(function)(x)
    gradient = torch.ones(3)
    y.backward(gradient)
    assert seen == [gradient.data_ptr()]


def test_tensors_on_pytorchs_memory_stay_where_they_are(torch):
    from wengert.interop.torch import from_torch, to_torch

    seen = []
    x = wg.torch.asarray([1.0, 2.0], requires_grad=True)
    y = from_torch(lambda x: seen.append(x.data_ptr()) or x * 2)(x)
    t = torch.ones(2, requires_grad=True)
    to_torch(lambda t: seen.append(t.array.data_ptr()) or t * 2, library="torch")(t)
    assert seen == [x.array.data_ptr(), t.data_ptr()]
    assert isinstance(y.array, torch.Tensor)


@pytest.mark.parametrize("which", ["backwards", "read-only", "broadcast"])
def test_what_pytorch_cannot_describe_is_copied(torch, which):
    from wengert.interop.torch import from_torch

    array = {"backwards": np.arange(3.0)[::-1], "read-only": np.arange(3.0), "broadcast": np.broadcast_to(1.0, (3,))}[which]
    if which == "read-only":
        array.flags.writeable = False
    x = wg.asarray(array).requires_grad_()
    from_torch(lambda x: x * x)(x).sum().backward()
    np.testing.assert_array_equal(x.grad.array, 2 * array)


@pytest.mark.parametrize("name", ["bool", "int8", "int64", "uint8", "uint16", "float16", "float32", "float64", "complex64"])
def test_dtypes_are_kept(torch, name):
    from wengert.interop.torch import from_torch, to_torch

    array = np.ones(3, name)
    assert from_torch(lambda x: x.clone())(wg.asarray(array)).dtype == array.dtype
    assert to_torch(lambda x: wg.asarray(x, copy=True))(torch.from_numpy(array)).dtype == getattr(torch, name)


def test_a_conjugate_that_is_not_computed_yet(torch):
    from wengert.interop.torch import from_torch, to_torch

    z = wg.tensor([1.0 + 2.0j])
    assert from_torch(torch.conj)(z).tolist() == [1.0 - 2.0j]
    assert to_torch(lambda z: z * 1)(torch.tensor([1.0 + 2.0j]).conj()).tolist() == [1.0 - 2.0j]


def layer(weight, *, batch):
    return {"result": batch["x"] * weight}


def test_errors_of_what_comes_from_pytorch_name_the_argument(torch):
    from wengert.interop.torch import to_torch

    function, one = to_torch(layer), torch.ones(2)
    with pytest.raises(errors.DtypeError, match=r"to_torch\(layer\): argument 'batch'\['x'\] .*bfloat16.*NumPy does not have"):
        function(one, batch={"x": one.bfloat16()})
    with pytest.raises(errors.ArgumentError, match=r"to_torch\(layer\): argument 0 \('weight'\) .*device meta.*library='torch'"):
        function(one.to("meta"), batch={"x": one})
    with pytest.raises(errors.ArgumentError, match=r"argument 'batch'\['x'\] .*torch.sparse_coo.*to_dense"):
        function(one, batch={"x": one.to_sparse()})
    assert function(one, batch={"x": one})["result"].tolist() == [1.0, 1.0]


def test_errors_of_what_goes_to_pytorch_name_the_argument(torch):
    from wengert.interop.torch import from_torch

    function, one = from_torch(layer), wg.ones(2)
    with pytest.raises(errors.LibraryError, match=r"argument 'batch'\['x'\] is an array of torch, .* of numpy"):
        function(one, batch={"x": wg.torch.ones(2)})
    with pytest.raises(errors.DtypeError, match=r"argument 0 \('weight'\) is of dtype .*longdouble|float128"):
        function(wg.asarray(np.ones(2, np.longdouble)), batch={"x": one})
    with pytest.raises(errors.DtypeError, match=r"from_torch\(layer\): output\['result'\] is of dtype torch.bfloat16"):
        function(torch.ones(2, dtype=torch.bfloat16), batch={"x": torch.ones(2, dtype=torch.bfloat16)})
    with pytest.raises(errors.VmapError, match=r"argument 0 \('weight'\).*vmap"):
        wg.vmap(lambda w: function(w, batch={"x": one})["result"])(wg.ones((3, 2)))


def test_functions_that_return_what_has_no_gradient(torch):
    from wengert.interop.torch import from_torch, to_torch

    with pytest.raises(errors.FunctionTypeError, match=r"from_torch\(<lambda>\): output\[0\].*numpy.ndarray"):
        from_torch(lambda x: [x.detach().numpy()])(wg.ones(2))
    with pytest.raises(errors.FunctionTypeError, match=r"output: expected Tensors of Wengert.*numpy.ndarray"):
        to_torch(lambda x: x.array)(torch.ones(2))


def test_what_is_no_function_and_no_library(torch):
    from wengert.interop.torch import from_torch, to_torch

    for border in (from_torch, to_torch):
        with pytest.raises(errors.OperandError, match=rf"{border.__name__}: expected a function or a module, got int"):
            border(3)
        with pytest.raises(errors.ArgumentError, match="library: expected 'numpy' or 'torch', got 'jax'"):
            border(layer, library="jax")


def test_names_and_documentation_are_kept(torch):
    from wengert.interop.torch import from_torch, to_torch

    assert to_torch(layer).__name__ == "layer"
    assert from_torch(torch.nn.ReLU()).__name__ == "ReLU"


# -- JAX -----------------------------------------------------------------------------------------------------------------
@pytest.fixture
def jax():
    return pytest.importorskip("jax")


def test_wengert_reads_the_memory_of_jax(jax):
    from wengert.interop.jax import to_jax

    seen = []

    def function(x):
        seen.append((x.array.ctypes.data, x.array.flags.writeable))
        return x + 1

    x = jax.numpy.ones(3)
    to_jax(function)(x)
    jax.grad(lambda x: to_jax(function)(x).sum())(x)
    assert seen == [(x.unsafe_buffer_pointer(), False)] * 2


def test_jax_reads_aligned_memory_and_wengert_its_results(jax):
    from wengert.interop.jax import from_jax

    seen = []

    def function(x):
        y = x + 1
        seen.extend((x.unsafe_buffer_pointer(), y.unsafe_buffer_pointer()))
        return y

    array = aligned([1.0, 2.0])
    y = from_jax(function)(wg.asarray(array))
    assert seen == [array.ctypes.data, y.array.ctypes.data]
    assert not y.array.flags.writeable


@pytest.mark.parametrize("which", ["odd", "columns", "backwards", "read-only"])
def test_what_jax_cannot_read_in_place_is_copied(jax, which):
    from wengert.interop.jax import from_jax

    array = {
        "odd": aligned(np.arange(7))[1:],
        "columns": aligned(np.ones((3, 2))).T,
        "backwards": aligned(np.arange(4))[::-1],
        "read-only": aligned([1.0, 2.0]),
    }[which]
    if which == "read-only":
        array.flags.writeable = False
    x = wg.asarray(array).requires_grad_()
    from_jax(lambda x: x * x)(x).sum().backward()
    np.testing.assert_array_equal(x.grad.array, 2 * array)


def test_a_write_to_what_jax_has_saved_is_noticed(jax):
    from wengert.interop.jax import from_jax

    x = wg.asarray(aligned([1.0, 2.0]))
    w = wg.ones(2, dtype=wg.float32, requires_grad=True)
    y = from_jax(lambda w, x: w * x)(w, x)
    x *= 2
    with pytest.raises(errors.VersionError, match=r"from_jax\(<lambda>\): input 1 was modified by an inplace operation"):
        y.sum().backward()
    y = from_jax(lambda w, x: w + x)(w, x)
    x *= 2  # JAX has no need of it
    y.sum().backward()
    assert w.grad.tolist() == [1.0, 1.0]


def test_an_output_of_jax_that_is_the_input_is_copied(jax):
    from wengert.interop.jax import from_jax

    x = wg.asarray(aligned([1.0, 2.0]))
    y = from_jax(lambda x: x)(x)
    x *= 2
    assert y.tolist() == [1.0, 2.0]


def test_errors_of_what_goes_to_jax_name_the_argument(jax):
    from wengert.interop.jax import from_jax

    function, one = from_jax(layer), wg.ones(2, dtype=wg.float32)
    with pytest.raises(errors.DtypeError, match=r"argument 'batch'\['x'\] is of dtype float64.*jax_enable_x64"):
        function(one, batch={"x": wg.ones(2)})
    with pytest.raises(errors.DtypeError, match=r"argument 0 \('weight'\) is of dtype .*JAX does not have"):
        function(wg.asarray(np.ones(2, np.longdouble)), batch={"x": one})
    with pytest.raises(errors.DtypeError, match=r"output\['result'\] is of dtype bfloat16, which NumPy does not have"):
        from_jax(lambda x: {"result": x.astype("bfloat16")})(one)
    with pytest.raises(errors.VmapError, match=r"argument 0 \('x1'\).*vmap|argument 0.*vmap"):
        wg.vmap(from_jax(jax.numpy.sin))(one)


def test_errors_of_arrays_of_a_third_library(jax, torch):
    from wengert.interop.jax import from_jax
    from wengert.interop.torch import from_torch

    with pytest.raises(errors.LibraryError, match=r"argument 0.*: expected arrays of numpy or jax, got torch"):
        from_jax(layer)(wg.torch.ones(2), batch={})
    with pytest.raises(errors.LibraryError, match=r"from_torch\(layer\).*: expected arrays of numpy or torch, got jax"):
        from_torch(layer)(wg.jax.ones(2), batch={})


def test_errors_of_what_comes_from_jax_name_the_argument(jax):
    from wengert.interop.jax import to_jax

    one = jax.numpy.ones(2)
    with pytest.raises(errors.LibraryError, match=r"argument 'batch'\['x'\]: expected an array of JAX.*got Tensor"):
        to_jax(layer)(one, batch={"x": wg.ones(2)})
    with pytest.raises(errors.DtypeError, match=r"to_jax\(<lambda>\): output 0 is of dtype float64.*jax_enable_x64"):
        to_jax(lambda x: x * wg.ones(2))(one)
    with pytest.raises(errors.DtypeError, match=r"to_jax\(<lambda>\): output 0 is of dtype float64.*jax_enable_x64"):
        jax.jit(to_jax(lambda x: x * wg.ones(2)))(one)
    with pytest.raises(errors.FunctionTypeError, match=r"output: expected Tensors of Wengert.*ndarray"):
        to_jax(lambda x: x.array)(one)
    with pytest.raises(errors.ArgumentError, match="library: expected 'numpy' or 'jax', got 'torch'"):
        to_jax(layer, library="torch")
    with pytest.raises(errors.OperandError, match="to_jax: expected a function"):
        to_jax(None)


def test_errors_of_result_shape(jax):
    from wengert.interop.jax import to_jax

    one = jax.numpy.ones(2)
    for wrong in (jax.ShapeDtypeStruct((3,), "float32"), jax.ShapeDtypeStruct((2,), "int32"), [one, one]):
        with pytest.raises(Exception, match="result_shape") as caught:
            jax.jit(to_jax(lambda x: x * 2, wrong))(one)[0].block_until_ready()
        assert "to_jax(<lambda>)" in str(caught.value)
    with pytest.raises(errors.ArgumentError, match=r"result_shape: expected shapes with dtypes.*got 3"):
        jax.jit(to_jax(lambda x: x * 2, 3))(one)
    with pytest.raises(errors.MatrixError) as caught:
        jax.jit(to_jax(wg.linalg.inv))(jax.numpy.eye(2))
    assert any("to_jax(inv) was called with zeros" in note for note in caught.value.__notes__)


# -- without the libraries -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["torch", "jax"])
def test_a_library_that_is_not_installed(name):
    import subprocess
    import sys

    program = (
        f"import sys; sys.modules[{name!r}] = None\n"
        "from wengert.errors import MissingExtraError\n"
        f"try:\n import wengert.interop.{name}\nexcept MissingExtraError as error:\n print(error)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert f"pip install 'wengert[{name}]'" in done.stdout
