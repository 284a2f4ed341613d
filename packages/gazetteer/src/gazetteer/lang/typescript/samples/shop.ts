/// <reference path="./globals.d.ts" />
/// <reference types="node" />
import type { Hint, Other as Renamed } from "./types";
import { type Only, value } from "./mixed";
import def, * as ns from '@scope/name/sub';
import fs = require("fs");
import Alias = ns.Inner;
export type { Hint } from "./types";
export * from "./again";
export { def as default };

// interface Commented { x: number }
export enum Colour { Red, Green = "g", "dark blue" = 3 }
declare const enum Flags { A = 1 << 0 }

/** What can be sold. */
export interface Thing<T extends object = {}> extends Base<T>, ns.Other {
  readonly name: string;
  price?: number;
  sell(to: string, ...more: T[]): void;
  new (name: string): Thing<T>;
  (x: number): string;
  [key: string]: any;
  get size(): number;
  'quoted-name': boolean;
}

export type Pair<A, B = A> = [A, B] | { first: A };
type Loaded = import("./loaded").Thing;

export namespace Outer.Inner {
  export const inside = 1;
  export interface Deep { x: number }
  namespace Nested { function f(): void {} }
}
declare module "external" {
  export function given(x: string): number;
  export default class Given {}
}
declare global { interface Window { shop: Shop } }
declare function ambient(x: number): void;
declare let ambientVariable: string;

@Component({ selector: "class Selector {}" })
export abstract class Shop<T> extends Base<T> implements Thing<T>, Open {
  private static readonly count: number = 0;
  protected names?: string[];
  declare declared: number;
  #secret = `interface Template { ${1} }`;
  @Input() decorated = 1;
  constructor(private readonly store: Map<string, T>, public open = true, plain: number, @Inject() injected: X) { super(); }
  abstract sell(thing: T): void;
  over(x: string): string;
  over(x: number): number;
  over(x: any) { function inner() {} return x; }
  get value(): number { return 1; }
  set value(v: number) {}
  @Log()
  @Twice
  override async run<K extends keyof T>(this: Shop<T>, key: K): Promise<T[K]> { return "class InString {}" as any; }
  static make = (): void => {};
  accessor both = 1;
}

function overloaded(x: string): void;
function overloaded(x: number): void;
function overloaded(x: any): void {}
export default function (): void {}
export const arrow = <T,>(x: T): T => x, constant: number = 2;
let variable: "type Literal = 1";
const generic = f<string>("enum InString { A }");
const asserted = value satisfies Thing;
export = Shop;
