using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using OpenSettle.Ethereum.Rpc;
using OpenSettle.Node.Configuration;
using OpenSettle.Node.Verification;

namespace OpenSettle.Cli;

/// <summary>Asks a node's API.</summary>
/// <param name="key">A key of the node, where what is asked needs one; null: none is sent.</param>
internal sealed class NodeApi(string address, string? key = null) : IDisposable
{
    // More than the largest passport; an endless answer is none.
    private const long MostBytes = 80 * 1024 * 1024;

    /// <summary>As messages may show it.</summary>
    private readonly string _name = EndpointName.Of(new Uri(address));

    private readonly HttpClient _http = Client(address, key);

    /// <summary>The node of the settings, with the key that they name.</summary>
    public static NodeApi Of(SettingsReader settings) => new(settings.Get(Settings.Api), settings.Find(Settings.ApiKey));

    /// <summary>The JSON answer, or null where the node says that there is none.</summary>
    public Task<JsonElement?> GetAsync(string path, CancellationToken cancellation) => AskAsync(async () =>
    {
        using var response = await _http.GetAsync(new Uri(path, UriKind.Relative), cancellation);
        if (response.StatusCode == HttpStatusCode.NotFound) return (JsonElement?)null;
        var body = await response.Content.ReadAsStringAsync(cancellation);
        if (!response.IsSuccessStatusCode) throw new VerbException(ExitCode.Api, $"api: {_name} answers {(int)response.StatusCode} to {path}: {Screen.Inert.Of(body)}");
        using var document = JsonDocument.Parse(body);
        return document.RootElement.Clone();
    }, cancellation);

    /// <summary>What the node says of itself, as text, and whether it says that all is well.</summary>
    public Task<(bool Well, string Text)> GetHealthAsync(string path, CancellationToken cancellation) => AskAsync(async () =>
    {
        using var response = await _http.GetAsync(new Uri(path, UriKind.Relative), cancellation);
        if (response.StatusCode is not (HttpStatusCode.OK or HttpStatusCode.ServiceUnavailable)) throw new VerbException(ExitCode.Api, $"api: {_name} answers {(int)response.StatusCode} to {path}. Set --api to a node's.");
        return (response.StatusCode == HttpStatusCode.OK, await response.Content.ReadAsStringAsync(cancellation));
    }, cancellation);

    /// <summary>All rows of a list, page by page; null where the node has no such list.</summary>
    public Task<IReadOnlyList<JsonElement>?> GetAllAsync(string path, CancellationToken cancellation) => AskAsync(async () =>
    {
        var rows = new List<JsonElement>();
        for (string? page = path; page is not null;)
        {
            string? next = null;
            if (await GetBytesAsync(page, cancellation, headers => next = NextOf(headers)) is not { } bytes) return (IReadOnlyList<JsonElement>?)null;
            using var document = JsonDocument.Parse(bytes);
            if (document.RootElement.ValueKind != JsonValueKind.Array) throw new JsonException("a list was expected.");
            rows.AddRange(document.RootElement.EnumerateArray().Select(row => row.Clone()));
            page = next is null ? null : path.Split('?')[0] + next;
        }

        return rows;
    }, cancellation);

    /// <summary>The query of the next page, as the header Link has it.</summary>
    private static string? NextOf(HttpResponseHeaders headers) =>
        headers.TryGetValues("Link", out var links) && links.FirstOrDefault(link => link.StartsWith("<?", StringComparison.Ordinal) && link.EndsWith(">; rel=\"next\"", StringComparison.Ordinal)) is { } next
            ? next[1..next.IndexOf('>', StringComparison.Ordinal)]
            : null;

    /// <summary>The answer's bytes, or null where there is none. What the node objects to is told as it says it.</summary>
    /// <param name="look">Sees a good answer's headers.</param>
    public Task<byte[]?> GetBytesAsync(string path, CancellationToken cancellation, Action<HttpResponseHeaders>? look = null) => AskAsync(async () =>
    {
        using var response = await _http.GetAsync(new Uri(path, UriKind.Relative), cancellation);
        if (response.StatusCode == HttpStatusCode.NotFound) return null;
        if (response.IsSuccessStatusCode) look?.Invoke(response.Headers);
        if (response.IsSuccessStatusCode) return await response.Content.ReadAsByteArrayAsync(cancellation);
        throw Refused(response.StatusCode, path, await response.Content.ReadAsStringAsync(cancellation));
    }, cancellation);

    private static HttpClient Client(string address, string? key)
    {
        // A redirect must not take the key elsewhere.
        var http = new HttpClient(new PatientHandler(new SocketsHttpHandler { AllowAutoRedirect = key is null }, Clock.Real))
        {
            BaseAddress = new Uri(address.TrimEnd('/') + "/"), Timeout = TimeSpan.FromSeconds(20), MaxResponseContentBufferSize = MostBytes,
        };
        if (key is not null) http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return http;
    }

    private VerbException Refused(HttpStatusCode status, string path, string body)
    {
        if (status != HttpStatusCode.BadRequest) return new VerbException(ExitCode.Api, $"api: {_name} answers {(int)status} to {path}: {Screen.Inert.Of(body)}");
        return Said(body);
    }

    /// <summary>What the node objects to, as it says it; nothing in it moves the cursor.</summary>
    private static VerbException Said(string body)
    {
        using var problem = JsonDocument.Parse(body);
        string Text(string name) => problem.RootElement.ValueKind == JsonValueKind.Object && problem.RootElement.TryGetProperty(name, out var text) && text.ValueKind == JsonValueKind.String
            ? Screen.Inert.Of(text.GetString() ?? string.Empty)
            : string.Empty;
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
        throw Said(await response.Content.ReadAsStringAsync(cancellation));
    }, cancellation);

    /// <summary>Posts JSON, and gives the node's answer. What the node objects to is told as it says it.</summary>
    public Task<JsonElement> PostAsync(string path, byte[] body, CancellationToken cancellation) => AskAsync(async () =>
    {
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var response = await _http.PostAsync(new Uri(path, UriKind.Relative), content, cancellation);
        using var answer = JsonDocument.Parse(await response.Content.ReadAsStringAsync(cancellation) is { Length: > 0 } text ? text : "{}");
        return response.IsSuccessStatusCode ? answer.RootElement.Clone() : throw Said(answer.RootElement.GetRawText());
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
