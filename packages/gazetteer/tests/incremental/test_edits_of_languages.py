"""Files of every language whose imports are read come, go, change and move: the next build gives what a first one would."""

from unittest import mock

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import gazetteer.amend.renewed
import gazetteer.build
from editing import assert_edits_give_what_a_first_build_gives, build_once, cold, contents, make_tree, put
from gazetteer.config import Config
from gazetteer.store import Store

FILES = {
    "README.md": "# All\n\n[one](docs/one.md) and [a file](web/list.js)\n",
    "docs/one.md": "# One\n\n[back](../README.md)\n",
    "docs/guide.rst": "Guide\n=====\n\n.. toctree::\n\n   one\n",
    "include/shop/node.h": "struct Node { void release(); };\n",
    "src/node.cpp": '#include "shop/node.h"\n#include <shop/list.h>\nvoid Node::release() {}\nstruct Leaf : Node {};\n',
    "py/shop/__init__.py": "from .model import Basket\n",
    "py/shop/model.py": "class Basket:\n    def total(self): pass\n",
    "py/use.py": "from shop import Basket\nimport shop.extra\nclass Cart(Basket):\n    def total(self): pass\n",
    "tests/test_shop.py": "from shop.model import Basket\nBasket Vessel Price paint\n",
    "web/package.json": '{"name": "shop-web", "main": "./list.js"}\n',
    "web/list.js": 'import Row from "./row.js";\nexport class List extends Row {}\n',
    "web/row.ts": "export default class Row {}\nexport function paint() {}\n",
    "web/page.tsx": 'import { List } from "shop-web";\nexport class Page extends List {}\n',
    "web/Cart.vue": "<template/>\n<script setup>\nimport Row from './row'\nimport Shelf from './Shelf'\nconst a = 1\n</script>\n",
    "web/Shelf.svelte": "<script>\nexport let items\n</script>\n",
    "web/index.html": '<title>Shop</title>\n<script src="list.js"></script>\n<a href="row.html">row</a>\n',
    "web/row.html": "{% extends 'index.html' %}\n<script src=\"/row.js\"></script>\n",
    "nix/flake.nix": "{ outputs = { self }: { a = import ./shop; b = ./lib.nix; }; }\n",
    "nix/shop/default.nix": "{ lib }: import ../lib.nix\n",
    "el/till.el": "(require 'coin)\n(defun till () 1)\n",
    "el/coin.el": "(provide 'coin)\n",
    "clj/src/shop/core.clj": "(ns shop.core\n  (:require [shop.item :as i]))\n(defn sell [x] x)\n",
    "clj/src/shop/item.clj": "(ns shop.item)\n",
    "erl/src/till.erl": '-module(till).\n-include("coin.hrl").\nf() -> coin:g().\n',
    "erl/src/coin.erl": "-module(coin).\n-export([g/0]).\ng() -> 1.\n",
    "erl/include/coin.hrl": "-record(coin, {a}).\n",
    "tex/main.tex": "\\title{Shop}\n\\input{one}\n\\ref{one}\\cite{old}\n",
    "tex/one.tex": "\\section{One}\\label{one}\n",
    "tex/refs.bib": "@book{old,\n  title = {Old},\n}\n",
    "qml/Main.qml": "Item {\n  property int a\n  Till {}\n}\n",
    "qml/Till.qml": "Item { signal paid }\n",
    "style/main.scss": '@use "coin";\n$gap: 1px;\n.a { background: url(a.png) }\n',
    "style/_coin.scss": "@mixin coin { top: 0 }\n",
    "gd/till.gd": 'class_name Till\nextends Coin\nvar a = preload("res://gd/coin.gd")\nfunc b():\n\tpass\n',
    "gd/coin.gd": "class_name Coin\nsignal c\n",
    "vim/plugin/till.vim": "call coin#g()\nfunction! Till()\nendfunction\n",
    "vim/autoload/coin.vim": "function! coin#g()\nendfunction\n",
    "hdl/till.sv": "module till;\n  coin u_coin ();\nendmodule\n",
    "hdl/coin.v": "module coin;\nendmodule\n",
    "db/all.sql": "\\i db/shop.sql\nCREATE TABLE till (id int, node int);\n",
    "db/shop.sql": "-- Sold.\nCREATE VIEW sold AS SELECT 1;\n",
    "r/shop/R/sell.R": "library(shop)\nsource('pay.R')\nsell <- function(x) x\n",
    "r/shop/R/pay.R": "setClass('Till', representation(a = 'numeric'))\n",
    "r/shop/DESCRIPTION": "Package: shop\n",
    "jl/src/Shop.jl": 'module Shop\ninclude("till.jl")\nusing .Till\nabstract type Base end\nend\n',
    "jl/src/till.jl": "module Till end\nstruct Coin <: Base end\n",
    "ps/run.ps1": ". ./common.ps1\nImport-Module ./Till\nclass Big : Box { }\n",
    "ps/common.ps1": "class Box { }\nfunction Get-It { }\n",
    "dart/pubspec.yaml": "name: shop\nenvironment:\n  sdk: any\n",
    "dart/lib/main.dart": "import 'package:shop/item.dart';\nclass Big extends Item {}\n",
    "dart/lib/item.dart": "class Item {}\n",
    "jvm/kitchen/Pot.java": "package kitchen;\npublic class Pot extends Vessel {}\n",
    "jvm/kitchen/Vessel.java": "package kitchen;\npublic class Vessel {}\n",
    "jvm/Cook.kt": "import kitchen.Pot\nclass Cook : Pot()\n",
    "go/go.mod": "module example.com/shop\n",
    "go/main.go": 'package main\n\nimport "example.com/shop/price"\n\nfunc main() { price.Pay() }\n',
    "go/price/price.go": "package price\n\ntype Price struct{}\n\nfunc Pay() {}\n",
    "rs/Cargo.toml": '[package]\nname = "shop"\n',
    "rs/src/lib.rs": "mod node;\nuse node::Node;\npub struct Leaf;\n",
    "rs/src/node.rs": "pub struct Node;\n",
    "php/composer.json": r'{"autoload": {"psr-4": {"App\\": "src/"}}}',
    "php/src/Shop.php": "<?php\nnamespace App;\nuse App\\Item;\nclass Shop extends Item {}\n",
    "php/src/Item.php": "<?php\nnamespace App;\nclass Item {}\n",
    "net/Shop.cs": "using Kitchen;\nnamespace Shop { class Till : Box {} }\n",
    "net/Box.cs": "namespace Kitchen { class Box {} }\n",
    "rb/shop.rb": 'require_relative "item"\nclass Shop < Item\nend\n',
    "rb/item.rb": "class Item\nend\n",
    "sh/run.sh": "#!/bin/bash\nsource ./common.sh\n",
    "sh/common.sh": "say() { :; }\n",
    "CMakeLists.txt": "add_subdirectory(src)\nadd_library(node src/node.cpp)\n",
    "src/CMakeLists.txt": "include(extra)\n",
    "bazel/BUILD": 'cc_library(name = "node", srcs = ["node.cc"], deps = [":leaf"])\ncc_library(name = "leaf")\n',
    "bazel/node.cc": "int node;\n",
    "CODEOWNERS": "*.py @snakes\n/web/ @spiders\n",
    "rs/LICENSE": "MIT License\n\nPermission is hereby granted, free of charge, to any person obtaining a copy\n",
}
_NEW = [
    "include/shop/list.h", "src/shop/node.h", "py/shop/extra.py", "shop.py", "py/model/__init__.py", "web/index.js", "web/row.js",
    "jvm/Vessel.java", "go/price/more.go", "rs/src/node/mod.rs", "php/src/Box.php", "net/Till.cs", "rb/shop/item.rb", "common.sh",
    "extra.cmake", "bazel/sub/BUILD", "docs/conf.py", "tests/test_more.py", ".gitattributes", "docs/CODEOWNERS", "LICENSE",
    "jl/Shop/src/Shop.jl", "ps/Till.psm1", "dart/more/pubspec.yaml", "dart/more/lib/item.dart",
]  # fmt: skip
_path = st.sampled_from([*FILES, *_NEW])
_text = st.sampled_from([*FILES.values(), "", "#define SHOP_API\nint n;\n", "*.py linguist-generated\n"])
_edit = st.one_of(
    st.tuples(st.just("write"), _path, _text),
    st.tuples(st.just("append"), st.sampled_from([*FILES]), _text),
    st.tuples(st.just("move"), st.sampled_from([*FILES]), _path),
    st.tuples(st.just("delete"), st.sampled_from([*FILES]), st.just("")),
)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(st.lists(st.lists(_edit, min_size=1, max_size=2), min_size=1, max_size=4))
def test_an_edit_of_any_language_gives_what_a_first_build_gives(scripts):  # check 29
    assert_edits_give_what_a_first_build_gives(FILES, scripts)


