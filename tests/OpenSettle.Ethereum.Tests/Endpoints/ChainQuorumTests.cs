using OpenSettle.Ethereum.Endpoints;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Tests.Endpoints;

public sealed class ChainQuorumTests
{
    private static readonly EndpointPoolSettings TwoOfThree = new(2);
    private static readonly Hash32 Other = Keccak256.HashText("another");

    [Fact]
    public async Task Final_HeightsDiffer_IsTheHighestThatAQuorumCallsFinal()
    {
        using var stubs = new StubPool(3, TwoOfThree);
        (stubs.A.Final, stubs.B.Final, stubs.C.Final) = (95, 92, 80);
        Assert.Equal(StubEndpoint.Header(92), await stubs.Quorum.GetFinalBlockAsync(CancellationToken.None));
        Assert.Empty(stubs.Warnings);
    }

    [Fact]
    public async Task Final_ByDepth_CountsFromEachHead()
    {
        using var stubs = new StubPool(3, new EndpointPoolSettings(2, Confirmations: 10));
        (stubs.A.Head, stubs.B.Head, stubs.C.Head) = (100, 97, 60);
        Assert.Equal(StubEndpoint.Header(87), await stubs.Quorum.GetFinalBlockAsync(CancellationToken.None));
        foreach (var stub in stubs.Stubs) stub.Head = 9;
        Assert.Equal(ChainErrorKind.UnknownBlock, (await Assert.ThrowsAsync<ChainException>(() => stubs.Quorum.GetFinalBlockAsync(CancellationToken.None))).Kind);
    }

