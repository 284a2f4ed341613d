"""What imports, bases, links and declarations mean in a tree: small trees through the whole pipeline."""

# ruff: noqa: E501 - trees are written as texts

from __future__ import annotations

from pathlib import Path

import pytest

from gazetteer.atlas import Atlas
from gazetteer.config import Config
from gazetteer.discover import discover
from gazetteer.gather import gather
from gazetteer.resolve import resolve
from gazetteer.store import Store


def tree(root: Path, files: dict[str, str]) -> Atlas:
    """The atlas of some files."""
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    config = Config()
    with Store(None) as store:
        return resolve("tree", gather(root, discover(root, config), config, store).files, config)


def edges(atlas: Atlas, source: str, *kinds: str) -> list[tuple[int, str]]:
    """Lines and targets of the edges of a file; of all kinds but bases, or of the kinds given."""
    found = atlas.edges_from.get(source, [])
    return [(e.line, e.target) for e in found if (e.kind in kinds if kinds else e.kind != "base")]


def missing(atlas: Atlas, source: str) -> list[tuple[int, str]]:
    return [(m.line, m.why) for m in atlas.missing.get(source, [])]


def bases(atlas: Atlas, source: str) -> list[str]:
    """``Class -> path of its base:name``."""
    found = []
    for edge in atlas.edges_from.get(source, []):
        if edge.kind == "base":
            names = [
                atlas.files[p].record.symbols[i].name for p, i in ((edge.source, edge.source_symbol), (edge.target, edge.target_symbol))
            ]
            found.append(f"{names[0]} -> {edge.target}:{names[1]}")
    return sorted(found)


def inverse(atlas: Atlas) -> None:
    forward = {e for found in atlas.edges_from.values() for e in found}
    assert forward == {e for found in atlas.edges_to.values() for e in found}
    assert all(e.source in atlas.files and e.target in atlas.files for e in forward)


def test_java_and_kotlin(tmp_path: Path) -> None:  # checks 13, 15
    atlas = tree(tmp_path, {
        "a/src/org/x/Base.java": "package org.x;\npublic class Base { public static class Nest {} static void go() {} }",
        "a/src/org/x/Near.java": "package org.x;\nclass Near extends Base {}",
        "a/src/org/y/Far.java": (
            "package org.y;\nimport org.x.Base;\nimport static org.x.Base.go;\nimport org.x.*;\nimport java.util.List;\nimport com.z.Other;\n"
            "class Far extends Base implements Other { class In extends Base.Nest {} Near n; }"
        ),
        "b/Use.kt": "package org.z\nimport org.x.Base as Root\nimport org.y.Far\nimport org.k.helper\nclass Use : Root()\nclass Two : Far()",
        "b/Lib.kt": "package org.k\nfun helper() {}",
        "c/One.java": "package dup;\nclass Twice {}",
        "c/Two.java": "package dup;\nclass Twice {}",
        "c/User.java": "import dup.Twice;\nclass User extends Twice {}",
    })  # fmt: skip
    far = "a/src/org/y/Far.java"
    assert edges(atlas, far) == [
        (2, "a/src/org/x/Base.java"),
        (3, "a/src/org/x/Base.java"),
        (4, "a/src/org/x/Near.java"),  # `Base` is imported by its name
    ]
    assert missing(atlas, far) == [(5, "standard library"), (6, "outside")]
    assert bases(atlas, far) == ["Far -> a/src/org/x/Base.java:Base", "In -> a/src/org/x/Base.java:Nest"]
    assert bases(atlas, "a/src/org/x/Near.java") == ["Near -> a/src/org/x/Base.java:Base"]
    assert edges(atlas, "b/Use.kt") == [(2, "a/src/org/x/Base.java"), (3, far), (4, "b/Lib.kt")]
    assert bases(atlas, "b/Use.kt") == ["Two -> a/src/org/y/Far.java:Far", "Use -> a/src/org/x/Base.java:Base"]
    assert missing(atlas, "c/User.java") == [(1, "ambiguous")]
    assert bases(atlas, "c/User.java") == []
    assert atlas.missing["c/User.java"][0].candidates == ("c/One.java", "c/Two.java")
    inverse(atlas)


def test_java_finds_what_files_of_kotlin_hold_in_classes_that_are_called_after_them(tmp_path: Path) -> None:
    atlas = tree(tmp_path, {
        "k/some-things.kt": "package org.k\n\nfun helper() {}\nval shared = 1\nclass Own { fun helper() {} }",
        "k/bare.kt": "class First { fun alone() {} }\nfun alone() {}",
        "one/Twice.kt": "package dup\nfun a() {}",
        "two/Twice.kt": "package dup\nfun b() {}",
        "Use.java": (
            "import org.k.Some_thingsKt;\nimport static org.k.Some_thingsKt.helper;\nimport static org.k.Some_thingsKt.*;\n"
            "import dup.TwiceKt;\nimport org.k.OtherKt;\nimport static BareKt.alone;\nclass Use {}"
        ),
        "Use.kt": "import org.k.Some_thingsKt\n",
    })  # fmt: skip
    assert [(e.line, e.target, e.target_symbol) for e in atlas.edges_from["Use.java"] if e.kind == "import"] == [
        (1, "k/some-things.kt", -1),
        (2, "k/some-things.kt", 1),
        (3, "k/some-things.kt", -1),
        (6, "k/bare.kt", 2),
    ]
    assert missing(atlas, "Use.java") == [(4, "ambiguous"), (5, "outside")]
    assert missing(atlas, "Use.kt") == [(1, "outside")]


