using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using OpenSettle.Primitives;

namespace OpenSettle.Tests.Shared;

/// <summary>A call, and what is to become of it.</summary>
internal sealed record PlannedCall(JsonObject Call, ProxiedCall Seen, Fault Fault)
{
    public bool IsForwarded => Fault is not (Fault.ErrorAnswer or Fault.DroppedTransaction);

    /// <summary>The answer that the client gets.</summary>
    public JsonObject Answer(JsonObject? answer, StaleView? stale)
    {
        if (Fault is Fault.ErrorAnswer error) return Envelope("error", new JsonObject { ["code"] = error.Code, ["message"] = error.Message });
        if (Fault is Fault.DroppedTransaction) return Envelope("result", Keccak256.Hash(Hex.Decode(Seen.First)).ToString());
        if (answer is null) return Envelope("error", new JsonObject { ["code"] = -32603, ["message"] = "the node did not answer" });
        if (!answer.TryGetPropertyValue("result", out var result)) return answer;
        // A node has one parent: it is taken out before it is put in again.
        answer["result"] = null;
        if (stale is not null && result is not null) result = stale.Show(Seen.Method, result);
        answer["result"] = Fault is Fault.Changed changed ? changed.Function(Seen, result) : result;
        return answer;
    }

    private JsonObject Envelope(string outcome, JsonNode value) => new() { ["jsonrpc"] = "2.0", ["id"] = Call["id"]?.DeepClone(), [outcome] = value };
}

/// <summary>The chain as it was some blocks ago.</summary>
internal sealed class StaleView(ulong head, ulong behind, IReadOnlyDictionary<string, ulong> tags)
{
    private static readonly string[] Tags = ["latest", "safe", "finalized", "pending"];

    public static async Task<StaleView> OfAsync(Func<byte[], Task<byte[]>> post, ulong behind, CancellationToken cancellation)
    {
        var calls = Tags[..3].Select((tag, id) => new JsonObject
        {
            ["jsonrpc"] = "2.0", ["id"] = id, ["method"] = "eth_getBlockByNumber", ["params"] = new JsonArray(tag, false),
        });
        var answers = JsonNode.Parse(await post(Encoding.UTF8.GetBytes(new JsonArray([.. calls]).ToJsonString()))) as JsonArray ?? [];
        cancellation.ThrowIfCancellationRequested();
        var heights = new Dictionary<string, ulong>(StringComparer.Ordinal);
        foreach (var answer in answers)
        {
            if (answer?["result"] is JsonObject block) heights[Tags[answer["id"]?.GetValue<int>() ?? 0]] = Number(block["number"]) is var now && now > behind ? now - behind : 0;
        }

        var head = heights["latest"];
        heights["pending"] = head;
        return new StaleView(head, behind, heights);
    }

    /// <summary>Tags become the numbers of that time.</summary>
    public void Ask(JsonObject call)
    {
        if (call["params"] is not JsonArray parameters) return;
        var at = call["method"]?.GetValue<string>() switch
        {
            "eth_getBlockByNumber" or "eth_getBlockReceipts" => 0,
            "eth_call" or "eth_getBalance" or "eth_getCode" or "eth_getTransactionCount" => 1,
            _ => -1,
        };
        if (at < 0 || at >= parameters.Count || parameters[at] is not JsonValue value || !value.TryGetValue<string>(out var tag)) return;
        if (tags.TryGetValue(tag, out var number)) parameters[at] = Quantity(number);
    }

    /// <summary>What came later is not there yet.</summary>
    public JsonNode? Show(string method, JsonNode result) => method switch
    {
        "eth_blockNumber" => Quantity(Number(result) is var now && now > behind ? now - behind : 0),
        "eth_getBlockByNumber" or "eth_getBlockByHash" => Number(result["number"]) > head ? null : result,
        "eth_getTransactionReceipt" or "eth_getTransactionByHash" => result["blockNumber"] is { } block && Number(block) > head ? null : result,
        "eth_getBlockReceipts" => result is JsonArray { Count: > 0 } receipts && Number(receipts[0]?["blockNumber"]) > head ? null : result,
        "eth_getLogs" => new JsonArray([.. (result as JsonArray ?? []).Where(log => Number(log?["blockNumber"]) <= head).Select(log => log?.DeepClone())]),
        _ => result,
    };

