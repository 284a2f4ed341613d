"""Each spelled name beside PyTorch's: values, shapes, dtypes, gradients, kinds of errors."""

import numpy as np
import pytest

from .both import check

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")  # PyTorch's: this is in beta, that is deprecated

RNG = np.random.default_rng(0)
A = RNG.standard_normal((3, 4))
B = RNG.standard_normal((3, 4))
V = RNG.standard_normal(5)
SQUARE = RNG.standard_normal((4, 4))
STACK = RNG.standard_normal((2, 3, 4))
POSITIVE = np.abs(A) + 0.5
FRACTIONS = RNG.uniform(-0.9, 0.9, (3, 4))
COMPLEX = A + 1j * B

UNARY = {
    "abs neg square sign floor ceil trunc frac relu sin cos atan sinh cosh tanh asinh exp exp2 expm1 sigmoid erf erfc "
    "positive deg2rad rad2deg sinc clone ravel isnan isinf isfinite logical_not signbit": A,
    "sqrt rsqrt log log1p log2 log10 reciprocal": POSITIVE,
    "asin acos atanh tan": FRACTIONS,
    "acosh": POSITIVE + 1,
    "logit": np.abs(FRACTIONS) / 2 + 0.1,
}
UNARY_ROWS = [(name, data) for names, data in UNARY.items() for name in names.split()]

BINARY = (
    *("add", "sub", "mul", "div", "maximum", "minimum", "atan2", "hypot", "logaddexp", "copysign", "remainder", "fmod"),
    *("eq", "ne", "lt", "le", "gt", "ge", "true_divide", "logical_and", "logical_or", "logical_xor", "isclose"),
)


@pytest.mark.parametrize(("name", "data"), UNARY_ROWS, ids=[name for name, _ in UNARY_ROWS])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_function_and_method_of_one_tensor(name, data, dtype):
    def program(torch):
        x = torch.tensor(data.tolist(), dtype=getattr(torch, dtype), requires_grad=True)
        y, z = getattr(torch, name)(x), getattr(x, name)()
        if not y.requires_grad:
            return y, z
        (g,) = torch.autograd.grad(y.sum(), x)
        return y, z, g

    check(program)


OF_INTEGERS = (
    *("sin", "exp", "sqrt", "abs", "sigmoid", "reciprocal", "neg"),
    *("square", "floor", "erf", "log1p", "atan", "rsqrt", "tanh"),
)


@pytest.mark.parametrize("name", OF_INTEGERS)
def test_of_integers(name):
    check(lambda torch: getattr(torch, name)(torch.tensor([1, 2, 3])))


@pytest.mark.parametrize("name", BINARY)
def test_function_and_method_of_two_tensors(name):
    def program(torch):
        x = torch.tensor(A.tolist(), requires_grad=True)
        y = torch.tensor((B[:1] + 3).tolist(), requires_grad=True)
        out = getattr(torch, name)(x, y)
        again = getattr(x, name)(y)
        grads = torch.autograd.grad(out.sum(), (x, y), allow_unused=True) if out.requires_grad else ()
        return out, again, grads

    check(program)


OPERANDS = {
    "bool": "torch.tensor([True, False])",
    "uint8": "torch.tensor([1, 2], dtype=torch.uint8)",
    "int32": "torch.tensor([1, 2], dtype=torch.int32)",
    "int64": "torch.tensor([1, 2])",
    "int64 without axes": "torch.tensor(3)",
    "half": "torch.tensor([0.5, 2.0], dtype=torch.float16)",
    "float": "torch.tensor([0.5, 2.0])",
    "double": "torch.tensor([0.5, 2.0], dtype=torch.float64)",
    "double without axes": "torch.tensor(0.5, dtype=torch.float64)",
    "float without axes": "torch.tensor(0.5)",
    "complex": "torch.tensor([1j, 2.0])",
    "complex128 without axes": "torch.tensor(1j, dtype=torch.complex128)",
    "True": "True",
    "2": "2",
    "2.5": "2.5",
    "1j": "1j",
}


#: PyTorch answers with complex numbers of half precision, which NumPy does not have.
HALF_COMPLEX = ({"half", "1j"}, {"half", "complex128 without axes"})


