using System.Buffers;
using System.Text.Json;
using Polly;

namespace OpenSettle.Ethereum.Rpc;

/// <summary>JSON-RPC 2.0 over HTTP with one endpoint.</summary>
internal sealed class JsonRpcConnection : IDisposable
{
    /// <summary>Calls per request: what the providers that limit batches allow.</summary>
    public const int BatchSize = 100;

    private readonly HttpTransport _transport;
    private readonly AnswerReader _answers;
    private long _lastId;

    public JsonRpcConnection(Uri endpoint, TimeSpan timeout, TimeProvider time, bool retries = true)
    {
        if (!endpoint.IsAbsoluteUri || (endpoint.Scheme != Uri.UriSchemeHttp && endpoint.Scheme != Uri.UriSchemeHttps))
            throw new ArgumentException("An endpoint is an absolute http or https address.", nameof(endpoint));
        if (timeout <= TimeSpan.Zero) throw new ArgumentOutOfRangeException(nameof(timeout), timeout, "A request needs time to be answered.");
        _transport = new HttpTransport(endpoint, timeout, time);
        _answers = new AnswerReader(endpoint);
        Retry = retries ? ReadRetry.Create(time) : ReadRetry.None;
    }

    /// <summary>The endpoint without credentials.</summary>
    public string Endpoint => _answers.Endpoint;

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
        using var answer = await _transport.PostAsync(call.Method, body.WrittenMemory, cancellation);
        return _answers.Read(call, id, answer);
    }

    /// <summary>Many requests in one, once.</summary>
    public async Task<T[]> SendBatchOnceAsync<T>(IReadOnlyList<RpcCall<T>> calls, CancellationToken cancellation)
    {
        var firstId = Interlocked.Add(ref _lastId, calls.Count) - calls.Count + 1;
        var body = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(body))
        {
            writer.WriteStartArray();
            for (var i = 0; i < calls.Count; i++) WriteCall(writer, calls[i], firstId + i);
            writer.WriteEndArray();
        }

        using var answer = await _transport.PostAsync(calls[0].Method, body.WrittenMemory, cancellation);
        return _answers.ReadBatch(calls, firstId, answer);
    }

    public void Dispose() => _transport.Dispose();

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
}
