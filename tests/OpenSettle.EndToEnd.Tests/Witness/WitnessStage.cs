using System.Globalization;
using System.Text.Json;
using OpenSettle.Demo.Stage;
using OpenSettle.Demo.Stage.Lies;
using OpenSettle.EndToEnd.Tests.Crash;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Metering;
using OpenSettle.Primitives;
using Contract = OpenSettle.Ethereum.Contracts;

namespace OpenSettle.EndToEnd.Tests.Witness;

/// <summary>
/// A leader without keys, behind a door that can lie; who believes nobody knows the door alone. Windows are long, and jumped over: nothing
/// hangs on how fast the machine is.
/// </summary>
public sealed class WitnessStage : StageFixture
{
    public const uint Window = 120;

    private const int EpochSeconds = 30;
    private const int FirstAttestor = 2;

    private static readonly ulong Now = (ulong)TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();

    private RawRpc? _rpc;
    private UsageGateway? _gateway;
    private int _uses;

    public Market Market { get; private set; } = null!;

    public FalseLeader Door { get; private set; } = null!;

    /// <summary>The honest node behind the door.</summary>
    public NodeProcess Leader { get; private set; } = null!;

    /// <summary>Ada's, without usage.</summary>
    public StageModel Base { get; private set; } = null!;

    /// <summary>Dora's, derived from it, with a pool.</summary>
    public StageModel Tune { get; private set; } = null!;

    internal ChainRecord Record { get; private set; } = null!;

    public Person Thief => new("Thief", Cast.Hanna.Signer);

    private protected override uint WindowSeconds => Window;

    public async Task StartLeaderAsync(CancellationToken cancellation)
    {
        _rpc = Own(new RawRpc(Chain.Rpc));
        Market = new Market(Chain, Deployment);
        Base = await Market.RegisterAsync(
            Cast.Ada, "base", Contract.SplitTable.Of([Market.OwnerRow(30, "training"), Market.Row(Cast.Ben.Address, 45, "data"), Market.Row(Cast.Chloe.Address, 25, "code")]), [], cancellation, Cast.Gateway.Address);
        var table = new Contract.SplitTable(
            [Market.OwnerRow(2, "training"), Market.Row(Cast.Finn.Address, 1, "evaluation")], 4, [Market.Row(Cast.Emil.Address, 1, "curation")], Contract.TableCommitment.None);
        Tune = await Market.RegisterAsync(Cast.Dora, "tune", table, [new Contract.Parent(Base.Id.Value, 200_000)], cancellation, Cast.Gateway.Address);
        await Market.FundAsync(Cast.Bank, 1_000_000_000, cancellation);
        Record = Own(new ChainRecord(this, () => [Base, Tune]));
        Door = Own(new FalseLeader(Chain, Deployment, Thief, Cast.SecondGateway, [Cast.Gateway.Address]));
        Leader = Own(await NodeProcess.StartAsync(
            Workspace, Chain, Deployment, Cast, Workspace.FreePort(), cancellation,
            keys: new Dictionary<string, string>(StringComparer.Ordinal) { ["OPENSETTLE_OPERATOR_KEY"] = Cast.OperatorKey.ToString() },
            flags: new Dictionary<string, string>(StringComparer.Ordinal) { ["--bundle-url"] = Door.Bundles, ["--epoch-seconds"] = $"{EpochSeconds}" }));
        Door.Honest = Leader.Api;
        _gateway = new UsageGateway(Leader, Cast.Gateway, Deployment);
    }

    /// <param name="index">Which of the vault's attestors, from 0.</param>
    public async Task<NodeProcess> StartAttestorAsync(int index, CancellationToken cancellation, string? failPoint = null) => Own(await NodeProcess.StartWitnessAsync(
        Workspace, Chain, Deployment, "attest-node", $"attestor-{index + 1}",
        new Dictionary<string, string>(StringComparer.Ordinal) { ["OPENSETTLE_ATTESTOR_KEYS"] = $"mnemonic:{FirstAttestor + index}", ["OPENSETTLE_MNEMONIC"] = Cast.Mnemonic },
        new Dictionary<string, string>(StringComparer.Ordinal) { ["--leaders"] = Door.Address.ToString(), ["--log-level"] = "debug" }, cancellation, failPoint));

    /// <param name="keys">The variables that the guardian's key comes by; empty: it only tells.</param>
    public async Task<NodeProcess> StartTowerAsync(string name, IReadOnlyDictionary<string, string> keys, CancellationToken cancellation) => Own(await NodeProcess.StartWitnessAsync(
        Workspace, Chain, Deployment, "watch", name, keys,
        new Dictionary<string, string>(StringComparer.Ordinal) { ["--bundle-places"] = Door.Bundles, ["--usage-places"] = Door.Address.ToString(), ["--log-level"] = "debug" }, cancellation));

