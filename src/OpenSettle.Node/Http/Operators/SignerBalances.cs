using OpenSettle.Ethereum.Ports;
using OpenSettle.Node.Pipeline;
using OpenSettle.Primitives;

namespace OpenSettle.Node.Http;

internal sealed record SignerAnswer(string Role, Address Address, UInt256? Balance, DateTimeOffset? AsOf, string? Why);

/// <summary>Who signs for this node, and what whoever pays for transactions has. The chain is asked at most once in a minute, whoever asks here.</summary>
internal sealed class SignerBalances(ISigner payer, Attestors attestors, IChainClient client, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan Fresh = TimeSpan.FromMinutes(1);

    private readonly SemaphoreSlim _turn = new(1, 1);
    private (UInt256? Balance, DateTimeOffset? AsOf, string? Why) _known;
    private DateTimeOffset _asked = DateTimeOffset.MinValue;

    public async Task<IReadOnlyList<SignerAnswer>> AllAsync(CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation);
        try
        {
            if (time.GetUtcNow() - _asked >= Fresh) await AskAsync(cancellation);
            return
            [
                new SignerAnswer("operator", payer.Address, _known.Balance, _known.AsOf, _known.Why),
                // They sign and pay nothing.
                .. attestors.Signers.Select(signer => new SignerAnswer("attestor", signer.Address, null, null, null)),
            ];
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();

    private async Task AskAsync(CancellationToken cancellation)
    {
        try
        {
            var balance = await client.GetBalanceAsync(payer.Address, BlockRef.Latest, cancellation);
            _known = (balance, time.GetUtcNow(), null);
        }
        catch (ChainException e)
        {
            // The older figure says when it is of.
            _known = _known with { Why = e.Message };
        }

        _asked = time.GetUtcNow();
    }
}
