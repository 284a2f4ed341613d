"""A training step as one program: forward, backward, hooks and update; the hook is called in each run."""

import wengert as wg

w = wg.tensor([1.0, -1.0], requires_grad=True)
w.register_hook(lambda grad: print("gradient", [round(g, 3) for g in grad.tolist()]))
w.register_hook(wg.hooks.ClipNorm(0.5))  # ready-made; without others beside it, it would be compiled with the rest
optimizer = wg.optim.Adam([w], lr=0.1)


@wg.compile
def step(x, y):
    optimizer.zero_grad()
    loss = wg.mean((x @ w - y) ** 2)
    loss.backward()
    optimizer.step()
    return loss


for rows in (4, 6, 8):  # the Python of the function runs for the first two sizes
    x = wg.reshape(wg.arange(2.0 * rows), (rows, 2)) / rows
    print(rows, round(step(x, wg.ones(rows)).item(), 4))
print("captured", step.captures, "times")
