using System.Reflection;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.Metadata;

namespace OpenSettle.Node.Http;

/// <summary>
/// The document that describes this API (OpenAPI 3.1), made of the routes themselves: what is served is what is described. docs/openapi.json is
/// a copy, held to it by a test.
/// </summary>
internal sealed class OpenApiDocument
{
    private const string ProblemSchema = "Problem";
    private const string ProblemType = "application/problem+json";
    private const string GatewayKey = "gatewayKey";
    private const string OperatorKey = "operatorKey";

    private static readonly JsonSerializerOptions Written = new() { WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly HashSet<Type> Simple = [typeof(string), typeof(int), typeof(long), typeof(uint), typeof(ulong), typeof(bool)];

    /// <summary>Which rooms of the API a path is of, by its first part.</summary>
    private static readonly Dictionary<string, string> Rooms = new(StringComparer.Ordinal)
    {
        ["status"] = "Node", ["version"] = "Node", ["stream"] = "Node", ["healthz"] = "Node", ["readyz"] = "Node", ["metrics"] = "Node", ["openapi.json"] = "Node",
        ["models"] = "Models", ["tables"] = "Models", ["documents"] = "Models", ["find"] = "Models", ["compare"] = "Models", ["attestations"] = "Models",
        ["payments"] = "Money", ["epochs"] = "Money", ["accounts"] = "Money", ["pushes"] = "Money", ["bundles"] = "Money", ["earnings"] = "Money", ["relay"] = "Money",
        ["events"] = "Usage", ["batches"] = "Usage", ["quarantine"] = "Usage", ["gateway"] = "Usage",
        ["ops"] = "Operators",
    };

    private readonly SchemaBook _schemas;

    private OpenApiDocument(JsonSerializerOptions options) => _schemas = new SchemaBook(options);

    /// <summary>What has to be said of a route and is not: a test holds that there is nothing.</summary>
    public static IEnumerable<string> Missing(IEnumerable<RouteEndpoint> endpoints) => Described(endpoints).SelectMany(endpoint =>
    {
        var (name, problems) = (endpoint.Metadata.GetMetadata<IEndpointNameMetadata>()?.EndpointName, new List<string>());
        if (name is null) problems.Add("has no WithName");
        if (endpoint.Metadata.GetMetadata<IEndpointSummaryMetadata>() is null) problems.Add("has no WithSummary");
        if (!endpoint.Metadata.GetOrderedMetadata<IProducesResponseTypeMetadata>().Any(answer => answer.StatusCode is >= 200 and < 300)) problems.Add("does not say what it gives: Produces");
        problems.AddRange(NamesOf(endpoint).Where(parameter => ParameterWords.Find(name ?? string.Empty, parameter) is null && parameter != "limit").Select(parameter => $"has the parameter '{parameter}', which ParameterWords does not describe"));
        return problems.Select(problem => $"{PathOf(endpoint)} {problem}");
    });

    public static byte[] Write(IEnumerable<RouteEndpoint> endpoints, JsonSerializerOptions options)
    {
        var document = new OpenApiDocument(options);
        return [.. JsonSerializer.SerializeToUtf8Bytes(document.Make([.. Described(endpoints)]), Written), (byte)'\n'];
    }

    private static IEnumerable<RouteEndpoint> Described(IEnumerable<RouteEndpoint> endpoints) => endpoints
        .Where(endpoint => endpoint.Metadata.GetMetadata<IExcludeFromDescriptionMetadata>() is null && endpoint.Metadata.GetMetadata<HttpMethodMetadata>() is not null)
        .OrderBy(PathOf, StringComparer.Ordinal);

    private JsonObject Make(IReadOnlyList<RouteEndpoint> endpoints)
    {
        _schemas.Add(ProblemSchema, ProblemForm());
        var paths = new JsonObject();
        foreach (var endpoint in endpoints)
        {
            var path = PathOf(endpoint);
            if (paths[path] is not JsonObject methods) paths[path] = methods = [];
            // HEAD goes where GET goes, and is not described by itself.
            var method = (endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? []).First(name => !HttpMethods.IsHead(name));
            methods[method.ToLowerInvariant()] = Operation(endpoint, path, method);
        }

        var tags = endpoints.Select(endpoint => RoomOf(PathOf(endpoint))).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);
        return new JsonObject
        {
            ["openapi"] = "3.1.1",
            ["info"] = new JsonObject
            {
                ["title"] = "OpenSettle node",
                ["version"] = "1",
                ["summary"] = "Accounting and settlement for AI models",
                ["description"] = "Amounts are decimal texts in the token's smallest unit. What is not there is left out. Errors are problem+json whose detail says what to do. Paging, conditional requests, rates, keys and the stream: docs/api.md.",
                ["license"] = new JsonObject { ["name"] = "MIT", ["identifier"] = "MIT" },
            },
            ["servers"] = new JsonArray(new JsonObject { ["url"] = "/" }),
            ["tags"] = new JsonArray([.. tags.Select(tag => (JsonNode)new JsonObject { ["name"] = tag })]),
            ["paths"] = paths,
            ["components"] = new JsonObject
            {
                ["schemas"] = _schemas.All,
                ["responses"] = Refusals(),
                ["securitySchemes"] = new JsonObject
                {
                    [GatewayKey] = Key("A gateway's key: opensettle gateway add NAME."),
                    [OperatorKey] = Key("An operator's key: opensettle operator add NAME."),
                },
            },
        };
    }