def test_kotlin_imports_all_functions_of_a_name(tmp_path: Path) -> None:
    atlas = tree(tmp_path, {
        "A.kt": "package a\nfun top() = 1\nfun top(x: String) = 1\nclass Two\n", "B.kt": "package a\nfun top(x: Int) = 2\nval String.top get() = 1\n",
        "C.kt": "package a\nclass Two\n", "Use.kt": "import a.top\nimport a.Two\n", "Use.java": "import static a.AKt.top;\n",
    })  # fmt: skip
    assert [(e.line, e.target, e.target_symbol) for e in atlas.edges_from["Use.kt"]] == [(1, "A.kt", 1), (1, "B.kt", 1)]
    assert missing(atlas, "Use.kt") == [(2, "ambiguous")]


def test_a_star_gives_what_nothing_nearer_does(tmp_path: Path) -> None:  # check 12
    atlas = tree(tmp_path, {
        "x/A.java": "package x;\npublic class A {}", "x/B.java": "package x;\npublic class B {}", "x/C.java": "package x;\npublic class C {}",
        "x/D.java": "package x;\npublic class D {}", "y/B.java": "package y;\npublic class B {}", "z/C.java": "package z;\npublic class C {}",
        "y/Use.java": "package y;\nimport x.*;\nimport z.C;\nclass Use { A a; B b; C c; D d; class D {} }",
        "y/Use.kt": "package y\nimport x.*\nimport z.C\nclass Other(a: A, b: B, c: C)",
        "y/Same.java": "package y;\nimport y.*;\nclass Same { B b; }",
    })  # fmt: skip
    assert edges(atlas, "y/Use.java") == [(2, "x/A.java"), (3, "z/C.java")]
    assert edges(atlas, "y/Use.kt") == [(2, "x/A.java"), (3, "z/C.java"), (4, "y/B.java")]
    assert edges(atlas, "y/Same.java") == [(2, "y/B.java")]
    inverse(atlas)


def test_a_using_gives_what_no_namespace_around_does(tmp_path: Path) -> None:  # check 12
    atlas = tree(tmp_path, {
        "X.cs": "namespace X { class A {} class B {} class C {} }", "A.cs": "namespace X { class D {} }", "App.cs": "namespace App { class B {} }",
        "Ui.cs": "namespace App.Ui { class C {} }", "Out.cs": "using X;\nnamespace App.Ui { class Out { A a; B b; C c; D d; } }",
        "In.cs": "namespace App.Ui {\n    using X;\n    class In { B b; C c; }\n}", "No.cs": "using X;\nnamespace App.Ui;\nclass No { B b; C c; }",
    })  # fmt: skip
    assert edges(atlas, "Out.cs") == [(1, "A.cs"), (1, "X.cs")]
    assert edges(atlas, "In.cs") == [(2, "X.cs")]
    assert edges(atlas, "No.cs") == []
    inverse(atlas)


def test_csharp(tmp_path: Path) -> None:
    atlas = tree(tmp_path, {
        "A.cs": "namespace App.Core { public partial class Base {} public class Unused {} }",
        "B.cs": "namespace App.Core { public partial class Base {} }",
        "C.cs": "using System;\nusing App.Core;\nusing Z = App.Core.Unused;\nusing Outside.It;\nnamespace App.Ui;\nclass Win : Base {}\nclass Z2 : Z {}",
        "D.cs": "namespace App { class In : Core.Base {} }",
    })  # fmt: skip
    assert edges(atlas, "C.cs") == [(2, "A.cs"), (2, "A.cs"), (2, "B.cs"), (3, "A.cs")]  # by Base and Unused
    assert missing(atlas, "C.cs") == [(1, "standard library"), (4, "outside")]
    assert bases(atlas, "C.cs") == ["Win -> A.cs:Base", "Win -> B.cs:Base", "Z2 -> A.cs:Unused"]
    assert bases(atlas, "D.cs") == ["In -> A.cs:Base", "In -> B.cs:Base"]


def test_csharp_tells_types_apart_by_their_parameters(tmp_path: Path) -> None:
    atlas = tree(tmp_path, {
        "Box.cs": "namespace A { public class Box {} public class Box<T> : Box {} public class Box<K, V> : Box<List<(K, V)>> {} }",
        "Use.cs": "using A;\nusing P = A.Box<int, string>;\nclass X : Box {}\nclass Y : Box<Map<int, int>> {}\nclass Z : P {}\nclass W : Box<int, int, int> {}\n",
        "one/P.cs": "class Program {}", "two/P.cs": "class Program {}", "two/Q.cs": "class Q : Program {}",
        "If.cs": "#if A\npublic class If {\n#else\nclass If {\n#endif\n}\nclass Then : If {}\n",
    })  # fmt: skip
    where = {e.target_symbol: e.text for e in atlas.edges_from["Use.cs"] if e.kind == "base"}
    assert where == {1: "Box", 2: "Box<Map<int, int>>", 3: "P"}
    assert bases(atlas, "Box.cs") == ["Box -> Box.cs:Box", "Box -> Box.cs:Box"]
    assert edges(atlas, "Use.cs")[-1] == (2, "Box.cs")
    assert bases(atlas, "two/Q.cs") == []  # who knows which
    assert bases(atlas, "If.cs") == ["Then -> If.cs:If", "Then -> If.cs:If"]


