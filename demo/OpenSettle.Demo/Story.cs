using OpenSettle.Demo.Stage;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using Contract = OpenSettle.Ethereum.Contracts;

namespace OpenSettle.Demo;

/// <summary>What happened in the story, for whoever counts.</summary>
public sealed class StoryCounts
{
    public int Claims { get; set; }

    public int SignedClaims { get; set; }

    public int Pushes { get; set; }

    public int PushesRefused { get; set; }

    public int PushesTaken { get; set; }

    public int Vetoes { get; set; }

    public int Resales { get; set; }

    public int Attestations { get; set; }

    public int PassportsVerified { get; set; }

    public UInt256 Royalties { get; set; }
}

/// <summary>
/// The main job on a real chain with a real node: what is paid for models comes to the people who made them, also where
/// something goes wrong on the way.
/// </summary>
public sealed partial class Story(Workspace workspace, LocalChain chain, Deployment deployment, Cast cast, Teller teller) : IDisposable
{
    /// <summary>How many chapters <see cref="TellAsync"/> has.</summary>
    public const int Chapters = 10;

    private const string LiteLlm = "litellm";
    private const string Niche = "nda-clauses";

    private readonly Market _market = new(chain, deployment);
    private readonly List<StageModel> _models = [];
    private readonly Dictionary<Address, string> _names = [];
    private NodeProcess? _node;
    private UsageGateway? _signing;
    private UsageGateway? _second;
    private string _liteLlmKey = string.Empty;
    private Address _wallet;
    private int _events;

    public int Events => _events;

    public Market Market => _market;

    public int Models => _models.Count;

    /// <summary>How many accounts the splits name, and the owners.</summary>
    public int Contributors => _names.Count;

    /// <summary>Those that sign, and the proxy that cannot.</summary>
    public int Gateways { get; private set; }

    public StoryCounts Counts { get; } = new();

    public NodeProcess Node => _node ?? throw new InvalidOperationException("The node was not started yet.");

    private StageModel Base => _models[0];

    private StageModel Tune => _models[1];

    private StageModel Salvage => _models[2];

    public async Task TellAsync(int apiPort, CancellationToken cancellation)
    {
        await RegisterAsync(cancellation);
        await StartNodeAsync(apiPort, cancellation);
        await PayAndUseAsync(cancellation);
        await FirstEpochAsync(cancellation);
        await FirstClaimsAsync(cancellation);
        await SellAsync(cancellation);
        await VetoAsync(cancellation);
        await EvaluateAsync(cancellation);
        await LastClaimsAsync(cancellation);
        await LookUpAsync(cancellation);
        await QuietAsync(cancellation);
    }

    public void Dispose() => _node?.Dispose();

