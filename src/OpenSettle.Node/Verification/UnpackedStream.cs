using System.IO.Compression;

namespace OpenSettle.Node.Verification;

/// <summary>
/// What a place gives, inflated where it is gzip: by its first bytes, as servers differ in what they say of a file that lies compressed.
/// A file that is far larger than it came, or than anything of its kind, is refused while it is read.
/// </summary>
internal sealed class UnpackedStream : IDisposable
{
    // Hexadecimal digits and repeated words come to a tenth; a bomb to a thousandth.
    private const long MostRatio = 250;
    private const long FreeOfRatio = 16 * 1024 * 1024;

    private static readonly byte[] GzipMagic = [0x1f, 0x8b];

    private readonly SourceStream _source;
    private readonly Stream _plain;
    private readonly long _most;

    private UnpackedStream(SourceStream source, Stream plain, long most) => (_source, _plain, _most) = (source, plain, most);

    /// <summary>Bytes that were read, inflated.</summary>
    public long Count { get; private set; }

    /// <param name="source">Disposed of with this.</param>
    /// <param name="most">Most bytes, inflated.</param>
    public static async Task<UnpackedStream> OpenAsync(SourceStream source, long most, CancellationToken cancellation)
    {
        var first = await source.PeekAsync(GzipMagic.Length, cancellation);
        return new UnpackedStream(source, first.Span.SequenceEqual(GzipMagic) ? new GZipStream(source, CompressionMode.Decompress) : source, most);
    }

    public async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellation)
    {
        int read;
        try
        {
            read = await _plain.ReadAsync(buffer, cancellation);
        }
        catch (InvalidDataException e)
        {
            throw new PlaceException("what it gives is no gzip file, or not a whole one", e);
        }

        Count += read;
        if (Count > _most) throw new PlaceException($"what it gives is longer than {_most} bytes");
        return Count <= FreeOfRatio || Count / MostRatio <= _source.Count
            ? read
            : throw new PlaceException($"what it gives grows without measure: {Count} bytes of {_source.Count}");
    }

    public void Dispose()
    {
        _plain.Dispose();
        _source.Dispose();
    }
}
