@dec @dec2({ a: class X {} }) export class A { @d m() {} @d() @e accessor x = 1; @d static y; @d get z() { return 1 } @(foo.bar) #p; }
export @dec class B {}
@dec export default class C {}
