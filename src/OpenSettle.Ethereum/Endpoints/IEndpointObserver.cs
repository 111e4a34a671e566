using OpenSettle.Ethereum.Ports;

namespace OpenSettle.Ethereum.Endpoints;

/// <summary>Is told of every question to an endpoint. It must be quick, and is called by many threads at once.</summary>
public interface IEndpointObserver
{
    /// <param name="endpoint">Without credentials.</param>
    /// <param name="failure">Null where it was answered.</param>
    /// <param name="took">Retries included.</param>
    void Asked(string endpoint, ChainErrorKind? failure, TimeSpan took);

    /// <summary>Endpoints contradicted each other on what decides money.</summary>
    void Disagreed();
}
