using OpenSettle.Metering;
using OpenSettle.Primitives;
using OpenSettle.Storage.Sqlite;
using OpenSettle.Storage.Usage;

namespace OpenSettle.Storage.Stores;

/// <summary>What the journal's tables and its archives say of one another.</summary>
/// <param name="archives">What went into files; none where the engine keeps all.</param>
/// <param name="archiveFolder">Where those lie; empty where the engine has none.</param>
internal sealed class UsageCheck(BooksSession session, IReadOnlyList<UsageArchive> archives, string archiveFolder, Action<string> progress)
{
    private const int ToldEvery = 1_000_000;

    private long Archived => archives.Count == 0 ? 0 : archives[^1].Last;

    private long Last => session.Single("SELECT coalesce(max(position), 0) FROM usage_seals", row => row.GetInt64(0));

    /// <param name="ids">By <see cref="Ids"/>: how they are looked up is the engine's.</param>
    /// <param name="epochs">The books'.</param>
    public void Run(CheckList results, Func<(string Seen, string? Problem)> ids, IReadOnlyList<SettledEpoch> epochs)
    {
        if (archiveFolder.Length > 0) results.Try("usage archives", Archives);
        results.Try("usage chain", Chain);
        results.Try("usage batches", Batches);
        results.Try("usage held", Held);
        results.Try("usage conflicts", Conflicts);
        results.Try("usage ids", ids);
        results.Try("usage rollups", Rollups);
        results.Try("usage cuts", () => Cuts(epochs));
    }

    /// <summary>Archives follow one another, and each is whole: its bytes, its rows, its keys and its seals.</summary>
    private (string Seen, string? Problem) Archives()
    {
        var (next, chain, unstated) = (1L, Hash32.Zero, 0);
        foreach (var archive in archives)
        {
            progress($"archive {archive.Name}");
            if (archive.First != next || archive.ChainBefore != chain) return (Seen(), $"{archive.Name} does not come after position {next - 1} and its chain {chain}");
            var path = Path.Combine(archiveFolder, archive.Name);
            using var reader = ArchiveReader.Open(path, archive);
            if (reader.Verify() != archive.Chain) return (Seen(), $"{archive.Name} ends with another chain than the usage file says");
            var (bytes, hash) = FileCopy.Sum(path);
            if (bytes != archive.Bytes || Hash32.Parse("0x" + hash) != archive.Sha256) return (Seen(), $"{archive.Name} has {bytes} bytes with SHA-256 {hash}, and the usage file says {archive.Bytes} and {archive.Sha256}");
            var seals = session.Query(
                "SELECT position, received, chain FROM usage_seals WHERE position >= ?1 AND position <= ?2 ORDER BY position",
                row => new Seal(row.GetInt64(0), row.GetInt64(1), row.Word(2)), archive.First, archive.Last);
            if (!seals.SequenceEqual(reader.Seals)) return (Seen(), $"{archive.Name} has other seals than the usage file");
            var statements = Path.Combine(archiveFolder, ArchiveStatements.NameOf(archive.Name));
            if (!File.Exists(statements)) unstated++;
            else if (CompareStatements(archive, ArchiveStatements.Read(statements)) is { } problem) return (Seen(), problem);
            (next, chain) = (archive.Last + 1, archive.Chain);
        }

        return (Seen(), null);

        string Seen() => $"{archives.Count} archives, {Archived} events" + (unstated == 0 ? string.Empty : $"; {unstated} have no statements beside them: a node that archives writes them");
    }

    /// <summary>What lies beside an archive names the gateways and batches of the usage file. What waits may have gone on since.</summary>
    private string? CompareStatements(UsageArchive archive, ArchiveStatements statements)
    {
        var name = ArchiveStatements.NameOf(archive.Name);
        var known = ArchiveStatements.Of(session, archive);
        if ((statements.ChainId, statements.Registry, statements.First, statements.Last, statements.Archive) != (known.ChainId, known.Registry, known.First, known.Last, known.Archive)) return $"{name} is of another archive";
        if (!statements.Batches.SequenceEqual(known.Batches)) return $"{name} has other batches than the usage file";
        var gateways = known.Gateways.ToDictionary(gateway => gateway.Id, gateway => gateway.Address);
        return statements.Gateways.FirstOrDefault(gateway => !gateways.TryGetValue(gateway.Id, out var address) || address != gateway.Address) is { } other
            ? $"{name} says that gateway {other.Id} signs with {other.Address}, and the usage file does not"
            : null;
    }

