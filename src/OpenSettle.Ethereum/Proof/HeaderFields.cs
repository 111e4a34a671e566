using System.Buffers;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Proof;

/// <summary>How a header's field is encoded.</summary>
internal enum HeaderFieldKind
{
    Unknown = 0,

    /// <summary>So many bytes, all of them.</summary>
    Fixed,

    /// <summary>An integer.</summary>
    Quantity,

    /// <summary>Bytes of any length.</summary>
    Data,
}

/// <summary>
/// The fields that a block's hash is made of, as JSON-RPC names them and in the order in which they are hashed. Each fork
/// adds its own at the end; a chain that has none of a later one's leaves an empty text in its place.
/// </summary>
/// <param name="Size">The bytes of a fixed field.</param>
internal sealed record HeaderField(string Name, HeaderFieldKind Kind, int Size, bool Optional)
{
    private const int BloomBytes = 256;
    private const int NonceBytes = 8;

    public static readonly HeaderField[] All =
    [
        Hash("parentHash"),
        Hash("sha3Uncles"),
        new("miner", HeaderFieldKind.Fixed, Address.Size, Optional: false),
        Hash("stateRoot"),
        Hash("transactionsRoot"),
        Hash("receiptsRoot"),
        new("logsBloom", HeaderFieldKind.Fixed, BloomBytes, Optional: false),
        Quantity("difficulty"),
        Quantity("number"),
        Quantity("gasLimit"),
        Quantity("gasUsed"),
        Quantity("timestamp"),
        new("extraData", HeaderFieldKind.Data, 0, Optional: false),
        Hash("mixHash"),
        new("nonce", HeaderFieldKind.Fixed, NonceBytes, Optional: false),
        // London.
        Quantity("baseFeePerGas") with { Optional = true },
        // Shanghai.
        Hash("withdrawalsRoot") with { Optional = true },
        // Cancun.
        Quantity("blobGasUsed") with { Optional = true },
        Quantity("excessBlobGas") with { Optional = true },
        Hash("parentBeaconBlockRoot") with { Optional = true },
        // Prague.
        Hash("requestsHash") with { Optional = true },
        // Amsterdam.
        Hash("blockAccessListHash") with { Optional = true },
        Quantity("slotNumber") with { Optional = true },
    ];

    private static HeaderField Hash(string name) => new(name, HeaderFieldKind.Fixed, Hash32.Size, Optional: false);

    private static HeaderField Quantity(string name) => new(name, HeaderFieldKind.Quantity, 0, Optional: false);
}

/// <summary>A header's hash from its fields.</summary>
internal static class HeaderHash
{
    private const int MostOnStack = 2048;

    /// <param name="fields">In the order of <see cref="HeaderField.All"/>; null where the block has none.</param>
    public static Hash32 Of(ReadOnlySpan<byte[]?> fields)
    {
        var room = RlpBackward.MostPrefix;
        foreach (var field in fields) room = checked(room + RlpBackward.MostPrefix + (field?.Length ?? 0));
        if (room <= MostOnStack) return Of(fields, stackalloc byte[MostOnStack]);

        var rented = ArrayPool<byte>.Shared.Rent(room);
        try
        {
            return Of(fields, rented);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private static Hash32 Of(ReadOnlySpan<byte[]?> fields, Span<byte> room)
    {
        var rlp = new RlpBackward(room);
        for (var i = fields.Length - 1; i >= 0; i--)
        {
            if (fields[i] is { } field) rlp.Bytes(HeaderField.All[i].Kind == HeaderFieldKind.Quantity ? field.AsSpan().TrimStart((byte)0) : field);
            else if (rlp.Length > 0) rlp.Bytes([]);
        }

        rlp.EndList(0);
        return Keccak256.Hash(rlp.Written);
    }
}
