"""The demo does its job: it learns, with every kind of hook at work."""

import dataclasses

import numpy as np
import pytest

from wengert.demos.digits import Config, evaluate, load_digits, network, peak_memory, train
from wengert.demos.picture import draw_norms
from wengert.errors import ArgumentError
from wengert.observe import by_line


@pytest.fixture(scope="module")
def data():
    return load_digits()


@pytest.fixture(scope="module")
def trained(data):
    return train(data, Config(epochs=3, offload=200_000))


def test_the_split_is_a_partition(data):
    assert len(data.train_labels) + len(data.test_labels) == 1797
    assert data.train_images.shape[1:] == (1, 8, 8)
    assert data.train_images.dtype == np.float32
    assert 0 <= data.train_images.min() <= data.train_images.max() <= 1


def test_it_learns(data, trained):
    model, report = trained
    assert evaluate(network(), data) < 0.3
    assert report.accuracy == evaluate(model, data) > 0.93
    assert report.loss[-1] < 0.3 < report.loss[0]


def test_every_kind_of_hook_fires(trained):
    _, report = trained
    steps = len(report.loss)
    fired = {(r.kind, r.name): r for r in by_line(report.hooks)}
    for kind, name, times in (
        ("tensor hook", "clip_norm", 8 * steps),
        ("tensor hook", "count", 8 * steps),
        ("node pre-hook", "finite", steps),
        ("node post-hook", "log_norm", 4 * steps),
        ("post-accumulate-grad hook", "StepInBackward", 8 * steps),
        ("retain_grad", "retain_grad", steps),
    ):
        assert fired[kind, name].fired == times, (kind, name)
    assert fired["pack hook", "pack"].fired >= fired["unpack hook", "unpack"].fired > 0
    assert fired["tensor hook", "clip_norm"].changed
    assert not fired["node post-hook", "log_norm"].changed
    assert report.backwards == steps
    origins = [r.origin for r in fired.values() if r.kind != "retain_grad" and r.fired]  # others are alive elsewhere
    assert all(origin is not None and origin.filename.endswith("digits.py") for origin in origins)


def test_norms_are_logged_after_clipping(trained):
    _, report = trained
    assert len(report.norms) == 4
    for values in report.norms.values():
        assert len(values) == len(report.loss)
        assert max(values) <= 1 + 1e-5


def test_the_optimizer_in_the_backward_needs_less_memory(data):
    config = Config()
    assert peak_memory(data, config, in_backward=True) < peak_memory(data, config, in_backward=False)


def test_the_picture_is_written(trained, tmp_path):
    draw_norms(trained[1], tmp_path / "norms.png")
    assert (tmp_path / "norms.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(("name", "value"), [("epochs", 0), ("batch", -1), ("lr", 0.0), ("clip", -1.0)])
def test_bad_options_are_named(name, value):
    with pytest.raises(ArgumentError, match=name):
        dataclasses.replace(Config(), **{name: value})
