using OpenSettle.Ethereum.Contracts;
using static OpenSettle.Ethereum.Nethereum.Words;
using RegistryMessages = OpenSettle.Ethereum.Nethereum.Messages.ModelRegistryMessages;
using RelayMessages = OpenSettle.Ethereum.Nethereum.Messages.ClaimRelayMessages;
using ResolverMessages = OpenSettle.Ethereum.Nethereum.Messages.SettlementResolverMessages;
using VaultMessages = OpenSettle.Ethereum.Nethereum.Messages.RoyaltySplitMessages;

namespace OpenSettle.Ethereum.Nethereum;

/// <summary>
/// The structs of the contracts, ours and Nethereum's. Values go in by constructor, and by name: where a struct gets a
/// field or loses one, this does not compile.
/// </summary>
internal static partial class Structs
{
    public static RegistryMessages.Registration Message(Registration registration) => new(
        salt: Bytes(registration.Salt),
        noticePeriod: registration.NoticePeriod,
        identityHash: Bytes(registration.IdentityHash),
        metadataHash: Bytes(registration.MetadataHash),
        uri: registration.Uri,
        royalty: registration.Royalty,
        split: Message(registration.Split),
        parents: Message(registration.Parents),
        gateways: Texts(registration.Gateways));

    public static RegistryMessages.SplitTable Message(SplitTable table) => new(
        rows: Message(table.Rows),
        poolWeight: Number(table.PoolWeight),
        fallbackRows: Message(table.FallbackRows),
        committed: new RegistryMessages.TableCommitment(
            hash: Bytes(table.Committed.Hash), rows: table.Committed.Rows, weight: Number(table.Committed.Weight), uri: table.Committed.Uri));

    public static List<RegistryMessages.Parent> Message(IEnumerable<Parent> parents) =>
        [.. parents.Select(parent => new RegistryMessages.Parent(modelId: Bytes(parent.ModelId), share: parent.Share))];

    public static VaultMessages.Proposal Message(Proposal proposal) => new(
        epoch: proposal.Epoch,
        attempt: proposal.Attempt,
        attestorSet: proposal.AttestorSet,
        previousRoot: Bytes(proposal.PreviousRoot),
        root: Bytes(proposal.Root),
        pushRoot: Bytes(proposal.PushRoot),
        recordRoot: Bytes(proposal.RecordRoot),
        bundleHash: Bytes(proposal.BundleHash),
        lastBlock: proposal.LastBlock,
        lastBlockHash: Bytes(proposal.LastBlockHash),
        totals: [.. proposal.Totals.Select(total => new VaultMessages.TokenTotal(token: Text(total.Token), total: Number(total.Total)))],
        revoked: Bytes(proposal.Revoked),
        bundleUri: proposal.BundleUri);

    public static List<VaultMessages.Signature> Message(IEnumerable<AttestorSignature> signatures) =>
        [.. signatures.Select(signature => new VaultMessages.Signature(signer: Text(signature.Signer), data: signature.Data.ToArray()))];

    public static List<VaultMessages.ClaimRequest> Message(IEnumerable<ClaimRequest> requests) => [.. requests.Select(Message)];

    public static VaultMessages.ClaimRequest Message(ClaimRequest request) =>
        new(account: Text(request.Account), token: Text(request.Token), cumulative: Number(request.Cumulative), proof: Bytes(request.Proof));

    public static List<RelayMessages.SignedClaim> Message(IEnumerable<SignedClaim> claims) =>
    [
        .. claims.Select(claim => new RelayMessages.SignedClaim(
            request: new RelayMessages.ClaimRequest(
                account: Text(claim.Request.Account), token: Text(claim.Request.Token), cumulative: Number(claim.Request.Cumulative), proof: Bytes(claim.Request.Proof)),
            to: Text(claim.To), deadline: Number(claim.Deadline), signature: claim.Signature.ToArray())),
    ];

    public static List<VaultMessages.SweepOrder> Message(IEnumerable<SweepOrder> orders) =>
        [.. orders.Select(order => new VaultMessages.SweepOrder(token: Text(order.Token), modelIds: Bytes(order.ModelIds)))];

    public static VaultMessages.PushBatch Message(PushBatch batch) => new(
        epoch: batch.Epoch, token: Text(batch.Token), first: batch.First, entries: batch.Entries.ToArray(),
        redirections: [.. batch.Redirections.Select(redirection => new VaultMessages.PushRedirection(at: redirection.At, recipient: Text(redirection.Recipient)))],
        proof: Bytes(batch.Proof), runs: batch.Runs.ToArray());

    public static VaultMessages.PushEntry Message(PushItem item) => new(
        index: item.Index, account: Text(item.Account), recipient: Text(item.Recipient), token: Text(item.Token), amount: Number(item.Amount));

    public static ResolverMessages.EpochRecord Message(EpochRecord record) => new(
        epoch: record.Epoch, lastBlock: record.LastBlock, root: Bytes(record.Root), recordRoot: Bytes(record.RecordRoot), bundleHash: Bytes(record.BundleHash));

    public static Proposal Read(VaultMessages.Proposal proposal) => new(
        proposal.Epoch,
        proposal.Attempt,
        proposal.AttestorSet,
        Hash(proposal.PreviousRoot),
        Hash(proposal.Root),
        Hash(proposal.PushRoot),
        Hash(proposal.RecordRoot),
        Hash(proposal.BundleHash),
        proposal.LastBlock,
        Hash(proposal.LastBlockHash),
        [.. proposal.Totals.Select(total => new TokenTotal(Account(total.Token), UInt(total.Total)))],
        [.. proposal.Revoked.Select(Hash)],
        proposal.BundleUri);

    public static IReadOnlyList<SplitRow> Read(List<RegistryMessages.SplitRow> rows) =>
        [.. rows.Select(row => new SplitRow(Account(row.Account), UInt(row.Weight), Hash(row.Role)))];

    public static IReadOnlyList<Parent> Read(List<RegistryMessages.Parent> parents) => [.. parents.Select(parent => new Parent(Hash(parent.ModelId), parent.Share))];

    public static IReadOnlyList<ListedToken> Read(List<VaultMessages.ListedToken> tokens) =>
        [.. tokens.Select(token => new ListedToken(Account(token.Token), UInt(token.SmallestLeaf)))];

    private static List<RegistryMessages.SplitRow> Message(IEnumerable<SplitRow> rows) =>
        [.. rows.Select(row => new RegistryMessages.SplitRow(account: Text(row.Account), weight: Number(row.Weight), role: Bytes(row.Role)))];
}
