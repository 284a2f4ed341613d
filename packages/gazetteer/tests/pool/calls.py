"""Functions that workers are asked to call."""

import itertools
import os
import signal
import sys
import time

from gazetteer.stopping import be_at, killed_after


def double(number):
    return 2 * number


def names(paths):
    return list(reversed(paths))


def killed():
    os.kill(os.getpid(), signal.SIGKILL)


def leaves():
    os._exit(3)


def hangs():
    time.sleep(1_000)


def goes_round():
    """In a library, where no error reaches it."""
    with killed_after(0.2):
        sum(itertools.repeat(1))


def fails():
    raise KeyError("no such thing")


def prints(text):
    print(text)
    sys.stdout.flush()
    os.write(1, b"more")
    return text


def hoards(megabytes):
    return len(bytearray(megabytes << 20))


def function():
    return double


def alarmed():
    return signal.alarm(0)


def limits():
    import resource

    return resource.getrlimit(resource.RLIMIT_AS)[0], resource.getrlimit(resource.RLIMIT_CORE)[0]


def doubled(root, batch, most):
    """A batch in which some items take the worker with them."""
    found = []
    for item in batch:
        if item == "die":
            killed()
        if item == "hang":
            hangs()
        found.append((item, root, most))
    return found


def told(root, batch, most):
    """The same, of a function that says at which item it is."""
    found = []
    for number, item in enumerate(batch):
        be_at(number)
        if item == "die":
            killed()
        if item == "round":
            goes_round()
        found.append((item, root, most))
    return found
