using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Watch;

namespace OpenSettle.Ethereum.Tests.Watch;

/// <summary>Single steps of the watcher.</summary>
public sealed class ChainWatcherTests
{
    [Fact]
    public async Task Step_OverAFinalChain_ReadsItInRangesThatGrow()
    {
        var run = WatchRun.Of(300, final: 300, options => options with { StartBlocks = 10, MostLogs = 10_000 });
        var report = await run.StepAsync();
        Assert.Equal([(1, 10), (11, 30), (31, 70), (71, 150), (151, 250), (251, 300)], run.Endpoint.Ranges);
        Assert.Equal((WatchStage.Backfill, 300UL, run.Journal.Logs.Count, true), (report.Stage, report.Blocks, report.Logs, report.AtFinal));
        Assert.Equal((300UL, 0UL, TimeSpan.Zero), (report.Progress.Done, report.Progress.Left, report.Progress.TimeLeft));
        run.RequireWhole(300);
    }

    [Fact]
    public async Task Step_WhoseTimeIsOver_BeginsNoOtherRange()
    {
        var run = WatchRun.Of(300, final: 300, options => options with { StepTime = TimeSpan.Zero });
        var report = await run.StepAsync();
        Assert.Single(run.Endpoint.Ranges);
        Assert.Equal((100UL, true, false, 200UL), (report.Blocks, report.More, report.AtFinal, report.Progress.Left));
        Assert.NotNull(report.Progress.TimeLeft);
    }

    [Fact]
    public async Task Step_AgainstAnEndpointWithALimit_HalvesUntilItServes()
    {
        var run = WatchRun.Of(300, final: 300, options => options with { StartBlocks = 100 });
        run.Endpoint.MostBlocks = 30;
        await run.StepAsync();
        Assert.Equal([(1, 100), (1, 50), (1, 25), (26, 50)], run.Endpoint.Ranges.Take(4));
        run.RequireWhole(300);
    }

    [Fact]
    public async Task Step_AgainstAnEndpointThatServesNoBlock_Fails()
    {
        var run = WatchRun.Of(300, final: 300);
        run.Endpoint.MostBlocks = 0;
        Assert.Equal(ChainErrorKind.RangeTooLarge, (await Assert.ThrowsAsync<ChainException>(run.StepAsync)).Kind);
        Assert.Equal(0, run.Journal.Commits);
    }

    [Fact]
    public async Task Step_WhileARangeIsWritten_ReadsTheNext()
    {
        var slow = new SlowJournal();
        var random = new Random(1);
        var chain = new FakeChain(random);
        chain.Grow(200);
        chain.Finalize(200);
        var run = new WatchRun(chain, new FakeEndpoint(chain, random), new WatchOptions { FirstBlock = 1, MostBlocks = 100 }, journal => slow.Over(journal));
        var step = run.StepAsync();
        Assert.False(step.IsCompleted);
        Assert.Equal(0, run.Journal.Commits);
        Assert.Equal([(1, 100), (101, 200)], run.Endpoint.Ranges);
        slow.Go();
        await step;
        run.RequireWhole(200);
    }

    [Fact]
    public async Task Step_WhoseWriteFails_LeavesNothingOfWhatWasReadAhead()
    {
        var broken = new SlowJournal();
        var random = new Random(1);
        var chain = new FakeChain(random);
        chain.Grow(200);
        chain.Finalize(200);
        var run = new WatchRun(chain, new FakeEndpoint(chain, random), new WatchOptions { FirstBlock = 1, MostBlocks = 100 }, journal => broken.Over(journal));
        var step = run.StepAsync();
        broken.Fail(new IOException("the disk is full"));
        Assert.Equal("the disk is full", (await Assert.ThrowsAsync<IOException>(() => step)).Message);
        Assert.Empty(run.Journal.Blocks);
        await run.SettleAsync();
        run.RequireWhole(200);
    }

    [Fact]
    public async Task Step_ThatIsCancelledInAWrite_StopsWithTheReadAhead()
    {
        var slow = new SlowJournal();
        var random = new Random(1);
        var chain = new FakeChain(random);
        chain.Grow(200);
        chain.Finalize(200);
        using var stop = new CancellationTokenSource();
        var run = new WatchRun(chain, new FakeEndpoint(chain, random), new WatchOptions { FirstBlock = 1, MostBlocks = 100 }, journal => slow.Over(journal));
        var step = run.Watcher.StepAsync(stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => step);
        Assert.Empty(run.Journal.Blocks);
    }

