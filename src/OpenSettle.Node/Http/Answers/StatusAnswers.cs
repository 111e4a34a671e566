using System.ComponentModel;
using OpenSettle.Ethereum.Endpoints;
using OpenSettle.Primitives;
using OpenSettle.Storage;

namespace OpenSettle.Node.Http;

internal sealed record StatusAnswer(
    ulong ChainId,
    [Description("The chain client that settles: builtin or nethereum.")] string Client,
    [Description("What signs.")] string Curve,
    ContractsAnswer Contracts,
    [Description("Absent until the chain was read.")] ChainAnswer? Chain,
    IReadOnlyList<EndpointAnswer> Endpoints,
    [Description("The last block in the books.")] ulong? BooksBlock,
    int Models,
    [Description("Final payments.")] long Payments,
    long UsageEvents,
    SealAnswer Usage,
    [Description("0 before the first.")] ulong ActiveEpoch,
    EpochAnswer? LatestEpoch,
    IReadOnlyList<TokenAnswer> Tokens,
    [Description("Transactions that are under way.")] IReadOnlyList<TransactionAnswer> Transactions,
    AttestationsKnownAnswer Attestations,
    [Description("What waits at pay addresses, and why.")] IReadOnlyList<SweepAnswer> Sweeps,
    DriftAnswer Drift,
    [Description("What a person has to see to.")] IReadOnlyList<AlertAnswer> Alerts,
    PushStateAnswer? Pushes,
    [Description("Where this node stands among those that share its database; absent where it has files of its own.")] ClusterAnswer? Cluster,
    [Description("What it found, where it attests or watches; absent where it settles.")] WitnessAnswer? Witness,
    [Description("Why no epoch goes on until a person says so.")] string? Held,
    [Description("What is in the way right now; it is tried again.")] string? Trouble,
    [Description("Why settlement stopped for good.")] string? Halted);

internal sealed record WitnessAnswer(
    [Description("attest, watch.")] IReadOnlyList<string> Roles,
    [Description("Proposals and candidates in which nothing differs.")] long Agree,
    [Description("Those in which something does.")] long Differ,
    [Description("Of the newest epoch that was judged.")] VerdictAnswer? Newest,
    [Description("Signed batches of usage that it pulled.")] long Batches);

internal sealed record ClusterAnswer(
    [Description("What this node is called.")] string Node,
    [Description("settle, ingest, read.")] IReadOnlyList<string> Roles,
    bool Leads,
    [Description("Who leads; absent where nobody does.")] string? Leader,
    [Description("Of this node's lease: each that takes it has a higher one; absent where it never had it.")] long? Token);

internal sealed record ContractsAnswer(Address Registry, Address Rail, Address Vault, Address Resolver);

internal sealed record ChainAnswer(
    [Description("The newest block that was heard of.")] ulong Head,
    [Description("The newest block that enough endpoints call final.")] ulong Final,
    ulong? Read,
    ulong Behind,
    int PendingPayments,
    BackfillAnswer? Backfill);

internal sealed record BackfillAnswer(ulong Next, ulong Last, double BlocksPerSecond, double LogsPerSecond, long? SecondsLeft);

internal sealed record EndpointAnswer(string Name, EndpointCondition State, string? Why, DateTimeOffset? AskedAgain, ulong? Head, long? LatencyMilliseconds, int Failures);

internal sealed record SealAnswer(
    [Description("The journal is complete up to here.")] long Position, [Description("The hash over all rows up to there.")] Hash32 Chain, long Waiting, long Conflicts);

internal sealed record TransactionAnswer(
    [Description("What it is for: one purpose has its effect once.")] string Purpose, OutboxState State, Hash32? Hash, ulong? Nonce, int Versions, [Description("Why it waits.")] string? Waits);

internal sealed record TokenAnswer(
    [Description("The zero address is the chain's coin.")] Address Token,
    string Symbol,
    int Decimals,
    UInt256 Received,
    [Description("At pay addresses.")] UInt256 Unswept,
    [Description("In the vault, and in no epoch yet.")] UInt256 Undivided,
    [Description("Waits for tables that are not published.")] UInt256 Suspense,
    UInt256 Owed,
    UInt256 Paid,
    [Description("Whether all that came in is somewhere.")] bool Balanced);

internal sealed record AttestationsKnownAnswer(Address? Service, long Known, long Unread, [Description("Earlier ones are not known: the books were begun without them.")] ulong? KnownFrom);

internal sealed record SweepAnswer(
    Address Token, UInt256 Amount, [Description("Pay addresses that have any.")] int Models, [Description("In wei, of one pay address.")] UInt256? Cost, string Why, DateTimeOffset NextLook);

internal sealed record DriftAnswer(DateTimeOffset? ComputedAt, ulong? Block, IReadOnlyList<TokenDriftAnswer> Tokens, long AccountsChecked, string? Reason);

internal sealed record TokenDriftAnswer(
    Address Token, ComparedAnswer Credited, ComparedAnswer Promised, ComparedAnswer Paid, ComparedAnswer Balance,
    [Description("How far the first figure that differs is apart, with a sign; 0 where none does.")] string Drift);

internal sealed record ComparedAnswer(UInt256 Ledger, UInt256 Chain);

internal sealed record AlertAnswer(string Name, string Message, DateTimeOffset? Since);

internal sealed record PushStateAnswer([Description("Why pushes wait.")] string? Waits, int RefusingAccounts);

internal sealed record VersionAnswer(
    string Name, [Description("Of the program.")] string Version, [Description("Of the source, where the build says it.")] string? Commit, [Description("Of this API.")] string Api, ulong ChainId);
