using System.Net;
using System.Text.Json;

namespace OpenSettle.Cli;

/// <summary>Asks a node's API.</summary>
internal sealed class NodeApi(string address) : IDisposable
{
    private readonly HttpClient _http = new() { BaseAddress = new Uri(address.TrimEnd('/') + "/"), Timeout = TimeSpan.FromSeconds(20) };

    /// <summary>The JSON answer, or null where the node says that there is none.</summary>
    public async Task<JsonElement?> GetAsync(string path, CancellationToken cancellation)
    {
        try
        {
            using var response = await _http.GetAsync(new Uri(path, UriKind.Relative), cancellation);
            if (response.StatusCode == HttpStatusCode.NotFound) return null;
            var body = await response.Content.ReadAsStringAsync(cancellation);
            if (!response.IsSuccessStatusCode) throw new VerbException(ExitCode.Api, $"api: {address} answers {(int)response.StatusCode} to {path}: {body}");
            using var document = JsonDocument.Parse(body);
            return document.RootElement.Clone();
        }
        catch (Exception e) when (e is HttpRequestException or JsonException || e is TaskCanceledException && !cancellation.IsCancellationRequested)
        {
            throw new VerbException(ExitCode.Api, $"api: no node answers at {address}: {e.Message} Start one with 'opensettle run', or set --api.", e);
        }
    }

    public void Dispose() => _http.Dispose();
}
