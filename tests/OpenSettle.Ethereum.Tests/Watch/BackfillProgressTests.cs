using OpenSettle.Ethereum.Watch;

namespace OpenSettle.Ethereum.Tests.Watch;

public sealed class BackfillProgressTests
{
    private readonly StepTime _time = new() { EachLook = TimeSpan.Zero };

    [Fact]
    public void View_BeforeAnythingWasRead_HasNoRateAndNoTime()
    {
        var view = new BackfillProgress(100, _time).View(100, 199);
        Assert.Equal((0UL, 100UL, 0.0, 0.0, null), (view.Done, view.Left, view.BlocksPerSecond, view.LogsPerSecond, view.TimeLeft));
    }

    [Fact]
    public void View_AtASteadyRate_IsRightFromTheFirstRangeOn()
    {
        var progress = new BackfillProgress(0, _time);
        progress.Begin();
        for (var next = 50UL; next <= 5000; next += 50)
        {
            _time.Pass(TimeSpan.FromSeconds(2));
            progress.Took(50, 200);
            var view = progress.View(next, 9999);
            Assert.Equal(25, view.BlocksPerSecond, 6);
            Assert.Equal(100, view.LogsPerSecond, 6);
            Assert.Equal(next, view.Done);
            Assert.Equal((10_000 - next) / 25.0, Assert.NotNull(view.TimeLeft).TotalSeconds, 3);
        }
    }

    [Fact]
    public void View_AfterTheRateChanged_FollowsWithinHalfAMinute()
    {
        var progress = new BackfillProgress(0, _time);
        progress.Begin();
        Read(progress, 30, 100);
        Read(progress, 1, 10);
        Assert.InRange(progress.View(1, 2).BlocksPerSecond, 80, 99);
        Read(progress, 30, 10);
        Assert.InRange(progress.View(1, 2).BlocksPerSecond, 10, 16);
    }

    [Fact]
    public void View_AfterARest_DoesNotCountIt()
    {
        var progress = new BackfillProgress(0, _time);
        progress.Begin();
        Read(progress, 5, 100);
        progress.Rest();
        _time.Pass(TimeSpan.FromHours(3));
        progress.Begin();
        Read(progress, 1, 100);
        Assert.Equal(100, progress.View(1, 2).BlocksPerSecond, 6);
    }

    [Fact]
    public void View_AtTheEnd_HasNothingLeft()
    {
        var progress = new BackfillProgress(0, _time);
        Assert.Equal((0UL, TimeSpan.Zero), (progress.View(10, 9).Left, progress.View(10, 9).TimeLeft));
        // A quorum that lags names an older block than what was read.
        Assert.Equal(0UL, progress.View(10, 3).Left);
    }

    [Fact]
    public void View_OfARangeThatTookNoTime_HasNoRate()
    {
        var progress = new BackfillProgress(0, _time);
        progress.Begin();
        progress.Took(100, 100);
        Assert.Null(progress.View(100, 200).TimeLeft);
    }

    [Fact]
    public void View_OfAnEndlessRest_HasNoTimeLeft()
    {
        var progress = new BackfillProgress(0, _time);
        progress.Begin();
        _time.Pass(TimeSpan.FromDays(1));
        progress.Took(1, 0);
        Assert.Null(progress.View(1, ulong.MaxValue - 1).TimeLeft);
    }

    private void Read(BackfillProgress progress, int seconds, ulong each)
    {
        for (var i = 0; i < seconds; i++)
        {
            _time.Pass(TimeSpan.FromSeconds(1));
            progress.Took(each, 0);
        }
    }
}
