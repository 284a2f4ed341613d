"""What imports and bases mean in trees of languages whose grammars an extra brings."""

# ruff: noqa: E501 - trees are written as texts

from __future__ import annotations

from pathlib import Path

from test_resolvers import bases, edges, inverse, missing, tree

from installed import need


def test_lua(tmp_path: Path) -> None:  # checks 12, 13
    need("lua")
    atlas = tree(tmp_path, {
        "main.lua": 'local a = require("shop.till")\nlocal b = require "shop"\nrequire("json")\nrequire("ffi")\ndofile("setup.lua")\nrequire("twice")\n',
        "shop/till.lua": 'local x = require("helper")\nlocal y = require "shop/till"\nfunction f() require("shop.late") end\n',
        "shop/init.lua": "", "shop/helper.lua": "", "shop/late.lua": "", "setup.lua": "", "a/twice.lua": "", "b/twice.lua": "",
    })  # fmt: skip
    assert edges(atlas, "main.lua") == [(1, "shop/till.lua"), (2, "shop/init.lua"), (5, "setup.lua")]
    assert missing(atlas, "main.lua") == [(3, "outside"), (4, "standard library"), (6, "ambiguous")]
    assert edges(atlas, "shop/till.lua") == [(1, "shop/helper.lua"), (3, "shop/late.lua")]
    assert [e.weak for e in atlas.edges_from["shop/till.lua"]] == [False, True]
    inverse(atlas)


def test_lua_files_in_a_module_are_none_of_their_own_name(tmp_path: Path) -> None:  # check 12
    need("lua")
    atlas = tree(tmp_path, {
        "tests/a.lua": 'require("wibox")\nrequire("layout")\nrequire("awful.wibox")\nrequire("gears")\n', "lib/awful/init.lua": 'require("layout")\n',
        "lib/awful/wibox.lua": "", "lib/wibox/init.lua": "", "lib/awful/layout.lua": "", "lib/gears.lua": "", "lib/awful/util/x.lua": 'require("layout")\n',
        "lib/awful/y.lua": 'require("wibox")\n',
    })  # fmt: skip
    assert edges(atlas, "tests/a.lua") == [(1, "lib/wibox/init.lua"), (3, "lib/awful/wibox.lua"), (4, "lib/gears.lua")]
    assert missing(atlas, "tests/a.lua") == [(2, "outside")]
    assert edges(atlas, "lib/awful/init.lua") == edges(atlas, "lib/awful/util/x.lua") == [(1, "lib/awful/layout.lua")]
    assert edges(atlas, "lib/awful/y.lua") == [(1, "lib/wibox/init.lua")]


def test_nothing_but_tests_of_lua_asks_for_modules_of_tests(tmp_path: Path) -> None:  # check 12
    need("lua")
    atlas = tree(tmp_path, {
        "rc.lua": 'require("beautiful")\n', "lib/beautiful.lua": "return {}\n", "tests/shims/beautiful.lua": "return {}\n", "tests/run/a.lua": 'require("beautiful")\n',
    })  # fmt: skip
    assert edges(atlas, "rc.lua") == [(1, "lib/beautiful.lua")]
    assert missing(atlas, "tests/run/a.lua") == [(1, "ambiguous")]


def test_swift(tmp_path: Path) -> None:  # checks 13, 15
    need("swift")
    atlas = tree(tmp_path, {
        "Sources/Core/Base.swift": "open class Base {}\nprotocol Local {}\n",
        "Sources/Core/Other.swift": "public struct Unused {}\nprivate class Till {}\n",
        "Sources/App/Main.swift": "import Core\nimport Foundation\nimport Alamofire\nclass App: Base, Local, Till {}\nextension Base {}\n",
        "Sources/App/Till.swift": "class Till: App {}\n",
        "Sources/Far/Far.swift": "class Far: Base {}\n",
        "Tests/AppTests/T.swift": "@testable import App\nfinal class T: App { let b: Till }\n",
        "Other/Core/X.swift": "class Base2 {}\n",
    })  # fmt: skip
    assert edges(atlas, "Sources/App/Main.swift") == [(1, "Sources/Core/Base.swift"), (4, "Sources/App/Till.swift")]
    assert missing(atlas, "Sources/App/Main.swift") == [(2, "standard library"), (3, "outside")]
    assert bases(atlas, "Sources/App/Main.swift") == [
        "App -> Sources/App/Till.swift:Till", "App -> Sources/Core/Base.swift:Base", "App -> Sources/Core/Base.swift:Local",
    ]  # fmt: skip
    assert bases(atlas, "Sources/App/Till.swift") == ["Till -> Sources/App/Main.swift:App"]
    assert bases(atlas, "Sources/Far/Far.swift") == []  # which imports nothing
    assert edges(atlas, "Tests/AppTests/T.swift") == [(1, "Sources/App/Main.swift"), (1, "Sources/App/Till.swift")]
    inverse(atlas)