    private async Task RegisterAsync(CancellationToken cancellation)
    {
        teller.Chapter("Three models are registered, each with the people who made it");
        _wallet = await _market.CreateAsync(cast.Relayer, DemoContracts.WalletOf(cast.Iris.Address), cancellation);
        foreach (var person in (Person[])[.. cast.Contributors, cast.Gita, cast.Hanna]) _names[person.Address] = person.Name;
        _names[_wallet] = "Iris's wallet";
        Address[] gateways = [cast.Gateway.Address, cast.SecondGateway.Address, cast.Proxy];

        _models.Add(await _market.RegisterAsync(
            cast.Ada, "lexis-7b",
            Contract.SplitTable.Of([Market.OwnerRow(30, "training"), Market.Row(cast.Ben.Address, 45, "data"), Market.Row(cast.Chloe.Address, 25, "code")]), [], cancellation, gateways));
        teller.Say("lexis-7b, a base model, by Ada. Of its money its owner has 30 parts, Ben 45 (data), Chloe 25 (code).");
        _models.Add(await _market.RegisterAsync(
            cast.Dora, "lexis-7b-nda",
            new Contract.SplitTable(
                [Market.OwnerRow(2, "training"), Market.Row(cast.Finn.Address, 1, "evaluation")], 4, [Market.Row(cast.Emil.Address, 1, "curation")],
                Contract.TableCommitment.None),
            [new Contract.Parent(Base.Id.Value, 200_000)], cancellation, gateways));
        teller.Say("lexis-7b-nda, Dora's fine-tune of it for contracts. 20 % goes up to lexis-7b; of the rest its owner has 2 parts, Finn 1 (evaluation), and 4 are a pool for whoever influenced the answers: Emil (curation) where nobody measured.");

        var table = SalvageTable();
        var (hash, rows, weight) = TableText.Commit(table);
        _models.Add(await _market.RegisterAsync(
            cast.Gita, "lexis-nda-clauses", Contract.SplitTable.Commit(new Contract.TableCommitment(hash, rows, weight, "ipfs://split-of-lexis-nda-clauses")),
            [new Contract.Parent(Tune.Id.Value, 300_000)], cancellation, gateways));
        await _market.SendAsync(cast.Gita, deployment.Id.Registry, new DemoContracts.SetStatusCall(Salvage.Id.Value, Contract.ModelStatus.Salvage).Data, UInt256.Zero, cancellation);
        teller.Say("lexis-nda-clauses, cut by Gita out of that: beaten everywhere but in one niche, so its status is salvage. 30 % goes up to lexis-7b-nda. Who shares the rest the chain knows by a hash alone: the table itself is yet to be published. Iris, who gave it data, is paid to a wallet that is a contract.");
    }

    private SplitTable SalvageTable() =>
        new(1, [new SplitRow(null, 5, "training"), new SplitRow(_wallet, 3, "data"), new SplitRow(cast.Finn.Address, 2, "evaluation")]);

    private async Task StartNodeAsync(int apiPort, CancellationToken cancellation)
    {
        teller.Chapter("The node starts, and reads the chain");
        var mapping = workspace.PathOf("mapping.json");
        await File.WriteAllTextAsync(
            mapping, $$$"""{"mappings":[{"name":"{{{LiteLlm}}}","preset":"litellm","domain":"chat","models":{"lexis-7b":"{{{Base.Id}}}"}}]}""", cancellation);
        _node = await NodeProcess.StartAsync(
            workspace, chain, deployment, cast, apiPort, cancellation,
            flags: new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["--usage-mapping"] = mapping,
                // Who gets so much in an epoch is paid without asking.
                ["--push-above"] = $"{deployment.Dollar.Address}=40",
                ["--push-max-cost-percent"] = "100",
            });
        var secondKey = await NodeProcess.AddGatewayAsync(workspace, deployment, "us-1", ["--address", cast.SecondGateway.Address.ToChecksumString()], cancellation);
        _liteLlmKey = await NodeProcess.AddGatewayAsync(workspace, deployment, LiteLlm, ["--address", cast.Proxy.ToChecksumString(), "--scopes", "send-unsigned"], cancellation);
        _signing = new UsageGateway(_node, cast.Gateway, deployment);
        _second = new UsageGateway(_node, cast.SecondGateway, deployment, secondKey);
        await _node.WaitAsync("api/v1/models", "it knows the models", models => models.GetArrayLength() == _models.Count, cancellation);
        foreach (var model in _models) await _node.PublishAsync(Market.DocumentOf(model.Name), cancellation);
        Gateways = 3;
        teller.Say($"Its page is at {_node.Api}");
        teller.Say("Three gateways may send it usage: eu-1 and us-1, which sign what they meter, and a LiteLLM proxy, which cannot.");
        teller.Say("An account that gets 40 dUSD or more in an epoch is paid at once (a push); all others claim.");
    }

    private string NameOf(ModelId id) => _models.First(model => model.Id.Value == id.Value).Name;

    private string NameOf(Address account) => _names.GetValueOrDefault(account) ?? account.ToChecksumString();

    private string Dollars(UInt256 amount) => Teller.Amount(amount, deployment.Dollar);

    private StageToken TokenOf(Address token) => deployment.Tokens.First(known => known.Address == token);
}
