using System.Net;
using System.Text;
using System.Text.Json;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Node.Tests.Support;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using static OpenSettle.Node.Tests.Support.World;

namespace OpenSettle.Node.Tests.Http;

public sealed class ModelEndpointsTests : IAsyncLifetime, IDisposable
{
    private static readonly TestModel Small = Model("small");
    private static readonly TestModel Later = Model("later");
    private static readonly Address Gateway = Account("gateway");

    private static readonly SplitTable Promised =
        new(0, [new SplitRow(Bob, 3, "data"), new SplitRow(null, 1, "code")]) { PoolWeight = 2, Fallback = [new SplitRow(Carol, 1, "")] };

    private static readonly byte[] Text = TableText.Of(Promised);
    private static readonly TableCommitment Commitment = TableText.Commit(Promised);

    private readonly FakeChain _chain = new();
    private readonly TestNode _node;
    private TestApi? _api;

    public ModelEndpointsTests()
    {
        _chain.Mine(block => block.List(Dollar, 10), block => block.Register(Small));
        _node = new TestNode(_chain);
    }

    private TestApi Api => _api ?? throw new InvalidOperationException("The server is not started.");

    public async Task InitializeAsync() => _api = await TestApi.StartAsync(_node);

    public async Task DisposeAsync()
    {
        if (_api is not null) await _api.DisposeAsync();
    }

    public void Dispose() => _node.Dispose();

    [Fact]
    public async Task Model_AsOfEachBlock_IsWhatItWasAtItsStart()
    {
        // Block 2 changes the split, 3 the owner and the gateways, 4 registers another model, 5 takes the gateway off again.
        _chain.Mine(block => block.SetSplit(Small, 2, 0, [(Bob, 1)]));
        _chain.Mine(block => block.Sell(Small, Small.Creator, Carol), block => block.SetGateway(Small, Gateway, listed: true));
        _chain.Mine(block => block.Register(Later, (Small, 7)));
        _chain.Mine(block => block.SetGateway(Small, Gateway, listed: false), block => block.SetLineage(Small, 2, 0));
        _chain.MineEmpty(1);
        await _node.WatchAsync();

        async Task<(uint Split, string Owner, int Gateways, int Models)> AtAsync(ulong block)
        {
            var model = await Api.GetAsync($"/api/v1/models/{Small.Id}?block={block}");
            return (model.GetProperty("split").GetProperty("version").GetUInt32(), model.GetProperty("owner").GetString() ?? "", model.GetProperty("gateways").GetArrayLength(),
                (await Api.GetAsync($"/api/v1/models?block={block}")).GetArrayLength());
        }

        var (creator, carol) = (Small.Creator.ToChecksumString(), Carol.ToChecksumString());
        Assert.Equal((1U, creator, 0, 1), await AtAsync(2));
        Assert.Equal((2U, creator, 0, 1), await AtAsync(3));
        Assert.Equal((2U, carol, 1, 1), await AtAsync(4));
        Assert.Equal((2U, carol, 1, 2), await AtAsync(5));
        Assert.Equal((2U, carol, 0, 2), await AtAsync(6));
        Assert.Equal(7U, (await Api.GetAsync($"/api/v1/models/{Later.Id}")).GetProperty("parents")[0].GetProperty("share").GetUInt32());
        await Api.AssertProblemAsync($"/api/v1/models/{Small.Id}?block=1", HttpStatusCode.NotFound, "/api/v1/models");
    }

    [Theory]
    [InlineData("99", 404, "end with block")]
    [InlineData("two", 400, "whole number")]
    [InlineData("-1", 400, "whole number")]
    public async Task Block_ThatTheBooksDoNotReachOrIsNone_IsRefused(string block, int status, string remedy)
    {
        await _node.WatchAsync();
        await Api.AssertProblemAsync($"/api/v1/models?block={block}", (HttpStatusCode)status, remedy);
        await Api.AssertProblemAsync($"/api/v1/models/{Small.Id}?block={block}", (HttpStatusCode)status, remedy);
    }

    [Fact]
    public async Task Block_WhoseTimeCannotBeAsked_IsNoAnswer()
    {
        _chain.MineEmpty(3);
        await _node.WatchAsync();
        _chain.OnCall = (method, _) => throw new ChainException(ChainErrorKind.Unreachable, "fake", method, "no connection");
        await Api.AssertProblemAsync("/api/v1/models?block=2", HttpStatusCode.ServiceUnavailable, "without 'block'");
    }

