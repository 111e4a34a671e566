using OpenSettle.Node.Configuration;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using OpenSettle.Storage.Usage;

namespace OpenSettle.Node.Usage;

/// <summary>Whether an event has to wait before it is counted, and for what.</summary>
internal sealed class HoldRule(NodeState state, NodeOptions options, TimeProvider time)
{
    /// <summary>How far clocks may be apart.</summary>
    public static readonly TimeSpan Ahead = TimeSpan.FromHours(1);

    public ulong Now() => (ulong)time.GetUtcNow().ToUnixTimeSeconds();

    public Hold JudgeTime(ulong eventTime, ulong now)
    {
        if (eventTime > now + (ulong)Ahead.TotalSeconds) return Hold.AheadOfTime;
        return eventTime + (ulong)options.UsageHorizon.TotalSeconds < now ? Hold.BeyondHorizon : Hold.None;
    }

    /// <summary>What models are judged by. It is replaced as a whole.</summary>
    public RegistryBook Registry => state.Registry;

    public Hold JudgeModel(ModelId model, Address gateway)
    {
        if (!state.Registry.TryGet(model, out var entry)) return Hold.UnknownModel;
        return entry.GatewaysAt(ulong.MaxValue).Contains(gateway) ? Hold.None : Hold.UnlistedGateway;
    }
}
