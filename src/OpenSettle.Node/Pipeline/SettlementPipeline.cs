using OpenSettle.Node.Mirrors;
using OpenSettle.Node.Relay;

namespace OpenSettle.Node.Pipeline;

/// <summary>Settles: the steps in the order in which the money moves.</summary>
public sealed class SettlementPipeline(
    PipelineParts parts,
    WatchStep watch,
    BookStep book,
    UsageStep usage,
    SweepStep sweep,
    EpochStep epochs,
    PushStep pushes,
    DriftStep drift,
    SendStep send,
    RelayStep relay,
    MirrorSet mirrors,
    ILogger<SettlementPipeline> log) : PipelineWorker(parts, log)
{
    protected override Task PrepareAsync(CancellationToken cancellation)
    {
        Begin("bring bundles back");
        return mirrors.RestoreLastAsync(Books, cancellation);
    }

    protected override async Task<bool> TurnAsync(CancellationToken cancellation)
    {
        Begin("read the chain");
        var seen = await watch.RunAsync(cancellation);
        Begin("post what is final");
        var posted = await book.RunAsync(cancellation);
        Begin("look after usage");
        await usage.RunAsync(cancellation);
        if (seen.AtFinal && posted)
        {
            Begin("plan sweeps");
            await sweep.RunAsync(cancellation);
            Begin("carry epochs on");
            await epochs.RunAsync(cancellation);
            Begin("plan pushes");
            await pushes.RunAsync(cancellation);
            Begin("hold the books against the chain");
            await drift.RunAsync(cancellation);
            Begin("send");
            await send.RunAsync(cancellation);
            Begin("relay signed claims");
            await relay.RunAsync(cancellation);
        }

        if (seen.Trouble is not null) throw seen.Trouble;
        return posted && !seen.More;
    }
}
