using System.ComponentModel;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Send;
using OpenSettle.Node.Doctor;
using OpenSettle.Node.Pipeline;
using OpenSettle.Primitives;

namespace OpenSettle.Node.Http;

internal sealed record SignerAnswer(
    string Role, Address Address, UInt256? Balance, [Description("What an epoch's transactions take about, in wei, at the gas of then; of who pays for them.")] UInt256? EpochCost, DateTimeOffset? AsOf, string? Why);

/// <summary>Who signs for this node, and what whoever pays for transactions has. The chain is asked at most once in a minute, whoever asks here.</summary>
internal sealed class SignerBalances(Attestors attestors, IChainClient client, TimeProvider time, ISigner? payer = null) : IDisposable
{
    private static readonly TimeSpan Fresh = TimeSpan.FromMinutes(1);

    private readonly SemaphoreSlim _turn = new(1, 1);
    private (UInt256? Balance, UInt256? EpochCost, DateTimeOffset? AsOf, string? Why) _known;
    private DateTimeOffset _asked = DateTimeOffset.MinValue;

    public async Task<IReadOnlyList<SignerAnswer>> AllAsync(CancellationToken cancellation)
    {
        if (payer is null) return [];
        await _turn.WaitAsync(cancellation);
        try
        {
            if (time.GetUtcNow() - _asked >= Fresh) await AskAsync(payer, cancellation);
            return
            [
                new SignerAnswer("operator", payer.Address, _known.Balance, _known.EpochCost, _known.AsOf, _known.Why),
                // They sign and pay nothing.
                .. attestors.Signers.Select(signer => new SignerAnswer("attestor", signer.Address, null, null, null, null)),
            ];
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();

    private async Task AskAsync(ISigner payer, CancellationToken cancellation)
    {
        try
        {
            var balance = await client.GetBalanceAsync(payer.Address, BlockRef.Latest, cancellation);
            // As the doctor counts it, so that both call the same balance low.
            UInt256? cost = await client.GetBlockAsync(BlockRef.Latest, cancellation) is { } head
                && GasOffer.Price(head.BaseFee, await client.GetPriorityFeeAsync(cancellation)) is var price && price < UInt256.MaxAmount ? price * FundsCheck.EpochGas : null;
            _known = (balance, cost, time.GetUtcNow(), null);
        }
        catch (ChainException e)
        {
            // The older figure says when it is of.
            _known = _known with { Why = e.Message };
        }

        _asked = time.GetUtcNow();
    }
}
