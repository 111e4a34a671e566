namespace OpenSettle.Node.Http;

/// <summary>Refusals in the form of RFC 9457, each with what to do.</summary>
internal static class Problems
{
    public static IResult BadRequest(string title, string remedy) => Results.Problem(remedy, title: title, statusCode: StatusCodes.Status400BadRequest);

    public static IResult NotFound(string title, string remedy) => Results.Problem(remedy, title: title, statusCode: StatusCodes.Status404NotFound);

    public static IResult Of(int status, string title, string remedy) => Results.Problem(remedy, title: title, statusCode: status);
}
