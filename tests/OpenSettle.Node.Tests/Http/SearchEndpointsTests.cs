using System.Net;
using System.Text.Json;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Node.Tests.Support;
using OpenSettle.Passports;
using OpenSettle.Primitives;
using static OpenSettle.Node.Tests.Support.World;

namespace OpenSettle.Node.Tests.Http;

public sealed class SearchEndpointsTests : IAsyncLifetime, IDisposable
{
    private static readonly TestModel Small = Model("small");
    private static readonly TestModel Twin = Model("twin");
    private static readonly byte[] Document = new ModelDocument { Name = "Verträge 7B" }.ToBytes();
    private static readonly Hash32 Hash = Keccak256.Hash(Document);

    private readonly FakeChain _chain = new();
    private readonly TestNode _node;
    private TestApi? _api;

    public SearchEndpointsTests()
    {
        _chain.Mine(block => block.List(Dollar, 10), block => block.Register(Small), block => block.Register(Twin));
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
    public async Task Model_IsFoundByIdNumberAndTheNameThatItsDocumentGives()
    {
        await NameAsync(Small, Twin);
        var id = Small.Id.ToString();
        foreach (var q in new[] { id, id[2..], id.ToUpperInvariant().Replace("0X", "0x", StringComparison.Ordinal), id[..12], "#1", "model 1", Small.PayAddress.ToChecksumString() })
        {
            var hits = await FindAsync(q);
            Assert.Equal(("model", id, "Verträge 7B"), One(Assert.Single(hits)));
        }

        // Two models claim the same name: both are told, with their numbers.
        foreach (var q in new[] { "Verträge 7B", "vertrage", "7b", "VERTRÄGE" })
            Assert.Equal([("Model 1", "Verträge 7B"), ("Model 2", "Verträge 7B")], (await FindAsync(q)).Select(hit => (hit.GetProperty("what").GetString(), hit.GetProperty("label").GetString())));
        Assert.Empty(await FindAsync("nothing of that name"));
        var models = await Api.GetAsync("/api/v1/models");
        Assert.Equal(["Verträge 7B", "Verträge 7B"], models.EnumerateArray().Select(model => model.GetProperty("name").GetString()));
    }

    [Fact]
    public async Task Name_OfADocumentThatIsBroughtLater_IsKnownAtOnceAndAfterAStart()
    {
        await NameAsync(Small);
        await _node.Worker.RunAllAsync(CancellationToken.None);
        Assert.Equal("Verträge 7B", (await Api.GetAsync($"/api/v1/models/{Small.Id}")).GetProperty("name").GetString());
        Assert.False((await Api.GetAsync($"/api/v1/models/{Twin.Id}")).TryGetProperty("name", out _));
        _node.Restart();
        Assert.Equal("Verträge 7B", _node.Names.Of(Small.ModelId));
    }

    [Fact]
    public async Task Name_OfADocumentThatIsNamedNoMore_IsGone()
    {
        await NameAsync(Small);
        _chain.Mine(block => block.SetMetadata(Small, Keccak256.HashText("other"), ""));
        _chain.MineEmpty(3);
        await _node.WatchAsync();
        await _node.Worker.RunAllAsync(CancellationToken.None);
        Assert.Empty(await FindAsync("7b"));
    }

    [Fact]
    public async Task Account_IsFoundKnownOrNot()
    {
        await SettleAsync();
        Assert.Equal("Account with earnings", What(await FindAsync(Alice.ToString())));
        Assert.Equal("Account that earned nothing here yet", What(await FindAsync(Carol.ToString()[2..])));
        Assert.Equal("Contract: the vault", What(await FindAsync(Vault.ToString())));
    }

    [Fact]
    public async Task Number_IsAnEpochAndAModel()
    {
        await SettleAsync();
        Assert.Equal(["model", "epoch"], (await FindAsync("1")).Select(hit => hit.GetProperty("kind").GetString()));
        Assert.Equal(["epoch"], (await FindAsync("epoch 1")).Select(hit => hit.GetProperty("kind").GetString()));
        Assert.Empty(await FindAsync("99"));
    }

    [Fact]
    public async Task Transaction_WithAPayment_TellsItAndTheEpochThatTookIt()
    {
        await SettleAsync();
        var payment = (await Api.GetAsync("/api/v1/payments"))[0];
        var hash = payment.GetProperty("transaction").GetString();
        Assert.Equal(("transaction", hash, null), One(Assert.Single(await FindAsync(hash!))));
        var found = await Api.GetAsync($"/api/v1/transactions/{hash}");
        Assert.Equal((true, true, 1UL), (found.GetProperty("final").GetBoolean(), found.GetProperty("succeeded").GetBoolean(), found.GetProperty("payments")[0].GetProperty("epoch").GetUInt64()));
        Assert.False(found.TryGetProperty("own", out _));
    }

    [Fact]
    public async Task Transaction_OfTheNode_TellsWhatItWasFor()
    {
        await SettleAsync();
        var sent = _node.Outbox().Single(item => item.Purpose.StartsWith("activate ", StringComparison.Ordinal));
        var hash = sent.Hash;
        var found = await Api.GetAsync($"/api/v1/transactions/{hash}");
        Assert.Equal((sent.Purpose, "done", 1UL), (found.GetProperty("own").GetProperty("purpose").GetString(), found.GetProperty("own").GetProperty("state").GetString(), found.GetProperty("own").GetProperty("epoch").GetUInt64()));
        Assert.Equal("activated", found.GetProperty("events")[0].GetProperty("kind").GetString());
        Assert.Equal($"Transaction of this node: {sent.Purpose}", What(await FindAsync(hash.ToString())));
    }

    [Fact]
    public async Task Transaction_WithAPaymentThatMayStillGo_SaysSo()
    {
        _chain.FinalLag = 2;
        _chain.Mine(block => block.Pay(Small, Dollar, 5));
        await _node.WatchAsync();
        var hash = (await Api.GetAsync("/api/v1/payments"))[0].GetProperty("transaction").GetString();
        var found = await Api.GetAsync($"/api/v1/transactions/{hash}");
        Assert.Equal((false, 1), (found.GetProperty("final").GetBoolean(), found.GetProperty("payments").GetArrayLength()));
    }

    [Fact]
    public async Task Transaction_ThatNobodyKnows_Is404AndFoundByNoSearch()
    {
        await _node.WatchAsync();
        var hash = Keccak256.HashText("nobody's");
        await Api.AssertProblemAsync($"/api/v1/transactions/{hash}", HttpStatusCode.NotFound, "of this chain");
        await Api.AssertProblemAsync("/api/v1/transactions/0x12", HttpStatusCode.BadRequest, "64 hexadecimal");
        Assert.Empty(await FindAsync(hash.ToString()));
    }

    [Fact]
    public async Task Transaction_WhileTheChainCannotBeAsked_IsWhatTheNodeItselfKnows()
    {
        await SettleAsync();
        var own = _node.Outbox().First(item => !item.Hash.IsZero).Hash;
        _chain.OnCall = (method, after) =>
        {
            if (!after && method == "eth_getTransactionReceipt") throw new ChainException(ChainErrorKind.Unreachable, "http://rpc.example", method, "it does not answer");
        };
        var found = await Api.GetAsync($"/api/v1/transactions/{own}");
        Assert.Contains("does not answer", found.GetProperty("why").GetString(), StringComparison.Ordinal);
        Assert.True(found.TryGetProperty("own", out _));
        var hash = Keccak256.HashText("somebody's");
        await Api.AssertProblemAsync($"/api/v1/transactions/{hash}", HttpStatusCode.ServiceUnavailable, "does not answer");
        Assert.Contains("cannot be asked", What(await FindAsync(hash.ToString())), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("?q=")]
    [InlineData("?q=%20")]
    [InlineData("?q=a&limit=51")]
    public async Task Search_OfNothing_IsRefused(string query)
    {
        await _node.WatchAsync();
        await Api.AssertProblemAsync($"/api/v1/search{query}", HttpStatusCode.BadRequest, query.Contains("limit", StringComparison.Ordinal) ? "from 1 to 50" : "an epoch, a transaction");
    }

    [Fact]
    public async Task Search_OfMoreThanIsShown_SaysSo()
    {
        await NameAsync(Small, Twin);
        var answer = await Api.GetAsync("/api/v1/search?q=vertrage&limit=1");
        Assert.Equal((1, true), (answer.GetProperty("hits").GetArrayLength(), answer.GetProperty("more").GetBoolean()));
    }

    private static (string? Kind, string? Id, string? Label) One(JsonElement hit) =>
        (hit.GetProperty("kind").GetString(), hit.GetProperty("id").GetString(), hit.TryGetProperty("label", out var label) ? label.GetString() : null);

    private static string? What(IReadOnlyList<JsonElement> hits) => Assert.Single(hits).GetProperty("what").GetString();

    private async Task<IReadOnlyList<JsonElement>> FindAsync(string q) => [.. (await Api.GetAsync($"/api/v1/search?q={Uri.EscapeDataString(q)}")).GetProperty("hits").EnumerateArray()];

    /// <summary>The models name the document; it is published after the node looked at them.</summary>
    private async Task NameAsync(params TestModel[] models)
    {
        foreach (var model in models) _chain.Mine(block => block.SetMetadata(model, Hash, ""));
        _chain.MineEmpty(3);
        await _node.WatchAsync();
        await _node.Worker.RunAllAsync(CancellationToken.None);
        using var content = new ByteArrayContent(Document);
        using var taken = await Api.Http.PutAsync(new Uri($"/api/v1/documents/{Hash}", UriKind.Relative), content);
        Assert.Equal(HttpStatusCode.Created, taken.StatusCode);
    }

    private async Task SettleAsync()
    {
        _chain.Mine(block => block.Pay(Small, Dollar, 100));
        await _node.RunAsync(16);
    }
}
