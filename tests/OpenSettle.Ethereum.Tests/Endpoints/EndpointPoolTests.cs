using OpenSettle.Ethereum.Endpoints;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Tests.Endpoints;

public sealed class EndpointPoolTests
{
    private static readonly byte[] Raw = [2, 0xc0];

    [Theory]
    [InlineData(ChainErrorKind.Unreachable)]
    [InlineData(ChainErrorKind.RateLimited)]
    [InlineData(ChainErrorKind.BadReply)]
    [InlineData(ChainErrorKind.UnknownBlock)]
    [InlineData(ChainErrorKind.MethodMissing)]
    [InlineData(ChainErrorKind.Forbidden)]
    [InlineData(ChainErrorKind.Unknown)]
    public async Task Read_FirstFails_NextAnswersAtOnce(ChainErrorKind kind)
    {
        using var stubs = new StubPool(3);
        stubs.A.Fail(kind);
        Assert.Equal(31337UL, await stubs.Pool.GetChainIdAsync(CancellationToken.None));
        Assert.Equal((1, 1, 0), (stubs.A.Calls.Count, stubs.B.Calls.Count, stubs.C.Calls.Count));
        Assert.Equal(0, stubs.Time.Waiting);
    }

    [Fact]
    public async Task Questions_AnsweredAndNot_AreToldToTheObserver()
    {
        using var stubs = new StubPool(2);
        stubs.A.Fail(ChainErrorKind.BadReply);
        await stubs.Pool.GetChainIdAsync(CancellationToken.None);
        Assert.Equal([("http://a", ChainErrorKind.BadReply), ("http://b", (ChainErrorKind?)null)], stubs.Seen.Asks);
        // What one client learns of an endpoint, the other's observer hears too.
        Assert.Same(stubs.Seen, stubs.Set.With(stubs.Stubs).Observer);
    }

    [Theory]
    [InlineData(ChainErrorKind.Reverted)]
    [InlineData(ChainErrorKind.RangeTooLarge)]
    [InlineData(ChainErrorKind.InsufficientFunds)]
    public async Task Read_FirstRefuses_RefusalIsTheAnswer(ChainErrorKind kind)
    {
        using var stubs = new StubPool(2);
        stubs.A.Fail(kind);
        var failure = await Assert.ThrowsAsync<ChainException>(() => stubs.Pool.GetChainIdAsync(CancellationToken.None));
        Assert.Equal((kind, "http://a"), (failure.Kind, failure.Endpoint));
        Assert.Empty(stubs.B.Calls);
    }

    [Fact]
    public async Task Read_RetryAfter_IsNotAskedBeforeItIsOver()
    {
        using var stubs = new StubPool(2);
        stubs.A.Fail(ChainErrorKind.RateLimited, TimeSpan.FromSeconds(30));
        await stubs.Pool.GetChainIdAsync(CancellationToken.None);
        stubs.A.Heal();
        stubs.Time.Advance(TimeSpan.FromSeconds(29));
        await stubs.Pool.GetChainIdAsync(CancellationToken.None);
        Assert.Equal((1, 2), (stubs.A.Calls.Count, stubs.B.Calls.Count));
        stubs.Time.Advance(TimeSpan.FromSeconds(1));
        await stubs.Pool.GetChainIdAsync(CancellationToken.None);
        Assert.Equal((2, 2), (stubs.A.Calls.Count, stubs.B.Calls.Count));
    }

    [Fact]
    public async Task Read_FirstIsSlow_AnotherIsAskedAfterTheTimeAndNobodyWaitsForTheSlowOne()
    {
        using var stubs = new StubPool(2, new EndpointPoolSettings(1, HedgeAfter: TimeSpan.FromSeconds(2)));
        stubs.A.Hang();
        var answer = stubs.Pool.GetChainIdAsync(CancellationToken.None);
        await stubs.Time.UntilWaitingAsync(1);
        stubs.Time.Advance(TimeSpan.FromSeconds(1.9));
        Assert.Empty(stubs.B.Calls);
        stubs.Time.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Equal(31337UL, await answer);
        Assert.Equal((1, 1), (stubs.A.Calls.Count, stubs.B.Calls.Count));
    }

