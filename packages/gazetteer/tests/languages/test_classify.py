"""Languages and labels of files, each label with what says so."""

# ruff: noqa: E501 - files are written as texts

from __future__ import annotations

from pathlib import Path

import pytest

from gazetteer.classify import language_of, languages
from gazetteer.config import Config, Repo
from gazetteer.discover import discover
from gazetteer.extract import scan
from gazetteer.gather import SourceFile, gather
from gazetteer.labels import Labels, pages
from gazetteer.model import Scan
from gazetteer.resolve import resolve
from gazetteer.store import Store

PLAIN = scan(b"x\n")


@pytest.mark.parametrize(("path", "text", "language"), [
    ("a.py", "x = 1\n", "python"),
    ("run", "#!/usr/bin/env -S python3.11 -u\n", "python"),
    ("run", "#!/usr/bin/env VAR=1 pypy3\n", "python"),
    ("run", "#! /bin/sh -e\n", "bash"),
    ("run", "#!/usr/bin/zsh\n", "bash"),
    ("run", "#!/usr/bin/env ruby\n", "ruby"),
    ("run", "#!/usr/bin/node\n", "javascript"),
    ("run", "#!/usr/local/bin/lua5.4\n", "lua"),
    ("run", "#!/usr/bin/make -f\n", "makefile"),
    ("run", "no mark\n", ""),
    ("run", "# vim: set ts=2 ft=ruby :\n", "ruby"),
    ("run", "// -*- mode: C++; tab-width: 2 -*-\n", "cpp"),
    ("run", "# -*- coding: utf-8 -*-\n", ""),
    ("CMakeLists.txt", "project(a)\n", "cmake"),
    ("Dockerfile-release", "FROM a\n", "dockerfile"),
    ("Dockerfile-release.arm64", "FROM a\n", "dockerfile"),
    ("a.js.flow", "declare export var a: A;\n", "javascript"),
    ("a.flow", "x\n", ""),
    ("words.t", "of no language\n", ""),
    ("a.t", "use Test::More;\n", "perl"),
    ("CMakeLists.txt.in", "project(a)\n", "cmake"),
    ("config.h.in", "#define A @A@\n", "c-or-cpp"),
    ("x.py.in", "a = @A@\n", "python"),
    ("x.yaml.tmpl", "a: 1\n", "yaml"),
    ("Dockerfile.dev", "FROM a\n", "dockerfile"),
    ("Makefile.am", "all:\n", "makefile"),
    ("LICENSE", "text\n", "license"),
    ("LICENSE-MIT", "text\n", "license"),
    ("COPYING.LESSER", "text\n", "license"),
    ("license.txt", "text\n", "license"),
    ("poetry.lock", "a = 1\n", "toml"),
    (".babelrc", "{}\n", "json"),
    ("notes", "text\n", ""),
    ("A.H", "int a;\n", "c-or-cpp"),
    ("bds.m", "clear\n% BDS: see http://x.org\nn = size(a)'\n", "matlab"),
    ("f.m", "function [a, b] = f(c)\na = c';\nend\n", "matlab"),
    ("f.m", "## Copyright A. Author\nfunction f ()\nendfunction\n", "matlab"),
    ("f.m", "## Copyright A. Author\n" + "## It is free.\n" * 200 + "function f ()\nendfunction\n", "matlab"),
    ("p.m", "(* ::Package:: *)\nBeginPackage[\"p`\"]\n", "mathematica"),
    ("main.m", "#import <A/A.h>\n\nint main(void) { return 0; }\n", "objc"),
    ("a.m", "int a;\n", "objc"),
    ("core.f", "// Copyright the mill\n\ncore_pkg.sv\n+incdir+rtl\n", "text"),
    ("files.f", "+incdir+rtl\nrtl/core.sv\n", "text"),
    ("old.f", "      PROGRAM MILL\n      END\n", "fortran"),
    ("till.v", "module till;\nendmodule\n", "verilog"),
    ("sum.v", "Require Import Arith.\nModule M.\nEnd M.\n", ""),
    ("report.Rmd", "---\ntitle: A\n---\n\n# A\n", "markdown"),
    ("family.pl", ":- module(family, [parent/2]).\nparent(a, b).\n", "prolog"),
    ("run.pl", "use strict;\n%h = (a => 1);\n", "perl"),
    ("data.jl", "#| rep.data bootstrap |#\n(define-structure rep.data (export))\n", "librep"),
    ("hello.jl", "#! /bin/sh\nexec rep --batch \"$0\"\n", "librep"),
    ("shop.jl", "#= A shop. =#\nmodule Shop end\n", "julia"),
    ("app_de.ts", "<?xml version=\"1.0\"?>\n<!DOCTYPE TS>\n<TS></TS>\n", "xml"),
    ("a.ts", "export const a = 1;\n", "typescript"),
    ("db.inc", "<?php\nfunction db() {}\n", "php"),
    ("db.inc", "int a;\n", "cpp"),
    ("node.module", "<?php\nfunction node_help() {}\n", "php"),
    ("Info.plist", "<?xml version=\"1.0\"?>\n<plist/>\n", "xml"),
    ("show.html.erb", "<p><%= @a %></p>\n", "erb"),
    ("lib/a.ex", "defmodule A do\nend\n", "elixir"),
    ("Jenkinsfile", "pipeline {}\n", "groovy"),
    ("A.podspec", "Pod::Spec.new\n", "ruby"),
    ("x.CPP", "int a;\n", "cpp"),
])  # fmt: skip
def test_language(path: str, text: str, language: str) -> None:
    assert language_of(path, scan(text.encode())) == language