    [Fact]
    public async Task Table_ThatAModelCommitsTo_IsTakenOnceAndDividesItsMoney()
    {
        Assert.Equal(HttpStatusCode.NotFound, (await PutAsync(Commitment.Hash, Text)).StatusCode);
        _chain.Mine(block => block.CommitSplit(Small, 2, 0, Commitment));
        _chain.Mine(block => block.Pay(Small, Dollar, 600));
        await _node.RunAsync(14);
        var balance = Assert.Single(_node.Books.Read(session => session.Ledger.TrialBalances()));
        Assert.Equal((UInt256)600, balance.Received);
        Assert.Equal(UInt256.Zero, balance.Owed);
        Assert.False(Published(await Api.GetAsync($"/api/v1/models/{Small.Id}")));

        Assert.Equal(HttpStatusCode.Created, (await PutAsync(Commitment.Hash, Text)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await PutAsync(Commitment.Hash, Text)).StatusCode);
        Assert.Equal(Text, await Api.Http.GetByteArrayAsync(new Uri($"/api/v1/tables/{Commitment.Hash}", UriKind.Relative)));
        var model = await Api.GetAsync($"/api/v1/models/{Small.Id}");
        Assert.True(Published(model));
        Assert.Equal(2, model.GetProperty("split").GetProperty("rows").GetArrayLength());

        // The next epoch divides the money that waited, and what came since.
        _chain.Mine(block => block.Pay(Small, Dollar, 60));
        await _node.RunAsync(14);
        balance = Assert.Single(_node.Books.Read(session => session.Ledger.TrialBalances()));
        Assert.Equal((UInt256.Zero, (UInt256)660), (balance.Suspense, balance.Owed));
        Assert.Equal((UInt256)330, _node.Books.Read(session => session.Ledger.Totals(Ledger.LedgerAccount.Contributor(Bob), Dollar)).In);
    }

    [Theory]
    [InlineData("hash", "1", "64 hexadecimal")]
    [InlineData("other", "another table", "byte for byte")]
    [InlineData("malformed", "[[", "section 1")]
    public async Task Table_ThatIsNotWhatWasPromised_IsRefused(string what, string body, string remedy)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        var hash = what == "malformed" ? Keccak256.Hash(bytes) : Commitment.Hash;
        _chain.Mine(block => block.CommitSplit(Small, 2, 0, Commitment with { Hash = hash }));
        await _node.WatchAsync();
        using var answer = await PutAsync(what == "hash" ? "0x12" : hash.ToString(), bytes);
        await TestApi.AssertProblemAsync(answer, HttpStatusCode.BadRequest, remedy);
        await Api.AssertProblemAsync($"/api/v1/tables/{hash}", HttpStatusCode.NotFound, "opensettle table");
    }

    [Fact]
    public async Task Table_OfAnotherSumThanPromised_IsRefused()
    {
        _chain.Mine(block => block.CommitSplit(Small, 2, 0, Commitment with { Rows = 9 }));
        await _node.WatchAsync();
        using var answer = await PutAsync(Commitment.Hash, Text);
        await TestApi.AssertProblemAsync(answer, HttpStatusCode.BadRequest, "9 rows");
    }

    [Fact]
    public async Task Table_LargerThanAnyIs_IsRefused()
    {
        _chain.Mine(block => block.CommitSplit(Small, 2, 0, Commitment));
        await _node.WatchAsync();
        using var answer = await PutAsync(Commitment.Hash, new byte[16 * 1024 * 1024 + 1]);
        await TestApi.AssertProblemAsync(answer, HttpStatusCode.RequestEntityTooLarge, "at most");
    }

    private static bool Published(JsonElement model) => model.GetProperty("split").GetProperty("committed").GetProperty("published").GetBoolean();

    private Task<HttpResponseMessage> PutAsync(Hash32 hash, byte[] text) => PutAsync(hash.ToString(), text);

    private Task<HttpResponseMessage> PutAsync(string hash, byte[] text) => Api.Http.PutAsync(new Uri($"/api/v1/tables/{hash}", UriKind.Relative), new ByteArrayContent(text));
}
