"""In which language a file is written: by its name, its suffix, its ``#!`` line, what it tells editors, its neighbours."""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Mapping

from .labels import TEMPLATE_SUFFIXES, Labels, Reason, pages
from .lang.table import BY_FILE_NAME, BY_NAME, BY_SHEBANG, BY_SUFFIX, FAMILY
from .model import Scan

__all__ = ["Labels", "Reason", "language_of", "languages", "pages"]

#: What `identify`, editors and ``#!`` lines call languages that have another name here.
_CALLED = {
    "c++": "cpp", "objective-c": "objc", "objective-c++": "objcpp", "c#": "csharp", "cs": "csharp", "shell": "bash", "sh": "bash",
    "shell-script": "bash", "zsh": "bash", "ash": "bash", "pwsh": "powershell", "js": "javascript", "jsx": "javascript", "ts": "typescript",
    "py": "python", "pypy": "python", "ipython": "python", "pythonw": "python", "rb": "ruby", "jruby": "ruby", "make": "makefile",
    "bazel": "starlark", "bzl": "starlark", "proto": "protobuf", "jupyter": "notebook", "luajit": "lua", "ts-node": "typescript",
    "yml": "yaml", "md": "markdown", "gfm": "markdown", "restructuredtext": "rst", "docker": "dockerfile",
    "conf": "ini", "dosini": "ini", "asm": "assembly", "nasm": "assembly", "f90": "fortran", "conf-unix": "ini", "latex": "tex",
    "lisp": "common-lisp", "elisp": "emacs-lisp", "octave": "matlab",
    "terraform": "hcl",
}  # fmt: skip
#: ``LICENSE-MIT``, ``COPYING.LESSER``, ``license.rst``.
_LICENCE = re.compile(r"(?:LICEN[CS]E|COPYING|UNLICENSE)(?:[-._][\w.+-]*)?$", re.IGNORECASE)
#: Suffixes that more than one language has: what the file tells editors counts first.
_SHARED = frozenset((".h", ".inc", ".m", ".pl", ".t", ".cfg", ".txt", ".s", ".r"))
#: A header with so many words of C++ is one whatever its tree has; comments of C may have fewer, such as ``private`` and ``class``.
_SURE = 3
#: What files with a suffix may be besides, if they look like it: MATLAB's functions, translations of Qt, tiles of a map, pages of old PHP,
#: lists of files of Verilog.
_LOOKED_AT = {
    ".m": ("matlab", "mathematica"), ".pl": ("prolog",), ".pro": ("prolog",), ".inc": ("php", "xml"), ".ts": ("xml",), ".tsx": ("xml",),
    ".jl": ("librep",), ".f": ("text",),
}  # fmt: skip


def language_of(path: str, scan: Scan) -> str:
    """The name of the language, by the name of the file, its suffix, its ``#!`` line; empty where nothing says it.

    A ``.h`` file is ``c-or-cpp`` here; `languages` decides by its neighbours.
    """
    name = path.rsplit("/", 1)[-1]
    if name in BY_FILE_NAME:
        return BY_FILE_NAME[name].name
    if name.endswith(".blade.php"):
        return "blade"
    stem, dot, ending = name.lstrip(".").rpartition(".")
    suffix = dot + ending
    if dot and suffix in TEMPLATE_SUFFIXES:
        if name.rpartition(".")[0] in BY_FILE_NAME:  # CMakeLists.txt.in
            return BY_FILE_NAME[name.rpartition(".")[0]].name
        _, dot, ending = stem.rpartition(".")
        suffix = dot + ending
    elif suffix == ".flow":  # what Flow is told of a module beside it: a.js.flow
        _, dot, ending = stem.rpartition(".")
        suffix = dot + ending
    said = _called(scan.modeline) if scan.modeline else ""
    if dot:
        if said and suffix in _SHARED and not (suffix == ".h" and said == "c" and scan.cpp_words):
            return said
        if suffix in (".h", ".H"):
            return ("objcpp" if scan.cpp_words else "objc") if scan.objc_words else "c-or-cpp"
        if scan.looks in _LOOKED_AT.get(suffix, ()) and not scan.objc_words:
            return scan.looks
        found = BY_SUFFIX.get(suffix) or BY_SUFFIX.get(suffix.lower())
        if suffix == ".t" and "perl" not in scan.tells:
            found = None
        if suffix == ".v" and "verilog" not in scan.tells:
            return ""
        if found is not None and not (found.name == "text" and _LICENCE.match(name)):
            return found.name
    if _LICENCE.match(name):
        return "license"
    for name_, language in BY_FILE_NAME.items():
        if name.startswith((name_ + ".", name_ + "-")):  # Dockerfile.dev, Dockerfile-release.arm64
            return language.name
    looks = scan.looks if scan.looks in ("php", "xml") else ""
    return (_called(scan.shebang) if scan.shebang else "") or said or _identified(name) or looks


def _called(name: str) -> str:
    """The language that goes by a name; empty for an unknown one."""
    name = name.lower()
    if name in BY_SHEBANG:
        return BY_SHEBANG[name].name
    return name if name in BY_NAME else _CALLED.get(name, "")


@functools.cache
def _identified(name: str) -> str:
    """The language of names that `identify` knows: ``poetry.lock``, ``.babelrc``, ``Jenkinsfile``."""
    from identify.identify import tags_from_filename  # few trees need it, and it takes a while

    found = {_called(tag) for tag in tags_from_filename(name)} - {"", "text"}
    return found.pop() if len(found) == 1 else ""


def languages(scans: Mapping[str, Scan]) -> dict[str, str]:
    """The language of each path; that of ``.h`` files by their words, by the sources beside them, else by the whole tree."""
    found = {path: language_of(path, scan) if scan.content == "text" else "" for path, scan in scans.items()}
    beside: dict[str, Counter[str]] = {}
    whole: Counter[str] = Counter()
    for path, language in found.items():
        if language in FAMILY:
            like = BY_NAME[language].like
            beside.setdefault(path.rpartition("/")[0], Counter())[like] += 1
            whole[like] += 1
    for path, language in found.items():
        if language == "c-or-cpp":
            found[path] = _header(scans[path], beside.get(path.rpartition("/")[0], Counter()), whole)
    return found


def _header(scan: Scan, beside: Counter[str], whole: Counter[str]) -> str:
    is_of_c = whole["c"] and not whole["cpp"] + whole["cuda"]
    if scan.cpp_words >= (_SURE if is_of_c else 1):
        return "cpp"
    for counts in (beside, whole):
        cpp = counts["cpp"] + counts["cuda"]
        if cpp or counts["c"]:
            return "cpp" if cpp >= counts["c"] else "c"
    return "c"
