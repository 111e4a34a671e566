using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using OpenSettle.Epochs;
using OpenSettle.Ethereum.Builtin;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Watch;
using OpenSettle.Node.Configuration;
using OpenSettle.Node.Queue;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using OpenSettle.Servers;
using OpenSettle.Storage;
using OpenSettle.Storage.Sqlite;
using OpenSettle.Storage.Usage;
using RabbitMQ.Client;

namespace OpenSettle.Queue.Tests;

/// <summary>
/// A deployment that no other test has, so that its streams are its own; a journal in a folder; a real broker. Two models list the gateway
/// that sends, and the one that signs.
/// </summary>
internal sealed class QueueStage : IAsyncDisposable
{
    public const ulong ChainId = 31337;

    public static readonly IChainProvider Provider = new BuiltinProvider(TimeProvider.System);
    public static readonly ISigner Signer = Provider.SignerFromPrivateKey(Keccak256.HashText("the key of a gateway that signs"));
    public static readonly Address Gateway = Account("gateway");

    // In different streams, wherever there is more than one.
    public static readonly ModelId Model = new(Hash32.Parse("0x0000000011111111111111111111111111111111111111111111111111111111"));
    public static readonly ModelId Other = new(Hash32.Parse("0x0000000111111111111111111111111111111111111111111111111111111111"));

    private readonly List<QueueNode> _nodes = [];

    private QueueStage(RabbitServer broker, int partitions, long segmentBytes, long keepBytes)
    {
        Broker = broker;
        Deployment = new DeploymentId(ChainId, Account("registry"), Account("rail"), Address.FromBytes(RandomNumberGenerator.GetBytes(20)));
        Names = new StreamNames(Deployment);
        Queue = new QueueOptions(broker.Uri) { Partitions = partitions, SegmentBytes = segmentBytes, KeepBytes = keepBytes };
        Key = AddGateway("eu-1", Gateway, GatewayScopes.Send | GatewayScopes.SendUnsigned);
        SigningKey = AddGateway("signer", Signer.Address, GatewayScopes.Send);
        using (var store = GatewayStore.Open(UsageFile, Deployment)) Salt = store.ConsumerSalt();
        Journal = SqliteUsage.Open(UsageFile, Deployment, TimeProvider.System);
    }

    public RabbitServer Broker { get; }

    public DeploymentId Deployment { get; }

    public StreamNames Names { get; }

    public QueueOptions Queue { get; }

    public string Folder { get; } = Directory.CreateTempSubdirectory("opensettle-queue-").FullName;

    public string UsageFile => Path.Combine(Folder, "usage.sqlite");

    public byte[] Salt { get; }

    public string Key { get; }

    public string SigningKey { get; }

    public SqliteUsage Journal { get; private set; }

    public QueueQuarantine Quarantine => new(Path.Combine(Folder, "quarantine"));

    public static async Task<QueueStage> StartAsync(int partitions = 2, RabbitServer? broker = null, long segmentBytes = 0, long keepBytes = 0) =>
        new(broker ?? await RabbitServer.SharedAsync(), partitions, segmentBytes, keepBytes);

    public static Address Account(string name) => Address.FromBytes(Keccak256.HashText(name).ToArray().AsSpan(12));

    /// <summary>A node on this journal, which takes usage over HTTP into the queue, and out of it.</summary>
    /// <param name="queued">Whether it knows of the broker; else its usage goes into the journal at once.</param>
    public async Task<QueueNode> AddNodeAsync(string name, ILeases? leases = null, bool queued = true, SqliteUsage? journal = null)
    {
        var node = await QueueNode.StartAsync(this, name, leases ?? new SoleHolder(), queued, journal ?? Journal);
        _nodes.Add(node);
        return node;
    }

    public NodeOptions Options(bool queued) => new()
    {
        Rpc = [new Uri("http://127.0.0.1:1")],
        RpcQuorum = 1,
        Completeness = Completeness.Receipts,
        Deployment = new DeploymentFile(new WatchedDeployment(Deployment, Account("resolver"), 1), []),
        DataDir = Folder,
        Listen = "http://127.0.0.1:0",
        Client = "builtin",
        Confirmations = null,
        Poll = TimeSpan.FromSeconds(1),
        RpcTimeout = TimeSpan.FromSeconds(1),
        BlocksAtOnce = 1,
        EpochSeconds = 1,
        OperatorKey = null,
        AttestorKeys = [],
        SenderKey = null,
        UsageArchive = Path.Combine(Folder, "archive"),
        MaxFeePerGas = 1,
        BumpAfter = TimeSpan.FromSeconds(1),
        MaxEpochCost = 1,
        BundleUrl = string.Empty,
        Queue = queued ? Queue : null,
    };

