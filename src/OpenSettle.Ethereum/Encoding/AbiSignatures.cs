using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Encoding;

/// <summary>A contract's function, named by its canonical signature; the selector follows from that.</summary>
internal sealed class AbiFunction
{
    public const int SelectorSize = 4;

    private readonly byte[] _selector;

    /// <param name="signature">Name and parameters' types.</param>
    /// <param name="returns">Types of what a view answers; null for what a transaction calls.</param>
    public AbiFunction(string signature, string? returns = null)
    {
        (Signature, Returns) = (signature, returns);
        _selector = Keccak256.HashText(signature).ToArray()[..SelectorSize];
    }

    public string Signature { get; }

    public string? Returns { get; }

    public ReadOnlySpan<byte> Selector => _selector;

    public byte[] Call() => [.. _selector];

    public byte[] Call(AbiWriter arguments) => [.. _selector, .. arguments.ToArray()];
}

/// <summary>A contract's event, named by its canonical signature; topic 0 follows from that.</summary>
/// <param name="signature">Name and parameters' types.</param>
/// <param name="indexed">How many of the parameters are topics: the first ones, in all our events.</param>
internal sealed class AbiEvent(string signature, int indexed)
{
    public int Indexed => indexed;

    public string Signature { get; } = signature;

    public Hash32 Topic { get; } = Keccak256.HashText(signature);
}
