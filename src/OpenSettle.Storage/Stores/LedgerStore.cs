using OpenSettle.Ledger;
using OpenSettle.Primitives;

namespace OpenSettle.Storage.Stores;

/// <summary>The double-entry books.</summary>
public sealed class LedgerStore(BooksSession session)
{
    /// <summary>Entries that are posted together, from which on accounts are looked up by a statement of their own.</summary>
    private const int Many = 64;

    private const int AtOnce = 4_096;

    private const string FindAccounts =
        "SELECT kind, id, token, total_out, total_in FROM unnest(?1, ?2, ?3) AS wanted (kind, id, token) JOIN ledger_accounts USING (kind, id, token)";

    private const string FindAccount = "SELECT total_out, total_in FROM ledger_accounts WHERE kind = ?1 AND id = ?2 AND token = ?3";

    // Entries and sums are kept here until the end of the unit of work: a thousand payments to one model change its account once on disk.
    private readonly List<(string Cause, LedgerEntry Entry)> _posted = [];
    private readonly Dictionary<(LedgerAccount Account, Address Token), AccountTotals> _accounts = [];
    private readonly Dictionary<(Address Token, AccountKind Kind), AccountTotals> _totals = [];
    private readonly HashSet<(LedgerAccount Account, Address Token)> _changed = [];
    private readonly HashSet<(Address Token, AccountKind Kind)> _changedTotals = [];
    private readonly HashSet<Address> _touched = [];

    /// <summary>Posts entries. No account but that of the payers may give more than it has.</summary>
    public void Post(string cause, params IReadOnlyList<LedgerEntry> entries)
    {
        if (entries.Count >= Many) FindAll(entries);
        foreach (var entry in entries)
        {
            if (entry.Amount.IsZero) continue;
            Move(cause, entry.Token, entry.From, entry.Amount, UInt256.Zero);
            Move(cause, entry.Token, entry.To, UInt256.Zero, entry.Amount);
            _posted.Add((cause, entry));
            _touched.Add(entry.Token);
        }
    }

    public AccountTotals Totals(LedgerAccount account, Address token)
    {
        if (_accounts.TryGetValue((account, token), out var known)) return known;
        var stored = session.Single(FindAccount, row => new AccountTotals(row.Amount(0), row.Amount(1)), account.Kind, account.Id, token);
        _accounts.Add((account, token), stored);
        return stored;
    }

    /// <summary>Every token that an account has something of, ascending.</summary>
    public IReadOnlyList<(Address Token, AccountTotals Totals)> ByToken(LedgerAccount account) => Flushed().Query(
        "SELECT token, total_out, total_in FROM ledger_accounts WHERE kind = ?1 AND id = ?2 ORDER BY token",
        row => (row.Account(0), new AccountTotals(row.Amount(1), row.Amount(2))),
        account.Kind, account.Id);

    /// <summary>All accounts of a kind, by token, then account.</summary>
    public IReadOnlyList<(LedgerAccount Account, Address Token, AccountTotals Totals)> All(AccountKind kind) => Flushed().Query(
        "SELECT id, token, total_out, total_in FROM ledger_accounts WHERE kind = ?1 ORDER BY token, id",
        row => (new LedgerAccount(kind, row.Word(0)), row.Account(1), new AccountTotals(row.Amount(2), row.Amount(3))),
        kind);

    /// <summary>What went into an account, newest first: the causes and where it came from.</summary>
    public IReadOnlyList<(string Cause, LedgerEntry Entry)> EntriesInto(LedgerAccount account, int most) => Flushed().Query(
        "SELECT cause, token, from_kind, from_id, amount FROM ledger_entries WHERE to_kind = ?1 AND to_id = ?2 ORDER BY seq DESC LIMIT ?3",
        row => (row.GetString(0), new LedgerEntry(row.Account(1), new LedgerAccount((AccountKind)row.GetInt32(2), row.Word(3)), account, row.Amount(4))),
        account.Kind, account.Id, most);

    /// <summary>The trial balance of every token that ever moved, ascending.</summary>
    public IReadOnlyList<TrialBalance> TrialBalances() =>
        [.. Flushed().Query("SELECT DISTINCT token FROM ledger_totals ORDER BY token", row => row.Account(0)).Select(BalanceOf)];

    /// <summary>Recomputes all accounts and totals from the entries. Null when they agree, else the first difference.</summary>
    public string? CheckAgainstEntries()
    {
        var accounts = new Dictionary<(LedgerAccount, Address), AccountTotals>();
        foreach (var (token, from, to, amount) in Flushed().Query(
            "SELECT token, from_kind, from_id, to_kind, to_id, amount FROM ledger_entries",
            row => (row.Account(0), new LedgerAccount((AccountKind)row.GetInt32(1), row.Word(2)),
                new LedgerAccount((AccountKind)row.GetInt32(3), row.Word(4)), row.Amount(5))))
        {
            var giver = accounts.GetValueOrDefault((from, token));
            accounts[(from, token)] = giver with { Out = giver.Out + amount };
            var taker = accounts.GetValueOrDefault((to, token));
            accounts[(to, token)] = taker with { In = taker.In + amount };
        }

        foreach (var ((account, token), totals) in accounts)
        {
            var stored = Totals(account, token);
            if (stored != totals)
                return $"{account.Kind} {account.Id}, token {token}: entries give {totals}, the account says {stored}";
        }

        var known = Flushed().Single("SELECT count(*) FROM ledger_accounts", row => row.GetInt64(0));
        return known == accounts.Count ? null : $"{known} accounts are stored, entries give {accounts.Count}";
    }

