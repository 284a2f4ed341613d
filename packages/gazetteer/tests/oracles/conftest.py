"""The last lines of a run: how exact Gazetteer was, by language, as far as whole corpora were compared."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gazetteer.lang.table import wording
from oracles.comparing import Tally

_ROW = "| {:<12} | {:<18} | {:>7} | {:>9} | {:>8} | {:>9} |"


@pytest.fixture(autouse=True)
def _as_it_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parsers give documentation as it is written, and so it is compared, but for C#'s, of which Roslyn's words are taken."""
    monkeypatch.setattr("gazetteer.extract.wording", lambda language: wording(language) if language == "csharp" else None)


@pytest.fixture
def into_the_table(record_property: Callable[[str, object], None]) -> Callable[[str, Tally], None]:
    """Called with the name of a language and what was compared; the rows go from the processes of a run to its end."""

    def keep(language: str, tally: Tally) -> None:
        said = (language, tally.parser, f"{tally.files:,}", f"{tally.both.total():,}", f"{tally.recall:.3f}", f"{tally.precision:.3f}")
        record_property("oracle", _ROW.format(*said))

    return keep


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the table."""
    reports = [report for outcome in ("passed", "failed") for report in terminalreporter.stats.get(outcome, ())]
    rows = [row for report in reports for name, row in getattr(report, "user_properties", ()) if name == "oracle"]
    if rows:
        terminalreporter.section("held against the languages' own parsers")
        for row in (_ROW.format("language", "parser", "files", "facts", "recall", "precision"), *sorted(rows)):
            terminalreporter.write_line(row)