def test_csharp_knows_projects(tmp_path: Path) -> None:
    atlas = tree(tmp_path, {
        "one/one.csproj": "<Project/>", "one/P.cs": "class Program {}\nclass Own : Far {}", "one/Usings.cs": "global using Lib;",
        "two/two.csproj": "<Project/>", "two/sub/P.cs": "class Program {}\nclass Q : Far {}", "two/Q.cs": "class Q : Program {}",
        "lib/lib.csproj": "<Project/>", "lib/Far.cs": "namespace Lib { public class Far {} class Tool : Program {} }",
    })  # fmt: skip
    assert bases(atlas, "two/Q.cs") == ["Q -> two/sub/P.cs:Program"]
    assert bases(atlas, "lib/Far.cs") == []
    assert bases(atlas, "one/P.cs") == ["Own -> lib/Far.cs:Far"]
    assert bases(atlas, "two/sub/P.cs") == []  # the other project uses that namespace everywhere


def test_php(tmp_path: Path) -> None:
    atlas = tree(tmp_path, {
        "composer.json": '{"autoload": {"psr-4": {"App\\\\": "src/"}}}',
        "src/Base.php": "<?php\nnamespace App;\nclass Base {}\ninterface Open {}",
        "old/Base.php": "<?php\nnamespace App;\nclass Base {}",
        "src/Sub/Thing.php": "<?php\nnamespace App\\Sub;\nuse App\\Base;\nuse Psr\\Log;\nuse App\\Open as Opened;\nclass Thing extends Base implements Opened {}",
        "index.php": "<?php\nrequire __DIR__ . '/src/Base.php';\nrequire 'src/Sub/Thing.php';\ninclude $x;\ninclude 'gone.php';",
    })  # fmt: skip
    assert edges(atlas, "src/Sub/Thing.php") == [(3, "src/Base.php"), (5, "src/Base.php")]
    assert missing(atlas, "src/Sub/Thing.php") == [(4, "outside")]
    assert bases(atlas, "src/Sub/Thing.php") == ["Thing -> src/Base.php:Open"]  # two files declare the other
    assert edges(atlas, "index.php") == [(2, "src/Base.php"), (3, "src/Sub/Thing.php")]
    assert missing(atlas, "index.php") == [(5, "outside")]


def test_ruby(tmp_path: Path) -> None:
    atlas = tree(tmp_path, {
        "lib/shop.rb": "require 'set'\nrequire 'shop/good'\nrequire_relative 'shop/base'\nrequire 'rails'\nmodule Shop\n  class A < Base\n    include Loud\n  end\nend\n",
        "lib/shop/good.rb": "module Shop\n  module Loud\n  end\nend\n",
        "lib/shop/base.rb": "module Shop\n  class Base\n  end\nend\n",
    })  # fmt: skip
    assert edges(atlas, "lib/shop.rb") == [(2, "lib/shop/good.rb"), (3, "lib/shop/base.rb")]
    assert missing(atlas, "lib/shop.rb") == [(1, "standard library"), (4, "outside")]
    assert bases(atlas, "lib/shop.rb") == ["A -> lib/shop/base.rb:Base", "A -> lib/shop/good.rb:Loud"]


def test_ruby_adds_to_classes_in_many_places(tmp_path: Path) -> None:
    atlas = tree(tmp_path, {
        "core_ext.rb": "class Hash\n  def deep\n  end\nend\nclass Own < Hash\nend\nmodule Kernel\nend\nclass Own2\n  include Kernel\nend\n",
        "lib/a/big_thing.rb": "module A\n  class BigThing\n  end\nend\n",
        "lib/a/big_thing/part.rb": "module A\n  class BigThing\n    class Part < BigThing\n    end\n  end\nend\n",
        "lib/a/error.rb": "module A\n  class Error < StandardError\n  end\nend\n",
        "lib/a/more.rb": "module A\n  class Error\n    def more\n    end\n  end\n  class Worse < Error\n  end\nend\n",
        "b/one.rb": "module B\nend\n", "b/two.rb": "module B\nend\nclass WithB\n  include B\nend\n",
    })  # fmt: skip
    assert bases(atlas, "core_ext.rb") == []  # that is not where Ruby has them from
    assert bases(atlas, "lib/a/big_thing/part.rb") == ["Part -> lib/a/big_thing.rb:BigThing"]
    assert bases(atlas, "lib/a/more.rb") == ["Worse -> lib/a/error.rb:Error"]
    assert bases(atlas, "b/two.rb") == ["WithB -> b/one.rb:B", "WithB -> b/two.rb:B"]


def test_ruby_looks_for_constants_in_what_is_open(tmp_path: Path) -> None:
    atlas = tree(tmp_path, {
        "inner.rb": "module Help\nend\nclass A\n  module Help\n  end\n  include Help\n  class B\n    class Base\n    end\n  end\nend\n",
        "at_once.rb": "class Base\nend\nclass A::B < Base\nend\nclass A::B::C < Base\nend\nclass A::B\n  class D < Base\n  end\nend\n",
    })  # fmt: skip
    where = [(e.line, e.target, e.target_symbol) for path in ("inner.rb", "at_once.rb") for e in atlas.edges_from[path] if e.kind == "base"]
    assert where == [(4, "inner.rb", 2), (3, "at_once.rb", 0), (5, "at_once.rb", 0), (8, "inner.rb", 4)]


