using OpenSettle.Node.Configuration;
using OpenSettle.Node.Hosting;
using OpenSettle.Node.Signals.Metrics;

namespace OpenSettle.Node.Http;

/// <summary>GET /metrics: what there is to watch, as Prometheus reads it. Where a process has several chains, those of all; below /chains/NAME those of one.</summary>
internal static class MetricsEndpoint
{
    public const string Path = "/metrics";

    public static void Map(IEndpointRouteBuilder routes)
    {
        var access = routes.ServiceProvider.GetRequiredService<NodeOptions>().Signals.Metrics;
        if (access == MetricsAccess.Off) return;
        routes.MapGet(Path, Page).For(access == MetricsAccess.Keys ? Access.Operator : Access.Public).WithName("metrics").WithSummary("Metrics in Prometheus' text form").Produces<string>(200, "text/plain");
    }

    private static IResult Page(HttpContext context, NodeMetrics metrics)
    {
        var group = context.Request.PathBase.HasValue ? null : context.RequestServices.GetService<NodeGroup>();
        return Results.Text(PrometheusText.Write(Of(group, metrics)), PrometheusText.ContentType);
    }

    internal static IReadOnlyList<NodeMetrics> Of(NodeGroup? group, NodeMetrics metrics) => group is { Nodes.Count: > 1 }
        ? [.. group.Nodes.Select(node => node.Running?.Metrics).OfType<NodeMetrics>()]
        : [metrics];
}
