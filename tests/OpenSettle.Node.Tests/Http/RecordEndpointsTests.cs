using System.Net;
using System.Text.Json;
using OpenSettle.Epochs;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Node.Tests.Pipeline;
using OpenSettle.Node.Tests.Support;
using OpenSettle.Primitives;
using static OpenSettle.Node.Tests.Support.World;

namespace OpenSettle.Node.Tests.Http;

public sealed class RecordEndpointsTests
{
    private static readonly TestModel Small = Model("small");

    // What BlockWriter.Pay names.
    private static readonly Hash32 Reference = Keccak256.HashText("use");

    private readonly TestGateway _gateway = new("eu");

    [Fact]
    public async Task Record_OfAnActiveEpoch_IsProvenToTheRootThatTheVaultHas()
    {
        using var node = await SettledAsync();
        await using var api = await TestApi.StartAsync(node);
        var answer = await api.GetAsync($"/api/v1/models/{Small.Id}/records/1");
        var (epoch, told) = (answer.GetProperty("epoch"), answer.GetProperty("record"));
        var vault = node.Chain.State.Records[1];
        Assert.Equal((vault.RecordRoot, vault.BundleHash, vault.Root), (Word(epoch, "recordRoot"), Word(epoch, "bundleHash"), Word(epoch, "root")));

        // All of it is checked from the answer alone.
        var record = Read(told);
        Assert.Equal((3UL, 2UL, 2UL), (record.Uses, record.PaidUses, record.Consumers));
        Assert.Equal([new TokenRevenue(Dollar, 200)], record.Revenue);
        Assert.Equal([new DomainRecord(DomainWord.Of("contracts"), 2, 3, 1, 2)], record.Domains);
        Hash32[] proof = [.. answer.GetProperty("proof").EnumerateArray().Select(item => Hash32.Parse(item.GetString()!))];
        Assert.True(RecordTree.Verify(1, record, proof, vault.RecordRoot));
        Assert.Equal(RecordTree.HashOf(1, record).ToString(), answer.GetProperty("leaf").GetString());
        Assert.Equal(Hex.Encode(RecordTree.Encode(1, record)), answer.GetProperty("data").GetString());
        var call = answer.GetProperty("attestRecord");
        Assert.Equal((Resolver.ToChecksumString(), Hex.Encode(new SettlementResolver.AttestRecordCall(vault, record, proof).Data.Span)), (call.GetProperty("to").GetString(), call.GetProperty("data").GetString()));
        Assert.False(answer.TryGetProperty("reason", out _));
    }

    [Fact]
    public async Task Records_OfAModel_AreListedNewestFirstAndInPages()
    {
        using var node = await SettledAsync();
        node.Chain.Mine(block => block.Pay(Small, Dollar, 50));
        await node.RunAsync(20);
        Assert.Equal(2UL, node.Books.Read(session => session.Epochs.LatestActive())!.Number);
        await using var api = await TestApi.StartAsync(node);
        var all = await api.GetAsync($"/api/v1/models/{Small.Id}/records");
        Assert.Equal([2UL, 1UL], all.GetProperty("records").EnumerateArray().Select(item => item.GetProperty("epoch").GetUInt64()));
        Assert.False(all.TryGetProperty("before", out _));
        var newest = Read(all.GetProperty("records")[0]);
        Assert.Equal(new ModelRecord(Small.ModelId, 0, 0, 0, [new TokenRevenue(Dollar, 50)], []), newest);

        var first = await api.GetAsync($"/api/v1/models/{Small.Id}/records?limit=1");
        Assert.Equal(2UL, first.GetProperty("before").GetUInt64());
        var second = await api.GetAsync($"/api/v1/models/{Small.Id}/records?limit=1&before=2");
        Assert.Equal(1UL, Assert.Single(second.GetProperty("records").EnumerateArray()).GetProperty("epoch").GetUInt64());
    }

