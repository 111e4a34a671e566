using System.Data.Common;
using OpenSettle.Ledger;
using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Storage.Stores;

/// <summary>Payments: waiting at a pay address, settled, divided.</summary>
public sealed class PaymentStore(BooksSession session)
{
    /// <summary>In the vault, and taken by no epoch.</summary>
    private const string IsOpen = "epoch IS NULL AND settled IS NOT NULL";

    private const string PaymentColumns = "block, log_index, timestamp, tx, model, token, amount, payer, usage_ref, route";

    /// <summary>Adds a payment. One through the rail is settled as it comes.</summary>
    public void Add(Payment payment)
    {
        session.Arrive("payments", checked((long)payment.At.Block));
        session.Execute(
            $"INSERT INTO payments ({PaymentColumns}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            payment.At.Block, (long)payment.At.LogIndex, payment.Timestamp, payment.Transaction, payment.Model, payment.Token,
            payment.Amount, payment.Payer, payment.UsageRef, payment.Route);
        session.Revenue.Add(payment);
        if (payment.Route == PaymentRoute.Rail) Settle(new SettledPayment(payment, payment.Amount), payment.At.Block);
    }

    /// <summary>Transfers to a pay address that no sweep has brought in, oldest first.</summary>
    public IReadOnlyList<Payment> Waiting(ModelId model, Address token) => session.Query(
        $"SELECT {PaymentColumns} FROM payments WHERE settled IS NULL AND model = ?1 AND token = ?2 ORDER BY block, log_index",
        ReadPayment, model, token);

    /// <summary>Transfers to any pay address that no sweep has brought in: at most so many, in no order.</summary>
    public IReadOnlyList<Payment> InTransit(int most) => session.Query(
        $"SELECT {PaymentColumns} FROM payments INDEXED BY payments_waiting WHERE settled IS NULL LIMIT ?1", ReadPayment, most);

    /// <summary>What waits for sweeps, by token and model: as much as is in transit, and since the block time of the oldest transfer.</summary>
    public IReadOnlyList<WaitingTotal> WaitingTotals() => session.Query(
        // The ledger has the sums, so that a million transfers to one address are one row.
        """
        SELECT token, id, total_out, total_in,
            (SELECT timestamp FROM payments WHERE settled IS NULL AND model = id AND token = ledger_accounts.token ORDER BY block, log_index LIMIT 1)
        FROM ledger_accounts WHERE kind = ?1 AND total_out <> total_in
        """,
        row => new WaitingTotal(row.Account(0), row.Model(1), row.Amount(3) - row.Amount(2), row.Number(4)),
        AccountKind.Transit);

    public void Settle(SettledPayment settled, ulong block)
    {
        var changed = session.Execute(
            "UPDATE payments SET settled = ?3, settled_block = ?4 WHERE model = ?5 AND block = ?1 AND log_index = ?2 AND settled IS NULL",
            settled.Payment.At.Block, (long)settled.Payment.At.LogIndex, settled.Settled, block, settled.Payment.Model);
        if (changed != 1)
            throw new StorageException(StorageErrorKind.Inconsistent, $"Payment {settled.Payment.At} cannot be settled: it is not waiting.");
    }

    /// <summary>Settled payments that no epoch has taken, whose money was in the vault by that block, in chain order.</summary>
    public IReadOnlyList<SettledPayment> Undivided(ulong lastBlock) => [.. EachUndivided(lastBlock)];

    /// <summary>The same, one by one, while the session lasts: see <see cref="IBooks.Stream"/>.</summary>
    public IEnumerable<SettledPayment> EachUndivided(ulong lastBlock, ulong firstBlock = 0)
    {
        // Without the index's name the whole table is gone through, of which all but the last epoch is divided.
        using var rows = session.Bulk(
            $"SELECT {PaymentColumns}, settled FROM payments INDEXED BY payments_open WHERE {IsOpen} AND settled_block BETWEEN ?2 AND ?1 ORDER BY block, log_index");
        rows.Bind(1, lastBlock);
        rows.Bind(2, firstBlock);
        while (rows.Step()) yield return ReadSettled(rows);
    }

