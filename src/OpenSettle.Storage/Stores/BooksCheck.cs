using OpenSettle.Epochs;
using OpenSettle.Ledger;
using OpenSettle.Primitives;

namespace OpenSettle.Storage.Stores;

/// <summary>What the books' tables say of one another. Each check gives what it saw and the first difference.</summary>
internal sealed class BooksCheck(BooksSession session)
{
    /// <param name="readBundle">Null: bundles are not looked at.</param>
    public void Run(CheckList results, Func<Hash32, Bundle>? readBundle, Action<string> progress)
    {
        results.Try("ledger", Ledger);
        results.Try("journal", Journal);
        results.Try("payments", Payments);
        results.Try("revenue", Revenue);
        results.Try("settled revenue", SettledRevenue);
        results.Try("outbox", Outbox);
        results.Try("epochs", Epochs);
        results.Try("records", Records);
        if (readBundle is not null) results.Try("bundles", () => Bundles(readBundle, progress));
    }

    /// <summary>Accounts and totals are recomputed from the entries, in their order.</summary>
    private (string Seen, string? Problem) Ledger()
    {
        var accounts = new Dictionary<(LedgerAccount Account, Address Token), AccountTotals>();
        var totals = new Dictionary<(Address Token, AccountKind Kind), AccountTotals>();
        long entries = 0;
        string? problem = null;
        session.Each("SELECT seq, cause, token, from_kind, from_id, to_kind, to_id, amount FROM ledger_entries ORDER BY seq", row =>
        {
            entries++;
            var (token, amount) = (row.Account(2), row.Amount(7));
            var (from, to) = (new LedgerAccount((AccountKind)row.GetInt32(3), row.Word(4)), new LedgerAccount((AccountKind)row.GetInt32(5), row.Word(6)));
            var giver = accounts.GetValueOrDefault((from, token));
            accounts[(from, token)] = giver = giver with { Out = giver.Out + amount };
            if (from.Kind != AccountKind.Payers && giver.Out > giver.In) problem ??= $"entry {row.GetInt64(0)} ({row.GetString(1)}): {from.Kind} {from.Id} gives more of token {token} than it has";
            var taker = accounts.GetValueOrDefault((to, token));
            accounts[(to, token)] = taker with { In = taker.In + amount };
        });
        foreach (var ((account, token), sums) in accounts)
        {
            var total = totals.GetValueOrDefault((token, account.Kind));
            totals[(token, account.Kind)] = new AccountTotals(total.Out + sums.Out, total.In + sums.In);
        }

        var (accountCount, totalCount) = (accounts.Count, totals.Count);
        session.Each("SELECT kind, id, token, total_out, total_in FROM ledger_accounts", row =>
        {
            var (account, token, stored) = (new LedgerAccount((AccountKind)row.GetInt32(0), row.Word(1)), row.Account(2), new AccountTotals(row.Amount(3), row.Amount(4)));
            accounts.Remove((account, token), out var computed);
            if (stored != computed) problem ??= $"{account.Kind} {account.Id}, token {token}: the entries give {computed}, the account says {stored}";
        });
        session.Each("SELECT token, kind, total_out, total_in FROM ledger_totals", row =>
        {
            var (token, kind, stored) = (row.Account(0), (AccountKind)row.GetInt32(1), new AccountTotals(row.Amount(2), row.Amount(3)));
            totals.Remove((token, kind), out var computed);
            if (stored != computed) problem ??= $"all {kind} of token {token}: the entries give {computed}, the total says {stored}";
        });
        if (accounts.Count > 0) problem ??= $"{accounts.Keys.First().Account.Kind} {accounts.Keys.First().Account.Id} has entries, and no account";
        if (totals.Count > 0) problem ??= $"all {totals.Keys.First().Kind} of token {totals.Keys.First().Token} have entries, and no total";
        problem ??= session.Ledger.TrialBalances().Where(balance => !balance.Agrees).Select(balance => $"the books do not balance: {balance}").FirstOrDefault();
        return ($"{entries} entries, {accountCount} accounts, {totalCount} totals", problem);
    }

