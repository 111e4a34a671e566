using OpenSettle.Epochs;
using OpenSettle.Ethereum.Signing;
using OpenSettle.Ethereum.Watch;
using OpenSettle.Metering;
using OpenSettle.Node.Pipeline;
using OpenSettle.Node.Tests.Pipeline;
using OpenSettle.Node.Tests.Support;
using OpenSettle.Node.Verification;
using OpenSettle.Primitives;
using static OpenSettle.Node.Tests.Support.World;
using Proposal = OpenSettle.Ethereum.Contracts.Proposal;
using TokenTotal = OpenSettle.Ethereum.Contracts.TokenTotal;

namespace OpenSettle.Node.Tests.Verification;

/// <summary>A node that settled, and somebody else who verifies it with nothing but the chain and what was published.</summary>
internal sealed class VerifyStage : IDisposable
{
    public static readonly TestModel Small = Model("small");

    private static readonly Hash32 Reference = Keccak256.HashText("use");

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("opensettle-verify-test-");
    private readonly StubWeb _web = new();

    private VerifyStage(FakeChain chain, UInt256? pushAbove)
    {
        Chain = chain;
        Node = new TestNode(chain, pushAbove: pushAbove);
        Directory.CreateDirectory(Usage);
        Directory.CreateDirectory(Bundles);
    }

    public FakeChain Chain { get; }

    public TestNode Node { get; }

    public TestGateway Gateway { get; } = new("eu");

    /// <summary>Where the node's bundles were published.</summary>
    public string Bundles => Path.Combine(_folder.FullName, "published");

    /// <summary>Where its batches were.</summary>
    public string Usage => Path.Combine(_folder.FullName, "usage");

    /// <summary>A chain that nothing was settled on yet, and a node.</summary>
    public static VerifyStage Of(FakeChain chain) => new(chain, null);

    /// <summary>Two epochs are active: one with a named payment and a swept one, one without usage.</summary>
    /// <param name="pushAbove">Accounts that get as much are paid by push; null: none is.</param>
    /// <param name="refusing">Takes no push.</param>
    public static async Task<VerifyStage> SettledAsync(UInt256? pushAbove = null, Address? refusing = null)
    {
        var stage = new VerifyStage(WatchStepTests.Listed(), pushAbove);
        var (chain, node, gateway) = (stage.Chain, stage.Node, stage.Gateway);
        chain.Mine(block => block.SetSplit(Small, 2, 0, [(Alice, 1)], 3, [(Bob, 1)]), block => block.SetGateway(Small, gateway.Address, listed: true));
        await gateway.SendAsync(node, gateway.Use(Small, 100, Reference, (Carol, 3), (Bob, 1)), gateway.Use(Small, 5));
        await gateway.SendAsync(node, gateway.Use(Small, 40, default, (Carol, 7)));
        chain.Mine(block => block.Pay(Small, Dollar, 100), block => block.Send(Small, Dollar, 100));
        await node.RunAsync(24);
        // Redirected from the second epoch on.
        chain.Mine(block => block.SetRecipient(Alice, Payer), block => block.Pay(Small, Dollar, 1_000));
        chain.Mine(block =>
        {
            if (refusing is { } account) block.State.Refusing.Add(account);
        });
        await node.RunAsync(24);
        Assert.Equal(2UL, chain.State.Epoch);
        stage.Publish();
        return stage;
    }

    /// <summary>Copies to the public places what a node gives to anybody.</summary>
    public void Publish()
    {
        foreach (var file in Directory.GetFiles(NodeOptionsPaths.In(Node.Options.DataDir).Bundles)) File.Copy(file, Path.Combine(Bundles, Path.GetFileName(file)), overwrite: true);
        for (ulong number = 1; Node.Usage.Batch(Gateway.Address, number) is { } batch; number++)
            Publish(batch.Signed, Node.Usage.Events(batch.FirstPosition - 1, (int)batch.Signed.Statement.Count).Select(e => e.Event));
    }

