"""Changes of files whose resolver cannot be asked of few files: small only where no name that others see has come or gone."""

from __future__ import annotations

from ..gather import SourceFile
from ..resolve.asked import asked_in, words
from .near import Matched
from .not_small import need
from .view import View

__all__ = ["STRICT", "ensure_unasked"]

#: Languages whose resolvers read of a file no more than its imports and its declarations, and look names up by words of these.
STRICT = frozenset((
    "java", "kotlin", "scala", "php", "ruby", "go", "csharp", "bash", "elixir", "glsl", "graphql", "haskell", "hlsl", "julia",
    "lua", "perl", "powershell", "protobuf", "r", "solidity", "sql", "swift", "zig", "gotemplate", "yaml", "meson", "gradle",
    "tex", "bibtex", "systemverilog", "verilog", "gdscript",
))  # fmt: skip
#: Those in which an import also leads to what the file mentions anywhere.
_MENTIONING = frozenset(("go", "csharp", "java", "kotlin", "scala", "swift"))
#: Kinds that hold names of other files.
_SHARED_KINDS = frozenset(("package", "namespace", "module"))


def ensure_unasked(view: View, matched: Matched, old: SourceFile, new: SourceFile) -> None:
    """Make sure that names that appear or go are nobody else's.

    Raises
    ------
    NotSmallError
        If one may be.
    """
    language = new.language
    if language not in STRICT:
        return
    come, gone = list(matched.come.values()), list(matched.gone.values())
    need(language != "go" or bool(matched.old.doc) == bool(matched.new.doc), "documentation of a package")
    need(not (gone or come) or language not in _MENTIONING, f"a declaration of {language}")
    asked, still = (asked_in(matched.old), asked_in(matched.new)), {matched.old.symbols[index].name.lower() for index in matched.places}
    # Two of one name may have to do with each other.
    need(len({s.name.lower() for s in come}) == len(come), "two new declarations of one name")
    for symbol in (*gone, *come):
        name = symbol.name
        need(not symbol.bases, "a declaration with bases")
        need(not symbol.scope, "a declaration with a scope")
        need(symbol.kind not in _SHARED_KINDS, "a namespace")
        need(bool(name), "a declaration without a name")
        need(name.lower() not in still, "another declaration of a name in the file")
        need(name not in asked[1], "a declaration that the file asks for")
        # Names of operators and templates have several words.
        is_asked = any(view.kept.asked.get(word, 0) > (word in asked[0]) for word in {name, *words(name)})
        need(not is_asked, "a declaration that another file asks for")
        need(not _is_declared_in_any_case(view, name, matched.path), "a declaration of a name that another file declares")
    if language in _MENTIONING:
        changed = set(old.identifiers.split(" ")) ^ set(new.identifiers.split(" "))
        need(len(changed) <= 2_000 and not any(_is_declared(view, word, matched.path) for word in changed), "a word that others declare")


def _is_declared(view: View, name: str, besides: str) -> bool:
    """Whether another file declares a name."""
    return any(place.name == name and place.path != besides for place in view.places(name))


def _is_declared_in_any_case(view: View, name: str, besides: str) -> bool:
    """The same of a name whatever its case: methods of PHP override others so."""
    name = name.lower()
    return any(place.name.lower() == name and place.path != besides for place in view.places(name))
