namespace Example.Scoped;

using System.IO;

file sealed class Only { public required string Name { get; init; } }
enum E { A, B }
