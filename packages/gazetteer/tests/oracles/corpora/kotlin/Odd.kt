/* the terms */
@file:JvmName("OddThings")
@file:[Suppress("class InString") JvmMultifileClass]

package org . example.`odd things`

import java.util.*
import org.example.`in` as inside; import kotlin.math.PI
import a.b.c // class InComment

/** Documents. /* nested */ class NotOne */
// no documentation
@Deprecated("fun no() {}") public sealed
    class Odd<out T : Any, in U>
    @Inject
    internal constructor(
        /** The first. */
        @field:Marker val first: T,
        private var `a second`: (U) -> Unit = { fun inDefault() {} },
        vararg plain: Int, override val last: List<String>
    ) : Base<T>(first), Named, Iterable<String> by last, (Int) -> Unit where T : Comparable<T>, U : Any
{
    init { class InInit(val p: Int) }
    constructor() : this(1) { fun inConstructor() {} }
    private constructor(a: Int, b: Int = 2) : this()

    companion object { const val ONE = 1; @JvmStatic fun make() = Unit }

    inner class Inner { inner class Inmost }
    var counted: Int = 0
        private set(value) { fun inSetter() {}; field = value }
        get() { class InGetter; return field }
    val lazily by lazy { object Hidden { fun no() = 1 }; 1 }
    lateinit var late: String; val two = 2
    val <T> List<T>.second: T get() = this[1]
    operator fun get(i: Int, j: Int) = i
    infix fun `with spaces`(other: Odd<*, *>) {}
    tailrec suspend inline fun <reified R, S> Map<R, List<S>>?.deep(noinline block: suspend R.(S) -> Unit): R? where R : Any = null
    abstract val (String.(Int) -> Unit)?.nothing: Int
}

annotation class Marker(val what: String = "class No", val inner: Deprecated = Deprecated("x"))
fun interface Sam<T> { fun go(t: T): T }
data object Only
data class Pair2<A, B>(val a: A, val b: B,)
@JvmInline value class Wrapped(val raw: Int)
expect class Expected(x: Int) { fun go() }
external fun outside(x: Int): Int

enum class Colour(val rgb: Int) : Sam<Int> {
    /** Red. */ RED(1) { override fun go(t: Int) = t; val own = 1 },
    @Marker GREEN(2),
    `light blue`(0x3),
    ;

    companion object { val default = RED }
    fun next() = entries[0]
}
enum class Empty
enum class Alone { ONLY }

typealias Handler<T> = suspend (T, @Marker Int) -> Unit
val top = 1; var second: Int = 2
val anonymous = object : Any() { fun hidden() { class Deeper } }
private val String.shout get() = "${uppercase().let { class InTemplate; "}" }} fun no() {}"
val raw = """
    class InRaw { val no = "$top ${if (top > 1) "fun no()" else "}"}"
"""
val function = fun(x: Int): Int { fun within() {}; return x }
val getter: Int
    @Marker("x") get() = 1
const val `a constant` = 'c'
fun <T> T.generic() where T : Any, T : Comparable<T> {}
fun body() {
    fun local() { fun deeper() {} }
    class Local { fun member() { object Inner } }
    val notListed = when (val x = 1) { in 1..2 -> { fun inWhen() {} } else -> run { interface InLambda; 2 } }
    label@ for ((a, _) in map) { if (a is Map<*, *>) continue@label }
    val data = 1; val open = data; val value = open as? Int ?: return
    value.let(fun(it) { class InAnonymous })
    try { fun inTry() {} } catch (e: Exception) { fun inCatch() {} } finally { fun inFinally() {} }
}
