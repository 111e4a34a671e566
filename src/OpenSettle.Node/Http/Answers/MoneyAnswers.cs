using System.ComponentModel;
using OpenSettle.Ledger;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using OpenSettle.Storage;

namespace OpenSettle.Node.Http;

internal sealed record EpochAnswer(
    ulong Number,
    [Description("Counts the attempts that were vetoed.")] uint Attempt,
    EpochState State,
    ulong FirstBlock,
    ulong LastBlock,
    [Description("The root of the cumulative leaves that are claimed against.")] Hash32 Root,
    [Description("True where a later epoch revoked the root.")] bool? Revoked,
    Hash32 RecordRoot,
    Hash32 BundleHash,
    [Description("Where the bundle was published: a stranger's text.")] string BundleUri,
    int Payments,
    long UsageEvents,
    [Description("Block time, in seconds, at which its window is over.")] ulong ReadyAt,
    [Description("In wei; what is not final yet is not in it.")] UInt256 Cost);

internal sealed record PaymentAnswer(
    ulong Block,
    uint LogIndex,
    Hash32 Transaction,
    ModelId Model,
    Address Token,
    UInt256 Amount,
    Address Payer,
    Hash32? UsageRef,
    PaymentRoute Route,
    [Description("What is not final may still go.")] bool Final,
    [Description("What arrived in the vault.")] UInt256? Settled,
    [Description("The epoch that took it.")] ulong? Epoch);

internal sealed record AccountAnswer(
    Address Account, [Description("The newest active epoch.")] ulong Epoch, IReadOnlyList<AccountTokenAnswer> Tokens, [Description("The newest, 500 at most.")] IReadOnlyList<AccountEntryAnswer> Entries);

internal sealed record AccountTokenAnswer(
    Address Token, UInt256 Earned, UInt256 Paid, [Description("Can be claimed now.")] UInt256 Claimable, [Description("Earned, and in no active epoch yet.")] UInt256 Pending);

internal sealed record AccountEntryAnswer(string Cause, string Model, Address Token, UInt256 Amount);

internal sealed record ClaimProofAnswer(ulong Epoch, Hash32 Root, Address Account, Address Token, [Description("All that the account ever earned by claim: a claim pays the difference.")] UInt256 Cumulative, IReadOnlyList<Hash32> Proof);

internal sealed record PushAnswer(ulong Epoch, ulong Entry, Address Account, Address Recipient, Address Token, UInt256 Amount, PushState State);

internal sealed record EpochPushesAnswer(ulong Epoch, [Description("How many entries are in which state.")] IReadOnlyDictionary<string, long> Counts, IReadOnlyList<PushAnswer> Entries);
