"""The messages of SCIP that an index needs, described when the program runs: no generated module, no compiler of protocols.

Names and numbers of fields are those of the public protocol, ``scip.proto`` of https://github.com/sourcegraph/scip;
``position_encoding``, the role of forward declarations, ranges that are messages and the kinds from 83 on are of its later versions;
earlier readers skip them.
"""

from __future__ import annotations

from typing import Any

__all__ = ["KIND_NUMBERS", "messages"]

#: Message, then its fields: name, number, type (a scalar or a message), and whether there may be many.
_FIELDS: dict[str, tuple[tuple[str, int, str, bool], ...]] = {
    "ToolInfo": (("name", 1, "string", False), ("version", 2, "string", False), ("arguments", 3, "string", True)),
    "Metadata": (
        ("version", 1, "int32", False), ("tool_info", 2, "ToolInfo", False), ("project_root", 3, "string", False),
        ("text_document_encoding", 4, "int32", False),
    ),
    "Relationship": (
        ("symbol", 1, "string", False), ("is_reference", 2, "bool", False), ("is_implementation", 3, "bool", False),
        ("is_type_definition", 4, "bool", False), ("is_definition", 5, "bool", False),
    ),
    "Occurrence": (
        ("range", 1, "int32", True), ("symbol", 2, "string", False), ("symbol_roles", 3, "int32", False),
        ("enclosing_range", 7, "int32", True), ("single_line_range", 8, "SingleLineRange", False),
        ("multi_line_range", 9, "MultiLineRange", False),
    ),
    "SingleLineRange": (("line", 1, "int32", False), ("start_character", 2, "int32", False), ("end_character", 3, "int32", False)),
    "MultiLineRange": (
        ("start_line", 1, "int32", False), ("start_character", 2, "int32", False), ("end_line", 3, "int32", False),
        ("end_character", 4, "int32", False),
    ),
    "SymbolInformation": (
        ("symbol", 1, "string", False), ("documentation", 3, "string", True), ("relationships", 4, "Relationship", True),
        ("kind", 5, "int32", False), ("display_name", 6, "string", False), ("signature_documentation", 7, "Document", False),
        ("enclosing_symbol", 8, "string", False),
    ),
    "Document": (
        ("relative_path", 1, "string", False), ("occurrences", 2, "Occurrence", True), ("symbols", 3, "SymbolInformation", True),
        ("language", 4, "string", False), ("text", 5, "string", False), ("position_encoding", 6, "int32", False),
    ),
    "Index": (("metadata", 1, "Metadata", False), ("documents", 2, "Document", True), ("external_symbols", 3, "SymbolInformation", True)),
}  # fmt: skip

#: Our kinds as the protocol numbers its own (``SymbolInformation.Kind``); 0 says nothing.
KIND_NUMBERS = {
    "module": 29, "namespace": 30, "package": 35, "trait": 53, "protocol": 42, "interface": 21, "annotation": 21, "class": 7,
    "struct": 49, "union": 59, "record": 7, "object": 33, "enum": 11, "delegate": 73, "type_alias": 55, "constructor": 9,
    "destructor": 26, "operator": 34, "method": 26, "function": 17, "property": 41, "event": 13, "field": 15, "enum_member": 12,
    "constant": 8, "variable": 61, "macro": 25, "extension": 84, "concept": 86,
}  # fmt: skip


def messages() -> dict[str, Any]:
    """The class of each message, by name."""
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

    file = descriptor_pb2.FileDescriptorProto(name="gazetteer/scip.proto", package="scip", syntax="proto3")
    scalars = {
        "string": descriptor_pb2.FieldDescriptorProto.TYPE_STRING,
        "int32": descriptor_pb2.FieldDescriptorProto.TYPE_INT32,
        "bool": descriptor_pb2.FieldDescriptorProto.TYPE_BOOL,
    }
    for name, fields in _FIELDS.items():
        message = file.message_type.add(name=name)
        for field, number, kind, many in fields:
            label = descriptor_pb2.FieldDescriptorProto.LABEL_REPEATED if many else descriptor_pb2.FieldDescriptorProto.LABEL_OPTIONAL
            added = message.field.add(name=field, number=number, label=label)
            if kind in scalars:
                added.type = scalars[kind]
            else:
                added.type, added.type_name = descriptor_pb2.FieldDescriptorProto.TYPE_MESSAGE, f".scip.{kind}"
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"scip.{name}")) for name in _FIELDS}
