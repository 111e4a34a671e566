using System.Text;
using OpenSettle.Epochs;
using OpenSettle.Ledger;
using OpenSettle.Metering;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using OpenSettle.Tests.Support;
using OpenSettle.Verify;

namespace OpenSettle.Tests;

/// <summary>The worked example of <c>docs/protocol.md</c>, built from its words and compared with its numbers.</summary>
public sealed class ProtocolExampleTests
{
    private static readonly string Document = Repository.Read("docs", "protocol.md");

    private static readonly Address Coin = Repeat(0xc0);
    private static readonly Address Ada = Repeat(0xaa);
    private static readonly Address Bo = Repeat(0xbb);
    private static readonly Address Cy = Repeat(0xcc);
    private static readonly Address Di = Repeat(0xdd);
    private static readonly Address Ed = Repeat(0xed);
    private static readonly Address Fay = Repeat(0xfa);
    private static readonly Address Gateway = Repeat(0x9a);
    private static readonly ModelId Base = new(Keccak256.HashText("base"));
    private static readonly ModelId Child = new(Keccak256.HashText("child"));

    private static readonly UsageBatch Batch = new(
        Gateway,
        1,
        [
            Event("event 1", 100, Keccak256.HashText("usage"), new InfluenceWeight(Ed, 3), new InfluenceWeight(Fay, 1)),
            Event("event 2", 40, Hash32.Zero, new InfluenceWeight(Ed, 7)),
        ]);

    [Fact]
    public void Bundle_OfTheExample_IsTheOneInTheDocument()
    {
        var epoch = Settled();
        Assert.Equal(Fenced("bundle"), Encoding.UTF8.GetString(epoch.Bytes));
        Assert.Contains($"root {epoch.Bundle.Root}", Document, StringComparison.Ordinal);
        Assert.Contains($"push root {epoch.Bundle.PushRoot}", Document, StringComparison.Ordinal);
        Assert.Contains($"record root {epoch.Bundle.RecordRoot}", Document, StringComparison.Ordinal);
        Assert.Contains($"hash {epoch.Hash}", Document, StringComparison.Ordinal);
    }

    [Fact]
    public void Events_OfTheExample_AreThoseInTheDocument() =>
        Assert.Equal(Fenced("events"), string.Concat(Batch.Events.Select(e => Encoding.UTF8.GetString(e.ToText()) + "\n")));

    [Fact]
    public void Leaves_OfTheExample_AreThoseInTheDocument()
    {
        var tree = EpochBuilder.TreeOf(Settled().Bundle.After);
        Assert.NotNull(tree);
        var expected = new StringBuilder();
        foreach (var leaf in tree.Leaves) expected.Append($"{leaf.Account} {leaf.Token} {leaf.Amount}\n  {leaf.Hash()}\n");
        Assert.Equal(Fenced("leaves"), expected.ToString());
    }

    [Fact]
    public void Records_OfTheExample_AreThoseInTheDocument()
    {
        var records = Settled().Bundle.Records;
        Assert.Equal(Fenced("records"), string.Concat(records.Select(record => $"{record.Model}\n  {RecordTree.HashOf(1, record)}\n")));
        var domain = new DomainRecord(DomainWord.Of("nda-review"), 2, 2, 1, 1);
        Assert.Equal([new ModelRecord(Child, 2, 1, 1, [new TokenRevenue(Coin, 1014)], [domain]), new ModelRecord(Base, 0, 0, 0, [new TokenRevenue(Coin, 104)], [])], records);
    }

    [Fact]
    public void BundleText_ReadFromTheDocument_IsVerified()
    {
        var bytes = Encoding.UTF8.GetBytes(Fenced("bundle"));
        var settled = Settled();
        var (report, _) = EpochVerifier.Verify(new MemoryStream(bytes), null, new EpochOnChain(1, settled.Bundle.Root, Keccak256.Hash(bytes), 120, settled.Bundle.RecordRoot));
        Assert.True(report.Agrees, report.Message);
    }

    [Fact]
    public void Numbers_InTheExamplesTable_AreWhatTheBooksSay()
    {
        var books = Settled().Bundle.After;
        (string, string, string) Of(Address account)
        {
            var state = Assert.Single(books.Accounts, state => state.Account == account);
            return (state.Earned.ToString(), state.Leaf.ToString(), state.Pushed.ToString());
        }

        Assert.Equal(("540", "540", "0"), Of(Ada));
        Assert.Equal(("89", "89", "0"), Of(Bo));
        Assert.Equal(("304", "0", "304"), Of(Cy));
        Assert.Equal(("30", "0", "0"), Of(Di));
        Assert.Equal(("114", "114", "0"), Of(Ed));
        Assert.Equal(("37", "0", "0"), Of(Fay));
        Assert.Equal(
            new[] { (Base, UInt256.One), (Child, (UInt256)3) }.OrderBy(pair => pair.Item1),
            books.Residues.Select(residue => (residue.Model, residue.Amount)));
    }

