"""Requires and bases of Ruby: relative files, files below folders that are on the load path, constants by lexical scope."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ...atlas import Edge, Missing, SymbolRef
from ...config import Config
from ...gather import SourceFile
from ...model import Base, Import, Symbol
from ...resolve.paths import Paths, above
from ...resolve.types import Types, ancestors, base_edges
from .places import placed

__all__ = ["resolve"]

#: Folders that are called so are on the load path.
_LOADED = frozenset(("lib", "app", "ext", "test", "spec", "models", "controllers", "helpers", "concerns"))
_STANDARD = frozenset((
    "abbrev", "base64", "benchmark", "bigdecimal", "bundler", "cgi", "csv", "date", "delegate", "did_you_mean", "digest", "drb", "English",
    "erb", "etc", "expect", "fcntl", "fiddle", "fileutils", "find", "forwardable", "getoptlong", "io", "ipaddr", "irb", "json", "logger",
    "matrix", "minitest", "monitor", "mutex_m", "net", "nkf", "objspace", "observer", "open-uri", "open3", "openssl", "optparse", "ostruct",
    "pathname", "pp", "prettyprint", "prime", "psych", "pstore", "pty", "racc", "rake", "rbconfig", "rdoc", "readline", "reline", "resolv",
    "ripper", "rubygems", "securerandom", "set", "shellwords", "singleton", "socket", "stringio", "strscan", "syslog", "tempfile", "time",
    "timeout", "tmpdir", "tsort", "un", "unicode_normalize", "uri", "weakref", "win32ole", "yaml", "zlib",
))  # fmt: skip
#: Classes and modules that Ruby and its library have: a tree that opens one adds to it, and does not define it.
_CORE = frozenset((
    "ArgumentError", "Array", "BasicObject", "BigDecimal", "Binding", "Class", "Comparable", "Complex", "Date", "DateTime", "Delegator",
    "Dir", "EOFError", "Encoding", "EncodingError", "Enumerable", "Enumerator", "Errno", "Exception", "FalseClass", "Fiber", "File",
    "FileTest", "Float", "FloatDomainError", "FrozenError", "GC", "Hash", "IO", "IOError", "IndexError", "Integer", "Interrupt", "Kernel",
    "KeyError", "LoadError", "LocalJumpError", "Marshal", "MatchData", "Math", "Method", "Module", "NameError", "NilClass",
    "NoMatchingPatternError", "NoMemoryError", "NoMethodError", "NotImplementedError", "Numeric", "Object", "ObjectSpace", "OpenStruct",
    "Pathname", "Proc", "Process", "Queue", "Random", "Range", "RangeError", "Rational", "Regexp", "RegexpError", "RuntimeError",
    "ScriptError", "SecurityError", "Signal", "SignalException", "SimpleDelegator", "SizedQueue", "StandardError", "StopIteration",
    "String", "StringIO", "Struct", "Symbol", "SyntaxError", "SystemCallError", "SystemExit", "SystemStackError", "Thread", "ThreadError",
    "ThreadGroup", "Time", "TracePoint", "TrueClass", "TypeError", "UnboundMethod", "UncaughtThrowError", "Warning", "ZeroDivisionError",
))  # fmt: skip


#: Folders of what is added to classes of libraries: files in these are called as the library is, which they do not define.
_ADDING = frozenset(("core_ext", "core_extensions", "extensions", "ext", "monkey_patches", "overrides", "patches"))
#: What Rails does before it runs: what such a file opens within a module of a library, it adds to.
_SETTING = "/config/initializers/"


def resolve(files: list[SourceFile], paths: Paths, _config: Config) -> Iterator[Edge | Missing]:
    """Edges for files that are required, and for superclasses and mixed-in modules."""
    types = Types(files, "::")
    called = {
        _bare(part.removesuffix(".rb")) for file in files if (parts := set(file.path.split("/"))).isdisjoint(_ADDING) for part in parts
    }
    inherited = types.inherited(edge for file in files for edge in _bases(file, types, {}, called))
    for file in files:
        assert file.record is not None
        for statement in file.record.imports:
            if statement.kind == "listed":
                yield from _route_edges(file.path, statement, paths)
            else:
                yield from _required(file, statement, paths)
        yield from _bases(file, types, inherited, called)


def _bases(file: SourceFile, types: Types, inherited: dict[str, list[str]], called: set[str]) -> Iterator[Edge]:
    symbols, names = types.symbols[file.path], types.names[file.path]
    here = called | {_bare(name.partition("::")[0]) for name in names}
    return base_edges(
        file, types, lambda symbol, full, base: _candidates(symbol, full, base, symbols, names, inherited),
        lambda name, found: _definitions(types, name, found) if _is_own(name, here) else [],
    )  # fmt: skip


def _bare(name: str) -> str:
    return name.replace("_", "").lower()


def _is_own(name: str, known: set[str]) -> bool:
    """Whether a tree may define what it opens in a module, for a file: a path is called as the outermost one, or the file opens that, too.

    Else the module is a library's, and what the tree does is to add to it.
    """
    outer, inner, _ = name.partition("::")
    return not inner or _bare(outer) in known


def _definitions(types: Types, name: str, found: list[SymbolRef]) -> list[SymbolRef]:
    """Where a class or module is defined, of all places that open it.

    That is where its superclass is said, else the file that is called as it is: others only add to it, or have something in it. Where none
    is either, it may be any of them.
    """
    says = [ref for ref in found if any(base.how == "extends" for base in types.symbol(ref).bases)]
    if name in _CORE and not says:
        return []
    if "::" in name:
        found = [ref for ref in found if _SETTING not in f"/{ref.path}"]
    found = says or found
    called = "/" + name.replace("::", "/").lower() + ".rb"
    return [ref for ref in found if f"/{ref.path}".replace("_", "").lower().endswith(called)] or found


def _required(file: SourceFile, statement: Import, paths: Paths) -> Iterator[Edge | Missing]:
    target, folder = statement.target, file.path.rpartition("/")[0]
    text = f"{statement.kind} {target}"
    if any(letter in target for letter in "#(\"'") or " " in target:
        yield from _put_together(file.path, statement, paths)
        return
    if statement.kind == "gem":
        yield Missing(file.path, statement.line, "import", text)
        return
    named = _names(target)
    if statement.kind in ("require_relative", "load") or target.startswith("."):
        places = [folder] if statement.kind == "require_relative" else [folder, ""]
        found = [p for place in places for name in named if (p := paths.relative(place, name)) is not None][:1]
    else:
        found = _on_load_path(named[0], file.path, paths)
    found = [path for path in found if path != file.path]
    if len(found) > 1:
        yield Missing.ambiguous(file.path, statement.line, "import", text, found)
    elif found:
        yield Edge.stated(file.path, statement, found[0], "import", text, weak=statement.local or statement.kind == "autoload")
    else:
        standard = target.split("/")[0] in _STANDARD and statement.kind == "require"
        yield Missing(file.path, statement.line, "import", text, "standard library" if standard else "outside")


def _names(target: str) -> list[str]:
    """What a file may be called that is required as `target`."""
    return [target] if target.endswith(".rb") else [f"{target}.rb", target]


def _put_together(path: str, statement: Import, paths: Paths) -> Iterator[Edge]:
    """The file that an expression means, if that says from which folder; of values that only a run knows, nothing is said."""
    target = placed(statement.target, path)
    found = next((name for name in _names(target) if name in paths.files), None) if target else None
    if found is not None and found != path:
        yield Edge.stated(path, statement, found, "import", f"{statement.kind} {statement.target}", weak=statement.local)


def _on_load_path(name: str, path: str, paths: Paths) -> list[str]:
    """Files of that name at the root, or right below a folder that is called as those on a load path are.

    A folder around the file that requires them is one too, if the name has one itself; of several, the nearest is the one.
    """
    found, folders = list[str](), above(path)
    for candidate in paths.ending(name):
        folder = candidate.removesuffix(name).strip("/")
        if not folder or folder.rpartition("/")[2] in _LOADED or ("/" in name and folder in folders):
            found.append(candidate)
    near = [candidate for candidate in found if candidate.removesuffix(name).strip("/") in folders]
    return [max(near, key=len)] if len(found) > 1 and near else found


def _candidates(
    symbol: Symbol, full: str, base: Base, symbols: list[Symbol], names: list[str], inherited: dict[str, list[str]]
) -> Iterable[str]:  # fmt: skip
    """Full names that a constant may have: in each class and module that is open around it, from within; in what the first inherits.

    A superclass is named before the class is open. ``class A::B`` opens one, not two.
    """
    name = base.name.split("[")[0]
    if name.startswith("::"):
        yield name[2:]
        return
    around = [] if base.how == "extends" else [full]
    while symbol.parent >= 0:
        around.append(names[symbol.parent])
        symbol = symbols[symbol.parent]
    for each in around:
        yield f"{each}::{name}"
    for each in ancestors(around[0], inherited) if around else ():
        yield f"{each}::{name}"
    yield name


def _route_edges(path: str, statement: Import, paths: Paths) -> Iterator[Edge]:
    """The controller that a route leads to; where modules are around some, it must be the only one of its name."""
    name = f"{statement.target}_controller.rb"
    application = path.rpartition("config/")[0]
    known = [one for one in paths.ending(name) if one.startswith(f"{application}app/controllers/")]
    direct = f"{application}app/controllers/{name}"
    found = direct if direct in known and statement.alias == "route" else known[0] if len(known) == 1 else ""
    if found:
        yield Edge.stated(path, statement, found, "import", f"route {statement.target}", "text-match")
