using OpenSettle.Epochs;
using OpenSettle.Ledger;
using OpenSettle.Node.Usage;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using OpenSettle.Storage;
using OpenSettle.Storage.Stores;
using OpenSettle.Storage.Usage;

namespace OpenSettle.Node.Earnings;

/// <summary>What payments that no epoch has yet would give, account by account.</summary>
/// <param name="Payments">How many there are; null where there are none.</param>
internal sealed record Coming(UndividedPayments? Payments, IReadOnlyDictionary<(Address Account, Address Token), UInt256> Final, IReadOnlyDictionary<(Address Account, Address Token), UInt256> All)
{
    public static Coming None { get; } = new(null, new Dictionary<(Address, Address), UInt256>(), new Dictionary<(Address, Address), UInt256>());

    /// <summary>Null where it gives the account nothing.</summary>
    public ComingSums? Of(Address account, Address token)
    {
        var (final, all) = (Final.GetValueOrDefault((account, token)), All.GetValueOrDefault((account, token)));
        // Rounding may give a unit less of more.
        return final.IsZero && all.IsZero ? null : new ComingSums(final.ToString(), (all > final ? all - final : UInt256.Zero).ToString());
    }
}

/// <summary>
/// Divides what no epoch has yet as its epoch would, by the terms and the usage of now. An estimate: usage may still come, and blocks may go.
/// It is made once for the same payments, terms and usage, and shared by all who ask.
/// </summary>
internal sealed class ComingEarnings(NodeState state, IUsageJournal usage, OpenEpochBooks open)
{
    /// <summary>More than these, of payments or of events, are not worked out: who asks should not wait.</summary>
    private const int Most = 20_000;

    private readonly Lock _gate = new();
    private (Mark At, Content Of, Coming Is)? _known;

    public Coming Find(BooksSession session)
    {
        var cursor = session.Chain.Cursor();
        var latest = session.Epochs.Latest();
        var pending = state.Pending;
        var mark = new Mark(cursor?.Block ?? 0, latest?.Number ?? 0, latest?.Attempt ?? 0, latest?.State ?? EpochState.Unknown, pending.Tip, usage.Sealed.Position);
        lock (_gate)
        {
            if (_known is { } known && known.At == mark) return known.Is;
            var window = open.Find(session);
            var before = window?.Epoch ?? session.Epochs.LatestActive();
            // The books are ahead of what is shown for a moment, where an epoch has just become active.
            if ((window is null ? After(before) : window.After) is not { } after) return Coming.None;
            var later = pending.After(cursor).ToList();
            var first = window is null ? 0 : window.Epoch.LastBlock + 1;
            var transit = session.Payments.InTransit(Most + 1);
            var content = new Content(
                session.Payments.SumUndivided(long.MaxValue, first)?.Count ?? 0, transit.Count, later.Count == 0 ? Hash32.Zero : pending.Tip, before?.Number ?? 0, before?.Attempt ?? 0, mark.Usage, state.Registry, state.Tables);
            // Most blocks bring nothing of this.
            var found = _known is { } same && same.Of == content ? same.Is : Find(session, content, transit, later, first, before, after);
            _known = (mark, content, found);
            return found;
        }
    }

    private SettlementState? After(SettledEpoch? before) =>
        before is null ? SettlementState.Empty : state.Active is { } active && active.Epoch == before.Number ? active.After : null;

    private Coming Find(BooksSession session, Content content, IReadOnlyList<Payment> transit, List<Payment> pending, ulong first, SettledEpoch? before, SettlementState after)
    {
        var registry = content.Registry;
        var payments = content.InVault + transit.Count + pending.Count;
        if (payments == 0) return Coming.None;
        var since = before?.UsagePosition ?? 0;
        var isMuch = payments > Most || content.Usage - since > Most;
        var counted = new UndividedPayments(content.InVault + transit.Count, pending.Count, !isMuch);
        if (isMuch) return Coming.None with { Payments = counted };
        SettledPayment[] final = [.. session.Payments.EachUndivided(long.MaxValue, first).Concat(transit.Select(payment => new SettledPayment(payment, payment.Amount))).OrderBy(row => row.Payment.At)];
        // A model that is registered in a block which may still go has no terms yet.
        SettledPayment[] all = [.. final, .. pending.Where(payment => registry.TryGet(payment.Model, out _)).Select(payment => new SettledPayment(payment, payment.Amount))];
        var batches = new EpochIntake(usage).Read(since, content.Usage);
        var finalParts = Divide(final);
        return new Coming(counted, finalParts, pending.Count == 0 ? finalParts : Divide(all));

        Dictionary<(Address, Address), UInt256> Divide(SettledPayment[] payments)
        {
            var tally = new UsageTally(registry, before is null ? 0 : before.LastBlock + 1, long.MaxValue);
            foreach (var batch in batches) tally.Add(batch);
            var resolver = new TermsResolver(registry, content.Tables);
            var division = new Division();
            foreach (var settled in payments)
            {
                var terms = resolver.Resolve(settled.Payment.Model, settled.Payment.Block);
                division.Add(new DividedPayment(settled, terms, tally.Name(settled, terms)));
            }

            resolver.Release(after.Suspense.Select(waiting => waiting.Key));
            var parts = new Dictionary<(Address, Address), UInt256>();
            foreach (var model in division.Finish(after.Residues, after.Suspense, resolver.All, tally.Finish()).Models)
            {
                foreach (var (account, amount) in model.Rows.Concat(model.Influence)) parts[(account, model.Token)] = parts.GetValueOrDefault((account, model.Token)) + amount;
            }

            return parts;
        }
    }

    /// <summary>When it was looked at.</summary>
    private readonly record struct Mark(ulong Block, ulong Epoch, uint Attempt, EpochState State, Hash32 Tip, long Usage);

    /// <summary>What it follows from: payments are only added until an epoch takes them.</summary>
    private readonly record struct Content(long InVault, int InTransit, Hash32 Pending, ulong Epoch, uint Attempt, long Usage, RegistryBook Registry, PublishedTables Tables);
}
