using OpenSettle.Ethereum.Watch;

namespace OpenSettle.Ethereum.Tests.Watch;

/// <summary>A watcher that is killed at any of its calls, and goes on as another one, ends with the same journal.</summary>
public sealed class CrashTests
{
    [Theory]
    [InlineData(Death.BeforeTheCall)]
    [InlineData(Death.AfterTheCommit)]
    public async Task Journal_OfAWatcherThatIsKilledAtAnyCall_IsTheSame(Death death)
    {
        var (whole, calls) = await LiveAsync(death, killAt: int.MaxValue);
        Assert.InRange(calls, 25, 1000);
        for (var kill = 1; kill <= calls; kill++) Assert.Equal(whole, (await LiveAsync(death, kill)).Journal);
    }

    /// <summary>One life: a backfill, a tip, reorganisations, blocks that become final on our branch and on another, a long sleep.</summary>
    private static async Task<(string Journal, int Calls)> LiveAsync(Death death, int killAt)
    {
        var random = new Random(7);
        var chain = new FakeChain(random);
        chain.Grow(60);
        chain.Finalize(40);
        var endpoint = new FakeEndpoint(chain, random) { MostBlocks = 30 };
        var calls = 0;
        var options = new WatchOptions { FirstBlock = 2, MostBlocks = 16, StartBlocks = 4, StepTime = TimeSpan.FromMilliseconds(15) };
        var run = new WatchRun(chain, endpoint, options, journal => new MortalJournal(journal, Call, death));
        endpoint.Asked = _ => Call(Death.BeforeTheCall);

        await SettleAsync();
        chain.Reorganise(9, 12);
        await SettleAsync();
        chain.Finalize(50);
        await SettleAsync();
        chain.Reorganise(12, 14);
        chain.Finalize(chain.Head - 4);
        await SettleAsync();
        chain.Grow(30);
        chain.Finalize(chain.Head - 10);
        await SettleAsync();
        chain.Reorganise(5, 1);
        await SettleAsync();
        run.RequireWhole(chain.Final);
        return (run.Journal.Describe(), calls);

        void Call(Death when)
        {
            // Each call is counted once, where this death may come.
            if ((when == Death.AfterTheCommit) == (death == Death.AfterTheCommit) && ++calls == killAt) throw new KilledException();
        }

        async Task SettleAsync()
        {
            while (true)
            {
                try
                {
                    await run.SettleAsync();
                    return;
                }
                catch (KilledException)
                {
                    run.RequireExact();
                    run.Restart();
                }
            }
        }
    }

    private sealed class KilledException : Exception;

    private sealed class MortalJournal(IChainJournal journal, Action<Death> call, Death death) : IChainJournal
    {
        public JournalPosition Position() => Read(journal.Position);

        public WatchSet Wanted(ulong first) => Read(() => journal.Wanted(first));

        public Task AppendFinalAsync(BlockRange range, CancellationToken cancellation) => WriteAsync(() => journal.AppendFinalAsync(range, cancellation));

        public Task ReplacePendingAsync(ulong keepUpTo, BlockRange? range, CancellationToken cancellation) =>
            WriteAsync(() => journal.ReplacePendingAsync(keepUpTo, range, cancellation));

        public Task FinalizeAsync(ulong number, CancellationToken cancellation) => WriteAsync(() => journal.FinalizeAsync(number, cancellation));

        private T Read<T>(Func<T> read)
        {
            call(death);
            return read();
        }

        private async Task WriteAsync(Func<Task> write)
        {
            if (death == Death.BeforeTheCall) call(death);
            await write();
            if (death == Death.AfterTheCommit) call(death);
        }
    }

    public enum Death
    {
        BeforeTheCall = 0,
        AfterTheCommit = 1,
    }
}
