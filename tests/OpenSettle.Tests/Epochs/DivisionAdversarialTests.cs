using System.Numerics;
using OpenSettle.Epochs;
using OpenSettle.Ledger;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using OpenSettle.Tests.Support;

namespace OpenSettle.Tests.Epochs;

/// <summary>Tables and payments chosen to hurt somebody.</summary>
public sealed class DivisionAdversarialTests
{
    private static readonly Address Token = World.Name("token", 1);
    private static readonly Address Owner = World.Name("owner", 1);
    private static readonly UInt128 MostWeight = (UInt128.One << 96) - 1;
    private static readonly ModelId Model = new(Keccak256.HashText("model"));

    [Fact]
    public void HugeWeight_AmongManySmallOnes_LeavesThemTheirExactPart()
    {
        UInt128[] weights = [.. Enumerable.Repeat(UInt128.One, 999), MostWeight];
        var whole = (BigInteger)MostWeight + 999;
        UInt256[] amounts = [UInt256.Zero, UInt256.One, 1_000_000, (UInt256)(UInt128.One << 96), UInt256.MaxAmount];
        foreach (var amount in amounts)
        {
            var divided = Divide(weights, [amount]);
            for (var i = 0; i < weights.Length; i++) Assert.Equal(amount.Big() * weights[i] / whole, divided.Parts[i]);
            Assert.InRange(divided.Residue, BigInteger.Zero, 999);
        }
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 1)]
    [InlineData(7, 79_228_162_514)]
    [InlineData(1_000, 1)]
    public void EqualWeights_OfAnyAmount_GetTheSame(int accounts, ulong weight)
    {
        UInt256[] amounts = [UInt256.Zero, UInt256.One, (ulong)accounts - 1, (ulong)accounts, 999_999_999_999_999_989UL, UInt256.MaxAmount];
        foreach (var amount in amounts)
        {
            var divided = Divide([.. Enumerable.Repeat((UInt128)weight, accounts)], [amount]);
            Assert.All(divided.Parts, part => Assert.Equal(amount.Big() / accounts, part));
            Assert.Equal(amount.Big() % accounts, divided.Residue);
        }
    }

    [Fact]
    public void Table_OfAHundredThousandContributors_IsDividedExactly()
    {
        UInt128[] weights = [.. Enumerable.Range(1, 100_000).Select(i => (UInt128)i)];
        var whole = (BigInteger)100_000 * 100_001 / 2;
        var amount = UInt256.Parse("123456789012345678901234567890");
        var divided = Divide(weights, [amount]);
        for (var i = 0; i < weights.Length; i++) Assert.Equal(amount.Big() * weights[i] / whole, divided.Parts[i]);
        Assert.InRange(divided.Residue, BigInteger.Zero, 99_999);
        Assert.Equal(amount.Big(), Sum(divided.Parts) + divided.Residue);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(7)]
    [InlineData(10_000)]
    public void TenThousandPayments_OfOneUnit_LeaveEqualWeightsWithinOneUnitOfEachOther(int accounts)
    {
        var divided = Divide([.. Enumerable.Repeat(UInt128.One, accounts)], [.. Enumerable.Repeat(UInt256.One, 10_000)]);
        Assert.InRange(divided.Parts.Max() - divided.Parts.Min(), BigInteger.Zero, BigInteger.One);
        Assert.All(divided.Parts, part => Assert.Equal(10_000 / accounts, part));
        Assert.Equal(10_000, Sum(divided.Parts) + divided.Residue);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(7)]
    [InlineData(10_000)]
    public void HundredEpochs_OfAHundredUnits_StarveNobody(int accounts)
    {
        // What rounding leaves comes back: after all epochs each has what one division would have given, but for a last unit.
        var terms = Table(Names(accounts), [.. Enumerable.Repeat(UInt128.One, accounts)]);
        var earned = new Dictionary<Address, BigInteger>();
        IReadOnlyList<Residue> residues = [];
        for (var epoch = 0; epoch < 100; epoch++)
        {
            var result = Division.Divide([Pay(0, 100, terms)], residues);
            residues = result.Residues;
            foreach (var part in result.Models.SelectMany(model => model.Rows)) earned[part.To] = earned.GetValueOrDefault(part.To) + part.Amount.Big();
        }

        Assert.Equal(accounts, earned.Count);
        Assert.All(earned.Values, amount => Assert.Equal(10_000 / accounts, amount));
        Assert.Equal(10_000 % accounts, residues.Count > 0 ? residues[0].Amount.Big() : 0);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(7)]
    [InlineData(10_000)]
    public void Amounts_FollowTheWeightsAndNotTheAddresses(int accounts)
    {
        var random = new Random(accounts);
        UInt128[] weights = [.. Enumerable.Range(0, accounts).Select(_ => (UInt128)random.Next(1, 1_000))];
        var names = Names(accounts);
        Address[] reversed = [.. names.Reverse()];
        UInt256[] paid = [.. Enumerable.Repeat(UInt256.One, 10_000)];
        var one = Divide(Table(names, weights), names, paid);
        var other = Divide(Table(reversed, weights), reversed, paid);
        Assert.Equal(one.Parts, other.Parts);
        Assert.Equal(one.Residue, other.Residue);
        var order = Enumerable.Range(0, accounts).ToArray();
        random.Shuffle(order);
        Address[] shuffled = [.. order.Select(i => names[i])];
        Assert.Equal(one.Parts, Divide(Table(shuffled, weights), shuffled, paid).Parts);
    }

    [Fact]
    public void PoolsAmounts_FollowTheInfluenceAndNotTheAddresses()
    {
        var names = Names(50);
        var random = new Random(5);
        UInt256[] weights = [.. names.Select(_ => (UInt256)(ulong)random.NextInt64(1, long.MaxValue))];
        var table = new SplitTable(1, []) { PoolWeight = 1, Fallback = [new SplitRow(null, 1, "")] };
        BigInteger[] Parts(IReadOnlyList<Address> accounts)
        {
            var terms = new Terms(0, Model, 1, table, 1, Owner, []);
            var usage = EpochUsage.None with { Open = [.. accounts.Select((account, i) => new OpenSum(Model, account, weights[i])).OrderBy(sum => sum.Account)] };
            var got = Division.Divide([Pay(0, 1_000_003, terms)], [], usage: usage).Models.Single().Influence.ToDictionary(part => part.To, part => part.Amount.Big());
            return [.. accounts.Select(account => got.GetValueOrDefault(account))];
        }

        Assert.Equal(Parts(names), Parts([.. names.Reverse()]));
    }

    [Fact]
    public void Duplicates_OfOneAccount_EqualOneMergedRow() => Properties.Hold(FsCheck.Fluent.Gen.Choose(0, int.MaxValue), seed =>
    {
        var random = new Random(seed);
        Address?[] accounts = [null, Owner, World.Name("ada", 1), World.Name("bo", 1)];
        UInt128 Weight() => random.Next(3) switch { 0 => 1, 1 => (MostWeight >> 8) + (UInt128)random.Next(1_000), _ => (UInt128)random.Next(1, 1_000) };
        List<SplitRow> rows = [.. Enumerable.Range(0, random.Next(2, 12)).Select(_ => new SplitRow(accounts[random.Next(accounts.Length)], Weight(), ""))];
        List<SplitRow> merged = [.. rows.GroupBy(row => row.Account ?? Owner).Select(same => new SplitRow(same.Key, same.Aggregate(UInt128.Zero, (sum, row) => sum + row.Weight), "x"))];
        foreach (var amount in new UInt256[] { 1, 99, 1_000_003, UInt256.MaxAmount })
        {
            var one = Division.Divide([Pay(0, amount, Of(new SplitTable(1, rows)))], []);
            var other = Division.Divide([Pay(0, amount, Of(new SplitTable(1, merged)))], []);
            Assert.Equal(other.Entries, one.Entries);
            Assert.Equal(other.Residues, one.Residues);
            var pool = Division.Divide([Pay(0, amount, Of(new SplitTable(1, []) { PoolWeight = 1, Fallback = rows }))], []);
            var mergedPool = Division.Divide([Pay(0, amount, Of(new SplitTable(1, []) { PoolWeight = 1, Fallback = merged }))], []);
            Assert.Equal(mergedPool.Entries, pool.Entries);
        }
    }, 100);

    public static TheoryData<string> BadTables => new(Bad.Keys);

    private static Dictionary<string, SplitTable> Bad { get; } = new(StringComparer.Ordinal)
    {
        ["empty"] = new SplitTable(1, []),
        ["row of weight zero"] = new SplitTable(1, [new SplitRow(Owner, 1, ""), new SplitRow(Owner, 0, "")]),
        ["row of the zero address"] = new SplitTable(1, [new SplitRow(Address.Zero, 1, "")]),
        ["row of more than 96 bits"] = new SplitTable(1, [new SplitRow(null, MostWeight + 1, "")]),
        ["row of 128 bits"] = new SplitTable(1, [new SplitRow(null, UInt128.MaxValue, "")]),
        ["pool of more than 96 bits"] = new SplitTable(1, []) { PoolWeight = MostWeight + 1, Fallback = [new SplitRow(null, 1, "")] },
        ["pool without fallback rows"] = new SplitTable(1, [new SplitRow(null, 1, "")]) { PoolWeight = 1 },
        ["fallback rows without a pool"] = new SplitTable(1, [new SplitRow(null, 1, "")]) { Fallback = [new SplitRow(null, 1, "")] },
        ["fallback row of weight zero"] = new SplitTable(1, []) { PoolWeight = 1, Fallback = [new SplitRow(null, 0, "")] },
        ["fallback row of the zero address"] = new SplitTable(1, []) { PoolWeight = 1, Fallback = [new SplitRow(Address.Zero, 1, "")] },
        ["fallback row of more than 96 bits"] = new SplitTable(1, []) { PoolWeight = 1, Fallback = [new SplitRow(null, MostWeight + 1, "")] },
    };

    [Theory]
    [MemberData(nameof(BadTables))]
    public void Table_ThatIsNotGood_IsRefusedWhereverItComesIn(string what)
    {
        var table = Bad[what];
        Assert.NotNull(table.Fault());
        Assert.Throws<CanonicalFormatException>(() => TableText.Parse(TableText.Of(table)));
        var book = new RegistryBook();
        book.Apply(new ModelRegistered(new LogPosition(1, 0), 1, Model, 1, Owner, World.Name("pay", 1), 0, Hash32.Zero, Hash32.Zero, ""));
        Assert.Throws<InvalidOperationException>(() => book.Apply(new SplitSet(new LogPosition(1, 1), 1, Model, 1, table)));
        Assert.Throws<InvalidOperationException>(() => Division.Divide([Pay(0, 1, Of(table))], []));

        using var written = new MemoryStream();
        var bundle = History.Make(new Shape(1, 1, 0), 1)[0].Bundle;
        _ = BundleWriter.Write(bundle with { Terms = [bundle.Terms[0] with { Split = table }, .. bundle.Terms.Skip(1)] }, written);
        written.Position = 0;
        var refused = Assert.Throws<BundleFormatException>(() => BundleReader.Read(written));
        Assert.Equal(5 + bundle.Tokens.Count, refused.Line);
    }

    private static Terms Of(SplitTable table) => new(0, Model, 1, table, 1, Owner, []);

    private static Terms Table(IReadOnlyList<Address> accounts, UInt128[] weights) =>
        Of(new SplitTable(1, [.. accounts.Select((account, i) => new SplitRow(account, weights[i], ""))]));

    private static Address[] Names(int count) => [.. Enumerable.Range(0, count).Select(i => World.Name("contributor", i)).Order()];

    private static DividedPayment Pay(int log, UInt256 amount, Terms terms)
    {
        var payment = new Payment(new LogPosition(1, (uint)log), 1, Hash32.Zero, terms.Model, Token, amount, World.Name("payer", 1), Hash32.Zero, PaymentRoute.Rail);
        return new DividedPayment(new SettledPayment(payment, amount), terms);
    }

    private static (BigInteger[] Parts, BigInteger Residue) Divide(UInt128[] weights, IReadOnlyList<UInt256> paid)
    {
        var names = Names(weights.Length);
        return Divide(Table(names, weights), names, paid);
    }

    private static (BigInteger[] Parts, BigInteger Residue) Divide(Terms terms, IReadOnlyList<Address> accounts, IReadOnlyList<UInt256> paid)
    {
        var result = Division.Divide([.. paid.Select((amount, i) => Pay(i, amount, terms))], []);
        var got = result.Models.SelectMany(model => model.Rows).ToDictionary(part => part.To, part => part.Amount.Big());
        return ([.. accounts.Select(account => got.GetValueOrDefault(account))], result.Residues.Count > 0 ? result.Residues[0].Amount.Big() : 0);
    }

    private static BigInteger Sum(IEnumerable<BigInteger> amounts) => amounts.Aggregate(BigInteger.Zero, (sum, amount) => sum + amount);
}
