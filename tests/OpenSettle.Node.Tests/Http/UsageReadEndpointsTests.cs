using System.Net;
using System.Text.Json;
using OpenSettle.Metering;
using OpenSettle.Node.Tests.Pipeline;
using OpenSettle.Node.Tests.Support;
using OpenSettle.Primitives;
using OpenSettle.Storage.Usage;
using static OpenSettle.Node.Tests.Support.World;

namespace OpenSettle.Node.Tests.Http;

public sealed class UsageReadEndpointsTests : IAsyncLifetime, IDisposable
{
    private static readonly TestModel Known = Model("known");
    private static readonly TestModel Other = Model("other");
    private static readonly Address Gateway = Account("gateway");

    private readonly FakeChain _chain = new();
    private readonly TestNode _node;
    private TestApi? _api;

    public UsageReadEndpointsTests()
    {
        _chain.Mine(block => block.List(Dollar, 10), block => block.Register(Known));
        _node = new TestNode(_chain);
        UsageRows.AddGateway(_node, Gateway);
    }

    private TestApi Api => _api ?? throw new InvalidOperationException("The server is not started.");

    public async Task InitializeAsync()
    {
        await _node.WatchAsync();
        _api = await TestApi.StartAsync(_node);
    }

    public async Task DisposeAsync()
    {
        if (_api is not null) await _api.DisposeAsync();
    }

    public void Dispose() => _node.Dispose();

    [Fact]
    public async Task Quarantine_OfWhatWaits_CountsByTheReasonOfNow()
    {
        await UsageRows.SendAsync(_node, Known.ModelId, "a", Hold.UnknownModel);
        await UsageRows.SendAsync(_node, Known.ModelId, "b", Hold.UnlistedGateway);
        await UsageRows.SendAsync(_node, Other.ModelId, "c", Hold.UnknownModel);
        await UsageRows.SendAsync(_node, Known.ModelId, "d", Hold.AheadOfTime);
        await UsageRows.SendAsync(_node, Known.ModelId, "e");
        await UsageRows.SendAsync(_node, Known.ModelId, "e", outcome: Outcomes.Error);
        var shown = await Api.GetAsync("/api/v1/quarantine");
        Assert.Equal((4, 1), (shown.GetProperty("events").GetInt32(), shown.GetProperty("conflicts").GetInt32()));
        Assert.Equal(
            [("unknownModel", Other.Id.ToString(), 1), ("unlistedGateway", Known.Id.ToString(), 2), ("aheadOfTime", Known.Id.ToString(), 1)],
            shown.GetProperty("groups").EnumerateArray().Select(group => (group.GetProperty("reason").GetString() ?? "", group.GetProperty("model").GetString() ?? "", group.GetProperty("events").GetInt32())));
        Assert.All(shown.GetProperty("groups").EnumerateArray(), group => Assert.Equal(Gateway.ToChecksumString(), group.GetProperty("gateway").GetProperty("address").GetString()));
        var status = (await Api.GetAsync("/api/v1/status")).GetProperty("usage");
        Assert.Equal((5, 4, 1), (status.GetProperty("position").GetInt32(), status.GetProperty("waiting").GetInt32(), status.GetProperty("conflicts").GetInt32()));
    }

