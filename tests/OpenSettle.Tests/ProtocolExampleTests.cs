using System.Text;
using OpenSettle.Epochs;
using OpenSettle.Ledger;
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
    private static readonly ModelId Base = new(Keccak256.HashText("base"));
    private static readonly ModelId Child = new(Keccak256.HashText("child"));

    [Fact]
    public void Bundle_OfTheExample_IsTheOneInTheDocument()
    {
        var epoch = Settled();
        Assert.Equal(Fenced("bundle"), Encoding.UTF8.GetString(epoch.Bytes));
        Assert.Contains($"root {epoch.Bundle.Root}", Document, StringComparison.Ordinal);
        Assert.Contains($"hash {epoch.Hash}", Document, StringComparison.Ordinal);
    }

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
    public void BundleText_ReadFromTheDocument_IsVerified()
    {
        var (bundle, hash) = BundleReader.Read(new MemoryStream(Encoding.UTF8.GetBytes(Fenced("bundle"))));
        var outcome = EpochVerifier.Verify(bundle, hash, null, Hash32.Zero, new EpochOnChain(1, bundle.Root, hash, 120));
        Assert.True(outcome.Agrees, outcome.Message);
    }

    [Fact]
    public void Numbers_InTheExamplesTable_AreWhatTheBooksSay()
    {
        var books = Settled().Bundle.After;
        (string, string) Of(Address account)
        {
            var state = Assert.Single(books.Accounts, state => state.Account == account);
            return (state.Earned.ToString(), state.Leaf.ToString());
        }

        Assert.Equal(("609", "609"), Of(Ada));
        Assert.Equal(("89", "89"), Of(Bo));
        Assert.Equal(("380", "380"), Of(Cy));
        Assert.Equal(("38", "0"), Of(Di));
        Assert.Equal(
            new[] { (Base, UInt256.One), (Child, UInt256.One) }.OrderBy(pair => pair.Item1),
            books.Residues.Select(residue => (residue.Model, residue.Amount)));
    }

    [Fact]
    public void ProposalType_InTheDocument_IsTheOneThatIsSigned() =>
        Assert.Contains(Repository.Vectors("chain.json").GetProperty("proposalType").GetString() ?? "?", Document, StringComparison.Ordinal);

    private static PublishedEpoch Settled()
    {
        var book = new RegistryBook();
        Register(book, 10, 1, Base, Ada, [new SplitRow(null, 3, "data"), new SplitRow(Bo, 1, "code")], []);
        Register(book, 20, 2, Child, Cy, [new SplitRow(null, 10, "training"), new SplitRow(Ada, 9, "data"), new SplitRow(Di, 1, "curation")], [new Parent(Base, 250_000)]);
        return PublishedEpoch.Of(Build(book));
    }

    private static Bundle Build(RegistryBook book)
    {
        var resolver = new TermsResolver(book);
        DividedPayment Paid(ulong block, uint log, ModelId model, UInt256 amount, UInt256 settled, PaymentRoute route, bool anonymous = false)
        {
            var payment = new Payment(
                new LogPosition(block, log), block * 10, Keccak256.HashText($"transaction {block}"), model, Coin, amount,
                anonymous ? Address.Zero : Repeat(0xee), route == PaymentRoute.Rail ? Keccak256.HashText("usage") : Hash32.Zero, route);
            return new DividedPayment(new SettledPayment(payment, settled), resolver.Resolve(model, payment.Block));
        }

        DividedPayment[] payments =
        [
            Paid(30, 4, Child, 1000, 1000, PaymentRoute.Rail),
            Paid(40, 1, Child, 20, 14, PaymentRoute.PayAddress),
            Paid(50, 1, Base, 101, 101, PaymentRoute.PayAddress),
            Paid(60, 2, Base, 3, 3, PaymentRoute.Excess, anonymous: true),
        ];
        var result = EpochBuilder.Build(new EpochInput(
            1, 10, 120, Keccak256.HashText("block 120"), Hash32.Zero, SettlementState.Empty, [new ListedToken(Coin, 50)], payments, [new UsageCount(Child, 3)]));
        return Bundle.Of(new DeploymentId(31_337, Repeat(0x01), Repeat(0x02), Repeat(0x03)), result, resolver.All, Hash32.Zero);
    }

    private static void Register(RegistryBook book, ulong block, ulong number, ModelId model, Address creator, IReadOnlyList<SplitRow> rows, IReadOnlyList<Parent> parents)
    {
        book.Apply(new ModelRegistered(new LogPosition(block, 0), block * 10, model, number, creator, Repeat((byte)(0x10 + number)), 0, Hash32.Zero, Hash32.Zero, ""));
        book.Apply(new SplitSet(new LogPosition(block, 2), block * 10, model, block * 10, new SplitTable(1, rows)));
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