    /// <summary>Logs belong to blocks that are kept; blocks that follow one another name one another; the books end inside it.</summary>
    private (string Seen, string? Problem) Journal()
    {
        long blocks = 0;
        string? problem = null;
        JournalHeader? before = null;
        session.Each("SELECT number, hash, parent, timestamp FROM journal_blocks ORDER BY number", row =>
        {
            blocks++;
            var block = new JournalHeader(row.Number(0), row.Word(1), row.Word(2), row.Number(3));
            if (before is { } last && last.Number + 1 == block.Number && last.Hash != block.Parent) problem ??= $"block {block.Number} names the parent {block.Parent}, and block {last.Number} is {last.Hash}";
            if (before is { } earlier && earlier.Timestamp > block.Timestamp) problem ??= $"block {block.Number} is older than block {earlier.Number}";
            before = block;
        });
        problem ??= session.Single(
            "SELECT position >> 24, position & 16777215 FROM journal_logs WHERE NOT EXISTS (SELECT 1 FROM journal_blocks WHERE number = position >> 24) ORDER BY position LIMIT 1",
            row => $"log {row.GetInt64(1)} of block {row.GetInt64(0)} is there, and the block is not");
        problem ??= session.Single("SELECT final_block FROM journal_cursor WHERE final_block NOT IN (SELECT number FROM journal_blocks)", row => $"block {row.GetInt64(0)} is the last final one, and is not there");
        if (session.Chain.Cursor() is { } cursor)
        {
            if (session.Journal.Final() is not { } final) problem ??= "the books have blocks, and the journal has no final one";
            else if (cursor.Block > final.Number) problem ??= $"the books end with block {cursor.Block}, and the last final one is {final.Number}";
            if (session.Journal.Block(cursor.Block) is { } kept && kept.Hash != cursor.Hash) problem ??= $"the books end with block {cursor.Block} {cursor.Hash}, and the journal has {kept.Hash}";
        }

        return ($"{blocks} blocks, {session.Journal.CountLogs()} logs", problem);
    }

    /// <summary>A payment is of the transaction whose log stands where it says; what is divided is settled.</summary>
    private (string Seen, string? Problem) Payments()
    {
        var count = session.Single("SELECT count(*) FROM payments", row => row.GetInt64(0));
        var problem = session.Single(
            "SELECT p.block, p.log_index FROM payments p JOIN journal_logs l ON l.position = (p.block << 24) | p.log_index WHERE l.tx <> p.tx LIMIT 1",
            row => $"payment {row.GetInt64(0)}/{row.GetInt64(1)} is of another transaction than the log there")
            ?? session.Single(
                "SELECT block, log_index FROM payments WHERE epoch IS NOT NULL AND settled IS NULL LIMIT 1",
                row => $"payment {row.GetInt64(0)}/{row.GetInt64(1)} is divided, and its money is not in the vault")
            ?? session.Single(
                "SELECT block, log_index, epoch FROM payments WHERE epoch IS NOT NULL AND epoch NOT IN (SELECT number FROM epochs) LIMIT 1",
                row => $"payment {row.GetInt64(0)}/{row.GetInt64(1)} is divided by epoch {row.GetInt64(2)}, which is not there");
        return ($"{count} payments", problem);
    }

    private (string Seen, string? Problem) Revenue() =>
        ($"{session.Single("SELECT count(*) FROM revenue", row => row.GetInt64(0))} sums", session.Revenue.CheckAgainstPayments());

    private (string Seen, string? Problem) SettledRevenue() => ($"{session.Settled.Count()} sums", session.Settled.CheckAgainstPayments());

    /// <summary>What was signed has the hash that is kept of it, in one row of versions for each nonce, of one intent.</summary>
    private (string Seen, string? Problem) Outbox()
    {
        long versions = 0;
        string? problem = null;
        (long Nonce, long Version, long Outbox) before = (-1, 0, 0);
        session.Each("SELECT nonce, version, outbox, raw, hash FROM outbox_versions ORDER BY nonce, version", row =>
        {
            versions++;
            var (nonce, version, outbox) = (row.GetInt64(0), row.GetInt64(1), row.GetInt64(2));
            if (version != (nonce == before.Nonce ? before.Version + 1 : 1)) problem ??= $"nonce {nonce} has version {version} after {(nonce == before.Nonce ? before.Version : 0)}";
            if (nonce == before.Nonce && outbox != before.Outbox) problem ??= $"nonce {nonce} was given to the transactions {before.Outbox} and {outbox}";
            if (Keccak256.Hash(row.Bytes(3)) != row.Word(4)) problem ??= $"version {version} of nonce {nonce} has the hash {row.Word(4)}, and its bytes another";
            before = (nonce, version, outbox);
        });
        problem ??= session.Single(
            "SELECT purpose FROM outbox o WHERE state = ?1 AND NOT EXISTS (SELECT 1 FROM outbox_versions v WHERE v.outbox = o.id AND v.nonce = o.nonce)",
            row => $"'{row.GetString(0)}' is signed, and nothing that was signed is there", OutboxState.Signed);
        problem ??= session.Single(
            "SELECT purpose FROM outbox o WHERE state IN (?1, ?2) AND nonce IS NOT NULL AND (SELECT count(*) FROM outbox_versions v WHERE v.outbox = o.id AND v.nonce = o.nonce AND v.gas_used IS NOT NULL) <> 1",
            row => $"'{row.GetString(0)}' was mined, and not one of its versions was", OutboxState.Done, OutboxState.Reverted);
        return ($"{session.Single("SELECT count(*) FROM outbox", row => row.GetInt64(0))} transactions, {versions} versions", problem);
    }

