using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Encoding;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Node.Tests.Support;

/// <summary>What the vault and the tokens of the fake chain answer to whoever asks for their figures.</summary>
internal static class VaultViews
{
    public static ReadOnlyMemory<byte>? Answer(CallRequest call, ContractState state)
    {
        bool Asks(ReadOnlyMemory<byte> data) => call.Data.Span.SequenceEqual(data.Span);
        UInt256 Paid(Address token) => state.Claimed.Where(claim => claim.Key.Token == token).Aggregate(UInt256.Zero, (sum, claim) => sum + claim.Value);
        foreach (var token in state.Listed)
        {
            var (credited, paid) = (state.Credited.GetValueOrDefault(token), Paid(token));
            if (call.To == token && Asks(new Erc20.BalanceOf(World.Vault).Data)) return new AbiWriter().UInt(credited - paid).ToArray();
            if (call.To != World.Vault) continue;
            if (Asks(new RoyaltySplit.CreditedOf(token).Data)) return new AbiWriter().UInt(credited).ToArray();
            if (Asks(new RoyaltySplit.PromisedOf(token).Data)) return new AbiWriter().UInt(state.Promised.GetValueOrDefault(token)).ToArray();
            if (Asks(new RoyaltySplit.PaidOf(token).Data)) return new AbiWriter().UInt(paid).ToArray();
        }

        if (call.To != World.Vault) return null;
        foreach (var (number, record) in state.Records)
        {
            if (Asks(new RoyaltySplit.EpochHash(number).Data)) return new AbiWriter().Word(record.Hash()).ToArray();
        }

        if (!Asks(new RoyaltySplit.OpenProposal().Data)) return null;
        var open = state.Open;
        var digest = open is null ? default : ProposalTypedData.Of(World.ChainId, World.Vault, open).Digest();
        return new AbiWriter().UInt(open?.Epoch ?? 0).Word(digest).UInt(open is null ? 0 : state.ReadyAt).ToArray();
    }
}
