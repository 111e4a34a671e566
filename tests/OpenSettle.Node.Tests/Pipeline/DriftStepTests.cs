using OpenSettle.Epochs;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Node.Tests.Support;
using OpenSettle.Primitives;
using static OpenSettle.Node.Tests.Support.World;

namespace OpenSettle.Node.Tests.Pipeline;

public sealed class DriftStepTests
{
    private static readonly TestModel Small = Model("small");

    [Fact]
    public async Task Books_ThroughWholeEpochs_NeverDriftAndAreShownBesideTheChain()
    {
        var chain = Chain();
        using var node = new TestNode(chain);
        await SettleAsync(node);
        var drift = node.State.Drift;
        Assert.True(drift.Block <= node.Books.Read(session => session.Chain.Cursor())!.Block);
        Assert.Null(drift.Reason);
        Assert.Equal([Dollar, Euro], drift.Tokens.Select(token => token.Token).OrderBy(token => token == Euro));
        var dollar = drift.Tokens.Single(token => token.Token == Dollar);
        Assert.Equal(((UInt256)124, (UInt256)118, (UInt256)75, (UInt256)49), (dollar.Credited.Chain, dollar.Promised.Chain, dollar.Paid.Chain, dollar.Balance.Chain));
        Assert.All(drift.Tokens, token => Assert.Null(token.Problem));
        Assert.Null(node.State.Halted);
        Assert.Empty(node.State.Alerts.All);
    }

    [Theory]
    [InlineData("credited", true, "was credited 125, and the books say 124")]
    [InlineData("credited", false, "was credited 123, and the books say 124")]
    [InlineData("promised", true, "has promised 119, and the books say 118")]
    [InlineData("paid", true, "has paid 76, and the books say 75")]
    [InlineData("balance", false, "holds 48, and owes 49")]
    [InlineData("claimed", true, "claimed 76, and the books say 75")]
    [InlineData("claimed", false, "claimed 74, and the books say 75")]
    public async Task Figure_ThatIsOneUnitOff_StopsSettlementAndRaisesAnAlert(string name, bool more, string told)
    {
        var chain = Chain();
        using var node = new TestNode(chain);
        await SettleAsync(node);
        chain.Vault.On = (figure, value) => figure != name || value.IsZero ? value : more ? value + 1 : value - 1;
        node.Restart();
        await node.WatchAsync();
        var halted = await Assert.ThrowsAsync<SettlementHaltedException>(() => node.Drift.RunAsync(CancellationToken.None));
        Assert.Contains(told, halted.Message, StringComparison.Ordinal);
        Assert.Contains(Dollar.ToChecksumString(), halted.Message, StringComparison.Ordinal);
        Assert.Equal($"drift {Dollar.ToChecksumString()}", Assert.Single(node.State.Alerts.All).Name);
    }

    [Fact]
    public async Task Vault_ThatHoldsMoreThanItOwes_IsNoDrift()
    {
        var chain = Chain();
        using var node = new TestNode(chain);
        await SettleAsync(node);
        chain.Vault.On = (figure, value) => figure == "balance" ? value + 1_000 : value;
        node.Restart();
        await node.TickAsync();
        Assert.NotNull(node.State.Drift.ComputedAt);
    }

    [Fact]
    public async Task Answer_ThatChangesFromOneQuestionToTheNext_IsTroubleAndNoDrift()
    {
        var chain = Chain();
        using var node = new TestNode(chain);
        await SettleAsync(node);
        node.Restart();
        var asked = 0;
        chain.Vault.On = (figure, value) => figure == "paid" && asked++ == 0 ? value + 1 : value;
        await node.WatchAsync();
        var trouble = await Assert.ThrowsAsync<ChainException>(() => node.Drift.RunAsync(CancellationToken.None));
        Assert.Equal(ChainErrorKind.Disagreement, trouble.Kind);
        await node.Drift.RunAsync(CancellationToken.None);
        Assert.NotNull(node.State.Drift.ComputedAt);
        Assert.Empty(node.State.Alerts.All);
    }

