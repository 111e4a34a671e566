using OpenSettle.Ethereum.Nethereum;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Benchmarks.Areas;

/// <summary>Talking to a chain: signing, recovering, and reading logs. Backfill comes later.</summary>
internal static class ChainArea
{
    public static SortedDictionary<string, Figure> Measure()
    {
        var providers = ChainProviders.All(TimeProvider.System);
        var ours = providers.First(provider => provider.Name == "builtin");
        var peer = providers.FirstOrDefault(provider => provider.Name == "nethereum");
        const string Later = "backfill is not measured yet";
        var figures = new SortedDictionary<string, Figure>(StringComparer.Ordinal)
        {
            ["sign_ratio"] = peer is null
                ? Figure.NotMeasured("×", 10, "Nethereum's packages do not restore here")
                : Sign(ours, peer),
            ["recover_per_s"] = Figure.NotMeasured("1/s", 25_000, "libsecp256k1 is not used yet"),
            ["recover_fallback_per_s"] = Recover(ours),
            ["backfill_logs_per_s"] = Figure.NotMeasured("1/s", 50_000, Later),
            ["backfill_ratio_bare"] = Figure.NotMeasured("×", 0.85, Later),
        };
        foreach (var (key, figure) in LogBenchmarks.Measure()) figures.Add(key, figure);
        return figures;
    }

    private static Figure Sign(IChainProvider ours, IChainProvider peer)
    {
        var (a, b) = Harness.InTurn(() => SignHundred(ours), () => SignHundred(peer));
        return Figure.RatioOf(a, b, "× (peer: ms of Nethereum, 100 transfers)", 10);
    }

    private static double SignHundred(IChainProvider provider)
    {
        var signer = provider.SignerFromPrivateKey(Keccak256.HashText("a key of the benchmark"));
        return Harness.Once(() =>
        {
            for (ulong i = 0; i < 100; i++)
            {
                _ = signer.SignTransactionAsync(
                    new TransactionRequest(31337, i, 1, 2_000_000_000, 21_000, signer.Address, 1, ReadOnlyMemory<byte>.Empty), CancellationToken.None).AsTask().GetAwaiter().GetResult();
            }
        });
    }

    private static Figure Recover(IChainProvider provider)
    {
        const int Times = 500;
        var data = new TypedData(new TypedDataDomain("bench", null, null, null), [new("Nothing", [])], new TypedValue.Struct());
        var digest = data.Digest();
        var signer = provider.SignerFromPrivateKey(Keccak256.HashText("a key of the benchmark"));
        var signature = signer.SignTypedDataAsync(data, CancellationToken.None).AsTask().GetAwaiter().GetResult();
        var samples = Harness.Time(() =>
        {
            for (var i = 0; i < Times; i++)
            {
                if (provider.Recover(digest, signature) != signer.Address) throw new InvalidOperationException("A wrong address was recovered.");
            }
        });
        return Figure.Of(new Samples([.. samples.Values.Select(milliseconds => Times / milliseconds * 1000)]), "1/s", 4_500);
    }
}
