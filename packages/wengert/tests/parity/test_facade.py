"""The runner itself: it must fail when logs differ, and the page of differences must show every marked test."""

from __future__ import annotations

import inspect

import pytest

import pages

from . import differences
from .facade import TORCH, WENGERT, Kind, Log, assert_same, both, differs, parity


def test_different_logs_fail():
    """A program that tells which library it runs in is caught, and the diff shows both events."""

    def program(lib, log):
        log("same")
        log("library", lib.name)

    with pytest.raises(AssertionError) as caught:
        both(program)
    assert "-('library', 'torch')" in str(caught.value)
    assert "+('library', 'wengert')" in str(caught.value)


def test_different_order_fails():
    """The order of events is compared, not only their set."""

    def program(lib, log):
        for event in ("a", "b") if lib is TORCH else ("b", "a"):
            log(event)

    with pytest.raises(AssertionError, match="the logs differ"):
        both(program)


def test_an_empty_log_fails():
    """A program that logs nothing compares nothing."""
    with pytest.raises(AssertionError, match="logged nothing"):
        both(lambda lib, log: None)


def test_an_exception_in_wengert_alone_fails():
    """It is shown as the cause."""

    def program(lib, log):
        log("begin")
        if lib is WENGERT:
            raise KeyError("only here")

    with pytest.raises(AssertionError) as caught:
        both(program)
    assert isinstance(caught.value.__cause__, KeyError)


def test_an_exception_in_torch_fails():
    """A program must be right in PyTorch before it says anything about Wengert."""

    def program(lib, log):
        log("begin")
        raise KeyError("wrong program")

    with pytest.raises(AssertionError, match="the program is wrong"):
        both(program)


@pytest.mark.parametrize("wrong", ["torch", "wengert"])
def test_a_difference_that_is_none_fails(wrong):
    """Both expected logs are checked."""
    logs = {"torch": [("event", 1)], "wengert": [("event", 1)], wrong: [("event", 2)]}

    @differs("W1", reason="none", **logs)
    def test(lib, log):
        log("event", 1)

    with pytest.raises(AssertionError, match="the logs differ"):
        test()


def test_tests_keep_their_parameters():
    """pytest sees what follows (lib, log)."""

    @parity
    def test(lib, log, op, flag):
        log("parameters", op, flag)

    assert list(inspect.signature(test).parameters) == ["op", "flag"]
    test(op="exp", flag=True)


def test_kinds_of_exceptions():
    """An error of two families agrees with each, but not with Exception, of which every error is one."""

    class OwnError(KeyError):
        pass

    class BothError(OwnError, RuntimeError):
        pass

    assert [Kind(error) for error in (KeyError(), OwnError(), BothError(), Exception())] == [
        "KeyError",
        "KeyError",
        "KeyError",
        "Exception",
    ]
    for family in ("KeyError", "LookupError", "RuntimeError"):
        assert_same([("event", family)], [("event", Kind(BothError()))], ("expected", "got"))
    for family in ("TypeError", "Exception"):
        with pytest.raises(AssertionError, match="the logs differ"):
            assert_same([("event", family)], [("event", Kind(BothError()))], ("expected", "got"))


def test_what_cannot_be_compared():
    """An object of one library in a log is an error of the program."""
    with pytest.raises(TypeError, match="cannot compare"):
        Log(TORCH)("event", object())


def test_every_marked_test_is_rendered():
    """The page has a section for each, with its reason, its program and both logs."""
    tests = differences.collect()
    page = differences.render(tests)
    assert len(tests) >= 20
    assert page.count("\n## ") == len(tests)
    for difference in map(differences.difference_of, tests):
        assert difference.reason in page
        assert difference.program in page
        assert "def test_" not in difference.program
        assert '"""' not in difference.program.splitlines()[0]
        assert differences.events(difference.wengert) in page


def test_the_page_is_in_order_of_warts():
    """W9 comes before W10."""
    page = differences.render(differences.collect())
    numbers = [int(line.removeprefix("## W").split(":")[0]) for line in page.splitlines() if line.startswith("## W")]
    assert numbers == sorted(numbers)


def test_the_page_is_up_to_date():
    """Here and not beside the other pages: these tests are imported under this name."""
    made = differences.render(differences.collect()).rstrip("\n") + "\n"
    same = pages.GENERATED.read_text(encoding="utf-8") == made  # compared here: pytest would show a long difference
    assert same, "a test marked deliberate_difference has changed: run `python -m pages` in tests/, and read what git shows"
