namespace OpenSettle.Node.Http;

/// <summary>Who may ask a route. Each route says it; a test walks them all.</summary>
internal enum Access
{
    Unknown = 0,

    /// <summary>Anybody.</summary>
    Public = 1,

    /// <summary>Whoever has a gateway's key.</summary>
    Gateway = 2,

    /// <summary>Whoever has an operator's key.</summary>
    Operator = 3,
}

internal static class AccessOfRoutes
{
    public static T For<T>(this T route, Access access)
        where T : IEndpointConventionBuilder => route.WithMetadata(access);
}
