using System.ComponentModel;
using System.Text.Json;
using OpenSettle.Passports;
using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Node.Http;

// What the core writes by itself, or others have written: of these types the schema is used, and nothing is made of them here.

[Description("A passport, as docs/passport.md names every field.")]
internal sealed record PassportForm(
    string Format, string CodeVersion, ulong ChainId, ModelId Model, ulong Number, PointAnswer AsOf, ulong LastEpoch, Address Owner, Address PayAddress, Hash32 IdentityHash, string Status, bool Frozen,
    MetadataForm Metadata, IReadOnlyList<DomainForm> Domains, IReadOnlyList<FlagForm> Flags, IReadOnlyList<FigureForm> Figures, IReadOnlyList<PassportAncestorForm> Ancestors,
    IReadOnlyList<ContributorForm> Contributors, IReadOnlyList<StatedPermissionForm> Permissions, IReadOnlyList<AttestationForm> Attestations, IReadOnlyList<Address> PublicSources, IReadOnlyList<NamedTokenForm> Tokens);

internal sealed record MetadataForm(Hash32 Hash, [Description("A stranger's text.")] string Uri, FigureLevel? Level, [Description("What the model's owner says of it.")] PublishedDocument? Document);

internal sealed record DomainForm(string Domain, Hash32 Word, DomainBasis Basis, UInt256 Successes, UInt256 Trials, [Description("Lower end of Wilson's 95 % interval.")] string Low, string High);

internal sealed record FlagForm(string Id, string Scope, string Message);

internal sealed record FigureForm(
    [Description("docs/metrics.md has them all.")] string Id, [Description("A token, a domain, or empty.")] string Scope, FigureState State, string? Value, string? Low, string? High, UInt256 N, UInt256 LeastN, FigureLevel Level,
    ulong FirstBlock, ulong LastBlock, string CodeVersion, [Description("What anybody recomputes it with.")] string Query, string? Note, IReadOnlyList<SeriesPointForm>? Points);

internal sealed record SeriesPointForm(string At, string Value, UInt256 N);

internal sealed record PassportAncestorForm(ModelId Model, uint Depth, ulong ShareMillionths, IReadOnlyList<TokenAmountAnswer> Flowed);

internal sealed record ContributorForm(Address Account, IReadOnlyList<string> Roles, IReadOnlyList<TokenAmountAnswer> Earned);

internal sealed record StatedPermissionForm(Address Account, Hash32 Use, string Permission, UInt256 Expires, Hash32 TermsHash, string Uri, Hash32? Attestation);

internal sealed record NamedTokenForm(Address Token, string Symbol, int Decimals);

internal sealed record AttestationForm(
    Hash32 Uid, Hash32 Schema, StatementKind Kind, AttestationStanding Standing, string? Why, [Description("Whether its attester benefits from the model.")] bool Benefits, Address Attester, Address Recipient, Hash32 RefUid,
    UInt256 Time, UInt256 Expires, UInt256 RevokedAt, bool OnChain, LogPlaceForm? At, [Description("What it says: its fields are those of its kind.")] JsonElement? Says);

internal sealed record LogPlaceForm(ulong Block, uint LogIndex);

internal sealed record AttestationsForm(ModelId Model, PointAnswer AsOf, long Unread, [Description("Earlier ones are not known.")] ulong? KnownFrom, IReadOnlyList<JsonElement> Attestations);

internal sealed record ComparisonForm(ComparedModelForm A, ComparedModelForm B, [Description("What the two do not have in common.")] IReadOnlyList<string> Differ, IReadOnlyList<ComparedRowForm> Rows);

internal sealed record ComparedModelForm(ModelId Model, ulong Number, string? Name, PointAnswer AsOf, string CodeVersion, string Status, IReadOnlyList<string> Flags);

internal sealed record ComparedRowForm(string Id, string Scope, FigureForm? A, FigureForm? B);

internal sealed record PermissionForm(
    ModelId Model, [Description("Absent: anybody.")] Address? Account, Hash32 Use, PermissionWord Answer, [Description("Whose word it is.")] PermissionSource Source, Hash32? Attestation,
    [Description("In seconds since 1970.")] string? Expires, Hash32? TermsHash, string? Uri, PointAnswer? AsOf);

/// <summary>docs/passport.md has its form; any other JSON object is taken too.</summary>
[Description("A document of a model: docs/passport.md has its form; any other JSON object is taken too.")]
internal sealed record PublishedDocument;

/// <summary>docs/protocol.md, section 1, has its form.</summary>
[Description("A table of who shares a model's revenue, in its one text: docs/protocol.md, section 1, has its form.")]
internal sealed record PublishedTable;

/// <summary>EAS's own file.</summary>
[Description("An attestation off chain, as EAS's own tools write it, version 2.")]
internal sealed record OffchainFileForm;

[Description("An event as CloudEvents 1.0 has it; docs/operate.md names the fields of its data.")]
internal sealed record CloudEventForm(
    string Specversion, string Id, string Source, string Type, DateTimeOffset? Time, [Description("Who used the model; kept as a salted hash.")] string? Subject, JsonElement Data);