@pytest.mark.parametrize("left", OPERANDS)
@pytest.mark.parametrize("right", OPERANDS)
def test_promotion(left, right):
    """Tensors without axes and numbers give way to tensors with axes."""
    if "torch" not in OPERANDS[left] + OPERANDS[right] or {left, right} in HALF_COMPLEX:
        return

    def program(torch):
        x, y = eval(OPERANDS[left], {"torch": torch}), eval(OPERANDS[right], {"torch": torch})
        return x + y, x * y, x / y, torch.result_type(x, y)

    check(program)


CALLS = """
torch.arange(5)
torch.arange(1, 2, 0.25)
torch.arange(0, 10, 3, dtype=torch.float64)
torch.linspace(0, 1, 5)
torch.eye(3, 2)
torch.full((2, 3), 7)
torch.full((2,), 1.5)
torch.full((2,), True)
torch.zeros(2, 3, dtype=torch.int32)
torch.ones((2, 3), requires_grad=True)
torch.ones([])
torch.tensor(3.0).shape
torch.tensor([])
torch.tensor([[]])
torch.tensor([True, False]).dtype
torch.tensor([1, 2.5])
torch.tensor([1 + 2j])
torch.tensor(np.float64(3.0))
torch.tensor(np.ones(2, np.float16))
torch.as_tensor([1, 2])
torch.zeros_like(x, dtype=torch.int64)
torch.ones_like(x)
torch.full_like(x, 3)
torch.empty(2, 3).shape
torch.tril(s), torch.triu(s, 1)
torch.tril_indices(3, 3), torch.triu_indices(3, 4, 1)
torch.meshgrid(v, v[:2], indexing="ij")
torch.scalar_tensor(3)
torch.complex(v, v)
torch.polar(v, v)
torch.real(c), torch.imag(c), torch.angle(c), torch.conj(c)
x.imag
x.sum(), x.sum(0), x.sum(dim=1, keepdim=True), x.sum((0, 1)), x.sum(-1), x.sum(axis=0, keepdims=True)
torch.sum(x, dim=(0,)), torch.sum(i), torch.sum(b), torch.sum(x, dtype=torch.float64)
x.mean(), x.mean(0), x.mean(dim=1, keepdim=True), i.float().mean()
i.mean()
x.prod(), x.prod(0), x.prod(dim=1, keepdim=True)
x.var(), x.var(0), x.var(dim=1, unbiased=False), x.var(1, keepdim=True), x.var(False), x.var(correction=2)
x.std(), x.std(0), x.std(dim=1, correction=0)
torch.var_mean(x), torch.var_mean(x, dim=0), torch.std_mean(x, dim=1, keepdim=True)
x.max(), x.min(), x.max(0), x.min(dim=1, keepdim=True), torch.max(x, y), torch.min(x, other=y)
x.amax(), x.amax(0), x.amin((0, 1), keepdim=True), torch.aminmax(x)
x.argmax(), x.argmin(0), x.argmax(dim=1, keepdim=True)
x.median(), x.median(0), torch.nanmedian(x), torch.nanmedian(x, 1), v.median(), v.median(0)
torch.mode(torch.tensor([[1, 2, 2], [3, 3, 1]]))
x.kthvalue(2), x.kthvalue(1, dim=0, keepdim=True)
x.topk(2), x.topk(2, dim=0, largest=False)
x.sort(), x.sort(0, descending=True), x.argsort(1)
x.cumsum(0), x.cumsum(dim=1), x.cumprod(1), x.logcumsumexp(0), i.cumsum(0)
x.cummax(0), x.cummin(1)
x.diff(), x.diff(dim=0), torch.diff(v, n=2)
x.all(), b.any(), b.all(0), (x > 0).any(dim=1, keepdim=True), x.count_nonzero(), x.count_nonzero(0)
x.logsumexp(0), x.logsumexp((0, 1)), x.softmax(1), x.log_softmax(dim=0), torch.softmax(x, dim=-1)
x.norm(), x.norm(1), x.norm(2, 0), x.norm(3, dim=1, keepdim=True), x.norm(float("inf"), 1), torch.norm(x, p=0), x.norm("fro")
torch.dist(x, y), torch.dist(x, y, 1), x.renorm(2, 0, 1.0)
x.nansum(), torch.nanmean(x)
torch.nonzero(b), torch.nonzero(b, as_tuple=True), b.nonzero(), torch.argwhere(b)
torch.searchsorted(v.sort()[0], x), torch.bucketize(x, v.sort()[0], right=True)
torch.isin(i, torch.tensor([1, 3])), torch.bincount(i.ravel()), torch.histc(v, 4, -2, 2)
torch.unique(i), torch.unique(i, return_inverse=True, return_counts=True), torch.unique(i, dim=0)
torch.unique_consecutive(torch.tensor([1, 1, 2, 2, 1]), return_inverse=True, return_counts=True)
torch.equal(x, x), torch.equal(x, y), torch.allclose(x, x + 1e-9)
torch.allclose(x, x.double())
x.view(2, 6), x.view(-1), x.view((4, 3)), x.view_as(x.reshape(2, 6)), x.reshape(12), x.reshape_as(x.view(2, 6))
x.view(5, 3)
x.reshape(-1, -1)
x.t(), x.T, x.transpose(0, 1), x.permute(1, 0), k.permute(2, 0, 1), k.permute((2, 0, 1)), k.mT, x.swapaxes(0, 1)
k.t()
k.movedim(0, 2), k.movedim((0, 1), (1, 0)), k.flatten(), k.flatten(1), k.flatten(0, 1), v.unflatten(0, (1, 5))
x.unsqueeze(0).shape, x.unsqueeze(-1).shape, x.unsqueeze(1).squeeze().shape, x.squeeze(0).shape, x[:, :1].squeeze(1).shape
x.unsqueeze(5)
x.expand(2, 3, 4), x[:1].expand(3, -1), x[:1].expand(5, 4), x[:1].expand_as(x), torch.broadcast_to(v, (2, 5))
x.expand(2, 4)
torch.broadcast_tensors(x, x[:1]), torch.broadcast_shapes((3, 1), (1, 4))
x.repeat(2, 1), x.repeat(1, 2, 1), v.repeat(2), torch.tile(x, (2,)), v.repeat_interleave(2), x.repeat_interleave(2, dim=1)
x.repeat(2)
torch.cat([x, y]), torch.cat((x, y), dim=1), torch.cat([x, i[:, :4]]), torch.concat([v, v]), torch.stack([x, y], dim=1)
torch.cat([])
torch.cat([x, v])
torch.stack([x, v])
torch.hstack([v, v]), torch.vstack([v, v]), torch.hstack([x, y]), torch.dstack([x, y])
x.chunk(2), x.chunk(3, dim=1), x.split(2), x.split([1, 2]), x.split(3, dim=1), x.tensor_split(2), x.unbind(), x.unbind(1)
x.split([1, 1])
x.narrow(0, 1, 2), x.narrow(1, 0, 3), x.select(0, 1), x.select(1, -1), x.narrow(0, -2, 1)
x.narrow(0, 2, 5)
x.select(0, 9)
x.roll(1), x.roll((1, 2), (0, 1)), x.flip(0), x.flip((0, 1)), x.flip([1])
x.diagonal(), s.diagonal(1), torch.diag(v), torch.diag(s, 1), torch.diag_embed(x), s.trace()
torch.gather(x, 1, g), x.gather(0, g[:2] % 3), torch.take_along_dim(x, g, 1), x.take(torch.tensor([0, 11, 5]))
x.index_select(1, torch.tensor([2, 0])), x.masked_select(x > 0), x.masked_fill(x > 0, 7.0), x.masked_fill(x > 0, \\
torch.tensor(2.0))
torch.where(x > 0, x, y), torch.where(x > 0, x, 0.0), torch.where(x > 0, 1.0, y), torch.where(x > 0, 1, 2), torch.where(x > 0)
x.unfold(1, 2, 1), x.unfold(0, 2, 2), v.unfold(0, 3, 1)
x.scatter_add(1, g, y), x.index_add(0, torch.tensor([2, 0, 0]), y, alpha=2)
torch.scatter_reduce(x, 1, g, y, "amax"), torch.scatter_reduce(x, 1, g, y, "sum"), x.scatter_reduce(1, g, y, "mean", \\
include_self=False)
torch.index_reduce(x, 0, torch.tensor([0, 2, 2]), y, "amin")
x @ s, torch.mm(x, s), torch.matmul(k, s), torch.bmm(k, k.mT), s.mv(s[0]), torch.dot(v, v), torch.outer(v, v), x.mm(s)
torch.mm(x, x)
torch.mm(x, v)
x @ x.double().t()
torch.addmm(s, s, s, beta=2, alpha=0.5), torch.addmv(s[0], s, s[1]), torch.baddbmm(k @ k.mT, k, k.mT), torch.addr(s, s[0], s[1])
torch.addbmm(s[:3, :3], k, k.mT), torch.chain_matmul(s, s, s)
torch.einsum("ij,kj->ik", x, y), torch.einsum("i->", v), torch.tensordot(k, x, dims=([1, 2], [0, 1])), torch.inner(x, y)
torch.kron(s[:2, :2], v[:2]), torch.cross(x[:, :3], y[:, :3], dim=1), torch.trace(s), torch.vdot(v, v)
torch.cdist(x, y), torch.pdist(x), torch.pdist(x, p=1), torch.cosine_similarity(x, y)
x.add(y, alpha=2), x.sub(y, alpha=3), torch.rsub(x, 2), torch.addcmul(x, x, y, value=2), torch.addcdiv(x, x, \\
y * y + 1), torch.lerp(x, y, 0.25)
torch.div(x, y, rounding_mode="floor"), torch.div(x, y, rounding_mode="trunc"), torch.div(i, 2), torch.div(i, 2, \\
rounding_mode="trunc")
x.pow(2), x.pow(3.0), torch.pow(2, x), x.abs().pow(y), x**2, 2**x, torch.float_power(i, 2), i.pow(2)
i.pow(-1)
torch.clamp(x, 0), torch.clamp(x, min=-0.5, max=0.5), x.clamp(max=y), x.clip(0, 1), i.clamp(1, 2)
x.clamp()
x.round(), torch.round(x, decimals=2), torch.xlogy(x.abs(), y.abs()), torch.nan_to_num(x / 0), torch.ldexp(x, i[:, :4])
-x, abs(x), x + 1, 1 + x, 2 - x, x / 2, 2 / x, x // 0.3, x % 0.7, x > 0, x == x, ~b, b & b, b | ~b, i << 1, b ^ True
b - b
x.float(), x.double(), x.half(), x.int(), x.long(), x.bool(), x.to(torch.int16), x.to(i).dtype, x.type_as(i), \\
x.type(torch.float64)
x.to("cpu").dtype, x.cpu().shape, x.type(), i.type(), x.to(dtype=torch.complex64)
x.size(), x.size(0), x.size(-1), x.dim(), x.ndim, x.numel(), x.nelement(), x.element_size(), x.stride(), \\
x.t().stride(), x.stride(0)
x.size(4)
x.is_contiguous(), x.t().is_contiguous(), x.t().contiguous().is_contiguous(), k[:, 1].stride(), x[:, 1:].storage_offset()
x.is_floating_point(), x.is_complex(), torch.is_complex(c), i.is_floating_point(), torch.is_tensor(x)
x.dtype, i.dtype, x.device, x.layout.__repr__(), x.shape.numel(), (x.shape + (1,)), x.shape[1:]
x.new_zeros(2), x.new_ones(2, 3), x.new_full((2,), 5), x.new_tensor([1, 2]), x.new_empty(3).shape, x.new([1, 2])
x.item()
v[0].item(), i[0, 0].item(), x.tolist(), bool(v[0] > 5), int(i[0, 0]), float(v[1])
bool(x)
len(x), [r.shape for r in x], x[0], x[1, 2], x[:, 1], x[1:], x[..., 0], x[None].shape, x[x > 0], x[[0, 2]], \\
x[torch.tensor([1, 0])]
x[5]
x[torch.tensor([1.0])]
x[[0, 1], [2, 3]], x[:, [0, 2]], x[torch.tensor(1)], x[b4], k[:, None, 1].shape
torch.promote_types(torch.int8, torch.uint8), torch.promote_types(torch.float16, torch.complex64), \\
torch.can_cast(torch.float32, torch.int32)
torch.finfo(torch.float32).eps, torch.iinfo(torch.int8).max, torch.float32.is_floating_point, torch.int8.itemsize, \\
torch.bool.is_signed
torch.tensor(2.0).expand(3), torch.tensor(3).repeat(2), torch.tensor(1.0).squeeze(), torch.tensor(1.0).unsqueeze(0), \\
torch.tensor(1.0).max(0)
torch.tensor(4.0).cumsum(0), torch.tensor(4.0).sort(), torch.tensor(1.0).sum(0), torch.tensor(1.0).flatten()
F.relu(x), F.softmax(x, dim=1), F.log_softmax(x, 1), F.threshold(x, 0.1, 20), F.leaky_relu(x), F.elu(x), F.selu(x), \\
F.gelu(x), F.silu(x)
F.softplus(x), F.hardtanh(x), F.relu6(x), F.logsigmoid(x), F.softsign(x), F.normalize(x), F.linear(x, s), F.pad(x, (1, \\
2)), F.pad(x, (1, -1))
F.mse_loss(x, y), F.l1_loss(x, y), F.smooth_l1_loss(x, y), F.cross_entropy(x, g[:, 0]), F.nll_loss(x.log_softmax(1), g[:, 0])
F.layer_norm(x, (4,)), F.instance_norm(k), F.one_hot(g[0]), F.embedding(g, s), F.cosine_similarity(x, y)
"""
ROWS = [line for line in CALLS.replace("\\\n", "").strip().splitlines() if line]