    [Fact]
    public async Task Records_InTheBooks_AreThoseOfTheBundle()
    {
        using var node = await SettledAsync();
        var epoch = node.Epoch(1)!;
        var bundle = node.Bundles.Read(epoch.BundleHash);
        Assert.Equal((bundle.RecordRoot, node.Chain.State.Records[1].RecordRoot), (epoch.RecordRoot, epoch.RecordRoot));
        Assert.Equal(bundle.Records, node.Books.Read(session => session.Records.OfEpoch(1)));
        EpochUsageTests.AssertSumsVerify(node, 1);
    }

    [Theory]
    [InlineData("/api/v1/models/0x12/records", HttpStatusCode.BadRequest, "64 hexadecimal digits")]
    [InlineData("/api/v1/models/0x12/records/1", HttpStatusCode.BadRequest, "64 hexadecimal digits")]
    [InlineData("/api/v1/models/0x1111111111111111111111111111111111111111111111111111111111111111/records", HttpStatusCode.NotFound, "lists those")]
    [InlineData("/api/v1/models/SMALL/records/x", HttpStatusCode.BadRequest, "a whole number")]
    [InlineData("/api/v1/models/SMALL/records/-1", HttpStatusCode.BadRequest, "a whole number")]
    [InlineData("/api/v1/models/SMALL/records/9223372036854775808", HttpStatusCode.BadRequest, "a whole number")]
    [InlineData("/api/v1/models/SMALL/records?before=x", HttpStatusCode.BadRequest, "a whole number")]
    [InlineData("/api/v1/models/SMALL/records/2", HttpStatusCode.NotFound, "that the vault activated")]
    [InlineData("/api/v1/models/OTHER/records/1", HttpStatusCode.NotFound, "neither payments nor usage")]
    public async Task Request_ThatCannotBeAnswered_SaysWhy(string path, HttpStatusCode status, string remedy)
    {
        var other = Model("other");
        using var node = await SettledAsync(other);
        await using var api = await TestApi.StartAsync(node);
        await api.AssertProblemAsync(path.Replace("SMALL", Small.Id.ToString(), StringComparison.Ordinal).Replace("OTHER", other.Id.ToString(), StringComparison.Ordinal), status, remedy);
    }

    private async Task<TestNode> SettledAsync(TestModel? other = null)
    {
        var chain = EpochUsageTests.Pooled(_gateway);
        if (other is not null) chain.Mine(block => block.Register(other));
        var node = new TestNode(chain);
        await _gateway.SendAsync(
            node,
            _gateway.Use(Small, 100, Reference, (Carol, 3)) with { Consumer = Keccak256.HashText("one") },
            _gateway.Use(Small, 0, Reference) with { Consumer = Keccak256.HashText("two"), Outcome = Metering.Outcomes.Error },
            _gateway.Use(Small) with { Consumer = Keccak256.HashText("one") });
        chain.Mine(block => block.Pay(Small, Dollar, 200));
        await node.RunAsync(20);
        return node;
    }

    private static ModelRecord Read(JsonElement told) => new(
        Small.ModelId, told.GetProperty("uses").GetUInt64(), told.GetProperty("paidUses").GetUInt64(), told.GetProperty("consumers").GetUInt64(),
        [.. told.GetProperty("revenue").EnumerateArray().Select(item => new TokenRevenue(Address.Parse(item.GetProperty("token").GetString()!), UInt256.Parse(item.GetProperty("amount").GetString()!)))],
        [
            .. told.GetProperty("domains").EnumerateArray().Select(item =>
            {
                Assert.Equal(Word(item, "word"), DomainWord.Of(item.GetProperty("domain").GetString()!));
                return new DomainRecord(
                    Word(item, "word"), item.GetProperty("successes").GetUInt64(), item.GetProperty("trials").GetUInt64(), item.GetProperty("paidSuccesses").GetUInt64(), item.GetProperty("paidTrials").GetUInt64());
            }),
        ]);

    private static Hash32 Word(JsonElement told, string name) => Hash32.Parse(told.GetProperty(name).GetString()!);
}