    [Fact]
    public async Task Read_OfALargeRange_IsNotAskedOfTwoForTakingLong()
    {
        using var stubs = new StubPool(2, new EndpointPoolSettings(1, HedgeAfter: TimeSpan.FromSeconds(2)));
        var done = new TaskCompletionSource();
        stubs.A.Before = (_, _) => done.Task;
        var answer = stubs.Pool.GetLogsAsync(new LogFilter(1, 9, [], []), CancellationToken.None);
        stubs.Time.Advance(TimeSpan.FromSeconds(20));
        done.SetResult();
        Assert.Empty(await answer);
        Assert.Empty(stubs.B.Calls);
        // Nor does the time that it took say anything of the endpoint.
        Assert.Null(stubs.Set.States[0].Latency);
        stubs.A.Fail(ChainErrorKind.Unreachable);
        Assert.Empty(await stubs.Pool.GetLogsAsync(new LogFilter(1, 9, [], []), CancellationToken.None));
        Assert.Single(stubs.B.Calls);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Read_OfABlockThatThePreferredDoesNotHaveYet_IsAnsweredByWhoHasIt(bool one)
    {
        using var stubs = new StubPool(2, new EndpointPoolSettings(1));
        stubs.A.Head = 98;
        var answer = one ? await stubs.Pool.GetBlockAsync(BlockRef.At(99), CancellationToken.None) : (await stubs.Pool.GetBlocksAsync(97, 99, CancellationToken.None))[^1];
        Assert.Equal(StubEndpoint.Header(99), answer);
        Assert.Equal((1, 1), (stubs.A.Calls.Count, stubs.B.Calls.Count));
        // That it is a block behind is no failure of it.
        Assert.Equal(0, stubs.Set.States[0].Failures);
    }

    [Fact]
    public async Task Read_OfABlockThatNobodyHas_IsNoBlockAndNoError()
    {
        using var stubs = new StubPool(2, new EndpointPoolSettings(1));
        Assert.Null(await stubs.Pool.GetBlockAsync(BlockRef.At(101), CancellationToken.None));
        Assert.Equal([true, false, false], (await stubs.Pool.GetBlocksAsync(100, 102, CancellationToken.None)).Select(block => block is not null));
        stubs.B.Fail(ChainErrorKind.Unreachable);
        Assert.Null(await stubs.Pool.GetBlockAsync(BlockRef.At(101), CancellationToken.None));
    }

    [Fact]
    public async Task Read_SlowEndpoint_ComesAfterTheOthersFromThenOn()
    {
        using var stubs = new StubPool(2, new EndpointPoolSettings(1, HedgeAfter: TimeSpan.FromSeconds(2)));
        stubs.A.Hang();
        var answer = stubs.Pool.GetChainIdAsync(CancellationToken.None);
        await stubs.Time.UntilWaitingAsync(1);
        stubs.Time.Advance(TimeSpan.FromSeconds(2));
        await answer;
        // The one that lost is told off in the background.
        while (stubs.Set.States[0].Latency is null) await Task.Yield();
        await stubs.Pool.GetChainIdAsync(CancellationToken.None);
        Assert.Equal((1, 2), (stubs.A.Calls.Count, stubs.B.Calls.Count));
    }

    [Fact]
    public async Task Read_AllFail_TriesAgainAndThenNamesAll()
    {
        using var stubs = new StubPool(2);
        stubs.A.Fail(ChainErrorKind.Unreachable);
        stubs.B.Fail(ChainErrorKind.BadReply);
        var failure = await Assert.ThrowsAsync<ChainException>(() => SteppedAsync(stubs, stubs.Pool.GetChainIdAsync(CancellationToken.None)));
        Assert.True(failure.IsTransient);
        Assert.Contains("http://a", failure.Message);
        Assert.Contains("http://b", failure.Message);
        // Twice each: after the second failure in a row they are left alone for a while.
        Assert.Equal((2, 2), (stubs.A.Calls.Count, stubs.B.Calls.Count));
    }

    [Fact]
    public async Task Read_AllCool_SaysWhenTheFirstIsAskedAgain()
    {
        using var stubs = new StubPool(2);
        stubs.A.Fail(ChainErrorKind.RateLimited, TimeSpan.FromMinutes(5));
        stubs.B.Fail(ChainErrorKind.RateLimited, TimeSpan.FromMinutes(2));
        await Assert.ThrowsAsync<ChainException>(() => stubs.Pool.GetChainIdAsync(CancellationToken.None));
        stubs.A.Heal();
        stubs.B.Heal();
        var failure = await Assert.ThrowsAsync<ChainException>(() => stubs.Pool.GetChainIdAsync(CancellationToken.None));
        Assert.Contains("asked again at 2026-11-20 12:02:00", failure.Message);
        Assert.Contains("http://a waits until 12:05:00", failure.Message);
        Assert.Equal(TimeSpan.FromMinutes(2), failure.RetryAfter);
        Assert.Equal((1, 1), (stubs.A.Calls.Count, stubs.B.Calls.Count));
        stubs.Time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(31337UL, await stubs.Pool.GetChainIdAsync(CancellationToken.None));
    }

    [Fact]
    public async Task Read_EndpointBehind_ComesLast()
    {
        using var stubs = new StubPool(3);
        stubs.A.Head = 60;
        await stubs.Pool.GetBlockAsync(BlockRef.Latest, CancellationToken.None);
        while (stubs.Set.States.Any(state => state.Head is null)) await Task.Yield();
        Assert.Equal(EndpointCondition.Behind, stubs.Set.States[0].Condition);
        Assert.Equal(100UL, (await stubs.Pool.GetBlockAsync(BlockRef.Latest, CancellationToken.None))?.Number);
    }

    [Fact]
    public async Task Read_OneBoastsOfItsHead_OthersAreNotBehind()
    {
        using var stubs = new StubPool(3);
        stubs.C.Head = 1_000_000_000;
        await stubs.Pool.GetBlockAsync(BlockRef.Latest, CancellationToken.None);
        while (stubs.Set.States.Any(state => state.Head is null)) await Task.Yield();
        Assert.All(stubs.Set.States, state => Assert.Equal(EndpointCondition.Ok, state.Condition));
    }

    [Fact]
    public async Task Read_OneEndpoint_AsksItOnceAndKeepsItsLimits()
    {
        using var stubs = new StubPool(1);
        stubs.A.Fail(ChainErrorKind.RateLimited, TimeSpan.FromSeconds(30));
        Assert.Equal(ChainErrorKind.RateLimited, (await Assert.ThrowsAsync<ChainException>(() => stubs.Pool.GetChainIdAsync(CancellationToken.None))).Kind);
        stubs.A.Heal();
        await Assert.ThrowsAsync<ChainException>(() => stubs.Pool.GetChainIdAsync(CancellationToken.None));
        Assert.Single(stubs.A.Calls);
        stubs.Time.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(31337UL, await stubs.Pool.GetChainIdAsync(CancellationToken.None));
    }

    [Fact]
    public async Task Read_Cancelled_EndsAsCancelled()
    {
        using var stubs = new StubPool(2, new EndpointPoolSettings(1, HedgeAfter: TimeSpan.FromSeconds(2)));
        stubs.A.Hang();
        using var stop = new CancellationTokenSource();
        var answer = stubs.Pool.GetChainIdAsync(stop.Token);
        await stubs.Time.UntilWaitingAsync(1);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answer);
        Assert.Empty(stubs.B.Calls);
    }

