using Npgsql;
using OpenSettle.Metering;
using OpenSettle.Primitives;
using OpenSettle.Storage.Usage;

namespace OpenSettle.Storage.Postgres;

/// <summary>Events of the journal whose ids begin as some that are asked for, read for all of them together.</summary>
internal sealed class KnownEvents
{
    private readonly Dictionary<ulong, List<long>> _positions = [];
    private readonly Dictionary<long, Known> _events = [];
    private readonly List<long> _found = [];
    private readonly List<(long Segment, int Bucket, ulong Key)> _buckets = [];

    /// <summary>Within a transaction that has the ids caught up: reads what may be the same.</summary>
    public void Load(NpgsqlConnection connection, UsageIds ids, ReadOnlySpan<ulong> keys)
    {
        const int TouchedAtOnce = 128;
        _positions.Clear();
        _events.Clear();
        _buckets.Clear();
        for (; keys.Length > 0; keys = keys[Math.Min(TouchedAtOnce, keys.Length)..])
        {
            var some = keys[..Math.Min(TouchedAtOnce, keys.Length)];
            ids.Touch(some);
            foreach (var key in some)
            {
                ids.Find(key, _found, _buckets);
                foreach (var position in _found) Add(key, position);
                _found.Clear();
            }
        }

        UsageIds.Look(connection, _buckets, Add);
        if (_positions.Count > 0) Read(connection);
    }

    /// <summary>What begins with a key. Where the journal has no row, it was archived, beyond the horizon.</summary>
    public IEnumerable<Known> Of(ulong key) => _positions.TryGetValue(key, out var positions) ? positions.Where(_events.ContainsKey).Select(position => _events[position]) : [];

    private void Add(ulong key, long position)
    {
        if (!_positions.TryGetValue(key, out var list)) _positions.Add(key, list = []);
        if (!list.Contains(position)) list.Add(position);
    }

    private void Read(NpgsqlConnection connection)
    {
        long[] positions = [.. _positions.Values.SelectMany(list => list).Order()];
        // The limits let the server leave whole partitions out.
        using var read = new NpgsqlCommand("SELECT position, gateway, batch, body FROM usage_events WHERE position = ANY($1) AND position >= $2 AND position <= $3", connection);
        read.Parameters.Add(new NpgsqlParameter<long[]> { TypedValue = positions });
        read.Parameters.Add(PostgresEngine.Parameter(positions[0]));
        read.Parameters.Add(PostgresEngine.Parameter(positions[^1]));
        using var rows = read.ExecuteReader();
        while (rows.Read()) _events.Add(rows.GetInt64(0), new Known(rows.GetInt64(0), rows.GetInt32(1), rows.GetInt64(2), (byte[])rows.GetValue(3)));
    }

    internal sealed record Known(long Position, int Gateway, long Batch, byte[] Body)
    {
        public Hash32 Identity { get; } = new EventView(Body).Identity();

        public JournaledEvent ToEvent() => new(Position, Gateway, Batch, EventBody.Decode(Body));
    }
}