    [Fact]
    public async Task Usage_OfAModel_IsItsSumsByDomainDayAndPayerWithItsRevenue()
    {
        var ids = 0;
        Task Send(string domain, Address payer = default, int days = 0, string outcome = Outcomes.Ok) =>
            UsageRows.SendAsync(_node, Known.ModelId, $"{ids++}", domain: domain, payer: payer, ahead: TimeSpan.FromDays(-days), consumer: Keccak256.HashText($"{ids % 2}"), outcome: outcome);
        await Send("leases", Payer);
        await Send("leases", Payer, outcome: Outcomes.Error);
        await Send("leases", Payer, outcome: Outcomes.Unknown);
        await Send("leases");
        await Send("deeds", Payer, days: 2);
        await Send("deeds", Payer, days: 90);
        _chain.Mine(block => block.Pay(Known, Dollar, 600));
        await _node.WatchAsync();
        var shown = await Api.GetAsync($"/api/v1/models/{Known.Id}/usage");
        Assert.Equal(
            [("2026-11-18", "deeds", Payer.ToChecksumString(), 1, "5", 1, 1), ("2026-11-20", "leases", "", 1, "5", 1, 1), ("2026-11-20", "leases", Payer.ToChecksumString(), 3, "15", 1, 2)],
            shown.GetProperty("usage").EnumerateArray().Select(row => (Text(row, "day"), Text(row, "domain"), Text(row, "payer"),
                row.GetProperty("sums").GetProperty("uses").GetInt32(), Text(row.GetProperty("sums"), "units"), row.GetProperty("sums").GetProperty("successes").GetInt32(), row.GetProperty("sums").GetProperty("trials").GetInt32())));
        var total = shown.GetProperty("total");
        Assert.Equal((5, 2, true), (total.GetProperty("uses").GetInt32(), total.GetProperty("consumers").GetProperty("count").GetInt32(), total.GetProperty("consumers").GetProperty("exact").GetBoolean()));
        Assert.Equal(6, (await Api.GetAsync($"/api/v1/models/{Known.Id}/usage?from=2026-01-01")).GetProperty("total").GetProperty("uses").GetInt32());
        Assert.Equal(1, (await Api.GetAsync($"/api/v1/models/{Known.Id}/usage?from=2026-11-18&to=2026-11-19")).GetProperty("total").GetProperty("uses").GetInt32());
        var revenue = Assert.Single((await Api.GetAsync($"/api/v1/models/{Known.Id}/usage?from=1970-01-01&to=2100-01-01")).GetProperty("revenue").EnumerateArray());
        Assert.Equal((Dollar.ToChecksumString(), 1, "600"), (Text(revenue, "token"), revenue.GetProperty("payments").GetInt32(), Text(revenue, "paid")));
    }

    [Fact]
    public async Task Usage_OfManyConsumers_SaysThatItIsAnEstimate()
    {
        for (var i = 0; i < 300; i++) await UsageRows.SendAsync(_node, Known.ModelId, $"{i}", consumer: Keccak256.HashText($"{i}"));
        var consumers = (await Api.GetAsync($"/api/v1/models/{Known.Id}/usage")).GetProperty("total").GetProperty("consumers");
        Assert.False(consumers.GetProperty("exact").GetBoolean());
        Assert.Equal("0.023", Text(consumers, "standardError"));
        Assert.InRange(consumers.GetProperty("count").GetInt32(), 270, 330);
    }

    [Theory]
    [InlineData("?from=yesterday", "YYYY-MM-DD")]
    [InlineData("?to=2026-02-30", "YYYY-MM-DD")]
    [InlineData("?from=1969-12-31", "YYYY-MM-DD")]
    [InlineData("?from=2026-11-20&to=2026-11-19", "after")]
    public async Task Usage_OfDaysThatAreNone_IsRefused(string days, string remedy) =>
        await Api.AssertProblemAsync($"/api/v1/models/{Known.Id}/usage{days}", HttpStatusCode.BadRequest, remedy);

    [Fact]
    public async Task Usage_OfAModelThatIsNotThere_IsRefused()
    {
        await Api.AssertProblemAsync($"/api/v1/models/{Other.Id}/usage", HttpStatusCode.NotFound, "/api/v1/models");
        await Api.AssertProblemAsync("/api/v1/models/7/usage", HttpStatusCode.BadRequest, "64 hexadecimal");
    }

    private static string Text(JsonElement parent, string name) => parent.TryGetProperty(name, out var value) ? value.GetString() ?? string.Empty : string.Empty;
}
