using OpenSettle.Ethereum.Endpoints;
using OpenSettle.Ethereum.Ports;

namespace OpenSettle.Ethereum.Tests.Endpoints;

public sealed class EndpointHealthTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 20, 12, 0, 0, TimeSpan.Zero);

    private readonly EndpointHealth _health = new("http://a");

    [Theory]
    [InlineData(ChainErrorKind.Unreachable)]
    [InlineData(ChainErrorKind.BadReply)]
    [InlineData(ChainErrorKind.Forbidden)]
    public void Failures_InARow_CoolLongerAndLonger(ChainErrorKind kind)
    {
        var waits = new List<double>();
        for (var i = 0; i < 10; i++)
        {
            Fail(Start, kind);
            waits.Add(((At(Start).AskedAgain ?? Start) - Start).TotalSeconds);
        }

        // The first is an accident.
        Assert.Equal([0, 1, 2, 4, 8, 16, 32, 60, 60, 60], waits);
        Assert.Equal((EndpointCondition.Cooling, 10), (At(Start).Condition, At(Start).Failures));
        Assert.Contains("http://a", At(Start).Why);
        Assert.Equal(EndpointCondition.Ok, At(Start.AddSeconds(60)).Condition);
        _health.Answered(TimeSpan.FromSeconds(1));
        Assert.Equal((EndpointCondition.Ok, 0), (At(Start).Condition, At(Start).Failures));
    }

    [Fact]
    public void Limit_WithATimeToWait_IsKeptWhateverElseHappens()
    {
        Fail(Start, ChainErrorKind.RateLimited, TimeSpan.FromSeconds(30));
        _health.Answered(TimeSpan.FromSeconds(1));
        Assert.Equal((EndpointCondition.Cooling, Start.AddSeconds(30)), (At(Start.AddSeconds(29)).Condition, At(Start).AskedAgain));
        Assert.Equal(EndpointCondition.Ok, At(Start.AddSeconds(30)).Condition);
    }

    [Fact]
    public void Limit_WithoutATime_GrowsAndIsBounded()
    {
        Fail(Start, ChainErrorKind.RateLimited);
        Assert.Equal(Start.AddSeconds(1), At(Start).AskedAgain);
        Fail(Start, ChainErrorKind.RateLimited);
        Assert.Equal(Start.AddSeconds(2), At(Start).AskedAgain);
        // A year, as some gateway may say.
        Fail(Start, ChainErrorKind.RateLimited, TimeSpan.FromDays(365));
        Assert.Equal(Start.AddHours(1), At(Start).AskedAgain);
    }

    [Fact]
    public void Failure_ThatIsAnAnswer_ChangesNothing()
    {
        for (var i = 0; i < 5; i++) Fail(Start, ChainErrorKind.UnknownBlock);
        for (var i = 0; i < 5; i++) Fail(Start, ChainErrorKind.MethodMissing);
        Assert.Equal((EndpointCondition.Ok, 0), (At(Start).Condition, At(Start).Failures));
    }

    [Fact]
    public void Head_BehindTheOthers_IsSeenWhileItIsFresh()
    {
        _health.SawHead(Start, 96);
        Assert.Equal(EndpointCondition.Ok, _health.At(Start, 99, 3).Condition);
        Assert.Equal(EndpointCondition.Behind, _health.At(Start, 100, 3).Condition);
        Assert.Equal(EndpointCondition.Ok, _health.At(Start + EndpointHealth.HeadLife + TimeSpan.FromTicks(1), 100, 3).Condition);
    }

    [Fact]
    public void SetAside_Once_StaysAndSaysTheFirstReason()
    {
        Assert.True(_health.SetAside("it lied"));
        Assert.False(_health.SetAside("again"));
        _health.Answered(TimeSpan.FromSeconds(1));
        Assert.Equal((EndpointCondition.SetAside, "it lied"), (At(Start.AddYears(1)).Condition, At(Start).Why));
    }

    [Fact]
    public void Latency_OfAnswers_IsSmoothed()
    {
        _health.Answered(TimeSpan.FromMilliseconds(100));
        _health.Answered(TimeSpan.FromMilliseconds(200));
        Assert.Equal(TimeSpan.FromMilliseconds(120), At(Start).Latency);
        // What is known to be slower than that counts, what is known to be faster is no news.
        _health.Outpaced(TimeSpan.FromMilliseconds(50));
        Assert.Equal(TimeSpan.FromMilliseconds(120), At(Start).Latency);
        _health.Outpaced(TimeSpan.FromMilliseconds(620));
        Assert.Equal(TimeSpan.FromMilliseconds(220), At(Start).Latency);
    }

    [Fact]
    public void Check_AfterAnOutage_IsDue()
    {
        _health.Checked();
        Fail(Start, ChainErrorKind.Unreachable);
        Assert.True(_health.IsChecked);
        Fail(Start, ChainErrorKind.Unreachable);
        Assert.False(_health.IsChecked);
    }

    private EndpointState At(DateTimeOffset now) => _health.At(now, null, 3);

    private void Fail(DateTimeOffset now, ChainErrorKind kind, TimeSpan? retryAfter = null) =>
        _health.Failed(now, new ChainException(kind, "http://a", "stub", "failed") { RetryAfter = retryAfter });
}