@pytest.mark.parametrize(("files", "path", "language"), [
    ({"a.h": "class A {};"}, "a.h", "cpp"),
    ({"a.h": "int f(void);", "a.c": "int a;"}, "a.h", "c"),
    ({"a.h": "int f(void);", "a.cpp": "int a;"}, "a.h", "cpp"),
    ({"x/a.h": "int f(void);", "y/a.cpp": "int a;"}, "x/a.h", "cpp"),
    ({"a.h": "int f(void);"}, "a.h", "c"),
    ({"a.h": "@interface A\n@end\n", "a.cpp": "int a;"}, "a.h", "objc"),
    ({"a.h": "@interface A\n@end\nnamespace b {}\n", "a.m": "int a;"}, "a.h", "objcpp"),
    ({"a.h": "int f(void);\n", "a.mm": "int a;", "b/b.c": "int b;"}, "a.h", "cpp"),
    ({"a.h": "int f(void);\n", "a.m": "int a;", "b/b.cpp": "int b;"}, "a.h", "c"),
    ({"a.h": "// -*- C++ -*-\nint f();\n", "a.c": "int a;"}, "a.h", "cpp"),
    ({"a.h": "/* private header of a class of devices */\nint a;\n", "b.c": "int b;\n"}, "a.h", "c"),
    ({"a.h": "namespace a {\ntemplate <class T> class B { public: T b; };\n}\n", "b.c": "int b;\n"}, "a.h", "cpp"),
    ({"a.h": "class A;\n", "b.c": "int b;\n", "c.cc": "int c;\n"}, "a.h", "cpp"),
    ({"a.h": "class A;\n"}, "a.h", "cpp"),
])  # fmt: skip
def test_headers(files: dict[str, str], path: str, language: str) -> None:
    assert languages({p: scan(text.encode()) for p, text in files.items()})[path] == language


