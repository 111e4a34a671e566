using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Encoding;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Node.Tests.Support;

/// <summary>What the vault and the tokens of the fake chain answer to whoever asks for their figures.</summary>
internal sealed class VaultFigures
{
    /// <summary>What becomes of a figure on its way out, by its name: credited, promised, paid, balance, claimed.</summary>
    public Func<string, UInt256, UInt256> On { get; set; } = (_, figure) => figure;

    public Address Guardian { get; set; } = World.Guardian;

    /// <summary>How often anything was asked.</summary>
    public int Asked { get; private set; }

    public ReadOnlyMemory<byte>? Answer(CallRequest call, ContractState state)
    {
        if (call.To != World.Vault) return call.Data.Span.SequenceEqual(new Erc20.BalanceOf(World.Vault).Data.Span) ? Word(Balance(call.To, state)) : null;
        if (Asks(call, new RoyaltySplit.AttestorSet().Data)) return Word(state.AttestorSet);
        if (Asks(call, new RoyaltySplit.Threshold().Data)) return Word((ulong)BlockWriter.Threshold);
        if (Asks(call, new RoyaltySplit.AttestorList().Data)) return new AbiWriter().Array(World.AttestorAddresses, static (item, attestor) => item.Account(attestor)).ToArray();
        if (Asks(call, new RoyaltySplit.Window().Data)) return Word(BlockWriter.Window);
        if (Asks(call, new RoyaltySplit.Guardian().Data)) return new AbiWriter().Account(Guardian).ToArray();
        if (Asks(call, new RoyaltySplit.Epoch().Data)) return Word(state.Epoch);
        if (Asks(call, new RoyaltySplit.Root().Data)) return new AbiWriter().Word(state.Root).ToArray();
        if (Asks(call, new RoyaltySplit.OpenProposal().Data)) return OpenProposal(state);
        foreach (var (number, record) in state.Records)
        {
            if (Asks(call, new RoyaltySplit.EpochHash(number).Data)) return new AbiWriter().Word(record.Hash()).ToArray();
        }

        foreach (var token in state.Listed)
        {
            if (Asks(call, new RoyaltySplit.CreditedOf(token).Data)) return Figure("credited", state.Credited.GetValueOrDefault(token));
            if (Asks(call, new RoyaltySplit.PromisedOf(token).Data)) return Figure("promised", state.Promised.GetValueOrDefault(token));
            if (Asks(call, new RoyaltySplit.PaidOf(token).Data)) return Figure("paid", Paid(token, state));
            foreach (var ((account, _), claimed) in state.Claimed.Where(claim => claim.Key.Token == token))
            {
                if (Asks(call, new RoyaltySplit.ClaimedOf(account, token).Data)) return Figure("claimed", claimed);
            }
        }

        return null;
    }

    public UInt256 Balance(Address token, ContractState state)
    {
        Asked++;
        return On("balance", state.Credited.GetValueOrDefault(token) - Paid(token, state));
    }

    private static UInt256 Paid(Address token, ContractState state) =>
        state.Claimed.Where(claim => claim.Key.Token == token).Aggregate(state.PaidByPush.GetValueOrDefault(token), static (sum, claim) => sum + claim.Value);

    private static bool Asks(CallRequest call, ReadOnlyMemory<byte> view) => call.Data.Span.SequenceEqual(view.Span);

    private static ReadOnlyMemory<byte>? OpenProposal(ContractState state)
    {
        var open = state.Open;
        var digest = open is null ? default : ProposalTypedData.Of(World.ChainId, World.Vault, open).Digest();
        return new AbiWriter().UInt(open?.Epoch ?? 0).Word(digest).UInt(open is null ? 0 : state.ReadyAt).ToArray();
    }

    private ReadOnlyMemory<byte>? Figure(string name, UInt256 figure)
    {
        Asked++;
        return Word(On(name, figure));
    }

    private static ReadOnlyMemory<byte>? Word(UInt256 figure) => new AbiWriter().UInt(figure).ToArray();
}
