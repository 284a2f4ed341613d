using System;
using Counter = (int Total, string Name);
using unsafe Pointer = int*;

namespace New;

public static class Enumerable
{
    extension<TSource>(IEnumerable<TSource> source) where TSource : notnull
    {
        public bool IsEmpty => !source.Any();
        public IEnumerable<TSource> Combine(IEnumerable<TSource> other) { return other; }
        public static IEnumerable<TSource> operator +(IEnumerable<TSource> left, IEnumerable<TSource> right) => left.Concat(right);
    }
    extension(string) { public static string Empty2 => ""; }
    extension([NotNull] ref int x) { public void Inc() => x++; }
}

public class Fields(int seed = 1)
{
    public string Message { get; set => field = value ?? throw new ArgumentNullException(nameof(value)); }
    public int Count { get => field; private set { if (value < 0) return; field = value; } } = seed;
    public event Action E { add => field += value; remove { } }
    public partial int Partial { get; }
    public partial int Partial { get => 1; }
    public partial Fields(string s);
    public partial Fields(string s) : this(1) { }
    public partial event Action Changed;
    public partial event Action Changed { add { } remove { } }
    public void operator +=(int x) { }
    public void operator ++() { }
    public void checked_() { customer?.Order = 5; list?[0] += 1; }
    public void Params(params ReadOnlySpan<int> xs) { Lock l = new(); lock (l) { } var c = '\e'; }
    public T Ref<T>(scoped in T x) where T : allows ref struct => default;
    public int this[scoped ReadOnlySpan<char> key] => 1;
    public void Lambda() { TryParse<int> p = (text, out result) => Int32.TryParse(text, out result); var n = nameof(List<>); Func<int> f = [Attr] static () => 1; int[] a = [1, .. b, ^1 ]; }
    required public string Req { get; init; }
    private protected static readonly int[] items = [1, 2, 3];
    const string Raw = """"
        class No { """ }
        """";
    string R2 => $$"""{ {{seed}} } class No {}""";
    public static Fields operator checked -(Fields x) => x;
    public static explicit operator checked int(Fields x) => 1;
    public static Fields operator >>>(Fields x, int y) => x;
    public ref readonly int Ro(ref readonly int x) => ref x;
    async IAsyncEnumerable<int> It([EnumeratorCancellation] CancellationToken t = default) { await using var x = y; yield return 1; }
    public int Old { get; init { field = value; } }
}
file interface IFile { static abstract int operator +(IFile a, int b); static virtual bool Is => true; }
public ref struct RS : IDisposable { public ref int field1; public void Dispose() { } public required scoped ref int Rr; }
public readonly record struct Rec(int A) { public int B { get; } = A; }
[InlineArray(10)] public struct Buf { private int _e; }
[Gen<int>] public class Generic<[A] T> : Base(1), I<T> where T : class?, I<T>?;
public interface IEmpty;
public enum En : byte { A = 1, B = A << 1, }
public class Semi;
public delegate ref readonly T D<T>(params Span<T> xs);
