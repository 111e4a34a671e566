using OpenSettle.Node.Leading;
using OpenSettle.Storage;

namespace OpenSettle.Node.Tests.Leading;

public sealed class LeadershipTests
{
    private readonly SteppedClock _time = new();

    [Fact]
    public void Alone_FromTheStart_LeadsHoweverLongItSleeps()
    {
        using var alone = Leadership.Alone(_time);
        _time.Advance(TimeSpan.FromDays(1));
        alone.Require();
        Assert.True(alone.Leads);
        Assert.Null(alone.Identity);
    }

    [Fact]
    public void Require_WithinTheLease_Passes_AndAfterItDoesNot()
    {
        using var leadership = Leadership.ByLease(NodeIdentity.Of("north"), _time);
        Assert.Throws<InvalidOperationException>(leadership.Require);
        leadership.Take(new Lease(Leadership.LeaseName, leadership.Identity!.Holder, 7), _time.GetTimestamp());
        leadership.Begin();
        _time.Advance(Leadership.Length - TimeSpan.FromMilliseconds(1));
        leadership.Require();
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(7, Assert.Throws<LeaseLostException>(leadership.Require).Lease.Token);

        // A renewal counts from when it was asked for, and not from its answer.
        var asked = _time.GetTimestamp();
        _time.Advance(TimeSpan.FromSeconds(2));
        leadership.Renewed(asked);
        Assert.Equal(Leadership.Length - TimeSpan.FromSeconds(2), leadership.Left);
        leadership.Require();
    }

    [Fact]
    public async Task Lose_OnceSaid_StaysAndCallsOffWhatRuns()
    {
        using var leadership = Leadership.ByLease(NodeIdentity.Of("north"), _time);
        leadership.Take(new Lease(Leadership.LeaseName, leadership.Identity!.Holder, 1), _time.GetTimestamp());
        leadership.Begin();
        await leadership.BegunAsync(CancellationToken.None);
        leadership.Lose("Another node leads.");
        leadership.Lose("Something else.");
        Assert.Equal(("Another node leads.", false, true), (leadership.Lost, leadership.Leads, leadership.Over.IsCancellationRequested));
        Assert.Throws<LeaseLostException>(leadership.Require);
    }

    [Fact]
    public void Identity_OfTwoStartsOfOneName_IsTwo()
    {
        var (first, second) = (NodeIdentity.Of("north"), NodeIdentity.Of("north"));
        Assert.NotEqual(first.Holder, second.Holder);
        Assert.Equal(("north", "north"), (NodeIdentity.NameOf(first.Holder), NodeIdentity.NameOf(second.Holder)));
        // What the server calls a connection has at most 63 bytes.
        Assert.True(NodeIdentity.Of(new string('a', 40)).Holder.Length < 64);
    }

    /// <summary>A clock that counts, and stands still until it is moved.</summary>
    private sealed class SteppedClock : TimeProvider
    {
        private long _ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _ticks;

        public void Advance(TimeSpan by) => _ticks += by.Ticks;
    }
}
