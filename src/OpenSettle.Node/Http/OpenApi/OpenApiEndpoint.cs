using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.Options;

namespace OpenSettle.Node.Http;

/// <summary>The document that describes this API, made once.</summary>
internal sealed class OpenApiEndpoint(EndpointDataSource endpoints, IOptions<JsonOptions> json)
{
    private readonly Lazy<byte[]> _document = new(() => OpenApiDocument.Write(endpoints.Endpoints.OfType<RouteEndpoint>(), json.Value.SerializerOptions));

    public static void Map(IEndpointRouteBuilder routes)
    {
        foreach (var path in new[] { "/openapi.json", "/api/v1/openapi.json" })
        {
            routes.MapGet(path, (OpenApiEndpoint document, HttpContext context) => Answers.Bytes(context, document._document.Value, Answers.AskAgain)).For(Access.Public).ExcludeFromDescription();
        }
    }
}
