"""Constructs that parsers of the languages themselves showed to be missed or taken for others: small texts, by hand."""

# ruff: noqa: E501, ISC004 - sources are written as texts

from __future__ import annotations

import pytest

from gazetteer.atlas import qualified, separator
from gazetteer.extract import extract, scan
from gazetteer.model import FileRecord


def read(text: str, language: str) -> FileRecord:
    content = text.encode()
    return extract(content, language, scan(content).counts)


def found(text: str, language: str) -> list[str]:
    """Each symbol as ``line kind name``, each import as ``line import target``."""
    record = read(text, language)
    names = [f"{symbol.line} {symbol.kind} {qualified(record.symbols, i, separator(language))}" for i, symbol in enumerate(record.symbols)]
    return names + [f"{statement.line} import {statement.target}" for statement in record.imports]


PYTHON = {
    "defaults of parameters of types": (
        "type A[T: int = str, *Ts = *tuple[int, ...], **P = [a, 'b,]']] = T\nclass B[T = {1: 2}[1]](C[T]):\n    x: T = 1\n"
        "async def f[T: (int, str) = int  # why\n](x: T = [1][0]): pass\ndef g(): pass\n",
        ["1 type_alias A", "2 class B", "3 field B.x", "4 function f", "6 function g"],
    ),
    "imports when a name is used first": (
        "lazy import a\nlazy from b import c\nlazy = 1\nif lazy:\n    lazy import d.e as f\n",
        ["3 variable lazy", "1 import a", "2 import b", "5 import d.e"],
    ),
    "dictionaries and lists of others": (
        "x = {**d for d in ds}\ny = [*it for it in its]\nz = {\n  **a.b(1)\n  for a in c\n}\ndef f(): pass\n",
        ["1 variable x", "2 variable y", "3 variable z", "7 function f"],
    ),
}

