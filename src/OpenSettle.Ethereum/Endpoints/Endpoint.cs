using OpenSettle.Ethereum.Ports;

namespace OpenSettle.Ethereum.Endpoints;

/// <summary>A client, and how its endpoint stands.</summary>
internal sealed record Endpoint(IChainClient Client, EndpointHealth Health, int Preference)
{
    public string Name => Health.Name;
}

/// <summary>What an endpoint said.</summary>
internal readonly record struct Answer<T>(Endpoint Endpoint, T Value);
