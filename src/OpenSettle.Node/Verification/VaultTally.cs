using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Watch;
using OpenSettle.Primitives;

namespace OpenSettle.Node.Verification;

/// <summary>What the vault's logs say of its money: the figures that the vault itself has to have.</summary>
internal sealed class VaultTally
{
    private readonly Dictionary<Address, UInt256> _credited = [];
    private readonly Dictionary<Address, UInt256> _promised = [];
    private readonly Dictionary<Address, UInt256> _paid = [];
    private readonly Dictionary<(Address Account, Address Token), UInt256> _claimed = [];
    private readonly List<(ulong Epoch, ulong Index, UInt256 Amount)> _taken = [];

    // How many push entries each epoch has of each token, in their order: a log of one that was taken does not name its token.
    private readonly Dictionary<ulong, IReadOnlyList<(Address Token, ulong Count)>> _pushes = [];

    public void Credit(Address token, UInt256 amount) => Add(_credited, token, amount);

    public void Promise(Proposal proposal)
    {
        foreach (var total in proposal.Totals) _promised[total.Token] = total.Total;
    }

    public void Take(ChainFact fact)
    {
        switch (fact)
        {
            case AccountPaid { Payout: { } payout }:
                Add(_paid, payout.Token, payout.Amount);
                Add(_claimed, (payout.Account, payout.Token), payout.Amount);
                break;
            case PushMade push:
                Add(_paid, push.Token, push.Amount);
                break;
            case PushWasTaken taken:
                _taken.Add((taken.Epoch, taken.Index, taken.Amount));
                break;
            default:
                break;
        }
    }

    /// <summary>What each account claimed of each token.</summary>
    public IReadOnlyDictionary<(Address Account, Address Token), UInt256> Claimed => _claimed;

    /// <summary>The push entries of an activated epoch, by token in their order.</summary>
    public void SetPushes(ulong epoch, IReadOnlyList<(Address Token, ulong Count)> counts) => _pushes[epoch] = counts;

    /// <summary>The figures by token. Where entries were taken of an epoch whose bundle is not known, what was paid of their tokens is not known.</summary>
    public VaultMoney Of(Address token)
    {
        var paid = _paid.GetValueOrDefault(token);
        string? unknown = null;
        foreach (var (epoch, index, amount) in _taken)
        {
            if (TokenOf(epoch, index) is not { } of) unknown = $"entry {index} of the pushes of epoch {epoch} was taken, and of which token is not known without its bundle";
            else if (of == token) paid += amount;
        }

        return new VaultMoney(_credited.GetValueOrDefault(token), _promised.GetValueOrDefault(token), paid, unknown);
    }

    private Address? TokenOf(ulong epoch, ulong index)
    {
        foreach (var (token, count) in _pushes.GetValueOrDefault(epoch) ?? [])
        {
            if (index < count) return token;
            index -= count;
        }

        return null;
    }

    private static void Add<TKey>(Dictionary<TKey, UInt256> sums, TKey key, UInt256 amount)
        where TKey : notnull => sums[key] = sums.GetValueOrDefault(key) + amount;
}

/// <summary>What the logs say of a token.</summary>
/// <param name="Unknown">Why what was paid is not known; null: it is.</param>
internal sealed record VaultMoney(UInt256 Credited, UInt256 Promised, UInt256 Paid, string? Unknown);
