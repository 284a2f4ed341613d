"""Pack and unpack hooks decide how the tensors that the backward needs are kept."""

import wengert as wg


def pack(tensor):
    print("pack", tensor.detach())
    return tensor.detach().astype(wg.float16)  # a quarter of the memory


x = wg.tensor([1.0, 2.0], requires_grad=True)
with wg.autograd.graph.saved_tensors_hooks(pack, lambda half: half.astype(wg.float64)):
    y = wg.exp(x).sum()
y.backward()
print("dx", x.grad)