    /// <summary>The chain is computed over all rows, against every seal; positions have no gaps. What is archived was seen there.</summary>
    private (string Seen, string? Problem) Chain()
    {
        var seals = session.Query("SELECT position, received, chain FROM usage_seals WHERE position > ?1 ORDER BY position", row => new Seal(row.GetInt64(0), row.GetInt64(1), row.Word(2)), Archived);
        using var chain = new UsageChain(archives.Count == 0 ? Hash32.Zero : archives[^1].Chain);
        var (last, seal) = (Archived, 0);
        string? problem = null;
        foreach (var row in Rows(Archived))
        {
            if (row.Position != last + 1) return (Seen(), $"position {row.Position} comes after {last}: events are missing");
            last = row.Position;
            chain.Add(row);
            if (seal == seals.Count) return (Seen(), $"position {row.Position} comes after the last seal");
            if (row.Position != seals[seal].Position) continue;
            var computed = chain.Close();
            if (computed != seals[seal].Chain) return (Seen(), $"the events up to position {row.Position} give the chain {computed}, and its seal says {seals[seal].Chain}: one since the seal before was changed");
            if (seal > 0 && seals[seal].Received < seals[seal - 1].Received) problem ??= $"the seal of position {row.Position} is older than the one before";
            seal++;
        }

        return (Seen(), seal < seals.Count ? $"the last event is {last}, and the last seal is of {seals[^1].Position}: events are missing" : problem);

        string Seen() => $"{last} events, {seals.Count} seals";
    }

    /// <summary>Each batch has the events that its root is of, one after another, and comes after the gateway's one before.</summary>
    private (string Seen, string? Problem) Batches()
    {
        long count = 0;
        var chains = new Dictionary<Address, (ulong Number, Hash32 Digest)>();
        var runs = LostBatchTable.All(session);
        var lost = runs.Select(run => (run.Gateway, run.First, run.Last)).ToHashSet();
        var problem = session.Single(
            "SELECT b.number, b.gateway FROM usage_settled s JOIN usage_batches b ON b.gateway = s.gateway AND b.number BETWEEN s.first_number AND s.number LIMIT 1",
            row => $"batch {row.Number(0)} of gateway {row.Account(1)} is there, and should have been lost");
        using var rows = AllRows().GetEnumerator();
        var any = rows.MoveNext();
        foreach (var batch in session.Query(UsageBatchTable.Columns + " ORDER BY id", UsageBatchTable.Read))
        {
            count++;
            var statement = batch.Signed.Statement;
            var name = $"batch {statement.Number} of gateway {statement.Gateway}";
            var before = chains.GetValueOrDefault(statement.Gateway);
            var follows = statement.Number == before.Number + 1 && statement.Previous == before.Digest;
            // After batches that were lost nobody knows what it had to name.
            if (!follows && !lost.Contains((statement.Gateway, before.Number + 1, statement.Number - 1))) problem ??= $"{name} does not come after the one before";
            chains[statement.Gateway] = (statement.Number, batch.Signed.Digest);
            for (; any && rows.Current.Position < batch.FirstPosition; any = rows.MoveNext())
            {
                if (rows.Current.Batch != 0) problem ??= $"the event at {rows.Current.Position} is of batch id {rows.Current.Batch}, whose statement does not cover it";
            }

            var events = new List<BatchedEvent>();
            for (; any && rows.Current.Batch == batch.Id; any = rows.MoveNext()) events.Add(EventBody.Decode(rows.Current.Body.Span).ToBatched());
            problem ??= Compare(name, statement, events);
            if (problem is not null) return (Seen(), problem);
        }

        for (; any; any = rows.MoveNext())
        {
            if (rows.Current.Batch != 0) return (Seen(), $"the event at {rows.Current.Position} is of batch id {rows.Current.Batch}, whose statement does not cover it");
        }

        return (Seen(), problem);

        string Seen() => $"{count} batches" + (runs.Count == 0 ? string.Empty : $"; {runs.Aggregate(0UL, (sum, run) => sum + (run.Last - run.First + 1))} that epochs settled were lost");
    }

