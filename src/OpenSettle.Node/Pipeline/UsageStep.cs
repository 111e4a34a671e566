using OpenSettle.Node.Configuration;
using OpenSettle.Node.Usage;
using OpenSettle.Primitives;
using OpenSettle.Storage;
using OpenSettle.Storage.Sqlite;
using OpenSettle.Storage.Usage;

namespace OpenSettle.Node.Pipeline;

/// <summary>
/// Looks after usage that is on disk: what waited for the registry or for its time goes on, and what is older than the
/// time to keep goes into archives. None of it decides money.
/// </summary>
public sealed class UsageStep(
    NodeOptions options, IUsageJournal usage, IBooks books, NodeState state, UsageRetention retention, TimeProvider time, ILogger<UsageStep> log)
{
    /// <summary>What waits is looked at so often where the registry says nothing new.</summary>
    private static readonly TimeSpan Between = TimeSpan.FromMinutes(1);

    /// <summary>Settlement waits no longer than about this for archives.</summary>
    private static readonly TimeSpan MostAtOnce = TimeSpan.FromMilliseconds(500);

    private readonly HoldRule _rule = new(state, options, time);
    private Registry.RegistryBook? _seen;
    private DateTimeOffset _nextRelease;
    private DateTimeOffset _nextArchive;
    private string? _told;

    public async Task RunAsync(CancellationToken cancellation)
    {
        await ReleaseAsync(cancellation);
        Archive(cancellation);
    }

    private async Task ReleaseAsync(CancellationToken cancellation)
    {
        var registry = state.Registry;
        var now = time.GetUtcNow();
        if (ReferenceEquals(_seen, registry) && now < _nextRelease && !state.TakeReleaseAsked()) return;
        if (usage.Totals.Held > 0)
        {
            var gateways = usage.Gateways().ToDictionary(gateway => gateway.Id, gateway => gateway.Address);
            foreach (var group in usage.Held())
            {
                cancellation.ThrowIfCancellationRequested();
                await ReleaseAsync(group, gateways.GetValueOrDefault(group.Gateway));
            }
        }

        (_seen, _nextRelease) = (registry, now + Between);
    }

    /// <summary>Whether a model is known and lists the gateway is asked for all reasons: one that has gone may have hidden another.</summary>
    private async Task ReleaseAsync(HeldGroup group, Address gateway)
    {
        // Whether an event from beyond the horizon is new, nobody can say: that is for the operator.
        if (group.Hold == Hold.BeyondHorizon || _rule.JudgeModel(group.Model, gateway) != Hold.None) return;
        long released = 0;
        if (group.Hold == Hold.AheadOfTime)
        {
            foreach (var position in usage.HeldUntil(group, _rule.Now() + (ulong)HoldRule.Ahead.TotalSeconds))
                released += await usage.ReleaseAsync(group with { FirstPosition = position, LastPosition = position });
        }
        else
        {
            released = await usage.ReleaseAsync(group);
        }

        if (released > 0) log.UsageReleased(released, group.Model, group.Hold);
    }

    private void Archive(CancellationToken cancellation)
    {
        if (options.UsageKeep is not { } keep || time.GetUtcNow() < _nextArchive) return;
        // Only what an epoch took that is active: nothing before that is divided again.
        var upTo = books.Read(session => session.Epochs.LatestActive()?.UsagePosition ?? 0);
        var start = time.GetTimestamp();
        try
        {
            while (retention.Step(keep, upTo))
            {
                cancellation.ThrowIfCancellationRequested();
                if (time.GetElapsedTime(start) > MostAtOnce) return;
            }

            _told = null;
        }
        catch (StorageException e) when (e.Kind is not StorageErrorKind.Inconsistent)
        {
            // The events stay where they are. It is told once, and tried again.
            if (_told != e.Message) log.ArchiveWaits(e.Message);
            _told = e.Message;
        }

        _nextArchive = time.GetUtcNow() + Between;
    }
}
