using System.Net.Http.Json;
using System.Text.Json;

namespace OpenSettle.EndToEnd.Tests.Crash;

/// <summary>What the port to a chain has no need of: blocks with their transactions.</summary>
internal sealed class RawRpc(Uri endpoint) : IDisposable
{
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(60) };

    public async Task<JsonElement> CallAsync(string method, CancellationToken cancellation, params object?[] parameters)
    {
        using var reply = await _http.PostAsJsonAsync(endpoint, new { jsonrpc = "2.0", id = 1, method, @params = parameters }, cancellation);
        var answer = await reply.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>(cancellation);
        if (answer.TryGetProperty("error", out var error)) throw new InvalidOperationException($"{method}: {error.GetRawText()}");
        return answer.GetProperty("result").Clone();
    }

    public void Dispose() => _http.Dispose();
}