    public static RegistryBook MakeRegistry()
    {
        var book = new RegistryBook();
        var at = 0u;
        foreach (var (model, number) in new[] { (Model, 1UL), (Other, 2UL) })
        {
            book.Apply(new ModelRegistered(new LogPosition(1, at++), 1, model, number, Account("owner"), Account($"pay {number}"), 50, Hash32.Zero, Hash32.Zero, "uri"));
            book.Apply(new GatewaySet(new LogPosition(1, at++), 1, model, Gateway, true));
            book.Apply(new GatewaySet(new LogPosition(1, at++), 1, model, Signer.Address, true));
        }

        return book;
    }

    public string AddGateway(string name, Address address, GatewayScopes scopes)
    {
        using var store = GatewayStore.Open(UsageFile, Deployment);
        var key = GatewayKeyText.Create();
        Assert.NotNull(store.Add(name, GatewayKeyText.HashOf(key), address, scopes, 0, 0, TimeProvider.System.GetUtcNow()));
        return key;
    }

    public void Revoke(string name)
    {
        using var store = GatewayStore.Open(UsageFile, Deployment);
        Assert.True(store.Revoke(name, TimeProvider.System.GetUtcNow()));
    }

    public static string Event(string id, ModelId? model = null, int units = 12) => string.Create(
        CultureInfo.InvariantCulture,
        $$"""{ "specversion": "1.0", "id": "{{id}}", "source": "urn:gateway", "type": "use", "time": "{{Time}}", "subject": "consumer-{{id.Length % 7}}", "data": { "modelId": "{{model ?? Model}}", "domain": "contracts", "outcome": "ok", "units": {{units}} } }""");

    /// <summary>The time of all events of a run.</summary>
    public static string Time { get; } = TimeProvider.System.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    public static string Batch(params IEnumerable<string> events) => $"[{string.Join(',', events)}]";

    /// <summary>Waits for something that has to become true.</summary>
    public static async Task UntilAsync(Func<bool> condition, string what, int seconds = 60)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            if (TimeProvider.System.GetElapsedTime(began) > TimeSpan.FromSeconds(seconds)) Assert.Fail($"After {seconds} s: {what}");
            await Task.Delay(20);
        }
    }

    public Task UntilEventsAsync(long events) => UntilAsync(() => Journal.Totals.Events == events, $"{Journal.Totals.Events} events are in the journal, not {events}");

    /// <summary>The ids that the journal has: each once, or this fails.</summary>
    public HashSet<string> Ids()
    {
        var ids = new HashSet<string>(StringComparer.Ordinal);
        var after = 0L;
        while (Journal.Events(after, 10_000) is { Count: > 0 } rows)
        {
            foreach (var row in rows) Assert.True(ids.Add(row.Event.Id), $"{row.Event.Id} is there twice.");
            after = rows[^1].Position;
        }

        return ids;
    }

    /// <summary>Rollups in words, of all models.</summary>
    public static string Rollups(SqliteUsage journal) => string.Join('\n', new[] { Model, Other }.SelectMany(model => journal.Rollups(model)
        .OrderBy(row => row.Key.Day).ThenBy(row => row.Key.Domain, StringComparer.Ordinal)
        .Select(row => $"{row.Key} {row.Sums.Uses} {row.Sums.Signed} {row.Sums.Units} {row.Sums.Successes} {row.Sums.Trials} {row.Sums.Consumers.Count()}")));

    /// <summary>Changes the usage file beside the running node.</summary>
    public int Execute(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={UsageFile};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteNonQuery();
    }

    /// <summary>A connection of the test's own, for what others do to streams.</summary>
    public Task<IConnection> ConnectAsync() => new ConnectionFactory { Uri = Broker.Uri, AutomaticRecoveryEnabled = false }.CreateConnectionAsync();

    public async Task DeleteStreamsAsync()
    {
        await using var connection = await ConnectAsync();
        await using var channel = await connection.CreateChannelAsync();
        for (var partition = 0; partition < Queue.Partitions; partition++) await channel.QueueDeleteAsync(Names.Of(partition));
    }

    public async Task PublishAsync(int partition, BasicProperties properties, byte[] body)
    {
        await using var connection = await ConnectAsync();
        await using var channel = await connection.CreateChannelAsync(new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true));
        await channel.BasicPublishAsync(string.Empty, Names.Of(partition), mandatory: true, properties, body);
    }

    /// <summary>What lies in the quarantine, in words.</summary>
    public IReadOnlyList<string> Reasons() => [.. Quarantine.All.Select(file =>
    {
        using var document = JsonDocument.Parse(File.ReadAllText(file.FullName));
        return document.RootElement.GetProperty("reason").GetString() ?? "";
    })];

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes) await node.DisposeAsync();
        Journal.Dispose();
        Directory.Delete(Folder, recursive: true);
    }
}
