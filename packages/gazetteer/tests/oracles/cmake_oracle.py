"""What cmake-parser says of files of CMake, in the form that `comparing` reads.

python cmake_oracle.py FOLDER_OF_PACKAGES < names of files
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

sys.path.insert(0, sys.argv[1])

from cmake_parser import CMakeParseError, parse_raw
from cmake_parser.ast import Command
from cmake_parser.lexer import Token

_IMPORTS = {"include": "include", "find_package": "find_package", "add_subdirectory": "subdirectory"}
_NAMED = {
    "add_library": "target", "add_executable": "target", "add_custom_target": "target", "option": "option",
    "cmake_dependent_option": "option", "project": "package",
}  # fmt: skip


class Reader:
    """One file that is being read."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.rows: list[dict[str, Any]] = []
        #: Functions and macros that are open.
        self.around: list[dict[str, Any]] = []
        self.variables: set[str] = set()

    def read(self) -> None:
        """Read all commands."""
        for command in parse_raw(self.text, skip_comments=True):
            if isinstance(command, Command):
                self.command(command, command.identifier.lower())

    def command(self, command: Command, word: str) -> None:
        """Read one command, which `word` names in small letters."""
        if word in ("endfunction", "endmacro"):
            if self.around:
                self.around.pop()["end"] = self.last_line(command)
        elif not command.args:
            return
        elif word in ("function", "macro"):
            parameters = [token.value for token in command.args[1:]]
            self.around.append(self.add(word, command, parameters=parameters))
        elif word in _IMPORTS:
            name = command.args[0]
            self.rows.append({"kind": f"import:{_IMPORTS[word]}", "name": name.value, "line": name.line})
        elif not self.around:
            self.declared(command, word)

    def declared(self, command: Command, word: str) -> None:
        """Read what is declared outside of functions."""
        if word in _NAMED:
            self.add(_NAMED[word], command)
        elif word == "set":
            name, values = command.args[0].value, [token.value for token in command.args[1:]]
            if "$" in name or name.startswith("ENV{") or name in self.variables or "PARENT_SCOPE" in values:
                return
            self.variables.add(name)
            self.add("option" if "CACHE" in values else "variable", command)

    def add(self, kind: str, command: Command, **details: Any) -> dict[str, Any]:
        """Note what the first argument of a command names."""
        at: Token = command.args[0]
        name = ".".join([*(each["name"] for each in self.around[-1:]), at.value])
        row = {"kind": kind, "name": name, "line": at.line, "end": self.last_line(command), "first": command.line, **details}
        self.rows.append(row)
        return row

    def last_line(self, command: Command) -> int:
        """The line of the parenthesis that closes a command."""
        return command.line + self.text[command.span].rstrip().count("\n")


def answers(names: Iterator[str]) -> Iterator[dict[str, Any]]:
    """What is to be written of the files that are named."""
    for name in names:
        problem, rows = "", list[dict[str, Any]]()
        try:
            with open(name, encoding="utf-8") as file:
                reader = Reader(file.read())
            reader.read()
            rows = reader.rows
        except (CMakeParseError, UnicodeDecodeError) as error:
            problem = str(error) or "not read"
        yield {"file": name, "problem": problem}
        yield from rows


for row in answers(line.rstrip("\n") for line in sys.stdin):
    print(json.dumps(row))
