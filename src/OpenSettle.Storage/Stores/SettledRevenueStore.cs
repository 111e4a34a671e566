using System.Buffers.Binary;
using OpenSettle.Epochs;
using OpenSettle.Passports;
using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Storage.Stores;

/// <summary>
/// What payments to models were settled with, by epoch, day, payer and token. A model's rows of an epoch are one value, packed: a
/// passport reads two hundred thousand of them, and one statement for each would take longer than all else.
/// </summary>
public sealed class SettledRevenueStore(BooksSession session)
{
    private const ulong DaySeconds = 86_400;

    // Day, payer, token, payments, settled, time-weighted, oldest; numbers big-endian.
    private const int RowSize = 4 + Address.Size + Address.Size + 8 + UInt256.Size + UInt256.Size + 8;
    private const int PaidSize = Address.Size + UInt256.Size;

    private const string Columns = "model, timestamp, payer, token, settled, amount";

    /// <summary>Sums what an epoch takes: before its payments are marked as taken.</summary>
    public void Take(ulong epoch, ulong lastBlock)
    {
        var sums = new Dictionary<ModelId, ModelSums>();
        using (var rows = session.Bulk($"SELECT {Columns} FROM payments INDEXED BY payments_open WHERE epoch IS NULL AND settled IS NOT NULL AND settled_block <= ?1"))
        {
            rows.Bind(1, lastBlock);
            while (rows.Step()) Add(sums, rows);
        }

        Write(epoch, sums);
    }

    /// <summary>A model's rows of epochs after one and up to another, in order of epoch, day, payer and token.</summary>
    public List<SettledRevenue> Of(ModelId model, ulong after, ulong upTo)
    {
        // A large model has some hundred thousand: they are unpacked where they lie, into a list that does not grow.
        var bytes = session.Single("SELECT coalesce(sum(length(rows)), 0) FROM settled_revenue WHERE model = ?1 AND epoch > ?2 AND epoch <= ?3", row => row.GetInt64(0), model, after, upTo);
        var found = new List<SettledRevenue>(checked((int)(bytes / RowSize)));
        using var rows = session.Bulk("SELECT epoch, rows FROM settled_revenue WHERE model = ?1 AND epoch > ?2 AND epoch <= ?3 ORDER BY epoch");
        rows.Bind(1, model.Value);
        rows.Bind(2, after);
        rows.Bind(3, upTo);
        while (rows.Step()) Unpack((ulong)rows.Number(0), rows.Bytes(1), found);
        return found;
    }

    /// <summary>What was paid by payments that epochs up to one took, and by others of earlier blocks than one; tokens ascending.</summary>
    /// <param name="isNewest">Whether no epoch after it is active: then what is left has an index.</param>
    public IReadOnlyList<TokenRevenue> Paid(ModelId model, ulong upTo, ulong before, bool isNewest)
    {
        var paid = new SortedDictionary<Address, UInt256>();
        session.Each("SELECT paid FROM settled_revenue WHERE model = ?1 AND epoch <= ?2", row =>
        {
            for (var rest = row.Bytes(0).AsSpan(); rest.Length > 0; rest = rest[PaidSize..])
                Add(Address.FromBytes(rest[..Address.Size]), UInt256.FromBigEndian(rest[Address.Size..PaidSize]));
        }, model, upTo);
        session.Each(
            isNewest
                ? "SELECT token, amount FROM payments INDEXED BY payments_of_model WHERE model = ?1 AND epoch IS NULL AND block < ?2"
                : "SELECT token, amount FROM payments WHERE model = ?1 AND block < ?2 AND (epoch IS NULL OR epoch > ?3)",
            row => Add(row.Account(0), row.Amount(1)), isNewest ? [model, before] : [model, before, upTo]);
        return [.. paid.Select(pair => new TokenRevenue(pair.Key, pair.Value))];

        void Add(Address token, UInt256 amount) => paid[token] = paid.GetValueOrDefault(token) + amount;
    }

    /// <summary>Models with revenue in epochs after one.</summary>
    public IReadOnlyList<ModelId> Models(ulong after, ulong upTo) =>
        session.Query("SELECT DISTINCT model FROM settled_revenue WHERE epoch > ?1 AND epoch <= ?2", row => row.Model(0), after, upTo);

    public long Count() => session.Single("SELECT count(*) FROM settled_revenue", row => row.GetInt64(0));

    /// <summary>Writes all of it anew from the payments.</summary>
    /// <param name="progress">Told each epoch.</param>
    public void Fill(Action<string>? progress = null)
    {
        session.Execute("DELETE FROM settled_revenue");
        foreach (var (epoch, sums) in FromPayments())
        {
            progress?.Invoke($"revenue of epoch {epoch}");
            Write(epoch, sums);
        }
    }

    /// <summary>Recomputes all of it from the payments. Null where they agree, else the first difference.</summary>
    public string? CheckAgainstPayments()
    {
        long computed = 0;
        foreach (var (epoch, sums) in FromPayments())
        {
            foreach (var (model, sum) in sums)
            {
                computed++;
                var stored = session.Single("SELECT paid, rows FROM settled_revenue WHERE model = ?1 AND epoch = ?2", row => (Paid: row.Bytes(0), Rows: row.Bytes(1)), model, epoch);
                if (stored.Rows is null) return $"model {model} has payments in epoch {epoch}, and no settled revenue";
                if (!stored.Paid.AsSpan().SequenceEqual(sum.PackPaid()) || !stored.Rows.AsSpan().SequenceEqual(sum.PackRows()))
                    return $"model {model}, epoch {epoch}: the payments give other sums than are stored";
            }
        }

        return Count() == computed ? null : $"{Count()} sums of settled revenue are stored, and the payments give {computed}";
    }

