using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using OpenSettle.Ethereum.Ports;
using Polly;

namespace OpenSettle.Ethereum.Rpc;

/// <summary>An error object of a reply.</summary>
internal readonly record struct RpcError(long Code, string Message, JsonElement Data);

/// <summary>One request, and how its result is read.</summary>
/// <param name="Method">The method's name.</param>
/// <param name="Parameters">Writes the elements of the parameter array.</param>
/// <param name="Take">Reads the result; may not keep the element.</param>
internal sealed record RpcCall<T>(string Method, Action<Utf8JsonWriter> Parameters, Func<ReplyReader, JsonElement, T> Take)
{
    /// <summary>Turns an error that is an answer into a result: true where it did.</summary>
    public delegate bool ErrorReader(RpcError error, out T result);

    public ErrorReader? TakeError { get; init; }
}

/// <summary>JSON-RPC 2.0 over HTTP: one endpoint, pooled connections, a bound on time and on size.</summary>
internal sealed class JsonRpcConnection : IDisposable
{
    /// <summary>Calls per request: what the providers that limit batches allow.</summary>
    public const int BatchSize = 100;

    private const int LargestReply = 64 * 1024 * 1024;

    private static readonly JsonDocumentOptions ReplyOptions = new() { MaxDepth = 32, AllowDuplicateProperties = false };

    private readonly Uri _endpoint;
    private readonly TimeSpan _timeout;
    private readonly TimeProvider _time;
    private readonly HttpClient _http;
    private long _lastId;

