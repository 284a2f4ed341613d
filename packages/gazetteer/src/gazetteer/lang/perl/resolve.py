"""What Perl uses and requires: ``My::Shop`` is ``My/Shop.pm`` below some folder, the nearest one; bases by the packages of the tree."""

from __future__ import annotations

from collections.abc import Iterator

from ...atlas import Edge, Missing
from ...config import Config
from ...gather import SourceFile
from ...resolve.led import led
from ...resolve.paths import Paths
from ...resolve.types import TYPES, Types, base_edges

__all__ = ["resolve"]

#: Modules that Perl comes with, besides those of small letters, which tell it how to read what follows.
_STANDARD = frozenset((
    "B", "Benchmark", "Carp", "Config", "Cwd", "Data::Dumper", "DB_File", "Digest::MD5", "Digest::SHA", "Encode", "English", "Errno",
    "Exporter", "Fcntl", "File::Basename", "File::Copy", "File::Find", "File::Path", "File::Spec", "File::Spec::Functions", "File::Temp",
    "FindBin", "Getopt::Long", "Getopt::Std", "HTTP::Tiny", "Hash::Util", "IO::File", "IO::Handle", "IO::Select", "IO::Socket",
    "IPC::Open3",
    "JSON::PP", "List::Util", "MIME::Base64", "Math::BigInt", "Math::Trig", "POSIX", "Pod::Usage", "Scalar::Util", "Socket", "Storable",
    "Symbol", "Sys::Hostname", "Term::ANSIColor", "Test::Harness", "Test::More", "Test::Simple", "Text::ParseWords", "Text::Wrap",
    "Tie::Hash", "Time::HiRes", "Time::Local", "Time::Piece", "Unicode::Normalize",
))  # fmt: skip


def resolve(files: list[SourceFile], paths: Paths, _config: Config) -> Iterator[Edge | Missing]:
    """An edge for each module and file that is brought in and lies in the tree, and one for each base."""
    types, called = Types(files, "::", TYPES | {"package"}), {file.path: _packages(file) for file in files}
    for file in files:
        assert file.record is not None
        for statement in file.record.imports:
            target, text = statement.target, f"{statement.kind} {statement.target}"
            is_path = "/" in target or target.endswith((".pl", ".pm", ".ph"))
            found = paths.meant(file.path, (target if is_path else f"{target.replace('::', '/')}.pm",))
            if not is_path:  # Shop/Config.pm is no Config
                found = [path for path in found if not called.get(path) or target in called[path]] or [
                    path for path in paths.ending(f"{target.replace('::', '/')}.pm") if target in called.get(path, ())
                ]
            is_standard = target in _STANDARD or target.islower()
            yield from led(file, statement, text, found, is_standard, weak=statement.local)
        yield from base_edges(file, types, lambda _symbol, _full, base: [base.name])


def _packages(file: SourceFile) -> set[str]:
    """The packages that a file says it has."""
    assert file.record is not None
    return {symbol.name for symbol in file.record.symbols if symbol.kind in ("package", "class")}