def test_ruby_finds_constants_that_are_inherited(tmp_path: Path) -> None:
    atlas = tree(tmp_path, {
        "base.rb": "class Base\n  class Error < StandardError\n  end\n  module Loud\n  end\nend\n", "top.rb": "class Error\nend\nmodule Loud\nend\n",
        "use.rb": "class Use < Base\n  class Worse < Error\n  end\n  include Loud\nend\nclass Far < Error\n  include Loud\nend\n",
    })  # fmt: skip
    assert bases(atlas, "use.rb") == [
        "Far -> top.rb:Error", "Far -> top.rb:Loud", "Use -> base.rb:Base", "Use -> base.rb:Loud", "Worse -> base.rb:Error",
    ]  # fmt: skip


def test_bash(tmp_path: Path) -> None:
    atlas = tree(tmp_path, {
        "bin/run.sh": '. ./lib.sh\nsource "$(dirname "$0")/../share/more.sh"\nsource gone.sh\n. "$UNKNOWN"\n. /etc/profile\n',
        "bin/lib.sh": "a=1\n",
        "share/more.sh": "b=1\n",
    })  # fmt: skip
    assert edges(atlas, "bin/run.sh") == [(1, "bin/lib.sh"), (2, "share/more.sh")]
    assert {e.method for e in atlas.edges_from["bin/run.sh"]} == {"resolved", "text-match"}
    assert missing(atlas, "bin/run.sh") == [(3, "outside"), (5, "outside")]


def test_cmake_and_make(tmp_path: Path) -> None:
    atlas = tree(tmp_path, {
        "CMakeLists.txt": (
            "add_subdirectory(lib)\ninclude(cmake/Help.cmake)\ninclude(Tools)\ninclude(GNUInstallDirs)\nfind_package(Own)\nfind_package(CUDA)\n"
            "add_subdirectory(gone)\nadd_subdirectory(${X})\n"
        ),
        "cmake/Help.cmake": "set(A 1)",
        "cmake/Tools.cmake": "set(A 1)",
        "cmake/FindOwn.cmake": "set(A 1)",
        "lib/CMakeLists.txt": "add_library(l a.cpp ${CMAKE_CURRENT_SOURCE_DIR}/b.cpp ${PROJECT_SOURCE_DIR}/top.cpp made.cpp)",
        "lib/a.cpp": "int a;", "lib/b.cpp": "int b;", "top.cpp": "int c;",
        "Makefile": "include rules.mk gone.mk\nall:\n", "rules.mk": "A = 1\n",
    })  # fmt: skip
    assert edges(atlas, "CMakeLists.txt") == [
        (1, "lib/CMakeLists.txt"), (2, "cmake/Help.cmake"), (3, "cmake/Tools.cmake"), (5, "cmake/FindOwn.cmake"),
    ]  # fmt: skip
    assert missing(atlas, "CMakeLists.txt") == [(4, "outside"), (6, "outside"), (7, "outside")]
    assert edges(atlas, "lib/CMakeLists.txt", "build") == [(1, "lib/a.cpp"), (1, "lib/b.cpp"), (1, "top.cpp")]
    assert edges(atlas, "Makefile") == [(1, "rules.mk")]


def test_modules_of_cmake_itself_come_before_those_of_other_projects(tmp_path: Path) -> None:  # check 12
    asks = "include(FindPackageHandleStandardArgs)\nfind_package(ZLIB)\ninclude(Tools)\n"
    atlas = tree(tmp_path, {
        "CMakeLists.txt": "project(a)\n", "cmake/FindOwn.cmake": asks, "bench/CMakeLists.txt": asks, "bench/sub/x.cmake": asks, "other/x.cmake": asks,
        "bench/cmake/FindPackageHandleStandardArgs.cmake": "", "bench/cmake/FindZLIB.cmake": "", "bench/cmake/Tools.cmake": "",
        "old/upstream/FindZLIB.cmake": "", "other/cmake/Tools.cmake": "", "other/CMakeLists.txt": "",
    })  # fmt: skip
    assert (edges(atlas, "cmake/FindOwn.cmake"), missing(atlas, "cmake/FindOwn.cmake")) == (
        [],
        [(1, "outside"), (2, "outside"), (3, "ambiguous")],
    )
    found = [(1, "bench/cmake/FindPackageHandleStandardArgs.cmake"), (2, "bench/cmake/FindZLIB.cmake"), (3, "bench/cmake/Tools.cmake")]
    assert edges(atlas, "bench/CMakeLists.txt") == edges(atlas, "bench/sub/x.cmake") == found
    assert edges(atlas, "other/x.cmake") == [(3, "other/cmake/Tools.cmake")]


def test_tests_of_perl_are_perl_in_a_tree_too(tmp_path: Path) -> None:
    atlas = tree(tmp_path, {"t/a.t": "use strict;\nmy $x = 1;\n", "t/b.t": "1..2\nok 1\n"})
    assert [atlas.files[path].language for path in ("t/a.t", "t/b.t")] == ["perl", ""]


def test_cmake_of_qt(tmp_path: Path) -> None:
    atlas = tree(tmp_path, {
        "CMakeLists.txt": 'ecm_target_qml_sources(shop SOURCES\n  ui/Main.qml gone.qml)\nqt_add_qml_module(shop URI "org.shop" QML_FILES ui/Till.qml)\nqt_add_executable(shop main.cpp)\n',
        "ui/Main.qml": "Item {}\n", "ui/Till.qml": "Item {}\n", "main.cpp": "int main() {}\n",
    })  # fmt: skip
    assert edges(atlas, "CMakeLists.txt") == [(2, "ui/Main.qml"), (3, "ui/Till.qml"), (4, "main.cpp")]
    assert [(s.kind, s.name, s.type) for s in atlas.files["CMakeLists.txt"].record.symbols] == [("target", "shop", "executable")]


