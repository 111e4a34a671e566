using System.Buffers.Binary;
using OpenSettle.Epochs;
using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Storage.Stores;

/// <summary>
/// What models did in active epochs. A record is one row, because a passport reads hundreds of them: numbers of eight bytes, big-endian,
/// for uses, paid uses, consumers and how many tokens and domains follow; a token with its amount; a domain with its four numbers.
/// </summary>
public sealed class RecordStore(BooksSession session)
{
    private const int Head = 5 * sizeof(ulong);
    private const int TokenSize = Address.Size + UInt256.Size;
    private const int DomainSize = Hash32.Size + 4 * sizeof(ulong);

    /// <summary>Adds the records of an epoch.</summary>
    public void Add(ulong epoch, IReadOnlyList<ModelRecord> records)
    {
        if (records.Count == 0) return;
        using var add = session.Bulk("INSERT INTO model_records (model, epoch, body) VALUES (?1, ?2, ?3)");
        foreach (var record in records)
        {
            add.Bind(1, record.Model.Value);
            add.Bind(2, epoch);
            add.Bind(3, Encode(record));
            add.Run();
        }
    }

    public ModelRecord? Find(ModelId model, ulong epoch) =>
        session.Single("SELECT body FROM model_records WHERE model = ?1 AND epoch = ?2", row => Decode(model, row.Bytes(0)), model, epoch);

    /// <summary>A model's records of epochs up to one, in order of epoch.</summary>
    public IReadOnlyList<(ulong Epoch, ModelRecord Record)> Of(ModelId model, ulong lastEpoch = long.MaxValue) => session.Query(
        "SELECT epoch, body FROM model_records WHERE model = ?1 AND epoch <= ?2 ORDER BY epoch", row => (row.Number(0), Decode(model, row.Bytes(1))), model, lastEpoch);

    /// <summary>So many of a model's records, newest first, of epochs before one.</summary>
    public IReadOnlyList<(ulong Epoch, ModelRecord Record)> Newest(ModelId model, ulong before, int most) => session.Query(
        "SELECT epoch, body FROM model_records WHERE model = ?1 AND epoch < ?2 ORDER BY epoch DESC LIMIT ?3", row => (row.Number(0), Decode(model, row.Bytes(1))), model, before, most);

    /// <summary>All records of an epoch, models ascending: those that its record root is of.</summary>
    public IReadOnlyList<ModelRecord> OfEpoch(ulong epoch) =>
        session.Query("SELECT model, body FROM model_records WHERE epoch = ?1 ORDER BY model", row => Decode(row.Model(0), row.Bytes(1)), epoch);

    /// <summary>Models with records of epochs after one and up to another.</summary>
    public IReadOnlyList<ModelId> Models(ulong after, ulong upTo) =>
        session.Query("SELECT DISTINCT model FROM model_records WHERE epoch > ?1 AND epoch <= ?2", row => row.Model(0), after, upTo);

    internal static byte[] Encode(ModelRecord record)
    {
        var body = new byte[Head + record.Revenue.Count * TokenSize + record.Domains.Count * DomainSize];
        var rest = body.AsSpan();
        Put(ref rest, record.Uses);
        Put(ref rest, record.PaidUses);
        Put(ref rest, record.Consumers);
        Put(ref rest, (ulong)record.Revenue.Count);
        Put(ref rest, (ulong)record.Domains.Count);
        foreach (var (token, amount) in record.Revenue)
        {
            token.WriteTo(rest);
            amount.WriteBigEndian(rest[Address.Size..]);
            rest = rest[TokenSize..];
        }

        foreach (var domain in record.Domains)
        {
            domain.Domain.WriteTo(rest);
            rest = rest[Hash32.Size..];
            Put(ref rest, domain.Successes);
            Put(ref rest, domain.Trials);
            Put(ref rest, domain.PaidSuccesses);
            Put(ref rest, domain.PaidTrials);
        }

        return body;
    }

    /// <exception cref="StorageException">The bytes are no record's.</exception>
    internal static ModelRecord Decode(ModelId model, ReadOnlySpan<byte> body)
    {
        if (body.Length < Head) throw Damaged(model);
        var rest = body;
        var (uses, paid, consumers, tokens, domains) = (Take(ref rest), Take(ref rest), Take(ref rest), Take(ref rest), Take(ref rest));
        if (tokens > (ulong)rest.Length || domains > (ulong)rest.Length || (ulong)rest.Length != tokens * TokenSize + domains * DomainSize) throw Damaged(model);
        var revenue = new TokenRevenue[tokens];
        for (var i = 0; i < revenue.Length; i++)
        {
            revenue[i] = new TokenRevenue(Address.FromBytes(rest[..Address.Size]), UInt256.FromBigEndian(rest[Address.Size..TokenSize]));
            rest = rest[TokenSize..];
        }

        var told = new DomainRecord[domains];
        for (var i = 0; i < told.Length; i++)
        {
            var word = Hash32.FromBytes(rest[..Hash32.Size]);
            rest = rest[Hash32.Size..];
            told[i] = new DomainRecord(word, Take(ref rest), Take(ref rest), Take(ref rest), Take(ref rest));
        }

        return new ModelRecord(model, uses, paid, consumers, revenue, told);
    }

    private static void Put(ref Span<byte> rest, ulong value)
    {
        BinaryPrimitives.WriteUInt64BigEndian(rest, value);
        rest = rest[sizeof(ulong)..];
    }

    private static ulong Take(ref ReadOnlySpan<byte> rest)
    {
        var value = BinaryPrimitives.ReadUInt64BigEndian(rest);
        rest = rest[sizeof(ulong)..];
        return value;
    }

    private static StorageException Damaged(ModelId model) =>
        new(StorageErrorKind.Inconsistent, $"A record of model {model} in the books is damaged. Restore them from a backup, or write them anew: opensettle rebuild.");
}