    [Fact]
    public void WhyFayGot37_IsWhatTheDocumentSays()
    {
        var why = WhyThisAmount.Explain(Settled().Bundle, SettlementState.Empty, Fay, Coin);
        var line = Assert.Single(why.Lines);
        Assert.Equal((ReasonKind.Direct, (UInt256)1000, "75/2"), (line.Reason.Kind, line.Money, line.Amount.ToString()));
        Assert.Equal(((UInt256)37, "-1/2"), (why.Amount, why.Rounding.ToString()));
    }

    [Fact]
    public void ProposalType_InTheDocument_IsTheOneThatIsSigned() =>
        Assert.Contains(Repository.Vectors("chain.json").GetProperty("proposalType").GetString() ?? "?", Document, StringComparison.Ordinal);

    private static PublishedEpoch Settled()
    {
        var book = new RegistryBook();
        Register(book, 10, 1, Base, Ada, new SplitTable(1, [new SplitRow(null, 3, "data"), new SplitRow(Bo, 1, "code")]), []);
        Register(
            book, 20, 2, Child, Cy,
            new SplitTable(1, [new SplitRow(null, 10, "training"), new SplitRow(Ada, 9, "data"), new SplitRow(Di, 1, "curation")])
            {
                PoolWeight = 5,
                Fallback = [new SplitRow(Di, 1, "curation")],
            },
            [new Parent(Base, 250_000)]);
        book.Apply(new GatewaySet(new LogPosition(21, 0), 210, Child, Gateway, true));
        return PublishedEpoch.Of(Build(book));
    }

    private static Bundle Build(RegistryBook book)
    {
        var resolver = new TermsResolver(book);
        var tally = new UsageTally(book, 10, 120);
        tally.Add(Batch);
        tally.Seen(Child, 1);
        DividedPayment Paid(ulong block, uint log, ModelId model, UInt256 amount, UInt256 settled, PaymentRoute route, bool anonymous = false)
        {
            var payment = new Payment(
                new LogPosition(block, log), block * 10, Keccak256.HashText($"transaction {block}"), model, Coin, amount,
                anonymous ? Address.Zero : Repeat(0xee), route == PaymentRoute.Rail ? Keccak256.HashText("usage") : Hash32.Zero, route);
            var made = new SettledPayment(payment, settled);
            var terms = resolver.Resolve(model, payment.Block);
            return new DividedPayment(made, terms, tally.Name(made, terms));
        }

        DividedPayment[] payments =
        [
            Paid(30, 4, Child, 1000, 1000, PaymentRoute.Rail),
            Paid(40, 1, Child, 20, 14, PaymentRoute.PayAddress),
            Paid(50, 1, Base, 101, 101, PaymentRoute.PayAddress),
            Paid(60, 2, Base, 3, 3, PaymentRoute.Excess, anonymous: true),
        ];
        var result = EpochBuilder.Build(new EpochInput(
            1, 10, 120, Hash32.Zero, Keccak256.HashText("block 120"), Hash32.Zero, SettlementState.Empty, [new ListedToken(Coin, 50)], resolver.All, payments,
            tally.Finish(), [new PushOrder(Cy, Repeat(0x1c))]));
        return Bundle.Of(new DeploymentId(31_337, Repeat(0x01), Repeat(0x02), Repeat(0x03)), result, Hash32.Zero);
    }

    private static BatchedEvent Event(string name, ulong units, Hash32 payment, params InfluenceWeight[] weights) => new(
        Keccak256.HashText(name), Keccak256.HashText("consumer"), Child, "nda-review", "ok", units, 900, payment, Keccak256.HashText("method"), weights);

    private static void Register(RegistryBook book, ulong block, ulong number, ModelId model, Address creator, SplitTable table, IReadOnlyList<Parent> parents)
    {
        book.Apply(new ModelRegistered(new LogPosition(block, 0), block * 10, model, number, creator, Repeat((byte)(0x10 + number)), 0, Hash32.Zero, Hash32.Zero, ""));
        book.Apply(new SplitSet(new LogPosition(block, 2), block * 10, model, block * 10, table));
        book.Apply(new LineageSet(new LogPosition(block, 3), block * 10, model, block * 10, new Lineage(1, parents)));
    }

    private static Address Repeat(byte value) => Address.FromBytes(Enumerable.Repeat(value, Address.Size).ToArray());

    private static string Fenced(string kind)
    {
        var start = Document.IndexOf($"```{kind}\n", StringComparison.Ordinal);
        Assert.True(start >= 0, $"docs/protocol.md has no {kind} block");
        start += kind.Length + 4;
        return Document[start..Document.IndexOf("```", start, StringComparison.Ordinal)];
    }
}
