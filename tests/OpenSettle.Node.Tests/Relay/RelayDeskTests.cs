using OpenSettle.Ethereum.Ports;
using OpenSettle.Node.Relay;
using OpenSettle.Node.Tests.Support;
using OpenSettle.Primitives;
using static OpenSettle.Node.Tests.Relay.RelayStage;
using static OpenSettle.Node.Tests.Support.World;

namespace OpenSettle.Node.Tests.Relay;

/// <summary>Which signed claims are taken, and why others are not.</summary>
public sealed class RelayDeskTests
{
    [Fact]
    public async Task Claim_HandedInAgain_IsTheSameWhateverBecameOfIt()
    {
        using var stage = await StartAsync();
        var id = await stage.TakeAsync(stage.Signed(Ann, Alice));
        Assert.Equal(id, await stage.TakeAsync(stage.Signed(Ann, Alice)));
        await stage.Node.RunAsync(3);
        stage.Node.Restart();
        await stage.Node.RunAsync(4);
        Assert.Equal(id, await stage.TakeAsync(stage.Signed(Ann, Alice)));
        Assert.Single(stage.Chain.Mined, item => item.Transaction.To == World.ClaimRelay);
    }

    [Fact]
    public async Task Relay_ThatIsOff_TakesNothingAndAsksNobody()
    {
        using var stage = await StartAsync(Open with { IsOn = false });
        var asked = 0;
        stage.Chain.OnCall = (_, _) => asked++;
        Assert.Equal(RelayCode.Off, (await stage.DeclineAsync(stage.Signed(Ann, Alice))).Code);
        Assert.Equal(0, asked);
    }

    [Fact]
    public async Task Signature_OfSomebodyElse_IsDeclinedWithoutASimulation()
    {
        using var stage = await StartAsync();
        var forged = stage.Signed(Ann, Alice) with { Signature = stage.Signed(Ben, Alice).Signature };
        var simulated = 0;
        stage.Chain.OnCall = (method, _) => simulated += method == "eth_estimateGas" ? 1 : 0;
        Assert.Equal(RelayCode.BadSignature, (await stage.DeclineAsync(forged)).Code);
        Assert.Equal(RelayCode.BadSignature, (await stage.DeclineAsync(stage.Signed(Ann, Alice) with { To = Bob })).Code);
        Assert.Equal(RelayCode.BadSignature, (await stage.DeclineAsync(stage.Signed(Ann, Alice) with { Deadline = FarOff + 1 })).Code);
        Assert.Equal(RelayCode.BadSignature, (await stage.DeclineAsync(stage.Signed(Ann, Alice) with { Signature = ReadOnlyMemory<byte>.Empty })).Code);
        Assert.Equal(0, simulated);
        // What a wallet says of a signature, only the wallet knows.
        Assert.Equal(RelayCode.BadSignature, (await stage.DeclineAsync(stage.OfWallet(Carol) with { Signature = new byte[] { 9 } })).Code);
    }

    [Fact]
    public async Task Signature_FromBeforeAChangeOfTheRecipient_IsDeclined()
    {
        using var stage = await StartAsync();
        stage.Chain.Mine(block => block.SetRecipient(Ann.Address, Carol));
        Assert.Equal(RelayCode.BadSignature, (await stage.DeclineAsync(stage.Signed(Ann, Alice))).Code);
        await stage.TakeAsync(stage.Signed(Ann, Alice, nonce: 1));
    }

    [Fact]
    public async Task Amount_ThatIsNotTheLeafs_IsDeclined()
    {
        using var stage = await StartAsync();
        var old = stage.Signed(Ann, Alice);
        Assert.Equal(RelayCode.NothingToClaim, (await stage.DeclineAsync(old with { Account = Payer })).Code);
        await stage.PayAsync(1_000);
        var declined = await stage.DeclineAsync(old);
        Assert.Equal(RelayCode.RootChanged, declined.Code);
        Assert.Contains("1000", declined.Words, StringComparison.Ordinal);
        stage.Chain.Mine(block => block.Claim(stage.Leaf(Ann.Address)));
        Assert.Equal(RelayCode.NothingToClaim, (await stage.DeclineAsync(stage.Signed(Ann, Alice))).Code);
    }

    [Fact]
    public async Task Deadline_ThatIsTooNear_IsDeclined()
    {
        using var stage = await StartAsync();
        var least = stage.Chain.HeadBlock.Timestamp + stage.Node.Desk.LeastSecondsLeft;
        Assert.Equal(RelayCode.Expired, (await stage.DeclineAsync(stage.Signed(Ann, Alice, least - 1))).Code);
        await stage.TakeAsync(stage.Signed(Ann, Alice, least));
    }

