"""The networks that are trained, written once: the same lines run over ``wengert`` and over ``torch``."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["WORKLOADS", "Training", "digits", "ten_operators", "training"]

RATE = 0.05


@dataclass
class Training:
    """A network with its data and its optimizer in one library.

    Attributes
    ----------
    xp : module
        ``wengert`` or ``torch``.
    model : Module
        The network.
    forward : callable
        Forward pass; returns the loss.
    step : callable
        A whole training step; returns the loss.
    steps_with : callable
        Makes the same step of another `forward`, such as a compiled one.
    """

    xp: Any
    model: Any
    forward: Callable[[], Any]
    step: Callable[[], Any]
    steps_with: Callable[[Callable[[], Any]], Callable[[], Any]]

    def parameters(self) -> list[np.ndarray]:
        """The parameters, as NumPy arrays."""
        return [p.detach().numpy() for p in self.model.parameters()]

    def load(self, arrays: list[np.ndarray]) -> None:
        """Set the parameters."""
        with self.xp.no_grad():
            for parameter, array in zip(self.model.parameters(), arrays, strict=True):
                parameter.detach().numpy()[...] = array


def digits(batch: int, image: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """The first images of scikit-learn's handwritten digits, and what they show."""
    from sklearn.datasets import load_digits

    data, target = load_digits(return_X_y=True)
    x = (data[:batch] / 16.0).astype(np.float32)
    return (x.reshape(-1, 1, 8, 8) if image else x), target[:batch].astype(np.int64)


def _mlp(xp: Any) -> Any:
    nn = xp.nn
    return nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, 10))


def _wide_mlp(xp: Any) -> Any:
    """Parameters of 25 MB, so that what the optimizer keeps alive shows."""
    nn = xp.nn
    middle = [layer for _ in range(5) for layer in (nn.Linear(1024, 1024), nn.ReLU())]
    return nn.Sequential(nn.Linear(64, 1024), nn.ReLU(), *middle, nn.Linear(1024, 10))


def _deep_mlp(xp: Any) -> Any:
    """With a large batch, results of the forward take several times the memory of the parameters."""
    nn = xp.nn
    middle = [layer for _ in range(31) for layer in (nn.Linear(256, 256), nn.Tanh())]
    return nn.Sequential(nn.Linear(64, 256), nn.Tanh(), *middle, nn.Linear(256, 10))


def _checkpointed_mlp(xp: Any) -> Any:
    """The same, recomputed in the backward in segments of four linear layers and their activations."""
    checkpoint_sequential = importlib.import_module(f"{xp.__name__}.utils.checkpoint").checkpoint_sequential

    class Checkpointed(xp.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layers = _deep_mlp(xp)

        def forward(self, x: Any) -> Any:
            return checkpoint_sequential(self.layers, 8, x, use_reentrant=False)

    return Checkpointed()


def _cnn(xp: Any) -> Any:
    nn = xp.nn
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(16, 32, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(32 * 4 * 4, 10),
    )


def _block(xp: Any, width: int = 256, heads: int = 4) -> Any:
    """A transformer block: attention and a feed-forward part, each on a normalised copy, added to what came in."""
    nn, functional = xp.nn, importlib.import_module(f"{xp.__name__}.nn.functional")

    class Block(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
            self.q, self.k, self.v = nn.Linear(width, width), nn.Linear(width, width), nn.Linear(width, width)
            self.out = nn.Linear(width, width)
            self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

        def forward(self, x: Any) -> Any:
            batch, tokens, _ = x.shape
            normed = self.norm1(x)
            q, k, v = (
                layer(normed).reshape((batch, tokens, heads, width // heads)).swapaxes(1, 2) for layer in (self.q, self.k, self.v)
            )
            mixed = functional.scaled_dot_product_attention(q, k, v)
            x = x + self.out(mixed.swapaxes(1, 2).reshape((batch, tokens, width)))
            return x + self.down(functional.gelu(self.up(self.norm2(x))))

    return Block()


def _class_loss(xp: Any) -> Any:
    return importlib.import_module(f"{xp.__name__}.nn.functional").cross_entropy


def _mean_square(xp: Any) -> Any:
    return importlib.import_module(f"{xp.__name__}.nn.functional").mse_loss


def _tokens(batch: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    x, y = random.standard_normal((2, batch, 128, 256)).astype(np.float32)
    return x, y


#: name -> (model, loss, data for a batch size, batch size)
WORKLOADS: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any], Callable[[int], Any], int]] = {
    "mlp": (_mlp, _class_loss, digits, 64),
    "wide-mlp": (_wide_mlp, _class_loss, digits, 64),
    "deep-mlp": (_deep_mlp, _class_loss, digits, 1797),
    "checkpointed-mlp": (_checkpointed_mlp, _class_loss, digits, 1797),
    "cnn": (_cnn, _class_loss, lambda batch: digits(batch, image=True), 128),
    "transformer": (_block, _mean_square, _tokens, 4),
}


def ten_operators(x: Any, xp: Any) -> Any:
    """W8's program."""
    a = xp.tanh(x * 0.5)
    b = xp.exp(a) + x
    c = b * a
    d = xp.sin(c) * 0.7
    return xp.sqrt(d * d + 1.0)


def training(xp: Any, name: str, batch: int | None = None, in_backward: bool = False, optimizer: bool = True) -> Training:
    """Make the network `name` in the library `xp`.

    Parameters
    ----------
    xp : module
        ``wengert`` or ``torch``.
    name : str
        A key of `WORKLOADS`.
    batch : int, optional
        Another batch size than the usual one.
    in_backward : bool
        Step each parameter in its post-accumulate-grad hook. Wengert only.
    optimizer : bool
        Whether a step updates the parameters, or only computes gradients.
    """
    make, make_loss, data, usual = WORKLOADS[name]
    model, loss_of = make(xp), make_loss(xp)
    optim = importlib.import_module(f"{xp.__name__}.optim")
    x, y = (xp.asarray(a) for a in data(batch or usual))
    parameters = list(model.parameters())
    sgd = None
    if in_backward:
        optim.in_backward(parameters, optim.SGD, lr=RATE)
    else:
        sgd = optim.SGD(parameters, lr=RATE)

    def forward() -> Any:
        return loss_of(model(x), y)

    def steps_with(forward: Callable[[], Any]) -> Callable[[], Any]:
        def step() -> Any:
            if sgd is not None:
                sgd.zero_grad()
            loss = forward()
            loss.backward()
            if sgd is not None and optimizer:
                sgd.step()
            return loss

        return step

    return Training(xp, model, forward, steps_with(forward), steps_with)
