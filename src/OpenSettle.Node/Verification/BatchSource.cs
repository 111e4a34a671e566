using System.Globalization;
using OpenSettle.Epochs;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Signing;
using OpenSettle.Primitives;

namespace OpenSettle.Node.Verification;

/// <summary>
/// Pulls signed batches of usage: from nodes (<c>GET /api/v1/batches/{gateway}/{number}</c>), or from folders that have them as
/// <c>{gateway}/{number}</c>, perhaps with <c>.gz</c>. The gateway's signature decides, so that any place will do.
/// </summary>
/// <param name="places">Asked one after the other; empty: the node that a bundle's address names is asked.</param>
/// <param name="recover">Whose key made a signature, see <see cref="IChainProvider.Recover"/>.</param>
public sealed class BatchSource(
    IReadOnlyList<Place> places, DeploymentId deployment, Func<Hash32, RecoverableSignature, Address?> recover, HttpClient http, TimeProvider time)
{
    /// <summary>Where the batches of an epoch are looked for.</summary>
    /// <param name="bundleAddress">The bundle's address on chain.</param>
    internal IReadOnlyList<Place> PlacesFor(string bundleAddress)
    {
        if (places.Count > 0) return places;
        if (!Uri.TryCreate(bundleAddress, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https")) return [];
        // A node's bundles are beside its API, perhaps below a path of a proxy's.
        var path = address.AbsolutePath;
        var bundles = path.LastIndexOf("/bundles/", StringComparison.Ordinal);
        return [new WebPlace(new UriBuilder(address) { Path = bundles < 0 ? "/" : path[..bundles], Query = string.Empty, Fragment = string.Empty }.Uri, http, time)];
    }

    /// <summary>The batch, checked from its lines to its gateway; or why there is none.</summary>
    internal async Task<(PulledBatch? Batch, string Why)> FetchAsync(IReadOnlyList<Place> from, Address gateway, ulong number, CancellationToken cancellation)
    {
        var refused = new List<string>();
        foreach (var place in from)
        {
            var reason = "it does not have it";
            foreach (var name in NamesOf(place, gateway, number))
            {
                try
                {
                    using var source = await place.OpenAsync(name, cancellation);
                    if (source is null) continue;
                    var (batch, problem) = await ReadAsync(source, gateway, number, cancellation);
                    if (batch is not null) return (batch, string.Empty);
                    reason = problem;
                }
                catch (PlaceException e)
                {
                    reason = e.Message;
                    break;
                }
            }

            refused.Add($"{place.Name}: {reason}");
        }

        return (null, refused.Count > 0 ? string.Join("; ", refused) : "there was no place to ask");
    }

    private static string[] NamesOf(Place place, Address gateway, ulong number)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"{gateway}/{number}");
        return place.IsWeb ? [$"api/v1/batches/{name}"] : [name, $"{name}.gz"];
    }

    private async Task<(PulledBatch? Batch, string Problem)> ReadAsync(SourceStream source, Address gateway, ulong number, CancellationToken cancellation)
    {
        using var bytes = await UnpackedStream.OpenAsync(source, BatchFile.MostBytes, cancellation);
        var buffer = new byte[1 << 17];
        var length = 0;
        int read;
        while ((read = await bytes.ReadAsync(buffer.AsMemory(length), cancellation)) > 0)
        {
            length += read;
            if (length == buffer.Length) Array.Resize(ref buffer, checked(buffer.Length * 2));
        }

        var (batch, problem) = BatchFile.Read(buffer.AsSpan(0, length), deployment.ChainId, deployment.Registry, (gateway, number), recover);
        return (batch, problem ?? string.Empty);
    }
}
