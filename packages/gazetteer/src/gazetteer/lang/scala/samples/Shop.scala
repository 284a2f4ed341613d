/*
 * Copyright 2026 The authors. Licensed under BSD.
 */
package org.example
package shop

import scala.collection.mutable.{Map => MMap, Set, _}
import java.util.List
import other.Things._
import a.b, c.d.{e, f => _}

/** What can be sold: class Fake.
 *
 *  Twice.
 */
@deprecated("old", "1.0")
sealed abstract class Item[+T <: Ordered[T], K](val name: String, var count: Int = 1, private val key: K)(implicit ev: Ord[T])
    extends Base[T](name) with Sellable with Serializable {
  self: Logging =>
  import inner._
  type Price = Int
  type Abstract <: AnyRef
  /** How many. */
  val total: Int = 3
  private[shop] lazy val (left, right) = (1, 2)
  protected var state, other: String = _
  val Some(opt) = Option(1)
  def this(name: String) = this(name, 1)
  def price: Price
  /** Sells. */
  @throws[Exception] override final def sell[A](to: A, at: Int = 9)(implicit clock: Clock): Boolean = {
    def helper(x: Int): Int = x
    class Local(val inner: Int)
    val local = 1
    true
  }
  def +(that: Item[T, K]): Item[T, K] = that
  def `type`: String = "class Hidden { def no }"
  def procedure() { println("x") }
  object Inner { val x = 1 }
  trait Deep
}

trait Sellable extends AnyRef { def sell(what: => Int, rest: String*): Unit; val fixed: Int }
case class Point(x: Double, y: Double = 0)
case object Origin extends Point(0, 0)
object Item extends (Int => String) {
  private val Limit = 10
  final val VERSION = "1"
  implicit class Rich(val i: Int) extends AnyVal { def twice = i * 2 }
  implicit def convert(i: Int): String = i.toString
  def apply(name: String): Item[_, _] = ???
  val anonymous = new Runnable { def run(): Unit = () }
  def unapply(i: Int) = { case class InBody(y: Int); None }
}
package inner {
  class Deeper
  package object things { val z = 1 }
}
package object shop { type Id = Long; def top = 1 }
