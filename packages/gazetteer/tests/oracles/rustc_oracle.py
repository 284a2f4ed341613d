"""What rustc's parser says that files of Rust declare and import: reads paths from its input, and writes what `comparing` describes.

The parser's tree is had from ``rustc -Zunpretty=ast-tree``: all that was parsed, before macros are expanded, as Rust prints values for
debugging. A release of rustc gives it where ``RUSTC_BOOTSTRAP`` is set.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

#: The first that accepts a file counts.
EDITIONS = ("2021", "2024", "2015")
KINDS = {
    "Struct": "struct", "Enum": "enum", "Union": "union", "Trait": "trait", "TraitAlias": "trait", "Fn": "function", "Mod": "module",
    "Const": "constant", "Static": "variable", "TyAlias": "type_alias", "Type": "type_alias", "MacroDef": "macro", "Impl": "impl",
}  # fmt: skip
_OPENING = re.compile(r"(?:([a-z]\w*): )?([A-Z]\w*(?:::\w+)*)? ?[\[({]$")
_NAMED = re.compile(r"([a-z]\w*): (?=\S)")
_IDENTIFIER = re.compile(r"((?:r#)?[^\W\d]\w*|_)#\d+$")
_SPAN = re.compile(r".*?:(\d+):(\d+): (\d+):(\d+) \(#\d+\)$")
#: What is around the type that an ``impl`` is for and does not belong to its name.
_REFERENCE = re.compile(r"&\s*(?:'\w+\s+)?(?:mut\s+)?|\*(?:const|mut)\s+")
_PATH = re.compile(r"(?!dyn |impl |fn)[\w:#$]+(?:\s*<.*>)?$", re.DOTALL)
_COMMENT = re.compile(r"//[^\n]*")


@dataclass
class Tree:
    """A value with parts: ``Tag { name: part, }``, ``Tag(part, )``, ``[part, ]``."""

    tag: str
    named: dict[str, Any] = field(default_factory=dict)
    parts: list[Any] = field(default_factory=list)

    def below(self) -> Iterator[Tree]:
        """The parts that are trees."""
        return (each for each in (*self.named.values(), *self.parts) if isinstance(each, Tree))

    def find(self, tag: str) -> Iterator[Tree]:
        """Trees of some tag within, not those within them."""
        for each in self.below():
            if each.tag == tag:
                yield each
            else:
                yield from each.find(tag)


def read_tree(printed: str) -> Tree:
    """The value that Rust prints over many lines.

    Examples
    --------
    >>> read_tree("A {\\n    b: C(\\n        1,\\n    ),\\n    d: [],\\n}")
    Tree(tag='A', named={'b': Tree(tag='C', named={}, parts=['1']), 'd': '[]'}, parts=[])
    """
    root = Tree("")
    stack = [root]
    for line in printed.splitlines():
        text = line.strip().removesuffix(",")
        if text in ("}", ")", "]"):
            stack.pop()
            continue
        opening = _OPENING.match(text)
        named = _NAMED.match(text)
        value = Tree(opening[2] or "") if opening else text[named.end() :] if named else text
        if named:
            stack[-1].named[named[1]] = value
        else:
            stack[-1].parts.append(value)
        if isinstance(value, Tree):
            stack.append(value)
    return root.parts[0]


@dataclass
class Place:
    """What is around an item: its kind as rustc calls it, and the names that its full name begins with."""

    kind: str = ""
    names: tuple[str, ...] = ()


class Reader:
    """What one file declares."""

    def __init__(self, source: str) -> None:
        self.lines = source.split("\n")
        self.rows = list[dict[str, Any]]()

    def items(self, tree: Tree, around: Place) -> None:
        """Read what is declared within a tree."""
        for each in tree.below():
            if each.tag == "Item" and each.named:  # not the statement that is one, which has it as its part
                self.item(each, around)
            elif each.tag == "Variant":
                name = identifier(each.named["ident"])
                self.declare("enum_member", name, each, around, value=self.text_of(each.named["disr_expr"]))
                self.items(each, Place("Variant", (*around.names, name)))
            elif each.tag == "FieldDef":
                name = identifier(each.named["ident"])
                if name:  # those of a tuple have none
                    self.declare("field", name, each, around, type=self.text(each.named["ty"]), **self.visibility(each))
                self.items(each, Place("FieldDef", (*around.names, name)) if name else around)
            elif each.tag != "Attribute":
                self.items(each, around)

    def item(self, item: Tree, around: Place) -> None:
        """Read an item and what is within it."""
        kind = item.named["kind"]
        what = kind.tag if isinstance(kind, Tree) else kind
        first, _, last, _ = span(item)
        if what == "Use":
            self.uses(kind.parts[0], (), first)
        elif what == "ExternCrate":
            original, name = kind.parts
            crate = json.loads(original.parts[0]) if isinstance(original, Tree) else identifier(name)
            self.imported("extern_crate", crate, first, identifier(name) if isinstance(original, Tree) else "")
        elif what == "MacCall":  # what is written in a call may be items, which rustc does not read here
            self.rows.append({"kind": "unread", "name": "", "line": first, "end": last})
        elif what == "ForeignMod":
            self.items(kind, around)
        elif what == "Impl":
            self.implementation(item, kind.parts[0], around)
        elif what in KINDS:
            name = next(filter(None, map(identifier, [*kind.parts, *(p for t in kind.below() for p in t.named.values())])))
            unnamed, listed = name == "_", what not in ("Const", "Static") or around.kind != "Fn"
            called = "method" if what == "Fn" and around.kind in ("Trait", "Impl") else KINDS[what]
            if listed and not unnamed:
                self.declare(called, name, item, around, **self.details(what, kind), **self.visibility(item))
            if what == "Mod" and "Unloaded" in kind.parts:
                self.module_file(item, name)
            self.items(kind, around if unnamed else Place(what, (*around.names, name)))

    def visibility(self, item: Tree) -> dict[str, str]:
        """Who sees it, where that is said; what nothing means is for Gazetteer to say."""
        of = item.named["vis"]
        written = "" if of.named["kind"] == "Inherited" else self.text(of)
        return {"visibility": "public" if written == "pub" else written} if written else {}

    def details(self, what: str, kind: Tree) -> dict[str, Any]:
        """What is said of a function, a constant or a type."""
        generic = next(kind.find("Generics"), None)
        found: dict[str, Any] = {}
        if what in ("Fn", "Struct", "Enum", "Union", "Trait", "TyAlias") and generic is not None:
            listed = isinstance(generic.named["params"], Tree)
            found["type_parameters"] = self.text(generic) if listed else ""
        if what == "Fn":
            function = next(kind.find("FnDecl"))
            inputs = function.named["inputs"]
            given = [self.parameter(each) for each in inputs.parts] if isinstance(inputs, Tree) else []
            found["parameters"], found["parameter_types"] = [name for name, _ in given], [of for _, of in given]
            output = function.named["output"]
            found["type"] = self.text(output.parts[0]) if output.tag == "Ty" else ""
        elif what in ("Const", "Static"):
            item = next(kind.below())
            found["type"] = self.text(item.named["ty"])
        elif what == "TyAlias":
            found["type"] = self.text_of(next(kind.below()).named["ty"])
        return found

    def parameter(self, given: Tree) -> tuple[str, str]:
        """Name and type; of ``&self`` that is all that is written."""
        of, pattern = given.named["ty"], given.named["pat"]
        if any(each.named.get("kind") == "ImplicitSelf" for each in (of, *of.find("Ty"))) and self.text(pattern).endswith("self"):
            return "self", self.text(pattern) if self.text(pattern) != "self" else ""
        if of.named["kind"] == "CVarArgs":
            return "...", ""
        return self.text(pattern).removeprefix("mut "), self.text(of)

    def text_of(self, tree: Any) -> str:
        """What is written for the first part that says where it is, in what may be nothing."""
        if not isinstance(tree, Tree):
            return ""
        return self.text(tree) if "span" in tree.named else next((said for each in tree.below() if (said := self.text_of(each))), "")

    def implementation(self, item: Tree, impl: Tree, around: Place) -> None:
        """Read an ``impl``, which is called what it is for."""
        of = impl.named["self_ty"]
        text = " ".join(_COMMENT.sub("", self.text(of)).split())
        while begins := _REFERENCE.match(text):
            text = text[begins.end() :]
        if _PATH.match(text):
            text = re.sub(r"\s*<.*>$", "", text).rsplit("::", 1)[-1]
        bases, header = list[str](), impl.named["of_trait"]
        if isinstance(header, Tree):
            trait = next(header.find("TraitRef"))
            how = "not" if any("negative" in each.named.get("polarity", "") for each in header.below()) else "trait"
            bases = [f"{how} {_COMMENT.sub('', self.text(trait.named['path']))}"]
        self.declare("impl", text, item, around, line=span(of)[0], bases=bases)
        self.items(impl, Place("Impl", (*around.names, text)))

    def module_file(self, item: Tree, name: str) -> None:
        """Write the file that a module is in, as an import."""
        written = next((value for each in attributes(item) if (value := string_of(each, "path"))), "")
        self.imported("mod_path" if written else "mod", written or name, self.rows[-1]["line"])

    def uses(self, tree: Tree, path: tuple[str, ...], line: int) -> None:
        """Read the names that a ``use`` brings in."""
        segments = (each.named["ident"].rsplit("#", 1)[0] for each in tree.named["prefix"].find("PathSegment"))
        path = (*path, *("" if each == "{{root}}" else each for each in segments))  # a path that begins with ::
        kind = tree.named["kind"]
        if isinstance(kind, Tree) and kind.tag == "Nested":
            for each in kind.find("UseTree"):
                self.uses(each, path, line)
        elif kind == "Glob":
            self.imported("use", "::".join((*path, "*")), line)
        else:
            alias = kind.parts[0]
            self.imported("use", "::".join(path), line, identifier(alias.parts[0]) if isinstance(alias, Tree) else "")

    def imported(self, kind: str, name: str, line: int, alias: str = "") -> None:
        """Write an import."""
        self.rows.append({"kind": f"import:{kind}", "name": name, "line": line, "alias": alias})

    def declare(self, kind: str, name: str, tree: Tree, around: Place, line: int = 0, **more: Any) -> None:
        """Write a declaration; its name is in the line given, or else looked for."""
        row = {
            "kind": kind, "name": "::".join((*around.names, name)), "line": line or self.line_of(name, tree), "end": span(tree)[2],
            "documented": any(documents(each, inner=kind == "module") for each in attributes(tree)),
        }  # fmt: skip
        outer = [each for each in attributes(tree) if each.named["style"] == "Outer" and each.named["kind"].tag == "Normal"]
        row["decorators"] = [self.text(each)[2:-1] for each in outer if not string_of(each, "doc")]
        if kind != "module":
            row["doc_words"] = "".join(filter(str.isalnum, "".join(words(each) for each in attributes(tree))))[:2_000]
        self.rows.append(row | more)

    def line_of(self, name: str, tree: Tree) -> int:
        """The line where a name stands in what is declared; rustc prints no places of names."""
        first, column, last, _ = span(tree)
        word = re.compile(rf"(?<![\w#]){re.escape(name)}(?!\w)")
        for number in range(first, last + 1):
            if word.search(self.lines[number - 1], column - 1 if number == first else 0):
                return number
        return first

    def text(self, tree: Tree) -> str:
        """What is written in the file for a tree."""
        first, start, last, end = span(tree)
        if first == last:
            return self.lines[first - 1][start - 1 : end - 1]
        return "\n".join([self.lines[first - 1][start - 1 :], *self.lines[first : last - 1], self.lines[last - 1][: end - 1]])


def identifier(value: Any) -> str:
    """The name that a value is, in ``Some(…)`` or not; else empty."""
    if isinstance(value, Tree):
        return identifier(value.parts[0]) if value.tag == "Some" and len(value.parts) == 1 else ""
    found = _IDENTIFIER.match(value)
    return found[1] if found else ""


def span(tree: Tree) -> tuple[int, int, int, int]:
    """First line and column, and those behind the end."""
    found = _SPAN.match(tree.named["span"])
    assert found is not None, tree.named["span"]
    first, start, last, end = map(int, found.groups())
    return first, start, last, end


def attributes(tree: Tree) -> list[Tree]:
    """The attributes of an item, documentation among them."""
    listed = tree.named["attrs"]
    return listed.parts if isinstance(listed, Tree) else []


def documents(attribute: Tree, *, inner: bool) -> bool:
    """Whether an attribute is documentation with a word in it."""
    if attribute.named["style"] == "Inner" and not inner:
        return False
    kind = attribute.named["kind"]
    text = unquoted(kind.parts[1]) if kind.tag == "DocComment" else string_of(attribute, "doc")
    return bool(text.strip(" \t\n\r*/"))


def words(attribute: Tree) -> str:
    """What an attribute says that is documentation."""
    kind = attribute.named["kind"]
    if attribute.named["style"] == "Inner":
        return ""
    return unquoted(kind.parts[1]) if kind.tag == "DocComment" else string_of(attribute, "doc")


def string_of(attribute: Tree, name: str) -> str:
    """The text of an attribute of some name: ``#[path = "text"]``."""
    kind = attribute.named["kind"]
    if kind.tag != "Normal" or [identifier(each.named["ident"]) for each in next(kind.find("Path")).find("PathSegment")] != [name]:
        return ""
    literals = (literal for value in kind.find("Expr") for literal in value.named["kind"].below())
    return next((unquoted(literal.named["symbol"]) for literal in literals if literal.tag == "Lit"), "")


