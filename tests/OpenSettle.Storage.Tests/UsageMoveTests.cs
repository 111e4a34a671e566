using Microsoft.Data.Sqlite;
using OpenSettle.Metering;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using OpenSettle.Storage.Sqlite;
using OpenSettle.Storage.Usage;
using static OpenSettle.Storage.Tests.TestBooks;

namespace OpenSettle.Storage.Tests;

/// <summary>Books that held usage themselves.</summary>
public sealed class UsageMoveTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("opensettle-move-").FullName;

    private int _round;

    private string BooksFile => Path.Combine(_folder, $"books-{_round}.sqlite");

    private string UsageFile => Path.Combine(_folder, $"usage-{_round}.sqlite");

    [Fact]
    public async Task Move_OfOldBooks_KeepsOrderGatewaysAndEpochs()
    {
        WriteOldBooks();
        using var books = SqliteBooks.Open(BooksFile, Deployment);
        using var usage = OpenUsage();
        Assert.Equal(5, await MoveAsync(books, usage));

        Assert.Equal(["e1", "e2", "e3", "e4", "e5"], usage.Events(0, 100).Select(e => e.Event.Id));
        var names = usage.Gateways().ToDictionary(gateway => gateway.Id, gateway => gateway.Name);
        Assert.Equal(["eu (before)", "us (before)", "eu (before)", "eu (before)", "us (before)"], usage.Events(0, 100).Select(e => names[e.Gateway]));
        Assert.All(usage.Gateways(), gateway => Assert.Equal((GatewayScopes.None, true, Address.Zero), (gateway.Scopes, gateway.Revoked is not null, gateway.Address)));
        var moved = usage.Events(0, 1)[0].Event;
        Assert.Equal(
            new MeteredEvent
            {
                Source = "urn:gateway", Id = "e1", Type = "t", Model = new ModelId(Word(1)), Domain = "nda", Outcome = "ok", Units = 5, Consumer = Word(3), Time = 1_763_643_600, Payment = Word(4),
            },
            moved);
        // Epoch 2 had no event: it ends where epoch 1 does.
        var epochs = books.Read(session => session.Epochs.List(10).OrderBy(epoch => epoch.Number).ToList());
        Assert.Equal([2L, 2L, 3L], epochs.Select(epoch => epoch.UsagePosition));
        Assert.All(epochs, epoch => Assert.Equal((epoch.UsagePosition, epoch.UsageChain), (usage.SealOf(epoch.UsagePosition)!.Position, usage.SealOf(epoch.UsagePosition)!.Chain)));
        Assert.False(HasOldTable());
    }

    [Fact]
    public async Task Move_OfNewBooks_FindsNothingAndDropsTheTable()
    {
        using var books = SqliteBooks.Open(BooksFile, Deployment);
        using var usage = OpenUsage();
        Assert.Equal((0L, 0L), (await MoveAsync(books, usage), await MoveAsync(books, usage)));
        Assert.False(HasOldTable());
        Assert.Empty(usage.Gateways());
    }

    [Fact]
    public async Task Move_EndedAtAnyPoint_GoesOnAndNothingIsThereTwice()
    {
        // The journal fails at its nth append, for every n that there is, and the books' commits lie between.
        for (var fails = 0; ; fails++)
        {
            WriteOldBooks();
            bool ended;
            using (var books = SqliteBooks.Open(BooksFile, Deployment))
            using (var usage = OpenUsage())
            {
                ended = await EndsAsync(() => MoveEndingAsync(books, usage, fails));
            }

            using (var books = SqliteBooks.Open(BooksFile, Deployment))
            using (var usage = OpenUsage())
            {
                await MoveAsync(books, usage);
                Assert.Equal(["e1", "e2", "e3", "e4", "e5"], usage.Events(0, 100).Select(e => e.Event.Id));
                Assert.Equal([2L, 2L, 3L], books.Read(session => session.Epochs.List(10).OrderBy(epoch => epoch.Number).Select(epoch => epoch.UsagePosition).ToList()));
                Assert.Equal(2, usage.Gateways().Count);
            }

            if (!ended) break;
            _round++;
            Assert.True(fails < 20);
        }
    }

    [Fact]
    public async Task Units_ThatTheJournalCannotSay_BecomeTheMost()
    {
        WriteOldBooks(units: (UInt256)ulong.MaxValue + 1);
        using var books = SqliteBooks.Open(BooksFile, Deployment);
        using var usage = OpenUsage();
        await MoveAsync(books, usage);
        Assert.Equal(ulong.MaxValue, usage.Events(0, 1)[0].Event.Units);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static async Task<bool> EndsAsync(Func<Task> work)
    {
        try
        {
            await work();
            return false;
        }
        catch (OperationCanceledException)
        {
            return true;
        }
    }

    private Task<long> MoveAsync(SqliteBooks books, IUsageJournal usage) => UsageMove.RunAsync(books, UsageFile, usage, TimeProvider.System, CancellationToken.None);

    private SqliteUsage OpenUsage() => SqliteUsage.Open(UsageFile, Deployment, TimeProvider.System);

    private bool HasOldTable()
    {
        using var connection = SqliteFile.Connect(BooksFile, SqliteOpenMode.ReadOnly);
        return Convert.ToInt64(SqliteFile.Scalar(connection, "SELECT count(*) FROM sqlite_master WHERE name = 'usage_events'"), System.Globalization.CultureInfo.InvariantCulture) > 0;
    }

    /// <summary>A file as the program before wrote it: its steps, three epochs, and five events.</summary>
    private void WriteOldBooks(UInt256? units = null)
    {
        const int OldSteps = 4;
        using var connection = SqliteFile.OpenWriter(BooksFile, [.. Schema.Steps.Take(OldSteps)], Deployment);
        var session = SqliteEngine.Session(connection);
        for (ulong epoch = 1; epoch <= 3; epoch++)
        {
            session.Execute(
                "INSERT INTO epochs (number, attempt, state, first_block, last_block, last_hash, last_time, previous_root, root, bundle_hash, bundle_uri, payments, usage_events) VALUES (?1, 0, 4, ?1, ?1, ?2, 1, ?2, ?2, ?2, 'u', 1, 1)",
                epoch, Word(9));
        }

        foreach (var (id, gateway, epoch) in new (string, string, long?)[] { ("e1", "eu", 1), ("e2", "us", 1), ("e3", "eu", 3), ("e4", "eu", null), ("e5", "us", null) })
        {
            session.Execute(
                """
                INSERT INTO usage_events (identity, content, source, event_id, type, gateway, model, domain, outcome, units, consumer, event_time, payment_tx, received, epoch)
                VALUES (?1, ?2, 'urn:gateway', ?3, 't', ?4, ?5, 'nda', 'ok', ?6, ?7, '2025-11-20T13:00:00Z', ?8, 1, ?9)
                """,
                Keccak256.HashText(id), Word(2), id, gateway, Word(1), units ?? 5, Word(3), Word(4), epoch);
        }
    }

    /// <summary>The process ends at the nth append: before it is stored, or, for odd ones, after.</summary>
    private Task<long> MoveEndingAsync(SqliteBooks books, SqliteUsage usage, int at)
    {
        var appends = 0;
        return UsageMove.RunAsync(
            books, UsageFile,
            async append =>
            {
                var ends = appends++ == at / 2;
                if (ends && at % 2 == 0) throw new OperationCanceledException();
                var result = await usage.AppendAsync(append);
                return ends ? throw new OperationCanceledException() : result;
            },
            () => usage.Sealed, TimeProvider.System, CancellationToken.None);
    }
}