    /// <summary>What waits is in the journal, and waits for what it says.</summary>
    private (string Seen, string? Problem) Held()
    {
        var held = HeldPositions();
        var last = Last;
        if (held.FirstOrDefault(position => position < 1 || position > last) is > 0 and var unknown) return (Seen(), $"position {unknown} waits, and is not in the journal");
        var problem = session.Single("SELECT h.position FROM usage_held h LEFT JOIN usage_events e ON e.position = h.position WHERE e.position IS NULL ORDER BY 1 LIMIT 1", row => $"position {row.GetInt64(0)} waits, and its event is not there");
        if (problem is null)
        {
            // The model's place in the bytes of an event: see EventBody.
            problem = session.Single(
                "SELECT h.position FROM usage_held h JOIN usage_events e ON e.position = h.position WHERE e.gateway <> h.gateway OR substr(e.body, 3, 32) <> h.model ORDER BY 1 LIMIT 1",
                row => $"position {row.GetInt64(0)} waits for another model or gateway than its event's");
        }

        return (Seen(), problem);

        string Seen() => $"{held.Count} events wait";
    }

    private (string Seen, string? Problem) Conflicts() => (
        $"{session.Single("SELECT count(*) FROM usage_conflicts", row => row.GetInt64(0))} conflicts",
        session.Single("SELECT position FROM usage_conflicts WHERE position < 1 OR position > (SELECT coalesce(max(position), 0) FROM usage_seals) LIMIT 1", row => $"a conflict names the event at {row.GetInt64(0)}, which is not there"));

    /// <summary>Each id whose event is here is found.</summary>
    /// <param name="has">Whether the index has an id at a position.</param>
    /// <param name="seen">What the index is.</param>
    public (string Seen, string? Problem) Ids(Func<long, ulong, bool> has, string seen)
    {
        foreach (var row in Rows(Archived))
        {
            if (!has(row.Position, IdEntry.KeyOf(new EventView(row.Body.Span).Identity())))
                return (seen, $"the id of the event at {row.Position} is not in the index: the same event would be taken again");
        }

        return (seen, null);
    }

    /// <summary>Each row has what the events up to its own position give, and no event that has to be in a row is in none.</summary>
    private (string Seen, string? Problem) Rollups()
    {
        var rows = RollupTable.All(session).ToDictionary(row => row.Key, row => (row.Sums, row.Through));
        var rolled = session.Single("SELECT position FROM usage_rolled", row => row.GetInt64(0));
        var held = HeldPositions();
        var sheet = new RollupSheet();
        string? problem = null;
        foreach (var row in AllRows())
        {
            if (held.Contains(row.Position)) continue;
            var view = new EventView(row.Body.Span);
            var key = RollupSheet.KeyOf(view);
            if (rows.TryGetValue(key, out var stored) && row.Position <= stored.Through) sheet.Add(view, row.Batch != 0);
            else if (row.Position <= rolled) problem ??= $"the event at {row.Position} is in no sum: {Name(key)} has those up to {stored.Through}, and all should have those up to {rolled}";
        }

        var computed = sheet.All().ToDictionary(pair => pair.Key, pair => pair.Sums);
        foreach (var (key, (sums, _)) in rows)
        {
            if (computed.TryGetValue(key, out var right) && Same(sums, right)) continue;
            problem ??= right is null ? $"{Name(key)} has a sum, and no event" : $"{Name(key)}: the events give {Describe(right)}, the sum says {Describe(sums)}";
        }

        return ($"{rows.Count} sums", problem);
    }

