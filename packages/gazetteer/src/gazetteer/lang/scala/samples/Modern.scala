package org.example.modern

import scala.util.{Try as Attempt, given}
import java.util.*
export inner.{open, close as shut}

/** Colours. */
enum Colour(val code: Int) extends Enum[Colour] derives CanEqual:
  case Red extends Colour(1)
  case Green, Blue
  case Mixed(a: Colour, b: Colour)
  def label: String = toString
end Colour

enum Tree[+T]:
  case Leaf
  case Node(left: Tree[T], value: T)

trait Show[A]:
  extension (a: A)
    def show: String
    def loud: String = show + "!"
  def other(using x: Int): String

given intShow: Show[Int] with
  extension (a: Int) def show: String = a.toString
  def other(using x: Int) = ""

given Ordering[String] = null
given [T]: Show[List[T]] with
  extension (a: List[T]) def show = ""
  def other(using x: Int) = ""

extension (text: String)
  def twice: String = text + text
  private def hidden(n: Int): String = text

opaque type Id = Long
type Handler[T] = T => Unit
val limit: Int = 10
var changing = 3
inline def check(inline ok: Boolean): Unit = if ok then () else throw new Error
transparent inline def other = 1
@main def run(names: String*): Unit =
  val local = 1
  def helper(x: Int) =
    x + 1
  class InBody
  println(helper(local))

class Open(using Int)(a: String) extends Base, Other:
  def this() = this("a")
  private var x = 1
object Open:
  val y = 2
infix class Pair[A, B](val first: A, second: B)
