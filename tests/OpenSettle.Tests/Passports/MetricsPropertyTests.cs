using FsCheck.Fluent;
using OpenSettle.Passports;
using OpenSettle.Primitives;
using OpenSettle.Tests.Support;

namespace OpenSettle.Tests.Passports;

public sealed class MetricsPropertyTests
{
    [Fact]
    public void Wilson_MoreSuccesses_NeverLowersEitherEnd() => Properties.Hold(
        Gen.Choose(1, 3_000),
        trials =>
        {
            var (low, high) = Wilson.Interval(0, (ulong)trials);
            Assert.Equal(0, low);
            for (var successes = 1; successes <= trials; successes++)
            {
                var next = Wilson.Interval((ulong)successes, (ulong)trials);
                Assert.True(next.Low >= low && next.High >= high && next.Low <= (double)successes / trials && next.High >= (double)successes / trials);
                (low, high) = next;
            }

            Assert.Equal(1, high);
        },
        20);

    [Fact]
    public void Wilson_MoreTrialsOfOneRate_RaiseTheLowerEnd()
    {
        var low = 0.0;
        for (var times = 1UL; times < 1UL << 40; times *= 2)
        {
            var next = Wilson.Interval(4 * times, 5 * times).Low;
            Assert.True(next > low && next < 0.8);
            low = next;
        }
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(5, 4)]
    public void Wilson_OfNoTrialsOrTooManySuccesses_IsRefused(ulong successes, ulong trials) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Wilson.Interval(successes, trials));

    [Fact]
    public void Concentration_OfAnyAmounts_IsBetweenEqualSharesAndOneBuyer() => Properties.Hold(
        Gen.ListOf(Gen.Choose(1, int.MaxValue)).Where(amounts => amounts.Count > 0),
        amounts =>
        {
            var (index, effective) = Concentration.Of(amounts.Select(amount => (UInt256)(ulong)amount)) ?? default;
            Assert.True(string.CompareOrdinal(index, "1.000000") <= 0);
            Assert.True(Parse(index) >= Parse(FigureText.Ratio(UInt256.One, (ulong)amounts.Count)));
            Assert.True(Parse(effective) is >= 1_000_000 && Parse(effective) <= amounts.Count * 1_000_000L);
            Assert.Equal((index, effective), Concentration.Of(amounts.AsEnumerable().Reverse().Select(amount => (UInt256)(ulong)amount)));
        },
        200);

    [Fact]
    public void Concentration_OfNothing_IsNone()
    {
        Assert.Null(Concentration.Of([]));
        Assert.Null(Concentration.Of([UInt256.Zero]));
        Assert.Equal(("0.500000", "2.000000"), Concentration.Of([UInt256.MaxAmount, UInt256.MaxAmount]));
    }

    [Fact]
    public void WashShare_OfAnyAmounts_IsNoMoreThanEither() => Properties.Hold(
        Gen.ListOf(from paid in Gen.Choose(0, 1000) from returned in Gen.Choose(0, 2000) select (paid, returned)),
        clusters =>
        {
            UInt256[] paid = [.. clusters.Select(one => (UInt256)(ulong)one.paid)];
            UInt256[] returned = [.. clusters.Select(one => (UInt256)(ulong)one.returned)];
            var (washed, all) = WashShare.Of(paid, returned);
            Assert.True(washed <= all);
            Assert.Equal((UInt256)(ulong)clusters.Sum(one => Math.Min(one.paid, one.returned)), washed);
        },
        200);

    [Fact]
    public void Trend_ReversedOrMirrored_TurnsItsSign() => Properties.Hold(
        Gen.ListOf(Gen.Choose(-50, 50)).Where(values => values.Count is > 1 and < 60),
        values =>
        {
            double[] given = [.. values.Select(value => (double)value)];
            double[] mirrored = [.. given.Select(value => -value)];
            var (one, other) = (MannKendall.Of(given), MannKendall.Of(mirrored));
            Assert.Equal((-one.S, one.Variance, one.P), (other.S, other.Variance, other.P));
            Assert.Equal(-one.S, MannKendall.Of([.. given.Reverse()]).S);
            var (slope, turned) = (TheilSen.Of(given), TheilSen.Of(mirrored));
            Assert.Equal(FigureText.Six(-slope.Slope), FigureText.Six(turned.Slope));
            Assert.True(slope.Low <= slope.Slope && slope.Slope <= slope.High);
            Assert.InRange(one.P, 0, 1);
        },
        200);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1_001)]
    public void Trend_OfTooFewOrTooManyPoints_IsRefused(int points)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => MannKendall.Of(new double[points]));
        Assert.Throws<ArgumentOutOfRangeException>(() => TheilSen.Of(new double[points]));
    }

    [Fact]
    public void BenjaminiHochberg_OfAnyProbabilities_IsNoLessThanEachAndInTheirOrder() => Properties.Hold(
        Gen.ListOf(Gen.Choose(0, 1_000_000)),
        values =>
        {
            double[] given = [.. values.Select(value => value / 1e6)];
            var adjusted = BenjaminiHochberg.Adjust(given);
            for (var i = 0; i < given.Length; i++)
            {
                Assert.InRange(adjusted[i], given[i], 1);
                for (var j = 0; j < given.Length; j++) Assert.True(given[i] > given[j] || adjusted[i] <= adjusted[j]);
            }
        },
        100);

    [Fact]
    public void Clusters_OfAnyFlowsInAnyOrder_AreTheSame() => Properties.Hold(
        Gen.ListOf(from a in Gen.Choose(0, 12) from b in Gen.Choose(0, 12) from amount in Gen.Choose(0, 5) from day in Gen.Choose(1, 3) select (a, b, amount, day)),
        flows =>
        {
            List<TokenFlow> given = [.. flows.Select(flow => new TokenFlow((uint)flow.day, Market.Token, World.Name("x", flow.a), World.Name("x", flow.b), (ulong)flow.amount))];
            var expected = Roots(given);
            Assert.Equal(expected, Roots([.. given.AsEnumerable().Reverse()]));
            Assert.Equal(expected, Roots([.. given.OrderBy(flow => flow.Amount).ThenBy(flow => flow.From), new TokenFlow(1, World.Name("other token", 1), World.Name("x", 1), World.Name("x", 2), 1000)]));
            Assert.Equal(expected, Roots([.. given, new TokenFlow(4, Market.Token, World.Name("x", 1), World.Name("x", 2), 1000)]));
        },
        300);

    [Fact]
    public void Funder_OfHalf_Joins_AndOfLessDoesNot()
    {
        Assert.True(Joined(Flow("a", "b", 50), Flow("c", "b", 50), Flow("d", "b", 0)) is ("a" or "c"));
        Assert.Null(Joined(Flow("a", "b", 49), Flow("c", "b", 2), Flow("d", "b", 48)));
        // What it sent shows that it had more than was read.
        Assert.Null(Joined(Flow("a", "b", 50), Flow("b", "e", 101)));
        Assert.Equal("a", Joined(Flow("a", "b", 50), Flow("b", "e", 100)));
        // To and fro with an account of its own.
        Assert.Equal("a", Joined(Flow("a", "b", 100), Flow("b", "c", 90), Flow("c", "b", 90), Flow("b", "c", 90), Flow("c", "b", 90)));
        Assert.Equal("a", Joined(Flow("a", "b", 100), Flow("b", "b", 1_000)));
        Assert.Null(Joined(Flow("0", "b", 100)));
    }

    [Fact]
    public void Funders_AreFollowedThreeSteps()
    {
        TokenFlow[] chain = [Flow("a", "b", 10), Flow("b", "c", 10), Flow("c", "d", 10), Flow("d", "e", 10)];
        var graph = Graph(chain);
        graph.Follow(World.Name("e", 1), UInt256.Zero);
        Assert.Equal(graph.Find(World.Name("b", 1)), graph.Find(World.Name("e", 1)));
        Assert.NotEqual(graph.Find(World.Name("a", 1)), graph.Find(World.Name("e", 1)));
    }

    [Fact]
    public void Chain_OfManyJoins_IsFoundWithoutDepth()
    {
        var flows = Enumerable.Range(0, 50_000).Select(i => new TokenFlow(1, Market.Token, World.Name("link", i), World.Name("link", i + 1), 10)).ToArray();
        var graph = Graph(flows);
        for (var i = 50_000; i > 0; i--) graph.Follow(World.Name("link", i), UInt256.Zero);
        Assert.Equal(graph.Find(World.Name("link", 0)), graph.Find(World.Name("link", 50_000)));
    }

    [Fact]
    public void Ratio_OfExactNumbers_IsRoundedHalfUp()
    {
        Assert.Equal(("0.333333", "0.666667", "0.000001", "0.000000"), (FigureText.Ratio(1UL, 3UL), FigureText.Ratio(2UL, 3UL), FigureText.Ratio(1UL, 2_000_000UL), FigureText.Ratio(1UL, 2_000_001UL)));
        Assert.Equal("1.000000", FigureText.Ratio(UInt256.MaxValue, UInt256.MaxValue));
        Assert.Equal("-0.500000|0.000000|0.000000", $"{FigureText.Six(-0.5)}|{FigureText.Six(-0.0000001)}|{FigureText.Six(-0.0)}");
        Assert.Throws<ArgumentOutOfRangeException>(() => FigureText.Six(double.NaN));
    }

    [Fact]
    public void RepeatShare_IsOfThoseWithThreeDistinctWeeks()
    {
        var activity = new WeeklyActivity(3, 70);
        foreach (var week in (int[])[58, 59, 69]) activity.Mark(0, week);
        foreach (var week in (int[])[1, 2, 3, 58, 59]) activity.Mark(1, week);
        foreach (var week in (int[])[60, 64, 66]) activity.Mark(2, week);
        Assert.Equal((600UL, 900UL), Share(_ => true));
        Assert.Equal((500UL, 900UL), Share(account => account != 2));
        Assert.Equal((0, 3, 5), (activity.First(0) - 58, activity.Count(0), activity.Count(1)));

        (ulong, ulong) Share(Predicate<int> counts)
        {
            var (repeat, all) = Retention.RepeatShare(activity, [500, 300, 100], counts, 58, 70);
            return ((ulong)repeat, (ulong)all);
        }
    }

    [Fact]
    public void RetentionCurve_HasOnlyWeeksThatAreOver()
    {
        var activity = new WeeklyActivity(3, 4);
        activity.Mark(0, 0);
        activity.Mark(0, 2);
        activity.Mark(1, 1);
        activity.Mark(1, 3);
        activity.Mark(2, 3);
        Assert.Equal([(3UL, 3UL), (0UL, 2UL), (2UL, 2UL), (0UL, 1UL), (0UL, 0UL)], Retention.Curve(activity, _ => true, 4));
    }

    [Theory]
    [InlineData(20_094, "2025-01-06")]
    [InlineData(20_100, "2025-01-06")]
    [InlineData(20_101, "2025-01-13")]
    [InlineData(4, "1970-01-05")]
    [InlineData(0, "1969-12-29")]
    public void Week_OfADay_BeginsOnItsMonday(uint day, string monday) => Assert.Equal(monday, Calendar.Label(Calendar.WeekOf(day)));

    private static long Parse(string text) => long.Parse(text.Replace(".", string.Empty, StringComparison.Ordinal), System.Globalization.CultureInfo.InvariantCulture);

    private static TokenFlow Flow(string from, string to, ulong amount) =>
        new(1, Market.Token, from == "0" ? Address.Zero : World.Name(from, 1), World.Name(to, 1), amount);

    private static string? Joined(params TokenFlow[] flows)
    {
        var graph = Graph(flows);
        graph.Follow(World.Name("b", 1), UInt256.Zero);
        return ((string[])["a", "c", "d"]).FirstOrDefault(name => graph.Find(World.Name(name, 1)) == graph.Find(World.Name("b", 1)));
    }

    private static FundingGraph Graph(TokenFlow[] flows) => FundingGraph.Of(flows, Market.Token, 3, account => account.IsZero, []);

    private static List<Address> Roots(List<TokenFlow> flows)
    {
        // One that was funded later than the last payment says nothing.
        var graph = FundingGraph.Of(flows, Market.Token, 3, account => account.IsZero, []);
        for (var i = 0; i <= 12; i++) graph.Follow(World.Name("x", i), UInt256.Zero);
        return [.. Enumerable.Range(0, 13).Select(i => graph.Find(World.Name("x", i)))];
    }
}
