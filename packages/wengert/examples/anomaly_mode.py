"""Anomaly mode names the operator that made the first NaN, and its line."""

import warnings

import wengert as wg

warnings.simplefilter("ignore")  # the warnings show the forward's traceback as well
x = wg.tensor([4.0, 0.0], requires_grad=True)
with wg.autograd.set_detect_anomaly(True):
    root = wg.sqrt(x)
    loss = (root * wg.tensor([1.0, 0.0])).sum()
    try:
        loss.backward()
    except wg.errors.AnomalyError as error:
        print(error)