def test_modules_of_swift_by_their_specifications(tmp_path: Path) -> None:  # checks 12, 15
    need("swift")
    atlas = tree(tmp_path, {
        "core/ios/ShopCore.podspec": "Pod::Spec.new do |s|\n  s.name = 'ShopCore'\nend\n", "core/ios/Base.swift": "open class Base {}\n",
        "core/ios/Views/SwiftUI/Shown.swift": "public class Shown {}\n", "core/ios/Views/Row.swift": "import SwiftUI\nclass Row: Base { let s: Shown }\n",
        "camera/ios/Camera.swift": "import ShopCore\nimport SwiftUI\nclass Camera: Base { let s: Shown }\n", "camera/ios/Other.swift": "class Other: Base {}\n",
        "Shop.podspec": "", "App/Main.swift": "import Shop\nimport Gone\n",
    })  # fmt: skip
    assert edges(atlas, "camera/ios/Camera.swift") == [(1, "core/ios/Base.swift"), (1, "core/ios/Views/SwiftUI/Shown.swift")]
    assert missing(atlas, "camera/ios/Camera.swift") == [(2, "outside")]  # a folder within a module is none
    assert missing(atlas, "core/ios/Views/Row.swift") == [(1, "outside")]
    assert (edges(atlas, "App/Main.swift"), missing(atlas, "App/Main.swift")) == ([], [(2, "outside")])
    assert bases(atlas, "camera/ios/Camera.swift") == ["Camera -> core/ios/Base.swift:Base"]
    assert bases(atlas, "camera/ios/Other.swift") == []  # which imports nothing
    assert bases(atlas, "core/ios/Views/Row.swift") == ["Row -> core/ios/Base.swift:Base"]


def test_scala(tmp_path: Path) -> None:  # checks 12, 13, 15
    need("scala")
    atlas = tree(tmp_path, {
        "org/x/Base.scala": "package org.x\nclass Base\nobject Base { val y = 1 }\ntrait Named\n",
        "org/x/Near.scala": "package org.x\nclass Near extends Base with Named\n",
        "b/Use.scala": "package b\nimport org.x.{Base => B, Named}\nimport org.x._\nimport scala.util.Try\nimport java.util.{List, Map}\nimport org.y.Java\nclass Use extends B with Named\n",
        "org/y/Java.java": "package org.y;\nimport org.x.Named;\npublic class Java implements Named {}\n",
        "b/c/Deep.scala": "package b\npackage c\nimport d.Inner\nclass Deep extends Inner\n",
        "b/d/Inner.scala": "package b.d\nclass Inner\n",
    })  # fmt: skip
    assert edges(atlas, "b/Use.scala") == [
        (2, "org/x/Base.scala"),
        (2, "org/x/Base.scala"),
        (3, "org/x/Base.scala"),  # `Base`, which is called otherwise above
        (6, "org/y/Java.java"),
    ]
    assert missing(atlas, "b/Use.scala") == [(4, "standard library"), (5, "standard library"), (5, "standard library")]
    assert bases(atlas, "org/x/Near.scala") == ["Near -> org/x/Base.scala:Base", "Near -> org/x/Base.scala:Named"]
    assert bases(atlas, "b/Use.scala") == ["Use -> org/x/Base.scala:Base", "Use -> org/x/Base.scala:Named"]
    assert bases(atlas, "org/y/Java.java") == ["Java -> org/x/Base.scala:Named"]
    assert edges(atlas, "b/c/Deep.scala") == [(3, "b/d/Inner.scala")]
    inverse(atlas)


