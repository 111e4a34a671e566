using System.Runtime.InteropServices;
using OpenSettle.Primitives;

namespace OpenSettle.Passports;

/// <summary>One payer's payments of one day, as the figures need them.</summary>
/// <param name="Payer">Index among the market's payers; −1: nobody knows.</param>
/// <param name="Week">Of the series; −1: not in it, because it is not over or ten years ago.</param>
internal readonly record struct MarketRow(int Payer, int Week, uint Day, ulong Epoch, ulong Payments, UInt256 Settled);

/// <summary>What was paid to a model in one token, by whom and when: sums that several figures need, made in one go.</summary>
internal sealed class TokenMarket
{
    private readonly List<MarketRow> _rows = [];
    private readonly Dictionary<Address, int> _index = [];
    private readonly List<Address> _payers = [];
    private readonly Dictionary<ulong, UInt256> _settledIn = [];

    private TokenMarket(Address token) => Token = token;

    public Address Token { get; }

    public ReadOnlySpan<MarketRow> Rows => CollectionsMarshal.AsSpan(_rows);

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

    /// <summary>In seconds.</summary>
    public ulong LongestWait { get; private set; }

    /// <summary>Σ settled × (time of activation − time of payment).</summary>
    public UInt256 Waited { get; private set; }

    /// <summary>What each payer paid.</summary>
    public UInt256[] PaidBy { get; private set; } = [];

    public ulong[] PaymentsBy { get; private set; } = [];

    /// <summary>What each payer paid in the last weeks (<see cref="Retention.Window"/>).</summary>
    public UInt256[] RecentBy { get; private set; } = [];

    /// <summary>What nobody that is known paid in them.</summary>
    public UInt256 RecentAnonymous { get; private set; }

    /// <summary>In which weeks each payer paid.</summary>
    public WeeklyActivity Activity { get; private set; } = new(0, 0);

    public UInt256[] Weekly { get; private set; } = [];

    /// <summary>Of that, what is known whose it was.</summary>
    public UInt256[] WeeklyKnown { get; private set; } = [];

    public ulong[] WeeklyPayments { get; private set; } = [];

    /// <summary>Every token that was paid in, ascending.</summary>
    public static IReadOnlyList<TokenMarket> All(PassportFacts facts, Calendar calendar)
    {
        var markets = new SortedDictionary<Address, TokenMarket>();
        TokenMarket? market = null;
        EpochPoint? epoch = null;
        var epochs = facts.Epochs.ToDictionary(point => point.Number);
        foreach (var row in facts.Revenue)
        {
            if (epoch is null || epoch.Number != row.Epoch) epoch = epochs[row.Epoch];
            if (market is null || market.Token != row.Token)
            {
                if (!markets.TryGetValue(row.Token, out market)) markets.Add(row.Token, market = new TokenMarket(row.Token));
                // Most models are paid in one token.
                if (markets.Count == 1) market._rows.EnsureCapacity(facts.Revenue.Count);
            }

            market.Add(in row, epoch, calendar);
        }

        foreach (var one in markets.Values) one.Sum(calendar);
        return [.. markets.Values];
    }

    /// <summary>What was settled in an epoch.</summary>
    public UInt256 SettledIn(ulong epoch) => _settledIn.GetValueOrDefault(epoch);

    private void Add(in SettledRevenue row, EpochPoint epoch, Calendar calendar)
    {
        var payer = -1;
        if (!row.Payer.IsZero)
        {
            ref var known = ref CollectionsMarshal.GetValueRefOrAddDefault(_index, row.Payer, out var exists);
            if (!exists)
            {
                known = _payers.Count;
                _payers.Add(row.Payer);
            }

            payer = known;
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

    private void Sum(Calendar calendar)
    {
        var rows = CollectionsMarshal.AsSpan(_rows);
        var first = (int)calendar.End;
        foreach (ref readonly var row in rows)
        {
            if (row.Week >= 0) first = Math.Min(first, row.Week);
        }

        first = Math.Max(first, (int)calendar.End - Calendar.MostWeeks);
        (FirstWeek, Weeks) = ((uint)first, (int)calendar.End - first);
        (PaidBy, PaymentsBy, RecentBy) = (new UInt256[_payers.Count], new ulong[_payers.Count], new UInt256[_payers.Count]);
        (Weekly, WeeklyKnown, WeeklyPayments) = (new UInt256[Weeks], new UInt256[Weeks], new ulong[Weeks]);
        Activity = new WeeklyActivity(_payers.Count, Weeks);
        var (epoch, settled) = (0UL, UInt256.Zero);
        foreach (ref var row in rows)
        {
            if (row.Week >= 0) row = row with { Week = Math.Max(-1, row.Week - first) };
            Sum(in row);
            // Rows come by epoch: one look-up for each.
            if (row.Epoch != epoch) (epoch, settled) = (row.Epoch, Keep(epoch, settled));
            settled += row.Settled;
        }

        Keep(epoch, settled);
    }

    private UInt256 Keep(ulong epoch, UInt256 settled)
    {
        if (!settled.IsZero) _settledIn[epoch] = _settledIn.GetValueOrDefault(epoch) + settled;
        return UInt256.Zero;
    }

    private void Sum(in MarketRow row)
    {
        if (row.Payer >= 0)
        {
            PaidBy[row.Payer] += row.Settled;
            PaymentsBy[row.Payer] += row.Payments;
        }

        if (row.Week < 0) return;
        Weekly[row.Week] += row.Settled;
        WeeklyPayments[row.Week] += row.Payments;
        var recent = row.Week >= Weeks - Retention.Window;
        if (row.Payer >= 0)
        {
            WeeklyKnown[row.Week] += row.Settled;
            Activity.Mark(row.Payer, row.Week);
            if (recent) RecentBy[row.Payer] += row.Settled;
        }
        else if (recent)
        {
            RecentAnonymous += row.Settled;
        }
    }
}
