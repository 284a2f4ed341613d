#!/usr/bin/env node
'use strict';
/**
 * About it all.
 * @module a
 */
import def, { a as b, default as dd, "string name" as sn } from './a.mjs';
import * as ns from "ns";
import './side-effect.css';
import data from "./data.json" with { type: "json" };
import defer * as later from "./later.js";
export * from './all'; export * as things from './things';
export { x, y as default, z as "quoted name" } from './xyz';
const lazy = () => import(`./lazy.js`);
const { q, w: [e, ...r], ...rest } = await import("./dynamic.js");
export let let1, let2 = class Inner { static s = 1 }, let3 = function named() { function deep() {} };
export const frozen = Object.freeze({ A: 1, get b() { return 1 }, async *c() {}, ['comp' + 1]() {}, 'quoted key': () => 2, 42() {} });
export default class extends Base(Mixin, class {}) {
  static #priv = 1; #p = 2; static { this.#priv = 3; function inStatic() {} }
  get; set; static; async; static static = 1; static async = 2; get get() { return 1 } set set(v) {}
  static async *[Symbol.asyncIterator]() {} *gen() {} async am() {} 'quoted method'() {} 123() {} 0x1F = 1; "str field" = 2
  constructor({ a, b = 1 } = {}, ...more) { super(); this.own = a; this['no'] = 1; if (b) this.cond = 2; else { this.alt = 3 } }
  #pm() {} get #pg() { return 1 } static async #sp() {}
  arrow = async (x) => { class InArrow {} };
  fn = function () {};
  in; instanceof = 1
}
export function* gen(a, [b], { c }, d = function inner() {}) { const k = class InGen {}; label: { function inBlock() {} } }
export async function af() { try { function t() {} } catch { function c() {} } finally { var f1 = () => { function inArrow() {} } } }
// function commented() {}
/* class Commented {} */
const s = "class InString {}", t = `function inTemplate() { ${(() => { function notListed() {} })()} }`, re = /class InRegex {}/g;
if (true) { function cond() {} var hoisted = 1; let notHoisted = 2; }
for (var i = 0, n = 2; i < n; i++) {}
for (var k in {}) ; for (const kk of []) ;
switch (1) { case 1: var inSwitch; function fnSwitch() {} }
label: for (;;) { break label }
var ünïcode = 1, $dollar, _under, \u0061esc = 3;
(function iife() { function inIife() {} var vi = 1; })();
(() => { class InArrowIife {} })();
!function () { function bang() {} }();
void async function () { function voided() {} }();
new (class Anon { m() {} })();
export { s as default2, t as "string export" };
