using OpenSettle.Primitives;
using OpenSettle.Storage.Usage;

namespace OpenSettle.Storage.Stores;

/// <summary>Holds a journal against what epochs' bundles say of usage: which of their batches it has, and up to where each epoch took.</summary>
internal sealed class SettledJournal
{
    private readonly BooksSession _session;
    private readonly string _file;
    private readonly IReadOnlyList<SettledUsage> _epochs;
    private readonly Dictionary<(Address Gateway, ulong Number), (long First, long Last, Hash32 Root)> _batches = [];

    /// <param name="file">Its name, for who reads of a difference.</param>
    /// <param name="epochs">In their order.</param>
    public SettledJournal(BooksSession session, string file, IReadOnlyList<SettledUsage> epochs)
    {
        (_session, _file, _epochs) = (session, file, epochs);
        session.Each(
            "SELECT gateway, number, root, events, first_position FROM usage_batches",
            row => _batches.Add((row.Account(0), row.Number(1)), (row.GetInt64(4), checked(row.GetInt64(4) + row.GetInt64(3) - 1), row.Word(2))));
    }

    /// <summary>What was settled and is not in the journal, by gateway and number.</summary>
    public IReadOnlyList<LostBatches> Lost()
    {
        var lost = new List<LostBatches>();
        foreach (var batch in _epochs.SelectMany(epoch => epoch.Batches).OrderBy(batch => batch.Gateway).ThenBy(batch => batch.Number))
        {
            if (_batches.TryGetValue((batch.Gateway, batch.Number), out var here))
            {
                if (here.Root != batch.Root)
                    throw Other($"batch {batch.Number} of gateway {batch.Gateway} has the root {here.Root}, and epoch {batch.Epoch} settled one with {batch.Root}");
            }
            else if (lost.Count > 0 && lost[^1] is var run && run.Gateway == batch.Gateway && run.Last + 1 == batch.Number)
            {
                lost[^1] = run with { Last = batch.Number, Events = checked(run.Events + batch.Events), Epoch = batch.Epoch };
            }
            else
            {
                lost.Add(new LostBatches(batch.Gateway, batch.Number, batch.Number, batch.Events, batch.Epoch));
            }
        }

        return lost;
    }

    /// <summary>
    /// Each epoch's cut. All events between two cuts are counted in the bundle, so that it is known exactly where nothing is lost. In any
    /// case it comes after all batches that the epoch took, and before all that it did not: those decide money.
    /// </summary>
    public IReadOnlyList<SettledCut> Cuts()
    {
        var limits = Limits();
        var cuts = new List<SettledCut>(_epochs.Count);
        var before = Seal.Start;
        for (var i = 0; i < _epochs.Count; i++)
        {
            var epoch = _epochs[i];
            var here = epoch.Batches.Where(batch => _batches.ContainsKey((batch.Gateway, batch.Number))).Select(batch => _batches[(batch.Gateway, batch.Number)].Last).ToList();
            var least = Math.Max(before.Position, here.Count == 0 ? 0 : here.Max());
            var whole = here.Count == epoch.Batches.Count;
            var exact = checked(before.Position + (long)epoch.Events);
            if (whole && exact >= least && exact < limits[i] && SealAt(exact) is { } counted) before = counted;
            else before = SealFrom(least);
            if (before.Position >= limits[i])
                throw Other($"no seal stands between what epoch {epoch.Epoch} took, up to position {least}, and the batch at position {limits[i]}, which it did not take");
            cuts.Add(new SettledCut(epoch.Epoch, before.Position, before.Chain, whole));
        }

        return cuts;
    }

    /// <summary>For each epoch, where the first batch begins that neither it nor one before it took.</summary>
    private long[] Limits()
    {
        var settled = _epochs.SelectMany(epoch => epoch.Batches).Select(batch => (batch.Gateway, batch.Number)).ToHashSet();
        var limit = _batches.Where(batch => !settled.Contains(batch.Key)).Select(batch => batch.Value.First).DefaultIfEmpty(long.MaxValue).Min();
        var limits = new long[_epochs.Count];
        for (var i = limits.Length - 1; i >= 0; i--)
        {
            limits[i] = limit;
            foreach (var batch in _epochs[i].Batches)
            {
                if (_batches.TryGetValue((batch.Gateway, batch.Number), out var here)) limit = Math.Min(limit, here.First);
            }
        }

        return limits;
    }

    private Seal? SealAt(long position) => position == 0 ? Seal.Start : Look("= ?1", position);

    private Seal SealFrom(long position) => position == 0
        ? Seal.Start
        : Look(">= ?1 ORDER BY position LIMIT 1", position) ?? throw Other($"no seal covers position {position}");

    private Seal? Look(string where, long position) =>
        _session.Single($"SELECT position, received, chain FROM usage_seals WHERE position {where}", row => new Seal(row.GetInt64(0), row.GetInt64(1), row.Word(2)), position);

    private StorageException Other(string how) => new(
        StorageErrorKind.Inconsistent,
        $"{_file} is not the journal from which the epochs took usage: {how}. Put it aside, with what stands beside it under its name, and rebuild again: then the archives are restored.");
}
