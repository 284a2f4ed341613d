"""C# held against Roslyn."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from oracles.comparing import HERE, Oracle, Tally, corpus, hand_made, package, program, without_comments

#: Roslyn and what it needs, with versions: without them the runtime would take its own of the same name, which are older.
_ASSEMBLIES = {
    "Microsoft.CodeAnalysis": "4.1.0.0", "Microsoft.CodeAnalysis.CSharp": "4.1.0.0", "System.Collections.Immutable": "5.0.0.0",
    "System.Reflection.Metadata": "5.0.0.0", "System.Runtime.CompilerServices.Unsafe": "6.0.0.0",
}  # fmt: skip
_FRAMEWORK = {"name": "Microsoft.NETCore.App", "version": "3.1.0"}
#: Samples with what this Roslyn, which knows C# 10, does not accept.
NEWER = {
    "Extensions.cs": "extension blocks",
    "FileScoped.cs": "types of a file",
    "Newest.cs": "C# 11 to 14",
    "Shop.cs": "raw strings, parameters of classes",
}


@pytest.fixture(scope="session")
def oracle(tmp_path_factory: pytest.TempPathFactory) -> Oracle:
    """Roslyn with a dumper that is compiled for it."""
    where = tmp_path_factory.mktemp("roslyn")
    command = compiled(where)
    return Oracle("Roslyn", command=lambda: command, language=lambda _: "csharp", settle=without_comments)


def compiled(where: Path) -> list[str]:
    """Compile the dumper into a folder; how it is run there."""
    compiler = program("mcs", "Debian: mono-mcs")
    runtime, assemblies = package("python/dotnetcore2/bin"), package("node_modules/@autorest/csharp")
    framework = max(runtime.glob("shared/Microsoft.NETCore.App/*"))
    known = [f"-r:{path}" for path in sorted(framework.glob("*.dll")) if path.name.startswith(("System.", "netstandard.", "mscorlib."))]
    known += [f"-r:{assemblies / name}.dll" for name in list(_ASSEMBLIES)[:3]]
    made = where / "RoslynOracle.exe"
    subprocess.run([compiler, "-nologo", "-nostdlib", "-noconfig", f"-out:{made}", *known, HERE / "RoslynOracle.cs"], check=True)
    for name in _ASSEMBLIES:
        (where / f"{name}.dll").symlink_to(assemblies / f"{name}.dll")
    (where / "RoslynOracle.runtimeconfig.json").write_text(json.dumps({"runtimeOptions": {
        "framework": _FRAMEWORK, "configProperties": {"System.Globalization.Invariant": True},
    }}))  # fmt: skip
    target = {
        "RoslynOracle/1": {"runtime": {made.name: {}}, "dependencies": dict.fromkeys(_ASSEMBLIES, "1")},
        **{f"{name}/1": {"runtime": {f"{name}.dll": {"assemblyVersion": v, "fileVersion": v}}} for name, v in _ASSEMBLIES.items()},
    }
    (where / "RoslynOracle.deps.json").write_text(json.dumps({
        "runtimeTarget": {"name": ".NETCoreApp,Version=v3.1"}, "targets": {".NETCoreApp,Version=v3.1": target},
        "libraries": {name: {"type": "project", "serviceable": False, "sha512": ""} for name in target},
    }))  # fmt: skip
    return [str(runtime / "dotnet"), "exec", str(made)]


def test_what_is_made_by_hand(oracle: Oracle) -> None:
    oracle.compare([path for path in hand_made("csharp", ".cs") if path.name not in NEWER]).must_be_exact({})


@pytest.mark.oracle
def test_the_sources_beside_roslyn(oracle: Oracle, into_the_table: Callable[[str, Tally], None]) -> None:
    tally = oracle.compare(corpus(".cs", own=(package("node_modules/@autorest/csharp"),)))
    into_the_table("C#", tally)
    tally.must_reach(99.9, 99.9, 300)
