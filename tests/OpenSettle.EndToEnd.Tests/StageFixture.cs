using OpenSettle.Demo.Stage;

namespace OpenSettle.EndToEnd.Tests;

/// <summary>A chain with the contracts on it, started once for a class of tests.</summary>
public class StageFixture : IAsyncLifetime
{
    private readonly List<IDisposable> _owned = [];

    public Workspace Workspace { get; private set; } = null!;

    public LocalChain Chain { get; private set; } = null!;

    public Cast Cast { get; private set; } = null!;

    public Deployment Deployment { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Workspace = Own(Workspace.Create("e2e"));
        Chain = Own(await StartChainAsync());
        Cast = new Cast(Chain.Provider);
        Deployment = await Deployment.DeployAsync(Workspace, Chain, Cast, CancellationToken.None, WindowSeconds);
    }

    public virtual Task DisposeAsync()
    {
        foreach (var owned in Enumerable.Reverse(_owned)) owned.Dispose();
        return Task.CompletedTask;
    }

    private protected virtual uint WindowSeconds => Deployment.WindowSeconds;

    private protected virtual Task<LocalChain> StartChainAsync() => LocalChain.StartAsync(Workspace, Workspace.FreePort(), "auto", CancellationToken.None);

    private protected T Own<T>(T owned)
        where T : IDisposable
    {
        _owned.Add(owned);
        return owned;
    }
}
