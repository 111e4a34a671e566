namespace OpenSettle.Node.Verification;

/// <summary>
/// What a place gives. It counts, waits only so long for more, and tells every failure of the place as a <see cref="PlaceException"/>:
/// what fails on this machine's own disk is another matter.
/// </summary>
internal sealed class SourceStream(Stream inner, IDisposable? owner, TimeProvider time) : Stream
{
    /// <summary>How long nothing may come.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    // After this time a place has to have given that much for each second of it: what trickles in is none.
    private static readonly TimeSpan Grace = TimeSpan.FromMinutes(1);
    private const long LeastBytesPerSecond = 1024;

    private readonly long _began = time.GetTimestamp();
    private byte[] _ahead = [];

    /// <summary>Bytes that came, ahead of those that were read.</summary>
    public long Count { get; private set; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>The first bytes, which are read again after this; fewer where there are no more.</summary>
    public async Task<ReadOnlyMemory<byte>> PeekAsync(int count, CancellationToken cancellation)
    {
        var bytes = new byte[count];
        var length = 0;
        int read;
        while (length < count && (read = await ReceiveAsync(bytes.AsMemory(length), cancellation)) > 0) length += read;
        return _ahead = bytes[..length];
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_ahead.Length == 0) return await ReceiveAsync(buffer, cancellationToken);
        var taken = Math.Min(buffer.Length, _ahead.Length);
        _ahead.AsMemory(0, taken).CopyTo(buffer);
        _ahead = _ahead[taken..];
        return taken;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    // A place may take its time: nobody waits for it by holding a thread.
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
            owner?.Dispose();
        }

        base.Dispose(disposing);
    }

    private async ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellation)
    {
        using var deadline = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, deadline.Token);
        try
        {
            var read = await inner.ReadAsync(buffer, either.Token);
            Count += read;
            var elapsed = time.GetElapsedTime(_began);
            return elapsed < Grace || Count >= (long)elapsed.TotalSeconds * LeastBytesPerSecond
                ? read
                : throw new PlaceException($"after {elapsed.TotalSeconds:0} s only {Count} bytes had come");
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new PlaceException($"nothing more came within {Patience.TotalSeconds:0} s");
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw new PlaceException($"it broke off after {Count} bytes", e);
        }
    }
}
