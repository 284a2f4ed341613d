"""What each field of the records of ``data/*.jsonl`` means, as their schema says it."""

from __future__ import annotations

__all__ = ["said_of"]

#: Of fields that mean the same in each record that has them.
_EVERYWHERE = {
    "alias": "The name that it gets here.",
    "condition": "Conditions of the preprocessor around it.",
    "decorators": "Decorators, attributes and annotations, as they are written.",
    "doc": "Its docstring or leading comment.",
    "doc_end": "The last line of that; 0 without one.",
    "doc_line": "The first line of that; 0 without one.",
    "end_line": "Its last line.",
    "language": "The language, as `gaz doctor` calls it; empty where it is not known.",
    "line": "Its line, from 1 on; 0 where there is none. Of a declaration, that of the name.",
    "method": "How it was found.",
    "name": "Its name.",
    "path": "The file, from the root of the tree on.",
    "path_base64": "The bytes of the path, where it is no UTF-8.",
    "text": "The text that says so.",
    "type": "The type that is written for it.",
    "unmatched": "How many names do not stand where the index says.",
    "value": "Its value, as it is written; long ones are cut and end with an ellipsis.",
}
#: Of the others, and of those that mean something else.
_OWN = {
    "BaseFact.access": "public, protected or private, where it is written or follows from the language.",
    "BaseFact.how": "How it is a base, where a language has several ways: extends, implements, embeds, include, use and others.",
    "BaseFact.virtual": "A virtual base of C++.",
    "EdgeFact.kind": "Why: import, include, base, override, definition, link, build and others.",
    "EdgeFact.symbol": "The identifier of the symbol that depends; empty for the file as a whole.",
    "EdgeFact.target": "The path of what it depends on.",
    "EdgeFact.target_base64": "The bytes of that path, where it is no UTF-8.",
    "EdgeFact.target_line": "The line of the symbol there; 0 for the file as a whole.",
    "EdgeFact.target_symbol": "The identifier of the symbol that it depends on; empty for the file as a whole.",
    "EdgeFact.weak": "It does not hold whenever the file is read: within a function, under a condition, for types alone.",
    "FileFact.blank": "How many lines are blank.",
    "FileFact.bytes": "Its size.",
    "FileFact.comment": "How many lines are comment alone.",
    "FileFact.compiled": "What indexes of compilers say of it.",
    "FileFact.content": "text, empty, binary, lfs-pointer, too-large and others; nothing where it is no file.",
    "FileFact.depends_on": "How many other files it depends on; links in prose do not count.",
    "FileFact.encoding": "The encoding of its text.",
    "FileFact.imports": "Statements that bring other files in.",
    "FileFact.kind": "file, symlink, submodule, special, unreadable or output.",
    "FileFact.labels": "test, generated, vendored, template, documentation and others.",
    "FileFact.license": "The licence that it names, as SPDX does.",
    "FileFact.license_line": "The line that says so; 0 without one.",
    "FileFact.line": "1; 0 of an empty one.",
    "FileFact.lines": "How many lines it has.",
    "FileFact.link_target": "Where a symbolic link points; it was not followed.",
    "FileFact.names": "Names of other files that can be taken from it: of a package, what its modules declare.",
    "FileFact.notes": "What was left out or could not be read.",
    "FileFact.quality": "How well it could be parsed.",
    "FileFact.rank": "Millionths of the rank of all files: how much others lean on it.",
    "FileFact.summary": "The first paragraph of a document.",
    "FileFact.symbols": "How many declarations it has.",
    "FileFact.title": "The title of a document.",
    "FileFact.used_by": "How many other files depend on it; links in prose do not count.",
    "FileFact.values": "What a manifest declares.",
    "ImportFact.kind": "include, include_system, import, from, use, require, mod, load, source and others.",
    "ImportFact.level": "Leading dots of a relative import of Python.",
    "ImportFact.local": "Within a function or a condition: it is not done whenever the file is read.",
    "ImportFact.names": "The names that it brings in, with those that they get here.",
    "ImportFact.target": "What is brought in, as it is written.",
    "ImportFact.type_only": "For types alone.",
    "MentionFact.names": "The names that occur in it.",
    "MissingFact.candidates": "Paths that may be meant, where there are several.",
    "MissingFact.kind": "What names it: import, include, link, build and others.",
    "MissingFact.more": "How many further paths may be meant.",
    "MissingFact.why": "Why it leads nowhere: standard library, outside (of the tree), ambiguous and others.",
    "NameFact.kind": "What it is: that of a declaration, or module.",
    "NameFact.line": "The line of the statement that takes it from there.",
    "NameFact.name": "What it is called here.",
    "NameFact.symbol": "The identifier of the declaration; none of a module.",
    "NameFact.target": "The path of the file that declares it.",
    "NameFact.target_base64": "The bytes of that path, where it is no UTF-8.",
    "NoteFact.code": "What sort of note it is.",
    "NoteFact.text": "What it says.",
    "ParameterFact.default": "What stands for it where a call has none.",
    "ParameterFact.kind": "What is special about it: keyword, variadic, args, kwargs, receiver, block and others.",
    "QualityFact.error_bytes": "Bytes that could not be parsed.",
    "QualityFact.errors": "First and last line of each place that could not be parsed.",
    "QualityFact.missing": "Signs that the parser had to add.",
    "QualityFact.parser": "The parser.",
    "QualityFact.repairs": "What was done to the text before it was parsed.",
    "ReferencesFact.files": "How many files refer to it.",
    "ReferencesFact.lines": "How many lines refer to it.",
    "ReferencesFact.searched": "The indexes that define it, and what they cover.",
    "SymbolFact.bases": "Types that it is made from.",
    "SymbolFact.end_line": "The last line of the declaration.",
    "SymbolFact.first_line": "The first line of the declaration, where that is above its name; else 0.",
    "SymbolFact.id": "What tells it from all others: the path, #, and the anchor that it has on the page of the file.",
    "SymbolFact.kind": "class, function, method, field, constant, namespace and others.",
    "SymbolFact.modifiers": "static, virtual, override, async, const and others, as they are written, sorted.",
    "SymbolFact.parameters": "Its parameters.",
    "SymbolFact.parent": "The identifier of the symbol around it.",
    "SymbolFact.qualified": "Its name with those of all that is around it.",
    "SymbolFact.references": "Who refers to it.",
    "SymbolFact.role": (
        "definition; declaration, of what is defined elsewhere; forward, of a type that is named without saying what it is."
    ),
    "SymbolFact.scope": "The qualifier that is written before its name, of what is defined outside of its scope.",
    "SymbolFact.signature": "The head of the declaration on one line.",
    "SymbolFact.type": "The type that a function returns, a field has, or an alias stands for, as it is written.",
    "SymbolFact.type_parameters": "Its type parameters, as they are written.",
    "SymbolFact.visibility": "public, protected, private, internal, exported and others; empty where the language says nothing.",
    "TestsFact.searched": "How many test files were searched.",
    "TestsFact.tests": "The tests that mention names of the file.",
    "TestsFact.where": "The patterns of the files that were searched.",
    "ToldFact.index": "The index.",
    "ToldFact.names": "How many names it says something of.",
    "ValueFact.key": "The key, with dots; of a list, that of each item.",
    "ValueFact.value": "Its text.",
}


def said_of(record: str, field: str) -> str:
    """What a field of a record means.

    Examples
    --------
    >>> said_of("EdgeFact", "target"), said_of("NoteFact", "line") == said_of("ValueFact", "line")
    ('The path of what it depends on.', True)
    """
    return _OWN.get(f"{record}.{field}") or _EVERYWHERE[field]
