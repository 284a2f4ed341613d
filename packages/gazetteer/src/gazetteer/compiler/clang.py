"""What libclang finds in a unit: each name of a declaration of the tree, where it stands, and what implements what.

libclang is given what `gazetteer.compiler.units` has kept, and reads what that includes, in and outside of the tree; of what lies outside
nothing is told but names that the tree refers to. It runs in workers of `gazetteer.pool` alone: it is a compiler, and may crash or hang.
"""

from __future__ import annotations

import ctypes
import glob
import os
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec
from blake3 import blake3
from msgspec import Struct

from .messages import KIND_NUMBERS
from .scip import DEFINITION, FORWARD, name_in_symbol
from .units import Unit

__all__ = ["Found", "Names", "names_in"]

#: Options of a parse: with macros, and not ended by an error such as a header that is not there.
_MACROS, _KEEP_GOING = 0x01, 0x200
#: Errors of a parse, from this severity on.
_ERROR = 3
_ENCODE = msgspec.msgpack.Encoder().encode
#: Where compilers' own headers (``stddef.h``) lie, which libclang comes without; clang's are the better ones.
_CLANG_HEADERS = (
    "/usr/lib/llvm-*/lib/clang/*/include",
    "/usr/lib/clang/*/include",
    "/Library/Developer/CommandLineTools/usr/lib/clang/*/include",
)
_GCC_HEADERS = ("/usr/lib/gcc/*/*/include", "/usr/lib64/gcc/*/*/include")
#: What libclang declares: the mark of a symbol of each kind, and what we call it.
_MARKS = {
    "NAMESPACE": ("/", "namespace"), "NAMESPACE_ALIAS": ("/", "namespace"),
    "CLASS_DECL": ("#", "class"), "CLASS_TEMPLATE": ("#", "class"), "CLASS_TEMPLATE_PARTIAL_SPECIALIZATION": ("#", "class"),
    "STRUCT_DECL": ("#", "struct"), "UNION_DECL": ("#", "union"), "ENUM_DECL": ("#", "enum"), "TYPEDEF_DECL": ("#", "type_alias"),
    "TYPE_ALIAS_DECL": ("#", "type_alias"), "TYPE_ALIAS_TEMPLATE_DECL": ("#", "type_alias"), "CONCEPT_DECL": ("#", "concept"),
    "OBJC_INTERFACE_DECL": ("#", "class"), "OBJC_PROTOCOL_DECL": ("#", "protocol"),
    "FUNCTION_DECL": ("()", "function"), "FUNCTION_TEMPLATE": ("()", "function"), "CXX_METHOD": ("()", "method"),
    "CONVERSION_FUNCTION": ("()", "operator"), "CONSTRUCTOR": ("()", "constructor"), "DESTRUCTOR": ("()", "destructor"),
    "OBJC_INSTANCE_METHOD_DECL": ("()", "method"), "OBJC_CLASS_METHOD_DECL": ("()", "method"),
    "FIELD_DECL": (".", "field"), "VAR_DECL": (".", "variable"), "ENUM_CONSTANT_DECL": (".", "enum_member"),
    "OBJC_PROPERTY_DECL": (".", "property"), "MACRO_DEFINITION": ("!", "macro"),
}  # fmt: skip
#: Kinds around a declaration that add nothing to its name.
_OPEN = frozenset(("LINKAGE_SPEC", "UNEXPOSED_DECL", "TRANSLATION_UNIT"))


class Names(Struct, array_like=True):
    """The names of a file: symbols, and of each the number of its kind; then five numbers for each name, and pairs of what implements what.

    The five are the line and where the name begins and ends on it, in bytes and counted from 0, its symbol, and its role.
    """

    symbols: list[str]
    kinds: list[int]
    places: list[int]
    implements: list[tuple[int, int]]


class Found(NamedTuple):
    """What a unit gives."""

    unit: str
    #: Paths below the root, and their `Names`, encoded; without those that this process has told of before.
    files: list[tuple[str, bytes]]
    #: The first error of the compiler, and how many there are.
    error: str = ""
    errors: int = 0


def names_in(root: str, units: list[Unit], _most: int) -> list[tuple[Any, ...]]:
    """What each unit gives, as the fields of `Found`: workers hand back plain data."""
    return [tuple(_Unit(root, unit).found()) for unit in units]


#: What this process has told of: headers are in many units, and most often say the same.
_TOLD = set[bytes]()


