using OpenSettle.Epochs;
using OpenSettle.Ledger;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using OpenSettle.Verify;

namespace OpenSettle.Tests.Support;

/// <summary>An epoch as it is published.</summary>
internal sealed record PublishedEpoch(Bundle Bundle, byte[] Bytes, Hash32 Hash)
{
    public EpochOnChain OnChain => new(Bundle.Number, Bundle.Root, Hash, Bundle.LastBlock);

    public static PublishedEpoch Of(Bundle bundle)
    {
        using var stream = new MemoryStream();
        var hash = BundleWriter.Write(bundle, stream);
        return new PublishedEpoch(bundle, stream.ToArray(), hash);
    }
}

/// <summary>Random epochs, one after another, settled honestly.</summary>
internal static class History
{
    public static readonly DeploymentId Deployment =
        new(31_337, World.Name("registry", 1), World.Name("rail", 1), World.Name("vault", 1));

    public static IReadOnlyList<PublishedEpoch> Make(Shape shape, int epochs)
    {
        var world = new World(shape, epochs);
        var tokens = world.Tokens.Select(token => new ListedToken(token, UInt256.Zero)).ToList();
        var made = new List<PublishedEpoch>();
        for (var number = 1; number <= epochs; number++)
        {
            var resolver = new TermsResolver(world.Book);
            var first = (ulong)((number - 1) * World.EpochBlocks + 1);
            var last = first + World.EpochBlocks - 1;
            var previous = made.Count > 0 ? made[^1] : null;
            // Large enough for a leaf, so that the first epoch has a root.
            var sure = new Payment(
                new LogPosition(first, 0), World.TimeOf(first), Keccak256.HashText($"sure/{number}"), world.Models[0], world.Tokens[0],
                UInt256.Parse("1000000000000000000000000000000"), World.Name("payer", 0), Keccak256.HashText("usage"), PaymentRoute.Rail);
            DividedPayment[] divided =
            [
                new DividedPayment(new SettledPayment(sure, sure.Amount), resolver.Resolve(sure.Model, sure.Block)),
                .. world.Divided(resolver, number),
            ];
            UsageCount[] usage = [.. world.Models.Order().Take(number).Select((model, i) => new UsageCount(model, (ulong)(i + 7)))];
            EpochResult Settle() => EpochBuilder.Build(new EpochInput(
                (ulong)number, first, last, Keccak256.HashText($"block/{last}"), previous?.Bundle.Root ?? Hash32.Zero,
                previous?.Bundle.After ?? SettlementState.Empty, tokens, divided, usage));

            // Smallest leaves that some accounts stay below, and one meets exactly.
            if (previous is null) tokens = [tokens[0], .. tokens.Skip(1).Select(token => token with { SmallestLeaf = Middle(Settle(), token.Token) })];
            var result = Settle();
            made.Add(PublishedEpoch.Of(Bundle.Of(Deployment, result, resolver.All, previous?.Hash ?? Hash32.Zero)));
        }

        return made;
    }

    private static UInt256 Middle(EpochResult result, Address token)
    {
        var earned = result.After.Accounts.Where(account => account.Token == token).Select(account => account.Earned).Order().ToList();
        return earned.Count > 0 ? earned[earned.Count / 2] : 1_000_000;
    }
}
