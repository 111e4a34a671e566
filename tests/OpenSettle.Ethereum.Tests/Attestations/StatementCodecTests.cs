using OpenSettle.Epochs;
using OpenSettle.Ethereum.Attestations;
using OpenSettle.Ethereum.Encoding;
using OpenSettle.Ethereum.Tests.Nethereum;
using OpenSettle.Ethereum.Tests.Support;
using OpenSettle.Passports;
using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Ethereum.Tests.Attestations;

public sealed class StatementCodecTests
{
    private static readonly ModelId Model = new(Keccak256.HashText("model"));
    private static readonly Address Account = Address.Parse("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266");

    internal static IReadOnlyList<Statement> Examples { get; } =
    [
        new ProvenanceStatement(Model, Hash("weights"), [Hash("a"), Hash("b"), Hash("c")], ["trained-on", "", "fine-tuned-from ä 語"], "https://data.example/1"),
        new ProvenanceStatement(Model, default, [], [], string.Empty),
        new LineageStatement(Model, [new Parent(new ModelId(Hash("p")), 250_000), new Parent(new ModelId(Hash("q")), uint.MaxValue)], 2),
        new ContributionStatement(Model, Account, Hash("role"), (UInt128.One << 96) - 1, Hash("method")),
        new PermissionStatement(Model, Address.Zero, Hash("use"), 3, ulong.MaxValue, Hash("terms")),
        new EvaluationStatement(Model, DomainWord.Of("nda-review"), "f1", "0.87", 100, Hash("set"), Hash("method")),
        new EvaluationStatement(Model, DomainWord.Of("nda-review"), string.Empty, string.Empty, 0, Hash("set"), default),
        new EpochStatement(7, 1234, Hash("root"), Hash("records"), Hash("bundle")),
        new UsageRecordStatement(
            Model, 7, 40, 2, [new TokenRevenue(Address.Zero, 5), new TokenRevenue(Account, UInt256.MaxAmount)], [(DomainWord.Of("a"), 8, 10), (DomainWord.Of("b"), 0, ulong.MaxValue)]),
    ];

    public static TheoryData<int> Each => [.. Enumerable.Range(0, Examples.Count)];

    [Theory]
    [MemberData(nameof(Each))]
    public void Statement_WrittenAndRead_IsTheSame(int example)
    {
        var statement = Examples[example];
        var read = StatementCodec.Decode(statement.Kind, StatementCodec.Encode(statement), out var problem);
        Assert.Null(problem);
        Assert.Equal(Samples.Print(statement), Samples.Print(read));
    }

    [Theory]
    [MemberData(nameof(Each))]
    public void Data_WithAnythingElseThanAnEncoderWrites_SaysNothing(int example)
    {
        var (statement, random) = (Examples[example], new Random(example));
        var data = StatementCodec.Encode(statement);
        Assert.Null(StatementCodec.Decode(statement.Kind, [.. data, .. new byte[32]]));
        for (var cut = 0; cut < data.Length; cut++) Assert.Null(StatementCodec.Decode(statement.Kind, data.AsSpan(0, cut)));
        for (var round = 0; round < 3000; round++)
        {
            var damaged = round % 2 == 0 ? Damage.Of(random, data) : Tweaked(random, data);
            var read = StatementCodec.Decode(statement.Kind, damaged, out var problem);
            if (read is null) Assert.StartsWith("the data is not what the schema of ", problem, StringComparison.Ordinal);
            else Assert.Equal(Hex.Encode(damaged), Hex.Encode(StatementCodec.Encode(read)));
        }
    }

    /// <summary>Every string at the same long bytes: read one by one, a megabyte would become gigabytes.</summary>
    [Fact]
    public void Strings_ThatShareTheirBytes_AreRefusedAtOnce()
    {
        const int count = 10_000;
        var shared = new AbiWriter();
        for (var i = 0; i < count; i++) shared.UInt(count * 32);
        var array = new AbiWriter().UInt(count).ToArray().Concat(shared.ToArray()).Concat(new AbiWriter().UInt(500_000).ToArray()).Concat(new byte[500_000]).ToArray();
        byte[] data = [.. new AbiWriter().Word(Model.Value).Word(default).UInt(160).UInt(192).UInt(192).ToArray(), .. new byte[32], .. array];
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Null(StatementCodec.Decode(StatementKind.Provenance, data, out var problem));
        Assert.Contains("is not where it belongs", problem, StringComparison.Ordinal);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 10_000_000, "A few of the strings at most were read.");
    }

    [Fact]
    public void Data_BeyondTheLimit_IsNotRead()
    {
        Assert.Null(StatementCodec.Decode(StatementKind.Epoch, new byte[StatementCodec.MostBytes + 1], out var problem));
        Assert.Contains("1048577 bytes", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Lists_OfDifferentLengths_SayNothing()
    {
        var lineage = new AbiWriter().Word(Model.Value).Array([Hash("p"), Hash("q")], static (item, hash) => item.Word(hash)).Array([1UL], static (item, share) => item.UInt(share)).UInt(1).ToArray();
        Assert.Null(StatementCodec.Decode(StatementKind.Lineage, lineage, out var problem));
        Assert.Contains("2 parents and 1 shares", problem, StringComparison.Ordinal);
        var provenance = new AbiWriter().Word(Model.Value).Word(default).Array([Hash("p")], static (item, hash) => item.Word(hash)).Array<string>([], static (item, text) => item.Text(text)).Text(string.Empty);
        Assert.Null(StatementCodec.Decode(StatementKind.Provenance, provenance.ToArray(), out problem));
        Assert.Contains("1 data sets and 0 relations", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Text_ThatIsNotUtf8_SaysNothing()
    {
        var data = new AbiWriter().Word(Model.Value).Word(default).Bytes([0xff, 0xfe]).Text("1").UInt(5).Word(default).Word(default).ToArray();
        Assert.Null(StatementCodec.Decode(StatementKind.Evaluation, data));
    }

    [Fact]
    public void Numbers_WiderThanTheirField_AreNotWritten()
    {
        Assert.Throws<OverflowException>(() => StatementCodec.Encode(new ContributionStatement(Model, Account, default, UInt128.One << 96, default)));
        Assert.Throws<OverflowException>(() => StatementCodec.Encode(new UsageRecordStatement(Model, 1, 1, 1, [new TokenRevenue(Account, UInt256.MaxAmount + UInt256.One)], [])));
        Assert.Throws<ArgumentException>(() => StatementCodec.Encode(new ProvenanceStatement(Model, default, [default], [], string.Empty)));
    }

    // Offsets and lengths are small numbers at the end of a word: those make the most trouble.
    private static byte[] Tweaked(Random random, byte[] data)
    {
        byte[] tweaked = [.. data];
        for (var hits = random.Next(1, 3); hits > 0; hits--) tweaked[32 * random.Next(data.Length / 32) + 31] = (byte)random.Next(256);
        return tweaked;
    }

    private static Hash32 Hash(string text) => Keccak256.HashText(text);
}
