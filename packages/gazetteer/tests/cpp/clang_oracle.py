"""What libclang says that a header declares, to compare with: kind, simple name, line.

A declaration counts if its name stands in the text at its line (those that macros paste together do not). Of text that clang skipped, in
branches of ``#if`` that it did not take, it says nothing: those lines are given too, and nothing that we find there is counted.
"""

from __future__ import annotations

import ctypes
import json
import os
import re
import sysconfig
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from blake3 import blake3

from gazetteer.model import Symbol

#: Kinds of ours, by the classes that are compared: clang calls a method of a template a function template, and so on.
OURS = {
    "namespace": "namespace", "class": "type", "struct": "type", "union": "type", "enum": "type", "function": "function",
    "method": "function", "constructor": "function", "destructor": "function", "operator": "function", "field": "variable",
    "variable": "variable", "constant": "variable", "type_alias": "alias", "enum_member": "enumerator", "concept": "concept",
}  # fmt: skip

#: What all conversions are called here: clang writes canonical types, as in ``operator type-parameter-0-0``.
CONVERSION = "operator T"
_CONVERSION = re.compile(r"operator(?:\s+|(?=::))(?!(?:new|delete|co_await)\b)[A-Za-z_:]")

Key = tuple[str, str, int]


@dataclass
class Answer:
    """What clang says of one header."""

    declarations: Counter[Key]
    skipped: list[tuple[int, int]]


def simple(name: str) -> str:
    """A name without template arguments and white space."""
    return "".join((name if name.startswith("operator") else name.split("<")[0]).split())


def system_includes() -> list[str]:
    """Folders of the C++ library and of the compiler's own headers, which the wheel of libclang lacks."""
    found = [str(p) for p in sorted(Path("/usr/include/c++").glob("*"))[-1:]]
    found += [str(p) for p in sorted(Path("/usr/include/x86_64-linux-gnu/c++").glob("*"))[-1:]]
    found += ["/usr/include/x86_64-linux-gnu", "/usr/include"]
    found += [str(p) for p in sorted(Path("/usr/lib/gcc/x86_64-linux-gnu").glob("*/include"))[-1:]]
    return [*found, sysconfig.get_paths()["include"]]


def ask(paths: list[Path], includes: list[str], cache: Path | None) -> dict[Path, Answer]:
    """What clang says of headers, all parsed in one translation unit; from the cache if it was asked the same before.

    A header that names one that is not there, itself or in what it includes, has no answer.
    """
    digest = blake3(repr(["v9", sorted(map(str, paths)), includes]).encode())
    for path in sorted(paths):
        digest.update(path.read_bytes())
    kept = cache / f"{digest.hexdigest(16)}.json" if cache is not None else None
    if kept is not None and kept.is_file():
        return {Path(p): _from_plain(a) for p, a in json.loads(kept.read_text()).items()}
    answers = _parse(sorted(paths), includes)
    if kept is not None:
        kept.parent.mkdir(parents=True, exist_ok=True)
        temporary = kept.with_suffix(f".{os.getpid()}")
        temporary.write_text(json.dumps({str(p): [[[*k, n] for k, n in a.declarations.items()], a.skipped] for p, a in answers.items()}))
        temporary.replace(kept)
    return answers


def _from_plain(plain: list) -> Answer:
    return Answer(Counter({(kind, name, line): count for kind, name, line, count in plain[0]}), [tuple(s) for s in plain[1]])


def _parse(paths: list[Path], includes: list[str]) -> dict[Path, Answer]:
    from clang import cindex

    arguments = ["-x", "c++", "-std=c++20", "-ferror-limit=0", "-DUSE_DISTRIBUTED", *[f"-I{i}" for i in includes]]
    for folder in system_includes():
        arguments += ["-isystem", folder]
    keep_going = 0x200  # a header that is not there ends nothing
    wanted = cindex.TranslationUnit.PARSE_SKIP_FUNCTION_BODIES | cindex.TranslationUnit.PARSE_DETAILED_PROCESSING_RECORD | keep_going
    text = "".join(f'#include "{p}"\n' for p in paths)
    unit = cindex.Index.create().parse("all.cpp", args=arguments, unsaved_files=[("all.cpp", text)], options=wanted)
    broken = {d.location.file.name for d in unit.diagnostics if d.spelling.endswith("file not found") and d.location.file}
    including: dict[str, set[str]] = {}
    for edge in unit.get_includes():
        including.setdefault(edge.include.name, set()).add(edge.source.name)
    stack = list(broken)
    while stack:
        more = including.get(stack.pop(), set()) - broken
        broken |= more
        stack += more
    lines = {str(p): p.read_text("utf-8", "replace").split("\n") for p in paths if str(p) not in broken}
    found = _declarations(unit.cursor, lines)
    return {Path(p): Answer(found[p], _skipped(unit, p)) for p in lines}


