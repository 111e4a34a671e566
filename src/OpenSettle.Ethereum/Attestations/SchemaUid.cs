using System.Collections.Frozen;
using OpenSettle.Passports;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Attestations;

/// <summary>The resolver's schemas, as it registers them on EAS.</summary>
public static class SchemaUid
{
    /// <summary>All kinds, in the resolver's order.</summary>
    public static IReadOnlyList<StatementKind> Kinds { get; } = Enum.GetValues<StatementKind>();

    /// <summary>keccak256(packed(text, resolver, revocable)).</summary>
    public static Hash32 Of(StatementKind kind, Address resolver) =>
        Keccak256.Hash([.. System.Text.Encoding.UTF8.GetBytes(Text(kind)), .. resolver.ToArray(), IsRevocable(kind) ? (byte)1 : (byte)0]);

    /// <summary>Whether whoever attested may take it back; what the resolver attests itself stays.</summary>
    public static bool IsRevocable(StatementKind kind) => kind is not (StatementKind.Epoch or StatementKind.UsageRecord);

    /// <summary>The schema's fields, as the resolver's <c>schemaText</c> has them.</summary>
    public static string Text(StatementKind kind) => kind switch
    {
        StatementKind.Provenance => "bytes32 modelId,bytes32 identityHash,bytes32[] datasetHashes,string[] relations,string uri",
        StatementKind.Lineage => "bytes32 modelId,bytes32[] parents,uint32[] shares,uint32 version",
        StatementKind.Contribution => "bytes32 modelId,address account,bytes32 role,uint96 weight,bytes32 method",
        StatementKind.Permission => "bytes32 modelId,address account,bytes32 use,uint8 permission,uint64 expires,bytes32 termsHash",
        StatementKind.Evaluation => "bytes32 modelId,bytes32 domain,string metric,string value,uint64 n,bytes32 evalSetHash,bytes32 methodHash",
        StatementKind.Epoch => "uint64 epoch,uint64 lastBlock,bytes32 root,bytes32 recordRoot,bytes32 bundleHash",
        StatementKind.UsageRecord => "bytes32 modelId,uint64 epoch,uint64 uses,uint64 consumers,address[] tokens,uint128[] revenue,bytes32[] domains,uint64[] successes,uint64[] trials",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "There is no such schema."),
    };
}

/// <summary>The uids of one resolver's schemas, both ways.</summary>
public sealed class SchemaSet
{
    private readonly FrozenDictionary<Hash32, StatementKind> _kinds;
    private readonly FrozenDictionary<StatementKind, Hash32> _uids;

    public SchemaSet(Address resolver)
    {
        Resolver = resolver;
        _uids = SchemaUid.Kinds.ToFrozenDictionary(kind => kind, kind => SchemaUid.Of(kind, resolver));
        _kinds = _uids.ToFrozenDictionary(pair => pair.Value, pair => pair.Key);
    }

    public Address Resolver { get; }

    /// <summary>All uids: what to filter EAS's logs by.</summary>
    public IReadOnlyCollection<Hash32> Uids => _kinds.Keys;

    public Hash32 this[StatementKind kind] => _uids[kind];

    /// <summary>What is said under a schema, or null where it is not one of this resolver's.</summary>
    public StatementKind? KindOf(Hash32 schema) => _kinds.TryGetValue(schema, out var kind) ? kind : null;
}
