using OpenSettle.Ethereum.Ports;
using OpenSettle.Node.Configuration;
using OpenSettle.Node.Pipeline;
using OpenSettle.Storage;
using OpenSettle.Storage.Usage;

namespace OpenSettle.Node.Signals.Metrics;

/// <summary>
/// Keeps what metrics show of the books, the disk and the operator's account, read beside settlement: who reads the page costs
/// the books nothing. It raises what needs a person before it stops anything: no room, no coin for gas.
/// </summary>
internal sealed class SampleKeeper(
    NodeOptions options, NodeMetrics metrics, NodeState state, IBooks books, IUsageJournal usage, DataPaths paths, IChainClient client, TimeProvider time, ILogger<SampleKeeper> log, ISigner? signer = null, Candidates? candidates = null) : BackgroundService
{
    /// <summary>Between two looks at the books.</summary>
    internal static readonly TimeSpan Every = TimeSpan.FromSeconds(5);

    /// <summary>Between two looks at the account, which the endpoint is asked for.</summary>
    internal static readonly TimeSpan EveryBalance = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan EverySize = TimeSpan.FromMinutes(1);

    private const string DiskAlert = "disk";
    private const string UsageAlert = "usage";
    private const string BalanceAlert = "signer";

    /// <summary>Below this nothing large can be written: a bundle, a backup, a WAL that is not taken over.</summary>
    private const long LeastFree = 1L << 30;

    /// <summary>Gas of some ten epochs without pushes: with less left, somebody has to bring coin soon.</summary>
    private const ulong LeastGas = 10_000_000;

    private const int LooksBeforeAlert = 4;

    private volatile NodeSample? _sample;
    private volatile SignerSample? _signer;
    private (ulong Number, EpochState State, DateTimeOffset Since, DateTimeOffset Seen)? _epoch;
    private DateTimeOffset _balanceDue;
    private DateTimeOffset _sizesDue;
    private (long Books, long Usage) _sizes;
    private int _troubled;
    private string? _told;

    /// <summary>Null before the first.</summary>
    public NodeSample? Newest => _sample;

    /// <summary>Null while no endpoint has said it.</summary>
    public SignerSample? Signer => _signer;

    /// <summary>Since when the newest epoch is seen in its state.</summary>
    public DateTimeOffset? EpochSince => _epoch?.Since;

    /// <summary>One look at everything that is due.</summary>
    public async Task LookAsync(CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        try
        {
            var sample = NodeSample.Take(books, usage, paths, Sizes(now), candidates, now);
            See(sample.Latest, now);
            _sample = sample;
            Tell(sample.FreeBytes < LeastFree, DiskAlert, $"{sample.FreeBytes >> 20} MiB are free where {paths.Folder} lies. Make room: settlement stops when a commit does not fit.");
            // A server that was away for a moment is nobody's business.
            var trouble = usage.Trouble;
            _troubled = trouble is null ? 0 : _troubled + 1;
            Tell(_troubled >= LooksBeforeAlert, UsageAlert, $"Usage is taken, and what is kept of it falls behind: {trouble}");
            _told = null;
        }
        catch (Exception e) when (e is StorageException or IOException or UnauthorizedAccessException)
        {
            // The pipeline tells what is wrong with the books; here a figure is only older.
            if (_told != e.Message) log.SampleFailed(e.Message);
            _told = e.Message;
        }

        // A node that never settles has none.
        if (now < _balanceDue || signer is null) return;
        _balanceDue = now + EveryBalance;
        await LookAtSignerAsync(signer, cancellation);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await LookAsync(stoppingToken);
                await Task.Delay(Every, time, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
        }
    }

    private async Task LookAtSignerAsync(ISigner signer, CancellationToken cancellation)
    {
        try
        {
            if (await client.GetBlockAsync(BlockRef.Latest, cancellation) is not { } head) return;
            var seen = new SignerSample(await client.GetBalanceAsync(signer.Address, BlockRef.Latest, cancellation), await client.GetNonceAsync(signer.Address, BlockRef.Latest, cancellation), head.BaseFee);
            _signer = seen;
            // By what gas costs now, and not by what it may cost at most: that is a limit for the worst hour.
            var needed = LeastGas * (seen.BaseFee < options.MaxFeePerGas ? seen.BaseFee : options.MaxFeePerGas);
            Tell(seen.Balance < needed, BalanceAlert, $"{signer.Address.ToChecksumString()} has {seen.Balance} wei, and {LeastGas} gas cost {needed} now. Send it native coin: without it nothing is proposed, activated or pushed.");
        }
        catch (ChainException)
        {
            // Endpoints that do not answer have metrics of their own.
        }
    }

    /// <summary>A database of many partitions has many files to ask.</summary>
    private (long Books, long Usage) Sizes(DateTimeOffset now)
    {
        if (now < _sizesDue) return _sizes;
        _sizes = (books.Bytes, usage.Bytes);
        _sizesDue = now + EverySize;
        return _sizes;
    }

    /// <summary>Time goes to the state that the epoch was in.</summary>
    private void See(SettledEpoch? latest, DateTimeOffset now)
    {
        if (_epoch is { } before) metrics.SpentIn(before.State, now - before.Seen);
        _epoch = latest is null ? null
            : _epoch is { } known && known.Number == latest.Number && known.State == latest.State ? known with { Seen = now }
            : (latest.Number, latest.State, now, now);
    }

    private void Tell(bool stands, string alert, string message)
    {
        if (stands) state.SetAlert(alert, message);
        else state.ClearAlert(alert);
    }
}