KOTLIN = {
    "annotations before a word that may be a name": (
        '@JsName("D")\n@Used\ninternal object D {\n  const val M = 1\n}\n@RequiresOptIn\nannotation class C\n'
        '@S("1") public actual typealias B = java.B\n',
        ["3 object D", "4 constant D.M", "7 annotation C", "8 type_alias B"],
    ),
    "a constructor below the name of its class": (
        "class A<T>\n@B(1)\nprivate constructor(val x: Int) : I {\n  fun f() {}\n}\nclass C\n/** Doc. */\ninternal constructor()\n",
        ["1 class A", "3 constructor A.constructor", "3 property A.x", "4 method A.f", "6 class C", "8 constructor C.constructor"],
    ),
    "parts of a value by their names": (
        "class A {\n  fun f() {\n    val [a, b] = c\n    for ([d, e] in f) { g { [h, i] -> h } }\n    (val j = k, val l = m) = n\n"
        "    fun inner() {}\n  }\n  fun g() {}\n}\n",
        ["1 class A", "2 method A.f", "6 function A.f.inner", "8 method A.g"],
    ),
    "contexts": (
        "context(a: A, b: (C) -> D)\nfun f() {}\nclass E {\n  context(x: X)\n  val y: Int get() = 1\n}\n",
        ["2 function f", "3 class E", "5 property E.y"],
    ),
    "contexts of types, a word before functions as a name": (
        "inline fun <T> context(a: T, b: context(T) () -> R): R = b(a)\ninline fun <R> suspend(noinline c: suspend () -> R) = c\nfun d() {}\n",
        ["1 function context", "2 function suspend", "3 function d"],
    ),
    "negative cases, members of nullable types, empty lists": (
        "fun f(x: Int) = when (x) {\n  a -> // no\n    1\n  -b -> 2\n  else -> g(A?::h, B::i)\n}\nfun g(l: List<A> = []) {}\n",
        ["1 function f", "7 function g"],
    ),
    "bodies behind a delegate": (
        "object A : B by c { val d = 1 }\nclass E : F by g/* why */ {\n  init { h() }\n  private val i: J by lazy { k }\n  private fun l() = 1\n}\n"
        "class M : N by o(), P by p { fun q() {} }\n",
        ["1 object A", "1 property A.d", "2 class E", "4 property E.i", "5 method E.l", "7 class M", "7 method M.q"],
    ),
    "words of declarations as names": (
        "class A {\n  fun f() {\n    b?.let { override -> override.c() }\n    d(open, data)\n  }\n  fun g() {}\n}\n",
        ["1 class A", "2 method A.f", "6 method A.g"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), PYTHON.values(), ids=PYTHON)
def test_python(text: str, expected: list[str]) -> None:  # check 2
    assert found(text, "python") == expected
    assert read(text, "python").quality.error_bytes == 0


@pytest.mark.parametrize(("text", "expected"), KOTLIN.values(), ids=KOTLIN)
def test_kotlin(text: str, expected: list[str]) -> None:  # check 7
    assert found(text, "kotlin") == expected
    assert read(text, "kotlin").quality.error_bytes == 0


def test_nothing_without_a_name_is_listed() -> None:  # check 21
    text = "class A {\n  declare six ; static seven\n  eight ?\n  ()\n  : void\n  nine(): void {}\n}\n"
    assert found(text, "typescript") == ["1 class A", "2 field A.six", "2 field A.seven", "3 field A.eight", "6 method A.nine"]


def test_what_is_blanked_in_kotlin_is_still_said() -> None:
    delegated = read("object A : B by c { val d = 1 }\n", "kotlin").symbols[0]
    assert [(base.name, base.how) for base in delegated.bases] == [("B", "by")]
    record = read('/** Doc. */\n@P\n// no\n@S("1(")\ninternal fun t() { throw A() }\nclass A\n@B\nprivate constructor()\n', "kotlin")
    function, _, constructor = record.symbols
    assert (function.decorators, function.doc, function.first_line, function.visibility) == (("@P", '@S("1(")'), "Doc.", 2, "internal")
    assert (constructor.decorators, constructor.first_line, constructor.visibility) == (("@B",), 7, "private")


TYPESCRIPT = {
    "variance": ("interface A<in B, out C, in out D> { e: B }\nclass F<\n  /** G. */\n  out G> { h = 1 }\n",
                 ["1 interface A", "1 field A.e", "2 class F", "4 field F.h"]),
    "imported types with arguments": (
        'export declare const a: import("./b").C<D, import(\'./e\').F>;\n// import("./no").G<H>\nconst i = "import(\\"./no\\").J<K>";\n',
        ["1 constant a", "3 constant i", "1 import ./e", "1 import ./b"],
    ),
    "signatures with nothing between them": (
        "const a: {\n  <B>(c: B): (d: E) => F\n\n  // g\n  /** H. */\n  <\n    I,\n  >(j: I): K\n  (l: M): N\n} = o\nconst p = (q) =>\n  (r)\n"
        "function s() {}\n",
        ["1 constant a", "11 function p", "13 function s"],
    ),
    "a module that is declared and what it adds to all": (
        'declare module "a" {\n  const b: C;\n  global {\n    interface D { e: F }\n  }\n}\n',
        ["1 module a", "2 constant a.b", "3 namespace a.global", "4 interface a.global.D", "4 field a.global.D.e"],
    ),
    "a default without a name or a body": ("export default function (): {\n  a: B;\n};\n", ["1 function default"]),
    "types of modules": ('export type * from "./a";\nclass B {}\n', ["2 class B", "1 import ./a"]),
    "resources": (
        "using a = b();\nawait using c = d();\nfunction e() { using f = g(); }\n{ using h = i(); }\n", ["1 constant a", "2 constant c", "3 function e"],
    ),
    "types of a body": (
        "function a() { type B = C; interface D { e: 1 } enum F { G } class H { i = 1 } const j = 1; }\n",
        ["1 function a", "1 type_alias a.B", "1 interface a.D", "1 field a.D.e", "1 enum a.F", "1 enum_member a.F.G", "1 class a.H", "1 field a.H.i"],
    ),
    "words of types as names": (
        "interface A {\n  b: C\n  in: D\n  abstract?: E\n}\nclass F { static accessor g = 1 }\ntype H = `\\`i\\`class J`;\n",
        ["1 interface A", "2 field A.b", "3 field A.in", "4 field A.abstract", "6 class F", "6 field F.g", "7 type_alias H"],
    ),
    "bodies of namespaces on lines of their own": (
        "namespace A\n{\n  export namespace B\n  {\n    let c;\n  }\n  namespace D // e\n  {\n    class F {}\n  }\n}\n{\n  var g;\n}\n",
        ["1 namespace A", "3 namespace A.B", "5 variable A.B.c", "7 namespace A.D", "9 class A.D.F", "13 variable g"],
    ),
    "names of namespaces on several lines": ("namespace A\n  . B /* c */ . D { }\n", ["1 namespace A.B.D"]),
    "a default that has parameters and returns an object": (
        "export default function (a: A): {\n  b: B;\n  c: () => D;\n};\nclass E {}\n", ["1 function default", "5 class E"],
    ),
    "a default that is abstract and has no name": (
        "export default abstract class {\n  a = 1;\n}\n", ["1 class default", "2 field default.a"],
    ),
    "a default that is abstract, has no name and has parameters": (
        "export default abstract class<A, B> extends C<A> {\n  abstract d(): B;\n}\n", ["1 class default", "2 method default.d"],
    ),
    "resources of loops": (
        "for (using a of b) { var c = 1; }\nfor await (await using d of e) {}\nfunction f() {}\n", ["1 variable c", "3 function f"],
    ),
    "accessors that override": ("class A {\n  override accessor b = 1;\n  c(): void {}\n}\n", ["1 class A", "2 field A.b", "3 method A.c"]),
    "imports that are exported": ('export import a = require("./b");\nexport import C = D.E;\n', ["2 type_alias C", "1 import ./b"]),
    "attributes of what is exported": (
        'export {} from "./a" with { type: "json" };\nexport { b } from "./c" assert { type: "json" };\nimport d from "./e" with { f: "g" };\n',
        ["1 import ./a", "2 import ./c", "3 import ./e"],
    ),
    "index signatures of a class": (
        "class A {\n  static [b: string]: C;\n  static readonly [d: number]: E;\n  [f: symbol]: G;\n  static [h]: I;\n}\n",
        ["1 class A", "5 field A.[h]"],
    ),
    "words as names of members and parameters": (
        "class A {\n  abstract = 1;\n  accessor: B;\n  c(using: D, type: E) {}\n}\ninterface F { abstract(): G }\ntype H = [string: I, ...any: J[]];\n"
        "f(() => { using(k); abstract(k) });\nexport { type } from './l';\n",
        ["1 class A", "2 field A.abstract", "3 field A.accessor", "4 method A.c", "6 interface F", "6 method F.abstract", "7 type_alias H", "9 import ./l"],
    ),
    "references before the first statement, and none behind": (
        "/* a */\n  /// <reference preserve='true' types=\"b'c\" />\n/// <reference lib=\"dom\" />\n/// <reference path='./d.ts' />\nlet e;\n"
        "/// <reference path='./f.ts' />\n",
        ["5 variable e", "2 import b'c", "3 import dom", "4 import ./d.ts"],
    ),
    "a reference to no library": ('/// <reference no-default-lib="true"/>\nlet a;\n', ["2 variable a"]),
    "fields that are abstract and overridden": (
        "abstract class A {\n  protected abstract override b: C;\n  abstract override d(): E;\n}\n", ["1 class A", "2 field A.b", "3 method A.d"],
    ),
    "types of undefined and of modules": (
        "export function a(...b: (typeof undefined | string)[]) {}\nc('d', async e => {\n  const f = await e<typeof import('g')>();\n});\nlet h;\n",
        ["1 function a", "5 variable h", "3 import g"],
    ),
    "a readonly type among others": ("type A = readonly B[] & { c: D };\n", ["1 type_alias A", "1 field A.c"]),
    "functions that give functions": (
        "const a = (b) => (c) => {\n  function d() {}\n};\nfunction e() {\n  const f = (g) => (h) => { class I {} };\n}\n",
        ["1 function a", "2 function a.d", "4 function e", "5 class e.I"],
    ),
    "objects that are all of a module": (
        "export = { a: 1, b() {}, get c() { return 1 }, d: class { e = 1 }, f };\nfunction f() {}\n",
        ["1 variable a", "1 function b", "1 property c", "1 class d", "1 field d.e", "2 function f"],
    ),
    "how modules of types are found": (
        "type A = import('a', { with: { 'resolution-mode': 'import' } }).B<C>;\nlet d: typeof import(\"e\", { with: { f: \"g\" }, });\nclass H {}\n",
        ["1 type_alias A", "2 variable d", "3 class H", "1 import a", "2 import e"],
    ),
    "types of tagged templates": ("const a = b<{ c: D }>`e`;\nfunction f() {}\n", ["1 constant a", "2 function f"]),
}  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), TYPESCRIPT.values(), ids=TYPESCRIPT)
def test_typescript(text: str, expected: list[str]) -> None:  # check 7
    assert found(text, "typescript") == expected


