using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using OpenSettle.Metering;
using OpenSettle.Node.Pipeline;
using OpenSettle.Node.Tests.Support;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using OpenSettle.Storage;
using OpenSettle.Storage.Sqlite;
using OpenSettle.Storage.Usage;
using static OpenSettle.Node.Tests.Support.World;

namespace OpenSettle.Node.Tests.Pipeline;

public sealed class UsageStepTests : IDisposable
{
    private static readonly TestModel Known = Model("known");
    private static readonly Address Gateway = Account("gateway");

    private readonly FakeChain _chain = new();
    private readonly TestNode _node;
    private readonly UsageStep _step;
    private int _sent;

    public UsageStepTests()
    {
        _chain.Mine(block => block.List(Dollar, 10));
        _node = new TestNode(_chain);
        UsageRows.AddGateway(_node, Gateway);
        _step = new UsageStep(
            _node.Options, _node.Usage, _node.Books, _node.State, new UsageRetention(DataPaths.In(_node.Options.DataDir), _node.Time), _node.Time, NullLogger<UsageStep>.Instance);
    }

    public void Dispose() => _node.Dispose();

    [Fact]
    public async Task Held_ForAModelThatIsRegisteredAndListsTheGateway_IsCountedThen()
    {
        await SendAsync(Hold.UnknownModel);
        await TurnAsync();
        Assert.Equal((1L, 0), Counted());
        _chain.Mine(block => block.Register(Known));
        await TurnAsync();
        // Known now, and it does not list the gateway yet.
        Assert.Equal((1L, 0), Counted());
        _chain.Mine(block => block.SetGateway(Known, Gateway, listed: true));
        await TurnAsync();
        Assert.Equal((0L, 1), Counted());
    }

    [Fact]
    public async Task Held_OfAGatewayWithoutAnAddress_IsNeverListed()
    {
        UsageRows.AddGateway(_node, Address.Zero);
        _chain.Mine(block => block.Register(Known), block => block.SetGateway(Known, Gateway, listed: true));
        await SendAsync(Hold.UnlistedGateway, gateway: 2);
        await TurnAsync();
        Assert.Equal((1L, 0), Counted());
    }

    [Fact]
    public async Task Held_BeforeItsTime_GoesOnOnceThatHasCome()
    {
        _chain.Mine(block => block.Register(Known), block => block.SetGateway(Known, Gateway, listed: true));
        await TurnAsync();
        await SendAsync(Hold.AheadOfTime, TimeSpan.FromDays(300));
        await SendAsync(Hold.AheadOfTime, TimeSpan.FromHours(5));
        await SendAsync(Hold.AheadOfTime, TimeSpan.FromHours(9));
        await TurnAsync();
        Assert.Equal((3L, 0), Counted());
        _node.Time.Advance(TimeSpan.FromHours(6));
        await TurnAsync();
        // The first one lies further ahead, and stays.
        Assert.Equal((2L, 1), Counted());
        Assert.Equal(1, Assert.Single(_node.Usage.Held()).FirstPosition);
    }

    [Fact]
    public async Task Held_FromBeyondTheHorizon_WaitsForAPerson()
    {
        _chain.Mine(block => block.Register(Known), block => block.SetGateway(Known, Gateway, listed: true));
        await SendAsync(Hold.BeyondHorizon);
        await TurnAsync();
        _node.Time.Advance(TimeSpan.FromDays(400));
        await TurnAsync();
        Assert.Equal((1L, 0), Counted());
    }

    private (long Held, int Uses) Counted() => (_node.Usage.Totals.Held, (int)_node.Usage.Rollups(Known.ModelId).Sum(row => (long)row.Sums.Uses));

    private async Task TurnAsync()
    {
        _node.Time.Advance(TimeSpan.FromMinutes(2));
        await _node.WatchAsync();
        await _step.RunAsync(CancellationToken.None);
    }

    private Task SendAsync(Hold hold, TimeSpan ahead = default, int gateway = 1) => UsageRows.SendAsync(_node, Known.ModelId, $"event {_sent++}", hold, ahead, gateway);
}

/// <summary>Usage of a test node, as its intake would store it.</summary>
internal static class UsageRows
{
    public static void AddGateway(TestNode node, Address address)
    {
        using var connection = new SqliteConnection($"Data Source={Configuration.NodeFile(node)};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = $"INSERT INTO gateways (name, key_hash, address, scopes, per_second, per_day, created) VALUES ('{address}', x'{Keccak256.Hash(address.ToArray()).ToString()[2..]}', x'{address.ToString()[2..]}', 3, 0, 0, 0)";
        command.ExecuteNonQuery();
    }

    public static async Task SendAsync(TestNode node, ModelId model, string id, Hold hold = Hold.None, TimeSpan ahead = default, int gateway = 1, string domain = "", Address payer = default, Hash32 consumer = default, string outcome = Outcomes.Ok)
    {
        var e = new MeteredEvent
        {
            Source = "urn:test", Id = id, Type = "test", Model = model, Units = 5, Domain = domain, Payer = payer, Consumer = consumer, Outcome = outcome,
            Time = (ulong)(node.Time.GetUtcNow() + ahead).ToUnixTimeSeconds(),
        };
        var body = EventBody.Encode(e);
        Assert.Equal(AppendStatus.Stored, (await node.Usage.AppendAsync(new UsageAppend(gateway, body, [new AppendedEvent(e.Identity(), 0, body.Length, hold)]))).Status);
    }

    private static class Configuration
    {
        public static string NodeFile(TestNode node) => NodeOptionsPaths.In(node.Options.DataDir).Usage;
    }
}
