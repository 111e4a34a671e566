namespace OpenSettle.Ethereum.Endpoints;

/// <summary>How an endpoint stands.</summary>
public enum EndpointCondition
{
    Unknown = 0,

    Ok,

    /// <summary>Its head is some blocks behind that of the others: asked last.</summary>
    Behind,

    /// <summary>Not asked for a while: it failed several times, or asked for fewer requests.</summary>
    Cooling,

    /// <summary>Not asked before the next start: it is another chain's, or contradicted the others.</summary>
    SetAside,
}

/// <summary>An endpoint as people may see it.</summary>
/// <param name="Name">Without credentials.</param>
/// <param name="Why">Where it is not well: why.</param>
/// <param name="AskedAgain">Where it cools down: when it is asked again.</param>
/// <param name="Head">The newest block that it named; null before it named one.</param>
/// <param name="Latency">What its answers take, smoothed; null before the first.</param>
/// <param name="Failures">In a row, up to now.</param>
public sealed record EndpointState(
    string Name, EndpointCondition Condition, string? Why, DateTimeOffset? AskedAgain, ulong? Head, TimeSpan? Latency, int Failures);
