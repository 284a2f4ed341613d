"""YAML: top-level keys with their lines, what a manifest declares, objects of a cluster, entries of a list, and files that are named."""

from __future__ import annotations

import re
from typing import Any

from ...model import Document, Import, Note
from ..base import MAX_DOC, MAX_VALUE, Walk, one_line
from ..lines import file_lines
from . import templates
from .json_text import Place
from .named import named
from .walker import MOST_ENTRIES, MOST_NAMED, MOST_VALUES, line_within, note_keys, note_values

__all__ = ["walk"]

#: Top-level keys by which a text is known to describe a package, a project or services.
_MANIFEST = frozenset((
    "services", "jobs", "dependencies", "dev_dependencies", "repos", "build", "stages", "mkdocs", "packages", "runs", "nav",
))  # fmt: skip
#: What ends a line of YAML besides a line feed.
_END = re.compile(r"\r(?!\n)|[\x85\u2028\u2029]")
#: What is said at most of the objects that a file describes.
_FEW = 3


def walk(walk: Walk) -> None:
    """Read a YAML text; one that is a template, and no YAML before it is filled in, without what stands in its braces."""
    import yaml

    reader = _Reader(walk, walk.decoded)
    try:
        reader.read()
    except (yaml.YAMLError, ValueError) as error:
        masked = templates.masked(walk.decoded)
        if masked == walk.decoded or not _is_read(retry := _Reader(walk, masked)):
            _note(walk, error, reader.lines)
            return
        walk.notes.append(Note("not-parsed", "no YAML until its template is filled in: read without what stands in braces"))
        reader = retry
    templates.walk(walk)
    reader.tell()


def _is_read(reader: _Reader) -> bool:
    import yaml

    try:
        reader.read()
    except (yaml.YAMLError, ValueError):
        return False
    return True


def _note(walk: Walk, error: Exception, lines: list[int]) -> None:
    """Note why a text is no YAML."""
    mark = getattr(error, "problem_mark", None)
    said = getattr(error, "problem", "") if mark is not None else str(error)
    walk.notes.append(Note("parse-error", f"no YAML: {one_line(said or '', 200)}", line_within(walk, _line_of(mark, lines))))


def _line_of(mark: Any, lines: list[int]) -> int:
    """The line of the file of a mark; 0 where there is none."""
    if mark is None:
        return 0
    return lines[min(mark.line + 1, len(lines) - 1)] if lines else int(mark.line) + 1  # what is missing may be missing behind the last one


class _Reader:
    """One text, document by document, as events: nothing is built from tags, aliases are not followed."""

    def __init__(self, walk: Walk, text: str) -> None:
        self.walk, self.text = walk, text
        self.lines = file_lines(walk.decoded, _END)
        self.rows = walk.decoded.split("\n")
        self.keys, self.places, self.entries = list[tuple[str, int]](), list[Place](), list[Place]()
        self.named = list[Import]()
        #: Objects of a cluster, by kind and name; what the document that is being read says of these.
        self.objects, self.said = list[tuple[str, str, int]](), dict[str, tuple[str, int]]()
        # Of each open mapping or list: its key, and of a mapping whether the next scalar is a key.
        self.path, self.expects = list[str](), list[bool | None]()
        self.key, self.key_line, self.begins = "", 0, False

    def read(self) -> None:
        """Read everything."""
        import yaml

        loader = yaml.CSafeLoader if hasattr(yaml, "CSafeLoader") else yaml.SafeLoader
        for event in yaml.parse(self.text, Loader=loader):
            if isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
                if self.expects and self.expects[-1] is not None:
                    self.expects[-1] = True
                self.path.append(self.key)
                self.expects.append(True if isinstance(event, yaml.MappingStartEvent) else None)
                self.begins = self.expects == [None, True]
                self.key = ""
            elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
                self.path.pop()
                self.expects.pop()
                self.key = ""
            elif isinstance(event, yaml.DocumentEndEvent):
                self.object()
            elif isinstance(event, (yaml.ScalarEvent, yaml.AliasEvent)) and self.expects:
                self.scalar(event, event.value if isinstance(event, yaml.ScalarEvent) else f"*{event.anchor}")

    def scalar(self, event: Any, value: str) -> None:
        """A key or a value."""
        line = _line_of(event.start_mark, self.lines)
        if self.expects[-1]:
            self.key, self.key_line, self.expects[-1] = value, line, False
            if len(self.expects) == 1:
                self.keys.append((value, line))
            return
        if self.begins:
            self.entries.append(Place((self.key,), value, self.key_line))
            self.begins = False
        if len(self.places) <= 2 * MOST_VALUES:  # empty ones are not listed
            place = Place((*self.path, self.key), value, self.key_line if self.key else line)
            self.places.append(place)
            self.name(place, line, event)
            where = ".".join(filter(None, place.path))
            if where in ("apiVersion", "kind", "metadata.name", "metadata.generateName"):
                written = self.walk.decoded[event.start_mark.index : event.end_mark.index] if self.text != self.walk.decoded else value
                self.said.setdefault(where, (one_line(written, MAX_VALUE), place.line))
        if self.expects[-1] is False:
            self.expects[-1], self.key = True, ""

    def name(self, place: Place, line: int, event: Any) -> None:
        """Note what a value names."""
        if len(self.named) < MOST_NAMED:
            rows = self.rows[line - 1 : _line_of(event.end_mark, self.lines)] if "\n" in place.value else ()
            self.named += named(place.path, place.value, line, rows)

    def object(self) -> None:
        """Note the object that a document describes, if it does."""
        if "apiVersion" in self.said and "kind" in self.said:
            kind, line = self.said["kind"]
            name = self.said.get("metadata.name") or self.said.get("metadata.generateName") or ("", 0)
            self.objects.append((kind, name[0], line))
        self.said = {}

    def tell(self) -> None:
        """Put what was found into the record."""
        self.walk.imports += self.named
        note_keys(self.walk, self.keys)
        names = {key for key, _ in self.keys}
        if _MANIFEST & names or {"name", "environment"} <= names:  # the latter of a package of Dart that needs no other
            note_values(self.walk, self.places)
        elif self.objects:
            self.tell_objects()
        elif not self.keys and len(self.entries) > 1 and len({entry.path for entry in self.entries}) == 1:
            note_values(self.walk, self.entries, MOST_ENTRIES)  # a list of entries, each named by its first key

    def tell_objects(self) -> None:
        self.walk.values = self.objects[:MOST_VALUES]
        if len(self.objects) > MOST_VALUES:
            self.walk.notes.append(Note("too-many-symbols", f"only the first {MOST_VALUES:,} of the objects that it describes are listed"))
        first = ", ".join([f"{kind} {name}".strip() for kind, name, _ in self.objects[:_FEW]])
        more = f" and {len(self.objects) - _FEW:,} more" if len(self.objects) > _FEW else ""
        self.walk.document = Document(title=one_line(first, MAX_DOC) + more, title_line=self.objects[0][2])