    private static string Quantity(ulong number) => $"0x{number:x}";

    private static ulong Number(JsonNode? quantity) => ulong.Parse((quantity?.GetValue<string>() ?? "0x0").AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}

/// <summary>HTTP/1.1 as far as a client of JSON-RPC speaks it.</summary>
internal sealed class ProxyConnection(NetworkStream stream, CancellationToken stop)
{
    private readonly byte[] _buffer = new byte[64 * 1024];
    private int _from;
    private int _to;

    /// <summary>The body of the next request; null where there is none.</summary>
    public async Task<byte[]?> ReadRequestAsync()
    {
        var length = 0;
        var chunked = false;
        if (await LineAsync() is null) return null;
        while (await LineAsync() is { Length: > 0 } header)
        {
            if (header.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase)) length = int.Parse(header.AsSpan("Content-Length:".Length), NumberStyles.AllowLeadingWhite, CultureInfo.InvariantCulture);
            if (header.StartsWith("Transfer-Encoding:", StringComparison.OrdinalIgnoreCase)) chunked = header.Contains("chunked", StringComparison.OrdinalIgnoreCase);
        }

        return chunked ? await ChunksAsync() : await BytesAsync(length);
    }

    public async Task WriteAsync(int status, string headers, ReadOnlyMemory<byte> body, int? claimed = null)
    {
        var head = $"HTTP/1.1 {status} Proxy\r\nContent-Type: application/json\r\nContent-Length: {claimed ?? body.Length}\r\n{headers}\r\n";
        await stream.WriteAsync(Encoding.ASCII.GetBytes(head), stop);
        await stream.WriteAsync(body, stop);
    }

    public async Task DripAsync(ReadOnlyMemory<byte> body, TimeSpan pause)
    {
        await WriteAsync(200, string.Empty, default, body.Length);
        for (var i = 0; i < body.Length; i++)
        {
            await stream.WriteAsync(body.Slice(i, 1), stop);
            if (pause > TimeSpan.Zero) await Task.Delay(pause, TimeProvider.System, stop);
        }
    }

    /// <summary>Ends when the client closes its side.</summary>
    public async Task UntilClosedAsync()
    {
        while (await stream.ReadAsync(_buffer, stop) > 0)
        {
            // What else it says is not answered either.
        }
    }

    private async Task<byte[]> ChunksAsync()
    {
        using var body = new MemoryStream();
        while (await LineAsync() is { } size)
        {
            var length = int.Parse(size.Split(';')[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            body.Write(await BytesAsync(length));
            await LineAsync();
            if (length == 0) break;
        }

        return body.ToArray();
    }

    private async Task<byte[]> BytesAsync(int length)
    {
        var bytes = new byte[length];
        for (var have = 0; have < length;)
        {
            if (_from == _to && !await FillAsync()) throw new IOException("The request ends early.");
            var take = Math.Min(length - have, _to - _from);
            _buffer.AsSpan(_from, take).CopyTo(bytes.AsSpan(have));
            have += take;
            _from += take;
        }

        return bytes;
    }

    private async Task<string?> LineAsync()
    {
        var line = new StringBuilder();
        while (true)
        {
            if (_from == _to && !await FillAsync()) return null;
            var next = (char)_buffer[_from++];
            if (next == '\n') return line.ToString().TrimEnd('\r');
            line.Append(next);
        }
    }

    private async Task<bool> FillAsync()
    {
        (_from, _to) = (0, await stream.ReadAsync(_buffer, stop));
        return _to > 0;
    }
}