@pytest.mark.parametrize("expression", ROWS)
def test_call(expression):
    def program(torch):
        names = {
            "torch": torch,
            "F": torch.nn.functional,
            "np": np,
            "x": torch.tensor(A.tolist()),
            "y": torch.tensor(B.tolist()),
            "v": torch.tensor(V.tolist()),
            "s": torch.tensor(SQUARE.tolist()),
            "k": torch.tensor(STACK.tolist()),
            "c": torch.tensor(COMPLEX.tolist()),
            "i": torch.tensor([[1, 2, 3, 1], [3, 1, 0, 2], [1, 2, 3, 1]]),
            "g": torch.tensor([[0, 1, 2, 3], [3, 2, 1, 0], [1, 1, 2, 2]]),
            "b": torch.tensor([[True, False], [False, True]]),
            "b4": torch.tensor([True, False, True]),
        }
        return eval(expression, names)

    check(program)


GRADIENTS = """
x.sum(1).max()
x.max(1)[0]
x.min(0)[0]
x.median(0)[0]
x.median()
torch.amax(x, 1)
x.sort(1)[0] * y
x.topk(2)[0]
x.kthvalue(2)[0]
x.cumsum(1) * y
x.cumprod(1)
x.cummax(1)[0] * y
x.logcumsumexp(1)
x.var(1)
x.std(0)
torch.var_mean(x, 1)[0] + torch.var_mean(x, 1)[1]
x.norm(2, 1)
x.norm(1)
x.norm(3, 0)
x.norm(float("inf"), 1)
x.norm(0.5)
x.prod(1)
x.logsumexp(0)
x.gather(1, g) * y
x.index_select(1, torch.tensor([0, 0, 3]))
x.masked_fill(y > 0, 0.0)
x.masked_select(y > 0)
torch.where(y > 0, x, y)
x.scatter_add(1, g, x * y)
x.index_add(0, torch.tensor([2, 0, 0]), x)
torch.scatter_reduce(x, 1, g, x * y, "amax") * y
x.unfold(1, 2, 1)
x.view(-1)[2:7]
x.t() @ y
x.expand(2, 3, 4)
x.repeat(2, 2)
torch.cat([x, x * 2])
torch.stack([x, y]).unbind()[0]
x.split(2, 1)[1]
x.narrow(1, 1, 2)
x[[0, 0, 1]]
x[:, [1, 1]]
torch.einsum("ij,kj->ik", x, y)
torch.cdist(x, y)
torch.pdist(x)
x.clamp(-0.5, 0.5)
x.diagonal()
torch.diag_embed(x)
x.flip(0) * y
x.roll(1, 0) * y
x.abs() ** 1.5
torch.div(x, y)
torch.addcmul(y, x, x)
torch.lerp(x, y, x)
torch.logaddexp(x, y)
F.softmax(x, 1) * y
F.threshold(x, 0.0, 3.0)
F.instance_norm(x[None])
torch.complex(x, x * 2).abs()
x.double() * 2
torch.trace(x[:, :3])
x.renorm(2, 0, 1.0)
torch.kron(x, y)
x.sinc() + x.erf() + x.sigmoid()
"""
GRADIENT_ROWS = [line for line in GRADIENTS.strip().splitlines() if line]


@pytest.mark.parametrize("expression", GRADIENT_ROWS)
def test_gradient(expression):
    def program(torch):
        x = torch.tensor(A.tolist(), dtype=torch.float64, requires_grad=True)
        names = {
            "torch": torch,
            "F": torch.nn.functional,
            "x": x,
            "y": torch.tensor(B.tolist(), dtype=torch.float64),
            "g": torch.tensor([[0, 1, 2, 3], [3, 2, 1, 0], [1, 1, 2, 2]]),
        }
        out = eval(expression, names)
        (grad,) = torch.autograd.grad(out.sum(), x)
        return out, grad

    check(program)
