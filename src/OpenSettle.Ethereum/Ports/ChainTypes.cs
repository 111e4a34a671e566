using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Ports;

/// <summary>Which block a read is made at.</summary>
public readonly record struct BlockRef
{
    private BlockRef(string? tag, ulong number) => (Tag, Number) = (tag, number);

    /// <summary>The newest block that the endpoint knows.</summary>
    public static BlockRef Latest => new("latest", 0);

    /// <summary>The newest block that the chain calls unlikely to be reorganised.</summary>
    public static BlockRef Safe => new("safe", 0);

    /// <summary>The newest block that the chain itself calls final.</summary>
    public static BlockRef Finalized => new("finalized", 0);

    /// <summary>The newest block and what waits in the endpoint's pool: for nonces only.</summary>
    public static BlockRef Pending => new("pending", 0);

    /// <summary>The tag, or null where a number is meant.</summary>
    public string? Tag { get; }

    public ulong Number { get; }

    public static BlockRef At(ulong number) => new(null, number);

    /// <summary>The form of JSON-RPC: a tag, or a hexadecimal quantity.</summary>
    public override string ToString() => Tag ?? $"0x{Number:x}";
}

/// <summary>What is needed of a block's header.</summary>
public sealed record BlockHeader(ulong Number, Hash32 Hash, Hash32 ParentHash, ulong Timestamp, UInt256 BaseFee);

/// <summary>Which logs are wanted. An empty list means "any".</summary>
/// <param name="FirstBlock">First block of the range, included.</param>
/// <param name="LastBlock">Last block of the range, included.</param>
/// <param name="Addresses">Any of these contracts.</param>
/// <param name="Topics">By position; each position takes any of its hashes.</param>
public sealed record LogFilter(
    ulong FirstBlock,
    ulong LastBlock,
    IReadOnlyList<Address> Addresses,
    IReadOnlyList<IReadOnlyList<Hash32>> Topics);

/// <summary>
/// One log of a mined transaction. A value: ten thousand of them are one array, and their data are parts of one buffer.
/// </summary>
public readonly record struct LogEntry(
    Address Address,
    LogTopics Topics,
    ReadOnlyMemory<byte> Data,
    ulong BlockNumber,
    Hash32 BlockHash,
    Hash32 TransactionHash,
    uint LogIndex);

/// <summary>What became of a mined transaction.</summary>
public sealed record TransactionReceipt(
    Hash32 TransactionHash,
    ulong BlockNumber,
    Hash32 BlockHash,
    bool Succeeded,
    ulong GasUsed,
    UInt256 EffectiveGasPrice,
    Address? ContractAddress,
    IReadOnlyList<LogEntry> Logs)
{
    /// <summary>What a rollup took on top for its data, in wei; zero where gas pays for all.</summary>
    public UInt256 DataFee { get; init; }

    /// <summary>All that the sender paid, beside the value.</summary>
    public UInt256 Cost => GasUsed * EffectiveGasPrice + DataFee;
}

/// <summary>A call to be simulated or estimated.</summary>
public sealed record CallRequest(Address? From, Address To, ReadOnlyMemory<byte> Data, UInt256 Value);

/// <summary>An EIP-1559 transaction before it is signed. A null <paramref name="To"/> creates a contract.</summary>
public sealed record TransactionRequest(
    ulong ChainId,
    ulong Nonce,
    UInt256 MaxPriorityFeePerGas,
    UInt256 MaxFeePerGas,
    ulong GasLimit,
    Address? To,
    UInt256 Value,
    ReadOnlyMemory<byte> Data);

/// <summary>The bytes to broadcast, and the hash that they will have on chain.</summary>
public sealed record SignedTransaction(TransactionRequest Request, ReadOnlyMemory<byte> Raw, Hash32 Hash);

/// <summary>A recoverable signature, low s, as contracts take it: r, s, v (27 or 28).</summary>
public sealed record RecoverableSignature(Hash32 R, Hash32 S, byte V)
{
    /// <summary>65 bytes: r, s, v.</summary>
    public byte[] ToArray()
    {
        var bytes = new byte[65];
        R.WriteTo(bytes);
        S.WriteTo(bytes.AsSpan(32));
        bytes[64] = V;
        return bytes;
    }
}
