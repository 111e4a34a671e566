using OpenSettle.Node.Signals.Metrics;

namespace OpenSettle.Node.Http;

/// <summary>Counts and times requests by their route, never by their path: strangers choose paths.</summary>
internal static class RequestMeter
{
    private const string Other = "other";
    private const string Stream = "text/event-stream";

    public static void UseRequestMeter(this WebApplication app)
    {
        var (metrics, time) = (app.Services.GetRequiredService<NodeMetrics>(), app.Services.GetRequiredService<TimeProvider>());
        app.Use(async (context, next) =>
        {
            // Taken before: an error takes it from the request.
            var route = (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? Other;
            // Whoever reads a stream of events says so; how long it stays says nothing of this node.
            var streams = context.Request.Headers.Accept.ToString().Contains(Stream, StringComparison.OrdinalIgnoreCase);
            var start = time.GetTimestamp();
            if (streams) metrics.StreamOpened();
            try
            {
                await next(context);
            }
            finally
            {
                if (streams) metrics.StreamClosed();
                metrics.Answered(MethodOf(context.Request.Method), route, context.Response.StatusCode, streams ? null : time.GetElapsedTime(start));
            }
        });
    }

    private static string MethodOf(string method) =>
        HttpMethods.IsGet(method) ? HttpMethods.Get : HttpMethods.IsPost(method) ? HttpMethods.Post : HttpMethods.IsHead(method) ? HttpMethods.Head
        : HttpMethods.IsPut(method) ? HttpMethods.Put : HttpMethods.IsDelete(method) ? HttpMethods.Delete : HttpMethods.IsOptions(method) ? HttpMethods.Options : Other;
}
