"""Languages that are read without a grammar: broken, cut off, deep, full of words that look like declarations; where their imports lead."""

# ruff: noqa: E501 - sources are written as texts

from __future__ import annotations

import time
from pathlib import Path

import pytest
from test_resolvers import bases, edges, inverse, missing, tree

import gazetteer.lang
from gazetteer.extract import extract, scan
from gazetteer.lang.table import BY_SUFFIX
from gazetteer.model import FileRecord
from records import well_formed

LANG = Path(gazetteer.lang.__file__).parent
LANGUAGES = (
    "bibtex",
    "clojure",
    "common-lisp",
    "css",
    "emacs-lisp",
    "erlang",
    "gdscript",
    "glsl",
    "graphql",
    "hlsl",
    "html",
    "less",
    "nix",
    "powershell",
    "r",
    "scss",
    "sql",
    "tex",
    "vim",
)
SAMPLES = [
    p for name in ("lisp", *LANGUAGES) for p in sorted((LANG / name / "samples").glob("*")) if p.suffix not in (".facts", ".details")
]


def read(content: bytes, language: str) -> FileRecord:
    return extract(content, language, scan(content).counts)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda p: p.name)
def test_a_file_that_is_cut_off_anywhere(sample: Path) -> None:  # check 34
    content, language = sample.read_bytes(), BY_SUFFIX[sample.suffix].name
    whole = {(s.kind, s.name, s.line) for s in read(content, language).symbols}
    for end in range(0, len(content), 97):
        record = read(content[:end], language)
        well_formed(record, content[:end])
        before = {w for w in whole if w[2] < content[:end].count(b"\n") - 25}
        assert len({(s.kind, s.name, s.line) for s in record.symbols} & before) >= 0.5 * len(before)


#: Words of declarations in comments and texts alone.
WORDS = {
    "bibtex": "% @book{a, b}\n@book{x, title = {@book{c, d}}}\n@comment{e, f}\n@misc{y,}\n@misc(z, a = b)\n",
    "clojure": '; (def a 1)\n#_(def b 1)\n#_ (def c 1)\n(comment (def d 1))\n(def x "(def e 1)")\n(defn y [] \\( (def f 1) \\")\n(def z #"(def g")\n(foo (def h 1))\n',
    "common-lisp": '; (defun a ())\n#| (defun b ()) |#\n(defvar x #\\()\n(defvar y "(defun c ())")\n(defun z () (defun d ()) |(defun e ())|)\n(print \'(defun f ()))\n',
    "css": '/* :root { --a: 1 } @import "b.css"; */\n:root { --x: "--c: 1; }"; }\n.d { --e: 1; content: "@import \'f\';" }\n@keyframes y { to { --g: 1 } }\n:root { --z: url(data:a;--h:1;b) }\n',
    "emacs-lisp": ';; (defun a ())\n(defvar x ?\\()\n(defvar y "\n(defun b ())")\n(defun z () ?" ?\\" (defun c ()))\n\'(defun d ())\n(add-hook \'f (lambda () (defvar e 1)))\n',
    "erlang": '% a() -> b.\nx() -> $., "c() -> d.\\n\ne() -> f.", $".\ny(A) when A > 1.5 -> \'g() ->\'; % h() -> i.\ny(_) -> -record(j, {}).\nz() -> ok.\n',
    "gdscript": '# var a\nvar x = "var b\\"\\nvar c" # func d():\nfunc y():\n\tvar e = 1\n\tif e:\n\t\tfunc f(): pass\n"""\nvar g\npreload("res://h.gd")\n"""\nvar z = [\n1, # var i\n]\n',
    "glsl": "// uniform int a;\n/* struct B { int c; }; */\nint x = 1;\nvoid y() { int d = 1; struct E { int f; } g; }\nif (a) { int h; }\nfloat z;\n#error struct I { int j; };\n",
    "graphql": '# type A { b: Int }\nscalar x @a(b: "type C { d: Int }")\n"""\nenum E { F }\n"""\ntype y { z(g: String = "}"): Int }\nquery { type H { i } }\n',
    "hlsl": '// cbuffer a {\n/* float b() {} */\nfloat x < string c = "struct D { int e; };"; >;\nfloat y() { static int f = 1; }\nSamplerState z { Filter = G; };\n',
    "html": '<!-- {% macro a() %} <script src="b.js"> -->{# {% macro c() %} #}\n<script>"<img src=d.png>"</script>{% macro x() %}{% macro y(a) %}\n{{ define "z" }}<p>macro e</p>',
    "less": '// @a: 1;\n@x: "@b: 1;";\n.y(@c: 1) { @d: 1; content: "}.e() {" }\n.f:hover { .y(); }\n/* .g() { } */\n@z: ~"h";\n@media (a) { @i: 1; }\n',
    "nix": "# a = 1;\n{ x = 1; /* b = 2; */ y = ''c = ./d.nix; ${toString { e = 1; }}''; z = f: { g = 1; }; }\n",
    "powershell": "# function a { }\n<# class B { } #>\n$x = 'function c { }' + \"$(\"}\" + 'function d { }')\"\nfunction y { echo function e { } }\n$z = @\"\nusing module f\n\"@\nadd-type -d 'enum G { H }' # . ./i.ps1\n",
    "r": '# a <- function() 1\nx <- "b <- function() 1"; y <- \'library(z)\'\nz <- r"--(c <- function() "d" )-" ])--"\n',
    "scss": '// $a: 1;\n$x: "@mixin b {"; // @import "c"\n@mixin y($d: 1) { $e: 1; /* @function f() { } */ }\n.g { $h: 1; @include y; content: "}\\"$i: 1;" }\n@function z() { @return 1; }\n',
    "systemverilog": '// module a;\n/* module b; endmodule */\nmodule x; initial $display("module c; endmodule"); endmodule : x\n`define y module d\nfunction z; integer e; begin f = 1; end endfunction\n',
    "tex": "% \\label{a}\n\\label{x}\\%\\newcommand{\\y}{1} % \\def\\b{}\n\\begin{verbatim}\n\\label{c}\\input{d}\n\\end{verbatim}\\verb|\\label{e}|\\newenvironment{z}{}{}\n\\begin{comment}\\label{f}\n",
    "vim": '" function! A()\nfunction! x() abort\n  let g:b = "function! C()"\nendfunction\nlet g:y = "\n\\ function! D()"\nlet e =<< END\nfunction! F()\nEND\nlua << EOF\nfunction g() end\nEOF\ncommand Z echo "h#i("\n',
    "sql": "-- CREATE TABLE a (b int);\n/* CREATE VIEW c; */\nSELECT 'CREATE TABLE d (e int);', \"CREATE VIEW f\";\nDO $$ CREATE TABLE g (h int); $$;\nCREATE TABLE x (y int, z int);\n",
}


