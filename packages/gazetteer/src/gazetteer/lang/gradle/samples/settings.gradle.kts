rootProject.name = "shop"
include(":core", ":db:sql")
include("web",
    "till")
includeBuild("../other")
val beside by lazy { 1 }
private fun String.named(): String = this
val many: List<String> = listOf()
val pay by tasks.registering { }
