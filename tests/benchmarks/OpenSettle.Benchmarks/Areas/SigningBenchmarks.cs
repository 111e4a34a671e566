using OpenSettle.Ethereum.Builtin;
using OpenSettle.Ethereum.Keys;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Benchmarks.Areas;

/// <summary>Signing and recovering, with each curve library that this machine has.</summary>
internal static class SigningBenchmarks
{
    private const int Transfers = 4000;
    private const int PeerTransfers = 80;
    private const int Recoveries = 4000;

    private static readonly Hash32 Secret = Keccak256.HashText("a key of the benchmark");

    /// <summary>An EIP-1559 transfer signed, encoded and hashed.</summary>
    public static Figure SignRatio()
    {
        var signer = new BuiltinProvider(TimeProvider.System).SignerFromPrivateKey(Secret);
        var peer = SigningPeer.Create(Secret);
        if (!Sign(signer, Transfer(signer, 0)).SequenceEqual(peer(Transfer(signer, 0)))) throw new InvalidOperationException("The peer signs something else.");
        var (a, b) = Harness.InTurn(
            () => Repeat(Transfers, i => Sign(signer, Transfer(signer, i))),
            () => Repeat(PeerTransfers, i => peer(Transfer(signer, i))) * Transfers / PeerTransfers);
        return Figure.RatioOf(a, b, $"× (peer: ms of {SigningPeer.Name}, {Transfers} transfers)", 10);
    }

    public static Figure RecoverPerSecond() => Curves.Best is NativeCurve
        ? Recover(Curves.Best, 25_000)
        : Figure.NotMeasured("1/s", 25_000, $"libsecp256k1 is not used here: {Curves.Best.Name}");

    public static Figure FallbackRecoverPerSecond() => Recover(Curves.Portable, 4_500);

    private static TransactionRequest Transfer(ISigner signer, int nonce) =>
        new(31337, (ulong)nonce, 1, 2_000_000_000, 21_000, signer.Address, 1, ReadOnlyMemory<byte>.Empty);

    private static byte[] Sign(ISigner signer, TransactionRequest request) =>
        signer.SignTransactionAsync(request, CancellationToken.None).AsTask().GetAwaiter().GetResult().Raw.ToArray();

    private static double Repeat(int times, Action<int> work) => Harness.Once(() =>
    {
        for (var i = 0; i < times; i++) work(i);
    });

    private static Figure Recover(ICurve curve, int target)
    {
        using var key = new PrivateKey(curve, Secret.ToArray());
        var provider = new BuiltinProvider(TimeProvider.System, curve);
        // Many of them: the time depends on the digits.
        var signed = Enumerable.Range(0, Recoveries).Select(i => Keccak256.HashText($"message {i}")).Select(digest => (Digest: digest, Signature: key.Sign(digest))).ToArray();
        var samples = Harness.Time(() =>
        {
            foreach (var (digest, signature) in signed)
            {
                if (provider.Recover(digest, signature) != key.Address) throw new InvalidOperationException("A wrong address was recovered.");
            }
        });
        return Figure.Of(new Samples([.. samples.Values.Select(milliseconds => Recoveries / milliseconds * 1000)]), "1/s", target);
    }
}
