/* Licence of the shop. */
package org.example.shop;

import java.util.List;
import java.util.*;
import static java.lang.Math.max;
import static org.example.Util.*;

/**
 * Sells things.
 *
 * @param <T> what is sold
 */
@Deprecated(since = "2")
@SuppressWarnings({"a", "class Fake {}"})
public abstract class Shop<T extends Comparable<T>> extends Base<T> implements Open, java.io.Closeable {
    /** How many at most. */
    public static final int MAX = 10, MIN = 1;
    private final List<T> stock = new java.util.ArrayList<>();
    protected volatile int[] counts[], other;
    static {
        System.out.println("class Inside { void no() {} }");
    }
    {
        counts = null;
    }

    /** Opens it. */
    protected Shop(List<T> stock, int... more) throws java.io.IOException {
        super();
        class Local { int inLocal; void run() {} }
        Runnable r = new Runnable() { int hidden; public void run() {} };
    }

    // A plain comment.
    @Override
    public
    String sell(final T thing, @Nullable String to) {
        int local = 1; // class Comment {}
        return "interface Str {}";
    }

    abstract <R> R take(Shop<T> this, R r);

    native synchronized void nothing();

    interface Inner { int FIELD = 1; void go(); default int two() { return 2; } private static void three() {} }

    static sealed class Leaf permits Thin {}
    static final class Thin extends Leaf {}
}

enum Colour implements Named {
    /** Like blood. */
    RED(1) { @Override int code() { return 5; } },
    @Deprecated GREEN(2),
    BLUE;

    private int number;
    Colour(int... n) { }
    int code() { return number; }
}

record Point<N>(@Min(0) N x, int... rest) implements Named {
    static int count;
    Point { count++; }
    Point(N x) { this(x, 1); }
    double length() { return 0; }
}

@interface Info {
    String value() default "none";
    int[] numbers() default {1, 2};
    int K = 3;
}

sealed interface Shape<T> extends Named, Other<T> permits Circle {
    int a = 1;
}
