using OpenSettle.Primitives;
using OpenSettle.Storage.Stores;

namespace OpenSettle.Storage.Tests;

public abstract class JournalTests(TestEngine engine)
{
    [Fact]
    public async Task Logs_OfEveryForm_ComeBackAsTheyWere()
    {
        using var test = new TestBooks(engine);
        var logs = new[]
        {
            Log(5, 0, topics: 0, data: []), Log(5, 7, topics: 1, data: [1]), Log(6, 0, topics: 4, data: new byte[1000]), Log(1_000_000_000, (1u << 24) - 1, topics: 2, data: [9, 9]),
        };
        await test.WriteAsync(session =>
        {
            session.Journal.AddBlocks([Block(5), Block(6), Block(1_000_000_000)]);
            session.Journal.AddLogs(logs);
        });
        test.Reopen();
        AssertSame(logs, test.Books.Read(session => session.Journal.Logs(0, ulong.MaxValue)));
        AssertSame(logs[..2], test.Books.Read(session => session.Journal.Logs(5, 5)));
        AssertSame(logs[2..3], test.Books.Read(session => session.Journal.Logs(6, 7)));
        Assert.Empty(test.Books.Read(session => session.Journal.Logs(7, 999_999_999)));
        AssertSame([logs[1]], test.Books.Read(session => session.Journal.Logs(0, ulong.MaxValue, [logs[1].Address])));
        Assert.Equal(4, test.Books.Read(session => session.Journal.CountLogs()));
        Assert.Equal([5UL, 6UL, 1_000_000_000UL, null], test.Books.Read(session => new[] { 1, 2, 3, 4 }.Select(offset => session.Journal.BlockOfLog(0, offset)).ToArray()));
    }

    [Fact]
    public async Task Log_OfThePlaceOfAnother_IsRefusedWithAllThatCameWithIt()
    {
        using var test = new TestBooks(engine);
        await Assert.ThrowsAsync<StorageException>(() => test.WriteAsync(session =>
        {
            session.Journal.AddBlocks([Block(5)]);
            session.Journal.AddLogs([Log(5, 1), Log(5, 1)]);
        }));
        Assert.Empty(test.Books.Read(session => session.Journal.Logs(0, ulong.MaxValue)));
        Assert.Empty(test.Books.Read(session => session.Journal.Pending()));
    }

    [Theory]
    [InlineData(5UL, 1u << 24)]
    [InlineData(1UL << 39, 0u)]
    public async Task Log_WithANumberTooLarge_IsRefused(ulong block, uint index)
    {
        using var test = new TestBooks(engine);
        var refused = await Assert.ThrowsAsync<StorageException>(() => test.WriteAsync(session => session.Journal.AddLogs([Log(block, index)])));
        Assert.Equal(StorageErrorKind.Inconsistent, refused.Kind);
    }

    [Fact]
    public async Task Final_GoesForwardOnly_AndKeepsTheBlocksThatHoldLogs()
    {
        using var test = new TestBooks(engine);
        Assert.Null(test.Books.Read(session => session.Journal.Final()));
        await test.WriteAsync(session =>
        {
            session.Journal.AddBlocks([.. Enumerable.Range(1, 9).Select(number => Block((ulong)number))]);
            session.Journal.AddLogs([Log(3, 0), Log(3, 2), Log(8, 0)]);
            session.Journal.SetFinal(6);
        });
        Assert.Equal(Block(6), test.Books.Read(session => session.Journal.Final()));
        Assert.Equal([7UL, 8UL, 9UL], test.Books.Read(session => session.Journal.Pending().Select(block => block.Number).ToArray()));
        Assert.Equal([3UL, 6UL], Kept(test, 6));

        // The last final block is kept for the next one to follow, and goes when another takes its place.
        await test.WriteAsync(session => session.Journal.SetFinal(7));
        Assert.Equal([3UL, 7UL], Kept(test, 7));
        await test.WriteAsync(session => session.Journal.SetFinal(9));
        Assert.Equal([3UL, 8UL, 9UL], Kept(test, 9));
        await RefusedAsync(test, session => session.Journal.SetFinal(8));
        await RefusedAsync(test, session => session.Journal.SetFinal(10));
        Assert.Equal(Block(9), test.Books.Read(session => session.Journal.Final()));
    }

