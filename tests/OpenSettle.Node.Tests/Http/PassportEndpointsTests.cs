using OpenSettle.Storage;
using System.Globalization;
using System.Net;
using System.Text.Json;
using OpenSettle.Epochs;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Node.Tests.Pipeline;
using OpenSettle.Node.Tests.Support;
using OpenSettle.Passports;
using OpenSettle.Primitives;
using OpenSettle.Storage.Stores;
using static OpenSettle.Node.Tests.Support.World;

namespace OpenSettle.Node.Tests.Http;

public sealed class PassportEndpointsTests : IAsyncLifetime, IDisposable
{
    private static readonly TestModel Small = Model("small");
    private static readonly TestModel Child = Model("child");

    private readonly TestGateway _gateway = new("eu");
    private readonly FakeChain _chain;
    private readonly TestNode _node;
    private TestApi? _api;

    public PassportEndpointsTests()
    {
        _chain = EpochUsageTests.Pooled(_gateway);
        _node = new TestNode(_chain, eas: World.Eas);
    }

    private TestApi Api => _api ?? throw new InvalidOperationException("The server is not started.");

    public async Task InitializeAsync() => _api = await TestApi.StartAsync(_node);

    public async Task DisposeAsync()
    {
        if (_api is not null) await _api.DisposeAsync();
    }

    public void Dispose() => _node.Dispose();

    [Fact]
    public async Task Passport_IsGivenOnceForAState_AndNotAgainToWhoHasIt()
    {
        await SettleAsync();
        using var first = await Api.Http.GetAsync(new Uri($"/api/v1/models/{Small.Id}/passport", UriKind.Relative));
        Assert.Equal((HttpStatusCode.OK, "no-cache"), (first.StatusCode, first.Headers.CacheControl?.ToString()));
        var file = PassportJson.Read(await first.Content.ReadAsByteArrayAsync());
        Assert.Equal((Small.ModelId, 1UL, 1UL), (file.Passport.Model, file.Passport.LastEpoch, file.Number));

        using var again = new HttpRequestMessage(HttpMethod.Get, $"/api/v1/models/{Small.Id}/passport");
        again.Headers.IfNoneMatch.Add(first.Headers.ETag!);
        using var unchanged = await Api.Http.SendAsync(again);
        Assert.Equal(HttpStatusCode.NotModified, unchanged.StatusCode);
        Assert.Empty(await unchanged.Content.ReadAsByteArrayAsync());

        _chain.Mine(block => block.SetStatus(Small, ModelStatus.Retired));
        _chain.MineEmpty(1);
        await _node.WatchAsync();
        var retired = await Api.GetAsync($"/api/v1/models/{Small.Id}/passport");
        Assert.Equal("retired", retired.GetProperty("status").GetString());
        Assert.Equal("active", (await Api.GetAsync($"/api/v1/models/{Small.Id}/passport?block={file.Passport.AsOf.Number}")).GetProperty("status").GetString());
    }