    [Fact]
    public async Task Step_WhoseWriteFails_WaitsUntilWhatIsReadAheadHasStopped()
    {
        var random = new Random(1);
        var chain = new FakeChain(random);
        chain.Grow(200);
        chain.Finalize(200);
        var endpoint = new FakeEndpoint(chain, random);
        var ranges = new HangingRanges(endpoint, hangFrom: 101);
        var broken = new SlowJournal();
        var watcher = new ChainWatcher(
            endpoint, endpoint, ranges, broken.Over(new MemoryJournal(FakeLogs.Deployment(1))), new WatchOptions { FirstBlock = 1, MostBlocks = 100 }, new StepTime());
        var step = watcher.StepAsync(CancellationToken.None);
        broken.Fail(new IOException("the disk is full"));
        await ranges.Stopping.Task;
        // Whoever does not wait is done by now.
        for (var i = 0; i < 200_000; i++) await Task.Yield();
        Assert.False(step.IsCompleted);
        ranges.Gate.SetResult();
        await Assert.ThrowsAsync<IOException>(() => step);
    }

    [Fact]
    public async Task Step_WithARangeOfTheBranchThatTheEndpointHadLeft_ChangesNothing()
    {
        var run = WatchRun.Of(100, final: 50);
        await run.SettleAsync();
        var (journal, ours) = (run.Journal.Describe(), run.Chain.Canonical);
        run.Chain.Reorganise(20, 15);
        // Head and headers are of the new branch, and the range is of ours: to take it would only lose our last blocks.
        run.Endpoint.Asked = what => run.Endpoint.View = what == "range" ? ours : run.Chain.Canonical;
        var refused = await Assert.ThrowsAsync<ChainException>(run.StepAsync);
        Assert.Contains("block 81 is on two branches at once", refused.Message, StringComparison.Ordinal);
        Assert.Equal(journal, run.Journal.Describe());
    }

    [Fact]
    public async Task Step_AfterItsOwnLastBlock_DoesNotGatherTheLessonsAgain()
    {
        var counted = new SlowJournal();
        counted.Go();
        var random = new Random(1);
        var chain = new FakeChain(random);
        chain.Grow(100);
        chain.Finalize(50);
        var run = new WatchRun(chain, new FakeEndpoint(chain, random), new WatchOptions { FirstBlock = 1, MostBlocks = 100 }, journal => counted.Over(journal));
        await run.SettleAsync();
        Assert.Equal(1, counted.Gathered);
        for (var i = 0; i < 10; i++)
        {
            chain.Grow(2);
            chain.Finalize(chain.Head - 50);
            await run.SettleAsync();
        }

        Assert.Equal(1, counted.Gathered);
        chain.Reorganise(3, 4);
        await run.SettleAsync();
        Assert.Equal(2, counted.Gathered);
        run.RequireWhole(chain.Final);
    }

    [Fact]
    public async Task Step_WithTroubleAfterARange_ReportsIt()
    {
        var run = WatchRun.Of(300, final: 300);
        run.Endpoint.Spoil = range => range.Headers[0].Number > 1 ? range with { Headers = [] } : range;
        var report = await run.StepAsync();
        Assert.Equal(100UL, report.Blocks);
        Assert.Equal("http://fake: eth_getLogs: 0 blocks came for 101 to 200", report.Trouble?.Message);
        Assert.True(report.More);
        await Assert.ThrowsAsync<ChainException>(run.StepAsync);
        Assert.Equal(1, run.Journal.Commits);
    }

    [Fact]
    public async Task Step_WithTroubleAtTheTip_SaysThatWhatIsFinalIsThere()
    {
        var run = WatchRun.Of(100, final: 50);
        await run.StepAsync();
        run.Endpoint.Spoil = static range => range with { Headers = [] };
        var journal = run.Journal.Describe();
        for (var i = 0; i < 3; i++)
        {
            var report = await run.Watcher.StepAsync(CancellationToken.None);
            Assert.Equal((WatchStage.Idle, true, false), (report.Stage, report.AtFinal, report.More));
            Assert.Equal("http://fake: eth_getLogs: 0 blocks came for 51 to 100", report.Trouble?.Message);
        }

        Assert.Equal(journal, run.Journal.Describe());
        // What becomes final at the same time is not kept back.
        run.Chain.Grow(10);
        run.Chain.Finalize(60);
        run.Endpoint.Spoil = static range => range.Headers[^1].Number > 60 ? range with { Headers = [] } : range;
        Assert.Equal((WatchStage.Backfill, true), await run.Watcher.StepAsync(CancellationToken.None) is var last ? (last.Stage, last.AtFinal) : default);
    }

