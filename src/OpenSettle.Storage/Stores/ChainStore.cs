using System.Text;
using System.Text.Json;
using OpenSettle.Epochs;
using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Storage.Stores;

/// <summary>How far the chain was read, what the vault lists, and what the registry said.</summary>
public sealed class ChainStore(BooksSession session)
{
    public ChainCursor? Cursor() => session.Single(
        "SELECT block, hash, timestamp FROM chain_cursor WHERE id = 1",
        row => new ChainCursor(row.Number(0), row.Word(1), row.Number(2)));

    public void MoveCursor(ChainCursor cursor) => session.Execute(
        """
        INSERT INTO chain_cursor (id, block, hash, timestamp) VALUES (1, ?1, ?2, ?3)
        ON CONFLICT (id) DO UPDATE SET block = excluded.block, hash = excluded.hash, timestamp = excluded.timestamp
        """,
        cursor.Block, cursor.Hash, cursor.Timestamp);

    /// <summary>Listed tokens, ascending.</summary>
    public IReadOnlyList<ListedToken> ListedTokens(ulong lastBlock = long.MaxValue) => session.Query(
        "SELECT token, smallest_leaf FROM listed_tokens WHERE block <= ?1 ORDER BY token",
        row => new ListedToken(row.Account(0), row.Amount(1)), lastBlock);

    public void AddListedToken(ListedToken token, ulong block) => session.Execute(
        "INSERT INTO listed_tokens (token, smallest_leaf, block) VALUES (?1, ?2, ?3)", token.Token, token.SmallestLeaf, block);

    public void AddRegistryFact(RegistryFact fact)
    {
        var (kind, body) = RegistryFactText.Write(fact);
        session.Execute(
            "INSERT INTO registry_facts (block, log_index, timestamp, model, kind, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            fact.At.Block, (long)fact.At.LogIndex, fact.Timestamp, fact.Model, kind, body);
    }

    /// <summary>Models of which the registry said something in these blocks that decides money.</summary>
    public IReadOnlyList<ModelId> ChangedModels(ulong first, ulong before) =>
        session.Query("SELECT DISTINCT model FROM registry_facts WHERE block >= ?1 AND block < ?2", row => row.Model(0), first, before);

    /// <summary>Keeps a published table. Its hash is its name, so that the same table is there once.</summary>
    public void AddTable(SplitTable table)
    {
        var text = Registry.TableText.Of(table);
        session.Execute("INSERT INTO published_tables (hash, text) VALUES (?1, ?2) ON CONFLICT (hash) DO NOTHING", Keccak256.Hash(text), (ReadOnlyMemory<byte>)text);
    }

    /// <summary>The text of a published table, or null.</summary>
    public byte[]? TableText(Hash32 hash) => session.Single("SELECT text FROM published_tables WHERE hash = ?1", row => row.Bytes(0), hash);

    /// <summary>Every table that was published to this node.</summary>
    public PublishedTables LoadTables()
    {
        var tables = new PublishedTables();
        foreach (var text in session.Query("SELECT text FROM published_tables", row => row.Bytes(0))) tables.Add(Registry.TableText.Parse(text));
        return tables;
    }

    /// <summary>How many tables were published to any node.</summary>
    public long CountTables() => session.Single("SELECT count(*) FROM published_tables", row => row.GetInt64(0));

    /// <summary>The hashes of their texts.</summary>
    public IReadOnlyList<Hash32> TableHashes() => session.Query("SELECT hash FROM published_tables", row => row.Word(0));

    /// <summary>The registry as of the cursor.</summary>
    public RegistryBook LoadRegistry()
    {
        var book = new RegistryBook();
        foreach (var fact in RegistryFacts(after: null)) book.Apply(fact);
        return book;
    }

    /// <summary>What the registry said after a block, in its order; null: all that it ever said.</summary>
    public IReadOnlyList<RegistryFact> RegistryFacts(ulong? after) => session.Query(
        "SELECT block, log_index, timestamp, model, kind, body FROM registry_facts WHERE block > ?1 ORDER BY block, log_index",
        row => RegistryFactText.Read(
            row.GetInt32(4), new LogPosition(row.Number(0), checked((uint)row.GetInt64(1))), row.Number(2), row.Model(3), row.GetString(5)),
        after is { } block ? checked((long)block) : -1L);
}

/// <summary>The JSON bodies of registry facts. Kinds are numbers on disk and are never given a new meaning.</summary>
internal static class RegistryFactText
{
    private sealed record RegisteredBody(ulong Number, string Creator, string PayAddress, uint NoticePeriod, string IdentityHash, string MetadataHash, string Uri);

