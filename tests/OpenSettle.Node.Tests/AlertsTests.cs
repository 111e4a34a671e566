using OpenSettle.Node.Tests.Support;

namespace OpenSettle.Node.Tests;

public sealed class AlertsTests
{
    [Fact]
    public void Alert_RaisedTwiceAndCleared_IsToldOnceEach()
    {
        var time = new ManualTime();
        var (alerts, told) = (new Alerts(time), new List<(string, string?)>());
        alerts.OnChange = (name, message) => told.Add((name, message));
        var since = time.GetUtcNow();
        Assert.True(alerts.Set("mirror a", "two bundles are missing"));
        time.Advance(TimeSpan.FromHours(1));
        Assert.False(alerts.Set("mirror a", "one bundle is missing"));
        Assert.True(alerts.Set("drift", "no state"));

        Assert.Equal([new Alert("drift", "no state", time.GetUtcNow()), new Alert("mirror a", "one bundle is missing", since)], alerts.All);
        Assert.True(alerts.Clear("mirror a"));
        Assert.False(alerts.Clear("mirror a"));
        Assert.Equal([("mirror a", "two bundles are missing"), ("drift", "no state"), ("mirror a", (string?)null)], told);
    }

    [Fact]
    public void Alerts_FromManyThreads_AreToldOnceEach()
    {
        var told = 0;
        var alerts = new Alerts(new ManualTime()) { OnChange = (_, _) => Interlocked.Increment(ref told) };
        Parallel.For(0, 1_000, index => alerts.Set($"mirror {index % 10}", $"{index}"));
        Assert.Equal((10, 10), (told, alerts.All.Count));
    }
}
