#define ODD
// <copyright>class No {}</copyright>
extern alias other;
using System; using System . Collections.Generic;
using static System.Math;
using Pair = System.Collections.Generic.KeyValuePair<string, System.Func<int, int>>;
using global::System.IO;

[assembly: Marker("class InString {}")]
[module: Marker]

namespace Odd . Things
{
    using Inner = Odd.Things.Outer<int>.Nested;

    /// <summary>Documented.</summary>
    // not
    [Marker(@"""}", Of = typeof(List<>)), Obsolete]
    [type: Marker]
    public unsafe abstract partial class
        Outer<[Marker] T, @in> : Base<T[]>, IDisposable, other::Space.IThing
        where T : class, IComparable<T>, new()
        where @in : unmanaged
    {
        public const int One = 1, Two = One
            + 1;
        private protected readonly int[] a = { 1, 2 }, b, größe;
        fixed byte buffer[16], more[2];
        volatile int* pointer; delegate*<int, void> function;
        public event EventHandler Sold, Bought = delegate { void InDelegate() {} };
        event Action IThing.Explicit { add { } remove { void InRemove() { } } }
        [field: Marker] public int Auto { get; protected internal set; } = new Func<int>(() => { int InLambda() => 1; return InLambda(); })();
        int IThing.Count => 1;
        public int Named { init { } }
        public ref readonly int this[int i, params string[] more] { get { int InIndexer() => i; return ref a[InIndexer()]; } }
        T IThing.this[T key] => key;

        static Outer() { }
        protected Outer(int x, ref T y, in T z = default, params object[] rest) : base(x) { void InConstructor() { static void Deeper() { } } }
        ~Outer() => Console.WriteLine("class No { }");
        public static Outer<T, @in> operator +(Outer<T, @in> x, int y) => x;
        public static bool operator true(Outer<T, @in> x) => true;
        public static bool operator false(Outer<T, @in> x) => false;
        public static Outer<T, @in> operator >>(Outer<T, @in> x, int y) => x;
        public static implicit operator List<T>(Outer<T, @in> x) => null;
        public static explicit operator Outer<T, @in>(int x) => null;

        [return: Marker] [DllImport("class No")] static extern int Outside(string s);
        partial void Later<U>(U u) where U : struct;
        async Task<(int a, string b)> IThing.Run<U>(Dictionary<U, List<int[,]>> map, int? x = null)
        {
            string s = $"{(x > 1 ? "}" : "class No {")}" + @"struct No { ""}"" " + $@"{x:X2}\";
            char c = '"', d = '\'', e = '{';
            await foreach (var (p, _) in things) { int InForeach() { return 1; } }
            switch (x) { case > 1 and < 5 when Is(x): void InCase() { } break; default: break; }
            var anonymous = new { No = 1, Deep = new { No = 2 } };
            label: if (x is { } y) { goto label; } else { local(); void local() { } }
            static int Typed<V>(V v) where V : new() => 1;
            Func<int, int> f = static delegate (int q) { return q; };
            checked { unsafe { fixed (int* r = a) { void InFixed() { } } } }
            from(1); int var = 1, record = 2, yield = 3, partial = var;
            return (1, "a");
        }

        public struct Nested { public int X; readonly struct Deep { enum Inmost : byte { A, B = 1 << 2, [Marker] C = B | A, } } }
        internal interface IInner<in A, out B> : IThing { B Get(A a); static int Number => 1; int Prop { get; } event Action E; class InInterface { } }
        protected delegate TResult Handler<in TArg, out TResult>(TArg arg, params int[] rest) where TResult : class;
        enum Empty { }
    }

    public record Point(int X, [property: Marker] int Y = 2, params string[] Rest) : Base(X), IThing { public int Sum => X + Y; Point() : this(1, 2) { } }
    public readonly record struct Size(double Wide);
    record Bare;
    public record class Explicit { public string Name { get; init; } }
    ref struct Spanned { public Span<int> s; }
    public static class Extensions { public static int Twice(this in int n) => 2 * n; }
    namespace Deep.Er { delegate void D(); namespace Inmost { class Leaf { } } }

#if ODD
    class WhenOdd { int Only; }
#elif EVEN
    class WhenEven { }
#else
    class Never { }
#endif
#region class InRegion { }
    class Attributed
    {
#if EVEN
        void InOne() { }
#endif
        [Marker]
#if ODD
        [Marker("x")]
#endif
        public void Both() { }
    }
#endregion
}
