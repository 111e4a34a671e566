using OpenSettle.Node.Configuration;
using OpenSettle.Node.Verification;

namespace OpenSettle.Node.Witness;

/// <summary>Where a witness looks for bundles and for usage. None of it is believed: hashes and signatures decide.</summary>
internal sealed class WitnessPlaces : IDisposable
{
    private readonly NodeOptions _options;
    private readonly TimeProvider _time;
    private BatchSource? _batches;

    public WitnessPlaces(NodeOptions options, TimeProvider time)
    {
        (_options, _time) = (options, time);
        Http = Place.NewClient(time);
        Place[] Of(IEnumerable<string> places) => [.. places.Select(place => Place.Parse(place, Http, time))];
        (Bundles, Usage, Leaders) = (Of(options.Witness.BundlePlaces), Of(options.Witness.UsagePlaces), Of(options.Witness.Leaders.Select(leader => leader.ToString())));
    }

    public HttpClient Http { get; }

    public IReadOnlyList<Place> Bundles { get; }

    /// <summary>As the settings say; empty: they say nothing.</summary>
    public IReadOnlyList<Place> Usage { get; }

    public IReadOnlyList<Place> Leaders { get; }

    public BundleSource BundleSource() => new(Bundles, Http, _time);

    public BatchSource BatchSource(Ethereum.Ports.IChainProvider provider) =>
        _batches ??= new BatchSource(Usage.Count > 0 ? Usage : Leaders, _options.Deployment.Watched.Id, provider.Recover, Http, _time);

    /// <summary>The node that published a bundle; none where nobody did yet.</summary>
    public IReadOnlyList<Place> OfBundle(string? address) => address is null || _batches is null ? [] : _batches.PlacesFor(address);

    public void Dispose() => Http.Dispose();
}
