using System.ComponentModel;
using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Node.Http;

internal sealed record ModelAnswer(
    ModelId Id,
    ulong Number,
    [Description("As its owner's document has it: claimed, a stranger's text, and not unique. Absent where the node knows none.")] string? Name,
    Address Owner,
    [Description("Any transfer to it is a payment for the model.")] Address PayAddress,
    [Description("A stranger's text.")] string Uri,
    Hash32 IdentityHash,
    SplitAnswer Split,
    IReadOnlyList<ParentAnswer> Parents,
    [Description("Accounts that sign usage of the model.")] IReadOnlyList<Address> Gateways,
    [Description("Only of a single model.")] IReadOnlyList<DomainUseAnswer>? Domains);

internal sealed record SplitAnswer(uint Version, IReadOnlyList<SplitRowAnswer> Rows, UInt128 PoolWeight, IReadOnlyList<SplitRowAnswer> Fallback, CommittedTableAnswer? Committed);

internal sealed record SplitRowAnswer([Description("An address, or OWNER.")] string Account, UInt128 Weight, string Role);

internal sealed record CommittedTableAnswer(Hash32 Hash, uint Rows, UInt256 Weight, bool Published);

internal sealed record ParentAnswer(ModelId Model, [Description("Millionths of what reaches the child.")] uint Share);

internal sealed record DomainUseAnswer(string Domain, ulong Events, ulong Ok, UInt256 Units);

internal sealed record PointAnswer(ulong Block, ulong Time);

internal sealed record LineageAnswer(ModelId Model, ulong Number, PointAnswer AsOf, IReadOnlyList<RelativeAnswer> Parents, IReadOnlyList<AncestorAnswer> Ancestors, IReadOnlyList<RelativeAnswer> Children);

internal sealed record RelativeAnswer(ModelId Model, ulong Number, [Description("Claimed.")] string? Name, uint Share);

internal sealed record AncestorAnswer(ModelId Model, ulong Number, [Description("Claimed.")] string? Name, uint Depth, ulong ShareMillionths, IReadOnlyList<ParentAnswer> Parents, IReadOnlyList<TokenAmountAnswer> Flowed);

internal sealed record TokenAmountAnswer(Address Token, UInt256 Amount);

internal sealed record HashAnswer(Hash32 Hash);

internal sealed record TableTakenAnswer(Hash32 Hash, uint Rows);

internal sealed record AttestationTakenAnswer(Hash32 Uid, ModelId? Model);

internal sealed record FoundAnswer(PointAnswer? AsOf, IReadOnlyList<FoundModelAnswer> Items, [Description("Give it back as 'after'.")] string? Next);

internal sealed record FoundModelAnswer(
    ModelId Model, ulong Number, string? Name, string Domain, string Basis, string Successes, string Trials,
    [Description("Lower bound of the rate of success.")] string Low, string High, string? Price, Address? Token, string? Status, IReadOnlyList<string> Flags);

internal sealed record RecordsAnswer(ModelId Model, IReadOnlyList<RecordAnswer> Records, [Description("Where the next page begins.")] ulong? Before);

internal sealed record RecordAnswer(
    ulong Epoch, ulong Uses, ulong PaidUses, ulong Consumers, IReadOnlyList<TokenAmountAnswer> Revenue, IReadOnlyList<RecordDomainAnswer> Domains);

internal sealed record RecordDomainAnswer(string Domain, Hash32 Word, ulong Successes, ulong Trials, ulong PaidSuccesses, ulong PaidTrials);

internal sealed record RecordProofAnswer(
    RecordEpochAnswer Epoch, RecordAnswer Record, HexData Data, Hash32 Leaf, IReadOnlyList<Hash32> Proof, CallAnswer? AttestRecord, [Description("Why there is no such transaction.")] string? Reason);

internal sealed record RecordEpochAnswer(ulong Epoch, ulong LastBlock, Hash32 Root, Hash32 RecordRoot, Hash32 BundleHash);

internal sealed record CallAnswer(Address To, HexData Data);
