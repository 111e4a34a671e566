using OpenSettle.Epochs;
using OpenSettle.Metering;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using OpenSettle.Verify;

namespace OpenSettle.Tests.Support;

/// <summary>An epoch as it is published.</summary>
internal sealed record PublishedEpoch(Bundle Bundle, byte[] Bytes, Hash32 Hash)
{
    public EpochOnChain OnChain => new(Bundle.Number, Bundle.Root, Hash, Bundle.LastBlock, Bundle.RecordRoot);

    public VerifiedEpoch Verified => new(Bundle, Hash);

    public static PublishedEpoch Of(Bundle bundle)
    {
        using var stream = new MemoryStream();
        var hash = BundleWriter.Write(bundle, stream);
        return new PublishedEpoch(bundle, stream.ToArray(), hash);
    }

    public VerifyReport Verify(PublishedEpoch? previous, EpochOnChain onChain, ChainView? chain = null, IReadOnlyList<UsageBatch>? usage = null) =>
        EpochVerifier.Verify(new MemoryStream(Bytes), previous?.Verified, onChain, chain, usage).Report;
}

/// <summary>Random epochs, one after another, settled honestly.</summary>
internal sealed class History
{
    public static readonly DeploymentId Deployment =
        new(31_337, World.Name("registry", 1), World.Name("rail", 1), World.Name("vault", 1));

    private History(World world, IReadOnlyList<ListedToken> tokens, IReadOnlyList<PublishedEpoch> epochs) => (World, Tokens, Epochs) = (world, tokens, epochs);

    public World World { get; }

    public IReadOnlyList<ListedToken> Tokens { get; }

    public IReadOnlyList<PublishedEpoch> Epochs { get; }

    public static IReadOnlyList<PublishedEpoch> Make(Shape shape, int epochs) => Of(shape, epochs).Epochs;

    public static History Of(Shape shape, int epochs)
    {
        var world = new World(shape, epochs);
        var tokens = world.Tokens.Select(token => new ListedToken(token, UInt256.Zero)).ToList();
        var made = new List<PublishedEpoch>();
        for (var number = 1; number <= epochs; number++)
        {
            var previous = made.Count > 0 ? made[^1] : null;
            EpochResult Settle() => EpochBuilder.Build(Input(world, tokens, number, previous));

            // Smallest leaves that some accounts stay below, and one meets exactly.
            if (previous is null) tokens = [tokens[0], .. tokens.Skip(1).Select(token => token with { SmallestLeaf = Middle(Settle(), token.Token) })];
            made.Add(PublishedEpoch.Of(Bundle.Of(Deployment, Settle(), previous?.Hash ?? Hash32.Zero)));
        }

        return new History(world, tokens, made);
    }

    /// <summary>What an epoch is built from, after the one before it.</summary>
    public static EpochInput Input(World world, IReadOnlyList<ListedToken> tokens, int number, PublishedEpoch? previous)
    {
        var resolver = new TermsResolver(world.Book, world.TablesBy(number));
        var before = previous?.Bundle.After ?? SettlementState.Empty;
        var (payments, usage) = world.Used(resolver, number);
        resolver.Release(before.Suspense.Select(suspense => suspense.Key));
        return new EpochInput(
            (ulong)number, World.FirstBlock(number), World.LastBlock(number), previous?.Bundle.LastBlockHash ?? Hash32.Zero, BlockHash(number),
            previous?.Bundle.Root ?? Hash32.Zero, before, tokens, resolver.All, payments, usage, world.PushOf(number));
    }

    public static Hash32 BlockHash(int epoch) => Keccak256.HashText($"block/{World.LastBlock(epoch)}");

    /// <summary>What a verifier that read the chain by itself knows at the end of an epoch.</summary>
    public ChainView View(int epoch) => new(
        Deployment, World.FirstBlock(epoch), BlockHash(epoch), World.Book, World.TablesBy(epoch), Tokens, World.TakenBy(epoch), World.CreditedBy(epoch),
        World.PushOf(epoch).ToDictionary(order => order.Account, order => order.Recipient));

    /// <summary>Verifies an epoch with all that there is.</summary>
    public VerifyReport Verify(int epoch) =>
        Epochs[epoch - 1].Verify(epoch > 1 ? Epochs[epoch - 2] : null, Epochs[epoch - 1].OnChain, View(epoch), World.BatchesOf(epoch));

    private static UInt256 Middle(EpochResult result, Address token)
    {
        var earned = result.After.Accounts.Where(account => account.Token == token).Select(account => account.Earned).Order().ToList();
        return earned.Count > 0 ? earned[earned.Count / 2] : 1_000_000;
    }
}