def _declarations(root, texts: dict[str, list[str]]) -> dict[str, Counter[Key]]:
    from clang.cindex import CursorKind as K

    kinds = {
        K.NAMESPACE: "namespace", K.CLASS_DECL: "type", K.STRUCT_DECL: "type", K.UNION_DECL: "type", K.CLASS_TEMPLATE: "type",
        K.CLASS_TEMPLATE_PARTIAL_SPECIALIZATION: "type", K.ENUM_DECL: "type", K.FUNCTION_DECL: "function", K.FUNCTION_TEMPLATE: "function",
        K.CXX_METHOD: "function", K.CONSTRUCTOR: "function", K.DESTRUCTOR: "function", K.CONVERSION_FUNCTION: "function",
        K.FIELD_DECL: "variable", K.VAR_DECL: "variable", K.TYPEDEF_DECL: "alias", K.TYPE_ALIAS_DECL: "alias",
        K.TYPE_ALIAS_TEMPLATE_DECL: "alias", K.ENUM_CONSTANT_DECL: "enumerator", K.CONCEPT_DECL: "concept",
    }  # fmt: skip
    into = {
        K.NAMESPACE, K.CLASS_DECL, K.STRUCT_DECL, K.UNION_DECL, K.CLASS_TEMPLATE, K.CLASS_TEMPLATE_PARTIAL_SPECIALIZATION, K.ENUM_DECL,
        K.LINKAGE_SPEC, K.UNEXPOSED_DECL,
    }  # fmt: skip
    found: dict[str, Counter[Key]] = {path: Counter() for path in texts}
    seen = set()  # a file that is included twice declares once

    def note(kind: str, cursor, path: str) -> None:
        name, line = cursor.spelling, cursor.location.line
        if cursor.kind == K.CONVERSION_FUNCTION or _CONVERSION.match(name):
            name = CONVERSION
        elif name.startswith("<deduction guide for"):
            name = name[20:-1].strip()
        elif kind == "type" and (cursor.is_anonymous() or "(unnamed" in name or "(anonymous" in name):
            name = ""
        name, text = simple(name), texts[path][line - 1] if line <= len(texts[path]) else ""
        written = "operator" if name == simple(CONVERSION) else name.removeprefix("~")
        place = (path, kind, name, line, cursor.location.column)
        is_word = written.isidentifier() and not written.startswith("operator")  # operatornew
        word = re.search(rf"\b{written}\b", text) if is_word else written in "".join(text.split())
        if not written:  # else it comes from a macro
            word = kind != "namespace" or "namespace" in text
        if word and place not in seen:
            seen.add(place)
            found[path][kind, name, line] += 1

    stack = [root]
    while stack:
        for cursor in stack.pop().get_children():
            kind = cursor.kind
            file = cursor.location.file
            path = file.name if file is not None else ""
            here = path in texts
            if here and kind in kinds:
                note(kinds[kind], cursor, path)
            elif here and kind == K.UNEXPOSED_DECL and cursor.spelling:  # deduction guides, and templates of variables
                note("function" if cursor.spelling.startswith("<") else "variable", cursor, path)
            if kind in into and (here or kind in (K.LINKAGE_SPEC, K.UNEXPOSED_DECL)):
                stack.append(cursor)
            elif here and kind == K.FRIEND_DECL:
                for friend in cursor.get_children():
                    if friend.kind in (K.FUNCTION_DECL, K.FUNCTION_TEMPLATE) and _has_body(friend, texts[path]):
                        note("function", friend, path)
    return found


def _has_body(friend, lines: list[str]) -> bool:
    """Whether a function is defined where it is befriended: with bodies skipped, clang does not say so."""
    end = friend.extent.end
    if lines[end.line - 1][: end.column - 1].endswith("}"):
        return True
    after = lines[end.line - 1][end.column - 1 :] + "".join(lines[end.line : end.line + 8])
    sign = re.search(r"[{;]", after)
    return sign is not None and sign[0] == "{"


def _skipped(unit, path: str) -> list[tuple[int, int]]:
    """Lines of branches that the preprocessor did not take."""
    from clang import cindex

    class Ranges(ctypes.Structure):
        _fields_ = [("count", ctypes.c_uint), ("ranges", ctypes.POINTER(cindex.SourceRange))]

    library = cindex.conf.lib
    function = library.clang_getSkippedRanges
    function.argtypes, function.restype = [ctypes.c_void_p, ctypes.c_void_p], ctypes.POINTER(Ranges)
    file = cindex.File.from_name(unit, path)
    found = function(unit.obj, file.obj)
    result = [(found.contents.ranges[i].start.line, found.contents.ranges[i].end.line) for i in range(found.contents.count)]
    library.clang_disposeSourceRangeList.argtypes, library.clang_disposeSourceRangeList.restype = [ctypes.POINTER(Ranges)], None
    library.clang_disposeSourceRangeList(found)
    return result


def ours(symbols: list[Symbol]) -> Counter[Key]:
    """Our symbols in the same words."""
    found: Counter[Key] = Counter()
    for symbol in symbols:
        if symbol.kind in OURS:
            *outer, name = symbol.name.split("::") if symbol.kind == "namespace" else [symbol.name]
            name = CONVERSION if _CONVERSION.match(name) else name
            found[OURS[symbol.kind], simple(name), symbol.line] += 1
            for part in outer:
                found["namespace", part, symbol.line] += 1
    return found


def compare(answer: Answer, symbols: list[Symbol]) -> tuple[Counter[Key], Counter[Key], Counter[Key]]:
    """What both say, what only clang says, what only we say; of the lines that clang read."""
    skipped = {line for a, b in answer.skipped for line in range(a, b + 1)}
    mine = Counter({k: n for k, n in ours(symbols).items() if k[2] not in skipped})
    return answer.declarations & mine, answer.declarations - mine, mine - answer.declarations


def torch_include(path: str = "") -> Path:
    """A path below the headers of PyTorch's wheel; without the wheel, the test that asks is skipped.

    They are looked for in ``GAZETTEER_TORCH_INCLUDE``, and beside an installed torch, which is not imported.
    """
    import importlib.util

    import pytest

    folder = os.environ.get("GAZETTEER_TORCH_INCLUDE", "")
    spec = None if folder else importlib.util.find_spec("torch")
    if spec is not None and spec.origin is not None:
        folder = str(Path(spec.origin).parent / "include")
    if not folder or not (Path(folder) / path).exists():
        pytest.skip("the headers of PyTorch are not here: install torch or set GAZETTEER_TORCH_INCLUDE")
    return Path(folder) / path
