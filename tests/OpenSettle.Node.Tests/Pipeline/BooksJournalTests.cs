using OpenSettle.Ethereum.Tests.Watch;
using OpenSettle.Ethereum.Watch;
using OpenSettle.Node.Pipeline;
using OpenSettle.Storage.Sqlite;

namespace OpenSettle.Node.Tests.Pipeline;

/// <summary>The journal in the books against one in memory, which refuses all that would not leave one linked branch.</summary>
public sealed class BooksJournalTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory();

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Journal_InTheBooks_SaysTheSameAsOneInMemoryThroughRandomHistories(int part)
    {
        const int Histories = 20;
        for (var seed = part * Histories; seed < (part + 1) * Histories; seed++)
        {
            using var books = SqliteBooks.Open(Path.Combine(_folder.FullName, $"{seed}.db"), FakeLogs.Id);
            try
            {
                await History.LiveAsync(new Random(seed), journal => new Twins((MemoryJournal)journal, books));
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"History {seed}: {e.Message}", e);
            }
        }
    }

    [Fact]
    public async Task Append_WhereNothingWasFinalBefore_TakesThePlaceOfWhatWasPending()
    {
        using var books = SqliteBooks.Open(Path.Combine(_folder.FullName, "books.db"), FakeLogs.Id);
        var random = new Random(1);
        var chain = new FakeChain(random);
        chain.Grow(20);
        var run = new WatchRun(chain, new FakeEndpoint(chain, random), new WatchOptions { FirstBlock = 10, MostBlocks = 100 }, journal => new Twins((MemoryJournal)journal, books));
        await run.SettleAsync();
        Assert.Null(run.Journal.Position().Final);
        chain.Reorganise(8, 12);
        chain.Finalize(20);
        await run.SettleAsync();
        run.RequireWhole(20);
    }

    /// <summary>Two journals that get the same, and have to say the same.</summary>
    private sealed class Twins(MemoryJournal memory, SqliteBooks books) : IChainJournal
    {
        private readonly BooksJournal _books = new(books, FakeLogs.Deployment(0));

        public JournalPosition Position()
        {
            var (expected, actual) = (memory.Position(), _books.Position());
            Assert.Equal(expected.Final, actual.Final);
            Assert.Equal(expected.Pending, actual.Pending);
            return actual;
        }

        public WatchSet Wanted(ulong first)
        {
            var (expected, actual) = (memory.Wanted(first), _books.Wanted(first));
            Assert.Equal(expected.PayAddresses.Order(), actual.PayAddresses.Order());
            Assert.Equal(expected.Tokens.Order(), actual.Tokens.Order());
            return actual;
        }

        public Task AppendFinalAsync(BlockRange range, CancellationToken cancellation) => BothAsync(journal => journal.AppendFinalAsync(range, cancellation));

        public Task ReplacePendingAsync(ulong keepUpTo, BlockRange? range, CancellationToken cancellation) =>
            BothAsync(journal => journal.ReplacePendingAsync(keepUpTo, range, cancellation));

        public Task FinalizeAsync(ulong number, CancellationToken cancellation) => BothAsync(journal => journal.FinalizeAsync(number, cancellation));

        private async Task BothAsync(Func<IChainJournal, Task> write)
        {
            await write(memory);
            await write(_books);
            var blocks = memory.Blocks.ToDictionary(block => block.Number, block => block.Hash);
            var logs = books.Read(session => session.Journal.Logs(0, long.MaxValue)).Select(log => BooksJournal.ToEntry(log, blocks[log.Block]));
            Assert.Equal(memory.Logs.Select(MemoryJournal.Describe), logs.Select(MemoryJournal.Describe));
        }
    }
}
