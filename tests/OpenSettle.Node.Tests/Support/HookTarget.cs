using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace OpenSettle.Node.Tests.Support;

/// <summary>Takes what is posted to it, and answers as a test wants.</summary>
internal sealed class HookTarget : IAsyncDisposable
{
    private readonly WebApplication _app;

    private HookTarget(WebApplication app) => _app = app;

    public ConcurrentQueue<Call> Calls { get; } = [];

    /// <summary>Answers each call.</summary>
    public Func<HttpContext, Task> OnCall { get; set; } = _ => Task.CompletedTask;

    public Uri Address => new(_app.Urls.Single());

    public static async Task<HookTarget> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var app = builder.Build();
        var target = new HookTarget(app);
        app.Run(target.TakeAsync);
        await app.StartAsync();
        return target;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task TakeAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        Calls.Enqueue(new Call(
            context.Request.Path, context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase), body.ToArray()));
        await OnCall(context);
    }

    internal sealed record Call(string Path, IReadOnlyDictionary<string, string> Headers, byte[] Body)
    {
        public string Text => Encoding.UTF8.GetString(Body);

        public string Type => JsonDocument.Parse(Body).RootElement.GetProperty("type").GetString() ?? "";
    }
}