@pytest.mark.parametrize("path", ["web/list.js", "php/src/Shop.php", "rs/src/lib.rs", "go/main.go", "py/use.py", "docs/more.md"])
def test_another_process_finds_edges_without_the_store(tmp_path, monkeypatch, path):
    monkeypatch.setattr("gazetteer.writing.WORTH", 1)
    root, out = tmp_path / "tree", tmp_path / "out"
    make_tree(root, FILES)
    for text in FILES.get(path, ""), FILES.get(path, "").replace("import", "import ") + "\n":
        put(root / path, text)
        with (
            Store(tmp_path / "store") as store,
            mock.patch("gazetteer.amend.renewed._found_of", wraps=gazetteer.amend.renewed._found_of) as found,
            mock.patch("gazetteer.build._amended", return_value=None),
        ):
            gazetteer.build.build(root, out, Config(), store, jobs=2)
    assert found.called
    assert contents(out) == cold(root, out)


#: The base of a function that has a prototype stands in a statement of its own, above the function or below it.
OLDER = {
    "README.md": "# All\n",
    "base.js": "exports.Base = Base;\nfunction Base() {\n  this.a = 1;\n}\nBase.prototype.m = function () {};\n",
    "other.js": "exports.Other = Other;\nfunction Other() {}\nOther.prototype.m = function () {};\n",
    "near.js": "class Near { m() {} }\nexports.Near = Near;\n",
    "far.js": "const { Near: N } = require('./near');\nclass Far extends N { m() {} }\n",
    "use.js": "var Base = require('./base').Base, Other = require('./other').Other;\nutil.inherits(Early, Base);\nfunction Early() {}\n"
    "function Late() {\n}\nLate.prototype = Object.create(Base.prototype);\nLate.prototype.m = function () {};\n"
    "Early.prototype.m = function () {};\n",
}


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("use.js", "function Late", "// Said of it.\nfunction Late"),
        ("use.js", "Late() {\n}\n", "Late() {\n  this.b = 1;\n  this.c = 2;\n}\n\n"),
        ("use.js", "util.inherits(Early, Base);\n", "\n\nutil.inherits(Early, Base);\n"),
        ("use.js", "util.inherits(Early, Base);\nfunction Early() {}\n", "function Early() {}\nutil.inherits(Early, Base);\n"),
        ("use.js", "Object.create(Base", "Object.create(Other"),
        ("use.js", "util.inherits(Early, Base);\n", ""),
        ("use.js", "Early.prototype.m = function () {};\n", ""),
        ("base.js", "Base.prototype.m = function () {};\n", ""),
        ("base.js", "function Base() {", "function Base2() {"),
        ("base.js", "Base.prototype.m = function () {};\n", "Base.prototype.m = function () {};\nclass Base {}\n"),
        ("base.js", "exports.Base", "// More.\n\nexports.Base"),
        ("base.js", ".m = function", ".n = function"),
        ("base.js", "  this.a = 1;\n", ""),
        ("near.js", "class Near {", "class Nearer {"),
        ("near.js", "exports", "class Near {}\nexports"),
        ("other.js", "function Other() {}\n", "function Other() {}\nfunction further() {}\n"),
    ],
)
def test_an_edit_of_functions_that_are_classes(tmp_path, path, old, new):  # check 29
    root, out, store = tmp_path / "tree", tmp_path / "out", tmp_path / "store.sqlite"
    make_tree(root, OLDER)
    build_once(root, out, store)
    assert old in OLDER[path]
    put(root / path, OLDER[path].replace(old, new))
    build_once(root, out, store)
    assert contents(out) == cold(root, out)
    put(root / path, OLDER[path])
    build_once(root, out, store)
    assert contents(out) == cold(root, out)