    [Fact]
    public async Task Nonce_OfTheNewestState_IsTheHighestThatAnyNames()
    {
        using var stubs = new StubPool(3);
        stubs.B.Nonce = 9;
        stubs.C.Fail(ChainErrorKind.Unreachable);
        Assert.Equal(9UL, await stubs.Pool.GetNonceAsync(StubEndpoint.Account, BlockRef.Pending, CancellationToken.None));
        Assert.Equal(7UL, await stubs.Pool.GetNonceAsync(StubEndpoint.Account, BlockRef.At(5), CancellationToken.None));
    }

    [Fact]
    public async Task Broadcast_GoesToAll_AndSucceedsWhereAnyTookIt()
    {
        using var stubs = new StubPool(3);
        stubs.A.Fail(ChainErrorKind.InsufficientFunds);
        stubs.B.Fail(ChainErrorKind.Unreachable);
        Assert.Equal(Keccak256.Hash(Raw), await stubs.Pool.SendRawAsync(Raw, CancellationToken.None));
        Assert.All(stubs.Stubs, stub => Assert.Equal(["eth_sendRawTransaction"], stub.Calls));
    }

    [Fact]
    public async Task Broadcast_OneHangs_IsNotWaitedFor()
    {
        using var stubs = new StubPool(2);
        stubs.A.Hang();
        Assert.Equal(Keccak256.Hash(Raw), await stubs.Pool.SendRawAsync(Raw, CancellationToken.None));
    }

