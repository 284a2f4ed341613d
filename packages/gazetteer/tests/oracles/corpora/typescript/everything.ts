/// <reference types="node" />
/// <reference lib="dom" />
import type Def from "./def"; import type * as T from "./t"; import { type A, type B as C, d } from "./mixed";
import type { X } from "./x" with { "resolution-mode": "import" };
import fs = require("fs"); import type ft = require("ft"); export import exported = require("exp"); import Short = NS.Inner.Deep; export import Ex = NS.Y;
export type { X } from "./x"; export type * as types from "./types"; export * from "./star"; export { default } from "./dflt"; export { type A2, b2 as c2 } from "./ab";
export as namespace UMD;
declare const u: unique symbol, n: number; declare let l: string; declare var v: any;
declare function df(x: number): asserts x is 5; declare function df<T>(x: T): x is T & {};
declare class DC extends Base<T> implements I, J<K> { constructor(); constructor(x: number, y?: string); private p; static sm(): void; readonly [k: string]: any; get acc(): number; set acc(v: number); }
declare abstract class DAC { protected abstract readonly x: number; abstract get y(): number; abstract set y(v); abstract m<T>(): T; }
declare namespace N1.N2.N3 { let a: number; function f(): void; class C {} namespace Deep {} export { a as b }; export default interface DI {} }
declare module "ext" { import x from "y"; export = x; const z: number; }
declare module "*.css"; declare module "*.svg" { const content: string; export default content; }
declare global { interface Window { a: string } var gv: number; namespace NodeJS { interface Process { b: 1 } } function gf(): void }
declare enum DE { A, B = 1 << 2 } const enum CE { X = "x", 'y-y' = 2, Z = X.length } export declare const enum DCE { Q }
module Legacy { export module Inner { } } namespace Empty {}
export abstract class AC<in out T extends object = {}, const U = T[]> extends (Base as any)<T> implements I<T>, J {
  declare readonly d: string; static override readonly s?: number = 1; definite!: number; private static async *gen<T>(this: AC<T>, x?: T, ...r: T[]): AsyncGenerator<T> {}
  constructor(private a: number, protected readonly b = 2, readonly c?: string, override d2 = 1, plain?: any) { super(); }
  abstract am(): void; optional?(): void; "quoted"(): void {} [Symbol.iterator](): any {} 42: number; get g(): number { return 1 } set g(v) {} static accessor sa = 1; accessor #pa = 2;
  over(a: string): void; over(a: number): void; over(a: any) { function inner<T>(x: T): x is T { return true } const arrow = <T,>(x: T) => { class L {} }; }
  @Input({ required: true }) inp!: string; @Output() out = new EventEmitter<{ a: class_ }>(); @HostListener('x', ['$event']) on(@Inject(T) e: Event) {} static { type InStatic = 1; }
  prop: { nested: string; method(): void } = null!; fn: (x: number) => void = () => {}; [key: string]: any; static [k: number]: string;
}
interface I1<T = {}> extends A.B<T>, C { new (x: number): I1; new <T>(): T; (call: string): void; <G>(x: G): G; readonly [k: string]: T; m?<U>(x: U): U; readonly p?: string; get a(): 1; set a(v); 'q-q': 1; 12: 2; [Symbol.x]: 3; fn: () => void; new: string; get: 1; set: 2; get(): 1; readonly: 1; async(): 1; static: 1; type: 1; abstract: 1; in: 1 }
type Alias<T> = { a: 1; b(): 2; readonly c?: 3; new (): 4; (): 5 } & Other & { d: { e: 1 } }; type Un = { u: 1 } | { v: 2 }; type Fn = (a: { x: 1 }) => void; type Mapped = { readonly [K in keyof T as `get${K}`]-?: T[K] };
type Cond<T> = T extends (infer U extends string)[] ? { a: U } : never; type Tpl = `class ${string}`; type Ctor = abstract new (...args: any[]) => object; type Tup = [a: string, b?: number, ...rest: boolean[]];
export default interface Dflt { x: 1 }
export const o = { m<T>(x: T): void {}, arrow: <T>(x: T) => x, get g(): number { return 1 }, nested: { deep() {} } } as const satisfies X, gen = f<string>, cast = <any>x, nn = x!.y!, big = 10n;
function overload(): void; function overload(x?: number): void {} async function* ag<T extends keyof U>(this: Window, { a, b }: { a: number, b: string } = {} as any, [c]: number[], ...d: T[]): AsyncIterable<T> { enum Local { A } interface LI {} type LT = 1; namespace no {} const x = class LC { y = 1 }; }
export = overload;
let x: typeof import("./typeof"), y: import("./imp").A.B<import("./imp2").C>, z = await import("./dyn");
abstract class Gen<T> { static create = <T>() => new Gen<T>(); private handlers = { click() {}, key: () => {} }; }
using res = open(); await using ares = openAsync();
let fnType: new () => void, opt = a?.b?.[0]?.(1) ?? 2, assertion = y as unknown as string;
for (var fv of []) { } 
if (a < b && c > (d)) { function ff(): void {} }
