using OpenSettle.Ethereum.Ports;
using OpenSettle.Node.Tests.Pipeline;
using OpenSettle.Node.Tests.Support;
using OpenSettle.Primitives;
using static OpenSettle.Node.Tests.Support.World;

namespace OpenSettle.Node.Tests.Passports;

/// <summary>Transfers that say which payers belong together.</summary>
public sealed class FlowReaderTests
{
    private const ulong Day = 86_400;

    private static readonly TestModel Small = Model("small");
    private static readonly Address Funder = Account("funder");
    private static readonly Address Behind = Account("behind the funder");
    private static readonly Address Stranger = Account("stranger");

    [Fact]
    public async Task Flows_OfPayersAndWhoeverFundedThem_AreReadFromTheFirstBlockOn()
    {
        var chain = WatchStepTests.Listed();
        using var node = new TestNode(chain);
        chain.Mine(
            block => block.Transfer(Dollar, Behind, Funder, 900),
            block => block.Transfer(Dollar, Funder, Bob, 300),
            block => block.Transfer(Dollar, Funder, Bob, 100),
            block => block.Transfer(Dollar, Stranger, Bob, 10),
            block => block.Transfer(Dollar, Bob, Stranger, 5),
            block => block.Transfer(Euro, Stranger, Bob, 1_000));
        await SettleOnLaterDaysAsync(chain, node);

        var facts = node.Source.Load(Small.ModelId, node.Source.Now()!.Value)!;
        Assert.True(facts.FlowsKnown);
        // In listed tokens only; what a funder's funder got too; who gave little is nobody's funder, and what reached it says nothing.
        var first = (uint)(chain.HeadBlock.Timestamp / Day);
        Assert.Equal<(Address, Address, UInt256)>(
            [(Behind, Funder, 900), (Funder, Bob, 400), (Stranger, Bob, 10)],
            [.. facts.Flows.Select(flow => (flow.From, flow.To, flow.Amount)).Where(flow => flow.To != Vault && flow.From != Vault).OrderByDescending(flow => flow.Amount)]);
        Assert.All(facts.Flows, flow => Assert.True(flow.Day < first && flow.Token == Dollar));
    }

    [Fact]
    public async Task Flows_ThatWereNotRead_AreNotKnown()
    {
        var chain = WatchStepTests.Listed();
        using var node = new TestNode(chain);
        await SettleOnLaterDaysAsync(chain, node, read: false);
        Assert.False(node.Source.Load(Small.ModelId, node.Source.Now()!.Value)!.FlowsKnown);
    }

    [Fact]
    public async Task Flows_OfAnEndpointThatFailsOrGivesLittleAtOnce_AreReadOnceAndWhole()
    {
        var chain = WatchStepTests.Listed();
        using var node = new TestNode(chain);
        for (var i = 0; i < 30; i++) chain.Mine(block => block.Transfer(Dollar, Funder, Bob, 10));
        await SettleOnLaterDaysAsync(chain, node, read: false);
        var calls = 0;
        chain.OnCall = (method, after) =>
        {
            if (method != "eth_getLogs" || after || ++calls % 3 != 0) return;
            throw new ChainException(calls % 2 == 0 ? ChainErrorKind.RangeTooLarge : ChainErrorKind.Unreachable, "fake", method, "no");
        };
        for (var i = 0; i < 40; i++)
        {
            try
            {
                await node.Worker.RunAllAsync(CancellationToken.None);
            }
            catch (ChainException)
            {
                // Asked again, as the worker does.
            }
        }

        var facts = node.Source.Load(Small.ModelId, node.Source.Now()!.Value)!;
        Assert.True(facts.FlowsKnown);
        Assert.Equal((UInt256)300, facts.Flows.Single(flow => flow.From == Funder && flow.To == Bob).Amount);
    }

    [Fact]
    public async Task Passport_OfPayersWithOneFunder_TellsThatTheyAreOne()
    {
        var chain = WatchStepTests.Listed();
        using var node = new TestNode(chain);
        chain.Mine(block => block.Transfer(Dollar, Funder, Bob, 400), block => block.Transfer(Dollar, Funder, Carol, 400));
        await SettleOnLaterDaysAsync(chain, node);
        var passport = (await node.Passports.GetAsync(Small.ModelId, node.Source.Now()!.Value, CancellationToken.None))!.File.Passport;
        string? Value(string id) => passport.Figures.Single(figure => figure.Id == id).Value;
        Assert.Equal(("2", "1"), (Value("buyers.payers"), Value("buyers.clusters")));
    }

    /// <summary>Payments of Bob and Carol, settled a day later; and, if wanted, all that is read beside the pipeline.</summary>
    private static async Task SettleOnLaterDaysAsync(FakeChain chain, TestNode node, bool read = true)
    {
        chain.NextTime += 2 * Day;
        chain.Mine(block => block.PayFrom(Bob, Small, Dollar, 100), block => block.PayFrom(Carol, Small, Dollar, 100));
        await node.RunAsync(20);
        Assert.True(node.Epoch(1)!.IsActive);
        if (read) await node.Worker.RunAllAsync(CancellationToken.None);
    }
}
