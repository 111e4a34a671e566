namespace OpenSettle.Node.Signals.Webhooks;

/// <summary>What webhooks tell of.</summary>
public static class WebhookTypes
{
    public const string EpochProposed = "epoch.proposed";
    public const string EpochActive = "epoch.active";
    public const string EpochVetoed = "epoch.vetoed";
    public const string VerdictAgrees = "verdict.agrees";
    public const string VerdictDiffers = "verdict.differs";
    public const string PayoutMade = "payout.made";
    public const string AlertRaised = "alert.raised";
    public const string AlertCleared = "alert.cleared";
    public const string SettlementHalted = "settlement.halted";

    /// <summary>Nobody can leave it out: it is sent by a person, to see whether it arrives.</summary>
    public const string Test = "test";

    public static IReadOnlyList<string> All { get; } = [EpochProposed, EpochActive, EpochVetoed, VerdictAgrees, VerdictDiffers, PayoutMade, AlertRaised, AlertCleared, SettlementHalted];
}