@pytest.mark.parametrize("language", WORDS)
def test_words_in_texts_are_no_declarations(language: str) -> None:  # check 8
    record = read(WORDS[language].encode(), language)
    assert [symbol.name.lower().lstrip("-$@.").removeprefix("g:") for symbol in record.symbols] == ["x", "y", "z"]
    assert record.imports == []


_OF_LISP = [
    "(",
    ")",
    "(def a ",
    "(def a 1)\n",
    "(defn a [",
    "(defn a ([b]) ([c])",
    "(defun a (",
    '(defun a () "b" c)\n',
    '"',
    "(ns a (:require [b :as c] ",
    "(ns a (:require ",
    "#_",
    "#?(:clj ",
    "'",
    "?",
    "\\",
    "|",
    "#|",
    "(require 'a)\n",
    "(progn ",
    "(when a (defvar b 1))\n",
    ";;; a\n",
    "(defprotocol A (b [c]) ",
    "(defsystem a :components ((:module b :components (",
    "(defclass a (",
    "[",
    "{",
    "^",
    "^:private ",
    ";;; Commentary:\n",
    "a\\",
]
_OF_C = [
    "float a(",
    "struct A {",
    "#if A\n",
    "#if A\nstruct B {\n#else\n",
    "#if A\n}\n#else\n{\n#endif\n",
    "/*",
    "a b, ",
    "layout(a) ",
    "uniform A {",
    "{",
    "}",
    "[a]",
    "template<a> ",
    "a<",
    "vec3[2] ",
    "#define A \\\n",
    "A(b)\nc ",
    "enum A { b, ",
    "float a; // b\n",
    "void f() { if (a) {",
    "#if A\n;\n#else\na b\n",
    "float a = {{1},{2}};",
]
HOSTILE = {
    "glsl": _OF_C,
    "erlang": ["a(", "a() -> b.\n", "a() -> ", "-record(a, {", "-record(a, {b = 1, ", "-define(A, ", "\"", "'", "$", "a:b(", "a, ", "((", "{", "]", ". ", "% a\n", "-spec a(", "-spec a() -> b.\n", "-export([a/1, ", '\"\"\"\n', "-doc \"a\".\n", "a(B) -> b; "],
    "graphql": ["type A { b: Int } ", "type A {", "\"", '"""', "{", "(", "[", "union A = ", "|", "A | ", "@a ", "@a(", "a(b: C) ", "type A { b(", "type A implements B & ", "extend ", "input A { b: C = {", "query A($b: ", "# a\n", "enum A { b ", "directive @a on A | ", '"a" ', ", ", "fragment A on B { c } "],
    "hlsl": _OF_C,
    "html": ["<script>", "<script src='a", "<!--", "{#", "<a href=\"b", "<a ", "<img src=", "<h1>", "<h1></h1>", "<title>", "<meta name=description ", "<meta ", "{% include 'a' %}", "{% include '", "{% macro a(", "{{ define \"a\" }}", "{{> a", "<%= render 'a' %>", "<%", "<a href='b'>", "<link href=a>", "<", ">", "\"", "---\n", "{% comment %}", "<style>a</style>", "src='"],
    "nix": ["{ a = ", "{ a = 1; }\n", "let a = 1; in ", "let ", "(", "[", "{", "}", "\"${", "''", "\"", "{ a, b ? 1 }: ", "a: ", "a.b.", "a.b = ", "inherit ", "with a; ", "assert a; ", "./a ", "import ./a.nix ", "/*", "# a\n", "a@{", "${", "http://a", "<a/b> ", "mkOption { ", "x = { outputs = {a}: { b = 1; "],
    "clojure": _OF_LISP,
    "common-lisp": _OF_LISP,
    "emacs-lisp": _OF_LISP,
    "powershell": ["function a { ", "function a(", "function a {}\n", "class A { ", "class A : ", "class A { [int] $b\n", "class A { b() { ", "enum A { b\n", "$a = ", "\"$(", "\"", "'", "@'\n", "@\"\n$(", "<#", "# a\n", "[a(", "param(", "param($a, ", "{", "`", "$", ". ./a.ps1\n", "Import-Module a, ", "Export-ModuleMember a\n", "Set-Alias a b\n", "@{ RootModule = ", "#requires -modules a, ", "function a { <# .b #> }\n", "function a { # .SYNOPSIS\n"],
    "gdscript": ["var a", "var a = ", "func a(", "func a():\n\t", "func a(): pass\n", "class A:\n\t", "class A:\n", "enum {a, ", "enum A {b}\n", "signal a(", "@a ", "@a(", "@export var a\n", "[", ")", "'", "\"\"\"", "# a\n", "\\\n", "extends A\n", "class_name A\n", "preload('a.b') ", "\t", "\tvar a\n"],
    "godot-scene": ["[node name=\"a\"]\n", "[node name=\"", "[ext_resource path=\"res://a\"]\n", "["],
    "godot-project": ["config/name=\"a\"\n", "\"*res://a\"\n", "\""],
    "vim": ["function! a(", "function! a()\n", "function! a()\nendfunction\n", "\\ a\n", "let g:a = 1\n", "let a =<< END\n", "command A b\n", "a#b(", "a#b()\n", "a#", "\" a\n", "source a.vim\n", "'", "\"a", "function! a(b, ", "export "],
    "scss": ["$a: 1;", "$a: (b: ", "@mixin a(", "@mixin a($b: 1, ", "@mixin a {", "@import 'a', ", "@import 'a';\n", "url(", "url(a)", "url('", "#{", "{", "}", "(", ")", "'", "\"", "/*", "//", "// a\n", "%a {", "@use 'a' as b;", "a:b;", ":root {", "--a: ", "@", "$"],
    "less": [".a(", ".a() {", "@a: {", "@a: 1;", ".a(@b; ", "@import (reference) 'a'", "@{", "~'", "// a\n.b() {}\n"],
    "css": [":root { --a: 1;", "@import url(", "@import url(a) b;\n", "@media a {", "composes: a ", "/* a */\n", "@keyframes a { ", "url( "],
    "qml": ["A {", "A { }\n", "A: [", "property int a: ", "property list<", "property int a: {", "signal a(", "function a(", "function a() {", "enum A { B, ", "component A: B {", "import \"a\"\n", "import a 1.0\n", "(", "[", "{", "}", "\"", "`", "/*", "// a\n", "required ", "a.", "a"],
    "r": ["f <- function() ", "f <- function(a = ", "x <- (", "{", "f <- function() {", "'", "R6Class('A', list(", "x <- 1 +\n", "a <- ", "setClass('A')\n", "r\"(", "`", "f(", "function(", "if (a) ", "A <- R6Class(public = list(b = function() {", "# a\n", "x <- function() 1\n"],
    "bibtex": ["@a{b,\n", "@a{", "title = {", "@a{b, title = {c},\n", "{", "\"", "%\n"],
    "systemverilog": ["module a;", "module a (", "module a #(", "module a; endmodule\n", "function a; ", "function a(b, ", "class a extends b; ", "`define a ", "`define a \\\n", "\"", "/*", "(", "begin : a ", "a b (c); ", "a #(b) c (d), ", "parameter a = 1, ", "parameter a = 1; ", "typedef enum { a } b; ", "typedef ", "import a::*; ", "endmodule ", "input a, ", "[", "`include \"a\"\n", "module x; a b (c);", "extern ", "virtual "],
    "tex": ["\\section{", "\\section{a}\n", "\\input{a}\n", "\\input{", "\\newcommand{\\a}", "\\begin{verbatim}", "\\begin{abstract}", "\\cite{a,", "\\ref{a}", "\\cite[", "\\usepackage[", "\\usepackage{a,b}", "\\verb|", "\\label{a}", "{", "}", "\\", "%", "\\title[", "\\title{{", "\\section{{a}", "\\def\\a", "\\input a "],
    "sql": ["CREATE TABLE a (", "'", "$a$", "/*", "(", "CREATE FUNCTION f() BEGIN ", "`", "[a", "\n\\i a", "CREATE ", "COPY a FROM stdin;\n", "-- a\n", "INSERT INTO a VALUES ('b', 1);\n", "CREATE TABLE a (b int);\n"],
}  # fmt: skip


