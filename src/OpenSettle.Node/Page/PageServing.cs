using Microsoft.AspNetCore.Http.Headers;
using OpenSettle.Node.Configuration;
using OpenSettle.Node.Http;

namespace OpenSettle.Node.Page;

/// <summary>
/// Serves the page: its files, and its document wherever a browser asks for one and nothing else of the node is there, so that a link into the page
/// works, and a reload. It stands behind the routes: what one of them answers is never the page.
/// </summary>
internal static class PageServing
{
    /// <summary>What the node has, or may have, at these paths and below is no page, also where it is not there.</summary>
    private static readonly PathString[] OfTheNode = ["/api", "/bundles", "/assets", "/metrics", "/healthz", "/readyz", "/openapi.json"];

    /// <summary>Where the build of the page lies.</summary>
    public static string BuiltPage { get; } = Path.Combine(AppContext.BaseDirectory, "page");

    /// <param name="folder">Where the page lies.</param>
    public static void UsePage(this WebApplication app, string folder)
    {
        var rpc = app.Services.GetRequiredService<HttpOptions>().PageRpc;
        var page = PageFolder.Read(folder, rpc, out var why);
        var policy = PolicyFor(rpc);
        app.Use(async (context, next) =>
        {
            var request = context.Request;
            if (context.GetEndpoint() is not null || !(HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method))) await next(context);
            else if (page is null && request.Path == "/") await NoneAsync(context, why);
            else if (page is not null && (page.Find(request.Path.Value ?? string.Empty) ?? (AsksForPage(request) ? page.DocumentFor(request.PathBase.Value ?? string.Empty) : null)) is { } file)
            {
                Dress(context.Response.Headers, policy);
                await file.WriteAsync(context);
            }
            else await next(context);
        });
    }

    /// <summary>What the page may do: run and look as it was built, and ask this node, and the endpoint that the operator names.</summary>
    /// <param name="rpc">That endpoint; empty: none.</param>
    internal static string PolicyFor(string rpc)
    {
        var chain = rpc.Length > 0 ? $" {new Uri(rpc).GetLeftPart(UriPartial.Authority)}" : string.Empty;
        return "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
            // The document says itself what its links are relative to; forms are handled by script, and never sent.
            + $"connect-src 'self'{chain}; base-uri 'self'; form-action 'none'; frame-ancestors 'none'";
    }

    private static void Dress(IHeaderDictionary headers, string policy)
    {
        headers.ContentSecurityPolicy = policy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        // Some wallets answer from a window that the page opened.
        headers["Cross-Origin-Opener-Policy"] = "same-origin-allow-popups";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Permissions-Policy"] = "camera=(), display-capture=(), geolocation=(), microphone=(), midi=(), payment=(), usb=()";
    }

    private static Task NoneAsync(HttpContext context, string why)
    {
        Gate.Dress(context.Response);
        return Results.Text($"OpenSettle: {why}. The API is under /api/v1, see README.md.\n").ExecuteAsync(context);
    }

    /// <summary>Its root whoever asks; other paths where a browser goes there, and not where it looks for a picture or a program looks for data.</summary>
    private static bool AsksForPage(HttpRequest request)
    {
        if (request.Path == "/" || request.Path == "/index.html" || !request.Path.HasValue) return true;
        if (OfTheNode.Any(path => request.Path.StartsWithSegments(path, StringComparison.Ordinal))) return false;
        return new RequestHeaders(request.Headers).Accept.Any(type => type.MediaType.Equals("text/html", StringComparison.OrdinalIgnoreCase) && type.Quality != 0);
    }
}