    [Fact]
    public async Task Endpoints_WithoutTheState_SettleOnAndSaySoUntilTheyHaveIt()
    {
        var chain = Chain();
        chain.QuorumAnswers = false;
        using var node = new TestNode(chain);
        chain.Mine(block => block.Pay(Small, Dollar, 100));
        await node.RunAsync(16);
        Assert.Equal(1UL, chain.State.Epoch);
        Assert.Contains("history is too short", node.State.Drift.Reason, StringComparison.Ordinal);
        Assert.Equal("drift", Assert.Single(node.State.Alerts.All).Name);

        chain.QuorumAnswers = true;
        node.Between = TimeSpan.FromMinutes(10);
        await node.TickAsync();
        Assert.Null(node.State.Drift.Reason);
        Assert.NotNull(node.State.Drift.Block);
        Assert.Empty(node.State.Alerts.All);
    }

    [Fact]
    public async Task Blocks_WithoutAWordOfTheVault_AreNotAskedAbout()
    {
        var chain = Chain();
        using var node = new TestNode(chain);
        await SettleAsync(node);
        await node.TickAsync();
        var asked = chain.Vault.Asked;
        chain.MineEmpty(3);
        await node.TickAsync();
        await node.TickAsync();
        Assert.Equal(asked, chain.Vault.Asked);

        // After an hour it is: what the vault holds can change without its word.
        chain.Vault.On = (figure, value) => figure == "balance" && !value.IsZero ? value - 1 : value;
        node.Between = TimeSpan.FromHours(1);
        await Assert.ThrowsAsync<SettlementHaltedException>(node.TickAsync);
    }

    [Fact]
    public async Task Account_PaidBetweenTwoTurns_IsComparedAtOnce()
    {
        var chain = Chain();
        using var node = new TestNode(chain);
        await SettleAsync(node);
        await node.TickAsync();
        var before = node.State.Drift.AccountsChecked;
        chain.Vault.On = (figure, value) => figure == "claimed" ? value - 1 : value;
        chain.Mine(block => block.Claim(new CumulativeLeaf(Alice, Dollar, 93)));
        var halted = await Assert.ThrowsAsync<SettlementHaltedException>(node.TickAsync);
        Assert.Contains($"claimed 92, and the books say 93", halted.Message, StringComparison.Ordinal);
        Assert.Equal(before, node.State.Drift.AccountsChecked);
    }

    [Fact]
    public async Task Accounts_MoreThanOneSlice_AreAllComparedInOneRoundAndAgainInTheNext()
    {
        const int Accounts = 120;
        var model = Model("wide", [.. Enumerable.Range(0, Accounts).Select(index => ((Address?)Account($"wide {index}"), 1UL))]);
        var chain = new FakeChain();
        chain.Mine(block => block.List(Dollar, 1), block => block.Register(model));
        using var node = new TestNode(chain);
        chain.Mine(block => block.Pay(model, Dollar, Accounts * 10));
        await node.RunAsync(16);
        chain.Mine(block =>
        {
            for (var i = 0; i < Accounts; i++) block.Claim(new CumulativeLeaf(Account($"wide {i}"), Dollar, 10));
        });
        await node.WatchAsync();
        node.Restart();
        for (var turn = 0; turn < 5; turn++) await node.TickAsync();
        Assert.Equal(Accounts, node.State.Drift.AccountsChecked);
        node.Between = TimeSpan.FromHours(6);
        await node.TickAsync();
        Assert.Equal(Accounts + 50, node.State.Drift.AccountsChecked);
    }

    private static FakeChain Chain()
    {
        var chain = new FakeChain();
        chain.Mine(block => block.List(Dollar, 10), block => block.List(Euro, 10), block => block.Register(Small));
        return chain;
    }

    /// <summary>Two epochs, and a claim between them.</summary>
    private static async Task SettleAsync(TestNode node)
    {
        node.Chain.Mine(block => block.Pay(Small, Dollar, 100));
        await node.RunAsync(16);
        node.Chain.Mine(block => block.Claim(new CumulativeLeaf(Alice, Dollar, 75)), block => block.Pay(Small, Dollar, 24));
        await node.RunAsync(20);
        Assert.Equal(2UL, node.Chain.State.Epoch);
    }
}
