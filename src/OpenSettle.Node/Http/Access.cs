namespace OpenSettle.Node.Http;

/// <summary>Who may ask a route. Each route says it; a node with one that does not does not start.</summary>
internal enum Access
{
    Unknown = 0,

    /// <summary>Anybody; reads under /api/v1 only whoever has a key that reads, where <c>apiReads</c> says so.</summary>
    Public = 1,

    /// <summary>Whoever has a gateway's key.</summary>
    Gateway = 2,

    /// <summary>Whoever has an operator's key.</summary>
    Operator = 3,
}

/// <summary>The route looks at keys and quotas itself: the gate adds nothing to it.</summary>
internal sealed class OwnGate
{
    public static OwnGate Instance { get; } = new();
}

/// <summary>How much of a client's rate a request takes.</summary>
/// <param name="Units">A cheap read takes one.</param>
/// <param name="OfPast">What it takes with <c>block</c>: the state of a past block is computed anew.</param>
internal sealed record RequestCost(int Units, int OfPast)
{
    public static RequestCost Usual { get; } = new(1, 1);
}

internal static class AccessOfRoutes
{
    public static T For<T>(this T route, Access access)
        where T : IEndpointConventionBuilder => route.WithMetadata(access);

    public static T Costs<T>(this T route, int units, int? ofPast = null)
        where T : IEndpointConventionBuilder => route.WithMetadata(new RequestCost(units, ofPast ?? units));
}
