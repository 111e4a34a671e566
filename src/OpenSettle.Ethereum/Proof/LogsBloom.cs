using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Proof;

/// <summary>The three bits that an address or a topic sets in a bloom: found once, and looked for in every header.</summary>
internal readonly struct BloomBits
{
    private readonly ushort _first;
    private readonly ushort _second;
    private readonly ushort _third;

    private BloomBits(ReadOnlySpan<byte> hash)
    {
        _first = Bit(hash);
        _second = Bit(hash[2..]);
        _third = Bit(hash[4..]);
    }

    public static BloomBits Of(Address address)
    {
        Span<byte> bytes = stackalloc byte[Address.Size];
        address.WriteTo(bytes);
        return Of(bytes);
    }

    public static BloomBits Of(Hash32 topic)
    {
        Span<byte> bytes = stackalloc byte[Hash32.Size];
        topic.WriteTo(bytes);
        return Of(bytes);
    }

    /// <param name="bloom">256 bytes.</param>
    public bool AreIn(ReadOnlySpan<byte> bloom) => Has(bloom, _first) && Has(bloom, _second) && Has(bloom, _third);

    public void AddTo(Span<byte> bloom)
    {
        foreach (var bit in (ReadOnlySpan<ushort>)[_first, _second, _third]) bloom[bit >> 3] |= (byte)(1 << (bit & 7));
    }

    private static BloomBits Of(ReadOnlySpan<byte> item)
    {
        Span<byte> hash = stackalloc byte[Hash32.Size];
        Keccak256.Hash(item, hash);
        return new BloomBits(hash);
    }

    // Eleven bits of two bytes. Bit 0 is the lowest of the last byte: turned round here, so that looking is a shift only.
    private static ushort Bit(ReadOnlySpan<byte> pair)
    {
        var bit = (pair[0] << 8 | pair[1]) & (LogsBloom.Bits - 1);
        return (ushort)((LogsBloom.Size - 1 - (bit >> 3)) << 3 | (bit & 7));
    }

    private static bool Has(ReadOnlySpan<byte> bloom, ushort bit) => (bloom[bit >> 3] >> (bit & 7) & 1) != 0;
}

/// <summary>
/// Ethereum's filter over a block's logs: where a bit of what is looked for is missing, no log has it. Where all are set, one
/// may have it.
/// </summary>
internal static class LogsBloom
{
    public const int Size = 256;
    public const int Bits = Size * 8;

    /// <summary>Adds what a log puts into its block's filter: its address and each topic.</summary>
    public static void Add(Span<byte> bloom, in LogEntry log)
    {
        BloomBits.Of(log.Address).AddTo(bloom);
        for (var i = 0; i < log.Topics.Count; i++) BloomBits.Of(log.Topics[i]).AddTo(bloom);
    }

    public static byte[] Of(ReadOnlySpan<LogEntry> logs)
    {
        var bloom = new byte[Size];
        foreach (ref readonly var log in logs) Add(bloom, in log);
        return bloom;
    }
}
