import a.b.C, a.b.{D, E => F, _}, _root_.g.H
object Main extends App {
  val s = "class Fake { def no() }"
  val t = """
    object AlsoFake
    """ + s"${ { def inText = 1; inText } }"
  /* class Not /* def nested */ object Neither */
  // trait Nor
  def `quoted name` = 1
  def ::[B >: A](x: B) = x
  def unary_! = !true
  def value_=(x: Int): Unit = ()
  lazy val (a, B, c @ D(d)) = f
  val x, y = 1
  private[this] var hidden: Int = _
  protected[a] def qualified: Int
  def curried(a: Int)(b: => Int)(implicit c: C[_], d: D) = ()
  @volatile @transient var annotated = 1
  type F[X] = Either[X, _ <: AnyRef]
  val pf: PartialFunction[Int, Int] = { case n => def inCase = n; inCase }
  for (i <- 1 to 3) { def inLoop = i }
  new Thread { override def run() { def no = 1 } }.start()
  abstract case class Node private (left: Int, var right: Int)(val third: Int) extends { val early = 1 } with Base { override def toString = "" }
  final case object End extends Base
  trait T1 { self: Main.type with T2 => def abs: Int; type A <: B; val v: Int; var w: Int }
  implicit object Ord extends Ordering[Int] { def compare(a: Int, b: Int) = 0 }
  sealed trait Tree[+A]; object Tree { case class Leaf[A](value: A) extends Tree[A]; case object Empty extends Tree[Nothing] }
  macros { def m: Int = macro impl }
  /** Documented. */

  @deprecated def documented = 1
}
