package org.example.newest

import org.example.Logger

/** What 2.2 to 2.4 brought. */
context(logger: Logger, _: Names)
fun greet(name: String): Unit = logger.log($$"$name costs $9, not $${name}")

context(logger: Logger) val String.logged: String get() = this

class Holder<T> {
    typealias Inner<K> = Map<K, Set<String>>

    val cities: List<String>
        field = mutableListOf()

    context(logger: Logger)
    operator fun invoke(): Int = when (val x = this) {
        is Holder<*> if x.cities.isEmpty() -> 1
        else if (x.cities.size > 2) -> { fun inGuard() {}; 2 }
        else -> 3
    }

    context(_: Logger) private
    fun hidden() { for (i in 1..2) { listOf(1).forEach { if (it > i) break else continue } } }
}

data class User(
    @all:Marker("class No") val email: String,
    @param:Marker val age: Int = 1,
)

fun <T : Any> definitely(value: T & Any, block: context(Logger) (T) -> Unit) {}
data object Nothing1 : Comparable<Nothing1> { override fun compareTo(other: Nothing1) = 0 }
inline fun <reified T> early(list: List<T>): Int { list.forEachIndexed { i, _ -> if (i > 1) return i }; return 0 }
val range = 1..<10
val dollars = $$$"""class No { $$${"fun no()"} $$ }"""
suspend fun later() = run { suspend fun inside() {} }