def test_what_is_blanked_in_typescript_is_still_said() -> None:
    function, following = read("export default function (a: A): {\n  b: B;\n  c: C };\nlet d;\n", "typescript").symbols
    assert (function.role, function.visibility, function.modifiers, function.end_line) == ("declaration", "exported", ("default",), 3)
    assert [p.name for p in function.parameters] == ["a"]
    assert following.line == 4
    record = read("export default abstract class {}\n", "typescript")
    assert (record.symbols[0].modifiers, record.quality.error_bytes) == (("abstract", "default"), 0)
    namespace = read("namespace A // b\n{\n  let c;\n}\n", "typescript").symbols[0]
    assert (namespace.signature, namespace.line, namespace.end_line) == ("namespace A", 1, 4)


JAVASCRIPT = {
    "resources": (
        "using a = b();\nawait using c = d();\nfunction e() { using f = g(); }\nif (h) { using i = j(); }\n", ["1 constant a", "2 constant c", "3 function e"],
    ),
    "variables of loops": (
        "for (var a of b) { var c }\nfor (const d of b) ;\nfor (var { e, f: [g] } in h) ;\nfunction i() { for (var j of b) ; }\n",
        ["1 variable a", "1 variable c", "3 variable e", "3 variable g", "4 function i"],
    ),
    "attributes of what is exported": (
        'export * from "./a" with { type: "json" };\nexport * as b from \'./c\'\n  assert { type: "json" }\nfunction d() {}\n',
        ["4 function d", "1 import ./a", "2 import ./c"],
    ),
    "words as names": (
        'import { delete as a, in as b } from "./c";\nexport { a as new, b as if };\nfunction d(using) { using(e) }\nconst f = { new: 1, delete() {} };\n',
        ["3 function d", "4 constant f", "4 method f.delete", "1 import ./c"],
    ),
    "what is called as constructors are": (
        "class A { get constructor() {} static constructor() {} *constructor() {} async constructor() {} constructor() {} }\n"
        "const b = { constructor() {} };\n",
        ["1 class A", "1 property A.constructor", "1 method A.constructor", "1 method A.constructor", "1 method A.constructor",
         "1 constructor A.constructor", "2 constant b", "2 method b.constructor"],
    ),
    "prototypes": (
        "function A() {}\nA.prototype = { constructor: A, b: 1, c() {}, d: function () { function e() {} } };\n"
        "B.C.prototype = Object.assign(Object.create(A.prototype), { f: function () {}, get g() { return 1 } });\n"
        "$.extend(A.prototype, D, { h() {} });\nA.prototype.i = A.prototype.j = function () { function k() {} };\nA.L = class { m() {} };\n",
        ["1 function A", "2 method A.c", "2 method A.d", "2 function A.d.e", "3 method B.C.f", "3 property B.C.g", "4 method A.h", "5 method A.i",
         "5 method A.j", "5 function A.i.k", "6 class A.L", "6 method A.L.m"],
    ),
    "several names for what is exported": (
        "exports = module.exports = a;\nfunction a() {}\nexports.b = exports.c = 1;\nexports.d = exports.e = void 0;\n"
        "var f = module.exports = { g() {} };\nconst h = exports.h = () => {};\n",
        ["2 function a", "3 variable b", "3 variable c", "5 variable f", "5 method f.g", "6 function h"],
    ),
    "exports without a name": (
        "module.exports = function (a) {\n  function b() {}\n};\nexports = module.exports = class { c() {} };\n",
        ["1 function exports", "2 function exports.b", "4 class exports", "4 method exports.c"],
    ),
    "what a function that is called at once gives": (
        "var a = (function ($) {\n  var b;\n  function c() {}\n  return { d: c };\n})(jQuery);\nconst e = (() => { class F {} })();\n"
        "$(document).ready(function () { function g() {} });\n",
        ["1 variable a", "3 function a.c", "6 constant e", "6 class e.F", "7 function g"],
    ),
    "modules that define brings in": (
        "define(['./a', 'require', \"b!./c.html\"], function (d) {\n  function e() {}\n});\ndefine('f', [ './g' ], {});\nrequire(['h'], function () {});\n"
        "const i = require(`./j`);\n",
        ["2 function e", "1 import ./a", "1 import b!./c.html", "4 import ./g", "5 import h", "6 import ./j"],
    ),
    "phases of imports": (
        "import defer * as a from './a';\nimport source b from './b';\nimport source from './c';\nlet d;\n",
        ["4 variable d", "1 import ./a", "2 import ./b", "3 import ./c"],
    ),
    "accessors": ("class A {\n  accessor b = 1;\n  static accessor c = 2;\n  accessor\n}\n", ["1 class A", "2 field A.b", "3 field A.c", "4 field A.accessor"]),
}  # fmt: skip


