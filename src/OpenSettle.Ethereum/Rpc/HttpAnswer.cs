using System.Buffers;
using System.Net;

namespace OpenSettle.Ethereum.Rpc;

/// <summary>What came over HTTP, whole. Its body is pooled memory: whoever reads it copies what is to be kept.</summary>
internal sealed class HttpAnswer(byte[] buffer, int length, HttpStatusCode status, TimeSpan? retryAfter) : IDisposable
{
    private byte[] _buffer = buffer;

    public ReadOnlySpan<byte> Body => _buffer.AsSpan(0, length);

    public HttpStatusCode Status => status;

    public TimeSpan? RetryAfter => retryAfter;

    public bool Succeeded => (int)status is >= 200 and <= 299;

    public void Dispose()
    {
        var rented = Interlocked.Exchange(ref _buffer, []);
        if (rented.Length > 0) ArrayPool<byte>.Shared.Return(rented);
    }
}