def test_starlark(tmp_path: Path) -> None:
    atlas = tree(tmp_path, {
        "WORKSPACE": "", "pkg/BUILD.bazel": 'load("//tools:defs.bzl", "r")\nload("@out//:x.bzl", "y")\nr(name = "t", srcs = ["a.cc"], deps = [":u", "//lib"])\nr(name = "u")\n',
        "pkg/a.cc": "int a;", "tools/defs.bzl": "def r(name):\n    pass\n", "lib/BUILD": 'r(name = "lib")\n',
    })  # fmt: skip
    assert edges(atlas, "pkg/BUILD.bazel") == [(1, "tools/defs.bzl"), (3, "lib/BUILD"), (3, "pkg/a.cc")]
    assert missing(atlas, "pkg/BUILD.bazel") == [(2, "outside"), (3, "a target of this file")]


def test_build_files_of_one_name_belong_together(tmp_path: Path) -> None:
    rules = 'r(name = "a", deps = [":b", "//lib"])\nr(name = "b")\n'
    atlas = tree(tmp_path, {
        "BUCK.oss": rules, "BUILD.bazel": rules, "lib/BUCK.oss": 'r(name = "lib")\n', "lib/BUILD.bazel": '\nr(name = "lib")\n',
    })  # fmt: skip
    assert edges(atlas, "BUCK.oss") == [(1, "lib/BUCK.oss")]
    assert edges(atlas, "BUILD.bazel") == [(1, "lib/BUILD.bazel")]


def test_starlark_lists_of_sources(tmp_path: Path) -> None:
    atlas = tree(tmp_path, {
        "lists.bzl": 'a = [\n    "src/a.cc",\n    "gen/made.cc",\n] + more + ["src/b.cc"]\nb = {"x": ["src/c.cc"]}\nc = "src/c.cc"\nd = ["src", ":src/c.cc"]\n',
        "src/a.cc": "int a;", "src/b.cc": "int b;", "src/c.cc": "int c;",
        "tools/lists.bzl": 'a = ["src/a.cc"]\n',
    })  # fmt: skip
    assert edges(atlas, "lists.bzl") == [(2, "src/a.cc"), (4, "src/b.cc"), (5, "src/c.cc")]
    assert edges(atlas, "tools/lists.bzl") == [(1, "src/a.cc")]
    assert missing(atlas, "lists.bzl") == []


def test_links(tmp_path: Path) -> None:
    atlas = tree(tmp_path, {
        "README.md": (
            "[a](docs/a.md#part) [dir](docs) [gone](no.md) [web](https://x.org) [here](#x) [top](/src/a%20b.c)\n[mail](mailto:a@b.c) [out](../../x)\n"
        ),
        "docs/a.md": "# Part\n", "docs/README.md": "# Docs\n", "src/a b.c": "int a;",
        "guide/conf.py": "", "guide/index.rst": "T\n=\n\n.. toctree::\n\n   sub/one\n   missing\n   glob*\n\n:doc:`/sub/one` and `x <sub/one.rst>`_\n",
        "guide/sub/one.rst": "One\n===\n",
    })  # fmt: skip
    assert edges(atlas, "README.md", "link") == [(1, "docs/README.md"), (1, "docs/a.md"), (1, "src/a b.c")]
    assert missing(atlas, "README.md") == [(1, "outside")]
    assert edges(atlas, "guide/index.rst", "link") == [(6, "guide/sub/one.rst"), (10, "guide/sub/one.rst"), (10, "guide/sub/one.rst")]
    assert missing(atlas, "guide/index.rst") == [(7, "outside")]


MIT = "Permission is hereby granted, free of charge, to any person ... The above copyright notice and this permission notice shall be included"
BSD = """(c) A

Redistribution and use in source and binary forms are permitted:
neither the names of A nor those of others may be used to endorse or promote products.
"""


def test_declarations(tmp_path: Path) -> None:
    atlas = tree(tmp_path, {
        ".github/CODEOWNERS": "# owners\n* @all\n/src/ @core @more # both\nsrc/free.c\n",
        "LICENSE": MIT, "src/a.c": "int a;", "src/free.c": "int b;", "other.c": "int c;",
    })  # fmt: skip
    assert {path: (d.text, d.line) for path, d in atlas.owners.items()} == {
        ".github/CODEOWNERS": ("@all", 2), "LICENSE": ("@all", 2), "other.c": ("@all", 2), "src/a.c": ("@core @more", 3),
    }  # fmt: skip
    assert [(folder, d.text, d.path, d.line) for folder, d in atlas.licences.items()] == [("", "MIT", "LICENSE", 1)]


def test_a_folder_has_a_licence_where_one_file_says_it(tmp_path: Path) -> None:
    atlas = tree(tmp_path, {
        "either/LICENSE": "MIT or Apache, see beside.\n", "either/LICENSE.MIT": MIT, "either/LICENSE.BSD": BSD, "two/LICENSE-MIT": MIT,
        "two/LICENSE-BSD": BSD, "main/LICENSE.txt": BSD, "main/LICENSE-third-party": MIT, "same/COPYING-a": MIT, "same/COPYING-b": MIT,
    })  # fmt: skip
    assert {folder: (d.text, d.path, d.line) for folder, d in atlas.licences.items()} == {
        "main": ("BSD-3-Clause", "main/LICENSE.txt", 3), "same": ("MIT", "same/COPYING-a", 1),
    }  # fmt: skip


