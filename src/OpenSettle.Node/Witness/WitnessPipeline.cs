using OpenSettle.Node.Pipeline;

namespace OpenSettle.Node.Witness;

/// <summary>Believes nobody: reads the chain and the usage by itself, recomputes what others propose, and then signs, or vetoes.</summary>
internal sealed class WitnessPipeline(
    PipelineParts parts,
    WatchStep watch,
    BookStep book,
    PullStep pull,
    JudgeStep judge,
    IEnumerable<IWitnessAct> acts,
    ILogger<WitnessPipeline> log) : PipelineWorker(parts, log)
{
    protected override Task PrepareAsync(CancellationToken cancellation) => Task.CompletedTask;

    protected override async Task<bool> TurnAsync(CancellationToken cancellation)
    {
        Begin("read the chain");
        var seen = await watch.RunAsync(cancellation);
        Begin("post what is final");
        var mayPost = judge.MayPost();
        var posted = mayPost && await book.RunAsync(cancellation);
        Begin("pull usage");
        var more = await pull.RunAsync(cancellation);
        Begin("recompute what is proposed");
        var differs = await judge.RunAsync(seen.AtFinal, cancellation);
        if (seen.AtFinal)
        {
            foreach (var act in acts)
            {
                Begin(act.Name);
                await act.RunAsync(differs, cancellation);
            }
        }

        if (seen.Trouble is not null) throw seen.Trouble;
        return !more && !seen.More && (posted || !judge.MayPost());
    }
}

/// <summary>What a witness does with what it found.</summary>
internal interface IWitnessAct
{
    string Name { get; }

    /// <param name="differs">The proposal whose window runs and that differs; null: there is none.</param>
    Task RunAsync((OpenProposal Open, Storage.Stores.EpochVerdict Verdict)? differs, CancellationToken cancellation);
}
