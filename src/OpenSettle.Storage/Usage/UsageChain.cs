using System.Buffers.Binary;
using System.Security.Cryptography;
using OpenSettle.Primitives;

namespace OpenSettle.Storage.Usage;

/// <summary>The chain of the usage journal, computed row by row: SHA-256 of the seal before and the rows since, docs/protocol.md.</summary>
public sealed class UsageChain : IDisposable
{
    /// <summary>What stands before a row's body, see <see cref="JournalRow"/>.</summary>
    internal const int RowHead = JournalRow.Head;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    public UsageChain(Hash32 before) => _hash.AppendData(before.ToArray());

    /// <summary>The seal's hash after rows that stand one after another.</summary>
    public static Hash32 Next(Hash32 before, ReadOnlySpan<byte> rows)
    {
        using var chain = new UsageChain(before);
        chain._hash.AppendData(rows);
        return chain.Close();
    }

    public void Add(in JournalBytes row)
    {
        Span<byte> head = stackalloc byte[RowHead];
        row.WriteHead(head);
        _hash.AppendData(head);
        _hash.AppendData(row.Body.Span);
    }

    /// <summary>The seal's hash after these rows; the next rows come after it.</summary>
    public Hash32 Close()
    {
        var chain = _hash.GetHashAndReset();
        _hash.AppendData(chain);
        return Hash32.FromBytes(chain);
    }

    public void Dispose() => _hash.Dispose();
}

/// <summary>A row of the journal, its event as bytes.</summary>
public readonly record struct JournalBytes(long Position, int Gateway, long Batch, ReadOnlyMemory<byte> Body)
{
    internal void WriteHead(Span<byte> head) => JournalRow.WriteHead(head, Position, Gateway, Batch, Body.Length);

    /// <summary>Reads the row that stands at a place, and goes behind it.</summary>
    /// <exception cref="InvalidDataException">There is no whole row.</exception>
    internal static JournalBytes Read(ReadOnlyMemory<byte> rows, ref int at)
    {
        var rest = rows.Span[at..];
        if (rest.Length < UsageChain.RowHead) throw new InvalidDataException("A row ends early.");
        var length = BinaryPrimitives.ReadInt32BigEndian(rest[20..]);
        if (length < 0 || length > rest.Length - UsageChain.RowHead) throw new InvalidDataException("A row ends early.");
        var row = new JournalBytes(
            BinaryPrimitives.ReadInt64BigEndian(rest), BinaryPrimitives.ReadInt32BigEndian(rest[8..]), BinaryPrimitives.ReadInt64BigEndian(rest[12..]),
            rows.Slice(at + UsageChain.RowHead, length));
        at += UsageChain.RowHead + length;
        return row;
    }
}
