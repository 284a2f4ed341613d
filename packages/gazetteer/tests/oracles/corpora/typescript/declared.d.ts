export default function (x: number): { a: string; b: () => void };
export default abstract class { m(): void }
export default _default; declare const _default: { x: number };
export { a, b as c }; declare function a(): void; declare class b { private constructor(); }
export declare function generic<const T extends readonly unknown[]>(x: T, using?: any): asserts x; export declare type T1 = string; export declare interface I2 { }
declare const enum E { } export declare namespace NS { export { }; } export declare abstract class AB { }
export declare let multi: number, second: string; type Get = { get x(): number; set x(v: number) }; interface async { } interface type { } type type = number; declare function get(): void; declare var of: any;
