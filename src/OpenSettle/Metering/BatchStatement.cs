using OpenSettle.Primitives;

namespace OpenSettle.Metering;

/// <summary>What a gateway signs of a batch. Each names the one before, so that an omission shows.</summary>
/// <param name="Number">From 1, without gaps.</param>
/// <param name="Root">Of the tree over the events' lines, see <see cref="UsageBatch.Root"/>.</param>
/// <param name="FirstTime">The earliest time of its events, in seconds.</param>
/// <param name="Previous">EIP-712 digest of the statement before; zero for the first.</param>
public sealed record BatchStatement(Address Gateway, ulong Number, Hash32 Root, ulong Count, ulong FirstTime, ulong LastTime, Hash32 Previous)
{
    /// <summary>Whether it comes right after a gateway's last batch; null: after none.</summary>
    public bool Follows(SignedStatement? before) => before is null
        ? Number == 1 && Previous.IsZero
        : Gateway == before.Statement.Gateway && Number == before.Statement.Number + 1 && Previous == before.Digest;
}

/// <summary>A statement with its signature, which was checked.</summary>
/// <param name="Digest">What was signed: the next statement names it.</param>
/// <param name="Signature">65 bytes, r s v.</param>
public sealed record SignedStatement(BatchStatement Statement, Hash32 Digest, ReadOnlyMemory<byte> Signature);
