using OpenSettle.Epochs;
using OpenSettle.Primitives;
using OpenSettle.Storage.Usage;
using OpenSettle.Storage.Stores;

namespace OpenSettle.Storage.Sqlite;

/// <summary>
/// Makes a journal anew from archives, within one transaction: from position 1 up to the first one that is missing or is not what it
/// was. Events stay in their archives, but for those that wait; each archive is gone through whole before anything of it is believed.
/// </summary>
internal sealed class ArchiveRestore(
    BooksSession session, string folder, DeploymentId deployment, IReadOnlyList<SettledUsage> settled, StatementCheck check, Action<string> progress)
{
    private readonly Dictionary<(Address Gateway, ulong Number), SettledBatch> _settled =
        settled.SelectMany(epoch => epoch.Batches).ToDictionary(batch => (batch.Gateway, batch.Number));

    private readonly SortedDictionary<long, ArchivedGateway> _gateways = [];
    private readonly List<UsageArchiveName> _archives = [];
    private readonly List<UnusedArchive> _unused = [];
    private Dictionary<Address, (ulong Number, Hash32 Digest)> _last = [];
    private ulong _epoch;
    private long _lastId;
    private long _batches;

    public IReadOnlyList<UsageArchiveName> Archives => _archives;

    public IReadOnlyList<UnusedArchive> Unused => _unused;

    public long Batches => _batches;

    /// <summary>Where the journal ends.</summary>
    public Seal Sealed { get; private set; } = Seal.Start;

    public void Run(CancellationToken cancellation)
    {
        var candidates = Candidates();
        var reach = new Dictionary<long, long>();
        long ReachOf(UsageArchiveName archive) => Math.Max(archive.Last, reach.GetValueOrDefault(archive.Last + 1));
        foreach (var archive in candidates.OrderByDescending(archive => archive.First)) reach[archive.First] = Math.Max(reach.GetValueOrDefault(archive.First), ReachOf(archive));

        // A process that was killed may have left one that reaches less far beside the one that counts.
        while (candidates.Where(archive => archive.First == Sealed.Position + 1).OrderByDescending(ReachOf).ThenByDescending(archive => archive.Last).ToList() is { Count: > 0 } next)
        {
            if (!next.Exists(archive => Take(archive, cancellation))) break;
        }

        foreach (var archive in candidates.Except(_archives).Where(archive => !_unused.Exists(unused => unused.Name == archive.Name)))
        {
            _unused.Add(new UnusedArchive(
                archive.Name, archive.Last <= Sealed.Position ? "its events are in another archive too" : $"the events from position {Sealed.Position + 1} on, which come before it, are missing or damaged"));
        }
    }

    /// <summary>After all archives: gateways, as ones that nobody can be any more, and the sums. The names of the gateways.</summary>
    /// <param name="added">Gateways that were added since: no row names them, and they get numbers behind the others.</param>
    public IReadOnlyList<string> Finish(IReadOnlyList<GatewayRecord> added)
    {
        foreach (var gateway in _gateways.Values)
        {
            // No key has this hash: it is not a SHA-256. Its name is free for the gateway's new key.
            var name = $"{gateway.Name} (before)";
            session.Execute(
                "INSERT INTO gateways (id, name, key_hash, address, scopes, per_second, per_day, created, revoked) VALUES (?1, ?2, ?3, ?4, 0, 0, 0, ?5, ?6)",
                gateway.Id, name, Keccak256.HashText(name), gateway.Address, gateway.Created, Math.Max(gateway.Created, Sealed.Received));
        }

        foreach (var gateway in added)
        {
            session.Execute(
                "INSERT INTO gateways (name, key_hash, address, scopes, per_second, per_day, created, revoked) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                gateway.Name, gateway.KeyHash, gateway.Address, gateway.Scopes, gateway.PerSecond, gateway.PerDay, gateway.Created, gateway.Revoked);
        }

        new UsageCheck(session, UsageArchive.List(session), folder, progress).Rebuild();
        return [.. _gateways.Values.Select(gateway => gateway.Name)];
    }

    private List<UsageArchiveName> Candidates() => !Directory.Exists(folder)
        ? []
        : [.. Directory.EnumerateFiles(folder).Select(path => UsageArchive.TryParseName(Path.GetFileName(path))).OfType<UsageArchiveName>().OrderBy(archive => archive.First).ThenBy(archive => archive.Last)];

    private bool Take(UsageArchiveName name, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        progress($"archive {name.Name}");
        try
        {
            var path = Path.Combine(folder, name.Name);
            var statements = ArchiveStatements.Read(Path.Combine(folder, ArchiveStatements.NameOf(name.Name)));
            var (bytes, sum) = FileCopy.Sum(path);
            var archive = new UsageArchive(name.First, name.Last, name.Name, bytes, Hash32.Parse("0x" + sum), Sealed.Chain, Hash32.Zero);
            if ((statements.ChainId, statements.Registry) != (deployment.ChainId, deployment.Registry)) throw new InvalidDataException($"it is of chain {statements.ChainId} and registry {statements.Registry}");
            if ((statements.First, statements.Last, statements.Archive) != (archive.First, archive.Last, archive.Sha256)) throw new InvalidDataException($"it has the SHA-256 {archive.Sha256}, and its statements are of another: {statements.Archive}");
            RequireGateways(statements);
            var (last, epoch, digests) = CheckStatements(statements, cancellation);
            using var reader = ArchiveReader.Open(path, archive);
            var held = statements.Held.ToDictionary(held => held.Position, held => held.Hold);
            var waiting = new List<JournalBytes>();
            var rows = new BatchRows(statements.Batches);
            var chain = reader.Verify(row =>
            {
                rows.Take(row);
                if (held.ContainsKey(row.Position)) waiting.Add(row with { Body = row.Body.ToArray() });
            });
            rows.Finish();
            if (waiting.Count != held.Count) throw new InvalidDataException("events that waited are not in it");
            Insert(archive with { Chain = chain }, reader.Seals, statements, digests);
            foreach (var row in waiting) Insert(row, held[row.Position]);
            foreach (var gateway in statements.Gateways) _gateways[gateway.Id] = gateway;
            (_last, _epoch, _lastId, Sealed) = (last, epoch, statements.Batches.Count > 0 ? statements.Batches[^1].Id : _lastId, reader.Seals[^1]);
            _archives.Add(name);
            return true;
        }
        catch (Exception e) when (e is not (OutOfMemoryException or OperationCanceledException or Microsoft.Data.Sqlite.SqliteException))
        {
            // What is damaged may fail in any way while it is read: that is what was found.
            _unused.Add(new UnusedArchive(name.Name, e.Message.ReplaceLineEndings(" ")));
            return false;
        }
    }

    /// <summary>A number stands for one gateway in all archives.</summary>
    private void RequireGateways(ArchiveStatements statements)
    {
        foreach (var gateway in statements.Gateways)
        {
            if (_gateways.TryGetValue(gateway.Id, out var known) && known.Address != gateway.Address) throw new InvalidDataException($"gateway {gateway.Id} signs with {gateway.Address} in it, and with {known.Address} in the one before");
        }
    }

    /// <summary>Every batch was signed by its gateway, follows the one before, and is the one that an epoch settled.</summary>
    private (Dictionary<Address, (ulong Number, Hash32 Digest)> Last, ulong Epoch, List<Hash32> Digests) CheckStatements(ArchiveStatements statements, CancellationToken cancellation)
    {
        var last = new Dictionary<Address, (ulong Number, Hash32 Digest)>(_last);
        var digests = new List<Hash32>(statements.Batches.Count);
        var epoch = _epoch;
        foreach (var batch in statements.Batches)
        {
            cancellation.ThrowIfCancellationRequested();
            var statement = batch.Statement;
            var name = BatchRows.NameOf(statement);
            if (!_settled.TryGetValue((statement.Gateway, statement.Number), out var named)) throw new InvalidDataException($"no epoch settled {name}");
            if ((named.Root, named.Events) != (statement.Root, statement.Count)) throw new InvalidDataException($"{name} has {statement.Count} events and the root {statement.Root}, and epoch {named.Epoch} settled {named.Events} with {named.Root}");
            if (batch.Id <= _lastId) throw new InvalidDataException($"{name} has the id {batch.Id}, and one before it {_lastId}");
            if (named.Epoch < epoch) throw new InvalidDataException($"{name} of epoch {named.Epoch} comes after one of epoch {epoch}");
            var (digest, problem) = check(statement, Hex.Decode(batch.Signature));
            if (problem is not null) throw new InvalidDataException($"{name}: {problem}");
            var before = last.GetValueOrDefault(statement.Gateway);
            var follows = statement.Number == before.Number + 1 && statement.Previous == before.Digest;
            // Those in between were lost before, and the journal went on after them.
            var skips = statement.Number > before.Number + 1 && _settled.ContainsKey((statement.Gateway, statement.Number - 1));
            if (!follows && !skips) throw new InvalidDataException($"{name} does not come after the one before");
            last[statement.Gateway] = (statement.Number, digest);
            digests.Add(digest);
            epoch = named.Epoch;
        }

        return (last, epoch, digests);
    }

    private void Insert(UsageArchive archive, IReadOnlyList<Seal> seals, ArchiveStatements statements, List<Hash32> digests)
    {
        archive.Add(session);
        foreach (var seal in seals) session.Execute("INSERT INTO usage_seals (position, received, chain) VALUES (?1, ?2, ?3)", seal.Position, seal.Received, seal.Chain);
        for (var i = 0; i < digests.Count; i++)
        {
            var (id, first, statement, signature) = statements.Batches[i];
            session.Execute(
                """
                INSERT INTO usage_batches (id, gateway, number, root, events, first_time, last_time, previous, digest, signature, first_position)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
                """,
                id, statement.Gateway, statement.Number, statement.Root, statement.Count, statement.FirstTime, statement.LastTime, statement.Previous, digests[i],
                (ReadOnlyMemory<byte>)Hex.Decode(signature), first);
        }

        _batches += digests.Count;
    }

    /// <summary>It waits again, until the registry or its time lets it go on.</summary>
    private void Insert(in JournalBytes row, Hold hold)
    {
        session.Execute("INSERT INTO usage_events (position, gateway, batch, body) VALUES (?1, ?2, ?3, ?4)", row.Position, row.Gateway, row.Batch, row.Body);
        session.Execute("INSERT INTO usage_held (position, hold, model, gateway) VALUES (?1, ?2, ?3, ?4)", row.Position, hold, new Metering.EventView(row.Body.Span).Model, row.Gateway);
    }
}