def test_haskell(tmp_path: Path) -> None:  # checks 12, 13, 15
    need("haskell")
    atlas = tree(tmp_path, {
        "src/Data/Shop.hs": "module Data.Shop where\nimport Data.List\nimport qualified Data.Till as T\nimport Data.Map\ninstance T.Sell Int where\nclass Sell2 a\ninstance Sell2 Int\n",
        "src/Data/Till.hs": "module Data.Till (Sell(..)) where\nclass Sell a where\n  sell :: a -> Int\n",
        "app/Main.hs": "import Data.Shop\ninstance Sell2 Bool where\n",
    })  # fmt: skip
    assert edges(atlas, "src/Data/Shop.hs") == [(3, "src/Data/Till.hs")]
    assert missing(atlas, "src/Data/Shop.hs") == [(2, "standard library"), (4, "outside")]
    assert bases(atlas, "src/Data/Shop.hs") == ["Sell2 Int -> src/Data/Shop.hs:Sell2", "T.Sell Int -> src/Data/Till.hs:Sell"]
    assert bases(atlas, "app/Main.hs") == ["Sell2 Bool -> src/Data/Shop.hs:Sell2"]
    inverse(atlas)


def test_dart(tmp_path: Path) -> None:  # checks 12, 13, 15
    need("dart")
    atlas = tree(tmp_path, {
        "app/pubspec.yaml": "name: app\nversion: 1.0.0\ndependencies:\n  shop: any\n", "pkgs/shop/pubspec.yaml": "name: shop\nenvironment:\n  sdk: any\n",
        "app/lib/main.dart": "import 'dart:io';\nimport 'package:shop/shop.dart';\nimport 'package:app/src/own.dart';\nimport 'package:gone/a.dart';\nimport 'src/gone.dart';\nclass A extends Base with M implements _Hid, Own, Far {}\n",
        "app/lib/src/own.dart": "part 'part.dart';\nclass Own {}\n", "app/lib/src/part.dart": "part of 'own.dart';\nclass Part extends Own {}\nclass _P {}\n",
        "pkgs/shop/lib/shop.dart": "export 'src/base.dart';\nmixin M {}\n", "pkgs/shop/lib/src/base.dart": "class Base {}\nclass _Hid {}\n",
        "pkgs/shop/lib/src/far.dart": "import 'base.dart';\nclass Far extends Base {}\n", "other/lib/shop.dart": "class Base {}\n",
    })  # fmt: skip
    assert edges(atlas, "app/lib/main.dart") == [(2, "pkgs/shop/lib/shop.dart"), (3, "app/lib/src/own.dart")]
    assert missing(atlas, "app/lib/main.dart") == [(1, "standard library"), (4, "outside"), (5, "outside")]
    assert bases(atlas, "app/lib/main.dart") == [
        "A -> app/lib/src/own.dart:Own", "A -> pkgs/shop/lib/shop.dart:M", "A -> pkgs/shop/lib/src/base.dart:Base",
    ]  # fmt: skip
    assert bases(atlas, "app/lib/src/part.dart") == ["Part -> app/lib/src/own.dart:Own"]
    assert edges(atlas, "app/lib/src/part.dart") == [(1, "app/lib/src/own.dart")]
    assert bases(atlas, "pkgs/shop/lib/src/far.dart") == ["Far -> pkgs/shop/lib/src/base.dart:Base"]
    inverse(atlas)


def test_julia(tmp_path: Path) -> None:  # checks 12, 13, 15
    need("julia")
    atlas = tree(tmp_path, {
        "src/Shop.jl": 'module Shop\nusing LinearAlgebra, Other\nusing ..Gone: x\ninclude("till.jl")\ninclude("sub/deep.jl")\nusing .Till: sell\nabstract type Base end\nend\n',
        "src/till.jl": "module Till\nend\nstruct Coin{T} <: Base\nend\n", "src/sub/deep.jl": "import ..Till, ..Coin\nstruct Deep <: Shop.Base end\nstruct Lost <: Far end\n",
        "test/runtests.jl": 'using Test, Shop\nfunction f()\n    include("late.jl")\nend\n', "test/late.jl": "struct T <: Base end\n",
        "lib/Far/src/Far.jl": "module Far\nusing Shop\nabstract type Far end\nend\n", "late.jl": "",
    })  # fmt: skip
    assert edges(atlas, "src/Shop.jl") == [(4, "src/till.jl"), (5, "src/sub/deep.jl"), (6, "src/till.jl")]
    assert missing(atlas, "src/Shop.jl") == [(2, "standard library"), (2, "outside"), (3, "outside")]
    assert edges(atlas, "src/sub/deep.jl") == [(1, "src/till.jl"), (1, "src/till.jl")]
    assert edges(atlas, "test/runtests.jl") == [(1, "src/Shop.jl"), (3, "test/late.jl")]
    assert edges(atlas, "lib/Far/src/Far.jl") == [(2, "src/Shop.jl")]
    assert bases(atlas, "src/till.jl") == ["Coin -> src/Shop.jl:Base"]
    assert bases(atlas, "src/sub/deep.jl") == ["Deep -> src/Shop.jl:Base"]  # `Far` is of another package
    assert bases(atlas, "test/late.jl") == ["T -> src/Shop.jl:Base"]
    inverse(atlas)


