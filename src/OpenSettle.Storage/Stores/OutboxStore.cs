using System.Buffers.Binary;
using System.Data.Common;
using System.Globalization;
using OpenSettle.Primitives;

namespace OpenSettle.Storage.Stores;

/// <summary>
/// This node's transactions: the intent before the bytes, the bytes before the broadcast. A nonce is an account's, and the operator's
/// account may change: what is stored counts on over all of them, and here each is the account's own again.
/// </summary>
public sealed class OutboxStore(BooksSession session)
{
    private const int SenderSize = Address.Size + sizeof(ulong);
    private const string SendersKey = "senders";
    private const string Fills = "fill nonce ";
    private const string Columns = "id, purpose, state, target, data, epoch, nonce";
    private const string VersionColumns = "nonce, version, raw, hash, fills, data_fee, signed_at, first_sent, last_sent, gas_used, gas_price, data_paid";

    /// <summary>Whose nonces are given out; null where nobody's were.</summary>
    public Address? Sender() => Senders() is [.., var last] ? last.Account : null;

    /// <summary>
    /// From now on this account sends. What another one had signed and is not known to be mined is planned as at first: whoever has that
    /// key may no longer be asked, and should both be mined after all, the contracts refuse a second effect.
    /// </summary>
    /// <returns>Who sent before; null where that is the same account, or nobody.</returns>
    public Address? SetSender(Address account)
    {
        var senders = Senders();
        if (senders is [.., var last])
        {
            if (last.Account == account) return null;
            foreach (var item in Open())
            {
                if (item.Nonce is not { } nonce) continue;
                Release(item.Id, nonce);
                if (item.Purpose.StartsWith(Fills, StringComparison.Ordinal)) GiveUp(item.Id);
            }
        }

        List<(Address Account, ulong First)> next = [.. senders, (account, senders.Count == 0 ? 0 : NextStored() ?? 0)];
        var bytes = new byte[next.Count * SenderSize];
        for (var i = 0; i < next.Count; i++)
        {
            next[i].Account.WriteTo(bytes.AsSpan(i * SenderSize));
            BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(i * SenderSize + Address.Size), next[i].First);
        }