    [Fact]
    public async Task Broadcast_AllRefuse_TheMostTellingRefusalIsThrown()
    {
        using var stubs = new StubPool(3);
        stubs.A.Fail(ChainErrorKind.PoolFull);
        stubs.B.Fail(ChainErrorKind.NonceTooLow);
        stubs.C.Fail(ChainErrorKind.Unreachable);
        Assert.Equal(ChainErrorKind.NonceTooLow, (await Assert.ThrowsAsync<ChainException>(() => stubs.Pool.SendRawAsync(Raw, CancellationToken.None))).Kind);
        stubs.A.Fail(ChainErrorKind.Unreachable);
        stubs.B.Fail(ChainErrorKind.Unreachable);
        Assert.Equal(ChainErrorKind.Unreachable, (await Assert.ThrowsAsync<ChainException>(() => stubs.Pool.SendRawAsync(Raw, CancellationToken.None))).Kind);
    }

    [Fact]
    public async Task Inspection_OfAnEndpointThatComesBackAsAnotherChain_SetsItAside()
    {
        EndpointInspection inspect = async (client, token) => await client.GetChainIdAsync(token) is var id and not 31337 ? $"{client.Endpoint} is chain {id}" : null;
        using var stubs = new StubPool(2, new EndpointPoolSettings(1, Inspect: inspect));
        Assert.Equal((UInt256)1, await stubs.Pool.GetPriorityFeeAsync(CancellationToken.None));
        Assert.Equal(["eth_chainId", "eth_maxPriorityFeePerGas"], stubs.A.Calls);
        stubs.A.Fail(ChainErrorKind.Unreachable);
        stubs.B.Fail(ChainErrorKind.Unreachable);
        await Assert.ThrowsAsync<ChainException>(() => SteppedAsync(stubs, stubs.Pool.GetPriorityFeeAsync(CancellationToken.None)));
        stubs.B.Heal();
        stubs.A.Heal();
        stubs.A.ChainId = 5;
        stubs.Time.Advance(TimeSpan.FromMinutes(1));
        var before = stubs.A.Calls.Count;
        await stubs.Pool.GetPriorityFeeAsync(CancellationToken.None);
        await stubs.Pool.GetPriorityFeeAsync(CancellationToken.None);
        Assert.Equal(["http://a: http://a is chain 5"], stubs.Warnings);
        Assert.Equal(["eth_chainId"], stubs.A.Calls.Skip(before));
    }

    [Fact]
    public async Task Set_WithOtherClients_SharesWhatIsKnown()
    {
        using var stubs = new StubPool(2);
        var others = new[] { new StubEndpoint("http://a"), new StubEndpoint("http://b") };
        using var settling = new EndpointPool(stubs.Set.With(others));
        stubs.A.Fail(ChainErrorKind.RateLimited, TimeSpan.FromSeconds(30));
        await stubs.Pool.GetChainIdAsync(CancellationToken.None);
        await settling.GetChainIdAsync(CancellationToken.None);
        Assert.Empty(others[0].Calls);
        Assert.Single(others[1].Calls);
    }

    [Fact]
    public void Pool_OverOneEndpointTwice_TellsThemApart()
    {
        using var set = new EndpointSet([new StubEndpoint("http://a/***"), new StubEndpoint("http://a/***")], new EndpointOptions(), TimeProvider.System);
        Assert.Equal(["http://a/***", "http://a/*** (2)"], set.States.Select(state => state.Name));
    }

    [Fact]
    public void Pool_Disposed_DisposesItsClients()
    {
        var stubs = new StubPool(2);
        stubs.Dispose();
        Assert.All(stubs.Stubs, stub => Assert.True(stub.IsDisposed));
    }

    /// <summary>Moves the clock whenever somebody waits for it.</summary>
    private static async Task<T> SteppedAsync<T>(StubPool stubs, Task<T> answer)
    {
        while (!answer.IsCompleted)
        {
            if (stubs.Time.Waiting > 0) stubs.Time.Advance(TimeSpan.FromMilliseconds(250));
            await Task.Yield();
        }

        return await answer;
    }
}
