using OpenSettle.Node.Configuration;
using OpenSettle.Node.Signals.Metrics;

namespace OpenSettle.Node.Http;

/// <summary>GET /metrics: what there is to watch, as Prometheus reads it.</summary>
internal static class MetricsEndpoint
{
    public const string Path = "/metrics";

    public static void Map(IEndpointRouteBuilder routes)
    {
        var access = routes.ServiceProvider.GetRequiredService<NodeOptions>().Signals.Metrics;
        if (access == MetricsAccess.Off) return;
        routes.MapGet(Path, (NodeMetrics metrics) => Results.Text(PrometheusText.Write([metrics]), PrometheusText.ContentType))
            .For(access == MetricsAccess.Keys ? Access.Operator : Access.Public).WithName("Metrics").WithSummary("Metrics in Prometheus' text form");
    }
}