@lru_cache(1)
def _library() -> Any:
    """libclang, with the functions that its module for Python does not declare."""
    from clang import cindex

    library, location = cindex.conf.lib, cindex.SourceLocation
    several, number = ctypes.POINTER(cindex.Cursor), ctypes.POINTER(ctypes.c_uint)
    library.clang_getFileLocation.argtypes = [location, ctypes.POINTER(cindex.c_object_p), number, number, number]
    library.clang_getOverriddenCursors.argtypes = [cindex.Cursor, ctypes.POINTER(several), number]
    library.clang_disposeOverriddenCursors.argtypes = [several]
    return library


@lru_cache(1)
def _own_headers() -> tuple[str, ...]:
    for patterns, option in ((_CLANG_HEADERS, "-resource-dir"), (_GCC_HEADERS, "-isystem")):
        if found := sorted((place for pattern in patterns for place in glob.glob(pattern)), key=_version):  # noqa: PTH207 - texts
            return option, os.path.dirname(found[-1]) if option == "-resource-dir" else found[-1]  # noqa: PTH120
    return ()


def _version(folder: str) -> list[tuple[int, str]]:
    return [(int(part) if part.isdigit() else -1, part) for part in folder.replace(".", "/").split("/")]


@lru_cache(4_096)
def _lines(path: str) -> list[bytes]:
    try:
        with open(path, "rb") as stream:  # noqa: PTH123 - a text
            return stream.read().split(b"\n")
    except OSError:
        return []


