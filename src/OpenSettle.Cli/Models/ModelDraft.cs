using System.Globalization;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Passports;
using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Cli.Models;

/// <summary>A parent as a draft names it: by id, number or beginning of an id.</summary>
internal sealed record DraftParent(string Model, uint ShareMillionths);

/// <summary>
/// What a person looks at and fills in before a model is registered. Whatever is wrong in it is told at once, and nothing is sent before all of it is right.
/// </summary>
/// <param name="Document">Its bytes are what the registry names.</param>
internal sealed record ModelDraft(
    Hash32 Salt,
    Hash32 IdentityHash,
    string Uri,
    uint NoticeSeconds,
    ushort RoyaltyBasisPoints,
    IReadOnlyList<Registry.SplitRow> Rows,
    UInt128 PoolWeight,
    IReadOnlyList<Registry.SplitRow> Fallback,
    IReadOnlyList<DraftParent> Parents,
    IReadOnlyList<Address> Gateways,
    ModelDocument Document)
{
    public const string Format = "opensettle-draft/1";
    public const int MostBytes = 4 * 1024 * 1024;

    // The contract's bounds: said here, where they can still be mended.
    private const int MostParents = 16;
    private const int MostGateways = 64;
    private const uint MostNotice = 365 * 24 * 3600;
    private const ushort MostRoyalty = 10_000;
    private const uint Whole = 1_000_000;

    /// <summary>What a draft has before anybody looked at it: all to the owner, a week's notice.</summary>
    public static ModelDraft Of(ModelDocument document, Hash32 identityHash, string uri)
    {
        var digest = Keccak256.Hash(document.ToBytes());
        // From what is registered: the same card and weights give the same model, and a second try finds the first one.
        var salt = Keccak256.Hash([.. "opensettle-draft"u8, .. digest.ToArray(), .. identityHash.ToArray()]);
        return new ModelDraft(salt, identityHash, uri, 7 * 24 * 3600, 0, [new Registry.SplitRow(null, 1, "owner")], 0, [], [], [], document);
    }

    public Hash32 DocumentHash => Keccak256.Hash(Document.ToBytes());

    /// <summary>The address of the document, its hash in place.</summary>
    public string FullUri => Uri.Replace("{hash}", DocumentHash.ToString(), StringComparison.Ordinal);

    /// <summary>All that is wrong with it by itself.</summary>
    public IReadOnlyList<string> Faults()
    {
        var faults = new List<string>();
        var table = new Registry.SplitTable(1, Rows) { PoolWeight = PoolWeight, Fallback = Fallback };
        if (table.Fault() is { } fault) faults.Add($"split: {fault}.");
        if (Rows.Count + Fallback.Count > SplitTables.MostWhole) faults.Add($"split: {Rows.Count + Fallback.Count} rows, and {SplitTables.MostWhole} are registered at once: set a committed table afterwards (docs/protocol.md, section 1).");
        faults.AddRange(Rows.Concat(Fallback).Where(row => row.Role.Length == 0 || RoleText.ToWord(row.Role) is null).Select(row => $"split: '{Screen.Inert.Of(row.Role, 60)}' is not a role: 1 to 32 characters of plain ASCII."));
        if (Parents.Count > MostParents) faults.Add($"parents: {Parents.Count}, and at most {MostParents} are taken.");
        faults.AddRange(Parents.Where(parent => parent.ShareMillionths == 0).Select(parent => $"parents: {Screen.Inert.Of(parent.Model, 70)} has a share of zero."));
        if (Parents.Aggregate(0UL, (sum, parent) => sum + parent.ShareMillionths) is > Whole and var sum) faults.Add($"parents: their shares sum to {sum.ToString(CultureInfo.InvariantCulture)} millionths, more than 1,000,000.");
        if (Gateways.Count > MostGateways) faults.Add($"gateways: {Gateways.Count}, and at most {MostGateways} are taken.");
        if (Gateways.Any(gateway => gateway.IsZero)) faults.Add("gateways: the zero address is nobody.");
        if (Gateways.Distinct().Count() != Gateways.Count) faults.Add("gateways: one stands there twice.");
        if (NoticeSeconds > MostNotice) faults.Add($"noticeSeconds: {NoticeSeconds.ToString(CultureInfo.InvariantCulture)} is more than a year.");
        if (RoyaltyBasisPoints > MostRoyalty) faults.Add($"royaltyBasisPoints: {RoyaltyBasisPoints.ToString(CultureInfo.InvariantCulture)} is more than 10000, which is all of a resale.");
        if (IdentityHash.IsZero) faults.Add("identityHash: which weights? Give their digest, or make the draft with --weights FILE. It never changes afterwards.");
        if (Document.Name.Length == 0) faults.Add("document: the model has no name.");
        if (!CanonicalText.IsValid(Uri)) faults.Add("uri: it has control characters.");
        if (Document.ToBytes().Length > ModelDocument.MostBytes) faults.Add($"document: it has more than {ModelDocument.MostBytes} bytes.");
        return faults;
    }

    /// <param name="owner">The contract's word for whoever owns the token.</param>
    public Registration ToRegistration(IReadOnlyList<Ethereum.Contracts.Parent> parents, Address owner) => new(
        Salt, NoticeSeconds, IdentityHash, DocumentHash, FullUri, RoyaltyBasisPoints,
        SplitTables.ToContract(new Registry.SplitTable(1, Rows) { PoolWeight = PoolWeight, Fallback = Fallback }, owner, commit: false, string.Empty),
        parents, Gateways);
}
