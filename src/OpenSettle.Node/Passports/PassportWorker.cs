using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Node.Configuration;
using OpenSettle.Node.Leading;
using OpenSettle.Storage;

namespace OpenSettle.Node.Passports;

/// <summary>
/// Brings in what passports tell of and no log says, and keeps what is looked for up to date: beside the pipeline, so that nothing of it
/// ever holds settlement up.
/// </summary>
internal sealed class PassportWorker(
    NodeOptions options, IBooks books, IChainClient client, AttestationReader attestations, FlowReader flows, StandingKeeper standings, NodeState state, TimeProvider time, Leadership leadership) : LeaderWork(leadership)
{
    internal const string AttestationAlert = "attestations";
    internal const string FlowAlert = "transfers";
    internal const string StandingAlert = "standings";

    /// <summary>Trouble that passes is told to nobody.</summary>
    private const int FailuresBeforeAlert = 5;

    private const int OffchainAtOnce = 100;

    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongestBackOff = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan OffchainEvery = TimeSpan.FromHours(1);

    private DateTimeOffset _offchainNext;
    private long _offchainAfter;

    protected override Task LeadAsync(CancellationToken stop) => Task.WhenAll(
        RepeatAsync(AttestationAlert, "What attestations say cannot be read", ReadWordsAsync, stop),
        RepeatAsync(StandingAlert, "What models are looked for by is out of date", standings.RunAsync, stop),
        options.PassportFlows ? RepeatAsync(FlowAlert, "Transfers cannot be read, and passports say nothing of clusters", ReadFlowsAsync, stop) : Task.CompletedTask);

    /// <summary>Attestations' contents, times of epochs, and what was taken back of attestations off chain. Whether there is more at once.</summary>
    internal async Task<bool> ReadWordsAsync(CancellationToken cancellation)
    {
        await FillTimesAsync(cancellation);
        var (read, problem) = await attestations.RunAsync(cancellation);
        if (read > 0) state.ChangePassports();
        await AskOffchainAsync(cancellation);
        return problem is null ? false : throw new PassportReadException(problem);
    }

    /// <summary>Everything once, until nothing more is due.</summary>
    internal async Task RunAllAsync(CancellationToken cancellation)
    {
        await ReadWordsAsync(cancellation);
        while (await standings.RunAsync(cancellation) || (options.PassportFlows && await ReadFlowsAsync(cancellation)))
        {
        }
    }

    private async Task<bool> ReadFlowsAsync(CancellationToken cancellation)
    {
        var (read, whole, problem) = await flows.RunAsync(cancellation);
        if (whole) state.SetFlowsRead();
        return problem is null ? read : throw new PassportReadException(problem);
    }

    /// <summary>Books that were rebuilt do not have the times of epochs' last blocks. The block's hash is in the books: nobody can say another time.</summary>
    private async Task FillTimesAsync(CancellationToken cancellation)
    {
        var lacking = books.Read(session => session.Epochs.WithoutTime());
        if (lacking.Count == 0) return;
        var times = new List<(ulong Number, ulong Time)>(lacking.Count);
        foreach (var epoch in lacking)
        {
            var header = await client.GetBlockAsync(BlockRef.At(epoch.LastBlock), cancellation);
            if (header?.Hash != epoch.LastBlockHash) throw new PassportReadException($"the endpoint does not have block {epoch.LastBlock} {epoch.LastBlockHash}, the last one of epoch {epoch.Number}");
            times.Add((epoch.Number, header.Timestamp));
        }

        await books.WriteAsync(
            session =>
            {
                foreach (var (number, at) in times) session.Epochs.SetLastTime(number, at);
            },
            cancellation);
        state.ChangePassports();
    }

    /// <summary>Whoever attested off chain can take it back on chain: each is asked for once in an hour, a few at a time.</summary>
    private async Task AskOffchainAsync(CancellationToken cancellation)
    {
        var service = options.Deployment.Watched.Eas;
        if (service.IsZero || time.GetUtcNow() < _offchainNext) return;
        var standing = books.Read(session => session.Attestations.OffchainStanding(_offchainAfter, OffchainAtOnce));
        foreach (var (seq, uid, attester) in standing)
        {
            var revoked = await client.AskAsync(service, new Eas.GetRevokeOffchain(attester, uid), BlockRef.Latest, cancellation);
            _offchainAfter = seq;
            if (revoked == 0) continue;
            await books.WriteAsync(session => session.Attestations.RevokeOffchain(uid, attester, revoked), cancellation);
            state.ChangePassports();
        }

        if (standing.Count == OffchainAtOnce) return;
        (_offchainAfter, _offchainNext) = (0, time.GetUtcNow() + OffchainEvery);
    }

    private async Task RepeatAsync(string alert, string trouble, Func<CancellationToken, Task<bool>> turn, CancellationToken stop)
    {
        // Reading the books holds a thread: not the one that starts the others.
        await Task.Yield();
        var failures = 0;
        while (!stop.IsCancellationRequested)
        {
            var wait = Idle;
            try
            {
                if (await turn(stop)) wait = TimeSpan.Zero;
                failures = 0;
                state.ClearAlert(alert);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                if (++failures >= FailuresBeforeAlert) state.SetAlert(alert, $"{trouble}: {e.Message}");
                wait = Idle * Math.Pow(2, Math.Min(failures, 10));
                if (wait > LongestBackOff) wait = LongestBackOff;
            }

            try
            {
                await Task.Delay(wait, time, stop);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }
}

/// <summary>Something that passports tell of could not be read. The message says what.</summary>
internal sealed class PassportReadException(string message) : Exception(message);
