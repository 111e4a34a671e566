using System.Globalization;
using System.Text.Json;
using OpenSettle.Epochs;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using OpenSettle.Tests.Support;

namespace OpenSettle.Tests.Epochs;

public sealed class RecordTreeTests
{
    private static readonly JsonElement Vectors = Repository.Vectors("records.json");

    [Fact]
    public void Tree_OfEveryVector_HasOpenZeppelinsRootLeavesAndProofs()
    {
        var checkedRecords = 0;
        foreach (var vector in Vectors.GetProperty("trees").EnumerateArray())
        {
            var (epoch, root) = (vector.GetProperty("epoch").GetUInt64(), Hash32.Parse(Text(vector, "root")));
            ModelRecord[] records = [.. vector.GetProperty("records").EnumerateArray().Select(Read)];
            var tree = RecordTree.Build(epoch, records);
            Assert.Equal((root, root, epoch), (tree.Root, RecordTree.RootOf(epoch, records), tree.Epoch));
            for (var i = 0; i < records.Length; i++)
            {
                var told = vector.GetProperty("records")[i];
                Assert.Equal(Text(told, "dataHash"), Keccak256.Hash(RecordTree.Encode(epoch, records[i])).ToString());
                Assert.Equal(Text(told, "leaf"), RecordTree.HashOf(epoch, records[i]).ToString());
                Assert.Equal(told.GetProperty("proof").EnumerateArray().Select(node => node.GetString()), tree.Proof(i).Select(node => (string?)node.ToString()));
                Assert.Equal(i, tree.IndexOf(records[i].Model));
                Assert.True(RecordTree.Verify(epoch, records[i], tree.Proof(i), root));
                Assert.False(RecordTree.Verify(epoch + 1, records[i], tree.Proof(i), root));
                Assert.False(RecordTree.Verify(epoch, records[i] with { Uses = records[i].Uses ^ 1 }, tree.Proof(i), root));
                checkedRecords++;
            }

            Assert.Equal(-1, tree.IndexOf(new ModelId(Hash32.Zero)));
        }

        Assert.True(checkedRecords > 70);
    }

    [Fact]
    public void Leaf_DoesNotHaveWhatOfItIsPaid_AndOtherwiseEverything()
    {
        var record = Read(Vectors.GetProperty("trees")[0].GetProperty("records")[0]) with
        {
            Revenue = [new TokenRevenue(World.Name("token", 1), 5)],
            Domains = [new DomainRecord(DomainWord.Of("a"), 1, 2, 0, 0)],
        };
        var leaf = RecordTree.HashOf(1, record);
        Assert.Equal(leaf, RecordTree.HashOf(1, record with { PaidUses = 9, Domains = [record.Domains[0] with { PaidTrials = 2, PaidSuccesses = 1 }] }));
        ModelRecord[] others =
        [
            record with { Model = new ModelId(Keccak256.HashText("other")) },
            record with { Uses = record.Uses + 1 },
            record with { Consumers = record.Consumers + 1 },
            record with { Revenue = [] },
            record with { Revenue = [record.Revenue[0] with { Amount = 6 }] },
            record with { Revenue = [record.Revenue[0] with { Token = World.Name("token", 2) }] },
            record with { Domains = [] },
            record with { Domains = [record.Domains[0] with { Domain = DomainWord.Of("b") }] },
            record with { Domains = [record.Domains[0] with { Successes = 2 }] },
            record with { Domains = [record.Domains[0] with { Trials = 3 }] },
        ];
        Assert.Equal(others.Length + 1, others.Select(other => RecordTree.HashOf(1, other)).Append(leaf).Distinct().Count());
    }

    /// <summary>No vault has it, and nothing may wrap around.</summary>
    [Fact]
    public void Revenue_OfMoreThan128Bits_FillsItsWord()
    {
        UInt256 large = UInt256.MaxAmount + 1;
        var record = new ModelRecord(new ModelId(Keccak256.HashText("model")), 0, 0, 0, [new TokenRevenue(World.Name("token", 1), large)], []);
        var data = RecordTree.Encode(1, record);
        Assert.Equal(large, UInt256.FromBigEndian(data.AsSpan(12 * 32, 32)));
        Assert.NotEqual(RecordTree.HashOf(1, record), RecordTree.HashOf(1, record with { Revenue = [new TokenRevenue(World.Name("token", 1), 0)] }));
    }

    [Fact]
    public void Tree_OfNoneOrInAnotherOrder_IsRefused()
    {
        Assert.Equal(Hash32.Zero, RecordTree.RootOf(1, []));
        Assert.Throws<ArgumentException>(() => RecordTree.Build(1, []));
        ModelRecord Of(byte number) => new(new ModelId(Hash32.FromBytes([.. new byte[31], number])), 1, 0, 0, [], []);
        Assert.Throws<ArgumentException>(() => RecordTree.Build(1, [Of(2), Of(1)]));
        Assert.Throws<ArgumentException>(() => RecordTree.Build(1, [Of(1), Of(1)]));
    }

    [Theory]
    [InlineData("", "0x0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("nda-review", "0x6e64612d72657669657700000000000000000000000000000000000000000000")]
    [InlineData("exactly thirty-two characters...", "0x65786163746c79207468697274792d74776f20636861726163746572732e2e2e")]
    [InlineData("0x6E64612d72657669657700000000000000000000000000000000000000000000", "0x6e64612d72657669657700000000000000000000000000000000000000000000")]
    [InlineData("0X00", "0x3058303000000000000000000000000000000000000000000000000000000000")]
    public void Domain_ThatIsShortOrAWord_IsItsWord(string domain, string word) => Assert.Equal(word, DomainWord.Of(domain).ToString());

    [Theory]
    [InlineData("more than thirty-two characters..")]
    [InlineData("droit d'\u00e9t\u00e9")]
    [InlineData("a\"b")]
    [InlineData("0x00")]
    [InlineData("0xzz")]
    public void Domain_OfAnyOtherText_IsItsHash(string domain) => Assert.Equal(Keccak256.HashText(domain), DomainWord.Of(domain));

    private static ModelRecord Read(JsonElement told)
    {
        ulong[] Numbers(string name) => [.. told.GetProperty(name).EnumerateArray().Select(number => Number(number.GetString()))];
        string[] Texts(string name) => [.. told.GetProperty(name).EnumerateArray().Select(text => text.GetString() ?? "")];
        var (successes, trials) = (Numbers("successes"), Numbers("trials"));
        return new ModelRecord(
            new ModelId(Hash32.Parse(Text(told, "model"))), Number(Text(told, "uses")), 0, Number(Text(told, "consumers")),
            [.. Texts("tokens").Zip(Texts("revenue"), (token, amount) => new TokenRevenue(Address.Parse(token), UInt256.Parse(amount)))],
            [.. Texts("domains").Select((domain, i) => new DomainRecord(Hash32.Parse(domain), successes[i], trials[i], 0, 0))]);
    }

    private static ulong Number(string? text) => ulong.Parse(text ?? "", CultureInfo.InvariantCulture);

    private static string Text(JsonElement told, string name) => told.GetProperty(name).GetString() ?? "";
}
