using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using OpenSettle.Node.Signals.Logging;

namespace OpenSettle.Node.Hosting;

/// <summary>
/// Runs the nodes of several chains in one process: each whole, as it is alone, behind one server. At the start one that is refused stops
/// all of them; later one that ends leaves the others alone.
/// </summary>
internal static class ChainHost
{
    /// <summary>What is left to send when all nodes have ended is little.</summary>
    private static readonly TimeSpan LastAnswers = TimeSpan.FromSeconds(1);

    /// <param name="run">Runs one node; what it waits for to leave a step behind ends the process.</param>
    public static async Task RunAsync(NodeGroup group, Func<RunningNode, NodeGroup, Func<Task>, TimeProvider, CancellationToken, Task> run, TimeProvider time, CancellationToken cancellation)
    {
        var listen = group.Nodes[0].Options.Listen;
        ListenPort.Require(listen);
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.ConfigureKestrel(NodeHost.Limit);
        builder.Logging.AddNodeLogging(group.Nodes[0].Options, time, null);
        await using var shell = builder.Build();
        var server = shell.Services.GetRequiredService<IServer>();
        var addresses = server.Features.GetRequiredFeature<IServerAddressesFeature>().Addresses;
        addresses.Add(listen);
        await server.StartAsync(new ChainFront(group, time), cancellation);
        foreach (var node in group.Nodes) node.Server?.SetAddress(addresses.First().TrimEnd('/') + node.Path);

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var left = new LeftBehind(group.Nodes.Count);
        var runs = group.Nodes.Select(node => GuardAsync(node, group, run, left, shell.Logger, time, stop.Token)).ToArray();
        try
        {
            foreach (var (node, running) in group.Nodes.Zip(runs))
            {
                await Task.WhenAny(node.Started, running);
                // Refused at the start: somebody mistook something, and should know.
                if (!node.Started.IsCompleted) await running;
            }
        }
        catch
        {
            await stop.CancelAsync();
            await Task.WhenAll(runs).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }

        try
        {
            await Task.WhenAll(runs);
        }
        finally
        {
            using var limit = new CancellationTokenSource(LastAnswers, time);
            await server.StopAsync(limit.Token);
        }
    }

    private static async Task GuardAsync(
        RunningNode node, NodeGroup group, Func<RunningNode, NodeGroup, Func<Task>, TimeProvider, CancellationToken, Task> run, LeftBehind left, ILogger log, TimeProvider time, CancellationToken cancellation)
    {
        // The nodes start beside each other, each of them with what it does before it first waits.
        await Task.Yield();
        try
        {
            await run(node, group, left.StayAsync, time, cancellation);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            node.End(e.Message);
            log.ChainEnded(node.Name ?? string.Empty, e.Message);
            throw;
        }
        finally
        {
            left.Ended();
        }
    }

    /// <summary>A node whose step goes on past the time to stop may not close its books: it waits for the others, and ends the process then.</summary>
    private sealed class LeftBehind(int nodes)
    {
        private readonly Lock _gate = new();
        private readonly TaskCompletionSource _last = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _under = nodes;
        private int _staying;

        public void Ended()
        {
            lock (_gate)
            {
                _under--;
                if (_under == _staying) _last.TrySetResult();
            }
        }

        public async Task StayAsync()
        {
            lock (_gate)
            {
                _staying++;
                if (_under == _staying) _last.TrySetResult();
            }

            await _last.Task;
            Environment.Exit(0);
        }
    }
}
