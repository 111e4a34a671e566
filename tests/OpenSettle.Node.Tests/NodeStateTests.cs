namespace OpenSettle.Node.Tests;

public sealed class NodeStateTests
{
    [Fact]
    public async Task BundleUrl_BeforeTheNodeListens_IsWaitedFor()
    {
        var state = new NodeState();
        var asked = state.BundleUrlAsync(CancellationToken.None);
        Assert.False(asked.IsCompleted);

        state.SetBundleUrl("http://127.0.0.1:1/bundles");
        state.SetBundleUrl("http://127.0.0.1:2/bundles");
        Assert.Equal("http://127.0.0.1:1/bundles", await asked);
    }

    [Fact]
    public async Task BundleUrl_OfANodeThatStopsFirst_IsNotWaitedForLonger()
    {
        using var stop = new CancellationTokenSource();
        var asked = new NodeState().BundleUrlAsync(stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asked);
    }
}