    [Fact]
    public async Task Step_WithARangeThatTheQuorumDoesNotHave_ChangesNothing()
    {
        var run = WatchRun.Of(100, final: 100);
        run.Endpoint.View = run.Chain.Canonical;
        run.Chain.Reorganise(3, 4);
        var refused = await Assert.ThrowsAsync<ChainException>(run.StepAsync);
        Assert.True(refused.IsTransient);
        Assert.Contains($"block 100 came as {run.Endpoint.View[100].Header.Hash}, and enough endpoints have {run.Chain.Canonical[100].Header.Hash}", refused.Message, StringComparison.Ordinal);
        Assert.Equal(0, run.Journal.Commits);
        run.Endpoint.View = null;
        await run.SettleAsync();
        run.RequireWhole(100);
    }

    [Fact]
    public async Task Step_ToBlocksThatWereRead_MakesThemFinalWithoutReadingThemAgain()
    {
        var run = WatchRun.Of(100, final: 50);
        await run.SettleAsync();
        run.Endpoint.Ranges.Clear();
        run.Chain.Finalize(80);
        var report = await run.StepAsync();
        Assert.Equal((WatchStage.Finalized, 80UL, 100UL, true), (report.Stage, report.Final?.Number, report.Tip?.Number, report.AtFinal));
        Assert.Empty(run.Endpoint.Ranges);
        await run.SettleAsync();
        run.RequireWhole(80);
    }

    [Fact]
    public async Task Step_AfterALongSleep_KeepsWhatWasReadAndIsFinalNow()
    {
        var run = WatchRun.Of(100, final: 50);
        await run.SettleAsync();
        run.Endpoint.Ranges.Clear();
        run.Chain.Grow(100);
        run.Chain.Finalize(190);
        run.Restart();
        await run.SettleAsync();
        Assert.Equal([(101, 190), (191, 200)], run.Endpoint.Ranges);
        run.RequireWhole(190);
    }

    [Fact]
    public async Task Step_WhereAnotherBranchBecameFinal_ReadsThatOne()
    {
        var run = WatchRun.Of(100, final: 50);
        await run.SettleAsync();
        run.Chain.Reorganise(40, 60);
        run.Chain.Finalize(90);
        var report = await run.StepAsync();
        Assert.Equal((WatchStage.Backfill, 40UL, 50UL), (report.Stage, report.Blocks, report.RolledBack));
        Assert.Empty(run.Journal.Position().Pending);
        await run.SettleAsync();
        run.RequireWhole(90);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(25)]
    [InlineData(64)]
    [InlineData(100)]
    public async Task Step_AfterAReorganisation_TakesBackExactlyThatDepthAtOnce(int depth)
    {
        var run = WatchRun.Of(200, final: 100);
        await run.SettleAsync();
        var commits = run.Journal.Commits;
        run.Chain.Reorganise(depth, depth + 1);
        var report = await run.StepAsync();
        Assert.Equal((WatchStage.Reorg, (ulong)depth), (report.Stage, report.RolledBack));
        Assert.Equal(commits + 1, run.Journal.Commits);
        await run.SettleAsync();
        run.RequireWhole(100);
    }

    [Fact]
    public async Task Step_AfterAReorganisationToAShorterBranch_EndsWhereItEnds()
    {
        var run = WatchRun.Of(200, final: 100);
        await run.SettleAsync();
        run.Chain.Reorganise(50, 10);
        Assert.Equal((WatchStage.Reorg, 50UL, 160UL), (await run.StepAsync() is var report ? (report.Stage, report.RolledBack, report.Tip?.Number) : default));
        run.RequireWhole(100);
    }

