using System.ComponentModel;
using OpenSettle.Primitives;
using OpenSettle.Storage;

namespace OpenSettle.Node.Http;

internal sealed record SearchAnswer(
    [Description("What was asked for, without spaces around it.")] string Query,
    [Description("The best first; a name that several models have is there several times.")] IReadOnlyList<SearchHitAnswer> Hits,
    [Description("Whether more fits than is listed.")] bool More);

internal sealed record SearchHitAnswer(
    SearchKind Kind,
    [Description("Of a model and a transaction 0x and 64 digits, of an account its address, of an epoch its number.")] string Id,
    [Description("A model's claimed name, where it has one: a stranger's text.")] string? Label,
    [Description("What it is, in words.")] string What);

/// <summary>What a search finds.</summary>
internal enum SearchKind
{
    Model = 0,
    Account = 1,
    Epoch = 2,
    Transaction = 3,
}

internal sealed record FoundTransactionAnswer(
    Hash32 Hash,
    [Description("Absent where it is in no block that the endpoint knows.")] ulong? Block,
    [Description("Of the block, in seconds, where the books have it.")] ulong? Time,
    [Description("Whether its block is in the books; what is not may still go. Absent without a block.")] bool? Final,
    [Description("Absent without a block.")] bool? Succeeded,
    [Description("What this node signed it for; absent where it did not.")] SignedTransactionAnswer? Own,
    IReadOnlyList<PaymentAnswer> Payments,
    [Description("What else it did in this deployment's contracts, in the order of its logs.")] IReadOnlyList<TransactionEventAnswer> Events,
    [Description("Why the chain could not be asked; absent where it could.")] string? Why);

internal sealed record SignedTransactionAnswer(string Purpose, OutboxState State, ulong? Epoch, ulong Nonce, uint Version, [Description("It only uses the nonce up.")] bool Fills);

internal sealed record TransactionEventAnswer(
    uint LogIndex,
    [Description("claim, claimTo, claimRefused, push, pushRefused, take, recipient, proposed, vetoed, activated, revoked, swept, model, or other.")] string Kind,
    [Description("The event's name, of other.")] string? Name,
    Hash32? Model,
    Address? Account,
    Address? To,
    Address? Token,
    UInt256? Amount,
    ulong? Epoch);
