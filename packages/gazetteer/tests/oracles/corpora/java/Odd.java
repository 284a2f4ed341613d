/* the terms */
@Marker("package inString;")
package org . example
    .odd ;

import java.util
    .List;
import static org.example.Other.*
;

/** A comment that documents. */
// and one that does not
@Odd.Note(value = {"a", "}"}, more = @Odd.Note)
public
abstract strictfp class
    Odd<T extends Comparable<? super T> & java.io.Serializable, U>
    extends java.util.AbstractList<T>
    implements List<T>, Odd . Deep
{
    ;
    static { class InStatic {} }
    { class InInit { { class Deeper {} } } }

    int a, b[] = {1, 2}, c[][], $d_e = a < b.length ? 1 : 2;
    public static final int ONE = 1,
        TWO = ONE
            + 1;
    final Runnable run = new Runnable() { int hidden; public void run() { class Hidden {} } };
    transient volatile java.util.Map<String, List<? extends T[]>> map;
    int größe, 名前;

    <X extends Exception> Odd(final int... xs) throws X { super(); }
    private Odd() { this(1); }

    int brackets()[] { return null; }
    native synchronized void receiver(Odd<T, U> this, @Note(more = "class No {}") int of);
    @Override public T get(int i) { return i > 0 ? ((Supplier<T>) () -> { class InLambda { void m() {} } return null; }).get() : null; }

    @interface Note {
        String[] value() default { "a", "{" };
        String more() default "";
        int LIMIT = 3;
        enum Level { LOW, @Deprecated HIGH }
    }

    interface Deep { int ZERO = 0; private void one() {} static <Q> Q two() { return null; } class Inner { } }

    non-sealed class Free extends Closed { class Inner { class Inmost { int deep; } } }
    sealed class Closed permits Free {}

    enum Colour implements Deep {
        /** Red. */ RED(1) { void only() {} },
        @Deprecated
        GREEN
        (
            2
        ), BLUE,;

        Colour(int... n) {}
    }

    enum Empty {}
    enum Alone { ONLY }
    record Pair<A, B extends A>(A a, @Note B... b) {
        static int made;
        Pair { made++; }
        record Nested() {}
    }

    void labels() {
        outer: for (;;) { switch (1) { case 1: class InCase {} default: break outer; } }
        try (var r = open()) { interface InTry {} } catch (RuntimeException | Error e) { enum InCatch { A } } finally { record InFinally() {} }
        char c = '"', d = '\'', e = '\u0022';
        String s = "\"class InString {}" /* class InComment {} */ + 'x';
        int yield, record = 1, sealed, permits = record, when, module;
        assert c > d : new Object() { int hidden; };
    }
};