    /// <summary>How many payments <see cref="Undivided"/> gives that were settled from a block on, and the block time of the oldest; null where there is none.</summary>
    public (long Count, ulong OldestTime)? SumUndivided(ulong lastBlock, ulong firstBlock = 0)
    {
        var (count, oldest) = session.Single(
            $"SELECT count(*), coalesce(min(timestamp), 0) FROM payments INDEXED BY payments_undivided WHERE {IsOpen} AND settled_block BETWEEN ?2 AND ?1",
            row => (row.GetInt64(0), row.Number(1)),
            lastBlock, firstBlock);
        return count == 0 ? null : (count, oldest);
    }

    /// <summary>Block time of the oldest settled payment that no epoch has taken; null where there is none.</summary>
    public ulong? OldestUndivided() => session.Single(
        $"SELECT timestamp FROM payments INDEXED BY payments_open WHERE {IsOpen} ORDER BY block, log_index LIMIT 1", row => (ulong?)row.Number(0));

    /// <summary>How much <see cref="Undivided"/> gives that was settled from a block on, by token.</summary>
    public IReadOnlyDictionary<Address, UInt256> UndividedSums(ulong lastBlock, ulong firstBlock = 0)
    {
        var sums = new Dictionary<Address, UInt256>();
        session.Each(
            $"SELECT token, settled FROM payments INDEXED BY payments_undivided WHERE {IsOpen} AND settled_block BETWEEN ?2 AND ?1",
            row => sums[row.Account(0)] = sums.GetValueOrDefault(row.Account(0)) + row.Amount(1), lastBlock, firstBlock);
        return sums;
    }

    /// <summary>Marks what <see cref="Undivided"/> gave as taken by an epoch.</summary>
    public int MarkDivided(ulong epoch, ulong lastBlock) => session.Execute(
        $"UPDATE payments SET epoch = ?1 WHERE {IsOpen} AND settled_block <= ?2", epoch, lastBlock);

    /// <summary>All payments of the last blocks, newest first; those before a place, where one is named.</summary>
    public IReadOnlyList<(Payment Payment, UInt256? Settled, ulong? Epoch)> Recent(int most, LogPosition? before = null) => session.Query(
        $"SELECT {PaymentColumns}, settled, epoch FROM payments WHERE (block, log_index) < (?2, ?3) ORDER BY block DESC, log_index DESC LIMIT ?1",
        ReadRow, most, before?.Block ?? long.MaxValue, (long)(before?.LogIndex ?? 0));

    /// <summary>All payments of a block, in its order.</summary>
    public IReadOnlyList<(Payment Payment, UInt256? Settled, ulong? Epoch)> InBlock(ulong block) => session.Query(
        $"SELECT {PaymentColumns}, settled, epoch FROM payments WHERE block = ?1 ORDER BY log_index", ReadRow, block);

    public long Count() => session.Single("SELECT count(*) FROM payments WHERE route <> 3", row => row.GetInt64(0));

    private static SettledPayment ReadSettled(BulkStatement row)
    {
        var payment = new Payment(
            new LogPosition((ulong)row.Number(0), checked((uint)row.Number(1))), (ulong)row.Number(2), Hash32.FromBytes(row.Bytes(3)), new ModelId(Hash32.FromBytes(row.Bytes(4))),
            Address.FromBytes(row.Bytes(5)), UInt256.FromBigEndian(row.Bytes(6)), Address.FromBytes(row.Bytes(7)), Hash32.FromBytes(row.Bytes(8)), (PaymentRoute)row.Number(9));
        return new SettledPayment(payment, UInt256.FromBigEndian(row.Bytes(10)));
    }

    private static (Payment Payment, UInt256? Settled, ulong? Epoch) ReadRow(DbDataReader row) =>
        (ReadPayment(row), row.IsDBNull(10) ? null : row.Amount(10), row.IsDBNull(11) ? null : row.Number(11));

    private static Payment ReadPayment(DbDataReader row) => new(
        new LogPosition(row.Number(0), checked((uint)row.GetInt64(1))), row.Number(2), row.Word(3), row.Model(4), row.Account(5),
        row.Amount(6), row.Account(7), row.Word(8), (PaymentRoute)row.GetInt32(9));
}