@pytest.mark.parametrize(("path", "text", "expected"), [
    ("a.py", "x = 1\n", []),
    ("a.go", "// Code generated by protoc-gen-go. DO NOT EDIT.\npackage a\n", [("generated", "a.go", 1)]),
    ("a.py", "import os\n# Autogenerated by tools/gen.py\n", [("generated", "a.py", 2)]),
    ("a.yml", "# default configuration values\n# DO NOT MODIFY THIS FILE !!!\na: 1\n", []),
    ("a.hs", "-- DO NOT MODIFY THIS FILE!  It won't work.\n", []),
    ("a.rules", "// DO NOT EDIT THIS FILE, it will be overwritten on update\n", [("generated", "a.rules", 1)]),
    ("a.cs", "// <auto-generated>\n//  This code was generated by a tool.\n", [("generated", "a.cs", 1)]),
    ("gen.py", "text = '# DO NOT EDIT'\nprint('@generated')\n", []),
    ("a.py", "# Handles auto-generated classes well.\n", []),
    ("a.py", '"""This file is generated by gen.py."""\n', [("generated", "a.py", 1)]),
    ("a.cu", "// (c) A\n\n// This file is auto-generated. See \"make.py\"\n", [("generated", "a.cu", 3)]),
    ("a.S", "/* Auto-generated by wrap.py script. Do not modify */\n", [("generated", "a.S", 1)]),
    ("a.h", "/**\n * @generated\n * Run make.\n */\n", [("generated", "a.h", 2)]),
    ("a.h", "/* File automatically generated by Parser/asdl_c.py. */\n", [("generated", "a.h", 1)]),
    ("a.cc", "//// THIS CODE IS AUTOGENERATED\n", [("generated", "a.cc", 1)]),
    ("a.bzl", "# THIS FILE IS AUTOMATICALLY GENERATED FROM INFORMATION STORED IN\n", [("generated", "a.bzl", 1)]),
    ("a.css", "/* GENERATED CODE - DO NOT EDIT DIRECTLY */\n", [("generated", "a.css", 1)]),
    # what speaks of other code, or of a part of the file
    ("graph.py", "# Signature for functions that transform the body of the\n# generated code\n", []),
    ("a.h", "// detail invoked by autogenerated code.\n", []),
    ("a.h", "// Its purpose is to be used in generated code to keep it alive\n", []),
    ("a.h", "// This header file\n// is automatically generated by the script during build.\n#include <b.h>\n", []),
    ("a.cpp", "// Do not modify existing type map here as this template is supposed to\n", []),
    ("a.cpp", "// This is generated according to the rules of promote_types\n", []),
    ("conf.py", "# Note that not all values are present in this\n# autogenerated file.\n", []),
    ("a.py", "# These two dicts are autogenerated with dtypes.py,\n", []),
    ("a.py", "def f():\n    # This file was generated by running on 1.0.1:\n    pass\n", []),
    ("gen.py", 'HEAD = """/**\n * @generated\n */\n// This file is generated by gen.py\n"""\n', []),
    ("gen.py", '"""Makes tables."""\nHEAD = """\\\n# This file is generated, do not modify it!\n"""\n', []),
    ("a.cpp", "// This file is generated in a sharded fashion\nint a;\n${b}\n", [("template", "a.cpp", 3)]),
    ("third_party/a.c", "int a;\n", [("vendored", "", 0)]),
    ("src/vendor/b/a.c", "int a;\n", [("vendored", "", 0)]),
    ("src/vendor.c", "int a;\n", []),
    ("docs/a.md", "text\n", [("documentation", "", 0)]),
    ("gen.rake", "file 'a.rb' do |f|\n  f.write <<\"EOF\"\n# This file was generated by 'rake secret', and should\nEOF\nend\n", []),
    ("gen.sh", "cat <<EOF\ntext\nEOF\n# This file was generated by gen.py\n", [("generated", "gen.sh", 4)]),
    ("configure", "#! /bin/sh\n# Guess values.\n# Generated by GNU Autoconf 2.69 for a.\n", [("generated", "configure", 3)]),
    ("Makefile.in", "# Makefile.in generated by automake 1.15.1 from Makefile.am.\n@SET_MAKE@\n", [("generated", "Makefile.in", 1), ("template", "", 0)]),
    ("config.h.in", "/* config.h.in.  Generated from configure.in by autoheader.  */\n", [("generated", "config.h.in", 1), ("template", "", 0)]),
    ("Makefile.in", "# Generated by configure from Makefile.in\n", [("template", "", 0)]),
    ("aclocal.m4", "# generated automatically by aclocal 1.15.1 -*- Autoconf -*-\n", [("generated", "aclocal.m4", 1)]),
    ("migrations/0001_a.py", "# Generated by Django 4.2.10 on 2024-02-02\n", [("generated", "migrations/0001_a.py", 1)]),
    ("a.py", "import os\n\nx = 1\n\n\n# Generated by the caller.\ny = 2\n", []),
    ("a.md", "Generated by hand.\n", []),
    ("build-aux/config.guess", "#! /bin/sh\n", [("vendored", "", 0)]),
    ("missing", "#! /bin/sh\n", [("vendored", "", 0)]),
    ("missing", "What is missing.\n", []),
    ("{{ cookiecutter.name }}/run.py", "import os\n", [("template", "", 0)]),
    ("a.spec.in", "Name: a\n", [("template", "", 0)]),
    ("a.spec.ts", "a()\n", [("test", "", 0)]),
    ("web/a.min.js", "a\n", [("generated", "", 0)]),
    ("web/a.min.mjs", "a\n", [("generated", "", 0)]),
    ("a.h.in", "#define A\n", [("template", "", 0)]),
    ("a.conf.j2", "# This file is generated by the role web. Do not edit.\nport {{ port }}\n", [("template", "", 0)]),
    ("show.html.erb", "<h1><%= title %></h1>\n", [("template", "", 0)]),
    ("row.hbs", "<td>{{name}}</td>\n", [("template", "", 0)]),
    ("page.blade.php", "<p>{{ $name }}</p>\n", [("template", "", 0)]),
    ("list.html.twig", "{% for a in b %}{{ a }}{% endfor %}\n", [("template", "", 0)]),
    ("MANIFEST.in", "include a\n", []),
    ("po/POTFILES.in", "a.c\n", []),
    ("requirements/dev.in", "pytest\n", []),
    ("requirements-dev.in", "pytest\n", []),
    ("a.cpp", "int a;\n${declarations}\n", [("template", "a.cpp", 2)]),
    ("a.cpp", "// ${comment}\nint a;\n", [("template", "a.cpp", 1)]),
    ("a.cpp", 'auto a = "${no}";\n', []),
    ("a.cpp", 'auto a = R"(\n  graph(%a : ${no})\n)";\n', []),
    ("a.cpp", 'auto a = R"x(\n ${no})\n)x";\nint b;\n${yes}\n', [("template", "a.cpp", 5)]),
    ("a.h", "/*\n# Match $name or ${name} and replace it\n*/\n// as ${this} says\n", []),
    ("a.sh", "echo ${yes}\n", []),
    ("own/a.c", "int a;\n", [("vendored", "", 0)]),
    ("tests/a.py", "x = 1\n", [("test", "", 0)]),
    ("src/__tests__/a.js", "x()\n", [("test", "", 0)]),
    ("app/src/androidTest/ShopTest.kt", "class ShopTest\n", [("test", "", 0)]),
])  # fmt: skip
def test_labels_with_their_reasons(path: str, text: str, expected: list[tuple[str, str, int]]) -> None:  # check 10
    labels = Labels(Config(repo=Repo(vendored=("own/",))))
    assert [(r.label, r.path, r.line) for r in labels.reasons(path, scan(text.encode()))] == expected


