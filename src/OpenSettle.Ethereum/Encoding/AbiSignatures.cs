using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Encoding;

/// <summary>A contract's function, named by its canonical signature; the selector follows from that.</summary>
internal sealed class AbiFunction
{
    public const int SelectorSize = 4;

    private readonly byte[] _selector;

    public AbiFunction(string signature)
    {
        Signature = signature;
        _selector = Keccak256.HashText(signature).ToArray()[..SelectorSize];
    }

    public string Signature { get; }

    public ReadOnlySpan<byte> Selector => _selector;

    public byte[] Call() => [.. _selector];

    public byte[] Call(AbiWriter arguments) => [.. _selector, .. arguments.ToArray()];
}

/// <summary>A contract's event, named by its canonical signature; topic 0 follows from that.</summary>
internal sealed class AbiEvent(string signature)
{
    public string Signature { get; } = signature;

    public Hash32 Topic { get; } = Keccak256.HashText(signature);
}
