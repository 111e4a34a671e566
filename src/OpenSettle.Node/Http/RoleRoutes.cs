using OpenSettle.Node.Configuration;

namespace OpenSettle.Node.Http;

/// <summary>
/// Which role a route takes. A node that lacks it says so by 503, so that a proxy before several nodes asks the next one and no client takes
/// the answer for the last word.
/// </summary>
internal static class RoleRoutes
{
    /// <summary>What every node says of itself, and the files that it has.</summary>
    private static readonly HashSet<string> OfEveryNode = new(StringComparer.Ordinal)
    {
        "/healthz", "/readyz", "/metrics", "/openapi.json", "/api/v1/openapi.json", "/bundles/{name}", "/api/v1/status", "/api/v1/version", "/api/v1/chains", "/api/v1/ops", "/api/v1/ops/reload", "/api/v1/ops/resume", "/api/v1/verdicts",
        // A witness has those that it pulled.
        "/api/v1/batches/{gateway}", "/api/v1/batches/{gateway}/{number}",
    };

    /// <summary>The role that the node would need; null where it has what it takes.</summary>
    public static NodeRoles? Missing(EndpointBuilder endpoint, NodeRoles roles)
    {
        if (roles == NodeRoles.All) return null;
        var pattern = (endpoint as RouteEndpointBuilder)?.RoutePattern.RawText ?? string.Empty;
        var posts = endpoint.Metadata.OfType<HttpMethodMetadata>().LastOrDefault()?.HttpMethods.Any(HttpMethods.IsPost) == true;
        var needed = NeededBy(pattern, posts);
        return (needed & roles) == needed ? null : needed;
    }

    public static async Task RefuseAsync(HttpContext context, NodeRoles missing, NodeRoles roles)
    {
        Gate.Dress(context.Response);
        var word = NodeRoleWords.Of(missing)[0];
        await Problems.Of(
            StatusCodes.Status503ServiceUnavailable, $"This node does not have the role {word}",
            $"It has {string.Join(" and ", NodeRoleWords.Of(roles))}. Ask a node whose setting roles names {word}; a proxy before all of them goes on to it by itself.").ExecuteAsync(context);
    }

    private static NodeRoles NeededBy(string pattern, bool posts) => pattern switch
    {
        "/api/v1/events" when posts => NodeRoles.Ingest,
        "/api/v1/relay/claims" when posts => NodeRoles.Settle,
        "/api/v1/ops/quarantine/retry" or "/api/v1/candidate" or "/api/v1/candidate/words" => NodeRoles.Settle,
        _ => OfEveryNode.Contains(pattern) ? NodeRoles.None : NodeRoles.Read,
    };
}
