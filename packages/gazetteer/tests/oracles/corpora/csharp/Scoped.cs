global using System.Text;
global using static System.Console;
global using Names = System.Collections.Generic.List<string>;

namespace Odd.Scoped ;

using System.IO;

/** <summary>Documented.</summary> */
enum First : long { A = -1, B }
struct Second { public Second() { } int field = 1; public override string ToString() => $"{field}"; }
static class Third { const string A = $"{nameof(Third)}{"x"}"; static (int, int) Deconstructed() { (int a, var b) = (1, 2); return (a, b); } }
interface IFourth { static abstract int Zero { get; } static abstract IFourth operator -(IFourth x); static virtual void Go() { } }
