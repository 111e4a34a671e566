using System.Buffers.Binary;
using System.IO.Compression;
using Microsoft.Win32.SafeHandles;
using OpenSettle.Metering;
using OpenSettle.Primitives;
using OpenSettle.Storage.Usage;

namespace OpenSettle.Storage.Sqlite;

/// <summary>Reads one archive; see <see cref="ArchiveFile"/>.</summary>
internal sealed class ArchiveReader : IDisposable
{
    // A block is closed with the row that fills it.
    private const int MostBlockBytes = 64 * 1024 * 1024;

    private readonly string _path;
    private readonly SafeFileHandle _file;
    private readonly (long First, long Place, int Packed, int Bytes)[] _blocks;
    private readonly long _keysPlace;
    private readonly int _keys;

    private ArchiveReader(string path, SafeFileHandle file)
    {
        (_path, _file) = (path, file);
        var length = RandomAccess.GetLength(file);
        if (length < ArchiveFile.EndBytes) throw Damaged("it is too short");
        var end = ReadAt(length - ArchiveFile.EndBytes, ArchiveFile.EndBytes);
        if (!end.AsSpan(84).SequenceEqual(ArchiveFile.Magic)) throw Damaged("its end is not that of an archive");
        long Number(int at) => BinaryPrimitives.ReadInt64BigEndian(end.AsSpan(at));
        int Count(int at) => BinaryPrimitives.ReadInt32BigEndian(end.AsSpan(at));
        (var blocks, _keysPlace, var seals, _keys) = (Number(0), Number(8), Number(16), Count(28));
        (First, Last, ChainBefore) = (Number(36), Number(44), Hash32.FromBytes(end.AsSpan(52, Hash32.Size)));
        if (blocks < 0 || Count(24) < 0 || _keys < 0 || Count(32) < 0
            || _keysPlace != blocks + (long)Count(24) * ArchiveFile.BlockEntry
            || seals != _keysPlace + (long)_keys * ArchiveFile.KeyEntry
            || length - ArchiveFile.EndBytes != seals + (long)Count(32) * ArchiveFile.SealEntry
            || First < 1 || Last - First + 1 != _keys)
            throw Damaged("its parts are not where it says");
        _blocks = ReadBlocks(blocks, Count(24));
        Seals = ReadSeals(seals, Count(32));
    }

    public long First { get; }

    public long Last { get; }

    public Hash32 ChainBefore { get; }

    public IReadOnlyList<Seal> Seals { get; }

    /// <param name="path">The file.</param>
    /// <param name="known">What is recorded of it: another one is refused.</param>
    public static ArchiveReader Open(string path, UsageArchive known)
    {
        SafeFileHandle? file = null;
        try
        {
            file = File.OpenHandle(path);
            var reader = new ArchiveReader(path, file);
            if (reader.First != known.First || reader.Last != known.Last || reader.ChainBefore != known.ChainBefore) throw reader.Damaged("it is another one");
            return reader;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new StorageException(StorageErrorKind.Inconsistent, $"{path}: the archive is missing. Bring it back from a backup; any copy of that name will do.", e);
        }
        catch (Exception e)
        {
            file?.Dispose();
            if (e is IOException or UnauthorizedAccessException) throw SqliteFile.Translate(path, e);
            throw;
        }
    }

    /// <summary>The event of an identity; null where it is not here.</summary>
    public JournalBytes? Find(Hash32 identity)
    {
        var key = IdEntry.KeyOf(identity);
        var (low, high) = (0, _keys);
        while (low < high)
        {
            var middle = low + (high - low) / 2;
            if (KeyAt(middle).Key < key) low = middle + 1;
            else high = middle;
        }

        for (; low < _keys && KeyAt(low) is var entry && entry.Key == key; low++)
        {
            var row = At(First + entry.Place);
            if (new EventView(row.Body.Span).Identity() == identity) return row;
        }

        return null;
    }

    /// <summary>Events from one position to another, in order.</summary>
    public IEnumerable<JournalBytes> Rows(long first, long last)
    {
        foreach (var block in _blocks.Skip(BlockOf(Math.Max(first, First))))
        {
            if (block.First > last) yield break;
            foreach (var row in Unpack(block))
            {
                if (row.Position > last) yield break;
                if (row.Position >= first) yield return row;
            }
        }
    }

