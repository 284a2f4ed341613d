"""Macros of a tree: which stand where an attribute may stand, and which are called like statements.

A header says ``class TORCH_API Node : Base {``, and what `TORCH_API` is stands in another header. So all ``#define`` lines of the tree
are read first. A macro is attribute-like if it stands for nothing, for attributes, for specifiers, or for other attribute-like macros
(a fixed point). In the text that is parsed such names are blanked at equal length; all texts of pages are cut from the original.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from msgspec import Struct

from ..config import Config
from ..model import Scan
from .expansion import Macro, declaring

__all__ = ["Learned", "learn", "learn_from"]

_DEFINE = re.compile(r"(\w+)(\([^)]*\))?\s*(.*)", re.DOTALL)
_COMMENT = re.compile(r"/\*.*?\*/|//.*", re.DOTALL)
#: What an attribute-like macro may be made of besides others of its kind.
_TOKEN = re.compile(
    r"""\s+ | __attribute__\s*\(\( (?:[^()]|\((?:[^()]|\([^()]*\))*\))* \)\) | __declspec\s*\((?:[^()]|\([^()]*\))*\)
    | \[\[ [^\]]* \]\] | _Pragma\s*\([^)]*\) | __pragma\s*\((?:[^()]|\([^()]*\))*\) | alignas\s*\([^()]*\) | _Alignas\s*\([^()]*\)
    | extern\s+"C"(?:\s*\{)? | \} | \bnoexcept\s*\((?:[^()]|\([^()]*\))*\) | \bthrow\s*\(\s*\)
    | \b(?:inline|__inline|__inline__|__forceinline|static|extern|constexpr|__extension__|_Noreturn|noexcept|__restrict|__restrict__
    |restrict|__host__|__device__|__global__|__noinline__|__cdecl|__stdcall|__fastcall|__vectorcall|WINAPI|volatile|virtual|explicit|override|final
    |__launch_bounds__\s*\([^()]*\)|__volatile__|thread_local|__thread|_Thread_local|const|register)\b""",
    re.VERBOSE,
)
_WORD = re.compile(r"[A-Za-z_]\w*")
#: Names of lower case alone are words of the language to someone, unless they begin with underscores.
_NAME = re.compile(r"(?=.*[A-Z])[A-Za-z_]\w{2,}$|__\w+$")


class Learned(Struct):
    """Names of macros, by what they stand for."""

    attributes: frozenset[str]
    calls: frozenset[str]
    #: Of what they are called with, nothing but attributes is added: ``NOINLINE(int) f();``.
    wrappers: frozenset[str] = frozenset()
    #: Those that declare something when they are called.
    declaring: dict[str, Macro] = {}
    _all: frozenset[str] | None = None

    def in_file(self, scan: Scan) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...], tuple[Macro, ...]]:
        """Those that occur in a file, sorted: attributes, calls, wrappers, and those that declare."""
        names = self._names().intersection(scan.identifiers.split(" "))
        if not names:
            return (), (), (), ()
        declaring = tuple(self.declaring[name] for name in sorted(self.declaring.keys() & names))
        return tuple(sorted(self.attributes & names)), tuple(sorted(self.calls & names)), tuple(sorted(self.wrappers & names)), declaring

    def is_like(self, other: Learned) -> bool:
        """Whether both have the same macros."""
        mine, theirs = ((m.attributes, m.calls, m.wrappers, m.declaring) for m in (self, other))
        return mine == theirs

    def _names(self) -> frozenset[str]:
        if self._all is None:
            self._all = self.attributes | self.calls | self.wrappers | self.declaring.keys()
        return self._all


def learn(scans: Iterable[Scan], config: Config) -> Learned:
    """The macros of the files of a tree, and those that the configuration adds."""
    return learn_from((define for scan in scans for define in scan.defines), config)


def learn_from(defines: Iterable[str], config: Config) -> Learned:
    r"""The macros of ``#define`` lines without the word ``#define``.

    Examples
    --------
    >>> sorted(learn_from(["API __attribute__((visibility(\"default\")))", "TORCH_API API", "MAX 3"], Config()).attributes)
    ['API', 'TORCH_API']
    """
    defines = list(defines)
    bodies: dict[str, set[tuple[str, str]]] = {}
    for define in defines:
        match = _DEFINE.match(define)
        if match and _NAME.match(match[1]):
            bodies.setdefault(match[1], set()).add((match[2] or "", _COMMENT.sub(" ", match[3]).strip()))
    # Words that are left once attributes are taken out: all must be attribute-like themselves.
    needs: dict[str, set[str]] = {}
    wraps = set[str]()
    for name, found in bodies.items():
        words, wrapping = set[str](), False
        for parameters, body in found:
            rest = _TOKEN.sub(" ", body)
            if rest.strip() and _WORD.sub("", rest).strip(" (),"):
                break  # numbers, operators, braces: it is something else
            given = set(_WORD.findall(parameters)) | ({"__VA_ARGS__"} if "..." in parameters else set())
            inner = _WORD.findall(rest)
            taken = [w for w in inner if w in given]
            if len(taken) > 1 or (taken and "(" in rest and rest.strip(" ()") != taken[0]):
                break  # it puts what it is given together
            wrapping = wrapping or bool(taken)
            words |= set(inner) - given
        else:
            needs[name] = words
            if wrapping:
                wraps.add(name)
    known = set(config.cpp.attribute_macros)
    while True:
        more = {name for name, words in needs.items() if name not in known and words <= known}
        if not more:
            break
        known |= more
    # What closes a namespace is looked for as a call.
    closing = {name for name in known for given, body in bodies.get(name, ()) if given and body.count("}") > body.count("{")}
    return Learned(frozenset(known - wraps - closing), frozenset(config.cpp.call_macros), frozenset(known & wraps), declaring(defines))
