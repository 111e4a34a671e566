using System.Data.Common;
using OpenSettle.Epochs;
using OpenSettle.Primitives;

namespace OpenSettle.Storage.Stores;

/// <summary>The entries of push roots, and what became of each.</summary>
public sealed class PushStore(BooksSession session)
{
    private const string Columns = "epoch, entry, account, recipient, token, amount, state";

    /// <summary>Adds the entries of an epoch, in their order.</summary>
    public void Add(ulong epoch, IReadOnlyList<PushEntry> entries)
    {
        for (var i = 0; i < entries.Count; i++)
        {
            session.Execute(
                $"INSERT INTO push_entries ({Columns}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                epoch, i, entries[i].Account, entries[i].Recipient, entries[i].Token, entries[i].Amount, PushState.Open);
        }
    }

    public PushRow? Find(ulong epoch, ulong index) =>
        session.Single($"SELECT {Columns} FROM push_entries WHERE epoch = ?1 AND entry = ?2", Read, epoch, index);

    /// <summary>So many entries from one on.</summary>
    public IReadOnlyList<PushRow> Range(ulong epoch, ulong first, ulong count) => session.Query(
        $"SELECT {Columns} FROM push_entries WHERE epoch = ?1 AND entry >= ?2 AND entry - ?2 < ?3 ORDER BY entry", Read, epoch, first, count);

    /// <summary>Entries that were not tried, of the oldest epochs first.</summary>
    public IReadOnlyList<PushRow> Open(int most) => session.Query(
        $"SELECT {Columns} FROM push_entries WHERE state = 1 ORDER BY epoch, entry LIMIT ?1", Read, most);

    public bool AnyOpen(ulong epoch) => session.Single("SELECT EXISTS (SELECT 1 FROM push_entries WHERE state = 1 AND epoch = ?1)", row => row.Flag(0), epoch);

    /// <summary>Entries that were refused and not taken since, oldest first; those after one, where it is named.</summary>
    public IReadOnlyList<PushRow> Refused(int most, (ulong Epoch, ulong Entry)? after = null) => session.Query(
        $"SELECT {Columns} FROM push_entries WHERE state = 3 AND (?2 < 0 OR (epoch, entry) > (?2, ?3)) ORDER BY epoch, entry LIMIT ?1",
        Read, most, after is { } place ? checked((long)place.Epoch) : -1L, after?.Entry ?? 0);

    /// <summary>An account's entries that were refused and not taken since.</summary>
    public IReadOnlyList<PushRow> RefusedOf(Address account) => session.Query(
        $"SELECT {Columns} FROM push_entries WHERE state = 3 AND account = ?1 ORDER BY epoch, entry", Read, account);

    /// <summary>Accounts with an entry that was refused, and not taken since.</summary>
    public IReadOnlySet<Address> RefusingAccounts() =>
        session.Query("SELECT DISTINCT account FROM push_entries WHERE state = 3", row => row.Account(0)).ToHashSet();

    public IReadOnlyDictionary<PushState, long> Counts(ulong epoch) => session
        .Query("SELECT state, count(*) FROM push_entries WHERE epoch = ?1 GROUP BY state", row => ((PushState)row.GetInt32(0), row.GetInt64(1)), epoch)
        .ToDictionary(pair => pair.Item1, pair => pair.Item2);

    public void SetState(ulong epoch, ulong index, PushState state) =>
        session.Execute("UPDATE push_entries SET state = ?3 WHERE epoch = ?1 AND entry = ?2", epoch, index, state);

    private static PushRow Read(DbDataReader row) => new(
        row.Number(0), row.Number(1), row.Account(2), row.Account(3), row.Account(4), row.Amount(5), (PushState)row.GetInt32(6));
}
