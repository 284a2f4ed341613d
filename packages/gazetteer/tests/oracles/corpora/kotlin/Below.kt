class X
(
    val a: Int,
    private val b: String = "x"
) : Base(a)
{
    fun f() = 1
}

internal data class Y<T>
    (val c: T)

class W
private
constructor
(
    val e: Int
)
object O
    : Base(1)
{
    val z = 1
}
enum class E
(val q: Int)
{
    A(1),
    B(2)
}
fun top
(
  x: Int
): Int
{
    return 1
}
val after = 1
