"""What is known of a source tree: records of files, and the facts that stages of the pipeline add to them.

Everything here is plain data (`msgspec` structs), so that it can be cached by content, sent between processes, and written as
JSON with a schema. A `FileRecord` depends on the bytes of one file, its language and the extractor alone - never on its path or
on other files - and so the same bytes are read once, whatever they are called. What depends on the rest of the tree (edges,
ranks, tests) is in `gazetteer.atlas`.

Lines are counted from 1 and both ends belong to a range, as in links to GitHub (``#L12-L20``).
"""

from __future__ import annotations

from typing import Generic, Literal, TypeVar

from msgspec import Struct, field

__all__ = [
    "KINDS",
    "TYPE_KINDS",
    "Base",
    "Block",
    "Counts",
    "Document",
    "FileRecord",
    "Heading",
    "Import",
    "ImportedName",
    "Link",
    "Linked",
    "Method",
    "Note",
    "Parameter",
    "Placed",
    "Quality",
    "Record",
    "Role",
    "Scan",
    "Symbol",
]

#: How a fact was found. Pages print it where it is weaker than ``parsed``.
Method = Literal["parsed", "resolved", "text-match", "git", "declared", "compiler"]

#: ``definition`` has a body (or is all there is, as for a field); ``declaration`` announces a function or a variable that is
#: defined elsewhere; ``forward`` names a type without saying what it is.
Role = Literal["definition", "declaration", "forward"]

#: Kinds of symbols, in the order in which pages list them, with their plural.
KINDS: dict[str, str] = {
    "module": "modules",
    "namespace": "namespaces",
    "package": "packages",
    "concept": "concepts",
    "trait": "traits",
    "protocol": "protocols",
    "interface": "interfaces",
    "annotation": "annotations",
    "class": "classes",
    "struct": "structs",
    "union": "unions",
    "record": "records",
    "object": "objects",
    "enum": "enums",
    "impl": "implementations",
    "extension": "extensions",
    "delegate": "delegates",
    "type_alias": "type aliases",
    "constructor": "constructors",
    "destructor": "destructors",
    "operator": "operators",
    "method": "methods",
    "function": "functions",
    "property": "properties",
    "event": "events",
    "field": "fields",
    "enum_member": "enum members",
    "constant": "constants",
    "variable": "variables",
    "alias": "aliases",
    "macro": "macros",
    "macro_call": "macro calls",
    "target": "targets",
    "option": "options",
    "table": "tables",
    "view": "views",
    "index": "indexes",
    "trigger": "triggers",
}
#: Those of types.
TYPE_KINDS = frozenset((
    "concept", "trait", "protocol", "interface", "annotation", "class", "struct", "union", "record", "object", "enum", "type_alias",
))  # fmt: skip


class Base(Struct, array_like=True, frozen=True, omit_defaults=True, gc=False):
    """A base as it is written: ``public virtual Base<T>`` has the name ``Base<T>``."""

    name: str
    #: ``extends``, ``implements``, ``with``, ``metaclass``, …; empty where the language has one sort alone.
    how: str = ""
    access: str = ""
    virtual: bool = False
    #: How many lines below the line of the class it stands; below zero where a statement before a function gives that a base.
    below: int = 0


class Parameter(Struct, array_like=True, frozen=True, omit_defaults=True, gc=False):
    """A parameter of a function, with type and default as they are written (empty where there are none)."""

    name: str
    type: str = ""
    default: str = ""
    #: Python: ``positional``, ``keyword``, ``args``, ``kwargs``; elsewhere ``variadic``, ``receiver``, ``block``; else empty.
    kind: str = ""


class Placed(Struct, array_like=True, omit_defaults=True, gc=False):
    """What it takes to name a declaration and to say where it stands.

    `line` is where its name stands, and `first_line` where it begins if that is before (a template head, decorators, a type on a line
    of its own), else 0. `parent` is the index in `FileRecord.symbols` of the symbol around it, or -1; parents come before their
    children, and symbols are in the order of the text.
    """

    kind: str
    name: str
    line: int
    end_line: int
    parent: int = -1
    first_line: int = 0
    #: Scope that is written before the name: ``Node`` in ``void Node::release()``, the receiver of a Go method.
    scope: str = ""
    role: Role = "definition"