    public JsonRpcConnection(Uri endpoint, TimeSpan timeout, TimeProvider time)
    {
        if (!endpoint.IsAbsoluteUri || (endpoint.Scheme != Uri.UriSchemeHttp && endpoint.Scheme != Uri.UriSchemeHttps))
            throw new ArgumentException("An endpoint is an absolute http or https address.", nameof(endpoint));
        if (timeout <= TimeSpan.Zero) throw new ArgumentOutOfRangeException(nameof(timeout), timeout, "A request needs time to be answered.");
        _endpoint = endpoint;
        _timeout = timeout;
        _time = time;
        Endpoint = EndpointName.Of(endpoint);
        Retry = ReadRetry.Create(time);
        // The deadline of a request is kept by the supplied clock, not by the client's own timer.
        _http = new HttpClient(Handler()) { Timeout = Timeout.InfiniteTimeSpan };
        if (endpoint.UserInfo.Length > 0)
        {
            var credentials = Uri.UnescapeDataString(endpoint.UserInfo);
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
                "Basic", Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(credentials)));
        }
    }

    /// <summary>The endpoint without credentials.</summary>
    public string Endpoint { get; }

    /// <summary>Repeats reads where that can help.</summary>
    public ResiliencePipeline Retry { get; }

    /// <summary>A read: asked again where that can help.</summary>
    public async Task<T> ReadAsync<T>(RpcCall<T> call, CancellationToken cancellation) =>
        await Retry.ExecuteAsync(
            static async (state, token) => await state.Connection.SendOnceAsync(state.Call, token),
            (Connection: this, Call: call),
            cancellation);

    /// <summary>Up to <see cref="BatchSize"/> reads in one request. The results stand in the order of the calls.</summary>
    public async Task<T[]> ReadBatchAsync<T>(IReadOnlyList<RpcCall<T>> calls, CancellationToken cancellation) =>
        await Retry.ExecuteAsync(
            static async (state, token) => await state.Connection.SendBatchOnceAsync(state.Calls, token),
            (Connection: this, Calls: calls),
            cancellation);

    /// <summary>One request, once.</summary>
    public async Task<T> SendOnceAsync<T>(RpcCall<T> call, CancellationToken cancellation)
    {
        var id = Interlocked.Increment(ref _lastId);
        var body = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(body)) WriteCall(writer, call, id);
        using var answer = await PostAsync(call.Method, body.WrittenMemory, cancellation);
        return Take(call, answer, answer.Reply.RootElement, id);
    }

    /// <summary>Many requests in one, once.</summary>
    public async Task<T[]> SendBatchOnceAsync<T>(IReadOnlyList<RpcCall<T>> calls, CancellationToken cancellation)
    {
        var method = calls[0].Method;
        var firstId = Interlocked.Add(ref _lastId, calls.Count) - calls.Count + 1;
        var body = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(body))
        {
            writer.WriteStartArray();
            for (var i = 0; i < calls.Count; i++) WriteCall(writer, calls[i], firstId + i);
            writer.WriteEndArray();
        }

        using var answer = await PostAsync(method, body.WrittenMemory, cancellation);
        var reader = new ReplyReader(Endpoint, method);
        var root = answer.Reply.RootElement;
        // An endpoint that refuses the whole batch answers with one error.
        if (root.ValueKind == JsonValueKind.Object) ThrowError(reader, answer, ErrorOf(reader, root) ?? default);
        reader.Array(root, "batch");
        if (root.GetArrayLength() != calls.Count) reader.Refuse($"{calls.Count} calls were sent, {root.GetArrayLength()} answered.");
        var results = new T[calls.Count];
        var answered = new bool[calls.Count];
        foreach (var reply in root.EnumerateArray())
        {
            var error = ErrorOf(reader, reply);
            var at = IdOf(reader, reply) is { } id && id >= firstId && id - firstId < calls.Count ? (int)(id - firstId) : -1;
            if (error is not null && at < 0) ThrowError(reader, answer, error.Value);
            if (at < 0 || answered[at]) reader.Refuse("an answer of the batch has a strange or repeated 'id'.");
            answered[at] = true;
            results[at] = Take(calls[at], answer, reply, firstId + at);
        }

        return results;
    }

    public void Dispose() => _http.Dispose();

    private T Take<T>(RpcCall<T> call, HttpAnswer answer, JsonElement reply, long id)
    {
        var reader = new ReplyReader(Endpoint, call.Method);
        if (ErrorOf(reader, reply) is { } error)
        {
            if (call.TakeError is not null && call.TakeError(error, out var instead)) return instead;
            ThrowError(reader, answer, error);
        }

        if (!answer.Succeeded) reader.Refuse($"HTTP {(int)answer.Status} with a result.");
        if (IdOf(reader, reply) != id) reader.Refuse("the answer's 'id' is not that of the request.");
        if (!reply.TryGetProperty("result", out var result)) reader.Refuse("the answer has neither 'result' nor 'error'.");
        return call.Take(reader, result);
    }

    private static void WriteCall<T>(Utf8JsonWriter writer, RpcCall<T> call, long id)
    {
        writer.WriteStartObject();
        writer.WriteString("jsonrpc", "2.0");
        writer.WriteNumber("id", id);
        writer.WriteString("method", call.Method);
        writer.WriteStartArray("params");
        call.Parameters(writer);
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static long? IdOf(ReplyReader reader, JsonElement reply)
    {
        var id = reader.Optional(reply, "id");
        if (id.ValueKind == JsonValueKind.Number && id.TryGetInt64(out var number)) return number;
        if (id.ValueKind != JsonValueKind.String) return null;
        return long.TryParse(reader.Text(id, "id"), NumberStyles.None, CultureInfo.InvariantCulture, out number) ? number : null;
    }

    private static RpcError? ErrorOf(ReplyReader reader, JsonElement reply)
    {
        var error = reader.Optional(reply, "error");
        if (error.ValueKind == JsonValueKind.Undefined) return null;
        if (error.ValueKind == JsonValueKind.String) return new RpcError(0, reader.Text(error, "error"), default);
        var code = reader.Optional(error, "code");
        var message = reader.Optional(error, "message");
        return new RpcError(
            code.ValueKind == JsonValueKind.Number && code.TryGetInt64(out var number) ? number : 0,
            message.ValueKind == JsonValueKind.String ? reader.Text(message, "message") : "(no message)",
            reader.Optional(error, "data"));
    }

    private void ThrowError(ReplyReader reader, HttpAnswer answer, RpcError error)
    {
        if (error.Message is null) reader.Refuse("the batch was answered with an object that is not an error.");
        var kind = RpcErrors.Classify(reader.Method, error.Code, error.Message);
        if (answer.Status == HttpStatusCode.TooManyRequests) kind = ChainErrorKind.RateLimited;
        throw new ChainException(kind, Endpoint, reader.Method, $"error {error.Code}: {EndpointName.Quote(_endpoint, error.Message)}")
        {
            RevertData = kind == ChainErrorKind.Reverted ? RevertData.Find(error.Data) : default,
            RetryAfter = kind == ChainErrorKind.RateLimited ? answer.RetryAfter : null,
        };
    }

    private async Task<HttpAnswer> PostAsync(string method, ReadOnlyMemory<byte> body, CancellationToken cancellation)
    {
        using var deadline = new CancellationTokenSource(_timeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, deadline.Token);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, _endpoint) { Content = new ReadOnlyMemoryContent(body) };
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            var retryAfter = RetryAfter(response.Headers.RetryAfter);
            var bytes = await ReadBodyAsync(method, response, either.Token);
            return new HttpAnswer(Parse(method, response.StatusCode, retryAfter, bytes), response.StatusCode, retryAfter);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new ChainException(ChainErrorKind.Unreachable, Endpoint, method, $"no answer within {_timeout.TotalSeconds:0.###} s.");
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException)
        {
            throw new ChainException(ChainErrorKind.Unreachable, Endpoint, method, EndpointName.Quote(_endpoint, failure.Message), failure);
        }
    }

    private async Task<ReadOnlyMemory<byte>> ReadBodyAsync(string method, HttpResponseMessage response, CancellationToken cancellation)
    {
        const int ChunkSize = 64 * 1024;
        var body = new ArrayBufferWriter<byte>();
        await using var stream = await response.Content.ReadAsStreamAsync(cancellation);
        while (true)
        {
            var read = await stream.ReadAsync(body.GetMemory(ChunkSize), cancellation);
            if (read == 0) return body.WrittenMemory;
            body.Advance(read);
            if (body.WrittenCount <= LargestReply) continue;
            // A smaller range has a smaller answer; everything else that large is nonsense.
            var kind = string.Equals(method, "eth_getLogs", StringComparison.Ordinal) ? ChainErrorKind.RangeTooLarge : ChainErrorKind.BadReply;
            throw new ChainException(kind, Endpoint, method, $"the answer is larger than {LargestReply} bytes.");
        }
    }

    private JsonDocument Parse(string method, HttpStatusCode status, TimeSpan? retryAfter, ReadOnlyMemory<byte> body)
    {
        try
        {
            var reply = JsonDocument.Parse(body, ReplyOptions);
            // Errors of the method come with any status; a page of a proxy in between is told by its status alone.
            if (IsSuccess(status) || reply.RootElement.ValueKind == JsonValueKind.Array) return reply;
            if (reply.RootElement.ValueKind == JsonValueKind.Object && reply.RootElement.TryGetProperty("error", out var error)
                && error.ValueKind == JsonValueKind.Object) return reply;
            reply.Dispose();
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException && IsSuccess(status))
        {
            throw new ChainException(
                ChainErrorKind.BadReply, Endpoint, method, $"the answer is not JSON: {EndpointName.Quote(_endpoint, failure.Message)}");
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            // The status below says it better.
        }

        throw new ChainException(KindOf(method, status), Endpoint, method, $"HTTP {(int)status}.") { RetryAfter = retryAfter };
    }

    private static ChainErrorKind KindOf(string method, HttpStatusCode status) => status switch
    {
        HttpStatusCode.TooManyRequests => ChainErrorKind.RateLimited,
        HttpStatusCode.RequestEntityTooLarge when string.Equals(method, "eth_getLogs", StringComparison.Ordinal) => ChainErrorKind.RangeTooLarge,
        HttpStatusCode.RequestTimeout => ChainErrorKind.Unreachable,
        >= HttpStatusCode.InternalServerError => ChainErrorKind.Unreachable,
        // Wrong key, wrong path: asking again changes nothing.
        _ => ChainErrorKind.Unknown,
    };

    private static bool IsSuccess(HttpStatusCode status) => (int)status is >= 200 and <= 299;

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

    private sealed record HttpAnswer(JsonDocument Reply, HttpStatusCode Status, TimeSpan? RetryAfter) : IDisposable
    {
        public bool Succeeded => IsSuccess(Status);

        public void Dispose() => Reply.Dispose();
    }
}