def test_accessors_whose_names_are_private_or_computed() -> None:
    record = read("class A {\n  static accessor #b = 1;\n  static accessor [c] = 2;\n}\n", "javascript")
    assert [(s.name, s.visibility, s.modifiers) for s in record.symbols[1:]] == [
        ("#b", "private", ("accessor", "static")), ("[c]", "", ("accessor", "static")),
    ]  # fmt: skip


def test_documentation_above_an_empty_line() -> None:
    text = "/** Licence. */\n\nconst a = 1;\n/** B. */\n\nfunction b() {}\n/* no */\n\nvar c;\n/** No. */\n\n\nlet d;\nvar e; /** No. */\n\nclass F {\n"
    text += "  /** G. */\n\n  g() {}\n}\n"
    record = read(text, "javascript")
    assert [(s.name, s.doc, s.doc_line) for s in record.symbols if s.doc] == [("b", "B.", 4), ("g", "G.", 17)]


def test_documentation_of_fields_that_a_constructor_sets() -> None:
    record = read(
        "class A {\n  constructor() {\n    /** B. */\n    this.b = 1;\n    // C.\n    this.c = this.d = 2;\n  }\n}\n", "javascript"
    )
    assert [(s.name, s.line, s.doc) for s in record.symbols if s.kind == "field"] == [("b", 4, "B."), ("c", 6, "C."), ("d", 6, "")]