def test_protocol_buffers(tmp_path: Path) -> None:  # check 13
    atlas = tree(tmp_path, {
        "proto/shop/a.proto": 'import "shop/b.proto";\nimport public "proto/c.proto";\nimport "google/protobuf/any.proto";\nimport "x/y.proto";\n',
        "proto/shop/b.proto": "message B {}", "proto/c.proto": "message C {}", "other/shop/b.proto": "message B {}",
    })  # fmt: skip
    assert edges(atlas, "proto/shop/a.proto") == [(1, "proto/shop/b.proto"), (2, "proto/c.proto")]
    assert missing(atlas, "proto/shop/a.proto") == [(3, "standard library"), (4, "outside")]
    inverse(atlas)


def test_solidity(tmp_path: Path) -> None:  # checks 12, 13
    need("solidity")
    atlas = tree(tmp_path, {
        "src/a.sol": 'import "./b.sol";\nimport {C as D, E} from "../lib/c.sol";\nimport * as F from "lib/c.sol";\nimport "@oz/token/T.sol";\nimport "./gone.sol";\ncontract A is B, D, F.E, T, Hidden, C {}\n',
        "src/b.sol": 'import "../lib/c.sol";\ncontract B {}\nlibrary Hidden {}\n', "lib/c.sol": "contract C {}\ninterface E {}\n",
        "deps/@oz/token/T.sol": "contract T {}\n",
    })  # fmt: skip
    assert edges(atlas, "src/a.sol", "import") == [(1, "src/b.sol"), (2, "lib/c.sol"), (3, "lib/c.sol"), (4, "deps/@oz/token/T.sol")]
    assert missing(atlas, "src/a.sol") == [(5, "outside")]
    bases = {(e.text, e.target, e.target_symbol) for e in atlas.edges_from["src/a.sol"] if e.kind == "base"}
    assert bases == {("B", "src/b.sol", 0), ("D", "lib/c.sol", 0), ("F.E", "lib/c.sol", 1), ("T", "deps/@oz/token/T.sol", 0)}
    inverse(atlas)


def test_modules_of_ocaml_are_files_of_a_folder(tmp_path: Path) -> None:  # check 12
    need("ocaml")
    atlas = tree(tmp_path, {
        "utils/config.mli": "val x : int\n", "tests/run/config.ml": "let x = 1\n", "tests/run/a.ml": "open Config\n", "tests/far/b.ml": "open Config\n",
        "main/c.ml": "open Config\nopen Twice\n", "a/twice.ml": "let x = 1\n", "b/twice.mli": "val x : int\n", "b/twice.2.ml": "",
        "b/d.ml": "open Twice\n",
    })  # fmt: skip
    assert edges(atlas, "main/c.ml") == [(1, "utils/config.mli")]  # nothing but tests opens modules of tests
    assert missing(atlas, "main/c.ml") == [(2, "ambiguous")]
    assert edges(atlas, "tests/run/a.ml") == [(1, "tests/run/config.ml")]
    assert missing(atlas, "tests/far/b.ml") == [(1, "ambiguous")]
    assert edges(atlas, "b/d.ml") == [(1, "b/twice.mli")]


