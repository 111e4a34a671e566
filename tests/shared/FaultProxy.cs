using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;

namespace OpenSettle.Tests.Shared;

/// <summary>
/// Stands between a client and a node on loopback, and does to calls what a test tells it to: by method with
/// <see cref="On"/>, by method and parameters with <see cref="Rule"/>, and to the view of the chain with <see cref="HoldBack"/>.
/// </summary>
internal sealed class FaultProxy : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromMinutes(2) };
    private readonly Uri _node;
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Fault> _faults = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _counts = new(StringComparer.Ordinal);
    private readonly List<string> _forwarded = [];
    private readonly List<string> _dropped = [];
    private readonly HashSet<Socket> _open = [];
    private readonly TaskCompletionSource _silent = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Func<ProxiedCall, Fault?>? _rule;
    private ulong _holdBack;
    private int _requests;

    public FaultProxy(Uri node)
    {
        _node = node;
        _listener.Start();
        _ = AcceptAsync();
    }

    public Uri Endpoint => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/");

    /// <summary>Asked first for each call; null leaves it to what <see cref="On"/> says.</summary>
    public Func<ProxiedCall, Fault?>? Rule
    {
        get => Volatile.Read(ref _rule);
        set => Volatile.Write(ref _rule, value);
    }

    /// <summary>A stale head: the chain is shown as it was so many blocks ago.</summary>
    public ulong HoldBack
    {
        get => Interlocked.Read(ref _holdBack);
        set => Interlocked.Exchange(ref _holdBack, value);
    }

    /// <summary>Requests over HTTP; a batch is one.</summary>
    public int Requests => Volatile.Read(ref _requests);

    /// <summary>Completes once a call was met with silence.</summary>
    public Task Silent => _silent.Task;

    /// <summary>The raw transactions that the node got, in order, as often as it got them.</summary>
    public IReadOnlyList<string> Forwarded
    {
        get
        {
            lock (_lock) return [.. _forwarded];
        }
    }

    /// <summary>The raw transactions that were dropped.</summary>
    public IReadOnlyList<string> Dropped
    {
        get
        {
            lock (_lock) return [.. _dropped];
        }
    }

    /// <summary>What becomes of a method's calls from now on.</summary>
    public FaultProxy On(string method, Fault fault)
    {
        lock (_lock) _faults[method] = fault;
        return this;
    }

    /// <summary>From now on everything passes.</summary>
    public void Heal()
    {
        lock (_lock) _faults.Clear();
        Rule = null;
        HoldBack = 0;
    }

    /// <summary>How often a method was called, in batches too.</summary>
    public int Count(string method)
    {
        lock (_lock) return _counts.GetValueOrDefault(method);
    }

    public void Dispose()
    {
        _stop.Cancel();
        _listener.Stop();
        lock (_lock)
        {
            foreach (var socket in _open) socket.Dispose();
        }

        _http.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true) _ = ServeAsync(await _listener.AcceptSocketAsync(_stop.Token));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        lock (_lock) _open.Add(socket);
        try
        {
            socket.NoDelay = true;
            await using var stream = new NetworkStream(socket, ownsSocket: false);
            var connection = new ProxyConnection(stream, _stop.Token);
            while (await connection.ReadRequestAsync() is { } body)
            {
                Interlocked.Increment(ref _requests);
                if (!await AnswerAsync(socket, connection, body)) return;
            }
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // The client went away, or the test is over.
        }
        finally
        {
            lock (_lock) _open.Remove(socket);
            socket.Dispose();
        }
    }

    /// <returns>Whether the connection goes on.</returns>
    private async Task<bool> AnswerAsync(Socket socket, ProxyConnection connection, byte[] body)
    {
        var request = JsonNode.Parse(body);
        var calls = (request is JsonArray batch ? batch.ToArray() : [request]).Select(call => Planned(call as JsonObject ?? [])).ToArray();
        switch (calls.Select(call => call.Fault).OfType<Fault.Connection>().FirstOrDefault())
        {
            case Fault.ResetConnection reset:
                if (reset.Forward) await AnswersAsync(calls, request is JsonArray);
                // No linger: the other side gets RST.
                socket.LingerState = new LingerOption(enable: true, 0);
                socket.Close();
                return false;
            case Fault.NoAnswer silence:
                if (silence.Forward) await AnswersAsync(calls, request is JsonArray);
                _silent.TrySetResult();
                await connection.UntilClosedAsync();
                return false;
            case Fault.StatusAnswer status:
                await connection.WriteAsync(status.Code, status.Headers, "<html>no</html>"u8.ToArray());
                return true;
            case Fault.CutShort:
                var whole = await AnswersAsync(calls, request is JsonArray);
                await connection.WriteAsync(200, string.Empty, whole.AsMemory(0, whole.Length / 2), claimed: whole.Length);
                return false;
            case Fault.SlowAnswer drip:
                await connection.DripAsync(await AnswersAsync(calls, request is JsonArray), drip.Pause);
                return true;
            default:
                await connection.WriteAsync(200, string.Empty, await AnswersAsync(calls, request is JsonArray));
                return true;
        }
    }

    private PlannedCall Planned(JsonObject call)
    {
        var seen = new ProxiedCall(call["method"]?.GetValue<string>() ?? string.Empty, call["params"] as JsonArray ?? []);
        var byRule = Rule?.Invoke(seen);
        lock (_lock)
        {
            _counts[seen.Method] = _counts.GetValueOrDefault(seen.Method) + 1;
            return new PlannedCall(call, seen, byRule ?? _faults.GetValueOrDefault(seen.Method) ?? Fault.Pass);
        }
    }

    private async Task<byte[]> AnswersAsync(PlannedCall[] calls, bool isBatch)
    {
        var behind = HoldBack;
        var stale = behind > 0 ? await StaleView.OfAsync(PostAsync, behind, _stop.Token) : null;
        if (stale is not null) foreach (var call in calls) stale.Ask(call.Call);
        Remember(calls);
        var asked = calls.Where(call => call.IsForwarded).ToArray();
        var bytes = asked.Length == 0 ? [] : await PostAsync(Encoding.UTF8.GetBytes(isBatch
            ? new JsonArray([.. asked.Select(call => call.Call.DeepClone())]).ToJsonString()
            : asked[0].Call.ToJsonString()));
        // Byte for byte where nothing is to be changed.
        if (stale is null && calls.All(call => call.Fault is Fault.Passed or Fault.Connection)) return bytes;

        var answers = bytes.Length == 0 ? [] : JsonNode.Parse(bytes) switch
        {
            JsonArray many => many.OfType<JsonObject>().ToArray(),
            JsonObject one => [one],
            _ => [],
        };
        var ours = new List<JsonNode?>();
        foreach (var call in calls)
        {
            var answer = answers.FirstOrDefault(answer => JsonNode.DeepEquals(answer["id"], call.Call["id"]))?.DeepClone() as JsonObject;
            ours.Add(call.Answer(answer, stale));
        }

        return Encoding.UTF8.GetBytes(isBatch ? new JsonArray([.. ours]).ToJsonString() : ours[0]?.ToJsonString() ?? "null");
    }

    private void Remember(PlannedCall[] calls)
    {
        lock (_lock)
        {
            foreach (var call in calls.Where(call => call.Seen.Method == "eth_sendRawTransaction"))
            {
                if (call.IsForwarded) _forwarded.Add(call.Seen.First);
                else if (call.Fault is Fault.DroppedTransaction) _dropped.Add(call.Seen.First);
            }
        }
    }

    private async Task<byte[]> PostAsync(byte[] body)
    {
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = new("application/json");
        using var reply = await _http.PostAsync(_node, content, _stop.Token);
        return await reply.Content.ReadAsByteArrayAsync(_stop.Token);
    }
}