@pytest.mark.parametrize("text", ["", "Do as you like.", "MIT License", "Permission is hereby granted"])
def test_no_licence_is_guessed(text: str) -> None:
    from gazetteer.lang.data.declared import licence_of

    assert licence_of(text) == ("", 0)


_BSD = "Redistribution and use in source and binary forms\nthis list of conditions and the following disclaimer"
_ISC = "Permission to use, copy, modify, and/or distribute this software for any purpose with or without fee is hereby granted"


@pytest.mark.parametrize(("text", "expected"), [
    (f"(c) A\n\n{_ISC}, provided\nthat the above copyright notice appears.\n", ("ISC", 3)), (_ISC, ("0BSD", 1)), (_BSD, ("BSD-2-Clause", 1)),
    (f"{_BSD}\nNeither the names of A and B may be used to endorse or promote products", ("BSD-3-Clause", 1)),
    (f"{_BSD}\nAll advertising materials mentioning features of this\nmay not endorse or promote products", ("", 0)),
    (f"Mozilla Public License\nVersion 2.0\n{'word ' * 400} GNU Lesser General Public License, version 2.1", ("MPL-2.0", 1)),
    (f"{_BSD}\n{_ISC}", ("", 0)),
])  # fmt: skip
def test_licences_are_told_by_their_words(text: str, expected: tuple[str, int]) -> None:
    from gazetteer.lang.data.declared import licence_of

    assert licence_of(text) == expected


def test_a_licence_among_much_else_is_not_that_of_the_text() -> None:
    from gazetteer.lang.data.declared import licence_of

    assert licence_of(f"{'An agreement of its own. ' * 100}\n{MIT}") == ("", 0)
    assert licence_of(f"{MIT}\n{'Notices of other parts. ' * 100}") == ("", 0)


def test_statements_of_javascript_are_shown_as_they_are_written():
    from gazetteer.extract import extract, scan
    from gazetteer.lang.javascript.resolve import written

    lines = [
        'import a from "x"', 'import a, * as b from "x"', 'import a, { b, c as d } from "x"', 'import { e } from "x"', 'import "x"',
        'import * as f from "x"', 'import type { G } from "x"', 'export * from "x"', 'export * as h from "x"', 'export { default } from "x"',
        'export { default as i, j } from "x"',
    ]  # fmt: skip
    content = "\n".join(lines).encode()
    assert [written(statement) for statement in extract(content, "typescript", scan(content).counts).imports] == lines


def test_strings_of_lists_that_are_no_files_are_no_dependencies(tmp_path: Path) -> None:
    from gazetteer.compose.contents import Contents
    from gazetteer.compose.file_page import dependencies
    from gazetteer.document import Statements

    atlas = tree(tmp_path, {"lists.bzl": 'a = ["src/a.cc", "gen/made.cc"]\nb = [\n    "x/**",\n]\n', "src/a.cc": "int a;"})
    blocks = list(dependencies(Contents(atlas), "lists.bzl"))
    assert [(row.line, row.text) for block in blocks if isinstance(block, Statements) for row in block.rows] == [(1, "src/a.cc")]


def test_files_that_are_included_by_paths_that_are_put_together(tmp_path: Path) -> None:
    atlas = tree(tmp_path, {
        "site/lib/a.php": "<?php\nrequire ABSPATH . WPINC . '/one.php';\nrequire $config['base'] . '/lib/b.php';\nrequire \"{$x['y']}/lib/b.php\";\n"
        "require dirname(__DIR__) . DS . 'top.php';\nrequire dirname(dirname(__FILE__)) . '/top.php';\nrequire dirname(__FILE__, 2).'/top.php';\n"
        "require realpath(__DIR__ . '/../' . 'top.php');\nrequire 'lib/b.php';\nrequire $dir . 'b.php';\nrequire $dir . 'top.php';\n"
        "require ABSPATH . 'two.php';\nrequire $a . $b;\nrequire __DIR__ . '/../gone.php';\nrequire BASE . 'lib/' . $x;\n",
        "site/lib/b.php": "<?php\n", "other/lib/b.php": "<?php\n", "site/top.php": "<?php\n", "one.php": "<?php\n",
        "a/two.php": "<?php\n", "b/two.php": "<?php\n",
    })  # fmt: skip
    found = [(e.line, e.target, e.method) for e in atlas.edges_from["site/lib/a.php"]]
    assert found == [
        (2, "one.php", "text-match"), (3, "site/lib/b.php", "text-match"), (4, "site/lib/b.php", "text-match"),
        (5, "site/top.php", "resolved"), (6, "site/top.php", "resolved"), (7, "site/top.php", "resolved"), (8, "site/top.php", "resolved"),
        (9, "site/lib/b.php", "text-match"), (10, "site/lib/b.php", "text-match"),
    ]  # fmt: skip
    assert [m.line for m in atlas.missing["site/lib/a.php"]] == [14]


