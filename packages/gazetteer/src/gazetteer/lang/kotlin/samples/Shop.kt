@file:JvmName("Shops")

package org.example.shop

import kotlin.collections.List
import org.example.base.*
import org.example.Thing as Other

/**
 * Sells things.
 */
@Deprecated("class Fake {}")
abstract class Shop<T : Any>(val stock: List<T>, private var count: Int = 1, plain: String) : Base<T>(plain), Open, Closeable by closer {
    /** At most. */
    val max: Int = 10
    private lateinit var name: String
    var size: Int
        get() = field
        set(value) { field = value }
    init {
        val local = 1
        println("fun inString() {}")
    }

    /** From a number. */
    constructor(n: Int) : this(listOf(), n, "x") { }

    override suspend fun sell(thing: T, vararg to: String, f: (Int) -> Unit = {}): Int {
        fun localFunction() {}
        class LocalClass
        // class Comment
        val o = object : Open { val hidden = 1; override fun go() {} }
        return 1
    }

    operator fun plus(other: Shop<T>): Shop<T> = this
    protected abstract fun <R> take(r: R): R
    inline fun <reified R> cast(): R? = null

    companion object {
        const val LIMIT = 10
        @JvmStatic fun make(): Int = 1
    }
    companion object Named2
    inner class Inner { val x = 1 }
}

interface Open : Named, Other<Int> { val id: Int; fun go() }
fun interface Action { fun run() }
data class Point(val x: Int, var y: Int)
sealed class Result { object None : Result(); data object Some : Result() }
@JvmInline value class Id(val raw: String)
annotation class Info(val text: String)

enum class Colour(val code: Int) : Named {
    /** Like blood. */
    RED(1) { override fun label() = "r" },
    GREEN(2);

    abstract fun label(): String
}

/** One alone. */
object Registry : Base<Int>() { val all = mutableListOf<Int>() }

typealias Handler<T> = (T) -> Unit
const val VERSION = "1.0"
val top by lazy { 1 }
val second = 2

/** Twice. */
fun String.twice(times: Int = 2): String = """
    class InRaw { fun no() {} }
"""
val List<Int>.total: Int get() = sum()
internal fun <T> T?.orElse(other: T): T = other
private tailrec infix fun helper(): Unit {}
