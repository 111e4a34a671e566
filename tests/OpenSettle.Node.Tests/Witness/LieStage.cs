using OpenSettle.Demo.Stage.Lies;
using OpenSettle.Epochs;
using OpenSettle.Ethereum.Signing;
using OpenSettle.Metering;
using OpenSettle.Node.Tests.Support;
using OpenSettle.Node.Tests.Verification;
using OpenSettle.Primitives;
using static OpenSettle.Node.Tests.Support.World;
using Proposal = OpenSettle.Ethereum.Contracts.Proposal;

namespace OpenSettle.Node.Tests.Witness;

/// <summary>Two epochs were settled honestly. Of the third a leader shows what it likes, and witnesses have the chain and the gateways' usage.</summary>
internal sealed class LieStage : IDisposable
{
    private readonly BatchSigner _thief = new(Provider.SignerFromPrivateKey(Keccak256.HashText("thief's gateway")), ChainId, World.Registry);

    private LieStage(VerifyStage inner) => (Inner, Witness) = (inner, new TestWitness(inner.Chain, inner.Bundles, inner.Usage));

    public VerifyStage Inner { get; }

    /// <summary>Has pulled the usage before the third epoch's last block was made.</summary>
    public TestWitness Witness { get; }

    public FakeChain Chain => Inner.Chain;

    /// <summary>The honest third epoch.</summary>
    public Bundle Honest { get; private set; } = null!;

    public Proposal HonestProposal => Proposal.Decode(Inner.Node.Books.Read(session => session.Epochs.Proposal(3)).Span) with { BundleUri = "https://nowhere.example/x" };

    public static async Task<LieStage> OfAsync()
    {
        var stage = new LieStage(await VerifyStage.SettledAsync());
        var (inner, chain, gateway) = (stage.Inner, stage.Inner.Chain, stage.Inner.Gateway);
        var reference = Keccak256.HashText("use of the third epoch");
        await gateway.SendAsync(inner.Node, gateway.Use(VerifyStage.Small, 70, reference, (Carol, 2), (Bob, 5)), gateway.Use(VerifyStage.Small, 3));
        await gateway.SendAsync(inner.Node, gateway.Use(VerifyStage.Small, 90, default, (Carol, 1)));
        inner.Publish();
        await stage.Witness.TickAsync();
        chain.TakesFromPool = false;
        // Sums that do not divide without a rest.
        chain.Mine(block => block.Pay(VerifyStage.Small, Dollar, 1_003), block => block.Pay(VerifyStage.Small, Dollar, 517));
        chain.MineEmpty(5);
        await inner.Node.RunAsync(3);
        inner.Publish();
        var built = inner.Node.Epoch(3) ?? throw new InvalidOperationException("The node built nothing.");
        using var bytes = inner.Node.Bundles.Open(built.BundleHash);
        stage.Honest = BundleReader.Read(bytes).Bundle;
        return stage;
    }

    /// <summary>Makes a false epoch of it, and publishes what the liar publishes.</summary>
    public async Task<FalseEpoch> LieAsync(Lie lie)
    {
        var before = Inner.Node.Bundles.Read(Honest.PreviousBundle);
        var batches = Honest.Usage.Batches.Select(named => Read(named.Number)).ToList();
        var told = new FalseBundles(Honest, before, batches, [Inner.Gateway.Address], Account("thief"), _thief.Gateway).Of(lie, 0, "https://nowhere.example/bundles");
        if (told.Published is { } bytes) await File.WriteAllBytesAsync(Path.Combine(Inner.Bundles, $"{told.Proposal.BundleHash}.bundle.gz"), bytes.ToArray());
        if (told.Batch is { } batch) await SignAsync(batch);
        return told;
    }

    public void Dispose()
    {
        Witness.Dispose();
        Inner.Dispose();
    }

    private UsageBatch Read(ulong number) =>
        BatchFile.Read(File.ReadAllBytes(Inner.BatchPath(number)), ChainId, World.Registry, (Inner.Gateway.Address, number), Provider.Recover).Batch?.Batch ?? throw new InvalidOperationException($"There is no batch {number}.");

    private async Task SignAsync(UsageBatch batch)
    {
        var signed = await _thief.SignAsync([.. batch.Events], CancellationToken.None);
        var folder = Directory.CreateDirectory(Path.Combine(Inner.Usage, batch.Gateway.ToString()));
        using var file = File.Create(Path.Combine(folder.FullName, "1"));
        file.Write(BatchFile.Head(ChainId, World.Registry, signed));
        foreach (var e in batch.Events)
        {
            file.Write(e.ToText());
            file.WriteByte((byte)'\n');
        }
    }
}
