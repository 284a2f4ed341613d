"""Running dumpers that are written in Java: from source, by a JDK that knows the newest syntax."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from gazetteer.model import Import
from oracles.comparing import HERE, Details, Fact, plain

#: The samples have what this release brought.
NEEDED = 25
_VERSION = re.compile(r'^JAVA_VERSION="(\d+)', re.MULTILINE)


def dumper(name: str, options: Sequence[str]) -> list[str]:
    """The command that runs a dumper."""
    # It runs for seconds: what compiles best has no time to be worth it.
    return [str(newest() / "bin/java"), "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", *options, str(HERE / name)]


def newest() -> Path:
    """Where the newest JDK is; the test is skipped where none is new enough."""
    release_of, home = max(((release(home), home) for home in homes()), default=(0, Path()))
    if release_of < NEEDED:
        pytest.skip(f"no JDK {NEEDED} or newer is installed (looked for by JAVA_HOME and PATH, and in /usr/lib/jvm)")
    return home


def homes() -> Iterator[Path]:
    """Folders in which JDKs are."""
    if named := os.environ.get("JAVA_HOME"):
        yield Path(named)
    if found := shutil.which("javac"):
        yield Path(found).resolve().parents[1]
    yield from sorted(Path("/usr/lib/jvm").glob("*"))


def release(home: Path) -> int:
    """Which release of Java a JDK is; 0 where there is none."""
    said = home / "release"
    found = _VERSION.search(said.read_text()) if said.is_file() and (home / "bin/javac").exists() else None
    return int(found[1]) if found else 0


def imports(statement: Import) -> Iterator[tuple[Fact, Details]]:
    """An import with the name that it takes, as Java and Kotlin write it."""
    names = [name.name for name in statement.names] if statement.kind in ("import", "static") else []
    yield Fact(f"import:{statement.kind}", ".".join([plain(statement.target), *names]), statement.line), {}
