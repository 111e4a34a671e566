using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Encoding;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Node.Tests.Support;

/// <summary>The vault's figures, as its views give them.</summary>
internal sealed class VaultFigures
{
    /// <summary>What becomes of a figure on its way out, by its name: credited, promised, paid, balance, claimed.</summary>
    public Func<string, UInt256, UInt256> On { get; set; } = (_, figure) => figure;

    /// <summary>How often anything was asked.</summary>
    public int Asked { get; private set; }

    public ReadOnlyMemory<byte>? Answer(CallRequest call, ContractState state)
    {
        if (call.To != World.Vault) return Word(Balance(call.To, state));
        foreach (var token in state.Listed)
        {
            if (Asks(call, new RoyaltySplit.CreditedOf(token))) return Figure("credited", state.Credited.GetValueOrDefault(token));
            if (Asks(call, new RoyaltySplit.PromisedOf(token))) return Figure("promised", state.Promised.GetValueOrDefault(token));
            if (Asks(call, new RoyaltySplit.PaidOf(token))) return Figure("paid", Paid(token, state));
            foreach (var ((account, _), claimed) in state.Claimed.Where(claim => claim.Key.Token == token))
            {
                if (Asks(call, new RoyaltySplit.ClaimedOf(account, token))) return Figure("claimed", claimed);
            }
        }

        throw new InvalidOperationException("The vault is asked nothing else.");
    }

    public UInt256 Balance(Address token, ContractState state)
    {
        Asked++;
        return On("balance", state.Credited.GetValueOrDefault(token) - Paid(token, state));
    }

    private static UInt256 Paid(Address token, ContractState state) =>
        state.Claimed.Where(claim => claim.Key.Token == token).Aggregate(state.PaidByPush.GetValueOrDefault(token), static (sum, claim) => sum + claim.Value);

    private static bool Asks(CallRequest call, ContractView<UInt256> view) => call.Data.Span.SequenceEqual(view.Data.Span);

    private ReadOnlyMemory<byte>? Figure(string name, UInt256 figure)
    {
        Asked++;
        return Word(On(name, figure));
    }

    private static ReadOnlyMemory<byte>? Word(UInt256 figure) => new AbiWriter().UInt(figure).ToArray();
}