    private sealed record CommitmentBody(string Hash, uint Rows, string Weight);

    private sealed record SplitBody(uint Version, ulong EffectiveAt, string? Table, CommitmentBody? Commitment);

    private sealed record ParentBody(string Model, uint Share);

    private sealed record LineageBody(uint Version, ulong EffectiveAt, List<ParentBody> Parents);

    private sealed record GatewayBody(string Gateway, bool Listed);

    public static (int Kind, string Body) Write(RegistryFact fact) => fact switch
    {
        ModelRegistered f => (1, JsonSerializer.Serialize(new RegisteredBody(
            f.Number, f.Creator.ToString(), f.PayAddress.ToString(), f.NoticePeriod, f.IdentityHash.ToString(), f.MetadataHash.ToString(), f.Uri))),
        SplitSet f => (2, JsonSerializer.Serialize(new SplitBody(
            f.Table.Version, f.EffectiveAt, f.Table.AtHand ? Encoding.UTF8.GetString(TableText.Of(f.Table)) : null,
            f.Table.Commitment is { } commitment ? new CommitmentBody(commitment.Hash.ToString(), commitment.Rows, commitment.Weight.ToString()) : null))),
        SplitCancelled f => (3, JsonSerializer.Serialize(f.Version)),
        LineageSet f => (4, JsonSerializer.Serialize(new LineageBody(
            f.Lineage.Version, f.EffectiveAt, [.. f.Lineage.Parents.Select(parent => new ParentBody(parent.Model.ToString(), parent.Share))]))),
        GatewaySet f => (5, JsonSerializer.Serialize(new GatewayBody(f.Gateway.ToString(), f.Listed))),
        OwnerChanged f => (6, JsonSerializer.Serialize(f.Owner.ToString())),
        LineageCancelled f => (7, JsonSerializer.Serialize(f.Version)),
        _ => throw new InvalidOperationException($"Registry fact {fact.GetType().Name} cannot be stored."),
    };

    public static RegistryFact Read(int kind, LogPosition at, ulong time, ModelId model, string body)
    {
        switch (kind)
        {
            case 1:
                var r = Body<RegisteredBody>(body);
                return new ModelRegistered(
                    at, time, model, r.Number, Address.Parse(r.Creator), Address.Parse(r.PayAddress), r.NoticePeriod,
                    Hash32.Parse(r.IdentityHash), Hash32.Parse(r.MetadataHash), r.Uri);
            case 2:
                var s = Body<SplitBody>(body);
                var table = s.Table is { } text
                    ? TableText.Parse(Encoding.UTF8.GetBytes(text)) with { Version = s.Version }
                    : new SplitTable(s.Version, []) { Commitment = new TableCommitment(Hash32.Parse(s.Commitment!.Hash), s.Commitment.Rows, UInt256.Parse(s.Commitment.Weight)) };
                return new SplitSet(at, time, model, s.EffectiveAt, table);
            case 3:
                return new SplitCancelled(at, time, model, Body<uint>(body));
            case 4:
                var l = Body<LineageBody>(body);
                var parents = l.Parents.Select(parent => new Parent(new ModelId(Hash32.Parse(parent.Model)), parent.Share));
                return new LineageSet(at, time, model, l.EffectiveAt, new Lineage(l.Version, [.. parents]));
            case 5:
                var g = Body<GatewayBody>(body);
                return new GatewaySet(at, time, model, Address.Parse(g.Gateway), g.Listed);
            case 6:
                return new OwnerChanged(at, time, model, Address.Parse(Body<string>(body)));
            case 7:
                return new LineageCancelled(at, time, model, Body<uint>(body));
            default:
                throw new StorageException(StorageErrorKind.Inconsistent, $"Registry fact at {at} is of unknown kind {kind}.");
        }
    }

    private static T Body<T>(string body) =>
        JsonSerializer.Deserialize<T>(body) ?? throw new StorageException(StorageErrorKind.Inconsistent, "A registry fact has an empty body.");
}
