using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.IO.Compression;
using OpenSettle.Epochs;
using OpenSettle.Primitives;
using OpenSettle.Storage;

namespace OpenSettle.Node;

/// <summary>
/// Bundles on disk, each under the hash of its bytes, compressed: a bundle's text is mostly hexadecimal digits that repeat.
/// </summary>
public sealed class BundleFolder
{
    /// <summary>Deflate makes no more of one byte.</summary>
    private const long MostPerByte = 1032;

    private readonly string _folder;
    private readonly ConcurrentDictionary<Hash32, long> _lengths = [];

    public BundleFolder(NodeOptionsPaths paths)
    {
        _folder = paths.Bundles;
        Directory.CreateDirectory(_folder);
    }

    /// <summary>Writes a bundle so that it is whole and on disk, or not there, whenever the process ends. Returns its hash.</summary>
    public Hash32 Write(Bundle bundle)
    {
        var temporary = Path.Combine(_folder, $"epoch-{bundle.Number}.partial");
        try
        {
            Hash32 hash;
            using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16))
            {
                using (var compressed = new GZipStream(file, CompressionLevel.Fastest, leaveOpen: true))
                using (var behind = new BackgroundStream(compressed))
                {
                    hash = BundleWriter.Write(bundle, behind);
                    behind.Complete();
                }

                file.Flush(flushToDisk: true);
            }

            Place(temporary, hash);
            return hash;
        }
        catch (IOException e)
        {
            throw new StorageException(StorageErrorKind.Full, $"{temporary}: the bundle cannot be written: {e.Message} Make room; nothing that was acknowledged is lost.", e);
        }
    }

    /// <summary>The bundle's own bytes, uncompressed.</summary>
    public Stream Open(Hash32 hash)
    {
        var path = PathOf(hash);
        if (!File.Exists(path))
            throw new SettlementHaltedException($"The bundle {path} is missing. Bring it back from a mirror or a backup; any copy of that name will do.");
        return new GZipStream(File.OpenRead(path), CompressionMode.Decompress);
    }

    /// <summary>Reads a bundle without its payments, and checks that its bytes have that hash.</summary>
    public Bundle Read(Hash32 hash)
    {
        var path = PathOf(hash);
        try
        {
            using var bytes = new CountedStream(Open(hash));
            var (bundle, actual) = BundleReader.Read(bytes, static (_, _) => { });
            if (actual != hash) throw new SettlementHaltedException($"The bundle {path} was changed: its hash is {actual}. Bring it back from a mirror or a backup.");
            // Cut within its last bytes it still reads well here, and not where it is sent as it lies.
            if (StatedLength(path) != (uint)bytes.Count) throw new InvalidDataException("The end of the file is not that of its content.");
            return bundle;
        }
        catch (Exception e) when (e is BundleFormatException or InvalidDataException)
        {
            throw new SettlementHaltedException($"The bundle {path} was changed: {e.Message} Bring it back from a mirror or a backup.", e);
        }
    }

    /// <summary>Whether the bundle is there, and its bytes have that hash.</summary>
    public bool IsWhole(Hash32 hash, CancellationToken cancellation) => File.Exists(PathOf(hash)) && HasHash(PathOf(hash), hash, cancellation);

    /// <summary>The length of the bundle's own bytes.</summary>
    public long LengthOf(Hash32 hash)
    {
        if (_lengths.TryGetValue(hash, out var known)) return known;
        var path = PathOf(hash);
        // The file tells it modulo 2^32 only, and so not where there could be more.
        var length = new FileInfo(path).Length * MostPerByte <= uint.MaxValue ? StatedLength(path) : Count(path);
        return _lengths.GetOrAdd(hash, length);
    }

    /// <summary>Where a copy from elsewhere is put together.</summary>
    internal string TemporaryOf(Hash32 hash) => Path.Combine(_folder, $"{hash}.restore.partial");

    /// <summary>Takes in a copy that is on the disk, if it has that hash.</summary>
    internal bool Take(string temporary, Hash32 hash, CancellationToken cancellation)
    {
        if (!HasHash(temporary, hash, cancellation)) return false;
        Place(temporary, hash);
        return true;
    }

    /// <summary>Whether a compressed file's content has that hash, to its last byte.</summary>
    internal static bool HasHash(string path, Hash32 hash, CancellationToken cancellation)
    {
        var hasher = new Keccak256Hasher();
        try
        {
            var length = Each(path, piece => hasher.Append(piece), cancellation);
            return hasher.Finish() == hash && StatedLength(path) == unchecked((uint)length);
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
        {
            return false;
        }
    }

    /// <summary>The file of a bundle, whether it is there or not.</summary>
    public string PathOf(Hash32 hash) => PathIn(_folder, hash);

    /// <summary>As <see cref="PathOf"/>, in a folder that need not be there.</summary>
    internal static string PathIn(string folder, Hash32 hash) => Path.Combine(folder, $"{hash}.bundle.gz");

    private void Place(string temporary, Hash32 hash)
    {
        File.Move(temporary, PathOf(hash), overwrite: true);
        FolderFlush.Flush(_folder);
        _lengths.TryRemove(hash, out _);
    }

    private static long Count(string path) => Each(path, static _ => { }, CancellationToken.None);

    private static long Each(string path, Action<ReadOnlySpan<byte>> take, CancellationToken cancellation)
    {
        using var bytes = new GZipStream(File.OpenRead(path), CompressionMode.Decompress);
        var (buffer, length) = (new byte[1 << 16], 0L);
        while (bytes.Read(buffer) is > 0 and var read)
        {
            cancellation.ThrowIfCancellationRequested();
            take(buffer.AsSpan(0, read));
            length += read;
        }

        return length;
    }

    /// <summary>The length of the content, modulo 2^32, that a gzip file ends with.</summary>
    private static uint StatedLength(string path)
    {
        using var file = File.OpenRead(path);
        Span<byte> length = stackalloc byte[sizeof(uint)];
        if (file.Length < length.Length) throw new InvalidDataException("The file is too short.");
        file.Seek(-length.Length, SeekOrigin.End);
        file.ReadExactly(length);
        return BinaryPrimitives.ReadUInt32LittleEndian(length);
    }

    /// <summary>Counts the bytes that are read.</summary>
    private sealed class CountedStream(Stream inner) : Stream
    {
        public long Count { get; private set; }

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => Count;
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count)
        {
            var read = inner.Read(buffer, offset, count);
            Count += read;
            return read;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing) inner.Dispose();
            base.Dispose(disposing);
        }
    }
}

/// <summary>Where things lie in the data folder.</summary>
public sealed record NodeOptionsPaths(string Database, string Usage, string Bundles)
{
    public static NodeOptionsPaths In(string dataDir) => new(Path.Combine(dataDir, "books.sqlite"), Path.Combine(dataDir, "usage.sqlite"), Path.Combine(dataDir, "bundles"));
}