    /// <summary>Epochs follow one another, each from the root before, and have the payments that they say.</summary>
    private (string Seen, string? Problem) Epochs()
    {
        var epochs = session.Epochs.List(int.MaxValue).Reverse().ToList();
        SettledEpoch? before = null;
        foreach (var epoch in epochs)
        {
            if (epoch.Number != (before?.Number ?? 0) + 1) return (Seen(), $"epoch {epoch.Number} comes after {before?.Number ?? 0}");
            if (epoch.PreviousRoot != (before?.Root ?? Hash32.Zero)) return (Seen(), $"epoch {epoch.Number} begins with the root {epoch.PreviousRoot}, and the one before ended with {before?.Root ?? Hash32.Zero}");
            if (before is not null && epoch.FirstBlock != before.LastBlock + 1) return (Seen(), $"epoch {epoch.Number} begins with block {epoch.FirstBlock}, and the one before ended with {before.LastBlock}");
            if (!session.Epochs.IsPosted(epoch.Number))
            {
                // Nothing of it is in the books yet, and nothing can come after it.
                if (epoch.Number != epochs[^1].Number) return (Seen(), $"epoch {epoch.Number} was not posted, and there is an epoch after it");
                break;
            }

            if (epoch.UsagePosition < (before?.UsagePosition ?? 0)) return (Seen(), $"epoch {epoch.Number} took usage up to {epoch.UsagePosition}, and the one before up to {before?.UsagePosition}");
            var payments = session.Single("SELECT count(*) FROM payments WHERE epoch = ?1", row => row.GetInt64(0), epoch.Number);
            if (payments != epoch.Payments) return (Seen(), $"epoch {epoch.Number} divided {epoch.Payments} payments, and {payments} are marked");
            before = epoch;
        }

        return (Seen(), null);

        string Seen() => $"{epochs.Count} epochs";
    }

    /// <summary>The records of each active epoch lead to the root that the vault has of them.</summary>
    private (string Seen, string? Problem) Records()
    {
        var count = session.Single("SELECT count(*) FROM model_records", row => row.GetInt64(0));
        foreach (var epoch in session.Epochs.List(int.MaxValue).Reverse())
        {
            var root = RecordTree.RootOf(epoch.Number, session.Records.OfEpoch(epoch.Number));
            var due = session.Epochs.IsPosted(epoch.Number) ? epoch.RecordRoot : Hash32.Zero;
            if (root != due) return ($"{count} records", $"the records of epoch {epoch.Number} have root {root}, and the epoch has {due}");
        }

        return ($"{count} records", session.Single("SELECT epoch FROM model_records WHERE epoch NOT IN (SELECT number FROM epochs) LIMIT 1", row => $"there are records of epoch {row.GetInt64(0)}, which is not there"));
    }

    /// <summary>Each epoch's bundle is on disk, has its hash, and says of the epoch what the books say.</summary>
    private (string Seen, string? Problem) Bundles(Func<Hash32, Bundle> read, Action<string> progress)
    {
        var epochs = session.Epochs.List(int.MaxValue).Reverse().ToList();
        var previous = Hash32.Zero;
        foreach (var epoch in epochs)
        {
            progress($"bundle {epoch.Number} of {epochs.Count}");
            if (epoch.State == EpochState.Closed) break;
            var bundle = read(epoch.BundleHash);
            if ((bundle.Number, bundle.PreviousRoot, bundle.Root, bundle.FirstBlock, bundle.LastBlock, bundle.LastBlockHash) != (epoch.Number, epoch.PreviousRoot, epoch.Root, epoch.FirstBlock, epoch.LastBlock, epoch.LastBlockHash))
                return (Seen(), $"the bundle {epoch.BundleHash} of epoch {epoch.Number} says other things of it than the books");
            if (bundle.PreviousBundle != previous) return (Seen(), $"the bundle of epoch {epoch.Number} comes after {bundle.PreviousBundle}, and the one before is {previous}");
            previous = epoch.BundleHash;
        }

        return (Seen(), null);

        string Seen() => $"{epochs.Count} bundles";
    }
}
