<?PHP
NAMESPACE Old ;
CLASS Upper EXTENDS Base IMPLEMENTS I { USE T ; PUBLIC FUNCTION M ( ) { } STATIC FUNCTION S ( ) { } CONST C = 1 ; PRIVATE $p ; }
class
  Split
  extends
    A
  implements
    B ,
    // between
    C
{
  public
  static
  function
  &
  spread
  (
    $a ,
    $b = [
      1 ,
    ]
  )
  : ?
  int
  {
  }
  private
    $one
      = 1
    ,
    $two ;
  const
    X = 1 ,
    Y
      = 2 ;
  /** doc */ /* and */ protected /* of */ int /* type */ $typed /* behind */ ;
  public function __CONSTRUCT ( private $p1 , protected readonly int
    $p2 ) { }
}
interface J {} abstract class K {} trait L {} enum M {} function n() {} final class O {}
function
p
() {}
use X\Y as
  Z ;
$a
  =
  1 ; $b = $c = 2 ;
if ( 1 ) : function q() {} elseif ( 2 ) : class R {} else : $else = 1 ; endif ;
define ( 'SPACED' ,
  1 ) ;
{ function in_braces() {} $in_braces = 1 ; }
do { function in_do() {} } while ( 0 ) ;
for ( $i = 0 ; ; ) : endfor ;
declare ( ticks = 1 ) { function in_declare() {} }
echo 1 ?><?php function at_once() {} ?>

<?php
class
Last {}