    /// <summary>Epoch by epoch, so that one epoch's sums are in memory.</summary>
    private IEnumerable<(ulong Epoch, Dictionary<ModelId, ModelSums> Sums)> FromPayments()
    {
        using var rows = session.Bulk($"SELECT {Columns}, epoch FROM payments WHERE epoch IS NOT NULL ORDER BY epoch");
        var sums = new Dictionary<ModelId, ModelSums>();
        var epoch = 0UL;
        while (rows.Step())
        {
            if ((ulong)rows.Number(6) is var next && next != epoch)
            {
                if (sums.Count > 0) yield return (epoch, sums);
                (epoch, sums) = (next, []);
            }

            Add(sums, rows);
        }

        if (sums.Count > 0) yield return (epoch, sums);
    }

    private static void Add(Dictionary<ModelId, ModelSums> all, BulkStatement row)
    {
        var model = new ModelId(Hash32.FromBytes(row.Bytes(0)));
        if (!all.TryGetValue(model, out var sums)) all.Add(model, sums = new ModelSums());
        sums.Add((ulong)row.Number(1), Address.FromBytes(row.Bytes(2)), Address.FromBytes(row.Bytes(3)), UInt256.FromBigEndian(row.Bytes(4)), UInt256.FromBigEndian(row.Bytes(5)));
    }

    private void Write(ulong epoch, Dictionary<ModelId, ModelSums> sums)
    {
        using var insert = session.Bulk("INSERT INTO settled_revenue (model, epoch, paid, rows) VALUES (?1, ?2, ?3, ?4)");
        foreach (var (model, sum) in sums.OrderBy(pair => pair.Key))
        {
            insert.Bind(1, model.Value);
            insert.Bind(2, epoch);
            insert.Bind(3, sum.PackPaid());
            insert.Bind(4, sum.PackRows());
            insert.Run();
        }
    }

    private static void Unpack(ulong epoch, ReadOnlySpan<byte> packed, List<SettledRevenue> found)
    {
        if (packed.Length % RowSize != 0) throw new StorageException(StorageErrorKind.Inconsistent, $"The settled revenue of epoch {epoch} has {packed.Length} bytes, which are not whole rows.");
        found.EnsureCapacity(found.Count + packed.Length / RowSize);
        for (var rest = packed; rest.Length > 0; rest = rest[RowSize..])
        {
            found.Add(new SettledRevenue(
                epoch, BinaryPrimitives.ReadUInt32BigEndian(rest), Address.FromBytes(rest[4..24]), Address.FromBytes(rest[24..44]), BinaryPrimitives.ReadUInt64BigEndian(rest[44..]),
                UInt256.FromBigEndian(rest[52..84]), UInt256.FromBigEndian(rest[84..116]), BinaryPrimitives.ReadUInt64BigEndian(rest[116..])));
        }
    }

    /// <summary>One model's sums of one epoch.</summary>
    private sealed class ModelSums
    {
        private readonly Dictionary<(uint Day, Address Payer, Address Token), SettledRevenue> _rows = [];
        private readonly Dictionary<Address, UInt256> _paid = [];

        public void Add(ulong time, Address payer, Address token, UInt256 settled, UInt256 amount)
        {
            var key = (checked((uint)(time / DaySeconds)), payer, token);
            var known = _rows.GetValueOrDefault(key, new SettledRevenue(0, key.Item1, payer, token, 0, UInt256.Zero, UInt256.Zero, ulong.MaxValue));
            _rows[key] = known with
            {
                Payments = known.Payments + 1, Settled = known.Settled + settled, TimeWeighted = known.TimeWeighted + settled * time, Oldest = Math.Min(known.Oldest, time),
            };
            _paid[token] = _paid.GetValueOrDefault(token) + amount;
        }

        public byte[] PackRows()
        {
            var packed = new byte[_rows.Count * RowSize];
            var rest = packed.AsSpan();
            foreach (var (_, row) in _rows.OrderBy(pair => pair.Key))
            {
                BinaryPrimitives.WriteUInt32BigEndian(rest, row.Day);
                row.Payer.WriteTo(rest[4..]);
                row.Token.WriteTo(rest[24..]);
                BinaryPrimitives.WriteUInt64BigEndian(rest[44..], row.Payments);
                row.Settled.WriteBigEndian(rest[52..84]);
                row.TimeWeighted.WriteBigEndian(rest[84..116]);
                BinaryPrimitives.WriteUInt64BigEndian(rest[116..], row.Oldest);
                rest = rest[RowSize..];
            }

            return packed;
        }

        public byte[] PackPaid()
        {
            var packed = new byte[_paid.Count * PaidSize];
            var rest = packed.AsSpan();
            foreach (var (token, amount) in _paid.OrderBy(pair => pair.Key))
            {
                token.WriteTo(rest);
                amount.WriteBigEndian(rest[Address.Size..PaidSize]);
                rest = rest[PaidSize..];
            }

            return packed;
        }
    }
}
