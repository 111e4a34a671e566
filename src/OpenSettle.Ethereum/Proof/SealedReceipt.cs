using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Proof;

/// <summary>What a block's header commits to of one receipt, and where its logs are among those of the block.</summary>
/// <param name="Transaction">Not committed to; the endpoint's word.</param>
/// <param name="Type">The transaction's EIP-2718 type; zero is a legacy one.</param>
/// <param name="Outcome">The status as an integer's bytes, or the state's root of before Byzantium.</param>
/// <param name="Bloom">256 bytes.</param>
internal readonly record struct SealedReceipt(
    Hash32 Transaction,
    byte Type,
    ReadOnlyMemory<byte> Outcome,
    ulong CumulativeGas,
    ReadOnlyMemory<byte> Bloom,
    int FirstLog,
    int LogCount)
{
    /// <summary>A deposit of an OP chain: its nonce and version, which its receipt commits to since the Canyon fork.</summary>
    public (ulong Nonce, ulong Version)? Deposit { get; init; }

    // List, outcome, gas, type, deposit, and the beginnings of bloom and logs.
    private const int MostBesides = 128;

    /// <summary>Enough room for <see cref="Write"/>, and for what stands around it in the trie.</summary>
    public int Room(ReadOnlySpan<LogEntry> logs)
    {
        var room = MostBesides + Bloom.Length + ReceiptsTrie.MostAround;
        foreach (ref readonly var log in logs.Slice(FirstLog, LogCount))
        {
            room = checked(room + log.Data.Length + log.Topics.Count * (1 + Hash32.Size) + 1 + Address.Size + 3 * RlpBackward.MostPrefix);
        }

        return room;
    }

    /// <summary>Writes the receipt's bytes as the trie holds them.</summary>
    public void Write(ref RlpBackward rlp, ReadOnlySpan<LogEntry> logs)
    {
        var end = rlp.Length;
        if (Deposit is { } deposit)
        {
            rlp.Integer(deposit.Version);
            rlp.Integer(deposit.Nonce);
        }

        var list = rlp.Length;
        for (var i = LogCount - 1; i >= 0; i--) rlp.Log(in logs[FirstLog + i]);
        rlp.EndList(list);
        rlp.Bytes(Bloom.Span);
        rlp.Integer(CumulativeGas);
        rlp.Bytes(Outcome.Span);
        rlp.EndList(end);
        if (Type != 0) rlp.Raw(Type);
    }
}
