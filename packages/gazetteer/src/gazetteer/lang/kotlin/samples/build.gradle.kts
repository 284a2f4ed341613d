/** What a script declares. */
@file:Suppress("class InString")

import org.example.tasks.Clean

plugins { kotlin("jvm") version "2.4" }

val (first, _, second) = triple
var String.shout by extra("!")

/** Cleans. */
fun clean(what: List<String>) {
    fun inner() = what.forEach { it.trim() }
    class Local(val name: String)
}

tasks.register<Clean>("wipe") {
    fun within() {}
    val notListed = 1
}

data class Wiped(val name: String, var times: Int = 1)
