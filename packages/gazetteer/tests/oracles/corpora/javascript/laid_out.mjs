/* head */ export /* a */ default /* b */ class /* c */ Ünï /* d */ extends /* e */ Bäse /* f */ {
  /* g */ static /* h */ async /* i */ * /* j */ gen /* k */ ( /* l */ ) /* m */ { }
  'use strict'
  get /* x */ prop /* y */ () { return 1 }
  static
  multi
  = 1;
  [ 'a' + /* z */ 'b' ] () {}
}
export
const
  a /* ! */ = 1,
  b
  =
  function
  ( )
  { },
  { c, d : { e = 1 , ... f } , [ 'g' ] : h } = x
;
async
function after(){}
export async function
  named
  (
  a,
  ) {
  }
if (x) { if (y) function z() {} else function w() {} }
while (0) function q() {}
try { var tv } catch ({ message }) { var cv } finally { var fv }
do { var dv } while (0)
lab: { var lv; break lab }
export { a as
  default2 }
var v1 = 1, v2 = class { #x; static { } }, v3 = () => { var no; function yes() {} }
;[1].forEach(function () { function no2() {} })
;(async () => { await 1; function iife1() {} })()
;(function () { 'use strict'; var iv; class IC {} }).call(this)
new function () { function newfn() {} }
var re = /[/]function fake() {}/, tpl = `a${`b${function fake2() {}}`}c`, str = 'it\'s class Fake3 {}', jsx
var o1 = { a, b() {}, 'c-d'() {}, [e]() {}, get f() { return 1 }, set f(v) {}, async g() {}, *h() {}, async *i() {}, j: () => {}, k: class K {}, l: function L() {}, m: { n() {} }, ...p, 1() {}, __proto__: null }