@pytest.mark.parametrize(("language", "text"), [(language, text) for language, texts in HOSTILE.items() for text in texts])
def test_much_of_one_thing(language: str, text: str) -> None:  # check 34
    content, begun = (text * (200_000 // len(text))).encode(), time.process_time()
    record = read(content, language)
    well_formed(record, content)
    assert time.process_time() - begun < 10


def test_scripts_of_sql(tmp_path: Path) -> None:  # checks 12, 13
    atlas = tree(tmp_path, {
        "db/all.sql": "\\i tables.sql\n\\ir views/cheap.sql\n\\i gone.sql\nCREATE EXTENSION shop;\nCREATE EXTENSION hstore;\n",
        "db/tables.sql": "SOURCE db/views/cheap.sql;\n", "db/views/cheap.sql": "CREATE VIEW v AS SELECT 1;\n", "ext/shop.control": "comment = 'x'\n",
    })  # fmt: skip
    assert edges(atlas, "db/all.sql") == [(1, "db/tables.sql"), (2, "db/views/cheap.sql"), (4, "ext/shop.control")]
    assert missing(atlas, "db/all.sql") == [(3, "outside"), (5, "outside")]
    assert edges(atlas, "db/tables.sql") == [(1, "db/views/cheap.sql")]
    inverse(atlas)


def test_pages_and_templates(tmp_path: Path) -> None:  # checks 12, 13
    atlas = tree(tmp_path, {
        "site/index.html": '<script src="/src/main.js"></script>\n<link rel=stylesheet href="css/a.css?v=1">\n<script src="gone.js"></script>\n<script src="/api.js"></script>\n<img src="https://x.org/b.png"><img src="no.png"><img src="i/c.png">\n<a href="about.html">a</a><a href="docs/">b</a><a href="/login">c</a><a href="lost.html">d</a>\n',
        "site/src/main.js": "", "site/css/a.css": "", "site/public/src/main.js": "", "site/i/c.png": "x", "site/about.html": "", "site/docs/index.html": "",
        "shop/templates/shop/base.html": "{% block a %}{% endblock %}\n", "shop/templates/shop/list.html": '{% extends "shop/base.html" %}\n{% include "shop/row.html" %}\n<link href="{% static \'css/till.css\' %}">\n{% include "admin/base.html" %}\n',
        "shop/templates/shop/row.html": "", "shop/static/css/till.css": "", "far/templates/shop/base.html": "",
        "other/page.html": "{% extends 'shop/list.html' %}\n",
        "app/views/items/show.html.erb": "<%= render 'form' %>\n<%= render partial: 'shared/menu' %>\n<%= render 'no' %>\n",
        "app/views/items/_form.html.erb": "", "app/views/shared/_menu.html.erb": "",
        "twig/templates/a.html.twig": "{% extends '@Shop/b.html.twig' %}\n{{ include('c.html.twig') }}\n", "twig/templates/b.html.twig": "", "twig/templates/c.html.twig": "",
        "hbs/views/a.hbs": "{{> row}}\n", "hbs/views/partials/row.hbs": "",
        "blog/_posts/a.html": "---\nlayout: post\n---\n{% include head.html %}\n", "blog/_layouts/post.html": "", "blog/_includes/head.html": "",
    })  # fmt: skip
    assert edges(atlas, "site/index.html", "import") == [(1, "site/src/main.js"), (2, "site/css/a.css"), (5, "site/i/c.png")]
    assert edges(atlas, "site/index.html", "link") == [(6, "site/about.html"), (6, "site/docs/index.html")]
    assert missing(atlas, "site/index.html") == [(3, "outside"), (6, "outside")]
    assert edges(atlas, "shop/templates/shop/list.html") == [
        (1, "shop/templates/shop/base.html"),
        (2, "shop/templates/shop/row.html"),
        (3, "shop/static/css/till.css"),
    ]
    assert missing(atlas, "shop/templates/shop/list.html") == [(4, "outside")]
    assert edges(atlas, "other/page.html") == [(1, "shop/templates/shop/list.html")]
    assert edges(atlas, "app/views/items/show.html.erb") == [(1, "app/views/items/_form.html.erb"), (2, "app/views/shared/_menu.html.erb")]
    assert {e.method for e in atlas.edges_from["app/views/items/show.html.erb"]} == {"text-match"}
    assert edges(atlas, "twig/templates/a.html.twig") == [(1, "twig/templates/b.html.twig"), (2, "twig/templates/c.html.twig")]
    assert edges(atlas, "hbs/views/a.hbs") == [(1, "hbs/views/partials/row.hbs")]
    assert edges(atlas, "blog/_posts/a.html") == [(2, "blog/_layouts/post.html"), (4, "blog/_includes/head.html")]
    inverse(atlas)


def test_nix(tmp_path: Path) -> None:  # checks 12, 13
    atlas = tree(tmp_path, {
        "flake.nix": "{\n  inputs.far.url = \"github:x/y\";\n  outputs = { self, far }: {\n    packages.shop = far.callPackage ./shop { };\n    lib = import ./lib.nix;\n    gone = import ./gone.nix;\n    nixpkgs = import <nixpkgs> { };\n    src = ./src;\n  };\n}\n",
        "shop/default.nix": "{ lib }: { imports = [ ../lib.nix ./more.nix ]; }\n", "shop/more.nix": "", "lib.nix": "{ }\n", "src/a.c": "",
    })  # fmt: skip
    assert edges(atlas, "flake.nix") == [(4, "shop/default.nix"), (5, "lib.nix")]
    assert missing(atlas, "flake.nix") == [(6, "outside"), (7, "outside")]
    assert edges(atlas, "shop/default.nix") == [(1, "lib.nix"), (1, "shop/more.nix")]
    names = [s.name for s in atlas.files["flake.nix"].record.symbols]
    assert names == ["url", "outputs", "shop", "lib", "gone", "nixpkgs", "src"]
    inverse(atlas)


def test_lisps(tmp_path: Path) -> None:  # checks 12, 13
    atlas = tree(tmp_path, {
        "el/till.el": "(require 'till-coin)\n(require 'cl-lib)\n(load \"more\")\n(autoload 'f \"far\")\n", "el/till-coin.el": "(provide 'till-coin)\n", "el/more.el": "", "lib/far.el": "",
        "src/shop/till_api.clj": "(ns shop.till-api\n  (:require [clojure.string :as s] [shop.coin :as c]\n            [far.away])\n  (:import java.util.Date (shop.java Box)))\n",
        "src/shop/coin.cljc": "(ns shop.coin)\n", "java/shop/java/Box.java": "package shop.java;\nclass Box {}\n", "test/shop/coin_test.clj": "(ns shop.coin-test\n  (:require [shop.till-api]))\n",
        "cl/mill.asd": "(defsystem \"mill\" :components ((:file \"a\") (:module \"src\" :components ((:file \"b\")))))\n", "cl/a.lisp": "(load \"src/b\")\n", "cl/src/b.lisp": "",
    })  # fmt: skip
    assert edges(atlas, "el/till.el") == [(1, "el/till-coin.el"), (3, "el/more.el"), (4, "lib/far.el")]
    assert missing(atlas, "el/till.el") == [(2, "outside")]
    assert edges(atlas, "src/shop/till_api.clj") == [(2, "src/shop/coin.cljc"), (4, "java/shop/java/Box.java")]
    assert missing(atlas, "src/shop/till_api.clj") == [(2, "standard library"), (3, "outside"), (4, "standard library")]
    assert edges(atlas, "test/shop/coin_test.clj") == [(2, "src/shop/till_api.clj")]
    assert edges(atlas, "cl/mill.asd") == [(1, "cl/a.lisp"), (1, "cl/src/b.lisp")]
    assert edges(atlas, "cl/a.lisp") == [(1, "cl/src/b.lisp")]
    inverse(atlas)


def test_erlang(tmp_path: Path) -> None:  # checks 12, 13
    atlas = tree(tmp_path, {
        "apps/shop/src/till.erl": '-module(till).\n-behaviour(gen_server).\n-behaviour(shop_worker).\n-include("till.hrl").\n-include_lib("coin/include/coin.hrl").\n-include_lib("kernel/include/file.hrl").\nf() -> coin:worth(1), lists:map(fun far:away/1, []), coin:more(), ?MODULE:x(), till:f().\n',
        "apps/shop/include/till.hrl": "", "apps/shop/src/shop_worker.erl": "", "apps/coin/include/coin.hrl": "", "apps/coin/src/coin.erl": "-module(coin).\n",
    })  # fmt: skip
    assert edges(atlas, "apps/shop/src/till.erl") == [
        (3, "apps/shop/src/shop_worker.erl"), (4, "apps/shop/include/till.hrl"), (5, "apps/coin/include/coin.hrl"), (7, "apps/coin/src/coin.erl"),
    ]  # fmt: skip
    assert missing(atlas, "apps/shop/src/till.erl") == [(2, "outside"), (6, "outside")]
    inverse(atlas)


def test_latex(tmp_path: Path) -> None:  # checks 12, 13
    atlas = tree(tmp_path, {
        "book/main.tex": "\\documentclass{shop}\n\\usepackage{macros/coin}\n\\usepackage{amsmath}\n\\input{chapters/one}\n\\include{gone}\n\\addbibresource{refs.bib}\n\\bibliography{refs}\n\\ref{one}\\cite{old,new}\\ref{twice}\n",
        "book/chapters/one.tex": "\\label{one}\\label{twice}\n\\input{chapters/two}\n\\includegraphics{wheel}\n\\input{two}\n", "book/chapters/two.tex": "\\label{twice}\\ref{one}\n",
        "book/macros/coin.sty": "\\newcommand{\\coin}{1}\n", "book/refs.bib": "@book{old,\n title={Old},\n}\n", "book/figures/wheel.pdf": "%PDF", "shop.cls": "x\n",
    })  # fmt: skip
    assert edges(atlas, "book/main.tex") == [
        (1, "shop.cls"), (2, "book/macros/coin.sty"), (4, "book/chapters/one.tex"), (6, "book/refs.bib"), (7, "book/refs.bib"), (8, "book/chapters/one.tex"), (8, "book/refs.bib"),
    ]  # fmt: skip
    assert missing(atlas, "book/main.tex") == [(5, "outside")]
    assert edges(atlas, "book/chapters/one.tex") == [
        (2, "book/chapters/two.tex"),
        (3, "book/figures/wheel.pdf"),
        (4, "book/chapters/two.tex"),
    ]
    assert edges(atlas, "book/chapters/two.tex") == [(1, "book/chapters/one.tex")]
    inverse(atlas)


def test_what_objects_of_qml_declare_within_is_not_the_file_s() -> None:  # check 8
    text = "// property int a\nItem {\n/* signal b() */\nproperty string x: 'signal c()'\nfunction y() { property int d; function e() {} }\nText { property int f }\nonDone: { function g() {} }\nsignal z\n}\n"
    record = read(text.encode(), "qml")
    assert [symbol.name for symbol in record.symbols] == ["Item", "x", "y", "z"]
    assert [(statement.kind, statement.target) for statement in record.imports] == [("listed", "Item"), ("listed", "Text")]


def test_qml(tmp_path: Path) -> None:  # checks 12, 13
    atlas = tree(tmp_path, {
        "ui/Main.qml": 'import QtQuick\nimport "parts" as Parts\nimport "../js/sums.js" as Sums\nimport "more"\nimport "gone"\nItem {\n  Till {}\n  Parts.Coin {}\n  Bag {}\n  Coin {}\n}\n',
        "ui/Till.qml": "Item { Till {} }\n", "ui/parts/Coin.qml": "Item {}\n", "ui/parts/qmldir": "Coin 1.0 Coin.qml\n", "js/sums.js": "", "ui/more/Bag.qml": "Item {}\n", "ui/parts/Bag.qml": "",
    })  # fmt: skip
    assert edges(atlas, "ui/Main.qml") == [
        (2, "ui/parts/qmldir"),
        (3, "js/sums.js"),
        (7, "ui/Till.qml"),
        (8, "ui/parts/Coin.qml"),
        (9, "ui/more/Bag.qml"),
    ]
    assert missing(atlas, "ui/Main.qml") == [(1, "outside"), (5, "outside")]
    inverse(atlas)


def test_templates_of_laravel_and_symfony(tmp_path: Path) -> None:  # checks 12, 13
    views = "shop/resources/views"
    atlas = tree(tmp_path, {
        f"{views}/posts/index.blade.php": "@extends('layouts.app')\n{{-- @include('posts.item') --}}\n@includeWhen($post, 'posts.item', ['a' => 1])\n<x-alert.small type=\"a\"/><x-slot name=\"b\"></x-slot><x-gone/>\n@each('posts.item', $posts, 'post')\n@include('gone')\n@include($name)\n<?php function no() {} ?>\n",
        f"{views}/layouts/app.blade.php": "<h1>Shop</h1>\n", f"{views}/posts/item.blade.php": "", f"{views}/components/alert/small.blade.php": "",
        "shop/routes/web.php": "<?php\nRoute::view('/a', 'posts.index');\nRoute::get('/b', fn () => view('posts.item', ['c' => config('shop.size')]));\n// view('layouts.app')\nview('gone'); $view('posts.item'); $a->view('posts.item');\n",
        "shop/config/shop.php": "<?php\nreturn [];\n",
        "web/src/Controller/Till.php": "<?php\nclass Till { function a() { return $this->render('till/a.html.twig', []); } }\n", "web/templates/till/a.html.twig": "",
        "web/templates/b.html.twig": "{% include 'till/a.html.twig' %}{{--c }}{% include 'till/a.html.twig' %}\n",
    })  # fmt: skip
    assert atlas.files[f"{views}/posts/index.blade.php"].language == "blade"
    assert edges(atlas, f"{views}/posts/index.blade.php") == [
        (1, f"{views}/layouts/app.blade.php"),
        (3, f"{views}/posts/item.blade.php"),
        (4, f"{views}/components/alert/small.blade.php"),
        (5, f"{views}/posts/item.blade.php"),
    ]
    assert missing(atlas, f"{views}/posts/index.blade.php") == [(6, "outside")]
    assert edges(atlas, "shop/routes/web.php") == [
        (2, f"{views}/posts/index.blade.php"),
        (3, "shop/config/shop.php"),
        (3, f"{views}/posts/item.blade.php"),
    ]
    assert missing(atlas, "shop/routes/web.php") == []
    assert edges(atlas, "web/src/Controller/Till.php") == [(2, "web/templates/till/a.html.twig")]
    assert len(edges(atlas, "web/templates/b.html.twig")) >= 1
    inverse(atlas)


def test_godot(tmp_path: Path) -> None:  # checks 12, 13
    atlas = tree(tmp_path, {
        "game/project.godot": '; a\nconfig_version=5\n[application]\nconfig/name="Till"\nrun/main_scene="res://main.tscn"\n[autoload]\nShop="*res://shop.gd"\n',
        "game/main.tscn": '[gd_scene load_steps=2 format=2]\n[ext_resource type="Script" path="res://actors/coin.gd" id="1_a"]\n[ext_resource path="res://gone.png" type="Texture" id=2]\n[node name="Main" type="Node2D"]\n[node name="Coin" parent="."]\n',
        "game/shop.gd": "extends Node\nvar a = preload('res://main.tscn')\nfunc b():\n\treturn load('actors/coin.gd') # load('res://shop.gd')\n",
        "game/actors/coin.gd": "class_name Coin\nextends Actor\n", "game/actors/gold.gd": 'extends "res://actors/coin.gd"\n', "game/actors/actor.gd": "class_name Actor extends Node2D\n",
        "other/project.godot": "", "other/actor.gd": "class_name Actor\n", "other/a.gd": "extends Coin\nclass B extends Actor:\n\tpass\nclass C extends B:\n\tpass\n",
    })  # fmt: skip
    assert edges(atlas, "game/project.godot") == [(5, "game/main.tscn"), (7, "game/shop.gd")]
    assert edges(atlas, "game/main.tscn") == [(2, "game/actors/coin.gd")]
    assert missing(atlas, "game/main.tscn") == [(3, "outside")]
    assert edges(atlas, "game/shop.gd") == [(2, "game/main.tscn"), (4, "game/actors/coin.gd")]
    assert missing(atlas, "game/shop.gd") == [(1, "outside")]
    assert edges(atlas, "game/actors/coin.gd") == [(2, "game/actors/actor.gd")]
    assert edges(atlas, "game/actors/gold.gd") == [(1, "game/actors/coin.gd")]
    assert edges(atlas, "other/a.gd") == [(2, "other/actor.gd")]
    assert missing(atlas, "other/a.gd") == [(1, "outside")]
    record = atlas.files["game/main.tscn"].record
    assert record is not None
    assert [(symbol.kind, symbol.name, symbol.type) for symbol in record.symbols] == [("object", "Main", "Node2D"), ("object", "Coin", "")]
    inverse(atlas)


def test_vim(tmp_path: Path) -> None:  # checks 12, 13
    atlas = tree(tmp_path, {
        "plugin/shop.vim": "source ../util.vim\nruntime autoload/till.vim\nsource gone.vim\nsource $HOME/a.vim\ncall till#open#now(1)\ncall far#away() \" till#no()\nlet a = till#x()\n",
        "util.vim": "let g:a = 1\n", "autoload/till.vim": "import './till/late.vim'\nimport autoload 'till/open.vim'\nfunction! till#x()\n  call till#y()\nendfunction\n",
        "autoload/till/open.vim": "function! till#open#now(a)\nendfunction\n", "autoload/till/late.vim": "vim9script\n",
    })  # fmt: skip
    assert edges(atlas, "plugin/shop.vim") == [
        (1, "util.vim"),
        (2, "autoload/till.vim"),
        (5, "autoload/till/open.vim"),
        (7, "autoload/till.vim"),
    ]
    assert missing(atlas, "plugin/shop.vim") == [(3, "outside"), (6, "outside")]
    assert edges(atlas, "autoload/till.vim") == [(1, "autoload/till/late.vim"), (2, "autoload/till/open.vim")]
    assert missing(atlas, "autoload/till.vim") == []
    inverse(atlas)


def test_sheets(tmp_path: Path) -> None:  # checks 12, 13
    atlas = tree(tmp_path, {
        "scss/main.scss": '@use "sass:math";\n@use "base/colors";\n@use "parts";\n@forward "till";\n@import "print.css", "gone";\n@import "~shop/scss/coin";\n@import "shared/grid";\n.a { background: url(../img/a.png) url(gone.png) }\n',
        "scss/base/_colors.scss": '@use "till";\n@use "../parts/box";\n', "scss/parts/_index.scss": '@forward "./box";\n', "scss/parts/box.scss": "", "scss/_till.scss": "", "scss/print.css": "", "img/a.png": "", "packages/shop/scss/_coin.scss": "", "lib/shared/_grid.scss": "",
        "less/a.less": '@import (reference) "b";\n@import "c.css";\n@import "gone";\n', "less/b.less": "", "less/c.css": "",
        "css/site.css": '@import "parts/a.css";\n@import url(b.css);\n@import url("https://example.org/c.css");\n@import "gone.css";\n.a { composes: b from "./parts/a.css"; background: url("../img/a%20b.png"), url(gone.png) }\n',
        "css/parts/a.css": "", "css/b.css": "", "img/a b.png": "",
    })  # fmt: skip
    assert edges(atlas, "scss/main.scss") == [
        (2, "scss/base/_colors.scss"),
        (3, "scss/parts/_index.scss"),
        (4, "scss/_till.scss"),
        (5, "scss/print.css"),
        (6, "packages/shop/scss/_coin.scss"),
        (7, "lib/shared/_grid.scss"),
        (8, "img/a.png"),
    ]
    assert missing(atlas, "scss/main.scss") == [(1, "standard library"), (5, "outside")]
    assert edges(atlas, "scss/base/_colors.scss") == [(1, "scss/_till.scss"), (2, "scss/parts/box.scss")]
    assert edges(atlas, "less/a.less") == [(1, "less/b.less"), (2, "less/c.css")]
    assert missing(atlas, "less/a.less") == [(3, "outside")]
    assert edges(atlas, "css/site.css") == [(1, "css/parts/a.css"), (2, "css/b.css"), (5, "css/parts/a.css"), (5, "img/a b.png")]
    assert missing(atlas, "css/site.css") == [(3, "outside"), (4, "outside")]
    inverse(atlas)


def test_verilog(tmp_path: Path) -> None:  # checks 12, 13
    counter = "module counter (input a);\nendmodule\n"
    atlas = tree(tmp_path, {
        "rtl/till.v": '`include "defs.vh"\n`include "gone.vh"\nmodule till;\n  counter #(.A(1)) u_a (.a(1));\n  far u_b ();\n  SB_LUT4 u_c (.a(1));\n  twice u_d ();\nendmodule\n',
        "rtl/counter.v": counter, "rtl/inc/defs.vh": "`define A 1\n", "ip/far.sv": "module far import till_pkg::*, gone_pkg::*; ();\nendmodule\n", "ip/till_pkg.sv": "package till_pkg;\nendpackage\n",
        "other/counter.v": counter, "a/twice.v": "module twice;\nendmodule\n", "b/twice.v": "module twice;\nendmodule\n", "tb/tb.v": "module tb;\n  till dut ();\nendmodule\n",
        "proofs/sum.v": "Require Import Arith.\nTheorem a : 1 = 1.\nProof. reflexivity. Qed.\n",
    })  # fmt: skip
    assert edges(atlas, "rtl/till.v") == [(1, "rtl/inc/defs.vh"), (4, "rtl/counter.v"), (5, "ip/far.sv")]
    assert missing(atlas, "rtl/till.v") == [(2, "outside"), (7, "ambiguous")]
    assert edges(atlas, "ip/far.sv") == [(1, "ip/till_pkg.sv")]
    assert missing(atlas, "ip/far.sv") == [(1, "outside")]
    assert edges(atlas, "tb/tb.v") == [(2, "rtl/till.v")]
    assert atlas.files["proofs/sum.v"].language == ""
    inverse(atlas)


def test_r(tmp_path: Path) -> None:  # checks 12, 13
    atlas = tree(tmp_path, {
        "shop/R/main.R": "library(till)\nlibrary(stats)\nlibrary(dplyr)\nsource('helpers.R')\nsource('shop/R/far.R')\n",
        "shop/R/helpers.R": "f <- function() requireNamespace('shop')\n", "shop/R/far.R": "", "till/DESCRIPTION": "Package: till\n",
        "shop/DESCRIPTION": "Package: shop\n",
    })  # fmt: skip
    assert edges(atlas, "shop/R/main.R") == [(1, "till/DESCRIPTION"), (4, "shop/R/helpers.R"), (5, "shop/R/far.R")]
    assert missing(atlas, "shop/R/main.R") == [(2, "standard library"), (3, "outside")]
    assert [e.weak for e in atlas.edges_from["shop/R/helpers.R"]] == [True]
    inverse(atlas)


def test_powershell(tmp_path: Path) -> None:  # checks 12, 13
    atlas = tree(tmp_path, {
        "app/main.ps1": ". .\\lib\\Help.ps1\n. \"$PSScriptRoot/gone.ps1\"\nImport-Module Shop\nImport-Module ../shop/Shop\nusing module ..\\shop\\Till.psm1\nImport-Module Microsoft.PowerShell.Utility\nImport-Module Az\nusing namespace System\nclass Big : Till, Far { }\n",
        "app/lib/help.ps1": "function f { & $PSScriptRoot/../main.ps1 }\n", "shop/Shop.psm1": "", "shop/Till.psm1": "class Till { }\nclass Small : Till { }\n",
        "shop/Shop.psd1": "@{ RootModule = 'Shop.psm1'; NestedModules = @('Till') }\n", "far.psm1": "class Far { }\n",
    })  # fmt: skip
    assert edges(atlas, "app/main.ps1") == [(1, "app/lib/help.ps1"), (3, "shop/Shop.psm1"), (4, "shop/Shop.psm1"), (5, "shop/Till.psm1")]
    assert bases(atlas, "app/main.ps1") == ["Big -> shop/Till.psm1:Till"]  # `Far` is in no file that is loaded
    assert bases(atlas, "shop/Till.psm1") == ["Small -> shop/Till.psm1:Till"]
    assert missing(atlas, "app/main.ps1") == [(2, "outside"), (6, "standard library"), (7, "outside"), (8, "standard library")]
    assert edges(atlas, "app/lib/help.ps1") == [(1, "app/main.ps1")]
    assert [e.weak for e in atlas.edges_from["app/lib/help.ps1"]] == [True]
    assert edges(atlas, "shop/Shop.psd1") == [(1, "shop/Shop.psm1"), (1, "shop/Till.psm1")]
    inverse(atlas)


def test_branches_that_split_braces() -> None:
    text = "#if A\nvoid f(int a) {\n#else\nvoid f(\n#if B\nint b\n#else\nfloat b\n#endif\n) {\n#endif\n}\nint g;\n"
    found = read(text.encode(), "glsl").symbols
    assert [(s.name, s.line, s.end_line, s.condition) for s in found] == [
        ("f", 2, 2, "A"), ("f", 4, 12, "!(A)"), ("g", 13, 13, ""),
    ]  # fmt: skip
    assert [p.type for s in found for p in s.parameters] == ["int", "float"]


def test_includes_of_shaders(tmp_path: Path) -> None:  # checks 12, 13
    atlas = tree(tmp_path, {
        "gl/main.frag": '#include "light.glsl"\n#include <lib/noise.glsl>\n#include "gone.glsl"\n#pragma glslify: blur = require(./fx/blur)\n#pragma glslify: a = require(glsl-noise)\n#ifdef A\n#include "../gl/sun.h"\n#endif\n',
        "gl/light.glsl": "", "shaders/lib/noise.glsl": "", "gl/fx/blur.glsl": "", "gl/sun.h": "", "hl/a.hlsl": '#include "/hl/b.hlsli"\n', "hl/b.hlsli": "",
    })  # fmt: skip
    assert edges(atlas, "gl/main.frag") == [(1, "gl/light.glsl"), (2, "shaders/lib/noise.glsl"), (4, "gl/fx/blur.glsl"), (7, "gl/sun.h")]
    assert missing(atlas, "gl/main.frag") == [(3, "outside"), (5, "outside")]
    assert [e.weak for e in atlas.edges_from["gl/main.frag"]] == [False, False, False, True]
    assert edges(atlas, "hl/a.hlsl") == [(1, "hl/b.hlsli")]
    inverse(atlas)


def test_graphql(tmp_path: Path) -> None:  # checks 12, 13
    atlas = tree(tmp_path, {
        "api/a.graphql": '# import Node from "./b.graphql"\n#import "parts/c.graphql"\n# import "gone.graphql"\ntype A implements Node & Two & Own { id: ID }\ninterface Own { a: Int }\n',
        "api/b.graphql": "interface Node { id: ID }\ninterface Two { a: Int }\n", "src/parts/c.graphql": "interface Two { a: Int }\n",
    })  # fmt: skip
    assert edges(atlas, "api/a.graphql") == [(1, "api/b.graphql"), (2, "src/parts/c.graphql")]
    assert missing(atlas, "api/a.graphql") == [(3, "outside")]
    bases = {(e.text, e.target, e.target_symbol) for e in atlas.edges_from["api/a.graphql"] if e.kind == "base"}
    assert bases == {("Node", "api/b.graphql", 0), ("Own", "api/a.graphql", 2)}
    inverse(atlas)
