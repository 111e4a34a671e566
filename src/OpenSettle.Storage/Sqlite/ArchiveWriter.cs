using System.Buffers.Binary;
using System.IO.Compression;
using OpenSettle.Metering;
using OpenSettle.Primitives;
using OpenSettle.Storage.Usage;

namespace OpenSettle.Storage.Sqlite;

/// <summary>Writes one archive, from its first row to its last; see <see cref="ArchiveFile"/>.</summary>
internal sealed class ArchiveWriter : IDisposable
{
    // Half of what the best level saves for a twentieth of its time.
    private const int Quality = 5;
    private const int Window = 22;

    private readonly FileStream _file;
    private readonly long _first;
    private readonly Hash32 _before;
    private readonly List<(long First, long Place, int Packed, int Bytes)> _blocks = [];
    private readonly List<(ulong Key, uint Place)> _keys = [];
    private readonly List<Seal> _seals = [];
    private readonly MemoryStream _block = new();
    private byte[] _packed = [];
    private long _blockFirst;
    private long _last;

    public ArchiveWriter(string path, long first, Hash32 before)
    {
        _file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16);
        (_first, _before, _last) = (first, before, first - 1);
    }

    public void Add(in JournalBytes row)
    {
        if (row.Position != _last + 1) throw new StorageException(StorageErrorKind.Inconsistent, $"The usage journal has position {row.Position} after {_last}. Run 'opensettle db check'.");
        if (_block.Length == 0) _blockFirst = row.Position;
        Span<byte> head = stackalloc byte[UsageChain.RowHead];
        row.WriteHead(head);
        _block.Write(head);
        _block.Write(row.Body.Span);
        _keys.Add((IdEntry.KeyOf(new EventView(row.Body.Span).Identity()), checked((uint)(row.Position - _first))));
        _last = row.Position;
        if (_block.Length >= ArchiveFile.BlockBytes) WriteBlock();
    }

    public void Add(Seal seal) => _seals.Add(seal);

    /// <summary>Writes what finds the events, and brings all of it to the disk.</summary>
    public void Finish()
    {
        if (_block.Length > 0) WriteBlock();
        var (blocks, keys) = (_file.Position, _file.Position + (long)_blocks.Count * ArchiveFile.BlockEntry);
        Span<byte> entry = stackalloc byte[ArchiveFile.EndBytes];
        foreach (var (first, place, packed, bytes) in _blocks)
        {
            BinaryPrimitives.WriteInt64BigEndian(entry, first);
            BinaryPrimitives.WriteInt64BigEndian(entry[8..], place);
            BinaryPrimitives.WriteInt32BigEndian(entry[16..], packed);
            BinaryPrimitives.WriteInt32BigEndian(entry[20..], bytes);
            _file.Write(entry[..ArchiveFile.BlockEntry]);
        }

        _keys.Sort();
        foreach (var (key, place) in _keys)
        {
            BinaryPrimitives.WriteUInt64BigEndian(entry, key);
            BinaryPrimitives.WriteUInt32BigEndian(entry[8..], place);
            _file.Write(entry[..ArchiveFile.KeyEntry]);
        }

        var seals = _file.Position;
        foreach (var seal in _seals)
        {
            BinaryPrimitives.WriteInt64BigEndian(entry, seal.Position);
            BinaryPrimitives.WriteInt64BigEndian(entry[8..], seal.Received);
            seal.Chain.WriteTo(entry[16..]);
            _file.Write(entry[..ArchiveFile.SealEntry]);
        }

        WriteEnd(entry, blocks, keys, seals);
        _file.Flush(flushToDisk: true);
    }

    public void Dispose()
    {
        _file.Dispose();
        _block.Dispose();
    }

    private void WriteEnd(Span<byte> end, long blocks, long keys, long seals)
    {
        BinaryPrimitives.WriteInt64BigEndian(end, blocks);
        BinaryPrimitives.WriteInt64BigEndian(end[8..], keys);
        BinaryPrimitives.WriteInt64BigEndian(end[16..], seals);
        BinaryPrimitives.WriteInt32BigEndian(end[24..], _blocks.Count);
        BinaryPrimitives.WriteInt32BigEndian(end[28..], _keys.Count);
        BinaryPrimitives.WriteInt32BigEndian(end[32..], _seals.Count);
        BinaryPrimitives.WriteInt64BigEndian(end[36..], _first);
        BinaryPrimitives.WriteInt64BigEndian(end[44..], _last);
        _before.WriteTo(end[52..]);
        ArchiveFile.Magic.CopyTo(end[84..]);
        _file.Write(end);
    }

    private void WriteBlock()
    {
        var bytes = _block.GetBuffer().AsSpan(0, (int)_block.Length);
        var most = BrotliEncoder.GetMaxCompressedLength(bytes.Length);
        if (_packed.Length < most) _packed = new byte[most];
        if (!BrotliEncoder.TryCompress(bytes, _packed, out var packed, Quality, Window)) throw new InvalidOperationException("A block was larger compressed than it can be.");
        _blocks.Add((_blockFirst, _file.Position, packed, bytes.Length));
        _file.Write(_packed, 0, packed);
        _block.SetLength(0);
    }
}
