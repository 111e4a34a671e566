using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Ledger;

/// <summary>How a payment came.</summary>
public enum PaymentRoute
{
    Unknown = 0,

    /// <summary>Through the rail: the money is in the vault at once.</summary>
    Rail = 1,

    /// <summary>By plain transfer to the model's pay address: payable once it is swept.</summary>
    PayAddress = 2,

    /// <summary>Swept without a log that explains it: an anonymous payment in the sweep's block.</summary>
    Excess = 3,
}

/// <summary>One payment for a model, made where its log stands. The zero address as token is native coin.</summary>
public sealed record Payment(
    LogPosition At,
    ulong Timestamp,
    Hash32 Transaction,
    ModelId Model,
    Address Token,
    UInt256 Amount,
    Address Payer,
    Hash32 UsageRef,
    PaymentRoute Route)
{
    public BlockPoint Block => new(At.Block, Timestamp);
}

/// <summary>A payment and the part of it whose money is in the vault.</summary>
public sealed record SettledPayment(Payment Payment, UInt256 Settled);

/// <summary>Money of a pay address that arrived in the vault.</summary>
public sealed record Sweep(LogPosition At, ulong Timestamp, Hash32 Transaction, ModelId Model, Address Token, UInt256 Amount);

/// <summary>Rule 2: which payments a sweep settles, and with how much.</summary>
public static class SweepRule
{
    /// <summary>
    /// Settles the waiting transfers of the sweep's model and token, oldest first. A shortfall is shared pro rata; an
    /// excess is an anonymous payment at the sweep's own place. The parts sum to what was swept.
    /// </summary>
    public static IReadOnlyList<SettledPayment> Settle(Sweep sweep, IReadOnlyList<Payment> waiting)
    {
        var logged = UInt256.Zero;
        foreach (var payment in waiting)
        {
            if (payment.Model != sweep.Model || payment.Token != sweep.Token || payment.At >= sweep.At)
                throw new InvalidOperationException($"Payment {payment.At} is not one that the sweep at {sweep.At} can settle.");
            logged += payment.Amount;
        }

        var settled = new List<SettledPayment>(waiting.Count + 1);
        if (sweep.Amount >= logged)
        {
            foreach (var payment in waiting) settled.Add(new SettledPayment(payment, payment.Amount));
            var excess = sweep.Amount - logged;
            if (!excess.IsZero) settled.Add(new SettledPayment(Anonymous(sweep, excess), excess));
            return settled;
        }

        // Rounding the running sum, and not each part, makes the parts sum exactly.
        var running = UInt256.Zero;
        var given = UInt256.Zero;
        foreach (var payment in waiting)
        {
            running += payment.Amount;
            var upTo = UInt256.MulDivFloor(running, sweep.Amount, logged);
            settled.Add(new SettledPayment(payment, upTo - given));
            given = upTo;
        }

        return settled;
    }

    private static Payment Anonymous(Sweep sweep, UInt256 amount) => new(
        sweep.At, sweep.Timestamp, sweep.Transaction, sweep.Model, sweep.Token, amount, Address.Zero, Hash32.Zero, PaymentRoute.Excess);
}
