using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using OpenSettle.Metering;
using OpenSettle.Storage.Usage;

namespace OpenSettle.Storage.Postgres;

/// <summary>
/// Moves the rollups on behind the journal, on one node at a time: the lease decides who works, and that the rows are where the work began is
/// looked at in the commit, so that nothing is counted twice whoever works. What this node commits it takes from memory; the rest it reads.
/// </summary>
internal sealed class PostgresRoller : IDisposable
{
    public const string LeaseName = "rollups";

    private const long MostFed = 64L * 1024 * 1024;
    private static readonly TimeSpan LeaseLength = TimeSpan.FromSeconds(6);
    private static readonly TimeSpan LookAfter = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan WriteAfter = TimeSpan.FromMilliseconds(500);

    private readonly PostgresPlace _place;
    private readonly PostgresLeases _leases;
    private readonly TimeProvider _time;
    private readonly int _mostEvents;
    private readonly int _mostRollups;
    private readonly string _holder;
    private readonly IdMerge _merge;
    private readonly Thread _thread;
    private readonly object _gate = new();
    private readonly Queue<Fed> _fed = new();
    private long _fedBytes;
    private bool _stopping;
    private volatile string? _trouble;

    // Of the thread.
    private Lease? _lease;
    private long _leaseLooked;
    private RollupSheet _sheet = new();
    private long _rolled = -1;
    private long _through;
    private long _written;
    private long _looked;
    private long _mergeLooked;

    public PostgresRoller(PostgresPlace place, TimeProvider time, UsageOptions options)
    {
        (_place, _leases, _time) = (place, new PostgresLeases(place), time);
        (_mostEvents, _mostRollups) = options.MostUnwritten;
        _merge = new IdMerge(place, PostgresUsageCommit.SegmentSizeOf(options), options.FanOut);
        _holder = string.Create(CultureInfo.InvariantCulture, $"{Environment.MachineName} {Environment.ProcessId} {Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4))}");
        _thread = new Thread(Run) { Name = "usage rollups", IsBackground = true };
        _thread.Start();
    }

    /// <summary>Why it does not go on; null while it does.</summary>
    public string? Trouble => _trouble;

    /// <summary>What was committed here: it need not be read back.</summary>
    public void Feed(UsageHead head, ReadOnlyMemory<byte> rows, IReadOnlySet<long> held)
    {
        if (rows.IsEmpty) return;
        lock (_gate)
        {
            // Not held, or far behind: what is left out here is read from the journal.
            if (_lease is null || _fedBytes + rows.Length > MostFed) return;
            var bytes = ArrayPool<byte>.Shared.Rent(rows.Length);
            rows.Span.CopyTo(bytes);
            _fed.Enqueue(new Fed(head.Position, bytes, rows.Length, held.Count == 0 ? null : [.. held]));
            _fedBytes += rows.Length;
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>What came is rolled up first, where this node does that.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_stopping) return;
            _stopping = true;
            Monitor.Pulse(_gate);
        }

