using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Send;

/// <summary>What a transaction offers for one gas, in wei: a tip, and a cap for tip and base fee together.</summary>
public readonly record struct GasFee(UInt256 Tip, UInt256 Cap);

/// <summary>Signed bytes that are stored, and may have been sent. Of all versions with one nonce at most one is ever mined.</summary>
/// <param name="DataFee">What a rollup was expected to take on top.</param>
/// <param name="Fills">A transfer of nothing to ourselves, that only uses the nonce up.</param>
public sealed record SignedVersion(
    uint Number, Hash32 Hash, GasFee Fee, ulong GasLimit, UInt256 DataFee, bool Fills, DateTimeOffset? FirstSent, DateTimeOffset? LastSent)
{
    /// <summary>Most that it can cost.</summary>
    public UInt256 Cost => GasLimit * Fee.Cap + DataFee;
}

/// <summary>An intent, and what was signed for it.</summary>
/// <param name="Nonce">The one nonce under which it can be mined; null where it has none yet.</param>
/// <param name="Versions">What was signed with that nonce, oldest first.</param>
/// <param name="Obsolete">Final blocks show its effect already.</param>
public sealed record SendItem(ulong? Nonce, IReadOnlyList<SignedVersion> Versions, bool Obsolete);

/// <summary>Where one of an intent's versions was mined.</summary>
/// <param name="Final">Enough endpoints have the receipt, and its block among those that are final.</param>
public sealed record MinedVersion(uint Number, bool Final);

/// <summary>An endpoint did not take the newest version.</summary>
public sealed record SendRefusal(ChainErrorKind Kind, string Message, DateTimeOffset At);

/// <summary>What the chain says a call would take.</summary>
/// <param name="Refusal">Why it would fail, where it would.</param>
public sealed record GasEstimate(ulong Gas, UInt256 DataFee, ChainErrorKind? Refusal = null, string Why = "");

/// <summary>All that a decision depends on beside the intent itself.</summary>
public sealed record SendView
{
    public required DateTimeOffset Now { get; init; }

    /// <summary>The account's next nonce at the newest block.</summary>
    public required ulong NextNonce { get; init; }

    /// <summary>Since when that nonce is the next one.</summary>
    public required DateTimeOffset NextSince { get; init; }

    /// <summary>What a new intent gets; null while as many are open as may be.</summary>
    public ulong? FreeNonce { get; init; }

    public required UInt256 BaseFee { get; init; }

    /// <summary>The tip that is usual now.</summary>
    public required UInt256 Tip { get; init; }

    /// <summary>Most that the intent may cost.</summary>
    public required UInt256 Budget { get; init; }

    /// <summary>Most that using its nonce up may cost, where that is not the same; null: as much as the intent itself.</summary>
    public UInt256? FillBudget { get; init; }

    /// <summary>Whether something with a higher nonce cannot go before this one has gone.</summary>
    public bool HoldsUp { get; init; }

    public MinedVersion? Mined { get; init; }

    /// <summary>Final blocks have used the nonce, and enough endpoints say that none of the versions is in a block.</summary>
    public bool SpentByAnother { get; init; }

    /// <summary>What became of the newest version's last broadcast, where it was refused.</summary>
    public SendRefusal? Refusal { get; init; }

    /// <summary>What the call would take now, where it was asked.</summary>
    public GasEstimate? Call { get; init; }

    /// <summary>What a transfer of nothing would take, where it was asked.</summary>
    public GasEstimate? Filler { get; init; }
}

/// <summary>How much is offered, and how long something waits before more is.</summary>
/// <param name="MaxFeePerGas">Nothing is ever signed above it.</param>
/// <param name="BumpAfter">What is next and not mined in this time is offered for more.</param>
/// <param name="ResendAfter">What is not mined in this time is sent again as it is: pools forget.</param>
/// <param name="BumpPermille">By how much each of tip and cap is raised. Pools want 100, some more.</param>
public sealed record SendPolicy(UInt256 MaxFeePerGas, TimeSpan BumpAfter, TimeSpan ResendAfter, uint BumpPermille = 125)
{
    /// <summary>Most that one gas may cost to get it out of the way of others, once what it may offer itself is not enough; null: it stays in their way.</summary>
    public UInt256? YieldFeePerGas { get; init; }
}

/// <summary>Why nothing is done right now.</summary>
public enum SendWait
{
    Unknown = 0,

    /// <summary>It was sent, and has time.</summary>
    Sent,

    /// <summary>Another nonce of ours goes first.</summary>
    Behind,

    /// <summary>It is mined, and not final.</summary>
    Mined,

    /// <summary>Its nonce is used, and it is not known yet by what.</summary>
    NonceUsed,

    /// <summary>As many nonces are open as may be.</summary>
    TooManyOpen,

    /// <summary>One gas costs more than it may.</summary>
    FeeAboveCap,

    /// <summary>It was offered for as much as it may be, and is not mined.</summary>
    StuckAtCap,

    /// <summary>It would cost more than is left of its epoch's cap.</summary>
    CostAboveCap,

    /// <summary>It would revert, and nothing waits for its nonce.</summary>
    Reverts,

    /// <summary>The account cannot pay for it.</summary>
    NoFunds,

    /// <summary>The endpoint did not take it.</summary>
    Refused,
}

/// <summary>What to do next with an intent.</summary>
public abstract record SendAction
{
    private SendAction()
    {
    }

    public sealed record Wait(SendWait Why) : SendAction;

    /// <summary>Ask what the call, or a transfer of nothing, would take, and decide again.</summary>
    public sealed record Estimate(bool Fills) : SendAction;

    /// <summary>Sign, and store what was signed; nothing is sent before.</summary>
    public sealed record Sign(ulong Nonce, GasFee Fee, ulong GasLimit, UInt256 DataFee, bool Fills) : SendAction;

    /// <summary>Send these stored bytes.</summary>
    public sealed record Send(SignedVersion Version) : SendAction;

    /// <summary>This version is final: take its receipt as the outcome.</summary>
    public sealed record Settle(SignedVersion Version) : SendAction;

    /// <summary>The nonce is spent for good by another's transaction: the intent may have a new one.</summary>
    public sealed record Release : SendAction;

    /// <summary>Nothing of it was ever signed with a nonce that is open, and nobody needs it any more.</summary>
    public sealed record GiveUp : SendAction;
}