        session.Meta.Set(SendersKey, bytes);
        return senders is [.., var before] ? before.Account : null;
    }

    /// <summary>Plans a transaction. A purpose that is already there is left as it is.</summary>
    public void Plan(string purpose, Address to, ReadOnlyMemory<byte> data, ulong? epoch = null) => session.Execute(
        "INSERT INTO outbox (purpose, state, target, data, epoch) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (purpose) DO NOTHING",
        purpose, OutboxState.Planned, to, data, epoch);

    /// <summary>Plans that a nonce which nothing here has is used up by a transfer of nothing to ourselves.</summary>
    public void PlanFiller(ulong nonce, Address self) => session.Execute(
        "INSERT INTO outbox (purpose, state, target, data, nonce) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (purpose) DO NOTHING",
        string.Create(CultureInfo.InvariantCulture, $"{Fills}{Stored(nonce)}"), OutboxState.Planned, self, ReadOnlyMemory<byte>.Empty, Stored(nonce));

    /// <summary>Gives another call to a purpose of which nothing that was signed can be mined.</summary>
    public void PlanAnew(long id, ReadOnlyMemory<byte> data) =>
        Require(session.Execute("UPDATE outbox SET data = ?2 WHERE id = ?1 AND state = ?3", id, data, OutboxState.Planned), id, "is not planned");

    public OutboxRecord? Find(string purpose) => Read("WHERE purpose = ?1", purpose).SingleOrDefault();

    /// <summary>The intent that something with this hash was signed for, and what was signed; null where nothing here was.</summary>
    public (OutboxRecord Record, OutboxVersion Version)? OfHash(Hash32 hash)
    {
        if (session.Single("SELECT outbox FROM outbox_versions WHERE hash = ?1", row => (long?)row.GetInt64(0), hash) is not { } id) return null;
        var version = session.Query($"SELECT {VersionColumns} FROM outbox_versions WHERE hash = ?1", ReadVersion, hash)[0];
        return (Read("WHERE id = ?1", id)[0], version with { Nonce = OnChain(Senders(), version.Nonce) });
    }

    /// <summary>All that is not final, in order of planning.</summary>
    public IReadOnlyList<OutboxRecord> Open() => Read("WHERE state < 3 ORDER BY id");

    /// <summary>Whether anything with that beginning of purpose is under way.</summary>
    public bool IsOpen(string purposePrefix) =>
        session.Single("SELECT count(*) FROM outbox WHERE state < 3 AND substr(purpose, 1, length(?1)) = ?1", row => row.GetInt64(0), purposePrefix) > 0;

    /// <summary>All for an epoch, in order of planning.</summary>
    public IReadOnlyList<OutboxRecord> OfEpoch(ulong epoch) => Read("WHERE epoch = ?1 ORDER BY id", epoch);

    public IReadOnlyList<OutboxRecord> Recent(int most) => Read("ORDER BY id DESC LIMIT ?1", most);

    /// <summary>The nonce after the highest that was ever given out of the account that sends now, or null where none was.</summary>
    public ulong? NextNonce() => NextStored() is { } next && next > First() ? next - First() : null;

    private ulong? NextStored() => session.Single(
        "SELECT max(nonce) FROM (SELECT nonce FROM outbox_versions UNION ALL SELECT nonce FROM outbox) AS given", row => row.IsDBNull(0) ? (ulong?)null : row.Number(0) + 1);

    /// <summary>Whether the nonce was ever given out.</summary>
    public bool Knows(ulong nonce) => session.Single(
        "SELECT (SELECT count(*) FROM outbox_versions WHERE nonce = ?1) + (SELECT count(*) FROM outbox WHERE nonce = ?1)", row => row.GetInt64(0), Stored(nonce)) > 0;

    /// <summary>What the epoch's transactions took so far, in wei: also those that reverted, or only used a nonce up.</summary>
    public UInt256 CostOf(ulong epoch) => session
        .Query($"SELECT {Prefixed("v")} FROM outbox_versions v JOIN outbox o ON o.id = v.outbox WHERE o.epoch = ?1 AND v.gas_used IS NOT NULL", ReadVersion, epoch)
        .Aggregate(UInt256.Zero, static (sum, version) => sum + (version.Outcome?.Cost ?? UInt256.Zero));

    /// <summary>What the transactions of a purpose took so far, in wei, as <see cref="CostOf(ulong)"/> counts it.</summary>
    public UInt256 CostOf(string purpose) => session
        .Query($"SELECT {Prefixed("v")} FROM outbox_versions v JOIN outbox o ON o.id = v.outbox WHERE o.purpose = ?1 AND v.gas_used IS NOT NULL", ReadVersion, purpose)
        .Aggregate(UInt256.Zero, static (sum, version) => sum + (version.Outcome?.Cost ?? UInt256.Zero));

    /// <summary>Stores what was signed. An intent keeps its nonce, a nonce its intent, and a version its bytes: anything else is refused.</summary>
    public void AddVersion(long id, OutboxVersion version)
    {
        Require(
            session.Execute(
                "UPDATE outbox SET state = ?2, nonce = ?3 WHERE id = ?1 AND state IN (?2, ?4) AND (nonce IS NULL OR nonce = ?3)",
                id, OutboxState.Signed, Stored(version.Nonce), OutboxState.Planned),
            id, $"cannot be signed with nonce {version.Nonce}");
        session.Execute(
            "INSERT INTO outbox_versions (nonce, version, outbox, raw, hash, fills, data_fee, signed_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            Stored(version.Nonce), version.Number, id, version.Raw, version.Hash, version.Fills, version.DataFee, version.SignedAt.ToUnixTimeMilliseconds());
    }

    /// <summary>The bytes were handed to an endpoint.</summary>
    public void SetSent(OutboxVersion version, DateTimeOffset at) => session.Execute(
        "UPDATE outbox_versions SET first_sent = coalesce(first_sent, ?3), last_sent = ?3 WHERE nonce = ?1 AND version = ?2",
        Stored(version.Nonce), version.Number, at.ToUnixTimeMilliseconds());

    /// <summary>A version is in a final block; the state says what that means for its intent.</summary>
    public void SetMined(long id, OutboxVersion version, OutboxOutcome outcome, OutboxState state)
    {
        Require(
            session.Execute(
                "UPDATE outbox_versions SET gas_used = ?4, gas_price = ?5, data_paid = ?6 WHERE nonce = ?1 AND version = ?2 AND outbox = ?3",
                Stored(version.Nonce), version.Number, id, outcome.GasUsed, outcome.GasPrice, outcome.DataPaid),
            id, $"has no version {version.Number} with nonce {version.Nonce}");
        Require(
            session.Execute("UPDATE outbox SET state = ?2 WHERE id = ?1 AND state = ?3 AND nonce = ?4", id, state, OutboxState.Signed, Stored(version.Nonce)),
            id, $"does not wait for nonce {version.Nonce}");
    }

    /// <summary>Its nonce is spent in a final block, and not for what it is for: it is planned as at first. What was signed is kept.</summary>
    public void Release(long id, ulong nonce) => Require(
        session.Execute("UPDATE outbox SET state = ?2, nonce = NULL WHERE id = ?1 AND state < 3 AND nonce = ?3", id, OutboxState.Planned, Stored(nonce)),
        id, $"does not wait for nonce {nonce}");

    /// <summary>Gives up what nobody needs. What has never been signed leaves nothing behind.</summary>
    public void GiveUp(long id)
    {
        if (session.Execute("DELETE FROM outbox WHERE id = ?1 AND state = ?2 AND NOT EXISTS (SELECT 1 FROM outbox_versions WHERE outbox = ?1)", id, OutboxState.Planned) == 1) return;
        Require(session.Execute("UPDATE outbox SET state = ?2 WHERE id = ?1 AND state = ?3", id, OutboxState.GivenUp, OutboxState.Planned), id, "is not planned");
    }

    private static void Require(int changed, long id, string trouble)
    {
        if (changed != 1) throw new StorageException(StorageErrorKind.Inconsistent, $"Transaction {id} of the outbox {trouble}.");
    }

    private List<OutboxRecord> Read(string filter, params ReadOnlySpan<object?> values)
    {
        var rows = session.Query($"SELECT {Columns} FROM outbox {filter}", ReadRow, values);
        if (rows.TrueForAll(row => row.Nonce is null)) return rows;
        var senders = Senders();
        // Those of an earlier nonce can be mined no more: they are kept, and not looked at.
        return [.. rows.Select(row => row.Nonce is { } stored ? row with { Nonce = OnChain(senders, stored), Versions = Versions(row.Id, stored, senders) } : row)];
    }

    private List<OutboxVersion> Versions(long id, ulong stored, List<(Address Account, ulong First)> senders) =>
        [.. session.Query($"SELECT {VersionColumns} FROM outbox_versions WHERE outbox = ?1 AND nonce = ?2 ORDER BY version", ReadVersion, id, stored)
            .Select(version => version with { Nonce = OnChain(senders, version.Nonce) })];

    /// <summary>Who sent, in their order, and the stored number that is each one's nonce 0.</summary>
    private List<(Address Account, ulong First)> Senders()
    {
        var bytes = session.Meta.Get(SendersKey) ?? [];
        var senders = new List<(Address, ulong)>();
        for (var at = 0; at < bytes.Length; at += SenderSize)
            senders.Add((Address.FromBytes(bytes.AsSpan(at, Address.Size)), BinaryPrimitives.ReadUInt64BigEndian(bytes.AsSpan(at + Address.Size, sizeof(ulong)))));
        return senders;
    }

    private ulong First() => Senders() is [.., var last] ? last.First : 0;

    private ulong Stored(ulong nonce) => checked(First() + nonce);

    private static ulong OnChain(List<(Address Account, ulong First)> senders, ulong stored) => stored - senders.FindLast(sender => sender.First <= stored).First;

    private static string Prefixed(string table) => string.Join(", ", VersionColumns.Split(", ").Select(column => $"{table}.{column}"));

    private static OutboxRecord ReadRow(DbDataReader row) => new(
        row.GetInt64(0), row.GetString(1), (OutboxState)row.GetInt32(2), row.Account(3), row.Bytes(4),
        row.IsDBNull(5) ? null : row.Number(5), row.IsDBNull(6) ? null : row.Number(6), []);

    private static OutboxVersion ReadVersion(DbDataReader row) => new(
        row.Number(0), checked((uint)row.GetInt64(1)), row.Bytes(2), row.Word(3), row.Flag(4), row.Amount(5), Time(row, 6),
        row.IsDBNull(7) ? null : Time(row, 7), row.IsDBNull(8) ? null : Time(row, 8),
        row.IsDBNull(9) ? null : new OutboxOutcome(row.Number(9), row.Amount(10), row.Amount(11)));

    private static DateTimeOffset Time(DbDataReader row, int column) => DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(column));
}
