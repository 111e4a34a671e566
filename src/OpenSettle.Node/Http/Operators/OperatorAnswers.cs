using System.ComponentModel;
using OpenSettle.Primitives;
using OpenSettle.Storage;

namespace OpenSettle.Node.Http;

internal sealed record OperationsAnswer(
    [Description("Whose keys sign; the operator's pays for transactions. Balances in wei, at most a minute old.")] IReadOnlyList<SignerAnswer> Signers,
    IReadOnlyList<EndpointAnswer> Endpoints,
    [Description("The newest epochs, newest first, each with its steps.")] IReadOnlyList<PipelineEpochAnswer> Pipeline,
    [Description("Transactions that are under way, each with what was signed for it.")] IReadOnlyList<OpenTransactionAnswer> Transactions,
    [Description("Money by token, and where it is.")] IReadOnlyList<TokenAnswer> Tokens,
    IReadOnlyList<SweepAnswer> Sweeps,
    QuarantineAnswer Quarantine,
    [Description("The last ones since the start, newest first.")] IReadOnlyList<ReorgAnswer> Reorgs,
    IngestAnswer Ingest,
    [Description("The queue's streams; absent where there is no queue.")] IReadOnlyList<QueueStreamAnswer>? Queue,
    IReadOnlyList<AlertAnswer> Alerts,
    IReadOnlyList<MirrorAnswer> Mirrors,
    [Description("Who listens to the stream.")] int Listeners,
    [Description("Where this node stands among those that share its database; absent where it has files of its own.")] ClusterAnswer? Cluster,
    string? Held,
    string? Trouble,
    string? Halted);

internal sealed record PipelineEpochAnswer(
    EpochAnswer Epoch,
    [Description("The time of its last block, in seconds; absent where older books do not say.")] ulong? EndedAt,
    [Description("Block time of its activation, in seconds; absent before.")] ulong? ActivatedAt,
    IReadOnlyList<VetoAnswer> Vetoed, IReadOnlyList<EpochTransactionAnswer> Transactions);

internal sealed record VetoAnswer(uint Attempt, Hash32 Root, Hash32 BundleHash, [Description("Block time, in seconds.")] ulong Time);

internal sealed record EpochTransactionAnswer(string Purpose, OutboxState State, Hash32? Hash, [Description("When it was first handed to an endpoint.")] DateTimeOffset? Sent, [Description("In wei, once it is final.")] UInt256? Cost, string? Waits);

internal sealed record OpenTransactionAnswer(string Purpose, OutboxState State, Address To, ulong? Epoch, ulong? Nonce, string? Waits, IReadOnlyList<VersionOfTransactionAnswer> Versions);

internal sealed record VersionOfTransactionAnswer(
    uint Number, Hash32 Hash, ulong Nonce, [Description("It only uses the nonce up.")] bool Fills, DateTimeOffset SignedAt, DateTimeOffset? FirstSent, DateTimeOffset? LastSent);

internal sealed record IngestAnswer(long Events, [Description("Of about the last minute.")] long LastMinute, [Description("Of about the last quarter of an hour, as far as the node runs.")] long LastQuarter, long Waiting, long Conflicts);

internal sealed record QueueStreamAnswer(
    string Stream, [Description("The node that takes it; absent while none does.")] string? Holder, [Description("Whether that is this node, which alone knows the rest.")] bool Ours,
    [Description("The first offset that is not taken.")] long? Next, [Description("How long its oldest message here has waited.")] double? LagSeconds);

internal sealed record MirrorAnswer(string Name, [Description("What its alert says; absent where it has none.")] string? Alert);

internal sealed record RetryAnswer([Description("How many events wait.")] long Waiting);

internal sealed record ResumeForm([Description("The epoch that was vetoed.")] ulong Epoch, [Description("And the attempt.")] uint Attempt, [Description("Propose it again although it comes out with the root that was vetoed.")] bool SameRoot);

internal sealed record ResumedAnswer(ulong Epoch, uint Attempt, bool SameRoot);