    [Fact]
    public async Task Final_OneBoasts_IsNotFollowed()
    {
        using var stubs = new StubPool(3, TwoOfThree);
        (stubs.C.Final, stubs.C.Head) = (1_000_000, 1_000_000);
        Assert.Equal(StubEndpoint.Header(90), await stubs.Quorum.GetFinalBlockAsync(CancellationToken.None));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Final_OneContradicts_IsNamedAndSetAside(bool onlyTheTime)
    {
        using var stubs = new StubPool(3, TwoOfThree);
        // With the right hash, and another time under it: as false as another hash.
        stubs.B.OnHeader = header => onlyTheTime ? header with { Timestamp = 1 } : header with { Hash = Other };
        Assert.Equal(StubEndpoint.Header(90), await stubs.Quorum.GetFinalBlockAsync(CancellationToken.None));
        Assert.StartsWith("http://b: has hash", Assert.Single(stubs.Warnings), StringComparison.Ordinal);
        Assert.Equal(1, stubs.Seen.Disagreements);
        Assert.Equal(EndpointCondition.SetAside, stubs.Set.States[1].Condition);

        // It is never asked again, and two are still a quorum.
        var before = stubs.B.Calls.Count;
        Assert.Equal(StubEndpoint.Header(90), await stubs.Quorum.GetFinalBlockAsync(CancellationToken.None));
        Assert.Equal(before, stubs.B.Calls.Count);
        stubs.A.Fail(ChainErrorKind.Unreachable);
        var failure = await Assert.ThrowsAsync<ChainException>(() => stubs.Quorum.GetFinalBlockAsync(CancellationToken.None));
        Assert.True(failure.IsTransient);
        Assert.Contains("http://b is set aside", failure.Message);
        Assert.Contains("http://a", failure.Message);
    }

    [Fact]
    public async Task Final_NoQuorumAgrees_NothingIsDecidedAndNobodySetAside()
    {
        using var stubs = new StubPool(2, TwoOfThree);
        stubs.B.OnHeader = header => header with { Hash = Other };
        var failure = await Assert.ThrowsAsync<ChainException>(() => stubs.Quorum.GetFinalBlockAsync(CancellationToken.None));
        Assert.Equal(ChainErrorKind.Disagreement, failure.Kind);
        Assert.True(failure.IsTransient);
        Assert.Contains($"http://a: hash {StubEndpoint.Header(90).Hash}", failure.Message);
        Assert.Contains($"http://b: hash {Other}", failure.Message);
        Assert.Empty(stubs.Warnings);
    }

    [Fact]
    public async Task Final_TwoCampsReachTheQuorum_NothingIsDecided()
    {
        using var stubs = new StubPool(4, TwoOfThree);
        stubs.C.OnHeader = stubs.Stubs[3].OnHeader = header => header with { Hash = Other };
        Assert.Equal(ChainErrorKind.Disagreement, (await Assert.ThrowsAsync<ChainException>(() => stubs.Quorum.GetFinalBlockAsync(CancellationToken.None))).Kind);
        Assert.Empty(stubs.Warnings);
    }

    [Fact]
    public async Task Final_OneHangs_IsWaitedForOnlyAMoment()
    {
        using var stubs = new StubPool(3, TwoOfThree);
        stubs.A.Hang();
        var answer = stubs.Quorum.GetFinalBlockAsync(CancellationToken.None);
        while (!answer.IsCompleted)
        {
            if (stubs.Time.Waiting > 0) stubs.Time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        Assert.Equal(StubEndpoint.Header(90), await answer);
    }

    [Fact]
    public async Task Final_OneAccident_IsAskedAgainAndTheQuorumHolds()
    {
        using var stubs = new StubPool(2, TwoOfThree);
        var accidents = 1;
        stubs.A.Before = (_, _) => accidents-- > 0 ? Task.FromException(stubs.A.Failure(ChainErrorKind.Unreachable)) : Task.CompletedTask;
        Assert.Equal(StubEndpoint.Header(90), await stubs.Quorum.GetFinalBlockAsync(CancellationToken.None));
    }

    [Fact]
    public async Task Final_OneEndpoint_IsAPlainRead()
    {
        using var stubs = new StubPool(1);
        Assert.Equal(StubEndpoint.Header(90), await stubs.Quorum.GetFinalBlockAsync(CancellationToken.None));
        Assert.Single(stubs.A.Calls);
        Assert.Equal(StubEndpoint.MinedAt, (await stubs.Quorum.GetAgreedReceiptAsync(StubEndpoint.Transaction, CancellationToken.None))?.BlockNumber);
        Assert.Equal(2, stubs.A.Calls.Count);
    }

    [Fact]
    public async Task Block_AboveTheFinal_DifferencesAreNoContradiction()
    {
        using var stubs = new StubPool(3, TwoOfThree);
        await stubs.Quorum.GetFinalBlockAsync(CancellationToken.None);
        stubs.C.OnHeader = header => header.Number > 90 ? header with { Hash = Other } : header;
        Assert.Equal(StubEndpoint.Header(95), await stubs.Quorum.GetAgreedBlockAsync(95, CancellationToken.None));
        stubs.B.Head = 94;
        Assert.Null(await stubs.Quorum.GetAgreedBlockAsync(95, CancellationToken.None));
        Assert.Empty(stubs.Warnings);
    }

    [Fact]
    public async Task Block_Final_OneContradicts_IsSetAside()
    {
        using var stubs = new StubPool(3, TwoOfThree);
        await stubs.Quorum.GetFinalBlockAsync(CancellationToken.None);
        stubs.C.OnHeader = header => header.Number == 40 ? header with { Hash = Other } : header;
        Assert.Equal(StubEndpoint.Header(40), await stubs.Quorum.GetAgreedBlockAsync(40, CancellationToken.None));
        Assert.Single(stubs.Warnings);
    }

    [Fact]
    public async Task Block_Final_EndpointThatDoesNotCallItFinal_IsNotSetAside()
    {
        using var stubs = new StubPool(3, TwoOfThree);
        stubs.C.Final = 30;
        await stubs.Quorum.GetFinalBlockAsync(CancellationToken.None);
        // It hangs on a branch that is gone, and says that it is not sure.
        stubs.C.OnHeader = header => header.Number > 30 ? header with { Hash = Other } : header;
        Assert.Equal(StubEndpoint.Header(40), await stubs.Quorum.GetAgreedBlockAsync(40, CancellationToken.None));
        Assert.Empty(stubs.Warnings);
    }

    public static TheoryData<string, Func<TransactionReceipt, TransactionReceipt>> Lies => new()
    {
        { "failed", receipt => receipt with { Succeeded = false } },
        { "gas", receipt => receipt with { GasUsed = 1 } },
        { "price", receipt => receipt with { EffectiveGasPrice = 1 } },
        { "data fee", receipt => receipt with { DataFee = 1 } },
        { "no logs", receipt => receipt with { Logs = [] } },
        { "other data", receipt => receipt with { Logs = [receipt.Logs[0] with { Data = new byte[] { 9 } }] } },
        { "other topic", receipt => receipt with { Logs = [receipt.Logs[0] with { Topics = [Keccak256.HashText("lie")] }] } },
        { "other block", receipt => receipt with { BlockHash = Keccak256.HashText("lie"), BlockNumber = 51 } },
    };

    [Theory]
    [MemberData(nameof(Lies))]
    public async Task Receipt_OneLies_TheOthersDecideAndItIsSetAside(string what, Func<TransactionReceipt, TransactionReceipt> lie)
    {
        using var stubs = new StubPool(3, TwoOfThree);
        await stubs.Quorum.GetFinalBlockAsync(CancellationToken.None);
        stubs.A.OnReceipt = lie;
        var receipt = await stubs.Quorum.GetAgreedReceiptAsync(StubEndpoint.Transaction, CancellationToken.None);
        Assert.True(receipt is { Succeeded: true, GasUsed: 21_000, Logs.Count: 1, BlockNumber: StubEndpoint.MinedAt }, what);
        Assert.StartsWith("http://a", Assert.Single(stubs.Warnings), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Lies))]
    public async Task Receipt_TwoSayDifferentThings_NothingIsDecided(string what, Func<TransactionReceipt, TransactionReceipt> lie)
    {
        using var stubs = new StubPool(2, TwoOfThree);
        await stubs.Quorum.GetFinalBlockAsync(CancellationToken.None);
        stubs.A.OnReceipt = lie;
        var failure = await Assert.ThrowsAsync<ChainException>(() => stubs.Quorum.GetAgreedReceiptAsync(StubEndpoint.Transaction, CancellationToken.None));
        Assert.True(failure.Kind == ChainErrorKind.Disagreement, what);
        Assert.Empty(stubs.Warnings);
    }

    [Fact]
    public async Task Receipt_TooFewHaveIt_IsNull()
    {
        using var stubs = new StubPool(3, TwoOfThree);
        stubs.B.OnReceipt = stubs.C.OnReceipt = _ => null;
        Assert.Null(await stubs.Quorum.GetAgreedReceiptAsync(StubEndpoint.Transaction, CancellationToken.None));
        stubs.B.Fail(ChainErrorKind.Unreachable);
        stubs.C.Fail(ChainErrorKind.Unreachable);
        Assert.True((await Assert.ThrowsAsync<ChainException>(() => stubs.Quorum.GetAgreedReceiptAsync(StubEndpoint.Transaction, CancellationToken.None))).IsTransient);
    }

    [Fact]
    public async Task Nonce_AtAFinalBlock_IsThatOfTheQuorum()
    {
        using var stubs = new StubPool(3, TwoOfThree);
        await stubs.Quorum.GetFinalBlockAsync(CancellationToken.None);
        stubs.C.Nonce = 8;
        Assert.Equal(7UL, await stubs.Quorum.GetAgreedNonceAsync(StubEndpoint.Account, 60, CancellationToken.None));
        Assert.Single(stubs.Warnings);
        stubs.B.Nonce = 6;
        Assert.Equal(ChainErrorKind.Disagreement, (await Assert.ThrowsAsync<ChainException>(() => stubs.Quorum.GetAgreedNonceAsync(StubEndpoint.Account, 60, CancellationToken.None))).Kind);
        Assert.Null(await stubs.Quorum.GetAgreedNonceAsync(StubEndpoint.Account, 95, CancellationToken.None));
    }

    [Fact]
    public async Task State_AtAFinalBlock_IsThatOfTheQuorum()
    {
        using var stubs = new StubPool(3, TwoOfThree);
        await stubs.Quorum.GetFinalBlockAsync(CancellationToken.None);
        stubs.C.Answer = new byte[] { 1 };
        stubs.C.Balance = 8;
        Assert.Equal(new byte[] { 7 }, (await stubs.Quorum.CallAgreedAsync(StubEndpoint.Call, 60, CancellationToken.None))!.Value.ToArray());
        Assert.Contains("says 01 of a call of", Assert.Single(stubs.Warnings), StringComparison.Ordinal);
        Assert.Equal((UInt256)7, await stubs.Quorum.GetAgreedBalanceAsync(StubEndpoint.Account, 60, CancellationToken.None));

        // Two are left, and they do not agree.
        stubs.B.Answer = new byte[] { 2 };
        var undecided = await Assert.ThrowsAsync<ChainException>(() => stubs.Quorum.CallAgreedAsync(StubEndpoint.Call, 60, CancellationToken.None));
        Assert.Equal(ChainErrorKind.Disagreement, undecided.Kind);
        // Above the final block nobody lies who is on another branch.
        Assert.Null(await stubs.Quorum.CallAgreedAsync(StubEndpoint.Call, 95, CancellationToken.None));
    }

    [Theory]
    [InlineData(ChainErrorKind.UnknownBlock)]
    [InlineData(ChainErrorKind.MethodMissing)]
    public async Task State_ThatTooFewKeep_IsNotKnownAndNoError(ChainErrorKind kind)
    {
        using var stubs = new StubPool(3, TwoOfThree);
        await stubs.Quorum.GetFinalBlockAsync(CancellationToken.None);
        stubs.A.Fail(kind);
        Assert.NotNull(await stubs.Quorum.CallAgreedAsync(StubEndpoint.Call, 60, CancellationToken.None));
        stubs.B.Fail(kind);
        Assert.Null(await stubs.Quorum.CallAgreedAsync(StubEndpoint.Call, 60, CancellationToken.None));
        Assert.Null(await stubs.Quorum.GetAgreedBalanceAsync(StubEndpoint.Account, 60, CancellationToken.None));
        Assert.Empty(stubs.Warnings);
        stubs.B.Fail(ChainErrorKind.Unreachable);
        stubs.C.Fail(ChainErrorKind.Unreachable);
        Assert.True((await Assert.ThrowsAsync<ChainException>(() => stubs.Quorum.CallAgreedAsync(StubEndpoint.Call, 60, CancellationToken.None))).IsTransient);
    }

    [Fact]
    public async Task Absence_NeedsAQuorumThatIsFarEnough_AndNobodyWhoHasIt()
    {
        using var stubs = new StubPool(3, TwoOfThree);
        foreach (var stub in stubs.Stubs) stub.OnReceipt = _ => null;
        Assert.True(await stubs.Quorum.IsAgreedAbsentAsync(StubEndpoint.Transaction, 90, CancellationToken.None));
        (stubs.A.Head, stubs.B.Head) = (89, 89);
        Assert.False(await stubs.Quorum.IsAgreedAbsentAsync(StubEndpoint.Transaction, 90, CancellationToken.None));
        (stubs.A.Head, stubs.B.Head) = (100, 100);
        stubs.C.OnReceipt = receipt => receipt;
        Assert.False(await stubs.Quorum.IsAgreedAbsentAsync(StubEndpoint.Transaction, 90, CancellationToken.None));
        stubs.C.Fail(ChainErrorKind.Unreachable);
        Assert.True(await stubs.Quorum.IsAgreedAbsentAsync(StubEndpoint.Transaction, 90, CancellationToken.None));
        stubs.B.Fail(ChainErrorKind.Unreachable);
        Assert.False(await stubs.Quorum.IsAgreedAbsentAsync(StubEndpoint.Transaction, 90, CancellationToken.None));
    }

    [Fact]
    public async Task Quorum_UnderRandomFaultsAndOneLiar_NeverSaysWhatTheLiarSays()
    {
        var answered = 0;
        for (var seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            using var stubs = new StubPool(3, new EndpointPoolSettings(2, Confirmations: random.Next(2) == 0 ? null : 10));
            var liar = random.Next(3);
            foreach (var (i, stub) in stubs.Stubs.Index())
            {
                (stub.Head, stub.Final) = (100 - (ulong)random.Next(5), 90 - (ulong)random.Next(30));
                if (i != liar) stub.Before = (_, _) => random.Next(5) == 0 ? Task.FromException(stub.Failure((ChainErrorKind)random.Next(1, 5))) : Task.CompletedTask;
            }

            Lie(stubs.Stubs[liar], random);
            for (var round = 0; round < 10; round++)
            {
                stubs.Time.Advance(TimeSpan.FromMinutes(1));
                try
                {
                    var final = await stubs.Quorum.GetFinalBlockAsync(CancellationToken.None);
                    Assert.Equal(StubEndpoint.Header(final.Number), final);
                    Assert.True(final.Number <= 90, $"seed {seed}: {final.Number}");
                    var receipt = await stubs.Quorum.GetAgreedReceiptAsync(StubEndpoint.Transaction, CancellationToken.None);
                    Assert.True(receipt is null || receipt is { Succeeded: true, GasUsed: 21_000 } && receipt.BlockHash == StubEndpoint.Receipt().BlockHash, $"seed {seed}");
                    Assert.True(await stubs.Quorum.GetAgreedNonceAsync(StubEndpoint.Account, final.Number, CancellationToken.None) is null or 7, $"seed {seed}");
                    Assert.False(await stubs.Quorum.IsAgreedAbsentAsync(StubEndpoint.Transaction, final.Number, CancellationToken.None), $"seed {seed}");
                    answered++;
                }
                catch (ChainException failure)
                {
                    Assert.True(failure.IsTransient, $"seed {seed}: {failure.Message}");
                }

                // An honest one is never set aside.
                Assert.All(stubs.Warnings, warning => Assert.StartsWith(stubs.Stubs[liar].Endpoint, warning, StringComparison.Ordinal));
            }
        }

        Assert.True(answered > 300, $"Only {answered} rounds were answered.");
    }

    private static void Lie(StubEndpoint stub, Random random)
    {
        switch (random.Next(5))
        {
            case 0:
                stub.OnHeader = header => header with { Hash = Other };
                break;
            case 1:
                (stub.Head, stub.Final) = (5000, 5000);
                break;
            case 2:
                stub.OnReceipt = receipt => receipt with { Succeeded = false };
                break;
            case 3:
                stub.OnReceipt = _ => null;
                stub.Nonce = 99;
                break;
            default:
                stub.OnHeader = header => header.Number % 2 == 0 ? null : header with { Timestamp = 1 };
                stub.Nonce = 0;
                break;
        }
    }
}
