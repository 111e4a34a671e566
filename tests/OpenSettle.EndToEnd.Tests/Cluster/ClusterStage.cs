using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using OpenSettle.Demo.Stage;
using OpenSettle.Servers;

namespace OpenSettle.EndToEnd.Tests.Cluster;

/// <summary>Several nodes on one chain and one PostgreSQL, each a process with a data folder of its own; bundles are copied to one place.</summary>
internal sealed class ClusterStage : IDisposable
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);

    private readonly StageFixture _stage;
    private readonly Dictionary<string, NodeProcess> _nodes = new(StringComparer.Ordinal);

    private readonly Uri? _queue;

    private ClusterStage(StageFixture stage, string database, Uri? queue = null)
    {
        (_stage, Database, _queue) = (stage, database, queue);
        Directory.CreateDirectory(Mirror);
    }

    public string Database { get; }

    /// <summary>Where every node finds every bundle.</summary>
    public string Mirror => _stage.Workspace.PathOf("mirror");

    public IReadOnlyDictionary<string, NodeProcess> Nodes => _nodes;

    public static async Task<ClusterStage> CreateAsync(StageFixture stage) => new(stage, await (await PostgresServer.SharedAsync()).CreateDatabaseAsync());

    /// <summary>The same on servers of the test's own, with usage through a broker.</summary>
    public static async Task<ClusterStage> CreateAsync(StageFixture stage, PostgresServer postgres, RabbitServer rabbit) => new(stage, await postgres.CreateDatabaseAsync(), rabbit.Uri);

    /// <summary>What a node gets by variables: nothing that holds a secret is seen in a list of processes.</summary>
    public IReadOnlyDictionary<string, string> Variables(string name, string? roles)
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal) { ["OPENSETTLE_DATABASE"] = PostgresServer.ToUri(Database), ["OPENSETTLE_NODE_NAME"] = name };
        if (roles is not null) variables["OPENSETTLE_ROLES"] = roles;
        if (_queue is not null) variables["OPENSETTLE_QUEUE"] = _queue.ToString();
        if (roles is not null && !roles.Contains("settle", StringComparison.Ordinal)) return variables;
        variables["OPENSETTLE_OPERATOR_KEY"] = _stage.Cast.OperatorKey.ToString();
        variables["OPENSETTLE_ATTESTOR_KEYS"] = string.Join(',', _stage.Cast.AttestorKeys);
        return variables;
    }

    /// <param name="roles">Null: all of them.</param>
    /// <param name="more">Flags beside those that all have, or in their place.</param>
    public async Task<NodeProcess> StartAsync(string name, CancellationToken cancellation, string? roles = null, IReadOnlyDictionary<string, string>? more = null)
    {
        var flags = new Dictionary<string, string>(StringComparer.Ordinal) { ["--epoch-seconds"] = "1", ["--poll-milliseconds"] = "100", ["--push-above"] = $"{_stage.Deployment.Dollar.Address}=1.5" };
        foreach (var (flag, value) in more ?? new Dictionary<string, string>(StringComparer.Ordinal)) flags[flag] = value;
        var node = await NodeProcess.StartAsync(
            _stage.Workspace, _stage.Chain, _stage.Deployment, _stage.Cast, Workspace.FreePort(), cancellation, Variables(name, roles), dataDir: _stage.Workspace.PathOf($"data-{name}"), mirrors: Mirror, flags: flags);
        lock (_nodes) _nodes.Add(name, node);
        return node;
    }

    /// <summary>Adds a gateway as an operator does, to the database, and tells its key.</summary>
    public async Task<string> AddGatewayAsync(string name, Primitives.Address address, CancellationToken cancellation)
    {
        var (code, output) = await Command.RunAsync(
            _stage.Workspace, ["gateway", "add", name, "--deployment", _stage.Deployment.File, "--address", address.ToChecksumString(), "--scopes", "send,send-unsigned,read", "--json"], cancellation,
            new Dictionary<string, string>(StringComparer.Ordinal) { ["OPENSETTLE_DATABASE"] = Database });
        if (code != 0) throw new StageException(StageException.Failed, $"opensettle gateway add ended with {code}: {output}");
        using var added = JsonDocument.Parse(output);
        return added.RootElement.GetProperty("key").GetString() ?? throw new StageException(StageException.Failed, $"no key was shown: {output}");
    }

    /// <summary>The status of a node; null while it does not answer.</summary>
    public static async Task<JsonElement?> StatusAsync(NodeProcess node, CancellationToken cancellation)
    {
        try
        {
            return await node.GetAsync("api/v1/status", cancellation);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or JsonException || (e is TaskCanceledException && !cancellation.IsCancellationRequested))
        {
            return null;
        }
    }

    public static bool Leads(JsonElement status) => status.GetProperty("cluster").GetProperty("leads").GetBoolean();

    /// <summary>Waits until one of the nodes leads, and was once through all that a leader does.</summary>
    public static async Task<(NodeProcess Leader, TimeSpan After)> LeaderAsync(IReadOnlyList<NodeProcess> among, CancellationToken cancellation)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (true)
        {
            foreach (var node in among)
            {
                if (await node.EndedAsync(TimeSpan.Zero, cancellation) is { } code) throw new StageException(StageException.Failed, $"a node ended with code {code}:\n{node.Tail()}");
                if (await StatusAsync(node, cancellation) is not { } status || !Leads(status)) continue;
                if (status.TryGetProperty("halted", out var halted)) throw new StageException(StageException.Failed, $"the leader stopped settling: {halted.GetString()}");
                // The ledger is held against the vault near the end of a turn.
                if (status.GetProperty("drift").TryGetProperty("computedAt", out _)) return (node, TimeProvider.System.GetElapsedTime(start));
            }

            await Task.Delay(Look, cancellation);
        }
    }

    /// <summary>Waits until a node stands by.</summary>
    public static async Task<JsonElement> StandsByAsync(NodeProcess node, string leader, CancellationToken cancellation)
    {
        while (true)
        {
            if (await node.EndedAsync(TimeSpan.Zero, cancellation) is { } code) throw new StageException(StageException.Failed, $"a node ended with code {code}:\n{node.Tail()}");
            if (await StatusAsync(node, cancellation) is { } status && !Leads(status) && status.GetProperty("cluster").TryGetProperty("leader", out var name) && name.GetString() == leader) return status;
            await Task.Delay(Look, cancellation);
        }
    }

    /// <summary>STOP or CONT, to its number.</summary>
    public static async Task SignalAsync(NodeProcess node, string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", node.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
        if (kill.ExitCode != 0) throw new StageException(StageException.Failed, $"kill -{signal} {node.Id} ended with {kill.ExitCode}");
    }

    /// <summary>Waits until a process stands still.</summary>
    public static async Task StoppedAsync(NodeProcess node, CancellationToken cancellation)
    {
        while (true)
        {
            var status = await File.ReadAllTextAsync($"/proc/{node.Id}/stat", cancellation);
            if (status[(status.LastIndexOf(')') + 2)..][0] == 'T') return;
            await Task.Delay(Look, cancellation);
        }
    }

    public string NameOf(NodeProcess node) => _nodes.First(known => known.Value == node).Key;

    public SharedBooks Books() => new(Database, _stage.Deployment.Id, Mirror);

    public void Dispose()
    {
        foreach (var node in _nodes.Values) node.Dispose();
    }
}
