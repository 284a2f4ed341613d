// What ECMAScript of 2024 to 2026 brought, and what stands before its doors.
import defer * as lazy from "./lazy.mjs";
import json from "./data.json" with { type: "json", };
import { "a-b" as ab, default as whole } from "./names.mjs" with {};
export * as "quoted names" from "./all.mjs";
export { default as default } from "./same.mjs";
export { "x y" as "z" } from "./quoted.mjs";
using opened = open("function no() {}");
await using closing = await openAsync();
const { a = class InDefault {}, ...rest } = await import("./dynamic.mjs", { with: { type: "json" } });
const later = import.defer("./deferred.mjs");
export const pattern = /(?i:class X {})[\p{L}--[a-z]]/v, named = /(?<y>a)|(?<y>b)/d;
for (await using each of handles) { using inner = each; }
for (using item of items) {}
for await (const chunk of stream) { var inAwait = chunk; }
label: { const hidden = 1; var shown = 2; }
class Modern {
  static { using resource = open(); this.#secret ??= 1; function inStatic() {} }
  static #secret; #own = 1; accessor kept = 1; static accessor #hidden = 2; static accessor [computed] = 3;
  get #got() { return this.#own; } set #got(v) { v ||= 1; }
  static async *#gen() { yield* await 1; }
  has(o) { return #own in o && o.#own?.(1) ?? super.has?.(o); }
  @dec static async method() { return new.target; }
  @(a.b?.c) field = () => { class InField {} };
  'use strict'; async; get; set; static; accessor; await; of; using; type;
  static async() {} get get() { return 1; } static *yield_() {} async await_() {}
  constructor() { this.a ??= 1; this.b = 2; (this.c = 3, this.d = 4); }
}
export default await (async () => { function inDefault() {} return 1; })();
const big = 1_000n ** 2n, hex = 0xff_ffn, masked = a ||= b &&= c ??= d;
const tagged = String.raw`\u{${"function no() {}"}}`, nested = `${`${class InTemplate {}}`}`;
function using_(using, await_, async) { using: for (;;) break using; }
async function* both({ a: [b = 1] = [], ...c } = {}, [d, , ...e] = [], f = import.meta.url) { for await (using x of y) {} }
export async function awaited() { await using z = w(); function deep() {} }
var async = async (async) => async, of = (of) => of, get = { get, set, async, await: 1, async get() {}, get async() { return 1; }, async *of() {} };
if (x) function inIf() {} else function inElse() {}
try { throw 1; } catch { var caught = 1; } finally { function last() {} }
let yielded = function* () { const got = yield class InYield {}; };