def test_gitattributes() -> None:  # check 10
    attributes = [
        (
            "",
            "# all\n*.gen linguist-generated\nthird_party/ours/** -linguist-vendored\nlib/** linguist-vendored=true linguist-documentation=false\n",
        ),
        ("sub", "*.x linguist-generated=false\n/top.y linguist-vendored\n"),
    ]
    labels = Labels(Config(), attributes)
    text = scan(b"// DO NOT EDIT\n")

    def found(path: str, of: Scan = PLAIN) -> list[tuple[str, str, int]]:
        return [(r.label, r.path, r.line) for r in labels.reasons(path, of)]

    assert found("a/b.gen") == [("generated", ".gitattributes", 2)]
    assert found("third_party/ours/a.c") == []
    assert found("third_party/a.c") == [("vendored", "", 0)]
    assert found("lib/a.c") == [("vendored", ".gitattributes", 4)]
    assert found("sub/deep/a.x", text) == []
    assert found("a.x", text) == [("generated", "a.x", 1)]
    assert found("sub/top.y") == [("vendored", "sub/.gitattributes", 2)]
    assert found("sub/deep/top.y") == []


def test_pointers_of_lfs() -> None:
    found = scan(b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 5\n")
    assert found.content == "lfs-pointer"
    assert [n.code for n in found.notes] == ["lfs-pointer"]


SEED = "# Documentation: `a.py`\n\n## File Metadata\n\n- **Path**: `a.py`\n\n## File Purpose\n\nText [dead](nowhere.md).\n\n## Original Source\n\n```python\nclass Fake: pass\n```\n\n*Generated by PyTorch Repository Documentation System*\n"


def gathered(root: Path, files: dict[str, str]) -> dict[str, SourceFile]:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    with Store(None) as store:
        return {f.path: f for f in gather(root, discover(root, Config()), Config(), store).files}


def test_pages_of_the_seed_are_generated_and_not_read(tmp_path: Path) -> None:  # check 27
    files = gathered(tmp_path, {
        "a.py": "class Thing: pass\n",
        "index.md": "# Ours\n\nSomething that we wrote.\n",
        "make.py": "TRAILER = 'Generated by PyTorch Repository Documentation System'\n",
        "docs/index.md": "# Index\n\n[x](gone.md)\n", "docs/doc.md": "# Doc\n", "docs/sub.md": "# Sub\n", "docs/keywords.md": "# K\n",
        "docs/src/a.py_docs.md": SEED, "docs/src/a.py_kw.md": "# Keywords\n", "docs/src/index.md": "# src\n",
        "docs/src/notes.md": "# Notes\n\nWritten by hand here.\n",
        "docs/test/test_a.py_docs.md": SEED.replace("Fake", "Thing"),
        "out/page.md": "<!-- gazetteer:page -->\n\n# x\n\n[dead](no.md)\n",
    })  # fmt: skip
    generated = sorted(path for path, file in files.items() if "generated" in file.labels)
    assert generated == [
        "docs/doc.md", "docs/index.md", "docs/keywords.md", "docs/src/a.py_docs.md", "docs/src/a.py_kw.md", "docs/src/index.md", "docs/sub.md",
        "docs/test/test_a.py_docs.md", "out/page.md",
    ]  # fmt: skip
    for path in generated:
        record = files[path].record
        assert record is not None
        assert (record.document, record.symbols, record.imports) == (None, [], [])
    atlas = resolve("tree", list(files.values()), Config())
    assert not atlas.missing
    assert atlas.tests["a.py"].found == ()
    assert files["docs/src/notes.md"].record.document.title == "Notes"


def test_pages_beside_hand_written_ones() -> None:
    texts = {"docs/index.md": "# Ours\n", "docs/doc.md": "# Doc\n", "docs/a_docs.md": "# A\n"}
    assert pages({path: scan(text.encode()) for path, text in texts.items()}) == set()
