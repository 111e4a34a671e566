using OpenSettle.Metering;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using OpenSettle.Storage.Usage;
using static OpenSettle.Storage.Tests.TestUsage;

namespace OpenSettle.Storage.Tests;

/// <summary>Random histories: sends, repeats, contradictions, waiting, restarts, kills, full disks; held against a dictionary.</summary>
public abstract class UsageHistorySuite
{
    private static readonly int Nightly = int.Parse(Environment.GetEnvironmentVariable("OPENSETTLE_NIGHTLY") ?? "1", System.Globalization.CultureInfo.InvariantCulture);

    [Fact]
    public async Task Journal_RandomHistories_IsWhatADictionarySays()
    {
        for (var seed = 1; seed <= Histories * Nightly; seed++)
        {
            var history = new History(seed, await OpenAsync());
            try
            {
                await history.RunAsync(steps: 150);
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"The history of seed {seed} fails: {e.Message}", e);
            }
            finally
            {
                history.Dispose();
            }
        }
    }

    private protected virtual int Histories => 6;

    private protected abstract Task<TestUsage> OpenAsync();

    private sealed class History(int seed, TestUsage usage) : IDisposable
    {
        private readonly Random _random = new(seed);
        private readonly TestUsage _usage = usage;
        private readonly Dictionary<string, (MeteredEvent Event, bool Signed, bool Held)> _known = [];
        private readonly List<string> _order = [];
        private long _conflicts;

        // Whatever was sent, stored or not: a repeat may be of either.
        private readonly List<MeteredEvent> _sent = [];
        private (ulong Number, Hash32 Digest) _lastBatch;

        public async Task RunAsync(int steps)
        {
            for (var step = 0; step < steps; step++)
            {
                switch (_random.Next(20))
                {
                    case 0:
                        _usage.Reopen();
                        break;
                    case 1:
                        _usage.Kill();
                        break;
                    case 2:
                        await ReleaseAsync();
                        break;
                    case 3:
                        await FillDiskAsync();
                        break;
                    case 4 or 5:
                        await SendBatchAsync();
                        break;
                    default:
                        await SendAsync();
                        break;
                }

                if (step % 10 == 0) await CompareAsync();
            }

            await CompareAsync();
            _usage.Kill();
            await CompareAsync();
        }

        public void Dispose() => _usage.Dispose();

        private MeteredEvent Next()
        {
            if (_sent.Count > 0 && _random.Next(4) == 0)
            {
                var again = _sent[_random.Next(_sent.Count)];
                return _random.Next(3) == 0 ? again with { Units = again.Units + 1 } : again;
            }

            var e = Event(
                $"{seed} {_random.NextInt64()}", $"urn:{_random.Next(3)}", (byte)_random.Next(1, 4), $"domain {_random.Next(4)}", (ulong)_random.Next(100),
                86_400 * (20_000UL + (ulong)_random.Next(3)), (byte)_random.Next(6), _random.Next(3) switch { 0 => Outcomes.Ok, 1 => Outcomes.Error, _ => Outcomes.Unknown });
            if (_random.Next(3) == 0) e = e with { Payer = TestBooks.Account((byte)_random.Next(1, 4)) };
            _sent.Add(e);
            return e;
        }

        private Verdict Expected(MeteredEvent e, Hold hold, bool signed)
        {
            var key = $"{e.Source} {e.Id}";
            if (_known.TryGetValue(key, out var known))
            {
                if (known.Event == e) return Verdict.Duplicate;
                _conflicts++;
                return Verdict.Conflict;
            }

            _known.Add(key, (e, signed, hold != Hold.None));
            _order.Add(key);
            return hold == Hold.None ? Verdict.Accepted : Verdict.Held;
        }

        /// <summary>Several requests at once: they may share a commit.</summary>
        private async Task SendAsync()
        {
            var appends = new List<(UsageAppend Append, List<MeteredEvent> Events, Hold Hold)>();
            for (var i = _random.Next(1, 5); i > 0; i--)
            {
                var events = Enumerable.Range(0, _random.Next(1, 30)).Select(_ => Next()).ToList();
                var hold = _random.Next(6) == 0 ? Hold.UnlistedGateway : Hold.None;
                appends.Add((Append(events, hold: hold), events, hold));
            }

            var results = await Task.WhenAll(appends.Select(one => _usage.Journal.AppendAsync(one.Append)).ToList());
            Assert.All(results, result => Assert.Equal(AppendStatus.Stored, result.Status));
            foreach (var (append, events, hold) in appends)
                Assert.Equal(events.Select(e => Expected(e, hold, signed: false)).ToList(), append.Events.Select(e => e.Verdict).ToList());
        }

        private async Task SendBatchAsync()
        {
            var events = Enumerable.Range(0, _random.Next(1, 20)).Select(_ => Next()).ToList();
            var batch = Batch(_lastBatch.Number + 1, _lastBatch.Digest, events);
            var isNew = events.Select(e => $"{e.Source} {e.Id}").Distinct().Count() == events.Count && events.All(e => !_known.ContainsKey($"{e.Source} {e.Id}"));
            var result = await _usage.Journal.AppendAsync(Append(events, batch));
            Assert.Equal(isNew ? AppendStatus.Stored : AppendStatus.BatchNotNew, result.Status);
            if (!isNew) return;
            foreach (var e in events) Expected(e, Hold.None, signed: true);
            _lastBatch = (batch.Statement.Number, batch.Digest);
        }

        private async Task FillDiskAsync()
        {
            await _usage.FillDiskAsync();
            var failed = 0;
            for (var i = 0; i < 100 && failed < 3; i++)
            {
                var sent = Enumerable.Range(0, 20).Select(_ => Next()).ToList();
                var append = Append(sent);
                try
                {
                    await _usage.Journal.AppendAsync(append);
                    Assert.Equal(sent.Select(e => Expected(e, Hold.None, signed: false)).ToList(), append.Events.Select(e => e.Verdict).ToList());
                }
                catch (StorageException e) when (e.Kind == StorageErrorKind.Full)
                {
                    failed++;
                }
            }

            Assert.True(failed > 0, "The disk was not full.");
            if (_random.Next(2) == 0) _usage.Kill();
            await _usage.MakeRoomAsync();
        }

        private async Task ReleaseAsync()
        {
            foreach (var group in _usage.Journal.Held().Where(_ => _random.Next(2) == 0))
            {
                long released = 0;
                foreach (var key in _order.Where(key => _known[key].Held && _known[key].Event.Model == group.Model))
                {
                    _known[key] = _known[key] with { Held = false };
                    released++;
                }

                Assert.Equal(released, await _usage.Journal.ReleaseAsync(group));
            }
        }

        private async Task CompareAsync()
        {
            Assert.Equal(new UsageTotals(_order.Count, _known.Values.Count(known => known.Held), _conflicts), _usage.Journal.Totals);
            Assert.Equal(_order.Select(key => _known[key].Event), _usage.Journal.Events(0, int.MaxValue).Select(e => e.Event));
            Assert.Equal(_order.Count, _usage.Journal.Sealed.Position);
            foreach (var model in Enumerable.Range(1, 3).Select(n => new ModelId(TestBooks.Word((byte)n))))
            {
                var sheet = new RollupSheet();
                foreach (var (e, signed, held) in _known.Values.Where(known => known.Event.Model == model && !known.Held)) sheet.Add(new EventView(EventBody.Encode(e)), signed);
                Assert.Equal(
                    sheet.All().OrderBy(row => row.Key.Day).ThenBy(row => row.Key.Domain, StringComparer.Ordinal).ThenBy(row => row.Key.Payer).ToList(),
                    _usage.Journal.Rollups(model).ToList());
            }

            foreach (var key in _order.Where(_ => _random.Next(20) == 0))
                Assert.Equal(_known[key].Event, (await _usage.Journal.FindAsync(_known[key].Event.Source, _known[key].Event.Id))?.Event);
        }
    }
}

public sealed class UsageHistoryTests : UsageHistorySuite
{
    private protected override Task<TestUsage> OpenAsync() => Task.FromResult<TestUsage>(new FileUsage());
}

[Trait("Category", "Server")]
public sealed class PostgresUsageHistoryTests : UsageHistorySuite
{
    private protected override async Task<TestUsage> OpenAsync() => await PostgresTestUsage.OpenAsync();

    // Each commit is a real one, on a disk.
    private protected override int Histories => 3;
}
