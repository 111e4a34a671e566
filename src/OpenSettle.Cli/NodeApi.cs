using System.Net;
using System.Text.Json;
using OpenSettle.Ethereum.Rpc;

namespace OpenSettle.Cli;

/// <summary>Asks a node's API.</summary>
internal sealed class NodeApi(string address) : IDisposable
{
    // More than the largest passport; an endless answer is none.
    private const long MostBytes = 80 * 1024 * 1024;

    /// <summary>As messages may show it.</summary>
    private readonly string _name = EndpointName.Of(new Uri(address));

    private readonly HttpClient _http = new() { BaseAddress = new Uri(address.TrimEnd('/') + "/"), Timeout = TimeSpan.FromSeconds(20), MaxResponseContentBufferSize = MostBytes };

    /// <summary>The JSON answer, or null where the node says that there is none.</summary>
    public Task<JsonElement?> GetAsync(string path, CancellationToken cancellation) => AskAsync(async () =>
    {
        using var response = await _http.GetAsync(new Uri(path, UriKind.Relative), cancellation);
        if (response.StatusCode == HttpStatusCode.NotFound) return (JsonElement?)null;
        var body = await response.Content.ReadAsStringAsync(cancellation);
        if (!response.IsSuccessStatusCode) throw new VerbException(ExitCode.Api, $"api: {_name} answers {(int)response.StatusCode} to {path}: {body}");
        using var document = JsonDocument.Parse(body);
        return document.RootElement.Clone();
    }, cancellation);

    /// <summary>The answer's bytes, or null where there is none. What the node objects to is told as it says it.</summary>
    /// <param name="look">Sees a good answer's headers.</param>
    public Task<byte[]?> GetBytesAsync(string path, CancellationToken cancellation, Action<System.Net.Http.Headers.HttpResponseHeaders>? look = null) => AskAsync(async () =>
    {
        using var response = await _http.GetAsync(new Uri(path, UriKind.Relative), cancellation);
        if (response.StatusCode == HttpStatusCode.NotFound) return null;
        if (response.IsSuccessStatusCode) look?.Invoke(response.Headers);
        if (response.IsSuccessStatusCode) return await response.Content.ReadAsByteArrayAsync(cancellation);
        throw Refused(response.StatusCode, path, await response.Content.ReadAsStringAsync(cancellation));
    }, cancellation);

    private VerbException Refused(HttpStatusCode status, string path, string body)
    {
        if (status != HttpStatusCode.BadRequest) return new VerbException(ExitCode.Api, $"api: {_name} answers {(int)status} to {path}: {Screen.Inert.Of(body)}");
        using var problem = JsonDocument.Parse(body);
        string Text(string name) => problem.RootElement.TryGetProperty(name, out var text) && text.ValueKind == JsonValueKind.String ? Screen.Inert.Of(text.GetString() ?? string.Empty) : string.Empty;
        return new VerbException(ExitCode.Refused, $"the node refuses: {Text("title")}. {Text("detail")}");
    }

    /// <summary>Puts bytes somewhere that the node may not know yet: false where it does not.</summary>
    public Task<bool> OfferAsync(string path, byte[] body, CancellationToken cancellation) => AskAsync(async () =>
    {
        using var content = new ByteArrayContent(body);
        using var response = await _http.PutAsync(new Uri(path, UriKind.Relative), content, cancellation);
        if (response.IsSuccessStatusCode) return true;
        if (response.StatusCode == HttpStatusCode.NotFound) return false;
        throw Refused(response.StatusCode, path, await response.Content.ReadAsStringAsync(cancellation));
    }, cancellation);

    /// <summary>Puts bytes somewhere. What the node objects to is told as it says it.</summary>
    public Task PutAsync(string path, byte[] body, CancellationToken cancellation) => AskAsync(async () =>
    {
        using var content = new ByteArrayContent(body);
        using var response = await _http.PutAsync(new Uri(path, UriKind.Relative), content, cancellation);
        if (response.IsSuccessStatusCode) return true;
        using var problem = JsonDocument.Parse(await response.Content.ReadAsStringAsync(cancellation));
        string Text(string name) => problem.RootElement.TryGetProperty(name, out var text) ? text.GetString() ?? string.Empty : string.Empty;
        throw new VerbException(ExitCode.Refused, $"the node refuses: {Text("title")}. {Text("detail")}");
    }, cancellation);

    /// <summary>Posts JSON, and gives the node's answer. What the node objects to is told as it says it.</summary>
    public Task<JsonElement> PostAsync(string path, byte[] body, CancellationToken cancellation) => AskAsync(async () =>
    {
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = new System.Net.Http.Headers.MediaTypeHeaderValue("application/json");
        using var response = await _http.PostAsync(new Uri(path, UriKind.Relative), content, cancellation);
        using var answer = JsonDocument.Parse(await response.Content.ReadAsStringAsync(cancellation) is { Length: > 0 } text ? text : "{}");
        if (response.IsSuccessStatusCode) return answer.RootElement.Clone();
        string Text(string name) => answer.RootElement.TryGetProperty(name, out var value) ? value.GetString() ?? string.Empty : string.Empty;
        throw new VerbException(ExitCode.Refused, $"the node refuses: {Text("title")}. {Text("detail")}");
    }, cancellation);

    private async Task<T> AskAsync<T>(Func<Task<T>> ask, CancellationToken cancellation)
    {
        try
        {
            return await ask();
        }
        catch (Exception e) when (e is HttpRequestException or JsonException || e is TaskCanceledException && !cancellation.IsCancellationRequested)
        {
            throw new VerbException(ExitCode.Api, $"api: no node answers at {_name}: {e.Message} Start one with 'opensettle run', or set --api.", e);
        }
    }

    public void Dispose() => _http.Dispose();
}
