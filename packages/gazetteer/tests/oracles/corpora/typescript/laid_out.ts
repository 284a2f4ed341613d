export /* a */ abstract /* b */ class /* c */ Ä < /* d */ T /* e */ > extends /* f */ B < T > /* g */ implements /* h */ C , D
{
  public /* x */ static /* y */ readonly /* z */ f /* w */ : /* v */ string /* u */ = /* t */ 'class No {}' ;
  private constructor ( /* p */ private /* q */ readonly /* r */ x /* s */ ? : number , ) { super() }
  protected
  abstract
  m
  <
  U
  >
  (
  )
  :
  void
  ;
  @dec /* one */ @dec2 () /* two */
  // three
  private /* four */ five ! : string
  get [ `tpl` ] () { return 1 }
  declare six ; static seven
  eight ?
  ()
  : void
}
declare /* a */ module /* b */ "x-y" /* c */ { export /* d */ = q ; export import z = A . B ; }
declare namespace Ns
  . Sub { }
type /* a */ Al /* b */ < T > /* c */ =
  /* first */
  | { a : 1 }
  & { b : 2 } ;
export type { Al as
  Bl } from
  './al'
interface /* a */ I /* b */ extends /* c */ J < K > , /* d */ L . M { /* e */ a /* f */ : /* g */ 1 /* h */ , b ? ( ) : 2 ; readonly [ k : string ] : any
  c : 3
  ( ) : 4
  new ( ) : 5
  d
  readonly e
  get f ( ) : 6
  set f ( v )
  "g h" ? : 7 , }
enum /* a */ E /* b */ { /* c */ A /* d */ = /* e */ 1 /* f */ , B , "C D" = 'x' , /* last */ }
const enum
  F { }
import /* a */ type /* b */ G /* c */ from /* d */ "g" ; import
  {
  type H ,
  i as
    j } from 'hij'
declare function /* a */ fn /* b */ ( this : any , ...r : any [ ] ) : asserts /* c */ this
declare
let
  l1 : 1 , l2
  : 2
abstract
class NotAbstract { }
declare
const dc : number
export
  declare const edc : string
namespace Ü.Ö { export namespace Ä2 { const ß = 1 } }
let f1 = < T , > ( x : T ) : x is T => true, f2 = async < T > ( x ) => { }, f3 = function * < T > ( ) { }
let ob = <any>{ m < T > ( ) { } , get g ( ) { return 1 } } as X
function ov ( a : string ) : void
function ov ( a : number ) : void
function ov ( a : any ) { }
