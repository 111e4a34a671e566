using OpenSettle.Ethereum.Endpoints;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Watch;

namespace OpenSettle.Node.Configuration;

/// <summary>The endpoints that the settings name, in the three ways in which a node uses them. What one learns of an endpoint, all know.</summary>
public sealed class ChainEndpoints : IDisposable
{
    /// <param name="readers">A client for each endpoint, which reads blocks with their proofs.</param>
    /// <param name="settling">A client for each endpoint, which settles; null: the readers do.</param>
    public ChainEndpoints(IReadOnlyList<IChainClient> readers, IReadOnlyList<IChainClient>? settling, EndpointOptions options, TimeProvider time)
    {
        Reader = new BlockReaderPool(new EndpointSet(readers, options, time));
        Settling = settling is null ? Reader : new EndpointPool(Reader.Endpoints.With(settling));
        Quorum = new ChainQuorum(Reader.Endpoints, Reader);
    }

    /// <summary>Reads blocks and logs.</summary>
    public BlockReaderPool Reader { get; }

    /// <summary>Asks contracts, and sends. With the built-in client it is the reader.</summary>
    public EndpointPool Settling { get; }

    /// <summary>Says what decides money.</summary>
    public ChainQuorum Quorum { get; }

    /// <summary>How each endpoint stands, in the order of preference.</summary>
    public IReadOnlyList<EndpointState> States => Reader.Endpoints.States;

    /// <summary>Called once for each endpoint that is set aside.</summary>
    public Action<EndpointState>? OnSetAside
    {
        set => Reader.Endpoints.OnSetAside = Settling.Endpoints.OnSetAside = value;
    }

    /// <summary>Is told of every question.</summary>
    public IEndpointObserver? Observer
    {
        set => Reader.Endpoints.Observer = Settling.Endpoints.Observer = value;
    }

    /// <summary>Reads ranges of which it knows, in that way, that no log is missing.</summary>
    public IRangeSource Ranges(Completeness completeness) => completeness switch
    {
        Completeness.Receipts => new ProvenRanges(Reader),
        Completeness.Bloom => new BloomRanges(Reader),
        Completeness.Second => new AgreedRanges(() => Reader.Endpoints.ReadyClients()),
        _ => throw new ArgumentOutOfRangeException(nameof(completeness), completeness, "There is no such way."),
    };

    public void Dispose()
    {
        if (!ReferenceEquals(Settling, Reader)) Settling.Dispose();
        Reader.Dispose();
    }
}
