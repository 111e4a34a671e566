using OpenSettle.Ethereum.Attestations;
using OpenSettle.Node.Configuration;
using OpenSettle.Passports;
using OpenSettle.Registry;
using OpenSettle.Storage.Stores;
using OpenSettle.Storage.Usage;
using OpenSettle.Storage;

namespace OpenSettle.Node.Passports;

/// <summary>
/// The facts that a passport is computed from, as the books have them at the start of a block: what came later is left out here, so that
/// the same block gives the same facts whenever it is asked for.
/// </summary>
public sealed class PassportSource(IBooks books, IUsageJournal usage, NodeState state, NodeOptions options)
{
    /// <summary>Usage outside of epochs is told of so many days.</summary>
    public const uint SeenDays = 84;

    private const uint DaySeconds = 86_400;

    private volatile EpochsAt? _epochs;

    private readonly SchemaSet _schemas = new(options.Deployment.Watched.Resolver);

    /// <summary>The start of the block after the last one whose facts are in the books; null before the first.</summary>
    public BlockPoint? Now() => (state.Posted ?? books.Read(session => session.Chain.Cursor())) is { } cursor ? new BlockPoint(cursor.Block + 1, cursor.Timestamp) : null;

    /// <summary>Null where there was no such model yet.</summary>
    public PassportFacts? Load(ModelId model, BlockPoint asOf)
    {
        var registry = state.Registry;
        if (!registry.TryGet(model, out var entry) || entry.Registration.At.Block >= asOf.Number) return null;
        var facts = books.Read(session => Load(session, registry, entry, asOf));
        var last = facts.Epochs.Count > 0 ? facts.Epochs[^1].EndTime : 0;
        return facts with { Seen = Seen(model, asOf, last) };
    }

    /// <summary>What may be done with the model: the same facts without money, which says nothing of it.</summary>
    public PassportFacts? LoadWords(ModelId model, BlockPoint asOf)
    {
        var registry = state.Registry;
        if (!registry.TryGet(model, out var entry) || entry.Registration.At.Block >= asOf.Number) return null;
        return books.Read(session => Words(session, Bare(registry, model, asOf)));
    }

    private PassportFacts Load(BooksSession session, RegistryBook registry, ModelEntry entry, BlockPoint asOf)
    {
        var model = entry.Id;
        var epochs = EpochsOf(session, asOf);
        var last = epochs.Count > 0 ? epochs[^1].Number : 0;
        var (earnings, upstream) = session.Earned.Of(model, 0, last);
        var isNewest = (session.Epochs.LatestActive()?.Number ?? 0) <= last;
        var facts = Bare(registry, model, asOf) with
        {
            Epochs = epochs,
            Revenue = session.Settled.Of(model, 0, last),
            Paid = session.Settled.Paid(model, last, asOf.Number, isNewest),
            Records = session.Records.Of(model, last),
            Earnings = earnings,
            Upstream = upstream,
        };
        return Flows(session, Words(session, facts), entry);
    }

    private PassportFacts Bare(RegistryBook registry, ModelId model, BlockPoint asOf) => new()
    {
        Deployment = options.Deployment.Watched.Id,
        Model = model,
        AsOf = asOf,
        Registry = registry,
        Tables = state.Tables,
        Epochs = [],
        PublicSources = options.PublicSources,
        TokenNames = [.. options.Deployment.Tokens.Select(token => new TokenName(token.Token, token.Symbol, token.Decimals))],
    };

    private PassportFacts Words(BooksSession session, PassportFacts facts)
    {
        var (model, asOf) = (facts.Model, facts.AsOf);
        var words = facts.With(session.Notices.Of(model, asOf.Number)) with
        {
            Evaluators = session.Notices.Evaluators(asOf.Number),
            Attestations = AttestationEntries.Of(session, _schemas, model, asOf),
        };
        return words.MetadataHash.IsZero || session.Documents.Find(words.MetadataHash) is not { } body ? words : words with { Metadata = body };
    }

    /// <summary>All models have the same ones: they are read once for a block.</summary>
    private IReadOnlyList<EpochPoint> EpochsOf(BooksSession session, BlockPoint asOf)
    {
        var changes = state.PassportChanges;
        if (_epochs is { } known && known.Block == asOf.Number && known.Changes == changes) return known.Epochs;
        var epochs = Epochs(session, asOf);
        _epochs = new EpochsAt(asOf.Number, changes, epochs);
        return epochs;
    }

    private static List<EpochPoint> Epochs(BooksSession session, BlockPoint asOf)
    {
        var (points, active) = (new List<EpochPoint>(), session.Epochs.ActivatedBefore(asOf.Number));
        // Books that were rebuilt learn the times of epochs' last blocks a little later. Until then each counts from its activation.
        var known = active.All(row => row.Epoch.LastBlockTime > 0);
        foreach (var (epoch, activated) in active)
        {
            var end = known ? epoch.LastBlockTime : activated;
            points.Add(new EpochPoint(epoch.Number, epoch.FirstBlock, epoch.LastBlock, end, activated, epoch.RecordRoot, epoch.BundleHash));
        }

        return points;
    }

    /// <summary>Transfers of whole days before the block's. They count where all accounts that matter were read up to the last epoch's end.</summary>
    private PassportFacts Flows(BooksSession session, PassportFacts facts, ModelEntry entry)
    {
        if (!options.PassportFlows || facts.Epochs.Count == 0) return facts;
        var related = RelatedAccounts.Of(session.Flows, facts, entry);
        return facts with { Flows = related.Flows, FlowsKnown = related.Missing is null };
    }

    /// <summary>
    /// What this node saw, and no epoch has: all usage of days after the last epoch, and of days before what came in no signed batch. How
    /// that turned out is not kept apart from the rest.
    /// </summary>
    private List<SeenUsage> Seen(ModelId model, BlockPoint asOf, ulong lastEnd)
    {
        var (day, lastDay) = (checked((uint)(asOf.Timestamp / DaySeconds)), checked((uint)(lastEnd / DaySeconds)));
        var seen = new List<SeenUsage>();
        foreach (var group in usage.Rollups(model, day > SeenDays ? day - SeenDays : 0, day).GroupBy(row => (row.Key.Day, row.Key.Domain), row => row.Sums))
        {
            var (uses, signed, successes, trials) = (0UL, 0UL, 0UL, 0UL);
            foreach (var sums in group) (uses, signed, successes, trials) = (uses + sums.Uses, signed + sums.Signed, successes + sums.Successes, trials + sums.Trials);
            if (group.Key.Day > lastDay || lastEnd == 0) seen.Add(new SeenUsage(group.Key.Day, group.Key.Domain, uses, signed, successes, trials));
            else if (uses > signed) seen.Add(new SeenUsage(group.Key.Day, group.Key.Domain, uses - signed, 0, 0, 0));
        }

        return seen;
    }

    private sealed record EpochsAt(ulong Block, long Changes, IReadOnlyList<EpochPoint> Epochs);
}