    private JsonObject Operation(RouteEndpoint endpoint, string path, string method)
    {
        var name = endpoint.Metadata.GetMetadata<IEndpointNameMetadata>()?.EndpointName ?? string.Empty;
        var operation = new JsonObject
        {
            ["operationId"] = name,
            ["summary"] = endpoint.Metadata.GetMetadata<IEndpointSummaryMetadata>()?.Summary ?? string.Empty,
            ["tags"] = new JsonArray(RoomOf(path)),
        };
        if (Parameters(endpoint, name) is { Count: > 0 } parameters) operation["parameters"] = parameters;
        if (endpoint.Metadata.GetMetadata<BodyWords>() is { } body)
        {
            var content = new JsonObject();
            foreach (var type in body.ContentTypes) content[type] = new JsonObject { ["schema"] = type.EndsWith("batch+json", StringComparison.Ordinal) ? new JsonObject { ["type"] = "array", ["items"] = _schemas.Of(body.Form) } : _schemas.Of(body.Form) };
            operation["requestBody"] = new JsonObject { ["description"] = $"At most {body.MostBytes} bytes.", ["required"] = true, ["content"] = content };
        }

        operation["responses"] = Responses(endpoint, path, method);
        operation["security"] = endpoint.Metadata.OfType<Access>().LastOrDefault() switch
        {
            Access.Operator => new JsonArray(new JsonObject { [OperatorKey] = new JsonArray() }),
            // Operators send no usage.
            Access.Gateway when endpoint.Metadata.GetMetadata<OwnGate>() is not null => new JsonArray(new JsonObject { [GatewayKey] = new JsonArray() }),
            Access.Gateway => new JsonArray(new JsonObject { [GatewayKey] = new JsonArray() }, new JsonObject { [OperatorKey] = new JsonArray() }),
            // With apiReads=keys a read needs one; else none does.
            _ => new JsonArray(new JsonObject(), new JsonObject { [GatewayKey] = new JsonArray() }, new JsonObject { [OperatorKey] = new JsonArray() }),
        };
        return operation;
    }

    private static JsonArray Parameters(RouteEndpoint endpoint, string operation)
    {
        var parameters = new JsonArray();
        foreach (var name in NamesOf(endpoint).Where(name => name != "limit"))
        {
            if (ParameterWords.Find(operation, name) is not { } word) continue;
            var parameter = new JsonObject { ["name"] = name, ["in"] = word.Place, ["description"] = word.Text };
            if (word.Required) parameter["required"] = true;
            parameter["schema"] = word.Schema;
            parameters.Add((JsonNode)parameter);
        }

        if (endpoint.Metadata.GetMetadata<PageWords>() is { } pages)
        {
            var limit = Forms.Number(1, pages.Most);
            limit["default"] = pages.Usual;
            parameters.Add((JsonNode)new JsonObject { ["name"] = "limit", ["in"] = "query", ["description"] = "Rows of a page.", ["schema"] = limit });
        }

        return parameters;
    }

    /// <summary>Those of the path, those that the handler takes, and those that it takes by itself; each once.</summary>
    private static IEnumerable<string> NamesOf(RouteEndpoint endpoint)
    {
        var inPath = PathOf(endpoint).Split('{').Skip(1).Select(part => part.Split('}')[0]).ToList();
        var handler = endpoint.Metadata.GetMetadata<MethodInfo>();
        var taken = (handler?.GetParameters() ?? []).Where(parameter => Simple.Contains(Nullable.GetUnderlyingType(parameter.ParameterType) ?? parameter.ParameterType)).Select(parameter => parameter.Name ?? string.Empty);
        return inPath.Concat(taken).Concat(endpoint.Metadata.GetOrderedMetadata<ParameterNames>().SelectMany(asked => asked.Names)).Distinct(StringComparer.Ordinal);
    }

