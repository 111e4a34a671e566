using OpenSettle.Ethereum.Ports;

namespace OpenSettle.Ethereum.Endpoints;

/// <summary>Whether an endpoint is the right one: null, or what is wrong with it.</summary>
public delegate Task<string?> EndpointInspection(IChainClient client, CancellationToken cancellation);

/// <summary>How several endpoints are used as one.</summary>
public sealed record EndpointOptions
{
    /// <summary>How many of them have to agree on what decides money.</summary>
    public int Quorum { get; init; } = 1;

    /// <summary>Blocks on top of a final one; null: the chain says what is final.</summary>
    public ulong? Confirmations { get; init; }

    /// <summary>After so long a read is asked of another endpoint too; null: only where one fails.</summary>
    public TimeSpan? HedgeAfter { get; init; }

    /// <summary>So many blocks behind the others an endpoint is still well.</summary>
    public ulong MostBehind { get; init; } = 3;

    /// <summary>Looked at before an endpoint is used, and when it comes back after it was away; null: nothing is.</summary>
    public EndpointInspection? Inspect { get; init; }
}
