using Microsoft.AspNetCore.Http.Features;
using OpenSettle.Storage.Usage;

namespace OpenSettle.Node.Http;

/// <summary>What happens, as it happens: server-sent events, as a browser's EventSource reads them.</summary>
internal sealed class StreamEndpoint(StreamHub hub, ClientAddress addresses)
{
    public const string Path = "/api/v1/stream";

    private const int BusySeconds = 30;
    private const int LongestId = 64;

    private static readonly byte[] Start = "retry: 3000\n\n"u8.ToArray();

    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet(Path, (StreamEndpoint stream, HttpContext context) => stream.ListenAsync(context))
        .For(Access.Public).Costs(20).Asks("topics", "Last-Event-ID")
        .WithName("listen").WithSummary("Server-sent events: status, payment, epoch, alert, reorg; reset where what came since is not known any more").Produces<string>(200, "text/event-stream");

    private async Task ListenAsync(HttpContext context)
    {
        if (TopicsOf(context) is not { } topics)
        {
            await Problems.BadRequest("'topics' names something that is none", $"There are {string.Join(", ", StreamHub.Topics)}, with commas between.").ExecuteAsync(context);
            return;
        }

        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-store";
        // A proxy that gathers an answer before it passes it on would never pass this one on.
        context.Response.Headers["X-Accel-Buffering"] = "no";
        if (HttpMethods.IsHead(context.Request.Method)) return;
        var last = context.Request.Headers["Last-Event-ID"].ToString() is { Length: > 0 } text ? text[..Math.Min(text.Length, LongestId)] : null;
        object whose = context.Features.Get<GatewayRecord>() is { } key ? key.Id : addresses.Of(context);
        if (hub.Join(topics, whose, last) is not { } client)
        {
            context.Response.Headers.RetryAfter = Paging.Text(BusySeconds);
            await Problems.Of(503, "Too many listen already", $"This node has room for {StreamHub.MostClients}, {StreamHub.MostOfOne} of one client. Come back after the time in Retry-After, or read GET /api/v1/status.").ExecuteAsync(context);
            return;
        }

        try
        {
            await SendAsync(context, client);
        }
        catch (IOException)
        {
            // Whoever listened has gone.
        }
        finally
        {
            hub.Leave(client);
        }
    }

    private static async Task SendAsync(HttpContext context, StreamClient client)
    {
        var (body, cancellation) = (context.Response.Body, context.RequestAborted);
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        await body.WriteAsync(Start, cancellation);
        foreach (var frame in client.Backlog) await body.WriteAsync(frame, cancellation);
        await body.FlushAsync(cancellation);
        while (await client.Queue.WaitToReadAsync(cancellation))
        {
            while (client.Queue.TryRead(out var frame)) await body.WriteAsync(frame, cancellation);
            await body.FlushAsync(cancellation);
        }

        // Without an id: it comes back with that of the last event that it had.
        if (client.Dropped is { } why) await body.WriteAsync(System.Text.Encoding.UTF8.GetBytes($"event: dropped\ndata: {{\"reason\":\"{why}\"}}\n\n"), cancellation);
    }

    /// <summary>Null where one is not known.</summary>
    private static HashSet<string>? TopicsOf(HttpContext context)
    {
        if (context.Request.Query["topics"].ToString() is not { Length: > 0 } text) return StreamHub.Topics.ToHashSet(StringComparer.Ordinal);
        var topics = text.Split(',', StringSplitOptions.TrimEntries).ToHashSet(StringComparer.Ordinal);
        return topics.All(StreamHub.Topics.Contains) ? topics : null;
    }
}
