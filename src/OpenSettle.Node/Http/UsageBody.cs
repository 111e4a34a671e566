using System.Buffers;
using System.IO.Compression;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;
using OpenSettle.Node.Usage;

namespace OpenSettle.Node.Http;

/// <summary>How the reading of a body ended.</summary>
internal enum BodyStatus
{
    Unknown = 0,
    Read,
    TooLarge,

    /// <summary>It is not packed as its header says.</summary>
    Broken,

    /// <summary>Its encoding is not known.</summary>
    Encoding,
}

/// <summary>Reads a request's body into a pooled buffer, unpacked, and never more than a limit. Dispose gives the buffer back.</summary>
internal sealed class UsageBody : IDisposable
{
    private const int FirstBuffer = 64 * 1024;

    private UsageBody(BodyStatus status) => (Status, Bytes) = (status, []);

    public BodyStatus Status { get; private set; }

    /// <summary>Longer than what was read.</summary>
    public byte[] Bytes { get; private set; }

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Span => Bytes.AsSpan(0, Length);

    public static async ValueTask<UsageBody> ReadAsync(HttpRequest request, CancellationToken cancellation)
    {
        if (request.ContentLength > UsageLimits.MostBytes) return new UsageBody(BodyStatus.TooLarge);
        // The server counts the frames of chunks too; what is in them is counted here.
        if (request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit) limit.MaxRequestBodySize = 2 * UsageLimits.MostBytes;
        var encoding = request.Headers[HeaderNames.ContentEncoding].ToString();
        var body = new UsageBody(BodyStatus.Read);
        try
        {
            if (encoding.Length == 0 || encoding.Equals("identity", StringComparison.OrdinalIgnoreCase))
            {
                await body.FillAsync(request.Body, (int)(request.ContentLength ?? FirstBuffer), cancellation);
                return body;
            }

            await using var unpacked = Unpack(encoding, request.Body);
            if (unpacked is null) body.Status = BodyStatus.Encoding;
            else await body.FillAsync(unpacked, FirstBuffer, cancellation);
            return body;
        }
        catch (BadHttpRequestException e) when (e.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            body.Status = BodyStatus.TooLarge;
            return body;
        }
        catch (Exception e) when (encoding.Length > 0 && e is InvalidDataException or InvalidOperationException)
        {
            body.Status = BodyStatus.Broken;
            return body;
        }
        catch
        {
            body.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        if (Bytes.Length > 0) ArrayPool<byte>.Shared.Return(Bytes);
        Bytes = [];
    }

    private static Stream? Unpack(string encoding, Stream body)
    {
        if (encoding.Equals("gzip", StringComparison.OrdinalIgnoreCase) || encoding.Equals("x-gzip", StringComparison.OrdinalIgnoreCase)) return new GZipStream(body, CompressionMode.Decompress, leaveOpen: true);
        return encoding.Equals("br", StringComparison.OrdinalIgnoreCase) ? new BrotliStream(body, CompressionMode.Decompress, leaveOpen: true) : null;
    }

    /// <summary>The buffer grows with what came, not with what was announced.</summary>
    private async ValueTask FillAsync(Stream stream, int expected, CancellationToken cancellation)
    {
        Bytes = ArrayPool<byte>.Shared.Rent(Math.Clamp(expected, 256, FirstBuffer));
        while (true)
        {
            var room = Math.Min(Bytes.Length, UsageLimits.MostBytes) - Length;
            if (room == 0)
            {
                if (Length < UsageLimits.MostBytes) Grow();
                else if (await IsAtEndAsync(stream, cancellation)) return;
                else
                {
                    Status = BodyStatus.TooLarge;
                    return;
                }

                continue;
            }

            var read = await stream.ReadAsync(Bytes.AsMemory(Length, room), cancellation);
            if (read == 0) return;
            Length += read;
        }
    }

    private static async ValueTask<bool> IsAtEndAsync(Stream stream, CancellationToken cancellation) => await stream.ReadAsync(new byte[1], cancellation) == 0;

    private void Grow()
    {
        var larger = ArrayPool<byte>.Shared.Rent(Math.Min(2 * Bytes.Length, UsageLimits.MostBytes));
        Bytes.AsSpan(0, Length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(Bytes);
        Bytes = larger;
    }
}
