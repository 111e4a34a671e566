using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenSettle.Node.Configuration;
using OpenSettle.Node.Page;
using OpenSettle.Node.Tests.Passports;

namespace OpenSettle.Node.Tests.Page;

public sealed class PageServingTests : IAsyncLifetime, IDisposable
{
    private const string Account = "/accounts/0x71bE63f3384f5fb98995898A86B02Fb2426c5788";
    private const string Browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
    private const string Script = "/assets/index-1234.js";

    private static readonly byte[] Plain = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("export const settled = 1;\n", 100)));

    private readonly string _folder = Directory.CreateTempSubdirectory("opensettle-page-").FullName;
    private readonly List<WebApplication> _apps = [];
    private HttpClient? _http;

    private HttpClient Http => _http ?? throw new InvalidOperationException("The server is not started.");

    public async Task InitializeAsync()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "assets"));
        await File.WriteAllTextAsync(
            Path.Combine(_folder, "index.html"),
            "<!doctype html><html><head><base href=\"/\"><meta name=\"opensettle-rpc\" content=\"\"><script type=\"module\" src=\"./assets/index-1234.js\"></script></head></html>");
        await File.WriteAllTextAsync(Path.Combine(_folder, "icon.svg"), "<svg xmlns=\"http://www.w3.org/2000/svg\"/>");
        var script = Path.Combine(_folder, "assets", "index-1234.js");
        await File.WriteAllBytesAsync(script, Plain);
        await File.WriteAllBytesAsync($"{script}.br", Smaller(inner => new BrotliStream(inner, CompressionLevel.SmallestSize)));
        await File.WriteAllBytesAsync($"{script}.gz", Smaller(inner => new GZipStream(inner, CompressionLevel.SmallestSize)));
        _http = await StartAsync(_folder, string.Empty);
    }

    public async Task DisposeAsync()
    {
        foreach (var app in _apps) await app.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    public void Dispose() => _http?.Dispose();

    [Theory]
    [InlineData("/", "*/*", true)]
    [InlineData("/", Browser, true)]
    [InlineData("/index.html", null, true)]
    [InlineData(Account, Browser, true)]
    [InlineData("/search?q=a", Browser, true)]
    [InlineData("/no/such/view", Browser, true)]
    [InlineData(Account, "application/json", false)]
    [InlineData(Account, "*/*", false)]
    [InlineData(Account, "text/html;q=0", false)]
    [InlineData("/favicon.ico", "image/avif,image/webp,*/*;q=0.8", false)]
    [InlineData("/assets/gone-1234.js", Browser, false)]
    [InlineData("/assets", Browser, false)]
    [InlineData("/api/v1/nothing", Browser, false)]
    [InlineData("/api", Browser, false)]
    [InlineData("/bundles/0x12", Browser, false)]
    [InlineData("/metrics", Browser, false)]
    [InlineData("/openapi.json", Browser, false)]
    [InlineData("/assets/index-1234.js.br", Browser, false)]
    [InlineData("/..%2f..%2fetc/passwd", "*/*", false)]
    public async Task Document_GoesWhereABrowserAsksForAPage_AndNowhereElse(string path, string? accept, bool isPage)
    {
        using var answer = await SendAsync(HttpMethod.Get, path, accept);
        Assert.Equal(isPage ? HttpStatusCode.OK : HttpStatusCode.NotFound, answer.StatusCode);
        if (!isPage) return;
        Assert.Equal("text/html; charset=utf-8", answer.Content.Headers.ContentType?.ToString());
        Assert.Equal("no-cache", answer.Headers.CacheControl?.ToString());
        Assert.Contains("<base href=\"/\">", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("POST", "/", HttpStatusCode.NotFound)]
    [InlineData("POST", "/there", HttpStatusCode.MethodNotAllowed)]
    [InlineData("GET", "/there", HttpStatusCode.OK)]
    public async Task Route_ThatIsThere_IsNeverThePage(string method, string path, HttpStatusCode status)
    {
        using var answer = await SendAsync(new HttpMethod(method), path, Browser);
        Assert.Equal(status, answer.StatusCode);
        Assert.NotEqual("text/html", answer.Content.Headers.ContentType?.MediaType);
    }

    [Theory]
    [InlineData("/chains/base/", "<base href=\"/chains/base/\">")]
    [InlineData("/chains/base", "<base href=\"/chains/base/\">")]
    [InlineData("/chains/base" + Account, "<base href=\"/chains/base/\">")]
    public async Task Document_OfOneChainOfSeveral_IsRelativeToItsPath(string path, string expected)
    {
        using var answer = await SendAsync(HttpMethod.Get, path, Browser);
        Assert.Contains(expected, await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Asset_OfOneChainOfSeveral_IsThere()
    {
        using var answer = await SendAsync(HttpMethod.Get, "/chains/base" + Script, "*/*");
        Assert.Equal(Plain, await answer.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task Endpoint_OfTheChain_StandsInDocumentAndPolicy()
    {
        using var http = await StartAsync(_folder, "https://rpc.example:8443/v1?a=1&b=\"2\"");
        using var answer = await http.GetAsync(new Uri(Account, UriKind.Relative));
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        using var page = await http.GetAsync(new Uri("/", UriKind.Relative));
        Assert.Contains("<meta name=\"opensettle-rpc\" content=\"https://rpc.example:8443/v1?a=1&amp;b=&quot;2&quot;\">", await page.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Contains("connect-src 'self' https://rpc.example:8443;", page.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/")]
    [InlineData(Script)]
    public async Task Answer_OfThePage_SaysWhatItMayDo(string path)
    {
        using var answer = await SendAsync(HttpMethod.Get, path, Browser);
        string One(string name) => answer.Headers.GetValues(name).Single();
        Assert.Equal(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'self'; form-action 'none'; frame-ancestors 'none'",
            One("Content-Security-Policy"));
        Assert.Equal(("nosniff", "no-referrer", "same-origin-allow-popups"), (One("X-Content-Type-Options"), One("Referrer-Policy"), One("Cross-Origin-Opener-Policy")));
        Assert.Contains("camera=()", One("Permissions-Policy"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData("", null)]
    [InlineData("gzip, deflate, br, zstd", "br")]
    [InlineData("gzip, deflate", "gzip")]
    [InlineData("br;q=0.5, gzip;q=0.8", "gzip")]
    [InlineData("br;q=0, gzip;q=0", null)]
    [InlineData("*", "br")]
    [InlineData("*, br;q=0", "gzip")]
    [InlineData("identity", null)]
    public async Task Asset_IsSentAsTheClientTakesIt(string? takes, string? encoding)
    {
        using var answer = await SendAsync(HttpMethod.Get, Script, "*/*", request => Take(request, takes));
        Assert.Equal(encoding, answer.Content.Headers.ContentEncoding.SingleOrDefault());
        Assert.Equal("Accept-Encoding", answer.Headers.Vary.Single());
        Assert.Equal("public, max-age=31536000, immutable", answer.Headers.CacheControl?.ToString());
        Assert.Equal("text/javascript; charset=utf-8", answer.Content.Headers.ContentType?.ToString());
        Assert.Equal(Plain, await UnpackedAsync(answer));
    }

    [Theory]
    [InlineData("br")]
    [InlineData("gzip")]
    [InlineData(null)]
    public async Task Document_IsSentAsTheClientTakesIt(string? takes)
    {
        using var answer = await SendAsync(HttpMethod.Get, "/", Browser, request => Take(request, takes));
        Assert.Equal(takes, answer.Content.Headers.ContentEncoding.SingleOrDefault());
        Assert.StartsWith("<!doctype html>", Encoding.UTF8.GetString(await UnpackedAsync(answer)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Forms_OfAnAsset_HaveEachTheirTagAndAreNotSentAgain()
    {
        var tags = new HashSet<string>();
        foreach (var takes in new[] { null, "br", "gzip" })
        {
            using var first = await SendAsync(HttpMethod.Get, Script, "*/*", request => Take(request, takes));
            var tag = first.Headers.ETag ?? throw new InvalidOperationException("It has no tag.");
            Assert.True(tags.Add(tag.ToString()));
            using var again = await SendAsync(HttpMethod.Get, Script, "*/*", request =>
            {
                Take(request, takes);
                request.Headers.IfNoneMatch.Add(tag);
            });
            Assert.Equal((HttpStatusCode.NotModified, 0), (again.StatusCode, (await again.Content.ReadAsByteArrayAsync()).Length));
            Assert.Equal(["Accept-Encoding"], again.Headers.Vary);
        }
    }

    [Fact]
    public async Task Part_OfAnAsset_IsThatOfItsForm()
    {
        using var whole = await SendAsync(HttpMethod.Get, Script, "*/*", request => Take(request, "gzip"));
        var bytes = await whole.Content.ReadAsByteArrayAsync();
        using var part = await SendAsync(HttpMethod.Get, Script, "*/*", request =>
        {
            Take(request, "gzip");
            request.Headers.Range = new RangeHeaderValue(3, 9);
        });
        Assert.Equal((HttpStatusCode.PartialContent, whole.Headers.ETag), (part.StatusCode, part.Headers.ETag));
        Assert.Equal(bytes[3..10], await part.Content.ReadAsByteArrayAsync());
    }

    [Theory]
    [InlineData("/")]
    [InlineData(Script)]
    public async Task Head_HasTheHeadersOfGetAndNoBody(string path)
    {
        using var got = await SendAsync(HttpMethod.Get, path, Browser);
        using var head = await SendAsync(HttpMethod.Head, path, Browser);
        Assert.Equal(
            (got.StatusCode, got.Headers.ETag, got.Content.Headers.ContentLength, $"{got.Content.Headers.ContentType}"),
            (head.StatusCode, head.Headers.ETag, head.Content.Headers.ContentLength, $"{head.Content.Headers.ContentType}"));
        Assert.Empty(await head.Content.ReadAsByteArrayAsync());
    }

    [Theory]
    [InlineData(null, "is not built")]
    [InlineData("<!doctype html><base href=\"./\">", "another version")]
    public async Task Node_WithoutAPageThatItCanServe_SaysSoAtItsRoot(string? document, string why)
    {
        var folder = Path.Combine(_folder, "other");
        Directory.CreateDirectory(folder);
        if (document is not null) await File.WriteAllTextAsync(Path.Combine(folder, "index.html"), document);
        using var http = await StartAsync(folder, string.Empty);
        Assert.Contains(why, await http.GetStringAsync(new Uri("/", UriKind.Relative)), StringComparison.Ordinal);
        using var deep = await http.GetAsync(new Uri(Account, UriKind.Relative));
        Assert.Equal(HttpStatusCode.NotFound, deep.StatusCode);
    }

    /// <summary>The page of this repository has the places that the node writes to.</summary>
    [Fact]
    public void Source_OfThePage_HasThePlacesThatTheNodeWrites()
    {
        var folder = Directory.CreateDirectory(Path.Combine(_folder, "source")).FullName;
        File.Copy(Path.Combine(NodeScript.Checkout(), "src", "OpenSettle.Web", "index.html"), Path.Combine(folder, "index.html"));
        Assert.NotNull(PageFolder.Read(folder, string.Empty, out _));
    }

    private static void Take(HttpRequestMessage request, string? encodings)
    {
        if (encodings is not null) request.Headers.TryAddWithoutValidation("Accept-Encoding", encodings);
    }

    private static async Task<byte[]> UnpackedAsync(HttpResponseMessage answer)
    {
        var body = await answer.Content.ReadAsStreamAsync();
        await using var plain = answer.Content.Headers.ContentEncoding.SingleOrDefault() switch
        {
            "br" => new BrotliStream(body, CompressionMode.Decompress),
            "gzip" => new GZipStream(body, CompressionMode.Decompress),
            _ => body,
        };
        using var all = new MemoryStream();
        await plain.CopyToAsync(all);
        return all.ToArray();
    }

    private static byte[] Smaller(Func<Stream, Stream> by)
    {
        using var made = new MemoryStream();
        using (var smaller = by(made)) smaller.Write(Plain);
        return made.ToArray();
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string? accept, Action<HttpRequestMessage>? change = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative));
        if (accept is not null) request.Headers.TryAddWithoutValidation("Accept", accept);
        change?.Invoke(request);
        return await Http.SendAsync(request);
    }

    private async Task<HttpClient> StartAsync(string folder, string rpc)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(new HttpOptions { PageRpc = rpc });
        var app = builder.Build();
        _apps.Add(app);
        app.UsePathBase("/chains/base");
        app.MapGet("/there", () => "here");
        app.UsePage(folder);
        await app.StartAsync();
        return new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
    }
}