def test_what_is_exported_under_several_names_is_said_to_be() -> None:
    record = read("exports = module.exports = a;\nfunction a() {}\nconst b = module.exports.b = 1;\nlet c = exports.d = 2;\n", "javascript")
    assert [(s.name, s.visibility) for s in record.symbols] == [("a", "exported"), ("b", "exported"), ("c", "")]


@pytest.mark.parametrize("language", ["javascript", "tsx"])
def test_addresses_in_attributes(language: str) -> None:
    record = read('const A = () => <a href="/b?c=d&e-f=g&h=%20&i=j">k</a>;\n', language)
    assert ([s.name for s in record.symbols], record.quality.error_bytes) == (["A"], 0)


@pytest.mark.parametrize(("text", "expected"), JAVASCRIPT.values(), ids=JAVASCRIPT)
def test_javascript(text: str, expected: list[str]) -> None:  # check 7
    assert found(text, "javascript") == expected


GO = {
    "types of bodies": (
        "package p\nfunc f() {\n\ttype a struct{ b int }\n\tif x {\n\t\ttype (\n\t\t\tc interface{ d() }\n\t\t\te = int\n\t\t)\n\t}\n"
        "\tg := func() { type h []a }\n\tvar i, j = 1, 2\n}\n",
        ["1 package p", "2 function f", "3 struct f.a", "3 field f.a.b", "6 interface f.c", "6 method f.c.d", "7 type_alias f.e", "10 type_alias f.h"],
    ),
    "structs without a name": (
        "package p\ntype a []struct{ b int }\ntype c struct {\n\td map[string]struct{ e int }\n\tg chan *struct{ h int }\n}\nvar i, j struct{ k int }\n",
        ["1 package p", "2 type_alias a", "2 field a.b", "3 struct c", "4 field c.d", "4 field c.d.e", "5 field c.g", "5 field c.g.h", "7 variable i", "7 field i.k", "7 variable j", "7 field j.k"],
    ),
    "comments in a receiver": ("package p\nfunc (a *( /* b */ c)) d() {}\n", ["1 package p", "2 method c.d"]),
    "interfaces without a name": (
        "package p\nvar a interface{ b() }\ntype c struct {\n\td interface {\n\t\te() error\n\t}\n}\n",
        ["1 package p", "2 variable a", "2 method a.b", "3 struct c", "4 field c.d", "5 method c.d.e"],
    ),
    "types of values": (
        "package p\nvar a = []struct{ b int }{{1}}\nvar c, d = &struct{ e int }{}, map[string]*struct{ f int }{}\nvar g = [...]struct{ h int }{}\n"
        "var i = func() { type j struct{ k int } }\nvar _ = l(func() { type m int })\nvar n, o = p()\n",
        ["1 package p", "2 variable a", "2 field a.b", "3 variable c", "3 field c.e", "3 variable d", "3 field d.f", "4 variable g", "4 field g.h",
         "5 variable i", "5 struct i.j", "5 field i.j.k", "6 type_alias m", "7 variable n", "7 variable o"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), GO.values(), ids=GO)
def test_go(text: str, expected: list[str]) -> None:  # check 7
    assert found(text, "go") == expected


RUST = {
    "items anywhere in a body": (
        "fn a() {\n  let b = |c| { fn d() {} c };\n  match e { _ => { struct F { g: u8 } } }\n  loop { use h::i; enum J { K } break }\n"
        "  type L = u8;\n  const M: u8 = 1;\n  static N: u8 = 2;\n  let o = if p { impl Q { fn r() {} } 1 } else { 2 };\n}\n",
        ["1 function a", "2 function a::d", "3 struct a::F", "3 field a::F::g", "4 enum a::J", "4 enum_member a::J::K", "5 type_alias a::L", "8 impl a::Q",
         "8 method a::Q::r", "4 import h"],
    ),
    "items in values": (
        "const A: fn() = || { fn b() {} };\nstatic C: u8 = { struct D; use e::f; 1 };\nimpl G { const H: u8 = { enum I {} 1 }; }\n",
        ["1 constant A", "1 function A::b", "2 variable C", "2 struct C::D", "3 impl G", "3 constant G::H", "3 enum G::H::I", "2 import e"],
    ),
    "newer syntax than the grammar's": (
        'unsafe extern "C" {\n  pub safe fn a();\n  safe static B: u8;\n}\npub unsafe auto trait C {}\nimpl<T: ~const D> const E for F<-1> {}\n'
        "pub const trait G: [const] H {}\nunsafe mod i {}\nfn j() { S { k, .. } = l; for<'a> |m: &'a u8| m; }\ngen fn n() {}\n"
        "struct O<P>\nwhere\n  P: Q<P>;\n",
        ["2 function a", "3 variable B", "5 trait C", "6 impl F", "7 trait G", "8 module i", "9 function j", "10 function n", "11 struct O"],
    ),
    "traits for others, macros of another sort": (
        "pub trait A<T> = B<T> + 'static;\npub macro c($d:expr) {\n  fn e() { \"}\" }\n}\nmacro f {\n  ($g:ty) => { struct H; },\n}\nfn i() {}\n",
        ["1 trait A", "2 macro c", "5 macro f", "8 function i"],
    ),
    "macros of another sort behind others": (
        "macro_rules! a { () => {}; } pub macro b($c:ident) { fn $c() {} } fn d() {}\n", ["1 macro a", "1 macro b", "1 function d"],
    ),
    "macros named by words": ("fn a() { b(try!(c())); str![[r#\"fn d() {}\"#]]; }\nfn e() { f(Token![~]) }\n", ["1 function a", "2 function e"]),
    "constants without a name": (
        "const _: () = assert!(true);\nconst _: () = {\n  impl A { fn b() {} }\n};\n", ["3 impl A", "3 method A::b"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), RUST.values(), ids=RUST)
def test_rust(text: str, expected: list[str]) -> None:  # check 7
    assert found(text, "rust") == expected
    assert read(text, "rust").quality.error_bytes == 0


RUBY = {
    "what others load": (
        'Kernel.require "a"\ndef b\n  YAML.load(c)\n  Kernel.require "d"\n  e do\n    require "f"\n  end\n  g = lambda { require "h" }.call\nend\n'
        'Bundler.require(*i)\nclass J\n  K.load(l) { |m| require "n" }\nend\n',
        ["2 function b", "11 class J", "1 import a", "4 import d", "6 import f", "8 import h", "12 import n"],
    ),
    "parts of parts": ("A, (B, C), *D = e\n*F = 1\n", ["1 constant A", "1 constant B", "1 constant C", "1 constant D", "2 constant F"]),
    "classes without a name": ("Class.new(A) { def b; end }\nC = Class.new(A) { def d; end }\n", ["2 class C", "2 method C::d"]),
}  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), RUBY.values(), ids=RUBY)
def test_ruby(text: str, expected: list[str]) -> None:  # check 7
    assert found(text, "ruby") == expected


