using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Passports;

/// <summary>
/// Who gains when the model earns: its owners, rows of its splits, whoever earned by it, and its ancestors' owners and rows. Who has a
/// crumb only is left out: else an owner could put an honest evaluator, or an exchange, into a row to discredit it.
/// </summary>
internal sealed class Beneficiaries
{
    /// <summary>A row counts from one part in so many of its table on.</summary>
    public const uint LeastRow = 100;

    /// <summary>Earnings count from one part in so many of the model's revenue in a token on.</summary>
    public const uint LeastEarnings = 1_000;

    // With the time from which on each is known to gain; who earned is paid, whenever that was.
    private readonly Dictionary<Address, ulong> _since = [];
    private readonly PassportFacts _facts;
    private readonly Outsiders _never;

    private Beneficiaries(PassportFacts facts, Outsiders never) => (_facts, _never) = (facts, never);

    public IReadOnlyCollection<Address> All => _since.Keys;

    /// <param name="ancestors">Models above it, as of the block.</param>
    /// <param name="never">They gain nothing for themselves.</param>
    public static Beneficiaries Of(PassportFacts facts, ModelEntry entry, IEnumerable<ModelId> ancestors, IEnumerable<TokenMarket> markets, Outsiders never)
    {
        var all = new Beneficiaries(facts, never);
        all.AddOwners(entry);
        foreach (var split in entry.SplitFacts) all.AddRows(split);
        all.AddEarners(markets.ToDictionary(market => market.Token, market => market.Settled));
        foreach (var id in ancestors)
        {
            if (!facts.Registry.TryGet(id, out var ancestor)) continue;
            all.AddOwners(ancestor);
            foreach (var split in ancestor.SplitFacts) all.AddRows(split);
        }

        return all;
    }

    public bool Contains(Address account) => _since.ContainsKey(account);

    /// <summary>From when on the account is known to gain; null: not at all.</summary>
    public ulong? Since(Address account) => _since.TryGetValue(account, out var since) ? since : null;

    private void AddOwners(ModelEntry entry)
    {
        Add(entry.Registration.Creator, entry.Registration.Timestamp);
        foreach (var owner in entry.OwnerFacts)
        {
            if (owner.At.Block < _facts.AsOf.Number) Add(owner.Owner, owner.Timestamp);
        }
    }

    private void AddRows(SplitSet split)
    {
        if (split.At.Block >= _facts.AsOf.Number) return;
        var table = split.Table.AtHand ? split.Table : _facts.Tables.Find(split.Table);
        if (table is null) return;
        // The pool and the rows share the whole; fallback rows share the pool.
        var rows = Sum(table.Rows);
        foreach (var row in table.Rows) AddRow(row, row.Weight, rows + table.PoolWeight, split.Timestamp);
        var fallback = Sum(table.Fallback);
        foreach (var row in table.Fallback) AddRow(row, row.Weight, fallback, split.Timestamp);
    }

    private void AddRow(SplitRow row, UInt256 weight, UInt256 whole, ulong since)
    {
        if (row.Account is { } account && weight * LeastRow >= whole) Add(account, since);
    }

    private void AddEarners(Dictionary<Address, UInt256> revenue)
    {
        var earned = new Dictionary<(Address Token, Address Account), UInt256>();
        foreach (var earning in _facts.Earnings)
            earned[(earning.Token, earning.Account)] = earned.GetValueOrDefault((earning.Token, earning.Account)) + earning.Amount;

        foreach (var ((token, account), amount) in earned)
        {
            if (!amount.IsZero && amount * LeastEarnings >= revenue.GetValueOrDefault(token)) Add(account, 0);
        }
    }

    private void Add(Address account, ulong since)
    {
        if (account.IsZero || _never.Contains(account)) return;
        _since[account] = _since.TryGetValue(account, out var known) ? Math.Min(known, since) : since;
    }

    private static UInt256 Sum(IReadOnlyList<SplitRow> rows)
    {
        var sum = UInt256.Zero;
        foreach (var row in rows) sum += row.Weight;
        return sum;
    }
}
