using OpenSettle.Primitives;

namespace OpenSettle.Node.Http;

/// <summary>A bundle's text out of its compressed file. To begin anywhere but at the start, it unpacks all that comes before.</summary>
internal sealed class BundleText(BundleFolder bundles, Hash32 hash) : Stream
{
    private const int SkippedAtOnce = 1 << 16;

    private readonly long _length = bundles.LengthOf(hash);
    private Stream? _open;
    private long _at;
    private long _wanted;

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => _length;

    public override long Position
    {
        get => _wanted;
        set => _wanted = value is >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "There is nothing before the start.");
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_wanted >= _length) return 0;
        var open = await AtWantedAsync(cancellationToken);
        var read = await open.ReadAsync(buffer, cancellationToken);
        _at += read;
        _wanted = _at;
        return read;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("It is read without holding a thread.");

    public override long Seek(long offset, SeekOrigin origin)
    {
        Position = origin switch
        {
            SeekOrigin.Begin => offset,
            SeekOrigin.Current => _wanted + offset,
            _ => _length + offset,
        };
        return _wanted;
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) _open?.Dispose();
        base.Dispose(disposing);
    }

    private async ValueTask<Stream> AtWantedAsync(CancellationToken cancellation)
    {
        if (_open is null || _at > _wanted)
        {
            if (_open is not null) await _open.DisposeAsync();
            (_open, _at) = (bundles.Open(hash), 0);
        }

        if (_at == _wanted) return _open;
        var skipped = new byte[(int)Math.Min(SkippedAtOnce, _wanted - _at)];
        while (_at < _wanted)
        {
            var read = await _open.ReadAsync(skipped.AsMemory(0, (int)Math.Min(skipped.Length, _wanted - _at)), cancellation);
            if (read == 0) throw new EndOfStreamException($"The bundle {hash} ends early.");
            _at += read;
        }

        return _open;
    }
}
