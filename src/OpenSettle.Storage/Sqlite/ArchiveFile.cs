using OpenSettle.Primitives;

namespace OpenSettle.Storage.Sqlite;

/// <summary>
/// The form of an archive: a file of older events that finds any of them without unpacking the others. Numbers are big-endian.
/// <code>
/// blocks      rows as the chain hashes them, some 256 KiB of them at a time, each part compressed by itself (Brotli)
/// block table for each block: first position 8, place in the file 8, bytes there 4, bytes unpacked 4
/// keys        for each event, ascending: first 8 bytes of its identity, position less the first one 4
/// seals       for each seal: position 8, received 8, chain 32
/// end         places of block table, keys and seals 8 each, numbers of them 4 each, first position 8, last 8, chain before 32, "OSUSAGE1"
/// </code>
/// </summary>
internal static class ArchiveFile
{
    public const int BlockBytes = 256 * 1024;
    public const int BlockEntry = 24;
    public const int KeyEntry = 12;
    public const int SealEntry = 48;
    public const int EndBytes = 3 * 8 + 3 * 4 + 2 * 8 + Hash32.Size + 8;

    public static ReadOnlySpan<byte> Magic => "OSUSAGE1"u8;
}
