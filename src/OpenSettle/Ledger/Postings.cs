using OpenSettle.Primitives;

namespace OpenSettle.Ledger;

/// <summary>A payout that the vault reported.</summary>
public sealed record Payout(Registry.LogPosition At, Hash32 Transaction, Address Account, Address Token, UInt256 Amount);

/// <summary>Which entries each fact of the chain makes.</summary>
public static class Postings
{
    /// <summary>A payment: into the vault by the rail, or to a pay address and so in transit.</summary>
    public static LedgerEntry ForPayment(Payment payment) => new(
        payment.Token,
        LedgerAccount.Payers,
        payment.Route == PaymentRoute.Rail ? LedgerAccount.Model(payment.Model) : LedgerAccount.Transit(payment.Model),
        payment.Amount);

    /// <summary>
    /// A sweep: transit becomes the model's. An excess came from nowhere known; a shortfall never came: the token kept
    /// it, and the books say that those who paid have it back.
    /// </summary>
    public static IReadOnlyList<LedgerEntry> ForSweep(Sweep sweep, IReadOnlyList<SettledPayment> settled)
    {
        var entries = new List<LedgerEntry>();
        var excess = UInt256.Zero;
        var shortfall = UInt256.Zero;
        foreach (var (payment, amount) in settled)
        {
            if (payment.Route == PaymentRoute.Excess) excess += amount;
            else shortfall += payment.Amount - amount;
        }

        if (!excess.IsZero) entries.Add(new LedgerEntry(sweep.Token, LedgerAccount.Payers, LedgerAccount.Transit(sweep.Model), excess));
        if (!shortfall.IsZero) entries.Add(new LedgerEntry(sweep.Token, LedgerAccount.Transit(sweep.Model), LedgerAccount.Payers, shortfall));
        entries.Add(new LedgerEntry(sweep.Token, LedgerAccount.Transit(sweep.Model), LedgerAccount.Model(sweep.Model), sweep.Amount));
        return entries;
    }

    public static LedgerEntry ForPayout(Payout payout) =>
        new(payout.Token, LedgerAccount.Settled(payout.Account), LedgerAccount.Paid, payout.Amount);
}
