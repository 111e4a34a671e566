using System.Collections.Concurrent;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;

namespace OpenSettle.Node.Hosting;

/// <summary>Stands where a node has its server: it listens to nothing, and is handed the requests that one front took for several chains.</summary>
internal sealed class ChainServer : IServer
{
    private readonly ConcurrentDictionary<ChainRequest, bool> _open = new();
    private TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile IChainApplication? _application;
    private volatile bool _closed;

    public ChainServer() => Features.Set<IServerAddressesFeature>(new ServerAddressesFeature());

    public IFeatureCollection Features { get; } = new FeatureCollection();

    /// <summary>Says where the node is reached: known once the front listens.</summary>
    public void SetAddress(string address) => Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.Add(address);

    public Task StartAsync<TContext>(IHttpApplication<TContext> application, CancellationToken cancellationToken)
        where TContext : notnull
    {
        _application = new ChainApplication<TContext>(application);
        // A node that begins anew takes requests again.
        if (_closed) (_drained, _closed) = (new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), false);
        return Task.CompletedTask;
    }

    /// <summary>A request for this node; null while it takes none.</summary>
    public ChainRequest? Open(IFeatureCollection features)
    {
        if (_application is not { } application) return null;
        var request = new ChainRequest(features, application);
        _open[request] = true;
        // Looked at after it is counted: a stop either sees it, or is seen.
        if (!_closed)
        {
            request.Begin();
            return request;
        }

        Forget(request);
        return null;
    }

    public void Close(ChainRequest request, Exception? failure)
    {
        try
        {
            request.End(failure);
        }
        finally
        {
            Forget(request);
        }
    }

    /// <summary>Takes nothing more, and waits for what it took; what takes too long is cut off, as a server does.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        _closed = true;
        if (_open.IsEmpty) _drained.TrySetResult();
        await _drained.Task.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (var request in _open.Keys) request.Features.Get<IHttpRequestLifetimeFeature>()?.Abort();
    }

    public void Dispose() => _closed = true;

    private void Forget(ChainRequest request)
    {
        _open.TryRemove(request, out _);
        if (_closed && _open.IsEmpty) _drained.TrySetResult();
    }
}

/// <summary>One request that a node was handed.</summary>
internal sealed class ChainRequest(IFeatureCollection features, IChainApplication application)
{
    private object? _context;

    public IFeatureCollection Features => features;

    public void Begin() => _context = application.Create(features);

    public Task ProcessAsync() => application.ProcessAsync(_context ?? throw new InvalidOperationException("The request was not begun."));

    public void End(Exception? failure)
    {
        if (_context is { } context) application.Dispose(context, failure);
    }
}

/// <summary>A node's HTTP application, whatever it takes for its contexts.</summary>
internal interface IChainApplication
{
    object Create(IFeatureCollection features);

    Task ProcessAsync(object context);

    void Dispose(object context, Exception? failure);
}

internal sealed class ChainApplication<TContext>(IHttpApplication<TContext> application) : IChainApplication
    where TContext : notnull
{
    public object Create(IFeatureCollection features) => application.CreateContext(features);

    public Task ProcessAsync(object context) => application.ProcessRequestAsync((TContext)context);

    public void Dispose(object context, Exception? failure) => application.DisposeContext((TContext)context, failure);
}
