"""Hypothesis profiles, the backends of a session, and what is kept from the collector; fixtures live beside their tests."""

import gc
import os
import re
import zlib

import pytest
from hypothesis import HealthCheck, settings

from compiled.backends import CHOICES, Chosen

# No deadline: the machine may be busy with other work, and tests never judge time.
settings.register_profile("dev", deadline=None, max_examples=50)
# The same examples on every run, and the way to repeat one printed with a failure.
settings.register_profile(
    "ci",
    deadline=None,
    max_examples=50,
    derandomize=True,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
# To look for more than a session has time for; see `choices.py`.
settings.register_profile("thorough", deadline=None, max_examples=1000, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "dev"))


def pytest_addoption(parser):
    parser.addoption(
        "--compiled-backend",
        choices=CHOICES,
        default="sample",
        help="the backend of the compiler under which the parity and random-graph suites run (default: a sample of them)",
    )
    parser.addoption(
        "--part",
        type=part,
        default=(1, 1),
        metavar="K/N",
        help="run one of N parts of the tests, divided by a hash of their names, and one Nth of the random programs",
    )


def part(text):
    """``(k, n)`` of ``k/n``."""
    found = re.fullmatch(r"(\d+)/(\d+)", text)
    k, n = map(int, found.groups()) if found else (0, 0)
    if not 1 <= k <= n:
        raise pytest.UsageError(f"--part: expected K/N with K from 1 to N, such as 1/3, got {text!r}")
    return k, n


def pytest_collection_modifyitems(config, items):
    k, n = config.getoption("--part")
    others = [item for item in items if zlib.crc32(item.nodeid.encode()) % n != k - 1 and not item.get_closest_marker("divided")]
    if others:
        config.hook.pytest_deselected(items=others)
        left_out = set(others)
        items[:] = [item for item in items if item not in left_out]


def pytest_configure(config):
    Chosen.backend = config.getoption("--compiled-backend")
    Chosen.parts = config.getoption("--part")[1]
    config.addinivalue_line(
        "markers",
        "deliberate_difference(wart, reason, torch, wengert): Wengert differs from PyTorch here on purpose; "
        "carries both logs, from which the page of differences is made",
    )


def pytest_collection_finish():
    """What was imported and collected stays for the whole run.

    The many tests about lifetimes call `gc.collect`, which would go through all of PyTorch's modules and all tests each time.
    """
    gc.collect()
    gc.freeze()
