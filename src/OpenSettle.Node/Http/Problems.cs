namespace OpenSettle.Node.Http;

/// <summary>Refusals in the form of RFC 9457, each with what to do.</summary>
internal static class Problems
{
    private const string TypePrefix = "urn:opensettle:problem:";

    public static IResult BadRequest(string title, string remedy) => Of(StatusCodes.Status400BadRequest, title, remedy);

    public static IResult NotFound(string title, string remedy) => Of(StatusCodes.Status404NotFound, title, remedy);

    public static IResult Of(int status, string title, string remedy, IDictionary<string, object?>? more = null) =>
        Results.Problem(remedy, title: title, statusCode: status, type: TypeOf(status), extensions: more);

    /// <summary>Names of kinds of problems do not change: programs may decide by them.</summary>
    public static string TypeOf(int status) => TypePrefix + status switch
    {
        400 => "bad-request",
        401 => "no-key",
        403 => "not-allowed",
        404 => "not-found",
        405 => "method",
        409 => "conflict",
        410 => "gone",
        413 => "too-large",
        415 => "media-type",
        416 => "range",
        422 => "refused",
        429 => "too-many",
        503 => "not-now",
        _ => "fault",
    };

    /// <summary>What is said of an answer that nobody gave a body.</summary>
    public static IResult OfStatus(HttpContext context)
    {
        var allowed = context.Response.Headers.Allow.ToString();
        return context.Response.StatusCode switch
        {
            404 => NotFound("There is no such page", "GET /openapi.json lists what this node answers; docs/api.md describes it."),
            405 => Of(405, "This method does not go with this page", allowed.Length > 0 ? $"Use {allowed}." : "GET /openapi.json lists what goes."),
            413 => Of(413, "The request is too large", "Send less at once: GET /openapi.json and docs/api.md say how much."),
            415 => Of(415, "This content type is not taken", "Send JSON: Content-Type: application/json."),
            416 => Of(416, "There is no such part", "Ask for a range inside the file."),
            >= 400 and < 500 and var status => Of(status, "The request cannot be taken", "Look at method, address and headers: GET /openapi.json lists what this node answers."),
            var status => Of(status, "The node cannot answer", "Ask again later. Where it stays so, the node's log says why."),
        };
    }

    /// <summary>What is said of an exception that nobody expected; the log has it.</summary>
    public static IResult Fault() => Of(500, "The node failed at this", "Ask again later. Where it stays so, the node's log says why; please report it.");
}
