using OpenSettle.Node.Configuration;
using OpenSettle.Node.Http;
using OpenSettle.Node.Leading;
using OpenSettle.Node.Signals.Metrics;
using OpenSettle.Storage;

namespace OpenSettle.Node.Hosting;

/// <summary>What others may ask of a node that runs.</summary>
internal sealed record RunningParts(NodeState State, IBooks Books, ILogger Log, NodeMetrics? Metrics = null, Leadership? Leadership = null);

/// <summary>One node of this process.</summary>
/// <param name="server">What hands it requests; null: it has a server of its own.</param>
internal sealed class RunningNode(NodeOptions options, SettingsReader settings, ChainServer? server)
{
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public NodeOptions Options => options;

    /// <summary>The settings that it goes by; replaced when they are read again.</summary>
    public SettingsReader Settings { get; set; } = settings;

    public ChainServer? Server => server;

    /// <summary>The chain's name; null where the process has one.</summary>
    public string? Name => options.Chain;

    /// <summary>Where its paths begin.</summary>
    public string Path => server is null ? string.Empty : $"{ChainFront.Root}/{Name}";

    /// <summary>Null before its start, and after its end.</summary>
    public RunningParts? Running { get; private set; }

    /// <summary>Why it does not run any more; null while it does.</summary>
    public string? Ended { get; private set; }

    /// <summary>Ends with its start.</summary>
    public Task Started => _started.Task;

    /// <summary>Where it listens, once it did: where it begins anew, it does so there.</summary>
    public string? Address { get; private set; }

    public void Begin(RunningParts parts, string? address = null)
    {
        (Running, Ended, Address) = (parts, null, address);
        _started.TrySetResult();
    }

    public void End(string why)
    {
        Running = null;
        Ended = why;
    }

    public Readiness ReadinessNow(TimeProvider time)
    {
        try
        {
            if (Running is { } running) return HealthEndpoints.ReadinessOf(running.State, running.Books, running.Leadership, time);
        }
        catch (Exception e) when (e is ObjectDisposedException or StorageException)
        {
            // It ends at this moment, or its database cannot be read: then the next look says more.
            return new Readiness(false, [e.Message], []);
        }

        return new Readiness(false, [Ended ?? "it starts"], []);
    }
}