    /// <summary>Payments of both models, one that its uses name, and uses of the one with a pool, in two batches.</summary>
    public async Task PayAndUseAsync(string reference, IReadOnlyList<NodeProcess> witnesses, CancellationToken cancellation)
    {
        await _gateway!.SendAsync([Use(Cast.Emil, 3, reference), Use(Cast.Ben, 2, reference)], cancellation);
        await _gateway.SendAsync([Use(Cast.Chloe, 5, null), Use(Cast.Emil, 7, null), Use(Cast.Ben, 11, null)], cancellation);
        // What they had before the epoch's last block nobody can leave out.
        var last = string.Create(CultureInfo.InvariantCulture, $"Batch {_gateway.Last.Number} of gateway");
        foreach (var witness in witnesses) await SaysAsync(witness, cancellation, last);
        await Market.PayAsync(Cast.Bank, Tune, Deployment.Dollar, 7_000_001, Market.Text(reference), cancellation);
        await Market.PayAsync(Cast.Bank, Base, Deployment.Dollar, 3_000_002, Hash32.Zero, cancellation);
        var payments = Market.Payments;
        await Leader.WaitAsync("the payments are in the books", status => status.GetProperty("payments").GetInt32() == payments, cancellation);
        await JumpAsync(EpochSeconds + 1, cancellation);
    }

    /// <summary>Blocks are so much later from here on.</summary>
    public Task JumpAsync(uint seconds, CancellationToken cancellation) => _rpc!.CallAsync("evm_increaseTime", cancellation, seconds);

    /// <summary>How many transactions an account sent.</summary>
    public async Task<int> SentAsync(Address account, CancellationToken cancellation) =>
        Convert.ToInt32((await _rpc!.CallAsync("eth_getTransactionCount", cancellation, account.ToString(), "latest")).GetString(), 16);

    /// <summary>The leader's epoch is proposed, its window passes, and all that follows is done.</summary>
    public async Task SettledAsync(ulong epoch, CancellationToken cancellation)
    {
        await Leader.WaitAsync($"epoch {epoch} is proposed", status => State(status, epoch) == "proposed", cancellation);
        await JumpAsync(Window, cancellation);
        await Leader.WaitAsync($"epoch {epoch} is settled", status => State(status, epoch) == "pushed" && status.GetProperty("transactions").GetArrayLength() == 0, cancellation);
    }

    /// <summary>Waits for a line of a node's log that has all these words.</summary>
    public static async Task<string> SaysAsync(NodeProcess node, CancellationToken cancellation, params string[] words)
    {
        for (var i = 0; i < 600; i++)
        {
            if ((await LinesAsync(node, cancellation)).FirstOrDefault(line => words.All(word => line.Contains(word, StringComparison.Ordinal))) is { } found) return found;
            await Task.Delay(TimeSpan.FromMilliseconds(100), cancellation);
        }

        throw new StageException(StageException.Failed, $"{node.LogFile} did not say '{string.Join(" … ", words)}' within a minute. It ends with:{Environment.NewLine}{node.Tail()}");
    }

    public static async Task<IReadOnlyList<string>> LinesAsync(NodeProcess node, CancellationToken cancellation)
    {
        using var reader = new StreamReader(new FileStream(node.LogFile, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return (await reader.ReadToEndAsync(cancellation)).Split('\n');
    }

    /// <summary>Waits for what the vault says.</summary>
    public async Task<T> SaidAsync<T>(Func<T, bool> wanted, CancellationToken cancellation)
        where T : ContractEvent
    {
        for (var i = 0; i < 600; i++)
        {
            await Record.ExtendAsync(cancellation);
            if (Record.Events<T>().FirstOrDefault(wanted) is { } said) return said;
            await Task.Delay(TimeSpan.FromMilliseconds(100), cancellation);
        }

        throw new StageException(StageException.Failed, $"the vault did not say {typeof(T).Name} within a minute");
    }

    public Task<T> VaultAsync<T>(ContractView<T> view, CancellationToken cancellation) => Chain.Client.AskAsync(Deployment.Id.Vault, view, BlockRef.Latest, cancellation);

    public static string? State(JsonElement status, ulong epoch) =>
        status.TryGetProperty("latestEpoch", out var latest) && latest.GetProperty("number").GetUInt64() == epoch ? latest.GetProperty("state").GetString() : null;

    private MeteredEvent Use(Person whose, ulong units, string? reference) => new()
    {
        Source = "urn:gateway:eu-1",
        Id = string.Create(CultureInfo.InvariantCulture, $"use-{++_uses}"),
        Type = "ai.opensettle.usage.v1",
        Model = Tune.Id,
        Domain = "contracts",
        Outcome = Outcomes.Ok,
        Units = units,
        Time = Now,
        Consumer = Market.Text("somebody"),
        Payment = reference is null ? Hash32.Zero : Market.Text(reference),
        Attribution = new Attribution("test", Market.Text("test"), [new MeasuredWeight(whose.Address, 1, 1, 1)]),
    };
}
