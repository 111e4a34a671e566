using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using OpenSettle.Ethereum.Ports;

namespace OpenSettle.Ethereum.Rpc;

/// <summary>Posts requests to one endpoint: pooled connections, a bound on time and on size.</summary>
internal sealed class HttpTransport : IDisposable
{
    public const int LargestReply = 64 * 1024 * 1024;

    // Most replies are smaller; and a claimed length gets no more memory than this before that much has come.
    private const int FirstBuffer = 64 * 1024;
    private const int MostOnTrust = 1024 * 1024;

    private readonly Uri _endpoint;
    private readonly TimeSpan _timeout;
    private readonly TimeProvider _time;
    private readonly HttpClient _http;
    private readonly string _name;

    public HttpTransport(Uri endpoint, TimeSpan timeout, TimeProvider time)
    {
        _endpoint = endpoint;
        _timeout = timeout;
        _time = time;
        _name = EndpointName.Of(endpoint);
        // The deadline of a request is kept by the supplied clock, not by the client's own timer.
        _http = new HttpClient(Handler()) { Timeout = Timeout.InfiniteTimeSpan };
        if (endpoint.UserInfo.Length > 0)
        {
            var credentials = Uri.UnescapeDataString(endpoint.UserInfo);
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
                "Basic", Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(credentials)));
        }
    }

    public async Task<HttpAnswer> PostAsync(string method, ReadOnlyMemory<byte> body, CancellationToken cancellation)
    {
        using var deadline = new CancellationTokenSource(_timeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, deadline.Token);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, _endpoint) { Content = new ReadOnlyMemoryContent(body) };
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            var retryAfter = RetryAfter(response.Headers.RetryAfter);
            var (buffer, length) = await ReadBodyAsync(method, response, either.Token);
            return new HttpAnswer(buffer, length, response.StatusCode, retryAfter);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new ChainException(ChainErrorKind.Unreachable, _name, method, $"no answer within {_timeout.TotalSeconds:0.###} s.");
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException)
        {
            throw new ChainException(ChainErrorKind.Unreachable, _name, method, EndpointName.Quote(_endpoint, failure.Message), failure);
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task<(byte[] Buffer, int Length)> ReadBodyAsync(string method, HttpResponseMessage response, CancellationToken cancellation)
    {
        // One byte more than is claimed, so that the end is seen without another buffer. Where reading fails, the buffer is
        // left to the collector: nobody who may still write to it can then write into another reply.
        var claimed = (int)Math.Min(response.Content.Headers.ContentLength ?? 0, LargestReply - 1) + 1;
        var buffer = ArrayPool<byte>.Shared.Rent(Math.Clamp(claimed, FirstBuffer, MostOnTrust));
        var length = 0;
        await using var stream = await response.Content.ReadAsStreamAsync(cancellation);
        while (true)
        {
            var read = await stream.ReadAsync(length < LargestReply ? buffer.AsMemory(length) : new byte[1], cancellation);
            if (read == 0) return (buffer, length);
            length += read;
            // Counted after decompression: what is small on the wire may be large here.
            if (length > LargestReply) throw TooLarge(method);
            if (length == buffer.Length && length < LargestReply) buffer = Grow(buffer, length, claimed);
        }
    }

    private static byte[] Grow(byte[] full, int length, int claimed)
    {
        var larger = ArrayPool<byte>.Shared.Rent(Math.Clamp(length * 2, claimed, LargestReply));
        full.AsSpan(0, length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(full);
        return larger;
    }

    private ChainException TooLarge(string method)
    {
        // Fewer blocks have a smaller answer; everything else that large is nonsense.
        var kind = AnswerErrors.IsOfBlocks(method) ? ChainErrorKind.RangeTooLarge : ChainErrorKind.BadReply;
        return new ChainException(kind, _name, method, $"the answer is larger than {LargestReply} bytes.");
    }

    private TimeSpan? RetryAfter(RetryConditionHeaderValue? header)
    {
        if (header?.Delta is { } delta) return delta;
        if (header?.Date is not { } date) return null;
        var wait = date - _time.GetUtcNow();
        return wait > TimeSpan.Zero ? wait : TimeSpan.Zero;
    }

    private SocketsHttpHandler Handler() => new()
    {
        // A redirect would send the request's body, and its credentials, somewhere that nobody configured.
        AllowAutoRedirect = false,
        UseCookies = false,
        AutomaticDecompression = DecompressionMethods.All,
        ConnectTimeout = _timeout,
        // New connections now and then, so that a changed DNS entry is followed.
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
    };
}
