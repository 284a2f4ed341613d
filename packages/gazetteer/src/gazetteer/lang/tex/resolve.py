"""Which files LaTeX puts in: seen from the file, or from a folder around it, where the whole is made; labels and entries by their names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from ...atlas import Edge, Missing, SymbolRef
from ...config import Config
from ...gather import SourceFile
from ...model import Import
from ...resolve.paths import Paths, above

__all__ = ["resolve"]

_IMAGES = (".pdf", ".png", ".jpg", ".jpeg", ".eps", ".svg", ".pgf", ".tikz", ".tex")
_OF_IMAGES = ("", "figures", "figure", "figs", "fig", "images", "image", "img", "graphics", "pics", "pictures", "assets")
#: What names of files may lack.
_ENDINGS = {
    "bibliography": (".bib", ""), "addbibresource": ("", ".bib"), "usepackage": (".sty",), "RequirePackage": (".sty",),
    "documentclass": (".cls",), "LoadClass": (".cls",), "includegraphics": ("", *_IMAGES), "includepdf": ("", ".pdf"),
}  # fmt: skip


def resolve(files: list[SourceFile], paths: Paths, _config: Config) -> Iterator[Edge | Missing]:
    """An edge for each file that is put in, and for each that has a label or an entry which another one refers to."""
    named: dict[tuple[str, str], list[SymbolRef]] = defaultdict(list)
    for file in files:
        for index, symbol in enumerate(file.record.symbols if file.record is not None else ()):
            if symbol.kind in ("target", "object"):
                named["cite" if symbol.kind == "object" else "ref", symbol.name].append(SymbolRef(file.path, index))
    for file in files:
        assert file.record is not None
        for statement in file.record.imports:
            if statement.alias in ("ref", "cite"):
                yield from _referred(file.path, statement, named.get((statement.alias, statement.target), []))
            else:
                yield from _put_in(file.path, statement, paths)


def _referred(path: str, statement: Import, found: list[SymbolRef]) -> Iterator[Edge]:
    """The one file with a label; of several, those of another document, none."""
    if len({ref.path for ref in found}) == 1 and found[0].path != path:
        text = f"\\{statement.alias}{{{statement.target}}}"
        yield Edge.stated(path, statement, found[0].path, "import", text, target_symbol=found[0].index)


def _put_in(path: str, statement: Import, paths: Paths) -> Iterator[Edge | Missing]:
    word = statement.alias or statement.kind
    endings = _ENDINGS.get(word, (".tex", ""))
    within = _OF_IMAGES if word == "includegraphics" else ("",)
    text = f"\\{word}{{{statement.target}}}"
    for folder in above(path):
        for inner in within:
            place = "/".join(filter(None, (folder, inner)))
            found = next((one for ending in endings if (one := paths.relative(place, statement.target + ending)) is not None), None)
            if found is not None:
                if found != path:
                    yield Edge.stated(path, statement, found, "import", text)
                return
    if statement.kind != "listed":
        yield Missing(path, statement.line, "import", text)