    [Fact]
    public async Task Step_AfterAReorganisation_ForgetsWhatTheOldBranchTaught()
    {
        var run = WatchRun.Of(10, final: 10);
        await run.SettleAsync();
        run.Chain.Write = static () => [FakeLogs.TokenListed(9)];
        run.Chain.Grow(1);
        run.Chain.Write = static () => [FakeLogs.ModelRegistered(9)];
        run.Chain.Grow(1);
        await run.SettleAsync();
        Assert.Contains(FakeLogs.PayAddress(9), run.Journal.Wanted(13).PayAddresses);
        // The same payments on both branches: on the first one they are to a pay address.
        run.Chain.Write = static () => [FakeLogs.Transfer(9, 9, 5)];
        run.Chain.Reorganise(1, 3);
        await run.SettleAsync();
        run.RequireWhole(10);
        Assert.DoesNotContain(run.Journal.Logs, log => log.Address == FakeLogs.Token(9));
    }

    [Fact]
    public async Task Step_WithPaymentsBeforeTheLesson_LeavesThemOutHoweverTheBlocksAreCut()
    {
        foreach (var size in (ulong[])[1, 2, 3, 50])
        {
            var run = WatchRun.Of(0, final: 0, options => options with { StartBlocks = size, MostBlocks = size });
            run.Chain.Write = static () => [FakeLogs.Transfer(9, 9, 5), FakeLogs.TokenListed(9), FakeLogs.ModelRegistered(9), FakeLogs.Transfer(9, 9, 6)];
            run.Chain.Grow(2);
            run.Chain.Finalize(2);
            await run.SettleAsync();
            Assert.Equal([3U, 5, 7, 1, 3, 5, 7], run.Journal.Logs.Select(log => log.LogIndex));
        }
    }

    [Fact]
    public async Task Step_WithAnEndpointThatIsBehind_TakesNothingBack()
    {
        var run = WatchRun.Of(100, final: 50);
        await run.SettleAsync();
        var journal = run.Journal.Describe();
        foreach (var head in (int[])[99, 51, 50, 49, 0])
        {
            run.Endpoint.View = [.. run.Chain.Canonical.Take(head + 1)];
            var report = await run.StepAsync();
            Assert.Equal((WatchStage.Idle, (ulong)(100 - head), 0UL, false), (report.Stage, report.Behind, report.RolledBack, report.More));
        }

        Assert.Equal(journal, run.Journal.Describe());
    }

    [Fact]
    public async Task Step_WithAHeadThatJumpsBetweenTwoBranches_IsOnOneOfThemEachTime()
    {
        var run = WatchRun.Of(100, final: 50);
        await run.SettleAsync();
        var one = run.Chain.Canonical;
        run.Chain.Reorganise(20, 22);
        var other = run.Chain.Canonical;
        for (var i = 0; i < 10; i++)
        {
            run.Endpoint.View = i % 2 == 0 ? other : one;
            Assert.Equal(WatchStage.Reorg, (await run.StepAsync()).Stage);
            Assert.Equal(run.Endpoint.View[^1].Header.Hash, run.Journal.Position().Last?.Hash);
            run.RequireExact();
        }
    }

    [Theory]
    [InlineData(8192, 150, 0)]
    [InlineData(30, 80, 70)]
    public async Task Step_WithMorePendingThanThereIsRoomFor_WithholdsTheNewest(ulong most, ulong tip, ulong withheld)
    {
        var run = WatchRun.Of(150, final: 50, options => options with { MostPending = most });
        var report = await run.SettleAsync();
        Assert.Equal((tip, withheld, 150UL), (report.Tip?.Number, report.Withheld, report.Head));
        // A reorganisation of what was read is seen all the same.
        run.Chain.Reorganise(90, 95);
        Assert.Equal((ulong)(tip - 60), (await run.StepAsync()).RolledBack);
        run.Chain.Finalize(run.Chain.Head);
        await run.SettleAsync();
        run.RequireWhole(155);
    }

    [Fact]
    public async Task Step_BeforeTheFirstBlockIsThere_IsIdle()
    {
        var run = WatchRun.Of(5, final: 3, options => options with { FirstBlock = 20 });
        var report = await run.StepAsync();
        Assert.Equal((WatchStage.Idle, null, null, true), (report.Stage, report.Final, report.Tip, report.AtFinal));
        run.Chain.Grow(20);
        await run.SettleAsync();
        Assert.Equal(20UL, run.Journal.Blocks[0].Number);
        run.RequireWhole(3);
        // All of it may go while nothing is final.
        run.Chain.Reorganise(20, 18);
        await run.SettleAsync();
        run.RequireWhole(3);
    }

