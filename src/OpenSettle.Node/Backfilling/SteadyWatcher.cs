using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Watch;

namespace OpenSettle.Node.Backfilling;

/// <summary>Reads on over what passes: for work that a person waits for, and that would otherwise be started again by hand.</summary>
internal sealed class SteadyWatcher(ChainWatcher watcher, TimeProvider time)
{
    private const int Attempts = 5;

    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(1);

    /// <exception cref="ChainException">The endpoint failed too often, or in a way that does not pass.</exception>
    /// <exception cref="FinalBlockChangedException">What was final is not.</exception>
    public async Task<WatchReport> StepAsync(CancellationToken cancellation)
    {
        for (var attempt = 1;; attempt++)
        {
            try
            {
                var report = await watcher.StepAsync(cancellation);
                if (report.Trouble is null || attempt == Attempts) return report.Trouble is null ? report : throw report.Trouble;
            }
            catch (ChainException e) when (e.IsTransient && attempt < Attempts)
            {
                // Asked again below.
            }

            await Task.Delay(Rest, time, cancellation);
        }
    }
}
