"""What a comment at the top of a file says of the file: not what is for tools, of a licence, or of the first declaration."""

# ruff: noqa: E501 - sources are written as texts

from __future__ import annotations

import pytest

from gazetteer.extract import extract, scan
from gazetteer.lang.table import lacks
from gazetteer.model import FileRecord

SCRIPTS = {
    "behind what names another file": (
        '#!/usr/bin/env node\n/// <reference path="o.d.ts" />\n/**\n * @file Does it.\n */\nimport a from "b";\n',
        "Does it.",
        3,
    ),
    "lines before an import": ("// Does all\n// of it.\nimport a from 'b';\n", "Does all\nof it.", 1),
    "lines before what is required": ("// Does all of it.\nconst a = require('b');\n", "Does all of it.", 1),
    "lines before the mode": ("// Does all of it.\n'use strict';\nfunction a() {}\n", "Does all of it.", 1),
    "lines and nothing behind them": ("// Definitions for a\n// Project: b\n\nexport = c;\n", "Definitions for a\nProject: b", 1),
    "behind a licence": ("/* Copyright of A. */\n\n/** Does it. */\n\nconst a = 1;\n", "Does it.", 3),
    "behind directives": ("// @ts-check\n/* eslint-disable no-b */\n// Does all of it.\n\nlet a;\n", "Does all of it.", 3),
    "of a declaration": ("// Does all of it.\nfunction a() {}\n", "", 0),
    "of a declaration, behind a licence": ("/* Copyright of A. */\n\n/** Does it. */\nexport class A {}\n", "", 0),
    "above what documents a declaration": ("// Part one.\n/** Does it. */\nfunction a() {}\n", "", 0),
    "a statement that was taken out": ("// const a = require('b');\n\nlet c;\n", "", 0),
    "a headline of one word": ("// -------\n// Helpers\n// -------\n\nlet c;\n", "", 0),
    "what is bundled": ("//= link_tree ../a\n//= link_directory ../b .css\n", "", 0),
}


def read(text: str, language: str) -> FileRecord:
    content = text.encode()
    return extract(content, language, scan(content).counts)


@pytest.mark.parametrize(("text", "doc", "line"), SCRIPTS.values(), ids=SCRIPTS)
@pytest.mark.parametrize("language", ["typescript", "javascript"])
def test_scripts(text: str, doc: str, line: int, language: str) -> None:
    record = read(text, language)
    assert (record.doc, record.doc_line) == (doc, line)


@pytest.mark.parametrize("text", [
    "// Does it.\nnamespace A;\n", "#!/usr/bin/env dotnet\n#:package A@1\n// Does it.\nusing B;\n", "// Does it.\nextern alias A;\nusing B;\n",
    "// Does it.\nnamespace A { class B {} }\n",
])  # fmt: skip
def test_csharp(text: str) -> None:
    record = read(text, "csharp")
    assert (record.doc, record.quality.error_bytes) == ("Does it.", 0)
    assert not any(symbol.doc for symbol in record.symbols)


def test_lua() -> None:
    record = read('-- Does it.\nlocal a = require "b"\n-- Of c.\nlocal c = 1\n', "lua")
    assert (record.doc, [(s.name, s.doc) for s in record.symbols]) == ("Does it.", [("a", ""), ("c", "Of c.")])
    record = read("-- Of a.\nlocal a = 1\n", "lua")
    assert (record.doc, [(s.name, s.doc) for s in record.symbols]) == ("", [("a", "Of a.")])


@pytest.mark.parametrize(("language", "text"), [
    ("bash", "A=1\n"), ("bash", "a() { :; }\n"), ("ruby", "class A; end\n"), ("perl", "sub a { }\n"), ("elixir", "defmodule A do\nend\n"),
    ("julia", "a() = 1\n"), ("makefile", "all:\n\ttrue\n"), ("cmake", "set(A 1)\n"), ("lua", "function a() end\n"), ("r", "a <- function() 1\n"),
    ("powershell", "function a { }\n"), ("php", "<?php\nfunction a() { }\n"), ("kotlin", "fun a() { }\n"), ("scala", "def a = 1\n"),
    ("javascript", "function a() {}\n"), ("swift", "func a() {}\n"), ("starlark", "A = 1\n"), ("gradle", "def a() {}\n"),
])  # fmt: skip
def test_what_runs_a_file_documents_nothing(language: str, text: str) -> None:
    if lacks(language):
        pytest.skip(f"{lacks(language)} is not installed")
    mark = "//" if language in ("php", "kotlin", "scala", "javascript", "swift", "gradle") else "--" if language == "lua" else "#"
    record = read(f"#!/usr/bin/env a\n{text}", language)
    assert (record.doc, [s.doc for s in record.symbols if s.doc]) == ("", [])
    if language not in ("php", "kotlin", "scala", "swift", "starlark"):  # where such comments document nothing
        record = read(f"#!/usr/bin/env a\n{mark} Does it.\n{text}", language)
        assert [record.doc, *(s.doc for s in record.symbols)].count("Does it.") == 1, (record.doc, record.symbols)


@pytest.mark.parametrize("line", ["# shellcheck disable=SC2034,SC1091", "# vim: set ft=sh:", "# -*- mode: sh -*-"])
def test_what_is_for_checkers_and_editors_documents_nothing_in_the_shell(line: str) -> None:
    record = read(f"#!/bin/sh\n{line}\nA=1\n\n# Of b.\n{line}\nb() {{ :; }}\n", "bash")
    assert (record.doc, [(s.name, s.doc) for s in record.symbols]) == ("", [("A", ""), ("b", "Of b.")])
    record = read(f"#!/bin/sh\n{line}\n# Does it.\n\nA=1\n", "bash")
    assert (record.doc, record.doc_line) == ("Does it.", 3)