    [Fact]
    public async Task Step_WhereOneEndpointHasAnotherFinalBlock_FailsAndPasses()
    {
        var run = WatchRun.Of(100, final: 50);
        await run.SettleAsync();
        var journal = run.Journal.Describe();
        run.Endpoint.Agreed = run.Chain.Canonical;
        var truth = run.Chain.Canonical;
        run.Chain.Reorganise(60, 65);
        run.Endpoint.View = run.Chain.Canonical;
        run.Endpoint.Agreed = truth;
        var refused = await Assert.ThrowsAsync<ChainException>(run.StepAsync);
        Assert.Equal((true, $"http://fake: eth_getBlockByNumber: the endpoint has another block 50 than the final {truth[50].Header.Hash}"), (refused.IsTransient, refused.Message));
        Assert.Equal(journal, run.Journal.Describe());
    }

    [Theory]
    [InlineData(50)]
    [InlineData(55)]
    [InlineData(95)]
    [InlineData(45)]
    public async Task Step_WhereAFinalBlockChanged_HaltsAndChangesNothing(int finalNow)
    {
        var run = WatchRun.Of(100, final: 50);
        await run.SettleAsync();
        var (journal, before) = (run.Journal.Describe(), run.Chain.Canonical[50].Header.Hash);
        run.Chain.Reorganise(60, 65);
        run.Endpoint.FinalNumber = (ulong)finalNow;
        for (var i = 0; i < 3; i++)
        {
            var halt = await Assert.ThrowsAsync<FinalBlockChangedException>(run.StepAsync);
            Assert.Equal(
                $"Block 50 was final as {before}, and enough endpoints now have {run.Chain.Canonical[50].Header.Hash} in its place: 51 blocks or more were reorganised, final ones among them.",
                halt.Message);
            run.Restart();
        }

        Assert.Equal(journal, run.Journal.Describe());
    }

    [Fact]
    public async Task Step_OnAChainThatIsFasterThanItsSteps_ComesToTheTipAllTheSame()
    {
        var run = WatchRun.Of(100, final: 90);
        List<WatchStage> stages = [];
        for (var i = 0; i < 12; i++)
        {
            stages.Add((await run.StepAsync()).Stage);
            run.Chain.Grow(20);
            run.Chain.Finalize(run.Chain.Head - 10);
        }

        Assert.Contains(WatchStage.Tip, stages);
        Assert.Contains(WatchStage.Finalized, stages);
    }

    /// <summary>Ranges of which some never come.</summary>
    private sealed class HangingRanges(IRangeSource ranges, ulong hangFrom) : IRangeSource
    {
        public TaskCompletionSource Stopping { get; } = new();

        public TaskCompletionSource Gate { get; } = new();

        public async Task<BlockRange> ReadAsync(ulong first, ulong last, WatchSet wanted, CancellationToken cancellation)
        {
            if (first < hangFrom) return await ranges.ReadAsync(first, last, wanted, cancellation);
            try
            {
                return await new TaskCompletionSource<BlockRange>().Task.WaitAsync(cancellation);
            }
            finally
            {
                Stopping.SetResult();
                await Gate.Task;
            }
        }
    }

    /// <summary>A journal whose writes end when the test says so.</summary>
    private sealed class SlowJournal : IChainJournal
    {
        private readonly TaskCompletionSource _gate = new();
        private IChainJournal? _journal;
        private bool _failed;

        private IChainJournal Journal => _journal ?? throw new InvalidOperationException("There is no journal behind it.");

        public SlowJournal Over(IChainJournal journal)
        {
            _journal = journal;
            return this;
        }

        public void Go() => _gate.SetResult();

        public void Fail(Exception why) => _gate.SetException(why);

        public JournalPosition Position() => Journal.Position();

        public int Gathered { get; private set; }

        public WatchSet Wanted(ulong first)
        {
            Gathered++;
            return Journal.Wanted(first);
        }

        public async Task AppendFinalAsync(BlockRange range, CancellationToken cancellation)
        {
            if (!_failed)
            {
                try
                {
                    await _gate.Task.WaitAsync(cancellation);
                }
                finally
                {
                    _failed = true;
                }
            }

            await Journal.AppendFinalAsync(range, cancellation);
        }

        public Task ReplacePendingAsync(ulong keepUpTo, BlockRange? range, CancellationToken cancellation) => Journal.ReplacePendingAsync(keepUpTo, range, cancellation);

        public Task FinalizeAsync(ulong number, CancellationToken cancellation) => Journal.FinalizeAsync(number, cancellation);
    }
}
