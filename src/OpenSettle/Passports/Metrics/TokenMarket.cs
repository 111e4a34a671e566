using OpenSettle.Primitives;

namespace OpenSettle.Passports.Metrics;

/// <summary>One payer's payments of one day, as the figures need them.</summary>
/// <param name="Payer">Index among the market's payers; −1: nobody knows.</param>
/// <param name="Week">Of the series; −1: not in it, because it is not over or ten years ago.</param>
internal readonly record struct MarketRow(int Payer, int Week, uint Day, ulong Epoch, ulong Payments, UInt256 Settled);

/// <summary>What was paid to a model in one token, by whom and when.</summary>
internal sealed class TokenMarket
{
    private readonly List<MarketRow> _rows = [];
    private readonly Dictionary<Address, int> _index = [];
    private readonly List<Address> _payers = [];

    private TokenMarket(Address token) => Token = token;

    public Address Token { get; }

    public IReadOnlyList<MarketRow> Rows => _rows;

    public IReadOnlyList<Address> Payers => _payers;

    /// <summary>All that was settled, whoever paid it.</summary>
    public UInt256 Settled { get; private set; }

    /// <summary>Of that, what is known whose it was.</summary>
    public UInt256 Known { get; private set; }

    public ulong Payments { get; private set; }

    public ulong KnownPayments { get; private set; }

    /// <summary>The week that the series begin with.</summary>
    public uint FirstWeek { get; private set; }

    /// <summary>How many weeks the series have.</summary>
    public int Weeks { get; private set; }

    public uint LastDay { get; private set; }

    public ulong FirstEpoch { get; private set; } = ulong.MaxValue;

    /// <summary>How far the weights of lateness go: Σ settled × time, the oldest wait in seconds.</summary>
    public ulong LongestWait { get; private set; }

    /// <summary>Σ settled × (time of activation − time of payment).</summary>
    public UInt256 Waited { get; private set; }

    /// <summary>Every token that was paid in, ascending.</summary>
    public static IReadOnlyList<TokenMarket> All(PassportFacts facts, Calendar calendar)
    {
        var markets = new SortedDictionary<Address, TokenMarket>();
        TokenMarket? last = null;
        var epochs = facts.Epochs.ToDictionary(epoch => epoch.Number);
        foreach (var row in facts.Revenue)
        {
            if (last is null || last.Token != row.Token)
            {
                if (!markets.TryGetValue(row.Token, out last)) markets.Add(row.Token, last = new TokenMarket(row.Token));
            }

            last.Add(row, epochs[row.Epoch], calendar);
        }

        foreach (var market in markets.Values) market.Settle(calendar);
        return [.. markets.Values];
    }

    private void Add(SettledRevenue row, EpochPoint epoch, Calendar calendar)
    {
        var payer = -1;
        if (!row.Payer.IsZero)
        {
            if (!_index.TryGetValue(row.Payer, out payer))
            {
                payer = _payers.Count;
                _index.Add(row.Payer, payer);
                _payers.Add(row.Payer);
            }

            Known += row.Settled;
            KnownPayments += row.Payments;
        }

        var week = Calendar.WeekOf(row.Day);
        // The number of the week for now: where the series begins is known when all is read.
        _rows.Add(new MarketRow(payer, week < calendar.End ? (int)week : -1, row.Day, row.Epoch, row.Payments, row.Settled));
        Settled += row.Settled;
        Payments += row.Payments;
        Waited += row.Settled * epoch.ActivatedAt - row.TimeWeighted;
        LongestWait = Math.Max(LongestWait, epoch.ActivatedAt - row.Oldest);
        LastDay = Math.Max(LastDay, row.Day);
        FirstEpoch = Math.Min(FirstEpoch, row.Epoch);
    }

    private void Settle(Calendar calendar)
    {
        var first = (int)calendar.End;
        foreach (var row in _rows)
        {
            if (row.Week >= 0) first = Math.Min(first, row.Week);
        }

        first = Math.Max(first, (int)calendar.End - Calendar.MostWeeks);
        (FirstWeek, Weeks) = ((uint)first, (int)calendar.End - first);
        for (var i = 0; i < _rows.Count; i++)
        {
            var row = _rows[i];
            if (row.Week >= 0) _rows[i] = row with { Week = Math.Max(-1, row.Week - first) };
        }
    }
}
