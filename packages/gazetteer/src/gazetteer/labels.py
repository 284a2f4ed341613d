"""What is to be said of a file as a whole - test, vendored, generated, template, documentation - with what says so."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct

from .config import Config
from .model import Scan

if TYPE_CHECKING:
    from .patterns import PathPattern

__all__ = ["MINIFIED", "TEMPLATE_SUFFIXES", "Labels", "Reason", "pages"]

TEMPLATE_SUFFIXES = frozenset((".in", ".tmpl", ".template", ".tpl"))
#: Those of languages of templates, whose files are in that language, whatever is made from them.
_TEMPLATE_LANGUAGES = frozenset((
    ".j2", ".jinja", ".jinja2", ".njk", ".liquid", ".erb", ".rhtml", ".hbs", ".handlebars", ".mustache", ".twig", ".gotmpl",
))  # fmt: skip
#: Files that are called so and are no templates: lists of files, of packages, of what a program may be built with.
_LISTS = re.compile(r"(?:\A|/)(?:MANIFEST|POTFILES|Config|[^/]*requirements[^/]*|requirements/[^/]+)\.in\Z")
#: Suffixes of languages in which ``${…}`` outside of strings is no syntax: who writes it means a template.
_NO_DOLLARS = frozenset((".c", ".cc", ".cpp", ".cxx", ".cu", ".cuh", ".h", ".hh", ".hpp", ".hxx", ".java", ".cs", ".go", ".rs"))
#: What stands for the name of a folder in a template of a project, as of Cookiecutter.
_TO_FILL_IN = re.compile(r"\{\{[^/]*\}\}")
#: Scripts of which the build system of GNU copies its own into a tree, and which nobody calls so otherwise; and others that it runs.
_COPIED = frozenset((
    "config.guess", "config.sub", "config.rpath", "depcomp", "install-sh", "ltmain.sh", "mdate-sh", "mkinstalldirs", "py-compile",
    "test-driver", "ylwrap", "missing", "compile",
))  # fmt: skip
#: Folders whose name says that what is in them was written elsewhere, or is documentation.
_VENDORED = frozenset((
    "third_party", "third-party", "thirdparty", "3rdparty", "3rd-party", "vendor", "vendors", "vendored", "_vendor", "node_modules",
    "bower_components", "Godeps", "extern", "external",
))  # fmt: skip
_DOCUMENTATION = frozenset(("docs", "doc", "Documentation", "documentation"))
_DOCUMENT = re.compile(r"(?:README|CHANGELOG|CHANGES|CONTRIBUTING)(?:[._-].*)?\Z", re.IGNORECASE)
_DOCUMENT_BEGINS = frozenset("RrCc")
#: Names of files that tools write, and how others of them end.
_GENERATED = frozenset((
    "package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "Cargo.lock", "poetry.lock", "uv.lock", "pdm.lock",
    "Pipfile.lock", "composer.lock", "Gemfile.lock", "go.sum",
))  # fmt: skip
#: How files end in which a tool has made all names short: what is called ``a`` in one version of them is something else in the next.
MINIFIED = (".min.js", ".min.mjs", ".min.cjs", ".min.css")
_GENERATED_ENDS = (
    *MINIFIED, ".js.map", ".css.map", "_pb2.py", "_pb2.pyi", "_pb2_grpc.py", "_pb2_grpc.pyi", ".pb.go", ".pb.cc", ".pb.h",
    ".Designer.cs", ".designer.cs", ".g.cs",
)  # fmt: skip

#: Names of the seed's pages of folders, and of the whole.
_SEED_FOLDER = frozenset(("index.md", "doc.md", "sub.md"))
_SEED_WHOLE = frozenset(("keywords.md", "comprehensive_book.md"))


class Reason(Struct, frozen=True, array_like=True):
    """What says that a label is right: a line of a file, a pattern of the configuration, or the path itself (both without a line)."""

    label: str
    text: str
    path: str = ""
    line: int = 0


def pages(scans: Mapping[str, Scan]) -> set[str]:
    """Files that are pages of this system or of the seed: they are documentation of other files, and no source of facts."""
    found = {path for path, scan in scans.items() if scan.own_page or scan.seed_page}
    folders = {path.rpartition("/")[0] for path in found if scans[path].seed_page}
    for folder in list(folders):
        while folder:
            folder = folder.rpartition("/")[0]  # noqa: PLW2901 - upwards
            if all(f"{folder}/{name}".lstrip("/") in scans for name in _SEED_FOLDER):
                folders.add(folder)
    for path in scans:
        folder, _, name = path.rpartition("/")
        if folder in folders and (name in _SEED_FOLDER | _SEED_WHOLE or name.endswith(("_kw.md", "_docs.md"))):
            found.add(path)
    return found


class Labels:
    """What patterns and marks say of a path.

    Parameters
    ----------
    config : Config
        Patterns of tests, of vendored and of generated files.
    attributes : iterable of (folder, text)
        The `.gitattributes` files of the tree: ``linguist-vendored``, ``linguist-generated``, ``linguist-documentation``.
    own : set of str
        Pages of this system and of the seed, from `pages`.
    """

    def __init__(self, config: Config, attributes: Iterable[tuple[str, str]] = (), own: frozenset[str] | set[str] = frozenset()) -> None:
        from .patterns import PathPatterns  # what reads them takes a while to load, and small changes have no new paths

        self._own = own
        self._folders: dict[str, tuple[str, str]] = {}
        self._known: dict[tuple[Reason, ...], tuple[Reason, ...]] = {}
        self._patterns = [
            (label, PathPatterns(patterns))
            for label, patterns in (("test", config.tests.paths), ("vendored", config.repo.vendored), ("generated", config.repo.generated))
            if patterns
        ]
        self._attributes = [line for folder, text in attributes for line in _attribute_lines(folder, text)]

    def of(self, path: str, scan: Scan) -> tuple[str, ...]:
        """Labels of a file, sorted: ``documentation``, ``generated``, ``template``, ``test``, ``vendored``."""
        return tuple(reason.label for reason in self.reasons(path, scan))

    def reasons(self, path: str, scan: Scan) -> tuple[Reason, ...]:
        """One reason for each label of a file, sorted by label. What `.gitattributes` say counts most."""
        found: dict[str, Reason] = {}
        folder, _, name = path.rpartition("/")
        if (template := _template(path, scan)) is not None:
            found["template"] = template
        if scan.generated_line and ("template" not in found or scan.is_generated_template):  # others speak of what is made from them
            found["generated"] = Reason("generated", "a comment says so", path, scan.generated_line)
        if scan.own_page or scan.seed_page:
            found["generated"] = Reason("generated", "a page of documentation says so", path, 1)
        elif path in self._own:
            found["generated"] = Reason("generated", "pages of documentation beside it say so")
        for label, patterns in self._patterns:
            if label not in found and (pattern := patterns.which(path)) is not None:
                found[label] = Reason(label, f"path matches {pattern}")
        if folder not in self._folders:
            parts = folder.split("/")
            self._folders[folder] = (next((p for p in parts if p in _VENDORED), ""), next((p for p in parts if p in _DOCUMENTATION), ""))
        vendored, documentation = self._folders[folder]
        if vendored:
            found.setdefault("vendored", Reason("vendored", f"it lies in a folder {vendored}"))
        elif name in _COPIED and scan.shebang == "sh":
            found.setdefault("vendored", Reason("vendored", "its name is one that the build system of GNU copies"))
        if documentation:
            found["documentation"] = Reason("documentation", f"it lies in a folder {documentation}")
        elif name[:1] in _DOCUMENT_BEGINS and _DOCUMENT.match(name):
            found["documentation"] = Reason("documentation", "its name")
        if "generated" not in found and (name.endswith(_GENERATED_ENDS) or name in _GENERATED):
            found["generated"] = Reason("generated", "its name is one that tools write")
        for glob, label, on, where, line in self._attributes:
            if glob.matches(path):
                if on:
                    found[label] = Reason(label, f"linguist-{label}", where, line)
                else:
                    found.pop(label, None)
        reasons = tuple(found[label] for label in sorted(found)) if found else ()
        return self._known.setdefault(reasons, reasons)  # most files have them for the same reasons


def _template(path: str, scan: Scan) -> Reason | None:
    """What says that something is yet to be filled in in a file."""
    folder, _, name = path.rpartition("/")
    stem, dot, ending = name.rpartition(".")
    suffix = dot + ending if stem.strip(".") else ""
    if name.endswith(".blade.php"):
        return Reason("template", "its suffix .blade.php")
    if suffix in _TEMPLATE_LANGUAGES or (suffix in TEMPLATE_SUFFIXES and not _LISTS.search(path)):
        return Reason("template", f"its suffix {suffix}")
    if scan.template_line and suffix.lower() in _NO_DOLLARS:
        return Reason("template", "${…} outside of strings", path, scan.template_line)
    if "{{" in folder and _TO_FILL_IN.search(folder):
        return Reason("template", "the name of a folder is to be filled in")
    return None


#: What git does not take for a blank between attributes.
_WORD = re.compile(r"[^ \t\r]+")
_LINGUIST = re.compile(r"(-?)linguist-(vendored|generated|documentation)(?:=(\w+))?$")


def _attribute_lines(folder: str, text: str) -> list[tuple[PathPattern, str, bool, str, int]]:
    from .patterns import PathPattern

    found = []
    for number, line in enumerate(text.split("\n"), 1):
        pattern, *attributes = _WORD.findall(line) or [""]
        for attribute in attributes:
            match = _LINGUIST.match(attribute)
            if match and not pattern.startswith("#"):
                below = pattern.lstrip("/") if "/" in pattern else f"**/{pattern}"
                whole = f"/{folder}/{below}" if folder else pattern
                on = not match[1] and (match[3] or "true") not in ("false", "0", "unset")
                where = f"{folder}/.gitattributes" if folder else ".gitattributes"
                found.append((PathPattern(whole), match[2], on, where, number))
    return found