    internal void AssertBalanced()
    {
        Flush();
        foreach (var token in _touched)
        {
            var balance = BalanceOf(token);
            if (!balance.Agrees) throw new StorageException(StorageErrorKind.Inconsistent, $"The books do not balance: {balance}.");
        }
    }

    private BooksSession Flushed()
    {
        Flush();
        return session;
    }

    private TrialBalance BalanceOf(Address token)
    {
        var kinds = Flushed().Query(
            "SELECT kind, total_out, total_in FROM ledger_totals WHERE token = ?1",
            row => ((AccountKind)row.GetInt32(0), new AccountTotals(row.Amount(1), row.Amount(2))),
            token).ToDictionary(pair => pair.Item1, pair => pair.Item2);
        return TrialBalance.Of(token, kinds);
    }

    private void Move(string cause, Address token, LedgerAccount account, UInt256 amountOut, UInt256 amountIn)
    {
        var before = Totals(account, token);
        var after = new AccountTotals(before.Out + amountOut, before.In + amountIn);
        if (account.Kind != AccountKind.Payers && after.Out > after.In)
        {
            throw new StorageException(
                StorageErrorKind.Inconsistent, $"{cause}: {account.Kind} {account.Id} would give {amountOut} of token {token} and has {before.Balance}.");
        }

        _accounts[(account, token)] = after;
        _changed.Add((account, token));
        if (!_totals.TryGetValue((token, account.Kind), out var total))
        {
            total = session.Single(
                "SELECT total_out, total_in FROM ledger_totals WHERE token = ?1 AND kind = ?2", row => new AccountTotals(row.Amount(0), row.Amount(1)), token, account.Kind);
        }

        _totals[(token, account.Kind)] = new AccountTotals(total.Out + amountOut, total.In + amountIn);
        _changedTotals.Add((token, account.Kind));
    }

    /// <summary>Writes the sums that changed: what asks the tables sees them, and the end of the unit of work too.</summary>
    private void Flush()
    {
        if (_posted.Count > 0) FlushEntries();
        if (_changed.Count > 0) FlushAccounts();
        foreach (var key in _changedTotals)
        {
            var totals = _totals[key];
            session.Execute(
                """
                INSERT INTO ledger_totals (token, kind, total_out, total_in) VALUES (?1, ?2, ?3, ?4)
                ON CONFLICT (token, kind) DO UPDATE SET total_out = excluded.total_out, total_in = excluded.total_in
                """,
                key.Token, key.Kind, totals.Out, totals.In);
        }

        _changedTotals.Clear();
    }

    private void FlushEntries()
    {
        session.ArriveNext("ledger_entries", "ledger_entries_seq", _posted.Count);
        using var insert = session.Bulk("INSERT INTO ledger_entries (cause, token, from_kind, from_id, to_kind, to_id, amount) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)");
        foreach (var (cause, entry) in _posted)
        {
            insert.Bind(1, cause);
            insert.Bind(2, entry.Token);
            insert.Bind(3, (long)entry.From.Kind);
            insert.Bind(4, entry.From.Id);
            insert.Bind(5, (long)entry.To.Kind);
            insert.Bind(6, entry.To.Id);
            insert.Bind(7, entry.Amount);
            insert.Run();
        }

        _posted.Clear();
    }

    private void FlushAccounts()
    {
        using var write = session.Bulk(
            """
            INSERT INTO ledger_accounts (kind, id, token, total_out, total_in) VALUES (?1, ?2, ?3, ?4, ?5)
            ON CONFLICT (kind, id, token) DO UPDATE SET total_out = excluded.total_out, total_in = excluded.total_in
            """);
        foreach (var key in _changed)
        {
            var totals = _accounts[key];
            write.Bind(1, (long)key.Account.Kind);
            write.Bind(2, key.Account.Id);
            write.Bind(3, key.Token);
            write.Bind(4, totals.Out);
            write.Bind(5, totals.In);
            write.Run();
        }

        _changed.Clear();
    }

    /// <summary>Reads the accounts of many entries: a file is asked for each, a server for many at once.</summary>
    private void FindAll(IReadOnlyList<LedgerEntry> entries)
    {
        var wanted = entries.SelectMany(entry => new[] { (entry.From, entry.Token), (entry.To, entry.Token) }).Distinct().Where(key => !_accounts.ContainsKey(key));
        if (session.Choose(string.Empty, FindAccounts) is { Length: > 0 } sql)
        {
            foreach (var part in wanted.Chunk(AtOnce)) FindPart(sql, part);
            return;
        }

        using var find = session.Bulk(FindAccount);
        foreach (var (account, token) in wanted) Find(find, account, token);
    }

    private void FindPart(string sql, (LedgerAccount Account, Address Token)[] keys)
    {
        foreach (var key in keys) _accounts.Add(key, default);
        foreach (var (account, token, totals) in session.Query(
            sql, row => (new LedgerAccount((AccountKind)row.GetInt32(0), row.Word(1)), row.Account(2), new AccountTotals(row.Amount(3), row.Amount(4))),
            Array.ConvertAll(keys, key => (long)key.Account.Kind), Array.ConvertAll(keys, key => key.Account.Id.ToArray()), Array.ConvertAll(keys, key => key.Token.ToArray())))
            _accounts[(account, token)] = totals;
    }

    private void Find(BulkStatement find, LedgerAccount account, Address token)
    {
        find.Bind(1, (long)account.Kind);
        find.Bind(2, account.Id);
        find.Bind(3, token);
        _accounts.Add((account, token), find.Step() ? new AccountTotals(UInt256.FromBigEndian(find.Bytes(0)), UInt256.FromBigEndian(find.Bytes(1))) : default);
        find.Reset();
    }
}