def test_files_that_are_required_by_paths_that_are_put_together(tmp_path: Path) -> None:
    atlas = tree(tmp_path, {
        "a/b/c.rb": "require File.dirname(__FILE__) + '/d'\nrequire File.expand_path('../../e', __FILE__)\nrequire \"#{__dir__}/d\"\n"
        "load File.join(__dir__, '..', 'e.rb')\nrequire File.expand_path(File.join(File.dirname(__FILE__), 'd'))\n"
        "require Rails.root.join('a', 'e')\nrequire File.expand_path('d', __dir__)\nrequire x + '/d'\nrequire \"a/#{x}/d\"\n",
        "a/b/d.rb": "", "a/e.rb": "",
    })  # fmt: skip
    found = [(e.line, e.target) for e in atlas.edges_from["a/b/c.rb"]]
    assert found == [(1, "a/b/d.rb"), (2, "a/e.rb"), (3, "a/b/d.rb"), (4, "a/e.rb"), (5, "a/b/d.rb"), (6, "a/e.rb"), (7, "a/b/d.rb")]
    assert "a/b/c.rb" not in atlas.missing


def test_the_nearest_folder_on_the_load_path_is_the_one(tmp_path: Path) -> None:
    atlas = tree(tmp_path, {
        "one/lib/a.rb": "require 'x/version'\nrequire 'y'\n", "one/lib/x/version.rb": "", "two/lib/x/version.rb": "", "two/lib/y.rb": "",
        "three/lib/y.rb": "", "vendor_ruby/p/q.rb": "require 'p/r'\nrequire 'r'\n", "vendor_ruby/p/r.rb": "",
    })  # fmt: skip
    assert [(e.line, e.target) for e in atlas.edges_from["one/lib/a.rb"]] == [(1, "one/lib/x/version.rb")]
    assert [(m.line, m.why) for m in atlas.missing["one/lib/a.rb"]] == [(2, "ambiguous")]
    assert [(e.line, e.target) for e in atlas.edges_from["vendor_ruby/p/q.rb"]] == [(1, "vendor_ruby/p/r.rb")]


def test_references_of_typescript_and_modules_of_define(tmp_path: Path) -> None:
    atlas = tree(tmp_path, {
        "lib.es5.d.ts": "/// <reference lib=\"dom\" />\n/// <reference lib=\"es5.core\" />\n/// <reference path=\"./a.js\" />\ndeclare var b: any;\n",
        "lib.es5.core.d.ts": "declare var c: any;\n",
        "a.js": "define(['./d', 'text!./e.html', 'f'], function (d) {});\n",
        "d.js": "define({});\n",
        "e.html": "<p>E</p>\n",
    })  # fmt: skip
    assert edges(atlas, "lib.es5.d.ts", "import") == [(2, "lib.es5.core.d.ts"), (3, "a.js")]
    assert missing(atlas, "lib.es5.d.ts") == [(1, "standard library")]
    assert edges(atlas, "a.js", "import") == [(1, "d.js"), (1, "e.html")]
    assert missing(atlas, "a.js") == [(1, "outside")]
    inverse(atlas)


def test_functions_of_javascript_that_are_classes(tmp_path: Path) -> None:  # check 21
    atlas = tree(tmp_path, {
        "base.js": "exports.Base = Base;\nfunction Base() {}\nBase.prototype.m = function () {};\nfunction helper() {}\n",
        "use.js": "var Base = require('./base').Base;\nfunction A() {}\nrequire('util').inherits(A, Base);\nA.prototype.m = function () {};\n"
        "function B() {}\nB.prototype = Object.create(\n  A.prototype);\nfunction C() {}\nutil.inherits(C, helper);\nfunction helper() {}\n",
    })  # fmt: skip
    assert bases(atlas, "use.js") == ["A -> base.js:Base", "B -> use.js:A"]
    assert edges(atlas, "use.js", "base") == [(3, "base.js"), (7, "use.js")]
    assert edges(atlas, "use.js", "override") == [(4, "base.js")]


def test_go_without_a_list_of_modules(tmp_path: Path) -> None:
    files = {
        "main.go": 'package main\n\nimport (\n\t"example.org/me/tool/pkg/a"\n\t"example.org/me/tool/pkg/b"\n\t"github.com/other/util"\n)\n\nvar _ = a.A\n',
        "pkg/a/a.go": 'package a\n\nimport "example.org/me/tool/pkg/b"\n\nvar A = b.B\n',
        "pkg/b/b.go": "package b\n\nvar B = 1\n",
        "util/util.go": "package util\n\nvar C = 1\n",
    }
    atlas = tree(tmp_path / "one", files)
    assert edges(atlas, "main.go") == [(4, "pkg/a/a.go"), (5, "pkg/b/b.go")]
    assert missing(atlas, "main.go") == [(6, "outside")]
    assert edges(atlas, "pkg/a/a.go") == [(3, "pkg/b/b.go")]
    more = {"pkg/c.go": 'package pkg\n\nimport "example.org/me/tool/pkg/gone"\n'}
    assert edges(tree(tmp_path / "two", files | more), "main.go") == []  # what is not there would be in the tree
    more = {"pkg/c.go": 'package pkg\n\nimport (\n\t"a.org/x/pkg/a"\n\t"a.org/x/pkg/b"\n)\n'}
    assert edges(tree(tmp_path / "three", files | more), "main.go") == []  # there are two paths that may be meant


