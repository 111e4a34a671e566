using OpenSettle.Epochs;
using OpenSettle.Metering;
using OpenSettle.Registry;

namespace OpenSettle.Verify;

/// <summary>Gives an epoch's batches, in any order. They are gone through once, so that nobody has to hold them all.</summary>
/// <param name="named">The batches that the bundle names.</param>
/// <exception cref="UsageMissingException">While they are gone through: one cannot be had.</exception>
public delegate IEnumerable<UsageBatch> UsageOf(IReadOnlyList<BatchRoot> named);

/// <summary>Usage that an epoch took cannot be had, so that its sums cannot be checked.</summary>
public sealed class UsageMissingException(string message) : Exception(message);

/// <summary>Whether the bundle's sums are those of the usage events. It needs the events, and the chain's list of gateways.</summary>
internal sealed class SumsCheck(ChainView? chain, UsageOf? usage)
{
    private UsageTally? _tally;
    private string? _difference;
    private string? _missing;

    public void Take(Bundle head, DividedPayment payment)
    {
        if (Tally(head) is not { } tally || _difference is not null || _missing is not null) return;
        var named = tally.Name(payment.Settled, payment.Terms);
        if (named != payment.Named) _difference = $"payment {payment.Settled.Payment.At}: {named} events name it, the bundle says {payment.Named}{Unlisted(tally, payment.Settled.Payment.Model)}";
    }

    public LevelReport Finish(Bundle bundle)
    {
        if (usage is null) return EpochVerifier.NotChecked(VerifyLevel.Sums, "the usage events were not given");
        if (chain is null) return EpochVerifier.NotChecked(VerifyLevel.Sums, "the chain was not given, which lists the gateways");
        var tally = Tally(bundle);
        if (_missing is not null) return EpochVerifier.NotChecked(VerifyLevel.Sums, _missing);
        return EpochVerifier.Level(
            VerifyLevel.Sums, _difference ?? Difference(tally!, bundle.Usage), $"{bundle.Usage.Batches.Count} batches give the bundle's sums");
    }

    private static string? Difference(UsageTally tally, EpochUsage stated)
    {
        var events = tally.Finish();
        return PoolsCheck.First("batch", events.Batches, stated.Batches)
            ?? CountsDifference(tally, events, stated)
            ?? PoolsCheck.First("method", events.Methods, stated.Methods)
            ?? PoolsCheck.First("open sum", events.Open, stated.Open)
            ?? PoolsCheck.First("direct sum", events.Direct, stated.Direct)
            ?? RecordsCheck.Difference(events.Uses, stated.Uses);
    }

    /// <summary>Events that came in no batch are only told of, so there may be more than the batches have.</summary>
    private static string? CountsDifference(UsageTally tally, EpochUsage events, EpochUsage stated)
    {
        var counts = events.Counts.ToDictionary(count => count.Model);
        foreach (var count in stated.Counts)
        {
            var ours = counts.Remove(count.Model, out var found) ? found : new UsageCount(count.Model, 0);
            if (count.Events < ours.Events || count.Counted != ours.Counted || count.Units != ours.Units)
                return $"usage of model {count.Model}: the events give {ours.Events}, of which {ours.Counted} count with {ours.Units} units, the bundle says {count.Events}, {count.Counted} and {count.Units}{Unlisted(tally, count.Model)}";
        }

        return counts.Count > 0 ? $"usage of model {counts.Keys.First()} is missing" : null;
    }

    /// <summary>Why events may not count that somebody counted.</summary>
    private static string Unlisted(UsageTally tally, ModelId model) =>
        tally.UnlistedFor(model) is { } gateway ? $"; gateway {gateway.ToChecksumString()}, which signed some of them, is not listed for the model" : string.Empty;

    private UsageTally? Tally(Bundle head)
    {
        if (_tally is not null || chain is null || usage is null) return _tally;
        _tally = new UsageTally(chain.Registry, head.FirstBlock, head.LastBlock);
        try
        {
            foreach (var batch in usage(head.Usage.Batches)) _tally.Add(batch);
        }
        catch (InvalidOperationException e)
        {
            _difference = e.Message;
        }
        catch (UsageMissingException e)
        {
            _missing = e.Message;
        }

        return _tally;
    }
}
