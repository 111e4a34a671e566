using OpenSettle.Node.Configuration;
using OpenSettle.Node.Verification;
using OpenSettle.Storage;

namespace OpenSettle.Node.Witness;

/// <summary>Pulls signed usage from public logs, a few times a minute.</summary>
internal sealed class PullStep(NodeOptions options, IBooks books, HeldBatches held, WitnessPlaces places, NodeState state, TimeProvider time)
{
    private static readonly TimeSpan Between = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    private long? _last;

    /// <returns>Whether there may be more at once.</returns>
    public async Task<bool> RunAsync(CancellationToken cancellation)
    {
        if (_last is { } last && time.GetElapsedTime(last) < Between) return false;
        // What is pulled while the books are behind would be taken for known when their blocks were made.
        if (state.Watch is not { AtFinal: true } || PlacesNow() is not { Count: > 0 } from) return false;
        using var deadline = new CancellationTokenSource(Longest, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, deadline.Token);
        var more = false;
        try
        {
            more = await held.PullAsync(from, either.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            // A place that only trickles must not hold the watch up: what came is kept, and it is asked again.
        }

        _last = more ? null : time.GetTimestamp();
        return more;
    }

    private IReadOnlyList<Place> PlacesNow() => places.Usage.Count > 0 ? places.Usage : options.Witness.Leaders.Count > 0 ? places.Leaders : places.OfBundle(books.Read(session => session.Epochs.Latest())?.BundleUri);
}
