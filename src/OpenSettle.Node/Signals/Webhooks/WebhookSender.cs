using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using OpenSettle.Ethereum.Rpc;

namespace OpenSettle.Node.Signals.Webhooks;

/// <summary>What became of one attempt.</summary>
internal enum WebhookOutcome
{
    Unknown = 0,

    /// <summary>The target took it.</summary>
    Delivered,

    /// <summary>It did not: another time it may.</summary>
    Failed,

    /// <summary>It wants nothing more: 410.</summary>
    Gone,
}

/// <param name="Why">In words that may be shown; null where it was taken.</param>
/// <param name="Wait">The pause that the target asks for, where it does.</param>
internal sealed record WebhookAnswer(WebhookOutcome Outcome, string? Why, TimeSpan? Wait = null);

/// <summary>Makes one attempt to tell one target. A slow target costs seconds and nothing else; redirects are not followed, and little of an answer is read.</summary>
internal sealed class WebhookSender : IDisposable
{
    /// <summary>A whole attempt.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan LongestWait = TimeSpan.FromHours(1);

    private const int MostRead = 4096;

    private readonly byte[] _key;
    private readonly TimeProvider _time;
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, ConnectTimeout = TimeSpan.FromSeconds(5), PooledConnectionLifetime = TimeSpan.FromMinutes(5) })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    public WebhookSender(string secret, TimeProvider time)
    {
        _key = WebhookSignature.TryKey(secret, out var key) ? key : throw new ArgumentException("A webhook's key was taken that is none.", nameof(secret));
        _time = time;
    }

    public void Dispose() => _http.Dispose();

    public async Task<WebhookAnswer> SendAsync(WebhookTarget target, string id, ReadOnlyMemory<byte> body, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(Patience, _time);
        await using var stop = cancellation.Register(limit.Cancel);
        try
        {
            using var request = Request(target, id, body);
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token);
            var answer = Judge(response);
            // What is left unread closes the connection; a short answer lets it be used again.
            await using var content = await response.Content.ReadAsStreamAsync(limit.Token);
            _ = await content.ReadAtLeastAsync(new byte[MostRead], MostRead, throwOnEndOfStream: false, limit.Token);
            return answer;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new WebhookAnswer(WebhookOutcome.Failed, $"it does not answer in {Patience.TotalSeconds} s");
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return new WebhookAnswer(WebhookOutcome.Failed, EndpointName.Quote(target.Address, e.Message));
        }
    }

    private HttpRequestMessage Request(WebhookTarget target, string id, ReadOnlyMemory<byte> body)
    {
        var now = _time.GetUtcNow().ToUnixTimeSeconds();
        var address = new UriBuilder(target.Address) { UserName = string.Empty, Password = string.Empty };
        var request = new HttpRequestMessage(HttpMethod.Post, address.Uri) { Content = new ReadOnlyMemoryContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.UserAgent.Add(new ProductInfoHeaderValue("OpenSettle", null));
        request.Headers.Add(WebhookSignature.IdHeader, id);
        request.Headers.Add(WebhookSignature.TimeHeader, now.ToString(CultureInfo.InvariantCulture));
        request.Headers.Add(WebhookSignature.Header, WebhookSignature.Sign(_key, id, now, body.Span));
        if (target.Address.UserInfo.Length > 0)
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(Uri.UnescapeDataString(target.Address.UserInfo))));
        return request;
    }

    private WebhookAnswer Judge(HttpResponseMessage response)
    {
        if (response.IsSuccessStatusCode) return new WebhookAnswer(WebhookOutcome.Delivered, null);
        if (response.StatusCode == HttpStatusCode.Gone) return new WebhookAnswer(WebhookOutcome.Gone, "it answers 410");
        var asked = response.Headers.RetryAfter is { } after ? after.Delta ?? after.Date - _time.GetUtcNow() : null;
        return new WebhookAnswer(WebhookOutcome.Failed, $"it answers {(int)response.StatusCode}", asked is { } wait && wait > TimeSpan.Zero ? (wait < LongestWait ? wait : LongestWait) : null);
    }
}