BASH = {
    "values that are joined": ("A=/a/$B\nC=$A/$D/c\nE=1 F=$A/$B command $G/$H\nI=$A-$B\n", ["1 variable A", "2 variable C", "4 variable I"]),
    "variables where they are first named": (
        "if a; then\n  if b; then\n    C=1\n  fi\n  C=2\nfi\ncase d in\n  e) F=1 ;;\nesac\nF=2\n", ["3 variable C", "8 variable F"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), BASH.values(), ids=BASH)
def test_bash(text: str, expected: list[str]) -> None:  # check 7
    assert found(text, "bash") == expected


CSHARP = {
    "conditions in the head of a class": (
        "namespace A {\n  class B<T> : C\n#if D\n    , E\n#endif\n  {\n    int f;\n  }\n  class G { }\n}\n",
        ["1 namespace A", "2 class A.B", "7 field A.B.f", "9 class A.G"],
    ),
    "conditions around braces": (
        "class A\n{\n#if B\n  void C() {\n#else\n  void D() {\n#endif\n  }\n  int E() {\n    if (f) { }\n#if G\n    else if (h is I i) { }\n#endif\n    else { }\n"
        "    return 1;\n  }\n  int j;\n}\n",
        ["1 class A", "4 method A.C", "6 method A.D", "9 method A.E", "17 field A.j"],
    ),
    "a word that is a name too": (
        "class A\n{\n  B c(bool async) => async ? await D(async: async) : E(async, 1);\n  int f;\n}\n", ["1 class A", "3 method A.c", "4 field A.f"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), CSHARP.values(), ids=CSHARP)
def test_csharp(text: str, expected: list[str]) -> None:  # check 7
    assert found(text, "csharp") == expected
    assert read(text, "csharp").quality.error_bytes == 0


SHELL = {
    "patterns of cases with texts in them": (
        "case $a in\n  ?*' '?*)\n    b=1 ;;\n  -*\" x\"|*a' 'c) exit ;;\nesac\nd() { :; }\n",
        ["3 variable b", "6 function d"],
    ),
    "a loop over all arguments": ("for i do echo; done\nf() {\n  for j do :; done\n}\ng() { :; }\n", ["2 function f", "5 function g"]),
    "a dollar that begins nothing": ("x=`sed s/:$//`\nf() { y=`a $`; }\ng() { :; }\n", ["1 variable x", "2 function f", "3 function g"]),
    "the end of a block behind that of another": (
        "f() {\n  a | \\\n    { while read -r b; do echo; done }\n}\ng() { :; }\n",
        ["1 function f", "5 function g"],
    ),
    "patterns of the extended sort": (
        "f() {\n  case $a in\n    -!(-*)@(b|[c]*) | *.@(d|e)) return ;;\n  esac\n  g --h=!(i) ./!(j|*.k)\n  if [[ $l == *@(m|n) ]]; then o; fi\n}\np() { :; }\n",
        ["1 function f", "8 function p"],
    ),
    "a test whose operator is a variable": (
        'f() {\n  [ "$a" "$b" ] || return\n}\ng() { :; }\n',
        ["1 function f", "4 function g"],
    ),
    "what a loop counts": (
        "for ((i = 0; i < 3; i++)); do a=1; done\nfor ((j = 0; ; )) { b=1; }\n",
        ["1 variable a", "2 variable b"],
    ),
    "a file that a command names a part of": (
        ". /usr/lib/`arch`/a.sh\nsource ./b.sh c\n",
        ["1 import /usr/lib/`arch`/a.sh", "2 import ./b.sh"],
    ),
}


@pytest.mark.parametrize("case", SHELL)
def test_constructs_of_shell(case: str) -> None:
    text, expected = SHELL[case]
    assert found(text, "bash") == expected
    quality = read(text, "bash").quality
    assert (quality.error_bytes, quality.missing) == (0, 0)
