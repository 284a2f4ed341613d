"""Manifests that are XML - of Maven, ROS, MSBuild, NuGet and Android: what they are called, what they say of themselves, what they need.

Read as a text, in one pass: entities are what they are written as, and nothing is fetched.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from operator import attrgetter, itemgetter
from typing import NamedTuple

from ...model import Document, Import, Note
from ..base import MAX_DOC, MAX_VALUE, Walk, one_line

__all__ = ["walk"]

_MOST_VALUES = 2_000
#: A tag with its attributes, or what is none.
_TAG = re.compile(
    r"<!--.*?(?:-->|\Z)|<!\[CDATA\[.*?(?:\]\]>|\Z)|<[?!][^>]*+>|<(/?)([A-Za-z_][\w.:-]*+)((?>(?:[^<>\"']++|\"[^\"<]*+\"|'[^'<]*+')*))>",
    re.DOTALL,
)
_ATTRIBUTE = re.compile(r"(?<![\w.:-])([\w.:-]++)\s*+=\s*(?:\"([^\"]*)\"|'([^']*)')")
#: By the outermost element: elements whose text is shown, and those of which attributes or inner elements are, put together.
_TEXTS = {
    "project": frozenset((
        "project.groupId", "project.artifactId", "project.version", "project.packaging", "project.name", "project.description",
        "project.modules.module", "project.parent.artifactId",
    )),
    "package": frozenset((
        "package.name", "package.version", "package.description", "package.license", "package.depend", "package.buildtool_depend",
        "package.build_depend", "package.build_export_depend", "package.exec_depend", "package.run_depend", "package.test_depend",
        "package.doc_depend", "package.metadata.id", "package.metadata.version", "package.metadata.description",
    )),
    "Project": frozenset(
        f"Project.PropertyGroup.{name}"
        for name in ("TargetFramework", "TargetFrameworks", "TargetFrameworkVersion", "OutputType", "AssemblyName", "RootNamespace",
                     "PackageId", "Version", "Description")
    ),
    "manifest": frozenset[str](),
}  # fmt: skip
_JOINED = {
    "dependency": ("groupId", "artifactId", "id", "version", "scope"), "plugin": ("groupId", "artifactId", "version"),
    "PackageReference": ("Include", "Version"), "ProjectReference": ("Include",), "Reference": ("Include",),
    "uses-permission": ("android:name",),
    "activity": ("android:name",), "service": ("android:name",), "receiver": ("android:name",), "provider": ("android:name",),
}  # fmt: skip
#: Elements that name another project, or a file of this one.
_NAMES = {
    "ProjectReference": "Include", "Import": "Project", "Compile": "Include", "EmbeddedResource": "Include", "Content": "Include",
    "None": "Include", "ClInclude": "Include", "ClCompile": "Include",
}  # fmt: skip
_DESCRIPTIONS = frozenset(
    ("project.description", "package.description", "package.metadata.description", "Project.PropertyGroup.Description")
)
_SHORTEST, _DEEPEST = 8, 50


class _Element(NamedTuple):
    """An element: its name, where it and what it holds begin, its attributes, and the texts of the elements in it that hold no others."""

    name: str
    line: int
    begin: int
    attributes: dict[str, str]
    held: dict[str, str]


def walk(walk: Walk) -> None:
    """Read what a manifest declares; nothing of any other file."""
    for path, element, inside in _elements(walk.decoded.removeprefix("\ufeff")):
        root, _, below = path.partition(".")
        value = ""
        if path in _TEXTS[root]:
            value = html.unescape(_TAG.sub("", inside))
        elif element.name in _JOINED:
            known = element.held | element.attributes
            between = ":" if "groupId" in known else " "
            value = between.join(html.unescape(known[key]) for key in _JOINED[element.name] if known.get(key))
        if root == "Project" and (named := element.attributes.get(_NAMES.get(element.name, ""), "")) and not set(named) & set("$*%;"):
            if len(walk.imports) < _MOST_VALUES:
                walk.imports.append(Import("listed", html.unescape(named).replace("\\", "/"), element.line, alias=element.name))
        elif path == "project.modules.module" and value:
            walk.imports.append(Import("listed", value.strip(), element.line, alias="module"))
        if value := one_line(value, MAX_DOC):
            walk.values.append((below, one_line(value, MAX_VALUE), element.line))
            if path in _DESCRIPTIONS and len(value) >= _SHORTEST and walk.document is None:
                walk.document = Document(summary=value, summary_line=element.line)
        if len(walk.values) >= _MOST_VALUES:
            walk.notes.append(Note("too-many-symbols", f"only the first {_MOST_VALUES:,} of the values that it declares are listed"))
            break
    walk.values.sort(key=itemgetter(2))
    walk.imports.sort(key=attrgetter("line"))


def _elements(text: str) -> Iterator[tuple[str, _Element, str]]:
    """The elements of a manifest, each once it has ended, with the names around it and what it holds; none of any other file."""
    around, line, counted = list[_Element](), 1, 0
    for tag in _TAG.finditer(text):
        name = tag[2]
        if name is None:
            continue
        if not around and (tag[1] or name not in _TEXTS):
            return
        line, counted = line + text.count("\n", counted, tag.start()), tag.start()
        if not tag[1]:
            attributes = {found[1]: found[2] or found[3] or "" for found in _ATTRIBUTE.finditer(tag[3])}
            around.append(_Element(name, line, tag.end(), attributes, {}))
        if tag[1] or tag[3].endswith("/"):
            if around[-1].name != name:
                return  # no XML, or one with entities that have elements
            path = ".".join([element.name for element in around])
            element = around.pop()
            inside = text[element.begin : tag.start()].strip()
            if around and not element.held and "<" not in inside:
                around[-1].held.setdefault(name, inside)
            yield path, element, inside
        elif len(around) > _DEEPEST:
            return