class Symbol(Placed, array_like=True, omit_defaults=True, gc=False):
    """One declaration."""

    #: The head of the declaration on one line, without body and doc comment.
    signature: str = ""
    doc: str = ""
    #: Lines of the doc comment or docstring; 0 without one.
    doc_line: int = 0
    doc_end: int = 0
    #: ``public``, ``protected``, ``private``, ``internal``, ``exported``, …; empty where the language says nothing.
    visibility: str = ""
    #: ``static``, ``virtual``, ``override``, ``async``, ``const``, … as the language writes them, sorted.
    modifiers: tuple[str, ...] = ()
    bases: tuple[Base, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    #: The type that a function returns, a field has, an alias stands for; as it is written.
    type: str = ""
    #: The value of a constant, an enum member, a macro; cut after 200 characters, with ``…``.
    value: str = ""
    #: Decorators, attributes, annotations, as they are written.
    decorators: tuple[str, ...] = ()
    type_parameters: str = ""
    #: Preprocessor conditions around the declaration: ``defined(USE_CUDA)``.
    condition: str = ""

    @property
    def start_line(self) -> int:
        """Where the declaration begins."""
        return self.first_line or self.line


class Linked(Placed, gc=False):
    """Of a declaration, what resolvers ask for; its texts, which take most of the room, are left out."""

    visibility: str = ""
    modifiers: tuple[str, ...] = ()
    bases: tuple[Base, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    type_parameters: str = ""
    condition: str = ""


class ImportedName(Struct, array_like=True, frozen=True, omit_defaults=True, gc=False):
    """``name as alias``; the name ``*`` is all names."""

    name: str
    alias: str = ""


class Import(Struct, array_like=True, omit_defaults=True, gc=False):
    """A statement that brings another file, module or package in.

    `kind`: ``include`` (quotes), ``include_system`` (angle brackets), ``import``, ``from``, ``use``, ``require``, ``mod``,
    ``source``, ``subdirectory``, ``export`` (re-exports), …
    """

    kind: str
    target: str
    line: int
    end_line: int = 0
    #: Of Go, those that the file uses of the package.
    names: tuple[ImportedName, ...] = ()
    alias: str = ""
    #: Leading dots of a relative import of Python.
    level: int = 0
    #: Inside a function or a condition: not done whenever the file is read.
    local: bool = False
    condition: str = ""
    #: For types alone: ``import type`` of TypeScript, under ``if TYPE_CHECKING`` in Python.
    type_only: bool = False

    @property
    def lines_below(self) -> int:
        """How many lines the statement goes on below its first."""
        return max(self.end_line - self.line, 0)


class Link(Struct, array_like=True, frozen=True, omit_defaults=True, gc=False):
    """A link in prose, as it is written."""

    target: str
    line: int
    text: str = ""


class Heading(Struct, array_like=True, frozen=True, gc=False):
    """A heading of a text document."""

    level: int
    text: str
    line: int


class Block(Struct, array_like=True, frozen=True, gc=False):
    """A range of lines."""

    line: int
    end_line: int


class Quality(Struct, array_like=True, omit_defaults=True, gc=False):
    """How well the file could be parsed. A file without a grammar has ``parser == ""``."""

    parser: str = ""
    #: Bytes below ERROR nodes, and MISSING nodes, of the parse that was kept.
    error_bytes: int = 0
    missing: int = 0
    errors: tuple[Block, ...] = ()
    #: What was done to the text before the parse that was kept: ``macros``, ``else-branches``, ``c as c++``.
    repairs: tuple[str, ...] = ()
    #: Names that the learned macros blanked.
    blanked: int = 0


class Counts(Struct, array_like=True, omit_defaults=True, gc=False):
    """Sizes of a text file."""

    bytes: int = 0
    lines: int = 0
    blank: int = 0
    comment: int = 0
    longest_line: int = 0


class Note(Struct, array_like=True, frozen=True, omit_defaults=True, gc=False):
    """Something that was left out or could not be read, said on the page of the file.

    `code` is one of ``too-large``, ``too-many-symbols``, ``too-deep``, ``timeout``, ``worker-died``, ``not-utf8``,
    ``unreadable``, ``vanished``, ``lfs-pointer``, ``nul-bytes``, ``long-line``, ``not-parsed``, ``long-name``, ``parse-error``, ``failed``,
    ``no-grammar``.
    """

    code: str
    text: str
    line: int = 0


class Document(Struct, array_like=True, omit_defaults=True, gc=False):
    """What a text document (Markdown, reStructuredText) says of itself."""

    title: str = ""
    title_line: int = 0
    #: The first paragraph.
    summary: str = ""
    summary_line: int = 0
    headings: tuple[Heading, ...] = ()
    links: tuple[Link, ...] = ()


class Scan(Struct, array_like=True, omit_defaults=True, gc=False):
    """What a first look at the bytes of a file says, before the languages and macros of the tree are known.

    It depends on the bytes alone. `content` is ``text``, ``binary``, ``empty``, ``lfs-pointer`` or ``too-large``.
    """

    content: str
    counts: Counts
    encoding: str = ""
    #: The interpreter that a ``#!`` line names, without its folder and version.
    shebang: str = ""
    #: Distinct identifiers of the whole text, comments and strings too, joined by spaces. They answer "who mentions it".
    identifiers: str = ""
    #: ``#define`` lines as written, one an item, continuation lines joined: ``NAME(args) body``.
    defines: list[str] = []
    #: Words of C++ in a C-like header, and of Objective-C: evidence for the language of a ``.h`` file.
    cpp_words: int = 0
    objc_words: int = 0
    #: First line that says that the file is generated, else 0; and that it is a page of this system or of the seed.
    generated_line: int = 0
    own_page: bool = False
    seed_page: bool = False
    notes: list[Note] = []
    #: What the file tells editors that its language is (``-*- mode -*-``, ``vim: ft=``), in lower case.
    modeline: str = ""
    #: First line with ``${name}`` outside of strings, else 0.
    template_line: int = 0
    #: What its first lines look like, of languages that share a suffix with another: it counts for files with such a suffix alone.
    looks: str = ""
    #: Whether it is a template that is generated itself, not only what is made from it.
    is_generated_template: bool = False
    #: Languages of which the text has a word that each of their files has: asked of suffixes that others have, too.
    tells: tuple[str, ...] = ()


S = TypeVar("S")


class Record(Struct, Generic[S], array_like=True, omit_defaults=True, gc=False):
    """What the bytes of one file say, with so much of its symbols as is read."""

    language: str
    counts: Counts
    doc: str = ""
    doc_line: int = 0
    doc_end: int = 0
    symbols: list[S] = []
    imports: list[Import] = []
    quality: Quality = field(default_factory=Quality)
    document: Document | None = None
    notes: list[Note] = []
    #: SPDX identifier, if the text has one.
    license: str = ""
    #: Key values of a structured text (JSON, YAML, TOML): top-level keys with their lines.
    keys: list[tuple[str, int]] = []
    #: Of a text that describes a package or services (told by its keys): dotted keys, the texts they have, lines.
    values: list[tuple[str, str, int]] = []
    #: Of the manifest of a package, the keys by which imports are resolved, as JSON (`gazetteer.manifests`).
    manifest: str = ""
    #: Line of what says which licence it is.
    license_line: int = 0
    #: Line of what says that it is run as a script, else 0: of Python, ``#!`` or ``if __name__ == "__main__"``.
    script_line: int = 0
    #: Namespaces whose names a file of C++ takes as its own, by ``using namespace``.
    opened: tuple[str, ...] = ()


class FileRecord(Record[Symbol], array_like=True, omit_defaults=True, gc=False):
    """All that the bytes of one file say, as far as its language is understood."""
