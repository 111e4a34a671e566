using System.Text.Json;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.Options;
using OpenSettle.Ledger;
using OpenSettle.Registry;
using OpenSettle.Storage;
using OpenSettle.Storage.Stores;
using OpenSettle.Storage.Usage;

namespace OpenSettle.Node.Http;

/// <summary>What the stream says of the whole node, where anything of it changed.</summary>
internal sealed record StreamStatusAnswer(
    ulong? Head, ulong? Final, ulong? BooksBlock, int Models, int PendingPayments, ulong ActiveEpoch, ulong LatestEpoch, EpochState? LatestEpochState, long UsageEvents, long Waiting, string? Held, string? Trouble, string? Halted);

internal sealed record StreamAlertAnswer(string Name, string? Message, DateTimeOffset? Since, bool Stands);

internal sealed record ReorgAnswer(DateTimeOffset? At, ulong Blocks, ulong? Tip);

/// <summary>Looks at the node once in a second, and tells the stream what is different. What is not different costs next to nothing.</summary>
internal sealed class StreamSource(IBooks books, NodeState state, IUsageJournal usage, StreamHub hub, IOptions<JsonOptions> json)
{
    /// <summary>Of a look in which more payments came than these, the newest are told; the others are found by reading.</summary>
    private const int MostPayments = 100;
    private const int Epochs = 8;

    private readonly JsonSerializerOptions _json = json.Value.SerializerOptions;
    private readonly Dictionary<ulong, EpochAnswer> _epochs = [];
    private HashSet<Payment> _pending = [];
    private Dictionary<string, Alert> _alerts = new(StringComparer.Ordinal);
    private StreamStatusAnswer? _status;
    private LogPosition? _lastPayment;
    private long _reorgs;
    private bool _began;

    public void Look()
    {
        var (status, epochs, payments) = books.Read(session => (StatusOf(session), EpochsOf(session), PaymentsOf(session)));
        // What was there before the first look is no news.
        var tells = _began;
        _began = true;
        TellReorgs(tells);
        TellPayments(payments, tells);
        foreach (var epoch in epochs)
        {
            if (_epochs.TryGetValue(epoch.Number, out var known) && known == epoch) continue;
            _epochs[epoch.Number] = epoch;
            if (tells) Tell(StreamHub.Epoch, epoch);
        }

        foreach (var old in _epochs.Keys.Where(number => epochs.All(epoch => epoch.Number != number)).ToList()) _epochs.Remove(old);
        TellAlerts(tells);
        if (status != _status) Tell(StreamHub.Status, status);
        _status = status;
    }

    private StreamStatusAnswer StatusOf(BooksSession session)
    {
        var (cursor, latest) = (session.Chain.Cursor(), session.Epochs.Latest());
        return new StreamStatusAnswer(
            state.Chain?.Head, state.Chain?.Final, cursor?.Block, state.Registry.Count, state.Pending.After(cursor).Count(), state.Active?.Epoch ?? 0, latest?.Number ?? 0, latest?.State,
            usage.Totals.Events, usage.Totals.Held, state.Held, state.Trouble, state.Halted);
    }

    private static List<EpochAnswer> EpochsOf(BooksSession session) => [.. session.Epochs.List(Epochs).Reverse().Select(epoch => ReadEndpoints.Describe(epoch, session))];

    /// <summary>Those in the books that are newer than what was told, oldest first.</summary>
    private List<PaymentAnswer> PaymentsOf(BooksSession session)
    {
        if (session.Payments.Recent(1) is not [var newest] || newest.Payment.At == _lastPayment) return [];
        var told = _lastPayment;
        _lastPayment = newest.Payment.At;
        return
        [
            .. session.Payments.Recent(MostPayments).TakeWhile(row => told is not { } last || row.Payment.At.CompareTo(last) > 0).Reverse()
                .Select(row => ReadEndpoints.Describe(row.Payment, final: true, row.Settled, row.Epoch)),
        ];
    }

    private void TellPayments(List<PaymentAnswer> final, bool tells)
    {
        var pending = state.Pending.Payments;
        foreach (var payment in pending.TakeLast(MostPayments))
        {
            if (tells && !_pending.Contains(payment)) Tell(StreamHub.Payment, ReadEndpoints.Describe(payment, final: false));
        }

        _pending = [.. pending];
        if (!tells) return;
        foreach (var payment in final) Tell(StreamHub.Payment, payment);
    }

    private void TellReorgs(bool tells)
    {
        var (count, recent) = state.Reorgs;
        if (tells)
        {
            foreach (var reorg in recent.TakeLast((int)Math.Min(count - _reorgs, recent.Count))) Tell(StreamHub.Reorg, new ReorgAnswer(reorg.At, reorg.Blocks, reorg.Tip));
        }

        _reorgs = count;
    }

    private void TellAlerts(bool tells)
    {
        var alerts = state.Alerts.All.ToDictionary(alert => alert.Name, StringComparer.Ordinal);
        if (tells)
        {
            foreach (var alert in alerts.Values.Where(alert => !_alerts.TryGetValue(alert.Name, out var known) || known.Message != alert.Message))
                Tell(StreamHub.Alert, new StreamAlertAnswer(alert.Name, alert.Message, alert.Since, true));
            foreach (var gone in _alerts.Keys.Where(name => !alerts.ContainsKey(name))) Tell(StreamHub.Alert, new StreamAlertAnswer(gone, null, null, false));
        }

        _alerts = alerts;
    }

    private void Tell<T>(string topic, T what) => hub.Publish(topic, JsonSerializer.SerializeToUtf8Bytes(what, _json));
}

/// <summary>Looks once in a second, while the node runs.</summary>
internal sealed class StreamWorker(StreamSource source, StreamHub hub, IngestRate rate, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Between = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Clients do not hold the stop up: they are let go as it begins.
        await using var stopped = stoppingToken.Register(hub.Stop);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                rate.Look();
                source.Look();
            }
            catch (StorageException)
            {
                // Whoever works with the books tells of it; here the next look makes it good.
            }

            hub.KeepAlive();
            try
            {
                await Task.Delay(Between, time, stoppingToken);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }
}
