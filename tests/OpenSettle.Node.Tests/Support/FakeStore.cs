using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace OpenSettle.Node.Tests.Support;

/// <summary>A store that takes PUT, and does wrong what a test wants.</summary>
internal sealed class FakeStore : IAsyncDisposable
{
    private readonly WebApplication _app;

    private FakeStore(WebApplication app) => _app = app;

    public ConcurrentDictionary<string, byte[]> Files { get; } = new(StringComparer.Ordinal);

    /// <summary>Method, path and query of each request, and who it says it is from.</summary>
    public ConcurrentQueue<(string Method, string Address, string? From)> Requests { get; } = [];

    /// <summary>What becomes of a file that is put.</summary>
    public Func<byte[], byte[]?> OnPut { get; set; } = bytes => bytes;

    /// <summary>What is answered instead; null: what is right.</summary>
    public Func<string, HttpStatusCode?> Refuses { get; set; } = _ => null;

    /// <summary>Requests wait for it.</summary>
    public TaskCompletionSource? Hangs { get; set; }

    public Uri Address => new(_app.Urls.Single());

    public static async Task<FakeStore> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var app = builder.Build();
        var store = new FakeStore(app);
        app.Run(store.AnswerAsync);
        await app.StartAsync();
        return store;
    }

    public ValueTask DisposeAsync()
    {
        Hangs?.TrySetResult();
        return _app.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        var (method, path) = (context.Request.Method, context.Request.Path.Value ?? string.Empty);
        Requests.Enqueue((method, path + context.Request.QueryString, context.Request.Headers.Authorization));
        if (Hangs is { } until) await until.Task;
        if (Refuses(method) is { } refusal)
        {
            context.Response.StatusCode = (int)refusal;
            return;
        }

        if (method == HttpMethods.Put)
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            if (OnPut(body.ToArray()) is { } kept) Files[path] = kept;
            context.Response.StatusCode = StatusCodes.Status201Created;
            return;
        }

        if (!Files.TryGetValue(path, out var file))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        context.Response.ContentLength = file.Length;
        if (method == HttpMethods.Get) await context.Response.Body.WriteAsync(file);
    }
}