        _thread.Join();
    }

    private void Run()
    {
        var stopping = false;
        while (!stopping)
        {
            lock (_gate)
            {
                if (_fed.Count == 0 && !_stopping) Monitor.Wait(_gate, LookAfter);
                stopping = _stopping;
                if (stopping) _looked = 0;
            }

            try
            {
                if (Holds()) Roll(stopping);
                if (!stopping) Merge();
                _trouble = null;
            }
            catch (LeaseLostException)
            {
                Forget();
                SetLease(null);
            }
            catch (Exception e)
            {
                // The server is away, most of the time: what is not written is read again by whoever works next. Whatever it is, it is told to who
                // asks, and sums stay exact meanwhile: they are read from further back.
                _trouble = PostgresBooks.IsServers(e) ? _place.Translate(e).Message : e.Message;
                Forget();
                Wait();
            }
        }

        Release();
    }

    /// <summary>Each turn a piece; while there is nothing else to do, one after another.</summary>
    private void Merge()
    {
        if (!_merge.IsBegun && _time.GetElapsedTime(_mergeLooked) < LookAfter) return;
        _mergeLooked = _time.GetTimestamp();
        while (Holds() && _merge.Step() && IsIdle())
        {
            // The next piece.
        }
    }

    private bool IsIdle()
    {
        lock (_gate) return _fed.Count == 0 && !_stopping;
    }

    private void Wait()
    {
        lock (_gate)
        {
            if (!_stopping) Monitor.Wait(_gate, LookAfter);
        }
    }

    /// <summary>Adds what there is, and writes once that is enough, or old enough.</summary>
    private void Roll(bool all)
    {
        if (_rolled < 0) Start();
        while (Next())
        {
            if (_through - _rolled < _mostEvents && _sheet.Count < _mostRollups) continue;
            Write();
            if (!Holds()) return;
        }

        if (_through > _rolled && (all || _time.GetElapsedTime(_written) >= WriteAfter)) Write();
    }

    /// <summary>Adds what comes next; false where there is nothing.</summary>
    private bool Next()
    {
        Fed? fed = null;
        lock (_gate)
        {
            while (_fed.TryPeek(out var first))
            {
                if (first.First > _through + 1) break;
                _fed.Dequeue();
                _fedBytes -= first.Length;
                if (first.First == _through + 1)
                {
                    fed = first;
                    break;
                }

                ArrayPool<byte>.Shared.Return(first.Bytes);
            }
        }

        if (fed is null) return AddFromJournal();
        AddFed(fed);
        return true;
    }

    private void AddFed(Fed fed)
    {
        foreach (var row in new JournalRows(fed.Bytes.AsSpan(0, fed.Length)))
        {
            if (fed.Held?.Contains(row.Position) is not true) _sheet.Add(new EventView(row.Body), row.Batch != 0);
        }

        ArrayPool<byte>.Shared.Return(fed.Bytes);
        _through = fed.Last;
    }

    private bool AddFromJournal()
    {
        // What is committed here is told, and asking for what others commit can wait a little.
        if (_time.GetElapsedTime(_looked) < LookAfter) return false;
        using var connection = _place.Connect();
        var before = _through;
        var upTo = Math.Min(UsageHead.Read(connection).Position, before + _mostEvents);
        if (upTo <= before)
        {
            _looked = _time.GetTimestamp();
            return false;
        }

        PostgresRollupTable.AddFromJournal(connection, _sheet, before, upTo);
        _through = upTo;
        return true;
    }

    private void Write()
    {
        using var connection = _place.Connect();
        var moved = PostgresPlace.InTransaction(connection, UsageLock.BeginBriefly, () =>
        {
            if (_lease is { } lease) PostgresLeases.Require(connection, lease);
            if (PostgresRollupTable.Lock(connection) != _rolled) return false;
            PostgresRollupTable.Write(connection, _sheet, _through);
            return true;
        });
        _written = _time.GetTimestamp();
        if (moved) (_sheet, _rolled) = (new RollupSheet(), _through);
        else Start();
    }

    /// <summary>Begins where the rows are.</summary>
    private void Start()
    {
        _sheet = new RollupSheet();
        using var connection = _place.Connect();
        _rolled = _through = PostgresRollupTable.Position(connection);
    }

    private void Forget()
    {
        (_sheet, _rolled) = (new RollupSheet(), -1);
        _merge.Forget();
    }

    /// <summary>Whether this node does the work; the lease is taken or renewed now and then.</summary>
    private bool Holds()
    {
        if (_leaseLooked != 0 && _time.GetElapsedTime(_leaseLooked) < LeaseLength / 4) return _lease is not null;
        _leaseLooked = _time.GetTimestamp();
        if (_lease is { } held && _leases.RenewAsync(held, LeaseLength, CancellationToken.None).GetAwaiter().GetResult()) return true;
        Forget();
        SetLease(_leases.TakeAsync(LeaseName, _holder, LeaseLength, CancellationToken.None).GetAwaiter().GetResult());
        return _lease is not null;
    }

    private void SetLease(Lease? lease)
    {
        lock (_gate)
        {
            _lease = lease;
            if (lease is not null) return;
            while (_fed.TryDequeue(out var fed)) ArrayPool<byte>.Shared.Return(fed.Bytes);
            _fedBytes = 0;
        }
    }

    private void Release()
    {
        try
        {
            if (_lease is { } lease) _leases.ReleaseAsync(lease, CancellationToken.None).GetAwaiter().GetResult();
        }
        catch (StorageException)
        {
            // It runs out by itself.
        }

        SetLease(null);
    }

    /// <summary>Rows of one commit, as the chain has them.</summary>
    private sealed record Fed(long Last, byte[] Bytes, int Length, HashSet<long>? Held)
    {
        public long First { get; } = FirstOf(Bytes);

        private static long FirstOf(byte[] bytes) => System.Buffers.Binary.BinaryPrimitives.ReadInt64BigEndian(bytes);
    }
}
