"""in_backward steps each parameter as soon as its gradient is there, and frees the gradient."""

import wengert as wg
from wengert import nn, optim

wg.random.seed(0)
model = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 1))
x = wg.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
xor = wg.tensor([[0.0], [1.0], [1.0], [0.0]])
optim.in_backward(model.parameters(), optim.Adam, lr=0.05)
for _ in range(300):
    nn.functional.mse_loss(model(x), xor).backward()  # no step(), no zero_grad()
print((model(x) > 0.5).tolist(), [p.grad for p in model.parameters()])