    private JsonObject Responses(RouteEndpoint endpoint, string path, string method)
    {
        var responses = new JsonObject();
        foreach (var status in endpoint.Metadata.GetOrderedMetadata<IProducesResponseTypeMetadata>().GroupBy(answer => answer.StatusCode).OrderBy(group => group.Key))
        {
            var response = new JsonObject { ["description"] = Meaning(status.Key) };
            var content = new JsonObject();
            foreach (var answer in status)
            {
                foreach (var type in answer.ContentTypes) content[type] = new JsonObject { ["schema"] = SchemaOf(answer.Type, type) };
            }

            if (content.Count > 0) response["content"] = content;
            if (status.Key == 200 && HeadersOf(endpoint, path, method) is { Count: > 0 } headers) response["headers"] = headers;
            responses[Text(status.Key)] = response;
        }

        if (IsTagged(path, method)) responses["304"] ??= new JsonObject { ["description"] = "It is what If-None-Match names." };
        if (endpoint.Metadata.OfType<Access>().LastOrDefault() is Access.Gateway or Access.Operator) (responses["401"], responses["403"]) = (Refusal("401"), Refusal("403"));
        responses["429"] = Refusal("429");
        responses["default"] = Refusal("default");
        return responses;
    }

    private JsonNode SchemaOf(Type? type, string contentType) => contentType switch
    {
        _ when contentType.EndsWith("json", StringComparison.Ordinal) && type is not null => _schemas.Of(type),
        _ when contentType.StartsWith("text/", StringComparison.Ordinal) || contentType.EndsWith("ndjson", StringComparison.Ordinal) => new JsonObject { ["type"] = "string" },
        // Bytes: 3.1 says nothing of them.
        _ => new JsonObject(),
    };

    private static JsonObject HeadersOf(RouteEndpoint endpoint, string path, string method)
    {
        var headers = new JsonObject();
        if (IsTagged(path, method)) headers["ETag"] = Header("What If-None-Match takes.");
        if (endpoint.Metadata.GetMetadata<PageWords>() is not null) headers["Link"] = Header("<…>; rel=\"next\", where there is a next page (RFC 8288).");
        return headers;
    }

    private static bool IsTagged(string path, string method) => HttpMethods.IsGet(method) && path != StreamEndpoint.Path
        && (path.StartsWith("/api/v1/", StringComparison.Ordinal) || path.StartsWith("/bundles/", StringComparison.Ordinal));

    private static JsonObject Refusals() => new()
    {
        ["401"] = Problem("A key is needed, or this one does not hold."),
        ["403"] = Problem("The key may not do this."),
        ["429"] = Problem("Too often: ask again after the time in Retry-After.", new JsonObject
        {
            ["Retry-After"] = Header("Seconds to wait."),
            ["RateLimit"] = Header("What is left, and when all is there again."),
            ["RateLimit-Policy"] = Header("How much goes at once, and in how many seconds it comes back."),
        }),
        ["default"] = Problem("A refusal; its detail says what to do."),
    };

    private static JsonObject Problem(string description, JsonObject? headers = null)
    {
        var response = new JsonObject
        {
            ["description"] = description,
            ["content"] = new JsonObject { [ProblemType] = new JsonObject { ["schema"] = new JsonObject { ["$ref"] = $"#/components/schemas/{ProblemSchema}" } } },
        };
        if (headers is not null) response["headers"] = headers;
        return response;
    }

    private static JsonObject ProblemForm() => new()
    {
        ["type"] = "object",
        ["description"] = "A refusal (RFC 9457). Some have more members, which the route's description names.",
        ["properties"] = new JsonObject
        {
            ["type"] = Forms.Text("^urn:opensettle:problem:[a-z-]+$"),
            ["title"] = Forms.Text(),
            ["status"] = Forms.Number(400, 599),
            ["detail"] = new JsonObject { ["type"] = "string", ["description"] = "What to do." },
            ["traceId"] = new JsonObject { ["type"] = "string", ["description"] = "Names this request." },
        },
        ["required"] = new JsonArray("type", "title", "status", "detail"),
    };

    private static JsonObject Key(string description) => new() { ["type"] = "http", ["scheme"] = "bearer", ["description"] = description };

    private static JsonObject Header(string description) => new() { ["description"] = description, ["schema"] = Forms.Text() };

    private static JsonObject Refusal(string name) => new() { ["$ref"] = $"#/components/responses/{name}" };

    private static string Meaning(int status) => status switch
    {
        200 => "What was asked for.",
        201 => "It was taken.",
        202 => "It is on disk.",
        206 => "A part of it.",
        503 => "Not now, and why.",
        _ => "See docs/api.md.",
    };

    private static string PathOf(RouteEndpoint endpoint) => endpoint.Metadata.GetMetadata<PathWords>()?.Path ?? "/" + endpoint.RoutePattern.RawText?.TrimStart('/');

    private static string RoomOf(string path)
    {
        var first = path.Split('/', StringSplitOptions.RemoveEmptyEntries).SkipWhile(part => part is "api" or "v1").FirstOrDefault() ?? string.Empty;
        return Rooms.GetValueOrDefault(first, "Node");
    }

    private static string Text(int number) => number.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