def test_types_that_a_type_around_inherits_are_bases(tmp_path: Path) -> None:
    found = tree(tmp_path, {
        "a/Base.java": "package a;\nclass Base {\n  class Key {}\n  class Own {}\n}\n",
        "a/Maps.java": "package a;\nclass Maps {\n  class Key {}\n  class Part extends Base {\n    class One extends Key {}\n    class Two extends Own {}\n  }\n"
        "  class Three extends Key {\n    class Key {}\n  }\n}\n",
    })  # fmt: skip
    assert [(e.line, e.target, e.target_symbol) for e in found.edges_from["a/Maps.java"] if e.kind == "base"] == [
        (4, "a/Base.java", 1), (5, "a/Base.java", 2), (6, "a/Base.java", 3), (8, "a/Maps.java", 2),
    ]  # fmt: skip


@pytest.mark.parametrize("main", [".", "./", "../pot", "../pan/"])
def test_packages_whose_entries_name_each_other(tmp_path: Path, main: str) -> None:  # check 34
    """Each is then what its folder is without one."""
    atlas = tree(tmp_path, {
        "pot/package.json": f'{{"name": "pot", "main": "{main}"}}',
        "pot/index.js": "exports.a = 1",
        "pan/package.json": '{"name": "pan", "main": "../pot", "exports": "./"}',
        "use.js": "require('pot'); require('./pan')",
    })  # fmt: skip
    assert {target for _, target in edges(atlas, "use.js")} == {"pot/index.js"}


def test_a_package_of_r_has_its_own_name(tmp_path: Path) -> None:  # check 12
    atlas = tree(tmp_path, {
        "DESCRIPTION": "Package: shop\nTitle: Sells Things\nVersion: 1.0\nDescription: Sells all\n    sorts of things.\nImports: cli,\n    glue (>= 1)\n",
        "R/sell.R": "sell <- function() 1\n", "tests/testthat.R": "library(testthat)\nlibrary(shop)\n",
        "man/sell.Rd": "% Generated by hand\n\\name{sell}\n\\title{Sell with \\code{sell()} 10\\%}\n\\description{\nTakes a \\link[=coin]{\\emph{coin}}.\n\nAnd more.\n}\n",
    })  # fmt: skip
    assert edges(atlas, "tests/testthat.R") == [(2, "DESCRIPTION")]
    assert missing(atlas, "tests/testthat.R") == [(1, "outside")]
    package, page = atlas.files["DESCRIPTION"].record, atlas.files["man/sell.Rd"].record
    assert package is not None
    assert page is not None
    assert package.document is not None
    assert page.document is not None
    assert package.values == [
        ("Package", "shop", 1),
        ("Title", "Sells Things", 2),
        ("Version", "1.0", 3),
        ("Imports", "cli, glue (>= 1)", 6),
    ]
    assert (package.document.title, package.document.summary, package.document.summary_line) == (
        "Sells Things",
        "Sells all sorts of things.",
        4,
    )
    assert (page.document.title, page.document.summary) == ("Sell with sell() 10%", "Takes a coin.")


def test_routes_of_rails(tmp_path: Path) -> None:  # check 12
    atlas = tree(tmp_path, {
        "web/config/routes.rb": "Rails.application.routes.draw do\n  root :to => 'home#index'\n  # get 'x', to: 'coins#show'\n  resources :tills, :coins do\n    member { get 'a', to: 'tills#a' }\n  end\n  get 'b', controller: 'admin/bags', action: 'x'\n  resources :users, controller: 'people'\n  get 'c' => 'gone#x'\nend\n",
        **dict.fromkeys([f"web/app/controllers/{name}_controller.rb" for name in ("home", "tills", "coins", "admin/bags", "users", "people")], ""),
        "api/config/routes.rb": "Rails.application.routes.draw do\n  namespace :v1 do\n    resources :tills, :coins\n  end\nend\n",
        **dict.fromkeys([f"api/app/controllers/{name}_controller.rb" for name in ("v1/tills", "v1/coins", "coins")], ""),
        "lib/a.rb": "x = 'home#index'\n",
    })  # fmt: skip
    assert edges(atlas, "web/config/routes.rb") == [
        (2, "web/app/controllers/home_controller.rb"),
        (4, "web/app/controllers/coins_controller.rb"),
        (4, "web/app/controllers/tills_controller.rb"),
        (7, "web/app/controllers/admin/bags_controller.rb"),
        (8, "web/app/controllers/people_controller.rb"),
    ]
    assert missing(atlas, "web/config/routes.rb") == []
    assert edges(atlas, "api/config/routes.rb") == [(3, "api/app/controllers/v1/tills_controller.rb")]
    assert edges(atlas, "lib/a.rb") == []


def test_files_that_terraform_reads(tmp_path: Path) -> None:  # check 12
    atlas = tree(tmp_path, {
        "net/main.tf": 'module "a" { source = "./a" }\nlocals {\n  b = templatefile("${path.module}/init.tftpl", { c = file("policy.json") })\n  # d = file("e.txt")\n  f = file("${path.root}/e.txt") // file("e.txt")\n  g = file("gone.txt")\n  h = "file(e.txt)"\n}\n',
        "net/a/main.tf": "locals { a = 1 }\n", "net/init.tftpl": "", "net/policy.json": "", "net/e.txt": "",
    })  # fmt: skip
    assert [(e.line, e.target, e.method) for e in atlas.edges_from["net/main.tf"]] == [
        (1, "net/a/main.tf", "resolved"),
        (3, "net/init.tftpl", "resolved"),
        (3, "net/policy.json", "text-match"),
    ]
    assert missing(atlas, "net/main.tf") == []