def test_what_ocaml_takes_as_a_parameter_is_no_file(tmp_path: Path) -> None:  # check 12
    need("ocaml")
    text = (
        "module Make (M : S) = struct\n  open M\n  include M.Inner\n  open Real\nend\n"
        "module F = functor (M : S) -> struct include M end\n"
        "let f (module M : S) = let module X = struct include M.Of end in X.x\n"
        "let g x = let (module M) = x in let module X = struct include M end in X.x\n"
        "let h = function (module M : S) -> let module X = struct open M end in 1\n"
        "module Other = struct open M end\n"
    )
    atlas = tree(
        tmp_path,
        {"a.ml": text, "m.ml": "let x = 1\n", "real.ml": "let x = 1\n", "b.mli": "open Real\nmodule X : sig include S end\n", "s.ml": ""},
    )
    assert edges(atlas, "a.ml") == [(4, "real.ml"), (10, "m.ml")]
    assert (edges(atlas, "b.mli"), missing(atlas, "b.mli")) == ([(1, "real.ml")], [])  # a type of modules


def test_elixir_names_modules_by_aliases(tmp_path: Path) -> None:  # checks 12, 15
    need("elixir")
    atlas = tree(tmp_path, {
        "lib/a.ex": (
            "defmodule Shop.A do\n  alias Shop.{Till, Parts}\n  alias Parts.Door, as: D\n  import Till\n  require D.Lock\n  @behaviour Till\n"
            "  defmodule Inner do\n    alias Shop.Late\n    import Late\n  end\n  import Late\nend\n"
            "defmodule Shop.B do\n  import Till\nend\n"
        ),
        "lib/till.ex": "defmodule Shop.Till do\nend\n", "lib/parts.ex": "defmodule Shop.Parts do\nend\n",
        "lib/door.ex": "defmodule Shop.Parts.Door do\n  defmodule Lock do\n  end\nend\n", "lib/late.ex": "defmodule Shop.Late do\nend\n",
    })  # fmt: skip
    assert edges(atlas, "lib/a.ex") == [
        (2, "lib/parts.ex"), (2, "lib/till.ex"), (3, "lib/door.ex"), (4, "lib/till.ex"), (5, "lib/door.ex"), (8, "lib/late.ex"), (9, "lib/late.ex"),
    ]  # fmt: skip
    assert missing(atlas, "lib/a.ex") == [(11, "outside"), (14, "outside")]
    assert bases(atlas, "lib/a.ex") == ["Shop.A -> lib/till.ex:Shop.Till"]


def test_scala_looks_into_packages_around_for_bases_too(tmp_path: Path) -> None:  # checks 12, 15
    need("scala")
    atlas = tree(tmp_path, {
        "org/x/phases/Reshape.scala": "package org.x.phases\ntrait Reshape\n", "org/x/codegen/Gen.scala": "package org.x.codegen\ntrait Gen\n",
        "org/x/Phases.scala": "package org.x\nimport phases._\nimport codegen.{Gen => G}\ntrait Phases extends Reshape with G\n",
        "org/x/package.scala": "package org\npackage object x { val global = 1 }\n", "org/y/Ops.scala": "package org.y\nobject Ops { class One }\n",
        "org/x/Use.scala": "package org.x\nimport org.y.Ops\nimport Ops._\nclass Use extends One { import global._ }\n",
        "z/Far.scala": "package z\nimport org.y._\nimport Ops._\nclass Far extends One\n",
    })  # fmt: skip
    assert edges(atlas, "org/x/Use.scala") == [(2, "org/y/Ops.scala"), (3, "org/y/Ops.scala")]  # and nothing by what a value has
    assert edges(atlas, "z/Far.scala") == [(2, "org/y/Ops.scala"), (3, "org/y/Ops.scala")]
    assert bases(atlas, "org/x/Use.scala") == ["Use -> org/y/Ops.scala:One"]
    assert bases(atlas, "z/Far.scala") == ["Far -> org/y/Ops.scala:One"]
    assert bases(atlas, "org/x/Phases.scala") == ["Phases -> org/x/codegen/Gen.scala:Gen", "Phases -> org/x/phases/Reshape.scala:Reshape"]


def test_what_scala_imports_from_values_is_not_said_to_be_outside(tmp_path: Path) -> None:  # check 12
    need("scala")
    text = "package x\nimport akka.Actor\nclass A(val global: Global) {\n  import global.{Tree, Name}\n  import scala.util.Try\n  import global._\n}\n"
    atlas = tree(tmp_path, {"x/A.scala": text})
    assert missing(atlas, "x/A.scala") == [(2, "outside"), (5, "standard library")]
