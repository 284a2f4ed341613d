"""A small convolutional network learns scikit-learn's handwritten digits, with every kind of hook at work in the backward.

* tensor hooks clip the gradient of each parameter,
* ``retain_grad`` keeps the gradient of the logits,
* a node pre-hook on the loss watches for gradients that are not finite,
* node post-hooks on the end of each path log the norm of what arrives there,
* post-accumulate-grad hooks step Adam and free the gradient at once,
* a multi-grad hook counts complete backward passes,
* pack and unpack hooks keep large saved tensors on disk.
"""

from __future__ import annotations

import math
import tracemalloc
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any

from .. import nn, optim
from ..autograd.contexts import no_grad
from ..autograd.graph import get_gradient_edge, register_multi_grad_hook, save_on_disk
from ..autograd.tensor import Tensor
from ..errors import ArgumentError, MissingExtraError
from ..nn import functional as F  # noqa: N812  (as everybody calls it)
from ..observe import HookRecord, ledger
from ..ops import random
from ..ops.creation import asarray

__all__ = ["Config", "Digits", "Report", "load_digits", "network", "peak_memory", "train"]


@dataclass(frozen=True)
class Config:
    """What the demo can be told.

    Attributes
    ----------
    epochs : int
        Passes over the training images.
    batch : int
        Images in a step.
    lr : float
        Learning rate of Adam at the start; it falls along half a cosine.
    clip : float
        The largest norm of a parameter's gradient.
    offload : int
        Saved tensors of at least this many bytes go to disk.
    seed : int
        Of the split, the weights and the order of the images.
    """

    epochs: int = 8
    batch: int = 64
    lr: float = 4e-3
    clip: float = 1.0
    offload: int = 512 * 1024
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("epochs", "batch"):
            if getattr(self, name) < 1:
                raise ArgumentError(f"{name}: expected at least 1, got {getattr(self, name)}")
        for name in ("lr", "clip"):
            if not getattr(self, name) > 0:
                raise ArgumentError(f"{name}: expected a positive number, got {getattr(self, name)}")


@dataclass(frozen=True)
class Digits:
    """The images, of shape ``(N, 1, 8, 8)``, float32 in 0 to 1, and their labels, split in two."""

    train_images: Any
    train_labels: Any
    test_images: Any
    test_labels: Any


@dataclass
class Report:
    """What a training run gave."""

    accuracy: float
    loss: list[float]
    norms: dict[str, list[float]]
    hooks: list[HookRecord]
    backwards: int
    seconds: float = 0.0
    logits_norm: list[float] = field(default_factory=list)


def load_digits(seed: int = 0) -> Digits:
    """The 1,797 digits that ship with scikit-learn; every fifth of a random order is kept for the test.

    Raises
    ------
    MissingExtraError
        Without scikit-learn.
    """
    try:
        from sklearn.datasets import load_digits as load  # noqa: PLC0415  (an extra)
    except ImportError as error:
        raise MissingExtraError("the demo needs scikit-learn for its data: pip install 'wengert[demo]'") from error
    images, labels = load(return_X_y=True)
    order = random.permutation(len(images), generator=random.Generator(seed)).array
    images = (images[order] / 16.0).astype("float32").reshape(-1, 1, 8, 8)
    labels = labels[order]
    test = slice(None, len(images) // 5)
    rest = slice(len(images) // 5, None)
    return Digits(images[rest], labels[rest], images[test], labels[test])


def network(seed: int = 0) -> nn.Sequential:
    """Two convolutions, a pool, two linear layers: 71,754 parameters."""
    generator = random.Generator(seed)
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1, generator=generator),
        nn.ReLU(),
        nn.Conv2d(16, 32, 3, padding=1, generator=generator),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(512, 128, generator=generator),
        nn.ReLU(),
        nn.Linear(128, 10, generator=generator),
    )


