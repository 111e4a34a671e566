using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Contracts;

/// <summary>That an attestor does not sign a candidate, and why, as EIP-712 data: so that nobody refuses in another's name. No contract takes it.</summary>
public static class RefusalTypedData
{
    private static readonly TypedStruct[] Types = [new("Refusal", [new("proposal", "bytes32"), new("why", "string")])];

    /// <param name="proposal">What the attestor would have signed.</param>
    /// <param name="why">The first difference, in words.</param>
    public static TypedData Of(ulong chainId, Address vault, Hash32 proposal, string why) =>
        new(new TypedDataDomain("OpenSettle", "1", chainId, vault), Types, new TypedValue.Struct(proposal, why));
}
