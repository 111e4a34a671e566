using System.Runtime.InteropServices;
using Microsoft.Data.Sqlite;
using OpenSettle.Metering;
using OpenSettle.Primitives;
using OpenSettle.Storage.Usage;

namespace OpenSettle.Storage.Sqlite;

/// <summary>
/// Moves the usage that older books held into the journal, once. Killed at any point it goes on where it was: an event that is
/// in the journal is known there by its id.
/// </summary>
public static class UsageMove
{
    private const int MostAtOnce = 1000;

    /// <returns>Events that were moved; 0 where the books held none.</returns>
    public static Task<long> RunAsync(IBooks books, string usageFile, IUsageJournal usage, TimeProvider time, CancellationToken cancellation) =>
        RunAsync(books, usageFile, usage.AppendAsync, () => usage.Sealed, time, cancellation);

    internal static async Task<long> RunAsync(
        IBooks books, string usageFile, Func<UsageAppend, Task<AppendResult>> journal, Func<Seal> sealedNow, TimeProvider time, CancellationToken cancellation)
    {
        var (exists, epochs, moved, names) = books.Read(session => session.OldUsage().Exists
            ? (true, session.Epochs.List(int.MaxValue).Select(epoch => epoch.Number).Order().ToList(), session.OldUsage().MovedEpochs, session.OldUsage().Gateways())
            : (false, [], 0UL, []));
        if (!exists) return 0;
        var gateways = AddGateways(usageFile, names, time);
        long events = 0;
        foreach (var epoch in epochs.Where(epoch => epoch > moved))
        {
            events += await AppendAsync(books, journal, gateways, epoch).ConfigureAwait(false);
            var seal = sealedNow();
            await books.WriteAsync(session => session.OldUsage().SetMoved(epoch, seal.Position, seal.Chain), cancellation).ConfigureAwait(false);
        }

        events += await AppendAsync(books, journal, gateways, epoch: null).ConfigureAwait(false);
        await books.WriteAsync(session => session.OldUsage().Drop(), cancellation).ConfigureAwait(false);
        return events;
    }

    private static async Task<long> AppendAsync(IBooks books, Func<UsageAppend, Task<AppendResult>> journal, Dictionary<string, int> gateways, ulong? epoch)
    {
        var (after, events) = (0L, 0L);
        while (books.Read(session => session.OldUsage().Events(epoch, after, MostAtOnce)) is { Count: > 0 } part)
        {
            // One after another, so that the journal has them in the order in which they came.
            foreach (var run in Runs(part))
            {
                var (bodies, appended) = Encode(run);
                var result = await journal(new UsageAppend(gateways[run[0].Gateway], bodies, appended)).ConfigureAwait(false);
                if (result.Status != AppendStatus.Stored || appended.Any(e => e.Verdict is not (Verdict.Accepted or Verdict.Duplicate)))
                    throw new StorageException(StorageErrorKind.Inconsistent, $"The books' usage after event {after} cannot be moved: the journal says {result.Status}, and of an event {appended[^1].Verdict}. Restore both files from one backup.");
                events += appended.Length;
            }

            after = part[^1].Place;
        }

        return events;
    }

    /// <summary>Events of one gateway that came one after another.</summary>
    private static IEnumerable<List<(long Place, string Gateway, MeteredEvent Event)>> Runs(IReadOnlyList<(long Place, string Gateway, MeteredEvent Event)> events)
    {
        var run = new List<(long Place, string Gateway, MeteredEvent Event)>();
        foreach (var e in events)
        {
            if (run.Count > 0 && run[^1].Gateway != e.Gateway)
            {
                yield return run;
                run = [];
            }

            run.Add(e);
        }

        if (run.Count > 0) yield return run;
    }

    private static (byte[] Bodies, AppendedEvent[] Events) Encode(List<(long Place, string Gateway, MeteredEvent Event)> run)
    {
        var bodies = new List<byte>();
        var events = new AppendedEvent[run.Count];
        for (var i = 0; i < events.Length; i++)
        {
            var body = EventBody.Encode(run[i].Event);
            events[i] = new AppendedEvent(run[i].Event.Identity(), bodies.Count, body.Length, Hold.None);
            bodies.AddRange(body);
        }

        return (CollectionsMarshal.AsSpan(bodies).ToArray(), events);
    }

    /// <summary>Gateways that nobody can be any more: who sends on gets a key of its own.</summary>
    private static Dictionary<string, int> AddGateways(string usageFile, IReadOnlyList<string> names, TimeProvider time)
    {
        try
        {
            using var connection = SqliteFile.Connect(usageFile, SqliteOpenMode.ReadWrite);
            return SqliteFile.InTransaction(connection, "BEGIN IMMEDIATE", () =>
            {
                var session = SqliteEngine.Session(connection);
                var now = time.GetUtcNow().ToUnixTimeMilliseconds();
                foreach (var name in names)
                {
                    // No key has this hash: it is not a SHA-256.
                    session.Execute(
                        """
                        INSERT INTO gateways (name, key_hash, address, scopes, per_second, per_day, created, revoked)
                        VALUES (?1, ?2, ?3, 0, 0, 0, ?4, ?4) ON CONFLICT (name) DO NOTHING
                        """,
                        RowName(name), Keccak256.HashText(RowName(name)), Address.Zero, now);
                }

                return names.ToDictionary(name => name, name => session.Single("SELECT id FROM gateways WHERE name = ?1", row => row.GetInt32(0), RowName(name)), StringComparer.Ordinal);
            });
        }
        catch (SqliteException e)
        {
            throw SqliteFile.Translate(usageFile, e);
        }
    }

    // Its name is free for the gateway's new key.
    private static string RowName(string name) => $"{name} (before)";
}