    [Fact]
    public async Task Passport_AskedForByManyAtOnce_IsComputedOnce()
    {
        await SettleAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => _node.Passports.GetAsync(Small.ModelId, _node.Source.Now()!.Value, CancellationToken.None)));
        Assert.Single(answers.Distinct(ReferenceEqualityComparer.Instance));
    }

    [Theory]
    [InlineData("/api/v1/models/0x12/passport", HttpStatusCode.BadRequest, "64 hexadecimal digits")]
    [InlineData("/api/v1/models/0x0000000000000000000000000000000000000000000000000000000000000001/passport", HttpStatusCode.NotFound, "/api/v1/models")]
    [InlineData("MODEL/passport?block=x", HttpStatusCode.BadRequest, "whole number")]
    [InlineData("MODEL/passport?block=99999999", HttpStatusCode.NotFound, "They end with block")]
    [InlineData("MODEL/passport?block=1", HttpStatusCode.NotFound, "/api/v1/models")]
    [InlineData("MODEL/permissions", HttpStatusCode.BadRequest, "printable ASCII")]
    [InlineData("MODEL/permissions?use=a%0Ab", HttpStatusCode.BadRequest, "printable ASCII")]
    [InlineData("MODEL/permissions?use=training&account=0x12", HttpStatusCode.BadRequest, "40 hexadecimal digits")]
    [InlineData("/api/v1/compare?a=0x12", HttpStatusCode.BadRequest, "Name two models")]
    [InlineData("/api/v1/find", HttpStatusCode.BadRequest, "Name the domain")]
    [InlineData("/api/v1/find?domain=a&minN=-1", HttpStatusCode.BadRequest, "whole number of trials")]
    [InlineData("/api/v1/find?domain=a&lowerBound=1.1", HttpStatusCode.BadRequest, "from 0 to 1")]
    [InlineData("/api/v1/find?domain=a&lowerBound=0.1234567", HttpStatusCode.BadRequest, "six decimals")]
    [InlineData("/api/v1/find?domain=a&limit=0", HttpStatusCode.BadRequest, "from 1 to 200")]
    [InlineData("/api/v1/find?domain=a&limit=201", HttpStatusCode.BadRequest, "from 1 to 200")]
    [InlineData("/api/v1/find?domain=a&status=gone", HttpStatusCode.BadRequest, "salvage")]
    [InlineData("/api/v1/find?domain=a&basis=x", HttpStatusCode.BadRequest, "paidUsage")]
    [InlineData("/api/v1/find?domain=a&after=5", HttpStatusCode.BadRequest, "'next'")]
    [InlineData("/api/v1/find?domain=a&maxPrice=x", HttpStatusCode.BadRequest, "USD")]
    [InlineData("/api/v1/find?domain=a&token=x", HttpStatusCode.BadRequest, "by its address")]
    [InlineData("/api/v1/find?domain=a&minn=5", HttpStatusCode.BadRequest, "minN")]
    public async Task BadQuestion_IsRefusedWithTheRemedy(string path, HttpStatusCode status, string remedy)
    {
        await _node.WatchAsync();
        await Api.AssertProblemAsync(path.Replace("MODEL", $"/api/v1/models/{Small.Id}", StringComparison.Ordinal), status, remedy);
    }

    [Fact]
    public async Task EmptyBooks_SayThatTheyAreEmpty() =>
        await Api.AssertProblemAsync($"/api/v1/models/{Small.Id}/passport", HttpStatusCode.NotFound, "/api/v1/models");

    [Fact]
    public async Task Permission_IsAnsweredWithTheWordBehindIt_AndKeptNoLongerThanItHolds()
    {
        var soon = _chain.HeadBlock.Timestamp + 3 * FakeChain.BlockTime + 20;
        var uid = Hash32.Zero;
        _chain.Mine(block => block.SetPermission(Small, Address.Zero, "inference", UsePermission.Allowed), block => block.SetPermission(Small, Bob, "inference", UsePermission.NotAllowed, soon));
        _chain.Mine(block => uid = block.Attest(Small.Creator, new PermissionStatement(Small.ModelId, Carol, Registry.RoleText.ToWord("inference")!.Value, 3, 0, Keccak256.HashText("terms"))));
        _chain.Mine();
        await _node.WatchAsync();
        await _node.Worker.ReadWordsAsync(CancellationToken.None);

        var anybody = await AskAsync("use=inference");
        Assert.Equal(("allowed", "registry", "public, max-age=60"), (anybody.Answer, anybody.Source, anybody.Cache));
        var bob = await AskAsync($"use=inference&account={Bob}");
        var left = soon - _node.Source.Now()!.Value.Timestamp;
        Assert.InRange(left, 1UL, 59UL);
        Assert.Equal(("notAllowed", "registry", $"public, max-age={left}"), (bob.Answer, bob.Source, bob.Cache));
        var carol = await AskAsync($"use=inference&account={Carol}");
        Assert.Equal(("constrained", "attestation", uid.ToString()), (carol.Answer, carol.Source, carol.Attestation));
        var other = await AskAsync("use=training");
        Assert.Equal(("unknown", "none"), (other.Answer, other.Source));

        // The block moves on; the word does not, and so neither does its tag. Once it has ended, what anybody may do holds.
        _chain.MineEmpty(3);
        await _node.WatchAsync();
        Assert.Equal(anybody.Tag, (await AskAsync("use=inference")).Tag);
        Assert.Equal("allowed", (await AskAsync($"use=inference&account={Bob}")).Answer);
    }

    [Fact]
    public async Task Lineage_TellsWhatIsAboveAndBelow_AndWhatFlowedUp()
    {
        _chain.Mine(block => block.Register(Child, (Small, 250_000)));
        await SettleAsync(Child);
        var child = await Api.GetAsync($"/api/v1/models/{Child.Id}/lineage");
        var parent = child.GetProperty("ancestors").EnumerateArray().Single();
        Assert.Equal((Small.Id.ToString(), 1, 250_000), (parent.GetProperty("model").GetString(), parent.GetProperty("depth").GetInt32(), parent.GetProperty("shareMillionths").GetInt32()));
        Assert.Equal("50", parent.GetProperty("flowed").EnumerateArray().Single().GetProperty("amount").GetString());
        var above = await Api.GetAsync($"/api/v1/models/{Small.Id}/lineage");
        Assert.Equal(Child.Id.ToString(), above.GetProperty("children").EnumerateArray().Single().GetProperty("model").GetString());
    }

    [Fact]
    public async Task Attestations_AreListedAsTheyStand()
    {
        _chain.Mine(block => block.SetEvaluator(Carol, registered: true));
        _chain.Mine(block => block.Attest(Carol, new EvaluationStatement(Small.ModelId, DomainWord.Of("contracts"), "accuracy", "0.9", 100, Keccak256.HashText("set"), Keccak256.HashText("method"))));
        _chain.Mine(block => block.Attest(Bob, new LineageStatement(Small.ModelId, [], 1)));
        _chain.MineEmpty(1);
        await _node.WatchAsync();
        Assert.Equal(3 - 1, (await Api.GetAsync($"/api/v1/models/{Small.Id}/attestations")).GetProperty("unread").GetInt32());
        await _node.Worker.ReadWordsAsync(CancellationToken.None);
        var listed = await Api.GetAsync($"/api/v1/models/{Small.Id}/attestations");
        Assert.Equal(0, listed.GetProperty("unread").GetInt32());
        Assert.Equal(["valid", "stranger"], listed.GetProperty("attestations").EnumerateArray().Select(one => one.GetProperty("standing").GetString()));
    }

    [Fact]
    public async Task Find_GivesTheSurestFirst_PageByPage()
    {
        await _node.WatchAsync();
        await _node.Books.WriteAsync(
            session =>
            {
                for (byte i = 1; i <= 9; i++)
                {
                    session.Standings.Replace(new ModelStanding(
                        new Registry.ModelId(Hash32.FromBytes([.. new byte[31], i])), i, 5, i == 2 ? "Two" : null, (byte)(i == 9 ? 2 : 0), i == 3 ? "rebate,burst" : "",
                        [new StandingRow("nda-review", i == 8 ? DomainBasis.Unknown : DomainBasis.PaidUsage, 80, i == 7 ? 50UL : 100UL, i is 4 or 5 ? 800_000U : 700_000U + i, 990_000)],
                        [(Dollar, (UInt256)(i * 1_000_000_000UL))], IsWhole: true));
                }
            },
            CancellationToken.None);

        async Task<IEnumerable<int>> NumbersAsync(string query) =>
            [.. (await Api.GetAsync($"/api/v1/find?domain=nda-review{query}")).GetProperty("items").EnumerateArray().Select(item => item.GetProperty("number").GetInt32())];

        Assert.Equal([4, 5, 9, 7, 6, 3, 2, 1], await NumbersAsync(""));
        Assert.Equal([4, 5, 9, 6, 3, 2, 1], await NumbersAsync("&minN=100"));
        Assert.Equal([4, 5], await NumbersAsync("&lowerBound=0.75"));
        Assert.Equal([4, 5, 7, 6, 3, 2, 1], await NumbersAsync("&status=active"));
        Assert.Equal([3, 2, 1], await NumbersAsync("&maxPrice=0.003"));
        Assert.Empty(await NumbersAsync($"&token={Euro}"));
        Assert.Empty(await NumbersAsync("&basis=evaluated"));
        Assert.Empty((await Api.GetAsync("/api/v1/find?domain=other")).GetProperty("items").EnumerateArray());

        var (seen, after) = (new List<int>(), "");
        do
        {
            var page = await Api.GetAsync($"/api/v1/find?domain=nda-review&limit=3{after}");
            seen.AddRange(page.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("number").GetInt32()));
            after = page.TryGetProperty("next", out var next) ? $"&after={next.GetString()}" : "";
        }
        while (after.Length > 0);
        Assert.Equal([4, 5, 9, 7, 6, 3, 2, 1], seen);
        var third = (await Api.GetAsync("/api/v1/find?domain=nda-review")).GetProperty("items").EnumerateArray().Single(item => item.GetProperty("number").GetInt32() == 3);
        Assert.Equal(("0.700003", "3000.000000", "rebate burst"), (
            third.GetProperty("low").GetString(), third.GetProperty("price").GetString(), string.Join(' ', third.GetProperty("flags").EnumerateArray().Select(flag => flag.GetString()))));
    }

    [Fact]
    public async Task Standings_FollowThePassport()
    {
        await SettleAsync(uses: 40);
        await _node.Worker.RunAllAsync(CancellationToken.None);
        var passport = PassportJson.Read(await Api.Http.GetByteArrayAsync(new Uri($"/api/v1/models/{Small.Id}/passport", UriKind.Relative))).Passport;
        var standing = passport.Domains.Single();
        var found = (await Api.GetAsync("/api/v1/find?domain=contracts")).GetProperty("items").EnumerateArray().Single();
        Assert.Equal(
            (Small.Id.ToString(), standing.Low, standing.High, standing.Trials.ToString(CultureInfo.InvariantCulture)),
            (found.GetProperty("model").GetString(), found.GetProperty("low").GetString(), found.GetProperty("high").GetString(), found.GetProperty("trials").GetString()));
        Assert.Equal(passport.Figures.Single(figure => figure.Id == "price.perUse").Value, found.GetProperty("price").GetString());

        // Another word of the registry, and it is another standing.
        _chain.Mine(block => block.SetStatus(Small, ModelStatus.Retired));
        _chain.MineEmpty(1);
        await _node.WatchAsync();
        await _node.Worker.RunAllAsync(CancellationToken.None);
        Assert.Equal("retired", (await Api.GetAsync("/api/v1/find?domain=contracts")).GetProperty("items").EnumerateArray().Single().GetProperty("status").GetString());
    }

    [Fact]
    public async Task Compare_OfTwoModels_HasARowForEachFigure()
    {
        _chain.Mine(block => block.Register(Child, (Small, 250_000)));
        await SettleAsync(Child);
        var both = await Api.GetAsync($"/api/v1/compare?a={Small.Id}&b={Child.Id}");
        Assert.Equal((Small.Id.ToString(), Child.Id.ToString()), (both.GetProperty("a").GetProperty("model").GetString(), both.GetProperty("b").GetProperty("model").GetString()));
        var revenue = both.GetProperty("rows").EnumerateArray().Single(row => row.GetProperty("id").GetString() == "revenue.settled");
        Assert.Equal("200", revenue.GetProperty("b").GetProperty("value").GetString());
    }

    private async Task SettleAsync(TestModel? model = null, int uses = 2)
    {
        await _gateway.SendAsync(_node, [.. Enumerable.Range(0, uses).Select(_ => _gateway.Use(Small, 100, Keccak256.HashText("use")))]);
        _chain.Mine(block => block.PayFrom(Bob, model ?? Small, Dollar, 150), block => block.PayFrom(Carol, model ?? Small, Dollar, 50));
        await _node.RunAsync(20);
        Assert.True(_node.Epoch(1)!.IsActive);
    }

    private async Task<(string? Answer, string? Source, string? Attestation, string? Cache, string? Tag)> AskAsync(string query)
    {
        using var response = await Api.Http.GetAsync(new Uri($"/api/v1/models/{Small.Id}/permissions?{query}", UriKind.Relative));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        using var said = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        string? Text(string name) => said.RootElement.TryGetProperty(name, out var value) ? value.GetString() : null;
        return (Text("answer"), Text("source"), Text("attestation"), response.Headers.CacheControl?.ToString(), response.Headers.ETag?.ToString());
    }
}