    /// <summary>Goes through all of it. The hash after its last event, where each seal is what its rows give.</summary>
    /// <exception cref="StorageException">A row, a key or a seal is not what it was.</exception>
    public Hash32 Verify(Action<JournalBytes>? each = null)
    {
        using var chain = new UsageChain(ChainBefore);
        var (next, seal, before) = (First, 0, ChainBefore);
        var keys = new List<(ulong Key, uint Place)>(_keys);
        foreach (var row in Rows(First, Last))
        {
            if (row.Position != next++) throw Damaged($"position {row.Position} stands where {next - 1} should");
            chain.Add(row);
            keys.Add((IdEntry.KeyOf(new EventView(row.Body.Span).Identity()), checked((uint)(row.Position - First))));
            each?.Invoke(row);
            if (seal >= Seals.Count || row.Position != Seals[seal].Position) continue;
            before = chain.Close();
            if (before != Seals[seal].Chain) throw Damaged($"the rows up to position {row.Position} give the chain {before}, and the seal says {Seals[seal].Chain}");
            seal++;
        }

        if (next != Last + 1 || seal != Seals.Count || Seals.Count == 0 || Seals[^1].Position != Last) throw Damaged("rows or seals are missing");
        keys.Sort();
        for (var i = 0; i < keys.Count; i++)
        {
            if (KeyAt(i) != keys[i]) throw Damaged($"key {i} is not that of an event");
        }

        return before;
    }

    public void Dispose() => _file.Dispose();

    private JournalBytes At(long position)
    {
        foreach (var row in Unpack(_blocks[BlockOf(position)]))
        {
            if (row.Position == position) return row;
        }

        throw Damaged($"position {position} is missing");
    }

    private int BlockOf(long position)
    {
        var (low, high) = (0, _blocks.Length - 1);
        while (low < high)
        {
            var middle = low + (high - low + 1) / 2;
            if (_blocks[middle].First <= position) low = middle;
            else high = middle - 1;
        }

        return low;
    }

    private List<JournalBytes> Unpack((long First, long Place, int Packed, int Bytes) block)
    {
        var bytes = new byte[block.Bytes];
        if (!BrotliDecoder.TryDecompress(ReadAt(block.Place, block.Packed), bytes, out var written) || written != bytes.Length)
            throw Damaged($"the block of position {block.First} cannot be unpacked");
        var rows = new List<JournalBytes>();
        try
        {
            for (var at = 0; at < bytes.Length;) rows.Add(JournalBytes.Read(bytes, ref at));
        }
        catch (InvalidDataException e)
        {
            throw Damaged($"the block of position {block.First}: {e.Message}");
        }

        return rows;
    }

    private (ulong Key, uint Place) KeyAt(int index)
    {
        Span<byte> entry = stackalloc byte[ArchiveFile.KeyEntry];
        if (RandomAccess.Read(_file, entry, _keysPlace + (long)index * ArchiveFile.KeyEntry) != entry.Length) throw Damaged("it ends early");
        return (BinaryPrimitives.ReadUInt64BigEndian(entry), BinaryPrimitives.ReadUInt32BigEndian(entry[8..]));
    }

    private (long First, long Place, int Packed, int Bytes)[] ReadBlocks(long place, int count)
    {
        var entries = ReadAt(place, checked(count * ArchiveFile.BlockEntry));
        var blocks = new (long First, long Place, int Packed, int Bytes)[count];
        for (var i = 0; i < count; i++)
        {
            var entry = entries.AsSpan(i * ArchiveFile.BlockEntry);
            var block = (First: BinaryPrimitives.ReadInt64BigEndian(entry), Place: BinaryPrimitives.ReadInt64BigEndian(entry[8..]), Packed: BinaryPrimitives.ReadInt32BigEndian(entry[16..]), Bytes: BinaryPrimitives.ReadInt32BigEndian(entry[20..]));
            if (block.Place < 0 || block.Packed < 0 || block.Place > place - block.Packed || block.Bytes is <= 0 or > MostBlockBytes || (i > 0 && block.First <= blocks[i - 1].First))
                throw Damaged("its blocks are not where it says");
            blocks[i] = block;
        }

        return count > 0 ? blocks : throw Damaged("it has no events");
    }

    private List<Seal> ReadSeals(long place, int count)
    {
        var entries = ReadAt(place, checked(count * ArchiveFile.SealEntry));
        var seals = new List<Seal>(count);
        for (var i = 0; i < count; i++)
        {
            var entry = entries.AsSpan(i * ArchiveFile.SealEntry);
            seals.Add(new Seal(BinaryPrimitives.ReadInt64BigEndian(entry), BinaryPrimitives.ReadInt64BigEndian(entry[8..]), Hash32.FromBytes(entry.Slice(16, Hash32.Size))));
        }

        return seals;
    }

    private byte[] ReadAt(long place, int count)
    {
        var bytes = new byte[count];
        return RandomAccess.Read(_file, bytes, place) == count ? bytes : throw Damaged("it ends early");
    }

    private StorageException Damaged(string what) => new(StorageErrorKind.Inconsistent, $"{_path} was changed: {what}. Bring it back from a backup; any copy of that name will do.");
}