    /// <summary>Up to where epochs took usage there is a seal, and it is the one that they saw.</summary>
    private (string Seen, string? Problem) Cuts(IReadOnlyList<SettledEpoch> epochs)
    {
        var cuts = epochs.Where(epoch => epoch.UsagePosition > 0).ToList();
        foreach (var epoch in cuts)
        {
            var chain = session.Single("SELECT chain FROM usage_seals WHERE position = ?1", row => (Hash32?)row.Word(0), epoch.UsagePosition);
            if (chain is null) return (Seen(), $"epoch {epoch.Number} took usage up to position {epoch.UsagePosition}, and no seal is there: the usage file is older than the books, or another");
            if (chain != epoch.UsageChain) return (Seen(), $"epoch {epoch.Number} took usage up to position {epoch.UsagePosition} with the chain {epoch.UsageChain}, and its seal says {chain}");
        }

        return (Seen(), null);

        string Seen() => $"{cuts.Count} epochs' cuts";
    }

    /// <summary>Within a transaction: writes all sums anew. How many there are.</summary>
    public long Rebuild()
    {
        var held = HeldPositions();
        var sheet = new RollupSheet();
        foreach (var row in AllRows())
        {
            if (!held.Contains(row.Position)) sheet.Add(new EventView(row.Body.Span), row.Batch != 0);
        }

        RollupTable.Replace(session, sheet, Last);
        return sheet.Count;
    }

    /// <summary>What a batch's events contradict of its statement; null where nothing is.</summary>
    internal static string? Compare(string name, BatchStatement statement, List<BatchedEvent> events)
    {
        if ((ulong)events.Count != statement.Count) return $"{name} has {events.Count} events, and its statement says {statement.Count}";
        var (first, last) = (events.Min(e => e.Time), events.Max(e => e.Time));
        if (first != statement.FirstTime || last != statement.LastTime) return $"{name} has events from {first} to {last}, and its statement says {statement.FirstTime} to {statement.LastTime}";
        var root = new UsageBatch(statement.Gateway, statement.Number, events).Root();
        return root == statement.Root ? null : $"{name}: its events give the root {root}, and its statement says {statement.Root}";
    }

    private static bool Same(RollupSums a, RollupSums b) =>
        (a.Uses, a.Signed, a.Units, a.Successes, a.Trials) == (b.Uses, b.Signed, b.Units, b.Successes, b.Trials) && a.Consumers.Equals(b.Consumers);

    private static string Describe(RollupSums sums) => $"{sums.Uses} uses ({sums.Signed} signed), {sums.Units} units, {sums.Successes} of {sums.Trials}, {sums.Consumers.Count()} consumers";

    private static string Name(RollupKey key) => $"model {key.Model}, domain '{key.Domain}', day {key.Day}, payer {key.Payer}";

    private HashSet<long> HeldPositions() => [.. session.Query("SELECT position FROM usage_held", row => row.GetInt64(0))];

    /// <summary>Every event that ever came, in order: from archives first.</summary>
    private IEnumerable<JournalBytes> AllRows()
    {
        foreach (var archive in archives)
        {
            using var reader = ArchiveReader.Open(Path.Combine(archiveFolder, archive.Name), archive);
            foreach (var row in reader.Rows(archive.First, archive.Last)) yield return row;
        }

        foreach (var row in Rows(Archived)) yield return row;
    }

    private IEnumerable<JournalBytes> Rows(long after)
    {
        var last = after;
        while (true)
        {
            // A part at a time: it is gone through lazily, and a reader that stands open is not.
            const int Part = 4_096;
            var part = session.Query(
                "SELECT position, gateway, batch, body FROM usage_events WHERE position > ?1 ORDER BY position LIMIT ?2",
                row => new JournalBytes(row.GetInt64(0), row.GetInt32(1), row.GetInt64(2), row.Bytes(3)), last, (long)Part);
            foreach (var row in part)
            {
                if (row.Position % ToldEvery == 0) progress($"event {row.Position}");
                yield return row;
            }

            if (part.Count < Part) yield break;
            last = part[^1].Position;
        }
    }
}
