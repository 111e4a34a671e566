using System.Data.Common;
using OpenSettle.Passports;
using OpenSettle.Primitives;

namespace OpenSettle.Storage.Stores;

/// <summary>How the reading of an account's incoming transfers stands.</summary>
public enum FlowState
{
    Unknown = 0,

    /// <summary>It goes on.</summary>
    Reading = 1,

    /// <summary>It has more transfers than are read of one account: an exchange's, or a target of dust.</summary>
    TooMany = 2,
}

/// <summary>An account whose incoming transfers are read.</summary>
/// <param name="NextBlock">The first block that was not read.</param>
/// <param name="ReadTime">Time of the last block that was; zero before the first.</param>
/// <param name="Steps">How far it is from a payer or beneficiary: 0 is one.</param>
/// <param name="Logs">Transfers that were read.</param>
public sealed record FlowAccount(Address Account, ulong NextBlock, ulong ReadTime, int Steps, long Logs, FlowState State);

/// <summary>Transfers of listed tokens, as far as they were read.</summary>
public interface IFlows
{
    /// <summary>What reached accounts on days before one, by receiver, token, sender and day.</summary>
    List<TokenFlow> Into(IEnumerable<Address> receivers, uint beforeDay);

    /// <summary>How the reading of some accounts stands; those that are not read are not in it.</summary>
    Dictionary<Address, FlowAccount> Of(IEnumerable<Address> accounts);
}

/// <summary>Transfers of listed tokens to accounts that matter to some passport. It is a node's own reading, and in no digest.</summary>
public sealed class FlowStore(BooksSession session) : IFlows
{
    private const string Columns = "account, next_block, read_time, steps, logs, state";

    /// <summary>Accounts that were not read up to a time yet, those that are furthest behind first.</summary>
    public IReadOnlyList<FlowAccount> Due(int most, ulong time) => session.Query(
        $"SELECT {Columns} FROM flow_accounts WHERE state = 1 AND read_time < ?1 ORDER BY read_time LIMIT ?2", Read, time, most);

    public FlowAccount? Find(Address account) => session.Single($"SELECT {Columns} FROM flow_accounts WHERE account = ?1", Read, account);

    /// <summary>Reads these accounts too, from a block on. One that is nearer now than before is nearer.</summary>
    public void Want(IEnumerable<Address> accounts, int steps, ulong firstBlock)
    {
        foreach (var account in accounts)
        {
            session.Execute(
                """
                INSERT INTO flow_accounts (account, next_block, read_time, steps, logs, state) VALUES (?1, ?2, 0, ?3, 0, 1)
                ON CONFLICT (account) DO UPDATE SET steps = CASE WHEN flow_accounts.steps < excluded.steps THEN flow_accounts.steps ELSE excluded.steps END
                """,
                account, firstBlock, (long)steps);
        }
    }

    public long CountAccounts() => session.Single("SELECT count(*) FROM flow_accounts", row => row.GetInt64(0));

    public long CountRows() => session.Single("SELECT count(*) FROM token_flows", row => row.GetInt64(0));

    /// <summary>Takes what was read of accounts up to a block, with how far they came.</summary>
    public void Take(IEnumerable<TokenFlow> flows, IEnumerable<FlowAccount> accounts)
    {
        using (var add = session.Bulk(
            """
            INSERT INTO token_flows (receiver, token, sender, day, amount) VALUES (?1, ?2, ?3, ?4, ?5)
            ON CONFLICT (receiver, token, sender, day) DO UPDATE SET amount = add_amounts(token_flows.amount, excluded.amount)
            """))
        {
            // Each row once: a statement for many rows changes none twice.
            foreach (var (key, amount) in Summed(flows))
            {
                add.Bind(1, key.To);
                add.Bind(2, key.Token);
                add.Bind(3, key.From);
                add.Bind(4, (long)key.Day);
                add.Bind(5, amount);
                add.Run();
            }
        }

        foreach (var account in accounts)
        {
            session.Execute(
                "UPDATE flow_accounts SET next_block = ?2, read_time = ?3, logs = ?4, state = ?5 WHERE account = ?1",
                account.Account, account.NextBlock, account.ReadTime, account.Logs, account.State);
        }
    }

    /// <inheritdoc/>
    public List<TokenFlow> Into(IEnumerable<Address> receivers, uint beforeDay)
    {
        var found = new List<TokenFlow>();
        using var rows = session.Bulk("SELECT token, sender, day, amount FROM token_flows WHERE receiver = ?1 AND day < ?2");
        foreach (var receiver in receivers)
        {
            rows.Bind(1, receiver);
            rows.Bind(2, (long)beforeDay);
            while (rows.Step()) found.Add(new TokenFlow((uint)rows.Number(2), Address.FromBytes(rows.Bytes(0)), Address.FromBytes(rows.Bytes(1)), receiver, UInt256.FromBigEndian(rows.Bytes(3))));
        }

        return found;
    }

    /// <inheritdoc/>
    public Dictionary<Address, FlowAccount> Of(IEnumerable<Address> accounts)
    {
        var found = new Dictionary<Address, FlowAccount>();
        using var rows = session.Bulk("SELECT next_block, read_time, steps, logs, state FROM flow_accounts WHERE account = ?1");
        foreach (var account in accounts)
        {
            rows.Bind(1, account);
            if (rows.Step()) found[account] = new FlowAccount(account, (ulong)rows.Number(0), (ulong)rows.Number(1), (int)rows.Number(2), rows.Number(3), (FlowState)rows.Number(4));
            rows.Reset();
        }

        return found;
    }

    private static Dictionary<(Address To, Address Token, Address From, uint Day), UInt256> Summed(IEnumerable<TokenFlow> flows)
    {
        var sums = new Dictionary<(Address To, Address Token, Address From, uint Day), UInt256>();
        foreach (var flow in flows)
        {
            var key = (flow.To, flow.Token, flow.From, flow.Day);
            sums[key] = sums.GetValueOrDefault(key) + flow.Amount;
        }

        return sums;
    }

    private static FlowAccount Read(DbDataReader row) =>
        new(row.Account(0), row.Number(1), row.Number(2), row.GetInt32(3), row.GetInt64(4), (FlowState)row.GetInt32(5));
}
