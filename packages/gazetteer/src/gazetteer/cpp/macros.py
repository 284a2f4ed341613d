"""Macros of a tree: which stand where an attribute may stand, and which are called like statements.

A header says ``class TORCH_API Node : Base {``, and what `TORCH_API` is stands in another header. So all ``#define`` lines of the tree
are read first. A macro is attribute-like if it stands for nothing, for attributes, for specifiers, or for other attribute-like macros
(a fixed point). In the text that is parsed such names are blanked at equal length; all texts of pages are cut from the original.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from typing import Protocol

from msgspec import Struct

from ..config import Config
from .blanking import blank_attributes
from .expansion import COMMENT, Macro, declaring, member_of
from .standing import is_type_of, types, words

__all__ = ["Learned", "learn_from"]

#: A macro that stands for a number, a text or a sign, as nearly all do where there are very many: it is no attribute.
_NUMBER = re.compile(r"(\w+)\s+\(*\s*[-+~]?\s*[\d\"']")
_DEFINE = re.compile(r"(\w+)(\([^)]*\))?\s*(.*)", re.DOTALL)
#: ``A B``, and the name of one that takes arguments.
_RENAMED, _TAKING = re.compile(r"(\w+)\s+([A-Za-z_]\w*)\s*(?:/[/*].*)?\Z", re.DOTALL), re.compile(r"(\w+)\(")
#: What an attribute-like macro may be made of besides others of its kind.
_TOKEN = re.compile(
    r"""\s+ | __attribute(?:__)?\s*\(\( (?:[^()]|\((?:[^()]|\([^()]*\))*\))* \)\) | __declspec\s*\((?:[^()]|\([^()]*\))*\)
    | \[\[ [^\]]* \]\] | -> \s* decltype \s* (?: \((?:[^()]|\([^()]*\))*\) | \w+ )
    | \b__launch_bounds__\s*\((?:[^()]|\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\))*\)
    | _Pragma\s*\((?:\s*"(?:[^"\\]|\\.)*"\s*|[^)"]*)\) | __pragma\s*\((?:[^()]|\([^()]*\))*\) | (?:alignas|_Alignas|__align__)\s*\([^()]*\)
    | extern\s+"C(?:\+\+)?"(?:\s*\{)? | \} | \bnoexcept\s*\((?:[^()]|\([^()]*\))*\) | \bthrow\s*\(\s*\)
    | \b(?:inline|__inline|__inline__|__forceinline|static|extern|constexpr|__extension__|_Noreturn|noexcept|__restrict|__restrict__
    |restrict|__host__|__device__|__global__|__noinline__|__forceinline__|consteval|__?(?:cdecl|stdcall|fastcall)|__vectorcall|__watcall|_System|WINAPI|volatile|virtual|explicit|override|final
    |_Atomic(?!\s*\()|__volatile__|thread_local|__thread|_Thread_local|const|constinit|register)\b""",
    re.VERBOSE,
)
_WORD = re.compile(r"[A-Za-z_]\w*")
#: Names of lower case alone are words of the language to someone, unless they begin with underscores, or have one or take arguments and
#: stand for what only an attribute can be.
_NAME = re.compile(r"(?=.*[A-Z])[A-Za-z_]\w{2,}$|__\w+$")
#: What a macro may stand for that is nothing elsewhere: ``const Device FOO_REF device;``.
_REFERENCES = frozenset(("*", "&", "&&"))
_FOREIGN = re.compile(r"(?:(?:[A-Z][A-Z0-9]*|_)_[A-Z0-9_]+|__[a-z]\w*)$")
_LOWER, _MARKED = re.compile(r"[a-z][a-z0-9]*_[a-z0-9_]+$|yynoreturn$|yyconst$"), re.compile(r"__attribute|__declspec|\[\[")
#: What a name of lower case tells too: that it stands for words which mean nothing alone, or that its own last word says what it is.
_SPECIFIERS = re.compile(
    r"(?:(?:static|extern)\s+)?(?:_*inline_*|__forceinline|_Noreturn|_*restrict_*|const|__?(?:cdecl|stdcall|fastcall))$"
)
_TELLING = re.compile(
    r"\w+_(?:api|callback|cdecl|stdcall|deprecated|exports?|hidden|inline|noinline|noreturn|restrict|unused|used)$|internal_function$"
)
#: A call by a macro of another, with what it is given.
_PASSED = re.compile(r"\b([A-Za-z_]\w*)\s*\(((?:[^()]|\([^()]*\))*)\)")
#: A text that another macro is given.
_TEXT_GIVEN = re.compile(r'(?<=[(,])\s*"(?:[^"\\]|\\.)*"\s*(?=[,)])')
#: A value, and the name of another macro that arguments are put behind.
_DEFAULT, _JOINED = re.compile(r"=(?!=)[^;{}]*"), re.compile(r"([A-Za-z_]\w{3,}?)\s*##\s*\w+(?:\s*##\s*\w+)*\s*(?:\([\w\s,]*\))?")
#: What a macro is given, with marks of references behind: ``T&&``.
_REFERRED = re.compile(r"(?:const\s+)?(\w+(?:\s*,\s*\w+)*)\s*(?:const\s*)?[&*]+")
#: What no macro is given that is attribute-like.
_VALUE = re.compile(r"[{};=<>+\-/|!?%^~\[]")


_Names = tuple[str, ...]
_Pairs = tuple[tuple[str, str], ...]
_InFile = tuple[_Names, _Names, _Names, tuple[Macro, ...], tuple[tuple[str, int], ...], _Names, _Names, _Pairs]


class _Named(Protocol):
    """What is known of the words of a file."""

    @property
    def identifiers(self) -> str:
        """They, joined by spaces."""


class Learned(Struct):
    """Names of macros, by what they stand for."""

    attributes: frozenset[str]
    calls: frozenset[str]
    #: Of what they are called with, nothing but attributes is added: ``NOINLINE(int) f();``.
    wrappers: frozenset[str] = frozenset()
    #: Those that declare something when they are called.
    declaring: dict[str, Macro] = {}
    #: Those that make a member of an enumeration of one of their arguments, and of which.
    members: dict[str, int] = {}
    #: Those of the attributes that have no parameters: in ``int f FOO (int a);``, those are the function's.
    plain: frozenset[str] = frozenset()
    #: Those that stand for a type whatever they are given, and those that stand for a word of the language, and for which.
    types: frozenset[str] = frozenset()
    words: dict[str, str] = {}
    _all: frozenset[str] | None = None

    def in_file(self, file: _Named) -> _InFile:
        """Those that occur in a file, sorted, as `ExtractOptions` has them."""
        names = self._names().intersection(file.identifiers.split(" "))
        if not names:
            return (), (), (), (), (), (), (), ()
        declaring = tuple(self.declaring[name] for name in sorted(self.declaring.keys() & names))
        attributes, calls, wrappers = (tuple(sorted(group & names)) for group in (self.attributes, self.calls, self.wrappers))
        members = tuple((name, self.members[name]) for name in sorted(self.members.keys() & names))
        plain, kinds = tuple(sorted(self.plain & names)), tuple(sorted(self.types & names))
        words = tuple((name, self.words[name]) for name in sorted(self.words.keys() & names))
        return attributes, calls, wrappers, declaring, members, plain, kinds, words

    def is_like(self, other: Learned) -> bool:
        """Whether both have the same macros."""
        return all(getattr(self, name) == getattr(other, name) for name in self.__struct_fields__ if name[0] != "_")

    def _names(self) -> frozenset[str]:
        if self._all is None:
            self._all = (
                self.attributes | self.calls | self.wrappers | self.types | self.declaring.keys() | self.members.keys() | self.words.keys()
            )
        return self._all


def learn_from(defines: Iterable[str], config: Config) -> Learned:
    r"""The macros of ``#define`` lines without the word ``#define``, and those that the configuration adds.

    Examples
    --------
    >>> sorted(learn_from(["API __attribute__((visibility(\"default\")))", "TORCH_API API", "MAX 3"], Config()).attributes)
    ['API', 'TORCH_API']
    """
    defines, numbers = _without_numbers(dict.fromkeys(defines))  # many files define the same
    defines = _with_renamed(defines)
    bodies = _bodies(defines)
    for name in numbers.intersection(bodies):
        del bodies[name]
    # Words that are left once attributes are taken out: all must be attribute-like themselves.
    needs: dict[str, _Needs] = {}
    for name, found in bodies.items():
        need = _needs([(given, body) for given, body in found if body.partition("(")[0].rstrip() != name])
        if need is not None:
            needs[name] = need
    wraps = {name for name, need in needs.items() if need.wraps}
    passing = {name: need.passed for name, need in needs.items() if need.passed}
    known = set(config.cpp.attribute_macros)
    # What no file defines is what another body of the same macro is.
    defined = numbers.union(match[0] for define in defines if (match := _WORD.match(define)) is not None)
    known |= {word for need in needs.values() if need.sure for word in need.words - need.called - defined if _FOREIGN.match(word)}
    more = wraps
    while more:
        more = {name for name, passed in passing.items() if name not in wraps and passed & wraps}
        wraps |= more
    _close(known, {name: need.words | need.made for name, need in needs.items() if not need.called & wraps - need.passed})
    # What closes a namespace is looked for as a call.
    closing = {name for name in known for given, body in bodies.get(name, ()) if given and body.count("}") > body.count("{")}
    attributes, wrappers = frozenset(known - wraps - closing), frozenset(known & wraps)
    members = dict(sorted(filter(None, map(member_of, defines)), reverse=True))  # of several, the first argument
    declare = {name: _without(macro, attributes, wrappers) for name, macro in declaring(defines).items()}
    plain = frozenset(name for name in attributes if name in bodies and not any(given for given, _ in bodies[name]))
    stand_for = {name: word for name, word in words(bodies).items() if name not in wrappers}
    kinds = types({name: found for name, found in bodies.items() if name not in wrappers and name not in attributes})
    return Learned(
        attributes.difference(stand_for),
        frozenset(config.cpp.call_macros),
        wrappers,
        declare,
        members,
        plain.difference(stand_for),
        kinds,
        stand_for,
    )


def _without_numbers(defines: Iterable[str]) -> tuple[list[str], set[str]]:
    """The definitions but those of numbers, and the names of these.

    Examples
    --------
    >>> _without_numbers(["A 0x1", "B (-2)", 'C "d"', "E F", "G(x) 3"])[0]
    ['E F', 'G(x) 3']
    """
    others, numbers = list[str](), set[str]()
    for define in defines:
        match = _NUMBER.match(define)
        if match is None:
            others.append(define)
        else:
            numbers.add(match[1])
    return others, numbers


def _with_renamed(defines: list[str]) -> list[str]:
    """The definitions, and those of macros with parameters under the other names that they are given.

    Examples
    --------
    >>> _with_renamed(["A(x) x", "B A", "C B // the same", "D E"])
    ['A(x) x', 'B A', 'C B // the same', 'D E', 'B(x) x', 'C(x) x']
    """
    renamed = sorted({(match[1], match[2]) for define in defines if (match := _RENAMED.match(define)) is not None})
    wanted, taking = {name for _, name in renamed}, dict[str, set[str]]()
    for define in defines:
        match = _TAKING.match(define)
        if match is not None and match[1] in wanted:
            taking.setdefault(match[1], set()).add(define[match.end(1) :])
    more, size = list[str](), -1
    while size < len(more):  # others are named after these
        size = len(more)
        for name, other in renamed:
            if other in taking and name not in taking:
                taking[name] = taking[other]
                more += [name + rest for rest in sorted(taking[other])]
    return defines + more


def _close(known: set[str], needs: dict[str, set[str]]) -> None:
    """Add to what is known the names that need nothing else, until there are none: Boost has chains of hundreds.

    Examples
    --------
    >>> known = {"A"}
    >>> _close(known, {"B": {"A"}, "C": {"B", "A"}, "D": {"E"}, "F": {"B_##"}, "B_1": set()})
    >>> sorted(known)
    ['A', 'B', 'B_1', 'C', 'F']
    """
    prefixes = {word for needed in needs.values() for word in needed if word.endswith("##")}
    unmet, users, todo = dict[str, int](), dict[str, list[str]](), list(known)
    for name, needed in needs.items():
        unmet[name] = len(needed)
        for word in needed:
            users.setdefault(word, []).append(name)
        if not needed and name not in known:
            todo.append(name)
    known |= set(todo)
    while todo:
        name = todo.pop()
        for word in (name, *[prefix for prefix in prefixes if name.startswith(prefix[:-2])]):
            for user in users.pop(word, ()):
                unmet[user] -= 1
                if not unmet[user] and user not in known:
                    known.add(user)
                    todo.append(user)


def _called(given: set[str], match: re.Match[str]) -> str:
    """The name of a macro that is called; all of what one of the arguments is put before."""
    return match[0] if match[1] in given else match[1]


def _without(macro: Macro, attributes: frozenset[str], wrappers: frozenset[str]) -> Macro:
    """A macro without what is attribute-like in its body."""
    words = set(_WORD.findall(macro.body))
    if not words & attributes and not words & wrappers:
        return macro
    body = bytearray(macro.body.encode())
    blank_attributes(body, [], attributes & words, wrappers & words)
    return Macro(macro.name, macro.parameters, " ".join(body.decode().split()))


class _Needs(Struct):
    """What must be attribute-like for a macro to be so."""

    #: Words of its bodies, and those of them that it calls.
    words: set[str]
    called: set[str]
    #: Those that it calls with what it is given itself: if one of them wraps that, it does.
    passed: set[str]
    #: Whether it adds to what it is given, and whether one of its bodies is an attribute whatever they are.
    wraps: bool = False
    sure: bool = False
    #: What the names of those begin with that it makes of what it is given, with ``##`` behind.
    made: set[str] = set()


def _bodies(defines: Iterable[str]) -> dict[str, set[tuple[str, str]]]:
    """Parameters and bodies of macros that may be attribute-like, by their names."""
    bodies: dict[str, set[tuple[str, str]]] = {}
    for define in defines:
        match = _DEFINE.match(define)
        if match and (_NAME.match(match[1]) or _LOWER.match(match[1]) or (match[2] and _MARKED.search(match[3]))):
            bodies.setdefault(match[1], set()).add((match[2] or "", COMMENT.sub(" ", match[3]).strip()))
    return {
        name: found
        for name, found in bodies.items()
        if (_NAME.match(name) and not _is_disabled(name, found)) or any(_is_marked(name, given, body) for given, body in found)
    }


def _is_disabled(name: str, bodies: set[tuple[str, str]]) -> bool:
    """Whether it is a function that a program may be built without: ``#define cleanUp(x)``, which another file defines as a function.

    Or one that then gives what it is given: ``#define toStorage(x) (x)``.
    """
    return not name.startswith("__") and not name.isupper() and all(given and (not body or body[0] == "(") for given, body in bodies)


def _is_marked(name: str, given: str, body: str) -> bool:
    """Whether what a name of lower case stands for can be nothing but attributes and specifiers."""
    return (_MARKED.search(body) or _SPECIFIERS.match(body)) is not None or (not given and not body and _TELLING.match(name) is not None)


def _is_referred(parameters: str, body: str) -> bool:
    """Whether a body is what it is given, with marks of references."""
    match = _REFERRED.fullmatch(body)
    return match is not None and set(_WORD.findall(match[1])) <= set(_WORD.findall(parameters))


def _needs(bodies: Iterable[tuple[str, str]]) -> _Needs | None:
    """What a macro with such parameters and bodies needs; None where it is no attribute whatever they are."""
    need, written = _Needs(set(), set(), set()), [(parameters, body) for parameters, body in bodies if body not in _REFERENCES]
    if not written:
        return None
    refers = any(_is_referred(parameters, body) for parameters, body in written)
    for parameters, body in written:
        given = set(_WORD.findall(parameters)) | ({"__VA_ARGS__"} if "..." in parameters else set())
        if refers and (_is_referred(parameters, body) or (is_type_of(body, parameters) and not given.isdisjoint(_WORD.findall(body)))):
            need.wraps = True
            continue
        if (parameters or body.lstrip("= ") == "0") and _DEFAULT.fullmatch(body) is not None:
            continue
        if parameters and (joined := _JOINED.fullmatch(body)) is not None and joined[1] not in given:
            need.made |= {f"{joined[1]}##"}
            continue
        rest = _TEXT_GIVEN.sub("", _TOKEN.sub(" ", body))
        if _VALUE.search(rest) is not None:
            return None
        if "(" in rest:
            calls = [match for match in _PASSED.finditer(rest) if match[1] not in given]
            need.called |= {match[1] for match in calls}
            need.passed |= {match[1] for match in calls if match[2].strip() in given}
            rest = _PASSED.sub(functools.partial(_called, given), rest)
        if rest.strip() and _WORD.sub("", rest).strip(" (),"):
            return None  # numbers, operators, braces: it is something else
        inner = _WORD.findall(rest)
        taken = [w for w in inner if w in given]
        if len(taken) > 1 or (taken and "(" in rest and rest.strip(" ()") != taken[0]):
            return None  # it puts what it is given together
        need.wraps = need.wraps or bool(taken)
        need.words |= set(inner) - given
        need.sure = need.sure or (not rest.strip() and _MARKED.search(body) is not None)
    return need