class Hooks:
    """Everything that the demo hangs on a model, and what it saw."""

    def __init__(self, model: nn.Module, config: Config) -> None:
        self.clip = config.clip
        self.norms: dict[str, list[float]] = defaultdict(list)
        self.backwards = 0
        parameters = dict(model.named_parameters())
        for name, parameter in parameters.items():
            parameter.register_hook(self.clip_norm)
            if name.endswith("weight"):
                get_gradient_edge(parameter).node.register_hook(self.log_norm(name))
        register_multi_grad_hook(list(parameters.values()), self.count)
        self.optimizer = optim.in_backward(parameters.values(), optim.Adam, lr=config.lr)
        self.offload = save_on_disk(min_bytes=config.offload)

    def clip_norm(self, grad: Tensor) -> Tensor | None:
        """Tensor hook: scale the gradient down to the largest norm allowed."""
        norm = _norm(grad)
        return grad * (self.clip / norm) if norm > self.clip else None

    def log_norm(self, name: str) -> Callable[[Any, Any], None]:
        """Node post-hook: note the norm of the gradient that reached a parameter."""

        def log(_: Any, grad_outputs: Any) -> None:
            self.norms[name].append(_norm(grad_outputs[0]))

        log.__name__ = "log_norm"
        return log

    def count(self, grads: list[Tensor | None]) -> None:
        """Multi-grad hook: once per backward, when the gradients of all parameters are there."""
        self.backwards += 1

    @staticmethod
    def finite(grads: tuple[Tensor | None, ...]) -> None:
        """Node pre-hook: stop at the first loss that is not finite."""
        for grad in grads:
            if grad is not None and not math.isfinite(_norm(grad)):
                raise FloatingPointError("the gradient entering the loss is not finite")


def train(
    data: Digits, config: Config, step_done: Callable[[int, float], None] | None = None
) -> tuple[nn.Module, Report]:
    """Train a network on the digits.

    Parameters
    ----------
    data : Digits
    config : Config
    step_done : callable, optional
        Called with the number of the step and its loss.

    Returns
    -------
    model, report
    """
    model = network(config.seed)
    hooks = Hooks(model, config)
    losses: list[float] = []
    logits_norm: list[float] = []
    total = config.epochs * math.ceil(len(data.train_labels) / config.batch)
    with ledger() as book:
        for step, (images, labels) in enumerate(_batches(data, config)):
            for group in hooks.optimizer.param_groups:
                group["lr"] = config.lr * 0.5 * (1 + math.cos(math.pi * step / total))
            with hooks.offload:
                logits = model(images)
                loss = F.cross_entropy(logits, labels)
            logits.retain_grad()
            loss.grad_fn.register_prehook(hooks.finite)
            loss.backward()
            logits_norm.append(_norm(logits.grad))
            losses.append(loss.item())
            if step_done is not None:
                step_done(step, losses[-1])
        records = book.records
    accuracy = evaluate(model, data)
    return model, Report(accuracy, losses, dict(hooks.norms), records, hooks.backwards, logits_norm=logits_norm)


def evaluate(model: nn.Module, data: Digits) -> float:
    """The share of test images whose most likely class is the right one."""
    with no_grad():
        guess = model(asarray(data.test_images)).array.argmax(axis=1)
    return float((guess == data.test_labels).mean())


def peak_memory(data: Digits, config: Config, in_backward: bool) -> int:
    """The bytes that one training step allocates at its peak, beyond model and optimizer state.

    Parameters
    ----------
    in_backward : bool
        Whether the optimizer steps in post-accumulate-grad hooks, or once after the backward.
    """
    model = network(config.seed)
    parameters = list(model.parameters())
    context: AbstractContextManager[Any] = nullcontext()
    optimizer: optim.Optimizer | None = None
    if in_backward:
        context = optim.in_backward(parameters, optim.Adam, lr=config.lr)
    else:
        optimizer = optim.Adam(parameters, lr=config.lr)
    images, labels = asarray(data.train_images[: config.batch]), asarray(data.train_labels[: config.batch])

    def step() -> None:
        F.cross_entropy(model(images), labels).backward()
        if optimizer is not None:
            optimizer.step()
            optimizer.zero_grad()

    with context:
        step()  # Adam makes its state in the first step
        tracemalloc.start()
        try:
            step()
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()


def _batches(data: Digits, config: Config) -> Iterator[tuple[Tensor, Tensor]]:
    generator = random.Generator(config.seed + 1)
    for _ in range(config.epochs):
        order = random.permutation(len(data.train_labels), generator=generator).array
        for start in range(0, len(order), config.batch):
            chosen = order[start : start + config.batch]
            yield asarray(data.train_images[chosen]), asarray(data.train_labels[chosen])


def _norm(tensor: Any) -> float:
    return math.sqrt(float((tensor.array * tensor.array).sum()))