    /// <summary>Puts a batch where anybody finds it.</summary>
    public void Publish(SignedStatement signed, IEnumerable<MeteredEvent> events)
    {
        var file = BatchPath(signed.Statement.Number);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        using var bytes = File.Create(file);
        bytes.Write(BatchFile.Head(ChainId, World.Registry, signed));
        foreach (var e in events)
        {
            bytes.Write(e.ToBatched().ToText());
            bytes.WriteByte((byte)'\n');
        }
    }

    public string BundlePath(ulong epoch) => Path.Combine(Bundles, $"{Node.Epoch(epoch)!.BundleHash}.bundle.gz");

    public string BatchPath(ulong number) => Path.Combine(Usage, Gateway.Address.ToString(), number.ToString(System.Globalization.CultureInfo.InvariantCulture));

    public async Task<VaultReport> VerifyAsync(ulong? epoch = null, bool withUsage = true, IProgress<VerificationProgress>? progress = null, VerificationOptions? options = null, CancellationToken cancellation = default)
    {
        // Whoever is asked again need not be waited for.
        var time = new QuickTime(TimeSpan.FromSeconds(5));
        var mine = Directory.CreateDirectory(Path.Combine(_folder.FullName, "mine"));
        var deployment = Node.Options.Deployment.Watched;
        var verification = new VaultVerification(
            deployment, new VerificationChain(Chain, Chain, new AgreedRanges(() => [Chain, Chain])),
            new BundleSource([_web.PlaceAt(Bundles, time)], _web.Client, time), new BundleFolder(NodeOptionsPaths.In(mine.FullName)),
            new BatchSource(withUsage ? [_web.PlaceAt(Usage, time)] : [], deployment.Id, Provider.Recover, _web.Client, time),
            options ?? new VerificationOptions(epoch, 7), time);
        try
        {
            return await verification.RunAsync(progress, cancellation);
        }
        finally
        {
            mine.Delete(recursive: true);
        }
    }

    /// <summary>The attestors sign the next epoch with a bundle that was changed, and it is proposed.</summary>
    public async Task ProposeForgedAsync(Func<Bundle, Bundle> change, Func<Proposal, Proposal>? changeProposal = null)
    {
        var proposal = await CandidateAsync(change, changeProposal);
        using var attestors = new Attestors([.. AttestorKeys.Select(Provider.SignerFromPrivateKey)]);
        var signatures = await attestors.SignAsync(Deployment, proposal, null, CancellationToken.None);
        Chain.Mine(block => block.Propose(proposal, signatures));
    }

    /// <summary>The next epoch as the node builds it, with a bundle that was changed, before anybody signs it.</summary>
    public async Task<Proposal> CandidateAsync(Func<Bundle, Bundle> change, Func<Proposal, Proposal>? changeProposal = null)
    {
        Chain.TakesFromPool = false;
        Chain.Mine(block => block.Pay(Small, Dollar, 100));
        Chain.MineEmpty(5);
        await Node.RunAsync(3);
        var built = Node.Epoch(Chain.State.Epoch + 1) ?? throw new InvalidOperationException("The node built nothing.");
        using var bytes = Node.Bundles.Open(built.BundleHash);
        var (bundle, _) = BundleReader.Read(bytes);
        var forged = change(bundle);
        forged = forged with { Root = EpochBuilder.TreeOf(forged.After)?.Root ?? Hash32.Zero };
        var elsewhere = Path.Combine(_folder.FullName, "forged");
        var hash = new BundleFolder(NodeOptionsPaths.In(elsewhere)).Write(forged);
        File.Copy(Path.Combine(NodeOptionsPaths.In(elsewhere).Bundles, $"{hash}.bundle.gz"), Path.Combine(Bundles, $"{hash}.bundle.gz"), overwrite: true);
        var proposal = new Proposal(
            forged.Number, 0, 1, forged.PreviousRoot, forged.Root, forged.PushRoot, forged.RecordRoot, hash, forged.LastBlock, forged.LastBlockHash,
            [.. forged.Changed.Select(total => new TokenTotal(total.Token, total.Total))], [], "https://nowhere.example/x");
        return changeProposal?.Invoke(proposal) ?? proposal;
    }

    public void Dispose()
    {
        Node.Dispose();
        _web.Dispose();
        _folder.Delete(recursive: true);
    }
}
