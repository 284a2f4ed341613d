// What TypeScript 5.0 to 5.9 brought.
import defer * as lazy from "./lazy.js";
import type { Only } from "./only.js" with { "resolution-mode": "require" };
import type Equal = require("./equal.cjs");
import { type A, type B as C, default as D } from "./mixed.js";
export type * from "./types.js";
export type * as Names from "./names.js";
export { type E, F as default } from "./out.js";
using opened = open();
await using closing = openAsync();
const enum Fast { A = 1 << 2, B = `t`.length, C = A | B, "d-e" = "x" }
declare const enum Ambient { Q }
export enum Text { A = `a`, B = `${A}b` }
function keeps<const T extends readonly unknown[], in out U = T>(this: void, value: T, ...rest: U[]): asserts value is T & {} { }
abstract class Modern<in T, out U, in out V, const W = T> extends Base.Inner<T> implements I<U>, J {
  static accessor count = 0; private accessor #kept?: string; declare readonly only: symbol; override accessor other = 1;
  static { type Local = 1; interface In {} function inStatic<T>() {} }
  @logged @(factory<string>()) method<const K extends keyof this>(@inject() key: K, open?: string): this is V { return true; }
  abstract get size(): number; abstract set size(value: number | string);
  get pair(): [first: string, second?: number, ...rest: boolean[]] { return ["a"]; } set pair(v: Iterable<string>) {}
  constructor(private readonly a: string, protected b?: number, public override c = 1, @dec() readonly d: unknown = {}) { super(); }
  [key: `data-${string}`]: string; static readonly [k: symbol]: unknown;
  protected abstract async?: () => void; optional?<T>(x: T): T; definite!: never; static override async *gen(): AsyncGenerator<1, 2, 3> {}
  over(): void; over(a?: unknown): void; over(...a: unknown[]) {}
}
const sure = { a: 1, m<T>(x: T) { return x; }, arrow: async <const T,>(x: T): Promise<T> => x } as const satisfies Record<string, unknown>;
type Deep<T> = T extends [infer Head extends string, ...infer Tail] ? { [K in Head as `get${Capitalize<K>}`]+?: Deep<Tail> } : never;
type Getters = { get a(): string; set a(v: string | number); readonly b: 1; new <T>(x: T): T; <T>(x: T): T; c?(): void } & { d: 2 };
type Narrow = typeof import("./module.js", { with: { "resolution-mode": "import" } }); type Key = (typeof keys)[number]; type Fn = abstract new () => void;
type Instantiated = typeof keeps<[1, 2]>; const made = keeps<[1]>; const maybe = value!?.[0]!.x satisfies unknown;
interface Wide<T extends object = {}> extends Pick<T, keyof T>, Outer.Inner<T> { (x: T): void; new (x: T): Wide<T>; get a(): T; set a(v); readonly [k: string]: any; accessor: 1; using: 2; out: 3; in: 4; satisfies(): void }
declare module "virtual:*" { export default function load<T>(): T; export const enum X { A } export = load; }
declare module "./augmented.js" { interface Added { a: 1 } namespace Inner.Deeper { let b: number; } }
declare global { var shared: number; interface Array<T> { at2(i: number): T } namespace globalThis { } function declared(): void; }
namespace A.B.C { export import D = E.F; export namespace G { const hidden = 1; } declare function inside(): void; export abstract class H {} }
export import Alias = A.B; import Short = A.B.C.G; export as namespace Umd;
declare function over(a: string): asserts a; declare function over<T>(a: T): a is T & string;
export default abstract class<T> { abstract m(): T; static n = class Named { x = 1 }; }
let unique: unique symbol, tuple: readonly [a?: string], big: 10n, neg: -1, big2 = <T,>(x: T) => x, cast = <any>window, fn: typeof over<string>;
for (using item of items) { var fromLoop: number = 1; }
function assertNever(x: never, y?: typeof this, { z }: { z?: number } = {}): never { enum Local { A } throw x; }
@sealed @dec({ a: class InDecorator {} }) export class Decorated { @a b; @c() static d = 1; @e get f() { return 1; } @g accessor h; @i(j) k?() {} }
export declare abstract class Declared { private constructor(a: 1); protected static m?(): void; get x(): 1; set x(v); #brand; static #s: 1; declare y; }