    [Fact]
    public async Task RemoveAbove_TakesWhatIsPendingAndNothingElse()
    {
        using var test = new TestBooks(engine);
        await test.WriteAsync(session =>
        {
            session.Journal.AddBlocks([.. Enumerable.Range(1, 9).Select(number => Block((ulong)number))]);
            session.Journal.AddLogs([Log(3, 0), Log(6, 1), Log(7, 0), Log(7, 5), Log(9, 1)]);
            session.Journal.SetFinal(4);
        });
        await test.WriteAsync(session => session.Journal.RemoveAbove(6));
        AssertSame([Log(3, 0), Log(6, 1)], test.Books.Read(session => session.Journal.Logs(0, ulong.MaxValue)));
        Assert.Equal([5UL, 6UL], test.Books.Read(session => session.Journal.Pending().Select(block => block.Number).ToArray()));
        await test.WriteAsync(session => session.Journal.RemoveAbove(4));
        await RefusedAsync(test, session => session.Journal.RemoveAbove(3));
        AssertSame([Log(3, 0)], test.Books.Read(session => session.Journal.Logs(0, ulong.MaxValue)));
    }

    [Fact]
    public async Task Table_PublishedTwice_IsThereOnceAndFoundByItsCommitment()
    {
        using var test = new TestBooks(engine);
        var table = new Registry.SplitTable(0, [new Registry.SplitRow(TestBooks.Account(1), 3, "data"), new Registry.SplitRow(null, 4, "")]) { PoolWeight = 2, Fallback = [new Registry.SplitRow(TestBooks.Account(2), 1, "code")] };
        await test.WriteAsync(session => session.Chain.AddTable(table));
        await test.WriteAsync(session => session.Chain.AddTable(table));
        test.Reopen();
        var commitment = Registry.TableText.Commit(table);
        var promised = new Registry.SplitTable(7, []) { Commitment = commitment };
        var tables = test.Books.Read(session => session.Chain.LoadTables());
        Assert.Equal(table.Rows, tables.Find(promised)!.Rows);
        Assert.Equal(7U, tables.Find(promised)!.Version);
        Assert.Null(tables.Find(promised with { Commitment = commitment with { Rows = 1 } }));
        Assert.Equal(Registry.TableText.Of(table), test.Books.Read(session => session.Chain.TableText(commitment.Hash)));
        Assert.Null(test.Books.Read(session => session.Chain.TableText(Hash32.Zero)));
    }

    private static async Task RefusedAsync(TestBooks test, Action<BooksSession> work) =>
        Assert.Equal(StorageErrorKind.Inconsistent, (await Assert.ThrowsAsync<StorageException>(() => test.WriteAsync(work))).Kind);

    private static ulong[] Kept(TestBooks test, ulong upTo) =>
        test.Books.Read(session => Enumerable.Range(1, (int)upTo).Select(number => (ulong)number).Where(number => session.Journal.Block(number) is not null).ToArray());

    private static JournalHeader Block(ulong number) => new(number, TestBooks.Word((byte)(number % 251)), TestBooks.Word((byte)((number - 1) % 251)), number * 12);

    private static JournalLog Log(ulong block, uint index, int topics = 1, byte[]? data = null) => new(
        block, index, TestBooks.Account((byte)(index % 200 + 1)), TestBooks.Word(7), Enumerable.Range(0, topics * 32).Select(i => (byte)i).ToArray(), data ?? [1, 2, 3]);

    private static void AssertSame(IEnumerable<JournalLog> expected, IEnumerable<JournalLog> actual)
    {
        static string Text(JournalLog log) => $"{log.Block}/{log.Index} {log.Address} {log.Transaction} {Hex.Encode(log.Topics.Span)} {Hex.Encode(log.Data.Span)}";
        Assert.Equal(expected.Select(Text), actual.Select(Text));
    }
}

public sealed class JournalTestsOnFiles() : JournalTests(TestEngine.Files);

[Trait("Category", "Server")]
public sealed class JournalTestsOnPostgres() : JournalTests(TestEngine.Postgres);
