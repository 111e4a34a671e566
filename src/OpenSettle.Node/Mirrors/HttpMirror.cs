using System.Net;
using System.Net.Http.Headers;
using System.Text;
using OpenSettle.Ethereum.Rpc;
using OpenSettle.Primitives;

namespace OpenSettle.Node.Mirrors;

/// <summary>A store that takes PUT, and answers HEAD and GET: a web server with WebDAV, or an object store behind a signed address.</summary>
internal sealed class HttpMirror : IBundleMirror, IDisposable
{
    /// <summary>A look, and each part of a longer work.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Bytes in a second that a store has to take.</summary>
    private const long SlowestStore = 64 * 1024;

    /// <summary>More than any bundle has.</summary>
    private const long MostBytes = 8L << 30;

    private readonly Uri _prefix;
    private readonly TimeProvider _time;
    private readonly HttpClient _http;
    private readonly AuthenticationHeaderValue? _password;

    public HttpMirror(Uri prefix, TimeProvider time)
    {
        (_prefix, _time) = (prefix, time);
        Name = EndpointName.Of(prefix);
        _password = prefix.UserInfo.Length == 0 ? null : new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(Uri.UnescapeDataString(prefix.UserInfo))));
        // What is stored is compressed, and is to arrive as it lies there.
        _http = new HttpClient(new SocketsHttpHandler
        {
            AutomaticDecompression = DecompressionMethods.None, ConnectTimeout = TimeSpan.FromSeconds(10), PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        })
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    public string Name { get; }

    public void Dispose() => _http.Dispose();

    public Task<long?> LengthAsync(Hash32 hash, CancellationToken cancellation) => GuardAsync<long?>(Patience, async limit =>
    {
        using var request = Request(HttpMethod.Head, hash);
        using var response = await _http.SendAsync(request, limit.Token);
        if (IsAbsent(response.StatusCode)) return null;
        RequireSuccess(response);
        return response.Content.Headers.ContentLength ?? throw new MirrorException("its answer to HEAD has no Content-Length, so that nobody knows what is there");
    }, cancellation);

    public async Task PutAsync(Hash32 hash, string file, CancellationToken cancellation)
    {
        await using var from = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 17, useAsync: true);
        await GuardAsync(Patience + TimeSpan.FromSeconds(from.Length / SlowestStore), async limit =>
        {
            using var request = Request(HttpMethod.Put, hash);
            request.Content = new StreamContent(from);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/gzip");
            request.Content.Headers.ContentLength = from.Length;
            using var response = await _http.SendAsync(request, limit.Token);
            RequireSuccess(response);
            return true;
        }, cancellation);
    }

    public Task<bool> FetchAsync(Hash32 hash, Stream to, CancellationToken cancellation) => GuardAsync(Patience, async limit =>
    {
        using var request = Request(HttpMethod.Get, hash);
        using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token);
        if (IsAbsent(response.StatusCode)) return false;
        RequireSuccess(response);
        await using var from = await response.Content.ReadAsStreamAsync(limit.Token);
        var (buffer, taken) = (new byte[1 << 17], 0L);
        while (await from.ReadAsync(buffer, limit.Token) is > 0 and var read)
        {
            // It may take long, as long as something comes.
            limit.CancelAfter(Patience);
            if ((taken += read) > MostBytes) throw new MirrorException($"it sends more than {MostBytes} bytes for one bundle");
            await to.WriteAsync(buffer.AsMemory(0, read), limit.Token);
        }

        return true;
    }, cancellation);

    private static bool IsAbsent(HttpStatusCode status) => status is HttpStatusCode.NotFound or HttpStatusCode.Gone;

    private static void RequireSuccess(HttpResponseMessage response)
    {
        if (!response.IsSuccessStatusCode) throw new MirrorException($"it answers {(int)response.StatusCode} to {response.RequestMessage?.Method}");
    }

    private HttpRequestMessage Request(HttpMethod method, Hash32 hash)
    {
        var address = new UriBuilder(_prefix) { UserName = string.Empty, Password = string.Empty };
        address.Path = $"{address.Path.TrimEnd('/')}/{hash}.bundle.gz";
        var request = new HttpRequestMessage(method, address.Uri);
        request.Headers.Authorization = _password;
        return request;
    }

    private async Task<T> GuardAsync<T>(TimeSpan patience, Func<CancellationTokenSource, Task<T>> work, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(patience, _time);
        await using var stop = cancellation.Register(limit.Cancel);
        try
        {
            return await work(limit);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new MirrorException($"it does not answer in {patience.TotalSeconds} s");
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw new MirrorException(EndpointName.Quote(_prefix, e.Message), e);
        }
    }
}
