using OpenSettle.Cli.Screen;
using OpenSettle.Cli.Tests.Support;
using OpenSettle.Node.Verification;
using OpenSettle.Primitives;

namespace OpenSettle.Cli.Tests;

public sealed class ScreenTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 22, 1, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(false, null, null, null, true)]
    [InlineData(true, null, null, null, false)]
    [InlineData(false, "1", null, null, false)]
    [InlineData(false, "", null, null, true)]
    [InlineData(false, null, null, "dumb", false)]
    [InlineData(true, null, "1", null, true)]
    [InlineData(true, null, "0", null, false)]
    [InlineData(true, "1", "1", null, false)]
    public void Colours_ByWhatTheReaderAskedFor_AreShownOrNot(bool redirected, string? no, string? force, string? term, bool shown) =>
        Assert.Equal(shown, Terminal.HasColours(redirected, name => name switch { "NO_COLOR" => no, "CLICOLOR_FORCE" => force, "TERM" => term, _ => null }));

    [Theory]
    [InlineData(0, 80)]
    [InlineData(20, 40)]
    [InlineData(100, 100)]
    [InlineData(500, 120)]
    public void Columns_OfATerminal_AreKeptWithinReason(int terminal, int columns) => Assert.Equal(columns, Terminal.Fitting(terminal));

    [Fact]
    public void Page_OfAnyWidth_KeepsAddressesWhole()
    {
        var (address, hash) = (Address.Parse("0x70997970C51812dc3A010C7d01b50e0d17dc79C8").ToChecksumString(), Keccak256.HashText("x").ToString());
        foreach (var width in (int[])[40, 80, 120])
        {
            using var output = new StringWriter();
            var page = new Page(output, colours: false, width);
            page.Item("a label     ", $"words before {address}, words between {hash}. {new string('x', 200)}");
            Assert.Contains(address, output.ToString(), StringComparison.Ordinal);
            Assert.Contains(hash, output.ToString(), StringComparison.Ordinal);
            Assert.All(output.ToString().Split('\n').Where(line => !line.Contains("0x", StringComparison.Ordinal)), line => Assert.True(Inert.Width(line) <= width, line));
        }
    }

    [Theory]
    [InlineData(0, "now")]
    [InlineData(42, "42 s ago")]
    [InlineData(-42, "in 42 s")]
    [InlineData(185, "3 min 5 s ago")]
    [InlineData(-720, "in 12 min")]
    [InlineData(7_380, "2 h 3 min ago")]
    [InlineData(7 * 86_400, "7 days ago")]
    public void Time_BesideNow_IsSaidAsPeopleSayIt(int secondsAgo, string said) => Assert.Equal(said, Times.Distance(Now - TimeSpan.FromSeconds(secondsAgo), Now));

    [Fact]
    public void Time_OfABlock_IsOnTheReadersOwnClock() =>
        Assert.Equal("2026-11-22 02:57 +02:00 (3 min ago)", Times.OfSeconds((ulong)(Now - TimeSpan.FromMinutes(3)).ToUnixTimeSeconds(), new StandingClock(Now)));

    [Theory]
    [InlineData("0", 6, "0")]
    [InlineData("999999999", 6, "999.999999")]
    [InlineData("1234567890000", 6, "1,234,567.89")]
    [InlineData("1000", 0, "1,000")]
    [InlineData("123456", 0, "123,456")]
    public void Amount_ForPeople_HasThousandsApart(string units, byte decimals, string shown) => Assert.Equal(shown, Amounts.Format(UInt256.Parse(units), decimals));

    [Fact]
    public void Progress_ReportedOften_IsDrawnTenTimesASecondAndTakenAway()
    {
        var clock = new StandingClock(Now);
        using var output = new StringWriter();
        using (var line = new ProgressLine(output, clock, 80))
        {
            for (var i = 0UL; i < 1_000; i++)
            {
                line.Show("reading blocks", "blocks", i, 1_000, 100, null);
                clock.Pass(TimeSpan.FromMilliseconds(1));
            }
        }

        var drawn = output.ToString().Split('\r', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(11, drawn.Length);
        Assert.Contains("90 %", drawn[9], StringComparison.Ordinal);
        Assert.Equal("\u001b[K", drawn[^1]);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(5, 0)]
    [InlineData(1, 3)]
    [InlineData(ulong.MaxValue, ulong.MaxValue)]
    public void Progress_OfAnyNumbers_FitsOnALine(ulong done, ulong total)
    {
        foreach (var width in (int[])[40, 80])
        {
            using var output = new StringWriter();
            using var line = new ProgressLine(output, new StandingClock(Now), width);
            line.Show("epoch 7's usage", "events", done, total, 12_345.6, TimeSpan.FromHours(3));
            Assert.True(Inert.Width(output.ToString().Replace("\u001b[K", string.Empty, StringComparison.Ordinal).TrimStart('\r')) < width, output.ToString());
        }
    }

    [Fact]
    public void Progress_OfAVerification_NamesEachStageThatIsNotDone()
    {
        var clock = new StandingClock(Now);
        using var output = new StringWriter();
        using var progress = new VerifyProgress(new ProgressLine(output, clock, 80));
        progress.Report(new VerificationProgress(VerificationStage.Chain, 0, 50, 200, 10, TimeSpan.FromSeconds(15)));
        clock.Pass(TimeSpan.FromSeconds(1));
        progress.Report(new VerificationProgress(VerificationStage.Usage, 3, 1, 4, 10, null));
        Assert.Contains("reading blocks █████", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("15 s left", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("reading blocks 25 %, 15 s left; epoch 3's usage 25 %", output.ToString(), StringComparison.Ordinal);
    }
}
