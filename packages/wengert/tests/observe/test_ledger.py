"""The hook ledger knows every live hook, forgets the dead, and disturbs nobody."""

import threading
from pathlib import Path

import wengert as wg
from wengert.autograd.hooks import _register, live_hooks
from wengert.observe import by_line, hooks, ledger, table


def mine(records, name):
    return [r for r in records if r.name == name]


def test_a_hook_is_known_from_its_registration_to_its_removal():
    x = wg.tensor([1.0], requires_grad=True)

    def watched(grad):
        return None

    handle = x.register_hook(watched)
    (record,) = mine(hooks(), "watched")
    assert record.kind == "tensor hook"
    assert record.origin.filename == __file__
    assert Path(__file__).read_text().splitlines()[record.origin.line - 1].strip() == "handle = x.register_hook(watched)"
    handle.remove()
    assert not mine(hooks(), "watched")


def test_the_dead_are_swept_out():
    for _ in range(5000):
        wg.tensor([1.0], requires_grad=True).register_hook(lambda g: None)
    assert len(_register.references) <= 2 * _register.limit
    assert len(live_hooks()) < 2000


def test_counts_time_and_change():
    x = wg.tensor([1.0, 2.0], requires_grad=True)

    def doubling(grad):
        return grad * 2

    def looking(grad):
        return None

    def writing(grad):
        grad.array[...] = 0.0

    for hook in (doubling, looking, writing):
        x.register_hook(hook)
    with ledger() as book:
        for _ in range(3):
            (x * x).sum().backward()
    found = {r.name: r for r in book.records}
    assert [found[n].fired for n in ("doubling", "looking", "writing")] == [3, 3, 3]
    assert [found[n].changed for n in ("doubling", "looking", "writing")] == [True, False, True]
    assert all(found[n].seconds > 0 for n in ("doubling", "looking", "writing"))
    assert "doubling" in table(book.records)
    (x * x).sum().backward()
    assert found["doubling"].fired == 3, "it watches only inside the context"


def test_one_record_for_each_line():
    leaves = [wg.tensor(1.0, requires_grad=True) for _ in range(4)]

    def shared(grad):
        return None

    for leaf in leaves:
        leaf.register_hook(shared)
    (record,) = mine(by_line(hooks()), "shared")
    assert record.count == 4


def test_listing_hooks_while_other_threads_build_tuples():
    """Asking the garbage collector for all objects would break the tuples that other threads are filling."""
    errors, stop = [], threading.Event()

    def build():
        while not stop.is_set():
            try:
                tuple(i for i in range(200))
            except SystemError as error:
                errors.append(error)
                return

    threads = [threading.Thread(target=build) for _ in range(2)]
    for thread in threads:
        thread.start()
    for _ in range(100):
        hooks()
    stop.set()
    for thread in threads:
        thread.join()
    assert not errors
