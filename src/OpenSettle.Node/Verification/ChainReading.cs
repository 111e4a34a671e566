using OpenSettle.Ethereum.Encoding;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Watch;
using OpenSettle.Registry;

namespace OpenSettle.Node.Verification;

/// <summary>The chain as a verification sees it.</summary>
/// <param name="Client">Asks contracts.</param>
/// <param name="Quorum">Says which blocks are final.</param>
/// <param name="Ranges">Reads logs, and knows that none is missing.</param>
public sealed record VerificationChain(IChainClient Client, IChainQuorum Quorum, IRangeSource Ranges);

/// <summary>
/// Reads the final blocks once, from the deployment on, and keeps nothing but what they mean: a journal for the watcher that hands the
/// facts on. It is not the node's: whoever verifies reads by himself.
/// </summary>
internal sealed class ChainReading(WatchedDeployment deployment, VerificationChain chain, ulong blocksAtOnce, IVerificationWitness? witness, TimeProvider time) : IChainJournal
{
    private const int Attempts = 5;

    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(1);

    private readonly FactReader _facts = new(deployment, new RegistryBook(), []);
    private readonly WatchSet _wanted = new(deployment);
    private Func<EpochFacts, CancellationToken, ValueTask>? _onEpoch;

    public VaultHistory History { get; } = new(deployment);

    /// <summary>The last block that was read; null before the first.</summary>
    public JournalBlock? Last { get; private set; }

    /// <summary>Reads up to the newest final block, and gives each active epoch on as soon as all is known that its check needs.</summary>
    public async Task RunAsync(Func<EpochFacts, CancellationToken, ValueTask> onEpoch, IProgress<VerificationProgress>? progress, CancellationToken cancellation)
    {
        _onEpoch = onEpoch;
        var options = new WatchOptions { FirstBlock = deployment.FirstBlock, MostBlocks = blocksAtOnce, StartBlocks = Math.Min(128, blocksAtOnce) };
        var watcher = new ChainWatcher(chain.Client, chain.Quorum, chain.Ranges, this, options, time);
        var failed = 0;
        while (true)
        {
            WatchReport report;
            try
            {
                report = await watcher.StepAsync(cancellation);
            }
            catch (ChainException e) when (e.IsTransient && ++failed < Attempts)
            {
                await Task.Delay(Rest, time, cancellation);
                continue;
            }
            catch (FinalBlockChangedException e)
            {
                throw new VerificationException($"{e.Message} Verify again once the chain is settled.", e);
            }

            if (report.Trouble is null) failed = 0;
            progress?.Report(VerificationProgress.OfChain(report.Progress));
            if (report.AtFinal) return;
        }
    }

    JournalPosition IChainJournal.Position() => new(Last, []);

    WatchSet IChainJournal.Wanted(ulong first) => _wanted.Copy();

    async Task IChainJournal.AppendFinalAsync(BlockRange range, CancellationToken cancellation)
    {
        var first = range.Headers[0].Number;
        IReadOnlyList<ChainFact> facts;
        try
        {
            foreach (var log in range.Logs) _wanted.Learn(log);
            facts = _facts.Read(range.Logs, block => range.Headers[checked((int)(block - first))].Timestamp);
        }
        catch (AbiException e)
        {
            throw new VerificationException($"A log of the contracts in blocks {first} to {range.Headers[^1].Number} cannot be read: {e.Message} The deployment is not of this program's version.", e);
        }

        Last = JournalBlock.Of(range.Headers[^1]);
        foreach (var fact in facts)
        {
            witness?.Said(fact);
            if (History.Take(fact) is { } epoch) await (_onEpoch ?? throw new InvalidOperationException("Nobody takes the epochs."))(epoch, cancellation);
        }
    }

    // What is not final is not looked at.
    Task IChainJournal.ReplacePendingAsync(ulong keepUpTo, BlockRange? range, CancellationToken cancellation) => Task.CompletedTask;

    Task IChainJournal.FinalizeAsync(ulong number, CancellationToken cancellation) =>
        throw new InvalidOperationException("Nothing waits to be final here.");
}