class _Unit:
    """One unit while it is read."""

    def __init__(self, root: str, unit: Unit) -> None:
        from clang import cindex

        self.root, self.unit, self.library = root, unit, _library()
        self._cursor_type, self._file_type, self._opened = cindex.Cursor, cindex.c_object_p, cindex.File
        #: Paths by the names that libclang has for files, and by its own addresses of these.
        self._files, self._paths = dict[str, str](), dict[int, str]()
        self._symbols = dict[str, tuple[str, int]]()
        #: By path: names, and what implements what, by symbols.
        self._places = dict[str, set[tuple[int, int, int, str, int]]]()
        self._implements = dict[str, set[tuple[str, str]]]()
        self._kinds = dict[str, int]()

    def found(self) -> Found:
        """Parse it, and gather its names."""
        from clang import cindex

        arguments = [f"-working-directory={self.unit.folder}", *_own_headers(), *self.unit.arguments]
        try:
            parsed = cindex.Index.create().parse(self.unit.file, args=arguments, options=_MACROS | _KEEP_GOING)
        except cindex.TranslationUnitLoadError as error:
            return Found(self._below(self.unit.file), [], str(error).partition("\n")[0], 1)
        self._walk(parsed.cursor)
        errors = [d for d in parsed.diagnostics if d.severity >= _ERROR]
        return Found(self._below(self.unit.file), list(self._new()), self._said(errors[0]) if errors else "", len(errors))

    def _said(self, diagnostic: Any) -> str:
        place = diagnostic.location
        where = f"{self._below(place.file.name) or place.file.name}:{place.line}: " if place.file is not None else ""
        return f"{where}{diagnostic.spelling}"

    def _below(self, name: str) -> str:
        """The path of a file below the root; empty of one that lies elsewhere."""
        path = self._files.get(name)
        if path is None:
            place = os.path.realpath(os.path.join(self.unit.folder, name))  # noqa: PTH118
            path = place[len(self.root) + 1 :] if place.startswith(f"{self.root}/") else ""
            self._files[name] = path
        return path

    def _walk(self, top: Any) -> None:
        waiting = [top]
        while waiting:
            for cursor in waiting.pop().get_children():
                place = self._place(cursor.location)
                if place is not None:
                    self._note(cursor, *place)
                    waiting.append(cursor)

    def _place(self, location: Any) -> tuple[str, int, int] | None:
        """Path, line and byte, from 0, of what stands in the tree: of an argument of a macro where that is written."""
        file, line, column = self._file_type(), ctypes.c_uint(), ctypes.c_uint()
        self.library.clang_getFileLocation(location, file, line, column, None)
        address = ctypes.cast(file, ctypes.c_void_p).value
        if address is None:
            return None
        path = self._paths.get(address)
        if path is None:
            path = self._paths[address] = self._below(self._opened(file).name)
        return (path, line.value - 1, column.value - 1) if path else None

    def _note(self, cursor: Any, path: str, line: int, start: int) -> None:
        kind = cursor.kind.name
        if kind in _MARKS:
            meant, role = cursor, DEFINITION if cursor.is_definition() or kind in ("MACRO_DEFINITION", "NAMESPACE") else FORWARD
        else:
            meant, role = cursor.referenced, 0
        if meant is None or not (symbol := self._symbol(meant)):
            return
        end = self._end(path, line, start, meant)
        if end:
            self._places.setdefault(path, set()).add((line, start, end, symbol, role))
        if role:
            self._relate(cursor, path, symbol)

    def _end(self, path: str, line: int, start: int, meant: Any) -> int:
        """Where a name ends that stands there; 0 if it does not: where a macro has made it, or a sign stands for a function."""
        lines = _lines(f"{self.root}/{path}")
        if line >= len(lines):
            return 0
        name = _plain_name(meant)
        for written in (name, name.removeprefix("operator").strip() if name.startswith("operator") else ""):
            text = written.encode()
            if text and lines[line].startswith(text, start):
                end = start + len(text)
                behind = lines[line][end : end + 1]
                if not (written[-1].isalnum() and (behind.isalnum() or behind == b"_")):
                    return end
        return 0

    def _symbol(self, cursor: Any) -> str:
        """The symbol of what a cursor declares, of a template for what was made of it; empty of what is known in a function alone."""
        pattern = self.library.clang_getSpecializedCursorTemplate(cursor)
        while pattern is not None:
            cursor, pattern = pattern, self.library.clang_getSpecializedCursorTemplate(pattern)
        usr = cursor.get_usr()
        if not usr:
            return ""
        if usr not in self._symbols:
            self._symbols[usr] = self._made(cursor, usr)
        symbol, kind = self._symbols[usr]
        self._kinds[symbol] = kind
        return symbol

    def _made(self, cursor: Any, usr: str) -> tuple[str, int]:
        parts, around, number = list[str](), cursor, 0
        while around is not None and around.kind.name != "TRANSLATION_UNIT":
            kind = around.kind.name
            if kind in _MARKS:
                mark, called = _MARKS[kind]
                if mark == "()" and parts:
                    return "", 0  # of a function: nobody else can name it
                number = number or KIND_NUMBERS[called]
                parts.append(_descriptor(_plain_name(around), mark, usr))
            elif kind not in _OPEN:
                return "", 0
            around = around.semantic_parent
        # What only this file or this place knows begins with its name, in USRs too; so do macros, which any file may define anew.
        is_own = usr[2:3] != "@" and not usr.startswith("c:objc")
        file = cursor.location.file if is_own else None
        if file is not None:
            parts.append(f"{name_in_symbol(self._below(file.name) or os.path.basename(file.name))}/")  # noqa: PTH119
        return (f"cxx . . . {''.join(reversed(parts))}", number) if parts else ("", 0)

    def _relate(self, cursor: Any, path: str, symbol: str) -> None:
        others = [self._symbol(other) for other in self._above(cursor)]
        if others := [other for other in others if other]:
            self._implements.setdefault(path, set()).update((symbol, other) for other in others)

    def _above(self, cursor: Any) -> Iterator[Any]:
        """The bases of a type, or what a method overrides."""
        mark = _MARKS[cursor.kind.name][0]
        if mark == "#":
            for child in cursor.get_children():
                if child.kind.name in ("CXX_BASE_SPECIFIER", "OBJC_SUPER_CLASS_REF", "OBJC_PROTOCOL_REF") and child.referenced is not None:
                    yield child.referenced
        elif mark == "()":
            several, number = ctypes.POINTER(self._cursor_type)(), ctypes.c_uint()
            self.library.clang_getOverriddenCursors(cursor, several, number)
            for index in range(number.value):
                other = several[index]
                other._tu = cursor._tu  # which only the module's own functions set, and its methods want
                yield other
            if number.value:
                self.library.clang_disposeOverriddenCursors(several)

    def _new(self) -> Iterator[tuple[str, bytes]]:
        for path in sorted(self._places):
            numbers, places = dict[str, int](), list[int]()
            for line, start, end, symbol, role in sorted(self._places[path]):
                places += (line, start, end, numbers.setdefault(symbol, len(numbers)), role)
            pairs = [
                (numbers.setdefault(one, len(numbers)), numbers.setdefault(other, len(numbers)))
                for one, other in sorted(self._implements.get(path, ()))
            ]
            names = _ENCODE(Names(list(numbers), [self._kinds[symbol] for symbol in numbers], places, pairs))
            key = blake3(path.encode(errors="surrogateescape") + b"\0" + names).digest(16)
            if key not in _TOLD:
                _TOLD.add(key)
                yield path, names


def _plain_name(cursor: Any) -> str:
    """What a declaration is called, without the arguments of the template that it is of."""
    name: str = cursor.spelling
    return name if name.startswith("operator") else name.partition("<")[0]


def _descriptor(name: str, mark: str, usr: str) -> str:
    name = name_in_symbol(name or "$anonymous")
    return f"{name}({blake3(usr.encode()).hexdigest(6)})." if mark == "()" else f"{name}{mark}"
