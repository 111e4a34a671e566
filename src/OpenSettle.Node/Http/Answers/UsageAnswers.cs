using System.ComponentModel;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using OpenSettle.Storage.Usage;

namespace OpenSettle.Node.Http;

internal sealed record QuarantineAnswer(long Events, long Conflicts, IReadOnlyList<HeldGroupAnswer> Groups);

internal sealed record HeldGroupAnswer(Hold Reason, ModelId Model, HeldGatewayAnswer Gateway, long Events);

internal sealed record HeldGatewayAnswer(int Id, Address? Address);

internal sealed record ModelUsageAnswer(ModelId Model, string From, string To, UseSumsAnswer Total, IReadOnlyList<UseRowAnswer> Usage, IReadOnlyList<RevenueAnswer> Revenue);

internal sealed record UseSumsAnswer(ulong Uses, ulong Signed, UInt256 Units, ulong Successes, ulong Trials, ConsumersAnswer Consumers);

internal sealed record ConsumersAnswer(long Count, bool Exact, [Description("Relative, of an estimate.")] string? StandardError);

internal sealed record UseRowAnswer(string Day, string Domain, Address? Payer, UseSumsAnswer Sums);

internal sealed record RevenueAnswer(Address Token, long Payments, UInt256 Paid, IReadOnlyList<RevenueRowAnswer> Rows);

internal sealed record RevenueRowAnswer(string Day, Address? Payer, long Payments, UInt256 Paid);

internal sealed record LastBatchAnswer(Address Gateway, ulong Number, Hash32 Digest, [Description("The epoch that settled that batch, which this node lost.")] ulong? SettledBy);

internal sealed record EventProofAnswer(
    string Source, string Id, bool Signed, string? Reason, [Description("The event's canonical line, as the leaf has it.")] string Line, long Position, EventSealAnswer Seal, Hold? Held, SignedEventAnswer? Proof);

internal sealed record EventSealAnswer(long Position, long Received, Hash32 Chain);

internal sealed record SignedEventAnswer(Hash32 Leaf, int Index, IReadOnlyList<Hash32> Path, BatchAnswer Batch);

internal sealed record BatchAnswer(
    ulong ChainId, Address Registry, Address Gateway, ulong Number, Hash32 Root, ulong Count, ulong FirstTime, ulong LastTime, Hash32 Previous, Hash32 Digest, HexData Signature);

internal sealed record UsageTakenAnswer(
    int Accepted, int Held, int Duplicates, int Conflicts, int Refused,
    [Description("Events that the broker has on disk, where this node sends usage through a queue: whether each is new, held, known or in conflict shows when it is taken from there. Absent where the journal took them.")] int? Queued,
    IReadOnlyList<UsageProblemAnswer> Problems);

internal sealed record UsageProblemAnswer(int Index, string? Field, string Status, string Reason);

internal sealed record OwnGatewayAnswer(
    int Id, string Name, Address? Address, IReadOnlyList<string> Scopes, [Description("Events that it may send in a second; 0: no limit.")] long PerSecond, [Description("And in a day.")] long PerDay,
    [Description("Events of its own that wait.")] long Waiting, [Description("The last signed batch, where it signs.")] LastBatchAnswer? LastBatch);

internal sealed record HeldEventsAnswer(IReadOnlyList<HeldEventAnswer> Items, [Description("Give it back as 'after'.")] long? Next);

internal sealed record HeldEventAnswer(long Position, string Source, string Id, ModelId Model, [Description("In milliseconds since 1970.")] ulong Time, Hold Reason);
