import module java.base; // all that it exports

import static java.util.Map.*;

/// Markdown, which Java reads since 23: `class NotOne {}`.
///
/// - a list
sealed interface Shape permits Circle, Square, Shape.None {
    /// Nothing at all.
    record None() implements Shape {}

    default double area() {
        return switch (this) {
            case Circle(var r) when r > 0 -> Math.PI * r * r;
            case Circle _ -> 0;
            case Square(double side) -> side * side;
            case None() -> { class Local { int counted; } yield new Local().counted; }
        };
    }
}

record Circle(@Deprecated double r) implements Shape {
    Circle {
        if (r < 0) throw new IllegalArgumentException("class InString { int no; }");
    }

    Circle(int r) {
        double wide = r; // statements before this(…), since 25
        this(wide);
    }
}

record Square(double side) implements Shape {
    static final Square UNIT = new Square(1) {}.side() == 1 ? null : null;

    <T> Square(T any, int... more) throws Error {
        var _ = any;
        this(more.length);
    }
}

int counted;

String text = """
    class InText { void no() {} } \
    """ + "}";

void main() {
    for (var _ : List.of(1)) { interface Inner { int ONE = 1; } }
    Runnable r = () -> { enum Days { MON, TUE { int n() { return 2; } }; int n() { return 1; } } };
    int bit = switch (counted) { case 1 -> 1; default -> { record Pair<A, B>(A a, B b) {} yield 2; } };
    Object o = new Object() { void hidden() { class Deep {} } };
    if (o instanceof int i && i > 0) IO.println(i);
}
