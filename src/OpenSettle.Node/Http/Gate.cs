using System.Globalization;
using Microsoft.AspNetCore.Cors;
using OpenSettle.Node.Configuration;
using OpenSettle.Node.Usage;
using OpenSettle.Storage;
using OpenSettle.Storage.Usage;

namespace OpenSettle.Node.Http;

/// <summary>
/// Stands before every route, from when it is made: who may ask, how often, and what each answer carries. It is no middleware, so that the route
/// of usage, which looks at keys itself, pays nothing for it.
/// </summary>
internal sealed class Gate(GatewayRing keys, RateLimits limits, ClientAddress addresses, HttpOptions options, NodeOptions node)
{
    /// <summary>Pages of any origin that is named may ask; see <see cref="Api.AddApi"/>.</summary>
    public const string OriginPolicy = "origins";

    private const string ApiPath = "/api/v1/";

    /// <summary>Puts the gate before a route.</summary>
    public void Guard(EndpointBuilder endpoint)
    {
        var access = endpoint.Metadata.OfType<Access>().LastOrDefault();
        if (access == Access.Unknown) throw new InvalidOperationException($"The route {endpoint.DisplayName} does not say who may ask it: give it For(Access…).");
        if (RoleRoutes.Missing(endpoint, node.Cluster.Roles) is { } missing)
        {
            // Whoever asks: another node looks at the key.
            endpoint.RequestDelegate = context => RoleRoutes.RefuseAsync(context, missing, node.Cluster.Roles);
            return;
        }

        if (endpoint.RequestDelegate is not { } next || endpoint.Metadata.OfType<OwnGate>().Any()) return;
        var methods = endpoint.Metadata.OfType<HttpMethodMetadata>().LastOrDefault()?.HttpMethods ?? [];
        var isRead = methods.Count > 0 && methods.All(method => HttpMethods.IsGet(method) || HttpMethods.IsHead(method));
        var allowsPages = options.CorsOrigins.Count > 0 && (!options.AnyOrigin || (isRead && access == Access.Public));
        // HEAD goes where GET goes: the server leaves the body out.
        endpoint.Metadata.Add(new HttpMethodMetadata(isRead ? [HttpMethods.Get, HttpMethods.Head] : methods, acceptCorsPreflight: allowsPages));
        if (allowsPages) endpoint.Metadata.Add(new EnableCorsAttribute(OriginPolicy));
        var pattern = (endpoint as RouteEndpointBuilder)?.RoutePattern.RawText ?? string.Empty;
        var needsKey = access != Access.Public || (options.ReadsNeedKeys && isRead && pattern.StartsWith(ApiPath, StringComparison.Ordinal));
        var cost = endpoint.Metadata.OfType<RequestCost>().LastOrDefault() ?? RequestCost.Usual;
        var isLimited = limits.IsOn && pattern is not ("/healthz" or "/readyz");
        endpoint.RequestDelegate = context => PassAsync(context, next, access, needsKey, isLimited ? cost : null);
    }

    /// <summary>The key that a request came with, for routes that answer each gateway what is its own.</summary>
    public static GatewayRecord CallerOf(HttpContext context) =>
        context.Features.Get<GatewayRecord>() ?? throw new InvalidOperationException("A route asks for the caller's key, and the gate let nobody with one in.");

    private async Task PassAsync(HttpContext context, RequestDelegate next, Access access, bool needsKey, RequestCost? cost)
    {
        Dress(context.Response);
        try
        {
            var caller = context.Request.Headers.Authorization.Count > 0 ? keys.Find(context.Request.Headers.Authorization) : null;
            var isOperator = caller?.Scopes.HasFlag(GatewayScopes.Operate) == true;
            if (cost is not null && !isOperator && TooMany(context, caller, cost) is { } wait) await wait.ExecuteAsync(context);
            else if (needsKey && Refusal(context, caller, access, isOperator) is { } refusal) await refusal.ExecuteAsync(context);
            else
            {
                if (caller is not null) context.Features.Set(caller);
                await next(context);
            }
        }
        catch (BadHttpRequestException e) when (!context.Response.HasStarted)
        {
            // Thrown where a value of the address or the body is not of its form; the message names it.
            Begin(context.Response);
            await Problems.Of(e.StatusCode, e.StatusCode == 413 ? "The request is too large" : "The request cannot be read", $"{e.Message.TrimEnd('.')}. GET /openapi.json says what is taken.").ExecuteAsync(context);
        }
        catch (StorageException e) when (e.Kind is not StorageErrorKind.Inconsistent && !context.Response.HasStarted)
        {
            Begin(context.Response);
            context.Response.Headers.RetryAfter = "5";
            await Problems.Of(503, "The books cannot be read now", "Ask again after the time in Retry-After. Where it stays so, the node's log says why.").ExecuteAsync(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // Whoever asked has gone.
        }
    }

    /// <summary>What every answer carries, and every refusal of one that has none.</summary>
    public static void Dress(HttpResponse response)
    {
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers["Referrer-Policy"] = "no-referrer";
        // Nothing here is a page; where a browser shows it all the same, it can do nothing.
        response.Headers.ContentSecurityPolicy = "default-src 'none'; frame-ancestors 'none'; sandbox";
    }

    /// <summary>Another answer than the one that was begun.</summary>
    private static void Begin(HttpResponse response)
    {
        response.Clear();
        Dress(response);
    }

    private IResult? TooMany(HttpContext context, GatewayRecord? caller, RequestCost cost)
    {
        var units = context.Request.Query.ContainsKey("block") ? cost.OfPast : cost.Units;
        var answer = limits.Take(caller is null ? addresses.Of(context) : caller.Id, units);
        var headers = context.Response.Headers;
        headers["RateLimit-Policy"] = limits.Policy;
        headers["RateLimit"] = string.Create(CultureInfo.InvariantCulture, $"\"reads\";r={answer.Left};t={Seconds(answer.Full)}");
        if (answer.Wait is not { } wait) return null;
        headers.RetryAfter = Math.Max(1, Seconds(wait)).ToString(CultureInfo.InvariantCulture);
        return Problems.Of(429, "This client asks too often", "Ask again after the time in Retry-After. RateLimit-Policy says how much goes; whoever runs the node sets it by apiPerSecond and apiBurst.");
    }

    private static IResult? Refusal(HttpContext context, GatewayRecord? caller, Access access, bool isOperator)
    {
        if (caller is null)
        {
            var sent = context.Request.Headers.Authorization.Count > 0;
            context.Response.Headers.WWWAuthenticate = sent ? "Bearer error=\"invalid_token\"" : "Bearer";
            return Problems.Of(
                401, sent ? "This key does not hold" : "This needs a key",
                $"Send 'Authorization: Bearer KEY' with a key that 'opensettle {(access == Access.Operator ? "operator" : "gateway")} add' showed, and that is not revoked.");
        }

        if (isOperator) return null;
        if (access == Access.Operator) return Problems.Of(403, "This is for operators", "Use a key that 'opensettle operator add NAME' showed: a gateway's key does not go.");
        return caller.Scopes.HasFlag(GatewayScopes.Read) ? null : Problems.Of(403, "This key may not read", "Use a key that was added with the scope read: opensettle gateway add NAME --scopes send,read.");
    }

    private static long Seconds(TimeSpan time) => (long)Math.Ceiling(time.TotalSeconds);
}
