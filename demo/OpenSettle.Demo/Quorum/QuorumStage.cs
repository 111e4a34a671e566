using System.Globalization;
using OpenSettle.Demo.Stage;
using OpenSettle.Demo.Stage.Lies;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Metering;

namespace OpenSettle.Demo.Quorum;

/// <summary>A leader without keys behind a door that can lie, three attestors and a watchtower, each a process with books of its own.</summary>
public sealed class QuorumStage(Workspace workspace, LocalChain chain, Deployment deployment, Cast cast) : IDisposable
{
    private const int FirstAttestor = 2;
    private const int GuardianAccount = 5;

    private readonly List<NodeProcess> _nodes = [];
    private FalseLeader? _door;
    private NodeProcess? _leader;
    private NodeProcess? _tower;
    private UsageGateway? _gateway;

    /// <summary>Whoever runs the leader, once it is dishonest.</summary>
    public Person Thief => new("the leader", cast.Hanna.Signer);

    public FalseLeader Door => _door ?? throw new InvalidOperationException("The leader was not started yet.");

    public NodeProcess Leader => _leader ?? throw new InvalidOperationException("The leader was not started yet.");

    public NodeProcess Tower => _tower ?? throw new InvalidOperationException("The watchtower was not started yet.");

    /// <summary>Uses that the gateway sent.</summary>
    public int Events { get; private set; }

    public async Task StartAsync(int apiPort, CancellationToken cancellation)
    {
        _door = new FalseLeader(chain, deployment, Thief, cast.SecondGateway, [cast.Gateway.Address]);
        _leader = await NodeProcess.StartAsync(
            workspace, chain, deployment, cast, apiPort, cancellation,
            keys: new Dictionary<string, string>(StringComparer.Ordinal) { ["OPENSETTLE_OPERATOR_KEY"] = cast.OperatorKey.ToString() },
            // Two payments make an epoch: how long they take does not divide them.
            flags: new Dictionary<string, string>(StringComparer.Ordinal) { ["--bundle-url"] = Door.Bundles, ["--epoch-seconds"] = "3600", ["--epoch-payments"] = "2" });
        _nodes.Add(_leader);
        Door.Honest = _leader.Api;
        _gateway = new UsageGateway(_leader, cast.Gateway, deployment);
        var attestors = Enumerable.Range(0, cast.Attestors.Count).Select(i => WitnessAsync(
            "attest-node", string.Create(CultureInfo.InvariantCulture, $"attestor-{i + 1}"), "OPENSETTLE_ATTESTOR_KEYS", FirstAttestor + i,
            new Dictionary<string, string>(StringComparer.Ordinal) { ["--leaders"] = Door.Address.ToString() }, cancellation));
        var tower = WitnessAsync(
            "watch", "watchtower", "OPENSETTLE_GUARDIAN_KEY", GuardianAccount,
            new Dictionary<string, string>(StringComparer.Ordinal) { ["--bundle-places"] = Door.Bundles, ["--usage-places"] = Door.Address.ToString() }, cancellation);
        await Task.WhenAll([.. attestors, tower]);
        _tower = await tower;
    }

    /// <summary>Uses of a model, each by the work of one person.</summary>
    public async Task UseAsync(StageModel model, IReadOnlyList<(Person Whose, ulong Units)> uses, CancellationToken cancellation)
    {
        var now = (ulong)TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        List<MeteredEvent> events =
        [
            .. uses.Select((use, i) => new MeteredEvent
            {
                Source = "urn:gateway:eu-1",
                Id = string.Create(CultureInfo.InvariantCulture, $"use-{Events + i + 1}"),
                Type = "ai.opensettle.usage.v1",
                Model = model.Id,
                Domain = "nda-review",
                Outcome = Outcomes.Ok,
                Units = use.Units,
                Time = now,
                Consumer = Market.Text("somebody"),
                Attribution = new Attribution("infini-gram", Market.Text("infini-gram 1.0"), [new MeasuredWeight(use.Whose.Address, 1, 1, 1)]),
            }),
        ];
        await _gateway!.SendAsync(events, cancellation);
        Events += events.Count;
    }

    /// <summary>Waits until the vault says something.</summary>
    public async Task<T> SaidAsync<T>(ContractView<T> view, Func<T, bool> wanted, string what, CancellationToken cancellation)
    {
        for (var i = 0; i < 600; i++)
        {
            var said = await chain.Client.AskAsync(deployment.Id.Vault, view, Ethereum.Ports.BlockRef.Latest, cancellation);
            if (wanted(said)) return said;
            await Task.Delay(TimeSpan.FromMilliseconds(100), cancellation);
        }

        throw new StageException(StageException.Failed, $"the vault did not come to this within a minute: {what}. Look at the logs in {workspace.Run}.");
    }

    public void Dispose()
    {
        foreach (var node in _nodes) node.Dispose();
        _door?.Dispose();
    }

    private async Task<NodeProcess> WitnessAsync(string verb, string name, string variable, int account, IReadOnlyDictionary<string, string> flags, CancellationToken cancellation)
    {
        var keys = new Dictionary<string, string>(StringComparer.Ordinal) { [variable] = string.Create(CultureInfo.InvariantCulture, $"mnemonic:{account}"), ["OPENSETTLE_MNEMONIC"] = Cast.Mnemonic };
        var node = await NodeProcess.StartWitnessAsync(workspace, chain, deployment, verb, name, keys, flags, cancellation);
        lock (_nodes) _nodes.Add(node);
        return node;
    }
}
