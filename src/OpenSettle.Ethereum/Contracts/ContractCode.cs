using System.Collections.Concurrent;

namespace OpenSettle.Ethereum.Contracts;

/// <summary>
/// Whether the code at an address is what this project compiled. Immutables differ from one deployment to the next and are left
/// out; all else has to be equal, the compiler's trailer too: it holds no hash here, so that the same source gives the same bytes.
/// </summary>
public static class ContractCode
{
    private static readonly ConcurrentDictionary<string, (byte[] Masked, IReadOnlyList<CodeSpan> Immutables)> Known = new(StringComparer.Ordinal);

    /// <param name="contract">The contract's name, as <see cref="CompiledContract.Names"/> has it.</param>
    /// <param name="code">What the endpoint has at the address.</param>
    public static bool Matches(string contract, ReadOnlySpan<byte> code)
    {
        var (masked, immutables) = Known.GetOrAdd(contract, static name =>
        {
            var compiled = CompiledContract.Load(name);
            return (Masked(compiled.RuntimeCode.Span, compiled.Immutables), compiled.Immutables);
        });
        return code.Length == masked.Length && Masked(code, immutables).AsSpan().SequenceEqual(masked);
    }

    private static byte[] Masked(ReadOnlySpan<byte> code, IReadOnlyList<CodeSpan> immutables)
    {
        var masked = code.ToArray();
        foreach (var span in immutables) masked.AsSpan(span.Start, span.Length).Clear();
        return masked;
    }
}

/// <summary>A part of a contract's code.</summary>
public readonly record struct CodeSpan(int Start, int Length);
