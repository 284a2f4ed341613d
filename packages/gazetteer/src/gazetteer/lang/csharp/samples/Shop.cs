// <auto-header/>
extern alias Old;
global using System.Linq;
using System;
using static System.Math;
using Text = System.Text.StringBuilder;

[assembly: CLSCompliant(true)]

namespace Example.Shop
{
    using Inner.Things;

    /// <summary>Sells things.</summary>
    /// <remarks>class Fake { }</remarks>
    [Serializable, Obsolete("class No { }")]
    public abstract partial class Shop<T> : Base<T>, IDisposable where T : class, new()
    {
        /// <summary>At most.</summary>
        public const int Max = 10, Min = 1;
        private readonly List<T> stock = new();
        protected static int[] counts, other;
        public event EventHandler Sold, Bought;
        public event EventHandler Moved { add { } remove { } }

        public Shop(List<T> stock, int n = 1, params string[] more) : base(n) { int local = 1; }
        static Shop() { }
        ~Shop() { }

        /// <summary>
        /// How many.
        /// </summary>
        public int Count { get; private set; } = 1;
        public virtual string Name => "struct Str {}";
        public T this[int i, string k] { get => stock[i]; }
        public static Shop<T> operator +(Shop<T> a, Shop<T> b) => a;
        public static implicit operator int(Shop<T> s) => 1;
        public static explicit operator Shop<T>(int s) => null;

        [Pure]
        public override async
        Task<int> Sell<R>(ref T thing, out R r, in int k) where R : struct
        {
            int Local(int x) { return x; } // class Comment {}
            var s = @"class Verbatim { }" + $"{1} class Interp {{ }}" + """
            class Raw { }
            """;
            return 1;
        }

        void IDisposable.Dispose() { }
        internal extern static void Nothing();

        public struct Inner { public int X; }
        protected internal enum Kind : byte
        {
            /// <summary>None.</summary>
            None,
            [Description("x")] Some = 2,
        }
        public delegate int Handler(object sender, int n);
    }

    public record Point(int X, int Y = 2) : IPoint;
    public readonly record struct Size(double W) { public double Area => W; }
    public interface IPoint { int X { get; } void Go(); static abstract int Make(); }
    public static class Extensions
    {
        public static int Twice(this int n) => 2 * n;
    }
    public readonly ref struct Span { }
    namespace Deep { class Leaf { } }
    public class Primary(int seed, string name) : Base<int>(seed);
}
#if DEBUG
class Debug { }
#else
class Release { }
#endif
