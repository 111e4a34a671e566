namespace OpenSettle.Node.Http;

/// <summary>A list: <c>limit</c>, and a Link to the next page.</summary>
internal sealed record PageWords(int Most, int Usual);

/// <summary>Parameters that a handler takes out of the request by itself.</summary>
internal sealed record ParameterNames(IReadOnlyList<string> Names);

/// <summary>What a body has to be.</summary>
internal sealed record BodyWords(Type Form, long MostBytes, IReadOnlyList<string> ContentTypes);

/// <summary>The path as people write it, where the route's own pattern takes more.</summary>
internal sealed record PathWords(string Path);

/// <summary>What the document says of a route beside what its handler shows.</summary>
internal static class RouteWords
{
    public static T Pages<T>(this T route, int most, int usual)
        where T : IEndpointConventionBuilder => route.WithMetadata(new PageWords(most, usual));

    public static T Asks<T>(this T route, params string[] names)
        where T : IEndpointConventionBuilder => route.WithMetadata(new ParameterNames(names));

    public static RouteHandlerBuilder Takes<TForm>(this RouteHandlerBuilder route, long mostBytes) => route.WithMetadata(new BodyWords(typeof(TForm), mostBytes, ["application/json"]));

    public static T DescribedAs<T>(this T route, string path)
        where T : IEndpointConventionBuilder => route.WithMetadata(new PathWords(path));
}