def unquoted(printed: str) -> str:
    """A text that Rust prints in quotes, nearly: what else than ends of lines and quotes is escaped stays so."""
    return printed.strip('"').replace("\\n", "\n").replace("\\r", "\r").replace("\\t", "\t").replace('\\"', '"')


def parsed(path: str) -> tuple[str, str]:
    """The tree that rustc prints of a file, and why it has none."""
    wrong = ""
    for edition in EDITIONS:
        command = ["rustc", "--edition", edition, "--crate-type", "lib", "-Zunpretty=ast-tree", "--cap-lints", "allow", path]
        done = subprocess.run(command, env={**os.environ, "RUSTC_BOOTSTRAP": "1"}, capture_output=True, check=False)
        if not done.returncode:
            return done.stdout.decode("utf-8", "replace"), ""
        wrong = wrong or done.stderr.decode("utf-8", "replace")[:300]
    return "", wrong or "rustc says no why"


def main() -> None:
    """Read the files that are named in the input."""
    sys.setrecursionlimit(100_000)
    for path in sys.stdin.read().splitlines():
        printed, problem = parsed(path)
        rows: list[dict[str, Any]] = [{"file": path, "problem": problem}]
        if not problem:
            reader = Reader(Path(path).read_text("utf-8"))
            reader.items(read_tree(printed), Place())
            rows += reader.rows
        sys.stdout.write("".join(f"{json.dumps(row)}\n" for row in rows))


if __name__ == "__main__":
    main()
