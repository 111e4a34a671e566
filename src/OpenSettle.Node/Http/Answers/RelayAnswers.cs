using System.ComponentModel;
using System.Text.Json;
using OpenSettle.Primitives;

namespace OpenSettle.Node.Http;

internal sealed record RelayTermsAnswer(
    bool On,
    [Description("The contract that brings several claims in one transaction; absent where each goes alone.")] Address? Contract,
    [Description("In wei, in any 24 hours.")] UInt256 Budget,
    [Description("In wei.")] UInt256 BudgetLeft,
    [Description("In wei; while gas is dearer, claims wait.")] UInt256 MaxFeePerGas,
    [Description("Of a claim, that its gas may take.")] uint MaxCostPercent,
    [Description("How long a claim waits for others.")] long BatchSeconds,
    [Description("Between two claims of one account and token.")] long PerAccountHours,
    [Description("In one request, and in one transaction.")] int MostClaims,
    [Description("That a deadline has to be away, by the chain's time.")] ulong LeastSecondsLeft,
    [Description("Why nothing is sent right now; absent where something is.")] string? Waits,
    [Description("EIP-712 typed data as wallets take it; the message's values are the account's.")] JsonElement Sign);

internal sealed record RelayClaimBody(
    Address Account,
    Address Token,
    [Description("All that the account ever earned of the token by claim, as its leaf says.")] UInt256 Cumulative,
    [Description("Where the money goes.")] Address To,
    [Description("In seconds since 1970.")] ulong Deadline,
    [Description("0x and hexadecimal digits.")] string Signature);

/// <summary>What became of a signed claim.</summary>
internal sealed record RelayClaimAnswer([Description("Absent where it was declined.")] Hash32? Id, [Description("queued, batched, sent, paid or declined.")] string State)
{
    public Address? Account { get; init; }

    public Address? Token { get; init; }

    public Address? To { get; init; }

    public UInt256? Cumulative { get; init; }

    public ulong? Deadline { get; init; }

    public Hash32? Transaction { get; init; }

    [Description("What was paid.")]
    public UInt256? Amount { get; init; }

    public ulong? Block { get; init; }

    public string? Note { get; init; }

    [Description("Why it was declined, for programs.")]
    public string? Code { get; init; }

    [Description("And for people.")]
    public string? Reason { get; init; }

    [Description("Where it can be asked for.")]
    public string? Place { get; init; }

    public VaultCallAnswer? ClaimYourself { get; init; }
}

/// <summary>A transaction that an account can send itself.</summary>
internal sealed record VaultCallAnswer(Address To, string Data);
