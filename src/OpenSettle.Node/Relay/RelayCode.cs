namespace OpenSettle.Node.Relay;

/// <summary>Why a signed claim is not brought, in words that programs know.</summary>
internal static class RelayCode
{
    public const string Off = "relay-off";
    public const string Paused = "paused";
    public const string Budget = "budget";
    public const string TooSmall = "too-small";
    public const string TooOften = "too-often";
    public const string BadSignature = "bad-signature";
    public const string Expired = "expired";
    public const string NothingToClaim = "nothing-to-claim";
    public const string RootChanged = "root-changed";
    public const string WouldRevert = "would-revert";
}

/// <param name="Code">One of <see cref="RelayCode"/>.</param>
/// <param name="Words">What is wrong, and what can be done.</param>
/// <param name="Again">After this time it may be otherwise; null: time alone does not help.</param>
public sealed record RelayDecline(string Code, string Words, TimeSpan? Again = null)
{
    /// <summary>The call by which anybody who pays the gas has the same claim paid; null where it is not known or would not be paid either.</summary>
    public Ethereum.Contracts.ContractCall? Instead { get; init; }
}
