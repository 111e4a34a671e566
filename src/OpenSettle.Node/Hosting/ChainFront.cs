using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Mvc;
using OpenSettle.Node.Http;

namespace OpenSettle.Node.Hosting;

/// <summary>
/// Gives each request that the one server took to its chain's node: /chains/NAME/… to that one, what names none to the first. What is asked of
/// the process as a whole it answers itself.
/// </summary>
internal sealed class ChainFront(NodeGroup group, TimeProvider time) : IHttpApplication<ChainFront.Asked>
{
    /// <summary>Below it each chain has its own paths.</summary>
    public const string Root = "/chains";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    public Asked CreateContext(IFeatureCollection contextFeatures)
    {
        // The node's own features lie over the server's, which are kept from one request to the next, and belong to no node.
        var features = new FeatureCollection(contextFeatures);
        var request = contextFeatures.GetRequiredFeature<IHttpRequestFeature>();
        if (OfProcess(request.Path) is { } answer) return new Asked(features, null, null, answer);
        var node = group.Nodes[0];
        if (new PathString(request.Path).StartsWithSegments(Root, StringComparison.Ordinal, out var below))
        {
            var name = below.Value is { Length: > 1 } path ? path[1..].Split('/', 2)[0] : string.Empty;
            if (group.Nodes.FirstOrDefault(known => known.Name == name) is not { } found)
                return new Asked(features, null, null, () => Problem(404, $"There is no chain '{name}' here.", "GET /api/v1/chains lists those that there are."));
            node = found;
            request.PathBase += node.Path;
            request.Path = request.Path.Length > node.Path.Length ? request.Path[node.Path.Length..] : "/";
        }

        return node.Server?.Open(features) is { } handed
            ? new Asked(features, node.Server, handed, null)
            : new Asked(features, null, null, () => Problem(503, $"The node of chain '{node.Name}' does not run.", node.Ended ?? "It starts, or stops: ask again in a moment."));
    }

    public Task ProcessRequestAsync(Asked context) =>
        context.Handed is { } handed ? handed.ProcessAsync() : WriteAsync(context.Features, (context.Answer ?? throw new InvalidOperationException("A request has a node or an answer."))());

    public void DisposeContext(Asked context, Exception? exception)
    {
        if (context.Handed is { } handed) context.Server?.Close(handed, exception);
    }

    private Func<Reply>? OfProcess(string path) => path switch
    {
        "/healthz" => Healthy,
        "/readyz" => Ready,
        _ => null,
    };

    private Reply Healthy()
    {
        var still = group.Nodes.Select(node => node.Running is { } running && HealthEndpoints.Standstill(running.State, node.Options, time) is { } why ? $"{node.Name}: {why}\n" : string.Empty);
        return string.Concat(still) is { Length: > 0 } all ? new Reply(503, "text/plain; charset=utf-8", Encoding.UTF8.GetBytes(all)) : new Reply(200, "text/plain; charset=utf-8", "ok\n"u8.ToArray());
    }

    private Reply Ready()
    {
        var all = group.Nodes.Select(node => (node.Name, Readiness: node.ReadinessNow(time))).ToArray();
        string[] Named(Func<Readiness, IReadOnlyList<string>> lines) => [.. all.SelectMany(node => lines(node.Readiness).Select(line => $"{node.Name}: {line}"))];
        var joined = new Readiness(all.All(node => node.Readiness.Ready), Named(readiness => readiness.Reasons), Named(readiness => readiness.Warnings));
        return new Reply(joined.Ready ? 200 : 503, "application/json; charset=utf-8", JsonSerializer.SerializeToUtf8Bytes(joined, Json));
    }

    private static Reply Problem(int status, string title, string remedy) =>
        new(status, "application/problem+json", JsonSerializer.SerializeToUtf8Bytes(new ProblemDetails { Type = Problems.TypeOf(status), Status = status, Title = title, Detail = remedy }, Json));

    private static async Task WriteAsync(IFeatureCollection features, Reply reply)
    {
        var context = new DefaultHttpContext(features);
        context.Response.StatusCode = reply.Status;
        context.Response.ContentType = reply.ContentType;
        context.Response.ContentLength = reply.Body.Length;
        if (!HttpMethods.IsHead(context.Request.Method)) await context.Response.Body.WriteAsync(reply.Body, context.RequestAborted);
    }

    internal readonly record struct Reply(int Status, string ContentType, byte[] Body);

    /// <summary>A request, and who answers it: a node, or the front itself.</summary>
    internal sealed record Asked(IFeatureCollection Features, ChainServer? Server, ChainRequest? Handed, Func<Reply>? Answer);
}