    [Fact]
    public async Task Recipient_ThatTakesNothing_IsDeclinedWithTheVaultsReason()
    {
        using var stage = await StartAsync();
        stage.Chain.Mine(block => block.Refuse(Alice));
        var declined = await stage.DeclineAsync(stage.Signed(Ann, Alice));
        Assert.Equal(RelayCode.WouldRevert, declined.Code);
        Assert.Contains("TransferFailed", declined.Words, StringComparison.Ordinal);
        Assert.Equal(RelayCode.WouldRevert, (await stage.DeclineAsync(stage.Signed(Ann, Vault))).Code);
        // Declined for nothing that cost anything: it may come again, and goes once it can.
        stage.Chain.Mine(block => block.Allow(Alice));
        await stage.TakeAsync(stage.Signed(Ann, Alice));
    }

    [Fact]
    public async Task Wallet_ThatTakesMoreGasThanTheRelayGives_IsDeclined()
    {
        using var stage = await StartAsync();
        stage.Chain.Mine(block => block.MakeCostly(Wallet));
        var declined = await stage.DeclineAsync(stage.OfWallet(Carol));
        Assert.Equal(RelayCode.WouldRevert, declined.Code);
        Assert.Contains("more gas", declined.Words, StringComparison.Ordinal);
    }

    [Theory]
    // 40,000 gas at 8 wei are a tenth of 3,200,000 wei: what Ann's 500 of a millionth have to be worth.
    [InlineData("0.0000000064", true)]
    [InlineData("0.0000000063", false)]
    public async Task Claim_ThatIsSmallForItsGas_IsDeclinedWhereItsTokenHasAPrice(string price, bool taken)
    {
        using var stage = await StartAsync(prices: $"{Dollar}={price}");
        if (taken)
        {
            await stage.TakeAsync(stage.Signed(Ann, Alice));
            return;
        }

        var declined = await stage.DeclineAsync(stage.Signed(Ann, Alice));
        Assert.Equal(RelayCode.TooSmall, declined.Code);
        // Good as it is: anybody can send it.
        Assert.NotNull(declined.Instead);
        stage.Chain.Mine(block => block.Execute(Vault, declined.Instead.Data.ToArray()));
        Assert.Equal((UInt256)500UL, stage.ClaimedBy(Ann.Address));
    }

    [Fact]
    public async Task Account_HasOneTurnInItsTime()
    {
        using var stage = await StartAsync();
        await stage.TakeAsync(stage.Signed(Ann, Alice));
        await stage.Node.RunAsync(5);
        await stage.PayAsync(1_000);
        var declined = await stage.DeclineAsync(stage.Signed(Ann, Alice));
        Assert.Equal(RelayCode.TooOften, declined.Code);
        Assert.InRange(declined.Again ?? TimeSpan.Zero, TimeSpan.FromHours(23), TimeSpan.FromHours(24));
        stage.Node.Time.Advance(TimeSpan.FromHours(24));
        await stage.TakeAsync(stage.Signed(Ann, Alice));
        await stage.TakeAsync(stage.Signed(Ben, Bob));
    }

    [Fact]
    public async Task Node_ThatSendsNothing_TakesNothing()
    {
        using var stage = await StartAsync();
        stage.Chain.BaseFee = 60;
        stage.Chain.Mine();
        Assert.Equal(RelayCode.Paused, (await stage.DeclineAsync(stage.Signed(Ann, Alice))).Code);
        stage.Chain.BaseFee = 7;
        stage.Chain.Mine();
        stage.Node.State.Halt("for a test");
        Assert.Equal(RelayCode.Paused, (await stage.DeclineAsync(stage.Signed(Ann, Alice))).Code);
    }

    [Fact]
    public async Task Endpoint_ThatFails_LeavesNothingTaken()
    {
        using var stage = await StartAsync();
        stage.Chain.OnCall = (method, after) =>
        {
            if (method == "eth_estimateGas" && !after) throw new ChainException(ChainErrorKind.Unreachable, "fake", method, "connection refused");
        };
        await Assert.ThrowsAsync<ChainException>(() => stage.Node.Desk.TakeAsync(stage.Signed(Ann, Alice), CancellationToken.None));
        Assert.Empty(stage.Node.Books.Read(session => session.Relay.Queued(10)));
    }
}
